// SPDX-License-Identifier: GPL-2.0-only
/* The packet's way: this file, and no other, states the order of the tables.
 *
 *   port -- parse -- guard --+
 *   tunnel -- parse ---------+- count - ARP/ND - flow - learn -+
 *   fabric's own frames -----+                                 |
 *      +-------------------------------------------------------+
 *      +- links of the port that it comes from
 *      +- multicast: flood ------------------------------------+
 *      +- router's MAC: route, neighbour, TTL, MACs ---+       |
 *      +- FDB -----------------------------------------+- out -+
 *   out: links of the pair of ports, of the port that it goes to; then
 *        device | VTEP | patch (learn, around again) | stub (its answer, around
 *        again)
 *
 * A link may keep a frame: it comes back by resume() when it is due.
 *
 * What goes around again waits in a queue of this one call, so that neither a
 * long path nor an answer to an answer uses up the stack.
 *
 * How copies of a flood are told from one another is in way.c.
 */

#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <net/gso.h>
#include <net/ip.h>

#include "addr.h"
#include "answer.h"
#include "binding.h"
#include "cb.h"
#include "deliver.h"
#include "drop.h"
#include "encap.h"
#include "fabric.h"
#include "fdb.h"
#include "flow.h"
#include "flow_ends.h"
#include "forward.h"
#include "frame.h"
#include "guard.h"
#include "icmp.h"
#include "neigh.h"
#include "network.h"
#include "parse.h"
#include "route.h"
#include "stub.h"
#include "tenant.h"
#include "trace.h"
#include "transit.h"
#include "vtep.h"
#include "way.h"

/* What one frame may become, all in one go and with bottom halves off. A flood
 * costs a frame for each network that it reaches, and as many for each port as
 * the copy holds packets, which links may have to cut apart; a unicast frame
 * that forwarding entries lead in a circle costs NSFAB_HOPS_MAX of them, about
 * a millisecond. To come to this limit takes as many networks that are patched
 * together, or some of them with routers that send floods in again: it bounds
 * what these do with frames to some ten milliseconds.
 */
#define FRAMES_MAX 65536

/* A flood looks at all ports of its network, and most may be stubs, which get
 * no copy. Once all floods have looked at so many, no other one begins. The
 * first flood always does, however many ports its network has.
 */
#define WALKED_MAX (4 * FRAMES_MAX)

static void count_in(const struct nsfab_cb *cb)
{
	if (cb->port)
		nsfab_stats_port_in(cb->port->stats, cb->packets, cb->bytes);
	else if (cb->flags & NSFAB_CB_TUNNEL)
		nsfab_stats_count(cb->net->stats, NSFAB_CTR_TUNNEL_IN,
				  cb->packets, cb->bytes);
	else
		nsfab_stats_count(cb->net->stats, NSFAB_CTR_LOCAL,
				  cb->packets, cb->bytes);
}

static void count_miss(const struct nsfab_cb *cb, enum nsfab_flow_miss miss)
{
	nsfab_stats_miss(cb->net->stats, miss, cb->packets, cb->bytes);
}

static void count_flow(struct sk_buff *skb, const struct nsfab_flow_key *key,
		       u8 tcp_flags)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_tenant *tenant = cb->net->tenant;

	if (cb->proto != htons(ETH_P_IP) && cb->proto != htons(ETH_P_IPV6)) {
		count_miss(cb, NSFAB_FLOW_MISS_NON_IP);
		return;
	}
	if (READ_ONCE(tenant->accounting) == NSFAB_ACCOUNTING_OFF) {
		count_miss(cb, NSFAB_FLOW_MISS_OFF);
		return;
	}
	switch (nsfab_flow_count(tenant, skb, key, tcp_flags)) {
	case NSFAB_FLOW_COUNTED:
		nsfab_flow_ends_source(skb);
		break;
	case NSFAB_FLOW_FULL:
		count_miss(cb, NSFAB_FLOW_MISS_FULL);
		break;
	case NSFAB_FLOW_NO_MEMORY:
		count_miss(cb, NSFAB_FLOW_MISS_NO_MEMORY);
		break;
	}
}

/* A frame that only we hold, for what may need another head. One that merely
 * goes to a device is as good when its sender keeps a reference.
 * Return: the frame, or NULL, and it is dropped, for want of memory
 */
