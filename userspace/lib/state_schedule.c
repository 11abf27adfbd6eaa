// SPDX-License-Identifier: LGPL-2.1-or-later
/* Schedules of a desired state: of tenants, made into one of each host. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_nics.h"

/* Links and bottlenecks by tenant, ends and scope, or tenant and name */
struct index {
	struct nsfab_state_obj **obj;
	size_t n;
};

/* What a host will have. */
struct part {
	const char *host;
	uint32_t origin;
	uint64_t loop;
	struct nsfab_state_event *event;
	unsigned int n;
	unsigned int room;
	unsigned int begins;	/* of the events, the last ones */
};

struct parts {
	struct part *part;
	size_t n;
};

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_links(const void *a, const void *b)
{
	const struct nsfab_state_obj *x = *(struct nsfab_state_obj *const *)a;
	const struct nsfab_state_obj *y = *(struct nsfab_state_obj *const *)b;
	bool x_under = !strcmp(x->host, NSFAB_STATE_UNDERLAY_HOST);
	bool y_under = !strcmp(y->host, NSFAB_STATE_UNDERLAY_HOST);
	int diff = (int)x->kind - (int)y->kind;

	if (!diff)
		diff = x_under - y_under;
	if (!diff)
		diff = strcmp(x->tenant, y->tenant);
	if (!diff && x->kind == NSFAB_STATE_BOTTLENECK)
		diff = strcmp(x->name, y->name);
	if (!diff)
		diff = compare_text(x->as_link.from, y->as_link.from);
	if (!diff)
		diff = compare_text(x->as_link.to, y->as_link.to);
	return diff;
}

/* Links of the same ends stay in the order of their scopes. */
static int compare_scopes(const void *a, const void *b)
{
	const struct nsfab_state_obj *x = *(struct nsfab_state_obj *const *)a;
	const struct nsfab_state_obj *y = *(struct nsfab_state_obj *const *)b;
	uint32_t i = x->as_link.conf->scope, j = y->as_link.conf->scope;
	int diff = compare_links(a, b);

	return diff ? diff : i < j ? -1 : i > j;
}

static int make_index(struct index *index, struct nsfab_state *state)
{
	size_t i;

	index->n = 0;
	index->obj = calloc(state->n + 1, sizeof(*index->obj));
	if (!index->obj)
		return -ENOMEM;
	for (i = 0; i < state->n; i++)
		if (state_is_link(state->obj[i]))
			index->obj[index->n++] = state->obj[i];
	qsort(index->obj, index->n, sizeof(*index->obj), compare_scopes);
	return 0;
}

