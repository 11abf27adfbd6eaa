// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow: list, flush, and the others' help. */
#include <stdio.h>
#include <string.h>

#include "flow_words.h"
#include "members.h"
#include "monitor.h"
#include "words.h"

/* "FSRPAUEC", those that were seen */
static const char *tcp_flags(unsigned int flags, char buf[9])
{
	static const char letters[] = "FSRPAUEC";
	size_t i, n = 0;

	for (i = 0; i < 8; i++)
		if (flags & (1u << i))
			buf[n++] = letters[i];
	buf[n] = '\0';
	return buf;
}

static void print_dir(struct netctl_print *p, const struct nsfab_flow *flow,
		      bool reply, const char *key)
{
	const struct nsfab_flow_dir *dir = reply ? &flow->reply : &flow->orig;
	char flags[9];

	netctl_object_open(p, key);
	netctl_num(p, "packets", reply ? "reply packets" : "packets",
		   dir->packets);
	netctl_bytes(p, "bytes", reply ? "reply bytes" : "bytes", dir->bytes);
	netctl_num(p, "drop_packets", NULL, dir->drop_packets);
	netctl_str(p, "drop_reason", NULL, dir->drop_packets ?
		   nsfab_drop_reason_name(dir->drop_reason) : NULL);
	netctl_num(p, "tcp_flags", NULL, dir->tcp_flags);
	netctl_str(p, "tcp_flag_names", NULL, tcp_flags(dir->tcp_flags, flags));
	if (flow->present & NSFAB_FLOW_HAS_RICH) {
		netctl_num(p, "size_squares", NULL, dir->size_squares);
		netctl_num(p, "gap_sum_us", NULL, dir->gap_sum);
		netctl_num(p, "gap_squares_us2", NULL, dir->gap_squares);
		netctl_num(p, "size_min", NULL, dir->size_min);
		netctl_num(p, "size_max", NULL, dir->size_max);
	}
	netctl_object_close(p);
}

static void print_end(struct netctl_print *p, const char *name,
		      const struct nsfab_addr *addr, unsigned int l4, bool v6)
{
	char text[NSFAB_ADDR_STRLEN], with_port[NSFAB_ADDR_STRLEN + 16];

	nsfab_addr_format(addr, text);
	snprintf(with_port, sizeof(with_port), v6 ? "[%s]:%u" : "%s:%u", text,
		 l4);
	netctl_str(p, name, NULL, text);
	netctl_str(p, NULL, name, with_port);
}

void netctl_flow_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_flow *flow)
{
	char proto[8];

	netctl_str(p, "tenant", "tenant",
		   netctl_tenant_name(names, flow->tenant));
	netctl_str(p, "proto", "proto", flow_proto_name(flow->proto, proto));
	netctl_num(p, "proto_number", NULL, flow->proto);
	print_end(p, "src", &flow->src, flow->src_l4, flow->src.len == 16);
	netctl_num(p, "src_l4", NULL, flow->src_l4);
	netctl_str(p, "src_port", "from",
		   flow->present & NSFAB_FLOW_HAS_SRC_PORT ?
		   netctl_port_name(names, flow->src_port) : NULL);
	print_end(p, "dst", &flow->dst, flow->dst_l4, flow->dst.len == 16);
	netctl_num(p, "dst_l4", NULL, flow->dst_l4);
	netctl_str(p, "dst_port", "to",
		   flow->present & NSFAB_FLOW_HAS_DST_PORT ?
		   netctl_port_name(names, flow->dst_port) : NULL);
	netctl_num(p, "first_ns", NULL, flow->first);
	netctl_num(p, "last_ns", NULL, flow->last);
	print_dir(p, flow, false, "orig");
	print_dir(p, flow, true, "reply");
	netctl_num(p, NULL, "drops", flow->orig.drop_packets +
		   flow->reply.drop_packets);
	if (flow->present & NSFAB_FLOW_HAS_RTT)
		netctl_time(p, "rtt_ns", "rtt", flow->rtt);
	else
		netctl_str(p, "rtt_ns", "rtt", NULL);
}

void flow_print(struct netctl_print *p, struct netctl_names *names,
		const struct nsfab_flow *flow)
{
	netctl_row(p);
	netctl_flow_members(p, names, flow);
}

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
};

static int on_flow(const struct nsfab_flow *flow, void *arg)
{
	struct view *v = arg;

	flow_print(v->p, v->names, flow);
	return 0;
}

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct flow_words w;
	struct view v = { 0 };
	struct nsfab *h;
	int ret;

	ret = flow_words_parse(ctx, 0, argc, argv, &w);
	if (ret)
		goto out;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_PORTS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_flow_dump(h, ifindex, &w.filter, w.reset, on_flow, &v,
			    &ctx->err))
		ret = netctl_fail(ctx);
	ret = netctl_done(v.p, ret);
out:
	netctl_names_free(v.names);
	flow_words_free(&w);
	return ret;
}

static int flush(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct flow_words w;
	struct nsfab *h;
	int ret;

	ret = flow_words_parse(ctx, FLOW_WORDS_NO_RESET, argc, argv, &w);
	if (!ret && (netctl_fabric(ctx, &h, &ifindex) ||
		     (!netctl_would(ctx, "remove flows") &&
		      nsfab_flow_flush(h, ifindex, &w.filter, &ctx->err))))
		ret = netctl_fail(ctx);
	flow_words_free(&w);
	return ret;
}

static int monitor(struct netctl_ctx *ctx, int argc, char **argv)
{
	(void)argv;
	if (argc)
		return netctl_usage(ctx, "takes no words");
	return netctl_monitor(ctx, NSFAB_EVENTS_FLOW);
}

static const struct netctl_verb verbs[] = {
	{ .name = "list", .alias = "ls", .run = list },
	{ .name = "top", .run = flow_top },
	{ .name = "matrix", .run = flow_matrix },
	{ .name = "export", .run = flow_export },
	{ .name = "flush", .run = flush },
	{ .name = "monitor", .run = monitor },
	{ 0 }
};

const struct netctl_object netctl_obj_flow = {
	.name = "flow",
	.summary = "who talks to whom, and how much",
	.help =
"netctl flow list [FILTER]... [reset]\n"
"netctl flow top [FILTER]... [-n NUMBER] [by bytes|packets] [reset]\n"
"netctl flow matrix [FILTER]... [by bytes|packets] [reset]\n"
"netctl flow export [FILTER]... [format json|csv] [-o FILE] [reset]\n"
"netctl flow flush [FILTER]...\n"
"netctl flow monitor\n"
"\n"
"FILTER is one of\n"
"  tenant TENANT\n"
"  vm TENANT/VM            at either end; a port's name will do, too\n"
"  proto tcp|udp|icmp|icmp6|NUMBER\n"
"  addr PREFIX             of either end\n"
"  port NUMBER             TCP or UDP port of either end\n"
"  min-bytes SIZE          both directions together\n"
"All given ones must hold. A flow is a conversation; its source is the side\n"
"that sent the first packet seen. reset tells what was counted since the last\n"
"reset. monitor prints each flow when it ends.\n",
	.verbs = verbs,
	.run = list,
};
