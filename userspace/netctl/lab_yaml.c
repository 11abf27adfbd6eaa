// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "lab_yaml.h"

/* Nodes are many, small and die together. */
#define CHUNK_NODES 512

struct chunk {
	struct chunk *next;
	struct lab_node node[CHUNK_NODES];
};

struct anchor {
	char *name;
	struct lab_node *node;
	bool open;	/* its end was not seen yet: an alias to it is a circle */
};

/* A list or map whose end was not seen yet. */
struct frame {
	struct lab_node *node;
	size_t room;
	struct lab_node *key;
	size_t anchor;	/* index + 1 into anchors */
};

struct lab_yaml {
	struct chunk *chunks;
	size_t used;	/* in the first chunk */
	struct lab_node *root;

	/* Needed only while parsing. */
	struct lab_diag *diag;
	struct frame stack[LAB_YAML_DEPTH_MAX];
	unsigned int depth;
	uint64_t nodes;
	struct anchor *anchor;
	size_t anchors;
	bool done;
};

static struct lab_node *node_new(struct lab_yaml *yaml, enum lab_node_type type,
				 const yaml_mark_t *mark)
{
	struct lab_node *node;
	struct chunk *chunk;

	if (!yaml->chunks || yaml->used == CHUNK_NODES) {
		chunk = calloc(1, sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = yaml->chunks;
		yaml->chunks = chunk;
		yaml->used = 0;
	}
	node = &yaml->chunks->node[yaml->used++];
	node->type = type;
	node->line = mark->line + 1;
	node->column = mark->column + 1;
	node->weight = 1;
	return node;
}

static int no_memory(struct lab_yaml *yaml)
{
	lab_diag_add(yaml->diag, 0, 0, "out of memory");
	return -ENOMEM;
}

static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text && !text[strspn(text, "0123456789")];
}

static bool is_float(const char *text)
{
	size_t whole, part = 0;

	text += *text == '-' || *text == '+';
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '.') {
		part = strspn(++text, "0123456789");
		text += part;
	}
	if (!whole && !part)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		whole = strspn(text, "0123456789");
		if (!whole)
			return false;
		text += whole;
	}
	return !*text;
}

static bool one_of(const char *text, const char *a, const char *b, const char *c)
{
	return !strcmp(text, a) || !strcmp(text, b) || !strcmp(text, c);
}

/* The core schema of YAML 1.2, without octal and hexadecimal. */
static void resolve_plain(struct lab_node *node)
{
	const char *text = node->text;

	if (!*text || !strcmp(text, "~") ||
	    one_of(text, "null", "Null", "NULL")) {
		node->type = LAB_NODE_NULL;
	} else if (one_of(text, "true", "True", "TRUE")) {
		node->type = LAB_NODE_BOOL;
		node->boolean = true;
	} else if (one_of(text, "false", "False", "FALSE")) {
		node->type = LAB_NODE_BOOL;
	} else if (is_integer(text)) {
		errno = 0;
		node->integer = strtoll(text, NULL, 10);
		node->number = (double)node->integer;
		node->type = LAB_NODE_INT;
		if (errno == ERANGE) {
			/* Out of every range that a lab file has. */
			node->type = LAB_NODE_FLOAT;
			node->number = strtod(text, NULL);
		}
	} else if (is_float(text)) {
		node->type = LAB_NODE_FLOAT;
		node->number = strtod(text, NULL);
	}
}

static int add_anchor(struct lab_yaml *yaml, const char *name,
		      struct lab_node *node, bool open)
{
	struct anchor *more;

