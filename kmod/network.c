// SPDX-License-Identifier: GPL-2.0-only
/* Networks: their life, their subnets, their sums. */

#include <linux/rculist.h>
#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "fdb.h"
#include "neigh.h"
#include "network.h"
#include "route.h"
#include "tenant.h"
#include "vtep.h"

/**
 * nsfab_network_router_mac() - the MAC of a network's router
 * @mac: set to the MAC
 * @vni: the network's VNI
 *
 * The router answers with the same MAC on each host, so that a routed frame
 * looks the same wherever it was routed, and a moved VM keeps its gateway.
 */
void nsfab_network_router_mac(u8 *mac, u32 vni)
{
	mac[0] = 0x02;
	mac[1] = 'n';
	mac[2] = 's';
	mac[3] = vni >> 16;
	mac[4] = vni >> 8;
	mac[5] = vni;
}

/**
 * nsfab_network_alloc() - make a network
 * @tenant: its tenant
 *
 * Return: the network, to be linked or freed, or NULL
 */
struct nsfab_network *nsfab_network_alloc(struct nsfab_tenant *tenant)
{
	struct nsfab_network *net;

	net = kzalloc(sizeof(*net), GFP_KERNEL_ACCOUNT);
	if (!net)
		return NULL;
	net->stats = nsfab_stats_alloc();
	net->mark = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!net->stats || !net->mark) {
		free_percpu(net->mark);
		free_percpu(net->stats);
		kfree(net);
		return NULL;
	}
	net->tenant = tenant;
	net->mtu = nsfab_fabric_mtu(tenant->fab);
	net->name.kind = NSFAB_NAME_NETWORK;
	INIT_LIST_HEAD(&net->ports);
	INIT_LIST_HEAD(&net->floods);
	INIT_LIST_HEAD(&net->stat_ports);
	net->fdb_order = RB_ROOT;
	net->neigh_order = RB_ROOT;
	spin_lock_init(&net->waves.lock);
	net->waves.last = atomic_read(&tenant->last_wave);
	refcount_set(&net->ref, 1);
	return net;
}

/**
 * nsfab_network_free() - free a network that is not linked
 * @net: the network
 */
void nsfab_network_free(struct nsfab_network *net)
{
	kfree(rcu_dereference_protected(net->subnets, 1));
	free_percpu(net->mark);
	free_percpu(net->stats);
	kfree(net->labels);
	kfree(net);
}

static bool has(const struct nsfab_subnets *subnets,
		const struct nsfab_subnet *s)
{
	u32 i;

	for (i = 0; subnets && i < subnets->n; i++)
		if (subnets->subnet[i].plen == s->plen &&
		    ipv6_addr_equal(&subnets->subnet[i].prefix, &s->prefix))
			return true;
	return false;
}

/* Take the first @n subnets' routes away, but for those that @keep has too */
static void disconnect(struct nsfab_network *net,
		       const struct nsfab_subnets *subnets, u32 n,
		       const struct nsfab_subnets *keep)
{
	while (n--) {
		const struct nsfab_subnet *s = &subnets->subnet[n];

		if (!has(keep, s))
			nsfab_route_disconnect(net, &s->prefix, s->plen);
	}
}

/* Make the subnets' routes, but for those that @had has already */
static int connect(struct nsfab_network *net,
		   const struct nsfab_subnets *subnets,
		   const struct nsfab_subnets *had)
{
	u32 i;
	int err;

	for (i = 0; i < subnets->n; i++) {
		const struct nsfab_subnet *s = &subnets->subnet[i];

		if (has(had, s))
			continue;
		err = nsfab_route_connect(net, &s->prefix, s->plen);
		if (err) {
			disconnect(net, subnets, i, had);
			return err;
		}
	}
	return 0;
}

