// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of routes. */

#include <linux/slab.h>

#include "addr.h"
#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "route.h"
#include "tenant.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

static const struct nla_policy hop_policy[NSFAB_A_NEXTHOP_MAX + 1] = {
	[NSFAB_A_NEXTHOP_VIA] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_NEXTHOP_WEIGHT] = NLA_POLICY_MIN(NLA_U8, 1),
};

/* What a request may say of a route. */
const struct nla_policy nsfab_nl_route_policy[NSFAB_A_ROUTE_MAX + 1] = {
	[NSFAB_A_ROUTE_TENANT] = NLA_POLICY_FULL_RANGE(NLA_U32,
						       &nsfab_id_range),
	[NSFAB_A_ROUTE_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_ROUTE_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_ROUTE_TYPE] = NLA_POLICY_MAX(NLA_U8,
					      NSFAB_ROUTE_TYPE_UNREACHABLE),
	[NSFAB_A_ROUTE_NEXTHOP] = NLA_POLICY_NESTED(hop_policy),
	[NSFAB_A_ROUTE_NETWORK] = READ_ONLY,
	[NSFAB_A_ROUTE_REVISION] = { .type = NLA_U64 },
};

static int put_hops(struct sk_buff *skb, const struct nsfab_route *route)
{
	const struct nsfab_nexthop *hop;
	struct nlattr *nest;
	u32 i, before = 0;

	for (i = 0; i < route->n; i++) {
		hop = &route->hop[i];
		nest = nla_nest_start(skb, NSFAB_A_ROUTE_NEXTHOP);
		if (!nest ||
		    nla_put(skb, NSFAB_A_NEXTHOP_VIA, nsfab_addr_len(&hop->via),
			    nsfab_addr_data(&hop->via)) ||
		    nla_put_u8(skb, NSFAB_A_NEXTHOP_WEIGHT, hop->end - before))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
		before = hop->end;
	}
	return 0;
}

static int put_config(struct sk_buff *skb, const struct nsfab_route *route)
{
	u8 mapped = nsfab_addr_plen_mapped(&route->prefix, 0);

	return nla_put_u32(skb, NSFAB_A_ROUTE_TENANT, route->tenant) ||
	       nla_put(skb, NSFAB_A_ROUTE_ADDRESS,
		       nsfab_addr_len(&route->prefix),
		       nsfab_addr_data(&route->prefix)) ||
	       nla_put_u8(skb, NSFAB_A_ROUTE_PREFIXLEN, route->plen - mapped) ||
	       nla_put_u8(skb, NSFAB_A_ROUTE_TYPE, route->type) ||
	       (route->net &&
		nla_put_u32(skb, NSFAB_A_ROUTE_NETWORK, route->net->id)) ||
	       nla_put_u64_64bit(skb, NSFAB_A_ROUTE_REVISION, route->revision,
				 NSFAB_A_ROUTE_PAD);
}

static int fill(struct sk_buff *skb, const void *obj, struct net *net)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_ROUTE);

	if (!nest)
		return -EMSGSIZE;
	if (put_config(skb, obj) || put_hops(skb, obj)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct route_request - what a request's nest says of one route
 * @tb: its attributes
 * @nest: the nest
 * @tenant: the tenant
 * @prefix: the prefix
 * @plen: its length, of IPv4 as of the mapped address
 */
struct route_request {
	struct nlattr *tb[NSFAB_A_ROUTE_MAX + 1];
	const struct nlattr *nest;
	struct nsfab_tenant *tenant;
	struct in6_addr prefix;
	u8 plen;
};

/* Read the tenant; @tenant is the only one that it may be, or NULL. */
static int read_tenant(struct route_request *req, struct nsfab_fabric *fab,
		       struct nsfab_tenant *tenant,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *id = req->tb[NSFAB_A_ROUTE_TENANT];

	if (!id && !tenant) {
		NL_SET_ERR_MSG_ATTR(extack, req->nest, "No tenant is given");
		return -EINVAL;
	}
	if (id && tenant && nla_get_u32(id) != tenant->id) {
		NL_SET_ERR_MSG_ATTR(extack, id, "Not the filter's tenant");
		return -EINVAL;
	}
	req->tenant = tenant ?: nsfab_netlink_tenant(fab, id, extack);
	return PTR_ERR_OR_ZERO(req->tenant);
}

/* Read the key; @tenant is the only one that it may be of, or NULL. */
static int read_key(struct route_request *req, const struct nlattr *nest,
		    struct nsfab_fabric *fab, struct nsfab_tenant *tenant,
		    struct netlink_ext_ack *extack)
{
	int err;

	req->nest = nest;
	err = nsfab_netlink_parse(req->tb, NSFAB_A_ROUTE_MAX, nest,
				  nsfab_nl_route_policy,
				  BIT_ULL(NSFAB_A_ROUTE_NEXTHOP), extack);
	if (err)
		return err;
	err = read_tenant(req, fab, tenant, extack);
	if (err)
		return err;
	if (!req->tb[NSFAB_A_ROUTE_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "No address is given");
		return -EINVAL;
	}
	return nsfab_netlink_prefix(req->tb[NSFAB_A_ROUTE_ADDRESS],
				    req->tb[NSFAB_A_ROUTE_PREFIXLEN],
				    &req->prefix, &req->plen, extack);
}

static int read_via(const struct route_request *req, const struct nlattr *attr,
		    struct in6_addr *via, struct netlink_ext_ack *extack)
{
	const struct nsfab_subnet *subnet = NULL;
	const struct nsfab_network *net;
	bool itself = false;
	int err;

	err = nsfab_netlink_addr(attr, via, extack);
	if (err)
		return err;
	if (nsfab_addr_is_v4(via) != nsfab_addr_is_v4(&req->prefix)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Not of the same family as the prefix");
		return -EINVAL;
	}
	rcu_read_lock();
	net = nsfab_route_network(req->tenant, via);
	if (net)
		subnet = nsfab_network_subnet(net, via);
	if (subnet)
		itself = ipv6_addr_equal(&subnet->gateway, via);
	rcu_read_unlock();
	if (!subnet) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "In no subnet of the tenant");
		return -EINVAL;
	}
	if (itself) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The next hop is the router itself");
		return -EINVAL;
	}
	return 0;
}

