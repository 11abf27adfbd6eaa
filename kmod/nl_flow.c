// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of flows. Flows come and go all the time and may be
 * millions: they are told without the fabric's lock held.
 */

#include <linux/slab.h>
#include <linux/sort.h>

#include "addr.h"
#include "fabric.h"
#include "flow.h"
#include "netlink.h"
#include "tenant.h"

/* The largest nest of a flow */
#define DIR_SIZE (nla_total_size(0) +					\
	nla_total_size_64bit(sizeof(u64)) +	/* _PACKETS */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _BYTES */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _DROP_PACKETS */	\
	nla_total_size(sizeof(u8)) +		/* _DROP_REASON */	\
	nla_total_size(sizeof(u8)) +		/* _TCP_FLAGS */	\
	nla_total_size_64bit(sizeof(u64)) +	/* _SIZE_SQUARES */	\
	nla_total_size_64bit(sizeof(u64)) +	/* _GAP_SUM */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _GAP_SQUARES */	\
	nla_total_size(sizeof(u32)) +		/* _SIZE_MIN */		\
	nla_total_size(sizeof(u32)))		/* _SIZE_MAX */

#define FLOW_SIZE (nla_total_size(0) +					\
	nla_total_size(sizeof(u32)) +		/* _TENANT */		\
	nla_total_size(sizeof(struct in6_addr)) + /* _SRC */		\
	nla_total_size(sizeof(struct in6_addr)) + /* _DST */		\
	nla_total_size(sizeof(u8)) +		/* _PROTO */		\
	nla_total_size(sizeof(u16)) +		/* _SRC_L4 */		\
	nla_total_size(sizeof(u16)) +		/* _DST_L4 */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _FIRST */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _LAST */		\
	nla_total_size(sizeof(u32)) +		/* _SRC_PORT */		\
	nla_total_size(sizeof(u32)) +		/* _DST_PORT */		\
	nla_total_size_64bit(sizeof(u64)) +	/* _RTT */		\
	2 * DIR_SIZE)				/* _ORIG, _REPLY */

/**
 * struct request - a filter as it was asked for
 * @filter: for the flow table; its ports are owned
 * @tenant: attribute that names the tenant, valid as long as the request, or
 *	NULL for all
 * @reset: reset what is told
 */
struct request {
	struct nsfab_flow_filter filter;
	const struct nlattr *tenant;
	bool reset;
};

/**
 * struct dump - what a dump keeps between calls
 * @filter: which flows
 * @tenant: the tenant that @walk is about, a reference, or NULL
 * @walk: where it is, or NULL
 * @id: the only tenant, or the next one
 * @one: there is only one tenant
 * @reset: reset what is told
 * @interrupted: flows may have been told twice
 */
struct dump {
	struct nsfab_flow_filter filter;
	struct nsfab_tenant *tenant;
	struct nsfab_flow_walk *walk;
	u32 id;
	bool one;
	bool reset;
	bool interrupted;
};

/* In cb->ctx */
struct ctx {
	struct dump *dump;
};

/**
 * struct room - a message that flows are put into
 * @skb: the message
 * @tenant: id of the flows' tenant
 */
struct room {
	struct sk_buff *skb;
	u32 tenant;
};

static int compare_ids(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int read_ports(struct nsfab_flow_filter *filter,
		      const struct nlattr *nest)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == NSFAB_A_FILTER_PORT)
			n++;
	filter->ports = kvmalloc_array(n, sizeof(*filter->ports),
				       GFP_KERNEL_ACCOUNT);
	if (!filter->ports)
		return -ENOMEM;
	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) == NSFAB_A_FILTER_PORT)
			filter->ports[filter->n_ports++] = nla_get_u32(attr);
	sort(filter->ports, n, sizeof(*filter->ports), compare_ids, NULL);
	return 0;
}

