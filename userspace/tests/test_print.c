// SPDX-License-Identifier: GPL-2.0-or-later
/* Listings: the same calls make a table, a record, and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netctl.h"
#include "print_table.h"

/**
 * struct output - what was printed
 * @ctx: how
 * @out: stream
 * @text: what it holds once closed, to be freed
 */
struct output {
	struct netctl_ctx ctx;
	FILE *out;
	char *text;
	size_t len;
};

static struct netctl_print *begin(struct output *o, enum netctl_shape shape,
				  bool json)
{
	o->out = open_memstream(&o->text, &o->len);
	assert_non_null(o->out);
	return netctl_print_open_to(&o->ctx, shape, o->out, json);
}

static void end(struct output *o, struct netctl_print *p, const char *expected)
{
	assert_int_equal(netctl_print_close(p), NETCTL_OK);
	fclose(o->out);
	assert_string_equal(o->text, expected);
	free(o->text);
}

static void two_rows(struct netctl_print *p)
{
	static const char *const addrs[] = { "10.0.0.1", "::1" };

	netctl_row(p);
	netctl_str(p, "name", "name", "a");
	netctl_num(p, "id", NULL, 18446744073709551615ull);
	netctl_bytes(p, "size", "size", 1536);
	netctl_time(p, "delay", "delay", 5000000);
	netctl_rate(p, "rate", "rate", 1000000);
	netctl_bool(p, "up", "up", true);
	netctl_list(p, "addrs", "addrs", addrs, 2);
	netctl_labels(p, "labels", "labels", "k=v\nx=a=b");
	netctl_row(p);
	netctl_str(p, "name", "name", NULL);
	netctl_str(p, NULL, "rate", "odd");
	netctl_list(p, "addrs", "addrs", NULL, 0);
}

static void json_has_plain_numbers(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_LIST, true);

	(void)state;
	two_rows(p);
	end(&o, p, "[{\"name\":\"a\",\"id\":18446744073709551615,\"size\":1536,"
	    "\"delay\":5000000,\"rate\":1000000,\"up\":true,"
	    "\"addrs\":[\"10.0.0.1\",\"::1\"],"
	    "\"labels\":{\"k\":\"v\",\"x\":\"a=b\"}},"
	    "{\"name\":null,\"addrs\":[]}]\n");
}

static void tables_have_units_and_columns_by_heading(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_LIST, false);

	(void)state;
	two_rows(p);
	end(&o, p, "NAME\tSIZE\tDELAY\tRATE\tUP\tADDRS\tLABELS\n"
	    "a\t1.5k\t5ms\t1mbit\tyes\t10.0.0.1,::1\tk=v,x=a=b\n"
	    "-\t-\t-\todd\t-\t-\t-\n");
}

static void a_terminal_gets_aligned_columns(void **state)
{
	struct netctl_table *t;
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	out = open_memstream(&text, &len);
	t = netctl_table_open(out, false, true);
	netctl_table_row(t);
	netctl_table_cell(t, "name", "long-one");
	netctl_table_cell(t, "id", "1");
	netctl_table_row(t);
	netctl_table_cell(t, "name", "\xc3\xa4");	/* one letter */
	netctl_table_cell(t, "id", "2");
	assert_true(netctl_table_close(t));
	fclose(out);
	assert_string_equal(text, "name      id\n"
				  "long-one  1\n"
				  "\xc3\xa4         2\n");
	free(text);
}

static void a_record_is_an_object_or_lines(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_RECORD, true);

	(void)state;
	netctl_row(p);
	netctl_str(p, "name", "name", "a");
	netctl_num(p, "count", "the count", 1);
	end(&o, p, "{\"name\":\"a\",\"count\":1}\n");
	p = begin(&o, NETCTL_RECORD, false);
	netctl_row(p);
	netctl_str(p, "name", "name", "a");
	netctl_num(p, "count", "the count", 1);
	end(&o, p, "name:      a\nthe count: 1\n");
}