static int read_hops(const struct route_request *req, struct nsfab_route *route,
		     struct netlink_ext_ack *extack)
{
	struct nsfab_nexthop *hop = route->hop;
	struct nlattr *tb[NSFAB_A_NEXTHOP_MAX + 1];
	const struct nlattr *attr;
	int rem, err;
	u32 sum = 0;

	nla_for_each_nested(attr, req->nest, rem) {
		if (nla_type(attr) != NSFAB_A_ROUTE_NEXTHOP)
			continue;
		err = nsfab_netlink_parse(tb, NSFAB_A_NEXTHOP_MAX, attr,
					  hop_policy, 0, extack);
		if (err)
			return err;
		if (!tb[NSFAB_A_NEXTHOP_VIA]) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "A next hop needs an address");
			return -EINVAL;
		}
		err = read_via(req, tb[NSFAB_A_NEXTHOP_VIA], &hop->via, extack);
		if (err)
			return err;
		sum += tb[NSFAB_A_NEXTHOP_WEIGHT] ?
		       nla_get_u8(tb[NSFAB_A_NEXTHOP_WEIGHT]) : 1;
		hop->end = sum;
		hop++;
	}
	return 0;
}

static int check_hops(const struct route_request *req, u8 type, u32 n,
		      struct netlink_ext_ack *extack)
{
	bool unicast = type == NSFAB_ROUTE_TYPE_UNICAST;

	if (unicast && n && n <= NSFAB_NEXTHOPS_MAX)
		return 0;
	if (!unicast && !n)
		return 0;
	if (!unicast)
		NL_SET_ERR_MSG_ATTR(extack, req->nest,
				    "Only a unicast route has next hops");
	else if (!n)
		NL_SET_ERR_MSG_ATTR(extack, req->nest,
				    "A unicast route needs a next hop");
	else
		NL_SET_ERR_MSG_ATTR(extack, req->nest, "Too many next hops");
	return n > NSFAB_NEXTHOPS_MAX ? -E2BIG : -EINVAL;
}

/* The route that has this prefix now, which may be written over. */
static int check_there(const struct route_request *req, bool replace,
		       u64 *revision, struct netlink_ext_ack *extack)
{
	const struct nsfab_route *there;

	there = nsfab_route_exact(req->tenant, &req->prefix, req->plen);
	if (there && there->type == NSFAB_ROUTE_TYPE_CONNECTED) {
		NL_SET_ERR_MSG_ATTR(extack, req->nest,
				    "A network has that subnet");
		return -EEXIST;
	}
	if (there && !replace) {
		NL_SET_ERR_MSG_ATTR(extack, req->nest,
				    "There is a route of that prefix");
		return -EEXIST;
	}
	*revision = there ? there->revision : 0;
	return nsfab_netlink_revision(req->tb[NSFAB_A_ROUTE_REVISION],
				      revision, extack);
}

