// SPDX-License-Identifier: GPL-2.0-only
/* Links: their life, which of them a packet meets, what they counted. */

#include <linux/overflow.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "binding.h"
#include "fabric.h"
#include "flow.h"
#include "link.h"
#include "network.h"
#include "tenant.h"

static const struct rhashtable_params pair_params = {
	.head_offset = offsetof(struct nsfab_link_pair, node),
	.key_offset = offsetof(struct nsfab_link_pair, ends),
	.key_len = sizeof_field(struct nsfab_link_pair, ends),
	.automatic_shrinking = true,
};

/**
 * nsfab_link_pairs_init() - make a tenant's table of pairs, empty
 * @pairs: the table
 *
 * Return: 0 or -errno
 */
int nsfab_link_pairs_init(struct rhashtable *pairs)
{
	return rhashtable_init(pairs, &pair_params);
}

/**
 * nsfab_link_count_path() - count who crosses bottlenecks, which keeps these
 *	from being removed
 * @conf: configuration of a link, or one that an event will give it, or NULL
 * @by: 1 or -1
 *
 * Context: any.
 */
void nsfab_link_count_path(const struct nsfab_link_conf *conf, int by)
{
	u32 i;

	for (i = 0; conf && conf->path && i < conf->path->n; i++)
		atomic_add(by, &conf->path->via[i]->n_paths);
}

/**
 * nsfab_link_alloc() - make a link
 * @tenant: its tenant
 *
 * Return: the link, without a configuration, to be linked or freed, or NULL
 */
struct nsfab_link *nsfab_link_alloc(struct nsfab_tenant *tenant)
{
	struct nsfab_link *link;

	link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return NULL;
	link->tenant = tenant;
	link->name.kind = NSFAB_NAME_LINK;
	spin_lock_init(&link->lock);
	INIT_LIST_HEAD(&link->tenant_node);
	INIT_LIST_HEAD(&link->from_node);
	INIT_LIST_HEAD(&link->to_node);
	refcount_set(&link->ref, 1);
	return link;
}

/**
 * nsfab_link_free() - free a link that is not linked
 * @link: the link
 *
 * Context: any.
 */
void nsfab_link_free(struct nsfab_link *link)
{
	struct nsfab_link_conf *conf = rcu_dereference_protected(link->conf, 1);

	if (!link->dead)
		nsfab_link_count_path(conf, -1);
	nsfab_link_conf_put(conf);
	kfree(link->memory);
	kfree(link);
}

static void put_free(struct rcu_head *rcu)
{
	struct nsfab_link *link = container_of(rcu, struct nsfab_link, rcu);
	struct nsfab_tenant *tenant = link->tenant;

	nsfab_link_free(link);
	nsfab_tenant_put(tenant);
}

/**
 * nsfab_link_free_later() - free a link that nobody keeps, a grace period later
 * @link: the link
 *
 * Another CPU may have let go of a packet that was not the last one, and still
 * be at work with it.
 *
 * Context: any.
 */
void nsfab_link_free_later(struct nsfab_link *link)
{
	call_rcu(&link->rcu, put_free);
}

/**
 * nsfab_link_put() - drop a reference; behind the last one, and the last packet
 *	that it holds, the link is freed, a grace period later
 * @link: the link
 *
 * Context: any but hard interrupts; the last one a grace period after it was
 *	unlinked, so that it holds no further packet.
 */
void nsfab_link_put(struct nsfab_link *link)
{
	bool empty;

	if (!refcount_dec_and_test(&link->ref))
		return;
	spin_lock_bh(&link->lock);
	link->unreferenced = true;
	empty = !link->held_skbs;
	spin_unlock_bh(&link->lock);
	if (empty)
		nsfab_link_free_later(link);
}

static u64 ends_of(u32 from, u32 to)
{
	return (u64)from << 32 | to;
}

static struct nsfab_link_pair *find_pair(struct nsfab_tenant *tenant, u32 from,
					 u32 to)
{
	u64 ends = ends_of(from, to);

	return rhashtable_lookup(&tenant->pairs, &ends, pair_params);
}

