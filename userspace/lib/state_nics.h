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

/* Addresses and MACs of all NICs, checked and chosen. 0 or -ENOMEM. */
int state_resolve_nics(struct resolver *res);

#endif
