// SPDX-License-Identifier: GPL-2.0-only
/* Loss models with a memory: Markov chains that are driven by draws. */

#include <linux/kernel.h>
#include <linux/math64.h>
#include <uapi/linux/nsfab.h>

#include "chain.h"

/* Indices of a link's probabilities: Gilbert-Elliott, and the four states. */
enum { P, R };
enum { P13, P31, P32, P23, P14 };

enum { GAP, BURST, LOST_IN_BURST, LOST_IN_GAP };

static nsfab_chain_map_t make(u8 s0, u8 s1, u8 s2, u8 s3)
{
	return s0 | s1 << 2 | s2 << 4 | s3 << 6;
}

/**
 * nsfab_chain_compose() - one map after another
 * @last: the later one
 * @first: the earlier one
 *
 * Return: the map of both
 */
nsfab_chain_map_t nsfab_chain_compose(nsfab_chain_map_t last,
				      nsfab_chain_map_t first)
{
	return make(nsfab_chain_step(last, first & 3),
		    nsfab_chain_step(last, first >> 2 & 3),
		    nsfab_chain_step(last, first >> 4 & 3),
		    nsfab_chain_step(last, first >> 6));
}

/* A draw that is low makes the good state bad, one that is high the bad state
 * good: so one that does either sends both to the same.
 */
static nsfab_chain_map_t gilbert(const u32 *p, u32 drawn)
{
	u8 good = drawn < p[P], bad = U32_MAX - drawn >= p[R];

	return make(good, bad, good, good);
}

static u8 from_gap(const u32 *p, u32 drawn)
{
	if (drawn < p[P14])
		return LOST_IN_GAP;
	return drawn < (u64)p[P14] + p[P13] ? LOST_IN_BURST : GAP;
}

static u8 from_lost(const u32 *p, u32 drawn)
{
	u32 high = U32_MAX - drawn;

	if (high < p[P31])
		return GAP;
	return high < (u64)p[P31] + p[P32] ? BURST : LOST_IN_BURST;
}

static nsfab_chain_map_t markov(const u32 *p, u32 drawn)
{
	return make(from_gap(p, drawn),
		    drawn < p[P23] ? LOST_IN_BURST : BURST,
		    from_lost(p, drawn), GAP);
}

/**
 * nsfab_chain_map() - where a draw leads from each state
 * @model: NSFAB_LINK_LOSS_MODEL_GILBERT or _MARKOV
 * @p: its probabilities, in units of 1 / (2^32 - 1)
 * @drawn: the draw
 *
 * Return: the map
 */
nsfab_chain_map_t nsfab_chain_map(u8 model, const u32 *p, u32 drawn)
{
	return model == NSFAB_LINK_LOSS_MODEL_GILBERT ? gilbert(p, drawn) :
							markov(p, drawn);
}

/**
 * nsfab_chain_stationary() - how likely each state is in the long run
 * @model: NSFAB_LINK_LOSS_MODEL_GILBERT or _MARKOV
 * @p: its probabilities
 * @sums: set to the likelihood of the first, the first two and the first three
 *	states, in units of 1 / (2^32 - 1)
 */
void nsfab_chain_stationary(u8 model, const u32 *p, u32 *sums)
{
	u64 weight[NSFAB_CHAIN_STATES] = {}, sum = 0, part = 0;
	int s;

	if (model == NSFAB_LINK_LOSS_MODEL_GILBERT) {
		weight[0] = p[R];
		weight[1] = p[P];
	} else {
		weight[GAP] = (u64)p[P31] * p[P23] >> 2;
		weight[BURST] = (u64)p[P13] * p[P32] >> 2;
		weight[LOST_IN_BURST] = (u64)p[P13] * p[P23] >> 2;
		weight[LOST_IN_GAP] = mul_u64_u32_shr(weight[GAP], p[P14], 32);
	}
	for (s = 0; s < NSFAB_CHAIN_STATES; s++)
		sum += weight[s];
	if (!sum) {	/* stays where it begins */
		weight[0] = 1;
		sum = 1;
	}
	for (s = 0; s < NSFAB_CHAIN_STATES - 1; s++) {
		part += weight[s];
		sums[s] = mul_u64_u64_div_u64(part, U32_MAX, sum);
	}
}

/**
 * nsfab_chain_pick() - a state by its likelihood
 * @sums: see nsfab_chain_stationary()
 * @drawn: the draw
 *
 * Return: the state
 */
u8 nsfab_chain_pick(const u32 *sums, u32 drawn)
{
	u8 s = 0;

	while (s < NSFAB_CHAIN_STATES - 1 && drawn >= sums[s] &&
	       sums[s] != U32_MAX)
		s++;
	return s;
}
