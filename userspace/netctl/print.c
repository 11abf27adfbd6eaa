// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: one call for a table's cell and a JSON member. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netctl.h"
#include "print_json.h"
#include "print_table.h"

/**
 * struct netctl_print - an output
 * @json: as JSON
 * @shape: how rows look
 * @j: the JSON document
 * @table: or the table
 * @begun: the document is open
 * @as_given: headings of a list are not written in capitals
 * @in_row: a row is open
 * @in_element: by depth of nested arrays, an element is open
 * @arrays: nested arrays that are open
 */
struct netctl_print {
	bool json;
	enum netctl_shape shape;
	struct netctl_json j;
	struct netctl_table *table;
	bool begun;
	bool as_given;
	bool in_row;
	bool in_element[NETCTL_JSON_DEPTH];
	int arrays;
};

struct netctl_print *netctl_print_open_to(const struct netctl_ctx *ctx,
					  enum netctl_shape shape,
					  void *stdio_file, bool json)
{
	struct netctl_print *p = calloc(1, sizeof(*p));
	FILE *out = stdio_file;

	if (!p)
		abort();
	p->json = json;
	p->shape = shape;
	p->j.out = out;
	p->j.pretty = ctx->pretty && shape != NETCTL_STREAM;
	if (!json) {
		p->table = netctl_table_open(out, shape == NETCTL_RECORD,
					     shape == NETCTL_LIST &&
					     isatty(fileno(out)));
		if (!p->table)
			abort();
	}
	return p;
}

struct netctl_print *netctl_print_open(const struct netctl_ctx *ctx,
				       enum netctl_shape shape)
{
	return netctl_print_open_to(ctx, shape, stdout, ctx->json);
}

static void end_row(struct netctl_print *p)
{
	if (!p->in_row || p->shape == NETCTL_RECORD)
		return;
	p->in_row = false;
	if (!p->json)
		return;
	netctl_json_close(&p->j, '}');
	if (p->shape != NETCTL_STREAM)
		return;
	fputc('\n', p->j.out);
	p->j.more[0] = false;
	fflush(p->j.out);
}

/* Not before the first row, so that what fails prints no empty document. */
static void begin(struct netctl_print *p)
{
	if (!p->json || p->begun)
		return;
	p->begun = true;
	if (p->shape != NETCTL_STREAM)
		netctl_json_open(&p->j, NULL,
				 p->shape == NETCTL_LIST ? '[' : '{');
}

void netctl_flush(struct netctl_print *p)
{
	end_row(p);
	fflush(p->j.out);
}

void netctl_row(struct netctl_print *p)
{
	end_row(p);
	begin(p);
	p->in_row = true;
	if (!p->json)
		netctl_table_row(p->table);
	else if (p->shape != NETCTL_RECORD)
		netctl_json_open(&p->j, NULL, '{');
}

int netctl_print_close(struct netctl_print *p)
{
	FILE *out = p->j.out;
	bool ok = true;

	end_row(p);
	begin(p);
	if (!p->json) {
		ok = netctl_table_close(p->table);
		if (!ok)
			fputs("netctl: output: no memory for all of it\n",
			      stderr);
	} else if (p->shape != NETCTL_STREAM) {
		netctl_json_close(&p->j, p->shape == NETCTL_LIST ? ']' : '}');
		fputc('\n', out);
	}
	if (fflush(out) || ferror(out))
		ok = false;
	free(p);
	return ok ? NETCTL_OK : NETCTL_REFUSED;
}

int netctl_done(struct netctl_print *p, int status)
{
	int closed;

	if (status && p->json && !p->begun) {
		free(p);
		return status;
	}
	closed = netctl_print_close(p);
	return status ? status : closed;
}

void netctl_names_as_headings(struct netctl_print *p)
{
	p->as_given = true;
}

static void cell(struct netctl_print *p, const char *head, const char *value)
{
	char capitals[64];
	size_t i;

	if (p->json || !head)
		return;
	if (p->shape == NETCTL_LIST && !p->as_given) {
		for (i = 0; head[i] && i + 1 < sizeof(capitals); i++)
			capitals[i] = toupper((unsigned char)head[i]);
		capitals[i] = '\0';
		head = capitals;
	}
	netctl_table_cell(p->table, head, value);
}

void netctl_str(struct netctl_print *p, const char *key, const char *head,
		const char *value)
{
	cell(p, head, value && *value ? value : "-");
	if (!p->json || !key)
		return;
	if (value)
		netctl_json_str(&p->j, key, value, strlen(value));
	else
		netctl_json_raw(&p->j, key, "null");
}

void netctl_num(struct netctl_print *p, const char *key, const char *head,
		uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cell(p, head, text);
	if (p->json && key)
		netctl_json_raw(&p->j, key, "%s", text);
}

