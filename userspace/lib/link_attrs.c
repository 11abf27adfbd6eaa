// SPDX-License-Identifier: LGPL-2.1-or-later
/* A link's attributes, written and read. */
#include <string.h>

#include "link_attrs.h"

/* Members that are one number each. */
static const struct {
	uint32_t has;
	uint16_t attr;
	uint16_t offset;
	uint8_t size;
} numbers[] = {
#define NUMBER(NAME, member) \
	{ NSFAB_LINK_HAS_ ## NAME, NSFAB_A_LINK_ ## NAME, \
	  offsetof(struct nsfab_link, member), \
	  sizeof(((struct nsfab_link *)0)->member) }
	NUMBER(ID, id),
	NUMBER(TENANT, tenant),
	NUMBER(FROM, from),
	NUMBER(TO, to),
	NUMBER(SCOPE, scope),
	NUMBER(REVISION, revision),
	NUMBER(FLAGS, flags),
	NUMBER(DELAY, delay),
	NUMBER(JITTER, jitter),
	NUMBER(DIST, dist),
	NUMBER(DUPLICATE, duplicate),
	NUMBER(CORRUPT, corrupt),
	NUMBER(REORDER, reorder),
	NUMBER(RATE, rate),
	NUMBER(OVERHEAD, overhead),
	NUMBER(SEED, seed),
	NUMBER(QUEUE_LIMIT, queue_limit),
#undef NUMBER
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void put_numbers(struct nsfab_nl_msg *m, const struct nsfab_link *l)
{
	size_t i;

	for (i = 0; i < N_NUMBERS; i++)
		if (l->present & numbers[i].has)
			nsfab_nl_put(m, numbers[i].attr,
				     (const char *)l + numbers[i].offset,
				     numbers[i].size);
}

static bool read_number(struct nsfab_link *l, const struct nlattr *a)
{
	uint64_t v = nsfab_nl_get(a);
	uint32_t v32 = v;
	uint8_t v8 = v;
	size_t i;

	for (i = 0; i < N_NUMBERS; i++) {
		char *to = (char *)l + numbers[i].offset;

		if (numbers[i].attr != mnl_attr_get_type(a))
			continue;
		if (numbers[i].size == sizeof(v))
			memcpy(to, &v, sizeof(v));
		else if (numbers[i].size == sizeof(v32))
			memcpy(to, &v32, sizeof(v32));
		else
			memcpy(to, &v8, sizeof(v8));
		l->present |= numbers[i].has;
		return true;
	}
	return false;
}

static void put_filter(struct nsfab_nl_msg *m,
		       const struct nsfab_link_filter *f)
{
	struct nlattr *nest = nsfab_nl_nest(m, NSFAB_A_LINK_FILTER);

	if (f->present & NSFAB_LINK_FILTER_HAS_SRC) {
		nsfab_nl_put_addr(m, NSFAB_A_LINK_FILTER_SRC, &f->src.addr);
		nsfab_nl_put_u8(m, NSFAB_A_LINK_FILTER_SRC_PREFIXLEN,
				f->src.len);
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_DST) {
		nsfab_nl_put_addr(m, NSFAB_A_LINK_FILTER_DST, &f->dst.addr);
		nsfab_nl_put_u8(m, NSFAB_A_LINK_FILTER_DST_PREFIXLEN,
				f->dst.len);
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_PROTO)
		nsfab_nl_put_u8(m, NSFAB_A_LINK_FILTER_PROTO, f->proto);
	if (f->present & NSFAB_LINK_FILTER_HAS_SPORT)
		nsfab_nl_put_be16(m, NSFAB_A_LINK_FILTER_SPORT, f->sport);
	if (f->present & NSFAB_LINK_FILTER_HAS_DPORT)
		nsfab_nl_put_be16(m, NSFAB_A_LINK_FILTER_DPORT, f->dport);
	nsfab_nl_nest_end(m, nest);
}

/* The whole address unless a length says otherwise, wherever that comes. */
static void read_filter(struct nsfab_link_filter *f, const struct nlattr *nest)
{
	const struct nlattr *a;
	int src = -1, dst = -1;

	memset(f, 0, sizeof(*f));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_LINK_FILTER_SRC:
			f->src.addr = nsfab_nl_get_addr(a);
			f->present |= NSFAB_LINK_FILTER_HAS_SRC;
			break;
		case NSFAB_A_LINK_FILTER_SRC_PREFIXLEN:
			src = nsfab_nl_get(a);
			break;
		case NSFAB_A_LINK_FILTER_DST:
			f->dst.addr = nsfab_nl_get_addr(a);
			f->present |= NSFAB_LINK_FILTER_HAS_DST;
			break;
		case NSFAB_A_LINK_FILTER_DST_PREFIXLEN:
			dst = nsfab_nl_get(a);
			break;
		case NSFAB_A_LINK_FILTER_PROTO:
			f->proto = nsfab_nl_get(a);
			f->present |= NSFAB_LINK_FILTER_HAS_PROTO;
			break;
		case NSFAB_A_LINK_FILTER_SPORT:
			f->sport = nsfab_nl_get_be16(a);
			f->present |= NSFAB_LINK_FILTER_HAS_SPORT;
			break;
		case NSFAB_A_LINK_FILTER_DPORT:
			f->dport = nsfab_nl_get_be16(a);
			f->present |= NSFAB_LINK_FILTER_HAS_DPORT;
			break;
		}
	}
	f->src.len = src < 0 ? f->src.addr.len * 8 : src;
	f->dst.len = dst < 0 ? f->dst.addr.len * 8 : dst;
}

