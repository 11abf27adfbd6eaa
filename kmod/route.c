// SPDX-License-Identifier: GPL-2.0-only
/* Routes of a tenant. Who writes one takes room for it from the tenant's
 * n_routes before, and gives it back when a route is removed or one set
 * replaced by another: connected routes take none, and this file counts none.
 */

#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/nsfab.h>

#include "addr.h"
#include "fabric.h"
#include "network.h"
#include "route.h"
#include "tenant.h"

/**
 * nsfab_route_alloc() - make a route
 * @tenant: its tenant
 * @prefix: prefix, host bits zero
 * @plen: its length, of IPv4 as of the mapped address
 * @type: enum nsfab_route_type
 * @n_hops: room for so many next hops, to be filled in
 *
 * Return: the route, to be inserted or freed, or NULL
 */
struct nsfab_route *nsfab_route_alloc(const struct nsfab_tenant *tenant,
				      const struct in6_addr *prefix, u8 plen,
				      u8 type, u32 n_hops)
{
	struct nsfab_route *route;

	route = kzalloc(struct_size(route, hop, n_hops), GFP_KERNEL_ACCOUNT);
	if (!route)
		return NULL;
	route->n = n_hops;
	route->prefix = *prefix;
	route->plen = plen;
	route->type = type;
	route->tenant = tenant->id;
	return route;
}

/**
 * nsfab_route_free() - free a route that is in no table any more
 * @route: the route or NULL
 *
 * It is freed after a grace period, so that readers may still have it.
 *
 * Context: any.
 */
void nsfab_route_free(struct nsfab_route *route)
{
	kfree_rcu(route, rcu);
}

/**
 * nsfab_route_lookup() - the route to a destination, by longest prefix
 * @tenant: the tenant
 * @addr: the destination
 *
 * Context: in an RCU read section.
 * Return: the route or NULL
 */
struct nsfab_route *nsfab_route_lookup(const struct nsfab_tenant *tenant,
				       const struct in6_addr *addr)
{
	const struct nsfab_routes *routes = rcu_dereference(tenant->routes);

	return routes ? nsfab_lpm_lookup(&routes->lpm, addr) : NULL;
}

/**
 * nsfab_route_network() - the network that has an address in its subnets
 * @tenant: the tenant
 * @addr: the address, such as a next hop's
 *
 * A next hop is found like this, not by nsfab_route_lookup(): its own address
 * may well have a route that leads through it.
 *
 * Context: in an RCU read section.
 * Return: the network or NULL
 */
struct nsfab_network *nsfab_route_network(const struct nsfab_tenant *tenant,
					  const struct in6_addr *addr)
{
	const struct nsfab_routes *routes = rcu_dereference(tenant->routes);
	const struct nsfab_route *route;

	if (!routes)
		return NULL;
	route = nsfab_lpm_lookup(&routes->connected, addr);
	return route ? route->net : NULL;
}

/**
 * nsfab_route_hop() - choose a next hop, each as often as its weight says
 * @route: a unicast route
 * @hash: of the flow, all bits of it good, so that a flow keeps its way
 *
 * Return: the next hop, or NULL if the route has none
 */
const struct nsfab_nexthop *nsfab_route_hop(const struct nsfab_route *route,
					    u32 hash)
{
	u32 pick, mid, low = 0, high = route->n;

	if (high <= 1)
		return high ? &route->hop[0] : NULL;
	pick = reciprocal_scale(hash, route->hop[high - 1].end);
	/* The first one whose sum is above what was picked. */
	while (low < high) {
		mid = (low + high) / 2;
		if (route->hop[mid].end > pick)
			high = mid;
		else
			low = mid + 1;
	}
	return &route->hop[low];
}

/* The tenant's routes for a writer, NULL as long as it has none. */
static struct nsfab_routes *routes_of(const struct nsfab_tenant *tenant)
{
	return nsfab_dereference(tenant->fab, tenant->routes);
}

static struct nsfab_routes *routes_make(struct nsfab_tenant *tenant)
{
	struct nsfab_routes *routes = routes_of(tenant);

	if (routes)
		return routes;
	routes = kzalloc(sizeof(*routes), GFP_KERNEL_ACCOUNT);
	if (routes)
		rcu_assign_pointer(tenant->routes, routes);
	return routes;
}

/**
 * nsfab_route_exact() - find a route by its prefix
 * @tenant: the tenant
 * @prefix: prefix, host bits zero
 * @plen: its length, of IPv4 as of the mapped address
 *
 * Context: the fabric's lock is held.
 * Return: the route, which may be a connected one, or NULL
 */
struct nsfab_route *nsfab_route_exact(struct nsfab_tenant *tenant,
				      const struct in6_addr *prefix, u8 plen)
{
	struct nsfab_routes *routes = routes_of(tenant);

	return routes ? nsfab_lpm_exact(&routes->lpm, prefix, plen,
					&tenant->fab->lock) : NULL;
}

