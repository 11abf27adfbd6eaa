/* SPDX-License-Identifier: GPL-2.0-only */
/* Which ports a flow's packets come from and go to. */
#ifndef _NSFAB_FLOW_ENDS_H
#define _NSFAB_FLOW_ENDS_H

struct nsfab_port;
struct sk_buff;

void nsfab_flow_ends_source(const struct sk_buff *skb);
void nsfab_flow_ends_dest(struct sk_buff *skb, const struct nsfab_port *port);
void nsfab_flow_ends_find(struct sk_buff *skb);

#endif /* _NSFAB_FLOW_ENDS_H */
