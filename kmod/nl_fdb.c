// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of forwarding entries. The MAC of all zeroes stands for the
 * VTEPs that get what is flooded.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "fdb.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"
#include "vtep.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

/* Policy of a forwarding entry */
const struct nla_policy nsfab_nl_fdb_policy[NSFAB_A_FDB_MAX + 1] = {
	[NSFAB_A_FDB_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FDB_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[NSFAB_A_FDB_KIND] = READ_ONLY,
	[NSFAB_A_FDB_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_FDB_VTEP] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_FDB_REVISION] = { .type = NLA_U64 },
	[NSFAB_A_FDB_AGE] = READ_ONLY,
};

/* In dumps, what comes first of a network. */
enum {
	PHASE_FLOODS,
	PHASE_ENTRIES,
};

static int put_vtep(struct sk_buff *skb, const struct nsfab_vtep *vtep)
{
	return nla_put(skb, NSFAB_A_FDB_VTEP, nsfab_addr_len(&vtep->addr),
		       nsfab_addr_data(&vtep->addr));
}

static int fill(struct sk_buff *skb, const void *obj, struct net *reader)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_FDB);
	const struct nsfab_fdb *entry = obj;

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, NSFAB_A_FDB_NETWORK, entry->key.network) ||
	    nla_put(skb, NSFAB_A_FDB_MAC, ETH_ALEN, entry->key.mac) ||
	    nla_put_u8(skb, NSFAB_A_FDB_KIND, entry->kind) ||
	    (entry->port &&
	     nla_put_u32(skb, NSFAB_A_FDB_PORT, entry->port->id)) ||
	    (entry->vtep && put_vtep(skb, entry->vtep)) ||
	    nla_put_u64_64bit(skb, NSFAB_A_FDB_REVISION, entry->revision,
			      NSFAB_A_FDB_PAD) ||
	    (entry->kind == NSFAB_FDB_KIND_LEARNED &&
	     nla_put_u32(skb, NSFAB_A_FDB_AGE,
			 (jiffies - READ_ONCE(entry->used)) / HZ))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct request - an entry that a request names
 * @net: its network
 * @mac: its MAC
 * @port: the port behind which it is, or NULL
 * @vtep: or the VTEP's address, with @has_vtep
 * @has_vtep: @vtep counts
 * @revision: attribute, or NULL
 */
struct request {
	struct nsfab_network *net;
	const u8 *mac;
	struct nsfab_port *port;
	struct in6_addr vtep;
	bool has_vtep;
	const struct nlattr *revision;
};

static int read_vtep(struct nsfab_fabric *fab, const struct nlattr *attr,
		     struct request *req, struct netlink_ext_ack *extack)
{
	int err;

	err = nsfab_netlink_addr(attr, &req->vtep, extack);
	if (err)
		return err;
	req->has_vtep = true;
	return nsfab_vtep_check(fab, &req->vtep, attr, extack);
}

static int read_request(struct nsfab_fabric *fab, const struct nlattr *nest,
			struct request *req, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_FDB_MAX + 1];
	int err;

	memset(req, 0, sizeof(*req));
	err = nsfab_netlink_parse(tb, NSFAB_A_FDB_MAX, nest,
				  nsfab_nl_fdb_policy, 0, extack);
	if (err)
		return err;
	if (!tb[NSFAB_A_FDB_NETWORK] || !tb[NSFAB_A_FDB_MAC]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A forwarding entry is named by network and MAC");
		return -EINVAL;
	}
	req->net = nsfab_netlink_network(fab, tb[NSFAB_A_FDB_NETWORK], extack);
	if (IS_ERR(req->net))
		return PTR_ERR(req->net);
	req->mac = nla_data(tb[NSFAB_A_FDB_MAC]);
	req->revision = tb[NSFAB_A_FDB_REVISION];
	if (is_multicast_ether_addr(req->mac)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FDB_MAC],
				    "Not a unicast MAC");
		return -EINVAL;
	}
	if (tb[NSFAB_A_FDB_VTEP]) {
		err = read_vtep(fab, tb[NSFAB_A_FDB_VTEP], req, extack);
		if (err)
			return err;
	}
	if (!tb[NSFAB_A_FDB_PORT])
		return 0;
	if (req->has_vtep || is_zero_ether_addr(req->mac)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FDB_PORT],
				    "A port cannot stand here");
		return -EINVAL;
	}
	req->port = nsfab_netlink_port(fab, tb[NSFAB_A_FDB_PORT], extack);
	if (IS_ERR(req->port))
		return PTR_ERR(req->port);
	if (req->port->net == req->net)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_FDB_PORT],
			    "The port is in another network");
	return -EINVAL;
}

