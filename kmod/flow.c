// SPDX-License-Identifier: GPL-2.0-only
/* Flows: a tenant's table of conversations, in which each packet is counted.
 *
 * A packet finds its flow without a lock and counts by plain additions that no
 * other CPU makes: see struct nsfab_flow for who writes where. Flows are made
 * by their first packet, and end when they age out or are flushed.
 *
 * What a flow counted never gets lost: when it left the table and no packet can
 * hold it any more, its RCU callback moves its figures to the tenant's
 * NSFAB_FLOW_MISS_REMOVED, and only then gives back its place in max_flows. So
 * once that limit's count is 0, no callback will touch the tenant: that is what
 * nsfab_flow_table_free() waits for, and why a flow holds no reference of it.
 */

#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/siphash.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "addr.h"
#include "cb.h"
#include "flow_entry.h"
#include "tenant.h"

/* What packets make the module allocate: no reserves are touched, and the
 * tenant's memory control group may refuse.
 */
#define GFP_PACKET (GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT)

/* Seconds without a packet after which a closed TCP connection ages out. */
#define CLOSED_TIMEOUT 10

/* Ports are noted, and memory is asked for, anew after so many jiffies, as a
 * power of 2: at most 2 s.
 */
#define RENEW_SHIFT (ilog2(HZ) + 1)

/**
 * struct lookup - what a flow is found by; the ends are in canonical order
 * @ends: as struct nsfab_flow.ends
 * @port: layer 4 ports
 * @proto: IP protocol
 * @v6: @addr counts
 * @swapped: the packet came from end 1
 * @addr: IPv6 addresses
 */
struct lookup {
	u64 ends;
	__be16 port[2];
	u8 proto;
	bool v6;
	bool swapped;
	struct in6_addr addr[2];
};

static struct kmem_cache *cache;
static siphash_aligned_key_t ends_key;
static nsfab_flow_ended_fn ended;

static void make_key(struct lookup *key, const struct nsfab_flow_key *from)
{
	u32 src, dst;

	key->v6 = !nsfab_addr_is_v4(&from->src);
	key->proto = from->proto;
	if (key->v6) {
		int order = ipv6_addr_cmp(&from->src, &from->dst);

		key->swapped = order ? order > 0 :
			       (__force u16)from->sport >
			       (__force u16)from->dport;
		key->addr[key->swapped] = from->src;
		key->addr[!key->swapped] = from->dst;
		key->ends = siphash(key->addr, sizeof(key->addr), &ends_key);
	} else {
		src = (__force u32)nsfab_addr_v4(&from->src);
		dst = (__force u32)nsfab_addr_v4(&from->dst);
		key->swapped = src != dst ? src > dst :
			       (__force u16)from->sport >
			       (__force u16)from->dport;
		key->ends = key->swapped ? (u64)dst << 32 | src :
					   (u64)src << 32 | dst;
	}
	key->port[key->swapped] = from->sport;
	key->port[!key->swapped] = from->dport;
}

static u32 hash(u64 ends, const __be16 *port, u8 proto, bool v6, u32 seed)
{
	u32 ports = (__force u32)port[0] << 16 | (__force u32)port[1];

	return jhash_3words(ends, ends >> 32, ports,
			    seed ^ ((u32)proto << 1 | v6));
}

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct lookup *key = data;

	return hash(key->ends, key->port, key->proto, key->v6, seed);
}

