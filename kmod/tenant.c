// SPDX-License-Identifier: GPL-2.0-only
/* Tenants: their life, their sums, how many ICMP errors they may cause. */

#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "fabric.h"
#include "flow.h"
#include "link.h"
#include "network.h"
#include "route.h"
#include "tenant.h"

/* What a tenant may have when nobody says. Generous for an emulation, bounded
 * for the host.
 */
enum {
	DEFAULT_MAX_NETWORKS = 4096,
	DEFAULT_MAX_PORTS = 1 << 20,
	DEFAULT_MAX_FDB = 1 << 16,
	DEFAULT_MAX_NEIGHS = 1 << 20,
	DEFAULT_MAX_ROUTES = 1 << 16,
	DEFAULT_MAX_FLOWS = 1 << 18,
	DEFAULT_MAX_LINKS = 1 << 16,
	DEFAULT_MAX_HELD = 1000000,
	DEFAULT_MAX_HELD_BYTES = 1 << 30,
	DEFAULT_FLOW_TIMEOUT = 120,
	DEFAULT_FDB_TIMEOUT = 300,
};

/* ICMP errors a tenant may cause in a second: as many as the kernel's own
 * net.ipv4.icmp_msgs_per_sec.
 */
#define ICMP_PER_SECOND 1000

static struct workqueue_struct *free_wq;

static void free_in_process(struct work_struct *work)
{
	struct nsfab_tenant *tenant = container_of(work, struct nsfab_tenant,
						   free_work);
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_totals totals = {};

	nsfab_flow_table_free(tenant);
	mutex_lock(&fab->lock);
	nsfab_stats_read(&totals, tenant->stats);
	local_bh_disable();
	nsfab_stats_fold(fab->stats, &totals);
	local_bh_enable();
	list_del(&tenant->stat_node);
	mutex_unlock(&fab->lock);
	nsfab_tenant_free(tenant);
	nsfab_fabric_put(fab);
}

/**
 * nsfab_tenant_bury() - let an object be buried, in process context
 * @fab: its fabric
 * @dead: the object
 *
 * Context: any.
 */
void nsfab_tenant_bury(struct nsfab_fabric *fab, struct nsfab_dead *dead)
{
	/* The object keeps the fabric until it is buried: not before the
	 * unlock. From then on the work does, for nobody may wait for it:
	 * others' work in this queue may have to come first.
	 */
	spin_lock_bh(&fab->dead_lock);
	list_add_tail(&dead->node, &fab->dead);
	if (queue_work(free_wq, &fab->dead_work))
		refcount_inc(&fab->ref);
	spin_unlock_bh(&fab->dead_lock);
}

/**
 * nsfab_tenant_bury_dead() - bury all objects that are dead
 * @work: struct nsfab_fabric.dead_work
 */
void nsfab_tenant_bury_dead(struct work_struct *work)
{
	struct nsfab_fabric *fab = container_of(work, struct nsfab_fabric,
						dead_work);
	struct nsfab_dead *dead, *next;
	LIST_HEAD(list);

	spin_lock_bh(&fab->dead_lock);
	list_splice_init(&fab->dead, &list);
	spin_unlock_bh(&fab->dead_lock);
	list_for_each_entry_safe(dead, next, &list, node) {
		mutex_lock(&fab->lock);
		dead->bury(dead);
		mutex_unlock(&fab->lock);
		cond_resched();
	}
	nsfab_fabric_put(fab);
}

/**
 * nsfab_tenant_alloc() - make a tenant with the limits' defaults
 * @fab: its fabric
 *
 * Return: the tenant, to be linked or freed, or NULL
 */
struct nsfab_tenant *nsfab_tenant_alloc(struct nsfab_fabric *fab)
{
	struct nsfab_tenant *tenant;

