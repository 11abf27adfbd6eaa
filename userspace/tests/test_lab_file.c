// SPDX-License-Identifier: GPL-2.0-or-later
/* Lab files: what is refused, where and how it says so, and what it makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab_load.h"
#include "lab_range.h"

#define ACME "lab: x\ntenants:\n  acme:\n"
#define NETS ACME "    networks: {web: {subnets: [10.0.1.0/24]}}\n"

static int load(struct lab_file *file, const char *text)
{
	int ret = lab_file_parse(file, "f", text, strlen(text));

	return ret ? ret : lab_file_resolve(file, NULL);
}

static void refuse(const char *text, unsigned int line, unsigned int column,
		   const char *says)
{
	const struct lab_diag_entry *entry;
	struct lab_file file;

	if (!load(&file, text))
		fail_msg("good: %s", text);
	entry = &file.diag.entry[0];
	if (!strstr(entry->text, says))
		fail_msg("%u:%u: \"%s\" does not say \"%s\"", entry->line,
			 entry->column, entry->text, says);
	if (entry->line != line || entry->column != column)
		fail_msg("\"%s\" is at %u:%u, not %u:%u", entry->text,
			 entry->line, entry->column, line, column);
	lab_file_free(&file);
}

static struct lab_file accept(const char *text)
{
	struct lab_file file;

	if (load(&file, text))
		fail_msg("%u:%u: %s", file.diag.entry[0].line,
			 file.diag.entry[0].column, file.diag.entry[0].text);
	return file;
}

static void unknown_keys_are_named_with_place_and_choice(void **unused)
{
	(void)unused;
	refuse("lab: x\nhostz: {}\n", 2, 1, "unknown key \"hostz\"");
	refuse(ACME "    linkz: []\n", 4, 5,
	       "tenants.acme: unknown key \"linkz\", did you mean \"links\"? This version has accounting, limits");
	refuse(ACME "    groups: {}\n", 4, 5, "unknown key \"groups\"");
	refuse(ACME "    vms: {a: {network: n, netmask: 5}}\n", 4, 27,
	       "tenants.acme.vms.a: unknown key \"netmask\"");
}

static void wrong_values_say_what_is_allowed(void **unused)
{
	(void)unused;
	refuse("lab: 5\n", 1, 6, "must be a text, not the number 5 (write \"5\")");
	refuse(ACME "    accounting: all\n", 4, 17,
	       "\"all\" is none of: off, basic, rich");
	refuse(ACME "    networks: {n: {vni: 16777216}}\n", 4, 25,
	       "tenants.acme.networks.n.vni: 16777216 is more than 16777215");
	refuse(ACME "    networks: {n: {subnets: [10.0.0.0]}}\n", 4, 30,
	       "subnets[0]: \"10.0.0.0\" does not fit here: An IPv4 or IPv6 prefix");
	refuse(ACME "    vms: {a: {stub: true}}\n", 4, 14,
	       "exactly one of the keys \"network\" and \"nics\"");
	refuse("tenants: {}\n", 1, 1, "key \"lab\" is missing");
}

static void semantic_errors_have_both_places(void **unused)
{
	(void)unused;
	refuse(NETS "    vms:\n"
	       "      a: {network: web, ip: 10.0.1.9}\n"
	       "      b: {network: web, ip: 10.0.1.9}\n", 7, 7,
	       "address 10.0.1.9 of acme/b is that of a too (see 6:7)");
	refuse(NETS "    vms: {a: {network: db}}\n", 5, 11,
	       "tenant acme has no network \"db\"");
	refuse(NETS "    vms: {a: {network: web, ip: 10.0.1.256}}\n", 5, 33,
	       "\"10.0.1.256\" is not an IP address");
	refuse(NETS "    vms: {a: {network: web, host: h1}}\n", 5, 11,
	       "the lab has no host \"h1\"");
	refuse(NETS "    vms: {\"a{1..3}\": {network: web}, a2: {network: web}}\n",
	       5, 38, "vm a2 is there twice (see 5:11)");
	refuse(NETS "    vms: {a: {network: web, labels: {lab: y}}}\n", 5, 38,
	       "label \"lab\" is netctl's own");
	refuse("lab: x\nunderlay: {mtu: 9000}\n", 2, 11, "no hosts");
}

static void limits_below_what_the_lab_has_are_told(void **unused)
{
	struct lab_file file;

	(void)unused;
	refuse(NETS "    limits: {max-ports: 9}\n"
	       "    vms: {\"a-{1..5}\": {nics: [{network: web}, {network: web}]}}\n",
	       5, 25, "tenant acme needs max-ports 10, not 9");
	refuse(NETS "    limits: {max-networks: 0}\n", 5, 28,
	       "tenant acme needs max-networks 1, not 0");
	refuse(NETS "    limits:\n      max-routes: 1\n    routes: [\n"
	       "      {to: 10.8.0.0/16, via: 10.0.1.9},\n"
	       "      {to: 10.9.0.0/16, via: 10.0.1.9}]\n", 6, 19,
	       "tenant acme needs max-routes 2, not 1");
	file = accept(NETS "    limits: {max-ports: 2, max-networks: 1}\n"
		      "    vms: {\"a-{1..2}\": {network: web}}\n"
		      "  beta:\n    networks: {n: {subnets: [10.0.1.0/24]}}\n"
		      "    vms: {b: {network: n}}\n");
	lab_file_free(&file);
}

static void routers_need_next_hops_beside_them(void **unused)
{
	(void)unused;
	refuse(ACME "    networks: {n: {}}\n"
	       "    vms: {a: {network: n, ip: 10.0.0.1/8, routes: [{to: 0.0.0.0/0, via: 11.0.0.1}]}}\n",
	       5, 52, "next hop 11.0.0.1 is in no network of vm a");
	refuse(ACME "    networks: {n: {}}\n"
	       "    vms: {a: {network: n, ip: 10.0.0.0/8}}\n", 5, 11,
	       "address 10.0.0.0/8 is no host's");
	refuse(ACME "    networks: {n: {}}\n"
	       "    vms: {a: {network: n, ip: [10.0.0.1/8, 10.0.0.2/9]}}\n",
	       5, 44, "has a prefix of length 8 already");
	refuse(NETS "    vms: {a: {network: web, ip: 10.0.1.9/16}}\n", 5, 11,
	       "address 10.0.1.9/16 is in subnet 10.0.1.0/24 of network web");
	refuse(NETS "    vms: {a: {network: web, stub: true, router: true}}\n",
	       5, 11, "vm a is a stub: it does not route");
	refuse(ACME "    networks: {n: {}}\n"
	       "    vms: {a: {network: n, ip: 10.0.0.1}}\n", 5, 11,
	       "address 10.0.0.1 is in no subnet of network acme/n");
}

static void routers_are_unguarded_and_keep_lengths(void **unused)
{
	const struct nsfab_state_vm *vm;
	struct lab_file file;

	(void)unused;
	file = accept(NETS "    vms:\n"
		"      r: {nics: [{network: web, ip: 10.0.1.9/24}, {network: web, guard: on}], router: true,\n"
		"          routes: [{to: 10.0.0.0/8, via: [10.0.1.2, 10.0.1.3]}]}\n");
	vm = &nsfab_state_find(file.state, NSFAB_STATE_VM, "", "acme",
			       "r")->as_vm;
	assert_true(vm->router);
	assert_true(vm->nic[0].unguarded);
	assert_false(vm->nic[1].unguarded);
	/* The subnet says it. */
	assert_int_equal(vm->nic[0].prefixlen[0], 0);
	assert_int_equal(vm->routes.n, 1);
	assert_int_equal(vm->routes.route[0].n_hops, 2);
	lab_file_free(&file);
	file = accept(ACME "    networks: {n: {}}\n"
		"    vms: {a: {network: n, ip: [10.0.0.1/8, \"2001:db8::1/64\"]}}\n");
	vm = &nsfab_state_find(file.state, NSFAB_STATE_VM, "", "acme",
			       "a")->as_vm;
	assert_int_equal(vm->nic[0].prefixlen[0], 8);
	assert_int_equal(vm->nic[0].prefixlen[1], 64);
	lab_file_free(&file);
}

