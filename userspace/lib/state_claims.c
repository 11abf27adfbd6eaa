// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What two objects cannot have at once: who has it, and who wants it.
 *
 * Everything that one object at a time can have is hashed. A hash that one
 * step gets and another one loses is what the latter has to give up first.
 * Subnets must not overlap either, and are compared by themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_claims.h"
#include "state_switch.h"

/* Something that one object at a time can have. */
struct claim {
	uint64_t hash;
	size_t step;
	bool release;
};

struct claims {
	struct claim *claim;
	size_t n;
	size_t room;
	bool no_memory;
	bool mixed;		/* something is there, and something comes */
};

static void add_claim(struct claims *claims, uint64_t hash, size_t step,
		      bool release)
{
	struct claim *more;
	size_t room;

	if (claims->n == claims->room) {
		room = claims->room ? claims->room * 2 : 256;
		more = reallocarray(claims->claim, room, sizeof(*more));
		if (!more) {
			claims->no_memory = true;
			return;
		}
		claims->claim = more;
		claims->room = room;
	}
	claims->claim[claims->n].hash = hash;
	claims->claim[claims->n].step = step;
	claims->claim[claims->n++].release = release;
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size--)
		hash = (hash ^ *byte++) * 1099511628211ull;
	return hash;
}

static uint64_t hash_place(const char *what, const struct nsfab_state_obj *obj,
			   const char *network)
{
	uint64_t hash = state_hash(STATE_HASH_INIT, what);

	hash = state_hash(hash, obj->host);
	hash = state_hash(hash, obj->tenant);
	return state_hash(hash, network);
}

static bool nic_has(const struct nsfab_state_nic *nic,
		    const struct nsfab_addr *addr)
{
	unsigned int i;

	for (i = 0; nic && i < nic->n_addrs; i++)
		if (!nsfab_addr_cmp(&nic->addr[i], addr))
			return true;
	return false;
}

/* What @obj has and @other, the same object at the other time, has not. */
static void claim_nic(struct claims *claims, size_t step,
		      const struct nsfab_state_obj *obj,
		      const struct nsfab_state_nic *nic,
		      const struct nsfab_state_nic *other, bool release)
{
	unsigned int i;

	if (other && strcmp(nic->network, other->network))
		other = NULL;
	for (i = 0; i < nic->n_addrs; i++)
		if (!nic_has(other, &nic->addr[i]))
			add_claim(claims,
				  hash_bytes(hash_place("addr", obj,
							nic->network),
					     &nic->addr[i],
					     sizeof(nic->addr[i])),
				  step, release);
	if (!other || memcmp(nic->mac, other->mac, NSFAB_MAC_LEN))
		add_claim(claims,
			  hash_bytes(hash_place("mac", obj, nic->network),
				     nic->mac, NSFAB_MAC_LEN), step, release);
}

static void claim_nics(struct claims *claims, size_t step,
		       const struct nsfab_state_obj *obj,
		       const struct nsfab_state_obj *other, bool release)
{
	const struct nsfab_state_nic *nic, *others = NULL;
	unsigned int n, n_others = 0, i;

	nic = state_obj_nics((void *)obj, &n);
	if (other)
		others = state_obj_nics((void *)other, &n_others);
	for (i = 0; i < n; i++)
		claim_nic(claims, step, obj, &nic[i],
			  i < n_others ? &others[i] : NULL, release);
	if (other)
		return;
	/* Port names: the VM's, or the one that a port of a VM ends with. */
	if (!n)
		return;
	add_claim(claims,
		  hash_bytes(hash_place("port", obj, ""), obj->name,
			     strcspn(obj->name, "/")), step, release);
}

static bool has_subnet(const struct nsfab_state_obj *obj,
		       const struct nsfab_subnet *subnet)
{
	unsigned int i;

	for (i = 0; obj && i < obj->as_network.n_subnets; i++)
		if (!nsfab_addr_cmp(&obj->as_network.subnet[i].prefix.addr,
				    &subnet->prefix.addr) &&
		    obj->as_network.subnet[i].prefix.len == subnet->prefix.len)
			return true;
	return false;
}

