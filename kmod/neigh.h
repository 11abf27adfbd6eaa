/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours: which MAC an address has in a network. */
#ifndef _NSFAB_NEIGH_H
#define _NSFAB_NEIGH_H

#include <linux/etherdevice.h>
#include <linux/rbtree.h>
#include <linux/rhashtable.h>

struct nsfab_fabric;
struct nsfab_network;
struct nsfab_port;

/**
 * struct nsfab_neigh_key - key of a neighbour
 * @addr: address
 * @network: id of the network
 */
struct nsfab_neigh_key {
	struct in6_addr addr;
	u32 network;
};

/**
 * struct nsfab_neigh - a neighbour; what it says never changes, a change
 *	replaces it
 * @node: in struct nsfab_fabric.neighs
 * @key: key
 * @mac: MAC
 * @kind: enum nsfab_neigh_kind
 * @port: of a derived one, the port
 * @net: its network
 * @order: in struct nsfab_network.neigh_order
 * @revision: of the last write
 * @rcu: frees it
 */
struct nsfab_neigh {
	struct rhash_head node;
	struct nsfab_neigh_key key;
	u8 mac[ETH_ALEN];
	u8 kind;
	struct nsfab_port *port;
	struct nsfab_network *net;
	struct rb_node order;
	u64 revision;
	struct rcu_head rcu;
};

int nsfab_neigh_table_init(struct rhashtable *neighs);
struct nsfab_neigh *nsfab_neigh_find(struct nsfab_fabric *fab, u32 network,
				     const struct in6_addr *addr);
bool nsfab_neigh_resolve(struct nsfab_network *net,
			 const struct in6_addr *addr, u8 *mac);
struct nsfab_neigh *nsfab_neigh_next(struct nsfab_network *net,
				     const struct in6_addr *addr);
struct nsfab_neigh *nsfab_neigh_alloc(struct nsfab_network *net,
				      const struct in6_addr *addr,
				      const u8 *mac, struct nsfab_port *port);
void nsfab_neigh_free(struct nsfab_neigh *entry);
int nsfab_neigh_insert(struct nsfab_neigh *entry,
		       struct nsfab_neigh **replaced);
void nsfab_neigh_remove(struct nsfab_neigh *entry);
int nsfab_neigh_add_derived(struct nsfab_port *port,
			    const struct in6_addr *addr, const u8 *mac);
void nsfab_neigh_del_derived(struct nsfab_port *port,
			     const struct in6_addr *addr);
void nsfab_neigh_flush(struct nsfab_network *net);

#endif /* _NSFAB_NEIGH_H */
