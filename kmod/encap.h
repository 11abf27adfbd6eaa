/* SPDX-License-Identifier: GPL-2.0-only */
/* Out through the tunnel. */
#ifndef _NSFAB_ENCAP_H
#define _NSFAB_ENCAP_H

#include <linux/types.h>

struct nsfab_network;
struct nsfab_vtep;
struct sk_buff;

int nsfab_encap_xmit(struct sk_buff *skb, const struct nsfab_network *net,
		     struct nsfab_vtep *vtep, u32 *mtu);

#endif /* _NSFAB_ENCAP_H */
