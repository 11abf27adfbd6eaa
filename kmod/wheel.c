// SPDX-License-Identifier: GPL-2.0-only
/* The timing wheel: packets that are released at a given nanosecond. */

/**
 * DOC: Wheel
 *
 * Each CPU has a wheel, which holds the packets that were added there. It has
 * two levels of 262,144 slots each:
 *
 * fine
 *	a microsecond a slot, together 0.26 s
 * coarse
 *	64 us a slot, together 16.8 s
 *
 * Slots are numbered from time 0 on and never start anew; in memory a number is
 * taken modulo the level's size. A slot is the list of its packets, a ring by
 * skb->next that is known by its last one. Three levels of bitmaps say which
 * slots have packets and lead to the next one in at most 6 steps; what a slot
 * without packets points to does not count.
 *
 * A packet is for the first fine slot that begins when it is due, or later, and
 * leaves when that begins: never before it is due, and less than 1 us after it,
 * but for what the timer and the CPU are late, and for the rests below, and the
 * timer's grace behind them. One that is already due is for the current slot.
 *
 * Two marks move with time:
 *
 * base
 *	no packet is for a fine slot before it
 * cascaded
 *	no packet is in a coarse slot before it, and no packet for a coarse slot
 *	from it on goes to the fine level by itself
 *
 * All that lies between them is less than the fine level's size. So packets for
 * the same slot leave in the order in which they came: those that came while it
 * was too far ahead wait in their coarse slot, and others queue up behind them
 * there, until the mark passes. advance() lets it, and moves the packets of
 * coarse slots in the order of the slots, as far ahead as the fine level
 * reaches, a quarter of a second. It moves each packet once, and not more than
 * MOVES at a time. What it leaves of a slot is moved next time: the mark stands
 * there, and nothing is released from there on, until the slot is empty. It is
 * called at the end of each run; in a run when nothing is left to be released;
 * and when a packet is added that is beyond the mark and would be the first one
 * to leave, or too far ahead for the mark, so that after a pause packets again
 * go straight to the fine level.
 *
 * A timer that is late by half a second leaves the marks behind, and a packet
 * may be too far ahead for the coarse level. It then waits in the last coarse
 * slot, from which it is moved on to its own: it is not released early, but may
 * be behind others that came later for the same microsecond.
 *
 * One timer per wheel fires at the first slot that has packets; if that is a
 * coarse one, a millisecond before, so that there is time to move them. That is
 * a run: packets are taken out under the lock, BATCH at most, and released
 * without it; and packets are moved, until those are that are needed soon, with
 * the lock held for some of them at a time. After BUDGET packets or RUN_NS, or
 * when the release function leaves some, the run ends, so that others get the
 * CPU, and the next one is soon.
 *
 * To fire for each of a million packets a second would take more than all of
 * the CPU, the more so where the CPU is virtual. So while a run follows the
 * rest of the one before in less than REST times what it took, from when it was
 * due, the wheel rests after it, each time about twice as long, but no longer
 * than that, nor than REST_MAX. What is due meanwhile is late by that, and
 * leaves together. There is no rest after a run that takes no time, as in
 * virtual time, or that comes long after the one before. After a long run the
 * rest is a part of what it took: runs that end, and begin again by an
 * interrupt, would never be left to ksoftirqd, and others would not get the
 * CPU.
 *
 * An interrupt takes as long as letting ten packets go, or more where the CPU
 * is virtual. When a run is to follow a rest soon, and BUSY packets or more
 * came since the last one, it is the next packet that starts it, by a tasklet
 * (before 6.9 nothing else runs there and then); the timer is set to GRACE
 * slots later, should none come, and stopped when one does: it would come in
 * the middle of the run.
 *
 * struct nsfab_wheel.lock (spinlock, bottom halves off) protects the wheel: the
 * CPU that adds to it, a run, and a purge, which any CPU may do. The timer is
 * started and stopped under it. When a CPU goes offline, its timer and tasklet
 * move to another one, and what the wheel held is released there. Of two runs
 * at a time the second one ends at once.
 *
 * users_lock (mutex) protects that there are wheels at all, and is held during
 * a purge. Packets are added by users alone, and do not take it. A CPU's wheel
 * is made before it is online for the first time, which takes no lock, for many
 * CPUs that a machine might have never are.
 */

