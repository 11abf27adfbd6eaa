// SPDX-License-Identifier: GPL-2.0-or-later
/* Links in a lab file: what they become, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_load.h"

#define ACME "lab: x\ntenants:\n  acme:\n" \
	"    networks: {web: {subnets: [10.0.1.0/24]}, s1: , s2: , s3: }\n" \
	"    vms: {a: {network: web}, b: {network: web}, " \
	"c: {nics: [{network: web}, {network: s1}]}}\n"

static int load(struct lab_file *file, const char *text,
		const struct nsfab_state *running)
{
	int ret = lab_file_parse(file, "f", text, strlen(text));

	return ret ? ret : lab_file_resolve(file, running);
}

static void refuse(const char *text, unsigned int line, unsigned int column,
		   const char *says)
{
	const struct lab_diag_entry *entry;
	struct lab_file file;

	if (!load(&file, text, NULL))
		fail_msg("good: %s", text);
	entry = &file.diag.entry[0];
	if (!strstr(entry->text, says))
		fail_msg("%u:%u: \"%s\" does not say \"%s\"", entry->line,
			 entry->column, entry->text, says);
	if (entry->line != line || entry->column != column)
		fail_msg("\"%s\" is at %u:%u, not %u:%u", entry->text,
			 entry->line, entry->column, line, column);
	if (file.diag.n != 1)
		fail_msg("\"%s\" is not all: \"%s\"", entry->text,
			 entry[1].text);
	lab_file_free(&file);
}

static struct lab_file accept(const char *text)
{
	struct lab_file file;

	if (load(&file, text, NULL))
		fail_msg("%u:%u: %s", file.diag.entry[0].line,
			 file.diag.entry[0].column, file.diag.entry[0].text);
	return file;
}

static const struct nsfab_state_link *link_of(const struct lab_file *file,
					      const char *host,
					      const char *tenant,
					      const char *name)
{
	const struct nsfab_state_obj *obj;

	obj = nsfab_state_find(file->state, NSFAB_STATE_LINK, host, tenant,
			       name);
	if (!obj)
		fail_msg("there is no link %s", name);
	return &obj->as_link;
}

static void between_is_both_directions(void **state)
{
	const struct nsfab_state_link *link;
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links: [{between: [a, b], delay: 5ms, "
		      "loss: 0.1%, rate: 100mbit}]\n");
	link = link_of(&file, "", "acme", "a/eth0>b/eth0");
	assert_int_equal(link->conf->delay, 5000000);
	assert_int_equal(link->conf->rate, 100000000);
	link = link_of(&file, "", "acme", "b/eth0>a/eth0");
	assert_string_equal(link->from, "b/eth0");
	assert_string_equal(link->to, "a/eth0");
	assert_int_equal(link->conf->loss_model,
			 NSFAB_LINK_LOSS_MODEL_RANDOM);
	lab_file_free(&file);
}

static void one_end_alone_is_the_ports_own(void **state)
{
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links: [{from: a, rate: 1mbit}, "
		      "{to: c/eth1, rate: 2mbit, scope: 5}]\n");
	assert_null(link_of(&file, "", "acme", "a/eth0>")->to);
	assert_int_equal(link_of(&file, "", "acme", ">c/eth1#5")->conf->scope,
			 5);
	lab_file_free(&file);
}

static void a_network_as_other_end_picks_the_nic(void **state)
{
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links: [{between: [c, s1], delay: 1ms}]\n");
	link_of(&file, "", "acme", "c/eth1>");
	link_of(&file, "", "acme", ">c/eth1");
	lab_file_free(&file);
}

static void networks_are_joined_by_a_patch(void **state)
{
	const struct nsfab_state_obj *patch;
	struct lab_file file;
	size_t i, n = 0;

	(void)state;
	file = accept(ACME "    links: [{between: [s2, s1], delay: 1ms}, "
		      "{from: s1, to: s2, scope: 1, proto: tcp}, "
		      "{from: s2, to: s3, rate: 1mbit}]\n");
	patch = nsfab_state_find(file.state, NSFAB_STATE_PATCH, "", "acme",
				 "patch-s1-s2");
	assert_non_null(patch);
	assert_string_equal(patch->as_patch.network[0], "s1");
	assert_string_equal(patch->as_patch.port[1], "patch-s2-s1");
	/* What leaves s2 goes to s2's own port. */
	assert_null(link_of(&file, "", "acme", ">patch-s2-s1")->from);
	link_of(&file, "", "acme", ">patch-s1-s2");
	link_of(&file, "", "acme", ">patch-s1-s2#1");
	link_of(&file, "", "acme", ">patch-s2-s3");
	for (i = 0; i < nsfab_state_count(file.state); i++)
		n += nsfab_state_obj(file.state, i)->kind == NSFAB_STATE_PATCH;
	assert_int_equal(n, 2);
	lab_file_free(&file);
}

