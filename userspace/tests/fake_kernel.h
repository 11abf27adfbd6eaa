/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel made of two socket pairs. What it will answer is queued before the
 * call, what it was asked is read behind it: the library's sequence numbers
 * begin with 1, so that an answer can be written before its question.
 */
#ifndef NSFAB_TESTS_FAKE_KERNEL_H
#define NSFAB_TESTS_FAKE_KERNEL_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl.h"

#define FAKE_FAMILY 0x1d

struct fake {
	struct nsfab *h;
	int genl;		/* the kernel's ends */
	int rtnl;
	struct nsfab_err err;
	char request[70000] __attribute__((aligned(8)));
};

static inline int fake_setup(void **state)
{
	struct fake *f = calloc(1, sizeof(*f));
	int genl[2], rtnl[2];

	assert_non_null(f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, genl), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, rtnl), 0);
	assert_int_equal(nsfab_open_sockets(&f->h, genl[0], rtnl[0], &f->err),
			 0);
	f->genl = genl[1];
	f->rtnl = rtnl[1];
	f->h->family = FAKE_FAMILY;
	*state = f;
	return 0;
}

static inline int fake_teardown(void **state)
{
	struct fake *f = *state;

	nsfab_close(f->h);
	close(f->genl);
	close(f->rtnl);
	free(f);
	return 0;
}

static inline void fake_send(int fd, const struct nsfab_nl_msg *m)
{
	assert_false(m->overflow);
	assert_int_equal(send(fd, m->nlh, m->nlh->nlmsg_len, 0),
			 m->nlh->nlmsg_len);
}

/* An NLMSG_ERROR; with @text an extack, with @attr >= 0 an offset or a type. */
static inline void fake_error(int fd, uint32_t seq, int code, const char *text,
			      uint16_t tlv, int64_t attr)
{
	struct nlmsgerr *e;
	struct nsfab_nl_msg m;

	nsfab_nl_msg_init(&m, 4096);
	e = nsfab_nl_msg_start(&m, NLMSG_ERROR, NLM_F_CAPPED, sizeof(*e));
	e->error = code;
	m.nlh->nlmsg_seq = seq;
	if (text || attr >= 0)
		m.nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	if (text)
		nsfab_nl_put_str(&m, NLMSGERR_ATTR_MSG, text);
	if (attr >= 0)
		nsfab_nl_put_u32(&m, tlv, attr);
	fake_send(fd, &m);
	nsfab_nl_msg_free(&m);
}

static inline void fake_ack(int fd, uint32_t seq)
{
	fake_error(fd, seq, 0, NULL, 0, -1);
}

/* An answer of the family, to be filled and sent with fake_send(). */
static inline void fake_genl(struct nsfab_nl_msg *m, uint32_t seq, uint8_t cmd,
			     uint16_t flags)
{
	struct genlmsghdr *genl;

	nsfab_nl_msg_init(m, 65536);
	genl = nsfab_nl_msg_start(m, FAKE_FAMILY, flags, sizeof(*genl));
	genl->cmd = cmd;
	m->nlh->nlmsg_seq = seq;
}

static inline void fake_done(int fd, uint32_t seq, int code, uint16_t flags)
{
	struct nsfab_nl_msg m;
	int *p;

	nsfab_nl_msg_init(&m, 64);
	p = nsfab_nl_msg_start(&m, NLMSG_DONE, NLM_F_MULTI | flags,
			       sizeof(*p));
	*p = code;
	m.nlh->nlmsg_seq = seq;
	fake_send(fd, &m);
	nsfab_nl_msg_free(&m);
}

/* The next request, or NULL if there was none. */
static inline struct nlmsghdr *fake_request(struct fake *f, int fd)
{
	ssize_t len = recv(fd, f->request, sizeof(f->request), MSG_DONTWAIT);

	if (len < 0) {
		assert_int_equal(errno, EAGAIN);
		return NULL;
	}
	return (struct nlmsghdr *)f->request;
}

static inline bool fake_is_text(const uint8_t *p, size_t len)
{
	size_t i;

	if (len < 2 || p[len - 1])
		return false;
	for (i = 0; i < len - 1; i++)
		if ((p[i] < ' ' && p[i] != '\n') || p[i] > '~')
			return false;
	return true;
}

static inline void fake_print(FILE *out, const struct nlattr *a, size_t len,
			      const struct nsfab_nl_set *set)
{
	const char *sep = "";

	while (len >= MNL_ATTR_HDRLEN) {
		const struct nsfab_nl_attr *attr;
		uint16_t type = mnl_attr_get_type(a);
		const uint8_t *p = mnl_attr_get_payload(a);
		size_t n = mnl_attr_get_payload_len(a);
		size_t i;

		assert_true(type < set->n && set->attr[type].name);
		attr = &set->attr[type];
		fprintf(out, "%s%s", sep, attr->name);
		sep = " ";
		if (attr->nested) {
			fputc('{', out);
			fake_print(out, (const void *)p, n, attr->nested);
			fputc('}', out);
		} else if (fake_is_text(p, n)) {
			fprintf(out, "='%s'", (const char *)p);
		} else if (n) {
			fputc('=', out);
			for (i = 0; i < n; i++)
				fprintf(out, "%02x", p[i]);
		}
		i = MNL_ALIGN(a->nla_len);
		len = i < len ? len - i : 0;
		a = (const void *)((const char *)a + i);
	}
}

/* A request's attributes as text: names, nests in braces, values in hex. */
static inline char *fake_text(const struct nlmsghdr *nlh, size_t extra,
			      const struct nsfab_nl_set *set)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fake_print(out, mnl_nlmsg_get_payload_offset(nlh, extra),
		   mnl_nlmsg_get_payload_len(nlh) - MNL_ALIGN(extra), set);
	fclose(out);
	return text;
}

static inline void fake_assert_genl(struct fake *f, uint8_t cmd,
				    uint16_t flags, const char *expected)
{
	const struct nlmsghdr *nlh = fake_request(f, f->genl);
	const struct genlmsghdr *genl;
	char *text;

	assert_non_null(nlh);
	genl = mnl_nlmsg_get_payload(nlh);
	assert_int_equal(nlh->nlmsg_type, FAKE_FAMILY);
	assert_int_equal(nlh->nlmsg_flags, NLM_F_REQUEST | flags);
	assert_int_equal(genl->cmd, cmd);
	assert_int_equal(genl->version, NSFAB_FAMILY_VERSION);
	text = fake_text(nlh, sizeof(*genl), &nsfab_nl_main);
	assert_string_equal(text, expected);
	free(text);
}

#endif /* NSFAB_TESTS_FAKE_KERNEL_H */
