// SPDX-License-Identifier: LGPL-2.1-or-later
/* The steps from one state to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_priv.h"

static int compare_objs(const void *a, const void *b)
{
	return state_key_cmp(*(const struct nsfab_state_obj *const *)a,
			     *(const struct nsfab_state_obj *const *)b);
}

static const struct nsfab_state_obj **sorted(const struct nsfab_state *state,
					     size_t *n)
{
	const struct nsfab_state_obj **list;

	*n = state ? state->n : 0;
	list = malloc((*n + 1) * sizeof(*list));
	if (!list)
		return NULL;
	if (*n) {
		memcpy(list, state->obj, *n * sizeof(*list));
		qsort(list, *n, sizeof(*list), compare_objs);
	}
	return list;
}

static void add_op(struct nsfab_state_diff *diff,
		   const struct nsfab_state_obj *old,
		   const struct nsfab_state_obj *new)
{
	struct nsfab_state_op *op = &diff->op[diff->n++];

	op->verb = !old ? NSFAB_STATE_CREATE : !new ? NSFAB_STATE_DELETE :
		   NSFAB_STATE_SET;
	op->old = old;
	op->new = new;
	op->partial = false;
	op->implied = false;
}

static void count(struct nsfab_state_diff *diff,
		  const struct nsfab_state_obj *old,
		  const struct nsfab_state_obj *new)
{
	if ((new ? new : old)->copy)
		return;
	diff->n_create += !old;
	diff->n_set += old && new;
	diff->n_delete += !new;
}

/* What is on a host that is made anew is made anew too. */
static bool host_is_made_anew(const struct nsfab_state_diff *diff,
			      const char *host)
{
	size_t i;

	/* Hosts come first. */
	for (i = 0; *host && i < diff->n; i++)
		if (diff->op[i].new &&
		    diff->op[i].new->kind != NSFAB_STATE_HOST)
			break;
		else if (diff->op[i].verb == NSFAB_STATE_DELETE && i + 1 < diff->n &&
			 diff->op[i + 1].verb == NSFAB_STATE_CREATE &&
			 !strcmp(diff->op[i].old->name, host) &&
			 !strcmp(diff->op[i + 1].new->name, host))
			return true;
	return false;
}

/* Whether a step of the list takes @port away and makes it anew. */
static bool takes_port(const struct nsfab_state_op *op,
		       const struct nsfab_state_obj *link, const char *port)
{
	const struct nsfab_state_obj *obj = op->old;
	size_t len;

	if (!port || op->verb != NSFAB_STATE_DELETE ||
	    op[1].verb != NSFAB_STATE_CREATE ||
	    strcmp(op[1].new->name, obj->name))
		return false;
	len = strlen(obj->name);
	if (!strcmp(link->host, NSFAB_STATE_UNDERLAY_HOST))
		return obj->kind == NSFAB_STATE_HOST &&
		       !strncmp(port, obj->name, len) && port[len] == '/';
	if (strcmp(obj->host, link->host) || strcmp(obj->tenant, link->tenant))
		return false;
	if (obj->kind == NSFAB_STATE_VM)
		return !strncmp(port, obj->name, len) && port[len] == '/';
	if (obj->kind == NSFAB_STATE_PATCH)
		return !strcmp(port, obj->as_patch.port[0]) ||
		       !strcmp(port, obj->as_patch.port[1]);
	return obj->kind == NSFAB_STATE_PORT && !strcmp(port, obj->name);
}

/* A port takes its links along. */
static bool ends_are_made_anew(const struct nsfab_state_diff *diff,
			       const struct nsfab_state_obj *link)
{
	size_t i;

	for (i = 0; i + 1 < diff->n; i++)
		if (takes_port(&diff->op[i], link, link->as_link.from) ||
		    takes_port(&diff->op[i], link, link->as_link.to))
			return true;
	return false;
}

/* Events are of links that are there: made anew, they are told again. */
static bool links_are_made(const struct nsfab_state_diff *diff,
			   const char *host)
{
	size_t i;

	for (i = diff->n; i--;)
		if (diff->op[i].verb == NSFAB_STATE_CREATE &&
		    state_is_link(diff->op[i].new) &&
		    !strcmp(diff->op[i].new->host, host))
			return true;
	return false;
}

static void add_change(struct nsfab_state_diff *diff,
		       const struct nsfab_state_obj *old,
		       const struct nsfab_state_obj *new)
{
	uint32_t what = state_obj_diff(old, new);

	if (new->kind != NSFAB_STATE_HOST &&
	    host_is_made_anew(diff, new->host))
		what |= STATE_DIFF_ANEW;
	if (new->kind == NSFAB_STATE_LINK && ends_are_made_anew(diff, new))
		what |= STATE_DIFF_ANEW;
	if (new->kind == NSFAB_STATE_SCHEDULE && !what &&
	    links_are_made(diff, new->host))
		what |= STATE_DIFF_SCHEDULE;
	if (!what)
		return;
	count(diff, old, new);
	if (what & STATE_DIFF_ANEW) {
		add_op(diff, old, NULL);
		add_op(diff, NULL, new);
	} else {
		add_op(diff, old, new);
	}
}

/* An empty set of routes and none are the same. */
static bool is_nothing(const struct nsfab_state_obj *obj)
{
	return obj->kind == NSFAB_STATE_ROUTES && !obj->as_routes.n;
}

static void walk(struct nsfab_state_diff *diff,
		 const struct nsfab_state_obj **old, size_t n_old,
		 const struct nsfab_state_obj **new, size_t n_new)
{
	size_t i = 0, j = 0;
	int order;

	while (i < n_old || j < n_new) {
		if (i == n_old)
			order = 1;
		else if (j == n_new)
			order = -1;
		else
			order = state_key_cmp(old[i], new[j]);
		if (!order) {
			add_change(diff, old[i++], new[j++]);
		} else if (order < 0) {
			if (!is_nothing(old[i])) {
				count(diff, old[i], NULL);
				add_op(diff, old[i], NULL);
			}
			i++;
		} else {
			if (!is_nothing(new[j])) {
				count(diff, NULL, new[j]);
				add_op(diff, NULL, new[j]);
			}
			j++;
		}
	}
}

int nsfab_state_diff(const struct nsfab_state *running,
		     const struct nsfab_state *desired,
		     struct nsfab_state_diff *diff)
{
	const struct nsfab_state_obj **old, **new;
	struct state_arena *arena;
	size_t n_old, n_new;
	int err = -ENOMEM;

	memset(diff, 0, sizeof(*diff));
	old = sorted(running, &n_old);
	new = sorted(desired, &n_new);
	arena = calloc(1, sizeof(*arena));
	diff->arena = arena;
	diff->op = calloc(n_old + n_new + 1, sizeof(*diff->op));
	if (old && new && arena && diff->op) {
		walk(diff, old, n_old, new, n_new);
		err = state_order(diff, arena);
	}
	free(old);
	free(new);
	if (err)
		nsfab_state_diff_free(diff);
	return err;
}

void nsfab_state_diff_free(struct nsfab_state_diff *diff)
{
	if (diff->arena)
		state_arena_free(diff->arena);
	free(diff->arena);
	free(diff->op);
	memset(diff, 0, sizeof(*diff));
}
