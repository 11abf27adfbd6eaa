// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a link does, in words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "state_priv.h"

struct words {
	char *buf;
	size_t size;
	size_t len;
};

__attribute__((format(printf, 2, 3)))
static void put(struct words *w, const char *fmt, ...)
{
	size_t left = w->len < w->size ? w->size - w->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? w->buf + w->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		w->len += n;
}

/* In the largest unit of a thousand that leaves a whole number. */
static void put_unit(struct words *w, uint64_t number,
		     const char *const unit[4])
{
	int i = 0;

	while (i < 3 && number && !(number % 1000)) {
		number /= 1000;
		i++;
	}
	put(w, "%" PRIu64 "%s", number, unit[i]);
}

static void put_time(struct words *w, uint64_t ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };

	put_unit(w, ns, unit);
}

static void put_rate(struct words *w, uint64_t rate)
{
	static const char *const unit[] = { "bit", "kbit", "mbit", "gbit" };

	if (rate)
		put_unit(w, rate, unit);
	else
		put(w, "none");
}

static void put_share(struct words *w, uint32_t share)
{
	put(w, "%.6g%%", share * 100.0 / UINT32_MAX);
}

static void put_length(struct words *w, uint64_t bytes, uint64_t time,
		       const char *none)
{
	if (time)
		put_time(w, time);
	else if (bytes)
		put(w, "%" PRIu64, bytes);
	else
		put(w, "%s", none);
}

static void put_loss(struct words *w, const struct nsfab_link *link)
{
	static const char *const model[] = {
		[NSFAB_LINK_LOSS_MODEL_NONE] = "none",
		[NSFAB_LINK_LOSS_MODEL_RANDOM] = "",
		[NSFAB_LINK_LOSS_MODEL_GILBERT] = "gemodel ",
		[NSFAB_LINK_LOSS_MODEL_MARKOV] = "state ",
		[NSFAB_LINK_LOSS_MODEL_NTH] = "nth ",
	};
	unsigned int n = nsfab_link_loss_count(link->loss_model), i;
	size_t j;

	if (link->loss_model < sizeof(model) / sizeof(model[0]))
		put(w, "%s", model[link->loss_model]);
	for (i = 0; i < n; i++) {
		put(w, "%s", i ? " " : "");
		put_share(w, link->loss[i]);
	}
	for (j = 0; link->loss_model == NSFAB_LINK_LOSS_MODEL_NTH &&
	     j < link->n_nth; j++)
		put(w, "%s%u", j ? "," : "", link->nth[j]);
}

static void put_filter(struct words *w, const struct nsfab_link_filter *f)
{
	char prefix[NSFAB_PREFIX_STRLEN];
	const char *sep = "";

	if (!f->present)
		put(w, "none");
	if (f->present & NSFAB_LINK_FILTER_HAS_SRC) {
		put(w, "src %s", nsfab_prefix_format(&f->src, prefix));
		sep = " ";
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_DST) {
		put(w, "%sdst %s", sep, nsfab_prefix_format(&f->dst, prefix));
		sep = " ";
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_PROTO) {
		put(w, "%sproto %u", sep, f->proto);
		sep = " ";
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_SPORT) {
		put(w, "%ssport %u", sep, f->sport);
		sep = " ";
	}
	if (f->present & NSFAB_LINK_FILTER_HAS_DPORT)
		put(w, "%sdport %u", sep, f->dport);
}

