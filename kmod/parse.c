// SPDX-License-Identifier: GPL-2.0-only
/* Read a frame once: into skb->cb, and its 5-tuple. Nothing behind this file
 * looks at a header that was not checked here to be whole and linear.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "addr.h"
#include "cb.h"
#include "flow.h"
#include "parse.h"

/* Offset of the flags in a TCP header. */
#define TCP_FLAGS 13

/* All of these begin with the two ports. */
static bool has_ports(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

static unsigned int l4_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_ICMPV6:
		return sizeof(struct icmp6hdr);
	case IPPROTO_ICMP:
		return sizeof(struct icmphdr);
	default:
		return has_ports(proto) ? 8 : 0;
	}
}

static bool is_echo(u8 proto, u8 type)
{
	if (proto == IPPROTO_ICMP)
		return type == ICMP_ECHO || type == ICMP_ECHOREPLY;
	return type == ICMPV6_ECHO_REQUEST || type == ICMPV6_ECHO_REPLY;
}

/* The header has to end before @end, where the IP packet does: behind it, a VM
 * may have put anything to fill the frame.
 */
static enum nsfab_drop_reason parse_l4(struct sk_buff *skb, unsigned int end,
				       struct nsfab_flow_key *key,
				       u8 *tcp_flags)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	const u8 *l4;

	key->proto = cb->l4proto;
	if (cb->flags & NSFAB_CB_FRAGMENT)
		return 0;
	if (!l4_len(cb->l4proto))
		return 0;
	if (cb->l4 + l4_len(cb->l4proto) > end ||
	    !pskb_may_pull(skb, cb->l4 + l4_len(cb->l4proto)))
		return NSFAB_DROP_REASON_MALFORMED;
	l4 = skb->data + cb->l4;
	if (has_ports(cb->l4proto)) {
		key->sport = *(__be16 *)l4;
		key->dport = *(__be16 *)(l4 + 2);
	} else if (is_echo(cb->l4proto, l4[0])) {
		key->sport = ((struct icmphdr *)l4)->un.echo.id;
		key->dport = key->sport;
	}
	if (cb->l4proto == IPPROTO_TCP) {
		const struct tcphdr *th = (const struct tcphdr *)l4;

		if (th->doff * 4 < sizeof(*th) ||
		    cb->l4 + th->doff * 4 > end ||
		    !pskb_may_pull(skb, cb->l4 + th->doff * 4))
			return NSFAB_DROP_REASON_MALFORMED;
		*tcp_flags = ((u8 *)tcp_hdr(skb))[TCP_FLAGS];
	}
	cb->flags |= NSFAB_CB_L4;
	return 0;
}

static enum nsfab_drop_reason parse_v4(struct sk_buff *skb,
				       struct nsfab_flow_key *key,
				       u8 *tcp_flags)
{
	unsigned int room = skb->len - ETH_HLEN;
	struct nsfab_cb *cb = nsfab_cb(skb);
	const struct iphdr *iph;
	unsigned int len;

	if (!pskb_may_pull(skb, ETH_HLEN + sizeof(*iph)))
		return NSFAB_DROP_REASON_MALFORMED;
	iph = ip_hdr(skb);
	len = ntohs(iph->tot_len);
	if (iph->version != 4 || iph->ihl < 5 || len < iph->ihl * 4 ||
	    len > room ||
	    !pskb_may_pull(skb, ETH_HLEN + iph->ihl * 4))
		return NSFAB_DROP_REASON_MALFORMED;

	iph = ip_hdr(skb);
	if (ipv4_is_multicast(iph->saddr) || ipv4_is_lbcast(iph->saddr) ||
	    ipv4_is_loopback(iph->saddr) || ipv4_is_loopback(iph->daddr))
		return NSFAB_DROP_REASON_MARTIAN;
	nsfab_addr_set_v4(&key->src, iph->saddr);
	nsfab_addr_set_v4(&key->dst, iph->daddr);
	cb->l4proto = iph->protocol;
	cb->l4 = ETH_HLEN + iph->ihl * 4;
	if (ip_is_fragment(iph))
		cb->flags |= NSFAB_CB_CUT;
	if (iph->frag_off & htons(IP_OFFSET))
		cb->flags |= NSFAB_CB_FRAGMENT;
	skb_set_transport_header(skb, cb->l4);
	return parse_l4(skb, ETH_HLEN + len, key, tcp_flags);
}

/* Does a packet end without an upper layer (RFC 8200 4.7)? ipv6_skip_exthdr()
 * fails there as if it were cut short.
 */
static bool has_no_next(const struct sk_buff *skb, int *end)
{
	unsigned int at = 0;

	if (ipv6_find_hdr(skb, &at, NEXTHDR_NONE, NULL, NULL) != NEXTHDR_NONE)
		return false;
	*end = at;
	return true;
}