/* More than any record of today has */
static void a_record_may_have_any_number_of_lines(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_RECORD, false);
	char head[8], expected[200 * 12] = "";
	size_t i, at = 0;

	(void)state;
	netctl_row(p);
	for (i = 100; i < 300; i++) {
		snprintf(head, sizeof(head), "%zu", i);
		netctl_num(p, NULL, head, i);
		at += sprintf(expected + at, "%zu: %zu\n", i, i);
	}
	end(&o, p, expected);
}

static void a_stream_has_an_object_a_line(void **state)
{
	struct output o = { .ctx.pretty = true };
	struct netctl_print *p = begin(&o, NETCTL_STREAM, true);

	(void)state;
	netctl_row(p);
	netctl_num(p, "n", "n", 1);
	netctl_flush(p);
	assert_string_equal(o.text, "{\"n\":1}\n");
	netctl_row(p);
	netctl_object_open(p, "o");
	netctl_num(p, "n", "n", 2);
	netctl_object_close(p);
	end(&o, p, "{\"n\":1}\n{\"o\":{\"n\":2}}\n");
}

static void arrays_and_objects_nest(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_LIST, true);

	(void)state;
	netctl_row(p);
	netctl_array_open(p, "a");
	netctl_array_next(p);
	netctl_num(p, "n", NULL, 1);
	netctl_array_open(p, "b");
	netctl_array_close(p);
	netctl_array_next(p);
	netctl_num(p, "n", NULL, 2);
	netctl_array_close(p);
	netctl_num(p, "m", NULL, 3);
	end(&o, p, "[{\"a\":[{\"n\":1,\"b\":[]},{\"n\":2}],\"m\":3}]\n");
}

static void texts_are_escaped(void **state)
{
	static const char text[] = "\"\\\n\t\x01/\xc3\xa4";
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_RECORD, true);
	struct json_object *doc, *value;

	(void)state;
	netctl_row(p);
	netctl_str(p, "t", NULL, text);
	netctl_dbl(p, "nan", NULL, NAN);
	assert_int_equal(netctl_print_close(p), NETCTL_OK);
	fclose(o.out);
	doc = json_tokener_parse(o.text);
	assert_non_null(doc);
	assert_true(json_object_object_get_ex(doc, "t", &value));
	assert_string_equal(json_object_get_string(value), text);
	assert_true(json_object_object_get_ex(doc, "nan", &value));
	assert_null(value);
	json_object_put(doc);
	free(o.text);
}

static void an_empty_list_is_an_array_and_a_failure_is_nothing(void **state)
{
	struct output o = { 0 };
	struct netctl_print *p = begin(&o, NETCTL_LIST, true);

	(void)state;
	end(&o, p, "[]\n");
	p = begin(&o, NETCTL_LIST, true);
	assert_int_equal(netctl_done(p, NETCTL_REFUSED), NETCTL_REFUSED);
	fclose(o.out);
	assert_string_equal(o.text, "");
	free(o.text);
}

static void a_full_disk_is_a_failure(void **state)
{
	struct netctl_ctx ctx = { 0 };
	FILE *out = fopen("/dev/full", "w");
	struct netctl_print *p;

	(void)state;
	if (!out)
		skip();
	p = netctl_print_open_to(&ctx, NETCTL_LIST, out, true);
	two_rows(p);
	assert_int_equal(netctl_print_close(p), NETCTL_REFUSED);
	fclose(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_plain_numbers),
		cmocka_unit_test(tables_have_units_and_columns_by_heading),
		cmocka_unit_test(a_terminal_gets_aligned_columns),
		cmocka_unit_test(a_record_is_an_object_or_lines),
		cmocka_unit_test(a_record_may_have_any_number_of_lines),
		cmocka_unit_test(a_stream_has_an_object_a_line),
		cmocka_unit_test(arrays_and_objects_nest),
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(an_empty_list_is_an_array_and_a_failure_is_nothing),
		cmocka_unit_test(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
