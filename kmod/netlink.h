/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family, and what its commands share. */
#ifndef _NSFAB_NETLINK_H
#define _NSFAB_NETLINK_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <net/genetlink.h>
#include <uapi/linux/nsfab.h>

struct nsfab_fabric;
struct nsfab_flow_info;
struct nsfab_limit;
struct nsfab_link_table;
struct nsfab_link_trace;
struct nsfab_network;
struct nsfab_port;
struct nsfab_tenant;
struct nsfab_timeline;
struct nsfab_totals;

extern struct genl_family nsfab_netlink_family;

/* Multicast groups, in the family's order. */
enum nsfab_netlink_group {
	NSFAB_NETLINK_CONFIG,
	NSFAB_NETLINK_FLOW,
};

/* Write an object into a message: -EMSGSIZE, and nothing is left of it, when
 * it does not fit. @net is the namespace of whoever reads it.
 */
typedef int (*nsfab_netlink_fill_t)(struct sk_buff *skb, const void *obj,
				    struct net *net);

/**
 * struct nsfab_netlink_dump - what a dump keeps between calls, in cb->ctx
 * @tenant: filter: id of a tenant, or 0
 * @network: filter: id of a network, or 0
 * @port: filter: id of a port, or 0
 * @id: cursor: id of the next object
 * @phase: cursor: what of that object comes next
 * @key: cursor: last key told
 * @table: of a link that was told, still to be told, a reference
 * @trace: likewise
 * @plen: cursor: prefix length of @key
 * @started: cursor: @key is set
 * @filtered: the filter has been read
 * @reset: counters begin anew when they were told
 * @points: tables and traces are told
 */
struct nsfab_netlink_dump {
	u32 tenant;
	u32 network;
	u32 port;
	u32 id;
	u32 phase;
	union {
		struct in6_addr key;
		struct {
			struct nsfab_link_table *table;
			struct nsfab_link_trace *trace;
		};
	};
	u8 plen;
	bool started;
	bool filtered;
	bool reset;
	bool points;
};

/* Room of an answer or a notification, which the largest object fits */
#define NSFAB_NETLINK_ROOM \
	((size_t)SKB_WITH_OVERHEAD(8192) - NLMSG_HDRLEN - GENL_HDRLEN)

/* A u32 whose range does not fit into the policy's 16 bits */
#define NSFAB_POLICY_U32(range) NLA_POLICY_FULL_RANGE(NLA_U32, range)

/* How many attributes of one type a nest has */
static inline u32 nsfab_netlink_count_of(const struct nlattr *nest, int type)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		n += nla_type(attr) == type;
	return n;
}

/* The fabric of a command, locked by pre_doit. */
static inline struct nsfab_fabric *nsfab_netlink_fab(struct genl_info *info)
{
	return info->user_ptr[0];
}

/* nl_read.c: reading requests */
int nsfab_netlink_check(const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int nsfab_netlink_parse(struct nlattr **tb, int maxtype,
			const struct nlattr *nest,
			const struct nla_policy *policy, u64 repeat,
			struct netlink_ext_ack *extack);
u32 nsfab_netlink_count(struct genl_info *info, int type);
const struct nlattr *nsfab_netlink_only(struct genl_info *info, int type);
int nsfab_netlink_addr(const struct nlattr *attr, struct in6_addr *addr,
		       struct netlink_ext_ack *extack);
int nsfab_netlink_prefix(const struct nlattr *addr_attr,
			 const struct nlattr *plen_attr, struct in6_addr *addr,
			 u8 *mapped_plen, struct netlink_ext_ack *extack);
int nsfab_netlink_name(const struct nlattr *attr, bool slash, char *text,
		       u8 *len, struct netlink_ext_ack *extack);
int nsfab_netlink_revision(const struct nlattr *attr, u64 *revision,
			   struct netlink_ext_ack *extack);
int nsfab_netlink_labels(const struct nlattr *attr, char **labels);
struct nsfab_tenant *nsfab_netlink_tenant(struct nsfab_fabric *fab,
					  const struct nlattr *id,
					  struct netlink_ext_ack *extack);
struct nsfab_network *nsfab_netlink_network(struct nsfab_fabric *fab,
					    const struct nlattr *id,
					    struct netlink_ext_ack *extack);
struct nsfab_port *nsfab_netlink_port(struct nsfab_fabric *fab,
				      const struct nlattr *id,
				      struct netlink_ext_ack *extack);

struct nsfab_fabric *nsfab_netlink_lock(struct net *net,
					const struct nlattr *ifindex,
					struct netlink_ext_ack *extack);
void nsfab_netlink_unlock(struct nsfab_fabric *fab);

/* nl_dump.c: messages of dumps */
int nsfab_netlink_dump_large(struct netlink_callback *cb);
int nsfab_netlink_dump_filter(struct netlink_callback *cb,
			      const struct nla_policy *policy);
struct nsfab_fabric *nsfab_netlink_dump_begin(struct sk_buff *skb,
					      struct netlink_callback *cb,
					      u8 cmd, void **hdr);
int nsfab_netlink_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
			   void *hdr, struct nsfab_fabric *fab, int err);

