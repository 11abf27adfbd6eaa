// SPDX-License-Identifier: LGPL-2.1-or-later
/* Neighbours. */
#include <nsfab/neigh.h>
#include "nl.h"

struct sink {
	nsfab_neigh_cb cb;
	void *arg;
};

static void neigh_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_neigh *n = obj;

	nsfab_nl_put_u32(m, NSFAB_A_NEIGH_NETWORK, n->network);
	nsfab_nl_put_addr(m, NSFAB_A_NEIGH_ADDRESS, &n->addr);
	if (n->present & NSFAB_NEIGH_HAS_MAC)
		nsfab_nl_put(m, NSFAB_A_NEIGH_MAC, n->mac, NSFAB_MAC_LEN);
	if (n->present & NSFAB_NEIGH_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_NEIGH_REVISION, n->revision);
}

static int neigh_tell(const struct nlattr *nest, const void *data)
{
	const struct sink *sink = data;
	struct nsfab_neigh n = { 0 };
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_NEIGH_NETWORK:
			n.network = nsfab_nl_get(a);
			break;
		case NSFAB_A_NEIGH_ADDRESS:
			n.addr = nsfab_nl_get_addr(a);
			break;
		case NSFAB_A_NEIGH_MAC:
			nsfab_nl_get_mac(a, n.mac);
			n.present |= NSFAB_NEIGH_HAS_MAC;
			break;
		case NSFAB_A_NEIGH_KIND:
			n.kind = nsfab_nl_get(a);
			n.present |= NSFAB_NEIGH_HAS_KIND;
			break;
		case NSFAB_A_NEIGH_PORT:
			n.port = nsfab_nl_get(a);
			n.present |= NSFAB_NEIGH_HAS_PORT;
			break;
		case NSFAB_A_NEIGH_REVISION:
			n.revision = nsfab_nl_get(a);
			n.present |= NSFAB_NEIGH_HAS_REVISION;
			break;
		}
	}
	return sink->cb(&n, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_neigh = {
	.attr = NSFAB_A_NEIGH,
	.name = "neighbour",
	.size = sizeof(struct nsfab_neigh),
	.put = neigh_put,
	.tell = neigh_tell,
};

int nsfab_neigh_new(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *entries, size_t n, bool replace,
		    struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_neigh, NSFAB_CMD_NEIGH_NEW,
				replace ? NLM_F_REPLACE : 0, ifindex, entries,
				n, NULL, err);
}

int nsfab_neigh_del(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *entries, size_t n,
		    struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_neigh, NSFAB_CMD_NEIGH_DEL, 0,
				ifindex, entries, n, NULL, err);
}

int nsfab_neigh_get(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_neigh *key, nsfab_neigh_cb cb, void *arg,
		    struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };
	struct nsfab_neigh k = *key;

	k.present = 0;
	return nsfab_genl_get(h, &nsfab_kind_neigh, NSFAB_CMD_NEIGH_GET,
			      ifindex, &k, &sink, err);
}

int nsfab_neigh_dump(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_filter *filter, nsfab_neigh_cb cb,
		     void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_neigh, NSFAB_CMD_NEIGH_GET,
			       ifindex, filter, &sink, err);
}
