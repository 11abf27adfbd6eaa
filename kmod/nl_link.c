// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of links. */

#include <linux/slab.h>
#include <linux/xarray.h>

#include "binding.h"
#include "fabric.h"
#include "link.h"
#include "netlink.h"
#include "network.h"
#include "nl_link_conf.h"
#include "tenant.h"
#include "timeline.h"
#include "transit.h"

/* Which tenant's a link is, and between which ports, NULL for any */
struct place {
	struct nsfab_tenant *tenant;
	struct nsfab_port *from;
	struct nsfab_port *to;
};

static struct nsfab_port *read_port(struct nsfab_fabric *fab,
				    const struct nlattr *attr,
				    struct netlink_ext_ack *extack)
{
	return attr ? nsfab_netlink_port(fab, attr, extack) : NULL;
}

/* The ports that a nest names, and with them the tenant. */
static int read_ports(struct nsfab_fabric *fab, struct nlattr **tb,
		      struct place *place, struct netlink_ext_ack *extack)
{
	const struct nlattr *to = tb[NSFAB_A_LINK_TO];

	place->from = read_port(fab, tb[NSFAB_A_LINK_FROM], extack);
	if (IS_ERR(place->from))
		return PTR_ERR(place->from);
	place->to = read_port(fab, to, extack);
	if (IS_ERR(place->to))
		return PTR_ERR(place->to);
	if (to && place->from == place->to) {
		NL_SET_ERR_MSG_ATTR(extack, to, "It leads to another port");
		return -EINVAL;
	}
	if (to && place->from &&
	    place->from->net->tenant != place->to->net->tenant) {
		NL_SET_ERR_MSG_ATTR(extack, to,
				    "The ports are of different tenants");
		return -EINVAL;
	}
	place->tenant = (place->from ?: place->to)->net->tenant;
	if (tb[NSFAB_A_LINK_TENANT] &&
	    nla_get_u32(tb[NSFAB_A_LINK_TENANT]) != place->tenant->id) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_LINK_TENANT],
				    "The port is of another tenant");
		return -EINVAL;
	}
	return 0;
}

static int read_place(struct nsfab_fabric *fab, struct nlattr **tb,
		      const struct nlattr *nest, struct place *place,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *scope = tb[NSFAB_A_LINK_SCOPE];
	const struct nlattr *name = tb[NSFAB_A_LINK_NAME];

	if (tb[NSFAB_A_LINK_FROM] || tb[NSFAB_A_LINK_TO]) {
		if (!name)
			return read_ports(fab, tb, place, extack);
		NL_SET_ERR_MSG_ATTR(extack, name, "Bottlenecks alone have names");
		return -EINVAL;
	}
	if (!name || !tb[NSFAB_A_LINK_TENANT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A link needs a port, a bottleneck a tenant and a name");
		return -EINVAL;
	}
	if (scope && nla_get_u32(scope)) {
		NL_SET_ERR_MSG_ATTR(extack, scope, "A bottleneck has no scope");
		return -EINVAL;
	}
	place->tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_LINK_TENANT],
					     extack);
	return PTR_ERR_OR_ZERO(place->tenant);
}

static int read_new(struct nsfab_link *link, struct nlattr **tb,
		    const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nsfab_link_conf *conf;
	int err;

	if (tb[NSFAB_A_LINK_ID])
		link->id = nla_get_u32(tb[NSFAB_A_LINK_ID]);
	if (tb[NSFAB_A_LINK_SCOPE])
		link->scope = nla_get_u32(tb[NSFAB_A_LINK_SCOPE]);
	if (tb[NSFAB_A_LINK_NAME]) {
		err = nsfab_netlink_name(tb[NSFAB_A_LINK_NAME], false,
					 link->name.text, &link->name.len,
					 extack);
		if (err)
			return err;
	}
	err = nsfab_netlink_revision(tb[NSFAB_A_LINK_REVISION],
				     &link->revision, extack);
	if (err)
		return err;
	conf = nsfab_link_conf_alloc(NULL);
	if (!conf)
		return -ENOMEM;
	err = nsfab_nl_link_conf_read(conf, link, tb, nest, extack) ?:
	      nsfab_link_set_conf(link, conf);
	if (err)
		nsfab_link_conf_put(conf);
	return err;
}

