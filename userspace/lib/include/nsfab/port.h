/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: ports. */
#ifndef NSFAB_PORT_H
#define NSFAB_PORT_H

#include <nsfab/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct nsfab_port.present */
#define NSFAB_PORT_HAS_ID		(1u << 0)
#define NSFAB_PORT_HAS_TENANT		(1u << 1)
#define NSFAB_PORT_HAS_NETWORK		(1u << 2)
#define NSFAB_PORT_HAS_NAME		(1u << 3)
#define NSFAB_PORT_HAS_REVISION		(1u << 4)
#define NSFAB_PORT_HAS_MAC		(1u << 5)
#define NSFAB_PORT_HAS_ADDRESSES	(1u << 6)
#define NSFAB_PORT_HAS_ALLOWED		(1u << 7)
#define NSFAB_PORT_HAS_FLAGS		(1u << 8)
#define NSFAB_PORT_HAS_BINDING		(1u << 9)
#define NSFAB_PORT_HAS_VTEP		(1u << 10)
#define NSFAB_PORT_HAS_PEER		(1u << 11)
#define NSFAB_PORT_HAS_LABELS		(1u << 12)
#define NSFAB_PORT_HAS_DEV_IFINDEX	(1u << 13)
#define NSFAB_PORT_HAS_DEV_NETNSID	(1u << 14)
#define NSFAB_PORT_HAS_COUNTERS		(1u << 15)

/**
 * struct nsfab_allowed - a source that a port may use besides its own
 * @prefix: addresses
 * @has_mac: is @mac given; the port's own otherwise
 * @mac: MAC address
 */
struct nsfab_allowed {
	struct nsfab_prefix prefix;
	bool has_mac;
	uint8_t mac[NSFAB_MAC_LEN];
};

/**
 * struct nsfab_port - a port
 * @present: NSFAB_PORT_HAS_*, which members are given
 * @id: unique in the fabric; the kernel chooses when left out of a new one
 * @tenant: id of its network's tenant; needed beside a name as key
 * @network: id of its network, cannot change
 * @name: "VM/NIC" or a plain name, unique in the tenant
 * @revision: a write with a lower one than the object's is refused (-ESTALE)
 * @mac: made from the id when left out of a new one
 * @addresses: with HAS_ADDRESSES and @n_addresses 0, a set removes all
 * @n_addresses: number of them
 * @allowed: with HAS_ALLOWED and @n_allowed 0, a set removes all
 * @n_allowed: number of them
 * @flags: NSFAB_PORT_FLAG_*
 * @binding: enum nsfab_binding; netdev is set by rtnetlink alone
 * @vtep: with binding remote
 * @peer: with binding patch, the id of the port at the other end
 * @labels: lines of KEY=VALUE
 * @dev_ifindex: read only, the bound device in its namespace
 * @dev_netnsid: read only, not present if that is the handle's namespace
 * @counters: read only
 *
 * Pointers: as in struct nsfab_tenant.
 */
struct nsfab_port {
	uint32_t present;
	uint32_t id;
	uint32_t tenant;
	uint32_t network;
	const char *name;
	uint64_t revision;
	uint8_t mac[NSFAB_MAC_LEN];
	const struct nsfab_addr *addresses;
	size_t n_addresses;
	const struct nsfab_allowed *allowed;
	size_t n_allowed;
	uint32_t flags;
	uint8_t binding;
	struct nsfab_addr vtep;
	uint32_t peer;
	const char *labels;
	uint32_t dev_ifindex;
	int32_t dev_netnsid;
	struct nsfab_counters counters;
};

typedef int (*nsfab_port_cb)(const struct nsfab_port *port, void *arg);

/** nsfab_port_new() - make ports; arguments as nsfab_tenant_new() */
int nsfab_port_new(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_port *ports, size_t n, uint32_t *ids,
		   struct nsfab_err *err);

/** nsfab_port_set() - change ports, keyed by id, or tenant and name */
int nsfab_port_set(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_port *ports, size_t n,
		   struct nsfab_err *err);

/** nsfab_port_del() - remove ports; a bound device stays, without carrier */
int nsfab_port_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err);

/** nsfab_port_get() - read one port; arguments as nsfab_network_get() */
int nsfab_port_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		   uint32_t tenant, const char *name, nsfab_port_cb cb,
		   void *arg, struct nsfab_err *err);

/** nsfab_port_dump() - read ports; @filter (tenant, network) may be NULL */
int nsfab_port_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, nsfab_port_cb cb,
		    void *arg, struct nsfab_err *err);

/**
 * nsfab_port_find() - the id of a path
 * @h: handle
 * @ifindex: the fabric
 * @path: "TENANT/VM/NIC" or "TENANT/PORT"
 * @id: result
 * @tenant: the tenant's id, may be NULL
 * @err: filled on failure
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int nsfab_port_find(struct nsfab *h, unsigned int ifindex, const char *path,
		    uint32_t *id, uint32_t *tenant, struct nsfab_err *err);

/** nsfab_port_dup() - deep copy in one block, to be freed with free(), or NULL */
struct nsfab_port *nsfab_port_dup(const struct nsfab_port *port);

/** nsfab_binding_name() - "netdev", or "?" for an unknown value */
const char *nsfab_binding_name(unsigned int binding);
/** nsfab_binding_parse() - the value of a name, or -EINVAL */
int nsfab_binding_parse(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_PORT_H */
