/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames that one frame becomes, and the waves of copies among them. */
#ifndef _NSFAB_WAY_H
#define _NSFAB_WAY_H

#include <linux/skbuff.h>

struct nsfab_network;

/**
 * struct nsfab_way - the frames of one call
 * @queue: copies of this wave, each in the network that it has come to
 * @later: frames that are on their own: each begins a wave
 * @mark: this wave's, 0 until a network is to know it
 * @copied: packets that floods have made copies of
 * @walked: ports that floods have looked at
 * @rx: frames for devices, NULL to hand over each one at once
 */
struct nsfab_way {
	struct sk_buff_head queue;
	struct sk_buff_head later;
	u64 mark;
	u32 copied;
	u32 walked;
	struct list_head *rx;
};

static inline void nsfab_way_init(struct nsfab_way *way, struct list_head *rx)
{
	__skb_queue_head_init(&way->queue);
	__skb_queue_head_init(&way->later);
	way->mark = 0;
	way->copied = 0;
	way->walked = 0;
	way->rx = rx;
}

/* The next frame of this wave, or the one that begins the next wave, or NULL */
static inline struct sk_buff *nsfab_way_next(struct nsfab_way *way)
{
	struct sk_buff *skb = __skb_dequeue(&way->queue);

	if (skb)
		return skb;
	way->mark = 0;
	return __skb_dequeue(&way->later);
}

bool nsfab_way_is_first(struct nsfab_way *way, struct nsfab_network *net,
			const struct sk_buff *skb);
void nsfab_way_flood(struct nsfab_way *way, struct sk_buff *skb);
void nsfab_way_leave(struct sk_buff *skb);

#endif /* _NSFAB_WAY_H */
