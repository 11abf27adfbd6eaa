// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl graph: a picture of hosts, tenants, networks and VMs. */
#include <dlfcn.h>
#include <errno.h>
#include <nsfab/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topo.h"

/* Fill and edge colours, told apart by people who see few colours too. */
static const struct {
	const char *fill;
	const char *line;
} colours[] = {
	{ "#cfe3f5", "#2166ac" }, { "#fde0c5", "#b35806" },
	{ "#d9efd3", "#1b7837" }, { "#e7d9ee", "#762a83" },
	{ "#fbd8e3", "#b2185e" }, { "#eeeac2", "#7d7100" },
	{ "#cdecec", "#01665e" }, { "#e3dcd3", "#5c4a36" },
};

#define N_COLOURS (sizeof(colours) / sizeof(colours[0]))

/* As text inside of a quoted DOT string; names have no quotes, labels might. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void put_addrs(FILE *out, const struct topo_vm *vm)
{
	char buf[NSFAB_ADDR_STRLEN];
	size_t i, j;

	for (i = 0; i < vm->n_nics; i++)
		for (j = 0; j < vm->nic[i].n_addrs; j++)
			fprintf(out, "\\n%s",
				nsfab_addr_format(&vm->nic[i].addr[j], buf));
}

static void put_vm(FILE *out, const struct topo *topo, size_t number)
{
	const struct topo_vm *vm = &topo->vm[number];
	size_t colour = vm->tenant % N_COLOURS;

	fprintf(out, "    vm%zu [label=\"", number);
	put_text(out, vm->name);
	put_addrs(out, vm);
	fprintf(out, "\", fillcolor=\"%s\", color=\"%s\"%s];\n",
		colours[colour].fill, colours[colour].line,
		vm->stub ? ", style=\"filled,dashed\"" : "");
}

/* Of a lab with hosts, each host has read every network: show it once. */
static size_t first_of(const struct topo *topo, size_t net)
{
	size_t i;

	for (i = 0; i < net; i++)
		if (topo->net[i].tenant == topo->net[net].tenant &&
		    !strcmp(topo->net[i].name, topo->net[net].name))
			return i;
	return net;
}

static bool has_gateway(const struct topo_net *net)
{
	size_t i;

	for (i = 0; i < net->n_subnets; i++)
		if (net->subnet[i].gateway.len)
			return true;
	return false;
}

static void put_net(FILE *out, const struct topo *topo, size_t number)
{
	const struct topo_net *net = &topo->net[number];
	size_t colour = net->tenant % N_COLOURS, i;
	char buf[NSFAB_PREFIX_STRLEN];

	fprintf(out, "  net%zu [shape=ellipse, style=filled, label=\"", number);
	put_text(out, topo->tenant[net->tenant]);
	fputc('/', out);
	put_text(out, net->name);
	fprintf(out, "\\nvni %u", net->vni);
	for (i = 0; i < net->n_subnets; i++)
		fprintf(out, "\\n%s",
			nsfab_prefix_format(&net->subnet[i].prefix, buf));
	fprintf(out, "\", fillcolor=white, color=\"%s\", penwidth=2];\n",
		colours[colour].line);
	if (!has_gateway(net))
		return;
	fprintf(out, "  net%zu -- router%zu [color=\"%s\", style=bold, label=\"",
		number, net->tenant, colours[colour].line);
	for (i = 0; i < net->n_subnets; i++)
		if (net->subnet[i].gateway.len)
			fprintf(out, "%s\\n",
				nsfab_addr_format(&net->subnet[i].gateway,
						  buf));
	fputs("\"];\n", out);
}

static void put_routers(FILE *out, const struct topo *topo)
{
	size_t i, j, colour;

	for (i = 0; i < topo->n_tenants; i++) {
		for (j = 0; j < topo->n_nets; j++)
			if (topo->net[j].tenant == i &&
			    has_gateway(&topo->net[j]))
				break;
		if (j == topo->n_nets)
			continue;
		colour = i % N_COLOURS;
		fprintf(out, "  router%zu [shape=diamond, style=filled, label=\"",
			i);
		put_text(out, topo->tenant[i]);
		fprintf(out, "\\nrouter\", fillcolor=\"%s\", color=\"%s\"];\n",
			colours[colour].fill, colours[colour].line);
	}
}

