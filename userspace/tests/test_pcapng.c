// SPDX-License-Identifier: GPL-2.0-or-later
/* pcapng files, read back block by block. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <nsfab/pcapng.h>

struct file {
	uint8_t data[4096];
	size_t len;
	int fail;
};

static int collect(const void *data, size_t len, void *arg)
{
	struct file *f = arg;

	if (f->fail)
		return f->fail;
	assert_true(f->len + len <= sizeof(f->data));
	memcpy(f->data + f->len, data, len);
	f->len += len;
	return 0;
}

static uint32_t u32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint16_t u16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t u64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* The @n-th block; checks the frame of all before it. */
static const uint8_t *block(const struct file *f, unsigned int n, uint32_t type)
{
	const uint8_t *at = f->data;
	uint32_t len;

	for (;; n--) {
		assert_true(at + 12 <= f->data + f->len);
		len = u32(at + 4);
		assert_int_equal(len % 4, 0);
		assert_true(at + len <= f->data + f->len);
		assert_int_equal(u32(at + len - 4), len);
		if (!n)
			break;
		at += len;
	}
	assert_int_equal(u32(at), type);
	return at;
}

/* An option's value; the list has to be ended as it should be. */
static const uint8_t *option(const uint8_t *block, size_t at, uint16_t code,
			     size_t *len)
{
	const uint8_t *found = NULL;
	size_t end = u32(block + 4) - 4;

	while (at + 4 <= end && u16(block + at)) {
		if (u16(block + at) == code) {
			found = block + at + 4;
			*len = u16(block + at + 2);
		}
		at += 4 + ((u16(block + at + 2) + 3) & ~3u);
	}
	assert_int_equal(at + 4, end);
	assert_int_equal(u32(block + at), 0);
	return found;
}

static struct nsfab_pcapng *start(struct file *f)
{
	struct nsfab_pcapng *p;

	memset(f, 0, sizeof(*f));
	assert_int_equal(nsfab_pcapng_new(&p, "test", collect, f), 0);
	return p;
}

