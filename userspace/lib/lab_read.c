// SPDX-License-Identifier: LGPL-2.1-or-later
/* Read what runs. */
#include <dirent.h>
#include <errno.h>
#include <nsfab/netns.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_read.h"
#include "state_switch.h"

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static int add_named(struct lab_named_list *list, uint32_t id, const char *name,
		     bool ours)
{
	struct lab_named *more;
	size_t room;

	if (list->n == list->room) {
		room = list->room ? list->room * 2 : 64;
		more = reallocarray(list->entry, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		list->entry = more;
		list->room = room;
	}
	list->entry[list->n].id = id;
	list->entry[list->n].name = name;
	list->entry[list->n].tables = false;
	list->entry[list->n++].ours = ours;
	return 0;
}

static int compare_named(const void *a, const void *b)
{
	const struct lab_named *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct lab_named *named(const struct lab_named_list *list, uint32_t id)
{
	const struct lab_named key = { .id = id };

	return list->n ? bsearch(&key, list->entry, list->n,
				 sizeof(key), compare_named) : NULL;
}

const char *lab_reader_port(const struct lab_reader *reader, uint32_t id)
{
	const struct lab_named *port = named(&reader->ports, id);

	return port ? port->name : "?";
}

const struct lab_named *lab_reader_network(const struct lab_reader *reader,
					   uint32_t id)
{
	return named(&reader->networks, id);
}

static bool is_of(const char *labels, const char *lab)
{
	const char *value;
	size_t len;

	value = nsfab_label_get(labels, NSFAB_STATE_LABEL, &len);
	return value && len == strlen(lab) && !strncmp(value, lab, len);
}

static uint8_t switching_of(const char *labels)
{
	const char *value, *name;
	uint8_t switching;
	size_t len;

	value = nsfab_label_get(labels, STATE_SWITCHING_LABEL, &len);
	for (switching = NSFAB_STATE_SWITCHING_DELAY; value && switching;
	     switching--) {
		name = nsfab_state_switching_name(switching);
		if (strlen(name) == len && !strncmp(name, value, len))
			return switching;
	}
	return NSFAB_STATE_SWITCHING_LEARN;
}

static int on_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	struct lab_reader *reader = arg;
	struct nsfab_state *state = reader->state;
	bool ours = is_of(tenant->labels, reader->lab->name);
	const char *name = state_arena_strdup(&state->arena, tenant->name);
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_TENANT,
		.copy = reader->copy,
		.host = reader->host,
		.tenant = name,
		.name = name,
		.labels = tenant->labels,
		.as_tenant = {
			.accounting = tenant->accounting,
			.limit = {
				tenant->max_networks, tenant->max_ports,
				tenant->max_fdb, tenant->max_neigh,
				tenant->max_routes, tenant->max_flows,
				tenant->flow_timeout, tenant->fdb_timeout,
				tenant->max_links, tenant->max_held,
			},
		},
	};
	char lab[NSFAB_NAME_MAX + 1] = "";
	const char *value;
	size_t len;

	if (!name || add_named(&reader->tenants, tenant->id, name, ours))
		return no_memory(reader->err);
	if (!ours) {
		value = nsfab_label_get(tenant->labels, NSFAB_STATE_LABEL, &len);
		if (value)
			snprintf(lab, sizeof(lab), "%.*s", (int)len, value);
		return state_add_foreign(state, reader->host, name, lab, 0) ?
		       no_memory(reader->err) : 0;
	}
	value = nsfab_label_get(tenant->labels, "seed", &len);
	if (value)
		nsfab_state_set_seed(state, strtoull(value, NULL, 10));
	value = nsfab_label_get(tenant->labels, STATE_SCHEDULE_LABEL, &len);
	if (value)
		reader->schedule = strtoull(value, NULL, 16);
	obj.as_tenant.switching = switching_of(tenant->labels);
	reader->tenants.entry[reader->tenants.n - 1].tables =
		obj.as_tenant.switching != NSFAB_STATE_SWITCHING_LEARN;
	return nsfab_state_add(state, &obj, reader->err);
}

