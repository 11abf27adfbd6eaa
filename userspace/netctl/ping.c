// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl ping: does everybody reach everybody. */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab_run.h"
#include "ping_neigh.h"
#include "ping_run.h"
#include "ping_way.h"
#include "topo.h"

#define PAIRS_MAX 1000000
#define COUNT_MAX 1000
#define SHOWN_LOST 20

struct options {
	const char *name;
	uint64_t sample;	/* 0: all pairs */
	uint64_t count;
	uint64_t interval;
	uint64_t timeout;
	uint64_t seed;
	bool seeded;
	bool v6;
};

/* VMs that take part, and whom a pair of ping_run() is about. */
struct plan {
	const struct topo *topo;
	const struct options *opt;
	int *socket;
	int *route;		/* by VM, to pace: routing sockets */
	uint32_t *to;		/* by pair: index of the asked VM */
	uint64_t neighbours;	/* that pairs make, at most */
	struct ping_run run;
	uint64_t since;
};

static int parse_number(struct netctl_ctx *ctx, const struct netctl_key *key,
			const char *value, void *data)
{
	uint64_t *to = (uint64_t *)((char *)data + key->arg);
	uint64_t max = !strcmp(key->name, "count") ? COUNT_MAX :
		       !strcmp(key->name, "sample") ? PAIRS_MAX : UINT64_MAX;
	uint64_t min = strcmp(key->name, "seed") ? 1 : 0;
	struct options *opt = data;

	if (netctl_parse_u64(value, min, max, to))
		return netctl_usage(ctx, "%s \"%s\" is not a number from %llu to %llu",
				    key->name, value, (unsigned long long)min,
				    (unsigned long long)max);
	if (!min)
		opt->seeded = true;
	return 0;
}

static int parse_time(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	uint64_t *to = (uint64_t *)((char *)data + key->arg);

	if (netctl_parse_time(value, to))
		return netctl_usage(ctx, "%s \"%s\" is not a time such as 100ms",
				    key->name, value);
	return 0;
}

static int parse_v6(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	(void)ctx;
	(void)key;
	(void)value;
	((struct options *)data)->v6 = true;
	return 0;
}

static const struct netctl_key keys[] = {
	{ .name = "sample", .parse = parse_number, .what = "NUMBER",
	  .arg = offsetof(struct options, sample) },
	{ .name = "count", .parse = parse_number, .what = "NUMBER",
	  .arg = offsetof(struct options, count) },
	{ .name = "seed", .parse = parse_number, .what = "NUMBER",
	  .arg = offsetof(struct options, seed) },
	{ .name = "interval", .parse = parse_time, .what = "TIME",
	  .arg = offsetof(struct options, interval) },
	{ .name = "timeout", .parse = parse_time, .what = "TIME",
	  .arg = offsetof(struct options, timeout) },
	{ .name = "ipv6", .alias = "6", .parse = parse_v6, .flag = true },
	{ 0 },
};

/* A whole one: its first letters may be a name. */
static bool is_key(const char *word)
{
	size_t i;

	for (i = 0; keys[i].name; i++)
		if (!strcmp(word, keys[i].name) ||
		    (keys[i].alias && !strcmp(word, keys[i].alias)))
			return true;
	return false;
}

static int parse(struct netctl_ctx *ctx, struct options *opt, int argc,
		 char **argv)
{
	int i;

	opt->count = 1;
	opt->timeout = 1000000000;
	opt->interval = 0;
	/* --sample 5 is sample 5 */
	for (i = 0; i < argc; i++)
		while (*argv[i] == '-' && argv[i][1])
			argv[i]++;
	if (argc && (!is_key(argv[0]) || argc == 1) &&
	    strcmp(argv[0], "ipv6") && strcmp(argv[0], "6")) {
		opt->name = *argv++;
		argc--;
	}
	return netctl_parse(ctx, keys, argc, argv, opt);
}