void netctl_dbl(struct netctl_print *p, const char *key, const char *head,
		double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", value);
	cell(p, head, isfinite(value) ? text : "-");
	if (!p->json || !key)
		return;
	if (isfinite(value))
		netctl_json_raw(&p->j, key, "%.9g", value);
	else
		netctl_json_raw(&p->j, key, "null");
}

void netctl_bool(struct netctl_print *p, const char *key, const char *head,
		 bool value)
{
	cell(p, head, value ? "yes" : "no");
	if (p->json && key)
		netctl_json_raw(&p->j, key, "%s", value ? "true" : "false");
}

void netctl_bytes(struct netctl_print *p, const char *key, const char *head,
		  uint64_t bytes)
{
	char text[NETCTL_UNIT_STRLEN];

	cell(p, head, netctl_format_size(bytes, text));
	if (p->json && key)
		netctl_json_raw(&p->j, key, "%" PRIu64, bytes);
}

void netctl_time(struct netctl_print *p, const char *key, const char *head,
		 uint64_t ns)
{
	char text[NETCTL_UNIT_STRLEN];

	cell(p, head, netctl_format_time(ns, text));
	if (p->json && key)
		netctl_json_raw(&p->j, key, "%" PRIu64, ns);
}

void netctl_rate(struct netctl_print *p, const char *key, const char *head,
		 uint64_t bit_per_s)
{
	char text[NETCTL_UNIT_STRLEN];

	cell(p, head, netctl_format_rate(bit_per_s, text));
	if (p->json && key)
		netctl_json_raw(&p->j, key, "%" PRIu64, bit_per_s);
}

/* The values with commas between them, to be freed; NULL for want of memory. */
static char *join(const char *const *values, size_t n)
{
	size_t i, len = 1;
	char *text, *end;

	for (i = 0; i < n; i++)
		len += strlen(values[i]) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	*text = '\0';
	for (i = 0, end = text; i < n; i++)
		end += sprintf(end, "%s%s", i ? "," : "", values[i]);
	return text;
}

void netctl_list(struct netctl_print *p, const char *key, const char *head,
		 const char *const *values, size_t n)
{
	char *text;
	size_t i;

	if (!p->json) {
		text = n ? join(values, n) : NULL;
		cell(p, head, text ? text : "-");
		free(text);
		return;
	}
	if (!key)
		return;
	netctl_json_open(&p->j, key, '[');
	for (i = 0; i < n; i++)
		netctl_json_str(&p->j, NULL, values[i], strlen(values[i]));
	netctl_json_close(&p->j, ']');
}

void netctl_dbls(struct netctl_print *p, const char *key, const double *values,
		 size_t n)
{
	size_t i;

	if (!p->json)
		return;
	netctl_json_open(&p->j, key, '[');
	for (i = 0; i < n; i++)
		netctl_json_raw(&p->j, NULL, "%.10g", values[i]);
	netctl_json_close(&p->j, ']');
}

static void json_labels(struct netctl_json *j, const char *labels)
{
	const char *line, *end, *eq;
	char key[NSFAB_LABELS_MAX + 1];

	for (line = labels; line && *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		eq = memchr(line, '=', (size_t)(end - line));
		if (!eq)
			eq = end;
		if (eq == line || (size_t)(eq - line) >= sizeof(key))
			continue;
		memcpy(key, line, (size_t)(eq - line));
		key[eq - line] = '\0';
		if (eq < end)
			eq++;
		netctl_json_str(j, key, eq, (size_t)(end - eq));
	}
}

void netctl_labels(struct netctl_print *p, const char *key, const char *head,
		   const char *labels)
{
	char *text, *c;

	if (!p->json) {
		text = labels ? strdup(labels) : NULL;
		for (c = text; c && *c; c++)
			if (*c == '\n')
				*c = c[1] ? ',' : '\0';
		cell(p, head, text && *text ? text : "-");
		free(text);
		return;
	}
	if (!key)
		return;
	netctl_json_open(&p->j, key, '{');
	json_labels(&p->j, labels);
	netctl_json_close(&p->j, '}');
}

void netctl_object_open(struct netctl_print *p, const char *key)
{
	if (p->json)
		netctl_json_open(&p->j, key, '{');
}

void netctl_object_close(struct netctl_print *p)
{
	if (p->json)
		netctl_json_close(&p->j, '}');
}

void netctl_array_open(struct netctl_print *p, const char *key)
{
	if (!p->json)
		return;
	netctl_json_open(&p->j, key, '[');
	p->in_element[++p->arrays] = false;
}

void netctl_array_next(struct netctl_print *p)
{
	if (!p->json)
		return;
	if (p->in_element[p->arrays])
		netctl_json_close(&p->j, '}');
	p->in_element[p->arrays] = true;
	netctl_json_open(&p->j, NULL, '{');
}

void netctl_array_close(struct netctl_print *p)
{
	if (!p->json)
		return;
	if (p->in_element[p->arrays--])
		netctl_json_close(&p->j, '}');
	netctl_json_close(&p->j, ']');
}
