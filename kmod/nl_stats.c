// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of counters: drops, and the fabric as a whole. */

#include "binding.h"
#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

/* In the order of enum nsfab_ctr. */
static const struct {
	u8 packets, bytes;
} ctr_attrs[NSFAB_CTR_MAX] = {
	[NSFAB_CTR_IN] = { NSFAB_A_COUNTERS_IN_PACKETS,
			   NSFAB_A_COUNTERS_IN_BYTES },
	[NSFAB_CTR_OUT] = { NSFAB_A_COUNTERS_OUT_PACKETS,
			    NSFAB_A_COUNTERS_OUT_BYTES },
	[NSFAB_CTR_TUNNEL_IN] = { NSFAB_A_COUNTERS_TUNNEL_IN_PACKETS,
				  NSFAB_A_COUNTERS_TUNNEL_IN_BYTES },
	[NSFAB_CTR_TUNNEL_OUT] = { NSFAB_A_COUNTERS_TUNNEL_OUT_PACKETS,
				   NSFAB_A_COUNTERS_TUNNEL_OUT_BYTES },
	[NSFAB_CTR_LOCAL] = { NSFAB_A_COUNTERS_LOCAL_PACKETS,
			      NSFAB_A_COUNTERS_LOCAL_BYTES },
	[NSFAB_CTR_DROP] = { NSFAB_A_COUNTERS_DROP_PACKETS,
			     NSFAB_A_COUNTERS_DROP_BYTES },
};

/**
 * nsfab_netlink_put_counters() - write a nest of counters
 * @skb: where to
 * @type: type of the nest
 * @totals: the counters
 *
 * Return: 0 or -EMSGSIZE
 */
