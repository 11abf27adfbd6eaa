/* SPDX-License-Identifier: GPL-2.0-only */
/* What a port may send as, in netlink messages: addresses and allowed pairs. */
#ifndef _NSFAB_NL_PORT_ADDR_H
#define _NSFAB_NL_PORT_ADDR_H

#include <net/netlink.h>
#include <uapi/linux/nsfab.h>

struct nsfab_addrs;
struct nsfab_allowed;
struct nsfab_network;
struct nsfab_port;

extern const struct nla_policy nsfab_nl_allowed_policy[NSFAB_A_ALLOWED_MAX + 1];

int nsfab_nl_port_put_addrs(struct sk_buff *skb, const struct nsfab_port *port);
struct nsfab_addrs *nsfab_nl_port_addrs(const struct nsfab_network *net,
					const struct nlattr *nest,
					struct netlink_ext_ack *extack);
struct nsfab_allowed *nsfab_nl_port_allowed(const struct nlattr *nest,
					    struct netlink_ext_ack *extack);

#endif /* _NSFAB_NL_PORT_ADDR_H */
