// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of the schedule, which a timeline carries out. */

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/xarray.h>

#include "fabric.h"
#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"
#include "timeline.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

static struct netlink_range_validation time_range = {
	.max = NSFAB_SCHEDULE_TIME_MAX,
};

static const struct nla_policy event_policy[NSFAB_A_EVENT_MAX + 1] = {
	[NSFAB_A_EVENT_AT] = NLA_POLICY_FULL_RANGE(NLA_U64, &time_range),
	[NSFAB_A_EVENT_LINK] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_EVENT_SET] = NLA_POLICY_NESTED(nsfab_nl_link_policy),
};

/* Policy of a schedule */
const struct nla_policy nsfab_nl_schedule_policy[NSFAB_A_SCHEDULE_MAX + 1] = {
	[NSFAB_A_SCHEDULE_EVENT] = NLA_POLICY_NESTED(event_policy),
	[NSFAB_A_SCHEDULE_LOOP] = NLA_POLICY_FULL_RANGE(NLA_U64, &time_range),
	[NSFAB_A_SCHEDULE_STATE] = READ_ONLY,
	[NSFAB_A_SCHEDULE_EVENTS] = READ_ONLY,
	[NSFAB_A_SCHEDULE_NEXT] = READ_ONLY,
	[NSFAB_A_SCHEDULE_FIRED] = READ_ONLY,
	[NSFAB_A_SCHEDULE_LOOPS] = READ_ONLY,
	[NSFAB_A_SCHEDULE_LATE_MAX] = READ_ONLY,
	[NSFAB_A_SCHEDULE_SPREAD_MAX] = READ_ONLY,
};

/* What makes a link what it is, or where packets go, is not an event's to
 * change; nor is a trace that goes on with the one before.
 */
static const u8 fixed[] = {
	NSFAB_A_LINK_ID,
	NSFAB_A_LINK_NAME,
	NSFAB_A_LINK_TENANT,
	NSFAB_A_LINK_FROM,
	NSFAB_A_LINK_TO,
	NSFAB_A_LINK_SCOPE,
	NSFAB_A_LINK_REVISION,
	NSFAB_A_LINK_FILTER,
	NSFAB_A_LINK_PATH,
	NSFAB_A_LINK_TRACE_AT,
};

/**
 * struct wish - an event as it is asked for
 * @at: when
 * @link: id of the link
 * @set: what of it changes
 */
struct wish {
	u64 at;
	const struct nlattr *link;
	const struct nlattr *set;
};

/**
 * struct reading - a request that is read
 * @fab: the fabric, locked
 * @extack: told what is wrong
 * @loop: the period, or NULL
 * @wishes: the events
 * @n: how many
 * @confs: what each link did at last, by id
 * @copied: points of traces that were copied
 */
struct reading {
	struct nsfab_fabric *fab;
	struct netlink_ext_ack *extack;
	const struct nlattr *loop;
	struct wish *wishes;
	u32 n;
	struct xarray confs;
	u64 copied;
};

/* Those of one time stay in the order in which they stand in the request. */
static int in_time(const void *a, const void *b)
{
	const struct wish *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->set < y->set ? -1 : 1;
}

/* How many events a request has, at least one */
static int count(struct genl_info *info)
{
	const struct nlattr *nest, *attr;
	int rem, rem2;
	u32 n = 0;

	if (!nsfab_netlink_count(info, NSFAB_A_SCHEDULE))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, NSFAB_A_SCHEDULE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		nla_for_each_nested(attr, nest, rem2) {
			if (nla_type(attr) != NSFAB_A_SCHEDULE_EVENT)
				continue;
			if (n++ < NSFAB_SCHEDULE_MAX)
				continue;
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "Too many events");
			return -E2BIG;
		}
	}
	if (n)
		return n;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NSFAB_A_SCHEDULE],
			    "A schedule needs an event");
	return -EINVAL;
}

