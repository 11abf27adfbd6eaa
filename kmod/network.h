/* SPDX-License-Identifier: GPL-2.0-only */
/* Networks: an L2 domain of a tenant, with subnets that its router joins. */
#ifndef _NSFAB_NETWORK_H
#define _NSFAB_NETWORK_H

#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "names.h"
#include "stats.h"

struct nsfab_tenant;

/**
 * struct nsfab_subnet - a subnet
 * @prefix: the prefix, host bits zero
 * @gateway: the router's address in it, any (::) for none
 * @plen: length of @prefix, of IPv4 as of the mapped address
 */
struct nsfab_subnet {
	struct in6_addr prefix;
	struct in6_addr gateway;
	u8 plen;
};

/**
 * struct nsfab_subnets - the subnets of a network, replaced whole
 * @rcu: frees it
 * @n: how many
 * @subnet: they
 */
struct nsfab_subnets {
	struct rcu_head rcu;
	u32 n;
	struct nsfab_subnet subnet[] __counted_by(n);
};

/* Waves, from the last one on, of which a network knows whether they came */
#define NSFAB_NETWORK_WAVES 4096

/**
 * struct nsfab_waves - which waves of copies have come to a network, where
 *	links may hold some of the copies back
 * @lock: the others
 * @last: the highest number
 * @came: a bit for each of the last numbers
 */
struct nsfab_waves {
	spinlock_t lock; /* protects last, came */
	u32 last;
	DECLARE_BITMAP(came, NSFAB_NETWORK_WAVES);
};

/**
 * struct nsfab_network - a network
 * @tenant: its tenant, which it holds a reference of
 * @id: id
 * @vni: VNI
 * @mtu: largest layer 3 packet
 * @flags: enum nsfab_network_flag, as bits
 * @router_mac: the distributed router's, the same on each host
 * @subnets: subnets, or NULL
 * @ports: ports, read under RCU
 * @floods: VTEPs that get what is flooded, read under RCU
 * @stats: what it counted, and its dead ports
 * @mark: the last wave of copies that came here, by CPU
 * @waves: waves that came here, of tenants that have links
 * @revision: of the last write
 * @name: name
 * @labels: the user's text, or NULL
 * @tenant_node: in its tenant's list, under the fabric's lock
 * @stat_node: in its tenant's list of what to sum, until it is buried
 * @stat_ports: ports, also those dying, under the fabric's lock
 * @fdb_order: forwarding entries by MAC, under fdb_lock
 * @neigh_order: neighbours by address, under the fabric's lock
 * @flood_order: of @floods, by address, under the fabric's lock
 * @n_learned: how many of the forwarding entries are learned, under fdb_lock
 * @n_ports: how many ports
 * @n_devs: how many of them are bound to a device
 * @dead: unlinked; learning makes no entry any more, under fdb_lock
 * @ref: one while linked, one for each port
 * @rcu: drops the reference that being linked is
 * @dead_obj: when the last reference is gone
 */
struct nsfab_network {
	/* Needed in fast-path */
	struct nsfab_tenant *tenant;
	u32 id;
	u32 vni;
	u32 mtu;
	u32 flags;
	u8 router_mac[ETH_ALEN];
	struct nsfab_subnets __rcu *subnets;
	struct list_head ports;
	struct list_head floods;
	struct nsfab_stats __percpu *stats;
	u64 __percpu *mark;
	struct nsfab_waves waves;

	/* Needed in slow-path */
	u64 revision;
	struct nsfab_name name;
	char *labels;
	struct list_head tenant_node;
	struct list_head stat_node;
	struct list_head stat_ports;
	struct rb_root fdb_order;
	struct rb_root neigh_order;
	struct rb_root flood_order;
	u32 n_learned;
	u32 n_ports;
	u32 n_devs;
	bool dead;
	refcount_t ref;
	struct rcu_head rcu;
	struct nsfab_dead dead_obj;
};

struct nsfab_network *nsfab_network_alloc(struct nsfab_tenant *tenant);
int nsfab_network_link(struct nsfab_network *net);
void nsfab_network_unlink(struct nsfab_network *net);
void nsfab_network_free(struct nsfab_network *net);
void nsfab_network_put(struct nsfab_network *net);
struct nsfab_network *nsfab_network_find(struct nsfab_tenant *tenant,
					 const char *name);
int nsfab_network_set_subnets(struct nsfab_network *net,
			      struct nsfab_subnets *subnets);
bool nsfab_network_take_wave(struct nsfab_network *net, u32 wave, u32 n);
void nsfab_network_router_mac(u8 *mac, u32 vni);
int nsfab_network_take_vni(struct nsfab_network *net, u32 vni);
void nsfab_network_give_vni(struct nsfab_network *net, u32 vni);
void nsfab_network_set_vni(struct nsfab_network *net, u32 vni);
void nsfab_network_read(struct nsfab_totals *to, struct nsfab_network *net);
const struct nsfab_subnet *
nsfab_network_subnet(const struct nsfab_network *net,
		     const struct in6_addr *addr);
bool nsfab_network_gateway(const struct nsfab_network *net,
			   const struct in6_addr *near, bool v4,
			   struct in6_addr *gateway);

#endif /* _NSFAB_NETWORK_H */
