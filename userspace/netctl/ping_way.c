// SPDX-License-Identifier: GPL-2.0-or-later
/* Which VMs can be expected to reach which. */
#include <string.h>

#include "ping_way.h"

static const struct nsfab_addr *family_addr(const struct topo_nic *nic,
					    unsigned int len)
{
	size_t i;

	for (i = 0; i < nic->n_addrs; i++)
		if (nic->addr[i].len == len)
			return &nic->addr[i];
	return NULL;
}

static bool same_net(const struct topo *topo, size_t a, size_t b)
{
	return a != SIZE_MAX && b != SIZE_MAX &&
	       topo->net[a].tenant == topo->net[b].tenant &&
	       !strcmp(topo->net[a].name, topo->net[b].name);
}

/* Whether the router serves the subnet that an address is in. */
static bool routed(const struct topo *topo, size_t net,
		   const struct nsfab_addr *addr)
{
	const struct topo_net *n;
	size_t i;

	if (net == SIZE_MAX)
		return false;
	n = &topo->net[net];
	for (i = 0; i < n->n_subnets; i++)
		if (nsfab_prefix_has(&n->subnet[i].prefix, addr))
			return n->subnet[i].gateway.len;
	return false;
}

/* Linked networks are one to who thinks that the other is in its prefix. */
static bool linked(const struct topo *topo, const struct topo_nic *from,
		   const struct nsfab_addr *own, const struct topo_nic *to,
		   const struct nsfab_addr *addr)
{
	struct nsfab_prefix prefix = { .addr = *own };
	const struct topo_net *net;
	size_t i;

	if (from->net == SIZE_MAX || to->net == SIZE_MAX ||
	    topo->net[from->net].part != topo->net[to->net].part)
		return false;
	prefix.len = from->prefixlen[own->len == 16];
	net = &topo->net[from->net];
	for (i = 0; i < net->n_subnets; i++)
		if (nsfab_prefix_has(&net->subnet[i].prefix, own))
			prefix.len = net->subnet[i].prefix.len;
	nsfab_prefix_mask(&prefix);
	return prefix.len && nsfab_prefix_has(&prefix, addr);
}

static bool has_route(const struct topo_vm *vm, const struct nsfab_addr *addr)
{
	size_t i;

	for (i = 0; i < vm->n_routes; i++)
		if (nsfab_prefix_has(&vm->route[i], addr))
			return true;
	return false;
}

/* Routers speak from addresses that others need not know the way to. */
static bool by_own_routes(const struct topo_vm *from,
			  const struct nsfab_addr *own,
			  const struct topo_vm *to,
			  const struct nsfab_addr *addr)
{
	return !from->router && !to->router && has_route(from, addr) &&
	       has_route(to, own);
}

const struct nsfab_addr *ping_way(const struct topo *topo,
				  const struct topo_vm *from,
				  const struct topo_vm *to, bool v6,
				  bool *neighbours)
{
	const struct nsfab_addr *addr, *own, *via = NULL;
	unsigned int len = v6 ? 16 : 4;
	size_t i, j;

	*neighbours = false;
	for (i = 0; i < from->n_nics; i++) {
		own = family_addr(&from->nic[i], len);
		for (j = 0; own && j < to->n_nics; j++) {
			addr = family_addr(&to->nic[j], len);
			if (!addr)
				continue;
			if (same_net(topo, from->nic[i].net, to->nic[j].net) ||
			    linked(topo, &from->nic[i], own, &to->nic[j], addr)) {
				*neighbours = true;
				return addr;
			}
			if (!via && ((routed(topo, from->nic[i].net, own) &&
				      routed(topo, to->nic[j].net, addr)) ||
				     by_own_routes(from, own, to, addr)))
				via = addr;
		}
	}
	return via;
}