#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "wheel.h"
#include "wheel_cpu.h"
#include "wheel_level.h"

enum {
	SLOTS = NSFAB_LEVEL_SLOTS,
	SLOT_NS = NSFAB_WHEEL_SLOT_NS,
	RATIO = NSFAB_WHEEL_RATIO,
	/* Coarse slots that the timer sees to ahead of time */
	EARLY = 16,
	/* Packets that are released together */
	BATCH = 256,
	/* Packets that a run releases, and nanoseconds after which it ends, or
	 * a batch more
	 */
	BUDGET = 4096,
	RUN_NS = NSEC_PER_MSEC,
	/* Packets that are moved to the fine level at a time */
	MOVES = 256,
	/* Packets that a purge looks at with the lock held */
	PURGE_CHUNK = 128,
	/* Slots whose packets are fetched into the cache together */
	AHEAD = 16,
	/* A run and the rest behind it, see DOC: Wheel */
	REST = 4,
	REST_MAX = 50 * NSEC_PER_USEC,
	/* After long runs, others have the CPU for this part of their time */
	OTHERS = 4,
	/* Packets since the last run after which more are expected */
	BUSY = 4,
	/* Slots that the timer waits for one to start a run */
	GRACE = 25,
};

static_assert(NSFAB_WHEEL_HORIZON < (u64)SLOTS * RATIO * SLOT_NS);

#define NEVER NSFAB_LEVEL_NEVER

/**
 * struct run - a run, in which a wheel lets packets go
 * @armed: fine slot by which it was needed
 * @begin: when it began, ktime_get_ns()
 * @is_poked: it was started by who added a packet, not by the timer
 */
struct run {
	u64 armed;
	u64 begin;
	bool is_poked;
};

static DEFINE_PER_CPU(struct nsfab_wheel *, wheels);
static DEFINE_MUTEX(users_lock); /* users, and what wheels points to */
static nsfab_wheel_release_fn *release;
static enum cpuhp_state cpu_state;
static u32 users;

/* NULL if the CPU has not been online yet */
static struct nsfab_wheel *wheel_of(int cpu)
{
	/* Pairs with prepare_cpu(). */
	return smp_load_acquire(per_cpu_ptr(&wheels, cpu));
}

static struct nsfab_wheel_cb *cb_of(struct sk_buff *skb)
{
	return (struct nsfab_wheel_cb *)skb->cb;
}

/* From which fine slot on the timer sees to a coarse one */
static u64 wake_of(u64 coarse)
{
	return coarse > EARLY ? (coarse - EARLY) * RATIO : 0;
}

/* ---- a wheel ---- */

/* Packets leave a slot from its begin on. */
static void begin_moves(struct nsfab_wheel *w, struct sk_buff **slot)
{
	if (unlikely(w->halfway == slot))
		w->halfway = NULL;
}

/* Moves packets of the first coarse slot, and the mark if these are all. */
static u32 cascade(struct nsfab_wheel *w, u32 max)
{
	struct sk_buff *skb, *next, *tail;
	u64 slot, from = w->cascaded;
	u32 n, i = from % SLOTS;

	begin_moves(w, &w->coarse.slot[i]);
	tail = w->coarse.slot[i];
	next = tail->next;
	for (n = 1;; n++) {
		skb = next;
		next = skb->next;
		prefetch(next);
		if (skb == tail) {
			nsfab_level_unmark(&w->coarse, i);
			w->cascaded = from + 1;
		} else if (n == max) {
			tail->next = next;
		}
		slot = max(nsfab_wheel_slot_of(cb_of(skb)->due), w->base);
		if (unlikely(slot / RATIO > from))
			/* It was too far ahead when it came, see insert(). */
			nsfab_level_append(&w->coarse,
					   min(slot / RATIO, from + SLOTS - 1),
					   skb);
		else
			nsfab_level_append(&w->fine, slot, skb);
		if (skb == tail || n == max)
			return n;
	}
}

