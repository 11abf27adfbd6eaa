// SPDX-License-Identifier: LGPL-2.1-or-later
/* IP addresses, prefixes and MAC addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/addr.h>

static int family(const struct nsfab_addr *a)
{
	return a->len == 16 ? AF_INET6 : AF_INET;
}

int nsfab_addr_parse(struct nsfab_addr *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->byte) == 1) {
		a->len = 4;
		return 0;
	}
	if (inet_pton(AF_INET6, text, a->byte) == 1) {
		a->len = 16;
		return 0;
	}
	memset(a, 0, sizeof(*a));
	return -EINVAL;
}

const char *nsfab_addr_format(const struct nsfab_addr *a, char *buf)
{
	if (!a->len || !inet_ntop(family(a), a->byte, buf, NSFAB_ADDR_STRLEN))
		buf[0] = '\0';
	return buf;
}

int nsfab_addr_cmp(const struct nsfab_addr *a, const struct nsfab_addr *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->byte, b->byte, a->len);
}

static bool is_mapped(const struct nsfab_addr *a)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return a->len == 16 && !memcmp(a->byte, head, sizeof(head));
}

static bool is_multicast(const struct nsfab_addr *a)
{
	return a->len == 4 ? a->byte[0] >> 4 == 14 : a->byte[0] == 0xff;
}

bool nsfab_addr_is_host(const struct nsfab_addr *a)
{
	static const uint8_t zero[15], ones[4] = { 255, 255, 255, 255 };

	if (!a->len || is_multicast(a) || is_mapped(a))
		return false;
	if (a->len == 4)
		return a->byte[0] && a->byte[0] != 127 &&
		       memcmp(a->byte, ones, sizeof(ones));
	return memcmp(a->byte, zero, sizeof(zero)) || a->byte[15] > 1;
}

int nsfab_prefix_parse(struct nsfab_prefix *p, const char *text)
{
	char addr[NSFAB_ADDR_STRLEN];
	const char *slash;
	unsigned long len;
	char *end;

	if (!strcmp(text, "default"))
		text = "0.0.0.0/0";
	else if (!strcmp(text, "default6"))
		text = "::/0";

	memset(p, 0, sizeof(*p));
	slash = strchr(text, '/');
	if (!slash) {
		if (nsfab_addr_parse(&p->addr, text))
			return -EINVAL;
		p->len = p->addr.len * 8;
		return 0;
	}
	if ((size_t)(slash - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, slash - text);
	addr[slash - text] = '\0';
	if (nsfab_addr_parse(&p->addr, addr))
		return -EINVAL;
	/* strtoul() alone would take " 8", "+8" and "-8". */
	if (slash[1] < '0' || slash[1] > '9')
		return -EINVAL;
	len = strtoul(slash + 1, &end, 10);
	if (*end || len > p->addr.len * 8u)
		return -EINVAL;
	p->len = len;
	return 0;
}

const char *nsfab_prefix_format(const struct nsfab_prefix *p, char *buf)
{
	size_t len;

	nsfab_addr_format(&p->addr, buf);
	len = strlen(buf);
	if (len)
		snprintf(buf + len, NSFAB_PREFIX_STRLEN - len, "/%u", p->len);
	return buf;
}

void nsfab_prefix_mask(struct nsfab_prefix *p)
{
	unsigned int i;

	for (i = 0; i < p->addr.len; i++) {
		if (i * 8 >= p->len)
			p->addr.byte[i] = 0;
		else if (p->len - i * 8 < 8)
			p->addr.byte[i] &= 0xff << (8 - (p->len - i * 8));
	}
}

bool nsfab_prefix_has(const struct nsfab_prefix *p, const struct nsfab_addr *a)
{
	struct nsfab_prefix own = *p, other = { .addr = *a, .len = p->len };

	nsfab_prefix_mask(&own);
	nsfab_prefix_mask(&other);
	return !nsfab_addr_cmp(&own.addr, &other.addr);
}

bool nsfab_prefix_is_subnet(const struct nsfab_prefix *p)
{
	const uint8_t *byte = p->addr.byte;

	if (is_multicast(&p->addr) || is_mapped(&p->addr))
		return false;
	if (p->addr.len == 4)
		return byte[0] != 127 && (byte[0] || p->len < 8);
	return byte[0] != 0xfe || byte[1] >> 6 != 2;
}

int nsfab_mac_parse(uint8_t mac[NSFAB_MAC_LEN], const char *text)
{
	unsigned int i;

	for (i = 0; i < NSFAB_MAC_LEN; i++) {
		char *end;

		if (strspn(text, "0123456789abcdefABCDEF") < 1)
			return -EINVAL;
		mac[i] = strtoul(text, &end, 16);
		if (end - text > 2 || *end != (i < NSFAB_MAC_LEN - 1 ? ':' : '\0'))
			return -EINVAL;
		text = end + 1;
	}
	return 0;
}

const char *nsfab_mac_format(const uint8_t mac[NSFAB_MAC_LEN], char *buf)
{
	snprintf(buf, NSFAB_MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}
