// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GraphML: nodes are switches, edges are links. Of what a file may say of them
 * the names of the Topology Zoo are known: label, Latitude, Longitude,
 * LinkSpeedRaw.
 */
#include <errno.h>
#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gen_graphml.h"

#define CHUNK		65536
#define BYTES_MAX	(64u << 20)
#define KEYS_MAX	64
#define KEY_SIZE	64

enum meaning {
	MEANS_NOTHING,
	MEANS_LABEL,
	MEANS_LATITUDE,
	MEANS_LONGITUDE,
	MEANS_SPEED,
};

struct reader {
	struct graphml it;
	XML_Parser parser;
	bool failed;
	bool is_graphml;
	struct {
		char id[KEY_SIZE];
		bool of_edge;
		enum meaning meaning;
	} key[KEYS_MAX];
	unsigned int keys;
	enum { IN_NOTHING, IN_NODE, IN_EDGE } in;
	enum meaning data;
	char text[GRAPHML_TEXT];
	size_t len;
};

static void fail(struct reader *reader, const char *what)
{
	if (reader->failed)
		return;
	reader->failed = true;
	netctl_usage(reader->it.ctx, "%s:%lu: %s", reader->it.path,
		     (unsigned long)XML_GetCurrentLineNumber(reader->parser),
		     what);
	XML_StopParser(reader->parser, XML_FALSE);
}

static const char *attribute(const char **attrs, const char *name)
{
	for (; *attrs; attrs += 2)
		if (!strcmp(attrs[0], name))
			return attrs[1];
	return NULL;
}

static enum meaning meaning_of(const char *name, bool of_edge)
{
	if (of_edge)
		return !strcmp(name, "LinkSpeedRaw") ? MEANS_SPEED :
						       MEANS_NOTHING;
	if (!strcasecmp(name, "label"))
		return MEANS_LABEL;
	if (!strcasecmp(name, "latitude"))
		return MEANS_LATITUDE;
	return strcasecmp(name, "longitude") ? MEANS_NOTHING : MEANS_LONGITUDE;
}

static void on_key(struct reader *reader, const char **attrs)
{
	const char *id = attribute(attrs, "id");
	const char *name = attribute(attrs, "attr.name");
	const char *of = attribute(attrs, "for");
	bool of_edge = of && !strcmp(of, "edge");

	if (!id || !name || strlen(id) >= KEY_SIZE ||
	    meaning_of(name, of_edge) == MEANS_NOTHING ||
	    reader->keys == KEYS_MAX)
		return;
	strcpy(reader->key[reader->keys].id, id);
	reader->key[reader->keys].of_edge = of_edge;
	reader->key[reader->keys++].meaning = meaning_of(name, of_edge);
}

static void on_node(struct reader *reader, const char **attrs)
{
	const char *id = attribute(attrs, "id");
	struct graphml_node *more;

	if (!id)
		return fail(reader, "a node without an id");
	if (reader->it.nodes == GEN_MOST)
		return fail(reader, "more than 100000 nodes");
	more = reallocarray(reader->it.node, reader->it.nodes + 1, sizeof(*more));
	if (!more)
		return fail(reader, "no memory");
	reader->it.node = more;
	more += reader->it.nodes++;
	memset(more, 0, sizeof(*more));
	more->id = strdup(id);
	if (!more->id)
		return fail(reader, "no memory");
	reader->in = IN_NODE;
}

static void on_edge(struct reader *reader, const char **attrs)
{
	const char *source = attribute(attrs, "source");
	const char *target = attribute(attrs, "target");
	struct graphml_edge *more;

	if (!source || !target)
		return fail(reader, "an edge without source or target");
	if (reader->it.edges == GEN_MOST)
		return fail(reader, "more than 100000 edges");
	more = reallocarray(reader->it.edge, reader->it.edges + 1, sizeof(*more));
	if (!more)
		return fail(reader, "no memory");
	reader->it.edge = more;
	more += reader->it.edges++;
	more->speed = 0;
	more->source = strdup(source);
	more->target = strdup(target);
	if (!more->source || !more->target)
		return fail(reader, "no memory");
	reader->in = IN_EDGE;
}

static void on_data(struct reader *reader, const char **attrs)
{
	const char *id = attribute(attrs, "key");
	bool of_edge = reader->in == IN_EDGE;
	unsigned int i;

	reader->data = MEANS_NOTHING;
	reader->len = 0;
	for (i = 0; id && i < reader->keys; i++)
		if (!strcmp(reader->key[i].id, id) &&
		    reader->key[i].of_edge == of_edge)
			reader->data = reader->key[i].meaning;
}

