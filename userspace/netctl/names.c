// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: ids to names, read once. */
#include <errno.h>
#include <nsfab/link.h>
#include <nsfab/network.h>
#include <nsfab/port.h>
#include <nsfab/tenant.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* struct entry - the name of an id */
struct entry {
	uint32_t id;
	char *name;
};

/**
 * struct table - the names of a kind of object
 * @e: they, by id once sorted
 * @n: how many
 * @room: how many there is memory for
 */
struct table {
	struct entry *e;
	size_t n;
	size_t room;
};

/* struct owner - the port that has an address */
struct owner {
	uint32_t tenant;
	struct nsfab_addr addr;
	uint32_t port;
};

struct netctl_names {
	struct table tenants;
	struct table networks;
	struct table ports;
	bool want_owners;
	struct owner *owner;	/* by tenant and address */
	size_t n_owners;
	size_t owner_room;
	struct table links;
};

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct entry *)a)->id;
	uint32_t y = ((const struct entry *)b)->id;

	return x < y ? -1 : x > y;
}

static struct entry *find(const struct table *t, uint32_t id)
{
	struct entry key = { .id = id };

	return t->n ? bsearch(&key, t->e, t->n, sizeof(key), by_id) : NULL;
}

/* Takes over @name. */
static int append(struct table *t, uint32_t id, char *name)
{
	size_t room = t->room ? 2 * t->room : 64;
	struct entry *e;

	if (!name)
		return -ENOMEM;
	if (t->n == t->room) {
		e = realloc(t->e, room * sizeof(*e));
		if (!e) {
			free(name);
			return -ENOMEM;
		}
		t->e = e;
		t->room = room;
	}
	t->e[t->n++] = (struct entry){ .id = id, .name = name };
	return 0;
}

static void sort(struct table *t)
{
	if (t->n)
		qsort(t->e, t->n, sizeof(*t->e), by_id);
}

static int put(struct table *t, uint32_t id, char *name)
{
	struct entry *e = find(t, id);

	if (e && name) {
		free(e->name);
		e->name = name;
		return 0;
	}
	if (append(t, id, name))
		return -ENOMEM;
	if (t->n > 1 && t->e[t->n - 2].id > id)
		sort(t);
	return 0;
}

static const char *name_of(struct table *t, uint32_t id)
{
	struct entry *e = find(t, id);
	char *name;

	if (e)
		return e->name;
	if (asprintf(&name, "#%u", id) < 0 || put(t, id, name))
		return "?";
	return name;
}

static char *join(struct netctl_names *names, uint32_t tenant, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", netctl_tenant_name(names, tenant),
		     name) < 0)
		return NULL;
	return path;
}

int netctl_names_put_tenant(struct netctl_names *names,
			    const struct nsfab_tenant *t)
{
	return put(&names->tenants, t->id, strdup(t->name));
}

int netctl_names_put_network(struct netctl_names *names,
			     const struct nsfab_network *net)
{
	return put(&names->networks, net->id,
		   join(names, net->tenant, net->name));
}

int netctl_names_put_port(struct netctl_names *names,
			  const struct nsfab_port *port)
{
	return put(&names->ports, port->id,
		   join(names, port->tenant, port->name));
}

/* Bottlenecks alone have names. */
int netctl_names_put_link(struct netctl_names *names,
			  const struct nsfab_link *link)
{
	return put(&names->links, link->id,
		   join(names, link->tenant, link->name));
}

static int on_tenant(const struct nsfab_tenant *t, void *arg)
{
	struct netctl_names *names = arg;

	return append(&names->tenants, t->id, strdup(t->name));
}

static int on_network(const struct nsfab_network *net, void *arg)
{
	struct netctl_names *names = arg;

	return append(&names->networks, net->id,
		      join(names, net->tenant, net->name));
}

static int by_address(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->tenant != y->tenant)
		return x->tenant < y->tenant ? -1 : 1;
	return nsfab_addr_cmp(&x->addr, &y->addr);
}

