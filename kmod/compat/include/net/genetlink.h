/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_NET_GENETLINK_H
#define _NSFAB_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

/* What pre_doit gets, since 6.2. */
#ifndef NSFAB_HAVE_GENL_SPLIT_OPS
#define genl_split_ops genl_ops
#endif

/* Since 6.7; all that is used of it is attrs. */
#ifndef NSFAB_HAVE_GENL_INFO_DUMP
#define genl_info_dump(cb) genl_dumpit_info(cb)
#endif

/* Since 6.10. */
#ifndef NL_ASSERT_DUMP_CTX_FITS
#define NL_ASSERT_DUMP_CTX_FITS(type) \
	BUILD_BUG_ON(sizeof(type) > sizeof_field(struct netlink_callback, ctx))
#endif

#endif /* _NSFAB_COMPAT_NET_GENETLINK_H */