static u32 hash_obj(const void *data, u32 len, u32 seed)
{
	const struct nsfab_flow *flow = data;

	return hash(flow->ends, flow->port, flow->proto, flow->v6, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nsfab_flow *flow = obj;
	const struct lookup *key = arg->key;

	if (flow->ends != key->ends || flow->port[0] != key->port[0] ||
	    flow->port[1] != key->port[1] || flow->proto != key->proto ||
	    flow->v6 != key->v6)
		return 1;
	return key->v6 && memcmp(flow->addr, key->addr, sizeof(key->addr));
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nsfab_flow, node),
	.hashfn = hash_key,
	.obj_hashfn = hash_obj,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/**
 * nsfab_flow_table_init() - make a tenant's table, empty
 * @tenant: the tenant
 *
 * Return: 0 or -errno
 */
int nsfab_flow_table_init(struct nsfab_tenant *tenant)
{
	return rhashtable_init(&tenant->flows, &params);
}

/* A flow that no packet and no reader can hold. */
static void flow_free(struct nsfab_flow *flow)
{
	free_percpu(flow->cpus);
	kfree(flow->rich);
	kmem_cache_free(cache, flow);
}

/* The end of a flow that was in the table; the tenant may be gone behind it. */
static void bury(struct nsfab_flow *flow, bool tell)
{
	nsfab_flow_ended_fn fn = tell ? READ_ONCE(ended) : NULL;
	struct nsfab_tenant *tenant = flow->tenant;
	struct nsfab_flow_info info;
	int dir;

	nsfab_flow_read(flow, &info);
	for (dir = 0; dir < 2; dir++)
		nsfab_stats_miss(tenant->stats, NSFAB_FLOW_MISS_REMOVED,
				 info.dir[dir].packets, info.dir[dir].bytes);
	if (fn)
		fn(tenant, &info);
	flow_free(flow);
	/* Pairs with the barrier in nsfab_flow_table_free(). */
	smp_mb__before_atomic();
	nsfab_limit_give(&tenant->max_flows);
}

static void bury_rcu(struct rcu_head *rcu)
{
	bury(container_of(rcu, struct nsfab_flow, rcu), true);
}

static void bury_last(void *obj, void *arg)
{
	local_bh_disable();
	bury(obj, false);
	local_bh_enable();
}

static bool remove(struct nsfab_flow *flow)
{
	if (rhashtable_remove_fast(&flow->tenant->flows, &flow->node, params))
		return false;
	call_rcu(&flow->rcu, bury_rcu);
	return true;
}

/**
 * nsfab_flow_table_free() - free a tenant's table with all flows
 * @tenant: the tenant, which since a grace period no packet and no reader can
 *	reach
 *
 * The tenant's counters hold what the flows counted afterwards. Nobody is told
 * of the end of these flows.
 *
 * Context: process, may sleep for a grace period.
 */
void nsfab_flow_table_free(struct nsfab_tenant *tenant)
{
	rhashtable_free_and_destroy(&tenant->flows, bury_last, NULL);
	/* Those that aged out or were flushed a moment ago */
	if (atomic_read(&tenant->max_flows.count))
		rcu_barrier();
	/* Pairs with the barrier in bury(). */
	smp_mb();
}

static struct nsfab_flow_rich *rich_alloc(void)
{
	struct nsfab_flow_rich *rich;

	rich = kzalloc(sizeof(*rich), GFP_PACKET);
	if (rich)
		spin_lock_init(&rich->lock);
	return rich;
}

static struct nsfab_flow *flow_alloc(struct nsfab_tenant *tenant,
				     const struct lookup *key, u8 tcp_flags)
{
	struct mem_cgroup *old = set_active_memcg(tenant->memcg);
	struct nsfab_flow *flow;
	u32 state = 0;

	flow = kmem_cache_zalloc(cache, GFP_PACKET);
	/* Without memory for rich figures it is counted all the same. */
	if (flow && READ_ONCE(tenant->accounting) == NSFAB_ACCOUNTING_RICH)
		flow->rich = rich_alloc();
	set_active_memcg(old);
	if (!flow)
		return NULL;

	flow->ends = key->ends;
	flow->port[0] = key->port[0];
	flow->port[1] = key->port[1];
	flow->proto = key->proto;
	flow->v6 = key->v6;
	if (key->v6)
		memcpy(flow->addr, key->addr, sizeof(flow->addr));
	flow->home = smp_processor_id();
	flow->away = -1;
	flow->tenant = tenant;
	flow->first = ktime_get_real_ns();
	flow->first_stamp = jiffies;
	flow->stamp = flow->first_stamp;
	if (key->swapped)
		state |= NSFAB_FLOW_SWAPPED;
	if (flow->rich)
		state |= NSFAB_FLOW_RICH;
	if ((tcp_flags & (TCPHDR_SYN | TCPHDR_ACK)) != TCPHDR_SYN)
		state |= NSFAB_FLOW_SHAKEN;
	atomic_set(&flow->state, state);
	return flow;
}

/* The flow of a key that was not found: a new one, or another CPU's that was
 * faster. An error is -ENOSPC or -ENOMEM.
 */
static struct nsfab_flow *make(struct nsfab_tenant *tenant,
			       const struct lookup *key, u8 tcp_flags)
{
	struct nsfab_flow *flow, *other;

	if (!nsfab_limit_take(&tenant->max_flows))
		return ERR_PTR(-ENOSPC);
	flow = flow_alloc(tenant, key, tcp_flags);
	if (!flow) {
		nsfab_limit_fail(&tenant->max_flows);
		return ERR_PTR(-ENOMEM);
	}
	other = rhashtable_lookup_get_insert_key(&tenant->flows, key,
						 &flow->node, params);
	if (!other)
		return flow;
	flow_free(flow);
	if (!IS_ERR(other)) {
		nsfab_limit_give(&tenant->max_flows);
		return other;
	}
	/* The table itself could not grow. */
	nsfab_limit_fail(&tenant->max_flows);
	return ERR_PTR(-ENOMEM);
}

/* Memory for a third CPU, which comes along rarely. */
static struct nsfab_flow_cpu __percpu *spread(struct nsfab_flow *flow)
{
	struct nsfab_flow_cpu __percpu *cpus, *other;
	struct mem_cgroup *old;

	if (atomic_read(&flow->state) & NSFAB_FLOW_REFUSED)
		return NULL;
	old = set_active_memcg(flow->tenant->memcg);
	cpus = alloc_percpu_gfp(struct nsfab_flow_cpu, GFP_PACKET);
	set_active_memcg(old);
	if (!cpus) {
		atomic_or(NSFAB_FLOW_REFUSED, &flow->state);
		return NULL;
	}
	other = cmpxchg(&flow->cpus, NULL, cpus);
	if (!other)
		return cpus;
	free_percpu(cpus);
	return other;
}

static void count_away(struct nsfab_flow *flow, u8 dir, u32 packets, u32 bytes)
{
	int cpu = smp_processor_id(), away = READ_ONCE(flow->away);
	struct nsfab_flow_cpu __percpu *cpus;

	if (away < 0) {
		atomic_or(NSFAB_FLOW_SPREAD, &flow->state);
		away = cmpxchg(&flow->away, -1, cpu);
		if (away < 0)
			away = cpu;
	}
	if (away == cpu) {
		nsfab_pair_add(&flow->second[dir], packets, bytes);
		return;
	}
	cpus = READ_ONCE(flow->cpus) ?: spread(flow);
	if (cpus) {
		nsfab_pair_add(&this_cpu_ptr(cpus)->dir[dir], packets, bytes);
	} else {
		atomic64_add(packets, &flow->more_packets[dir]);
		atomic64_add(bytes, &flow->more_bytes[dir]);
	}
}

/* Data of a segmented frame, which is a row of equal packets and a last one */
static void count_rich(struct nsfab_flow_moments *m, const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u64 size = cb->bytes, last = cb->bytes, others = cb->packets - 1, gap;
	u64 now = ktime_to_us(ktime_get());

	if (others) {
		size = skb_is_gso(skb) ? (cb->bytes - skb->len) / others +
					 skb_shinfo(skb)->gso_size :
					 cb->bytes / cb->packets;
		last = cb->bytes - others * size;
	}
	m->size_squares += others * size * size + last * last;
	if (!m->size_max || m->size_min > min(size, last))
		m->size_min = min(size, last);
	if (m->size_max < max(size, last))
		m->size_max = max(size, last);
	if (m->last) {
		gap = now > m->last ? now - m->last : 0;
		m->gap_sum += gap;
		m->gap_squares += gap * gap;
	}
	if (m->last < now)
		m->last = now;
}

/* What else the packet changes in the first cache line: mostly nothing. */
static void touch(struct nsfab_flow *flow, u8 dir)
{
	u32 now = jiffies, last = READ_ONCE(flow->stamp), state;

	if (now != last) {
		WRITE_ONCE(flow->stamp, now);
		if ((now ^ last) >> RENEW_SHIFT)
			atomic_andnot(NSFAB_FLOW_SEEN(0) | NSFAB_FLOW_SEEN(1) |
				      NSFAB_FLOW_REFUSED, &flow->state);
	}
	state = atomic_read(&flow->state);
	if (!(state & NSFAB_FLOW_SEEN(dir)))
		atomic_or(NSFAB_FLOW_SEEN(dir) | NSFAB_FLOW_FRESH,
			  &flow->state);
	else if (state & NSFAB_FLOW_FRESH)
		atomic_andnot(NSFAB_FLOW_FRESH, &flow->state);
}

/* All packets of a connection but the first and last few only read here. */
static void note_tcp(struct nsfab_flow *flow, u8 dir, u8 flags)
{
	u32 answer = NSFAB_FLOW_TCP(1, TCPHDR_SYN | TCPHDR_ACK);
	u32 seen = NSFAB_FLOW_TCP(dir, flags);
	u32 state = atomic_read(&flow->state);

	if ((state & seen) != seen)
		state = atomic_fetch_or(seen, &flow->state);
	if (state & NSFAB_FLOW_SHAKEN)
		return;
	if (flags & TCPHDR_RST) {
		atomic_or(NSFAB_FLOW_SHAKEN, &flow->state);
	} else if (dir) {
		return;
	} else if (flags & TCPHDR_SYN) {
		if (!(state & NSFAB_FLOW_TCP(1, TCPHDR_SYN)))
			WRITE_ONCE(flow->handshake, ktime_get_ns());
	} else if (flags & TCPHDR_ACK && (state & answer) == answer) {
		if (atomic_fetch_or(NSFAB_FLOW_SHAKEN, &flow->state) &
		    NSFAB_FLOW_SHAKEN)
			return;
		WRITE_ONCE(flow->handshake, ktime_get_ns() - flow->handshake);
		/* Pairs with atomic_read_acquire() in flow_read.c. */
		smp_mb__before_atomic();
		atomic_or(NSFAB_FLOW_RTT, &flow->state);
	}
}

/**
 * nsfab_flow_count() - count a packet in its flow, which it makes if need be
 * @tenant: its tenant
 * @skb: the parsed frame, data at the MAC header; its cb's flow and dir are set
 * @key: its 5-tuple
 * @tcp_flags: its TCP flags, 0 where there are none
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: whether it is counted; if not, the cb's flow is NULL
 */
enum nsfab_flow_verdict nsfab_flow_count(struct nsfab_tenant *tenant,
					 struct sk_buff *skb,
					 const struct nsfab_flow_key *key,
					 u8 tcp_flags)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_flow *flow;
	struct lookup k;
	u32 state;
	u8 dir;

	make_key(&k, key);
	flow = rhashtable_lookup(&tenant->flows, &k, params);
	if (unlikely(!flow)) {
		flow = make(tenant, &k, tcp_flags);
		if (IS_ERR(flow)) {
			cb->flow = NULL;
			return PTR_ERR(flow) == -ENOSPC ? NSFAB_FLOW_FULL :
							  NSFAB_FLOW_NO_MEMORY;
		}
	}
	state = atomic_read(&flow->state);
	dir = k.swapped != !!(state & NSFAB_FLOW_SWAPPED);
	cb->flow = flow;
	cb->dir = dir;

	if (likely(flow->home == smp_processor_id()))
		nsfab_pair_add(&flow->own[dir], cb->packets, cb->bytes);
	else
		count_away(flow, dir, cb->packets, cb->bytes);
	touch(flow, dir);
	if (tcp_flags)
		note_tcp(flow, dir, tcp_flags);
	if (state & NSFAB_FLOW_RICH) {
		spin_lock(&flow->rich->lock);
		count_rich(&flow->rich->dir[dir], skb);
		spin_unlock(&flow->rich->lock);
	}
	return NSFAB_FLOW_COUNTED;
}