/* Make the route that was read, to be inserted. */
static struct nsfab_route *make(const struct route_request *req, bool replace,
				struct netlink_ext_ack *extack)
{
	const struct nlattr *type_attr = req->tb[NSFAB_A_ROUTE_TYPE];
	u8 type = NSFAB_ROUTE_TYPE_UNICAST;
	const struct nlattr *attr;
	struct nsfab_route *route;
	u64 revision;
	int rem, err;
	u32 n = 0;

	if (type_attr)
		type = nla_get_u8(type_attr);
	if (type == NSFAB_ROUTE_TYPE_CONNECTED) {
		NL_SET_ERR_MSG_ATTR(extack, type_attr,
				    "Connected routes come with their network");
		return ERR_PTR(-EINVAL);
	}
	nla_for_each_nested(attr, req->nest, rem)
		n += nla_type(attr) == NSFAB_A_ROUTE_NEXTHOP;
	err = check_hops(req, type, n, extack);
	if (err)
		return ERR_PTR(err);
	err = check_there(req, replace, &revision, extack);
	if (err)
		return ERR_PTR(err);
	route = nsfab_route_alloc(req->tenant, &req->prefix, req->plen, type,
				  n);
	if (!route)
		return ERR_PTR(-ENOMEM);
	route->revision = revision;
	err = read_hops(req, route, extack);
	if (!err)
		return route;
	nsfab_route_free(route);
	return ERR_PTR(err);
}

static int full(const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_ATTR(extack, nest,
			    "The tenant's limit of routes is reached");
	return -ENOSPC;
}

/* Insert the route that a nest tells of. */
static struct nsfab_route *apply(struct genl_info *info,
				 const struct nlattr *nest,
				 struct nsfab_route **replaced)
{
	bool replace = info->nlhdr->nlmsg_flags & NLM_F_REPLACE;
	struct nsfab_route *route;
	struct route_request req;
	bool fresh;
	int err;

	err = read_key(&req, nest, nsfab_netlink_fab(info), NULL, info->extack);
	if (err)
		return ERR_PTR(err);
	route = make(&req, replace, info->extack);
	if (IS_ERR(route))
		return route;
	fresh = !nsfab_route_exact(req.tenant, &req.prefix, req.plen);
	if (fresh && !nsfab_limit_take(&req.tenant->n_routes)) {
		err = full(nest, info->extack);
		goto err_limit;
	}
	err = nsfab_route_insert(req.tenant, route, replaced);
	if (!err)
		return route;
	if (fresh)
		nsfab_limit_fail(&req.tenant->n_routes);

err_limit:
	nsfab_route_free(route);
	return ERR_PTR(err);
}

/* Undo apply(), the last one first. */
static void undo(struct nsfab_fabric *fab, struct nsfab_route *route,
		 struct nsfab_route *replaced)
{
	struct nsfab_tenant *tenant = xa_load(&fab->tenants, route->tenant);

	if (replaced) {
		/* Its place is there: this needs no memory. */
		nsfab_route_insert(tenant, replaced, &route);
	} else {
		nsfab_route_remove(tenant, &route->prefix, route->plen);
		nsfab_limit_give(&tenant->n_routes);
	}
	nsfab_route_free(route);
}

/**
 * nsfab_nl_route_new_doit() - add routes, or change them
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_route_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 n = nsfab_netlink_count(info, NSFAB_A_ROUTE);
	struct nsfab_route **replaced;
	const struct nlattr *nest;
	u32 i = 0;
	void **made;
	int err = 0;
	int rem;

	if (!n)
		return -EINVAL;
	made = kvcalloc(n, sizeof(*made), GFP_KERNEL);
	replaced = kvcalloc(n, sizeof(*replaced), GFP_KERNEL);
	if (!made || !replaced) {
		err = -ENOMEM;
		goto out;
	}
	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		made[i] = apply(info, nest, &replaced[i]);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			break;
		}
		i++;
	}
	if (err) {
		while (i--)
			undo(nsfab_netlink_fab(info), made[i], replaced[i]);
		goto out;
	}
	err = nsfab_netlink_tell(info, NSFAB_CMD_ROUTE_NTF,
				 (const void * const *)made, n, fill);
	/* Only now: one of them may have replaced another. */
	while (i--)
		nsfab_route_free(replaced[i]);
out:
	kvfree(replaced);
	kvfree(made);
	return err;
}

/* Tell that a route is gone: it is in no table, but not freed yet. */
static void tell_gone(struct nsfab_fabric *fab, const struct nsfab_route *route)
{
	struct sk_buff_head msgs;

	__skb_queue_head_init(&msgs);
	nsfab_netlink_collect(&msgs, fab, NSFAB_CMD_ROUTE_NTF,
			      NSFAB_CMD_ROUTE_DEL, route, fill);
	nsfab_netlink_notify(&msgs, fab);
}

