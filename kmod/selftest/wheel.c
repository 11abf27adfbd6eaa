// SPDX-License-Identifier: GPL-2.0-only
/* Part of wheel.c in the debug build: a wheel whose clock and timer are made
 * up, against a tree of packets in the order in which they should leave; then
 * a few packets by the true timer. What is drawn is the same at each load.
 */

#include <linux/prandom.h>
#include <linux/rbtree.h>

enum {
	SELFTEST_POOL = 4000,
	SELFTEST_STEPS = 12000,
	SELFTEST_TIMED = 200,
	SELFTEST_COLOURS = 4,
};

/**
 * struct packet - a packet, and when it should leave
 * @skb: stands for it: next, cb, truesize, and its colour in mark
 * @node: in the tree while it is held
 * @slot: its fine slot
 * @seq: number of its arrival
 * @punctual: it was not due when it came
 * @before: it was there when the purge began
 * @next: in the list of unused ones
 */
struct packet {
	struct sk_buff skb;
	struct rb_node node;
	u64 slot;
	u64 seq;
	bool punctual;
	bool before;
	struct packet *next;
};

/**
 * struct selftest - a wheel and what should be in it
 * @w: the wheel
 * @timer: when the timer fires, as what drives it was told, NEVER if not
 * @rnd: what is drawn from
 * @held: the packets, in order
 * @n: how many
 * @bytes: of these
 * @seq: the last arrival
 * @unused: packets that are not held
 * @purge: a purge that goes on, or NULL
 * @same: when all packets are due, 0 if each draws
 * @late: timers fire late
 * @stalls: for seconds packets come and no timer fires
 * @far: some were too far ahead for the wheel then: order in slots is lost
 * @closed: no packets come any more
 * @wrong: what was found wrong first
 */
struct selftest {
	struct nsfab_wheel *w;
	u64 timer;
	struct rnd_state rnd;
	struct rb_root held;
	u32 n;
	u64 bytes;
	u64 seq;
	struct packet *unused;
	struct nsfab_wheel_purge *purge;
	u64 same;
	bool late;
	bool stalls;
	bool far;
	bool closed;
	const char *wrong;
};

static u64 draw(struct selftest *t, u64 below)
{
	u64 high = prandom_u32_state(&t->rnd);

	return (high << 32 | prandom_u32_state(&t->rnd)) % below;
}

static void fail(struct selftest *t, const char *why)
{
	if (!t->wrong)
		t->wrong = why;
}

static bool packet_less(struct rb_node *a, const struct rb_node *b)
{
	const struct packet *p = rb_entry(a, struct packet, node);
	const struct packet *q = rb_entry(b, struct packet, node);

	return p->slot < q->slot || (p->slot == q->slot && p->seq < q->seq);
}

static void forget(struct selftest *t, struct packet *p)
{
	rb_erase(&p->node, &t->held);
	t->n--;
	t->bytes -= p->skb.truesize;
	p->next = t->unused;
	t->unused = p;
}

static u64 draw_due(struct selftest *t)
{
	u64 now = selftest_now, coarse_ns = RATIO * SLOT_NS;

	switch (draw(t, 10)) {
	case 0:
		return now - min(now, draw(t, 100000));
	case 1:
		return now + draw(t, 2 * SLOT_NS);
	case 2:
		return now + draw(t, 1000000);
	case 3:
		return now + draw(t, NSFAB_WHEEL_HORIZON);
	case 4:
		/* Where a coarse slot begins, and beside it */
		return (now + draw(t, NSFAB_WHEEL_HORIZON)) / coarse_ns *
		       coarse_ns + draw(t, 3) - 1;
	case 5:
		/* The same slot for many, from near and far */
		return (now / 100000000 + 1 + draw(t, 4)) * 100000000;
	case 6:
		return (now / 1000000000 + 1 + draw(t, 15)) * 1000000000;
	case 7:
		/* About the end of the fine level */
		return now + (u64)SLOTS * SLOT_NS - 100000 + draw(t, 200000);
	case 8:
		return now + 5000000;
	default:
		return now + 200000000 + draw(t, 200000000);
	}
}

