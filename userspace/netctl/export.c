// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl export: a lab file of what runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_run.h"
#include "lab_word.h"
#include "link_values.h"

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

/* Port of an end as a lab file names it: a network by its patch port. */
static const char *end_name(const struct nsfab_state *state,
			    const struct nsfab_state_obj *link,
			    const char *port, int end, char *buf, size_t size)
{
	const struct nsfab_state_obj *obj;
	size_t i;
	int p;

	snprintf(buf, size, "%s", port);
	if (!strcmp(link->host, NSFAB_STATE_UNDERLAY_HOST)) {
		buf[strcspn(buf, "/")] = '\0';
		return buf;
	}
	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != NSFAB_STATE_PATCH ||
		    strcmp(obj->tenant, link->tenant))
			continue;
		for (p = 0; p < 2; p++)
			if (!strcmp(obj->as_patch.port[p], port))
				snprintf(buf, size, "%s",
					 obj->as_patch.network[end ? !p : p]);
	}
	return buf;
}

static bool is_patch(const struct nsfab_state *state,
		     const struct nsfab_state_obj *link)
{
	const struct nsfab_state_obj *obj;
	size_t i;

	for (i = 0; link->as_link.to && i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind == NSFAB_STATE_PATCH &&
		    !strcmp(obj->tenant, link->tenant) &&
		    (!strcmp(obj->as_patch.port[0], link->as_link.to) ||
		     !strcmp(obj->as_patch.port[1], link->as_link.to)))
			return true;
	}
	return false;
}

/* A key and its value behind what is there. */
static void put_value(bool *any, const char *key, const char *value)
{
	printf("%s%s: ", *any ? ", " : "", key);
	put_word(value);
	*any = true;
}

static void put_number(bool *any, const char *key, uint64_t value,
		       const char *unit)
{
	char text[32];

	if (!value)
		return;
	snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value, unit);
	printf("%s%s: %s", *any ? ", " : "", key, text);
	*any = true;
}

static const char *const times[] = { "ns", "us", "ms", "s" };
static const char *const rates[] = { "bit", "kbit", "mbit", "gbit" };

/* In the largest unit of a thousand that leaves a whole number. */
static void put_unit(bool *any, const char *key, uint64_t value,
		     const char *const unit[4])
{
	int i = 0;

	while (i < 3 && value && !(value % 1000)) {
		value /= 1000;
		i++;
	}
	put_number(any, key, value, unit[i]);
}

static void put_share(bool *any, const char *key, uint32_t share)
{
	char text[32];

	if (share)
		put_value(any, key, link_share_text(share, text, sizeof(text)));
}

static void put_length(bool *any, const char *key, uint64_t bytes,
		       uint64_t time)
{
	if (time)
		put_unit(any, key, time, times);
	else
		put_number(any, key, bytes, "");
}

static void put_filter(bool *any, const struct nsfab_link_filter *f)
{
	char prefix[NSFAB_PREFIX_STRLEN];

	if (f->present & NSFAB_LINK_FILTER_HAS_SRC)
		put_value(any, "src", nsfab_prefix_format(&f->src, prefix));
	if (f->present & NSFAB_LINK_FILTER_HAS_DST)
		put_value(any, "dst", nsfab_prefix_format(&f->dst, prefix));
	if (f->present & NSFAB_LINK_FILTER_HAS_PROTO)
		printf(", proto: %u", f->proto);
	if (f->present & NSFAB_LINK_FILTER_HAS_SPORT)
		printf(", sport: %u", f->sport);
	if (f->present & NSFAB_LINK_FILTER_HAS_DPORT)
		printf(", dport: %u", f->dport);
}

static void put_conf(const struct nsfab_link *conf, bool *any)
{
	char loss[NSFAB_LINK_NTH_MAX * 11 + 8];

	put_unit(any, "delay", conf->delay, times);
	put_unit(any, "jitter", conf->jitter, times);
	if (conf->dist == NSFAB_LINK_DIST_NORMAL ||
	    conf->dist == NSFAB_LINK_DIST_PARETO)
		put_value(any, "dist", nsfab_link_dist_name(conf->dist));
	if (conf->flags & NSFAB_LINK_FLAG_OVERTAKE)
		put_value(any, "overtake", "on");
	if (conf->flags & NSFAB_LINK_FLAG_DOWN)
		put_value(any, "state", "down");
	if (conf->loss_model != NSFAB_LINK_LOSS_MODEL_NONE)
		put_value(any, "loss", link_loss_text(conf, loss,
						      sizeof(loss)));
	put_share(any, "duplicate", conf->duplicate);
	put_share(any, "corrupt", conf->corrupt);
	put_share(any, "reorder", conf->reorder);
	put_unit(any, "rate", conf->rate, rates);
	if (conf->overhead != NSFAB_LINK_OVERHEAD_L2)
		put_value(any, "overhead",
			  nsfab_link_overhead_name(conf->overhead));
	put_length(any, "queue", conf->queue_bytes, conf->queue_time);
	put_length(any, "ecn", conf->ecn_bytes, conf->ecn_time);
}

