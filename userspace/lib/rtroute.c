// SPDX-License-Identifier: LGPL-2.1-or-later
/* Routes of the kernel's main table that are a protocol's own. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "rtroute.h"

static struct rtmsg *start(struct nsfab_batch *b, struct nsfab_nl_msg *m,
			   uint16_t type, uint16_t flags,
			   const struct nsfab_prefix *to, uint8_t protocol)
{
	struct rtmsg *rtm;

	rtm = nsfab_batch_start(b, m, type, flags, sizeof(*rtm));
	rtm->rtm_family = to->addr.len == 16 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = to->len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = protocol;
	if (to->len)
		nsfab_nl_put_addr(m, RTA_DST, &to->addr);
	return rtm;
}

static void put_hop(struct nsfab_nl_msg *m, const struct nsfab_nexthop *hop,
		    unsigned int device)
{
	struct rtnexthop *rtnh = mnl_nlmsg_get_payload_tail(m->nlh);

	if (m->overflow || m->nlh->nlmsg_len + sizeof(*rtnh) > m->size) {
		m->overflow = true;
		return;
	}
	memset(rtnh, 0, sizeof(*rtnh));
	rtnh->rtnh_hops = hop->weight ? hop->weight - 1 : 0;
	rtnh->rtnh_ifindex = device;
	m->nlh->nlmsg_len += NLMSG_ALIGN(sizeof(*rtnh));
	nsfab_nl_put_addr(m, RTA_GATEWAY, &hop->via);
	rtnh->rtnh_len = (char *)mnl_nlmsg_get_payload_tail(m->nlh) -
			 (char *)rtnh;
}

int nsfab_rtroute_add(struct nsfab_batch *b, const struct nsfab_prefix *to,
		      const struct nsfab_nexthop *hops,
		      const unsigned int *device, size_t n, uint8_t protocol)
{
	struct nsfab_nl_msg m;
	struct nlattr *nest;
	struct rtmsg *rtm;
	size_t i;

	if (!n || !to->addr.len)
		return -EINVAL;
	rtm = start(b, &m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, to,
		    protocol);
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	if (n == 1) {
		nsfab_nl_put_addr(&m, RTA_GATEWAY, &hops->via);
		if (*device)
			nsfab_nl_put_u32(&m, RTA_OIF, *device);
	} else {
		nest = nsfab_nl_nest(&m, RTA_MULTIPATH);
		/* The kernel does not look for nested attributes here. */
		nest->nla_type = RTA_MULTIPATH;
		for (i = 0; i < n; i++)
			put_hop(&m, &hops[i], device[i]);
		nsfab_nl_nest_end(&m, nest);
	}
	return nsfab_batch_add(b, &m, sizeof(*rtm), &nsfab_nl_route);
}

int nsfab_rtroute_del(struct nsfab_batch *b, const struct nsfab_prefix *to,
		      uint8_t protocol)
{
	struct nsfab_nl_msg m;
	struct rtmsg *rtm;

	rtm = start(b, &m, RTM_DELROUTE, 0, to, protocol);
	rtm->rtm_scope = RT_SCOPE_NOWHERE;
	return nsfab_batch_add(b, &m, sizeof(*rtm), &nsfab_nl_route);
}

struct reading {
	uint8_t protocol;
	nsfab_rtroute_cb cb;
	void *arg;
};

static int read_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct nsfab_prefix to = { .len = rtm->rtm_dst_len };
	const struct reading *r = arg;
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    rtm->rtm_protocol != r->protocol ||
	    rtm->rtm_table != RT_TABLE_MAIN)
		return 0;
	to.addr.len = rtm->rtm_family == AF_INET6 ? 16 : 4;
	mnl_attr_for_each(a, nlh, sizeof(*rtm))
		if (mnl_attr_get_type(a) == RTA_DST)
			to.addr = nsfab_nl_get_addr(a);
	return r->cb(&to, r->arg);
}

int nsfab_rtroute_dump(struct nsfab *h, uint8_t protocol, nsfab_rtroute_cb cb,
		       void *arg, struct nsfab_err *err)
{
	const struct nsfab_nl_req req = {
		.fd = h->rtnl_fd,
		.extra = sizeof(struct rtmsg),
		.names = &nsfab_nl_route,
	};
	struct reading r = { protocol, cb, arg };
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct nsfab_nl_msg m;
	struct rtmsg *rtm;
	int ret = 0;
	size_t i;

	if (nsfab_nl_msg_init(&m, 1024))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	for (i = 0; i < 2 && !ret; i++) {
		rtm = nsfab_nl_msg_start(&m, RTM_GETROUTE, 0, sizeof(*rtm));
		rtm->rtm_family = families[i];
		ret = nsfab_nl_dump(h, &req, &m, NSFAB_NL_RETRY, read_route, &r,
				    err);
	}
	nsfab_nl_msg_free(&m);
	return ret;
}