/**
 * nsfab_flow_number() - how many packets a flow has had
 * @flow: the flow
 * @dir: the direction
 *
 * Resets do not change it. It is exact where, as a rule, one sender's packets
 * come one after the other, on whichever CPUs.
 *
 * Context: in an RCU read section.
 * Return: packets on the wire in this direction since the flow began
 */
u32 nsfab_flow_number(const struct nsfab_flow *flow, u8 dir)
{
	u64 packets = u64_stats_read(&flow->own[dir].packets);
	struct nsfab_flow_cpu __percpu *cpus;
	int cpu;

	if (!(atomic_read(&flow->state) & NSFAB_FLOW_SPREAD))
		return packets;
	cpus = READ_ONCE(flow->cpus);
	if (READ_ONCE(flow->away) >= 0)
		packets += u64_stats_read(&flow->second[dir].packets);
	if (cpus)
		for_each_possible_cpu(cpu)
			packets += u64_stats_read(&per_cpu_ptr(cpus, cpu)->
						  dir[dir].packets);
	return packets;
}

/**
 * nsfab_flow_find() - the flow of a packet that was counted before
 * @tenant: its tenant
 * @key: its 5-tuple
 * @dir: set to its direction
 *
 * Context: in an RCU read section.
 * Return: the flow, or NULL
 */
