// SPDX-License-Identifier: GPL-2.0-or-later
/* The choice of free addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../lib/vm_priv.h"

static struct nsfab_subnet subnet(const char *prefix, const char *gateway)
{
	struct nsfab_subnet s = { 0 };

	assert_int_equal(nsfab_prefix_parse(&s.prefix, prefix), 0);
	if (gateway)
		assert_int_equal(nsfab_addr_parse(&s.gateway, gateway), 0);
	return s;
}

static void use(struct vm_pool *pool, const char *text)
{
	struct nsfab_addr addr;

	assert_int_equal(nsfab_addr_parse(&addr, text), 0);
	assert_int_equal(vm_pool_use(pool, &addr), 0);
}

static void expect(struct vm_pool *pool, const char *text)
{
	char got[NSFAB_ADDR_STRLEN];
	struct nsfab_addr addr;

	assert_int_equal(vm_pool_take(pool, &addr), 0);
	assert_string_equal(nsfab_addr_format(&addr, got), text);
}

static void expect_none(struct vm_pool *pool)
{
	struct nsfab_addr addr;

	assert_int_equal(vm_pool_take(pool, &addr), -ENOSPC);
}

static void the_lowest_that_nobody_has(void **state)
{
	struct nsfab_subnet s = subnet("10.0.1.0/24", "10.0.1.1");
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	use(&pool, "10.0.1.4");
	use(&pool, "10.0.1.2");
	use(&pool, "10.0.1.4");
	use(&pool, "10.0.2.3");
	use(&pool, "2001:db8::3");
	expect(&pool, "10.0.1.3");
	expect(&pool, "10.0.1.5");
	vm_pool_free(&pool);
}

static void a_small_subnet_is_used_up(void **state)
{
	struct nsfab_subnet s = subnet("192.0.2.248/29", "192.0.2.254");
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	expect(&pool, "192.0.2.249");
	expect(&pool, "192.0.2.250");
	expect(&pool, "192.0.2.251");
	expect(&pool, "192.0.2.252");
	expect(&pool, "192.0.2.253");
	expect_none(&pool);
	expect_none(&pool);
	vm_pool_free(&pool);
}

static void point_to_point_has_no_network_address(void **state)
{
	struct nsfab_subnet s = subnet("192.0.2.6/31", NULL);
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	expect(&pool, "192.0.2.6");
	expect(&pool, "192.0.2.7");
	expect_none(&pool);
	vm_pool_free(&pool);

	s = subnet("192.0.2.6/32", NULL);
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	expect(&pool, "192.0.2.6");
	expect_none(&pool);
	vm_pool_free(&pool);
}

static void v6_has_no_broadcast_address(void **state)
{
	struct nsfab_subnet s = subnet("2001:db8::fffc/126", "2001:db8::fffd");
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	expect(&pool, "2001:db8::fffe");
	expect(&pool, "2001:db8::ffff");
	expect_none(&pool);
	vm_pool_free(&pool);
}

static void large_v6_subnets_start_at_their_beginning(void **state)
{
	struct nsfab_subnet s = subnet("2001:db8:1::/48", "2001:db8:1::1");
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	use(&pool, "2001:db8:1::2");
	expect(&pool, "2001:db8:1::3");
	vm_pool_free(&pool);

	s = subnet("fd00:0:0:1::/64", NULL);
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	expect(&pool, "fd00:0:0:1::1");
	vm_pool_free(&pool);
}

/* Those behind the 63 bits that are looked at must not count as low ones. */
static void a_far_v6_address_takes_none_away(void **state)
{
	struct nsfab_subnet s = subnet("2001:db8::/32", NULL);
	struct vm_pool pool;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	use(&pool, "2001:db8:ffff::2");
	expect(&pool, "2001:db8::1");
	expect(&pool, "2001:db8::2");
	vm_pool_free(&pool);
}

static void a_full_v4_subnet_stays_below_broadcast(void **state)
{
	struct nsfab_subnet s = subnet("10.0.0.0/16", "10.0.0.1");
	struct nsfab_addr addr;
	struct vm_pool pool;
	size_t n = 0;

	(void)state;
	assert_int_equal(vm_pool_init(&pool, &s), 0);
	while (!vm_pool_take(&pool, &addr))
		n++;
	assert_int_equal(n, 65533);
	vm_pool_free(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_that_nobody_has),
		cmocka_unit_test(a_small_subnet_is_used_up),
		cmocka_unit_test(point_to_point_has_no_network_address),
		cmocka_unit_test(v6_has_no_broadcast_address),
		cmocka_unit_test(large_v6_subnets_start_at_their_beginning),
		cmocka_unit_test(a_far_v6_address_takes_none_away),
		cmocka_unit_test(a_full_v4_subnet_stays_below_broadcast),
	};

	return cmocka_run_group_tests_name("vm addresses", tests, NULL, NULL);
}
