/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML file as a tree that knows where everything was written.
 *
 * Scalars are of the types of YAML 1.2's core schema, so that `off` and `no`
 * are words and 02:00:00:00:00:01 is no number. Anchors, aliases and merge
 * keys (<<) are resolved here: an aliased node is shared, not copied, and
 * keeps the position of its anchor.
 */
#ifndef NETCTL_LAB_YAML_H
#define NETCTL_LAB_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab_diag.h"

/* Bounds: whatever a file holds, loading it takes little time and memory. */
#define LAB_YAML_SIZE_MAX (32u << 20)	/* bytes of the file */
#define LAB_YAML_DEPTH_MAX 32		/* nesting */
#define LAB_YAML_NODES_MAX 4000000	/* nodes, aliases counted as written out */
#define LAB_YAML_ANCHORS_MAX 1000

enum lab_node_type {
	LAB_NODE_NULL,
	LAB_NODE_BOOL,
	LAB_NODE_INT,
	LAB_NODE_FLOAT,
	LAB_NODE_STRING,
	LAB_NODE_LIST,
	LAB_NODE_MAP,
};

/**
 * struct lab_pair - one entry of a map
 * @key: the key, always a scalar; its @text is the key whatever its type
 * @value: the value
 */
struct lab_pair {
	struct lab_node *key;
	struct lab_node *value;
};

/**
 * struct lab_node - a node
 * @type: which of the members below hold something
 * @line: line where it starts, from 1 on
 * @column: column where it starts, from 1 on
 * @weight: nodes in this tree, aliases counted as if written out
 * @text: of a scalar, as written (NUL-terminated, no NUL inside)
 * @integer: of LAB_NODE_INT
 * @number: of LAB_NODE_FLOAT and LAB_NODE_INT
 * @boolean: of LAB_NODE_BOOL
 * @n: children of a list or map
 * @item: of a list
 * @pair: of a map, in the file's order, keys unique
 */
struct lab_node {
	enum lab_node_type type;
	unsigned int line;
	unsigned int column;
	uint64_t weight;
	char *text;
	int64_t integer;
	double number;
	bool boolean;
	size_t n;
	union {
		struct lab_node **item;
		struct lab_pair *pair;
	};
};

struct lab_yaml;

/**
 * lab_yaml_load() - read a file
 * @path: its name, "-" for standard input
 * @diag: gets what is wrong
 *
 * Return: the file, to be given back by lab_yaml_free(), or NULL with at
 * least one complaint in @diag.
 */
struct lab_yaml *lab_yaml_load(const char *path, struct lab_diag *diag);

/**
 * lab_yaml_parse() - the same from memory
 * @data: text, need not be NUL-terminated
 * @size: its size in bytes
 * @diag: gets what is wrong
 *
 * Return: as lab_yaml_load().
 */
struct lab_yaml *lab_yaml_parse(const void *data, size_t size,
				struct lab_diag *diag);

/** lab_yaml_free() - give back a file with all of its nodes; NULL is fine. */
void lab_yaml_free(struct lab_yaml *yaml);

/** lab_yaml_root() - the document's node, owned by @yaml. */
const struct lab_node *lab_yaml_root(const struct lab_yaml *yaml);

/** lab_node_get() - value of @key in map @node, NULL if there is none. */
const struct lab_node *lab_node_get(const struct lab_node *node,
				    const char *key);

/** lab_node_type_name() - a type as users know it ("a list"). */
const char *lab_node_type_name(enum lab_node_type type);

#endif
