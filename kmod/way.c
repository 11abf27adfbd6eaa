// SPDX-License-Identifier: GPL-2.0-only
/* The frames that one frame becomes, and the waves of copies among them.
 *
 * Networks may be patched to rings, where a flood would go round for ever, and
 * multiply at each fork. So all copies that floods make of one frame are a
 * wave: a network takes the first copy that comes to it, and drops any other
 * one, which has come round. The first has the shortest way, and is learned
 * from. Where links may hold copies back, these come in calls of their own; so
 * waves are numbered there, and a network knows the numbers that it has taken.
 */

#include <linux/percpu.h>

#include "cb.h"
#include "network.h"
#include "tenant.h"
#include "way.h"

static DEFINE_PER_CPU(u64, last_mark);

/* This wave's mark, different from all earlier ones of this CPU. Most waves are
 * of one frame that no network has to know.
 */
static u64 mark_of(struct nsfab_way *way)
{
	if (!way->mark)
		way->mark = __this_cpu_inc_return(last_mark);
	return way->mark;
}

/**
 * nsfab_way_is_first() - is this wave in a network for the first time?
 * @way: the frames of this call
 * @net: the network
 * @skb: a copy that has come to it
 *
 * Context: bottom halves disabled.
 * Return: true for the first copy
 */
bool nsfab_way_is_first(struct nsfab_way *way, struct nsfab_network *net,
			const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	u64 mark = mark_of(way);

	if (__this_cpu_read(*net->mark) == mark)
		return false;
	__this_cpu_write(*net->mark, mark);
	return !(cb->flags & NSFAB_CB_WAVE) ||
	       nsfab_network_take_wave(net, skb->mark, cb->packets);
}

/* Its copies may come one by one, when links let them go: number the wave, and
 * each packet of it, for a link may cut a copy.
 */
static void number(struct sk_buff *skb)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_tenant *tenant = cb->net->tenant;

	if (!nsfab_tenant_has_links(tenant) || cb->flags & NSFAB_CB_WAVE)
		return;
	skb->mark = atomic_add_return(cb->packets, &tenant->last_wave) -
		    cb->packets + 1;
	cb->flags |= NSFAB_CB_WAVE;
	nsfab_network_take_wave(cb->net, skb->mark, cb->packets);
}

/**
 * nsfab_way_flood() - a frame is to be flooded in its network
 * @way: the frames of this call
 * @skb: the frame
 *
 * Context: bottom halves disabled.
 */
void nsfab_way_flood(struct nsfab_way *way, struct sk_buff *skb)
{
	struct nsfab_cb *cb = nsfab_cb(skb);

	__this_cpu_write(*cb->net->mark, mark_of(way));
	cb->flags |= NSFAB_CB_FLOODED;
	number(skb);
}

/**
 * nsfab_way_leave() - a frame is no longer a copy of its wave
 * @skb: the frame
 */
void nsfab_way_leave(struct sk_buff *skb)
{
	struct nsfab_cb *cb = nsfab_cb(skb);

	if (cb->flags & NSFAB_CB_WAVE)
		skb->mark = 0;
	cb->flags &= ~(NSFAB_CB_FLOODED | NSFAB_CB_WAVE);
}
