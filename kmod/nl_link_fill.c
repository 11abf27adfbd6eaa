// SPDX-License-Identifier: GPL-2.0-only
/* What netlink tells of a link, but for tables and traces: they are too large
 * for a message that has many links, see nl_link_points.c.
 */

#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"
#include "tenant.h"

#define U64_SIZE nla_total_size_64bit(sizeof(u64))
#define U32_SIZE nla_total_size(sizeof(u32))
#define U8_SIZE nla_total_size(sizeof(u8))

#define FILTER_SIZE (nla_total_size(0) +				\
	2 * nla_total_size(sizeof(struct in6_addr)) + /* _SRC, _DST */	\
	2 * U8_SIZE +				/* _*_PREFIXLEN */	\
	U8_SIZE +				/* _PROTO */		\
	2 * nla_total_size(sizeof(u16)))	/* _SPORT, _DPORT */

#define COUNTERS_SIZE (nla_total_size(0) +				\
	ARRAY_SIZE(counter_attrs) * U64_SIZE +				\
	2 * U64_SIZE +				/* _HELD, _HELD_BYTES */ \
	ARRAY_SIZE(histogram_attrs) *					\
	nla_total_size(NSFAB_LINK_HISTOGRAM * sizeof(u64)))

/* The largest nest of a link, without its path, numbers of packets, counters */
#define LINK_SIZE (nla_total_size(0) +					\
	nla_total_size(NSFAB_NAME_MAX + 1) +	/* _NAME */		\
	2 * U32_SIZE +				/* _ID, _TENANT */	\
	3 * U32_SIZE +				/* _FROM, _TO, _SCOPE */ \
	FILTER_SIZE +				/* _FILTER */		\
	U64_SIZE +				/* _REVISION */		\
	U32_SIZE +				/* _FLAGS */		\
	2 * U64_SIZE +				/* _DELAY, _JITTER */	\
	2 * U8_SIZE +				/* _DIST, _LOSS_MODEL */ \
	5 * U32_SIZE +				/* _LOSS */		\
	3 * U32_SIZE +		/* _DUPLICATE, _CORRUPT, _REORDER */	\
	U64_SIZE +				/* _RATE */		\
	U8_SIZE +				/* _OVERHEAD */		\
	2 * U64_SIZE +				/* _QUEUE_*, _ECN_* */	\
	U64_SIZE +				/* _SEED */		\
	2 * U32_SIZE +				/* _TRACE_* */		\
	U64_SIZE)				/* _QUEUE_LIMIT */

#define COUNTER(NAME, name) {						\
	.attr = NSFAB_A_LINK_COUNTERS_##NAME,				\
	.offset = offsetof(struct nsfab_link_counters, name),		\
}

struct counter_attr {
	u8 attr;
	u16 offset;
};

static const struct counter_attr counter_attrs[] = {
	COUNTER(PACKETS, packets),
	COUNTER(BYTES, bytes),
	COUNTER(OUT_PACKETS, out_packets),
	COUNTER(OUT_BYTES, out_bytes),
	COUNTER(LOST, lost),
	COUNTER(QUEUE_DROPS, queue_drops),
	COUNTER(DOWN_DROPS, down_drops),
	COUNTER(HELD_DROPS, held_drops),
	COUNTER(HORIZON_DROPS, horizon_drops),
	COUNTER(MARKED, marked),
	COUNTER(DUPLICATED, duplicated),
	COUNTER(CORRUPTED, corrupted),
	COUNTER(REORDERED, reordered),
	COUNTER(SEGMENTED, segmented),
	COUNTER(FIRST, first),
	COUNTER(LAST, last),
	COUNTER(LATE_SUM, late_sum),
	COUNTER(LATE_SQUARES, late_squares),
	COUNTER(LATE_MAX, late_max),
};

static const struct counter_attr histogram_attrs[] = {
	COUNTER(LATE, late),
	COUNTER(QUEUEING, queueing),
	COUNTER(PROPAGATION, propagation),
};

#define CONF(NAME, name) {						\
	.attr = NSFAB_A_LINK_##NAME,					\
	.size = sizeof_field(struct nsfab_link_conf, name),		\
	.offset = offsetof(struct nsfab_link_conf, name),		\
}

