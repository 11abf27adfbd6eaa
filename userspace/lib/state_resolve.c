// SPDX-License-Identifier: LGPL-2.1-or-later
/* Check a desired state and choose what it leaves open. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_switch.h"
#include "state_vteps.h"

void resolver_complain(struct resolver *res, uint32_t origin, uint32_t other,
		       const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	res->bad = true;
	if (res->complain)
		res->complain(res->arg, origin, other, text);
}

static void twice(void *arg, const struct nsfab_state_obj *first,
		  const struct nsfab_state_obj *second)
{
	resolver_complain(arg, second->origin, first->origin,
			  "%s %s is there twice",
			  nsfab_state_kind_name(second->kind), second->name);
}

static int hosts_first(struct nsfab_state *state)
{
	struct nsfab_state_obj **sorted;
	size_t i, n = 0;

	sorted = malloc((state->n + 1) * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind == NSFAB_STATE_HOST)
			sorted[n++] = state->obj[i];
	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind != NSFAB_STATE_HOST)
			sorted[n++] = state->obj[i];
	free(state->obj);
	state->obj = sorted;
	state->room = n;
	return 0;
}

/* Everything but hosts and VMs is the lab's, not a host's, for now. */
static void take_off_hosts(struct nsfab_state *state)
{
	size_t i;

	for (i = 0; i < state->n; i++)
		if (!state->obj[i]->host ||
		    (state->obj[i]->kind != NSFAB_STATE_HOST &&
		     state->obj[i]->kind != NSFAB_STATE_VM &&
		     strcmp(state->obj[i]->host, NSFAB_STATE_UNDERLAY_HOST)))
			state->obj[i]->host = "";
}

/* VMs of one name on two hosts have different keys. */
static int check_vm_names(struct resolver *res)
{
	struct nsfab_state *state = res->state;
	const char **hosts;
	size_t i;
	int err;

	hosts = calloc(state->n + 1, sizeof(*hosts));
	if (!hosts)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		hosts[i] = state->obj[i]->host;
		if (state->obj[i]->kind == NSFAB_STATE_VM)
			state->obj[i]->host = "";
	}
	err = state_index(state, twice, res);
	for (i = 0; i < state->n; i++)
		state->obj[i]->host = hosts[i];
	free(hosts);
	return err;
}

/* One that a single host can have, as the kernel wants it of a VTEP */
static bool is_unicast(const struct nsfab_addr *addr)
{
	static const uint8_t any[15];

	if (addr->len == 4)
		return addr->byte[0] && addr->byte[0] != 127 &&
		       (addr->byte[0] < 224 || addr->byte[0] > 239) &&
		       memcmp(addr->byte, "\xff\xff\xff\xff", 4);
	/* Of one on the link the device would have to be known. */
	return addr->byte[0] != 0xff &&
	       (addr->byte[0] != 0xfe || (addr->byte[1] & 0xc0) != 0x80) &&
	       (memcmp(addr->byte, any, sizeof(any)) || addr->byte[15] > 1);
}

static void check_host(struct resolver *res, const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_obj *first = state_first_host(res->state);
	const struct nsfab_state_obj *other;
	const struct nsfab_addr *local = &obj->as_host.local;
	char text[NSFAB_ADDR_STRLEN];
	size_t i;

	if (!is_unicast(local))
		resolver_complain(res, obj->origin, 0,
				  "local %s of host %s is not an address that a host can have",
				  nsfab_addr_format(local, text), obj->name);
	if (local->len != first->as_host.local.len)
		resolver_complain(res, obj->origin, first->origin,
				  "hosts %s and %s are of different IP versions",
				  first->name, obj->name);
	for (i = 0; i < res->state->n; i++) {
		other = res->state->obj[i];
		if (other == obj)
			break;
		if (other->kind == NSFAB_STATE_HOST &&
		    !nsfab_addr_cmp(&other->as_host.local, local))
			resolver_complain(res, obj->origin, other->origin,
					  "address %s of host %s is that of host %s too",
					  nsfab_addr_format(local, text),
					  obj->name, other->name);
	}
}

static void check_place(struct resolver *res, const struct nsfab_state_obj *obj)
{
	bool hosts = state_first_host(res->state);

	if (*obj->host && !nsfab_state_find(res->state, NSFAB_STATE_HOST,
					    obj->host, "", obj->host))
		resolver_complain(res, obj->origin, 0,
				  "the lab has no host \"%s\"", obj->host);
	else if (hosts && !*obj->host)
		resolver_complain(res, obj->origin, 0,
				  "vm %s needs a host: the lab has hosts",
				  obj->name);
}