static struct part *part_of(struct parts *parts, const char *host,
			    const struct nsfab_state_obj *schedule)
{
	struct part *more;
	size_t i;

	for (i = 0; i < parts->n; i++)
		if (!strcmp(parts->part[i].host, host))
			return &parts->part[i];
	more = reallocarray(parts->part, parts->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	parts->part = more;
	more += parts->n++;
	memset(more, 0, sizeof(*more));
	more->host = host;
	more->origin = schedule->origin;
	more->loop = schedule->as_schedule.loop;
	return more;
}

static struct nsfab_state_event *new_event(struct part *part)
{
	struct nsfab_state_event *more;

	if (part->n == part->room) {
		part->room = part->room ? part->room * 2 : 64;
		more = reallocarray(part->event, part->room, sizeof(*more));
		if (!more)
			return NULL;
		part->event = more;
	}
	return &part->event[part->n++];
}

static int add_event(struct resolver *res, struct parts *parts,
		     const struct nsfab_state_obj *schedule,
		     const struct nsfab_state_event *event,
		     struct nsfab_state_obj *link)
{
	struct part *part = part_of(parts, link->host, schedule);
	struct nsfab_state_event *more;
	struct nsfab_link *set;

	if (!part)
		return -ENOMEM;
	if (part->loop != schedule->as_schedule.loop) {
		resolver_complain(res, event->origin, part->origin,
				  "a host has one schedule, and two loops are asked for");
		return 0;
	}
	more = new_event(part);
	set = state_arena_dup(&res->state->arena, event->set, sizeof(*set));
	if (!more || !set)
		return -ENOMEM;
	/* Flags are written whole. */
	set->flags = (link->as_link.conf->flags & ~event->flags) |
		     (event->set->flags & event->flags);
	link->as_link.scheduled |= set->present & NSFAB_LINK_MAY_EVENT;
	/* A table goes with its distribution. */
	if (set->present & NSFAB_LINK_HAS_DIST)
		link->as_link.scheduled |= NSFAB_LINK_HAS_TABLE;
	*more = *event;
	more->tenant = link->tenant;
	more->link = link->name;
	more->set = set;
	return 0;
}

/* All links from @from to @to; says how many in @found. */
static int each_link(struct resolver *res, struct parts *parts,
		     const struct index *index,
		     const struct nsfab_state_obj *schedule,
		     const struct nsfab_state_event *event,
		     const struct nsfab_state_obj *key, unsigned int *found)
{
	struct nsfab_state_obj **at;
	int ret = 0;

	at = bsearch(&key, index->obj, index->n, sizeof(*index->obj),
		     compare_links);
	while (at && at > index->obj && !compare_links(&at[-1], &key))
		at--;
	for (; at && at < index->obj + index->n && !ret &&
	     !compare_links(at, &key); at++) {
		if (event->one &&
		    (*at)->as_link.conf->scope != event->scope)
			continue;
		++*found;
		ret = add_event(res, parts, schedule, event, *at);
	}
	return ret;
}

static int one_way(struct resolver *res, struct parts *parts,
		   const struct state_ends *ends, const struct index *index,
		   const struct nsfab_state_obj *schedule,
		   const struct nsfab_state_event *event, bool back,
		   unsigned int *found)
{
	struct nsfab_state_obj key = {
		.kind = NSFAB_STATE_LINK, .host = schedule->host,
		.tenant = schedule->tenant,
	};
	struct state_way way;
	int ret;

	ret = state_find_way(ends, schedule->host, schedule->tenant,
			     back ? event->to : event->from,
			     back ? event->from : event->to, &way);
	if (ret)
		return ret;
	if (*way.why) {
		if (!back)
			resolver_complain(res, event->origin, 0, "%s",
					  way.why);
		*found = 1;
		return 0;
	}
	key.as_link.from = way.from;
	key.as_link.to = way.to;
	return each_link(res, parts, index, schedule, event, &key, found);
}

static int resolve_event(struct resolver *res, struct parts *parts,
			 const struct state_ends *ends,
			 const struct index *index,
			 const struct nsfab_state_obj *schedule,
			 const struct nsfab_state_event *event)
{
	const struct nsfab_state_obj key = {
		.kind = NSFAB_STATE_BOTTLENECK, .host = schedule->host,
		.tenant = schedule->tenant, .name = event->link,
	};
	uint64_t loop = schedule->as_schedule.loop;
	unsigned int found = 0;
	int ret;

	if (loop && event->at >= loop)
		resolver_complain(res, event->origin, 0,
				  "the event is not before the schedule begins again");
	if (!event->from && !event->to) {
		ret = each_link(res, parts, index, schedule, event, &key,
				&found);
		if (!ret && !found)
			resolver_complain(res, event->origin, 0,
					  "tenant %s has no bottleneck \"%s\"",
					  schedule->tenant, event->link);
		return ret;
	}
	ret = one_way(res, parts, ends, index, schedule, event, false, &found);
	if (!ret && !event->one)
		ret = one_way(res, parts, ends, index, schedule, event, true,
			      &found);
	if (!ret && !found)
		resolver_complain(res, event->origin, 0,
				  "there is no link %s %s%s%s",
				  event->to ? "between" : "of",
				  event->from ? event->from : event->to,
				  event->from && event->to ? " and " : "",
				  event->from && event->to ? event->to : "");
	return ret;
}

/*
 * A schedule begins with what its links are without it, so that it does the
 * same each time it begins.
 */
static int add_begins(struct resolver *res, struct parts *parts,
		      const struct index *index)
{
	const struct nsfab_state_obj *link;
	struct nsfab_state_event *more;
	struct nsfab_link *set;
	struct part *part;
	size_t i, j;

	for (i = 0; i < index->n; i++) {
		link = index->obj[i];
		for (j = 0; j < parts->n; j++)
			if (!strcmp(parts->part[j].host, link->host))
				break;
		if (!link->as_link.scheduled || j == parts->n)
			continue;
		part = &parts->part[j];
		more = new_event(part);
		set = state_arena_dup(&res->state->arena, link->as_link.conf,
				      sizeof(*set));
		if (!more || !set)
			return -ENOMEM;
		part->begins++;
		set->present = link->as_link.scheduled;
		if (set->dist != NSFAB_LINK_DIST_TABLE)
			set->present &= ~NSFAB_LINK_HAS_TABLE;
		memset(more, 0, sizeof(*more));
		more->tenant = link->tenant;
		more->link = link->name;
		more->set = set;
	}
	return 0;
}

static uint64_t hash_data(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--)
		hash = (hash ^ *byte++) * 1099511628211ull;
	return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	return hash_data(hash, &number, sizeof(number));
}

