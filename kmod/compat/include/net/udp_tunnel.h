/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_NET_UDP_TUNNEL_H
#define _NSFAB_COMPAT_NET_UDP_TUNNEL_H

#include_next <net/udp_tunnel.h>

/* Both got a last argument in 6.17; the second returned 0 before 6.10. */
#ifndef NSFAB_HAVE_UDP_TUNNEL_IPCB_FLAGS
static inline void
nsfab_udp_tunnel_xmit_skb(struct rtable *rt, struct sock *sk,
			  struct sk_buff *skb, __be32 src, __be32 dst, u8 tos,
			  u8 ttl, __be16 df, __be16 src_port, __be16 dst_port,
			  bool xnet, bool nocheck, u16 ipcb_flags)
{
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, src_port,
			    dst_port, xnet, nocheck);
}

#define udp_tunnel_xmit_skb nsfab_udp_tunnel_xmit_skb

static inline void
nsfab_udp_tunnel6_xmit_skb(struct dst_entry *dst, struct sock *sk,
			   struct sk_buff *skb, struct net_device *dev,
			   struct in6_addr *saddr, struct in6_addr *daddr,
			   u8 prio, u8 ttl, __be32 label, __be16 src_port,
			   __be16 dst_port, bool nocheck, u16 ip6cb_flags)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, prio, ttl, label,
			     src_port, dst_port, nocheck);
}

#define udp_tunnel6_xmit_skb nsfab_udp_tunnel6_xmit_skb
#endif

#endif /* _NSFAB_COMPAT_NET_UDP_TUNNEL_H */
