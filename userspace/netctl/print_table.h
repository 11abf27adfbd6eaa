/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: tables and records for people. */
#ifndef NETCTL_PRINT_TABLE_H
#define NETCTL_PRINT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct netctl_table;

/**
 * netctl_table_open() - begin
 * @out: stream, stays the caller's
 * @record: "heading: value" lines instead of a table
 * @aligned: rows are kept, and printed with aligned columns at the end;
 *	otherwise they are printed as they come, separated by tabs
 *
 * Return: the table, or NULL for want of memory.
 */
struct netctl_table *netctl_table_open(FILE *out, bool record, bool aligned);
void netctl_table_row(struct netctl_table *t);
void netctl_table_cell(struct netctl_table *t, const char *head,
		       const char *value);
/** netctl_table_close() - print the rest, and free; false for want of memory */
bool netctl_table_close(struct netctl_table *t);

#endif /* NETCTL_PRINT_TABLE_H */