/* Where the first link of these ends hangs, NULL for bottlenecks, or if there
 * is no such pair.
 */
static struct nsfab_link __rcu **head_of(struct nsfab_tenant *tenant,
					 struct nsfab_port *from,
					 struct nsfab_port *to)
{
	struct nsfab_link_pair *pair;

	if (!from || !to)
		return from ? &from->link_from : to ? &to->link_to : NULL;
	rcu_read_lock();
	pair = find_pair(tenant, from->id, to->id);
	rcu_read_unlock();
	/* The fabric's lock keeps it. */
	return pair ? &pair->first : NULL;
}

static struct nsfab_link __rcu **make_pair(struct nsfab_tenant *tenant,
					   struct nsfab_port *from,
					   struct nsfab_port *to)
{
	struct nsfab_link_pair *pair;
	int err;

	pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);
	if (!pair)
		return ERR_PTR(-ENOMEM);
	pair->ends = ends_of(from->id, to->id);
	err = rhashtable_insert_fast(&tenant->pairs, &pair->node, pair_params);
	if (!err)
		return &pair->first;
	kfree(pair);
	return ERR_PTR(err);
}

/* Hang it into the chain of its ends, by scope. */
static int hang(struct nsfab_link *link)
{
	struct nsfab_tenant *tenant = link->tenant;
	struct nsfab_link *other, *behind;
	struct nsfab_link __rcu **at;
	u32 n = 0;

	if (nsfab_link_is_bottleneck(link))
		return 0;
	at = head_of(tenant, link->from, link->to);
	if (!at) {
		at = make_pair(tenant, link->from, link->to);
		if (IS_ERR(at))
			return PTR_ERR(at);
	}
	while ((other = nsfab_dereference(tenant->fab, *at)) &&
	       other->scope < link->scope) {
		at = &other->next;
		n++;
	}
	if (other && other->scope == link->scope)
		return -EEXIST;
	for (behind = other; behind;
	     behind = nsfab_dereference(tenant->fab, behind->next))
		n++;
	if (n >= NSFAB_LINK_ENDS_MAX)
		return -EMLINK;
	RCU_INIT_POINTER(link->next, other);
	rcu_assign_pointer(*at, link);
	if (link->from) {
		list_add_tail(&link->from_node, &link->from->links_from);
		if (link->to)
			WRITE_ONCE(link->from->n_pairs,
				   link->from->n_pairs + 1);
	}
	if (link->to)
		list_add_tail(&link->to_node, &link->to->links_to);
	return 0;
}

static void take_down(struct nsfab_link *link)
{
	struct nsfab_tenant *tenant = link->tenant;
	struct nsfab_link __rcu **head, **at;
	struct nsfab_link_pair *pair;
	struct nsfab_link *other;

	if (nsfab_link_is_bottleneck(link))
		return;
	head = head_of(tenant, link->from, link->to);
	at = head;
	while ((other = nsfab_dereference(tenant->fab, *at)) != link)
		at = &other->next;
	rcu_assign_pointer(*at, nsfab_dereference(tenant->fab, link->next));
	list_del_init(&link->from_node);
	list_del_init(&link->to_node);
	if (!link->from || !link->to)
		return;
	WRITE_ONCE(link->from->n_pairs, link->from->n_pairs - 1);
	if (rcu_access_pointer(*head))
		return;
	pair = container_of(head, struct nsfab_link_pair, first);
	rhashtable_remove_fast(&tenant->pairs, &pair->node, pair_params);
	kfree_rcu(pair, rcu);
}

/**
 * nsfab_link_link() - put a link into its fabric's tables
 * @link: the link, with a configuration; an id of 0 is replaced by the lowest
 *	free one
 *
 * Context: the fabric's lock is held.
 * Return: 0, -ENOSPC (limit), -EEXIST (id, name, or ends and scope), -EMLINK
 *	(too many with these ends) or -ENOMEM
 */
