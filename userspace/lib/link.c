// SPDX-License-Identifier: LGPL-2.1-or-later
/* Links and bottlenecks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/link.h>
#include "dup.h"
#include "link_attrs.h"

/* What names a link that is there */
#define LINK_KEY \
	(NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT | NSFAB_LINK_HAS_FROM | \
	 NSFAB_LINK_HAS_TO | NSFAB_LINK_HAS_SCOPE)

struct sink {
	nsfab_link_cb cb;
	void *arg;
};

static int link_tell(const struct nlattr *nest, const void *data)
{
	const struct sink *sink = data;
	struct link_lists lists;
	struct nsfab_link link;

	link_attrs_read(&link, &lists, nest);
	return sink->cb(&link, sink->arg);
}

static void link_put(struct nsfab_nl_msg *m, const void *obj)
{
	link_attrs_put(m, obj);
}

const struct nsfab_genl_kind nsfab_kind_link = {
	.attr = NSFAB_A_LINK,
	.name = "link",
	.size = sizeof(struct nsfab_link),
	.put = link_put,
	.tell = link_tell,
	.id = NSFAB_A_LINK_ID,
	/* With its histograms, a link is told in some 1500 bytes. */
	.echo = 64,
};

/* Where a trace goes on that did not fit beside the link's other attributes */
struct piece {
	const struct nsfab_link *link;
	size_t at;
};

static void piece_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct piece *piece = obj;
	struct nsfab_link key = *piece->link;

	key.present &= key.present & NSFAB_LINK_HAS_ID ? NSFAB_LINK_HAS_ID :
		       LINK_KEY;
	link_attrs_put(m, &key);
	link_attrs_put_trace(m, piece->link, piece->at);
}

static const struct nsfab_genl_kind piece_kind = {
	.attr = NSFAB_A_LINK,
	.name = "link",
	.size = sizeof(struct piece),
	.put = piece_put,
};

static int put_pieces(struct nsfab *h, unsigned int ifindex,
		      const struct nsfab_link *links, size_t n,
		      struct nsfab_err *err)
{
	struct piece piece;
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		piece.link = &links[i];
		if (!(links[i].present & NSFAB_LINK_HAS_TRACE) ||
		    !links[i].trace)
			continue;
		for (piece.at = LINK_TRACE_PIECE; piece.at < links[i].n_trace;
		     piece.at += LINK_TRACE_PIECE) {
			ret = nsfab_genl_write(h, &piece_kind,
					       NSFAB_CMD_LINK_SET, 0, ifindex,
					       &piece, 1, NULL, err);
			if (ret && err) {
				err->index = i;
				err->applied = n;
			}
			if (ret)
				return ret;
		}
	}
	return 0;
}

int nsfab_link_new(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *links, size_t n, uint32_t *ids,
		   struct nsfab_err *err)
{
	int ret;

	ret = nsfab_genl_write(h, &nsfab_kind_link, NSFAB_CMD_LINK_NEW, 0,
			       ifindex, links, n, ids, err);
	return ret ? ret : put_pieces(h, ifindex, links, n, err);
}

int nsfab_link_set(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *links, size_t n,
		   struct nsfab_err *err)
{
	int ret;

	ret = nsfab_genl_write(h, &nsfab_kind_link, NSFAB_CMD_LINK_SET, 0,
			       ifindex, links, n, NULL, err);
	return ret ? ret : put_pieces(h, ifindex, links, n, err);
}

int nsfab_link_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err)
{
	return nsfab_genl_del(h, &nsfab_kind_link, NSFAB_CMD_LINK_DEL, ifindex,
			      ids, n, err);
}

int nsfab_link_get(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_link *from, nsfab_link_cb cb, void *arg,
		   struct nsfab_err *err)
{
	const uint32_t ends = NSFAB_LINK_HAS_FROM | NSFAB_LINK_HAS_TO |
			      NSFAB_LINK_HAS_SCOPE;
	struct sink sink = { .cb = cb, .arg = arg };
	struct nsfab_link key = {
		.id = from->id, .name = from->name, .tenant = from->tenant,
		.from = from->from, .to = from->to, .scope = from->scope,
	};

	if (from->present & NSFAB_LINK_HAS_ID)
		key.present = NSFAB_LINK_HAS_ID;
	else if (from->present & NSFAB_LINK_HAS_NAME)
		key.present = NSFAB_LINK_HAS_NAME |
			      (from->present & NSFAB_LINK_HAS_TENANT);
	else
		key.present = from->present & ends;
	return nsfab_genl_get(h, &nsfab_kind_link, NSFAB_CMD_LINK_GET, ifindex,
			      &key, &sink, err);
}

/*
 * What a dump that resets has told once it does not tell again, so a second
 * pass adds to the first.
 */
struct merge {
	struct nsfab_link **link;
	size_t n;
	size_t room;
	bool no_memory;
};

static struct nsfab_link *merged(const struct merge *mg, uint32_t id)
{
	size_t i;

	/* Disturbed dumps are few, and go in the same order again. */
	for (i = 0; i < mg->n; i++)
		if (mg->link[i]->id == id)
			return mg->link[i];
	return NULL;
}