/* The filter's ports are to be freed afterwards, unless this fails. */
static int read_request(struct request *req, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nsfab_flow_filter *filter = &req->filter;
	struct nlattr *tb[NSFAB_A_FILTER_MAX + 1];
	int err;

	memset(req, 0, sizeof(*req));
	if (!nest)
		return 0;
	err = nsfab_netlink_parse(tb, NSFAB_A_FILTER_MAX, nest,
				  nsfab_nl_filter_policy,
				  BIT_ULL(NSFAB_A_FILTER_PORT), extack);
	if (err)
		return err;
	if (tb[NSFAB_A_FILTER_NETWORK]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FILTER_NETWORK],
				    "A flow has no network: give ports");
		return -EINVAL;
	}
	if (tb[NSFAB_A_FILTER_POINTS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FILTER_POINTS],
				    "A flow has no points");
		return -EINVAL;
	}
	if (tb[NSFAB_A_FILTER_PREFIXLEN] && !tb[NSFAB_A_FILTER_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FILTER_PREFIXLEN],
				    "There is no address");
		return -EINVAL;
	}
	if (tb[NSFAB_A_FILTER_ADDRESS]) {
		err = nsfab_netlink_prefix(tb[NSFAB_A_FILTER_ADDRESS],
					   tb[NSFAB_A_FILTER_PREFIXLEN],
					   &filter->addr, &filter->plen,
					   extack);
		if (err)
			return err;
		filter->has_addr = true;
	}
	if (tb[NSFAB_A_FILTER_PROTO]) {
		filter->proto = nla_get_u8(tb[NSFAB_A_FILTER_PROTO]);
		filter->has_proto = true;
	}
	if (tb[NSFAB_A_FILTER_L4_PORT]) {
		filter->l4_port = nla_get_be16(tb[NSFAB_A_FILTER_L4_PORT]);
		filter->has_l4 = true;
	}
	if (tb[NSFAB_A_FILTER_MIN_BYTES])
		filter->min_bytes = nla_get_u64(tb[NSFAB_A_FILTER_MIN_BYTES]);
	req->tenant = tb[NSFAB_A_FILTER_TENANT];
	req->reset = tb[NSFAB_A_FILTER_RESET];
	return tb[NSFAB_A_FILTER_PORT] ? read_ports(filter, nest) : 0;
}

static int put_addr(struct sk_buff *skb, int type, const struct in6_addr *addr)
{
	return nla_put(skb, type, nsfab_addr_len(addr), nsfab_addr_data(addr));
}

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	BUILD_BUG_ON((int)NSFAB_A_FLOW_PAD != (int)NSFAB_A_FLOW_DIR_PAD);
	return nla_put_u64_64bit(skb, type, value, NSFAB_A_FLOW_PAD);
}

static int put_rich(struct sk_buff *skb, const struct nsfab_flow_sum *sum)
{
	return put_u64(skb, NSFAB_A_FLOW_DIR_SIZE_SQUARES, sum->size_squares) ||
	       put_u64(skb, NSFAB_A_FLOW_DIR_GAP_SUM, sum->gap_sum) ||
	       put_u64(skb, NSFAB_A_FLOW_DIR_GAP_SQUARES, sum->gap_squares) ||
	       nla_put_u32(skb, NSFAB_A_FLOW_DIR_SIZE_MIN, sum->size_min) ||
	       nla_put_u32(skb, NSFAB_A_FLOW_DIR_SIZE_MAX, sum->size_max);
}