/**
 * nsfab_route_next() - walk the routes in order
 * @tenant: the tenant
 * @prefix: the prefix of the last one, which may be gone
 * @plen: its length
 * @first: begin, @prefix and @plen do not count
 *
 * Context: the fabric's lock is held; it may be dropped between calls.
 * Return: the next route, which may be a connected one, or NULL
 */
struct nsfab_route *nsfab_route_next(struct nsfab_tenant *tenant,
				     const struct in6_addr *prefix, u8 plen,
				     bool first)
{
	struct nsfab_routes *routes = routes_of(tenant);

	return routes ? nsfab_lpm_next(&routes->lpm, prefix, plen, first,
				       &tenant->fab->lock) : NULL;
}

static int insert(struct nsfab_routes *routes, struct nsfab_route *route,
		  struct nsfab_route **replaced, struct mutex *lock)
{
	struct nsfab_route *there;
	void *old;
	int err;

	there = nsfab_lpm_exact(&routes->lpm, &route->prefix, route->plen,
				lock);
	if (there && (there->type == NSFAB_ROUTE_TYPE_CONNECTED || !replaced))
		return -EEXIST;
	err = nsfab_lpm_insert(&routes->lpm, &route->prefix, route->plen, route,
			       &old, lock);
	if (!err && replaced)
		*replaced = old;
	return err;
}

/**
 * nsfab_route_insert() - add a route, or replace one
 * @tenant: the tenant
 * @route: the route, not a connected one; taken over unless an error is
 *	returned
 * @replaced: set to the route that had its prefix, or NULL, the caller's to
 *	free or to insert again, which then cannot fail; when this is NULL no
 *	route is replaced
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST (also when a connected one is there), -ENOMEM, or -EINVAL
 * if its prefix is none
 */
int nsfab_route_insert(struct nsfab_tenant *tenant, struct nsfab_route *route,
		       struct nsfab_route **replaced)
{
	struct nsfab_routes *routes = routes_make(tenant);

	if (!routes)
		return -ENOMEM;
	return insert(routes, route, replaced, &tenant->fab->lock);
}

/**
 * nsfab_route_remove() - remove a route
 * @tenant: the tenant
 * @prefix: prefix, host bits zero
 * @plen: its length, of IPv4 as of the mapped address
 *
 * Context: the fabric's lock is held.
 * Return: the route, the caller's to free; NULL if there is none or it is a
 * connected one
 */
struct nsfab_route *nsfab_route_remove(struct nsfab_tenant *tenant,
				       const struct in6_addr *prefix, u8 plen)
{
	struct nsfab_route *route = nsfab_route_exact(tenant, prefix, plen);

	if (!route || route->type == NSFAB_ROUTE_TYPE_CONNECTED)
		return NULL;
	return nsfab_lpm_remove(&routes_of(tenant)->lpm, prefix, plen,
				&tenant->fab->lock);
}

static int insert_connected(struct nsfab_routes *routes,
			    struct nsfab_route *route, struct mutex *lock)
{
	int err;

	err = nsfab_lpm_insert(&routes->connected, &route->prefix, route->plen,
			       route, NULL, lock);
	if (err)
		return err;
	err = nsfab_lpm_insert(&routes->lpm, &route->prefix, route->plen, route,
			       NULL, lock);
	if (err)
		nsfab_lpm_remove(&routes->connected, &route->prefix,
				 route->plen, lock);
	return err;
}

static int copy_connected(struct nsfab_routes *to, struct nsfab_routes *from,
			  struct mutex *lock)
{
	struct nsfab_route *route;
	int err;

	route = nsfab_lpm_next(&from->connected, NULL, 0, true, lock);
	while (route) {
		err = insert_connected(to, route, lock);
		if (err)
			return err;
		route = nsfab_lpm_next(&from->connected, &route->prefix,
				       route->plen, false, lock);
	}
	return 0;
}

static void free_routes(struct nsfab_routes *routes,
			void (*free_value)(void *value))
{
	nsfab_lpm_free(&routes->lpm, free_value);
	nsfab_lpm_free(&routes->connected, NULL);
	kfree_rcu(routes, rcu);
}

/**
 * nsfab_route_replace_all() - make these the only written routes of a tenant
 * @tenant: the tenant
 * @routes: the routes, no connected ones; taken over unless an error is
 *	returned. Connected ones stay beside them.
 * @n: how many
 * @bad: set to the index of the route that was refused, with -EEXIST or
 *	-EINVAL; @n when none was
 * @old: set to the routes there were, to be looked at and then given to
 *	nsfab_route_free_old(), or to NULL
 *
 * A packet finds its way in the old set or in the new one.
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST (two have the same prefix, or a connected one has it),
 * -ENOMEM, or -EINVAL if a prefix is none; nothing has changed then
 */
int nsfab_route_replace_all(struct nsfab_tenant *tenant,
			    struct nsfab_route **routes, u32 n, u32 *bad,
			    struct nsfab_routes **old)
{
	struct mutex *lock = &tenant->fab->lock;
	struct nsfab_routes *now, *new;
	int err = 0;
	u32 i;

