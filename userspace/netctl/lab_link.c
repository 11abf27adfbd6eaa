// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lab_link.h"
#include "lab_points.h"
#include "lab_range.h"
#include "lab_values.h"
#include "link_values.h"
#include "netctl.h"

/**
 * struct loader - what is loaded of one tenant
 * @file: the file
 * @tenant: its name
 * @host: NULL, or the underlay
 * @dir: directory of the file, NULL for the current one
 * @event: events of its schedule
 * @n: number of them
 * @room: how many there is memory for
 * @loop: when the schedule begins again
 * @looped: the node that says so, or NULL
 * @kept: memory that events point to
 * @n_kept: number of them
 */
struct loader {
	struct lab_file *file;
	const char *tenant;
	const char *host;
	char *dir;
	struct nsfab_state_event *event;
	size_t n;
	size_t room;
	uint64_t loop;
	const struct lab_node *looped;
	void **kept;
	size_t n_kept;
};

/* The two ends of a way, each a name that may stand for several. */
struct ends {
	const struct lab_node *from;
	const struct lab_node *to;
};

static void complain(struct loader *l, const struct lab_node *at,
		     const char *text)
{
	lab_diag_add(&l->file->diag, at->line, at->column, "%s", text);
}

static void no_memory(struct loader *l)
{
	lab_diag_add(&l->file->diag, 0, 0, "out of memory");
}

static void *keep(struct loader *l, void *memory)
{
	void **more;

	if (!memory) {
		no_memory(l);
		return NULL;
	}
	more = reallocarray(l->kept, l->n_kept + 1, sizeof(*more));
	if (!more) {
		free(memory);
		no_memory(l);
		return NULL;
	}
	l->kept = more;
	l->kept[l->n_kept++] = memory;
	return memory;
}

/*
 * All keys of the map that say what a link does. They are held against one
 * another if each of them is good.
 */
static void get_values(struct loader *l, const struct lab_node *map,
		       struct link_values *v)
{
	const struct lab_diag *diag = &l->file->diag;
	unsigned int before = diag->n + diag->more;
	const struct link_value_key *key;
	const struct lab_node *node;

	memset(v, 0, sizeof(*v));
	v->dir = l->dir;
	for (key = link_value_keys; key->name; key++) {
		node = lab_node_get(map, key->name);
		if (node && lab_is_points(node))
			lab_get_points(&l->file->diag, key->name, node, v);
		else if (node && link_value(v, key->name, node->text))
			complain(l, node, v->why);
	}
	if (diag->n + diag->more == before && link_values_check(v))
		complain(l, map, v->why);
}

static size_t get_path(struct loader *l, const struct lab_node *map,
		       const char **path)
{
	const struct lab_node *list = lab_node_get(map, "path");
	size_t i, j;

	for (i = 0; list && i < list->n && i < NSFAB_LINK_PATH_MAX; i++) {
		path[i] = list->item[i]->text;
		for (j = 0; j < i; j++)
			if (!strcmp(path[i], path[j]))
				lab_diag_add(&l->file->diag,
					     list->item[i]->line,
					     list->item[i]->column,
					     "path has bottleneck %s twice",
					     path[i]);
	}
	return i;
}

/* Names for the range's parts; NULL after having complained. */
static const char *range_of(struct loader *l, const struct lab_node *node,
			    struct lab_range *range)
{
	const char *wrong = NULL;

	memset(range, 0, sizeof(*range));
	range->count = 1;
	if (node)
		wrong = lab_range_parse(range, node->text);
	if (wrong)
		lab_diag_add(&l->file->diag, node->line, node->column,
			     "\"%s\": %s", node->text, wrong);
	return wrong ? NULL : "";
}

/* Call @fn for all combinations of what the ends stand for. */
static void each_way(struct loader *l, const struct ends *ends,
		     void (*fn)(struct loader *l, const char *from,
				const char *to, void *arg), void *arg)
{
	char from[LAB_RANGE_LEN], to[LAB_RANGE_LEN];
	struct lab_range froms, tos;
	size_t i, j;

	if (!range_of(l, ends->from, &froms) || !range_of(l, ends->to, &tos))
		return;
	for (i = 0; i < froms.count; i++)
		for (j = 0; j < tos.count && !l->file->diag.more; j++) {
			lab_range_name(&froms, i, from, sizeof(from));
			lab_range_name(&tos, j, to, sizeof(to));
			fn(l, ends->from ? from : NULL, ends->to ? to : NULL,
			   arg);
		}
}

