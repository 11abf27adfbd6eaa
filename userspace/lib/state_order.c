// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The order of steps.
 *
 * What is needed is made first, and what goes away goes last: hosts, tenants
 * (with limits raised), networks, ports and VMs, routes; then VMs, ports,
 * networks, tenants, hosts are removed and limits lowered. The exception is
 * what two objects cannot have at once, such as an address: who has it gives
 * it up at the very beginning, by being removed early or, if it stays, by a
 * step of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_switch.h"

enum stage {
	STAGE_GIVE_UP,
	STAGE_MAKE,
	STAGE_ROUTES,
	STAGE_REMOVE,
	STAGE_LOWER,
};

struct item {
	struct nsfab_state_op op;
	enum stage stage;
	size_t order;
	bool gives_up;
};

/* Something that one object at a time can have. */
struct claim {
	uint64_t hash;
	size_t item;
	bool release;
};

struct claims {
	struct claim *claim;
	size_t n;
	size_t room;
	bool no_memory;
};

struct plan {
	struct item *item;
	size_t n;
	struct claims claims;
	struct state_arena *arena;
	bool mixed;		/* something is there, and something comes */
};

static const struct nsfab_state_obj *subject(const struct item *item)
{
	return item->op.new ? item->op.new : item->op.old;
}

static void add_claim(struct claims *claims, uint64_t hash, size_t item,
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
	claims->claim[claims->n].item = item;
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

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What @obj has and @other, the same object at the other time, has not. */
static void claim_nic(struct plan *plan, size_t item,
		      const struct nsfab_state_obj *obj,
		      const struct nsfab_state_nic *nic,
		      const struct nsfab_state_nic *other, bool release)
{
	unsigned int i;

	if (other && strcmp(nic->network, other->network))
		other = NULL;
	for (i = 0; i < nic->n_addrs; i++)
		if (!nic_has(other, &nic->addr[i]))
			add_claim(&plan->claims,
				  hash_bytes(hash_place("addr", obj,
							nic->network),
					     &nic->addr[i],
					     sizeof(nic->addr[i])),
				  item, release);
	if (!other || memcmp(nic->mac, other->mac, NSFAB_MAC_LEN))
		add_claim(&plan->claims,
			  hash_bytes(hash_place("mac", obj, nic->network),
				     nic->mac, NSFAB_MAC_LEN), item, release);
}

static void claim_nics(struct plan *plan, size_t item,
		       const struct nsfab_state_obj *obj,
		       const struct nsfab_state_obj *other, bool release)
{
	const struct nsfab_state_nic *nic, *others = NULL;
	unsigned int n, n_others = 0, i;

	nic = state_obj_nics((void *)obj, &n);
	if (other)
		others = state_obj_nics((void *)other, &n_others);
	for (i = 0; i < n; i++)
		claim_nic(plan, item, obj, &nic[i],
			  i < n_others ? &others[i] : NULL, release);
	if (other)
		return;
	/* Port names: the VM's, or the one that a port of a VM ends with. */
	if (!n)
		return;
	add_claim(&plan->claims,
		  hash_bytes(hash_place("port", obj, ""), obj->name,
			     strcspn(obj->name, "/")), item, release);
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
static void claim_prefix(struct plan *plan, size_t item,
			 const struct nsfab_state_obj *obj,
			 const struct nsfab_prefix *prefix, bool release)
{
	uint64_t hash = hash_place("prefix", obj, "");

	hash = hash_bytes(hash, &prefix->addr, sizeof(prefix->addr));
	add_claim(&plan->claims, hash + prefix->len, item, release);
}

static bool has_route(const struct nsfab_state_obj *obj,
		      const struct nsfab_prefix *to)
{
	unsigned int i;

	for (i = 0; obj && i < obj->as_routes.n; i++)
		if (!nsfab_addr_cmp(&obj->as_routes.route[i].to.addr,
				    &to->addr) &&
		    obj->as_routes.route[i].to.len == to->len)
			return true;
	return false;
}

static void claim_prefixes(struct plan *plan, size_t item,
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
				claim_prefix(plan, item, obj, &subnet->prefix,
					     release);
		}
	if (obj->kind == NSFAB_STATE_ROUTES)
		for (i = 0; i < obj->as_routes.n; i++) {
			route = &obj->as_routes.route[i];
			if (!has_route(other, &route->to))
				claim_prefix(plan, item, obj, &route->to,
					     release);
		}
}

/*
 * A switch's entry for a MAC or an address, and a port that has it itself,
 * cannot be there at once.
 */
static void claim_entries(struct plan *plan, size_t item,
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
		plan->claims.no_memory = true;
		return;
	}
	for (i = 0; i < diff.n_gone_fdb; i++) {
		at = diff.gone_fdb[i];
		add_claim(&plan->claims, hash_bytes(mac, table->fdb[at].mac,
						    NSFAB_MAC_LEN),
			  item, release);
	}
	for (i = 0; i < diff.n_gone_neigh; i++) {
		at = diff.gone_neigh[i];
		add_claim(&plan->claims,
			  hash_bytes(addr, &table->neigh[at].addr,
				     sizeof(table->neigh[at].addr)),
			  item, release);
	}
	state_forwarding_diff_free(&diff);
}

