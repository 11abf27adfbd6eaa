// SPDX-License-Identifier: GPL-2.0-only
/* ICMP of the distributed router: echo replies and errors, made as frames that
 * go the way of any other. RFC 1122 3.2.2, RFC 1812 4.3 and RFC 4443 2.4 say
 * what causes no error.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <net/ip6_checksum.h>

#include "addr.h"
#include "cb.h"
#include "frame.h"
#include "icmp.h"
#include "network.h"
#include "tenant.h"

/* An IPv4 error quotes so much of the packet that it stays within 576 bytes,
 * an IPv6 one within 1280 (RFC 1812 4.3.2.3, RFC 4443 3.1).
 */
enum {
	V4_MOST = 576,
	V6_MOST = IPV6_MIN_MTU,
};

#define TTL 64

static void fill_v4(struct sk_buff *skb, __be32 saddr, __be32 daddr,
		    unsigned int len)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->version = 4;
	iph->ihl = 5;
	iph->tot_len = htons(len);
	iph->ttl = TTL;
	iph->protocol = IPPROTO_ICMP;
	iph->saddr = saddr;
	iph->daddr = daddr;
	ip_send_check(iph);
}

static void fill_v6(struct sk_buff *skb, const struct in6_addr *saddr,
		    const struct in6_addr *daddr, unsigned int payload)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(payload);
	ip6h->nexthdr = IPPROTO_ICMPV6;
	ip6h->hop_limit = TTL;
	ip6h->saddr = *saddr;
	ip6h->daddr = *daddr;
}

/* The ICMP message, checksum field zero, is complete */
static void finish_v6(struct sk_buff *skb, struct icmp6hdr *icmp6h,
		      unsigned int len)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);

	icmp6h->icmp6_cksum = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
					      IPPROTO_ICMPV6,
					      csum_partial(icmp6h, len, 0));
}

/* Has the sender left it to its device to fill in the checksum? Then there is
 * none to be wrong; a link that changes a bit fills it in before.
 */
static bool is_unsummed(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       skb_checksum_start_offset(skb) == nsfab_cb(skb)->l4;
}

static struct sk_buff *echo_v4(struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	const struct iphdr *ask = ip_hdr(skb);
	int len = ntohs(ask->tot_len) - ask->ihl * 4;
	struct sk_buff *reply;
	struct icmphdr *icmph;

	if (WARN_ON_ONCE(len < (int)sizeof(*icmph)))	/* parse.c saw to it */
		return NULL;
	reply = nsfab_frame_new(cb->net, eth_hdr(skb)->h_source,
				eth_hdr(skb)->h_dest, ETH_P_IP,
				sizeof(*ask) + len);
	if (!reply)
		return NULL;
	icmph = (struct icmphdr *)(ip_hdr(reply) + 1);
	/* A new sum would make good what was changed on the way. */
	if (skb_copy_bits(skb, cb->l4, icmph, len) ||
	    ip_fast_csum((u8 *)ask, ask->ihl) ||
	    (!is_unsummed(skb) && csum_fold(csum_partial(icmph, len, 0)))) {
		kfree_skb(reply);
		return NULL;
	}
	fill_v4(reply, ask->daddr, ask->saddr, sizeof(*ask) + len);
	ip_hdr(reply)->tos = ask->tos;
	ip_send_check(ip_hdr(reply));
	icmph->type = ICMP_ECHOREPLY;
	icmph->checksum = 0;
	icmph->checksum = csum_fold(csum_partial(icmph, len, 0));
	return reply;
}

static struct sk_buff *echo_v6(struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	const struct ipv6hdr *ask = ipv6_hdr(skb);
	int len = ETH_HLEN + (int)sizeof(*ask) + ntohs(ask->payload_len) -
		  cb->l4;
	struct icmp6hdr *icmp6h;
	struct sk_buff *reply;

	if (WARN_ON_ONCE(len < (int)sizeof(*icmp6h)))	/* parse.c saw to it */
		return NULL;
	reply = nsfab_frame_new(cb->net, eth_hdr(skb)->h_source,
				eth_hdr(skb)->h_dest, ETH_P_IPV6,
				sizeof(*ask) + len);
	if (!reply)
		return NULL;
	icmp6h = (struct icmp6hdr *)(ipv6_hdr(reply) + 1);
	if (skb_copy_bits(skb, cb->l4, icmp6h, len) ||
	    (!is_unsummed(skb) &&
	     csum_ipv6_magic(&ask->saddr, &ask->daddr, len, IPPROTO_ICMPV6,
			     csum_partial(icmp6h, len, 0)))) {
		kfree_skb(reply);
		return NULL;
	}
	fill_v6(reply, &ask->daddr, &ask->saddr, len);
	icmp6h->icmp6_type = ICMPV6_ECHO_REPLY;
	icmp6h->icmp6_cksum = 0;
	finish_v6(reply, icmp6h, len);
	return reply;
}

