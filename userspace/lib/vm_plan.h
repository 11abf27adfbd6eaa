/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: what a create is going to make, worked out before it is made. */
#ifndef NSFAB_LIB_VM_PLAN_H
#define NSFAB_LIB_VM_PLAN_H

#include "vm_priv.h"

#pragma GCC visibility push(hidden)

struct vm_plan_tenant;

/**
 * struct vm_plan_vm - a VM to be made
 * @spec: what was asked for
 * @ns: name of its namespaces, NULL for a stub
 * @first: its first port in the plan's
 * @net: what its namespace shall be; complete when the ports have their ids
 */
struct vm_plan_vm {
	const struct nsfab_vm_spec *spec;
	char *ns;
	size_t first;
	struct vm_net net;
};

/**
 * struct vm_plan - all VMs of a create
 * @vm: as the specs
 * @n: their number
 * @port: all ports
 * @id: their ids, once they are made
 * @dev: their devices
 * @name: their names
 * @labels: their labels, NULL of those that have none
 * @n_ports: their number
 * @addr: their addresses, in the order of ports
 * @prefix: the same with the lengths of their subnets
 * @tenant: tenants
 * @n_tenants: their number
 */
struct vm_plan {
	struct vm_plan_vm *vm;
	size_t n;
	struct nsfab_port *port;
	uint32_t *id;
	struct vm_dev *dev;
	char (*name)[NSFAB_PORT_NAME_MAX + 1];
	char **labels;
	size_t n_ports;
	struct nsfab_addr *addr;
	struct nsfab_prefix *prefix;
	struct vm_plan_tenant *tenant;
	size_t n_tenants;
};

int vm_plan_make(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_spec *specs, size_t n,
		 struct vm_plan *plan, struct nsfab_err *err);
void vm_plan_free(struct vm_plan *plan);
/* Which VM a port is of. */
size_t vm_plan_vm_of(const struct vm_plan *plan, size_t port);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_VM_PLAN_H */
