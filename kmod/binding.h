/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports: where a network ends, and what stands behind (the binding). */
#ifndef _NSFAB_BINDING_H
#define _NSFAB_BINDING_H

#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <net/ipv6.h>

#include "names.h"
#include "stats.h"

struct net_device;
struct nsfab_fabric;
struct nsfab_link;
struct nsfab_neigh;
struct nsfab_network;
struct nsfab_tenant;
struct nsfab_vtep;

/**
 * struct nsfab_addrs - a port's addresses, replaced whole
 * @rcu: frees it
 * @n: how many
 * @addr: they
 */
struct nsfab_addrs {
	struct rcu_head rcu;
	u32 n;
	struct in6_addr addr[] __counted_by(n);
};

/**
 * struct nsfab_pairing - an allowed address pair
 * @prefix: addresses
 * @plen: length of @prefix, of IPv4 as of the mapped address
 * @mac: source MAC
 * @own_mac: @mac was left out: the port's counts
 */
struct nsfab_pairing {
	struct in6_addr prefix;
	u8 plen;
	u8 mac[ETH_ALEN];
	bool own_mac;
};

/**
 * struct nsfab_allowed - a port's allowed address pairs, replaced whole
 * @rcu: frees it
 * @n: how many
 * @pair: they
 */
struct nsfab_allowed {
	struct rcu_head rcu;
	u32 n;
	struct nsfab_pairing pair[] __counted_by(n);
};

/**
 * struct nsfab_port - a port
 * @net: its network, which it holds a reference of
 * @dev: the bound device, with binding netdev
 * @stats: counters
 * @link_to: links of what goes to it, the lowest scope, or NULL
 * @link_from: links of what it sends, likewise
 * @id: id
 * @serial: no other port has had it for long
 * @n_pairs: how many links from it to another port
 * @flags: enum nsfab_port_flag, as bits
 * @mac: MAC
 * @binding: enum nsfab_binding
 * @dead: unlinked; a bound device may still be there
 * @addrs: addresses, or NULL
 * @allowed: allowed address pairs, or NULL
 * @vtep: with binding remote, a reference
 * @peer: with binding patch, the port at the other end, whose @peer is this
 * @plain: packets in no flow, numbered for the draws of links
 * @drops: packets dropped that came from it, by enum nsfab_drop_reason
 * @drop_bytes: the bytes of all these
 * @net_node: in its network's list, read under RCU
 * @stat_node: in its network's list of what to sum, until it is buried
 * @links_from: links that begin at it, under the fabric's lock
 * @links_to: links that end at it, likewise
 * @n_fdb: forwarding entries that lead to it beside its own, under fdb_lock
 * @revision: of the last write
 * @name: name
 * @labels: the user's text, or NULL
 * @ref: one while linked, one for a bound device
 * @rcu: drops the reference that being linked is
 * @dead_obj: when the last reference is gone
 */
struct nsfab_port {
	/* Needed in fast-path */
	struct nsfab_network *net;
	struct net_device __rcu *dev;
	struct nsfab_port_stats __percpu *stats;
	struct nsfab_link __rcu *link_to;
	struct nsfab_link __rcu *link_from;
	u32 id;
	u32 serial;
	u32 n_pairs;
	u32 flags;
	u8 mac[ETH_ALEN];
	u8 binding;
	bool dead;

	/* Needed in fast-path of what it sends, or by its binding */
	struct nsfab_addrs __rcu *addrs;
	struct nsfab_allowed __rcu *allowed;
	struct nsfab_vtep __rcu *vtep;
	struct nsfab_port __rcu *peer;
	atomic_t plain;
	atomic64_t drops[NSFAB_DROP_MAX];
	atomic64_t drop_bytes;

	/* Needed in slow-path */
	struct list_head net_node;
	struct list_head stat_node;
	struct list_head links_from;
	struct list_head links_to;
	u32 n_fdb;
	u64 revision;
	struct nsfab_name name;
	char *labels;
	refcount_t ref;
	struct rcu_head rcu;
	struct nsfab_dead dead_obj;
};

/**
 * struct nsfab_binding_change - another MAC, or other addresses, of a port
 * @port: the port
 * @had: its addresses, or NULL
 * @addrs: its new ones, which may be the same, or NULL
 * @moved: entries of those that stay, for another MAC; NULL for the others
 * @mac: its new MAC
 * @is_moved: which is another one
 */
struct nsfab_binding_change {
	struct nsfab_port *port;
	struct nsfab_addrs *had;
	struct nsfab_addrs *addrs;
	struct nsfab_neigh **moved;
	u8 mac[ETH_ALEN];
	bool is_moved;
};

/**
 * typedef nsfab_binding_changed_fn - is told of a port that a device was bound
 *	to, or went away from
 * @port: the port
 *
 * Called with RTNL and the fabric's lock held.
 */
typedef void (*nsfab_binding_changed_fn)(struct nsfab_port *port);

static inline bool nsfab_binding_addrs_have(const struct nsfab_addrs *addrs,
					    const struct in6_addr *addr)
{
	u32 i;

	for (i = 0; addrs && i < addrs->n; i++)
		if (ipv6_addr_equal(&addrs->addr[i], addr))
			return true;
	return false;
}

void nsfab_binding_on_change(nsfab_binding_changed_fn fn);
struct nsfab_port *nsfab_binding_alloc(struct nsfab_network *net);
int nsfab_binding_link(struct nsfab_port *port);
void nsfab_binding_unlink(struct nsfab_port *port);
void nsfab_binding_free(struct nsfab_port *port);
void nsfab_binding_put(struct nsfab_port *port);
struct nsfab_port *nsfab_binding_find(struct nsfab_tenant *tenant,
				      const char *name);
bool nsfab_binding_has_addr(const struct nsfab_port *port,
			    const struct in6_addr *addr);
int nsfab_binding_prepare(struct nsfab_binding_change *change,
			  struct nsfab_port *port, const u8 *mac,
			  struct nsfab_addrs *addrs);
void nsfab_binding_commit(struct nsfab_binding_change *change);
void nsfab_binding_cancel(struct nsfab_binding_change *change);
int nsfab_binding_set_remote(struct nsfab_port *port,
			     const struct in6_addr *vtep);
int nsfab_binding_set_peer(struct nsfab_port *port, struct nsfab_port *peer);
void nsfab_binding_set_plain(struct nsfab_port *port, u8 binding);
int nsfab_binding_set_dev(struct nsfab_port *port, struct net_device *dev);
void nsfab_binding_clear_dev(struct nsfab_port *port, struct net_device *dev);
void nsfab_binding_read(struct nsfab_totals *to, struct nsfab_port *port);

#endif /* _NSFAB_BINDING_H */
