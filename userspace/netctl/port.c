// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl port. */
#include <errno.h>
#include <nsfab/network.h>
#include <nsfab/tenant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "port_words.h"
#include "view.h"
#include "vm_words.h"

static int copy(const struct nsfab_port *port, void *arg)
{
	struct nsfab_port **dup = arg;

	*dup = nsfab_port_dup(port);
	return 0;
}

/* Returns 0 or an exit status after having printed why. */
static int get(struct netctl_ctx *ctx, const char *path, struct nsfab **h,
	       unsigned int *ifindex, struct nsfab_port **port)
{
	uint32_t id;

	*port = NULL;
	if (netctl_fabric(ctx, h, ifindex) ||
	    nsfab_port_find(*h, *ifindex, path, &id, NULL, &ctx->err) ||
	    nsfab_port_get(*h, *ifindex, id, 0, NULL, copy, port, &ctx->err))
		return netctl_fail(ctx);
	return *port ? 0 : netctl_no_memory(ctx);
}

/**
 * struct patch - what a port is joined to
 * @h: handle
 * @ifindex: fabric
 * @made: port that was made to be the other end, 0 if it was there
 */
struct patch {
	struct nsfab *h;
	unsigned int ifindex;
	uint32_t made;
};

/* The other end in a network: a port called PORT-peer */
static int make_peer(struct netctl_ctx *ctx, struct patch *patch,
		     const char *path, struct port_words *w,
		     uint32_t tenant, uint32_t network)
{
	char name[2 * NSFAB_PORT_NAME_MAX];
	struct nsfab_port peer = {
		.present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NETWORK |
			   NSFAB_PORT_HAS_NAME,
		.tenant = tenant,
		.network = network,
		.name = name,
	};

	snprintf(name, sizeof(name), "%s-peer", strchr(path, '/') + 1);
	if (netctl_would(ctx, "add port %s-peer in network %s", path, w->peer))
		return 0;
	if (nsfab_port_new(patch->h, patch->ifindex, &peer, 1, &patch->made,
			   &ctx->err)) {
		nsfab_err_prefix(&ctx->err, "port %s-peer", path);
		return netctl_fail(ctx);
	}
	w->port.peer = patch->made;
	return 0;
}

/* "patch" names a port or a network; a port if there are both. */
static int find_peer(struct netctl_ctx *ctx, struct patch *patch,
		     const char *path, struct port_words *w)
{
	uint32_t network, tenant;
	struct nsfab_err why;
	int ret;

	if (!w->peer)
		return 0;
	ret = nsfab_port_find(patch->h, patch->ifindex, w->peer, &w->port.peer,
			      NULL, &ctx->err);
	if (!ret)
		return 0;
	why = ctx->err;
	if (ret == -ENOENT &&
	    !nsfab_network_find(patch->h, patch->ifindex, w->peer, &network,
				&tenant, &ctx->err))
		return make_peer(ctx, patch, path, w, tenant, network);
	ctx->err = why;
	return netctl_fail(ctx);
}

/* A port could not be joined: take its other end away again. */
static int fail_patch(struct netctl_ctx *ctx, const struct patch *patch)
{
	if (patch->made)
		nsfab_port_del(patch->h, patch->ifindex, &patch->made, 1, NULL);
	return netctl_fail(ctx);
}

