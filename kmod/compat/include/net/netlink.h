/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_NET_NETLINK_H
#define _NSFAB_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

/* Since 6.11. */
#ifndef nlmsg_for_each_attr_type
#define nlmsg_for_each_attr_type(pos, type, nlh, hdrlen, rem) \
	nlmsg_for_each_attr(pos, nlh, hdrlen, rem) \
		if (nla_type(pos) == (type))
#endif

#endif /* _NSFAB_COMPAT_NET_NETLINK_H */
