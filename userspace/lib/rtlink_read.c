// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading net devices. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "rtlink_read.h"

struct reading {
	const char *kind;
	nsfab_rtlink_read_cb cb;
	void *arg;
};

static const struct nlattr *read_info(struct nsfab_rtlink *link,
				      const struct nlattr *nest)
{
	const struct nlattr *data = NULL;
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			snprintf(link->kind, sizeof(link->kind), "%s",
				 nsfab_nl_get_str(a));
		else if (mnl_attr_get_type(a) == IFLA_INFO_DATA)
			data = a;
	}
	return data;
}

static int read_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *data = NULL;
	struct nsfab_rtlink link = { 0 };
	struct reading *r = arg;
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	link.ifindex = ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.running = ifi->ifi_flags & IFF_RUNNING;
	link.present = NSFAB_RTLINK_HAS_UP;
	link.netns_fd = -1;
	mnl_attr_for_each(a, nlh, sizeof(*ifi)) {
		switch (mnl_attr_get_type(a)) {
		case IFLA_IFNAME:
			snprintf(link.name, sizeof(link.name), "%s",
				 nsfab_nl_get_str(a));
			break;
		case IFLA_MTU:
			link.mtu = nsfab_nl_get(a);
			link.present |= NSFAB_RTLINK_HAS_MTU;
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(a) != NSFAB_MAC_LEN)
				break;
			nsfab_nl_get_mac(a, link.mac);
			link.present |= NSFAB_RTLINK_HAS_MAC;
			break;
		case IFLA_MASTER:
			link.master = nsfab_nl_get(a);
			link.present |= NSFAB_RTLINK_HAS_MASTER;
			break;
		case IFLA_LINK:
			link.link = nsfab_nl_get(a);
			break;
		case IFLA_LINKINFO:
			data = read_info(&link, a);
			break;
		}
	}
	if (r->kind && strcmp(r->kind, link.kind))
		return 0;
	if (data && !strcmp(link.kind, "nsfab_port"))
		mnl_attr_for_each_nested(a, data)
			if (mnl_attr_get_type(a) == IFLA_NSFAB_PORT_ID)
				link.port_id = nsfab_nl_get(a);
	return r->cb(&link, data, r->arg);
}

int nsfab_rtlink_read(struct nsfab *h, const char *kind, unsigned int ifindex,
		      const char *name, nsfab_rtlink_read_cb cb, void *arg,
		    struct nsfab_err *err)
{
	struct nsfab_nl_req req = {
		.fd = h->rtnl_fd,
		.extra = sizeof(struct ifinfomsg),
		.names = &nsfab_nl_rtlink,
	};
	struct reading r = { .kind = kind, .cb = cb, .arg = arg };
	struct ifinfomsg *ifi;
	struct nsfab_nl_msg m;
	struct nlattr *info;
	int ret;

	if (nsfab_nl_msg_init(&m, 1024))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	ifi = nsfab_nl_msg_start(&m, RTM_GETLINK, 0, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	if (ifindex || name) {
		if (!ifindex)
			nsfab_nl_put_str(&m, IFLA_IFNAME, name);
		ret = nsfab_nl_talk(h, &req, &m, read_link, &r, err);
	} else {
		if (kind) {
			/* Unknown while the module is not there: then ignored. */
			info = nsfab_nl_nest(&m, IFLA_LINKINFO);
			nsfab_nl_put_str(&m, IFLA_INFO_KIND, kind);
			nsfab_nl_nest_end(&m, info);
		}
		ret = nsfab_nl_dump(h, &req, &m, NSFAB_NL_RETRY, read_link, &r,
				    err);
	}
	nsfab_nl_msg_free(&m);
	return ret;
}

struct sink {
	nsfab_rtlink_cb cb;
	void *arg;
};

static int tell_link(const struct nsfab_rtlink *link, const struct nlattr *data,
		     void *arg)
{
	struct sink *sink = arg;

	(void)data;
	return sink->cb(link, sink->arg);
}

int nsfab_rtlink_dump(struct nsfab *h, const char *kind, nsfab_rtlink_cb cb,
		      void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_rtlink_read(h, kind, 0, NULL, tell_link, &sink, err);
}

static int take_ifindex(const struct nsfab_rtlink *link,
			const struct nlattr *data, void *arg)
{
	(void)data;
	*(unsigned int *)arg = link->ifindex;
	return 0;
}

int nsfab_rtlink_find(struct nsfab *h, const char *name, unsigned int *ifindex,
		      struct nsfab_err *err)
{
	int ret;

	ret = nsfab_rtlink_read(h, NULL, 0, name, take_ifindex, ifindex, err);
	if (ret)
		nsfab_err_prefix(err, "device %s", name);
	return ret;
}
