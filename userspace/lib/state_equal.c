// SPDX-License-Identifier: LGPL-2.1-or-later
/* What differs between two objects of one key. */
#include <string.h>

#include "state_priv.h"

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* The order of addresses means nothing. */
static bool same_addrs(const struct nsfab_state_nic *a,
		       const struct nsfab_state_nic *b)
{
	unsigned int i, j;

	if (a->n_addrs != b->n_addrs)
		return false;
	for (i = 0; i < a->n_addrs; i++) {
		for (j = 0; j < b->n_addrs; j++)
			if (!nsfab_addr_cmp(&a->addr[i], &b->addr[j]))
				break;
		if (j == b->n_addrs)
			return false;
	}
	return true;
}

static bool same_allowed_pair(const struct nsfab_state_nic *a_nic,
			      const struct nsfab_allowed *a,
			      const struct nsfab_state_nic *b_nic,
			      const struct nsfab_allowed *b)
{
	/* A pair without a MAC means the NIC's own. */
	return !nsfab_addr_cmp(&a->prefix.addr, &b->prefix.addr) &&
	       a->prefix.len == b->prefix.len &&
	       !memcmp(a->has_mac ? a->mac : a_nic->mac,
		       b->has_mac ? b->mac : b_nic->mac, NSFAB_MAC_LEN);
}

static bool same_allowed(const struct nsfab_state_nic *a,
			 const struct nsfab_state_nic *b)
{
	unsigned int i, j;

	if (a->n_allowed != b->n_allowed)
		return false;
	for (i = 0; i < a->n_allowed; i++) {
		for (j = 0; j < b->n_allowed; j++)
			if (same_allowed_pair(a, &a->allowed[i], b,
					      &b->allowed[j]))
				break;
		if (j == b->n_allowed)
			return false;
	}
	return true;
}

uint32_t state_nic_diff(const struct nsfab_state_nic *old,
			const struct nsfab_state_nic *new)
{
	uint32_t diff = 0;

	if (strcmp(old->network, new->network))
		diff |= STATE_NIC_NETWORK;
	if (memcmp(old->mac, new->mac, NSFAB_MAC_LEN))
		diff |= STATE_NIC_MAC;
	if (!same_addrs(old, new))
		diff |= STATE_NIC_ADDRS;
	if (!same_allowed(old, new))
		diff |= STATE_NIC_ALLOWED;
	if (old->unguarded != new->unguarded)
		diff |= STATE_NIC_GUARD;
	return diff;
}

static uint32_t host_diff(const struct nsfab_state_host *old,
			  const struct nsfab_state_host *new)
{
	if (nsfab_addr_cmp(&old->local, &new->local) ||
	    old->encap != new->encap)
		return STATE_DIFF_HOST | STATE_DIFF_ANEW;
	return old->mtu != new->mtu ? STATE_DIFF_MTU : 0;
}

static uint32_t tenant_diff(const struct nsfab_state_tenant *old,
			    const struct nsfab_state_tenant *new)
{
	uint32_t diff = 0;
	unsigned int i;

	if (old->accounting != new->accounting)
		diff |= STATE_DIFF_ACCOUNTING;
	for (i = 0; i < NSFAB_STATE_LIMITS; i++)
		if (new->limit[i] != NSFAB_STATE_AUTO &&
		    new->limit[i] != old->limit[i])
			diff |= STATE_DIFF_LIMITS;
	return diff;
}

static bool same_subnets(const struct nsfab_state_network *a,
			 const struct nsfab_state_network *b)
{
	const struct nsfab_subnet *x, *y;
	unsigned int i, j;

	if (a->n_subnets != b->n_subnets)
		return false;
	for (i = 0; i < a->n_subnets; i++) {
		x = &a->subnet[i];
		for (j = 0; j < b->n_subnets; j++) {
			y = &b->subnet[j];
			if (!nsfab_addr_cmp(&x->prefix.addr, &y->prefix.addr) &&
			    x->prefix.len == y->prefix.len &&
			    !nsfab_addr_cmp(&x->gateway, &y->gateway))
				break;
		}
		if (j == b->n_subnets)
			return false;
	}
	return true;
}

