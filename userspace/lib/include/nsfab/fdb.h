/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: forwarding entries. */
#ifndef NSFAB_FDB_H
#define NSFAB_FDB_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_FDB_HAS_PORT	(1u << 0)
#define NSFAB_FDB_HAS_VTEP	(1u << 1)
#define NSFAB_FDB_HAS_REVISION	(1u << 2)
#define NSFAB_FDB_HAS_KIND	(1u << 3)
#define NSFAB_FDB_HAS_AGE	(1u << 4)

/**
 * struct nsfab_fdb - a forwarding entry; key is network and MAC
 * @present: NSFAB_FDB_HAS_*, which members behind @mac are given
 * @network: id of the network
 * @mac: all zeroes for a VTEP that gets what is flooded
 * @port: id of the port behind which the MAC is
 * @vtep: or the VTEP
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @kind: read only, enum nsfab_fdb_kind
 * @age: read only, of a learned one, seconds since it was last seen
 */
struct nsfab_fdb {
	uint32_t present;
	uint32_t network;
	uint8_t mac[NSFAB_MAC_LEN];
	uint32_t port;
	struct nsfab_addr vtep;
	uint64_t revision;
	uint8_t kind;
	uint32_t age;
};

typedef int (*nsfab_fdb_cb)(const struct nsfab_fdb *fdb, void *arg);

/**
 * nsfab_fdb_new() - add static entries
 * @h: handle
 * @ifindex: the fabric
 * @entries: array of @n
 * @n: number
 * @replace: change those that are there instead of refusing them (-EEXIST)
 * @err: filled on failure
 */
int nsfab_fdb_new(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *entries, size_t n, bool replace,
		  struct nsfab_err *err);

/** nsfab_fdb_del() - remove static or learned entries */
int nsfab_fdb_del(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *entries, size_t n,
		  struct nsfab_err *err);

/** nsfab_fdb_get() - read one entry, keyed by @key's network and MAC */
int nsfab_fdb_get(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *key, nsfab_fdb_cb cb, void *arg,
		  struct nsfab_err *err);

/** nsfab_fdb_dump() - read entries; @filter (tenant, network) may be NULL */
int nsfab_fdb_dump(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_filter *filter, nsfab_fdb_cb cb,
		   void *arg, struct nsfab_err *err);

/** nsfab_fdb_kind_name() - "derived", "static", "learned", or "?" */
const char *nsfab_fdb_kind_name(unsigned int kind);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_FDB_H */
