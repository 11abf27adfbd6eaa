/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbours that a namespace knows: a kernel keeps a number of them that is
 * small beside that of all pairs, in one table for all namespaces.
 */
#ifndef NETCTL_PING_NEIGH_H
#define NETCTL_PING_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

/** ping_neigh_limit() - how many this kernel keeps; its default if not told */
uint64_t ping_neigh_limit(bool v6);

/** ping_neigh_overflows() - how often its table was full */
uint64_t ping_neigh_overflows(bool v6);

/**
 * ping_neigh_forget() - remove what was learned, as the kernel does by itself
 * @fd: socket of NETLINK_ROUTE inside of the namespace
 * @v6: of IPv6
 *
 * Return: 0, or a negative errno; what is left then goes by its age.
 */
int ping_neigh_forget(int fd, bool v6);

#endif
