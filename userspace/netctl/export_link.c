// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl export: links and bottlenecks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "lab_word.h"
#include "link_values.h"

/* Columns of a long list's line */
#define LIST_WIDTH 64

/* Port of an end as a lab file names it: a network by its patch port. */
static const char *end_name(const struct nsfab_state *state,
			    const struct nsfab_state_obj *link,
			    const char *port, int end, char *buf, size_t size)
{
	const struct nsfab_state_obj *obj;
	size_t i;
	int p;

	snprintf(buf, size, "%s", port);
	if (!strcmp(link->host, NSFAB_STATE_UNDERLAY_HOST)) {
		buf[strcspn(buf, "/")] = '\0';
		return buf;
	}
	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != NSFAB_STATE_PATCH ||
		    strcmp(obj->tenant, link->tenant))
			continue;
		for (p = 0; p < 2; p++)
			if (!strcmp(obj->as_patch.port[p], port))
				snprintf(buf, size, "%s",
					 obj->as_patch.network[end ? !p : p]);
	}
	return buf;
}

static bool is_patch(const struct nsfab_state *state,
		     const struct nsfab_state_obj *link)
{
	const struct nsfab_state_obj *obj;
	size_t i;

	for (i = 0; link->as_link.to && i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind == NSFAB_STATE_PATCH &&
		    !strcmp(obj->tenant, link->tenant) &&
		    (!strcmp(obj->as_patch.port[0], link->as_link.to) ||
		     !strcmp(obj->as_patch.port[1], link->as_link.to)))
			return true;
	}
	return false;
}

/* A key behind what is there */
static void put_key(bool *any, const char *key)
{
	printf("%s%s: ", *any ? ", " : "", key);
	*any = true;
}

static void put_value(bool *any, const char *key, const char *value)
{
	put_key(any, key);
	lab_put_word(stdout, value);
}

static void put_number(bool *any, const char *key, uint64_t value)
{
	put_key(any, key);
	printf("%" PRIu64, value);
}

/* In the largest unit of a thousand that leaves a whole number. */
static void put_unit(bool *any, const char *key, uint64_t value,
		     const char *const unit[4])
{
	int i = 0;

	while (i < 3 && value && !(value % 1000)) {
		value /= 1000;
		i++;
	}
	put_number(any, key, value);
	fputs(unit[i], stdout);
}

void export_put_time(bool *any, const char *key, uint64_t ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };

	put_unit(any, key, ns, unit);
}

static void put_rate(bool *any, uint64_t rate)
{
	static const char *const unit[] = { "bit", "kbit", "mbit", "gbit" };

	if (rate)
		put_unit(any, "rate", rate, unit);
	else
		put_value(any, "rate", "none");
}

static void put_share(bool *any, const char *key, uint32_t share)
{
	char text[32];

	put_value(any, key, link_share_text(share, text, sizeof(text)));
}

static void put_length(bool *any, const char *key, uint64_t bytes,
		       uint64_t time, const char *none)
{
	if (time)
		export_put_time(any, key, time);
	else if (bytes)
		put_number(any, key, bytes);
	else
		put_value(any, key, none);
}

/* One more number of a list that may have many */
static void put_item(unsigned int *column, const char *text)
{
	unsigned int len = strlen(text);

	if (*column && *column + len > LIST_WIDTH) {
		fputs(",\n            ", stdout);
		*column = 0;
	} else if (*column) {
		fputs(", ", stdout);
	}
	fputs(text, stdout);
	*column += len + 2;
}

static void put_dist(bool *any, const struct nsfab_link *conf)
{
	const double scale = LINK_SCALE / LINK_FILE_SCALE;
	unsigned int column = 0;
	char text[32];
	size_t i;

	if (conf->dist != NSFAB_LINK_DIST_TABLE)
		return put_value(any, "dist", nsfab_link_dist_name(conf->dist));
	put_key(any, "dist");
	fputs("{table: [", stdout);
	for (i = 0; i < conf->n_table; i++) {
		snprintf(text, sizeof(text), "%.10g", conf->table[i] / scale);
		put_item(&column, text);
	}
	fputs("]}", stdout);
}