	tenant = kzalloc(sizeof(*tenant), GFP_KERNEL_ACCOUNT);
	if (!tenant)
		return NULL;
	tenant->fab = fab;
	tenant->stats = nsfab_stats_alloc();
	if (!tenant->stats)
		goto err_stats;
	if (nsfab_flow_table_init(tenant))
		goto err_flows;
	if (nsfab_link_pairs_init(&tenant->pairs))
		goto err_pairs;
	INIT_LIST_HEAD(&tenant->networks);
	INIT_LIST_HEAD(&tenant->stat_networks);
	INIT_LIST_HEAD(&tenant->links);
	spin_lock_init(&tenant->icmp_lock);
	tenant->icmp_tokens = ICMP_PER_SECOND;
	tenant->icmp_stamp = jiffies;
	refcount_set(&tenant->ref, 1);
	INIT_WORK(&tenant->free_work, free_in_process);
	tenant->name.kind = NSFAB_NAME_TENANT;
	tenant->accounting = NSFAB_ACCOUNTING_BASIC;
	tenant->flow_timeout = DEFAULT_FLOW_TIMEOUT;
	tenant->fdb_timeout = DEFAULT_FDB_TIMEOUT;
	nsfab_limit_init(&tenant->n_networks, DEFAULT_MAX_NETWORKS);
	nsfab_limit_init(&tenant->n_ports, DEFAULT_MAX_PORTS);
	nsfab_limit_init(&tenant->max_fdb, DEFAULT_MAX_FDB);
	nsfab_limit_init(&tenant->n_neighs, DEFAULT_MAX_NEIGHS);
	nsfab_limit_init(&tenant->n_routes, DEFAULT_MAX_ROUTES);
	nsfab_limit_init(&tenant->max_flows, DEFAULT_MAX_FLOWS);
	nsfab_limit_init(&tenant->n_links, DEFAULT_MAX_LINKS);
	nsfab_limit_init(&tenant->max_held, DEFAULT_MAX_HELD);
	tenant->max_held_bytes = DEFAULT_MAX_HELD_BYTES;
	tenant->memcg = get_mem_cgroup_from_mm(current->mm);
	return tenant;

err_pairs:
	nsfab_flow_table_free(tenant);
err_flows:
	free_percpu(tenant->stats);
err_stats:
	kfree(tenant);
	return NULL;
}

/**
 * nsfab_tenant_free() - free a tenant that is not linked
 * @tenant: the tenant
 *
 * Its flow table is freed too if it never was linked.
 */
void nsfab_tenant_free(struct nsfab_tenant *tenant)
{
	if (refcount_read(&tenant->ref))
		nsfab_flow_table_free(tenant);
	nsfab_route_free_all(tenant);
	rhashtable_destroy(&tenant->pairs);
	mem_cgroup_put(tenant->memcg);
	free_percpu(tenant->stats);
	kfree(tenant->labels);
	kfree(tenant);
}

/**
 * nsfab_tenant_link() - put a tenant into its fabric's tables
 * @tenant: the tenant; an id of 0 is replaced by the lowest free one
 *
 * Context: the fabric's lock is held.
 * Return: 0, -ENOSPC (limit), -EEXIST (id or name) or -ENOMEM
 */
int nsfab_tenant_link(struct nsfab_tenant *tenant)
{
	struct nsfab_fabric *fab = tenant->fab;
	int err;

	if (!nsfab_limit_take(&fab->max_tenants))
		return -ENOSPC;
	if (tenant->id) {
		err = xa_insert(&fab->tenants, tenant->id, tenant,
				GFP_KERNEL_ACCOUNT);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc(&fab->tenants, &tenant->id, tenant,
			       XA_LIMIT(1, NSFAB_ID_MAX), GFP_KERNEL_ACCOUNT);
	}
	if (err)
		goto err_id;
	err = nsfab_names_insert(&fab->names, &tenant->name);
	if (err)
		goto err_name;
	refcount_inc(&fab->ref);
	list_add_tail(&tenant->stat_node, &fab->stat_tenants);
	return 0;

err_name:
	xa_erase(&fab->tenants, tenant->id);
err_id:
	nsfab_limit_give(&fab->max_tenants);
	return err;
}

static void drop_link_ref(struct rcu_head *rcu)
{
	nsfab_tenant_put(container_of(rcu, struct nsfab_tenant, rcu));
}

