/* SPDX-License-Identifier: GPL-2.0-only */
/* A level of a timing wheel: slots of packets, and bitmaps that find them. */
#ifndef _NSFAB_WHEEL_LEVEL_H
#define _NSFAB_WHEEL_LEVEL_H

#include <linux/bitops.h>
#include <linux/skbuff.h>

/* Three levels of bitmaps, a word of each leads to 64 of the next */
#define NSFAB_LEVEL_SLOTS (64 * 64 * 64)

/* The number of no slot */
#define NSFAB_LEVEL_NEVER U64_MAX

static_assert(BITS_PER_LONG == 64);

/**
 * struct nsfab_level - a level of a wheel
 * @slot: the last packet of each slot, valid where @low has a bit
 * @low: a bit for each slot that has packets
 * @top: a bit for each word of @mid that is not 0
 * @mid: a bit for each word of @low that is not 0
 */
struct nsfab_level {
	struct sk_buff **slot;
	unsigned long *low;
	unsigned long top;
	unsigned long mid[NSFAB_LEVEL_SLOTS / 64 / 64];
};

/* The first slot in memory from @i on that has packets, or NSFAB_LEVEL_SLOTS */
static inline u32 nsfab_level_find(const struct nsfab_level *l, u32 i)
{
	unsigned long bits;

	bits = l->low[i / 64] & ~0UL << i % 64;
	if (bits)
		return i / 64 * 64 + __ffs(bits);
	/* The words after this one: to shift by 64 would be undefined. */
	i /= 64;
	bits = l->mid[i / 64] & (~0UL << 1) << i % 64;
	if (!bits) {
		bits = l->top & (~0UL << 1) << i / 64;
		if (!bits)
			return NSFAB_LEVEL_SLOTS;
		i = __ffs(bits) * 64;
		bits = l->mid[i / 64];
	}
	i = i / 64 * 64 + __ffs(bits);
	return i * 64 + __ffs(l->low[i]);
}

/* The first slot from @from on that has packets, or NSFAB_LEVEL_NEVER. If there
 * is none in a whole turn but one that is before @from, it gets a number of the
 * next turn.
 */
static inline u64 nsfab_level_next(const struct nsfab_level *l, u64 from)
{
	u32 i, start = from % NSFAB_LEVEL_SLOTS;

	if (!l->top)
		return NSFAB_LEVEL_NEVER;
	i = nsfab_level_find(l, start);
	if (i == NSFAB_LEVEL_SLOTS)
		i = nsfab_level_find(l, 0);
	return from + (i - start) % NSFAB_LEVEL_SLOTS;
}

static inline void nsfab_level_mark(struct nsfab_level *l, u32 i)
{
	if (!l->low[i / 64]) {
		l->mid[i / 64 / 64] |= 1UL << i / 64 % 64;
		l->top |= 1UL << i / 64 / 64;
	}
	l->low[i / 64] |= 1UL << i % 64;
}

static inline void nsfab_level_unmark(struct nsfab_level *l, u32 i)
{
	l->low[i / 64] &= ~(1UL << i % 64);
	if (l->low[i / 64])
		return;
	l->mid[i / 64 / 64] &= ~(1UL << i / 64 % 64);
	if (!l->mid[i / 64 / 64])
		l->top &= ~(1UL << i / 64 / 64);
}

static inline void nsfab_level_append(struct nsfab_level *l, u64 slot,
				      struct sk_buff *skb)
{
	struct sk_buff *tail;
	u32 i = slot % NSFAB_LEVEL_SLOTS;

	if (l->low[i / 64] & 1UL << i % 64) {
		tail = l->slot[i];
		skb->next = tail->next;
		tail->next = skb;
	} else {
		skb->next = skb;
		nsfab_level_mark(l, i);
	}
	l->slot[i] = skb;
}

/* Takes the packets out of a slot, @max at most, and puts them behind *end. */
static inline u32 nsfab_level_take(struct nsfab_level *l, u32 i, u32 max,
				   struct sk_buff ***end, u64 *bytes)
{
	struct sk_buff *skb, *next, *tail = l->slot[i];
	u32 n = 0;

	next = tail->next;
	**end = next;
	do {
		skb = next;
		next = skb->next;
		*bytes += skb->truesize;
		n++;
	} while (skb != tail && n < max);
	if (skb == tail)
		nsfab_level_unmark(l, i);
	else
		tail->next = next;
	*end = &skb->next;
	return n;
}

#endif /* _NSFAB_WHEEL_LEVEL_H */
