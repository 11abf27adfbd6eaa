// SPDX-License-Identifier: LGPL-2.1-or-later
/* Check what VMs' own stacks are told: lengths of prefixes, and routes. */
#include <stdlib.h>

#include "state_nics.h"

static const struct nsfab_subnet *subnet_of(const struct nsfab_state_obj *network,
					    const struct nsfab_addr *addr)
{
	unsigned int i;

	for (i = 0; network && i < network->as_network.n_subnets; i++)
		if (nsfab_prefix_has(&network->as_network.subnet[i].prefix,
				     addr))
			return &network->as_network.subnet[i];
	return NULL;
}

static const struct nsfab_state_obj *network_of(const struct resolver *res,
						const struct nsfab_state_obj *vm,
						const struct nsfab_state_nic *nic)
{
	return nsfab_state_find(res->state, NSFAB_STATE_NETWORK, "", vm->tenant,
				nic->network);
}

/* Where the network says the length, none is kept beside it. */
static void check_lengths(struct resolver *res,
			  const struct nsfab_state_obj *obj,
			  struct nsfab_state_nic *nic)
{
	const struct nsfab_state_obj *network = network_of(res, obj, nic);
	char text[NSFAB_ADDR_STRLEN], in[NSFAB_PREFIX_STRLEN];
	const struct nsfab_subnet *subnet;
	bool needed[2] = { false };
	unsigned int i, v6;

	for (i = 0; i < nic->n_addrs; i++) {
		v6 = nic->addr[i].len == 16;
		subnet = subnet_of(network, &nic->addr[i]);
		needed[v6] |= !subnet;
		if (subnet && nic->prefixlen[v6] &&
		    nic->prefixlen[v6] != subnet->prefix.len)
			resolver_complain(res, obj->origin, network->origin,
					  "address %s/%u is in subnet %s of network %s",
					  nsfab_addr_format(&nic->addr[i], text),
					  nic->prefixlen[v6],
					  nsfab_prefix_format(&subnet->prefix,
							      in),
					  network->name);
	}
	for (v6 = 0; v6 < 2; v6++)
		if (!needed[v6])
			nic->prefixlen[v6] = 0;
}

static bool is_beside(const struct resolver *res,
		      const struct nsfab_state_obj *obj,
		      const struct nsfab_addr *via)
{
	const struct nsfab_state_vm *vm = &obj->as_vm;
	const struct nsfab_state_nic *nic;
	const struct nsfab_subnet *subnet;
	struct nsfab_prefix prefix;
	unsigned int i, j;

	for (i = 0; i < vm->n_nics; i++) {
		nic = &vm->nic[i];
		for (j = 0; j < nic->n_addrs; j++) {
			subnet = subnet_of(network_of(res, obj, nic),
					   &nic->addr[j]);
			prefix.addr = nic->addr[j];
			prefix.len = subnet ? subnet->prefix.len :
				     nic->prefixlen[via->len == 16];
			nsfab_prefix_mask(&prefix);
			if (prefix.len && nsfab_prefix_has(&prefix, via))
				return true;
		}
	}
	return false;
}

static void check_route(struct resolver *res, const struct nsfab_state_obj *obj,
			const struct nsfab_state_route *route)
{
	char text[NSFAB_PREFIX_STRLEN], hop[NSFAB_ADDR_STRLEN];
	struct nsfab_prefix masked = route->to;
	const struct nsfab_addr *via;
	unsigned int i;

	nsfab_prefix_format(&route->to, text);
	nsfab_prefix_mask(&masked);
	if (nsfab_addr_cmp(&masked.addr, &route->to.addr))
		resolver_complain(res, route->origin, 0,
				  "route to %s has bits behind its length",
				  text);
	if (route->n_hops > NSFAB_NEXTHOPS_MAX)
		resolver_complain(res, route->origin, 0,
				  "route to %s has more than %d next hops",
				  text, NSFAB_NEXTHOPS_MAX);
	for (i = 0; i < route->n_hops; i++) {
		via = &route->hop[i].via;
		nsfab_addr_format(via, hop);
		if (via->len != route->to.addr.len)
			resolver_complain(res, route->origin, 0,
					  "next hop %s is of the other IP version",
					  hop);
		else if (!is_beside(res, obj, via))
			resolver_complain(res, route->origin, obj->origin,
					  "next hop %s is in no network of vm %s",
					  hop, obj->name);
	}
}

static void check_without_ipv6(struct resolver *res,
			       const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_vm *vm = &obj->as_vm;
	char text[NSFAB_PREFIX_STRLEN];
	unsigned int i, j;

	if (vm->stub)
		resolver_complain(res, obj->origin, 0,
				  "vm %s is a stub: it has no stack to be without IPv6",
				  obj->name);
	for (i = 0; i < vm->n_nics; i++)
		for (j = 0; j < vm->nic[i].n_addrs; j++)
			if (vm->nic[i].addr[j].len == 16)
				resolver_complain(res, obj->origin, 0,
						  "vm %s is without IPv6: it cannot have address %s",
						  obj->name,
						  nsfab_addr_format(&vm->nic[i].addr[j],
								    text));
	for (i = 0; i < vm->routes.n; i++)
		if (vm->routes.route[i].to.addr.len == 16)
			resolver_complain(res, vm->routes.route[i].origin, 0,
					  "vm %s is without IPv6: it cannot have a route to %s",
					  obj->name,
					  nsfab_prefix_format(&vm->routes.route[i].to,
							      text));
}

static void check_vm(struct resolver *res, struct nsfab_state_obj *obj)
{
	struct nsfab_state_routes *routes = &obj->as_vm.routes;
	unsigned int i;

	if (obj->as_vm.stub && (obj->as_vm.router || routes->n))
		resolver_complain(res, obj->origin, 0,
				  "vm %s is a stub: it does not route",
				  obj->name);
	if (obj->as_vm.no_ipv6)
		check_without_ipv6(res, obj);
	for (i = 0; i < obj->as_vm.n_nics; i++)
		check_lengths(res, obj, &obj->as_vm.nic[i]);
	for (i = 0; i < routes->n; i++)
		check_route(res, obj, &routes->route[i]);
	state_sort_routes(res, routes);
}

void state_check_inet(struct resolver *res)
{
	size_t i;

	for (i = 0; i < res->state->n; i++)
		if (res->state->obj[i]->kind == NSFAB_STATE_VM)
			check_vm(res, res->state->obj[i]);
}
