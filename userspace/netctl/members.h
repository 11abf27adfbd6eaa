/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: objects as members of the row that is open, for lists and events. */
#ifndef NETCTL_MEMBERS_H
#define NETCTL_MEMBERS_H

#include <nsfab/event.h>

#include "netctl.h"

/* @brief: leave out of a table what is too wide for it */
void netctl_tenant_members(struct netctl_print *p, const struct nsfab_tenant *t,
			   bool brief);
void netctl_network_members(struct netctl_print *p, struct netctl_names *names,
			    const struct nsfab_network *net, bool brief);
void netctl_port_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_port *port, bool brief);
void netctl_fdb_members(struct netctl_print *p, struct netctl_names *names,
			const struct nsfab_fdb *fdb);
void netctl_neigh_members(struct netctl_print *p, struct netctl_names *names,
			  const struct nsfab_neigh *neigh);
void netctl_route_members(struct netctl_print *p, struct netctl_names *names,
			  const struct nsfab_route *route);
void netctl_link_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_link *link, bool brief);
void netctl_flow_members(struct netctl_print *p, struct netctl_names *names,
			 const struct nsfab_flow *flow);

#endif /* NETCTL_MEMBERS_H */
