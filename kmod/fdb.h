/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding entries: behind which port or VTEP a MAC is. */
#ifndef _NSFAB_FDB_H
#define _NSFAB_FDB_H

#include <linux/etherdevice.h>
#include <linux/rbtree.h>
#include <linux/rhashtable.h>

struct nsfab_fabric;
struct nsfab_network;
struct nsfab_port;
struct nsfab_vtep;

/**
 * struct nsfab_fdb_key - key of a forwarding entry
 * @network: id of the network
 * @mac: MAC
 */
struct nsfab_fdb_key {
	u32 network;
	u8 mac[ETH_ALEN];
};

/**
 * struct nsfab_fdb - a forwarding entry; what it says never changes, a change
 *	replaces it
 * @node: in struct nsfab_fabric.fdb
 * @key: key
 * @kind: enum nsfab_fdb_kind
 * @port: the port, or NULL
 * @vtep: or the VTEP, a reference
 * @used: of a learned one, when it was last seen, in jiffies
 * @order: in struct nsfab_network.fdb_order
 * @net: its network, valid while linked
 * @revision: of the last write
 * @rcu: frees it
 */
struct nsfab_fdb {
	struct rhash_head node;
	struct nsfab_fdb_key key;
	u8 kind;
	struct nsfab_port *port;
	struct nsfab_vtep *vtep;
	unsigned long used;
	struct rb_node order;
	struct nsfab_network *net;
	u64 revision;
	struct rcu_head rcu;
};

int nsfab_fdb_table_init(struct rhashtable *fdb);
struct nsfab_fdb *nsfab_fdb_find(struct nsfab_fabric *fab, u32 network,
				 const u8 *mac);
struct nsfab_fdb *nsfab_fdb_next(struct nsfab_network *net, const u8 *mac);
int nsfab_fdb_add_derived(struct nsfab_port *port, const u8 *mac);
void nsfab_fdb_del_derived(struct nsfab_port *port, const u8 *mac);
struct nsfab_fdb *nsfab_fdb_alloc(struct nsfab_network *net, const u8 *mac,
				  struct nsfab_port *port,
				  struct nsfab_vtep *vtep);
void nsfab_fdb_free(struct nsfab_fdb *entry);
int nsfab_fdb_insert(struct nsfab_fdb *entry, struct nsfab_fdb **replaced);
void nsfab_fdb_remove(struct nsfab_fdb *entry);
void nsfab_fdb_learn(struct nsfab_network *net, const u8 *mac,
		     struct nsfab_port *port, struct nsfab_vtep *vtep);
void nsfab_fdb_forget(struct nsfab_network *net, const u8 *mac);
void nsfab_fdb_forget_port(struct nsfab_port *port);
void nsfab_fdb_flush(struct nsfab_network *net);
void nsfab_fdb_age(struct nsfab_network *net);

#endif /* _NSFAB_FDB_H */