static void put_links(FILE *out, const struct topo *topo)
{
	const struct topo_vm *vm;
	size_t i, j;

	for (i = 0; i < topo->n_vms; i++) {
		vm = &topo->vm[i];
		for (j = 0; j < vm->n_nics; j++)
			if (vm->nic[j].net != SIZE_MAX)
				fprintf(out, "  vm%zu -- net%zu [color=\"%s\"];\n",
					i, first_of(topo, vm->nic[j].net),
					colours[vm->tenant % N_COLOURS].line);
	}
}

/* What links do to all packets of a way through a patch */
struct way {
	uint64_t delay;
	uint64_t rate;
};

/* A port of a patch: the ways out of its network by it, and into it */
struct end {
	uint32_t port;
	struct way *out;
	struct way *in;
};

struct ends {
	struct end *end;
	size_t n;
};

static int compare_ends(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	return x->port < y->port ? -1 : x->port > y->port;
}

/* Leaving a network by a port is a link's TO, to come in from it its FROM. */
static int on_link(const struct nsfab_link *link, void *arg)
{
	const struct end key = { .port = link->to ? link->to : link->from };
	const struct ends *ends = arg;
	const struct end *end;
	struct way *way;

	if (link->scope || link->filter.present || (link->from && link->to))
		return 0;
	end = bsearch(&key, ends->end, ends->n, sizeof(key), compare_ends);
	if (!end)
		return 0;
	way = link->to ? end->out : end->in;
	way->delay += link->delay;
	if (link->rate && (!way->rate || link->rate < way->rate))
		way->rate = link->rate;
	return 0;
}

/* Of each patch, the ways from its first network to the other, and back */
static int read_ways(const struct topo *topo, struct way (*ways)[2],
		     struct nsfab_err *err)
{
	struct ends ends = { .end = calloc(2 * topo->n_patches + 1,
					   sizeof(*ends.end)) };
	size_t host, i;
	int end, ret = 0;

	if (!ends.end)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	for (host = 0; host < topo->n_hosts && !ret; host++) {
		ends.n = 0;
		for (i = 0; i < topo->n_patches; i++)
			for (end = 0; end < 2; end++)
				if (topo->patch[i].host == host)
					ends.end[ends.n++] = (struct end){
						topo->patch[i].port[end],
						&ways[i][end], &ways[i][!end],
					};
		if (!ends.n)
			continue;
		qsort(ends.end, ends.n, sizeof(*ends.end), compare_ends);
		ret = nsfab_link_dump(topo->host[host].h,
				      topo->host[host].ifindex, NULL, false,
				      on_link, &ends, err);
	}
	free(ends.end);
	return ret;
}

static void put_way(FILE *out, const struct way *way)
{
	char buf[NETCTL_UNIT_STRLEN];

	if (way->delay)
		fputs(netctl_format_time(way->delay, buf), out);
	if (way->rate)
		fprintf(out, "%s%s", way->delay ? " " : "",
			netctl_format_rate(way->rate, buf));
	if (!way->delay && !way->rate)
		fputc('-', out);
}

static void put_patches(FILE *out, const struct topo *topo,
			struct way (*ways)[2])
{
	const struct topo_patch *patch;
	const struct way *way;
	size_t i;

	for (i = 0; i < topo->n_patches; i++) {
		patch = &topo->patch[i];
		way = ways[i];
		fprintf(out, "  net%zu -- net%zu [style=bold, color=\"%s\"",
			first_of(topo, patch->net[0]),
			first_of(topo, patch->net[1]),
			colours[topo->net[patch->net[0]].tenant % N_COLOURS].line);
		if (way[0].delay || way[0].rate || way[1].delay ||
		    way[1].rate) {
			fputs(", label=\"", out);
			put_way(out, &way[0]);
			if (memcmp(&way[0], &way[1], sizeof(*way))) {
				fputs(" / ", out);
				put_way(out, &way[1]);
			}
			fputc('"', out);
		}
		fputs("];\n", out);
	}
}

