/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: where a frame came in, what was decided, where it went. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nsfab

#if !defined(_NSFAB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NSFAB_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(nsfab_frame,
	TP_PROTO(const struct sk_buff *skb, u32 network, u32 port, u32 value),
	TP_ARGS(skb, network, port, value),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u32, network)
		__field(u32, port)
		__field(u32, value)
		__field(u32, len)
		__field(u16, protocol)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->network = network;
		__entry->port = port;
		__entry->value = value;
		__entry->len = skb->len;
		__entry->protocol = ntohs(skb->protocol);
	),
	TP_printk("skbaddr=%p network=%u port=%u value=%u len=%u protocol=0x%04x",
		  __entry->skbaddr, __entry->network, __entry->port,
		  __entry->value, __entry->len, __entry->protocol)
);

/* A frame came in; port is 0 from a tunnel, value is 1 then. */
DEFINE_EVENT(nsfab_frame, nsfab_receive,
	TP_PROTO(const struct sk_buff *skb, u32 network, u32 port, u32 value),
	TP_ARGS(skb, network, port, value));

/* A frame's way was decided: the port it is for, value is its binding. */
DEFINE_EVENT(nsfab_frame, nsfab_verdict,
	TP_PROTO(const struct sk_buff *skb, u32 network, u32 port, u32 value),
	TP_ARGS(skb, network, port, value));

/* A frame is handed to the device of a port; value is its ifindex. */
DEFINE_EVENT(nsfab_frame, nsfab_deliver,
	TP_PROTO(const struct sk_buff *skb, u32 network, u32 port, u32 value),
	TP_ARGS(skb, network, port, value));

/* A frame is dropped; port is where it came from, value the drop reason. */
DEFINE_EVENT(nsfab_frame, nsfab_drop,
	TP_PROTO(const struct sk_buff *skb, u32 network, u32 port, u32 value),
	TP_ARGS(skb, network, port, value));

#endif /* _NSFAB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