static uint64_t hash_set(uint64_t hash, const struct nsfab_link *set)
{
	const uint64_t numbers[] = {
		set->present, set->flags, set->delay, set->jitter, set->dist,
		set->loss_model, set->duplicate, set->corrupt, set->reorder,
		set->rate, set->overhead, set->queue_bytes, set->queue_time,
		set->ecn_bytes, set->ecn_time, set->seed,
	};

	hash = hash_data(hash, numbers, sizeof(numbers));
	hash = hash_data(hash, set->loss, sizeof(set->loss));
	hash = hash_data(hash, set->nth, set->n_nth * sizeof(*set->nth));
	return hash_data(hash, set->table, set->n_table * sizeof(*set->table));
}

/* An event gives its link back what it does not set, as of the schedule's begin:
 * if that changes, the schedule has to begin anew.
 */
static uint64_t hash_link(uint64_t hash, const struct nsfab_state_link *link)
{
	const struct nsfab_link_filter *f = &link->conf->filter;
	struct nsfab_link set = *link->conf;
	unsigned int i;

	/* Nothing of what says how it was written, but what it is */
	set.present = 0;
	set.seed = 0;
	hash = hash_set(hash, &set);
	hash = hash_number(hash, f->present);
	hash = hash_number(hash, f->proto);
	hash = hash_number(hash, (uint64_t)f->sport << 16 | f->dport);
	hash = hash_data(hash, &f->src.addr, sizeof(f->src.addr));
	hash = hash_number(hash, f->src.len);
	hash = hash_data(hash, &f->dst.addr, sizeof(f->dst.addr));
	hash = hash_number(hash, f->dst.len);
	for (i = 0; i < link->n_path; i++)
		hash = state_hash(hash, link->path[i]);
	return hash;
}

static uint64_t hash_part(uint64_t hash, const struct part *part)
{
	unsigned int i;

	hash = state_hash(hash, part->host);
	hash = hash_number(hash, part->loop);
	for (i = 0; i < part->n; i++) {
		hash = hash_number(hash, part->event[i].at);
		hash = state_hash(hash, part->event[i].tenant);
		hash = state_hash(hash, part->event[i].link);
		hash = hash_set(hash, part->event[i].set);
	}
	return hash;
}

struct in_order {
	struct nsfab_state_event event;
	unsigned int order;
	bool begin;
};

static int compare_events(const void *a, const void *b)
{
	const struct in_order *x = a, *y = b;
	int diff;

	if (x->event.at != y->event.at)
		return x->event.at < y->event.at ? -1 : 1;
	diff = strcmp(x->event.tenant, y->event.tenant);
	if (diff && !x->begin && !y->begin)
		return diff;
	return x->order < y->order ? -1 : x->order > y->order;
}

/*
 * By time, those at one time by tenant and in their order, and begins before
 * all: which tenant comes first in a file means nothing.
 */
static int sort_events(struct part *part)
{
	unsigned int first = part->n - part->begins, i;
	struct in_order *sorted;

	sorted = calloc(part->n + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < part->n; i++) {
		sorted[i].event = part->event[i];
		sorted[i].order = i < first ? i + part->begins : i - first;
		sorted[i].begin = i >= first;
	}
	qsort(sorted, part->n, sizeof(*sorted), compare_events);
	for (i = 0; i < part->n; i++)
		part->event[i] = sorted[i].event;
	free(sorted);
	return 0;
}

