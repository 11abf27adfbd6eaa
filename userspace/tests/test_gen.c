// SPDX-License-Identifier: GPL-2.0-or-later
/* Topologies that are made up: how many of what, and always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gen.h"

static struct netctl_ctx ctx = {
	.object = "topology", .verb = "gen", .quiet = true,
};

/* What is printed on stderr is no concern of these tests. */
static int hush(void **state)
{
	(void)state;
	return freopen("/dev/null", "w", stderr) ? 0 : -1;
}

static const struct gen_shape *parse(const char *text, uint64_t *n)
{
	char *copy = strdup(text), *word[8], *save = NULL;
	const struct gen_shape *shape;
	int argc = 0, used;

	word[0] = strtok_r(copy, " ", &save);
	while (word[argc] && argc < 7)
		word[++argc] = strtok_r(NULL, " ", &save);
	shape = gen_shape_parse(&ctx, argc, word, n, &used);
	if (shape)
		assert_int_equal(used, argc);
	free(copy);
	return shape;
}

static struct gen_graph build(const char *text)
{
	struct gen_graph graph = { 0 };
	const struct gen_shape *shape;
	uint64_t n[GEN_ARGS_MAX];

	shape = parse(text, n);
	if (!shape)
		fail_msg("%s is refused", text);
	shape->build(&graph, n);
	assert_false(graph.no_memory);
	return graph;
}

static void expect(const char *text, size_t switches, size_t links,
		   size_t hosts, bool has_loop)
{
	struct gen_graph graph = build(text);
	bool loop;
	size_t i;

	if (graph.n_switches != switches || graph.n_links != links ||
	    graph.n_hosts != hosts)
		fail_msg("%s: %zu switches, %zu links, %zu hosts", text,
			 graph.n_switches, graph.n_links, graph.n_hosts);
	assert_int_equal(gen_parts(&graph, &loop), 1);
	assert_int_equal(loop, has_loop);
	for (i = 0; i < links; i++) {
		assert_true(graph.link[i].a < switches);
		assert_true(graph.link[i].b < switches);
		assert_int_not_equal(graph.link[i].a, graph.link[i].b);
	}
	for (i = 0; i < hosts; i++)
		assert_true(graph.host[i].at < switches);
	gen_free(&graph);
}

static void shapes_have_their_numbers(void **state)
{
	(void)state;
	expect("single 10", 1, 0, 10, false);
	expect("minimal", 1, 0, 2, false);
	expect("linear 1", 1, 0, 1, false);
	expect("linear 400", 400, 399, 400, false);
	expect("linear 20 3", 20, 19, 60, false);
	expect("tree 1 5", 1, 0, 5, false);
	expect("tree 3 4", 21, 20, 64, false);
	expect("tree 4", 15, 14, 16, false);
	expect("star 7", 8, 7, 7, false);
	expect("ring 8", 8, 8, 8, true);
	expect("torus 3x3", 9, 18, 9, true);
	expect("torus 4x7", 28, 56, 28, true);
	expect("fat-tree k=2", 5, 4, 2, false);
	expect("fat-tree 4", 20, 32, 16, true);
	expect("fat-tree 16", 320, 2048, 1024, true);
	expect("dumbbell 5", 2, 1, 10, false);
	expect("random 50 49", 50, 49, 50, false);
	expect("random 50 120 3", 50, 120, 50, true);
	expect("random 5 10", 5, 10, 5, true);
}

static void mininet_writes_commas(void **state)
{
	(void)state;
	expect("linear,400", 400, 399, 400, false);
	expect("linear,20,3", 20, 19, 60, false);
	expect("tree,depth=3,fanout=4", 21, 20, 64, false);
	expect("tree,fanout=4,3", 21, 20, 64, false);
	expect("torus,5,5", 25, 50, 25, true);
	expect("single,10", 1, 0, 10, false);
}

/* Every switch of a fat tree has as many cables as ports. */
static void fat_trees_use_all_ports(void **state)
{
	struct gen_graph graph = build("fat-tree 8");
	unsigned int *degree;
	size_t i;

	(void)state;
	degree = calloc(graph.n_switches, sizeof(*degree));
	for (i = 0; i < graph.n_links; i++) {
		degree[graph.link[i].a]++;
		degree[graph.link[i].b]++;
	}
	for (i = 0; i < graph.n_hosts; i++)
		degree[graph.host[i].at]++;
	for (i = 0; i < graph.n_switches; i++)
		assert_int_equal(degree[i], 8);
	free(degree);
	gen_free(&graph);
}