static struct sk_buff *own(struct sk_buff *skb)
{
	struct sk_buff *mine;

	if (likely(!skb_shared(skb)))
		return skb;
	mine = skb_clone(skb, GFP_ATOMIC);
	if (unlikely(!mine)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_MEMORY);
		return NULL;
	}
	consume_skb(skb);
	return mine;
}

/* Number a frame for links, and let it meet those of the port that it comes
 * from. Return: true if it goes on at once, false if it is gone
 */
static bool enter(struct sk_buff *skb, const struct nsfab_flow_key *key)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);

	if (likely(!nsfab_tenant_has_links(cb->net->tenant)))
		return true;
	nsfab_transit_number(skb, key);
	return !cb->port || !rcu_access_pointer(cb->port->link_from) ||
	       !nsfab_transit_from(skb);
}

/* Take what the fabric itself made into the queue. */
static void send_local(struct sk_buff *skb, struct nsfab_way *way)
{
	struct nsfab_flow_key key;
	u8 tcp_flags;

	if (!skb)
		return;
	if (WARN_ON_ONCE(nsfab_parse_frame(skb, &key, &tcp_flags))) {
		nsfab_drop(skb, NSFAB_DROP_REASON_UNSPEC);
		return;
	}
	count_in(nsfab_cb(skb));
	if (nsfab_answer_is_control(skb))
		count_miss(nsfab_cb(skb), NSFAB_FLOW_MISS_CONTROL);
	else
		count_flow(skb, &key, tcp_flags);
	if (enter(skb, &key))
		__skb_queue_tail(&way->later, skb);
}

static void drop_told(struct sk_buff *skb, enum nsfab_drop_reason reason,
		      enum nsfab_icmp_error error, u32 mtu,
		      struct nsfab_way *way)
{
	send_local(nsfab_icmp_error(skb, error, mtu), way);
	nsfab_drop(skb, reason);
}

static void out_tunnel(struct sk_buff *skb, struct nsfab_vtep *vtep,
		       struct nsfab_network *from, struct nsfab_way *way)
{
	struct nsfab_cb saved;
	u32 mtu = 0;
	int reason;

	skb = own(skb);
	if (!skb)
		return;
	saved = *nsfab_cb(skb);
	/* Two hosts that each take a MAC to be at the other would play ball. */
	if (saved.flags & NSFAB_CB_TUNNEL && !(saved.flags & NSFAB_CB_ROUTED)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_HAIRPIN);
		return;
	}
	if (saved.flags & NSFAB_CB_WAVE)
		skb->mark = 0;
	/* A link's time is not the underlay's, nor is the sender's. */
	skb_set_delivery_time(skb, 0, false);
	reason = nsfab_encap_xmit(skb, saved.net, vtep, &mtu);
	if (!reason) {
		nsfab_stats_count(saved.net->stats, NSFAB_CTR_TUNNEL_OUT,
				  saved.packets, saved.bytes);
	} else if (reason == NSFAB_DROP_REASON_TOO_BIG && mtu) {
		nsfab_cb(skb)->net = from;
		drop_told(skb, reason, NSFAB_ICMP_TOO_BIG, mtu, way);
	} else {
		nsfab_drop(skb, reason);
	}
}

static void learn(struct sk_buff *skb, struct nsfab_vtep *vtep)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	const u8 *mac = eth_hdr(skb)->h_source;

	/* The router has its MAC on every host. */
	if (READ_ONCE(cb->net->flags) & NSFAB_NETWORK_FLAG_LEARNING &&
	    !ether_addr_equal(mac, cb->net->router_mac))
		nsfab_fdb_learn(cb->net, mac, cb->port, vtep);
}

static void out_patch(struct sk_buff *skb, struct nsfab_port *port,
		      struct nsfab_way *way)
{
	struct nsfab_port *peer = rcu_dereference(port->peer);
	struct nsfab_cb *cb = nsfab_cb(skb);