static void check_vm(struct resolver *res, const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_vm *vm = &obj->as_vm;

	check_place(res, obj);
	if (vm->stub && (vm->n_run || vm->cpus || vm->memory))
		resolver_complain(res, obj->origin, 0,
				  "vm %s is a stub: it runs nothing and has no cpus and memory",
				  obj->name);
}

static bool overlap(const struct nsfab_prefix *a, const struct nsfab_prefix *b)
{
	return a->len < b->len ? nsfab_prefix_has(a, &b->addr) :
	       nsfab_prefix_has(b, &a->addr);
}

static void check_subnet(struct resolver *res,
			 const struct nsfab_state_obj *obj,
			 const struct nsfab_subnet *subnet)
{
	struct nsfab_prefix masked = subnet->prefix;
	char text[NSFAB_PREFIX_STRLEN], gateway[NSFAB_ADDR_STRLEN];

	nsfab_prefix_format(&subnet->prefix, text);
	nsfab_prefix_mask(&masked);
	if (nsfab_addr_cmp(&masked.addr, &subnet->prefix.addr))
		resolver_complain(res, obj->origin, 0,
				  "subnet %s has bits behind its length", text);
	else if (!nsfab_prefix_is_subnet(&masked))
		resolver_complain(res, obj->origin, 0,
				  "subnet %s has no addresses for hosts", text);
	if (subnet->gateway.len &&
	    !nsfab_prefix_has(&subnet->prefix, &subnet->gateway))
		resolver_complain(res, obj->origin, 0,
				  "gateway %s is outside of subnet %s",
				  nsfab_addr_format(&subnet->gateway, gateway),
				  text);
	else if (subnet->gateway.len && nsfab_prefix_is_subnet(&masked) &&
		 !nsfab_addr_is_host(&subnet->gateway))
		resolver_complain(res, obj->origin, 0,
				  "gateway %s of subnet %s is no host's address",
				  nsfab_addr_format(&subnet->gateway, gateway),
				  text);
}

/* A subnet among those of its tenant, for finding overlaps by sorting. */
struct span {
	const struct nsfab_state_obj *network;
	const struct nsfab_prefix *prefix;
};

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int diff = strcmp(x->network->tenant, y->network->tenant);

	if (!diff)
		diff = nsfab_addr_cmp(&x->prefix->addr, &y->prefix->addr);
	return diff ? diff : x->prefix->len - y->prefix->len;
}

/* The one that was added last is the one to blame. */
static void complain_overlap(struct resolver *res, const struct span *a,
			     const struct span *b)
{
	bool last = a->network->origin > b->network->origin;
	const struct span *late = last ? a : b, *early = last ? b : a;
	char text[NSFAB_PREFIX_STRLEN], other[NSFAB_PREFIX_STRLEN];

	resolver_complain(res, late->network->origin, early->network->origin,
			  "subnet %s of network %s overlaps %s of network %s",
			  nsfab_prefix_format(late->prefix, text),
			  late->network->name,
			  nsfab_prefix_format(early->prefix, other),
			  early->network->name);
}

static int check_overlaps(struct resolver *res)
{
	const struct nsfab_state_obj *obj;
	const struct span *wide;
	struct span *span;
	size_t i, n = 0;
	unsigned int j;

	for (i = 0; i < res->state->n; i++)
		if (res->state->obj[i]->kind == NSFAB_STATE_NETWORK)
			n += res->state->obj[i]->as_network.n_subnets;
	span = calloc(n + 1, sizeof(*span));
	if (!span)
		return -ENOMEM;
	for (i = 0, n = 0; i < res->state->n; i++) {
		obj = res->state->obj[i];
		if (obj->kind != NSFAB_STATE_NETWORK)
			continue;
		for (j = 0; j < obj->as_network.n_subnets; j++) {
			span[n].network = obj;
			span[n++].prefix = &obj->as_network.subnet[j].prefix;
		}
	}
	qsort(span, n, sizeof(*span), compare_spans);
	/* What overlaps a later one contains it: it is the last wide one. */
	for (i = 1, wide = span; i < n; i++) {
		if (strcmp(wide->network->tenant, span[i].network->tenant) ||
		    !overlap(wide->prefix, span[i].prefix)) {
			wide = &span[i];
			continue;
		}
		complain_overlap(res, wide, &span[i]);
	}
	free(span);
	return 0;
}