/* The answer comes from where the request went to, which has to be one host. */
static bool may_be_source(const struct sk_buff *skb)
{
	struct in6_addr addr;

	if (nsfab_cb(skb)->proto == htons(ETH_P_IP))
		nsfab_addr_set_v4(&addr, ip_hdr(skb)->daddr);
	else
		addr = ipv6_hdr(skb)->daddr;
	return nsfab_addr_is_host(&addr);
}

/**
 * nsfab_icmp_echo() - answer an echo request for its destination
 * @skb: the parsed frame; stays the caller's
 *
 * Return: the reply, or NULL if the frame is no whole echo request with valid
 * checksums (or there is no memory)
 */
struct sk_buff *nsfab_icmp_echo(struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u8 type;

	if (!(cb->flags & NSFAB_CB_L4) || cb->flags & NSFAB_CB_CUT ||
	    skb_is_gso(skb) || !may_be_source(skb))
		return NULL;
	type = skb->data[cb->l4];
	if (cb->proto == htons(ETH_P_IP)) {
		if (cb->l4proto != IPPROTO_ICMP || type != ICMP_ECHO)
			return NULL;
		return echo_v4(skb);
	}
	if (cb->l4proto != IPPROTO_ICMPV6 || type != ICMPV6_ECHO_REQUEST ||
	    ipv6_addr_any(&ipv6_hdr(skb)->saddr))
		return NULL;
	return echo_v6(skb);
}

static const struct {
	u8 type4, code4, type6, code6;
} errors[] = {
	[NSFAB_ICMP_NO_ROUTE] = { ICMP_DEST_UNREACH, ICMP_NET_UNREACH,
				  ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE },
	[NSFAB_ICMP_NO_HOST] = { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH,
				 ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH },
	[NSFAB_ICMP_NO_PORT] = { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH,
				 ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH },
	[NSFAB_ICMP_TTL] = { ICMP_TIME_EXCEEDED, ICMP_EXC_TTL,
			     ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT },
	[NSFAB_ICMP_TOO_BIG] = { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				 ICMPV6_PKT_TOOBIG, 0 },
};

/* No error about an error; a message that cannot be read may be one. */
static bool is_icmp_error(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u8 type;

	if (cb->l4proto != IPPROTO_ICMP && cb->l4proto != IPPROTO_ICMPV6)
		return false;
	if (!(cb->flags & NSFAB_CB_L4))
		return true;
	type = skb->data[cb->l4];
	if (cb->l4proto == IPPROTO_ICMPV6)
		return !(type & ICMPV6_INFOMSG_MASK);
	return type != ICMP_ECHO && type != ICMP_ECHOREPLY &&
	       type != ICMP_TIMESTAMP && type != ICMP_TIMESTAMPREPLY;
}

static bool may_cause_error(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);

	if (cb->flags & (NSFAB_CB_LOCAL | NSFAB_CB_FRAGMENT) ||
	    is_multicast_ether_addr(eth_hdr(skb)->h_dest) ||
	    is_icmp_error(skb))
		return false;
	if (cb->proto == htons(ETH_P_IP))
		return ip_hdr(skb)->saddr &&
		       !ipv4_is_multicast(ip_hdr(skb)->daddr) &&
		       !ipv4_is_lbcast(ip_hdr(skb)->daddr);
	return cb->proto == htons(ETH_P_IPV6) &&
	       !ipv6_addr_any(&ipv6_hdr(skb)->saddr) &&
	       !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
}

/* Between hosts of one network no router needs to have an address: then the
 * error comes from the one that was called, as in a host's own tunnel.
 */
