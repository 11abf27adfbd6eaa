// SPDX-License-Identifier: GPL-2.0-only
/* Part of lpm.c in the debug build: the trie against a list that is searched
 * from end to end. What is drawn is the same at each load.
 */

#include <linux/prandom.h>

enum {
	SELFTEST_ENTRIES = 96,
	SELFTEST_STEPS = 6000,
	SELFTEST_LOOKUPS = 6,
	SELFTEST_WALK_EACH = 16,
};

struct entry {
	struct in6_addr prefix;
	u8 plen;
	void *value;
};

/**
 * struct selftest - the table and what should be in it
 * @lpm: the table
 * @lock: of its writers
 * @rnd: what is drawn from
 * @last: the last value given out, never the same twice
 * @failed: inserts that got no memory
 * @n: entries in @entry
 * @entry: the entries, in no order
 */
struct selftest {
	struct nsfab_lpm lpm;
	struct mutex lock; /* to be held, nothing else */
	struct rnd_state rnd;
	unsigned long last;
	u32 failed;
	u32 n;
	struct entry entry[SELFTEST_ENTRIES];
};

static u32 draw(struct selftest *t, u32 below)
{
	return prandom_u32_state(&t->rnd) % below;
}

/* Few addresses, close to one another, so that prefixes lie in prefixes. */
static void draw_addr(struct selftest *t, struct in6_addr *addr)
{
	u8 bit;
	u32 i;

	memset(addr, 0, sizeof(*addr));
	if (draw(t, 2)) {
		nsfab_addr_set_v4(addr, htonl(0x0a000000));
		for (i = draw(t, 4); i; i--) {
			bit = draw(t, 32);
			addr->s6_addr[12 + bit / 8] ^= 0x80 >> bit % 8;
		}
		return;
	}
	/* Some of these differ from a mapped address by a bit. */
	if (draw(t, 2))
		addr->s6_addr32[0] = htonl(0x20010db8);
	else
		nsfab_addr_set_v4(addr, htonl(0x0a000000));
	do {
		for (i = draw(t, 4); i; i--) {
			bit = draw(t, 128);
			addr->s6_addr[bit / 8] ^= 0x80 >> bit % 8;
		}
		if (nsfab_addr_is_v4(addr))
			addr->s6_addr[draw(t, 12)] ^= 1;
	} while (nsfab_addr_is_v4(addr));
}

static void draw_prefix(struct selftest *t, struct in6_addr *prefix, u8 *plen)
{
	struct in6_addr addr;
	const struct entry *e;

	if (t->n && draw(t, 2)) {
		e = &t->entry[draw(t, t->n)];
		*prefix = e->prefix;
		*plen = e->plen;
		return;
	}
	draw_addr(t, &addr);
	*plen = nsfab_addr_is_v4(&addr) ? 96 + draw(t, 33) : draw(t, 129);
	ipv6_addr_prefix(prefix, &addr, *plen);
}

static struct entry *entry_find(struct selftest *t,
				const struct in6_addr *prefix, u8 plen)
{
	u32 i;

	for (i = 0; i < t->n; i++)
		if (t->entry[i].plen == plen &&
		    ipv6_addr_equal(&t->entry[i].prefix, prefix))
			return &t->entry[i];
	return NULL;
}

static void *brute_lookup(struct selftest *t, const struct in6_addr *addr)
{
	const struct entry *e, *best = NULL;
	u32 i;

	for (i = 0; i < t->n; i++) {
		e = &t->entry[i];
		if (nsfab_addr_is_v4(&e->prefix) == nsfab_addr_is_v4(addr) &&
		    nsfab_addr_in(addr, &e->prefix, e->plen) &&
		    (!best || e->plen > best->plen))
			best = e;
	}
	return best ? best->value : NULL;
}

static int compare(const struct in6_addr *a, u8 a_plen,
		   const struct in6_addr *b, u8 b_plen)
{
	if (nsfab_addr_is_v4(a) != nsfab_addr_is_v4(b))
		return nsfab_addr_is_v4(a) ? -1 : 1;
	return memcmp(a, b, sizeof(*a)) ?: a_plen - b_plen;
}

/* The entry after (@prefix, @plen), or the first one if @prefix is NULL. */
static const struct entry *brute_next(struct selftest *t,
				      const struct in6_addr *prefix, u8 plen)
{
	const struct entry *e, *best = NULL;
	u32 i;

	for (i = 0; i < t->n; i++) {
		e = &t->entry[i];
		if (prefix && compare(&e->prefix, e->plen, prefix, plen) <= 0)
			continue;
		if (!best || compare(&e->prefix, e->plen, &best->prefix,
				     best->plen) < 0)
			best = e;
	}
	return best;
}

/* Does each node without a value have two children, and is each child where
 * its prefix says?
 */
static bool well_formed(struct selftest *t)
{
	struct nsfab_lpm_node *node, *child, *todo = NULL;
	u32 values = 0;
	int i, children;

	push(&todo, &t->lpm.v4);
	push(&todo, &t->lpm.v6);
	while (todo) {
		node = todo;
		todo = node->todo;
		children = 0;
		for (i = 0; i < 2; i++) {
			child = follow(&node->child[i], &t->lock);
			if (!child)
				continue;
			if (child->plen <= node->plen ||
			    common_bits(&child->key, &node->key) < node->plen ||
			    bit_after(&child->key, node->plen) != i)
				return false;
			children++;
			push(&todo, &node->child[i]);
		}
		if (value_of(node, &t->lock))
			values++;
		else if (children != 2)
			return false;
	}
	return values == t->n && t->lpm.n == t->n;
}

