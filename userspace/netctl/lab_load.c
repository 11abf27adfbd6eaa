// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab_link.h"
#include "lab_load.h"
#include "lab_range.h"
#include "lab_schema.h"
#include "lab_values.h"

/* However ranges multiply, a file makes no more than this. */
#define OBJECTS_MAX 1000000

uint32_t lab_origin(struct lab_file *file, const struct lab_node *node)
{
	const struct lab_node **more;
	size_t room;

	if (file->origins == file->origin_room) {
		room = file->origin_room ? file->origin_room * 2 : 256;
		more = reallocarray(file->origin, room, sizeof(*more));
		if (!more)
			return 0;
		file->origin = more;
		file->origin_room = room;
	}
	file->origin[file->origins++] = node;
	return file->origins;
}

void lab_add(struct lab_file *file, const struct nsfab_state_obj *obj,
	     const struct lab_node *at)
{
	struct nsfab_err err = { 0 };

	if (nsfab_state_count(file->state) >= OBJECTS_MAX) {
		if (nsfab_state_count(file->state) == OBJECTS_MAX &&
		    !lab_diag_bad(&file->diag))
			lab_diag_add(&file->diag, at->line, at->column,
				     "the file makes more than %d objects",
				     OBJECTS_MAX);
		return;
	}
	if (nsfab_state_add(file->state, obj, &err))
		lab_diag_add(&file->diag, at->line, at->column, "%s", err.text);
}

/* Call @fn for each name that the key of @pair stands for. */
static void each_name(struct lab_file *file, const struct lab_pair *pair,
		      const char *tenant,
		      void (*fn)(struct lab_file *file, const char *tenant,
				 const char *name, const struct lab_pair *pair))
{
	struct lab_range range;
	char name[LAB_RANGE_LEN];
	const char *wrong;
	size_t i;

	wrong = lab_range_parse(&range, pair->key->text);
	if (wrong) {
		lab_diag_add(&file->diag, pair->key->line, pair->key->column,
			     "\"%s\": %s", pair->key->text, wrong);
		return;
	}
	for (i = 0; i < range.count && !file->diag.more; i++) {
		lab_range_name(&range, i, name, sizeof(name));
		fn(file, tenant, name, pair);
	}
}

static void each_entry(struct lab_file *file, const struct lab_node *map,
		       const char *tenant,
		       void (*fn)(struct lab_file *file, const char *tenant,
				  const char *name,
				  const struct lab_pair *pair))
{
	size_t i;

	for (i = 0; map && i < map->n; i++)
		each_name(file, &map->pair[i], tenant, fn);
}

/* Labels of the object and, where it has no such key, of the whole lab. */
static void load_labels(struct lab_file *file, const struct lab_node *node,
			char *buf, size_t size)
{
	const struct lab_node *own = lab_node_get(node, "labels");
	const struct lab_node *common;

	*buf = '\0';
	common = lab_node_get(lab_yaml_root(file->yaml), "labels");
	if (own)
		lab_put_labels(&file->diag, own, NULL, buf, size);
	if (common)
		lab_put_labels(&file->diag, common, own, buf, size);
}

static void load_host(struct lab_file *file, const char *tenant,
		      const char *name, const struct lab_pair *pair)
{
	const struct lab_node *underlay, *node;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_HOST,
		.origin = lab_origin(file, pair->key),
		.name = name,
		.as_host = { .encap = NSFAB_ENCAP_VXLAN, .mtu = 1500 },
	};

	(void)tenant;
	lab_get_addr(&file->diag, lab_node_get(pair->value, "local"),
		     &obj.as_host.local);
	underlay = lab_node_get(lab_yaml_root(file->yaml), "underlay");
	node = lab_node_get(underlay, "mtu");
	if (node)
		obj.as_host.mtu = node->number;
	node = lab_node_get(underlay, "encap");
	if (node && !strcmp(node->text, "geneve"))
		obj.as_host.encap = NSFAB_ENCAP_GENEVE;
	lab_add(file, &obj, pair->key);
}

static void load_network(struct lab_file *file, const char *tenant,
			 const char *name, const struct lab_pair *pair)
{
	char labels[NSFAB_LABELS_MAX + 1];
	struct nsfab_subnet *subnets = NULL;
	const struct lab_node *list, *node;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_NETWORK,
		.origin = lab_origin(file, pair->key),
		.tenant = tenant,
		.name = name,
		.labels = labels,
	};
	size_t i;

	obj.as_network.vni = lab_get_number(pair->value, "vni",
					    NSFAB_STATE_AUTO);
	obj.as_network.mtu = lab_get_number(pair->value, "mtu",
					    NSFAB_STATE_AUTO);
	node = lab_node_get(pair->value, "learning");
	obj.as_network.learning = node && lab_is_on(node);
	list = lab_node_get(pair->value, "subnets");
	if (list && list->n) {
		subnets = calloc(list->n, sizeof(*subnets));
		if (!subnets)
			return lab_diag_add(&file->diag, 0, 0, "out of memory");
		for (i = 0; i < list->n; i++)
			lab_get_subnet(&file->diag, list->item[i], &subnets[i]);
		obj.as_network.n_subnets = list->n;
		obj.as_network.subnet = subnets;
	}
	load_labels(file, pair->value, labels, sizeof(labels));
	lab_add(file, &obj, pair->key);
	free(subnets);
}

