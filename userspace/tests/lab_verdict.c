// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lab_verdict FILE...: for each file, a line with what the schema checker
 * says, good or bad, and the tree as JSON, for another checker to judge.
 */
#include <math.h>
#include <stdio.h>

#include "lab_schema.h"
#include "lab_yaml.h"

static void put_text(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	putchar('"');
}

static void put_node(const struct lab_node *node)
{
	size_t i;

	switch (node->type) {
	case LAB_NODE_NULL:
		printf("null");
		break;
	case LAB_NODE_BOOL:
		printf(node->boolean ? "true" : "false");
		break;
	case LAB_NODE_INT:
		printf("%lld", (long long)node->integer);
		break;
	case LAB_NODE_FLOAT:
		if (isinf(node->number))
			printf(node->number < 0 ? "-1e999" : "1e999");
		else
			printf("%.17g", node->number);
		break;
	case LAB_NODE_STRING:
		put_text(node->text);
		break;
	case LAB_NODE_LIST:
		putchar('[');
		for (i = 0; i < node->n; i++) {
			if (i)
				putchar(',');
			put_node(node->item[i]);
		}
		putchar(']');
		break;
	case LAB_NODE_MAP:
		putchar('{');
		for (i = 0; i < node->n; i++) {
			if (i)
				putchar(',');
			put_text(node->pair[i].key->text);
			putchar(':');
			put_node(node->pair[i].value);
		}
		putchar('}');
		break;
	}
}

int main(int argc, char **argv)
{
	struct lab_yaml *yaml;
	struct lab_diag diag;
	int i, bad;

	for (i = 1; i < argc; i++) {
		lab_diag_init(&diag, argv[i]);
		yaml = lab_yaml_load(argv[i], &diag);
		if (!yaml) {
			printf("%s\tunreadable\tnull\n", argv[i]);
		} else {
			bad = lab_schema_check(lab_yaml_root(yaml), &diag);
			printf("%s\t%s\t", argv[i], bad ? "bad" : "good");
			put_node(lab_yaml_root(yaml));
			putchar('\n');
		}
		lab_yaml_free(yaml);
		lab_diag_free(&diag);
	}
	return 0;
}
