// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours of all networks in one hash table of the fabric, for frames, and
 * in a tree of each network, for dumps with a cursor. Only netlink writes,
 * under the fabric's lock.
 */

#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "fdb.h"
#include "neigh.h"
#include "network.h"
#include "tenant.h"

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nsfab_neigh, node),
	.key_offset = offsetof(struct nsfab_neigh, key),
	.key_len = sizeof(struct nsfab_neigh_key),
	.automatic_shrinking = true,
};

/**
 * nsfab_neigh_table_init() - make an empty table
 * @neighs: the table
 *
 * Return: 0 or -errno
 */
int nsfab_neigh_table_init(struct rhashtable *neighs)
{
	return rhashtable_init(neighs, &params);
}

/**
 * nsfab_neigh_find() - look an address up
 * @fab: the fabric
 * @network: id of the network
 * @addr: the address
 *
 * Context: in an RCU read section.
 * Return: the entry, valid in this section, or NULL
 */
struct nsfab_neigh *nsfab_neigh_find(struct nsfab_fabric *fab, u32 network,
				     const struct in6_addr *addr)
{
	struct nsfab_neigh_key key = { .addr = *addr, .network = network };

	return rhashtable_lookup(&fab->neighs, &key, params);
}

/**
 * nsfab_neigh_resolve() - the MAC of an address
 * @net: the network
 * @addr: the address
 * @mac: set to the MAC
 *
 * Each port also has the link-local address that is made of its MAC; that
 * needs no entry.
 *
 * Context: in an RCU read section.
 * Return: false if the address is unknown
 */
bool nsfab_neigh_resolve(struct nsfab_network *net,
			 const struct in6_addr *addr, u8 *mac)
{
	struct nsfab_fabric *fab = net->tenant->fab;
	struct nsfab_neigh *entry;

	entry = nsfab_neigh_find(fab, net->id, addr);
	if (entry) {
		ether_addr_copy(mac, entry->mac);
		return true;
	}
	return nsfab_addr_lla_mac(addr, mac) &&
	       nsfab_fdb_find(fab, net->id, mac);
}

/**
 * nsfab_neigh_next() - the first entry behind an address, in order
 * @net: the network
 * @addr: the address, or NULL to begin
 *
 * Context: the fabric's lock is held.
 * Return: the entry, valid while the lock is held, or NULL
 */
