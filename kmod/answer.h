/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP and ND, answered from the tables. */
#ifndef _NSFAB_ANSWER_H
#define _NSFAB_ANSWER_H

#include <uapi/linux/nsfab.h>

struct sk_buff;

/* What is to become of a frame that may be a question. */
enum nsfab_answer {
	NSFAB_ANSWER_PASS,	/* none of ours, forward it */
	NSFAB_ANSWER_DONE,	/* answered or consumed: free it */
	NSFAB_ANSWER_DROP,	/* to be dropped for the reason that is set */
};

bool nsfab_answer_is_control(struct sk_buff *skb);
enum nsfab_answer nsfab_answer_frame(struct sk_buff *skb,
				     struct sk_buff **reply,
				     enum nsfab_drop_reason *reason);

#endif /* _NSFAB_ANSWER_H */
