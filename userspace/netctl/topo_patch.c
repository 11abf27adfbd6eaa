// SPDX-License-Identifier: GPL-2.0-or-later
/* Which networks patches join. */
#include <errno.h>
#include <stdlib.h>

#include "topo.h"

struct patch {
	uint32_t id;
	uint32_t peer;
	uint32_t network;
};

struct patches {
	struct patch *entry;
	size_t n;
	size_t room;
};

static int on_port(const struct nsfab_port *port, void *arg)
{
	struct patches *patches = arg;
	struct patch *more;
	size_t room;

	if (port->binding != NSFAB_BINDING_PATCH)
		return 0;
	if (patches->n == patches->room) {
		room = patches->room ? patches->room * 2 : 64;
		more = reallocarray(patches->entry, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		patches->entry = more;
		patches->room = room;
	}
	more = &patches->entry[patches->n++];
	more->id = port->id;
	more->peer = port->peer;
	more->network = port->network;
	return 0;
}

static int compare_patches(const void *a, const void *b)
{
	const struct patch *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Networks of one place, by id */
struct place {
	struct topo *topo;
	size_t *net;
	size_t n;
};

static int compare_nets(const void *a, const void *b, void *arg)
{
	const struct topo *topo = arg;
	uint32_t x = topo->net[*(const size_t *)a].id;
	uint32_t y = topo->net[*(const size_t *)b].id;

	return x < y ? -1 : x > y;
}

static size_t net_of(const struct place *place, uint32_t id)
{
	size_t low = 0, high = place->n, mid;
	uint32_t at;

	while (low < high) {
		mid = (low + high) / 2;
		at = place->topo->net[place->net[mid]].id;
		if (at == id)
			return place->net[mid];
		if (at < id)
			low = mid + 1;
		else
			high = mid;
	}
	return SIZE_MAX;
}

static size_t part_of(struct topo *topo, size_t net)
{
	while (topo->net[net].part != net) {
		topo->net[net].part = topo->net[topo->net[net].part].part;
		net = topo->net[net].part;
	}
	return net;
}

static int join(struct place *place, size_t host, const struct patches *patches)
{
	struct topo *topo = place->topo;
	const struct patch *patch, *peer;
	struct topo_patch *more;
	size_t i, a, b;

	more = reallocarray(topo->patch, topo->n_patches + patches->n,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	topo->patch = more;
	for (i = 0; i < patches->n; i++) {
		patch = &patches->entry[i];
		/* Each pair is met twice. */
		if (patch->peer <= patch->id)
			continue;
		peer = bsearch(&(struct patch){ .id = patch->peer },
			       patches->entry, patches->n, sizeof(*peer),
			       compare_patches);
		a = net_of(place, patch->network);
		b = peer ? net_of(place, peer->network) : SIZE_MAX;
		if (a == SIZE_MAX || b == SIZE_MAX)
			continue;
		topo->net[part_of(topo, a)].part = part_of(topo, b);
		topo->patch[topo->n_patches++] = (struct topo_patch){
			.host = host,
			.net = { a, b },
			.port = { patch->id, peer->id },
		};
	}
	return 0;
}

int topo_join(struct topo *topo, size_t host, size_t first,
	      struct nsfab_err *err)
{
	const struct topo_host *at = &topo->host[host];
	struct place place = { .topo = topo };
	struct patches patches = { 0 };
	size_t i;
	int ret;

	place.n = topo->n_nets - first;
	place.net = calloc(place.n + 1, sizeof(*place.net));
	ret = place.net ? 0 : -ENOMEM;
	for (i = 0; i < place.n && !ret; i++) {
		place.net[i] = first + i;
		topo->net[first + i].part = first + i;
	}
	if (!ret)
		ret = nsfab_port_dump(at->h, at->ifindex, NULL, on_port,
				      &patches, err);
	if (!ret && patches.n) {
		qsort_r(place.net, place.n, sizeof(*place.net), compare_nets,
			topo);
		qsort(patches.entry, patches.n, sizeof(*patches.entry),
		      compare_patches);
		ret = join(&place, host, &patches);
	}
	for (i = first; i < topo->n_nets && !ret; i++)
		topo->net[i].part = part_of(topo, i);
	if (ret == -ENOMEM)
		nsfab_err_set(err, ret, "no memory");
	free(patches.entry);
	free(place.net);
	return ret;
}
