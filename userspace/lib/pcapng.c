// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <nsfab/pcapng.h>

/* Block types and option codes, as the draft names them. */
enum {
	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE_DESCRIPTION = 1,
	INTERFACE_STATISTICS = 5,
	ENHANCED_PACKET = 6,
};

enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_OS = 3,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_MACADDR = 6,
	IF_TSRESOL = 9,
	ISB_STARTTIME = 2,
	ISB_ENDTIME = 3,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
	EPB_FLAGS = 2,
};

#define BYTE_ORDER_MAGIC	0x1a2b3c4d
#define LINKTYPE_ETHERNET	1
#define TSRESOL_NANO		9

/**
 * struct nsfab_pcapng - a writer
 * @out: takes blocks
 * @arg: for @out
 * @buf: the block under construction
 * @len: its length
 * @room: of @buf
 * @full: there was no memory for it
 * @interfaces: how many were described
 */
struct nsfab_pcapng {
	nsfab_pcapng_out out;
	void *arg;
	uint8_t *buf;
	size_t len;
	size_t room;
	bool full;
	uint32_t interfaces;
};

/* Append, padded to 32 bits as everything in the format is. */
static void put(struct nsfab_pcapng *p, const void *data, size_t len)
{
	size_t padded = (len + 3) & ~(size_t)3;
	uint8_t *buf;
	size_t room;

	if (p->len + padded > p->room) {
		room = (p->len + padded) * 2;
		buf = realloc(p->buf, room);
		if (!buf) {
			p->full = true;
			return;
		}
		p->buf = buf;
		p->room = room;
	}
	if (len)
		memcpy(p->buf + p->len, data, len);
	memset(p->buf + p->len + len, 0, padded - len);
	p->len += padded;
}

static void put_u32(struct nsfab_pcapng *p, uint32_t v)
{
	put(p, &v, sizeof(v));
}

static void put_u16s(struct nsfab_pcapng *p, uint16_t a, uint16_t b)
{
	const uint16_t v[] = { a, b };

	put(p, v, sizeof(v));
}

static void put_option(struct nsfab_pcapng *p, uint16_t code, const void *data,
		       size_t len)
{
	if (len > UINT16_MAX)
		len = UINT16_MAX;
	put_u16s(p, code, len);
	put(p, data, len);
}

static void put_string(struct nsfab_pcapng *p, uint16_t code, const char *text)
{
	put_option(p, code, text, strlen(text));
}

/* A time in the middle of a block: the higher half comes first. */
static void put_time(struct nsfab_pcapng *p, uint64_t time)
{
	put_u32(p, time >> 32);
	put_u32(p, time);
}

static void put_time_option(struct nsfab_pcapng *p, uint16_t code,
			    uint64_t time)
{
	const uint32_t v[] = { time >> 32, time };

	put_option(p, code, v, sizeof(v));
}

static void start(struct nsfab_pcapng *p, uint32_t type)
{
	p->len = 0;
	p->full = false;
	put_u32(p, type);
	put_u32(p, 0);
}

/* A block has its length at both ends. */
static int finish(struct nsfab_pcapng *p)
{
	uint32_t len = p->len + sizeof(len);

	put_u32(p, len);
	if (p->full)
		return -ENOMEM;
	memcpy(p->buf + sizeof(len), &len, sizeof(len));
	return p->out(p->buf, p->len, p->arg);
}

int nsfab_pcapng_new(struct nsfab_pcapng **result, const char *application,
		     nsfab_pcapng_out out, void *arg)
{
	const int64_t length_unknown = -1;
	struct nsfab_pcapng *p;
	struct utsname uts;
	int ret;

	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->out = out;
	p->arg = arg;
	start(p, SECTION_HEADER);
	put_u32(p, BYTE_ORDER_MAGIC);
	put_u16s(p, 1, 0);
	put(p, &length_unknown, sizeof(length_unknown));
	if (!uname(&uts)) {
		char os[sizeof(uts.sysname) + sizeof(uts.release)];

		strcpy(os, uts.sysname);
		strcat(os, " ");
		strcat(os, uts.release);
		put_string(p, SHB_OS, os);
	}
	put_string(p, SHB_USERAPPL, application);
	put_option(p, OPT_END, NULL, 0);
	ret = finish(p);
	if (ret) {
		nsfab_pcapng_free(p);
		return ret;
	}
	*result = p;
	return 0;
}

void nsfab_pcapng_free(struct nsfab_pcapng *p)
{
	if (!p)
		return;
	free(p->buf);
	free(p);
}

int nsfab_pcapng_interface(struct nsfab_pcapng *p, const char *name,
			   const char *comment, const uint8_t *mac,
			   uint32_t snaplen)
{
	const uint8_t resolution = TSRESOL_NANO;
	int ret;

	start(p, INTERFACE_DESCRIPTION);
	put_u16s(p, LINKTYPE_ETHERNET, 0);
	put_u32(p, snaplen);
	put_string(p, IF_NAME, name);
	if (comment)
		put_string(p, OPT_COMMENT, comment);
	if (mac)
		put_option(p, IF_MACADDR, mac, 6);
	put_option(p, IF_TSRESOL, &resolution, sizeof(resolution));
	put_option(p, OPT_END, NULL, 0);
	ret = finish(p);
	return ret ? ret : (int)p->interfaces++;
}

int nsfab_pcapng_packet(struct nsfab_pcapng *p,
			const struct nsfab_pcapng_packet *packet)
{
	const uint32_t flags = packet->dir | (uint32_t)packet->cast << 2;

	start(p, ENHANCED_PACKET);
	put_u32(p, packet->interface);
	put_time(p, packet->time);
	put_u32(p, packet->len);
	put_u32(p, packet->wire_len);
	put(p, packet->data, packet->len);
	if (flags) {
		put_option(p, EPB_FLAGS, &flags, sizeof(flags));
		put_option(p, OPT_END, NULL, 0);
	}
	return finish(p);
}

int nsfab_pcapng_statistics(struct nsfab_pcapng *p, uint32_t interface,
			    uint64_t start_time, uint64_t end,
			    uint64_t received, uint64_t dropped)
{
	start(p, INTERFACE_STATISTICS);
	put_u32(p, interface);
	put_time(p, end);
	put_time_option(p, ISB_STARTTIME, start_time);
	put_time_option(p, ISB_ENDTIME, end);
	put_option(p, ISB_IFRECV, &received, sizeof(received));
	put_option(p, ISB_IFDROP, &dropped, sizeof(dropped));
	put_option(p, OPT_END, NULL, 0);
	return finish(p);
}
