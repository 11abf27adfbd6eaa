// SPDX-License-Identifier: GPL-2.0-or-later
/* The shapes: from a few numbers to a graph. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

/* Hosts are numbered through, in the order of their switches. */
static void add_hosts(struct gen_graph *graph, size_t at, uint64_t n)
{
	while (n--)
		gen_add_host(graph, at, "h%zu", graph->n_hosts + 1);
}

static void build_single(struct gen_graph *graph, const uint64_t *n)
{
	add_hosts(graph, gen_add_switch(graph, "s1"), n[0]);
}

static void build_linear(struct gen_graph *graph, const uint64_t *n)
{
	uint64_t i;

	for (i = 0; i < n[0]; i++) {
		gen_add_switch(graph, "s%llu", (unsigned long long)i + 1);
		add_hosts(graph, i, n[1]);
		if (i)
			gen_add_link(graph, i - 1, i);
	}
}

static void build_ring(struct gen_graph *graph, const uint64_t *n)
{
	build_linear(graph, n);
	gen_add_link(graph, n[0] - 1, 0);
}

static void build_star(struct gen_graph *graph, const uint64_t *n)
{
	uint64_t i;
	size_t at;

	gen_add_switch(graph, "core");
	for (i = 1; i <= n[0]; i++) {
		at = gen_add_switch(graph, "s%llu", (unsigned long long)i);
		add_hosts(graph, at, n[1]);
		gen_add_link(graph, 0, at);
	}
}

/* Level by level: the parent of switch i is (i - 1) / fanout. */
static void build_tree(struct gen_graph *graph, const uint64_t *n)
{
	uint64_t level = 1, first = 0, depth, i;

	for (depth = 0; depth < n[0]; depth++) {
		for (i = first; i < first + level; i++) {
			gen_add_switch(graph, "s%llu",
				       (unsigned long long)i + 1);
			if (i)
				gen_add_link(graph, (i - 1) / n[1], i);
			if (depth + 1 == n[0])
				add_hosts(graph, i, n[1]);
		}
		first += level;
		level *= n[1];
	}
}

static const char *check_tree(const uint64_t *n)
{
	uint64_t hosts = 1, i;

	for (i = 0; i < n[0]; i++) {
		hosts *= n[1];
		if (hosts > GEN_MOST)
			return "fanout to the power of depth is above 100000 hosts";
	}
	return NULL;
}

static void build_torus(struct gen_graph *graph, const uint64_t *n)
{
	uint64_t row, col, here;

	for (row = 0; row < n[0]; row++)
		for (col = 0; col < n[1]; col++) {
			here = gen_add_switch(graph, "s%llux%llu",
					      (unsigned long long)row + 1,
					      (unsigned long long)col + 1);
			gen_add_host(graph, here, "h%llux%llu",
				     (unsigned long long)row + 1,
				     (unsigned long long)col + 1);
		}
	for (row = 0; row < n[0]; row++)
		for (col = 0; col < n[1]; col++) {
			here = row * n[1] + col;
			gen_add_link(graph, here,
				     row * n[1] + (col + 1) % n[1]);
			gen_add_link(graph, here,
				     (row + 1) % n[0] * n[1] + col);
		}
}

static const char *check_torus(const uint64_t *n)
{
	return n[0] * n[1] * 2 > GEN_MOST ?
	       "rows times columns are above 50000 switches" : NULL;
}

/* Al-Fares et al.: k pods of k/2 edge and k/2 aggregation switches. */
static void build_fat_tree(struct gen_graph *graph, const uint64_t *n)
{
	unsigned int half = n[0] / 2, pod, i, j;
	size_t edge, up;

	for (i = 0; i < half * half; i++)
		gen_add_switch(graph, "c%u", i + 1);
	for (pod = 0; pod < n[0]; pod++) {
		for (i = 0; i < half; i++) {
			up = gen_add_switch(graph, "p%ua%u", pod + 1, i + 1);
			for (j = 0; j < half; j++)
				gen_add_link(graph, i * half + j, up);
		}
		for (i = 0; i < half; i++) {
			edge = gen_add_switch(graph, "p%ue%u", pod + 1, i + 1);
			for (j = 0; j < half; j++)
				gen_add_link(graph, edge - i - half + j, edge);
			add_hosts(graph, edge, half);
		}
	}
}

static const char *check_fat_tree(const uint64_t *n)
{
	return n[0] % 2 ? "k must be even" : NULL;
}

