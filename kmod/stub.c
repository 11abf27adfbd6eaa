// SPDX-License-Identifier: GPL-2.0-only
/* Stubs: endpoints without a namespace. ARP and ND are answered for any port by
 * answer.c; a stub answers an ICMP echo, and nothing else yet.
 */

#include <linux/skbuff.h>

#include "binding.h"
#include "cb.h"
#include "icmp.h"
#include "stub.h"

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
	if (!ether_addr_equal(eth_hdr(skb)->h_dest, port->mac))
		return NULL;
	return nsfab_icmp_echo(skb);
}
