/* SPDX-License-Identifier: GPL-2.0-only */
/* Wire formats of the tunnel: VXLAN (RFC 7348) and Geneve (RFC 8926). */
#ifndef _NSFAB_PROTO_H
#define _NSFAB_PROTO_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/if_ether.h>
#include <linux/udp.h>

/**
 * struct nsfab_proto_vxlan - VXLAN header
 * @flags: NSFAB_PROTO_VXLAN_I, and reserved bits
 * @vni: VNI in the upper 24 bits, the others are reserved
 */
struct nsfab_proto_vxlan {
	__be32 flags;
	__be32 vni;
};

#define NSFAB_PROTO_VXLAN_I	cpu_to_be32(BIT(27))

/**
 * struct nsfab_proto_geneve - Geneve header, options may follow
 * @ver_len: version in the upper 2 bits, length of options in words of 4 bytes
 * @flags: NSFAB_PROTO_GENEVE_*, and reserved bits
 * @proto: Ethernet protocol of what is inside
 * @vni: VNI in the upper 24 bits, the others are reserved
 */
struct nsfab_proto_geneve {
	u8 ver_len;
	u8 flags;
	__be16 proto;
	__be32 vni;
};

#define NSFAB_PROTO_GENEVE_VER		GENMASK(7, 6)
#define NSFAB_PROTO_GENEVE_LEN		GENMASK(5, 0)
#define NSFAB_PROTO_GENEVE_OAM		BIT(7)
#define NSFAB_PROTO_GENEVE_CRITICAL	BIT(6)

/**
 * union nsfab_proto_tunnel - the header of a tunnel, without options
 * @vxlan: with NSFAB_ENCAP_VXLAN
 * @geneve: with NSFAB_ENCAP_GENEVE
 */
union nsfab_proto_tunnel {
	struct nsfab_proto_vxlan vxlan;
	struct nsfab_proto_geneve geneve;
};

/* Both are of one length, and so is the overhead. */
#define NSFAB_PROTO_TUNNEL_LEN	8
static_assert(sizeof(struct nsfab_proto_vxlan) == NSFAB_PROTO_TUNNEL_LEN);
static_assert(sizeof(struct nsfab_proto_geneve) == NSFAB_PROTO_TUNNEL_LEN);
static_assert(sizeof(union nsfab_proto_tunnel) == NSFAB_PROTO_TUNNEL_LEN);

/* What is between the outer IP header and the inner Ethernet header */
#define NSFAB_PROTO_UDP_LEN	(sizeof(struct udphdr) + NSFAB_PROTO_TUNNEL_LEN)

static inline u32 nsfab_proto_vni(__be32 field)
{
	return be32_to_cpu(field) >> 8;
}

static inline __be32 nsfab_proto_vni_field(u32 vni)
{
	return cpu_to_be32(vni << 8);
}

#endif /* _NSFAB_PROTO_H */
