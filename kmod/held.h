/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that a link holds: what is kept of them, and room for them. */
#ifndef _NSFAB_HELD_H
#define _NSFAB_HELD_H

#include <linux/skbuff.h>
#include <uapi/linux/nsfab.h>

#include "wheel.h"

struct nsfab_fabric;
struct nsfab_link;
struct nsfab_link_path;
struct nsfab_port;
struct nsfab_tenant;

/* Packets whose memory is fetched together */
#define NSFAB_HELD_FETCH 8

/* Where on its way a packet is; the bottlenecks of a link come behind it. */
enum nsfab_held_stage {
	NSFAB_HELD_FROM,
	NSFAB_HELD_PAIR,
	NSFAB_HELD_TO,
};

/**
 * struct nsfab_held - skb->cb of a packet that a link holds
 * @wheel: the wheel's
 * @link: the link
 * @path: the path that it is in, a reference, or NULL
 * @flow_hash: as in struct nsfab_cb
 * @nth: likewise
 * @port: id of the port that it came from at NSFAB_HELD_FROM, else that it goes
 *	to
 * @serial: that port's serial
 * @from: id of the port that it came from, 0 for none
 * @hops: as in struct nsfab_cb
 * @stage: enum nsfab_held_stage
 * @index: how many bottlenecks of @path it has entered
 * @flags: as in struct nsfab_cb
 */
struct nsfab_held {
	struct nsfab_wheel_cb wheel;
	struct nsfab_link *link;
	struct nsfab_link_path *path;
	u32 flow_hash;
	u32 nth;
	u32 port;
	u32 serial;
	u32 from;
	u32 hops:15;
	u32 stage:2;
	u32 index:7;
	u32 flags:8;
};

/**
 * struct nsfab_held_size - what a frame is on the wire, as its segments
 * @packets: packets
 * @bytes: bytes
 * @room: bytes of memory that are taken for it
 */
struct nsfab_held_size {
	u32 packets;
	u32 bytes;
	u32 room;
};

static inline struct nsfab_held *nsfab_held(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct nsfab_held) >
		     sizeof_field(struct sk_buff, cb));
	BUILD_BUG_ON(NSFAB_LINK_PATH_MAX > 127 || NSFAB_HOPS_MAX > 32766);
	return (struct nsfab_held *)skb->cb;
}

int nsfab_held_own_pages(const struct nsfab_tenant *tenant,
			 struct sk_buff *skb);
u32 nsfab_held_take_room(struct nsfab_tenant *tenant,
			 const struct sk_buff *skb);
void nsfab_held_add(struct sk_buff *skb, const struct nsfab_held *what,
		    u32 room, u64 due, u64 now);
struct nsfab_held_size nsfab_held_size(struct sk_buff *skb);
bool nsfab_held_let_go(struct sk_buff *skb, const struct nsfab_held_size *size,
		       u64 now, bool released);
struct nsfab_port *nsfab_held_port(struct nsfab_fabric *fab,
				   const struct nsfab_held *h);
void nsfab_held_fetch(struct sk_buff *list);
int nsfab_held_start(void);
void nsfab_held_stop(void);

#endif /* _NSFAB_HELD_H */