static void claim_obj(struct plan *plan, size_t item,
		      const struct nsfab_state_obj *obj,
		      const struct nsfab_state_obj *other, bool release)
{
	uint64_t hash;

	if (!obj)
		return;
	if (!other) {
		hash = hash_place("key", obj, obj->name) + obj->kind;
		add_claim(&plan->claims, hash, item, release);
	}
	if (obj->kind == NSFAB_STATE_NETWORK &&
	    (!other || obj->as_network.vni != other->as_network.vni)) {
		hash = state_hash(state_hash(STATE_HASH_INIT, "vni"),
				  obj->host);
		hash = hash_bytes(hash, &obj->as_network.vni,
				  sizeof(obj->as_network.vni));
		add_claim(&plan->claims, hash, item, release);
	}
	if (obj->kind == NSFAB_STATE_FORWARDING) {
		if (plan->mixed)
			claim_entries(plan, item, obj, other, release);
		return;
	}
	claim_prefixes(plan, item, obj, other, release);
	claim_nics(plan, item, obj, other, release);
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->release - y->release;
}

/* Whoever has what another one wants gives it up. */
static void match_claims(struct plan *plan)
{
	struct claims *claims = &plan->claims;
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
				    claims->claim[k].item !=
				    claims->claim[j].item)
					plan->item[claims->claim[j].item]
						.gives_up = true;
	}
}

/* A subnet that a network loses. */
struct lost {
	uint64_t place;
	struct nsfab_prefix prefix;
	size_t item;
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

static struct lost *collect_lost(const struct plan *plan, size_t *n)
{
	const struct nsfab_state_obj *old;
	struct lost *lost;
	unsigned int j;
	size_t i;

