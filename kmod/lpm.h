/* SPDX-License-Identifier: GPL-2.0-only */
/* Longest prefix match over 128-bit addresses (IPv4 as v4-mapped). */
#ifndef _NSFAB_LPM_H
#define _NSFAB_LPM_H

#include <linux/in6.h>
#include <linux/rcupdate.h>

struct mutex;
struct nsfab_lpm_node;

/**
 * struct nsfab_lpm - a table: a path-compressed binary trie for each family
 * @v4: root of IPv4 prefixes (mapped lengths 96 to 128)
 * @v6: root of IPv6 prefixes
 * @n: prefixes in it
 *
 * Zeroed memory is an empty table. Readers hold rcu_read_lock(); writers are
 * serialised by the caller, whose lock is passed for lockdep. Host bits of
 * prefixes are zero; values are never NULL. Order is IPv4 before IPv6, then by
 * address, then shorter prefixes before the longer ones in them.
 */
struct nsfab_lpm {
	struct nsfab_lpm_node __rcu *v4;
	struct nsfab_lpm_node __rcu *v6;
	u32 n;
};

void *nsfab_lpm_lookup(const struct nsfab_lpm *lpm,
		       const struct in6_addr *addr);
void *nsfab_lpm_exact(const struct nsfab_lpm *lpm,
		      const struct in6_addr *prefix,
		      u8 plen, struct mutex *lock);
void *nsfab_lpm_next(const struct nsfab_lpm *lpm,
		     const struct in6_addr *prefix,
		     u8 plen, bool first, struct mutex *lock);
int nsfab_lpm_insert(struct nsfab_lpm *lpm, const struct in6_addr *prefix,
		     u8 plen, void *value,
		     void **replaced, struct mutex *lock);
void *nsfab_lpm_remove(struct nsfab_lpm *lpm, const struct in6_addr *prefix,
		       u8 plen, struct mutex *lock);
void nsfab_lpm_free(struct nsfab_lpm *lpm, void (*free_value)(void *value));

#ifdef CONFIG_NSFAB_DEBUG
int nsfab_lpm_selftest(void);
#else
static inline int nsfab_lpm_selftest(void)
{
	return 0;
}
#endif

#endif /* _NSFAB_LPM_H */
