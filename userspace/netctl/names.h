/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netctl: ids to names and names to ids.
 *
 * What reads the names of all is in netctl.h; this keeps them up to date and
 * looks single ones up.
 */
#ifndef NETCTL_NAMES_H
#define NETCTL_NAMES_H

#include <nsfab/link.h>
#include <nsfab/network.h>
#include <nsfab/port.h>
#include <nsfab/tenant.h>

#include "netctl.h"

/* Note the name of a new object; what the old one's was told is not valid any
 * more. They return 0 or -ENOMEM.
 */
int netctl_names_put_tenant(struct netctl_names *names,
			    const struct nsfab_tenant *tenant);
int netctl_names_put_network(struct netctl_names *names,
			     const struct nsfab_network *network);
int netctl_names_put_port(struct netctl_names *names,
			  const struct nsfab_port *port);
int netctl_names_put_link(struct netctl_names *names,
			  const struct nsfab_link *link);

/** netctl_port_known() - is there a name for a port */
bool netctl_port_known(const struct netctl_names *names, uint32_t id);

/**
 * netctl_port_by_address() - which port has an address
 * @names: loaded with NETCTL_NAMES_ADDRESSES
 * @tenant: id of its tenant
 * @addr: the address
 * @id: gets the port
 *
 * Return: true if there is one, and one only.
 */
bool netctl_port_by_address(const struct netctl_names *names, uint32_t tenant,
			    const struct nsfab_addr *addr, uint32_t *id);

/* finder.c: names to ids, remembered, for files of a million lines */

struct netctl_finder;

/** netctl_finder_new() - open the fabric; NULL with @ctx->err filled */
struct netctl_finder *netctl_finder_new(struct netctl_ctx *ctx);

/*
 * The id of "TENANT", "TENANT/NETWORK", "TENANT/PORT". Return 0 or an exit
 * status after having printed why. @tenant may be NULL.
 */
int netctl_find_tenant(struct netctl_finder *finder, const char *name,
		       uint32_t *id);
int netctl_find_network(struct netctl_finder *finder, const char *path,
			uint32_t *id, uint32_t *tenant);
int netctl_find_port(struct netctl_finder *finder, const char *path,
		     uint32_t *id, uint32_t *tenant);

void netctl_finder_free(struct netctl_finder *finder);

#endif /* NETCTL_NAMES_H */
