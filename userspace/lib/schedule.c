// SPDX-License-Identifier: LGPL-2.1-or-later
/* A fabric's schedule. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/link.h>
#include "link_attrs.h"
#include "link_points.h"

/* An attribute ends at 64 KiB, so the kernel takes a schedule in several; an
 * event is smaller than what this leaves.
 */
#define PIECE (32 * 1024)

static void put_event(struct nsfab_nl_msg *m,
		      const struct nsfab_schedule_event *event)
{
	struct nsfab_link set = event->set;
	struct nlattr *nest, *inner;

	set.present &= NSFAB_LINK_MAY_EVENT;
	nest = nsfab_nl_nest(m, NSFAB_A_SCHEDULE_EVENT);
	nsfab_nl_put_u64(m, NSFAB_A_EVENT_AT, event->at);
	nsfab_nl_put_u32(m, NSFAB_A_EVENT_LINK, event->link);
	inner = nsfab_nl_nest(m, NSFAB_A_EVENT_SET);
	link_attrs_put(m, &set);
	nsfab_nl_nest_end(m, inner);
	nsfab_nl_nest_end(m, nest);
}

static void put_events(struct nsfab_nl_msg *m, uint64_t loop,
		       const struct nsfab_schedule_event *events, size_t n)
{
	size_t begin = m->nlh->nlmsg_len, i;
	struct nlattr *nest;

	nest = nsfab_nl_nest(m, NSFAB_A_SCHEDULE);
	for (i = 0; i < n && !m->overflow; i++) {
		if (m->nlh->nlmsg_len - begin > PIECE) {
			nsfab_nl_nest_end(m, nest);
			begin = m->nlh->nlmsg_len;
			nest = nsfab_nl_nest(m, NSFAB_A_SCHEDULE);
		}
		put_event(m, &events[i]);
	}
	if (loop)
		nsfab_nl_put_u64(m, NSFAB_A_SCHEDULE_LOOP, loop);
	nsfab_nl_nest_end(m, nest);
}

int nsfab_schedule_new(struct nsfab *h, unsigned int ifindex, uint64_t loop,
		       const struct nsfab_schedule_event *events, size_t n,
		       struct nsfab_err *err)
{
	size_t size = 4096 + n * 128;
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	if (n > NSFAB_SCHEDULE_MAX)
		return nsfab_err_set(err, -EMSGSIZE,
				     "a schedule of %zu events", n);
	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	for (;;) {
		if (nsfab_nl_msg_init(&m, size))
			return nsfab_err_set(err, -ENOMEM, "netlink");
		req = nsfab_genl_req(h);
		nsfab_genl_start(h, &m, NSFAB_CMD_SCHEDULE_NEW, 0, ifindex);
		put_events(&m, loop, events, n);
		if (!m.overflow)
			break;
		nsfab_nl_msg_free(&m);
		size *= 2;
	}
	ret = nsfab_nl_talk(h, &req, &m, NULL, NULL, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

static int talk(struct nsfab *h, uint8_t cmd, unsigned int ifindex,
		nsfab_nl_cb cb, void *arg, struct nsfab_err *err)
{
	struct nsfab_nl_req req;
	struct nsfab_nl_msg m;
	int ret;

	ret = nsfab_genl_resolve(h, err);
	if (ret)
		return ret;
	if (nsfab_nl_msg_init(&m, 256))
		return nsfab_err_set(err, -ENOMEM, "netlink");
	req = nsfab_genl_req(h);
	nsfab_genl_start(h, &m, cmd, 0, ifindex);
	ret = nsfab_nl_talk(h, &req, &m, cb, arg, err);
	nsfab_nl_msg_free(&m);
	return ret;
}

int nsfab_schedule_del(struct nsfab *h, unsigned int ifindex,
		       struct nsfab_err *err)
{
	return talk(h, NSFAB_CMD_SCHEDULE_DEL, ifindex, NULL, NULL, err);
}

static void read_schedule(struct nsfab_schedule *s, const struct nlattr *nest)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		uint64_t v = nsfab_nl_get(a);

		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_SCHEDULE_LOOP:
			s->loop = v;
			break;
		case NSFAB_A_SCHEDULE_STATE:
			s->state = v;
			break;
		case NSFAB_A_SCHEDULE_EVENTS:
			s->events = v;
			break;
		case NSFAB_A_SCHEDULE_NEXT:
			s->next = v;
			break;
		case NSFAB_A_SCHEDULE_FIRED:
			s->fired = v;
			break;
		case NSFAB_A_SCHEDULE_LOOPS:
			s->loops = v;
			break;
		case NSFAB_A_SCHEDULE_LATE_MAX:
			s->late_max = v;
			break;
		case NSFAB_A_SCHEDULE_SPREAD_MAX:
			s->spread_max = v;
			break;
		}
	}
}

