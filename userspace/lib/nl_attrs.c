// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of attributes, for telling a user which one the kernel blames. */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "nl.h"

#define SET(table)	{ (table), sizeof(table) / sizeof((table)[0]) }
#define DEFINE_SET(name) \
	static const struct nsfab_nl_set name = SET(name ## _attrs)

static const struct nsfab_nl_attr counters_attrs[] = {
	[NSFAB_A_COUNTERS_IN_PACKETS] = { "in-packets", NULL },
	[NSFAB_A_COUNTERS_IN_BYTES] = { "in-bytes", NULL },
	[NSFAB_A_COUNTERS_OUT_PACKETS] = { "out-packets", NULL },
	[NSFAB_A_COUNTERS_OUT_BYTES] = { "out-bytes", NULL },
	[NSFAB_A_COUNTERS_TUNNEL_IN_PACKETS] = { "tunnel-in-packets", NULL },
	[NSFAB_A_COUNTERS_TUNNEL_IN_BYTES] = { "tunnel-in-bytes", NULL },
	[NSFAB_A_COUNTERS_TUNNEL_OUT_PACKETS] = { "tunnel-out-packets", NULL },
	[NSFAB_A_COUNTERS_TUNNEL_OUT_BYTES] = { "tunnel-out-bytes", NULL },
	[NSFAB_A_COUNTERS_LOCAL_PACKETS] = { "local-packets", NULL },
	[NSFAB_A_COUNTERS_LOCAL_BYTES] = { "local-bytes", NULL },
	[NSFAB_A_COUNTERS_DROP_PACKETS] = { "drop-packets", NULL },
	[NSFAB_A_COUNTERS_DROP_BYTES] = { "drop-bytes", NULL },
};

DEFINE_SET(counters);

static const struct nsfab_nl_attr usage_attrs[] = {
	[NSFAB_A_USAGE_TABLE] = { "table", NULL },
	[NSFAB_A_USAGE_COUNT] = { "count", NULL },
	[NSFAB_A_USAGE_LIMIT] = { "limit", NULL },
	[NSFAB_A_USAGE_REFUSED] = { "refused", NULL },
};

DEFINE_SET(usage);

static const struct nsfab_nl_attr miss_attrs[] = {
	[NSFAB_A_MISS_KIND] = { "kind", NULL },
	[NSFAB_A_MISS_PACKETS] = { "packets", NULL },
	[NSFAB_A_MISS_BYTES] = { "bytes", NULL },
};

DEFINE_SET(miss);

static const struct nsfab_nl_attr tenant_attrs[] = {
	[NSFAB_A_TENANT_ID] = { "id", NULL },
	[NSFAB_A_TENANT_NAME] = { "name", NULL },
	[NSFAB_A_TENANT_REVISION] = { "revision", NULL },
	[NSFAB_A_TENANT_ACCOUNTING] = { "accounting", NULL },
	[NSFAB_A_TENANT_MAX_NETWORKS] = { "max-networks", NULL },
	[NSFAB_A_TENANT_MAX_PORTS] = { "max-ports", NULL },
	[NSFAB_A_TENANT_MAX_FDB] = { "max-fdb", NULL },
	[NSFAB_A_TENANT_MAX_NEIGH] = { "max-neigh", NULL },
	[NSFAB_A_TENANT_MAX_ROUTES] = { "max-routes", NULL },
	[NSFAB_A_TENANT_MAX_FLOWS] = { "max-flows", NULL },
	[NSFAB_A_TENANT_FLOW_TIMEOUT] = { "flow-timeout", NULL },
	[NSFAB_A_TENANT_FDB_TIMEOUT] = { "fdb-timeout", NULL },
	[NSFAB_A_TENANT_LABELS] = { "labels", NULL },
	[NSFAB_A_TENANT_COUNTERS] = { "counters", &counters },
	[NSFAB_A_TENANT_USAGE] = { "usage", &usage },
	[NSFAB_A_TENANT_MISS] = { "miss", &miss },
	[NSFAB_A_TENANT_MAX_LINKS] = { "max-links", NULL },
	[NSFAB_A_TENANT_MAX_HELD] = { "max-held", NULL },
	[NSFAB_A_TENANT_MAX_HELD_BYTES] = { "max-held-bytes", NULL },
};

DEFINE_SET(tenant);

static const struct nsfab_nl_attr subnet_attrs[] = {
	[NSFAB_A_SUBNET_ADDRESS] = { "address", NULL },
	[NSFAB_A_SUBNET_PREFIXLEN] = { "prefixlen", NULL },
	[NSFAB_A_SUBNET_GATEWAY] = { "gateway", NULL },
};

DEFINE_SET(subnet);

static const struct nsfab_nl_attr network_attrs[] = {
	[NSFAB_A_NETWORK_ID] = { "id", NULL },
	[NSFAB_A_NETWORK_TENANT] = { "tenant", NULL },
	[NSFAB_A_NETWORK_NAME] = { "name", NULL },
	[NSFAB_A_NETWORK_REVISION] = { "revision", NULL },
	[NSFAB_A_NETWORK_VNI] = { "vni", NULL },
	[NSFAB_A_NETWORK_MTU] = { "mtu", NULL },
	[NSFAB_A_NETWORK_FLAGS] = { "flags", NULL },
	[NSFAB_A_NETWORK_SUBNET] = { "subnet", &subnet },
	[NSFAB_A_NETWORK_NO_SUBNETS] = { "no-subnets", NULL },
	[NSFAB_A_NETWORK_ROUTER_MAC] = { "router-mac", NULL },
	[NSFAB_A_NETWORK_LABELS] = { "labels", NULL },
	[NSFAB_A_NETWORK_COUNTERS] = { "counters", &counters },
};

DEFINE_SET(network);

static const struct nsfab_nl_attr allowed_attrs[] = {
	[NSFAB_A_ALLOWED_ADDRESS] = { "address", NULL },
	[NSFAB_A_ALLOWED_PREFIXLEN] = { "prefixlen", NULL },
	[NSFAB_A_ALLOWED_MAC] = { "mac", NULL },
};

DEFINE_SET(allowed);

static const struct nsfab_nl_attr port_attrs[] = {
	[NSFAB_A_PORT_ID] = { "id", NULL },
	[NSFAB_A_PORT_TENANT] = { "tenant", NULL },
	[NSFAB_A_PORT_NETWORK] = { "network", NULL },
	[NSFAB_A_PORT_NAME] = { "name", NULL },
	[NSFAB_A_PORT_REVISION] = { "revision", NULL },
	[NSFAB_A_PORT_MAC] = { "mac", NULL },
	[NSFAB_A_PORT_ADDRESS] = { "address", NULL },
	[NSFAB_A_PORT_NO_ADDRESSES] = { "no-addresses", NULL },
	[NSFAB_A_PORT_ALLOWED] = { "allowed", &allowed },
	[NSFAB_A_PORT_NO_ALLOWED] = { "no-allowed", NULL },
	[NSFAB_A_PORT_FLAGS] = { "flags", NULL },
	[NSFAB_A_PORT_BINDING] = { "binding", NULL },
	[NSFAB_A_PORT_VTEP] = { "vtep", NULL },
	[NSFAB_A_PORT_PEER] = { "peer", NULL },
	[NSFAB_A_PORT_LABELS] = { "labels", NULL },
	[NSFAB_A_PORT_DEV_IFINDEX] = { "dev-ifindex", NULL },
	[NSFAB_A_PORT_DEV_NETNSID] = { "dev-netnsid", NULL },
	[NSFAB_A_PORT_COUNTERS] = { "counters", &counters },
};

DEFINE_SET(port);

static const struct nsfab_nl_attr fdb_attrs[] = {
	[NSFAB_A_FDB_NETWORK] = { "network", NULL },
	[NSFAB_A_FDB_MAC] = { "mac", NULL },
	[NSFAB_A_FDB_KIND] = { "kind", NULL },
	[NSFAB_A_FDB_PORT] = { "port", NULL },
	[NSFAB_A_FDB_VTEP] = { "vtep", NULL },
	[NSFAB_A_FDB_REVISION] = { "revision", NULL },
	[NSFAB_A_FDB_AGE] = { "age", NULL },
};

DEFINE_SET(fdb);

static const struct nsfab_nl_attr neigh_attrs[] = {
	[NSFAB_A_NEIGH_NETWORK] = { "network", NULL },
	[NSFAB_A_NEIGH_ADDRESS] = { "address", NULL },
	[NSFAB_A_NEIGH_MAC] = { "mac", NULL },
	[NSFAB_A_NEIGH_KIND] = { "kind", NULL },
	[NSFAB_A_NEIGH_PORT] = { "port", NULL },
	[NSFAB_A_NEIGH_REVISION] = { "revision", NULL },
};

DEFINE_SET(neigh);

static const struct nsfab_nl_attr nexthop_attrs[] = {
	[NSFAB_A_NEXTHOP_VIA] = { "via", NULL },
	[NSFAB_A_NEXTHOP_WEIGHT] = { "weight", NULL },
};

DEFINE_SET(nexthop);

static const struct nsfab_nl_attr route_attrs[] = {
	[NSFAB_A_ROUTE_TENANT] = { "tenant", NULL },
	[NSFAB_A_ROUTE_ADDRESS] = { "address", NULL },
	[NSFAB_A_ROUTE_PREFIXLEN] = { "prefixlen", NULL },
	[NSFAB_A_ROUTE_TYPE] = { "type", NULL },
	[NSFAB_A_ROUTE_NEXTHOP] = { "nexthop", &nexthop },
	[NSFAB_A_ROUTE_NETWORK] = { "network", NULL },
	[NSFAB_A_ROUTE_REVISION] = { "revision", NULL },
};

DEFINE_SET(route);

static const struct nsfab_nl_attr flow_dir_attrs[] = {
	[NSFAB_A_FLOW_DIR_PACKETS] = { "packets", NULL },
	[NSFAB_A_FLOW_DIR_BYTES] = { "bytes", NULL },
	[NSFAB_A_FLOW_DIR_DROP_PACKETS] = { "drop-packets", NULL },
	[NSFAB_A_FLOW_DIR_DROP_REASON] = { "drop-reason", NULL },
	[NSFAB_A_FLOW_DIR_TCP_FLAGS] = { "tcp-flags", NULL },
	[NSFAB_A_FLOW_DIR_SIZE_SQUARES] = { "size-squares", NULL },
	[NSFAB_A_FLOW_DIR_GAP_SUM] = { "gap-sum", NULL },
	[NSFAB_A_FLOW_DIR_GAP_SQUARES] = { "gap-squares", NULL },
	[NSFAB_A_FLOW_DIR_SIZE_MIN] = { "size-min", NULL },
	[NSFAB_A_FLOW_DIR_SIZE_MAX] = { "size-max", NULL },
};

DEFINE_SET(flow_dir);

static const struct nsfab_nl_attr flow_attrs[] = {
	[NSFAB_A_FLOW_TENANT] = { "tenant", NULL },
	[NSFAB_A_FLOW_SRC] = { "src", NULL },
	[NSFAB_A_FLOW_DST] = { "dst", NULL },
	[NSFAB_A_FLOW_PROTO] = { "proto", NULL },
	[NSFAB_A_FLOW_SRC_L4] = { "src-l4", NULL },
	[NSFAB_A_FLOW_DST_L4] = { "dst-l4", NULL },
	[NSFAB_A_FLOW_FIRST] = { "first", NULL },
	[NSFAB_A_FLOW_LAST] = { "last", NULL },
	[NSFAB_A_FLOW_SRC_PORT] = { "src-port", NULL },
	[NSFAB_A_FLOW_DST_PORT] = { "dst-port", NULL },
	[NSFAB_A_FLOW_RTT] = { "rtt", NULL },
	[NSFAB_A_FLOW_ORIG] = { "orig", &flow_dir },
	[NSFAB_A_FLOW_REPLY] = { "reply", &flow_dir },
};

DEFINE_SET(flow);

static const struct nsfab_nl_attr filter_attrs[] = {
	[NSFAB_A_FILTER_TENANT] = { "tenant", NULL },
	[NSFAB_A_FILTER_NETWORK] = { "network", NULL },
	[NSFAB_A_FILTER_PORT] = { "port", NULL },
	[NSFAB_A_FILTER_PROTO] = { "proto", NULL },
	[NSFAB_A_FILTER_ADDRESS] = { "address", NULL },
	[NSFAB_A_FILTER_PREFIXLEN] = { "prefixlen", NULL },
	[NSFAB_A_FILTER_L4_PORT] = { "l4-port", NULL },
	[NSFAB_A_FILTER_MIN_BYTES] = { "min-bytes", NULL },
	[NSFAB_A_FILTER_RESET] = { "reset", NULL },
	[NSFAB_A_FILTER_POINTS] = { "points", NULL },
};

DEFINE_SET(filter);

static const struct nsfab_nl_attr drop_attrs[] = {
	[NSFAB_A_DROP_TENANT] = { "tenant", NULL },
	[NSFAB_A_DROP_PORT] = { "port", NULL },
	[NSFAB_A_DROP_REASON] = { "reason", NULL },
	[NSFAB_A_DROP_PACKETS] = { "packets", NULL },
	[NSFAB_A_DROP_BYTES] = { "bytes", NULL },
};

DEFINE_SET(drop);

static const struct nsfab_nl_attr stats_attrs[] = {
	[NSFAB_A_STATS_COUNTERS] = { "counters", &counters },
	[NSFAB_A_STATS_USAGE] = { "usage", &usage },
};

DEFINE_SET(stats);

static const struct nsfab_nl_attr link_filter_attrs[] = {
	[NSFAB_A_LINK_FILTER_SRC] = { "src", NULL },
	[NSFAB_A_LINK_FILTER_SRC_PREFIXLEN] = { "src-prefixlen", NULL },
	[NSFAB_A_LINK_FILTER_DST] = { "dst", NULL },
	[NSFAB_A_LINK_FILTER_DST_PREFIXLEN] = { "dst-prefixlen", NULL },
	[NSFAB_A_LINK_FILTER_PROTO] = { "proto", NULL },
	[NSFAB_A_LINK_FILTER_SPORT] = { "sport", NULL },
	[NSFAB_A_LINK_FILTER_DPORT] = { "dport", NULL },
};

DEFINE_SET(link_filter);

static const struct nsfab_nl_attr link_counters_attrs[] = {
	[NSFAB_A_LINK_COUNTERS_PACKETS] = { "packets", NULL },
	[NSFAB_A_LINK_COUNTERS_BYTES] = { "bytes", NULL },
	[NSFAB_A_LINK_COUNTERS_OUT_PACKETS] = { "out-packets", NULL },
	[NSFAB_A_LINK_COUNTERS_OUT_BYTES] = { "out-bytes", NULL },
	[NSFAB_A_LINK_COUNTERS_LOST] = { "lost", NULL },
	[NSFAB_A_LINK_COUNTERS_QUEUE_DROPS] = { "queue-drops", NULL },
	[NSFAB_A_LINK_COUNTERS_DOWN_DROPS] = { "down-drops", NULL },
	[NSFAB_A_LINK_COUNTERS_HELD_DROPS] = { "held-drops", NULL },
	[NSFAB_A_LINK_COUNTERS_HORIZON_DROPS] = { "horizon-drops", NULL },
	[NSFAB_A_LINK_COUNTERS_MARKED] = { "marked", NULL },
	[NSFAB_A_LINK_COUNTERS_DUPLICATED] = { "duplicated", NULL },
	[NSFAB_A_LINK_COUNTERS_CORRUPTED] = { "corrupted", NULL },
	[NSFAB_A_LINK_COUNTERS_REORDERED] = { "reordered", NULL },
	[NSFAB_A_LINK_COUNTERS_SEGMENTED] = { "segmented", NULL },
	[NSFAB_A_LINK_COUNTERS_HELD] = { "held", NULL },
	[NSFAB_A_LINK_COUNTERS_HELD_BYTES] = { "held-bytes", NULL },
	[NSFAB_A_LINK_COUNTERS_FIRST] = { "first", NULL },
	[NSFAB_A_LINK_COUNTERS_LAST] = { "last", NULL },
	[NSFAB_A_LINK_COUNTERS_LATE_SUM] = { "late-sum", NULL },
	[NSFAB_A_LINK_COUNTERS_LATE_SQUARES] = { "late-squares", NULL },
	[NSFAB_A_LINK_COUNTERS_LATE_MAX] = { "late-max", NULL },
	[NSFAB_A_LINK_COUNTERS_LATE] = { "late", NULL },
	[NSFAB_A_LINK_COUNTERS_QUEUEING] = { "queueing", NULL },
	[NSFAB_A_LINK_COUNTERS_PROPAGATION] = { "propagation", NULL },
};

DEFINE_SET(link_counters);

static const struct nsfab_nl_attr nsfab_link_attrs[] = {
	[NSFAB_A_LINK_ID] = { "id", NULL },
	[NSFAB_A_LINK_NAME] = { "name", NULL },
	[NSFAB_A_LINK_TENANT] = { "tenant", NULL },
	[NSFAB_A_LINK_FROM] = { "from", NULL },
	[NSFAB_A_LINK_TO] = { "to", NULL },
	[NSFAB_A_LINK_SCOPE] = { "scope", NULL },
	[NSFAB_A_LINK_FILTER] = { "filter", &link_filter },
	[NSFAB_A_LINK_REVISION] = { "revision", NULL },
	[NSFAB_A_LINK_FLAGS] = { "flags", NULL },
	[NSFAB_A_LINK_DELAY] = { "delay", NULL },
	[NSFAB_A_LINK_JITTER] = { "jitter", NULL },
	[NSFAB_A_LINK_DIST] = { "dist", NULL },
	[NSFAB_A_LINK_TABLE] = { "table", NULL },
	[NSFAB_A_LINK_LOSS_MODEL] = { "loss-model", NULL },
	[NSFAB_A_LINK_LOSS] = { "loss", NULL },
	[NSFAB_A_LINK_LOSS_NTH] = { "loss-nth", NULL },
	[NSFAB_A_LINK_DUPLICATE] = { "duplicate", NULL },
	[NSFAB_A_LINK_CORRUPT] = { "corrupt", NULL },
	[NSFAB_A_LINK_REORDER] = { "reorder", NULL },
	[NSFAB_A_LINK_RATE] = { "rate", NULL },
	[NSFAB_A_LINK_OVERHEAD] = { "overhead", NULL },
	[NSFAB_A_LINK_QUEUE_BYTES] = { "queue-bytes", NULL },
	[NSFAB_A_LINK_QUEUE_TIME] = { "queue-time", NULL },
	[NSFAB_A_LINK_ECN_BYTES] = { "ecn-bytes", NULL },
	[NSFAB_A_LINK_ECN_TIME] = { "ecn-time", NULL },
	[NSFAB_A_LINK_SEED] = { "seed", NULL },
	[NSFAB_A_LINK_PATH] = { "path", NULL },
	[NSFAB_A_LINK_TRACE] = { "trace", NULL },
	[NSFAB_A_LINK_TRACE_PERIOD] = { "trace-period", NULL },
	[NSFAB_A_LINK_COUNTERS] = { "counters", &link_counters },
	[NSFAB_A_LINK_QUEUE_LIMIT] = { "queue-limit", NULL },
	[NSFAB_A_LINK_TRACE_AT] = { "trace-at", NULL },
	[NSFAB_A_LINK_TABLE_AT] = { "table-at", NULL },
};

DEFINE_SET(nsfab_link);

static const struct nsfab_nl_attr event_attrs[] = {
	[NSFAB_A_EVENT_AT] = { "at", NULL },
	[NSFAB_A_EVENT_LINK] = { "link", NULL },
	[NSFAB_A_EVENT_SET] = { "set", &nsfab_link },
};

DEFINE_SET(event);

static const struct nsfab_nl_attr schedule_attrs[] = {
	[NSFAB_A_SCHEDULE_EVENT] = { "event", &event },
	[NSFAB_A_SCHEDULE_LOOP] = { "loop", NULL },
	[NSFAB_A_SCHEDULE_STATE] = { "state", NULL },
	[NSFAB_A_SCHEDULE_EVENTS] = { "events", NULL },
	[NSFAB_A_SCHEDULE_NEXT] = { "next", NULL },
	[NSFAB_A_SCHEDULE_FIRED] = { "fired", NULL },
	[NSFAB_A_SCHEDULE_LOOPS] = { "loops", NULL },
	[NSFAB_A_SCHEDULE_LATE_MAX] = { "late-max", NULL },
	[NSFAB_A_SCHEDULE_SPREAD_MAX] = { "spread-max", NULL },
};

DEFINE_SET(schedule);

static const struct nsfab_nl_attr top_attrs[] = {
	[NSFAB_A_IFINDEX] = { "ifindex", NULL },
	[NSFAB_A_TENANT] = { "tenant", &tenant },
	[NSFAB_A_NETWORK] = { "network", &network },
	[NSFAB_A_PORT] = { "port", &port },
	[NSFAB_A_FDB] = { "fdb", &fdb },
	[NSFAB_A_NEIGH] = { "neigh", &neigh },
	[NSFAB_A_ROUTE] = { "route", &route },
	[NSFAB_A_FLOW] = { "flow", &flow },
	[NSFAB_A_FILTER] = { "filter", &filter },
	[NSFAB_A_DROP] = { "drop", &drop },
	[NSFAB_A_STATS] = { "stats", &stats },
	[NSFAB_A_CMD] = { "cmd", NULL },
	[NSFAB_A_LINK] = { "link", &nsfab_link },
	[NSFAB_A_SCHEDULE] = { "schedule", &schedule },
};

const struct nsfab_nl_set nsfab_nl_main = SET(top_attrs);

static const struct nsfab_nl_attr fabric_data_attrs[] = {
	[IFLA_NSFAB_ENCAP] = { "encap", NULL },
	[IFLA_NSFAB_LOCAL] = { "local", NULL },
	[IFLA_NSFAB_UDP_PORT] = { "udp-port", NULL },
	[IFLA_NSFAB_MAX_TENANTS] = { "max-tenants", NULL },
};

DEFINE_SET(fabric_data);

static const struct nsfab_nl_attr port_data_attrs[] = {
	[IFLA_NSFAB_PORT_ID] = { "id", NULL },
	[IFLA_NSFAB_PORT_NETWORK] = { "network", NULL },
	[IFLA_NSFAB_PORT_TENANT] = { "tenant", NULL },
};

DEFINE_SET(port_data);

static const struct nsfab_nl_attr fabric_info_attrs[] = {
	[IFLA_INFO_KIND] = { "kind", NULL },
	[IFLA_INFO_DATA] = { "data", &fabric_data },
};

DEFINE_SET(fabric_info);

static const struct nsfab_nl_attr port_info_attrs[] = {
	[IFLA_INFO_KIND] = { "kind", NULL },
	[IFLA_INFO_DATA] = { "data", &port_data },
};

DEFINE_SET(port_info);

#define RTLINK_ATTRS(info) \
	[IFLA_ADDRESS] = { "address", NULL }, \
	[IFLA_IFNAME] = { "name", NULL }, \
	[IFLA_MTU] = { "mtu", NULL }, \
	[IFLA_LINK] = { "link", NULL }, \
	[IFLA_MASTER] = { "master", NULL }, \
	[IFLA_NET_NS_FD] = { "netns", NULL }, \
	[IFLA_LINKINFO] = { "linkinfo", info }

static const struct nsfab_nl_attr rtlink_attrs[] = { RTLINK_ATTRS(NULL) };

static const struct nsfab_nl_attr rtlink_fabric_attrs[] = {
	RTLINK_ATTRS(&fabric_info)
};

static const struct nsfab_nl_attr rtlink_port_attrs[] = {
	RTLINK_ATTRS(&port_info)
};

const struct nsfab_nl_set nsfab_nl_rtlink = SET(rtlink_attrs);
const struct nsfab_nl_set nsfab_nl_rtlink_fabric = SET(rtlink_fabric_attrs);
const struct nsfab_nl_set nsfab_nl_rtlink_port = SET(rtlink_port_attrs);

static const struct nsfab_nl_attr addr_attrs[] = {
	[IFA_ADDRESS] = { "address", NULL },
	[IFA_LOCAL] = { "local", NULL },
	[IFA_FLAGS] = { "flags", NULL },
};

const struct nsfab_nl_set nsfab_nl_addr = SET(addr_attrs);

static const struct nsfab_nl_attr kernel_route_attrs[] = {
	[RTA_DST] = { "dst", NULL },
	[RTA_OIF] = { "oif", NULL },
	[RTA_GATEWAY] = { "gateway", NULL },
};

const struct nsfab_nl_set nsfab_nl_route = SET(kernel_route_attrs);
