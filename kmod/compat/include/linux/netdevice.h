/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_LINUX_NETDEVICE_H
#define _NSFAB_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>

/* These two were features until 6.12 and 6.15. */
static inline void nsfab_netdev_set_lltx(struct net_device *dev)
{
#ifdef NSFAB_HAVE_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

static inline void nsfab_netdev_set_netns_immutable(struct net_device *dev)
{
#ifdef NSFAB_HAVE_NETNS_IMMUTABLE
	dev->netns_immutable = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

#endif /* _NSFAB_COMPAT_LINUX_NETDEVICE_H */
