/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: fabrics, the devices of kind "nsfab". */
#ifndef NSFAB_FABRIC_H
#define NSFAB_FABRIC_H

#include <net/if.h>
#include <nsfab/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_FABRIC_DEFAULT	"fab0"

/* struct nsfab_fabric.present */
#define NSFAB_FABRIC_HAS_ENCAP		(1u << 0)
#define NSFAB_FABRIC_HAS_LOCAL		(1u << 1)
#define NSFAB_FABRIC_HAS_UDP_PORT	(1u << 2)
#define NSFAB_FABRIC_HAS_MAX_TENANTS	(1u << 3)
#define NSFAB_FABRIC_HAS_MTU		(1u << 4)
#define NSFAB_FABRIC_HAS_UP		(1u << 5)

/**
 * struct nsfab_fabric - a fabric
 * @present: NSFAB_FABRIC_HAS_*, which of the members behind @ifindex are given
 * @name: the device's name
 * @ifindex: the device's index; 0 in a new one lets the kernel choose
 * @encap: enum nsfab_encap
 * @local: the VTEP's own address
 * @udp_port: host order
 * @max_tenants: limit
 * @mtu: the device's MTU
 * @up: is it, or is it to be, set up
 */
struct nsfab_fabric {
	uint32_t present;
	char name[IF_NAMESIZE];
	unsigned int ifindex;
	uint8_t encap;
	struct nsfab_addr local;
	uint16_t udp_port;
	uint32_t max_tenants;
	uint32_t mtu;
	bool up;
};

typedef int (*nsfab_fabric_cb)(const struct nsfab_fabric *fabric, void *arg);

/**
 * nsfab_fabric_new() - make a fabric's device and set it up
 * @h: handle; the handle's namespace is the fabric's underlay for good
 * @fabric: what to make; with NSFAB_FABRIC_HAS_UP and @up false it stays down
 * @ifindex: where to put the new device's index, may be NULL
 * @err: filled on failure
 *
 * Return: 0 or a negative errno (-EEXIST: the name is taken, -ENOENT with
 * NSFAB_ERR_NO_MODULE: the kernel does not know the kind).
 */
int nsfab_fabric_new(struct nsfab *h, const struct nsfab_fabric *fabric,
		     unsigned int *ifindex, struct nsfab_err *err);

/** nsfab_fabric_set() - change what @fabric->present names, of @fabric->ifindex */
int nsfab_fabric_set(struct nsfab *h, const struct nsfab_fabric *fabric,
		     struct nsfab_err *err);

/** nsfab_fabric_del() - delete a fabric with all that it holds */
int nsfab_fabric_del(struct nsfab *h, unsigned int ifindex,
		     struct nsfab_err *err);

/**
 * nsfab_fabric_dump() - read the fabrics of the handle's namespace
 * @h: handle
 * @cb: called for each, ordered by ifindex; what it is given is valid during
 *	the call; a value other than 0 ends the dump and is returned
 * @arg: passed on
 * @err: filled on failure of the dump itself
 *
 * Return: 0, a negative errno or what @cb returned.
 */
int nsfab_fabric_dump(struct nsfab *h, nsfab_fabric_cb cb, void *arg,
		      struct nsfab_err *err);

/** nsfab_fabric_get() - read one fabric */
int nsfab_fabric_get(struct nsfab *h, unsigned int ifindex,
		     struct nsfab_fabric *fabric, struct nsfab_err *err);

/**
 * nsfab_fabric_find() - look a fabric up
 * @h: handle
 * @name: its device's name; NULL for the only one of the namespace
 * @ifindex: result
 * @err: filled on failure
 *
 * Return: 0, -ENODEV (none, or none of this name), -ENOTUNIQ (@name is NULL
 * and there are several) or another negative errno.
 */
int nsfab_fabric_find(struct nsfab *h, const char *name, unsigned int *ifindex,
		      struct nsfab_err *err);

/** nsfab_encap_name() - "none", "vxlan", "geneve", or "?" */
const char *nsfab_encap_name(unsigned int encap);
/** nsfab_encap_parse() - the value of a name, or -EINVAL */
int nsfab_encap_parse(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_FABRIC_H */
