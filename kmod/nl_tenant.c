// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of tenants. */

#include <linux/slab.h>

#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

static struct netlink_range_validation seconds_range = {
	.min = 1,
	.max = 24 * 60 * 60,
};

/* Policy of a tenant */
const struct nla_policy nsfab_nl_tenant_policy[NSFAB_A_TENANT_MAX + 1] = {
	[NSFAB_A_TENANT_ID] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_TENANT_NAME] = { .type = NLA_NUL_STRING,
				  .len = NSFAB_NAME_MAX },
	[NSFAB_A_TENANT_REVISION] = { .type = NLA_U64 },
	[NSFAB_A_TENANT_ACCOUNTING] = NLA_POLICY_MAX(NLA_U8,
						     NSFAB_ACCOUNTING_RICH),
	[NSFAB_A_TENANT_MAX_NETWORKS] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_PORTS] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_FDB] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_NEIGH] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_ROUTES] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_FLOWS] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_FLOW_TIMEOUT] = NSFAB_POLICY_U32(&seconds_range),
	[NSFAB_A_TENANT_FDB_TIMEOUT] = NSFAB_POLICY_U32(&seconds_range),
	[NSFAB_A_TENANT_LABELS] = { .type = NLA_NUL_STRING,
				    .len = NSFAB_LABELS_MAX },
	[NSFAB_A_TENANT_COUNTERS] = READ_ONLY,
	[NSFAB_A_TENANT_USAGE] = READ_ONLY,
	[NSFAB_A_TENANT_MISS] = READ_ONLY,
	[NSFAB_A_TENANT_MAX_LINKS] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_HELD] = { .type = NLA_U32 },
	[NSFAB_A_TENANT_MAX_HELD_BYTES] = { .type = NLA_U64 },
};

static int put_misses(struct sk_buff *skb, const struct nsfab_totals *totals)
{
	struct nlattr *nest;
	int i;

	for (i = 0; i < NSFAB_MISS_MAX; i++) {
		if (!totals->miss[i].packets)
			continue;
		nest = nla_nest_start(skb, NSFAB_A_TENANT_MISS);
		if (!nest || nla_put_u8(skb, NSFAB_A_MISS_KIND, i) ||
		    nla_put_u64_64bit(skb, NSFAB_A_MISS_PACKETS,
				      totals->miss[i].packets,
				      NSFAB_A_MISS_PAD) ||
		    nla_put_u64_64bit(skb, NSFAB_A_MISS_BYTES,
				      totals->miss[i].bytes, NSFAB_A_MISS_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_usages(struct sk_buff *skb, struct nsfab_tenant *t)
{
	const int type = NSFAB_A_TENANT_USAGE;

	return nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_NETWORK,
				       &t->n_networks) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_PORT,
				       &t->n_ports) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_FDB,
				       &t->max_fdb) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_NEIGH,
				       &t->n_neighs) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_ROUTE,
				       &t->n_routes) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_FLOW,
				       &t->max_flows) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_LINK,
				       &t->n_links) ?:
	       nsfab_netlink_put_usage(skb, type, NSFAB_TABLE_HELD,
				       &t->max_held);
}

static int put_config(struct sk_buff *skb, const struct nsfab_tenant *t)
{
	return nla_put_u32(skb, NSFAB_A_TENANT_ID, t->id) ||
	       (t->name.len &&
		nla_put_string(skb, NSFAB_A_TENANT_NAME, t->name.text)) ||
	       nla_put_u64_64bit(skb, NSFAB_A_TENANT_REVISION, t->revision,
				 NSFAB_A_TENANT_PAD) ||
	       nla_put_u8(skb, NSFAB_A_TENANT_ACCOUNTING, t->accounting) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_NETWORKS,
			   t->n_networks.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_PORTS, t->n_ports.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_FDB, t->max_fdb.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_NEIGH, t->n_neighs.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_ROUTES, t->n_routes.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_FLOWS, t->max_flows.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_FLOW_TIMEOUT,
			   t->flow_timeout) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_FDB_TIMEOUT, t->fdb_timeout) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_LINKS, t->n_links.max) ||
	       nla_put_u32(skb, NSFAB_A_TENANT_MAX_HELD, t->max_held.max) ||
	       nla_put_u64_64bit(skb, NSFAB_A_TENANT_MAX_HELD_BYTES,
				 t->max_held_bytes, NSFAB_A_TENANT_PAD) ||
	       (t->labels &&
		nla_put_string(skb, NSFAB_A_TENANT_LABELS, t->labels));
}

