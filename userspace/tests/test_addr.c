// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, prefixes, MAC addresses, names, paths, labels. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include <nsfab/addr.h>

static void prefixes_survive_parse_and_format(void **state)
{
	static const struct {
		const char *text, *back, *masked;
	} t[] = {
		{ "10.1.2.3/8", "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.3", "10.1.2.3/32", "10.1.2.3/32" },
		{ "10.1.2.255/25", "10.1.2.255/25", "10.1.2.128/25" },
		{ "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0" },
		{ "default", "0.0.0.0/0", "0.0.0.0/0" },
		{ "default6", "::/0", "::/0" },
		{ "2001:DB8::ffff/61", "2001:db8::ffff/61", "2001:db8::/61" },
		{ "::1", "::1/128", "::1/128" },
	};
	char buf[NSFAB_PREFIX_STRLEN];
	struct nsfab_prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(nsfab_prefix_parse(&p, t[i].text), 0);
		assert_string_equal(nsfab_prefix_format(&p, buf), t[i].back);
		nsfab_prefix_mask(&p);
		assert_string_equal(nsfab_prefix_format(&p, buf), t[i].masked);
	}
}

static void bad_prefixes_are_refused(void **state)
{
	static const char *const t[] = {
		"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+1",
		"10.0.0.0/ 1", "10.0.0.0/8x", "10.0.0/8", "::/129", "/8", "x",
		"10.0.0.0/99999999999999999999", "10.0.0.0/8/8",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8",
	};
	struct nsfab_prefix p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (!nsfab_prefix_parse(&p, t[i]))
			fail_msg("accepted \"%s\"", t[i]);
}

static bool has(const char *prefix, const char *addr)
{
	struct nsfab_prefix p;
	struct nsfab_addr a;

	assert_int_equal(nsfab_prefix_parse(&p, prefix), 0);
	assert_int_equal(nsfab_addr_parse(&a, addr), 0);
	return nsfab_prefix_has(&p, &a);
}

static void a_prefix_has_its_addresses_alone(void **state)
{
	(void)state;
	assert_true(has("10.0.0.0/9", "10.127.255.255"));
	assert_false(has("10.0.0.0/9", "10.128.0.0"));
	assert_true(has("0.0.0.0/0", "255.255.255.255"));
	assert_false(has("0.0.0.0/0", "::"));
	assert_true(has("2001:db8::/32", "2001:db8:ffff::"));
	assert_false(has("2001:db8::/33", "2001:db8:ffff::"));
}

static void addresses_have_an_order(void **state)
{
	static const char *const t[] = {
		"0.0.0.0", "10.0.0.1", "10.0.0.2", "192.0.2.1", "::", "::1",
	};
	struct nsfab_addr a = { 0 }, b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(nsfab_addr_parse(&b, t[i]), 0);
		assert_true(nsfab_addr_cmp(&a, &b) < 0);
		assert_true(nsfab_addr_cmp(&b, &a) > 0);
		assert_int_equal(nsfab_addr_cmp(&b, &b), 0);
		a = b;
	}
}

static void hosts_have_unicast_addresses(void **state)
{
	static const char * const good[] = {
		"192.0.2.1", "1.0.0.0", "126.255.255.255", "128.0.0.0",
		"223.255.255.255", "240.0.0.1", "255.255.255.254",
		"2001:db8::1", "fe80::1", "::2", "::1:0:0:1", "::fffe:0:1",
	};
	static const char * const bad[] = {
		"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "224.0.0.1",
		"239.255.255.255", "255.255.255.255", "::", "::1", "ff02::1",
		"::ffff:192.0.2.1",
	};
	struct nsfab_addr addr = { 0 };
	size_t i;

	(void)state;
	assert_false(nsfab_addr_is_host(&addr));
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(nsfab_addr_parse(&addr, good[i]), 0);
		assert_true(nsfab_addr_is_host(&addr));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(nsfab_addr_parse(&addr, bad[i]), 0);
		assert_false(nsfab_addr_is_host(&addr));
	}
}

static void networks_have_prefixes_of_hosts(void **state)
{
	static const char * const good[] = {
		"0.0.0.0/0", "10.0.0.0/8", "1.0.0.0/8", "240.0.0.0/4",
		"198.51.100.0/32", "::/0", "2001:db8::/64", "fec0::/10",
		"fc00::/7", "::/64",
	};
	static const char * const bad[] = {
		"0.0.0.0/8", "0.1.0.0/16", "127.0.0.0/8", "127.5.0.0/24",
		"224.0.0.0/4", "239.1.0.0/16", "ff00::/8", "ff15::/64",
		"fe80::/10", "fe80::/64", "feb0::/64", "::ffff:0:0/96",
	};
	struct nsfab_prefix prefix;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(nsfab_prefix_parse(&prefix, good[i]), 0);
		assert_true(nsfab_prefix_is_subnet(&prefix));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(nsfab_prefix_parse(&prefix, bad[i]), 0);
		assert_false(nsfab_prefix_is_subnet(&prefix));
	}
}

