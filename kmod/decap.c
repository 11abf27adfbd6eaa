// SPDX-License-Identifier: GPL-2.0-only
/* In from the tunnel: the fabric's UDP socket, and the frames that come by it.
 *
 * The socket is bound to the fabric's local address while the fabric is up. It
 * has no reference of the namespace: the fabric, which cannot leave it, goes
 * down before the namespace does.
 */

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/gro.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/udp_tunnel.h>

#include "addr.h"
#include "decap.h"
#include "drop.h"
#include "fabric.h"
#include "forward.h"
#include "network.h"
#include "proto.h"
#include "trace.h"
#include "vtep.h"

/**
 * struct tunnel - what a tunnel header says
 * @vni: VNI
 * @len: its length with options
 */
struct tunnel {
	u32 vni;
	unsigned int len;
};

/**
 * struct size - a frame on the wire
 * @packets: packets
 * @bytes: bytes of the inner frames
 */
struct size {
	u32 packets;
	u32 bytes;
};

static unsigned int geneve_len(const struct nsfab_proto_geneve *hdr)
{
	return sizeof(*hdr) + (hdr->ver_len & NSFAB_PROTO_GENEVE_LEN) * 4;
}

/* RFC 7348: reserved bits are ignored. RFC 8926: what is critical and not known
 * is not, neither are control messages for somebody else.
 */
static bool parse_tunnel(u8 encap, const union nsfab_proto_tunnel *hdr,
			 struct tunnel *tunnel)
{
	if (encap == NSFAB_ENCAP_VXLAN) {
		tunnel->vni = nsfab_proto_vni(hdr->vxlan.vni);
		tunnel->len = sizeof(hdr->vxlan);
		return hdr->vxlan.flags & NSFAB_PROTO_VXLAN_I;
	}
	tunnel->vni = nsfab_proto_vni(hdr->geneve.vni);
	tunnel->len = geneve_len(&hdr->geneve);
	return !(hdr->geneve.ver_len & NSFAB_PROTO_GENEVE_VER) &&
	       !(hdr->geneve.flags & (NSFAB_PROTO_GENEVE_OAM |
				      NSFAB_PROTO_GENEVE_CRITICAL)) &&
	       hdr->geneve.proto == htons(ETH_P_TEB);
}

static struct size wire_size(const struct sk_buff *skb, unsigned int outer)
{
	unsigned int type = skb_shinfo(skb)->gso_type;
	unsigned int gso_size = skb_shinfo(skb)->gso_size;
	struct size size = { .packets = 1 };
	unsigned int head;

	size.bytes = skb->len > outer ? skb->len - outer : 0;
	if (!skb_is_gso(skb) || !skb->encapsulation)
		return size;
	head = skb_inner_transport_header(skb) - skb_inner_mac_header(skb);
	if (type & SKB_GSO_UDP_L4)
		head += sizeof(struct udphdr);
	else if (skb_inner_transport_offset(skb) + sizeof(struct tcphdr) <=
		 skb_headlen(skb))
		head += inner_tcp_hdrlen(skb);
	if (head < size.bytes) {
		size.packets = DIV_ROUND_UP(size.bytes - head, gso_size);
		size.bytes += (size.packets - 1) * head;
	}
	return size;
}

/* Count as forward.c would have: what came in is in a flow, or in a named miss;
 * what came in goes out, or is a named drop.
 */
static void drop_tunnel(struct sk_buff *skb, struct nsfab_fabric *fab,
			struct nsfab_network *net, const struct size *size,
			enum nsfab_drop_reason reason)
{
	struct nsfab_stats __percpu *stats = net ? net->stats : fab->stats;

	nsfab_stats_count(stats, NSFAB_CTR_TUNNEL_IN, size->packets,
			  size->bytes);
	nsfab_stats_miss(stats, NSFAB_FLOW_MISS_DROPPED, size->packets,
			 size->bytes);
	nsfab_stats_drop(stats, reason, size->packets, size->bytes);
	trace_nsfab_drop(skb, net ? net->id : 0, 0, reason);
	nsfab_drop_free(skb, reason);
}

static u8 outer_source(const struct sk_buff *skb, bool v4,
		       struct in6_addr *source)
{
	if (v4) {
		nsfab_addr_set_v4(source, ip_hdr(skb)->saddr);
		return ip_hdr(skb)->tos;
	}
	*source = ipv6_hdr(skb)->saddr;
	return ipv6_get_dsfield(ipv6_hdr(skb));
}

/* RFC 6040: congestion marked outside has to be told inside. */
static enum nsfab_drop_reason decap_ecn(struct sk_buff *skb, u8 tos)
{
	unsigned int len = ETH_HLEN;
	u8 inner;