	if (!peer) {
		nsfab_drop(skb, NSFAB_DROP_REASON_UNBOUND);
		return;
	}
	if (++cb->hops > NSFAB_HOPS_MAX || way->queue.qlen >= FRAMES_MAX ||
	    (cb->flags & NSFAB_CB_FLOODED &&
	     !nsfab_way_is_first(way, peer->net, skb))) {
		nsfab_drop(skb, NSFAB_DROP_REASON_HOPS);
		return;
	}
	cb->port = peer;
	cb->net = peer->net;
	learn(skb, NULL);
	if (rcu_access_pointer(peer->link_from) && nsfab_transit_from(skb))
		return;
	if (cb->flags & NSFAB_CB_FLOODED)
		__skb_queue_tail(&way->queue, skb);
	else
		__skb_queue_tail(&way->later, skb);
}

/* What stands behind a port takes a frame that is over all links. */
static void out_binding(struct sk_buff *skb, struct nsfab_port *port,
			struct nsfab_network *from, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_vtep *vtep;
	struct sk_buff *answer;

	switch (READ_ONCE(port->binding)) {
	case NSFAB_BINDING_NETDEV:
		nsfab_deliver(skb, port, way->rx);
		break;
	case NSFAB_BINDING_REMOTE:
		vtep = rcu_dereference(port->vtep);
		if (vtep)
			out_tunnel(skb, vtep, from, way);
		else
			nsfab_drop(skb, NSFAB_DROP_REASON_UNBOUND);
		break;
	case NSFAB_BINDING_PATCH:
		out_patch(skb, port, way);
		break;
	case NSFAB_BINDING_STUB:
		answer = nsfab_stub_answer(skb, port);
		if (!answer) {
			nsfab_drop(skb, NSFAB_DROP_REASON_STUB);
			break;
		}
		nsfab_stats_port_out(port->stats, cb->packets, cb->bytes);
		/* It meets the links of what the stub sends. */
		nsfab_cb(answer)->port = port;
		send_local(answer, way);
		consume_skb(skb);
		break;
	case NSFAB_BINDING_PARKED:
		nsfab_drop(skb, NSFAB_DROP_REASON_PARKED);
		break;
	default:
		nsfab_drop(skb, NSFAB_DROP_REASON_UNBOUND);
	}
}

static void out_port(struct sk_buff *skb, struct nsfab_port *port,
		     struct nsfab_network *from, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);

	if (port == cb->port && !(cb->flags & NSFAB_CB_ROUTED)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_HAIRPIN);
		return;
	}
	if (cb->flow || cb->flags & NSFAB_CB_HELD)
		nsfab_flow_ends_dest(skb, port);
	trace_nsfab_verdict(skb, cb->net->id, port->id,
			    READ_ONCE(port->binding));
	if (nsfab_tenant_has_links(cb->net->tenant) &&
	    nsfab_transit_to(skb, port))
		return;
	out_binding(skb, port, from, way);
}

static bool takes_flood(const struct nsfab_port *port)
{
	switch (READ_ONCE(port->binding)) {
	case NSFAB_BINDING_NETDEV:
		return nsfab_deliver_is_ready(port);
	case NSFAB_BINDING_PATCH:
		return true;
	default:
		/* A remote port's VTEP is in the flood list, once. */
		return false;
	}
}

/* A segmented frame may be cut for each port, if there are links. */
static struct sk_buff *copy_of(struct sk_buff *skb, struct nsfab_way *way)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	struct sk_buff *copy = NULL;

	way->copied = min_t(u32, way->copied + cb->packets, 2 * FRAMES_MAX);
	if (likely(way->copied <= FRAMES_MAX))
		copy = skb_clone(skb, GFP_ATOMIC);
	if (likely(copy)) {
		/* What becomes of a copy is no matter of the frame's flow. */
		nsfab_cb(copy)->flow = NULL;
		return copy;
	}
	nsfab_stats_drop(cb->net->stats, way->copied <= FRAMES_MAX ?
			 NSFAB_DROP_REASON_NO_MEMORY : NSFAB_DROP_REASON_HOPS,
			 cb->packets, cb->bytes);
	return NULL;
}

