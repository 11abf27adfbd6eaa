// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests of the generic netlink family. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"

static void read_groups(struct nsfab *h, const struct nlattr *groups)
{
	const struct nlattr *group, *a;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		uint32_t id = 0;

		mnl_attr_for_each_nested(a, group) {
			if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
				name = nsfab_nl_get_str(a);
			else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID)
				id = nsfab_nl_get(a);
		}
		if (!strcmp(name, NSFAB_MCGRP_CONFIG))
			h->group_config = id;
		else if (!strcmp(name, NSFAB_MCGRP_FLOW))
			h->group_flow = id;
	}
}

static int read_family(const struct nlmsghdr *nlh, void *arg)
{
	struct nsfab *h = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			h->family = nsfab_nl_get(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GROUPS)
			read_groups(h, a);
	}
	return 0;
}

int nsfab_genl_resolve(struct nsfab *h, struct nsfab_err *err)
{
	struct nsfab_nl_req req = {
		.fd = h->genl_fd, .extra = sizeof(struct genlmsghdr),
	};
	struct genlmsghdr *genl;
	struct nsfab_nl_msg m;
	int ret;

	if (h->family)
		return 0;
	if (nsfab_nl_msg_init(&m, 512))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	genl = nsfab_nl_msg_start(&m, GENL_ID_CTRL, 0, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	nsfab_nl_put_str(&m, CTRL_ATTR_FAMILY_NAME, NSFAB_FAMILY_NAME);
	ret = nsfab_nl_talk(h, &req, &m, read_family, h, err);
	nsfab_nl_msg_free(&m);
	if (ret == -ENOENT) {
		nsfab_err_set(err, -EINVAL, "module nsfab is not loaded");
		if (err) {
			err->code = -ENOENT;
			err->origin = NSFAB_ERR_NO_MODULE;
		}
	} else if (ret) {
		nsfab_err_prefix(err, "generic netlink family nsfab");
	}
	return ret;
}

void nsfab_genl_start(struct nsfab *h, struct nsfab_nl_msg *m, uint8_t cmd,
		      uint16_t flags, unsigned int ifindex)
{
	struct genlmsghdr *genl;

	genl = nsfab_nl_msg_start(m, h->family, flags, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NSFAB_FAMILY_VERSION;
	nsfab_nl_put_u32(m, NSFAB_A_IFINDEX, ifindex);
}

struct nsfab_nl_req nsfab_genl_req(const struct nsfab *h)
{
	return (struct nsfab_nl_req){
		.fd = h->genl_fd,
		.extra = sizeof(struct genlmsghdr),
		.names = &nsfab_nl_main,
	};
}

void nsfab_genl_put_filter(struct nsfab_nl_msg *m, const struct nsfab_filter *f,
			   uint16_t flag)
{
	static const struct nsfab_filter none;
	struct nlattr *nest;
	size_t i;

	if (!f)
		f = &none;
	if (!f->present && !f->n_ports && !flag)
		return;
	nest = nsfab_nl_nest(m, NSFAB_A_FILTER);
	if (f->present & NSFAB_FILTER_HAS_TENANT)
		nsfab_nl_put_u32(m, NSFAB_A_FILTER_TENANT, f->tenant);
	if (f->present & NSFAB_FILTER_HAS_NETWORK)
		nsfab_nl_put_u32(m, NSFAB_A_FILTER_NETWORK, f->network);
	for (i = 0; i < f->n_ports; i++)
		nsfab_nl_put_u32(m, NSFAB_A_FILTER_PORT, f->ports[i]);
	if (f->present & NSFAB_FILTER_HAS_PROTO)
		nsfab_nl_put_u8(m, NSFAB_A_FILTER_PROTO, f->proto);
	if (f->present & NSFAB_FILTER_HAS_PREFIX) {
		nsfab_nl_put_addr(m, NSFAB_A_FILTER_ADDRESS, &f->prefix.addr);
		nsfab_nl_put_u8(m, NSFAB_A_FILTER_PREFIXLEN, f->prefix.len);
	}
	if (f->present & NSFAB_FILTER_HAS_L4_PORT)
		nsfab_nl_put_be16(m, NSFAB_A_FILTER_L4_PORT, f->l4_port);
	if (f->present & NSFAB_FILTER_HAS_MIN_BYTES)
		nsfab_nl_put_u64(m, NSFAB_A_FILTER_MIN_BYTES, f->min_bytes);
	if (flag)
		nsfab_nl_put(m, flag, NULL, 0);
	nsfab_nl_nest_end(m, nest);
}

/*
 * Objects in a request whose answer tells them all with their counters, some
 * 300 bytes each: it has to fit the socket's receive buffer of 200 KiB.
 */
#define ECHO_OBJECTS 128

struct echo {
	const struct nsfab_genl_kind *kind;
	uint32_t *ids;
	size_t n;
	size_t got;
};

static int read_echo(const struct nlmsghdr *nlh, void *arg)
{
	struct echo *e = arg;
	const struct nlattr *nest, *a;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != e->kind->attr || e->got == e->n)
			continue;
		e->ids[e->got] = 0;
		mnl_attr_for_each_nested(a, nest)
			if (mnl_attr_get_type(a) == e->kind->id)
				e->ids[e->got] = nsfab_nl_get(a);
		e->got++;
	}
	return 0;
}

typedef void (*put_fn)(struct nsfab_nl_msg *m, const void *obj);

/*
 * Put as many of the objects as fit, or without @put of their ids. Returns
 * their number.
 */
