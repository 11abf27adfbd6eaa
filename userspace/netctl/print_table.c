// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl: tables and records for people. A cell finds its column by the
 * heading, so that a row may leave one out.
 */
#include <stdlib.h>
#include <string.h>

#include "print_table.h"

#define MOST_COLUMNS 32

/**
 * struct netctl_table - a table
 * @out: stream
 * @record: "heading: value" lines
 * @aligned: keep the rows
 * @failed: there was no memory
 * @heads: headings
 * @width: of the columns, in letters
 * @n_cols: how many
 * @cells: of all rows that are kept, MOST_COLUMNS a row
 * @n_rows: how many rows are kept, the one under way included
 * @room: rows that there is memory for
 * @started: the heading has been printed
 */
struct netctl_table {
	FILE *out;
	bool record;
	bool aligned;
	bool failed;
	char *heads[MOST_COLUMNS];
	size_t width[MOST_COLUMNS];
	size_t n_cols;
	char **cells;
	size_t n_rows;
	size_t room;
	bool started;
};

struct netctl_table *netctl_table_open(FILE *out, bool record, bool aligned)
{
	struct netctl_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->out = out;
	t->record = record;
	t->aligned = aligned || record;
	return t;
}

/* Letters, not bytes, of UTF-8 */
static size_t letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void print_row(struct netctl_table *t, char *const *row)
{
	size_t i, pad;

	for (i = 0; i < t->n_cols; i++) {
		const char *cell = row[i] ? row[i] : "-";

		if (!t->aligned) {
			fprintf(t->out, "%s%s", i ? "\t" : "", cell);
			continue;
		}
		pad = i + 1 < t->n_cols ? t->width[i] - letters(cell) + 2 : 0;
		fprintf(t->out, "%s%*s", cell, (int)pad, "");
	}
	fputc('\n', t->out);
}

static void free_rows(struct netctl_table *t)
{
	size_t i;

	for (i = 0; i < t->n_rows * MOST_COLUMNS; i++)
		free(t->cells[i]);
	t->n_rows = 0;
}

static void flush_rows(struct netctl_table *t)
{
	size_t r;

	if (!t->n_rows)
		return;
	if (!t->started)
		print_row(t, t->heads);
	t->started = true;
	for (r = 0; r < t->n_rows; r++)
		print_row(t, t->cells + r * MOST_COLUMNS);
	free_rows(t);
}

static void print_record(struct netctl_table *t)
{
	size_t r, i, wide = 0;

	for (i = 0; i < t->n_cols; i++)
		if (wide < letters(t->heads[i]))
			wide = letters(t->heads[i]);
	for (r = 0; r < t->n_rows; r++) {
		if (r)
			fputc('\n', t->out);
		for (i = 0; i < t->n_cols; i++) {
			const char *cell = t->cells[r * MOST_COLUMNS + i];

			if (cell)
				fprintf(t->out, "%s:%*s%s\n", t->heads[i],
					(int)(wide - letters(t->heads[i]) + 1),
					"", cell);
		}
	}
	free_rows(t);
}

void netctl_table_row(struct netctl_table *t)
{
	if (!t->aligned)
		flush_rows(t);
	if (t->n_rows == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		char **cells = realloc(t->cells, room * MOST_COLUMNS *
						 sizeof(*cells));

		if (!cells) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->room = room;
	}
	memset(t->cells + t->n_rows * MOST_COLUMNS, 0,
	       MOST_COLUMNS * sizeof(*t->cells));
	t->n_rows++;
}

static size_t column(struct netctl_table *t, const char *head)
{
	size_t i;

	for (i = 0; i < t->n_cols; i++)
		if (!strcmp(t->heads[i], head))
			return i;
	if (i == MOST_COLUMNS)
		return i;
	t->heads[i] = strdup(head);
	if (!t->heads[i])
		return MOST_COLUMNS;
	t->width[i] = letters(head);
	return t->n_cols++;
}

void netctl_table_cell(struct netctl_table *t, const char *head,
		       const char *value)
{
	size_t i;
	char *copy;

	if (!t->n_rows)
		netctl_table_row(t);
	i = column(t, head);
	copy = strdup(value);
	if (t->failed || i == MOST_COLUMNS || !copy) {
		free(copy);
		t->failed = true;
		return;
	}
	free(t->cells[(t->n_rows - 1) * MOST_COLUMNS + i]);
	t->cells[(t->n_rows - 1) * MOST_COLUMNS + i] = copy;
	if (t->width[i] < letters(value))
		t->width[i] = letters(value);
}

bool netctl_table_close(struct netctl_table *t)
{
	bool ok = !t->failed;
	size_t i;

	if (t->record)
		print_record(t);
	else
		flush_rows(t);
	for (i = 0; i < t->n_cols; i++)
		free(t->heads[i]);
	free(t->cells);
	free(t);
	return ok;
}
