// SPDX-License-Identifier: GPL-2.0-or-later
/* From a graph to a lab file: switches are networks, hosts are VMs. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "lab_word.h"

/* What a tenant may have unless its limits are raised */
#define KERNEL_NETWORKS	4096
#define KERNEL_FDB	65536
/* More entries than this are for the user to allow. */
#define MOST_FDB	(1u << 24)

void gen_addr(const struct nsfab_prefix *subnet, uint64_t i,
	      struct nsfab_addr *addr)
{
	unsigned int at, sum, carry = 0;

	*addr = subnet->addr;
	for (at = addr->len; at > 0 && (i || carry); at--) {
		sum = addr->byte[at - 1] + (i & 0xff) + carry;
		addr->byte[at - 1] = sum;
		carry = sum >> 8;
		i >>= 8;
	}
}

/* Neither the first address nor, of IPv4, the last one. */
uint64_t gen_capacity(const struct nsfab_prefix *subnet)
{
	unsigned int bits = subnet->addr.len * 8 - subnet->len;

	if (bits > 62)
		bits = 62;
	return bits < 2 ? 0 : (1ull << bits) - 2;
}

/* Words of a value are plain where YAML and people read them the same way. */
static void put_value(FILE *out, const char *value)
{
	const char *p;

	for (p = value; isalnum((unsigned char)*p) || *p == '.' || *p == '%';
	     p++)
		;
	if (!*p && isalnum((unsigned char)*value) && *value)
		fputs(value, out);
	else
		lab_put_word(out, value);
}

void gen_put_words(FILE *out, const struct gen_options *options)
{
	size_t i;

	for (i = 0; i < options->n_words; i++) {
		fprintf(out, ", %s: ", options->word[i].key);
		put_value(out, options->word[i].value);
	}
}

void gen_put_head(FILE *out, const struct gen_options *options,
		  const char *title)
{
	fprintf(out, "# netctl topology gen %s\nlab: ", title);
	lab_put_word(out, options->lab);
	if (options->has_seed)
		fprintf(out, "\nseed: %llu", (unsigned long long)options->seed);
	fputs("\ntenants:\n  ", out);
	lab_put_word(out, options->tenant);
	fputs(":\n", out);
}

static void put_limits(FILE *out, const struct gen_graph *graph, bool learn)
{
	uint64_t fdb = (uint64_t)graph->n_switches * graph->n_hosts;
	const char *before = "    limits: {";

	if (graph->n_switches > KERNEL_NETWORKS) {
		fprintf(out, "%smax-networks: %zu", before, graph->n_switches);
		before = ", ";
	}
	/* What is computed raises its limit by itself. */
	if (learn && fdb > KERNEL_FDB) {
		fprintf(out, "%smax-fdb: %llu", before, fdb > MOST_FDB ?
			MOST_FDB : (unsigned long long)fdb);
		before = ", ";
	}
	if (*before == ',')
		fputs("}\n", out);
}

/*
 * Where many switches learn, what a stack says about IPv6 when it comes up goes
 * to all hosts, from each of them: one without IPv6 addresses is silent.
 */
static bool is_silent(const struct gen_graph *graph,
		      const struct gen_options *options, bool learn)
{
	size_t i;

	if (!learn || graph->n_switches <= GEN_LEARN_MOST || options->stub)
		return false;
	for (i = 0; i < options->n_subnets; i++)
		if (options->subnet[i].addr.len == 16)
			return false;
	return true;
}

static void put_hosts(FILE *out, const struct gen_graph *graph,
		      const struct gen_options *options, bool learn)
{
	char text[NSFAB_ADDR_STRLEN];
	struct nsfab_addr addr;
	bool silent = is_silent(graph, options, learn);
	bool list = options->n_subnets > 1;
	size_t i, j;

	if (graph->n_hosts)
		fputs("    vms:\n", out);
	for (i = 0; i < graph->n_hosts; i++) {
		fputs("      ", out);
		lab_put_word(out, graph->host[i].name);
		fputs(": {network: ", out);
		lab_put_word(out, graph->sw[graph->host[i].at].name);
		fputs(list ? ", ip: [" : ", ip: ", out);
		for (j = 0; j < options->n_subnets; j++) {
			gen_addr(&options->subnet[j], i + 1, &addr);
			fprintf(out, addr.len == 4 ? "%s%s/%u" : "%s\"%s/%u\"",
				j ? ", " : "", nsfab_addr_format(&addr, text),
				options->subnet[j].len);
		}
		fputs(list ? "]" : "", out);
		fputs(silent ? ", ipv6: false" : "", out);
		fputs(options->stub ? ", stub: true}\n" : "}\n", out);
	}
}

static bool is_said(const struct gen_options *options, const char *key)
{
	size_t i;

	for (i = 0; i < options->n_words; i++)
		if (!strcmp(options->word[i].key, key))
			return true;
	return false;
}

static void put_links(FILE *out, const struct gen_graph *graph,
		      const struct gen_options *options)
{
	const struct gen_link *link;
	char text[NETCTL_UNIT_STRLEN];
	size_t i;

	if (graph->n_links)
		fputs("    links:\n", out);
	for (i = 0; i < graph->n_links; i++) {
		link = &graph->link[i];
		fputs("      - {between: [", out);
		lab_put_word(out, graph->sw[link->a].name);
		fputs(", ", out);
		lab_put_word(out, graph->sw[link->b].name);
		fputs("]", out);
		if (link->delay && !is_said(options, "delay"))
			fprintf(out, ", delay: %s",
				netctl_format_time(link->delay, text));
		if (link->rate && !is_said(options, "rate"))
			fprintf(out, ", rate: %s",
				netctl_format_rate(link->rate, text));
		gen_put_words(out, options);
		fputs("}\n", out);
	}
	/* With one switch alone the only links are those of the hosts. */
	if (graph->n_switches > 1 || !options->n_words)
		return;
	fputs("    links:\n", out);
	for (i = 0; i < graph->n_hosts; i++) {
		fputs("      - {from: ", out);
		lab_put_word(out, graph->host[i].name);
		gen_put_words(out, options);
		fputs("}\n", out);
	}
}

void gen_write(FILE *out, const struct gen_graph *graph,
	       const struct gen_options *options, bool learn, const char *title)
{
	size_t i;

	gen_put_head(out, options, title);
	if (!learn)
		fputs("    switching: shortest-path\n", out);
	put_limits(out, graph, learn);
	fputs("    networks:\n", out);
	for (i = 0; i < graph->n_switches; i++) {
		fputs("      ", out);
		lab_put_word(out, graph->sw[i].name);
		fputs(learn ? ": {learning: on}\n" : ": {}\n", out);
	}
	put_hosts(out, graph, options, learn);
	put_links(out, graph, options);
}
