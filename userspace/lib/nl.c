// SPDX-License-Identifier: LGPL-2.1-or-later
/* Talking to the kernel: sockets, requests, dumps. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nl.h"

/* Tries of a dump whose result is taken even if it was disturbed each time. */
#define TAKE_TRIES	4

static int open_socket(int bus)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int one = 1;
	int ret;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, bus);
	if (fd < 0)
		return -errno;

	/* Old kernels lack some; nothing that follows depends on them. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&kernel, sizeof(kernel)) ||
	    connect(fd, (struct sockaddr *)&kernel, sizeof(kernel))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

struct opener {
	int netns_fd;
	int bus;
	int ret;
};

static void *open_in_netns(void *data)
{
	struct opener *o = data;

	if (setns(o->netns_fd, CLONE_NEWNET))
		o->ret = -errno;
	else
		o->ret = open_socket(o->bus);
	return NULL;
}

static bool same_netns(int netns_fd)
{
	struct stat own, other;

	return !stat("/proc/thread-self/ns/net", &own) &&
	       !fstat(netns_fd, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

/*
 * A namespace belongs to a thread. One of our own enters the wanted namespace
 * and ends there, so that the caller cannot get stuck on the way back.
 */
int nsfab_nl_socket(int netns_fd, int bus, struct nsfab_err *err)
{
	struct opener o = { .netns_fd = netns_fd, .bus = bus };
	pthread_t thread;
	int ret;

	if (netns_fd < 0 || same_netns(netns_fd)) {
		o.ret = open_socket(bus);
	} else {
		ret = pthread_create(&thread, NULL, open_in_netns, &o);
		if (ret)
			return nsfab_err_set(err, -ret, "thread");
		pthread_join(thread, NULL);
	}
	if (o.ret < 0)
		return nsfab_err_set(err, o.ret, "netlink socket");
	return o.ret;
}

int nsfab_nl_send(const struct nsfab_nl_req *req, const void *data, size_t len,
		  struct nsfab_err *err)
{
	ssize_t ret;

	do
		ret = send(req->fd, data, len, 0);
	while (ret < 0 && errno == EINTR);
	if (ret < 0 && errno == EMSGSIZE) {
		int size = len * 2;

		setsockopt(req->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			   sizeof(size));
		ret = send(req->fd, data, len, 0);
	}
	if (ret < 0)
		return nsfab_err_set(err, -errno, "netlink send");
	return 0;
}

ssize_t nsfab_nl_recv(int fd, void *buf, size_t len, int flags)
{
	ssize_t ret;

	do
		ret = recv(fd, buf, len, flags | MSG_TRUNC);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (!ret)
		return -ECONNRESET;
	return (size_t)ret > len ? -EMSGSIZE : ret;
}

static int get_rbuf(struct nsfab *h)
{
	/* Large, but pages that are never touched cost nothing. */
	if (!h->rbuf)
		h->rbuf = malloc(NSFAB_NL_RBUF);
	return h->rbuf ? 0 : -ENOMEM;
}

static int begin(struct nsfab *h, const struct nsfab_nl_req *req,
		 struct nsfab_nl_msg *m, uint16_t flags, struct nsfab_err *err)
{
	if (h->busy)
		return nsfab_err_set(err, -EBUSY,
				     "handle is in use by a dump's callback");
	if (m->overflow)
		return nsfab_err_set(err, -EMSGSIZE, "request is too long");
	if (get_rbuf(h))
		return nsfab_err_set(err, -ENOMEM, "netlink");

	m->nlh->nlmsg_flags |= NLM_F_REQUEST | flags;
	m->nlh->nlmsg_seq = ++h->seq;
	return nsfab_nl_send(req, m->nlh, m->nlh->nlmsg_len, err);
}

int nsfab_nl_talk(struct nsfab *h, const struct nsfab_nl_req *req,
		  struct nsfab_nl_msg *m, nsfab_nl_cb cb, void *arg,
		  struct nsfab_err *err)
{
	const struct nlmsghdr *nlh;
	int told = 0;
	int len;
	int ret;

	ret = begin(h, req, m, NLM_F_ACK, err);
	if (ret)
		return ret;

