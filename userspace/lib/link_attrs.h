/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: a link's attributes. */
#ifndef NSFAB_LIB_LINK_ATTRS_H
#define NSFAB_LIB_LINK_ATTRS_H

#include <nsfab/link.h>
#include "nl.h"

#pragma GCC visibility push(hidden)

/* Opportunities of a trace in one attribute; there is a table beside them. */
#define LINK_TRACE_PIECE 8192

/**
 * struct link_lists - what a link that was read points to
 * @nth: numbers of lost packets
 * @path: ids of bottlenecks
 */
struct link_lists {
	uint32_t nth[NSFAB_LINK_NTH_MAX];
	uint32_t path[NSFAB_LINK_PATH_MAX];
};

/* Write what is present; of a long trace, the first piece. */
void link_attrs_put(struct nsfab_nl_msg *m, const struct nsfab_link *link);

/* Write a piece of a trace, from opportunity @at on. */
void link_attrs_put_trace(struct nsfab_nl_msg *m, const struct nsfab_link *link,
			  size_t at);

/* Read a nest; strings and the table point into it, lists into @lists. */
void link_attrs_read(struct nsfab_link *link, struct link_lists *lists,
		     const struct nlattr *nest);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_LINK_ATTRS_H */
