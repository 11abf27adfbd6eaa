// SPDX-License-Identifier: LGPL-2.1-or-later
/* Working out ports and addresses of new VMs, without changing anything. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_inet.h"
#include "vm_plan.h"

/* Networks by name, deep copies. */
struct vm_networks {
	struct nsfab_network **network;
	size_t n;
	size_t room;
};

/**
 * struct vm_plan_tenant - a tenant that gets VMs
 * @name: its name
 * @id: its id
 * @networks: those of its networks that the VMs are in
 * @automatic: are addresses to be chosen
 * @pools: for each network, one of each subnet
 */
struct vm_plan_tenant {
	const char *name;
	uint32_t id;
	struct vm_networks networks;
	bool automatic;
	struct vm_pool **pools;
};

struct planner {
	struct nsfab *h;
	unsigned int ifindex;
	struct vm_plan *plan;
	struct nsfab_err *err;
};

static int no_memory(struct planner *p)
{
	return nsfab_err_set(p->err, -ENOMEM, "no memory");
}

static int blame(struct planner *p, size_t i, int ret)
{
	if (p->err)
		p->err->index = i;
	return ret;
}

/* Where a network is in the list, or would be. */
static size_t place_of(const struct vm_networks *networks, const char *name)
{
	size_t low = 0, high = networks->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(networks->network[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct nsfab_network *
find_network(const struct vm_plan_tenant *tenant, const char *name,
	     size_t *index)
{
	const struct vm_networks *networks = &tenant->networks;

	*index = place_of(networks, name);
	return *index < networks->n &&
	       !strcmp(networks->network[*index]->name, name) ?
	       networks->network[*index] : NULL;
}

static int add_network(const struct nsfab_network *network, void *arg)
{
	struct vm_networks *networks = arg;
	struct nsfab_network **more, *copy;
	size_t room, at;

	if (networks->n == networks->room) {
		room = networks->room ? networks->room * 2 : 16;
		more = reallocarray(networks->network, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		networks->network = more;
		networks->room = room;
	}
	copy = nsfab_network_dup(network);
	if (!copy)
		return -ENOMEM;
	at = place_of(networks, copy->name);
	more = &networks->network[at];
	memmove(more + 1, more, (networks->n++ - at) * sizeof(*more));
	*more = copy;
	return 0;
}

static void free_networks(struct vm_networks *networks)
{
	while (networks->n)
		free(networks->network[--networks->n]);
	free(networks->network);
}

/* A tenant may have thousands: only those that are needed. */
static int load_network(struct planner *p, struct vm_plan_tenant *tenant,
			const char *name)
{
	size_t at;
	int ret;

	/* One that cannot be is told of when it is the turn of the VM, too. */
	if (find_network(tenant, name, &at) || !nsfab_name_valid(name))
		return 0;
	ret = nsfab_network_get(p->h, p->ifindex, 0, tenant->id, name,
				add_network, &tenant->networks, p->err);
	if (ret == -ENOMEM)
		return no_memory(p);
	return ret == -ENOENT ? 0 : ret;
}

/* The tenant of a spec; the one before is the likeliest. */
static struct vm_plan_tenant *find_tenant(const struct vm_plan *plan,
					  const char *name)
{
	size_t i;

	for (i = plan->n_tenants; i; i--)
		if (!strcmp(plan->tenant[i - 1].name, name))
			return &plan->tenant[i - 1];
	return NULL;
}

static int load_tenants(struct planner *p, const struct nsfab_vm_spec *specs)
{
	struct vm_plan *plan = p->plan;
	struct vm_plan_tenant *tenant;
	size_t i, j;
	int ret;

	for (i = 0; i < plan->n; i++) {
		tenant = find_tenant(plan, specs[i].tenant);
		if (!tenant) {
			tenant = realloc(plan->tenant, (plan->n_tenants + 1) *
						       sizeof(*tenant));
			if (!tenant)
				return no_memory(p);
			plan->tenant = tenant;
			tenant += plan->n_tenants;
			memset(tenant, 0, sizeof(*tenant));
			tenant->name = specs[i].tenant;
			plan->n_tenants++;
			ret = nsfab_tenant_find(p->h, p->ifindex, tenant->name,
						&tenant->id, p->err);
			if (ret)
				return blame(p, i, ret);
		}
		for (j = 0; j < specs[i].n_nics; j++) {
			if (specs[i].nics[j].flags & NSFAB_VM_NIC_AUTO)
				tenant->automatic = true;
			ret = load_network(p, tenant, specs[i].nics[j].network);
			if (ret)
				return blame(p, i, ret);
		}
	}
	return 0;
}

static int use_addr(struct vm_plan_tenant *tenant, uint32_t network,
		    const struct nsfab_addr *addr)
{
	size_t i, j;
	int ret = 0;

	for (i = 0; i < tenant->networks.n; i++) {
		if (tenant->networks.network[i]->id != network)
			continue;
		for (j = 0; j < tenant->networks.network[i]->n_subnets; j++)
			if (!ret)
				ret = vm_pool_use(&tenant->pools[i][j], addr);
	}
	return ret;
}

static int use_port(const struct nsfab_port *port, void *arg)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < port->n_addresses && !ret; i++)
		ret = use_addr(arg, port->network, &port->addresses[i]);
	return ret;
}

static int use_neigh(const struct nsfab_neigh *neigh, void *arg)
{
	if (neigh->kind == NSFAB_NEIGH_KIND_DERIVED)
		return 0;
	return use_addr(arg, neigh->network, &neigh->addr);
}

static int make_pools(struct vm_plan_tenant *tenant)
{
	const struct nsfab_network *network;
	size_t i, j;

	tenant->pools = calloc(tenant->networks.n + 1, sizeof(*tenant->pools));
	if (!tenant->pools)
		return -ENOMEM;
	for (i = 0; i < tenant->networks.n; i++) {
		network = tenant->networks.network[i];
		tenant->pools[i] = calloc(network->n_subnets + 1,
					  sizeof(**tenant->pools));
		if (!tenant->pools[i])
			return -ENOMEM;
		for (j = 0; j < network->n_subnets; j++)
			if (vm_pool_init(&tenant->pools[i][j],
					 &network->subnets[j]))
				return -ENOMEM;
	}
	return 0;
}

/* What is taken: by ports, by static neighbours, and by these VMs by name. */
static int load_pools(struct planner *p, const struct nsfab_vm_spec *specs)
{
	struct nsfab_filter filter = { .present = NSFAB_FILTER_HAS_TENANT };
	const struct nsfab_network *network;
	struct vm_plan_tenant *tenant;
	size_t i, j, k, index;
	int ret;

	for (i = 0; i < p->plan->n_tenants; i++) {
		tenant = &p->plan->tenant[i];
		if (!tenant->automatic)
			continue;
		if (make_pools(tenant))
			return no_memory(p);
		filter.tenant = tenant->id;
		ret = nsfab_port_dump(p->h, p->ifindex, &filter, use_port,
				      tenant, p->err);
		if (!ret)
			ret = nsfab_neigh_dump(p->h, p->ifindex, &filter,
					       use_neigh, tenant, p->err);
		if (ret == -ENOMEM)
			return no_memory(p);
		if (ret)
			return ret;
	}
	for (i = 0; i < p->plan->n; i++) {
		tenant = find_tenant(p->plan, specs[i].tenant);
		for (j = 0; j < specs[i].n_nics && tenant->automatic; j++) {
			network = find_network(tenant, specs[i].nics[j].network,
					       &index);
			for (k = 0; network && k < specs[i].nics[j].n_addresses; k++)
				if (use_addr(tenant, network->id,
					     &specs[i].nics[j].addresses[k]))
					return no_memory(p);
		}
	}
	return 0;
}

/* One address of the family, if the network has any; -ENOSPC. */
static int take_addr(struct vm_plan_tenant *tenant, size_t network,
		     uint8_t family_len, struct nsfab_addr *addr, size_t *n)
{
	const struct nsfab_network *net = tenant->networks.network[network];
	bool any = false;
	size_t i;

	for (i = 0; i < net->n_subnets; i++) {
		if (net->subnets[i].prefix.addr.len != family_len)
			continue;
		any = true;
		if (!vm_pool_take(&tenant->pools[network][i], addr)) {
			(*n)++;
			return 0;
		}
	}
	return any ? -ENOSPC : 0;
}

/* A network without subnets is its VMs' own affair. */
static int check_given(struct planner *p, const struct nsfab_vm_nic *nic,
		       const struct vm_plan_tenant *tenant,
		       const struct nsfab_network *net)
{
	char text[NSFAB_ADDR_STRLEN];
	size_t i, j;

	for (i = 0; i < nic->n_addresses && net->n_subnets; i++) {
		if (nic->prefixlen[nic->addresses[i].len == 16])
			continue;
		for (j = 0; j < net->n_subnets; j++)
			if (nsfab_prefix_has(&net->subnets[j].prefix,
					     &nic->addresses[i]))
				break;
		if (j == net->n_subnets)
			return nsfab_err_set(p->err, -EINVAL,
					     "address %s is in no subnet of network %s/%s",
					     nsfab_addr_format(&nic->addresses[i],
							       text),
					     tenant->name, net->name);
	}
	return 0;
}

/* Addresses of a NIC, appended; returns how many or -errno. */
static int plan_addrs(struct planner *p, const struct nsfab_vm_nic *nic,
		      struct vm_plan_tenant *tenant, size_t network,
		      struct nsfab_addr *addr, struct nsfab_prefix *prefix)
{
	const struct nsfab_network *net = tenant->networks.network[network];
	static const uint8_t lens[] = { 4, 16 };
	size_t i, n = nic->n_addresses;

	if (n)
		memcpy(addr, nic->addresses, n * sizeof(*addr));
	for (i = 0; i < 2 && nic->flags & NSFAB_VM_NIC_AUTO; i++)
		if (take_addr(tenant, network, lens[i], &addr[n], &n))
			return vm_err(p->err, -ENOSPC,
				      "network %s/%s has no free IPv%c address",
				      tenant->name, net->name,
				      i ? '6' : '4');
	for (i = 0; i < n; i++) {
		prefix[i].addr = addr[i];
		prefix[i].len = vm_net_prefixlen(net, &addr[i],
						 nic->prefixlen);
	}
	return n;
}

static int plan_nic(struct planner *p, struct vm_plan_vm *vm, size_t number,
		    size_t *n_addr)
{
	const struct nsfab_vm_nic *nic = &vm->spec->nics[number];
	struct vm_plan *plan = p->plan;
	size_t at = vm->first + number;
	struct nsfab_port *port = &plan->port[at];
	const struct nsfab_network *network;
	struct vm_plan_tenant *tenant;
	size_t index;
	int ret;

	tenant = find_tenant(plan, vm->spec->tenant);
	network = find_network(tenant, nic->network, &index);
	if (!network)
		return vm_err(p->err, -ENOENT,
			      "no network \"%s\" in tenant %s",
			      nic->network, tenant->name);
	ret = check_given(p, nic, tenant, network);
	if (ret)
		return ret;
	ret = plan_addrs(p, nic, tenant, index, &plan->addr[*n_addr],
			 &plan->prefix[*n_addr]);
	if (ret < 0)
		return ret;
	snprintf(plan->name[at], sizeof(*plan->name), "%s/eth%zu",
		 vm->spec->name, number);
	*port = (struct nsfab_port){
		.present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NETWORK |
			   NSFAB_PORT_HAS_NAME | NSFAB_PORT_HAS_BINDING,
		.tenant = tenant->id,
		.network = network->id,
		.name = plan->name[at],
		.addresses = &plan->addr[*n_addr],
		.n_addresses = ret,
		.allowed = nic->allowed,
		.n_allowed = nic->n_allowed,
		.binding = vm->spec->stub ? NSFAB_BINDING_STUB :
					    NSFAB_BINDING_NONE,
	};
	if (ret)
		port->present |= NSFAB_PORT_HAS_ADDRESSES;
	if (nic->n_allowed)
		port->present |= NSFAB_PORT_HAS_ALLOWED;
	if (nic->flags & NSFAB_VM_NIC_MAC) {
		port->present |= NSFAB_PORT_HAS_MAC;
		memcpy(port->mac, nic->mac, sizeof(port->mac));
	}
	if (nic->flags & NSFAB_VM_NIC_UNGUARDED) {
		port->present |= NSFAB_PORT_HAS_FLAGS;
		port->flags = NSFAB_PORT_FLAG_UNGUARDED;
	}
	plan->dev[at] = (struct vm_dev){
		.nic = number,
		.addrs = &plan->prefix[*n_addr],
		.n_addrs = ret,
	};
	*n_addr += ret;
	vm_net_gateways(&vm->net, number, network);
	return 0;
}

static int plan_vm(struct planner *p, struct vm_plan_vm *vm, const char *prefix,
		   size_t *n_addr)
{
	struct vm_plan *plan = p->plan;
	char ns[VM_NS_SIZE];
	size_t i;
	int ret;

	if (!vm->spec->n_nics || vm->spec->n_nics > NSFAB_VM_NICS_MAX)
		return nsfab_err_set(p->err, -EINVAL,
				     "a VM has 1 to %d NICs", NSFAB_VM_NICS_MAX);
	ret = vm_ns_join(ns, prefix, vm->spec->tenant, vm->spec->name, p->err);
	if (!ret)
		ret = vm_labels_of_spec(vm->spec, &plan->labels[vm->first],
					p->err);
	if (ret)
		return ret;
	if (!vm->spec->stub) {
		vm->ns = strdup(ns);
		if (!vm->ns)
			return no_memory(p);
	}
	vm->net.devs = &plan->dev[vm->first];
	vm->net.n_devs = vm->spec->n_nics;
	vm->net.router = vm->spec->router;
	vm->net.no_ipv6 = vm->spec->no_ipv6;
	vm->net.routes = vm->spec->routes;
	vm->net.n_routes = vm->spec->n_routes;
	for (i = 0; i < vm->spec->n_nics && !ret; i++)
		ret = plan_nic(p, vm, i, n_addr);
	for (i = vm->first; i < vm->first + vm->spec->n_nics && !ret; i++) {
		if (!*plan->labels[i])
			continue;
		plan->port[i].labels = plan->labels[i];
		plan->port[i].present |= NSFAB_PORT_HAS_LABELS;
	}
	return ret;
}

static bool allocate(struct vm_plan *plan, const struct nsfab_vm_spec *specs)
{
	size_t i, j, addrs = 0;

	plan->vm = calloc(plan->n, sizeof(*plan->vm));
	if (!plan->vm)
		return false;
	for (i = 0; i < plan->n; i++) {
		plan->vm[i].spec = &specs[i];
		plan->vm[i].first = plan->n_ports;
		plan->n_ports += specs[i].n_nics;
		for (j = 0; j < specs[i].n_nics; j++)
			addrs += specs[i].nics[j].n_addresses + 2;
	}
	plan->port = calloc(plan->n_ports + 1, sizeof(*plan->port));
	plan->id = calloc(plan->n_ports + 1, sizeof(*plan->id));
	plan->dev = calloc(plan->n_ports + 1, sizeof(*plan->dev));
	plan->name = calloc(plan->n_ports + 1, sizeof(*plan->name));
	plan->labels = calloc(plan->n_ports + 1, sizeof(*plan->labels));
	plan->addr = calloc(addrs + 1, sizeof(*plan->addr));
	plan->prefix = calloc(addrs + 1, sizeof(*plan->prefix));
	return plan->port && plan->id && plan->dev && plan->name &&
	       plan->labels && plan->addr && plan->prefix;
}

int vm_plan_make(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_spec *specs, size_t n,
		 struct vm_plan *plan, struct nsfab_err *err)
{
	struct planner p = {
		.h = h,
		.ifindex = ifindex,
		.plan = plan,
		.err = err,
	};
	char prefix[VM_NS_SIZE];
	size_t i, n_addr = 0;
	int ret;

	memset(plan, 0, sizeof(*plan));
	plan->n = n;
	if (!allocate(plan, specs)) {
		ret = no_memory(&p);
		goto fail;
	}
	ret = load_tenants(&p, specs);
	if (!ret)
		ret = load_pools(&p, specs);
	if (ret)
		goto fail;
	vm_ns_prefix(h, prefix);
	for (i = 0; i < n; i++) {
		ret = plan_vm(&p, &plan->vm[i], prefix, &n_addr);
		if (!ret)
			continue;
		nsfab_err_prefix(err, "VM %s/%s", specs[i].tenant,
				 specs[i].name);
		blame(&p, i, ret);
		goto fail;
	}
	return 0;

fail:
	vm_plan_free(plan);
	return ret;
}

static void free_tenant(struct vm_plan_tenant *tenant)
{
	size_t i, j;

	for (i = 0; tenant->pools && i < tenant->networks.n; i++) {
		size_t n = tenant->networks.network[i]->n_subnets;

		for (j = 0; tenant->pools[i] && j < n; j++)
			vm_pool_free(&tenant->pools[i][j]);
		free(tenant->pools[i]);
	}
	free(tenant->pools);
	free_networks(&tenant->networks);
}

void vm_plan_free(struct vm_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_tenants; i++)
		free_tenant(&plan->tenant[i]);
	free(plan->tenant);
	for (i = 0; plan->vm && i < plan->n; i++)
		free(plan->vm[i].ns);
	free(plan->vm);
	for (i = 0; plan->labels && i < plan->n_ports; i++)
		free(plan->labels[i]);
	free(plan->labels);
	free(plan->port);
	free(plan->id);
	free(plan->dev);
	free(plan->name);
	free(plan->addr);
	free(plan->prefix);
	memset(plan, 0, sizeof(*plan));
}

size_t vm_plan_vm_of(const struct vm_plan *plan, size_t port)
{
	size_t low = 0, high = plan->n;

	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (plan->vm[mid].first <= port)
			low = mid;
		else
			high = mid;
	}
	return low;
}