static void build_dumbbell(struct gen_graph *graph, const uint64_t *n)
{
	uint64_t i;

	gen_add_switch(graph, "left");
	gen_add_switch(graph, "right");
	gen_add_link(graph, 0, 1);
	for (i = 1; i <= n[0]; i++)
		gen_add_host(graph, 0, "l%llu", (unsigned long long)i);
	for (i = 1; i <= n[0]; i++)
		gen_add_host(graph, 1, "r%llu", (unsigned long long)i);
}

/* splitmix64: a number that depends on the seed and on nothing else */
static uint64_t draw(uint64_t *seed, uint64_t below)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % below;
}

static bool is_linked(uint64_t *set, size_t size, uint64_t a, uint64_t b)
{
	uint64_t key = a < b ? a * GEN_MOST + b : b * GEN_MOST + a;
	size_t at = key * 0x9e3779b97f4a7c15ull % size;

	for (; set[at]; at = (at + 1) % size)
		if (set[at] == key)
			return true;
	set[at] = key;
	return false;
}

/* A random tree, so that it is connected, and then whatever is drawn. */
static void build_random(struct gen_graph *graph, const uint64_t *n)
{
	size_t size = n[1] * 3 + 64;
	uint64_t seed = n[2], a, b;
	uint64_t *set = calloc(size, sizeof(*set));

	if (!set) {
		graph->no_memory = true;
		return;
	}
	for (a = 0; a < n[0]; a++) {
		gen_add_switch(graph, "s%llu", (unsigned long long)a + 1);
		add_hosts(graph, a, 1);
		if (!a)
			continue;
		b = draw(&seed, a);
		is_linked(set, size, a, b);
		gen_add_link(graph, b, a);
	}
	while (graph->n_links < n[1] && !graph->no_memory) {
		a = draw(&seed, n[0]);
		b = draw(&seed, n[0]);
		if (a != b && !is_linked(set, size, a, b))
			gen_add_link(graph, a < b ? a : b, a < b ? b : a);
	}
	free(set);
}

static const char *check_random(const uint64_t *n)
{
	if (n[1] + 1 < n[0])
		return "it takes at least one link less than switches";
	if (n[1] > n[0] * (n[0] - 1) / 2)
		return "there are not that many pairs of switches";
	return NULL;
}

static const char *check_hosts(const uint64_t *n)
{
	return n[0] * n[1] > GEN_MOST ? "these are above 100000 hosts" : NULL;
}

static const struct gen_shape shapes[] = {
	{ "single", { "hosts" }, { 1 }, { GEN_MOST }, { 0 }, "", NULL,
	  build_single },
	{ "minimal", { NULL }, { 0 }, { 0 }, { 0 }, "", NULL, NULL },
	{ "linear", { "switches", "hosts" }, { 1, 1 }, { GEN_MOST, GEN_MOST },
	  { 0, 1 }, "", check_hosts, build_linear },
	{ "tree", { "depth", "fanout" }, { 1, 1 }, { 16, 1024 }, { 0, 2 }, "",
	  check_tree, build_tree },
	{ "star", { "switches", "hosts" }, { 1, 1 }, { GEN_MOST - 1, GEN_MOST },
	  { 0, 1 }, "", check_hosts, build_star },
	{ "ring", { "switches", "hosts" }, { 3, 1 }, { GEN_MOST, GEN_MOST },
	  { 0, 1 }, "", check_hosts, build_ring },
	{ "torus", { "rows", "columns" }, { 3, 3 }, { 10000, 10000 }, { 0, 0 },
	  "x", check_torus, build_torus },
	{ "fat-tree", { "k" }, { 2 }, { 64 }, { 0 }, "", check_fat_tree,
	  build_fat_tree },
	{ "leaf-spine", { "spines", "leaves", "hosts" }, { 1, 1, 1 },
	  { 63, 64, 65000 }, { 0, 0, 1 }, "", NULL, NULL },
	{ "dumbbell", { "hosts" }, { 1 }, { GEN_MOST / 2 }, { 0 }, "", NULL,
	  build_dumbbell },
	{ "random", { "switches", "links", "seed" }, { 2, 1, 0 },
	  { GEN_MOST, GEN_MOST, UINT64_MAX }, { 0, 0, 1 }, "", check_random,
	  build_random },
	{ "graphml", { NULL }, { 0 }, { 0 }, { 0 }, "", NULL, NULL },
	{ 0 },
};

#define MINIMAL 1

