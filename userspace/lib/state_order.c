// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The order of steps.
 *
 * What is needed is made first, and what goes away goes last: hosts, tenants
 * (with limits raised), networks, ports and VMs, routes; then VMs, ports,
 * networks, tenants, hosts are removed and limits lowered. The exception is
 * what two objects cannot have at once, such as an address: who has it gives
 * it up at the very beginning, by being removed early or, if it stays, by a
 * step of its own. So does a schedule end then that is to be another one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_claims.h"

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

struct plan {
	struct item *item;
	size_t n;
	struct state_arena *arena;
};

static const struct nsfab_state_obj *subject(const struct item *item)
{
	return item->op.new ? item->op.new : item->op.old;
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
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

static uint64_t place_of(const char *host, const char *tenant)
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
		early[n].place = place_of(obj->host,
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
		    (is_behind(early, n, place_of(obj->host, ""), obj) ||
		     is_behind(early, n, place_of(obj->host, obj->tenant),
			       obj)))
			plan->item[i].gives_up = true;
	}
	free(early);
	return 0;
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
		/* What a schedule does must not come between. */
		if (item->gives_up || kind == NSFAB_STATE_SCHEDULE)
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
			mid = state_claims_give_up(plan->arena, &item->op);
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
	return state_hash(place_of(obj->host, obj->tenant), name);
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

/* A table goes with its network, and so do the VTEPs that it hears. */
static void mark_tables(struct nsfab_state_diff *diff)
{
	struct nsfab_state_op *op;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		op = &diff->op[i];
		if (op->verb != NSFAB_STATE_SET &&
		    (op->new ? op->new : op->old)->kind >=
		    NSFAB_STATE_FORWARDING)
			op->implied = verb_of(diff, op->new ? op->new : op->old)
				      == op->verb;
	}
}

int state_order(struct nsfab_state_diff *diff, struct state_arena *arena)
{
	struct plan plan = { .n = diff->n, .arena = arena };
	size_t i, room = diff->n * 2;
	struct nsfab_state_op *ops;
	int err = -ENOMEM;
	bool *gives_up;

	plan.item = calloc(room + 1, sizeof(*plan.item));
	ops = calloc(room + 1, sizeof(*ops));
	gives_up = calloc(diff->n + 1, sizeof(*gives_up));
	if (!plan.item || !ops || !gives_up)
		goto out;
	mark_tables(diff);
	err = mark_links(diff);
	if (!err)
		err = state_claims_match(diff, gives_up);
	if (err)
		goto out;
	for (i = 0; i < diff->n; i++) {
		plan.item[i].op = diff->op[i];
		plan.item[i].order = i;
		plan.item[i].gives_up = gives_up[i];
	}
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
	free(gives_up);
	free(ops);
	return err;
}
