// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl export: a lab file of what runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "lab_run.h"
#include "lab_word.h"

/* What the engine adds by itself is not exported. */
static bool is_line_of_its_own(const char *line)
{
	return strncmp(line, "seed=", 5) && strncmp(line, "schedule=", 9) &&
	       strncmp(line, "switching=", 10);
}

static void put_word(const char *text)
{
	lab_put_word(stdout, text);
}

static void put_addr(const struct nsfab_addr *addr)
{
	char buf[NSFAB_ADDR_STRLEN];

	printf(addr->len == 4 ? "%s" : "\"%s\"", nsfab_addr_format(addr, buf));
}

static void put_prefix(const struct nsfab_prefix *prefix)
{
	char buf[NSFAB_PREFIX_STRLEN];

	printf(prefix->addr.len == 4 ? "%s" : "\"%s\"",
	       nsfab_prefix_format(prefix, buf));
}

static void put_mac(const uint8_t mac[NSFAB_MAC_LEN])
{
	char buf[NSFAB_MAC_STRLEN];

	printf("\"%s\"", nsfab_mac_format(mac, buf));
}

static void put_labels(const char *labels, const char *before,
		       const char *behind)
{
	char *copy = strdup(labels), *line, *save = NULL, *value;
	bool any = false;

	for (line = copy ? strtok_r(copy, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, '=');
		if (!value || !is_line_of_its_own(line))
			continue;
		*value++ = '\0';
		fputs(any ? ", " : before, stdout);
		if (!any)
			fputs("labels: {", stdout);
		put_word(line);
		fputs(": ", stdout);
		put_word(value);
		any = true;
	}
	if (any)
		printf("}%s", behind);
	free(copy);
}

static void put_host(const struct nsfab_state_obj *obj)
{
	fputs("  ", stdout);
	put_word(obj->name);
	fputs(": {local: ", stdout);
	put_addr(&obj->as_host.local);
	fputs("}\n", stdout);
}

static void put_tenant(const struct nsfab_state_obj *obj)
{
	static const char *const accounting[] = { "off", "basic", "rich" };
	const struct nsfab_state_tenant *tenant = &obj->as_tenant;
	unsigned int i;

	fputs("  ", stdout);
	put_word(obj->name);
	fputs(":\n", stdout);
	if (tenant->accounting < 3)
		printf("    accounting: %s\n", accounting[tenant->accounting]);
	if (tenant->switching != NSFAB_STATE_SWITCHING_LEARN)
		printf("    switching: %s\n",
		       nsfab_state_switching_name(tenant->switching));
	fputs("    limits: {", stdout);
	for (i = 0; i < NSFAB_STATE_LIMITS; i++)
		printf("%s%s: %u", i ? ", " : "", nsfab_state_limit_name(i),
		       tenant->limit[i]);
	fputs("}\n", stdout);
	put_labels(obj->labels, "    ", "\n");
}

static void put_network(const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_network *network = &obj->as_network;
	unsigned int i;

	fputs("      ", stdout);
	put_word(obj->name);
	printf(": {vni: %u, mtu: %u, ", network->vni, network->mtu);
	if (network->learning)
		fputs("learning: on, ", stdout);
	fputs("subnets: [", stdout);
	for (i = 0; i < network->n_subnets; i++) {
		fputs(i ? ", {cidr: " : "{cidr: ", stdout);
		put_prefix(&network->subnet[i].prefix);
		fputs(", gateway: ", stdout);
		if (network->subnet[i].gateway.len)
			put_addr(&network->subnet[i].gateway);
		else
			fputs("none", stdout);
		fputs("}", stdout);
	}
	fputs("]", stdout);
	put_labels(obj->labels, ", ", "");
	fputs("}\n", stdout);
}

static void put_nic_addr(const struct nsfab_state_nic *nic,
			 const struct nsfab_addr *addr)
{
	struct nsfab_prefix prefix = { .addr = *addr };

	prefix.len = nic->prefixlen[addr->len == 16];
	if (prefix.len)
		put_prefix(&prefix);
	else
		put_addr(addr);
}

