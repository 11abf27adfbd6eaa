/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: IP addresses, prefixes and MAC addresses. */
#ifndef NSFAB_ADDR_H
#define NSFAB_ADDR_H

#include <nsfab/nsfab.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_ADDR_STRLEN	46	/* longest text of an address, with NUL */
#define NSFAB_PREFIX_STRLEN	50	/* longest text of a prefix, with NUL */
#define NSFAB_MAC_LEN		6
#define NSFAB_MAC_STRLEN	18	/* text of a MAC address, with NUL */

/**
 * struct nsfab_addr - an IP address
 * @len: 4 or 16, 0 for none
 * @byte: the address in network order; bytes from @len on are zero
 */
struct nsfab_addr {
	uint8_t len;
	uint8_t byte[16];
};

/**
 * struct nsfab_prefix - a prefix
 * @addr: address; whether host bits are zero is up to its user
 * @len: length in bits
 */
struct nsfab_prefix {
	struct nsfab_addr addr;
	uint8_t len;
};

/**
 * nsfab_addr_parse() - read an address
 * @a: result
 * @text: "192.0.2.1" or "2001:db8::1"
 *
 * Return: 0 or -EINVAL.
 */
int nsfab_addr_parse(struct nsfab_addr *a, const char *text);

/**
 * nsfab_addr_format() - write an address
 * @a: address, of length 0 too (gives "")
 * @buf: at least NSFAB_ADDR_STRLEN bytes
 *
 * Return: @buf.
 */
const char *nsfab_addr_format(const struct nsfab_addr *a, char *buf);

/** nsfab_addr_cmp() - order addresses: none, IPv4, IPv6, by value */
int nsfab_addr_cmp(const struct nsfab_addr *a, const struct nsfab_addr *b);

/**
 * nsfab_addr_is_host() - may an interface have the address
 * @a: address, of length 0 too (is none)
 *
 * Return: false for what is unspecified, loopback, multicast or the broadcast
 * to all, and for what IPv6 sets aside for IPv4 (::ffff:0:0/96).
 */
bool nsfab_addr_is_host(const struct nsfab_addr *a);

/**
 * nsfab_prefix_parse() - read a prefix
 * @p: result
 * @text: "10.0.0.0/8"; an address alone is a prefix of full length;
 *	"default" is 0.0.0.0/0 and "default6" ::/0. Host bits are kept.
 *
 * Return: 0 or -EINVAL.
 */
int nsfab_prefix_parse(struct nsfab_prefix *p, const char *text);

/** nsfab_prefix_format() - write a prefix into NSFAB_PREFIX_STRLEN bytes */
const char *nsfab_prefix_format(const struct nsfab_prefix *p, char *buf);

/** nsfab_prefix_mask() - set a prefix's host bits to zero */
void nsfab_prefix_mask(struct nsfab_prefix *p);

/** nsfab_prefix_has() - is the address inside the prefix */
bool nsfab_prefix_has(const struct nsfab_prefix *p, const struct nsfab_addr *a);

/**
 * nsfab_prefix_is_subnet() - may a network have the prefix
 * @p: prefix without host bits
 *
 * Return: whether hosts have addresses in it that the router can tell apart:
 * false for loopback, multicast, 0.0.0.0/8, what is link-local of IPv6 or set
 * aside for IPv4.
 */
bool nsfab_prefix_is_subnet(const struct nsfab_prefix *p);

/**
 * nsfab_mac_parse() - read a MAC address
 * @mac: result
 * @text: "02:00:00:00:00:01"
 *
 * Return: 0 or -EINVAL.
 */
int nsfab_mac_parse(uint8_t mac[NSFAB_MAC_LEN], const char *text);

/** nsfab_mac_format() - write a MAC address into NSFAB_MAC_STRLEN bytes */
const char *nsfab_mac_format(const uint8_t mac[NSFAB_MAC_LEN], char *buf);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_ADDR_H */
