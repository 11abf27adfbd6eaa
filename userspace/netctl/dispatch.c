// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: from words to an object's verb. */
#include <stdio.h>
#include <string.h>

#include "dispatch.h"

#define MOST_NAMES 64

/**
 * struct names - names to choose from
 * @name: they
 * @alias: another name of each, or NULL
 * @n: how many
 */
struct names {
	const char *name[MOST_NAMES + 1];
	const char *alias[MOST_NAMES];
	int n;
};

static void add_name(struct names *names, const char *name, const char *alias)
{
	if (names->n == MOST_NAMES)
		return;
	names->name[names->n] = name;
	names->alias[names->n++] = alias;
	names->name[names->n] = NULL;
}

static void list_names(const struct names *names, const char *word, char *buf,
		       size_t len)
{
	size_t at = 0;
	int i;

	*buf = '\0';
	for (i = 0; i < names->n && at < len; i++)
		if (!word || netctl_match(word, names->name[i]))
			at += snprintf(buf + at, len - at, "%s%s",
				       at ? ", " : "", names->name[i]);
}

static bool is_exact(const struct names *names, int i, const char *word)
{
	return !strcmp(word, names->name[i]) ||
	       (names->alias[i] && !strcmp(word, names->alias[i]));
}

/* Index of what is meant, or -1 after having printed why there is none. */
static int choose(struct netctl_ctx *ctx, const struct names *names,
		  const char *what, const char *word)
{
	const char *closest;
	char allowed[512];
	int i, found = -1, n = 0;

	for (i = 0; i < names->n; i++)
		if (is_exact(names, i, word))
			return i;
	for (i = 0; i < names->n; i++) {
		if (!netctl_match(word, names->name[i]))
			continue;
		found = i;
		n++;
	}
	if (n == 1)
		return found;
	if (n) {
		list_names(names, word, allowed, sizeof(allowed));
		netctl_usage(ctx, "%s \"%s\" may be one of %s", what, word,
			     allowed);
		return -1;
	}
	closest = netctl_closest(word, names->name);
	list_names(names, NULL, allowed, sizeof(allowed));
	if (closest)
		netctl_usage(ctx, "unknown %s \"%s\", did you mean \"%s\"?",
			     what, word, closest);
	else
		netctl_usage(ctx, "unknown %s \"%s\", allowed: %s", what, word,
			     allowed);
	return -1;
}

static const struct netctl_object *
choose_object(struct netctl_ctx *ctx,
	      const struct netctl_object *const *objects, const char *word)
{
	struct names names = { .n = 0 };
	int i;

	for (i = 0; objects[i]; i++)
		add_name(&names, objects[i]->name, NULL);
	i = choose(ctx, &names, "object", word);
	return i < 0 ? NULL : objects[i];
}

static const struct netctl_verb *choose_verb(struct netctl_ctx *ctx,
					     const struct netctl_verb *verbs,
					     const char *word)
{
	struct names names = { .n = 0 };
	int i;

	for (i = 0; verbs[i].name; i++)
		add_name(&names, verbs[i].name, verbs[i].alias);
	i = choose(ctx, &names, "verb", word);
	return i < 0 ? NULL : &verbs[i];
}

static bool is_help_option(const char *word)
{
	return !strcmp(word, "-h") || !strcmp(word, "--help");
}

static bool is_help(const char *word)
{
	return !strcmp(word, "help") || is_help_option(word);
}

int netctl_help(struct netctl_ctx *ctx,
		const struct netctl_object *const *objects, int argc,
		char **argv)
{
	const struct netctl_object *object;
	int i;

	if (argc > 0 && !is_help(argv[0])) {
		object = choose_object(ctx, objects, argv[0]);
		if (!object)
			return NETCTL_USAGE;
		fputs(object->help, stdout);
		return NETCTL_OK;
	}
	printf("usage: netctl [OPTIONS] OBJECT [VERB] [NAME] [KEY VALUE]...\n"
	       "\n"
	       "Objects (a word may be cut as long as it is unambiguous):\n");
	for (i = 0; objects[i]; i++)
		printf("  %-9s %s\n", objects[i]->name, objects[i]->summary);
	printf("\n"
	       "Options:\n"
	       "  -j          JSON\n"
	       "  -p          JSON, indented\n"
	       "  -f FABRIC   the fabric's device, needed if there are several\n"
	       "  -n NETNS    the fabric's network namespace, by name or path\n"
	       "  -q          no progress and no remarks\n"
	       "  --dry-run   change nothing, say what would be done\n"
	       "  -h, -V      help, version\n"
	       "\n"
	       "\"netctl help OBJECT\" prints an object's verbs and keys.\n"
	       "Status: 0 done, 1 usage or bad file, 2 refused by the kernel,\n"
	       "3 module not loaded, 4 negative verdict.\n");
	return NETCTL_OK;
}

static int print_verbs(struct netctl_ctx *ctx, const struct netctl_verb *verbs)
{
	struct names names = { .n = 0 };
	char allowed[512];
	int i;

	for (i = 0; verbs[i].name; i++)
		add_name(&names, verbs[i].name, NULL);
	list_names(&names, NULL, allowed, sizeof(allowed));
	return netctl_usage(ctx, "needs a verb: %s", allowed);
}

int netctl_dispatch(struct netctl_ctx *ctx,
		    const struct netctl_object *const *objects, int argc,
		    char **argv)
{
	const struct netctl_object *object;
	const struct netctl_verb *verb;

	if (argc < 1) {
		netctl_usage(ctx, "needs an object; \"netctl help\" says which there are");
		return NETCTL_USAGE;
	}
	if (is_help(argv[0]))
		return netctl_help(ctx, objects, argc - 1, argv + 1);
	object = choose_object(ctx, objects, argv[0]);
	if (!object)
		return NETCTL_USAGE;
	ctx->object = object->name;
	if (argc > 1 && is_help(argv[1]))
		return netctl_help(ctx, objects, 1, argv);
	argc--;
	argv++;
	if (!object->verbs || (!argc && object->run))
		return object->run(ctx, argc, argv);
	if (!argc)
		return print_verbs(ctx, object->verbs);
	verb = choose_verb(ctx, object->verbs, argv[0]);
	if (!verb)
		return NETCTL_USAGE;
	/* Not "help", which may be a name. */
	if (argc > 1 && is_help_option(argv[1])) {
		fputs(object->help, stdout);
		return NETCTL_OK;
	}
	ctx->verb = verb->name;
	return verb->run(ctx, argc - 1, argv + 1);
}