static size_t put_some(struct nsfab_nl_msg *m,
		       const struct nsfab_genl_kind *kind, put_fn put,
		       const char *objs, size_t size, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t len = m->nlh->nlmsg_len;
		struct nlattr *nest;

		nest = nsfab_nl_nest(m, kind->attr);
		if (put)
			put(m, objs + i * size);
		else
			nsfab_nl_put_u32(m, kind->id,
					 *(const uint32_t *)(objs + i * size));
		nsfab_nl_nest_end(m, nest);
		if (m->overflow) {
			m->nlh->nlmsg_len = len;
			/* One that is too long by itself stays refused. */
			m->overflow = !i;
			break;
		}
	}
	return i;
}

/* @most objects in a message at most. */
static int write_all(struct nsfab *h, const struct nsfab_genl_kind *kind,
		     put_fn put, uint8_t cmd, uint16_t flags,
		     unsigned int ifindex, const void *objs, size_t size,
		     size_t n, size_t most, uint32_t *ids,
		     struct nsfab_err *err)
{
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	size_t done = 0;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret || !n)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	if (ids)
		flags |= NLM_F_ECHO;

	while (done < n) {
		struct echo echo = { .kind = kind };
		size_t some = n - done < most ? n - done : most;

		nsfab_genl_start(h, &m, cmd, flags, ifindex);
		some = put_some(&m, kind, put, (const char *)objs + done * size,
				size, some);
		if (ids) {
			echo.ids = ids + done;
			echo.n = some;
		}
		ret = nsfab_nl_talk(h, &req, &m, ids ? read_echo : NULL, &echo,
				    err);
		if (!ret && echo.got != echo.n)
			ret = nsfab_err_set(err, -EBADMSG,
					    "kernel told %zu of %zu new ids",
					    echo.got, echo.n);
		if (ret)
			break;
		done += some;
	}
	nsfab_nl_msg_free(&m);
	if (ret && err) {
		err->applied = done;
		if (err->index >= 0)
			err->index += done;
		else if (n == 1)
			err->index = 0;
	}
	return ret;
}

int nsfab_genl_write(struct nsfab *h, const struct nsfab_genl_kind *kind,
		     uint8_t cmd, uint16_t flags, unsigned int ifindex,
		     const void *objs, size_t n, uint32_t *ids,
		     struct nsfab_err *err)
{
	size_t most = kind->echo ? kind->echo : ECHO_OBJECTS;

	return write_all(h, kind, kind->put, cmd, flags, ifindex, objs,
			 kind->size, n, ids ? most : n, ids, err);
}

int nsfab_genl_set(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const void *objs,
		   size_t n, struct nsfab_err *err)
{
	return write_all(h, kind, kind->put, cmd, 0, ifindex, objs, kind->size,
			 n, 1, NULL, err);
}

int nsfab_genl_del(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err)
{
	return write_all(h, kind, NULL, cmd, 0, ifindex, ids, sizeof(*ids), n,
			 n, NULL, err);
}

struct reading {
	const struct nsfab_genl_kind *kind;
	const void *sink;
	size_t got;
};

static int read_objects(const struct nlmsghdr *nlh, void *arg)
{
	struct reading *r = arg;
	const struct nlattr *nest;
	int ret;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != r->kind->attr)
			continue;
		r->got++;
		ret = r->kind->tell(nest, r->sink);
		if (ret)
			return ret;
	}
	return 0;
}

struct copy {
	struct nlmsghdr *nlh;
};

static int copy_message(const struct nlmsghdr *nlh, void *arg)
{
	struct copy *c = arg;

	if (c->nlh)
		return 0;
	c->nlh = malloc(nlh->nlmsg_len);
	if (!c->nlh)
		return -ENOMEM;
	memcpy(c->nlh, nlh, nlh->nlmsg_len);
	return 0;
}

int nsfab_genl_get(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const void *key,
		   const void *sink, struct nsfab_err *err)
{
	struct reading r = { .kind = kind, .sink = sink };
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	struct copy c = { 0 };
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, cmd, 0, ifindex);
	put_some(&m, kind, kind->put, key, kind->size, 1);
	/* Told from a copy: the callback may use the handle. */
	ret = nsfab_nl_talk(h, &req, &m, copy_message, &c, err);
	nsfab_nl_msg_free(&m);
	if (!ret && c.nlh)
		ret = read_objects(c.nlh, &r);
	if (!ret && !r.got)
		ret = nsfab_err_set(err, -ENOENT, "no such %s", kind->name);
	free(c.nlh);
	return ret;
}

int nsfab_genl_dump_messages(struct nsfab *h, uint8_t cmd, unsigned int ifindex,
			     const struct nsfab_filter *filter, uint16_t flag,
			     nsfab_nl_cb cb, void *arg, struct nsfab_err *err)
{
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, NSFAB_NL_BATCH))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, cmd, 0, ifindex);
	nsfab_genl_put_filter(&m, filter, flag);
	ret = nsfab_nl_dump(h, &req, &m, NSFAB_NL_RETRY, cb, arg, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

int nsfab_genl_dump(struct nsfab *h, const struct nsfab_genl_kind *kind,
		    uint8_t cmd, unsigned int ifindex,
		    const struct nsfab_filter *filter, const void *sink,
		    struct nsfab_err *err)
{
	struct reading r = { .kind = kind, .sink = sink };

	return nsfab_genl_dump_messages(h, cmd, ifindex, filter, 0,
					read_objects, &r, err);
}
