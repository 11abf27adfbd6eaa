// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl link, netctl bottleneck. */
#include <errno.h>
#include <nsfab/tenant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_words.h"
#include "link_words.h"
#include "members.h"

/**
 * struct target - the link that is meant
 * @h: handle
 * @ifindex: fabric
 * @key: its ends and scope, or its tenant and name
 * @tenant: its tenant
 * @text: what to call it, for messages
 * @old: what it is, or NULL; to be freed
 */
struct target {
	struct nsfab *h;
	unsigned int ifindex;
	struct nsfab_link key;
	uint32_t tenant;
	char text[512];
	struct nsfab_link *old;
};

static int copy(const struct nsfab_link *link, void *arg)
{
	struct nsfab_link **dup = arg;

	*dup = nsfab_link_dup(link);
	return *dup ? 0 : -ENOMEM;
}

/* Look it up; it need not be there. Returns 0 or an exit status. */
static int look(struct netctl_ctx *ctx, struct target *t)
{
	int ret;

	ret = nsfab_link_get(t->h, t->ifindex, &t->key, copy, &t->old,
			     &ctx->err);
	if (!ret)
		return 0;
	if (ret == -ENOENT && ctx->err.origin != NSFAB_ERR_NO_MODULE)
		return 0;
	nsfab_err_prefix(&ctx->err, "%s", t->text);
	return netctl_fail(ctx);
}

static int missing(struct netctl_ctx *ctx, const struct target *t)
{
	nsfab_err_set(&ctx->err, -ENOENT, "%s", t->text);
	return netctl_fail(ctx);
}

static int find_ends(struct netctl_ctx *ctx, struct target *t, const char *from,
		     const char *to, const struct link_words *w)
{
	struct nsfab_link *key = &t->key;
	int ret;

	memset(t, 0, sizeof(*t));
	snprintf(t->text, sizeof(t->text), "link from %s to %s",
		 strcmp(from, "-") ? from : "any", strcmp(to, "-") ? to : "any");
	if (netctl_fabric(ctx, &t->h, &t->ifindex))
		return netctl_fail(ctx);
	ret = link_find_end(ctx, from, &key->from, &t->tenant);
	if (!ret)
		ret = link_find_end(ctx, to, &key->to, &t->tenant);
	if (ret)
		return ret;
	if (key->from)
		key->present |= NSFAB_LINK_HAS_FROM;
	if (key->to)
		key->present |= NSFAB_LINK_HAS_TO;
	if (w->present & LINK_WORDS_HAS_SCOPE) {
		key->scope = w->scope;
		key->present |= NSFAB_LINK_HAS_SCOPE;
	}
	return look(ctx, t);
}

static int find_name(struct netctl_ctx *ctx, struct target *t, const char *path)
{
	char tenant[NSFAB_NAME_MAX + 1];

	memset(t, 0, sizeof(*t));
	snprintf(t->text, sizeof(t->text), "bottleneck %s", path);
	if (nsfab_path_split(path, tenant, &t->key.name, &ctx->err))
		return netctl_fail(ctx);
	if (!nsfab_name_valid(t->key.name))
		return netctl_usage(ctx, "\"%s\" is no name of a bottleneck",
				    t->key.name);
	if (netctl_fabric(ctx, &t->h, &t->ifindex) ||
	    nsfab_tenant_find(t->h, t->ifindex, tenant, &t->tenant, &ctx->err))
		return netctl_fail(ctx);
	t->key.tenant = t->tenant;
	t->key.present = NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT;
	return look(ctx, t);
}

/* Flags are written whole: what was not said stays as it is. */
static uint32_t merged_flags(const struct nsfab_link *old,
			     const struct link_values *v)
{
	return ((old ? old->flags : 0) & ~v->flags) |
	       (v->link.flags & v->flags);
}

static int start_events(struct netctl_ctx *ctx, struct target *t, uint32_t id,
			const struct link_values *v, uint32_t flags)
{
	size_t i;

	for (i = 0; i < v->n_events; i++) {
		v->events[i].link = id;
		v->events[i].set.flags |= flags & ~NSFAB_LINK_FLAG_DOWN;
	}
	if (nsfab_schedule_new(t->h, t->ifindex, v->loop, v->events,
			       v->n_events, &ctx->err)) {
		nsfab_err_prefix(&ctx->err, "trace of %s", t->text);
		return netctl_fail(ctx);
	}
	return 0;
}

static int write_link(struct netctl_ctx *ctx, struct target *t,
		      struct link_words *w)
{
	struct nsfab_link link = w->values.link;
	uint32_t path[NSFAB_LINK_PATH_MAX + 1];
	uint32_t id = t->old ? t->old->id : 0;
	int ret;