static struct nsfab_fdb *lookup(const struct request *req)
{
	struct nsfab_fabric *fab = req->net->tenant->fab;
	struct nsfab_fdb *entry;

	rcu_read_lock();
	entry = nsfab_fdb_find(fab, req->net->id, req->mac);
	/* The fabric's lock keeps all but a learned one. */
	if (entry && entry->kind == NSFAB_FDB_KIND_LEARNED)
		entry = NULL;
	rcu_read_unlock();
	return entry;
}

/* A VTEP in the flood list is one word of the list, not an entry: what is told
 * of it is made for the telling.
 */
static struct nsfab_fdb *add_flood(const struct request *req,
				   struct nsfab_vtep *vtep, bool may_replace,
				   struct nsfab_fdb **old)
{
	struct nsfab_flood *flood;
	struct nsfab_fdb *entry;
	int err;

	entry = nsfab_fdb_alloc(req->net, req->mac, NULL, vtep);
	if (!entry) {
		nsfab_vtep_put(vtep);
		return ERR_PTR(-ENOMEM);
	}
	flood = nsfab_vtep_flood_find(req->net, vtep);
	if (flood && flood->given) {
		err = -EEXIST;
		if (!may_replace)
			goto err_free;
		/* It was there already: nothing is to be undone. */
		*old = entry;
		return entry;
	}
	err = -ENOSPC;
	if (!nsfab_limit_take(&req->net->tenant->max_fdb))
		goto err_free;
	err = nsfab_vtep_flood_add(req->net, vtep);
	if (err) {
		nsfab_limit_fail(&req->net->tenant->max_fdb);
		goto err_free;
	}
	nsfab_vtep_flood_find(req->net, vtep)->given = true;
	return entry;

err_free:
	nsfab_fdb_free(entry);
	return ERR_PTR(err);
}

static void del_flood(struct nsfab_network *net, struct nsfab_vtep *vtep)
{
	struct nsfab_flood *flood = nsfab_vtep_flood_find(net, vtep);

	if (!flood || !flood->given)
		return;
	flood->given = false;
	nsfab_vtep_flood_del(net, vtep);
	nsfab_limit_give(&net->tenant->max_fdb);
}

static struct nsfab_fdb *add_entry(const struct request *req,
				   struct nsfab_vtep *vtep, bool may_replace,
				   struct nsfab_fdb **old,
				   struct netlink_ext_ack *extack)
{
	struct nsfab_fdb *there = lookup(req);
	struct nsfab_fdb *entry;
	int err;

	entry = nsfab_fdb_alloc(req->net, req->mac, req->port, vtep);
	if (!entry) {
		if (vtep)
			nsfab_vtep_put(vtep);
		return ERR_PTR(-ENOMEM);
	}
	if (there && may_replace)
		entry->revision = there->revision;
	err = nsfab_netlink_revision(req->revision, &entry->revision, extack);
	if (err)
		goto err_free;
	/* Who has a MAC of the network is heard, and gets what is flooded. */
	if (vtep) {
		err = nsfab_vtep_flood_add(req->net, vtep);
		if (err)
			goto err_free;
	}
	err = nsfab_fdb_insert(entry, may_replace ? old : NULL);
	if (!err)
		return entry;
	if (vtep)
		nsfab_vtep_flood_del(req->net, vtep);

err_free:
	nsfab_fdb_free(entry);
	return ERR_PTR(err);
}

/* Free an entry that is out of the table. */
static void put_entry(struct nsfab_fdb *entry)
{
	if (entry->vtep)
		nsfab_vtep_flood_del(entry->net, entry->vtep);
	nsfab_fdb_free(entry);
}

static struct nsfab_fdb *make(struct genl_info *info,
			      const struct nlattr *nest,
			      struct nsfab_fdb **old)
{
	bool may_replace = info->nlhdr->nlmsg_flags & NLM_F_REPLACE;
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct netlink_ext_ack *extack = info->extack;
	struct nsfab_vtep *vtep = NULL;
	struct nsfab_fdb *entry;
	struct request req;
	int err;

	err = read_request(fab, nest, &req, extack);
	if (err)
		return ERR_PTR(err);
	if (!req.port && !req.has_vtep) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A forwarding entry needs a port or a VTEP");
		return ERR_PTR(-EINVAL);
	}
	if (ether_addr_equal(req.mac, req.net->router_mac)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "The router has that MAC");
		return ERR_PTR(-EINVAL);
	}
	if (req.has_vtep) {
		vtep = nsfab_vtep_get(fab, &req.vtep);
		if (IS_ERR(vtep))
			return ERR_CAST(vtep);
	}
	if (is_zero_ether_addr(req.mac))
		entry = add_flood(&req, vtep, may_replace, old);
	else
		entry = add_entry(&req, vtep, may_replace, old, extack);
	if (IS_ERR(entry) && PTR_ERR(entry) == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest, "The MAC is known already");
	else if (IS_ERR(entry) && PTR_ERR(entry) == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The tenant's limit of forwarding entries is reached");
	return entry;
}

