// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl neigh: neighbours, what ARP and ND are answered from. */
#include <nsfab/neigh.h>
#include <string.h>

#include "entries.h"
#include "members.h"
#include "view.h"
#include "where.h"
#include "words.h"

#define TAKES "takes TENANT/NETWORK ADDRESS mac MAC"

static const struct netctl_key keys[] = {
	{ .name = "mac", .alias = "lladdr", .parse = netctl_key_mac,
	  .what = "MAC", .arg = offsetof(struct nsfab_neigh, mac),
	  .has = NSFAB_NEIGH_HAS_MAC },
	{ .name = "revision", .parse = netctl_key_u64, .what = "NUMBER",
	  .arg = offsetof(struct nsfab_neigh, revision),
	  .has = NSFAB_NEIGH_HAS_REVISION },
	{ 0 }
};

static int parse(struct netctl_ctx *ctx, struct netctl_finder *finder,
		 bool key, int argc, char **argv, void *entry)
{
	struct nsfab_neigh *neigh = entry;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, TAKES);
	if (nsfab_addr_parse(&neigh->addr, argv[1]))
		return netctl_usage(ctx, "\"%s\" is not an IPv4 or IPv6 address",
				    argv[1]);
	ret = netctl_find_network(finder, argv[0], &neigh->network, NULL);
	if (!ret)
		ret = netctl_parse(ctx, keys, argc - 2, argv + 2, neigh);
	if (!ret && !key && !(neigh->present & NSFAB_NEIGH_HAS_MAC))
		ret = netctl_usage(ctx, TAKES);
	return ret;
}

static int write_neigh(struct nsfab *h, unsigned int ifindex,
		       const void *entries, size_t n, bool replace,
		       struct nsfab_err *err)
{
	return nsfab_neigh_new(h, ifindex, entries, n, replace, err);
}

static int del_neigh(struct nsfab *h, unsigned int ifindex,
		     const void *entries, size_t n, struct nsfab_err *err)
{
	return nsfab_neigh_del(h, ifindex, entries, n, err);
}

static const struct netctl_entry_kind kind = {
	.takes = TAKES,
	.one = "neighbour",
	.many = "neighbours",
	.size = sizeof(struct nsfab_neigh),
	.parse = parse,
	.write = write_neigh,
	.del = del_neigh,
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

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
	const char *kind;
};

void netctl_neigh_members(struct netctl_print *p, struct netctl_names *names,
			  const struct nsfab_neigh *neigh)
{
	char addr[NSFAB_ADDR_STRLEN], mac[NSFAB_MAC_STRLEN];

	netctl_str(p, "network", "network",
		   netctl_network_name(names, neigh->network));
	netctl_str(p, "address", "address",
		   nsfab_addr_format(&neigh->addr, addr));
	netctl_str(p, "mac", "mac", nsfab_mac_format(neigh->mac, mac));
	netctl_str(p, "kind", "kind", nsfab_neigh_kind_name(neigh->kind));
	netctl_str(p, "port", "port", neigh->present & NSFAB_NEIGH_HAS_PORT ?
		   netctl_port_name(names, neigh->port) : NULL);
	if (neigh->present & NSFAB_NEIGH_HAS_REVISION)
		netctl_num(p, "revision", NULL, neigh->revision);
}

static int print_neigh(const struct nsfab_neigh *neigh, void *arg)
{
	struct view *v = arg;

	if (v->kind && strcmp(v->kind, nsfab_neigh_kind_name(neigh->kind)))
		return 0;
	netctl_row(v->p);
	netctl_neigh_members(v->p, v->names, neigh);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_neigh neigh = { 0 };
	struct netctl_finder *finder;
	struct view v = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc != 2)
		return netctl_usage(ctx, "takes TENANT/NETWORK ADDRESS");
	finder = netctl_finder_new(ctx);
	if (!finder)
		return netctl_fail(ctx);
	ret = parse(ctx, finder, true, argc, argv, &neigh);
	netctl_finder_free(finder);
	if (ret)
		return ret;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	if (nsfab_neigh_get(h, ifindex, &neigh, print_neigh, &v, &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	return netctl_done(v.p, ret);
}

static const struct netctl_key list_keys[] = {
	{ .name = "kind", .parse = netctl_key_str,
	  .arg = offsetof(struct netctl_where, kind),
	  .what = "derived or static" },
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
	if (where.kind &&
	    !netctl_is_kind(where.kind, nsfab_neigh_kind_name))
		return netctl_usage(ctx, "kind \"%s\" is not %s", where.kind,
				    list_keys[0].what);
	v.kind = where.kind;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_neigh_dump(h, ifindex, &where.filter, print_neigh, &v,
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
	{ 0 }
};

const struct netctl_object netctl_obj_neigh = {
	.name = "neigh",
	.summary = "networks' neighbours, which ARP and ND are answered from",
	.help =
"netctl neigh add|replace TENANT/NETWORK ADDRESS mac MAC [revision NUMBER]\n"
"netctl neigh del TENANT/NETWORK ADDRESS\n"
"netctl neigh show TENANT/NETWORK ADDRESS\n"
"netctl neigh list [TENANT|TENANT/NETWORK] [kind derived|static]\n"
"netctl neigh load FILE [replace]\n"
"\n"
"FILE (\"-\" for standard input) has the words of one entry on each line, as\n"
"behind add. A bad line is refused before anything is written.\n",
	.verbs = verbs,
	.run = list,
};
