// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl export: schedules. A running one begins with what its links are
 * without it, so that is what their links are exported as, and the events behind
 * are its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "lab_word.h"

static const struct nsfab_state_obj *
link_of(const struct nsfab_state *state, const struct nsfab_state_obj *schedule,
	const struct nsfab_state_event *event)
{
	return nsfab_state_find(state, strchr(event->link, '>') ?
				NSFAB_STATE_LINK : NSFAB_STATE_BOTTLENECK,
				schedule->host, event->tenant, event->link);
}

static int compare_base(const void *a, const void *b)
{
	const struct export_base *x = a, *y = b;

	return x->link < y->link ? -1 : x->link > y->link;
}

static void add_begins(struct export *x, const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_schedule *schedule = &obj->as_schedule;
	struct export_base *base;
	unsigned int i;

	for (i = 0; i < schedule->n_begins; i++) {
		base = &x->base[x->n];
		base->link = link_of(x->state, obj, &schedule->event[i]);
		base->set = schedule->event[i].set;
		x->n += base->link ? 1 : 0;
	}
}

int export_begin(struct export *x, const struct nsfab_state *state)
{
	const struct nsfab_state_obj *obj;
	size_t n = 0, i;

	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind == NSFAB_STATE_SCHEDULE)
			n += obj->as_schedule.n_begins;
	}
	x->state = state;
	x->n = 0;
	x->base = calloc(n + 1, sizeof(*x->base));
	if (!x->base)
		return -ENOMEM;
	for (i = 0; i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind == NSFAB_STATE_SCHEDULE)
			add_begins(x, obj);
	}
	qsort(x->base, x->n, sizeof(*x->base), compare_base);
	return 0;
}

void export_end(struct export *x)
{
	free(x->base);
}

void export_base_of(const struct export *x, const struct nsfab_state_obj *link,
		    struct nsfab_link *conf)
{
	const struct export_base key = { .link = link }, *base;
	const struct nsfab_link *set;

	*conf = *link->as_link.conf;
	base = bsearch(&key, x->base, x->n, sizeof(key), compare_base);
	if (!base)
		return;
	set = base->set;
	if (set->present & NSFAB_LINK_HAS_FLAGS)
		conf->flags = set->flags;
	if (set->present & NSFAB_LINK_HAS_DELAY)
		conf->delay = set->delay;
	if (set->present & NSFAB_LINK_HAS_JITTER)
		conf->jitter = set->jitter;
	if (set->present & NSFAB_LINK_HAS_DIST)
		conf->dist = set->dist;
	if (set->present & NSFAB_LINK_HAS_TABLE) {
		conf->table = set->table;
		conf->n_table = set->n_table;
	}
	if (set->present & NSFAB_LINK_HAS_LOSS) {
		conf->loss_model = set->loss_model;
		conf->nth = set->nth;
		conf->n_nth = set->n_nth;
		memcpy(conf->loss, set->loss, sizeof(conf->loss));
	}
	if (set->present & NSFAB_LINK_HAS_DUPLICATE)
		conf->duplicate = set->duplicate;
	if (set->present & NSFAB_LINK_HAS_CORRUPT)
		conf->corrupt = set->corrupt;
	if (set->present & NSFAB_LINK_HAS_REORDER)
		conf->reorder = set->reorder;
	if (set->present & NSFAB_LINK_HAS_RATE)
		conf->rate = set->rate;
	if (set->present & NSFAB_LINK_HAS_OVERHEAD)
		conf->overhead = set->overhead;
	if (set->present & NSFAB_LINK_HAS_QUEUE) {
		conf->queue_bytes = set->queue_bytes;
		conf->queue_time = set->queue_time;
	}
	if (set->present & NSFAB_LINK_HAS_ECN) {
		conf->ecn_bytes = set->ecn_bytes;
		conf->ecn_time = set->ecn_time;
	}
	if (set->present & NSFAB_LINK_HAS_SEED)
		conf->seed = set->seed;
}

static void put_event(const struct export *x,
		      const struct nsfab_state_event *event,
		      const struct nsfab_state_obj *link, const char *indent)
{
	struct nsfab_link base;
	bool any = false;

	export_base_of(x, link, &base);
	printf("%s    - {", indent);
	export_put_time(&any, "at", event->at);
	if (link->kind == NSFAB_STATE_LINK) {
		export_put_ends(x->state, link, &any);
	} else {
		fputs(", bottleneck: ", stdout);
		lab_put_word(stdout, link->name);
	}
	fputs(", set: {", stdout);
	any = false;
	/* Flags are given whole: that it is up or down is said in any case. */
	export_put_conf(event->set, event->set->present,
			(base.flags & NSFAB_LINK_FLAG_OVERTAKE) |
			(~event->set->flags & NSFAB_LINK_FLAG_DOWN), &any);
	fputs("}}\n", stdout);
}

static bool is_of(const struct nsfab_state_obj *schedule, bool underlay)
{
	return schedule->kind == NSFAB_STATE_SCHEDULE &&
	       underlay == !strcmp(schedule->host, NSFAB_STATE_UNDERLAY_HOST);
}

void export_schedule(const struct export *x, const char *tenant, bool underlay,
		     const char *indent)
{
	const struct nsfab_state_schedule *schedule;
	const struct nsfab_state_obj *obj, *link;
	bool any = false, loop;
	unsigned int j;
	size_t i;

	for (i = 0; i < nsfab_state_count(x->state); i++) {
		obj = nsfab_state_obj(x->state, i);
		if (!is_of(obj, underlay))
			continue;
		schedule = &obj->as_schedule;
		for (j = schedule->n_begins; j < schedule->n; j++) {
			link = link_of(x->state, obj, &schedule->event[j]);
			if (!link || strcmp(link->tenant, tenant))
				continue;
			if (!any) {
				printf("%sschedule:\n%s  ", indent, indent);
				loop = false;
				if (schedule->loop) {
					export_put_time(&loop, "loop",
							schedule->loop);
					printf("\n%s  ", indent);
				}
				fputs("events:\n", stdout);
			}
			any = true;
			put_event(x, &schedule->event[j], link, indent);
		}
	}
}