/* Split horizon: a frame from a VTEP was sent to all the others already. */
static void flood(struct sk_buff *skb, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_network *net = cb->net;
	struct nsfab_flood *to;
	struct nsfab_port *port;
	struct sk_buff *copy;

	if (way->walked >= WALKED_MAX) {
		nsfab_drop(skb, NSFAB_DROP_REASON_HOPS);
		return;
	}
	nsfab_way_flood(way, skb);
	list_for_each_entry_rcu(port, &net->ports, net_node) {
		way->walked++;
		if (port == cb->port || !takes_flood(port))
			continue;
		copy = copy_of(skb, way);
		if (copy)
			out_port(copy, port, net, way);
	}
	if (!(cb->flags & NSFAB_CB_TUNNEL)) {
		list_for_each_entry_rcu(to, &net->floods, node) {
			copy = copy_of(skb, way);
			if (copy)
				out_tunnel(copy, to->vtep, net, way);
		}
	}
	consume_skb(skb);
}

/* False if it is not known where the MAC is; the frame stays the caller's. */
static bool to_mac(struct sk_buff *skb, const u8 *mac,
		   struct nsfab_network *from, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_network *net = cb->net;
	struct nsfab_fdb *entry;

	entry = nsfab_fdb_find(net->tenant->fab, net->id, mac);
	if (!entry)
		return false;
	if (entry->port)
		out_port(skb, entry->port, from, way);
	else
		out_tunnel(skb, entry->vtep, from, way);
	return true;
}

static void to_unknown(struct sk_buff *skb, struct nsfab_way *way)
{
	if (READ_ONCE(nsfab_cb(skb)->net->flags) & NSFAB_NETWORK_FLAG_LEARNING)
		flood(skb, way);
	else
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_FDB);
}

/* To the router itself, by one of its addresses */
static void to_router(struct sk_buff *skb, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct sk_buff *reply = nsfab_icmp_echo(skb);

	if (reply) {
		send_local(reply, way);
		consume_skb(skb);
	} else if (cb->l4proto == IPPROTO_UDP || cb->l4proto == IPPROTO_TCP) {
		drop_told(skb, NSFAB_DROP_REASON_NOT_FOR_ROUTER,
			  NSFAB_ICMP_NO_PORT, 0, way);
	} else {
		nsfab_drop(skb, NSFAB_DROP_REASON_NOT_FOR_ROUTER);
	}
}

/* By flow, the same on each host and in both directions. Fragments have no
 * ports, so all packets of a datagram that is cut take the hop of its
 * addresses.
 */
static u32 hop_hash(const struct sk_buff *skb, const struct in6_addr *src,
		    const struct in6_addr *dst)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u32 a = jhash2((__force const u32 *)src->s6_addr32, 4, 0);
	u32 b = jhash2((__force const u32 *)dst->s6_addr32, 4, 0);

	/* IPv6 names the protocol in the first fragment alone. */
	if (cb->flags & NSFAB_CB_CUT)
		return jhash_1word(a ^ b, 0);
	if (cb->flags & NSFAB_CB_L4 &&
	    (cb->l4proto == IPPROTO_TCP || cb->l4proto == IPPROTO_UDP)) {
		const __be16 *ports = (const __be16 *)(skb->data + cb->l4);

		a += (__force u32)ports[0];
		b += (__force u32)ports[1];
	}
	return jhash_1word(a ^ b, cb->l4proto);
}

static bool age_and_address(struct sk_buff *skb, struct nsfab_network *to,
			    const u8 *mac, bool v4)
{
	unsigned int head = ETH_HLEN + (v4 ? sizeof(struct iphdr) :
					     sizeof(struct ipv6hdr));

	if (skb_ensure_writable(skb, head))
		return false;
	/* The full sum would have to follow what changes here; the stack can
	 * make it again.
	 */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (v4)
		ip_decrease_ttl(ip_hdr(skb));
	else
		ipv6_hdr(skb)->hop_limit--;
	ether_addr_copy(eth_hdr(skb)->h_dest, mac);
	ether_addr_copy(eth_hdr(skb)->h_source, to->router_mac);
	return true;
}

