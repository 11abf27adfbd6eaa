// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: a link, as a row. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_values.h"
#include "members.h"
#include "view.h"

#define HEAD(text) (brief ? NULL : (text))

static void print_filter(struct netctl_print *p,
			 const struct nsfab_link_filter *f, bool brief)
{
	char src[NSFAB_PREFIX_STRLEN] = "", dst[NSFAB_PREFIX_STRLEN] = "";
	char text[2 * NSFAB_PREFIX_STRLEN + 64] = "";
	size_t at = 0;

	nsfab_prefix_format(&f->src, src);
	nsfab_prefix_format(&f->dst, dst);
	netctl_object_open(p, "filter");
#define PART(HAS, print, format, value) do { \
	if (f->present & NSFAB_LINK_FILTER_HAS_ ## HAS) { \
		print; \
		at += snprintf(text + at, sizeof(text) - at, format, \
			       at ? " " : "", value); \
	} } while (0)
	PART(SRC, netctl_str(p, "src", NULL, src), "%ssrc %s", src);
	PART(DST, netctl_str(p, "dst", NULL, dst), "%sdst %s", dst);
	PART(PROTO, netctl_num(p, "proto", NULL, f->proto), "%sproto %u",
	     f->proto);
	PART(SPORT, netctl_num(p, "sport", NULL, f->sport), "%ssport %u",
	     f->sport);
	PART(DPORT, netctl_num(p, "dport", NULL, f->dport), "%sdport %u",
	     f->dport);
#undef PART
	netctl_object_close(p);
	netctl_str(p, NULL, HEAD("filter"), text);
}

static void print_share(struct netctl_print *p, const char *key,
			const char *head, uint32_t share)
{
	char text[32] = "";

	if (share)
		link_share_text(share, text, sizeof(text));
	netctl_str(p, NULL, head, text);
	netctl_dbl(p, key, NULL, link_share(share));
}

static void print_loss(struct netctl_print *p, const struct nsfab_link *link)
{
	unsigned int n = nsfab_link_loss_count(link->loss_model), i;
	char text[NSFAB_LINK_NTH_MAX * 11 + 8];
	double value[NSFAB_LINK_NTH_MAX];

	netctl_str(p, "loss_model", NULL,
		   nsfab_link_loss_model_name(link->loss_model));
	for (i = 0; i < n; i++)
		value[i] = link_share(link->loss[i]);
	netctl_dbls(p, "loss", value, n);
	for (i = 0; i < link->n_nth && i < NSFAB_LINK_NTH_MAX; i++)
		value[i] = link->nth[i];
	netctl_dbls(p, "loss_nth", value, i);
	netctl_str(p, NULL, "loss", link_loss_text(link, text, sizeof(text)));
}

static void print_delay(struct netctl_print *p, const struct nsfab_link *link,
			bool brief)
{
	char delay[NETCTL_UNIT_STRLEN], jitter[NETCTL_UNIT_STRLEN];
	char text[2 * NETCTL_UNIT_STRLEN + 32] = "";

	netctl_format_time(link->delay, delay);
	netctl_format_time(link->jitter, jitter);
	if (link->jitter)
		snprintf(text, sizeof(text), "%s +- %s", delay, jitter);
	else if (link->delay)
		snprintf(text, sizeof(text), "%s", delay);
	netctl_str(p, NULL, "delay", text);
	netctl_time(p, "delay_ns", NULL, link->delay);
	netctl_time(p, "jitter_ns", NULL, link->jitter);
	netctl_str(p, "dist", HEAD("distribution"),
		   nsfab_link_dist_name(link->dist));
	netctl_num(p, "table_points", NULL, link->n_table);
	netctl_bool(p, "overtake", HEAD("overtake"),
		    link->flags & NSFAB_LINK_FLAG_OVERTAKE);
}

static void print_rate(struct netctl_print *p, const struct nsfab_link *link,
		       bool brief)
{
	char text[NETCTL_UNIT_STRLEN + 32] = "";

	if (link->n_trace)
		snprintf(text, sizeof(text), "trace of %zu", link->n_trace);
	else if (link->rate)
		netctl_format_rate(link->rate, text);
	netctl_str(p, NULL, "rate", text);
	netctl_rate(p, "rate_bps", NULL, link->rate);
	netctl_num(p, "trace_opportunities", NULL, link->n_trace);
	netctl_num(p, "trace_period_ms", NULL, link->trace_period);
	netctl_str(p, "overhead", HEAD("overhead"),
		   nsfab_link_overhead_name(link->overhead));
	netctl_str(p, NULL, "queue",
		   link_queue_text(link->queue_bytes, link->queue_time, "auto",
				   text, sizeof(text)));
	netctl_num(p, "queue_bytes", NULL, link->queue_bytes);
	netctl_time(p, "queue_ns", NULL, link->queue_time);
	netctl_time(p, "queue_limit_ns", HEAD("queue limit"),
		    link->queue_limit);
	netctl_str(p, NULL, HEAD("ecn"),
		   link_queue_text(link->ecn_bytes, link->ecn_time, "off", text,
				   sizeof(text)));
	netctl_num(p, "ecn_bytes", NULL, link->ecn_bytes);
	netctl_time(p, "ecn_ns", NULL, link->ecn_time);
}