static void undo(struct nsfab_fdb *entry, struct nsfab_fdb *old)
{
	struct nsfab_fdb *replaced;

	if (is_zero_ether_addr(entry->key.mac)) {
		if (!old)
			del_flood(entry->net, entry->vtep);
		nsfab_fdb_free(entry);
		return;
	}
	if (old)
		nsfab_fdb_insert(old, &replaced);
	else
		nsfab_fdb_remove(entry);
	put_entry(entry);
}

/**
 * nsfab_nl_fdb_new_doit() - add or replace static forwarding entries
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_fdb_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 n = nsfab_netlink_count(info, NSFAB_A_FDB);
	struct nsfab_fdb **made, **old;
	const struct nlattr *nest;
	int rem, err = 0;
	u32 i = 0;

	if (!n)
		return -EINVAL;
	made = kvcalloc(n, 2 * sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	old = made + n;
	nlmsg_for_each_attr_type(nest, NSFAB_A_FDB, info->nlhdr,
				 GENL_HDRLEN, rem) {
		made[i] = make(info, nest, &old[i]);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			break;
		}
		i++;
	}
	if (err) {
		while (i--)
			undo(made[i], old[i]);
		goto out;
	}
	/* One of them may have replaced another one: told first, then freed. */
	err = nsfab_netlink_tell(info, NSFAB_CMD_FDB_NTF,
				 (const void * const *)made, n, fill);
	for (i = 0; i < n; i++) {
		if (is_zero_ether_addr(made[i]->key.mac))
			nsfab_fdb_free(made[i]);
		else if (old[i])
			put_entry(old[i]);
	}
out:
	kvfree(made);
	return err;
}

/* Copy the entry, with a reference of its VTEP, to be dropped: the original, if
 * it is a learned one, may go at any time.
 */
static bool copy_entry(struct nsfab_fabric *fab, const struct request *req,
		       struct nsfab_fdb *copy)
{
	struct nsfab_fdb *entry;

	spin_lock_bh(&fab->fdb_lock);
	rcu_read_lock();
	entry = nsfab_fdb_find(fab, req->net->id, req->mac);
	if (entry) {
		*copy = *entry;
		/* The entry's own reference is there under fdb_lock. */
		if (copy->vtep)
			WARN_ON_ONCE(!nsfab_vtep_hold(copy->vtep));
	}
	rcu_read_unlock();
	spin_unlock_bh(&fab->fdb_lock);
	return entry;
}

/* Likewise of a VTEP in the flood list. */
static bool copy_flood(struct nsfab_fabric *fab, const struct request *req,
		       struct nsfab_fdb *copy)
{
	struct nsfab_flood *flood = NULL;
	struct nsfab_vtep *vtep;

	rcu_read_lock();
	vtep = req->has_vtep ? nsfab_vtep_find(fab, &req->vtep) : NULL;
	if (vtep)
		flood = nsfab_vtep_flood_find(req->net, vtep);
	/* In the flood list, it has a reference under the fabric's lock. */
	if (flood && flood->given)
		WARN_ON_ONCE(!nsfab_vtep_hold(vtep));
	else
		flood = NULL;
	rcu_read_unlock();
	if (!flood)
		return false;
	memset(copy, 0, sizeof(*copy));
	copy->key.network = req->net->id;
	copy->kind = NSFAB_FDB_KIND_STATIC;
	copy->vtep = vtep;
	copy->net = req->net;
	return true;
}

static int find_copy(struct nsfab_fabric *fab, const struct request *req,
		     struct nsfab_fdb *copy, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	if (is_zero_ether_addr(req->mac) ? copy_flood(fab, req, copy) :
					   copy_entry(fab, req, copy))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest, "No such forwarding entry");
	return -ENOENT;
}

static int check_del(struct nsfab_fabric *fab, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct nsfab_fdb copy;
	struct request req;
	u64 revision;
	int err;

	err = read_request(fab, nest, &req, extack);
	if (err)
		return err;
	err = find_copy(fab, &req, &copy, nest, extack);
	if (err)
		return err;
	if (copy.vtep)
		nsfab_vtep_put(copy.vtep);
	if (copy.kind == NSFAB_FDB_KIND_DERIVED) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A port has the MAC: it goes with the port");
		return -EBUSY;
	}
	revision = copy.revision;
	return nsfab_netlink_revision(req.revision, &revision, extack);
}

