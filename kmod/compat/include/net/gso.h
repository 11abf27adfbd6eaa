/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_NET_GSO_H
#define _NSFAB_COMPAT_NET_GSO_H

/* Taken out of linux/skbuff.h and linux/netdevice.h in 6.5. */
#ifdef NSFAB_HAVE_NET_GSO
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#endif

#endif /* _NSFAB_COMPAT_NET_GSO_H */