static void a_name_may_stand_for_several(void **state)
{
	struct lab_file file;

	(void)state;
	file = accept("lab: x\ntenants:\n  t:\n    networks: {n: }\n"
		      "    vms: {\"v{1..9}\": {network: n}, w: {network: n}}\n"
		      "    links: [{between: [\"v{1..9}\", w], delay: 1ms}]\n");
	link_of(&file, "", "t", "v9/eth0>w/eth0");
	link_of(&file, "", "t", "w/eth0>v1/eth0");
	lab_file_free(&file);
}

#define SEED_OF_A_B 0x82fde3506d02ade0ull

static void seeds_follow_from_the_labs(void **state)
{
	uint64_t there, back;
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links: [{between: [a, b], loss: 1%}]\n"
		      "seed: 42\n");
	there = link_of(&file, "", "acme", "a/eth0>b/eth0")->conf->seed;
	back = link_of(&file, "", "acme", "b/eth0>a/eth0")->conf->seed;
	assert_int_equal(there, nsfab_state_derive_seed(42, "acme",
							"a/eth0>b/eth0"));
	assert_int_not_equal(there, back);
	/* FNV-1a of "42", "acme", "a/eth0>b/eth0", each with its NUL */
	assert_true(there == SEED_OF_A_B);
	lab_file_free(&file);
	file = accept(ACME "    links: [{between: [a, b], loss: 1%, seed: 7}]\n"
		      "seed: 42\n");
	assert_int_equal(link_of(&file, "", "acme",
				 "a/eth0>b/eth0")->conf->seed, 7);
	lab_file_free(&file);
	file = accept(ACME "    links: [{between: [a, b], loss: 1%}]\n");
	assert_int_equal(link_of(&file, "", "acme",
				 "a/eth0>b/eth0")->conf->seed, 0);
	lab_file_free(&file);
}

static void a_link_is_on_the_host_that_it_begins_on(void **state)
{
	const struct nsfab_state_obj *obj;
	struct lab_file file;

	(void)state;
	file = accept("lab: x\n"
		      "hosts: {h1: {local: 192.0.2.1}, h2: {local: 192.0.2.2}}\n"
		      "underlay: {links: [{between: [h1, h2], delay: 500us}]}\n"
		      "tenants:\n  t:\n    networks: {n: }\n"
		      "    vms: {a: {network: n, host: h1}, "
		      "b: {network: n, host: h2}}\n"
		      "    bottlenecks: {core: {rate: 1mbit}}\n"
		      "    links: [{between: [a, b], delay: 1ms}, "
		      "{to: b, delay: 1ms, path: [core]}]\n");
	link_of(&file, "h1", "t", "a/eth0>b/eth0");
	link_of(&file, "h2", "t", "b/eth0>a/eth0");
	link_of(&file, "h2", "t", ">b/eth0");
	link_of(&file, NSFAB_STATE_UNDERLAY_HOST, NSFAB_STATE_UNDERLAY,
		"h2/eth0>h1/eth0");
	obj = nsfab_state_find(file.state, NSFAB_STATE_BOTTLENECK, "h2", "t",
			       "core");
	assert_non_null(obj);
	assert_null(nsfab_state_find(file.state, NSFAB_STATE_LINK, "h2", "t",
				     "a/eth0>b/eth0"));
	lab_file_free(&file);
}

