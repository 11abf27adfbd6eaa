// SPDX-License-Identifier: GPL-2.0-only
/* The timeline: changes of links at given times, by one timer for a fabric. */

/**
 * DOC: Timeline
 *
 * A fabric has one timeline or none. All that an event needs is made when the
 * timeline is: its configuration is what its link did before, as of the event
 * of that link before it, with what the event changes. What is left to do when
 * it is due is to exchange a pointer under the link's lock. So the timer's run
 * changes thousands of links within a millisecond, those that are due at one
 * time one after the other, and a packet meets either the one or the other
 * configuration.
 *
 * A period repeats the same events: the first one of a link gives it back what
 * that event did not change, whatever the last one of the period left.
 *
 * A run takes all events that are due, in their order, and those that become
 * due meanwhile, BUDGET at most; then others get the CPU, and the timer fires
 * again at once. A timeline that is late catches up so.
 *
 * One that loops could keep a CPU busy for ever, and so could several. So after
 * a run it rests for as long as that took, as do all others on its CPU that
 * loop, and by itself for GAP at least, which bounds what interrupts cost; what
 * is due meanwhile is late. And whole periods are skipped when it is late by
 * more than GIVE_UP, because the machine stood still or cannot keep the pace:
 * they would leave the links as the period that follows does.
 *
 * A link that was removed is passed over. Its memory, and its tenant's, are
 * there until the timeline goes.
 */

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "fabric.h"
#include "link.h"
#include "timeline.h"

enum {
	/* Events of a run of the timer, and nanoseconds after which it ends */
	BUDGET = 4096,
	RUN_NS = NSEC_PER_MSEC,
	/* Nanoseconds between runs of one that loops, at least */
	GAP = 100 * NSEC_PER_USEC,
	/* Nanoseconds of lateness from which on periods are skipped */
	GIVE_UP = NSEC_PER_SEC,
};

/* Until when the CPU rests from timelines that loop */
static DEFINE_PER_CPU(u64, resting);

/* Of the timeline that was started last, in any fabric */
static atomic64_t last_number = ATOMIC64_INIT(0);

/* Pass over an event, or let it happen; the time afterwards. */
static u64 happen(struct nsfab_timeline *tl,
		  const struct nsfab_timeline_event *event, u64 due, u64 now,
		  struct nsfab_timeline_figures *f)
{
	if (READ_ONCE(event->link->dead))
		return now;
	refcount_inc(&event->conf->ref);
	nsfab_link_swap_conf(event->link, event->conf);
	now = ktime_get_ns();
	if (due != tl->due) {
		tl->due = due;
		tl->first = now;
	}
	f->fired++;
	f->late_max = max(f->late_max, now - due);
	f->spread_max = max(f->spread_max, now - tl->first);
	return now;
}

/* The next period. Its end is known to be later than its begin. */
static void begin_again(struct nsfab_timeline *tl, u64 now)
{
	tl->base += tl->loop;
	if (now > tl->base + GIVE_UP)
		tl->base += div64_u64(now - tl->base, tl->loop) * tl->loop;
}

/* When to look again after a run, at the earliest; not in the past: then the
 * timer would not let others run.
 */
static u64 rested(const struct nsfab_timeline *tl, u64 begin, u64 end)
{
	if (!tl->loop)
		return end;
	__this_cpu_write(resting, end + (end - begin));
	/* Behind those that have waited for it to rest */
	return end + max_t(u64, end - begin, GAP) + 1;
}

static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct nsfab_timeline *tl = container_of(timer, struct nsfab_timeline,
						 timer);
	struct nsfab_timeline_figures f = tl->figures;
	const struct nsfab_timeline_event *event;
	u64 begin = ktime_get_ns(), now = begin, due = begin;
	u64 others = __this_cpu_read(resting);
	u32 left;

	if (tl->loop && begin < others) {
		hrtimer_set_expires(timer, ns_to_ktime(others));
		return HRTIMER_RESTART;
	}
	for (left = BUDGET; left && now - begin <= RUN_NS; left--) {
		event = &tl->event[f.next];
		due = tl->base + event->at;
		if (due > now)
			break;
		if (!f.next && tl->base != tl->begin)
			f.loops = div64_u64(tl->base - tl->begin, tl->loop);
		now = happen(tl, event, due, now, &f);
		if (++f.next < tl->n)
			continue;
		if (!tl->loop) {
			f.state = NSFAB_SCHEDULE_STATE_DONE;
			break;
		}
		f.next = 0;
		begin_again(tl, now);
	}
	spin_lock(&tl->lock);
	tl->figures = f;
	spin_unlock(&tl->lock);
	if (f.state == NSFAB_SCHEDULE_STATE_DONE)
		return HRTIMER_NORESTART;
	hrtimer_set_expires(timer, ns_to_ktime(max(due,
						   rested(tl, begin, now))));
	return HRTIMER_RESTART;
}

/**
 * nsfab_timeline_alloc() - make a timeline
 * @max: how many events it will have at most
 * @loop: nanoseconds after which it begins again, 0 for never
 *
 * Return: the timeline, without events, to be started or freed, or NULL
 */
