// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way across links: those of the port that they come from,
 * those of the pair of ports, those of the port that they go to; behind each
 * one the bottlenecks of its path.
 *
 * A packet that a link holds is known by ids, and by its link: its ports may be
 * gone when it is due, and then it is dropped. It is read again when it goes
 * on, but to a device.
 */

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <net/gso.h>
#include <net/inet_ecn.h>

#include "binding.h"
#include "cb.h"
#include "deliver.h"
#include "drop.h"
#include "fabric.h"
#include "flow.h"
#include "held.h"
#include "impair.h"
#include "link.h"
#include "network.h"
#include "parse.h"
#include "tenant.h"
#include "transit.h"
#include "wheel.h"

enum {
	/* After so many nanoseconds the packets that are due wait while others
	 * get the CPU: one that is flooded may take as long as ten thousand.
	 */
	RELEASE_NS = NSEC_PER_MSEC,
	/* Packets that are merely delivered between two looks at the clock,
	 * which takes longer than the rest of letting one go
	 */
	CLOCK_EVERY = 4,
	/* Of these, as many as their devices get at a time: what a stack does
	 * with them, which is the receiver's to say, may take long
	 */
	RECEIVE_EVERY = 64,
	/* Packets that are swept at a time */
	SWEEP = 64,
};

/**
 * struct step - a link that a packet is about to cross
 * @link: the link
 * @path: the path that it is a part of, or NULL
 * @port: the port that the packet came from at NSFAB_HELD_FROM, else that it
 *	goes to
 * @stage: enum nsfab_held_stage
 * @index: how many bottlenecks of @path it has entered, this one included
 */
struct step {
	struct nsfab_link *link;
	struct nsfab_link_path *path;
	struct nsfab_port *port;
	u8 stage;
	u8 index;
};

static nsfab_transit_resume_fn resume;
static atomic_t plain;
static DEFINE_MUTEX(start_lock); /* protects started */
static bool started;

/**
 * nsfab_transit_number() - give a packet what its draws depend on
 * @skb: the parsed frame, counted in its flow if it has one
 * @key: its 5-tuple
 *
 * Packets in no flow are numbered by the port that they come from.
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_transit_number(struct sk_buff *skb, const struct nsfab_flow_key *key)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	atomic_t *numbers = cb->port ? &cb->port->plain : &plain;
	u32 last;

	if (cb->flow) {
		cb->flow_hash = nsfab_impair_flow(key);
		last = nsfab_flow_number(cb->flow, cb->dir);
	} else {
		cb->flow_hash = cb->port ? cb->port->id : 0;
		last = atomic_add_return(cb->packets, numbers);
	}
	cb->nth = last - cb->packets + 1;
}

/* The link that a packet takes, of those with the same ends */
static struct nsfab_link *choose(struct sk_buff *skb, struct nsfab_link *first)
{
	struct nsfab_flow_key key;
	u8 tcp_flags;

	if (!first || !rcu_dereference(first->conf)->filtered)
		return first;
	/* Of one with a wrong bit, by as much as can be read */
	nsfab_parse_frame(skb, &key, &tcp_flags);
	return nsfab_link_choose(first, &key);
}

/* The next link behind the bottlenecks of a path; false if the way is free. */
static bool next_step(struct sk_buff *skb, struct step *s)
{
	struct nsfab_link *link;

	if (s->path && s->index < s->path->n) {
		s->link = s->path->via[s->index++];
		return true;
	}
	s->path = NULL;
	s->index = 0;
	if (s->stage == NSFAB_HELD_FROM)
		return false;
	if (s->stage == NSFAB_HELD_PAIR) {
		s->stage = NSFAB_HELD_TO;
		link = choose(skb, rcu_dereference(s->port->link_to));
	} else {
		return false;
	}
	if (!link)
		return false;
	s->link = link;
	s->path = rcu_dereference(link->conf)->path;
	return true;
}

