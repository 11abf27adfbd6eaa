// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl flow: which flows are meant. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_words.h"
#include "words.h"

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = {
	{ "icmp", IPPROTO_ICMP },
	{ "igmp", IPPROTO_IGMP },
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP },
	{ "icmp6", IPPROTO_ICMPV6 },
	{ "sctp", IPPROTO_SCTP },
};

#define N_PROTOS (sizeof(protos) / sizeof(protos[0]))

const char *flow_proto_name(unsigned int proto, char *buf)
{
	size_t i;

	for (i = 0; i < N_PROTOS; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buf, 8, "%u", proto & 0xff);
	return buf;
}

static int parse_proto(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data)
{
	struct flow_words *w = data;
	uint64_t number;
	size_t i;

	w->filter.present |= NSFAB_FILTER_HAS_PROTO;
	for (i = 0; i < N_PROTOS; i++) {
		if (strcmp(value, protos[i].name))
			continue;
		w->filter.proto = protos[i].proto;
		return 0;
	}
	if (netctl_parse_u64(value, 0, UINT8_MAX, &number))
		return netctl_bad_value(ctx, key, value,
					"tcp, udp, icmp, icmp6 or a number from 0 to 255");
	w->filter.proto = number;
	return 0;
}

static int parse_min(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data)
{
	struct flow_words *w = data;

	w->filter.present |= NSFAB_FILTER_HAS_MIN_BYTES;
	if (netctl_parse_size(value, &w->filter.min_bytes))
		return netctl_bad_value(ctx, key, value, "a size (64k)");
	return 0;
}

static int parse_addr(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct flow_words *w = data;

	w->filter.present |= NSFAB_FILTER_HAS_PREFIX;
	if (nsfab_prefix_parse(&w->filter.prefix, value))
		return netctl_bad_value(ctx, key, value, "an address or a prefix");
	return 0;
}

static int parse_port(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data)
{
	struct flow_words *w = data;
	uint64_t number;

	w->filter.present |= NSFAB_FILTER_HAS_L4_PORT;
	if (netctl_parse_u64(value, 0, UINT16_MAX, &number))
		return netctl_bad_value(ctx, key, value,
					"a number from 0 to 65535");
	w->filter.l4_port = number;
	return 0;
}

static int parse_by(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct flow_words *w = data;

	if (!netctl_match(value, "bytes") && !netctl_match(value, "packets"))
		return netctl_bad_value(ctx, key, value, "bytes or packets");
	w->by_packets = netctl_match(value, "packets");
	return 0;
}

static int parse_format(struct netctl_ctx *ctx, const struct netctl_key *key,
			const char *value, void *data)
{
	struct flow_words *w = data;

	if (strcmp(value, "json") && strcmp(value, "csv"))
		return netctl_bad_value(ctx, key, value, "json or csv");
	w->csv = !strcmp(value, "csv");
	return 0;
}

#define MEMBER(member) offsetof(struct flow_words, member)

static const struct netctl_key common_keys[] = {
	{ .name = "tenant", .parse = netctl_key_str, .arg = MEMBER(tenant),
	  .what = "TENANT" },
	{ .name = "vm", .parse = netctl_key_str, .arg = MEMBER(vm),
	  .what = "TENANT/VM" },
	{ .name = "proto", .parse = parse_proto, .what = "PROTOCOL" },
	{ .name = "addr", .parse = parse_addr, .what = "PREFIX" },
	{ .name = "port", .parse = parse_port, .what = "NUMBER" },
	{ .name = "min-bytes", .parse = parse_min, .what = "SIZE" },
};

#define N_COMMON (sizeof(common_keys) / sizeof(common_keys[0]))

static const struct netctl_key reset_key = {
	.name = "reset", .parse = netctl_key_true, .flag = true,
	.arg = MEMBER(reset),
};

static const struct netctl_key top_keys[] = {
	{ .name = "count", .alias = "-n", .parse = netctl_key_u32,
	  .arg = MEMBER(n), .min = 1, .max = 1000000, .what = "NUMBER" },
	{ .name = "by", .parse = parse_by, .what = "bytes or packets" },
};

