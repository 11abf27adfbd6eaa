// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl monitor: one JSON object for each event. */
#include <errno.h>
#include <nsfab/fabric.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "members.h"
#include "monitor.h"
#include "names.h"
#include "words.h"

/**
 * struct monitor - a subscription
 * @groups: what to print; the names are kept up to date in any case
 * @ifindex: the fabric that is meant
 * @p: output
 * @names: of ids
 */
struct monitor {
	unsigned int groups;
	unsigned int ifindex;
	struct netctl_print *p;
	struct netctl_names *names;
};

static const char *what_happened(uint8_t cmd)
{
	switch (cmd) {
	case NSFAB_CMD_TENANT_NEW:
	case NSFAB_CMD_NETWORK_NEW:
	case NSFAB_CMD_PORT_NEW:
	case NSFAB_CMD_FDB_NEW:
	case NSFAB_CMD_NEIGH_NEW:
	case NSFAB_CMD_ROUTE_NEW:
	case NSFAB_CMD_LINK_NEW:
		return "new";
	case NSFAB_CMD_TENANT_SET:
	case NSFAB_CMD_NETWORK_SET:
	case NSFAB_CMD_PORT_SET:
	case NSFAB_CMD_LINK_SET:
		return "set";
	case NSFAB_CMD_ROUTE_REPLACE:
		return "replace";
	case NSFAB_CMD_TENANT_DEL:
	case NSFAB_CMD_NETWORK_DEL:
	case NSFAB_CMD_PORT_DEL:
	case NSFAB_CMD_FDB_DEL:
	case NSFAB_CMD_NEIGH_DEL:
	case NSFAB_CMD_ROUTE_DEL:
	case NSFAB_CMD_LINK_DEL:
		return "del";
	}
	return "change";
}

static const char *object_name(enum nsfab_event_type type)
{
	static const char *const names[] = {
		[NSFAB_EVENT_TENANT] = "tenant",
		[NSFAB_EVENT_NETWORK] = "network",
		[NSFAB_EVENT_PORT] = "port",
		[NSFAB_EVENT_FDB] = "fdb",
		[NSFAB_EVENT_NEIGH] = "neigh",
		[NSFAB_EVENT_ROUTE] = "route",
		[NSFAB_EVENT_FLOW] = "flow",
		[NSFAB_EVENT_LINK] = "link",
	};

	return names[type];
}

