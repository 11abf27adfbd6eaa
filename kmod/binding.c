// SPDX-License-Identifier: GPL-2.0-only
/* Ports: their life, what stands behind them, what they counted. */

#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "fdb.h"
#include "link.h"
#include "neigh.h"
#include "network.h"
#include "tenant.h"
#include "vtep.h"

static nsfab_binding_changed_fn changed;
static atomic_t last_serial;

/**
 * nsfab_binding_on_change() - say who is told of devices that come and go
 * @fn: is told, NULL for nobody; after a change the one before may still be
 *	told until RTNL has been held once
 */
void nsfab_binding_on_change(nsfab_binding_changed_fn fn)
{
	WRITE_ONCE(changed, fn);
}

static void tell_change(struct nsfab_port *port)
{
	nsfab_binding_changed_fn fn = READ_ONCE(changed);

	if (fn)
		fn(port);
}

/**
 * nsfab_binding_alloc() - make a port
 * @net: its network
 *
 * Return: the port, to be linked or freed, or NULL
 */
struct nsfab_port *nsfab_binding_alloc(struct nsfab_network *net)
{
	struct nsfab_port *port;

	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return NULL;
	port->stats = nsfab_stats_port_alloc();
	if (!port->stats) {
		kfree(port);
		return NULL;
	}
	port->net = net;
	port->serial = atomic_inc_return(&last_serial);
	INIT_LIST_HEAD(&port->links_from);
	INIT_LIST_HEAD(&port->links_to);
	port->name.kind = NSFAB_NAME_PORT;
	refcount_set(&port->ref, 1);
	return port;
}

/**
 * nsfab_binding_free() - free a port that is not linked
 * @port: the port
 */
void nsfab_binding_free(struct nsfab_port *port)
{
	kfree(rcu_dereference_protected(port->addrs, 1));
	kfree(rcu_dereference_protected(port->allowed, 1));
	free_percpu(port->stats);
	kfree(port->labels);
	kfree(port);
}

static void make_mac(struct nsfab_port *port)
{
	port->mac[0] = 0x06;
	port->mac[1] = 'n';
	put_unaligned_be32(port->id, &port->mac[2]);
}

static void del_neighs(struct nsfab_port *port,
		       const struct nsfab_addrs *addrs, u32 n,
		       const struct nsfab_addrs *keep)
{
	while (n--)
		if (!nsfab_binding_addrs_have(keep, &addrs->addr[n]))
			nsfab_neigh_del_derived(port, &addrs->addr[n]);
}

static int add_neighs(struct nsfab_port *port, const u8 *mac,
		      const struct nsfab_addrs *addrs,
		      const struct nsfab_addrs *had)
{
	u32 i;
	int err;

	for (i = 0; i < addrs->n; i++) {
		if (nsfab_binding_addrs_have(had, &addrs->addr[i]))
			continue;
		err = nsfab_neigh_add_derived(port, &addrs->addr[i], mac);
		if (err) {
			del_neighs(port, addrs, i, had);
			return err;
		}
	}
	return 0;
}

/**
 * nsfab_binding_link() - put a port into its fabric's tables
 * @port: the port, unbound; an id of 0 is replaced by the lowest free one, a
 *	MAC of zeroes by one made of the id
 *
 * Context: the fabric's lock is held.
 * Return: 0, -ENOSPC (limit), -EEXIST (id or name), -EADDRINUSE (MAC or
 * address) or -ENOMEM
 */
int nsfab_binding_link(struct nsfab_port *port)
{
	struct nsfab_network *net = port->net;
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_addrs *addrs;
	int err;

	if (!nsfab_limit_take(&tenant->n_ports))
		return -ENOSPC;
	if (port->id) {
		err = xa_insert(&fab->ports, port->id, port,
				GFP_KERNEL_ACCOUNT);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc(&fab->ports, &port->id, port,
			       XA_LIMIT(1, NSFAB_PORT_ID_MAX),
			       GFP_KERNEL_ACCOUNT);
	}
	if (err)
		goto err_id;
	port->name.tenant = tenant->id;
	err = nsfab_names_insert(&fab->names, &port->name);
	if (err)
		goto err_name;
	if (is_zero_ether_addr(port->mac))
		make_mac(port);

	/* From here on other ports' frames find it; it takes part in the sums
	 * before the first of them is counted.
	 */
	refcount_inc(&net->ref);
	list_add_tail(&port->stat_node, &net->stat_ports);
	err = nsfab_fdb_add_derived(port, port->mac);
	if (err)
		goto err_fdb;
	addrs = nsfab_dereference(fab, port->addrs);
	if (addrs) {
		err = add_neighs(port, port->mac, addrs, NULL);
		if (err)
			goto err_neighs;
	}
	list_add_tail_rcu(&port->net_node, &net->ports);
	net->n_ports++;
	return 0;

err_neighs:
	nsfab_fdb_del_derived(port, port->mac);
err_fdb:
	list_del(&port->stat_node);
	refcount_dec(&net->ref);
	nsfab_names_remove(&fab->names, &port->name);
err_name:
	xa_erase(&fab->ports, port->id);
	/* A frame may have found it, by MAC or by an id that it had noted. */
	synchronize_rcu();
err_id:
	nsfab_limit_give(&tenant->n_ports);
	return err;
}

