// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl topology: lab files of emulated switches. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "words.h"

#define MOST_ENTRIES		(1u << 24)

static int bad_word(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, const char *allowed)
{
	return netctl_bad_value(ctx, key, value, allowed);
}

static int key_name(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct gen_options *options = data;

	if (!nsfab_name_valid(value) || *value == '-')
		return bad_word(ctx, key, value,
				"letters, digits, \"_\" and \"-\", at most 63, the first no \"-\"");
	*(const char **)((char *)options + key->arg) = value;
	return 0;
}

static int key_file(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct gen_options *options = data;

	(void)ctx;
	(void)key;
	options->file = value;
	return 0;
}

static int key_seed(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct gen_options *options = data;

	/* What every reader of a lab file takes for a whole number */
	if (netctl_parse_u64(value, 0, (1ull << 53) - 1, &options->seed))
		return bad_word(ctx, key, value, "0 to 9007199254740991");
	options->has_seed = true;
	return 0;
}

static int key_subnet(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct gen_options *options = data;
	struct nsfab_prefix *subnet = &options->subnet[options->n_subnets];

	if (options->n_subnets == GEN_SUBNETS_MAX)
		return netctl_usage(ctx, "at most %d subnets", GEN_SUBNETS_MAX);
	if (nsfab_prefix_parse(subnet, value))
		return bad_word(ctx, key, value, "a prefix such as 10.0.0.0/8");
	nsfab_prefix_mask(subnet);
	options->n_subnets++;
	return 0;
}

static int key_hosts(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	struct gen_options *options = data;

	if (netctl_parse_u64(value, 0, 1000, &options->hosts))
		return bad_word(ctx, key, value, "0 to 1000");
	return 0;
}

static int key_switching(struct netctl_ctx *ctx, const struct netctl_key *key,
			 const char *value, void *data)
{
	struct gen_options *options = data;

	if (!strcmp(value, "learn"))
		options->switching = GEN_SWITCHING_LEARN;
	else if (!strcmp(value, "shortest-path"))
		options->switching = GEN_SWITCHING_SHORTEST;
	else
		return bad_word(ctx, key, value, "learn or shortest-path");
	return 0;
}

static int key_stub(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct gen_options *options = data;

	(void)ctx;
	(void)key;
	(void)value;
	options->stub = true;
	return 0;
}

static int keep_word(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, struct gen_options *options)
{
	size_t i;

	for (i = 0; i < options->n_words; i++)
		if (!strcmp(options->word[i].key, key->name))
			return netctl_usage(ctx, "%s is there twice",
					    key->name);
	if (options->n_words == GEN_WORDS_MAX)
		return netctl_usage(ctx, "at most %d words of links",
				    GEN_WORDS_MAX);
	options->word[options->n_words].key = key->name;
	options->word[options->n_words++].value = value;
	return 0;
}

static int key_time(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	uint64_t ns;

	if (netctl_parse_time(value, &ns))
		return bad_word(ctx, key, value, "a time such as 5ms");
	return keep_word(ctx, key, value, data);
}

static int key_rate(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	uint64_t rate;

	if (netctl_parse_rate(value, &rate))
		return bad_word(ctx, key, value, "a rate such as 100mbit");
	return keep_word(ctx, key, value, data);
}

static int key_share(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	uint32_t share;

	if (netctl_parse_share(value, &share))
		return bad_word(ctx, key, value, "a share such as 0.1%");
	return keep_word(ctx, key, value, data);
}

static int key_queue(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	uint64_t n;

	if (netctl_parse_time(value, &n) && netctl_parse_size(value, &n))
		return bad_word(ctx, key, value, "a size or a time");
	return keep_word(ctx, key, value, data);
}

static const struct netctl_key keys[] = {
	{ .name = "output", .alias = "-o", .parse = key_file, .what = "FILE" },
	{ .name = "lab", .parse = key_name,
	  .arg = offsetof(struct gen_options, lab), .what = "NAME" },
	{ .name = "tenant", .parse = key_name,
	  .arg = offsetof(struct gen_options, tenant), .what = "NAME" },
	{ .name = "subnet", .parse = key_subnet, .what = "PREFIX" },
	{ .name = "seed", .parse = key_seed, .what = "NUMBER" },
	{ .name = "hosts", .parse = key_hosts, .what = "NUMBER" },
	{ .name = "switching", .parse = key_switching,
	  .what = "learn or shortest-path" },
	{ .name = "stub", .parse = key_stub, .flag = true },
	{ .name = "delay", .parse = key_time, .what = "TIME" },
	{ .name = "jitter", .parse = key_time, .what = "TIME" },
	{ .name = "rate", .parse = key_rate, .what = "RATE" },
	{ .name = "loss", .parse = key_share, .what = "SHARE" },
	{ .name = "duplicate", .alias = "dup", .parse = key_share,
	  .what = "SHARE" },
	{ .name = "reorder", .parse = key_share, .what = "SHARE" },
	{ .name = "corrupt", .parse = key_share, .what = "SHARE" },
	{ .name = "queue", .parse = key_queue, .what = "SIZE or TIME" },
	{ 0 },
};

