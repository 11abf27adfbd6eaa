// SPDX-License-Identifier: LGPL-2.1-or-later
/* States: objects, their memory and their index. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_priv.h"

#define CHUNK_SIZE 65536

struct state_chunk {
	struct state_chunk *next;
	size_t used;
	size_t size;
	/* Whatever is put there is aligned. */
	unsigned char data[] __attribute__((aligned(16)));
};

void *state_arena_alloc(struct state_arena *arena, size_t size)
{
	struct state_chunk *chunk = arena->chunk;
	size_t room;
	void *data;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size) {
		room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunk;
		chunk->used = 0;
		chunk->size = room;
		arena->chunk = chunk;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	memset(data, 0, size);
	return data;
}

void *state_arena_dup(struct state_arena *arena, const void *data, size_t size)
{
	void *copy = state_arena_alloc(arena, size);

	if (copy && size)
		memcpy(copy, data, size);
	return copy;
}

char *state_arena_strdup(struct state_arena *arena, const char *text)
{
	return state_arena_dup(arena, text ? text : "",
			       strlen(text ? text : "") + 1);
}

void state_arena_free(struct state_arena *arena)
{
	struct state_chunk *chunk;

	while ((chunk = arena->chunk)) {
		arena->chunk = chunk->next;
		free(chunk);
	}
}

struct nsfab_state *nsfab_state_new(const char *lab)
{
	struct nsfab_state *state;

	if (!nsfab_name_valid(lab))
		return NULL;
	state = calloc(1, sizeof(*state));
	if (state)
		strcpy(state->lab, lab);
	return state;
}

void nsfab_state_free(struct nsfab_state *state)
{
	if (!state)
		return;
	state_arena_free(&state->arena);
	free(state->obj);
	free(state->foreign);
	free(state->slot);
	free(state);
}

const char *nsfab_state_lab(const struct nsfab_state *state)
{
	return state->lab;
}

void nsfab_state_set_seed(struct nsfab_state *state, uint64_t seed)
{
	state->has_seed = true;
	state->seed = seed;
}

bool nsfab_state_seed(const struct nsfab_state *state, uint64_t *seed)
{
	*seed = state->seed;
	return state->has_seed;
}

static bool copy_nics(struct state_arena *arena, struct nsfab_state_nic *nic,
		      unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		nic[i].network = state_arena_strdup(arena, nic[i].network);
		nic[i].addr = state_arena_dup(arena, nic[i].addr,
					      nic[i].n_addrs *
					      sizeof(*nic[i].addr));
		nic[i].allowed = state_arena_dup(arena, nic[i].allowed,
						 nic[i].n_allowed *
						 sizeof(*nic[i].allowed));
		if (!nic[i].network || !nic[i].addr || !nic[i].allowed)
			return false;
	}
	return true;
}

static bool copy_routes(struct state_arena *arena,
			struct nsfab_state_routes *routes)
{
	struct nsfab_state_route *route;
	unsigned int i;

	routes->route = state_arena_dup(arena, routes->route,
					routes->n * sizeof(*routes->route));
	if (!routes->route)
		return false;
	for (i = 0; i < routes->n; i++) {
		route = &routes->route[i];
		route->hop = state_arena_dup(arena, route->hop,
					     route->n_hops * sizeof(*route->hop));
		if (!route->hop)
			return false;
	}
	return true;
}

/* All values are given: what was left out is as the kernel has it. */
struct nsfab_link *state_copy_conf(struct state_arena *arena,
				   const struct nsfab_link *from)
{
	static const struct nsfab_link none;
	struct nsfab_link *link;

	if (!from)
		from = &none;
	link = state_arena_dup(arena, from, sizeof(*from));
	if (!link)
		return NULL;
	link->name = NULL;
	link->path = NULL;
	link->n_path = 0;
	link->table = state_arena_dup(arena, from->table, from->n_table *
				      sizeof(*from->table));
	link->nth = state_arena_dup(arena, from->nth,
				    from->n_nth * sizeof(*from->nth));
	if (from->trace)
		link->trace = state_arena_dup(arena, from->trace,
					      from->n_trace *
					      sizeof(*from->trace));
	return link->table && link->nth && !link->trace == !from->trace ?
	       link : NULL;
}

/* NULL stays NULL. */
static bool copy_text(struct state_arena *arena, const char **text)
{
	if (!*text)
		return true;
	*text = state_arena_strdup(arena, *text);
	return *text;
}

static bool copy_link(struct state_arena *arena, struct nsfab_state_link *link)
{
	unsigned int i;

	link->conf = state_copy_conf(arena, link->conf);
	link->path = state_arena_dup(arena, link->path,
				     link->n_path * sizeof(*link->path));
	if (!link->conf || !link->path)
		return false;
	for (i = 0; i < link->n_path; i++) {
		link->path[i] = state_arena_strdup(arena, link->path[i]);
		if (!link->path[i])
			return false;
	}
	return copy_text(arena, &link->from) && copy_text(arena, &link->to);
}