int nsfab_link_link(struct nsfab_link *link)
{
	struct nsfab_tenant *tenant = link->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	int err;

	if (!nsfab_limit_take(&tenant->n_links))
		return -ENOSPC;
	if (link->id) {
		err = xa_insert(&fab->links, link->id, link,
				GFP_KERNEL_ACCOUNT);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc(&fab->links, &link->id, link,
			       XA_LIMIT(1, NSFAB_PORT_ID_MAX),
			       GFP_KERNEL_ACCOUNT);
	}
	if (err)
		goto err_id;
	link->name.tenant = tenant->id;
	err = nsfab_names_insert(&fab->names, &link->name);
	if (err)
		goto err_name;
	err = hang(link);
	if (err)
		goto err_hang;
	list_add_tail(&link->tenant_node, &tenant->links);
	WRITE_ONCE(tenant->has_links, true);
	refcount_inc(&tenant->ref);
	return 0;

err_hang:
	nsfab_names_remove(&fab->names, &link->name);
err_name:
	xa_erase(&fab->links, link->id);
err_id:
	nsfab_limit_give(&tenant->n_links);
	return err;
}

static void drop_link_ref(struct rcu_head *rcu)
{
	nsfab_link_put(container_of(rcu, struct nsfab_link, rcu));
}

/**
 * nsfab_link_unlink() - remove a link
 * @link: the link; do not touch it afterwards
 *
 * Packets that it holds go on when they are due.
 *
 * Context: the fabric's lock is held.
 */
void nsfab_link_unlink(struct nsfab_link *link)
{
	struct nsfab_tenant *tenant = link->tenant;
	struct nsfab_fabric *fab = tenant->fab;
	const struct nsfab_link_conf *conf;

	spin_lock_bh(&link->lock);
	WRITE_ONCE(link->dead, true);
	conf = rcu_dereference_protected(link->conf,
					 lockdep_is_held(&link->lock));
	nsfab_link_count_path(conf, -1);
	spin_unlock_bh(&link->lock);
	take_down(link);
	list_del_init(&link->tenant_node);
	if (list_empty(&tenant->links))
		WRITE_ONCE(tenant->has_links, false);
	nsfab_names_remove(&fab->names, &link->name);
	xa_erase(&fab->links, link->id);
	nsfab_limit_give(&tenant->n_links);
	call_rcu(&link->rcu, drop_link_ref);
}

/**
 * nsfab_link_unlink_port() - remove the links of a port that goes away
 * @port: the port
 *
 * Context: the fabric's lock is held.
 */
void nsfab_link_unlink_port(struct nsfab_port *port)
{
	struct nsfab_link *link, *next;

	list_for_each_entry_safe(link, next, &port->links_from, from_node) {
		nsfab_link_unlink(link);
		cond_resched();
	}
	list_for_each_entry_safe(link, next, &port->links_to, to_node) {
		nsfab_link_unlink(link);
		cond_resched();
	}
}

/**
 * nsfab_link_unlink_all() - remove the links of a tenant that goes away
 * @tenant: the tenant
 *
 * Context: the fabric's lock is held.
 */
void nsfab_link_unlink_all(struct nsfab_tenant *tenant)
{
	struct nsfab_link *link, *next;

	list_for_each_entry_safe(link, next, &tenant->links, tenant_node) {
		nsfab_link_unlink(link);
		cond_resched();
	}
}

/**
 * nsfab_link_find() - look a link up by its ends
 * @tenant: its tenant
 * @from: id of the port that it is from, or 0
 * @to: id of the port that it goes to, or 0
 * @scope: its scope
 *
 * Context: the fabric's lock is held.
 * Return: the link or NULL
 */
struct nsfab_link *nsfab_link_find(struct nsfab_tenant *tenant, u32 from,
				   u32 to, u32 scope)
{
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_link __rcu **at;
	struct nsfab_link *link;

	at = head_of(tenant, from ? xa_load(&fab->ports, from) : NULL,
		     to ? xa_load(&fab->ports, to) : NULL);
	for (link = at ? nsfab_dereference(fab, *at) : NULL; link;
	     link = nsfab_dereference(fab, link->next))
		if (link->scope == scope)
			return link;
	return NULL;
}

