// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl tenant. */
#include <nsfab/tenant.h>
#include <nsfab/vm.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "view.h"
#include "vm_words.h"
#include "words.h"

struct words {
	struct nsfab_tenant t;
	struct netctl_label_words labels;
};

static int parse_accounting(struct netctl_ctx *ctx,
			    const struct netctl_key *key, const char *value,
			    void *data)
{
	struct words *w = data;
	int accounting = nsfab_accounting_parse(value);

	if (accounting < 0)
		return netctl_bad_value(ctx, key, value, "off, basic or rich");
	w->t.accounting = (uint8_t)accounting;
	w->t.present |= NSFAB_TENANT_HAS_ACCOUNTING;
	return 0;
}

#define NUMBER(word, member, bit) \
	{ .name = word, .parse = netctl_key_u32, .what = "NUMBER", \
	  .arg = offsetof(struct words, t.member), \
	  .has = NSFAB_TENANT_HAS_##bit }
#define COMMON \
	{ .name = "accounting", .parse = parse_accounting, \
	  .what = "off, basic or rich" }, \
	NUMBER("max-networks", max_networks, MAX_NETWORKS), \
	NUMBER("max-ports", max_ports, MAX_PORTS), \
	NUMBER("max-fdb", max_fdb, MAX_FDB), \
	NUMBER("max-neigh", max_neigh, MAX_NEIGH), \
	NUMBER("max-routes", max_routes, MAX_ROUTES), \
	NUMBER("max-flows", max_flows, MAX_FLOWS), \
	NUMBER("max-links", max_links, MAX_LINKS), \
	NUMBER("max-held", max_held, MAX_HELD), \
	{ .name = "max-held-bytes", .parse = netctl_key_u64, .what = "NUMBER", \
	  .arg = offsetof(struct words, t.max_held_bytes), \
	  .has = NSFAB_TENANT_HAS_MAX_HELD_BYTES }, \
	NUMBER("flow-timeout", flow_timeout, FLOW_TIMEOUT), \
	NUMBER("fdb-timeout", fdb_timeout, FDB_TIMEOUT), \
	{ .name = "revision", .parse = netctl_key_u64, .what = "NUMBER", \
	  .arg = offsetof(struct words, t.revision), \
	  .has = NSFAB_TENANT_HAS_REVISION }, \
	NETCTL_KEY_LABEL(struct words, labels)

static const struct netctl_key add_keys[] = {
	{ .name = "id", .parse = netctl_key_u32, .what = "NUMBER",
	  .arg = offsetof(struct words, t.id), .has = NSFAB_TENANT_HAS_ID,
	  .min = 1, .max = NSFAB_ID_MAX },
	COMMON,
	{ 0 }
};

static const struct netctl_key set_keys[] = {
	COMMON,
	NETCTL_KEY_NOLABEL(struct words, labels),
	{ 0 }
};

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct words w = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT and its attributes");
	if (!nsfab_name_valid(argv[0]))
		return netctl_usage(ctx, "\"%s\" is no valid name (1 to %d letters, digits, \"-\" and \"_\")",
				    argv[0], NSFAB_NAME_MAX);
	ret = netctl_new_name(ctx, argv[0]);
	if (!ret)
		ret = netctl_parse(ctx, add_keys, argc - 1, argv + 1, &w);
	if (ret)
		goto out;
	w.t.name = argv[0];
	w.t.labels = w.labels.add;
	w.t.present |= NSFAB_TENANT_HAS_NAME |
		       (w.labels.add ? NSFAB_TENANT_HAS_LABELS : 0);
	if (netctl_fabric(ctx, &h, &ifindex))
		ret = netctl_fail(ctx);
	else if (!netctl_would(ctx, "add tenant %s", argv[0]) &&
		 nsfab_tenant_new(h, ifindex, &w.t, 1, NULL, &ctx->err))
		ret = netctl_fail(ctx);
out:
	netctl_labels_free(&w.labels);
	return ret;
}

static int copy(const struct nsfab_tenant *t, void *arg)
{
	struct nsfab_tenant **dup = arg;

	*dup = nsfab_tenant_dup(t);
	return 0;
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_tenant *old = NULL;
	struct words w = { 0 };
	unsigned int ifindex;
	char *labels = NULL;
	struct nsfab *h;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, "takes TENANT and what to change");
	ret = netctl_parse(ctx, set_keys, argc - 1, argv + 1, &w);
	if (ret)
		goto out;
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, argv[0], &w.t.id, &ctx->err) ||
	    nsfab_tenant_get(h, ifindex, w.t.id, NULL, copy, &old, &ctx->err)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	w.t.present |= NSFAB_TENANT_HAS_ID;
	if (w.labels.add || w.labels.remove) {
		labels = vm_labels_merge(old ? old->labels : NULL,
					 w.labels.add, w.labels.remove);
		if (!old || !labels) {
			ret = netctl_no_memory(ctx);
			goto out;
		}
		w.t.labels = labels;
		w.t.present |= NSFAB_TENANT_HAS_LABELS;
	}
	if (!netctl_would(ctx, "change tenant %s", argv[0]) &&
	    nsfab_tenant_set(h, ifindex, &w.t, 1, &ctx->err))
		ret = netctl_fail(ctx);
out:
	free(old);
	free(labels);
	netctl_labels_free(&w.labels);
	return ret;
}

