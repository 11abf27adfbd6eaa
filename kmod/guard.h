/* SPDX-License-Identifier: GPL-2.0-only */
/* Anti-spoofing: what a port may send as. */
#ifndef _NSFAB_GUARD_H
#define _NSFAB_GUARD_H

#include <uapi/linux/nsfab.h>

struct nsfab_flow_key;
struct nsfab_port;
struct sk_buff;

enum nsfab_drop_reason nsfab_guard_check(struct sk_buff *skb,
					 const struct nsfab_port *port,
					 const struct nsfab_flow_key *key);

#endif /* _NSFAB_GUARD_H */
