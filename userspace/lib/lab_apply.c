// SPDX-License-Identifier: LGPL-2.1-or-later
/* Carry steps out on the running system. */
#include <errno.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_priv.h"
#include "nl.h"

/* Few enough to see how far it is, and to be stopped. */
#define BATCH 128

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static void fill_limits(struct nsfab_tenant *to,
			const struct nsfab_state_tenant *from)
{
	struct {
		uint32_t *to;
		uint32_t bit;
	} limit[NSFAB_STATE_LIMITS] = {
		[NSFAB_STATE_MAX_NETWORKS] = { &to->max_networks,
			NSFAB_TENANT_HAS_MAX_NETWORKS },
		[NSFAB_STATE_MAX_PORTS] = { &to->max_ports,
			NSFAB_TENANT_HAS_MAX_PORTS },
		[NSFAB_STATE_MAX_FDB] = { &to->max_fdb,
			NSFAB_TENANT_HAS_MAX_FDB },
		[NSFAB_STATE_MAX_NEIGH] = { &to->max_neigh,
			NSFAB_TENANT_HAS_MAX_NEIGH },
		[NSFAB_STATE_MAX_ROUTES] = { &to->max_routes,
			NSFAB_TENANT_HAS_MAX_ROUTES },
		[NSFAB_STATE_MAX_FLOWS] = { &to->max_flows,
			NSFAB_TENANT_HAS_MAX_FLOWS },
		[NSFAB_STATE_FLOW_TIMEOUT] = { &to->flow_timeout,
			NSFAB_TENANT_HAS_FLOW_TIMEOUT },
		[NSFAB_STATE_FDB_TIMEOUT] = { &to->fdb_timeout,
			NSFAB_TENANT_HAS_FDB_TIMEOUT },
		[NSFAB_STATE_MAX_LINKS] = { &to->max_links,
			NSFAB_TENANT_HAS_MAX_LINKS },
		[NSFAB_STATE_MAX_HELD] = { &to->max_held,
			NSFAB_TENANT_HAS_MAX_HELD },
	};
	unsigned int i;

	for (i = 0; i < NSFAB_STATE_LIMITS; i++) {
		if (from->limit[i] == NSFAB_STATE_AUTO)
			continue;
		*limit[i].to = from->limit[i];
		to->present |= limit[i].bit;
	}
}

static int write_tenants(struct nsfab_lab *lab, struct lab_place *place,
			 const struct nsfab_state_op *op, unsigned int n,
			 struct nsfab_err *err)
{
	char (*labels)[LAB_LABELS_SIZE];
	struct nsfab_tenant *tenant;
	unsigned int i;
	int ret;

	tenant = calloc(n, sizeof(*tenant));
	labels = calloc(n, sizeof(*labels));
	for (i = 0; tenant && labels && i < n; i++) {
		tenant[i].present = NSFAB_TENANT_HAS_NAME |
				    NSFAB_TENANT_HAS_ACCOUNTING |
				    NSFAB_TENANT_HAS_LABELS;
		tenant[i].name = op[i].new->name;
		tenant[i].accounting = op[i].new->as_tenant.accounting;
		tenant[i].labels = lab_labels(lab, op[i].new, labels[i]);
		fill_limits(&tenant[i], &op[i].new->as_tenant);
	}
	if (!tenant || !labels)
		ret = no_memory(err);
	else if (op->verb == NSFAB_STATE_CREATE)
		ret = nsfab_tenant_new(place->h, place->ifindex, tenant, n,
				       NULL, err);
	else
		ret = nsfab_tenant_set(place->h, place->ifindex, tenant, n,
				       err);
	free(tenant);
	free(labels);
	return ret;
}

static int delete_tenants(struct nsfab_lab *lab, struct lab_place *place,
			  const struct nsfab_state_op *op, unsigned int n,
			  unsigned int *done, struct nsfab_err *err)
{
	uint32_t id;
	int ret = 0;

	for (; *done < n; (*done)++) {
		/* Its VMs that are of no lab would lose their ports. */
		ret = nsfab_vm_delete_tenant(place->h, place->ifindex,
					     op[*done].old->name, err);
		if (ret)
			break;
		id = lab_tenant_id(place, op[*done].old->name, err);
		ret = id ? nsfab_tenant_del(place->h, place->ifindex, &id, 1,
					    err) : -ENOENT;
		if (ret)
			break;
	}
	lab_forget_ids(place);
	if (!ret && !*place->host)
		ret = lab_place_leave(lab, err);
	return ret;
}