	if (w->path) {
		ret = link_find_path(ctx, t->tenant, w->path, path,
				     &link.n_path);
		if (ret)
			return ret;
		link.path = path;
		link.present |= NSFAB_LINK_HAS_PATH;
	}
	link.flags = merged_flags(t->old, &w->values);
	/* A trace stands instead of a rate, and a rate instead of a trace. */
	if (link.n_trace && !(link.present & NSFAB_LINK_HAS_RATE) && t->old &&
	    t->old->rate)
		link.present |= NSFAB_LINK_HAS_RATE;
	if (link.rate && !(link.present & NSFAB_LINK_HAS_TRACE) && t->old &&
	    t->old->n_trace)
		link.present |= NSFAB_LINK_HAS_TRACE;
	if (w->present & LINK_WORDS_HAS_REVISION) {
		link.revision = w->revision;
		link.present |= NSFAB_LINK_HAS_REVISION;
	}
	if (netctl_would(ctx, "%s %s", t->old ? "change" : "add", t->text))
		return 0;
	if (t->old) {
		link.id = id;
		link.present |= NSFAB_LINK_HAS_ID;
		ret = nsfab_link_set(t->h, t->ifindex, &link, 1, &ctx->err);
	} else {
		link.name = t->key.name;
		link.tenant = t->key.tenant;
		link.from = t->key.from;
		link.to = t->key.to;
		link.scope = t->key.scope;
		link.present |= t->key.present;
		ret = nsfab_link_new(t->h, t->ifindex, &link, 1,
				     w->values.n_events ? &id : NULL,
				     &ctx->err);
	}
	if (ret) {
		nsfab_err_prefix(&ctx->err, "%s", t->text);
		return netctl_fail(ctx);
	}
	return w->values.n_events ?
	       start_events(ctx, t, id, &w->values, link.flags) : 0;
}

static int write_ends(struct netctl_ctx *ctx, bool is_new, const char *from,
		      const char *to, struct link_words *w)
{
	struct target t;
	int ret;

	ret = find_ends(ctx, &t, from, to, w);
	if (!ret && is_new && t.old) {
		nsfab_err_set(&ctx->err, -EEXIST, "%s", t.text);
		ret = netctl_fail(ctx);
	}
	if (!ret)
		ret = write_link(ctx, &t, w);
	free(t.old);
	return ret;
}

static int write_words(struct netctl_ctx *ctx, bool is_new, int argc,
		       char **argv)
{
	int n = link_words_ends(ctx, argc, argv), ret;
	const char *from, *to;
	struct link_words w;

	if (!n)
		return NETCTL_USAGE;
	from = argv[0];
	to = n > 1 ? argv[1] : "-";
	ret = link_words_parse(ctx, 0, argc - n, argv + n, &w);
	if (!ret && w.both && w.values.n_events)
		ret = netctl_usage(ctx, "a trace that is a schedule is of one direction: there is one schedule");
	if (!ret)
		ret = write_ends(ctx, is_new, from, to, &w);
	if (!ret && w.both)
		ret = write_ends(ctx, is_new, to, from, &w);
	link_words_clear(&w);
	return ret;
}

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	return write_words(ctx, true, argc, argv);
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	return write_words(ctx, false, argc, argv);
}

static int del_target(struct netctl_ctx *ctx, const struct target *t)
{
	if (!t->old)
		return missing(ctx, t);
	if (netctl_would(ctx, "delete %s", t->text) ||
	    !nsfab_link_del(t->h, t->ifindex, &t->old->id, 1, &ctx->err))
		return 0;
	nsfab_err_prefix(&ctx->err, "%s", t->text);
	return netctl_fail(ctx);
}

static int print_target(struct netctl_ctx *ctx, const struct target *t)
{
	struct netctl_names *names;
	struct netctl_print *p;

	if (!t->old)
		return missing(ctx, t);
	names = netctl_names_load(ctx, NETCTL_NAMES_PORTS | NETCTL_NAMES_LINKS);
	if (!names)
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_RECORD);
	netctl_row(p);
	netctl_link_members(p, names, t->old, false);
	netctl_names_free(names);
	return netctl_print_close(p);
}