static void arrive(struct selftest *t)
{
	struct packet *p = t->unused;
	u64 due = t->same ?: draw_due(t);

	if (!p || t->closed)
		return;
	t->unused = p->next;
	p->skb.truesize = 1 + draw(t, 1000);
	p->skb.mark = draw(t, SELFTEST_COLOURS);
	p->seq = ++t->seq;
	p->before = false;
	p->punctual = due >= selftest_now;
	if (add(t->w, &p->skb, due, selftest_clock))
		t->timer = t->w->armed;
	if (cb_of(&p->skb)->due != min(due, selftest_now + NSFAB_WHEEL_HORIZON))
		fail(t, "forgot when a packet is due");
	/* What is past is for now, which the base stands for. */
	p->slot = max(nsfab_wheel_slot_of(due), t->w->base);
	if (p->slot / RATIO >= t->w->cascaded + SLOTS)
		t->far = true;
	rb_add(&p->node, &t->held, packet_less);
	t->n++;
	t->bytes += p->skb.truesize;
}

static void check_marks(struct selftest *t)
{
	struct nsfab_wheel *w = t->w;
	bool coarse;

	if (w->packets != t->n || w->bytes != t->bytes)
		fail(t, "counts wrong");
	if (w->base > selftest_now / SLOT_NS)
		fail(t, "base is in the future");
	if (w->base > w->cascaded * RATIO ||
	    w->cascaded * RATIO > w->base + SLOTS)
		fail(t, "marks apart");
	if (!w->fine.top != (nsfab_level_next(&w->fine, w->base) == NEVER) ||
	    (!t->n && first_slot(w, &coarse) != NEVER))
		fail(t, "bitmap wrong");
}

static bool in_slot(const struct rb_node *node, u64 slot)
{
	return node && rb_entry(node, struct packet, node)->slot == slot;
}

/* Returns true if there is more to purge; it stops between slots and within. */
static bool go_on_purging(struct selftest *t)
{
	struct nsfab_wheel_purge *p = t->purge;
	struct packet *packet;
	struct sk_buff *skb, *next;
	bool more;

	p->list = NULL;
	p->tail = &p->list;
	more = nsfab_wheel_purge_some(t->w, p, selftest_now, 1 + draw(t, 30));
	*p->tail = NULL;
	/* These are gone for what the timer is compared with. */
	for (skb = p->list; skb; skb = next) {
		next = skb->next;
		packet = container_of(skb, struct packet, skb);
		if (!has_colour(skb, p->arg))
			fail(t, "purged what did not match");
		forget(t, packet);
	}
	return more;
}

/* What the timer does, and what it should */
static void fire(struct selftest *t)
{
	struct rb_node *first;
	struct sk_buff *skb;
	struct packet *p;
	u32 released;

	t->w->armed = 0;
	do {
		released = 0;
		skb = collect(t->w, selftest_now, &released);
		if (released > BATCH)
			fail(t, "batch too large");
		for (; skb; skb = skb->next, released--) {
			p = container_of(skb, struct packet, skb);
			first = rb_first(&t->held);
			if (!released || (first != &p->node && !t->far) ||
			    !in_slot(first, p->slot)) {
				fail(t, "wrong order");
				return;
			}
			if (cb_of(skb)->due > selftest_now)
				fail(t, "released too early");
			if (p->punctual && !t->late &&
			    selftest_now - cb_of(skb)->due >= SLOT_NS)
				fail(t, "released too late");
			forget(t, p);
		}
		if (released)
			fail(t, "batch miscounted");
		/* Some are added meanwhile, and another CPU purges. */
		if (!draw(t, 8))
			arrive(t);
		if (t->purge && draw(t, 2))
			go_on_purging(t);
		first = rb_first(&t->held);
		p = rb_entry_safe(first, struct packet, node);
	} while (!t->wrong && p && p->slot * SLOT_NS <= selftest_now);
	t->timer = rearm(t->w, selftest_now) ? t->w->armed : NEVER;
}

