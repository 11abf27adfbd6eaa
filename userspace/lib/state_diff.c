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

static uint64_t owner_hash(const char *host, const char *tenant,
			   const char *name, size_t len)
{
	uint64_t hash = state_hash(state_hash(STATE_HASH_INIT, host), tenant);

	/* As if there was a string of that length */
	while (len--)
		hash = (hash ^ (unsigned char)*name++) * 1099511628211ull;
	return state_hash(hash, "");
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Ports, or those whose ports, are taken away and made anew, by hash. */
struct anew {
	uint64_t *hash;
	size_t n;
	bool sorted;
};

static void note_anew(struct anew *anew, const struct nsfab_state_obj *obj)
{
	const char *tenant = obj->tenant, *host = obj->host;
	const char *port[2] = { obj->name, NULL };
	int i;

	if (obj->kind == NSFAB_STATE_HOST) {
		host = NSFAB_STATE_UNDERLAY_HOST;
		tenant = "";
	} else if (obj->kind == NSFAB_STATE_PATCH) {
		port[0] = obj->as_patch.port[0];
		port[1] = obj->as_patch.port[1];
	} else if (obj->kind != NSFAB_STATE_VM &&
		   obj->kind != NSFAB_STATE_PORT) {
		return;
	}
	for (i = 0; i < 2 && port[i]; i++)
		anew->hash[anew->n++] = owner_hash(host, tenant, port[i],
						   strlen(port[i]));
	anew->sorted = false;
}

static bool has_anew(struct anew *anew, const struct nsfab_state_obj *link,
		     const char *name, size_t len)
{
	bool underlay = !strcmp(link->host, NSFAB_STATE_UNDERLAY_HOST);
	uint64_t hash = owner_hash(link->host, underlay ? "" : link->tenant,
				   name, len);

	if (!anew->sorted)
		qsort(anew->hash, anew->n, sizeof(hash), compare_hashes);
	anew->sorted = true;
	return bsearch(&hash, anew->hash, anew->n, sizeof(hash),
		       compare_hashes);
}

/* A port takes its links along: one of that name, or one that is a NIC. */
static bool end_is_made_anew(struct anew *anew,
			     const struct nsfab_state_obj *link,
			     const char *port)
{
	return anew->n && port &&
	       (has_anew(anew, link, port, strlen(port)) ||
		has_anew(anew, link, port, strcspn(port, "/")));
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

static void add_change(struct nsfab_state_diff *diff, struct anew *anew,
		       const struct nsfab_state_obj *old,
		       const struct nsfab_state_obj *new)
{
	uint32_t what = state_obj_diff(old, new);

	if (new->kind != NSFAB_STATE_HOST &&
	    host_is_made_anew(diff, new->host))
		what |= STATE_DIFF_ANEW;
	if (new->kind == NSFAB_STATE_LINK &&
	    (end_is_made_anew(anew, new, new->as_link.from) ||
	     end_is_made_anew(anew, new, new->as_link.to)))
		what |= STATE_DIFF_ANEW;
	if (new->kind == NSFAB_STATE_SCHEDULE && !what &&
	    links_are_made(diff, new->host))
		what |= STATE_DIFF_ANEW;
	if (!what)
		return;
	count(diff, old, new);
	if (what & STATE_DIFF_ANEW) {
		add_op(diff, old, NULL);
		add_op(diff, NULL, new);
		note_anew(anew, old);
	} else {
		add_op(diff, old, new);
	}
}

static bool schedule_begins(const struct nsfab_state_diff *diff,
			    const char *host)
{
	size_t i;

	/* After links, before what little comes behind schedules */
	for (i = diff->n; i-- && (!diff->op[i].new ||
				  !state_is_link(diff->op[i].new));)
		if (diff->op[i].new &&
		    diff->op[i].new->kind == NSFAB_STATE_SCHEDULE &&
		    !strcmp(diff->op[i].new->host, host))
			return true;
	return false;
}

/*
 * Links that nothing changes but a schedule that begins: where that is undone,
 * so is what its first events did.
 */
static void add_scheduled(struct nsfab_state_diff *diff,
			  const struct nsfab_state_op *same, size_t n)
{
	const char *host = NULL;
	bool begins = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!host || strcmp(host, same[i].new->host)) {
			host = same[i].new->host;
			begins = schedule_begins(diff, host);
		}
		if (!begins)
			continue;
		add_op(diff, same[i].old, same[i].new);
		diff->op[diff->n - 1].partial = true;
	}
}

/* An empty set of routes and none are the same. */
static bool is_nothing(const struct nsfab_state_obj *obj)
{
	return obj->kind == NSFAB_STATE_ROUTES && !obj->as_routes.n;
}

/* @same: room for @n_old steps */
static void walk(struct nsfab_state_diff *diff, struct anew *anew,
		 const struct nsfab_state_obj **old, size_t n_old,
		 const struct nsfab_state_obj **new, size_t n_new,
		 struct nsfab_state_op *same)
{
	size_t i = 0, j = 0, n, n_same = 0;
	int order;

	while (i < n_old || j < n_new) {
		if (i == n_old)
			order = 1;
		else if (j == n_new)
			order = -1;
		else
			order = state_key_cmp(old[i], new[j]);
		if (!order) {
			n = diff->n;
			add_change(diff, anew, old[i], new[j]);
			if (n == diff->n && state_is_link(new[j]) &&
			    new[j]->as_link.scheduled)
				same[n_same++] = (struct nsfab_state_op){
					.old = old[i], .new = new[j],
				};
			i++;
			j++;
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
	add_scheduled(diff, same, n_same);
}

int nsfab_state_diff(const struct nsfab_state *running,
		     const struct nsfab_state *desired,
		     struct nsfab_state_diff *diff)
{
	const struct nsfab_state_obj **old, **new;
	struct nsfab_state_op *same;
	struct anew anew = { .n = 0 };
	struct state_arena *arena;
	size_t n_old, n_new;
	int err = -ENOMEM;

	memset(diff, 0, sizeof(*diff));
	old = sorted(running, &n_old);
	new = sorted(desired, &n_new);
	arena = calloc(1, sizeof(*arena));
	diff->arena = arena;
	diff->op = calloc(n_old + n_new + 1, sizeof(*diff->op));
	anew.hash = calloc(2 * n_old + 1, sizeof(*anew.hash));
	same = calloc(n_old + 1, sizeof(*same));
	if (old && new && arena && diff->op && anew.hash && same) {
		walk(diff, &anew, old, n_old, new, n_new, same);
		err = state_order(diff, arena);
	}
	free(same);
	free(anew.hash);
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
