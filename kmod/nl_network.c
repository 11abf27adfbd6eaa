// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of networks. */

#include <linux/slab.h>

#include "addr.h"
#include "fabric.h"
#include "fdb.h"
#include "neigh.h"
#include "netlink.h"
#include "network.h"
#include "route.h"
#include "tenant.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

static struct netlink_range_validation mtu_range = {
	.min = ETH_MIN_MTU,
	.max = NSFAB_MTU_MAX,
};

static const struct nla_policy subnet_policy[NSFAB_A_SUBNET_MAX + 1] = {
	[NSFAB_A_SUBNET_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_SUBNET_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_SUBNET_GATEWAY] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

/* Policy of a network */
const struct nla_policy nsfab_nl_network_policy[NSFAB_A_NETWORK_MAX + 1] = {
	[NSFAB_A_NETWORK_ID] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_NETWORK_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_NETWORK_NAME] = { .type = NLA_NUL_STRING,
				   .len = NSFAB_NAME_MAX },
	[NSFAB_A_NETWORK_REVISION] = { .type = NLA_U64 },
	[NSFAB_A_NETWORK_VNI] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_NETWORK_MTU] = NSFAB_POLICY_U32(&mtu_range),
	[NSFAB_A_NETWORK_FLAGS] = NLA_POLICY_MASK(NLA_U32,
						  NSFAB_NETWORK_FLAG_LEARNING),
	[NSFAB_A_NETWORK_SUBNET] = NLA_POLICY_NESTED(subnet_policy),
	[NSFAB_A_NETWORK_NO_SUBNETS] = { .type = NLA_FLAG },
	[NSFAB_A_NETWORK_ROUTER_MAC] = READ_ONLY,
	[NSFAB_A_NETWORK_LABELS] = { .type = NLA_NUL_STRING,
				     .len = NSFAB_LABELS_MAX },
	[NSFAB_A_NETWORK_COUNTERS] = READ_ONLY,
};

#define REPEAT BIT_ULL(NSFAB_A_NETWORK_SUBNET)