	*bad = n;
	now = routes_of(tenant);
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	if (now)
		err = copy_connected(new, now, lock);
	if (err)
		goto err_new;
	for (i = 0; i < n; i++) {
		err = insert(new, routes[i], NULL, lock);
		if (err)
			goto err_insert;
		cond_resched();
	}
	rcu_assign_pointer(tenant->routes, new);
	*old = now;
	return 0;

err_insert:
	if (err != -ENOMEM)
		*bad = i;
err_new:
	free_routes(new, NULL);
	return err;
}

static void free_written(void *value)
{
	struct nsfab_route *route = value;

	if (route->type != NSFAB_ROUTE_TYPE_CONNECTED)
		nsfab_route_free(route);
}

/**
 * nsfab_route_free_old() - free the routes that others took the place of
 * @old: from nsfab_route_replace_all(), or NULL
 *
 * Connected routes went over to the new set and stay.
 *
 * Context: any; the fabric's lock has been held since they were replaced.
 */
void nsfab_route_free_old(struct nsfab_routes *old)
{
	if (old)
		free_routes(old, free_written);
}

/**
 * nsfab_route_overlaps() - does another network have some of these addresses?
 * @net: the network that asks
 * @prefix: a subnet for it, host bits zero
 * @plen: its length, of IPv4 as of the mapped address
 *
 * Context: the fabric's lock is held.
 * Return: true if a subnet of another network of the tenant overlaps
 */
bool nsfab_route_overlaps(const struct nsfab_network *net,
			  const struct in6_addr *prefix, u8 plen)
{
	struct nsfab_routes *routes = routes_of(net->tenant);
	struct mutex *lock = &net->tenant->fab->lock;
	const struct nsfab_route *route;

	if (!routes)
		return false;
	rcu_read_lock();
	route = nsfab_lpm_lookup(&routes->connected, prefix);
	rcu_read_unlock();
	if (route && route->net != net)
		return true;
	/* None is around it, so those inside follow it in order. */
	route = nsfab_lpm_next(&routes->connected, prefix, plen, false, lock);
	while (route &&
	       nsfab_addr_is_v4(&route->prefix) == nsfab_addr_is_v4(prefix) &&
	       nsfab_addr_in(&route->prefix, prefix, plen)) {
		if (route->net != net)
			return true;
		route = nsfab_lpm_next(&routes->connected, &route->prefix,
				       route->plen, false, lock);
	}
	return false;
}

/**
 * nsfab_route_connect() - add the route of a network's subnet
 * @net: the network
 * @prefix: the subnet, host bits zero, which nsfab_route_overlaps() has not
 *	refused
 * @plen: its length, of IPv4 as of the mapped address
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST (a connected route has the prefix), -EBUSY (a written one
 * has it), -ENOMEM, or -EINVAL if it is no prefix
 */
int nsfab_route_connect(struct nsfab_network *net,
			const struct in6_addr *prefix, u8 plen)
{
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_routes *routes;
	struct nsfab_route *route;
	int err;

	route = nsfab_route_exact(tenant, prefix, plen);
	if (route)
		return route->type == NSFAB_ROUTE_TYPE_CONNECTED ? -EEXIST :
								   -EBUSY;
	routes = routes_make(tenant);
	if (!routes)
		return -ENOMEM;
	route = nsfab_route_alloc(tenant, prefix, plen,
				  NSFAB_ROUTE_TYPE_CONNECTED, 0);
	if (!route)
		return -ENOMEM;
	route->net = net;
	err = insert_connected(routes, route, &tenant->fab->lock);
	if (err)
		nsfab_route_free(route);
	return err;
}

/**
 * nsfab_route_disconnect() - remove the route of a network's subnet
 * @net: the network
 * @prefix: the subnet
 * @plen: its length, of IPv4 as of the mapped address
 *
 * Nothing is done if the route is not there, or another network's.
 *
 * Context: the fabric's lock is held.
 */
void nsfab_route_disconnect(struct nsfab_network *net,
			    const struct in6_addr *prefix, u8 plen)
{
	struct nsfab_tenant *tenant = net->tenant;
	struct mutex *lock = &tenant->fab->lock;
	struct nsfab_routes *routes;
	struct nsfab_route *route;

	route = nsfab_route_exact(tenant, prefix, plen);
	if (!route || route->net != net)
		return;
	routes = routes_of(tenant);
	nsfab_lpm_remove(&routes->lpm, prefix, plen, lock);
	nsfab_lpm_remove(&routes->connected, prefix, plen, lock);
	nsfab_route_free(route);
}

static void free_any(void *value)
{
	nsfab_route_free(value);
}

/**
 * nsfab_route_free_all() - free all routes of a tenant that dies
 * @tenant: the tenant, which nobody writes to any more
 *
 * It takes as long as there are routes.
 *
 * Context: any.
 */
void nsfab_route_free_all(struct nsfab_tenant *tenant)
{
	struct nsfab_routes *routes;

	routes = rcu_dereference_protected(tenant->routes, 1);
	if (!routes)
		return;
	RCU_INIT_POINTER(tenant->routes, NULL);
	free_routes(routes, free_any);
}
