// SPDX-License-Identifier: GPL-2.0-only
/* Part of wheel.c in the debug build: who starts a run, when it ends, the rest
 * behind it, and what one of its parts leaves to the next one.
 */

#include <linux/delay.h>

static u64 selftest_now;
static nsfab_wheel_release_fn *selftest_others;

static u64 selftest_clock(void)
{
	return selftest_now;
}

/* Runs that take so long each, one as soon as the one before lets it */
static u64 rest_after(struct nsfab_wheel *w, u64 took, u32 runs)
{
	u64 armed;

	while (runs--) {
		armed = max(selftest_now / SLOT_NS, w->awake);
		selftest_now = armed * SLOT_NS + took;
		w->fires = armed;
		rest(w, &(struct run){
			.armed = armed,
			.begin = armed * SLOT_NS,
		}, selftest_now);
	}
	return w->awake * SLOT_NS - min(selftest_now, w->awake * SLOT_NS);
}

static const char *selftest_rest(void)
{
	struct nsfab_wheel *w;
	bool wrong;

	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return "no memory";
	selftest_now = NSEC_PER_SEC;
	wrong = rest_after(w, 0, 100) ||
		rest_after(w, 5000, 100) != REST * 3000 ||
		rest_after(w, 100000, 100) != REST_MAX ||
		rest_after(w, 4000000, 100) != 4000000 / OTHERS;
	/* The machine stood still, and the run was short. */
	w->rest = 0;
	w->fires = w->awake;
	rest(w, &(struct run){
		.armed = w->awake,
		.begin = selftest_now + NSEC_PER_SEC,
	}, selftest_now + NSEC_PER_SEC + 5000);
	wrong = wrong || w->rest > REST_MAX;
	/* No packet came, and the timer did instead: that took no time. */
	w->fires = w->awake + GRACE;
	selftest_now = w->fires * SLOT_NS;
	rest(w, &(struct run){
		.armed = w->awake,
		.begin = selftest_now,
	}, selftest_now);
	wrong = wrong || w->rest;
	/* A packet came at once: that only makes the rest shorter. */
	w->rest = 8000;
	w->awake = w->ended + 8;
	w->fires = w->awake + GRACE;
	selftest_now = w->awake * SLOT_NS;
	rest(w, &(struct run){
		.armed = w->awake,
		.begin = selftest_now,
		.is_poked = true,
	}, selftest_now);
	wrong = wrong || w->rest != 4000;
	selftest_now += 2 * NSEC_PER_SEC;
	wrong = wrong || rest_after(w, 5000, 1);
	kfree(w);
	return wrong ? "rest" : NULL;
}

/* After a rest and so many packets, the last run having ended so many slots too
 * long ago, a run is needed in an hour: 1 if the next packet is to start it, 0
 * if it is the timer, -1 if that is set wrong
 */
static int by_packets(struct nsfab_wheel *w, u64 rest, u32 added, u64 ago)
{
	u64 timer, at = ktime_get_ns() / SLOT_NS + 3600ULL * 1000 * 1000;

	w->armed = at;
	w->ended = at - (rest + REST_MAX) / SLOT_NS - ago;
	w->rest = rest;
	w->added = added;
	start(w, 0);
	hrtimer_cancel(&w->timer);
	timer = hrtimer_get_expires_ns(&w->timer) / SLOT_NS;
	if (w->poke == at && timer == at + GRACE)
		return 1;
	return w->poke == NEVER && timer == at ? 0 : -1;
}

static const char *selftest_start(void)
{
	const char *wrong = NULL;
	struct nsfab_wheel *w;

	w = wheel_alloc(NUMA_NO_NODE);
	if (!w)
		return "no memory";
	if (by_packets(w, 0, 1000, 0) || by_packets(w, 5000, BUSY - 1, 0) ||
	    by_packets(w, 5000, BUSY, 1) || by_packets(w, 5000, BUSY, 0) != 1)
		wrong = "who starts a run";
	local_bh_disable();
	/* It is too early. */
	poked(&w->tasklet);
	if (w->added != BUSY || w->poke != w->armed)
		wrong = "a run by packets that is not due";
	w->armed = 0;
	run_wheel(w, false);
	if (w->armed || w->added != BUSY)
		wrong = "two runs at a time";
	local_bh_enable();
	wheel_free(w);
	return wrong;
}

static bool has_colour(const struct sk_buff *skb, void *arg)
{
	return skb->mark == *(u32 *)arg;
}

/* Take all out of this colour, or all, in one go. */
static void selftest_purge(struct nsfab_wheel *w, u32 *colour)
{
	struct nsfab_wheel_purge p = {
		.match = colour ? has_colour : NULL,
		.arg = colour,
	};

	p.tail = &p.list;
	while (nsfab_wheel_purge_some(w, &p, selftest_now, PURGE_CHUNK))
		;
	*p.tail = NULL;
	kfree_skb_list(p.list);
}

static void selftest_add(struct nsfab_wheel *w, u64 slot, u32 colour)
{
	struct sk_buff *skb = alloc_skb(0, GFP_ATOMIC);

	if (!skb)
		return;
	skb->mark = colour;
	add(w, skb, slot * SLOT_NS, selftest_clock);
}

