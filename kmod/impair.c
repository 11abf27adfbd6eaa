// SPDX-License-Identifier: GPL-2.0-only
/* What a link makes of one packet. */

/**
 * DOC: Draws
 *
 * Nothing here is drawn from a generator that packets share. A packet's draws
 * are a keyed hash of its flow, its number in the flow, and what is drawn for;
 * the key is the link's seed and ends. So what befalls a packet does not depend
 * on other flows, on the CPU, or on what became of other links.
 *
 * A loss model with a memory is a Markov chain. Which state a flow is in at its
 * n-th packet follows from the draws of the packets before: each draw maps each
 * state to the next one, and going back from n, the maps composed soon send all
 * states to the same one (coupling from the past; Propp and Wilson, 1996). The
 * search ends at the flow's begin, or at the begin of a block of packets, where
 * the state is drawn from the chain's stationary distribution. The last state
 * of recent flows is remembered, which saves time and changes nothing.
 *
 * On a link a packet meets, in this order: the queue's limit, the threshold of
 * marking, the rate; and then on the wire loss, duplication, corruption, delay
 * and jitter.
 */

#include <linux/bsearch.h>
#include <linux/if_ether.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/siphash.h>
#include <net/ipv6.h>

#include "chain.h"
#include "flow.h"
#include "impair.h"
#include "link.h"
#include "quantile.h"
#include "wheel.h"

enum {
	/* A chain's state is drawn anew every so many packets of a flow: as
	 * many may have to be walked through for one, under the link's lock.
	 */
	BLOCK = 4096,
	/* A segmented frame that takes longer goes as its packets. */
	WHOLE_NS = 250 * NSEC_PER_USEC,
	/* Ethernet's FCS, preamble, gap; its smallest frame without FCS */
	WIRE_EXTRA = 4 + 8 + 12,
	WIRE_MIN = ETH_ZLEN,
};

/* What is drawn for; copies draw for themselves. */
enum draw {
	DRAW_LOSS_AND_JITTER,
	DRAW_COPY_AND_BIT,
	DRAW_AHEAD,
	DRAW_BLOCK,
	DRAW_OF_COPY,
};

/* A machine of the other byte order has to draw the same. */
static u32 word(__be32 as_it_stands)
{
	return le32_to_cpu((__force __le32)as_it_stands);
}

static u32 half(__be16 as_it_stands)
{
	return le16_to_cpu((__force __le16)as_it_stands);
}

/**
 * nsfab_impair_flow() - hash of a flow and direction, for the draws
 * @key: the 5-tuple as it stands in the packet
 *
 * It tells flows apart, no more: draws are keyed.
 *
 * Return: the hash, the same at each boot and on any machine
 */
u32 nsfab_impair_flow(const struct nsfab_flow_key *key)
{
	u32 ports = half(key->sport) << 16 | half(key->dport);
	u32 i, src[4], dst[4];

	if (ipv6_addr_v4mapped(&key->src))
		return jhash_3words(word(key->src.s6_addr32[3]),
				    word(key->dst.s6_addr32[3]), ports,
				    key->proto);
	for (i = 0; i < 4; i++) {
		src[i] = word(key->src.s6_addr32[i]);
		dst[i] = word(key->dst.s6_addr32[i]);
	}
	return jhash2(src, 4, jhash2(dst, 4, jhash_1word(ports, key->proto)));
}

/* 64 bits for the n-th packet of a flow. */
static u64 draw(const struct nsfab_link_conf *conf, u32 flow, u32 nth,
		u32 what)
{
	return siphash_2u64((u64)flow << 32 | nth, what, &conf->key);
}

static bool hits(u32 drawn, u32 probability)
{
	return drawn < probability || probability == U32_MAX;
}

/**
 * nsfab_impair_bytes() - bytes of a frame as a link's rate counts them
 * @overhead: the link's, enum nsfab_link_overhead
 * @bytes: bytes on the wire, from the Ethernet header on, without FCS
 * @packets: packets on the wire
 *
 * Return: bytes
 */
