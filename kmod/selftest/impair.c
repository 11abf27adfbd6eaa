// SPDX-License-Identifier: GPL-2.0-only
/* Part of impair.c in the debug build: what is drawn against what the models
 * say, and chains that are looked up against chains that are walked.
 */

#include <linux/hash.h>
#include <linux/slab.h>

enum {
	SELFTEST_PACKETS = 20000,
	SELFTEST_LOOKUPS = 500,
};

/**
 * struct selftest - a link that no packet crosses
 * @link: the link
 * @conf: its configuration
 */
struct selftest {
	struct nsfab_link link;
	struct nsfab_link_conf conf;
};

static u32 share(u32 thousandth)
{
	return div_u64((u64)U32_MAX * thousandth, 1000);
}

/* |got - n * p| within 5 deviations, squared to do without roots; p in
 * thousandths
 */
static bool is_likely(u32 got, u32 n, u32 p)
{
	s64 off = (s64)got * 1000 - (s64)n * p;

	return off * off <= 25LL * n * p * (1000 - p);
}

static const char *test_random(struct selftest *t)
{
	struct nsfab_impair_fate fate;
	u32 lost = 0, twice = 0, i;

	t->conf.loss_model = NSFAB_LINK_LOSS_MODEL_RANDOM;
	t->conf.loss[0] = share(20);
	t->conf.duplicate = share(100);
	t->conf.odd = true;
	for (i = 1; i <= SELFTEST_PACKETS; i++) {
		memset(&fate, 0, sizeof(fate));
		on_wire(&t->link, &t->conf, 7, i, false, &fate);
		lost += !!fate.reason;
		twice += fate.duplicate;
	}
	t->conf.duplicate = 0;
	t->conf.odd = false;
	if (!is_likely(lost, SELFTEST_PACKETS, 20))
		return "random loss";
	return is_likely(twice, SELFTEST_PACKETS, 100) ? NULL : "duplicates";
}

/* Walk a chain over some blocks, then look states up in no order, with and
 * without what is remembered.
 */
static const char *test_chain(struct selftest *t, u8 model, const u32 *p)
{
	u32 first = BLOCK / 2, last = BLOCK / 2 + 2 * SELFTEST_PACKETS;
	struct nsfab_link_memory *memory = t->link.memory;
	u32 begin = 1, i, nth;
	const char *err = NULL;
	nsfab_chain_map_t map;
	u8 *state;

	state = kvmalloc(last + 1, GFP_KERNEL);
	if (!state)
		return "no memory";
	t->conf.loss_model = model;
	memcpy(t->conf.loss, p, sizeof(t->conf.loss));
	nsfab_chain_stationary(model, p, t->conf.stationary);
	memset(memory->state, 0, sizeof(memory->state));
	for (i = 1; i <= last; i++) {
		if ((i - 1) % BLOCK == 0) {
			begin = i;
			state[i] = nsfab_chain_pick(t->conf.stationary,
						    draw(&t->conf, 7, begin,
							 DRAW_BLOCK));
		} else {
			state[i] = state[i - 1];
		}
		map = nsfab_chain_map(model, p, draw(&t->conf, 7, i,
						     DRAW_LOSS_AND_JITTER));
		state[i] = nsfab_chain_step(map, state[i]);
	}
	for (i = 0; i < SELFTEST_LOOKUPS && !err; i++) {
		nth = first + hash_32(i, 16) % (last - first) + 1;
		if (state_from_draws(&t->conf, NULL, 7, nth) != state[nth])
			err = "a chain's state from draws";
		else if (state_of(&t->link, &t->conf, 7, nth) != state[nth])
			err = "a chain's state as remembered";
	}
	kvfree(state);
	return err;
}