static int put_subnets(struct sk_buff *skb, const struct nsfab_network *net)
{
	const struct nsfab_subnets *subnets;
	struct nlattr *nest;
	u32 i;

	subnets = nsfab_dereference(net->tenant->fab, net->subnets);
	for (i = 0; subnets && i < subnets->n; i++) {
		const struct nsfab_subnet *s = &subnets->subnet[i];
		u8 len = nsfab_addr_len(&s->prefix);

		nest = nla_nest_start(skb, NSFAB_A_NETWORK_SUBNET);
		if (!nest ||
		    nla_put(skb, NSFAB_A_SUBNET_ADDRESS, len,
			    nsfab_addr_data(&s->prefix)) ||
		    nla_put_u8(skb, NSFAB_A_SUBNET_PREFIXLEN,
			       s->plen - (128 - len * 8)) ||
		    (!ipv6_addr_any(&s->gateway) &&
		     nla_put(skb, NSFAB_A_SUBNET_GATEWAY, len,
			     nsfab_addr_data(&s->gateway))))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_config(struct sk_buff *skb, const struct nsfab_network *net)
{
	return nla_put_u32(skb, NSFAB_A_NETWORK_ID, net->id) ||
	       nla_put_u32(skb, NSFAB_A_NETWORK_TENANT, net->tenant->id) ||
	       (net->name.len &&
		nla_put_string(skb, NSFAB_A_NETWORK_NAME, net->name.text)) ||
	       nla_put_u64_64bit(skb, NSFAB_A_NETWORK_REVISION, net->revision,
				 NSFAB_A_NETWORK_PAD) ||
	       nla_put_u32(skb, NSFAB_A_NETWORK_VNI, net->vni) ||
	       nla_put_u32(skb, NSFAB_A_NETWORK_MTU, net->mtu) ||
	       nla_put_u32(skb, NSFAB_A_NETWORK_FLAGS, net->flags) ||
	       nla_put(skb, NSFAB_A_NETWORK_ROUTER_MAC, ETH_ALEN,
		       net->router_mac) ||
	       (net->labels &&
		nla_put_string(skb, NSFAB_A_NETWORK_LABELS, net->labels)) ||
	       put_subnets(skb, net);
}

static int fill(struct sk_buff *skb, const void *obj, struct net *reader)
{
	struct nsfab_network *net = (struct nsfab_network *)obj;
	struct nsfab_totals totals = {};
	struct nlattr *nest;

	nsfab_network_read(&totals, net);
	nest = nla_nest_start(skb, NSFAB_A_NETWORK);
	if (!nest)
		return -EMSGSIZE;
	if (put_config(skb, net) ||
	    nsfab_netlink_put_counters(skb, NSFAB_A_NETWORK_COUNTERS,
				       &totals)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Who asks for it would get the port's MAC. A network that is being made has no
 * ports; its id may be another one's.
 */
static bool port_has_addr(const struct nsfab_network *net,
			  const struct in6_addr *addr)
{
	const struct nsfab_neigh *entry;
	bool has;

	if (!net->n_ports)
		return false;
	rcu_read_lock();
	entry = nsfab_neigh_find(net->tenant->fab, net->id, addr);
	has = entry && entry->kind == NSFAB_NEIGH_KIND_DERIVED;
	rcu_read_unlock();
	return has;
}

static int read_subnet(const struct nsfab_network *net, struct nsfab_subnet *s,
		       const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_SUBNET_MAX + 1];
	const struct nlattr *gateway;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_SUBNET_MAX, nest, subnet_policy,
				  0, extack);
	if (err)
		return err;
	if (!tb[NSFAB_A_SUBNET_ADDRESS] || !tb[NSFAB_A_SUBNET_PREFIXLEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A subnet needs an address and a prefix length");
		return -EINVAL;
	}
	err = nsfab_netlink_prefix(tb[NSFAB_A_SUBNET_ADDRESS],
				   tb[NSFAB_A_SUBNET_PREFIXLEN], &s->prefix,
				   &s->plen, extack);
	if (err)
		return err;
	if (nsfab_addr_is_v4(&s->prefix) ?
	    ipv4_is_multicast(nsfab_addr_v4(&s->prefix)) ||
	    ipv4_is_loopback(nsfab_addr_v4(&s->prefix)) :
	    !!(ipv6_addr_type(&s->prefix) &
	       (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_SUBNET_ADDRESS],
				    "Not a prefix of unicast addresses");
		return -EINVAL;
	}
	gateway = tb[NSFAB_A_SUBNET_GATEWAY];
	if (!gateway)
		return 0;
	err = nsfab_netlink_addr(gateway, &s->gateway, extack);
	if (err)
		return err;
	if (nsfab_addr_is_v4(&s->gateway) != nsfab_addr_is_v4(&s->prefix) ||
	    !nsfab_addr_in(&s->gateway, &s->prefix, s->plen) ||
	    !nsfab_addr_is_host(&s->gateway)) {
		NL_SET_ERR_MSG_ATTR(extack, gateway,
				    "The gateway is no address of the subnet");
		return -EINVAL;
	}
	if (port_has_addr(net, &s->gateway)) {
		NL_SET_ERR_MSG_ATTR(extack, gateway,
				    "A port of the network has the address");
		return -EADDRINUSE;
	}
	return 0;
}

static bool overlap(const struct nsfab_subnet *a, const struct nsfab_subnet *b)
{
	return nsfab_addr_is_v4(&a->prefix) == nsfab_addr_is_v4(&b->prefix) &&
	       ipv6_prefix_equal(&a->prefix, &b->prefix,
				 min(a->plen, b->plen));
}

/* All subnets of a request; NULL if it has none. Where subnets overlap, the
 * router could not tell which network an address is in.
 */
static struct nsfab_subnets *read_subnets(const struct nsfab_network *net,
					  const struct nlattr *nest,
					  struct netlink_ext_ack *extack)
{
	struct nsfab_subnets *subnets;
	const struct nlattr *attr;
	struct nsfab_subnet *s;
	u32 n = 0, i = 0, j;
	int rem, err;

	nla_for_each_nested(attr, nest, rem)
		n += nla_type(attr) == NSFAB_A_NETWORK_SUBNET;
	if (!n)
		return NULL;
	if (n > NSFAB_SUBNETS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Too many subnets");
		return ERR_PTR(-E2BIG);
	}
	subnets = kzalloc(struct_size(subnets, subnet, n), GFP_KERNEL_ACCOUNT);
	if (!subnets)
		return ERR_PTR(-ENOMEM);
	subnets->n = n;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NSFAB_A_NETWORK_SUBNET)
			continue;
		s = &subnets->subnet[i];
		err = read_subnet(net, s, attr, extack);
		if (err)
			goto err_free;
		for (j = 0; j < i; j++)
			if (overlap(s, &subnets->subnet[j]))
				break;
		if (j < i || nsfab_route_overlaps(net, &s->prefix, s->plen)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Overlaps another subnet of the tenant");
			err = -EEXIST;
			goto err_free;
		}
		i++;
	}
	return subnets;

err_free:
	kfree(subnets);
	return ERR_PTR(err);
}

static int check_mtu(u32 mtu, const struct nsfab_subnets *subnets,
		     const struct nlattr *where,
		     struct netlink_ext_ack *extack)
{
	u32 i;

	if (mtu >= IPV6_MIN_MTU)
		return 0;
	for (i = 0; subnets && i < subnets->n; i++) {
		if (nsfab_addr_is_v4(&subnets->subnet[i].prefix))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, where,
				    "IPv6 needs an MTU of at least 1280");
		return -EINVAL;
	}
	return 0;
}

