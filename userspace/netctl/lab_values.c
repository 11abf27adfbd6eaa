// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab_values.h"
#include "netctl.h"

#define CPUS_MIN 10	/* thousandths, the least that a control group takes */

static void wrong(struct lab_diag *diag, const struct lab_node *node,
		  const char *what)
{
	lab_diag_add(diag, node->line, node->column, "\"%s\" is not %s",
		     node->text, what);
}

void lab_get_addr(struct lab_diag *diag, const struct lab_node *node,
		  struct nsfab_addr *addr)
{
	if (nsfab_addr_parse(addr, node->text))
		wrong(diag, node, "an IP address");
}

void lab_get_prefix(struct lab_diag *diag, const struct lab_node *node,
		    struct nsfab_prefix *prefix)
{
	if (nsfab_prefix_parse(prefix, node->text))
		wrong(diag, node, "an IP prefix");
}

static void get_mac(struct lab_diag *diag, const struct lab_node *node,
		    uint8_t mac[NSFAB_MAC_LEN])
{
	if (nsfab_mac_parse(mac, node->text))
		wrong(diag, node, "a MAC");
}

/* The first address, where there is one to spare. */
static void default_gateway(struct nsfab_subnet *subnet)
{
	struct nsfab_addr *gateway = &subnet->gateway;

	if (!subnet->prefix.addr.len ||
	    subnet->prefix.len + 2 > subnet->prefix.addr.len * 8)
		return;
	*gateway = subnet->prefix.addr;
	gateway->byte[gateway->len - 1] |= 1;
}

void lab_get_subnet(struct lab_diag *diag, const struct lab_node *node,
		    struct nsfab_subnet *subnet)
{
	const struct lab_node *gateway = lab_node_get(node, "gateway");

	if (node->type == LAB_NODE_MAP)
		node = lab_node_get(node, "cidr");
	lab_get_prefix(diag, node, &subnet->prefix);
	if (!gateway)
		default_gateway(subnet);
	else if (strcmp(gateway->text, "none"))
		lab_get_addr(diag, gateway, &subnet->gateway);
}

void lab_get_cpus(struct lab_diag *diag, const struct lab_node *node,
		  uint32_t *cpus)
{
	*cpus = lround(node->number * 1000);
	if (*cpus < CPUS_MIN)
		lab_diag_add(diag, node->line, node->column,
			     "cpus %s is less than %g", node->text,
			     CPUS_MIN / 1000.0);
}

void lab_get_size(struct lab_diag *diag, const struct lab_node *node,
		  uint64_t *size)
{
	if (netctl_parse_size(node->text, size) || !*size)
		wrong(diag, node, "a size above 0 in bytes, or with k, m, g");
}

bool lab_is_on(const struct lab_node *node)
{
	return node->type == LAB_NODE_BOOL ? node->boolean :
	       !strcmp(node->text, "on");
}

uint32_t lab_get_number(const struct lab_node *node, const char *key,
			uint32_t otherwise)
{
	node = lab_node_get(node, key);
	return node ? (uint32_t)node->number : otherwise;
}

/* ADDRESS/LENGTH: what the NIC itself takes for its prefix */
static void get_own_prefix(struct lab_diag *diag, const struct lab_node *node,
			   struct nsfab_state_nic *nic, struct nsfab_addr *addr)
{
	struct nsfab_prefix prefix = { 0 };
	uint8_t *len;

	lab_get_prefix(diag, node, &prefix);
	*addr = prefix.addr;
	len = &nic->prefixlen[addr->len == 16];
	if (*len && *len != prefix.len)
		lab_diag_add(diag, node->line, node->column,
			     "%s: the NIC has a prefix of length %u already, and one of each IP version is what it can have",
			     node->text, *len);
	*len = prefix.len;
}

static void get_addrs(struct lab_diag *diag, const struct lab_node *node,
		      struct nsfab_state_nic *nic)
{
	bool list = node->type == LAB_NODE_LIST;
	size_t i, n = list ? node->n : 1;
	const struct lab_node *item;

	if (!list && !strcmp(node->text, "auto")) {
		nic->auto_addrs = true;
		return;
	}
	if (!n || (!list && !strcmp(node->text, "none")))
		return;
	nic->addr = calloc(n, sizeof(*nic->addr));
	if (!nic->addr)
		return lab_diag_add(diag, 0, 0, "out of memory");
	for (i = 0; i < n; i++) {
		item = list ? node->item[i] : node;
		if (strchr(item->text, '/'))
			get_own_prefix(diag, item, nic, &nic->addr[i]);
		else
			lab_get_addr(diag, item, &nic->addr[i]);
	}
	nic->n_addrs = n;
}

