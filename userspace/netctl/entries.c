// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: add, replace, del and load of what tables hold. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "lab_run.h"
#include "words.h"

#define MOST_WORDS 256
/* Entries between two steps of the progress */
#define SLICE 8192

static int one(struct netctl_ctx *ctx, const struct netctl_entry_kind *kind,
	       bool key, int argc, char **argv, void *entry)
{
	struct netctl_finder *finder = netctl_finder_new(ctx);
	int ret;

	if (!finder)
		return netctl_fail(ctx);
	ret = kind->parse(ctx, finder, key, argc, argv, entry);
	netctl_finder_free(finder);
	return ret;
}

int netctl_entry_write(struct netctl_ctx *ctx,
		       const struct netctl_entry_kind *kind, bool replace,
		       int argc, char **argv)
{
	void *entry = calloc(1, kind->size);
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (!entry)
		return netctl_no_memory(ctx);
	ret = one(ctx, kind, false, argc, argv, entry);
	if (ret)
		goto out;
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    (!netctl_would(ctx, "%s %s %s", ctx->verb, argv[0], argv[1]) &&
	     kind->write(h, ifindex, entry, 1, replace, &ctx->err)))
		ret = netctl_fail(ctx);
out:
	if (kind->clear)
		kind->clear(entry);
	free(entry);
	return ret;
}

int netctl_entry_del(struct netctl_ctx *ctx,
		     const struct netctl_entry_kind *kind, int argc,
		     char **argv)
{
	void *entry = calloc(1, kind->size);
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (!entry)
		return netctl_no_memory(ctx);
	ret = one(ctx, kind, true, argc, argv, entry);
	if (ret)
		goto out;
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    (!netctl_would(ctx, "delete %s %s", argv[0], argv[1]) &&
	     kind->del(h, ifindex, entry, 1, &ctx->err)))
		ret = netctl_fail(ctx);
out:
	if (kind->clear)
		kind->clear(entry);
	free(entry);
	return ret;
}

void netctl_entries_free(struct netctl_entries *e)
{
	size_t i;

	for (i = 0; i < e->n && e->kind->clear; i++)
		e->kind->clear(e->entry + i * e->kind->size);
	free(e->entry);
	free(e->line);
	e->ctx->file = NULL;
}

/* Room for one more, zeroed, or NULL */
static void *make_room(struct netctl_entries *e)
{
	size_t room = e->room ? 2 * e->room : 256, size = e->kind->size;
	unsigned long *line;
	char *entry;

	if (e->n == e->room) {
		entry = reallocarray(e->entry, room, size);
		if (!entry)
			return NULL;
		e->entry = entry;
		line = reallocarray(e->line, room, sizeof(*line));
		if (!line)
			return NULL;
		e->line = line;
		e->room = room;
	}
	return memset(e->entry + e->n * size, 0, size);
}

static int split(char *line, char **words, int n)
{
	char *save, *word;

	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (n == MOST_WORDS)
			return n + 1;
		words[n++] = word;
	}
	return n;
}

static int read_line(struct netctl_entries *e, struct netctl_ctx *ctx,
		     struct netctl_finder *finder, char *prefix, char *line)
{
	char *words[MOST_WORDS] = { prefix };
	int first = prefix ? 1 : 0;
	int n = split(line, words, first);
	void *entry;
	int ret;

	if (n == first)
		return 0;
	if (n > MOST_WORDS)
		return netctl_usage(ctx, "more than %d words", MOST_WORDS);
	entry = make_room(e);
	if (!entry)
		return netctl_no_memory(ctx);
	e->line[e->n] = ctx->line;
	ret = e->kind->parse(ctx, finder, false, n, words, entry);
	if (!ret)
		e->n++;
	else if (e->kind->clear)
		e->kind->clear(entry);
	return ret;
}

static int read_lines(struct netctl_entries *e, struct netctl_ctx *ctx,
		      struct netctl_finder *finder, char *prefix, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	for (ctx->line = 1; !ret && getline(&line, &size, in) >= 0; ctx->line++)
		ret = read_line(e, ctx, finder, prefix, line);
	free(line);
	ctx->line = 0;
	if (!ret && ferror(in))
		ret = netctl_usage(ctx, "%s", strerror(errno));
	return ret;
}

int netctl_entries_read(struct netctl_entries *e, struct netctl_ctx *ctx,
			const struct netctl_entry_kind *kind, char *prefix,
			const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	struct netctl_finder *finder;
	FILE *in;
	int ret;

	*e = (struct netctl_entries){ .ctx = ctx, .kind = kind };
	in = is_stdin ? stdin : fopen(path, "re");
	if (!in)
		return netctl_usage(ctx, "%s: %s", path, strerror(errno));
	ctx->file = is_stdin ? "standard input" : path;
	finder = netctl_finder_new(ctx);
	if (finder)
		ret = read_lines(e, ctx, finder, prefix, in);
	else
		ret = netctl_fail(ctx);
	netctl_finder_free(finder);
	if (!is_stdin)
		fclose(in);
	return ret;
}

static int refused(struct netctl_ctx *ctx, const struct netctl_entries *e,
		   size_t done)
{
	ssize_t index = ctx->err.index;
	int ret;

	if (index >= 0 && done + index < e->n)
		ctx->line = e->line[done + index];
	done += ctx->err.applied;
	ret = netctl_fail(ctx);
	ctx->line = 0;
	if (done)
		netctl_note(ctx, "%zu of %zu %s are in force", done, e->n,
			    e->kind->many);
	return ret;
}

static int write_all(struct netctl_ctx *ctx, const struct netctl_entries *e,
		     bool replace)
{
	uint64_t since = lab_now();
	unsigned int ifindex;
	struct nsfab *h;
	size_t done, n;

	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	for (done = 0; done < e->n; done += n) {
		n = e->n - done < SLICE ? e->n - done : SLICE;
		lab_progress(ctx, done, e->n, e->kind->many, since);
		if (e->kind->write(h, ifindex, e->entry + done * e->kind->size,
				   n, replace, &ctx->err)) {
			lab_progress(ctx, e->n, e->n, e->kind->many, since);
			return refused(ctx, e, done);
		}
	}
	lab_progress(ctx, e->n, e->n, e->kind->many, since);
	return NETCTL_OK;
}

int netctl_entries_load(struct netctl_ctx *ctx,
			const struct netctl_entry_kind *kind, int argc,
			char **argv)
{
	bool replace = argc == 2 && !strcmp(argv[1], "replace");
	struct netctl_entries e;
	const char *name;
	int ret;

	if (argc != 1 && !replace)
		return netctl_usage(ctx, "takes FILE [replace]");
	ret = netctl_entries_read(&e, ctx, kind, NULL, argv[0]);
	name = e.n == 1 ? kind->one : kind->many;
	if (!ret && !netctl_would(ctx, "load %zu %s", e.n, name))
		ret = write_all(ctx, &e, replace);
	if (!ret && !ctx->dry_run)
		netctl_note(ctx, "%zu %s loaded", e.n, name);
	netctl_entries_free(&e);
	return ret;
}
