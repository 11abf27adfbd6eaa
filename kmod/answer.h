/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP and ND, answered from the tables. */
#ifndef _NSFAB_ANSWER_H
#define _NSFAB_ANSWER_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <uapi/linux/nsfab.h>

#include "cb.h"

/* What is to become of a frame that may be a question. */
enum nsfab_answer {
	NSFAB_ANSWER_PASS,	/* none of ours, forward it */
	NSFAB_ANSWER_DONE,	/* answered or consumed: free it */
	NSFAB_ANSWER_DROP,	/* to be dropped for the reason that is set */
};

bool nsfab_answer_is_nd(const struct sk_buff *skb);
enum nsfab_answer nsfab_answer_frame(struct sk_buff *skb,
				     struct sk_buff **reply,
				     enum nsfab_drop_reason *reason);

/* Is a parsed frame one of ARP, ND, IGMP or MLD? Such frames are in no flow. */
static inline bool nsfab_answer_is_control(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);

	if (cb->proto == htons(ETH_P_IP))
		return cb->l4proto == IPPROTO_IGMP;
	if (cb->proto == htons(ETH_P_IPV6))
		return cb->l4proto == IPPROTO_ICMPV6 && nsfab_answer_is_nd(skb);
	return cb->proto == htons(ETH_P_ARP);
}

#endif /* _NSFAB_ANSWER_H */
