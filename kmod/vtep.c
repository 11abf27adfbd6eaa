// SPDX-License-Identifier: GPL-2.0-only
/* VTEPs: other hosts, by their underlay address. Netlink makes them, under the
 * fabric's lock; a frame that is learned from may be the one to drop the last
 * reference.
 */

#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "addr.h"
#include "fabric.h"
#include "network.h"
#include "tenant.h"
#include "vtep.h"

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nsfab_vtep, node),
	.key_offset = offsetof(struct nsfab_vtep, addr),
	.key_len = sizeof_field(struct nsfab_vtep, addr),
	.automatic_shrinking = true,
};

/* Not later than this: a route must not outlive its namespace, which waits for
 * the RCU callbacks of its devices, but for nothing behind these.
 */
static void free_rcu_vtep(struct rcu_head *rcu)
{
	struct nsfab_vtep *vtep = container_of(rcu, struct nsfab_vtep, rcu);

	dst_cache_destroy(&vtep->cache);
	kfree(vtep);
}

/**
 * nsfab_vtep_check() - may a frame be sent there through the fabric's socket?
 * @fab: the fabric
 * @addr: the underlay address
 * @attr: where it was read, or NULL
 * @extack: told why not, or NULL
 *
 * Return: 0 or -EINVAL
 */
int nsfab_vtep_check(const struct nsfab_fabric *fab,
		     const struct in6_addr *addr, const struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	if (fab->encap == NSFAB_ENCAP_NONE ||
	    nsfab_addr_is_v4(addr) != nsfab_addr_is_v4(&fab->local) ||
	    !nsfab_addr_is_host(addr) || ipv6_addr_equal(addr, &fab->local)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Not another host on the fabric's underlay");
		return -EINVAL;
	}
	if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "A link-local address would need a device");
		return -EINVAL;
	}
	return 0;
}

static struct nsfab_vtep *vtep_alloc(struct nsfab_fabric *fab,
				     const struct in6_addr *addr)
{
	struct nsfab_vtep *vtep;

	vtep = kzalloc(sizeof(*vtep), GFP_KERNEL_ACCOUNT);
	if (!vtep)
		return NULL;
	if (dst_cache_init(&vtep->cache, GFP_KERNEL_ACCOUNT)) {
		kfree(vtep);
		return NULL;
	}
	vtep->addr = *addr;
	vtep->fab = fab;
	xa_init_flags(&vtep->floods, XA_FLAGS_ACCOUNT);
	refcount_set(&vtep->ref, 1);
	return vtep;
}

/**
 * nsfab_vtep_table_init() - make an empty table
 * @vteps: the table
 *
 * Return: 0 or -errno
 */
int nsfab_vtep_table_init(struct rhashtable *vteps)
{
	return rhashtable_init(vteps, &params);
}

/**
 * nsfab_vtep_get() - find a VTEP, or make it
 * @fab: the fabric
 * @addr: its underlay address
 *
 * Context: the fabric's lock is held.
 * Return: the VTEP, a reference; or -EINVAL (as nsfab_vtep_check()) or -ENOMEM
 */
struct nsfab_vtep *nsfab_vtep_get(struct nsfab_fabric *fab,
				  const struct in6_addr *addr)
{
	struct nsfab_vtep *vtep;
	int err;

	lockdep_assert_held(&fab->lock);
	err = nsfab_vtep_check(fab, addr, NULL, NULL);
	if (err)
		return ERR_PTR(err);

	rcu_read_lock();
	vtep = nsfab_vtep_find(fab, addr);
	if (vtep && refcount_inc_not_zero(&vtep->ref)) {
		rcu_read_unlock();
		return vtep;
	}
	/* Its last user is about to do the same: the second finds nothing. */
	if (vtep)
		rhashtable_remove_fast(&fab->vteps, &vtep->node, params);
	rcu_read_unlock();

	vtep = vtep_alloc(fab, addr);
	if (!vtep)
		return ERR_PTR(-ENOMEM);
	err = rhashtable_lookup_insert_fast(&fab->vteps, &vtep->node, params);
	if (err) {
		dst_cache_destroy(&vtep->cache);
		kfree(vtep);
		return ERR_PTR(err);
	}
	return vtep;
}

/**
 * nsfab_vtep_hold() - take one more reference
 * @vtep: a VTEP, found under RCU or held already
 *
 * Return: false if the last user has gone
 */
bool nsfab_vtep_hold(struct nsfab_vtep *vtep)
{
	return refcount_inc_not_zero(&vtep->ref);
}

/**
 * nsfab_vtep_put() - drop a reference; the last one removes the VTEP
 * @vtep: the VTEP; readers may have it until a grace period is over
 *
 * Context: process or bottom half, while something holds the fabric: a
 * reference, its lock, or a frame's RCU section. Not an RCU callback, which may
 * run when the fabric is gone.
 */
void nsfab_vtep_put(struct nsfab_vtep *vtep)
{
	if (!refcount_dec_and_test(&vtep->ref))
		return;
	WARN_ON_ONCE(!xa_empty(&vtep->floods));
	rhashtable_remove_fast(&vtep->fab->vteps, &vtep->node, params);
	call_rcu(&vtep->rcu, free_rcu_vtep);
}

