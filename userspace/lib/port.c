// SPDX-License-Identifier: LGPL-2.1-or-later
/* Ports. */
#include <errno.h>
#include <string.h>

#include <nsfab/port.h>
#include <nsfab/tenant.h>
#include "dup.h"
#include "nl.h"

struct sink {
	nsfab_port_cb cb;
	void *arg;
};

static void put_allowed(struct nsfab_nl_msg *m, const struct nsfab_port *p)
{
	struct nlattr *nest;
	size_t i;

	if (!p->n_allowed)
		nsfab_nl_put(m, NSFAB_A_PORT_NO_ALLOWED, NULL, 0);
	for (i = 0; i < p->n_allowed; i++) {
		const struct nsfab_allowed *al = &p->allowed[i];

		nest = nsfab_nl_nest(m, NSFAB_A_PORT_ALLOWED);
		nsfab_nl_put_addr(m, NSFAB_A_ALLOWED_ADDRESS, &al->prefix.addr);
		nsfab_nl_put_u8(m, NSFAB_A_ALLOWED_PREFIXLEN, al->prefix.len);
		if (al->has_mac)
			nsfab_nl_put(m, NSFAB_A_ALLOWED_MAC, al->mac,
				     NSFAB_MAC_LEN);
		nsfab_nl_nest_end(m, nest);
	}
}

static void port_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_port *p = obj;
	size_t i;

	if (p->present & NSFAB_PORT_HAS_ID)
		nsfab_nl_put_u32(m, NSFAB_A_PORT_ID, p->id);
	if (p->present & NSFAB_PORT_HAS_TENANT)
		nsfab_nl_put_u32(m, NSFAB_A_PORT_TENANT, p->tenant);
	if (p->present & NSFAB_PORT_HAS_NETWORK)
		nsfab_nl_put_u32(m, NSFAB_A_PORT_NETWORK, p->network);
	if (p->present & NSFAB_PORT_HAS_NAME)
		nsfab_nl_put_str(m, NSFAB_A_PORT_NAME, p->name);
	if (p->present & NSFAB_PORT_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_PORT_REVISION, p->revision);
	if (p->present & NSFAB_PORT_HAS_MAC)
		nsfab_nl_put(m, NSFAB_A_PORT_MAC, p->mac, NSFAB_MAC_LEN);
	if (p->present & NSFAB_PORT_HAS_ADDRESSES) {
		if (!p->n_addresses)
			nsfab_nl_put(m, NSFAB_A_PORT_NO_ADDRESSES, NULL, 0);
		for (i = 0; i < p->n_addresses; i++)
			nsfab_nl_put_addr(m, NSFAB_A_PORT_ADDRESS,
					  &p->addresses[i]);
	}
	if (p->present & NSFAB_PORT_HAS_ALLOWED)
		put_allowed(m, p);
	if (p->present & NSFAB_PORT_HAS_FLAGS)
		nsfab_nl_put_u32(m, NSFAB_A_PORT_FLAGS, p->flags);
	if (p->present & NSFAB_PORT_HAS_BINDING)
		nsfab_nl_put_u8(m, NSFAB_A_PORT_BINDING, p->binding);
	if (p->present & NSFAB_PORT_HAS_VTEP)
		nsfab_nl_put_addr(m, NSFAB_A_PORT_VTEP, &p->vtep);
	if (p->present & NSFAB_PORT_HAS_PEER)
		nsfab_nl_put_u32(m, NSFAB_A_PORT_PEER, p->peer);
	if (p->present & NSFAB_PORT_HAS_LABELS)
		nsfab_nl_put_str(m, NSFAB_A_PORT_LABELS, p->labels);
}

static void read_allowed(struct nsfab_allowed *al, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(al, 0, sizeof(*al));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_ALLOWED_ADDRESS:
			al->prefix.addr = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_ALLOWED_PREFIXLEN:
			al->prefix.len = nsfab_nl_get(a);
			break;
		case NSFAB_A_ALLOWED_MAC:
			nsfab_nl_get_mac(a, al->mac);
			al->has_mac = true;
			break;
		}
	}
}

