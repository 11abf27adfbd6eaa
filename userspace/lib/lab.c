// SPDX-License-Identifier: LGPL-2.1-or-later
/* Labs: which fabrics they are on, names to ids, the list of them. */
#include <errno.h>
#include <nsfab/netns.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_priv.h"
#include "nl.h"

/* The id of a tenant "acme", of a network "acme/web" or of a port "acme/lan". */
struct lab_id {
	const char *path;
	uint32_t id;
};

int nsfab_lab_open(struct nsfab_lab **lab, struct nsfab *h, const char *name,
		   const char *fabric, struct nsfab_err *err)
{
	struct nsfab_lab *new;

	if (!nsfab_name_valid(name))
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is no name of a lab", name);
	if (fabric && strlen(fabric) >= IF_NAMESIZE)
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is no name of a device", fabric);
	new = calloc(1, sizeof(*new));
	if (!new)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	strcpy(new->name, name);
	strcpy(new->fabric, fabric ? fabric : "");
	new->h = h;
	*lab = new;
	return 0;
}

static void place_free(struct lab_place *place)
{
	lab_forget_ids(place);
	if (*place->host && strcmp(place->host, NSFAB_STATE_UNDERLAY_HOST))
		nsfab_close(place->h);
	free(place);
}

void nsfab_lab_close(struct nsfab_lab *lab)
{
	struct lab_place *place;

	if (!lab)
		return;
	while ((place = lab->places)) {
		lab->places = place->next;
		place_free(place);
	}
	free(lab);
}

void lab_underlay_name(const char *lab, char name[IF_NAMESIZE])
{
	uint64_t hash;

	if (snprintf(name, IF_NAMESIZE, "u-%s", lab) < IF_NAMESIZE)
		return;
	hash = state_hash(STATE_HASH_INIT, lab);
	snprintf(name, IF_NAMESIZE, "u-%.8s%05x", lab,
		 (unsigned int)((hash ^ hash >> 32) & 0xfffff));
}

bool nsfab_lab_is_underlay(const char *fabric)
{
	return !strncmp(fabric, "u-", 2);
}

void lab_host_netns(const char *lab, const char *host, char *name, size_t size)
{
	snprintf(name, size, "%s.%s", lab, host);
}

struct find {
	struct nsfab *h;
	unsigned int ifindex;
	unsigned int n;
};

/* Underlays are no fabric for VMs, whoever's they are. */
static int on_fabric(const struct nsfab_fabric *fabric, void *arg)
{
	struct find *find = arg;

	if (nsfab_lab_is_underlay(fabric->name))
		return 0;
	if (!find->n++ || !strcmp(fabric->name, NSFAB_FABRIC_DEFAULT))
		find->ifindex = fabric->ifindex;
	if (!strcmp(fabric->name, NSFAB_FABRIC_DEFAULT))
		find->n = 1;
	return 0;
}

/* The fabric without hosts. 0: found, -ENODEV: none. */
static int find_fabric(struct nsfab_lab *lab, unsigned int *ifindex,
		       struct nsfab_err *err)
{
	struct find find = { .h = lab->h };
	int ret;

	if (*lab->fabric)
		return nsfab_fabric_find(lab->h, lab->fabric, ifindex, err);
	ret = nsfab_fabric_dump(lab->h, on_fabric, &find, err);
	if (ret)
		return ret;
	if (!find.n)
		return nsfab_err_set(err, -ENODEV, "there is no fabric");
	*ifindex = find.ifindex;
	return 0;
}

static struct lab_place *known_place(struct nsfab_lab *lab, const char *host)
{
	struct lab_place *place;

	for (place = lab->places; place; place = place->next)
		if (!strcmp(place->host, host))
			return place;
	return NULL;
}

static int open_host(struct nsfab_lab *lab, struct lab_place *place,
		     struct nsfab_err *err)
{
	char name[NSFAB_NETNS_NAME_MAX + 1];
	int fd, ret;

	lab_host_netns(lab->name, place->host, name, sizeof(name));
	fd = nsfab_netns_open(name, err);
	if (fd < 0)
		return fd == -ENOENT ?
		       nsfab_err_set(err, -ENODEV, "there is no namespace %s",
				     name) : fd;
	ret = nsfab_open_fd(&place->h, fd, err);
	close(fd);
	if (ret)
		return ret;
	ret = nsfab_fabric_find(place->h, NSFAB_FABRIC_DEFAULT,
				&place->ifindex, err);
	if (ret)
		nsfab_close(place->h);
	return ret;
}

static int open_underlay(struct nsfab_lab *lab, struct lab_place *place,
			 struct nsfab_err *err)
{
	char name[IF_NAMESIZE];

	lab_underlay_name(lab->name, name);
	place->h = lab->h;
	return nsfab_fabric_find(lab->h, name, &place->ifindex, err);
}