static void load_route_list(struct lab_file *file, const struct lab_node *list,
			    struct nsfab_state_routes *routes)
{
	unsigned int i;

	if (!list || !list->n)
		return;
	routes->route = calloc(list->n, sizeof(*routes->route));
	if (!routes->route)
		return lab_diag_add(&file->diag, 0, 0, "out of memory");
	for (i = 0; i < list->n; i++) {
		lab_get_route(&file->diag, list->item[i], &routes->route[i]);
		routes->route[i].origin = lab_origin(file, list->item[i]);
	}
	routes->n = list->n;
}

static void free_routes(struct nsfab_state_routes *routes)
{
	unsigned int i;

	for (i = 0; i < routes->n; i++)
		free(routes->route[i].hop);
	free(routes->route);
}

/* A router sends what others sent it, unless the file wants to see that fail. */
static void unguard(const struct lab_node *node, struct nsfab_state_nic *nic)
{
	if (!lab_node_get(node, "guard"))
		nic->unguarded = true;
}

static void load_vm(struct lab_file *file, const char *tenant,
		    const char *name, const struct lab_pair *pair)
{
	struct nsfab_state_nic nic[NSFAB_ADDRS_MAX] = { 0 };
	char labels[NSFAB_LABELS_MAX + 1];
	const struct lab_node *node, *router, *ipv6;
	const char *run[64];
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_VM,
		.origin = lab_origin(file, pair->key),
		.host = "",
		.tenant = tenant,
		.name = name,
		.labels = labels,
		.as_vm = { .nic = nic, .run = run },
	};
	unsigned int i;

	node = lab_node_get(pair->value, "nics");
	obj.as_vm.n_nics = node ? node->n : 1;
	router = lab_node_get(pair->value, "router");
	obj.as_vm.router = router && router->boolean;
	ipv6 = lab_node_get(pair->value, "ipv6");
	obj.as_vm.no_ipv6 = ipv6 && !ipv6->boolean;
	for (i = 0; i < obj.as_vm.n_nics; i++) {
		lab_get_nic(&file->diag, node ? node->item[i] : pair->value,
			    &nic[i]);
		if (obj.as_vm.router)
			unguard(node ? node->item[i] : pair->value, &nic[i]);
	}
	load_route_list(file, lab_node_get(pair->value, "routes"),
			&obj.as_vm.routes);
	node = lab_node_get(pair->value, "run");
	for (i = 0; node && i < node->n; i++)
		run[i] = node->item[i]->text;
	obj.as_vm.n_run = node ? node->n : 0;
	node = lab_node_get(pair->value, "host");
	if (node)
		obj.host = node->text;
	node = lab_node_get(pair->value, "stub");
	obj.as_vm.stub = node && node->boolean;
	node = lab_node_get(pair->value, "flavour");
	obj.as_vm.flavour = node ? node->text : NULL;
	node = lab_node_get(pair->value, "image");
	obj.as_vm.image = node ? node->text : NULL;
	node = lab_node_get(pair->value, "cpus");
	if (node)
		lab_get_cpus(&file->diag, node, &obj.as_vm.cpus);
	node = lab_node_get(pair->value, "memory");
	if (node)
		lab_get_size(&file->diag, node, &obj.as_vm.memory);
	load_labels(file, pair->value, labels, sizeof(labels));
	lab_add(file, &obj, pair->key);
	for (i = 0; i < obj.as_vm.n_nics; i++)
		lab_free_nic(&nic[i]);
	free_routes(&obj.as_vm.routes);
}

static void load_port(struct lab_file *file, const char *tenant,
		      const char *name, const struct lab_pair *pair)
{
	char labels[NSFAB_LABELS_MAX + 1];
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_PORT,
		.origin = lab_origin(file, pair->key),
		.tenant = tenant,
		.name = name,
		.labels = labels,
	};

	lab_get_nic(&file->diag, pair->value, &obj.as_port.nic);
	lab_get_addr(&file->diag, lab_node_get(pair->value, "remote"),
		     &obj.as_port.remote);
	load_labels(file, pair->value, labels, sizeof(labels));
	lab_add(file, &obj, pair->key);
	lab_free_nic(&obj.as_port.nic);
}

static void load_routes(struct lab_file *file, const char *tenant,
			const struct lab_node *list)
{
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_ROUTES,
		.origin = lab_origin(file, list),
		.tenant = tenant,
		.name = "",
	};

	load_route_list(file, list, &obj.as_routes);
	if (obj.as_routes.n)
		lab_add(file, &obj, list);
	free_routes(&obj.as_routes);
}