/**
 * nsfab_link_find_name() - look a bottleneck up
 * @tenant: its tenant
 * @name: its name
 *
 * Context: the fabric's lock is held.
 * Return: the bottleneck or NULL
 */
struct nsfab_link *nsfab_link_find_name(struct nsfab_tenant *tenant,
					const char *name)
{
	struct nsfab_name *n;

	n = nsfab_names_find(&tenant->fab->names, NSFAB_NAME_LINK, tenant->id,
			     name);
	return n ? container_of(n, struct nsfab_link, name) : NULL;
}

/**
 * nsfab_link_prepare() - get what a configuration will need
 * @link: the link
 * @conf: the configuration that is to be swapped in
 *
 * Context: process, the fabric's lock is held or @link is not linked.
 * Return: 0 or -ENOMEM
 */
int nsfab_link_prepare(struct nsfab_link *link,
		       const struct nsfab_link_conf *conf)
{
	struct nsfab_link_memory *memory;

	if ((!conf->jitter && !nsfab_link_conf_has_chain(conf)) ||
	    READ_ONCE(link->memory))
		return 0;
	memory = kzalloc(sizeof(*memory), GFP_KERNEL_ACCOUNT);
	if (!memory)
		return -ENOMEM;
	spin_lock_bh(&link->lock);
	link->memory = memory;
	spin_unlock_bh(&link->lock);
	return 0;
}

/**
 * nsfab_link_swap_conf() - give a link another configuration
 * @link: the link, for which @conf was prepared
 * @conf: the configuration, whose reference is taken over
 *
 * The next packet meets it; those that are held keep their time.
 *
 * Context: any but hard interrupts.
 */
void nsfab_link_swap_conf(struct nsfab_link *link,
			  struct nsfab_link_conf *conf)
{
	struct nsfab_link_conf *old;

	spin_lock_bh(&link->lock);
	old = rcu_replace_pointer(link->conf, conf,
				  lockdep_is_held(&link->lock));
	link->overhead = conf->overhead;
	if (!link->dead && (!old || old->path != conf->path)) {
		nsfab_link_count_path(conf, 1);
		nsfab_link_count_path(old, -1);
	}
	if (conf->trace && (!old || old->trace != conf->trace)) {
		link->trace_base = ktime_get_ns();
		link->trace_at = 0;
		link->trace_left = 0;
	}
	/* What is remembered of its chain is not this one's. */
	if (old && nsfab_link_conf_has_chain(conf) && link->memory &&
	    (old->loss_model != conf->loss_model ||
	     memcmp(old->loss, conf->loss, sizeof(old->loss)) ||
	     memcmp(&old->key, &conf->key, sizeof(old->key))))
		memset(link->memory->state, 0, sizeof(link->memory->state));
	spin_unlock_bh(&link->lock);
	nsfab_link_conf_put(old);
}

/**
 * nsfab_link_set_conf() - prepare and swap
 * @link: the link
 * @conf: the configuration, whose reference is taken over unless an error is
 *	returned
 *
 * Context: the fabric's lock is held, or @link is not linked.
 * Return: 0 or -ENOMEM
 */
int nsfab_link_set_conf(struct nsfab_link *link, struct nsfab_link_conf *conf)
{
	int err = nsfab_link_prepare(link, conf);

	if (!err)
		nsfab_link_swap_conf(link, conf);
	return err;
}

/**
 * nsfab_link_count_out() - count packets that leave a link
 * @ctr: the link's counters
 * @packets: packets on the wire
 * @bytes: of these, as the rate counts them
 * @late: nanoseconds by which that is later than it should be
 *
 * Context: the link's lock is held.
 */
