// SPDX-License-Identifier: GPL-2.0-only
/* What a request wants a link to do: its attributes are read into a
 * configuration that begins as a copy of the one in effect, is checked as a
 * whole, and only then given to the link.
 */

#include <linux/slab.h>

#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"
#include "quantile.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

/* The points of a table are told in these, and end there. */
#define TABLE_END (NSFAB_QUANTILE_MAX * NSFAB_QUANTILE_ONE)

#define WRONG NSFAB_NL_LINK_WRONG

static struct netlink_range_validation scope_range = {
	.max = NSFAB_SCOPE_MAX,
};

static struct netlink_range_validation time_range = {
	.max = NSFAB_LINK_TIME_MAX,
};

static struct netlink_range_validation rate_range = {
	.max = NSFAB_LINK_RATE_MAX,
};

/* What the highest rate sends in the longest time */
static struct netlink_range_validation bytes_range = {
	.max = NSFAB_LINK_TIME_MAX / NSEC_PER_SEC * (NSFAB_LINK_RATE_MAX / 8),
};

/* A bottleneck, or 0 for none */
static struct netlink_range_validation path_range = {
	.max = NSFAB_PORT_ID_MAX,
};

/* Policy of a link */
const struct nla_policy nsfab_nl_link_policy[NSFAB_A_LINK_MAX + 1] = {
	[NSFAB_A_LINK_ID] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_LINK_NAME] = { .type = NLA_NUL_STRING,
				.len = NSFAB_NAME_MAX },
	[NSFAB_A_LINK_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_LINK_FROM] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_LINK_TO] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_LINK_SCOPE] = NSFAB_POLICY_U32(&scope_range),
	[NSFAB_A_LINK_FILTER] = NLA_POLICY_NESTED(nsfab_nl_link_filter_policy),
	[NSFAB_A_LINK_REVISION] = { .type = NLA_U64 },
	[NSFAB_A_LINK_FLAGS] = NLA_POLICY_MASK(NLA_U32,
					       NSFAB_LINK_FLAG_DOWN |
					       NSFAB_LINK_FLAG_OVERTAKE),
	[NSFAB_A_LINK_DELAY] = NLA_POLICY_FULL_RANGE(NLA_U64, &time_range),
	[NSFAB_A_LINK_JITTER] = NLA_POLICY_FULL_RANGE(NLA_U64, &time_range),
	[NSFAB_A_LINK_DIST] = NLA_POLICY_MAX(NLA_U8, NSFAB_LINK_DIST_TABLE),
	[NSFAB_A_LINK_TABLE] =
		NLA_POLICY_RANGE(NLA_BINARY, 2 * sizeof(s32),
				 NSFAB_LINK_TABLE_MAX * sizeof(s32)),
	[NSFAB_A_LINK_LOSS_MODEL] = NLA_POLICY_MAX(NLA_U8,
						   NSFAB_LINK_LOSS_MODEL_NTH),
	[NSFAB_A_LINK_LOSS] = { .type = NLA_U32 },
	[NSFAB_A_LINK_LOSS_NTH] = NLA_POLICY_MIN(NLA_U32, 1),
	[NSFAB_A_LINK_DUPLICATE] = { .type = NLA_U32 },
	[NSFAB_A_LINK_CORRUPT] = { .type = NLA_U32 },
	[NSFAB_A_LINK_REORDER] = { .type = NLA_U32 },
	[NSFAB_A_LINK_RATE] = NLA_POLICY_FULL_RANGE(NLA_U64, &rate_range),
	[NSFAB_A_LINK_OVERHEAD] = NLA_POLICY_MAX(NLA_U8,
						 NSFAB_LINK_OVERHEAD_L3),
	[NSFAB_A_LINK_QUEUE_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U64,
							   &bytes_range),
	[NSFAB_A_LINK_QUEUE_TIME] = NLA_POLICY_FULL_RANGE(NLA_U64,
							  &time_range),
	[NSFAB_A_LINK_ECN_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U64,
							 &bytes_range),
	[NSFAB_A_LINK_ECN_TIME] = NLA_POLICY_FULL_RANGE(NLA_U64, &time_range),
	[NSFAB_A_LINK_SEED] = { .type = NLA_U64 },
	[NSFAB_A_LINK_PATH] = NSFAB_POLICY_U32(&path_range),
	[NSFAB_A_LINK_TRACE] = { .type = NLA_BINARY },
	[NSFAB_A_LINK_TRACE_PERIOD] = NLA_POLICY_MIN(NLA_U32, 1),
	[NSFAB_A_LINK_COUNTERS] = READ_ONLY,
	[NSFAB_A_LINK_QUEUE_LIMIT] = READ_ONLY,
	[NSFAB_A_LINK_TRACE_AT] = { .type = NLA_U32 },
	[NSFAB_A_LINK_TABLE_AT] = READ_ONLY,
};

