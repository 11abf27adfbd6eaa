// SPDX-License-Identifier: GPL-2.0-only
/* Longest prefix match: a binary trie without nodes that decide nothing. A
 * node holds a prefix that was inserted, or two prefixes part ways at it; then
 * it has no value and two children. A node lies in one cache line, and a
 * lookup loads one node a level.
 *
 * A node's prefix never changes. Whatever a writer does is one store to a
 * pointer that readers follow, so that each of them sees a whole trie, before
 * or after; nodes taken out stay as they are until the readers are gone.
 */

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "addr.h"
#include "lpm.h"

#define BITS 128

/* An address as numbers, so that it is swapped once and compared fast. */
struct lpm_key {
	u64 hi;
	u64 lo;
};

/**
 * struct nsfab_lpm_node - a node of the trie
 * @child: by the first bit after the prefix
 * @value: what was inserted, NULL when prefixes part here and no more
 * @key: the prefix, other bits do not count
 * @plen: its length
 * @rcu: frees it
 * @todo: the next one to free, in the list of nsfab_lpm_free()
 */
struct nsfab_lpm_node {
	struct nsfab_lpm_node __rcu *child[2];
	void __rcu *value;
	struct lpm_key key;
	u8 plen;
	union {
		struct rcu_head rcu;
		struct nsfab_lpm_node *todo;
	};
};

static_assert(sizeof(struct nsfab_lpm_node) <= 64);

/* The selftest makes the allocation fail that is so many away; else 0. */
static u32 fail_alloc;

static struct lpm_key to_key(const struct in6_addr *addr)
{
	return (struct lpm_key) {
		.hi = (u64)be32_to_cpu(addr->s6_addr32[0]) << 32 |
		      be32_to_cpu(addr->s6_addr32[1]),
		.lo = (u64)be32_to_cpu(addr->s6_addr32[2]) << 32 |
		      be32_to_cpu(addr->s6_addr32[3]),
	};
}

static u8 common_bits(const struct lpm_key *a, const struct lpm_key *b)
{
	if (a->hi != b->hi)
		return 64 - fls64(a->hi ^ b->hi);
	return BITS - fls64(a->lo ^ b->lo);
}

/* The bit after the first @n; @n is less than BITS. */
static u8 bit_after(const struct lpm_key *key, u8 n)
{
	return n < 64 ? key->hi >> (63 - n) & 1 : key->lo >> (BITS - 1 - n) & 1;
}

static bool is_prefix(const struct lpm_key *key, u8 plen)
{
	if (plen < 64)
		return !(key->hi & ~0ULL >> plen) && !key->lo;
	if (plen < BITS)
		return !(key->lo & ~0ULL >> (plen - 64));
	return plen == BITS;
}

static struct nsfab_lpm_node *follow(struct nsfab_lpm_node __rcu *const *slot,
				     struct mutex *lock)
{
	return rcu_dereference_protected(*slot, lockdep_is_held(lock));
}

static void *value_of(const struct nsfab_lpm_node *node, struct mutex *lock)
{
	return rcu_dereference_protected(node->value, lockdep_is_held(lock));
}

static struct nsfab_lpm_node *node_alloc(const struct lpm_key *key, u8 plen,
					 void *value)
{
	struct nsfab_lpm_node *node;

	if (IS_ENABLED(CONFIG_NSFAB_DEBUG) && fail_alloc && !--fail_alloc)
		return NULL;
	node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	if (!node)
		return NULL;
	node->key = *key;
	node->plen = plen;
	RCU_INIT_POINTER(node->value, value);
	return node;
}

/**
 * nsfab_lpm_lookup() - find the longest prefix that an address is in
 * @lpm: the table
 * @addr: the address
 *
 * Context: in an RCU read section.
 * Return: the prefix's value or NULL
 */
void *nsfab_lpm_lookup(const struct nsfab_lpm *lpm, const struct in6_addr *addr)
{
	struct nsfab_lpm_node *node;
	struct lpm_key key = to_key(addr);
	void *value, *best = NULL;

	node = nsfab_addr_is_v4(addr) ? rcu_dereference(lpm->v4) :
					rcu_dereference(lpm->v6);
	while (node && common_bits(&node->key, &key) >= node->plen) {
		value = rcu_dereference(node->value);
		if (value)
			best = value;
		if (node->plen == BITS)
			break;
		node = rcu_dereference(node->child[bit_after(&key,
							     node->plen)]);
	}
	return best;
}

/**
 * nsfab_lpm_exact() - find a prefix
 * @lpm: the table
 * @prefix: the prefix
 * @plen: its length
 * @lock: what the caller holds
 *
 * Return: its value or NULL
 */