static void count_fate(struct nsfab_link_counters *ctr,
		       const struct nsfab_impair_packet *p, u32 bytes, u64 now,
		       const struct nsfab_impair_fate *fate)
{
	if (!ctr->packets)
		ctr->first = now;
	ctr->packets += p->packets;
	ctr->bytes += bytes;
	ctr->last = now;
	switch (fate->reason) {
	case 0:
		if (fate->queueing)
			ctr->queueing[nsfab_link_bucket(fate->queueing)] +=
				p->packets;
		ctr->propagation[nsfab_link_bucket(fate->propagation)] +=
			p->packets;
		if (likely(!(fate->mark | fate->ahead)))
			break;
		ctr->marked += fate->mark ? p->packets : 0;
		ctr->reordered += fate->ahead;
		break;
	case NSFAB_DROP_REASON_LINK_LOSS:
		ctr->lost += p->packets;
		break;
	case NSFAB_DROP_REASON_LINK_QUEUE:
		ctr->queue_drops += p->packets;
		break;
	case NSFAB_DROP_REASON_LINK_DOWN:
		ctr->down_drops += p->packets;
		break;
	case NSFAB_DROP_REASON_LINK_HORIZON:
		ctr->horizon_drops += p->packets;
		break;
	case NSFAB_DROP_REASON_LINK_HELD:
		ctr->held_drops += p->packets;
		break;
	}
}

static bool corrupt(struct sk_buff *skb, u32 bit)
{
	unsigned int head;

	/* Not cut, for the link has just changed */
	if (skb_is_gso(skb))
		return false;
	/* Who receives it is to see that it is wrong. */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return false;
	if (skb_headlen(skb) <= ETH_HLEN || skb_unclone(skb, GFP_ATOMIC))
		return false;
	head = skb_headlen(skb) - ETH_HLEN;
	bit %= head * BITS_PER_BYTE;
	skb->data[ETH_HLEN + bit / BITS_PER_BYTE] ^= 1 << bit % BITS_PER_BYTE;
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

/* Returns true if its sender is told of congestion by that. */
static bool mark(struct sk_buff *skb)
{
	unsigned int need = ETH_HLEN + sizeof(struct ipv6hdr);

	return !skb_ensure_writable(skb, min(need, skb->len)) &&
	       INET_ECN_set_ce(skb);
}

/* Count what could not be done under the lock, once it is done. */
static void count_done(struct nsfab_link *link, u64 *ctr)
{
	spin_lock(&link->lock);
	++*ctr;
	spin_unlock(&link->lock);
}

/* One packet, or a segmented frame whose packets fare alike, meets a link.
 * Return: true if it is gone, false if it goes on at once
 */
static bool meet(struct sk_buff *skb, const struct step *s, u64 now,
		 bool may_pass, bool copy)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_impair_packet p = {
		.flow = cb->flow_hash,
		.nth = cb->nth,
		.bytes = cb->bytes,
		.packets = cb->packets,
		.copy = copy,
	};
	struct nsfab_link *link = s->link;
	const struct nsfab_link_conf *conf = rcu_dereference(link->conf);
	u32 bytes = nsfab_impair_bytes(conf->overhead, p.bytes, p.packets);
	struct nsfab_impair_fate fate;
	struct sk_buff *twin;
	u32 room = 0;
	bool pass;

	/* Pages of a sender that waits for them, and its socket by these */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC) ||
		     nsfab_held_own_pages(link->tenant, skb))) {
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_MEMORY);
		return true;
	}
	spin_lock(&link->lock);
	nsfab_impair_packet(link, conf, &p, now, &fate);
	/* None overtakes those that are held but by a shorter delay; what it
	 * says of itself is read again if a bit of it is changed.
	 */
	pass = may_pass && fate.due <= now && !fate.corrupt && !link->held_skbs;
	if (!fate.reason && !pass) {
		room = nsfab_held_take_room(link->tenant, skb);
		if (!room)
			fate.reason = NSFAB_DROP_REASON_LINK_HELD;
	}
	if (fate.mark && !fate.reason)
		fate.mark = mark(skb);
	count_fate(&link->ctr, &p, bytes, now, &fate);
	if (pass && !fate.reason)
		nsfab_link_count_out(&link->ctr, p.packets, bytes, 0);
	else if (!fate.reason)
		nsfab_link_hold(link, p.packets, p.bytes);
	spin_unlock(&link->lock);

	if (fate.reason) {
		nsfab_drop(skb, fate.reason);
		return true;
	}
	if (fate.duplicate) {
		twin = skb_copy(skb, GFP_ATOMIC);
		count_done(link, &link->ctr.duplicated);
		if (twin)
			meet(twin, s, now, false, true);
		else
			nsfab_drop_count(cb, NSFAB_DROP_REASON_NO_MEMORY);
	}
	if (fate.corrupt && corrupt(skb, fate.bit))
		count_done(link, &link->ctr.corrupted);
	if (pass)
		return false;
	nsfab_held_add(skb, &(struct nsfab_held){
		.link = s->link,
		.path = s->path,
		.port = s->port->id,
		.serial = s->port->serial,
		.stage = s->stage,
		.index = s->index,
	}, room, fate.due, now);
	return true;
}

