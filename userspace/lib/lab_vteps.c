// SPDX-License-Identifier: LGPL-2.1-or-later
/* VTEPs that a network hears and that have no VM in it: to read, to write. */
#include <errno.h>
#include <nsfab/fdb.h>
#include <stdlib.h>
#include <string.h>

#include "lab_read.h"
#include "state_vteps.h"

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

struct entry {
	uint32_t network;
	struct nsfab_addr vtep;
};

struct found {
	const struct nsfab_state *state;
	struct entry *entry;
	size_t n;
	size_t room;
};

/* One that is no host of the lab was added by hand, and is left alone. */
static bool is_host(const struct nsfab_state *state,
		    const struct nsfab_addr *addr)
{
	size_t i;

	/* Hosts come first. */
	for (i = 0; i < state->n &&
	     state->obj[i]->kind == NSFAB_STATE_HOST; i++)
		if (!nsfab_addr_cmp(&state->obj[i]->as_host.local, addr))
			return true;
	return false;
}

static int on_fdb(const struct nsfab_fdb *fdb, void *arg)
{
	static const uint8_t flood[NSFAB_MAC_LEN];
	struct found *found = arg;
	struct entry *more;
	size_t room;

	if (memcmp(fdb->mac, flood, sizeof(flood)) ||
	    !(fdb->present & NSFAB_FDB_HAS_VTEP) ||
	    !is_host(found->state, &fdb->vtep))
		return 0;
	if (found->n == found->room) {
		room = found->room ? found->room * 2 : 64;
		more = reallocarray(found->entry, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		found->entry = more;
		found->room = room;
	}
	found->entry[found->n].network = fdb->network;
	found->entry[found->n++].vtep = fdb->vtep;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->network != y->network)
		return x->network < y->network ? -1 : 1;
	return nsfab_addr_cmp(&x->vtep, &y->vtep);
}

/* All @n are of one network. */
static int add(struct lab_reader *reader, const char *tenant,
	       const struct entry *entry, unsigned int n)
{
	const struct lab_named *network;
	struct nsfab_state_obj *obj;
	unsigned int i;

	network = lab_reader_network(reader, entry->network);
	if (!network || !network->ours)
		return 0;
	obj = state_arena_alloc(&reader->state->arena, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	*obj = (struct nsfab_state_obj){
		.kind = NSFAB_STATE_VTEPS,
		.copy = true,
		.host = reader->host,
		.tenant = tenant,
		.name = network->name,
		.labels = "",
		.as_vteps.n = n,
	};
	obj->as_vteps.vtep = state_arena_alloc(&reader->state->arena,
					       n * sizeof(entry->vtep));
	if (!obj->as_vteps.vtep)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		obj->as_vteps.vtep[i] = entry[i].vtep;
	return state_push(reader->state, obj);
}

int lab_read_vteps(struct lab_reader *reader, struct lab_place *place,
		   uint32_t tenant, const char *name)
{
	const struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT,
		.tenant = tenant,
	};
	struct found found = { .state = reader->state };
	size_t i, end;
	int ret;

	ret = nsfab_fdb_dump(place->h, place->ifindex, &filter, on_fdb, &found,
			     reader->err);
	if (!ret && found.n)
		qsort(found.entry, found.n, sizeof(*found.entry),
		      compare_entries);
	for (i = 0; i < found.n && !ret; i = end) {
		for (end = i + 1; end < found.n && found.entry[end].network ==
		     found.entry[i].network; end++)
			;
		ret = add(reader, name, &found.entry[i], end - i);
	}
	if (ret == -ENOMEM)
		no_memory(reader->err);
	free(found.entry);
	return ret;
}

/* What is in @from alone */
static size_t only_in(struct nsfab_fdb *fdb, uint32_t network,
		      const struct nsfab_state_vteps *from,
		      const struct nsfab_state_vteps *other)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; from && i < from->n; i++) {
		if (state_has_vtep(other, &from->vtep[i]))
			continue;
		fdb[n].present = NSFAB_FDB_HAS_VTEP;
		fdb[n].network = network;
		fdb[n++].vtep = from->vtep[i];
	}
	return n;
}

static int apply(struct lab_place *place, const struct nsfab_state_op *op,
		 struct nsfab_err *err)
{
	const struct nsfab_state_obj *obj = op->new ? op->new : op->old;
	const struct nsfab_state_vteps *old, *new;
	struct nsfab_fdb *fdb;
	uint32_t network;
	size_t n;
	int ret = 0;

	old = op->old ? &op->old->as_vteps : NULL;
	new = op->new ? &op->new->as_vteps : NULL;
	network = lab_network_id(place, obj->tenant, obj->name, err);
	if (!network)
		return -ENOENT;
	fdb = calloc((old ? old->n : 0) + (new ? new->n : 0) + 1, sizeof(*fdb));
	if (!fdb)
		return no_memory(err);
	n = only_in(fdb, network, new, old);
	if (n)
		ret = nsfab_fdb_new(place->h, place->ifindex, fdb, n, true, err);
	n = only_in(fdb, network, old, new);
	if (!ret && n)
		ret = nsfab_fdb_del(place->h, place->ifindex, fdb, n, err);
	free(fdb);
	return ret;
}

int lab_vteps_apply(struct lab_place *place, const struct nsfab_state_op *op,
		    unsigned int n, unsigned int *done, struct nsfab_err *err)
{
	int ret = 0;

	/* They go with their network. */
	for (*done = 0; *done < n && !ret; *done += !ret)
		if (op[*done].verb != NSFAB_STATE_DELETE || !op[*done].implied)
			ret = apply(place, &op[*done], err);
	if (ret)
		err->index = *done;
	return ret;
}