/* The first slot that a packet may be for; *coarse if it begins a coarse one */
static u64 first_slot(const struct nsfab_wheel *w, bool *coarse)
{
	u64 slot, next;

	*coarse = false;
	slot = nsfab_level_next(&w->fine, w->base);
	if (slot < w->cascaded * RATIO)
		return slot;
	next = nsfab_level_next(&w->coarse, w->cascaded);
	/* A purge may leave nothing of a coarse slot but what was moved. */
	if (next == NEVER || slot < next * RATIO)
		return slot;
	/* Even if some of it are in the fine level already */
	*coarse = true;
	return next * RATIO;
}

/* Moves the marks as time and packets let it. */
static void advance(struct nsfab_wheel *w, u64 now)
{
	u32 left = MOVES;
	bool coarse;
	u64 to, next;

	w->base = max(w->base, min(now / SLOT_NS, first_slot(w, &coarse)));
	to = (w->base + SLOTS) / RATIO;
	while (w->cascaded < to) {
		next = nsfab_level_next(&w->coarse, w->cascaded);
		w->cascaded = min(next, to);
		if (next >= to || !left)
			break;
		left -= cascade(w, left);
	}
}

/* Returns the slot by which the timer is needed. */
static u64 insert(struct nsfab_wheel *w, struct sk_buff *skb, u64 slot)
{
	u64 coarse;

	slot = max(slot, w->base);
	nsfab_wheel_count(w, 1, skb->truesize);
	coarse = slot / RATIO;
	if (likely(coarse < w->cascaded)) {
		nsfab_level_append(&w->fine, slot, skb);
		return slot;
	}
	/* If it is too far ahead even so, the timer is late by half a second,
	 * and cascade() will do this again.
	 */
	nsfab_level_append(&w->coarse, min(coarse, w->cascaded + SLOTS - 1),
			   skb);
	return wake_of(coarse);
}

/* Returns true if the timer is to be started, for w->armed. The clock is read
 * only if the marks have to move.
 */
static bool add(struct nsfab_wheel *w, struct sk_buff *skb, u64 due,
		u64 (*clock)(void))
{
	u64 now, wake, slot = nsfab_wheel_slot_of(due), coarse = slot / RATIO;

	if (unlikely(coarse >= w->cascaded &&
		     (slot < w->armed || coarse - w->cascaded >= SLOTS))) {
		now = clock();
		advance(w, now);
		due = min(due, now + NSFAB_WHEEL_HORIZON);
		slot = nsfab_wheel_slot_of(due);
	}
	cb_of(skb)->due = due;
	wake = max(insert(w, skb, slot), w->awake);
	if (wake >= w->armed)
		return false;
	w->armed = wake;
	return true;
}

/* Takes out packets that are due, BATCH at most. */
static struct sk_buff *collect(struct nsfab_wheel *w, u64 now, u32 *released)
{
	struct sk_buff *tail, *list = NULL, **end = &list;
	u64 slot, limit = now / SLOT_NS + 1, bytes = 0;
	u32 i, slots, n = 0;
	u64 found[AHEAD];

	if (unlikely(w->cascaded * RATIO < limit))
		advance(w, now);
	limit = min(limit, w->cascaded * RATIO);
	do {
		/* What they need of memory is independent of one another. */
		slot = w->base;
		for (slots = 0; slots < AHEAD; slots++) {
			slot = nsfab_level_next(&w->fine, slot);
			if (slot >= limit)
				break;
			tail = w->fine.slot[slot % SLOTS];
			prefetch(&tail->next);
			prefetch(&tail->truesize);
			found[slots] = slot++;
		}
		for (i = 0; i < slots && n < BATCH; i++) {
			w->base = found[i];
			begin_moves(w, &w->fine.slot[found[i] % SLOTS]);
			n += nsfab_level_take(&w->fine, found[i] % SLOTS,
					      BATCH - n, &end, &bytes);
		}
	} while (slots == AHEAD && n < BATCH);
	*end = NULL;
	nsfab_wheel_count(w, -(s64)n, -(s64)bytes);
	*released += n;
	return list;
}