u32 nsfab_impair_bytes(u8 overhead, u32 bytes, u32 packets)
{
	switch (overhead) {
	case NSFAB_LINK_OVERHEAD_L1:
		return max_t(u32, bytes, WIRE_MIN * packets) +
		       WIRE_EXTRA * packets;
	case NSFAB_LINK_OVERHEAD_L3:
		return bytes - min_t(u32, bytes, ETH_HLEN * packets);
	default:
		return bytes;
	}
}

static u8 state_from_draws(const struct nsfab_link_conf *conf,
			   const struct nsfab_link_memory *memory, u32 flow,
			   u32 nth)
{
	const struct nsfab_link_state *known;
	nsfab_chain_map_t map = NSFAB_CHAIN_IDENTITY, first;
	u32 begin = nth - (nth - 1) % BLOCK;
	u32 i, drawn;

	known = memory ? &memory->state[flow % NSFAB_LINK_MEMORY] : NULL;
	if (known && (known->flow != flow || known->nth > nth ||
		      known->nth < begin))
		known = NULL;
	for (i = nth; i >= begin; i--) {
		if (known && known->nth == i)
			return nsfab_chain_step(map, known->state);
		drawn = draw(conf, flow, i, DRAW_LOSS_AND_JITTER);
		first = nsfab_chain_map(conf->loss_model, conf->loss, drawn);
		map = nsfab_chain_compose(map, first);
		if (nsfab_chain_is_constant(map))
			return map & 3;
	}
	drawn = draw(conf, flow, begin, DRAW_BLOCK);
	return nsfab_chain_step(map, nsfab_chain_pick(conf->stationary, drawn));
}