/* A prefix is a routed subnet's or a static route's. */
static void claim_prefix(struct claims *claims, size_t step,
			 const struct nsfab_state_obj *obj,
			 const struct nsfab_prefix *prefix, bool release)
{
	uint64_t hash = hash_place("prefix", obj, "");

	hash = hash_bytes(hash, &prefix->addr, sizeof(prefix->addr));
	add_claim(claims, hash + prefix->len, step, release);
}

static void claim_prefixes(struct claims *claims, size_t step,
			   const struct nsfab_state_obj *obj,
			   const struct nsfab_state_obj *other, bool release)
{
	const struct nsfab_subnet *subnet;
	const struct nsfab_state_route *route;
	unsigned int i;

	if (obj->kind == NSFAB_STATE_NETWORK)
		for (i = 0; i < obj->as_network.n_subnets; i++) {
			subnet = &obj->as_network.subnet[i];
			if (!has_subnet(other, subnet))
				claim_prefix(claims, step, obj, &subnet->prefix,
					     release);
		}
	if (obj->kind == NSFAB_STATE_ROUTES)
		for (i = 0; i < obj->as_routes.n; i++) {
			route = &obj->as_routes.route[i];
			if (!state_has_route(other, &route->to))
				claim_prefix(claims, step, obj, &route->to,
					     release);
		}
}

/*
 * A switch's entry for a MAC or an address, and a port that has it itself,
 * cannot be there at once.
 */
static void claim_entries(struct claims *claims, size_t step,
			  const struct nsfab_state_obj *obj,
			  const struct nsfab_state_obj *other, bool release)
{
	const struct nsfab_state_forwarding *table = &obj->as_forwarding;
	uint64_t mac = hash_place("mac", obj, obj->name);
	uint64_t addr = hash_place("addr", obj, obj->name);
	struct state_forwarding_diff diff;
	uint32_t at;
	size_t i;

	if (state_forwarding_diff(table, other ? &other->as_forwarding : NULL,
				  &diff)) {
		claims->no_memory = true;
		return;
	}
	for (i = 0; i < diff.n_gone_fdb; i++) {
		at = diff.gone_fdb[i];
		add_claim(claims,
			  hash_bytes(mac, table->fdb[at].mac, NSFAB_MAC_LEN),
			  step, release);
	}
	for (i = 0; i < diff.n_gone_neigh; i++) {
		at = diff.gone_neigh[i];
		add_claim(claims,
			  hash_bytes(addr, &table->neigh[at].addr,
				     sizeof(table->neigh[at].addr)),
			  step, release);
	}
	state_forwarding_diff_free(&diff);
}

static void claim_obj(struct claims *claims, size_t step,
		      const struct nsfab_state_obj *obj,
		      const struct nsfab_state_obj *other, bool release)
{
	uint64_t hash;

	if (!obj)
		return;
	if (!other) {
		hash = hash_place("key", obj, obj->name) + obj->kind;
		add_claim(claims, hash, step, release);
	}
	if (obj->kind == NSFAB_STATE_NETWORK &&
	    (!other || obj->as_network.vni != other->as_network.vni)) {
		hash = state_hash(state_hash(STATE_HASH_INIT, "vni"),
				  obj->host);
		hash = hash_bytes(hash, &obj->as_network.vni,
				  sizeof(obj->as_network.vni));
		add_claim(claims, hash, step, release);
	}
	if (obj->kind == NSFAB_STATE_FORWARDING) {
		if (claims->mixed)
			claim_entries(claims, step, obj, other, release);
		return;
	}
	claim_prefixes(claims, step, obj, other, release);
	claim_nics(claims, step, obj, other, release);
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->release - y->release;
}