static void put_loss(struct nsfab_nl_msg *m, const struct nsfab_link *l)
{
	unsigned int n = nsfab_link_loss_count(l->loss_model), i;
	size_t j;

	nsfab_nl_put_u8(m, NSFAB_A_LINK_LOSS_MODEL, l->loss_model);
	for (i = 0; i < n; i++)
		nsfab_nl_put_u32(m, NSFAB_A_LINK_LOSS, l->loss[i]);
	if (l->loss_model != NSFAB_LINK_LOSS_MODEL_NTH)
		return;
	for (j = 0; j < l->n_nth; j++)
		nsfab_nl_put_u32(m, NSFAB_A_LINK_LOSS_NTH, l->nth[j]);
}

static void put_path(struct nsfab_nl_msg *m, const struct nsfab_link *l)
{
	size_t i;

	if (!l->n_path)
		nsfab_nl_put_u32(m, NSFAB_A_LINK_PATH, 0);
	for (i = 0; i < l->n_path; i++)
		nsfab_nl_put_u32(m, NSFAB_A_LINK_PATH, l->path[i]);
}

void link_attrs_put_trace(struct nsfab_nl_msg *m, const struct nsfab_link *l,
			  size_t at)
{
	size_t n = l->n_trace - at;

	if (n > LINK_TRACE_PIECE)
		n = LINK_TRACE_PIECE;
	nsfab_nl_put(m, NSFAB_A_LINK_TRACE, l->trace + at,
		     n * sizeof(*l->trace));
	nsfab_nl_put_u32(m, NSFAB_A_LINK_TRACE_PERIOD, l->trace_period);
	if (at)
		nsfab_nl_put_u32(m, NSFAB_A_LINK_TRACE_AT, at);
}

static void put_trace(struct nsfab_nl_msg *m, const struct nsfab_link *l)
{
	if (!l->n_trace)
		nsfab_nl_put(m, NSFAB_A_LINK_TRACE, NULL, 0);
	else if (l->trace)
		link_attrs_put_trace(m, l, 0);
}

/* What is given replaces both. */
static void put_length(struct nsfab_nl_msg *m, uint16_t bytes_attr,
		       uint64_t bytes, uint16_t time_attr, uint64_t time)
{
	if (time)
		nsfab_nl_put_u64(m, time_attr, time);
	else
		nsfab_nl_put_u64(m, bytes_attr, bytes);
}

void link_attrs_put(struct nsfab_nl_msg *m, const struct nsfab_link *l)
{
	if (l->present & NSFAB_LINK_HAS_NAME)
		nsfab_nl_put_str(m, NSFAB_A_LINK_NAME, l->name);
	put_numbers(m, l);
	if (l->present & NSFAB_LINK_HAS_FILTER)
		put_filter(m, &l->filter);
	if (l->present & NSFAB_LINK_HAS_TABLE)
		nsfab_nl_put(m, NSFAB_A_LINK_TABLE, l->table,
			     l->n_table * sizeof(*l->table));
	if (l->present & NSFAB_LINK_HAS_LOSS)
		put_loss(m, l);
	if (l->present & NSFAB_LINK_HAS_QUEUE)
		put_length(m, NSFAB_A_LINK_QUEUE_BYTES, l->queue_bytes,
			   NSFAB_A_LINK_QUEUE_TIME, l->queue_time);
	if (l->present & NSFAB_LINK_HAS_ECN)
		put_length(m, NSFAB_A_LINK_ECN_BYTES, l->ecn_bytes,
			   NSFAB_A_LINK_ECN_TIME, l->ecn_time);
	if (l->present & NSFAB_LINK_HAS_PATH)
		put_path(m, l);
	if (l->present & NSFAB_LINK_HAS_TRACE)
		put_trace(m, l);
}

static void read_histogram(uint64_t *to, const struct nlattr *a)
{
	size_t len = mnl_attr_get_payload_len(a);

	if (len > NSFAB_LINK_HISTOGRAM * sizeof(*to))
		len = NSFAB_LINK_HISTOGRAM * sizeof(*to);
	memcpy(to, mnl_attr_get_payload(a), len);
}

