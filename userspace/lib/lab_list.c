// SPDX-License-Identifier: LGPL-2.1-or-later
/* The list of labs. */
#include <errno.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_priv.h"

struct entry {
	char name[NSFAB_NAME_MAX + 1];
	char fabric[IF_NAMESIZE];
	char host[NSFAB_NAME_MAX + 1];	/* one of its hosts */
	unsigned int hosts;
	unsigned int tenants;
};

struct lister {
	struct nsfab *h;
	const struct nsfab_fabric *fabric;
	struct nsfab_err *err;
	struct entry *entry;
	size_t n;
};

static struct entry *entry_of(struct lister *lister, const char *labels)
{
	const char *value;
	struct entry *more;
	size_t len, i;

	value = nsfab_label_get(labels, NSFAB_STATE_LABEL, &len);
	if (!value || len > NSFAB_NAME_MAX)
		return NULL;
	for (i = 0; i < lister->n; i++) {
		more = &lister->entry[i];
		if (strlen(more->name) == len &&
		    !strncmp(more->name, value, len) &&
		    !strcmp(more->fabric, lister->fabric->name))
			return more;
	}
	more = reallocarray(lister->entry, lister->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	lister->entry = more;
	more += lister->n++;
	memset(more, 0, sizeof(*more));
	memcpy(more->name, value, len);
	strcpy(more->fabric, lister->fabric->name);
	return more;
}

static int on_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	struct entry *entry = entry_of(arg, tenant->labels);

	if (entry)
		entry->tenants++;
	return 0;
}

static int on_host(const struct nsfab_port *port, void *arg)
{
	struct entry *entry = entry_of(arg, port->labels);
	unsigned int nic;

	if (entry && nsfab_vm_port_split(port->name, entry->host, &nic)) {
		entry->hosts++;
		entry->tenants = 0;
	}
	return 0;
}

static int on_fabric(const struct nsfab_fabric *fabric, void *arg)
{
	struct lister *lister = arg;
	int ret;

	lister->fabric = fabric;
	ret = nsfab_tenant_dump(lister->h, fabric->ifindex, on_tenant, lister,
				lister->err);
	if (!ret && nsfab_lab_is_underlay(fabric->name))
		ret = nsfab_port_dump(lister->h, fabric->ifindex, NULL,
				      on_host, lister, lister->err);
	return ret;
}

struct fabrics {
	struct nsfab_fabric *entry;
	size_t n;
};

/* A dump must have ended before the next one starts. */
static int collect(const struct nsfab_fabric *fabric, void *arg)
{
	struct fabrics *fabrics = arg;
	struct nsfab_fabric *more;

	more = reallocarray(fabrics->entry, fabrics->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	fabrics->entry = more;
	more[fabrics->n++] = *fabric;
	return 0;
}

static int on_any_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	(void)tenant;
	++*(unsigned int *)arg;
	return 0;
}

/* Of a lab with hosts the tenants are on each of them. */
static void count_on_host(struct lister *lister, struct entry *entry)
{
	unsigned int ifindex;
	struct nsfab_lab *lab;
	struct nsfab *h;

	if (nsfab_lab_open(&lab, lister->h, entry->name, NULL, NULL))
		return;
	if (!nsfab_lab_place(lab, entry->host, &h, &ifindex, NULL))
		nsfab_tenant_dump(h, ifindex, on_any_tenant, &entry->tenants,
				  NULL);
	nsfab_lab_close(lab);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int tell(struct lister *lister, nsfab_lab_cb cb, void *arg)
{
	struct nsfab_lab_info info;
	struct entry *entry;
	int ret = 0;
	size_t i;

	if (lister->n)
		qsort(lister->entry, lister->n, sizeof(*lister->entry),
		      compare_entries);
	for (i = 0; i < lister->n && !ret; i++) {
		entry = &lister->entry[i];
		if (entry->hosts)
			count_on_host(lister, entry);
		info.name = entry->name;
		info.fabric = entry->fabric;
		info.hosts = entry->hosts;
		info.tenants = entry->tenants;
		ret = cb(&info, arg);
	}
	return ret;
}

int nsfab_lab_list(struct nsfab *h, nsfab_lab_cb cb, void *arg,
		   struct nsfab_err *err)
{
	struct lister lister = { .h = h, .err = err };
	struct fabrics fabrics = { 0 };
	size_t i;
	int ret;

	ret = nsfab_fabric_dump(h, collect, &fabrics, err);
	if (ret == -ENOMEM)
		nsfab_err_set(err, ret, "no memory");
	for (i = 0; i < fabrics.n && !ret; i++)
		ret = on_fabric(&fabrics.entry[i], &lister);
	if (!ret)
		ret = tell(&lister, cb, arg);
	free(fabrics.entry);
	free(lister.entry);
	return ret;
}