static void a_schedule_is_of_links_by_name(void **state)
{
	const struct nsfab_state_schedule *s;
	const struct nsfab_state_obj *obj;
	struct lab_file file;

	(void)state;
	file = accept(ACME "    bottlenecks: {core: {rate: 1mbit}}\n"
		      "    links: [{between: [a, b], delay: 5ms, overtake: on}]\n"
		      "    schedule:\n      loop: 10s\n      events:\n"
		      "        - {at: 4s, restore: [a, b]}\n"
		      "        - {at: 3s, fail: [b, a]}\n"
		      "        - {at: 3s, bottleneck: core, set: {rate: 2mbit}}\n");
	obj = nsfab_state_find(file.state, NSFAB_STATE_SCHEDULE, "", "", "");
	assert_non_null(obj);
	s = &obj->as_schedule;
	assert_int_equal(s->loop, 10000000000);
	/* What each of three links begins with, then 2 + 1 + 2 changes */
	assert_int_equal(s->n, 8);
	assert_int_equal(s->event[0].at, 0);
	assert_int_equal(s->event[3].at, 3000000000);
	assert_string_equal(s->event[3].link, "b/eth0>a/eth0");
	assert_int_equal(s->event[3].set->flags, NSFAB_LINK_FLAG_DOWN |
			 NSFAB_LINK_FLAG_OVERTAKE);
	assert_string_equal(s->event[5].link, "core");
	assert_int_equal(s->event[7].set->flags, NSFAB_LINK_FLAG_OVERTAKE);
	assert_int_equal(link_of(&file, "", "acme",
				 "a/eth0>b/eth0")->scheduled,
			 NSFAB_LINK_HAS_FLAGS);
	lab_file_free(&file);
}