static void check_network(struct resolver *res,
			  const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_network *network = &obj->as_network;
	bool v6 = false;
	unsigned int i;

	if (network->n_subnets > NSFAB_SUBNETS_MAX)
		resolver_complain(res, obj->origin, 0,
				  "network %s has more than %d subnets",
				  obj->name, NSFAB_SUBNETS_MAX);
	for (i = 0; i < network->n_subnets; i++) {
		check_subnet(res, obj, &network->subnet[i]);
		v6 |= network->subnet[i].prefix.addr.len == 16;
	}
	if (v6 && network->mtu != NSFAB_STATE_AUTO && network->mtu < 1280)
		resolver_complain(res, obj->origin, 0,
				  "network %s has IPv6: its mtu must be 1280 or more",
				  obj->name);
}

/* The subnet of @tenant that @addr is in and that the router serves. */
static const struct nsfab_subnet *routed_subnet(const struct nsfab_state *state,
						const char *tenant,
						const struct nsfab_addr *addr)
{
	const struct nsfab_state_network *network;
	size_t i;
	unsigned int j;

	for (i = 0; i < state->n; i++) {
		if (state->obj[i]->kind != NSFAB_STATE_NETWORK ||
		    strcmp(state->obj[i]->tenant, tenant))
			continue;
		network = &state->obj[i]->as_network;
		for (j = 0; j < network->n_subnets; j++)
			if (network->subnet[j].gateway.len &&
			    nsfab_prefix_has(&network->subnet[j].prefix, addr))
				return &network->subnet[j];
	}
	return NULL;
}

static void check_hop(struct resolver *res, const struct nsfab_state_obj *obj,
		      const struct nsfab_state_route *route,
		      const struct nsfab_addr *via)
{
	const struct nsfab_subnet *subnet;
	char text[NSFAB_ADDR_STRLEN];

	nsfab_addr_format(via, text);
	if (via->len != route->to.addr.len) {
		resolver_complain(res, route->origin, 0,
				  "next hop %s is of the other IP version",
				  text);
		return;
	}
	subnet = routed_subnet(res->state, obj->tenant, via);
	if (!subnet)
		resolver_complain(res, route->origin, 0,
				  "next hop %s is in no routed subnet of tenant %s",
				  text, obj->tenant);
	else if (!nsfab_addr_cmp(&subnet->gateway, via))
		resolver_complain(res, route->origin, 0,
				  "next hop %s is the gateway, that is the router itself",
				  text);
}

/* The router knows its subnets by itself. */
static bool is_connected(const struct nsfab_state *state, const char *tenant,
			 const struct nsfab_prefix *to)
{
	const struct nsfab_subnet *subnet;

	subnet = routed_subnet(state, tenant, &to->addr);
	return subnet && subnet->prefix.len == to->len &&
	       !nsfab_addr_cmp(&subnet->prefix.addr, &to->addr);
}

static void check_routes(struct resolver *res,
			 const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_routes *routes = &obj->as_routes;
	const struct nsfab_state_route *route;
	struct nsfab_prefix masked;
	char text[NSFAB_PREFIX_STRLEN];
	unsigned int i, j;

	for (i = 0; i < routes->n; i++) {
		route = &routes->route[i];
		masked = route->to;
		nsfab_prefix_mask(&masked);
		nsfab_prefix_format(&route->to, text);
		if (nsfab_addr_cmp(&masked.addr, &route->to.addr))
			resolver_complain(res, route->origin, 0,
					  "route to %s has bits behind its length",
					  text);
		if (route->n_hops > NSFAB_NEXTHOPS_MAX)
			resolver_complain(res, route->origin, 0,
					  "route to %s has more than %d next hops",
					  text, NSFAB_NEXTHOPS_MAX);
		if (is_connected(res->state, obj->tenant, &route->to))
			resolver_complain(res, route->origin, 0,
					  "%s is a network's subnet and needs no route",
					  text);
		for (j = 0; j < route->n_hops; j++)
			check_hop(res, obj, route, &route->hop[j].via);
	}
}

/* Sorted, so that equal sets are equal and a prefix that is there twice is seen. */
static int compare_routes(const void *a, const void *b)
{
	const struct nsfab_state_route *x = a, *y = b;
	int diff = nsfab_addr_cmp(&x->to.addr, &y->to.addr);

	return diff ? diff : x->to.len - y->to.len;
}

void state_sort_routes(struct resolver *res, struct nsfab_state_routes *routes)
{
	char text[NSFAB_PREFIX_STRLEN];
	unsigned int i;

	if (routes->n)
		qsort(routes->route, routes->n, sizeof(*routes->route),
		      compare_routes);
	for (i = 1; i < routes->n; i++)
		if (!compare_routes(&routes->route[i - 1], &routes->route[i]))
			resolver_complain(res, routes->route[i].origin,
					  routes->route[i - 1].origin,
					  "route to %s is there twice",
					  nsfab_prefix_format(
						&routes->route[i].to, text));
}