static struct nsfab_state_event *new_event(struct loader *l)
{
	struct nsfab_state_event *more;

	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		more = reallocarray(l->event, l->room, sizeof(*more));
		if (!more) {
			no_memory(l);
			return NULL;
		}
		l->event = more;
	}
	more = &l->event[l->n++];
	memset(more, 0, sizeof(*more));
	return more;
}

static void add_event(struct loader *l, const struct nsfab_state_event *event)
{
	struct nsfab_link *set = keep(l, nsfab_link_dup(event->set));
	struct nsfab_state_event *e = set ? new_event(l) : NULL;

	if (!e)
		return;
	*e = *event;
	e->set = set;
	if (e->from)
		e->from = keep(l, strdup(e->from));
	if (e->to)
		e->to = keep(l, strdup(e->to));
}

static void set_loop(struct loader *l, uint64_t loop, const struct lab_node *at)
{
	if (l->looped && l->loop != loop)
		lab_diag_add(&l->file->diag, at->line, at->column,
			     "begins again after another time than the schedule does (see %u:%u), and a host has one schedule",
			     l->looped->line, l->looped->column);
	l->loop = loop;
	l->looped = at;
}

/* What a whole link cannot be, other than what changes one. */
static void check_link(struct loader *l, const struct lab_node *map,
		       const struct link_values *v)
{
	const struct nsfab_link *link = &v->link;

	if ((link->queue_bytes || link->ecn_bytes) && !link->rate &&
	    !link->n_trace && !v->n_events)
		complain(l, map,
			 "queue and ecn in bytes need a rate or a trace");
}

struct link {
	const struct lab_node *node;
	struct link_values v;
	const char *path[NSFAB_LINK_PATH_MAX];
	size_t n_path;
	uint32_t origin;
};

static void add_link(struct loader *l, const char *from, const char *to,
		     void *arg)
{
	struct link *link = arg;
	char name[NSFAB_STATE_LINK_NAME];
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_LINK,
		.origin = link->origin,
		.host = l->host,
		.tenant = l->tenant,
		.as_link = {
			.from = from,
			.to = to,
			.conf = &link->v.link,
			.n_path = link->n_path,
			.path = link->path,
		},
	};
	struct nsfab_state_event event = {
		.origin = link->origin,
		.from = from,
		.to = to,
		.one = true,
		.scope = link->v.link.scope,
		.flags = NSFAB_LINK_FLAG_DOWN,
	};
	size_t i;

	obj.name = nsfab_state_link_name(from, to, link->v.link.scope, name,
					 sizeof(name));
	lab_add(l->file, &obj, link->node);
	for (i = 0; i < link->v.n_events; i++) {
		event.at = link->v.events[i].at;
		event.set = &link->v.events[i].set;
		add_event(l, &event);
	}
}

static void load_link(struct loader *l, const struct lab_node *node)
{
	const struct lab_node *between = lab_node_get(node, "between");
	struct ends ends = {
		.from = lab_node_get(node, "from"),
		.to = lab_node_get(node, "to"),
	};
	struct link link = {
		.node = node,
		.origin = lab_origin(l->file, node),
	};

	if (between && (ends.from || ends.to))
		return complain(l, node,
				"between is both directions: from and to cannot be beside it");
	if (between && !strcmp(between->item[0]->text, between->item[1]->text)) {
		lab_diag_add(&l->file->diag, node->line, node->column,
			     "both ends are %s", between->item[0]->text);
		return;
	}
	get_values(l, node, &link.v);
	check_link(l, node, &link.v);
	link.v.link.scope = lab_get_number(node, "scope", 0);
	link.n_path = get_path(l, node, link.path);
	if (link.v.n_events)
		set_loop(l, link.v.loop, lab_node_get(node, "trace"));
	if (between) {
		ends.from = between->item[0];
		ends.to = between->item[1];
	}
	each_way(l, &ends, add_link, &link);
	if (between) {
		ends.from = between->item[1];
		ends.to = between->item[0];
		each_way(l, &ends, add_link, &link);
	}
	link_values_clear(&link.v);
}

static void load_bottleneck(struct loader *l, const struct lab_pair *pair)
{
	struct link_values v;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_BOTTLENECK,
		.origin = lab_origin(l->file, pair->key),
		.host = l->host,
		.tenant = l->tenant,
		.name = pair->key->text,
		.as_link = { .conf = &v.link },
	};
	struct nsfab_state_event event = {
		.origin = obj.origin,
		.link = pair->key->text,
		.flags = NSFAB_LINK_FLAG_DOWN,
	};
	size_t i;

	get_values(l, pair->value, &v);
	check_link(l, pair->value, &v);
	lab_add(l->file, &obj, pair->key);
	if (v.n_events)
		set_loop(l, v.loop, lab_node_get(pair->value, "trace"));
	for (i = 0; i < v.n_events; i++) {
		event.at = v.events[i].at;
		event.set = &v.events[i].set;
		add_event(l, &event);
	}
	link_values_clear(&v);
}