/* Cut a segmented frame and let each packet meet the link. */
static void meet_apart(struct sk_buff *skb, const struct step *s, u64 now)
{
	struct nsfab_cb saved = *nsfab_cb(skb);
	struct nsfab_link *link = s->link;
	struct sk_buff *segs, *seg, *next;
	u32 wave = skb->mark, i = 0;

	segs = __skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM, false);
	if (IS_ERR_OR_NULL(segs)) {
		*nsfab_cb(skb) = saved;
		nsfab_drop(skb, NSFAB_DROP_REASON_NO_MEMORY);
		return;
	}
	consume_skb(skb);
	spin_lock(&link->lock);
	link->ctr.segmented++;
	spin_unlock(&link->lock);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		*nsfab_cb(seg) = saved;
		nsfab_cb(seg)->packets = 1;
		nsfab_cb(seg)->bytes = seg->len;
		nsfab_cb(seg)->nth = saved.nth + i;
		if (saved.flags & NSFAB_CB_WAVE)
			seg->mark = wave + i;
		i++;
		meet(seg, s, now, false, false);
	}
}

static bool is_apart(struct sk_buff *skb, const struct step *s, u64 now)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_impair_packet p = {
		.flow = cb->flow_hash,
		.nth = cb->nth,
		.bytes = cb->bytes,
		.packets = cb->packets,
	};
	struct nsfab_link *link = s->link;
	bool apart;

	spin_lock(&link->lock);
	apart = nsfab_impair_apart(link, rcu_dereference(link->conf), &p, now);
	spin_unlock(&link->lock);
	return apart;
}

/* When a packet comes to a link: if one has held it before, when that was to
 * let it go, so that neither the wheel's microseconds nor its lateness add up.
 */
static u64 arrival(const struct sk_buff *skb)
{
	if (nsfab_cb(skb)->flags & NSFAB_CB_HELD && skb->tstamp)
		return ktime_to_ns(skb->tstamp);
	return ktime_get_ns();
}

/* Cross one link after the other until one holds it.
 * Return: true if it is gone
 */
static bool cross(struct sk_buff *skb, struct step *s)
{
	u64 now = arrival(skb);

	do {
		if (skb_is_gso(skb) && is_apart(skb, s, now)) {
			meet_apart(skb, s, now);
			return true;
		}
		if (meet(skb, s, now, true, false))
			return true;
	} while (next_step(skb, s));
	return false;
}

/**
 * nsfab_transit_from() - cross the links of the port that a frame comes from
 * @skb: the parsed and numbered frame, its cb's port not NULL
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: true if the frame is gone, false if it goes on at once
 */
bool nsfab_transit_from(struct sk_buff *skb)
{
	struct nsfab_port *port = nsfab_cb(skb)->port;
	struct step s = { .port = port, .stage = NSFAB_HELD_FROM };

	s.link = choose(skb, rcu_dereference(port->link_from));
	if (!s.link)
		return false;
	s.path = rcu_dereference(s.link->conf)->path;
	return cross(skb, &s);
}

/**
 * nsfab_transit_to() - cross the links between the port that a frame comes from
 *	and the one that it goes to, and of the latter
 * @skb: the parsed and numbered frame
 * @to: the port
 *
 * Context: in an RCU read section, bottom halves disabled.
 * Return: true if the frame is gone, false if it goes on at once
 */
