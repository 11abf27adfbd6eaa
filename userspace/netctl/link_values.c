// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: what a link does, as users write it. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_values.h"
#include "netctl.h"

#define WORDS_MAX 8

__attribute__((format(printf, 4, 5)))
static int bad(struct link_values *v, const char *key, const char *text,
	       const char *fmt, ...)
{
	int len;
	va_list ap;

	len = snprintf(v->why, sizeof(v->why), "%s \"%.100s\" is not ", key,
		       text);
	va_start(ap, fmt);
	vsnprintf(v->why + len, sizeof(v->why) - len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int get_time(struct link_values *v, const char *key, const char *text,
		    uint64_t *ns)
{
	if (netctl_parse_time(text, ns) || *ns > NSFAB_LINK_TIME_MAX)
		return bad(v, key, text, "a time of at most %llus (5ms, 100us)",
			   NSFAB_LINK_TIME_MAX / 1000000000ull);
	return 0;
}

static int get_share(struct link_values *v, const char *key, const char *text,
		     uint32_t *share)
{
	if (netctl_parse_share(text, share))
		return bad(v, key, text, "a share (0.1%% or 0.001)");
	return 0;
}

static int get_number(struct link_values *v, const char *key, const char *text,
		      uint64_t max, uint64_t *number)
{
	if (netctl_parse_u64(text, 0, max, number))
		return bad(v, key, text, "a number from 0 to %" PRIu64, max);
	return 0;
}

static int get_delay(struct link_values *v, const char *key, const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_DELAY;
	return get_time(v, key, text, &v->link.delay);
}

static int get_jitter(struct link_values *v, const char *key, const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_JITTER;
	return get_time(v, key, text, &v->link.jitter);
}

static int get_dist(struct link_values *v, const char *key, const char *text)
{
	int dist = nsfab_link_dist_parse(text);

	v->link.present |= NSFAB_LINK_HAS_DIST;
	if (!strncmp(text, "table ", 6)) {
		v->link.dist = NSFAB_LINK_DIST_TABLE;
		return link_read_table(v, text + 6);
	}
	if (dist < 0 || dist == NSFAB_LINK_DIST_TABLE)
		return bad(v, key, text,
			   "one of uniform, normal, pareto, table FILE");
	v->link.dist = dist;
	return 0;
}

static int get_flag(struct link_values *v, uint32_t flag, bool on)
{
	v->link.present |= NSFAB_LINK_HAS_FLAGS;
	v->flags |= flag;
	v->link.flags = (v->link.flags & ~flag) | (on ? flag : 0);
	return 0;
}

static int get_overtake(struct link_values *v, const char *key,
			const char *text)
{
	if (strcmp(text, "on") && strcmp(text, "off") &&
	    strcmp(text, "true") && strcmp(text, "false"))
		return bad(v, key, text, "\"on\" or \"off\"");
	return get_flag(v, NSFAB_LINK_FLAG_OVERTAKE,
			!strcmp(text, "on") || !strcmp(text, "true"));
}

static int get_state(struct link_values *v, const char *key, const char *text)
{
	if (strcmp(text, "up") && strcmp(text, "down"))
		return bad(v, key, text, "\"up\" or \"down\"");
	return get_flag(v, NSFAB_LINK_FLAG_DOWN, !strcmp(text, "down"));
}

static int get_nth(struct link_values *v, const char *key, const char *text)
{
	char *copy = strdup(text), *word, *save = NULL;
	size_t n = 0;
	int ret = 0;
	uint64_t number;

	for (word = copy ? strtok_r(copy, ",", &save) : NULL; word && !ret;
	     word = strtok_r(NULL, ",", &save)) {
		if (n == NSFAB_LINK_NTH_MAX)
			ret = bad(v, key, "nth", "a list of at most %d numbers",
				  NSFAB_LINK_NTH_MAX);
		else if (netctl_parse_u64(word, 1, UINT32_MAX, &number) ||
			 (n && number <= v->nth[n - 1]))
			ret = bad(v, key, text,
				  "a list of rising numbers from 1 on (1,5,9)");
		else
			v->nth[n++] = number;
	}
	if (!ret && !n)
		ret = bad(v, key, text, "a list of numbers (1,5,9)");
	free(copy);
	v->link.loss_model = NSFAB_LINK_LOSS_MODEL_NTH;
	v->link.nth = v->nth;
	v->link.n_nth = n;
	return ret;
}

/* What a model's probabilities are where they are left out, as of tc-netem(8) */
static void default_losses(struct nsfab_link *link)
{
	memset(link->loss, 0, sizeof(link->loss));
	if (link->loss_model == NSFAB_LINK_LOSS_MODEL_GILBERT)
		link->loss[2] = UINT32_MAX;
	else if (link->loss_model == NSFAB_LINK_LOSS_MODEL_MARKOV)
		link->loss[3] = UINT32_MAX;
}

static int get_model(struct link_values *v, const char *key, const char *text,
		     unsigned int model, char **word, unsigned int n)
{
	struct nsfab_link *link = &v->link;
	unsigned int most = nsfab_link_loss_count(model), i;
	uint32_t share;

	if (!n || n > most)
		return bad(v, key, text, "%s with 1 to %u shares",
			   model == NSFAB_LINK_LOSS_MODEL_GILBERT ?
			   "gemodel P [R [1-H [1-K]]]" :
			   model == NSFAB_LINK_LOSS_MODEL_MARKOV ?
			   "state P13 [P31 [P32 [P23 [P14]]]]" : "random P",
			   most);
	link->loss_model = model;
	default_losses(link);
	for (i = 0; i < n; i++) {
		if (netctl_parse_share(word[i], &share))
			return bad(v, key, word[i], "a share (0.1%% or 0.001)");
		link->loss[i] = share;
	}
	if (n == 1 && model != NSFAB_LINK_LOSS_MODEL_RANDOM)
		link->loss[1] = UINT32_MAX - link->loss[0];
	if (model == NSFAB_LINK_LOSS_MODEL_MARKOV &&
	    (link->loss[0] > UINT32_MAX - link->loss[4] ||
	     link->loss[1] > UINT32_MAX - link->loss[2]))
		return bad(v, key, text,
			   "possible: P13 and P14, and P31 and P32, are at most 1 together");
	/* None at random is none. */
	if (model == NSFAB_LINK_LOSS_MODEL_RANDOM && !link->loss[0])
		link->loss_model = NSFAB_LINK_LOSS_MODEL_NONE;
	return 0;
}

static int get_loss(struct link_values *v, const char *key, const char *text)
{
	static const struct {
		const char *name;
		unsigned int model;
	} models[] = {
		{ "random", NSFAB_LINK_LOSS_MODEL_RANDOM },
		{ "gemodel", NSFAB_LINK_LOSS_MODEL_GILBERT },
		{ "gilbert", NSFAB_LINK_LOSS_MODEL_GILBERT },
		{ "state", NSFAB_LINK_LOSS_MODEL_MARKOV },
		{ "markov", NSFAB_LINK_LOSS_MODEL_MARKOV },
	};
	char *copy, *word[WORDS_MAX], *save = NULL, *w;
	unsigned int n = 0;
	int ret = 1;
	size_t i;

	v->link.present |= NSFAB_LINK_HAS_LOSS;
	copy = strdup(text);
	for (w = copy ? strtok_r(copy, " ", &save) : NULL; w && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	for (i = 0; n && i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(word[0], models[i].name))
			ret = get_model(v, key, text, models[i].model, word + 1,
					n - 1);
	if (n == 1 && !strcmp(word[0], "none")) {
		v->link.loss_model = NSFAB_LINK_LOSS_MODEL_NONE;
		ret = 0;
	} else if (n == 2 && !strcmp(word[0], "nth")) {
		ret = get_nth(v, key, word[1]);
	} else if (n == 1 && ret == 1) {
		ret = netctl_parse_share(word[0], &v->link.loss[0]) ? 1 :
		      get_model(v, key, text, NSFAB_LINK_LOSS_MODEL_RANDOM,
				word, 1);
	}
	free(copy);
	if (ret == 1)
		return bad(v, key, text,
			   "a share (0.1%%), none, random P, gemodel P [R [1-H [1-K]]], state P13 [P31 [P32 [P23 [P14]]]] or nth N[,N...]");
	return ret;
}

static int get_duplicate(struct link_values *v, const char *key,
			 const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_DUPLICATE;
	return get_share(v, key, text, &v->link.duplicate);
}

static int get_corrupt(struct link_values *v, const char *key,
		       const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_CORRUPT;
	return get_share(v, key, text, &v->link.corrupt);
}

static int get_reorder(struct link_values *v, const char *key,
		       const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_REORDER;
	return get_share(v, key, text, &v->link.reorder);
}

static int get_rate(struct link_values *v, const char *key, const char *text)
{
	uint64_t rate;

	v->link.present |= NSFAB_LINK_HAS_RATE;
	v->link.rate = 0;
	if (!strcmp(text, "none") || !strcmp(text, "0"))
		return 0;
	if (netctl_parse_rate(text, &rate) || rate < NSFAB_LINK_RATE_MIN ||
	    rate > NSFAB_LINK_RATE_MAX)
		return bad(v, key, text,
			   "\"none\" or a rate from 1kbit to 1000gbit (100mbit)");
	v->link.rate = rate;
	return 0;
}

static int get_overhead(struct link_values *v, const char *key,
			const char *text)
{
	int overhead = nsfab_link_overhead_parse(text);

	v->link.present |= NSFAB_LINK_HAS_OVERHEAD;
	if (overhead < 0)
		return bad(v, key, text, "one of l1, l2, l3");
	v->link.overhead = overhead;
	return 0;
}

/* Bytes, or with a unit of time the time that they take. */
static int get_length(struct link_values *v, const char *key, const char *text,
		      const char *none, uint64_t *bytes, uint64_t *time)
{
	*bytes = 0;
	*time = 0;
	if (!strcmp(text, none))
		return 0;
	if (!netctl_parse_size(text, bytes) && *bytes)
		return 0;
	*bytes = 0;
	if (netctl_parse_time(text, time) || !*time ||
	    *time > NSFAB_LINK_TIME_MAX)
		return bad(v, key, text,
			   "\"%s\", a size (64k) or a time of at most %llus (20ms)",
			   none, NSFAB_LINK_TIME_MAX / 1000000000ull);
	return 0;
}

static int get_queue(struct link_values *v, const char *key, const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_QUEUE;
	return get_length(v, key, text, "auto", &v->link.queue_bytes,
			  &v->link.queue_time);
}

static int get_ecn(struct link_values *v, const char *key, const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_ECN;
	return get_length(v, key, text, "off", &v->link.ecn_bytes,
			  &v->link.ecn_time);
}

static int get_seed(struct link_values *v, const char *key, const char *text)
{
	v->link.present |= NSFAB_LINK_HAS_SEED;
	return get_number(v, key, text, UINT64_MAX, &v->link.seed);
}

static int get_trace(struct link_values *v, const char *key, const char *text)
{
	(void)key;
	if (strcmp(text, "none") && strcmp(text, "off"))
		return link_read_trace(v, text);
	v->link.present |= NSFAB_LINK_HAS_TRACE;
	v->link.n_trace = 0;
	return 0;
}

static int get_prefix(struct link_values *v, const char *key, const char *text,
		      uint32_t has, struct nsfab_prefix *prefix)
{
	v->link.present |= NSFAB_LINK_HAS_FILTER;
	v->link.filter.present |= has;
	if (nsfab_prefix_parse(prefix, text))
		return bad(v, key, text, "an address or a prefix");
	nsfab_prefix_mask(prefix);
	return 0;
}

static int get_src(struct link_values *v, const char *key, const char *text)
{
	return get_prefix(v, key, text, NSFAB_LINK_FILTER_HAS_SRC,
			  &v->link.filter.src);
}

static int get_dst(struct link_values *v, const char *key, const char *text)
{
	return get_prefix(v, key, text, NSFAB_LINK_FILTER_HAS_DST,
			  &v->link.filter.dst);
}

static int get_proto(struct link_values *v, const char *key, const char *text)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} protos[] = {
		{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "icmp6", 58 },
		{ "sctp", 132 },
	};
	uint64_t number;
	size_t i;

	v->link.present |= NSFAB_LINK_HAS_FILTER;
	v->link.filter.present |= NSFAB_LINK_FILTER_HAS_PROTO;
	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (!strcmp(text, protos[i].name)) {
			v->link.filter.proto = protos[i].proto;
			return 0;
		}
	if (netctl_parse_u64(text, 0, UINT8_MAX, &number))
		return bad(v, key, text,
			   "one of tcp, udp, icmp, icmp6, sctp, or a number from 0 to 255");
	v->link.filter.proto = number;
	return 0;
}

static int get_sport(struct link_values *v, const char *key, const char *text)
{
	uint64_t port = 0;
	int ret = get_number(v, key, text, UINT16_MAX, &port);

	v->link.present |= NSFAB_LINK_HAS_FILTER;
	v->link.filter.present |= NSFAB_LINK_FILTER_HAS_SPORT;
	v->link.filter.sport = port;
	return ret;
}

static int get_dport(struct link_values *v, const char *key, const char *text)
{
	uint64_t port = 0;
	int ret = get_number(v, key, text, UINT16_MAX, &port);

	v->link.present |= NSFAB_LINK_HAS_FILTER;
	v->link.filter.present |= NSFAB_LINK_FILTER_HAS_DPORT;
	v->link.filter.dport = port;
	return ret;
}

const struct link_value_key link_value_keys[] = {
	{ "delay", NULL, "TIME" },
	{ "jitter", NULL, "TIME" },
	{ "dist", "distribution", "uniform, normal, pareto or table FILE" },
	{ "overtake", NULL, "\"on\" or \"off\"" },
	{ "loss", NULL, "SHARE or a model" },
	{ "duplicate", "dup", "SHARE" },
	{ "corrupt", NULL, "SHARE" },
	{ "reorder", NULL, "SHARE" },
	{ "rate", NULL, "RATE" },
	{ "overhead", NULL, "l1, l2 or l3" },
	{ "queue", NULL, "BYTES, TIME or \"auto\"" },
	{ "ecn", NULL, "BYTES, TIME or \"off\"" },
	{ "seed", NULL, "NUMBER" },
	{ "trace", NULL, "FILE or \"off\"" },
	{ "state", NULL, "\"up\" or \"down\"" },
	{ "src", NULL, "PREFIX" },
	{ "dst", NULL, "PREFIX" },
	{ "proto", NULL, "PROTOCOL" },
	{ "sport", NULL, "NUMBER" },
	{ "dport", NULL, "NUMBER" },
	{ 0 }
};

/* In the order of the keys */
static int (*const getters[])(struct link_values *v, const char *key,
			      const char *text) = {
	get_delay, get_jitter, get_dist, get_overtake, get_loss,
	get_duplicate, get_corrupt, get_reorder, get_rate, get_overhead,
	get_queue, get_ecn, get_seed, get_trace, get_state, get_src, get_dst,
	get_proto, get_sport, get_dport,
};

int link_value(struct link_values *v, const char *key, const char *text)
{
	const struct link_value_key *k;

	for (k = link_value_keys; k->name; k++)
		if (!strcmp(k->name, key) ||
		    (k->alias && !strcmp(k->alias, key)))
			return getters[k - link_value_keys](v, k->name, text);
	return bad(v, "key", key, "one of a link's");
}

int link_values_check(struct link_values *v)
{
	const struct nsfab_link_filter *f = &v->link.filter;
	const uint32_t both = NSFAB_LINK_FILTER_HAS_SRC |
			      NSFAB_LINK_FILTER_HAS_DST;
	const char *why = NULL;

	if (v->link.delay + v->link.jitter > NSFAB_LINK_TIME_MAX)
		why = "delay and jitter are more than 16s in all";
	else if ((f->present & both) == both &&
		 f->src.addr.len != f->dst.addr.len)
		why = "src and dst are of different IP versions";
	else if (f->present & (NSFAB_LINK_FILTER_HAS_SPORT |
			       NSFAB_LINK_FILTER_HAS_DPORT) &&
		 (!(f->present & NSFAB_LINK_FILTER_HAS_PROTO) ||
		  (f->proto != 6 && f->proto != 17 && f->proto != 132)))
		why = "sport and dport need proto tcp, udp or sctp";
	else if (v->link.present & NSFAB_LINK_HAS_TRACE && v->link.n_trace &&
		 v->link.present & NSFAB_LINK_HAS_RATE && v->link.rate)
		why = "a trace is instead of a rate: only one of them can be";
	if (!why)
		return 0;
	snprintf(v->why, sizeof(v->why), "%s", why);
	return -EINVAL;
}

void link_values_clear(struct link_values *v)
{
	free(v->table);
	free(v->trace);
	free(v->events);
	v->table = NULL;
	v->trace = NULL;
	v->events = NULL;
}

double link_share(uint32_t share)
{
	return (double)share / UINT32_MAX;
}

/* As many digits as bring the same share back. */
const char *link_share_text(uint32_t share, char *buf, size_t size)
{
	uint32_t back;
	int digits;

	for (digits = 3; digits <= 17; digits++) {
		snprintf(buf, size, "%.*g%%", digits, link_share(share) * 100);
		if (!strchr(buf, 'e') && !netctl_parse_share(buf, &back) &&
		    back == share)
			break;
	}
	if (strchr(buf, 'e'))
		snprintf(buf, size, "%.12f%%", link_share(share) * 100);
	return buf;
}

const char *link_loss_text(const struct nsfab_link *link, char *buf,
			   size_t size)
{
	unsigned int n = nsfab_link_loss_count(link->loss_model), i;
	char share[32];
	size_t len = 0;

	*buf = '\0';
	if (link->loss_model == NSFAB_LINK_LOSS_MODEL_GILBERT)
		len = snprintf(buf, size, "gemodel ");
	else if (link->loss_model == NSFAB_LINK_LOSS_MODEL_MARKOV)
		len = snprintf(buf, size, "state ");
	else if (link->loss_model == NSFAB_LINK_LOSS_MODEL_NTH)
		len = snprintf(buf, size, "nth ");
	for (i = 0; i < n && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? " " : "",
				link_share_text(link->loss[i], share,
						sizeof(share)));
	for (i = 0; link->loss_model == NSFAB_LINK_LOSS_MODEL_NTH &&
	     i < link->n_nth && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%u", i ? "," : "",
				link->nth[i]);
	return buf;
}

const char *link_queue_text(uint64_t bytes, uint64_t time, const char *none,
			    char *buf, size_t size)
{
	char unit[NETCTL_UNIT_STRLEN];

	if (time)
		snprintf(buf, size, "%s", netctl_format_time(time, unit));
	else if (bytes)
		snprintf(buf, size, "%" PRIu64, bytes);
	else
		snprintf(buf, size, "%s", none);
	return buf;
}
