// SPDX-License-Identifier: GPL-2.0-only
/* Packets that a link holds, in the timing wheel: what is kept of them, the
 * link's books, and room for them.
 */

#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/percpu_counter.h>
#include <linux/prefetch.h>
#include <net/sock.h>

#include "binding.h"
#include "cb.h"
#include "fabric.h"
#include "flow.h"
#include "held.h"
#include "impair.h"
#include "link.h"
#include "parse.h"
#include "tenant.h"
#include "wheel.h"

enum {
	/* All tenants' links together hold no more than this part of memory. */
	ALL_SHARE = 4,
	/* Those in fabrics of user namespaces find room while all hold no more
	 * than this part of that: it is for whoever makes a namespace, and
	 * nobody is charged for it.
	 */
	USERS_SHARE = 4,
	/* Bytes by which a CPU's share of the sum may be out of date */
	ALL_BATCH = 256 * 1024,
	/* Pages may be so many times larger than what a packet counts for. */
	SPARSE = 4,
	/* Where a frame's IP header ends, be it in another cache line */
	IP_END = ETH_HLEN + sizeof(struct ipv6hdr),
};

static struct percpu_counter all;
static s64 all_max;

/* Is there memory for more? Near enough: a CPU's share may be out of date. */
static bool is_room(const struct nsfab_fabric *fab)
{
	s64 max = fab->is_users ? all_max / USERS_SHARE : all_max;

	return percpu_counter_read_positive(&all) <= max;
}

static u64 pages_of(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	struct page *page, *last = NULL;
	u64 bytes = 0;
	int i;

	if (skb->head_frag)
		bytes += page_size(virt_to_head_page(skb->head));
	for (i = 0; i < info->nr_frags; i++) {
		page = skb_frag_page(&info->frags[i]);
		if (!page)
			continue;
		page = compound_head(page);
		if (page != last)
			bytes += page_size(page);
		last = page;
	}
	return bytes;
}

static bool is_sparse(const struct sk_buff *skb)
{
	const struct sk_buff *part;
	u64 bytes = pages_of(skb);

	skb_walk_frags(skb, part)
		bytes += pages_of(part);
	return bytes > (u64)SPARSE * skb->truesize;
}

/**
 * nsfab_held_own_pages() - see that a packet of a user's namespace does not
 *	keep many times the memory that it counts for
 * @tenant: whose link is to hold it
 * @skb: the packet
 *
 * It counts for what it has of a page, and keeps all of that: of a huge one
 * maybe a byte. What it has of such is copied.
 *
 * Context: any.
 * Return: 0 or -errno
 */
int nsfab_held_own_pages(const struct nsfab_tenant *tenant, struct sk_buff *skb)
{
	int err;

	/* None but pktgen, which is the host's, shares packets. */
	if (likely(!tenant->fab->is_users) || skb_shared(skb) ||
	    !is_sparse(skb))
		return 0;
	/* Pages of its own would be more than a small packet takes. */
	if (skb->len <= PAGE_SIZE || skb_has_frag_list(skb))
		err = skb_linearize(skb);
	else
		err = skb_copy_ubufs(skb, GFP_ATOMIC);
	if (!err && skb->head_frag)
		err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
	return err;
}

/**
 * nsfab_held_take_room() - take room for one more packet
 * @tenant: whose links hold it
 * @skb: the packet
 *
 * Its memory counts, of which its length may be a small part.
 *
 * Context: bottom halves disabled.
 * Return: the bytes taken, for nsfab_held_add(), or 0 if there are none;
 *	nsfab_held_let_go() gives them back
 */
u32 nsfab_held_take_room(struct nsfab_tenant *tenant, const struct sk_buff *skb)
{
	u64 max = READ_ONCE(tenant->max_held_bytes);
	u32 room = skb->truesize;

	if (!nsfab_limit_take(&tenant->max_held))
		return 0;
	if (atomic64_add_return(room, &tenant->held_bytes) <= max &&
	    is_room(tenant->fab)) {
		percpu_counter_add_batch(&all, room, ALL_BATCH);
		return room;
	}
	atomic64_sub(room, &tenant->held_bytes);
	nsfab_limit_fail(&tenant->max_held);
	return 0;
}

static void change_room(struct nsfab_tenant *tenant, s64 by)
{
	percpu_counter_add_batch(&all, by, ALL_BATCH);
	atomic64_add(by, &tenant->held_bytes);
}

/**
 * nsfab_held_add() - hold a packet that there is room for
 * @skb: the packet, which is handed over, with its struct nsfab_cb; it holds no
 *	pages of a sender any more
 * @what: its link, where it is on its way and to which port, that is all but
 *	what is in its struct nsfab_cb
 * @room: what nsfab_held_take_room() took for it
 * @due: when it is to leave, ktime_get_ns()
 * @now: when it came, likewise, which may be a while ago
 *
 * Nothing that the sender's stack attached, its socket neither, stays for so
 * long: it would keep the namespace.
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_held_add(struct sk_buff *skb, const struct nsfab_held *what,
		    u32 room, u64 due, u64 now)
{
	const struct nsfab_cb cb = *nsfab_cb(skb);
	struct nsfab_held *h = nsfab_held(skb);
	u32 wave = skb->mark;

	*h = *what;
	if (h->path)
		refcount_inc(&h->path->ref);
	h->flow_hash = cb.flow_hash;
	h->nth = cb.nth;
	h->from = cb.port ? cb.port->id : 0;
	h->hops = cb.hops;
	h->flags = cb.flags;

	skb_scrub_packet(skb, true);
	if (cb.flags & NSFAB_CB_WAVE)
		skb->mark = wave;
	skb_orphan(skb);
	skb->dev = NULL;
	/* Where bits of it were changed, it may have got a copy of its own. */
	if (unlikely(skb->truesize != room))
		change_room(what->link->tenant, (s64)skb->truesize - room);
	nsfab_wheel_add(skb, due, now);
}

