// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl link: the words that describe a link. */
#include <errno.h>
#include <nsfab/port.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_words.h"

static int parse_value(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data)
{
	struct link_words *w = data;

	if (link_value(&w->values, key->name, value))
		return netctl_usage(ctx, "%s", w->values.why);
	return 0;
}

static int parse_state(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data)
{
	(void)value;
	return parse_value(ctx, &(struct netctl_key){ .name = "state" },
			   key->name, data);
}

#define VALUE(key_name, what_it_is) \
	{ .name = key_name, .parse = parse_value, .what = what_it_is }
#define COMMON \
	VALUE("delay", "TIME"), \
	VALUE("jitter", "TIME"), \
	{ .name = "dist", .alias = "distribution", .parse = parse_value, \
	  .what = "uniform, normal, pareto or table FILE" }, \
	VALUE("overtake", "\"on\" or \"off\""), \
	VALUE("loss", "a share or a model"), \
	{ .name = "duplicate", .alias = "dup", .parse = parse_value, \
	  .what = "SHARE" }, \
	VALUE("corrupt", "SHARE"), \
	VALUE("reorder", "SHARE"), \
	VALUE("rate", "RATE"), \
	VALUE("overhead", "l1, l2 or l3"), \
	VALUE("queue", "BYTES, TIME or \"auto\""), \
	VALUE("ecn", "BYTES, TIME or \"off\""), \
	VALUE("seed", "NUMBER"), \
	VALUE("trace", "FILE or \"off\""), \
	{ .name = "down", .parse = parse_state, .flag = true }, \
	{ .name = "up", .parse = parse_state, .flag = true }, \
	{ .name = "revision", .parse = netctl_key_u64, \
	  .arg = offsetof(struct link_words, revision), \
	  .has = LINK_WORDS_HAS_REVISION, .what = "NUMBER" }

#define SCOPE \
	{ .name = "scope", .parse = netctl_key_u32, .max = NSFAB_SCOPE_MAX, \
	  .arg = offsetof(struct link_words, scope), \
	  .has = LINK_WORDS_HAS_SCOPE, .what = "NUMBER" }

static const struct netctl_key keys[] = {
	COMMON,
	SCOPE,
	VALUE("src", "PREFIX"),
	VALUE("dst", "PREFIX"),
	VALUE("proto", "PROTOCOL"),
	VALUE("sport", "NUMBER"),
	VALUE("dport", "NUMBER"),
	{ .name = "path", .parse = netctl_key_str,
	  .arg = offsetof(struct link_words, path),
	  .what = "BOTTLENECK[,BOTTLENECK...] or \"none\"" },
	{ .name = "both", .parse = netctl_key_true, .flag = true,
	  .arg = offsetof(struct link_words, both) },
	{ 0 }
};

static const struct netctl_key bottleneck_keys[] = { COMMON, { 0 } };

static const struct netctl_key scope_keys[] = { SCOPE, { 0 } };

static bool is_flag(const char *word)
{
	return netctl_match(word, "down") || netctl_match(word, "up") ||
	       netctl_match(word, "both");
}

/* How many words the value in front has: a loss model's shares are words. */
static int value_words(const char *key, int argc, char **argv)
{
	static const char *const models[] = {
		"random", "gemodel", "gilbert", "state", "markov", "nth",
	};
	size_t i;
	int n = 1;

	if (argc > 1 && strlen(key) > 1 && !strcmp(argv[0], "table") &&
	    (netctl_match(key, "dist") || !strcmp(key, "distribution")))
		return 2;
	if (!netctl_match(key, "loss"))
		return 1;
	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (argc && !strcmp(argv[0], models[i]))
			while (n < argc && strchr("0123456789.", *argv[n]))
				n++;
	return n;
}

static char *join(int n, char **word)
{
	size_t len = 1;
	char *text;
	int i;

	for (i = 0; i < n; i++)
		len += strlen(word[i]) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	*text = '\0';
	for (i = 0; i < n; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, word[i]);
	}
	return text;
}

int link_words_parse(struct netctl_ctx *ctx, unsigned int what, int argc,
		     char **argv, struct link_words *w)
{
	const struct netctl_key *table = what & LINK_WORDS_KEY ? scope_keys :
		what & LINK_WORDS_BOTTLENECK ? bottleneck_keys : keys;
	char **word;
	int i, n, joined = 0, words = 0, ret;

	memset(w, 0, sizeof(*w));
	w->more = calloc(argc + 1, sizeof(*w->more));
	word = calloc(argc + 1, sizeof(*word));
	if (!w->more || !word) {
		free(word);
		return netctl_no_memory(ctx);
	}
	for (i = 0; i < argc; i++) {
		word[words++] = argv[i];
		if (is_flag(argv[i]) || i + 1 == argc)
			continue;
		n = value_words(argv[i], argc - i - 1, argv + i + 1);
		word[words] = argv[i + 1];
		if (n > 1) {
			word[words] = join(n, argv + i + 1);
			if (!word[words]) {
				free(word);
				return netctl_no_memory(ctx);
			}
			w->more[joined++] = word[words];
		}
		words++;
		i += n;
	}
	ret = netctl_parse(ctx, table, words, word, w);
	if (!ret && link_values_check(&w->values))
		ret = netctl_usage(ctx, "%s", w->values.why);
	free(word);
	return ret;
}