static struct in6_addr error_source(struct sk_buff *skb, bool v4)
{
	struct in6_addr from, gateway;

	if (v4)
		nsfab_addr_set_v4(&from, ip_hdr(skb)->saddr);
	else
		from = ipv6_hdr(skb)->saddr;
	if (nsfab_network_gateway(nsfab_cb(skb)->net, &from, v4, &gateway))
		return gateway;
	if (v4)
		nsfab_addr_set_v4(&from, ip_hdr(skb)->daddr);
	else
		from = ipv6_hdr(skb)->daddr;
	return from;
}

/* A routed frame does not tell its sender's MAC: the router finds it again. */
static const u8 *error_dest(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);

	return cb->flags & NSFAB_CB_ROUTED ? cb->net->router_mac :
					     eth_hdr(skb)->h_source;
}

static struct sk_buff *error_v4(struct sk_buff *skb, u8 type, u8 code, u32 mtu)
{
	unsigned int head = sizeof(struct iphdr) + sizeof(struct icmphdr);
	unsigned int quote = min_t(unsigned int, skb->len - ETH_HLEN,
				   V4_MOST - head);
	struct nsfab_network *net = nsfab_cb(skb)->net;
	struct in6_addr src = error_source(skb, true);
	struct icmphdr *icmph;
	struct sk_buff *err;

	err = nsfab_frame_new(net, error_dest(skb), net->router_mac, ETH_P_IP,
			      head + quote);
	if (!err)
		return NULL;
	icmph = (struct icmphdr *)(ip_hdr(err) + 1);
	if (skb_copy_bits(skb, ETH_HLEN, icmph + 1, quote)) {
		kfree_skb(err);
		return NULL;
	}
	fill_v4(err, nsfab_addr_v4(&src), ip_hdr(skb)->saddr, head + quote);
	icmph->type = type;
	icmph->code = code;
	icmph->un.frag.mtu = htons(min_t(u32, mtu, U16_MAX));
	icmph->checksum = csum_fold(csum_partial(icmph, sizeof(*icmph) + quote,
						 0));
	return err;
}

static struct sk_buff *error_v6(struct sk_buff *skb, u8 type, u8 code, u32 mtu)
{
	unsigned int head = sizeof(struct ipv6hdr) + sizeof(struct icmp6hdr);
	unsigned int quote = min_t(unsigned int, skb->len - ETH_HLEN,
				   V6_MOST - head);
	struct nsfab_network *net = nsfab_cb(skb)->net;
	struct in6_addr src = error_source(skb, false);
	struct icmp6hdr *icmp6h;
	struct sk_buff *err;

	err = nsfab_frame_new(net, error_dest(skb), net->router_mac, ETH_P_IPV6,
			      head + quote);
	if (!err)
		return NULL;
	icmp6h = (struct icmp6hdr *)(ipv6_hdr(err) + 1);
	if (skb_copy_bits(skb, ETH_HLEN, icmp6h + 1, quote)) {
		kfree_skb(err);
		return NULL;
	}
	fill_v6(err, &src, &ipv6_hdr(skb)->saddr, sizeof(*icmp6h) + quote);
	icmp6h->icmp6_type = type;
	icmp6h->icmp6_code = code;
	icmp6h->icmp6_mtu = htonl(mtu);
	finish_v6(err, icmp6h, sizeof(*icmp6h) + quote);
	return err;
}

/**
 * nsfab_icmp_error() - make the error that a packet causes
 * @skb: the parsed frame, in the network that it came from; stays the caller's
 * @error: which error
 * @mtu: with NSFAB_ICMP_TOO_BIG, what would fit, else 0
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: the error as a frame to the sender; NULL when the packet causes none,
 * the tenant has had its share of errors, or there is no memory
 */
struct sk_buff *nsfab_icmp_error(struct sk_buff *skb,
				 enum nsfab_icmp_error error, u32 mtu)
{
	if (!may_cause_error(skb) ||
	    !nsfab_tenant_may_icmp(nsfab_cb(skb)->net->tenant))
		return NULL;
	if (nsfab_cb(skb)->proto == htons(ETH_P_IP))
		return error_v4(skb, errors[error].type4, errors[error].code4,
				mtu);
	return error_v6(skb, errors[error].type6, errors[error].code6, mtu);
}