static int del_one(struct netctl_ctx *ctx, const char *name)
{
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t id;

	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, name, &id, &ctx->err))
		return netctl_fail(ctx);
	if (netctl_would(ctx, "delete tenant %s with all that it holds", name))
		return NETCTL_OK;
	/* The VMs' namespaces and processes are nothing that the kernel's own
	 * tables hold.
	 */
	if (nsfab_vm_delete_tenant(h, ifindex, name, &ctx->err) ||
	    nsfab_tenant_del(h, ifindex, &id, 1, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	int i, ret = NETCTL_OK;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT...");
	for (i = 0; i < argc && !ret; i++)
		ret = del_one(ctx, argv[i]);
	return ret;
}

struct view {
	struct netctl_print *p;
	bool brief;
	const char *label;
};

static void print_limits(struct netctl_print *p, const struct nsfab_tenant *t)
{
	netctl_num(p, "max_networks", NULL, t->max_networks);
	netctl_num(p, "max_ports", NULL, t->max_ports);
	netctl_num(p, "max_fdb", NULL, t->max_fdb);
	netctl_num(p, "max_neigh", NULL, t->max_neigh);
	netctl_num(p, "max_routes", NULL, t->max_routes);
	netctl_num(p, "max_flows", NULL, t->max_flows);
	netctl_num(p, "max_links", NULL, t->max_links);
	netctl_num(p, "max_held", NULL, t->max_held);
	netctl_num(p, "max_held_bytes", NULL, t->max_held_bytes);
}

void netctl_tenant_members(struct netctl_print *p, const struct nsfab_tenant *t,
			   bool brief)
{
	netctl_str(p, "name", "tenant", t->name);
	netctl_num(p, "id", "id", t->id);
	netctl_str(p, "accounting", "accounting",
		   nsfab_accounting_name(t->accounting));
	netctl_num(p, "revision", brief ? NULL : "revision", t->revision);
	print_limits(p, t);
	netctl_num(p, "flow_timeout", brief ? NULL : "flow timeout",
		   t->flow_timeout);
	netctl_num(p, "fdb_timeout", brief ? NULL : "fdb timeout",
		   t->fdb_timeout);
	netctl_num(p, "networks", brief ? "networks" : NULL,
		   netctl_usage_count(t->usage, t->n_usage, NSFAB_TABLE_NETWORK));
	netctl_num(p, "ports", brief ? "ports" : NULL,
		   netctl_usage_count(t->usage, t->n_usage, NSFAB_TABLE_PORT));
	netctl_num(p, "flows", brief ? "flows" : NULL,
		   netctl_usage_count(t->usage, t->n_usage, NSFAB_TABLE_FLOW));
	netctl_labels(p, "labels", "labels", t->labels);
	if (t->present & NSFAB_TENANT_HAS_COUNTERS)
		netctl_counters(p, &t->counters, brief);
	if (!brief) {
		netctl_usages(p, t->usage, t->n_usage);
		netctl_misses(p, t->miss, t->n_miss);
	}
}

static int print_tenant(const struct nsfab_tenant *t, void *arg)
{
	struct view *v = arg;

	if (!netctl_labels_match(t->labels, v->label))
		return 0;
	netctl_row(v->p);
	netctl_tenant_members(v->p, t, v->brief);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_tenant *t = NULL;
	unsigned int ifindex;
	struct view v = { 0 };
	struct nsfab *h;
	uint32_t id;

	if (argc != 1)
		return netctl_usage(ctx, "takes TENANT");
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, argv[0], &id, &ctx->err) ||
	    nsfab_tenant_get(h, ifindex, id, NULL, copy, &t, &ctx->err))
		return netctl_fail(ctx);
	if (!t)
		return netctl_no_memory(ctx);
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	print_tenant(t, &v);
	free(t);
	return netctl_print_close(v.p);
}

struct filter {
	uint32_t present;
	const char *label;
};

static const struct netctl_key list_keys[] = {
	{ .name = "label", .parse = netctl_key_str, .what = "KEY[=VALUE]",
	  .arg = offsetof(struct filter, label) },
	{ 0 }
};

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct filter filter = { 0 };
	struct view v = { .brief = true };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	ret = netctl_parse(ctx, list_keys, argc, argv, &filter);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.label = filter.label;
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_tenant_dump(h, ifindex, print_tenant, &v, &ctx->err))
		ret = netctl_fail(ctx);
	return netctl_done(v.p, ret);
}

static const struct netctl_verb verbs[] = {
	{ .name = "add", .run = add },
	{ .name = "set", .run = set },
	{ .name = "del", .alias = "delete", .run = del },
	{ .name = "show", .run = show },
	{ .name = "list", .alias = "ls", .run = list },
	{ 0 }
};

const struct netctl_object netctl_obj_tenant = {
	.name = "tenant",
	.summary = "owners of networks, VMs, routes and flows",
	.help =
"netctl tenant add TENANT [id NUMBER] [ATTRIBUTE]...\n"
"netctl tenant set TENANT [ATTRIBUTE]... [nolabel KEY]...\n"
"netctl tenant del TENANT...\n"
"netctl tenant show TENANT\n"
"netctl tenant list [label KEY[=VALUE]]\n"
"\n"
"ATTRIBUTE is one of\n"
"  accounting off|basic|rich     what is kept of flows\n"
"  max-networks, max-ports, max-fdb, max-neigh, max-routes, max-flows NUMBER\n"
"  max-links NUMBER              links and bottlenecks\n"
"  max-held, max-held-bytes NUMBER\n"
"                                packets that its links hold, and their memory\n"
"  flow-timeout, fdb-timeout SECONDS\n"
"  revision NUMBER               refuse if the tenant's is higher\n"
"  label KEY=VALUE\n"
"\n"
"Addresses and MACs of two tenants may be equal. del also ends the tenant's\n"
"VMs.\n",
	.verbs = verbs,
	.run = list,
};
