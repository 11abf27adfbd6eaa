/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VTEPs that a network hears and that have no VM in it. */
#ifndef NSFAB_LIB_STATE_VTEPS_H
#define NSFAB_LIB_STATE_VTEPS_H

#include "state_nics.h"

#pragma GCC visibility push(hidden)

/* Add those of each emulated host, before copies are made. 0 or -ENOMEM. */
int state_resolve_vteps(struct resolver *res);

void state_sort_vteps(struct nsfab_state_vteps *vteps);
/* Sorted; NULL has none. */
bool state_has_vtep(const struct nsfab_state_vteps *vteps,
		    const struct nsfab_addr *addr);
bool state_same_vteps(const struct nsfab_state_vteps *a,
		      const struct nsfab_state_vteps *b);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_STATE_VTEPS_H */
