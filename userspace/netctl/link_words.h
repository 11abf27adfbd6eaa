/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl link: the words that describe a link. */
#ifndef NETCTL_LINK_WORDS_H
#define NETCTL_LINK_WORDS_H

#include "link_values.h"
#include "words.h"

/**
 * struct link_words - a link in words
 * @present: for the parsers of words.h
 * @values: what it does
 * @scope: word behind scope
 * @revision: word behind revision
 * @path: word behind path, or NULL
 * @both: the same from TO to FROM
 * @more: words that were joined, to be freed
 */
struct link_words {
	uint32_t present;
	struct link_values values;
	uint32_t scope;
	uint64_t revision;
	const char *path;
	bool both;
	char **more;
};

/* struct link_words.present */
#define LINK_WORDS_HAS_SCOPE	(1u << 0)
#define LINK_WORDS_HAS_REVISION	(1u << 1)

#define LINK_WORDS_KEY		(1u << 0)	/* scope alone is allowed */
#define LINK_WORDS_BOTTLENECK	(1u << 1)	/* of no ends */

/**
 * link_words_parse() - read the words behind the ends
 * @what: LINK_WORDS_KEY, LINK_WORDS_BOTTLENECK
 *
 * Return: 0, or NETCTL_USAGE after having printed why; in both cases
 * link_words_clear() is the caller's to call.
 */
int link_words_parse(struct netctl_ctx *ctx, unsigned int what, int argc,
		     char **argv, struct link_words *w);
void link_words_clear(struct link_words *w);

/**
 * link_words_ends() - how many words in front are ends
 *
 * Return: 1, or 2, or 0 after having printed that there are none.
 */
int link_words_ends(struct netctl_ctx *ctx, int argc, char **argv);

/**
 * link_find_end() - the port of a word: TENANT/VM, TENANT/VM/NIC, TENANT/PORT
 * @id: its id, 0 for "-"
 * @tenant: its tenant's id, untouched for "-"
 *
 * Return: 0, or an exit status after having printed why.
 */
int link_find_end(struct netctl_ctx *ctx, const char *word, uint32_t *id,
		  uint32_t *tenant);

/**
 * link_find_path() - ids of bottlenecks B1,B2 of a tenant; none for "none"
 * @ids: NSFAB_LINK_PATH_MAX of them
 * @n: their number
 *
 * Return: 0, or an exit status after having printed why.
 */
int link_find_path(struct netctl_ctx *ctx, uint32_t tenant, const char *word,
		   uint32_t *ids, size_t *n);

#endif /* NETCTL_LINK_WORDS_H */