void *nsfab_lpm_exact(const struct nsfab_lpm *lpm,
		      const struct in6_addr *prefix, u8 plen,
		      struct mutex *lock)
{
	struct nsfab_lpm_node *node;
	struct lpm_key key = to_key(prefix);

	node = follow(nsfab_addr_is_v4(prefix) ? &lpm->v4 : &lpm->v6, lock);
	while (node && common_bits(&node->key, &key) >= node->plen) {
		if (node->plen == plen)
			return value_of(node, lock);
		if (node->plen > plen)
			break;
		node = follow(&node->child[bit_after(&key, node->plen)], lock);
	}
	return NULL;
}

/* The first value in order of a subtree; it has one unless it is NULL. */
static void *first_value(struct nsfab_lpm_node *node, struct mutex *lock)
{
	struct nsfab_lpm_node *child;
	void *value;

	while (node) {
		value = value_of(node, lock);
		if (value)
			return value;
		child = follow(&node->child[0], lock);
		node = child ?: follow(&node->child[1], lock);
	}
	return NULL;
}

/* The first value in order that comes after (@key, @plen), below @node. */
static void *value_after(struct nsfab_lpm_node *node, const struct lpm_key *key,
			 u8 plen, struct mutex *lock)
{
	struct nsfab_lpm_node *child, *after = NULL;
	u8 common, bit;

	while (node) {
		common = min3(common_bits(&node->key, key), node->plen, plen);
		if (common < node->plen) {
			/* It is inside of the cursor, or beside it. */
			if (common == plen || bit_after(&node->key, common))
				after = node;
			break;
		}
		if (node->plen == plen) {
			child = follow(&node->child[0], lock) ?:
				follow(&node->child[1], lock);
			if (child)
				after = child;
			break;
		}
		bit = bit_after(key, node->plen);
		child = follow(&node->child[1], lock);
		if (!bit && child)
			after = child;
		node = bit ? child : follow(&node->child[0], lock);
	}
	return first_value(after, lock);
}

/**
 * nsfab_lpm_next() - walk the table in order
 * @lpm: the table
 * @prefix: the prefix that was visited last; it need not be there any more
 * @plen: its length
 * @first: begin, @prefix and @plen do not count
 * @lock: what the caller holds
 *
 * Between two calls the table may change: what stays in it is visited once,
 * what comes or goes at most once.
 *
 * Return: the next prefix's value, or NULL at the end
 */
void *nsfab_lpm_next(const struct nsfab_lpm *lpm,
		     const struct in6_addr *prefix, u8 plen, bool first,
		     struct mutex *lock)
{
	struct nsfab_lpm_node *v4 = follow(&lpm->v4, lock);
	struct nsfab_lpm_node *v6 = follow(&lpm->v6, lock);
	struct lpm_key key;
	void *value;

	if (first) {
		value = first_value(v4, lock);
		return value ?: first_value(v6, lock);
	}
	key = to_key(prefix);
	if (!nsfab_addr_is_v4(prefix))
		return value_after(v6, &key, plen, lock);
	value = value_after(v4, &key, plen, lock);
	return value ?: first_value(v6, lock);
}

