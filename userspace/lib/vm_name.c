// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rules of names, and what a VM's labels hold. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_priv.h"
#include "nl.h"

#define CPUS_MAX 10000000	/* ten thousand CPUs */

int vm_err(struct nsfab_err *err, int code, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* This one is for texts that say it all. */
	nsfab_err_set(err, -EINVAL, "%s", text);
	if (err)
		err->code = code;
	return code;
}

void vm_ns_prefix(const struct nsfab *h, char prefix[VM_NS_SIZE])
{
	size_t len;

	*prefix = '\0';
	if (h->netns_fd < 0)
		return;
	/* Once, for it may be a walk past thousands of VMs. */
	if (*h->ns_name == '/')
		nsfab_netns_name(h->netns_fd, h->ns_name);
	strcpy(prefix, h->ns_name);
	len = strlen(prefix);
	if (len && len + 1 < VM_NS_SIZE) {
		prefix[len] = '.';
		prefix[len + 1] = '\0';
	}
}

int vm_ns_join(char ns[VM_NS_SIZE], const char *prefix, const char *tenant,
	       const char *vm, struct nsfab_err *err)
{
	int len;

	if (!nsfab_name_valid(tenant))
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is not a tenant's name", tenant);
	if (!nsfab_name_valid(vm))
		return nsfab_err_set(err, -EINVAL, "\"%s\" is not a VM's name",
				     vm);
	len = snprintf(ns, VM_NS_SIZE, "%s%s.%s", prefix, tenant, vm);
	if (len < 0 || len >= VM_NS_SIZE)
		return vm_err(err, -ENAMETOOLONG,
			      "%s%s.%s is too long a name for a namespace",
			      prefix, tenant, vm);
	return 0;
}

int vm_ns_name(const struct nsfab *h, const struct nsfab_vm_ref *ref,
	       char ns[VM_NS_SIZE], struct nsfab_err *err)
{
	char prefix[VM_NS_SIZE];

	vm_ns_prefix(h, prefix);
	return vm_ns_join(ns, prefix, ref->tenant, ref->name, err);
}

bool nsfab_vm_port_split(const char *port, char vm[NSFAB_NAME_MAX + 1],
			 unsigned int *nic)
{
	const char *slash = strchr(port, '/');
	char *end;
	size_t len;

	if (!slash)
		return false;
	len = slash - port;
	if (!len || len > NSFAB_NAME_MAX || strncmp(slash, "/eth", 4) ||
	    !isdigit((unsigned char)slash[4]))
		return false;
	/* One number, one name. */
	if (slash[4] == '0' && slash[5])
		return false;
	*nic = strtoul(slash + 4, &end, 10);
	if (*end || *nic >= NSFAB_VM_NICS_MAX)
		return false;
	memcpy(vm, port, len);
	vm[len] = '\0';
	return nsfab_name_valid(vm);
}

/* A character of a word as it stands in a line; returns how long that is. */
static size_t escape(char c, char out[2])
{
	out[0] = '\\';
	switch (c) {
	case ' ':
	case '\\':
		out[1] = c;
		return 2;
	case '\n':
		out[1] = 'n';
		return 2;
	default:
		out[0] = c;
		return 1;
	}
}

ssize_t nsfab_vm_run_join(char *buf, size_t size, const char *const *run,
			  size_t n_run)
{
	size_t i, len = 0, n;
	const char *c;
	char out[2];

	for (i = 0; i < n_run; i++) {
		/* Enough for a blank, "\e", and the end. */
		if (len + 4 > size)
			return -E2BIG;
		if (i)
			buf[len++] = ' ';
		if (!*run[i]) {
			buf[len++] = '\\';
			buf[len++] = 'e';
		}
		for (c = run[i]; *c; c++) {
			n = escape(*c, out);
			if (len + n + 1 > size)
				return -E2BIG;
			memcpy(buf + len, out, n);
			len += n;
		}
	}
	if (len >= size)
		return -E2BIG;
	buf[len] = '\0';
	return len;
}

char **nsfab_vm_run_split(const char *line, size_t *n_run)
{
	size_t len = strlen(line), words = 1, n = 0;
	const char *c;
	char **argv, *to;

	for (c = line; *c; c++)
		words += *c == ' ';
	argv = malloc((words + 1) * sizeof(*argv) + len + 1);
	if (!argv)
		return NULL;
	to = (char *)(argv + words + 1);
	c = line;
	while (*c) {
		argv[n++] = to;
		for (; *c && *c != ' '; c++) {
			if (*c != '\\' || !c[1]) {
				*to++ = *c;
				continue;
			}
			c++;
			if (*c != 'e')
				*to++ = *c == 'n' ? '\n' : *c;
		}
		*to++ = '\0';
		if (*c)
			c++;
	}
	argv[n] = NULL;
	if (n_run)
		*n_run = n;
	return argv;
}

