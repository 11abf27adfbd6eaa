// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tables of switches: to sort, compare and cut them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_switch.h"

static int compare_fdb(const void *a, const void *b)
{
	const struct nsfab_state_fdb *x = a, *y = b;

	return memcmp(x->mac, y->mac, NSFAB_MAC_LEN);
}

static int compare_neigh(const void *a, const void *b)
{
	const struct nsfab_state_neigh *x = a, *y = b;

	return nsfab_addr_cmp(&x->addr, &y->addr);
}

void state_sort_forwarding(struct nsfab_state_forwarding *f)
{
	if (f->n_fdb)
		qsort(f->fdb, f->n_fdb, sizeof(*f->fdb), compare_fdb);
	if (f->n_neigh)
		qsort(f->neigh, f->n_neigh, sizeof(*f->neigh), compare_neigh);
}

static bool same_way(const struct nsfab_state_forwarding *a,
		     const struct nsfab_state_fdb *x,
		     const struct nsfab_state_forwarding *b,
		     const struct nsfab_state_fdb *y)
{
	return !strcmp(a->port[x->port], b->port[y->port]);
}

static bool same_mac(const struct nsfab_state_neigh *a,
		     const struct nsfab_state_neigh *b)
{
	return !memcmp(a->mac, b->mac, NSFAB_MAC_LEN);
}

bool state_same_forwarding(const struct nsfab_state_forwarding *a,
			   const struct nsfab_state_forwarding *b)
{
	uint32_t i;

	if (a->n_fdb != b->n_fdb || a->n_neigh != b->n_neigh)
		return false;
	for (i = 0; i < a->n_fdb; i++)
		if (compare_fdb(&a->fdb[i], &b->fdb[i]) ||
		    !same_way(a, &a->fdb[i], b, &b->fdb[i]))
			return false;
	for (i = 0; i < a->n_neigh; i++)
		if (compare_neigh(&a->neigh[i], &b->neigh[i]) ||
		    !same_mac(&a->neigh[i], &b->neigh[i]))
			return false;
	return true;
}

static void diff_fdb(const struct nsfab_state_forwarding *old,
		     const struct nsfab_state_forwarding *new,
		     struct state_forwarding_diff *diff)
{
	uint32_t i = 0, j = 0;
	int order;

	while (i < old->n_fdb || j < new->n_fdb) {
		if (i == old->n_fdb)
			order = 1;
		else if (j == new->n_fdb)
			order = -1;
		else
			order = compare_fdb(&old->fdb[i], &new->fdb[j]);
		if (order < 0)
			diff->gone_fdb[diff->n_gone_fdb++] = i++;
		else if (order > 0 || !same_way(old, &old->fdb[i], new,
						&new->fdb[j]))
			diff->new_fdb[diff->n_new_fdb++] = j;
		i += !order;
		j += order >= 0;
	}
}

static void diff_neigh(const struct nsfab_state_forwarding *old,
		       const struct nsfab_state_forwarding *new,
		       struct state_forwarding_diff *diff)
{
	uint32_t i = 0, j = 0;
	int order;

	while (i < old->n_neigh || j < new->n_neigh) {
		if (i == old->n_neigh)
			order = 1;
		else if (j == new->n_neigh)
			order = -1;
		else
			order = compare_neigh(&old->neigh[i], &new->neigh[j]);
		if (order < 0)
			diff->gone_neigh[diff->n_gone_neigh++] = i++;
		else if (order > 0 || !same_mac(&old->neigh[i], &new->neigh[j]))
			diff->new_neigh[diff->n_new_neigh++] = j;
		i += !order;
		j += order >= 0;
	}
}

int state_forwarding_diff(const struct nsfab_state_forwarding *old,
			  const struct nsfab_state_forwarding *new,
			  struct state_forwarding_diff *diff)
{
	static const struct nsfab_state_forwarding none;

	old = old ? old : &none;
	new = new ? new : &none;
	memset(diff, 0, sizeof(*diff));
	diff->gone_fdb = calloc(old->n_fdb + 1, sizeof(*diff->gone_fdb));
	diff->new_fdb = calloc(new->n_fdb + 1, sizeof(*diff->new_fdb));
	diff->gone_neigh = calloc(old->n_neigh + 1, sizeof(*diff->gone_neigh));
	diff->new_neigh = calloc(new->n_neigh + 1, sizeof(*diff->new_neigh));
	if (!diff->gone_fdb || !diff->new_fdb || !diff->gone_neigh ||
	    !diff->new_neigh) {
		state_forwarding_diff_free(diff);
		return -ENOMEM;
	}
	diff_fdb(old, new, diff);
	diff_neigh(old, new, diff);
	return 0;
}

void state_forwarding_diff_free(struct state_forwarding_diff *diff)
{
	free(diff->gone_fdb);
	free(diff->new_fdb);
	free(diff->gone_neigh);
	free(diff->new_neigh);
	memset(diff, 0, sizeof(*diff));
}

void state_keep_common(struct nsfab_state_forwarding *of,
		       const struct nsfab_state_forwarding *other)
{
	const struct nsfab_state_neigh *neigh;
	const struct nsfab_state_fdb *fdb;
	uint32_t i, kept = 0;

	for (i = 0; i < of->n_fdb; i++) {
		fdb = other->n_fdb ? bsearch(&of->fdb[i], other->fdb,
					     other->n_fdb, sizeof(*fdb),
					     compare_fdb) : NULL;
		if (fdb && same_way(of, &of->fdb[i], other, fdb))
			of->fdb[kept++] = of->fdb[i];
	}
	of->n_fdb = kept;
	for (i = 0, kept = 0; i < of->n_neigh; i++) {
		neigh = other->n_neigh ? bsearch(&of->neigh[i], other->neigh,
						 other->n_neigh, sizeof(*neigh),
						 compare_neigh) : NULL;
		if (neigh && same_mac(&of->neigh[i], neigh))
			of->neigh[kept++] = of->neigh[i];
	}
	of->n_neigh = kept;
}
