// SPDX-License-Identifier: GPL-2.0-only
/* Which packets a link is for, and which bottlenecks they cross behind it. */

#include <linux/slab.h>

#include "addr.h"
#include "fabric.h"
#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"
#include "tenant.h"

#define WRONG NSFAB_NL_LINK_WRONG

/* Policy of a filter */
const struct nla_policy
nsfab_nl_link_filter_policy[NSFAB_A_LINK_FILTER_MAX + 1] = {
	[NSFAB_A_LINK_FILTER_SRC] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_LINK_FILTER_SRC_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_LINK_FILTER_DST] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_LINK_FILTER_DST_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_LINK_FILTER_PROTO] = { .type = NLA_U8 },
	[NSFAB_A_LINK_FILTER_SPORT] = { .type = NLA_BE16 },
	[NSFAB_A_LINK_FILTER_DPORT] = { .type = NLA_BE16 },
};

/* Add a bottleneck to a path. */
static int add_via(struct nsfab_link_reading *r, struct nsfab_link_path *path,
		   const struct nlattr *attr)
{
	struct nsfab_fabric *fab = r->link->tenant->fab;
	struct nsfab_link *via = xa_load(&fab->links, nla_get_u32(attr));
	u32 i;

	if (!via) {
		NL_SET_ERR_MSG_ATTR(r->extack, attr, "No such bottleneck");
		return -ENOENT;
	}
	if (!nsfab_link_is_bottleneck(via))
		return WRONG(r, attr, "A path crosses nothing but bottlenecks");
	if (via->tenant != r->link->tenant)
		return WRONG(r, attr, "The bottleneck is of another tenant");
	for (i = 0; i < path->n; i++)
		if (path->via[i] == via)
			return WRONG(r, attr,
				     "A bottleneck would be crossed twice");
	refcount_inc(&via->ref);
	path->n++;
	path->via[path->n - 1] = via;
	return 0;
}

/**
 * nsfab_nl_link_path_read() - read a path
 * @r: the request
 *
 * Bottlenecks have none, so there are no circles.
 *
 * Return: 0, -EINVAL, -E2BIG, -ENOENT or -ENOMEM
 */
int nsfab_nl_link_path_read(struct nsfab_link_reading *r)
{
	u32 n = nsfab_netlink_count_of(r->nest, NSFAB_A_LINK_PATH);
	struct nsfab_link_conf *conf = r->conf;
	struct nsfab_link_path *path = NULL;
	const struct nlattr *attr;
	int rem, err;

	attr = r->tb[NSFAB_A_LINK_PATH];
	if (!attr)
		return 0;
	if (nsfab_link_is_bottleneck(r->link))
		return WRONG(r, attr, "A bottleneck has no path");
	if (n == 1 && !nla_get_u32(attr))
		goto set;
	if (n > NSFAB_LINK_PATH_MAX) {
		NL_SET_ERR_MSG_ATTR(r->extack, attr, "The path is too long");
		return -E2BIG;
	}
	path = kzalloc(struct_size(path, via, n), GFP_KERNEL_ACCOUNT);
	if (!path)
		return -ENOMEM;
	refcount_set(&path->ref, 1);
	nla_for_each_nested(attr, r->nest, rem) {
		if (nla_type(attr) != NSFAB_A_LINK_PATH)
			continue;
		err = add_via(r, path, attr);
		if (err) {
			nsfab_link_path_put(path);
			return err;
		}
	}
set:
	nsfab_link_path_put(conf->path);
	conf->path = path;
	return 0;
}

static int read_prefix(struct nsfab_link_reading *r,
		       const struct nlattr *addr, const struct nlattr *plen,
		       struct in6_addr *to, u8 *to_plen)
{
	if (addr)
		return nsfab_netlink_prefix(addr, plen, to, to_plen,
					    r->extack);
	if (plen)
		return WRONG(r, plen, "There is no address");
	return 0;
}

/**
 * nsfab_nl_link_filter_read() - read a filter
 * @r: the request
 *
 * Return: 0 or -EINVAL
 */
int nsfab_nl_link_filter_read(struct nsfab_link_reading *r)
{
	struct nlattr *tb[NSFAB_A_LINK_FILTER_MAX + 1];
	struct nlattr *attr = r->tb[NSFAB_A_LINK_FILTER];
	struct nsfab_link_filter filter = {};
	int err;

	if (!attr)
		return 0;
	err = nsfab_netlink_parse(tb, NSFAB_A_LINK_FILTER_MAX, attr,
				  nsfab_nl_link_filter_policy, 0, r->extack);
	if (err)
		return err;
	if (nla_len(attr) && nsfab_link_is_bottleneck(r->link))
		return WRONG(r, attr, "A bottleneck has no filter");
	err = read_prefix(r, tb[NSFAB_A_LINK_FILTER_SRC],
			  tb[NSFAB_A_LINK_FILTER_SRC_PREFIXLEN], &filter.src,
			  &filter.src_plen);
	if (err)
		return err;
	err = read_prefix(r, tb[NSFAB_A_LINK_FILTER_DST],
			  tb[NSFAB_A_LINK_FILTER_DST_PREFIXLEN], &filter.dst,
			  &filter.dst_plen);
	if (err)
		return err;
	if (tb[NSFAB_A_LINK_FILTER_SRC] && tb[NSFAB_A_LINK_FILTER_DST] &&
	    nsfab_addr_is_v4(&filter.src) != nsfab_addr_is_v4(&filter.dst))
		return WRONG(r, tb[NSFAB_A_LINK_FILTER_DST],
			     "Source and destination are of one family");
	nsfab_nl_link_set_u8(&filter.proto, tb[NSFAB_A_LINK_FILTER_PROTO]);
	filter.has_proto = tb[NSFAB_A_LINK_FILTER_PROTO];
	if (tb[NSFAB_A_LINK_FILTER_SPORT]) {
		filter.sport = nla_get_be16(tb[NSFAB_A_LINK_FILTER_SPORT]);
		filter.has_sport = true;
	}
	if (tb[NSFAB_A_LINK_FILTER_DPORT]) {
		filter.dport = nla_get_be16(tb[NSFAB_A_LINK_FILTER_DPORT]);
		filter.has_dport = true;
	}
	r->conf->filter = filter;
	r->conf->filtered = nla_len(attr);
	return 0;
}