static bool add_pair(struct plan *plan, size_t from, size_t to)
{
	const struct topo *topo = plan->topo;
	const struct nsfab_addr *addr;
	struct ping_pair *pair;
	bool neighbours;

	if (from == to || topo->vm[from].stub ||
	    topo->vm[from].tenant != topo->vm[to].tenant)
		return false;
	addr = ping_way(topo, &topo->vm[from], &topo->vm[to], plan->opt->v6,
			&neighbours);
	if (!addr)
		return false;
	plan->neighbours += neighbours ? 2 : 0;
	pair = &plan->run.pair[plan->run.n_pairs];
	pair->source = from;
	pair->lost = 0;
	pair->to = *addr;
	plan->to[plan->run.n_pairs++] = to;
	return true;
}

static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static int no_memory(struct netctl_ctx *ctx)
{
	nsfab_err_set(&ctx->err, -ENOMEM, "no memory");
	return netctl_fail(ctx);
}

/* VMs by tenant, and those of them that have a namespace to ping from. */
struct crowd {
	size_t *member;		/* ordered by tenant */
	size_t *first;		/* of each tenant in @member, and one behind */
	size_t *source;
	size_t n_sources;
};

static void free_crowd(struct crowd *crowd)
{
	free(crowd->member);
	free(crowd->first);
	free(crowd->source);
}

static int gather(const struct topo *topo, struct crowd *crowd)
{
	size_t i, tenant, *fill;

	crowd->member = calloc(topo->n_vms + 1, sizeof(*crowd->member));
	crowd->source = calloc(topo->n_vms + 1, sizeof(*crowd->source));
	crowd->first = calloc(topo->n_tenants + 2, sizeof(*crowd->first));
	fill = calloc(topo->n_tenants + 1, sizeof(*fill));
	if (!crowd->member || !crowd->source || !crowd->first || !fill) {
		free(fill);
		return -ENOMEM;
	}
	for (i = 0; i < topo->n_vms; i++) {
		crowd->first[topo->vm[i].tenant + 1]++;
		if (!topo->vm[i].stub)
			crowd->source[crowd->n_sources++] = i;
	}
	for (i = 0; i < topo->n_tenants; i++)
		crowd->first[i + 1] += crowd->first[i];
	for (i = 0; i < topo->n_vms; i++) {
		tenant = topo->vm[i].tenant;
		crowd->member[crowd->first[tenant] + fill[tenant]++] = i;
	}
	free(fill);
	return 0;
}

static uint64_t count_pairs(const struct topo *topo, const struct crowd *crowd)
{
	uint64_t pairs = 0;
	size_t i, tenant;

	for (i = 0; i < crowd->n_sources; i++) {
		tenant = topo->vm[crowd->source[i]].tenant;
		pairs += crowd->first[tenant + 1] - crowd->first[tenant] - 1;
	}
	return pairs;
}

static void all_pairs(struct plan *plan)
{
	size_t n = plan->topo->n_vms, step, i;

	/* Diagonally, so that answers spread over the receivers. */
	for (step = 1; step < n; step++)
		for (i = 0; i < n; i++)
			add_pair(plan, i, (i + step) % n);
}

static int compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool was_drawn(const uint64_t *key, size_t sorted, size_t n,
		      uint64_t wanted)
{
	size_t i;

	if (bsearch(&wanted, key, sorted, sizeof(*key), compare_keys))
		return true;
	for (i = sorted; i < n; i++)
		if (key[i] == wanted)
			return true;
	return false;
}

/* A random choice without repetition, the same for the same seed. */
static int some_pairs(struct plan *plan, const struct crowd *crowd,
		      size_t wanted)
{
	uint64_t state = plan->opt->seeded ? plan->opt->seed : plan->topo->seed;
	size_t n = plan->topo->n_vms, sorted = 0, keys_n = 0;
	size_t from, to, tenant, first;
	uint64_t tries = 100 * (uint64_t)wanted + 10000, *key;

	key = calloc(wanted + 1, sizeof(*key));
	if (!key)
		return -ENOMEM;
	while (plan->run.n_pairs < wanted && tries--) {
		from = crowd->source[draw(&state) % crowd->n_sources];
		tenant = plan->topo->vm[from].tenant;
		first = crowd->first[tenant];
		to = crowd->member[first + draw(&state) %
				   (crowd->first[tenant + 1] - first)];
		if (was_drawn(key, sorted, keys_n, from * (uint64_t)n + to) ||
		    !add_pair(plan, from, to))
			continue;
		key[keys_n++] = from * (uint64_t)n + to;
		if (keys_n - sorted == 256) {
			qsort(key, keys_n, sizeof(*key), compare_keys);
			sorted = keys_n;
		}
	}
	free(key);
	return 0;
}

