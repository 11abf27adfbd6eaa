// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl network. */
#include <errno.h>
#include <nsfab/network.h>
#include <nsfab/tenant.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "view.h"
#include "vm_words.h"
#include "words.h"

struct words {
	struct nsfab_network net;
	struct netctl_label_words labels;
	struct nsfab_subnet subnet[NSFAB_SUBNETS_MAX];
};

/* The subnet's first address, if there is one beside the VMs' own. */
static void default_gateway(struct nsfab_subnet *s)
{
	if (s->prefix.len + 2 > s->prefix.addr.len * 8)
		return;
	s->gateway = s->prefix.addr;
	s->gateway.byte[s->gateway.len - 1] |= 1;
}

static int parse_subnet(struct netctl_ctx *ctx, const struct netctl_key *key,
			const char *value, void *data)
{
	char text[NSFAB_PREFIX_STRLEN];
	struct nsfab_prefix masked;
	struct words *w = data;
	struct nsfab_subnet *s;

	w->net.present |= NSFAB_NETWORK_HAS_SUBNETS;
	if (!strcmp(value, "none")) {
		w->net.n_subnets = 0;
		return 0;
	}
	if (w->net.n_subnets == NSFAB_SUBNETS_MAX)
		return netctl_usage(ctx, "more than %d subnets",
				    NSFAB_SUBNETS_MAX);
	s = &w->subnet[w->net.n_subnets];
	if (!strchr(value, '/') || nsfab_prefix_parse(&s->prefix, value))
		return netctl_bad_value(ctx, key, value,
					"a prefix (10.0.0.0/24 or 2001:db8::/64)");
	masked = s->prefix;
	nsfab_prefix_mask(&masked);
	if (nsfab_addr_cmp(&masked.addr, &s->prefix.addr))
		return netctl_usage(ctx, "subnet \"%s\" has bits set behind its length, the prefix is %s",
				    value, nsfab_prefix_format(&masked, text));
	default_gateway(s);
	w->net.n_subnets++;
	return 0;
}

static int parse_gateway(struct netctl_ctx *ctx, const struct netctl_key *key,
			 const char *value, void *data)
{
	struct words *w = data;
	struct nsfab_subnet *s;

	if (!w->net.n_subnets)
		return netctl_usage(ctx, "gateway belongs behind its subnet");
	s = &w->subnet[w->net.n_subnets - 1];
	memset(&s->gateway, 0, sizeof(s->gateway));
	if (!strcmp(value, "none"))
		return 0;
	if (nsfab_addr_parse(&s->gateway, value))
		return netctl_bad_value(ctx, key, value, "an address or \"none\"");
	if (!nsfab_prefix_has(&s->prefix, &s->gateway))
		return netctl_usage(ctx, "gateway %s is outside of its subnet",
				    value);
	return 0;
}

static int parse_learning(struct netctl_ctx *ctx, const struct netctl_key *key,
			  const char *value, void *data)
{
	struct words *w = data;

	if (strcmp(value, "on") && strcmp(value, "off"))
		return netctl_bad_value(ctx, key, value, "\"on\" or \"off\"");
	w->net.flags = strcmp(value, "on") ? 0 : NSFAB_NETWORK_FLAG_LEARNING;
	w->net.present |= NSFAB_NETWORK_HAS_FLAGS;
	return 0;
}

#define KEY(member, bit) \
	.arg = offsetof(struct words, net.member), \
	.has = NSFAB_NETWORK_HAS_##bit
#define COMMON \
	{ .name = "vni", .parse = netctl_key_u32, KEY(vni, VNI), \
	  .max = NSFAB_ID_MAX, .what = "NUMBER" }, \
	{ .name = "subnet", .parse = parse_subnet, .what = "PREFIX" }, \
	{ .name = "gateway", .parse = parse_gateway, \
	  .what = "ADDRESS or \"none\"" }, \
	{ .name = "mtu", .parse = netctl_key_u32, KEY(mtu, MTU), \
	  .min = 68, .max = NSFAB_MTU_MAX, .what = "BYTES" }, \
	{ .name = "learning", .parse = parse_learning, \
	  .what = "\"on\" or \"off\"" }, \
	{ .name = "revision", .parse = netctl_key_u64, \
	  KEY(revision, REVISION), .what = "NUMBER" }, \
	NETCTL_KEY_LABEL(struct words, labels)

static const struct netctl_key add_keys[] = {
	{ .name = "id", .parse = netctl_key_u32, KEY(id, ID), .min = 1,
	  .max = NSFAB_ID_MAX, .what = "NUMBER" },
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
	char tenant[NSFAB_NAME_MAX + 1];
	struct words w = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/NETWORK and its attributes");
	ret = netctl_new_name(ctx, argv[0]);
	if (!ret)
		ret = netctl_parse(ctx, add_keys, argc - 1, argv + 1, &w);
	if (ret)
		goto out;
	if (nsfab_path_split(argv[0], tenant, &w.net.name, &ctx->err) ||
	    netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, tenant, &w.net.tenant, &ctx->err)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	w.net.subnets = w.subnet;
	w.net.labels = w.labels.add;
	w.net.present |= NSFAB_NETWORK_HAS_TENANT | NSFAB_NETWORK_HAS_NAME |
			 (w.labels.add ? NSFAB_NETWORK_HAS_LABELS : 0);
	if (!netctl_would(ctx, "add network %s", argv[0]) &&
	    nsfab_network_new(h, ifindex, &w.net, 1, NULL, &ctx->err))
		ret = netctl_fail(ctx);
out:
	netctl_labels_free(&w.labels);
	return ret;
}

