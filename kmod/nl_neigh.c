// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of neighbours. */

#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "neigh.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

/* Policy of a neighbour */
const struct nla_policy nsfab_nl_neigh_policy[NSFAB_A_NEIGH_MAX + 1] = {
	[NSFAB_A_NEIGH_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_NEIGH_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_NEIGH_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[NSFAB_A_NEIGH_KIND] = READ_ONLY,
	[NSFAB_A_NEIGH_PORT] = READ_ONLY,
	[NSFAB_A_NEIGH_REVISION] = { .type = NLA_U64 },
};

static int fill(struct sk_buff *skb, const void *obj, struct net *reader)
{
	const struct nsfab_neigh *entry = obj;
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_NEIGH);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, NSFAB_A_NEIGH_NETWORK, entry->key.network) ||
	    nla_put(skb, NSFAB_A_NEIGH_ADDRESS,
		    nsfab_addr_len(&entry->key.addr),
		    nsfab_addr_data(&entry->key.addr)) ||
	    nla_put(skb, NSFAB_A_NEIGH_MAC, ETH_ALEN, entry->mac) ||
	    nla_put_u8(skb, NSFAB_A_NEIGH_KIND, entry->kind) ||
	    (entry->port &&
	     nla_put_u32(skb, NSFAB_A_NEIGH_PORT, entry->port->id)) ||
	    nla_put_u64_64bit(skb, NSFAB_A_NEIGH_REVISION, entry->revision,
			      NSFAB_A_NEIGH_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static struct nsfab_neigh *lookup(struct nsfab_network *net,
				  const struct in6_addr *addr)
{
	struct nsfab_neigh *entry;

	/* The fabric's lock keeps it. */
	rcu_read_lock();
	entry = nsfab_neigh_find(net->tenant->fab, net->id, addr);
	rcu_read_unlock();
	return entry;
}

static struct nsfab_network *read_key(struct nsfab_fabric *fab,
				      struct nlattr **tb,
				      const struct nlattr *nest,
				      struct in6_addr *addr,
				      struct netlink_ext_ack *extack)
{
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_NEIGH_MAX, nest,
				  nsfab_nl_neigh_policy, 0, extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[NSFAB_A_NEIGH_NETWORK] || !tb[NSFAB_A_NEIGH_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A neighbour is named by network and address");
		return ERR_PTR(-EINVAL);
	}
	err = nsfab_netlink_addr(tb[NSFAB_A_NEIGH_ADDRESS], addr, extack);
	if (err)
		return ERR_PTR(err);
	return nsfab_netlink_network(fab, tb[NSFAB_A_NEIGH_NETWORK], extack);
}

/* Make the entry that a nest asks for; one that is there is replaced if the
 * request may, and comes out in @old.
 */
static struct nsfab_neigh *make(struct genl_info *info,
				const struct nlattr *nest,
				struct nsfab_neigh **old)
{
	bool may_replace = info->nlhdr->nlmsg_flags & NLM_F_REPLACE;
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *tb[NSFAB_A_NEIGH_MAX + 1];
	struct nsfab_neigh *entry, *there;
	struct nsfab_network *net;
	struct in6_addr addr;
	int err;

	net = read_key(nsfab_netlink_fab(info), tb, nest, &addr, extack);
	if (IS_ERR(net))
		return ERR_CAST(net);
	if (!nsfab_addr_is_host(&addr)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NEIGH_ADDRESS],
				    "Not a unicast address");
		return ERR_PTR(-EINVAL);
	}
	if (!tb[NSFAB_A_NEIGH_MAC] ||
	    !is_valid_ether_addr(nla_data(tb[NSFAB_A_NEIGH_MAC]))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_NEIGH_MAC] ?: nest,
				    "A neighbour needs a unicast MAC");
		return ERR_PTR(-EINVAL);
	}
	entry = nsfab_neigh_alloc(net, &addr, nla_data(tb[NSFAB_A_NEIGH_MAC]),
				  NULL);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	there = lookup(net, &addr);
	if (there && may_replace)
		entry->revision = there->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_NEIGH_REVISION],
				     &entry->revision, extack);
	if (err)
		goto err_free;
	err = nsfab_neigh_insert(entry, may_replace ? old : NULL);
	if (!err)
		return entry;
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The address is known already");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The tenant's limit of neighbours is reached");

err_free:
	kfree(entry);
	return ERR_PTR(err);
}

