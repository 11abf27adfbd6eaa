// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl stats: counters and how full the tables are. */
#include <nsfab/stats.h>
#include <nsfab/tenant.h>

#include "view.h"
#include "words.h"

static int print_tenant(const struct nsfab_tenant *t, void *arg)
{
	struct netctl_print *p = arg;

	netctl_row(p);
	netctl_str(p, "tenant", "tenant", t->name);
	netctl_counters(p, &t->counters, false);
	netctl_usages(p, t->usage, t->n_usage);
	netctl_misses(p, t->miss, t->n_miss);
	return 0;
}

static int of_tenant(struct netctl_ctx *ctx, const char *name)
{
	struct netctl_print *p;
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t id;
	int ret = 0;

	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, name, &id, &ctx->err))
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_RECORD);
	if (nsfab_tenant_get(h, ifindex, id, NULL, print_tenant, p, &ctx->err))
		ret = netctl_fail(ctx);
	return netctl_done(p, ret);
}

struct words {
	uint32_t present;
	const char *tenant;
};

static const struct netctl_key keys[] = {
	{ .name = "tenant", .parse = netctl_key_str, .what = "TENANT",
	  .arg = offsetof(struct words, tenant) },
	{ 0 }
};

static int stats(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct words w = { 0 };
	struct nsfab_stats s;
	struct netctl_print *p;
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	ret = netctl_parse(ctx, keys, argc, argv, &w);
	if (ret)
		return ret;
	if (w.tenant)
		return of_tenant(ctx, w.tenant);
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_stats_get(h, ifindex, &s, &ctx->err))
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_RECORD);
	netctl_row(p);
	netctl_counters(p, &s.counters, false);
	netctl_usages(p, s.usage, s.n_usage);
	return netctl_print_close(p);
}

const struct netctl_object netctl_obj_stats = {
	.name = "stats",
	.summary = "counters, and how full the tables are",
	.help =
"netctl stats [tenant TENANT]\n"
"\n"
"Of the fabric, or of one tenant with the packets that are in no flow. in is\n"
"into the fabric from its ports, out is out of it; tunnel are frames from and\n"
"to other hosts, local the fabric's own answers. Packets and bytes are those\n"
"on the wire, segmented frames counted as their segments.\n",
	.run = stats,
};
