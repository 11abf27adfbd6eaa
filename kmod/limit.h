/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits: a table that somebody else can fill has a count, a maximum and a
 * number of refusals.
 */
#ifndef _NSFAB_LIMIT_H
#define _NSFAB_LIMIT_H

#include <linux/atomic.h>
#include <linux/compiler.h>

/**
 * struct nsfab_limit - how full a table is
 * @count: entries now
 * @max: most entries; may shrink below @count, which refuses new ones only
 * @refused: entries refused, by the limit or for want of memory
 */
struct nsfab_limit {
	atomic_t count;
	u32 max;
	atomic64_t refused;
};

static inline void nsfab_limit_init(struct nsfab_limit *limit, u32 max)
{
	atomic_set(&limit->count, 0);
	limit->max = max;
	atomic64_set(&limit->refused, 0);
}

/* Take room for one entry; false, and counted, when there is none. */
static inline bool nsfab_limit_take(struct nsfab_limit *limit)
{
	if ((u32)atomic_inc_return(&limit->count) <= READ_ONCE(limit->max))
		return true;
	atomic_dec(&limit->count);
	atomic64_inc(&limit->refused);
	return false;
}

static inline void nsfab_limit_give(struct nsfab_limit *limit)
{
	atomic_dec(&limit->count);
}

/* Give back room that was taken, because memory for the entry was refused. */
static inline void nsfab_limit_fail(struct nsfab_limit *limit)
{
	atomic_dec(&limit->count);
	atomic64_inc(&limit->refused);
}

#endif /* _NSFAB_LIMIT_H */
