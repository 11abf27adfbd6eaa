/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of a GraphML file. */
#ifndef NETCTL_GEN_GRAPHML_H
#define NETCTL_GEN_GRAPHML_H

#include "gen.h"

#define GRAPHML_TEXT	256

struct graphml_node {
	char *id;
	size_t number;		/* of its switch */
	char label[GRAPHML_TEXT];
	double latitude;
	double longitude;
	bool has_latitude;
	bool has_longitude;
};

struct graphml_edge {
	char *source;
	char *target;
	double speed;		/* bits per second, 0 if not known */
};

struct graphml {
	struct netctl_ctx *ctx;
	const char *path;
	struct graphml_node *node;
	size_t nodes;
	struct graphml_edge *edge;
	size_t edges;
};

/* Switches, links and hosts; 0, NETCTL_USAGE after a message, or -ENOMEM. */
int graphml_make(const struct graphml *graphml, struct gen_graph *graph,
		 uint64_t hosts);

#endif
