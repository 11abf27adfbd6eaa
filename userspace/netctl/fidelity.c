// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl fidelity: did links do what they were told to?
 *
 * A run is valid if packets left when they were to leave, and if none was
 * dropped because this machine was too slow or too small for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <nsfab/link.h>
#include <nsfab/tenant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "topo.h"
#include "view.h"
#include "words.h"

#define DEFAULT_BUDGET 50000	/* ns, of the root mean square */
#define DEFAULT_WORST 1000000	/* ns */

/**
 * struct words - what was asked
 * @present: for the parsers of words.h
 * @budget: nanoseconds that the RMS of lateness may be
 * @worst: nanoseconds that the largest lateness may be
 * @reset: begin anew
 * @json: as -j
 */
struct words {
	uint32_t present;
	uint64_t budget;
	uint64_t worst;
	bool reset;
	bool json;
};

static int parse_time(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	uint64_t *ns = (uint64_t *)((char *)data + key->arg);

	if (netctl_parse_time(value, ns))
		return netctl_bad_value(ctx, key, value, "a time (50us)");
	return 0;
}

static const struct netctl_key keys[] = {
	{ .name = "budget", .parse = parse_time, .what = "TIME",
	  .arg = offsetof(struct words, budget) },
	{ .name = "worst", .parse = parse_time, .what = "TIME",
	  .arg = offsetof(struct words, worst) },
	{ .name = "reset", .alias = "--reset", .parse = netctl_key_true,
	  .flag = true, .arg = offsetof(struct words, reset) },
	{ .name = "json", .alias = "-j", .parse = netctl_key_true,
	  .flag = true, .arg = offsetof(struct words, json) },
	{ 0 }
};

/**
 * struct row - a link
 * @link: it
 * @name: what it is called
 */
struct row {
	struct nsfab_link *link;
	char *name;
};

/**
 * struct report - what is told
 * @w: what was asked
 * @names: of the tenants, ports and bottlenecks of the fabric being read
 * @p: output
 * @rows: links
 * @n: number of links
 * @room: how many there is memory for
 * @sum: all links
 * @invalid: number of links that are not valid
 * @schedule: what the fabrics' schedules did, if @scheduled
 * @scheduled: there is one
 */
struct report {
	struct words w;
	struct netctl_names *names;
	struct netctl_print *p;
	struct row *rows;
	size_t n;
	size_t room;
	struct nsfab_link_counters sum;
	size_t invalid;
	struct nsfab_schedule schedule;
	bool scheduled;
};

static uint64_t measured(const struct nsfab_link_counters *c)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < NSFAB_LINK_HISTOGRAM; i++)
		n += c->late[i];
	return n;
}

static double rms(const struct nsfab_link_counters *c)
{
	uint64_t n = measured(c);

	return n ? sqrt((double)c->late_squares / n) : 0;
}

static bool is_valid(const struct report *r,
		     const struct nsfab_link_counters *c)
{
	return rms(c) <= r->w.budget && c->late_max <= r->w.worst &&
	       !c->held_drops && !c->horizon_drops;
}

/* What left, over the time in which it came. */
static double achieved(const struct nsfab_link_counters *c)
{
	return c->last > c->first ?
	       c->out_bytes * 8e9 / (double)(c->last - c->first) : NAN;
}

/* "acme/a/eth0 > acme/b/eth0", "acme/core" */
static void name_of(struct report *r, const struct nsfab_link *link, char *buf,
		    size_t size)
{
	char scope[32] = "";

	if (link->present & NSFAB_LINK_HAS_NAME) {
		snprintf(buf, size, "%s", netctl_link_name(r->names, link->id));
		return;
	}
	if (link->scope)
		snprintf(scope, sizeof(scope), " scope %u", link->scope);
	snprintf(buf, size, "%s > %s%s",
		 link->from ? netctl_port_name(r->names, link->from) : "any",
		 link->to ? netctl_port_name(r->names, link->to) : "any",
		 scope);
}