static int put_dir(struct sk_buff *skb, int type,
		   const struct nsfab_flow_info *info, int dir)
{
	const struct nsfab_flow_sum *sum = &info->dir[dir];
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    put_u64(skb, NSFAB_A_FLOW_DIR_PACKETS, sum->packets) ||
	    put_u64(skb, NSFAB_A_FLOW_DIR_BYTES, sum->bytes))
		return -EMSGSIZE;
	if (sum->drop_packets &&
	    (put_u64(skb, NSFAB_A_FLOW_DIR_DROP_PACKETS, sum->drop_packets) ||
	     nla_put_u8(skb, NSFAB_A_FLOW_DIR_DROP_REASON, sum->drop_reason)))
		return -EMSGSIZE;
	if (info->key.proto == IPPROTO_TCP &&
	    nla_put_u8(skb, NSFAB_A_FLOW_DIR_TCP_FLAGS, sum->tcp_flags))
		return -EMSGSIZE;
	if (info->rich && put_rich(skb, sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_ends(struct sk_buff *skb, const struct nsfab_flow_info *info)
{
	const struct nsfab_flow_key *key = &info->key;

	return put_addr(skb, NSFAB_A_FLOW_SRC, &key->src) ||
	       put_addr(skb, NSFAB_A_FLOW_DST, &key->dst) ||
	       nla_put_u8(skb, NSFAB_A_FLOW_PROTO, key->proto) ||
	       nla_put_be16(skb, NSFAB_A_FLOW_SRC_L4, key->sport) ||
	       nla_put_be16(skb, NSFAB_A_FLOW_DST_L4, key->dport) ||
	       (info->src_port &&
		nla_put_u32(skb, NSFAB_A_FLOW_SRC_PORT, info->src_port)) ||
	       (info->dst_port &&
		nla_put_u32(skb, NSFAB_A_FLOW_DST_PORT, info->dst_port));
}

static int put_flow(struct sk_buff *skb, u32 tenant,
		    const struct nsfab_flow_info *info)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_FLOW);

	if (!nest || nla_put_u32(skb, NSFAB_A_FLOW_TENANT, tenant) ||
	    put_ends(skb, info) ||
	    put_u64(skb, NSFAB_A_FLOW_FIRST, info->first) ||
	    put_u64(skb, NSFAB_A_FLOW_LAST, info->last) ||
	    (info->rtt && put_u64(skb, NSFAB_A_FLOW_RTT, info->rtt)) ||
	    put_dir(skb, NSFAB_A_FLOW_ORIG, info, 0) ||
	    put_dir(skb, NSFAB_A_FLOW_REPLY, info, 1))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What a reset told must not get lost: there is room before a flow is read. */
static int put_in_room(const struct nsfab_flow_info *info, void *arg)
{
	struct room *room = arg;

	if (WARN_ON_ONCE(put_flow(room->skb, room->tenant, info)))
		return -EMSGSIZE;
	return skb_tailroom(room->skb) < FLOW_SIZE;
}

static void dump_free(struct dump *dump)
{
	if (dump->walk)
		nsfab_flow_walk_free(dump->walk);
	if (dump->tenant)
		nsfab_tenant_put(dump->tenant);
	kvfree(dump->filter.ports);
	kfree(dump);
}

/* At the first message, not in the command's start: 6.1 has no extack there. */
static int begin_dump(struct netlink_callback *cb)
{
	struct ctx *ctx = (void *)cb->ctx;
	struct dump *dump;
	struct request req;
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct ctx);
	err = nsfab_netlink_check(cb->nlh, cb->extack);
	if (err)
		return err;
	err = read_request(&req, genl_info_dump(cb)->attrs[NSFAB_A_FILTER],
			   cb->extack);
	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	if (!dump) {
		kvfree(req.filter.ports);
		return -ENOMEM;
	}
	dump->filter = req.filter;
	dump->reset = req.reset;
	dump->one = req.tenant;
	dump->id = req.tenant ? nla_get_u32(req.tenant) : 0;
	ctx->dump = dump;
	/* An interruption in the first message is to be seen as such, too. */
	cb->seq = 1;
	cb->prev_seq = 1;
	return 0;
}

/* Go on to the next tenant: 0, 1 when there is none, or -errno. */
static int next_tenant(struct nsfab_fabric *fab, struct dump *dump)
{
	struct nsfab_tenant *tenant;
	unsigned long id = dump->id;

	/* It may have died while it was not locked. */
	if (fab->dying)
		return -ENODEV;
	tenant = xa_find(&fab->tenants, &id,
			 dump->one ? dump->id : NSFAB_ID_MAX, XA_PRESENT);
	if (!tenant)
		return 1;
	dump->walk = nsfab_flow_walk_new(tenant);
	if (!dump->walk)
		return -ENOMEM;
	refcount_inc(&tenant->ref);
	dump->tenant = tenant;
	dump->id = id;
	return 0;
}

static void end_tenant(struct dump *dump)
{
	nsfab_flow_walk_free(dump->walk);
	nsfab_tenant_put(dump->tenant);
	dump->walk = NULL;
	dump->tenant = NULL;
	dump->id = dump->one ? NSFAB_ID_MAX + 1 : dump->id + 1;
}

/* Fill a message: 0 at the end, 1 when it is full, or -errno. Begins and ends
 * with the fabric locked.
 */
static int fill(struct sk_buff *skb, struct nsfab_fabric *fab,
		struct dump *dump)
{
	struct room room = { .skb = skb };
	int ret;

	if (skb_tailroom(skb) < FLOW_SIZE)
		return -EMSGSIZE;
	for (;;) {
		if (dump->id > NSFAB_ID_MAX)
			return 0;
		if (!dump->walk) {
			ret = next_tenant(fab, dump);
			if (ret)
				return min(ret, 0);
		}
		room.tenant = dump->id;
		mutex_unlock(&fab->lock);
		ret = nsfab_flow_walk(dump->walk, &dump->filter, dump->reset,
				      put_in_room, &room);
		if (nsfab_flow_walk_interrupted(dump->walk))
			dump->interrupted = true;
		mutex_lock(&fab->lock);
		if (ret)
			return ret;
		end_tenant(dump);
	}
}

