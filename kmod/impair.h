/* SPDX-License-Identifier: GPL-2.0-only */
/* What a link makes of one packet. Knows no device and no skb. */
#ifndef _NSFAB_IMPAIR_H
#define _NSFAB_IMPAIR_H

#include <linux/types.h>
#include <uapi/linux/nsfab.h>

struct nsfab_flow_key;
struct nsfab_link;
struct nsfab_link_conf;

/**
 * struct nsfab_impair_packet - what draws depend on, and its size
 * @flow: hash of the flow and direction, the same at each boot
 * @nth: number of the (first) packet in its flow and direction, from 1
 * @bytes: bytes on the wire, from the Ethernet header on, without FCS
 * @packets: packets on the wire, more than 1 for a segmented frame
 * @copy: it is a copy that a link made, and is not copied again
 */
struct nsfab_impair_packet {
	u32 flow;
	u32 nth;
	u32 bytes;
	u32 packets;
	bool copy;
};

/**
 * struct nsfab_impair_fate - what becomes of it
 * @due: when it leaves the link, ktime_get_ns()
 * @queueing: nanoseconds that it waits until it is sent
 * @propagation: nanoseconds of delay and jitter
 * @reason: why it is dropped, 0 if it is not
 * @bit: which bit is changed, to be taken modulo the bits that it has
 * @mark: it met congestion
 * @duplicate: it is sent twice
 * @corrupt: @bit counts
 * @ahead: it was sent ahead of others
 */
struct nsfab_impair_fate {
	u64 due;
	u64 queueing;
	u64 propagation;
	u32 bit;
	u8 reason;
	bool mark;
	bool duplicate;
	bool corrupt;
	bool ahead;
};

u32 nsfab_impair_flow(const struct nsfab_flow_key *key);
u32 nsfab_impair_bytes(u8 overhead, u32 bytes, u32 packets);
bool nsfab_impair_apart(struct nsfab_link *link,
			const struct nsfab_link_conf *conf,
			const struct nsfab_impair_packet *p, u64 now);
void nsfab_impair_packet(struct nsfab_link *link,
			 const struct nsfab_link_conf *conf,
			 const struct nsfab_impair_packet *p, u64 now,
			 struct nsfab_impair_fate *fate);
int nsfab_impair_selftest(void);

#endif /* _NSFAB_IMPAIR_H */