static int on_network(const struct nsfab_network *network, void *arg)
{
	struct lab_reader *reader = arg;
	struct nsfab_state *state = reader->state;
	const struct lab_named *tenant = named(&reader->tenants, network->tenant);
	bool ours = tenant && tenant->ours &&
		    is_of(network->labels, reader->lab->name);
	const char *name = state_arena_strdup(&state->arena, network->name);
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_NETWORK,
		.copy = reader->copy,
		.host = reader->host,
		.tenant = tenant ? tenant->name : "",
		.name = name,
		.labels = network->labels,
		.as_network = {
			.vni = network->vni,
			.mtu = network->mtu,
			.learning = network->flags &
				    NSFAB_NETWORK_FLAG_LEARNING,
			.n_subnets = network->n_subnets,
			.subnet = (struct nsfab_subnet *)network->subnets,
		},
	};

	if (!name || add_named(&reader->networks, network->id, name, ours))
		return no_memory(reader->err);
	if (!ours)
		return state_add_foreign(state, reader->host, "", "",
					 network->vni) ?
		       no_memory(reader->err) : 0;
	return nsfab_state_add(state, &obj, reader->err);
}

static void fill_nic(const struct lab_reader *reader, struct nsfab_state_nic *nic,
		     const struct nsfab_port *port)
{
	const struct lab_named *network = named(&reader->networks, port->network);

	nic->network = network ? network->name : "";
	nic->unguarded = port->flags & NSFAB_PORT_FLAG_UNGUARDED;
	memcpy(nic->mac, port->mac, sizeof(nic->mac));
	nic->n_addrs = port->n_addresses;
	nic->addr = (struct nsfab_addr *)port->addresses;
	nic->n_allowed = port->n_allowed;
	nic->allowed = (struct nsfab_allowed *)port->allowed;
}

static int note_port(struct lab_reader *reader, const struct nsfab_port *port,
		     const struct lab_named *tenant)
{
	const struct lab_named *network = named(&reader->networks,
						port->network);
	const char *name = state_arena_strdup(&reader->state->arena,
					      port->name);

	if (!name || add_named(&reader->ports, port->id, name, true))
		return no_memory(reader->err);
	if (port->binding == NSFAB_BINDING_PATCH && network &&
	    is_of(port->labels, reader->lab->name))
		return lab_read_patch(reader, port, tenant->name,
				      network->name);
	return 0;
}

/* Patches and ports behind a VTEP; all others are a VM's or not a lab's. */
static int on_port(const struct nsfab_port *port, void *arg)
{
	struct lab_reader *reader = arg;
	const struct lab_named *tenant = named(&reader->tenants, port->tenant);
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_PORT,
		.copy = reader->copy ||
			(reader->hosts && strchr(port->name, '/')),
		.host = reader->host,
		.name = port->name,
		.labels = port->labels,
		.as_port = { .remote = port->vtep },
	};
	int ret = 0;

	if (tenant && tenant->ours)
		ret = note_port(reader, port, tenant);
	if (ret)
		return ret;
	if (port->binding != NSFAB_BINDING_REMOTE || !tenant || !tenant->ours ||
	    !is_of(port->labels, reader->lab->name))
		return 0;
	obj.tenant = tenant->name;
	fill_nic(reader, &obj.as_port.nic, port);
	return nsfab_state_add(reader->state, &obj, reader->err);
}

/* Take a label of netctl's own out of @labels, and give its value. */
static char *take_label(char *labels, const char *key, char *value, size_t size)
{
	const char *found;
	char *line;
	size_t len;

	found = nsfab_label_get(labels, key, &len);
	if (!found)
		return NULL;
	snprintf(value, size, "%.*s", (int)len, found);
	line = labels + (found - labels) - strlen(key) - 1;
	found += len + (found[len] == '\n');
	memmove(line, found, strlen(found) + 1);
	return value;
}