static void put_graph(FILE *out, const struct topo *topo, struct way (*ways)[2])
{
	size_t i, j;

	fputs("graph nsfab {\n"
	      "  graph [layout=dot, rankdir=LR, nodesep=0.12, ranksep=1.2,\n"
	      "         fontname=\"Helvetica\", fontsize=14, label=\"", out);
	put_text(out, topo->name);
	fputs("\", labelloc=t];\n"
	      "  node [fontname=\"Helvetica\", fontsize=11, shape=box,\n"
	      "        style=\"filled,rounded\", margin=\"0.12,0.05\"];\n"
	      "  edge [fontname=\"Helvetica\", fontsize=10];\n", out);
	for (i = 0; i < topo->n_hosts; i++) {
		/* Without hosts no box is drawn around everything. */
		if (*topo->host[i].name) {
			fprintf(out, "  subgraph cluster%zu {\n"
				"    label=\"host ", i);
			put_text(out, topo->host[i].name);
			fputs("\"; labeljust=l; style=\"rounded,filled\";\n"
			      "    color=\"#808080\"; fillcolor=\"#f7f7f7\";\n",
			      out);
		} else {
			fputs("  {\n", out);
		}
		for (j = 0; j < topo->n_vms; j++)
			if (topo->vm[j].host == i)
				put_vm(out, topo, j);
		fputs("  }\n", out);
	}
	for (i = 0; i < topo->n_nets; i++)
		if (first_of(topo, i) == i)
			put_net(out, topo, i);
	put_routers(out, topo);
	put_links(out, topo);
	put_patches(out, topo, ways);
	fputs("}\n", out);
}

/*
 * Graphviz is big and few need it: it is looked for when a drawing is asked
 * for. Its types are opaque to us.
 */
struct graphviz {
	void *gvc_lib;
	void *cgraph_lib;
	void *(*context)(void);
	int (*layout)(void *gvc, void *graph, const char *engine);
	int (*render)(void *gvc, void *graph, const char *format,
		      const char *file);
	int (*free_layout)(void *gvc, void *graph);
	int (*free_context)(void *gvc);
	void *(*read)(const char *text);
	int (*close)(void *graph);
};

static void *load_any(const char *const *names)
{
	void *lib = NULL;

	for (; !lib && *names; names++)
		lib = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
	return lib;
}

static bool graphviz_load(struct graphviz *gv)
{
	static const char *const gvc[] = { "libgvc.so.7", "libgvc.so.6",
					   "libgvc.so", NULL };
	static const char *const cgraph[] = { "libcgraph.so.8",
					      "libcgraph.so.6",
					      "libcgraph.so", NULL };

	memset(gv, 0, sizeof(*gv));
	gv->gvc_lib = load_any(gvc);
	gv->cgraph_lib = load_any(cgraph);
	if (!gv->gvc_lib || !gv->cgraph_lib)
		return false;
	/* POSIX says that a function's address may be had this way. */
	*(void **)&gv->context = dlsym(gv->gvc_lib, "gvContext");
	*(void **)&gv->layout = dlsym(gv->gvc_lib, "gvLayout");
	*(void **)&gv->render = dlsym(gv->gvc_lib, "gvRenderFilename");
	*(void **)&gv->free_layout = dlsym(gv->gvc_lib, "gvFreeLayout");
	*(void **)&gv->free_context = dlsym(gv->gvc_lib, "gvFreeContext");
	*(void **)&gv->read = dlsym(gv->cgraph_lib, "agmemread");
	*(void **)&gv->close = dlsym(gv->cgraph_lib, "agclose");
	return gv->context && gv->layout && gv->render && gv->free_layout &&
	       gv->free_context && gv->read && gv->close;
}

static void graphviz_unload(struct graphviz *gv)
{
	if (gv->cgraph_lib)
		dlclose(gv->cgraph_lib);
	if (gv->gvc_lib)
		dlclose(gv->gvc_lib);
}

/* Graphviz says that it could not open a file, but not by a status. */
static int check_writable(const char *file)
{
	FILE *out = fopen(file, "we");

	if (out && !fclose(out))
		return NETCTL_OK;
	fprintf(stderr, "netctl graph: %s: %s\n", file, strerror(errno));
	return NETCTL_USAGE;
}

