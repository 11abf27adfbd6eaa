/* SPDX-License-Identifier: GPL-2.0-only */
/* Links: what a way between ports does to packets, and bottlenecks, which
 * several ways share.
 */
#ifndef _NSFAB_LINK_H
#define _NSFAB_LINK_H

#include <linux/in6.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <uapi/linux/nsfab.h>

#include "chain.h"
#include "names.h"

struct nsfab_fabric;
struct nsfab_flow_key;
struct nsfab_port;
struct nsfab_tenant;

/* A rate's price of a byte is in nanoseconds, times 2 to the power of this. */
#define NSFAB_LINK_COST_SHIFT 20

/* Bytes of a trace's opportunity, as Mahimahi has it: 1500 of IP and 4 of its
 * device.
 */
#define NSFAB_LINK_OPPORTUNITY 1504

/**
 * struct nsfab_link_table - a distribution's quantiles
 * @ref: links' configurations that use it, and dumps that tell it
 * @n: how many, at least 2
 * @point: they, rising; 65536 is one jitter
 */
struct nsfab_link_table {
	refcount_t ref;
	u32 n;
	s32 point[] __counted_by(n);
};

/**
 * struct nsfab_link_nth - which packets of a flow are lost
 * @ref: links' configurations that use it
 * @n: how many
 * @nth: their numbers from 1, rising
 */
struct nsfab_link_nth {
	refcount_t ref;
	u32 n;
	u32 nth[] __counted_by(n);
};

/**
 * struct nsfab_link_trace - delivery opportunities
 * @ref: links' configurations that use it, and dumps that tell it
 * @period: milliseconds after which it begins again, at least the last one's
 * @n: how many
 * @ms: when each is, rising, not before the one before
 */
struct nsfab_link_trace {
	refcount_t ref;
	u32 period;
	u32 n;
	u32 ms[] __counted_by(n);
};

/**
 * struct nsfab_link_path - bottlenecks in the order in which they are crossed
 * @ref: links' configurations that use it, and packets in it
 * @rcu: frees it
 * @n: how many
 * @via: they, a reference each
 */
struct nsfab_link_path {
	refcount_t ref;
	struct rcu_head rcu;
	u32 n;
	struct nsfab_link *via[] __counted_by(n);
};

/**
 * struct nsfab_link_filter - packets that a link is for
 * @src: source addresses, with @src_plen
 * @dst: destination addresses, with @dst_plen
 * @src_plen: length of the prefix, of IPv4 as of the mapped address; 0 for all
 * @dst_plen: likewise
 * @sport: source port, with @has_sport
 * @dport: destination port, with @has_dport
 * @proto: IP protocol, with @has_proto
 * @has_sport: @sport counts
 * @has_dport: @dport counts
 * @has_proto: @proto counts
 */
struct nsfab_link_filter {
	struct in6_addr src;
	struct in6_addr dst;
	u8 src_plen;
	u8 dst_plen;
	__be16 sport;
	__be16 dport;
	u8 proto;
	bool has_sport;
	bool has_dport;
	bool has_proto;
};

/**
 * struct nsfab_link_conf - what a link does to packets, replaced whole
 * @rcu: frees it
 * @ref: one for the link that has it, one for each event that will set it
 * @delay: nanoseconds
 * @jitter: nanoseconds
 * @cost: nanoseconds of a byte, times 2^NSFAB_LINK_COST_SHIFT, 0 for no limit
 * @limit: nanoseconds that the queue may be long, made of the two below
 * @mark: nanoseconds of queue from which on packets are marked, 0 for never
 * @trace: delivery opportunities instead of a rate, or NULL, a reference
 * @path: bottlenecks behind it, or NULL, a reference
 * @flags: enum nsfab_link_flag, as bits
 * @loss_model: enum nsfab_link_loss_model
 * @overhead: enum nsfab_link_overhead
 * @filtered: @filter counts
 * @odd: @duplicate, @corrupt or @reorder is not 0
 * @key: of the draws, made of @seed and the link's ends
 * @dist: enum nsfab_link_dist
 * @loss: probabilities of the model, in units of 1 / (2^32 - 1)
 * @stationary: likelihood of the model's states, see nsfab_chain_stationary()
 * @duplicate: probability, likewise
 * @corrupt: probability, likewise
 * @reorder: probability, likewise
 * @table: with dist table, the distribution, a reference
 * @nth: with loss model nth, the numbers, a reference
 * @filter: packets that it is for
 * @rate: bits per second, 0 for no limit
 * @seed: as the user gave it
 * @queue_bytes: likewise
 * @queue_time: likewise
 * @ecn_bytes: likewise
 * @ecn_time: likewise
 *
 * A packet of a link that draws nothing reads the first cache line alone.
 */
struct nsfab_link_conf {
	/* Needed in fast-path */
	u64 delay;
	u64 jitter;
	u64 cost;
	u64 limit;
	u64 mark;
	struct nsfab_link_trace *trace;
	struct nsfab_link_path *path;
	u32 flags;
	u8 loss_model;
	u8 overhead;
	bool filtered;
	bool odd;