/* Lets time pass until then, and the timer fire whenever it has to. */
static void pass(struct selftest *t, u64 until)
{
	u64 at, most = t->stalls ? 20000000000 : 300000000;

	while (!t->wrong && t->timer != NEVER) {
		at = max(t->timer * SLOT_NS, selftest_now);
		if (t->late)
			at += draw(t, draw(t, 50) ? 1000000 : most);
		if (at > until)
			break;
		selftest_now = at;
		fire(t);
		check_marks(t);
	}
	/* A late timer is not waited for. */
	selftest_now = max(selftest_now, until);
}

static void purge_colour(struct selftest *t)
{
	u32 i, colour = draw(t, SELFTEST_COLOURS);
	struct nsfab_wheel_purge p = {
		.match = has_colour,
		.arg = &colour,
	};
	struct packet *packet;
	struct rb_node *node;

	for (node = rb_first(&t->held); node; node = rb_next(node))
		rb_entry(node, struct packet, node)->before = true;
	t->purge = &p;
	while (go_on_purging(t)) {
		for (i = draw(t, 20); i; i--)
			arrive(t);
		pass(t, selftest_now + draw(t, draw(t, 4) ? 1000000 :
							    300000000));
	}
	t->purge = NULL;
	for (node = rb_first(&t->held); node; node = rb_next(node)) {
		packet = rb_entry(node, struct packet, node);
		if (packet->before && packet->skb.mark == colour)
			fail(t, "purge missed a packet");
		packet->before = false;
	}
}

static void run(struct selftest *t, u64 from)
{
	u32 i, j, pause;

	selftest_now = from;
	t->closed = false;
	for (i = 0; i < SELFTEST_STEPS && !t->wrong; i++) {
		/* It fills, and empties, and stands still for long. */
		pause = i / 1000 % 2 ? 20000000 : 500000;
		if (!draw(t, 2000))
			pass(t, selftest_now + draw(t, 20000000000));
		else if (draw(t, 3))
			pass(t, selftest_now + draw(t, pause));
		arrive(t);
		/* More than are moved or released at a time */
		if (!draw(t, 500)) {
			t->same = draw_due(t);
			for (j = draw(t, 3 * BATCH); j; j--)
				arrive(t);
			t->same = 0;
		}
		/* As after the CPU stood still */
		if (t->stalls && !draw(t, 300)) {
			selftest_now += draw(t, 20000000000);
			for (j = draw(t, 20); j; j--)
				arrive(t);
		}
		if (!draw(t, 100))
			purge_colour(t);
		check_marks(t);
		if (i % 128 == 0)
			cond_resched();
	}
	t->closed = true;
	pass(t, selftest_now + 10 * NSFAB_WHEEL_HORIZON);
	if (t->n || t->timer != NEVER)
		fail(t, "packets left");
}

static const char *selftest_made_up(void)
{
	/* Shortly before both levels are through in memory */
	u64 wrap = 1000ULL * SLOTS * RATIO * SLOT_NS - 1000000;
	struct selftest *t;
	struct packet *pool;
	const char *wrong = "no memory";
	u32 i;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	pool = kvcalloc(SELFTEST_POOL, sizeof(*pool), GFP_KERNEL);
	if (!t || !pool)
		goto out;
	t->w = wheel_alloc(NUMA_NO_NODE);
	if (!t->w)
		goto out;
	prandom_seed_state(&t->rnd, 0x6e73666162);
	t->timer = NEVER;
	for (i = 0; i < SELFTEST_POOL; i++) {
		pool[i].next = t->unused;
		t->unused = &pool[i];
	}
	run(t, wrap);
	t->late = true;
	if (!t->wrong)
		run(t, selftest_now);
	if (!t->wrong && t->far)
		fail(t, "packets too far ahead");
	t->stalls = true;
	if (!t->wrong)
		run(t, selftest_now);
	if (!t->wrong && !t->far)
		fail(t, "no packet too far ahead");
	wrong = t->wrong;
	wheel_free(t->w);
out:
	kvfree(pool);
	kfree(t);
	return wrong;
}

