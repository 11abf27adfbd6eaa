/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that the fabric itself makes, and the size of any. */
#ifndef _NSFAB_FRAME_H
#define _NSFAB_FRAME_H

#include <linux/if_ether.h>
#include <linux/skbuff.h>

struct nsfab_network;

struct sk_buff *nsfab_frame_new(struct nsfab_network *net, const u8 *dst,
				const u8 *src, u16 proto, unsigned int len);
bool nsfab_frame_segments_fit(const struct sk_buff *skb, u32 mtu);

/* Is a frame's packet, or each of its segments, no larger than an MTU? */
static inline bool nsfab_frame_fits(const struct sk_buff *skb, u32 mtu)
{
	return skb->len - ETH_HLEN <= mtu || nsfab_frame_segments_fit(skb, mtu);
}

#endif /* _NSFAB_FRAME_H */