static int compare_subnets(const void *a, const void *b)
{
	const struct nsfab_subnet *x = a, *y = b;
	int diff = nsfab_addr_cmp(&x->prefix.addr, &y->prefix.addr);

	return diff ? diff : x->prefix.len - y->prefix.len;
}

static void check_labels(struct resolver *res,
			 const struct nsfab_state_obj *obj)
{
	/* Room for what the engine and the VM's own attributes add. */
	if (strlen(obj->labels) + strlen(res->state->lab) + 64 >
	    NSFAB_LABELS_MAX)
		resolver_complain(res, obj->origin, 0,
				  "the labels of %s are longer than %zu bytes",
				  obj->name, (size_t)NSFAB_LABELS_MAX - 64 -
				  strlen(res->state->lab));
}

static void check_foreign(struct resolver *res,
			  const struct nsfab_state_obj *obj)
{
	const struct state_foreign *foreign;
	size_t i;

	if (!res->running || state_first_host(res->state))
		return;
	for (i = 0; i < res->running->n_foreign; i++) {
		foreign = &res->running->foreign[i];
		if (*foreign->host || strcmp(foreign->tenant, obj->tenant))
			continue;
		resolver_complain(res, obj->origin, 0,
				  *foreign->lab ? "tenant %s is of lab %s" :
				  "tenant %s is there and of no lab%s",
				  obj->tenant, foreign->lab);
	}
}

static void check_obj(struct resolver *res, struct nsfab_state_obj *obj)
{
	if (obj->kind != NSFAB_STATE_HOST && obj->kind != NSFAB_STATE_TENANT &&
	    strcmp(obj->host, NSFAB_STATE_UNDERLAY_HOST) &&
	    !nsfab_state_find(res->state, NSFAB_STATE_TENANT, "", obj->tenant,
			      obj->tenant))
		resolver_complain(res, obj->origin, 0,
				  "the lab has no tenant \"%s\"", obj->tenant);
	check_labels(res, obj);
	switch (obj->kind) {
	case NSFAB_STATE_HOST:
		check_host(res, obj);
		break;
	case NSFAB_STATE_TENANT:
		check_foreign(res, obj);
		break;
	case NSFAB_STATE_NETWORK:
		check_network(res, obj);
		if (obj->as_network.n_subnets)
			qsort(obj->as_network.subnet, obj->as_network.n_subnets,
			      sizeof(*obj->as_network.subnet), compare_subnets);
		break;
	case NSFAB_STATE_VM:
		check_vm(res, obj);
		break;
	case NSFAB_STATE_ROUTES:
		check_routes(res, obj);
		state_sort_routes(res, &obj->as_routes);
		break;
	default:
		break;
	}
}

/* What a tenant has of what the kernel counts against its limits. */
struct usage {
	const struct nsfab_state_obj *tenant;
	size_t used[NSFAB_STATE_LIMITS];
};

static int compare_usages(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	return strcmp(x->tenant->tenant, y->tenant->tenant);
}

static void use(struct usage *usage, const struct nsfab_state_obj *obj)
{
	switch (obj->kind) {
	case NSFAB_STATE_NETWORK:
		usage->used[NSFAB_STATE_MAX_NETWORKS]++;
		break;
	case NSFAB_STATE_VM:
		usage->used[NSFAB_STATE_MAX_PORTS] += obj->as_vm.n_nics;
		break;
	case NSFAB_STATE_PORT:
		usage->used[NSFAB_STATE_MAX_PORTS]++;
		break;
	case NSFAB_STATE_ROUTES:
		usage->used[NSFAB_STATE_MAX_ROUTES] += obj->as_routes.n;
		break;
	case NSFAB_STATE_PATCH:
		usage->used[NSFAB_STATE_MAX_PORTS] += 2;
		break;
	case NSFAB_STATE_BOTTLENECK:
	case NSFAB_STATE_LINK:
		/* Each host has its own alone. */
		usage->used[NSFAB_STATE_MAX_LINKS] += !*obj->host;
		break;
	default:
		break;
	}
}

static void check_usage(struct resolver *res, const struct usage *usage)
{
	const struct nsfab_state_tenant *tenant = &usage->tenant->as_tenant;
	unsigned int i;

	for (i = 0; i < NSFAB_STATE_LIMITS; i++)
		if (tenant->limit[i] != NSFAB_STATE_AUTO &&
		    usage->used[i] > tenant->limit[i])
			resolver_complain(res, tenant->limit_origin[i], 0,
					  "tenant %s needs %s %zu, not %u",
					  usage->tenant->tenant,
					  nsfab_state_limit_name(i),
					  usage->used[i], tenant->limit[i]);
}

