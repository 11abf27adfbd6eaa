// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "topo.h"

struct reader {
	struct topo *topo;
	struct netctl_ctx *ctx;
	const char *lab;	/* only tenants of this lab */
	const char *tenant;	/* only this tenant */
	/* Of the host that is being read: */
	size_t host;
	size_t first_net;
	uint32_t *tenant_id;	/* by index in topo->tenant, 0: not here */
};

static int no_memory(struct reader *reader)
{
	return nsfab_err_set(&reader->ctx->err, -ENOMEM, "no memory");
}

/* One more entry of an array, zeroed; NULL: no memory. */
static void *more(void *array, size_t *n, size_t size)
{
	void **where = array;
	char *grown = *where;

	/* Room doubles: it is a power of two whenever it is full. */
	if (!(*n & (*n - 1))) {
		grown = reallocarray(*where, *n ? *n * 2 : 1, size);
		if (!grown)
			return NULL;
		*where = grown;
	}
	memset(grown + *n * size, 0, size);
	return grown + (*n)++ * size;
}

static int on_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	struct reader *reader = arg;
	struct topo *topo = reader->topo;
	const char *lab;
	size_t len = 0, i;
	char *name;

	lab = nsfab_label_get(tenant->labels, NSFAB_STATE_LABEL, &len);
	if (reader->lab && (!lab || len != strlen(reader->lab) ||
			    strncmp(lab, reader->lab, len)))
		return 0;
	if (reader->tenant && strcmp(reader->tenant, tenant->name))
		return 0;
	for (i = 0; i < topo->n_tenants; i++)
		if (!strcmp(topo->tenant[i], tenant->name))
			break;
	if (i == topo->n_tenants) {
		name = more(&topo->tenant, &topo->n_tenants,
			    sizeof(*topo->tenant));
		if (!name)
			return no_memory(reader);
		strcpy(name, tenant->name);
	}
	reader->tenant_id = realloc(reader->tenant_id, topo->n_tenants *
				    sizeof(*reader->tenant_id));
	if (!reader->tenant_id)
		return no_memory(reader);
	reader->tenant_id[i] = tenant->id;
	return 0;
}

static int on_network(const struct nsfab_network *network, void *arg)
{
	struct reader *reader = arg;
	struct topo *topo = reader->topo;
	struct topo_net *net;
	size_t i;

	for (i = 0; i < topo->n_tenants; i++)
		if (reader->tenant_id[i] == network->tenant)
			break;
	if (i == topo->n_tenants)
		return 0;
	net = more(&topo->net, &topo->n_nets, sizeof(*net));
	if (!net)
		return no_memory(reader);
	net->tenant = i;
	net->id = network->id;
	strcpy(net->name, network->name);
	net->vni = network->vni;
	net->subnet = calloc(network->n_subnets + 1, sizeof(*net->subnet));
	if (!net->subnet)
		return no_memory(reader);
	if (network->n_subnets)
		memcpy(net->subnet, network->subnets,
		       network->n_subnets * sizeof(*net->subnet));
	net->n_subnets = network->n_subnets;
	return 0;
}

