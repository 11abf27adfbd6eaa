/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes of a tenant: prefix to what the router does with it. */
#ifndef _NSFAB_ROUTE_H
#define _NSFAB_ROUTE_H

#include <linux/in6.h>
#include <linux/rcupdate.h>

#include "lpm.h"

struct nsfab_network;
struct nsfab_tenant;

/**
 * struct nsfab_nexthop - a next hop of a unicast route
 * @via: address in one of the tenant's subnets
 * @end: sum of the weights up to and with this one
 */
struct nsfab_nexthop {
	struct in6_addr via;
	u32 end;
};

/**
 * struct nsfab_route - a route; what it says never changes, a change
 *	replaces it
 * @prefix: prefix, host bits zero
 * @plen: its length, of IPv4 as of the mapped address
 * @type: enum nsfab_route_type
 * @tenant: id of its tenant
 * @net: of a connected route, the network; valid under RCU or the fabric's
 *	lock
 * @revision: of the last write
 * @rcu: frees it
 * @n: how many next hops
 * @hop: next hops
 */
struct nsfab_route {
	struct in6_addr prefix;
	u8 plen;
	u8 type;
	u32 tenant;
	struct nsfab_network *net;
	u64 revision;
	struct rcu_head rcu;
	u32 n;
	struct nsfab_nexthop hop[] __counted_by(n);
};

/**
 * struct nsfab_routes - all routes of a tenant, connected ones too; replaced
 *	whole or changed in place
 * @lpm: the table, of struct nsfab_route
 * @connected: the connected ones among them once more, to find the network of
 *	an address even where a longer prefix leads elsewhere
 * @rcu: frees it
 */
struct nsfab_routes {
	struct nsfab_lpm lpm;
	struct nsfab_lpm connected;
	struct rcu_head rcu;
};

struct nsfab_route *nsfab_route_alloc(const struct nsfab_tenant *tenant,
				      const struct in6_addr *prefix, u8 plen,
				      u8 type, u32 n_hops);
void nsfab_route_free(struct nsfab_route *route);
struct nsfab_route *nsfab_route_lookup(const struct nsfab_tenant *tenant,
				       const struct in6_addr *addr);
struct nsfab_network *nsfab_route_network(const struct nsfab_tenant *tenant,
					  const struct in6_addr *addr);
const struct nsfab_nexthop *nsfab_route_hop(const struct nsfab_route *route,
					    u32 hash);
struct nsfab_route *nsfab_route_exact(struct nsfab_tenant *tenant,
				      const struct in6_addr *prefix, u8 plen);
struct nsfab_route *nsfab_route_next(struct nsfab_tenant *tenant,
				     const struct in6_addr *prefix, u8 plen,
				     bool first);
int nsfab_route_insert(struct nsfab_tenant *tenant, struct nsfab_route *route,
		       struct nsfab_route **replaced);
struct nsfab_route *nsfab_route_remove(struct nsfab_tenant *tenant,
				       const struct in6_addr *prefix, u8 plen);
int nsfab_route_replace_all(struct nsfab_tenant *tenant,
			    struct nsfab_route **routes, u32 n, u32 *bad,
			    struct nsfab_routes **old);
void nsfab_route_free_old(struct nsfab_routes *old);
bool nsfab_route_overlaps(const struct nsfab_network *net,
			  const struct in6_addr *prefix, u8 plen);
int nsfab_route_connect(struct nsfab_network *net,
			const struct in6_addr *prefix, u8 plen);
void nsfab_route_disconnect(struct nsfab_network *net,
			    const struct in6_addr *prefix, u8 plen);
void nsfab_route_free_all(struct nsfab_tenant *tenant);

#endif /* _NSFAB_ROUTE_H */
