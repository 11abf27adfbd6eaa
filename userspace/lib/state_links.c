// SPDX-License-Identifier: LGPL-2.1-or-later
/* Links of a desired state: ends, patches, paths, hosts and seeds. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_nics.h"

const char *nsfab_state_link_name(const char *from, const char *to,
				  uint32_t scope, char *buf, size_t size)
{
	int len = snprintf(buf, size, "%s>%s", from ? from : "", to ? to : "");

	if (scope && len > 0 && (size_t)len < size)
		snprintf(buf + len, size - len, "#%u", scope);
	return buf;
}

uint64_t nsfab_state_derive_seed(uint64_t seed, const char *tenant,
				 const char *link)
{
	char text[24];
	uint64_t hash;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)seed);
	hash = state_hash(STATE_HASH_INIT, text);
	hash = state_hash(hash, tenant);
	return state_hash(hash, link);
}

static bool has_hosts(const struct nsfab_state *state)
{
	/* They come first. */
	return state->n && state->obj[0]->kind == NSFAB_STATE_HOST;
}

struct linker {
	struct resolver *res;
	struct state_ends ends;
	void *patches;		/* tree of objects, by tenant and name */
};

static int compare_patches(const void *a, const void *b)
{
	const struct nsfab_state_obj *x = a, *y = b;
	int diff = strcmp(x->tenant, y->tenant);

	return diff ? diff : strcmp(x->name, y->name);
}

static void keep_it(void *obj)
{
	(void)obj;
}

/*
 * The pair of ports between two networks, once for both directions. The first
 * one by name comes first, so that the order in a file means nothing.
 */
static int make_patch(struct linker *l, const struct nsfab_state_obj *link,
		      const struct state_way *way)
{
	bool swap = strcmp(way->networks[0]->name, way->networks[1]->name) > 0;
	const struct nsfab_state_obj *a = way->networks[swap];
	const struct nsfab_state_obj *b = way->networks[!swap];
	struct state_arena *arena = &l->res->state->arena;
	struct nsfab_state_obj *obj, **found;
	struct state_way back;
	int ret;

	if (has_hosts(l->res->state)) {
		resolver_complain(l->res, link->origin, 0,
				  "a link between networks %s and %s needs a lab without hosts",
				  a->name, b->name);
		return 0;
	}
	ret = state_find_way(&l->ends, "", link->tenant,
			     way->networks[1]->name, way->networks[0]->name,
			     &back);
	if (ret)
		return ret;
	obj = state_arena_alloc(arena, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	obj->kind = NSFAB_STATE_PATCH;
	obj->origin = link->origin;
	obj->host = "";
	obj->tenant = link->tenant;
	obj->name = swap ? back.to : way->to;
	obj->labels = "";
	obj->as_patch.network[0] = a->name;
	obj->as_patch.network[1] = b->name;
	obj->as_patch.port[0] = obj->name;
	obj->as_patch.port[1] = swap ? way->to : back.to;
	found = tsearch(obj, &l->patches, compare_patches);
	if (!found)
		return -ENOMEM;
	return *found == obj ? state_push(l->res->state, obj) : 0;
}

static int resolve_ends(struct linker *l, struct nsfab_state_obj *obj)
{
	struct resolver *res = l->res;
	struct nsfab_state_link *link = &obj->as_link;
	char name[NSFAB_STATE_LINK_NAME];
	struct state_way way;
	int ret;

	ret = state_find_way(&l->ends, obj->host, obj->tenant, link->from,
			     link->to, &way);
	if (ret)
		return ret;
	if (*way.why) {
		resolver_complain(res, obj->origin, 0, "%s", way.why);
		return 0;
	}
	if (way.networks[0])
		ret = make_patch(l, obj, &way);
	if (ret)
		return ret;
	link->from = way.from;
	link->to = way.to;
	obj->host = way.host;
	if (!*obj->host && has_hosts(res->state))
		obj->host = res->state->obj[0]->name;
	nsfab_state_link_name(link->from, link->to, link->conf->scope, name,
			      sizeof(name));
	obj->name = state_arena_strdup(&res->state->arena, name);
	return obj->name ? 0 : -ENOMEM;
}

/* Bottlenecks by tenant and name; of the underlay apart from a tenant's. */
static int compare_bottlenecks(const void *a, const void *b)
{
	const struct nsfab_state_obj *x = *(struct nsfab_state_obj *const *)a;
	const struct nsfab_state_obj *y = *(struct nsfab_state_obj *const *)b;
	bool x_under = !strcmp(x->host, NSFAB_STATE_UNDERLAY_HOST);
	bool y_under = !strcmp(y->host, NSFAB_STATE_UNDERLAY_HOST);
	int diff = x_under - y_under;

	if (!diff)
		diff = strcmp(x->tenant, y->tenant);
	return diff ? diff : strcmp(x->name, y->name);
}

struct bottlenecks {
	struct nsfab_state_obj **obj;
	const struct nsfab_state_obj **user;	/* a link that goes through */
	size_t n;
};

static int find_bottlenecks(struct nsfab_state *state, struct bottlenecks *all)
{
	size_t i;

	all->n = 0;
	all->obj = calloc(state->n + 1, sizeof(*all->obj));
	all->user = calloc(state->n + 1, sizeof(*all->user));
	if (!all->obj || !all->user)
		return -ENOMEM;
	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind == NSFAB_STATE_BOTTLENECK)
			all->obj[all->n++] = state->obj[i];
	qsort(all->obj, all->n, sizeof(*all->obj), compare_bottlenecks);
	return 0;
}