static FILE *open_output(struct netctl_ctx *ctx, const char *file)
{
	FILE *out = file && strcmp(file, "-") ? fopen(file, "we") : stdout;

	if (!out)
		netctl_usage(ctx, "%s: %s", file, strerror(errno));
	return out;
}

static int close_output(struct netctl_ctx *ctx, FILE *out, const char *file)
{
	bool bad = fflush(out) || ferror(out);

	if (out != stdout)
		bad |= fclose(out) != 0;
	return bad ? netctl_usage(ctx, "%s: cannot write", file ? file :
				  "standard output") : NETCTL_OK;
}

static int check_room(struct netctl_ctx *ctx, const struct gen_graph *graph,
		      const struct gen_options *options)
{
	char text[NSFAB_PREFIX_STRLEN];
	size_t i;

	if (graph->n_switches > GEN_MOST || graph->n_links > 2 * GEN_MOST ||
	    graph->n_hosts > GEN_MOST)
		return netctl_usage(ctx, "%zu switches, %zu links and %zu hosts: at most %d are made",
				    graph->n_switches, graph->n_links,
				    graph->n_hosts, GEN_MOST);
	for (i = 0; i < options->n_subnets; i++)
		if (gen_capacity(&options->subnet[i]) < graph->n_hosts)
			return netctl_usage(ctx, "subnet %s is too small for %zu hosts",
					    nsfab_prefix_format(&options->subnet[i],
								text),
					    graph->n_hosts);
	return 0;
}

/*
 * What every host says to all when it comes up is flooded to every other one:
 * of hundreds that is more than a machine delivers in time. Tables have an
 * entry for each host in each switch, and an end, too.
 */
static bool better_learns(const struct gen_graph *graph)
{
	return graph->n_switches <= GEN_LEARN_MOST ||
	       (uint64_t)graph->n_switches * graph->n_hosts > MOST_ENTRIES;
}

static int write_graph(struct netctl_ctx *ctx, const struct gen_graph *graph,
		       const struct gen_options *options, const char *title)
{
	bool loop, learn;
	size_t parts;
	FILE *out;

	parts = gen_parts(graph, &loop);
	if (graph->no_memory || !parts)
		return netctl_no_memory(ctx);
	if (check_room(ctx, graph, options))
		return NETCTL_USAGE;
	learn = options->switching == GEN_SWITCHING_AUTO ?
		!loop && better_learns(graph) :
		options->switching == GEN_SWITCHING_LEARN;
	if (learn && loop)
		return netctl_usage(ctx, "there is more than one way between switches: what is flooded would go round for ever, so switching must be shortest-path");
	if (parts > 1)
		netctl_note(ctx, "the topology is in %zu parts", parts);
	out = open_output(ctx, options->file);
	if (!out)
		return NETCTL_USAGE;
	gen_write(out, graph, options, learn, title);
	return close_output(ctx, out, options->file);
}

static int write_routed(struct netctl_ctx *ctx, const uint64_t *n,
			const struct gen_options *options, const char *title)
{
	const char *wrong = gen_leaf_spine_fits(options, n);
	FILE *out;

	if (wrong)
		return netctl_usage(ctx, "%s", wrong);
	if (options->stub || options->switching)
		return netctl_usage(ctx, "leaf-spine routes: it takes neither stub nor switching");
	out = open_output(ctx, options->file);
	if (!out)
		return NETCTL_USAGE;
	gen_write_leaf_spine(out, n, options, title);
	return close_output(ctx, out, options->file);
}

