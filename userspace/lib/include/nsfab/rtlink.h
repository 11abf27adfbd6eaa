/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: net devices, addresses and the kernel's routes over rtnetlink.
 *
 * Changes are queued in a batch and sent together: one system call sends many
 * messages, another few collect what the kernel said to each.
 */
#ifndef NSFAB_RTLINK_H
#define NSFAB_RTLINK_H

#include <nsfab/fabric.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsfab_batch;

/** nsfab_batch_new() - an empty batch for the handle's namespace, NULL: no memory */
struct nsfab_batch *nsfab_batch_new(struct nsfab *h);

/** nsfab_batch_free() - free a batch, may be NULL; what is not committed is dropped */
void nsfab_batch_free(struct nsfab_batch *b);

/** nsfab_batch_count() - number of queued messages, the next one's index */
size_t nsfab_batch_count(const struct nsfab_batch *b);

/**
 * nsfab_batch_commit() - send all queued messages and collect the answers
 * @b: batch, empty afterwards but for the results
 * @err: filled on failure; @err->index is the first failed message
 *
 * The kernel carries each message out in order, those behind a failed one too.
 *
 * Return: 0 if all went well, or the first failed message's negative errno.
 */
int nsfab_batch_commit(struct nsfab_batch *b, struct nsfab_err *err);

/** nsfab_batch_result() - 0 or the negative errno of a message of the last commit */
int nsfab_batch_result(const struct nsfab_batch *b, size_t index);

#define NSFAB_RTLINK_HAS_UP	(1u << 0)
#define NSFAB_RTLINK_HAS_MTU	(1u << 1)
#define NSFAB_RTLINK_HAS_MAC	(1u << 2)
#define NSFAB_RTLINK_HAS_NETNS_FD	(1u << 3)
#define NSFAB_RTLINK_HAS_MASTER	(1u << 4)

/**
 * struct nsfab_rtlink - a net device
 * @present: NSFAB_RTLINK_HAS_*
 * @ifindex: its index; of a new one, 0 lets the kernel choose. To queue
 *	addresses for a device made in the same batch, choose it.
 * @name: its name, "" if not given (with @ifindex: the new name)
 * @kind: read only
 * @up: IFF_UP
 * @running: read only, IFF_RUNNING
 * @mtu: MTU
 * @mac: MAC address
 * @netns_fd: an open namespace to make it in or to move it to
 * @master: ifindex of a master device
 * @link: read only, IFLA_LINK
 * @port_id: of kind nsfab_port
 */
struct nsfab_rtlink {
	uint32_t present;
	unsigned int ifindex;
	char name[IF_NAMESIZE];
	char kind[32];
	bool up;
	bool running;
	uint32_t mtu;
	uint8_t mac[NSFAB_MAC_LEN];
	int netns_fd;
	unsigned int master;
	unsigned int link;
	uint32_t port_id;
};

typedef int (*nsfab_rtlink_cb)(const struct nsfab_rtlink *link, void *arg);

/*
 * All nsfab_rtlink_add_*, _set, _del queue one message. They return 0, -ENOMEM
 * or -EINVAL; the kernel's refusal comes with nsfab_batch_commit().
 */

/** nsfab_rtlink_add_fabric() - queue the making of a fabric */
int nsfab_rtlink_add_fabric(struct nsfab_batch *b,
			    const struct nsfab_fabric *fabric);

/**
 * nsfab_rtlink_add_port() - queue the making of a port's device
 * @b: batch of the fabric's namespace
 * @fabric: the fabric's ifindex
 * @port_id: the port that it binds to
 * @link: name, and if given: ifindex, up, netns_fd. The MAC address and the
 *	MTU come from the port object.
 */
int nsfab_rtlink_add_port(struct nsfab_batch *b, unsigned int fabric,
			  uint32_t port_id, const struct nsfab_rtlink *link);

/** nsfab_rtlink_set() - queue a change, of @link->ifindex, or of @link->name if that is 0 */
int nsfab_rtlink_set(struct nsfab_batch *b, const struct nsfab_rtlink *link);

/** nsfab_rtlink_up() - queue setting a device up, by ifindex */
int nsfab_rtlink_up(struct nsfab_batch *b, unsigned int ifindex);

/** nsfab_rtlink_del() - queue a deletion, by ifindex, or by name if that is 0 */
int nsfab_rtlink_del(struct nsfab_batch *b, unsigned int ifindex,
		     const char *name);

/**
 * nsfab_rtlink_add_addr() - queue an address
 * @b: batch of the device's namespace
 * @ifindex: device
 * @prefix: address, host bits included, and its prefix length
 *
 * An IPv6 address skips duplicate address detection: the fabric's tables know
 * who has which address.
 */
int nsfab_rtlink_add_addr(struct nsfab_batch *b, unsigned int ifindex,
			  const struct nsfab_prefix *prefix);

/** nsfab_rtlink_del_addr() - queue the removal of an address */
int nsfab_rtlink_del_addr(struct nsfab_batch *b, unsigned int ifindex,
			  const struct nsfab_prefix *prefix);

/**
 * nsfab_rtlink_add_route() - queue a route of the kernel's main table
 * @b: batch of the namespace
 * @dst: destination prefix, length 0 for the default route
 * @via: next hop, of length 0 or NULL for a route to the device
 * @ifindex: device, 0 to let the kernel find it by @via
 *
 * An existing route to @dst is replaced.
 */
int nsfab_rtlink_add_route(struct nsfab_batch *b, const struct nsfab_prefix *dst,
			   const struct nsfab_addr *via, unsigned int ifindex);

/** nsfab_rtlink_del_route() - queue the removal of a route */
int nsfab_rtlink_del_route(struct nsfab_batch *b, const struct nsfab_prefix *dst,
			   const struct nsfab_addr *via, unsigned int ifindex);

/**
 * nsfab_rtlink_add_veth() - queue the making of a veth pair
 * @b: batch
 * @a: name, and if given: ifindex, mac, mtu, up, netns_fd
 * @peer: likewise
 */
int nsfab_rtlink_add_veth(struct nsfab_batch *b, const struct nsfab_rtlink *a,
			  const struct nsfab_rtlink *peer);

/** nsfab_rtlink_add_bridge() - queue the making of a bridge */
int nsfab_rtlink_add_bridge(struct nsfab_batch *b, const struct nsfab_rtlink *link);

/**
 * nsfab_rtlink_dump() - read the devices of the handle's namespace
 * @h: handle
 * @kind: only this kind, NULL for all
 * @cb: called for each; a value other than 0 ends the dump and is returned
 * @arg: passed on
 * @err: filled on failure of the dump itself
 */
int nsfab_rtlink_dump(struct nsfab *h, const char *kind, nsfab_rtlink_cb cb,
		      void *arg, struct nsfab_err *err);

/** nsfab_rtlink_find() - the ifindex of a name in the handle's namespace; -ENODEV */
int nsfab_rtlink_find(struct nsfab *h, const char *name, unsigned int *ifindex,
		      struct nsfab_err *err);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_RTLINK_H */