static int on_vm(const struct nsfab_vm *vm, void *arg)
{
	struct lab_reader *reader = arg;
	char labels[NSFAB_LABELS_MAX + 1], flavour[256], image[256];
	const struct lab_named *tenant = named(&reader->tenants, vm->tenant_id);
	struct nsfab_state_nic nic[NSFAB_VM_NICS_MAX] = { 0 };
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_VM,
		.host = reader->host,
		.tenant = vm->tenant,
		.name = vm->name,
		.labels = labels,
		.as_vm = {
			.stub = vm->state == NSFAB_VM_STUB,
			.n_nics = vm->n_ports,
			.nic = nic,
			.cpus = vm->cpus,
			.memory = vm->memory,
			.router = vm->router,
			.no_ipv6 = vm->no_ipv6,
		},
	};
	char **run = NULL;
	size_t n_run = 0, i;
	int ret;

	if (!tenant || !tenant->ours || !vm->n_ports ||
	    vm->n_ports > NSFAB_VM_NICS_MAX ||
	    vm->ports[0]->binding == NSFAB_BINDING_REMOTE ||
	    !is_of(vm->labels, reader->lab->name))
		return 0;
	snprintf(labels, sizeof(labels), "%s", vm->labels);
	obj.as_vm.flavour = take_label(labels, "flavour", flavour,
				       sizeof(flavour));
	obj.as_vm.image = take_label(labels, "image", image, sizeof(image));
	for (i = 0; i < vm->n_ports; i++) {
		fill_nic(reader, &nic[i], vm->ports[i]);
		memcpy(nic[i].prefixlen, vm->prefixlen[i],
		       sizeof(nic[i].prefixlen));
	}
	obj.as_vm.routes.route = state_arena_alloc(&reader->state->arena,
						   (vm->n_routes + 1) *
						   sizeof(*obj.as_vm.routes.route));
	if (!obj.as_vm.routes.route)
		return no_memory(reader->err);
	for (i = 0; i < vm->n_routes; i++) {
		obj.as_vm.routes.route[i].type = NSFAB_ROUTE_TYPE_UNICAST;
		obj.as_vm.routes.route[i].to = vm->routes[i].to;
		obj.as_vm.routes.route[i].hop = vm->routes[i].hops;
		obj.as_vm.routes.route[i].n_hops = vm->routes[i].n_hops;
	}
	obj.as_vm.routes.n = vm->n_routes;
	if (vm->run) {
		run = nsfab_vm_run_split(vm->run, &n_run);
		if (!run)
			return no_memory(reader->err);
	}
	obj.as_vm.run = (const char **)run;
	obj.as_vm.n_run = n_run;
	/* Without its namespace it is none: it has to be made anew. */
	if (vm->state == NSFAB_VM_ABSENT)
		obj.as_vm.n_nics = 0;
	ret = nsfab_state_add(reader->state, &obj, reader->err);
	free(run);
	return ret;
}

static int compare_routes(const void *a, const void *b)
{
	const struct nsfab_state_route *x = a, *y = b;
	int diff = nsfab_addr_cmp(&x->to.addr, &y->to.addr);

	return diff ? diff : x->to.len - y->to.len;
}

static int on_route(const struct nsfab_route *route, void *arg)
{
	struct lab_reader *reader = arg;
	struct nsfab_state_route *more;
	size_t room;

	if (route->type == NSFAB_ROUTE_TYPE_CONNECTED)
		return 0;
	if (reader->n_routes == reader->route_room) {
		room = reader->route_room ? reader->route_room * 2 : 64;
		more = reallocarray(reader->route, room, sizeof(*more));
		if (!more)
			return no_memory(reader->err);
		reader->route = more;
		reader->route_room = room;
	}
	more = &reader->route[reader->n_routes];
	more->origin = 0;
	more->to = route->prefix;
	more->type = route->type;
	more->n_hops = route->n_nexthops;
	more->hop = state_arena_dup(&reader->state->arena, route->nexthops,
				    route->n_nexthops * sizeof(*more->hop));
	if (!more->hop)
		return no_memory(reader->err);
	for (room = 0; room < more->n_hops; room++)
		if (!more->hop[room].weight)
			more->hop[room].weight = 1;
	reader->n_routes++;
	return 0;
}

static int read_routes(struct lab_reader *reader, struct lab_place *place,
		       const struct lab_named *tenant)
{
	const struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT,
		.tenant = tenant->id,
	};
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_ROUTES,
		.copy = reader->copy,
		.host = reader->host,
		.tenant = tenant->name,
		.name = "",
	};
	int ret;

	reader->n_routes = 0;
	ret = nsfab_route_dump(place->h, place->ifindex, &filter, on_route,
			       reader, reader->err);
	if (ret || !reader->n_routes)
		return ret;
	qsort(reader->route, reader->n_routes, sizeof(*reader->route),
	      compare_routes);
	obj.as_routes.n = reader->n_routes;
	obj.as_routes.route = reader->route;
	return nsfab_state_add(reader->state, &obj, reader->err);
}

