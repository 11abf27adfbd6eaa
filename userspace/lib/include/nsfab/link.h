/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: links, what a way between ports does to packets, and bottlenecks,
 * which several ways share.
 *
 * Times are nanoseconds, rates bits per second, probabilities in units of
 * 1 / (2^32 - 1).
 */
#ifndef NSFAB_LINK_H
#define NSFAB_LINK_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct nsfab_link.present */
#define NSFAB_LINK_HAS_ID		(1u << 0)
#define NSFAB_LINK_HAS_NAME		(1u << 1)
#define NSFAB_LINK_HAS_TENANT		(1u << 2)
#define NSFAB_LINK_HAS_FROM		(1u << 3)
#define NSFAB_LINK_HAS_TO		(1u << 4)
#define NSFAB_LINK_HAS_SCOPE		(1u << 5)
#define NSFAB_LINK_HAS_FILTER		(1u << 6)
#define NSFAB_LINK_HAS_REVISION		(1u << 7)
#define NSFAB_LINK_HAS_FLAGS		(1u << 8)
#define NSFAB_LINK_HAS_DELAY		(1u << 9)
#define NSFAB_LINK_HAS_JITTER		(1u << 10)
#define NSFAB_LINK_HAS_DIST		(1u << 11)
#define NSFAB_LINK_HAS_TABLE		(1u << 12)
#define NSFAB_LINK_HAS_LOSS		(1u << 13)
#define NSFAB_LINK_HAS_DUPLICATE	(1u << 14)
#define NSFAB_LINK_HAS_CORRUPT		(1u << 15)
#define NSFAB_LINK_HAS_REORDER		(1u << 16)
#define NSFAB_LINK_HAS_RATE		(1u << 17)
#define NSFAB_LINK_HAS_OVERHEAD		(1u << 18)
#define NSFAB_LINK_HAS_QUEUE		(1u << 19)
#define NSFAB_LINK_HAS_ECN		(1u << 20)
#define NSFAB_LINK_HAS_SEED		(1u << 21)
#define NSFAB_LINK_HAS_PATH		(1u << 22)
#define NSFAB_LINK_HAS_TRACE		(1u << 23)
#define NSFAB_LINK_HAS_COUNTERS		(1u << 24)
#define NSFAB_LINK_HAS_QUEUE_LIMIT	(1u << 25)

/* What an event of a schedule may change */
#define NSFAB_LINK_MAY_EVENT \
	(NSFAB_LINK_HAS_FLAGS | NSFAB_LINK_HAS_DELAY | NSFAB_LINK_HAS_JITTER | \
	 NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE | NSFAB_LINK_HAS_LOSS | \
	 NSFAB_LINK_HAS_DUPLICATE | NSFAB_LINK_HAS_CORRUPT | \
	 NSFAB_LINK_HAS_REORDER | NSFAB_LINK_HAS_RATE | \
	 NSFAB_LINK_HAS_OVERHEAD | NSFAB_LINK_HAS_QUEUE | \
	 NSFAB_LINK_HAS_ECN | NSFAB_LINK_HAS_SEED)

/* Most probabilities that a loss model has */
#define NSFAB_LINK_LOSS_MAX 5

/* struct nsfab_link_filter.present */
#define NSFAB_LINK_FILTER_HAS_SRC	(1u << 0)
#define NSFAB_LINK_FILTER_HAS_DST	(1u << 1)
#define NSFAB_LINK_FILTER_HAS_PROTO	(1u << 2)
#define NSFAB_LINK_FILTER_HAS_SPORT	(1u << 3)
#define NSFAB_LINK_FILTER_HAS_DPORT	(1u << 4)

/**
 * struct nsfab_link_filter - packets that a link is for; all given ones hold
 * @present: NSFAB_LINK_FILTER_HAS_*, 0 for all packets
 * @src: source addresses
 * @dst: destination addresses
 * @proto: IP protocol
 * @sport: source port, host order
 * @dport: destination port, host order
 */
struct nsfab_link_filter {
	uint32_t present;
	struct nsfab_prefix src;
	struct nsfab_prefix dst;
	uint8_t proto;
	uint16_t sport;
	uint16_t dport;
};