	for (i = 0, *n = 0; i < plan->n; i++) {
		old = plan->item[i].op.old;
		if (old && old->kind == NSFAB_STATE_NETWORK)
			*n += old->as_network.n_subnets;
	}
	lost = calloc(*n + 1, sizeof(*lost));
	for (i = 0, *n = 0; lost && i < plan->n; i++) {
		old = plan->item[i].op.old;
		if (!old || old->kind != NSFAB_STATE_NETWORK)
			continue;
		for (j = 0; j < old->as_network.n_subnets; j++) {
			if (has_subnet(plan->item[i].op.new,
				       &old->as_network.subnet[j]))
				continue;
			lost[*n].place = hash_place("subnet", old, "");
			lost[*n].prefix = old->as_network.subnet[j].prefix;
			lost[(*n)++].item = i;
		}
	}
	if (lost)
		qsort(lost, *n, sizeof(*lost), compare_lost);
	return lost;
}

static void match_subnet(struct plan *plan, size_t item,
			 const struct lost *lost, size_t n,
			 const struct nsfab_prefix *prefix)
{
	struct lost key = {
		.place = hash_place("subnet", plan->item[item].op.new, ""),
		.prefix = *prefix,
	};
	unsigned int len;
	size_t at;

	/* Those that it is in: of each length there is one at most, or equals. */
	for (len = 0; len < prefix->len; len++) {
		key.prefix = *prefix;
		key.prefix.len = len;
		nsfab_prefix_mask(&key.prefix);
		for (at = find_lost(lost, n, &key);
		     at < n && !compare_lost(&lost[at], &key); at++)
			plan->item[lost[at].item].gives_up |=
				lost[at].item != item;
	}
	/* Those in it stand side by side. */
	key.prefix = *prefix;
	for (at = find_lost(lost, n, &key);
	     at < n && lost[at].place == key.place &&
	     nsfab_prefix_has(prefix, &lost[at].prefix.addr); at++)
		plan->item[lost[at].item].gives_up |= lost[at].item != item;
}

/* Who loses a subnet that overlaps one which another network gets gives it up. */
static int match_subnets(struct plan *plan)
{
	const struct nsfab_state_network *new;
	const struct nsfab_state_op *op;
	struct lost *lost;
	unsigned int j;
	size_t n, i;

	lost = collect_lost(plan, &n);
	if (!lost)
		return -ENOMEM;
	for (i = 0; n && i < plan->n; i++) {
		op = &plan->item[i].op;
		if (!op->new || op->new->kind != NSFAB_STATE_NETWORK)
			continue;
		new = &op->new->as_network;
		for (j = 0; j < new->n_subnets; j++)
			if (!has_subnet(op->old, &new->subnet[j]))
				match_subnet(plan, i, lost, n,
					     &new->subnet[j].prefix);
	}
	free(lost);
	return 0;
}

/* A host, or a tenant on a host, of which something goes early. */
struct early {
	uint64_t place;
	enum nsfab_state_kind kind;
};

static int compare_early(const void *a, const void *b)
{
	const struct early *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

static uint64_t early_place(const char *host, const char *tenant)
{
	return state_hash(state_hash(STATE_HASH_INIT, host), tenant);
}

/* Whether something that goes early is of a kind before that of @obj there. */
static bool is_behind(const struct early *early, size_t n, uint64_t place,
		      const struct nsfab_state_obj *obj)
{
	const struct early key = { .place = place };
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare_early(&early[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && early[low].place == place &&
	       early[low].kind < obj->kind;
}

static size_t collect_early(const struct plan *plan, struct early *early)
{
	const struct nsfab_state_obj *obj;
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++) {
		obj = plan->item[i].op.old;
		if (!plan->item[i].gives_up ||
		    plan->item[i].op.verb != NSFAB_STATE_DELETE ||
		    obj->kind > NSFAB_STATE_NETWORK)
			continue;
		early[n].place = early_place(obj->host,
					     obj->kind == NSFAB_STATE_HOST ?
					     "" : obj->tenant);
		early[n++].kind = obj->kind;
	}
	qsort(early, n, sizeof(*early), compare_early);
	return n;
}

/* What goes early takes along early what depends on it. */
static int spread_all(struct plan *plan)
{
	struct early *early = calloc(plan->n + 1, sizeof(*early));
	const struct nsfab_state_obj *obj;
	size_t i, n;

	if (!early)
		return -ENOMEM;
	n = collect_early(plan, early);
	for (i = 0; n && i < plan->n; i++) {
		obj = plan->item[i].op.old;
		if (plan->item[i].op.verb == NSFAB_STATE_DELETE &&
		    (is_behind(early, n, early_place(obj->host, ""), obj) ||
		     is_behind(early, n, early_place(obj->host, obj->tenant),
			       obj)))
			plan->item[i].gives_up = true;
	}
	free(early);
	return 0;
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
		if (has_route(new, &routes->route[i].to))
			routes->route[kept++] = routes->route[i];
	routes->n = kept;
}

/* What @item->op sets, but without what others wait for. */
static struct nsfab_state_obj *give_up(struct plan *plan,
				       const struct nsfab_state_op *op)
{
	struct nsfab_state_obj *mid;

	mid = state_arena_alloc(plan->arena, sizeof(*mid));
	if (!mid || !state_copy_obj(plan->arena, mid, op->old))
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

/* The larger of each limit, or NULL if the limits only rise or only fall. */
static struct nsfab_state_obj *raise_limits(struct plan *plan,
					    const struct nsfab_state_op *op)
{
	const struct nsfab_state_tenant *old = &op->old->as_tenant;
	const struct nsfab_state_tenant *new = &op->new->as_tenant;
	struct nsfab_state_obj *mid;
	bool rise = false, fall = false;
	unsigned int i;

	for (i = 0; i < NSFAB_STATE_LIMITS; i++) {
		if (new->limit[i] == NSFAB_STATE_AUTO)
			continue;
		rise |= new->limit[i] > old->limit[i];
		fall |= new->limit[i] < old->limit[i];
	}
	if (!rise || !fall)
		return NULL;
	mid = state_arena_dup(plan->arena, op->new, sizeof(*op->new));
	for (i = 0; mid && i < NSFAB_STATE_LIMITS; i++)
		if (mid->as_tenant.limit[i] < old->limit[i])
			mid->as_tenant.limit[i] = old->limit[i];
	return mid;
}

static bool limits_fall(const struct nsfab_state_op *op)
{
	unsigned int i;

	for (i = 0; i < NSFAB_STATE_LIMITS; i++)
		if (op->new->as_tenant.limit[i] < op->old->as_tenant.limit[i])
			return true;
	return false;
}

static enum stage stage_of(const struct item *item)
{
	enum nsfab_state_kind kind = subject(item)->kind;

	if (item->op.verb == NSFAB_STATE_DELETE) {
		if (item->gives_up)
			return STAGE_GIVE_UP;
		return kind == NSFAB_STATE_ROUTES ? STAGE_ROUTES : STAGE_REMOVE;
	}
	if (kind == NSFAB_STATE_ROUTES)
		return STAGE_ROUTES;
	if (kind == NSFAB_STATE_TENANT && item->op.verb == NSFAB_STATE_SET &&
	    limits_fall(&item->op))
		return STAGE_LOWER;
	return STAGE_MAKE;
}

/* Some steps become two; the first of them is at the end of the plan. */
static int split(struct plan *plan, size_t room)
{
	struct nsfab_state_obj *mid;
	size_t n = plan->n, i;
	struct item *item;
	enum stage stage;

	for (i = 0; i < n; i++) {
		item = &plan->item[i];
		item->stage = stage_of(item);
		if (item->op.verb != NSFAB_STATE_SET)
			continue;
		mid = NULL;
		stage = STAGE_GIVE_UP;
		if (item->gives_up) {
			mid = give_up(plan, &item->op);
			if (!mid)
				return -ENOMEM;
		} else if (item->op.new->kind == NSFAB_STATE_TENANT) {
			mid = raise_limits(plan, &item->op);
			stage = STAGE_MAKE;
		}
		if (!mid || plan->n == room)
			continue;
		plan->item[plan->n] = *item;
		plan->item[plan->n].stage = stage;
		plan->item[plan->n].op.new = mid;
		plan->item[plan->n].op.partial = true;
		plan->n++;
		item->op.old = mid;
	}
	return 0;
}

/* Removals go the other way round. */
static int rank(const struct item *item)
{
	int kind = subject(item)->kind;

	return item->op.verb == NSFAB_STATE_DELETE ? -kind : kind;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int diff;

	if (x->stage != y->stage)
		return x->stage < y->stage ? -1 : 1;
	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	diff = strcmp(subject(x)->host, subject(y)->host);
	if (diff)
		return diff;
	if (x->op.verb != y->op.verb)
		return x->op.verb < y->op.verb ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
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

/* The verb of the step about a network: steps are by kind, host and names yet. */
static enum nsfab_state_verb verb_of(const struct nsfab_state_diff *diff,
				     const struct nsfab_state_obj *key)
{
	struct nsfab_state_obj network = *key;
	const struct nsfab_state_obj *obj;
	size_t low = 0, high = diff->n, mid;
	int order;

	network.kind = NSFAB_STATE_NETWORK;
	while (low < high) {
		mid = (low + high) / 2;
		obj = diff->op[mid].new ? diff->op[mid].new : diff->op[mid].old;
		order = state_key_cmp(obj, &network);
		if (!order)
			return diff->op[mid].verb;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NSFAB_STATE_SET;
}

static uint64_t port_place(const struct nsfab_state_obj *obj,
			   const char *name)
{
	return hash_bytes(hash_place("end", obj, ""), name, strlen(name));
}

/* Ports of patches that go, by hash */
static uint64_t *collect_gone(const struct nsfab_state_diff *diff, size_t *n)
{
	uint64_t *gone = calloc(2 * diff->n + 1, sizeof(*gone));
	const struct nsfab_state_obj *obj;
	size_t i;
	int end;

	for (i = 0, *n = 0; gone && i < diff->n; i++) {
		obj = diff->op[i].old;
		if (diff->op[i].verb != NSFAB_STATE_DELETE ||
		    obj->kind != NSFAB_STATE_PATCH)
			continue;
		for (end = 0; end < 2; end++)
			gone[(*n)++] = port_place(obj, obj->as_patch.port[end]);
	}
	if (gone)
		qsort(gone, *n, sizeof(*gone), compare_hashes);
	return gone;
}

/* A link goes with the port of a patch that it is of. */
static int mark_links(struct nsfab_state_diff *diff)
{
	const struct nsfab_state_obj *obj;
	uint64_t *gone, place;
	size_t n, i;

	gone = collect_gone(diff, &n);
	if (!gone)
		return -ENOMEM;
	for (i = 0; n && i < diff->n; i++) {
		obj = diff->op[i].old;
		if (diff->op[i].verb != NSFAB_STATE_DELETE ||
		    obj->kind != NSFAB_STATE_LINK || !obj->as_link.to)
			continue;
		place = port_place(obj, obj->as_link.to);
		diff->op[i].implied = bsearch(&place, gone, n, sizeof(*gone),
					      compare_hashes);
	}
	free(gone);
	return 0;
}

/* A table goes with its network. */
static void mark_tables(struct nsfab_state_diff *diff)
{
	struct nsfab_state_op *op;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		op = &diff->op[i];
		if (op->verb != NSFAB_STATE_SET &&
		    (op->new ? op->new : op->old)->kind ==
		    NSFAB_STATE_FORWARDING)
			op->implied = verb_of(diff, op->new ? op->new : op->old)
				      == op->verb;
	}
}

int state_order(struct nsfab_state_diff *diff, struct state_arena *arena)
{
	struct nsfab_state_op *ops;
	struct plan plan = { .arena = arena };
	size_t i, room = diff->n * 2;
	int err = -ENOMEM;

	plan.item = calloc(room + 1, sizeof(*plan.item));
	ops = calloc(room + 1, sizeof(*ops));
	if (!plan.item || !ops)
		goto out;
	plan.mixed = is_mixed(diff);
	mark_tables(diff);
	err = mark_links(diff);
	if (err)
		goto out;
	for (i = 0; i < diff->n; i++) {
		plan.item[i].op = diff->op[i];
		plan.item[i].order = i;
		claim_obj(&plan, i, diff->op[i].new, diff->op[i].old, false);
		claim_obj(&plan, i, diff->op[i].old, diff->op[i].new, true);
	}
	plan.n = diff->n;
	if (plan.claims.no_memory)
		goto out;
	match_claims(&plan);
	err = match_subnets(&plan);
	if (!err)
		err = spread_all(&plan);
	if (!err)
		err = split(&plan, room);
	if (err)
		goto out;
	qsort(plan.item, plan.n, sizeof(*plan.item), compare_items);
	for (i = 0; i < plan.n; i++)
		ops[i] = plan.item[i].op;
	free(diff->op);
	diff->op = ops;
	diff->n = plan.n;
	ops = NULL;
out:
	free(plan.item);
	free(plan.claims.claim);
	free(ops);
	return err;
}
