// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow top: the largest flows, kept in a heap with the least on top. */
#include <errno.h>
#include <stdlib.h>

#include "flow_words.h"
#include "words.h"

struct top {
	bool by_packets;
	struct nsfab_flow *heap;
	size_t n;
	size_t max;
};

static uint64_t weight(bool by_packets, const struct nsfab_flow *f)
{
	return by_packets ? f->orig.packets + f->reply.packets :
			    f->orig.bytes + f->reply.bytes;
}

static bool less(const struct top *top, size_t a, size_t b)
{
	return weight(top->by_packets, &top->heap[a]) <
	       weight(top->by_packets, &top->heap[b]);
}

static void swap(struct top *top, size_t a, size_t b)
{
	struct nsfab_flow flow = top->heap[a];

	top->heap[a] = top->heap[b];
	top->heap[b] = flow;
}

static void sink(struct top *top, size_t at)
{
	size_t child;

	for (;;) {
		child = 2 * at + 1;
		if (child >= top->n)
			return;
		if (child + 1 < top->n && less(top, child + 1, child))
			child++;
		if (!less(top, child, at))
			return;
		swap(top, child, at);
		at = child;
	}
}

static int on_flow(const struct nsfab_flow *flow, void *arg)
{
	struct top *top = arg;
	size_t at;

	if (top->n == top->max) {
		if (weight(top->by_packets, flow) <=
		    weight(top->by_packets, &top->heap[0]))
			return 0;
		top->heap[0] = *flow;
		sink(top, 0);
		return 0;
	}
	top->heap[top->n] = *flow;
	for (at = top->n++; at && less(top, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(top, at, (at - 1) / 2);
	return 0;
}

/* Largest first: the least goes to the end, again and again. */
static void sort(struct top *top)
{
	size_t n = top->n;

	while (top->n > 1) {
		swap(top, 0, --top->n);
		sink(top, 0);
	}
	top->n = n;
}

static int print_top(struct netctl_ctx *ctx, const struct top *top)
{
	struct netctl_names *names;
	struct netctl_print *p;
	size_t i;

	names = netctl_names_load(ctx, NETCTL_NAMES_PORTS);
	if (!names)
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_LIST);
	for (i = 0; i < top->n; i++)
		flow_print(p, names, &top->heap[i]);
	netctl_names_free(names);
	return netctl_print_close(p);
}

int flow_top(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct top top = { 0 };
	unsigned int ifindex;
	struct flow_words w;
	struct nsfab *h;
	int ret;

	ret = flow_words_parse(ctx, FLOW_WORDS_TOP, argc, argv, &w);
	if (ret)
		goto out;
	top.by_packets = w.by_packets;
	top.max = w.n;
	top.heap = calloc(w.n, sizeof(*top.heap));
	if (!top.heap) {
		ret = netctl_no_memory(ctx);
		goto out;
	}
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_flow_dump(h, ifindex, &w.filter, w.reset, on_flow, &top,
			    &ctx->err)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	sort(&top);
	ret = print_top(ctx, &top);
out:
	free(top.heap);
	flow_words_free(&w);
	return ret;
}