static void forward_routed(struct sk_buff *skb, struct nsfab_network *to,
			   const struct in6_addr *next, bool v4,
			   struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_network *from = cb->net;
	u8 mac[ETH_ALEN];

	if (!nsfab_neigh_resolve(to, next, mac)) {
		drop_told(skb, NSFAB_DROP_REASON_NO_NEIGH, NSFAB_ICMP_NO_HOST,
			  0, way);
		return;
	}
	/* Both ends of a routed path may be in other networks than the one
	 * whose router speaks: make the error before the frame leaves it.
	 */
	if (!nsfab_frame_fits(skb, READ_ONCE(to->mtu))) {
		drop_told(skb, NSFAB_DROP_REASON_TOO_BIG, NSFAB_ICMP_TOO_BIG,
			  READ_ONCE(to->mtu), way);
		return;
	}
	if (!age_and_address(skb, to, mac, v4)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_MEMORY);
		return;
	}
	/* Whatever it is a copy of, it may come there once more, now routed. */
	nsfab_way_leave(skb);
	cb->flags |= NSFAB_CB_ROUTED;
	cb->net = to;
	if (!to_mac(skb, mac, from, way))
		__skb_queue_tail(&way->later, skb);
}

static bool is_router_address(const struct nsfab_network *net,
			      const struct in6_addr *dst)
{
	const struct nsfab_network *owner;
	const struct nsfab_subnet *s;
	struct in6_addr lla;

	owner = nsfab_route_network(net->tenant, dst);
	s = owner ? nsfab_network_subnet(owner, dst) : NULL;
	if (s && ipv6_addr_equal(&s->gateway, dst))
		return true;
	nsfab_addr_lla(&lla, net->router_mac);
	return ipv6_addr_equal(&lla, dst);
}

static void route(struct sk_buff *skb, struct nsfab_way *way)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	bool v4 = cb->proto == htons(ETH_P_IP);
	struct nsfab_tenant *tenant = cb->net->tenant;
	const struct nsfab_nexthop *hop;
	struct in6_addr src, dst;
	struct nsfab_network *to;
	struct nsfab_route *rt;

	if (!v4 && cb->proto != htons(ETH_P_IPV6)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_NOT_FOR_ROUTER);
		return;
	}
	if (v4) {
		const struct iphdr *iph = ip_hdr(skb);

		if (ip_fast_csum((u8 *)iph, iph->ihl)) {
			nsfab_drop(skb, NSFAB_DROP_REASON_MALFORMED);
			return;
		}
		nsfab_addr_set_v4(&src, iph->saddr);
		nsfab_addr_set_v4(&dst, iph->daddr);
	} else {
		src = ipv6_hdr(skb)->saddr;
		dst = ipv6_hdr(skb)->daddr;
	}

	if (is_router_address(cb->net, &dst)) {
		to_router(skb, way);
		return;
	}
	if (!nsfab_addr_is_host(&dst) || ipv6_addr_any(&src) ||
	    (v4 && !nsfab_addr_v4(&src)) ||
	    (!v4 && (ipv6_addr_type(&dst) | ipv6_addr_type(&src)) &
	     IPV6_ADDR_LINKLOCAL)) {
		nsfab_drop(skb, NSFAB_DROP_REASON_MARTIAN);
		return;
	}
	if ((v4 ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit) <= 1) {
		drop_told(skb, NSFAB_DROP_REASON_TTL, NSFAB_ICMP_TTL, 0, way);
		return;
	}
	rt = nsfab_route_lookup(tenant, &dst);
	switch (rt ? rt->type : NSFAB_ROUTE_TYPE_UNREACHABLE) {
	case NSFAB_ROUTE_TYPE_CONNECTED:
		forward_routed(skb, rt->net, &dst, v4, way);
		return;
	case NSFAB_ROUTE_TYPE_UNICAST:
		hop = nsfab_route_hop(rt, hop_hash(skb, &src, &dst));
		to = nsfab_route_network(tenant, &hop->via);
		if (!to)	/* its network was removed */
			break;
		forward_routed(skb, to, &hop->via, v4, way);
		return;
	case NSFAB_ROUTE_TYPE_BLACKHOLE:
		nsfab_drop(skb, NSFAB_DROP_REASON_BLACKHOLE);
		return;
	}
	drop_told(skb, rt && rt->type == NSFAB_ROUTE_TYPE_UNREACHABLE ?
		  NSFAB_DROP_REASON_UNREACHABLE : NSFAB_DROP_REASON_NO_ROUTE,
		  NSFAB_ICMP_NO_ROUTE, 0, way);
}