static int read_new(struct nsfab_network *net, struct nlattr **tb,
		    const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nsfab_subnets *subnets;
	int err;

	if (tb[NSFAB_A_NETWORK_ID])
		net->id = nla_get_u32(tb[NSFAB_A_NETWORK_ID]);
	if (tb[NSFAB_A_NETWORK_VNI])
		net->vni = nla_get_u32(tb[NSFAB_A_NETWORK_VNI]);
	if (tb[NSFAB_A_NETWORK_MTU])
		net->mtu = nla_get_u32(tb[NSFAB_A_NETWORK_MTU]);
	if (tb[NSFAB_A_NETWORK_FLAGS])
		net->flags = nla_get_u32(tb[NSFAB_A_NETWORK_FLAGS]);
	if (tb[NSFAB_A_NETWORK_NAME]) {
		err = nsfab_netlink_name(tb[NSFAB_A_NETWORK_NAME], false,
					 net->name.text, &net->name.len,
					 extack);
		if (err)
			return err;
	}
	if (tb[NSFAB_A_NETWORK_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_NETWORK_LABELS],
					   &net->labels);
		if (err)
			return err;
	}
	err = nsfab_netlink_revision(tb[NSFAB_A_NETWORK_REVISION],
				     &net->revision, extack);
	if (err)
		return err;
	subnets = read_subnets(net, nest, extack);
	if (IS_ERR(subnets))
		return PTR_ERR(subnets);
	RCU_INIT_POINTER(net->subnets, subnets);
	return check_mtu(net->mtu, subnets, nest, extack);
}

static void *make(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_NETWORK_MAX + 1];
	struct nsfab_tenant *tenant;
	struct nsfab_network *net;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_NETWORK_MAX, nest,
				  nsfab_nl_network_policy, REPEAT, extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[NSFAB_A_NETWORK_TENANT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "A network needs a tenant");
		return ERR_PTR(-EINVAL);
	}
	tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_NETWORK_TENANT], extack);
	if (IS_ERR(tenant))
		return tenant;
	net = nsfab_network_alloc(tenant);
	if (!net)
		return ERR_PTR(-ENOMEM);
	err = read_new(net, tb, nest, extack);
	if (err)
		goto err_free;
	err = nsfab_network_link(net);
	if (!err)
		return net;
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "That id, name, VNI or subnet is taken");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG_ATTR(extack, nest, "A route has that prefix");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The tenant's limit of networks is reached");