bool nsfab_transit_to(struct sk_buff *skb, struct nsfab_port *to)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	struct step s = { .port = to, .stage = NSFAB_HELD_PAIR };

	if (cb->port && READ_ONCE(cb->port->n_pairs))
		s.link = choose(skb, nsfab_link_of_pair(cb->net->tenant,
							cb->port->id, to->id));
	if (s.link)
		s.path = rcu_dereference(s.link->conf)->path;
	else if (!rcu_access_pointer(to->link_to) || !next_step(skb, &s))
		return false;
	return cross(skb, &s);
}

/* A tenant's, for the port may be gone; another one may have its id by now. */
static struct nsfab_port *from_of(struct nsfab_tenant *tenant, u32 id)
{
	struct nsfab_port *port = id ? xa_load(&tenant->fab->ports, id) : NULL;

	return port && port->net->tenant == tenant ? port : NULL;
}

static void drop_lost(struct sk_buff *skb, const struct nsfab_held_size *size,
		      struct nsfab_tenant *tenant)
{
	nsfab_stats_drop(tenant->stats, NSFAB_DROP_REASON_UNBOUND,
			 size->packets, size->bytes);
	nsfab_drop_free(skb, NSFAB_DROP_REASON_UNBOUND);
}

/* Nothing but a device takes a frame as it is. It may have a changed bit in a
 * header by now, which is for the VM to see, and for others to refuse.
 */
static bool is_to_device(const struct nsfab_held *h,
			 const struct nsfab_port *port)
{
	return h->stage != NSFAB_HELD_FROM &&
	       READ_ONCE(port->binding) == NSFAB_BINDING_NETDEV;
}

/* A packet whose link has let it go, at the next one or at its port */
static void go_on(struct sk_buff *skb, const struct nsfab_held *h,
		  const struct nsfab_held_size *size, struct list_head *rx)
{
	struct nsfab_tenant *tenant = h->link->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_port *from = NULL;
	enum nsfab_drop_reason reason;
	struct nsfab_flow_key key;
	struct step s = {};
	struct nsfab_cb *cb;
	bool to_device;
	u8 tcp_flags;

	s.port = nsfab_held_port(fab, h);
	if (!s.port || READ_ONCE(fab->dying)) {
		drop_lost(skb, size, tenant);
		return;
	}
	s.path = h->path;
	s.stage = h->stage;
	s.index = h->index;
	/* Behind the last link nobody asks who sent it, but to count a drop,
	 * and who is ready does not drop, but in a race.
	 */
	to_device = is_to_device(h, s.port);
	if (s.stage == NSFAB_HELD_FROM)
		from = s.port;
	else if (s.stage != NSFAB_HELD_TO || s.path || !to_device ||
		 !nsfab_deliver_is_ready(s.port))
		from = from_of(tenant, h->from);
	skb->dev = fab->dev;
	skb_set_delivery_time(skb, ns_to_ktime(h->wheel.due), true);
	cb = nsfab_cb_begin(skb, s.port->net, from,
			    (h->flags & ~NSFAB_CB_PARSED) | NSFAB_CB_HELD);
	cb->hops = h->hops;
	cb->flow_hash = h->flow_hash;
	cb->nth = h->nth;
	cb->packets = size->packets;
	cb->bytes = size->bytes;
	if (!to_device) {
		reason = nsfab_parse_frame(skb, &key, &tcp_flags);
		if (reason) {
			nsfab_drop(skb, reason);
			return;
		}
		if (s.stage == NSFAB_HELD_FROM)
			cb->flow = nsfab_flow_find(tenant, &key, &cb->dir);
	}
	if (next_step(skb, &s) && cross(skb, &s))
		return;
	resume(skb, s.stage == NSFAB_HELD_FROM ? NULL : s.port, rx);
}

/* Hand frames to their devices. */
static void receive(struct list_head *rx)
{
	if (list_empty(rx))
		return;
	netif_receive_skb_list(rx);
	INIT_LIST_HEAD(rx);
}

/* The wheel's packets that are due; those that are left when it takes too long
 */
