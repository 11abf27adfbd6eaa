// SPDX-License-Identifier: GPL-2.0-only
/* Distributions of jitter, by their quantiles. */

#include <linux/kernel.h>
#include <linux/math64.h>

#include "link.h"
#include "quantile.h"

/* The upper half of the standard normal distribution at 128 equal steps of
 * probability. The last point, which should be infinite, is where it makes the
 * deviation of what is drawn 1; no point of the distribution's function is
 * wrong by more than 0.0006.
 */
static const s32 normal[] = {
	0, 642, 1283, 1925, 2567, 3210, 3852, 4495, 5139, 5783, 6427, 7072,
	7718, 8365, 9012, 9660, 10310, 10960, 11611, 12263, 12917, 13572, 14228,
	14886, 15545, 16206, 16869, 17533, 18199, 18867, 19536, 20208, 20882,
	21559, 22237, 22918, 23601, 24287, 24976, 25668, 26362, 27059, 27759,
	28463, 29170, 29880, 30594, 31311, 32032, 32758, 33487, 34220, 34958,
	35700, 36446, 37198, 37954, 38715, 39482, 40254, 41032, 41816, 42605,
	43401, 44203, 45012, 45828, 46651, 47482, 48320, 49166, 50021, 50884,
	51756, 52637, 53528, 54428, 55340, 56262, 57195, 58140, 59097, 60067,
	61051, 62048, 63060, 64087, 65131, 66191, 67268, 68364, 69480, 70616,
	71774, 72954, 74159, 75389, 76647, 77933, 79250, 80600, 81985, 83408,
	84871, 86377, 87931, 89536, 91196, 92917, 94704, 96565, 98507, 100540,
	102675, 104924, 107304, 109834, 112540, 115453, 118613, 122076, 125918,
	130248, 135235, 141156, 148519, 158437, 174330, 213362,
};

/* Pareto's distribution with its usual minimum, 1, is cut at its largest. */
enum {
	PARETO_MAX = 88,
	/* Mean and deviation of what is left, times NSFAB_QUANTILE_ONE */
	PARETO_MEAN = 98300,
	PARETO_DEVIATION = 55896,
};

/* Between the points of a table, which are at equal steps of probability; @at
 * is in 32 bits behind the point.
 */
static s32 between(const s32 *point, u64 at)
{
	u32 i = at >> 32;
	s64 step = (s64)point[i + 1] - point[i];

	return point[i] + (s32)((step * (s64)(at & U32_MAX)) >> 32);
}

static u32 cube_root(u64 x)
{
	u64 root = 0, next;
	int bit;

	for (bit = 20; bit >= 0; bit--) {
		next = root | 1ULL << bit;
		if (next * next * next <= x)
			root = next;
	}
	return root;
}

/* One over the cube root of v = drawn / 2^32: Pareto's distribution of shape 3,
 * drawn from the top.
 */
static s32 pareto(u32 drawn)
{
	u64 v = max_t(u64, drawn, 1), inverse, x;
	s64 normed;

	/* 2^32 / PARETO_MAX^3 */
	v = max_t(u64, v, 6303);
	inverse = div64_u64(1ULL << 62, v);
	/* A first guess with 10 binary digits behind the point, then one step
	 * of Newton's with 16.
	 */
	x = (u64)cube_root(inverse) << 6;
	x = div64_u64(2 * x +
		      div64_u64(div64_u64(inverse << 14, x) << 4, x), 3);
	normed = div64_s64(((s64)x - PARETO_MEAN) * NSFAB_QUANTILE_ONE,
			   PARETO_DEVIATION);
	return normed;
}

/**
 * nsfab_quantile() - a draw, as a distribution has it
 * @dist: enum nsfab_link_dist
 * @table: with dist table, the distribution
 * @drawn: the draw, evenly spread
 *
 * Return: times NSFAB_QUANTILE_ONE, in units of the jitter
 */
s32 nsfab_quantile(u8 dist, const struct nsfab_link_table *table, u32 drawn)
{
	switch (dist) {
	case NSFAB_LINK_DIST_NORMAL:
		if (drawn >> 31)
			return between(normal, (u64)(drawn << 1) * 128);
		return -between(normal, (u64)(~drawn << 1) * 128);
	case NSFAB_LINK_DIST_PARETO:
		return pareto(drawn);
	case NSFAB_LINK_DIST_TABLE:
		return between(table->point, (u64)drawn * (table->n - 1));
	default:
		return (s32)(((u64)drawn * 2 * NSFAB_QUANTILE_ONE) >> 32) -
		       NSFAB_QUANTILE_ONE;
	}
}

/**
 * nsfab_quantile_highest() - the highest of a distribution
 * @dist: enum nsfab_link_dist
 * @table: with dist table, the distribution
 *
 * Return: as nsfab_quantile()
 */
s32 nsfab_quantile_highest(u8 dist, const struct nsfab_link_table *table)
{
	switch (dist) {
	case NSFAB_LINK_DIST_NORMAL:
		return normal[ARRAY_SIZE(normal) - 1];
	case NSFAB_LINK_DIST_PARETO:
		return pareto(0);
	case NSFAB_LINK_DIST_TABLE:
		return table->point[table->n - 1];
	default:
		return NSFAB_QUANTILE_ONE;
	}
}
