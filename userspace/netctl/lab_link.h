/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, bottlenecks and the schedule of a lab file. */
#ifndef NETCTL_LAB_LINK_H
#define NETCTL_LAB_LINK_H

#include "lab_load.h"

/**
 * lab_load_links() - load what a tenant or the underlay has of them
 * @file: file, complains to its diag
 * @tenant: the tenant's name
 * @host: NULL, or NSFAB_STATE_UNDERLAY_HOST
 * @node: map with the keys bottlenecks, links and schedule, or none of them
 */
void lab_load_links(struct lab_file *file, const char *tenant,
		    const char *host, const struct lab_node *node);

#endif