static void raise_file_limit(size_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= n + 64)
		return;
	limit.rlim_cur = n + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_socket(struct netctl_ctx *ctx, const struct plan *plan,
		       size_t number, int domain, int type, int protocol)
{
	const struct topo_vm *vm = &plan->topo->vm[number];
	const struct nsfab_vm_ref ref = {
		plan->topo->tenant[vm->tenant], vm->name
	};
	int netns, fd;

	netns = nsfab_vm_netns(plan->topo->host[vm->host].h, &ref, &ctx->err);
	if (netns < 0)
		return netns;
	fd = nsfab_netns_socket(netns, domain, type, protocol, &ctx->err);
	close(netns);
	return fd;
}

static int open_ping(struct netctl_ctx *ctx, const struct plan *plan,
		     size_t number)
{
	const struct topo_vm *vm = &plan->topo->vm[number];
	bool v6 = plan->opt->v6;
	int fd, err;

	fd = open_socket(ctx, plan, number, v6 ? AF_INET6 : AF_INET,
			 SOCK_RAW | SOCK_NONBLOCK,
			 v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0)
		return fd;
	err = ping_socket_setup(fd, v6);
	if (!err)
		return fd;
	close(fd);
	return nsfab_err_set(&ctx->err, err, "cannot ping from %s/%s",
			     plan->topo->tenant[vm->tenant], vm->name);
}

static int open_sockets(struct netctl_ctx *ctx, struct plan *plan)
{
	size_t i;

	raise_file_limit(2 * plan->topo->n_vms);
	for (i = 0; i < plan->run.n_pairs; i++) {
		uint32_t source = plan->run.pair[i].source;

		if (plan->socket[source] >= 0)
			continue;
		plan->socket[source] = open_ping(ctx, plan, source);
		if (plan->socket[source] < 0)
			return plan->socket[source];
	}
	return 0;
}

/* Best effort: a VM that has gone meanwhile is seen by its lost packets. */
static void forget(struct netctl_ctx *ctx, struct plan *plan, size_t vm)
{
	int *fd = &plan->route[vm];

	if (plan->topo->vm[vm].stub)
		return;
	if (*fd < 0)
		*fd = open_socket(ctx, plan, vm, AF_NETLINK, SOCK_RAW,
				  NETLINK_ROUTE);
	if (*fd >= 0)
		ping_neigh_forget(*fd, plan->opt->v6);
}

/* The neighbours of these pairs are to leave room for those of the next ones. */
static int between(void *arg, size_t first, size_t end)
{
	struct plan *plan = ((void **)arg)[0];
	struct netctl_ctx *ctx = ((void **)arg)[1];
	bool *known = calloc(plan->topo->n_vms, sizeof(*known));
	size_t i;

	if (!known)
		return -ENOMEM;
	for (i = first; i < end; i++) {
		known[plan->run.pair[i].source] = true;
		known[plan->to[i]] = true;
	}
	for (i = 0; i < plan->topo->n_vms; i++)
		if (known[i])
			forget(ctx, plan, i);
	free(known);
	return 0;
}

/* Keep what the pairs need at a time to half of what there is room for. */
static void pace(struct plan *plan)
{
	uint64_t room = ping_neigh_limit(plan->opt->v6) / 2;

	if (plan->neighbours <= room)
		return;
	plan->run.batch = room / 2 + 1;
	plan->run.between = between;
}

static int on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct plan *plan = ((void **)arg)[0];
	struct netctl_ctx *ctx = ((void **)arg)[1];

	lab_progress(ctx, done, total, NULL, plan->since);
	return lab_was_stopped();
}

static int compare_rtts(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

struct summary {
	uint64_t min;
	uint64_t avg;
	uint64_t p99;
	uint64_t max;
};

static void summarise(const struct ping_run *run, struct summary *sum)
{
	uint64_t total = 0, i;

	memset(sum, 0, sizeof(*sum));
	if (!run->received)
		return;
	qsort(run->rtt, run->received, sizeof(*run->rtt), compare_rtts);
	for (i = 0; i < run->received; i++)
		total += run->rtt[i];
	sum->min = run->rtt[0];
	sum->avg = total / run->received;
	/* Nearest rank: the smallest that 99 of 100 do not exceed */
	sum->p99 = run->rtt[(run->received * 99 + 99) / 100 - 1];
	sum->max = run->rtt[run->received - 1];
}

static void vm_path(const struct topo *topo, size_t vm, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", topo->tenant[topo->vm[vm].tenant],
		 topo->vm[vm].name);
}