static const struct gen_shape *find_shape(struct netctl_ctx *ctx,
					  const char *word)
{
	char allowed[256] = "";
	const struct gen_shape *shape;
	const char *names[16], *closest;
	size_t len = 0, n = 0;

	for (shape = shapes; shape->name; shape++) {
		if (!strcmp(word, shape->name))
			return shape;
		len += snprintf(allowed + len, sizeof(allowed) - len, "%s%s",
				len ? ", " : "", shape->name);
		names[n++] = shape->name;
	}
	names[n] = NULL;
	closest = netctl_closest(word, names);
	if (closest)
		netctl_usage(ctx, "unknown shape \"%s\", did you mean \"%s\"?",
			     word, closest);
	else
		netctl_usage(ctx, "unknown shape \"%s\", allowed: %s", word,
			     allowed);
	return NULL;
}

/* Which number "k=4" or "4" is, and where its digits are; -1 for none. */
static int place_of(const struct gen_shape *shape, const char **text, int next)
{
	const char *equals = strchr(*text, '=');
	int i;

	if (!equals)
		return next < GEN_ARGS_MAX && shape->args[next] ? next : -1;
	for (i = 0; shape->args[i]; i++)
		if (strlen(shape->args[i]) == (size_t)(equals - *text) &&
		    !strncmp(shape->args[i], *text, equals - *text)) {
			*text = equals + 1;
			return i;
		}
	return -1;
}

static int take_number(struct netctl_ctx *ctx, const struct gen_shape *shape,
		       const char *text, uint64_t *n, unsigned int *given)
{
	const char *digits = text;
	int next = 0, i;

	while (next < GEN_ARGS_MAX && *given & 1u << next)
		next++;
	i = place_of(shape, &digits, next);
	if (i < 0)
		return netctl_usage(ctx, "%s does not take \"%s\"", shape->name,
				    text);
	if (netctl_parse_u64(digits, shape->min[i], shape->max[i], &n[i]))
		return netctl_usage(ctx,
				    "%s of %s: \"%s\" is not a number from %llu to %llu",
				    shape->args[i], shape->name, digits,
				    (unsigned long long)shape->min[i],
				    (unsigned long long)shape->max[i]);
	*given |= 1u << i;
	return 0;
}

static int take_word(struct netctl_ctx *ctx, const struct gen_shape *shape,
		     const char *word, uint64_t *n, unsigned int *given)
{
	char separators[8], *copy = strdup(word), *part, *save = NULL;
	int ret = 0;

	if (!copy)
		return NETCTL_REFUSED;
	snprintf(separators, sizeof(separators), ",%s", shape->separators);
	for (part = strtok_r(copy, separators, &save); part && !ret;
	     part = strtok_r(NULL, separators, &save))
		ret = take_number(ctx, shape, part, n, given);
	free(copy);
	return ret;
}

static int check_numbers(struct netctl_ctx *ctx, const struct gen_shape *shape,
			 uint64_t *n, unsigned int given)
{
	const char *wrong;
	int i;

	for (i = 0; shape->args[i]; i++) {
		if (given & 1u << i)
			continue;
		if (!shape->otherwise[i])
			return netctl_usage(ctx, "%s needs %s, from %llu to %llu",
					    shape->name, shape->args[i],
					    (unsigned long long)shape->min[i],
					    (unsigned long long)shape->max[i]);
		n[i] = shape->otherwise[i];
	}
	wrong = shape->check ? shape->check(n) : NULL;
	return wrong ? netctl_usage(ctx, "%s: %s", shape->name, wrong) : 0;
}

static bool is_number(const char *word)
{
	return isdigit((unsigned char)*word) || strchr(word, '=');
}

const struct gen_shape *gen_shape_parse(struct netctl_ctx *ctx, int argc,
					char **argv, uint64_t n[GEN_ARGS_MAX],
					int *used)
{
	size_t len = strcspn(argv[0], ",");
	const struct gen_shape *shape;
	unsigned int given = 0;
	char name[32];
	int ret = 0;

	snprintf(name, sizeof(name), "%.*s", (int)len, argv[0]);
	shape = find_shape(ctx, name);
	if (!shape)
		return NULL;
	memset(n, 0, GEN_ARGS_MAX * sizeof(*n));
	if (shape->args[0] && argv[0][len])
		ret = take_word(ctx, shape, argv[0] + len + 1, n, &given);
	else if (argv[0][len])
		ret = netctl_usage(ctx, "%s takes no numbers", shape->name);
	for (*used = 1; !ret && shape->args[0] && *used < argc &&
	     is_number(argv[*used]); ++*used)
		ret = take_word(ctx, shape, argv[*used], n, &given);
	if (!ret)
		ret = check_numbers(ctx, shape, n, given);
	if (ret)
		return NULL;
	/* Mininet's word for the smallest of all */
	if (shape == &shapes[MINIMAL]) {
		n[0] = 2;
		return &shapes[0];
	}
	return shape;
}
