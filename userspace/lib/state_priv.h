/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the desired-state engine share. */
#ifndef NSFAB_STATE_PRIV_H
#define NSFAB_STATE_PRIV_H

#include <nsfab/state.h>

#pragma GCC visibility push(hidden)

struct state_chunk;

/* Strings and arrays that live as long as their owner. */
struct state_arena {
	struct state_chunk *chunk;
};

/**
 * struct state_foreign - what others have where this lab is
 * @host: emulated host, "" for the caller's namespace
 * @tenant: their tenant's name, "" if only @vni is meant
 * @lab: the lab that it is of, "" for none
 * @vni: VNI of theirs, 0 for none
 */
struct state_foreign {
	const char *host;
	const char *tenant;
	const char *lab;
	uint32_t vni;
};

struct nsfab_state {
	char lab[NSFAB_NAME_MAX + 1];
	bool has_seed;
	uint64_t seed;
	struct state_arena arena;
	struct nsfab_state_obj **obj;
	size_t n;
	size_t room;
	struct state_foreign *foreign;
	size_t n_foreign;
	/* Object numbers + 1 by hash of the key, rebuilt after changes. */
	uint32_t *slot;
	size_t slots;
};

void *state_arena_alloc(struct state_arena *arena, size_t size);
void *state_arena_dup(struct state_arena *arena, const void *data, size_t size);
char *state_arena_strdup(struct state_arena *arena, const char *text);
void state_arena_free(struct state_arena *arena);

/* A deep copy in @arena of all that @from points to; false: no memory. */
bool state_copy_obj(struct state_arena *arena, struct nsfab_state_obj *to,
		    const struct nsfab_state_obj *from);

/* Likewise of what a link does, without its name and path; NULL: no memory. */
struct nsfab_link *state_copy_conf(struct state_arena *arena,
				   const struct nsfab_link *from);

/* KEY=VALUE lines sorted, without empty ones and the lab's own; NULL: no memory. */
const char *state_tidy_labels(struct state_arena *arena, const char *labels);

/* Hang an object in that already belongs to the state's arena. */
int state_push(struct nsfab_state *state, struct nsfab_state_obj *obj);

int state_add_foreign(struct nsfab_state *state, const char *host,
		      const char *tenant, const char *lab, uint32_t vni);

/*
 * Rebuild the index; @dup is called with the numbers of two objects that have
 * the same key and may be NULL.
 */
int state_index(struct nsfab_state *state,
		void (*dup)(void *arg, const struct nsfab_state_obj *first,
			    const struct nsfab_state_obj *second), void *arg);

/* Order of keys: kind, host, tenant, name. */
int state_key_cmp(const struct nsfab_state_obj *a,
		  const struct nsfab_state_obj *b);

uint64_t state_hash(uint64_t hash, const char *text);
#define STATE_HASH_INIT 14695981039346656037ull

/* state_copy.c: tell every host of everything */
int state_copy_to_hosts(struct nsfab_state *state);

/* state_equal.c: what differs between two objects of one key */
#define STATE_DIFF_LABELS	(1u << 0)
#define STATE_DIFF_HOST		(1u << 1)
#define STATE_DIFF_ACCOUNTING	(1u << 2)
#define STATE_DIFF_LIMITS	(1u << 3)
#define STATE_DIFF_VNI		(1u << 4)
#define STATE_DIFF_MTU		(1u << 5)
#define STATE_DIFF_LEARNING	(1u << 6)
#define STATE_DIFF_SUBNETS	(1u << 7)
#define STATE_DIFF_REMOTE	(1u << 8)
#define STATE_DIFF_NICS		(1u << 9)
#define STATE_DIFF_RUN		(1u << 10)
#define STATE_DIFF_RESOURCES	(1u << 11)
#define STATE_DIFF_WORDS	(1u << 12)
#define STATE_DIFF_ROUTES	(1u << 13)
#define STATE_DIFF_ANEW		(1u << 14)	/* cannot be changed in place */
#define STATE_DIFF_LINK		(1u << 15)
#define STATE_DIFF_PATH		(1u << 16)
#define STATE_DIFF_ROUTER	(1u << 18)
#define STATE_DIFF_PREFIX	(1u << 19)	/* a length of a NIC */
#define STATE_DIFF_FORWARDING	(1u << 20)
#define STATE_DIFF_IPV6		(1u << 21)

uint32_t state_obj_diff(const struct nsfab_state_obj *old,
			const struct nsfab_state_obj *new);

/* Whether an object of routes, or NULL, has one to that prefix. */
bool state_has_route(const struct nsfab_state_obj *obj,
		     const struct nsfab_prefix *to);

/* Which of NSFAB_LINK_HAS_* differ, without what a schedule changes. */
uint32_t state_link_diff(const struct nsfab_state_link *old,
			 const struct nsfab_state_link *new);

/* That in words into @buf; without @old, what is not as the kernel has it. */
void state_link_text(const struct nsfab_state_link *old,
		     const struct nsfab_state_link *new, char *buf,
		     size_t size);

#define STATE_NIC_NETWORK	(1u << 0)
#define STATE_NIC_MAC		(1u << 1)
#define STATE_NIC_ADDRS		(1u << 2)
#define STATE_NIC_ALLOWED	(1u << 3)
#define STATE_NIC_GUARD		(1u << 4)
#define STATE_NIC_PREFIX	(1u << 5)

uint32_t state_nic_diff(const struct nsfab_state_nic *old,
			const struct nsfab_state_nic *new);

/* The NICs of a VM or of a plain port. */
struct nsfab_state_nic *state_obj_nics(struct nsfab_state_obj *obj,
				       unsigned int *n);

/* Label of a tenant by which a schedule is known: schedule=HASH. */
#define STATE_SCHEDULE_LABEL "schedule"

static inline bool state_is_link(const struct nsfab_state_obj *obj)
{
	return obj->kind == NSFAB_STATE_LINK ||
	       obj->kind == NSFAB_STATE_BOTTLENECK;
}

/* Kinds that one host has, and no copy of on the others. */
static inline bool state_is_of_one_host(const struct nsfab_state_obj *obj)
{
	return obj->kind >= NSFAB_STATE_PATCH;
}

/* state_order.c: from what has to be done to an order of doing it */
int state_order(struct nsfab_state_diff *diff, struct state_arena *arena);

#pragma GCC visibility pop

#endif
