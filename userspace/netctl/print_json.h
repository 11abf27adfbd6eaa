/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: JSON, written as it goes along. */
#ifndef NETCTL_PRINT_JSON_H
#define NETCTL_PRINT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NETCTL_JSON_DEPTH 16

/**
 * struct netctl_json - where a document is
 * @out: stream
 * @pretty: with line breaks and indentation
 * @depth: open objects and arrays
 * @more: by depth, something is there already
 */
struct netctl_json {
	FILE *out;
	bool pretty;
	int depth;
	bool more[NETCTL_JSON_DEPTH];
};

/* A @key of NULL is for elements of arrays and for the document itself. */
void netctl_json_open(struct netctl_json *j, const char *key, char bracket);
void netctl_json_close(struct netctl_json *j, char bracket);
void netctl_json_str(struct netctl_json *j, const char *key, const char *value,
		     size_t len);
void netctl_json_raw(struct netctl_json *j, const char *key, const char *fmt,
		     ...) __attribute__((format(printf, 3, 4)));

#endif /* NETCTL_PRINT_JSON_H */
