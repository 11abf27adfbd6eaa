/* SPDX-License-Identifier: GPL-2.0-only */
/* VTEPs: other hosts, by their underlay address, with the route to them. */
#ifndef _NSFAB_VTEP_H
#define _NSFAB_VTEP_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <net/dst_cache.h>

struct netlink_ext_ack;
struct nlattr;
struct nsfab_fabric;
struct nsfab_network;

/**
 * struct nsfab_vtep - another host
 * @node: in struct nsfab_fabric.vteps, by @addr
 * @addr: its underlay address
 * @cache: the route to it
 * @fab: its fabric, valid while there is a reference
 * @floods: struct nsfab_flood by id of the network, read under RCU
 * @ref: one for each user: ports, forwarding entries, flood lists; readers may
 *	find it in the table with none left
 * @rcu: frees it
 */
struct nsfab_vtep {
	struct rhash_head node;
	struct in6_addr addr;
	struct dst_cache cache;
	struct nsfab_fabric *fab;
	struct xarray floods;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct nsfab_flood - a VTEP in a network's flood list
 * @node: in struct nsfab_network.floods, read under RCU
 * @vtep: the VTEP, a reference
 * @given: netlink was given it for flooding, by the MAC of all zeroes
 * @users: who wants it there: remote ports, given entries
 * @order: in struct nsfab_network.flood_order
 * @rcu: frees it
 */
struct nsfab_flood {
	struct list_head node;
	struct nsfab_vtep *vtep;
	u32 users;
	bool given;
	struct rb_node order;
	struct rcu_head rcu;
};

int nsfab_vtep_check(const struct nsfab_fabric *fab,
		     const struct in6_addr *addr, const struct nlattr *attr,
		     struct netlink_ext_ack *extack);
int nsfab_vtep_table_init(struct rhashtable *vteps);
struct nsfab_vtep *nsfab_vtep_get(struct nsfab_fabric *fab,
				  const struct in6_addr *addr);
bool nsfab_vtep_hold(struct nsfab_vtep *vtep);
void nsfab_vtep_put(struct nsfab_vtep *vtep);
struct nsfab_vtep *nsfab_vtep_find(struct nsfab_fabric *fab,
				   const struct in6_addr *addr);
int nsfab_vtep_flood_add(struct nsfab_network *net, struct nsfab_vtep *vtep);
void nsfab_vtep_flood_del(struct nsfab_network *net, struct nsfab_vtep *vtep);
void nsfab_vtep_flood_flush(struct nsfab_network *net);
struct nsfab_flood *nsfab_vtep_flood_find(struct nsfab_network *net,
					  const struct nsfab_vtep *vtep);
struct nsfab_flood *nsfab_vtep_flood_next(struct nsfab_network *net,
					  const struct in6_addr *addr);
bool nsfab_vtep_flood_has(const struct nsfab_network *net,
			  struct nsfab_vtep *vtep);

#endif /* _NSFAB_VTEP_H */