static void read_counters(struct nsfab_link_counters *c,
			  const struct nlattr *nest)
{
	static const size_t at[] = {
#define AT(attr, member) \
	[NSFAB_A_LINK_COUNTERS_ ## attr] = \
		offsetof(struct nsfab_link_counters, member) + 1
		AT(PACKETS, packets),
		AT(BYTES, bytes),
		AT(OUT_PACKETS, out_packets),
		AT(OUT_BYTES, out_bytes),
		AT(LOST, lost),
		AT(QUEUE_DROPS, queue_drops),
		AT(DOWN_DROPS, down_drops),
		AT(HELD_DROPS, held_drops),
		AT(HORIZON_DROPS, horizon_drops),
		AT(MARKED, marked),
		AT(DUPLICATED, duplicated),
		AT(CORRUPTED, corrupted),
		AT(REORDERED, reordered),
		AT(SEGMENTED, segmented),
		AT(HELD, held),
		AT(HELD_BYTES, held_bytes),
		AT(FIRST, first),
		AT(LAST, last),
		AT(LATE_SUM, late_sum),
		AT(LATE_SQUARES, late_squares),
		AT(LATE_MAX, late_max),
#undef AT
	};
	const struct nlattr *a;

	memset(c, 0, sizeof(*c));
	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);

		if (type == NSFAB_A_LINK_COUNTERS_LATE)
			read_histogram(c->late, a);
		else if (type == NSFAB_A_LINK_COUNTERS_QUEUEING)
			read_histogram(c->queueing, a);
		else if (type == NSFAB_A_LINK_COUNTERS_PROPAGATION)
			read_histogram(c->propagation, a);
		else if (type < sizeof(at) / sizeof(at[0]) && at[type])
			/* One more than the offset, so that 0 is none. */
			*(uint64_t *)((char *)c + at[type] - 1) =
				nsfab_nl_get(a);
	}
}

/* Attributes that are there once for each element. */
static bool read_element(struct nsfab_link *l, struct link_lists *lists,
			 unsigned int *n_loss, const struct nlattr *a)
{
	uint32_t v = nsfab_nl_get(a);

	switch (mnl_attr_get_type(a)) {
	case NSFAB_A_LINK_LOSS:
		if (*n_loss < NSFAB_LINK_LOSS_MAX)
			l->loss[(*n_loss)++] = v;
		return true;
	case NSFAB_A_LINK_LOSS_NTH:
		if (l->n_nth < NSFAB_LINK_NTH_MAX)
			lists->nth[l->n_nth++] = v;
		return true;
	case NSFAB_A_LINK_PATH:
		l->present |= NSFAB_LINK_HAS_PATH;
		if (v && l->n_path < NSFAB_LINK_PATH_MAX)
			lists->path[l->n_path++] = v;
		return true;
	}
	return false;
}

static void read_value(struct nsfab_link *l, const struct nlattr *a)
{
	switch (mnl_attr_get_type(a)) {
	case NSFAB_A_LINK_NAME:
		l->name = nsfab_nl_get_str(a);
		l->present |= NSFAB_LINK_HAS_NAME;
		break;
	case NSFAB_A_LINK_FILTER:
		read_filter(&l->filter, a);
		l->present |= NSFAB_LINK_HAS_FILTER;
		break;
	case NSFAB_A_LINK_TABLE:
		l->table = mnl_attr_get_payload(a);
		l->n_table = mnl_attr_get_payload_len(a) / sizeof(*l->table);
		l->present |= NSFAB_LINK_HAS_TABLE;
		break;
	case NSFAB_A_LINK_LOSS_MODEL:
		l->loss_model = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_LOSS;
		break;
	case NSFAB_A_LINK_QUEUE_BYTES:
		l->queue_bytes = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_QUEUE;
		break;
	case NSFAB_A_LINK_QUEUE_TIME:
		l->queue_time = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_QUEUE;
		break;
	case NSFAB_A_LINK_ECN_BYTES:
		l->ecn_bytes = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_ECN;
		break;
	case NSFAB_A_LINK_ECN_TIME:
		l->ecn_time = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_ECN;
		break;
	case NSFAB_A_LINK_TRACE_AT:
		l->n_trace = nsfab_nl_get(a);
		l->present |= NSFAB_LINK_HAS_TRACE;
		break;
	case NSFAB_A_LINK_TRACE_PERIOD:
		l->trace_period = nsfab_nl_get(a);
		break;
	case NSFAB_A_LINK_COUNTERS:
		read_counters(&l->counters, a);
		l->present |= NSFAB_LINK_HAS_COUNTERS;
		break;
	}
}

void link_attrs_read(struct nsfab_link *l, struct link_lists *lists,
		     const struct nlattr *nest)
{
	const struct nlattr *a;
	unsigned int n_loss = 0;

	memset(l, 0, sizeof(*l));
	l->nth = lists->nth;
	l->path = lists->path;
	mnl_attr_for_each_nested(a, nest)
		if (!read_number(l, a) && !read_element(l, lists, &n_loss, a))
			read_value(l, a);
}