static void yaml_errors_have_a_place(void **unused)
{
	(void)unused;
	refuse("lab: x\nlab: y\n", 2, 1,
	       "key \"lab\" is there twice, first at 1:1");
	refuse("lab: [x\n", 2, 1, "not valid YAML");
	refuse("lab: x\n---\nlab: y\n", 2, 1, "second document");
	refuse("lab: *nowhere\n", 1, 6, "names no anchor");
	refuse("lab: x\ntenants: &t {acme: *t}\n", 2, 20,
	       "alias *t is inside of what it names");
	refuse("[a]: b\n", 1, 1, "a key must be a word");
	refuse("", 0, 0, "empty");
	refuse("lab: \"a\\0b\"\n", 1, 6, "NUL");
	refuse("lab: \xff\xfe\n", 0, 0, "not a text file");
}

static char *repeat(const char *head, const char *body, size_t n,
		    const char *tail)
{
	char *text = malloc(strlen(head) + n * strlen(body) + strlen(tail) + 1);
	char *at = text;

	assert_non_null(text);
	at = stpcpy(at, head);
	while (n--)
		at = stpcpy(at, body);
	strcpy(at, tail);
	return text;
}

static void depth_and_bombs_are_bounded(void **unused)
{
	char *text = repeat("lab: ", "[", 100000, "");

	(void)unused;
	refuse(text, 1, 37, "nested deeper than 32");
	free(text);
	refuse("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	       "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
	       "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
	       "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
	       "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
	       "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
	       "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n", 7, 14,
	       "more than 4000000 values");
	text = repeat("lab: x\nlist: [", "&a x,", 2000, "]\n");
	refuse(text, 2, 5008, "more than 1000 anchors");
	free(text);
}

