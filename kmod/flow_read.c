// SPDX-License-Identifier: GPL-2.0-only
/* Flows, for those who ask: sums over CPUs, resets, filters, walks. Packets go
 * on meanwhile and notice nothing.
 */

#include <linux/bsearch.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "addr.h"
#include "flow_entry.h"
#include "tenant.h"

/* Flows looked at before others are let run. */
#define BATCH 128

/* Readers that reset, of all flows: no figure is told to two of them. */
static DEFINE_SPINLOCK(reset_lock);

/**
 * nsfab_flow_idle() - how long has no packet come?
 * @flow: the flow
 *
 * Return: jiffies
 */
u32 nsfab_flow_idle(const struct nsfab_flow *flow)
{
	u32 stamp = READ_ONCE(flow->stamp);
	s32 idle = (u32)jiffies - stamp;

	/* Another CPU may be ahead by a tick. */
	return max(idle, 0);
}

static void read_end(const struct nsfab_flow *flow, int end,
		     struct in6_addr *addr)
{
	u32 v4 = end ? flow->ends : flow->ends >> 32;

	if (flow->v6)
		*addr = flow->addr[end];
	else
		nsfab_addr_set_v4(addr, (__force __be32)v4);
}

static void add_pair(struct nsfab_flow_sum *to, const struct nsfab_pair *pair)
{
	to->packets += u64_stats_read(&pair->packets);
	to->bytes += u64_stats_read(&pair->bytes);
}

static void read_counts(const struct nsfab_flow *flow,
			struct nsfab_flow_info *info)
{
	struct nsfab_flow_cpu __percpu *cpus = READ_ONCE(flow->cpus);
	struct nsfab_flow_sum *sum;
	int cpu, dir;

	for (dir = 0; dir < 2; dir++) {
		sum = &info->dir[dir];
		sum->packets = atomic64_read(&flow->more_packets[dir]);
		sum->bytes = atomic64_read(&flow->more_bytes[dir]);
		sum->drop_packets = atomic64_read(&flow->drops[dir]);
		add_pair(sum, &flow->own[dir]);
		add_pair(sum, &flow->second[dir]);
		if (!cpus)
			continue;
		for_each_possible_cpu(cpu)
			add_pair(sum, &per_cpu_ptr(cpus, cpu)->dir[dir]);
	}
}

static void read_rich(const struct nsfab_flow *flow,
		      struct nsfab_flow_info *info, bool reset)
{
	struct nsfab_flow_rich *rich = flow->rich;
	struct nsfab_flow_moments *m;
	struct nsfab_flow_sum *sum;
	int dir;

	info->rich = rich;
	if (!rich)
		return;
	spin_lock_bh(&rich->lock);
	for (dir = 0; dir < 2; dir++) {
		m = &rich->dir[dir];
		sum = &info->dir[dir];
		sum->size_squares = m->size_squares;
		sum->gap_sum = m->gap_sum;
		sum->gap_squares = m->gap_squares;
		sum->size_min = m->size_min;
		sum->size_max = m->size_max;
		if (reset)
			*m = (struct nsfab_flow_moments){ .last = m->last };
	}
	spin_unlock_bh(&rich->lock);
}

/* What a reset leaves as it is. */
static void read_rest(const struct nsfab_flow *flow,
		      struct nsfab_flow_info *info)
{
	u32 state = atomic_read_acquire(&flow->state);
	int src = !!(state & NSFAB_FLOW_SWAPPED);
	unsigned long last = jiffies - nsfab_flow_idle(flow);
	int dir;

	info->key.sport = flow->port[src];
	info->key.dport = flow->port[!src];
	info->key.proto = flow->proto;
	read_end(flow, src, &info->key.src);
	read_end(flow, !src, &info->key.dst);
	for (dir = 0; dir < 2; dir++) {
		info->dir[dir].tcp_flags = state >> (8 * dir);
		info->dir[dir].drop_reason = READ_ONCE(flow->drop_reason[dir]);
	}
	info->first = flow->first;
	info->last = flow->first;
	if (time_after(last, flow->first_stamp))
		info->last += jiffies64_to_nsecs(last - flow->first_stamp);
	if (state & NSFAB_FLOW_RTT)
		info->rtt = READ_ONCE(flow->handshake);
	info->src_port = READ_ONCE(flow->port_id[0]);
	info->dst_port = READ_ONCE(flow->port_id[1]);
}

/**
 * nsfab_flow_end() - read an end of a flow
 * @flow: the flow
 * @end: 0 where its first packet came from, 1 where that went to
 * @addr: set to its address
 *
 * Context: in an RCU read section.
 * Return: id of its port, 0 if not known
 */
u32 nsfab_flow_end(const struct nsfab_flow *flow, u8 end, struct in6_addr *addr)
{
	bool swapped = atomic_read_acquire(&flow->state) & NSFAB_FLOW_SWAPPED;

	read_end(flow, end != swapped, addr);
	return READ_ONCE(flow->port_id[end]);
}

