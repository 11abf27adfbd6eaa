/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What two objects cannot have at once: who has it, and who wants it. */
#ifndef NSFAB_STATE_CLAIMS_H
#define NSFAB_STATE_CLAIMS_H

#include "state_priv.h"

#pragma GCC visibility push(hidden)

/**
 * state_claims_match() - which steps let go of what other ones are to get
 * @diff: the steps, one an object
 * @gives_up: by number of the step, all false; true of those afterwards
 *
 * Return: 0 or -ENOMEM.
 */
int state_claims_match(const struct nsfab_state_diff *diff, bool *gives_up);

/**
 * state_claims_give_up() - an object without what others wait for
 * @arena: owner of the result
 * @op: the step that sets it
 *
 * Return: what it has before and after, or NULL if there is no memory.
 */
struct nsfab_state_obj *state_claims_give_up(struct state_arena *arena,
					     const struct nsfab_state_op *op);

#pragma GCC visibility pop

#endif /* NSFAB_STATE_CLAIMS_H */