	/* Looking up by walking: bound the product. */
	if (yaml->anchors == LAB_YAML_ANCHORS_MAX) {
		lab_diag_add(yaml->diag, node->line, node->column,
			     "more than %d anchors", LAB_YAML_ANCHORS_MAX);
		return -E2BIG;
	}
	/* Redefinition is legal: a later alias means the later anchor. */
	more = reallocarray(yaml->anchor, yaml->anchors + 1, sizeof(*more));
	if (!more)
		return no_memory(yaml);
	yaml->anchor = more;
	more[yaml->anchors].name = strdup(name);
	if (!more[yaml->anchors].name)
		return no_memory(yaml);
	more[yaml->anchors].node = node;
	more[yaml->anchors].open = open;
	yaml->anchors++;
	return 0;
}

static int grow(struct lab_yaml *yaml, struct frame *frame, size_t size)
{
	struct lab_node *node = frame->node;
	size_t room;
	void *more;

	if (node->n < frame->room)
		return 0;
	room = frame->room ? frame->room * 2 : 4;
	more = reallocarray(node->item, room, size);
	if (!more)
		return no_memory(yaml);
	node->item = more;
	frame->room = room;
	return 0;
}

/* Hang a complete node, or a fresh list or map, into what is open. */
static int attach(struct lab_yaml *yaml, struct lab_node *node)
{
	struct frame *frame;
	int err;

	if (!yaml->depth) {
		yaml->root = node;
		return 0;
	}
	frame = &yaml->stack[yaml->depth - 1];
	if (frame->node->type == LAB_NODE_LIST) {
		err = grow(yaml, frame, sizeof(*frame->node->item));
		if (err)
			return err;
		frame->node->item[frame->node->n++] = node;
		return 0;
	}
	if (!frame->key) {
		if (node->type == LAB_NODE_LIST || node->type == LAB_NODE_MAP) {
			lab_diag_add(yaml->diag, node->line, node->column,
				     "a key must be a word, not %s",
				     lab_node_type_name(node->type));
			return -EINVAL;
		}
		frame->key = node;
		return 0;
	}
	err = grow(yaml, frame, sizeof(*frame->node->pair));
	if (err)
		return err;
	frame->node->pair[frame->node->n].key = frame->key;
	frame->node->pair[frame->node->n].value = node;
	frame->node->n++;
	frame->key = NULL;
	return 0;
}

static int count(struct lab_yaml *yaml, uint64_t weight, const yaml_mark_t *mark)
{
	yaml->nodes += weight;
	if (yaml->nodes <= LAB_YAML_NODES_MAX)
		return 0;
	lab_diag_add(yaml->diag, mark->line + 1, mark->column + 1,
		     "more than %d values, aliases written out",
		     LAB_YAML_NODES_MAX);
	return -E2BIG;
}

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/*
 * Index of the pair with that key or, if there is none, SIZE_MAX after noting
 * @i in its slot.
 */
static size_t slot_claim(size_t *slot, size_t mask, const struct lab_pair *pair,
			 size_t i)
{
	const char *key = pair[i].key->text;
	size_t at;

	for (at = hash_text(key) & mask; slot[at]; at = (at + 1) & mask)
		if (!strcmp(pair[slot[at] - 1].key->text, key))
			return slot[at] - 1;
	slot[at] = i + 1;
	return SIZE_MAX;
}

static int check_duplicates(struct lab_yaml *yaml, const struct lab_node *map)
{
	size_t size = 8, *slot, i, first;
	const struct lab_node *key;
	int err = 0;

	while (size < map->n * 2)
		size *= 2;
	slot = calloc(size, sizeof(*slot));
	if (!slot)
		return no_memory(yaml);
	for (i = 0; i < map->n; i++) {
		first = slot_claim(slot, size - 1, map->pair, i);
		if (first == SIZE_MAX)
			continue;
		key = map->pair[i].key;
		lab_diag_add(yaml->diag, key->line, key->column,
			     "key \"%s\" is there twice, first at %u:%u",
			     key->text, map->pair[first].key->line,
			     map->pair[first].key->column);
		err = -EINVAL;
	}
	free(slot);
	return err;
}

static bool is_merge(const struct lab_pair *pair)
{
	return !strcmp(pair->key->text, "<<") &&
	       (pair->value->type == LAB_NODE_MAP ||
		pair->value->type == LAB_NODE_LIST);
}