/* Puts packets back that the release function left, to be the next ones. */
static void put_back(struct nsfab_wheel *w, struct sk_buff *list)
{
	u32 i = w->base % SLOTS;
	struct sk_buff *last;

	for (last = list; last->next; last = last->next)
		nsfab_wheel_count(w, 1, last->truesize);
	nsfab_wheel_count(w, 1, last->truesize);
	if (w->fine.low[i / 64] & 1UL << i % 64) {
		last->next = w->fine.slot[i]->next;
		w->fine.slot[i]->next = list;
	} else {
		last->next = list;
		w->fine.slot[i] = last;
		nsfab_level_mark(&w->fine, i);
	}
}

/* Moves packets when none can leave; returns true if some can now, or if there
 * are more whose time to be moved has come.
 */
static bool move_on(struct nsfab_wheel *w, u64 now)
{
	bool coarse;
	u64 slot;

	advance(w, now);
	slot = first_slot(w, &coarse);
	return (coarse ? wake_of(slot / RATIO) : slot) <= now / SLOT_NS;
}

/* Ends a run; returns true if there is to be another one, at w->armed. */
static bool rearm(struct nsfab_wheel *w, u64 now)
{
	bool coarse;

	advance(w, now);
	w->armed = first_slot(w, &coarse);
	if (coarse)
		w->armed = wake_of(w->armed / RATIO);
	w->armed = max(w->armed, w->awake);
	return w->armed != NEVER;
}

/* Rests after a run. */
static void rest(struct nsfab_wheel *w, const struct run *run, u64 now)
{
	u64 took, meant, least = run->is_poked ? w->rest / 2 : 0;

	/* To wait for a packet takes no time; nor is less than two slots any,
	 * by which timers and clocks are apart.
	 */
	meant = max(run->armed, min(run->begin / SLOT_NS, w->fires));
	took = now - min(now, meant * SLOT_NS + 2 * SLOT_NS);

	if (run->armed > w->ended + (w->rest + REST * took) / SLOT_NS)
		w->rest = 0;
	else
		w->rest = min3(2 * w->rest + took, max(REST * took, least),
			       max((now - run->begin) / OTHERS,
				   (u64)REST_MAX));
	w->ended = now / SLOT_NS;
	w->awake = (now + w->rest) / SLOT_NS;
}

/* Says who starts the run at w->armed, and sets the timer, not before @now. */
static void start(struct nsfab_wheel *w, u64 now)
{
	w->poke = NEVER;
	w->fires = w->armed;
	/* What was before a pause says nothing. */
	if (w->rest && w->added >= BUSY &&
	    w->armed <= w->ended + (w->rest + REST_MAX) / SLOT_NS) {
		w->poke = w->armed;
		w->fires += GRACE;
	}
	hrtimer_start(&w->timer, ns_to_ktime(max(w->fires * SLOT_NS, now)),
		      HRTIMER_MODE_ABS_PINNED_SOFT);
}

/* A run: lets packets go that are due, and moves those that are soon. */
static void run_wheel(struct nsfab_wheel *w, bool is_poked)
{
	struct run run = { .begin = ktime_get_ns(), .is_poked = is_poked };
	bool moved = false;
	struct sk_buff *list;
	u32 released = 0;
	u64 now;

	spin_lock(&w->lock);
	run.armed = w->armed;
	/* The timer may have come before the tasklet, and is set anew then. */
	if (unlikely(!run.armed ||
		     (is_poked && run.begin / SLOT_NS < run.armed)))
		goto out;
	w->armed = 0;
	w->poke = NEVER;
	if (is_poked)
		hrtimer_try_to_cancel(&w->timer);
	while (released < BUDGET) {
		now = ktime_get_ns();
		if ((released || moved) && now - run.begin > RUN_NS)
			break;
		list = collect(w, now, &released);
		if (!list) {
			if (!w->coarse.top || !move_on(w, now))
				break;
			moved = true;
		}
		spin_unlock(&w->lock);
		if (list)
			list = release(list, now);
		spin_lock(&w->lock);
		if (list) {
			put_back(w, list);
			break;
		}
	}
	if (released || moved) {
		now = ktime_get_ns();
		rest(w, &run, now);
	}
	/* Not in the past: then the timer would not let others run. */
	if (rearm(w, now))
		start(w, now);
	w->added = 0;
out:
	spin_unlock(&w->lock);
}

