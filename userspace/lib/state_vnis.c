// SPDX-License-Identifier: LGPL-2.1-or-later
/* Check the VNIs of a desired state's networks, and choose those left open. */
#include <errno.h>
#include <stdlib.h>

#include "state_nics.h"

/* Chosen VNIs keep away from the small ones that people write. */
#define VNI_FIRST (1u << 20)

struct vni {
	uint32_t vni;
	struct nsfab_state_obj *obj;	/* NULL: of another lab */
};

static int compare_vnis(const void *a, const void *b)
{
	const struct vni *x = a, *y = b;

	return x->vni < y->vni ? -1 : x->vni > y->vni;
}

/* A bit for each VNI that there is */
#define VNI_BYTES ((NSFAB_ID_MAX + 1) / 8)

static bool has_vni(const uint8_t *taken, uint32_t vni)
{
	return taken[vni / 8] & 1u << vni % 8;
}

static void take_vni(uint8_t *taken, uint32_t vni)
{
	taken[vni / 8] |= 1u << vni % 8;
}

static uint32_t derive_vni(const struct nsfab_state *state,
			   const struct nsfab_state_obj *obj, uint32_t again)
{
	uint64_t hash = STATE_HASH_INIT + again;

	hash = state_hash(hash, state->lab);
	hash = state_hash(hash, obj->tenant);
	hash = state_hash(hash, obj->name);
	hash ^= hash >> 32;
	return VNI_FIRST + hash % (NSFAB_ID_MAX + 1 - VNI_FIRST);
}

static uint32_t running_vni(const struct resolver *res,
			    const struct nsfab_state_obj *obj)
{
	const struct nsfab_state_obj *host = state_first_host(res->state), *was;

	if (!res->running)
		return 0;
	was = nsfab_state_find(res->running, NSFAB_STATE_NETWORK,
			       host ? host->name : "", obj->tenant, obj->name);
	return was ? was->as_network.vni : 0;
}

static void check_vnis(struct resolver *res, const struct vni *vni, size_t n)
{
	const struct nsfab_state_obj *a, *b;
	size_t i;

	for (i = 1; i < n; i++) {
		a = vni[i - 1].obj;
		b = vni[i].obj;
		if (vni[i - 1].vni != vni[i].vni || (!a && !b))
			continue;
		if (a && b)
			resolver_complain(res, b->origin, a->origin,
					  "vni %u of network %s/%s is that of %s/%s too",
					  vni[i].vni, b->tenant, b->name,
					  a->tenant, a->name);
		else
			resolver_complain(res, (a ? a : b)->origin, 0,
					  "vni %u is taken by a network outside of this lab",
					  vni[i].vni);
	}
}

/* VNIs that the file gives, and those that others have, sorted */
static struct vni *given_vnis(const struct resolver *res, size_t *n)
{
	const struct nsfab_state *state = res->state, *running = res->running;
	size_t foreign = running && !state_first_host(state) ? running->n_foreign : 0;
	struct vni *vni;
	size_t i;

	*n = 0;
	vni = calloc(state->n + 1 + foreign, sizeof(*vni));
	if (!vni)
		return NULL;
	for (i = 0; i < state->n; i++)
		if (state->obj[i]->kind == NSFAB_STATE_NETWORK &&
		    state->obj[i]->as_network.vni != NSFAB_STATE_AUTO) {
			vni[*n].vni = state->obj[i]->as_network.vni;
			vni[(*n)++].obj = state->obj[i];
		}
	for (i = 0; i < foreign; i++)
		if (running->foreign[i].vni)
			vni[(*n)++].vni = running->foreign[i].vni;
	qsort(vni, *n, sizeof(*vni), compare_vnis);
	return vni;
}

static void choose_vnis(const struct resolver *res, uint8_t *taken)
{
	const struct nsfab_state *state = res->state;
	struct nsfab_state_obj *obj;
	uint32_t again;
	size_t i;

	for (i = 0; i < state->n; i++) {
		obj = state->obj[i];
		if (obj->kind != NSFAB_STATE_NETWORK ||
		    obj->as_network.vni != NSFAB_STATE_AUTO)
			continue;
		obj->as_network.vni = running_vni(res, obj);
		for (again = 0; !obj->as_network.vni ||
		     has_vni(taken, obj->as_network.vni); again++)
			obj->as_network.vni = derive_vni(state, obj, again);
		take_vni(taken, obj->as_network.vni);
	}
}

int state_resolve_vnis(struct resolver *res)
{
	uint8_t *taken = calloc(1, VNI_BYTES);
	struct vni *vni;
	size_t n, i;

	vni = given_vnis(res, &n);
	if (!vni || !taken) {
		free(taken);
		free(vni);
		return -ENOMEM;
	}
	check_vnis(res, vni, n);
	for (i = 0; i < n; i++)
		if (vni[i].vni <= NSFAB_ID_MAX)
			take_vni(taken, vni[i].vni);
	choose_vnis(res, taken);
	free(taken);
	free(vni);
	return 0;
}