/* Tell of those of a replaced set that have no successor. */
static void tell_old(struct nsfab_tenant *tenant, struct nsfab_routes *old)
{
	struct mutex *lock = &tenant->fab->lock;
	const struct nsfab_route *route;

	if (!old)
		return;
	route = nsfab_lpm_next(&old->lpm, NULL, 0, true, lock);
	while (route) {
		if (!nsfab_route_exact(tenant, &route->prefix, route->plen))
			tell_gone(tenant->fab, route);
		route = nsfab_lpm_next(&old->lpm, &route->prefix, route->plen,
				       false, lock);
		cond_resched();
	}
}

/* The tenant that a filter names, and nothing else. */
static struct nsfab_tenant *read_filter(struct genl_info *info)
{
	struct nlattr *tb[NSFAB_A_FILTER_MAX + 1];
	struct nlattr *filter = info->attrs[NSFAB_A_FILTER];
	int i, err;

	if (!filter) {
		NL_SET_ERR_MSG(info->extack, "No tenant is given");
		return ERR_PTR(-EINVAL);
	}
	err = nsfab_netlink_parse(tb, NSFAB_A_FILTER_MAX, filter,
				  nsfab_nl_filter_policy, 0, info->extack);
	if (err)
		return ERR_PTR(err);
	for (i = 0; i <= NSFAB_A_FILTER_MAX; i++) {
		if (!tb[i] || i == NSFAB_A_FILTER_TENANT)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, tb[i],
				    "Only a tenant's set can be replaced");
		return ERR_PTR(-EINVAL);
	}
	if (!tb[NSFAB_A_FILTER_TENANT]) {
		NL_SET_ERR_MSG_ATTR(info->extack, filter, "No tenant is given");
		return ERR_PTR(-EINVAL);
	}
	return nsfab_netlink_tenant(nsfab_netlink_fab(info),
				    tb[NSFAB_A_FILTER_TENANT], info->extack);
}

static int make_all(struct genl_info *info, struct nsfab_tenant *tenant,
		    void **made)
{
	const struct nlattr *nest;
	struct route_request req;
	int rem, err;
	u32 i = 0;

	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		err = read_key(&req, nest, nsfab_netlink_fab(info), tenant,
			       info->extack);
		if (err)
			return err;
		made[i] = make(&req, true, info->extack);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			made[i] = NULL;
			return err;
		}
		i++;
	}
	return 0;
}

/* Take room for as many more as there will be. */
static bool take(struct nsfab_limit *limit, u32 now, u32 n)
{
	u32 i;

	for (i = now; i < n; i++) {
		if (nsfab_limit_take(limit))
			continue;
		while (i-- > now)
			nsfab_limit_give(limit);
		return false;
	}
	return true;
}

static void give(struct nsfab_limit *limit, u32 now, u32 n)
{
	for (; now > n; now--)
		nsfab_limit_give(limit);
}

/* Point to the @bad-th route. */
static void tell_bad(struct genl_info *info, u32 bad)
{
	const struct nlattr *nest;
	int rem;

	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		if (bad--)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "Two routes have this prefix");
		return;
	}
}

/* Make these the tenant's routes, and free those that were. */
static int replace(struct genl_info *info, struct nsfab_tenant *tenant,
		   void **made, u32 n)
{
	u32 now = atomic_read(&tenant->n_routes.count);
	struct nsfab_routes *old;
	u32 bad;
	int err;

	if (!take(&tenant->n_routes, now, n))
		return full(info->attrs[NSFAB_A_FILTER], info->extack);
	err = nsfab_route_replace_all(tenant, (struct nsfab_route **)made, n,
				      &bad, &old);
	if (err) {
		give(&tenant->n_routes, n, now);
		if (bad < n)
			tell_bad(info, bad);
		return err;
	}
	give(&tenant->n_routes, now, n);
	tell_old(tenant, old);
	nsfab_route_free_old(old);
	return 0;
}

/**
 * nsfab_nl_route_replace_doit() - replace a tenant's routes
 * @skb: the request
 * @info: the request; without routes all are removed
 *
 * Return: 0 or -errno
 */
