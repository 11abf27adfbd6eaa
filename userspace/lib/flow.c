// SPDX-License-Identifier: LGPL-2.1-or-later
/* Flows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/flow.h>
#include "nl.h"

struct sink {
	nsfab_flow_cb cb;
	void *arg;
};

static void read_dir(struct nsfab_flow *f, struct nsfab_flow_dir *d,
		     const struct nlattr *nest)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		uint64_t v = nsfab_nl_get(a);

		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_FLOW_DIR_PACKETS:
			d->packets = v;
			break;
		case NSFAB_A_FLOW_DIR_BYTES:
			d->bytes = v;
			break;
		case NSFAB_A_FLOW_DIR_DROP_PACKETS:
			d->drop_packets = v;
			break;
		case NSFAB_A_FLOW_DIR_DROP_REASON:
			d->drop_reason = v;
			break;
		case NSFAB_A_FLOW_DIR_TCP_FLAGS:
			d->tcp_flags = v;
			break;
		case NSFAB_A_FLOW_DIR_SIZE_SQUARES:
			d->size_squares = v;
			f->present |= NSFAB_FLOW_HAS_RICH;
			break;
		case NSFAB_A_FLOW_DIR_GAP_SUM:
			d->gap_sum = v;
			break;
		case NSFAB_A_FLOW_DIR_GAP_SQUARES:
			d->gap_squares = v;
			break;
		case NSFAB_A_FLOW_DIR_SIZE_MIN:
			d->size_min = v;
			break;
		case NSFAB_A_FLOW_DIR_SIZE_MAX:
			d->size_max = v;
			break;
		}
	}
}

static void read_flow(struct nsfab_flow *f, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(f, 0, sizeof(*f));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_FLOW_TENANT:
			f->tenant = nsfab_nl_get(a);
			break;
		case NSFAB_A_FLOW_SRC:
			f->src = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_FLOW_DST:
			f->dst = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_FLOW_PROTO:
			f->proto = nsfab_nl_get(a);
			break;
		case NSFAB_A_FLOW_SRC_L4:
			f->src_l4 = nsfab_nl_get_be16(a);
			break;
		case NSFAB_A_FLOW_DST_L4:
			f->dst_l4 = nsfab_nl_get_be16(a);
			break;
		case NSFAB_A_FLOW_FIRST:
			f->first = nsfab_nl_get(a);
			break;
		case NSFAB_A_FLOW_LAST:
			f->last = nsfab_nl_get(a);
			break;
		case NSFAB_A_FLOW_SRC_PORT:
			f->src_port = nsfab_nl_get(a);
			f->present |= NSFAB_FLOW_HAS_SRC_PORT;
			break;
		case NSFAB_A_FLOW_DST_PORT:
			f->dst_port = nsfab_nl_get(a);
			f->present |= NSFAB_FLOW_HAS_DST_PORT;
			break;
		case NSFAB_A_FLOW_RTT:
			f->rtt = nsfab_nl_get(a);
			f->present |= NSFAB_FLOW_HAS_RTT;
			break;
		case NSFAB_A_FLOW_ORIG:
			read_dir(f, &f->orig, a);
			break;
		case NSFAB_A_FLOW_REPLY:
			read_dir(f, &f->reply, a);
			break;
		}
	}
}

static int flow_tell(const struct nlattr *nest, const void *data)
{
	const struct sink *sink = data;
	struct nsfab_flow f;

	read_flow(&f, nest);
	return sink->cb(&f, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_flow = {
	.attr = NSFAB_A_FLOW,
	.name = "flow",
	.size = sizeof(struct nsfab_flow),
	.tell = flow_tell,
};

/*
 * Flows of a dump that resets, by key: what the kernel has told once it does
 * not tell again, so a second pass adds to the first.
 */
struct merge {
	struct nsfab_flow *flow;
	size_t n;
	size_t size;
	uint32_t *bucket;	/* index + 1 into @flow, open addressing */
	size_t buckets;		/* power of 2 */
	bool no_memory;
};

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (; len; len--)
		hash = (hash ^ *byte++) * 0x100000001b3;
	return hash;
}

static uint64_t hash_flow(const struct nsfab_flow *f)
{
	uint64_t hash = 0xcbf29ce484222325;

	hash = hash_bytes(hash, &f->tenant, sizeof(f->tenant));
	hash = hash_bytes(hash, f->src.byte, f->src.len);
	hash = hash_bytes(hash, f->dst.byte, f->dst.len);
	hash = hash_bytes(hash, &f->proto, sizeof(f->proto));
	hash = hash_bytes(hash, &f->src_l4, sizeof(f->src_l4));
	hash = hash_bytes(hash, &f->dst_l4, sizeof(f->dst_l4));
	/* A flow that began anew under the same key is another one. */
	hash = hash_bytes(hash, &f->first, sizeof(f->first));
	return hash ^ hash >> 32;
}