/* VM by VM only where tenants are ours: the others may have many. */
static int read_tenants(struct lab_reader *reader, struct lab_place *place)
{
	const struct lab_named *tenant;
	int ret = 0;
	size_t i;

	for (i = 0; i < reader->tenants.n && !ret; i++) {
		tenant = &reader->tenants.entry[i];
		if (!tenant->ours)
			continue;
		ret = nsfab_vm_list(place->h, place->ifindex, tenant->name,
				    on_vm, reader, reader->err);
		if (!ret)
			ret = read_routes(reader, place, tenant);
		if (!ret)
			ret = lab_read_links(reader, place, tenant->id,
					     tenant->name);
		if (!ret && tenant->tables)
			ret = lab_tables_read(place, reader->state,
					      reader->host, tenant->id,
					      tenant->name, reader->err);
		if (!ret && reader->hosts)
			ret = lab_read_vteps(reader, place, tenant->id,
					     tenant->name);
	}
	return ret;
}

static void sort_named(struct lab_named_list *list)
{
	if (list->n)
		qsort(list->entry, list->n, sizeof(*list->entry),
		      compare_named);
}

static int read_place(struct lab_reader *reader, struct lab_place *place)
{
	int ret;

	reader->tenants.n = 0;
	reader->networks.n = 0;
	reader->ports.n = 0;
	reader->n_links = 0;
	ret = nsfab_tenant_dump(place->h, place->ifindex, on_tenant, reader,
				reader->err);
	sort_named(&reader->tenants);
	if (!ret)
		ret = nsfab_network_dump(place->h, place->ifindex, NULL,
					 on_network, reader, reader->err);
	sort_named(&reader->networks);
	if (!ret)
		ret = nsfab_port_dump(place->h, place->ifindex, NULL, on_port,
				      reader, reader->err);
	sort_named(&reader->ports);
	if (!ret)
		ret = lab_join_patches(reader);
	if (!ret)
		ret = read_tenants(reader, place);
	if (!ret)
		ret = lab_read_schedule(reader, place);
	return ret;
}

/* The underlay's ports are the hosts. */
static int on_host_port(const struct nsfab_port *port, void *arg)
{
	struct lab_reader *reader = arg;
	char name[NSFAB_NAME_MAX + 1];
	unsigned int nic;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_HOST,
		.name = name,
	};

	if (!is_of(port->labels, reader->lab->name) ||
	    !nsfab_vm_port_split(port->name, name, &nic))
		return 0;
	if (port->n_addresses)
		obj.as_host.local = port->addresses[0];
	return nsfab_state_add(reader->state, &obj, reader->err);
}

static int on_underlay(const struct nsfab_network *network, void *arg)
{
	*(uint32_t *)arg = network->mtu;
	return 0;
}

static bool knows_host(const struct lab_reader *reader, const char *name)
{
	size_t i;

	for (i = 0; i < reader->state->n; i++)
		if (!strcmp(reader->state->obj[i]->name, name))
			return true;
	return false;
}

/* Whether the host's fabric says that it is of this lab. */
static bool is_host(struct lab_reader *reader, const char *name)
{
	char alias[NSFAB_NAME_MAX + 8], wanted[NSFAB_NAME_MAX + 8];
	struct lab_place *place;

	if (!nsfab_name_valid(name))
		return false;
	place = lab_place(reader->lab, name, NULL);
	if (!place)
		return false;
	snprintf(wanted, sizeof(wanted), NSFAB_LAB_ALIAS "%s",
		 reader->lab->name);
	if (!lab_alias_get(place->h, place->ifindex, alias, sizeof(alias),
			   NULL) && !strcmp(alias, wanted))
		return true;
	lab_place_forget(reader->lab, name);
	return false;
}

/* Hosts that the underlay does not know, because somebody removed it. */
static int read_lost_hosts(struct lab_reader *reader)
{
	size_t len = strlen(reader->lab->name);
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	dir = opendir(NSFAB_NETNS_DIR);
	if (!dir)
		return 0;
	while (!ret && (entry = readdir(dir))) {
		struct nsfab_state_obj obj = {
			.kind = NSFAB_STATE_HOST,
			.name = entry->d_name + len + 1,
		};

		if (strncmp(entry->d_name, reader->lab->name, len) ||
		    entry->d_name[len] != '.' || knows_host(reader, obj.name) ||
		    !is_host(reader, obj.name))
			continue;
		/* Without an address, so that it is made anew. */
		ret = nsfab_state_add(reader->state, &obj, reader->err);
	}
	closedir(dir);
	return ret;
}