static int write_networks(struct nsfab_lab *lab, struct lab_place *place,
			  const struct nsfab_state_op *op, unsigned int n,
			  struct nsfab_err *err)
{
	const struct nsfab_state_network *from;
	char (*labels)[LAB_LABELS_SIZE];
	struct nsfab_network *network;
	unsigned int i;
	uint32_t *ids;
	int ret = 0;

	network = calloc(n, sizeof(*network));
	labels = calloc(n, sizeof(*labels));
	ids = calloc(n, sizeof(*ids));
	if (!network || !labels || !ids)
		ret = no_memory(err);
	for (i = 0; !ret && i < n; i++) {
		from = &op[i].new->as_network;
		network[i].present = NSFAB_NETWORK_HAS_TENANT |
				     NSFAB_NETWORK_HAS_NAME |
				     NSFAB_NETWORK_HAS_VNI |
				     NSFAB_NETWORK_HAS_FLAGS |
				     NSFAB_NETWORK_HAS_SUBNETS |
				     NSFAB_NETWORK_HAS_LABELS;
		network[i].tenant = lab_tenant_id(place, op[i].new->tenant,
						  err);
		if (!network[i].tenant)
			ret = -ENOENT;
		network[i].name = op[i].new->name;
		network[i].vni = from->vni;
		if (from->mtu != NSFAB_STATE_AUTO &&
		    op->verb == NSFAB_STATE_CREATE)
			network[i].present |= NSFAB_NETWORK_HAS_MTU;
		network[i].mtu = from->mtu;
		network[i].flags = from->learning ?
				   NSFAB_NETWORK_FLAG_LEARNING : 0;
		network[i].subnets = from->subnet;
		network[i].n_subnets = from->n_subnets;
		network[i].labels = lab_labels(lab, op[i].new, labels[i]);
	}
	if (!ret && op->verb == NSFAB_STATE_CREATE)
		ret = nsfab_network_new(place->h, place->ifindex, network, n,
					ids, err);
	else if (!ret)
		ret = nsfab_network_set(place->h, place->ifindex, network, n,
					err);
	/* What is made next is in them. */
	for (i = 0; !ret && i < n && op->verb == NSFAB_STATE_CREATE; i++)
		lab_keep_network_id(place, op[i].new->tenant, op[i].new->name,
				    ids[i]);
	free(network);
	free(labels);
	free(ids);
	return ret;
}

static int set_mtu(struct lab_place *place, const struct nsfab_state_op *op,
		   struct nsfab_err *err)
{
	const struct nsfab_state_obj *new = op->new;
	uint32_t id;

	if (!(state_obj_diff(op->old, new) & STATE_DIFF_MTU))
		return 0;
	id = lab_network_id(place, new->tenant, new->name, err);
	if (!id)
		return -ENOENT;
	return lab_vm_set_mtu(place, new->tenant, id, new->as_network.mtu, err);
}

static int delete_networks(struct lab_place *place,
			   const struct nsfab_state_op *op, unsigned int n,
			   struct nsfab_err *err)
{
	struct nsfab_network *network;
	unsigned int i;
	int ret = 0;

	network = calloc(n, sizeof(*network));
	if (!network)
		return no_memory(err);
	for (i = 0; !ret && i < n; i++) {
		network[i].present = NSFAB_NETWORK_HAS_TENANT |
				     NSFAB_NETWORK_HAS_NAME;
		network[i].tenant = lab_tenant_id(place, op[i].old->tenant,
						  err);
		network[i].name = op[i].old->name;
		ret = network[i].tenant ? 0 : -ENOENT;
		lab_drop_network_id(place, op[i].old->tenant, op[i].old->name);
	}
	lab_forget_ports(place);
	if (!ret)
		ret = nsfab_genl_write(place->h, &nsfab_kind_network,
				       NSFAB_CMD_NETWORK_DEL, 0, place->ifindex,
				       network, n, NULL, err);
	free(network);
	return ret;
}

static int write_ports(struct nsfab_lab *lab, struct lab_place *place,
		       const struct nsfab_state_op *op, unsigned int n,
		       struct nsfab_err *err)
{
	const struct nsfab_state_port *from;
	char (*labels)[LAB_LABELS_SIZE];
	struct nsfab_port *port;
	unsigned int i;
	int ret = 0;

