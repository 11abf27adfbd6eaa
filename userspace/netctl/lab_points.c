// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces and distributions that stand in a lab file: a list of opportunities,
 * or a map of it and its period; a map of a table, in the scale of tc-netem(8)'s
 * files, with fractions, because the kernel's is finer.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab_points.h"

bool lab_is_points(const struct lab_node *node)
{
	return node->type == LAB_NODE_LIST || node->type == LAB_NODE_MAP;
}

static void get_trace(struct lab_diag *diag, const struct lab_node *node,
		      struct link_values *v)
{
	const struct lab_node *period = lab_node_get(node, "period");
	const struct lab_node *list = node->type == LAB_NODE_MAP ?
				      lab_node_get(node, "at") : node;
	uint32_t last = 0;
	size_t i;

	free(v->trace);
	v->trace = calloc(list->n, sizeof(*v->trace));
	if (!v->trace)
		return lab_diag_add(diag, 0, 0, "out of memory");
	for (i = 0; i < list->n; i++) {
		v->trace[i] = list->item[i]->number;
		if (v->trace[i] < last)
			return lab_diag_add(diag, list->item[i]->line,
					    list->item[i]->column,
					    "%u goes back behind %u", v->trace[i],
					    last);
		last = v->trace[i];
	}
	v->link.present |= NSFAB_LINK_HAS_TRACE;
	v->link.trace = v->trace;
	v->link.n_trace = list->n;
	v->link.trace_period = period ? (uint32_t)period->number : last;
	if (!v->link.trace_period)
		lab_diag_add(diag, node->line, node->column,
			     "the last one is 0, it must be when the trace begins again");
	else if (v->link.trace_period < last)
		lab_diag_add(diag, period->line, period->column,
			     "the period is over before the last one, %u", last);
}

static void get_table(struct lab_diag *diag, const struct lab_node *list,
		      struct link_values *v)
{
	const double scale = LINK_SCALE / LINK_FILE_SCALE;
	const struct lab_node *item;
	size_t i;

	free(v->table);
	v->table = calloc(list->n, sizeof(*v->table));
	if (!v->table)
		return lab_diag_add(diag, 0, 0, "out of memory");
	for (i = 0; i < list->n; i++) {
		item = list->item[i];
		v->table[i] = lround(item->number * scale);
		if (v->table[i] != item->number * scale)
			return lab_diag_add(diag, item->line, item->column,
					    "%s is no multiple of 1/%g",
					    item->text, scale);
		if (i && v->table[i] < v->table[i - 1])
			return lab_diag_add(diag, item->line, item->column,
					    "%s is less than the number before: they must rise",
					    item->text);
	}
	v->link.present |= NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE;
	v->link.dist = NSFAB_LINK_DIST_TABLE;
	v->link.table = v->table;
	v->link.n_table = list->n;
}

void lab_get_points(struct lab_diag *diag, const char *key,
		    const struct lab_node *node, struct link_values *v)
{
	if (!strcmp(key, "trace"))
		get_trace(diag, node, v);
	else
		get_table(diag, lab_node_get(node, "table"), v);
}