static void unbind(struct nsfab_port *port)
{
	struct nsfab_network *net = port->net;
	struct nsfab_fabric *fab = net->tenant->fab;
	struct net_device *dev = nsfab_dereference(fab, port->dev);
	struct nsfab_vtep *vtep = nsfab_dereference(fab, port->vtep);
	struct nsfab_port *peer = nsfab_dereference(fab, port->peer);

	WRITE_ONCE(port->binding, NSFAB_BINDING_NONE);
	if (dev) {
		RCU_INIT_POINTER(port->dev, NULL);
		net->n_devs--;
		netif_carrier_off(dev);
	}
	if (vtep) {
		RCU_INIT_POINTER(port->vtep, NULL);
		nsfab_vtep_flood_del(net, vtep);
		nsfab_vtep_put(vtep);
	}
	if (peer) {
		RCU_INIT_POINTER(port->peer, NULL);
		RCU_INIT_POINTER(peer->peer, NULL);
		WRITE_ONCE(peer->binding, NSFAB_BINDING_NONE);
	}
}

static void drop_link_ref(struct rcu_head *rcu)
{
	nsfab_binding_put(container_of(rcu, struct nsfab_port, rcu));
}

/**
 * nsfab_binding_unlink() - remove a port
 * @port: the port; do not touch it afterwards
 *
 * A bound device stays, without carrier and deaf.
 *
 * Context: the fabric's lock is held.
 */
void nsfab_binding_unlink(struct nsfab_port *port)
{
	struct nsfab_network *net = port->net;
	struct nsfab_fabric *fab = net->tenant->fab;
	struct nsfab_addrs *addrs;

	WRITE_ONCE(port->dead, true);
	nsfab_link_unlink_port(port);
	list_del_rcu(&port->net_node);
	net->n_ports--;
	addrs = nsfab_dereference(fab, port->addrs);
	if (addrs)
		del_neighs(port, addrs, addrs->n, NULL);
	nsfab_fdb_del_derived(port, port->mac);
	nsfab_fdb_forget_port(port);
	unbind(port);
	nsfab_names_remove(&fab->names, &port->name);
	xa_erase(&fab->ports, port->id);
	nsfab_limit_give(&net->tenant->n_ports);
	if (atomic_read(&net->tenant->max_held.count) &&
	    !atomic_xchg(&fab->strays, 1))
		mod_delayed_work(system_power_efficient_wq, &fab->age_work, 0);
	call_rcu(&port->rcu, drop_link_ref);
}

static void bury(struct nsfab_dead *dead)
{
	struct nsfab_port *port = container_of(dead, struct nsfab_port,
					       dead_obj);
	struct nsfab_network *net = port->net;
	struct nsfab_totals totals = {};

	nsfab_binding_read(&totals, port);
	local_bh_disable();
	nsfab_stats_fold(net->stats, &totals);
	local_bh_enable();
	list_del(&port->stat_node);
	nsfab_binding_free(port);
	nsfab_network_put(net);
}

/**
 * nsfab_binding_put() - drop a reference; the last one frees the port, later
 * @port: the port
 *
 * All references are dropped after a grace period, so no reader is left.
 *
 * Context: process or softirq.
 */
void nsfab_binding_put(struct nsfab_port *port)
{
	if (!refcount_dec_and_test(&port->ref))
		return;
	port->dead_obj.bury = bury;
	nsfab_tenant_bury(port->net->tenant->fab, &port->dead_obj);
}

/**
 * nsfab_binding_find() - look a port up by name
 * @tenant: its tenant
 * @name: the name
 *
 * Context: the fabric's lock is held.
 * Return: the port or NULL
 */
struct nsfab_port *nsfab_binding_find(struct nsfab_tenant *tenant,
				      const char *name)
{
	struct nsfab_name *n;

	n = nsfab_names_find(&tenant->fab->names, NSFAB_NAME_PORT, tenant->id,
			     name);
	return n ? container_of(n, struct nsfab_port, name) : NULL;
}

