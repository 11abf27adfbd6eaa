// SPDX-License-Identifier: GPL-2.0-only
/* Drops: counted by network, port and flow, told to the tracepoint and to the
 * core (dropwatch).
 */

#include <linux/skbuff.h>

#include "binding.h"
#include "cb.h"
#include "drop.h"
#include "flow.h"
#include "flow_ends.h"
#include "network.h"
#include "trace.h"

/* The core's nearest word for each of ours. */
static const u8 core_reasons[NSFAB_DROP_MAX] = {
	[NSFAB_DROP_REASON_UNSPEC] = SKB_DROP_REASON_NOT_SPECIFIED,
	[NSFAB_DROP_REASON_MALFORMED] = SKB_DROP_REASON_HDR_TRUNC,
	[NSFAB_DROP_REASON_SRC_MAC] = SKB_DROP_REASON_NOT_SPECIFIED,
	[NSFAB_DROP_REASON_SRC_ADDR] = SKB_DROP_REASON_IP_RPFILTER,
	[NSFAB_DROP_REASON_VLAN] = SKB_DROP_REASON_UNHANDLED_PROTO,
	[NSFAB_DROP_REASON_UNBOUND] = SKB_DROP_REASON_DEV_READY,
	[NSFAB_DROP_REASON_PARKED] = SKB_DROP_REASON_DEV_READY,
	[NSFAB_DROP_REASON_NO_FDB] = SKB_DROP_REASON_OTHERHOST,
	[NSFAB_DROP_REASON_NO_NEIGH] = SKB_DROP_REASON_NEIGH_FAILED,
	[NSFAB_DROP_REASON_NO_ROUTE] = SKB_DROP_REASON_IP_INNOROUTES,
	[NSFAB_DROP_REASON_BLACKHOLE] = SKB_DROP_REASON_IP_OUTNOROUTES,
	[NSFAB_DROP_REASON_UNREACHABLE] = SKB_DROP_REASON_IP_OUTNOROUTES,
	[NSFAB_DROP_REASON_TTL] = SKB_DROP_REASON_IP_INHDR,
	[NSFAB_DROP_REASON_TOO_BIG] = SKB_DROP_REASON_PKT_TOO_BIG,
	[NSFAB_DROP_REASON_HAIRPIN] = SKB_DROP_REASON_NOT_SPECIFIED,
	[NSFAB_DROP_REASON_HOPS] = SKB_DROP_REASON_NOT_SPECIFIED,
	[NSFAB_DROP_REASON_DOWN] = SKB_DROP_REASON_DEV_READY,
	[NSFAB_DROP_REASON_BACKLOG] = SKB_DROP_REASON_CPU_BACKLOG,
	[NSFAB_DROP_REASON_NO_VTEP] = SKB_DROP_REASON_IP_RPFILTER,
	[NSFAB_DROP_REASON_NO_VNI] = SKB_DROP_REASON_OTHERHOST,
	[NSFAB_DROP_REASON_TUNNEL_HEADER] = SKB_DROP_REASON_INVALID_PROTO,
	[NSFAB_DROP_REASON_TUNNEL_ROUTE] = SKB_DROP_REASON_IP_OUTNOROUTES,
	[NSFAB_DROP_REASON_TUNNEL_ECN] = SKB_DROP_REASON_IP_INHDR,
	[NSFAB_DROP_REASON_TUNNEL_DOWN] = SKB_DROP_REASON_DEV_READY,
	[NSFAB_DROP_REASON_NO_MEMORY] = SKB_DROP_REASON_NOMEM,
	[NSFAB_DROP_REASON_REPORT] = SKB_DROP_REASON_NOT_SPECIFIED,
	[NSFAB_DROP_REASON_NOT_FOR_ROUTER] = SKB_DROP_REASON_IP_NOPROTO,
	[NSFAB_DROP_REASON_MARTIAN] = SKB_DROP_REASON_IP_INADDRERRORS,
	[NSFAB_DROP_REASON_STUB] = SKB_DROP_REASON_NO_SOCKET,
	[NSFAB_DROP_REASON_LINK_LOSS] = SKB_DROP_REASON_QDISC_DROP,
	[NSFAB_DROP_REASON_LINK_QUEUE] = SKB_DROP_REASON_FULL_RING,
	[NSFAB_DROP_REASON_LINK_DOWN] = SKB_DROP_REASON_DEV_READY,
	[NSFAB_DROP_REASON_LINK_HELD] = SKB_DROP_REASON_QDISC_DROP,
	[NSFAB_DROP_REASON_LINK_HORIZON] = SKB_DROP_REASON_QDISC_DROP,
};

/**
 * nsfab_drop_free() - free a frame that is dropped, and say so
 * @skb: the frame
 * @reason: why
 *
 * Nothing is counted: for frames of no network, counted by the caller.
 */
void nsfab_drop_free(struct sk_buff *skb, enum nsfab_drop_reason reason)
{
	kfree_skb_reason(skb, core_reasons[reason]);
}

/**
 * nsfab_drop_count() - count a dropped frame that is freed already
 * @cb: what was known of it
 * @reason: why it was dropped
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_drop_count(const struct nsfab_cb *cb, enum nsfab_drop_reason reason)
{
	nsfab_stats_drop(cb->net->stats, reason, cb->packets, cb->bytes);
	if (cb->port) {
		atomic64_add(cb->packets, &cb->port->drops[reason]);
		atomic64_add(cb->bytes, &cb->port->drop_bytes);
	}
	if (cb->flow)
		nsfab_flow_drop(cb->flow, cb->dir, cb->packets, reason);
}

/**
 * nsfab_drop() - drop a frame
 * @skb: the parsed frame
 * @reason: why
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_drop(struct sk_buff *skb, enum nsfab_drop_reason reason)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);

	if (unlikely(cb->flags & NSFAB_CB_HELD))
		nsfab_flow_ends_find(skb);
	nsfab_drop_count(cb, reason);
	trace_nsfab_drop(skb, cb->net->id, cb->port ? cb->port->id : 0, reason);
	nsfab_drop_free(skb, reason);
}