static void check_hop(struct resolver *res, const struct bottlenecks *all,
		      const struct nsfab_state_obj *link, const char *name)
{
	struct nsfab_state_obj key = {
		.host = link->host, .tenant = link->tenant, .name = name,
	}, *p = &key, **found;
	const struct nsfab_state_obj *user;
	size_t i;

	found = bsearch(&p, all->obj, all->n, sizeof(*all->obj),
			compare_bottlenecks);
	if (!found) {
		resolver_complain(res, link->origin, 0,
				  "tenant %s has no bottleneck \"%s\"",
				  link->tenant, name);
		return;
	}
	i = found - all->obj;
	user = all->user[i];
	if (user && strcmp(user->host, link->host))
		resolver_complain(res, link->origin, user->origin,
				  "bottleneck %s is of links on hosts %s and %s: it can be on one alone",
				  name, user->host, link->host);
	all->user[i] = link;
}

static void check_path(struct resolver *res, const struct bottlenecks *all,
		       const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_link *link = &obj->as_link;
	unsigned int i, j;

	if (link->n_path > NSFAB_LINK_PATH_MAX)
		return resolver_complain(res, obj->origin, 0,
					 "path has more than %d bottlenecks",
					 NSFAB_LINK_PATH_MAX);
	for (i = 0; i < link->n_path; i++) {
		for (j = 0; j < i; j++)
			if (!strcmp(link->path[i], link->path[j]))
				break;
		if (j < i)
			resolver_complain(res, obj->origin, 0,
					  "path has bottleneck %s twice",
					  link->path[i]);
		else
			check_hop(res, all, obj, link->path[i]);
	}
}

static void place_bottlenecks(struct resolver *res, struct bottlenecks *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->user[i])
			all->obj[i]->host = all->user[i]->host;
		else if (!*all->obj[i]->host && has_hosts(res->state))
			all->obj[i]->host = res->state->obj[0]->name;
	}
}

static void choose_seed(const struct nsfab_state *state,
			struct nsfab_state_obj *obj)
{
	struct nsfab_link *conf = obj->as_link.conf;

	if (conf->present & NSFAB_LINK_HAS_SEED || !state->has_seed)
		return;
	conf->seed = nsfab_state_derive_seed(state->seed, obj->tenant,
					     obj->name);
}

int state_resolve_links(struct resolver *res)
{
	struct nsfab_state *state = res->state;
	struct bottlenecks all = { 0 };
	struct linker l = { .res = res };
	size_t n = state->n, i;
	int ret;

	ret = state_ends_init(&l.ends, state);
	for (i = 0; i < n && !ret; i++)
		if (state->obj[i]->kind == NSFAB_STATE_LINK)
			ret = resolve_ends(&l, state->obj[i]);
	state_ends_free(&l.ends);
	tdestroy(l.patches, keep_it);
	if (!ret)
		ret = find_bottlenecks(state, &all);
	for (i = 0; i < state->n && !ret; i++)
		if (state->obj[i]->kind == NSFAB_STATE_LINK)
			check_path(res, &all, state->obj[i]);
	if (!ret)
		place_bottlenecks(res, &all);
	for (i = 0; i < state->n && !ret; i++)
		if (state_is_link(state->obj[i]))
			choose_seed(state, state->obj[i]);
	free(all.obj);
	free(all.user);
	return ret;
}