/**
 * nsfab_network_set_subnets() - replace the subnets of a linked network
 * @net: the network
 * @subnets: the new ones or NULL; taken over unless an error is returned
 *
 * What is in both stays routed all the time.
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST (a route or another network has the prefix), -ENOMEM
 */
int nsfab_network_set_subnets(struct nsfab_network *net,
			      struct nsfab_subnets *subnets)
{
	struct nsfab_subnets *old;
	int err;

	old = nsfab_dereference(net->tenant->fab, net->subnets);
	if (subnets) {
		err = connect(net, subnets, old);
		if (err)
			return err;
	}
	rcu_assign_pointer(net->subnets, subnets);
	if (old) {
		disconnect(net, old, old->n, subnets);
		kfree_rcu(old, rcu);
	}
	return 0;
}

/**
 * nsfab_network_take_vni() - take a place for another VNI of a network
 * @net: the network
 * @vni: the VNI, or the one that it has, which does nothing
 *
 * Frames do not find the network there yet.
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST or -ENOMEM
 */
int nsfab_network_take_vni(struct nsfab_network *net, u32 vni)
{
	struct nsfab_fabric *fab = net->tenant->fab;

	if (net->vni == vni)
		return 0;
	if (xa_load(&fab->vnis, vni))
		return -EEXIST;
	return xa_reserve(&fab->vnis, vni, GFP_KERNEL_ACCOUNT);
}

/**
 * nsfab_network_give_vni() - undo nsfab_network_take_vni()
 * @net: the network
 * @vni: the VNI
 *
 * Context: the fabric's lock is held.
 */
void nsfab_network_give_vni(struct nsfab_network *net, u32 vni)
{
	if (net->vni != vni)
		xa_release(&net->tenant->fab->vnis, vni);
}

/**
 * nsfab_network_set_vni() - give a network its VNI, or another one
 * @net: the network
 * @vni: the VNI, whose place is taken
 *
 * Context: the fabric's lock is held.
 */
void nsfab_network_set_vni(struct nsfab_network *net, u32 vni)
{
	struct nsfab_fabric *fab = net->tenant->fab;

	if (net->vni == vni)
		return;
	/* The place is there: this needs no memory. */
	WARN_ON_ONCE(xa_is_err(xa_store(&fab->vnis, vni, net,
					GFP_KERNEL_ACCOUNT)));
	if (net->vni)
		xa_erase(&fab->vnis, net->vni);
	WRITE_ONCE(net->vni, vni);
	nsfab_network_router_mac(net->router_mac, vni);
}

/**
 * nsfab_network_link() - put a network into its fabric's tables
 * @net: the network; an id of 0 is replaced by the lowest free one, a VNI of 0
 *	by the id
 *
 * Context: the fabric's lock is held.
 * Return: 0, -ENOSPC (limit), -EEXIST (id, name, VNI or subnet) or -ENOMEM
 */
int nsfab_network_link(struct nsfab_network *net)
{
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_subnets *subnets;
	u32 vni = net->vni;
	int err;

	if (!nsfab_limit_take(&tenant->n_networks))
		return -ENOSPC;
	if (net->id) {
		err = xa_insert(&fab->networks, net->id, net,
				GFP_KERNEL_ACCOUNT);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc(&fab->networks, &net->id, net,
			       XA_LIMIT(1, NSFAB_ID_MAX), GFP_KERNEL_ACCOUNT);
	}
	if (err)
		goto err_id;
	net->name.tenant = tenant->id;
	err = nsfab_names_insert(&fab->names, &net->name);
	if (err)
		goto err_name;
	subnets = rcu_dereference_protected(net->subnets, 1);
	if (subnets) {
		err = connect(net, subnets, NULL);
		if (err)
			goto err_subnets;
	}

	refcount_inc(&tenant->ref);
	list_add_tail(&net->tenant_node, &tenant->networks);
	list_add_tail(&net->stat_node, &tenant->stat_networks);

	/* Last: from here on frames arrive. */
	net->vni = 0;
	err = nsfab_network_take_vni(net, vni ?: net->id);
	if (err)
		goto err_vni;
	nsfab_network_set_vni(net, vni ?: net->id);
	return 0;

err_vni:
	net->vni = vni;
	list_del(&net->stat_node);
	list_del(&net->tenant_node);
	refcount_dec(&tenant->ref);
	if (subnets)
		disconnect(net, subnets, subnets->n, NULL);
err_subnets:
	/* A frame may have found it by the route to a subnet. */
	if (subnets)
		synchronize_rcu();
	nsfab_names_remove(&fab->names, &net->name);
err_name:
	xa_erase(&fab->networks, net->id);
err_id:
	nsfab_limit_give(&tenant->n_networks);
	return err;
}