static void what_is_wrong_has_a_place(void **state)
{
	(void)state;
	refuse(ACME "    links: [{between: [a, b], dist: cauchy}]\n", 6, 37,
	       "dist \"cauchy\" is not one of uniform, normal, pareto");
	refuse(ACME "    links: [{between: [a, b], delay: 17s}]\n", 6, 38,
	       "not a time of at most 16s");
	refuse(ACME "    links: [{between: [a, b], loss: often}]\n", 6, 37,
	       "loss \"often\" is not a share");
	refuse(ACME "    links: [{between: [a, b], rate: 5bit}]\n", 6, 37,
	       "a rate from 1kbit");
	refuse(ACME "    links: [{between: [a, b], dilay: 5ms}]\n", 6, 31,
	       "unknown key \"dilay\"");
	refuse(ACME "    links: [{between: [a, x], delay: 5ms}]\n", 6, 13,
	       "tenant acme has no vm, port or network \"x\"");
	refuse(ACME "    links: [{between: [a, a], delay: 5ms}]\n", 6, 13,
	       "both ends are a");
	refuse(ACME "    links: [{between: [a, b], path: [core]}]\n", 6, 13,
	       "tenant acme has no bottleneck \"core\"");
	refuse(ACME "    links: [{between: [a, b], delay: 9s, jitter: 8s}]\n",
	       6, 13, "delay and jitter are more than 16s in all");
	refuse(ACME "    links: [{between: [a, c], delay: 5ms}]\n", 6, 13,
	       "vm c has several NICs: name one of them, such as c/eth0");
	refuse(ACME "    links: [{from: c/eth2, delay: 5ms}]\n", 6, 13,
	       "vm c has no NIC eth2");
	refuse(ACME "    links: [{from: s1, delay: 5ms}]\n", 6, 13,
	       "network s1 needs another network or a vm");
	refuse(ACME "    links: [{between: [a, s1], delay: 5ms}]\n", 6, 13,
	       "vm a has no NIC in network s1");
	refuse(ACME "    links: [{delay: 5ms}]\n", 6, 13,
	       "A link has between: [A, B]");
	refuse(ACME "    links: [{between: [a, b], from: a}]\n", 6, 13,
	       "from and to cannot be beside it");
	refuse(ACME "    links: [{between: [a, b]}, {from: b, to: a/eth0}]\n",
	       6, 32, "link b/eth0>a/eth0 is there twice (see 6:13)");
	refuse(ACME "    links: [{from: a, path: [core]}]\n", 6, 13,
	       "tenant acme has no bottleneck \"core\"");
	refuse(ACME "    bottlenecks: {core: {rate: 1mbit}}\n"
	       "    links: [{from: a, path: [core, core]}]\n", 7, 36,
	       "path has bottleneck core twice");
	refuse(ACME "    links: [{between: [a, b], trace: /nonexistent}]\n",
	       6, 38, "/nonexistent: No such file");
	refuse(ACME "    links: [{from: a, dport: 80}]\n", 6, 13,
	       "sport and dport need proto");
	refuse(ACME "    schedule: {events: [{at: 3s, fail: [a, b]}]}\n", 6,
	       25, "there is no link between a and b");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {loop: 2s, events: [{at: 3s, fail: a}]}\n", 7, 35,
	       "not before the schedule begins again");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 3s, link: a}]}\n", 7, 25,
	       "needs set");
	refuse(ACME "    schedule: {events: [{at: 3s, bottleneck: x, "
	       "set: {rate: 1mbit}}]}\n", 6, 25,
	       "tenant acme has no bottleneck \"x\"");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {loop: 3s, events: [{at: 3s, fail: a}]}\n", 7, 35,
	       "not before the schedule begins again");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {loop: 0s, events: [{at: 0, fail: a}]}\n", 7, 22,
	       "not a time above 0");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 99999999999s, fail: a}]}\n", 7, 30,
	       "\"99999999999s\" is not a time");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 3s, fail: a, set: {delay: 1}}]}\n",
	       7, 48, "set cannot be beside fail");
	refuse(ACME "    schedule: {loop: 9s, events: [{at: 3s, fail: a}]}\n"
	       "    links: [{from: a}]\n"
	       "  beta:\n    networks: {web: {subnets: [10.0.1.0/24]}}\n"
	       "    vms: {a: {network: web}}\n    links: [{from: a}]\n"
	       "    schedule: {loop: 8s, events: [{at: 3s, fail: a}]}\n", 12,
	       35, "a host has one schedule, and two loops are asked for");
	refuse("lab: x\nhosts: {h1: {local: 192.0.2.1}}\n"
	       "underlay: {links: [{between: [h1, h2]}]}\n", 3, 20,
	       "the lab has no host \"h2\"");
}

