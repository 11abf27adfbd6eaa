// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shortest paths: breadth first where all links cost the same, else Dijkstra. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"

int path_init(struct path_graph *graph, size_t n_nodes,
	      const struct path_edge *edge, size_t n_edges)
{
	uint32_t *at, node;
	size_t i, end;

	memset(graph, 0, sizeof(*graph));
	graph->edge = edge;
	graph->n_nodes = n_nodes;
	graph->first = calloc(n_nodes + 2, sizeof(*graph->first));
	graph->arc = calloc(2 * n_edges + 1, sizeof(*graph->arc));
	graph->distance = calloc(n_nodes + 1, sizeof(*graph->distance));
	graph->heap = calloc(n_nodes + 1, sizeof(*graph->heap));
	graph->place = calloc(n_nodes + 1, sizeof(*graph->place));
	at = calloc(n_nodes + 1, sizeof(*at));
	if (!graph->first || !graph->arc || !graph->distance || !graph->heap ||
	    !graph->place || !at) {
		free(at);
		path_free(graph);
		return -ENOMEM;
	}
	graph->equal = true;
	for (i = 0; i < n_edges; i++) {
		graph->first[edge[i].node[0] + 1]++;
		graph->first[edge[i].node[1] + 1]++;
		graph->equal &= edge[i].cost == edge[0].cost;
	}
	for (i = 0; i < n_nodes; i++)
		graph->first[i + 1] += graph->first[i];
	for (i = 0; i < n_edges; i++)
		for (end = 0; end < 2; end++) {
			node = edge[i].node[end];
			graph->arc[graph->first[node] + at[node]++] =
				(struct path_arc){ .edge = i, .end = end };
		}
	free(at);
	return 0;
}

void path_free(struct path_graph *graph)
{
	free(graph->first);
	free(graph->arc);
	free(graph->distance);
	free(graph->heap);
	free(graph->place);
	memset(graph, 0, sizeof(*graph));
}

static void find_breadth_first(struct path_graph *graph, uint32_t to)
{
	const struct path_edge *edge;
	size_t head = 0, tail = 0;
	uint32_t node, other, i;

	graph->heap[tail++] = to;
	while (head < tail) {
		node = graph->heap[head++];
		for (i = graph->first[node]; i < graph->first[node + 1]; i++) {
			edge = &graph->edge[graph->arc[i].edge];
			other = edge->node[!graph->arc[i].end];
			if (graph->distance[other] != PATH_FAR)
				continue;
			graph->distance[other] = graph->distance[node] +
						 edge->cost;
			graph->heap[tail++] = other;
		}
	}
}

static void put(struct path_graph *graph, size_t at, uint32_t node)
{
	graph->heap[at] = node;
	graph->place[node] = at;
}

/* Nearer than before: up with it. */
static void lift(struct path_graph *graph, uint32_t node)
{
	size_t at = graph->place[node], up;

	while (at) {
		up = (at - 1) / 2;
		if (graph->distance[graph->heap[up]] <= graph->distance[node])
			break;
		put(graph, at, graph->heap[up]);
		at = up;
	}
	put(graph, at, node);
}

static uint32_t take_nearest(struct path_graph *graph)
{
	uint32_t nearest = graph->heap[0], node, at = 0, down;

	node = graph->heap[--graph->n_heap];
	for (;;) {
		down = 2 * at + 1;
		if (down >= graph->n_heap)
			break;
		if (down + 1 < graph->n_heap &&
		    graph->distance[graph->heap[down + 1]] <
		    graph->distance[graph->heap[down]])
			down++;
		if (graph->distance[node] <= graph->distance[graph->heap[down]])
			break;
		put(graph, at, graph->heap[down]);
		at = down;
	}
	if (graph->n_heap)
		put(graph, at, node);
	return nearest;
}

static void find_by_cost(struct path_graph *graph, uint32_t to)
{
	const struct path_edge *edge;
	uint32_t node, other, i;
	uint64_t distance;

	graph->n_heap = 1;
	put(graph, 0, to);
	while (graph->n_heap) {
		node = take_nearest(graph);
		for (i = graph->first[node]; i < graph->first[node + 1]; i++) {
			edge = &graph->edge[graph->arc[i].edge];
			other = edge->node[!graph->arc[i].end];
			distance = graph->distance[node] + edge->cost;
			if (distance >= graph->distance[other])
				continue;
			if (graph->distance[other] == PATH_FAR)
				graph->place[other] = graph->n_heap++;
			graph->distance[other] = distance;
			lift(graph, other);
		}
	}
}

void path_find(struct path_graph *graph, uint32_t to)
{
	size_t i;

	for (i = 0; i < graph->n_nodes; i++)
		graph->distance[i] = PATH_FAR;
	graph->distance[to] = 0;
	if (graph->equal)
		find_breadth_first(graph, to);
	else
		find_by_cost(graph, to);
}

size_t path_next(const struct path_graph *graph, uint32_t node,
		 const struct path_arc **arcs)
{
	const struct path_edge *edge;
	uint64_t distance;
	uint32_t i;
	size_t n = 0;

	if (graph->distance[node] == PATH_FAR || !graph->distance[node])
		return 0;
	for (i = graph->first[node]; i < graph->first[node + 1]; i++) {
		edge = &graph->edge[graph->arc[i].edge];
		distance = graph->distance[edge->node[!graph->arc[i].end]];
		if (distance != PATH_FAR &&
		    distance + edge->cost == graph->distance[node])
			arcs[n++] = &graph->arc[i];
	}
	return n;
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

const struct path_arc *path_choose(const struct path_graph *graph,
				   const struct path_arc *const *arcs, size_t n,
				   uint64_t key)
{
	const struct path_arc *best = NULL;
	uint64_t most = 0, weight;
	size_t i;

	for (i = 0; i < n; i++) {
		weight = mix(key ^ graph->edge[arcs[i]->edge].hash);
		if (!best || weight > most) {
			best = arcs[i];
			most = weight;
		}
	}
	return best;
}
