/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frame says of itself. */
#ifndef _NSFAB_PARSE_H
#define _NSFAB_PARSE_H

#include <uapi/linux/nsfab.h>

struct nsfab_flow_key;
struct sk_buff;

enum nsfab_drop_reason nsfab_parse_frame(struct sk_buff *skb,
					 struct nsfab_flow_key *key,
					 u8 *tcp_flags);

#endif /* _NSFAB_PARSE_H */
