// SPDX-License-Identifier: GPL-2.0-or-later
/* Shortest paths, and the tables of switches that follow from them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "path.h"
#include "state_switch.h"

#define EDGE(a, b, c) { .node = { a, b }, .cost = c, .hash = (a) * 100 + (b) }

static void paths_are_short(void **unused)
{
	/* A square with a dear diagonal: 0-1-2-3-0, 0-2 */
	static const struct path_edge edge[] = {
		EDGE(0, 1, 1), EDGE(1, 2, 1), EDGE(2, 3, 1), EDGE(3, 0, 1),
		EDGE(0, 2, 3),
	};
	const struct path_arc *arcs[10];
	struct path_graph graph;

	(void)unused;
	assert_int_equal(path_init(&graph, 5, edge, 4), 0);
	assert_true(graph.equal);
	path_find(&graph, 0);
	assert_int_equal(graph.distance[2], 2);
	assert_int_equal(graph.distance[3], 1);
	assert_true(graph.distance[4] == PATH_FAR);
	assert_int_equal(path_next(&graph, 2, arcs), 2);
	assert_int_equal(path_next(&graph, 0, arcs), 0);
	assert_int_equal(path_next(&graph, 4, arcs), 0);
	path_free(&graph);

	assert_int_equal(path_init(&graph, 4, edge, 5), 0);
	assert_false(graph.equal);
	path_find(&graph, 0);
	assert_int_equal(graph.distance[2], 2);
	assert_int_equal(path_next(&graph, 2, arcs), 2);
	path_free(&graph);
}

/* Dijkstra against Bellman and Ford, on graphs that are drawn */
static void dijkstra_is_right(void **unused)
{
	enum { NODES = 40, EDGES = 120 };
	struct path_edge edge[EDGES];
	uint64_t far[NODES], seed = 1;
	struct path_graph graph;
	unsigned int round, i, j;

	(void)unused;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < EDGES; i++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			edge[i].node[0] = (seed >> 33) % NODES;
			edge[i].node[1] = (seed >> 45) % NODES;
			edge[i].cost = 1 + (seed >> 20) % 50;
			edge[i].hash = i;
		}
		assert_int_equal(path_init(&graph, NODES, edge, EDGES), 0);
		path_find(&graph, 0);
		for (i = 0; i < NODES; i++)
			far[i] = i ? PATH_FAR : 0;
		for (i = 0; i < NODES; i++)
			for (j = 0; j < 2 * EDGES; j++) {
				const struct path_edge *e = &edge[j / 2];
				uint32_t a = e->node[j % 2];
				uint32_t b = e->node[!(j % 2)];

				if (far[a] != PATH_FAR &&
				    far[a] + e->cost < far[b])
					far[b] = far[a] + e->cost;
			}
		assert_memory_equal(graph.distance, far, sizeof(far));
		path_free(&graph);
	}
}

/* A lab of switches in a row or ring, with one host each. */
static struct nsfab_state *make_lab(unsigned int n, bool ring, unsigned int vms,
				    uint8_t switching)
{
	struct nsfab_state *state = nsfab_state_new("lab");
	char name[2][16], port[2][40];
	struct nsfab_addr addr = { .len = 4, .byte = { 10 } };
	struct nsfab_state_nic nic = {
		.network = name[0], .auto_mac = true, .n_addrs = 1,
		.addr = &addr, .prefixlen = { 8 },
	};
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_TENANT, .tenant = "t", .name = "t",
	};
	unsigned int i;

	memset(obj.as_tenant.limit, 0xff, sizeof(obj.as_tenant.limit));
	obj.as_tenant.switching = switching;
	assert_int_equal(nsfab_state_add(state, &obj, NULL), 0);
	for (i = 0; i < n; i++) {
		snprintf(name[0], sizeof(name[0]), "s%u", i);
		snprintf(name[1], sizeof(name[1]), "s%u", (i + 1) % n);
		memset(&obj, 0, sizeof(obj));
		obj.kind = NSFAB_STATE_NETWORK;
		obj.tenant = "t";
		obj.name = name[0];
		obj.as_network.vni = i + 1;
		obj.as_network.mtu = NSFAB_STATE_AUTO;
		assert_int_equal(nsfab_state_add(state, &obj, NULL), 0);
		snprintf(port[0], sizeof(port[0]), "%s-%s", name[0], name[1]);
		snprintf(port[1], sizeof(port[1]), "%s-%s", name[1], name[0]);
		obj.kind = NSFAB_STATE_PATCH;
		obj.name = port[0];
		obj.as_patch = (struct nsfab_state_patch){
			.network = { name[0], name[1] },
			.port = { port[0], port[1] },
		};
		if (i + 1 < n || ring)
			assert_int_equal(nsfab_state_add(state, &obj, NULL), 0);
	}
	for (i = 0; i < vms; i++) {
		snprintf(name[0], sizeof(name[0]), "s%u", i % n);
		snprintf(name[1], sizeof(name[1]), "h%u", i);
		addr.byte[3] = i + 1;
		memset(&obj, 0, sizeof(obj));
		obj.kind = NSFAB_STATE_VM;
		obj.tenant = "t";
		obj.name = name[1];
		obj.as_vm.n_nics = 1;
		obj.as_vm.nic = &nic;
		assert_int_equal(nsfab_state_add(state, &obj, NULL), 0);
	}
	return state;
}

