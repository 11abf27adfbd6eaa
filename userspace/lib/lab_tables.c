// SPDX-License-Identifier: LGPL-2.1-or-later
/* Read the tables of a tenant's switches: its static entries. */
#include <errno.h>
#include <nsfab/fdb.h>
#include <nsfab/neigh.h>
#include <stdlib.h>
#include <string.h>

#include "lab_priv.h"
#include "state_switch.h"

struct name {
	uint32_t id;
	const char *text;
};

struct fdb {
	uint32_t network;
	uint32_t port;
	uint8_t mac[NSFAB_MAC_LEN];
};

struct neigh {
	uint32_t network;
	struct nsfab_state_neigh it;
};

struct list {
	void *entry;
	size_t n;
	size_t room;
};

struct reader {
	struct nsfab_state *state;
	struct list networks;	/* struct name */
	struct list ports;	/* struct name */
	struct list fdb;
	struct list neighs;
	const char **port;	/* names, as numbered in all tables */
};

static void *add(struct list *list, size_t size)
{
	size_t room;
	void *more;

	if (list->n == list->room) {
		room = list->room ? list->room * 2 : 256;
		more = reallocarray(list->entry, room, size);
		if (!more)
			return NULL;
		list->entry = more;
		list->room = room;
	}
	return (char *)list->entry + size * list->n++;
}

static int add_name(struct reader *reader, struct list *list, uint32_t id,
		    const char *text)
{
	struct name *name = add(list, sizeof(*name));

	if (!name)
		return -ENOMEM;
	name->id = id;
	name->text = state_arena_strdup(&reader->state->arena, text);
	return name->text ? 0 : -ENOMEM;
}

static int on_network(const struct nsfab_network *network, void *arg)
{
	struct reader *reader = arg;
	const char *lab;
	size_t len;

	lab = nsfab_label_get(network->labels ? network->labels : "",
			      NSFAB_STATE_LABEL, &len);
	if (!lab || len != strlen(reader->state->lab) ||
	    strncmp(lab, reader->state->lab, len))
		return 0;
	return add_name(reader, &reader->networks, network->id, network->name);
}

static int on_port(const struct nsfab_port *port, void *arg)
{
	struct reader *reader = arg;

	if (port->binding != NSFAB_BINDING_PATCH)
		return 0;
	return add_name(reader, &reader->ports, port->id,
			port->name ? port->name : "");
}

static int on_fdb(const struct nsfab_fdb *from, void *arg)
{
	struct reader *reader = arg;
	struct fdb *fdb;

	if (from->kind != NSFAB_FDB_KIND_STATIC ||
	    !(from->present & NSFAB_FDB_HAS_PORT))
		return 0;
	fdb = add(&reader->fdb, sizeof(*fdb));
	if (!fdb)
		return -ENOMEM;
	fdb->network = from->network;
	fdb->port = from->port;
	memcpy(fdb->mac, from->mac, NSFAB_MAC_LEN);
	return 0;
}

