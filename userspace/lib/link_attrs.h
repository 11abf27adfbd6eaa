/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: a link's attributes. */
#ifndef NSFAB_LIB_LINK_ATTRS_H
#define NSFAB_LIB_LINK_ATTRS_H

#include <nsfab/link.h>
#include "nl.h"

#pragma GCC visibility push(hidden)

/**
 * struct link_lists - what a link that was read points to
 * @nth: numbers of lost packets
 * @path: ids of bottlenecks
 * @trace: delivery opportunities, to be freed
 */
struct link_lists {
	uint32_t nth[NSFAB_LINK_NTH_MAX];
	uint32_t path[NSFAB_LINK_PATH_MAX];
	uint32_t *trace;
};

/* Write what is present. */
void link_attrs_put(struct nsfab_nl_msg *m, const struct nsfab_link *link);

/* Read a nest; strings and the table point into it. 0 or -ENOMEM. */
int link_attrs_read(struct nsfab_link *link, struct link_lists *lists,
		    const struct nlattr *nest);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_LINK_ATTRS_H */
