// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A queue of rtnetlink messages that one system call sends.
 *
 * Only the last message of a chunk asks for an acknowledgment: the kernel
 * answers a refused one in any case, and answers in order, so a message without
 * an answer before the last acknowledgment went well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"

/*
 * Every refusal of a chunk may have to fit the socket's receive buffer, and
 * its messages the send buffer, both of the default size.
 */
#define CHUNK_MESSAGES	64
#define CHUNK_BYTES	32768
#define SCRATCH		8192

struct entry {
	size_t offset;
	size_t extra;
	const struct nsfab_nl_set *names;
	int result;
};

struct nsfab_batch {
	struct nsfab *h;
	char *data;
	size_t len;
	size_t size;
	struct entry *entry;
	size_t n;
	size_t n_size;
	bool committed;
	char scratch[SCRATCH] __attribute__((aligned(NLMSG_ALIGNTO)));
};

struct nsfab_batch *nsfab_batch_new(struct nsfab *h)
{
	struct nsfab_batch *b = calloc(1, sizeof(*b));

	if (b)
		b->h = h;
	return b;
}

void nsfab_batch_free(struct nsfab_batch *b)
{
	if (!b)
		return;
	free(b->data);
	free(b->entry);
	free(b);
}

size_t nsfab_batch_count(const struct nsfab_batch *b)
{
	return b->committed ? 0 : b->n;
}

int nsfab_batch_result(const struct nsfab_batch *b, size_t index)
{
	return b->committed && index < b->n ? b->entry[index].result : -ENOENT;
}

void *nsfab_batch_start(struct nsfab_batch *b, struct nsfab_nl_msg *m,
			uint16_t type, uint16_t flags, size_t extra)
{
	m->nlh = (void *)b->scratch;
	m->size = sizeof(b->scratch);
	return nsfab_nl_msg_start(m, type, NLM_F_REQUEST | flags, extra);
}

int nsfab_batch_add(struct nsfab_batch *b, struct nsfab_nl_msg *m, size_t extra,
		    const struct nsfab_nl_set *names)
{
	size_t len = NLMSG_ALIGN(m->nlh->nlmsg_len);
	void *p;

	if (m->overflow)
		return -EMSGSIZE;
	if (b->committed) {
		b->committed = false;
		b->len = 0;
		b->n = 0;
	}
	if (b->len + len > b->size) {
		size_t size = b->size ? b->size * 2 : 4 * SCRATCH;

		p = realloc(b->data, size);
		if (!p)
			return -ENOMEM;
		b->data = p;
		b->size = size;
	}
	if (b->n == b->n_size) {
		size_t size = b->n_size ? b->n_size * 2 : 64;

		p = reallocarray(b->entry, size, sizeof(*b->entry));
		if (!p)
			return -ENOMEM;
		b->entry = p;
		b->n_size = size;
	}
	memcpy(b->data + b->len, m->nlh, m->nlh->nlmsg_len);
	memset(b->data + b->len + m->nlh->nlmsg_len, 0,
	       len - m->nlh->nlmsg_len);
	b->entry[b->n++] = (struct entry){
		.offset = b->len, .extra = extra, .names = names,
	};
	b->len += len;
	return 0;
}

static struct nlmsghdr *message(struct nsfab_batch *b, size_t i)
{
	return (void *)(b->data + b->entry[i].offset);
}

static size_t chunk_end(const struct nsfab_batch *b, size_t from)
{
	size_t end = from + 1;

	while (end < b->n && end - from < CHUNK_MESSAGES) {
		size_t next = end + 1 < b->n ? b->entry[end + 1].offset : b->len;

		if (next - b->entry[from].offset > CHUNK_BYTES)
			break;
		end++;
	}
	return end;
}

static void note_result(struct nsfab_batch *b, size_t i,
			const struct nlmsghdr *nlh, bool *failed,
			struct nsfab_err *err)
{
	struct entry *e = &b->entry[i];

	/* The first failure is the one to tell of. */
	e->result = nsfab_nl_err(*failed ? NULL : err, nlh, message(b, i),
				 e->extra, e->names);
	if (!e->result || *failed)
		return;
	*failed = true;
	if (err) {
		err->index = i;
		err->applied = i;
		if (e->result == -EOPNOTSUPP &&
		    strstr(err->kernel, "Unknown device type")) {
			err->origin = NSFAB_ERR_NO_MODULE;
			strcpy(err->text, "module nsfab is not loaded");
		}
	}
}

static int read_answers(struct nsfab_batch *b, size_t from, size_t to,
			uint32_t seq, bool *failed, struct nsfab_err *err)
{
	struct nsfab *h = b->h;
	const struct nlmsghdr *nlh;
	int len;

	for (;;) {
		len = nsfab_nl_recv(h->rtnl_fd, h->rbuf, NSFAB_NL_RBUF, 0);
		if (len < 0)
			return nsfab_err_set(err, len, "netlink receive");
		for (nlh = h->rbuf; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			uint32_t i = nlh->nlmsg_seq - seq;

			if (nlh->nlmsg_type != NLMSG_ERROR || i >= to - from)
				continue;
			note_result(b, from + i, nlh, failed, err);
			if (from + i == to - 1)
				return 0;
		}
	}
}

int nsfab_batch_commit(struct nsfab_batch *b, struct nsfab_err *err)
{
	struct nsfab_nl_req req = { .fd = b->h->rtnl_fd };
	struct nsfab *h = b->h;
	bool failed = false;
	size_t from, to, i;
	int ret;

	if (b->committed || !b->n)
		return 0;
	if (h->busy)
		return nsfab_err_set(err, -EBUSY,
				     "handle is in use by a dump's callback");
	if (!h->rbuf)
		h->rbuf = malloc(NSFAB_NL_RBUF);
	if (!h->rbuf)
		return nsfab_err_set(err, -ENOMEM, "netlink");

	b->committed = true;
	for (from = 0; from < b->n; from = to) {
		uint32_t seq = h->seq + 1;
		size_t start = b->entry[from].offset;

		to = chunk_end(b, from);
		for (i = from; i < to; i++)
			message(b, i)->nlmsg_seq = ++h->seq;
		message(b, to - 1)->nlmsg_flags |= NLM_F_ACK;
		ret = nsfab_nl_send(&req, b->data + start,
				    (to < b->n ? b->entry[to].offset : b->len) -
				    start, err);
		if (!ret)
			ret = read_answers(b, from, to, seq, &failed, err);
		if (ret) {
			for (i = from; i < b->n; i++)
				b->entry[i].result = ret;
			return ret;
		}
	}
	for (i = 0; i < b->n; i++)
		if (b->entry[i].result)
			return b->entry[i].result;
	return 0;
}
