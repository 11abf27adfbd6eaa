// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_words.h"

static int add_address(struct nsfab_vm_nic *nic, const char *text, char *why,
		       size_t size)
{
	struct nsfab_addr *array;

	array = realloc((void *)nic->addresses,
			(nic->n_addresses + 1) * sizeof(*array));
	if (!array)
		return -ENOMEM;
	nic->addresses = array;
	if (nsfab_addr_parse(&array[nic->n_addresses], text)) {
		snprintf(why, size, "ip=%s is not an address, \"auto\" or \"none\"",
			 text);
		return -EINVAL;
	}
	nic->n_addresses++;
	return 0;
}

static int add_allowed(struct nsfab_vm_nic *nic, const char *text, char *why,
		       size_t size)
{
	struct nsfab_allowed *array;

	array = realloc((void *)nic->allowed,
			(nic->n_allowed + 1) * sizeof(*array));
	if (!array)
		return -ENOMEM;
	nic->allowed = array;
	array += nic->n_allowed;
	memset(array, 0, sizeof(*array));
	if (nsfab_prefix_parse(&array->prefix, text)) {
		snprintf(why, size, "allow=%s is not an address or prefix",
			 text);
		return -EINVAL;
	}
	nic->n_allowed++;
	return 0;
}

/* One KEY=VALUE of a NIC; @ip notes that addresses were spoken of. */
static int parse_part(struct nsfab_vm_nic *nic, const char *part, bool *ip,
		      char *why, size_t size)
{
	if (!strncmp(part, "ip=", 3)) {
		part += 3;
		*ip = true;
		if (!strcmp(part, "none"))
			return 0;
		if (strcmp(part, "auto"))
			return add_address(nic, part, why, size);
		nic->flags |= NSFAB_VM_NIC_AUTO;
		return 0;
	}
	if (!strncmp(part, "mac=", 4)) {
		nic->flags |= NSFAB_VM_NIC_MAC;
		if (!nsfab_mac_parse(nic->mac, part + 4))
			return 0;
		snprintf(why, size, "mac=%s is not a MAC address", part + 4);
		return -EINVAL;
	}
	if (!strncmp(part, "allow=", 6))
		return add_allowed(nic, part + 6, why, size);
	if (!strcmp(part, "unguarded")) {
		nic->flags |= NSFAB_VM_NIC_UNGUARDED;
		return 0;
	}
	if (!strncmp(part, "group=", 6))
		snprintf(why, size,
			 "%s: the module has no security groups yet", part);
	else
		snprintf(why, size,
			 "\"%s\" is not known (use ip=ADDRESS|auto|none, mac=MAC, "
			 "allow=PREFIX, unguarded)", part);
	return -EINVAL;
}

int vm_nic_parse(const char *text, struct nsfab_vm_nic *nic, char *why,
		 size_t size)
{
	char *copy, *part, *save = NULL;
	bool ip = false;
	int ret = 0;

	memset(nic, 0, sizeof(*nic));
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	nic->network = copy;
	copy[strcspn(copy, ",")] = '\0';
	if (!nsfab_name_valid(copy)) {
		snprintf(why, size, "\"%s\" is not a network's name", copy);
		ret = -EINVAL;
	} else if (text[strlen(copy)]) {
		/* strtok() skips empty parts, which are a slip of the hand. */
		part = copy + strlen(copy) + 1;
		if (!*part || strstr(part, ",,") ||
		    part[strlen(part) - 1] == ',' || *part == ',') {
			snprintf(why, size, "\"%s\" has an empty part", text);
			ret = -EINVAL;
		}
		for (part = strtok_r(part, ",", &save); part && !ret;
		     part = strtok_r(NULL, ",", &save))
			ret = parse_part(nic, part, &ip, why, size);
	}
	if (!ip)
		nic->flags |= NSFAB_VM_NIC_AUTO;
	if (ret)
		vm_nic_free(nic);
	return ret;
}

void vm_nic_free(struct nsfab_vm_nic *nic)
{
	free((void *)nic->network);
	free((void *)nic->addresses);
	free((void *)nic->allowed);
	memset(nic, 0, sizeof(*nic));
}

/* Append a line; frees @text without memory. */
static char *add_line(char *text, const char *line, size_t len)
{
	size_t old = text ? strlen(text) : 0;
	char *more;

	more = realloc(text, old + len + 2);
	if (!more) {
		free(text);
		return NULL;
	}
	if (old)
		more[old++] = '\n';
	memcpy(more + old, line, len);
	more[old + len] = '\0';
	return more;
}

/* Is the key of a line among the keys of other lines? */
static bool has_key(const char *lines, const char *line)
{
	size_t len = strcspn(line, "=\n");

	while (lines && *lines) {
		if (strcspn(lines, "=\n") == len && !memcmp(lines, line, len))
			return true;
		lines += strcspn(lines, "\n");
		lines += *lines == '\n';
	}
	return false;
}

char *vm_labels_merge(const char *old, const char *add, const char *remove)
{
	const char *from[] = { old, add };
	char *text = strdup("");
	const char *line;
	size_t i, len;

	for (i = 0; i < 2; i++) {
		for (line = from[i]; text && line && *line; line += len) {
			len = strcspn(line, "\n");
			if (len && !has_key(remove, line) &&
			    !(i == 0 && has_key(add, line)))
				text = add_line(text, line, len);
			len += line[len] == '\n';
		}
	}
	return text;
}

