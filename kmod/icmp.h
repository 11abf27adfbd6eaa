/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP of the distributed router: echo replies and errors. */
#ifndef _NSFAB_ICMP_H
#define _NSFAB_ICMP_H

#include <linux/types.h>

struct sk_buff;

/* Errors that the router tells the sender. */
enum nsfab_icmp_error {
	NSFAB_ICMP_NO_ROUTE,
	NSFAB_ICMP_NO_HOST,
	NSFAB_ICMP_NO_PORT,
	NSFAB_ICMP_TTL,
	NSFAB_ICMP_TOO_BIG,
};

struct sk_buff *nsfab_icmp_echo(struct sk_buff *skb);
struct sk_buff *nsfab_icmp_error(struct sk_buff *skb,
				 enum nsfab_icmp_error error, u32 mtu);

#endif /* _NSFAB_ICMP_H */
