// SPDX-License-Identifier: LGPL-2.1-or-later
/* Net devices, addresses and the kernel's routes over rtnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "batch.h"

static void put_ifinfo(struct ifinfomsg *ifi, const struct nsfab_rtlink *link)
{
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = link->ifindex;
	if (link->present & NSFAB_RTLINK_HAS_UP) {
		ifi->ifi_change |= IFF_UP;
		ifi->ifi_flags |= link->up ? IFF_UP : 0;
	}
}

static void put_link(struct nsfab_nl_msg *m, const struct nsfab_rtlink *link)
{
	if (link->name[0])
		nsfab_nl_put_str(m, IFLA_IFNAME, link->name);
	if (link->present & NSFAB_RTLINK_HAS_MTU)
		nsfab_nl_put_u32(m, IFLA_MTU, link->mtu);
	if (link->present & NSFAB_RTLINK_HAS_MAC)
		nsfab_nl_put(m, IFLA_ADDRESS, link->mac, NSFAB_MAC_LEN);
	if (link->present & NSFAB_RTLINK_HAS_NETNS_FD)
		nsfab_nl_put_u32(m, IFLA_NET_NS_FD, link->netns_fd);
	if (link->present & NSFAB_RTLINK_HAS_MASTER)
		nsfab_nl_put_u32(m, IFLA_MASTER, link->master);
}

static void start_link(struct nsfab_batch *b, struct nsfab_nl_msg *m,
		       const struct nsfab_rtlink *link, uint16_t flags)
{
	struct ifinfomsg *ifi;

	ifi = nsfab_batch_start(b, m, RTM_NEWLINK, flags, sizeof(*ifi));
	put_ifinfo(ifi, link);
	put_link(m, link);
}

static int add_link(struct nsfab_batch *b, struct nsfab_nl_msg *m,
		    const struct nsfab_nl_set *names)
{
	return nsfab_batch_add(b, m, sizeof(struct ifinfomsg), names);
}

int nsfab_rtlink_add_fabric(struct nsfab_batch *b,
			    const struct nsfab_fabric *fabric)
{
	struct nsfab_rtlink link = { .ifindex = fabric->ifindex };
	struct nlattr *info, *data;
	struct nsfab_nl_msg m;

	snprintf(link.name, sizeof(link.name), "%s", fabric->name);
	if (fabric->present & NSFAB_FABRIC_HAS_UP) {
		link.present |= NSFAB_RTLINK_HAS_UP;
		link.up = fabric->up;
	}
	if (fabric->present & NSFAB_FABRIC_HAS_MTU) {
		link.present |= NSFAB_RTLINK_HAS_MTU;
		link.mtu = fabric->mtu;
	}
	/* Without a name: a change of the fabric of this ifindex. */
	start_link(b, &m, &link,
		   fabric->name[0] ? NLM_F_CREATE | NLM_F_EXCL : 0);
	info = nsfab_nl_nest(&m, IFLA_LINKINFO);
	nsfab_nl_put_str(&m, IFLA_INFO_KIND, "nsfab");
	data = nsfab_nl_nest(&m, IFLA_INFO_DATA);
	if (fabric->present & NSFAB_FABRIC_HAS_ENCAP)
		nsfab_nl_put_u8(&m, IFLA_NSFAB_ENCAP, fabric->encap);
	if (fabric->present & NSFAB_FABRIC_HAS_LOCAL)
		nsfab_nl_put_addr(&m, IFLA_NSFAB_LOCAL, &fabric->local);
	if (fabric->present & NSFAB_FABRIC_HAS_UDP_PORT)
		nsfab_nl_put_be16(&m, IFLA_NSFAB_UDP_PORT, fabric->udp_port);
	if (fabric->present & NSFAB_FABRIC_HAS_MAX_TENANTS)
		nsfab_nl_put_u32(&m, IFLA_NSFAB_MAX_TENANTS,
				 fabric->max_tenants);
	nsfab_nl_nest_end(&m, data);
	nsfab_nl_nest_end(&m, info);
	return add_link(b, &m, &nsfab_nl_rtlink_fabric);
}

int nsfab_rtlink_add_port(struct nsfab_batch *b, unsigned int fabric,
			  uint32_t port_id, const struct nsfab_rtlink *link)
{
	struct nlattr *info, *data;
	struct nsfab_nl_msg m;

	start_link(b, &m, link, NLM_F_CREATE | NLM_F_EXCL);
	nsfab_nl_put_u32(&m, IFLA_LINK, fabric);
	info = nsfab_nl_nest(&m, IFLA_LINKINFO);
	nsfab_nl_put_str(&m, IFLA_INFO_KIND, "nsfab_port");
	data = nsfab_nl_nest(&m, IFLA_INFO_DATA);
	nsfab_nl_put_u32(&m, IFLA_NSFAB_PORT_ID, port_id);
	nsfab_nl_nest_end(&m, data);
	nsfab_nl_nest_end(&m, info);
	return add_link(b, &m, &nsfab_nl_rtlink_port);
}

int nsfab_rtlink_set(struct nsfab_batch *b, const struct nsfab_rtlink *link)
{
	struct nsfab_nl_msg m;

	start_link(b, &m, link, 0);
	return add_link(b, &m, &nsfab_nl_rtlink);
}

int nsfab_rtlink_up(struct nsfab_batch *b, unsigned int ifindex)
{
	const struct nsfab_rtlink link = {
		.present = NSFAB_RTLINK_HAS_UP, .ifindex = ifindex, .up = true,
	};

	return nsfab_rtlink_set(b, &link);
}