static int compare_nets(const void *a, const void *b)
{
	const struct topo_net *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The kernel tells of networks in the order of their ids. */
static size_t net_of(const struct reader *reader, uint32_t id)
{
	const struct topo_net key = { .id = id }, *first, *found;
	size_t n = reader->topo->n_nets - reader->first_net;

	first = reader->topo->net + reader->first_net;
	found = n ? bsearch(&key, first, n, sizeof(key), compare_nets) : NULL;
	return found ? reader->first_net + (found - first) : SIZE_MAX;
}

static int on_vm(const struct nsfab_vm *vm, void *arg)
{
	struct reader *reader = arg;
	struct topo *topo = reader->topo;
	struct topo_nic *nic;
	struct topo_vm *to;
	size_t i;

	for (i = 0; i < topo->n_tenants; i++)
		if (reader->tenant_id[i] == vm->tenant_id)
			break;
	if (i == topo->n_tenants || !vm->n_ports ||
	    vm->ports[0]->binding == NSFAB_BINDING_REMOTE)
		return 0;
	to = more(&topo->vm, &topo->n_vms, sizeof(*to));
	if (!to)
		return no_memory(reader);
	to->tenant = i;
	to->host = reader->host;
	strcpy(to->name, vm->name);
	to->stub = vm->state == NSFAB_VM_STUB;
	to->nic = calloc(vm->n_ports, sizeof(*to->nic));
	if (!to->nic)
		return no_memory(reader);
	to->n_nics = vm->n_ports;
	to->router = vm->router;
	to->route = calloc(vm->n_routes + 1, sizeof(*to->route));
	if (!to->route)
		return no_memory(reader);
	for (i = 0; i < vm->n_routes; i++)
		to->route[to->n_routes++] = vm->routes[i].to;
	for (i = 0; i < vm->n_ports; i++) {
		nic = &to->nic[i];
		nic->net = net_of(reader, vm->ports[i]->network);
		nic->addr = calloc(vm->ports[i]->n_addresses + 1,
				   sizeof(*nic->addr));
		if (!nic->addr)
			return no_memory(reader);
		nic->n_addrs = vm->ports[i]->n_addresses;
		memcpy(nic->prefixlen, vm->prefixlen[i],
		       sizeof(nic->prefixlen));
		if (nic->n_addrs)
			memcpy(nic->addr, vm->ports[i]->addresses,
			       nic->n_addrs * sizeof(*nic->addr));
	}
	return 0;
}

static int read_host(struct reader *reader, const char *name, struct nsfab *h,
		     unsigned int ifindex)
{
	struct topo *topo = reader->topo;
	struct nsfab_err *err = &reader->ctx->err;
	struct topo_host *host;
	bool any = false;
	size_t i;
	int ret;

	host = more(&topo->host, &topo->n_hosts, sizeof(*host));
	if (!host)
		return no_memory(reader);
	strcpy(host->name, name);
	host->h = h;
	host->ifindex = ifindex;
	reader->host = topo->n_hosts - 1;
	reader->first_net = topo->n_nets;
	if (topo->n_tenants)
		memset(reader->tenant_id, 0,
		       topo->n_tenants * sizeof(*reader->tenant_id));
	ret = nsfab_tenant_dump(h, ifindex, on_tenant, reader, err);
	for (i = 0; i < topo->n_tenants; i++)
		any |= reader->tenant_id[i];
	if (!ret && any)
		ret = nsfab_network_dump(h, ifindex, NULL, on_network, reader,
					 err);
	if (!ret && any)
		ret = topo_join(topo, reader->host, reader->first_net, err);
	if (!ret && any)
		ret = nsfab_vm_list(h, ifindex, reader->tenant, on_vm, reader,
				    err);
	return ret;
}

static int read_lab(struct reader *reader, struct nsfab *h)
{
	struct netctl_ctx *ctx = reader->ctx;
	struct topo *topo = reader->topo;
	const struct nsfab_state_obj *obj;
	struct nsfab_state *state;
	unsigned int ifindex;
	bool any = false;
	struct nsfab *at;
	size_t i;
	int ret;

	ret = nsfab_lab_open(&topo->lab, h, reader->lab, ctx->fabric,
			     &ctx->err);
	if (!ret)
		ret = nsfab_state_read(topo->lab, &state, &ctx->err);
	if (ret)
		return ret;
	if (nsfab_state_seed(state, &topo->seed))
		topo->seed += !topo->seed;
	else
		topo->seed = 1;
	for (i = 0; i < nsfab_state_count(state) && !ret; i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != NSFAB_STATE_HOST)
			continue;
		any = true;
		ret = nsfab_lab_place(topo->lab, obj->name, &at, &ifindex,
				      &ctx->err);
		if (!ret)
			ret = read_host(reader, obj->name, at, ifindex);
	}
	if (!ret && !any) {
		ret = nsfab_lab_place(topo->lab, "", &at, &ifindex, &ctx->err);
		if (!ret)
			ret = read_host(reader, "", at, ifindex);
	}
	nsfab_state_free(state);
	return ret;
}

static int on_lab(const struct nsfab_lab_info *info, void *arg)
{
	const char **name = arg;

	if (!strcmp(info->name, *name)) {
		*name = NULL;
		return 1;
	}
	return 0;
}

