/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traces and distributions that stand in a lab file, not in one of their own. */
#ifndef NETCTL_LAB_POINTS_H
#define NETCTL_LAB_POINTS_H

#include "lab_diag.h"
#include "lab_yaml.h"
#include "link_values.h"

/* Whether a link's value is one. */
bool lab_is_points(const struct lab_node *node);

/* Take it, of key "trace" or "dist"; complains to @diag. */
void lab_get_points(struct lab_diag *diag, const char *key,
		    const struct lab_node *node, struct link_values *v);

#endif