/* What check_del() found good; a learned one may be gone by now. */
static void del_one(struct nsfab_fabric *fab, const struct nlattr *nest)
{
	struct nsfab_fdb *entry, copy;
	struct sk_buff_head msgs;
	struct request req;

	if (read_request(fab, nest, &req, NULL) ||
	    find_copy(fab, &req, &copy, nest, NULL))
		return;
	__skb_queue_head_init(&msgs);
	nsfab_netlink_collect(&msgs, fab, NSFAB_CMD_FDB_NTF, NSFAB_CMD_FDB_DEL,
			      &copy, fill);
	if (is_zero_ether_addr(req.mac)) {
		del_flood(req.net, copy.vtep);
	} else if (copy.kind == NSFAB_FDB_KIND_LEARNED) {
		nsfab_fdb_forget(req.net, req.mac);
	} else {
		entry = lookup(&req);
		nsfab_fdb_remove(entry);
		put_entry(entry);
	}
	if (copy.vtep)
		nsfab_vtep_put(copy.vtep);
	nsfab_netlink_notify(&msgs, fab);
}

/**
 * nsfab_nl_fdb_del_doit() - remove static or learned forwarding entries
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_fdb_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	int rem, err;

	if (!nsfab_netlink_count(info, NSFAB_A_FDB))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, NSFAB_A_FDB, info->nlhdr,
				 GENL_HDRLEN, rem) {
		err = check_del(fab, nest, info->extack);
		if (err)
			return err;
		cond_resched();
	}
	nlmsg_for_each_attr_type(nest, NSFAB_A_FDB, info->nlhdr, GENL_HDRLEN,
				 rem) {
		del_one(fab, nest);
		cond_resched();
	}
	return 0;
}

/**
 * nsfab_nl_fdb_get_doit() - read a forwarding entry
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_fdb_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = nsfab_netlink_only(info, NSFAB_A_FDB);
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct nsfab_fdb copy;
	struct request req;
	int err;

	if (!nest)
		return -EINVAL;
	err = read_request(fab, nest, &req, info->extack);
	if (err)
		return err;
	err = find_copy(fab, &req, &copy, nest, info->extack);
	if (err)
		return err;
	err = nsfab_netlink_reply(info, NSFAB_CMD_FDB_GET, &copy, fill);
	if (copy.vtep)
		nsfab_vtep_put(copy.vtep);
	return err;
}

static int dump_floods(struct sk_buff *skb, struct nsfab_network *net,
		       struct nsfab_netlink_dump *ctx)
{
	struct nsfab_fdb entry = {
		.key.network = net->id,
		.kind = NSFAB_FDB_KIND_STATIC,
	};
	struct nsfab_flood *flood;

	for (;;) {
		flood = nsfab_vtep_flood_next(net,
					      ctx->started ? &ctx->key : NULL);
		if (!flood)
			return 0;
		entry.vtep = flood->vtep;
		if (flood->given && fill(skb, &entry, NULL))
			return -EMSGSIZE;
		ctx->key = flood->vtep->addr;
		ctx->started = true;
		cond_resched();
	}
}

static int dump_network(struct sk_buff *skb, struct nsfab_network *net,
			struct nsfab_netlink_dump *ctx, struct net *reader)
{
	struct nsfab_fabric *fab = net->tenant->fab;
	struct nsfab_fdb *entry;
	int err = 0;

	if (!ctx->started)
		ctx->phase = PHASE_FLOODS;
	if (ctx->phase == PHASE_FLOODS) {
		if (dump_floods(skb, net, ctx))
			return -EMSGSIZE;
		ctx->phase = PHASE_ENTRIES;
		/* Before every MAC that an entry may have. */
		memset(&ctx->key, 0, sizeof(ctx->key));
		ctx->started = true;
	}
	spin_lock_bh(&fab->fdb_lock);
	for (;;) {
		entry = nsfab_fdb_next(net, ctx->key.s6_addr);
		if (!entry)
			break;
		err = fill(skb, entry, reader);
		if (err)
			break;
		ether_addr_copy(ctx->key.s6_addr, entry->key.mac);
	}
	spin_unlock_bh(&fab->fdb_lock);
	return err;
}

/**
 * nsfab_nl_fdb_get_dumpit() - read forwarding entries
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_fdb_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nsfab_netlink_dump_networks(skb, cb, NSFAB_CMD_FDB_GET,
					   dump_network);
}
