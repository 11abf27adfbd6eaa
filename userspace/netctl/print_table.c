// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl: tables and records for people. A cell finds its column by the
 * heading, so that a row may leave one out.
 */
#include <stdlib.h>
#include <string.h>

#include "print_table.h"

/**
 * struct row - a row that is kept
 * @cell: its values, NULL where it has none
 * @n: how many there is room for; columns may have been added since
 */
struct row {
	char **cell;
	size_t n;
};

/**
 * struct column - a column
 * @head: heading
 * @width: in letters
 */
struct column {
	char *head;
	size_t width;
};

/**
 * struct netctl_table - a table
 * @out: stream
 * @record: "heading: value" lines
 * @aligned: keep the rows
 * @failed: there was no memory
 * @cols: columns
 * @n_cols: how many
 * @rows: that are kept, the one under way included
 * @n_rows: how many
 * @room: rows that there is memory for
 * @started: the heading has been printed
 */
struct netctl_table {
	FILE *out;
	bool record;
	bool aligned;
	bool failed;
	struct column *cols;
	size_t n_cols;
	struct row *rows;
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

/* Value of a row in a column, or NULL */
static const char *cell_of(const struct row *row, size_t col)
{
	return col < row->n ? row->cell[col] : NULL;
}

static void print_cell(struct netctl_table *t, size_t col, const char *cell)
{
	bool last = col + 1 == t->n_cols;
	size_t pad;

	if (!t->aligned) {
		fprintf(t->out, "%s%c", cell, last ? '\n' : '\t');
		return;
	}
	pad = last ? 0 : t->cols[col].width - letters(cell) + 2;
	fprintf(t->out, "%s%*s%s", cell, (int)pad, "", last ? "\n" : "");
}

static void free_rows(struct netctl_table *t)
{
	size_t r, i;

	for (r = 0; r < t->n_rows; r++) {
		for (i = 0; i < t->rows[r].n; i++)
			free(t->rows[r].cell[i]);
		free(t->rows[r].cell);
	}
	t->n_rows = 0;
}

static void flush_rows(struct netctl_table *t)
{
	const char *cell;
	size_t r, i;

	if (!t->n_rows)
		return;
	for (i = 0; !t->started && i < t->n_cols; i++)
		print_cell(t, i, t->cols[i].head);
	t->started = true;
	for (r = 0; r < t->n_rows; r++) {
		for (i = 0; i < t->n_cols; i++) {
			cell = cell_of(&t->rows[r], i);
			print_cell(t, i, cell ? cell : "-");
		}
	}
	free_rows(t);
}

static void print_record(struct netctl_table *t)
{
	size_t r, i, wide = 0;

	for (i = 0; i < t->n_cols; i++)
		if (wide < letters(t->cols[i].head))
			wide = letters(t->cols[i].head);
	for (r = 0; r < t->n_rows; r++) {
		if (r)
			fputc('\n', t->out);
		for (i = 0; i < t->n_cols; i++) {
			const char *head = t->cols[i].head;
			const char *cell = cell_of(&t->rows[r], i);

			if (cell)
				fprintf(t->out, "%s:%*s%s\n", head,
					(int)(wide - letters(head) + 1), "",
					cell);
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
		struct row *rows = realloc(t->rows, room * sizeof(*rows));

		if (!rows) {
			t->failed = true;
			return;
		}
		t->rows = rows;
		t->room = room;
	}
	memset(&t->rows[t->n_rows++], 0, sizeof(*t->rows));
}

/* The column of this heading, a new one if need be; NULL for want of memory. */
static struct column *column(struct netctl_table *t, const char *head)
{
	struct column *cols;
	size_t i;

	for (i = 0; i < t->n_cols; i++)
		if (!strcmp(t->cols[i].head, head))
			return &t->cols[i];
	cols = realloc(t->cols, (i + 1) * sizeof(*cols));
	if (!cols)
		return NULL;
	t->cols = cols;
	cols[i].head = strdup(head);
	if (!cols[i].head)
		return NULL;
	cols[i].width = letters(head);
	t->n_cols++;
	return &cols[i];
}

/* Where the row under way keeps its value in a column; NULL likewise. */
static char **place(struct netctl_table *t, size_t col)
{
	struct row *row = &t->rows[t->n_rows - 1];
	char **cell;

	if (col < row->n)
		return &row->cell[col];
	cell = realloc(row->cell, t->n_cols * sizeof(*cell));
	if (!cell)
		return NULL;
	memset(cell + row->n, 0, (t->n_cols - row->n) * sizeof(*cell));
	row->cell = cell;
	row->n = t->n_cols;
	return &cell[col];
}

void netctl_table_cell(struct netctl_table *t, const char *head,
		       const char *value)
{
	struct column *col;
	char *copy, **at;

	if (!t->n_rows)
		netctl_table_row(t);
	if (t->failed)
		return;
	col = column(t, head);
	at = col ? place(t, (size_t)(col - t->cols)) : NULL;
	copy = at ? strdup(value) : NULL;
	if (!copy) {
		t->failed = true;
		return;
	}
	free(*at);
	*at = copy;
	if (col->width < letters(value))
		col->width = letters(value);
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
		free(t->cols[i].head);
	free(t->cols);
	free(t->rows);
	free(t);
	return ok;
}