static u32 selftest_released;
static u32 selftest_wrong;

static struct sk_buff *selftest_release(struct sk_buff *list, u64 now)
{
	struct sk_buff *skb;
	u32 left = 100;
	u64 due;

	while (list && left--) {
		skb = list;
		list = skb->next;
		skb_mark_not_on_list(skb);
		due = cb_of(skb)->due;
		/* Their order is for a clock that no other guest slows down. */
		if (due > now)
			selftest_wrong++;
		/* Half of them go round again. */
		if (skb->mark) {
			skb->mark = 0;
			nsfab_wheel_add(skb, now + 20000000, now);
		} else {
			consume_skb(skb);
		}
		WRITE_ONCE(selftest_released, selftest_released + 1);
	}
	return list;
}

/* By the true timer, and some that nobody waits for */
static const char *selftest_timed(void)
{
	struct nsfab_wheel_stats stats;
	nsfab_wheel_release_fn *others = release;
	const char *wrong = NULL;
	struct nsfab_wheel *w;
	struct sk_buff *skb;
	u64 now;
	u32 i;

	if (nsfab_wheel_get())
		return "no memory";
	nsfab_wheel_on_release(selftest_release);
	local_bh_disable();
	now = ktime_get_ns();
	for (i = 0; i < SELFTEST_TIMED + 10; i++) {
		skb = alloc_skb(0, GFP_ATOMIC);
		if (!skb) {
			wrong = "no memory";
			break;
		}
		skb->mark = i % 2;
		/* They come in the order opposite to that in which they go. */
		nsfab_wheel_add(skb, i < 10 ? now + 10000000000 + i :
				now + 10000000 - i * 30000, now);
	}
	/* Who comes late enough starts a run, which finds nothing due yet. */
	w = this_cpu_read(wheels);
	w->poke = now / SLOT_NS;
	skb = wrong ? NULL : alloc_skb(0, GFP_ATOMIC);
	if (skb)
		nsfab_wheel_add(skb, now + 10000000000, now);
	if (skb && (w->poke != NEVER ||
		    !test_bit(TASKLET_STATE_SCHED, &w->tasklet.state)))
		wrong = "no run by packets";
	local_bh_enable();
	for (i = 0; i < 1000 && !wrong &&
	     READ_ONCE(selftest_released) < SELFTEST_TIMED * 3 / 2; i++)
		usleep_range(1000, 2000);
	if (!wrong && selftest_released != SELFTEST_TIMED * 3 / 2)
		wrong = "timer did not release";
	nsfab_wheel_read(&stats);
	if (!wrong && (stats.packets != 11 || selftest_wrong))
		wrong = "timer released too early, or wrong ones";
	nsfab_wheel_put();
	nsfab_wheel_on_release(others);
	return wrong;
}

/**
 * nsfab_wheel_selftest() - compare a wheel with a tree, and try the timer
 *
 * Return: 0, -EINVAL at the first difference, or -ENOMEM
 */
int nsfab_wheel_selftest(void)
{
	const char *wrong;

	wrong = selftest_rest() ?: selftest_start() ?: selftest_poked() ?:
		selftest_half_moved() ?: selftest_moves(EARLY) ?:
		selftest_moves(0) ?: selftest_long_run() ?:
		selftest_made_up() ?: selftest_timed();
	if (!wrong)
		return 0;
	pr_err("wheel: %s\n", wrong);
	return -EINVAL;
}