/* Whoever has what another one wants gives it up. */
static void match_claims(struct claims *claims, bool *gives_up)
{
	size_t i, end, j, k;

	if (claims->n)
		qsort(claims->claim, claims->n, sizeof(*claims->claim),
		      compare_claims);
	for (i = 0; i < claims->n; i = end) {
		for (end = i; end < claims->n &&
		     claims->claim[end].hash == claims->claim[i].hash; end++)
			;
		if (claims->claim[i].release || !claims->claim[end - 1].release)
			continue;
		for (j = i; j < end; j++)
			for (k = i; k < end && claims->claim[j].release; k++)
				if (!claims->claim[k].release &&
				    claims->claim[k].step !=
				    claims->claim[j].step)
					gives_up[claims->claim[j].step] = true;
	}
}

/* A subnet that a network loses, or gets. */
struct lost {
	uint64_t place;
	struct nsfab_prefix prefix;
	size_t step;
};

static int compare_lost(const void *a, const void *b)
{
	const struct lost *x = a, *y = b;
	int diff;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	diff = nsfab_addr_cmp(&x->prefix.addr, &y->prefix.addr);
	return diff ? diff : x->prefix.len - y->prefix.len;
}

/* The first one of the list that is not before @key, or their number. */
static size_t find_lost(const struct lost *lost, size_t n,
			const struct lost *key)
{
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare_lost(&lost[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct lost *collect_lost(const struct nsfab_state_diff *diff, size_t *n)
{
	const struct nsfab_state_obj *old;
	struct lost *lost;
	unsigned int j;
	size_t i;

	for (i = 0, *n = 0; i < diff->n; i++) {
		old = diff->op[i].old;
		if (old && old->kind == NSFAB_STATE_NETWORK)
			*n += old->as_network.n_subnets;
	}
	lost = calloc(*n + 1, sizeof(*lost));
	for (i = 0, *n = 0; lost && i < diff->n; i++) {
		old = diff->op[i].old;
		if (!old || old->kind != NSFAB_STATE_NETWORK)
			continue;
		for (j = 0; j < old->as_network.n_subnets; j++) {
			if (has_subnet(diff->op[i].new,
				       &old->as_network.subnet[j]))
				continue;
			lost[*n].place = hash_place("subnet", old, "");
			lost[*n].prefix = old->as_network.subnet[j].prefix;
			lost[(*n)++].step = i;
		}
	}
	if (lost)
		qsort(lost, *n, sizeof(*lost), compare_lost);
	return lost;
}

static void match_subnet(const struct lost *lost, size_t n,
			 const struct lost *got, bool *gives_up)
{
	struct lost key = *got;
	unsigned int len;
	size_t at;

	/* Those that it is in: of each length there is one at most, or equals. */
	for (len = 0; len < got->prefix.len; len++) {
		key.prefix = got->prefix;
		key.prefix.len = len;
		nsfab_prefix_mask(&key.prefix);
		for (at = find_lost(lost, n, &key);
		     at < n && !compare_lost(&lost[at], &key); at++)
			gives_up[lost[at].step] |= lost[at].step != got->step;
	}
	/* Those in it stand side by side. */
	for (at = find_lost(lost, n, got);
	     at < n && lost[at].place == got->place &&
	     nsfab_prefix_has(&got->prefix, &lost[at].prefix.addr); at++)
		gives_up[lost[at].step] |= lost[at].step != got->step;
}

/* Who loses a subnet that overlaps one which another network gets gives it up. */
static int match_subnets(const struct nsfab_state_diff *diff, bool *gives_up)
{
	const struct nsfab_state_network *new;
	const struct nsfab_state_op *op;
	struct lost *lost, got;
	unsigned int j;
	size_t n, i;

	lost = collect_lost(diff, &n);
	if (!lost)
		return -ENOMEM;
	for (i = 0; n && i < diff->n; i++) {
		op = &diff->op[i];
		if (!op->new || op->new->kind != NSFAB_STATE_NETWORK)
			continue;
		new = &op->new->as_network;
		got.place = hash_place("subnet", op->new, "");
		got.step = i;
		for (j = 0; j < new->n_subnets; j++) {
			if (has_subnet(op->old, &new->subnet[j]))
				continue;
			got.prefix = new->subnet[j].prefix;
			match_subnet(lost, n, &got, gives_up);
		}
	}
	free(lost);
	return 0;
}

static bool is_mixed(const struct nsfab_state_diff *diff)
{
	bool old = false, new = false;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		old |= !!diff->op[i].old;
		new |= !!diff->op[i].new;
	}
	return old && new;
}

int state_claims_match(const struct nsfab_state_diff *diff, bool *gives_up)
{
	struct claims claims = { .mixed = is_mixed(diff) };
	const struct nsfab_state_op *op;
	int err = -ENOMEM;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		op = &diff->op[i];
		claim_obj(&claims, i, op->new, op->old, false);
		claim_obj(&claims, i, op->old, op->new, true);
	}
	if (!claims.no_memory) {
		match_claims(&claims, gives_up);
		err = match_subnets(diff, gives_up);
	}
	free(claims.claim);
	return err;
}

static void keep_common_addrs(struct nsfab_state_obj *mid,
			      const struct nsfab_state_obj *new)
{
	unsigned int n, n_new, i, j, kept;
	struct nsfab_state_nic *nic;
	const struct nsfab_state_nic *others;

	nic = state_obj_nics(mid, &n);
	others = state_obj_nics((void *)new, &n_new);
	for (i = 0; i < n && i < n_new; i++) {
		for (j = 0, kept = 0; j < nic[i].n_addrs; j++)
			if (nic_has(&others[i], &nic[i].addr[j]))
				nic[i].addr[kept++] = nic[i].addr[j];
		nic[i].n_addrs = kept;
		/* A MAC cannot be left out: one that nobody has. */
		if (memcmp(nic[i].mac, others[i].mac, NSFAB_MAC_LEN))
			nsfab_state_derive_mac("\n", mid->tenant, mid->name, i,
					       nic[i].mac);
	}
}

static void keep_common_subnets(struct nsfab_state_obj *mid,
				const struct nsfab_state_obj *new)
{
	struct nsfab_state_network *network = &mid->as_network;
	unsigned int i, kept = 0;

	for (i = 0; i < network->n_subnets; i++)
		if (has_subnet(new, &network->subnet[i]))
			network->subnet[kept++] = network->subnet[i];
	network->n_subnets = kept;
	/* Nor can a VNI: from the upper half, by name. */
	if (network->vni != new->as_network.vni)
		network->vni = NSFAB_ID_MAX / 2 +
			       hash_place("vni", mid, mid->name) %
			       (NSFAB_ID_MAX / 2);
}

static void keep_common_routes(struct nsfab_state_obj *mid,
			       const struct nsfab_state_obj *new)
{
	struct nsfab_state_routes *routes = &mid->as_routes;
	unsigned int i, kept = 0;

	for (i = 0; i < routes->n; i++)
		if (state_has_route(new, &routes->route[i].to))
			routes->route[kept++] = routes->route[i];
	routes->n = kept;
}

struct nsfab_state_obj *state_claims_give_up(struct state_arena *arena,
					     const struct nsfab_state_op *op)
{
	struct nsfab_state_obj *mid;

	mid = state_arena_alloc(arena, sizeof(*mid));
	if (!mid || !state_copy_obj(arena, mid, op->old))
		return NULL;
	keep_common_addrs(mid, op->new);
	if (mid->kind == NSFAB_STATE_FORWARDING)
		state_keep_common(&mid->as_forwarding, &op->new->as_forwarding);
	if (mid->kind == NSFAB_STATE_NETWORK)
		keep_common_subnets(mid, op->new);
	if (mid->kind == NSFAB_STATE_ROUTES)
		keep_common_routes(mid, op->new);
	return mid;
}