/* FROM [TO] [scope N] */
static int with_ends(struct netctl_ctx *ctx, int argc, char **argv,
		     int (*fn)(struct netctl_ctx *ctx, const struct target *t))
{
	int n = link_words_ends(ctx, argc, argv), ret;
	struct link_words w;
	struct target t = { .old = NULL };

	if (!n)
		return NETCTL_USAGE;
	ret = link_words_parse(ctx, LINK_WORDS_KEY, argc - n, argv + n, &w);
	if (!ret)
		ret = find_ends(ctx, &t, argv[0], n > 1 ? argv[1] : "-", &w);
	if (!ret)
		ret = fn(ctx, &t);
	free(t.old);
	link_words_clear(&w);
	return ret;
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	return with_ends(ctx, argc, argv, del_target);
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	return with_ends(ctx, argc, argv, print_target);
}

struct view {
	struct netctl_print *p;
	struct netctl_names *names;
	bool bottlenecks;
	const uint32_t *ports;	/* of links that are meant, or NULL for all */
	size_t n_ports;
};

static bool is_meant(const struct view *v, const struct nsfab_link *link)
{
	size_t i;

	for (i = 0; i < v->n_ports; i++)
		if (link->from == v->ports[i] || link->to == v->ports[i])
			return true;
	return !v->ports;
}

static int print_link(const struct nsfab_link *link, void *arg)
{
	struct view *v = arg;

	if (v->bottlenecks != !!(link->present & NSFAB_LINK_HAS_NAME) ||
	    !is_meant(v, link))
		return 0;
	netctl_row(v->p);
	netctl_link_members(v->p, v->names, link, true);
	return 0;
}

/* [TENANT | TENANT/VM] */
static int print_all(struct netctl_ctx *ctx, int argc, char **argv,
		     bool bottlenecks)
{
	struct view v = { .bottlenecks = bottlenecks };
	struct nsfab_filter filter = { 0 };
	uint32_t *ports = NULL;
	unsigned int ifindex;
	struct nsfab *h;
	int ret = 0;

	if (argc > 1)
		return netctl_usage(ctx, bottlenecks ? "takes [TENANT]" :
						       "takes [TENANT | TENANT/VM]");
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (argc && strchr(argv[0], '/')) {
		ret = flow_words_vm(ctx, argv[0], &filter.tenant, &ports,
				    &v.n_ports);
		v.ports = ports;
	} else if (argc && nsfab_tenant_find(h, ifindex, argv[0],
					     &filter.tenant, &ctx->err)) {
		ret = netctl_fail(ctx);
	}
	if (ret)
		return ret;
	if (argc)
		filter.present = NSFAB_FILTER_HAS_TENANT;
	v.names = netctl_names_load(ctx, NETCTL_NAMES_PORTS |
				    NETCTL_NAMES_LINKS);
	if (!v.names) {
		free(ports);
		return netctl_fail(ctx);
	}
	v.p = netctl_print_open(ctx, NETCTL_LIST);
	if (nsfab_link_dump(h, ifindex, &filter, false, print_link, &v,
			    &ctx->err))
		ret = netctl_fail(ctx);
	netctl_names_free(v.names);
	free(ports);
	return netctl_done(v.p, ret);
}

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	return print_all(ctx, argc, argv, false);
}

static const struct netctl_verb verbs[] = {
	{ .name = "add", .run = add },
	{ .name = "set", .run = set },
	{ .name = "del", .alias = "delete", .run = del },
	{ .name = "show", .run = show },
	{ .name = "list", .alias = "ls", .run = list },
	{ 0 }
};

#define ATTRIBUTES \
"  delay TIME              up to 16s\n" \
"  jitter TIME             how far the delay is spread\n" \
"  dist uniform|normal|pareto, dist table FILE\n" \
"                          how; FILE as tc-netem(8) has them\n" \
"  overtake on|off         jitter may change the order of a flow's packets\n" \
"  loss SHARE|none|random P\n" \
"                          each with this share, as 0.1% or 0.001\n" \
"  loss gemodel P [R [1-H [1-K]]]\n" \
"  loss state P13 [P31 [P32 [P23 [P14]]]]\n" \
"  loss nth N[,N]...       these of each flow and direction\n" \
"  duplicate, corrupt, reorder SHARE\n" \
"  rate RATE               100mbit; \"none\" for no limit\n" \
"  overhead l1|l2|l3       which bytes the rate counts, l2 when left out\n" \
"  queue BYTES|TIME|auto   64k or 20ms\n" \
"  ecn BYTES|TIME|off      mark packets that find a longer queue\n" \
"  seed NUMBER             of all draws\n" \
"  trace FILE|off          when packets leave: of Mahimahi, instead of a rate,\n" \
"                          or of TheaterQ, which becomes the fabric's schedule\n" \
"                          and is ended by \"schedule del\"\n" \
"  down, up                drop all, or no more\n" \
"  revision NUMBER         refuse if the link's is higher\n"