/* As in a file of it, its last one is its period, which need not be said. */
static void put_trace(bool *any, const struct nsfab_link *conf)
{
	bool whole = conf->trace[conf->n_trace - 1] == conf->trace_period;
	unsigned int column = 0;
	char text[32];
	size_t i;

	put_key(any, "trace");
	if (!whole)
		printf("{period: %u, at: ", conf->trace_period);
	putchar('[');
	for (i = 0; i < conf->n_trace; i++) {
		snprintf(text, sizeof(text), "%u", conf->trace[i]);
		put_item(&column, text);
	}
	fputs(whole ? "]" : "]}", stdout);
}

static void put_flags(bool *any, uint32_t flags, uint32_t other)
{
	if ((flags ^ other) & NSFAB_LINK_FLAG_OVERTAKE)
		put_value(any, "overtake",
			  flags & NSFAB_LINK_FLAG_OVERTAKE ? "on" : "off");
	if ((flags ^ other) & NSFAB_LINK_FLAG_DOWN)
		put_value(any, "state",
			  flags & NSFAB_LINK_FLAG_DOWN ? "down" : "up");
}

static void put_filter(bool *any, const struct nsfab_link_filter *f)
{
	char prefix[NSFAB_PREFIX_STRLEN];

	if (f->present & NSFAB_LINK_FILTER_HAS_SRC)
		put_value(any, "src", nsfab_prefix_format(&f->src, prefix));
	if (f->present & NSFAB_LINK_FILTER_HAS_DST)
		put_value(any, "dst", nsfab_prefix_format(&f->dst, prefix));
	if (f->present & NSFAB_LINK_FILTER_HAS_PROTO)
		put_number(any, "proto", f->proto);
	if (f->present & NSFAB_LINK_FILTER_HAS_SPORT)
		put_number(any, "sport", f->sport);
	if (f->present & NSFAB_LINK_FILTER_HAS_DPORT)
		put_number(any, "dport", f->dport);
}

static void put_loss(bool *any, const struct nsfab_link *conf)
{
	char loss[NSFAB_LINK_NTH_MAX * 11 + 8];

	put_value(any, "loss", conf->loss_model == NSFAB_LINK_LOSS_MODEL_NONE ?
		  "none" : link_loss_text(conf, loss, sizeof(loss)));
}

void export_put_conf(const struct nsfab_link *conf, uint32_t which,
		     uint32_t flags, bool *any)
{
	if (which & NSFAB_LINK_HAS_DELAY)
		export_put_time(any, "delay", conf->delay);
	if (which & NSFAB_LINK_HAS_JITTER)
		export_put_time(any, "jitter", conf->jitter);
	if (which & NSFAB_LINK_HAS_DIST)
		put_dist(any, conf);
	if (which & NSFAB_LINK_HAS_FLAGS)
		put_flags(any, conf->flags, flags);
	if (which & NSFAB_LINK_HAS_LOSS)
		put_loss(any, conf);
	if (which & NSFAB_LINK_HAS_DUPLICATE)
		put_share(any, "duplicate", conf->duplicate);
	if (which & NSFAB_LINK_HAS_CORRUPT)
		put_share(any, "corrupt", conf->corrupt);
	if (which & NSFAB_LINK_HAS_REORDER)
		put_share(any, "reorder", conf->reorder);
	if (which & NSFAB_LINK_HAS_RATE)
		put_rate(any, conf->rate);
	if (which & NSFAB_LINK_HAS_OVERHEAD)
		put_value(any, "overhead",
			  nsfab_link_overhead_name(conf->overhead));
	if (which & NSFAB_LINK_HAS_QUEUE)
		put_length(any, "queue", conf->queue_bytes, conf->queue_time,
			   "auto");
	if (which & NSFAB_LINK_HAS_ECN)
		put_length(any, "ecn", conf->ecn_bytes, conf->ecn_time, "off");
	if (which & NSFAB_LINK_HAS_TRACE && conf->n_trace)
		put_trace(any, conf);
	if (which & NSFAB_LINK_HAS_SEED)
		put_number(any, "seed", conf->seed);
}

