/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: "list [TENANT|TENANT/NETWORK] [KEY VALUE]..." */
#ifndef NETCTL_WHERE_H
#define NETCTL_WHERE_H

#include <nsfab/filter.h>

#include "words.h"

/**
 * struct netctl_where - what a list is limited to
 * @present: for the parsers of words.h
 * @kind: word behind kind, or NULL
 * @filter: for the dump
 */
struct netctl_where {
	uint32_t present;
	const char *kind;
	struct nsfab_filter filter;
};

/* Returns 0, or an exit status after having printed why. */
int netctl_where(struct netctl_ctx *ctx, const struct netctl_key *keys,
		 int argc, char **argv, struct netctl_where *where);

/* Is it one of the names of a kind, which end with "?"? */
bool netctl_is_kind(const char *word, const char *(*name)(unsigned int kind));

#endif /* NETCTL_WHERE_H */