static enum hrtimer_restart expire(struct hrtimer *timer)
{
	run_wheel(container_of(timer, struct nsfab_wheel, timer), false);
	/* Started anew, if need be: of a CPU that was offline and came back, a
	 * wheel's timer may be set by the one while it runs on another.
	 */
	return HRTIMER_NORESTART;
}

static void poked(struct tasklet_struct *t)
{
	run_wheel(container_of(t, struct nsfab_wheel, tasklet), true);
}

/* ---- purge ---- */

static struct sk_buff *purge(nsfab_wheel_match_fn match, void *arg)
{
	struct nsfab_wheel_purge p = {
		.match = match,
		.arg = arg,
	};
	struct nsfab_wheel *w;
	bool more;
	int cpu;

	p.tail = &p.list;
	for_each_possible_cpu(cpu) {
		w = wheel_of(cpu);
		if (!w)
			continue;
		p.level = NULL;
		do {
			spin_lock_bh(&w->lock);
			more = nsfab_wheel_purge_some(w, &p, ktime_get_ns(),
						      PURGE_CHUNK);
			spin_unlock_bh(&w->lock);
			cond_resched();
		} while (more);
	}
	*p.tail = NULL;
	return p.list;
}

/* ---- life ---- */

static int level_alloc(struct nsfab_level *l, int node)
{
	l->slot = kvmalloc_node(SLOTS * sizeof(*l->slot), GFP_KERNEL, node);
	l->low = kvzalloc_node(SLOTS / BITS_PER_BYTE, GFP_KERNEL, node);
	return l->slot && l->low ? 0 : -ENOMEM;
}

static void wheel_free(struct nsfab_wheel *w)
{
	if (!w)
		return;
	kvfree(w->fine.slot);
	kvfree(w->fine.low);
	kvfree(w->coarse.slot);
	kvfree(w->coarse.low);
	kfree(w);
}

static struct nsfab_wheel *wheel_alloc(int node)
{
	struct nsfab_wheel *w;

	/* The module's memory, and not of whoever makes the first link */
	w = kzalloc_node(sizeof(*w), GFP_KERNEL, node);
	if (!w)
		return NULL;
	if (level_alloc(&w->fine, node) || level_alloc(&w->coarse, node)) {
		wheel_free(w);
		return NULL;
	}
	spin_lock_init(&w->lock);
	hrtimer_setup(&w->timer, expire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_SOFT);
	tasklet_setup(&w->tasklet, poked);
	w->armed = NEVER;
	w->poke = NEVER;
	return w;
}

static void free_all(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		wheel_free(per_cpu(wheels, cpu));
		per_cpu(wheels, cpu) = NULL;
	}
}

/* Of a CPU that is to be online, for the first time or again */
static int prepare_cpu(unsigned int cpu)
{
	struct nsfab_wheel *w;

	if (per_cpu(wheels, cpu))
		return 0;
	w = wheel_alloc(cpu_to_node(cpu));
	if (!w)
		return -ENOMEM;
	/* Others may look what it holds. */
	smp_store_release(per_cpu_ptr(&wheels, cpu), w);
	return 0;
}