/* Put a new node with @value before @node, which may be NULL, into @slot. */
static int add(struct nsfab_lpm_node __rcu **slot, struct nsfab_lpm_node *node,
	       const struct lpm_key *key, u8 plen, void *value)
{
	struct nsfab_lpm_node *leaf, *fork;
	u8 common;

	leaf = node_alloc(key, plen, value);
	if (!leaf)
		return -ENOMEM;
	if (!node) {
		rcu_assign_pointer(*slot, leaf);
		return 0;
	}
	common = min(common_bits(&node->key, key), plen);
	if (common == plen) {
		RCU_INIT_POINTER(leaf->child[bit_after(&node->key, plen)],
				 node);
		rcu_assign_pointer(*slot, leaf);
		return 0;
	}
	fork = node_alloc(key, common, NULL);
	if (!fork) {
		kfree(leaf);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(fork->child[bit_after(key, common)], leaf);
	RCU_INIT_POINTER(fork->child[bit_after(&node->key, common)], node);
	rcu_assign_pointer(*slot, fork);
	return 0;
}

/**
 * nsfab_lpm_insert() - add a prefix, or change its value
 * @lpm: the table
 * @prefix: the prefix, host bits zero
 * @plen: its length
 * @value: its value, not NULL
 * @replaced: set to the value that it had before, or NULL; when this is NULL
 *	a prefix that is there is left alone. The old value is the caller's to
 *	free, after a grace period.
 * @lock: what the caller holds
 *
 * To change the value of a prefix that is there needs no memory.
 *
 * Context: process; may sleep.
 * Return: 0, -EEXIST, -ENOMEM, or -EINVAL if it is no prefix
 */
int nsfab_lpm_insert(struct nsfab_lpm *lpm, const struct in6_addr *prefix,
		     u8 plen, void *value, void **replaced,
		     struct mutex *lock)
{
	struct nsfab_lpm_node __rcu **slot;
	struct nsfab_lpm_node *node;
	struct lpm_key key = to_key(prefix);
	void *old = NULL;
	int err;

	if (!is_prefix(&key, plen))
		return -EINVAL;
	slot = nsfab_addr_is_v4(prefix) ? &lpm->v4 : &lpm->v6;
	for (;;) {
		node = follow(slot, lock);
		if (!node || node->plen > plen ||
		    common_bits(&node->key, &key) < node->plen) {
			err = add(slot, node, &key, plen, value);
			if (err)
				return err;
			break;
		}
		if (node->plen == plen) {
			old = value_of(node, lock);
			if (old && !replaced)
				return -EEXIST;
			rcu_assign_pointer(node->value, value);
			break;
		}
		slot = &node->child[bit_after(&key, node->plen)];
	}
	if (!old)
		lpm->n++;
	if (replaced)
		*replaced = old;
	return 0;
}

/* Put what is left of @node, its only child or NULL, into its place. */
static void take_out(struct nsfab_lpm_node __rcu **slot,
		     struct nsfab_lpm_node *node, struct nsfab_lpm_node *child)
{
	rcu_assign_pointer(*slot, child);
	kfree_rcu(node, rcu);
}

/**
 * nsfab_lpm_remove() - remove a prefix
 * @lpm: the table
 * @prefix: the prefix
 * @plen: its length
 * @lock: what the caller holds
 *
 * Return: its value, the caller's to free after a grace period, or NULL
 */
void *nsfab_lpm_remove(struct nsfab_lpm *lpm, const struct in6_addr *prefix,
		       u8 plen, struct mutex *lock)
{
	struct nsfab_lpm_node __rcu **slot, **up_slot = NULL;
	struct nsfab_lpm_node *node, *up = NULL, *child[2];
	struct lpm_key key = to_key(prefix);
	void *value;

	slot = nsfab_addr_is_v4(prefix) ? &lpm->v4 : &lpm->v6;
	for (;;) {
		node = follow(slot, lock);
		if (!node || node->plen > plen ||
		    common_bits(&node->key, &key) < node->plen)
			return NULL;
		if (node->plen == plen)
			break;
		up = node;
		up_slot = slot;
		slot = &node->child[bit_after(&key, node->plen)];
	}
	value = value_of(node, lock);
	if (!value)
		return NULL;
	lpm->n--;
	child[0] = follow(&node->child[0], lock);
	child[1] = follow(&node->child[1], lock);
	if (child[0] && child[1]) {
		RCU_INIT_POINTER(node->value, NULL);
	} else if (child[0] || child[1] || !up || value_of(up, lock)) {
		take_out(slot, node, child[0] ?: child[1]);
	} else {
		/* Nothing parts at the node above any more. */
		take_out(up_slot, up,
			 follow(&up->child[!bit_after(&key, up->plen)], lock));
		kfree_rcu(node, rcu);
	}
	return value;
}

/* Nobody changes the table any more. */
static void push(struct nsfab_lpm_node **todo,
		 struct nsfab_lpm_node __rcu *const *slot)
{
	struct nsfab_lpm_node *node = rcu_dereference_protected(*slot, 1);

	if (!node)
		return;
	node->todo = *todo;
	*todo = node;
}

/**
 * nsfab_lpm_free() - free what a table holds
 * @lpm: the table, which no writer uses any more, nor this memory as a table
 * @free_value: called with each value, or NULL
 *
 * Readers may still be in it: its nodes are freed after a grace period, and
 * @free_value has to do the same.
 *
 * Context: any.
 */
void nsfab_lpm_free(struct nsfab_lpm *lpm, void (*free_value)(void *value))
{
	struct nsfab_lpm_node *node, *todo = NULL;
	void *value;

	push(&todo, &lpm->v4);
	push(&todo, &lpm->v6);
	while (todo) {
		node = todo;
		todo = node->todo;
		push(&todo, &node->child[0]);
		push(&todo, &node->child[1]);
		value = rcu_dereference_protected(node->value, 1);
		if (value && free_value)
			free_value(value);
		kfree_rcu(node, rcu);
	}
}

#ifdef CONFIG_NSFAB_DEBUG
#include "selftest/lpm.c"
#endif
