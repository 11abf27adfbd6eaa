// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Switches that do not learn: for each of them, by which of its links every
 * host of the tenant is nearest, and for those that have hosts themselves the
 * MACs of all addresses, so that nothing is ever asked of other switches.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "state_switch.h"

#define KERNEL_FDB	65536
#define KERNEL_NEIGHS	(1u << 20)
#define SPARE		4096	/* entries for what is added by hand */
#define MOST_ENTRIES	(1u << 24)
/* Of two ways of equal delay, the one with less switches */
#define HOP_COST	1000

struct host {
	uint32_t node;
	const struct nsfab_state_obj *owner;
	const struct nsfab_state_nic *nic;
	uint64_t hash;
};

struct switching {
	struct resolver *res;
	struct nsfab_state_obj *tenant;
	struct nsfab_state_obj **network;	/* by name */
	size_t n;
	struct state_edge *edge;
	size_t n_edges;
	struct path_edge *path;
	struct path_graph graph;
	struct host *host;			/* by node */
	size_t n_hosts;
	uint32_t *first;			/* of each node, in @host */
	struct nsfab_state_forwarding *table;
	const struct path_arc **arcs;
	uint32_t *part;				/* node to root of its part */
};

static int compare_names(const void *a, const void *b)
{
	const struct nsfab_state_obj *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Number of a network, or the number of networks. */
static size_t node_of(const struct switching *sw, const char *name)
{
	const struct nsfab_state_obj key = { .name = name }, *p = &key;
	struct nsfab_state_obj **found;

	found = sw->n ? bsearch(&p, sw->network, sw->n, sizeof(*sw->network),
				compare_names) : NULL;
	return found ? (size_t)(found - sw->network) : sw->n;
}

static int collect_networks(struct switching *sw)
{
	struct nsfab_state *state = sw->res->state;
	struct nsfab_state_obj *obj;
	size_t i;

	sw->network = calloc(state->n + 1, sizeof(*sw->network));
	if (!sw->network)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		if (obj->kind != NSFAB_STATE_NETWORK ||
		    strcmp(obj->tenant, sw->tenant->name))
			continue;
		sw->network[sw->n++] = obj;
		if (obj->as_network.learning)
			resolver_complain(sw->res, obj->origin,
					  sw->tenant->origin,
					  "network %s learns, but switching of tenant %s is not to learn",
					  obj->name, obj->tenant);
	}
	qsort(sw->network, sw->n, sizeof(*sw->network), compare_names);
	return 0;
}

static uint64_t hash_mac(const uint8_t mac[NSFAB_MAC_LEN])
{
	uint64_t hash = STATE_HASH_INIT;
	unsigned int i;

	for (i = 0; i < NSFAB_MAC_LEN; i++)
		hash = (hash ^ mac[i]) * 1099511628211ull;
	return hash;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct host *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return memcmp(x->nic->mac, y->nic->mac, NSFAB_MAC_LEN);
}

static int collect_hosts(struct switching *sw)
{
	struct nsfab_state *state = sw->res->state;
	struct nsfab_state_nic *nic;
	size_t i, room = 0, node;
	unsigned int n, j;

	for (i = 0; i < state->n; i++) {
		state_obj_nics(state->obj[i], &n);
		room += n;
	}
	sw->host = calloc(room + 1, sizeof(*sw->host));
	sw->first = calloc(sw->n + 2, sizeof(*sw->first));
	if (!sw->host || !sw->first)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		if (strcmp(state->obj[i]->tenant, sw->tenant->name))
			continue;
		nic = state_obj_nics(state->obj[i], &n);
		for (j = 0; j < n; j++) {
			node = node_of(sw, nic[j].network);
			if (node == sw->n)
				continue;
			sw->host[sw->n_hosts++] = (struct host){
				.node = node,
				.owner = state->obj[i],
				.nic = &nic[j],
				.hash = hash_mac(nic[j].mac),
			};
			sw->first[node + 1]++;
		}
	}
	qsort(sw->host, sw->n_hosts, sizeof(*sw->host), compare_hosts);
	for (i = 0; i < sw->n; i++)
		sw->first[i + 1] += sw->first[i];
	return 0;
}

