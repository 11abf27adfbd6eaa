// SPDX-License-Identifier: GPL-2.0-or-later
/* Names, labels and numbers of VMs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../lib/vm_priv.h"

static void a_nic_is_a_vm_and_eth_with_a_number(void **state)
{
	static const char *const no[] = {
		"web1", "web1/", "/eth0", "web1/eth", "web1/eth0x", "web1/eth01",
		"web1/eth64", "web1/eth-1", "web1/wan0", "we.b/eth0", "a/b/eth0",
		"web1/eth99999999999999999999",
	};
	char vm[NSFAB_NAME_MAX + 1];
	unsigned int nic;
	size_t i;

	(void)state;
	assert_true(nsfab_vm_port_split("web1/eth0", vm, &nic));
	assert_string_equal(vm, "web1");
	assert_int_equal(nic, 0);
	assert_true(nsfab_vm_port_split("a-b_C/eth63", vm, &nic));
	assert_int_equal(nic, 63);
	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		assert_false(nsfab_vm_port_split(no[i], vm, &nic));
}

static void namespaces_are_named_by_host_tenant_and_vm(void **state)
{
	char ns[VM_NS_SIZE], host[VM_NS_SIZE];

	(void)state;
	assert_int_equal(vm_ns_join(ns, "", "acme", "web1", NULL), 0);
	assert_string_equal(ns, "acme.web1");
	assert_int_equal(vm_ns_join(ns, "shop.h1.", "acme", "web1", NULL), 0);
	assert_string_equal(ns, "shop.h1.acme.web1");
	assert_int_equal(vm_ns_join(ns, "", "acme", "a/b", NULL), -EINVAL);
	assert_int_equal(vm_ns_join(ns, "", "a.b", "web1", NULL), -EINVAL);
	memset(host, 'h', 250);
	host[250] = '\0';
	assert_int_equal(vm_ns_join(ns, host, "acme", "w", NULL),
			 -ENAMETOOLONG);
}

static void check_command(const char *const *words, size_t n)
{
	char line[256];
	char **back;
	size_t i, got;

	assert_true(nsfab_vm_run_join(line, sizeof(line), words, n) >= 0);
	assert_null(strchr(line, '\n'));
	back = nsfab_vm_run_split(line, &got);
	assert_non_null(back);
	assert_int_equal(got, n);
	for (i = 0; i < n; i++)
		assert_string_equal(back[i], words[i]);
	assert_null(back[n]);
	free(back);
}

static void a_command_survives_being_a_label(void **state)
{
	const char *const plain[] = { "iperf3", "-s" };
	const char *const odd[] = {
		"sh", "-c", "echo 'a b'  \\n\n|cat", "", " ", "\\", "\\ n", "",
	};

	(void)state;
	check_command(plain, 2);
	check_command(odd, sizeof(odd) / sizeof(*odd));
}

static void a_command_is_never_cut(void **state)
{
	const char *const words[] = { "aaaa", "" };
	char line[16];
	size_t size;

	(void)state;
	for (size = 0; size < 8; size++) {
		memset(line, '#', sizeof(line));
		assert_int_equal(nsfab_vm_run_join(line, size, words, 2),
				 -E2BIG);
		assert_int_equal(line[size], '#');
	}
	assert_int_equal(nsfab_vm_run_join(line, 16, words, 2), 7);
	assert_string_equal(line, "aaaa \\e");
}

static void cpus_are_exact_to_a_thousandth(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint32_t cpus;
	} tests[] = {
		{ "1", 0, 1000 }, { "1.5", 0, 1500 }, { "0.01", 0, 10 },
		{ "2.125", 0, 2125 }, { "0", 0, 0 }, { "10000", 0, 10000000 },
		{ "0.001", -ERANGE, 0 }, { "10001", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "1.2345", -EINVAL, 0 }, { "", -EINVAL, 0 },
		{ "1.", -EINVAL, 0 }, { ".5", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 }, { "1.5.1", -EINVAL, 0 },
		{ "1k", -EINVAL, 0 },
	};
	char text[NSFAB_VM_CPUS_STRLEN];
	uint32_t cpus;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		assert_int_equal(nsfab_vm_cpus_parse(tests[i].text, &cpus),
				 tests[i].ret);
		if (!tests[i].ret)
			assert_int_equal(cpus, tests[i].cpus);
	}
	assert_string_equal(nsfab_vm_cpus_format(1500, text), "1.5");
	assert_string_equal(nsfab_vm_cpus_format(1000, text), "1");
	assert_string_equal(nsfab_vm_cpus_format(10, text), "0.01");
	assert_string_equal(nsfab_vm_cpus_format(10000000, text), "10000");
}

static void limits_are_written_as_the_kernel_reads_them(void **state)
{
	char text[64];

	(void)state;
	vm_cgroup_format_cpus(text, sizeof(text), 1500);
	assert_string_equal(text, "150000 100000");
	vm_cgroup_format_cpus(text, sizeof(text), NSFAB_VM_CPUS_MIN);
	assert_string_equal(text, "1000 100000");
	vm_cgroup_format_cpus(text, sizeof(text), 10000000);
	assert_string_equal(text, "1000000000 100000");
	vm_cgroup_format_cpus(text, sizeof(text), 0);
	assert_string_equal(text, "max 100000");
	vm_cgroup_format_memory(text, sizeof(text), 1ull << 40);
	assert_string_equal(text, "1099511627776");
	vm_cgroup_format_memory(text, sizeof(text), 0);
	assert_string_equal(text, "max");
}

static void attributes_and_own_labels_share_a_text(void **state)
{
	char labels[NSFAB_LABELS_MAX + 1];
	char own[NSFAB_LABELS_MAX + 1], run[NSFAB_LABELS_MAX + 1];
	struct vm_attrs attrs = {
		.run = "sleep 9",
		.cpus = 250,
		.memory = 4096,
	};

	(void)state;
	assert_int_equal(vm_labels_join(labels, "role=web\nrunner=x\n", &attrs,
					NULL), 0);
	assert_string_equal(labels, "role=web\nrunner=x\ncpus=0.25\nmemory=4096\nrun=sleep 9");
	memset(&attrs, 0xff, sizeof(attrs));
	vm_labels_split(labels, own, run, &attrs);
	assert_string_equal(own, "role=web\nrunner=x");
	assert_string_equal(attrs.run, "sleep 9");
	assert_int_equal(attrs.cpus, 250);
	assert_int_equal(attrs.memory, 4096);

	memset(&attrs, 0, sizeof(attrs));
	assert_int_equal(vm_labels_join(labels, NULL, &attrs, NULL), 0);
	assert_string_equal(labels, "");
	vm_labels_split(NULL, own, run, &attrs);
	assert_string_equal(own, "");
	assert_null(attrs.run);
	attrs.cpus = 1000;
	assert_int_equal(vm_labels_join(labels, "", &attrs, NULL), 0);
	assert_string_equal(labels, "cpus=1");
}

static void labels_that_do_not_fit_are_refused(void **state)
{
	char labels[NSFAB_LABELS_MAX + 1], own[NSFAB_LABELS_MAX + 2];
	struct vm_attrs attrs = { .memory = 1 };

	(void)state;
	memset(own, 'x', sizeof(own));
	own[1] = '=';
	own[NSFAB_LABELS_MAX] = '\0';
	assert_int_equal(vm_labels_join(labels, own, &attrs, NULL), -E2BIG);
	attrs.memory = 0;
	assert_int_equal(vm_labels_join(labels, own, &attrs, NULL), 0);
}

static void reserved_labels_are_found(void **state)
{
	const char *which = NULL;

	(void)state;
	assert_true(vm_label_reserved("a=b\ncpus=1", &which));
	assert_string_equal(which, "cpus");
	assert_false(vm_label_reserved("cpu=1\nruns=2", &which));
	assert_false(vm_label_reserved(NULL, &which));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nic_is_a_vm_and_eth_with_a_number),
		cmocka_unit_test(namespaces_are_named_by_host_tenant_and_vm),
		cmocka_unit_test(a_command_survives_being_a_label),
		cmocka_unit_test(a_command_is_never_cut),
		cmocka_unit_test(cpus_are_exact_to_a_thousandth),
		cmocka_unit_test(limits_are_written_as_the_kernel_reads_them),
		cmocka_unit_test(attributes_and_own_labels_share_a_text),
		cmocka_unit_test(labels_that_do_not_fit_are_refused),
		cmocka_unit_test(reserved_labels_are_found),
	};

	return cmocka_run_group_tests_name("vm names", tests, NULL, NULL);
}