static void put_lost(struct netctl_print *print, const struct plan *plan)
{
	char from[160], to[160], addr[NSFAB_ADDR_STRLEN];
	const struct ping_pair *pair;
	unsigned int shown = 0;
	size_t i;

	if (print)
		netctl_array_open(print, "lost_pairs");
	for (i = 0; i < plan->run.n_pairs && shown < SHOWN_LOST; i++) {
		pair = &plan->run.pair[i];
		if (!pair->lost)
			continue;
		shown++;
		vm_path(plan->topo, pair->source, from, sizeof(from));
		vm_path(plan->topo, plan->to[i], to, sizeof(to));
		nsfab_addr_format(&pair->to, addr);
		if (!print) {
			printf("lost %u of %u: %s -> %s (%s)\n", pair->lost,
			       plan->run.count, from, to, addr);
			continue;
		}
		netctl_array_next(print);
		netctl_str(print, "from", NULL, from);
		netctl_str(print, "to", NULL, to);
		netctl_str(print, "address", NULL, addr);
		netctl_num(print, "lost", NULL, pair->lost);
	}
	if (print)
		netctl_array_close(print);
}

static int print_json(struct netctl_ctx *ctx, const struct plan *plan,
		      const struct summary *sum)
{
	const struct ping_run *run = &plan->run;
	struct netctl_print *print = netctl_print_open(ctx, NETCTL_RECORD);

	netctl_row(print);
	netctl_num(print, "vms", NULL, plan->topo->n_vms);
	netctl_num(print, "pairs", NULL, run->n_pairs);
	netctl_num(print, "sent", NULL, run->sent);
	netctl_num(print, "received", NULL, run->received);
	netctl_num(print, "lost", NULL, run->sent - run->received);
	netctl_num(print, "min_ns", NULL, sum->min);
	netctl_num(print, "avg_ns", NULL, sum->avg);
	netctl_num(print, "p99_ns", NULL, sum->p99);
	netctl_num(print, "max_ns", NULL, sum->max);
	put_lost(print, plan);
	return netctl_print_close(print);
}

static void print_text(const struct plan *plan, const struct summary *sum)
{
	const struct ping_run *run = &plan->run;
	uint64_t lost = run->sent - run->received;

	put_lost(NULL, plan);
	printf("%zu pair%s: %llu sent, %llu received, %llu lost (%.2f %%)\n",
	       run->n_pairs, netctl_plural(run->n_pairs), (unsigned long long)run->sent,
	       (unsigned long long)run->received, (unsigned long long)lost,
	       run->sent ? 100.0 * lost / run->sent : 0.0);
	if (run->received)
		printf("round trip min/avg/p99/max %.3f/%.3f/%.3f/%.3f ms\n",
		       sum->min / 1e6, sum->avg / 1e6, sum->p99 / 1e6,
		       sum->max / 1e6);
}

static int run_plan(struct netctl_ctx *ctx, struct plan *plan)
{
	void *arg[2] = { plan, ctx };
	struct summary sum;
	uint64_t overflows;
	int ret;

	if (!plan->run.n_pairs) {
		fprintf(stderr, "netctl ping: no two VMs here can reach each other by IPv%d\n",
			plan->opt->v6 ? 6 : 4);
		return NETCTL_USAGE;
	}
	if (open_sockets(ctx, plan))
		return netctl_fail(ctx);
	plan->run.progress = on_progress;
	plan->run.arg = arg;
	plan->since = lab_now();
	pace(plan);
	overflows = ping_neigh_overflows(plan->opt->v6);
	lab_catch_signals();
	ret = plan->run.between ? between(arg, 0, plan->run.n_pairs) : 0;
	if (!ret)
		ret = ping_run(&plan->run);
	lab_release_signals();
	lab_progress(ctx, 1, 1, NULL, plan->since);
	if (ret) {
		nsfab_err_set(&ctx->err, ret, "cannot ping");
		return netctl_fail(ctx);
	}
	summarise(&plan->run, &sum);
	if (ping_neigh_overflows(plan->opt->v6) != overflows)
		fprintf(stderr,
			"netctl ping: this kernel's neighbour table was full, which is no loss of the lab: raise net.ipv%d.neigh.default.gc_thresh3\n",
			plan->opt->v6 ? 6 : 4);
	ret = NETCTL_OK;
	if (ctx->json)
		ret = print_json(ctx, plan, &sum);
	else
		print_text(plan, &sum);
	if (!ret && plan->run.sent != plan->run.received)
		ret = NETCTL_VERDICT;
	return ret;
}

