/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frame says of itself. */
#ifndef _NSFAB_PARSE_H
#define _NSFAB_PARSE_H

#include <uapi/linux/nsfab.h>

struct nsfab_flow_key;
struct sk_buff;

/* Packets of a segmented frame at most: ports tell their stacks so. Who sends
 * it may claim more, and a link may have to look at each.
 */
#define NSFAB_SEGMENTS_MAX 2048

enum nsfab_drop_reason nsfab_parse_frame(struct sk_buff *skb,
					 struct nsfab_flow_key *key,
					 u8 *tcp_flags);

#endif /* _NSFAB_PARSE_H */