/**
 * struct nsfab_link_counters - what a link did since the last reset
 * @packets: came in, on the wire
 * @bytes: of these, as the rate counts them
 * @out_packets: left
 * @out_bytes: of these
 * @lost: lost by the loss model
 * @queue_drops: found the queue full
 * @down_drops: came while the link was down
 * @held_drops: refused by the tenant's limit of held packets
 * @horizon_drops: would have been held for too long
 * @marked: marked as having met congestion
 * @duplicated: copies made
 * @corrupted: changed in one bit
 * @reordered: sent ahead of others
 * @segmented: segmented frames that were cut
 * @held: held now, not since the reset
 * @held_bytes: of these
 * @first: when the first packet came, on the monotonic clock, 0 for never
 * @last: when the last one came
 * @late_sum: sum of lateness, how much later than intended packets left
 * @late_squares: sum of its squares
 * @late_max: largest lateness
 * @late: histogram of lateness, see nsfab_link_bucket()
 * @queueing: histogram of the time in the queue
 * @propagation: histogram of delay and jitter, as drawn
 */
struct nsfab_link_counters {
	uint64_t packets;
	uint64_t bytes;
	uint64_t out_packets;
	uint64_t out_bytes;
	uint64_t lost;
	uint64_t queue_drops;
	uint64_t down_drops;
	uint64_t held_drops;
	uint64_t horizon_drops;
	uint64_t marked;
	uint64_t duplicated;
	uint64_t corrupted;
	uint64_t reordered;
	uint64_t segmented;
	uint64_t held;
	uint64_t held_bytes;
	uint64_t first;
	uint64_t last;
	uint64_t late_sum;
	uint64_t late_squares;
	uint64_t late_max;
	uint64_t late[NSFAB_LINK_HISTOGRAM];
	uint64_t queueing[NSFAB_LINK_HISTOGRAM];
	uint64_t propagation[NSFAB_LINK_HISTOGRAM];
};

/**
 * struct nsfab_link - a link; with neither @from nor @to a bottleneck
 * @present: NSFAB_LINK_HAS_*, which members are given
 * @id: unique in the fabric; the kernel chooses when left out of a new one
 * @name: of a bottleneck, unique in the tenant
 * @tenant: id of its tenant; needed for a new bottleneck, and beside @name
 * @from: id of the port whose frames it is for, any when left out
 * @to: id of the port that they go to, any when left out
 * @scope: of links with the same ends, the lowest one whose @filter fits a
 *	packet has it
 * @filter: packets that it is for; with HAS_FILTER and nothing present in it,
 *	a set makes it be for all
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @flags: bits of enum nsfab_link_flag
 * @delay: nanoseconds
 * @jitter: nanoseconds
 * @dist: enum nsfab_link_dist
 * @table: with dist table, quantiles at equal distances, rising; 65536 is one
 *	jitter
 * @n_table: number of them, 2 to NSFAB_LINK_TABLE_MAX; only
 *	nsfab_link_dump_points() tells of any
 * @loss_model: enum nsfab_link_loss_model, with HAS_LOSS
 * @loss: its probabilities, as many as nsfab_link_loss_count() says
 * @nth: with model nth, numbers of the packets that each flow loses, from 1,
 *	rising
 * @n_nth: number of them, 1 to NSFAB_LINK_NTH_MAX
 * @duplicate: probability
 * @corrupt: probability
 * @reorder: probability
 * @rate: bits per second, 0 for no limit
 * @overhead: enum nsfab_link_overhead
 * @queue_bytes: limit of the queue, with HAS_QUEUE; this, or @queue_time, or
 *	with neither the kernel chooses
 * @queue_time: likewise in nanoseconds
 * @ecn_bytes: length of the queue from which on packets are marked, with
 *	HAS_ECN; this, or @ecn_time, or never
 * @ecn_time: likewise in nanoseconds
 * @seed: of all draws
 * @path: ids of the bottlenecks behind it, in order; with HAS_PATH and @n_path
 *	0, a set removes all
 * @n_path: number of them
 * @trace: delivery opportunities instead of a rate, milliseconds from the
 *	begin, rising; with HAS_TRACE and @n_trace 0, a set removes it. NULL
 *	when read by other than nsfab_link_dump_points(): then the number alone
 *	is told.
 * @n_trace: number of them; a long trace is written in several messages
 * @trace_period: milliseconds after which the trace begins again
 * @counters: read only
 * @queue_limit: read only, nanoseconds: the limit of the queue in effect
 *
 * Pointers: as in struct nsfab_tenant.
 */