static uint32_t network_diff(const struct nsfab_state_network *old,
			     const struct nsfab_state_network *new)
{
	uint32_t diff = 0;

	if (new->vni != NSFAB_STATE_AUTO && old->vni != new->vni)
		diff |= STATE_DIFF_VNI;
	if (new->mtu != NSFAB_STATE_AUTO && old->mtu != new->mtu)
		diff |= STATE_DIFF_MTU;
	if (old->learning != new->learning)
		diff |= STATE_DIFF_LEARNING;
	if (!same_subnets(old, new))
		diff |= STATE_DIFF_SUBNETS;
	return diff;
}

static uint32_t port_diff(const struct nsfab_state_port *old,
			  const struct nsfab_state_port *new)
{
	uint32_t diff = 0, nic = state_nic_diff(&old->nic, &new->nic);

	if (nsfab_addr_cmp(&old->remote, &new->remote))
		diff |= STATE_DIFF_REMOTE;
	if (nic)
		diff |= STATE_DIFF_NICS;
	if (nic & STATE_NIC_NETWORK)
		diff |= STATE_DIFF_ANEW;
	return diff;
}

static bool same_run(const struct nsfab_state_vm *a,
		     const struct nsfab_state_vm *b)
{
	unsigned int i;

	if (a->n_run != b->n_run)
		return false;
	for (i = 0; i < a->n_run; i++)
		if (strcmp(a->run[i], b->run[i]))
			return false;
	return true;
}

static uint32_t vm_diff(const struct nsfab_state_vm *old,
			const struct nsfab_state_vm *new)
{
	uint32_t diff = 0;
	unsigned int i;

	if (old->stub != new->stub)
		diff |= STATE_DIFF_ANEW;
	if (old->n_nics != new->n_nics)
		diff |= STATE_DIFF_NICS | STATE_DIFF_ANEW;
	for (i = 0; i < old->n_nics && i < new->n_nics; i++) {
		uint32_t nic = state_nic_diff(&old->nic[i], &new->nic[i]);

		if (nic)
			diff |= STATE_DIFF_NICS;
		if (nic & STATE_NIC_NETWORK)
			diff |= STATE_DIFF_ANEW;
	}
	if (!same_run(old, new))
		diff |= STATE_DIFF_RUN;
	if (old->cpus != new->cpus || old->memory != new->memory)
		diff |= STATE_DIFF_RESOURCES;
	if (!same_text(old->flavour, new->flavour) ||
	    !same_text(old->image, new->image))
		diff |= STATE_DIFF_WORDS;
	return diff;
}

static bool same_hops(const struct nsfab_state_route *a,
		      const struct nsfab_state_route *b)
{
	unsigned int i, j;

	if (a->n_hops != b->n_hops)
		return false;
	for (i = 0; i < a->n_hops; i++) {
		for (j = 0; j < b->n_hops; j++)
			if (!nsfab_addr_cmp(&a->hop[i].via, &b->hop[j].via) &&
			    a->hop[i].weight == b->hop[j].weight)
				break;
		if (j == b->n_hops)
			return false;
	}
	return true;
}

static uint32_t routes_diff(const struct nsfab_state_routes *old,
			    const struct nsfab_state_routes *new)
{
	unsigned int i;

	if (old->n != new->n)
		return STATE_DIFF_ROUTES;
	for (i = 0; i < old->n; i++)
		if (nsfab_addr_cmp(&old->route[i].to.addr,
				   &new->route[i].to.addr) ||
		    old->route[i].to.len != new->route[i].to.len ||
		    old->route[i].type != new->route[i].type ||
		    !same_hops(&old->route[i], &new->route[i]))
			return STATE_DIFF_ROUTES;
	return 0;
}

uint32_t state_obj_diff(const struct nsfab_state_obj *old,
			const struct nsfab_state_obj *new)
{
	uint32_t diff = 0;

	if (strcmp(old->labels, new->labels))
		diff |= STATE_DIFF_LABELS;
	switch (new->kind) {
	case NSFAB_STATE_HOST:
		return host_diff(&old->as_host, &new->as_host);
	case NSFAB_STATE_TENANT:
		return diff | tenant_diff(&old->as_tenant, &new->as_tenant);
	case NSFAB_STATE_NETWORK:
		return diff | network_diff(&old->as_network, &new->as_network);
	case NSFAB_STATE_PORT:
		return diff | port_diff(&old->as_port, &new->as_port);
	case NSFAB_STATE_VM:
		return diff | vm_diff(&old->as_vm, &new->as_vm);
	case NSFAB_STATE_ROUTES:
		return routes_diff(&old->as_routes, &new->as_routes);
	default:
		return 0;
	}
}