static void step(struct sk_buff *skb, struct nsfab_way *way)
{
	struct nsfab_network *net = nsfab_cb(skb)->net;
	const u8 *dst = eth_hdr(skb)->h_dest;

	if (ether_addr_equal(dst, net->router_mac)) {
		skb = own(skb);
		if (skb)
			route(skb, way);
	} else if (!nsfab_frame_fits(skb, READ_ONCE(net->mtu))) {
		/* which tells nobody of a multicast */
		drop_told(skb, NSFAB_DROP_REASON_TOO_BIG, NSFAB_ICMP_TOO_BIG,
			  READ_ONCE(net->mtu), way);
	} else if (is_multicast_ether_addr(dst)) {
		flood(skb, way);
	} else if (!to_mac(skb, dst, net, way)) {
		to_unknown(skb, way);
	}
}

static void refuse(struct sk_buff *skb, enum nsfab_drop_reason reason)
{
	count_miss(nsfab_cb(skb), NSFAB_FLOW_MISS_DROPPED);
	nsfab_drop(skb, reason);
}

static void run(struct nsfab_way *way)
{
	struct sk_buff *skb;
	u32 frames = 0;

	while ((skb = nsfab_way_next(way))) {
		if (likely(++frames <= FRAMES_MAX))
			step(skb, way);
		else
			nsfab_drop(skb, NSFAB_DROP_REASON_HOPS);
	}
}

/* A frame that links have let go */
static void resume(struct sk_buff *skb, struct nsfab_port *to,
		   struct list_head *rx)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_way way;

	nsfab_way_init(&way, rx);
	if (to)
		out_binding(skb, to, cb->port ? cb->port->net : cb->net,
			    &way);
	else
		__skb_queue_tail(&way.later, skb);
	run(&way);
}

static void forward(struct sk_buff *skb, struct nsfab_vtep *vtep)
{
	enum nsfab_drop_reason reason;
	struct sk_buff *reply = NULL;
	struct nsfab_flow_key key;
	struct nsfab_cb *cb;
	struct nsfab_way way;
	u8 tcp_flags;

	cb = nsfab_cb(skb);
	reason = nsfab_parse_frame(skb, &key, &tcp_flags);
	count_in(cb);
	trace_nsfab_receive(skb, cb->net->id, cb->port ? cb->port->id : 0,
			    !cb->port);
	if (!reason && cb->port)
		reason = nsfab_guard_check(skb, cb->port, &key);
	if (reason) {
		refuse(skb, reason);
		return;
	}
	learn(skb, vtep);

	nsfab_way_init(&way, NULL);
	if (nsfab_answer_is_control(skb)) {
		switch (nsfab_answer_frame(skb, &reply, &reason)) {
		case NSFAB_ANSWER_DROP:
			refuse(skb, reason);
			return;
		case NSFAB_ANSWER_DONE:
			count_miss(cb, NSFAB_FLOW_MISS_CONTROL);
			send_local(reply, &way);
			consume_skb(skb);
			skb = NULL;
			break;
		case NSFAB_ANSWER_PASS:
			count_miss(cb, NSFAB_FLOW_MISS_CONTROL);
			break;
		}
	} else {
		count_flow(skb, &key, tcp_flags);
	}
	/* What a link changes of it, it may change as long as the head is ours:
	 * who shares a frame with us has it for what it counts alone.
	 */
	if (skb && skb_cloned(skb))
		skb = own(skb);
	if (skb && enter(skb, &key))
		step(skb, &way);
	run(&way);
}

/**
 * nsfab_forward_from_port() - forward a frame that a port's VM sent
 * @skb: the frame, data at the MAC header, consumed
 * @port: the port
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_forward_from_port(struct sk_buff *skb, struct nsfab_port *port)
{
	nsfab_cb_begin(skb, port->net, port, 0);
	forward(skb, NULL);
}

/**
 * nsfab_forward_from_tunnel() - forward a frame that came through the tunnel
 * @skb: the inner frame, data at the MAC header, consumed
 * @net: the network of its VNI
 * @vtep: the VTEP that it came from
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_forward_from_tunnel(struct sk_buff *skb, struct nsfab_network *net,
			       struct nsfab_vtep *vtep)
{
	nsfab_cb_begin(skb, net, NULL, NSFAB_CB_TUNNEL);
	forward(skb, vtep);
}

/**
 * nsfab_forward_init() - take what links let go
 */
void nsfab_forward_init(void)
{
	nsfab_transit_init(resume);
}