static void XMLCALL on_start(void *arg, const char *name, const char **attrs)
{
	struct reader *reader = arg;

	if (!reader->is_graphml && strcmp(name, "graphml"))
		return fail(reader, "not GraphML");
	reader->is_graphml = true;
	if (!strcmp(name, "key"))
		on_key(reader, attrs);
	else if (!strcmp(name, "node"))
		on_node(reader, attrs);
	else if (!strcmp(name, "edge"))
		on_edge(reader, attrs);
	else if (!strcmp(name, "data") && reader->in != IN_NOTHING)
		on_data(reader, attrs);
	else if (!strcmp(name, "hyperedge"))
		fail(reader, "hyperedges are not known");
}

static void XMLCALL on_text(void *arg, const char *text, int len)
{
	struct reader *reader = arg;

	for (; len > 0 && reader->data != MEANS_NOTHING; len--, text++)
		if (reader->len + 1 < GRAPHML_TEXT)
			reader->text[reader->len++] = *text;
}

static bool number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value);
}

static void take_data(struct reader *reader)
{
	struct graphml_node *node = &reader->it.node[reader->it.nodes - 1];
	double value = 0;

	reader->text[reader->len] = '\0';
	if (reader->data == MEANS_LABEL) {
		strcpy(node->label, reader->text);
		return;
	}
	if (!number(reader->text, &value))
		return fail(reader, "a place or speed that is no number");
	if (reader->data == MEANS_SPEED) {
		if (value < 0)
			return fail(reader, "a speed below 0");
		reader->it.edge[reader->it.edges - 1].speed = value;
	} else if (reader->data == MEANS_LATITUDE) {
		node->latitude = value;
		node->has_latitude = true;
	} else {
		node->longitude = value;
		node->has_longitude = true;
	}
}

static void XMLCALL on_end(void *arg, const char *name)
{
	struct reader *reader = arg;

	if (!strcmp(name, "data") && reader->data != MEANS_NOTHING) {
		take_data(reader);
		reader->data = MEANS_NOTHING;
	} else if (!strcmp(name, "node") || !strcmp(name, "edge")) {
		reader->in = IN_NOTHING;
	}
}

static int parse(struct reader *reader, FILE *in)
{
	size_t total = 0, len;
	char *buf;
	int done;

	do {
		buf = XML_GetBuffer(reader->parser, CHUNK);
		if (!buf)
			return netctl_usage(reader->it.ctx, "%s: no memory",
					    reader->it.path);
		len = fread(buf, 1, CHUNK, in);
		total += len;
		done = feof(in) || ferror(in);
		if (ferror(in))
			return netctl_usage(reader->it.ctx, "%s: %s",
					    reader->it.path, strerror(errno));
		if (total > BYTES_MAX)
			return netctl_usage(reader->it.ctx,
					    "%s: longer than %u MiB",
					    reader->it.path, BYTES_MAX >> 20);
		if (XML_ParseBuffer(reader->parser, len, done) ==
		    XML_STATUS_ERROR) {
			fail(reader, XML_ErrorString(XML_GetErrorCode(reader->parser)));
			return NETCTL_USAGE;
		}
	} while (!done);
	return 0;
}

static void free_reader(struct reader *reader)
{
	size_t i;

	for (i = 0; i < reader->it.nodes; i++)
		free(reader->it.node[i].id);
	for (i = 0; i < reader->it.edges; i++) {
		free(reader->it.edge[i].source);
		free(reader->it.edge[i].target);
	}
	free(reader->it.node);
	free(reader->it.edge);
	XML_ParserFree(reader->parser);
}

int gen_graphml_read(struct gen_graph *graph, struct netctl_ctx *ctx,
		     const char *path, uint64_t hosts)
{
	struct reader reader = { .it = { .ctx = ctx, .path = path } };
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int ret;

	if (!in)
		return netctl_usage(ctx, "%s: %s", path, strerror(errno));
	reader.parser = XML_ParserCreate(NULL);
	if (reader.parser) {
		XML_SetUserData(reader.parser, &reader);
		XML_SetElementHandler(reader.parser, on_start, on_end);
		XML_SetCharacterDataHandler(reader.parser, on_text);
		ret = parse(&reader, in);
		if (!ret)
			ret = graphml_make(&reader.it, graph, hosts);
		free_reader(&reader);
	} else {
		ret = -ENOMEM;
	}
	if (in != stdin)
		fclose(in);
	if (ret == -ENOMEM)
		return netctl_usage(ctx, "%s: no memory", path);
	return ret;
}
