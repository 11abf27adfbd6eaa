// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow export: all that is known of flows, as JSON or CSV. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow_words.h"
#include "words.h"

struct export {
	struct netctl_names *names;
	struct netctl_print *p;
	FILE *out;
};

static int json_flow(const struct nsfab_flow *flow, void *arg)
{
	struct export *e = arg;

	flow_print(e->p, e->names, flow);
	return 0;
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

static int csv_flow(const struct nsfab_flow *f, void *arg)
{
	char src[NSFAB_ADDR_STRLEN], dst[NSFAB_ADDR_STRLEN];
	struct export *e = arg;
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
	return ferror(out) ? -EIO : 0;
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
	int ret;

	e->names = netctl_names_load(ctx, NETCTL_NAMES_PORTS);
	if (!e->names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (w->csv)
		csv_head(e->out);
	else
		e->p = netctl_print_open_to(ctx, NETCTL_LIST, e->out, true);
	ret = nsfab_flow_dump(h, ifindex, &w->filter, w->reset,
			      w->csv ? csv_flow : json_flow, e, &ctx->err);
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
	netctl_names_free(e.names);
	flow_words_free(&w);
	return ret;
}
