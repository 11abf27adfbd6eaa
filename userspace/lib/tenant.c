// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tenants. */
#include <errno.h>
#include <string.h>

#include <nsfab/tenant.h>
#include "dup.h"
#include "nl.h"

/* More than the kernel has tables or reasons today. */
#define LIST_MAX 32

struct sink {
	nsfab_tenant_cb cb;
	void *arg;
};

/* The members that are plain numbers of 32 bits. */
static const struct {
	uint32_t has;
	uint16_t attr;
	size_t offset;
} numbers[] = {
#define NUMBER(NAME, member) \
	{ NSFAB_TENANT_HAS_ ## NAME, NSFAB_A_TENANT_ ## NAME, \
	  offsetof(struct nsfab_tenant, member) }
	NUMBER(ID, id),
	NUMBER(MAX_NETWORKS, max_networks),
	NUMBER(MAX_PORTS, max_ports),
	NUMBER(MAX_FDB, max_fdb),
	NUMBER(MAX_NEIGH, max_neigh),
	NUMBER(MAX_ROUTES, max_routes),
	NUMBER(MAX_FLOWS, max_flows),
	NUMBER(MAX_LINKS, max_links),
	NUMBER(MAX_HELD, max_held),
	NUMBER(FLOW_TIMEOUT, flow_timeout),
	NUMBER(FDB_TIMEOUT, fdb_timeout),
#undef NUMBER
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void tenant_put(struct nsfab_nl_msg *m, const void *obj)
{
	const struct nsfab_tenant *t = obj;
	size_t i;

	for (i = 0; i < N_NUMBERS; i++)
		if (t->present & numbers[i].has)
			nsfab_nl_put_u32(m, numbers[i].attr,
					 *(const uint32_t *)((const char *)t +
							     numbers[i].offset));
	if (t->present & NSFAB_TENANT_HAS_NAME)
		nsfab_nl_put_str(m, NSFAB_A_TENANT_NAME, t->name);
	if (t->present & NSFAB_TENANT_HAS_REVISION)
		nsfab_nl_put_u64(m, NSFAB_A_TENANT_REVISION, t->revision);
	if (t->present & NSFAB_TENANT_HAS_MAX_HELD_BYTES)
		nsfab_nl_put_u64(m, NSFAB_A_TENANT_MAX_HELD_BYTES,
				 t->max_held_bytes);
	if (t->present & NSFAB_TENANT_HAS_ACCOUNTING)
		nsfab_nl_put_u8(m, NSFAB_A_TENANT_ACCOUNTING, t->accounting);
	if (t->present & NSFAB_TENANT_HAS_LABELS)
		nsfab_nl_put_str(m, NSFAB_A_TENANT_LABELS, t->labels);
}

static void read_number(struct nsfab_tenant *t, const struct nlattr *a)
{
	size_t i;

	for (i = 0; i < N_NUMBERS; i++) {
		if (numbers[i].attr != mnl_attr_get_type(a))
			continue;
		*(uint32_t *)((char *)t + numbers[i].offset) = nsfab_nl_get(a);
		t->present |= numbers[i].has;
	}
}

static int tenant_tell(const struct nlattr *nest, const void *data)
{
	struct nsfab_usage usage[LIST_MAX];
	struct nsfab_miss miss[LIST_MAX];
	const struct sink *sink = data;
	struct nsfab_tenant t = { .usage = usage, .miss = miss };
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_TENANT_NAME:
			t.name = nsfab_nl_get_str(a);
			t.present |= NSFAB_TENANT_HAS_NAME;
			break;
		case NSFAB_A_TENANT_REVISION:
			t.revision = nsfab_nl_get(a);
			t.present |= NSFAB_TENANT_HAS_REVISION;
			break;
		case NSFAB_A_TENANT_ACCOUNTING:
			t.accounting = nsfab_nl_get(a);
			t.present |= NSFAB_TENANT_HAS_ACCOUNTING;
			break;
		case NSFAB_A_TENANT_MAX_HELD_BYTES:
			t.max_held_bytes = nsfab_nl_get(a);
			t.present |= NSFAB_TENANT_HAS_MAX_HELD_BYTES;
			break;
		case NSFAB_A_TENANT_LABELS:
			t.labels = nsfab_nl_get_str(a);
			t.present |= NSFAB_TENANT_HAS_LABELS;
			break;
		case NSFAB_A_TENANT_COUNTERS:
			nsfab_counters_read(&t.counters, a);
			t.present |= NSFAB_TENANT_HAS_COUNTERS;
			break;
		case NSFAB_A_TENANT_USAGE:
			if (t.n_usage < LIST_MAX)
				nsfab_usage_read(&usage[t.n_usage++], a);
			break;
		case NSFAB_A_TENANT_MISS:
			if (t.n_miss < LIST_MAX)
				nsfab_miss_read(&miss[t.n_miss++], a);
			break;
		default:
			read_number(&t, a);
		}
	}
	return sink->cb(&t, sink->arg);
}