static void a_file_starts_with_a_section(void **state)
{
	const uint8_t *b, *value;
	struct file f;
	size_t len;

	(void)state;
	nsfab_pcapng_free(start(&f));
	b = block(&f, 0, 0x0a0d0d0a);
	assert_int_equal(u32(b + 8), 0x1a2b3c4d);
	assert_int_equal(u16(b + 12), 1);
	assert_int_equal(u16(b + 14), 0);
	assert_true(u64(b + 16) == UINT64_MAX);
	value = option(b, 24, 4, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(value, "test", 4);
}

static void interfaces_have_name_path_and_nanoseconds(void **state)
{
	const uint8_t mac[] = { 2, 0, 0, 0, 0, 1 };
	struct nsfab_pcapng *p;
	const uint8_t *b, *value;
	struct file f;
	size_t len;

	(void)state;
	p = start(&f);
	assert_int_equal(nsfab_pcapng_interface(p, "eth0", "acme/web1/eth0",
						mac, 96), 0);
	assert_int_equal(nsfab_pcapng_interface(p, "eth1", NULL, NULL, 0), 1);
	nsfab_pcapng_free(p);
	b = block(&f, 1, 1);
	assert_int_equal(u16(b + 8), 1);
	assert_int_equal(u32(b + 12), 96);
	value = option(b, 16, 2, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(value, "eth0", 4);
	value = option(b, 16, 1, &len);
	assert_int_equal(len, 14);
	assert_memory_equal(value, "acme/web1/eth0", 14);
	value = option(b, 16, 6, &len);
	assert_int_equal(len, 6);
	assert_memory_equal(value, mac, 6);
	value = option(b, 16, 9, &len);
	assert_int_equal(len, 1);
	assert_int_equal(*value, 9);
	b = block(&f, 2, 1);
	assert_null(option(b, 16, 1, &len));
}

static void packets_keep_time_lengths_and_direction(void **state)
{
	struct nsfab_pcapng_packet packet = {
		.time = 1700000000123456789ull,
		.data = "abcde",
		.len = 5,
		.wire_len = 1500,
		.dir = NSFAB_PCAPNG_IN,
		.cast = NSFAB_PCAPNG_MULTICAST,
	};
	struct nsfab_pcapng *p;
	const uint8_t *b, *value;
	struct file f;
	size_t len;

	(void)state;
	p = start(&f);
	nsfab_pcapng_interface(p, "eth0", NULL, NULL, 0);
	assert_int_equal(nsfab_pcapng_packet(p, &packet), 0);
	packet.dir = NSFAB_PCAPNG_OUT;
	packet.cast = NSFAB_PCAPNG_CAST_UNKNOWN;
	assert_int_equal(nsfab_pcapng_packet(p, &packet), 0);
	packet.dir = NSFAB_PCAPNG_UNKNOWN;
	packet.len = 0;
	assert_int_equal(nsfab_pcapng_packet(p, &packet), 0);
	nsfab_pcapng_free(p);

	b = block(&f, 2, 6);
	assert_int_equal(u32(b + 8), 0);
	assert_true(((uint64_t)u32(b + 12) << 32 | u32(b + 16)) ==
		    1700000000123456789ull);
	assert_int_equal(u32(b + 20), 5);
	assert_int_equal(u32(b + 24), 1500);
	assert_memory_equal(b + 28, "abcde\0\0\0", 8);
	value = option(b, 36, 2, &len);
	assert_int_equal(len, 4);
	assert_int_equal(u32(value), 1 | 2 << 2);
	value = option(block(&f, 3, 6), 36, 2, &len);
	assert_int_equal(u32(value), 2);
	/* No flags, no options, no end of options. */
	assert_int_equal(u32(block(&f, 4, 6) + 4), 32);
}

static void statistics_tell_of_drops(void **state)
{
	struct nsfab_pcapng *p;
	const uint8_t *b, *value;
	struct file f;
	size_t len;

	(void)state;
	p = start(&f);
	nsfab_pcapng_interface(p, "eth0", NULL, NULL, 0);
	assert_int_equal(nsfab_pcapng_statistics(p, 0, 5ull << 32 | 1,
						 6ull << 32 | 2, 100, 7), 0);
	nsfab_pcapng_free(p);
	b = block(&f, 2, 5);
	assert_int_equal(u32(b + 8), 0);
	assert_int_equal(u32(b + 12), 6);
	assert_int_equal(u32(b + 16), 2);
	value = option(b, 20, 2, &len);
	assert_int_equal(len, 8);
	assert_int_equal(u32(value), 5);
	assert_int_equal(u32(value + 4), 1);
	value = option(b, 20, 3, &len);
	assert_int_equal(u32(value), 6);
	value = option(b, 20, 4, &len);
	assert_true(u64(value) == 100);
	value = option(b, 20, 5, &len);
	assert_true(u64(value) == 7);
}

static void a_full_disk_is_told(void **state)
{
	struct nsfab_pcapng_packet packet = { .data = "", .len = 1 };
	struct nsfab_pcapng *p;
	struct file f;

	(void)state;
	p = start(&f);
	f.fail = -ENOSPC;
	assert_int_equal(nsfab_pcapng_interface(p, "eth0", NULL, NULL, 0),
			 -ENOSPC);
	assert_int_equal(nsfab_pcapng_packet(p, &packet), -ENOSPC);
	nsfab_pcapng_free(p);
	assert_int_equal(nsfab_pcapng_new(&p, "test", collect, &f), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_starts_with_a_section),
		cmocka_unit_test(interfaces_have_name_path_and_nanoseconds),
		cmocka_unit_test(packets_keep_time_lengths_and_direction),
		cmocka_unit_test(statistics_tell_of_drops),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("pcapng", tests, NULL, NULL);
}
