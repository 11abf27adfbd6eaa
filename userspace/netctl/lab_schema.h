/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks a lab file against the published schema, which the binary carries.
 *
 * The checker is driven by the schema alone and knows the keywords that the
 * schema uses; one that it does not know is an error, not a silence.
 */
#ifndef NETCTL_LAB_SCHEMA_H
#define NETCTL_LAB_SCHEMA_H

#include "lab_diag.h"
#include "lab_yaml.h"

/** lab_schema_text() - the schema as JSON text, a static string. */
const char *lab_schema_text(void);

/**
 * lab_schema_check() - whether a tree is what the schema asks for
 * @root: the file's root
 * @diag: gets each place that is not, with its path and what is allowed
 *
 * Return: 0, -EINVAL with complaints in @diag, or -ENOMEM.
 */
int lab_schema_check(const struct lab_node *root, struct lab_diag *diag);

#endif
