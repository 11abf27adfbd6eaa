// SPDX-License-Identifier: GPL-2.0-only
/* Taking packets out of a wheel before they are due. */

#include <linux/prefetch.h>
#include <linux/skbuff.h>

#include "wheel.h"
#include "wheel_cpu.h"
#include "wheel_level.h"

enum {
	SLOTS = NSFAB_LEVEL_SLOTS,
	RATIO = NSFAB_WHEEL_RATIO,
};

/* Walks through a slot, @max packets of it at most; where that ends within it
 * the next call goes on, or begins anew if packets have left it meanwhile.
 */
static u32 purge_slot(struct nsfab_wheel *w, struct nsfab_wheel_purge *p,
		      u32 max)
{
	struct sk_buff **slot = &p->level->slot[p->at % SLOTS];
	struct sk_buff *kept = w->halfway == slot ? p->kept : NULL;
	struct sk_buff *tail = *slot, *before, *skb;
	u32 n = 0;

	do {
		if (n++ == max) {
			w->halfway = slot;
			p->kept = kept;
			return max;
		}
		before = kept ?: tail;
		skb = before->next;
		prefetch(skb->next);
		if (p->match && !p->match(skb, p->arg)) {
			kept = skb;
			continue;
		}
		nsfab_wheel_count(w, -1, -(s64)skb->truesize);
		before->next = skb->next;
		*p->tail = skb;
		p->tail = &skb->next;
	} while (skb != tail);
	if (kept)
		*slot = kept;
	else
		nsfab_level_unmark(p->level, p->at % SLOTS);
	w->halfway = NULL;
	p->at++;
	return n;
}

/**
 * nsfab_wheel_purge_some() - go on with a walk through a wheel
 * @w: the wheel
 * @p: the walk
 * @now: ktime_get_ns()
 * @max: how many packets to look at
 *
 * The coarse level comes first: what leaves it meanwhile is in the fine one
 * afterwards, and stays in its slot there. A packet that was too far ahead for
 * its coarse slot may move on to a later one, but to none beyond the horizon.
 *
 * Context: the wheel's lock is held.
 * Return: true if there is more
 */
bool nsfab_wheel_purge_some(struct nsfab_wheel *w, struct nsfab_wheel_purge *p,
			    u64 now, u32 max)
{
	u64 horizon, from;
	u32 n = 0;

	if (!p->level) {
		w->halfway = NULL;
		p->level = &w->coarse;
		p->at = 0;
		horizon = nsfab_wheel_slot_of(now + NSFAB_WHEEL_HORIZON);
		p->end = max(w->cascaded + SLOTS, horizon / RATIO + 1);
	}
	while (n < max) {
		from = p->level == &w->coarse ? w->cascaded : w->base;
		p->at = nsfab_level_next(p->level, max(p->at, from));
		if (p->at < min(p->end, from + SLOTS)) {
			n += purge_slot(w, p, max - n);
			continue;
		}
		if (p->level == &w->fine)
			return false;
		p->level = &w->fine;
		p->at = w->base;
		p->end = w->base + SLOTS;
	}
	return true;
}