	for (;;) {
		len = nsfab_nl_recv(req->fd, h->rbuf, NSFAB_NL_RBUF, 0);
		if (len < 0)
			return nsfab_err_set(err, len, "netlink receive");
		for (nlh = h->rbuf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			/* Left over from a request that was given up. */
			if (nlh->nlmsg_seq != m->nlh->nlmsg_seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				ret = nsfab_nl_err(err, nlh, m->nlh, req->extra,
						   req->names);
				return ret ? ret : told;
			}
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && cb && !told)
				told = cb(nlh, arg);
		}
	}
}

/* Messages of a dump, one behind the other. */
struct heap {
	char *data;
	size_t len;
	size_t size;
};

static int heap_add(struct heap *heap, const struct nlmsghdr *nlh)
{
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);
	size_t size = heap->size ? heap->size : 16384;
	char *data;

	while (size < heap->len + len)
		size *= 2;
	if (size != heap->size) {
		data = realloc(heap->data, size);
		if (!data)
			return -ENOMEM;
		heap->data = data;
		heap->size = size;
	}
	memcpy(heap->data + heap->len, nlh, nlh->nlmsg_len);
	heap->len += len;
	return 0;
}

static int heap_tell(const struct heap *heap, nsfab_nl_cb cb, void *arg)
{
	size_t pos = 0;
	int ret;

	while (pos < heap->len) {
		const struct nlmsghdr *nlh = (void *)(heap->data + pos);

		ret = cb(nlh, arg);
		if (ret)
			return ret;
		pos += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	return 0;
}

/* Of one try of a dump. */
struct try {
	struct heap *heap;	/* or else: */
	nsfab_nl_cb cb;
	void *arg;
	int told;
	bool intr;
};

/* Returns 1 at the end of the dump. */
static int dump_message(struct nsfab *h, const struct nsfab_nl_req *req,
			const struct nsfab_nl_msg *m, struct try *t,
			const struct nlmsghdr *nlh, struct nsfab_err *err)
{
	int ret;

	if (nlh->nlmsg_seq != m->nlh->nlmsg_seq)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		t->intr = true;

	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		ret = nsfab_nl_err(err, nlh, m->nlh, req->extra, req->names);
		return ret ? ret : 1;
	case NLMSG_OVERRUN:
		return nsfab_err_set(err, -ENOBUFS, "netlink receive");
	}
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
		return 0;
	if (t->heap) {
		if (heap_add(t->heap, nlh))
			/* The rest must be read all the same. */
			t->told = nsfab_err_set(err, -ENOMEM, "dump");
	} else if (!t->told) {
		h->busy = true;
		t->told = t->cb(nlh, t->arg);
		h->busy = false;
	}
	return 0;
}

static int dump_once(struct nsfab *h, const struct nsfab_nl_req *req,
		     struct nsfab_nl_msg *m, struct try *t,
		     struct nsfab_err *err)
{
	const struct nlmsghdr *nlh;
	int len;
	int ret;

	ret = begin(h, req, m, NLM_F_DUMP, err);
	if (ret)
		return ret;
	for (;;) {
		len = nsfab_nl_recv(req->fd, h->rbuf, NSFAB_NL_RBUF, 0);
		if (len < 0)
			return nsfab_err_set(err, len, "netlink receive");
		for (nlh = h->rbuf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			ret = dump_message(h, req, m, t, nlh, err);
			if (ret)
				return ret < 0 ? ret : t->told;
		}
	}
}

int nsfab_nl_dump(struct nsfab *h, const struct nsfab_nl_req *req,
		  struct nsfab_nl_msg *m, enum nsfab_nl_intr intr,
		  nsfab_nl_cb cb, void *arg, struct nsfab_err *err)
{
	int tries = intr == NSFAB_NL_RETRY ? NSFAB_NL_TRIES : TAKE_TRIES;
	struct heap heap = { 0 };
	int ret;
	int i;

	for (i = 0; i < tries; i++) {
		struct try t = { .cb = cb, .arg = arg };

		if (intr != NSFAB_NL_MERGE)
			t.heap = &heap;
		heap.len = 0;
		ret = dump_once(h, req, m, &t, err);
		/* The dump's own way to say that it was disturbed. */
		if (ret == -EINTR && !t.told)
			t.intr = true;
		else if (ret)
			goto out;
		if (!t.intr)
			break;
	}
	if (i == tries && intr == NSFAB_NL_RETRY)
		ret = nsfab_err_set(err, -EINTR,
				    "changed all the time while it was read");
	else
		ret = intr == NSFAB_NL_MERGE ? 0 : heap_tell(&heap, cb, arg);
out:
	free(heap.data);
	return ret;
}
