/* SPDX-License-Identifier: GPL-2.0-only */
/* Loss models with a memory: Markov chains that are driven by draws. */
#ifndef _NSFAB_CHAIN_H
#define _NSFAB_CHAIN_H

#include <linux/types.h>

/* States of Gilbert-Elliott: good, bad. Of the four-state model, as tc-netem(8)
 * numbers them, less one: received in a gap, received in a burst, lost in a
 * burst, lost in a gap.
 */
#define NSFAB_CHAIN_STATES 4

/* A map of each state to the next one, two bits each. */
typedef u8 nsfab_chain_map_t;

#define NSFAB_CHAIN_IDENTITY 0xe4

static inline u8 nsfab_chain_step(nsfab_chain_map_t map, u8 state)
{
	return map >> (2 * state) & 3;
}

/* Does it send all states to one? */
static inline bool nsfab_chain_is_constant(nsfab_chain_map_t map)
{
	return map == (map & 3) * 0x55;
}

nsfab_chain_map_t nsfab_chain_compose(nsfab_chain_map_t last,
				      nsfab_chain_map_t first);
nsfab_chain_map_t nsfab_chain_map(u8 model, const u32 *p, u32 drawn);
void nsfab_chain_stationary(u8 model, const u32 *p, u32 *sums);
u8 nsfab_chain_pick(const u32 *sums, u32 drawn);

#endif /* _NSFAB_CHAIN_H */
