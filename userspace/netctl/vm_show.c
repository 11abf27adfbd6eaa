// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl vm show, list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

struct view {
	struct netctl_ctx *ctx;
	struct netctl_print *print;
	struct netctl_names *names;
	const char *label;
	const char *state;
	bool any;		/* one was listed */
};

static void print_addresses(struct netctl_print *p, const char *head,
			    const struct nsfab_port *port)
{
	char text[NSFAB_ADDRS_MAX][NSFAB_ADDR_STRLEN];
	const char *list[NSFAB_ADDRS_MAX];
	size_t i;

	for (i = 0; i < port->n_addresses && i < NSFAB_ADDRS_MAX; i++)
		list[i] = nsfab_addr_format(&port->addresses[i], text[i]);
	netctl_list(p, "addresses", head, list, i);
}

static void print_nic(struct view *v, const struct nsfab_port *port)
{
	struct netctl_print *p = v->print;
	const char *name = strchr(port->name, '/');
	char mac[NSFAB_MAC_STRLEN];

	netctl_array_next(p);
	netctl_str(p, "name", "nic", name ? name + 1 : port->name);
	netctl_num(p, "port", "port", port->id);
	netctl_str(p, "network", "network",
		   netctl_network_name(v->names, port->network));
	netctl_str(p, "mac", "mac", nsfab_mac_format(port->mac, mac));
	print_addresses(p, "addresses", port);
	netctl_str(p, "binding", "binding", nsfab_binding_name(port->binding));
	if (port->flags & NSFAB_PORT_FLAG_UNGUARDED)
		netctl_bool(p, "unguarded", "unguarded", true);
	if (!(port->present & NSFAB_PORT_HAS_COUNTERS))
		return;
	netctl_num(p, "in_packets", "in packets", port->counters.in_packets);
	netctl_num(p, "in_bytes", "in bytes", port->counters.in_bytes);
	netctl_num(p, "out_packets", "out packets", port->counters.out_packets);
	netctl_num(p, "out_bytes", "out bytes", port->counters.out_bytes);
	netctl_num(p, "drop_packets", "drop packets",
		   port->counters.drop_packets);
}

/* The workload: words in JSON, the line as it is kept in a table. */
static void print_run(struct netctl_print *p, const char *line)
{
	char **words;
	size_t n;

	if (!line)
		return;
	words = nsfab_vm_run_split(line, &n);
	if (words)
		netctl_list(p, "run", NULL, (const char *const *)words, n);
	netctl_str(p, NULL, "run", line);
	free(words);
}

static void print_limits(struct netctl_print *p, const struct nsfab_vm *vm)
{
	if (vm->cpus)
		netctl_dbl(p, "cpus", "cpus", vm->cpus / 1000.0);
	if (vm->memory)
		netctl_bytes(p, "memory", "memory", vm->memory);
}

static int show_one(const struct nsfab_vm *vm, void *arg)
{
	struct view *v = arg;
	struct netctl_print *p = v->print;
	size_t i;

	netctl_row(p);
	netctl_str(p, "tenant", "tenant", vm->tenant);
	netctl_str(p, "name", "vm", vm->name);
	netctl_str(p, "state", "state", nsfab_vm_state_name(vm->state));
	if (vm->exit_status >= 0)
		netctl_num(p, "exit_status", "exit status", vm->exit_status);
	if (vm->pid)
		netctl_num(p, "pid", "pid", vm->pid);
	netctl_str(p, "netns", "netns", vm->netns);
	print_run(p, vm->run);
	print_limits(p, vm);
	netctl_labels(p, "labels", "labels", vm->labels);
	netctl_array_open(p, "nics");
	for (i = 0; i < vm->n_ports; i++) {
		/* Lines of its own: all NICs have the same headings. */
		netctl_row(p);
		print_nic(v, vm->ports[i]);
	}
	netctl_array_close(p);
	return 0;
}

int vm_show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct view v = { .ctx = ctx };
	struct nsfab_vm_ref ref;
	unsigned int ifindex;
	struct nsfab *h;
	char *path;
	int ret;

	if (argc != 1)
		return netctl_usage(ctx, "takes TENANT/VM");
	ret = vm_path_split(ctx, argv[0], &path, &ref, NULL);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS);
	if (!v.names) {
		ret = netctl_fail(ctx);
		goto out;
	}
	v.print = netctl_print_open(ctx, NETCTL_RECORD);
	ret = nsfab_vm_get(h, ifindex, &ref, show_one, &v, &ctx->err);
	if (ret)
		ret = netctl_fail(ctx);
	ret = netctl_done(v.print, ret);
	netctl_names_free(v.names);