int nsfab_rtlink_del(struct nsfab_batch *b, unsigned int ifindex,
		     const char *name)
{
	struct ifinfomsg *ifi;
	struct nsfab_nl_msg m;

	ifi = nsfab_batch_start(b, &m, RTM_DELLINK, 0, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	if (!ifindex)
		nsfab_nl_put_str(&m, IFLA_IFNAME, name);
	return add_link(b, &m, &nsfab_nl_rtlink);
}

static int change_addr(struct nsfab_batch *b, uint16_t type, uint16_t flags,
		       unsigned int ifindex, const struct nsfab_prefix *prefix)
{
	struct ifaddrmsg *ifa;
	struct nsfab_nl_msg m;

	if (!prefix->addr.len)
		return -EINVAL;
	ifa = nsfab_batch_start(b, &m, type, flags, sizeof(*ifa));
	ifa->ifa_family = prefix->addr.len == 16 ? AF_INET6 : AF_INET;
	ifa->ifa_prefixlen = prefix->len;
	ifa->ifa_index = ifindex;
	if (prefix->addr.len == 16)
		ifa->ifa_flags = IFA_F_NODAD;
	nsfab_nl_put_addr(&m, IFA_LOCAL, &prefix->addr);
	nsfab_nl_put_addr(&m, IFA_ADDRESS, &prefix->addr);
	/* As ip does: the last address of the prefix, where there is one. */
	if (type == RTM_NEWADDR && prefix->addr.len == 4 && prefix->len < 31) {
		struct nsfab_addr brd = prefix->addr;
		uint32_t v;

		memcpy(&v, brd.byte, sizeof(v));
		v |= htonl(0xffffffffu >> prefix->len);
		memcpy(brd.byte, &v, sizeof(v));
		nsfab_nl_put_addr(&m, IFA_BROADCAST, &brd);
	}
	return nsfab_batch_add(b, &m, sizeof(*ifa), &nsfab_nl_addr);
}

int nsfab_rtlink_add_addr(struct nsfab_batch *b, unsigned int ifindex,
			  const struct nsfab_prefix *prefix)
{
	return change_addr(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex,
			   prefix);
}

int nsfab_rtlink_del_addr(struct nsfab_batch *b, unsigned int ifindex,
			  const struct nsfab_prefix *prefix)
{
	return change_addr(b, RTM_DELADDR, 0, ifindex, prefix);
}

static int change_route(struct nsfab_batch *b, uint16_t type, uint16_t flags,
			const struct nsfab_prefix *dst,
			const struct nsfab_addr *via, unsigned int ifindex)
{
	struct nsfab_nl_msg m;
	struct rtmsg *rtm;

	if (!dst->addr.len)
		return -EINVAL;
	rtm = nsfab_batch_start(b, &m, type, flags, sizeof(*rtm));
	rtm->rtm_family = dst->addr.len == 16 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = dst->len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = via && via->len ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	if (type == RTM_DELROUTE) {
		rtm->rtm_scope = RT_SCOPE_NOWHERE;
		rtm->rtm_protocol = RTPROT_UNSPEC;
	}
	if (dst->len)
		nsfab_nl_put_addr(&m, RTA_DST, &dst->addr);
	if (via && via->len)
		nsfab_nl_put_addr(&m, RTA_GATEWAY, via);
	if (ifindex)
		nsfab_nl_put_u32(&m, RTA_OIF, ifindex);
	return nsfab_batch_add(b, &m, sizeof(*rtm), &nsfab_nl_route);
}

int nsfab_rtlink_add_route(struct nsfab_batch *b, const struct nsfab_prefix *dst,
			   const struct nsfab_addr *via, unsigned int ifindex)
{
	return change_route(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, dst,
			    via, ifindex);
}

int nsfab_rtlink_del_route(struct nsfab_batch *b, const struct nsfab_prefix *dst,
			   const struct nsfab_addr *via, unsigned int ifindex)
{
	return change_route(b, RTM_DELROUTE, 0, dst, via, ifindex);
}

int nsfab_rtlink_add_veth(struct nsfab_batch *b, const struct nsfab_rtlink *a,
			  const struct nsfab_rtlink *peer)
{
	struct nlattr *info, *data, *nest;
	struct ifinfomsg ifi = { 0 };
	struct nsfab_nl_msg m;

	start_link(b, &m, a, NLM_F_CREATE | NLM_F_EXCL);
	info = nsfab_nl_nest(&m, IFLA_LINKINFO);
	nsfab_nl_put_str(&m, IFLA_INFO_KIND, "veth");
	data = nsfab_nl_nest(&m, IFLA_INFO_DATA);
	/* The peer's nest begins with a header of its own. */
	put_ifinfo(&ifi, peer);
	nest = nsfab_nl_nest(&m, VETH_INFO_PEER);
	memcpy(mnl_nlmsg_get_payload_tail(m.nlh), &ifi, sizeof(ifi));
	m.nlh->nlmsg_len += NLMSG_ALIGN(sizeof(ifi));
	put_link(&m, peer);
	nsfab_nl_nest_end(&m, nest);
	nsfab_nl_nest_end(&m, data);
	nsfab_nl_nest_end(&m, info);
	return add_link(b, &m, &nsfab_nl_rtlink);
}

int nsfab_rtlink_add_bridge(struct nsfab_batch *b, const struct nsfab_rtlink *link)
{
	struct nsfab_nl_msg m;
	struct nlattr *info;

	start_link(b, &m, link, NLM_F_CREATE | NLM_F_EXCL);
	info = nsfab_nl_nest(&m, IFLA_LINKINFO);
	nsfab_nl_put_str(&m, IFLA_INFO_KIND, "bridge");
	nsfab_nl_nest_end(&m, info);
	return add_link(b, &m, &nsfab_nl_rtlink);
}
