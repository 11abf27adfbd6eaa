// SPDX-License-Identifier: GPL-2.0-only
/* Out through the tunnel: a frame gets the outer headers of VXLAN or Geneve and
 * goes to the stack of the fabric's namespace. GSO frames stay whole.
 */

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <net/dst_cache.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#include "addr.h"
#include "cb.h"
#include "encap.h"
#include "fabric.h"
#include "frame.h"
#include "network.h"
#include "proto.h"
#include "vtep.h"

/* A fabric may have another one for its underlay, but what two of them send by
 * one another, to many VTEPs each time, would be no end of frames in one call.
 */
#define DEPTH_MAX 2

static DEFINE_PER_CPU(u8, depth);

/**
 * struct outer - what the outer headers of a frame are made of
 * @vtep: where it goes
 * @sk: the fabric's socket
 * @dst: the route, a reference
 * @vni: VNI
 * @sport: UDP source port, by which the underlay tells flows apart
 * @tos: ECN
 * @v4: the outer header is IPv4
 * @df: the frame may not be fragmented: the path's MTU is to be told
 * @fragment: the frame does not fit, and will be fragmented
 */
struct outer {
	struct nsfab_vtep *vtep;
	struct sock *sk;
	struct dst_entry *dst;
	u32 vni;
	__be16 sport;
	u8 tos;
	bool v4;
	bool df;
	bool fragment;
};

/* A way through the fabric itself, or through a port of it: round for ever */
static bool is_circular(const struct nsfab_fabric *fab,
			const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	if (dev == fab->dev)
		return true;
	return ops && ops->get_link_net && !strcmp(ops->kind, "nsfab_port") &&
	       dev_get_iflink(dev) == READ_ONCE(fab->dev->ifindex) &&
	       net_eq(ops->get_link_net(dev), dev_net(fab->dev));
}

/* The route depends on nothing in the frame, so that each VTEP has one. */
static struct dst_entry *route_v4(struct nsfab_vtep *vtep,
				  const struct sock *sk)
{
	const struct nsfab_fabric *fab = vtep->fab;
	struct flowi4 fl4 = {
		.daddr = nsfab_addr_v4(&vtep->addr),
		.saddr = nsfab_addr_v4(&fab->local),
		.fl4_dport = fab->udp_port,
		.flowi4_proto = IPPROTO_UDP,
	};
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&vtep->cache, &saddr);
	if (likely(rt))
		return &rt->dst;
	rt = ip_route_output_key(sock_net(sk), &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (is_circular(fab, rt->dst.dev) ||
	    (rt->rt_type != RTN_UNICAST && rt->rt_type != RTN_LOCAL)) {
		ip_rt_put(rt);
		return NULL;
	}
	dst_cache_set_ip4(&vtep->cache, &rt->dst, fl4.saddr);
	return &rt->dst;
}

static struct dst_entry *route_v6(struct nsfab_vtep *vtep,
				  const struct sock *sk)
{
	const struct nsfab_fabric *fab = vtep->fab;
	struct flowi6 fl6 = {
		.daddr = vtep->addr,
		.saddr = fab->local,
		.fl6_dport = fab->udp_port,
		.flowi6_proto = IPPROTO_UDP,
	};
	struct dst_entry *dst;
	struct in6_addr saddr;

	dst = dst_cache_get_ip6(&vtep->cache, &saddr);
	if (likely(dst))
		return dst;
	dst = ipv6_stub->ipv6_dst_lookup_flow(sock_net(sk), sk, &fl6, NULL);
	if (IS_ERR(dst))
		return NULL;
	if (is_circular(fab, dst->dev)) {
		dst_release(dst);
		return NULL;
	}
	dst_cache_set_ip6(&vtep->cache, dst, &fl6.saddr);
	return dst;
}

/* What may not be fragmented inside is not fragmented outside either, or its
 * sender would never learn the path's MTU. But IPv6 has to be carried in 1280
 * bytes over any link (RFC 2473, 7.1).
 */
