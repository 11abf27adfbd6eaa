/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow's entry, for flow.c (packets) and flow_read.c (those who ask). */
#ifndef _NSFAB_FLOW_ENTRY_H
#define _NSFAB_FLOW_ENTRY_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/in6.h>
#include <linux/percpu.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "flow.h"
#include "stats.h"

/* Bits of struct nsfab_flow.state; the TCP flags of both directions come first.
 */
#define NSFAB_FLOW_TCP(dir, flags) ((u32)(flags) << (8 * (dir)))
#define NSFAB_FLOW_SEEN(dir) (1U << (16 + (dir)))

/* enum nsfab_flow_state - bits of struct nsfab_flow.state
 * @NSFAB_FLOW_FRESH: of the last packet's direction the ports are to be noted
 * @NSFAB_FLOW_SWAPPED: the first packet came from end 1
 * @NSFAB_FLOW_SHAKEN: the TCP handshake is over, or its begin was not seen
 * @NSFAB_FLOW_RTT: it was seen whole: handshake is its duration
 * @NSFAB_FLOW_REFUSED: there was no memory for further CPUs a moment ago
 * @NSFAB_FLOW_RICH: has rich figures
 * @NSFAB_FLOW_SPREAD: others than its home CPU have counted, or are about to
 */
enum nsfab_flow_state {
	NSFAB_FLOW_FRESH = 1 << 18,
	NSFAB_FLOW_SWAPPED = 1 << 19,
	NSFAB_FLOW_SHAKEN = 1 << 20,
	NSFAB_FLOW_RTT = 1 << 21,
	NSFAB_FLOW_REFUSED = 1 << 22,
	NSFAB_FLOW_RICH = 1 << 23,
	NSFAB_FLOW_SPREAD = 1 << 24,
};

/**
 * struct nsfab_flow_cpu - what one CPU counted of a flow
 * @dir: by direction
 */
struct nsfab_flow_cpu {
	struct nsfab_pair dir[2];
};

/**
 * struct nsfab_flow_moments - rich figures of one direction
 * @size_squares: sum of squares of packet sizes
 * @gap_sum: sum of gaps in microseconds
 * @gap_squares: sum of their squares
 * @last: when the last packet came, in microseconds, 0 for none
 * @size_min: smallest packet
 * @size_max: largest packet, 0 for none
 */
struct nsfab_flow_moments {
	u64 size_squares;
	u64 gap_sum;
	u64 gap_squares;
	u64 last;
	u32 size_min;
	u32 size_max;
};

/**
 * struct nsfab_flow_rich - rich figures of a flow
 * @lock: the figures
 * @dir: by direction
 */
struct nsfab_flow_rich {
	spinlock_t lock; /* protects dir */
	struct nsfab_flow_moments dir[2];
};

/**
 * struct nsfab_flow - a flow
 * @node: in struct nsfab_tenant.flows
 * @ends: IPv4: the addresses of end 0 and end 1; IPv6: a keyed hash of @addr
 * @port: layer 4 ports of end 0 and end 1
 * @proto: IP protocol
 * @v6: @addr is used
 * @home: the CPU that counts in @own
 * @state: enum nsfab_flow_state, and bits of NSFAB_FLOW_TCP() and
 *	NSFAB_FLOW_SEEN()
 * @stamp: jiffies of the last packet
 * @own: what @home counted, by direction
 * @addr: IPv6 addresses of end 0 and end 1
 * @cpus: what the third and further CPUs counted, NULL until there is one
 * @rich: rich figures, or NULL
 * @port_id: ids of the source's and the destination's port, 0 if not known
 * @away: the CPU that counts in @second, -1 until there is one
 * @drop_reason: the last drop's, by direction
 * @second: what @away counted, by direction
 * @first: first packet, nanoseconds since 1970
 * @first_stamp: jiffies of the first packet
 * @handshake: nanoseconds: when the SYN came; then how long it all took
 * @tenant: its tenant
 * @more_packets: counted for want of memory for @cpus, less what resets told
 * @more_bytes: likewise
 * @drops: packets dropped since the last reset, by direction
 * @rcu: frees it
 *
 * The ends are in canonical order: both directions find one entry.
 *
 * Counters have one writer each, the CPU, and are never written by a reader: a
 * reset subtracts what it tells from @more_packets and @more_bytes.
 *
 * A flow is in the first cache line alone for a packet of IPv4 on the home CPU.
 * The direction back is mostly another CPU's, which reads the second line and
 * writes the third.
 */
struct nsfab_flow {
	/* Needed in fast-path, written */
	struct rhash_head node;
	u64 ends;
	__be16 port[2];
	u8 proto;
	bool v6;
	u16 home;
	atomic_t state;
	u32 stamp;
	struct nsfab_pair own[2];

	/* Needed in fast-path of other CPUs and of IPv6, read */
	struct in6_addr addr[2];
	struct nsfab_flow_cpu __percpu *cpus;
	struct nsfab_flow_rich *rich;
	u32 port_id[2];
	int away;
	u8 drop_reason[2];

	/* Needed in fast-path of the second CPU, written */
	struct nsfab_pair second[2] __aligned(64);

	/* Needed in slow-path */
	u64 first;
	unsigned long first_stamp;
	u64 handshake;
	struct nsfab_tenant *tenant;
	atomic64_t more_packets[2];
	atomic64_t more_bytes[2];
	atomic64_t drops[2];
	struct rcu_head rcu;
};

/**
 * struct nsfab_flow_walk - a walk over a tenant's flows, in any number of steps
 * @iter: where it is
 * @tenant: the tenant, a reference if made by nsfab_flow_walk_new()
 * @batch: flows since others were last let run
 * @slot: the bucket that @told is about
 * @n_told: flows of it that were told
 * @told: these flows, for comparison alone
 * @replay: flows of the bucket may come along that are in @told
 * @interrupted: the table was resized, or @told too short: flows may be told
 *	twice; none that stayed in the table was left out
 */
struct nsfab_flow_walk {
	struct rhashtable_iter iter;
	struct nsfab_tenant *tenant;
	u32 batch;
	u32 slot;
	u32 n_told;
	const void *told[16];
	bool replay;
	bool interrupted;
};

u32 nsfab_flow_idle(const struct nsfab_flow *flow);
bool nsfab_flow_match(const struct nsfab_flow *flow,
		      const struct nsfab_flow_filter *filter);
void nsfab_flow_read(const struct nsfab_flow *flow,
		     struct nsfab_flow_info *info);
bool nsfab_flow_read_reset(struct nsfab_flow *flow, u64 min_bytes,
			   struct nsfab_flow_info *info);
void nsfab_flow_walk_enter(struct nsfab_flow_walk *walk,
			   struct nsfab_tenant *tenant);
void nsfab_flow_walk_start(struct nsfab_flow_walk *walk) __acquires(RCU);
struct nsfab_flow *nsfab_flow_walk_next(struct nsfab_flow_walk *walk);
void nsfab_flow_walk_stop(struct nsfab_flow_walk *walk) __releases(RCU);
void nsfab_flow_walk_exit(struct nsfab_flow_walk *walk);

#endif /* _NSFAB_FLOW_ENTRY_H */
