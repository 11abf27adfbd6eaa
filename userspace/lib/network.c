// SPDX-License-Identifier: LGPL-2.1-or-later
/* Networks and their subnets. */
#include <errno.h>
#include <string.h>

#include <nsfab/network.h>
#include <nsfab/tenant.h>
#include "dup.h"
#include "nl.h"

struct sink {
	nsfab_network_cb cb;
	void *arg;
};

static void put_subnets(struct nsfab_nl_msg *m, const struct nsfab_network *net)
{
	struct nlattr *nest;
	size_t i;

	if (!net->n_subnets)
		nsfab_nl_put(m, NSFAB_A_NETWORK_NO_SUBNETS, NULL, 0);
	for (i = 0; i < net->n_subnets; i++) {
		const struct nsfab_subnet *s = &net->subnets[i];

		nest = nsfab_nl_nest(m, NSFAB_A_NETWORK_SUBNET);
		nsfab_nl_put_addr(m, NSFAB_A_SUBNET_ADDRESS, &s->prefix.addr);
		nsfab_nl_put_u8(m, NSFAB_A_SUBNET_PREFIXLEN, s->prefix.len);
		if (s->gateway.len)
			nsfab_nl_put_addr(m, NSFAB_A_SUBNET_GATEWAY,
					  &s->gateway);
		nsfab_nl_nest_end(m, nest);
	}
}

static void network_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_network *net = obj;

	if (net->present & NSFAB_NETWORK_HAS_ID)
		nsfab_nl_put_u32(m, NSFAB_A_NETWORK_ID, net->id);
	if (net->present & NSFAB_NETWORK_HAS_TENANT)
		nsfab_nl_put_u32(m, NSFAB_A_NETWORK_TENANT, net->tenant);
	if (net->present & NSFAB_NETWORK_HAS_NAME)
		nsfab_nl_put_str(m, NSFAB_A_NETWORK_NAME, net->name);
	if (net->present & NSFAB_NETWORK_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_NETWORK_REVISION, net->revision);
	if (net->present & NSFAB_NETWORK_HAS_VNI)
		nsfab_nl_put_u32(m, NSFAB_A_NETWORK_VNI, net->vni);
	if (net->present & NSFAB_NETWORK_HAS_MTU)
		nsfab_nl_put_u32(m, NSFAB_A_NETWORK_MTU, net->mtu);
	if (net->present & NSFAB_NETWORK_HAS_FLAGS)
		nsfab_nl_put_u32(m, NSFAB_A_NETWORK_FLAGS, net->flags);
	if (net->present & NSFAB_NETWORK_HAS_SUBNETS)
		put_subnets(m, net);
	if (net->present & NSFAB_NETWORK_HAS_LABELS)
		nsfab_nl_put_str(m, NSFAB_A_NETWORK_LABELS, net->labels);
}

static void read_subnet(struct nsfab_subnet *s, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(s, 0, sizeof(*s));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_SUBNET_ADDRESS:
			s->prefix.addr = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_SUBNET_PREFIXLEN:
			s->prefix.len = nsfab_nl_get(a);
			break;
		case NSFAB_A_SUBNET_GATEWAY:
			s->gateway = nsfab_nl_get_addr(a);
			break;
		}
	}
}