static struct sk_buff *release(struct sk_buff *list, u64 found)
{
	u64 now = ktime_get_ns(), until = now + RELEASE_NS;
	struct sk_buff *skb, *next;
	struct list_head *before;
	u32 n = 0, fetched = 0;
	bool last, merely;
	struct nsfab_held_size size;
	LIST_HEAD(rx);
	struct nsfab_held h;

	rcu_read_lock();
	skb_list_walk_safe(list, skb, next) {
		if (now > until)
			break;
		if (fetched++ % NSFAB_HELD_FETCH == 0)
			nsfab_held_fetch(skb);
		skb_mark_not_on_list(skb);
		h = *nsfab_held(skb);
		size = nsfab_held_size(skb);
		last = nsfab_held_let_go(skb, &size, now, true);
		before = rx.prev;
		go_on(skb, &h, &size, &rx);
		nsfab_link_path_put(h.path);
		if (last)
			nsfab_link_free_later(h.link);
		merely = rx.prev != before && rx.prev->prev == before;
		n += merely;
		/* Not the copies of many floods at a time */
		if (rx.prev != before && (!merely || n % RECEIVE_EVERY == 0))
			receive(&rx);
		if (!merely || n % CLOCK_EVERY == 0)
			now = ktime_get_ns();
	}
	receive(&rx);
	rcu_read_unlock();
	return skb;
}

static bool is_stray(const struct sk_buff *skb, void *arg)
{
	const struct nsfab_held *h = nsfab_held(skb);
	struct nsfab_fabric *fab = arg;
	bool stray;

	if (h->link->tenant->fab != fab)
		return false;
	rcu_read_lock();
	stray = READ_ONCE(fab->dying) || !nsfab_held_port(fab, h);
	rcu_read_unlock();
	return stray;
}

/* Free SWEEP strays at most; returns the others. */
static struct sk_buff *sweep_some(struct sk_buff *list)
{
	struct sk_buff *skb, *next;
	struct nsfab_held_size size;
	struct nsfab_held h;
	u32 left = SWEEP;
	bool last;

	rcu_read_lock();
	local_bh_disable();
	skb_list_walk_safe(list, skb, next) {
		if (!left--)
			break;
		skb_mark_not_on_list(skb);
		h = *nsfab_held(skb);
		size = nsfab_held_size(skb);
		last = nsfab_held_let_go(skb, &size, 0, false);
		drop_lost(skb, &size, h.link->tenant);
		nsfab_link_path_put(h.path);
		if (last)
			nsfab_link_free_later(h.link);
	}
	local_bh_enable();
	rcu_read_unlock();
	return skb;
}

static void sweep(nsfab_wheel_match_fn match, void *arg)
{
	struct sk_buff *list = nsfab_wheel_purge(match, arg);

	while (list) {
		list = sweep_some(list);
		cond_resched();
	}
}

/**
 * nsfab_transit_sweep() - free the packets on their way to ports that are gone
 * @fab: the fabric
 *
 * They would be dropped when they are due, but would take room, and keep links
 * and tenants, until then.
 *
 * Context: process; a grace period after the ports went, so that whoever still
 * saw them has handed over its packets.
 */
void nsfab_transit_sweep(struct nsfab_fabric *fab)
{
	if (READ_ONCE(started))
		sweep(is_stray, fab);
}

/**
 * nsfab_transit_start() - get what holds packets, before the first link is made
 *
 * Context: process.
 * Return: 0 or -ENOMEM
 */
int nsfab_transit_start(void)
{
	int err = 0;

	mutex_lock(&start_lock);
	if (started)
		goto out;
	err = nsfab_held_start();
	if (!err)
		WRITE_ONCE(started, true);
out:
	mutex_unlock(&start_lock);
	return err;
}

/**
 * nsfab_transit_init() - say who forwards packets that links have let go
 * @fn: forwards
 */
void nsfab_transit_init(nsfab_transit_resume_fn fn)
{
	resume = fn;
	nsfab_wheel_on_release(release);
}

/**
 * nsfab_transit_exit() - free what holds packets, and these
 *
 * No fabric is left.
 */
void nsfab_transit_exit(void)
{
	if (!started)
		return;
	nsfab_wheel_halt();
	sweep(NULL, NULL);
	nsfab_held_stop();
}