static int read_event(struct reading *r, const struct nlattr *nest)
{
	struct nlattr *tb[NSFAB_A_EVENT_MAX + 1];
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_EVENT_MAX, nest, event_policy, 0,
				  r->extack);
	if (err)
		return err;
	if (!tb[NSFAB_A_EVENT_AT] || !tb[NSFAB_A_EVENT_LINK] ||
	    !tb[NSFAB_A_EVENT_SET]) {
		NL_SET_ERR_MSG_ATTR(r->extack, nest,
				    "An event needs a time, a link and what to set");
		return -EINVAL;
	}
	r->wishes[r->n++] = (struct wish) {
		.at = nla_get_u64(tb[NSFAB_A_EVENT_AT]),
		.link = tb[NSFAB_A_EVENT_LINK],
		.set = tb[NSFAB_A_EVENT_SET],
	};
	return 0;
}

static int read_part(struct reading *r, const struct nlattr *nest)
{
	struct nlattr *tb[NSFAB_A_SCHEDULE_MAX + 1];
	const struct nlattr *attr;
	int rem, err;

	err = nsfab_netlink_parse(tb, NSFAB_A_SCHEDULE_MAX, nest,
				  nsfab_nl_schedule_policy,
				  BIT_ULL(NSFAB_A_SCHEDULE_EVENT), r->extack);
	if (err)
		return err;
	if (tb[NSFAB_A_SCHEDULE_LOOP] && r->loop) {
		NL_SET_ERR_MSG_ATTR(r->extack, tb[NSFAB_A_SCHEDULE_LOOP],
				    "Attribute is given twice");
		return -EINVAL;
	}
	r->loop = tb[NSFAB_A_SCHEDULE_LOOP] ?: r->loop;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NSFAB_A_SCHEDULE_EVENT)
			continue;
		err = read_event(r, attr);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* The period, which must neither end before its events nor leave the CPU no
 * time for anything else.
 */
static int check_loop(const struct reading *r)
{
	u64 loop = r->loop ? nla_get_u64(r->loop) : 0;

	if (!loop)
		return 0;
	if (loop < NSFAB_SCHEDULE_LOOP_MIN) {
		NL_SET_ERR_MSG_ATTR(r->extack, r->loop,
				    "The shortest period is 1 ms");
		return -EINVAL;
	}
	if (loop < r->wishes[r->n - 1].at) {
		NL_SET_ERR_MSG_ATTR(r->extack, r->loop,
				    "The period ends before the last event");
		return -EINVAL;
	}
	if (r->n > div_u64(loop, NSEC_PER_SEC / NSFAB_SCHEDULE_RATE_MAX)) {
		NL_SET_ERR_MSG_ATTR(r->extack, r->loop,
				    "More than a million events a second");
		return -EINVAL;
	}
	return 0;
}

/* What a link does when an event of it comes, a copy */
static struct nsfab_link_conf *conf_before(struct reading *r,
					   struct nsfab_link *link)
{
	struct nsfab_link_conf *conf, *now;

	conf = xa_load(&r->confs, link->id);
	if (conf)
		return nsfab_link_conf_alloc(conf);
	now = nsfab_link_conf_get(link);
	conf = nsfab_link_conf_alloc(now);
	nsfab_link_conf_put(now);
	return conf;
}

static int read_set(struct reading *r, struct nsfab_link_conf *conf,
		    const struct nsfab_link *link, const struct nlattr *set,
		    u64 *given)
{
	struct nlattr *tb[NSFAB_A_LINK_MAX + 1];
	int err, i;

	BUILD_BUG_ON(BITS_PER_TYPE(*given) <= NSFAB_A_LINK_MAX);
	err = nsfab_netlink_parse(tb, NSFAB_A_LINK_MAX, set,
				  nsfab_nl_link_policy, NSFAB_NL_LINK_REPEAT,
				  r->extack);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (!tb[fixed[i]])
			continue;
		NL_SET_ERR_MSG_ATTR(r->extack, tb[fixed[i]],
				    "An event cannot change this");
		return -EOPNOTSUPP;
	}
	for (i = 0; i <= NSFAB_A_LINK_MAX; i++)
		if (tb[i])
			*given |= BIT_ULL(i);
	return nsfab_nl_link_conf_read(conf, link, tb, set, r->extack) ?:
	       nsfab_nl_link_trace_charge(conf, tb, &r->copied, r->extack);
}