static bool copy_schedule(struct state_arena *arena,
			  struct nsfab_state_schedule *schedule)
{
	struct nsfab_state_event *event;
	unsigned int i;

	schedule->event = state_arena_dup(arena, schedule->event,
					  schedule->n *
					  sizeof(*schedule->event));
	if (!schedule->event)
		return false;
	for (i = 0; i < schedule->n; i++) {
		event = &schedule->event[i];
		event->set = state_copy_conf(arena, event->set);
		if (!event->set || !copy_text(arena, &event->tenant) ||
		    !copy_text(arena, &event->from) ||
		    !copy_text(arena, &event->to) ||
		    !copy_text(arena, &event->link))
			return false;
	}
	return true;
}

static bool copy_patch(struct state_arena *arena,
		       struct nsfab_state_patch *patch)
{
	int i;

	for (i = 0; i < 2; i++) {
		patch->network[i] = state_arena_strdup(arena,
						       patch->network[i]);
		patch->port[i] = state_arena_strdup(arena, patch->port[i]);
		if (!patch->network[i] || !patch->port[i])
			return false;
	}
	return true;
}

static bool copy_vm(struct state_arena *arena, struct nsfab_state_vm *vm)
{
	unsigned int i;

	vm->nic = state_arena_dup(arena, vm->nic, vm->n_nics * sizeof(*vm->nic));
	vm->run = state_arena_dup(arena, vm->run, vm->n_run * sizeof(*vm->run));
	if (!vm->nic || !vm->run)
		return false;
	for (i = 0; i < vm->n_run; i++) {
		vm->run[i] = state_arena_strdup(arena, vm->run[i]);
		if (!vm->run[i])
			return false;
	}
	if (vm->flavour)
		vm->flavour = state_arena_strdup(arena, vm->flavour);
	if (vm->image)
		vm->image = state_arena_strdup(arena, vm->image);
	return copy_nics(arena, vm->nic, vm->n_nics) &&
	       copy_routes(arena, &vm->routes);
}

static bool copy_forwarding(struct state_arena *arena,
			    struct nsfab_state_forwarding *table)
{
	uint32_t i;

	table->port = state_arena_dup(arena, table->port,
				      table->n_ports * sizeof(*table->port));
	table->fdb = state_arena_dup(arena, table->fdb,
				     table->n_fdb * sizeof(*table->fdb));
	table->neigh = state_arena_dup(arena, table->neigh,
				       table->n_neigh * sizeof(*table->neigh));
	if (!table->port || !table->fdb || !table->neigh)
		return false;
	for (i = 0; i < table->n_ports; i++) {
		table->port[i] = state_arena_strdup(arena, table->port[i]);
		if (!table->port[i])
			return false;
	}
	return true;
}

bool state_copy_obj(struct state_arena *arena, struct nsfab_state_obj *to,
		    const struct nsfab_state_obj *from)
{
	struct nsfab_state_network *network;

	*to = *from;
	to->host = state_arena_strdup(arena, from->host);
	to->tenant = state_arena_strdup(arena, from->tenant);
	to->name = state_arena_strdup(arena, from->name);
	to->labels = state_arena_strdup(arena, from->labels);
	if (!to->host || !to->tenant || !to->name || !to->labels)
		return false;
	switch (to->kind) {
	case NSFAB_STATE_NETWORK:
		network = &to->as_network;
		network->subnet = state_arena_dup(arena, network->subnet,
						  network->n_subnets *
						  sizeof(*network->subnet));
		return network->subnet;
	case NSFAB_STATE_PORT:
		return copy_nics(arena, &to->as_port.nic, 1);
	case NSFAB_STATE_VM:
		return copy_vm(arena, &to->as_vm);
	case NSFAB_STATE_ROUTES:
		return copy_routes(arena, &to->as_routes);
	case NSFAB_STATE_PATCH:
		return copy_patch(arena, &to->as_patch);
	case NSFAB_STATE_BOTTLENECK:
	case NSFAB_STATE_LINK:
		return copy_link(arena, &to->as_link);
	case NSFAB_STATE_SCHEDULE:
		return copy_schedule(arena, &to->as_schedule);
	case NSFAB_STATE_FORWARDING:
		return copy_forwarding(arena, &to->as_forwarding);
	case NSFAB_STATE_VTEPS:
		to->as_vteps.vtep = state_arena_dup(arena, to->as_vteps.vtep,
						    to->as_vteps.n *
						    sizeof(*to->as_vteps.vtep));
		return to->as_vteps.vtep;
	default:
		return true;
	}
}

