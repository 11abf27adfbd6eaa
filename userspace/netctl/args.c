// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netctl.h"

bool netctl_match(const char *word, const char *name)
{
	return *word && !strncmp(word, name, strlen(word));
}

/* Letters to insert, remove, change or swap (Damerau's distance, restricted) */
static unsigned int distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned int d[24][24];

	if (la > 22 || lb > 22)
		return 99;
	for (i = 0; i <= la; i++)
		d[i][0] = (unsigned int)i;
	for (j = 0; j <= lb; j++)
		d[0][j] = (unsigned int)j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			unsigned int m = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (m > d[i - 1][j] + 1)
				m = d[i - 1][j] + 1;
			if (m > d[i][j - 1] + 1)
				m = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && m > d[i - 2][j - 2] + 1)
				m = d[i - 2][j - 2] + 1;
			d[i][j] = m;
		}
	}
	return d[la][lb];
}

const char *netctl_closest(const char *word, const char *const *names)
{
	const char *best = NULL;
	unsigned int least = 3;

	for (; *names; names++) {
		unsigned int d = distance(word, *names);

		if (d < least && d < strlen(*names)) {
			least = d;
			best = *names;
		}
	}
	return best;
}

static bool is_exact(const struct netctl_key *key, const char *word)
{
	return !strcmp(word, key->name) ||
	       (key->alias && !strcmp(word, key->alias));
}

static void print_allowed(char *buf, size_t len, const struct netctl_key *keys)
{
	size_t at = 0;

	*buf = '\0';
	for (; keys->name && at < len; keys++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
				       at ? ", " : "", keys->name);
}

static const struct netctl_key *bad_option(struct netctl_ctx *ctx,
					   const char *word)
{
	netctl_usage(ctx, "unknown word \"%s\"; options go before the object",
		     word);
	return NULL;
}

static const struct netctl_key *find_key(struct netctl_ctx *ctx,
					 const struct netctl_key *keys,
					 const char *word)
{
	const struct netctl_key *key, *found = NULL;
	const char *names[64];
	const char *closest;
	char allowed[512];
	size_t n = 0;

	for (key = keys; key->name; key++) {
		if (is_exact(key, word))
			return key;
		if (n + 1 < sizeof(names) / sizeof(*names))
			names[n++] = key->name;
		if (!netctl_match(word, key->name))
			continue;
		if (found) {
			netctl_usage(ctx, "\"%s\" may be %s or %s", word,
				     found->name, key->name);
			return NULL;
		}
		found = key;
	}
	if (found)
		return found;
	if (*word == '-' && !strchr("0123456789", word[1]))
		return bad_option(ctx, word);
	names[n] = NULL;
	closest = netctl_closest(word, names);
	print_allowed(allowed, sizeof(allowed), keys);
	if (closest)
		netctl_usage(ctx, "unknown word \"%s\", did you mean \"%s\"?",
			     word, closest);
	else
		netctl_usage(ctx, "unknown word \"%s\", allowed: %s", word,
			     *allowed ? allowed : "none");
	return NULL;
}

int netctl_parse(struct netctl_ctx *ctx, const struct netctl_key *keys,
		 int argc, char **argv, void *data)
{
	const struct netctl_key *key;
	const char *value;
	int i, err;

	for (i = 0; i < argc; i++) {
		key = find_key(ctx, keys, argv[i]);
		if (!key)
			return NETCTL_USAGE;
		value = NULL;
		if (!key->flag) {
			if (++i == argc)
				return netctl_usage(ctx, "%s needs %s",
						    key->name, key->what ?
						    key->what : "a value");
			value = argv[i];
		}
		err = key->parse(ctx, key, value, data);
		if (err)
			return err;
	}
	return 0;
}
