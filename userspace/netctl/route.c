// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl route: tenants' routes. */
#include <nsfab/route.h>
#include <nsfab/tenant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "members.h"
#include "view.h"
#include "where.h"
#include "words.h"

#define TAKES "takes TENANT PREFIX and via ADDRESS, blackhole or unreachable"

struct words {
	struct nsfab_route route;
	struct nsfab_nexthop hop[NSFAB_NEXTHOPS_MAX];
};

static int parse_via(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	const char *comma = strchr(value, ',');
	size_t len = comma ? (size_t)(comma - value) : strlen(value);
	struct nsfab_nexthop hop = { .weight = 1 };
	char addr[NSFAB_ADDR_STRLEN];
	struct words *w = data;
	uint64_t weight = 1;

	if (w->route.n_nexthops == NSFAB_NEXTHOPS_MAX)
		return netctl_usage(ctx, "more than %d next hops",
				    NSFAB_NEXTHOPS_MAX);
	if (len >= sizeof(addr))
		return netctl_bad_value(ctx, key, value, "ADDRESS[,weight=NUMBER]");
	memcpy(addr, value, len);
	addr[len] = '\0';
	if (nsfab_addr_parse(&hop.via, addr) ||
	    (comma && strncmp(comma, ",weight=", 8)))
		return netctl_bad_value(ctx, key, value, "ADDRESS[,weight=NUMBER]");
	if (comma && netctl_parse_u64(comma + 8, 1, UINT8_MAX, &weight))
		return netctl_usage(ctx, "weight \"%s\" is not a number from 1 to %d",
				    comma + 8, UINT8_MAX);
	hop.weight = weight;
	w->hop[w->route.n_nexthops++] = hop;
	return 0;
}

static int parse_type(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct words *w = data;

	(void)value;
	if (w->route.present & NSFAB_ROUTE_HAS_TYPE)
		return netctl_usage(ctx, "%s contradicts %s", key->name,
				    nsfab_route_type_name(w->route.type));
	w->route.type = key->arg;
	w->route.present |= NSFAB_ROUTE_HAS_TYPE;
	return 0;
}

static const struct netctl_key keys[] = {
	{ .name = "via", .parse = parse_via, .what = "ADDRESS[,weight=NUMBER]" },
	{ .name = "blackhole", .parse = parse_type, .flag = true,
	  .arg = NSFAB_ROUTE_TYPE_BLACKHOLE },
	{ .name = "unreachable", .parse = parse_type, .flag = true,
	  .arg = NSFAB_ROUTE_TYPE_UNREACHABLE },
	{ .name = "revision", .parse = netctl_key_u64, .what = "NUMBER",
	  .arg = offsetof(struct words, route.revision),
	  .has = NSFAB_ROUTE_HAS_REVISION },
	{ 0 }
};

static int keep_hops(struct netctl_ctx *ctx, struct words *w)
{
	size_t size = w->route.n_nexthops * sizeof(w->hop[0]);
	struct nsfab_nexthop *hops;

	if (!size)
		return 0;
	hops = malloc(size);
	if (!hops)
		return netctl_no_memory(ctx);
	w->route.nexthops = memcpy(hops, w->hop, size);
	return 0;
}

static int parse(struct netctl_ctx *ctx, struct netctl_finder *finder,
		 bool key, int argc, char **argv, void *entry)
{
	char via[NSFAB_ADDR_STRLEN];
	struct words w = { 0 };
	size_t i;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, TAKES);
	if (nsfab_prefix_parse(&w.route.prefix, argv[1]))
		return netctl_usage(ctx, "\"%s\" is not a prefix (ADDRESS/LENGTH, \"default\" or \"default6\")",
				    argv[1]);
	nsfab_prefix_mask(&w.route.prefix);
	ret = netctl_find_tenant(finder, argv[0], &w.route.tenant);
	if (!ret)
		ret = netctl_parse(ctx, keys, argc - 2, argv + 2, &w);
	if (ret)
		return ret;
	if (!key && !w.route.n_nexthops ==
	    !(w.route.present & NSFAB_ROUTE_HAS_TYPE))
		return netctl_usage(ctx, TAKES);
	for (i = 0; i < w.route.n_nexthops; i++)
		if (w.hop[i].via.len != w.route.prefix.addr.len)
			return netctl_usage(ctx, "via %s is of another IP version than %s",
					    nsfab_addr_format(&w.hop[i].via, via),
					    argv[1]);
	ret = keep_hops(ctx, &w);
	*(struct nsfab_route *)entry = w.route;
	return ret;
}