static void keep_names(struct netctl_names *names, const struct nsfab_event *e)
{
	/* Without memory an event has a number instead of a name. */
	if (e->type == NSFAB_EVENT_TENANT && e->tenant->name)
		netctl_names_put_tenant(names, e->tenant);
	else if (e->type == NSFAB_EVENT_NETWORK && e->network->name)
		netctl_names_put_network(names, e->network);
	else if (e->type == NSFAB_EVENT_PORT && e->port->name)
		netctl_names_put_port(names, e->port);
	else if (e->type == NSFAB_EVENT_LINK && e->link->name)
		netctl_names_put_link(names, e->link);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void print_object(struct monitor *m, const struct nsfab_event *e)
{
	switch (e->type) {
	case NSFAB_EVENT_TENANT:
		netctl_tenant_members(m->p, e->tenant, true);
		break;
	case NSFAB_EVENT_NETWORK:
		netctl_network_members(m->p, m->names, e->network, true);
		break;
	case NSFAB_EVENT_PORT:
		netctl_port_members(m->p, m->names, e->port, true);
		break;
	case NSFAB_EVENT_FDB:
		netctl_fdb_members(m->p, m->names, e->fdb);
		break;
	case NSFAB_EVENT_NEIGH:
		netctl_neigh_members(m->p, m->names, e->neigh);
		break;
	case NSFAB_EVENT_ROUTE:
		netctl_route_members(m->p, m->names, e->route);
		break;
	case NSFAB_EVENT_FLOW:
		netctl_flow_members(m->p, m->names, e->flow);
		break;
	case NSFAB_EVENT_LINK:
		netctl_link_members(m->p, m->names, e->link, true);
		break;
	case NSFAB_EVENT_LOST:
		break;
	}
}

static int on_event(const struct nsfab_event *e, void *arg)
{
	struct monitor *m = arg;
	bool is_flow = e->type == NSFAB_EVENT_FLOW;

	if (e->type != NSFAB_EVENT_LOST && e->ifindex != m->ifindex)
		return 0;
	keep_names(m->names, e);
	if (e->type != NSFAB_EVENT_LOST &&
	    !(m->groups & (is_flow ? NSFAB_EVENTS_FLOW : NSFAB_EVENTS_CONFIG)))
		return 0;
	netctl_row(m->p);
	netctl_num(m->p, "time_ns", NULL, now());
	if (e->type == NSFAB_EVENT_LOST) {
		netctl_str(m->p, "event", NULL, "lost");
		return 0;
	}
	netctl_str(m->p, "event", NULL,
		   is_flow ? "end" : what_happened(e->cmd));
	netctl_str(m->p, "object", NULL, object_name(e->type));
	netctl_object_open(m->p, object_name(e->type));
	print_object(m, e);
	netctl_object_close(m->p);
	return 0;
}

/* SIGINT and SIGTERM as a descriptor to poll */
static int signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int follow(struct netctl_ctx *ctx, struct monitor *m,
		  struct nsfab_events *events)
{
	struct pollfd fd[] = {
		{ .fd = nsfab_events_fd(events), .events = POLLIN },
		{ .fd = signals(), .events = POLLIN },
	};
	int ret = NETCTL_OK;

	if (fd[1].fd < 0) {
		nsfab_err_set(&ctx->err, -errno, "signals");
		return netctl_fail(ctx);
	}
	for (;;) {
		if (poll(fd, 2, -1) < 0 && errno != EINTR) {
			nsfab_err_set(&ctx->err, -errno, "poll");
			ret = netctl_fail(ctx);
			break;
		}
		if (fd[0].revents &&
		    nsfab_events_read(events, on_event, m, &ctx->err)) {
			ret = netctl_fail(ctx);
			break;
		}
		netctl_flush(m->p);
		if (fd[1].revents || ferror(stdout))
			break;
	}
	close(fd[1].fd);
	return ret;
}

int netctl_monitor(struct netctl_ctx *ctx, unsigned int groups)
{
	struct monitor m = { .groups = groups };
	struct nsfab_events *events;
	struct nsfab *h;
	int ret;

	if (netctl_fabric(ctx, &h, &m.ifindex))
		return netctl_fail(ctx);
	/* Before the names are read, so that none is missed in between */
	if (nsfab_events_open(h, groups | NSFAB_EVENTS_CONFIG, &events,
			      &ctx->err))
		return netctl_fail(ctx);
	m.names = netctl_names_load(ctx, NETCTL_NAMES_NETWORKS |
				    NETCTL_NAMES_PORTS | NETCTL_NAMES_LINKS);
	if (!m.names) {
		nsfab_events_close(events);
		return netctl_fail(ctx);
	}
	m.p = netctl_print_open_to(ctx, NETCTL_STREAM, stdout, true);
	ret = follow(ctx, &m, events);
	nsfab_events_close(events);
	netctl_names_free(m.names);
	return netctl_done(m.p, ret);
}

static int monitor(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int groups = 0;
	int i;

	for (i = 0; i < argc; i++) {
		if (netctl_match(argv[i], "config"))
			groups |= NSFAB_EVENTS_CONFIG;
		else if (netctl_match(argv[i], "flow"))
			groups |= NSFAB_EVENTS_FLOW;
		else
			return netctl_usage(ctx, "unknown word \"%s\", allowed: config, flow",
					    argv[i]);
	}
	return netctl_monitor(ctx, groups ? groups :
				   NSFAB_EVENTS_CONFIG | NSFAB_EVENTS_FLOW);
}

const struct netctl_object netctl_obj_monitor = {
	.name = "monitor",
	.summary = "what changes, as it happens",
	.help =
"netctl monitor [config] [flow]\n"
"\n"
"Print one JSON object for each event, in a line of its own, until SIGINT:\n"
"config tells of tenants, networks, ports, forwarding entries, neighbours, routes\n"
"and links, but for what a schedule changes in them, flow of flows that ended.\n"
"Without a word it is both. An object with \"event\":\"lost\" says that events were\n"
"lost, so that the state should be read again.\n",
	.run = monitor,
};
