/* SPDX-License-Identifier: GPL-2.0-only */
/* Stubs: endpoints that cost a table row. */
#ifndef _NSFAB_STUB_H
#define _NSFAB_STUB_H

struct nsfab_port;
struct sk_buff;

struct sk_buff *nsfab_stub_answer(struct sk_buff *skb,
				  const struct nsfab_port *port);

#endif /* _NSFAB_STUB_H */
