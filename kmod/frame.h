/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that the fabric itself makes, and the size of any. */
#ifndef _NSFAB_FRAME_H
#define _NSFAB_FRAME_H

#include <linux/types.h>

struct nsfab_network;
struct sk_buff;

struct sk_buff *nsfab_frame_new(struct nsfab_network *net, const u8 *dst,
				const u8 *src, u16 proto, unsigned int len);
bool nsfab_frame_fits(const struct sk_buff *skb, u32 mtu);

#endif /* _NSFAB_FRAME_H */
