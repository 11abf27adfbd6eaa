/* SPDX-License-Identifier: GPL-2.0-only */
/* Comes before every file of the module: which kernels will do. */
#ifndef _NSFAB_COMPAT_H
#define _NSFAB_COMPAT_H

#include <linux/kconfig.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 1, 0) > LINUX_VERSION_CODE
#error "nsfab needs Linux 6.1 or later"
#endif

#ifndef CONFIG_64BIT
#error "nsfab needs a 64-bit kernel: its counters are read without a lock"
#endif

#if !IS_ENABLED(CONFIG_IPV6)
#error "nsfab needs CONFIG_IPV6"
#endif

#if !IS_ENABLED(CONFIG_NET_UDP_TUNNEL)
#error "nsfab needs CONFIG_NET_UDP_TUNNEL"
#endif

#if !IS_ENABLED(CONFIG_DST_CACHE)
#error "nsfab needs CONFIG_DST_CACHE"
#endif

#ifndef NSFAB_HAVE_LINK_NET_CAPABLE
#error "nsfab needs rtnl_dev_link_net_capable(): update this kernel"
#endif

#endif /* _NSFAB_COMPAT_H */
