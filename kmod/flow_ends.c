// SPDX-License-Identifier: GPL-2.0-only
/* Which ports a flow's packets come from and go to. On their way they may
 * cross routers, which are ports like any other, and send them in again: an
 * end is the port that has the address. Where none has it, as with VMs that
 * are given none, it is the last one that was seen.
 */

#include <linux/etherdevice.h>
#include <linux/xarray.h>

#include "binding.h"
#include "cb.h"
#include "fabric.h"
#include "fdb.h"
#include "flow.h"
#include "flow_ends.h"
#include "network.h"
#include "parse.h"
#include "tenant.h"

static void note(struct nsfab_flow *flow, u8 end, const struct nsfab_port *port)
{
	struct nsfab_tenant *tenant = port->net->tenant;
	const struct nsfab_port *noted;
	struct in6_addr addr;
	u32 id;

	id = nsfab_flow_end(flow, end, &addr);
	if (likely(id == port->id))
		return;
	if (id && !nsfab_binding_has_addr(port, &addr)) {
		noted = xa_load(&tenant->fab->ports, id);
		if (noted && noted->net->tenant == tenant &&
		    nsfab_binding_has_addr(noted, &addr))
			return;
	}
	nsfab_flow_set_end(flow, end, port->id);
}

/**
 * nsfab_flow_ends_source() - note where a packet comes from
 * @skb: the packet, counted in its flow: from the port that it came in by, or
 *	from a VTEP, and then from the port that has its MAC
 *
 * Context: in an RCU read section.
 */
void nsfab_flow_ends_source(const struct sk_buff *skb)
{
	const struct nsfab_cb *cb = nsfab_cb(skb);
	const struct nsfab_port *port = cb->port;
	const struct nsfab_fdb *entry;

	if (!nsfab_flow_is_new(cb->flow))
		return;
	if (!port) {
		entry = nsfab_fdb_find(cb->net->tenant->fab, cb->net->id,
				       eth_hdr(skb)->h_source);
		port = entry ? entry->port : NULL;
	}
	if (port)
		note(cb->flow, cb->dir, port);
}

/**
 * nsfab_flow_ends_dest() - note where a packet goes to
 * @skb: the packet; one that a link has held may have lost sight of its flow,
 *	which is found again
 * @port: the port; nothing is noted for a patch, which leads on
 *
 * Context: in an RCU read section.
 */
void nsfab_flow_ends_dest(struct sk_buff *skb, const struct nsfab_port *port)
{
	struct nsfab_cb *cb = nsfab_cb(skb);

	if (READ_ONCE(port->binding) == NSFAB_BINDING_PATCH)
		return;
	if (cb->flags & NSFAB_CB_HELD)
		nsfab_flow_ends_find(skb);
	else if (cb->flow && !nsfab_flow_is_new(cb->flow))
		return;
	if (cb->flow)
		note(cb->flow, !cb->dir, port);
}

/**
 * nsfab_flow_ends_find() - find the flow of a packet that a link has held
 * @skb: the packet; of a flood's copies a flow knows nothing
 *
 * The flow may have ended in the meantime.
 *
 * Context: in an RCU read section.
 */
void nsfab_flow_ends_find(struct sk_buff *skb)
{
	struct nsfab_cb *cb = nsfab_cb(skb);
	struct nsfab_cb saved = *cb;
	struct nsfab_flow_key key;
	u8 tcp_flags, dir = 0;

	if (cb->flow || cb->flags & NSFAB_CB_FLOODED)
		return;
	if (!nsfab_parse_frame(skb, &key, &tcp_flags) && key.proto)
		saved.flow = nsfab_flow_find(saved.net->tenant, &key, &dir);
	saved.dir = dir;
	*cb = saved;
}