static void put_nic(const struct nsfab_state_nic *nic, bool router)
{
	unsigned int i;

	fputs("network: ", stdout);
	put_word(nic->network);
	fputs(", ip: [", stdout);
	for (i = 0; i < nic->n_addrs; i++) {
		fputs(i ? ", " : "", stdout);
		put_nic_addr(nic, &nic->addr[i]);
	}
	fputs("], mac: ", stdout);
	put_mac(nic->mac);
	if (nic->unguarded != router)
		printf(", guard: %s", nic->unguarded ? "off" : "on");
	for (i = 0; i < nic->n_allowed; i++) {
		fputs(i ? ", {ip: " : ", allowed: [{ip: ", stdout);
		put_prefix(&nic->allowed[i].prefix);
		if (nic->allowed[i].has_mac) {
			fputs(", mac: ", stdout);
			put_mac(nic->allowed[i].mac);
		}
		fputs("}", stdout);
	}
	if (nic->n_allowed)
		fputs("]", stdout);
}

static void put_route(const struct nsfab_state_route *route)
{
	unsigned int i;

	fputs("{to: ", stdout);
	put_prefix(&route->to);
	if (route->type != NSFAB_ROUTE_TYPE_UNICAST)
		printf(", type: %s", route->type == NSFAB_ROUTE_TYPE_BLACKHOLE ?
		       "blackhole" : "unreachable");
	for (i = 0; i < route->n_hops; i++) {
		fputs(i ? ", {via: " : ", via: [{via: ", stdout);
		put_addr(&route->hop[i].via);
		printf(", weight: %u}", route->hop[i].weight);
	}
	fputs(route->n_hops ? "]}" : "}", stdout);
}

static void put_vm(const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_vm *vm = &obj->as_vm;
	unsigned int i;

	fputs("      ", stdout);
	put_word(obj->name);
	fputs(": {", stdout);
	if (*obj->host) {
		fputs("host: ", stdout);
		put_word(obj->host);
		fputs(", ", stdout);
	}
	if (vm->stub)
		fputs("stub: true, ", stdout);
	fputs("nics: [", stdout);
	for (i = 0; i < vm->n_nics; i++) {
		fputs(i ? ", {" : "{", stdout);
		put_nic(&vm->nic[i], vm->router);
		fputs("}", stdout);
	}
	fputs("]", stdout);
	if (vm->router)
		fputs(", router: true", stdout);
	if (vm->no_ipv6)
		fputs(", ipv6: false", stdout);
	if (vm->routes.n) {
		fputs(", routes: [", stdout);
		for (i = 0; i < vm->routes.n; i++) {
			fputs(i ? ", " : "", stdout);
			put_route(&vm->routes.route[i]);
		}
		fputs("]", stdout);
	}
	for (i = 0; i < vm->n_run; i++) {
		fputs(i ? ", " : ", run: [", stdout);
		put_word(vm->run[i]);
	}
	if (vm->n_run)
		fputs("]", stdout);
	if (vm->cpus)
		printf(", cpus: %u.%03u", vm->cpus / 1000, vm->cpus % 1000);
	if (vm->memory)
		printf(", memory: %llu", (unsigned long long)vm->memory);
	if (vm->flavour) {
		fputs(", flavour: ", stdout);
		put_word(vm->flavour);
	}
	if (vm->image) {
		fputs(", image: ", stdout);
		put_word(vm->image);
	}
	put_labels(obj->labels, ", ", "");
	fputs("}\n", stdout);
}

static void put_port(const struct nsfab_state_obj *obj)
{
	fputs("      ", stdout);
	put_word(obj->name);
	fputs(": {remote: ", stdout);
	put_addr(&obj->as_port.remote);
	fputs(", ", stdout);
	put_nic(&obj->as_port.nic, false);
	put_labels(obj->labels, ", ", "");
	fputs("}\n", stdout);
}