static void add_way_event(struct loader *l, const char *from, const char *to,
			  void *arg)
{
	struct nsfab_state_event *event = arg;

	event->from = from;
	event->to = to;
	add_event(l, event);
}

/* What the event is about, and what of it changes. */
static void get_event(struct loader *l, const struct lab_node *node,
		      struct nsfab_state_event *event, struct link_values *v)
{
	const struct lab_node *set = lab_node_get(node, "set");
	const struct lab_node *fail = lab_node_get(node, "fail");
	const struct lab_node *restore = lab_node_get(node, "restore");
	const struct lab_node *what, *at = lab_node_get(node, "at");
	struct ends ends = { .from = NULL };

	if (netctl_parse_time(at->text, &event->at))
		lab_diag_add(&l->file->diag, at->line, at->column,
			     "at \"%s\" is not a time (3s)", at->text);
	if (fail || restore) {
		if (set)
			complain(l, set, "set cannot be beside fail and restore");
		link_value(v, "state", fail ? "down" : "up");
	} else if (!set) {
		complain(l, node, "an event of a link or bottleneck needs set");
	} else if (lab_node_get(node, "scope") && !lab_node_get(node, "from") &&
		   !lab_node_get(node, "to")) {
		complain(l, node, "scope is of one link, with from or to");
	} else {
		get_values(l, set, v);
	}
	event->flags = v->flags;
	event->set = &v->link;
	what = lab_node_get(node, "bottleneck");
	if (what) {
		event->link = what->text;
		return add_event(l, event);
	}
	what = fail ? fail : restore ? restore : lab_node_get(node, "link");
	if (!what) {
		event->one = true;
		event->scope = lab_get_number(node, "scope", 0);
		ends.from = lab_node_get(node, "from");
		ends.to = lab_node_get(node, "to");
	} else if (what->type == LAB_NODE_LIST) {
		ends.from = what->item[0];
		ends.to = what->item[1];
	} else {
		ends.from = what;
	}
	each_way(l, &ends, add_way_event, event);
}

static void load_schedule(struct loader *l, const struct lab_node *node)
{
	const struct lab_node *loop = lab_node_get(node, "loop");
	const struct lab_node *events = lab_node_get(node, "events");
	struct nsfab_state_event event;
	struct link_values v;
	uint64_t time = 0;
	size_t i;

	if (loop && (netctl_parse_time(loop->text, &time) || !time))
		lab_diag_add(&l->file->diag, loop->line, loop->column,
			     "loop \"%s\" is not a time above 0 (10s)",
			     loop->text);
	set_loop(l, time, loop ? loop : node);
	for (i = 0; i < events->n; i++) {
		memset(&event, 0, sizeof(event));
		memset(&v, 0, sizeof(v));
		event.origin = lab_origin(l->file, events->item[i]);
		get_event(l, events->item[i], &event, &v);
		link_values_clear(&v);
	}
}

static void add_schedule(struct loader *l, const struct lab_node *at)
{
	const struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_SCHEDULE,
		.origin = lab_origin(l->file, at),
		.host = l->host,
		.tenant = l->tenant,
		.name = "",
		.as_schedule = {
			.loop = l->loop,
			.n = l->n,
			.event = l->event,
		},
	};

	if (l->n > NSFAB_SCHEDULE_MAX)
		lab_diag_add(&l->file->diag, at->line, at->column,
			     "a schedule of more than %d events",
			     NSFAB_SCHEDULE_MAX);
	else if (l->n)
		lab_add(l->file, &obj, at);
}

void lab_load_links(struct lab_file *file, const char *tenant,
		    const char *host, const struct lab_node *node)
{
	const char *slash = strrchr(file->diag.file, '/');
	struct loader l = { .file = file, .tenant = tenant, .host = host };
	const struct lab_node *part;
	size_t i;

	if (slash)
		l.dir = strndup(file->diag.file, slash - file->diag.file + 1);
	part = lab_node_get(node, "schedule");
	if (part)
		load_schedule(&l, part);
	part = lab_node_get(node, "bottlenecks");
	for (i = 0; part && i < part->n; i++)
		load_bottleneck(&l, &part->pair[i]);
	part = lab_node_get(node, "links");
	for (i = 0; part && i < part->n && !file->diag.more; i++)
		load_link(&l, part->item[i]);
	if (l.n)
		add_schedule(&l, l.looped ? l.looped : node);
	while (l.n_kept)
		free(l.kept[--l.n_kept]);
	free(l.kept);
	free(l.event);
	free(l.dir);
}
