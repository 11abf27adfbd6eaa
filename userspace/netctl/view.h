/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: what several objects' listings print alike. */
#ifndef NETCTL_VIEW_H
#define NETCTL_VIEW_H

#include <nsfab/stats.h>

#include "netctl.h"

/** netctl_counters() - as members; in a table's row (@brief) few of them */
void netctl_counters(struct netctl_print *p, const struct nsfab_counters *c,
		     bool brief);

/** netctl_usages() - as an array; in a record as "COUNT of MAX" */
void netctl_usages(struct netctl_print *p, const struct nsfab_usage *usage,
		   size_t n);

/** netctl_misses() - as an array; in a record those that are not zero */
void netctl_misses(struct netctl_print *p, const struct nsfab_miss *miss,
		   size_t n);

/** netctl_usage_count() - entries of one table, 0 if it is not told */
uint32_t netctl_usage_count(const struct nsfab_usage *usage, size_t n,
			    unsigned int table);

/** netctl_path_end() - the part of "TENANT/NAME" behind the "/", or all of it */
const char *netctl_path_end(const char *path);

#endif /* NETCTL_VIEW_H */