static char *written(const char *text, bool learn)
{
	struct gen_options options = {
		.lab = "x", .tenant = "x", .n_subnets = 1,
		.word = { { "delay", "5ms" }, { "loss", "0.1%" } },
		.n_words = 2,
	};
	struct gen_graph graph = build(text);
	char *data = NULL;
	size_t size;
	FILE *out;

	nsfab_prefix_parse(&options.subnet[0], "10.0.0.0/8");
	out = open_memstream(&data, &size);
	gen_write(out, &graph, &options, learn, text);
	fclose(out);
	gen_free(&graph);
	return data;
}

static void the_same_words_make_the_same_file(void **state)
{
	char *a, *b, *c;

	(void)state;
	a = written("random 40 100 7", false);
	b = written("random 40 100 7", false);
	c = written("random 40 100 8", false);
	assert_string_equal(a, b);
	assert_string_not_equal(strchr(a, '\n'), strchr(c, '\n'));
	free(a);
	free(b);
	free(c);
}

static void a_file_says_what_was_asked_for(void **state)
{
	char *text;

	(void)state;
	text = written("linear 300", true);
	assert_non_null(strstr(text, "      s7: {learning: on}\n"));
	assert_non_null(strstr(text, "limits: {max-fdb: 90000}\n"));
	assert_non_null(strstr(text,
			       "h257: {network: s257, ip: 10.0.1.1/8, ipv6: false}\n"));
	assert_non_null(strstr(text,
			       "{between: [s1, s2], delay: 5ms, loss: 0.1%}\n"));
	free(text);
	/* Where everybody hears everybody, hosts are silent. */
	text = written("linear 65", true);
	assert_non_null(strstr(text,
			       "h65: {network: s65, ip: 10.0.0.65/8, ipv6: false}\n"));
	free(text);
	text = written("linear 65", false);
	assert_null(strstr(text, "ipv6"));
	free(text);
	text = written("ring 3", false);
	assert_non_null(strstr(text, "    switching: shortest-path\n"));
	assert_null(strstr(text, "learning"));
	free(text);
}

static void wrong_shapes_are_refused(void **state)
{
	static const char *const bad[] = {
		"circle 4", "linear", "linear 0", "linear 1 2 3", "linear x=4",
		"linear,a", "linear 1000 1000", "tree 16 16", "torus 2x3",
		"torus 3", "fat-tree 5", "fat-tree", "random 10 8",
		"random 4 7", "ring 2", "minimal,3", "linear -1",
	};
	uint64_t n[GEN_ARGS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], n))
			fail_msg("%s is taken", bad[i]);
}

static void leaf_spine_keeps_to_its_subnet(void **state)
{
	struct gen_options options = { .n_subnets = 1 };
	const uint64_t small[] = { 2, 3, 2 }, large[] = { 2, 64, 1000 };

	(void)state;
	nsfab_prefix_parse(&options.subnet[0], "10.0.0.0/8");
	assert_null(gen_leaf_spine_fits(&options, small));
	assert_null(gen_leaf_spine_fits(&options, large));
	nsfab_prefix_parse(&options.subnet[0], "10.0.0.0/27");
	assert_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[0], "10.0.0.0/28");
	assert_non_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[0], "10.0.0.0/17");
	assert_non_null(gen_leaf_spine_fits(&options, large));
	nsfab_prefix_parse(&options.subnet[0], "172.16.4.0/24");
	assert_non_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[0], "2001:db8::/58");
	assert_null(gen_leaf_spine_fits(&options, large));
	nsfab_prefix_parse(&options.subnet[0], "2001:db8::/59");
	assert_non_null(gen_leaf_spine_fits(&options, large));
	nsfab_prefix_parse(&options.subnet[0], "2001:db8::/72");
	assert_non_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[0], "fdac::/48");
	assert_non_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[0], "2001:db8::/48");
	options.n_subnets = 2;
	nsfab_prefix_parse(&options.subnet[1], "10.0.0.0/8");
	assert_null(gen_leaf_spine_fits(&options, small));
	nsfab_prefix_parse(&options.subnet[1], "2001:db8:1::/48");
	assert_non_null(gen_leaf_spine_fits(&options, small));
}