static int draw(const char *dot, const char *format, const char *file)
{
	struct graphviz gv;
	void *context, *graph;
	int ret = -1;

	if (!graphviz_load(&gv)) {
		graphviz_unload(&gv);
		fprintf(stderr, "netctl graph: drawing .%s needs the Graphviz library (Debian: libgvc6), which is not there; a .dot file needs nothing\n",
			format);
		return NETCTL_USAGE;
	}
	if (check_writable(file)) {
		graphviz_unload(&gv);
		return NETCTL_USAGE;
	}
	context = gv.context();
	graph = context ? gv.read(dot) : NULL;
	if (graph) {
		ret = gv.layout(context, graph, "dot");
		if (!ret) {
			ret = gv.render(context, graph, format, file);
			gv.free_layout(context, graph);
		}
		gv.close(graph);
	}
	if (context)
		gv.free_context(context);
	graphviz_unload(&gv);
	if (!ret)
		return NETCTL_OK;
	fprintf(stderr, "netctl graph: Graphviz could not draw %s\n", file);
	return NETCTL_USAGE;
}

static int write_dot(const struct topo *topo, struct way (*ways)[2],
		     const char *file)
{
	FILE *out = file ? fopen(file, "we") : stdout;
	bool bad;

	if (!out) {
		fprintf(stderr, "netctl graph: %s: %s\n", file,
			strerror(errno));
		return NETCTL_USAGE;
	}
	put_graph(out, topo, ways);
	bad = fflush(out) || ferror(out);
	if (file)
		bad |= fclose(out);
	if (!bad)
		return NETCTL_OK;
	fprintf(stderr, "netctl graph: %s: cannot write\n",
		file ? file : "standard output");
	return NETCTL_USAGE;
}

static int write_drawing(const struct topo *topo, struct way (*ways)[2],
			 const char *format, const char *file)
{
	char *dot = NULL;
	size_t size = 0;
	FILE *out;
	int ret;

	out = open_memstream(&dot, &size);
	if (!out)
		return NETCTL_REFUSED;
	put_graph(out, topo, ways);
	fclose(out);
	ret = dot ? draw(dot, format, file) : NETCTL_REFUSED;
	free(dot);
	return ret;
}

/* What FILE ends in; NULL if that is nothing to be drawn, or written. */
static const char *format_of(const char *file)
{
	static const char *const formats[] = { "dot", "svg", "png", "pdf" };
	const char *suffix = strrchr(file, '.');
	size_t i;

	for (i = 0; suffix && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(suffix + 1, formats[i]))
			return formats[i];
	return NULL;
}

static int graph(struct netctl_ctx *ctx, int argc, char **argv)
{
	const char *name = NULL, *file = NULL, *format = "dot";
	struct way (*ways)[2] = NULL;
	struct topo topo;
	int ret;

	if (argc && argc % 2 && strcmp(argv[0], "-o")) {
		name = *argv++;
		argc--;
	}
	if (argc == 2 && (netctl_match(argv[0], "output") ||
			  !strcmp(argv[0], "-o")))
		file = argv[1];
	else if (argc)
		return netctl_usage(ctx, "takes [LAB | TENANT] [output FILE]");
	if (file)
		format = format_of(file);
	if (!format)
		return netctl_usage(ctx, "%s does not end in .dot, .svg, .png or .pdf",
				    file);
	ret = topo_read(&topo, ctx, name);
	if (!ret) {
		ways = calloc(topo.n_patches + 1, sizeof(*ways));
		ret = ways ? read_ways(&topo, ways, &ctx->err) :
			     nsfab_err_set(&ctx->err, -ENOMEM, "no memory");
	}
	if (ret) {
		ret = netctl_fail(ctx);
		goto out;
	}
	if (strcmp(format, "dot"))
		ret = write_drawing(&topo, ways, format, file);
	else
		ret = write_dot(&topo, ways, file);
out:
	free(ways);
	topo_free(&topo);
	return ret;
}

const struct netctl_object netctl_obj_graph = {
	.name = "graph",
	.summary = "draw hosts, tenants, networks and VMs",
	.help =
"netctl graph [LAB | TENANT] [output FILE]\n"
"\n"
"Print the topology as a Graphviz graph. FILE ends in .dot, or in .svg, .png\n"
"or .pdf to have it drawn, which needs the Graphviz library.\n",
	.run = graph,
};
