// SPDX-License-Identifier: GPL-2.0-or-later
/* From nodes and edges to switches and links. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "gen_graphml.h"

#define EARTH_RADIUS	6371.0			/* km */
#define KM_PER_S	(299792.458 * 2 / 3)	/* of light in glass */

static int compare_nodes(const void *a, const void *b)
{
	const struct graphml_node *x = *(const struct graphml_node *const *)a;
	const struct graphml_node *y = *(const struct graphml_node *const *)b;

	return strcmp(x->id, y->id);
}

static const struct graphml_node *find_node(struct graphml_node **sorted,
					    size_t n, const char *id)
{
	struct graphml_node key = { .id = (char *)id }, *p = &key, **found;

	found = bsearch(&p, sorted, n, sizeof(*sorted), compare_nodes);
	return found ? *found : NULL;
}

/* A name of the letters that names have, or none. */
static void make_name(char name[GEN_NAME_SIZE], const char *label)
{
	size_t len = 0;

	for (; *label && len < GEN_NAME_SIZE - 16; label++) {
		if (isalnum((unsigned char)*label) || *label == '_')
			name[len++] = *label;
		else if (len && name[len - 1] != '-')
			name[len++] = '-';
	}
	while (len && name[len - 1] == '-')
		len--;
	name[len] = '\0';
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names of labels; those that are there already get the number behind. */
static int add_switches(const struct graphml *graphml, struct gen_graph *graph)
{
	char (*names)[GEN_NAME_SIZE], name[GEN_NAME_SIZE], *mine;
	struct graphml_node *node;
	void *tree = NULL;
	size_t i, at, len;

	names = calloc(graphml->nodes, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (i = 0; i < graphml->nodes; i++) {
		node = &graphml->node[i];
		mine = names[i];
		make_name(name, *node->label ? node->label : node->id);
		len = snprintf(mine, GEN_NAME_SIZE, "%s", *name ? name : "s");
		for (at = i + 1; tfind(mine, &tree, compare_names); at++)
			snprintf(mine + len, GEN_NAME_SIZE - len, "-%zu", at);
		tsearch(mine, &tree, compare_names);
		node->number = gen_add_switch(graph, "%s", mine);
	}
	while (tree)
		tdelete(*(void **)tree, &tree, compare_names);
	free(names);
	return graph->no_memory ? -ENOMEM : 0;
}

static double radians(double degrees)
{
	return degrees * M_PI / 180;
}

/* As the crow flies, in glass; 0 if a place is not known. */
static uint64_t delay_between(const struct graphml_node *a, const struct graphml_node *b)
{
	double lat, lon, h;

	if (!a->has_latitude || !a->has_longitude || !b->has_latitude ||
	    !b->has_longitude)
		return 0;
	lat = sin(radians(b->latitude - a->latitude) / 2);
	lon = sin(radians(b->longitude - a->longitude) / 2);
	h = lat * lat + cos(radians(a->latitude)) * cos(radians(b->latitude)) *
	    lon * lon;
	h = 2 * EARTH_RADIUS * asin(sqrt(h < 0 ? 0 : h > 1 ? 1 : h));
	/* Whole microseconds are as good as the places are. */
	return llround(h / KM_PER_S * 1e6) * 1000;
}

static int compare_links(const void *a, const void *b)
{
	const struct gen_link *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

/* Between two switches one link is enough: the fastest. */
static void merge_links(const struct graphml *graphml, struct gen_graph *graph,
			size_t loops)
{
	size_t i, n = 0, before = graph->n_links;

	if (before)
		qsort(graph->link, before, sizeof(*graph->link),
		      compare_links);
	for (i = 0; i < before; i++) {
		if (n && !compare_links(&graph->link[n - 1], &graph->link[i])) {
			if (graph->link[n - 1].rate < graph->link[i].rate)
				graph->link[n - 1].rate = graph->link[i].rate;
			continue;
		}
		graph->link[n++] = graph->link[i];
	}
	graph->n_links = n;
	if (before - n)
		netctl_note(graphml->ctx, "left out: %zu parallel edge%s",
			    before - n, netctl_plural(before - n));
	if (loops)
		netctl_note(graphml->ctx,
			    "left out: %zu edge%s from a node to itself",
			    loops, netctl_plural(loops));
}

static int add_links(const struct graphml *graphml, struct gen_graph *graph,
		     struct graphml_node **sorted)
{
	const struct graphml_node *a, *b;
	struct gen_link *link;
	size_t i, loops = 0;

	for (i = 0; i < graphml->edges; i++) {
		a = find_node(sorted, graphml->nodes, graphml->edge[i].source);
		b = find_node(sorted, graphml->nodes, graphml->edge[i].target);
		if (!a || !b)
			return netctl_usage(graphml->ctx,
					    "%s: an edge from \"%s\" to \"%s\", but no such node",
					    graphml->path, graphml->edge[i].source,
					    graphml->edge[i].target);
		if (a == b) {
			loops++;
			continue;
		}
		link = gen_add_link(graph, a->number < b->number ? a->number :
				    b->number, a->number < b->number ?
				    b->number : a->number);
		if (!link)
			return -ENOMEM;
		link->delay = delay_between(a, b);
		link->rate = graphml->edge[i].speed < 1e18 ?
			     graphml->edge[i].speed : 0;
	}
	merge_links(graphml, graph, loops);
	return 0;
}

int graphml_make(const struct graphml *graphml, struct gen_graph *graph,
		 uint64_t hosts)
{
	struct graphml_node **sorted;
	size_t i, j;
	int ret;

	if (!graphml->nodes)
		return netctl_usage(graphml->ctx, "%s: there are no nodes",
				    graphml->path);
	sorted = calloc(graphml->nodes, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	ret = add_switches(graphml, graph);
	for (i = 0; i < graphml->nodes; i++)
		sorted[i] = &graphml->node[i];
	qsort(sorted, graphml->nodes, sizeof(*sorted), compare_nodes);
	for (i = 1; i < graphml->nodes && !ret; i++)
		if (!compare_nodes(&sorted[i - 1], &sorted[i]))
			ret = netctl_usage(graphml->ctx,
					   "%s: node \"%s\" is there twice",
					   graphml->path, sorted[i]->id);
	if (!ret)
		ret = add_links(graphml, graph, sorted);
	for (i = 0; i < graph->n_switches && !ret; i++)
		for (j = 0; j < hosts && graph->n_hosts <= GEN_MOST; j++)
			gen_add_host(graph, i, "h%zu", graph->n_hosts + 1);
	free(sorted);
	return ret;
}
