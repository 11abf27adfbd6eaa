// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl schedule: changes of links at given times. */
#include <nsfab/link.h>

#include "netctl.h"
#include "words.h"

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_schedule s;
	struct netctl_print *p;
	unsigned int ifindex;
	struct nsfab *h;

	(void)argv;
	if (argc)
		return netctl_usage(ctx, "takes no words");
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_schedule_get(h, ifindex, &s, &ctx->err))
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_RECORD);
	netctl_row(p);
	netctl_str(p, "state", "state", nsfab_schedule_state_name(s.state));
	netctl_num(p, "events", "events", s.events);
	netctl_num(p, "next", "next", s.next);
	netctl_time(p, "loop_ns", "loop", s.loop);
	netctl_num(p, "fired", "fired", s.fired);
	netctl_num(p, "loops", "loops", s.loops);
	netctl_time(p, "late_max_ns", "largest lateness", s.late_max);
	netctl_time(p, "spread_max_ns", "largest spread", s.spread_max);
	return netctl_print_close(p);
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct nsfab *h;

	(void)argv;
	if (argc)
		return netctl_usage(ctx, "takes no words");
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (!netctl_would(ctx, "stop the schedule") &&
	    nsfab_schedule_del(h, ifindex, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

static const struct netctl_verb verbs[] = {
	{ .name = "show", .run = show },
	{ .name = "del", .alias = "delete", .run = del },
	{ 0 }
};

const struct netctl_object netctl_obj_schedule = {
	.name = "schedule",
	.summary = "changes of links at given times",
	.help =
"netctl schedule show\n"
"netctl schedule del\n"
"\n"
"A fabric has one schedule. A lab file, or a link's trace of TheaterQ, starts\n"
"it in place of the one before. show says how far it is and how late its\n"
"events were, del stops it and leaves the links as they are.\n",
	.verbs = verbs,
	.run = show,
};
