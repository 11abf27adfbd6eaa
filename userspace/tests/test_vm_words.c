// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that describe a VM. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../netctl/vm_words.h"

static struct nsfab_vm_nic nic_of(const char *text)
{
	struct nsfab_vm_nic nic;
	char why[160];

	assert_int_equal(vm_nic_parse(text, &nic, why, sizeof(why)), 0);
	return nic;
}

static void expect_refusal(const char *text, const char *word)
{
	struct nsfab_vm_nic nic;
	char why[160] = "";

	assert_int_equal(vm_nic_parse(text, &nic, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, word));
}

static void a_nic_is_automatic_unless_it_has_an_address(void **state)
{
	struct nsfab_vm_nic nic;
	char text[NSFAB_ADDR_STRLEN];

	(void)state;
	nic = nic_of("web");
	assert_string_equal(nic.network, "web");
	assert_int_equal(nic.flags, NSFAB_VM_NIC_AUTO);
	assert_int_equal(nic.n_addresses, 0);
	vm_nic_free(&nic);

	nic = nic_of("web,ip=none");
	assert_int_equal(nic.flags, 0);
	assert_int_equal(nic.n_addresses, 0);
	vm_nic_free(&nic);

	nic = nic_of("web,ip=10.0.2.10,ip=2001:db8::a");
	assert_int_equal(nic.flags, 0);
	assert_int_equal(nic.n_addresses, 2);
	assert_string_equal(nsfab_addr_format(&nic.addresses[1], text),
			    "2001:db8::a");
	vm_nic_free(&nic);

	nic = nic_of("web,ip=auto,ip=10.0.2.10");
	assert_int_equal(nic.flags, NSFAB_VM_NIC_AUTO);
	assert_int_equal(nic.n_addresses, 1);
	vm_nic_free(&nic);
}

static void a_nic_may_have_mac_and_guard(void **state)
{
	const uint8_t mac[] = { 2, 0, 0, 0xaa, 0xbb, 1 };
	struct nsfab_vm_nic nic;

	(void)state;
	nic = nic_of("web,mac=02:00:00:aa:BB:01,allow=10.9.0.0/16,unguarded");
	assert_int_equal(nic.flags, NSFAB_VM_NIC_AUTO | NSFAB_VM_NIC_MAC |
				    NSFAB_VM_NIC_UNGUARDED);
	assert_memory_equal(nic.mac, mac, sizeof(mac));
	assert_int_equal(nic.n_allowed, 1);
	assert_int_equal(nic.allowed[0].prefix.len, 16);
	vm_nic_free(&nic);
}

static void a_bad_nic_is_refused_with_the_bad_part(void **state)
{
	(void)state;
	expect_refusal("", "network");
	expect_refusal(",ip=auto", "network");
	expect_refusal("acme/web", "acme/web");
	expect_refusal("web,", "empty");
	expect_refusal("web,,ip=auto", "empty");
	expect_refusal("web,ip=auto,", "empty");
	expect_refusal("web,ip=auto,,unguarded", "empty");
	expect_refusal("web,ip=10.0.0", "10.0.0");
	expect_refusal("web,ip=10.0.0.0/24", "10.0.0.0/24");
	expect_refusal("web,ip=", "ip=");
	expect_refusal("web,mac=1", "mac=1");
	expect_refusal("web,allow=x", "allow=x");
	expect_refusal("web,vlan=5", "vlan=5");
	expect_refusal("web,group=g", "security groups");
}

static void merge(const char *old, const char *add, const char *remove,
		  const char *expected)
{
	char *got = vm_labels_merge(old, add, remove);

	assert_non_null(got);
	assert_string_equal(got, expected);
	free(got);
}

static void labels_change_one_by_one(void **state)
{
	(void)state;
	merge(NULL, NULL, NULL, "");
	merge("a=1\nb=2", NULL, NULL, "a=1\nb=2");
	merge("a=1\nb=2", "c=3", NULL, "a=1\nb=2\nc=3");
	merge("a=1\nb=2", "a=3", NULL, "b=2\na=3");
	merge("a=1\nb=2", NULL, "a", "b=2");
	merge("a=1\nb=2", "a=3", "b", "a=3");
	merge("aa=1\na=2", NULL, "a", "aa=1");
	merge("a=1\n\nb=2\n", NULL, "x\nb", "a=1");
	merge("a=x=y", "b=", NULL, "a=x=y\nb=");
}