int nsfab_vm_cpus_parse(const char *text, uint32_t *cpus)
{
	uint64_t value = 0;
	int digits = -1;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; *text; text++) {
		if (*text == '.' && digits < 0) {
			digits = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		if (digits >= 0 && ++digits > 3)
			return -EINVAL;
		value = value * 10 + (*text - '0');
		if (value > CPUS_MAX)
			return -ERANGE;
	}
	if (!digits)
		return -EINVAL;
	for (digits = digits < 0 ? 0 : digits; digits < 3; digits++)
		value *= 10;
	if (value > CPUS_MAX || (value && value < NSFAB_VM_CPUS_MIN))
		return -ERANGE;
	*cpus = value;
	return 0;
}

const char *nsfab_vm_cpus_format(uint32_t cpus, char *buf)
{
	size_t len;

	len = snprintf(buf, NSFAB_VM_CPUS_STRLEN, "%" PRIu32 ".%03" PRIu32,
		       cpus / 1000, cpus % 1000);
	while (buf[len - 1] == '0')
		buf[--len] = '\0';
	if (buf[len - 1] == '.')
		buf[--len] = '\0';
	return buf;
}

static const char *const reserved[] = {
	VM_LABEL_RUN, VM_LABEL_CPUS, VM_LABEL_MEMORY,
	VM_LABEL_ROUTER, VM_LABEL_IPV6, VM_LABEL_PREFIX, VM_LABEL_ROUTES,
};

static bool is_reserved(const char *line)
{
	size_t i, len = strcspn(line, "=\n");

	for (i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (strlen(reserved[i]) == len && !memcmp(reserved[i], line, len))
			return true;
	return false;
}

bool vm_label_reserved(const char *labels, const char **which)
{
	size_t i;

	for (i = 0; labels && i < sizeof(reserved) / sizeof(*reserved); i++) {
		if (nsfab_label_get(labels, reserved[i], NULL)) {
			*which = reserved[i];
			return true;
		}
	}
	return false;
}

int vm_labels_join(char labels[NSFAB_LABELS_MAX + 1], const char *own,
		   const struct vm_attrs *attrs, struct nsfab_err *err)
{
	char cpus[NSFAB_VM_CPUS_STRLEN + sizeof("\ncpus=")] = "";
	char number[NSFAB_VM_CPUS_STRLEN];
	char memory[32] = "";
	size_t own_len;
	int len;

	own = own ? own : "";
	own_len = strlen(own);
	while (own_len && own[own_len - 1] == '\n')
		own_len--;
	if (attrs->cpus)
		snprintf(cpus, sizeof(cpus), "\n" VM_LABEL_CPUS "=%s",
			 nsfab_vm_cpus_format(attrs->cpus, number));
	if (attrs->memory)
		snprintf(memory, sizeof(memory),
			 "\n" VM_LABEL_MEMORY "=%" PRIu64, attrs->memory);
	len = snprintf(labels, NSFAB_LABELS_MAX + 1, "%.*s%s%s%s%s",
		       (int)own_len, own, cpus, memory,
		       attrs->run ? "\n" VM_LABEL_RUN "=" : "",
		       attrs->run ? attrs->run : "");
	if (len < 0 || len > NSFAB_LABELS_MAX)
		return vm_err(err, -E2BIG,
			      "labels and command are longer than %d bytes",
			      NSFAB_LABELS_MAX);
	if (*labels == '\n')
		memmove(labels, labels + 1, len);
	return 0;
}

void vm_labels_split(const char *labels, char *own, char *run,
		     struct vm_attrs *attrs)
{
	size_t len, value_len;
	const char *value;

	memset(attrs, 0, sizeof(*attrs));
	*own = '\0';
	*run = '\0';
	if (!labels)
		return;
	value = nsfab_label_get(labels, VM_LABEL_RUN, &value_len);
	if (value && value_len <= NSFAB_LABELS_MAX) {
		memcpy(run, value, value_len);
		run[value_len] = '\0';
		attrs->run = run;
	}
	value = nsfab_label_get(labels, VM_LABEL_CPUS, &value_len);
	if (value && value_len < NSFAB_VM_CPUS_STRLEN) {
		char text[NSFAB_VM_CPUS_STRLEN];

		memcpy(text, value, value_len);
		text[value_len] = '\0';
		if (nsfab_vm_cpus_parse(text, &attrs->cpus))
			attrs->cpus = 0;
	}
	value = nsfab_label_get(labels, VM_LABEL_MEMORY, NULL);
	if (value)
		attrs->memory = strtoull(value, NULL, 10);

	while (*labels) {
		len = strcspn(labels, "\n");
		if (len && !is_reserved(labels)) {
			if (*own)
				strcat(own, "\n");
			strncat(own, labels, len);
		}
		labels += len;
		if (*labels)
			labels++;
	}
}