static int collect_edges(struct switching *sw)
{
	bool by_delay = sw->tenant->as_tenant.switching ==
			NSFAB_STATE_SWITCHING_DELAY;
	const struct state_edge *edge;
	size_t i, n = 0, a, b;
	int err;

	err = state_edges(sw->res->state, sw->tenant->name, &sw->edge,
			  &sw->n_edges);
	if (err)
		return err;
	sw->path = calloc(sw->n_edges + 1, sizeof(*sw->path));
	if (!sw->path)
		return -ENOMEM;
	for (i = 0; i < sw->n_edges; i++) {
		edge = &sw->edge[i];
		a = node_of(sw, edge->network[0]);
		b = node_of(sw, edge->network[1]);
		if (a == sw->n || b == sw->n || a == b)
			continue;
		sw->edge[n] = *edge;
		sw->path[n++] = (struct path_edge){
			.node = { a, b },
			.cost = by_delay ? edge->delay + HOP_COST : 1,
			.hash = state_hash(state_hash(STATE_HASH_INIT,
						      edge->port[0]),
					   edge->port[1]),
		};
	}
	sw->n_edges = n;
	return path_init(&sw->graph, sw->n, sw->path, n);
}

static uint32_t root_of(uint32_t *up, uint32_t i)
{
	while (up[i] != i) {
		up[i] = up[up[i]];
		i = up[i];
	}
	return i;
}

static int find_parts(struct switching *sw)
{
	size_t i;

	sw->part = calloc(sw->n + 1, sizeof(*sw->part));
	if (!sw->part)
		return -ENOMEM;
	for (i = 0; i < sw->n; i++)
		sw->part[i] = i;
	for (i = 0; i < sw->n_edges; i++)
		sw->part[root_of(sw->part, sw->path[i].node[0])] =
			root_of(sw->part, sw->path[i].node[1]);
	for (i = 0; i < sw->n; i++)
		sw->part[i] = root_of(sw->part, i);
	return 0;
}

/* What only one host can have of all that are linked. */
struct claim {
	uint32_t part;
	struct nsfab_addr addr;
	const struct host *host;
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int diff;

	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	diff = nsfab_addr_cmp(&x->addr, &y->addr);
	if (diff)
		return diff;
	return x->host->owner->origin < y->host->owner->origin ? -1 :
	       x->host->owner->origin > y->host->owner->origin;
}

static void check_claims(struct switching *sw, const struct claim *claim,
			 size_t n)
{
	char text[NSFAB_ADDR_STRLEN];
	const struct claim *a, *b;
	size_t i;

	for (i = 1; i < n; i++) {
		a = &claim[i - 1];
		b = &claim[i];
		/* Of one network it is said already. */
		if (a->part != b->part || nsfab_addr_cmp(&a->addr, &b->addr) ||
		    a->host->node == b->host->node)
			continue;
		resolver_complain(sw->res, b->host->owner->origin,
				  a->host->owner->origin,
				  "address %s of %s/%s is that of %s on a linked network too",
				  nsfab_addr_format(&b->addr, text),
				  b->host->owner->tenant, b->host->owner->name,
				  a->host->owner->name);
	}
}

static int check_hosts(struct switching *sw)
{
	const struct host *host;
	struct claim *claim;
	size_t i, n = 0;
	unsigned int j;

	for (i = 0; i < sw->n_hosts; i++)
		n += sw->host[i].nic->n_addrs;
	claim = calloc(n + 1, sizeof(*claim));
	if (!claim)
		return -ENOMEM;
	for (i = 0, n = 0; i < sw->n_hosts; i++) {
		host = &sw->host[i];
		for (j = 0; j < host->nic->n_addrs; j++) {
			claim[n].part = sw->part[host->node];
			claim[n].addr = host->nic->addr[j];
			claim[n++].host = host;
		}
	}
	qsort(claim, n, sizeof(*claim), compare_claims);
	check_claims(sw, claim, n);
	free(claim);
	return 0;
}