static int read_hosts(struct lab_reader *reader)
{
	struct nsfab_lab *lab = reader->lab;
	char device[IF_NAMESIZE];
	unsigned int ifindex;
	uint32_t mtu = 0;
	size_t i;
	int ret;

	lab_underlay_name(lab->name, device);
	ret = nsfab_fabric_find(lab->h, device, &ifindex, reader->err);
	if (ret == -ENODEV)
		return read_lost_hosts(reader);
	if (!ret)
		ret = nsfab_network_dump(lab->h, ifindex, NULL, on_underlay,
					 &mtu, reader->err);
	if (!ret)
		ret = nsfab_port_dump(lab->h, ifindex, NULL, on_host_port,
				      reader, reader->err);
	if (!ret)
		ret = read_lost_hosts(reader);
	for (i = 0; i < reader->state->n; i++)
		reader->state->obj[i]->as_host.mtu = mtu;
	return ret;
}

static int read_on_host(struct lab_reader *reader, struct nsfab_state_obj *host)
{
	struct nsfab_fabric fabric;
	struct lab_place *place;
	int ret;

	place = lab_place(reader->lab, host->name, reader->err);
	if (!place) {
		/* Half of a host is none: it has to be made anew. */
		host->as_host.local.len = 0;
		return 0;
	}
	ret = nsfab_fabric_get(place->h, place->ifindex, &fabric, reader->err);
	if (ret)
		return ret;
	host->as_host.encap = fabric.encap;
	reader->host = host->name;
	reader->hosts = true;
	ret = read_place(reader, place);
	reader->copy = true;
	return ret;
}

static int on_underlay_port(const struct nsfab_port *port, void *arg)
{
	struct lab_reader *reader = arg;
	const char *name = state_arena_strdup(&reader->state->arena,
					      port->name);

	return !name || add_named(&reader->ports, port->id, name, true) ?
	       no_memory(reader->err) : 0;
}

/* The underlay is no place of tenants, but it has links. */
static int read_underlay(struct lab_reader *reader)
{
	struct lab_place *place;
	uint32_t tenant;
	int ret;

	place = lab_place(reader->lab, NSFAB_STATE_UNDERLAY_HOST, NULL);
	tenant = place ? lab_tenant_id(place, NSFAB_STATE_UNDERLAY, NULL) : 0;
	if (!tenant)
		return 0;
	reader->host = NSFAB_STATE_UNDERLAY_HOST;
	reader->ports.n = 0;
	reader->n_links = 0;
	ret = nsfab_port_dump(place->h, place->ifindex, NULL, on_underlay_port,
			      reader, reader->err);
	sort_named(&reader->ports);
	if (!ret)
		ret = lab_read_links(reader, place, tenant,
				     NSFAB_STATE_UNDERLAY);
	return ret ? ret : lab_read_schedule(reader, place);
}

static int read_all(struct lab_reader *reader)
{
	struct nsfab_err why = { 0 };
	struct lab_place *place;
	size_t i, hosts;
	int ret;

	ret = read_hosts(reader);
	if (ret)
		return ret;
	hosts = reader->state->n;
	for (i = 0; i < hosts && !ret; i++)
		ret = read_on_host(reader, reader->state->obj[i]);
	if (!ret && hosts)
		ret = read_underlay(reader);
	if (ret)
		return ret;
	reader->host = "";
	reader->hosts = false;
	reader->copy = false;
	place = lab_place(reader->lab, "", &why);
	if (place)
		return read_place(reader, place);
	if (why.code == -ENODEV)
		return 0;
	if (reader->err)
		*reader->err = why;
	return why.code;
}

int nsfab_state_read(struct nsfab_lab *lab, struct nsfab_state **state,
		     struct nsfab_err *err)
{
	struct nsfab_err local = { 0 };
	struct lab_reader reader = {
		.lab = lab,
		.state = nsfab_state_new(lab->name),
		.err = err ? err : &local,
	};
	int ret;

	if (!reader.state)
		return no_memory(err);
	ret = read_all(&reader);
	if (!ret && state_index(reader.state, NULL, NULL))
		ret = no_memory(err);
	free(reader.tenants.entry);
	free(reader.networks.entry);
	free(reader.ports.entry);
	free(reader.patches);
	free(reader.links);
	free(reader.route);
	if (ret)
		nsfab_state_free(reader.state);
	else
		*state = reader.state;
	return ret;
}
