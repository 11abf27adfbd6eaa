// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lab_diag.h"

void lab_diag_init(struct lab_diag *diag, const char *file)
{
	memset(diag, 0, sizeof(*diag));
	diag->file = file;
}

void lab_diag_free(struct lab_diag *diag)
{
	unsigned int i;

	for (i = 0; i < diag->n; i++)
		free(diag->entry[i].text);
	lab_diag_init(diag, diag->file);
}

/* What a file holds is printed back at a terminal: let no escape through. */
static void make_printable(char *text)
{
	unsigned char *p;

	for (p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
}

/* One line of a file makes several objects, and may be wrong for each. */
static bool is_known(const struct lab_diag *diag, unsigned int line,
		     unsigned int column, const char *text)
{
	const struct lab_diag_entry *entry;

	for (entry = diag->entry; entry < diag->entry + diag->n; entry++)
		if (entry->line == line && entry->column == column &&
		    entry->text && !strcmp(entry->text, text))
			return true;
	return false;
}

void lab_diag_add(struct lab_diag *diag, unsigned int line,
		  unsigned int column, const char *fmt, ...)
{
	struct lab_diag_entry *entry;
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		make_printable(text);
	if (text && is_known(diag, line, column, text)) {
		free(text);
		return;
	}
	if (diag->n == LAB_DIAG_MAX) {
		free(text);
		diag->more++;
		return;
	}
	entry = &diag->entry[diag->n++];
	entry->text = text;
	entry->line = line;
	entry->column = column;
}

bool lab_diag_bad(const struct lab_diag *diag)
{
	return diag->n > 0;
}

void lab_diag_print(const struct lab_diag *diag, FILE *out)
{
	const struct lab_diag_entry *entry;
	unsigned int i;

	for (i = 0; i < diag->n; i++) {
		entry = &diag->entry[i];
		fputs(diag->file, out);
		if (entry->line)
			fprintf(out, ":%u:%u", entry->line, entry->column);
		fprintf(out, ": %s\n", entry->text ? entry->text : "out of memory");
	}
	if (diag->more)
		fprintf(out, "%s: and %u more\n", diag->file, diag->more);
}
