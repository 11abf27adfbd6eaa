/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's wheel, for wheel.c (packets) and wheel_purge.c (who takes them out).
 */
#ifndef _NSFAB_WHEEL_CPU_H
#define _NSFAB_WHEEL_CPU_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "wheel.h"
#include "wheel_level.h"

/* Nanoseconds of a fine slot */
#define NSFAB_WHEEL_SLOT_NS 1000

/* Fine slots in a coarse one */
#define NSFAB_WHEEL_RATIO 64

/**
 * struct nsfab_wheel - a CPU's wheel
 * @lock: all of it, see DOC: Wheel
 * @base: no packet is for a fine slot before this one
 * @cascaded: no packet is in a coarse slot before this one
 * @armed: fine slot by which a run is needed, NSFAB_LEVEL_NEVER if none is, 0
 *	during one, which will see to that by itself
 * @fires: fine slot that the timer was last set to
 * @awake: fine slot before which there is no run
 * @ended: fine slot in which the last run ended that had something to do
 * @rest: nanoseconds that the wheel rested then
 * @poke: fine slot from which on who adds a packet starts a run,
 *	NSFAB_LEVEL_NEVER if it is the timer that does
 * @added: packets that were added since the last run, by others than itself
 * @halfway: slot within which a purge has stopped, NULL if there is none or if
 *	its first packet was taken since
 * @packets: held
 * @bytes: their memory
 * @fine: slots from @base on
 * @coarse: slots from @cascaded on
 * @timer: starts a run
 * @tasklet: likewise, for those who add packets
 */
struct nsfab_wheel {
	spinlock_t lock; /* all of it, see DOC: Wheel */
	u64 base;
	u64 cascaded;
	u64 armed;
	u64 fires;
	u64 awake;
	u64 ended;
	u64 rest;
	u64 poke;
	u32 added;
	struct sk_buff **halfway;
	u64 packets;
	u64 bytes;
	struct nsfab_level fine ____cacheline_aligned;
	struct nsfab_level coarse ____cacheline_aligned;
	struct hrtimer timer ____cacheline_aligned;
	struct tasklet_struct tasklet;
};

/**
 * struct nsfab_wheel_purge - a walk through a wheel
 * @match: which packets to take out, NULL for all
 * @arg: its argument
 * @list: taken out, from all wheels
 * @tail: where @list ends
 * @level: where it is, NULL at the beginning
 * @at: the next slot
 * @end: the slot to end before
 * @kept: last packet that it left in the slot where it has stopped, NULL if
 *	that is none
 */
struct nsfab_wheel_purge {
	nsfab_wheel_match_fn match;
	void *arg;
	struct sk_buff *list;
	struct sk_buff **tail;
	struct nsfab_level *level;
	u64 at;
	u64 end;
	struct sk_buff *kept;
};

/* The first fine slot that does not begin before */
static inline u64 nsfab_wheel_slot_of(u64 due)
{
	return (min_t(u64, due, KTIME_MAX) + NSFAB_WHEEL_SLOT_NS - 1) /
	       NSFAB_WHEEL_SLOT_NS;
}

static inline void nsfab_wheel_count(struct nsfab_wheel *w, s64 packets,
				     s64 bytes)
{
	WRITE_ONCE(w->packets, w->packets + packets);
	WRITE_ONCE(w->bytes, w->bytes + bytes);
}

bool nsfab_wheel_purge_some(struct nsfab_wheel *w, struct nsfab_wheel_purge *p,
			    u64 now, u32 max);

#endif /* _NSFAB_WHEEL_CPU_H */