/* nl_tell.c: answers and notifications */
int nsfab_netlink_reply(struct genl_info *info, u8 cmd, const void *obj,
			nsfab_netlink_fill_t fill);
void nsfab_netlink_collect(struct sk_buff_head *msgs, struct nsfab_fabric *fab,
			   u8 ntf, u8 cmd, const void *obj,
			   nsfab_netlink_fill_t fill);
void nsfab_netlink_notify(struct sk_buff_head *msgs, struct nsfab_fabric *fab);
int nsfab_netlink_tell(struct genl_info *info, u8 ntf, const void * const *objs,
		       u32 n, nsfab_netlink_fill_t fill);

/**
 * struct nsfab_netlink_kind - a kind of object, to the loops over many
 * @type: NSFAB_A_* of its nest
 * @get: command of its GET
 * @ntf: command of its notification
 * @table: offset of its xarray in struct nsfab_fabric
 * @make: read a nest, make and link the object
 * @find: find the object that a nest names, and check the revision
 * @unlink: remove an object
 * @filter: policy of a dump's filter
 * @matches: does a dump's filter want it?
 * @fill: write it
 * @read: write it with its counters, to whoever reads it; NULL if @fill does
 * @reset: likewise, and begin them anew, if a dump's filter may ask for that
 */
struct nsfab_netlink_kind {
	int type;
	u8 get;
	u8 ntf;
	size_t table;
	void *(*make)(struct nsfab_fabric *fab, const struct nlattr *nest,
		      struct netlink_ext_ack *extack);
	void *(*find)(struct nsfab_fabric *fab, const struct nlattr *nest,
		      struct netlink_ext_ack *extack);
	void (*unlink)(void *obj);
	const struct nla_policy *filter;
	bool (*matches)(const void *obj, const struct nsfab_netlink_dump *ctx);
	nsfab_netlink_fill_t fill;
	nsfab_netlink_fill_t read;
	nsfab_netlink_fill_t reset;
};

/* nl_batch.c: many objects in one request, all or none */
int nsfab_netlink_new_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind);
int nsfab_netlink_del_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind);
int nsfab_netlink_get_one(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind);

/* nl_dump.c: loops over tables */
int nsfab_netlink_dump_all(struct sk_buff *skb, struct netlink_callback *cb,
			   const struct nsfab_netlink_kind *kind);
int nsfab_netlink_dump_networks(struct sk_buff *skb,
				struct netlink_callback *cb, u8 cmd,
				int (*dump)(struct sk_buff *skb,
					    struct nsfab_network *net,
					    struct nsfab_netlink_dump *ctx,
					    struct net *reader));

/* nl_stats.c: what several objects tell */
int nsfab_netlink_put_counters(struct sk_buff *skb, int type,
			       const struct nsfab_totals *totals);
int nsfab_netlink_put_usage(struct sk_buff *skb, int type, u8 table,
			    struct nsfab_limit *limit);

/* One file for each object: commands and policies for netlink.c's table. */
#define NSFAB_NETLINK_DOIT(name) \
	int nsfab_nl_##name##_doit(struct sk_buff *skb, struct genl_info *info)
#define NSFAB_NETLINK_DUMPIT(name) \
	int nsfab_nl_##name##_dumpit(struct sk_buff *skb, \
				     struct netlink_callback *cb)

extern struct netlink_range_validation nsfab_id_range;
extern struct netlink_range_validation nsfab_port_id_range;