static int add_schedule(struct resolver *res, const struct part *part,
			uint64_t hash)
{
	struct nsfab_state *state = res->state;
	struct nsfab_state_obj *obj;

	if (part->n > NSFAB_SCHEDULE_MAX) {
		resolver_complain(res, part->origin, 0,
				  "the schedule has more than %d events",
				  NSFAB_SCHEDULE_MAX);
		return 0;
	}
	obj = state_arena_alloc(&state->arena, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	obj->kind = NSFAB_STATE_SCHEDULE;
	obj->origin = part->origin;
	obj->host = part->host;
	obj->tenant = "";
	obj->name = "";
	obj->labels = "";
	obj->as_schedule.loop = part->loop;
	obj->as_schedule.hash = hash;
	obj->as_schedule.n = part->n;
	obj->as_schedule.n_begins = part->begins;
	obj->as_schedule.event = state_arena_dup(&state->arena, part->event,
						 part->n *
						 sizeof(*part->event));
	return !obj->as_schedule.event || state_push(state, obj) ? -ENOMEM : 0;
}

/* The tenants' own have done their duty. */
static void drop_old(struct nsfab_state *state)
{
	size_t i, n = 0;

	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind != NSFAB_STATE_SCHEDULE)
			state->obj[n++] = state->obj[i];
	state->n = n;
}

/* By this label the schedule of a running lab is known. */
static int label_tenants(struct nsfab_state *state, uint64_t hash)
{
	struct nsfab_state_obj *obj;
	char *labels;
	size_t i, size;

	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		if (obj->kind != NSFAB_STATE_TENANT)
			continue;
		size = strlen(obj->labels) + 40;
		labels = state_arena_alloc(&state->arena, size);
		if (!labels)
			return -ENOMEM;
		snprintf(labels, size, "%s%s" STATE_SCHEDULE_LABEL "=%016llx",
			 obj->labels, *obj->labels ? "\n" : "",
			 (unsigned long long)hash);
		obj->labels = state_tidy_labels(&state->arena, labels);
		if (!obj->labels)
			return -ENOMEM;
	}
	return 0;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return strcmp(x->host, y->host);
}

static int make_schedules(struct resolver *res, struct parts *parts,
			  const struct index *index)
{
	uint64_t hash = STATE_HASH_INIT;
	size_t i;
	int ret;

	ret = add_begins(res, parts, index);
	drop_old(res->state);
	if (parts->n)
		qsort(parts->part, parts->n, sizeof(*parts->part),
		      compare_parts);
	for (i = 0; i < parts->n && !ret; i++) {
		ret = sort_events(&parts->part[i]);
		hash = hash_part(hash, &parts->part[i]);
	}
	for (i = 0; i < index->n; i++)
		if (index->obj[i]->as_link.scheduled)
			hash = hash_link(hash, &index->obj[i]->as_link);
	for (i = 0; i < parts->n && !ret; i++)
		ret = add_schedule(res, &parts->part[i], hash);
	return ret || !parts->n ? ret : label_tenants(res->state, hash);
}

int state_resolve_schedules(struct resolver *res)
{
	const struct nsfab_state_schedule *schedule;
	struct nsfab_state *state = res->state;
	struct parts parts = { 0 };
	struct state_ends ends;
	struct index index;
	unsigned int j;
	size_t i;
	int ret;

	ret = state_ends_init(&ends, state);
	if (!ret)
		ret = make_index(&index, state);
	for (i = 0; i < state->n && !ret; i++) {
		if (state->obj[i]->kind != NSFAB_STATE_SCHEDULE)
			continue;
		schedule = &state->obj[i]->as_schedule;
		for (j = 0; j < schedule->n && !ret; j++)
			ret = resolve_event(res, &parts, &ends, &index,
					    state->obj[i], &schedule->event[j]);
	}
	if (!ret)
		ret = make_schedules(res, &parts, &index);
	for (i = 0; i < parts.n; i++)
		free(parts.part[i].event);
	free(parts.part);
	if (ends.obj)
		free(index.obj);
	state_ends_free(&ends);
	return ret;
}