static int check_size(struct sk_buff *skb, struct outer *outer, u32 *mtu)
{
	u32 overhead = nsfab_fabric_overhead(outer->vtep->fab);
	u32 path = dst_mtu(outer->dst);
	u32 room = path > overhead ? path - overhead : 0;
	u32 most = IP_MAX_MTU - overhead;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		outer->df = ip_hdr(skb)->frag_off & htons(IP_DF);
		if (outer->df)
			most = room;
		break;
	case htons(ETH_P_IPV6):
		outer->df = true;
		most = max_t(u32, room, IPV6_MIN_MTU);
		break;
	}
	if (likely(nsfab_frame_fits(skb, room)))
		return 0;
	if (!nsfab_frame_fits(skb, most)) {
		*mtu = most;
		return NSFAB_DROP_REASON_TOO_BIG;
	}
	outer->fragment = true;
	outer->df = false;
	return 0;
}

/* A frame carries the marks of one tunnel only, and the outer headers have 16
 * bits for a length: rarely, a GSO frame has to be segmented here.
 */
static bool needs_segmenting(const struct sk_buff *skb,
			     const struct outer *outer)
{
	return skb_is_gso(skb) &&
	       (skb->encapsulation ||
		skb->len + nsfab_fabric_overhead(outer->vtep->fab) - ETH_HLEN >
		IP_MAX_MTU);
}

/* Make room, and leave to the device what it can do of the checksums. */
static bool prepare(struct sk_buff *skb, const struct outer *outer)
{
	unsigned int headroom = LL_RESERVED_SPACE(outer->dst->dev) +
				outer->dst->header_len + NSFAB_PROTO_UDP_LEN +
				(outer->v4 ? sizeof(struct iphdr) :
					     sizeof(struct ipv6hdr));

	/* A head that grows is not charged to the sender's socket: truesize
	 * would be too small for a receiver on this same machine.
	 */
	if (unlikely(skb_headroom(skb) < headroom))
		skb_orphan(skb);
	if (skb_cow_head(skb, headroom))
		return false;
	if (unlikely(skb->encapsulation)) {
		/* Devices know of one tunnel: ours. */
		if (skb->ip_summed == CHECKSUM_PARTIAL &&
		    skb_checksum_help(skb))
			return false;
		skb->encapsulation = 0;
	}
	return !iptunnel_handle_offloads(skb, outer->v4 ?
					      SKB_GSO_UDP_TUNNEL :
					      SKB_GSO_UDP_TUNNEL_CSUM);
}

/* All of the segments, ready to be sent; or NULL, then the frame is to drop. */
static struct sk_buff *segment(struct sk_buff *skb, const struct outer *outer)
{
	struct nsfab_cb saved = *nsfab_cb(skb);
	struct sk_buff *segs, *seg;

	segs = skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM);
	/* The core keeps its own notes where ours are. */
	*nsfab_cb(skb) = saved;
	if (IS_ERR_OR_NULL(segs))
		return NULL;
	for (seg = segs; seg; seg = seg->next) {
		if (!prepare(seg, outer)) {
			kfree_skb_list(segs);
			return NULL;
		}
	}
	return segs;
}

static void push_header(struct sk_buff *skb, const struct outer *outer)
{
	union nsfab_proto_tunnel *hdr = __skb_push(skb, sizeof(*hdr));

	if (outer->vtep->fab->encap == NSFAB_ENCAP_VXLAN) {
		hdr->vxlan.flags = NSFAB_PROTO_VXLAN_I;
		hdr->vxlan.vni = nsfab_proto_vni_field(outer->vni);
	} else {
		hdr->geneve.ver_len = 0;
		hdr->geneve.flags = 0;
		hdr->geneve.proto = htons(ETH_P_TEB);
		hdr->geneve.vni = nsfab_proto_vni_field(outer->vni);
	}
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
}

