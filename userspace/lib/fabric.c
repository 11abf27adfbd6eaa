// SPDX-License-Identifier: LGPL-2.1-or-later
/* Fabrics, the devices of kind "nsfab". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtlink_read.h"

static int commit_one(struct nsfab *h, const struct nsfab_fabric *fabric,
		      struct nsfab_err *err)
{
	struct nsfab_batch *b = nsfab_batch_new(h);
	int ret;

	if (!b)
		return nsfab_err_set(err, -ENOMEM, "fabric");
	ret = nsfab_rtlink_add_fabric(b, fabric);
	if (ret)
		nsfab_err_set(err, ret, "fabric");
	else
		ret = nsfab_batch_commit(b, err);
	nsfab_batch_free(b);
	return ret;
}

int nsfab_fabric_new(struct nsfab *h, const struct nsfab_fabric *fabric,
		     unsigned int *ifindex, struct nsfab_err *err)
{
	struct nsfab_fabric f = *fabric;
	int ret;

	if (!f.name[0])
		strcpy(f.name, NSFAB_FABRIC_DEFAULT);
	if (!(f.present & NSFAB_FABRIC_HAS_UP)) {
		f.present |= NSFAB_FABRIC_HAS_UP;
		f.up = true;
	}
	ret = commit_one(h, &f, err);
	if (!ret && ifindex)
		ret = nsfab_rtlink_find(h, f.name, ifindex, err);
	return ret;
}

int nsfab_fabric_set(struct nsfab *h, const struct nsfab_fabric *fabric,
		     struct nsfab_err *err)
{
	struct nsfab_fabric f = *fabric;

	if (!f.ifindex)
		return nsfab_err_set(err, -EINVAL, "which fabric?");
	f.name[0] = '\0';
	return commit_one(h, &f, err);
}

int nsfab_fabric_del(struct nsfab *h, unsigned int ifindex,
		     struct nsfab_err *err)
{
	struct nsfab_batch *b = nsfab_batch_new(h);
	int ret;

	if (!b)
		return nsfab_err_set(err, -ENOMEM, "fabric");
	ret = nsfab_rtlink_del(b, ifindex, NULL);
	if (ret)
		nsfab_err_set(err, ret, "fabric");
	else
		ret = nsfab_batch_commit(b, err);
	nsfab_batch_free(b);
	return ret;
}

struct list {
	struct nsfab_fabric *fabric;
	size_t n;
};

static int add_fabric(const struct nsfab_rtlink *link, const struct nlattr *data,
		      void *arg)
{
	struct nsfab_fabric *f;
	struct list *list = arg;
	const struct nlattr *a;

	if (strcmp(link->kind, "nsfab"))
		return 0;
	f = reallocarray(list->fabric, list->n + 1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	list->fabric = f;
	f += list->n++;
	memset(f, 0, sizeof(*f));
	memcpy(f->name, link->name, sizeof(f->name));
	f->ifindex = link->ifindex;
	f->mtu = link->mtu;
	f->up = link->up;
	f->present = NSFAB_FABRIC_HAS_MTU | NSFAB_FABRIC_HAS_UP;
	if (!data)
		return 0;
	mnl_attr_for_each_nested(a, data) {
		switch (mnl_attr_get_type(a)) {
		case IFLA_NSFAB_ENCAP:
			f->encap = nsfab_nl_get(a);
			f->present |= NSFAB_FABRIC_HAS_ENCAP;
			break;
		case IFLA_NSFAB_LOCAL:
			f->local = nsfab_nl_get_addr(a);
			f->present |= NSFAB_FABRIC_HAS_LOCAL;
			break;
		case IFLA_NSFAB_UDP_PORT:
			f->udp_port = nsfab_nl_get_be16(a);
			f->present |= NSFAB_FABRIC_HAS_UDP_PORT;
			break;
		case IFLA_NSFAB_MAX_TENANTS:
			f->max_tenants = nsfab_nl_get(a);
			f->present |= NSFAB_FABRIC_HAS_MAX_TENANTS;
			break;
		}
	}
	return 0;
}

static int by_ifindex(const void *a, const void *b)
{
	const struct nsfab_fabric *x = a, *y = b;

	return x->ifindex < y->ifindex ? -1 : x->ifindex > y->ifindex;
}

int nsfab_fabric_dump(struct nsfab *h, nsfab_fabric_cb cb, void *arg,
		      struct nsfab_err *err)
{
	struct list list = { 0 };
	size_t i;
	int ret;

	ret = nsfab_rtlink_read(h, "nsfab", 0, NULL, add_fabric, &list, err);
	if (list.n)
		qsort(list.fabric, list.n, sizeof(*list.fabric), by_ifindex);
	for (i = 0; i < list.n && !ret; i++)
		ret = cb(&list.fabric[i], arg);
	free(list.fabric);
	return ret;
}

int nsfab_fabric_get(struct nsfab *h, unsigned int ifindex,
		     struct nsfab_fabric *fabric, struct nsfab_err *err)
{
	struct list list = { 0 };
	int ret;

	ret = nsfab_rtlink_read(h, NULL, ifindex, NULL, add_fabric, &list, err);
	if (!ret && !list.n)
		ret = nsfab_err_set(err, -ENODEV, "device %u is no fabric",
				    ifindex);
	if (!ret)
		*fabric = list.fabric[0];
	free(list.fabric);
	return ret;
}

int nsfab_fabric_find(struct nsfab *h, const char *name, unsigned int *ifindex,
		      struct nsfab_err *err)
{
	struct list list = { 0 };
	int ret;

	ret = nsfab_rtlink_read(h, name ? NULL : "nsfab", 0, name, add_fabric,
				&list, err);
	if (ret) {
		if (name)
			nsfab_err_prefix(err, "fabric %s", name);
	} else if (name && !list.n) {
		ret = nsfab_err_set(err, -ENODEV, "device %s is no fabric",
				    name);
	} else if (!list.n) {
		/* Tell apart: no fabric, and nothing that could make one. */
		ret = nsfab_genl_resolve(h, err);
		if (!ret)
			ret = nsfab_err_set(err, -ENODEV,
					    "no fabric in this namespace");
	} else if (list.n > 1) {
		ret = nsfab_err_set(err, -ENOTUNIQ,
				    "%zu fabrics in this namespace, name one",
				    list.n);
	} else {
		*ifindex = list.fabric[0].ifindex;
	}
	free(list.fabric);
	return ret;
}