static void drop_link_ref(struct rcu_head *rcu)
{
	nsfab_network_put(container_of(rcu, struct nsfab_network, rcu));
}

/**
 * nsfab_network_unlink() - remove a network with its ports and entries
 * @net: the network; do not touch it afterwards
 *
 * Context: the fabric's lock is held.
 */
void nsfab_network_unlink(struct nsfab_network *net)
{
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_port *port, *next;
	struct nsfab_subnets *subnets;

	xa_erase(&fab->vnis, net->vni);
	/* First, or each port would look for its own among them. */
	nsfab_fdb_flush(net);
	list_for_each_entry_safe(port, next, &net->ports, net_node) {
		nsfab_binding_unlink(port);
		cond_resched();
	}
	nsfab_neigh_flush(net);
	nsfab_vtep_flood_flush(net);
	subnets = nsfab_dereference(fab, net->subnets);
	if (subnets)
		disconnect(net, subnets, subnets->n, NULL);
	list_del(&net->tenant_node);
	nsfab_names_remove(&fab->names, &net->name);
	xa_erase(&fab->networks, net->id);
	nsfab_limit_give(&tenant->n_networks);
	call_rcu(&net->rcu, drop_link_ref);
}

static void bury(struct nsfab_dead *dead)
{
	struct nsfab_network *net = container_of(dead, struct nsfab_network,
						 dead_obj);
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_totals totals = {};

	nsfab_stats_read(&totals, net->stats);
	local_bh_disable();
	nsfab_stats_fold(tenant->stats, &totals);
	local_bh_enable();
	list_del(&net->stat_node);
	nsfab_network_free(net);
	nsfab_tenant_put(tenant);
}

/**
 * nsfab_network_put() - drop a reference; the last one frees the network, later
 * @net: the network
 *
 * All references are dropped after a grace period, so no reader is left.
 *
 * Context: process or softirq.
 */
void nsfab_network_put(struct nsfab_network *net)
{
	if (!refcount_dec_and_test(&net->ref))
		return;
	net->dead_obj.bury = bury;
	nsfab_tenant_bury(net->tenant->fab, &net->dead_obj);
}

/**
 * nsfab_network_find() - look a network up by name
 * @tenant: its tenant
 * @name: the name
 *
 * Context: the fabric's lock is held.
 * Return: the network or NULL
 */
struct nsfab_network *nsfab_network_find(struct nsfab_tenant *tenant,
					 const char *name)
{
	struct nsfab_name *n;

	n = nsfab_names_find(&tenant->fab->names, NSFAB_NAME_NETWORK,
			     tenant->id, name);
	return n ? container_of(n, struct nsfab_network, name) : NULL;
}

/* How far behind the last one a number still is that of an older wave, whose
 * copy a link has held. One that seems to be older is new: the tenant's numbers
 * have come half round since this network's last flood, and all new ones would
 * seem old to it until they are round.
 */
#define OLD_WAVES 0x1000000

static bool is_new_wave(const struct nsfab_waves *w, u32 wave)
{
	return w->last - wave >= OLD_WAVES;
}

