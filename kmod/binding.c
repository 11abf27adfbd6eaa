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
#include "neigh.h"
#include "network.h"
#include "tenant.h"
#include "vtep.h"

static nsfab_binding_changed_fn changed;

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

static bool has(const struct nsfab_addrs *addrs, const struct in6_addr *addr)
{
	u32 i;

	for (i = 0; addrs && i < addrs->n; i++)
		if (ipv6_addr_equal(&addrs->addr[i], addr))
			return true;
	return false;
}

static void del_neighs(struct nsfab_port *port,
		       const struct nsfab_addrs *addrs, u32 n,
		       const struct nsfab_addrs *keep)
{
	while (n--)
		if (!has(keep, &addrs->addr[n]))
			nsfab_neigh_del_derived(port, &addrs->addr[n]);
}

static int add_neighs(struct nsfab_port *port,
		      const struct nsfab_addrs *addrs,
		      const struct nsfab_addrs *had)
{
	u32 i;
	int err;

	for (i = 0; i < addrs->n; i++) {
		if (has(had, &addrs->addr[i]))
			continue;
		err = nsfab_neigh_add_derived(port, &addrs->addr[i]);
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
	spin_lock_bh(&fab->stats_lock);
	list_add_tail(&port->stat_node, &net->stat_ports);
	spin_unlock_bh(&fab->stats_lock);
	err = nsfab_fdb_add_derived(port);
	if (err)
		goto err_fdb;
	addrs = nsfab_dereference(fab, port->addrs);
	if (addrs) {
		err = add_neighs(port, addrs, NULL);
		if (err)
			goto err_neighs;
	}
	list_add_tail_rcu(&port->net_node, &net->ports);
	net->n_ports++;
	return 0;

err_neighs:
	nsfab_fdb_del_derived(port);
	/* A frame may have found it by its MAC. */
	synchronize_rcu();
err_fdb:
	spin_lock_bh(&fab->stats_lock);
	list_del(&port->stat_node);
	spin_unlock_bh(&fab->stats_lock);
	refcount_dec(&net->ref);
	nsfab_names_remove(&fab->names, &port->name);
err_name:
	xa_erase(&fab->ports, port->id);
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
	list_del_rcu(&port->net_node);
	net->n_ports--;
	addrs = nsfab_dereference(fab, port->addrs);
	if (addrs)
		del_neighs(port, addrs, addrs->n, NULL);
	nsfab_fdb_del_derived(port);
	nsfab_fdb_forget_port(port);
	unbind(port);
	nsfab_names_remove(&fab->names, &port->name);
	xa_erase(&fab->ports, port->id);
	nsfab_limit_give(&net->tenant->n_ports);
	call_rcu(&port->rcu, drop_link_ref);
}

/**
 * nsfab_binding_put() - drop a reference; the last one frees the port
 * @port: the port
 *
 * All references are dropped after a grace period, so no reader is left.
 *
 * Context: process or softirq.
 */
void nsfab_binding_put(struct nsfab_port *port)
{
	struct nsfab_network *net = port->net;
	struct nsfab_totals totals = {};

	if (!refcount_dec_and_test(&port->ref))
		return;
	spin_lock_bh(&net->tenant->fab->stats_lock);
	nsfab_binding_read(&totals, port);
	nsfab_stats_fold(net->stats, &totals);
	list_del(&port->stat_node);
	spin_unlock_bh(&net->tenant->fab->stats_lock);
	nsfab_binding_free(port);
	nsfab_network_put(net);
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
	return has(rcu_dereference(port->addrs), addr) ||
	       ipv6_addr_equal(&lla, addr);
}

/**
 * nsfab_binding_set_addrs() - replace the addresses of a linked port
 * @port: the port
 * @addrs: the new ones or NULL; taken over unless an error is returned
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EADDRINUSE or -ENOMEM
 */
int nsfab_binding_set_addrs(struct nsfab_port *port, struct nsfab_addrs *addrs)
{
	struct nsfab_addrs *old;
	int err;

	old = nsfab_dereference(port->net->tenant->fab, port->addrs);
	if (addrs) {
		err = add_neighs(port, addrs, old);
		if (err)
			return err;
	}
	rcu_assign_pointer(port->addrs, addrs);
	if (old) {
		del_neighs(port, old, old->n, addrs);
		kfree_rcu(old, rcu);
	}
	return 0;
}

/**
 * nsfab_binding_set_mac() - give a linked port another MAC
 * @port: the port, not bound to a device
 * @mac: the MAC
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EBUSY (bound to a device), -EADDRINUSE or -ENOMEM
 */
int nsfab_binding_set_mac(struct nsfab_port *port, const u8 *mac)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	struct nsfab_addrs *addrs;
	u8 old[ETH_ALEN];
	int err;

	if (ether_addr_equal(port->mac, mac))
		return 0;
	if (nsfab_dereference(fab, port->dev))
		return -EBUSY;
	addrs = nsfab_dereference(fab, port->addrs);
	ether_addr_copy(old, port->mac);
	if (addrs)
		del_neighs(port, addrs, addrs->n, NULL);
	nsfab_fdb_del_derived(port);
	ether_addr_copy(port->mac, mac);
	err = nsfab_fdb_add_derived(port);
	if (!err && addrs) {
		err = add_neighs(port, addrs, NULL);
		if (err)
			nsfab_fdb_del_derived(port);
	}
	if (!err)
		return 0;

	/* Back: only memory can refuse what was there a moment ago. */
	ether_addr_copy(port->mac, old);
	if (!nsfab_fdb_add_derived(port) && addrs)
		add_neighs(port, addrs, NULL);
	return err;
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