out:
	free(path);
	return ret;
}

static void list_addresses(struct netctl_print *p, const struct nsfab_vm *vm)
{
	char text[8][NSFAB_ADDR_STRLEN];
	const char *list[8];
	size_t i, j, n = 0;

	for (i = 0; i < vm->n_ports; i++) {
		for (j = 0; j < vm->ports[i]->n_addresses && n < 8; j++, n++)
			list[n] = nsfab_addr_format(&vm->ports[i]->addresses[j],
						    text[n]);
	}
	netctl_list(p, NULL, "ADDRESSES", list, n);
}

static int list_one(const struct nsfab_vm *vm, void *arg)
{
	struct view *v = arg;
	struct netctl_print *p = v->print;
	char path[2 * NSFAB_NAME_MAX + 2], state[32];
	size_t i;

	if (!netctl_labels_match(vm->labels, v->label) ||
	    (v->state && strcmp(v->state, nsfab_vm_state_name(vm->state))))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", vm->tenant, vm->name);
	if (vm->state == NSFAB_VM_EXITED)
		snprintf(state, sizeof(state), "exited %d", vm->exit_status);
	else
		snprintf(state, sizeof(state), "%s",
			 nsfab_vm_state_name(vm->state));
	v->any = true;
	netctl_row(p);
	netctl_str(p, "tenant", NULL, vm->tenant);
	netctl_str(p, "name", NULL, vm->name);
	netctl_str(p, NULL, "VM", path);
	netctl_str(p, "state", NULL, nsfab_vm_state_name(vm->state));
	netctl_str(p, NULL, "STATE", state);
	if (vm->exit_status >= 0)
		netctl_num(p, "exit_status", NULL, vm->exit_status);
	if (vm->pid)
		netctl_num(p, "pid", NULL, vm->pid);
	netctl_num(p, NULL, "NICS", vm->n_ports);
	list_addresses(p, vm);
	netctl_str(p, "netns", NULL, vm->netns);
	netctl_labels(p, "labels", "LABELS", vm->labels);
	if (!v->ctx->json)
		return 0;
	print_run(p, vm->run);
	print_limits(p, vm);
	netctl_array_open(p, "nics");
	for (i = 0; i < vm->n_ports; i++)
		print_nic(v, vm->ports[i]);
	netctl_array_close(p);
	return 0;
}

static int parse_filter(struct netctl_ctx *ctx, const struct netctl_key *key,
			const char *value, void *data)
{
	struct view *v = data;
	int state;

	if (!key->arg) {
		v->label = value;
		return 0;
	}
	for (state = NSFAB_VM_CREATED; state <= NSFAB_VM_ABSENT; state++) {
		v->state = nsfab_vm_state_name(state);
		if (!strcmp(v->state, value))
			return 0;
	}
	return netctl_usage(ctx,
			    "\"%s\" is not a state (use created, running, paused, exited, "
			    "stopped, stub, remote or absent)", value);
}

static const struct netctl_key filters[] = {
	{ .name = "label", .parse = parse_filter, .what = "KEY[=VALUE]" },
	{ .name = "state", .parse = parse_filter, .arg = 1, .what = "STATE" },
	{ 0 }
};

int vm_list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct view v = { .ctx = ctx };
	const char *tenant = NULL;
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	/* Filters come in pairs, so an odd word is the tenant. */
	if (argc % 2) {
		tenant = argv[0];
		argc--;
		argv++;
		if (!nsfab_name_valid(tenant))
			return netctl_usage(ctx, "\"%s\" is not a tenant's name",
					    tenant);
	}
	ret = netctl_parse(ctx, filters, argc, argv, &v);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (ctx->json) {
		v.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS);
		if (!v.names)
			return netctl_fail(ctx);
	}
	v.print = netctl_print_open(ctx, NETCTL_LIST);
	ret = nsfab_vm_list(h, ifindex, tenant, list_one, &v, &ctx->err);
	if (ret)
		ret = netctl_fail(ctx);
	ret = netctl_done(v.print, ret);
	if (!ret && !v.any)
		netctl_note_empty(ctx);
	if (v.names)
		netctl_names_free(v.names);
	return ret;
}
