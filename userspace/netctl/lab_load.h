/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a lab file to the state that it asks for. */
#ifndef NETCTL_LAB_LOAD_H
#define NETCTL_LAB_LOAD_H

#include <nsfab/state.h>

#include "lab_diag.h"
#include "lab_yaml.h"

/**
 * struct lab_file - a lab file that was read
 * @diag: what is wrong with it
 * @yaml: its text as a tree
 * @state: what it asks for
 * @origins: entries in @origin
 * @origin: where in the file what @state calls by number is
 */
struct lab_file {
	struct lab_diag diag;
	struct lab_yaml *yaml;
	struct nsfab_state *state;
	size_t origins;
	size_t origin_room;
	const struct lab_node **origin;
};

/**
 * lab_file_load() - read a lab file and check it against the schema
 * @file: result, to be given back by lab_file_free() in any case
 * @path: its name, "-" for standard input
 *
 * Return: 0, or -EINVAL with complaints in @file->diag.
 */
int lab_file_load(struct lab_file *file, const char *path);

/** lab_file_parse() - the same from memory; @name is for messages */
int lab_file_parse(struct lab_file *file, const char *name, const void *data,
		   size_t size);

/**
 * lab_file_resolve() - check it against itself and against what runs
 * @file: file that was loaded
 * @running: the running lab, or NULL
 *
 * Return: 0, or a negative errno with complaints in @file->diag.
 */
int lab_file_resolve(struct lab_file *file, const struct nsfab_state *running);

/* For the files that load parts: note a node's place, add an object. */
uint32_t lab_origin(struct lab_file *file, const struct lab_node *node);
void lab_add(struct lab_file *file, const struct nsfab_state_obj *obj,
	     const struct lab_node *at);

/** lab_file_free() - give back what a file holds. */
void lab_file_free(struct lab_file *file);

#endif
