// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow export: all that is known of flows, as JSON or CSV; in an order
 * that is theirs, not the table's, so that equal runs export equal files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_words.h"
#include "words.h"

struct export {
	struct netctl_names *names;
	struct netctl_print *p;
	FILE *out;
	struct nsfab_flow *flow;
	size_t n, room;
};

static int keep(const struct nsfab_flow *flow, void *arg)
{
	struct export *e = arg;
	struct nsfab_flow *more;
	size_t room;

	if (e->n == e->room) {
		room = e->room ? e->room * 2 : 1024;
		more = realloc(e->flow, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		e->flow = more;
		e->room = room;
	}
	e->flow[e->n++] = *flow;
	return 0;
}

#define ORDER(a, b) ((a) < (b) ? -1 : (a) > (b))

static int by_begin(const void *a, const void *b)
{
	const struct nsfab_flow *x = a, *y = b;
	int order = ORDER(x->first, y->first) ?: ORDER(x->tenant, y->tenant) ?:
		    memcmp(&x->src, &y->src, sizeof(x->src)) ?:
		    memcmp(&x->dst, &y->dst, sizeof(x->dst));

	return order ?: ORDER(x->proto, y->proto) ?:
			ORDER(x->src_l4, y->src_l4) ?:
			ORDER(x->dst_l4, y->dst_l4);
}

/* Of names and addresses none has a comma or a quote. */
static void csv_dir(FILE *out, const struct nsfab_flow_dir *d)
{
	fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s,%u,%" PRIu64
		",%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32, d->packets,
		d->bytes, d->drop_packets, d->drop_packets ?
		nsfab_drop_reason_name(d->drop_reason) : "", d->tcp_flags,
		d->size_squares, d->gap_sum, d->gap_squares, d->size_min,
		d->size_max);
}

static void csv_flow(const struct nsfab_flow *f, struct export *e)
{
	char src[NSFAB_ADDR_STRLEN], dst[NSFAB_ADDR_STRLEN];
	FILE *out = e->out;

	fprintf(out, "%s,%u,%s,%u,%s,", netctl_tenant_name(e->names, f->tenant),
		f->proto, nsfab_addr_format(&f->src, src), f->src_l4,
		f->present & NSFAB_FLOW_HAS_SRC_PORT ?
		netctl_port_name(e->names, f->src_port) : "");
	fprintf(out, "%s,%u,%s,%" PRIu64 ",%" PRIu64 ",",
		nsfab_addr_format(&f->dst, dst), f->dst_l4,
		f->present & NSFAB_FLOW_HAS_DST_PORT ?
		netctl_port_name(e->names, f->dst_port) : "", f->first,
		f->last);
	if (f->present & NSFAB_FLOW_HAS_RTT)
		fprintf(out, "%" PRIu64, f->rtt);
	csv_dir(out, &f->orig);
	csv_dir(out, &f->reply);
	fputc('\n', out);
}

static void csv_head(FILE *out)
{
	static const char *const dirs[] = { "orig", "reply" };
	static const char *const members[] = {
		"packets", "bytes", "drop_packets", "drop_reason", "tcp_flags",
		"size_squares", "gap_sum_us", "gap_squares_us2", "size_min",
		"size_max",
	};
	size_t i, j;

	fputs("tenant,proto_number,src,src_l4,src_port,dst,dst_l4,dst_port,first_ns,last_ns,rtt_ns",
	      out);
	for (i = 0; i < 2; i++)
		for (j = 0; j < sizeof(members) / sizeof(members[0]); j++)
			fprintf(out, ",%s_%s", dirs[i], members[j]);
	fputc('\n', out);
}

static int run(struct netctl_ctx *ctx, struct export *e,
	       const struct flow_words *w)
{
	unsigned int ifindex;
	struct nsfab *h;
	size_t i;
	int ret;

	e->names = netctl_names_load(ctx, NETCTL_NAMES_PORTS);
	if (!e->names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (w->csv)
		csv_head(e->out);
	else
		e->p = netctl_print_open_to(ctx, NETCTL_LIST, e->out, true);
	ret = nsfab_flow_dump(h, ifindex, &w->filter, w->reset, keep, e,
			      &ctx->err);
	if (e->n)
		qsort(e->flow, e->n, sizeof(*e->flow), by_begin);
	for (i = 0; i < e->n && !ferror(e->out); i++) {
		if (w->csv)
			csv_flow(&e->flow[i], e);
		else
			flow_print(e->p, e->names, &e->flow[i]);
	}
	if (ret && !ferror(e->out))
		ret = netctl_fail(ctx);
	return e->p ? netctl_done(e->p, ret) : ret;
}

int flow_export(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct export e = { .out = stdout };
	struct flow_words w;
	bool bad;
	int ret;

	ret = flow_words_parse(ctx, FLOW_WORDS_EXPORT, argc, argv, &w);
	if (ret)
		goto out;
	if (w.output)
		e.out = fopen(w.output, "we");
	if (!e.out) {
		ret = netctl_usage(ctx, "%s: %s", w.output, strerror(errno));
		goto out;
	}
	ret = run(ctx, &e, &w);
	bad = ferror(e.out);
	if ((w.output ? fclose(e.out) : fflush(e.out)) || bad) {
		netctl_usage(ctx, "%s: cannot write",
			     w.output ? w.output : "standard output");
		ret = NETCTL_REFUSED;
	}
out:
	free(e.flow);
	netctl_names_free(e.names);
	flow_words_free(&w);
	return ret;
}
