// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lab_schema.h"
#include "netctl.h"

#define PATTERNS_MAX 32
#define REF_DEPTH_MAX 16
#define TEXT_MAX 1024

struct pattern {
	const char *text;	/* the schema's, compared by address */
	regex_t regex;
};

struct checker {
	struct json_object *root;
	struct lab_diag *diag;
	unsigned int tries;	/* above 0: only asked whether, say nothing */
	unsigned int patterns;
	struct pattern pattern[PATTERNS_MAX];
};

/* Where in the file, as a chain from the leaf up to the root. */
struct place {
	const struct place *up;
	const char *key;
	size_t index;
};

static unsigned int check(struct checker *checker, struct json_object *schema,
			  const struct lab_node *node,
			  const struct place *place);

static size_t put_place(char *buf, size_t size, const struct place *place)
{
	size_t len;
	int n;

	if (!place->up)
		return 0;
	len = put_place(buf, size, place->up);
	if (place->key)
		n = snprintf(buf + len, size - len, "%s%s", len ? "." : "",
			     place->key);
	else
		n = snprintf(buf + len, size - len, "[%zu]", place->index);
	if (n < 0 || len + n >= size)
		return size - 1;
	return len + n;
}

__attribute__((format(printf, 4, 5)))
static unsigned int complain(struct checker *checker,
			     const struct lab_node *node,
			     const struct place *place, const char *fmt, ...)
{
	char where[512] = "", what[TEXT_MAX];
	va_list ap;

	if (checker->tries)
		return 1;
	put_place(where, sizeof(where), place);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	lab_diag_add(checker->diag, node->line, node->column, "%s%s%s", where,
		     *where ? ": " : "", what);
	return 1;
}

static struct json_object *get(struct json_object *schema, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(schema, json_type_object))
		json_object_object_get_ex(schema, key, &value);
	return value;
}

/* Follow references, of which only those inside of the schema are known. */
static struct json_object *deref(struct checker *checker,
				 struct json_object *schema)
{
	struct json_object *ref, *target;
	unsigned int i;

	for (i = 0; i < REF_DEPTH_MAX; i++) {
		ref = get(schema, "$ref");
		if (!ref)
			return schema;
		if (json_pointer_get(checker->root,
				     json_object_get_string(ref) + 1, &target))
			return NULL;
		schema = target;
	}
	return NULL;
}

/* What the schema says for people, looked for behind references too. */
static const char *description(struct checker *checker,
			       struct json_object *schema)
{
	struct json_object *text = get(schema, "description");

	if (!text)
		text = get(deref(checker, schema), "description");
	return text ? json_object_get_string(text) : NULL;
}

static bool is_text(const struct lab_node *node)
{
	return node->type == LAB_NODE_STRING;
}

static bool is_number(const struct lab_node *node)
{
	return node->type == LAB_NODE_INT || node->type == LAB_NODE_FLOAT;
}

static bool is_integral(const struct lab_node *node)
{
	return node->type == LAB_NODE_INT ||
	       (node->type == LAB_NODE_FLOAT && isfinite(node->number) &&
		node->number == floor(node->number));
}

static bool type_fits(const struct lab_node *node, const char *type)
{
	if (!strcmp(type, "object"))
		return node->type == LAB_NODE_MAP;
	if (!strcmp(type, "array"))
		return node->type == LAB_NODE_LIST;
	if (!strcmp(type, "string"))
		return is_text(node);
	if (!strcmp(type, "integer"))
		return is_integral(node);
	if (!strcmp(type, "number"))
		return is_number(node);
	if (!strcmp(type, "boolean"))
		return node->type == LAB_NODE_BOOL;
	return !strcmp(type, "null") && node->type == LAB_NODE_NULL;
}

static const char *type_words(const char *type)
{
	static const struct {
		const char *type;
		const char *words;
	} words[] = {
		{ "object", "a map" },
		{ "array", "a list" },
		{ "string", "a text" },
		{ "integer", "a whole number" },
		{ "number", "a number" },
		{ "boolean", "true or false" },
		{ "null", "nothing" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].type, type))
			return words[i].words;
	return type;
}

static void put(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, size - len, fmt, ap);
	va_end(ap);
}

static const char *shown(const struct lab_node *node)
{
	return node->text ? node->text : lab_node_type_name(node->type);
}

