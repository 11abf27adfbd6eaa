// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow matrix: packets and bytes from each VM to each other. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_words.h"
#include "words.h"

/* More ends than these are printed as a list of pairs */
#define MOST_COLUMNS 16

#define END_STRLEN (2 * NSFAB_NAME_MAX + 8)

/**
 * struct cell - what went from one end to another
 * @from: VM (or port, or address), its tenant before it
 * @to: likewise
 * @packets: packets
 * @bytes: bytes
 * @flows: flows that it is the sum of
 */
struct cell {
	char from[END_STRLEN];
	char to[END_STRLEN];
	uint64_t packets;
	uint64_t bytes;
	uint64_t flows;
};

/**
 * struct matrix - all of them
 * @names: names
 * @tree: cells, by from and to
 * @cell: the same, in order
 * @n: number of cells
 */
struct matrix {
	struct netctl_names *names;
	void *tree;
	const struct cell **cell;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int order = strcmp(x->from, y->from);

	return order ? order : strcmp(x->to, y->to);
}

/* The VM of a NIC "TENANT/VM/ethN", the port itself, else the address */
static void name_end(char *buf, struct netctl_names *names, uint32_t tenant,
		     bool known, uint32_t port, const struct nsfab_addr *addr)
{
	char text[NSFAB_ADDR_STRLEN];
	const char *name, *slash;
	size_t len;

	/* One that was dropped on its way was not told the port it went to. */
	if ((!known || !netctl_port_known(names, port)) &&
	    !netctl_port_by_address(names, tenant, addr, &port)) {
		snprintf(buf, END_STRLEN, "%s/%s",
			 netctl_tenant_name(names, tenant),
			 nsfab_addr_format(addr, text));
		return;
	}
	name = netctl_port_name(names, port);
	slash = strchr(name, '/');
	if (slash)
		slash = strchr(slash + 1, '/');
	len = slash ? (size_t)(slash - name) : strlen(name);
	snprintf(buf, END_STRLEN, "%.*s", (int)len, name);
}

static int add(struct matrix *m, const struct cell *key,
	       const struct nsfab_flow_dir *dir)
{
	struct cell **found = tfind(key, &m->tree, compare);
	struct cell *cell;

	if (!found) {
		cell = malloc(sizeof(*cell));
		if (!cell)
			return -ENOMEM;
		*cell = *key;
		found = tsearch(cell, &m->tree, compare);
		if (!found) {
			free(cell);
			return -ENOMEM;
		}
		m->n++;
	}
	(*found)->packets += dir->packets;
	(*found)->bytes += dir->bytes;
	(*found)->flows++;
	return 0;
}

static int on_flow(const struct nsfab_flow *f, void *arg)
{
	struct cell there = { 0 }, back = { 0 };
	struct matrix *m = arg;
	int ret;

	name_end(there.from, m->names, f->tenant,
		 f->present & NSFAB_FLOW_HAS_SRC_PORT, f->src_port, &f->src);
	name_end(there.to, m->names, f->tenant,
		 f->present & NSFAB_FLOW_HAS_DST_PORT, f->dst_port, &f->dst);
	memcpy(back.from, there.to, sizeof(back.from));
	memcpy(back.to, there.from, sizeof(back.to));
	ret = add(m, &there, &f->orig);
	if (!ret && f->reply.packets)
		ret = add(m, &back, &f->reply);
	return ret;
}

static void collect(const void *node, VISIT visit, void *arg)
{
	struct matrix *m = arg;

	if (visit == postorder || visit == leaf)
		m->cell[m->n++] = *(const struct cell *const *)node;
}

static int put_in_order(struct matrix *m)
{
	m->cell = calloc(m->n ? m->n : 1, sizeof(*m->cell));
	if (!m->cell)
		return -ENOMEM;
	m->n = 0;
	twalk_r(m->tree, collect, m);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All ends in order, once each, into @ends; their number, or one too many */
static size_t find_ends(const struct matrix *m, const char **ends)
{
	const char *name;
	size_t i, j, n = 0;

	for (i = 0; i < 2 * m->n && n <= MOST_COLUMNS; i++) {
		name = i % 2 ? m->cell[i / 2]->to : m->cell[i / 2]->from;
		for (j = 0; j < n; j++)
			if (!strcmp(ends[j], name))
				break;
		if (j == n)
			ends[n++] = name;
	}
	qsort(ends, n, sizeof(*ends), by_name);
	return n;
}

static void print_pairs(struct netctl_print *p, const struct matrix *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		netctl_row(p);
		netctl_str(p, "from", "from", m->cell[i]->from);
		netctl_str(p, "to", "to", m->cell[i]->to);
		netctl_num(p, "flows", "flows", m->cell[i]->flows);
		netctl_num(p, "packets", "packets", m->cell[i]->packets);
		netctl_bytes(p, "bytes", "bytes", m->cell[i]->bytes);
	}
}

static void print_square(struct netctl_print *p, const struct matrix *m,
			 const char *const *ends, size_t n, bool packets)
{
	const struct cell *const *cell = m->cell;
	const struct cell *const *end = m->cell + m->n;
	size_t i, j;

	netctl_names_as_headings(p);
	for (i = 0; i < n; i++) {
		netctl_row(p);
		netctl_str(p, NULL, packets ? "PACKETS FROM \\ TO" :
						"BYTES FROM \\ TO", ends[i]);
		for (j = 0; j < n; j++) {
			if (cell == end || strcmp((*cell)->from, ends[i]) ||
			    strcmp((*cell)->to, ends[j])) {
				netctl_str(p, NULL, ends[j], NULL);
				continue;
			}
			if (packets)
				netctl_num(p, NULL, ends[j], (*cell)->packets);
			else
				netctl_bytes(p, NULL, ends[j], (*cell)->bytes);
			cell++;
		}
	}
}

static int print_matrix(struct netctl_ctx *ctx, const struct matrix *m,
			bool packets)
{
	struct netctl_print *p = netctl_print_open(ctx, NETCTL_LIST);
	const char *ends[MOST_COLUMNS + 1];
	size_t n = ctx->json ? 0 : find_ends(m, ends);

	if (ctx->json || n > MOST_COLUMNS)
		print_pairs(p, m);
	else
		print_square(p, m, ends, n, packets);
	return netctl_print_close(p);
}

int flow_matrix(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct matrix m = { 0 };
	unsigned int ifindex;
	struct flow_words w;
	struct nsfab *h;
	int ret;

	ret = flow_words_parse(ctx, FLOW_WORDS_TOP, argc, argv, &w);
	if (ret)
		goto out;
	m.names = netctl_names_load(ctx, NETCTL_NAMES_PORTS |
					  NETCTL_NAMES_ADDRESSES);
	if (!m.names || netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	ret = nsfab_flow_dump(h, ifindex, &w.filter, w.reset, on_flow, &m,
			      &ctx->err);
	if (!ret)
		ret = put_in_order(&m);
	if (ret == -ENOMEM)
		ret = netctl_no_memory(ctx);
	else if (ret)
		ret = netctl_fail(ctx);
	else
		ret = print_matrix(ctx, &m, w.by_packets);
out:
	tdestroy(m.tree, free);
	free(m.cell);
	netctl_names_free(m.names);
	flow_words_free(&w);
	return ret;
}