struct nsfab_flow *nsfab_flow_find(struct nsfab_tenant *tenant,
				   const struct nsfab_flow_key *key, u8 *dir)
{
	struct nsfab_flow *flow;
	struct lookup k;

	make_key(&k, key);
	flow = rhashtable_lookup(&tenant->flows, &k, params);
	if (flow)
		*dir = k.swapped != !!(atomic_read(&flow->state) &
				       NSFAB_FLOW_SWAPPED);
	return flow;
}

/**
 * nsfab_flow_drop() - note that a counted packet was dropped
 * @flow: its flow
 * @dir: its direction
 * @packets: packets on the wire
 * @reason: why
 *
 * Context: in the RCU read section in which it was counted.
 */
void nsfab_flow_drop(struct nsfab_flow *flow, u8 dir, u32 packets,
		     enum nsfab_drop_reason reason)
{
	atomic64_add(packets, &flow->drops[dir]);
	WRITE_ONCE(flow->drop_reason[dir], reason);
}

/**
 * nsfab_flow_is_new() - are the ports of this packet's flow to be noted?
 * @flow: the flow in which the packet was counted
 *
 * Return: true for a direction's first packet, and again every other second, so
 * that a flow follows an end that moves
 */
bool nsfab_flow_is_new(const struct nsfab_flow *flow)
{
	return atomic_read(&flow->state) & NSFAB_FLOW_FRESH;
}

