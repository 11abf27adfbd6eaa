/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: routes of the kernel's main table that are a protocol's own. */
#ifndef NSFAB_LIB_RTROUTE_H
#define NSFAB_LIB_RTROUTE_H

#include <nsfab/route.h>

#include "batch.h"

#pragma GCC visibility push(hidden)

/**
 * nsfab_rtroute_add() - queue a route, in place of one that is there
 * @b: batch of the namespace
 * @to: destination
 * @hops: next hops, which share the load by flow
 * @device: the device of each, 0 to let the kernel find it
 * @n: number of them
 * @protocol: rtm_protocol
 */
int nsfab_rtroute_add(struct nsfab_batch *b, const struct nsfab_prefix *to,
		      const struct nsfab_nexthop *hops,
		      const unsigned int *device, size_t n, uint8_t protocol);

/** nsfab_rtroute_del() - queue the removal of one with all of its next hops */
int nsfab_rtroute_del(struct nsfab_batch *b, const struct nsfab_prefix *to,
		      uint8_t protocol);

typedef int (*nsfab_rtroute_cb)(const struct nsfab_prefix *to, void *arg);

/** nsfab_rtroute_dump() - destinations of a protocol, some more than once */
int nsfab_rtroute_dump(struct nsfab *h, uint8_t protocol, nsfab_rtroute_cb cb,
		       void *arg, struct nsfab_err *err);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_RTROUTE_H */
