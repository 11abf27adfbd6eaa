/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: reading net devices. */
#ifndef NSFAB_LIB_RTLINK_READ_H
#define NSFAB_LIB_RTLINK_READ_H

#include <nsfab/rtlink.h>
#include "nl.h"

#pragma GCC visibility push(hidden)

/* @data is IFLA_INFO_DATA or NULL. */
typedef int (*nsfab_rtlink_read_cb)(const struct nsfab_rtlink *link,
				  const struct nlattr *data, void *arg);

/* Read one device (@ifindex or @name), or with neither all of @kind. */
int nsfab_rtlink_read(struct nsfab *h, const char *kind, unsigned int ifindex,
		      const char *name, nsfab_rtlink_read_cb cb, void *arg,
		    struct nsfab_err *err);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_RTLINK_READ_H */