extern const struct nla_policy nsfab_nl_tenant_policy[NSFAB_A_TENANT_MAX + 1];
extern const struct nla_policy nsfab_nl_network_policy[NSFAB_A_NETWORK_MAX + 1];
extern const struct nla_policy nsfab_nl_port_policy[NSFAB_A_PORT_MAX + 1];
extern const struct nla_policy nsfab_nl_fdb_policy[NSFAB_A_FDB_MAX + 1];
extern const struct nla_policy nsfab_nl_neigh_policy[NSFAB_A_NEIGH_MAX + 1];
extern const struct nla_policy nsfab_nl_route_policy[NSFAB_A_ROUTE_MAX + 1];
extern const struct nla_policy nsfab_nl_link_policy[NSFAB_A_LINK_MAX + 1];
extern const struct nla_policy
	nsfab_nl_schedule_policy[NSFAB_A_SCHEDULE_MAX + 1];
extern const struct nla_policy nsfab_nl_by_tenant[NSFAB_A_FILTER_MAX + 1];
extern const struct nla_policy nsfab_nl_by_network[NSFAB_A_FILTER_MAX + 1];
extern const struct nla_policy nsfab_nl_by_port[NSFAB_A_FILTER_MAX + 1];
extern const struct nla_policy nsfab_nl_filter_policy[NSFAB_A_FILTER_MAX + 1];

/* nl_tenant.c */
NSFAB_NETLINK_DOIT(tenant_new);
NSFAB_NETLINK_DOIT(tenant_set);
NSFAB_NETLINK_DOIT(tenant_del);
NSFAB_NETLINK_DOIT(tenant_get);
NSFAB_NETLINK_DUMPIT(tenant_get);

/* nl_network.c */
NSFAB_NETLINK_DOIT(network_new);
NSFAB_NETLINK_DOIT(network_set);
NSFAB_NETLINK_DOIT(network_del);
NSFAB_NETLINK_DOIT(network_get);
NSFAB_NETLINK_DUMPIT(network_get);

/* nl_port.c */
NSFAB_NETLINK_DOIT(port_new);
NSFAB_NETLINK_DOIT(port_set);
NSFAB_NETLINK_DOIT(port_del);
NSFAB_NETLINK_DOIT(port_get);
NSFAB_NETLINK_DUMPIT(port_get);
void nsfab_nl_port_changed(struct nsfab_port *port);

/* nl_fdb.c */
NSFAB_NETLINK_DOIT(fdb_new);
NSFAB_NETLINK_DOIT(fdb_del);
NSFAB_NETLINK_DOIT(fdb_get);
NSFAB_NETLINK_DUMPIT(fdb_get);

/* nl_neigh.c */
NSFAB_NETLINK_DOIT(neigh_new);
NSFAB_NETLINK_DOIT(neigh_del);
NSFAB_NETLINK_DOIT(neigh_get);
NSFAB_NETLINK_DUMPIT(neigh_get);

/* nl_route.c */
NSFAB_NETLINK_DOIT(route_new);
NSFAB_NETLINK_DOIT(route_replace);
NSFAB_NETLINK_DOIT(route_del);
NSFAB_NETLINK_DOIT(route_get);
NSFAB_NETLINK_DUMPIT(route_get);

/* nl_link.c */
NSFAB_NETLINK_DOIT(link_new);
NSFAB_NETLINK_DOIT(link_set);
NSFAB_NETLINK_DOIT(link_del);
NSFAB_NETLINK_DOIT(link_get);
NSFAB_NETLINK_DUMPIT(link_get);

/* nl_link_points.c */
int nsfab_nl_link_get_done(struct netlink_callback *cb);

/* nl_schedule.c */
NSFAB_NETLINK_DOIT(schedule_new);
NSFAB_NETLINK_DOIT(schedule_del);
struct nsfab_timeline *nsfab_nl_schedule_find(struct nsfab_fabric *fab,
					      struct netlink_ext_ack *extack);

/* nl_schedule_get.c */
NSFAB_NETLINK_DOIT(schedule_get);
NSFAB_NETLINK_DUMPIT(schedule_get);

/* nl_flow.c */
NSFAB_NETLINK_DUMPIT(flow_get);
int nsfab_nl_flow_get_done(struct netlink_callback *cb);
NSFAB_NETLINK_DOIT(flow_del);
void nsfab_nl_flow_ended(struct nsfab_tenant *tenant,
			 const struct nsfab_flow_info *info);

/* nl_stats.c */
NSFAB_NETLINK_DUMPIT(drop_get);
NSFAB_NETLINK_DOIT(stats_get);

int nsfab_netlink_init(void);
void nsfab_netlink_exit(void);

#endif /* _NSFAB_NETLINK_H */