static int make(struct netctl_ctx *ctx, const char *path, struct port_words *w)
{
	char network[2 * (NSFAB_NAME_MAX + 1)], tenant[NSFAB_NAME_MAX + 1];
	struct nsfab_port *port = &w->port;
	struct patch patch = { 0 };
	int ret;

	if (netctl_new_name(ctx, path))
		return NETCTL_USAGE;
	if (nsfab_path_split(path, tenant, &port->name, &ctx->err))
		return netctl_fail(ctx);
	if (!w->network)
		return netctl_usage(ctx, "port %s needs network NETWORK", path);
	if (!nsfab_name_valid(w->network))
		return netctl_usage(ctx, "\"%s\" is no name of a network of %s",
				    w->network, tenant);
	snprintf(network, sizeof(network), "%s/%s", tenant, w->network);
	if (netctl_fabric(ctx, &patch.h, &patch.ifindex) ||
	    nsfab_network_find(patch.h, patch.ifindex, network, &port->network,
			       &port->tenant, &ctx->err))
		return netctl_fail(ctx);
	ret = find_peer(ctx, &patch, path, w);
	if (ret)
		return ret;
	port->labels = w->labels.add;
	port->present |= NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NETWORK |
			 NSFAB_PORT_HAS_NAME |
			 (w->labels.add ? NSFAB_PORT_HAS_LABELS : 0);
	if (!netctl_would(ctx, "add port %s", path) &&
	    nsfab_port_new(patch.h, patch.ifindex, port, 1, NULL, &ctx->err))
		return fail_patch(ctx, &patch);
	return NETCTL_OK;
}

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct port_words w;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/PORT network NETWORK and its attributes");
	ret = port_words_parse(ctx, false, argc - 1, argv + 1, &w);
	if (!ret)
		ret = make(ctx, argv[0], &w);
	netctl_labels_free(&w.labels);
	return ret;
}

static int change(struct netctl_ctx *ctx, const char *path,
		  struct port_words *w)
{
	struct nsfab_port *old, *port = &w->port;
	struct patch patch = { 0 };
	char *labels = NULL;
	int ret;

	ret = get(ctx, path, &patch.h, &patch.ifindex, &old);
	if (ret)
		goto out;
	port->id = old->id;
	port->present |= NSFAB_PORT_HAS_ID;
	if (w->labels.add || w->labels.remove) {
		labels = vm_labels_merge(old->labels, w->labels.add,
					 w->labels.remove);
		if (!labels) {
			ret = netctl_no_memory(ctx);
			goto out;
		}
		port->labels = labels;
		port->present |= NSFAB_PORT_HAS_LABELS;
	}
	ret = find_peer(ctx, &patch, path, w);
	if (!ret && !netctl_would(ctx, "change port %s", path) &&
	    nsfab_port_set(patch.h, patch.ifindex, port, 1, &ctx->err))
		ret = fail_patch(ctx, &patch);
out:
	free(old);
	free(labels);
	return ret;
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct port_words w;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, "takes TENANT/PORT and what to change");
	ret = port_words_parse(ctx, true, argc - 1, argv + 1, &w);
	if (!ret)
		ret = change(ctx, argv[0], &w);
	netctl_labels_free(&w.labels);
	return ret;
}

static int on_vm(const struct nsfab_vm *vm, void *arg)
{
	*(bool *)arg = vm->netns && vm->n_ports == 1;
	return 0;
}

/* A VM that has no port is in no list, but its namespace and workload stay. */
static int check_needless(struct netctl_ctx *ctx, struct nsfab *h,
			  unsigned int ifindex, const char *path)
{
	char tenant[NSFAB_NAME_MAX + 1], vm[NSFAB_NAME_MAX + 1];
	struct nsfab_vm_ref ref = { .tenant = tenant, .name = vm };
	bool needed = false;
	unsigned int nic;
	const char *name;
	int ret;

	ret = nsfab_path_split(path, tenant, &name, &ctx->err);
	if (ret || !nsfab_vm_port_split(name, vm, &nic))
		return ret;
	ret = nsfab_vm_get(h, ifindex, &ref, on_vm, &needed, &ctx->err);
	if (ret || !needed)
		return ret;
	return nsfab_err_set(&ctx->err, -EBUSY,
			     "VM %s/%s has no other NIC than %s, delete the VM (netctl vm del %s/%s)",
			     tenant, vm, name, tenant, vm);
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t id;
	int i;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/PORT...");
	for (i = 0; i < argc; i++) {
		if (netctl_fabric(ctx, &h, &ifindex) ||
		    nsfab_port_find(h, ifindex, argv[i], &id, NULL,
				    &ctx->err) ||
		    check_needless(ctx, h, ifindex, argv[i]))
			return netctl_fail(ctx);
		if (!netctl_would(ctx, "delete port %s", argv[i]) &&
		    nsfab_port_del(h, ifindex, &id, 1, &ctx->err))
			return netctl_fail(ctx);
	}
	return NETCTL_OK;
}

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
	bool brief;
	const char *label;
};