struct nsfab_link {
	uint32_t present;
	uint32_t id;
	const char *name;
	uint32_t tenant;
	uint32_t from;
	uint32_t to;
	uint32_t scope;
	struct nsfab_link_filter filter;
	uint64_t revision;
	uint32_t flags;
	uint64_t delay;
	uint64_t jitter;
	uint8_t dist;
	const int32_t *table;
	size_t n_table;
	uint8_t loss_model;
	uint32_t loss[NSFAB_LINK_LOSS_MAX];
	const uint32_t *nth;
	size_t n_nth;
	uint32_t duplicate;
	uint32_t corrupt;
	uint32_t reorder;
	uint64_t rate;
	uint8_t overhead;
	uint64_t queue_bytes;
	uint64_t queue_time;
	uint64_t ecn_bytes;
	uint64_t ecn_time;
	uint64_t seed;
	const uint32_t *path;
	size_t n_path;
	const uint32_t *trace;
	size_t n_trace;
	uint32_t trace_period;
	struct nsfab_link_counters counters;
	uint64_t queue_limit;
};

typedef int (*nsfab_link_cb)(const struct nsfab_link *link, void *arg);

/** nsfab_link_new() - make links; arguments as nsfab_tenant_new() */
int nsfab_link_new(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *links, size_t n, uint32_t *ids,
		   struct nsfab_err *err);

/**
 * nsfab_link_set() - change links in place
 * @h: handle
 * @ifindex: the fabric
 * @links: array of @n, keyed by id, or tenant and name, or ends and scope;
 *	what else each has present is changed
 * @n: number
 * @err: filled on failure; @err->applied says how many stand
 *
 * As many as fit into a message are changed together, all of them or none.
 */
int nsfab_link_set(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *links, size_t n,
		   struct nsfab_err *err);

/** nsfab_link_del() - remove links; packets that they hold go on */
int nsfab_link_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err);

/**
 * nsfab_link_get() - read one link
 * @h: handle
 * @ifindex: the fabric
 * @key: id, or tenant and name, or ends and scope
 * @cb: called with it once; its value is returned
 * @arg: passed on
 * @err: filled on failure
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int nsfab_link_get(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *key, nsfab_link_cb cb, void *arg,
		   struct nsfab_err *err);

/**
 * nsfab_link_dump() - read links and bottlenecks
 * @h: handle
 * @ifindex: the fabric
 * @filter: tenant or ports, may be NULL
 * @reset: tell what was counted since the last reset, and begin anew. Each
 *	count is told exactly once, however often the dump is disturbed.
 * @cb: called for each; a value other than 0 ends the dump and is returned
 * @arg: passed on
 * @err: filled on failure of the dump itself; with @reset @cb has then been
 *	called for what was reset
 */
int nsfab_link_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, bool reset,
		    nsfab_link_cb cb, void *arg, struct nsfab_err *err);

/**
 * nsfab_link_dump_points() - read links and bottlenecks with their @table and
 *	@trace
 * @h: handle
 * @ifindex: the fabric
 * @filter: tenant or ports, may be NULL
 * @cb: called for each; a value other than 0 ends the dump and is returned.
 *	What it is told is gone when it returns: nsfab_link_dup() keeps it.
 * @arg: passed on
 * @err: filled on failure of the dump itself
 *
 * Each link is as it was at one moment, its points included. A trace may have
 * 4 MiB, so that nsfab_link_dump() is for all who do not need them.
 *
 * Return: 0 or a negative errno.
 */
int nsfab_link_dump_points(struct nsfab *h, unsigned int ifindex,
			   const struct nsfab_filter *filter, nsfab_link_cb cb,
			   void *arg, struct nsfab_err *err);

/** nsfab_link_dup() - deep copy in one block, to be freed with free(), or NULL */
struct nsfab_link *nsfab_link_dup(const struct nsfab_link *link);

/** nsfab_link_loss_count() - how many probabilities a loss model has */
unsigned int nsfab_link_loss_count(unsigned int model);

/**
 * nsfab_link_bucket() - where a histogram's bucket begins
 * @bucket: 0 to NSFAB_LINK_HISTOGRAM, the last one is the end of the last
 *
 * Return: nanoseconds; the last bucket has no upper limit.
 */
uint64_t nsfab_link_bucket(unsigned int bucket);

/**
 * nsfab_link_quantile() - an upper bound of a quantile by a histogram
 * @histogram: NSFAB_LINK_HISTOGRAM counts
 * @share: of the counts that are to be below, 0 to 1
 * @most: the largest value, which bounds the last bucket; 0 if not known
 *
 * Return: nanoseconds, 0 for an empty histogram.
 */
