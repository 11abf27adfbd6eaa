/* SPDX-License-Identifier: GPL-2.0-only */
/* Out to a port's device. */
#ifndef _NSFAB_DELIVER_H
#define _NSFAB_DELIVER_H

#include <uapi/linux/nsfab.h>

struct list_head;
struct nsfab_port;
struct sk_buff;

bool nsfab_deliver_is_ready(const struct nsfab_port *port);
void nsfab_deliver(struct sk_buff *skb, struct nsfab_port *port,
		   struct list_head *rx);

#endif /* _NSFAB_DELIVER_H */