struct conf_attr {
	u8 attr;
	u8 size;
	u16 offset;
};

/* Attributes of a configuration that are one number */
static const struct conf_attr conf_attrs[] = {
	CONF(FLAGS, flags),
	CONF(DELAY, delay),
	CONF(JITTER, jitter),
	CONF(DIST, dist),
	CONF(DUPLICATE, duplicate),
	CONF(CORRUPT, corrupt),
	CONF(REORDER, reorder),
	CONF(SEED, seed),
	CONF(LOSS_MODEL, loss_model),
	CONF(RATE, rate),
	CONF(OVERHEAD, overhead),
	CONF(QUEUE_BYTES, queue_bytes),
	CONF(QUEUE_TIME, queue_time),
	CONF(ECN_BYTES, ecn_bytes),
	CONF(ECN_TIME, ecn_time),
};

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	BUILD_BUG_ON((int)NSFAB_A_LINK_PAD != (int)NSFAB_A_LINK_COUNTERS_PAD);
	return nla_put_u64_64bit(skb, type, value, NSFAB_A_LINK_PAD);
}

static int put_counters(struct sk_buff *skb,
			const struct nsfab_link_counters *ctr, u64 held,
			u64 held_bytes)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_LINK_COUNTERS);
	const struct counter_attr *c;
	int i;

	if (!nest || put_u64(skb, NSFAB_A_LINK_COUNTERS_HELD, held) ||
	    put_u64(skb, NSFAB_A_LINK_COUNTERS_HELD_BYTES, held_bytes))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(counter_attrs); i++) {
		c = &counter_attrs[i];
		if (put_u64(skb, c->attr, *(u64 *)((void *)ctr + c->offset)))
			return -EMSGSIZE;
	}
	for (i = 0; i < ARRAY_SIZE(histogram_attrs); i++) {
		c = &histogram_attrs[i];
		if (nla_put(skb, c->attr, NSFAB_LINK_HISTOGRAM * sizeof(u64),
			    (void *)ctr + c->offset))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_key(struct sk_buff *skb, const struct nsfab_link *link)
{
	if (nla_put_u32(skb, NSFAB_A_LINK_ID, link->id) ||
	    nla_put_u32(skb, NSFAB_A_LINK_TENANT, link->tenant->id) ||
	    put_u64(skb, NSFAB_A_LINK_REVISION, link->revision))
		return -EMSGSIZE;
	if (nsfab_link_is_bottleneck(link))
		return nla_put_string(skb, NSFAB_A_LINK_NAME, link->name.text);
	if ((link->from && nla_put_u32(skb, NSFAB_A_LINK_FROM,
				       link->from->id)) ||
	    (link->to && nla_put_u32(skb, NSFAB_A_LINK_TO, link->to->id)) ||
	    nla_put_u32(skb, NSFAB_A_LINK_SCOPE, link->scope))
		return -EMSGSIZE;
	return 0;
}

static int put_prefix(struct sk_buff *skb, int type, int plen_type,
		      const struct in6_addr *prefix, u8 plen)
{
	u8 len = nsfab_addr_len(prefix);

	return plen &&
	       (nla_put(skb, type, len, nsfab_addr_data(prefix)) ||
		nla_put_u8(skb, plen_type, plen - (128 - len * 8)));
}

static int put_filter(struct sk_buff *skb, const struct nsfab_link_filter *f)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_LINK_FILTER);

	if (!nest ||
	    put_prefix(skb, NSFAB_A_LINK_FILTER_SRC,
		       NSFAB_A_LINK_FILTER_SRC_PREFIXLEN, &f->src,
		       f->src_plen) ||
	    put_prefix(skb, NSFAB_A_LINK_FILTER_DST,
		       NSFAB_A_LINK_FILTER_DST_PREFIXLEN, &f->dst,
		       f->dst_plen) ||
	    (f->has_proto &&
	     nla_put_u8(skb, NSFAB_A_LINK_FILTER_PROTO, f->proto)) ||
	    (f->has_sport &&
	     nla_put_be16(skb, NSFAB_A_LINK_FILTER_SPORT, f->sport)) ||
	    (f->has_dport &&
	     nla_put_be16(skb, NSFAB_A_LINK_FILTER_DPORT, f->dport)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_number(struct sk_buff *skb, const struct conf_attr *c,
		      const void *value)
{
	switch (c->size) {
	case sizeof(u8):
		return nla_put_u8(skb, c->attr, *(u8 *)value);
	case sizeof(u32):
		return nla_put_u32(skb, c->attr, *(u32 *)value);
	default:
		return put_u64(skb, c->attr, *(u64 *)value);
	}
}

static int put_loss(struct sk_buff *skb, const struct nsfab_link_conf *conf,
		    u64 which)
{
	u32 n = nsfab_nl_link_n_loss(conf->loss_model), i;

	for (i = 0; which & BIT_ULL(NSFAB_A_LINK_LOSS) && i < n; i++)
		if (nla_put_u32(skb, NSFAB_A_LINK_LOSS, conf->loss[i]))
			return -EMSGSIZE;
	n = which & BIT_ULL(NSFAB_A_LINK_LOSS_NTH) && conf->nth ?
	    conf->nth->n : 0;
	for (i = 0; i < n; i++)
		if (nla_put_u32(skb, NSFAB_A_LINK_LOSS_NTH, conf->nth->nth[i]))
			return -EMSGSIZE;
	return 0;
}

/* The points of a trace are told elsewhere, but not that there is none. */
static int put_trace(struct sk_buff *skb, const struct nsfab_link_conf *conf,
		     u64 which)
{
	const struct nsfab_link_trace *trace = conf->trace;

	if (!trace)
		return which & BIT_ULL(NSFAB_A_LINK_TRACE) ?
		       nla_put(skb, NSFAB_A_LINK_TRACE, 0, NULL) : 0;
	return (which & BIT_ULL(NSFAB_A_LINK_TRACE_PERIOD) &&
		nla_put_u32(skb, NSFAB_A_LINK_TRACE_PERIOD, trace->period)) ||
	       (which & BIT_ULL(NSFAB_A_LINK_TRACE_AT) &&
		nla_put_u32(skb, NSFAB_A_LINK_TRACE_AT, trace->n));
}

/* Those of a configuration's attributes whose bits are set */
static int put_which(struct sk_buff *skb, const struct nsfab_link_conf *conf,
		     u64 which)
{
	const struct conf_attr *c;
	int i;

	for (i = 0; i < ARRAY_SIZE(conf_attrs); i++) {
		c = &conf_attrs[i];
		if (which & BIT_ULL(c->attr) &&
		    put_number(skb, c, (void *)conf + c->offset))
			return -EMSGSIZE;
	}
	return put_loss(skb, conf, which) || put_trace(skb, conf, which) ?
	       -EMSGSIZE : 0;
}

/* Of bytes and time, what was not given */
static u64 not_given(int bytes_type, u64 bytes, int time_type, u64 time)
{
	if (bytes)
		return BIT_ULL(time_type);
	return time ? BIT_ULL(bytes_type) : BIT_ULL(bytes_type) |
					    BIT_ULL(time_type);
}

static int put_conf(struct sk_buff *skb, const struct nsfab_link_conf *conf)
{
	u64 without = BIT_ULL(NSFAB_A_LINK_TRACE) |
		      not_given(NSFAB_A_LINK_QUEUE_BYTES, conf->queue_bytes,
				NSFAB_A_LINK_QUEUE_TIME, conf->queue_time) |
		      not_given(NSFAB_A_LINK_ECN_BYTES, conf->ecn_bytes,
				NSFAB_A_LINK_ECN_TIME, conf->ecn_time);
	u32 i;

	if (put_which(skb, conf, ~without) ||
	    ((conf->rate || conf->trace) &&
	     put_u64(skb, NSFAB_A_LINK_QUEUE_LIMIT, conf->limit)))
		return -EMSGSIZE;
	for (i = 0; conf->path && i < conf->path->n; i++)
		if (nla_put_u32(skb, NSFAB_A_LINK_PATH,
				conf->path->via[i]->id))
			return -EMSGSIZE;
	return conf->filtered ? put_filter(skb, &conf->filter) : 0;
}

static size_t size_of(const struct nsfab_link_conf *conf, bool read)
{
	const u32 most = NSFAB_LINK_NTH_MAX + NSFAB_LINK_PATH_MAX;
	u32 n = (conf->nth ? conf->nth->n : 0) +
		(conf->path ? conf->path->n : 0);

	/* One link fits any message, behind its headers. */
	BUILD_BUG_ON(LINK_SIZE + most * U32_SIZE + COUNTERS_SIZE >
		     NSFAB_NETLINK_ROOM - 64);
	return LINK_SIZE + n * U32_SIZE + (read ? COUNTERS_SIZE : 0);
}

static int put_link(struct sk_buff *skb, struct nsfab_link *link,
		    const struct nsfab_link_conf *conf, bool read, bool reset)
{
	struct nsfab_link_counters *ctr = NULL;
	u64 held, held_bytes;
	struct nlattr *nest;
	int err = -EMSGSIZE;

	/* What a reset told must not get lost: there is room for it. */
	if (skb_tailroom(skb) < size_of(conf, read))
		return -EMSGSIZE;
	if (read) {
		ctr = kmalloc(sizeof(*ctr), GFP_KERNEL);
		if (!ctr)
			return -ENOMEM;
		nsfab_link_read(link, reset, ctr, &held, &held_bytes);
	}
	nest = nla_nest_start(skb, NSFAB_A_LINK);
	if (!nest || put_key(skb, link) || put_conf(skb, conf) ||
	    (ctr && put_counters(skb, ctr, held, held_bytes))) {
		WARN_ON_ONCE(1);
		nla_nest_cancel(skb, nest);
	} else {
		nla_nest_end(skb, nest);
		err = 0;
	}
	kfree(ctr);
	return err;
}

static int fill(struct sk_buff *skb, const void *obj, bool read, bool reset)
{
	struct nsfab_link *link = (struct nsfab_link *)obj;
	struct nsfab_link_conf *conf = nsfab_link_conf_get(link);
	int err = put_link(skb, link, conf, read, reset);

	nsfab_link_conf_put(conf);
	return err;
}

/**
 * nsfab_nl_link_fill() - write a link without its counters
 * @skb: where to
 * @obj: the link
 * @net: namespace of whoever reads it
 *
 * Context: the fabric's lock is held.
 * Return: 0 or -EMSGSIZE
 */
int nsfab_nl_link_fill(struct sk_buff *skb, const void *obj, struct net *net)
{
	return fill(skb, obj, false, false);
}

/**
 * nsfab_nl_link_fill_read() - write a link
 * @skb: where to
 * @obj: the link
 * @net: namespace of whoever reads it
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EMSGSIZE or -ENOMEM
 */
int nsfab_nl_link_fill_read(struct sk_buff *skb, const void *obj,
			    struct net *net)
{
	return fill(skb, obj, true, false);
}

/**
 * nsfab_nl_link_fill_reset() - write a link, and begin its counters anew
 * @skb: where to
 * @obj: the link
 * @net: namespace of whoever reads it
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EMSGSIZE or -ENOMEM: nothing was reset then
 */
int nsfab_nl_link_fill_reset(struct sk_buff *skb, const void *obj,
			     struct net *net)
{
	return fill(skb, obj, true, true);
}

/**
 * nsfab_nl_link_fill_conf() - write a link with its counters
 * @skb: where to
 * @link: the link
 * @conf: what it does
 * @reset: begin its counters anew
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EMSGSIZE or -ENOMEM: nothing was reset then
 */
int nsfab_nl_link_fill_conf(struct sk_buff *skb, struct nsfab_link *link,
			    const struct nsfab_link_conf *conf, bool reset)
{
	return put_link(skb, link, conf, true, reset);
}

/**
 * nsfab_nl_link_put_given() - write what was given of a configuration
 * @skb: where to
 * @conf: the configuration
 * @given: bits of NSFAB_A_LINK_*
 *
 * Of a table nothing is written, of a trace its period and how long it is.
 *
 * Return: 0 or -EMSGSIZE
 */
int nsfab_nl_link_put_given(struct sk_buff *skb,
			    const struct nsfab_link_conf *conf, u64 given)
{
	if (given & BIT_ULL(NSFAB_A_LINK_TRACE))
		given |= BIT_ULL(NSFAB_A_LINK_TRACE_PERIOD) |
			 BIT_ULL(NSFAB_A_LINK_TRACE_AT);
	return put_which(skb, conf, given);
}
