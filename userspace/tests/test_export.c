// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl export: the file that it prints makes the same lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export.h"
#include "lab_load.h"

/* A running lab has no limit that nobody has set. */
#define LIMITS "accounting: basic\n    limits: {max-networks: 9, " \
	"max-ports: 99, max-fdb: 9, max-neigh: 9, max-routes: 9, " \
	"max-flows: 9, flow-timeout: 30, fdb-timeout: 30, max-links: 9, " \
	"max-held: 9}\n"
#define WEB "    networks: {web: {mtu: 1400, subnets: [10.0.1.0/24, " \
	"'fd00::/64']}}\n"
#define TWO_VMS "lab: x\nseed: 7\ntenants:\n  acme:\n    " LIMITS WEB \
	"    vms: {a: {network: web}, b: {network: web}}\n"

static struct lab_file load(const char *text)
{
	struct lab_file file;

	if (lab_file_parse(&file, "f", text, strlen(text)) ||
	    lab_file_resolve(&file, NULL))
		fail_msg("%u:%u: %s in:\n%s", file.diag.entry[0].line,
			 file.diag.entry[0].column, file.diag.entry[0].text,
			 text);
	return file;
}

/* What is printed of a state, to be freed */
static char *exported(const struct nsfab_state *state)
{
	FILE *to = tmpfile();
	int out = dup(STDOUT_FILENO);
	char *text;
	long len;

	assert_non_null(to);
	fflush(stdout);
	assert_int_not_equal(dup2(fileno(to), STDOUT_FILENO), -1);
	assert_int_equal(export_state(state), 0);
	fflush(stdout);
	assert_int_not_equal(dup2(out, STDOUT_FILENO), -1);
	close(out);
	fseek(to, 0, SEEK_END);
	len = ftell(to);
	rewind(to);
	text = calloc(1, len + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, len, to), len);
	fclose(to);
	return text;
}

/* A lab's file, to be freed, after it was seen to make the same lab again */
static char *again(const char *text)
{
	struct lab_file old = load(text), new;
	struct nsfab_state_diff diff;
	char *first, *second;

	first = exported(old.state);
	new = load(first);
	second = exported(new.state);
	assert_string_equal(first, second);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &diff), 0);
	if (diff.n)
		fail_msg("%zu steps between\n%s\nand\n%s", diff.n, text, first);
	nsfab_state_diff_free(&diff);
	free(second);
	lab_file_free(&new);
	lab_file_free(&old);
	return first;
}

static void says(char *file, const char *what)
{
	if (!strstr(file, what))
		fail_msg("\"%s\" is not in\n%s", what, file);
	free(file);
}

static void vms_and_what_was_chosen_for_them(void **state)
{
	(void)state;
	says(again(TWO_VMS), "mac: ");
	says(again(TWO_VMS), "seed: 7\n");
	says(again("lab: x\ntenants:\n  acme:\n    " LIMITS WEB
		   "    vms:\n      a: {network: web, cpus: 0.5, memory: 64m, "
		   "image: base, flavour: m1, labels: {role: db}, "
		   "run: [sleep, '1000']}\n"),
	     "cpus: 0.500, memory: 67108864, flavour: m1, image: base");
}

static void routes_and_remote_ports(void **state)
{
	(void)state;
	says(again("lab: x\nhosts: {h1: {local: 192.0.2.1}}\n"
		   "underlay: {mtu: 1600}\n"
		   "tenants:\n  acme:\n    " LIMITS WEB
		   "    vms: {a: {network: web, host: h1}}\n"
		   "    ports: {far: {network: web, remote: 192.0.2.9, "
		   "ip: 10.0.1.77, mac: 02:00:00:00:00:77}}\n"
		   "    routes:\n"
		   "      - {to: 10.9.0.0/16, via: [10.0.1.77]}\n"
		   "      - {to: 10.8.0.0/16, type: blackhole}\n"),
	     "blackhole");
}

static void hosts_and_the_underlay(void **state)
{
	(void)state;
	says(again("lab: x\nhosts: {h1: {local: 192.0.2.1}, "
		   "h2: {local: 192.0.2.2}}\n"
		   "underlay:\n  mtu: 9000\n  encap: geneve\n"
		   "  links: [{between: [h1, h2], delay: 1ms}]\n"
		   "tenants:\n  acme:\n    " LIMITS WEB
		   "    vms: {a: {network: web, host: h1}, "
		   "b: {network: web, host: h2}}\n"),
	     "mtu: 9000\n  encap: geneve");
}

static void whatever_a_link_can_be_told(void **state)
{
	(void)state;
	says(again(TWO_VMS "    links: [{between: [a, b], delay: 5ms, jitter: "
		   "1ms, dist: pareto, overtake: off, loss: 0.1%, "
		   "duplicate: 0.002, corrupt: 1%, reorder: 0.5, "
		   "rate: 100mbit, overhead: l1, queue: 20ms, ecn: 1500}]\n"),
	     "dist: pareto");
	says(again(TWO_VMS "    links: [{from: a, loss: gemodel 1% 10% 70% "
		   "0.1%}, {to: b, loss: 'nth 3,9', state: down}]\n"),
	     "nth 3,9");
	says(again(TWO_VMS "    links: [{from: a, to: b, scope: 3, proto: tcp, "
		   "dport: 80, src: 10.0.1.0/24, delay: 1}]\n"), "scope: 3");
}

static void bottlenecks_and_paths(void **state)
{
	(void)state;
	says(again(TWO_VMS "    bottlenecks: {core: {rate: 1gbit}, "
		   "edge: {delay: 1ms}}\n"
		   "    links: [{between: [a, b], path: [edge, core]}]\n"),
	     "path: [edge, core]");
}

static void a_schedule_and_its_links_without_it(void **state)
{
	(void)state;
	says(again(TWO_VMS "    bottlenecks: {core: {rate: 1gbit}}\n"
		   "    links: [{between: [a, b], delay: 5ms, path: [core]}]\n"
		   "    schedule:\n      loop: 10s\n      events:\n"
		   "        - {at: 0, link: [a, b], set: {delay: 9ms}}\n"
		   "        - {at: 2s, fail: [a, b]}\n"
		   "        - {at: 3s, restore: [a, b]}\n"
		   "        - {at: 3s, bottleneck: core, set: {rate: 1mbit}}\n"),
	     "delay: 5ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vms_and_what_was_chosen_for_them),
		cmocka_unit_test(routes_and_remote_ports),
		cmocka_unit_test(hosts_and_the_underlay),
		cmocka_unit_test(whatever_a_link_can_be_told),
		cmocka_unit_test(bottlenecks_and_paths),
		cmocka_unit_test(a_schedule_and_its_links_without_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
