// SPDX-License-Identifier: LGPL-2.1-or-later
/* Choose and check the MACs and addresses of NICs, network by network. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_nics.h"

/* A NIC, where it is, and what the running lab has in its place. */
struct ref {
	const struct nsfab_state_obj *network;
	const struct nsfab_state_obj *owner;
	struct nsfab_state_nic *nic;
	const struct nsfab_state_nic *was;
	unsigned int number;
	size_t order;
};

/* An address or MAC that is taken, and by whom. */
struct taken {
	struct nsfab_addr addr;
	const struct ref *ref;
};

struct taken_set {
	struct taken *entry;
	size_t n;
	size_t room;
};

static int compare_refs(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int diff = state_key_cmp(x->network, y->network);

	if (diff)
		return diff;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_taken(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	int diff = nsfab_addr_cmp(&x->addr, &y->addr);

	if (diff)
		return diff;
	return x->ref->order < y->ref->order ? -1 :
	       x->ref->order > y->ref->order;
}

static int take(struct taken_set *set, const struct nsfab_addr *addr,
		const struct ref *ref)
{
	struct taken *more;
	size_t room;

	if (set->n == set->room) {
		room = set->room ? set->room * 2 : 64;
		more = reallocarray(set->entry, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		set->entry = more;
		set->room = room;
	}
	set->entry[set->n].addr = *addr;
	set->entry[set->n++].ref = ref;
	return 0;
}

static const struct taken *find_taken(const struct taken_set *set,
				      const struct nsfab_addr *addr)
{
	size_t low = 0, high = set->n, mid;
	int diff;

	while (low < high) {
		mid = low + (high - low) / 2;
		diff = nsfab_addr_cmp(&set->entry[mid].addr, addr);
		if (!diff)
			return &set->entry[mid];
		if (diff < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static const char *addr_text(const struct nsfab_addr *addr)
{
	static _Thread_local char buf[NSFAB_ADDR_STRLEN];

	return nsfab_addr_format(addr, buf);
}

static void step(struct nsfab_addr *addr)
{
	unsigned int i;

	for (i = addr->len; i > 0; i--)
		if (++addr->byte[i - 1])
			return;
}

/* First and last are the network's own: v4 broadcast, v6 any-router. */
static bool is_host_part_zero(const struct nsfab_prefix *prefix,
			      const struct nsfab_addr *addr)
{
	return prefix->len < addr->len * 8 - 1 &&
	       !nsfab_addr_cmp(&prefix->addr, addr);
}

static bool is_broadcast(const struct nsfab_prefix *prefix,
			 const struct nsfab_addr *addr)
{
	unsigned int bit;

	if (addr->len != 4 || prefix->len > 30)
		return false;
	for (bit = prefix->len; bit < 32; bit++)
		if (!(addr->byte[bit / 8] & 0x80 >> bit % 8))
			return false;
	return true;
}

static bool fits_subnet(const struct nsfab_subnet *subnet,
			const struct nsfab_addr *addr)
{
	return nsfab_prefix_has(&subnet->prefix, addr) &&
	       nsfab_addr_is_host(addr) &&
	       !is_host_part_zero(&subnet->prefix, addr) &&
	       !is_broadcast(&subnet->prefix, addr) &&
	       nsfab_addr_cmp(&subnet->gateway, addr);
}

static const struct nsfab_subnet *
subnet_of(const struct nsfab_state_network *network,
	  const struct nsfab_addr *addr)
{
	unsigned int i;

	for (i = 0; i < network->n_subnets; i++)
		if (nsfab_prefix_has(&network->subnet[i].prefix, addr))
			return &network->subnet[i];
	return NULL;
}

/* One that says itself how long its prefix is. */
static void check_prefix(struct resolver *res, const struct ref *ref,
			 const struct nsfab_addr *addr)
{
	struct nsfab_subnet own = { .prefix.addr = *addr };

	own.prefix.len = ref->nic->prefixlen[addr->len == 16];
	nsfab_prefix_mask(&own.prefix);
	if (!fits_subnet(&own, addr))
		resolver_complain(res, ref->owner->origin, 0,
				  "address %s/%u is no host's", addr_text(addr),
				  own.prefix.len);
}

static void check_given(struct resolver *res, const struct ref *ref)
{
	const struct nsfab_subnet *subnet;
	const struct nsfab_addr *addr;
	char in[NSFAB_PREFIX_STRLEN];
	unsigned int i;

	for (i = 0; i < ref->nic->n_addrs; i++) {
		addr = &ref->nic->addr[i];
		subnet = subnet_of(&ref->network->as_network, addr);
		if (!subnet && ref->nic->prefixlen[addr->len == 16]) {
			check_prefix(res, ref, addr);
			continue;
		}
		if (!subnet) {
			resolver_complain(res, ref->owner->origin,
					  ref->network->origin,
					  "address %s is in no subnet of network %s/%s",
					  addr_text(addr), ref->network->tenant,
					  ref->network->name);
			continue;
		}
		nsfab_prefix_format(&subnet->prefix, in);
		if (!nsfab_addr_cmp(&subnet->gateway, addr))
			resolver_complain(res, ref->owner->origin,
					  ref->network->origin,
					  "address %s is the gateway of %s",
					  addr_text(addr), in);
		else if (!nsfab_addr_is_host(addr))
			resolver_complain(res, ref->owner->origin, 0,
					  "address %s is no host's",
					  addr_text(addr));
		else if (!fits_subnet(subnet, addr))
			resolver_complain(res, ref->owner->origin,
					  ref->network->origin,
					  "address %s is %s of %s, no host's",
					  addr_text(addr),
					  is_broadcast(&subnet->prefix, addr) ?
					  "the broadcast address" :
					  "the first address", in);
	}
}

static void check_twice(struct resolver *res, const struct taken_set *set)
{
	const struct taken *a, *b;
	size_t i;

	for (i = 1; i < set->n; i++) {
		a = &set->entry[i - 1];
		b = &set->entry[i];
		if (nsfab_addr_cmp(&a->addr, &b->addr))
			continue;
		resolver_complain(res, b->ref->owner->origin,
				  a->ref->owner->origin,
				  "address %s of %s/%s is that of %s too",
				  addr_text(&b->addr), b->ref->owner->tenant,
				  b->ref->owner->name, a->ref->owner->name);
	}
}

/* A VM without IPv6 takes no address of it. */
static bool takes(const struct ref *ref, const struct nsfab_subnet *subnet)
{
	return subnet->prefix.addr.len == 4 ||
	       ref->owner->kind != NSFAB_STATE_VM || !ref->owner->as_vm.no_ipv6;
}

static bool has_family_of(const struct nsfab_state_nic *nic,
			  const struct nsfab_subnet *subnet)
{
	unsigned int i;

	for (i = 0; i < nic->n_addrs; i++)
		if (nsfab_prefix_has(&subnet->prefix, &nic->addr[i]))
			return true;
	return false;
}

/* Room for one address of each subnet. */
static int make_room(struct resolver *res, const struct ref *ref)
{
	unsigned int n = ref->network->as_network.n_subnets;

	ref->nic->n_addrs = 0;
	ref->nic->addr = state_arena_alloc(&res->state->arena,
					   n * sizeof(*ref->nic->addr));
	return ref->nic->addr ? 0 : -ENOMEM;
}

/* What runs keeps its addresses if nothing in the file speaks against it. */
static int keep_running(struct resolver *res, const struct ref *ref,
			const struct taken_set *given, struct taken_set *kept)
{
	const struct nsfab_state_network *network = &ref->network->as_network;
	const struct nsfab_subnet *subnet;
	const struct nsfab_addr *addr;
	unsigned int i;

	if (make_room(res, ref))
		return -ENOMEM;
	for (i = 0; ref->was && i < ref->was->n_addrs; i++) {
		addr = &ref->was->addr[i];
		subnet = subnet_of(network, addr);
		if (!subnet || !takes(ref, subnet) ||
		    !fits_subnet(subnet, addr) ||
		    has_family_of(ref->nic, subnet) || find_taken(given, addr))
			continue;
		ref->nic->addr[ref->nic->n_addrs++] = *addr;
		if (take(kept, addr, ref))
			return -ENOMEM;
	}
	return 0;
}

static void choose_in(struct resolver *res, const struct nsfab_subnet *subnet,
		      struct ref *ref, size_t n, const struct taken_set *given,
		      const struct taken_set *kept)
{
	struct nsfab_addr next = subnet->prefix.addr;
	char in[NSFAB_PREFIX_STRLEN];
	bool full = false;
	size_t i;

	/* That is said of the network, once, and not of each VM. */
	if (!nsfab_prefix_is_subnet(&subnet->prefix))
		return;
	for (i = 0; i < n; i++) {
		if (!ref[i].nic->auto_addrs || !takes(&ref[i], subnet) ||
		    has_family_of(ref[i].nic, subnet))
			continue;
		while (!full && (!fits_subnet(subnet, &next) ||
				 find_taken(given, &next) ||
				 find_taken(kept, &next))) {
			step(&next);
			full = !nsfab_prefix_has(&subnet->prefix, &next);
		}
		if (full) {
			nsfab_prefix_format(&subnet->prefix, in);
			resolver_complain(res, ref[i].owner->origin,
					  ref[i].network->origin,
					  "no address is left in %s for %s/%s",
					  in, ref[i].owner->tenant,
					  ref[i].owner->name);
			return;
		}
		ref[i].nic->addr[ref[i].nic->n_addrs++] = next;
		step(&next);
		full = !nsfab_prefix_has(&subnet->prefix, &next);
	}
}

static int compare_addrs(const void *a, const void *b)
{
	return nsfab_addr_cmp(a, b);
}

static int resolve_addrs(struct resolver *res, struct ref *ref, size_t n)
{
	const struct nsfab_state_network *network = &ref->network->as_network;
	struct taken_set given = { 0 }, kept = { 0 };
	unsigned int j;
	int err = 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		if (ref[i].nic->auto_addrs)
			continue;
		check_given(res, &ref[i]);
		for (j = 0; j < ref[i].nic->n_addrs && !err; j++)
			err = take(&given, &ref[i].nic->addr[j], &ref[i]);
	}
	if (given.n)
		qsort(given.entry, given.n, sizeof(*given.entry), compare_taken);
	check_twice(res, &given);
	for (i = 0; i < n && !err; i++)
		if (ref[i].nic->auto_addrs)
			err = keep_running(res, &ref[i], &given, &kept);
	if (kept.n)
		qsort(kept.entry, kept.n, sizeof(*kept.entry), compare_taken);
	for (j = 0; j < network->n_subnets && !err; j++)
		choose_in(res, &network->subnet[j], ref, n, &given, &kept);
	for (i = 0; i < n; i++)
		if (ref[i].nic->n_addrs > 1)
			qsort(ref[i].nic->addr, ref[i].nic->n_addrs,
			      sizeof(*ref[i].nic->addr), compare_addrs);
	free(given.entry);
	free(kept.entry);
	return err;
}

void nsfab_state_derive_mac(const char *lab, const char *tenant, const char *vm,
			    unsigned int nic, uint8_t mac[NSFAB_MAC_LEN])
{
	uint64_t hash = STATE_HASH_INIT + nic;
	unsigned int i;

	hash = state_hash(hash, lab);
	hash = state_hash(hash, tenant);
	hash = state_hash(hash, vm);
	hash ^= hash >> 29;
	hash *= 0xbf58476d1ce4e5b9ull;
	hash ^= hash >> 32;
	/* Locally administered; the kernel's own choices start with 02. */
	mac[0] = 0x0a;
	for (i = 1; i < NSFAB_MAC_LEN; i++)
		mac[i] = hash >> 8 * (NSFAB_MAC_LEN - 1 - i);
}

/* A MAC in the shape of an address, to be kept in the same kind of set. */
static struct nsfab_addr mac_addr(const uint8_t mac[NSFAB_MAC_LEN])
{
	struct nsfab_addr addr = { .len = 16 };

	memcpy(addr.byte, mac, NSFAB_MAC_LEN);
	return addr;
}

static int resolve_macs(struct resolver *res, struct ref *ref, size_t n)
{
	struct taken_set given = { 0 };
	char text[NSFAB_MAC_STRLEN];
	struct nsfab_state_nic *nic;
	const struct taken *a, *b;
	struct nsfab_addr addr;
	int err = 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		nic = ref[i].nic;
		if (nic->auto_mac && ref[i].was)
			memcpy(nic->mac, ref[i].was->mac, sizeof(nic->mac));
		else if (nic->auto_mac)
			nsfab_state_derive_mac(res->state->lab,
					       ref[i].owner->tenant,
					       ref[i].owner->name,
					       ref[i].number, nic->mac);
		else if (nic->mac[0] & 1)
			resolver_complain(res, ref[i].owner->origin, 0,
					  "MAC %s is not a unicast one",
					  nsfab_mac_format(nic->mac, text));
		addr = mac_addr(nic->mac);
		err = take(&given, &addr, &ref[i]);
	}
	if (given.n)
		qsort(given.entry, given.n, sizeof(*given.entry), compare_taken);
	/* Chosen ones meet once in 2^40 pairs: saying so is enough. */
	for (i = 1; i < given.n; i++) {
		a = &given.entry[i - 1];
		b = &given.entry[i];
		if (!nsfab_addr_cmp(&a->addr, &b->addr))
			resolver_complain(res, b->ref->owner->origin,
					  a->ref->owner->origin,
					  "MAC %s of %s/%s is that of %s too",
					  nsfab_mac_format(b->ref->nic->mac, text),
					  b->ref->owner->tenant,
					  b->ref->owner->name,
					  a->ref->owner->name);
	}
	free(given.entry);
	return err;
}

static const struct nsfab_state_nic *
running_nic(const struct resolver *res, const struct nsfab_state_obj *owner,
	    unsigned int number, const char *network)
{
	struct nsfab_state_nic *nic;
	struct nsfab_state_obj *was;
	unsigned int n;
	size_t i;

	if (!res->running)
		return NULL;
	was = (void *)nsfab_state_find(res->running, owner->kind, owner->host,
				       owner->tenant, owner->name);
	/* It may come from another host. */
	for (i = 0; !was && i < res->state->n &&
	     res->state->obj[i]->kind == NSFAB_STATE_HOST; i++)
		was = (void *)nsfab_state_find(res->running, owner->kind,
					       res->state->obj[i]->name,
					       owner->tenant, owner->name);
	if (!was)
		return NULL;
	nic = state_obj_nics(was, &n);
	if (number >= n || strcmp(nic[number].network, network))
		return NULL;
	return &nic[number];
}

static int collect(struct resolver *res, struct ref **refs, size_t *n_refs)
{
	struct nsfab_state *state = res->state;
	const struct nsfab_state_obj *network;
	struct nsfab_state_nic *nic;
	size_t i, room = 0;
	unsigned int j, n;
	struct ref *ref;

	for (i = 0; i < state->n; i++) {
		state_obj_nics(state->obj[i], &n);
		room += n;
	}
	*refs = ref = calloc(room + 1, sizeof(*ref));
	if (!ref)
		return -ENOMEM;
	for (i = 0; i < state->n; i++) {
		nic = state_obj_nics(state->obj[i], &n);
		for (j = 0; j < n; j++) {
			network = nsfab_state_find(state, NSFAB_STATE_NETWORK,
						   "", state->obj[i]->tenant,
						   nic[j].network);
			if (!network) {
				resolver_complain(res, state->obj[i]->origin, 0,
						  "tenant %s has no network \"%s\"",
						  state->obj[i]->tenant,
						  nic[j].network);
				continue;
			}
			ref->network = network;
			ref->owner = state->obj[i];
			ref->nic = &nic[j];
			ref->was = running_nic(res, state->obj[i], j,
					       nic[j].network);
			ref->number = j;
			ref->order = ref - *refs;
			ref++;
		}
	}
	*n_refs = ref - *refs;
	return 0;
}

int state_resolve_nics(struct resolver *res)
{
	size_t n = 0, i, end;
	struct ref *ref;
	int err;

	err = collect(res, &ref, &n);
	if (err)
		return err;
	qsort(ref, n, sizeof(*ref), compare_refs);
	for (i = 0; i < n && !err; i = end) {
		for (end = i; end < n && ref[end].network == ref[i].network; end++)
			;
		err = resolve_macs(res, &ref[i], end - i);
		if (!err)
			err = resolve_addrs(res, &ref[i], end - i);
	}
	free(ref);
	return err;
}