static bool same_flow(const struct nsfab_flow *a, const struct nsfab_flow *b)
{
	return a->tenant == b->tenant && a->proto == b->proto &&
	       a->src_l4 == b->src_l4 && a->dst_l4 == b->dst_l4 &&
	       a->first == b->first && !nsfab_addr_cmp(&a->src, &b->src) &&
	       !nsfab_addr_cmp(&a->dst, &b->dst);
}

static uint32_t *find_bucket(struct merge *mg, const struct nsfab_flow *f)
{
	size_t i = hash_flow(f) & (mg->buckets - 1);

	while (mg->bucket[i] && !same_flow(&mg->flow[mg->bucket[i] - 1], f))
		i = (i + 1) & (mg->buckets - 1);
	return &mg->bucket[i];
}

static int grow(struct merge *mg)
{
	size_t size = mg->size ? mg->size * 2 : 1024;
	struct nsfab_flow *flow;
	uint32_t *bucket;
	size_t i;

	flow = reallocarray(mg->flow, size, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	mg->flow = flow;
	bucket = calloc(size * 2, sizeof(*bucket));
	if (!bucket)
		return -ENOMEM;
	free(mg->bucket);
	mg->bucket = bucket;
	mg->buckets = size * 2;
	mg->size = size;
	for (i = 0; i < mg->n; i++)
		*find_bucket(mg, &mg->flow[i]) = i + 1;
	return 0;
}

static void add_dir(struct nsfab_flow_dir *to, const struct nsfab_flow_dir *d)
{
	to->packets += d->packets;
	to->bytes += d->bytes;
	to->drop_packets += d->drop_packets;
	if (d->drop_packets)
		to->drop_reason = d->drop_reason;
	to->tcp_flags |= d->tcp_flags;
	to->size_squares += d->size_squares;
	to->gap_sum += d->gap_sum;
	to->gap_squares += d->gap_squares;
	if (d->packets && (!to->size_min || d->size_min < to->size_min))
		to->size_min = d->size_min;
	if (d->size_max > to->size_max)
		to->size_max = d->size_max;
}

static int merge_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *nest;
	struct merge *mg = arg;
	struct nsfab_flow f;
	uint32_t *bucket;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != NSFAB_A_FLOW)
			continue;
		read_flow(&f, nest);
		if (mg->n == mg->size && grow(mg)) {
			mg->no_memory = true;
			return -ENOMEM;
		}
		bucket = find_bucket(mg, &f);
		if (*bucket) {
			struct nsfab_flow *to = &mg->flow[*bucket - 1];

			to->last = f.last > to->last ? f.last : to->last;
			add_dir(&to->orig, &f.orig);
			add_dir(&to->reply, &f.reply);
		} else {
			mg->flow[mg->n++] = f;
			*bucket = mg->n;
		}
	}
	return 0;
}

static int dump_reset(struct nsfab *h, const struct nsfab_nl_req *req,
		      struct nsfab_nl_msg *m, const struct sink *sink,
		      struct nsfab_err *err)
{
	struct merge mg = { 0 };
	int told = 0;
	size_t i;
	int ret;

	ret = nsfab_nl_dump(h, req, m, NSFAB_NL_MERGE, merge_message, &mg, err);
	if (mg.no_memory)
		nsfab_err_set(err, -ENOMEM, "flows");
	/* What has been reset must be told, also when the rest failed. */
	for (i = 0; i < mg.n && !told; i++)
		told = sink->cb(&mg.flow[i], sink->arg);
	free(mg.flow);
	free(mg.bucket);
	return ret ? ret : told;
}

static int tell_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *nest;
	int ret;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != NSFAB_A_FLOW)
			continue;
		ret = flow_tell(nest, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int nsfab_flow_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, bool reset,
		    nsfab_flow_cb cb, void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, NSFAB_CMD_FLOW_GET, 0, ifindex);
	nsfab_genl_put_filter(&m, filter,
			      reset ? NSFAB_A_FILTER_RESET : 0);
	if (reset)
		ret = dump_reset(h, &req, &m, &sink, err);
	else
		ret = nsfab_nl_dump(h, &req, &m, NSFAB_NL_RETRY_TAKE,
				    tell_message, &sink, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

int nsfab_flow_flush(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, struct nsfab_err *err)
{
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, NSFAB_CMD_FLOW_DEL, 0, ifindex);
	nsfab_genl_put_filter(&m, filter, 0);
	ret = nsfab_nl_talk(h, &req, &m, NULL, NULL, err);
	nsfab_nl_msg_free(&m);
	return ret;
}