static int parse_nic(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	struct vm_words *w = data;
	struct nsfab_vm_nic *array;
	char why[160] = "no memory";

	(void)key;
	if (w->n_nics == NSFAB_VM_NICS_MAX)
		return netctl_usage(ctx, "more than %d NICs", NSFAB_VM_NICS_MAX);
	array = realloc(w->nic, (w->n_nics + 1) * sizeof(*array));
	if (!array)
		return netctl_usage(ctx, "no memory");
	w->nic = array;
	if (vm_nic_parse(value, &array[w->n_nics], why, sizeof(why)))
		return netctl_usage(ctx, "nic %s: %s", value, why);
	w->n_nics++;
	return 0;
}

static int parse_cpus(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct vm_words *w = data;

	(void)key;
	if (nsfab_vm_cpus_parse(value, &w->cpus))
		return netctl_usage(ctx,
				    "cpus \"%s\" is not 0.01 to 10000, with at most 3 digits "
				    "behind the point, or 0 for no limit", value);
	w->present |= NSFAB_VM_CHANGE_CPUS;
	return 0;
}

static int parse_memory(struct netctl_ctx *ctx, const struct netctl_key *key,
			const char *value, void *data)
{
	struct vm_words *w = data;

	(void)key;
	if (netctl_parse_size(value, &w->memory))
		return netctl_usage(ctx, "memory \"%s\" is not a size like 512m, or 0 for no limit",
				    value);
	w->present |= NSFAB_VM_CHANGE_MEMORY;
	return 0;
}

static int parse_flag(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct vm_words *w = data;

	(void)ctx;
	(void)value;
	if (key->arg)
		w->stub = true;
	else
		w->no_run = true;
	return 0;
}

#define NIC_WHAT "NETWORK[,ip=ADDRESS|auto|none][,mac=MAC]"

#define LABEL(key, fn, value) \
	{ .name = key, .parse = fn, .what = value, \
	  .arg = offsetof(struct vm_words, labels), \
	  .has = NSFAB_VM_CHANGE_LABELS }

static const struct netctl_key add_keys[] = {
	{ .name = "nic", .parse = parse_nic, .what = NIC_WHAT },
	LABEL("label", netctl_key_label, "KEY=VALUE"),
	{ .name = "cpus", .parse = parse_cpus, .what = "NUMBER" },
	{ .name = "memory", .parse = parse_memory, .what = "SIZE" },
	{ .name = "stub", .parse = parse_flag, .flag = true, .arg = 1 },
	{ 0 }
};

static const struct netctl_key set_keys[] = {
	LABEL("label", netctl_key_label, "KEY=VALUE"),
	LABEL("nolabel", netctl_key_nolabel, "KEY"),
	{ .name = "cpus", .parse = parse_cpus, .what = "NUMBER" },
	{ .name = "memory", .parse = parse_memory, .what = "SIZE" },
	{ .name = "norun", .parse = parse_flag, .flag = true },
	{ 0 }
};

static bool is_flag(const struct netctl_key *keys, const char *word)
{
	for (; keys->name; keys++)
		if (keys->flag && netctl_match(word, keys->name))
			return true;
	return false;
}

/* "run" takes all that is behind it; find it where a key can stand. */
static int find_run(const struct netctl_key *keys, int argc, char **argv)
{
	int i = 0;

	while (i < argc && strcmp(argv[i], "run"))
		i += is_flag(keys, argv[i]) ? 1 : 2;
	return i < argc ? i : argc;
}

int vm_words_parse(struct netctl_ctx *ctx, bool set, int argc, char **argv,
		   struct vm_words *w)
{
	const struct netctl_key *keys = set ? set_keys : add_keys;
	int run = find_run(keys, argc, argv);

	memset(w, 0, sizeof(*w));
	if (run < argc) {
		w->run = argv + run + 1;
		w->n_run = argc - run - 1;
		if (w->n_run && !strcmp(w->run[0], "--")) {
			w->run++;
			w->n_run--;
		}
		if (!w->n_run)
			return netctl_usage(ctx, "run needs a command");
		argc = run;
	}
	return netctl_parse(ctx, keys, argc, argv, w);
}

void vm_words_free(struct vm_words *w)
{
	size_t i;

	for (i = 0; i < w->n_nics; i++)
		vm_nic_free(&w->nic[i]);
	free(w->nic);
	netctl_labels_free(&w->labels);
}

int vm_path_split(struct netctl_ctx *ctx, const char *path, char **buf,
		  struct nsfab_vm_ref *ref, int *nic)
{
	char vm[NSFAB_NAME_MAX + 1], *slash, *rest;
	unsigned int number;

	*buf = strdup(path);
	if (!*buf)
		return netctl_usage(ctx, "no memory");
	slash = strchr(*buf, '/');
	if (!slash)
		goto bad;
	*slash = '\0';
	rest = slash + 1;
	ref->tenant = *buf;
	ref->name = rest;
	if (nic)
		*nic = -1;
	slash = strchr(rest, '/');
	if (slash) {
		if (!nic || !nsfab_vm_port_split(rest, vm, &number))
			goto bad;
		*slash = '\0';
		*nic = number;
	}
	if (nsfab_name_valid(ref->tenant) && nsfab_name_valid(ref->name))
		return 0;
bad:
	free(*buf);
	*buf = NULL;
	return netctl_usage(ctx, "\"%s\" is not TENANT/VM%s", path,
			    nic ? " or TENANT/VM/ethN" : "");
}
