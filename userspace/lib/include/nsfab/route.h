/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: a tenant's routes. */
#ifndef NSFAB_ROUTE_H
#define NSFAB_ROUTE_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_ROUTE_HAS_TYPE		(1u << 0)
#define NSFAB_ROUTE_HAS_REVISION	(1u << 1)
#define NSFAB_ROUTE_HAS_NETWORK		(1u << 2)

/**
 * struct nsfab_nexthop - a next hop
 * @via: address in one of the tenant's routed subnets
 * @weight: share, 0 counts as 1
 */
struct nsfab_nexthop {
	struct nsfab_addr via;
	uint8_t weight;
};

/**
 * struct nsfab_route - a route; key is tenant and prefix
 * @present: NSFAB_ROUTE_HAS_*, which of @type, @revision, @network are given
 * @tenant: id of the tenant
 * @prefix: host bits zero
 * @type: enum nsfab_route_type, unicast when left out
 * @nexthops: of a unicast route
 * @n_nexthops: number of them
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @network: read only, of a connected route
 *
 * Pointers: as in struct nsfab_tenant.
 */
struct nsfab_route {
	uint32_t present;
	uint32_t tenant;
	struct nsfab_prefix prefix;
	uint8_t type;
	const struct nsfab_nexthop *nexthops;
	size_t n_nexthops;
	uint64_t revision;
	uint32_t network;
};

typedef int (*nsfab_route_cb)(const struct nsfab_route *route, void *arg);

/** nsfab_route_new() - add routes; arguments as nsfab_fdb_new() */
int nsfab_route_new(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_route *routes, size_t n, bool replace,
		    struct nsfab_err *err);

/**
 * nsfab_route_replace() - make these the only routes of a tenant
 * @h: handle
 * @ifindex: the fabric
 * @tenant: id of the tenant
 * @routes: array of @n, all of this tenant
 * @n: number, 0 removes all
 * @err: filled on failure
 *
 * One step for every packet, so all must fit into one message.
 *
 * Return: 0, -EMSGSIZE if they do not fit, or another negative errno.
 */
int nsfab_route_replace(struct nsfab *h, unsigned int ifindex, uint32_t tenant,
			const struct nsfab_route *routes, size_t n,
			struct nsfab_err *err);

/** nsfab_route_del() - remove routes */
int nsfab_route_del(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_route *routes, size_t n,
		    struct nsfab_err *err);

/**
 * nsfab_route_get() - the route that a destination takes (longest prefix)
 * @h: handle
 * @ifindex: the fabric
 * @tenant: id of the tenant
 * @dst: destination
 * @cb: called with it once; its value is returned
 * @arg: passed on
 * @err: filled on failure
 */
int nsfab_route_get(struct nsfab *h, unsigned int ifindex, uint32_t tenant,
		    const struct nsfab_addr *dst, nsfab_route_cb cb, void *arg,
		    struct nsfab_err *err);

/** nsfab_route_dump() - read routes; @filter (tenant) may be NULL */
int nsfab_route_dump(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, nsfab_route_cb cb,
		     void *arg, struct nsfab_err *err);

/** nsfab_route_type_name() - "unicast", or "?" for an unknown value */
const char *nsfab_route_type_name(unsigned int type);
/** nsfab_route_type_parse() - the value of a name, or -EINVAL */
int nsfab_route_type_parse(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_ROUTE_H */
