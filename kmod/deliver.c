// SPDX-License-Identifier: GPL-2.0-only
/* Out to a port's device, which mostly is in another namespace. */

#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#include "binding.h"
#include "cb.h"
#include "deliver.h"
#include "drop.h"
#include "network.h"
#include "trace.h"

/**
 * nsfab_deliver_is_ready() - is there a device that is up?
 * @port: the port
 *
 * Context: in an RCU read section.
 * Return: true if a frame may be delivered
 */
bool nsfab_deliver_is_ready(const struct nsfab_port *port)
{
	const struct net_device *dev = rcu_dereference(port->dev);

	return dev && dev->flags & IFF_UP;
}

/**
 * nsfab_deliver() - hand a frame to a port's device
 * @skb: the frame, consumed; parsed, or let go by a link
 * @port: the port, with binding netdev
 * @rx: put it there, for netif_receive_skb_list(), or NULL to hand it over now
 *
 * What a stack attached to the frame ends at the border of its namespace. The
 * sender's socket stays charged until the receiver has the packet.
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_deliver(struct sk_buff *skb, struct nsfab_port *port,
		   struct list_head *rx)
{
	struct net_device *dev = rcu_dereference(port->dev);
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_cb saved = *cb;

	if (unlikely(!dev)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_UNBOUND);
		return;
	}
	if (unlikely(!(dev->flags & IFF_UP))) {
		nsfab_drop(skb, NSFAB_DROP_REASON_DOWN);
		return;
	}
	if (unlikely(skb_orphan_frags(skb, GFP_ATOMIC))) {
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_MEMORY);
		return;
	}
	trace_nsfab_deliver(skb, cb->net->id, port->id, dev->ifindex);

	/* One that a link held has nothing but its time. */
	if (saved.flags & NSFAB_CB_HELD)
		skb_set_delivery_time(skb, 0, false);
	else
		skb_scrub_packet(skb, !net_eq(dev_net(skb->dev), dev_net(dev)));
	if (saved.flags & NSFAB_CB_WAVE)
		skb->mark = 0;
	skb->priority = 0;
	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	if (rx) {
		list_add_tail(&skb->list, rx);
		nsfab_stats_port_out(port->stats, saved.packets, saved.bytes);
		return;
	}
	if (likely(__netif_rx(skb) == NET_RX_SUCCESS)) {
		nsfab_stats_port_out(port->stats, saved.packets, saved.bytes);
		return;
	}

	/* The core has freed it; what is left is to say so. */
	nsfab_drop_count(&saved, NSFAB_DROP_REASON_BACKLOG);
}
