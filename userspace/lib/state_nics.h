/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NICs of a desired state by network, while it is being resolved. */
#ifndef NSFAB_STATE_NICS_H
#define NSFAB_STATE_NICS_H

#include "state_priv.h"

/* What resolving needs to pass around. */
struct resolver {
	struct nsfab_state *state;
	const struct nsfab_state *running;
	nsfab_state_complain_fn *complain;
	void *arg;
	bool bad;
};

__attribute__((format(printf, 4, 5)))
void resolver_complain(struct resolver *res, uint32_t origin, uint32_t other,
		       const char *fmt, ...);

/* The first host, or NULL; hosts come first, for it is asked of every object. */
static inline const struct nsfab_state_obj *
state_first_host(const struct nsfab_state *state)
{
	return state->n && state->obj[0]->kind == NSFAB_STATE_HOST ?
	       state->obj[0] : NULL;
}

/* state_links.c: ends, patches, paths, hosts and seeds. 0 or -ENOMEM. */
int state_resolve_links(struct resolver *res);

/* state_schedule.c: links by name, one schedule a host. 0 or -ENOMEM. */
int state_resolve_schedules(struct resolver *res);

/**
 * struct state_ends - what ends of links may name
 * @state: the state
 * @obj: its networks, ports, VMs and hosts by tenant, name and kind
 * @n: number of them
 */
struct state_ends {
	struct nsfab_state *state;
	const struct nsfab_state_obj **obj;
	size_t n;
};

int state_ends_init(struct state_ends *ends, struct nsfab_state *state);
void state_ends_free(struct state_ends *ends);

/**
 * struct state_way - a direction between two ends
 * @from: name of the port, NULL for any
 * @to: likewise
 * @host: host that has the link
 * @networks: of a way between networks, they; else NULL
 * @why: what is wrong with it, or ""
 */
struct state_way {
	const char *from;
	const char *to;
	const char *host;
	const struct nsfab_state_obj *networks[2];
	char why[256];
};

/* From one end to the other, either of which may be NULL. 0 or -ENOMEM. */
int state_find_way(const struct state_ends *ends, const char *host,
		   const char *tenant, const char *from, const char *to,
		   struct state_way *way);

/* Addresses and MACs of all NICs, checked and chosen. 0 or -ENOMEM. */
int state_resolve_nics(struct resolver *res);

/* state_vnis.c: VNIs of networks, checked and chosen. 0 or -ENOMEM. */
int state_resolve_vnis(struct resolver *res);

/* state_inet.c: what VMs' own stacks are told; addresses are known by then */
void state_check_inet(struct resolver *res);

/* Sort routes, and complain of one that is there twice. */
void state_sort_routes(struct resolver *res, struct nsfab_state_routes *routes);

#endif