/**
 * nsfab_binding_has_addr() - is it one of the port's own addresses?
 * @port: the port
 * @addr: the address
 *
 * The link-local address that is made of its MAC is one as well; what it may
 * send from besides (its allowed address pairs) is not.
 *
 * Context: in an RCU read section.
 * Return: true if it is
 */
bool nsfab_binding_has_addr(const struct nsfab_port *port,
			    const struct in6_addr *addr)
{
	struct in6_addr lla;

	nsfab_addr_lla(&lla, port->mac);
	return nsfab_binding_addrs_have(rcu_dereference(port->addrs), addr) ||
	       ipv6_addr_equal(&lla, addr);
}

/* The entries of those addresses that stay, for the new MAC */
static int prepare_moved(struct nsfab_binding_change *change)
{
	const struct nsfab_addrs *had = change->had, *addrs = change->addrs;
	struct nsfab_port *port = change->port;
	u32 i;

	change->moved = kcalloc(addrs->n, sizeof(*change->moved), GFP_KERNEL);
	if (!change->moved)
		return -ENOMEM;
	for (i = 0; i < addrs->n; i++) {
		if (!nsfab_binding_addrs_have(had, &addrs->addr[i]))
			continue;
		change->moved[i] = nsfab_neigh_alloc(port->net, &addrs->addr[i],
						     change->mac, port);
		if (!change->moved[i])
			return -ENOMEM;
	}
	return 0;
}

static void free_moved(struct nsfab_binding_change *change)
{
	u32 i;

	for (i = 0; change->moved && i < change->addrs->n; i++)
		kfree(change->moved[i]);
	kfree(change->moved);
}

/**
 * nsfab_binding_prepare() - make all that a port's new MAC and addresses need
 * @change: what is to be committed or cancelled if all goes well
 * @port: the linked port
 * @mac: its MAC, the old one or another
 * @addrs: its addresses, the old ones, others, or NULL for none; taken over by
 *	nsfab_binding_commit()
 *
 * What is new is in the tables already, beside the old.
 *
 * Context: the fabric's lock is held until the change is committed or
 * cancelled.
 * Return: 0, -EBUSY (another MAC while bound to a device), -EADDRINUSE or
 * -ENOMEM
 */
int nsfab_binding_prepare(struct nsfab_binding_change *change,
			  struct nsfab_port *port, const u8 *mac,
			  struct nsfab_addrs *addrs)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	int err;

	*change = (struct nsfab_binding_change){
		.port = port,
		.had = nsfab_dereference(fab, port->addrs),
		.addrs = addrs,
		.is_moved = !ether_addr_equal(port->mac, mac),
	};
	ether_addr_copy(change->mac, mac);
	if (change->is_moved) {
		if (nsfab_dereference(fab, port->dev))
			return -EBUSY;
		if (addrs) {
			err = prepare_moved(change);
			if (err)
				goto err_moved;
		}
		err = nsfab_fdb_add_derived(port, mac);
		if (err)
			goto err_moved;
	}
	if (addrs && addrs != change->had) {
		err = add_neighs(port, mac, addrs, change->had);
		if (err)
			goto err_neighs;
	}
	return 0;

err_neighs:
	if (change->is_moved)
		nsfab_fdb_del_derived(port, mac);
err_moved:
	free_moved(change);
	return err;
}

/**
 * nsfab_binding_commit() - change a port's MAC and addresses
 * @change: the change
 */
void nsfab_binding_commit(struct nsfab_binding_change *change)
{
	struct nsfab_addrs *had = change->had, *addrs = change->addrs;
	struct nsfab_port *port = change->port;
	struct nsfab_neigh *old;
	u32 i;

	for (i = 0; change->moved && i < addrs->n; i++) {
		if (!change->moved[i])
			continue;
		if (WARN_ON_ONCE(nsfab_neigh_insert(change->moved[i], &old)))
			continue;
		change->moved[i] = NULL;
		if (old)
			nsfab_neigh_free(old);
	}
	free_moved(change);
	if (change->is_moved) {
		nsfab_fdb_del_derived(port, port->mac);
		ether_addr_copy(port->mac, change->mac);
	}
	if (addrs == had)
		return;
	rcu_assign_pointer(port->addrs, addrs);
	if (had) {
		del_neighs(port, had, had->n, addrs);
		kfree_rcu(had, rcu);
	}
}

/**
 * nsfab_binding_cancel() - leave a port as it was
 * @change: the change; its addresses are the caller's again
 */
void nsfab_binding_cancel(struct nsfab_binding_change *change)
{
	struct nsfab_port *port = change->port;

	if (change->addrs && change->addrs != change->had)
		del_neighs(port, change->addrs, change->addrs->n, change->had);
	if (change->is_moved)
		nsfab_fdb_del_derived(port, change->mac);
	free_moved(change);
}