/* Room for what is going to be there, by the sizes of the parts. */
static int make_tables(struct switching *sw, uint64_t *n_fdb, uint64_t *n_neigh)
{
	struct state_arena *arena = &sw->res->state->arena;
	uint32_t *macs = calloc(sw->n + 1, sizeof(*macs));
	uint32_t *addrs = calloc(sw->n + 1, sizeof(*addrs));
	struct nsfab_state_forwarding *table;
	uint32_t i, own;
	int err = macs && addrs ? 0 : -ENOMEM;

	for (i = 0; i < sw->n_hosts && !err; i++) {
		macs[sw->part[sw->host[i].node]]++;
		addrs[sw->part[sw->host[i].node]] += sw->host[i].nic->n_addrs;
	}
	for (i = 0; i < sw->n && !err; i++) {
		own = sw->first[i + 1] - sw->first[i];
		*n_fdb += macs[sw->part[i]] - own;
		if (own)
			*n_neigh += addrs[sw->part[i]];
	}
	if (*n_fdb > MOST_ENTRIES || *n_neigh > MOST_ENTRIES)
		resolver_complain(sw->res, sw->tenant->origin, 0,
				  "the switches of tenant %s would need %llu entries; more than %u are not computed: let them learn",
				  sw->tenant->name, (unsigned long long)*n_fdb,
				  MOST_ENTRIES);
	for (i = 0; i < sw->n && !err && !sw->res->bad; i++) {
		table = &sw->table[i];
		own = sw->first[i + 1] - sw->first[i];
		table->fdb = state_arena_alloc(arena, macs[sw->part[i]] *
					       sizeof(*table->fdb));
		table->neigh = state_arena_alloc(arena, own ?
						 addrs[sw->part[i]] *
						 sizeof(*table->neigh) : 0);
		if (!table->fdb || !table->neigh)
			err = -ENOMEM;
	}
	free(macs);
	free(addrs);
	return err;
}

/* All hosts at @to, as seen from @at. */
static void fill_table(struct switching *sw, uint32_t at, uint32_t to)
{
	uint64_t salt = state_hash(STATE_HASH_INIT, sw->network[at]->name);
	struct nsfab_state_forwarding *table = &sw->table[at];
	bool has_hosts = sw->first[at] != sw->first[at + 1];
	const struct nsfab_state_nic *nic;
	const struct path_arc *arc;
	uint32_t i, j;
	size_t n;

	n = path_next(&sw->graph, at, sw->arcs);
	for (i = sw->first[to]; i < sw->first[to + 1] && n; i++) {
		nic = sw->host[i].nic;
		arc = path_choose(&sw->graph, sw->arcs, n,
				  sw->host[i].hash ^ salt);
		memcpy(table->fdb[table->n_fdb].mac, nic->mac, NSFAB_MAC_LEN);
		table->fdb[table->n_fdb++].port =
			arc - &sw->graph.arc[sw->graph.first[at]];
		for (j = 0; j < nic->n_addrs && has_hosts; j++) {
			table->neigh[table->n_neigh].addr = nic->addr[j];
			memcpy(table->neigh[table->n_neigh++].mac, nic->mac,
			       NSFAB_MAC_LEN);
		}
	}
}

static void fill_tables(struct switching *sw)
{
	uint32_t to, at;

	for (to = 0; to < sw->n; to++) {
		if (sw->first[to] == sw->first[to + 1])
			continue;
		path_find(&sw->graph, to);
		for (at = 0; at < sw->n; at++)
			if (at != to)
				fill_table(sw, at, to);
	}
}