/**
 * nsfab_held_size() - what a packet that a link holds is on the wire
 * @skb: the packet
 *
 * Return: packets and bytes, and what room it takes, which may be another once
 *	it has been read
 */
struct nsfab_held_size nsfab_held_size(struct sk_buff *skb)
{
	struct nsfab_held_size size = {
		.packets = 1,
		.bytes = skb->len,
		.room = skb->truesize,
	};
	const struct nsfab_held h = *nsfab_held(skb);
	struct nsfab_flow_key key;
	u8 tcp_flags;

	if (!skb_is_gso(skb))
		return size;
	nsfab_cb_begin(skb, NULL, NULL, 0);
	nsfab_parse_frame(skb, &key, &tcp_flags);
	size.packets = nsfab_cb(skb)->packets;
	size.bytes = nsfab_cb(skb)->bytes;
	*nsfab_held(skb) = h;
	return size;
}

/**
 * nsfab_held_let_go() - take a packet out of its link's books
 * @skb: the packet, which the wheel has released or lost
 * @size: its size
 * @now: ktime_get_ns()
 * @released: it is due, and has left the link
 *
 * Context: bottom halves disabled.
 * Return: true if nsfab_link_free_later() is to follow for its link
 */
bool nsfab_held_let_go(struct sk_buff *skb, const struct nsfab_held_size *size,
		       u64 now, bool released)
{
	const struct nsfab_held *h = nsfab_held(skb);
	struct nsfab_link *link = h->link;
	u32 bytes;
	bool last;

	spin_lock(&link->lock);
	last = nsfab_link_let_go(link, size->packets, size->bytes);
	if (released) {
		bytes = nsfab_impair_bytes(link->overhead, size->bytes,
					   size->packets);
		nsfab_link_count_out(&link->ctr, size->packets, bytes,
				     now - min(now, h->wheel.due));
	}
	spin_unlock(&link->lock);
	change_room(link->tenant, -(s64)size->room);
	nsfab_limit_give(&link->tenant->max_held);
	return last;
}

/**
 * nsfab_held_port() - the port that a packet comes from or goes to
 * @fab: the fabric
 * @h: what is known of the packet
 *
 * Mostly it is the one that the link ends at, which is there as long as the
 * link.
 *
 * Context: in an RCU read section.
 * Return: the port, or NULL if it is gone
 */
struct nsfab_port *nsfab_held_port(struct nsfab_fabric *fab,
				   const struct nsfab_held *h)
{
	const struct nsfab_link *link = h->link;
	struct nsfab_port *port = NULL;

	if (!READ_ONCE(link->dead))
		port = h->stage == NSFAB_HELD_FROM ? link->from : link->to;
	if (!port || port->id != h->port)
		port = xa_load(&fab->ports, h->port);
	return port && port->serial == h->serial ? port : NULL;
}

/* The device that the link of a packet ends at, if it ends at one */
static struct net_device *end_of(const struct sk_buff *skb)
{
	const struct nsfab_link *link = nsfab_held(skb)->link;

	if (!link->to || READ_ONCE(link->dead))
		return NULL;
	return rcu_dereference(link->to->dev);
}

/**
 * nsfab_held_fetch() - fetch what the next packets need of memory
 * @list: packets that are about to be let go, NSFAB_HELD_FETCH of which count
 *
 * It was not used for as long as they were held. One pointer is followed at a
 * time, so that none has to wait for another's.
 *
 * Context: in an RCU read section.
 */
void nsfab_held_fetch(struct sk_buff *list)
{
	struct net_device *dev[NSFAB_HELD_FETCH];
	struct nsfab_link *link;
	struct sk_buff *skb;
	u32 n = 0, i;

	for (skb = list; skb && n < NSFAB_HELD_FETCH; skb = skb->next, n++) {
		link = nsfab_held(skb)->link;
		prefetch(link);
		prefetchw(&link->lock);
		prefetchw(&link->ctr);
		prefetchw(&skb->len);
		prefetchw(&skb->protocol);
		prefetchw(skb->data);
		prefetch(skb->data + IP_END - 1);
		prefetchw(skb_shinfo(skb));
	}
	for (skb = list, i = 0; i < n; skb = skb->next, i++)
		prefetch(nsfab_held(skb)->link->to);
	for (skb = list, i = 0; i < n; skb = skb->next, i++) {
		dev[i] = end_of(skb);
		if (!dev[i])
			continue;
		prefetch(&dev[i]->ptype_all);
		prefetch(&dev[i]->flags);
		prefetch(&dev[i]->rx_handler);
		prefetch(&dev[i]->dev_addr);
	}
	for (i = 0; i < n; i++)
		if (dev[i])
			prefetch(dev[i]->dev_addr);
}

/**
 * nsfab_held_start() - get what holds packets
 *
 * Context: process.
 * Return: 0 or -ENOMEM
 */
int nsfab_held_start(void)
{
	int err;

	all_max = (s64)(totalram_pages() / ALL_SHARE) << PAGE_SHIFT;
	err = percpu_counter_init(&all, 0, GFP_KERNEL);
	if (err)
		return err;
	err = nsfab_wheel_get();
	if (err)
		percpu_counter_destroy(&all);
	return err;
}

/**
 * nsfab_held_stop() - free it, with all packets
 *
 * Context: process; nobody adds any more.
 */
void nsfab_held_stop(void)
{
	nsfab_wheel_put();
	percpu_counter_destroy(&all);
}
