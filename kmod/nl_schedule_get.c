// SPDX-License-Identifier: GPL-2.0-only
/* What netlink tells of the schedule: how far it is, and its events as they
 * were given, so that a request of them makes the same schedule of links that
 * are as they were when it was started. That is less than what their links do
 * then, and bounded by what was asked for.
 */

#include "fabric.h"
#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"
#include "timeline.h"

/* What of an event comes next */
enum stage {
	STAGE_EVENT,
	STAGE_TABLE,
	STAGE_TRACE,
};

/**
 * struct schedule_dump - what a dump keeps between calls, in cb->ctx
 * @number: of the timeline that is told, 0 before the first message
 * @event: cursor: number of the event
 * @stage: cursor: enum stage
 * @at: cursor: next point of its table or trace
 */
struct schedule_dump {
	u64 number;
	u32 event;
	u32 stage;
	u32 at;
};

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, NSFAB_A_SCHEDULE_PAD);
}

static int fill(struct sk_buff *skb, const void *obj, struct net *net)
{
	struct nsfab_timeline *tl = (struct nsfab_timeline *)obj;
	struct nsfab_timeline_figures f;
	struct nlattr *nest;

	nsfab_timeline_read(tl, &f);
	nest = nla_nest_start(skb, NSFAB_A_SCHEDULE);
	if (!nest)
		return -EMSGSIZE;
	if (put_u64(skb, NSFAB_A_SCHEDULE_LOOP, tl->loop) ||
	    nla_put_u8(skb, NSFAB_A_SCHEDULE_STATE, f.state) ||
	    nla_put_u32(skb, NSFAB_A_SCHEDULE_EVENTS, tl->n) ||
	    nla_put_u32(skb, NSFAB_A_SCHEDULE_NEXT, f.next) ||
	    put_u64(skb, NSFAB_A_SCHEDULE_FIRED, f.fired) ||
	    put_u64(skb, NSFAB_A_SCHEDULE_LOOPS, f.loops) ||
	    put_u64(skb, NSFAB_A_SCHEDULE_LATE_MAX, f.late_max) ||
	    put_u64(skb, NSFAB_A_SCHEDULE_SPREAD_MAX, f.spread_max)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nsfab_nl_schedule_get_doit() - read how far the schedule is
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_schedule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nsfab_timeline *tl;

	tl = nsfab_nl_schedule_find(nsfab_netlink_fab(info), info->extack);
	if (IS_ERR(tl))
		return PTR_ERR(tl);
	return nsfab_netlink_reply(info, NSFAB_CMD_SCHEDULE_GET, tl, fill);
}

static int put_event(struct sk_buff *skb,
		     const struct nsfab_timeline_event *event)
{
	struct nlattr *set;

	if (nla_put_u64_64bit(skb, NSFAB_A_EVENT_AT, event->at,
			      NSFAB_A_EVENT_PAD) ||
	    nla_put_u32(skb, NSFAB_A_EVENT_LINK, event->link->id))
		return -EMSGSIZE;
	set = nla_nest_start(skb, NSFAB_A_EVENT_SET);
	if (!set || nsfab_nl_link_put_given(skb, event->conf, event->given))
		return -EMSGSIZE;
	nla_nest_end(skb, set);
	return 0;
}

/* A piece of the table or trace that an event gives */
static int put_piece(struct sk_buff *skb,
		     const struct nsfab_timeline_event *event,
		     struct schedule_dump *ctx)
{
	struct nlattr *set = nla_nest_start(skb, NSFAB_A_EVENT_SET);
	const struct nsfab_link_conf *conf = event->conf;
	u32 before = ctx->at;
	int err;

	if (!set)
		return -EMSGSIZE;
	err = ctx->stage == STAGE_TABLE ?
	      nsfab_nl_link_put_points(skb, NSFAB_A_LINK_TABLE,
				       conf->table->point, conf->table->n,
				       &ctx->at) :
	      nsfab_nl_link_put_points(skb, NSFAB_A_LINK_TRACE,
				       conf->trace->ms, conf->trace->n,
				       &ctx->at);
	if (ctx->at != before)
		nla_nest_end(skb, set);
	return err;
}

/* Is there nothing to tell at this stage? */
static bool is_done(const struct nsfab_timeline_event *event, u32 stage)
{
	if (stage == STAGE_TABLE)
		return !event->conf->table ||
		       !(event->given & BIT_ULL(NSFAB_A_LINK_TABLE));
	return stage == STAGE_TRACE &&
	       (!event->conf->trace ||
		!(event->given & BIT_ULL(NSFAB_A_LINK_TRACE)));
}

static int put_next(struct sk_buff *skb,
		    const struct nsfab_timeline_event *event,
		    struct schedule_dump *ctx)
{
	struct nlattr *nest;
	u32 before = ctx->at;
	int err = 0;

	if (!is_done(event, ctx->stage)) {
		nest = nla_nest_start(skb, NSFAB_A_SCHEDULE_EVENT);
		if (!nest)
			return -EMSGSIZE;
		err = ctx->stage == STAGE_EVENT ? put_event(skb, event) :
		      put_piece(skb, event, ctx);
		if (err && ctx->at == before)
			nla_nest_cancel(skb, nest);
		else
			nla_nest_end(skb, nest);
	}
	if (err)
		return err;
	ctx->at = 0;
	if (ctx->stage == STAGE_TRACE) {
		ctx->stage = STAGE_EVENT;
		ctx->event++;
	} else {
		ctx->stage++;
	}
	return 0;
}

static int put_events(struct sk_buff *skb, const struct nsfab_timeline *tl,
		      struct schedule_dump *ctx)
{
	struct nlattr *nest = nla_nest_start(skb, NSFAB_A_SCHEDULE);
	unsigned int empty = skb->len;
	int err = 0;

	if (!nest)
		return -EMSGSIZE;
	while (!err && ctx->event < tl->n) {
		const struct nsfab_timeline_event *event =
			&tl->event[ctx->event];

		/* What has begun is told to its end. */
		if (event->link->dead && ctx->stage == STAGE_EVENT)
			ctx->event++;
		else
			err = put_next(skb, event, ctx);
	}
	if (skb->len > empty)
		nla_nest_end(skb, nest);
	else
		nla_nest_cancel(skb, nest);
	return err;
}

/* The timeline that the dump is about, or NULL if another one has taken its
 * place: then there is no sense in going on, and its end says so.
 */
static struct nsfab_timeline *find(struct netlink_callback *cb,
				   struct nsfab_fabric *fab)
{
	struct schedule_dump *ctx = (void *)cb->ctx;
	struct nsfab_timeline *tl = fab->timeline;

	if (!ctx->number)
		return nsfab_nl_schedule_find(fab, cb->extack);
	if (tl && tl->number == ctx->number)
		return tl;
	cb->seq++;
	return NULL;
}

static int tell(struct sk_buff *skb, struct netlink_callback *cb,
		const struct nsfab_timeline *tl)
{
	struct schedule_dump *ctx = (void *)cb->ctx;
	int err = 0;

	if (!ctx->number)
		err = fill(skb, tl, NULL);
	if (err)
		return err;
	ctx->number = tl->number;
	cb->seq = 1;
	return put_events(skb, tl, ctx);
}

/**
 * nsfab_nl_schedule_get_dumpit() - read the schedule's events
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_schedule_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct schedule_dump *ctx = (void *)cb->ctx;
	struct nsfab_timeline *tl;
	struct nsfab_fabric *fab;
	void *hdr;
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct schedule_dump);
	err = ctx->number ? 0 : nsfab_netlink_check(cb->nlh, cb->extack);
	if (err)
		return err;
	fab = nsfab_netlink_dump_begin(skb, cb, NSFAB_CMD_SCHEDULE_GET, &hdr);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	tl = find(cb, fab);
	err = IS_ERR_OR_NULL(tl) ? PTR_ERR_OR_ZERO(tl) : tell(skb, cb, tl);
	return nsfab_netlink_dump_end(skb, cb, hdr, fab, err);
}