static void undo(struct nsfab_neigh *entry, struct nsfab_neigh *old)
{
	struct nsfab_neigh *replaced;

	if (old)
		nsfab_neigh_insert(old, &replaced);
	else
		nsfab_neigh_remove(entry);
	nsfab_neigh_free(entry);
}

/**
 * nsfab_nl_neigh_new_doit() - add or replace static neighbours
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_neigh_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 n = nsfab_netlink_count(info, NSFAB_A_NEIGH);
	struct nsfab_neigh **made, **old;
	const struct nlattr *nest;
	int rem, err = 0;
	u32 i = 0;

	if (!n)
		return -EINVAL;
	made = kvcalloc(n, 2 * sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	old = made + n;
	nlmsg_for_each_attr_type(nest, NSFAB_A_NEIGH, info->nlhdr,
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
	err = nsfab_netlink_tell(info, NSFAB_CMD_NEIGH_NTF,
				 (const void * const *)made, n, fill);
	for (i = 0; i < n; i++)
		if (old[i])
			nsfab_neigh_free(old[i]);
out:
	kvfree(made);
	return err;
}

static struct nsfab_neigh *find(struct genl_info *info,
				const struct nlattr *nest,
				struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_NEIGH_MAX + 1];
	struct nsfab_network *net;
	struct nsfab_neigh *entry;
	struct in6_addr addr;
	u64 revision;
	int err;

	net = read_key(nsfab_netlink_fab(info), tb, nest, &addr, extack);
	if (IS_ERR(net))
		return ERR_CAST(net);
	entry = lookup(net, &addr);
	if (!entry) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "No such neighbour");
		return ERR_PTR(-ENOENT);
	}
	revision = entry->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_NEIGH_REVISION], &revision,
				     extack);
	return err ? ERR_PTR(err) : entry;
}

/**
 * nsfab_nl_neigh_del_doit() - remove static neighbours
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_neigh_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	struct nsfab_neigh *entry;
	struct sk_buff_head msgs;
	int rem;

	if (!nsfab_netlink_count(info, NSFAB_A_NEIGH))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, NSFAB_A_NEIGH, info->nlhdr,
				 GENL_HDRLEN, rem) {
		entry = find(info, nest, info->extack);
		if (IS_ERR(entry))
			return PTR_ERR(entry);
		cond_resched();
		if (entry->kind == NSFAB_NEIGH_KIND_STATIC)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "A port has the address: it goes with the port's");
		return -EBUSY;
	}
	__skb_queue_head_init(&msgs);
	nlmsg_for_each_attr_type(nest, NSFAB_A_NEIGH, info->nlhdr,
				 GENL_HDRLEN, rem) {
		entry = find(info, nest, NULL);
		if (IS_ERR(entry))	/* named twice */
			continue;
		nsfab_netlink_collect(&msgs, fab, NSFAB_CMD_NEIGH_NTF,
				      NSFAB_CMD_NEIGH_DEL, entry, fill);
		nsfab_neigh_remove(entry);
		nsfab_neigh_free(entry);
		/* One at a time: a request may name tens of thousands. */
		nsfab_netlink_notify(&msgs, fab);
		cond_resched();
	}
	return 0;
}

/**
 * nsfab_nl_neigh_get_doit() - read a neighbour
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_neigh_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = nsfab_netlink_only(info, NSFAB_A_NEIGH);
	struct nsfab_neigh *entry;

	if (!nest)
		return -EINVAL;
	entry = find(info, nest, info->extack);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	return nsfab_netlink_reply(info, NSFAB_CMD_NEIGH_GET, entry, fill);
}

/* A network's neighbours from the cursor on; -EMSGSIZE when there is no room
 * for more.
 */
static int dump_network(struct sk_buff *skb, struct nsfab_network *net,
			struct nsfab_netlink_dump *ctx, struct net *reader)
{
	struct nsfab_neigh *entry;

	for (;;) {
		entry = nsfab_neigh_next(net, ctx->started ? &ctx->key : NULL);
		if (!entry)
			return 0;
		if (fill(skb, entry, reader))
			return -EMSGSIZE;
		ctx->key = entry->key.addr;
		ctx->started = true;
	}
}

/**
 * nsfab_nl_neigh_get_dumpit() - read neighbours
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_neigh_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nsfab_netlink_dump_networks(skb, cb, NSFAB_CMD_NEIGH_GET,
					   dump_network);
}