	if (skb->protocol == htons(ETH_P_IP))
		len += sizeof(struct iphdr);
	else if (skb->protocol == htons(ETH_P_IPV6))
		len += sizeof(struct ipv6hdr);
	else
		return 0;
	if (!pskb_may_pull(skb, len))
		return NSFAB_DROP_REASON_MALFORMED;
	/* ECT(1) and CE are written to the inner header. */
	if (tos & INET_ECN_ECT_1 && skb_ensure_writable(skb, len))
		return NSFAB_DROP_REASON_NO_MEMORY;
	inner = skb->protocol == htons(ETH_P_IP) ?
		ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
	return INET_ECN_decapsulate(skb, tos, inner) > 1 ?
	       NSFAB_DROP_REASON_TUNNEL_ECN : 0;
}

/* Take the outer headers off: data is at the inner MAC header then. */
static enum nsfab_drop_reason pull(struct sk_buff *skb, unsigned int len,
				   u8 tos)
{
	enum nsfab_drop_reason reason;

	if (skb->len < len + ETH_HLEN)
		return NSFAB_DROP_REASON_MALFORMED;
	if (__iptunnel_pull_header(skb, len, htons(ETH_P_TEB), false, true))
		return NSFAB_DROP_REASON_NO_MEMORY;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	reason = decap_ecn(skb, tos);
	/* The router rewrites frames and keeps no sum of them. */
	skb_forward_csum(skb);
	return reason;
}

static int receive(struct sock *sk, struct sk_buff *skb)
{
	struct nsfab_fabric *fab = rcu_dereference_sk_user_data(sk);
	enum nsfab_drop_reason reason = NSFAB_DROP_REASON_TUNNEL_HEADER;
	struct nsfab_network *net = NULL;
	struct nsfab_vtep *vtep;
	struct in6_addr source;
	struct tunnel tunnel;
	struct size size;
	u8 tos;

	if (unlikely(!fab)) {
		/* The socket is being closed. */
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_READY);
		return 0;
	}
	size = wire_size(skb, NSFAB_PROTO_UDP_LEN);
	if (!pskb_may_pull(skb, NSFAB_PROTO_UDP_LEN) ||
	    !parse_tunnel(fab->encap, (void *)(udp_hdr(skb) + 1), &tunnel))
		goto drop;
	size = wire_size(skb, sizeof(struct udphdr) + tunnel.len);

	reason = NSFAB_DROP_REASON_NO_VNI;
	net = xa_load(&fab->vnis, tunnel.vni);
	if (!net)
		goto drop;

	/* Only its own hosts may speak to a network: who can send to the
	 * underlay is not in every tenant's networks by that.
	 */
	reason = NSFAB_DROP_REASON_NO_VTEP;
	tos = outer_source(skb, nsfab_addr_is_v4(&fab->local), &source);
	vtep = nsfab_vtep_find(fab, &source);
	if (!vtep || !nsfab_vtep_flood_has(net, vtep))
		goto drop;

	reason = pull(skb, sizeof(struct udphdr) + tunnel.len, tos);
	if (reason)
		goto drop;
	skb->dev = fab->dev;
	nsfab_forward_from_tunnel(skb, net, vtep);
	return 0;

drop:
	drop_tunnel(skb, fab, net, &size, reason);
	return 0;
}

/* Is the packet ours that an ICMP error quotes? The core takes the path's MTU
 * from it then.
 */
static int err_lookup(struct sock *sk, struct sk_buff *skb)
{
	struct nsfab_fabric *fab = rcu_dereference_sk_user_data(sk);
	struct tunnel tunnel;

	if (!fab)
		return -ENOENT;
	if (!pskb_may_pull(skb, skb_transport_offset(skb) +
				NSFAB_PROTO_UDP_LEN) ||
	    !parse_tunnel(fab->encap, (void *)(udp_hdr(skb) + 1), &tunnel))
		return -EINVAL;
	return xa_load(&fab->vnis, tunnel.vni) ? 0 : -ENOENT;
}

/* Merge what is inside if the tunnel headers are the same to the last bit. */
static struct sk_buff *gro_receive(struct list_head *head, struct sk_buff *skb,
				   const void *hdr, unsigned int len)
{
	unsigned int at = skb_gro_offset(skb);
	struct sk_buff *p;

	list_for_each_entry(p, head, list) {
		/* Options only where there are as many: the fixed part first */
		if (NAPI_GRO_CB(p)->same_flow &&
		    (memcmp(p->data + at, hdr, NSFAB_PROTO_TUNNEL_LEN) ||
		     memcmp(p->data + at, hdr, len)))
			NAPI_GRO_CB(p)->same_flow = 0;
	}
	skb_gro_pull(skb, len);
	skb_gro_postpull_rcsum(skb, hdr, len);
	return call_gro_receive(eth_gro_receive, head, skb);
}