	port = calloc(n, sizeof(*port));
	labels = calloc(n, sizeof(*labels));
	if (!port || !labels)
		ret = no_memory(err);
	for (i = 0; !ret && i < n; i++) {
		from = &op[i].new->as_port;
		port[i].present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NAME |
				  NSFAB_PORT_HAS_MAC |
				  NSFAB_PORT_HAS_ADDRESSES |
				  NSFAB_PORT_HAS_BINDING |
				  NSFAB_PORT_HAS_VTEP | NSFAB_PORT_HAS_LABELS;
		port[i].tenant = lab_tenant_id(place, op[i].new->tenant, err);
		port[i].network = lab_network_id(place, op[i].new->tenant,
						 from->nic.network, err);
		if (!port[i].tenant || !port[i].network)
			ret = -ENOENT;
		if (op->verb == NSFAB_STATE_CREATE)
			port[i].present |= NSFAB_PORT_HAS_NETWORK;
		port[i].name = op[i].new->name;
		memcpy(port[i].mac, from->nic.mac, NSFAB_MAC_LEN);
		port[i].addresses = from->nic.addr;
		port[i].n_addresses = from->nic.n_addrs;
		port[i].binding = NSFAB_BINDING_REMOTE;
		port[i].vtep = from->remote;
		port[i].labels = lab_labels(lab, op[i].new, labels[i]);
	}
	if (!ret && op->verb == NSFAB_STATE_CREATE)
		ret = nsfab_port_new(place->h, place->ifindex, port, n, NULL,
				     err);
	else if (!ret)
		ret = nsfab_port_set(place->h, place->ifindex, port, n, err);
	free(port);
	free(labels);
	return ret;
}

static int delete_ports(struct lab_place *place,
			const struct nsfab_state_op *op, unsigned int n,
			struct nsfab_err *err)
{
	struct nsfab_port *port;
	unsigned int i;
	int ret = 0;

	port = calloc(n, sizeof(*port));
	if (!port)
		return no_memory(err);
	for (i = 0; !ret && i < n; i++)
		ret = lab_fill_port_key(place, op[i].old->tenant,
					op[i].old->name, &port[i], err);
	if (!ret)
		ret = lab_delete_ports(place, port, n, err);
	free(port);
	return ret;
}

static void fill_route(struct nsfab_route *to, uint32_t tenant,
		       const struct nsfab_state_route *from)
{
	to->present = NSFAB_ROUTE_HAS_TYPE;
	to->tenant = tenant;
	to->prefix = from->to;
	to->type = from->type;
	to->nexthops = from->hop;
	to->n_nexthops = from->n_hops;
}

/* More than one message holds: new and changed ones first, then what is left. */
static int replace_in_steps(struct lab_place *place, uint32_t tenant,
			    const struct nsfab_state_op *op,
			    const struct nsfab_route *route, unsigned int n,
			    struct nsfab_err *err)
{
	const struct nsfab_state_obj *old = op->old;
	struct nsfab_route *gone;
	unsigned int i, n_gone = 0;
	int ret;

	if (n) {
		ret = nsfab_route_new(place->h, place->ifindex, route, n, true,
				      err);
		if (ret)
			return ret;
	}
	gone = calloc((old ? old->as_routes.n : 0) + 1, sizeof(*gone));
	if (!gone)
		return no_memory(err);
	for (i = 0; old && i < old->as_routes.n; i++)
		if (!state_has_route(op->new, &old->as_routes.route[i].to))
			fill_route(&gone[n_gone++], tenant,
				   &old->as_routes.route[i]);
	ret = n_gone ? nsfab_route_del(place->h, place->ifindex, gone, n_gone,
				       err) : 0;
	free(gone);
	return ret;
}

static int write_routes(struct lab_place *place,
			const struct nsfab_state_op *op, struct nsfab_err *err)
{
	const struct nsfab_state_obj *obj = op->new ? op->new : op->old;
	unsigned int n = op->new ? op->new->as_routes.n : 0, i;
	struct nsfab_route *route;
	uint32_t tenant;
	int ret;

	tenant = lab_tenant_id(place, obj->tenant, err);
	if (!tenant)
		return -ENOENT;
	route = calloc(n + 1, sizeof(*route));
	if (!route)
		return no_memory(err);
	for (i = 0; i < n; i++)
		fill_route(&route[i], tenant, &op->new->as_routes.route[i]);
	ret = nsfab_route_replace(place->h, place->ifindex, tenant, route, n,
				  err);
	if (ret == -EMSGSIZE)
		ret = replace_in_steps(place, tenant, op, route, n, err);
	free(route);
	return ret;
}

static int apply_host(struct nsfab_lab *lab, const struct nsfab_state_op *op,
		      struct nsfab_err *err)
{
	if (op->verb == NSFAB_STATE_CREATE)
		return lab_host_create(lab, op->new, err);
	if (op->verb == NSFAB_STATE_SET)
		return lab_host_set(lab, op->new, err);
	return lab_host_delete(lab, op->old, err);
}