static int merge_from(struct lab_yaml *yaml, struct frame *frame,
		      const struct lab_node *from)
{
	struct lab_node *map = frame->node;
	size_t i, j;
	int err;

	if (from->type != LAB_NODE_MAP) {
		lab_diag_add(yaml->diag, from->line, from->column,
			     "<< takes a map or a list of maps, not %s",
			     lab_node_type_name(from->type));
		return -EINVAL;
	}
	for (i = 0; i < from->n; i++) {
		/* What is there already wins over what is merged. */
		for (j = 0; j < map->n; j++)
			if (!strcmp(map->pair[j].key->text,
				    from->pair[i].key->text))
				break;
		if (j < map->n)
			continue;
		err = grow(yaml, frame, sizeof(*map->pair));
		if (err)
			return err;
		map->pair[map->n++] = from->pair[i];
	}
	return 0;
}

/* Replace an entry "<<" by the entries of what it names. */
static int merge(struct lab_yaml *yaml, struct frame *frame)
{
	struct lab_node *map = frame->node, *from;
	size_t i, j;
	int err;

	for (i = 0; i < map->n; i++)
		if (is_merge(&map->pair[i]))
			break;
	if (i == map->n)
		return 0;
	from = map->pair[i].value;
	memmove(&map->pair[i], &map->pair[i + 1],
		(--map->n - i) * sizeof(*map->pair));
	/* Looking up by walking: bound the product. */
	if (map->n + from->weight > 10000) {
		lab_diag_add(yaml->diag, from->line, from->column,
			     "<< merges more than 10000 values");
		return -E2BIG;
	}
	if (from->type == LAB_NODE_MAP)
		return merge_from(yaml, frame, from);
	for (j = 0; j < from->n; j++) {
		err = merge_from(yaml, frame, from->item[j]);
		if (err)
			return err;
	}
	return 0;
}

static int on_scalar(struct lab_yaml *yaml, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	struct lab_node *node;
	int err;

	if (memchr(value, 0, event->data.scalar.length)) {
		lab_diag_add(yaml->diag, event->start_mark.line + 1,
			     event->start_mark.column + 1, "a NUL in a value");
		return -EINVAL;
	}
	node = node_new(yaml, LAB_NODE_STRING, &event->start_mark);
	if (!node)
		return no_memory(yaml);
	node->text = strdup(value);
	if (!node->text)
		return no_memory(yaml);
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    event->data.scalar.plain_implicit)
		resolve_plain(node);
	if (event->data.scalar.anchor) {
		err = add_anchor(yaml, (char *)event->data.scalar.anchor, node,
				 false);
		if (err)
			return err;
	}
	err = count(yaml, 1, &event->start_mark);
	return err ? err : attach(yaml, node);
}

static int on_alias(struct lab_yaml *yaml, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const yaml_mark_t *mark = &event->start_mark;
	size_t i;
	int err;

	for (i = yaml->anchors; i > 0; i--)
		if (!strcmp(yaml->anchor[i - 1].name, name))
			break;
	if (!i) {
		lab_diag_add(yaml->diag, mark->line + 1, mark->column + 1,
			     "alias *%s names no anchor above it", name);
		return -EINVAL;
	}
	if (yaml->anchor[i - 1].open) {
		lab_diag_add(yaml->diag, mark->line + 1, mark->column + 1,
			     "alias *%s is inside of what it names", name);
		return -ELOOP;
	}
	err = count(yaml, yaml->anchor[i - 1].node->weight, mark);
	return err ? err : attach(yaml, yaml->anchor[i - 1].node);
}

static int on_start(struct lab_yaml *yaml, const yaml_event_t *event,
		    enum lab_node_type type, const yaml_char_t *anchor)
{
	const yaml_mark_t *mark = &event->start_mark;
	struct lab_node *node;
	struct frame *frame;
	int err;