static void *make(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_LINK_MAX + 1];
	struct place place = {};
	struct nsfab_link *link;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_LINK_MAX, nest,
				  nsfab_nl_link_policy, NSFAB_NL_LINK_REPEAT,
				  extack);
	if (err)
		return ERR_PTR(err);
	err = read_place(fab, tb, nest, &place, extack);
	if (err)
		return ERR_PTR(err);
	link = nsfab_link_alloc(place.tenant);
	if (!link)
		return ERR_PTR(-ENOMEM);
	link->from = place.from;
	link->to = place.to;
	err = read_new(link, tb, nest, extack);
	if (err)
		goto err_free;
	err = nsfab_link_link(link);
	if (!err)
		return link;
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A link has that id or name, or those ends and that scope");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The tenant's limit of links is reached");
	else if (err == -EMLINK)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "Too many links have these ends");

err_free:
	nsfab_link_free(link);
	return ERR_PTR(err);
}

static struct nsfab_link *find_by_name(struct nsfab_fabric *fab,
				       struct nlattr **tb,
				       const struct nlattr *nest,
				       struct netlink_ext_ack *extack)
{
	struct nsfab_tenant *tenant;
	struct nsfab_link *link;

	if (!tb[NSFAB_A_LINK_NAME] || !tb[NSFAB_A_LINK_TENANT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A link is named by id, by its ports, or by tenant and name");
		return ERR_PTR(-EINVAL);
	}
	tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_LINK_TENANT], extack);
	if (IS_ERR(tenant))
		return ERR_CAST(tenant);
	link = nsfab_link_find_name(tenant, nla_data(tb[NSFAB_A_LINK_NAME]));
	if (link)
		return link;
	NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_LINK_NAME],
			    "No such bottleneck");
	return ERR_PTR(-ENOENT);
}

static struct nsfab_link *find_by_key(struct nsfab_fabric *fab,
				      struct nlattr **tb,
				      const struct nlattr *nest,
				      struct netlink_ext_ack *extack)
{
	const struct nlattr *scope = tb[NSFAB_A_LINK_SCOPE];
	struct place place = {};
	struct nsfab_link *link;
	int err;

	if (tb[NSFAB_A_LINK_ID]) {
		link = xa_load(&fab->links, nla_get_u32(tb[NSFAB_A_LINK_ID]));
		if (link)
			return link;
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_LINK_ID],
				    "No such link");
		return ERR_PTR(-ENOENT);
	}
	if (!tb[NSFAB_A_LINK_FROM] && !tb[NSFAB_A_LINK_TO])
		return find_by_name(fab, tb, nest, extack);
	err = read_ports(fab, tb, &place, extack);
	if (err)
		return ERR_PTR(err);
	link = nsfab_link_find(place.tenant, place.from ? place.from->id : 0,
			       place.to ? place.to->id : 0,
			       scope ? nla_get_u32(scope) : 0);
	if (link)
		return link;
	NL_SET_ERR_MSG_ATTR(extack, nest, "No such link");
	return ERR_PTR(-ENOENT);
}

static struct nsfab_link *find_tb(struct nsfab_fabric *fab, struct nlattr **tb,
				  const struct nlattr *nest,
				  struct netlink_ext_ack *extack)
{
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_LINK_MAX, nest,
				  nsfab_nl_link_policy, NSFAB_NL_LINK_REPEAT,
				  extack);
	return err ? ERR_PTR(err) : find_by_key(fab, tb, nest, extack);
}

