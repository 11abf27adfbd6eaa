/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: a queue of rtnetlink messages. */
#ifndef NSFAB_LIB_BATCH_H
#define NSFAB_LIB_BATCH_H

#include <nsfab/rtlink.h>
#include "nl.h"

#pragma GCC visibility push(hidden)

/**
 * nsfab_batch_start() - start a message
 * @b: batch
 * @m: message to fill, the batch's own scratch buffer
 * @type: RTM_*
 * @flags: NLM_F_*
 * @extra: length of the header behind nlmsghdr
 *
 * Return: that header, zeroed, or NULL.
 */
void *nsfab_batch_start(struct nsfab_batch *b, struct nsfab_nl_msg *m,
			uint16_t type, uint16_t flags, size_t extra);

/* Queue it; @names as in struct nsfab_nl_req. 0, -ENOMEM or -EMSGSIZE. */
int nsfab_batch_add(struct nsfab_batch *b, struct nsfab_nl_msg *m, size_t extra,
		    const struct nsfab_nl_set *names);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_BATCH_H */