/**
 * nsfab_binding_set_remote() - a linked port is on another host
 * @port: the port
 * @addr: the VTEP's address
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EBUSY (bound to a device), -ENOMEM, or as nsfab_vtep_get() if
 * there can be no such VTEP
 */
int nsfab_binding_set_remote(struct nsfab_port *port,
			     const struct in6_addr *addr)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	struct nsfab_vtep *vtep, *old;
	int err;

	if (nsfab_dereference(fab, port->dev))
		return -EBUSY;
	vtep = nsfab_vtep_get(fab, addr);
	if (IS_ERR(vtep))
		return PTR_ERR(vtep);
	err = nsfab_vtep_flood_add(port->net, vtep);
	if (err) {
		nsfab_vtep_put(vtep);
		return err;
	}
	old = nsfab_dereference(fab, port->vtep);
	if (!old)
		unbind(port);
	/* A moved VM: frames go to the old host or the new one, none is lost
	 * here.
	 */
	rcu_assign_pointer(port->vtep, vtep);
	WRITE_ONCE(port->binding, NSFAB_BINDING_REMOTE);
	if (old) {
		nsfab_vtep_flood_del(port->net, old);
		nsfab_vtep_put(old);
	}
	return 0;
}

/**
 * nsfab_binding_set_peer() - make a patch between two linked ports
 * @port: one end
 * @peer: the other end, in another network of the same tenant
 *
 * Context: the fabric's lock is held.
 * Return: 0 or -EBUSY (one of them is bound to something else)
 */
int nsfab_binding_set_peer(struct nsfab_port *port, struct nsfab_port *peer)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;

	if (nsfab_dereference(fab, port->peer) == peer)
		return 0;
	if (nsfab_dereference(fab, port->dev) ||
	    peer->binding != NSFAB_BINDING_NONE)
		return -EBUSY;
	unbind(port);
	rcu_assign_pointer(port->peer, peer);
	rcu_assign_pointer(peer->peer, port);
	WRITE_ONCE(port->binding, NSFAB_BINDING_PATCH);
	WRITE_ONCE(peer->binding, NSFAB_BINDING_PATCH);
	return 0;
}

/**
 * nsfab_binding_set_plain() - bind a linked port to nothing, a stub, or park it
 * @port: the port
 * @binding: NSFAB_BINDING_NONE, _STUB or _PARKED
 *
 * A bound device stays, without carrier and deaf.
 *
 * Context: the fabric's lock is held.
 */
void nsfab_binding_set_plain(struct nsfab_port *port, u8 binding)
{
	unbind(port);
	WRITE_ONCE(port->binding, binding);
}

/**
 * nsfab_binding_set_dev() - bind a linked port to a device
 * @port: the port, bound to nothing, a stub, or parked
 * @dev: the device, whose reference of the port the caller holds
 *
 * Context: the fabric's lock is held.
 * Return: 0 or -EBUSY (bound to something else)
 */
int nsfab_binding_set_dev(struct nsfab_port *port, struct net_device *dev)
{
	switch (port->binding) {
	case NSFAB_BINDING_NONE:
	case NSFAB_BINDING_STUB:
	case NSFAB_BINDING_PARKED:
		rcu_assign_pointer(port->dev, dev);
		WRITE_ONCE(port->binding, NSFAB_BINDING_NETDEV);
		port->net->n_devs++;
		tell_change(port);
		return 0;
	default:
		return -EBUSY;
	}
}

/**
 * nsfab_binding_clear_dev() - unbind a port from its device, which goes away
 * @port: the port
 * @dev: the device; nothing is done if the port is bound to something else
 *
 * Context: the fabric's lock is held.
 */
void nsfab_binding_clear_dev(struct nsfab_port *port, struct net_device *dev)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;

	if (nsfab_dereference(fab, port->dev) != dev)
		return;
	unbind(port);
	tell_change(port);
}

/**
 * nsfab_binding_read() - add what a port counted
 * @to: what to add it to
 * @port: the port
 */
void nsfab_binding_read(struct nsfab_totals *to, struct nsfab_port *port)
{
	struct nsfab_sum in, out;

	/* Its drops are in the network's counters already. */
	nsfab_stats_port_read(&in, &out, port->stats);
	to->ctr[NSFAB_CTR_IN].packets += in.packets;
	to->ctr[NSFAB_CTR_IN].bytes += in.bytes;
	to->ctr[NSFAB_CTR_OUT].packets += out.packets;
	to->ctr[NSFAB_CTR_OUT].bytes += out.bytes;
}
