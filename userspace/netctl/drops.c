// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl drops: what was dropped, and why. */
#include <nsfab/stats.h>
#include <stdlib.h>

#include "flow_words.h"
#include "words.h"

struct words {
	uint32_t present;
	const char *tenant;
	const char *vm;
};

static const struct netctl_key keys[] = {
	{ .name = "tenant", .parse = netctl_key_str, .what = "TENANT",
	  .arg = offsetof(struct words, tenant) },
	{ .name = "vm", .parse = netctl_key_str, .what = "TENANT/VM",
	  .arg = offsetof(struct words, vm) },
	{ 0 }
};

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
};

static int print_drop(const struct nsfab_drop *drop, void *arg)
{
	struct view *v = arg;
	struct netctl_print *p = v->p;

	netctl_row(p);
	netctl_str(p, "tenant", "tenant",
		   drop->present & NSFAB_DROP_HAS_TENANT ?
		   netctl_tenant_name(v->names, drop->tenant) : NULL);
	netctl_str(p, "port", "from", drop->present & NSFAB_DROP_HAS_PORT ?
		   netctl_port_name(v->names, drop->port) : NULL);
	netctl_str(p, "reason", "reason", nsfab_drop_reason_name(drop->reason));
	netctl_num(p, "packets", "packets", drop->packets);
	if (drop->present & NSFAB_DROP_HAS_BYTES)
		netctl_bytes(p, "bytes", "bytes", drop->bytes);
	else
		netctl_str(p, "bytes", "bytes", NULL);
	return 0;
}

static int drops(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_filter filter = { 0 };
	struct words w = { 0 };
	uint32_t *ports = NULL;
	unsigned int ifindex;
	struct view v = { 0 };
	struct nsfab *h;
	int ret;

	ret = netctl_parse(ctx, keys, argc, argv, &w);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (w.tenant) {
		if (nsfab_tenant_find(h, ifindex, w.tenant, &filter.tenant,
				      &ctx->err))
			return netctl_fail(ctx);
		filter.present = NSFAB_FILTER_HAS_TENANT;
	} else if (w.vm) {
		ret = flow_words_vm(ctx, w.vm, &filter.tenant, &ports,
				    &filter.n_ports);
		if (ret)
			return ret;
		filter.ports = ports;
		filter.present = NSFAB_FILTER_HAS_TENANT;
	}
	v.names = netctl_names_load(ctx, NETCTL_NAMES_PORTS);
	if (!v.names) {
		free(ports);
		return netctl_fail(ctx);
	}
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_drop_dump(h, ifindex, &filter, print_drop, &v, &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	free(ports);
	return netctl_done(v.p, ret);
}

const struct netctl_object netctl_obj_drops = {
	.name = "drops",
	.summary = "what was dropped, and why",
	.help =
"netctl drops [tenant TENANT | vm TENANT/VM]\n"
"\n"
"Dropped packets by tenant, by the port that they came from, and by reason.\n"
"A row without a port is the tenant's sum, one without a tenant is of frames\n"
"that belong to none.\n",
	.run = drops,
};