static void macs_survive_and_bad_ones_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "02", "02:00:00:00:00", "02:00:00:00:00:00:00", "02-00-00-00-00-00",
		"02:00:00:00:00:0g", "002:0:0:0:0:0", "0x2:0:0:0:0:0", " 2:0:0:0:0:0",
		"02:00:00:00:00:", "02:00:00::00:00",
	};
	uint8_t mac[NSFAB_MAC_LEN];
	char buf[NSFAB_MAC_STRLEN];
	size_t i;

	(void)state;
	assert_int_equal(nsfab_mac_parse(mac, "02:0:A:bc:00:fF"), 0);
	assert_string_equal(nsfab_mac_format(mac, buf), "02:00:0a:bc:00:ff");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!nsfab_mac_parse(mac, bad[i]))
			fail_msg("accepted \"%s\"", bad[i]);
}

static void names_are_letters_digits_and_two_signs(void **state)
{
	char name[NSFAB_NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[NSFAB_NAME_MAX] = '\0';
	assert_true(nsfab_name_valid(name));
	name[NSFAB_NAME_MAX] = 'x';
	name[NSFAB_NAME_MAX + 1] = '\0';
	assert_false(nsfab_name_valid(name));
	assert_true(nsfab_name_valid("A-z_0"));
	assert_false(nsfab_name_valid(""));
	assert_false(nsfab_name_valid(NULL));
	assert_false(nsfab_name_valid("a.b"));
	assert_false(nsfab_name_valid("a/b"));
	assert_false(nsfab_name_valid("\xc3\xa4"));
}

static void paths_are_split_at_the_first_slash(void **state)
{
	char tenant[NSFAB_NAME_MAX + 1];
	struct nsfab_err err;
	const char *rest;

	(void)state;
	assert_int_equal(nsfab_path_split("acme/web1/eth0", tenant, &rest, &err),
			 0);
	assert_string_equal(tenant, "acme");
	assert_string_equal(rest, "web1/eth0");
	assert_int_equal(nsfab_path_split("acme", tenant, &rest, &err), -EINVAL);
	assert_non_null(strstr(err.text, "acme"));
	assert_int_equal(nsfab_path_split("/web", tenant, &rest, &err), -EINVAL);
	assert_int_equal(nsfab_path_split("acme/", tenant, &rest, &err), -EINVAL);
	assert_int_equal(nsfab_path_split("a/b//c", tenant, &rest, &err),
			 -EINVAL);
	assert_int_equal(nsfab_path_split("a/b c", tenant, &rest, NULL), -EINVAL);
}

static void a_label_is_found_by_its_whole_key(void **state)
{
	const char *labels = "xlab=no\nlab=shop\nlab2=a=b\nempty=\nlast=z";
	size_t len;

	(void)state;
	assert_memory_equal(nsfab_label_get(labels, "lab", &len), "shop", 4);
	assert_int_equal(len, 4);
	assert_memory_equal(nsfab_label_get(labels, "lab2", &len), "a=b", 3);
	assert_int_equal(len, 3);
	assert_non_null(nsfab_label_get(labels, "empty", &len));
	assert_int_equal(len, 0);
	assert_string_equal(nsfab_label_get(labels, "last", NULL), "z");
	assert_null(nsfab_label_get(labels, "la", NULL));
	assert_null(nsfab_label_get(labels, "ab", NULL));
	assert_null(nsfab_label_get(NULL, "lab", NULL));
}

static void an_error_is_one_line_with_the_errno_where_it_helps(void **state)
{
	struct nsfab_err err;

	(void)state;
	assert_int_equal(nsfab_err_set(&err, -ENOENT, "%s", "/run/x"), -ENOENT);
	assert_string_equal(err.text, "/run/x: No such file or directory");
	assert_int_equal(err.index, -1);
	assert_int_equal(nsfab_err_set(&err, -EINVAL, "wrong"), -EINVAL);
	assert_string_equal(err.text, "wrong");
	assert_int_equal(nsfab_err_prefix(&err, "port %d", 5), -EINVAL);
	assert_string_equal(err.text, "port 5: wrong");
	assert_int_equal(nsfab_err_set(NULL, -EPERM, "x"), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_survive_parse_and_format),
		cmocka_unit_test(bad_prefixes_are_refused),
		cmocka_unit_test(a_prefix_has_its_addresses_alone),
		cmocka_unit_test(addresses_have_an_order),
		cmocka_unit_test(hosts_have_unicast_addresses),
		cmocka_unit_test(networks_have_prefixes_of_hosts),
		cmocka_unit_test(macs_survive_and_bad_ones_are_refused),
		cmocka_unit_test(names_are_letters_digits_and_two_signs),
		cmocka_unit_test(paths_are_split_at_the_first_slash),
		cmocka_unit_test(a_label_is_found_by_its_whole_key),
		cmocka_unit_test(an_error_is_one_line_with_the_errno_where_it_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
