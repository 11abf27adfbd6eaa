// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counters, table usage and drops. */
#include <errno.h>
#include <string.h>

#include "nl.h"

void nsfab_counters_read(struct nsfab_counters *c, const struct nlattr *nest)
{
	static const size_t at[] = {
#define AT(attr, member) \
	[NSFAB_A_COUNTERS_ ## attr] = offsetof(struct nsfab_counters, member) + 1
		AT(IN_PACKETS, in_packets),
		AT(IN_BYTES, in_bytes),
		AT(OUT_PACKETS, out_packets),
		AT(OUT_BYTES, out_bytes),
		AT(TUNNEL_IN_PACKETS, tunnel_in_packets),
		AT(TUNNEL_IN_BYTES, tunnel_in_bytes),
		AT(TUNNEL_OUT_PACKETS, tunnel_out_packets),
		AT(TUNNEL_OUT_BYTES, tunnel_out_bytes),
		AT(LOCAL_PACKETS, local_packets),
		AT(LOCAL_BYTES, local_bytes),
		AT(DROP_PACKETS, drop_packets),
		AT(DROP_BYTES, drop_bytes),
#undef AT
	};
	const struct nlattr *a;

	memset(c, 0, sizeof(*c));
	mnl_attr_for_each_nested(a, nest) {
		uint16_t type = mnl_attr_get_type(a);

		/* One more than the offset, so that 0 is none. */
		if (type < sizeof(at) / sizeof(at[0]) && at[type])
			*(uint64_t *)((char *)c + at[type] - 1) =
				nsfab_nl_get(a);
	}
}

void nsfab_usage_read(struct nsfab_usage *u, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(u, 0, sizeof(*u));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_USAGE_TABLE:
			u->table = nsfab_nl_get(a);
			break;
		case NSFAB_A_USAGE_COUNT:
			u->count = nsfab_nl_get(a);
			break;
		case NSFAB_A_USAGE_LIMIT:
			u->max = nsfab_nl_get(a);
			break;
		case NSFAB_A_USAGE_REFUSED:
			u->refused = nsfab_nl_get(a);
			break;
		}
	}
}

void nsfab_miss_read(struct nsfab_miss *m, const struct nlattr *nest)
{
	const struct nlattr *a;

	memset(m, 0, sizeof(*m));
	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_MISS_KIND:
			m->kind = nsfab_nl_get(a);
			break;
		case NSFAB_A_MISS_PACKETS:
			m->packets = nsfab_nl_get(a);
			break;
		case NSFAB_A_MISS_BYTES:
			m->bytes = nsfab_nl_get(a);
			break;
		}
	}
}

static int read_stats(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *top, *a;
	struct nsfab_stats *s = arg;

	mnl_attr_for_each(top, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(top) != NSFAB_A_STATS)
			continue;
		mnl_attr_for_each_nested(a, top) {
			if (mnl_attr_get_type(a) == NSFAB_A_STATS_COUNTERS)
				nsfab_counters_read(&s->counters, a);
			else if (mnl_attr_get_type(a) == NSFAB_A_STATS_USAGE &&
				 s->n_usage < sizeof(s->usage) / sizeof(s->usage[0]))
				nsfab_usage_read(&s->usage[s->n_usage++], a);
		}
	}
	return 0;
}

int nsfab_stats_get(struct nsfab *h, unsigned int ifindex,
		    struct nsfab_stats *stats, struct nsfab_err *err)
{
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	memset(stats, 0, sizeof(*stats));
	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, 512))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, NSFAB_CMD_STATS_GET, 0, ifindex);
	ret = nsfab_nl_talk(h, &req, &m, read_stats, stats, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

struct drop_sink {
	nsfab_drop_cb cb;
	void *arg;
};

static int drop_tell(const struct nlattr *nest, const void *data)
{
	const struct drop_sink *sink = data;
	struct nsfab_drop d = { 0 };
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_DROP_TENANT:
			d.tenant = nsfab_nl_get(a);
			d.present |= NSFAB_DROP_HAS_TENANT;
			break;
		case NSFAB_A_DROP_PORT:
			d.port = nsfab_nl_get(a);
			d.present |= NSFAB_DROP_HAS_PORT;
			break;
		case NSFAB_A_DROP_REASON:
			d.reason = nsfab_nl_get(a);
			break;
		case NSFAB_A_DROP_PACKETS:
			d.packets = nsfab_nl_get(a);
			break;
		case NSFAB_A_DROP_BYTES:
			d.bytes = nsfab_nl_get(a);
			d.present |= NSFAB_DROP_HAS_BYTES;
			break;
		}
	}
	return sink->cb(&d, sink->arg);
}

static const struct nsfab_genl_kind kind_drop = {
	.attr = NSFAB_A_DROP,
	.name = "drop counter",
	.tell = drop_tell,
};

int nsfab_drop_dump(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_filter *filter, nsfab_drop_cb cb,
		    void *arg, struct nsfab_err *err)
{
	struct drop_sink sink = { .cb = cb, .arg = arg };

	return nsfab_genl_dump(h, &kind_drop, NSFAB_CMD_DROP_GET, ifindex,
			       filter, &sink, err);
}