/* Let the numbers that a network knows end with @wave. */
static void move_waves(struct nsfab_waves *w, u32 wave)
{
	u32 n = min_t(u32, wave - w->last, NSFAB_NETWORK_WAVES);

	while (n--)
		__clear_bit((wave - n) % NSFAB_NETWORK_WAVES, w->came);
	w->last = wave;
}

/**
 * nsfab_network_take_wave() - note that a wave of copies came to a network
 * @net: the network
 * @wave: its number, or the first one if the copy is a segmented frame
 * @n: how many it has
 *
 * However long links have held a copy, it is taken at most once: of waves that
 * are too old to be known it is not taken.
 *
 * Context: bottom halves disabled.
 * Return: true for the first copy
 */
bool nsfab_network_take_wave(struct nsfab_network *net, u32 wave, u32 n)
{
	struct nsfab_waves *w = &net->waves;
	bool first;
	u32 i;

	spin_lock(&w->lock);
	if (is_new_wave(w, wave + n - 1))
		move_waves(w, wave + n - 1);
	first = w->last - wave < NSFAB_NETWORK_WAVES &&
		!test_bit(wave % NSFAB_NETWORK_WAVES, w->came);
	for (i = 0; i < n; i++)
		if (w->last - (wave + i) < NSFAB_NETWORK_WAVES)
			__set_bit((wave + i) % NSFAB_NETWORK_WAVES, w->came);
	spin_unlock(&w->lock);
	return first;
}

/**
 * nsfab_network_read() - sum what a network and its ports counted
 * @to: what to add it to
 * @net: the network
 *
 * Context: the fabric's lock is held.
 */
void nsfab_network_read(struct nsfab_totals *to, struct nsfab_network *net)
{
	struct nsfab_port *port;

	lockdep_assert_held(&net->tenant->fab->lock);
	nsfab_stats_read(to, net->stats);
	list_for_each_entry(port, &net->stat_ports, stat_node) {
		nsfab_binding_read(to, port);
		cond_resched();
	}
}

/**
 * nsfab_network_subnet() - find the subnet that an address is in
 * @net: the network
 * @addr: the address
 *
 * Context: in an RCU read section.
 * Return: the subnet or NULL
 */
const struct nsfab_subnet *
nsfab_network_subnet(const struct nsfab_network *net,
		     const struct in6_addr *addr)
{
	const struct nsfab_subnets *subnets = rcu_dereference(net->subnets);
	u32 i;

	for (i = 0; subnets && i < subnets->n; i++) {
		const struct nsfab_subnet *s = &subnets->subnet[i];

		/* A short IPv6 prefix would cover mapped addresses as well. */
		if (nsfab_addr_is_v4(&s->prefix) == nsfab_addr_is_v4(addr) &&
		    nsfab_addr_in(addr, &s->prefix, s->plen))
			return s;
	}
	return NULL;
}

/**
 * nsfab_network_gateway() - the router's address to speak from
 * @net: the network
 * @near: to whom: its own subnet's gateway is preferred
 * @v4: IPv4, or else IPv6
 * @gateway: set to the address
 *
 * Context: in an RCU read section.
 * Return: false if the network has no gateway of that family
 */
bool nsfab_network_gateway(const struct nsfab_network *net,
			   const struct in6_addr *near, bool v4,
			   struct in6_addr *gateway)
{
	const struct nsfab_subnets *subnets = rcu_dereference(net->subnets);
	const struct nsfab_subnet *s = nsfab_network_subnet(net, near);
	u32 i;

	if (s && !ipv6_addr_any(&s->gateway)) {
		*gateway = s->gateway;
		return true;
	}
	for (i = 0; subnets && i < subnets->n; i++) {
		s = &subnets->subnet[i];
		if (nsfab_addr_is_v4(&s->prefix) == v4 &&
		    !ipv6_addr_any(&s->gateway)) {
			*gateway = s->gateway;
			return true;
		}
	}
	return false;
}
