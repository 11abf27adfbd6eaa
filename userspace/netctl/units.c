// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: numbers with units. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "netctl.h"

/**
 * struct unit - a unit
 * @name: its name; the first of a table is what a bare number has
 * @factor: how many of the smallest
 */
struct unit {
	const char *name;
	double factor;
};

static const struct unit times[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { NULL, 0 },
};

static const struct unit rates[] = {
	{ "bit", 1 }, { "kbit", 1e3 }, { "mbit", 1e6 }, { "gbit", 1e9 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "bytes", 1 }, { "k", 1024 }, { "m", 1024 * 1024 },
	{ "g", 1024.0 * 1024 * 1024 }, { "b", 1 }, { NULL, 0 },
};

int netctl_parse_u64(const char *text, uint64_t min, uint64_t max,
		     uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*end)
		return -EINVAL;
	if (errno || *value < min || *value > max)
		return -ERANGE;
	return 0;
}

static int parse(const char *text, const struct unit *units, uint64_t *value)
{
	const struct unit *u;
	double number;
	char *end;

	/* No sign, no "inf", no hexadecimal fraction */
	if ((*text < '0' || *text > '9') || strpbrk(text, "xXpP"))
		return -EINVAL;
	number = strtod(text, &end);
	for (u = units; u->name; u++)
		if (!strcasecmp(end, u->name) || (u == units && !*end))
			break;
	if (!u->name)
		return -EINVAL;
	number = round(number * u->factor);
	if (number >= 18446744073709551615.0)
		return -ERANGE;
	*value = (uint64_t)number;
	return 0;
}

int netctl_parse_time(const char *text, uint64_t *ns)
{
	return parse(text, times, ns);
}

int netctl_parse_rate(const char *text, uint64_t *bit_per_s)
{
	return parse(text, rates, bit_per_s);
}

int netctl_parse_size(const char *text, uint64_t *bytes)
{
	return parse(text, sizes, bytes);
}

int netctl_parse_share(const char *text, uint32_t *share)
{
	double number;
	char *end;

	if ((*text < '0' || *text > '9') && *text != '.')
		return -EINVAL;
	number = strtod(text, &end);
	if (!strcmp(end, "%"))
		number /= 100;
	else if (*end)
		return -EINVAL;
	if (!(number >= 0 && number <= 1))
		return -ERANGE;
	*share = (uint32_t)llround(number * UINT32_MAX);
	return 0;
}

/* In the largest unit that leaves at least 1, with up to three digits behind
 * the point; units go up by name order in the table.
 */
static const char *format(double number, const struct unit *units, int n,
			  const char *bare, char *buf)
{
	int i = 0;
	char *end;

	while (i + 1 < n && number >= units[i + 1].factor)
		i++;
	snprintf(buf, NETCTL_UNIT_STRLEN, "%.3f", number / units[i].factor);
	end = buf + strlen(buf) - 1;
	while (*end == '0')
		*end-- = '\0';
	if (*end == '.')
		*end = '\0';
	strcat(buf, i ? units[i].name : bare);
	return buf;
}

const char *netctl_format_time(uint64_t ns, char *buf)
{
	return format((double)ns, times, 4, ns ? "ns" : "", buf);
}

const char *netctl_format_rate(uint64_t bit_per_s, char *buf)
{
	return format((double)bit_per_s, rates, 4, "bit", buf);
}

const char *netctl_format_size(uint64_t bytes, char *buf)
{
	return format((double)bytes, sizes, 4, "", buf);
}