static int add_owners(struct netctl_names *names, const struct nsfab_port *port)
{
	size_t room = 2 * (names->n_owners + port->n_addresses), i;
	struct owner *more;

	if (names->n_owners + port->n_addresses > names->owner_room) {
		more = reallocarray(names->owner, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		names->owner = more;
		names->owner_room = room;
	}
	for (i = 0; i < port->n_addresses; i++)
		names->owner[names->n_owners++] = (struct owner){
			.tenant = port->tenant,
			.addr = port->addresses[i],
			.port = port->id,
		};
	return 0;
}

static int on_port(const struct nsfab_port *port, void *arg)
{
	struct netctl_names *names = arg;

	if (names->want_owners && add_owners(names, port))
		return -ENOMEM;
	return append(&names->ports, port->id,
		      join(names, port->tenant, port->name));
}

static int on_link(const struct nsfab_link *link, void *arg)
{
	struct netctl_names *names = arg;

	if (!(link->present & NSFAB_LINK_HAS_NAME))
		return 0;
	return append(&names->links, link->id,
		      join(names, link->tenant, link->name));
}

static int load(struct netctl_names *names, struct nsfab *h,
		unsigned int ifindex, unsigned int what, struct nsfab_err *err)
{
	int ret;

	ret = nsfab_tenant_dump(h, ifindex, on_tenant, names, err);
	sort(&names->tenants);
	if (!ret && (what & NETCTL_NAMES_NETWORKS))
		ret = nsfab_network_dump(h, ifindex, NULL, on_network, names,
					 err);
	sort(&names->networks);
	if (!ret && (what & NETCTL_NAMES_PORTS))
		ret = nsfab_port_dump(h, ifindex, NULL, on_port, names, err);
	sort(&names->ports);
	if (names->n_owners)
		qsort(names->owner, names->n_owners, sizeof(*names->owner),
		      by_address);
	if (!ret && (what & NETCTL_NAMES_LINKS))
		ret = nsfab_link_dump(h, ifindex, NULL, false, on_link, names,
				      err);
	sort(&names->links);
	return ret;
}

struct netctl_names *netctl_names_load(struct netctl_ctx *ctx,
				       unsigned int what)
{
	struct netctl_names *names;
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (netctl_fabric(ctx, &h, &ifindex))
		return NULL;
	names = calloc(1, sizeof(*names));
	if (!names) {
		nsfab_err_set(&ctx->err, -ENOMEM, "names");
		return NULL;
	}
	names->want_owners = what & NETCTL_NAMES_ADDRESSES;
	ret = load(names, h, ifindex, what, &ctx->err);
	if (ret == -ENOMEM)
		nsfab_err_set(&ctx->err, ret, "names");
	if (ret) {
		netctl_names_free(names);
		return NULL;
	}
	return names;
}

const char *netctl_tenant_name(struct netctl_names *names, uint32_t id)
{
	return name_of(&names->tenants, id);
}

const char *netctl_network_name(struct netctl_names *names, uint32_t id)
{
	return name_of(&names->networks, id);
}

const char *netctl_port_name(struct netctl_names *names, uint32_t id)
{
	return name_of(&names->ports, id);
}

const char *netctl_link_name(struct netctl_names *names, uint32_t id)
{
	return name_of(&names->links, id);
}

bool netctl_port_known(const struct netctl_names *names, uint32_t id)
{
	const struct entry *e = find(&names->ports, id);

	return e && e->name[0] != '#';
}

bool netctl_port_by_address(const struct netctl_names *names, uint32_t tenant,
			    const struct nsfab_addr *addr, uint32_t *id)
{
	const struct owner key = { .tenant = tenant, .addr = *addr };
	const struct owner *end = names->owner + names->n_owners, *found;

	if (!names->n_owners)
		return false;
	found = bsearch(&key, names->owner, names->n_owners, sizeof(key),
			by_address);
	/* Two ports may have it, in networks that are not routed. */
	if (!found || (found > names->owner && !by_address(found - 1, &key)) ||
	    (found + 1 < end && !by_address(found + 1, &key)))
		return false;
	*id = found->port;
	return true;
}

static void empty(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->e[i].name);
	free(t->e);
}

void netctl_names_free(struct netctl_names *names)
{
	if (!names)
		return;
	empty(&names->tenants);
	empty(&names->networks);
	empty(&names->ports);
	free(names->owner);
	empty(&names->links);
	free(names);
}
