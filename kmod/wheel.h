/* SPDX-License-Identifier: GPL-2.0-only */
/* The timing wheel: packets that are released at a given nanosecond. */
#ifndef _NSFAB_WHEEL_H
#define _NSFAB_WHEEL_H

#include <linux/skbuff.h>
#include <linux/types.h>

/* No packet is held for longer, in nanoseconds. */
#define NSFAB_WHEEL_HORIZON (16ULL * NSEC_PER_SEC)

/**
 * struct nsfab_wheel_cb - what the wheel keeps of a packet; the first member of
 *	whatever skb->cb is while the wheel has it
 * @due: when it is to be released, ktime_get_ns()
 */
struct nsfab_wheel_cb {
	u64 due;
};

/**
 * typedef nsfab_wheel_release_fn - takes packets that are due
 * @list: they, linked by skb->next, in the order of their microsecond and then
 *	of their arrival; owned by the callee
 * @now: the time by which they were found due, ktime_get_ns()
 *
 * Called in softirq context, without a lock; may add packets. To end a run that
 * takes too long, it may leave packets: those from the one that it returns on.
 * They are released first next time.
 */
typedef struct sk_buff *nsfab_wheel_release_fn(struct sk_buff *list, u64 now);

/**
 * typedef nsfab_wheel_match_fn - is a packet to be taken out?
 * @skb: the packet
 * @arg: the purge's argument
 *
 * Called with the wheel's lock held.
 */
typedef bool (*nsfab_wheel_match_fn)(const struct sk_buff *skb, void *arg);

/**
 * struct nsfab_wheel_stats - what the wheels of all CPUs hold
 * @packets: skbs held
 * @bytes: their memory
 */
struct nsfab_wheel_stats {
	u64 packets;
	u64 bytes;
};

void nsfab_wheel_on_release(nsfab_wheel_release_fn *fn);
int nsfab_wheel_get(void);
void nsfab_wheel_halt(void);
void nsfab_wheel_put(void);
void nsfab_wheel_add(struct sk_buff *skb, u64 due, u64 now);
struct sk_buff *nsfab_wheel_purge(nsfab_wheel_match_fn match, void *arg);
void nsfab_wheel_read(struct nsfab_wheel_stats *stats);
int nsfab_wheel_selftest(void);

#endif /* _NSFAB_WHEEL_H */