static void a_trace_of_a_link_is_read_beside_the_file(void **state)
{
	char dir[] = "/tmp/test_lab_links.XXXXXX", path[64];
	const struct nsfab_state_obj *obj;
	struct lab_file file;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/t.csv", dir);
	out = fopen(path, "w");
	fputs("KEEP,LATENCY\n1000,5000\n1000,6000\n", out);
	fclose(out);
	snprintf(path, sizeof(path), "%s/m.trace", dir);
	out = fopen(path, "w");
	fputs("1\n2\n3\n", out);
	fclose(out);
	snprintf(path, sizeof(path), "%s/lab.yaml", dir);
	out = fopen(path, "w");
	fputs(ACME "    links: [{from: a, to: b, trace: t.csv}, "
	      "{from: b, trace: m.trace}]\n", out);
	fclose(out);
	assert_int_equal(lab_file_load(&file, path), 0);
	assert_int_equal(lab_file_resolve(&file, NULL), 0);
	obj = nsfab_state_find(file.state, NSFAB_STATE_SCHEDULE, "", "", "");
	assert_non_null(obj);
	assert_int_equal(obj->as_schedule.loop, 2000000);
	assert_int_equal(obj->as_schedule.n, 3);
	assert_int_equal(obj->as_schedule.event[2].at, 1000000);
	assert_int_equal(obj->as_schedule.event[2].set->delay, 6000);
	assert_int_equal(link_of(&file, "", "acme", "b/eth0>")->conf->n_trace,
			 3);
	lab_file_free(&file);
	/* And a host has one schedule. */
	out = fopen(path, "a");
	fputs("    schedule: {loop: 3s, events: [{at: 1, fail: a}]}\n", out);
	fclose(out);
	assert_int_not_equal(lab_file_load(&file, path), 0);
	assert_non_null(strstr(file.diag.entry[0].text, "begins again after"));
	lab_file_free(&file);
	unlink(path);
	snprintf(path, sizeof(path), "%s/t.csv", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/m.trace", dir);
	unlink(path);
	rmdir(dir);
}

static void a_trace_and_a_table_may_stand_in_the_file(void **state)
{
	const struct nsfab_link *conf;
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links:\n"
		      "      - {from: a, trace: [0, 3, 3, 7]}\n"
		      "      - {to: a, trace: {period: 9, at: [0]}}\n"
		      "      - {from: b, dist: {table: [-8192, 0.125, 0.125, "
		      "8192]}}\n");
	conf = link_of(&file, "", "acme", "a/eth0>")->conf;
	assert_int_equal(conf->n_trace, 4);
	assert_int_equal(conf->trace[2], 3);
	assert_int_equal(conf->trace_period, 7);
	conf = link_of(&file, "", "acme", ">a/eth0")->conf;
	assert_int_equal(conf->n_trace, 1);
	assert_int_equal(conf->trace_period, 9);
	conf = link_of(&file, "", "acme", "b/eth0>")->conf;
	assert_int_equal(conf->dist, NSFAB_LINK_DIST_TABLE);
	assert_int_equal(conf->n_table, 4);
	assert_int_equal(conf->table[0], -65536);
	assert_int_equal(conf->table[1], 1);
	lab_file_free(&file);
	refuse(ACME "    links: [{from: a, trace: [3, 2]}]\n", 6, 34,
	       "2 goes back behind 3");
	refuse(ACME "    links: [{from: a, trace: [0, 0]}]\n", 6, 30,
	       "the last one is 0");
	refuse(ACME "    links: [{from: a, trace: {period: 1, at: [2]}}]\n",
	       6, 39, "over before the last one, 2");
	refuse(ACME "    links: [{from: a, trace: [-1]}]\n", 6, 31,
	       "-1 is less than 0");
	refuse(ACME "    links: [{from: a, trace: []}]\n", 6, 30,
	       "has 0 entries");
	refuse(ACME "    links: [{from: a, dist: {table: [1, 0]}}]\n", 6, 41,
	       "they must rise");
	refuse(ACME "    links: [{from: a, dist: {table: [0, 0.1]}}]\n", 6, 41,
	       "0.1 is no multiple of 1/8");
	refuse(ACME "    links: [{from: a, dist: {table: [0, 262145]}}]\n", 6,
	       41, "262145 is more than 262144");
}

