/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses: IPv4 and IPv6 in one shape, so that tables have one key. An IPv4
 * address is kept v4-mapped (::ffff:a.b.c.d); parse.c refuses packets that
 * carry such an address over IPv6, so the two never mix.
 */
#ifndef _NSFAB_ADDR_H
#define _NSFAB_ADDR_H

#include <linux/etherdevice.h>
#include <net/ipv6.h>

static inline bool nsfab_addr_is_v4(const struct in6_addr *a)
{
	return ipv6_addr_v4mapped(a);
}

static inline void nsfab_addr_set_v4(struct in6_addr *a, __be32 v4)
{
	ipv6_addr_set_v4mapped(v4, a);
}

static inline __be32 nsfab_addr_v4(const struct in6_addr *a)
{
	return a->s6_addr32[3];
}

/* Bytes of the address on the wire and in netlink. */
static inline u8 nsfab_addr_len(const struct in6_addr *a)
{
	return nsfab_addr_is_v4(a) ? sizeof(__be32) : sizeof(*a);
}

static inline const void *nsfab_addr_data(const struct in6_addr *a)
{
	return nsfab_addr_is_v4(a) ? (const void *)&a->s6_addr32[3] :
				     (const void *)a;
}

/* Prefix lengths of IPv4 are kept as of the mapped address. */
static inline u8 nsfab_addr_plen_mapped(const struct in6_addr *a, u8 plen)
{
	return nsfab_addr_is_v4(a) ? plen + 96 : plen;
}

static inline bool nsfab_addr_in(const struct in6_addr *a,
				 const struct in6_addr *prefix, u8 mapped_plen)
{
	return ipv6_prefix_equal(a, prefix, mapped_plen);
}

/* May an endpoint own this address? */
static inline bool nsfab_addr_is_host(const struct in6_addr *a)
{
	if (nsfab_addr_is_v4(a)) {
		__be32 v4 = nsfab_addr_v4(a);

		return !ipv4_is_zeronet(v4) && !ipv4_is_loopback(v4) &&
		       !ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4);
	}
	return !ipv6_addr_any(a) && !ipv6_addr_loopback(a) &&
	       !ipv6_addr_is_multicast(a);
}

/* The link-local address that a stack makes of its MAC: RFC 4291, appendix A */
static inline void nsfab_addr_lla(struct in6_addr *a, const u8 *mac)
{
	*a = (struct in6_addr){ .s6_addr = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 0,
		mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	} };
}

/* Undo nsfab_addr_lla(); false if @a was not made that way. */
static inline bool nsfab_addr_lla_mac(const struct in6_addr *a, u8 *mac)
{
	if (a->s6_addr32[0] != htonl(0xfe800000) || a->s6_addr32[1] ||
	    a->s6_addr[11] != 0xff || a->s6_addr[12] != 0xfe)
		return false;
	memcpy(mac, &a->s6_addr[8], 3);
	memcpy(mac + 3, &a->s6_addr[13], 3);
	mac[0] ^= 2;
	return true;
}

#endif /* _NSFAB_ADDR_H */