static void print_addresses(struct netctl_print *p,
			    const struct nsfab_port *port)
{
	char text[NSFAB_ADDRS_MAX][NSFAB_ADDR_STRLEN];
	const char *list[NSFAB_ADDRS_MAX];
	size_t i;

	for (i = 0; i < port->n_addresses && i < NSFAB_ADDRS_MAX; i++)
		list[i] = nsfab_addr_format(&port->addresses[i], text[i]);
	netctl_list(p, "addresses", "addresses", list, i);
}

static void print_allowed(struct netctl_print *p, const struct nsfab_port *port,
			  bool brief)
{
	char text[NSFAB_ADDRS_MAX * (NSFAB_PREFIX_STRLEN + 24)] = "";
	char prefix[NSFAB_PREFIX_STRLEN], mac[NSFAB_MAC_STRLEN];
	size_t i, at = 0;

	netctl_array_open(p, "allowed");
	for (i = 0; i < port->n_allowed && at < sizeof(text); i++) {
		const struct nsfab_allowed *a = &port->allowed[i];

		nsfab_prefix_format(&a->prefix, prefix);
		nsfab_mac_format(a->mac, mac);
		netctl_array_next(p);
		netctl_str(p, "prefix", NULL, prefix);
		netctl_str(p, "mac", NULL, a->has_mac ? mac : NULL);
		at += snprintf(text + at, sizeof(text) - at, "%s%s%s%s",
			       i ? " " : "", prefix, a->has_mac ? ",mac=" : "",
			       a->has_mac ? mac : "");
	}
	netctl_array_close(p);
	if (!brief)
		netctl_str(p, NULL, "allowed", text);
}

/* What stands behind the port: in a table one cell, in JSON by its parts. */
static void print_behind(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_port *port, bool brief)
{
	char vtep[NSFAB_ADDR_STRLEN];
	const char *what = NULL;

	netctl_str(p, "binding", "binding", nsfab_binding_name(port->binding));
	if (port->present & NSFAB_PORT_HAS_VTEP) {
		what = nsfab_addr_format(&port->vtep, vtep);
		netctl_str(p, "vtep", NULL, what);
	}
	if (port->present & NSFAB_PORT_HAS_PEER) {
		what = netctl_port_name(names, port->peer);
		netctl_str(p, "peer", NULL, what);
	}
	netctl_str(p, NULL, "behind", what);
	if (port->present & NSFAB_PORT_HAS_DEV_IFINDEX)
		netctl_num(p, "dev_ifindex", brief ? NULL : "device ifindex",
			   port->dev_ifindex);
	if (port->present & NSFAB_PORT_HAS_DEV_NETNSID)
		netctl_num(p, "dev_netnsid", brief ? NULL : "device netnsid",
			   port->dev_netnsid);
}

void netctl_port_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_port *port, bool brief)
{
	char mac[NSFAB_MAC_STRLEN];

	netctl_str(p, "tenant", "tenant",
		   netctl_tenant_name(names, port->tenant));
	netctl_str(p, "name", "port", port->name);
	netctl_num(p, "id", "id", port->id);
	netctl_str(p, "network", "network",
		   netctl_path_end(netctl_network_name(names,
						       port->network)));
	netctl_num(p, "revision", brief ? NULL : "revision",
		   port->revision);
	netctl_str(p, "mac", "mac", nsfab_mac_format(port->mac, mac));
	print_addresses(p, port);
	print_allowed(p, port, brief);
	netctl_bool(p, "unguarded", brief ? NULL : "unguarded",
		    port->flags & NSFAB_PORT_FLAG_UNGUARDED);
	print_behind(p, names, port, brief);
	netctl_labels(p, "labels", brief ? NULL : "labels", port->labels);
	if (port->present & NSFAB_PORT_HAS_COUNTERS)
		netctl_counters(p, &port->counters, brief);
}

