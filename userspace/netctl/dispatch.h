/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: from words to an object's verb. */
#ifndef NETCTL_DISPATCH_H
#define NETCTL_DISPATCH_H

#include "netctl.h"

/**
 * netctl_dispatch() - run what the words say
 * @ctx: this run; its object and verb are filled
 * @objects: what there is, ends with NULL
 * @argc: number of words
 * @argv: OBJECT [VERB] ..., ends with NULL
 *
 * A unique beginning of an object or a verb will do. "help OBJECT" and
 * "OBJECT help" print help.
 *
 * Return: an exit status.
 */
int netctl_dispatch(struct netctl_ctx *ctx,
		    const struct netctl_object *const *objects, int argc,
		    char **argv);

/** netctl_help() - print help, of an object if @argv names one */
int netctl_help(struct netctl_ctx *ctx,
		const struct netctl_object *const *objects, int argc,
		char **argv);

#endif /* NETCTL_DISPATCH_H */