static void *find(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_LINK_MAX + 1];
	struct nsfab_link *link;
	u64 revision;
	int err;

	link = find_tb(fab, tb, nest, extack);
	if (IS_ERR(link))
		return link;
	revision = link->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_LINK_REVISION], &revision,
				     extack);
	return err ? ERR_PTR(err) : link;
}

static void unlink(void *obj)
{
	nsfab_link_unlink(obj);
}

static bool matches(const void *obj, const struct nsfab_netlink_dump *ctx)
{
	const struct nsfab_link *link = obj;

	return (!ctx->tenant || link->tenant->id == ctx->tenant) &&
	       (!ctx->port || (link->from && link->from->id == ctx->port) ||
		(link->to && link->to->id == ctx->port));
}

static const struct nla_policy by_end[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_FILTER_RESET] = { .type = NLA_FLAG },
	[NSFAB_A_FILTER_POINTS] = { .type = NLA_FLAG },
};

static const struct nsfab_netlink_kind kind = {
	.type = NSFAB_A_LINK,
	.get = NSFAB_CMD_LINK_GET,
	.ntf = NSFAB_CMD_LINK_NTF,
	.table = offsetof(struct nsfab_fabric, links),
	.make = make,
	.find = find,
	.unlink = unlink,
	.filter = by_end,
	.matches = matches,
	.fill = nsfab_nl_link_fill,
	.read = nsfab_nl_link_fill_read,
	.reset = nsfab_nl_link_fill_reset,
};

/**
 * nsfab_nl_link_new_doit() - make links
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_link_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	if (!nsfab_netlink_count(info, NSFAB_A_LINK))
		return -EINVAL;
	err = nsfab_transit_start();
	return err ?: nsfab_netlink_new_all(info, &kind);
}

/**
 * struct change - what a request changes of a link
 * @link: the link
 * @conf: what it is to do
 * @revision: its revision then
 */
struct change {
	struct nsfab_link *link;
	struct nsfab_link_conf *conf;
	u64 revision;
};

static bool is_id(const struct nlattr *attr, u32 id)
{
	return !attr || nla_get_u32(attr) == id;
}

static int check_fixed(const struct nsfab_link *link, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = tb[NSFAB_A_LINK_NAME];
	if (attr && (!link->name.len || nla_strcmp(attr, link->name.text)))
		goto err_fixed;
	attr = tb[NSFAB_A_LINK_TENANT];
	if (!is_id(attr, link->tenant->id))
		goto err_fixed;
	attr = tb[NSFAB_A_LINK_FROM];
	if (!is_id(attr, link->from ? link->from->id : 0))
		goto err_fixed;
	attr = tb[NSFAB_A_LINK_TO];
	if (!is_id(attr, link->to ? link->to->id : 0))
		goto err_fixed;
	attr = tb[NSFAB_A_LINK_SCOPE];
	if (is_id(attr, link->scope))
		return 0;

err_fixed:
	NL_SET_ERR_MSG_ATTR(extack, attr, "Cannot be changed");
	return -EOPNOTSUPP;
}

/* The change of a link, the one there is if the request named it before. */
static struct change *change_of(struct xarray *by_id, struct change *next,
				struct nsfab_link *link)
{
	struct change *c = xa_load(by_id, link->id);
	struct nsfab_link_conf *old;
	int err;

	if (c)
		return c;
	old = nsfab_link_conf_get(link);
	next->conf = nsfab_link_conf_alloc(old);
	nsfab_link_conf_put(old);
	if (!next->conf)
		return ERR_PTR(-ENOMEM);
	next->link = link;
	next->revision = link->revision;
	err = xa_err(xa_store(by_id, link->id, next, GFP_KERNEL));
	if (!err)
		return next;
	nsfab_link_conf_put(next->conf);
	next->conf = NULL;
	return ERR_PTR(err);
}

