// SPDX-License-Identifier: LGPL-2.1-or-later
/* Read the schedule of what runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab_read.h"

/* Events in the order in which they are told. */
struct events {
	struct lab_reader *reader;
	struct nsfab_state_event *event;
	size_t n;
	size_t room;
	size_t n_begins;
	bool begun;		/* what comes now is no begin */
};

static int compare_ids(const void *a, const void *b)
{
	const struct lab_scheduled *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct nsfab_state_event *new_event(struct events *events)
{
	struct nsfab_state_event *more;
	size_t room;

	if (events->n == events->room) {
		room = events->room ? events->room * 2 : 64;
		more = reallocarray(events->event, room, sizeof(*more));
		if (!more)
			return NULL;
		events->event = more;
		events->room = room;
	}
	more = &events->event[events->n++];
	memset(more, 0, sizeof(*more));
	return more;
}

static int on_event(const struct nsfab_schedule_event *from, void *arg)
{
	struct lab_scheduled key = { .id = from->link }, *link;
	struct events *events = arg;
	struct state_arena *arena = &events->reader->state->arena;
	struct nsfab_state_event *event;

	link = events->reader->n_links ?
	       bsearch(&key, events->reader->links, events->reader->n_links,
		       sizeof(key), compare_ids) : NULL;
	/* Of a tenant that is not the lab's */
	if (!link)
		return 0;
	/* As they were resolved: first what each link is without it. */
	events->begun |= from->at || link->seen;
	events->n_begins += !events->begun;
	link->seen = true;
	event = new_event(events);
	if (!event)
		return -ENOMEM;
	event->at = from->at;
	event->tenant = link->link->tenant;
	event->link = link->link->name;
	event->set = state_copy_conf(arena, &from->set);
	return event->set ? 0 : -ENOMEM;
}

static int add_schedule(const struct events *events, uint64_t loop)
{
	struct nsfab_state *state = events->reader->state;
	struct nsfab_state_obj *obj;

	obj = state_arena_alloc(&state->arena, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	obj->kind = NSFAB_STATE_SCHEDULE;
	obj->host = state_arena_strdup(&state->arena, events->reader->host);
	obj->tenant = "";
	obj->name = "";
	obj->labels = "";
	obj->as_schedule.loop = loop;
	obj->as_schedule.hash = events->reader->schedule;
	obj->as_schedule.n = events->n;
	obj->as_schedule.n_begins = events->n_begins;
	obj->as_schedule.event = state_arena_dup(&state->arena, events->event,
						 events->n *
						 sizeof(*events->event));
	return !obj->host || !obj->as_schedule.event ||
	       state_push(state, obj) ? -ENOMEM : 0;
}

int lab_read_schedule(struct lab_reader *reader, struct lab_place *place)
{
	struct events events = { .reader = reader };
	struct nsfab_schedule schedule;
	int ret;

	/* Without the label it is not this lab's. */
	if (!reader->schedule)
		return 0;
	if (reader->n_links)
		qsort(reader->links, reader->n_links, sizeof(*reader->links),
		      compare_ids);
	ret = nsfab_schedule_dump(place->h, place->ifindex, &schedule, on_event,
				  &events, reader->err);
	if (!ret)
		ret = add_schedule(&events, schedule.loop);
	if (ret == -ENOMEM)
		nsfab_err_set(reader->err, ret, "no memory");
	free(events.event);
	return ret == -ENOENT ? 0 : ret;
}