	if (yaml->depth == LAB_YAML_DEPTH_MAX) {
		lab_diag_add(yaml->diag, mark->line + 1, mark->column + 1,
			     "nested deeper than %d", LAB_YAML_DEPTH_MAX);
		return -E2BIG;
	}
	node = node_new(yaml, type, mark);
	if (!node)
		return no_memory(yaml);
	err = count(yaml, 1, mark);
	if (err)
		return err;
	err = attach(yaml, node);
	if (err)
		return err;
	frame = &yaml->stack[yaml->depth++];
	memset(frame, 0, sizeof(*frame));
	frame->node = node;
	if (anchor) {
		err = add_anchor(yaml, (const char *)anchor, node, true);
		frame->anchor = yaml->anchors;
	}
	return err;
}

static int on_end(struct lab_yaml *yaml)
{
	struct frame *frame = &yaml->stack[--yaml->depth];
	struct lab_node *node = frame->node;
	size_t i;
	int err;

	if (node->type == LAB_NODE_MAP) {
		err = check_duplicates(yaml, node);
		if (err)
			return err;
		err = merge(yaml, frame);
		if (err)
			return err;
		for (i = 0; i < node->n; i++)
			node->weight += 1 + node->pair[i].value->weight;
	} else {
		for (i = 0; i < node->n; i++)
			node->weight += node->item[i]->weight;
	}
	if (frame->anchor)
		yaml->anchor[frame->anchor - 1].open = false;
	return 0;
}