/* Attributes that are one value each; the caller reads the lists. */
static void read_value(struct nsfab_port *p, const struct nlattr *a)
{
	switch (mnl_attr_get_type(a)) {
	case NSFAB_A_PORT_ID:
		p->id = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_ID;
		break;
	case NSFAB_A_PORT_TENANT:
		p->tenant = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_TENANT;
		break;
	case NSFAB_A_PORT_NETWORK:
		p->network = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_NETWORK;
		break;
	case NSFAB_A_PORT_NAME:
		p->name = nsfab_nl_get_str(a);
		p->present |= NSFAB_PORT_HAS_NAME;
		break;
	case NSFAB_A_PORT_REVISION:
		p->revision = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_REVISION;
		break;
	case NSFAB_A_PORT_MAC:
		nsfab_nl_get_mac(a, p->mac);
		p->present |= NSFAB_PORT_HAS_MAC;
		break;
	case NSFAB_A_PORT_FLAGS:
		p->flags = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_FLAGS;
		break;
	case NSFAB_A_PORT_BINDING:
		p->binding = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_BINDING;
		break;
	case NSFAB_A_PORT_VTEP:
		p->vtep = nsfab_nl_get_addr(a);
		p->present |= NSFAB_PORT_HAS_VTEP;
		break;
	case NSFAB_A_PORT_PEER:
		p->peer = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_PEER;
		break;
	case NSFAB_A_PORT_LABELS:
		p->labels = nsfab_nl_get_str(a);
		p->present |= NSFAB_PORT_HAS_LABELS;
		break;
	case NSFAB_A_PORT_DEV_IFINDEX:
		p->dev_ifindex = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_DEV_IFINDEX;
		break;
	case NSFAB_A_PORT_DEV_NETNSID:
		p->dev_netnsid = nsfab_nl_get(a);
		p->present |= NSFAB_PORT_HAS_DEV_NETNSID;
		break;
	case NSFAB_A_PORT_COUNTERS:
		nsfab_counters_read(&p->counters, a);
		p->present |= NSFAB_PORT_HAS_COUNTERS;
		break;
	}
}

static int port_tell(const struct nlattr *nest, const void *data)
{
	struct nsfab_allowed allowed[NSFAB_ADDRS_MAX];
	struct nsfab_addr addresses[NSFAB_ADDRS_MAX];
	struct nsfab_port p = { .addresses = addresses, .allowed = allowed };
	const struct sink *sink = data;
	const struct nlattr *a;

	/* A full reply without addresses has none. */
	p.present = NSFAB_PORT_HAS_ADDRESSES | NSFAB_PORT_HAS_ALLOWED;
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_PORT_ADDRESS:
			if (p.n_addresses < NSFAB_ADDRS_MAX)
				addresses[p.n_addresses++] =
					nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_PORT_ALLOWED:
			if (p.n_allowed < NSFAB_ADDRS_MAX)
				read_allowed(&allowed[p.n_allowed++], a);
			break;
		default:
			read_value(&p, a);
		}
	}
	return sink->cb(&p, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_port = {
	.attr = NSFAB_A_PORT,
	.name = "port",
	.size = sizeof(struct nsfab_port),
	.put = port_put,
	.tell = port_tell,
	.id = NSFAB_A_PORT_ID,
};

int nsfab_port_new(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_port *ports, size_t n, uint32_t *ids,
		   struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_port, NSFAB_CMD_PORT_NEW, 0,
				ifindex, ports, n, ids, err);
}

int nsfab_port_set(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_port *ports, size_t n,
		   struct nsfab_err *err)
{
	return nsfab_genl_set(h, &nsfab_kind_port, NSFAB_CMD_PORT_SET,
			      ifindex, ports, n, err);
}

int nsfab_port_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err)
{
	return nsfab_genl_del(h, &nsfab_kind_port, NSFAB_CMD_PORT_DEL, ifindex,
			      ids, n, err);
}

int nsfab_port_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		   uint32_t tenant, const char *name, nsfab_port_cb cb,
		   void *arg, struct nsfab_err *err)
{
	struct nsfab_port key = { .id = id, .tenant = tenant, .name = name };
	struct sink sink = { .cb = cb, .arg = arg };

	key.present = id ? NSFAB_PORT_HAS_ID :
		      NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NAME;
	return nsfab_genl_get(h, &nsfab_kind_port, NSFAB_CMD_PORT_GET, ifindex,
			      &key, &sink, err);
}

int nsfab_port_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, nsfab_port_cb cb,
		    void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_port, NSFAB_CMD_PORT_GET, ifindex,
			       filter, &sink, err);
}

static int take_id(const struct nsfab_port *p, void *arg)
{
	*(uint32_t *)arg = p->id;
	return 0;
}

int nsfab_port_find(struct nsfab *h, unsigned int ifindex, const char *path,
		    uint32_t *id, uint32_t *tenant, struct nsfab_err *err)
{
	char name[NSFAB_NAME_MAX + 1];
	const char *rest;
	uint32_t tid;
	int ret;

	ret = nsfab_path_split(path, name, &rest, err);
	if (ret)
		return ret;
	ret = nsfab_tenant_find(h, ifindex, name, &tid, err);
	if (ret)
		return ret;
	ret = nsfab_port_get(h, ifindex, 0, tid, rest, take_id, id, err);
	if (ret)
		nsfab_err_prefix(err, "port %s", path);
	else if (tenant)
		*tenant = tid;
	return ret;
}

struct nsfab_port *nsfab_port_dup(const struct nsfab_port *p)
{
	const struct nsfab_dup_part part[] = {
		NSFAB_DUP_STR(struct nsfab_port, p, name),
		NSFAB_DUP_STR(struct nsfab_port, p, labels),
		NSFAB_DUP_ARRAY(struct nsfab_port, p, addresses,
				p->n_addresses),
		NSFAB_DUP_ARRAY(struct nsfab_port, p, allowed, p->n_allowed),
	};

	return nsfab_dup(p, sizeof(*p), part, sizeof(part) / sizeof(part[0]));
}