/* What of a link is not as the kernel has it by itself */
static uint32_t worth_saying(const struct nsfab_link *conf)
{
	uint32_t which = 0;

#define WORTH(HAS, differs) (which |= (differs) ? NSFAB_LINK_HAS_ ## HAS : 0)
	WORTH(FLAGS, conf->flags);
	WORTH(DELAY, conf->delay);
	WORTH(JITTER, conf->jitter);
	WORTH(DIST, conf->dist != NSFAB_LINK_DIST_UNIFORM);
	WORTH(LOSS, conf->loss_model != NSFAB_LINK_LOSS_MODEL_NONE);
	WORTH(DUPLICATE, conf->duplicate);
	WORTH(CORRUPT, conf->corrupt);
	WORTH(REORDER, conf->reorder);
	WORTH(RATE, conf->rate);
	WORTH(OVERHEAD, conf->overhead != NSFAB_LINK_OVERHEAD_L2);
	WORTH(QUEUE, conf->queue_bytes || conf->queue_time);
	WORTH(ECN, conf->ecn_bytes || conf->ecn_time);
	WORTH(TRACE, conf->n_trace);
#undef WORTH
	return which;
}

/* One that is made of the lab's need not be said. */
static void put_seed(const struct nsfab_state *state,
		     const struct nsfab_state_obj *obj, uint64_t own, bool *any)
{
	uint64_t seed;

	if (nsfab_state_seed(state, &seed) &&
	    own == nsfab_state_derive_seed(seed, obj->tenant, obj->name))
		return;
	if (own <= 9007199254740991)
		put_number(any, "seed", own);
}

void export_put_ends(const struct nsfab_state *state,
		     const struct nsfab_state_obj *obj, bool *any)
{
	const struct nsfab_state_link *link = &obj->as_link;
	char name[NSFAB_PORT_NAME_MAX + 1];
	bool patch = is_patch(state, obj);

	if (link->from || patch)
		put_value(any, "from",
			  end_name(state, obj, patch ? link->to : link->from, 0,
				   name, sizeof(name)));
	if (link->to)
		put_value(any, "to", end_name(state, obj, link->to, 1, name,
					      sizeof(name)));
	if (link->conf->scope)
		put_number(any, "scope", link->conf->scope);
}

static void put_link(const struct export *x, const struct nsfab_state_obj *obj,
		     const char *indent)
{
	const struct nsfab_state_link *link = &obj->as_link;
	bool bottleneck = obj->kind == NSFAB_STATE_BOTTLENECK, any = false;
	struct nsfab_link conf;
	unsigned int i;

	export_base_of(x, obj, &conf);
	fputs(indent, stdout);
	if (bottleneck)
		lab_put_word(stdout, obj->name);
	fputs(bottleneck ? ": {" : "- {", stdout);
	if (!bottleneck)
		export_put_ends(x->state, obj, &any);
	put_filter(&any, &conf.filter);
	export_put_conf(&conf, worth_saying(&conf), 0, &any);
	put_seed(x->state, obj, conf.seed, &any);
	for (i = 0; i < link->n_path; i++) {
		fputs(i ? ", " : ", path: [", stdout);
		lab_put_word(stdout, link->path[i]);
	}
	fputs(link->n_path ? "]}\n" : "}\n", stdout);
}

void export_links(const struct export *x, const char *tenant, bool underlay,
		  const char *indent)
{
	static const enum nsfab_state_kind kinds[] = {
		NSFAB_STATE_BOTTLENECK, NSFAB_STATE_LINK,
	};
	const struct nsfab_state_obj *obj;
	char deeper[16];
	bool any;
	size_t i, k;

	snprintf(deeper, sizeof(deeper), "%s  ", indent);
	for (k = 0; k < 2; k++) {
		any = false;
		for (i = 0; i < nsfab_state_count(x->state); i++) {
			obj = nsfab_state_obj(x->state, i);
			if (obj->kind != kinds[k] ||
			    strcmp(obj->tenant, tenant) ||
			    underlay != !strcmp(obj->host,
						NSFAB_STATE_UNDERLAY_HOST))
				continue;
			if (!any)
				printf("%s%s:\n", indent,
				       k ? "links" : "bottlenecks");
			any = true;
			put_link(x, obj, deeper);
		}
	}
}
