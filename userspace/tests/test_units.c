// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers with units, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "netctl.h"

static void times_take_their_units_and_fractions(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "0", 0 }, { "7", 7 }, { "7ns", 7 }, { "5us", 5000 },
		{ "5ms", 5000000 }, { "1.5s", 1500000000 }, { "0.5us", 500 },
		{ "5MS", 5000000 },
	};
	static const char *const bad[] = {
		"", "ms", "-1ms", "+1ms", "1m", "1 ms", "0x10", "inf", "nan",
		"1e", "1ms ", "1.2.3s",
	};
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(netctl_parse_time(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (netctl_parse_time(bad[i], &ns) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(netctl_parse_time("99999999999999s", &ns), -ERANGE);
}

static void rates_count_by_1000_and_sizes_by_1024(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(netctl_parse_rate("100mbit", &value), 0);
	assert_int_equal(value, 100000000);
	assert_int_equal(netctl_parse_rate("2.5gbit", &value), 0);
	assert_int_equal(value, 2500000000);
	assert_int_equal(netctl_parse_rate("64k", &value), -EINVAL);
	assert_int_equal(netctl_parse_size("64k", &value), 0);
	assert_int_equal(value, 65536);
	assert_int_equal(netctl_parse_size("1.5m", &value), 0);
	assert_int_equal(value, 1572864);
	assert_int_equal(netctl_parse_size("12", &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(netctl_parse_size("1mbit", &value), -EINVAL);
}

static void shares_are_percents_or_parts_of_one(void **state)
{
	uint32_t a, b;

	(void)state;
	assert_int_equal(netctl_parse_share("0.1%", &a), 0);
	assert_int_equal(netctl_parse_share("0.001", &b), 0);
	assert_int_equal(a, b);
	assert_int_equal(a, 4294967);
	assert_int_equal(netctl_parse_share("100%", &a), 0);
	assert_int_equal(a, UINT32_MAX);
	assert_int_equal(netctl_parse_share("101%", &a), -ERANGE);
	assert_int_equal(netctl_parse_share("1.1", &a), -ERANGE);
	assert_int_equal(netctl_parse_share("-1%", &a), -EINVAL);
	assert_int_equal(netctl_parse_share("1%%", &a), -EINVAL);
}

static void numbers_keep_their_range(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(netctl_parse_u64("18446744073709551615", 0,
					  UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(netctl_parse_u64("18446744073709551616", 0,
					  UINT64_MAX, &n), -ERANGE);
	assert_int_equal(netctl_parse_u64("0x10", 0, 16, &n), 0);
	assert_int_equal(n, 16);
	assert_int_equal(netctl_parse_u64("17", 0, 16, &n), -ERANGE);
	assert_int_equal(netctl_parse_u64("0", 1, 16, &n), -ERANGE);
	assert_int_equal(netctl_parse_u64("-1", 0, UINT64_MAX, &n), -EINVAL);
	assert_int_equal(netctl_parse_u64("", 0, 16, &n), -EINVAL);
	assert_int_equal(netctl_parse_u64("1x", 0, 16, &n), -EINVAL);
}

static void what_is_written_can_be_read(void **state)
{
	static const uint64_t values[] = {
		0, 1, 999, 1000, 1001, 1500000, 65536, 5000000000,
	};
	char buf[NETCTL_UNIT_STRLEN];
	uint64_t back;
	size_t i;

	(void)state;
	assert_string_equal(netctl_format_time(5000000, buf), "5ms");
	assert_string_equal(netctl_format_time(1500, buf), "1.5us");
	assert_string_equal(netctl_format_rate(100000000, buf), "100mbit");
	assert_string_equal(netctl_format_size(1572864, buf), "1.5m");
	assert_string_equal(netctl_format_size(98, buf), "98");
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		netctl_format_time(values[i], buf);
		assert_int_equal(netctl_parse_time(buf, &back), 0);
		assert_true(back == values[i]);
		netctl_format_rate(values[i], buf);
		assert_int_equal(netctl_parse_rate(buf, &back), 0);
		assert_true(back == values[i]);
	}
	/* The largest there is fits its buffer. */
	netctl_format_rate(UINT64_MAX, buf);
	netctl_format_size(UINT64_MAX, buf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_take_their_units_and_fractions),
		cmocka_unit_test(rates_count_by_1000_and_sizes_by_1024),
		cmocka_unit_test(shares_are_percents_or_parts_of_one),
		cmocka_unit_test(numbers_keep_their_range),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