static int write_route(struct nsfab *h, unsigned int ifindex,
		       const void *entries, size_t n, bool replace,
		       struct nsfab_err *err)
{
	return nsfab_route_new(h, ifindex, entries, n, replace, err);
}

static int del_route(struct nsfab *h, unsigned int ifindex,
		     const void *entries, size_t n, struct nsfab_err *err)
{
	return nsfab_route_del(h, ifindex, entries, n, err);
}

static void clear(void *entry)
{
	struct nsfab_route *route = entry;

	free((void *)route->nexthops);
	route->nexthops = NULL;
}

static const struct netctl_entry_kind kind = {
	.takes = TAKES,
	.one = "route",
	.many = "routes",
	.size = sizeof(struct nsfab_route),
	.parse = parse,
	.write = write_route,
	.del = del_route,
	.clear = clear,
};

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	return netctl_entry_write(ctx, &kind, false, argc, argv);
}

static int replace(struct netctl_ctx *ctx, int argc, char **argv)
{
	return netctl_entry_write(ctx, &kind, true, argc, argv);
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	return netctl_entry_del(ctx, &kind, argc, argv);
}

static int load(struct netctl_ctx *ctx, int argc, char **argv)
{
	return netctl_entries_load(ctx, &kind, argc, argv);
}

/* One step for every packet: the old routes or the new ones. */
static int replace_all(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct netctl_entries e;
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t tenant;
	int ret;

	if (argc != 2)
		return netctl_usage(ctx, "takes TENANT FILE");
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, argv[0], &tenant, &ctx->err))
		return netctl_fail(ctx);
	ret = netctl_entries_read(&e, ctx, &kind, argv[0], argv[1]);
	if (ret || netctl_would(ctx, "replace the routes of %s by %zu", argv[0],
				e.n))
		goto out;
	if (nsfab_route_replace(h, ifindex, tenant, (void *)e.entry, e.n,
				&ctx->err)) {
		if (ctx->err.index >= 0 && (size_t)ctx->err.index < e.n)
			ctx->line = e.line[ctx->err.index];
		ret = netctl_fail(ctx);
	}
out:
	netctl_entries_free(&e);
	return ret;
}

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
	const char *kind;
};

static void print_hops(struct netctl_print *p, const struct nsfab_route *route)
{
	char text[NSFAB_NEXTHOPS_MAX * (NSFAB_ADDR_STRLEN + 12)] = "";
	char via[NSFAB_ADDR_STRLEN];
	size_t i, at = 0;

	netctl_array_open(p, "nexthops");
	for (i = 0; i < route->n_nexthops && at < sizeof(text); i++) {
		const struct nsfab_nexthop *hop = &route->nexthops[i];
		unsigned int weight = hop->weight ? hop->weight : 1;

		nsfab_addr_format(&hop->via, via);
		netctl_array_next(p);
		netctl_str(p, "via", NULL, via);
		netctl_num(p, "weight", NULL, weight);
		at += snprintf(text + at, sizeof(text) - at, "%s%s",
			       i ? " " : "", via);
		if (weight > 1 && at < sizeof(text))
			at += snprintf(text + at, sizeof(text) - at,
				       ",weight=%u", weight);
	}
	netctl_array_close(p);
	netctl_str(p, NULL, "via", text);
}

