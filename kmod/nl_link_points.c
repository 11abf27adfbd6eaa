// SPDX-License-Identifier: GPL-2.0-only
/* The values of links' tables and traces, told in pieces, because they are
 * longer than a message. A dump has a reference of those that it is about to
 * tell: they are of the configuration that it told, whatever changes meanwhile,
 * and be the link gone.
 */

#include <net/sock.h>

#include "fabric.h"
#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"

/* Most points of a piece: a nest's length has 16 bits. */
#define PIECE 8192

/* With room for less, a piece waits for the next message. */
#define LEAST 64

/**
 * nsfab_nl_link_put_points() - write points of a table or trace, if they fit
 * @skb: where to
 * @type: NSFAB_A_LINK_TABLE or NSFAB_A_LINK_TRACE
 * @points: all of them, 32 bits each
 * @n: how many
 * @at: number of the first one that was not told, advanced
 *
 * Return: 0 if these were the last ones, or -EMSGSIZE
 */
int nsfab_nl_link_put_points(struct sk_buff *skb, int type, const void *points,
			     u32 n, u32 *at)
{
	int at_type = type == NSFAB_A_LINK_TABLE ? NSFAB_A_LINK_TABLE_AT :
						   NSFAB_A_LINK_TRACE_AT;
	int room = skb_tailroom(skb) - nla_total_size(sizeof(u32)) - NLA_HDRLEN;
	u32 some = min_t(u32, n - *at, PIECE);

	if (room < (int)(some * sizeof(u32))) {
		if (room < (int)(LEAST * sizeof(u32)))
			return -EMSGSIZE;
		some = room / sizeof(u32);
	}
	if (nla_put_u32(skb, at_type, *at) ||
	    nla_put(skb, type, some * sizeof(u32),
		    points + *at * sizeof(u32)))
		return -EMSGSIZE;
	*at += some;
	return *at < n ? -EMSGSIZE : 0;
}

/* A piece for the link before the cursor */
static int put_piece(struct sk_buff *skb, struct nsfab_netlink_dump *ctx)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_LINK);
	struct nsfab_link_table *table = ctx->table;
	struct nsfab_link_trace *trace = ctx->trace;
	u32 before = ctx->phase;
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u32(skb, NSFAB_A_LINK_ID, ctx->id - 1);
	if (!err)
		err = table ?
		      nsfab_nl_link_put_points(skb, NSFAB_A_LINK_TABLE,
					       table->point, table->n,
					       &ctx->phase) :
		      nsfab_nl_link_put_points(skb, NSFAB_A_LINK_TRACE,
					       trace->ms, trace->n,
					       &ctx->phase);
	if (ctx->phase == before) {
		nla_nest_cancel(skb, nest);
		return err;
	}
	nla_nest_end(skb, nest);
	if (err)
		return err;
	ctx->phase = 0;
	if (table) {
		nsfab_link_table_put(table);
		ctx->table = NULL;
	} else {
		nsfab_link_trace_put(trace);
		ctx->trace = NULL;
	}
	return 0;
}

static int put_pieces(struct sk_buff *skb, struct nsfab_netlink_dump *ctx)
{
	int err = 0;

	while (!err && (ctx->table || ctx->trace))
		err = put_piece(skb, ctx);
	return err;
}

static int put_link(struct sk_buff *skb, struct nsfab_link *link,
		    struct nsfab_netlink_dump *ctx)
{
	struct nsfab_link_conf *conf = nsfab_link_conf_get(link);
	int err;

	err = nsfab_nl_link_fill_conf(skb, link, conf, ctx->reset);
	if (!err) {
		ctx->table = conf->table;
		ctx->trace = conf->trace;
		if (ctx->table)
			refcount_inc(&ctx->table->ref);
		if (ctx->trace)
			refcount_inc(&ctx->trace->ref);
	}
	nsfab_link_conf_put(conf);
	return err;
}

/**
 * nsfab_nl_link_dump_points() - tell links with their tables and traces
 * @skb: where to
 * @cb: the dump, whose filter has been read
 * @matches: does it want a link?
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_link_dump_points(struct sk_buff *skb, struct netlink_callback *cb,
			      bool (*matches)(const void *obj,
					      const struct nsfab_netlink_dump *
					      ctx))
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nsfab_fabric *fab;
	struct nsfab_link *link;
	unsigned long id;
	void *hdr;
	int err;

	fab = nsfab_netlink_dump_begin(skb, cb, NSFAB_CMD_LINK_GET, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	err = put_pieces(skb, ctx);
	if (err)
		goto out;
	xa_for_each_start(&fab->links, id, link, ctx->id) {
		if (matches(link, ctx)) {
			err = put_link(skb, link, ctx);
			if (err)
				break;
		}
		ctx->id = id + 1;
		err = put_pieces(skb, ctx);
		if (err)
			break;
		cond_resched();
	}
out:
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}

/**
 * nsfab_nl_link_get_done() - end reading links
 * @cb: the dump
 *
 * Return: 0
 */
int nsfab_nl_link_get_done(struct netlink_callback *cb)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;

	nsfab_link_table_put(ctx->table);
	nsfab_link_trace_put(ctx->trace);
	return 0;
}
