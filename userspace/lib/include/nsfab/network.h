/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: networks and their subnets. */
#ifndef NSFAB_NETWORK_H
#define NSFAB_NETWORK_H

#include <nsfab/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct nsfab_network.present */
#define NSFAB_NETWORK_HAS_ID		(1u << 0)
#define NSFAB_NETWORK_HAS_TENANT	(1u << 1)
#define NSFAB_NETWORK_HAS_NAME		(1u << 2)
#define NSFAB_NETWORK_HAS_REVISION	(1u << 3)
#define NSFAB_NETWORK_HAS_VNI		(1u << 4)
#define NSFAB_NETWORK_HAS_MTU		(1u << 5)
#define NSFAB_NETWORK_HAS_FLAGS		(1u << 6)
#define NSFAB_NETWORK_HAS_SUBNETS	(1u << 7)
#define NSFAB_NETWORK_HAS_ROUTER_MAC	(1u << 8)
#define NSFAB_NETWORK_HAS_LABELS	(1u << 9)
#define NSFAB_NETWORK_HAS_COUNTERS	(1u << 10)

/**
 * struct nsfab_subnet - a subnet
 * @prefix: host bits zero
 * @gateway: the router's address, of length 0 for a subnet without router
 */
struct nsfab_subnet {
	struct nsfab_prefix prefix;
	struct nsfab_addr gateway;
};

/**
 * struct nsfab_network - a network
 * @present: NSFAB_NETWORK_HAS_*, which members are given
 * @id: unique in the fabric; the kernel chooses when left out of a new one
 * @tenant: id of its tenant, cannot change
 * @name: unique in the tenant
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @vni: unique in the fabric, the id when left out of a new one
 * @mtu: what fits the underlay when left out of a new one
 * @flags: NSFAB_NETWORK_FLAG_*
 * @subnets: with HAS_SUBNETS and @n_subnets 0, a set removes all
 * @n_subnets: number of them
 * @router_mac: read only
 * @labels: lines of KEY=VALUE
 * @counters: read only
 *
 * Pointers: as in struct nsfab_tenant.
 */
struct nsfab_network {
	uint32_t present;
	uint32_t id;
	uint32_t tenant;
	const char *name;
	uint64_t revision;
	uint32_t vni;
	uint32_t mtu;
	uint32_t flags;
	const struct nsfab_subnet *subnets;
	size_t n_subnets;
	uint8_t router_mac[NSFAB_MAC_LEN];
	const char *labels;
	struct nsfab_counters counters;
};

typedef int (*nsfab_network_cb)(const struct nsfab_network *network, void *arg);

/** nsfab_network_new() - make networks; arguments as nsfab_tenant_new() */
int nsfab_network_new(struct nsfab *h, unsigned int ifindex,
		      const struct nsfab_network *networks, size_t n,
		      uint32_t *ids, struct nsfab_err *err);

/** nsfab_network_set() - change networks, keyed by id, or tenant and name */
int nsfab_network_set(struct nsfab *h, unsigned int ifindex,
		      const struct nsfab_network *networks, size_t n,
		      struct nsfab_err *err);

/** nsfab_network_del() - remove networks with their ports */
int nsfab_network_del(struct nsfab *h, unsigned int ifindex,
		      const uint32_t *ids, size_t n, struct nsfab_err *err);

/**
 * nsfab_network_get() - read one network
 * @h: handle
 * @ifindex: the fabric
 * @id: its id, 0 to look @tenant and @name up
 * @tenant: its tenant's id, if @id is 0
 * @name: its name, if @id is 0
 * @cb: called with it once; its value is returned
 * @arg: passed on
 * @err: filled on failure
 */
int nsfab_network_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		      uint32_t tenant, const char *name, nsfab_network_cb cb,
		      void *arg, struct nsfab_err *err);

/** nsfab_network_dump() - read networks; @filter (tenant) may be NULL */
int nsfab_network_dump(struct nsfab *h, unsigned int ifindex,
		       const struct nsfab_filter *filter, nsfab_network_cb cb,
		       void *arg, struct nsfab_err *err);

/**
 * nsfab_network_find() - the id of a path
 * @h: handle
 * @ifindex: the fabric
 * @path: "TENANT/NETWORK"
 * @id: result
 * @tenant: the tenant's id, may be NULL
 * @err: filled on failure
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int nsfab_network_find(struct nsfab *h, unsigned int ifindex, const char *path,
		       uint32_t *id, uint32_t *tenant, struct nsfab_err *err);

/** nsfab_network_dup() - deep copy in one block, to be freed with free(), or NULL */
struct nsfab_network *nsfab_network_dup(const struct nsfab_network *network);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_NETWORK_H */
