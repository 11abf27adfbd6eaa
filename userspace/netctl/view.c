// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: what several objects' listings print alike. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view.h"

void netctl_counters(struct netctl_print *p, const struct nsfab_counters *c,
		     bool brief)
{
	netctl_num(p, "in_packets", "in packets", c->in_packets);
	netctl_bytes(p, "in_bytes", "in bytes", c->in_bytes);
	netctl_num(p, "out_packets", "out packets", c->out_packets);
	netctl_bytes(p, "out_bytes", "out bytes", c->out_bytes);
#define HEAD(text) (brief ? NULL : (text))
	netctl_num(p, "tunnel_in_packets", HEAD("tunnel in packets"),
		   c->tunnel_in_packets);
	netctl_bytes(p, "tunnel_in_bytes", HEAD("tunnel in bytes"),
		     c->tunnel_in_bytes);
	netctl_num(p, "tunnel_out_packets", HEAD("tunnel out packets"),
		   c->tunnel_out_packets);
	netctl_bytes(p, "tunnel_out_bytes", HEAD("tunnel out bytes"),
		     c->tunnel_out_bytes);
	netctl_num(p, "local_packets", HEAD("local packets"),
		   c->local_packets);
	netctl_bytes(p, "local_bytes", HEAD("local bytes"), c->local_bytes);
#undef HEAD
	netctl_num(p, "drop_packets", "drops", c->drop_packets);
	netctl_bytes(p, "drop_bytes", brief ? NULL : "drop bytes",
		     c->drop_bytes);
}

void netctl_usages(struct netctl_print *p, const struct nsfab_usage *usage,
		   size_t n)
{
	char head[48], text[96];
	size_t i;

	netctl_array_open(p, "usage");
	for (i = 0; i < n; i++) {
		const char *table = nsfab_table_name(usage[i].table);

		netctl_array_next(p);
		netctl_str(p, "table", NULL, table);
		netctl_num(p, "count", NULL, usage[i].count);
		netctl_num(p, "max", NULL, usage[i].max);
		netctl_num(p, "refused", NULL, usage[i].refused);
		snprintf(head, sizeof(head), "%s entries", table);
		snprintf(text, sizeof(text), "%" PRIu32, usage[i].count);
		if (usage[i].max != UINT32_MAX)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 " of %" PRIu32, usage[i].max);
		if (usage[i].refused)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 ", %" PRIu64 " refused", usage[i].refused);
		netctl_str(p, NULL, head, text);
	}
	netctl_array_close(p);
}

void netctl_misses(struct netctl_print *p, const struct nsfab_miss *miss,
		   size_t n)
{
	char head[48], text[96], bytes[NETCTL_UNIT_STRLEN];
	size_t i;

	netctl_array_open(p, "misses");
	for (i = 0; i < n; i++) {
		const char *kind = nsfab_flow_miss_name(miss[i].kind);

		netctl_array_next(p);
		netctl_str(p, "kind", NULL, kind);
		netctl_num(p, "packets", NULL, miss[i].packets);
		netctl_num(p, "bytes", NULL, miss[i].bytes);
		if (!miss[i].packets)
			continue;
		snprintf(head, sizeof(head), "in no flow, %s", kind);
		snprintf(text, sizeof(text), "%" PRIu64 " packets, %s bytes",
			 miss[i].packets,
			 netctl_format_size(miss[i].bytes, bytes));
		netctl_str(p, NULL, head, text);
	}
	netctl_array_close(p);
}

uint32_t netctl_usage_count(const struct nsfab_usage *usage, size_t n,
			    unsigned int table)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (usage[i].table == table)
			return usage[i].count;
	return 0;
}

const char *netctl_path_end(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? slash + 1 : path;
}
