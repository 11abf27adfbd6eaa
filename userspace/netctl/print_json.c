// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl: JSON, written as it goes along, so that a million rows need no
 * memory. json-c knows how a text is written.
 */
#include <assert.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#include "print_json.h"

static void indent(struct netctl_json *j)
{
	if (j->pretty)
		fprintf(j->out, "\n%*s", 2 * j->depth, "");
}

static void text(struct netctl_json *j, const char *value, size_t len)
{
	struct json_object *s = json_object_new_string_len(value, (int)len);

	fputs(s ? json_object_to_json_string_ext(s, JSON_C_TO_STRING_NOSLASHESCAPE) :
		  "null", j->out);
	json_object_put(s);
}

/* What stands before a value: a comma, a line break, a key. */
static void begin(struct netctl_json *j, const char *key)
{
	if (j->depth) {
		if (j->more[j->depth])
			fputc(',', j->out);
		indent(j);
	}
	j->more[j->depth] = true;
	if (!key)
		return;
	text(j, key, strlen(key));
	fputs(j->pretty ? ": " : ":", j->out);
}

void netctl_json_open(struct netctl_json *j, const char *key, char bracket)
{
	begin(j, key);
	fputc(bracket, j->out);
	assert(j->depth + 1 < NETCTL_JSON_DEPTH);
	j->more[++j->depth] = false;
}

void netctl_json_close(struct netctl_json *j, char bracket)
{
	bool more = j->more[j->depth--];

	if (more)
		indent(j);
	fputc(bracket, j->out);
}

void netctl_json_str(struct netctl_json *j, const char *key, const char *value,
		     size_t len)
{
	begin(j, key);
	text(j, value, len);
}

void netctl_json_raw(struct netctl_json *j, const char *key, const char *fmt,
		     ...)
{
	va_list ap;

	begin(j, key);
	va_start(ap, fmt);
	vfprintf(j->out, fmt, ap);
	va_end(ap);
}
