// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: the handle, the fabric, errors. */
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <nsfab/fabric.h>
#include <nsfab/lab.h>

#include "netctl.h"

int netctl_netns_path(const char *netns, char *buf, size_t len)
{
	int n = snprintf(buf, len, "%s%s",
			 strchr(netns, '/') ? "" : "/run/netns/", netns);

	return n < 0 || (size_t)n >= len ? -ENAMETOOLONG : 0;
}

struct nsfab *netctl_handle(struct netctl_ctx *ctx)
{
	char path[512];

	if (ctx->handle)
		return ctx->handle;
	if (!ctx->netns) {
		nsfab_open(&ctx->handle, NULL, &ctx->err);
		return ctx->handle;
	}
	if (netctl_netns_path(ctx->netns, path, sizeof(path)))
		nsfab_err_set(&ctx->err, -ENAMETOOLONG,
			      "the name of the namespace is too long");
	else
		nsfab_open(&ctx->handle, path, &ctx->err);
	return ctx->handle;
}

int netctl_fabric(struct netctl_ctx *ctx, struct nsfab **h,
		  unsigned int *ifindex)
{
	int err;

	*h = netctl_handle(ctx);
	if (!*h)
		return ctx->err.code;
	if (!ctx->ifindex) {
		err = nsfab_fabric_find(*h, ctx->fabric, &ctx->ifindex,
					&ctx->err);
		if (err)
			return err;
	}
	*ifindex = ctx->ifindex;
	return 0;
}

static void print_prefix(const struct netctl_ctx *ctx)
{
	fprintf(stderr, "netctl");
	if (ctx->object)
		fprintf(stderr, " %s", ctx->object);
	if (ctx->verb)
		fprintf(stderr, " %s", ctx->verb);
	fprintf(stderr, ": ");
	if (ctx->file && ctx->line)
		fprintf(stderr, "%s:%lu: ", ctx->file, ctx->line);
	else if (ctx->file)
		fprintf(stderr, "%s: ", ctx->file);
}

/* Whoever asks the fabric that joins a lab's hosts may mean one of theirs. */
static bool is_underlay(const struct netctl_ctx *ctx, char name[IF_NAMESIZE])
{
	return !ctx->netns && ctx->ifindex &&
	       if_indextoname(ctx->ifindex, name) &&
	       nsfab_lab_is_underlay(name);
}

#define HINT "%s joins a lab's hosts, each has a fabric: netctl -n LAB.HOST"

static void print_hint(const struct netctl_ctx *ctx)
{
	char name[IF_NAMESIZE];

	if (ctx->err.code == -ENOENT && is_underlay(ctx, name))
		fprintf(stderr, " (" HINT ")", name);
}

void netctl_note_empty(const struct netctl_ctx *ctx)
{
	char name[IF_NAMESIZE];

	if (!ctx->json && is_underlay(ctx, name))
		netctl_note(ctx, "netctl: " HINT, name);
}

int netctl_fail(struct netctl_ctx *ctx)
{
	print_prefix(ctx);
	fprintf(stderr, "%s", ctx->err.text);
	print_hint(ctx);
	fputc('\n', stderr);
	if (ctx->err.origin == NSFAB_ERR_NO_MODULE)
		return NETCTL_NO_MODULE;
	if (ctx->err.origin == NSFAB_ERR_LIB && ctx->err.code == -EINVAL)
		return NETCTL_USAGE;
	return NETCTL_REFUSED;
}

int netctl_usage(const struct netctl_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	print_prefix(ctx);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return NETCTL_USAGE;
}

const char *netctl_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void netctl_note(const struct netctl_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	if (ctx->quiet)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
