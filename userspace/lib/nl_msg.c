// SPDX-License-Identifier: LGPL-2.1-or-later
/* Building and reading netlink messages. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"

int nsfab_nl_msg_init(struct nsfab_nl_msg *m, size_t size)
{
	m->nlh = malloc(size);
	m->size = size;
	m->overflow = false;
	return m->nlh ? 0 : -ENOMEM;
}

void nsfab_nl_msg_free(struct nsfab_nl_msg *m)
{
	free(m->nlh);
	m->nlh = NULL;
}

void *nsfab_nl_msg_start(struct nsfab_nl_msg *m, uint16_t type, uint16_t flags,
			 size_t extra)
{
	m->overflow = false;
	mnl_nlmsg_put_header(m->nlh);
	m->nlh->nlmsg_type = type;
	m->nlh->nlmsg_flags = flags;
	/* Zeroes it, too. */
	return mnl_nlmsg_put_extra_header(m->nlh, extra);
}

void nsfab_nl_put(struct nsfab_nl_msg *m, uint16_t type, const void *data,
		  size_t len)
{
	if (m->overflow || len > UINT16_MAX - MNL_ATTR_HDRLEN ||
	    !mnl_attr_put_check(m->nlh, m->size, type, len, data))
		m->overflow = true;
}

void nsfab_nl_put_u8(struct nsfab_nl_msg *m, uint16_t type, uint8_t v)
{
	nsfab_nl_put(m, type, &v, sizeof(v));
}

void nsfab_nl_put_u16(struct nsfab_nl_msg *m, uint16_t type, uint16_t v)
{
	nsfab_nl_put(m, type, &v, sizeof(v));
}

void nsfab_nl_put_be16(struct nsfab_nl_msg *m, uint16_t type, uint16_t v)
{
	nsfab_nl_put_u16(m, type, htons(v));
}

void nsfab_nl_put_u32(struct nsfab_nl_msg *m, uint16_t type, uint32_t v)
{
	nsfab_nl_put(m, type, &v, sizeof(v));
}

void nsfab_nl_put_u64(struct nsfab_nl_msg *m, uint16_t type, uint64_t v)
{
	nsfab_nl_put(m, type, &v, sizeof(v));
}

void nsfab_nl_put_str(struct nsfab_nl_msg *m, uint16_t type, const char *v)
{
	nsfab_nl_put(m, type, v ? v : "", v ? strlen(v) + 1 : 1);
}

void nsfab_nl_put_addr(struct nsfab_nl_msg *m, uint16_t type,
		       const struct nsfab_addr *a)
{
	nsfab_nl_put(m, type, a->byte, a->len);
}

struct nlattr *nsfab_nl_nest(struct nsfab_nl_msg *m, uint16_t type)
{
	struct nlattr *nest = NULL;

	if (!m->overflow)
		nest = mnl_attr_nest_start_check(m->nlh, m->size, type);
	if (!nest)
		m->overflow = true;
	return nest;
}

void nsfab_nl_nest_end(struct nsfab_nl_msg *m, struct nlattr *nest)
{
	const char *tail = mnl_nlmsg_get_payload_tail(m->nlh);

	if (m->overflow || tail - (const char *)nest > UINT16_MAX)
		m->overflow = true;
	else
		mnl_attr_nest_end(m->nlh, nest);
}

uint64_t nsfab_nl_get(const struct nlattr *a)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	/* The kernel aligns attributes to 4 bytes, not to 8. */
	switch (mnl_attr_get_payload_len(a)) {
	case 1:
		return *(uint8_t *)mnl_attr_get_payload(a);
	case 2:
		memcpy(&u16, mnl_attr_get_payload(a), sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, mnl_attr_get_payload(a), sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, mnl_attr_get_payload(a), sizeof(u64));
		return u64;
	}
	return 0;
}

uint16_t nsfab_nl_get_be16(const struct nlattr *a)
{
	return ntohs(nsfab_nl_get(a));
}

struct nsfab_addr nsfab_nl_get_addr(const struct nlattr *a)
{
	uint16_t len = mnl_attr_get_payload_len(a);
	struct nsfab_addr addr = { 0 };

	if (len == 4 || len == 16) {
		addr.len = len;
		memcpy(addr.byte, mnl_attr_get_payload(a), len);
	}
	return addr;
}

const char *nsfab_nl_get_str(const struct nlattr *a)
{
	const char *s = mnl_attr_get_payload(a);

	return memchr(s, '\0', mnl_attr_get_payload_len(a)) ? s : "";
}

void nsfab_nl_get_mac(const struct nlattr *a, uint8_t *mac)
{
	if (mnl_attr_get_payload_len(a) >= NSFAB_MAC_LEN)
		memcpy(mac, mnl_attr_get_payload(a), NSFAB_MAC_LEN);
}
