// SPDX-License-Identifier: GPL-2.0-only
/* Counters: allocation, the rarer counts, reading, folding. */

#include <linux/slab.h>

#include "stats.h"

/**
 * nsfab_stats_alloc() - allocate counters for all CPUs
 *
 * Charged to the memory control group of the caller.
 *
 * Return: the counters, to be freed with free_percpu(), or NULL
 */
struct nsfab_stats __percpu *nsfab_stats_alloc(void)
{
	struct nsfab_stats __percpu *stats;
	int cpu;

	stats = alloc_percpu_gfp(struct nsfab_stats, GFP_KERNEL_ACCOUNT);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

/**
 * nsfab_stats_port_alloc() - allocate a port's counters for all CPUs
 *
 * Charged to the memory control group of the caller.
 *
 * Return: the counters, to be freed with free_percpu(), or NULL
 */
struct nsfab_port_stats __percpu *nsfab_stats_port_alloc(void)
{
	struct nsfab_port_stats __percpu *stats;
	int cpu;

	stats = alloc_percpu_gfp(struct nsfab_port_stats, GFP_KERNEL_ACCOUNT);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

/**
 * nsfab_stats_drop() - count a dropped frame
 * @stats: counters of the network, or of the fabric where there is none
 * @reason: why
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 *
 * Context: bottom halves disabled.
 */
void nsfab_stats_drop(struct nsfab_stats __percpu *stats,
		      enum nsfab_drop_reason reason, u32 packets, u64 bytes)
{
	struct nsfab_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	nsfab_pair_add(&s->ctr[NSFAB_CTR_DROP], packets, bytes);
	nsfab_pair_add(&s->drop[reason], packets, bytes);
	u64_stats_update_end(&s->syncp);
}

/**
 * nsfab_stats_miss() - count a frame that no flow of the table counts
 * @stats: counters of the network
 * @miss: why
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 *
 * Context: bottom halves disabled.
 */
void nsfab_stats_miss(struct nsfab_stats __percpu *stats,
		      enum nsfab_flow_miss miss, u64 packets, u64 bytes)
{
	struct nsfab_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	nsfab_pair_add(&s->miss[miss], packets, bytes);
	u64_stats_update_end(&s->syncp);
}

static void sum_pairs(struct nsfab_sum *to, const struct nsfab_pair *from,
		      int n)
{
	int i;

	for (i = 0; i < n; i++) {
		to[i].packets += u64_stats_read(&from[i].packets);
		to[i].bytes += u64_stats_read(&from[i].bytes);
	}
}

/**
 * nsfab_stats_read() - add what all CPUs counted
 * @to: what to add it to
 * @stats: counters
 */
void nsfab_stats_read(struct nsfab_totals *to,
		      struct nsfab_stats __percpu *stats)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct nsfab_stats *s = per_cpu_ptr(stats, cpu);

		/* 64-bit only (see compat/compat.h): loads do not tear, and a
		 * retry loop around this many counters would rarely end.
		 */
		sum_pairs(to->ctr, s->ctr, NSFAB_CTR_MAX);
		sum_pairs(to->drop, s->drop, NSFAB_DROP_MAX);
		sum_pairs(to->miss, s->miss, NSFAB_MISS_MAX);
	}
}

/**
 * nsfab_stats_port_read() - read what all CPUs counted of a port
 * @in: set to what came from the port
 * @out: set to what went to the port
 * @stats: counters
 */
void nsfab_stats_port_read(struct nsfab_sum *in, struct nsfab_sum *out,
			   struct nsfab_port_stats __percpu *stats)
{
	int cpu;

	memset(in, 0, sizeof(*in));
	memset(out, 0, sizeof(*out));
	for_each_possible_cpu(cpu) {
		const struct nsfab_port_stats *s = per_cpu_ptr(stats, cpu);

		sum_pairs(in, &s->in, 1);
		sum_pairs(out, &s->out, 1);
	}
}

static void fold_pairs(struct nsfab_pair *to, const struct nsfab_sum *from,
		       int n)
{
	int i;

	for (i = 0; i < n; i++) {
		u64_stats_add(&to[i].packets, from[i].packets);
		u64_stats_add(&to[i].bytes, from[i].bytes);
	}
}

/**
 * nsfab_stats_fold() - hand what a dead object counted to its owner
 * @to: the owner's counters
 * @from: what the dead object counted
 *
 * Context: bottom halves disabled.
 */
void nsfab_stats_fold(struct nsfab_stats __percpu *to,
		      const struct nsfab_totals *from)
{
	struct nsfab_stats *s = this_cpu_ptr(to);

	u64_stats_update_begin(&s->syncp);
	fold_pairs(s->ctr, from->ctr, NSFAB_CTR_MAX);
	fold_pairs(s->drop, from->drop, NSFAB_DROP_MAX);
	fold_pairs(s->miss, from->miss, NSFAB_MISS_MAX);
	u64_stats_update_end(&s->syncp);
}