/**
 * nsfab_flow_read() - read a flow: what was counted since the last reset
 * @flow: the flow
 * @info: set to what it says
 *
 * Context: in an RCU read section, or the flow's own RCU callback.
 */
void nsfab_flow_read(const struct nsfab_flow *flow,
		     struct nsfab_flow_info *info)
{
	memset(info, 0, sizeof(*info));
	read_counts(flow, info);
	read_rich(flow, info, false);
	read_rest(flow, info);
}

/**
 * nsfab_flow_read_reset() - read a flow, and begin to count from zero
 * @flow: the flow
 * @min_bytes: nothing is done to a flow with less
 * @info: set to what was counted since the last reset
 *
 * Each packet is told to exactly one reset or, what was never told, at the end
 * of the flow. For the tenant's sums it is no longer in the table then: it
 * moves to NSFAB_FLOW_MISS_REMOVED. TCP flags, times and the last drop's reason
 * stay.
 *
 * Context: in an RCU read section, process context.
 * Return: false if the flow has less than @min_bytes
 */
bool nsfab_flow_read_reset(struct nsfab_flow *flow, u64 min_bytes,
			   struct nsfab_flow_info *info)
{
	struct nsfab_flow_sum *sum;
	bool enough;
	int dir;

	memset(info, 0, sizeof(*info));
	spin_lock_bh(&reset_lock);
	read_counts(flow, info);
	enough = info->dir[0].bytes + info->dir[1].bytes >= min_bytes;
	if (enough) {
		for (dir = 0; dir < 2; dir++) {
			sum = &info->dir[dir];
			atomic64_sub(sum->packets, &flow->more_packets[dir]);
			atomic64_sub(sum->bytes, &flow->more_bytes[dir]);
			atomic64_sub(sum->drop_packets, &flow->drops[dir]);
			nsfab_stats_miss(flow->tenant->stats,
					 NSFAB_FLOW_MISS_REMOVED,
					 sum->packets, sum->bytes);
		}
		read_rich(flow, info, true);
	}
	spin_unlock_bh(&reset_lock);
	if (enough)
		read_rest(flow, info);
	return enough;
}

