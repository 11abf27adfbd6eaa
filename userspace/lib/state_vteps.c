// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Emulated hosts that a network hears though they have no VM in it: the router
 * of each host sends into all networks that it routes to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_vteps.h"

struct vteps {
	struct resolver *res;
	struct nsfab_state_obj **host;
	size_t hosts;
	struct nsfab_state_obj **network;	/* routed ones, by key */
	size_t networks;
	bool *has;	/* by network and host: a VM is in it there */
	bool *routes;	/* by host, of one tenant: a VM is in one of its own */
};

static int compare_objs(const void *a, const void *b)
{
	return state_key_cmp(*(const struct nsfab_state_obj *const *)a,
			     *(const struct nsfab_state_obj *const *)b);
}

static bool is_routed(const struct nsfab_state_obj *obj)
{
	unsigned int i;

	for (i = 0; i < obj->as_network.n_subnets; i++)
		if (obj->as_network.subnet[i].gateway.len)
			return true;
	return false;
}

static int collect(struct vteps *v)
{
	const struct nsfab_state *state = v->res->state;
	struct nsfab_state_obj *obj;
	size_t i;

	v->host = calloc(state->n + 1, sizeof(*v->host));
	v->network = calloc(state->n + 1, sizeof(*v->network));
	if (!v->host || !v->network)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		if (obj->kind == NSFAB_STATE_HOST)
			v->host[v->hosts++] = obj;
		else if (obj->kind == NSFAB_STATE_NETWORK && is_routed(obj))
			v->network[v->networks++] = obj;
	}
	qsort(v->host, v->hosts, sizeof(*v->host), compare_objs);
	qsort(v->network, v->networks, sizeof(*v->network), compare_objs);
	v->has = calloc(v->networks * v->hosts + 1, sizeof(*v->has));
	v->routes = calloc(v->hosts + 1, sizeof(*v->routes));
	return v->has && v->routes ? 0 : -ENOMEM;
}

static size_t find(struct nsfab_state_obj **list, size_t n,
		   const struct nsfab_state_obj *key)
{
	struct nsfab_state_obj **found;

	found = n ? bsearch(&key, list, n, sizeof(*list), compare_objs) : NULL;
	return found ? (size_t)(found - list) : n;
}

static void note_vms(struct vteps *v)
{
	const struct nsfab_state *state = v->res->state;
	const struct nsfab_state_obj *vm;
	size_t i, network, host;
	unsigned int nic;

	for (i = 0; i < state->n; i++) {
		vm = state->obj[i];
		if (vm->kind != NSFAB_STATE_VM)
			continue;
		host = find(v->host, v->hosts, &(struct nsfab_state_obj){
			.kind = NSFAB_STATE_HOST, .host = vm->host,
			.tenant = "", .name = vm->host });
		for (nic = 0; nic < vm->as_vm.n_nics && host < v->hosts; nic++) {
			network = find(v->network, v->networks,
				       &(struct nsfab_state_obj){
				.kind = NSFAB_STATE_NETWORK, .host = "",
				.tenant = vm->tenant,
				.name = vm->as_vm.nic[nic].network });
			if (network < v->networks)
				v->has[network * v->hosts + host] = true;
		}
	}
}