static void *gro_header(struct sk_buff *skb, unsigned int len)
{
	unsigned int at = skb_gro_offset(skb);

	return skb_gro_header(skb, at + len, at);
}

static struct sk_buff *vxlan_gro_receive(struct sock *sk,
					 struct list_head *head,
					 struct sk_buff *skb)
{
	const void *hdr = gro_header(skb, sizeof(struct nsfab_proto_vxlan));

	if (unlikely(!hdr)) {
		NAPI_GRO_CB(skb)->flush = 1;
		return NULL;
	}
	return gro_receive(head, skb, hdr, sizeof(struct nsfab_proto_vxlan));
}

static struct sk_buff *geneve_gro_receive(struct sock *sk,
					  struct list_head *head,
					  struct sk_buff *skb)
{
	const struct nsfab_proto_geneve *hdr = gro_header(skb, sizeof(*hdr));
	unsigned int len;

	if (unlikely(!hdr || hdr->proto != htons(ETH_P_TEB)))
		goto flush;
	len = geneve_len(hdr);
	hdr = gro_header(skb, len);
	if (unlikely(!hdr))
		goto flush;
	return gro_receive(head, skb, hdr, len);

flush:
	NAPI_GRO_CB(skb)->flush = 1;
	return NULL;
}

static int vxlan_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	return eth_gro_complete(skb, nhoff + sizeof(struct nsfab_proto_vxlan));
}

static int geneve_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	return eth_gro_complete(skb, nhoff + geneve_len((void *)skb->data +
							nhoff));
}

static int bind_v4(struct socket *sock, const struct nsfab_fabric *fab)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = nsfab_addr_v4(&fab->local),
		.sin_port = fab->udp_port,
	};

	return kernel_bind(sock, (struct sockaddr *)&sin, sizeof(sin));
}

static int bind_v6(struct socket *sock, const struct nsfab_fabric *fab)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = fab->local,
		.sin6_port = fab->udp_port,
	};
	int err;

	err = ip6_sock_set_v6only(sock->sk);
	if (err)
		return err;
	return kernel_bind(sock, (struct sockaddr *)&sin6, sizeof(sin6));
}

/**
 * nsfab_decap_open() - begin to receive from the tunnel, and let encap.c send
 * @fab: the fabric
 *
 * The local address need not be there yet, or, with IPv6, not be checked for
 * duplicates.
 *
 * Context: RTNL is held.
 * Return: 0, also without an encapsulation, or -errno, -EADDRINUSE above all
 */
int nsfab_decap_open(struct nsfab_fabric *fab)
{
	bool vxlan = fab->encap == NSFAB_ENCAP_VXLAN;
	bool v4 = nsfab_addr_is_v4(&fab->local);
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = fab,
		.encap_type = 1,
		.encap_rcv = receive,
		.encap_err_lookup = err_lookup,
		.gro_receive = vxlan ? vxlan_gro_receive : geneve_gro_receive,
		.gro_complete = vxlan ? vxlan_gro_complete :
					geneve_gro_complete,
	};
	struct net *net = dev_net(fab->dev);
	struct socket *sock;
	int err;

	ASSERT_RTNL();
	if (fab->encap == NSFAB_ENCAP_NONE)
		return 0;
	err = sock_create_kern(net, v4 ? AF_INET : AF_INET6, SOCK_DGRAM,
			       IPPROTO_UDP, &sock);
	if (err)
		return err;
	ip_sock_set_freebind(sock->sk);
	err = v4 ? bind_v4(sock, fab) : bind_v6(sock, fab);
	if (err) {
		sock_release(sock);
		return err;
	}
	/* GSO frames of inner UDP stay whole, too. */
	udp_set_bit(ACCEPT_L4, sock->sk);
	setup_udp_tunnel_sock(net, sock, &cfg);
	rcu_assign_pointer(fab->sock, sock);
	return 0;
}

/**
 * nsfab_decap_close() - stop to receive and to send
 * @fab: the fabric
 *
 * Context: RTNL is held.
 */
void nsfab_decap_close(struct nsfab_fabric *fab)
{
	struct socket *sock = rtnl_dereference(fab->sock);

	if (!sock)
		return;
	RCU_INIT_POINTER(fab->sock, NULL);
	rcu_assign_sk_user_data(sock->sk, NULL);
	/* As udp_tunnel_sock_release(), but expedited: there may be hundreds of
	 * fabrics in a namespace that goes.
	 */
	synchronize_net();
	kernel_sock_shutdown(sock, SHUT_RDWR);
	sock_release(sock);
}
