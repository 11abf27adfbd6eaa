// SPDX-License-Identifier: LGPL-2.1-or-later
/* What differs between two objects of one key. */
#include <string.h>

#include "state_switch.h"
#include "state_vteps.h"

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
	if (memcmp(old->prefixlen, new->prefixlen, sizeof(old->prefixlen)))
		diff |= STATE_NIC_PREFIX;
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

/* Nothing has no memory. */
static bool same_data(const void *a, const void *b, size_t size)
{
	return !size || !memcmp(a, b, size);
}

static bool same_loss(const struct nsfab_link *a, const struct nsfab_link *b)
{
	unsigned int n = nsfab_link_loss_count(a->loss_model);

	if (a->loss_model != b->loss_model ||
	    memcmp(a->loss, b->loss, n * sizeof(*a->loss)))
		return false;
	return a->loss_model != NSFAB_LINK_LOSS_MODEL_NTH ||
	       (a->n_nth == b->n_nth &&
		same_data(a->nth, b->nth, a->n_nth * sizeof(*a->nth)));
}

static bool same_prefix(const struct nsfab_prefix *a,
			const struct nsfab_prefix *b)
{
	return !nsfab_addr_cmp(&a->addr, &b->addr) && a->len == b->len;
}

bool state_has_route(const struct nsfab_state_obj *obj,
		     const struct nsfab_prefix *to)
{
	unsigned int i;

	for (i = 0; obj && i < obj->as_routes.n; i++)
		if (same_prefix(&obj->as_routes.route[i].to, to))
			return true;
	return false;
}

static bool same_filter(const struct nsfab_link_filter *a,
			const struct nsfab_link_filter *b)
{
	return a->present == b->present && a->proto == b->proto &&
	       a->sport == b->sport && a->dport == b->dport &&
	       same_prefix(&a->src, &b->src) && same_prefix(&a->dst, &b->dst);
}

static bool same_trace(const struct nsfab_link *a, const struct nsfab_link *b)
{
	return a->n_trace == b->n_trace &&
	       (!a->n_trace || a->trace_period == b->trace_period) &&
	       same_data(a->trace, b->trace, a->n_trace * sizeof(*a->trace));
}

/* A table counts where it is used. */
static bool same_table(const struct nsfab_link *a, const struct nsfab_link *b)
{
	return b->dist != NSFAB_LINK_DIST_TABLE ||
	       (a->n_table == b->n_table &&
		same_data(a->table, b->table, a->n_table * sizeof(*a->table)));
}

uint32_t state_link_diff(const struct nsfab_state_link *old,
			 const struct nsfab_state_link *new)
{
	const struct nsfab_link *a = old->conf, *b = new->conf;
	uint32_t diff = 0;

#define DIFF(HAS, differ) (diff |= (differ) ? NSFAB_LINK_HAS_ ## HAS : 0)
	DIFF(FLAGS, a->flags != b->flags);
	DIFF(DELAY, a->delay != b->delay);
	DIFF(JITTER, a->jitter != b->jitter);
	DIFF(DIST, a->dist != b->dist);
	DIFF(DUPLICATE, a->duplicate != b->duplicate);
	DIFF(CORRUPT, a->corrupt != b->corrupt);
	DIFF(REORDER, a->reorder != b->reorder);
	DIFF(RATE, a->rate != b->rate);
	DIFF(OVERHEAD, a->overhead != b->overhead);
	DIFF(QUEUE, a->queue_bytes != b->queue_bytes);
	DIFF(QUEUE, a->queue_time != b->queue_time);
	DIFF(ECN, a->ecn_bytes != b->ecn_bytes);
	DIFF(ECN, a->ecn_time != b->ecn_time);
	DIFF(SEED, a->seed != b->seed);
#undef DIFF
	if (!same_loss(a, b))
		diff |= NSFAB_LINK_HAS_LOSS;
	if (!same_filter(&a->filter, &b->filter))
		diff |= NSFAB_LINK_HAS_FILTER;
	if (!same_trace(a, b))
		diff |= NSFAB_LINK_HAS_TRACE;
	if (!same_table(a, b))
		diff |= NSFAB_LINK_HAS_TABLE | NSFAB_LINK_HAS_DIST;
	return diff & ~new->scheduled;
}

static bool same_path(const struct nsfab_state_link *a,
		      const struct nsfab_state_link *b)
{
	unsigned int i;

	if (a->n_path != b->n_path)
		return false;
	for (i = 0; i < a->n_path; i++)
		if (strcmp(a->path[i], b->path[i]))
			return false;
	return true;
}

static uint32_t link_diff(const struct nsfab_state_link *old,
			  const struct nsfab_state_link *new)
{
	return (state_link_diff(old, new) ? STATE_DIFF_LINK : 0) |
	       (same_path(old, new) ? 0 : STATE_DIFF_PATH);
}

static uint32_t patch_diff(const struct nsfab_state_patch *old,
			   const struct nsfab_state_patch *new)
{
	int i;

	for (i = 0; i < 2; i++)
		if (strcmp(old->network[i], new->network[i]) ||
		    strcmp(old->port[i], new->port[i]))
			return STATE_DIFF_ANEW;
	return 0;
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
		if (nic & STATE_NIC_PREFIX)
			diff |= STATE_DIFF_PREFIX;
	}
	if (old->router != new->router)
		diff |= STATE_DIFF_ROUTER;
	if (old->no_ipv6 != new->no_ipv6)
		diff |= STATE_DIFF_IPV6;
	diff |= routes_diff(&old->routes, &new->routes);
	if (!same_run(old, new))
		diff |= STATE_DIFF_RUN;
	if (old->cpus != new->cpus || old->memory != new->memory)
		diff |= STATE_DIFF_RESOURCES;
	if (!same_text(old->flavour, new->flavour) ||
	    !same_text(old->image, new->image))
		diff |= STATE_DIFF_WORDS;
	return diff;
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
	case NSFAB_STATE_PATCH:
		return patch_diff(&old->as_patch, &new->as_patch);
	case NSFAB_STATE_BOTTLENECK:
	case NSFAB_STATE_LINK:
		return link_diff(&old->as_link, &new->as_link);
	case NSFAB_STATE_SCHEDULE:
		/* It ends before links change, and begins when all are there. */
		return old->as_schedule.hash != new->as_schedule.hash ?
		       STATE_DIFF_ANEW : 0;
	case NSFAB_STATE_FORWARDING:
		return state_same_forwarding(&old->as_forwarding,
					     &new->as_forwarding) ? 0 :
		       STATE_DIFF_FORWARDING;
	case NSFAB_STATE_VTEPS:
		return state_same_vteps(&old->as_vteps, &new->as_vteps) ? 0 :
		       STATE_DIFF_FORWARDING;
	default:
		return 0;
	}
}