/* One that is made of the lab's need not be said. */
static void put_seed(const struct nsfab_state *state,
		     const struct nsfab_state_obj *obj, bool *any)
{
	uint64_t seed, own = obj->as_link.conf->seed;

	if (nsfab_state_seed(state, &seed) &&
	    own == nsfab_state_derive_seed(seed, obj->tenant, obj->name))
		return;
	if (own <= 9007199254740991)
		put_number(any, "seed", own, "");
}

static void put_link_end(const struct nsfab_state_obj *obj)
{
	const struct nsfab_link *conf = obj->as_link.conf;
	const char *sep = " # not told by the kernel: ";

	fputs("}", stdout);
	if (conf->trace_period) {
		printf("%sits trace", sep);
		sep = ", ";
	}
	if (conf->dist == NSFAB_LINK_DIST_TABLE)
		printf("%sthe file of its distribution", sep);
	fputs("\n", stdout);
}

static void put_link(const struct nsfab_state *state,
		     const struct nsfab_state_obj *obj, const char *indent)
{
	const struct nsfab_state_link *link = &obj->as_link;
	char name[NSFAB_PORT_NAME_MAX + 1];
	bool any = false, patch = is_patch(state, obj);
	unsigned int i;

	printf("%s- {", indent);
	if (link->from || patch)
		put_value(&any, "from",
			  end_name(state, obj, patch ? link->to : link->from, 0,
				   name, sizeof(name)));
	if (link->to)
		put_value(&any, "to", end_name(state, obj, link->to, 1, name,
					       sizeof(name)));
	if (link->conf->scope)
		printf(", scope: %u", link->conf->scope);
	put_filter(&any, &link->conf->filter);
	put_conf(link->conf, &any);
	put_seed(state, obj, &any);
	for (i = 0; i < link->n_path; i++) {
		fputs(i ? ", " : ", path: [", stdout);
		put_word(link->path[i]);
	}
	if (link->n_path)
		fputs("]", stdout);
	put_link_end(obj);
}

static void put_bottleneck(const struct nsfab_state *state,
			   const struct nsfab_state_obj *obj,
			   const char *indent)
{
	bool any = false;

	fputs(indent, stdout);
	put_word(obj->name);
	fputs(": {", stdout);
	put_conf(obj->as_link.conf, &any);
	put_seed(state, obj, &any);
	put_link_end(obj);
}

/* What a tenant or the underlay has of them. */
static void put_links(const struct nsfab_state *state, const char *tenant,
		      bool underlay, const char *indent)
{
	static const enum nsfab_state_kind kinds[] = {
		NSFAB_STATE_BOTTLENECK, NSFAB_STATE_LINK,
	};
	const struct nsfab_state_obj *obj;
	char deeper[16];
	bool any;
	size_t i, k;

	snprintf(deeper, sizeof(deeper), "%s  ", indent);
	for (k = 0; k < 2; k++) {
		any = false;
		for (i = 0; i < nsfab_state_count(state); i++) {
			obj = nsfab_state_obj(state, i);
			if (obj->kind != kinds[k] ||
			    strcmp(obj->tenant, tenant) ||
			    underlay != !strcmp(obj->host,
						NSFAB_STATE_UNDERLAY_HOST))
				continue;
			if (!any)
				printf("%s%s:\n", indent,
				       k ? "links" : "bottlenecks");
			any = true;
			if (k)
				put_link(state, obj, deeper);
			else
				put_bottleneck(state, obj, deeper);
		}
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

static void put_state(const struct nsfab_state *state)
{
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
		put_links(state, NSFAB_STATE_UNDERLAY, true, "  ");
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
		put_links(state, obj->name, false, "    ");
	}
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
	} else if (!ret) {
		put_state(run.running);
		if (fflush(stdout))
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
"was chosen (VNIs, MACs, addresses) is in it.\n",
	.run = export,
};