/**
 * nsfab_vtep_find() - look a VTEP up
 * @fab: the fabric
 * @addr: its underlay address
 *
 * Context: in an RCU read section.
 * Return: the VTEP, valid in that section, or NULL
 */
struct nsfab_vtep *nsfab_vtep_find(struct nsfab_fabric *fab,
				   const struct in6_addr *addr)
{
	return rhashtable_lookup(&fab->vteps, addr, params);
}

/**
 * nsfab_vtep_flood_find() - find a VTEP in a network's flood list
 * @net: the network
 * @vtep: the VTEP
 *
 * Context: the fabric's lock is held.
 * Return: its place in the list, or NULL
 */
struct nsfab_flood *nsfab_vtep_flood_find(struct nsfab_network *net,
					  const struct nsfab_vtep *vtep)
{
	lockdep_assert_held(&net->tenant->fab->lock);
	return xa_load((struct xarray *)&vtep->floods, net->id);
}

/**
 * nsfab_vtep_flood_next() - the first place behind an address, in order
 * @net: the network
 * @addr: the address, or NULL to begin
 *
 * Context: the fabric's lock is held.
 * Return: the place in the flood list, or NULL
 */
struct nsfab_flood *nsfab_vtep_flood_next(struct nsfab_network *net,
					  const struct in6_addr *addr)
{
	struct rb_node *node = net->flood_order.rb_node;
	struct nsfab_flood *best = NULL;

	lockdep_assert_held(&net->tenant->fab->lock);
	while (node) {
		struct nsfab_flood *f = rb_entry(node, struct nsfab_flood,
						 order);

		if (!addr || ipv6_addr_cmp(&f->vtep->addr, addr) > 0) {
			best = f;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

static bool order_less(struct rb_node *a, const struct rb_node *b)
{
	const struct nsfab_flood *x = rb_entry(a, struct nsfab_flood, order);
	const struct nsfab_flood *y = rb_entry(b, struct nsfab_flood, order);

	return ipv6_addr_cmp(&x->vtep->addr, &y->vtep->addr) < 0;
}

/**
 * nsfab_vtep_flood_add() - let a network flood to a VTEP, and hear it
 * @net: the linked network
 * @vtep: the VTEP, which the caller has a reference of
 *
 * To be undone as often as it was done.
 *
 * Context: the fabric's lock is held.
 * Return: 0 or -ENOMEM
 */
int nsfab_vtep_flood_add(struct nsfab_network *net, struct nsfab_vtep *vtep)
{
	struct nsfab_flood *flood;
	int err;

	lockdep_assert_held(&net->tenant->fab->lock);
	flood = nsfab_vtep_flood_find(net, vtep);
	if (flood) {
		flood->users++;
		return 0;
	}
	flood = kzalloc(sizeof(*flood), GFP_KERNEL_ACCOUNT);
	if (!flood)
		return -ENOMEM;
	flood->vtep = vtep;
	flood->users = 1;
	err = xa_insert(&vtep->floods, net->id, flood, GFP_KERNEL_ACCOUNT);
	if (err) {
		kfree(flood);
		return err;
	}
	refcount_inc(&vtep->ref);
	rb_add(&flood->order, &net->flood_order, order_less);
	list_add_tail_rcu(&flood->node, &net->floods);
	return 0;
}

/**
 * nsfab_vtep_flood_del() - undo nsfab_vtep_flood_add()
 * @net: the network
 * @vtep: the VTEP
 *
 * Context: the fabric's lock is held.
 */
void nsfab_vtep_flood_del(struct nsfab_network *net, struct nsfab_vtep *vtep)
{
	struct nsfab_flood *flood;

	lockdep_assert_held(&net->tenant->fab->lock);
	flood = nsfab_vtep_flood_find(net, vtep);
	if (WARN_ON_ONCE(!flood) || --flood->users)
		return;
	list_del_rcu(&flood->node);
	rb_erase(&flood->order, &net->flood_order);
	xa_erase(&vtep->floods, net->id);
	kfree_rcu(flood, rcu);
	nsfab_vtep_put(vtep);
}

/**
 * nsfab_vtep_flood_has() - does a network know a VTEP?
 * @net: the network
 * @vtep: the VTEP
 *
 * Context: in an RCU read section.
 * Return: true if it floods to it, and hears it
 */
bool nsfab_vtep_flood_has(const struct nsfab_network *net,
			  struct nsfab_vtep *vtep)
{
	return xa_load(&vtep->floods, net->id);
}

/**
 * nsfab_vtep_flood_flush() - empty a network's flood list, which is unlinked
 * @net: the network
 *
 * Context: the fabric's lock is held.
 */
void nsfab_vtep_flood_flush(struct nsfab_network *net)
{
	struct nsfab_flood *flood, *next;

	list_for_each_entry_safe(flood, next, &net->floods, node) {
		/* Netlink took room for it, as for an entry. */
		if (flood->given)
			nsfab_limit_give(&net->tenant->max_fdb);
		flood->users = 1;
		nsfab_vtep_flood_del(net, flood->vtep);
		cond_resched();
	}
}
