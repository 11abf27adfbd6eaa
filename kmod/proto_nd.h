/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP and ND messages as they stand behind the headers that parse.c checked. */
#ifndef _NSFAB_PROTO_ND_H
#define _NSFAB_PROTO_ND_H

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <net/ndisc.h>

/**
 * struct nsfab_arp - an ARP message over Ethernet for IPv4
 * @hdr: the part of all ARP messages
 * @sha: sender's MAC
 * @spa: sender's address
 * @tha: target's MAC
 * @tpa: target's address
 */
struct nsfab_arp {
	struct arphdr hdr;
	u8 sha[ETH_ALEN];
	__be32 spa;
	u8 tha[ETH_ALEN];
	__be32 tpa;
} __packed;

/**
 * struct nsfab_nd_opt - an option of ND, the least that there may be of one
 * @type: ND_OPT_SOURCE_LL_ADDR, ND_OPT_TARGET_LL_ADDR or another one
 * @len: in units of 8 bytes
 * @mac: of these two, the MAC
 */
struct nsfab_nd_opt {
	u8 type;
	u8 len;
	u8 mac[ETH_ALEN];
};

/**
 * struct nsfab_nd - a neighbour solicitation or advertisement with the one
 *	option that matters; the option is not there in each one
 * @msg: header and target
 * @opt_type: ND_OPT_SOURCE_LL_ADDR or ND_OPT_TARGET_LL_ADDR
 * @opt_len: in units of 8 bytes, 1
 * @opt_mac: MAC
 */
struct nsfab_nd {
	struct nd_msg msg;
	u8 opt_type;
	u8 opt_len;
	u8 opt_mac[ETH_ALEN];
} __packed;

static_assert(sizeof(struct nsfab_arp) == 28);
static_assert(sizeof(struct nsfab_nd) == 32);
static_assert(sizeof(struct nsfab_nd_opt) == 8);

static inline bool nsfab_arp_is_ipv4(const struct nsfab_arp *arp)
{
	return arp->hdr.ar_hrd == htons(ARPHRD_ETHER) &&
	       arp->hdr.ar_pro == htons(ETH_P_IP) &&
	       arp->hdr.ar_hln == ETH_ALEN && arp->hdr.ar_pln == 4;
}

#endif /* _NSFAB_PROTO_ND_H */
