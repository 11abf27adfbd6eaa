// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: parsers of values. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_words.h"
#include "words.h"

int netctl_bad_value(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, const char *allowed)
{
	return netctl_usage(ctx, "%s \"%s\" is not %s", key->name, value,
			    allowed);
}

int netctl_no_memory(struct netctl_ctx *ctx)
{
	nsfab_err_set(&ctx->err, -ENOMEM, "netctl");
	return netctl_fail(ctx);
}

bool netctl_would(const struct netctl_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	if (!ctx->dry_run)
		return false;
	if (ctx->quiet)
		return true;
	fprintf(stderr, "would ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return true;
}

int netctl_new_name(struct netctl_ctx *ctx, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (*name != '-')
		return 0;
	return netctl_usage(ctx, "\"%s\" is no valid name, it begins with \"-\"",
			    name);
}

static void *member(const struct netctl_key *key, void *data)
{
	*(uint32_t *)data |= key->has;
	return (char *)data + key->arg;
}

static int number(struct netctl_ctx *ctx, const struct netctl_key *key,
		  const char *value, uint64_t most, uint64_t *result)
{
	uint64_t max = key->max ? key->max : most;
	char allowed[80];

	if (!netctl_parse_u64(value, key->min, max, result))
		return 0;
	snprintf(allowed, sizeof(allowed),
		 "a number from %" PRIu64 " to %" PRIu64, key->min, max);
	return netctl_bad_value(ctx, key, value, allowed);
}

#define DEFINE_KEY(type, most)						\
int netctl_key_##type(struct netctl_ctx *ctx,				\
		      const struct netctl_key *key, const char *value,	\
		      void *data)					\
{									\
	uint64_t n;							\
									\
	if (number(ctx, key, value, most, &n))				\
		return NETCTL_USAGE;					\
	*(type##_t_ *)member(key, data) = (type##_t_)n;			\
	return 0;							\
}

typedef uint8_t u8_t_;
typedef uint16_t u16_t_;
typedef uint32_t u32_t_;
typedef uint64_t u64_t_;

DEFINE_KEY(u8, UINT8_MAX)
DEFINE_KEY(u16, UINT16_MAX)
DEFINE_KEY(u32, UINT32_MAX)
DEFINE_KEY(u64, UINT64_MAX)

int netctl_key_addr(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	if (nsfab_addr_parse(member(key, data), value))
		return netctl_bad_value(ctx, key, value,
					"an IPv4 or IPv6 address");
	return 0;
}

int netctl_key_prefix(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	if (nsfab_prefix_parse(member(key, data), value))
		return netctl_bad_value(ctx, key, value,
					"an address or a prefix (ADDRESS/LENGTH)");
	return 0;
}

int netctl_key_mac(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data)
{
	if (nsfab_mac_parse(member(key, data), value))
		return netctl_bad_value(ctx, key, value,
					"a MAC address (02:00:00:00:00:01)");
	return 0;
}

int netctl_key_str(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data)
{
	(void)ctx;
	*(const char **)member(key, data) = value;
	return 0;
}

int netctl_key_true(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	(void)ctx;
	(void)value;
	*(bool *)member(key, data) = true;
	return 0;
}

int netctl_key_onoff(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return netctl_bad_value(ctx, key, value, "\"on\" or \"off\"");
	*(bool *)member(key, data) = !strcmp(value, "on");
	return 0;
}

static bool is_label_key(const char *key, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";

	return len && strspn(key, allowed) >= len;
}

int netctl_key_label(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	struct netctl_label_words *labels = member(key, data);
	const char *eq = strchr(value, '=');
	char *merged;

	if (!eq || !is_label_key(value, eq - value) || strchr(value, '\n'))
		return netctl_bad_value(ctx, key, value,
					"KEY=VALUE in one line, with a KEY of letters, digits and \"-_./\"");
	merged = vm_labels_merge(labels->add, value, NULL);
	if (!merged)
		return netctl_no_memory(ctx);
	free(labels->add);
	labels->add = merged;
	return 0;
}

int netctl_key_nolabel(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data)
{
	struct netctl_label_words *labels = member(key, data);
	char *more;

	if (!is_label_key(value, strlen(value)))
		return netctl_bad_value(ctx, key, value, "a label's key");
	if (asprintf(&more, "%s%s%s", labels->remove ? labels->remove : "",
		     labels->remove ? "\n" : "", value) < 0)
		return netctl_no_memory(ctx);
	free(labels->remove);
	labels->remove = more;
	return 0;
}

void netctl_labels_free(struct netctl_label_words *labels)
{
	free(labels->add);
	free(labels->remove);
}

bool netctl_labels_match(const char *labels, const char *wanted)
{
	char key[NSFAB_LABELS_MAX + 1];
	const char *value;
	size_t at, len;

	if (!wanted)
		return true;
	at = strcspn(wanted, "=");
	if (at >= sizeof(key))
		return false;
	memcpy(key, wanted, at);
	key[at] = '\0';
	value = nsfab_label_get(labels, key, &len);
	if (!value || !wanted[at])
		return value;
	return strlen(wanted + at + 1) == len &&
	       !memcmp(value, wanted + at + 1, len);
}