static int print_port(const struct nsfab_port *port, void *arg)
{
	struct view *v = arg;

	if (!netctl_labels_match(port->labels, v->label))
		return 0;
	netctl_row(v->p);
	netctl_port_members(v->p, v->names, port, v->brief);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_port *port;
	struct view v = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc != 1)
		return netctl_usage(ctx, "takes TENANT/PORT");
	ret = get(ctx, argv[0], &h, &ifindex, &port);
	if (ret)
		return ret;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    (port->present & NSFAB_PORT_HAS_PEER ?
				     NETCTL_NAMES_PORTS : 0));
	if (!v.names) {
		free(port);
		return netctl_fail(ctx);
	}
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	print_port(port, &v);
	netctl_names_free(v.names);
	free(port);
	return netctl_print_close(v.p);
}

struct filter {
	uint32_t present;
	const char *label;
	const char *network;
};

static const struct netctl_key list_keys[] = {
	{ .name = "label", .parse = netctl_key_str, .what = "KEY[=VALUE]",
	  .arg = offsetof(struct filter, label) },
	{ .name = "network", .parse = netctl_key_str, .what = "TENANT/NETWORK",
	  .arg = offsetof(struct filter, network) },
	{ 0 }
};

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_filter filter = { 0 };
	struct view v = { .brief = true };
	struct filter words = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	ret = netctl_parse(ctx, list_keys, argc - argc % 2, argv + argc % 2,
			   &words);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (argc % 2) {
		if (nsfab_tenant_find(h, ifindex, argv[0], &filter.tenant,
				      &ctx->err))
			return netctl_fail(ctx);
		filter.present |= NSFAB_FILTER_HAS_TENANT;
	}
	if (words.network) {
		if (nsfab_network_find(h, ifindex, words.network,
				       &filter.network, NULL, &ctx->err))
			return netctl_fail(ctx);
		filter.present |= NSFAB_FILTER_HAS_NETWORK;
	}
	v.label = words.label;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS);
	if (!v.names)
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_port_dump(h, ifindex, &filter, print_port, &v, &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
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

const struct netctl_object netctl_obj_port = {
	.name = "port",
	.summary = "what networks connect: VMs' NICs, other hosts, patches",
	.help =
"netctl port add TENANT/PORT network NETWORK [id NUMBER] [ATTRIBUTE]...\n"
"netctl port set TENANT/PORT [ATTRIBUTE]... [nolabel KEY]...\n"
"netctl port del TENANT/PORT...\n"
"netctl port show TENANT/PORT\n"
"netctl port list [TENANT] [network TENANT/NETWORK] [label KEY[=VALUE]]\n"
"\n"
"ATTRIBUTE is one of\n"
"  mac MAC                 made from the port's id when left out\n"
"  ip ADDRESS              may be repeated; set replaces all of them, \"none\"\n"
"                          removes all\n"
"  allow PREFIX[,mac=MAC]  another source that the port may use; likewise\n"
"  unguarded on|off        do not check the sources that it uses\n"
"  remote VTEP             is on another host\n"
"  patch TENANT/PORT       is connected to a port of another network\n"
"  patch TENANT/NETWORK    likewise, to one called PORT-peer that is made there\n"
"  stub                    the module itself answers\n"
"  parked                  nothing is there yet\n"
"  unbound                 nothing is there\n"
"  revision NUMBER         refuse if the port's is higher\n"
"  label KEY=VALUE\n"
"\n"
"PORT is a plain name or a VM's NIC, VM/ethN; \"netctl vm\" makes the latter\n"
"with the namespace, and the last one of a VM is deleted with it.\n",
	.verbs = verbs,
	.run = list,
};