static void an_event_may_be_of_one_link(void **state)
{
	const struct nsfab_state_schedule *s;
	struct lab_file file;

	(void)state;
	file = accept(ACME "    links:\n"
		      "      - {between: [a, b]}\n"
		      "      - {from: a, to: b, scope: 2}\n"
		      "      - {to: b}\n"
		      "      - {from: b, dist: {table: [0, 8]}}\n"
		      "    schedule:\n      events:\n"
		      "        - {at: 0, from: a, to: b, scope: 2, "
		      "set: {delay: 1}}\n"
		      "        - {at: 2, from: a, to: b, set: {delay: 1}}\n"
		      "        - {at: 3, to: b, set: {dist: normal}}\n"
		      "        - {at: 4, from: b, "
		      "set: {dist: {table: [0, 8]}}}\n");
	s = &nsfab_state_find(file.state, NSFAB_STATE_SCHEDULE, "", "",
			      "")->as_schedule;
	assert_int_equal(s->n, 8);
	assert_int_equal(s->n_begins, 4);
	assert_string_equal(s->event[4].link, "a/eth0>b/eth0#2");
	assert_string_equal(s->event[5].link, "a/eth0>b/eth0");
	assert_string_equal(s->event[6].link, ">b/eth0");
	/* A table that there is none of is not what it begins with. */
	assert_string_equal(s->event[0].link, ">b/eth0");
	assert_int_equal(s->event[0].set->present, NSFAB_LINK_HAS_DIST);
	assert_int_equal(link_of(&file, "", "acme", ">b/eth0")->scheduled,
			 NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE);
	assert_string_equal(s->event[3].link, "b/eth0>");
	assert_int_equal(s->event[3].set->present,
			 NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE);
	assert_int_equal(s->event[7].set->present,
			 NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE);
	lab_file_free(&file);
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 1, from: a, scope: 1, "
	       "set: {delay: 1}}]}\n", 7, 25, "there is no link of a");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 1, link: a, scope: 1, "
	       "set: {delay: 1}}]}\n", 7, 25, "scope is of one link");
	refuse(ACME "    links: [{from: a}]\n"
	       "    schedule: {events: [{at: 1, link: a, from: a, "
	       "set: {delay: 1}}]}\n", 7, 25,
	       "exactly one of the keys \"link\" and \"bottleneck\" and "
	       "\"fail\" and \"restore\" and \"from\"");
}

static void changes(const char *before, const char *after, size_t n,
		    const char *first)
{
	struct nsfab_state_diff diff;
	struct lab_file old, new;
	char text[512];
	size_t i, steps = 0;

	old = accept(before);
	if (load(&new, after, old.state))
		fail_msg("%s", new.diag.entry[0].text);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &diff), 0);
	for (i = 0; i < diff.n; i++)
		steps += !diff.op[i].partial;
	if (steps != n) {
		for (i = 0; i < diff.n; i++) {
			nsfab_state_op_text(&diff.op[i], text, sizeof(text));
			print_message("%s\n", text);
		}
		fail_msg("%zu steps, not %zu", steps, n);
	}
	if (n) {
		nsfab_state_op_text(&diff.op[0], text, sizeof(text));
		assert_string_equal(text, first);
	}
	nsfab_state_diff_free(&diff);
	lab_file_free(&old);
	lab_file_free(&new);
}

#define A_B(values) ACME "    links: [{from: a, to: b" values "}]\n"
#define EVENTS(time) \
	"    schedule: {events: [{at: " time ", fail: [a, b]}]}\n"

static void a_changed_value_changes_the_link_in_place(void **state)
{
	(void)state;
	changes(A_B(", delay: 5ms"), A_B(", delay: 5ms"), 0, "");
	changes(A_B(", delay: 5ms"), A_B(", delay: 6ms, loss: 1%"), 1,
		"link acme/a/eth0>b/eth0 delay 5ms -> 6ms loss none -> 1%");
	changes(A_B(", delay: 5ms"), A_B(""), 1,
		"link acme/a/eth0>b/eth0 delay 5ms -> 0ns");
	changes(A_B(", rate: 1gbit"), A_B(", rate: 1000mbit, queue: auto"), 0,
		"");
	changes(A_B(", scope: 1"), A_B(", scope: 2"), 2,
		"link acme/a/eth0>b/eth0#2");
	changes(ACME, A_B(", delay: 5ms"), 1,
		"link acme/a/eth0>b/eth0 delay 5ms");
	changes(A_B(", trace: [1, 3]"), A_B(", trace: [2, 3]"), 1,
		"link acme/a/eth0>b/eth0 trace 2 in 3ms -> 2 in 3ms");
	changes(A_B(", dist: {table: [0, 8]}"), A_B(", dist: {table: [0, 9]}"),
		1, "link acme/a/eth0>b/eth0 dist table -> table "
		"table of 2 -> of 2");
}

