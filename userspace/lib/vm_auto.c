// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lowest free address of a subnet. Of a large IPv6 subnet only the lowest
 * 2^63 addresses are looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm_priv.h"

static uint64_t low_bits(const struct nsfab_addr *a)
{
	uint64_t v = 0;
	size_t i;

	for (i = a->len > 8 ? a->len - 8 : 0; i < a->len; i++)
		v = v << 8 | a->byte[i];
	return v;
}

int vm_pool_init(struct vm_pool *pool, const struct nsfab_subnet *subnet)
{
	unsigned int bits = subnet->prefix.addr.len * 8;
	unsigned int host = bits - subnet->prefix.len;

	memset(pool, 0, sizeof(*pool));
	pool->prefix = subnet->prefix;
	nsfab_prefix_mask(&pool->prefix);
	pool->base = low_bits(&pool->prefix.addr);
	pool->last = (1ull << (host > 63 ? 63 : host)) - 1;
	/* Point-to-point subnets have neither; host routes have one address. */
	if (host > 1) {
		pool->next = 1;
		if (bits == 32)
			pool->last--;
	}
	if (!subnet->gateway.len)
		return 0;
	return vm_pool_use(pool, &subnet->gateway);
}

void vm_pool_free(struct vm_pool *pool)
{
	free(pool->used);
	pool->used = NULL;
}

int vm_pool_use(struct vm_pool *pool, const struct nsfab_addr *addr)
{
	uint64_t *used;
	size_t room;

	/* Far behind those that are looked at, one may have equal low bits. */
	if (!nsfab_prefix_has(&pool->prefix, addr) ||
	    (addr->len == 16 && memcmp(addr->byte, pool->prefix.addr.byte, 8)))
		return 0;
	if (pool->n_used == pool->room) {
		room = pool->room ? pool->room * 2 : 16;
		used = realloc(pool->used, room * sizeof(*used));
		if (!used)
			return -ENOMEM;
		pool->used = used;
		pool->room = room;
	}
	pool->used[pool->n_used++] = low_bits(addr) - pool->base;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int vm_pool_take(struct vm_pool *pool, struct nsfab_addr *addr)
{
	uint64_t v;
	size_t i;

	if (!pool->sorted) {
		if (pool->n_used)
			qsort(pool->used, pool->n_used, sizeof(*pool->used),
			      compare);
		pool->sorted = true;
	}
	for (; pool->seen < pool->n_used; pool->seen++) {
		if (pool->used[pool->seen] > pool->next)
			break;
		if (pool->used[pool->seen] == pool->next)
			pool->next++;
	}
	if (pool->next > pool->last)
		return -ENOSPC;
	*addr = pool->prefix.addr;
	v = pool->base + pool->next++;
	for (i = addr->len; i && i + 8 > addr->len; i--, v >>= 8)
		addr->byte[i - 1] = v;
	return 0;
}
