/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: what the kernel tells of by itself. */
#ifndef NSFAB_EVENT_H
#define NSFAB_EVENT_H

#include <nsfab/fdb.h>
#include <nsfab/flow.h>
#include <nsfab/link.h>
#include <nsfab/neigh.h>
#include <nsfab/network.h>
#include <nsfab/port.h>
#include <nsfab/route.h>
#include <nsfab/tenant.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_EVENTS_CONFIG	(1u << 0)	/* group "config" */
#define NSFAB_EVENTS_FLOW	(1u << 1)	/* group "flow" */

/** enum nsfab_event_type - which member of the union is set */
enum nsfab_event_type {
	NSFAB_EVENT_LOST,	/* events were lost, read the state again */
	NSFAB_EVENT_TENANT,
	NSFAB_EVENT_NETWORK,
	NSFAB_EVENT_PORT,
	NSFAB_EVENT_FDB,
	NSFAB_EVENT_NEIGH,
	NSFAB_EVENT_ROUTE,
	NSFAB_EVENT_FLOW,	/* a flow ended */
	NSFAB_EVENT_LINK,
};

/**
 * struct nsfab_event - an event
 * @type: what it is about
 * @cmd: the command that it tells of (NSFAB_CMD_PORT_NEW, _SET, _DEL), 0 if
 *	the kernel did not say
 * @ifindex: the fabric
 * @tenant: of NSFAB_EVENT_TENANT; valid during the callback, as are all
 * @network: of NSFAB_EVENT_NETWORK
 * @port: of NSFAB_EVENT_PORT
 * @fdb: of NSFAB_EVENT_FDB
 * @neigh: of NSFAB_EVENT_NEIGH
 * @route: of NSFAB_EVENT_ROUTE
 * @flow: of NSFAB_EVENT_FLOW
 * @link: of NSFAB_EVENT_LINK
 */
struct nsfab_event {
	enum nsfab_event_type type;
	uint8_t cmd;
	unsigned int ifindex;
	union {
		const struct nsfab_tenant *tenant;
		const struct nsfab_network *network;
		const struct nsfab_port *port;
		const struct nsfab_fdb *fdb;
		const struct nsfab_neigh *neigh;
		const struct nsfab_route *route;
		const struct nsfab_flow *flow;
		const struct nsfab_link *link;
	};
};

typedef int (*nsfab_event_cb)(const struct nsfab_event *event, void *arg);

struct nsfab_events;

/**
 * nsfab_events_open() - subscribe
 * @h: handle; may be closed before the subscription
 * @groups: NSFAB_EVENTS_*
 * @ev: result
 * @err: filled on failure
 *
 * Return: 0 or a negative errno.
 */
int nsfab_events_open(struct nsfab *h, unsigned int groups,
		      struct nsfab_events **ev, struct nsfab_err *err);

/** nsfab_events_fd() - a descriptor for poll(), stays the library's */
int nsfab_events_fd(const struct nsfab_events *ev);

/**
 * nsfab_events_read() - read what is there, without waiting
 * @ev: subscription
 * @cb: called for each event; a value other than 0 ends the call and is
 *	returned, the rest of the message read last is then skipped
 * @arg: passed on
 * @err: filled on failure
 *
 * Return: 0 when all that was there has been delivered, a negative errno, or
 * what @cb returned. Overrun is no failure: it is told as NSFAB_EVENT_LOST.
 */
int nsfab_events_read(struct nsfab_events *ev, nsfab_event_cb cb, void *arg,
		      struct nsfab_err *err);

/** nsfab_events_close() - end a subscription, may be NULL */
void nsfab_events_close(struct nsfab_events *ev);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_EVENT_H */