static void put_value(struct words *w, const struct nsfab_link *link,
		      uint32_t has)
{
	switch (has) {
	case NSFAB_LINK_HAS_FLAGS:
		put(w, "%s%s", link->flags & NSFAB_LINK_FLAG_DOWN ? "down" :
		    "up", link->flags & NSFAB_LINK_FLAG_OVERTAKE ?
		    " overtake" : "");
		break;
	case NSFAB_LINK_HAS_DELAY:
		put_time(w, link->delay);
		break;
	case NSFAB_LINK_HAS_JITTER:
		put_time(w, link->jitter);
		break;
	case NSFAB_LINK_HAS_DIST:
		put(w, "%s", nsfab_link_dist_name(link->dist));
		break;
	case NSFAB_LINK_HAS_LOSS:
		put_loss(w, link);
		break;
	case NSFAB_LINK_HAS_DUPLICATE:
		put_share(w, link->duplicate);
		break;
	case NSFAB_LINK_HAS_CORRUPT:
		put_share(w, link->corrupt);
		break;
	case NSFAB_LINK_HAS_REORDER:
		put_share(w, link->reorder);
		break;
	case NSFAB_LINK_HAS_RATE:
		put_rate(w, link->rate);
		break;
	case NSFAB_LINK_HAS_OVERHEAD:
		put(w, "%s", nsfab_link_overhead_name(link->overhead));
		break;
	case NSFAB_LINK_HAS_QUEUE:
		put_length(w, link->queue_bytes, link->queue_time, "auto");
		break;
	case NSFAB_LINK_HAS_ECN:
		put_length(w, link->ecn_bytes, link->ecn_time, "off");
		break;
	case NSFAB_LINK_HAS_SEED:
		put(w, "%" PRIu64, link->seed);
		break;
	case NSFAB_LINK_HAS_FILTER:
		put_filter(w, &link->filter);
		break;
	case NSFAB_LINK_HAS_TRACE:
		put(w, "%zu in %ums", link->n_trace, link->trace_period);
		break;
	case NSFAB_LINK_HAS_TABLE:
		put(w, "of %zu", link->n_table);
		break;
	}
}

static const struct {
	uint32_t has;
	const char *name;
} values[] = {
	{ NSFAB_LINK_HAS_FILTER, "filter" },
	{ NSFAB_LINK_HAS_FLAGS, "state" },
	{ NSFAB_LINK_HAS_DELAY, "delay" },
	{ NSFAB_LINK_HAS_JITTER, "jitter" },
	{ NSFAB_LINK_HAS_DIST, "dist" },
	{ NSFAB_LINK_HAS_TABLE, "table" },
	{ NSFAB_LINK_HAS_LOSS, "loss" },
	{ NSFAB_LINK_HAS_DUPLICATE, "duplicate" },
	{ NSFAB_LINK_HAS_CORRUPT, "corrupt" },
	{ NSFAB_LINK_HAS_REORDER, "reorder" },
	{ NSFAB_LINK_HAS_RATE, "rate" },
	{ NSFAB_LINK_HAS_OVERHEAD, "overhead" },
	{ NSFAB_LINK_HAS_QUEUE, "queue" },
	{ NSFAB_LINK_HAS_ECN, "ecn" },
	{ NSFAB_LINK_HAS_SEED, "seed" },
	{ NSFAB_LINK_HAS_TRACE, "trace" },
};

static void put_path(struct words *w, const struct nsfab_state_link *link)
{
	unsigned int i;

	if (!link->n_path)
		put(w, "none");
	for (i = 0; i < link->n_path; i++)
		put(w, "%s%s", i ? "," : "", link->path[i]);
}

void state_link_text(const struct nsfab_state_link *old,
		     const struct nsfab_state_link *new, char *buf, size_t size)
{
	static const struct nsfab_link none = { .n_nth = 0 };
	const struct nsfab_state_link before = { .conf = (void *)&none };
	struct words w = { .buf = buf, .size = size };
	uint32_t what;
	size_t i;

	*buf = '\0';
	what = state_link_diff(old ? old : &before, new);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!(what & values[i].has))
			continue;
		put(&w, " %s ", values[i].name);
		if (old) {
			put_value(&w, old->conf, values[i].has);
			put(&w, " -> ");
		}
		put_value(&w, new->conf, values[i].has);
	}
	if (!old && !new->n_path)
		return;
	for (i = 0; old && i < new->n_path && i < old->n_path; i++)
		if (strcmp(old->path[i], new->path[i]))
			break;
	if (old && i == new->n_path && i == old->n_path)
		return;
	put(&w, " path ");
	if (old) {
		put_path(&w, old);
		put(&w, " -> ");
	}
	put_path(&w, new);
}
