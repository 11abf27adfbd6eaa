// SPDX-License-Identifier: GPL-2.0-only
/* ARP and ND are answered from the tables: no question is flooded that the
 * fabric knows the answer to. A network that learns lets through what the
 * tables do not know; any other one does not.
 */

#include <linux/icmpv6.h>
#include <linux/igmp.h>
#include <net/addrconf.h>
#include <net/ip6_checksum.h>

#include "addr.h"
#include "answer.h"
#include "binding.h"
#include "cb.h"
#include "frame.h"
#include "neigh.h"
#include "network.h"
#include "proto_nd.h"

static bool is_gateway(const struct nsfab_network *net,
		       const struct in6_addr *addr)
{
	const struct nsfab_subnet *s = nsfab_network_subnet(net, addr);
	u8 mac[ETH_ALEN];

	if (s && ipv6_addr_equal(&s->gateway, addr))
		return true;
	return nsfab_addr_lla_mac(addr, mac) &&
	       ether_addr_equal(mac, net->router_mac);
}

/* Whose MAC is it? False if nobody's, or the asker's own. */
static bool resolve(const struct nsfab_cb *cb, const struct in6_addr *addr,
		    const u8 *asker, u8 *mac, bool *router)
{
	*router = is_gateway(cb->net, addr);
	if (*router) {
		ether_addr_copy(mac, cb->net->router_mac);
		return true;
	}
	return nsfab_neigh_resolve(cb->net, addr, mac) &&
	       !ether_addr_equal(mac, asker);
}

static bool learns(const struct nsfab_cb *cb)
{
	return READ_ONCE(cb->net->flags) & NSFAB_NETWORK_FLAG_LEARNING;
}

static enum nsfab_answer answer_arp(struct sk_buff *skb,
				    struct sk_buff **reply,
				    enum nsfab_drop_reason *reason)
{
	const struct nsfab_arp *ask = (struct nsfab_arp *)(skb->data +
							   ETH_HLEN);
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_arp *arp;
	struct in6_addr addr;
	u8 mac[ETH_ALEN];
	bool router;

	if (!nsfab_arp_is_ipv4(ask)) {
		*reason = NSFAB_DROP_REASON_MALFORMED;
		return NSFAB_ANSWER_DROP;
	}
	if (ask->hdr.ar_op != htons(ARPOP_REQUEST))
		return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DONE;
	if (ask->spa == ask->tpa)	/* an announcement asks nothing */
		return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DONE;
	nsfab_addr_set_v4(&addr, ask->tpa);
	if (!resolve(cb, &addr, ask->sha, mac, &router)) {
		/* A probe for what is one's own: silence is the answer. */
		if (!ask->spa && !learns(cb))
			return NSFAB_ANSWER_DONE;
		*reason = NSFAB_DROP_REASON_NO_NEIGH;
		return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DROP;
	}
	*reply = nsfab_frame_new(cb->net, ask->sha, mac, ETH_P_ARP,
				 sizeof(*arp));
	if (!*reply) {
		*reason = NSFAB_DROP_REASON_NO_MEMORY;
		return NSFAB_ANSWER_DROP;
	}
	arp = (struct nsfab_arp *)skb_network_header(*reply);
	arp->hdr = ask->hdr;
	arp->hdr.ar_op = htons(ARPOP_REPLY);
	ether_addr_copy(arp->sha, mac);
	arp->spa = ask->tpa;
	ether_addr_copy(arp->tha, ask->sha);
	arp->tpa = ask->spa;
	return NSFAB_ANSWER_DONE;
}

