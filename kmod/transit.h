/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets on their way across links. */
#ifndef _NSFAB_TRANSIT_H
#define _NSFAB_TRANSIT_H

#include <linux/types.h>

struct list_head;
struct nsfab_fabric;
struct nsfab_flow_key;
struct nsfab_port;
struct sk_buff;

/**
 * typedef nsfab_transit_resume_fn - forwards a frame that links have let go
 * @skb: the parsed frame, consumed
 * @to: the port that it is going to, or NULL: it has just come in
 * @rx: where frames for devices are to be put
 *
 * Called in softirq context, in an RCU read section.
 */
typedef void (*nsfab_transit_resume_fn)(struct sk_buff *skb,
					struct nsfab_port *to,
					struct list_head *rx);

void nsfab_transit_number(struct sk_buff *skb,
			  const struct nsfab_flow_key *key);
bool nsfab_transit_from(struct sk_buff *skb);
bool nsfab_transit_to(struct sk_buff *skb, struct nsfab_port *to);
void nsfab_transit_sweep(struct nsfab_fabric *fab);
int nsfab_transit_start(void);
void nsfab_transit_init(nsfab_transit_resume_fn fn);
void nsfab_transit_exit(void);

#endif /* _NSFAB_TRANSIT_H */