static const char *test_quantiles(void)
{
	static const u8 dists[] = { NSFAB_LINK_DIST_UNIFORM,
				    NSFAB_LINK_DIST_NORMAL,
				    NSFAB_LINK_DIST_PARETO };
	s64 sum, squares, x, before;
	u32 i, d, steps = 65536;
	bool falls;

	for (d = 0; d < ARRAY_SIZE(dists); d++) {
		sum = 0;
		squares = 0;
		for (i = 0; i < steps; i++) {
			x = nsfab_quantile(dists[d], NULL,
					   (i << 16) + (1 << 15));
			/* Pareto's is drawn from the top. */
			falls = dists[d] == NSFAB_LINK_DIST_PARETO;
			if (i && (falls ? x > before : x < before))
				return "a quantile out of order";
			before = x;
			sum += x;
			squares += x * x >> 16;
		}
		/* Means are 0 to a hundredth, deviations known. */
		if (abs(div_s64(sum, steps)) > NSFAB_QUANTILE_ONE / 100)
			return "a distribution's mean";
		squares = div_s64(squares, steps);
		x = dists[d] == NSFAB_LINK_DIST_UNIFORM ?
		    NSFAB_QUANTILE_ONE / 3 : NSFAB_QUANTILE_ONE;
		/* The steps leave out the rare and large ones of Pareto's. */
		if (abs(squares - x) > x / 10)
			return "a distribution's deviation";
	}
	return NULL;
}

/* 100 frames of 1250 bytes at 1 Gbit/s leave every 10 us, to the nanosecond. */
static const char *test_rate(struct selftest *t)
{
	struct nsfab_impair_packet p = {
		.nth = 1, .bytes = 1250, .packets = 1,
	};
	struct nsfab_impair_fate fate;
	u32 i;

	memset(&t->conf, 0, sizeof(t->conf));
	t->conf.rate = 1000000000;
	t->conf.cost = 8ULL << NSFAB_LINK_COST_SHIFT;
	t->conf.limit = NSEC_PER_MSEC / 2;
	for (i = 0; i < 100; i++, p.nth++) {
		nsfab_impair_packet(&t->link, &t->conf, &p, 1000, &fate);
		if (i < 50 ? fate.reason || fate.due != 1000 + 10000 * (i + 1) :
			     fate.reason != NSFAB_DROP_REASON_LINK_QUEUE)
			return "a rate";
	}
	return NULL;
}

/* A frame that pretends to be huge at the lowest rate, and a packet that came
 * before its link's trace began
 */
static const char *test_extremes(struct selftest *t)
{
	const u64 now = 1000 * NSEC_PER_SEC;
	struct nsfab_link_trace *trace;
	struct sending s;

	memset(&t->conf, 0, sizeof(t->conf));
	t->conf.rate = NSFAB_LINK_RATE_MIN;
	t->conf.cost = (8ULL * NSEC_PER_SEC << NSFAB_LINK_COST_SHIFT) /
		       NSFAB_LINK_RATE_MIN;
	t->link.free_at = 0;
	send(&t->link, &t->conf, 3000000, now, &s);
	if (s.end - now < NSFAB_WHEEL_HORIZON)
		return "huge frame";
	trace = kzalloc(struct_size(trace, ms, 1), GFP_KERNEL);
	if (!trace)
		return "no memory";
	trace->n = 1;
	trace->ms[0] = 1;
	trace->period = 1;
	t->link.trace_base = now + 5 * NSEC_PER_MSEC;
	send_by_trace(&t->link, trace, 100, now, &s);
	kfree(trace);
	t->link.trace_base = 0;
	return s.at == 1 && s.end == now + 6 * NSEC_PER_MSEC ? NULL : "trace";
}

/**
 * nsfab_impair_selftest() - test what befalls packets
 *
 * Return: 0 or -EINVAL
 */
int __init nsfab_impair_selftest(void)
{
	const u32 gilbert[5] = { share(10), share(200), U32_MAX, 0 };
	const u32 slow[5] = { 1 << 14, 1 << 16, U32_MAX, 0 };
	const u32 markov[5] = { share(10), share(300), share(200), share(100),
				share(5) };
	const char *err = "no memory";
	struct selftest *t;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	spin_lock_init(&t->link.lock);
	t->link.memory = kzalloc(sizeof(*t->link.memory), GFP_KERNEL);
	if (t->link.memory)
		err = test_random(t) ?:
		      test_chain(t, NSFAB_LINK_LOSS_MODEL_GILBERT, gilbert) ?:
		      test_chain(t, NSFAB_LINK_LOSS_MODEL_GILBERT, slow) ?:
		      test_chain(t, NSFAB_LINK_LOSS_MODEL_MARKOV, markov) ?:
		      test_quantiles() ?: test_rate(t) ?: test_extremes(t);
	kfree(t->link.memory);
	kfree(t);
	return WARN(err, "links draw wrongly: %s\n", err) ? -EINVAL : 0;
}