static bool walk_agrees(struct selftest *t)
{
	const struct entry *e = brute_next(t, NULL, 0);
	u32 seen = 0;
	void *value;

	value = nsfab_lpm_next(&t->lpm, NULL, 0, true, &t->lock);
	while (e) {
		if (value != e->value)
			return false;
		seen++;
		value = nsfab_lpm_next(&t->lpm, &e->prefix, e->plen, false,
				       &t->lock);
		e = brute_next(t, &e->prefix, e->plen);
	}
	return !value && seen == t->n;
}

static bool lookups_agree(struct selftest *t)
{
	const struct entry *e;
	struct in6_addr addr;
	void *value;
	u8 plen;
	u32 i;

	for (i = 0; i < SELFTEST_LOOKUPS; i++) {
		if (draw(t, 2))
			draw_addr(t, &addr);
		else
			draw_prefix(t, &addr, &plen);
		rcu_read_lock();
		value = nsfab_lpm_lookup(&t->lpm, &addr);
		rcu_read_unlock();
		if (value != brute_lookup(t, &addr))
			return false;

		/* A cursor that most often is no entry. */
		draw_prefix(t, &addr, &plen);
		e = entry_find(t, &addr, plen);
		if (nsfab_lpm_exact(&t->lpm, &addr, plen, &t->lock) !=
		    (e ? e->value : NULL))
			return false;
		e = brute_next(t, &addr, plen);
		if (nsfab_lpm_next(&t->lpm, &addr, plen, false, &t->lock) !=
		    (e ? e->value : NULL))
			return false;
	}
	return true;
}

static bool insert_agrees(struct selftest *t, bool replace)
{
	struct in6_addr prefix;
	void *value, *old, *expected;
	struct entry *e;
	u8 plen;
	int err;

	draw_prefix(t, &prefix, &plen);
	e = entry_find(t, &prefix, plen);
	if (!e && t->n == SELFTEST_ENTRIES)
		return true;
	expected = e ? e->value : NULL;
	t->last++;
	value = (void *)t->last;
	old = &old;
	fail_alloc = draw(t, 4);
	err = nsfab_lpm_insert(&t->lpm, &prefix, plen, value,
			       replace ? &old : NULL, &t->lock);
	fail_alloc = 0;
	if (err == -ENOMEM) {
		t->failed++;
		/* None is needed where the prefix is. */
		return !e;
	}
	if (e && !replace)
		return err == -EEXIST;
	if (err || (replace && old != expected))
		return false;
	if (!e) {
		e = &t->entry[t->n++];
		e->prefix = prefix;
		e->plen = plen;
	}
	e->value = value;
	return true;
}

static bool remove_agrees(struct selftest *t)
{
	struct in6_addr prefix;
	struct entry *e;
	void *value;
	u8 plen;

	draw_prefix(t, &prefix, &plen);
	e = entry_find(t, &prefix, plen);
	value = nsfab_lpm_remove(&t->lpm, &prefix, plen, &t->lock);
	if (value != (e ? e->value : NULL))
		return false;
	if (e)
		*e = t->entry[--t->n];
	return true;
}

static bool refuses(struct selftest *t, u32 a, u32 b, u32 c, u32 d, u8 plen)
{
	struct in6_addr prefix;

	ipv6_addr_set(&prefix, htonl(a), htonl(b), htonl(c), htonl(d));
	return nsfab_lpm_insert(&t->lpm, &prefix, plen, t, NULL,
				&t->lock) == -EINVAL;
}

static u32 freed;

static void count_freed(void *value)
{
	freed++;
}

static bool all_agrees(struct selftest *t)
{
	u32 i, grow;

	if (!refuses(t, 0x20010db8, 0, 0, 1, 127) ||
	    !refuses(t, 0x20010db8, 1, 0, 0, 63) ||
	    !refuses(t, 0x20010db8, 0, 0, 0, 28) ||
	    !refuses(t, 0x20010db8, 0, 0, 0, 129) ||
	    !refuses(t, 0, 0, 0xffff, 0x0a000001, 127) ||
	    !refuses(t, 0, 0, 0xffff, 0, 95) ||
	    !refuses(t, 1, 0, 0, 0, 0))
		return false;
	for (i = 0; i < SELFTEST_STEPS; i++) {
		/* It fills, and empties, and fills again. */
		grow = i / 500 % 2 ? 2 : 6;
		if (draw(t, 8) < grow) {
			if (!insert_agrees(t, draw(t, 2)))
				return false;
		} else if (!remove_agrees(t)) {
			return false;
		}
		if (t->lpm.n != t->n || !lookups_agree(t))
			return false;
		if (i % SELFTEST_WALK_EACH == 0 &&
		    (!well_formed(t) || !walk_agrees(t)))
			return false;
		cond_resched();
	}
	return t->failed;
}

/**
 * nsfab_lpm_selftest() - compare the trie with a list
 *
 * Return: 0, -EINVAL at the first difference, or -ENOMEM
 */
int nsfab_lpm_selftest(void)
{
	struct selftest *t;
	bool ok;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	mutex_init(&t->lock);
	prandom_seed_state(&t->rnd, 0x6e73666162);
	mutex_lock(&t->lock);
	ok = all_agrees(t);
	fail_alloc = 0;
	freed = 0;
	nsfab_lpm_free(&t->lpm, count_freed);
	if (freed != t->n)
		ok = false;
	mutex_unlock(&t->lock);
	mutex_destroy(&t->lock);
	kfree(t);
	return ok ? 0 : -EINVAL;
}