static int on_link(const struct nsfab_link *link, void *arg)
{
	struct report *r = arg;
	size_t room = r->room ? 2 * r->room : 64;
	char name[512];
	struct row *row;
	void *more;

	if (r->n == r->room) {
		more = reallocarray(r->rows, room, sizeof(*r->rows));
		if (!more)
			return -ENOMEM;
		r->rows = more;
		r->room = room;
	}
	row = &r->rows[r->n++];
	name_of(r, link, name, sizeof(name));
	row->link = nsfab_link_dup(link);
	row->name = strdup(name);
	if (!row->link || !row->name)
		return -ENOMEM;
	nsfab_link_counters_add(&r->sum, &link->counters);
	r->invalid += !is_valid(r, &link->counters);
	return 0;
}

static void print_values(struct report *r,
			 const struct nsfab_link_counters *c, uint64_t rate,
			 bool is_run)
{
	char text[NETCTL_UNIT_STRLEN];
	struct netctl_print *p = r->p;
	double is = achieved(c);

	netctl_num(p, "packets", "packets", c->packets);
	netctl_num(p, "out_packets", NULL, c->out_packets);
	netctl_time(p, "late_rms_ns", "late rms", llround(rms(c)));
	netctl_time(p, "late_max_ns", "worst", c->late_max);
	netctl_time(p, "late_99_ns", "99%",
		    nsfab_link_quantile(c->late, 0.99, c->late_max));
	netctl_time(p, "late_999_ns", "99.9%",
		    nsfab_link_quantile(c->late, 0.999, c->late_max));
	netctl_num(p, "lost", "lost", c->lost);
	netctl_num(p, "queue_drops", "queue", c->queue_drops);
	netctl_num(p, "down_drops", "down", c->down_drops);
	netctl_num(p, "held_drops", "held", c->held_drops);
	netctl_num(p, "horizon_drops", "horizon", c->horizon_drops);
	if (is_run) {
		netctl_str(p, NULL, "rate", NULL);
		netctl_str(p, NULL, "set", NULL);
	} else {
		netctl_str(p, NULL, "rate", isnan(is) ? NULL :
			   netctl_format_rate(llround(is), text));
		netctl_dbl(p, "rate_bps", NULL, is);
		netctl_str(p, NULL, "set", rate ?
			   netctl_format_rate(rate, text) : NULL);
		netctl_rate(p, "set_rate_bps", NULL, rate);
	}
	netctl_str(p, "verdict", "verdict",
		   is_valid(r, c) ? "PASS" : "INVALID");
}

static void print_link(struct report *r, const struct row *row)
{
	netctl_num(r->p, "id", NULL, row->link->id);
	netctl_str(r->p, "link", "link", row->name);
	print_values(r, &row->link->counters, row->link->rate, false);
}

/* What the run is refused for, one line; "" if it is valid. */
static const char *reasons(const struct report *r, char *buf, size_t size)
{
	const struct nsfab_link_counters *c = &r->sum;
	char is[NETCTL_UNIT_STRLEN], may[NETCTL_UNIT_STRLEN];
	size_t at = 0;

	*buf = '\0';
#define SAY(...) \
	(at += snprintf(buf + at, size - at, "%s", at ? ", " : ""), \
	 at += snprintf(buf + at, size - at, __VA_ARGS__))
	if (c->held_drops)
		SAY("%" PRIu64 " packet%s dropped by the limit of held ones",
		    c->held_drops, netctl_plural(c->held_drops));
	if (c->horizon_drops)
		SAY("%" PRIu64 " packet%s dropped that had to be held for too long",
		    c->horizon_drops, netctl_plural(c->horizon_drops));
	if (rms(c) > r->w.budget)
		SAY("RMS of lateness %s is more than %s",
		    netctl_format_time(llround(rms(c)), is),
		    netctl_format_time(r->w.budget, may));
	if (c->late_max > r->w.worst)
		SAY("largest lateness %s is more than %s",
		    netctl_format_time(c->late_max, is),
		    netctl_format_time(r->w.worst, may));
	if (r->scheduled && r->schedule.late_max > r->w.worst)
		SAY("an event of the schedule was %s late, more than %s",
		    netctl_format_time(r->schedule.late_max, is),
		    netctl_format_time(r->w.worst, may));
	if (!at && r->invalid)
		SAY("%zu of %zu link%s", r->invalid, r->n,
		    netctl_plural(r->n));
#undef SAY
	return buf;
}