static int copy(const struct nsfab_network *net, void *arg)
{
	struct nsfab_network **dup = arg;

	*dup = nsfab_network_dup(net);
	return 0;
}

/* Returns 0 or an exit status after having printed why. */
static int get(struct netctl_ctx *ctx, const char *path, struct nsfab **h,
	       unsigned int *ifindex, struct nsfab_network **net)
{
	uint32_t id;

	*net = NULL;
	if (netctl_fabric(ctx, h, ifindex) ||
	    nsfab_network_find(*h, *ifindex, path, &id, NULL, &ctx->err) ||
	    nsfab_network_get(*h, *ifindex, id, 0, NULL, copy, net, &ctx->err))
		return netctl_fail(ctx);
	return *net ? 0 : netctl_no_memory(ctx);
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_network *old = NULL;
	struct words w = { 0 };
	unsigned int ifindex;
	char *labels = NULL;
	struct nsfab *h;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx, "takes TENANT/NETWORK and what to change");
	ret = netctl_parse(ctx, set_keys, argc - 1, argv + 1, &w);
	if (!ret)
		ret = get(ctx, argv[0], &h, &ifindex, &old);
	if (ret)
		goto out;
	w.net.id = old->id;
	w.net.subnets = w.subnet;
	w.net.present |= NSFAB_NETWORK_HAS_ID;
	if (w.labels.add || w.labels.remove) {
		labels = vm_labels_merge(old->labels, w.labels.add,
					 w.labels.remove);
		if (!labels) {
			ret = netctl_no_memory(ctx);
			goto out;
		}
		w.net.labels = labels;
		w.net.present |= NSFAB_NETWORK_HAS_LABELS;
	}
	if (!netctl_would(ctx, "change network %s", argv[0]) &&
	    nsfab_network_set(h, ifindex, &w.net, 1, &ctx->err))
		ret = netctl_fail(ctx);
out:
	free(old);
	free(labels);
	netctl_labels_free(&w.labels);
	return ret;
}

/* VMs that would be left without a NIC */
struct inmates {
	uint32_t network;
	char first[NSFAB_NAME_MAX + 1];
	size_t n;
};

static int on_vm(const struct nsfab_vm *vm, void *arg)
{
	struct inmates *in = arg;
	size_t i;

	if (vm->state == NSFAB_VM_ABSENT || vm->state == NSFAB_VM_REMOTE)
		return 0;
	for (i = 0; i < vm->n_ports; i++)
		if (vm->ports[i]->network != in->network)
			return 0;
	if (!in->n++)
		strcpy(in->first, vm->name);
	return 0;
}