static int graphml(struct gen_graph *graph, const char *text)
{
	char path[] = "/tmp/nsfab-gen-XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	memset(graph, 0, sizeof(*graph));
	ret = gen_graphml_read(graph, &ctx, path, 1);
	unlink(path);
	return ret;
}

#define KEYS "<graphml>" \
	"<key attr.name=\"LinkSpeedRaw\" for=\"edge\" id=\"d1\"/>" \
	"<key attr.name=\"Latitude\" for=\"node\" id=\"d2\"/>" \
	"<key attr.name=\"Longitude\" for=\"node\" id=\"d3\"/>" \
	"<key attr.name=\"label\" for=\"node\" id=\"d4\"/>" \
	"<key attr.name=\"label\" for=\"edge\" id=\"d5\"/>"
#define NODE(id, label, lat, lon) "<node id=\"" id "\">" \
	"<data key=\"d4\">" label "</data><data key=\"d2\">" lat "</data>" \
	"<data key=\"d3\">" lon "</data></node>"

static void graphml_has_names_delays_and_rates(void **state)
{
	struct gen_graph graph;

	(void)state;
	assert_int_equal(graphml(&graph, KEYS "<graph>"
			 NODE("0", "S&#227;o Paulo (BR)", "0", "0")
			 NODE("1", "Bonn", "0", "90")
			 NODE("2", "Bonn", "45.5", "90")
			 "<node id=\"3\"/>"
			 "<edge source=\"1\" target=\"0\">"
			 "<data key=\"d1\">155520000.0</data>"
			 "<data key=\"d5\">Fibre</data></edge>"
			 "<edge source=\"0\" target=\"1\"/>"
			 "<edge source=\"2\" target=\"2\"/>"
			 "<edge source=\"2\" target=\"3\"/>"
			 "</graph></graphml>"), 0);
	assert_int_equal(graph.n_switches, 4);
	assert_int_equal(graph.n_hosts, 4);
	assert_int_equal(graph.n_links, 2);
	assert_string_equal(graph.sw[0].name, "S-o-Paulo-BR");
	assert_string_equal(graph.sw[1].name, "Bonn");
	assert_string_equal(graph.sw[2].name, "Bonn-3");
	assert_string_equal(graph.sw[3].name, "3");
	/* A quarter of the equator is 10,007.5 km. */
	assert_int_equal(graph.link[0].delay / 1000, 50072);
	assert_int_equal(graph.link[0].rate, 155520000);
	assert_int_equal(graph.link[1].delay, 0);
	assert_int_equal(graph.link[1].rate, 0);
	gen_free(&graph);
}

static void bad_graphml_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "<html></html>", "<graphml><graph></graph></graphml>",
		"<graphml><node id=\"1\"/>",
		"<graphml><node/></graphml>",
		"<graphml><node id=\"1\"/><node id=\"1\"/></graphml>",
		"<graphml><node id=\"1\"/><edge source=\"1\"/></graphml>",
		"<graphml><node id=\"1\"/><edge source=\"1\" target=\"2\"/></graphml>",
		"<graphml><node id=\"1\"/><hyperedge/></graphml>",
		KEYS NODE("0", "a", "north", "0") "</graphml>",
		KEYS NODE("0", "a", "1e999", "0") "</graphml>",
		"<graphml><data key=\"d1\">5</data></graphml>",
	};
	struct gen_graph graph;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!graphml(&graph, bad[i]))
			fail_msg("taken: %s", bad[i]);
		gen_free(&graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_have_their_numbers),
		cmocka_unit_test(mininet_writes_commas),
		cmocka_unit_test(fat_trees_use_all_ports),
		cmocka_unit_test(the_same_words_make_the_same_file),
		cmocka_unit_test(a_file_says_what_was_asked_for),
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(leaf_spine_keeps_to_its_subnet),
		cmocka_unit_test(graphml_has_names_delays_and_rates),
		cmocka_unit_test(bad_graphml_is_refused),
	};

	return cmocka_run_group_tests(tests, hush, NULL);
}