/**
 * nsfab_tenant_unlink() - remove a tenant with all that it holds
 * @tenant: the tenant; do not touch it afterwards
 *
 * Context: the fabric's lock is held.
 */
void nsfab_tenant_unlink(struct nsfab_tenant *tenant)
{
	struct nsfab_fabric *fab = tenant->fab;
	struct nsfab_network *net, *next;

	list_for_each_entry_safe(net, next, &tenant->networks, tenant_node) {
		nsfab_network_unlink(net);
		cond_resched();
	}
	nsfab_link_unlink_all(tenant);
	nsfab_names_remove(&fab->names, &tenant->name);
	xa_erase(&fab->tenants, tenant->id);
	nsfab_limit_give(&fab->max_tenants);
	call_rcu(&tenant->rcu, drop_link_ref);
}

/**
 * nsfab_tenant_put() - drop a reference
 * @tenant: the tenant
 *
 * The last one frees it later, in process context. All references are dropped
 * after a grace period, so no reader is left by then.
 *
 * Context: any.
 */
void nsfab_tenant_put(struct nsfab_tenant *tenant)
{
	if (refcount_dec_and_test(&tenant->ref))
		queue_work(free_wq, &tenant->free_work);
}

/**
 * nsfab_tenant_find() - look a tenant up by name
 * @fab: the fabric
 * @name: the name
 *
 * Context: the fabric's lock is held.
 * Return: the tenant or NULL
 */
struct nsfab_tenant *nsfab_tenant_find(struct nsfab_fabric *fab,
				       const char *name)
{
	struct nsfab_name *n;

	n = nsfab_names_find(&fab->names, NSFAB_NAME_TENANT, 0, name);
	return n ? container_of(n, struct nsfab_tenant, name) : NULL;
}

/**
 * nsfab_tenant_read() - sum what a tenant's networks and ports counted
 * @to: what to add it to
 * @tenant: the tenant
 *
 * Context: the fabric's lock is held.
 */
void nsfab_tenant_read(struct nsfab_totals *to, struct nsfab_tenant *tenant)
{
	struct nsfab_network *net;

	lockdep_assert_held(&tenant->fab->lock);
	nsfab_stats_read(to, tenant->stats);
	list_for_each_entry(net, &tenant->stat_networks, stat_node) {
		nsfab_network_read(to, net);
		cond_resched();
	}
}

/**
 * nsfab_tenant_may_icmp() - may the fabric send one more ICMP error?
 * @tenant: the tenant that caused it
 *
 * A token bucket, so that no tenant can make the fabric send without end.
 *
 * Context: bottom halves disabled.
 * Return: true, and it is counted as sent
 */
bool nsfab_tenant_may_icmp(struct nsfab_tenant *tenant)
{
	bool may;

	spin_lock(&tenant->icmp_lock);
	if (time_after_eq(jiffies, tenant->icmp_stamp + HZ)) {
		tenant->icmp_tokens = ICMP_PER_SECOND;
		tenant->icmp_stamp = jiffies;
	}
	may = tenant->icmp_tokens;
	if (may)
		tenant->icmp_tokens--;
	spin_unlock(&tenant->icmp_lock);
	return may;
}

/**
 * nsfab_tenant_init() - make what frees tenants
 *
 * Return: 0 or -ENOMEM
 */
int nsfab_tenant_init(void)
{
	free_wq = alloc_workqueue("nsfab", WQ_UNBOUND, 0);
	return free_wq ? 0 : -ENOMEM;
}

/**
 * nsfab_tenant_exit() - wait until the last tenant is freed
 *
 * No tenant is linked any more. Work is waited for with all work that it makes.
 */
void nsfab_tenant_exit(void)
{
	int i;

	/* Ports' callbacks drop references of networks, whose drop those of
	 * tenants; a link's lets it be freed, which drops its configuration,
	 * whose own drops a path, which drops bottlenecks, which do the same:
	 * each in the same grace period's callbacks or the next.
	 */
	for (i = 0; i < 6; i++)
		rcu_barrier();
	destroy_workqueue(free_wq);
}
