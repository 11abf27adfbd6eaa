// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the kernel tells of by itself. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nsfab/event.h>
#include "nl.h"

/* Room for some ten thousand events; without the right to it, what is allowed. */
#define EVENT_BUFFER (8 * 1024 * 1024)

struct nsfab_events {
	int fd;
	uint16_t family;
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static int join(int fd, uint32_t group, const char *name, struct nsfab_err *err)
{
	if (!group)
		return nsfab_err_set(err, -ENOENT, "multicast group %s", name);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return nsfab_err_set(err, -errno, "multicast group %s", name);
	return 0;
}

int nsfab_events_open(struct nsfab *h, unsigned int groups,
		      struct nsfab_events **evp, struct nsfab_err *err)
{
	int size = EVENT_BUFFER;
	struct nsfab_events *ev;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	ev = malloc(sizeof(*ev));
	if (!ev)
		return nsfab_err_set(err, -ENOMEM, "events");
	ev->family = h->family;
	ev->fd = nsfab_nl_socket(h->netns_fd, NETLINK_GENERIC, err);
	if (ev->fd < 0) {
		ret = ev->fd;
		goto err_free;
	}
	if (setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (groups & NSFAB_EVENTS_CONFIG)
		ret = join(ev->fd, h->group_config, NSFAB_MCGRP_CONFIG, err);
	if (!ret && groups & NSFAB_EVENTS_FLOW)
		ret = join(ev->fd, h->group_flow, NSFAB_MCGRP_FLOW, err);
	if (ret)
		goto err_close;
	*evp = ev;
	return 0;

err_close:
	close(ev->fd);
err_free:
	free(ev);
	return ret;
}

int nsfab_events_fd(const struct nsfab_events *ev)
{
	return ev->fd;
}

void nsfab_events_close(struct nsfab_events *ev)
{
	if (!ev)
		return;
	close(ev->fd);
	free(ev);
}

struct telling {
	struct nsfab_event event;
	nsfab_event_cb cb;
	void *arg;
};

/*
 * One callback a kind, each sets the union's member of its type. The sink has
 * the layout of the struct sink in each kind's file.
 */
#define DEFINE_TELL(name, TYPE) \
static int tell_ ## name(const struct nsfab_ ## name *obj, void *arg) \
{ \
	struct telling *t = arg; \
\
	t->event.type = NSFAB_EVENT_ ## TYPE; \
	t->event.name = obj; \
	return t->cb(&t->event, t->arg); \
} \
static int read_ ## name(const struct nlattr *nest, struct telling *t) \
{ \
	const struct { \
		nsfab_ ## name ## _cb cb; \
		void *arg; \
	} sink = { tell_ ## name, t }; \
\
	return nsfab_kind_ ## name.tell(nest, &sink); \
}

DEFINE_TELL(tenant, TENANT)
DEFINE_TELL(network, NETWORK)
DEFINE_TELL(port, PORT)
DEFINE_TELL(fdb, FDB)
DEFINE_TELL(neigh, NEIGH)
DEFINE_TELL(route, ROUTE)
DEFINE_TELL(flow, FLOW)
DEFINE_TELL(link, LINK)

static int (*const readers[])(const struct nlattr *nest, struct telling *t) = {
	[NSFAB_A_TENANT] = read_tenant,
	[NSFAB_A_NETWORK] = read_network,
	[NSFAB_A_PORT] = read_port,
	[NSFAB_A_FDB] = read_fdb,
	[NSFAB_A_NEIGH] = read_neigh,
	[NSFAB_A_ROUTE] = read_route,
	[NSFAB_A_FLOW] = read_flow,
	[NSFAB_A_LINK] = read_link,
};

static int tell_message(const struct nlmsghdr *nlh, struct telling *t)
{
	const struct nlattr *a;
	int ret;

	t->event.cmd = 0;
	t->event.ifindex = 0;
	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) == NSFAB_A_IFINDEX)
			t->event.ifindex = nsfab_nl_get(a);
		else if (mnl_attr_get_type(a) == NSFAB_A_CMD)
			t->event.cmd = nsfab_nl_get(a);
	}
	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		uint16_t type = mnl_attr_get_type(a);

		if (type >= sizeof(readers) / sizeof(readers[0]) ||
		    !readers[type])
			continue;
		ret = readers[type](a, t);
		if (ret)
			return ret;
	}
	return 0;
}

int nsfab_events_read(struct nsfab_events *ev, nsfab_event_cb cb, void *arg,
		      struct nsfab_err *err)
{
	struct telling t = { .cb = cb, .arg = arg };
	const struct nlmsghdr *nlh;
	int len;
	int ret;

	for (;;) {
		len = nsfab_nl_recv(ev->fd, ev->buf, sizeof(ev->buf),
				    MSG_DONTWAIT);
		if (len == -EAGAIN || len == -EWOULDBLOCK)
			return 0;
		if (len == -ENOBUFS || len == -EMSGSIZE) {
			t.event = (struct nsfab_event){
				.type = NSFAB_EVENT_LOST
			};
			ret = cb(&t.event, arg);
			if (ret)
				return ret;
			continue;
		}
		if (len < 0)
			return nsfab_err_set(err, len, "netlink receive");
		for (nlh = (void *)ev->buf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type != ev->family)
				continue;
			ret = tell_message(nlh, &t);
			if (ret)
				return ret;
		}
	}
}
