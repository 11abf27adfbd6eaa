/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: a deep copy in one block of memory. */
#ifndef NSFAB_LIB_DUP_H
#define NSFAB_LIB_DUP_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

/* One pointer member of the struct, and how many bytes it points to. */
struct nsfab_dup_part {
	size_t offset;
	size_t len;
};

#define NSFAB_DUP_STR(type, obj, member) \
	{ offsetof(type, member), \
	  (obj)->member ? strlen((obj)->member) + 1 : 0 }
#define NSFAB_DUP_ARRAY(type, obj, member, n) \
	{ offsetof(type, member), (n) * sizeof(*(obj)->member) }

void *nsfab_dup(const void *obj, size_t size, const struct nsfab_dup_part *part,
		size_t n);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_DUP_H */