static int merge_link(const struct nsfab_link *link, void *arg)
{
	struct merge *mg = arg;
	struct nsfab_link *known = NULL;
	void *more;

	/* Ids that rise have not been told before. */
	if (mg->n && link->id <= mg->link[mg->n - 1]->id)
		known = merged(mg, link->id);
	if (known) {
		known->counters.held = 0;
		known->counters.held_bytes = 0;
		nsfab_link_counters_add(&known->counters, &link->counters);
		return 0;
	}
	mg->no_memory = true;
	if (mg->n == mg->room) {
		more = reallocarray(mg->link, mg->room ? mg->room * 2 : 256,
				    sizeof(*mg->link));
		if (!more)
			return -ENOMEM;
		mg->link = more;
		mg->room = mg->room ? mg->room * 2 : 256;
	}
	mg->link[mg->n] = nsfab_link_dup(link);
	if (!mg->link[mg->n])
		return -ENOMEM;
	mg->n++;
	mg->no_memory = false;
	return 0;
}

static int tell_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *nest;
	int ret;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != NSFAB_A_LINK)
			continue;
		ret = link_tell(nest, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static int dump_reset(struct nsfab *h, const struct nsfab_nl_req *req,
		      struct nsfab_nl_msg *m, const struct sink *sink,
		      struct nsfab_err *err)
{
	struct merge mg = { 0 };
	struct sink merge = { .cb = merge_link, .arg = &mg };
	int told = 0;
	size_t i;
	int ret;

	ret = nsfab_nl_dump(h, req, m, NSFAB_NL_MERGE, tell_message, &merge,
			    err);
	if (mg.no_memory)
		nsfab_err_set(err, -ENOMEM, "links");
	/* What has been reset must be told, also when the rest failed. */
	for (i = 0; i < mg.n; i++) {
		if (!told)
			told = sink->cb(mg.link[i], sink->arg);
		free(mg.link[i]);
	}
	free(mg.link);
	return ret ? ret : told;
}

int nsfab_link_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, bool reset,
		    nsfab_link_cb cb, void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	if (!reset)
		return nsfab_genl_dump(h, &nsfab_kind_link, NSFAB_CMD_LINK_GET,
				       ifindex, filter, &sink, err);
	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, NSFAB_CMD_LINK_GET, 0, ifindex);
	nsfab_genl_put_filter(&m, filter, NSFAB_A_FILTER_RESET);
	ret = dump_reset(h, &req, &m, &sink, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

struct nsfab_link *nsfab_link_dup(const struct nsfab_link *l)
{
	const struct nsfab_dup_part part[] = {
		NSFAB_DUP_STR(struct nsfab_link, l, name),
		NSFAB_DUP_ARRAY(struct nsfab_link, l, table, l->n_table),
		NSFAB_DUP_ARRAY(struct nsfab_link, l, nth, l->n_nth),
		NSFAB_DUP_ARRAY(struct nsfab_link, l, path, l->n_path),
		NSFAB_DUP_ARRAY(struct nsfab_link, l, trace,
				l->trace ? l->n_trace : 0),
	};

	return nsfab_dup(l, sizeof(*l), part, sizeof(part) / sizeof(part[0]));
}

unsigned int nsfab_link_loss_count(unsigned int model)
{
	switch (model) {
	case NSFAB_LINK_LOSS_MODEL_RANDOM:
		return 1;
	case NSFAB_LINK_LOSS_MODEL_GILBERT:
		return 4;
	case NSFAB_LINK_LOSS_MODEL_MARKOV:
		return 5;
	}
	return 0;
}

uint64_t nsfab_link_bucket(unsigned int bucket)
{
	return bucket ? 1ull << (bucket - 1) : 0;
}

uint64_t nsfab_link_quantile(const uint64_t *histogram, double share,
			     uint64_t most)
{
	uint64_t sum = 0, below = 0, end;
	unsigned int i;

	for (i = 0; i < NSFAB_LINK_HISTOGRAM; i++)
		sum += histogram[i];
	if (!sum)
		return 0;
	for (i = 0; i < NSFAB_LINK_HISTOGRAM - 1; i++) {
		below += histogram[i];
		if ((double)below >= share * (double)sum)
			break;
	}
	/* All that is in the bucket is less than where the next one begins. */
	end = nsfab_link_bucket(i + 1) - 1;
	return most && (end > most || i == NSFAB_LINK_HISTOGRAM - 1) ? most :
								       end;
}

void nsfab_link_counters_add(struct nsfab_link_counters *sum,
			     const struct nsfab_link_counters *c)
{
	unsigned int i;

	sum->packets += c->packets;
	sum->bytes += c->bytes;
	sum->out_packets += c->out_packets;
	sum->out_bytes += c->out_bytes;
	sum->lost += c->lost;
	sum->queue_drops += c->queue_drops;
	sum->down_drops += c->down_drops;
	sum->held_drops += c->held_drops;
	sum->horizon_drops += c->horizon_drops;
	sum->marked += c->marked;
	sum->duplicated += c->duplicated;
	sum->corrupted += c->corrupted;
	sum->reordered += c->reordered;
	sum->segmented += c->segmented;
	sum->held += c->held;
	sum->held_bytes += c->held_bytes;
	if (c->first && (!sum->first || c->first < sum->first))
		sum->first = c->first;
	if (c->last > sum->last)
		sum->last = c->last;
	sum->late_sum += c->late_sum;
	sum->late_squares += c->late_squares;
	if (c->late_max > sum->late_max)
		sum->late_max = c->late_max;
	for (i = 0; i < NSFAB_LINK_HISTOGRAM; i++) {
		sum->late[i] += c->late[i];
		sum->queueing[i] += c->queueing[i];
		sum->propagation[i] += c->propagation[i];
	}
}
