/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: add, replace, del and load of what tables hold, by the thousand. */
#ifndef NETCTL_ENTRIES_H
#define NETCTL_ENTRIES_H

#include "names.h"

/**
 * struct netctl_entry_kind - a table's entries
 * @takes: what add takes, for messages
 * @one: for messages, "route"
 * @many: likewise, "routes"
 * @size: size of one
 * @parse: read the words of one into zeroed memory. With @key, only what names
 *	it is needed, and the rest is not refused. Returns 0, or an exit status
 *	after having printed why.
 * @write: add or replace @n; may be called with a part of an array
 * @del: remove @n
 * @clear: give back what one points to, may be NULL
 */
struct netctl_entry_kind {
	const char *takes;
	const char *one;
	const char *many;
	size_t size;
	int (*parse)(struct netctl_ctx *ctx, struct netctl_finder *finder,
		     bool key, int argc, char **argv, void *entry);
	int (*write)(struct nsfab *h, unsigned int ifindex,
		     const void *entries, size_t n, bool replace,
		     struct nsfab_err *err);
	int (*del)(struct nsfab *h, unsigned int ifindex, const void *entries,
		   size_t n, struct nsfab_err *err);
	void (*clear)(void *entry);
};

/**
 * struct netctl_entries - entries that were read
 * @ctx: the run, whose messages name the file until they are freed
 * @kind: their kind
 * @entry: they
 * @line: of the file, of each
 * @n: how many
 * @room: how many there is memory for
 */
struct netctl_entries {
	struct netctl_ctx *ctx;
	const struct netctl_entry_kind *kind;
	char *entry;
	unsigned long *line;
	size_t n;
	size_t room;
};

/* All return an exit status, after having printed why. */
int netctl_entry_write(struct netctl_ctx *ctx,
		       const struct netctl_entry_kind *kind, bool replace,
		       int argc, char **argv);
int netctl_entry_del(struct netctl_ctx *ctx,
		     const struct netctl_entry_kind *kind, int argc,
		     char **argv);

/**
 * netctl_entries_read() - read a file, one entry a line
 * @e: result, to be freed with netctl_entries_free(), on failure too
 * @ctx: this run
 * @kind: what is read
 * @prefix: a word before those of each line, or NULL
 * @path: the file, "-" for standard input
 *
 * Empty lines and what follows a # are skipped.
 */
int netctl_entries_read(struct netctl_entries *e, struct netctl_ctx *ctx,
			const struct netctl_entry_kind *kind, char *prefix,
			const char *path);
void netctl_entries_free(struct netctl_entries *e);

/* FILE [replace]: nothing is written before all lines have been read. */
int netctl_entries_load(struct netctl_ctx *ctx,
			const struct netctl_entry_kind *kind, int argc,
			char **argv);

#endif /* NETCTL_ENTRIES_H */