void nsfab_link_count_out(struct nsfab_link_counters *ctr, u32 packets,
			  u32 bytes, u64 late)
{
	u64 squares;

	ctr->out_packets += packets;
	ctr->out_bytes += bytes;
	ctr->late[nsfab_link_bucket(late)] += packets;
	ctr->late_sum += late * packets;
	if (check_mul_overflow(late, late * packets, &squares) ||
	    check_add_overflow(ctr->late_squares, squares, &ctr->late_squares))
		ctr->late_squares = U64_MAX;
	ctr->late_max = max(ctr->late_max, late);
}

/**
 * nsfab_link_hold() - note that it holds one more skb
 * @link: the link
 * @packets: packets on the wire
 * @bytes: of these
 *
 * Context: the link's lock is held.
 */
void nsfab_link_hold(struct nsfab_link *link, u32 packets, u32 bytes)
{
	lockdep_assert_held(&link->lock);
	link->held_skbs++;
	link->held += packets;
	link->held_bytes += bytes;
}

/**
 * nsfab_link_let_go() - note that it holds one skb less
 * @link: the link
 * @packets: packets on the wire
 * @bytes: of these
 *
 * Context: the link's lock is held.
 * Return: true if nothing keeps it any more: nsfab_link_free_later() is to
 *	follow
 */
bool nsfab_link_let_go(struct nsfab_link *link, u32 packets, u32 bytes)
{
	lockdep_assert_held(&link->lock);
	link->held -= packets;
	link->held_bytes -= bytes;
	return !--link->held_skbs && link->unreferenced;
}

/**
 * nsfab_link_read() - read what a link counted
 * @link: the link
 * @reset: and begin anew
 * @ctr: counters
 * @held: packets that it holds now
 * @held_bytes: of these
 *
 * Context: process or softirq.
 */
void nsfab_link_read(struct nsfab_link *link, bool reset,
		     struct nsfab_link_counters *ctr, u64 *held,
		     u64 *held_bytes)
{
	int i;

	spin_lock_bh(&link->lock);
	*ctr = link->ctr;
	*held = link->held;
	*held_bytes = link->held_bytes;
	if (reset)
		memset(&link->ctr, 0, sizeof(link->ctr));
	spin_unlock_bh(&link->lock);
	/* Nearly all packets: not counted but by the other histogram */
	for (i = 0; i < NSFAB_LINK_HISTOGRAM; i++)
		ctr->queueing[0] += ctr->propagation[i] -
				    (i ? ctr->queueing[i] : 0);
}

/**
 * nsfab_link_of_pair() - the links from one port to another one
 * @tenant: their tenant
 * @from: id of the one
 * @to: id of the other
 *
 * Context: in an RCU read section.
 * Return: the one of the lowest scope, or NULL
 */
struct nsfab_link *nsfab_link_of_pair(struct nsfab_tenant *tenant, u32 from,
				      u32 to)
{
	struct nsfab_link_pair *pair = find_pair(tenant, from, to);

	return pair ? rcu_dereference(pair->first) : NULL;
}

static bool fits(const struct nsfab_link_filter *f,
		 const struct nsfab_flow_key *key)
{
	return (!f->has_proto || f->proto == key->proto) &&
	       (!f->has_sport || f->sport == key->sport) &&
	       (!f->has_dport || f->dport == key->dport) &&
	       ipv6_prefix_equal(&f->src, &key->src, f->src_plen) &&
	       ipv6_prefix_equal(&f->dst, &key->dst, f->dst_plen);
}

/**
 * nsfab_link_choose() - the first link whose filter fits a packet
 * @first: the link of the lowest scope, or NULL
 * @key: the packet's 5-tuple
 *
 * Context: in an RCU read section.
 * Return: the link or NULL
 */
struct nsfab_link *nsfab_link_choose(struct nsfab_link *first,
				     const struct nsfab_flow_key *key)
{
	const struct nsfab_link_conf *conf;
	struct nsfab_link *link;

	for (link = first; link; link = rcu_dereference(link->next)) {
		conf = rcu_dereference(link->conf);
		if (!conf->filtered || fits(&conf->filter, key))
			return link;
	}
	return NULL;
}