struct lab_place *lab_place(struct nsfab_lab *lab, const char *host,
			    struct nsfab_err *err)
{
	struct lab_place *place = known_place(lab, host);
	int ret;

	if (place)
		return place;
	place = calloc(1, sizeof(*place));
	if (!place) {
		nsfab_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	snprintf(place->host, sizeof(place->host), "%s", host);
	if (!strcmp(host, NSFAB_STATE_UNDERLAY_HOST)) {
		ret = open_underlay(lab, place, err);
	} else if (*host) {
		ret = open_host(lab, place, err);
	} else {
		place->h = lab->h;
		ret = find_fabric(lab, &place->ifindex, err);
	}
	if (ret) {
		free(place);
		return NULL;
	}
	place->next = lab->places;
	lab->places = place;
	return place;
}

struct lab_place *lab_place_make(struct nsfab_lab *lab, const char *host,
				 struct nsfab_err *err)
{
	struct nsfab_fabric fabric = { 0 };
	char alias[NSFAB_NAME_MAX + 8];
	struct nsfab_err none = { 0 };
	struct lab_place *place;
	unsigned int ifindex;

	place = lab_place(lab, host, &none);
	if (place || *host || none.code != -ENODEV) {
		if (!place && err)
			*err = none;
		return place;
	}
	snprintf(fabric.name, sizeof(fabric.name), "%s",
		 *lab->fabric ? lab->fabric : NSFAB_FABRIC_DEFAULT);
	if (nsfab_fabric_new(lab->h, &fabric, &ifindex, err))
		return NULL;
	snprintf(alias, sizeof(alias), NSFAB_LAB_ALIAS "%s", lab->name);
	if (lab_alias_set(lab->h, ifindex, alias, err)) {
		nsfab_fabric_del(lab->h, ifindex, NULL);
		return NULL;
	}
	return lab_place(lab, host, err);
}

void lab_place_forget(struct nsfab_lab *lab, const char *host)
{
	struct lab_place **link, *place;

	for (link = &lab->places; (place = *link); link = &place->next)
		if (!strcmp(place->host, host)) {
			*link = place->next;
			place_free(place);
			return;
		}
}

static int on_any_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	(void)tenant;
	*(bool *)arg = true;
	return 0;
}

int lab_place_leave(struct nsfab_lab *lab, struct nsfab_err *err)
{
	struct lab_place *place = known_place(lab, "");
	bool used = false;
	char alias[256];
	int ret;

	if (!place)
		return 0;
	ret = nsfab_tenant_dump(place->h, place->ifindex, on_any_tenant, &used,
				err);
	if (!ret)
		ret = lab_alias_get(place->h, place->ifindex, alias,
				    sizeof(alias), err);
	if (ret || used ||
	    strncmp(alias, NSFAB_LAB_ALIAS, strlen(NSFAB_LAB_ALIAS)))
		return ret;
	ret = nsfab_fabric_del(place->h, place->ifindex, err);
	if (!ret)
		lab_place_forget(lab, "");
	return ret;
}

int nsfab_lab_place(struct nsfab_lab *lab, const char *host, struct nsfab **h,
		    unsigned int *ifindex, struct nsfab_err *err)
{
	struct nsfab_err why = { 0 };
	struct lab_place *place = lab_place(lab, host, &why);

	if (!place) {
		if (err)
			*err = why;
		return why.code;
	}
	*h = place->h;
	*ifindex = place->ifindex;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct lab_id *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void lab_forget_ids(struct lab_place *place)
{
	tdestroy(place->ids, free);
	place->ids = NULL;
	lab_forget_ports(place);
}

void lab_forget_ports(struct lab_place *place)
{
	tdestroy(place->ports, free);
	place->ports = NULL;
}

#define PATH_SIZE (NSFAB_NAME_MAX + NSFAB_PORT_NAME_MAX + 3)

static struct lab_id *new_id(const char *path)
{
	size_t size = strlen(path) + 1;
	struct lab_id *id = malloc(sizeof(*id) + size);

	if (id)
		id->path = memcpy(id + 1, path, size);
	return id;
}

/* What cannot be kept is looked up again. */
static void keep_id(void **ids, const char *path, uint32_t number)
{
	struct lab_id *id = new_id(path), **found;

	found = id ? tsearch(id, ids, compare_ids) : NULL;
	if (found)
		(*found)->id = number;
	if (!found || *found != id)
		free(id);
}

static uint32_t kept_id(void *const *ids, const char *path)
{
	const struct lab_id key = { .path = path };
	struct lab_id **found;

	found = tfind(&key, ids, compare_ids);
	return found ? (*found)->id : 0;
}

static void drop_id(void **ids, const char *path)
{
	const struct lab_id key = { .path = path };
	struct lab_id **found, *id;

	found = tfind(&key, ids, compare_ids);
	if (!found)
		return;
	id = *found;
	tdelete(&key, ids, compare_ids);
	free(id);
}

uint32_t lab_tenant_id(struct lab_place *place, const char *tenant,
		       struct nsfab_err *err)
{
	uint32_t id = kept_id(&place->ids, tenant);

	if (id)
		return id;
	if (nsfab_tenant_find(place->h, place->ifindex, tenant, &id, err))
		return 0;
	keep_id(&place->ids, tenant, id);
	return id;
}

static int take_network(const struct nsfab_network *network, void *arg)
{
	*(uint32_t *)arg = network->id;
	return 0;
}

uint32_t lab_network_id(struct lab_place *place, const char *tenant,
			const char *network, struct nsfab_err *err)
{
	char path[PATH_SIZE];
	uint32_t id, of;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", tenant, network);
	id = kept_id(&place->ids, path);
	if (id)
		return id;
	of = lab_tenant_id(place, tenant, err);
	if (!of)
		return 0;
	ret = nsfab_network_get(place->h, place->ifindex, 0, of, network,
				take_network, &id, err);
	if (ret) {
		nsfab_err_prefix(err, "network %s", path);
		return 0;
	}
	keep_id(&place->ids, path, id);
	return id;
}

void lab_drop_network_id(struct lab_place *place, const char *tenant,
			 const char *network)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", tenant, network);
	drop_id(&place->ids, path);
}

