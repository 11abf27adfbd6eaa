/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: flows. */
#ifndef NSFAB_FLOW_H
#define NSFAB_FLOW_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_FLOW_HAS_SRC_PORT	(1u << 0)
#define NSFAB_FLOW_HAS_DST_PORT	(1u << 1)
#define NSFAB_FLOW_HAS_RTT	(1u << 2)
#define NSFAB_FLOW_HAS_RICH	(1u << 3)

/**
 * struct nsfab_flow_dir - one direction of a flow
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 * @drop_packets: of these, dropped
 * @drop_reason: enum nsfab_drop_reason, the last drop's
 * @tcp_flags: all TCP flags seen
 * @size_squares: rich, sum of the squares of packet sizes in bytes
 * @gap_sum: rich, sum of the gaps between packets in microseconds
 * @gap_squares: rich, sum of the squares of these gaps
 * @size_min: rich, smallest packet
 * @size_max: rich, largest packet
 */
struct nsfab_flow_dir {
	uint64_t packets;
	uint64_t bytes;
	uint64_t drop_packets;
	uint8_t drop_reason;
	uint8_t tcp_flags;
	uint64_t size_squares;
	uint64_t gap_sum;
	uint64_t gap_squares;
	uint32_t size_min;
	uint32_t size_max;
};

/**
 * struct nsfab_flow - a conversation, both directions
 * @present: NSFAB_FLOW_HAS_*
 * @tenant: id of the tenant
 * @src: the side that sent the first packet seen
 * @dst: the other side
 * @proto: IP protocol
 * @src_l4: port of the source, or the ICMP echo's identifier, host order
 * @dst_l4: likewise of the destination
 * @first: first packet, nanoseconds since 1970
 * @last: last packet, nanoseconds since 1970
 * @src_port: id of the source's port, not present if not known here
 * @dst_port: id of the destination's port, likewise
 * @rtt: nanoseconds between the TCP handshake's SYN and its ACK
 * @orig: from source to destination
 * @reply: from destination to source
 */
struct nsfab_flow {
	uint32_t present;
	uint32_t tenant;
	struct nsfab_addr src;
	struct nsfab_addr dst;
	uint8_t proto;
	uint16_t src_l4;
	uint16_t dst_l4;
	uint64_t first;
	uint64_t last;
	uint32_t src_port;
	uint32_t dst_port;
	uint64_t rtt;
	struct nsfab_flow_dir orig;
	struct nsfab_flow_dir reply;
};

typedef int (*nsfab_flow_cb)(const struct nsfab_flow *flow, void *arg);

/**
 * nsfab_flow_dump() - read flows
 * @h: handle
 * @ifindex: the fabric
 * @filter: may be NULL
 * @reset: tell what was counted since the last reset, and reset. Each count
 *	is told once: a pass that was disturbed is not thrown away, the next
 *	one's counts are added to it.
 * @cb: called for each; a value other than 0 ends the dump and is returned.
 *	With @reset, the rest of what was reset is then lost.
 * @arg: passed on
 * @err: filled on failure of the dump itself; with @reset @cb has then been
 *	called with what was read before
 *
 * The table of flows hardly ever stands still. Without @reset a disturbed dump
 * is repeated a few times, then the last one is taken as it is.
 */
int nsfab_flow_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, bool reset,
		    nsfab_flow_cb cb, void *arg, struct nsfab_err *err);

/** nsfab_flow_flush() - remove flows; @filter may be NULL for all */
int nsfab_flow_flush(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, struct nsfab_err *err);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_FLOW_H */
