// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: its commands, what each accepts, and who may use
 * it. One file nl_*.c for each object has the commands.
 *
 * A request may carry many objects. It is read and checked as a whole before
 * anything is changed; what can fail afterwards is undone.
 */

#include <linux/rtnetlink.h>

#include "binding.h"
#include "flow.h"
#include "netlink.h"

static int pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	struct nsfab_fabric *fab;
	int err;

	err = nsfab_netlink_check(info->nlhdr, info->extack);
	if (err)
		return err;
	fab = nsfab_netlink_lock(genl_info_net(info),
				 info->attrs[NSFAB_A_IFINDEX], info->extack);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	info->user_ptr[0] = fab;
	return 0;
}

static void post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	nsfab_netlink_unlock(nsfab_netlink_fab(info));
}

/* Ids of tenants and networks, VNIs */
struct netlink_range_validation nsfab_id_range = {
	.min = 1,
	.max = NSFAB_ID_MAX,
};

/* Ids of ports */
struct netlink_range_validation nsfab_port_id_range = {
	.min = 1,
	.max = NSFAB_PORT_ID_MAX,
};

static struct netlink_range_validation ifindex_range = {
	.min = 1,
	.max = INT_MAX,
};

/* What each command accepts, and nothing else. */

/* Filters of dumps: what each can be limited to */
const struct nla_policy nsfab_nl_by_tenant[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
};

const struct nla_policy nsfab_nl_by_network[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
};

const struct nla_policy nsfab_nl_by_port[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
};

/* Policy of a filter */
const struct nla_policy nsfab_nl_filter_policy[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_FILTER_PROTO] = { .type = NLA_U8 },
	[NSFAB_A_FILTER_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_FILTER_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_FILTER_L4_PORT] = { .type = NLA_BE16 },
	[NSFAB_A_FILTER_MIN_BYTES] = { .type = NLA_U64 },
	[NSFAB_A_FILTER_RESET] = { .type = NLA_FLAG },
	[NSFAB_A_FILTER_POINTS] = { .type = NLA_FLAG },
};

static const struct nla_policy ifindex_policy[NSFAB_A_IFINDEX + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
};

static const struct nla_policy filter_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy tenant_policy[NSFAB_A_TENANT + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_TENANT] = NLA_POLICY_NESTED(nsfab_nl_tenant_policy),
};

/* Every dump looks for a filter. */
static const struct nla_policy tenant_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_TENANT] = NLA_POLICY_NESTED(nsfab_nl_tenant_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy network_policy[NSFAB_A_NETWORK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NETWORK] = NLA_POLICY_NESTED(nsfab_nl_network_policy),
};

static const struct nla_policy network_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NETWORK] = NLA_POLICY_NESTED(nsfab_nl_network_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy port_policy[NSFAB_A_PORT + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_PORT] = NLA_POLICY_NESTED(nsfab_nl_port_policy),
};

static const struct nla_policy port_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_PORT] = NLA_POLICY_NESTED(nsfab_nl_port_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy fdb_policy[NSFAB_A_FDB + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FDB] = NLA_POLICY_NESTED(nsfab_nl_fdb_policy),
};

static const struct nla_policy fdb_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FDB] = NLA_POLICY_NESTED(nsfab_nl_fdb_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy neigh_policy[NSFAB_A_NEIGH + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NEIGH] = NLA_POLICY_NESTED(nsfab_nl_neigh_policy),
};

static const struct nla_policy neigh_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NEIGH] = NLA_POLICY_NESTED(nsfab_nl_neigh_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy route_policy[NSFAB_A_ROUTE + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_ROUTE] = NLA_POLICY_NESTED(nsfab_nl_route_policy),
};

static const struct nla_policy route_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_ROUTE] = NLA_POLICY_NESTED(nsfab_nl_route_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy link_policy[NSFAB_A_LINK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_LINK] = NLA_POLICY_NESTED(nsfab_nl_link_policy),
};

static const struct nla_policy link_get_policy[NSFAB_A_LINK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_LINK] = NLA_POLICY_NESTED(nsfab_nl_link_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy schedule_policy[NSFAB_A_SCHEDULE + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_SCHEDULE] = NLA_POLICY_NESTED(nsfab_nl_schedule_policy),
};

#define DO(NAME, name, pol) {						\
	.cmd = NSFAB_CMD_##NAME,					\
	.doit = nsfab_nl_##name##_doit,					\
	.policy = pol,							\
	.maxattr = ARRAY_SIZE(pol) - 1,					\
	.flags = GENL_UNS_ADMIN_PERM,					\
}

#define GET(NAME, name, pol) {						\
	.cmd = NSFAB_CMD_##NAME,					\
	.doit = nsfab_nl_##name##_doit,					\
	.dumpit = nsfab_nl_##name##_dumpit,				\
	.policy = pol,							\
	.maxattr = ARRAY_SIZE(pol) - 1 +				\
		   BUILD_BUG_ON_ZERO(ARRAY_SIZE(pol) <= NSFAB_A_FILTER), \
	.flags = GENL_UNS_ADMIN_PERM,					\
}

/* A network has many subnets, a port many allowed pairs; a link below may have
 * a long path, an event packets to lose.
 */
