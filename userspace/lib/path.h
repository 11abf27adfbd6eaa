/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shortest paths in a graph of switches, to one of them at a time. */
#ifndef NSFAB_LIB_PATH_H
#define NSFAB_LIB_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#define PATH_FAR UINT64_MAX	/* there is no way */

/**
 * struct path_edge - a link
 * @node: its two ends
 * @cost: of going along it, above 0
 * @hash: tells it from others, for the choice between equal paths
 */
struct path_edge {
	uint32_t node[2];
	uint64_t cost;
	uint64_t hash;
};

/* One end of a link. */
struct path_arc {
	uint32_t edge;
	uint8_t end;		/* which node of the edge it leaves */
};

struct path_graph {
	const struct path_edge *edge;
	size_t n_nodes;
	uint32_t *first;	/* of each node, its arcs in @arc */
	struct path_arc *arc;
	uint64_t *distance;
	bool equal;		/* all costs are */
	uint32_t *heap;
	uint32_t *place;	/* in the heap */
	size_t n_heap;
};

/* 0 or -ENOMEM; to be given back by path_free(). @edge is not copied. */
int path_init(struct path_graph *graph, size_t n_nodes,
	      const struct path_edge *edge, size_t n_edges);
void path_free(struct path_graph *graph);

/* How far all nodes are from @to. */
void path_find(struct path_graph *graph, uint32_t to);

/* The first arcs of all shortest paths from a node; room for its degree. */
size_t path_next(const struct path_graph *graph, uint32_t node,
		 const struct path_arc **arcs);

/*
 * One of them for @key: the same whatever their order, and another one only
 * if this one is gone.
 */
const struct path_arc *path_choose(const struct path_graph *graph,
				   const struct path_arc *const *arcs, size_t n,
				   uint64_t key);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_PATH_H */