const struct nsfab_genl_kind nsfab_kind_tenant = {
	.attr = NSFAB_A_TENANT,
	.name = "tenant",
	.size = sizeof(struct nsfab_tenant),
	.put = tenant_put,
	.tell = tenant_tell,
	.id = NSFAB_A_TENANT_ID,
};

int nsfab_tenant_new(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_tenant *tenants, size_t n,
		     uint32_t *ids, struct nsfab_err *err)
{
	return nsfab_genl_write(h, &nsfab_kind_tenant, NSFAB_CMD_TENANT_NEW, 0,
				ifindex, tenants, n, ids, err);
}

int nsfab_tenant_set(struct nsfab *h, unsigned int ifindex,
		     const struct nsfab_tenant *tenants, size_t n,
		     struct nsfab_err *err)
{
	return nsfab_genl_set(h, &nsfab_kind_tenant, NSFAB_CMD_TENANT_SET,
			      ifindex, tenants, n, err);
}

int nsfab_tenant_del(struct nsfab *h, unsigned int ifindex, const uint32_t *ids,
		     size_t n, struct nsfab_err *err)
{
	return nsfab_genl_del(h, &nsfab_kind_tenant, NSFAB_CMD_TENANT_DEL,
			      ifindex, ids, n, err);
}

int nsfab_tenant_get(struct nsfab *h, unsigned int ifindex, uint32_t id,
		     const char *name, nsfab_tenant_cb cb, void *arg,
		     struct nsfab_err *err)
{
	struct nsfab_tenant key = { .id = id, .name = name };
	struct sink sink = { .cb = cb, .arg = arg };

	key.present = id ? NSFAB_TENANT_HAS_ID : NSFAB_TENANT_HAS_NAME;
	return nsfab_genl_get(h, &nsfab_kind_tenant, NSFAB_CMD_TENANT_GET,
			      ifindex, &key, &sink, err);
}

int nsfab_tenant_dump(struct nsfab *h, unsigned int ifindex, nsfab_tenant_cb cb,
		      void *arg, struct nsfab_err *err)
{
	struct sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &nsfab_kind_tenant, NSFAB_CMD_TENANT_GET,
			       ifindex, NULL, &sink, err);
}

static int take_id(const struct nsfab_tenant *t, void *arg)
{
	*(uint32_t *)arg = t->id;
	return 0;
}

int nsfab_tenant_find(struct nsfab *h, unsigned int ifindex, const char *name,
		      uint32_t *id, struct nsfab_err *err)
{
	int ret;

	if (!nsfab_name_valid(name))
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is no valid name of a tenant",
				     name);
	ret = nsfab_tenant_get(h, ifindex, 0, name, take_id, id, err);
	if (ret && (!err || err->origin != NSFAB_ERR_NO_MODULE))
		nsfab_err_prefix(err, "tenant %s", name);
	return ret;
}

struct nsfab_tenant *nsfab_tenant_dup(const struct nsfab_tenant *t)
{
	const struct nsfab_dup_part part[] = {
		NSFAB_DUP_STR(struct nsfab_tenant, t, name),
		NSFAB_DUP_STR(struct nsfab_tenant, t, labels),
		NSFAB_DUP_ARRAY(struct nsfab_tenant, t, usage, t->n_usage),
		NSFAB_DUP_ARRAY(struct nsfab_tenant, t, miss, t->n_miss),
	};

	return nsfab_dup(t, sizeof(*t), part, sizeof(part) / sizeof(part[0]));
}