/**
 * nsfab_nl_flow_get_dumpit() - read flows
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctx *ctx = (void *)cb->ctx;
	struct nsfab_fabric *fab;
	struct dump *dump;
	int err = 0;
	void *hdr;

	if (!ctx->dump) {
		err = begin_dump(cb);
		if (err)
			return err;
	}
	dump = ctx->dump;
	fab = nsfab_netlink_dump_begin(skb, cb, NSFAB_CMD_FLOW_GET, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	err = fill(skb, fab, dump);
	cb->seq = 1 + dump->interrupted;
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}

/**
 * nsfab_nl_flow_get_done() - end reading flows
 * @cb: the dump
 *
 * Return: 0
 */
int nsfab_nl_flow_get_done(struct netlink_callback *cb)
{
	struct ctx *ctx = (void *)cb->ctx;

	if (ctx->dump)
		dump_free(ctx->dump);
	return 0;
}

/* May be a million: not under the fabric's lock. */
static void flush_unlocked(struct nsfab_tenant *tenant,
			   const struct nsfab_flow_filter *filter)
{
	struct nsfab_fabric *fab = tenant->fab;

	refcount_inc(&tenant->ref);
	mutex_unlock(&fab->lock);
	nsfab_flow_flush(tenant, filter);
	nsfab_tenant_put(tenant);
	mutex_lock(&fab->lock);
}

/* The end of a flow is told in the name of the fabric's device, in an RCU
 * callback. The core waits for these before it waits for references.
 */
static void release_dev(struct nsfab_fabric *fab, netdevice_tracker *tracker)
{
	if (fab->dying) {
		mutex_unlock(&fab->lock);
		rcu_barrier();
		mutex_lock(&fab->lock);
	}
	netdev_put(fab->dev, tracker);
}

/**
 * nsfab_nl_flow_del_doit() - remove flows
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_flow_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	netdevice_tracker tracker;
	struct nsfab_tenant *tenant;
	struct request req;
	unsigned long id;
	int err;

	err = read_request(&req, info->attrs[NSFAB_A_FILTER], info->extack);
	if (err)
		return err;
	if (req.reset) {
		NL_SET_ERR_MSG(info->extack, "A flush does not reset");
		err = -EINVAL;
		goto out;
	}
	netdev_hold(fab->dev, &tracker, GFP_KERNEL);
	if (req.tenant) {
		tenant = nsfab_netlink_tenant(fab, req.tenant, info->extack);
		err = PTR_ERR_OR_ZERO(tenant);
		if (!err)
			flush_unlocked(tenant, &req.filter);
	} else {
		xa_for_each(&fab->tenants, id, tenant)
			flush_unlocked(tenant, &req.filter);
	}
	release_dev(fab, &tracker);
out:
	kvfree(req.filter.ports);
	return err;
}

/**
 * nsfab_nl_flow_ended() - notify whoever listens of a flow that ended
 * @tenant: its tenant
 * @info: the flow
 *
 * For nsfab_flow_on_end(). The fabric's device is there: no flow is removed by
 * aging after the device's ndo_uninit, and the core waits for RCU callbacks
 * before it frees a device; a flush holds the device, and waits itself.
 *
 * Context: bottom halves disabled.
 */
void nsfab_nl_flow_ended(struct nsfab_tenant *tenant,
			 const struct nsfab_flow_info *info)
{
	struct net_device *dev = tenant->fab->dev;
	struct net *net = dev_net(dev);
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&nsfab_netlink_family, net,
				NSFAB_NETLINK_FLOW))
		return;
	msg = genlmsg_new(nla_total_size(sizeof(u32)) + FLOW_SIZE, GFP_ATOMIC);
	if (!msg)
		goto err_msg;
	hdr = genlmsg_put(msg, 0, 0, &nsfab_netlink_family, 0,
			  NSFAB_CMD_FLOW_NTF);
	if (!hdr || nla_put_u32(msg, NSFAB_A_IFINDEX, dev->ifindex) ||
	    put_flow(msg, tenant->id, info))
		goto err_put;
	genlmsg_end(msg, hdr);
	genlmsg_multicast_netns(&nsfab_netlink_family, net, msg, 0,
				NSFAB_NETLINK_FLOW, GFP_ATOMIC);
	return;

err_put:
	nlmsg_free(msg);
err_msg:
	/* Listeners are told that they missed something. */
	genl_set_err(&nsfab_netlink_family, net, 0, NSFAB_NETLINK_FLOW,
		     -ENOBUFS);
}