static int fill(struct sk_buff *skb, const void *obj, struct net *net)
{
	struct nsfab_tenant *tenant = (struct nsfab_tenant *)obj;
	struct nsfab_totals totals = {};
	struct nlattr *nest;

	nsfab_tenant_read(&totals, tenant);
	nest = nla_nest_start(skb, NSFAB_A_TENANT);
	if (!nest)
		return -EMSGSIZE;
	if (put_config(skb, tenant) ||
	    nsfab_netlink_put_counters(skb, NSFAB_A_TENANT_COUNTERS,
				       &totals) ||
	    put_usages(skb, tenant) || put_misses(skb, &totals)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static void set_limit(struct nsfab_limit *limit, const struct nlattr *attr)
{
	if (attr)
		WRITE_ONCE(limit->max, nla_get_u32(attr));
}

/* What needs no memory; the revision is all that can be refused, and first. */
static int set_config(struct nsfab_tenant *t, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	int err;

	err = nsfab_netlink_revision(tb[NSFAB_A_TENANT_REVISION],
				     &t->revision, extack);
	if (err)
		return err;
	if (tb[NSFAB_A_TENANT_ACCOUNTING])
		WRITE_ONCE(t->accounting,
			   nla_get_u8(tb[NSFAB_A_TENANT_ACCOUNTING]));
	if (tb[NSFAB_A_TENANT_FLOW_TIMEOUT])
		WRITE_ONCE(t->flow_timeout,
			   nla_get_u32(tb[NSFAB_A_TENANT_FLOW_TIMEOUT]));
	if (tb[NSFAB_A_TENANT_FDB_TIMEOUT])
		WRITE_ONCE(t->fdb_timeout,
			   nla_get_u32(tb[NSFAB_A_TENANT_FDB_TIMEOUT]));
	set_limit(&t->n_networks, tb[NSFAB_A_TENANT_MAX_NETWORKS]);
	set_limit(&t->n_ports, tb[NSFAB_A_TENANT_MAX_PORTS]);
	set_limit(&t->max_fdb, tb[NSFAB_A_TENANT_MAX_FDB]);
	set_limit(&t->n_neighs, tb[NSFAB_A_TENANT_MAX_NEIGH]);
	set_limit(&t->n_routes, tb[NSFAB_A_TENANT_MAX_ROUTES]);
	set_limit(&t->max_flows, tb[NSFAB_A_TENANT_MAX_FLOWS]);
	set_limit(&t->n_links, tb[NSFAB_A_TENANT_MAX_LINKS]);
	set_limit(&t->max_held, tb[NSFAB_A_TENANT_MAX_HELD]);
	if (tb[NSFAB_A_TENANT_MAX_HELD_BYTES])
		WRITE_ONCE(t->max_held_bytes,
			   nla_get_u64(tb[NSFAB_A_TENANT_MAX_HELD_BYTES]));
	return 0;
}

static void *make(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_TENANT_MAX + 1];
	struct nsfab_tenant *tenant;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_TENANT_MAX, nest,
				  nsfab_nl_tenant_policy, 0, extack);
	if (err)
		return ERR_PTR(err);
	tenant = nsfab_tenant_alloc(fab);
	if (!tenant)
		return ERR_PTR(-ENOMEM);
	if (tb[NSFAB_A_TENANT_ID])
		tenant->id = nla_get_u32(tb[NSFAB_A_TENANT_ID]);
	if (tb[NSFAB_A_TENANT_NAME]) {
		err = nsfab_netlink_name(tb[NSFAB_A_TENANT_NAME], false,
					 tenant->name.text, &tenant->name.len,
					 extack);
		if (err)
			goto err_free;
	}
	if (tb[NSFAB_A_TENANT_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_TENANT_LABELS],
					   &tenant->labels);
		if (err)
			goto err_free;
	}
	err = set_config(tenant, tb, extack);
	if (err)
		goto err_free;
	err = nsfab_tenant_link(tenant);
	if (!err)
		return tenant;
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A tenant has that id or name");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The fabric's limit of tenants is reached");

err_free:
	nsfab_tenant_free(tenant);
	return ERR_PTR(err);
}