static char heard[512];

static void hear(void *arg, uint32_t origin, uint32_t other, const char *text)
{
	(void)arg;
	(void)origin;
	(void)other;
	snprintf(heard, sizeof(heard), "%s", text);
}

static const struct nsfab_state_forwarding *
table_of(const struct nsfab_state *state, const char *name)
{
	const struct nsfab_state_obj *obj;

	obj = nsfab_state_find(state, NSFAB_STATE_FORWARDING, "", "t", name);
	assert_non_null(obj);
	return &obj->as_forwarding;
}

/* By which port a switch sends what is for a host. */
static const char *way(const struct nsfab_state *state, const char *at,
		       const char *vm)
{
	const struct nsfab_state_forwarding *table = table_of(state, at);
	uint8_t mac[NSFAB_MAC_LEN];
	uint32_t i;

	nsfab_state_derive_mac("lab", "t", vm, 0, mac);
	for (i = 0; i < table->n_fdb; i++)
		if (!memcmp(table->fdb[i].mac, mac, sizeof(mac)))
			return table->port[table->fdb[i].port];
	return NULL;
}

static void a_row_has_one_way(void **unused)
{
	struct nsfab_state *state;
	const struct nsfab_state_forwarding *table;

	(void)unused;
	state = make_lab(5, false, 5, NSFAB_STATE_SWITCHING_SHORTEST);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), 0);
	assert_string_equal(way(state, "s1", "h0"), "s1-s0");
	assert_string_equal(way(state, "s1", "h4"), "s1-s2");
	assert_string_equal(way(state, "s4", "h0"), "s4-s3");
	assert_null(way(state, "s4", "h4"));
	table = table_of(state, "s2");
	assert_int_equal(table->n_fdb, 4);
	assert_int_equal(table->n_neigh, 4);
	nsfab_state_free(state);

	/* Who has no hosts is asked nothing. */
	state = make_lab(5, false, 2, NSFAB_STATE_SWITCHING_SHORTEST);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), 0);
	table = table_of(state, "s3");
	assert_int_equal(table->n_fdb, 2);
	assert_int_equal(table->n_neigh, 0);
	assert_string_equal(nsfab_state_find(state, NSFAB_STATE_TENANT, "",
					     "t", "t")->labels,
			    "switching=shortest-path");
	nsfab_state_free(state);

	state = make_lab(5, false, 5, NSFAB_STATE_SWITCHING_LEARN);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), 0);
	assert_null(nsfab_state_find(state, NSFAB_STATE_FORWARDING, "", "t",
				     "s1"));
	nsfab_state_free(state);
}

/* From each switch to each host, as frames go: never round, never far. */
static void frames_arrive_in_a_ring(void **unused)
{
	unsigned int from, to, at, steps, shortest;
	bool clockwise = false, other = false;
	struct nsfab_state *state;
	char name[16], vm[16];
	const char *port;

	(void)unused;
	state = make_lab(8, true, 64, NSFAB_STATE_SWITCHING_SHORTEST);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), 0);
	for (from = 0; from < 8; from++)
		for (to = 0; to < 64; to++) {
			snprintf(vm, sizeof(vm), "h%u", to);
			at = from;
			for (steps = 0; at != to % 8; steps++) {
				assert_true(steps < 8);
				snprintf(name, sizeof(name), "s%u", at);
				port = way(state, name, vm);
				assert_non_null(port);
				at = atoi(strchr(port, '-') + 2);
			}
			shortest = (to % 8 - from + 8) % 8;
			shortest = shortest < 4 ? shortest : 8 - shortest;
			assert_int_equal(steps, shortest);
		}
	/* Opposite hosts are reached both ways. */
	for (to = 4; to < 64; to += 8) {
		snprintf(vm, sizeof(vm), "h%u", to);
		clockwise |= !strcmp(way(state, "s0", vm), "s0-s1");
		other |= !strcmp(way(state, "s0", vm), "s0-s7");
	}
	assert_true(clockwise && other);
	nsfab_state_free(state);
}