struct nsfab_neigh *nsfab_neigh_next(struct nsfab_network *net,
				     const struct in6_addr *addr)
{
	struct rb_node *node = net->neigh_order.rb_node;
	struct nsfab_neigh *best = NULL;

	lockdep_assert_held(&net->tenant->fab->lock);
	while (node) {
		struct nsfab_neigh *e = rb_entry(node, struct nsfab_neigh,
						 order);

		if (!addr || ipv6_addr_cmp(&e->key.addr, addr) > 0) {
			best = e;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

/**
 * nsfab_neigh_alloc() - make an entry
 * @net: its network
 * @addr: the address
 * @mac: its MAC
 * @port: the port that it is derived from, or NULL for a static one
 *
 * Return: the entry, to be inserted or freed, or NULL
 */
struct nsfab_neigh *nsfab_neigh_alloc(struct nsfab_network *net,
				      const struct in6_addr *addr,
				      const u8 *mac, struct nsfab_port *port)
{
	struct nsfab_neigh *entry;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return NULL;
	entry->key.addr = *addr;
	entry->key.network = net->id;
	ether_addr_copy(entry->mac, mac);
	entry->kind = port ? NSFAB_NEIGH_KIND_DERIVED :
			     NSFAB_NEIGH_KIND_STATIC;
	entry->port = port;
	entry->net = net;
	return entry;
}

/**
 * nsfab_neigh_free() - free an entry that is in no table any more
 * @entry: the entry
 */
void nsfab_neigh_free(struct nsfab_neigh *entry)
{
	kfree_rcu(entry, rcu);
}

static bool order_less(struct rb_node *a, const struct rb_node *b)
{
	const struct nsfab_neigh *x = rb_entry(a, struct nsfab_neigh, order);
	const struct nsfab_neigh *y = rb_entry(b, struct nsfab_neigh, order);

	return ipv6_addr_cmp(&x->key.addr, &y->key.addr) < 0;
}

/**
 * nsfab_neigh_insert() - add an entry
 * @entry: the entry; a static one is charged to its tenant's limit
 * @replaced: if not NULL, a static entry that is there is replaced and handed
 *	out here, to be freed; NULL is handed out when there was none
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST, -ENOSPC (limit) or -ENOMEM
 */
int nsfab_neigh_insert(struct nsfab_neigh *entry,
		       struct nsfab_neigh **replaced)
{
	struct nsfab_tenant *tenant = entry->net->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_neigh *old;
	int err;

	if (replaced)
		*replaced = NULL;
	rcu_read_lock();
	old = nsfab_neigh_find(fab, entry->key.network, &entry->key.addr);
	rcu_read_unlock();
	if (old) {
		if (!replaced || old->kind != entry->kind)
			return -EEXIST;
		err = rhashtable_replace_fast(&fab->neighs, &old->node,
					      &entry->node, params);
		if (WARN_ON_ONCE(err))
			return err;
		rb_replace_node(&old->order, &entry->order,
				&entry->net->neigh_order);
		*replaced = old;
		return 0;
	}

	if (entry->kind == NSFAB_NEIGH_KIND_STATIC &&
	    !nsfab_limit_take(&tenant->n_neighs))
		return -ENOSPC;
	err = rhashtable_insert_fast(&fab->neighs, &entry->node, params);
	if (err) {
		if (entry->kind == NSFAB_NEIGH_KIND_STATIC)
			nsfab_limit_fail(&tenant->n_neighs);
		return err;
	}
	rb_add(&entry->order, &entry->net->neigh_order, order_less);
	return 0;
}

/**
 * nsfab_neigh_remove() - take an entry out of the table
 * @entry: the entry, to be freed or inserted again
 *
 * Context: the fabric's lock is held.
 */
void nsfab_neigh_remove(struct nsfab_neigh *entry)
{
	struct nsfab_tenant *tenant = entry->net->tenant;

	rhashtable_remove_fast(&tenant->fab->neighs, &entry->node, params);
	rb_erase(&entry->order, &entry->net->neigh_order);
	if (entry->kind == NSFAB_NEIGH_KIND_STATIC)
		nsfab_limit_give(&tenant->n_neighs);
}

/**
 * nsfab_neigh_add_derived() - add an address of a port
 * @port: the port
 * @addr: the address
 * @mac: its MAC
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EADDRINUSE or -ENOMEM
 */
int nsfab_neigh_add_derived(struct nsfab_port *port,
			    const struct in6_addr *addr, const u8 *mac)
{
	struct nsfab_neigh *entry;
	int err;

	entry = nsfab_neigh_alloc(port->net, addr, mac, port);
	if (!entry)
		return -ENOMEM;
	err = nsfab_neigh_insert(entry, NULL);
	if (err)
		kfree(entry);
	return err == -EEXIST ? -EADDRINUSE : err;
}

/**
 * nsfab_neigh_del_derived() - remove an address of a port
 * @port: the port
 * @addr: the address
 *
 * Context: the fabric's lock is held.
 */
void nsfab_neigh_del_derived(struct nsfab_port *port,
			     const struct in6_addr *addr)
{
	struct nsfab_neigh *entry;

	rcu_read_lock();
	entry = nsfab_neigh_find(port->net->tenant->fab, port->net->id, addr);
	rcu_read_unlock();
	if (!entry || entry->port != port)
		return;
	nsfab_neigh_remove(entry);
	nsfab_neigh_free(entry);
}

/**
 * nsfab_neigh_flush() - remove all entries of a network
 * @net: the network
 *
 * Context: the fabric's lock is held.
 */
void nsfab_neigh_flush(struct nsfab_network *net)
{
	struct nsfab_neigh *entry, *next;

	rbtree_postorder_for_each_entry_safe(entry, next, &net->neigh_order,
					     order) {
		rhashtable_remove_fast(&net->tenant->fab->neighs, &entry->node,
				       params);
		if (entry->kind == NSFAB_NEIGH_KIND_STATIC)
			nsfab_limit_give(&net->tenant->n_neighs);
		nsfab_neigh_free(entry);
		cond_resched();
	}
	net->neigh_order = RB_ROOT;
}
