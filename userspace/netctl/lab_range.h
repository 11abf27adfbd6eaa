/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that stand for several: web-{1..20}, web-{01..20}, r{1..3}-{1..4}.
 *
 * A number is padded with zeros if its first or last one is written with a
 * leading zero. Several ranges make all combinations, the last one fastest.
 */
#ifndef NETCTL_LAB_RANGE_H
#define NETCTL_LAB_RANGE_H

#include <stddef.h>

#define LAB_RANGE_PARTS_MAX 8		/* ranges in a name */
#define LAB_RANGE_NAMES_MAX 100000	/* names that a name stands for */
#define LAB_RANGE_LEN 128		/* length of a name, with NUL */

/**
 * struct lab_range - a name taken apart
 * @n: ranges in it
 * @count: names that it stands for
 * @text: the words before, between and behind the ranges, @n + 1 of them
 * @first: first number of each range
 * @last: last number of each range
 * @width: digits to pad to, 0 for none
 */
struct lab_range {
	unsigned int n;
	size_t count;
	char text[LAB_RANGE_PARTS_MAX + 1][LAB_RANGE_LEN];
	unsigned long first[LAB_RANGE_PARTS_MAX];
	unsigned long last[LAB_RANGE_PARTS_MAX];
	unsigned int width[LAB_RANGE_PARTS_MAX];
};

/**
 * lab_range_parse() - take a name apart
 * @range: result
 * @name: the name
 *
 * Return: NULL, or what is wrong with it (a static text).
 */
const char *lab_range_parse(struct lab_range *range, const char *name);

/**
 * lab_range_name() - one of the names
 * @range: range
 * @i: which one, below @range->count
 * @buf: gets it
 * @size: room in @buf; a longer name is cut
 */
void lab_range_name(const struct lab_range *range, size_t i, char *buf,
		    size_t size);

#endif