static const struct netctl_key export_keys[] = {
	{ .name = "format", .parse = parse_format, .what = "json or csv" },
	{ .name = "output", .alias = "-o", .parse = netctl_key_str,
	  .arg = MEMBER(output), .what = "FILE" },
};

struct found {
	const char *name;	/* of a VM, or of a port */
	size_t len;
	uint32_t *ports;
	size_t n;
	size_t room;
};

static int on_port(const struct nsfab_port *port, void *arg)
{
	struct found *f = arg;
	size_t room = f->room ? 2 * f->room : 8;
	uint32_t *ports;

	if (strncmp(port->name, f->name, f->len) ||
	    (port->name[f->len] && port->name[f->len] != '/'))
		return 0;
	if (f->n == f->room) {
		ports = realloc(f->ports, room * sizeof(*ports));
		if (!ports)
			return -ENOMEM;
		f->ports = ports;
		f->room = room;
	}
	f->ports[f->n++] = port->id;
	return 0;
}

int flow_words_vm(struct netctl_ctx *ctx, const char *path, uint32_t *tenant,
		  uint32_t **ports, size_t *n)
{
	struct nsfab_filter filter = { .present = NSFAB_FILTER_HAS_TENANT };
	char name[NSFAB_NAME_MAX + 1];
	struct found found = { 0 };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (nsfab_path_split(path, name, &found.name, &ctx->err) ||
	    netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_tenant_find(h, ifindex, name, &filter.tenant, &ctx->err))
		return netctl_fail(ctx);
	found.len = strlen(found.name);
	ret = nsfab_port_dump(h, ifindex, &filter, on_port, &found, &ctx->err);
	if (ret == -ENOMEM)
		nsfab_err_set(&ctx->err, ret, "ports");
	if (!ret && !found.n)
		ret = nsfab_err_set(&ctx->err, -ENOENT, "VM %s", path);
	if (ret) {
		free(found.ports);
		return netctl_fail(ctx);
	}
	*tenant = filter.tenant;
	*ports = found.ports;
	*n = found.n;
	return 0;
}

static int look_up(struct netctl_ctx *ctx, struct flow_words *w)
{
	struct nsfab_filter *filter = &w->filter;
	unsigned int ifindex;
	struct nsfab *h;
	uint32_t tenant;
	int ret;

	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (w->tenant) {
		if (nsfab_tenant_find(h, ifindex, w->tenant, &filter->tenant,
				      &ctx->err))
			return netctl_fail(ctx);
		filter->present |= NSFAB_FILTER_HAS_TENANT;
	}
	if (!w->vm)
		return 0;
	ret = flow_words_vm(ctx, w->vm, &tenant, &w->ports, &filter->n_ports);
	if (ret)
		return ret;
	if (w->tenant && tenant != filter->tenant)
		return netctl_usage(ctx, "VM %s is not of tenant %s", w->vm,
				    w->tenant);
	filter->tenant = tenant;
	filter->present |= NSFAB_FILTER_HAS_TENANT;
	filter->ports = w->ports;
	return 0;
}

int flow_words_parse(struct netctl_ctx *ctx, unsigned int what, int argc,
		     char **argv, struct flow_words *w)
{
	struct netctl_key keys[N_COMMON + 6] = { 0 };
	size_t n = N_COMMON;
	int ret;

	memcpy(keys, common_keys, sizeof(common_keys));
	if (!(what & FLOW_WORDS_NO_RESET))
		keys[n++] = reset_key;
	if (what & FLOW_WORDS_TOP) {
		memcpy(&keys[n], top_keys, sizeof(top_keys));
		n += 2;
	}
	if (what & FLOW_WORDS_EXPORT)
		memcpy(&keys[n], export_keys, sizeof(export_keys));
	memset(w, 0, sizeof(*w));
	w->n = 10;
	ret = netctl_parse(ctx, keys, argc, argv, w);
	return ret ? ret : look_up(ctx, w);
}

void flow_words_free(struct flow_words *w)
{
	free(w->ports);
}