static int on_event(struct lab_yaml *yaml, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (!yaml->root)
			return 0;
		lab_diag_add(yaml->diag, event->start_mark.line + 1,
			     event->start_mark.column + 1,
			     "a second document: a lab file holds one");
		return -EINVAL;
	case YAML_SCALAR_EVENT:
		return on_scalar(yaml, event);
	case YAML_ALIAS_EVENT:
		return on_alias(yaml, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(yaml, event, LAB_NODE_LIST,
				event->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return on_start(yaml, event, LAB_NODE_MAP,
				event->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(yaml);
	case YAML_STREAM_END_EVENT:
		yaml->done = true;
		return 0;
	default:
		return 0;
	}
}

static void parser_error(struct lab_diag *diag, const yaml_parser_t *parser)
{
	const yaml_mark_t *mark = &parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		lab_diag_add(diag, 0, 0, "out of memory");
	else if (parser->error == YAML_READER_ERROR)
		lab_diag_add(diag, 0, 0, "not a text file: %s at byte %zu",
			     parser->problem, parser->problem_offset);
	else if (parser->context)
		lab_diag_add(diag, mark->line + 1, mark->column + 1,
			     "not valid YAML: %s (%s)", parser->problem,
			     parser->context);
	else
		lab_diag_add(diag, mark->line + 1, mark->column + 1,
			     "not valid YAML: %s", parser->problem);
}

static int parse_all(struct lab_yaml *yaml, const void *data, size_t size)
{
	yaml_parser_t parser;
	yaml_event_t event;
	int err = 0;

	if (!yaml_parser_initialize(&parser))
		return no_memory(yaml);
	yaml_parser_set_input_string(&parser, data, size);
	while (!err && !yaml->done) {
		if (!yaml_parser_parse(&parser, &event)) {
			parser_error(yaml->diag, &parser);
			err = -EINVAL;
			break;
		}
		err = on_event(yaml, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return err;
}

static void free_anchors(struct lab_yaml *yaml)
{
	size_t i;

	for (i = 0; i < yaml->anchors; i++)
		free(yaml->anchor[i].name);
	free(yaml->anchor);
	yaml->anchor = NULL;
	yaml->anchors = 0;
}

struct lab_yaml *lab_yaml_parse(const void *data, size_t size,
				struct lab_diag *diag)
{
	struct lab_yaml *yaml;
	int err;

	if (size > LAB_YAML_SIZE_MAX) {
		lab_diag_add(diag, 0, 0, "larger than %u bytes",
			     LAB_YAML_SIZE_MAX);
		return NULL;
	}
	yaml = calloc(1, sizeof(*yaml));
	if (!yaml) {
		lab_diag_add(diag, 0, 0, "out of memory");
		return NULL;
	}
	yaml->diag = diag;
	err = parse_all(yaml, data, size);
	free_anchors(yaml);
	if (!err && !yaml->root) {
		lab_diag_add(diag, 0, 0, "the file is empty");
		err = -EINVAL;
	}
	if (err) {
		lab_yaml_free(yaml);
		return NULL;
	}
	return yaml;
}

/* One byte more than allowed is read at most, whatever @fd is. */
static ssize_t read_all(int fd, char **data, struct lab_diag *diag)
{
	size_t size = 0, room = 0;
	char *more;
	ssize_t n;

	for (;;) {
		if (size == room) {
			room = room ? room * 2 : 65536;
			if (room > LAB_YAML_SIZE_MAX + 1)
				room = LAB_YAML_SIZE_MAX + 1;
			more = realloc(*data, room);
			if (!more) {
				lab_diag_add(diag, 0, 0, "out of memory");
				return -1;
			}
			*data = more;
		}
		n = read(fd, *data + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			lab_diag_add(diag, 0, 0, "%s", strerror(errno));
			return -1;
		}
		if (!n)
			return size;
		size += n;
		if (size > LAB_YAML_SIZE_MAX) {
			lab_diag_add(diag, 0, 0, "larger than %u bytes",
				     LAB_YAML_SIZE_MAX);
			return -1;
		}
	}
}

struct lab_yaml *lab_yaml_load(const char *path, struct lab_diag *diag)
{
	struct lab_yaml *yaml = NULL;
	char *data = NULL;
	struct stat st;
	ssize_t size;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-"))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		lab_diag_add(diag, 0, 0, "%s", strerror(errno));
	} else if (S_ISREG(st.st_mode) && st.st_size > LAB_YAML_SIZE_MAX) {
		lab_diag_add(diag, 0, 0,
			     "%lld bytes, a lab file has at most %u",
			     (long long)st.st_size, LAB_YAML_SIZE_MAX);
	} else {
		size = read_all(fd, &data, diag);
		if (size >= 0)
			yaml = lab_yaml_parse(data, size, diag);
	}
	free(data);
	if (fd > STDIN_FILENO)
		close(fd);
	return yaml;
}

void lab_yaml_free(struct lab_yaml *yaml)
{
	struct chunk *chunk;
	size_t used, i;

	if (!yaml)
		return;
	used = yaml->used;
	while ((chunk = yaml->chunks)) {
		for (i = 0; i < used; i++) {
			free(chunk->node[i].text);
			free(chunk->node[i].item);
		}
		used = CHUNK_NODES;
		yaml->chunks = chunk->next;
		free(chunk);
	}
	free(yaml);
}

const struct lab_node *lab_yaml_root(const struct lab_yaml *yaml)
{
	return yaml->root;
}

const struct lab_node *lab_node_get(const struct lab_node *node,
				    const char *key)
{
	size_t i;

	if (!node || node->type != LAB_NODE_MAP)
		return NULL;
	for (i = 0; i < node->n; i++)
		if (!strcmp(node->pair[i].key->text, key))
			return node->pair[i].value;
	return NULL;
}

const char *lab_node_type_name(enum lab_node_type type)
{
	switch (type) {
	case LAB_NODE_NULL:
		return "nothing";
	case LAB_NODE_BOOL:
		return "true or false";
	case LAB_NODE_INT:
		return "a whole number";
	case LAB_NODE_FLOAT:
		return "a number";
	case LAB_NODE_STRING:
		return "a text";
	case LAB_NODE_LIST:
		return "a list";
	case LAB_NODE_MAP:
		return "a map";
	}
	return "?";
}