	/* Needed in fast-path of links that draw */
	siphash_key_t key;
	u8 dist;
	u32 loss[5];
	u32 stationary[NSFAB_CHAIN_STATES - 1];
	u32 duplicate;
	u32 corrupt;
	u32 reorder;
	struct nsfab_link_table *table;
	struct nsfab_link_nth *nth;
	struct nsfab_link_filter filter;

	/* Needed in slow-path */
	u64 rate;
	u64 seed;
	u64 queue_bytes;
	u64 queue_time;
	u64 ecn_bytes;
	u64 ecn_time;
	refcount_t ref;
	struct rcu_head rcu;
};

static_assert(offsetofend(struct nsfab_link_conf, odd) <= 64);

/**
 * struct nsfab_link_counters - what a link did, since the last reset
 * @packets: came in
 * @bytes: of these, as the rate counts them
 * @out_packets: left
 * @out_bytes: of these
 * @last: when the last packet came, ktime_get_ns()
 * @late_sum: sum of lateness in nanoseconds
 * @late_squares: sum of its squares; saturates
 * @late_max: largest
 * @late: histogram of lateness
 * @queueing: histogram of time in the queue, where @queueing[0] is what
 *	@propagation has more
 * @propagation: histogram of delay and jitter, as drawn
 * @first: when the first packet came, likewise
 * @lost: lost by the loss model
 * @queue_drops: found the queue full
 * @down_drops: came while the link was down
 * @held_drops: refused by the tenant's limit
 * @horizon_drops: would have been held for too long
 * @marked: marked as having met congestion
 * @duplicated: copies made
 * @corrupted: changed in one bit
 * @reordered: sent ahead
 * @segmented: segmented frames that were cut
 *
 * What nearly all packets count is in the first cache line, and in a bucket of
 * each histogram.
 */
struct nsfab_link_counters {
	/* Needed in fast-path */
	u64 packets;
	u64 bytes;
	u64 out_packets;
	u64 out_bytes;
	u64 last;
	u64 late_sum;
	u64 late_squares;
	u64 late_max;
	u64 late[NSFAB_LINK_HISTOGRAM];
	u64 queueing[NSFAB_LINK_HISTOGRAM];
	u64 propagation[NSFAB_LINK_HISTOGRAM];

	/* Needed in slow-path */
	u64 first;
	u64 lost;
	u64 queue_drops;
	u64 down_drops;
	u64 held_drops;
	u64 horizon_drops;
	u64 marked;
	u64 duplicated;
	u64 corrupted;
	u64 reordered;
	u64 segmented;
};

/* Slots for what a link remembers of flows */
#define NSFAB_LINK_MEMORY 256

/**
 * struct nsfab_link_state - where a flow is in the chain of a loss model
 * @flow: hash of the flow
 * @nth: number of a packet, 0 for none
 * @state: the chain's state at it
 */
struct nsfab_link_state {
	u32 flow;
	u32 nth;
	u8 state;
};

/**
 * struct nsfab_link_memory - what a link remembers of flows, by their hash
 * @due: when the last packet is due, ktime_get_ns(), so that jitter keeps their
 *	order; flows that share a slot keep it together
 * @state: a cache: what is not in it is worked out
 */
struct nsfab_link_memory {
	u64 due[NSFAB_LINK_MEMORY];
	struct nsfab_link_state state[NSFAB_LINK_MEMORY];
};

/**
 * struct nsfab_link - a link
 * @conf: what it does; written under @lock
 * @next: the link of the same ends with the next higher scope
 * @tenant: its tenant, which it holds a reference of
 * @from: the port whose frames it is for, or NULL; not valid once @dead
 * @to: the port that they go to, likewise
 * @memory: what it remembers of flows, NULL if it need not
 * @dead: unlinked
 * @overhead: as @conf has it
 * @lock: the state below, what @memory points to, the counters
 * @free_frac: 2^-NSFAB_LINK_COST_SHIFT nanoseconds beside @free_at
 * @free_at: when the sender has sent all that is queued, ktime_get_ns()
 * @held: packets held now, on the wire
 * @held_bytes: of these
 * @held_skbs: how many skbs that is
 * @trace_left: bytes left of the delivery opportunity before @trace_at
 * @trace_base: when its trace began
 * @trace_at: number of the next delivery opportunity, over all periods
 * @unreferenced: @ref is 0: the last packet that it lets go frees it
 * @ctr: counters
 * @id: id
 * @scope: scope
 * @n_paths: links whose path crosses it, and events that give one such a path
 * @n_events: events of the schedule that change it, under the fabric's lock
 * @revision: of the last write
 * @name: of a bottleneck
 * @tenant_node: in its tenant's list, under the fabric's lock
 * @from_node: in @from's list, likewise
 * @to_node: in @to's list, likewise
 * @ref: one while linked, one for each path and event; what it holds keeps it
 *	as well, without one
 * @rcu: drops the reference that being linked is
 */
