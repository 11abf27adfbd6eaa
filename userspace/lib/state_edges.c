// SPDX-License-Identifier: LGPL-2.1-or-later
/* How the networks of a tenant are linked: by patches, which links may delay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_switch.h"

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
	return 0;
}
