/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of ports, networks, tenants and the fabric.
 *
 * A packet is counted in one place on its way in and in one on its way out:
 * ports hold what passes them, networks all else. A tenant's figure is the sum
 * over its networks and ports, made when somebody asks; what an object counted
 * is folded into its owner when the object dies, so that no sum goes back.
 */
#ifndef _NSFAB_STATS_H
#define _NSFAB_STATS_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/nsfab.h>

/* What is counted, each as packets and bytes on the wire. */
enum nsfab_ctr {
	NSFAB_CTR_IN,
	NSFAB_CTR_OUT,
	NSFAB_CTR_TUNNEL_IN,
	NSFAB_CTR_TUNNEL_OUT,
	NSFAB_CTR_LOCAL,
	NSFAB_CTR_DROP,
	NSFAB_CTR_MAX
};

#define NSFAB_DROP_MAX (NSFAB_DROP_REASON_LINK_HORIZON + 1)
#define NSFAB_MISS_MAX (NSFAB_FLOW_MISS_REMOVED + 1)

/**
 * struct nsfab_pair - packets and bytes of one per-CPU counter
 * @packets: packets on the wire
 * @bytes: bytes on the wire, from the Ethernet header on, without FCS
 */
struct nsfab_pair {
	u64_stats_t packets;
	u64_stats_t bytes;
};

/**
 * struct nsfab_port_stats - one CPU's counters of a port
 * @in: from the port into the fabric
 * @out: from the fabric to the port
 * @syncp: makes the pairs consistent where 64-bit loads tear
 */
struct nsfab_port_stats {
	struct nsfab_pair in;
	struct nsfab_pair out;
	struct u64_stats_sync syncp;
};

/**
 * struct nsfab_stats - one CPU's counters of a network, tenant or fabric
 * @ctr: by enum nsfab_ctr
 * @drop: by enum nsfab_drop_reason
 * @miss: by enum nsfab_flow_miss
 * @syncp: makes the pairs consistent where 64-bit loads tear
 */
struct nsfab_stats {
	struct nsfab_pair ctr[NSFAB_CTR_MAX];
	struct nsfab_pair drop[NSFAB_DROP_MAX];
	struct nsfab_pair miss[NSFAB_MISS_MAX];
	struct u64_stats_sync syncp;
};

/**
 * struct nsfab_sum - a pair, read
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 */
struct nsfab_sum {
	u64 packets;
	u64 bytes;
};

/**
 * struct nsfab_totals - struct nsfab_stats, read over all CPUs
 * @ctr: by enum nsfab_ctr
 * @drop: by enum nsfab_drop_reason
 * @miss: by enum nsfab_flow_miss
 */
struct nsfab_totals {
	struct nsfab_sum ctr[NSFAB_CTR_MAX];
	struct nsfab_sum drop[NSFAB_DROP_MAX];
	struct nsfab_sum miss[NSFAB_MISS_MAX];
};

/**
 * struct nsfab_dead - an object that nothing refers to any more
 * @node: in struct nsfab_fabric.dead
 * @bury: folds its counters into its owner's and frees it, in process context
 *	with the fabric's lock held
 */
struct nsfab_dead {
	struct list_head node;
	void (*bury)(struct nsfab_dead *dead);
};

static inline void nsfab_pair_add(struct nsfab_pair *pair, u64 packets,
				  u64 bytes)
{
	u64_stats_add(&pair->packets, packets);
	u64_stats_add(&pair->bytes, bytes);
}

/* The counting functions are called with bottom halves disabled. */
static inline void nsfab_stats_count(struct nsfab_stats __percpu *stats,
				     enum nsfab_ctr ctr, u32 packets, u64 bytes)
{
	struct nsfab_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	nsfab_pair_add(&s->ctr[ctr], packets, bytes);
	u64_stats_update_end(&s->syncp);
}

static inline void nsfab_stats_port_in(struct nsfab_port_stats __percpu *stats,
				       u32 packets, u64 bytes)
{
	struct nsfab_port_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	nsfab_pair_add(&s->in, packets, bytes);
	u64_stats_update_end(&s->syncp);
}

static inline void nsfab_stats_port_out(struct nsfab_port_stats __percpu *stats,
					u32 packets, u64 bytes)
{
	struct nsfab_port_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	nsfab_pair_add(&s->out, packets, bytes);
	u64_stats_update_end(&s->syncp);
}

struct nsfab_stats __percpu *nsfab_stats_alloc(void);
struct nsfab_port_stats __percpu *nsfab_stats_port_alloc(void);
void nsfab_stats_drop(struct nsfab_stats __percpu *stats,
		      enum nsfab_drop_reason reason, u32 packets, u64 bytes);
void nsfab_stats_miss(struct nsfab_stats __percpu *stats,
		      enum nsfab_flow_miss miss, u64 packets, u64 bytes);
void nsfab_stats_read(struct nsfab_totals *to,
		      struct nsfab_stats __percpu *stats);
void nsfab_stats_port_read(struct nsfab_sum *in, struct nsfab_sum *out,
			   struct nsfab_port_stats __percpu *stats);
void nsfab_stats_fold(struct nsfab_stats __percpu *to,
		      const struct nsfab_totals *from);

#endif /* _NSFAB_STATS_H */
