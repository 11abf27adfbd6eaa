/* SPDX-License-Identifier: GPL-2.0-only */
/* The fabric: a device of kind "nsfab" and the tables behind it. */
#ifndef _NSFAB_FABRIC_H
#define _NSFAB_FABRIC_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "limit.h"
#include "stats.h"

struct nsfab_timeline;

/**
 * struct nsfab_fabric - one emulated host's tables
 * @dev: the device; objects reach it only while linked, under RCU or @lock
 * @vnis: networks by VNI, read under RCU
 * @fdb: forwarding entries of all networks, by network and MAC
 * @neighs: neighbours of all networks, by network and address
 * @sock: the tunnel's socket while the device is up
 * @local: the VTEP's own address
 * @udp_port: of the tunnel
 * @encap: enum nsfab_encap
 * @stats: frames that no network counts, and those of dead tenants
 * @lock: all writes by netlink: objects, lists of objects, bindings
 * @tenants: tenants by id
 * @networks: networks by id
 * @ports: ports by id
 * @links: links by id
 * @timeline: changes of links to come, or NULL
 * @names: names of tenants, networks, ports and bottlenecks
 * @vteps: VTEPs by address
 * @fdb_lock: the order trees of @fdb, and learning against netlink
 * @dead_lock: @dead
 * @dead: objects to be buried
 * @dead_work: buries them
 * @stat_tenants: tenants, also those dying, under @lock
 * @max_tenants: limit of @tenants
 * @age_work: removes learned entries and flows that are too old
 * @port_devs: devices of kind nsfab_port on this fabric, under RTNL
 * @is_users: its namespace is not the initial user namespace's
 * @strays: 1 after ports went away that packets may be on their way to
 * @dying: set once under @lock; no object is made any more
 * @ref: one for the device, one for each tenant, one for @dead_work while it is
 *	queued or runs, and one for each request and each device of a port that
 *	is at work with it
 */
struct nsfab_fabric {
	/* Needed in fast-path */
	struct net_device *dev;
	struct xarray vnis;
	struct rhashtable fdb;
	struct rhashtable neighs;
	struct socket __rcu *sock;
	struct in6_addr local;
	__be16 udp_port;
	u8 encap;
	bool is_users;
	struct nsfab_stats __percpu *stats;

	/* Needed in slow-path */
	struct mutex lock; /* see DOC: Locking in fabric.c */
	struct xarray tenants;
	struct xarray networks;
	struct xarray ports;
	struct xarray links;
	struct nsfab_timeline *timeline;
	struct rhashtable names;
	struct rhashtable vteps;
	spinlock_t fdb_lock; /* see DOC: Locking in fabric.c */
	spinlock_t dead_lock; /* see DOC: Locking in fabric.c */
	struct list_head dead;
	struct work_struct dead_work;
	struct list_head stat_tenants;
	struct nsfab_limit max_tenants;
	struct delayed_work age_work;
	struct list_head port_devs;
	atomic_t strays;
	bool dying;
	refcount_t ref;
};

/* Dereference an RCU pointer that the fabric's lock protects. */
#define nsfab_dereference(fab, p) \
	rcu_dereference_protected(p, lockdep_is_held(&(fab)->lock))

struct nsfab_fabric *nsfab_fabric_of(const struct net_device *dev);
bool nsfab_fabric_is(const struct net_device *dev);
struct nsfab_fabric *nsfab_fabric_get(struct net *net, u32 ifindex);
void nsfab_fabric_put(struct nsfab_fabric *fab);
u32 nsfab_fabric_overhead(const struct nsfab_fabric *fab);
u32 nsfab_fabric_mtu(const struct nsfab_fabric *fab);
int nsfab_fabric_init(void);
void nsfab_fabric_exit(void);

#endif /* _NSFAB_FABRIC_H */