static bool type_allows(struct json_object *type, const struct lab_node *node)
{
	size_t i;

	if (json_object_is_type(type, json_type_string))
		return type_fits(node, json_object_get_string(type));
	for (i = 0; i < json_object_array_length(type); i++)
		if (type_fits(node, json_object_get_string(
					json_object_array_get_idx(type, i))))
			return true;
	return false;
}

static unsigned int check_type(struct checker *checker,
			       struct json_object *schema,
			       struct json_object *type,
			       const struct lab_node *node,
			       const struct place *place)
{
	char list[128] = "";
	size_t i, n;

	if (type_allows(type, node))
		return 0;
	if (json_object_is_type(type, json_type_string)) {
		put(list, sizeof(list), "%s",
		    type_words(json_object_get_string(type)));
	} else {
		n = json_object_array_length(type);
		for (i = 0; i < n; i++)
			put(list, sizeof(list), "%s%s",
			    !i ? "" : i + 1 < n ? ", " : " or ",
			    type_words(json_object_get_string(
				json_object_array_get_idx(type, i))));
	}
	(void)schema;
	if (is_number(node) && type_fits(node, "integer") &&
	    strstr(list, "a text"))
		return complain(checker, node, place,
				"must be %s, not the number %s (write \"%s\")",
				list, node->text, node->text);
	return complain(checker, node, place, "must be %s, not %s", list,
			lab_node_type_name(node->type));
}

static bool equal(struct json_object *value, const struct lab_node *node)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return is_text(node) &&
		       !strcmp(json_object_get_string(value), node->text);
	case json_type_boolean:
		return node->type == LAB_NODE_BOOL &&
		       node->boolean == !!json_object_get_boolean(value);
	case json_type_int:
	case json_type_double:
		return is_number(node) &&
		       json_object_get_double(value) == node->number;
	case json_type_null:
		return node->type == LAB_NODE_NULL;
	default:
		return false;
	}
}

static unsigned int check_enum(struct checker *checker,
			       struct json_object *schema,
			       struct json_object *values,
			       const struct lab_node *node,
			       const struct place *place)
{
	char list[TEXT_MAX / 2] = "";
	size_t i, n = json_object_array_length(values);
	struct json_object *value;

	(void)schema;
	for (i = 0; i < n; i++) {
		value = json_object_array_get_idx(values, i);
		if (equal(value, node))
			return 0;
		put(list, sizeof(list), "%s%s", i ? ", " : "",
		    json_object_get_string(value));
	}
	return complain(checker, node, place, "\"%s\" is none of: %s",
			shown(node), list);
}

static unsigned int check_const(struct checker *checker,
				struct json_object *schema,
				struct json_object *value,
				const struct lab_node *node,
				const struct place *place)
{
	(void)schema;
	if (equal(value, node))
		return 0;
	return complain(checker, node, place, "\"%s\" must be %s", shown(node),
			json_object_get_string(value));
}

static const regex_t *compiled(struct checker *checker, const char *text)
{
	struct pattern *pattern;
	unsigned int i;

	for (i = 0; i < checker->patterns; i++)
		if (checker->pattern[i].text == text)
			return &checker->pattern[i].regex;
	if (checker->patterns == PATTERNS_MAX)
		return NULL;
	pattern = &checker->pattern[checker->patterns];
	if (regcomp(&pattern->regex, text, REG_EXTENDED | REG_NOSUB))
		return NULL;
	pattern->text = text;
	checker->patterns++;
	return &pattern->regex;
}

/* A pattern is no use to most readers: say what the schema says for people. */
static unsigned int check_pattern(struct checker *checker,
				  struct json_object *schema,
				  struct json_object *value,
				  const struct lab_node *node,
				  const struct place *place)
{
	const char *text = json_object_get_string(value), *help;
	const regex_t *regex;

	if (!is_text(node))
		return 0;
	regex = compiled(checker, text);
	if (!regex)
		return complain(checker, node, place,
				"the schema's pattern %s cannot be used", text);
	if (!regexec(regex, node->text, 0, NULL, 0))
		return 0;
	help = description(checker, schema);
	if (help)
		return complain(checker, node, place,
				"\"%s\" does not fit here: %s", node->text,
				help);
	return complain(checker, node, place, "\"%s\" does not match %s",
			node->text, text);
}

