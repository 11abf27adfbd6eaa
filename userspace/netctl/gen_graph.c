// SPDX-License-Identifier: GPL-2.0-or-later
/* Graphs of switches, links and hosts. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static void *more(struct gen_graph *graph, void *list, size_t n, size_t *room,
		  size_t size)
{
	void *grown;

	if (n < *room)
		return list;
	grown = reallocarray(list, *room ? *room * 2 : 64, size);
	if (!grown) {
		graph->no_memory = true;
		return NULL;
	}
	*room = *room ? *room * 2 : 64;
	return grown;
}

size_t gen_add_switch(struct gen_graph *graph, const char *fmt, ...)
{
	struct gen_switch *list;
	va_list ap;

	list = more(graph, graph->sw, graph->n_switches, &graph->switch_room,
		    sizeof(*list));
	if (!list)
		return 0;
	graph->sw = list;
	va_start(ap, fmt);
	vsnprintf(list[graph->n_switches].name, GEN_NAME_SIZE, fmt, ap);
	va_end(ap);
	return graph->n_switches++;
}

struct gen_link *gen_add_link(struct gen_graph *graph, size_t a, size_t b)
{
	struct gen_link *list;

	list = more(graph, graph->link, graph->n_links, &graph->link_room,
		    sizeof(*list));
	if (!list)
		return NULL;
	graph->link = list;
	list += graph->n_links++;
	memset(list, 0, sizeof(*list));
	list->a = a;
	list->b = b;
	return list;
}

void gen_add_host(struct gen_graph *graph, size_t at, const char *fmt, ...)
{
	struct gen_host *list;
	va_list ap;

	list = more(graph, graph->host, graph->n_hosts, &graph->host_room,
		    sizeof(*list));
	if (!list)
		return;
	graph->host = list;
	list += graph->n_hosts++;
	list->at = at;
	va_start(ap, fmt);
	vsnprintf(list->name, GEN_NAME_SIZE, fmt, ap);
	va_end(ap);
}

void gen_free(struct gen_graph *graph)
{
	free(graph->sw);
	free(graph->link);
	free(graph->host);
	memset(graph, 0, sizeof(*graph));
}

static size_t root_of(size_t *up, size_t i)
{
	while (up[i] != i) {
		up[i] = up[up[i]];
		i = up[i];
	}
	return i;
}

size_t gen_parts(const struct gen_graph *graph, bool *loop)
{
	size_t parts = graph->n_switches, i, a, b;
	size_t *up;

	*loop = false;
	up = calloc(graph->n_switches + 1, sizeof(*up));
	if (!up)
		return 0;
	for (i = 0; i < graph->n_switches; i++)
		up[i] = i;
	for (i = 0; i < graph->n_links; i++) {
		a = root_of(up, graph->link[i].a);
		b = root_of(up, graph->link[i].b);
		if (a == b) {
			*loop = true;
			continue;
		}
		up[a] = b;
		parts--;
	}
	free(up);
	return parts;
}