static void put_routes(const struct nsfab_state_obj *obj)
{
	unsigned int i;

	for (i = 0; i < obj->as_routes.n; i++) {
		fputs("      - ", stdout);
		put_route(&obj->as_routes.route[i]);
		putchar('\n');
	}
}

static void put_kind(const struct nsfab_state *state,
		     enum nsfab_state_kind kind, const char *tenant,
		     const char *section,
		     void (*put)(const struct nsfab_state_obj *obj))
{
	const struct nsfab_state_obj *obj;
	bool any = false;
	size_t i;

	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != kind || obj->copy ||
		    (tenant && strcmp(obj->tenant, tenant)))
			continue;
		if (!any)
			fputs(section, stdout);
		any = true;
		put(obj);
	}
}

static void put_lab(const struct export *x)
{
	const struct nsfab_state *state = x->state;
	const struct nsfab_state_obj *obj;
	bool tenants = false;
	uint64_t seed;
	size_t i;

	fputs("lab: ", stdout);
	put_word(nsfab_state_lab(state));
	putchar('\n');
	if (nsfab_state_seed(state, &seed))
		printf("seed: %llu\n", (unsigned long long)seed);
	put_kind(state, NSFAB_STATE_HOST, NULL, "hosts:\n", put_host);
	obj = nsfab_state_obj(state, 0);
	if (obj->kind == NSFAB_STATE_HOST) {
		printf("underlay:\n  mtu: %u\n  encap: %s\n", obj->as_host.mtu,
		       obj->as_host.encap == NSFAB_ENCAP_GENEVE ? "geneve" :
		       "vxlan");
		export_links(x, NSFAB_STATE_UNDERLAY, true, "  ");
		export_schedule(x, NSFAB_STATE_UNDERLAY, true, "  ");
	}
	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != NSFAB_STATE_TENANT || obj->copy)
			continue;
		if (!tenants)
			fputs("tenants:\n", stdout);
		tenants = true;
		put_tenant(obj);
		put_kind(state, NSFAB_STATE_NETWORK, obj->name,
			 "    networks:\n", put_network);
		put_kind(state, NSFAB_STATE_VM, obj->name, "    vms:\n",
			 put_vm);
		put_kind(state, NSFAB_STATE_PORT, obj->name, "    ports:\n",
			 put_port);
		put_kind(state, NSFAB_STATE_ROUTES, obj->name, "    routes:\n",
			 put_routes);
		export_links(x, obj->name, false, "    ");
		export_schedule(x, obj->name, false, "    ");
	}
}

int export_state(const struct nsfab_state *state)
{
	struct export x;
	int ret;

	ret = export_begin(&x, state);
	if (ret)
		return ret;
	put_lab(&x);
	export_end(&x);
	return 0;
}

static int export(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct lab_run run;
	int ret;

	if (argc != 1)
		return netctl_usage(ctx, "takes LAB");
	lab_run_begin(&run, ctx);
	ret = lab_run_read(&run, argv[0]);
	if (!ret && !nsfab_state_count(run.running)) {
		fprintf(stderr, "netctl export: no lab \"%s\" runs here\n",
			argv[0]);
		ret = NETCTL_USAGE;
	} else if (!ret && export_state(run.running)) {
		fputs("netctl export: out of memory\n", stderr);
		ret = NETCTL_REFUSED;
	} else if (!ret && fflush(stdout)) {
		ret = NETCTL_REFUSED;
	}
	lab_run_end(&run);
	return ret;
}

const struct netctl_object netctl_obj_export = {
	.name = "export",
	.summary = "print a lab file of what runs",
	.help =
"netctl export LAB\n"
"\n"
"Print a lab file that netctl apply makes the same lab of. Everything that\n"
"was chosen (VNIs, MACs, addresses) is in it, and what was read from other\n"
"files (traces, distributions).\n",
	.run = export,
};