struct nsfab_timeline *nsfab_timeline_alloc(u32 max, u64 loop)
{
	struct nsfab_timeline *tl;

	tl = kvzalloc(struct_size(tl, event, max), GFP_KERNEL_ACCOUNT);
	if (!tl)
		return NULL;
	hrtimer_setup(&tl->timer, fire, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	spin_lock_init(&tl->lock);
	tl->loop = loop;
	tl->max = max;
	return tl;
}

/**
 * nsfab_timeline_add() - add an event
 * @tl: the timeline, not started, with room
 * @at: nanoseconds from its begin, not less than those of the event before
 * @link: the link
 * @conf: what it is to do then, finished, whose reference is taken over unless
 *	an error is returned
 * @given: which of it the event was made of, as bits of NSFAB_A_LINK_*
 *
 * Context: process, the fabric's lock is held.
 * Return: 0 or -ENOMEM
 */
int nsfab_timeline_add(struct nsfab_timeline *tl, u64 at,
		       struct nsfab_link *link, struct nsfab_link_conf *conf,
		       u64 given)
{
	struct nsfab_timeline_event *event = &tl->event[tl->n];
	int err = nsfab_link_prepare(link, conf);

	if (err)
		return err;
	refcount_inc(&link->ref);
	event->at = at;
	event->link = link;
	event->conf = conf;
	event->given = given;
	tl->n++;
	return 0;
}

/**
 * nsfab_timeline_free() - free a timeline that is not started
 * @tl: the timeline
 *
 * Context: process.
 */
void nsfab_timeline_free(struct nsfab_timeline *tl)
{
	while (tl->n--) {
		nsfab_link_conf_put(tl->event[tl->n].conf);
		nsfab_link_put(tl->event[tl->n].link);
		cond_resched();
	}
	kvfree(tl);
}

/* Its links, and bottlenecks that they will cross, are not removed by
 * themselves.
 */
static void claim(struct nsfab_timeline *tl, int by)
{
	u32 i;

	for (i = 0; i < tl->n; i++) {
		tl->event[i].link->n_events += by;
		nsfab_link_count_path(tl->event[i].conf, by);
		cond_resched();
	}
}

/**
 * nsfab_timeline_start() - begin with a timeline, in place of the one before
 * @fab: the fabric
 * @tl: the timeline, with events
 *
 * No event of the one before happens afterwards.
 *
 * Context: process, the fabric's lock is held.
 */
void nsfab_timeline_start(struct nsfab_fabric *fab, struct nsfab_timeline *tl)
{
	struct nsfab_timeline *old = fab->timeline;

	lockdep_assert_held(&fab->lock);
	claim(tl, 1);
	/* What takes its time is done before the one and after the other. */
	if (old)
		hrtimer_cancel(&old->timer);
	tl->begin = ktime_get_ns();
	tl->base = tl->begin;
	tl->number = atomic64_inc_return(&last_number);
	fab->timeline = tl;
	hrtimer_start(&tl->timer, ns_to_ktime(tl->base + tl->event[0].at),
		      HRTIMER_MODE_ABS_SOFT);
	if (!old)
		return;
	claim(old, -1);
	nsfab_timeline_free(old);
}

/**
 * nsfab_timeline_stop() - end the timeline, if there is one
 * @fab: the fabric
 *
 * Links stay as they are.
 *
 * Context: process, the fabric's lock is held.
 */
void nsfab_timeline_stop(struct nsfab_fabric *fab)
{
	struct nsfab_timeline *tl = fab->timeline;

	lockdep_assert_held(&fab->lock);
	if (!tl)
		return;
	fab->timeline = NULL;
	hrtimer_cancel(&tl->timer);
	claim(tl, -1);
	nsfab_timeline_free(tl);
}

/**
 * nsfab_timeline_pause() - let no event happen until nsfab_timeline_resume()
 * @tl: the timeline or NULL
 *
 * What is due meanwhile is late by that.
 *
 * Context: process, the fabric's lock is held.
 */
void nsfab_timeline_pause(struct nsfab_timeline *tl)
{
	if (tl)
		hrtimer_cancel(&tl->timer);
}

/**
 * nsfab_timeline_resume() - go on after a pause
 * @tl: the timeline or NULL
 *
 * Context: process, the fabric's lock is held.
 */
void nsfab_timeline_resume(struct nsfab_timeline *tl)
{
	if (tl && tl->figures.state != NSFAB_SCHEDULE_STATE_DONE)
		hrtimer_start_expires(&tl->timer, HRTIMER_MODE_ABS_SOFT);
}

/**
 * nsfab_timeline_read() - read how far a timeline is
 * @tl: the timeline
 * @figures: set to that
 *
 * Context: process, the fabric's lock is held.
 */
void nsfab_timeline_read(struct nsfab_timeline *tl,
			 struct nsfab_timeline_figures *figures)
{
	spin_lock_bh(&tl->lock);
	*figures = tl->figures;
	spin_unlock_bh(&tl->lock);
}