static void what_cannot_be_is_refused(void **unused)
{
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_NETWORK, .tenant = "t", .name = "l",
		.as_network = { .vni = 99, .mtu = NSFAB_STATE_AUTO,
				.learning = true },
	};
	struct nsfab_addr addr = { .len = 4, .byte = { 10, 0, 0, 1 } };
	struct nsfab_state_nic nic = {
		.network = "s3", .auto_mac = true, .n_addrs = 1, .addr = &addr,
		.prefixlen = { 8 },
	};
	struct nsfab_state *state;

	(void)unused;
	state = make_lab(4, true, 2, NSFAB_STATE_SWITCHING_SHORTEST);
	nsfab_state_add(state, &obj, NULL);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), -EINVAL);
	assert_non_null(strstr(heard, "network l learns"));
	nsfab_state_free(state);

	state = make_lab(4, true, 2, NSFAB_STATE_SWITCHING_SHORTEST);
	memset(&obj, 0, sizeof(obj));
	obj.kind = NSFAB_STATE_VM;
	obj.tenant = "t";
	obj.name = "again";
	obj.as_vm.n_nics = 1;
	obj.as_vm.nic = &nic;
	nsfab_state_add(state, &obj, NULL);
	assert_int_equal(nsfab_state_resolve(state, NULL, hear, NULL), -EINVAL);
	assert_non_null(strstr(heard, "10.0.0.1 of t/again is that of h0"));
	nsfab_state_free(state);
}

static void a_change_is_as_small_as_it_can_be(void **unused)
{
	struct nsfab_state *old, *new;
	struct nsfab_state_diff diff;
	char text[128];
	size_t i, set = 0;

	(void)unused;
	old = make_lab(6, false, 5, NSFAB_STATE_SWITCHING_SHORTEST);
	new = make_lab(6, false, 6, NSFAB_STATE_SWITCHING_SHORTEST);
	assert_int_equal(nsfab_state_resolve(old, NULL, hear, NULL), 0);
	assert_int_equal(nsfab_state_resolve(new, NULL, hear, NULL), 0);
	assert_int_equal(nsfab_state_diff(old, old, &diff), 0);
	assert_int_equal(diff.n, 0);
	nsfab_state_diff_free(&diff);
	assert_int_equal(nsfab_state_diff(old, new, &diff), 0);
	assert_int_equal(diff.n_create, 1);
	assert_int_equal(diff.n_set, 0);
	for (i = 0; i < diff.n; i++) {
		if (diff.op[i].verb != NSFAB_STATE_SET)
			continue;
		set++;
		nsfab_state_op_text(&diff.op[i], text, sizeof(text));
		if (!strcmp(diff.op[i].new->name, "s0"))
			assert_string_equal(text, "forwarding t/s0 entries -0 +1 neighbours -0 +1");
	}
	/* The last switch had no host: it has no entry more, but neighbours. */
	assert_int_equal(set, 6);
	nsfab_state_diff_free(&diff);

	/* All of it: tables go with their networks, links with their patches. */
	assert_int_equal(nsfab_state_diff(new, NULL, &diff), 0);
	for (i = 0; i < diff.n; i++)
		assert_int_equal(diff.op[i].implied,
				 diff.op[i].old->kind ==
				 NSFAB_STATE_FORWARDING ||
				 diff.op[i].old->kind == NSFAB_STATE_LINK);
	nsfab_state_diff_free(&diff);
	nsfab_state_free(old);
	nsfab_state_free(new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_short),
		cmocka_unit_test(dijkstra_is_right),
		cmocka_unit_test(a_row_has_one_way),
		cmocka_unit_test(frames_arrive_in_a_ring),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_change_is_as_small_as_it_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