/* Those that have a VM in the network are heard anyway. */
static int add_at(struct vteps *v, size_t network, size_t at, size_t *n)
{
	const struct nsfab_state_obj *of = v->network[network];
	const bool *has = &v->has[network * v->hosts];
	struct nsfab_state *state = v->res->state;
	struct nsfab_state_vteps vteps = { 0 };
	struct nsfab_state_obj *obj;
	size_t i;

	for (i = 0; i < v->hosts; i++)
		vteps.n += v->routes[i] && !has[i];
	if (!vteps.n || !has[at])
		return 0;
	obj = state_arena_alloc(&state->arena, sizeof(*obj));
	vteps.vtep = state_arena_alloc(&state->arena,
				       vteps.n * sizeof(*vteps.vtep));
	if (!obj || !vteps.vtep)
		return -ENOMEM;
	*n += vteps.n;
	for (i = 0, vteps.n = 0; i < v->hosts; i++)
		if (v->routes[i] && !has[i])
			vteps.vtep[vteps.n++] = v->host[i]->as_host.local;
	state_sort_vteps(&vteps);
	*obj = (struct nsfab_state_obj){
		.kind = NSFAB_STATE_VTEPS,
		.origin = of->origin,
		.copy = true,
		.host = v->host[at]->name,
		.tenant = of->tenant,
		.name = of->name,
		.labels = "",
		.as_vteps = vteps,
	};
	return state_push(state, obj);
}

static void check_limit(struct vteps *v, const char *name, size_t n)
{
	const struct nsfab_state_tenant *tenant;
	const struct nsfab_state_obj *obj;

	obj = nsfab_state_find(v->res->state, NSFAB_STATE_TENANT, "", name,
			       name);
	if (!obj)
		return;
	tenant = &obj->as_tenant;
	if (tenant->limit[NSFAB_STATE_MAX_FDB] != NSFAB_STATE_AUTO &&
	    n > tenant->limit[NSFAB_STATE_MAX_FDB])
		resolver_complain(v->res,
				  tenant->limit_origin[NSFAB_STATE_MAX_FDB], 0,
				  "tenant %s needs %s %zu for the VTEPs of its networks, not %u",
				  name,
				  nsfab_state_limit_name(NSFAB_STATE_MAX_FDB),
				  n, tenant->limit[NSFAB_STATE_MAX_FDB]);
}

/* The networks from @first to before @end are a tenant's. */
static int add_tenant(struct vteps *v, size_t first, size_t end)
{
	size_t i, host, n, most = 0;

	memset(v->routes, 0, v->hosts * sizeof(*v->routes));
	for (i = first; i < end; i++)
		for (host = 0; host < v->hosts; host++)
			v->routes[host] |= v->has[i * v->hosts + host];
	for (host = 0; host < v->hosts; host++) {
		for (i = first, n = 0; i < end; i++)
			if (add_at(v, i, host, &n))
				return -ENOMEM;
		most = n > most ? n : most;
	}
	check_limit(v, v->network[first]->tenant, most);
	return 0;
}

static int add_all(struct vteps *v)
{
	size_t first, end;
	int err = 0;

	for (first = 0; first < v->networks && !err; first = end) {
		for (end = first + 1; end < v->networks &&
		     !strcmp(v->network[end]->tenant,
			     v->network[first]->tenant); end++)
			;
		err = add_tenant(v, first, end);
	}
	return err;
}

int state_resolve_vteps(struct resolver *res)
{
	struct vteps v = { .res = res };
	int err;

	err = collect(&v);
	if (!err && v.hosts) {
		note_vms(&v);
		err = add_all(&v);
	}
	free(v.host);
	free(v.network);
	free(v.has);
	free(v.routes);
	return err;
}

static int compare_addrs(const void *a, const void *b)
{
	return nsfab_addr_cmp(a, b);
}

void state_sort_vteps(struct nsfab_state_vteps *vteps)
{
	if (vteps->n)
		qsort(vteps->vtep, vteps->n, sizeof(*vteps->vtep),
		      compare_addrs);
}

bool state_has_vtep(const struct nsfab_state_vteps *vteps,
		    const struct nsfab_addr *addr)
{
	return vteps && vteps->n &&
	       bsearch(addr, vteps->vtep, vteps->n, sizeof(*addr),
		       compare_addrs);
}

bool state_same_vteps(const struct nsfab_state_vteps *a,
		      const struct nsfab_state_vteps *b)
{
	unsigned int i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (nsfab_addr_cmp(&a->vtep[i], &b->vtep[i]))
			return false;
	return true;
}
