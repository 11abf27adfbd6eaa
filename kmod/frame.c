// SPDX-License-Identifier: GPL-2.0-only
/* Frames: those that the fabric itself makes, answers and errors; and whether
 * any one fits.
 */

#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <net/gso.h>

#include "cb.h"
#include "fabric.h"
#include "frame.h"
#include "network.h"
#include "tenant.h"

/**
 * nsfab_frame_new() - make a frame, with room to be encapsulated
 * @net: the network that it starts in
 * @dst: destination MAC
 * @src: source MAC
 * @proto: Ethernet protocol
 * @len: bytes behind the Ethernet header, zeroed, at skb_network_header()
 *
 * Return: the frame, data at the MAC header, its cb ready for forward.c; or
 * NULL
 */
struct sk_buff *nsfab_frame_new(struct nsfab_network *net, const u8 *dst,
				const u8 *src, u16 proto, unsigned int len)
{
	struct net_device *dev = net->tenant->fab->dev;
	unsigned int head = dev->needed_headroom + LL_MAX_HEADER;
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = alloc_skb(head + ETH_HLEN + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, head);
	eth = skb_put(skb, ETH_HLEN);
	ether_addr_copy(eth->h_dest, dst);
	ether_addr_copy(eth->h_source, src);
	eth->h_proto = htons(proto);
	skb_put_zero(skb, len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth->h_proto;
	skb->dev = dev;
	nsfab_cb_begin(skb, net, NULL, NSFAB_CB_LOCAL);
	return skb;
}

/**
 * nsfab_frame_segments_fit() - are all segments of a frame no larger than an
 *	MTU?
 * @skb: the frame, data at the MAC header, which is larger itself
 * @mtu: of layer 3
 *
 * Return: true if they are; false if it has none
 */
bool nsfab_frame_segments_fit(const struct sk_buff *skb, u32 mtu)
{
	return skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu);
}
