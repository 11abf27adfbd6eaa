/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: tables and traces that the kernel tells in pieces. */
#ifndef NSFAB_LIB_LINK_POINTS_H
#define NSFAB_LIB_LINK_POINTS_H

#include <nsfab/link.h>
#include "nl.h"

#pragma GCC visibility push(hidden)

/**
 * struct link_points - what was told of a link's table and trace
 * @table: points of the table
 * @n_table: number of them
 * @table_room: how many there is memory for
 * @trace: likewise, of the trace
 * @n_trace: number of them
 * @trace_room: how many there is memory for
 */
struct link_points {
	int32_t *table;
	size_t n_table;
	size_t table_room;
	uint32_t *trace;
	size_t n_trace;
	size_t trace_room;
};

/* Whether a link's nest is a piece, and not a link. */
bool link_points_is_piece(const struct nlattr *nest);

/* Put a piece behind the ones before: 0, -ENOMEM, or -EBADMSG for a gap. */
int link_points_add(struct link_points *points, const struct nlattr *nest,
		    struct nsfab_err *err);

/*
 * Give @link what was told of it, which stays here, and begin anew: -EBADMSG if
 * that is not the whole trace.
 */
int link_points_give(struct link_points *points, struct nsfab_link *link,
		     struct nsfab_err *err);

void link_points_free(struct link_points *points);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_LINK_POINTS_H */