err_free:
	nsfab_network_free(net);
	return ERR_PTR(err);
}

static struct nsfab_network *find_by_name(struct nsfab_fabric *fab,
					  struct nlattr **tb,
					  const struct nlattr *nest,
					  struct netlink_ext_ack *extack)
{
	struct nsfab_tenant *tenant;
	struct nsfab_network *net;

	if (!tb[NSFAB_A_NETWORK_NAME] || !tb[NSFAB_A_NETWORK_TENANT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A network is named by id, or by tenant and name");
		return ERR_PTR(-EINVAL);
	}
	tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_NETWORK_TENANT], extack);
	if (IS_ERR(tenant))
		return ERR_CAST(tenant);
	net = nsfab_network_find(tenant, nla_data(tb[NSFAB_A_NETWORK_NAME]));
	if (net)
		return net;
	NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NETWORK_NAME],
			    "No such network");
	return ERR_PTR(-ENOENT);
}

static struct nsfab_network *find_tb(struct nsfab_fabric *fab,
				     struct nlattr **tb,
				     const struct nlattr *nest,
				     struct netlink_ext_ack *extack)
{
	struct nsfab_network *net;
	u64 revision;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_NETWORK_MAX, nest,
				  nsfab_nl_network_policy, REPEAT, extack);
	if (err)
		return ERR_PTR(err);
	if (tb[NSFAB_A_NETWORK_ID])
		net = nsfab_netlink_network(fab, tb[NSFAB_A_NETWORK_ID],
					    extack);
	else
		net = find_by_name(fab, tb, nest, extack);
	if (IS_ERR(net))
		return net;
	revision = net->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_NETWORK_REVISION], &revision,
				     extack);
	return err ? ERR_PTR(err) : net;
}

static void *find(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_NETWORK_MAX + 1];

	return find_tb(fab, tb, nest, extack);
}

static void unlink(void *obj)
{
	nsfab_network_unlink(obj);
}

static bool matches(const void *obj, const struct nsfab_netlink_dump *ctx)
{
	const struct nsfab_network *net = obj;

	return (!ctx->tenant || net->tenant->id == ctx->tenant) &&
	       (!ctx->network || net->id == ctx->network);
}

static const struct nsfab_netlink_kind kind = {
	.type = NSFAB_A_NETWORK,
	.get = NSFAB_CMD_NETWORK_GET,
	.ntf = NSFAB_CMD_NETWORK_NTF,
	.table = offsetof(struct nsfab_fabric, networks),
	.make = make,
	.find = find,
	.unlink = unlink,
	.filter = nsfab_nl_by_network,
	.matches = matches,
	.fill = fill,
};

/**
 * nsfab_nl_network_new_doit() - make networks
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_network_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_new_all(info, &kind);
}

/* The router of another VNI has another MAC, which no port may have. */
static int check_vni(const struct nsfab_network *net, u32 vni,
		     const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const struct nsfab_fdb *entry;
	u8 mac[ETH_ALEN];
	bool has;

	if (vni == net->vni)
		return 0;
	nsfab_network_router_mac(mac, vni);
	rcu_read_lock();
	entry = nsfab_fdb_find(net->tenant->fab, net->id, mac);
	has = entry && entry->kind != NSFAB_FDB_KIND_LEARNED;
	rcu_read_unlock();
	if (!has)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "The network has that VNI's router MAC already");
	return -EADDRINUSE;
}

/* What a set request changes is checked before anything is changed; what can
 * fail for memory comes first, and what cannot fail last.
 */
