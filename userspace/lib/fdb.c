// SPDX-License-Identifier: LGPL-2.1-or-later
/* Forwarding entries. */
#include <nsfab/fdb.h>
#include "nl.h"

struct sink {
	nsfab_fdb_cb cb;
	void *arg;
};

static void fdb_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_fdb *f = obj;

	nsfab_nl_put_u32(m, NSFAB_A_FDB_NETWORK, f->network);
	nsfab_nl_put(m, NSFAB_A_FDB_MAC, f->mac, NSFAB_MAC_LEN);
	if (f->present & NSFAB_FDB_HAS_PORT)
		nsfab_nl_put_u32(m, NSFAB_A_FDB_PORT, f->port);
	if (f->present & NSFAB_FDB_HAS_VTEP)
		nsfab_nl_put_addr(m, NSFAB_A_FDB_VTEP, &f->vtep);
	if (f->present & NSFAB_FDB_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_FDB_REVISION, f->revision);
}

static int fdb_tell(const struct nlattr *nest, const void *data)
{
	const struct sink *sink = data;
	struct nsfab_fdb f = { 0 };
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_FDB_NETWORK:
			f.network = nsfab_nl_get(a);
			break;
		case NSFAB_A_FDB_MAC:
			nsfab_nl_get_mac(a, f.mac);
			break;
		case NSFAB_A_FDB_KIND:
			f.kind = nsfab_nl_get(a);
			f.present |= NSFAB_FDB_HAS_KIND;
			break;
		case NSFAB_A_FDB_PORT:
			f.port = nsfab_nl_get(a);
			f.present |= NSFAB_FDB_HAS_PORT;
			break;
		case NSFAB_A_FDB_VTEP:
			f.vtep = nsfab_nl_get_addr(a);
			f.present |= NSFAB_FDB_HAS_VTEP;
			break;
		case NSFAB_A_FDB_REVISION:
			f.revision = nsfab_nl_get(a);
			f.present |= NSFAB_FDB_HAS_REVISION;
			break;
		case NSFAB_A_FDB_AGE:
			f.age = nsfab_nl_get(a);
			f.present |= NSFAB_FDB_HAS_AGE;
			break;
		}
	}
	return sink->cb(&f, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_fdb = {
	.attr = NSFAB_A_FDB,
	.name = "forwarding entry",
	.size = sizeof(struct nsfab_fdb),
	.put = fdb_put,
	.tell = fdb_tell,
};

int nsfab_fdb_new(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *entries, size_t n, bool replace,
		  struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_fdb, NSFAB_CMD_FDB_NEW,
				replace ? NLM_F_REPLACE : 0, ifindex, entries,
				n, NULL, err);
}

int nsfab_fdb_del(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *entries, size_t n,
		  struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_fdb, NSFAB_CMD_FDB_DEL, 0,
				ifindex, entries, n, NULL, err);
}

int nsfab_fdb_get(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_fdb *key, nsfab_fdb_cb cb, void *arg,
		  struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };
	struct nsfab_fdb k = *key;

	k.present = 0;
	return nsfab_genl_get(h, &nsfab_kind_fdb, NSFAB_CMD_FDB_GET, ifindex,
			      &k, &sink, err);
}

int nsfab_fdb_dump(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_filter *filter, nsfab_fdb_cb cb,
		   void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_fdb, NSFAB_CMD_FDB_GET, ifindex,
			       filter, &sink, err);
}