/* Find a tenant by the key in its nest: the id or, without one, the name. */
static struct nsfab_tenant *find_tb(struct nsfab_fabric *fab,
				    struct nlattr **tb,
				    const struct nlattr *nest,
				    struct netlink_ext_ack *extack)
{
	struct nsfab_tenant *tenant;
	u64 revision;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_TENANT_MAX, nest,
				  nsfab_nl_tenant_policy, 0, extack);
	if (err)
		return ERR_PTR(err);
	if (tb[NSFAB_A_TENANT_ID]) {
		tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_TENANT_ID],
					      extack);
		if (IS_ERR(tenant))
			return tenant;
	} else if (tb[NSFAB_A_TENANT_NAME]) {
		tenant = nsfab_tenant_find(fab,
					   nla_data(tb[NSFAB_A_TENANT_NAME]));
		if (!tenant) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_TENANT_NAME],
					    "No such tenant");
			return ERR_PTR(-ENOENT);
		}
	} else {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A tenant is named by id or name");
		return ERR_PTR(-EINVAL);
	}
	revision = tenant->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_TENANT_REVISION], &revision,
				     extack);
	return err ? ERR_PTR(err) : tenant;
}

static void *find(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_TENANT_MAX + 1];

	return find_tb(fab, tb, nest, extack);
}

static void unlink(void *obj)
{
	nsfab_tenant_unlink(obj);
}

static bool matches(const void *obj, const struct nsfab_netlink_dump *ctx)
{
	const struct nsfab_tenant *tenant = obj;

	return !ctx->tenant || tenant->id == ctx->tenant;
}

static const struct nsfab_netlink_kind kind = {
	.type = NSFAB_A_TENANT,
	.get = NSFAB_CMD_TENANT_GET,
	.ntf = NSFAB_CMD_TENANT_NTF,
	.table = offsetof(struct nsfab_fabric, tenants),
	.make = make,
	.find = find,
	.unlink = unlink,
	.filter = nsfab_nl_by_tenant,
	.matches = matches,
	.fill = fill,
};

/**
 * nsfab_nl_tenant_new_doit() - make tenants
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_tenant_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_new_all(info, &kind);
}

static int rename_tenant(struct nsfab_tenant *tenant,
			 const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_name name = tenant->name;
	int err;

	err = nsfab_netlink_name(attr, false, name.text, &name.len, extack);
	if (err || !strcmp(name.text, tenant->name.text))
		return err;
	err = nsfab_names_rename(&fab->names, &tenant->name, &name);
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, attr, "A tenant has that name");
	return err;
}

/* What needs memory comes first, and what cannot fail last: find_tb() has
 * checked the revision.
 */
static int set(struct nsfab_tenant *tenant, struct nlattr **tb,
	       struct netlink_ext_ack *extack)
{
	char *labels = NULL;
	int err;

	if (tb[NSFAB_A_TENANT_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_TENANT_LABELS], &labels);
		if (err)
			return err;
	}
	if (tb[NSFAB_A_TENANT_NAME]) {
		err = rename_tenant(tenant, tb[NSFAB_A_TENANT_NAME], extack);
		if (err) {
			kfree(labels);
			return err;
		}
	}
	if (tb[NSFAB_A_TENANT_LABELS]) {
		kfree(tenant->labels);
		tenant->labels = labels;
	}
	return set_config(tenant, tb, extack);
}

/**
 * nsfab_nl_tenant_set_doit() - change a tenant
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_tenant_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[NSFAB_A_TENANT_MAX + 1];
	struct nsfab_tenant *tenant;
	const struct nlattr *nest;
	const void *obj;
	int err;

	nest = nsfab_netlink_only(info, NSFAB_A_TENANT);
	if (!nest)
		return -EINVAL;
	tenant = find_tb(nsfab_netlink_fab(info), tb, nest, info->extack);
	if (IS_ERR(tenant))
		return PTR_ERR(tenant);
	err = set(tenant, tb, info->extack);
	if (err)
		return err;
	obj = tenant;
	return nsfab_netlink_tell(info, NSFAB_CMD_TENANT_NTF, &obj, 1, fill);
}

/**
 * nsfab_nl_tenant_del_doit() - remove tenants with all that they hold
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_tenant_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_del_all(info, &kind);
}

/**
 * nsfab_nl_tenant_get_doit() - read a tenant
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_tenant_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_get_one(info, &kind);
}

/**
 * nsfab_nl_tenant_get_dumpit() - read all tenants
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_tenant_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	return nsfab_netlink_dump_all(skb, cb, &kind);
}