static int set(struct nsfab_network *net, struct nlattr **tb,
	       const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab = net->tenant->fab;
	struct nsfab_subnets *subnets, *now;
	u32 mtu = net->mtu, vni = net->vni;
	char *labels;
	int err;

	if (tb[NSFAB_A_NETWORK_TENANT] &&
	    nla_get_u32(tb[NSFAB_A_NETWORK_TENANT]) != net->tenant->id) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NETWORK_TENANT],
				    "The tenant cannot be changed");
		return -EOPNOTSUPP;
	}
	if (tb[NSFAB_A_NETWORK_NAME] &&
	    nla_strcmp(tb[NSFAB_A_NETWORK_NAME], net->name.text)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NETWORK_NAME],
				    "The name cannot be changed");
		return -EOPNOTSUPP;
	}
	if (tb[NSFAB_A_NETWORK_MTU])
		mtu = nla_get_u32(tb[NSFAB_A_NETWORK_MTU]);
	if (tb[NSFAB_A_NETWORK_VNI])
		vni = nla_get_u32(tb[NSFAB_A_NETWORK_VNI]);
	if (mtu != net->mtu && net->n_devs) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NETWORK_MTU],
				    "Ports of the network are bound to devices");
		return -EBUSY;
	}
	subnets = read_subnets(net, nest, extack);
	if (IS_ERR(subnets))
		return PTR_ERR(subnets);
	now = nsfab_dereference(fab, net->subnets);
	if (subnets || tb[NSFAB_A_NETWORK_NO_SUBNETS])
		now = subnets;
	err = check_mtu(mtu, now, nest, extack) ?:
	      check_vni(net, vni, tb[NSFAB_A_NETWORK_VNI], extack);
	if (err)
		goto err_subnets;

	/* What may fail comes first, and is undone. */
	labels = net->labels ? kstrdup(net->labels, GFP_KERNEL_ACCOUNT) : NULL;
	if (net->labels && !labels) {
		err = -ENOMEM;
		goto err_subnets;
	}
	if (tb[NSFAB_A_NETWORK_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_NETWORK_LABELS], &labels);
		if (err)
			goto err_labels;
	}
	err = nsfab_network_take_vni(net, vni);
	if (err) {
		if (err == -EEXIST)
			NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NETWORK_VNI],
					    "The VNI is taken");
		goto err_labels;
	}
	if (subnets || tb[NSFAB_A_NETWORK_NO_SUBNETS]) {
		err = nsfab_network_set_subnets(net, subnets);
		if (err) {
			if (err == -EBUSY)
				NL_SET_ERR_MSG_ATTR(extack, nest,
						    "A route has that prefix");
			goto err_set;
		}
	}
	nsfab_network_set_vni(net, vni);
	kfree(net->labels);
	net->labels = labels;
	WRITE_ONCE(net->mtu, mtu);
	if (tb[NSFAB_A_NETWORK_FLAGS])
		WRITE_ONCE(net->flags, nla_get_u32(tb[NSFAB_A_NETWORK_FLAGS]));
	return nsfab_netlink_revision(tb[NSFAB_A_NETWORK_REVISION],
				      &net->revision, extack);

err_set:
	nsfab_network_give_vni(net, vni);
err_labels:
	kfree(labels);
err_subnets:
	kfree(subnets);
	return err;
}

/**
 * nsfab_nl_network_set_doit() - change a network
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_network_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[NSFAB_A_NETWORK_MAX + 1];
	const struct nlattr *nest;
	struct nsfab_network *net;
	const void *obj;
	int err;

	nest = nsfab_netlink_only(info, NSFAB_A_NETWORK);
	if (!nest)
		return -EINVAL;
	net = find_tb(nsfab_netlink_fab(info), tb, nest, info->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	err = set(net, tb, nest, info->extack);
	if (err)
		return err;
	obj = net;
	return nsfab_netlink_tell(info, NSFAB_CMD_NETWORK_NTF, &obj, 1, fill);
}

/**
 * nsfab_nl_network_del_doit() - remove networks with their ports
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_network_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_del_all(info, &kind);
}

/**
 * nsfab_nl_network_get_doit() - read a network
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_network_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_get_one(info, &kind);
}

/**
 * nsfab_nl_network_get_dumpit() - read networks
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_network_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	return nsfab_netlink_dump_all(skb, cb, &kind);
}