struct nsfab_link {
	/* Needed in fast-path, read */
	struct nsfab_link_conf __rcu *conf;
	struct nsfab_link __rcu *next;
	struct nsfab_tenant *tenant;
	struct nsfab_port *from;
	struct nsfab_port *to;
	struct nsfab_link_memory *memory;
	bool dead;
	u8 overhead;

	/* Needed in fast-path, written */
	spinlock_t lock ____cacheline_aligned; /* see DOC: Locking */
	u32 free_frac;
	u64 free_at;
	u64 held;
	u64 held_bytes;
	u32 held_skbs;
	u32 trace_left;
	u64 trace_base;
	u64 trace_at;
	bool unreferenced;
	struct nsfab_link_counters ctr ____cacheline_aligned;

	/* Needed in slow-path */
	u32 id;
	u32 scope;
	atomic_t n_paths;
	u32 n_events;
	u64 revision;
	struct nsfab_name name;
	struct list_head tenant_node;
	struct list_head from_node;
	struct list_head to_node;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct nsfab_link_pair - the links from one port to another one
 * @node: in struct nsfab_tenant.pairs
 * @ends: key: id of the port it is from, in the upper half, and to
 * @first: the link of the lowest scope
 * @rcu: frees it
 */
struct nsfab_link_pair {
	struct rhash_head node;
	u64 ends;
	struct nsfab_link __rcu *first;
	struct rcu_head rcu;
};

static inline bool nsfab_link_is_bottleneck(const struct nsfab_link *link)
{
	return !link->from && !link->to;
}

/* Bucket of a histogram: 0 for 0, else one more than the highest bit */
static inline u32 nsfab_link_bucket(u64 ns)
{
	return min_t(u32, fls64(ns), NSFAB_LINK_HISTOGRAM - 1);
}

/* Does its loss model have states, which depend on the packets before? */
static inline bool
nsfab_link_conf_has_chain(const struct nsfab_link_conf *conf)
{
	return conf->loss_model == NSFAB_LINK_LOSS_MODEL_GILBERT ||
	       conf->loss_model == NSFAB_LINK_LOSS_MODEL_MARKOV;
}

/* Configurations: link_conf.c */
struct nsfab_link_conf *
nsfab_link_conf_alloc(const struct nsfab_link_conf *from);
struct nsfab_link_conf *nsfab_link_conf_get(struct nsfab_link *link);
void nsfab_link_conf_put(struct nsfab_link_conf *conf);
void nsfab_link_conf_finish(struct nsfab_link_conf *conf,
			    const struct nsfab_link *link);
void nsfab_link_table_put(struct nsfab_link_table *table);
void nsfab_link_trace_put(struct nsfab_link_trace *trace);
void nsfab_link_path_put(struct nsfab_link_path *path);

/* Life; the fabric's lock is held */
struct nsfab_link *nsfab_link_alloc(struct nsfab_tenant *tenant);
int nsfab_link_link(struct nsfab_link *link);
void nsfab_link_unlink(struct nsfab_link *link);
void nsfab_link_unlink_port(struct nsfab_port *port);
void nsfab_link_unlink_all(struct nsfab_tenant *tenant);
void nsfab_link_free(struct nsfab_link *link);
void nsfab_link_count_path(const struct nsfab_link_conf *conf, int by);
void nsfab_link_put(struct nsfab_link *link);
void nsfab_link_free_later(struct nsfab_link *link);
struct nsfab_link *nsfab_link_find(struct nsfab_tenant *tenant, u32 from,
				   u32 to, u32 scope);
struct nsfab_link *nsfab_link_find_name(struct nsfab_tenant *tenant,
					const char *name);
int nsfab_link_set_conf(struct nsfab_link *link, struct nsfab_link_conf *conf);
int nsfab_link_prepare(struct nsfab_link *link,
		       const struct nsfab_link_conf *conf);
void nsfab_link_swap_conf(struct nsfab_link *link,
			  struct nsfab_link_conf *conf);

/* Its packets; @lock is held */
void nsfab_link_count_out(struct nsfab_link_counters *ctr, u32 packets,
			  u32 bytes, u64 late);
void nsfab_link_hold(struct nsfab_link *link, u32 packets, u32 bytes);
bool nsfab_link_let_go(struct nsfab_link *link, u32 packets, u32 bytes);

/* Reading, any context */
void nsfab_link_read(struct nsfab_link *link, bool reset,
		     struct nsfab_link_counters *ctr, u64 *held,
		     u64 *held_bytes);

/* The packet's way, in an RCU read section */
struct nsfab_link *nsfab_link_of_pair(struct nsfab_tenant *tenant, u32 from,
				      u32 to);
struct nsfab_link *nsfab_link_choose(struct nsfab_link *first,
				     const struct nsfab_flow_key *key);

int nsfab_link_pairs_init(struct rhashtable *pairs);

#endif /* _NSFAB_LINK_H */