static void load_tenant(struct lab_file *file, const char *unused,
			const char *name, const struct lab_pair *pair)
{
	const struct lab_node *node, *limits;
	char labels[NSFAB_LABELS_MAX + 1];
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_TENANT,
		.origin = lab_origin(file, pair->key),
		.tenant = name,
		.name = name,
		.labels = labels,
		.as_tenant = { .accounting = NSFAB_ACCOUNTING_BASIC },
	};
	unsigned int i;

	(void)unused;
	node = lab_node_get(pair->value, "accounting");
	if (node)
		obj.as_tenant.accounting = !strcmp(node->text, "off") ?
			NSFAB_ACCOUNTING_OFF : !strcmp(node->text, "rich") ?
			NSFAB_ACCOUNTING_RICH : NSFAB_ACCOUNTING_BASIC;
	node = lab_node_get(pair->value, "switching");
	for (i = NSFAB_STATE_SWITCHING_DELAY; node && i; i--)
		if (!strcmp(node->text, nsfab_state_switching_name(i)))
			obj.as_tenant.switching = i;
	limits = lab_node_get(pair->value, "limits");
	for (i = 0; i < NSFAB_STATE_LIMITS; i++) {
		node = lab_node_get(limits, nsfab_state_limit_name(i));
		obj.as_tenant.limit[i] = node ? node->number : NSFAB_STATE_AUTO;
		obj.as_tenant.limit_origin[i] = node ? lab_origin(file, node) : 0;
	}
	load_labels(file, pair->value, labels, sizeof(labels));
	lab_add(file, &obj, pair->key);
	each_entry(file, lab_node_get(pair->value, "networks"), name,
		   load_network);
	each_entry(file, lab_node_get(pair->value, "vms"), name, load_vm);
	each_entry(file, lab_node_get(pair->value, "ports"), name, load_port);
	node = lab_node_get(pair->value, "routes");
	if (node)
		load_routes(file, name, node);
	lab_load_links(file, name, NULL, pair->value);
}

static int load_tree(struct lab_file *file)
{
	const struct lab_node *root = lab_yaml_root(file->yaml), *node;
	int err;

	err = lab_schema_check(root, &file->diag);
	if (err == -ENOMEM)
		lab_diag_add(&file->diag, 0, 0, "out of memory");
	if (err)
		return err;
	file->state = nsfab_state_new(lab_node_get(root, "lab")->text);
	if (!file->state) {
		lab_diag_add(&file->diag, 0, 0, "out of memory");
		return -ENOMEM;
	}
	node = lab_node_get(root, "seed");
	if (node)
		nsfab_state_set_seed(file->state, node->number);
	each_entry(file, lab_node_get(root, "hosts"), NULL, load_host);
	node = lab_node_get(root, "underlay");
	if (node && !lab_node_get(root, "hosts"))
		lab_diag_add(&file->diag, node->line, node->column,
			     "underlay: there are no hosts for it to join");
	else if (node)
		lab_load_links(file, NSFAB_STATE_UNDERLAY,
			       NSFAB_STATE_UNDERLAY_HOST, node);
	each_entry(file, lab_node_get(root, "tenants"), NULL, load_tenant);
	return lab_diag_bad(&file->diag) ? -EINVAL : 0;
}

int lab_file_load(struct lab_file *file, const char *path)
{
	memset(file, 0, sizeof(*file));
	lab_diag_init(&file->diag, strcmp(path, "-") ? path : "(standard input)");
	file->yaml = lab_yaml_load(path, &file->diag);
	return file->yaml ? load_tree(file) : -EINVAL;
}

int lab_file_parse(struct lab_file *file, const char *name, const void *data,
		   size_t size)
{
	memset(file, 0, sizeof(*file));
	lab_diag_init(&file->diag, name);
	file->yaml = lab_yaml_parse(data, size, &file->diag);
	return file->yaml ? load_tree(file) : -EINVAL;
}

static void complain(void *arg, uint32_t number, uint32_t other,
		     const char *text)
{
	const struct lab_node *node = NULL, *second = NULL;
	struct lab_file *file = arg;

	if (number && number <= file->origins)
		node = file->origin[number - 1];
	if (other && other <= file->origins)
		second = file->origin[other - 1];
	if (second && node != second)
		lab_diag_add(&file->diag, node ? node->line : 0,
			     node ? node->column : 0, "%s (see %u:%u)", text,
			     second->line, second->column);
	else
		lab_diag_add(&file->diag, node ? node->line : 0,
			     node ? node->column : 0, "%s", text);
}

int lab_file_resolve(struct lab_file *file, const struct nsfab_state *running)
{
	int err;

	err = nsfab_state_resolve(file->state, running, complain, file);
	if (err == -ENOMEM)
		lab_diag_add(&file->diag, 0, 0, "out of memory");
	return err;
}

void lab_file_free(struct lab_file *file)
{
	nsfab_state_free(file->state);
	lab_yaml_free(file->yaml);
	lab_diag_free(&file->diag);
	free(file->origin);
	memset(file, 0, sizeof(*file));
}
