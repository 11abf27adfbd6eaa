// SPDX-License-Identifier: GPL-2.0-only
/* Stubs: endpoints without a namespace. ARP and ND are answered for any port by
 * answer.c; a stub answers an ICMP echo, and nothing else yet.
 */

#include <linux/ip.h>
#include <linux/skbuff.h>

#include "addr.h"
#include "binding.h"
#include "cb.h"
#include "icmp.h"
#include "stub.h"

/* Is the frame for an address that the stub itself has? It may have been sent
 * to the stub's MAC for any: by a static entry, or as to a router.
 */
static bool is_own(const struct sk_buff *skb, const struct nsfab_port *port)
{
	struct in6_addr addr;

	switch (nsfab_cb(skb)->proto) {
	case htons(ETH_P_IP):
		nsfab_addr_set_v4(&addr, ip_hdr(skb)->daddr);
		return nsfab_binding_has_addr(port, &addr);
	case htons(ETH_P_IPV6):
		return nsfab_binding_has_addr(port, &ipv6_hdr(skb)->daddr);
	default:
		return false;
	}
}

/**
 * nsfab_stub_answer() - answer a frame in a stub's name
 * @skb: the parsed frame; stays the caller's
 * @port: the stub
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: the answer, to be sent on its way, or NULL if there is none
 */
struct sk_buff *nsfab_stub_answer(struct sk_buff *skb,
				  const struct nsfab_port *port)
{
	if (!ether_addr_equal(eth_hdr(skb)->h_dest, port->mac) ||
	    !is_own(skb, port))
		return NULL;
	return nsfab_icmp_echo(skb);
}