/* Nothing that the sender's stack noted on the frame holds for the underlay,
 * whatever namespaces the two are in.
 */
static void send(struct sk_buff *skb, const struct outer *outer)
{
	struct nsfab_fabric *fab = outer->vtep->fab;
	struct dst_entry *dst = outer->dst;

	push_header(skb, outer);
	this_cpu_inc(depth);
	skb->priority = 0;
	/* The caller counts: no device's counters */
	skb->dev = NULL;
	if (outer->v4) {
		udp_tunnel_xmit_skb(container_of(dst, struct rtable, dst),
				    outer->sk, skb, nsfab_addr_v4(&fab->local),
				    nsfab_addr_v4(&outer->vtep->addr),
				    outer->tos, ip4_dst_hoplimit(dst),
				    outer->df ? htons(IP_DF) : 0, outer->sport,
				    fab->udp_port, true, true, 0);
		goto out;
	}
	skb_scrub_packet(skb, true);
	skb->ignore_df = outer->fragment;
	udp_tunnel6_xmit_skb(dst, outer->sk, skb, NULL, &fab->local,
			     &outer->vtep->addr, outer->tos,
			     ip6_dst_hoplimit(dst), 0, outer->sport,
			     fab->udp_port, false, 0);
out:
	this_cpu_dec(depth);
}

static void send_all(struct sk_buff *segs, const struct outer *outer)
{
	struct sk_buff *seg, *next;

	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		dst_hold(outer->dst);
		send(seg, outer);
	}
	dst_release(outer->dst);
}

/**
 * nsfab_encap_xmit() - send a frame to a VTEP
 * @skb: the parsed frame, data at the MAC header; consumed on success only
 * @net: the network that the frame is in
 * @vtep: the VTEP
 * @mtu: with NSFAB_DROP_REASON_TOO_BIG, set to the layer 3 packet that fits
 *
 * On refusal the frame and its cb are as they were, but its header may have
 * moved. Nothing is counted.
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: 0, or the enum nsfab_drop_reason of the refusal
 */
int nsfab_encap_xmit(struct sk_buff *skb, const struct nsfab_network *net,
		     struct nsfab_vtep *vtep, u32 *mtu)
{
	struct nsfab_fabric *fab = vtep->fab;
	struct socket *sock = rcu_dereference(fab->sock);
	struct outer outer = {
		.vtep = vtep,
		.vni = READ_ONCE(net->vni),
		.v4 = nsfab_addr_is_v4(&fab->local),
	};
	struct sk_buff *segs;
	int reason;

	if (unlikely(!sock))
		return NSFAB_DROP_REASON_TUNNEL_DOWN;
	if (unlikely(this_cpu_read(depth) == DEPTH_MAX))
		return NSFAB_DROP_REASON_TUNNEL_ROUTE;
	outer.sk = sock->sk;
	outer.dst = outer.v4 ? route_v4(vtep, outer.sk) :
			       route_v6(vtep, outer.sk);
	if (unlikely(!outer.dst))
		return NSFAB_DROP_REASON_TUNNEL_ROUTE;
	reason = check_size(skb, &outer, mtu);
	if (unlikely(reason))
		goto err;
	outer.sport = udp_flow_src_port(sock_net(outer.sk), skb, 0, 0, true);
	outer.tos = ip_tunnel_ecn_encap(0, ip_hdr(skb), skb);

	reason = NSFAB_DROP_REASON_NO_MEMORY;
	if (unlikely(needs_segmenting(skb, &outer))) {
		segs = segment(skb, &outer);
		if (!segs)
			goto err;
		consume_skb(skb);
		send_all(segs, &outer);
		return 0;
	}
	if (unlikely(!prepare(skb, &outer)))
		goto err;
	send(skb, &outer);
	return 0;

err:
	dst_release(outer.dst);
	return reason;
}