void netctl_route_members(struct netctl_print *p, struct netctl_names *names,
			  const struct nsfab_route *route)
{
	const char *type = nsfab_route_type_name(route->type);
	char prefix[NSFAB_PREFIX_STRLEN];

	netctl_str(p, "tenant", "tenant",
		   netctl_tenant_name(names, route->tenant));
	netctl_str(p, "prefix", "prefix",
		   nsfab_prefix_format(&route->prefix, prefix));
	netctl_str(p, "type", "type", type);
	print_hops(p, route);
	netctl_str(p, "network", "network",
		   route->present & NSFAB_ROUTE_HAS_NETWORK ?
		   netctl_path_end(netctl_network_name(names,
						       route->network)) :
		   NULL);
	if (route->present & NSFAB_ROUTE_HAS_REVISION)
		netctl_num(p, "revision", NULL, route->revision);
}

static int print_route(const struct nsfab_route *route, void *arg)
{
	struct view *v = arg;

	if (v->kind && strcmp(v->kind, nsfab_route_type_name(route->type)))
		return 0;
	netctl_row(v->p);
	netctl_route_members(v->p, v->names, route);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct view v = { 0 };
	struct nsfab_addr dst;
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t tenant;
	int ret = 0;

	if (argc != 2)
		return netctl_usage(ctx, "takes TENANT ADDRESS");
	if (nsfab_addr_parse(&dst, argv[1]))
		return netctl_usage(ctx, "\"%s\" is not an IPv4 or IPv6 address",
				    argv[1]);
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, argv[0], &tenant, &ctx->err))
		return netctl_fail(ctx);
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS);
	if (!v.names)
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	if (nsfab_route_get(h, ifindex, tenant, &dst, print_route, &v,
			    &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	return netctl_done(v.p, ret);
}

static const struct netctl_key list_keys[] = {
	{ .name = "type", .parse = netctl_key_str,
	  .arg = offsetof(struct netctl_where, kind),
	  .what = "unicast, connected, blackhole or unreachable" },
	{ 0 }
};

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct netctl_where where;
	struct view v = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	ret = netctl_where(ctx, list_keys, argc, argv, &where);
	if (ret)
		return ret;
	if (where.kind && nsfab_route_type_parse(where.kind) < 0)
		return netctl_usage(ctx, "type \"%s\" is not %s", where.kind,
				    list_keys[0].what);
	v.kind = where.kind;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_route_dump(h, ifindex, &where.filter, print_route, &v,
			     &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	return netctl_done(v.p, ret);
}

static const struct netctl_verb verbs[] = {
	{ .name = "add", .run = add },
	{ .name = "replace", .run = replace },
	{ .name = "del", .alias = "delete", .run = del },
	{ .name = "show", .alias = "get", .run = show },
	{ .name = "list", .alias = "ls", .run = list },
	{ .name = "load", .run = load },
	{ .name = "replace-all", .run = replace_all },
	{ 0 }
};

const struct netctl_object netctl_obj_route = {
	.name = "route",
	.summary = "tenants' routes",
	.help =
"netctl route add|replace TENANT PREFIX [via ADDRESS[,weight=NUMBER]]...\n"
"                         [blackhole|unreachable] [revision NUMBER]\n"
"netctl route del TENANT PREFIX\n"
"netctl route show TENANT ADDRESS\n"
"netctl route list [TENANT] [type unicast|connected|blackhole|unreachable]\n"
"netctl route load FILE [replace]\n"
"netctl route replace-all TENANT FILE\n"
"\n"
"PREFIX may be \"default\" or \"default6\". Several via share by flow. show is\n"
"the route that an address takes. FILE (\"-\" for standard input) has the words\n"
"of one route on each line, as behind add, for replace-all without TENANT; a\n"
"bad line is refused before anything is written. replace-all makes the file's\n"
"the tenant's only routes, in one step for every packet.\n",
	.verbs = verbs,
	.run = list,
};