static int parse(int set, const char *const *words, int n, struct vm_words *w)
{
	struct netctl_ctx ctx = { .object = "vm", .verb = "add", .quiet = true };
	char **argv = calloc(n + 1, sizeof(*argv));
	int ret;

	assert_non_null(argv);
	memcpy(argv, words, n * sizeof(*argv));
	ret = vm_words_parse(&ctx, set, n, argv, w);
	free(argv);
	return ret;
}

static void run_takes_all_that_is_behind_it(void **state)
{
	static const char *const words[] = {
		"nic", "run", "label", "a=run", "cpus", "1.5", "memory", "64m",
		"run", "sh", "-c", "stub",
	};
	struct vm_words w;

	(void)state;
	assert_int_equal(parse(false, words, 12, &w), 0);
	assert_int_equal(w.n_nics, 1);
	assert_string_equal(w.nic[0].network, "run");
	assert_string_equal(w.labels.add, "a=run");
	assert_int_equal(w.cpus, 1500);
	assert_true(w.memory == 64 << 20);
	assert_false(w.stub);
	assert_int_equal(w.n_run, 3);
	vm_words_free(&w);
}

static void a_flag_does_not_hide_run(void **state)
{
	static const char *const words[] = { "stub", "run", "--", "true" };
	struct vm_words w;

	(void)state;
	assert_int_equal(parse(false, words, 4, &w), 0);
	assert_true(w.stub);
	assert_int_equal(w.n_run, 1);
	vm_words_free(&w);
}

static void bad_words_are_usage(void **state)
{
	static const char *const tests[][2] = {
		{ "cpus", "many" }, { "cpus", "0.001" }, { "memory", "x" },
		{ "label", "novalue" }, { "label", "=v" }, { "label", "a b=v" },
		{ "label", "a=b\nc=d" }, { "nic", "," }, { "colour", "red" },
		{ "run", NULL },
	};
	struct vm_words w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		assert_int_equal(parse(false, tests[i], tests[i][1] ? 2 : 1,
				       &w), NETCTL_USAGE);
		vm_words_free(&w);
	}
}

static void paths_have_two_or_three_parts(void **state)
{
	static const char *const bad[] = {
		"web1", "acme/", "/web1", "acme/web1/eth", "acme/web1/eth0/x",
		"ac.me/web1", "acme/web1/", "",
	};
	struct netctl_ctx ctx = { .object = "vm", .verb = "show" };
	struct nsfab_vm_ref ref;
	char *buf;
	size_t i;
	int nic;

	(void)state;
	assert_int_equal(vm_path_split(&ctx, "acme/web1", &buf, &ref, &nic), 0);
	assert_string_equal(ref.tenant, "acme");
	assert_string_equal(ref.name, "web1");
	assert_int_equal(nic, -1);
	free(buf);
	assert_int_equal(vm_path_split(&ctx, "acme/web1/eth3", &buf, &ref,
				       &nic), 0);
	assert_string_equal(ref.name, "web1");
	assert_int_equal(nic, 3);
	free(buf);
	assert_int_equal(vm_path_split(&ctx, "acme/web1/eth3", &buf, &ref,
				       NULL), NETCTL_USAGE);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(vm_path_split(&ctx, bad[i], &buf, &ref, &nic),
				 NETCTL_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nic_is_automatic_unless_it_has_an_address),
		cmocka_unit_test(a_nic_may_have_mac_and_guard),
		cmocka_unit_test(a_bad_nic_is_refused_with_the_bad_part),
		cmocka_unit_test(labels_change_one_by_one),
		cmocka_unit_test(run_takes_all_that_is_behind_it),
		cmocka_unit_test(a_flag_does_not_hide_run),
		cmocka_unit_test(bad_words_are_usage),
		cmocka_unit_test(paths_have_two_or_three_parts),
	};

	return cmocka_run_group_tests_name("vm words", tests, NULL, NULL);
}
