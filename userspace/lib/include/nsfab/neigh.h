/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: neighbours. */
#ifndef NSFAB_NEIGH_H
#define NSFAB_NEIGH_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_NEIGH_HAS_MAC		(1u << 0)
#define NSFAB_NEIGH_HAS_REVISION	(1u << 1)
#define NSFAB_NEIGH_HAS_KIND		(1u << 2)
#define NSFAB_NEIGH_HAS_PORT		(1u << 3)

/**
 * struct nsfab_neigh - a neighbour; key is network and address
 * @present: NSFAB_NEIGH_HAS_*, which members behind @addr are given
 * @network: id of the network
 * @addr: its address
 * @mac: its MAC address
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @kind: read only, enum nsfab_neigh_kind
 * @port: read only, of a derived one, the port
 */
struct nsfab_neigh {
	uint32_t present;
	uint32_t network;
	struct nsfab_addr addr;
	uint8_t mac[NSFAB_MAC_LEN];
	uint64_t revision;
	uint8_t kind;
	uint32_t port;
};

typedef int (*nsfab_neigh_cb)(const struct nsfab_neigh *neigh, void *arg);

/** nsfab_neigh_new() - add static neighbours; arguments as nsfab_fdb_new() */
int nsfab_neigh_new(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *entries, size_t n, bool replace,
		    struct nsfab_err *err);

/** nsfab_neigh_del() - remove static neighbours */
int nsfab_neigh_del(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *entries, size_t n,
		    struct nsfab_err *err);

/** nsfab_neigh_get() - read one, keyed by @key's network and address */
int nsfab_neigh_get(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *key, nsfab_neigh_cb cb, void *arg,
		    struct nsfab_err *err);

/** nsfab_neigh_dump() - read neighbours; @filter (tenant, network) may be NULL */
int nsfab_neigh_dump(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, nsfab_neigh_cb cb,
		     void *arg, struct nsfab_err *err);

/** nsfab_neigh_kind_name() - "derived", "static", or "?" */
const char *nsfab_neigh_kind_name(unsigned int kind);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_NEIGH_H */