uint64_t nsfab_link_quantile(const uint64_t *histogram, double share,
			     uint64_t most);

/** nsfab_link_counters_add() - add up, times and held packets included */
void nsfab_link_counters_add(struct nsfab_link_counters *sum,
			     const struct nsfab_link_counters *c);

/**
 * struct nsfab_schedule_event - an event of a schedule
 * @at: nanoseconds from the schedule's begin
 * @link: id of the link that changes
 * @set: what of it changes, of NSFAB_LINK_MAY_EVENT
 */
struct nsfab_schedule_event {
	uint64_t at;
	uint32_t link;
	struct nsfab_link set;
};

/**
 * struct nsfab_schedule - a fabric's schedule, of which there is one
 * @loop: nanoseconds after which it begins again, 0 for never
 * @state: read only, enum nsfab_schedule_state
 * @events: read only, how many events
 * @next: read only, number of the next event, from 0
 * @fired: read only, events that happened
 * @loops: read only, times that it began again
 * @late_max: read only, largest lateness of an event in nanoseconds
 * @spread_max: read only, longest time between the first and the last of
 *	events that are to happen at one time, in nanoseconds
 */
struct nsfab_schedule {
	uint64_t loop;
	uint8_t state;
	uint32_t events;
	uint32_t next;
	uint64_t fired;
	uint64_t loops;
	uint64_t late_max;
	uint64_t spread_max;
};

/**
 * nsfab_schedule_new() - start a schedule, in place of the one before
 * @h: handle
 * @ifindex: the fabric
 * @loop: nanoseconds after which it begins again, 0 for never
 * @events: array of @n; those at one time happen in their order
 * @n: number, 1 to NSFAB_SCHEDULE_MAX
 * @err: filled on failure
 *
 * Return: 0, -EMSGSIZE if they do not fit, or another negative errno.
 */
int nsfab_schedule_new(struct nsfab *h, unsigned int ifindex, uint64_t loop,
		       const struct nsfab_schedule_event *events, size_t n,
		       struct nsfab_err *err);

/** nsfab_schedule_del() - stop the schedule; links stay as they are */
int nsfab_schedule_del(struct nsfab *h, unsigned int ifindex,
		       struct nsfab_err *err);

/** nsfab_schedule_get() - how far the schedule is; -ENOENT if there is none */
int nsfab_schedule_get(struct nsfab *h, unsigned int ifindex,
		       struct nsfab_schedule *schedule, struct nsfab_err *err);

typedef int (*nsfab_schedule_cb)(const struct nsfab_schedule_event *event,
				 void *arg);

/**
 * nsfab_schedule_dump() - read the events of the schedule
 * @h: handle
 * @ifindex: the fabric
 * @schedule: filled, before @cb is called, with what nsfab_schedule_get() tells
 * @cb: called for each in the order in which they happen; a value other than 0
 *	ends it and is returned. Present in @set is what was given to
 *	nsfab_schedule_new(), so that the same events make the same schedule
 *	of links that are as they were when it was started.
 *	What it is told is gone when it returns: nsfab_link_dup() keeps @set.
 * @arg: passed on
 * @err: filled on failure
 *
 * Events of links that were removed are left out. When another schedule takes
 * its place meanwhile, the reading begins again.
 *
 * Return: 0, -ENOENT if there is no schedule, or another negative errno.
 */
int nsfab_schedule_dump(struct nsfab *h, unsigned int ifindex,
			struct nsfab_schedule *schedule, nsfab_schedule_cb cb,
			void *arg, struct nsfab_err *err);

/** nsfab_link_dist_name() - "normal", or "?" for an unknown value */
const char *nsfab_link_dist_name(unsigned int dist);
/** nsfab_link_dist_parse() - the value of a name, or -EINVAL */
int nsfab_link_dist_parse(const char *name);
/** nsfab_link_loss_model_name() - "random", or "?" for an unknown value */
const char *nsfab_link_loss_model_name(unsigned int model);
/** nsfab_link_loss_model_parse() - the value of a name, or -EINVAL */
int nsfab_link_loss_model_parse(const char *name);
/** nsfab_link_overhead_name() - "l2", or "?" for an unknown value */
const char *nsfab_link_overhead_name(unsigned int overhead);
/** nsfab_link_overhead_parse() - the value of a name, or -EINVAL */
int nsfab_link_overhead_parse(const char *name);
/** nsfab_schedule_state_name() - "running", or "?" for an unknown value */
const char *nsfab_schedule_state_name(unsigned int state);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_LINK_H */
