/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows: who talks to whom inside a tenant, counted to the packet. */
#ifndef _NSFAB_FLOW_H
#define _NSFAB_FLOW_H

#include <linux/in6.h>
#include <linux/types.h>
#include <uapi/linux/nsfab.h>

struct nsfab_flow;
struct nsfab_flow_walk;
struct nsfab_tenant;
struct sk_buff;

/* A flow's last packet is known by its jiffies, in 32 bits: longer timeouts are
 * taken as this one, 12 days in seconds.
 */
#define NSFAB_FLOW_TIMEOUT_MAX 1048576

/**
 * struct nsfab_flow_key - a packet's 5-tuple, as it stands in the packet
 * @src: source address
 * @dst: destination address
 * @sport: source port; the identifier of an ICMP echo; 0 where there is none
 * @dport: destination port; the identifier of an ICMP echo; 0 likewise
 * @proto: IP protocol
 */
struct nsfab_flow_key {
	struct in6_addr src;
	struct in6_addr dst;
	__be16 sport;
	__be16 dport;
	u8 proto;
};

/**
 * struct nsfab_flow_sum - one direction of a flow, read over all CPUs
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 * @drop_packets: of these, dropped
 * @size_squares: rich, sum of squares of packet sizes
 * @gap_sum: rich, sum of gaps in microseconds
 * @gap_squares: rich, sum of their squares
 * @size_min: rich, smallest packet, 0 without any
 * @size_max: rich, largest packet
 * @drop_reason: the last drop's
 * @tcp_flags: all TCP flags seen
 */
struct nsfab_flow_sum {
	u64 packets;
	u64 bytes;
	u64 drop_packets;
	u64 size_squares;
	u64 gap_sum;
	u64 gap_squares;
	u32 size_min;
	u32 size_max;
	u8 drop_reason;
	u8 tcp_flags;
};

/**
 * struct nsfab_flow_info - a flow, read
 * @key: 5-tuple of its first packet
 * @dir: as the first packet, and replies
 * @first: first packet, nanoseconds since 1970
 * @last: last packet, likewise, to the resolution of jiffies; never before
 *	@first
 * @rtt: nanoseconds from the handshake's SYN (the latest before the first
 *	SYN/ACK) to the ACK that ends it, 0 if not seen
 * @src_port: id of the source's port, 0 if not known
 * @dst_port: id of the destination's port, 0 if not known
 * @rich: the rich figures are there
 */
struct nsfab_flow_info {
	struct nsfab_flow_key key;
	struct nsfab_flow_sum dir[2];
	u64 first;
	u64 last;
	u64 rtt;
	u32 src_port;
	u32 dst_port;
	bool rich;
};

/**
 * struct nsfab_flow_filter - which flows; a zeroed one means all
 * @addr: of either end, with @plen (mapped) and @has_addr
 * @ports: ids of ports in ascending order, any of them at either end
 * @min_bytes: of both directions together, since the last reset
 * @n_ports: how many @ports
 * @l4_port: of either end, with @has_l4
 * @plen: of @addr
 * @proto: with @has_proto
 * @has_addr: @addr counts
 * @has_l4: @l4_port counts
 * @has_proto: @proto counts
 */
struct nsfab_flow_filter {
	struct in6_addr addr;
	u32 *ports;
	u64 min_bytes;
	u32 n_ports;
	__be16 l4_port;
	u8 plen;
	u8 proto;
	bool has_addr;
	bool has_l4;
	bool has_proto;
};

/**
 * enum nsfab_flow_verdict - what became of a packet that was to be counted
 * @NSFAB_FLOW_COUNTED: counted in a flow
 * @NSFAB_FLOW_FULL: not counted, the tenant has all the flows it may have
 * @NSFAB_FLOW_NO_MEMORY: not counted, for want of memory
 */
enum nsfab_flow_verdict {
	NSFAB_FLOW_COUNTED,
	NSFAB_FLOW_FULL,
	NSFAB_FLOW_NO_MEMORY,
};

/**
 * typedef nsfab_flow_walk_fn - is told each flow of a walk
 * @info: the flow
 * @arg: the walk's argument
 *
 * Must not sleep. What is not 0 ends the walk behind this flow.
 */
typedef int (*nsfab_flow_walk_fn)(const struct nsfab_flow_info *info,
				  void *arg);

/**
 * typedef nsfab_flow_ended_fn - is told each flow that aged out or was flushed
 * @tenant: its tenant, valid during the call
 * @info: the flow, with its final figures since the last reset
 *
 * Called with bottom halves off, a grace period after the flow left the table.
 */
typedef void (*nsfab_flow_ended_fn)(struct nsfab_tenant *tenant,
				    const struct nsfab_flow_info *info);

int nsfab_flow_table_init(struct nsfab_tenant *tenant);
void nsfab_flow_table_free(struct nsfab_tenant *tenant);

/* The packet's way */
enum nsfab_flow_verdict nsfab_flow_count(struct nsfab_tenant *tenant,
					 struct sk_buff *skb,
					 const struct nsfab_flow_key *key,
					 u8 tcp_flags);
void nsfab_flow_drop(struct nsfab_flow *flow, u8 dir, u32 packets,
		     enum nsfab_drop_reason reason);
u32 nsfab_flow_number(const struct nsfab_flow *flow, u8 dir);
struct nsfab_flow *nsfab_flow_find(struct nsfab_tenant *tenant,
				   const struct nsfab_flow_key *key, u8 *dir);
bool nsfab_flow_is_new(const struct nsfab_flow *flow);
u32 nsfab_flow_end(const struct nsfab_flow *flow, u8 end,
		   struct in6_addr *addr);
void nsfab_flow_set_end(struct nsfab_flow *flow, u8 end, u32 port);

/* Ends of flows, process context */
void nsfab_flow_age(struct nsfab_tenant *tenant);
u64 nsfab_flow_flush(struct nsfab_tenant *tenant,
		     const struct nsfab_flow_filter *filter);
void nsfab_flow_on_end(nsfab_flow_ended_fn fn);

/* Reading, process context */
struct nsfab_flow_walk *nsfab_flow_walk_new(struct nsfab_tenant *tenant);
int nsfab_flow_walk(struct nsfab_flow_walk *walk,
		    const struct nsfab_flow_filter *filter, bool reset,
		    nsfab_flow_walk_fn fn, void *arg);
bool nsfab_flow_walk_interrupted(const struct nsfab_flow_walk *walk);
void nsfab_flow_walk_free(struct nsfab_flow_walk *walk);

int nsfab_flow_init(void);
void nsfab_flow_exit(void);
int nsfab_flow_selftest(void);

#endif /* _NSFAB_FLOW_H */