static void what_a_schedule_changes_is_not_changed_back(void **state)
{
	(void)state;
	changes(A_B(", delay: 5ms") EVENTS("3s"),
		A_B(", delay: 5ms") EVENTS("3s"), 0, "");
	/*
	 * The label of the tenant tells that the schedule is another one, which
	 * ends before anything changes, and begins anew.
	 */
	changes(A_B(", delay: 5ms") EVENTS("3s"),
		A_B(", delay: 6ms, state: down") EVENTS("3s"), 4,
		"schedule of the lab");
	/* Nor is the link down because an event did that. */
	changes(A_B(", state: down") EVENTS("3s"), A_B("") EVENTS("3s"), 3,
		"schedule of the lab");
	changes(A_B("") EVENTS("3s"), A_B(", delay: 6ms"), 3,
		"schedule of the lab");
	/* Its events are told of links that are there by then. */
	changes(A_B("") EVENTS("3s"),
		ACME "    links: [{from: a, to: b}, {from: b}]\n" EVENTS("3s"),
		3, "schedule of the lab");
}

#define TWO ACME "    links: [{from: a, to: b}, {from: a, to: b, scope: 1}]\n"
#define EVENT(scope, set) TWO "    schedule: {loop: 9s, events: [{at: 3s, " \
	"from: a, to: b, scope: " scope ", set: {" set "}}]}\n"

/* The label of the tenant tells so, and it ends and begins. */
static void another_schedule(const char *before, const char *after)
{
	changes(before, before, 0, "");
	changes(before, after, 3, "schedule of the lab");
}

static void all_of_a_schedule_tells_it_from_another(void **state)
{
	(void)state;
	another_schedule(A_B("") EVENTS("3s"), A_B("") EVENTS("4s"));
	another_schedule(A_B("") "    schedule: {loop: 8s, events: "
			 "[{at: 3s, fail: [a, b]}]}\n",
			 A_B("") "    schedule: {loop: 9s, events: "
			 "[{at: 3s, fail: [a, b]}]}\n");
	another_schedule(EVENT("0", "delay: 1ms"), EVENT("1", "delay: 1ms"));
	another_schedule(EVENT("0", "delay: 1ms"), EVENT("0", "jitter: 1ms"));
	another_schedule(EVENT("0", "delay: 1ms"), EVENT("0", "delay: 2ms"));
	another_schedule(EVENT("0", "loss: 1%"), EVENT("0", "loss: 2%"));
	another_schedule(EVENT("0", "loss: 'nth 1,5'"),
			 EVENT("0", "loss: 'nth 1,6'"));
	another_schedule(EVENT("0", "dist: {table: [0, 8]}"),
			 EVENT("0", "dist: {table: [0, 9]}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_is_both_directions),
		cmocka_unit_test(one_end_alone_is_the_ports_own),
		cmocka_unit_test(a_network_as_other_end_picks_the_nic),
		cmocka_unit_test(networks_are_joined_by_a_patch),
		cmocka_unit_test(a_name_may_stand_for_several),
		cmocka_unit_test(seeds_follow_from_the_labs),
		cmocka_unit_test(a_link_is_on_the_host_that_it_begins_on),
		cmocka_unit_test(a_schedule_is_of_links_by_name),
		cmocka_unit_test(what_is_wrong_has_a_place),
		cmocka_unit_test(a_trace_of_a_link_is_read_beside_the_file),
		cmocka_unit_test(a_changed_value_changes_the_link_in_place),
		cmocka_unit_test(a_trace_and_a_table_may_stand_in_the_file),
		cmocka_unit_test(an_event_may_be_of_one_link),
		cmocka_unit_test(what_a_schedule_changes_is_not_changed_back),
		cmocka_unit_test(all_of_a_schedule_tells_it_from_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
