// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: "list [TENANT|TENANT/NETWORK] [KEY VALUE]..." */
#include <nsfab/network.h>
#include <nsfab/tenant.h>
#include <string.h>

#include "where.h"

int netctl_where(struct netctl_ctx *ctx, const struct netctl_key *keys,
		 int argc, char **argv, struct netctl_where *where)
{
	struct nsfab_filter *filter = &where->filter;
	int odd = argc % 2;
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	memset(where, 0, sizeof(*where));
	ret = netctl_parse(ctx, keys, argc - odd, argv + odd, where);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (!odd)
		return 0;
	if (strchr(argv[0], '/')) {
		ret = nsfab_network_find(h, ifindex, argv[0], &filter->network,
					 NULL, &ctx->err);
		filter->present = NSFAB_FILTER_HAS_NETWORK;
	} else {
		ret = nsfab_tenant_find(h, ifindex, argv[0], &filter->tenant,
					&ctx->err);
		filter->present = NSFAB_FILTER_HAS_TENANT;
	}
	return ret ? netctl_fail(ctx) : 0;
}

bool netctl_is_kind(const char *word, const char *(*name)(unsigned int kind))
{
	unsigned int i;

	for (i = 0; strcmp(name(i), "?"); i++)
		if (!strcmp(word, name(i)))
			return true;
	return false;
}
