// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: names to ids. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/**
 * struct found - an answer
 * @kind: 't', 'n' or 'p'
 * @id: the object's
 * @tenant: its tenant's
 * @path: what was asked
 */
struct found {
	char kind;
	uint32_t id;
	uint32_t tenant;
	char path[];
};

struct netctl_finder {
	struct netctl_ctx *ctx;
	struct nsfab *h;
	unsigned int ifindex;
	void *tree;
};

static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return x->kind != y->kind ? x->kind - y->kind :
				    strcmp(x->path, y->path);
}

struct netctl_finder *netctl_finder_new(struct netctl_ctx *ctx)
{
	struct netctl_finder *f = calloc(1, sizeof(*f));

	if (!f) {
		nsfab_err_set(&ctx->err, -ENOMEM, "names");
		return NULL;
	}
	f->ctx = ctx;
	if (netctl_fabric(ctx, &f->h, &f->ifindex)) {
		free(f);
		return NULL;
	}
	return f;
}

static int ask(struct netctl_finder *f, struct found *found)
{
	struct nsfab_err *err = &f->ctx->err;

	switch (found->kind) {
	case 't':
		return nsfab_tenant_find(f->h, f->ifindex, found->path,
					 &found->id, err);
	case 'n':
		return nsfab_network_find(f->h, f->ifindex, found->path,
					  &found->id, &found->tenant, err);
	default:
		return nsfab_port_find(f->h, f->ifindex, found->path,
				       &found->id, &found->tenant, err);
	}
}

static int look(struct netctl_finder *f, char kind, const char *path,
		uint32_t *id, uint32_t *tenant)
{
	size_t size = sizeof(struct found) + strlen(path) + 1;
	struct found *found = calloc(1, size);
	struct found **known;

	if (!found)
		goto no_memory;
	found->kind = kind;
	memcpy(found->path, path, strlen(path) + 1);
	known = tfind(found, &f->tree, compare);
	if (!known) {
		if (ask(f, found)) {
			free(found);
			return netctl_fail(f->ctx);
		}
		known = tsearch(found, &f->tree, compare);
		if (!known)
			goto no_memory;
	} else {
		free(found);
	}
	*id = (*known)->id;
	if (tenant)
		*tenant = (*known)->tenant;
	return 0;

no_memory:
	free(found);
	nsfab_err_set(&f->ctx->err, -ENOMEM, "names");
	return netctl_fail(f->ctx);
}

int netctl_find_tenant(struct netctl_finder *f, const char *name, uint32_t *id)
{
	return look(f, 't', name, id, NULL);
}

int netctl_find_network(struct netctl_finder *f, const char *path,
			uint32_t *id, uint32_t *tenant)
{
	return look(f, 'n', path, id, tenant);
}

int netctl_find_port(struct netctl_finder *f, const char *path, uint32_t *id,
		     uint32_t *tenant)
{
	return look(f, 'p', path, id, tenant);
}

void netctl_finder_free(struct netctl_finder *f)
{
	if (!f)
		return;
	tdestroy(f->tree, free);
	free(f);
}
