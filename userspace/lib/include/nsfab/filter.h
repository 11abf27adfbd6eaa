/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: what a dump or a flush is limited to. */
#ifndef NSFAB_FILTER_H
#define NSFAB_FILTER_H

#include <nsfab/addr.h>

#ifdef __cplusplus
extern "C" {
#endif

/* struct nsfab_filter.present */
#define NSFAB_FILTER_HAS_TENANT		(1u << 0)
#define NSFAB_FILTER_HAS_NETWORK	(1u << 1)
#define NSFAB_FILTER_HAS_PROTO		(1u << 2)
#define NSFAB_FILTER_HAS_PREFIX		(1u << 3)
#define NSFAB_FILTER_HAS_L4_PORT	(1u << 4)
#define NSFAB_FILTER_HAS_MIN_BYTES	(1u << 5)

/**
 * struct nsfab_filter - all given ones must hold
 * @present: NSFAB_FILTER_HAS_*, which of the members are given
 * @tenant: id of a tenant
 * @network: id of a network
 * @ports: ids of ports at either end, any of them; given if @n_ports
 * @n_ports: their number
 * @proto: IP protocol
 * @prefix: holds the address of either end
 * @l4_port: TCP or UDP port of either end, host order
 * @min_bytes: at least so many bytes in both directions together
 */
struct nsfab_filter {
	uint32_t present;
	uint32_t tenant;
	uint32_t network;
	const uint32_t *ports;
	size_t n_ports;
	uint8_t proto;
	struct nsfab_prefix prefix;
	uint16_t l4_port;
	uint64_t min_bytes;
};

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_FILTER_H */