static u8 state_of(struct nsfab_link *link, const struct nsfab_link_conf *conf,
		   u32 flow, u32 nth)
{
	struct nsfab_link_memory *memory = link->memory;
	u8 state = state_from_draws(conf, memory, flow, nth);
	struct nsfab_link_state *known;

	if (memory) {
		known = &memory->state[flow % NSFAB_LINK_MEMORY];
		known->flow = flow;
		known->nth = nth;
		known->state = state;
	}
	return state;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static bool is_lost(struct nsfab_link *link, const struct nsfab_link_conf *conf,
		    u32 flow, u32 nth, u32 drawn)
{
	u8 state;

	switch (conf->loss_model) {
	case NSFAB_LINK_LOSS_MODEL_RANDOM:
		return hits(drawn, conf->loss[0]);
	case NSFAB_LINK_LOSS_MODEL_GILBERT:
		state = state_of(link, conf, flow, nth);
		/* 1-H when bad, 1-K when good */
		return hits(draw(conf, flow, nth, DRAW_AHEAD) >> 32,
			    conf->loss[state ? 2 : 3]);
	case NSFAB_LINK_LOSS_MODEL_MARKOV:
		return state_of(link, conf, flow, nth) >= 2;
	case NSFAB_LINK_LOSS_MODEL_NTH:
		return bsearch(&nth, conf->nth->nth, conf->nth->n, sizeof(nth),
			       compare);
	default:
		return false;
	}
}

/* What befalls a packet on the wire; true if anything but its delay does. */
static bool on_wire(struct nsfab_link *link, const struct nsfab_link_conf *conf,
		    u32 flow, u32 nth, bool copy,
		    struct nsfab_impair_fate *fate)
{
	u32 what = copy ? DRAW_OF_COPY : 0;
	u64 drawn = 0;
	s64 delay;

	if (conf->loss_model || conf->jitter)
		drawn = draw(conf, flow, nth, what | DRAW_LOSS_AND_JITTER);
	if (conf->loss_model && is_lost(link, conf, flow, nth, drawn))
		fate->reason = NSFAB_DROP_REASON_LINK_LOSS;
	delay = conf->delay;
	if (conf->jitter)
		delay += (s64)conf->jitter *
			 nsfab_quantile(conf->dist, conf->table, drawn >> 32) /
			 NSFAB_QUANTILE_ONE;
	fate->propagation = clamp_t(s64, delay, 0, NSFAB_LINK_TIME_MAX);
	if (!conf->odd)
		return fate->reason;
	if (conf->duplicate | conf->corrupt) {
		drawn = draw(conf, flow, nth, what | DRAW_COPY_AND_BIT);
		fate->duplicate = !copy && hits(drawn, conf->duplicate);
		fate->corrupt = hits(drawn >> 32, conf->corrupt);
	}
	if (conf->reorder | conf->corrupt) {
		drawn = draw(conf, flow, nth, what | DRAW_AHEAD);
		fate->ahead = hits(drawn, conf->reorder);
		fate->bit = drawn >> 32;
	}
	if (fate->ahead)
		fate->propagation = 0;
	return fate->reason || fate->duplicate || fate->corrupt || fate->ahead;
}

/**
 * struct sending - when a packet is sent: the state of the rate behind it
 * @start: when the packets before it are gone, ktime_get_ns()
 * @end: when it is gone itself
 * @frac: and so many 2^-NSFAB_LINK_COST_SHIFT nanoseconds
 * @at: number of the next delivery opportunity
 * @left: bytes left of the one before
 */
struct sending {
	u64 start;
	u64 end;
	u32 frac;
	u64 at;
	u32 left;
};

static void send_by_rate(const struct nsfab_link *link,
			 const struct nsfab_link_conf *conf, u32 bytes, u64 now,
			 struct sending *s)
{
	u64 cost;

	/* Of a frame of NSFAB_SEGMENTS_MAX segments, at a few bit/s */
	if (check_mul_overflow(conf->cost, (u64)bytes, &cost))
		cost = U64_MAX - U32_MAX;
	if (link->free_at > now) {
		s->start = link->free_at;
		cost += link->free_frac;
	} else {
		s->start = now;
	}
	s->end = s->start + (cost >> NSFAB_LINK_COST_SHIFT);
	s->frac = cost & ((1U << NSFAB_LINK_COST_SHIFT) - 1);
}

static u64 opportunity(const struct nsfab_link *link,
		       const struct nsfab_link_trace *trace, u64 at)
{
	u32 i;
	u64 period = div_u64_rem(at, trace->n, &i);

	return link->trace_base + (period * trace->period + trace->ms[i]) *
				  NSEC_PER_MSEC;
}

/* Number of the first opportunity that is not before @now, which may be before
 * the trace began.
 */
static u64 first_opportunity(const struct nsfab_link *link,
			     const struct nsfab_link_trace *trace, u64 now)
{
	u64 ms = div_u64(max(now, link->trace_base) - link->trace_base +
			 NSEC_PER_MSEC - 1, NSEC_PER_MSEC);
	u32 low = 0, high = trace->n, within, mid;
	u64 period;

	period = div_u64_rem(ms, trace->period, &within);
	while (low < high) {
		mid = (low + high) / 2;
		if (trace->ms[mid] < within)
			low = mid + 1;
		else
			high = mid;
	}
	return period * trace->n + low;
}

static void send_by_trace(const struct nsfab_link *link,
			  const struct nsfab_link_trace *trace, u32 bytes,
			  u64 now, struct sending *s)
{
	u32 had = link->trace_left;
	u64 first;

	s->at = link->trace_at;
	s->start = now;
	s->end = now;
	s->frac = 0;
	if (s->at)
		s->end = opportunity(link, trace, s->at - 1);
	if (s->end < now || !s->at) {	/* what was left of it is wasted */
		first = first_opportunity(link, trace, now);
		s->at = max(s->at, first);
		had = 0;
		/* A frame may have no byte that counts, and take none of it. */
		s->end = now;
	} else {
		s->start = s->end;
	}
	while (had < bytes) {
		s->end = opportunity(link, trace, s->at++);
		if (!had)
			s->start = s->end;
		had += NSFAB_LINK_OPPORTUNITY;
	}
	s->left = had - bytes;
}

static void send(const struct nsfab_link *link,
		 const struct nsfab_link_conf *conf, u32 bytes, u64 now,
		 struct sending *s)
{
	if (conf->trace) {
		send_by_trace(link, conf->trace, bytes, now, s);
	} else if (conf->cost) {
		send_by_rate(link, conf, bytes, now, s);
	} else {
		s->start = now;
		s->end = now;
		s->frac = 0;
	}
}

/* Is the queue too long for a packet? One that need not wait always fits. */
static bool is_full(const struct nsfab_link_conf *conf, u64 now,
		    const struct sending *s)
{
	return s->start > now && s->end - now > conf->limit;
}

static bool is_marked(const struct nsfab_link_conf *conf, u64 now,
		      const struct sending *s)
{
	return conf->mark && s->start - now > conf->mark;
}

/**
 * nsfab_impair_apart() - do the packets of a segmented frame differ in what
 *	becomes of them?
 * @link: the link
 * @conf: its configuration
 * @p: the frame
 * @now: ktime_get_ns()
 *
 * Context: the link's lock is held.
 * Return: true if they have to be treated apart
 */
bool nsfab_impair_apart(struct nsfab_link *link,
			const struct nsfab_link_conf *conf,
			const struct nsfab_impair_packet *p, u64 now)
{
	struct nsfab_link_memory *memory = link->memory;
	struct nsfab_link_state *known = NULL, saved;
	struct nsfab_impair_fate fate = {};
	struct sending s;
	bool apart;
	u32 i;

	if (p->packets <= 1 || conf->flags & NSFAB_LINK_FLAG_DOWN)
		return false;
	if (conf->jitter || conf->trace)
		return true;
	if (conf->cost) {
		send(link, conf,
		     nsfab_impair_bytes(conf->overhead, p->bytes, p->packets),
		     now, &s);
		/* Even if the first of them need not wait, others have to. */
		if (s.end - s.start > WHOLE_NS || s.end - now > conf->limit ||
		    (conf->mark && s.end - now > conf->mark))
			return true;
	}
	if (!conf->loss_model && !conf->odd)
		return false;
	/* What is remembered is not to be ahead of the packets. */
	if (memory) {
		known = &memory->state[p->flow % NSFAB_LINK_MEMORY];
		saved = *known;
	}
	for (i = 0, apart = false; i < p->packets && !apart; i++)
		apart = on_wire(link, conf, p->flow, p->nth + i, p->copy,
				&fate);
	if (known)
		*known = saved;
	return apart;
}

/**
 * nsfab_impair_packet() - decide what becomes of a packet, and take its place
 *	on the link
 * @link: the link
 * @conf: its configuration
 * @p: the packet, or a frame whose packets need not be treated apart
 * @now: ktime_get_ns()
 * @fate: set
 *
 * A packet that is lost on the wire has been sent: it took its time.
 *
 * Context: the link's lock is held.
 */
void nsfab_impair_packet(struct nsfab_link *link,
			 const struct nsfab_link_conf *conf,
			 const struct nsfab_impair_packet *p, u64 now,
			 struct nsfab_impair_fate *fate)
{
	u32 bytes = nsfab_impair_bytes(conf->overhead, p->bytes, p->packets);
	struct nsfab_link_memory *memory = link->memory;
	struct sending s;
	u64 *last;

	*fate = (struct nsfab_impair_fate){};
	if (conf->flags & NSFAB_LINK_FLAG_DOWN) {
		fate->reason = NSFAB_DROP_REASON_LINK_DOWN;
		return;
	}
	send(link, conf, bytes, now, &s);
	if (is_full(conf, now, &s)) {
		fate->reason = NSFAB_DROP_REASON_LINK_QUEUE;
		return;
	}
	on_wire(link, conf, p->flow, p->nth, p->copy, fate);
	fate->mark = is_marked(conf, now, &s);
	fate->queueing = s.start - now;
	fate->due = s.end + fate->propagation;
	if (fate->due - now > NSFAB_WHEEL_HORIZON) {
		fate->reason = NSFAB_DROP_REASON_LINK_HORIZON;
		return;
	}

	link->free_at = s.end;
	link->free_frac = s.frac;
	if (conf->trace) {
		link->trace_at = s.at;
		link->trace_left = s.left;
	}
	if (fate->reason || fate->ahead || !conf->jitter ||
	    conf->flags & NSFAB_LINK_FLAG_OVERTAKE || !memory)
		return;
	last = &memory->due[p->flow % NSFAB_LINK_MEMORY];
	fate->due = max(fate->due, *last);
	*last = fate->due;
}

#ifdef CONFIG_NSFAB_DEBUG
#include "selftest/impair.c"
#endif
