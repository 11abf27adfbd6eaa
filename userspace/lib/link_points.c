// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tables and traces of links, which the kernel tells in pieces. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link_attrs.h"
#include "link_points.h"

bool link_points_is_piece(const struct nlattr *nest)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest)
		if (mnl_attr_get_type(a) == NSFAB_A_LINK_TABLE_AT ||
		    (mnl_attr_get_type(a) == NSFAB_A_LINK_TRACE &&
		     mnl_attr_get_payload_len(a)))
			return true;
	return false;
}

/* Append numbers of 32 bits, of which there are @n until now. */
static int append(void **list, size_t *n, size_t *room, size_t most, size_t at,
		  const struct nlattr *a, struct nsfab_err *err)
{
	size_t some = mnl_attr_get_payload_len(a) / sizeof(uint32_t);
	size_t size = *room ? *room : 4096;
	void *more;

	if (at != *n || some > most - *n)
		return nsfab_err_set(err, -EBADMSG,
				     "points from %zu on where %zu were told",
				     at, *n);
	while (size < *n + some)
		size *= 2;
	if (size != *room) {
		more = reallocarray(*list, size, sizeof(uint32_t));
		if (!more)
			return nsfab_err_set(err, -ENOMEM, "points");
		*list = more;
		*room = size;
	}
	memcpy((uint32_t *)*list + *n, mnl_attr_get_payload(a),
	       some * sizeof(uint32_t));
	*n += some;
	return 0;
}

int link_points_add(struct link_points *points, const struct nlattr *nest,
		    struct nsfab_err *err)
{
	const struct nlattr *a, *table = NULL, *trace = NULL;
	void *list;
	size_t at = 0;
	int ret;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_LINK_TABLE:
			table = a;
			break;
		case NSFAB_A_LINK_TRACE:
			trace = a;
			break;
		case NSFAB_A_LINK_TABLE_AT:
		case NSFAB_A_LINK_TRACE_AT:
			at = nsfab_nl_get(a);
			break;
		}
	}
	if (table) {
		list = points->table;
		ret = append(&list, &points->n_table, &points->table_room,
			     NSFAB_LINK_TABLE_MAX, at, table, err);
		points->table = list;
	} else if (trace) {
		list = points->trace;
		ret = append(&list, &points->n_trace, &points->trace_room,
			     NSFAB_LINK_TRACE_MAX, at, trace, err);
		points->trace = list;
	} else {
		ret = nsfab_err_set(err, -EBADMSG, "a piece without points");
	}
	return ret;
}

int link_points_give(struct link_points *points, struct nsfab_link *link,
		     struct nsfab_err *err)
{
	if (points->n_table) {
		link->present |= NSFAB_LINK_HAS_TABLE;
		link->table = points->table;
		link->n_table = points->n_table;
	}
	if (link->n_trace != points->n_trace)
		return nsfab_err_set(err, -EBADMSG,
				     "%zu of a trace's %zu opportunities were told",
				     points->n_trace, link->n_trace);
	if (link->n_trace)
		link->trace = points->trace;
	points->n_table = 0;
	points->n_trace = 0;
	return 0;
}

void link_points_free(struct link_points *points)
{
	free(points->table);
	free(points->trace);
}

/* A link that was told, and what is told of it behind it */
struct dump {
	nsfab_link_cb cb;
	void *arg;
	struct nsfab_err *err;
	struct nsfab_link link;
	struct link_lists lists;
	struct link_points points;
	bool any;
};

static int tell(struct dump *d)
{
	int ret = d->any ? link_points_give(&d->points, &d->link, d->err) : 0;

	return ret || !d->any ? ret : d->cb(&d->link, d->arg);
}

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	struct dump *d = arg;
	const struct nlattr *nest;
	int ret;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != NSFAB_A_LINK)
			continue;
		if (link_points_is_piece(nest)) {
			ret = link_points_add(&d->points, nest, d->err);
		} else {
			ret = tell(d);
			link_attrs_read(&d->link, &d->lists, nest);
			d->any = true;
		}
		if (ret)
			return ret;
	}
	return 0;
}

int nsfab_link_dump_points(struct nsfab *h, unsigned int ifindex,
			   const struct nsfab_filter *filter, nsfab_link_cb cb,
			   void *arg, struct nsfab_err *err)
{
	struct dump *d;
	int ret;

	d = calloc(1, sizeof(*d));
	if (!d)
		return nsfab_err_set(err, -ENOMEM, "links");
	d->cb = cb;
	d->arg = arg;
	d->err = err;
	/* Told from the dump's messages, which stay until its end. */
	ret = nsfab_genl_dump_messages(h, NSFAB_CMD_LINK_GET, ifindex, filter,
				       NSFAB_A_FILTER_POINTS, on_message, d,
				       err);
	if (!ret)
		ret = tell(d);
	link_points_free(&d->points);
	free(d);
	return ret;
}