void link_words_clear(struct link_words *w)
{
	size_t i;

	for (i = 0; w->more && w->more[i]; i++)
		free(w->more[i]);
	free(w->more);
	link_values_clear(&w->values);
}

static bool is_end(const char *word)
{
	return !strcmp(word, "-") || strchr(word, '/');
}

int link_words_ends(struct netctl_ctx *ctx, int argc, char **argv)
{
	int n = 0;

	while (n < 2 && n < argc && is_end(argv[n]))
		n++;
	if (!n || (n == 1 && !strcmp(argv[0], "-")) ||
	    (n == 2 && !strcmp(argv[0], "-") && !strcmp(argv[1], "-"))) {
		netctl_usage(ctx, "takes FROM [TO], each TENANT/VM[/NIC] or TENANT/PORT, or one of them \"-\" for any");
		return 0;
	}
	return n;
}

/* A VM's only NIC may be left out. */
static int find_nic(struct netctl_ctx *ctx, struct nsfab *h,
		    unsigned int ifindex, const char *word, uint32_t *id,
		    uint32_t *tenant)
{
	char path[3 * NSFAB_NAME_MAX];
	struct nsfab_err err;
	uint32_t other;

	snprintf(path, sizeof(path), "%s/eth0", word);
	if (nsfab_port_find(h, ifindex, path, id, tenant, &err)) {
		nsfab_err_set(&ctx->err, -ENOENT, "VM or port %s", word);
		return netctl_fail(ctx);
	}
	snprintf(path, sizeof(path), "%s/eth1", word);
	if (!nsfab_port_find(h, ifindex, path, &other, NULL, &err))
		return netctl_usage(ctx, "%s has several NICs: name one of them, such as %s",
				    word, path);
	return 0;
}

int link_find_end(struct netctl_ctx *ctx, const char *word, uint32_t *id,
		  uint32_t *tenant)
{
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	*id = 0;
	if (!strcmp(word, "-"))
		return 0;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	ret = nsfab_port_find(h, ifindex, word, id, tenant, &ctx->err);
	if (!ret)
		return 0;
	/* Without a second slash it may be a VM. */
	if (ret != -ENOENT || ctx->err.origin == NSFAB_ERR_NO_MODULE ||
	    strchr(strchr(word, '/') + 1, '/'))
		return netctl_fail(ctx);
	return find_nic(ctx, h, ifindex, word, id, tenant);
}

static int take_id(const struct nsfab_link *link, void *arg)
{
	*(uint32_t *)arg = link->id;
	return 0;
}

static int find_bottleneck(struct netctl_ctx *ctx, uint32_t tenant,
			   const char *name, uint32_t *id)
{
	struct nsfab_link key = {
		.present = NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT,
		.name = name, .tenant = tenant,
	};
	unsigned int ifindex;
	struct nsfab *h;

	if (!nsfab_name_valid(name))
		return netctl_usage(ctx, "path \"%s\" is not a list of bottlenecks' names, or \"none\"",
				    name);
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (nsfab_link_get(h, ifindex, &key, take_id, id, &ctx->err)) {
		nsfab_err_prefix(&ctx->err, "bottleneck %s", name);
		return netctl_fail(ctx);
	}
	return 0;
}

int link_find_path(struct netctl_ctx *ctx, uint32_t tenant, const char *word,
		   uint32_t *ids, size_t *n)
{
	char *copy, *name, *save = NULL;
	int ret = 0;
	size_t i;

	*n = 0;
	if (!strcmp(word, "none"))
		return 0;
	copy = strdup(word);
	if (!copy)
		return netctl_no_memory(ctx);
	for (name = strtok_r(copy, ",", &save); name && !ret;
	     name = strtok_r(NULL, ",", &save)) {
		if (*n == NSFAB_LINK_PATH_MAX)
			ret = netctl_usage(ctx, "path has more than %d bottlenecks",
					   NSFAB_LINK_PATH_MAX);
		else
			ret = find_bottleneck(ctx, tenant, name, &ids[*n]);
		for (i = 0; i < *n && !ret; i++)
			if (ids[i] == ids[*n])
				ret = netctl_usage(ctx, "path has bottleneck %s twice",
						   name);
		++*n;
	}
	free(copy);
	return ret;
}