static uint64_t characters(const char *text)
{
	uint64_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static unsigned int check_max_length(struct checker *checker,
				     struct json_object *schema,
				     struct json_object *value,
				     const struct lab_node *node,
				     const struct place *place)
{
	(void)schema;
	if (!is_text(node) ||
	    characters(node->text) <= json_object_get_uint64(value))
		return 0;
	return complain(checker, node, place,
			"\"%.80s\" is longer than %s characters", node->text,
			json_object_get_string(value));
}

static unsigned int check_minimum(struct checker *checker,
				  struct json_object *schema,
				  struct json_object *value,
				  const struct lab_node *node,
				  const struct place *place)
{
	(void)schema;
	if (!is_number(node) || node->number >= json_object_get_double(value))
		return 0;
	return complain(checker, node, place, "%s is less than %s", node->text,
			json_object_get_string(value));
}

static unsigned int check_above(struct checker *checker,
				struct json_object *schema,
				struct json_object *value,
				const struct lab_node *node,
				const struct place *place)
{
	(void)schema;
	if (!is_number(node) || node->number > json_object_get_double(value))
		return 0;
	return complain(checker, node, place, "%s is not more than %s",
			node->text, json_object_get_string(value));
}

static unsigned int check_maximum(struct checker *checker,
				  struct json_object *schema,
				  struct json_object *value,
				  const struct lab_node *node,
				  const struct place *place)
{
	(void)schema;
	if (!is_number(node) || node->number <= json_object_get_double(value))
		return 0;
	return complain(checker, node, place, "%s is more than %s", node->text,
			json_object_get_string(value));
}

static unsigned int check_count(struct checker *checker,
				struct json_object *value,
				const struct lab_node *node,
				const struct place *place, bool most)
{
	uint64_t limit = json_object_get_uint64(value);

	if (most ? node->n <= limit : node->n >= limit)
		return 0;
	return complain(checker, node, place,
			"has %zu entries, %s %s are allowed", node->n,
			most ? "at most" : "not less than",
			json_object_get_string(value));
}

static unsigned int check_min_items(struct checker *checker,
				    struct json_object *schema,
				    struct json_object *value,
				    const struct lab_node *node,
				    const struct place *place)
{
	(void)schema;
	return node->type == LAB_NODE_LIST ?
	       check_count(checker, value, node, place, false) : 0;
}

static unsigned int check_max_items(struct checker *checker,
				    struct json_object *schema,
				    struct json_object *value,
				    const struct lab_node *node,
				    const struct place *place)
{
	(void)schema;
	return node->type == LAB_NODE_LIST ?
	       check_count(checker, value, node, place, true) : 0;
}

static unsigned int check_min_entries(struct checker *checker,
				      struct json_object *schema,
				      struct json_object *value,
				      const struct lab_node *node,
				      const struct place *place)
{
	(void)schema;
	return node->type == LAB_NODE_MAP ?
	       check_count(checker, value, node, place, false) : 0;
}

static unsigned int check_max_entries(struct checker *checker,
				      struct json_object *schema,
				      struct json_object *value,
				      const struct lab_node *node,
				      const struct place *place)
{
	(void)schema;
	return node->type == LAB_NODE_MAP ?
	       check_count(checker, value, node, place, true) : 0;
}

static unsigned int check_items(struct checker *checker,
				struct json_object *schema,
				struct json_object *items,
				const struct lab_node *node,
				const struct place *place)
{
	struct place child = { .up = place };
	unsigned int bad = 0;

	(void)schema;
	if (node->type != LAB_NODE_LIST)
		return 0;
	for (child.index = 0; child.index < node->n; child.index++)
		bad += check(checker, items, node->item[child.index], &child);
	return bad;
}

static unsigned int check_required(struct checker *checker,
				   struct json_object *schema,
				   struct json_object *names,
				   const struct lab_node *node,
				   const struct place *place)
{
	unsigned int bad = 0;
	const char *name;
	size_t i;

	(void)schema;
	if (node->type != LAB_NODE_MAP)
		return 0;
	for (i = 0; i < json_object_array_length(names); i++) {
		name = json_object_get_string(
				json_object_array_get_idx(names, i));
		if (!lab_node_get(node, name))
			bad += complain(checker, node, place,
					"key \"%s\" is missing", name);
	}
	return bad;
}

static unsigned int unknown_key(struct checker *checker,
				struct json_object *schema,
				const struct lab_node *key,
				const struct place *place)
{
	struct json_object *known = get(schema, "properties");
	char list[TEXT_MAX / 2] = "";
	const char *names[64], *meant;
	size_t n = 0;

	json_object_object_foreach(known, name, value) {
		(void)value;
		put(list, sizeof(list), "%s%s", *list ? ", " : "", name);
		if (n + 1 < sizeof(names) / sizeof(names[0]))
			names[n++] = name;
	}
	names[n] = NULL;
	meant = netctl_closest(key->text, names);
	if (meant)
		return complain(checker, key, place,
				"unknown key \"%s\", did you mean \"%s\"? This version has %s",
				key->text, meant, list);
	return complain(checker, key, place,
			"unknown key \"%s\": this version has %s", key->text,
			list);
}

/* Keys, known and other ones, are one concern: both keywords end here. */
static unsigned int check_entries(struct checker *checker,
				  struct json_object *schema,
				  struct json_object *unused,
				  const struct lab_node *node,
				  const struct place *place)
{
	struct json_object *known = get(schema, "properties");
	struct json_object *other = get(schema, "additionalProperties");
	struct place child = { .up = place };
	struct json_object *value;
	unsigned int bad = 0;
	size_t i;

	(void)unused;
	if (node->type != LAB_NODE_MAP)
		return 0;
	for (i = 0; i < node->n; i++) {
		child.key = node->pair[i].key->text;
		value = get(known, child.key);
		if (value)
			bad += check(checker, value, node->pair[i].value,
				     &child);
		else if (json_object_is_type(other, json_type_boolean) &&
			 !json_object_get_boolean(other))
			bad += unknown_key(checker, schema, node->pair[i].key,
					   place);
		else if (json_object_is_type(other, json_type_object))
			bad += check(checker, other, node->pair[i].value,
				     &child);
	}
	return bad;
}

static unsigned int check_properties(struct checker *checker,
				     struct json_object *schema,
				     struct json_object *value,
				     const struct lab_node *node,
				     const struct place *place)
{
	if (get(schema, "additionalProperties"))
		return 0;
	return check_entries(checker, schema, value, node, place);
}

static unsigned int check_names(struct checker *checker,
				struct json_object *schema,
				struct json_object *names,
				const struct lab_node *node,
				const struct place *place)
{
	struct lab_node key;
	unsigned int bad = 0;
	size_t i;

	(void)schema;
	if (node->type != LAB_NODE_MAP)
		return 0;
	for (i = 0; i < node->n; i++) {
		/* A key is a text, whatever it looks like. */
		key = *node->pair[i].key;
		key.type = LAB_NODE_STRING;
		bad += check(checker, names, &key, place);
	}
	return bad;
}

static unsigned int try(struct checker *checker, struct json_object *schema,
			const struct lab_node *node, const struct place *place)
{
	unsigned int bad;

	checker->tries++;
	bad = check(checker, schema, node, place);
	checker->tries--;
	return bad;
}

/* Whether a schema speaks of values of this type at all. */
static bool is_meant(struct checker *checker, struct json_object *schema,
		     const struct lab_node *node)
{
	struct json_object *type;

	schema = deref(checker, schema);
	type = get(schema, "type");
	return type ? type_allows(type, node) :
	       is_text(node) || node->type == LAB_NODE_BOOL;
}

static unsigned int check_any(struct checker *checker,
			      struct json_object *schema,
			      struct json_object *branches,
			      const struct lab_node *node,
			      const struct place *place)
{
	struct json_object *branch, *meant = NULL;
	unsigned int n_meant = 0;
	const char *help;
	size_t i;

	for (i = 0; i < json_object_array_length(branches); i++) {
		branch = json_object_array_get_idx(branches, i);
		if (!try(checker, branch, node, place))
			return 0;
		if (is_meant(checker, branch, node)) {
			meant = branch;
			n_meant++;
		}
	}
	if (n_meant == 1)
		return check(checker, meant, node, place);
	help = description(checker, schema);
	if (!help)
		help = description(checker,
				   json_object_array_get_idx(branches, 0));
	return complain(checker, node, place, "\"%s\" does not fit here%s%s",
			shown(node), help ? ": " : "", help ? help : "");
}

/* In this schema: which one of several keys is there. */
static unsigned int check_one(struct checker *checker,
			      struct json_object *schema,
			      struct json_object *branches,
			      const struct lab_node *node,
			      const struct place *place)
{
	unsigned int good = 0;
	char list[256] = "";
	struct json_object *branch, *names;
	size_t i;

	(void)schema;
	for (i = 0; i < json_object_array_length(branches); i++) {
		branch = json_object_array_get_idx(branches, i);
		good += !try(checker, branch, node, place);
		names = get(branch, "required");
		/* Keys of which one or all may be there: the first one. */
		if (!names)
			names = get(json_object_array_get_idx(
					get(branch, "anyOf"), 0), "required");
		if (names)
			put(list, sizeof(list), "%s\"%s\"", i ? " and " : "",
			    json_object_get_string(
				json_object_array_get_idx(names, 0)));
	}
	if (good == 1)
		return 0;
	return complain(checker, node, place,
			"must have exactly one of the keys %s", list);
}

static unsigned int check_nothing(struct checker *checker,
				  struct json_object *schema,
				  struct json_object *value,
				  const struct lab_node *node,
				  const struct place *place)
{
	(void)checker;
	(void)schema;
	(void)value;
	(void)node;
	(void)place;
	return 0;
}

static const struct keyword {
	const char *name;
	unsigned int (*check)(struct checker *checker,
			      struct json_object *schema,
			      struct json_object *value,
			      const struct lab_node *node,
			      const struct place *place);
} keywords[] = {
	{ "$comment", check_nothing },
	{ "$defs", check_nothing },
	{ "$id", check_nothing },
	{ "$schema", check_nothing },
	{ "additionalProperties", check_entries },
	{ "anyOf", check_any },
	{ "const", check_const },
	{ "description", check_nothing },
	{ "enum", check_enum },
	{ "exclusiveMinimum", check_above },
	{ "items", check_items },
	{ "maxItems", check_max_items },
	{ "maxLength", check_max_length },
	{ "maxProperties", check_max_entries },
	{ "maximum", check_maximum },
	{ "minItems", check_min_items },
	{ "minProperties", check_min_entries },
	{ "minimum", check_minimum },
	{ "oneOf", check_one },
	{ "pattern", check_pattern },
	{ "properties", check_properties },
	{ "propertyNames", check_names },
	{ "required", check_required },
	{ "title", check_nothing },
	{ "type", check_type },
};

static unsigned int check(struct checker *checker, struct json_object *schema,
			  const struct lab_node *node,
			  const struct place *place)
{
	unsigned int bad = 0;
	size_t i;

	schema = deref(checker, schema);
	if (!schema)
		return complain(checker, node, place,
				"the schema has a reference to nowhere");
	/* Of the wrong type, nothing else about it is worth saying. */
	if (get(schema, "type")) {
		bad = check_type(checker, schema, get(schema, "type"), node,
				 place);
		if (bad)
			return bad;
	}
	json_object_object_foreach(schema, name, value) {
		for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
			if (!strcmp(keywords[i].name, name))
				break;
		if (i == sizeof(keywords) / sizeof(keywords[0]))
			bad += complain(checker, node, place,
					"the schema has the unknown keyword %s",
					name);
		else
			bad += keywords[i].check(checker, schema, value, node,
						 place);
		if (checker->tries && bad)
			break;
	}
	return bad;
}

int lab_schema_check(const struct lab_node *root, struct lab_diag *diag)
{
	const struct place top = { 0 };
	struct checker *checker;
	unsigned int i, bad;

	checker = calloc(1, sizeof(*checker));
	if (!checker)
		return -ENOMEM;
	checker->diag = diag;
	checker->root = json_tokener_parse(lab_schema_text());
	if (!checker->root) {
		free(checker);
		return -ENOMEM;
	}
	bad = check(checker, checker->root, root, &top);
	for (i = 0; i < checker->patterns; i++)
		regfree(&checker->pattern[i].regex);
	json_object_put(checker->root);
	free(checker);
	return bad ? -EINVAL : 0;
}