int nsfab_netlink_put_counters(struct sk_buff *skb, int type,
			       const struct nsfab_totals *totals)
{
	struct nlattr *nest = nla_nest_start(skb, type);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < NSFAB_CTR_MAX; i++)
		if (nla_put_u64_64bit(skb, ctr_attrs[i].packets,
				      totals->ctr[i].packets,
				      NSFAB_A_COUNTERS_PAD) ||
		    nla_put_u64_64bit(skb, ctr_attrs[i].bytes,
				      totals->ctr[i].bytes,
				      NSFAB_A_COUNTERS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_usage(struct sk_buff *skb, int type, u8 table, u32 count,
		     u32 max, u64 refused)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || nla_put_u8(skb, NSFAB_A_USAGE_TABLE, table) ||
	    nla_put_u32(skb, NSFAB_A_USAGE_COUNT, count) ||
	    nla_put_u32(skb, NSFAB_A_USAGE_LIMIT, max) ||
	    nla_put_u64_64bit(skb, NSFAB_A_USAGE_REFUSED, refused,
			      NSFAB_A_USAGE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nsfab_netlink_put_usage() - write a nest that says how full a table is
 * @skb: where to
 * @type: type of the nest
 * @table: enum nsfab_table
 * @limit: the table's limit
 *
 * Return: 0 or -EMSGSIZE
 */
int nsfab_netlink_put_usage(struct sk_buff *skb, int type, u8 table,
			    struct nsfab_limit *limit)
{
	return put_usage(skb, type, table, atomic_read(&limit->count),
			 READ_ONCE(limit->max), atomic64_read(&limit->refused));
}

static int put_drop(struct sk_buff *skb, u32 tenant, u32 port, u8 reason,
		    u64 packets, u64 bytes)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_DROP);

	if (!nest)
		return -EMSGSIZE;
	if ((tenant && nla_put_u32(skb, NSFAB_A_DROP_TENANT, tenant)) ||
	    (port && nla_put_u32(skb, NSFAB_A_DROP_PORT, port)) ||
	    nla_put_u8(skb, NSFAB_A_DROP_REASON, reason) ||
	    nla_put_u64_64bit(skb, NSFAB_A_DROP_PACKETS, packets,
			      NSFAB_A_DROP_PAD) ||
	    (!port && nla_put_u64_64bit(skb, NSFAB_A_DROP_BYTES, bytes,
					NSFAB_A_DROP_PAD))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_drops(struct sk_buff *skb, u32 tenant,
		     const struct nsfab_totals *totals)
{
	int i;

	for (i = 0; i < NSFAB_DROP_MAX; i++)
		if (totals->drop[i].packets &&
		    put_drop(skb, tenant, 0, i, totals->drop[i].packets,
			     totals->drop[i].bytes))
			return -EMSGSIZE;
	return 0;
}

static int put_port_drops(struct sk_buff *skb, struct nsfab_port *port)
{
	u64 packets;
	int i;

	for (i = 0; i < NSFAB_DROP_MAX; i++) {
		packets = atomic64_read(&port->drops[i]);
		if (packets && put_drop(skb, port->net->tenant->id, port->id,
					i, packets, 0))
			return -EMSGSIZE;
	}
	return 0;
}

/* What a dump of drops tells, in order; each part is told whole. */
enum {
	PHASE_FABRIC,
	PHASE_TENANTS,
	PHASE_PORTS,
	PHASE_END,
};

static int dump_fabric(struct sk_buff *skb, struct nsfab_fabric *fab,
		       struct nsfab_netlink_dump *ctx)
{
	struct nsfab_totals totals = {};

	if (ctx->tenant || ctx->port)
		return 0;
	nsfab_stats_read(&totals, fab->stats);
	return put_drops(skb, 0, &totals);
}

static int dump_tenants(struct sk_buff *skb, struct nsfab_fabric *fab,
			struct nsfab_netlink_dump *ctx)
{
	struct nsfab_tenant *tenant;
	unsigned int len;
	unsigned long id;

	xa_for_each_start(&fab->tenants, id, tenant, ctx->id) {
		struct nsfab_totals totals = {};

		if (ctx->port || (ctx->tenant && id != ctx->tenant))
			continue;
		nsfab_tenant_read(&totals, tenant);
		len = skb->len;
		if (put_drops(skb, id, &totals)) {
			skb_trim(skb, len);
			return -EMSGSIZE;
		}
		ctx->id = id + 1;
	}
	return 0;
}

static int dump_ports(struct sk_buff *skb, struct nsfab_fabric *fab,
		      struct nsfab_netlink_dump *ctx)
{
	struct nsfab_port *port;
	unsigned int len;
	unsigned long id;

	xa_for_each_start(&fab->ports, id, port, ctx->id) {
		cond_resched();
		if ((ctx->port && id != ctx->port) ||
		    (ctx->tenant && port->net->tenant->id != ctx->tenant))
			continue;
		len = skb->len;
		if (put_port_drops(skb, port)) {
			skb_trim(skb, len);
			return -EMSGSIZE;
		}
		ctx->id = id + 1;
	}
	return 0;
}

/**
 * nsfab_nl_drop_get_dumpit() - read drop counters
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	static int (* const parts[])(struct sk_buff *skb,
				     struct nsfab_fabric *fab,
				     struct nsfab_netlink_dump *ctx) = {
		[PHASE_FABRIC] = dump_fabric,
		[PHASE_TENANTS] = dump_tenants,
		[PHASE_PORTS] = dump_ports,
	};
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nsfab_fabric *fab;
	int err = 0;
	void *hdr;

	err = nsfab_netlink_dump_filter(cb, nsfab_nl_by_port);
	if (err)
		return err;
	fab = nsfab_netlink_dump_begin(skb, cb, NSFAB_CMD_DROP_GET, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	while (ctx->phase < PHASE_END) {
		err = parts[ctx->phase](skb, fab, ctx);
		if (err)
			break;
		ctx->phase++;
		ctx->id = 0;
	}
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}

static u32 count_entries(struct xarray *xa)
{
	unsigned long id;
	void *entry;
	u32 n = 0;

	xa_for_each(xa, id, entry) {
		n++;
		cond_resched();
	}
	return n;
}

static u32 count_held(struct nsfab_fabric *fab)
{
	struct nsfab_tenant *tenant;
	unsigned long id;
	u32 n = 0;

	xa_for_each(&fab->tenants, id, tenant) {
		n += atomic_read(&tenant->max_held.count);
		cond_resched();
	}
	return n;
}

static int put_usages(struct sk_buff *skb, struct nsfab_fabric *fab)
{
	const int type = NSFAB_A_STATS_USAGE;

	return nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_TENANT,
				       &fab->max_tenants) ?:
	       put_usage(skb, type, NSFAB_TABLE_NETWORK,
			 count_entries(&fab->networks), NSFAB_ID_MAX, 0) ?:
	       put_usage(skb, type, NSFAB_TABLE_PORT,
			 count_entries(&fab->ports), NSFAB_PORT_ID_MAX, 0) ?:
	       put_usage(skb, type, NSFAB_TABLE_FDB,
			 atomic_read(&fab->fdb.nelems), U32_MAX, 0) ?:
	       put_usage(skb, type, NSFAB_TABLE_NEIGH,
			 atomic_read(&fab->neighs.nelems), U32_MAX, 0) ?:
	       put_usage(skb, type, NSFAB_TABLE_LINK,
			 count_entries(&fab->links), NSFAB_PORT_ID_MAX, 0) ?:
	       put_usage(skb, type, NSFAB_TABLE_HELD, count_held(fab),
			 U32_MAX, 0);
}

static int fill(struct sk_buff *skb, const void *obj, struct net *reader)
{
	struct nsfab_fabric *fab = (struct nsfab_fabric *)obj;
	struct nsfab_totals totals = {};
	struct nsfab_tenant *tenant;
	struct nlattr *nest;

	nsfab_stats_read(&totals, fab->stats);
	list_for_each_entry(tenant, &fab->stat_tenants, stat_node)
		nsfab_tenant_read(&totals, tenant);
	nest = nla_nest_start(skb, NSFAB_A_STATS);
	if (!nest ||
	    nsfab_netlink_put_counters(skb, NSFAB_A_STATS_COUNTERS, &totals) ||
	    put_usages(skb, fab))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nsfab_nl_stats_get_doit() - read the fabric's own counters
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_reply(info, NSFAB_CMD_STATS_GET,
				   nsfab_netlink_fab(info), fill);
}