static void get_allowed(struct lab_diag *diag, const struct lab_node *list,
			struct nsfab_state_nic *nic)
{
	const struct lab_node *node, *mac;
	size_t i;

	if (!list->n)
		return;
	nic->allowed = calloc(list->n, sizeof(*nic->allowed));
	if (!nic->allowed)
		return lab_diag_add(diag, 0, 0, "out of memory");
	for (i = 0; i < list->n; i++) {
		node = list->item[i];
		mac = lab_node_get(node, "mac");
		if (node->type == LAB_NODE_MAP)
			node = lab_node_get(node, "ip");
		lab_get_prefix(diag, node, &nic->allowed[i].prefix);
		if (mac) {
			get_mac(diag, mac, nic->allowed[i].mac);
			nic->allowed[i].has_mac = true;
		}
	}
	nic->n_allowed = list->n;
}

void lab_get_nic(struct lab_diag *diag, const struct lab_node *node,
		 struct nsfab_state_nic *nic)
{
	const struct lab_node *part;

	nic->network = lab_node_get(node, "network")->text;
	part = lab_node_get(node, "ip");
	nic->auto_addrs = !part;
	if (part)
		get_addrs(diag, part, nic);
	part = lab_node_get(node, "mac");
	nic->auto_mac = !part;
	if (part)
		get_mac(diag, part, nic->mac);
	part = lab_node_get(node, "allowed");
	if (part)
		get_allowed(diag, part, nic);
	part = lab_node_get(node, "guard");
	nic->unguarded = part && !lab_is_on(part);
}

void lab_free_nic(struct nsfab_state_nic *nic)
{
	free(nic->addr);
	free(nic->allowed);
}

static void get_hop(struct lab_diag *diag, const struct lab_node *node,
		    struct nsfab_nexthop *hop)
{
	hop->weight = lab_get_number(node, "weight", 1);
	if (node->type == LAB_NODE_MAP)
		node = lab_node_get(node, "via");
	lab_get_addr(diag, node, &hop->via);
}

void lab_get_route(struct lab_diag *diag, const struct lab_node *node,
		   struct nsfab_state_route *route)
{
	const struct lab_node *type = lab_node_get(node, "type");
	const struct lab_node *via = lab_node_get(node, "via");
	size_t i, n;

	lab_get_prefix(diag, lab_node_get(node, "to"), &route->to);
	route->type = NSFAB_ROUTE_TYPE_UNICAST;
	if (type) {
		route->type = !strcmp(type->text, "blackhole") ?
			      NSFAB_ROUTE_TYPE_BLACKHOLE :
			      NSFAB_ROUTE_TYPE_UNREACHABLE;
		return;
	}
	n = via->type == LAB_NODE_LIST ? via->n : 1;
	route->hop = calloc(n, sizeof(*route->hop));
	if (!route->hop)
		return lab_diag_add(diag, 0, 0, "out of memory");
	for (i = 0; i < n; i++)
		get_hop(diag, via->type == LAB_NODE_LIST ? via->item[i] : via,
			&route->hop[i]);
	route->n_hops = n;
}

bool lab_label_is_own(const char *key)
{
	static const char *const own[] = {
		"lab", "seed", "schedule", "run", "cpus", "memory", "flavour",
		"image", "router", "ipv6", "prefix", "routes", "switching",
	};
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i], key))
			return true;
	return false;
}

void lab_put_labels(struct lab_diag *diag, const struct lab_node *map,
		    const struct lab_node *except, char *buf, size_t size)
{
	const struct lab_node *key, *value;
	size_t i, len = strlen(buf);

	for (i = 0; i < map->n; i++) {
		key = map->pair[i].key;
		value = map->pair[i].value;
		if (lab_node_get(except, key->text))
			continue;
		if (lab_label_is_own(key->text)) {
			lab_diag_add(diag, key->line, key->column,
				     "label \"%s\" is netctl's own", key->text);
			continue;
		}
		if (strpbrk(value->text, "\n\r")) {
			lab_diag_add(diag, value->line, value->column,
				     "a label's value is one line");
			continue;
		}
		if (len + strlen(key->text) + strlen(value->text) + 3 > size) {
			lab_diag_add(diag, key->line, key->column,
				     "labels are longer than %zu bytes in all",
				     size - 1);
			return;
		}
		len += sprintf(buf + len, "%s%s=%s", len ? "\n" : "",
			       key->text, value->text);
	}
}