static int fulfil(struct reading *r, struct nsfab_timeline *tl,
		  const struct wish *wish)
{
	struct nsfab_link_conf *conf;
	struct nsfab_link *link;
	u64 given = 0;
	int err;

	link = xa_load(&r->fab->links, nla_get_u32(wish->link));
	if (!link) {
		NL_SET_ERR_MSG_ATTR(r->extack, wish->link, "No such link");
		return -ENOENT;
	}
	conf = conf_before(r, link);
	if (!conf)
		return -ENOMEM;
	err = read_set(r, conf, link, wish->set, &given) ?:
	      xa_err(xa_store(&r->confs, link->id, conf, GFP_KERNEL)) ?:
	      nsfab_timeline_add(tl, wish->at, link, conf, given);
	if (err)
		nsfab_link_conf_put(conf);
	return err;
}

static struct nsfab_timeline *make(struct reading *r)
{
	struct nsfab_timeline *tl;
	u32 i;
	int err;

	tl = nsfab_timeline_alloc(r->n, r->loop ? nla_get_u64(r->loop) : 0);
	if (!tl)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < r->n; i++) {
		err = fulfil(r, tl, &r->wishes[i]);
		if (err) {
			nsfab_timeline_free(tl);
			return ERR_PTR(err);
		}
		cond_resched();
	}
	return tl;
}

/**
 * nsfab_nl_schedule_new_doit() - start a schedule, in place of the one before
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno: then the one before goes on
 */
int nsfab_nl_schedule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct reading r = {
		.fab = nsfab_netlink_fab(info),
		.extack = info->extack,
	};
	const struct nlattr *nest;
	struct nsfab_timeline *tl;
	int n = count(info), rem;
	int err = 0;

	if (n < 0)
		return n;
	r.wishes = kvcalloc(n, sizeof(*r.wishes), GFP_KERNEL_ACCOUNT);
	if (!r.wishes)
		return -ENOMEM;
	xa_init(&r.confs);
	nlmsg_for_each_attr_type(nest, NSFAB_A_SCHEDULE, info->nlhdr,
				 GENL_HDRLEN, rem) {
		err = read_part(&r, nest);
		if (err)
			goto out;
	}
	sort(r.wishes, r.n, sizeof(*r.wishes), in_time, NULL);
	err = check_loop(&r);
	if (err)
		goto out;
	tl = make(&r);
	if (IS_ERR(tl))
		err = PTR_ERR(tl);
	else
		nsfab_timeline_start(r.fab, tl);
out:
	xa_destroy(&r.confs);
	kvfree(r.wishes);
	return err;
}

/**
 * nsfab_nl_schedule_find() - a fabric's timeline
 * @fab: the fabric, locked
 * @extack: told that there is none
 *
 * Return: the timeline or ERR_PTR(-ENOENT)
 */
struct nsfab_timeline *nsfab_nl_schedule_find(struct nsfab_fabric *fab,
					      struct netlink_ext_ack *extack)
{
	if (fab->timeline)
		return fab->timeline;
	NL_SET_ERR_MSG(extack, "The fabric has no schedule");
	return ERR_PTR(-ENOENT);
}

/**
 * nsfab_nl_schedule_del_doit() - stop the schedule
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -ENOENT
 */
int nsfab_nl_schedule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct nsfab_timeline *tl = nsfab_nl_schedule_find(fab, info->extack);

	if (IS_ERR(tl))
		return PTR_ERR(tl);
	nsfab_timeline_stop(fab);
	return 0;
}
