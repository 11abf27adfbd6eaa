// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of enumerated values. */
#include <errno.h>
#include <string.h>

#include <nsfab/fabric.h>
#include <nsfab/fdb.h>
#include <nsfab/link.h>
#include <nsfab/neigh.h>
#include <nsfab/port.h>
#include <nsfab/route.h>
#include <nsfab/tenant.h>
#include "nl.h"

const char *nsfab_enum_name(const char *const *names, size_t n, unsigned int v)
{
	return v < n && names[v] ? names[v] : "?";
}

int nsfab_enum_parse(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	return -EINVAL;
}

#define N(names) (sizeof(names) / sizeof((names)[0]))

static const char *const encaps[] = {
	[NSFAB_ENCAP_NONE] = "none",
	[NSFAB_ENCAP_VXLAN] = "vxlan",
	[NSFAB_ENCAP_GENEVE] = "geneve",
};

const char *nsfab_encap_name(unsigned int value)
{
	return nsfab_enum_name(encaps, N(encaps), value);
}

int nsfab_encap_parse(const char *name)
{
	return nsfab_enum_parse(encaps, N(encaps), name);
}

static const char *const accountings[] = {
	[NSFAB_ACCOUNTING_OFF] = "off",
	[NSFAB_ACCOUNTING_BASIC] = "basic",
	[NSFAB_ACCOUNTING_RICH] = "rich",
};

const char *nsfab_accounting_name(unsigned int value)
{
	return nsfab_enum_name(accountings, N(accountings), value);
}

int nsfab_accounting_parse(const char *name)
{
	return nsfab_enum_parse(accountings, N(accountings), name);
}

static const char *const bindings[] = {
	[NSFAB_BINDING_NONE] = "none",
	[NSFAB_BINDING_NETDEV] = "netdev",
	[NSFAB_BINDING_STUB] = "stub",
	[NSFAB_BINDING_REMOTE] = "remote",
	[NSFAB_BINDING_PATCH] = "patch",
	[NSFAB_BINDING_PARKED] = "parked",
};

const char *nsfab_binding_name(unsigned int value)
{
	return nsfab_enum_name(bindings, N(bindings), value);
}

int nsfab_binding_parse(const char *name)
{
	return nsfab_enum_parse(bindings, N(bindings), name);
}

static const char *const fdb_kinds[] = {
	[NSFAB_FDB_KIND_DERIVED] = "derived",
	[NSFAB_FDB_KIND_STATIC] = "static",
	[NSFAB_FDB_KIND_LEARNED] = "learned",
};

const char *nsfab_fdb_kind_name(unsigned int value)
{
	return nsfab_enum_name(fdb_kinds, N(fdb_kinds), value);
}

static const char *const neigh_kinds[] = {
	[NSFAB_NEIGH_KIND_DERIVED] = "derived",
	[NSFAB_NEIGH_KIND_STATIC] = "static",
};

const char *nsfab_neigh_kind_name(unsigned int value)
{
	return nsfab_enum_name(neigh_kinds, N(neigh_kinds), value);
}

static const char *const route_types[] = {
	[NSFAB_ROUTE_TYPE_UNICAST] = "unicast",
	[NSFAB_ROUTE_TYPE_CONNECTED] = "connected",
	[NSFAB_ROUTE_TYPE_BLACKHOLE] = "blackhole",
	[NSFAB_ROUTE_TYPE_UNREACHABLE] = "unreachable",
};

const char *nsfab_route_type_name(unsigned int value)
{
	return nsfab_enum_name(route_types, N(route_types), value);
}

int nsfab_route_type_parse(const char *name)
{
	return nsfab_enum_parse(route_types, N(route_types), name);
}

static const char *const tables[] = {
	[NSFAB_TABLE_TENANT] = "tenant",
	[NSFAB_TABLE_NETWORK] = "network",
	[NSFAB_TABLE_PORT] = "port",
	[NSFAB_TABLE_FDB] = "fdb",
	[NSFAB_TABLE_NEIGH] = "neigh",
	[NSFAB_TABLE_ROUTE] = "route",
	[NSFAB_TABLE_FLOW] = "flow",
	[NSFAB_TABLE_LINK] = "link",
	[NSFAB_TABLE_HELD] = "held",
};

const char *nsfab_table_name(unsigned int value)
{
	return nsfab_enum_name(tables, N(tables), value);
}

static const char *const flow_misss[] = {
	[NSFAB_FLOW_MISS_NON_IP] = "non-ip",
	[NSFAB_FLOW_MISS_CONTROL] = "control",
	[NSFAB_FLOW_MISS_DROPPED] = "dropped",
	[NSFAB_FLOW_MISS_FULL] = "full",
	[NSFAB_FLOW_MISS_NO_MEMORY] = "no-memory",
	[NSFAB_FLOW_MISS_OFF] = "off",
	[NSFAB_FLOW_MISS_REMOVED] = "removed",
};

const char *nsfab_flow_miss_name(unsigned int value)
{
	return nsfab_enum_name(flow_misss, N(flow_misss), value);
}