/* A VM that has no port is in no list, but its namespace and workload stay. */
static int check_empty(struct netctl_ctx *ctx, struct nsfab *h,
		       unsigned int ifindex, const char *path, uint32_t id)
{
	struct inmates in = { .network = id };
	char tenant[NSFAB_NAME_MAX + 1];
	char more[32] = "";
	const char *name;
	int ret;

	ret = nsfab_path_split(path, tenant, &name, &ctx->err);
	if (!ret)
		ret = nsfab_vm_list(h, ifindex, tenant, on_vm, &in, &ctx->err);
	if (ret || !in.n)
		return ret;
	if (in.n > 1)
		snprintf(more, sizeof(more), " and %zu more", in.n - 1);
	return nsfab_err_set(&ctx->err, -EBUSY,
			     "VMs are in no other network than %s, delete them first: %s/%s%s",
			     path, tenant, in.first, more);
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t id;
	int i;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/NETWORK...");
	for (i = 0; i < argc; i++) {
		if (netctl_fabric(ctx, &h, &ifindex) ||
		    nsfab_network_find(h, ifindex, argv[i], &id, NULL,
				       &ctx->err) ||
		    check_empty(ctx, h, ifindex, argv[i], id))
			return netctl_fail(ctx);
		if (!netctl_would(ctx, "delete network %s with its ports",
				  argv[i]) &&
		    nsfab_network_del(h, ifindex, &id, 1, &ctx->err))
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

static void print_subnets(struct netctl_print *p,
			  const struct nsfab_network *net)
{
	char text[NSFAB_SUBNETS_MAX * NSFAB_PREFIX_STRLEN] = "";
	char prefix[NSFAB_PREFIX_STRLEN], gateway[NSFAB_ADDR_STRLEN];
	size_t i, at = 0;

	netctl_array_open(p, "subnets");
	for (i = 0; i < net->n_subnets && at < sizeof(text); i++) {
		const struct nsfab_subnet *s = &net->subnets[i];

		nsfab_prefix_format(&s->prefix, prefix);
		nsfab_addr_format(&s->gateway, gateway);
		netctl_array_next(p);
		netctl_str(p, "cidr", NULL, prefix);
		netctl_str(p, "gateway", NULL, s->gateway.len ? gateway : NULL);
		at += snprintf(text + at, sizeof(text) - at, "%s%s",
			       i ? "," : "", prefix);
	}
	netctl_array_close(p);
	netctl_str(p, NULL, "subnets", text);
}

static void print_gateways(struct netctl_print *p,
			   const struct nsfab_network *net)
{
	char text[NSFAB_SUBNETS_MAX * NSFAB_ADDR_STRLEN] = "";
	char gateway[NSFAB_ADDR_STRLEN];
	size_t i, at = 0;

	for (i = 0; i < net->n_subnets && at < sizeof(text); i++)
		if (net->subnets[i].gateway.len)
			at += snprintf(text + at, sizeof(text) - at, "%s%s",
				       at ? "," : "",
				       nsfab_addr_format(&net->subnets[i].gateway,
							 gateway));
	netctl_str(p, NULL, "gateways", text);
}

void netctl_network_members(struct netctl_print *p, struct netctl_names *names,
			    const struct nsfab_network *net, bool brief)
{
	char mac[NSFAB_MAC_STRLEN];

	netctl_str(p, "tenant", "tenant",
		   netctl_tenant_name(names, net->tenant));
	netctl_str(p, "name", "network", net->name);
	netctl_num(p, "id", "id", net->id);
	netctl_num(p, "revision", brief ? NULL : "revision", net->revision);
	netctl_num(p, "vni", "vni", net->vni);
	netctl_num(p, "mtu", "mtu", net->mtu);
	netctl_bool(p, "learning", "learning",
		    net->flags & NSFAB_NETWORK_FLAG_LEARNING);
	print_subnets(p, net);
	if (!brief)
		print_gateways(p, net);
	netctl_str(p, "router_mac", brief ? NULL : "router mac",
		   nsfab_mac_format(net->router_mac, mac));
	netctl_labels(p, "labels", "labels", net->labels);
	if (net->present & NSFAB_NETWORK_HAS_COUNTERS)
		netctl_counters(p, &net->counters, brief);
}

static int print_network(const struct nsfab_network *net, void *arg)
{
	struct view *v = arg;

	if (!netctl_labels_match(net->labels, v->label))
		return 0;
	netctl_row(v->p);
	netctl_network_members(v->p, v->names, net, v->brief);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_network *net;
	struct view v = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (argc != 1)
		return netctl_usage(ctx, "takes TENANT/NETWORK");
	ret = get(ctx, argv[0], &h, &ifindex, &net);
	if (ret)
		return ret;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_TENANTS);
	if (!v.names) {
		free(net);
		return netctl_fail(ctx);
	}
	v.p = netctl_print_open(ctx, NETCTL_RECORD);
	print_network(net, &v);
	netctl_names_free(v.names);
	free(net);
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
	struct nsfab_filter filter = { 0 };
	struct view v = { .brief = true };
	struct filter words = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (argc % 2) {
		if (nsfab_tenant_find(h, ifindex, argv[0], &filter.tenant,
				      &ctx->err))
			return netctl_fail(ctx);
		filter.present = NSFAB_FILTER_HAS_TENANT;
		argc--;
		argv++;
	}
	ret = netctl_parse(ctx, list_keys, argc, argv, &words);
	if (ret)
		return ret;
	v.label = words.label;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_TENANTS);
	if (!v.names)
		return netctl_fail(ctx);
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_network_dump(h, ifindex, &filter, print_network, &v,
			       &ctx->err))
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

const struct netctl_object netctl_obj_network = {
	.name = "network",
	.summary = "tenants' networks and their subnets",
	.help =
"netctl network add TENANT/NETWORK [id NUMBER] [ATTRIBUTE]...\n"
"netctl network set TENANT/NETWORK [ATTRIBUTE]... [nolabel KEY]...\n"
"netctl network del TENANT/NETWORK...\n"
"netctl network show TENANT/NETWORK\n"
"netctl network list [TENANT] [label KEY[=VALUE]]\n"
"\n"
"ATTRIBUTE is one of\n"
"  vni NUMBER              the network's id when left out\n"
"  subnet PREFIX           may be repeated; set replaces all of them, \"none\"\n"
"                          removes all\n"
"  gateway ADDRESS|none    of the subnet before it\n"
"  mtu BYTES               what fits the underlay when left out\n"
"  learning on|off         learn source MACs and flood unknown ones\n"
"  revision NUMBER         refuse if the network's is higher\n"
"  label KEY=VALUE\n"
"\n"
"The gateway is the tenant's router; without a word it is the subnet's first\n"
"address. A subnet without gateway is not routed. del is refused while a VM is\n"
"in no other network.\n",
	.verbs = verbs,
	.run = list,
};