/* All hosts have all ports, so that what a host has is what the lab has. */
static int check_limits(struct resolver *res)
{
	struct nsfab_state *state = res->state;
	struct usage *usage, *found;
	size_t i, n = 0;

	usage = calloc(state->n + 1, sizeof(*usage));
	if (!usage)
		return -ENOMEM;
	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind == NSFAB_STATE_TENANT)
			usage[n++].tenant = state->obj[i];
	qsort(usage, n, sizeof(*usage), compare_usages);
	for (i = 0; n && i < state->n; i++) {
		const struct usage key = { .tenant = state->obj[i] };

		found = bsearch(&key, usage, n, sizeof(key), compare_usages);
		if (found)
			use(found, state->obj[i]);
	}
	for (i = 0; i < n; i++)
		check_usage(res, &usage[i]);
	free(usage);
	return 0;
}

static int add_label(struct nsfab_state *state, struct nsfab_state_obj *obj,
		     const char *key, const char *value)
{
	size_t size = strlen(obj->labels) + strlen(key) + strlen(value) + 3;
	char *labels = state_arena_alloc(&state->arena, size);

	if (!labels)
		return -ENOMEM;
	snprintf(labels, size, "%s%s%s=%s", obj->labels,
		 *obj->labels ? "\n" : "", key, value);
	obj->labels = state_tidy_labels(&state->arena, labels);
	return obj->labels ? 0 : -ENOMEM;
}

/* Kept where the kernel keeps what it does not use itself. */
static int label_tenants(struct nsfab_state *state)
{
	struct nsfab_state_obj *obj;
	uint8_t switching;
	char seed[32];
	int err = 0;
	size_t i;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)state->seed);
	for (i = 0; i < state->n && !err; i++) {
		obj = state->obj[i];
		if (obj->kind != NSFAB_STATE_TENANT)
			continue;
		if (state->has_seed)
			err = add_label(state, obj, "seed", seed);
		switching = obj->as_tenant.switching;
		if (!err && switching != NSFAB_STATE_SWITCHING_LEARN)
			err = add_label(state, obj, STATE_SWITCHING_LABEL,
					nsfab_state_switching_name(switching));
	}
	return err;
}

/* With hosts, what is left for a network's MTU follows from the file. */
static void resolve_mtus(struct nsfab_state *state)
{
	const struct nsfab_state_obj *host = state_first_host(state);
	struct nsfab_state_obj *obj;
	uint32_t outer;
	size_t i;

	/* Inner Ethernet 14, VXLAN or plain Geneve 8, UDP 8, IPv4 20 or IPv6 40 */
	if (!host)
		return;
	outer = host->as_host.local.len == 4 ? 50 : 70;
	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		if (obj->kind == NSFAB_STATE_NETWORK &&
		    obj->as_network.mtu == NSFAB_STATE_AUTO)
			obj->as_network.mtu = host->as_host.mtu - outer;
	}
}

int nsfab_state_resolve(struct nsfab_state *state,
			const struct nsfab_state *running,
			nsfab_state_complain_fn *complain, void *arg)
{
	struct resolver res = {
		.state = state,
		.running = running,
		.complain = complain,
		.arg = arg,
	};
	size_t i;
	int err;

	err = hosts_first(state);
	if (err)
		return err;
	take_off_hosts(state);
	err = state_resolve_links(&res);
	if (!err)
		err = check_vm_names(&res);
	if (!err)
		err = state_index(state, NULL, NULL);
	if (err)
		return err;
	/* Everything of what is there twice would be complained about. */
	if (res.bad)
		return -EINVAL;
	for (i = 0; i < state->n; i++)
		check_obj(&res, state->obj[i]);
	err = check_limits(&res);
	if (!err)
		err = check_overlaps(&res);
	if (!err)
		err = state_resolve_vnis(&res);
	if (!err)
		err = state_resolve_nics(&res);
	if (!err)
		err = state_resolve_schedules(&res);
	if (err)
		return err;
	state_check_inet(&res);
	if (!res.bad)
		err = state_resolve_switching(&res);
	if (!err && !res.bad)
		err = state_resolve_vteps(&res);
	if (err)
		return err;
	if (res.bad)
		return -EINVAL;
	resolve_mtus(state);
	err = label_tenants(state);
	if (!err)
		err = state_copy_to_hosts(state);
	return err ? err : state_index(state, NULL, NULL);
}
