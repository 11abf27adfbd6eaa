// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: the words that describe a port. */
#include <string.h>

#include "port_words.h"

static int parse_ip(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct port_words *w = data;

	w->port.present |= NSFAB_PORT_HAS_ADDRESSES;
	if (!strcmp(value, "none")) {
		w->port.n_addresses = 0;
		return 0;
	}
	if (w->port.n_addresses == NSFAB_ADDRS_MAX)
		return netctl_usage(ctx, "more than %d addresses",
				    NSFAB_ADDRS_MAX);
	if (nsfab_addr_parse(&w->addr[w->port.n_addresses], value))
		return netctl_bad_value(ctx, key, value, "an address or \"none\"");
	w->port.n_addresses++;
	return 0;
}

static int parse_allow(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data)
{
	struct nsfab_allowed a = { 0 };
	struct port_words *w = data;
	char prefix[NSFAB_PREFIX_STRLEN];
	const char *comma = strchr(value, ',');
	size_t len = comma ? (size_t)(comma - value) : strlen(value);

	w->port.present |= NSFAB_PORT_HAS_ALLOWED;
	if (!strcmp(value, "none")) {
		w->port.n_allowed = 0;
		return 0;
	}
	if (w->port.n_allowed == NSFAB_ADDRS_MAX)
		return netctl_usage(ctx, "more than %d allowed prefixes",
				    NSFAB_ADDRS_MAX);
	if (len >= sizeof(prefix))
		return netctl_bad_value(ctx, key, value, "PREFIX[,mac=MAC]");
	memcpy(prefix, value, len);
	prefix[len] = '\0';
	a.has_mac = comma;
	if (nsfab_prefix_parse(&a.prefix, prefix) ||
	    (comma && (strncmp(comma, ",mac=", 5) ||
		       nsfab_mac_parse(a.mac, comma + 5))))
		return netctl_bad_value(ctx, key, value, "PREFIX[,mac=MAC]");
	nsfab_prefix_mask(&a.prefix);
	w->allowed[w->port.n_allowed++] = a;
	return 0;
}

static int parse_unguarded(struct netctl_ctx *ctx, const struct netctl_key *key,
			   const char *value, void *data)
{
	struct port_words *w = data;

	if (strcmp(value, "on") && strcmp(value, "off"))
		return netctl_bad_value(ctx, key, value, "\"on\" or \"off\"");
	w->port.flags = strcmp(value, "on") ? 0 : NSFAB_PORT_FLAG_UNGUARDED;
	w->port.present |= NSFAB_PORT_HAS_FLAGS;
	return 0;
}

/* remote, patch, stub, parked, unbound: one of them at most */
static int parse_binding(struct netctl_ctx *ctx, const struct netctl_key *key,
			 const char *value, void *data)
{
	struct port_words *w = data;

	if (w->port.present & NSFAB_PORT_HAS_BINDING)
		return netctl_usage(ctx, "%s contradicts %s", key->name,
				    nsfab_binding_name(w->port.binding));
	w->port.binding = key->arg;
	w->port.present |= NSFAB_PORT_HAS_BINDING;
	if (key->arg == NSFAB_BINDING_PATCH) {
		w->peer = value;
		w->port.present |= NSFAB_PORT_HAS_PEER;
	}
	if (key->arg != NSFAB_BINDING_REMOTE)
		return 0;
	if (nsfab_addr_parse(&w->port.vtep, value))
		return netctl_bad_value(ctx, key, value, "a VTEP's address");
	w->port.present |= NSFAB_PORT_HAS_VTEP;
	return 0;
}

#define KEY(member, bit) \
	.arg = offsetof(struct port_words, port.member), \
	.has = NSFAB_PORT_HAS_##bit
#define COMMON \
	{ .name = "mac", .parse = netctl_key_mac, KEY(mac, MAC), \
	  .what = "MAC" }, \
	{ .name = "ip", .parse = parse_ip, .what = "ADDRESS" }, \
	{ .name = "allow", .parse = parse_allow, \
	  .what = "PREFIX[,mac=MAC]" }, \
	{ .name = "unguarded", .parse = parse_unguarded, \
	  .what = "\"on\" or \"off\"" }, \
	{ .name = "remote", .parse = parse_binding, .what = "VTEP", \
	  .arg = NSFAB_BINDING_REMOTE }, \
	{ .name = "patch", .parse = parse_binding, .arg = NSFAB_BINDING_PATCH, \
	  .what = "TENANT/PORT or TENANT/NETWORK" }, \
	{ .name = "stub", .parse = parse_binding, .flag = true, \
	  .arg = NSFAB_BINDING_STUB }, \
	{ .name = "parked", .parse = parse_binding, .flag = true, \
	  .arg = NSFAB_BINDING_PARKED }, \
	{ .name = "unbound", .parse = parse_binding, .flag = true, \
	  .arg = NSFAB_BINDING_NONE }, \
	{ .name = "revision", .parse = netctl_key_u64, \
	  KEY(revision, REVISION), .what = "NUMBER" }, \
	NETCTL_KEY_LABEL(struct port_words, labels)

static const struct netctl_key add_keys[] = {
	{ .name = "network", .parse = netctl_key_str, .what = "NETWORK",
	  .arg = offsetof(struct port_words, network) },
	{ .name = "id", .parse = netctl_key_u32, KEY(id, ID), .min = 1,
	  .max = NSFAB_PORT_ID_MAX, .what = "NUMBER" },
	COMMON,
	{ 0 }
};

static const struct netctl_key set_keys[] = {
	COMMON,
	NETCTL_KEY_NOLABEL(struct port_words, labels),
	{ 0 }
};

int port_words_parse(struct netctl_ctx *ctx, bool set, int argc, char **argv,
		     struct port_words *w)
{
	memset(w, 0, sizeof(*w));
	w->port.addresses = w->addr;
	w->port.allowed = w->allowed;
	return netctl_parse(ctx, set ? set_keys : add_keys, argc, argv, w);
}