static int compare_ids(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static bool has_port(const struct nsfab_flow_filter *filter, u32 id)
{
	return id && bsearch(&id, filter->ports, filter->n_ports,
			     sizeof(*filter->ports), compare_ids);
}

static bool has_addr(const struct nsfab_flow *flow,
		     const struct nsfab_flow_filter *filter)
{
	struct in6_addr addr;
	int end;

	if (flow->v6 == nsfab_addr_is_v4(&filter->addr))
		return false;
	for (end = 0; end < 2; end++) {
		read_end(flow, end, &addr);
		if (nsfab_addr_in(&addr, &filter->addr, filter->plen))
			return true;
	}
	return false;
}

/**
 * nsfab_flow_match() - does a filter let a flow through?
 * @flow: the flow
 * @filter: the filter, NULL for all; all of it but min_bytes is looked at
 *
 * Return: whether it does
 */
bool nsfab_flow_match(const struct nsfab_flow *flow,
		      const struct nsfab_flow_filter *filter)
{
	if (!filter)
		return true;
	if (filter->has_proto && flow->proto != filter->proto)
		return false;
	if (filter->has_l4 && flow->port[0] != filter->l4_port &&
	    flow->port[1] != filter->l4_port)
		return false;
	if (filter->n_ports &&
	    !has_port(filter, READ_ONCE(flow->port_id[0])) &&
	    !has_port(filter, READ_ONCE(flow->port_id[1])))
		return false;
	return !filter->has_addr || has_addr(flow, filter);
}

/**
 * nsfab_flow_walk_enter() - make a walk ready for its first step
 * @walk: the walk
 * @tenant: whose flows; the caller keeps a reference of it
 */
void nsfab_flow_walk_enter(struct nsfab_flow_walk *walk,
			   struct nsfab_tenant *tenant)
{
	memset(walk, 0, sizeof(*walk));
	walk->tenant = tenant;
	rhashtable_walk_enter(&tenant->flows, &walk->iter);
}

/* The table was resized: it is walked once more, from its begin. */
static void rewind(struct nsfab_flow_walk *walk)
{
	walk->interrupted = true;
	walk->n_told = 0;
	walk->replay = false;
}

/**
 * nsfab_flow_walk_start() - begin a step
 * @walk: the walk
 *
 * The iterator knows its place by the flow that it showed last. If that one is
 * gone, it would count flows from the begin of the bucket, and miss one for
 * each that was removed there. So it is sent back to the bucket's begin, and
 * what was told of the bucket is left out. That is also for a place that seems
 * to be there, but is a new flow in the memory of the one that is gone.
 */
void nsfab_flow_walk_start(struct nsfab_flow_walk *walk)
	__acquires(RCU)
{
	bool had_place = walk->iter.p;

	walk->batch = 0;
	if (rhashtable_walk_start_check(&walk->iter)) {
		rewind(walk);
		return;
	}
	walk->replay = true;
	if (had_place && !walk->iter.p) {
		walk->iter.skip = 0;
		if (walk->n_told > ARRAY_SIZE(walk->told))
			walk->interrupted = true;
	}
}

/**
 * nsfab_flow_walk_stop() - end a step
 * @walk: the walk
 */
void nsfab_flow_walk_stop(struct nsfab_flow_walk *walk)
	__releases(RCU)
{
	rhashtable_walk_stop(&walk->iter);
}

/**
 * nsfab_flow_walk_exit() - end a walk
 * @walk: the walk
 */
void nsfab_flow_walk_exit(struct nsfab_flow_walk *walk)
{
	rhashtable_walk_exit(&walk->iter);
}

static bool was_told(struct nsfab_flow_walk *walk,
		     const struct nsfab_flow *flow)
{
	u32 i;

	if (walk->iter.slot != walk->slot) {
		walk->slot = walk->iter.slot;
		walk->n_told = 0;
		walk->replay = false;
	}
	if (walk->replay)
		for (i = 0; i < min_t(u32, walk->n_told,
				      ARRAY_SIZE(walk->told)); i++)
			if (walk->told[i] == flow)
				return true;
	if (walk->n_told < ARRAY_SIZE(walk->told))
		walk->told[walk->n_told] = flow;
	walk->n_told++;
	return false;
}

/**
 * nsfab_flow_walk_next() - the next flow
 * @walk: the walk, between start and stop
 *
 * Lets others run now and then: what it returned before is not valid then.
 *
 * Return: the flow, valid until the next call or stop; NULL at the end
 */
struct nsfab_flow *nsfab_flow_walk_next(struct nsfab_flow_walk *walk)
{
	struct nsfab_flow *flow;

	for (;;) {
		if (++walk->batch > BATCH) {
			nsfab_flow_walk_stop(walk);
			cond_resched();
			nsfab_flow_walk_start(walk);
		}
		flow = rhashtable_walk_next(&walk->iter);
		if (IS_ERR(flow))
			rewind(walk);
		else if (!flow || !was_told(walk, flow))
			return flow;
	}
}

/**
 * nsfab_flow_walk_new() - make a walk over a tenant's flows, for a dump
 * @tenant: whose flows; the caller keeps a reference of it until the walk is
 *	freed
 *
 * Return: the walk or NULL
 */
struct nsfab_flow_walk *nsfab_flow_walk_new(struct nsfab_tenant *tenant)
{
	struct nsfab_flow_walk *walk;

	walk = kmalloc(sizeof(*walk), GFP_KERNEL_ACCOUNT);
	if (walk)
		nsfab_flow_walk_enter(walk, tenant);
	return walk;
}

/**
 * nsfab_flow_walk_free() - free a walk, whether it came to its end or not
 * @walk: the walk
 */
void nsfab_flow_walk_free(struct nsfab_flow_walk *walk)
{
	nsfab_flow_walk_exit(walk);
	kfree(walk);
}

/**
 * nsfab_flow_walk_interrupted() - may flows have been told twice?
 * @walk: the walk
 *
 * Return: true if so, because the table was resized on the way. A flow that was
 * in the table from the walk's begin to its end was told in any case.
 */
bool nsfab_flow_walk_interrupted(const struct nsfab_flow_walk *walk)
{
	return walk->interrupted;
}

/**
 * nsfab_flow_walk() - tell the flows of a tenant, from where the walk stopped
 * @walk: the walk
 * @filter: which flows, NULL for all
 * @reset: reset what is told, see nsfab_flow_read_reset()
 * @fn: is told each
 * @arg: for @fn
 *
 * A flow is reset before @fn can say that it had no room for it: so @fn has to
 * end the walk as soon as there is no room for one more.
 *
 * Context: process.
 * Return: 0 at the end of the table, else what @fn returned; the walk may then
 * be continued behind the flow last told
 */
int nsfab_flow_walk(struct nsfab_flow_walk *walk,
		    const struct nsfab_flow_filter *filter, bool reset,
		    nsfab_flow_walk_fn fn, void *arg)
{
	u64 min_bytes = filter ? filter->min_bytes : 0;
	struct nsfab_flow_info info;
	struct nsfab_flow *flow;
	int ret = 0;

	nsfab_flow_walk_start(walk);
	while (!ret && (flow = nsfab_flow_walk_next(walk))) {
		if (!nsfab_flow_match(flow, filter))
			continue;
		if (reset) {
			if (!nsfab_flow_read_reset(flow, min_bytes, &info))
				continue;
		} else {
			nsfab_flow_read(flow, &info);
			if (info.dir[0].bytes + info.dir[1].bytes < min_bytes)
				continue;
		}
		ret = fn(&info, arg);
	}
	nsfab_flow_walk_stop(walk);
	return ret;
}
