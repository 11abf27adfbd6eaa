/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: writing pcapng, draft-ietf-opsawg-pcapng.
 *
 * One section in the host's byte order, Ethernet interfaces, nanoseconds.
 * Each block is handed out whole.
 */
#ifndef NSFAB_PCAPNG_H
#define NSFAB_PCAPNG_H

#include <nsfab/nsfab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum nsfab_pcapng_dir - which way a packet went, seen from the interface */
enum nsfab_pcapng_dir {
	NSFAB_PCAPNG_UNKNOWN,
	NSFAB_PCAPNG_IN,
	NSFAB_PCAPNG_OUT,
};

/** enum nsfab_pcapng_cast - how a packet was addressed */
enum nsfab_pcapng_cast {
	NSFAB_PCAPNG_CAST_UNKNOWN,
	NSFAB_PCAPNG_UNICAST,
	NSFAB_PCAPNG_MULTICAST,
	NSFAB_PCAPNG_BROADCAST,
	NSFAB_PCAPNG_PROMISC,
};

/**
 * typedef nsfab_pcapng_out - takes a block
 * @data: the block
 * @len: its length
 * @arg: the caller's
 *
 * Return: 0 or a negative errno, which the writing function returns.
 */
typedef int (*nsfab_pcapng_out)(const void *data, size_t len, void *arg);

struct nsfab_pcapng;

/**
 * nsfab_pcapng_new() - start a file
 * @p: result
 * @application: who writes it
 * @out: takes the blocks; the section's header at once
 * @arg: passed on
 *
 * Return: 0, -ENOMEM or what @out returned.
 */
int nsfab_pcapng_new(struct nsfab_pcapng **p, const char *application,
		     nsfab_pcapng_out out, void *arg);

/** nsfab_pcapng_free() - free the writer, may be NULL; writes nothing */
void nsfab_pcapng_free(struct nsfab_pcapng *p);

/**
 * nsfab_pcapng_interface() - describe an interface
 * @p: writer
 * @name: its name
 * @comment: more about it, may be NULL
 * @mac: its address, 6 bytes, may be NULL
 * @snaplen: most bytes kept of a packet, 0 for all
 *
 * Return: the interface's number, counted from 0, or a negative errno.
 */
int nsfab_pcapng_interface(struct nsfab_pcapng *p, const char *name,
			   const char *comment, const uint8_t *mac,
			   uint32_t snaplen);

/**
 * struct nsfab_pcapng_packet - a packet
 * @interface: number of its interface
 * @time: nanoseconds since 1970
 * @data: what was kept of it
 * @len: length of @data
 * @wire_len: length that it had
 * @dir: enum nsfab_pcapng_dir
 * @cast: enum nsfab_pcapng_cast
 */
struct nsfab_pcapng_packet {
	uint32_t interface;
	uint64_t time;
	const void *data;
	uint32_t len;
	uint32_t wire_len;
	uint8_t dir;
	uint8_t cast;
};

/** nsfab_pcapng_packet() - write a packet */
int nsfab_pcapng_packet(struct nsfab_pcapng *p,
			const struct nsfab_pcapng_packet *packet);

/**
 * nsfab_pcapng_statistics() - write an interface's statistics, at the end
 * @p: writer
 * @interface: its number
 * @start: when the capture began, nanoseconds since 1970
 * @end: when it ended
 * @received: packets that the capture received, dropped ones included
 * @dropped: packets that were dropped for want of room
 */
int nsfab_pcapng_statistics(struct nsfab_pcapng *p, uint32_t interface,
			    uint64_t start, uint64_t end, uint64_t received,
			    uint64_t dropped);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_PCAPNG_H */
