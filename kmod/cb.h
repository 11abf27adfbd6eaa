/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of a frame while it is on its way, kept in skb->cb. */
#ifndef _NSFAB_CB_H
#define _NSFAB_CB_H

#include <linux/skbuff.h>

struct nsfab_flow;
struct nsfab_network;
struct nsfab_port;

/* enum nsfab_cb_flag - bits of struct nsfab_cb.flags
 * @NSFAB_CB_TUNNEL: came from a VTEP: is not sent to one again by a flood
 * @NSFAB_CB_LOCAL: made by the fabric: is not guarded and causes no error
 * @NSFAB_CB_FLOODED: a flood's copy, one of several in this wave (way.c)
 * @NSFAB_CB_FRAGMENT: not the first fragment: there is no layer 4 header
 * @NSFAB_CB_L4: the layer 4 header is there, whole, and linear
 * @NSFAB_CB_ROUTED: the router has touched it
 * @NSFAB_CB_CUT: a fragment, be it the first one
 * @NSFAB_CB_WAVE: skb->mark is the number of its wave among the tenant's
 * @NSFAB_CB_HELD: a link has held it
 */
enum nsfab_cb_flag {
	NSFAB_CB_TUNNEL = 1 << 0,
	NSFAB_CB_LOCAL = 1 << 1,
	NSFAB_CB_FLOODED = 1 << 2,
	NSFAB_CB_FRAGMENT = 1 << 3,
	NSFAB_CB_L4 = 1 << 4,
	NSFAB_CB_ROUTED = 1 << 5,
	NSFAB_CB_CUT = 1 << 6,
	NSFAB_CB_WAVE = 1 << 7,
	NSFAB_CB_HELD = 1 << 8,
};

/* What parse.c says of layer 4 */
#define NSFAB_CB_PARSED (NSFAB_CB_FRAGMENT | NSFAB_CB_L4 | NSFAB_CB_CUT)

/**
 * struct nsfab_cb - skb->cb between receive and delivery
 * @net: the network that the frame is in; patch ports and the router move it
 * @port: the port that it came from, NULL from a VTEP or the fabric itself, and
 *	behind the last link before a device
 * @flow: its flow, NULL where it has none; valid in the RCU section only
 * @bytes: bytes on the wire, a segmented frame as its segments
 * @packets: packets on the wire
 * @hops: patch ports crossed
 * @flow_hash: hash of its flow for links' draws, where the tenant has links
 * @nth: number of its (first) packet in its flow and direction, likewise
 * @proto: Ethernet protocol
 * @l4: offset of the layer 4 header from the MAC header
 * @l4proto: IP protocol, behind IPv6 extension headers
 * @dir: direction in @flow, 0 as its first packet, 1 as its replies
 * @flags: enum nsfab_cb_flag
 */
struct nsfab_cb {
	struct nsfab_network *net;
	struct nsfab_port *port;
	struct nsfab_flow *flow;
	u32 bytes;
	u16 packets;
	u16 hops;
	u32 flow_hash;
	u32 nth;
	__be16 proto;
	u16 l4;
	u8 l4proto;
	u8 dir;
	u16 flags;
};

static inline struct nsfab_cb *nsfab_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct nsfab_cb) >
		     sizeof_field(struct sk_buff, cb));
	return (struct nsfab_cb *)skb->cb;
}

/* A frame that nothing is known of yet but where it is */
static inline struct nsfab_cb *nsfab_cb_begin(struct sk_buff *skb,
					      struct nsfab_network *net,
					      struct nsfab_port *port,
					      u16 flags)
{
	struct nsfab_cb *cb = nsfab_cb(skb);

	*cb = (struct nsfab_cb){ .net = net, .port = port, .flags = flags };
	return cb;
}

#endif /* _NSFAB_CB_H */