/* Without what would end the comment that it is put in. */
static void make_title(char *title, size_t size, int argc, char **argv)
{
	size_t len = 0;
	char *p;
	int i;

	*title = '\0';
	for (i = 0; i < argc && len < size; i++)
		len += snprintf(title + len, size - len, "%s%s", i ? " " : "",
				argv[i]);
	for (p = title; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static int gen(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct gen_options options = { .hosts = 1 };
	struct gen_graph graph = { 0 };
	const struct gen_shape *shape;
	uint64_t n[GEN_ARGS_MAX];
	char title[512];
	int used, ret;

	if (!argc)
		return netctl_usage(ctx, "needs a shape; \"netctl help topology\" says which there are");
	shape = gen_shape_parse(ctx, argc, argv, n, &used);
	if (!shape)
		return NETCTL_USAGE;
	if (!strcmp(shape->name, "graphml") && used++ == argc)
		return netctl_usage(ctx, "graphml needs FILE");
	make_title(title, sizeof(title), argc, argv);
	ret = netctl_parse(ctx, keys, argc - used, argv + used, &options);
	if (ret)
		return ret;
	if (!options.lab)
		options.lab = shape->name;
	if (!options.tenant)
		options.tenant = options.lab;
	if (!options.n_subnets) {
		nsfab_prefix_parse(&options.subnet[options.n_subnets++],
				   "10.0.0.0/8");
		/* Its hosts ask nobody but their leaf for anything. */
		if (!strcmp(shape->name, "leaf-spine"))
			nsfab_prefix_parse(&options.subnet[options.n_subnets++],
					   "fd00:10::/48");
	}
	/* One seed is enough for shape and lab. */
	if (!strcmp(shape->name, "random") && options.has_seed)
		n[2] = options.seed;
	if (!strcmp(shape->name, "leaf-spine"))
		return write_routed(ctx, n, &options, title);
	if (shape->build)
		shape->build(&graph, n);
	else
		ret = gen_graphml_read(&graph, ctx, argv[used - 1],
				       options.hosts);
	if (!ret)
		ret = write_graph(ctx, &graph, &options, title);
	gen_free(&graph);
	return ret;
}

static const struct netctl_verb verbs[] = {
	{ "gen", "generate", gen },
	{ 0 },
};

const struct netctl_object netctl_obj_topology = {
	.name = "topology",
	.summary = "write a lab file of emulated switches in a shape",
	.help =
"netctl topology gen SHAPE [OPTION]...\n"
"\n"
"Write a lab file for netctl apply, to standard output if no FILE is named.\n"
"Switches are networks, links join them, hosts are VMs. Numbers of a shape may\n"
"be written as Mininet has them, too: linear,400 is linear 400.\n"
"\n"
"SHAPE is one of\n"
"  single HOSTS              one switch\n"
"  minimal                   one switch with two hosts\n"
"  linear N [HOSTS]          N switches in a row, HOSTS (1) at each\n"
"  tree DEPTH [FANOUT]       DEPTH levels of switches, FANOUT (2) hosts at each\n"
"                            of the last\n"
"  star N [HOSTS]            N switches around one, HOSTS (1) at each\n"
"  ring N [HOSTS]            N switches in a ring, HOSTS (1) at each\n"
"  torus ROWSxCOLUMNS        a grid whose edges meet, one host at each switch,\n"
"                            3x3 or more\n"
"  fat-tree K                of switches with K ports, up to 64, K^3/4 hosts\n"
"  leaf-spine SPINES LEAVES [HOSTS]\n"
"                            routers with equal paths, HOSTS (1) at each leaf\n"
"  dumbbell HOSTS            two switches, HOSTS at each\n"
"  random N LINKS [SEED]     N switches, connected, one host at each\n"
"  graphml FILE              what a GraphML file has, as of the Topology Zoo;\n"
"                            delays follow from places, rates from LinkSpeedRaw\n"
"\n"
"OPTION is one of\n"
"  output, -o FILE           where to write\n"
"  lab NAME                  the lab's name, that of the shape when left out\n"
"  tenant NAME               its tenant's, that of the lab when left out\n"
"  subnet PREFIX             that hosts have addresses of, 10.0.0.0/8 when left\n"
"                            out, of a leaf-spine fd00:10::/48 too; may be given\n"
"                            several times, IPv6 too\n"
"  seed NUMBER               the lab's seed, and that of a random shape\n"
"  hosts NUMBER              at each switch of a GraphML file, 1 when left out\n"
"  stub                      hosts are stubs\n"
"  switching HOW             learn, what up to 64 switches without a loop do when\n"
"                            left out, or shortest-path\n"
"  delay TIME                and the other words of links between switches:\n"
"  jitter TIME\n"
"  rate RATE\n"
"  loss SHARE\n"
"  duplicate SHARE\n"
"  reorder SHARE\n"
"  corrupt SHARE\n"
"  queue SIZE                or TIME\n",
	.verbs = verbs,
};
