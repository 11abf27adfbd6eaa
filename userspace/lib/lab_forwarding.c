// SPDX-License-Identifier: LGPL-2.1-or-later
/* Steps that are about tables of switches: many entries in few messages. */
#include <errno.h>
#include <nsfab/fdb.h>
#include <nsfab/neigh.h>
#include <stdlib.h>
#include <string.h>

#include "lab_priv.h"
#include "state_switch.h"

struct port {
	char *name;
	uint32_t id;
};

/* The ports of a tenant by name. */
struct ports {
	const char *tenant;
	struct port *port;
	size_t n;
	size_t room;
};

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static int on_port(const struct nsfab_port *port, void *arg)
{
	struct ports *ports = arg;
	struct port *more;
	size_t room;

	if (port->binding != NSFAB_BINDING_PATCH || !port->name)
		return 0;
	if (ports->n == ports->room) {
		room = ports->room ? ports->room * 2 : 256;
		more = reallocarray(ports->port, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		ports->port = more;
		ports->room = room;
	}
	more = &ports->port[ports->n];
	more->id = port->id;
	more->name = strdup(port->name);
	if (!more->name)
		return -ENOMEM;
	ports->n++;
	return 0;
}

static int compare_ports(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void free_ports(struct ports *ports)
{
	while (ports->n)
		free(ports->port[--ports->n].name);
	free(ports->port);
	memset(ports, 0, sizeof(*ports));
}

static int load_ports(struct lab_place *place, const char *tenant,
		      struct ports *ports, struct nsfab_err *err)
{
	struct nsfab_filter filter = { .present = NSFAB_FILTER_HAS_TENANT };
	int ret;

	if (ports->tenant && !strcmp(ports->tenant, tenant))
		return 0;
	free_ports(ports);
	filter.tenant = lab_tenant_id(place, tenant, err);
	if (!filter.tenant)
		return -ENOENT;
	ret = nsfab_port_dump(place->h, place->ifindex, &filter, on_port,
			      ports, err);
	if (ret == -ENOMEM)
		no_memory(err);
	if (!ret && ports->n)
		qsort(ports->port, ports->n, sizeof(*ports->port),
		      compare_ports);
	ports->tenant = tenant;
	return ret;
}

static uint32_t port_id(const struct ports *ports, const char *name)
{
	const struct port key = { .name = (char *)name };
	const struct port *found;

	found = ports->n ? bsearch(&key, ports->port, ports->n, sizeof(key),
				   compare_ports) : NULL;
	return found ? found->id : 0;
}

struct job {
	struct lab_place *place;
	uint32_t network;
	const struct nsfab_state_forwarding *old;
	const struct nsfab_state_forwarding *new;
	struct state_forwarding_diff diff;
	struct nsfab_err *err;
};

static int write_fdb(struct job *job, const struct ports *ports)
{
	const struct nsfab_state_forwarding *table = job->new;
	const struct nsfab_state_fdb *from;
	uint32_t *id = NULL;
	struct nsfab_fdb *fdb;
	int ret = 0;
	size_t i;

	if (!job->diff.n_new_fdb)
		return 0;
	fdb = calloc(job->diff.n_new_fdb, sizeof(*fdb));
	id = calloc(table->n_ports + 1, sizeof(*id));
	if (!fdb || !id)
		ret = no_memory(job->err);
	for (i = 0; i < job->diff.n_new_fdb && !ret; i++) {
		from = &table->fdb[job->diff.new_fdb[i]];
		if (!id[from->port])
			id[from->port] = port_id(ports,
						 table->port[from->port]);
		if (!id[from->port])
			ret = nsfab_err_set(job->err, -ENOENT,
					    "there is no patch port %s",
					    table->port[from->port]);
		fdb[i].present = NSFAB_FDB_HAS_PORT;
		fdb[i].network = job->network;
		fdb[i].port = id[from->port];
		memcpy(fdb[i].mac, from->mac, NSFAB_MAC_LEN);
	}
	if (!ret)
		ret = nsfab_fdb_new(job->place->h, job->place->ifindex, fdb,
				    job->diff.n_new_fdb, true, job->err);
	free(fdb);
	free(id);
	return ret;
}

static int write_neighs(struct job *job)
{
	const struct nsfab_state_neigh *from;
	size_t i, n = job->diff.n_new_neigh;
	struct nsfab_neigh *neigh;
	int ret;

	if (!n)
		return 0;
	neigh = calloc(n, sizeof(*neigh));
	if (!neigh)
		return no_memory(job->err);
	for (i = 0; i < n; i++) {
		from = &job->new->neigh[job->diff.new_neigh[i]];
		neigh[i].present = NSFAB_NEIGH_HAS_MAC;
		neigh[i].network = job->network;
		neigh[i].addr = from->addr;
		memcpy(neigh[i].mac, from->mac, NSFAB_MAC_LEN);
	}
	ret = nsfab_neigh_new(job->place->h, job->place->ifindex, neigh, n,
			      true, job->err);
	free(neigh);
	return ret;
}

/* One that has gone with its port is no failure: then they go one by one. */
static int delete_fdb(struct job *job)
{
	size_t i, n = job->diff.n_gone_fdb;
	struct nsfab_fdb *fdb;
	int ret;

	if (!n)
		return 0;
	fdb = calloc(n, sizeof(*fdb));
	if (!fdb)
		return no_memory(job->err);
	for (i = 0; i < n; i++) {
		fdb[i].network = job->network;
		memcpy(fdb[i].mac, job->old->fdb[job->diff.gone_fdb[i]].mac,
		       NSFAB_MAC_LEN);
	}
	ret = nsfab_fdb_del(job->place->h, job->place->ifindex, fdb, n,
			    job->err);
	for (i = 0; i < n && ret == -ENOENT; i++) {
		ret = nsfab_fdb_del(job->place->h, job->place->ifindex, &fdb[i],
				    1, job->err);
		ret = ret && ret != -ENOENT ? ret : -ENOENT;
	}
	free(fdb);
	return ret == -ENOENT ? 0 : ret;
}

static int delete_neighs(struct job *job)
{
	size_t i, n = job->diff.n_gone_neigh;
	struct nsfab_neigh *neigh;
	int ret;

	if (!n)
		return 0;
	neigh = calloc(n, sizeof(*neigh));
	if (!neigh)
		return no_memory(job->err);
	for (i = 0; i < n; i++) {
		neigh[i].network = job->network;
		neigh[i].addr = job->old->neigh[job->diff.gone_neigh[i]].addr;
	}
	ret = nsfab_neigh_del(job->place->h, job->place->ifindex, neigh, n,
			      job->err);
	for (i = 0; i < n && ret == -ENOENT; i++) {
		ret = nsfab_neigh_del(job->place->h, job->place->ifindex,
				      &neigh[i], 1, job->err);
		ret = ret && ret != -ENOENT ? ret : -ENOENT;
	}
	free(neigh);
	return ret == -ENOENT ? 0 : ret;
}

/* What comes and what changes first, so that there is always a way. */
static int apply(struct lab_place *place, const struct nsfab_state_op *op,
		 struct ports *ports, struct nsfab_err *err)
{
	const struct nsfab_state_obj *obj = op->new ? op->new : op->old;
	struct job job = {
		.place = place,
		.old = op->old ? &op->old->as_forwarding : NULL,
		.new = op->new ? &op->new->as_forwarding : NULL,
		.err = err,
	};
	int ret;

	ret = load_ports(place, obj->tenant, ports, err);
	if (ret)
		return ret;
	job.network = lab_network_id(place, obj->tenant, obj->name, err);
	if (!job.network)
		return -ENOENT;
	if (state_forwarding_diff(job.old, job.new, &job.diff))
		return no_memory(err);
	ret = write_fdb(&job, ports);
	if (!ret)
		ret = write_neighs(&job);
	if (!ret)
		ret = delete_fdb(&job);
	if (!ret)
		ret = delete_neighs(&job);
	state_forwarding_diff_free(&job.diff);
	return ret;
}

int lab_forwarding_apply(struct lab_place *place,
			 const struct nsfab_state_op *op, unsigned int n,
			 unsigned int *done, struct nsfab_err *err)
{
	struct ports ports = { 0 };
	int ret = 0;

	for (*done = 0; *done < n && !ret; *done += !ret)
		if (op[*done].verb != NSFAB_STATE_DELETE || !op[*done].implied)
			ret = apply(place, &op[*done], &ports, err);
	free_ports(&ports);
	if (ret)
		err->index = *done;
	return ret;
}
