/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VMs can be expected to reach which. */
#ifndef NETCTL_PING_WAY_H
#define NETCTL_PING_WAY_H

#include "topo.h"

/**
 * ping_way() - the address by which a VM is to reach another one
 * @topo: what is where
 * @from: the one
 * @to: the other
 * @v6: by IPv6
 * @neighbours: result: they ask for each other's MAC
 *
 * In a network that both are in or in networks that are linked, through the
 * tenant's router, or by routes that both have of their own.
 *
 * Return: the address, or NULL if there is no way and none is to be expected.
 */
const struct nsfab_addr *ping_way(const struct topo *topo,
				  const struct topo_vm *from,
				  const struct topo_vm *to, bool v6,
				  bool *neighbours);

#endif
