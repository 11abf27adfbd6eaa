/* SPDX-License-Identifier: GPL-2.0-only */
/* Drops: counted once, with a reason. */
#ifndef _NSFAB_DROP_H
#define _NSFAB_DROP_H

#include <uapi/linux/nsfab.h>

struct nsfab_cb;
struct sk_buff;

void nsfab_drop(struct sk_buff *skb, enum nsfab_drop_reason reason);
void nsfab_drop_count(const struct nsfab_cb *cb,
		      enum nsfab_drop_reason reason);
void nsfab_drop_free(struct sk_buff *skb, enum nsfab_drop_reason reason);

#endif /* _NSFAB_DROP_H */