static struct sk_buff *make_na(struct nsfab_cb *cb, const struct ethhdr *eth,
			       const struct ipv6hdr *ask6,
			       const struct in6_addr *target, const u8 *mac,
			       bool router)
{
	bool dad = ipv6_addr_any(&ask6->saddr);
	struct ipv6hdr *ip6h;
	struct nsfab_nd *nd;
	struct sk_buff *skb;

	skb = nsfab_frame_new(cb->net, eth->h_source, mac, ETH_P_IPV6,
			      sizeof(*ip6h) + sizeof(*nd));
	if (!skb)
		return NULL;
	ip6h = ipv6_hdr(skb);
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(sizeof(*nd));
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = 255;
	ip6h->saddr = *target;
	/* To all nodes when the asker has no address yet; the frame still goes
	 * to it alone.
	 */
	ip6h->daddr = dad ? in6addr_linklocal_allnodes : ask6->saddr;
	nd = (struct nsfab_nd *)(ip6h + 1);
	nd->msg.icmph.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	nd->msg.icmph.icmp6_solicited = !dad;
	nd->msg.icmph.icmp6_override = 1;
	nd->msg.icmph.icmp6_router = router;
	nd->msg.target = *target;
	nd->opt_type = ND_OPT_TARGET_LL_ADDR;
	nd->opt_len = 1;
	ether_addr_copy(nd->opt_mac, mac);
	nd->msg.icmph.icmp6_cksum =
		csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, sizeof(*nd),
				IPPROTO_ICMPV6,
				csum_partial(nd, sizeof(*nd), 0));
	return skb;
}

static enum nsfab_answer answer_ns(struct sk_buff *skb,
				   struct sk_buff **reply,
				   enum nsfab_drop_reason *reason)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct in6_addr target;
	u8 mac[ETH_ALEN];
	bool router;

	*reason = NSFAB_DROP_REASON_MALFORMED;
	if (!pskb_may_pull(skb, cb->l4 + sizeof(struct nd_msg)) ||
	    ipv6_hdr(skb)->hop_limit != 255)
		return NSFAB_ANSWER_DROP;
	target = ((struct nd_msg *)(skb->data + cb->l4))->target;
	if (ipv6_addr_is_multicast(&target) || nsfab_addr_is_v4(&target))
		return NSFAB_ANSWER_DROP;
	if (!resolve(cb, &target, eth_hdr(skb)->h_source, mac, &router)) {
		if (ipv6_addr_any(&ipv6_hdr(skb)->saddr) && !learns(cb))
			return NSFAB_ANSWER_DONE;
		*reason = NSFAB_DROP_REASON_NO_NEIGH;
		return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DROP;
	}
	*reply = make_na(cb, eth_hdr(skb), ipv6_hdr(skb), &target, mac, router);
	if (*reply)
		return NSFAB_ANSWER_DONE;
	*reason = NSFAB_DROP_REASON_NO_MEMORY;
	return NSFAB_ANSWER_DROP;
}

static bool is_v6_report(u8 type)
{
	return type == ICMPV6_MGM_REPORT || type == ICMPV6_MGM_REDUCTION ||
	       type == ICMPV6_MLD2_REPORT;
}

/**
 * nsfab_answer_is_nd() - is a frame of ICMPv6 one of ND or MLD?
 * @skb: the parsed frame
 *
 * Return: true if it is
 */
bool nsfab_answer_is_nd(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u8 type;

	if (!(cb->flags & NSFAB_CB_L4))
		return false;
	type = skb->data[cb->l4];
	return is_v6_report(type) || type == ICMPV6_MGM_QUERY ||
	       (type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT);
}

/**
 * nsfab_answer_frame() - answer or consume a frame for which
 *	nsfab_answer_is_control() holds
 * @skb: the frame; stays the caller's
 * @reply: set to the answer if there is one
 * @reason: set when the frame is to be dropped
 *
 * Headers may move.
 *
 * Context: in an RCU read section.
 * Return: what is to become of the frame
 */
enum nsfab_answer nsfab_answer_frame(struct sk_buff *skb,
				     struct sk_buff **reply,
				     enum nsfab_drop_reason *reason)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	u8 type;

	if (cb->proto == htons(ETH_P_ARP))
		return answer_arp(skb, reply, reason);
	if (cb->l4proto == IPPROTO_IGMP)
		return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DONE;
	type = skb->data[cb->l4];
	if (type == NDISC_NEIGHBOUR_SOLICITATION)
		return answer_ns(skb, reply, reason);
	/* A unicast advertisement was asked for by somebody: let it through. */
	if (type == NDISC_NEIGHBOUR_ADVERTISEMENT &&
	    !is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return NSFAB_ANSWER_PASS;
	return learns(cb) ? NSFAB_ANSWER_PASS : NSFAB_ANSWER_DONE;
}
