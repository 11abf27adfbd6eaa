// SPDX-License-Identifier: GPL-2.0-only
/* Forwarding entries of all networks in one hash table of the fabric, for
 * frames, and in a tree of each network, for dumps with a cursor and for
 * flushing. Learning writes both from softirq, so both are written under
 * fdb_lock.
 */

#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/unaligned.h>

#include "binding.h"
#include "fabric.h"
#include "fdb.h"
#include "network.h"
#include "tenant.h"
#include "vtep.h"

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct nsfab_fdb_key *key = data;

	return jhash_3words(key->network, get_unaligned((const u32 *)key->mac),
			    get_unaligned((const u16 *)(key->mac + 4)), seed);
}

static u32 hash_obj(const void *data, u32 len, u32 seed)
{
	const struct nsfab_fdb *entry = data;

	return hash_key(&entry->key, len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nsfab_fdb_key *key = arg->key;
	const struct nsfab_fdb *entry = obj;

	return entry->key.network != key->network ||
	       !ether_addr_equal(entry->key.mac, key->mac);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nsfab_fdb, node),
	.hashfn = hash_key,
	.obj_hashfn = hash_obj,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/**
 * nsfab_fdb_table_init() - make an empty table
 * @fdb: the table
 *
 * Return: 0 or -errno
 */
int nsfab_fdb_table_init(struct rhashtable *fdb)
{
	return rhashtable_init(fdb, &params);
}

static void set_key(struct nsfab_fdb_key *key, u32 network, const u8 *mac)
{
	key->network = network;
	ether_addr_copy(key->mac, mac);
}

/**
 * nsfab_fdb_find() - look a MAC up
 * @fab: the fabric
 * @network: id of the network
 * @mac: the MAC
 *
 * Context: in an RCU read section.
 * Return: the entry, valid in this section, or NULL
 */
struct nsfab_fdb *nsfab_fdb_find(struct nsfab_fabric *fab, u32 network,
				 const u8 *mac)
{
	struct nsfab_fdb_key key;

	set_key(&key, network, mac);
	return rhashtable_lookup(&fab->fdb, &key, params);
}

/**
 * nsfab_fdb_next() - the first entry behind a MAC, in order
 * @net: the network
 * @mac: the MAC, or NULL to begin
 *
 * Context: the fabric's fdb_lock is held.
 * Return: the entry, valid while the lock is held, or NULL
 */
struct nsfab_fdb *nsfab_fdb_next(struct nsfab_network *net, const u8 *mac)
{
	struct rb_node *node = net->fdb_order.rb_node;
	struct nsfab_fdb *best = NULL;

	lockdep_assert_held(&net->tenant->fab->fdb_lock);
	while (node) {
		struct nsfab_fdb *e = rb_entry(node, struct nsfab_fdb, order);

		if (!mac || memcmp(e->key.mac, mac, ETH_ALEN) > 0) {
			best = e;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

/**
 * nsfab_fdb_alloc() - make a static entry
 * @net: its network
 * @mac: the MAC
 * @port: the port, or NULL
 * @vtep: or the VTEP, whose reference the entry takes over, or NULL
 *
 * Return: the entry, to be inserted or freed, or NULL
 */
struct nsfab_fdb *nsfab_fdb_alloc(struct nsfab_network *net, const u8 *mac,
				  struct nsfab_port *port,
				  struct nsfab_vtep *vtep)
{
	struct nsfab_fdb *entry;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return NULL;
	set_key(&entry->key, net->id, mac);
	entry->kind = NSFAB_FDB_KIND_STATIC;
	entry->port = port;
	entry->vtep = vtep;
	entry->net = net;
	return entry;
}

/**
 * nsfab_fdb_free() - free an entry that is in no table any more
 * @entry: the entry
 *
 * Context: any; readers may still have it, it goes after a grace period.
 */
void nsfab_fdb_free(struct nsfab_fdb *entry)
{
	/* It stays for a grace period, too: readers may still use it. */
	if (entry->vtep)
		nsfab_vtep_put(entry->vtep);
	kfree_rcu(entry, rcu);
}

static bool order_less(struct rb_node *a, const struct rb_node *b)
{
	const struct nsfab_fdb *x = rb_entry(a, struct nsfab_fdb, order);
	const struct nsfab_fdb *y = rb_entry(b, struct nsfab_fdb, order);

	return memcmp(x->key.mac, y->key.mac, ETH_ALEN) < 0;
}

static bool is_limited(const struct nsfab_fdb *entry)
{
	return entry->kind != NSFAB_FDB_KIND_DERIVED;
}

/* Those that nsfab_fdb_forget_port() and nsfab_fdb_age() have to look for */
static void count(const struct nsfab_fdb *entry, int n)
{
	struct nsfab_network *net = entry->net;

	if (entry->port && is_limited(entry))
		entry->port->n_fdb += n;
	if (entry->kind == NSFAB_FDB_KIND_LEARNED)
		WRITE_ONCE(net->n_learned, net->n_learned + n);
}

static int insert(struct nsfab_fdb *entry)
{
	struct nsfab_tenant *tenant = entry->net->tenant;
	int err;

	if (is_limited(entry) && !nsfab_limit_take(&tenant->max_fdb))
		return -ENOSPC;
	err = rhashtable_insert_fast(&tenant->fab->fdb, &entry->node, params);
	if (err) {
		if (is_limited(entry))
			nsfab_limit_fail(&tenant->max_fdb);
		return err;
	}
	rb_add(&entry->order, &entry->net->fdb_order, order_less);
	count(entry, 1);
	return 0;
}

static void erase(struct nsfab_fdb *entry)
{
	struct nsfab_tenant *tenant = entry->net->tenant;

	rhashtable_remove_fast(&tenant->fab->fdb, &entry->node, params);
	rb_erase(&entry->order, &entry->net->fdb_order);
	count(entry, -1);
	if (is_limited(entry))
		nsfab_limit_give(&tenant->max_fdb);
}

static int replace(struct nsfab_fdb *old, struct nsfab_fdb *entry)
{
	struct nsfab_tenant *tenant = entry->net->tenant;
	int err;

	if (is_limited(entry) && !is_limited(old) &&
	    !nsfab_limit_take(&tenant->max_fdb))
		return -ENOSPC;
	err = rhashtable_replace_fast(&tenant->fab->fdb, &old->node,
				      &entry->node, params);
	if (WARN_ON_ONCE(err))
		return err;
	rb_replace_node(&old->order, &entry->order, &entry->net->fdb_order);
	count(old, -1);
	count(entry, 1);
	if (is_limited(old) && !is_limited(entry))
		nsfab_limit_give(&tenant->max_fdb);
	return 0;
}

/**
 * nsfab_fdb_insert() - add an entry
 * @entry: the entry
 * @replaced: if not NULL, an entry that is there is replaced and handed out
 *	here, to be freed; NULL is handed out when there was none
 *
 * A learned entry always gives way.
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EEXIST, -ENOSPC (limit) or -ENOMEM
 */
int nsfab_fdb_insert(struct nsfab_fdb *entry, struct nsfab_fdb **replaced)
{
	struct nsfab_fabric *fab = entry->net->tenant->fab;
	struct nsfab_fdb *old, *gone = NULL;
	int err;

	if (replaced)
		*replaced = NULL;
	spin_lock_bh(&fab->fdb_lock);
	rcu_read_lock();
	old = nsfab_fdb_find(fab, entry->key.network, entry->key.mac);
	rcu_read_unlock();
	if (!old) {
		err = insert(entry);
	} else if (old->kind == NSFAB_FDB_KIND_LEARNED) {
		err = replace(old, entry);
		gone = err ? NULL : old;
	} else if (replaced && old->kind != NSFAB_FDB_KIND_DERIVED) {
		err = replace(old, entry);
		*replaced = err ? NULL : old;
	} else {
		err = -EEXIST;
	}
	spin_unlock_bh(&fab->fdb_lock);
	if (gone)
		nsfab_fdb_free(gone);
	return err;
}

/**
 * nsfab_fdb_remove() - take an entry out of the table
 * @entry: the entry, to be freed or inserted again
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_remove(struct nsfab_fdb *entry)
{
	struct nsfab_fabric *fab = entry->net->tenant->fab;

	spin_lock_bh(&fab->fdb_lock);
	erase(entry);
	spin_unlock_bh(&fab->fdb_lock);
}

/**
 * nsfab_fdb_add_derived() - add the entry of a port's own MAC
 * @port: the port
 * @mac: the MAC
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EADDRINUSE or -ENOMEM
 */
int nsfab_fdb_add_derived(struct nsfab_port *port, const u8 *mac)
{
	struct nsfab_fdb *entry;
	int err;

	entry = nsfab_fdb_alloc(port->net, mac, port, NULL);
	if (!entry)
		return -ENOMEM;
	entry->kind = NSFAB_FDB_KIND_DERIVED;
	err = nsfab_fdb_insert(entry, NULL);
	if (err)
		kfree(entry);
	return err == -EEXIST ? -EADDRINUSE : err;
}

/**
 * nsfab_fdb_del_derived() - remove the entry of a port's own MAC
 * @port: the port
 * @mac: the MAC
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_del_derived(struct nsfab_port *port, const u8 *mac)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	struct nsfab_fdb *entry;

	spin_lock_bh(&fab->fdb_lock);
	rcu_read_lock();
	entry = nsfab_fdb_find(fab, port->net->id, mac);
	rcu_read_unlock();
	if (entry && entry->kind == NSFAB_FDB_KIND_DERIVED &&
	    entry->port == port)
		erase(entry);
	else
		entry = NULL;
	spin_unlock_bh(&fab->fdb_lock);
	if (entry)
		nsfab_fdb_free(entry);
}

/**
 * nsfab_fdb_learn() - see a source MAC
 * @net: the network, which learns
 * @mac: the MAC, unicast
 * @port: the port that the frame came from, or NULL
 * @vtep: or the VTEP, or NULL
 *
 * Given and derived entries are never moved by what is seen.
 *
 * Context: in an RCU read section, bottom halves disabled.
 */
void nsfab_fdb_learn(struct nsfab_network *net, const u8 *mac,
		     struct nsfab_port *port, struct nsfab_vtep *vtep)
{
	struct nsfab_tenant *tenant = net->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_fdb *old, *entry;
	struct mem_cgroup *memcg;
	int err;

	old = nsfab_fdb_find(fab, net->id, mac);
	if (old && old->kind != NSFAB_FDB_KIND_LEARNED)
		return;
	if (old && old->port == port && old->vtep == vtep) {
		if (time_after(jiffies, READ_ONCE(old->used)))
			WRITE_ONCE(old->used, jiffies);
		return;
	}

	memcg = set_active_memcg(tenant->memcg);
	entry = kzalloc(sizeof(*entry), GFP_ATOMIC | __GFP_NOWARN |
					__GFP_ACCOUNT);
	set_active_memcg(memcg);
	if (!entry) {
		atomic64_inc(&tenant->max_fdb.refused);
		return;
	}
	set_key(&entry->key, net->id, mac);
	entry->kind = NSFAB_FDB_KIND_LEARNED;
	entry->port = port;
	entry->net = net;
	entry->used = jiffies;
	if (vtep && nsfab_vtep_hold(vtep))
		entry->vtep = vtep;

	spin_lock(&fab->fdb_lock);
	old = nsfab_fdb_find(fab, net->id, mac);
	if (net->dead || (port && READ_ONCE(port->dead)) ||
	    entry->vtep != vtep)
		err = -ENOENT;
	else if (!old)
		err = insert(entry);
	else if (old->kind == NSFAB_FDB_KIND_LEARNED)
		err = replace(old, entry);
	else
		err = -EEXIST;
	spin_unlock(&fab->fdb_lock);
	if (err)
		nsfab_fdb_free(entry);
	else if (old)
		nsfab_fdb_free(old);
}

/**
 * nsfab_fdb_forget() - remove a learned entry, if there is one
 * @net: the network
 * @mac: the MAC
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_forget(struct nsfab_network *net, const u8 *mac)
{
	struct nsfab_fabric *fab = net->tenant->fab;
	struct nsfab_fdb *entry;

	spin_lock_bh(&fab->fdb_lock);
	rcu_read_lock();
	entry = nsfab_fdb_find(fab, net->id, mac);
	rcu_read_unlock();
	if (entry && entry->kind == NSFAB_FDB_KIND_LEARNED) {
		erase(entry);
		nsfab_fdb_free(entry);
	}
	spin_unlock_bh(&fab->fdb_lock);
}

/* Entries looked at before others are let run */
#define BATCH 256

/* What is made meanwhile, behind the cursor, is not doomed. */
static void prune(struct nsfab_network *net,
		  bool (*doomed)(const struct nsfab_fdb *entry,
				 const void *arg),
		  const void *arg)
{
	struct nsfab_fabric *fab = net->tenant->fab;
	struct rb_node *node, *next;
	const u8 *cursor = NULL;
	struct nsfab_fdb *e;
	u8 mac[ETH_ALEN];
	u32 n;

	do {
		spin_lock_bh(&fab->fdb_lock);
		e = nsfab_fdb_next(net, cursor);
		node = e ? &e->order : NULL;
		for (n = 0; node && n < BATCH; node = next, n++) {
			e = rb_entry(node, struct nsfab_fdb, order);
			ether_addr_copy(mac, e->key.mac);
			cursor = mac;
			next = rb_next(node);
			if (!doomed(e, arg))
				continue;
			erase(e);
			nsfab_fdb_free(e);
		}
		spin_unlock_bh(&fab->fdb_lock);
		cond_resched();
	} while (node);
}

static bool is_of_port(const struct nsfab_fdb *entry, const void *port)
{
	return entry->port == port;
}

/**
 * nsfab_fdb_forget_port() - remove all entries that lead to a port
 * @port: the port, marked dead
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_forget_port(struct nsfab_port *port)
{
	/* No frame makes one any more: fdb_lock was taken since it died. */
	if (port->n_fdb)
		prune(port->net, is_of_port, port);
}

static bool is_any(const struct nsfab_fdb *entry, const void *unused)
{
	return true;
}

/**
 * nsfab_fdb_flush() - remove all entries of a network, which learns no more
 * @net: the network
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_flush(struct nsfab_network *net)
{
	struct nsfab_fabric *fab = net->tenant->fab;

	spin_lock_bh(&fab->fdb_lock);
	net->dead = true;
	spin_unlock_bh(&fab->fdb_lock);
	prune(net, is_any, NULL);
}

static bool is_old(const struct nsfab_fdb *entry, const void *oldest)
{
	return entry->kind == NSFAB_FDB_KIND_LEARNED &&
	       time_before(READ_ONCE(entry->used),
			   *(const unsigned long *)oldest);
}

/**
 * nsfab_fdb_age() - remove learned entries that are too old
 * @net: the network
 *
 * Context: the fabric's lock is held.
 */
void nsfab_fdb_age(struct nsfab_network *net)
{
	unsigned long timeout = READ_ONCE(net->tenant->fdb_timeout);
	unsigned long oldest = jiffies - timeout * HZ;

	/* Also those of a network that has learned before. */
	if (READ_ONCE(net->n_learned))
		prune(net, is_old, &oldest);
}