int nsfab_nl_route_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_tenant *tenant = read_filter(info);
	const struct nlattr *nest;
	void **made = NULL;
	u32 n = 0;
	int rem;
	int err;

	if (IS_ERR(tenant))
		return PTR_ERR(tenant);
	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem)
		n++;
	if (n) {
		made = kvcalloc(n, sizeof(*made), GFP_KERNEL);
		if (!made)
			return -ENOMEM;
	}
	err = make_all(info, tenant, made);
	if (!err)
		err = replace(info, tenant, made, n);
	if (!err) {
		err = nsfab_netlink_tell(info, NSFAB_CMD_ROUTE_NTF,
					 (const void * const *)made, n, fill);
	} else {
		while (n--)
			nsfab_route_free(made[n]);
	}
	kvfree(made);
	return err;
}

static int check_del(const struct route_request *req,
		     struct netlink_ext_ack *extack)
{
	const struct nsfab_route *route;
	u64 revision;

	route = nsfab_route_exact(req->tenant, &req->prefix, req->plen);
	if (!route) {
		NL_SET_ERR_MSG_ATTR(extack, req->nest, "No such route");
		return -ENOENT;
	}
	if (route->type == NSFAB_ROUTE_TYPE_CONNECTED) {
		NL_SET_ERR_MSG_ATTR(extack, req->nest,
				    "A connected route goes with its network");
		return -EBUSY;
	}
	revision = route->revision;
	return nsfab_netlink_revision(req->tb[NSFAB_A_ROUTE_REVISION],
				      &revision, extack);
}

/**
 * nsfab_nl_route_del_doit() - remove routes
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_route_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct nsfab_route *route;
	const struct nlattr *nest;
	struct route_request req;
	int rem, err;

	if (!nsfab_netlink_count(info, NSFAB_A_ROUTE))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		err = read_key(&req, nest, fab, NULL, info->extack);
		if (err)
			return err;
		err = check_del(&req, info->extack);
		if (err)
			return err;
		cond_resched();
	}
	nlmsg_for_each_attr_type(nest, NSFAB_A_ROUTE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		if (read_key(&req, nest, fab, NULL, NULL))
			continue;
		route = nsfab_route_remove(req.tenant, &req.prefix, req.plen);
		if (!route)	/* named twice */
			continue;
		nsfab_limit_give(&req.tenant->n_routes);
		tell_gone(fab, route);
		nsfab_route_free(route);
		cond_resched();
	}
	return 0;
}

/**
 * nsfab_nl_route_get_doit() - read the route that a destination takes
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_route_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nsfab_route *route;
	const struct nlattr *nest;
	struct route_request req;
	int err;

	nest = nsfab_netlink_only(info, NSFAB_A_ROUTE);
	if (!nest)
		return -EINVAL;
	err = read_key(&req, nest, nsfab_netlink_fab(info), NULL, info->extack);
	if (err)
		return err;
	if (req.plen != 128) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    req.tb[NSFAB_A_ROUTE_PREFIXLEN],
				    "A destination is one address");
		return -EINVAL;
	}
	/* The lock that is held keeps it there. */
	rcu_read_lock();
	route = nsfab_route_lookup(req.tenant, &req.prefix);
	rcu_read_unlock();
	if (!route) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "No route to this destination");
		return -ENOENT;
	}
	return nsfab_netlink_reply(info, NSFAB_CMD_ROUTE_GET, route, fill);
}

static int dump_tenant(struct sk_buff *skb, struct netlink_callback *cb,
		       struct nsfab_tenant *tenant)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	const struct nsfab_route *route;
	int err;

	for (;;) {
		route = nsfab_route_next(tenant, &ctx->key, ctx->plen,
					 !ctx->started);
		if (!route)
			return 0;
		if (!ctx->network ||
		    (route->net && route->net->id == ctx->network)) {
			err = fill(skb, route, sock_net(cb->skb->sk));
			if (err)
				return err;
		}
		ctx->key = route->prefix;
		ctx->plen = route->plen;
		ctx->started = true;
		cond_resched();
	}
}

/**
 * nsfab_nl_route_get_dumpit() - read all routes, a tenant's, or a network's
 *	connected ones
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_route_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nsfab_tenant *tenant;
	struct nsfab_fabric *fab;
	unsigned long id;
	int err = 0;
	void *hdr;

	err = nsfab_netlink_dump_filter(cb, nsfab_nl_by_network);
	if (err)
		return err;
	fab = nsfab_netlink_dump_begin(skb, cb, NSFAB_CMD_ROUTE_GET, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	xa_for_each_start(&fab->tenants, id, tenant,
			  max(ctx->id, ctx->tenant)) {
		if (ctx->tenant && id != ctx->tenant)
			break;
		if (id != ctx->id)
			ctx->started = false;
		ctx->id = id;
		err = dump_tenant(skb, cb, tenant);
		if (err)
			break;
		ctx->id = id + 1;
		ctx->started = false;
	}
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}
