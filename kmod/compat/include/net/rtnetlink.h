/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_NET_RTNETLINK_H
#define _NSFAB_COMPAT_NET_RTNETLINK_H

#include_next <net/rtnetlink.h>

/* One argument for four, since 6.15: NSFAB_NEWLINK(name) defines name() around
 * name_in(link_net, dev, tb, data, extack).
 */
#ifdef NSFAB_HAVE_NEWLINK_PARAMS
#define NSFAB_NEWLINK(name)						\
static int name(struct net_device *dev, struct rtnl_newlink_params *p,	\
		struct netlink_ext_ack *extack)				\
{									\
	return name##_in(rtnl_newlink_link_net(p), dev, p->tb, p->data,	\
			 extack);					\
}
#else
#define NSFAB_NEWLINK(name)						\
static int name(struct net *src_net, struct net_device *dev,		\
		struct nlattr *tb[], struct nlattr *data[],		\
		struct netlink_ext_ack *extack)				\
{									\
	return name##_in(src_net, dev, tb, data, extack);		\
}
#endif

#endif /* _NSFAB_COMPAT_NET_RTNETLINK_H */