/**
 * nsfab_flow_set_end() - note the port of an end
 * @flow: the flow
 * @end: 0 where its first packet came from, 1 where that went to
 * @port: id of the port
 */
void nsfab_flow_set_end(struct nsfab_flow *flow, u8 end, u32 port)
{
	WRITE_ONCE(flow->port_id[end], port);
}

static bool is_closed(u32 state)
{
	u32 back = state >> 8;

	return (state | back) & TCPHDR_RST || state & back & TCPHDR_FIN;
}

/**
 * nsfab_flow_age() - remove the flows that had no packet for too long
 * @tenant: the tenant, a reference
 *
 * Context: process.
 */
void nsfab_flow_age(struct nsfab_tenant *tenant)
{
	u32 timeout = min_t(u32, READ_ONCE(tenant->flow_timeout),
			    NSFAB_FLOW_TIMEOUT_MAX);
	struct nsfab_flow_walk walk;
	struct nsfab_flow *flow;
	u32 seconds;

	nsfab_flow_walk_enter(&walk, tenant);
	nsfab_flow_walk_start(&walk);
	while ((flow = nsfab_flow_walk_next(&walk))) {
		seconds = timeout;
		if (is_closed(atomic_read(&flow->state)))
			seconds = min_t(u32, timeout, CLOSED_TIMEOUT);
		if (nsfab_flow_idle(flow) / HZ >= seconds)
			remove(flow);
	}
	nsfab_flow_walk_stop(&walk);
	nsfab_flow_walk_exit(&walk);
}

static bool has_bytes(const struct nsfab_flow *flow, u64 min_bytes)
{
	struct nsfab_flow_info info;

	if (!min_bytes)
		return true;
	nsfab_flow_read(flow, &info);
	return info.dir[0].bytes + info.dir[1].bytes >= min_bytes;
}

/**
 * nsfab_flow_flush() - remove flows
 * @tenant: the tenant, a reference
 * @filter: which, NULL for all
 *
 * Flows that packets make meanwhile may stay.
 *
 * Context: process.
 * Return: how many were removed
 */
u64 nsfab_flow_flush(struct nsfab_tenant *tenant,
		     const struct nsfab_flow_filter *filter)
{
	struct nsfab_flow_walk walk;
	struct nsfab_flow *flow;
	u64 n = 0;

	nsfab_flow_walk_enter(&walk, tenant);
	nsfab_flow_walk_start(&walk);
	while ((flow = nsfab_flow_walk_next(&walk)))
		if (nsfab_flow_match(flow, filter) &&
		    has_bytes(flow, filter ? filter->min_bytes : 0) &&
		    remove(flow))
			n++;
	nsfab_flow_walk_stop(&walk);
	nsfab_flow_walk_exit(&walk);
	return n;
}

/**
 * nsfab_flow_on_end() - say who is told of flows that aged out or were flushed
 * @fn: is told, NULL for nobody; after a change the one before may still be
 *	told until rcu_barrier() has returned
 */
void nsfab_flow_on_end(nsfab_flow_ended_fn fn)
{
	WRITE_ONCE(ended, fn);
}

/**
 * nsfab_flow_init() - make the cache of entries
 *
 * Return: 0 or -ENOMEM
 */
int nsfab_flow_init(void)
{
	BUILD_BUG_ON(offsetof(struct nsfab_flow, addr) != 64);
	BUILD_BUG_ON(offsetof(struct nsfab_flow, second) != 128);
	BUILD_BUG_ON(sizeof(struct nsfab_flow) != 256);
	BUILD_BUG_ON(CONFIG_NR_CPUS > U16_MAX);

	get_random_bytes(&ends_key, sizeof(ends_key));
	cache = kmem_cache_create("nsfab_flow", sizeof(struct nsfab_flow), 64,
				  SLAB_ACCOUNT, NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * nsfab_flow_exit() - free the cache of entries
 *
 * No tenant is left.
 */
void nsfab_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(cache);
}

#ifdef CONFIG_NSFAB_DEBUG
#include "selftest/flow.c"
#endif