/* A packet that was moved, and of its coarse slot nothing is left */
static const char *selftest_half_moved(void)
{
	u64 slot = 4 * (u64)SLOTS;
	u32 i, released = 0, colour = 1;
	struct nsfab_wheel *w;

	w = wheel_alloc(NUMA_NO_NODE);
	if (!w)
		return "no memory";
	selftest_now = 2 * (u64)SLOTS * SLOT_NS;
	selftest_add(w, slot + 10, 0);
	for (i = 0; i < 2 * MOVES; i++)
		selftest_add(w, slot + 10, colour);
	selftest_add(w, slot + RATIO, 0);
	advance(w, (slot + RATIO - SLOTS) * SLOT_NS);
	selftest_purge(w, &colour);
	selftest_now = (slot + 20) * SLOT_NS;
	kfree_skb_list(collect(w, selftest_now, &released));
	selftest_purge(w, NULL);
	wheel_free(w);
	return released == 1 ? NULL : "a packet whose coarse slot is purged";
}

/* A wheel for runs that release by @fn, with bottom halves disabled, or NULL */
static struct nsfab_wheel *runs_begin(nsfab_wheel_release_fn *fn)
{
	struct nsfab_wheel *w = wheel_alloc(NUMA_NO_NODE);

	if (!w)
		return NULL;
	selftest_others = release;
	nsfab_wheel_on_release(fn);
	local_bh_disable();
	return w;
}

static void runs_end(struct nsfab_wheel *w)
{
	hrtimer_cancel(&w->timer);
	local_bh_enable();
	nsfab_wheel_on_release(selftest_others);
	selftest_now = ktime_get_ns();
	selftest_purge(w, NULL);
	wheel_free(w);
}

static struct sk_buff *selftest_free(struct sk_buff *list, u64 now)
{
	kfree_skb_list(list);
	return NULL;
}

/* Does a run move all of a coarse slot that is so far ahead, and let go what of
 * it is due, if that does not take too long, and rest then?
 */
static const char *selftest_moves(u32 ahead)
{
	struct sk_buff *skb, *list = NULL;
	struct nsfab_wheel *w;
	u64 begin, took;
	bool wrong;
	u32 i;

	w = runs_begin(selftest_free);
	if (!w)
		return "no memory";
	for (i = 0; i < 2 * MOVES; i++) {
		skb = alloc_skb(0, GFP_ATOMIC);
		if (!skb) {
			kfree_skb_list(list);
			runs_end(w);
			return "no memory";
		}
		skb->next = list;
		list = skb;
	}
	w->base = ktime_get_ns() / SLOT_NS;
	w->cascaded = w->base / RATIO + ahead;
	while (list) {
		skb = list;
		list = skb->next;
		cb_of(skb)->due = w->cascaded * RATIO * SLOT_NS;
		nsfab_wheel_count(w, 1, skb->truesize);
		nsfab_level_append(&w->coarse, w->cascaded, skb);
	}
	w->armed = w->base;
	w->ended = w->base;
	udelay(5);
	begin = ktime_get_ns();
	run_wheel(w, false);
	took = ktime_get_ns() - begin;
	wrong = took < RUN_NS && (w->coarse.top || !w->rest ||
				  (!ahead && w->packets));
	runs_end(w);
	return wrong ? "a run that moves packets" : NULL;
}

static struct nsfab_wheel *selftest_running;
static bool selftest_is_set;

static struct sk_buff *selftest_look(struct sk_buff *list, u64 now)
{
	kfree_skb_list(list);
	selftest_is_set = hrtimer_is_queued(&selftest_running->timer);
	return NULL;
}

/* A run that a packet starts stops the timer, and sets it for the next one. */
static const char *selftest_poked(void)
{
	struct nsfab_wheel *w;
	bool was, is;
	u64 later;

	w = runs_begin(selftest_look);
	if (!w)
		return "no memory";
	selftest_running = w;
	selftest_is_set = true;
	selftest_now = ktime_get_ns();
	later = selftest_now / SLOT_NS + 10000000;
	selftest_add(w, selftest_now / SLOT_NS, 0);
	selftest_add(w, later, 0);
	hrtimer_start(&w->timer, ns_to_ktime(NSEC_PER_SEC),
		      HRTIMER_MODE_REL_PINNED_SOFT);
	was = hrtimer_is_queued(&w->timer);
	udelay(5);
	poked(&w->tasklet);
	is = hrtimer_is_queued(&w->timer) && w->armed == wake_of(later / RATIO);
	runs_end(w);
	if (selftest_is_set)
		return "an interrupt within a run";
	return was && is ? NULL : "no timer after a run";
}

static struct sk_buff *selftest_slow(struct sk_buff *list, u64 now)
{
	kfree_skb_list(list);
	mdelay(2 * RUN_NS / NSEC_PER_MSEC);
	return NULL;
}

static const char *selftest_long_run(void)
{
	struct nsfab_wheel *w;
	struct sk_buff *skb;
	u64 n, left;

	w = runs_begin(selftest_slow);
	if (!w)
		return "no memory";
	spin_lock(&w->lock);
	while (w->packets < 2 * BATCH) {
		skb = alloc_skb(0, GFP_ATOMIC);
		if (!skb)
			break;
		add(w, skb, ktime_get_ns(), ktime_get_ns);
	}
	spin_unlock(&w->lock);
	udelay(5);
	n = w->packets;
	run_wheel(w, false);
	left = w->packets;
	while (w->packets)
		run_wheel(w, false);
	runs_end(w);
	return left + BATCH == n ? NULL : "a run that takes too long";
}