#define GET_LARGE(NAME, name, pol) {					\
	.cmd = NSFAB_CMD_##NAME,					\
	.doit = nsfab_nl_##name##_doit,					\
	.start = nsfab_netlink_dump_large,				\
	.dumpit = nsfab_nl_##name##_dumpit,				\
	.policy = pol,							\
	.maxattr = ARRAY_SIZE(pol) - 1 +				\
		   BUILD_BUG_ON_ZERO(ARRAY_SIZE(pol) <= NSFAB_A_FILTER), \
	.flags = GENL_UNS_ADMIN_PERM,					\
}

static const struct genl_ops ops[] = {
	DO(TENANT_NEW, tenant_new, tenant_policy),
	DO(TENANT_SET, tenant_set, tenant_policy),
	DO(TENANT_DEL, tenant_del, tenant_policy),
	GET(TENANT_GET, tenant_get, tenant_get_policy),
	DO(NETWORK_NEW, network_new, network_policy),
	DO(NETWORK_SET, network_set, network_policy),
	DO(NETWORK_DEL, network_del, network_policy),
	GET_LARGE(NETWORK_GET, network_get, network_get_policy),
	DO(PORT_NEW, port_new, port_policy),
	DO(PORT_SET, port_set, port_policy),
	DO(PORT_DEL, port_del, port_policy),
	GET_LARGE(PORT_GET, port_get, port_get_policy),
	DO(FDB_NEW, fdb_new, fdb_policy),
	DO(FDB_DEL, fdb_del, fdb_policy),
	GET(FDB_GET, fdb_get, fdb_get_policy),
	DO(NEIGH_NEW, neigh_new, neigh_policy),
	DO(NEIGH_DEL, neigh_del, neigh_policy),
	GET(NEIGH_GET, neigh_get, neigh_get_policy),
	DO(ROUTE_NEW, route_new, route_policy),
	DO(ROUTE_REPLACE, route_replace, route_get_policy),
	DO(ROUTE_DEL, route_del, route_policy),
	GET(ROUTE_GET, route_get, route_get_policy),
	DO(LINK_NEW, link_new, link_policy),
	DO(LINK_SET, link_set, link_policy),
	DO(LINK_DEL, link_del, link_policy),
	{
		.cmd = NSFAB_CMD_LINK_GET,
		.doit = nsfab_nl_link_get_doit,
		.start = nsfab_netlink_dump_large,
		.dumpit = nsfab_nl_link_get_dumpit,
		.done = nsfab_nl_link_get_done,
		.policy = link_get_policy,
		.maxattr = ARRAY_SIZE(link_get_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(SCHEDULE_NEW, schedule_new, schedule_policy),
	DO(SCHEDULE_DEL, schedule_del, ifindex_policy),
	{
		.cmd = NSFAB_CMD_SCHEDULE_GET,
		.doit = nsfab_nl_schedule_get_doit,
		.start = nsfab_netlink_dump_large,
		.dumpit = nsfab_nl_schedule_get_dumpit,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(FLOW_DEL, flow_del, filter_policy),
	DO(STATS_GET, stats_get, ifindex_policy),
	{
		.cmd = NSFAB_CMD_FLOW_GET,
		.dumpit = nsfab_nl_flow_get_dumpit,
		.done = nsfab_nl_flow_get_done,
		.policy = filter_policy,
		.maxattr = ARRAY_SIZE(filter_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = NSFAB_CMD_DROP_GET,
		.dumpit = nsfab_nl_drop_get_dumpit,
		.policy = filter_policy,
		.maxattr = ARRAY_SIZE(filter_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group groups[] = {
	[NSFAB_NETLINK_CONFIG] = {
		.name = NSFAB_MCGRP_CONFIG,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[NSFAB_NETLINK_FLOW] = {
		.name = NSFAB_MCGRP_FLOW,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* The family */
struct genl_family nsfab_netlink_family __ro_after_init = {
	.name = NSFAB_FAMILY_NAME,
	.version = NSFAB_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	/* The core would refuse NLM_F_REPLACE, which has a meaning here, so
	 * nsfab_netlink_check() does for all commands what it would.
	 */
	.resv_start_op = __NSFAB_CMD_MAX,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.pre_doit = pre_doit,
	.post_doit = post_doit,
};

/**
 * nsfab_netlink_init() - let users in
 *
 * Return: 0 or -errno
 */
int __init nsfab_netlink_init(void)
{
	int err = genl_register_family(&nsfab_netlink_family);

	if (err)
		return err;
	nsfab_flow_on_end(nsfab_nl_flow_ended);
	nsfab_binding_on_change(nsfab_nl_port_changed);
	return 0;
}

/**
 * nsfab_netlink_exit() - let no user in any more
 */
void nsfab_netlink_exit(void)
{
	nsfab_flow_on_end(NULL);
	nsfab_binding_on_change(NULL);
	/* Flows that ended, and devices that went, a moment ago may be about to
	 * tell so.
	 */
	rcu_barrier();
	rtnl_lock();
	rtnl_unlock();
	genl_unregister_family(&nsfab_netlink_family);
}