static int print_json(struct netctl_ctx *ctx, struct report *r,
		      const char *why)
{
	size_t i;

	r->p = netctl_print_open(ctx, NETCTL_RECORD);
	netctl_row(r->p);
	netctl_str(r->p, "verdict", NULL, *why ? "INVALID" : "PASS");
	netctl_str(r->p, "why", NULL, *why ? why : NULL);
	netctl_num(r->p, "budget_ns", NULL, r->w.budget);
	netctl_num(r->p, "worst_ns", NULL, r->w.worst);
	if (r->scheduled) {
		netctl_object_open(r->p, "schedule");
		netctl_num(r->p, "fired", NULL, r->schedule.fired);
		netctl_num(r->p, "late_max_ns", NULL, r->schedule.late_max);
		netctl_num(r->p, "spread_max_ns", NULL,
			   r->schedule.spread_max);
		netctl_object_close(r->p);
	}
	netctl_object_open(r->p, "run");
	print_values(r, &r->sum, 0, true);
	netctl_object_close(r->p);
	netctl_array_open(r->p, "links");
	for (i = 0; i < r->n; i++) {
		netctl_array_next(r->p);
		print_link(r, &r->rows[i]);
	}
	netctl_array_close(r->p);
	return netctl_print_close(r->p);
}

static int print_table(struct netctl_ctx *ctx, struct report *r,
		       const char *why)
{
	char budget[NETCTL_UNIT_STRLEN], worst[NETCTL_UNIT_STRLEN];
	size_t i;
	int ret;

	r->p = netctl_print_open(ctx, NETCTL_LIST);
	for (i = 0; i < r->n; i++) {
		netctl_row(r->p);
		print_link(r, &r->rows[i]);
	}
	netctl_row(r->p);
	netctl_str(r->p, NULL, "link", "run");
	print_values(r, &r->sum, 0, true);
	ret = netctl_print_close(r->p);
	netctl_format_time(r->w.budget, budget);
	netctl_format_time(r->w.worst, worst);
	if (*why)
		printf("INVALID: %s\n", why);
	else
		printf("PASS: RMS of lateness is at most %s, the largest at most %s\n",
		       budget, worst);
	return ret;
}

static void add_schedule(struct report *r, const struct nsfab_schedule *s)
{
	r->scheduled = true;
	r->schedule.fired += s->fired;
	if (r->schedule.late_max < s->late_max)
		r->schedule.late_max = s->late_max;
	if (r->schedule.spread_max < s->spread_max)
		r->schedule.spread_max = s->spread_max;
}

/* Links of the fabric that @ctx is about, of one tenant if its id is not 0 */
static int read_links(struct netctl_ctx *ctx, struct report *r, uint32_t tenant)
{
	struct nsfab_filter filter = { .tenant = tenant };
	int ret;

	if (tenant)
		filter.present = NSFAB_FILTER_HAS_TENANT;
	ret = nsfab_link_dump(ctx->handle, ctx->ifindex, &filter, r->w.reset,
			      on_link, r, &ctx->err);
	if (ret == -ENOMEM)
		nsfab_err_set(&ctx->err, ret, "links");
	return ret;
}

