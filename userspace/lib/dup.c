// SPDX-License-Identifier: LGPL-2.1-or-later
/* A deep copy in one block of memory. */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "dup.h"

static size_t align(size_t len)
{
	const size_t most = alignof(max_align_t);

	return (len + most - 1) / most * most;
}

void *nsfab_dup(const void *obj, size_t size, const struct nsfab_dup_part *part,
		size_t n)
{
	size_t total = align(size);
	char *copy, *end;
	size_t i;

	for (i = 0; i < n; i++)
		total += align(part[i].len);
	copy = malloc(total);
	if (!copy)
		return NULL;
	memcpy(copy, obj, size);
	end = copy + align(size);
	for (i = 0; i < n; i++) {
		void *to = NULL;
		void *from;

		if (part[i].len) {
			memcpy(&from, (const char *)obj + part[i].offset,
			       sizeof(from));
			to = memcpy(end, from, part[i].len);
			end += align(part[i].len);
		}
		memcpy(copy + part[i].offset, &to, sizeof(to));
	}
	return copy;
}