/* Of the CPU's time, whatever else the machine does meanwhile */
static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void a_hundred_megabytes_of_nonsense_are_refused_fast(void **unused)
{
	char path[] = "/tmp/test_lab_file.XXXXXX";
	int fd = mkstemp(path);
	struct lab_file file;
	double start;

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 100 << 20), 0);
	start = seconds();
	assert_int_not_equal(lab_file_load(&file, path), 0);
	assert_true(seconds() - start < 0.2);
	assert_non_null(strstr(file.diag.entry[0].text,
			       "104857600 bytes, a lab file has at most 33554432"));
	lab_file_free(&file);
	/* The same where no size is known before. */
	start = seconds();
	assert_int_not_equal(lab_file_load(&file, "/dev/zero"), 0);
	assert_true(seconds() - start < 2);
	lab_file_free(&file);
	unlink(path);
	close(fd);
}

static void ranges_expand_with_padding_and_products(void **unused)
{
	char name[LAB_RANGE_LEN];
	struct lab_range range;

	(void)unused;
	assert_null(lab_range_parse(&range, "plain"));
	assert_int_equal(range.count, 1);
	assert_null(lab_range_parse(&range, "web-{1..20}"));
	assert_int_equal(range.count, 20);
	lab_range_name(&range, 19, name, sizeof(name));
	assert_string_equal(name, "web-20");
	assert_null(lab_range_parse(&range, "w{01..20}x"));
	lab_range_name(&range, 0, name, sizeof(name));
	assert_string_equal(name, "w01x");
	assert_null(lab_range_parse(&range, "r{1..3}-{08..10}"));
	assert_int_equal(range.count, 9);
	lab_range_name(&range, 5, name, sizeof(name));
	assert_string_equal(name, "r2-10");
	assert_non_null(lab_range_parse(&range, "a{3..1}"));
	assert_non_null(lab_range_parse(&range, "a{1..200000}"));
	assert_non_null(lab_range_parse(&range, "a{1..}"));
	assert_non_null(lab_range_parse(&range, "a{1..2"));
	assert_non_null(lab_range_parse(&range,
					"{1..9999}{1..9999}{1..9999}{1..9999}"));
}