static int make_plan(struct netctl_ctx *ctx, struct plan *plan,
		     const struct crowd *crowd)
{
	uint64_t all = count_pairs(plan->topo, crowd);
	uint64_t wanted = plan->opt->sample;
	size_t i;

	if (!wanted && all > PAIRS_MAX)
		return netctl_usage(ctx, "%llu pairs are more than %d: use sample NUMBER",
				    (unsigned long long)all, PAIRS_MAX);
	if (!wanted || wanted > all)
		wanted = all;
	plan->run.pair = calloc(wanted + 1, sizeof(*plan->run.pair));
	plan->to = calloc(wanted + 1, sizeof(*plan->to));
	plan->socket = calloc(plan->topo->n_vms + 1, sizeof(*plan->socket));
	plan->route = calloc(plan->topo->n_vms + 1, sizeof(*plan->route));
	if (!plan->run.pair || !plan->to || !plan->socket || !plan->route)
		return no_memory(ctx);
	for (i = 0; i < plan->topo->n_vms; i++) {
		plan->socket[i] = -1;
		plan->route[i] = -1;
	}
	plan->run.socket = plan->socket;
	plan->run.n_sockets = plan->topo->n_vms;
	plan->run.v6 = plan->opt->v6;
	plan->run.count = plan->opt->count;
	plan->run.interval_ns = plan->opt->interval;
	plan->run.timeout_ns = plan->opt->timeout;
	if (wanted == all)
		all_pairs(plan);
	else if (some_pairs(plan, crowd, wanted))
		return no_memory(ctx);
	return NETCTL_OK;
}

static void free_plan(struct plan *plan)
{
	size_t i;

	for (i = 0; plan->socket && plan->route && i < plan->topo->n_vms; i++) {
		if (plan->socket[i] >= 0)
			close(plan->socket[i]);
		if (plan->route[i] >= 0)
			close(plan->route[i]);
	}
	free(plan->socket);
	free(plan->route);
	free(plan->to);
	free(plan->run.pair);
	free(plan->run.rtt);
}

static int ping(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct options opt = { 0 };
	struct plan plan = { .opt = &opt };
	struct crowd crowd = { 0 };
	struct topo topo;
	int ret;

	ret = parse(ctx, &opt, argc, argv);
	if (ret)
		return ret;
	plan.topo = &topo;
	if (topo_read(&topo, ctx, opt.name)) {
		ret = netctl_fail(ctx);
	} else if (gather(&topo, &crowd)) {
		ret = no_memory(ctx);
	} else {
		ret = make_plan(ctx, &plan, &crowd);
		if (!ret)
			ret = run_plan(ctx, &plan);
		free_plan(&plan);
	}
	free_crowd(&crowd);
	topo_free(&topo);
	return ret;
}

const struct netctl_object netctl_obj_ping = {
	.name = "ping",
	.summary = "ping between VMs: all pairs or a random sample",
	.help =
"netctl ping [LAB | TENANT] [sample N] [seed N] [count N] [interval TIME]\n"
"            [timeout TIME] [ipv6]\n"
"\n"
"Ping from every VM to every other one of its tenant that it can be expected\n"
"to reach: in the same network or in linked ones, by the router, or by routes\n"
"of their own. sample asks N pairs that\n"
"the seed (of the lab, if not given) draws. count repeats, one round each\n"
"interval. A request without an answer after timeout (1s) is lost, and the\n"
"exit status is 4 if any is. Where the kernel keeps too few neighbours for all\n"
"pairs, some are asked at a time and their neighbours then forgotten.\n",
	.run = ping,
};