static enum nsfab_drop_reason parse_v6(struct sk_buff *skb,
				       struct nsfab_flow_key *key,
				       u8 *tcp_flags)
{
	unsigned int room = skb->len - ETH_HLEN;
	struct nsfab_cb *cb = nsfab_cb(skb);
	const struct ipv6hdr *ip6h;
	__be16 frag_off = 0;
	unsigned int end;
	u8 nexthdr;
	int l4;

	if (!pskb_may_pull(skb, ETH_HLEN + sizeof(*ip6h)))
		return NSFAB_DROP_REASON_MALFORMED;
	ip6h = ipv6_hdr(skb);
	if (ip6h->version != 6 ||
	    ntohs(ip6h->payload_len) + sizeof(*ip6h) > room)
		return NSFAB_DROP_REASON_MALFORMED;
	end = ETH_HLEN + sizeof(*ip6h) + ntohs(ip6h->payload_len);
	key->src = ip6h->saddr;
	key->dst = ip6h->daddr;
	/* Mapped addresses stand for IPv4 in all tables: see addr.h. */
	if (nsfab_addr_is_v4(&key->src) || nsfab_addr_is_v4(&key->dst) ||
	    ipv6_addr_is_multicast(&key->src) ||
	    ipv6_addr_loopback(&key->src) || ipv6_addr_loopback(&key->dst))
		return NSFAB_DROP_REASON_MARTIAN;
	nexthdr = ip6h->nexthdr;
	l4 = ipv6_skip_exthdr(skb, ETH_HLEN + sizeof(*ip6h), &nexthdr,
			      &frag_off);
	if (l4 < 0 && has_no_next(skb, &l4))
		nexthdr = NEXTHDR_NONE;
	if (l4 < 0 || l4 > end || l4 > U16_MAX)
		return NSFAB_DROP_REASON_MALFORMED;
	cb->l4proto = nexthdr;
	cb->l4 = l4;
	if (frag_off & htons(IP6_OFFSET | IP6_MF))
		cb->flags |= NSFAB_CB_CUT;
	if (frag_off & htons(IP6_OFFSET))
		cb->flags |= NSFAB_CB_FRAGMENT;
	skb_set_transport_header(skb, l4);
	return parse_l4(skb, end, key, tcp_flags);
}

/* Bytes of headers that each segment of a frame will carry; 0 if the frame
 * does not look like what its gso_type says.
 */
static unsigned int gso_hdr_len(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	unsigned int type = skb_shinfo(skb)->gso_type;
	unsigned int at;

	if (skb->encapsulation) {
		at = skb_inner_transport_offset(skb);
		if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
			if (at + sizeof(struct tcphdr) > skb_headlen(skb))
				return 0;
			return at + inner_tcp_hdrlen(skb);
		}
		return type & SKB_GSO_UDP_L4 ? at + sizeof(struct udphdr) : 0;
	}
	if (!(cb->flags & NSFAB_CB_L4))
		return 0;
	if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		return cb->l4proto == IPPROTO_TCP ? cb->l4 + tcp_hdrlen(skb) :
						    0;
	if (type & SKB_GSO_UDP_L4)
		return cb->l4proto == IPPROTO_UDP ?
		       cb->l4 + sizeof(struct udphdr) : 0;
	return 0;
}

/* gso_segs is not trusted: what a VM injects by a packet socket has none */
static bool count_segments(struct sk_buff *skb)
{
	unsigned int hdr = gso_hdr_len(skb), n;
	struct nsfab_cb *cb = nsfab_cb(skb);

	if (!hdr || hdr >= skb->len)
		return false;
	n = DIV_ROUND_UP(skb->len - hdr, skb_shinfo(skb)->gso_size);
	if (n > NSFAB_SEGMENTS_MAX)
		return false;
	cb->packets = n;
	cb->bytes = skb->len + (n - 1) * hdr;
	return true;
}

/**
 * nsfab_parse_frame() - check a frame's headers and note what they say
 * @skb: the frame, data at the MAC header; its cb has been zeroed but for net,
 *	port and flags
 * @key: set to the 5-tuple where there is one
 * @tcp_flags: set to the TCP flags, 0 where there are none
 *
 * Headers may move: pointers into the frame are to be taken again.
 *
 * Return: 0, or why the frame has to be dropped; its size on the wire is noted
 * either way
 */
enum nsfab_drop_reason nsfab_parse_frame(struct sk_buff *skb,
					 struct nsfab_flow_key *key,
					 u8 *tcp_flags)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	enum nsfab_drop_reason reason = 0;
	const struct ethhdr *eth;

	*key = (struct nsfab_flow_key){};
	*tcp_flags = 0;
	/* Some leave a number of segments on a frame that has none. */
	cb->packets = skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs ?: 1 : 1;
	cb->bytes = skb->len;
	if (!pskb_may_pull(skb, ETH_HLEN))
		return NSFAB_DROP_REASON_MALFORMED;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb_reset_mac_len(skb);
	eth = eth_hdr(skb);
	if (!is_valid_ether_addr(eth->h_source))
		return NSFAB_DROP_REASON_SRC_MAC;
	if (skb_vlan_tag_present(skb) || eth_type_vlan(eth->h_proto))
		return NSFAB_DROP_REASON_VLAN;
	cb->proto = eth->h_proto;
	skb->protocol = eth->h_proto;
	switch (cb->proto) {
	case htons(ETH_P_IP):
		reason = parse_v4(skb, key, tcp_flags);
		break;
	case htons(ETH_P_IPV6):
		reason = parse_v6(skb, key, tcp_flags);
		break;
	case htons(ETH_P_ARP):
		/* Ethernet and IPv4: two MACs and two addresses behind it */
		if (!pskb_may_pull(skb, ETH_HLEN + sizeof(struct arphdr) +
				   2 * (ETH_ALEN + sizeof(__be32))))
			return NSFAB_DROP_REASON_MALFORMED;
		break;
	}
	if (!reason && skb_is_gso(skb) && !count_segments(skb))
		reason = NSFAB_DROP_REASON_MALFORMED;
	return reason;
}