static void a_range_makes_that_many_vms(void **unused)
{
	struct lab_file file = accept(NETS
		"    vms: {\"web-{01..20}\": {network: web}}\n");
	const struct nsfab_state_obj *obj;
	char ip[NSFAB_ADDR_STRLEN];

	(void)unused;
	assert_int_equal(nsfab_state_count(file.state), 22);
	obj = nsfab_state_find(file.state, NSFAB_STATE_VM, "", "acme",
			       "web-20");
	assert_non_null(obj);
	assert_string_equal(nsfab_addr_format(&obj->as_vm.nic[0].addr[0], ip),
			    "10.0.1.21");
	lab_file_free(&file);
}

static void labels_of_the_lab_are_on_all_but_give_way(void **unused)
{
	struct lab_file file = accept("lab: x\nlabels: {a: 1, b: 2}\n"
		"tenants: {t: {labels: {b: 3, c: on}}}\n");

	(void)unused;
	assert_string_equal(nsfab_state_find(file.state, NSFAB_STATE_TENANT,
					     "", "t", "t")->labels,
			    "a=1\nb=3\nc=on");
	lab_file_free(&file);
}

static void merged_maps_give_way_to_what_is_written(void **unused)
{
	struct lab_file file = accept(NETS
		"    vms:\n"
		"      a: &a {network: web, flavour: big, image: i}\n"
		"      b: {<<: *a, flavour: small}\n");
	const struct nsfab_state_obj *obj;

	(void)unused;
	obj = nsfab_state_find(file.state, NSFAB_STATE_VM, "", "acme", "b");
	assert_string_equal(obj->as_vm.flavour, "small");
	assert_string_equal(obj->as_vm.image, "i");
	lab_file_free(&file);
}

static void words_stay_words(void **unused)
{
	struct lab_file file = accept("lab: off\ntenants:\n  no:\n"
		"    accounting: off\n"
		"    networks: {n: {learning: on, subnets: [10.0.0.0/8]}}\n"
		"    vms: {v: {network: n, mac: 02:00:00:00:00:01}}\n");

	(void)unused;
	assert_string_equal(nsfab_state_lab(file.state), "off");
	assert_int_equal(nsfab_state_find(file.state, NSFAB_STATE_TENANT, "",
					  "no", "no")->as_tenant.accounting,
			 NSFAB_ACCOUNTING_OFF);
	lab_file_free(&file);
}

static void no_more_than_twenty_complaints_are_kept(void **unused)
{
	char *text = repeat("lab: x\ntenants:\n  t:\n    routes:\n",
			    "    - {to: x}\n", 100, "");
	struct lab_file file;

	(void)unused;
	assert_int_not_equal(load(&file, text), 0);
	assert_int_equal(file.diag.n, LAB_DIAG_MAX);
	assert_int_equal(file.diag.more, 200 - LAB_DIAG_MAX);
	lab_file_free(&file);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_keys_are_named_with_place_and_choice),
		cmocka_unit_test(wrong_values_say_what_is_allowed),
		cmocka_unit_test(semantic_errors_have_both_places),
		cmocka_unit_test(limits_below_what_the_lab_has_are_told),
		cmocka_unit_test(routers_need_next_hops_beside_them),
		cmocka_unit_test(routers_are_unguarded_and_keep_lengths),
		cmocka_unit_test(yaml_errors_have_a_place),
		cmocka_unit_test(depth_and_bombs_are_bounded),
		cmocka_unit_test(a_hundred_megabytes_of_nonsense_are_refused_fast),
		cmocka_unit_test(ranges_expand_with_padding_and_products),
		cmocka_unit_test(a_range_makes_that_many_vms),
		cmocka_unit_test(labels_of_the_lab_are_on_all_but_give_way),
		cmocka_unit_test(merged_maps_give_way_to_what_is_written),
		cmocka_unit_test(words_stay_words),
		cmocka_unit_test(no_more_than_twenty_complaints_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