/* 1: there is a lab of that name, 0: not, or a negative errno */
static int is_lab(struct nsfab *h, const char *name, struct nsfab_err *err)
{
	return nsfab_lab_list(h, on_lab, &name, err);
}

/* The lab with hosts that a tenant is in */
struct search {
	struct topo *topo;	/* what was found, with a lab */
	struct netctl_ctx *ctx;
	struct nsfab *h;
	const char *tenant;
	char lab[NSFAB_NAME_MAX + 1];
};

static int search_lab(const struct nsfab_lab_info *info, void *arg)
{
	struct search *search = arg;
	struct topo topo = { .name = search->tenant };
	struct reader reader = {
		.topo = &topo,
		.ctx = search->ctx,
		.lab = info->name,
		.tenant = search->tenant,
	};
	int ret;

	if (!info->hosts)
		return 0;
	ret = read_lab(&reader, search->h);
	free(reader.tenant_id);
	if (!ret && topo.n_tenants && search->topo->lab)
		ret = nsfab_err_set(&search->ctx->err, -EINVAL,
				    "tenant %s is in lab %s and in lab %s: name the lab",
				    search->tenant, search->lab, info->name);
	if (ret || !topo.n_tenants) {
		topo_free(&topo);
		return ret;
	}
	*search->topo = topo;
	strcpy(search->lab, info->name);
	return 0;
}

/* A tenant of the fabric here, else of a lab's hosts, else -ENOENT */
static int read_tenant(struct reader *reader, struct nsfab *h)
{
	struct netctl_ctx *ctx = reader->ctx;
	struct search search = {
		.topo = reader->topo,
		.ctx = ctx,
		.h = h,
		.tenant = reader->tenant,
	};
	struct nsfab_err why;
	unsigned int ifindex;
	int ret;

	ret = netctl_fabric(ctx, &h, &ifindex);
	if (!ret)
		ret = read_host(reader, "", h, ifindex);
	if (!ret && reader->topo->n_tenants)
		return 0;
	if (!ret)
		nsfab_err_set(&ctx->err, -ENOENT,
			      "there is no lab and no tenant \"%s\"",
			      reader->tenant);
	if (ctx->fabric)
		return ctx->err.code;
	/* Said if the labs do not have it either */
	why = ctx->err;
	topo_free(reader->topo);
	memset(reader->topo, 0, sizeof(*reader->topo));
	ret = nsfab_lab_list(h, search_lab, &search, &ctx->err);
	if (ret || reader->topo->lab)
		return ret;
	ctx->err = why;
	return why.code;
}

int topo_read(struct topo *topo, struct netctl_ctx *ctx, const char *name)
{
	struct reader reader = { .topo = topo, .ctx = ctx };
	struct nsfab *h = netctl_handle(ctx);
	unsigned int ifindex;
	int ret;

	memset(topo, 0, sizeof(*topo));
	topo->name = name ? name : "";
	topo->seed = 1;
	if (!h)
		return ctx->err.code;
	ret = name ? is_lab(h, name, &ctx->err) : 0;
	if (ret < 0)
		return ret;
	if (ret) {
		reader.lab = name;
		ret = read_lab(&reader, h);
	} else if (name) {
		reader.tenant = name;
		ret = read_tenant(&reader, h);
	} else {
		ret = netctl_fabric(ctx, &h, &ifindex);
		if (!ret)
			ret = read_host(&reader, "", h, ifindex);
	}
	free(reader.tenant_id);
	return ret;
}

void topo_free(struct topo *topo)
{
	size_t i, j;

	for (i = 0; i < topo->n_nets; i++)
		free(topo->net[i].subnet);
	for (i = 0; i < topo->n_vms; i++) {
		for (j = 0; j < topo->vm[i].n_nics; j++)
			free(topo->vm[i].nic[j].addr);
		free(topo->vm[i].nic);
		free(topo->vm[i].route);
	}
	free(topo->net);
	free(topo->patch);
	free(topo->vm);
	free(topo->host);
	free(topo->tenant);
	nsfab_lab_close(topo->lab);
}
