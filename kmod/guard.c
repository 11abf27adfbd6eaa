// SPDX-License-Identifier: GPL-2.0-only
/* Anti-spoofing: a port sends from its own MACs and addresses alone, and says
 * only of these, in ARP and ND, that they are its own.
 */

#include <linux/icmpv6.h>
#include <linux/udp.h>

#include "addr.h"
#include "binding.h"
#include "cb.h"
#include "flow.h"
#include "guard.h"
#include "proto_nd.h"

#define DHCP_SERVER_PORT 67

static bool mac_is_allowed(const struct nsfab_port *port, const u8 *mac)
{
	const struct nsfab_allowed *allowed;
	u32 i;

	if (ether_addr_equal(mac, port->mac))
		return true;
	allowed = rcu_dereference(port->allowed);
	for (i = 0; allowed && i < allowed->n; i++)
		if (!allowed->pair[i].own_mac &&
		    ether_addr_equal(mac, allowed->pair[i].mac))
			return true;
	return false;
}

static bool pair_is_allowed(const struct nsfab_port *port, const u8 *mac,
			    const struct in6_addr *addr)
{
	bool own = ether_addr_equal(mac, port->mac);
	const struct nsfab_allowed *allowed;
	struct in6_addr lla;
	u32 i;

	if (own && nsfab_binding_has_addr(port, addr))
		return true;
	allowed = rcu_dereference(port->allowed);
	for (i = 0; allowed && i < allowed->n; i++) {
		const struct nsfab_pairing *p = &allowed->pair[i];

		if (nsfab_addr_is_v4(&p->prefix) == nsfab_addr_is_v4(addr) &&
		    nsfab_addr_in(addr, &p->prefix, p->plen) &&
		    (p->own_mac ? own : ether_addr_equal(mac, p->mac)))
			return true;
	}
	nsfab_addr_lla(&lla, mac);
	return ipv6_addr_equal(&lla, addr);
}

static enum nsfab_drop_reason check_arp(const struct sk_buff *skb,
					const struct nsfab_port *port)
{
	const struct nsfab_arp *arp = (struct nsfab_arp *)(skb->data +
							   ETH_HLEN);
	struct in6_addr addr;

	if (!nsfab_arp_is_ipv4(arp))
		return NSFAB_DROP_REASON_MALFORMED;
	if (!ether_addr_equal(arp->sha, eth_hdr(skb)->h_source))
		return NSFAB_DROP_REASON_SRC_MAC;
	if (!arp->spa)		/* a probe (RFC 5227) claims nothing */
		return 0;
	nsfab_addr_set_v4(&addr, arp->spa);
	return pair_is_allowed(port, arp->sha, &addr) ?
	       0 : NSFAB_DROP_REASON_SRC_ADDR;
}

/* Is each link-layer address among a message's options, from @at on, its
 * sender's? A stack takes the first one, wherever it stands, and nothing of a
 * message whose options do not fill it.
 */
static enum nsfab_drop_reason check_nd_opts(const struct sk_buff *skb,
					    unsigned int at)
{
	unsigned int end = ETH_HLEN + sizeof(struct ipv6hdr) +
			   ntohs(ipv6_hdr(skb)->payload_len);
	const struct nsfab_nd_opt *opt;
	struct nsfab_nd_opt copy;

	for (; at < end; at += opt->len * 8) {
		if (end - at < sizeof(copy))
			return NSFAB_DROP_REASON_MALFORMED;
		opt = skb_header_pointer(skb, at, sizeof(copy), &copy);
		if (!opt || !opt->len || opt->len * 8 > end - at)
			return NSFAB_DROP_REASON_MALFORMED;
		if ((opt->type == ND_OPT_SOURCE_LL_ADDR ||
		     opt->type == ND_OPT_TARGET_LL_ADDR) &&
		    !ether_addr_equal_unaligned(opt->mac,
						eth_hdr(skb)->h_source))
			return NSFAB_DROP_REASON_SRC_MAC;
	}
	return 0;
}

/* What a message claims is in its target and its options, not in its source. */
static enum nsfab_drop_reason check_nd(struct sk_buff *skb,
				       const struct nsfab_port *port, u8 type)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	enum nsfab_drop_reason reason;
	const struct nd_msg *msg;

	if (type == NDISC_ROUTER_ADVERTISEMENT || type == NDISC_REDIRECT)
		return NSFAB_DROP_REASON_SRC_ADDR;
	if (type != NDISC_NEIGHBOUR_SOLICITATION &&
	    type != NDISC_NEIGHBOUR_ADVERTISEMENT)
		return 0;
	if (!pskb_may_pull(skb, cb->l4 + sizeof(*msg)))
		return NSFAB_DROP_REASON_MALFORMED;
	reason = check_nd_opts(skb, cb->l4 + sizeof(*msg));
	if (reason)
		return reason;
	msg = (struct nd_msg *)(skb->data + cb->l4);
	if (type == NDISC_NEIGHBOUR_ADVERTISEMENT &&
	    !pair_is_allowed(port, eth_hdr(skb)->h_source, &msg->target))
		return NSFAB_DROP_REASON_SRC_ADDR;
	return 0;
}

/* Without an address yet: DHCP over IPv4; DAD, RS and MLD over IPv6 */
static bool may_be_unspecified(const struct sk_buff *skb,
			       const struct nsfab_flow_key *key)
{
	if (nsfab_cb(skb)->proto == htons(ETH_P_IP))
		return key->proto == IPPROTO_UDP &&
		       key->dport == htons(DHCP_SERVER_PORT);
	return key->proto == IPPROTO_ICMPV6;
}

/**
 * nsfab_guard_check() - check that a frame's source is the port's own
 * @skb: the parsed frame
 * @port: the port that it came from
 * @key: its 5-tuple
 *
 * Headers may move.
 *
 * Context: in an RCU read section.
 * Return: 0, or why the frame has to be dropped
 */
enum nsfab_drop_reason nsfab_guard_check(struct sk_buff *skb,
					 const struct nsfab_port *port,
					 const struct nsfab_flow_key *key)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	enum nsfab_drop_reason reason;
	bool v4;

	if (READ_ONCE(port->flags) & NSFAB_PORT_FLAG_UNGUARDED)
		return 0;
	/* As are nearly all frames; the key of one that is no IP is all 0,
	 * which is no port's address.
	 */
	if (ether_addr_equal(eth_hdr(skb)->h_source, port->mac) &&
	    cb->l4proto != IPPROTO_ICMPV6 &&
	    nsfab_binding_addrs_have(rcu_dereference(port->addrs), &key->src))
		return 0;
	if (!mac_is_allowed(port, eth_hdr(skb)->h_source))
		return NSFAB_DROP_REASON_SRC_MAC;
	if (cb->proto == htons(ETH_P_ARP))
		return check_arp(skb, port);
	v4 = cb->proto == htons(ETH_P_IP);
	if (!v4 && cb->proto != htons(ETH_P_IPV6))
		return 0;
	if (cb->l4proto == IPPROTO_ICMPV6 && cb->flags & NSFAB_CB_L4) {
		reason = check_nd(skb, port, skb->data[cb->l4]);
		if (reason)
			return reason;
	}
	if (v4 ? !nsfab_addr_v4(&key->src) : ipv6_addr_any(&key->src))
		return may_be_unspecified(skb, key) ?
		       0 : NSFAB_DROP_REASON_SRC_ADDR;
	return pair_is_allowed(port, eth_hdr(skb)->h_source, &key->src) ?
	       0 : NSFAB_DROP_REASON_SRC_ADDR;
}