static int network_tell(const struct nlattr *nest, const void *data)
{
	struct nsfab_subnet subnets[NSFAB_SUBNETS_MAX];
	struct nsfab_network net = { .subnets = subnets };
	const struct sink *sink = data;
	const struct nlattr *a;

	/* A full reply without subnets has none. */
	net.present = NSFAB_NETWORK_HAS_SUBNETS;
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_NETWORK_ID:
			net.id = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_ID;
			break;
		case NSFAB_A_NETWORK_TENANT:
			net.tenant = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_TENANT;
			break;
		case NSFAB_A_NETWORK_NAME:
			net.name = nsfab_nl_get_str(a);
			net.present |= NSFAB_NETWORK_HAS_NAME;
			break;
		case NSFAB_A_NETWORK_REVISION:
			net.revision = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_REVISION;
			break;
		case NSFAB_A_NETWORK_VNI:
			net.vni = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_VNI;
			break;
		case NSFAB_A_NETWORK_MTU:
			net.mtu = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_MTU;
			break;
		case NSFAB_A_NETWORK_FLAGS:
			net.flags = nsfab_nl_get(a);
			net.present |= NSFAB_NETWORK_HAS_FLAGS;
			break;
		case NSFAB_A_NETWORK_SUBNET:
			if (net.n_subnets < NSFAB_SUBNETS_MAX)
				read_subnet(&subnets[net.n_subnets++], a);
			break;
		case NSFAB_A_NETWORK_ROUTER_MAC:
			nsfab_nl_get_mac(a, net.router_mac);
			net.present |= NSFAB_NETWORK_HAS_ROUTER_MAC;
			break;
		case NSFAB_A_NETWORK_LABELS:
			net.labels = nsfab_nl_get_str(a);
			net.present |= NSFAB_NETWORK_HAS_LABELS;
			break;
		case NSFAB_A_NETWORK_COUNTERS:
			nsfab_counters_read(&net.counters, a);
			net.present |= NSFAB_NETWORK_HAS_COUNTERS;
			break;
		}
	}
	return sink->cb(&net, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_network = {
	.attr = NSFAB_A_NETWORK,
	.name = "network",
	.size = sizeof(struct nsfab_network),
	.put = network_put,
	.tell = network_tell,
	.id = NSFAB_A_NETWORK_ID,
};

int nsfab_network_new(struct nsfab *h, unsigned int ifindex,
		      const struct nsfab_network *networks, size_t n,
		      uint32_t *ids, struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_network, NSFAB_CMD_NETWORK_NEW,
				0, ifindex, networks, n, ids, err);
}

int nsfab_network_set(struct nsfab *h, unsigned int ifindex,
		      const struct nsfab_network *networks, size_t n,
		      struct nsfab_err *err)
{
	return nsfab_genl_set(h, &nsfab_kind_network, NSFAB_CMD_NETWORK_SET,
			      ifindex, networks, n, err);
}

int nsfab_network_del(struct nsfab *h, unsigned int ifindex,
		      const uint32_t *ids, size_t n, struct nsfab_err *err)
{
	return nsfab_genl_del(h, &nsfab_kind_network, NSFAB_CMD_NETWORK_DEL,
			      ifindex, ids, n, err);
}

int nsfab_network_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		      uint32_t tenant, const char *name, nsfab_network_cb cb,
		      void *arg, struct nsfab_err *err)
{
	struct nsfab_network key = { .id = id, .tenant = tenant, .name = name };
	struct sink sink = { .cb = cb, .arg = arg };

	key.present = id ? NSFAB_NETWORK_HAS_ID :
		      NSFAB_NETWORK_HAS_TENANT | NSFAB_NETWORK_HAS_NAME;
	return nsfab_genl_get(h, &nsfab_kind_network, NSFAB_CMD_NETWORK_GET,
			      ifindex, &key, &sink, err);
}

int nsfab_network_dump(struct nsfab *h, unsigned int ifindex,
		       const struct nsfab_filter *filter, nsfab_network_cb cb,
		       void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_network, NSFAB_CMD_NETWORK_GET,
			       ifindex, filter, &sink, err);
}

static int take_id(const struct nsfab_network *net, void *arg)
{
	*(uint32_t *)arg = net->id;
	return 0;
}

int nsfab_network_find(struct nsfab *h, unsigned int ifindex, const char *path,
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
	ret = nsfab_network_get(h, ifindex, 0, tid, rest, take_id, id, err);
	if (ret)
		nsfab_err_prefix(err, "network %s", path);
	else if (tenant)
		*tenant = tid;
	return ret;
}

struct nsfab_network *nsfab_network_dup(const struct nsfab_network *net)
{
	const struct nsfab_dup_part part[] = {
		NSFAB_DUP_STR(struct nsfab_network, net, name),
		NSFAB_DUP_STR(struct nsfab_network, net, labels),
		NSFAB_DUP_ARRAY(struct nsfab_network, net, subnets,
				net->n_subnets),
	};

	return nsfab_dup(net, sizeof(*net), part,
			 sizeof(part) / sizeof(part[0]));
}