static int prepare(struct nsfab_fabric *fab, const struct nlattr *nest,
		   struct xarray *by_id, struct change *next, const void **obj,
		   u64 *copied, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_LINK_MAX + 1];
	struct nsfab_link *link;
	struct change *c;
	int err;

	link = find_tb(fab, tb, nest, extack);
	if (IS_ERR(link))
		return PTR_ERR(link);
	err = check_fixed(link, tb, extack);
	if (err)
		return err;
	c = change_of(by_id, next, link);
	if (IS_ERR(c))
		return PTR_ERR(c);
	*obj = link;
	return nsfab_netlink_revision(tb[NSFAB_A_LINK_REVISION], &c->revision,
				      extack) ?:
	       nsfab_nl_link_conf_read(c->conf, link, tb, nest, extack) ?:
	       nsfab_nl_link_trace_charge(c->conf, tb, copied, extack) ?:
	       nsfab_link_prepare(link, c->conf);
}

/**
 * nsfab_nl_link_set_doit() - change links, all of them or none
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_link_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 n = nsfab_netlink_count(info, NSFAB_A_LINK), i = 0;
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	struct change *changes;
	const void **objs;
	struct xarray by_id;
	u64 copied = 0;
	int err = 0;
	int rem;

	if (!n)
		return -EINVAL;
	/* What an event did after it was read would be undone. */
	nsfab_timeline_pause(fab->timeline);
	/* Unlike DEFINE_XARRAY(), it gives lockdep a key. */
	xa_init(&by_id);
	changes = kvcalloc(n, sizeof(*changes), GFP_KERNEL);
	objs = kvcalloc(n, sizeof(*objs), GFP_KERNEL);
	if (!changes || !objs) {
		err = -ENOMEM;
		goto out;
	}
	nlmsg_for_each_attr_type(nest, NSFAB_A_LINK, info->nlhdr,
				 GENL_HDRLEN, rem) {
		err = prepare(fab, nest, &by_id, &changes[i], &objs[i],
			      &copied, info->extack);
		if (err)
			goto out;
		i++;
		cond_resched();
	}
	/* Nothing fails from here on. */
	for (i = 0; i < n; i++) {
		if (!changes[i].conf)	/* named before */
			continue;
		changes[i].link->revision = changes[i].revision;
		nsfab_link_swap_conf(changes[i].link, changes[i].conf);
		changes[i].conf = NULL;
	}
	err = nsfab_netlink_tell(info, NSFAB_CMD_LINK_NTF, objs, n,
				 nsfab_nl_link_fill);
out:
	nsfab_timeline_resume(fab->timeline);
	for (i = 0; changes && i < n; i++)
		nsfab_link_conf_put(changes[i].conf);
	xa_destroy(&by_id);
	kvfree(objs);
	kvfree(changes);
	return err;
}

/**
 * nsfab_nl_link_del_doit() - remove links
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_link_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	struct nsfab_link *link;
	int rem;

	nlmsg_for_each_attr_type(nest, NSFAB_A_LINK, info->nlhdr,
				 GENL_HDRLEN, rem) {
		link = find(fab, nest, info->extack);
		if (IS_ERR(link))
			return PTR_ERR(link);
		if (atomic_read(&link->n_paths)) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest,
					    "Paths cross the bottleneck");
			return -EBUSY;
		}
		if (link->n_events) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest,
					    "The schedule changes the link");
			return -EBUSY;
		}
	}
	return nsfab_netlink_del_all(info, &kind);
}

/**
 * nsfab_nl_link_get_doit() - read a link
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_link_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_get_one(info, &kind);
}

/**
 * nsfab_nl_link_get_dumpit() - read links
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_link_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	int err = nsfab_netlink_dump_filter(cb, kind.filter);

	if (err)
		return err;
	return ctx->points ? nsfab_nl_link_dump_points(skb, cb, matches) :
			     nsfab_netlink_dump_all(skb, cb, &kind);
}
