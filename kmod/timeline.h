/* SPDX-License-Identifier: GPL-2.0-only */
/* The timeline: changes of links at given times, by one timer for a fabric. */
#ifndef _NSFAB_TIMELINE_H
#define _NSFAB_TIMELINE_H

#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct nsfab_fabric;
struct nsfab_link;
struct nsfab_link_conf;

/**
 * struct nsfab_timeline_event - a link's change
 * @at: nanoseconds from the timeline's begin, or a period's
 * @link: the link, a reference
 * @conf: what it does from then on, a reference
 * @given: which of it the event was made of, as bits of NSFAB_A_LINK_*
 */
struct nsfab_timeline_event {
	u64 at;
	struct nsfab_link *link;
	struct nsfab_link_conf *conf;
	u64 given;
};

/**
 * struct nsfab_timeline_figures - how far a timeline is
 * @fired: events that happened
 * @loops: times that it began again
 * @late_max: largest lateness of an event, in nanoseconds
 * @spread_max: longest time between the first and the last one of events that
 *	are due at one time, in nanoseconds
 * @next: number of the next event; of all of them, when there is none
 * @state: enum nsfab_schedule_state
 */
struct nsfab_timeline_figures {
	u64 fired;
	u64 loops;
	u64 late_max;
	u64 spread_max;
	u32 next;
	u8 state;
};

/**
 * struct nsfab_timeline - events in the order in which they happen
 * @timer: fires when the next event is due
 * @base: when this period began, ktime_get_ns(); the timer's
 * @due: when the last event was due, likewise
 * @first: when the first one that was due then happened, likewise
 * @begin: when the first period began
 * @loop: nanoseconds after which the next period begins, 0 for never
 * @lock: @figures, written by the timer
 * @figures: how far it is
 * @number: of all fabrics' timelines, from 1: an ifindex may come to be
 *	another fabric's
 * @max: room for so many events
 * @n: how many there are
 * @event: they; not changed while the timer may fire
 */
struct nsfab_timeline {
	struct hrtimer timer;
	u64 base;
	u64 due;
	u64 first;
	u64 begin;
	u64 loop;
	spinlock_t lock; /* see DOC: Locking in fabric.c */
	struct nsfab_timeline_figures figures;
	u64 number;
	u32 max;
	u32 n;
	struct nsfab_timeline_event event[] __counted_by(max);
};

struct nsfab_timeline *nsfab_timeline_alloc(u32 max, u64 loop);
int nsfab_timeline_add(struct nsfab_timeline *tl, u64 at,
		       struct nsfab_link *link, struct nsfab_link_conf *conf,
		       u64 given);
void nsfab_timeline_free(struct nsfab_timeline *tl);
void nsfab_timeline_start(struct nsfab_fabric *fab, struct nsfab_timeline *tl);
void nsfab_timeline_stop(struct nsfab_fabric *fab);
void nsfab_timeline_pause(struct nsfab_timeline *tl);
void nsfab_timeline_resume(struct nsfab_timeline *tl);
void nsfab_timeline_read(struct nsfab_timeline *tl,
			 struct nsfab_timeline_figures *figures);

#endif /* _NSFAB_TIMELINE_H */
