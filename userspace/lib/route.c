// SPDX-License-Identifier: LGPL-2.1-or-later
/* A tenant's routes. */
#include <errno.h>
#include <string.h>

#include <nsfab/route.h>
#include "nl.h"

/* Bytes of a route, and of each next hop, in a message; more than it takes. */
#define ROUTE_SPACE	96
#define NEXTHOP_SPACE	40

struct sink {
	nsfab_route_cb cb;
	void *arg;
};

static void route_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_route *r = obj;
	struct nlattr *nest;
	size_t i;

	nsfab_nl_put_u32(m, NSFAB_A_ROUTE_TENANT, r->tenant);
	nsfab_nl_put_addr(m, NSFAB_A_ROUTE_ADDRESS, &r->prefix.addr);
	nsfab_nl_put_u8(m, NSFAB_A_ROUTE_PREFIXLEN, r->prefix.len);
	if (r->present & NSFAB_ROUTE_HAS_TYPE)
		nsfab_nl_put_u8(m, NSFAB_A_ROUTE_TYPE, r->type);
	for (i = 0; i < r->n_nexthops; i++) {
		nest = nsfab_nl_nest(m, NSFAB_A_ROUTE_NEXTHOP);
		nsfab_nl_put_addr(m, NSFAB_A_NEXTHOP_VIA, &r->nexthops[i].via);
		if (r->nexthops[i].weight)
			nsfab_nl_put_u8(m, NSFAB_A_NEXTHOP_WEIGHT,
					r->nexthops[i].weight);
		nsfab_nl_nest_end(m, nest);
	}
	if (r->present & NSFAB_ROUTE_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_ROUTE_REVISION, r->revision);
}

static void read_nexthop(struct nsfab_nexthop *nh, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(nh, 0, sizeof(*nh));
	nh->weight = 1;
	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == NSFAB_A_NEXTHOP_VIA)
			nh->via = nsfab_nl_get_addr(a);
		else if (mnl_attr_get_type(a) == NSFAB_A_NEXTHOP_WEIGHT)
			nh->weight = nsfab_nl_get(a);
	}
}

static int route_tell(const struct nlattr *nest, const void *data)
{
	struct nsfab_nexthop nexthops[NSFAB_NEXTHOPS_MAX];
	struct nsfab_route r = { .nexthops = nexthops };
	const struct sink *sink = data;
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_ROUTE_TENANT:
			r.tenant = nsfab_nl_get(a);
			break;
		case NSFAB_A_ROUTE_ADDRESS:
			r.prefix.addr = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_ROUTE_PREFIXLEN:
			r.prefix.len = nsfab_nl_get(a);
			break;
		case NSFAB_A_ROUTE_TYPE:
			r.type = nsfab_nl_get(a);
			r.present |= NSFAB_ROUTE_HAS_TYPE;
			break;
		case NSFAB_A_ROUTE_NEXTHOP:
			if (r.n_nexthops < NSFAB_NEXTHOPS_MAX)
				read_nexthop(&nexthops[r.n_nexthops++], a);
			break;
		case NSFAB_A_ROUTE_NETWORK:
			r.network = nsfab_nl_get(a);
			r.present |= NSFAB_ROUTE_HAS_NETWORK;
			break;
		case NSFAB_A_ROUTE_REVISION:
			r.revision = nsfab_nl_get(a);
			r.present |= NSFAB_ROUTE_HAS_REVISION;
			break;
		}
	}
	return sink->cb(&r, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_route = {
	.attr = NSFAB_A_ROUTE,
	.name = "route",
	.size = sizeof(struct nsfab_route),
	.put = route_put,
	.tell = route_tell,
};

int nsfab_route_new(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_route *routes, size_t n, bool replace,
		    struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_route, NSFAB_CMD_ROUTE_NEW,
				replace ? NLM_F_REPLACE : 0, ifindex, routes, n,
				NULL, err);
}

int nsfab_route_replace(struct nsfab *h, unsigned int ifindex, uint32_t tenant,
			const struct nsfab_route *routes, size_t n,
			struct nsfab_err *err)
{
	struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT, .tenant = tenant,
	};
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	size_t size = 512;
	size_t i;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	for (i = 0; i < n; i++)
		size += ROUTE_SPACE + routes[i].n_nexthops * NEXTHOP_SPACE;
	if (nsfab_nl_msg_init(&m, size))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, NSFAB_CMD_ROUTE_REPLACE, 0, ifindex);
	nsfab_genl_put_filter(&m, &filter, 0);
	for (i = 0; i < n; i++) {
		struct nlattr *nest = nsfab_nl_nest(&m, NSFAB_A_ROUTE);

		route_put(&m, &routes[i]);
		nsfab_nl_nest_end(&m, nest);
	}
	ret = nsfab_nl_talk(h, &req, &m, NULL, NULL, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

int nsfab_route_del(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_route *routes, size_t n,
		    struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_route, NSFAB_CMD_ROUTE_DEL, 0,
				ifindex, routes, n, NULL, err);
}

int nsfab_route_get(struct nsfab *h, unsigned int ifindex, uint32_t tenant,
		    const struct nsfab_addr *dst, nsfab_route_cb cb, void *arg,
		    struct nsfab_err *err)
{
	struct nsfab_route key = {
		.tenant = tenant,
		.prefix = { .addr = *dst, .len = dst->len * 8 },
	};
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_get(h, &nsfab_kind_route, NSFAB_CMD_ROUTE_GET,
			      ifindex, &key, &sink, err);
}

int nsfab_route_dump(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, nsfab_route_cb cb,
		     void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_route, NSFAB_CMD_ROUTE_GET,
			       ifindex, filter, &sink, err);
}
