/* SPDX-License-Identifier: GPL-2.0-only */
/* Tenants: limits, accounting, routes, flows. */
#ifndef _NSFAB_TENANT_H
#define _NSFAB_TENANT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "limit.h"
#include "names.h"
#include "stats.h"

struct mem_cgroup;
struct nsfab_fabric;
struct nsfab_routes;

/**
 * struct nsfab_tenant - a tenant
 * @flows: its flows
 * @routes: its routes, a set that is replaced whole
 * @fab: its fabric, which it holds a reference of
 * @memcg: charged for what packets make the module allocate, NULL for none
 * @max_flows: limit of @flows
 * @max_fdb: limit of static and learned forwarding entries
 * @has_links: has links: packets are to be looked at by them
 * @last_wave: number of the last wave of copies that may meet links
 * @pairs: links from one port to another, by struct nsfab_link_pair.ends
 * @max_held: limit of skbs that its links hold
 * @max_held_bytes: limit of @held_bytes
 * @held_bytes: memory of these skbs
 * @flow_timeout: seconds without a packet after which a flow ages out
 * @fdb_timeout: seconds without a frame after which a learned entry ages out
 * @accounting: enum nsfab_accounting
 * @icmp_tokens: ICMP errors that may be sent before the next second
 * @icmp_stamp: when the tokens were filled up, in jiffies
 * @icmp_lock: the two above
 * @id: id
 * @revision: of the last write
 * @name: name
 * @labels: the user's text, or NULL
 * @networks: networks, under the fabric's lock
 * @stat_networks: networks, also those dying, under the fabric's lock
 * @stat_node: in its fabric's list of what to sum, until it is freed
 * @stats: what dead networks counted
 * @n_ports: limit of ports
 * @n_networks: limit of networks
 * @n_neighs: limit of static neighbours
 * @n_routes: limit of routes
 * @n_links: limit of links
 * @links: links, under the fabric's lock
 * @ref: one while linked, one for each network and link, and one for whoever
 *	walks its flows
 * @rcu: drops the reference that being linked is
 * @free_work: frees it, in process context
 */
struct nsfab_tenant {
	/* Needed in fast-path */
	struct rhashtable flows;
	struct nsfab_routes __rcu *routes;
	struct nsfab_fabric *fab;
	struct mem_cgroup *memcg;
	struct nsfab_limit max_flows;
	struct nsfab_limit max_fdb;
	bool has_links;
	atomic_t last_wave;
	struct rhashtable pairs;
	struct nsfab_limit max_held;
	u64 max_held_bytes;
	atomic64_t held_bytes;
	u32 flow_timeout;
	u32 fdb_timeout;
	u8 accounting;
	u32 icmp_tokens;
	unsigned long icmp_stamp;
	spinlock_t icmp_lock; /* protects icmp_tokens, icmp_stamp */

	/* Needed in slow-path */
	u32 id;
	u64 revision;
	struct nsfab_name name;
	char *labels;
	struct list_head networks;
	struct list_head stat_networks;
	struct list_head stat_node;
	struct nsfab_stats __percpu *stats;
	struct nsfab_limit n_ports;
	struct nsfab_limit n_networks;
	struct nsfab_limit n_neighs;
	struct nsfab_limit n_routes;
	struct nsfab_limit n_links;
	struct list_head links;
	refcount_t ref;
	struct rcu_head rcu;
	struct work_struct free_work;
};

/* Must packets be looked at by links? Never in a build that exists to measure
 * what this question costs.
 */
static inline bool nsfab_tenant_has_links(const struct nsfab_tenant *tenant)
{
	return !IS_ENABLED(CONFIG_NSFAB_NO_LINKS) &&
	       READ_ONCE(tenant->has_links);
}

struct nsfab_tenant *nsfab_tenant_alloc(struct nsfab_fabric *fab);
int nsfab_tenant_link(struct nsfab_tenant *tenant);
void nsfab_tenant_unlink(struct nsfab_tenant *tenant);
void nsfab_tenant_free(struct nsfab_tenant *tenant);
void nsfab_tenant_put(struct nsfab_tenant *tenant);
struct nsfab_tenant *nsfab_tenant_find(struct nsfab_fabric *fab,
				       const char *name);
void nsfab_tenant_read(struct nsfab_totals *to, struct nsfab_tenant *tenant);
void nsfab_tenant_bury(struct nsfab_fabric *fab, struct nsfab_dead *dead);
void nsfab_tenant_bury_dead(struct work_struct *work);
bool nsfab_tenant_may_icmp(struct nsfab_tenant *tenant);
int nsfab_tenant_init(void);
void nsfab_tenant_exit(void);

#endif /* _NSFAB_TENANT_H */