struct reading {
	struct nsfab_schedule *schedule;
	bool found;
};

static int on_answer(const struct nlmsghdr *nlh, void *arg)
{
	struct reading *r = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(a) != NSFAB_A_SCHEDULE)
			continue;
		read_schedule(r->schedule, a);
		r->found = true;
	}
	return 0;
}

int nsfab_schedule_get(struct nsfab *h, unsigned int ifindex,
		       struct nsfab_schedule *schedule, struct nsfab_err *err)
{
	struct reading r = { .schedule = schedule };
	int ret;

	memset(schedule, 0, sizeof(*schedule));
	ret = talk(h, NSFAB_CMD_SCHEDULE_GET, ifindex, on_answer, &r, err);
	if (!ret && !r.found)
		ret = nsfab_err_set(err, -ENOENT, "schedule");
	return ret;
}

/* An event that was told, and what is told of it behind it */
struct dump {
	struct nsfab_schedule *schedule;
	nsfab_schedule_cb cb;
	void *arg;
	struct nsfab_err *err;
	struct nsfab_schedule_event event;
	struct link_lists lists;
	struct link_points points;
	bool any;
};

static int tell(struct dump *d)
{
	int ret = d->any ? link_points_give(&d->points, &d->event.set, d->err) :
			   0;

	return ret || !d->any ? ret : d->cb(&d->event, d->arg);
}

static int read_event(struct dump *d, const struct nlattr *nest)
{
	const struct nlattr *a, *at = NULL, *link = NULL, *set = NULL;
	int ret;

	mnl_attr_for_each_nested(a, nest) {
		switch (mnl_attr_get_type(a)) {
		case NSFAB_A_EVENT_AT:
			at = a;
			break;
		case NSFAB_A_EVENT_LINK:
			link = a;
			break;
		case NSFAB_A_EVENT_SET:
			set = a;
			break;
		}
	}
	if (!set)
		return nsfab_err_set(d->err, -EBADMSG, "an event of nothing");
	if (!at)
		return link_points_add(&d->points, set, d->err);
	ret = tell(d);
	link_attrs_read(&d->event.set, &d->lists, set);
	d->event.at = nsfab_nl_get(at);
	d->event.link = link ? nsfab_nl_get(link) : 0;
	d->any = true;
	return ret;
}

static int on_events(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *nest, *a;
	struct dump *d = arg;
	int ret;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(nest) != NSFAB_A_SCHEDULE)
			continue;
		read_schedule(d->schedule, nest);
		mnl_attr_for_each_nested(a, nest) {
			if (mnl_attr_get_type(a) != NSFAB_A_SCHEDULE_EVENT)
				continue;
			ret = read_event(d, a);
			if (ret)
				return ret;
		}
	}
	return 0;
}

int nsfab_schedule_dump(struct nsfab *h, unsigned int ifindex,
			struct nsfab_schedule *schedule, nsfab_schedule_cb cb,
			void *arg, struct nsfab_err *err)
{
	struct dump *d;
	int ret;

	memset(schedule, 0, sizeof(*schedule));
	d = calloc(1, sizeof(*d));
	if (!d)
		return nsfab_err_set(err, -ENOMEM, "events");
	d->schedule = schedule;
	d->cb = cb;
	d->arg = arg;
	d->err = err;
	ret = nsfab_genl_dump_messages(h, NSFAB_CMD_SCHEDULE_GET, ifindex, NULL,
				       0, on_events, d, err);
	if (!ret)
		ret = tell(d);
	link_points_free(&d->points);
	free(d);
	return ret;
}