/* Links of a fabric, of the tenants that @topo has if there is one */
static int read_fabric(struct netctl_ctx *ctx, struct report *r,
		       const struct topo *topo)
{
	struct nsfab_schedule schedule;
	struct nsfab_err err;
	uint32_t tenant;
	size_t i;
	int ret = 0;

	r->names = netctl_names_load(ctx, NETCTL_NAMES_PORTS |
				     NETCTL_NAMES_LINKS);
	if (!r->names)
		return ctx->err.code;
	if (!topo)
		ret = read_links(ctx, r, 0);
	for (i = 0; topo && i < topo->n_tenants && !ret; i++) {
		ret = nsfab_tenant_find(ctx->handle, ctx->ifindex,
					topo->tenant[i], &tenant, &ctx->err);
		/* Not all are on each host. */
		if (ret == -ENOENT)
			ret = 0;
		else if (!ret)
			ret = read_links(ctx, r, tenant);
	}
	if (!ret && !nsfab_schedule_get(ctx->handle, ctx->ifindex, &schedule,
					&err))
		add_schedule(r, &schedule);
	netctl_names_free(r->names);
	r->names = NULL;
	return ret;
}

/* A tenant, or all of a lab, wherever it is */
static int read_named(struct netctl_ctx *ctx, struct report *r,
		      const char *name)
{
	struct netctl_ctx at = *ctx;
	struct topo topo;
	size_t i;
	int ret;

	ret = topo_read(&topo, ctx, name);
	for (i = 0; i < topo.n_hosts && !ret; i++) {
		at.handle = topo.host[i].h;
		at.ifindex = topo.host[i].ifindex;
		ret = read_fabric(&at, r, &topo);
		if (ret)
			ctx->err = at.err;
	}
	topo_free(&topo);
	return ret;
}

static int read_all(struct netctl_ctx *ctx, struct report *r, const char *name)
{
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (name) {
		ret = read_named(ctx, r, name);
	} else {
		ret = netctl_fabric(ctx, &h, &ifindex);
		if (!ret)
			ret = read_fabric(ctx, r, NULL);
	}
	return ret ? netctl_fail(ctx) : 0;
}

static int fidelity(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct report r = {
		.w = { .budget = DEFAULT_BUDGET, .worst = DEFAULT_WORST },
	};
	const char *name = NULL;
	char why[1024];
	int ret;

	/* What is meant may be called like a key, but not cut like one. */
	if (argc && strcmp(argv[0], "budget") && strcmp(argv[0], "worst") &&
	    strcmp(argv[0], "reset") && strcmp(argv[0], "json") &&
	    *argv[0] != '-') {
		name = argv[0];
		argc--;
		argv++;
	}
	ret = netctl_parse(ctx, keys, argc, argv, &r.w);
	ctx->json |= r.w.json;
	if (!ret)
		ret = read_all(ctx, &r, name);
	if (!ret) {
		reasons(&r, why, sizeof(why));
		ret = ctx->json ? print_json(ctx, &r, why) :
				  print_table(ctx, &r, why);
		if (!ret && *why)
			ret = NETCTL_VERDICT;
	}
	while (r.n--) {
		free(r.rows[r.n].link);
		free(r.rows[r.n].name);
	}
	free(r.rows);
	return ret;
}

const struct netctl_object netctl_obj_fidelity = {
	.name = "fidelity",
	.summary = "a verdict: did links do what they were told to?",
	.help =
"netctl fidelity [LAB | TENANT] [budget TIME] [worst TIME] [reset]\n"
"\n"
"What each link and the run as a whole did: packets, how late they left (root\n"
"mean square, worst, and what 99 and 99.9 of 100 stayed below), drops by cause,\n"
"the rate that was had (the mean from the first to the last packet since the\n"
"last reset) and the one that was set. The verdict is PASS if for each link and\n"
"for the run the RMS is at most budget (50us when left out) and the largest\n"
"lateness at most worst (1ms), if no packet was dropped because too many were\n"
"held or one was to be held for too long, and if no event of the schedule was\n"
"later than worst. Else it is INVALID and the status 4.\n"
"reset begins anew behind what is told. The links between a lab's hosts are\n"
"those of another fabric, for -f, which netctl lab list names.\n",
	.run = fidelity,
};
