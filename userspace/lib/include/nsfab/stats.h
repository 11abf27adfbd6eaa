/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: counters, table usage and drops. */
#ifndef NSFAB_STATS_H
#define NSFAB_STATS_H

#include <nsfab/filter.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct nsfab_counters - packets and bytes on the wire
 * @in_packets: from ports
 * @in_bytes: from ports
 * @out_packets: to ports
 * @out_bytes: to ports
 * @tunnel_in_packets: from VTEPs
 * @tunnel_in_bytes: from VTEPs
 * @tunnel_out_packets: to VTEPs
 * @tunnel_out_bytes: to VTEPs
 * @local_packets: made by the fabric itself
 * @local_bytes: made by the fabric itself
 * @drop_packets: dropped, all reasons
 * @drop_bytes: dropped, all reasons
 *
 * A segmented frame counts as its segments; bytes are from the Ethernet
 * header on, without FCS. "in" is into the fabric, "out" is out of it.
 */
struct nsfab_counters {
	uint64_t in_packets;
	uint64_t in_bytes;
	uint64_t out_packets;
	uint64_t out_bytes;
	uint64_t tunnel_in_packets;
	uint64_t tunnel_in_bytes;
	uint64_t tunnel_out_packets;
	uint64_t tunnel_out_bytes;
	uint64_t local_packets;
	uint64_t local_bytes;
	uint64_t drop_packets;
	uint64_t drop_bytes;
};

/**
 * struct nsfab_usage - how full a table is
 * @table: enum nsfab_table
 * @count: entries now
 * @max: limit
 * @refused: entries refused because of the limit or of memory
 */
struct nsfab_usage {
	uint8_t table;
	uint32_t count;
	uint32_t max;
	uint64_t refused;
};

/**
 * struct nsfab_miss - packets that came in and are in no flow of the table
 * @kind: enum nsfab_flow_miss
 * @packets: packets on the wire
 * @bytes: bytes on the wire
 */
struct nsfab_miss {
	uint8_t kind;
	uint64_t packets;
	uint64_t bytes;
};

/**
 * struct nsfab_stats - a fabric's own counters
 * @counters: all tenants, and frames of none
 * @usage: all tables
 * @n_usage: their number
 */
struct nsfab_stats {
	struct nsfab_counters counters;
	struct nsfab_usage usage[16];
	size_t n_usage;
};

#define NSFAB_DROP_HAS_TENANT	(1u << 0)
#define NSFAB_DROP_HAS_PORT	(1u << 1)
#define NSFAB_DROP_HAS_BYTES	(1u << 2)

/**
 * struct nsfab_drop - drops of one tenant, port and reason
 * @present: NSFAB_DROP_HAS_*
 * @tenant: id, not present where no tenant is known
 * @port: id of the port that the frames came from, not present in a tenant's
 *	sum
 * @reason: enum nsfab_drop_reason
 * @packets: packets on the wire
 * @bytes: bytes on the wire, of sums alone
 */
struct nsfab_drop {
	uint32_t present;
	uint32_t tenant;
	uint32_t port;
	uint8_t reason;
	uint64_t packets;
	uint64_t bytes;
};

typedef int (*nsfab_drop_cb)(const struct nsfab_drop *drop, void *arg);

/** nsfab_stats_get() - read a fabric's own counters */
int nsfab_stats_get(struct nsfab *h, unsigned int ifindex,
		    struct nsfab_stats *stats, struct nsfab_err *err);

/**
 * nsfab_drop_dump() - read the drop counters that are not zero
 * @h: handle
 * @ifindex: the fabric
 * @filter: tenant or ports, may be NULL
 * @cb: called for each; a value other than 0 ends the dump and is returned
 * @arg: passed on
 * @err: filled on failure of the dump itself
 */
int nsfab_drop_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, nsfab_drop_cb cb,
		    void *arg, struct nsfab_err *err);

/** nsfab_drop_reason_name() - "no-route", or "?" for an unknown value */
const char *nsfab_drop_reason_name(unsigned int reason);
/** nsfab_table_name() - "tenant", or "?" for an unknown value */
const char *nsfab_table_name(unsigned int table);
/** nsfab_flow_miss_name() - "non-ip", or "?" for an unknown value */
const char *nsfab_flow_miss_name(unsigned int kind);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_STATS_H */