/* How many of a refused batch stand nevertheless. */
static unsigned int standing(int ret, const struct nsfab_err *err,
			     unsigned int n)
{
	if (!ret)
		return n;
	return err->applied < n ? err->applied : n;
}

static int change_network(struct nsfab_lab *lab, struct lab_place *place,
			  const struct nsfab_state_op *op,
			  struct nsfab_err *err)
{
	const struct nsfab_state_op back = {
		.verb = NSFAB_STATE_SET, .old = op->new, .new = op->old,
	};
	int ret;

	ret = write_networks(lab, place, op, 1, err);
	if (ret)
		return ret;
	ret = set_mtu(place, op, err);
	/* A step that fails is done by no half. */
	if (ret)
		write_networks(lab, place, &back, 1, NULL);
	return ret;
}

/* The kernel takes many new objects in a message, but one change. */
static int apply_one(struct nsfab_lab *lab, struct lab_place *place,
		     const struct nsfab_state_op *op, struct nsfab_err *err)
{
	unsigned int done;

	switch (op->new->kind) {
	case NSFAB_STATE_TENANT:
		return write_tenants(lab, place, op, 1, err);
	case NSFAB_STATE_NETWORK:
		return change_network(lab, place, op, err);
	case NSFAB_STATE_PORT:
		return write_ports(lab, place, op, 1, err);
	case NSFAB_STATE_ROUTES:
		return write_routes(place, op, err);
	default:
		return lab_vm_apply(lab, place, op, 1, &done, err);
	}
}

static int apply_at(struct nsfab_lab *lab, struct lab_place *place,
		    const struct nsfab_state_op *op, unsigned int n,
		    unsigned int *done, struct nsfab_err *err)
{
	const struct nsfab_state_obj *obj = op->new ? op->new : op->old;
	bool del = op->verb == NSFAB_STATE_DELETE;
	int ret = 0;

	if (state_is_link(obj))
		return lab_link_apply(place, op, n, done, err);
	if (obj->kind == NSFAB_STATE_FORWARDING)
		return lab_forwarding_apply(place, op, n, done, err);
	if (obj->kind == NSFAB_STATE_VTEPS)
		return lab_vteps_apply(place, op, n, done, err);
	if (obj->kind == NSFAB_STATE_SCHEDULE) {
		ret = lab_schedule_apply(place, op, err);
		*done = !ret;
		return ret;
	}
	if (op->verb == NSFAB_STATE_SET || obj->kind == NSFAB_STATE_ROUTES) {
		for (; *done < n && !ret; *done += !ret)
			ret = del ? write_routes(place, &op[*done], err) :
				    apply_one(lab, place, &op[*done], err);
		if (ret)
			err->index = *done;
		return ret;
	}
	switch (obj->kind) {
	case NSFAB_STATE_TENANT:
		if (del)
			return delete_tenants(lab, place, op, n, done, err);
		ret = write_tenants(lab, place, op, n, err);
		break;
	case NSFAB_STATE_NETWORK:
		ret = del ? delete_networks(place, op, n, err) :
			    write_networks(lab, place, op, n, err);
		break;
	case NSFAB_STATE_PORT:
		ret = del ? delete_ports(place, op, n, err) :
			    write_ports(lab, place, op, n, err);
		break;
	case NSFAB_STATE_PATCH:
		ret = lab_patch_apply(lab, place, op, n, err);
		*done = ret ? 0 : n;
		return ret;
	case NSFAB_STATE_VM:
		return lab_vm_apply(lab, place, op, n, done, err);
	default:
		return -EINVAL;
	}
	*done = standing(ret, err, n);
	return ret;
}

static int apply(void *arg, const struct nsfab_state_op *op, unsigned int n,
		 unsigned int *done, struct nsfab_err *err)
{
	const struct nsfab_state_obj *obj = op->new ? op->new : op->old;
	struct nsfab_err here = { .index = -1 };
	struct nsfab_lab *lab = arg;
	struct lab_place *place;
	int ret = 0;

	*done = 0;
	if (obj->kind == NSFAB_STATE_HOST) {
		for (; *done < n && !ret; *done += !ret)
			ret = apply_host(lab, &op[*done], &here);
	} else {
		place = op->verb == NSFAB_STATE_CREATE ?
			lab_place_make(lab, obj->host, &here) :
			lab_place(lab, obj->host, &here);
		ret = place ? apply_at(lab, place, op, n, done, &here) :
		      here.code;
	}
	if (ret && err)
		*err = here;
	return ret;
}

void nsfab_lab_backend(struct nsfab_lab *lab,
		       struct nsfab_state_backend *backend)
{
	backend->batch = BATCH;
	backend->apply = apply;
	backend->arg = lab;
}
