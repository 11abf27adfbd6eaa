/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of emulated switches that follow from how they are linked. */
#ifndef NSFAB_LIB_STATE_SWITCH_H
#define NSFAB_LIB_STATE_SWITCH_H

#include "state_nics.h"

#pragma GCC visibility push(hidden)

#define STATE_SWITCHING_LABEL "switching"

/**
 * struct state_edge - a link between two networks of a tenant
 * @network: names of the two
 * @port: names of its port in each
 * @delay: ns
 */
struct state_edge {
	const char *network[2];
	const char *port[2];
	uint64_t delay;
};

/* All of a tenant, to be given back by free(); 0 or -ENOMEM. */
int state_edges(const struct nsfab_state *state, const char *tenant,
		struct state_edge **edges, size_t *n);

/*
 * Add the tables of all switches of tenants that do not learn. NICs have
 * their addresses and MACs by then. 0 or -ENOMEM.
 */
int state_resolve_switching(struct resolver *res);

/* The same entries? */
bool state_same_forwarding(const struct nsfab_state_forwarding *a,
			   const struct nsfab_state_forwarding *b);
/* What of @old is not as it is in @new any more, and what of @new is new. */
struct state_forwarding_diff {
	uint32_t *gone_fdb;
	size_t n_gone_fdb;
	uint32_t *new_fdb;
	size_t n_new_fdb;
	uint32_t *gone_neigh;
	size_t n_gone_neigh;
	uint32_t *new_neigh;
	size_t n_new_neigh;
};

/* Either may be NULL. 0 or -ENOMEM. */
int state_forwarding_diff(const struct nsfab_state_forwarding *old,
			  const struct nsfab_state_forwarding *new,
			  struct state_forwarding_diff *diff);
void state_forwarding_diff_free(struct state_forwarding_diff *diff);
/* Leave of @of alone what is in @other too, and the same there. */
void state_keep_common(struct nsfab_state_forwarding *of,
		       const struct nsfab_state_forwarding *other);
void state_sort_forwarding(struct nsfab_state_forwarding *forwarding);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_STATE_SWITCH_H */
