/* SPDX-License-Identifier: GPL-2.0-only */
/* Distributions of jitter, by their quantiles. */
#ifndef _NSFAB_QUANTILE_H
#define _NSFAB_QUANTILE_H

#include <linux/types.h>

struct nsfab_link_table;

/* Quantiles are told in units of jitter, times this. */
#define NSFAB_QUANTILE_ONE 65536

/* No quantile of any distribution is beyond so many jitters, either way. */
#define NSFAB_QUANTILE_MAX 1000

s32 nsfab_quantile(u8 dist, const struct nsfab_link_table *table, u32 drawn);
s32 nsfab_quantile_highest(u8 dist, const struct nsfab_link_table *table);

#endif /* _NSFAB_QUANTILE_H */