static int on_neigh(const struct nsfab_neigh *from, void *arg)
{
	struct reader *reader = arg;
	struct neigh *neigh;

	if (from->kind != NSFAB_NEIGH_KIND_STATIC)
		return 0;
	neigh = add(&reader->neighs, sizeof(*neigh));
	if (!neigh)
		return -ENOMEM;
	neigh->network = from->network;
	neigh->it.addr = from->addr;
	memcpy(neigh->it.mac, from->mac, NSFAB_MAC_LEN);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int compare_fdb(const void *a, const void *b)
{
	const struct fdb *x = a, *y = b;

	if (x->network != y->network)
		return x->network < y->network ? -1 : 1;
	return memcmp(x->mac, y->mac, NSFAB_MAC_LEN);
}

static int compare_neighs(const void *a, const void *b)
{
	const struct neigh *x = a, *y = b;

	if (x->network != y->network)
		return x->network < y->network ? -1 : 1;
	return nsfab_addr_cmp(&x->it.addr, &y->it.addr);
}

static void sort(struct list *list, size_t size,
		 int (*compare)(const void *a, const void *b))
{
	if (list->n)
		qsort(list->entry, list->n, size, compare);
}

/* Number of a port in all tables; the number of ports for one that is no link. */
static uint32_t port_number(const struct reader *reader, uint32_t id)
{
	const struct name key = { .id = id }, *ports = reader->ports.entry;
	const struct name *found;

	found = reader->ports.n ? bsearch(&key, ports, reader->ports.n,
					  sizeof(key), compare_names) : NULL;
	return found ? (size_t)(found - ports) : reader->ports.n;
}

static int name_ports(struct reader *reader)
{
	const struct name *ports = reader->ports.entry;
	size_t i;

	/* One more, for entries that no link is behind. */
	reader->port = state_arena_alloc(&reader->state->arena,
					 (reader->ports.n + 1) *
					 sizeof(*reader->port));
	if (!reader->port)
		return -ENOMEM;
	for (i = 0; i < reader->ports.n; i++)
		reader->port[i] = ports[i].text;
	reader->port[i] = "";
	return 0;
}

static int fill(struct reader *reader, struct nsfab_state_forwarding *table,
		const struct fdb *fdb, const struct neigh *neigh)
{
	struct state_arena *arena = &reader->state->arena;
	uint32_t i;

	table->n_ports = reader->ports.n + 1;
	table->port = reader->port;
	table->fdb = state_arena_alloc(arena,
				       table->n_fdb * sizeof(*table->fdb));
	table->neigh = state_arena_alloc(arena, table->n_neigh *
					 sizeof(*table->neigh));
	if (!table->fdb || !table->neigh)
		return -ENOMEM;
	for (i = 0; i < table->n_fdb; i++) {
		memcpy(table->fdb[i].mac, fdb[i].mac, NSFAB_MAC_LEN);
		table->fdb[i].port = port_number(reader, fdb[i].port);
	}
	for (i = 0; i < table->n_neigh; i++)
		table->neigh[i] = neigh[i].it;
	return 0;
}

static int add_tables(struct reader *reader, const char *host,
		      const char *tenant)
{
	const struct neigh *neigh = reader->neighs.entry;
	const struct name *network = reader->networks.entry;
	const struct fdb *fdb = reader->fdb.entry;
	struct nsfab_state_forwarding *table;
	struct nsfab_state_obj *obj;
	size_t i, f = 0, g = 0;

	for (i = 0; i < reader->networks.n; i++) {
		obj = state_arena_alloc(&reader->state->arena, sizeof(*obj));
		if (!obj)
			return -ENOMEM;
		table = &obj->as_forwarding;
		while (f < reader->fdb.n && fdb[f].network < network[i].id)
			f++;
		while (g < reader->neighs.n &&
		       neigh[g].network < network[i].id)
			g++;
		while (f + table->n_fdb < reader->fdb.n &&
		       fdb[f + table->n_fdb].network == network[i].id)
			table->n_fdb++;
		while (g + table->n_neigh < reader->neighs.n &&
		       neigh[g + table->n_neigh].network == network[i].id)
			table->n_neigh++;
		if (!table->n_fdb && !table->n_neigh)
			continue;
		obj->kind = NSFAB_STATE_FORWARDING;
		obj->copy = true;
		obj->host = host;
		obj->tenant = tenant;
		obj->name = network[i].text;
		obj->labels = "";
		if (fill(reader, table, fdb + f, neigh + g) ||
		    state_push(reader->state, obj))
			return -ENOMEM;
		f += table->n_fdb;
		g += table->n_neigh;
	}
	return 0;
}

static int read_all(struct lab_place *place, struct reader *reader,
		    uint32_t tenant, struct nsfab_err *err)
{
	const struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT,
		.tenant = tenant,
	};
	int ret;

	ret = nsfab_network_dump(place->h, place->ifindex, &filter, on_network,
				 reader, err);
	if (!ret)
		ret = nsfab_port_dump(place->h, place->ifindex, &filter,
				      on_port, reader, err);
	if (!ret)
		ret = nsfab_fdb_dump(place->h, place->ifindex, &filter, on_fdb,
				     reader, err);
	if (!ret)
		ret = nsfab_neigh_dump(place->h, place->ifindex, &filter,
				       on_neigh, reader, err);
	return ret;
}

int lab_tables_read(struct lab_place *place, struct nsfab_state *state,
		    const char *host, uint32_t tenant, const char *name,
		    struct nsfab_err *err)
{
	struct reader reader = { .state = state };
	const char *at = state_arena_strdup(&state->arena, host);
	int ret;

	ret = at ? read_all(place, &reader, tenant, err) : -ENOMEM;
	sort(&reader.networks, sizeof(struct name), compare_names);
	sort(&reader.ports, sizeof(struct name), compare_names);
	sort(&reader.fdb, sizeof(struct fdb), compare_fdb);
	sort(&reader.neighs, sizeof(struct neigh), compare_neighs);
	if (!ret)
		ret = name_ports(&reader);
	if (!ret)
		ret = add_tables(&reader, at, name);
	if (ret == -ENOMEM)
		nsfab_err_set(err, ret, "no memory");
	free(reader.networks.entry);
	free(reader.ports.entry);
	free(reader.fdb.entry);
	free(reader.neighs.entry);
	return ret;
}
