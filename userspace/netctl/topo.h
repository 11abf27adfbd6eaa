/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is where, as ping and graph need it: read once, all hosts of a lab. */
#ifndef NETCTL_TOPO_H
#define NETCTL_TOPO_H

#include <nsfab/lab.h>
#include <nsfab/vm.h>

#include "netctl.h"

/**
 * struct topo_net - a network
 * @tenant: index of its tenant
 * @id: its id where it was read
 * @name: its name
 * @vni: its VNI
 * @subnet: its subnets, @n_subnets of them
 * @part: index of a network, the same of all that patches join
 */
struct topo_net {
	size_t tenant;
	uint32_t id;
	char name[NSFAB_NAME_MAX + 1];
	uint32_t vni;
	struct nsfab_subnet *subnet;
	size_t n_subnets;
	size_t part;
};

/**
 * struct topo_patch - a pair of patch ports
 * @host: index of their host
 * @net: indices of the networks that they join
 * @port: their ids, the lower one first
 */
struct topo_patch {
	size_t host;
	size_t net[2];
	uint32_t port[2];
};

/**
 * struct topo_nic - a NIC
 * @net: index of its network, SIZE_MAX if it is not known
 * @addr: addresses, @n_addrs of them
 * @prefixlen: of IPv4 and IPv6 addresses that are in no subnet
 */
struct topo_nic {
	size_t net;
	struct nsfab_addr *addr;
	size_t n_addrs;
	uint8_t prefixlen[2];
};

/**
 * struct topo_vm - a VM
 * @tenant: index of its tenant
 * @host: index of its host
 * @name: its name
 * @stub: has no namespace
 * @nic: its NICs, @n_nics of them
 * @router: it forwards
 * @route: where it has routes of its own to, @n_routes of them
 */
struct topo_vm {
	size_t tenant;
	size_t host;
	char name[NSFAB_NAME_MAX + 1];
	bool stub;
	struct topo_nic *nic;
	size_t n_nics;
	bool router;
	struct nsfab_prefix *route;
	size_t n_routes;
};

/**
 * struct topo_host - where VMs are
 * @name: name of an emulated host, "" for the caller's namespace
 * @h: handle, not owned
 */
struct topo_host {
	char name[NSFAB_NAME_MAX + 1];
	struct nsfab *h;
	unsigned int ifindex;
};

/**
 * struct topo - all of it
 * @lab: of a lab; keeps the hosts' handles
 * @name: the lab's or tenant's name, "" for all
 * @seed: the lab's seed, 1 if it has none
 */
struct topo {
	struct nsfab_lab *lab;
	const char *name;
	uint64_t seed;
	struct topo_host *host;
	size_t n_hosts;
	char (*tenant)[NSFAB_NAME_MAX + 1];
	size_t n_tenants;
	struct topo_net *net;
	size_t n_nets;
	struct topo_patch *patch;
	size_t n_patches;
	struct topo_vm *vm;
	size_t n_vms;
};

/**
 * topo_read() - read a lab, a tenant, or all tenants of the fabric
 * @topo: result, to be given back by topo_free() in any case
 * @ctx: this run
 * @name: lab or tenant, the lab first; NULL for all tenants of the fabric. A
 *	tenant that is not on the fabric is looked for on the hosts of labs.
 *
 * Return: 0, or a negative errno with @ctx->err filled.
 */
int topo_read(struct topo *topo, struct netctl_ctx *ctx, const char *name);

/** topo_free() - give back. */
void topo_free(struct topo *topo);

/*
 * topo_patch.c: patches of a host, @part of its networks, which are those from
 * @first on
 */
int topo_join(struct topo *topo, size_t host, size_t first,
	      struct nsfab_err *err);

#endif