const struct netctl_object netctl_obj_link = {
	.name = "link",
	.summary = "what a way between ports does: delay, loss, rate",
	.help =
"netctl link add|set FROM [TO] [scope NUMBER] [ATTRIBUTE]... [FILTER]...\n"
"netctl link del|show FROM [TO] [scope NUMBER]\n"
"netctl link list [TENANT | TENANT/VM]\n"
"\n"
"ATTRIBUTE is one of\n"
ATTRIBUTES
"  path NAME[,NAME]        bottlenecks that it goes through; \"none\" for none\n"
"  both                    the same from TO to FROM\n"
"\n"
"FILTER is one of\n"
"  src, dst PREFIX\n"
"  proto tcp|udp|icmp|icmp6|sctp|NUMBER\n"
"  sport, dport NUMBER\n"
"\n"
"FROM and TO are TENANT/VM, TENANT/VM/NIC or TENANT/PORT. With FROM alone it\n"
"is for all that this port sends, with \"- TO\" for all that goes to that one.\n"
"A packet takes the link of what it leaves, the link of the pair, and the link\n"
"of what it goes to. Of several with the same ends, the one with the lowest\n"
"scope whose FILTER fits has it.\n"
"set changes a link in place, or makes it if there is none.\n",
	.verbs = verbs,
	.run = list,
};

static int write_name(struct netctl_ctx *ctx, bool is_new, int argc,
		      char **argv)
{
	struct target t = { .old = NULL };
	struct link_words w;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/NAME and its attributes");
	ret = link_words_parse(ctx, LINK_WORDS_BOTTLENECK, argc - 1, argv + 1,
			       &w);
	if (!ret)
		ret = find_name(ctx, &t, argv[0]);
	if (!ret && !t.old)
		ret = netctl_new_name(ctx, argv[0]);
	if (!ret && is_new && t.old) {
		nsfab_err_set(&ctx->err, -EEXIST, "%s", t.text);
		ret = netctl_fail(ctx);
	}
	if (!ret)
		ret = write_link(ctx, &t, &w);
	free(t.old);
	link_words_clear(&w);
	return ret;
}

static int bottleneck_add(struct netctl_ctx *ctx, int argc, char **argv)
{
	return write_name(ctx, true, argc, argv);
}

static int bottleneck_set(struct netctl_ctx *ctx, int argc, char **argv)
{
	return write_name(ctx, false, argc, argv);
}

static int bottleneck_del(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct target t;
	int i, ret = 0;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/NAME...");
	for (i = 0; i < argc && !ret; i++) {
		ret = find_name(ctx, &t, argv[i]);
		if (!ret)
			ret = del_target(ctx, &t);
		free(t.old);
	}
	return ret;
}

static int bottleneck_show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct target t;
	int ret;

	if (argc != 1)
		return netctl_usage(ctx, "takes TENANT/NAME");
	ret = find_name(ctx, &t, argv[0]);
	if (!ret)
		ret = print_target(ctx, &t);
	free(t.old);
	return ret;
}

static int bottleneck_list(struct netctl_ctx *ctx, int argc, char **argv)
{
	if (argc && strchr(argv[0], '/'))
		return netctl_usage(ctx, "takes [TENANT]");
	return print_all(ctx, argc, argv, true);
}

static const struct netctl_verb bottleneck_verbs[] = {
	{ .name = "add", .run = bottleneck_add },
	{ .name = "set", .run = bottleneck_set },
	{ .name = "del", .alias = "delete", .run = bottleneck_del },
	{ .name = "show", .run = bottleneck_show },
	{ .name = "list", .alias = "ls", .run = bottleneck_list },
	{ 0 }
};

const struct netctl_object netctl_obj_bottleneck = {
	.name = "bottleneck",
	.summary = "what several links go through: a shared rate and queue",
	.help =
"netctl bottleneck add|set TENANT/NAME [ATTRIBUTE]...\n"
"netctl bottleneck del TENANT/NAME...\n"
"netctl bottleneck show TENANT/NAME\n"
"netctl bottleneck list [TENANT]\n"
"\n"
"ATTRIBUTE is one of\n"
ATTRIBUTES
"\n"
"\"netctl link set FROM TO path NAME,NAME\" leads a link through bottlenecks, in\n"
"this order and behind what the link itself does. Links of one tenant share\n"
"its rate and its queue. set changes one in place, or makes it if there is none.\n",
	.verbs = bottleneck_verbs,
	.run = bottleneck_list,
};