static int alloc_all(void)
{
	int cpu, err;

	err = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "net/nsfab:wheel",
				prepare_cpu, NULL);
	if (err < 0) {
		free_all();
		return err;
	}
	cpu_state = err;
	/* Before 6.10, but for its stable kernels, that called nobody. */
	for_each_online_cpu(cpu) {
		if (wheel_of(cpu))
			continue;
		cpuhp_remove_state(cpu_state);
		free_all();
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * nsfab_wheel_on_release() - say who takes packets that are due
 * @fn: called with them
 *
 * Context: before there is a user.
 */
void nsfab_wheel_on_release(nsfab_wheel_release_fn *fn)
{
	release = fn;
}

/**
 * nsfab_wheel_get() - become a user of the wheels; the first one makes them
 *
 * Context: process.
 * Return: 0 or -ENOMEM
 */
int nsfab_wheel_get(void)
{
	int err = 0;

	mutex_lock(&users_lock);
	if (!users)
		err = alloc_all();
	if (!err)
		users++;
	mutex_unlock(&users_lock);
	return err;
}

/**
 * nsfab_wheel_halt() - release no more packets; nobody adds any
 *
 * Context: process; of the last user.
 */
void nsfab_wheel_halt(void)
{
	struct nsfab_wheel *w;
	int cpu;

	/* A run of either may set the timer; the tasklet is for who adds. */
	for_each_possible_cpu(cpu) {
		w = wheel_of(cpu);
		if (!w)
			continue;
		tasklet_kill(&w->tasklet);
		hrtimer_cancel(&w->timer);
	}
}

/**
 * nsfab_wheel_put() - cease to be a user
 *
 * The last one frees the wheels and what they hold; nobody may be adding then,
 * nor does the release function add what it still gets.
 *
 * Context: process.
 */
void nsfab_wheel_put(void)
{
	mutex_lock(&users_lock);
	if (!--users) {
		cpuhp_remove_state(cpu_state);
		nsfab_wheel_halt();
		kfree_skb_list(purge(NULL, NULL));
		free_all();
	}
	mutex_unlock(&users_lock);
}

/**
 * nsfab_wheel_add() - hold a packet
 * @skb: the packet, which is handed over; its cb begins with struct
 *	nsfab_wheel_cb, and neither that nor its truesize changes until it is
 *	released
 * @due: when to release it, ktime_get_ns(); if that is in the past, now; if it
 *	is further ahead than NSFAB_WHEEL_HORIZON, then or a second later
 * @now: ktime_get_ns() of not long ago; the older it is, the longer a run may
 *	wait for its timer
 *
 * Context: softirq, or process with bottom halves off; of a user.
 */
void nsfab_wheel_add(struct sk_buff *skb, u64 due, u64 now)
{
	struct nsfab_wheel *w = this_cpu_read(wheels);

	spin_lock(&w->lock);
	if (w->armed)
		w->added++;
	if (add(w, skb, due, ktime_get_ns))
		start(w, 0);
	if (now / SLOT_NS >= w->poke) {
		w->poke = NEVER;
		tasklet_schedule(&w->tasklet);
	}
	spin_unlock(&w->lock);
}

/**
 * nsfab_wheel_purge() - take packets out of all wheels
 * @match: which ones, NULL for all
 * @arg: its argument
 *
 * Finds every packet that is in a wheel all the time. One that the release
 * function has got meanwhile is not found, nor where it adds it again: let that
 * function refuse it, and wait for its runs first, by synchronize_net().
 *
 * Context: process.
 * Return: the packets, linked by skb->next, those of one slot in their order
 */
struct sk_buff *nsfab_wheel_purge(nsfab_wheel_match_fn match, void *arg)
{
	struct sk_buff *list;

	mutex_lock(&users_lock);
	list = purge(match, arg);
	mutex_unlock(&users_lock);
	return list;
}

/**
 * nsfab_wheel_read() - read what is held
 * @stats: sums over all CPUs
 *
 * Context: process.
 */
void nsfab_wheel_read(struct nsfab_wheel_stats *stats)
{
	struct nsfab_wheel *w;
	int cpu;

	memset(stats, 0, sizeof(*stats));
	mutex_lock(&users_lock);
	for_each_possible_cpu(cpu) {
		w = wheel_of(cpu);
		if (!w)
			continue;
		stats->packets += READ_ONCE(w->packets);
		stats->bytes += READ_ONCE(w->bytes);
	}
	mutex_unlock(&users_lock);
}

#ifdef CONFIG_NSFAB_DEBUG
#include "selftest/wheel_runs.c"
#include "selftest/wheel.c"
#endif
