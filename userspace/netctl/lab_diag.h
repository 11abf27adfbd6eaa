/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a lab file, and where.
 */
#ifndef NETCTL_LAB_DIAG_H
#define NETCTL_LAB_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A file that is wrong everywhere need not be read out in full. */
#define LAB_DIAG_MAX 20

/**
 * struct lab_diag_entry - one complaint
 * @line: line in the file from 1 on, 0 if the file as a whole is meant
 * @column: column in characters from 1 on
 * @text: what is wrong and what is allowed, without position
 */
struct lab_diag_entry {
	unsigned int line;
	unsigned int column;
	char *text;
};

/**
 * struct lab_diag - the complaints about one file
 * @file: the file's name as the user wrote it, not owned
 * @n: entries in @entry
 * @more: complaints that found no room in @entry
 * @entry: the complaints in the order found
 */
struct lab_diag {
	const char *file;
	unsigned int n;
	unsigned int more;
	struct lab_diag_entry entry[LAB_DIAG_MAX];
};

/** lab_diag_init() - start with no complaint about @file (borrowed). */
void lab_diag_init(struct lab_diag *diag, const char *file);

/** lab_diag_free() - give back the texts; @diag is as after init. */
void lab_diag_free(struct lab_diag *diag);

/**
 * lab_diag_add() - complain
 * @diag: where to
 * @line: line, 0 for the file as a whole
 * @column: column
 * @fmt: printf format of the text
 */
__attribute__((format(printf, 4, 5)))
void lab_diag_add(struct lab_diag *diag, unsigned int line,
		  unsigned int column, const char *fmt, ...);

/** lab_diag_bad() - whether anything was complained about. */
bool lab_diag_bad(const struct lab_diag *diag);

/** lab_diag_print() - one line for each complaint, file:line:column: text. */
void lab_diag_print(const struct lab_diag *diag, FILE *out);

#endif
