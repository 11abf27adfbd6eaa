// SPDX-License-Identifier: LGPL-2.1-or-later
/* How the networks of a tenant are linked: by patches, which links may delay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_switch.h"

/* A port of a patch, and where its link is told. */
struct end {
	const char *port;
	struct state_edge *edge;
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return strcmp(x->port, y->port);
}

static void delay(const struct end *end, size_t n, const char *port,
		  uint64_t ns)
{
	const struct end key = { .port = port };
	const struct end *found;

	found = port ? bsearch(&key, end, n, sizeof(*end), compare_ends) : NULL;
	/* Of two directions, the slower one. */
	if (found && found->edge->delay < ns)
		found->edge->delay = ns;
}

static int add_delays(const struct nsfab_state *state, const char *tenant,
		      struct state_edge *edge, size_t n)
{
	const struct nsfab_state_link *link;
	struct end *end;
	size_t i;

	end = calloc(2 * n + 1, sizeof(*end));
	if (!end)
		return -ENOMEM;
	for (i = 0; i < 2 * n; i++) {
		end[i].port = edge[i / 2].port[i % 2];
		end[i].edge = &edge[i / 2];
	}
	qsort(end, 2 * n, sizeof(*end), compare_ends);
	for (i = 0; i < state->n && n; i++) {
		link = &state->obj[i]->as_link;
		if (state->obj[i]->kind != NSFAB_STATE_LINK ||
		    strcmp(state->obj[i]->tenant, tenant) || !link->conf)
			continue;
		delay(end, 2 * n, link->from, link->conf->delay);
		delay(end, 2 * n, link->to, link->conf->delay);
	}
	free(end);
	return 0;
}

int state_edges(const struct nsfab_state *state, const char *tenant,
		struct state_edge **edges, size_t *n)
{
	const struct nsfab_state_patch *patch;
	struct state_edge *edge;
	size_t i, end;

	*n = 0;
	*edges = edge = calloc(state->n + 1, sizeof(*edge));
	if (!edge)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		if (state->obj[i]->kind != NSFAB_STATE_PATCH ||
		    strcmp(state->obj[i]->tenant, tenant))
			continue;
		patch = &state->obj[i]->as_patch;
		for (end = 0; end < 2; end++) {
			edge[*n].network[end] = patch->network[end];
			edge[*n].port[end] = patch->port[end];
		}
		++*n;
	}
	return add_delays(state, tenant, edge, *n);
}
