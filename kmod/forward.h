/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet's way. */
#ifndef _NSFAB_FORWARD_H
#define _NSFAB_FORWARD_H

struct nsfab_network;
struct nsfab_port;
struct nsfab_vtep;
struct sk_buff;

void nsfab_forward_from_port(struct sk_buff *skb, struct nsfab_port *port);
void nsfab_forward_from_tunnel(struct sk_buff *skb, struct nsfab_network *net,
			       struct nsfab_vtep *vtep);
void nsfab_forward_init(void);

#endif /* _NSFAB_FORWARD_H */