static int add_table(struct switching *sw, uint32_t node)
{
	const struct path_graph *graph = &sw->graph;
	struct nsfab_state *state = sw->res->state;
	struct nsfab_state_forwarding *table = &sw->table[node];
	uint32_t degree = graph->first[node + 1] - graph->first[node], i;
	const struct path_arc *arc = &graph->arc[graph->first[node]];
	struct nsfab_state_obj *obj;

	if (!table->n_fdb && !table->n_neigh)
		return 0;
	table->port = state_arena_alloc(&state->arena,
					degree * sizeof(*table->port));
	obj = state_arena_alloc(&state->arena, sizeof(*obj));
	if (!table->port || !obj)
		return -ENOMEM;
	for (i = 0; i < degree; i++)
		table->port[i] = sw->edge[arc[i].edge].port[arc[i].end];
	table->n_ports = degree;
	state_sort_forwarding(table);
	*obj = (struct nsfab_state_obj){
		.kind = NSFAB_STATE_FORWARDING,
		.origin = sw->network[node]->origin,
		.copy = true,
		.host = "",
		.tenant = sw->tenant->name,
		.name = sw->network[node]->name,
		.labels = "",
		.as_forwarding = *table,
	};
	return state_push(state, obj);
}

static void raise_limit(struct switching *sw, enum nsfab_state_limit which,
			uint64_t n, uint32_t kernel)
{
	uint32_t *limit = &sw->tenant->as_tenant.limit[which];

	if (*limit == NSFAB_STATE_AUTO && n + SPARE > kernel)
		*limit = n + SPARE;
	else if (*limit != NSFAB_STATE_AUTO && n > *limit)
		resolver_complain(sw->res, sw->tenant->origin, 0,
				  "%s %u is not enough for the %llu entries of the switches of tenant %s",
				  nsfab_state_limit_name(which), *limit,
				  (unsigned long long)n, sw->tenant->name);
}

static int make_all(struct switching *sw)
{
	uint64_t n_fdb = 0, n_neigh = 0;
	uint32_t i;
	int err;

	sw->table = calloc(sw->n + 1, sizeof(*sw->table));
	sw->arcs = calloc(2 * sw->n_edges + 1, sizeof(*sw->arcs));
	if (!sw->table || !sw->arcs)
		return -ENOMEM;
	err = make_tables(sw, &n_fdb, &n_neigh);
	if (err || sw->res->bad)
		return err;
	fill_tables(sw);
	for (i = 0; i < sw->n && !err; i++)
		err = add_table(sw, i);
	raise_limit(sw, NSFAB_STATE_MAX_FDB, n_fdb, KERNEL_FDB);
	raise_limit(sw, NSFAB_STATE_MAX_NEIGH, n_neigh, KERNEL_NEIGHS);
	return err;
}

static int resolve_tenant(struct resolver *res, struct nsfab_state_obj *tenant)
{
	struct switching sw = { .res = res, .tenant = tenant };
	int err;

	err = collect_networks(&sw);
	if (!err)
		err = collect_hosts(&sw);
	if (!err)
		err = collect_edges(&sw);
	if (!err)
		err = find_parts(&sw);
	if (!err)
		err = check_hosts(&sw);
	if (!err && !res->bad)
		err = make_all(&sw);
	path_free(&sw.graph);
	free(sw.network);
	free(sw.edge);
	free(sw.path);
	free(sw.host);
	free(sw.first);
	free(sw.table);
	free(sw.arcs);
	free(sw.part);
	return err;
}

int state_resolve_switching(struct resolver *res)
{
	size_t n = res->state->n, i;
	struct nsfab_state_obj *obj;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		obj = res->state->obj[i];
		if (obj->kind == NSFAB_STATE_TENANT &&
		    obj->as_tenant.switching != NSFAB_STATE_SWITCHING_LEARN)
			err = resolve_tenant(res, obj);
	}
	return err;
}
