// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM's stack is told, in the labels of its ports and out of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vm_inet.h"

struct labels {
	char text[NSFAB_LABELS_MAX + 1];
};

static char (*lines(struct labels *labels))[NSFAB_LABELS_MAX + 1]
{
	return &labels->text;
}

static struct nsfab_vm_route route(const char *to, const char *a, const char *b)
{
	struct nsfab_vm_route r = { .hops = calloc(2, sizeof(*r.hops)) };

	assert_int_equal(nsfab_prefix_parse(&r.to, to), 0);
	for (; a; a = b, b = NULL) {
		assert_int_equal(nsfab_addr_parse(&r.hops[r.n_hops].via, a), 0);
		r.hops[r.n_hops].weight = r.n_hops + 1;
		r.n_hops++;
	}
	return r;
}

static struct vm_inet read_back(struct labels *labels, size_t n)
{
	const struct nsfab_port *ports[NSFAB_VM_NICS_MAX];
	struct nsfab_port port[NSFAB_VM_NICS_MAX] = { 0 };
	struct vm_inet inet;
	size_t i;

	for (i = 0; i < n; i++) {
		port[i].labels = labels[i].text;
		ports[i] = &port[i];
	}
	assert_int_equal(vm_inet_get(&inet, ports, n), 0);
	return inet;
}

static void labels_keep_it_all(void **state)
{
	struct nsfab_vm_route routes[] = {
		route("10.0.0.0/8", "172.16.0.1", "172.16.0.3"),
		route("::/0", "2001:db8::1", NULL),
	};
	struct vm_inet inet = {
		.router = true, .routes = routes, .n_routes = 2,
		.prefixlen = { { 8, 64 }, { 0, 0 }, { 31, 0 }, { 0, 127 } },
	};
	struct labels labels[4] = { { "role=web" } };
	struct vm_inet back;

	(void)state;
	assert_int_equal(vm_inet_put(&inet, 4, lines(labels), NULL), 0);
	assert_string_equal(labels[0].text, "role=web\nrouter=on\nprefix=8/64\n"
			    "routes=10.0.0.0/8>172.16.0.1,172.16.0.3*2;"
			    "::/0>2001:db8::1");
	assert_string_equal(labels[1].text, "");
	assert_string_equal(labels[2].text, "prefix=31");
	assert_string_equal(labels[3].text, "prefix=/127");
	back = read_back(labels, 4);
	assert_true(back.router);
	assert_memory_equal(back.prefixlen, inet.prefixlen,
			    sizeof(inet.prefixlen));
	assert_int_equal(back.n_routes, 2);
	assert_int_equal(back.routes[0].n_hops, 2);
	assert_int_equal(back.routes[0].hops[1].weight, 2);
	assert_int_equal(nsfab_addr_cmp(&back.routes[1].hops[0].via,
					&routes[1].hops[0].via), 0);
	vm_inet_free(&back);
	free(routes[0].hops);
	free(routes[1].hops);
}

/* A spine has more routes than the labels of one port hold. */
static void routes_go_on_with_the_next_port(void **state)
{
	struct nsfab_vm_route *routes = calloc(200, sizeof(*routes));
	struct vm_inet inet = { .routes = routes, .n_routes = 200 }, back;
	struct labels *labels = calloc(64, sizeof(*labels));
	char to[32];
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(to, sizeof(to), "10.0.%zu.0/24", i);
		routes[i] = route(to, "172.16.0.1", NULL);
	}
	assert_int_equal(vm_inet_put(&inet, 64, lines(labels), NULL), 0);
	back = read_back(labels, 64);
	assert_int_equal(back.n_routes, 200);
	for (i = 0; i < 200; i++)
		assert_int_equal(back.routes[i].to.addr.byte[2], i);
	vm_inet_free(&back);
	memset(labels, 0, 64 * sizeof(*labels));
	assert_int_equal(vm_inet_put(&inet, 1, lines(labels), NULL), -E2BIG);
	for (i = 0; i < 200; i++)
		free(routes[i].hops);
	free(routes);
	free(labels);
}

static void what_others_wrote_is_left_out(void **state)
{
	struct labels labels[] = {
		{ "prefix=200/3000\nroutes=x;10.0.0.0/8;10.0.0.0/8>y;;1.0.0.0/8>2.0.0.1" },
		{ "prefix=a\nrouter=on" },
	};
	struct vm_inet back;

	(void)state;
	back = read_back(labels, 2);
	assert_false(back.router);
	assert_int_equal(back.prefixlen[0][0] + back.prefixlen[0][1] +
			 back.prefixlen[1][0], 0);
	assert_int_equal(back.n_routes, 1);
	vm_inet_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_keep_it_all),
		cmocka_unit_test(routes_go_on_with_the_next_port),
		cmocka_unit_test(what_others_wrote_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