int state_push(struct nsfab_state *state, struct nsfab_state_obj *obj)
{
	struct nsfab_state_obj **more;
	size_t room;

	if (state->n == state->room) {
		room = state->room ? state->room * 2 : 64;
		more = reallocarray(state->obj, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		state->obj = more;
		state->room = room;
	}
	state->obj[state->n++] = obj;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sort the lines, drop empty ones and this engine's own. */
const char *state_tidy_labels(struct state_arena *arena, const char *labels)
{
	char *copy, *tidy, *line, *save = NULL, *lines[NSFAB_LABELS_MAX];
	size_t n = 0, i;

	if (!labels || !*labels)
		return state_arena_strdup(arena, "");
	copy = state_arena_strdup(arena, labels);
	tidy = state_arena_alloc(arena, strlen(labels) + 2);
	if (!copy || !tidy)
		return NULL;
	for (line = strtok_r(copy, "\n", &save); line && n < NSFAB_LABELS_MAX;
	     line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, NSFAB_STATE_LABEL "=",
			    sizeof(NSFAB_STATE_LABEL)))
			lines[n++] = line;
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	for (i = 0; i < n; i++) {
		if (i)
			strcat(tidy, "\n");
		strcat(tidy, lines[i]);
	}
	return tidy;
}

static bool plain_name(const char *name)
{
	return name && nsfab_name_valid(name);
}

static int check_names(const struct nsfab_state_obj *obj, struct nsfab_err *err)
{
	if (obj->kind == NSFAB_STATE_SCHEDULE)
		return 0;
	if (obj->kind == NSFAB_STATE_HOST)
		return plain_name(obj->name) ? 0 :
		       nsfab_err_set(err, -EINVAL, "\"%s\" is no host name",
				     obj->name ? obj->name : "");
	if (!plain_name(obj->tenant))
		return nsfab_err_set(err, -EINVAL, "\"%s\" is no tenant name",
				     obj->tenant ? obj->tenant : "");
	if (obj->kind == NSFAB_STATE_ROUTES || obj->kind == NSFAB_STATE_LINK)
		return 0;
	/* What is read may be called VM/NIC, or whatever others chose. */
	if (obj->kind == NSFAB_STATE_PORT && obj->name && *obj->name)
		return 0;
	if (!plain_name(obj->name))
		return nsfab_err_set(err, -EINVAL, "\"%s\" is no %s name",
				     obj->name ? obj->name : "",
				     nsfab_state_kind_name(obj->kind));
	return 0;
}

int nsfab_state_add(struct nsfab_state *state,
		    const struct nsfab_state_obj *from, struct nsfab_err *err)
{
	struct nsfab_state_obj *obj;
	int ret;

	ret = check_names(from, err);
	if (ret)
		return ret;
	obj = state_arena_alloc(&state->arena, sizeof(*obj));
	if (!obj || !state_copy_obj(&state->arena, obj, from))
		return nsfab_err_set(err, -ENOMEM, "no memory");
	obj->labels = state_tidy_labels(&state->arena, from->labels);
	if (!obj->labels || state_push(state, obj))
		return nsfab_err_set(err, -ENOMEM, "no memory");
	if (obj->kind == NSFAB_STATE_HOST) {
		obj->host = obj->name;
		obj->tenant = "";
	} else if (obj->kind == NSFAB_STATE_TENANT) {
		obj->name = obj->tenant;
	}
	return 0;
}

int state_add_foreign(struct nsfab_state *state, const char *host,
		      const char *tenant, const char *lab, uint32_t vni)
{
	struct state_foreign *more;

	more = reallocarray(state->foreign, state->n_foreign + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	state->foreign = more;
	more += state->n_foreign;
	more->host = state_arena_strdup(&state->arena, host);
	more->tenant = state_arena_strdup(&state->arena, tenant);
	more->lab = state_arena_strdup(&state->arena, lab);
	more->vni = vni;
	if (!more->host || !more->tenant || !more->lab)
		return -ENOMEM;
	state->n_foreign++;
	return 0;
}

uint64_t state_hash(uint64_t hash, const char *text)
{
	/* The NUL counts, so that "a","bc" is not "ab","c". */
	do {
		hash = (hash ^ (unsigned char)*text) * 1099511628211ull;
	} while (*text++);
	return hash;
}

static uint64_t key_hash(enum nsfab_state_kind kind, const char *host,
			 const char *tenant, const char *name)
{
	uint64_t hash = STATE_HASH_INIT + kind;

	hash = state_hash(hash, host);
	hash = state_hash(hash, tenant);
	hash = state_hash(hash, name);
	return hash ^ hash >> 32;
}

int state_key_cmp(const struct nsfab_state_obj *a,
		  const struct nsfab_state_obj *b)
{
	int diff;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	diff = strcmp(a->host, b->host);
	if (!diff)
		diff = strcmp(a->tenant, b->tenant);
	if (!diff)
		diff = strcmp(a->name, b->name);
	return diff;
}

int state_index(struct nsfab_state *state,
		void (*dup)(void *arg, const struct nsfab_state_obj *first,
			    const struct nsfab_state_obj *second), void *arg)
{
	const struct nsfab_state_obj *obj, *other;
	size_t slots = 64, i, at;

	while (slots < state->n * 2)
		slots *= 2;
	free(state->slot);
	state->slot = calloc(slots, sizeof(*state->slot));
	if (!state->slot)
		return -ENOMEM;
	state->slots = slots;
	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		at = key_hash(obj->kind, obj->host, obj->tenant, obj->name);
		for (at &= slots - 1; state->slot[at]; at = (at + 1) & (slots - 1)) {
			other = state->obj[state->slot[at] - 1];
			if (state_key_cmp(obj, other))
				continue;
			if (dup)
				dup(arg, other, obj);
			break;
		}
		if (!state->slot[at])
			state->slot[at] = i + 1;
	}
	return 0;
}

const struct nsfab_state_obj *nsfab_state_find(const struct nsfab_state *state,
					       enum nsfab_state_kind kind,
					       const char *host,
					       const char *tenant,
					       const char *name)
{
	struct nsfab_state_obj key = {
		.kind = kind, .host = host, .tenant = tenant, .name = name
	};
	const struct nsfab_state_obj *obj;
	size_t at;

	if (!state->slots)
		return NULL;
	for (at = key_hash(kind, host, tenant, name) & (state->slots - 1);
	     state->slot[at]; at = (at + 1) & (state->slots - 1)) {
		obj = state->obj[state->slot[at] - 1];
		if (!state_key_cmp(obj, &key))
			return obj;
	}
	return NULL;
}

size_t nsfab_state_count(const struct nsfab_state *state)
{
	return state->n;
}

const struct nsfab_state_obj *nsfab_state_obj(const struct nsfab_state *state,
					      size_t i)
{
	return state->obj[i];
}

struct nsfab_state_nic *state_obj_nics(struct nsfab_state_obj *obj,
				       unsigned int *n)
{
	*n = 0;
	if (obj->kind == NSFAB_STATE_VM) {
		*n = obj->as_vm.n_nics;
		return obj->as_vm.nic;
	}
	if (obj->kind == NSFAB_STATE_PORT) {
		*n = 1;
		return &obj->as_port.nic;
	}
	return NULL;
}

const char *nsfab_state_kind_name(enum nsfab_state_kind kind)
{
	static const char *const names[] = {
		[NSFAB_STATE_HOST] = "host",
		[NSFAB_STATE_TENANT] = "tenant",
		[NSFAB_STATE_NETWORK] = "network",
		[NSFAB_STATE_PORT] = "port",
		[NSFAB_STATE_VM] = "vm",
		[NSFAB_STATE_ROUTES] = "routes",
		[NSFAB_STATE_PATCH] = "patch",
		[NSFAB_STATE_BOTTLENECK] = "bottleneck",
		[NSFAB_STATE_LINK] = "link",
		[NSFAB_STATE_SCHEDULE] = "schedule",
		[NSFAB_STATE_FORWARDING] = "forwarding",
		[NSFAB_STATE_VTEPS] = "vteps",
	};

	return kind < NSFAB_STATE_KINDS ? names[kind] : "?";
}

const char *nsfab_state_switching_name(enum nsfab_state_switching switching)
{
	static const char *const names[] = {
		[NSFAB_STATE_SWITCHING_LEARN] = "learn",
		[NSFAB_STATE_SWITCHING_SHORTEST] = "shortest-path",
		[NSFAB_STATE_SWITCHING_DELAY] = "least-delay",
	};

	return switching < sizeof(names) / sizeof(names[0]) ?
	       names[switching] : "?";
}

const char *nsfab_state_limit_name(enum nsfab_state_limit limit)
{
	static const char *const names[] = {
		[NSFAB_STATE_MAX_NETWORKS] = "max-networks",
		[NSFAB_STATE_MAX_PORTS] = "max-ports",
		[NSFAB_STATE_MAX_FDB] = "max-fdb",
		[NSFAB_STATE_MAX_NEIGH] = "max-neigh",
		[NSFAB_STATE_MAX_ROUTES] = "max-routes",
		[NSFAB_STATE_MAX_FLOWS] = "max-flows",
		[NSFAB_STATE_FLOW_TIMEOUT] = "flow-timeout",
		[NSFAB_STATE_FDB_TIMEOUT] = "fdb-timeout",
		[NSFAB_STATE_MAX_LINKS] = "max-links",
		[NSFAB_STATE_MAX_HELD] = "max-held",
	};

	return limit < NSFAB_STATE_LIMITS ? names[limit] : "?";
}
