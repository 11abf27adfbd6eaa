// SPDX-License-Identifier: GPL-2.0-only
/* Dumps: their filter, their messages, and loops over tables. The cursor is the
 * id, so that what is there from a dump's begin to its end is told once,
 * whatever else comes and goes.
 */

#include <net/sock.h>

#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

/**
 * nsfab_netlink_dump_large() - begin a dump of what may be larger than a page
 * @cb: the dump
 *
 * Return: 0
 */
int nsfab_netlink_dump_large(struct netlink_callback *cb)
{
	cb->min_dump_alloc = NSFAB_NETLINK_ROOM;
	return 0;
}

/**
 * nsfab_netlink_dump_filter() - read a dump's filter
 * @cb: the dump
 * @policy: policy of the filter: what this dump can be limited to
 *
 * To be called for each message; done at the first one, and not in the
 * command's start, where 6.1 has no extack.
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_dump_filter(struct netlink_callback *cb,
			      const struct nla_policy *policy)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nlattr *tb[NSFAB_A_FILTER_MAX + 1];
	struct nlattr *filter;
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct nsfab_netlink_dump);
	if (ctx->filtered)
		return 0;
	err = nsfab_netlink_check(cb->nlh, cb->extack);
	if (err)
		return err;
	filter = genl_info_dump(cb)->attrs[NSFAB_A_FILTER];
	ctx->filtered = true;
	if (!filter)
		return 0;
	err = nsfab_netlink_parse(tb, NSFAB_A_FILTER_MAX, filter, policy, 0,
				  cb->extack);
	if (err)
		return err;
	if (tb[NSFAB_A_FILTER_PORT])
		ctx->port = nla_get_u32(tb[NSFAB_A_FILTER_PORT]);
	if (tb[NSFAB_A_FILTER_TENANT])
		ctx->tenant = nla_get_u32(tb[NSFAB_A_FILTER_TENANT]);
	if (tb[NSFAB_A_FILTER_NETWORK])
		ctx->network = nla_get_u32(tb[NSFAB_A_FILTER_NETWORK]);
	ctx->reset = tb[NSFAB_A_FILTER_RESET];
	ctx->points = tb[NSFAB_A_FILTER_POINTS];
	return 0;
}

/**
 * nsfab_netlink_dump_begin() - lock the fabric of a dump, and begin a message
 * @skb: where
 * @cb: the dump
 * @cmd: command
 * @hdr: set to the message's header
 *
 * Return: the fabric, for nsfab_netlink_dump_end(), or ERR_PTR(-errno)
 */
struct nsfab_fabric *nsfab_netlink_dump_begin(struct sk_buff *skb,
					      struct netlink_callback *cb,
					      u8 cmd, void **hdr)
{
	struct nsfab_fabric *fab;

	fab = nsfab_netlink_lock(sock_net(cb->skb->sk),
				 genl_info_dump(cb)->attrs[NSFAB_A_IFINDEX],
				 cb->extack);
	if (IS_ERR(fab))
		return fab;
	*hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &nsfab_netlink_family, NLM_F_MULTI, cmd);
	if (*hdr && !nla_put_u32(skb, NSFAB_A_IFINDEX, fab->dev->ifindex))
		return fab;
	genlmsg_cancel(skb, *hdr);
	nsfab_netlink_unlock(fab);
	return ERR_PTR(-EMSGSIZE);
}

/**
 * nsfab_netlink_dump_end() - end a message of a dump, and unlock the fabric
 * @skb: where it is
 * @cb: the dump
 * @hdr: its header
 * @fab: the fabric
 * @err: why no more is told, -EMSGSIZE if the rest does not fit, or 0
 *
 * What was told must arrive: an error has time until the next message.
 *
 * Return: bytes written or -errno
 */
int nsfab_netlink_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
			   void *hdr, struct nsfab_fabric *fab, int err)
{
	const u32 empty = nla_total_size(sizeof(u32)); /* IFINDEX alone */

	if (skb_tail_pointer(skb) > (u8 *)hdr + empty) {
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		err = 0;
	} else {
		genlmsg_cancel(skb, hdr);
	}
	nsfab_netlink_unlock(fab);
	return err ?: skb->len;
}

/**
 * nsfab_netlink_dump_all() - tell all objects of a kind that the filter wants
 * @skb: where to
 * @cb: the dump
 * @kind: their kind
 *
 * Return: bytes written or -errno
 */
int nsfab_netlink_dump_all(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nsfab_netlink_kind *kind)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(cb->skb->sk);
	nsfab_netlink_fill_t fill;
	struct nsfab_fabric *fab;
	struct xarray *table;
	unsigned long id;
	int err = 0;
	void *hdr;
	void *obj;

	err = nsfab_netlink_dump_filter(cb, kind->filter);
	if (err)
		return err;
	fab = nsfab_netlink_dump_begin(skb, cb, kind->get, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	table = (void *)fab + kind->table;
	fill = ctx->reset ? kind->reset : kind->read ?: kind->fill;
	xa_for_each_start(table, id, obj, ctx->id) {
		if (kind->matches(obj, ctx)) {
			err = fill(skb, obj, net);
			if (err)
				break;
		}
		ctx->id = id + 1;
		cond_resched();
	}
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}

/**
 * nsfab_netlink_dump_networks() - tell entries of all networks that the filter
 *	wants
 * @skb: where to
 * @cb: the dump
 * @cmd: command
 * @dump: tells those of one network from the cursor on: 0 when that was all,
 *	-EMSGSIZE when there is no room for more
 *
 * Return: bytes written or -errno
 */
int nsfab_netlink_dump_networks(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd,
				int (*dump)(struct sk_buff *skb,
					    struct nsfab_network *net,
					    struct nsfab_netlink_dump *ctx,
					    struct net *reader))
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nsfab_network *net;
	struct nsfab_fabric *fab;
	unsigned long id;
	int err = 0;
	void *hdr;

	err = nsfab_netlink_dump_filter(cb, nsfab_nl_by_network);
	if (err)
		return err;
	fab = nsfab_netlink_dump_begin(skb, cb, cmd, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	xa_for_each_start(&fab->networks, id, net, ctx->id) {
		if (ctx->id != id) {
			ctx->id = id;
			ctx->started = false;
		}
		if ((ctx->tenant && net->tenant->id != ctx->tenant) ||
		    (ctx->network && net->id != ctx->network))
			continue;
		err = dump(skb, net, ctx, sock_net(cb->skb->sk));
		if (err)
			break;
		cond_resched();
	}
	if (!err) {
		ctx->id = NSFAB_ID_MAX + 1;
		ctx->started = false;
	}
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}
