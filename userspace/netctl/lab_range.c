// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_range.h"

#define DIGITS "0123456789"

/* One range at @at, behind its "{". Moves @at behind its "}". */
static const char *parse_part(struct lab_range *range, const char **at)
{
	size_t first_len = strspn(*at, DIGITS), last_len;
	const char *last = *at + first_len + 2;
	unsigned int i = range->n;

	if (!first_len || first_len > 9 || strncmp(*at + first_len, "..", 2))
		return "a range is written as {1..20}";
	last_len = strspn(last, DIGITS);
	if (!last_len || last_len > 9 || last[last_len] != '}')
		return "a range is written as {1..20}";
	range->first[i] = strtoul(*at, NULL, 10);
	range->last[i] = strtoul(last, NULL, 10);
	if (range->first[i] > range->last[i])
		return "a range goes up, as {1..20}";
	range->width[i] = 0;
	if ((first_len > 1 && **at == '0') || (last_len > 1 && *last == '0'))
		range->width[i] = first_len > last_len ? first_len : last_len;
	/* Both factors are below 10^10 and the product is checked each time. */
	range->count *= range->last[i] - range->first[i] + 1;
	if (range->count > LAB_RANGE_NAMES_MAX)
		return "a name stands for 100000 names at most";
	*at = last + last_len + 1;
	range->n++;
	return NULL;
}

const char *lab_range_parse(struct lab_range *range, const char *name)
{
	const char *wrong;
	size_t len;

	memset(range, 0, sizeof(*range));
	range->count = 1;
	if (strlen(name) >= LAB_RANGE_LEN)
		return "longer than 127 characters";
	for (;;) {
		len = strcspn(name, "{");
		memcpy(range->text[range->n], name, len);
		name += len;
		if (!*name)
			return NULL;
		if (range->n == LAB_RANGE_PARTS_MAX)
			return "a name has 8 ranges at most";
		name++;
		wrong = parse_part(range, &name);
		if (wrong)
			return wrong;
	}
}

void lab_range_name(const struct lab_range *range, size_t i, char *buf,
		    size_t size)
{
	unsigned long number[LAB_RANGE_PARTS_MAX] = { 0 }, span;
	unsigned int part;
	size_t len;
	int n;

	for (part = range->n; part > 0; part--) {
		span = range->last[part - 1] - range->first[part - 1] + 1;
		number[part - 1] = range->first[part - 1] + i % span;
		i /= span;
	}
	n = snprintf(buf, size, "%s", range->text[0]);
	for (part = 0; part < range->n; part++) {
		len = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
		n = len + snprintf(buf + len, size - len, "%0*lu%s",
				   (int)range->width[part], number[part],
				   range->text[part + 1]);
	}
}
