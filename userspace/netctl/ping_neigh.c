// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <nsfab/netns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ping_neigh.h"

#define DEFAULT_LIMIT 1024
#define PUT_ROOM 8192		/* of one send */
#define MESSAGE_ROOM 64		/* of one message: header, ndmsg, address */

struct limit {
	bool v6;
	unsigned long long value;
};

static int read_limit(void *arg)
{
	struct limit *limit = arg;
	char path[64];
	FILE *in;

	snprintf(path, sizeof(path),
		 "/proc/sys/net/ipv%d/neigh/default/gc_thresh3",
		 limit->v6 ? 6 : 4);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%llu", &limit->value) != 1)
		limit->value = DEFAULT_LIMIT;
	fclose(in);
	return 0;
}

/* The first namespace alone tells it. */
uint64_t ping_neigh_limit(bool v6)
{
	struct limit limit = { .v6 = v6, .value = DEFAULT_LIMIT };
	int fd;

	fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		nsfab_netns_call(fd, read_limit, &limit, NULL);
		close(fd);
	}
	return limit.value;
}

uint64_t ping_neigh_overflows(bool v6)
{
	const char *file = v6 ? "/proc/net/stat/ndisc_cache" :
				"/proc/net/stat/arp_cache";
	char line[1024], *word, *save = NULL;
	int column = -1, i;
	uint64_t sum = 0;
	FILE *in;

	in = fopen(file, "re");
	if (!in)
		return 0;
	if (fgets(line, sizeof(line), in)) {
		word = strtok_r(line, " \n", &save);
		for (i = 0; word; i++, word = strtok_r(NULL, " \n", &save))
			if (!strcmp(word, "table_fulls"))
				column = i;
	}
	while (column >= 0 && fgets(line, sizeof(line), in)) {
		word = strtok_r(line, " \n", &save);
		for (i = 0; word && i < column; i++)
			word = strtok_r(NULL, " \n", &save);
		sum += word ? strtoull(word, NULL, 16) : 0;
	}
	fclose(in);
	return sum;
}

/* Messages that are sent together */
struct removal {
	int fd;
	int err;
	size_t used;
	char buf[PUT_ROOM];
};

static void flush(struct removal *r)
{
	if (r->used && send(r->fd, r->buf, r->used, 0) < 0 && !r->err)
		r->err = -errno;
	r->used = 0;
}

/* Of what a dump tells: not what somebody has put there to stay */
static void on_neigh(struct removal *r, const struct nlmsghdr *nlh)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct nlmsghdr *to;
	struct ndmsg *key;

	if (nd->ndm_state & (NUD_PERMANENT | NUD_NOARP) ||
	    nd->ndm_flags & (NTF_EXT_LEARNED | NTF_PROXY))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*nd)) {
		if (mnl_attr_get_type(attr) != NDA_DST ||
		    mnl_attr_get_payload_len(attr) > 16)
			continue;
		if (r->used + MESSAGE_ROOM > sizeof(r->buf))
			flush(r);
		to = mnl_nlmsg_put_header(r->buf + r->used);
		to->nlmsg_type = RTM_DELNEIGH;
		to->nlmsg_flags = NLM_F_REQUEST;
		key = mnl_nlmsg_put_extra_header(to, sizeof(*key));
		key->ndm_family = nd->ndm_family;
		key->ndm_ifindex = nd->ndm_ifindex;
		mnl_attr_put(to, NDA_DST, mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
		r->used += MNL_ALIGN(to->nlmsg_len);
	}
}

/* Answers to removals have another sequence number: one is gone already. */
static bool read_some(struct removal *r, const void *data, int n,
		      unsigned int sequence)
{
	const struct nlmsghdr *nlh = data;

	for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_seq != sequence)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR)
			return false;
		on_neigh(r, nlh);
	}
	return true;
}

int ping_neigh_forget(int fd, bool v6)
{
	static unsigned int sequence;
	char request[MESSAGE_ROOM], answer[32768];
	struct removal r = { .fd = fd };
	struct nlmsghdr *nlh;
	struct ndmsg *nd;
	ssize_t n;

	nlh = mnl_nlmsg_put_header(request);
	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++sequence;
	nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	nd->ndm_family = v6 ? AF_INET6 : AF_INET;
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		return -errno;
	do {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < 0)
			return -errno;
	} while (read_some(&r, answer, n, sequence));
	flush(&r);
	return r.err;
}