static void print_path(struct netctl_print *p, struct netctl_names *names,
		       const struct nsfab_link *link)
{
	const char *list[NSFAB_LINK_PATH_MAX];
	size_t i;

	for (i = 0; i < link->n_path && i < NSFAB_LINK_PATH_MAX; i++)
		list[i] = netctl_path_end(netctl_link_name(names,
							   link->path[i]));
	netctl_list(p, "path", "path", list, i);
}

/* A histogram is the lower ends of its buckets and how many are in each. */
static void print_histogram(struct netctl_print *p, const char *key,
			    const uint64_t *histogram)
{
	unsigned int i;

	netctl_array_open(p, key);
	for (i = 0; i < NSFAB_LINK_HISTOGRAM; i++) {
		if (!histogram[i])
			continue;
		netctl_array_next(p);
		netctl_num(p, "from_ns", NULL, nsfab_link_bucket(i));
		netctl_num(p, "packets", NULL, histogram[i]);
	}
	netctl_array_close(p);
}

static void print_counters(struct netctl_print *p,
			   const struct nsfab_link_counters *c, bool brief)
{
	netctl_num(p, "packets", "packets", c->packets);
	netctl_bytes(p, "bytes", "bytes", c->bytes);
	netctl_num(p, "out_packets", HEAD("out packets"), c->out_packets);
	netctl_bytes(p, "out_bytes", HEAD("out bytes"), c->out_bytes);
	netctl_num(p, "lost", "lost", c->lost);
	netctl_num(p, "queue_drops", "queue drops", c->queue_drops);
	netctl_num(p, "down_drops", HEAD("down drops"), c->down_drops);
	netctl_num(p, "held_drops", HEAD("held drops"), c->held_drops);
	netctl_num(p, "horizon_drops", HEAD("horizon drops"),
		   c->horizon_drops);
	netctl_num(p, "marked", HEAD("marked"), c->marked);
	netctl_num(p, "duplicated", HEAD("duplicated"), c->duplicated);
	netctl_num(p, "corrupted", HEAD("corrupted"), c->corrupted);
	netctl_num(p, "reordered", HEAD("reordered"), c->reordered);
	netctl_num(p, "segmented", HEAD("segmented"), c->segmented);
	netctl_num(p, "held", HEAD("held"), c->held);
	netctl_bytes(p, "held_bytes", HEAD("held bytes"), c->held_bytes);
	netctl_num(p, "first_ns", NULL, c->first);
	netctl_num(p, "last_ns", NULL, c->last);
	netctl_num(p, "late_sum_ns", NULL, c->late_sum);
	netctl_num(p, "late_squares", NULL, c->late_squares);
	netctl_time(p, "late_max_ns", HEAD("largest lateness"), c->late_max);
	print_histogram(p, "late", c->late);
	print_histogram(p, "queueing", c->queueing);
	print_histogram(p, "propagation", c->propagation);
}

void netctl_link_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_link *link, bool brief)
{
	netctl_num(p, "id", HEAD("id"), link->id);
	if (link->present & NSFAB_LINK_HAS_NAME) {
		netctl_str(p, "tenant", "tenant",
			   netctl_tenant_name(names, link->tenant));
		netctl_str(p, "name", "bottleneck", link->name);
	} else {
		netctl_str(p, "from", "from",
			   link->present & NSFAB_LINK_HAS_FROM && link->from ?
			   netctl_port_name(names, link->from) : NULL);
		netctl_str(p, "to", "to",
			   link->present & NSFAB_LINK_HAS_TO && link->to ?
			   netctl_port_name(names, link->to) : NULL);
		netctl_num(p, "scope", "scope", link->scope);
		print_filter(p, &link->filter, brief);
	}
	netctl_num(p, "revision", HEAD("revision"), link->revision);
	netctl_str(p, "state", "state", link->flags & NSFAB_LINK_FLAG_DOWN ?
		   "down" : "up");
	print_delay(p, link, brief);
	print_loss(p, link);
	print_share(p, "duplicate", HEAD("duplicate"), link->duplicate);
	print_share(p, "corrupt", HEAD("corrupt"), link->corrupt);
	print_share(p, "reorder", HEAD("reorder"), link->reorder);
	print_rate(p, link, brief);
	netctl_num(p, "seed", HEAD("seed"), link->seed);
	if (!(link->present & NSFAB_LINK_HAS_NAME))
		print_path(p, names, link);
	if (link->present & NSFAB_LINK_HAS_COUNTERS)
		print_counters(p, &link->counters, brief);
}
