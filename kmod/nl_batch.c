// SPDX-License-Identifier: GPL-2.0-only
/* Loops over the objects of a request or of a table. A request is done as a
 * whole or not at all; a dump's cursor is the id, so that what is there from
 * its begin to its end is told once, whatever else comes and goes.
 */

#include <linux/slab.h>
#include <net/sock.h>

#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

/**
 * nsfab_netlink_new_all() - make all objects that a request names
 * @info: the request
 * @kind: their kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_new_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	u32 n = nsfab_netlink_count(info, kind->type);
	const struct nlattr *nest;
	void **made;
	int err = 0;
	u32 i = 0;
	int rem;

	if (!n)
		return -EINVAL;
	made = kvcalloc(n, sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		made[i] = kind->make(nsfab_netlink_fab(info), nest,
				     info->extack);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			break;
		}
		i++;
	}
	if (err) {
		while (i--)
			kind->unlink(made[i]);
	} else {
		err = nsfab_netlink_tell(info, kind->ntf,
					 (const void * const *)made, n,
					 kind->fill);
	}
	kvfree(made);
	return err;
}

/**
 * nsfab_netlink_del_all() - remove all objects that a request names
 * @info: the request
 * @kind: their kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_del_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	struct sk_buff_head msgs;
	void *obj;
	int rem;

	if (!nsfab_netlink_count(info, kind->type))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		obj = kind->find(fab, nest, info->extack);
		if (IS_ERR(obj))
			return PTR_ERR(obj);
	}
	__skb_queue_head_init(&msgs);
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		obj = kind->find(fab, nest, NULL);
		if (IS_ERR(obj))	/* named twice */
			continue;
		nsfab_netlink_collect(&msgs, fab, kind->ntf,
				      info->genlhdr->cmd, obj, kind->fill);
		kind->unlink(obj);
	}
	nsfab_netlink_notify(&msgs, fab);
	return 0;
}

/**
 * nsfab_netlink_get_one() - answer with the object that a request names
 * @info: the request
 * @kind: its kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_get_one(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	const struct nlattr *nest = nsfab_netlink_only(info, kind->type);
	void *obj;

	if (!nest)
		return -EINVAL;
	obj = kind->find(nsfab_netlink_fab(info), nest, info->extack);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	return nsfab_netlink_reply(info, kind->get, obj,
				   kind->read ?: kind->fill);
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
	fab = nsfab_netlink_dump_lock(cb);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	hdr = nsfab_netlink_dump_begin(skb, cb, kind->get, fab);
	if (!hdr)
		return nsfab_netlink_dump_end(skb, cb, NULL, fab, -EMSGSIZE);
	table = (void *)fab + kind->table;
	fill = ctx->reset ? kind->reset : kind->read ?: kind->fill;
	xa_for_each_start(table, id, obj, ctx->id) {
		if (kind->matches(obj, ctx)) {
			err = fill(skb, obj, net);
			if (err)
				break;
		}
		ctx->id = id + 1;
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
	fab = nsfab_netlink_dump_lock(cb);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	hdr = nsfab_netlink_dump_begin(skb, cb, cmd, fab);
	if (!hdr)
		return nsfab_netlink_dump_end(skb, cb, NULL, fab, -EMSGSIZE);
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
	}
	if (!err) {
		ctx->id = NSFAB_ID_MAX + 1;
		ctx->started = false;
	}
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}