static void put_table(struct nsfab_link_conf *conf)
{
	nsfab_link_table_put(conf->table);
	conf->table = NULL;
}

static void put_nth(struct nsfab_link_conf *conf)
{
	if (conf->nth && refcount_dec_and_test(&conf->nth->ref))
		kfree(conf->nth);
	conf->nth = NULL;
}

static int new_table(struct nsfab_link_reading *r, const struct nlattr *attr)
{
	u32 n = nla_len(attr) / sizeof(s32), i;
	struct nsfab_link_table *table;
	const s32 *point = nla_data(attr);

	if (nla_len(attr) % sizeof(s32))
		return WRONG(r, attr, "A point has 4 bytes");
	for (i = 0; i < n; i++) {
		if (point[i] < -TABLE_END || point[i] > TABLE_END)
			return WRONG(r, attr, "A point is too far away");
		if (i && point[i] < point[i - 1])
			return WRONG(r, attr, "The points do not rise");
	}
	table = kmalloc(struct_size(table, point, n), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	refcount_set(&table->ref, 1);
	table->n = n;
	memcpy(table->point, point, n * sizeof(*point));
	put_table(r->conf);
	r->conf->table = table;
	return 0;
}

/* How much later than the delay a packet can be */
static u64 latest(const struct nsfab_link_conf *conf)
{
	s32 highest = nsfab_quantile_highest(conf->dist, conf->table);

	return highest > 0 ? conf->jitter * highest / NSFAB_QUANTILE_ONE : 0;
}

static int read_delay(struct nsfab_link_reading *r)
{
	struct nsfab_link_conf *conf = r->conf;
	struct nlattr **tb = r->tb;
	int err;

	nsfab_nl_link_set_u64(&conf->delay, tb[NSFAB_A_LINK_DELAY]);
	nsfab_nl_link_set_u64(&conf->jitter, tb[NSFAB_A_LINK_JITTER]);
	nsfab_nl_link_set_u8(&conf->dist, tb[NSFAB_A_LINK_DIST]);
	if (conf->dist != NSFAB_LINK_DIST_TABLE) {
		if (tb[NSFAB_A_LINK_TABLE])
			return WRONG(r, tb[NSFAB_A_LINK_TABLE],
				     "A table is for distribution table");
		put_table(conf);
	} else if (tb[NSFAB_A_LINK_TABLE]) {
		err = new_table(r, tb[NSFAB_A_LINK_TABLE]);
		if (err)
			return err;
	} else if (!conf->table) {
		return WRONG(r, tb[NSFAB_A_LINK_DIST],
			     "Distribution table needs a table");
	}
	if (conf->delay + latest(conf) > NSFAB_LINK_TIME_MAX)
		return WRONG(r, tb[NSFAB_A_LINK_JITTER] ?:
				tb[NSFAB_A_LINK_DELAY] ?: r->nest,
			     "Delay and jitter are longer than 16 s together");
	return 0;
}

static int new_nth(struct nsfab_link_reading *r, u32 n)
{
	const struct nlattr *attr;
	struct nsfab_link_nth *nth;
	u32 i = 0;
	int rem;

	if (n > NSFAB_LINK_NTH_MAX) {
		NL_SET_ERR_MSG_ATTR(r->extack, r->tb[NSFAB_A_LINK_LOSS_NTH],
				    "Too many packet numbers");
		return -E2BIG;
	}
	nth = kmalloc(struct_size(nth, nth, n), GFP_KERNEL_ACCOUNT);
	if (!nth)
		return -ENOMEM;
	refcount_set(&nth->ref, 1);
	nth->n = n;
	nla_for_each_nested(attr, r->nest, rem) {
		if (nla_type(attr) != NSFAB_A_LINK_LOSS_NTH)
			continue;
		nth->nth[i] = nla_get_u32(attr);
		if (i && nth->nth[i] <= nth->nth[i - 1]) {
			kfree(nth);
			return WRONG(r, attr, "Packet numbers do not rise");
		}
		i++;
	}
	put_nth(r->conf);
	r->conf->nth = nth;
	return 0;
}

static int read_nth(struct nsfab_link_reading *r)
{
	u32 n = nsfab_netlink_count_of(r->nest, NSFAB_A_LINK_LOSS_NTH);
	struct nsfab_link_conf *conf = r->conf;

	if (conf->loss_model == NSFAB_LINK_LOSS_MODEL_NTH) {
		if (n)
			return new_nth(r, n);
		return conf->nth ? 0 : WRONG(r, r->tb[NSFAB_A_LINK_LOSS_MODEL],
					     "Loss model nth needs loss-nth");
	}
	if (n)
		return WRONG(r, r->tb[NSFAB_A_LINK_LOSS_NTH],
			     "Packet numbers are for loss model nth");
	put_nth(conf);
	return 0;
}

/* What follows from the first of the probabilities, as in tc-netem(8) */
static void default_loss(u8 model, u32 *loss, u32 n)
{
	if (n < 2)
		loss[1] = U32_MAX - loss[0];
	if (model == NSFAB_LINK_LOSS_MODEL_GILBERT && n < 3)
		loss[2] = U32_MAX;
	if (model == NSFAB_LINK_LOSS_MODEL_MARKOV && n < 4)
		loss[3] = U32_MAX;
}

static int read_loss(struct nsfab_link_reading *r)
{
	u32 n = nsfab_netlink_count_of(r->nest, NSFAB_A_LINK_LOSS), max, i = 0;
	const struct nlattr *where = r->tb[NSFAB_A_LINK_LOSS];
	struct nsfab_link_conf *conf = r->conf;
	u8 model = conf->loss_model;
	const struct nlattr *attr;
	u32 loss[5] = {};
	int rem;

	nsfab_nl_link_set_u8(&model, r->tb[NSFAB_A_LINK_LOSS_MODEL]);
	if (model == conf->loss_model && !n)
		return read_nth(r);
	max = nsfab_nl_link_n_loss(model);
	if (n > max)
		return WRONG(r, where,
			     "More probabilities than the loss model has");
	if (max && !n)
		return WRONG(r, r->tb[NSFAB_A_LINK_LOSS_MODEL],
			     "The loss model needs probabilities");
	nla_for_each_nested(attr, r->nest, rem)
		if (nla_type(attr) == NSFAB_A_LINK_LOSS)
			loss[i++] = nla_get_u32(attr);
	if (max > 1)
		default_loss(model, loss, n);
	if (model == NSFAB_LINK_LOSS_MODEL_MARKOV) {
		if (loss[0] > U32_MAX - loss[4])
			return WRONG(r, where, "P13 and P14 exceed 1 together");
		if (loss[1] > U32_MAX - loss[2])
			return WRONG(r, where, "P31 and P32 exceed 1 together");
	}
	conf->loss_model = model;
	memcpy(conf->loss, loss, sizeof(loss));
	return read_nth(r);
}

/* In bytes or in nanoseconds: what is given replaces both. */
static int read_either(struct nsfab_link_reading *r,
		       const struct nlattr *bytes, const struct nlattr *time,
		       u64 *to_bytes, u64 *to_time)
{
	if (bytes && time)
		return WRONG(r, time, "Give bytes or time, not both");
	if (!bytes && !time)
		return 0;
	*to_bytes = bytes ? nla_get_u64(bytes) : 0;
	*to_time = time ? nla_get_u64(time) : 0;
	return 0;
}

static int read_rate(struct nsfab_link_reading *r)
{
	struct nsfab_link_conf *conf = r->conf;
	struct nlattr **tb = r->tb;
	int err;

	nsfab_nl_link_set_u64(&conf->rate, tb[NSFAB_A_LINK_RATE]);
	if (conf->rate && conf->rate < NSFAB_LINK_RATE_MIN)
		return WRONG(r, tb[NSFAB_A_LINK_RATE],
			     "The lowest rate is 1000 bits per second");
	nsfab_nl_link_set_u8(&conf->overhead, tb[NSFAB_A_LINK_OVERHEAD]);
	err = nsfab_nl_link_trace_read(r);
	if (err)
		return err;
	if (conf->rate && conf->trace)
		return WRONG(r, tb[NSFAB_A_LINK_TRACE] ?:
				tb[NSFAB_A_LINK_RATE] ?: r->nest,
			     "A trace stands instead of a rate");
	err = read_either(r, tb[NSFAB_A_LINK_QUEUE_BYTES],
			  tb[NSFAB_A_LINK_QUEUE_TIME], &conf->queue_bytes,
			  &conf->queue_time);
	if (err)
		return err;
	err = read_either(r, tb[NSFAB_A_LINK_ECN_BYTES],
			  tb[NSFAB_A_LINK_ECN_TIME], &conf->ecn_bytes,
			  &conf->ecn_time);
	if (err)
		return err;
	if (conf->rate || conf->trace)
		return 0;
	if (conf->queue_bytes || conf->ecn_bytes)
		return WRONG(r, tb[NSFAB_A_LINK_QUEUE_BYTES] ?:
				tb[NSFAB_A_LINK_ECN_BYTES] ?:
				tb[NSFAB_A_LINK_RATE] ?: r->nest,
			     "Bytes of a queue need a rate or a trace");
	return 0;
}

/**
 * nsfab_nl_link_conf_read() - read what a link is to do
 * @conf: what it does until now, changed; to be put by the caller in any case
 * @link: the link
 * @tb: attributes, parsed by nsfab_nl_link_policy
 * @nest: the nest that they stand in
 * @extack: told what is wrong
 *
 * What the nest leaves out stays as it is.
 *
 * Context: the fabric's lock is held.
 * Return: 0, -EINVAL, -E2BIG, -ENOENT (a bottleneck) or -ENOMEM
 */
int nsfab_nl_link_conf_read(struct nsfab_link_conf *conf,
			    const struct nsfab_link *link, struct nlattr **tb,
			    const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	struct nsfab_link_reading r = {
		.conf = conf,
		.link = link,
		.tb = tb,
		.nest = nest,
		.extack = extack,
	};
	int err;

	nsfab_nl_link_set_u32(&conf->flags, tb[NSFAB_A_LINK_FLAGS]);
	nsfab_nl_link_set_u32(&conf->duplicate, tb[NSFAB_A_LINK_DUPLICATE]);
	nsfab_nl_link_set_u32(&conf->corrupt, tb[NSFAB_A_LINK_CORRUPT]);
	nsfab_nl_link_set_u32(&conf->reorder, tb[NSFAB_A_LINK_REORDER]);
	nsfab_nl_link_set_u64(&conf->seed, tb[NSFAB_A_LINK_SEED]);
	err = read_delay(&r) ?: read_loss(&r) ?: read_rate(&r) ?:
	      nsfab_nl_link_path_read(&r) ?: nsfab_nl_link_filter_read(&r);
	if (err)
		return err;
	nsfab_link_conf_finish(conf, link);
	return 0;
}
