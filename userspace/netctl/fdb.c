// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl fdb: forwarding entries. */
#include <nsfab/fdb.h>
#include <string.h>

#include "entries.h"
#include "members.h"
#include "view.h"
#include "where.h"
#include "words.h"

#define TAKES "takes TENANT/NETWORK MAC|flood and port TENANT/PORT or vtep ADDRESS"

struct words {
	struct nsfab_fdb fdb;
	const char *port;
};

static const struct netctl_key keys[] = {
	{ .name = "port", .parse = netctl_key_str, .what = "TENANT/PORT",
	  .arg = offsetof(struct words, port), .has = NSFAB_FDB_HAS_PORT },
	{ .name = "vtep", .alias = "remote", .parse = netctl_key_addr,
	  .what = "ADDRESS", .arg = offsetof(struct words, fdb.vtep),
	  .has = NSFAB_FDB_HAS_VTEP },
	{ .name = "revision", .parse = netctl_key_u64, .what = "NUMBER",
	  .arg = offsetof(struct words, fdb.revision),
	  .has = NSFAB_FDB_HAS_REVISION },
	{ 0 }
};

static int parse(struct netctl_ctx *ctx, struct netctl_finder *finder,
		 bool key, int argc, char **argv, void *entry)
{
	struct words w = { 0 };
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, TAKES);
	if (strcmp(argv[1], "flood") && nsfab_mac_parse(w.fdb.mac, argv[1]))
		return netctl_usage(ctx, "\"%s\" is not a MAC address or \"flood\"",
				    argv[1]);
	ret = netctl_find_network(finder, argv[0], &w.fdb.network, NULL);
	if (!ret)
		ret = netctl_parse(ctx, keys, argc - 2, argv + 2, &w);
	if (!ret && w.port)
		ret = netctl_find_port(finder, w.port, &w.fdb.port, NULL);
	if (ret)
		return ret;
	if (!key && !w.port == !(w.fdb.present & NSFAB_FDB_HAS_VTEP))
		return netctl_usage(ctx, TAKES);
	*(struct nsfab_fdb *)entry = w.fdb;
	return 0;
}

static int write_fdb(struct nsfab *h, unsigned int ifindex, const void *entries,
		     size_t n, bool replace, struct nsfab_err *err)
{
	return nsfab_fdb_new(h, ifindex, entries, n, replace, err);
}

static int del_fdb(struct nsfab *h, unsigned int ifindex, const void *entries,
		   size_t n, struct nsfab_err *err)
{
	return nsfab_fdb_del(h, ifindex, entries, n, err);
}

static const struct netctl_entry_kind kind = {
	.takes = TAKES,
	.one = "forwarding entry",
	.many = "forwarding entries",
	.size = sizeof(struct nsfab_fdb),
	.parse = parse,
	.write = write_fdb,
	.del = del_fdb,
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

void netctl_fdb_members(struct netctl_print *p, struct netctl_names *names,
			const struct nsfab_fdb *fdb)
{
	static const uint8_t flood[NSFAB_MAC_LEN];
	char mac[NSFAB_MAC_STRLEN], vtep[NSFAB_ADDR_STRLEN];
	bool is_flood = !memcmp(fdb->mac, flood, sizeof(flood));

	netctl_str(p, "network", "network",
		   netctl_network_name(names, fdb->network));
	nsfab_mac_format(fdb->mac, mac);
	netctl_str(p, "mac", NULL, mac);
	netctl_str(p, NULL, "mac", is_flood ? "flood" : mac);
	netctl_str(p, "kind", "kind", nsfab_fdb_kind_name(fdb->kind));
	netctl_str(p, "port", "port", fdb->present & NSFAB_FDB_HAS_PORT ?
		   netctl_port_name(names, fdb->port) : NULL);
	netctl_str(p, "vtep", "vtep", fdb->present & NSFAB_FDB_HAS_VTEP ?
		   nsfab_addr_format(&fdb->vtep, vtep) : NULL);
	if (fdb->present & NSFAB_FDB_HAS_AGE)
		netctl_num(p, "age", "age", fdb->age);
	if (fdb->present & NSFAB_FDB_HAS_REVISION)
		netctl_num(p, "revision", NULL, fdb->revision);
}

static int print_fdb(const struct nsfab_fdb *fdb, void *arg)
{
	struct view *v = arg;

	if (v->kind && strcmp(v->kind, nsfab_fdb_kind_name(fdb->kind)))
		return 0;
	netctl_row(v->p);
	netctl_fdb_members(v->p, v->names, fdb);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct netctl_finder *finder;
	struct nsfab_fdb fdb = { 0 };
	struct view v = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc != 2)
		return netctl_usage(ctx, "takes TENANT/NETWORK MAC");
	finder = netctl_finder_new(ctx);
	if (!finder)
		return netctl_fail(ctx);
	ret = parse(ctx, finder, true, argc, argv, &fdb);
	netctl_finder_free(finder);
	if (ret)
		return ret;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	if (nsfab_fdb_get(h, ifindex, &fdb, print_fdb, &v, &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	return netctl_done(v.p, ret);
}

static const struct netctl_key list_keys[] = {
	{ .name = "kind", .parse = netctl_key_str,
	  .arg = offsetof(struct netctl_where, kind),
	  .what = "derived, static or learned" },
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
	    !netctl_is_kind(where.kind, nsfab_fdb_kind_name))
		return netctl_usage(ctx, "kind \"%s\" is not %s", where.kind,
				    list_keys[0].what);
	v.kind = where.kind;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS);
	if (!v.names || netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_fdb_dump(h, ifindex, &where.filter, print_fdb, &v, &ctx->err))
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

const struct netctl_object netctl_obj_fdb = {
	.name = "fdb",
	.summary = "networks' forwarding entries",
	.help =
"netctl fdb add|replace TENANT/NETWORK MAC port TENANT/PORT | vtep ADDRESS\n"
"                       [revision NUMBER]\n"
"netctl fdb add|replace TENANT/NETWORK flood vtep ADDRESS\n"
"netctl fdb del TENANT/NETWORK MAC [vtep ADDRESS]\n"
"netctl fdb show TENANT/NETWORK MAC\n"
"netctl fdb list [TENANT|TENANT/NETWORK] [kind derived|static|learned]\n"
"netctl fdb load FILE [replace]\n"
"\n"
"FILE (\"-\" for standard input) has the words of one entry on each line, as\n"
"behind add. A bad line is refused before anything is written.\n",
	.verbs = verbs,
	.run = list,
};