static const char *const drop_reasons[] = {
	[NSFAB_DROP_REASON_UNSPEC] = "unspec",
	[NSFAB_DROP_REASON_MALFORMED] = "malformed",
	[NSFAB_DROP_REASON_SRC_MAC] = "src-mac",
	[NSFAB_DROP_REASON_SRC_ADDR] = "src-addr",
	[NSFAB_DROP_REASON_VLAN] = "vlan",
	[NSFAB_DROP_REASON_UNBOUND] = "unbound",
	[NSFAB_DROP_REASON_PARKED] = "parked",
	[NSFAB_DROP_REASON_NO_FDB] = "no-fdb",
	[NSFAB_DROP_REASON_NO_NEIGH] = "no-neigh",
	[NSFAB_DROP_REASON_NO_ROUTE] = "no-route",
	[NSFAB_DROP_REASON_BLACKHOLE] = "blackhole",
	[NSFAB_DROP_REASON_UNREACHABLE] = "unreachable",
	[NSFAB_DROP_REASON_TTL] = "ttl",
	[NSFAB_DROP_REASON_TOO_BIG] = "too-big",
	[NSFAB_DROP_REASON_HAIRPIN] = "hairpin",
	[NSFAB_DROP_REASON_HOPS] = "hops",
	[NSFAB_DROP_REASON_DOWN] = "down",
	[NSFAB_DROP_REASON_BACKLOG] = "backlog",
	[NSFAB_DROP_REASON_NO_VTEP] = "no-vtep",
	[NSFAB_DROP_REASON_NO_VNI] = "no-vni",
	[NSFAB_DROP_REASON_TUNNEL_HEADER] = "tunnel-header",
	[NSFAB_DROP_REASON_TUNNEL_ROUTE] = "tunnel-route",
	[NSFAB_DROP_REASON_TUNNEL_ECN] = "tunnel-ecn",
	[NSFAB_DROP_REASON_TUNNEL_DOWN] = "tunnel-down",
	[NSFAB_DROP_REASON_NO_MEMORY] = "no-memory",
	[NSFAB_DROP_REASON_REPORT] = "report",
	[NSFAB_DROP_REASON_NOT_FOR_ROUTER] = "not-for-router",
	[NSFAB_DROP_REASON_MARTIAN] = "martian",
	[NSFAB_DROP_REASON_STUB] = "stub",
	[NSFAB_DROP_REASON_LINK_LOSS] = "link-loss",
	[NSFAB_DROP_REASON_LINK_QUEUE] = "link-queue",
	[NSFAB_DROP_REASON_LINK_DOWN] = "link-down",
	[NSFAB_DROP_REASON_LINK_HELD] = "link-held",
	[NSFAB_DROP_REASON_LINK_HORIZON] = "link-horizon",
};

const char *nsfab_drop_reason_name(unsigned int value)
{
	return nsfab_enum_name(drop_reasons, N(drop_reasons), value);
}

static const char *const link_dists[] = {
	[NSFAB_LINK_DIST_UNIFORM] = "uniform",
	[NSFAB_LINK_DIST_NORMAL] = "normal",
	[NSFAB_LINK_DIST_PARETO] = "pareto",
	[NSFAB_LINK_DIST_TABLE] = "table",
};

const char *nsfab_link_dist_name(unsigned int value)
{
	return nsfab_enum_name(link_dists, N(link_dists), value);
}

int nsfab_link_dist_parse(const char *name)
{
	return nsfab_enum_parse(link_dists, N(link_dists), name);
}

static const char *const link_loss_models[] = {
	[NSFAB_LINK_LOSS_MODEL_NONE] = "none",
	[NSFAB_LINK_LOSS_MODEL_RANDOM] = "random",
	[NSFAB_LINK_LOSS_MODEL_GILBERT] = "gilbert",
	[NSFAB_LINK_LOSS_MODEL_MARKOV] = "markov",
	[NSFAB_LINK_LOSS_MODEL_NTH] = "nth",
};

const char *nsfab_link_loss_model_name(unsigned int value)
{
	return nsfab_enum_name(link_loss_models, N(link_loss_models), value);
}

int nsfab_link_loss_model_parse(const char *name)
{
	return nsfab_enum_parse(link_loss_models, N(link_loss_models), name);
}

static const char *const link_overheads[] = {
	[NSFAB_LINK_OVERHEAD_L2] = "l2",
	[NSFAB_LINK_OVERHEAD_L1] = "l1",
	[NSFAB_LINK_OVERHEAD_L3] = "l3",
};

const char *nsfab_link_overhead_name(unsigned int value)
{
	return nsfab_enum_name(link_overheads, N(link_overheads), value);
}

int nsfab_link_overhead_parse(const char *name)
{
	return nsfab_enum_parse(link_overheads, N(link_overheads), name);
}

static const char *const schedule_states[] = {
	[NSFAB_SCHEDULE_STATE_RUNNING] = "running",
	[NSFAB_SCHEDULE_STATE_DONE] = "done",
};

const char *nsfab_schedule_state_name(unsigned int value)
{
	return nsfab_enum_name(schedule_states, N(schedule_states), value);
}
