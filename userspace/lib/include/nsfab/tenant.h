/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: tenants. */
#ifndef NSFAB_TENANT_H
#define NSFAB_TENANT_H

#include <nsfab/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct nsfab_tenant.present */
#define NSFAB_TENANT_HAS_ID		(1u << 0)
#define NSFAB_TENANT_HAS_NAME		(1u << 1)
#define NSFAB_TENANT_HAS_REVISION	(1u << 2)
#define NSFAB_TENANT_HAS_ACCOUNTING	(1u << 3)
#define NSFAB_TENANT_HAS_MAX_NETWORKS	(1u << 4)
#define NSFAB_TENANT_HAS_MAX_PORTS	(1u << 5)
#define NSFAB_TENANT_HAS_MAX_FDB	(1u << 6)
#define NSFAB_TENANT_HAS_MAX_NEIGH	(1u << 7)
#define NSFAB_TENANT_HAS_MAX_ROUTES	(1u << 8)
#define NSFAB_TENANT_HAS_MAX_FLOWS	(1u << 9)
#define NSFAB_TENANT_HAS_FLOW_TIMEOUT	(1u << 10)
#define NSFAB_TENANT_HAS_FDB_TIMEOUT	(1u << 11)
#define NSFAB_TENANT_HAS_LABELS		(1u << 12)
#define NSFAB_TENANT_HAS_COUNTERS	(1u << 13)
#define NSFAB_TENANT_HAS_MAX_LINKS	(1u << 14)
#define NSFAB_TENANT_HAS_MAX_HELD	(1u << 15)
#define NSFAB_TENANT_HAS_MAX_HELD_BYTES	(1u << 16)

/**
 * struct nsfab_tenant - a tenant
 * @present: NSFAB_TENANT_HAS_*, which members are given
 * @id: 1 to NSFAB_ID_MAX; the kernel chooses when left out of a new one
 * @name: unique in the fabric
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @accounting: enum nsfab_accounting
 * @max_networks: limit of networks
 * @max_ports: limit of ports
 * @max_fdb: limit of static and learned forwarding entries
 * @max_neigh: limit of static neighbours
 * @max_routes: limit of routes
 * @max_flows: limit of flows
 * @max_links: limit of links and bottlenecks
 * @max_held: limit of packets that its links hold
 * @max_held_bytes: limit of the memory of these
 * @flow_timeout: seconds
 * @fdb_timeout: seconds
 * @labels: lines of KEY=VALUE
 * @counters: read only
 * @usage: read only
 * @n_usage: number of them
 * @miss: read only
 * @n_miss: number of them
 *
 * Pointers stay their owner's: the library reads them during a write, and
 * what a callback is given is valid during the callback (nsfab_tenant_dup()
 * keeps it).
 */
struct nsfab_tenant {
	uint32_t present;
	uint32_t id;
	const char *name;
	uint64_t revision;
	uint8_t accounting;
	uint32_t max_networks;
	uint32_t max_ports;
	uint32_t max_fdb;
	uint32_t max_neigh;
	uint32_t max_routes;
	uint32_t max_flows;
	uint32_t max_links;
	uint32_t max_held;
	uint64_t max_held_bytes;
	uint32_t flow_timeout;
	uint32_t fdb_timeout;
	const char *labels;
	struct nsfab_counters counters;
	const struct nsfab_usage *usage;
	size_t n_usage;
	const struct nsfab_miss *miss;
	size_t n_miss;
};

typedef int (*nsfab_tenant_cb)(const struct nsfab_tenant *tenant, void *arg);

/**
 * nsfab_tenant_new() - make tenants
 * @h: handle
 * @ifindex: the fabric
 * @tenants: array of @n, each with a name
 * @n: number
 * @ids: where to put @n ids, or NULL
 * @err: filled on failure; @err->index says which one was refused,
 *	@err->applied how many stand
 *
 * Return: 0 or a negative errno.
 */
int nsfab_tenant_new(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_tenant *tenants, size_t n,
		     uint32_t *ids, struct nsfab_err *err);

/**
 * nsfab_tenant_set() - change tenants, keyed by id or name
 * @h: handle
 * @ifindex: the fabric
 * @tenants: array of @n, what each has present is changed
 * @n: number
 * @err: filled on failure
 *
 * One after the other: when one is refused, those before it are changed.
 */
int nsfab_tenant_set(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_tenant *tenants, size_t n,
		     struct nsfab_err *err);

/** nsfab_tenant_del() - remove tenants with all that they hold */
int nsfab_tenant_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		     size_t n, struct nsfab_err *err);

/**
 * nsfab_tenant_get() - read one tenant
 * @h: handle
 * @ifindex: the fabric
 * @id: its id, 0 to look @name up
 * @name: its name, may be NULL if @id is given
 * @cb: called with it once; its value is returned
 * @arg: passed on
 * @err: filled on failure
 */
int nsfab_tenant_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		     const char *name, nsfab_tenant_cb cb, void *arg,
		     struct nsfab_err *err);

/**
 * nsfab_tenant_dump() - read all tenants
 * @h: handle
 * @ifindex: the fabric
 * @cb: called for each; a value other than 0 ends the dump and is returned
 * @arg: passed on
 * @err: filled on failure of the dump itself
 *
 * Delivers one consistent state: nothing is delivered before a whole dump
 * went through without a change in between.
 */
int nsfab_tenant_dump(struct nsfab *h, unsigned int ifindex, nsfab_tenant_cb cb,
		      void *arg, struct nsfab_err *err);

/** nsfab_tenant_find() - the id of a name; -ENOENT if there is none */
int nsfab_tenant_find(struct nsfab *h, unsigned int ifindex, const char *name,
		      uint32_t *id, struct nsfab_err *err);

/** nsfab_tenant_dup() - deep copy in one block, to be freed with free(), or NULL */
struct nsfab_tenant *nsfab_tenant_dup(const struct nsfab_tenant *tenant);

/** nsfab_accounting_name() - "off", "basic", "rich", or "?" */
const char *nsfab_accounting_name(unsigned int accounting);
/** nsfab_accounting_parse() - the value of a name, or -EINVAL */
int nsfab_accounting_parse(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_TENANT_H */