void lab_keep_network_id(struct lab_place *place, const char *tenant,
			 const char *network, uint32_t id)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", tenant, network);
	keep_id(&place->ids, path, id);
}

static int take_port(const struct nsfab_port *port, void *arg)
{
	*(uint32_t *)arg = port->id;
	return 0;
}

uint32_t lab_port_id(struct lab_place *place, const char *tenant,
		     const char *port, struct nsfab_err *err)
{
	char path[PATH_SIZE];
	uint32_t id, of;

	snprintf(path, sizeof(path), "%s/%s", tenant, port);
	id = kept_id(&place->ports, path);
	if (id)
		return id;
	of = lab_tenant_id(place, tenant, err);
	if (!of)
		return 0;
	if (nsfab_port_get(place->h, place->ifindex, 0, of, port, take_port,
			   &id, err)) {
		nsfab_err_prefix(err, "port %s", port);
		return 0;
	}
	keep_id(&place->ports, path, id);
	return id;
}

void lab_keep_port_id(struct lab_place *place, const char *tenant,
		      const char *port, uint32_t id)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", tenant, port);
	keep_id(&place->ports, path, id);
}

int lab_fill_port_key(struct lab_place *place, const char *tenant,
		      const char *name, struct nsfab_port *port,
		      struct nsfab_err *err)
{
	port->present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NAME;
	port->tenant = lab_tenant_id(place, tenant, err);
	port->name = name;
	return port->tenant ? 0 : -ENOENT;
}

int lab_delete_ports(struct lab_place *place, const struct nsfab_port *port,
		     size_t n, struct nsfab_err *err)
{
	size_t i;
	int ret;

	lab_forget_ports(place);
	ret = nsfab_genl_write(place->h, &nsfab_kind_port, NSFAB_CMD_PORT_DEL,
			       0, place->ifindex, port, n, NULL, err);
	for (i = 0; i < n && ret == -ENOENT; i++) {
		ret = nsfab_genl_write(place->h, &nsfab_kind_port,
				       NSFAB_CMD_PORT_DEL, 0, place->ifindex,
				       &port[i], 1, NULL, err);
		ret = ret && ret != -ENOENT ? ret : -ENOENT;
	}
	return ret == -ENOENT ? 0 : ret;
}

const char *lab_labels(const struct nsfab_lab *lab,
		       const struct nsfab_state_obj *obj,
		       char buf[LAB_LABELS_SIZE])
{
	const struct nsfab_state_vm *vm = &obj->as_vm;
	int len;

	len = snprintf(buf, LAB_LABELS_SIZE, NSFAB_STATE_LABEL "=%s",
		       lab->name);
	if (obj->kind == NSFAB_STATE_VM && vm->flavour)
		len += snprintf(buf + len, LAB_LABELS_SIZE - len,
				"\nflavour=%s", vm->flavour);
	if (obj->kind == NSFAB_STATE_VM && vm->image && len < LAB_LABELS_SIZE)
		len += snprintf(buf + len, LAB_LABELS_SIZE - len,
				"\nimage=%s", vm->image);
	if (*obj->labels && len < LAB_LABELS_SIZE)
		snprintf(buf + len, LAB_LABELS_SIZE - len, "\n%s",
			 obj->labels);
	return buf;
}
