// SPDX-License-Identifier: LGPL-2.1-or-later
/* Steps that are about VMs. */
#include <errno.h>
#include <nsfab/rtlink.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_priv.h"
#include "vm_priv.h"

/* What a VM's stack is told beside its ports */
#define DIFF_INET (STATE_DIFF_PREFIX | STATE_DIFF_ROUTER | \
		   STATE_DIFF_ROUTES | STATE_DIFF_IPV6)

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static void fill_nic(struct nsfab_vm_nic *to, const struct nsfab_state_nic *nic)
{
	to->network = nic->network;
	to->flags = NSFAB_VM_NIC_MAC |
		    (nic->unguarded ? NSFAB_VM_NIC_UNGUARDED : 0);
	memcpy(to->mac, nic->mac, sizeof(to->mac));
	to->addresses = nic->addr;
	to->n_addresses = nic->n_addrs;
	to->allowed = nic->allowed;
	to->n_allowed = nic->n_allowed;
	memcpy(to->prefixlen, nic->prefixlen, sizeof(to->prefixlen));
}

/* Next hops stay the state's. */
static void fill_routes(struct nsfab_vm_route *to,
			const struct nsfab_state_routes *routes)
{
	unsigned int i;

	for (i = 0; i < routes->n; i++) {
		to[i].to = routes->route[i].to;
		to[i].hops = routes->route[i].hop;
		to[i].n_hops = routes->route[i].n_hops;
	}
}

static int on_device(const struct nsfab_rtlink *link, void *arg)
{
	(void)link;
	(void)arg;
	return 1;
}

static int on_fabric(const struct nsfab_fabric *fabric, void *arg)
{
	(void)fabric;
	(void)arg;
	return 1;
}

/* One with a device of a port, or with a fabric, is in use. */
static bool is_in_use(const char *ns)
{
	struct nsfab *h;
	int fd, ret;

	fd = nsfab_netns_open(ns, NULL);
	if (fd < 0)
		return false;
	ret = nsfab_open_fd(&h, fd, NULL);
	close(fd);
	if (ret)
		return true;
	ret = nsfab_rtlink_dump(h, "nsfab_port", on_device, NULL, NULL);
	if (!ret)
		ret = nsfab_fabric_dump(h, on_fabric, NULL, NULL);
	nsfab_close(h);
	return ret;
}

int lab_clear_leftover(const char *ns, struct nsfab_err *err)
{
	char path[sizeof(NSFAB_UTSNS_DIR) + NSFAB_NETNS_NAME_MAX + 1];

	snprintf(path, sizeof(path), NSFAB_UTSNS_DIR "/%s", ns);
	if (access(path, F_OK) || is_in_use(ns))
		return 0;
	vm_run_kill(ns);
	return vm_local_remove(ns, err);
}

static int clear_leftovers(struct lab_place *place,
			   const struct nsfab_state_op *op, unsigned int n,
			   struct nsfab_err *err)
{
	char prefix[VM_NS_SIZE], ns[VM_NS_SIZE];
	unsigned int i;
	int ret = 0;

	vm_ns_prefix(place->h, prefix);
	for (i = 0; i < n && !ret; i++) {
		if (op[i].new->as_vm.stub)
			continue;
		ret = vm_ns_join(ns, prefix, op[i].new->tenant,
				 op[i].new->name, err);
		if (!ret)
			ret = lab_clear_leftover(ns, err);
	}
	return ret;
}

struct specs {
	struct nsfab_vm_spec *spec;
	struct nsfab_vm_nic *nic;
	struct nsfab_vm_route *route;
	char (*labels)[LAB_LABELS_SIZE];
};

static bool fill_specs(const struct nsfab_lab *lab, struct specs *specs,
		       const struct nsfab_state_op *op, unsigned int n)
{
	const struct nsfab_state_vm *vm;
	struct nsfab_vm_spec *spec;
	unsigned int i, j, nics = 0, routes = 0;

	for (i = 0; i < n; i++) {
		nics += op[i].new->as_vm.n_nics;
		routes += op[i].new->as_vm.routes.n;
	}
	specs->spec = calloc(n, sizeof(*specs->spec));
	specs->nic = calloc(nics + 1, sizeof(*specs->nic));
	specs->route = calloc(routes + 1, sizeof(*specs->route));
	specs->labels = calloc(n, sizeof(*specs->labels));
	if (!specs->spec || !specs->nic || !specs->route || !specs->labels)
		return false;
	for (i = 0, nics = 0, routes = 0; i < n; i++) {
		vm = &op[i].new->as_vm;
		spec = &specs->spec[i];
		spec->tenant = op[i].new->tenant;
		spec->name = op[i].new->name;
		spec->nics = &specs->nic[nics];
		spec->n_nics = vm->n_nics;
		for (j = 0; j < vm->n_nics; j++)
			fill_nic(&specs->nic[nics++], &vm->nic[j]);
		spec->labels = lab_labels(lab, op[i].new, specs->labels[i]);
		spec->run = vm->n_run ? vm->run : NULL;
		spec->n_run = vm->n_run;
		spec->cpus = vm->cpus;
		spec->memory = vm->memory;
		spec->stub = vm->stub;
		spec->router = vm->router;
		spec->no_ipv6 = vm->no_ipv6;
		spec->routes = &specs->route[routes];
		spec->n_routes = vm->routes.n;
		fill_routes(spec->routes, &vm->routes);
		routes += vm->routes.n;
	}
	return true;
}

static int create(struct nsfab_lab *lab, struct lab_place *place,
		  const struct nsfab_state_op *op, unsigned int n,
		  struct nsfab_err *err)
{
	struct specs specs = { 0 };
	int ret;

	ret = clear_leftovers(place, op, n, err);
	if (ret)
		return ret;
	if (fill_specs(lab, &specs, op, n))
		ret = nsfab_vm_create_many(place->h, place->ifindex, specs.spec,
					   n, NULL, NULL, err);
	else
		ret = no_memory(err);
	free(specs.spec);
	free(specs.nic);
	free(specs.route);
	free(specs.labels);
	return ret;
}

/* Of one that has lost its namespace it is not known which ports it has. */
static bool are_known(const struct nsfab_state_op *op, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!op[i].old->as_vm.n_nics)
			return false;
	return true;
}

static int delete(struct lab_place *place, const struct nsfab_state_op *op,
		  unsigned int n, struct nsfab_err *err)
{
	char (*name)[NSFAB_PORT_NAME_MAX + 1];
	struct nsfab_port *port;
	struct nsfab_vm_ref *ref;
	unsigned int i, j, nics = 0, found = 0;
	int ret = 0;

	for (i = 0; i < n; i++)
		nics += op[i].old->as_vm.n_nics;
	ref = calloc(n, sizeof(*ref));
	port = calloc(nics + 1, sizeof(*port));
	name = calloc(nics + 1, sizeof(*name));
	if (!ref || !port || !name)
		ret = no_memory(err);
	for (i = 0; i < n && !ret; i++) {
		ref[i].tenant = op[i].old->tenant;
		ref[i].name = op[i].old->name;
		for (j = 0; j < op[i].old->as_vm.n_nics && !ret; j++) {
			snprintf(name[found], sizeof(*name), "%s/eth%u",
				 ref[i].name, j);
			ret = lab_fill_port_key(place, ref[i].tenant,
						name[found], &port[found],
						err);
			found++;
		}
	}
	if (!ret && !are_known(op, n)) {
		lab_forget_ports(place);
		ret = nsfab_vm_delete_many(place->h, place->ifindex, ref, n,
					   NULL, NULL, err);
	} else if (!ret) {
		/* Ports go last: a delete that failed can be repeated. */
		ret = vm_remove_many(place->h, ref, n, err);
		if (!ret)
			ret = lab_delete_ports(place, port, found, err);
	}
	free(ref);
	free(port);
	free(name);
	return ret;
}

int lab_unplug(int netns, const char *device, struct nsfab_err *err)
{
	struct nsfab_batch *batch = NULL;
	struct nsfab *h = NULL;
	int ret;

	ret = nsfab_open_fd(&h, netns, err);
	if (ret)
		return ret;
	if (nsfab_rtlink_find(h, device, &(unsigned int){ 0 }, NULL))
		goto out;
	batch = nsfab_batch_new(h);
	if (!batch || nsfab_rtlink_del(batch, 0, device))
		ret = no_memory(err);
	else
		ret = nsfab_batch_commit(batch, err);
out:
	nsfab_batch_free(batch);
	nsfab_close(h);
	return ret;
}

int lab_vm_unplug(struct lab_place *place, const char *tenant, const char *vm,
		  unsigned int nic, struct nsfab_err *err)
{
	const struct nsfab_vm_ref ref = { tenant, vm };
	char device[IF_NAMESIZE];
	int fd, ret;

	fd = nsfab_vm_netns(place->h, &ref, err);
	if (fd < 0)
		return fd;
	snprintf(device, sizeof(device), "eth%u", nic);
	ret = lab_unplug(fd, device, err);
	close(fd);
	return ret;
}

/* VMs of a tenant with a device in a network. */
struct plugged {
	uint32_t network;
	char (*name)[NSFAB_NAME_MAX + 1];
	uint64_t *nics;		/* which of its NICs */
	size_t n;
};

static int on_plugged(const struct nsfab_vm *vm, void *arg)
{
	struct plugged *plugged = arg;
	uint64_t nics = 0;
	void *name, *more;
	size_t i;

	for (i = 0; i < vm->n_ports && i < NSFAB_VM_NICS_MAX; i++)
		if (vm->ports[i]->network == plugged->network &&
		    vm->ports[i]->binding == NSFAB_BINDING_NETDEV)
			nics |= 1ull << i;
	if (!nics)
		return 0;
	name = reallocarray(plugged->name, plugged->n + 1,
			    sizeof(*plugged->name));
	if (!name)
		return -ENOMEM;
	plugged->name = name;
	more = reallocarray(plugged->nics, plugged->n + 1,
			    sizeof(*plugged->nics));
	if (!more)
		return -ENOMEM;
	plugged->nics = more;
	strcpy(plugged->name[plugged->n], vm->name);
	plugged->nics[plugged->n++] = nics;
	return 0;
}

static int unplug_all(struct lab_place *place, const char *tenant,
		      const struct plugged *plugged, struct nsfab_err *err)
{
	unsigned int nic;
	int ret = 0;
	size_t i;

	for (i = 0; i < plugged->n; i++)
		for (nic = 0; nic < NSFAB_VM_NICS_MAX && !ret; nic++)
			if (plugged->nics[i] & 1ull << nic)
				ret = lab_vm_unplug(place, tenant,
						    plugged->name[i], nic,
						    err);
	return ret;
}

int lab_vm_set_mtu(struct lab_place *place, const char *tenant,
		   uint32_t network, uint32_t mtu, struct nsfab_err *err)
{
	const struct nsfab_network change = {
		.present = NSFAB_NETWORK_HAS_ID | NSFAB_NETWORK_HAS_MTU,
		.id = network,
		.mtu = mtu,
	};
	struct plugged plugged = { .network = network };
	int ret, again;
	size_t i;

	ret = nsfab_vm_list(place->h, place->ifindex, tenant, on_plugged,
			    &plugged, err);
	if (ret == -ENOMEM)
		no_memory(err);
	if (!ret)
		ret = unplug_all(place, tenant, &plugged, err);
	if (!ret)
		ret = nsfab_network_set(place->h, place->ifindex, &change, 1,
					err);
	/* Plugged in again whatever happened. */
	for (i = 0; i < plugged.n; i++) {
		const struct nsfab_vm_ref ref = { tenant, plugged.name[i] };

		again = nsfab_vm_sync(place->h, place->ifindex, &ref,
				      ret ? NULL : err);
		if (!ret)
			ret = again;
	}
	free(plugged.name);
	free(plugged.nics);
	return ret;
}

static int set_nic(struct lab_place *place, const struct nsfab_state_obj *obj,
		   unsigned int number, const struct nsfab_state_nic *nic,
		   uint32_t what, struct nsfab_err *err)
{
	char name[NSFAB_PORT_NAME_MAX + 1];
	struct nsfab_port port = {
		.present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NAME,
		.name = name,
		.addresses = nic->addr,
		.n_addresses = nic->n_addrs,
		.allowed = nic->allowed,
		.n_allowed = nic->n_allowed,
		.flags = nic->unguarded ? NSFAB_PORT_FLAG_UNGUARDED : 0,
	};
	int ret;

	snprintf(name, sizeof(name), "%s/eth%u", obj->name, number);
	memcpy(port.mac, nic->mac, sizeof(port.mac));
	if (what & STATE_NIC_MAC)
		port.present |= NSFAB_PORT_HAS_MAC;
	if (what & STATE_NIC_ADDRS)
		port.present |= NSFAB_PORT_HAS_ADDRESSES;
	if (what & STATE_NIC_ALLOWED)
		port.present |= NSFAB_PORT_HAS_ALLOWED;
	if (what & STATE_NIC_GUARD)
		port.present |= NSFAB_PORT_HAS_FLAGS;
	port.tenant = lab_tenant_id(place, obj->tenant, err);
	if (!port.tenant)
		return -ENOENT;
	/* A device keeps its MAC: it is made anew when the VM is synced. */
	if (what & STATE_NIC_MAC && !obj->as_vm.stub) {
		ret = lab_vm_unplug(place, obj->tenant, obj->name, number, err);
		if (ret)
			return ret;
	}
	return nsfab_port_set(place->h, place->ifindex, &port, 1, err);
}

static int set_nics(struct lab_place *place, const struct nsfab_state_op *op,
		    struct nsfab_err *err)
{
	const struct nsfab_vm_ref ref = { op->new->tenant, op->new->name };
	const struct nsfab_state_vm *old = &op->old->as_vm;
	const struct nsfab_state_vm *new = &op->new->as_vm;
	bool sync = false;
	unsigned int i;
	uint32_t what;
	int ret;

	for (i = 0; i < new->n_nics; i++) {
		what = state_nic_diff(&old->nic[i], &new->nic[i]);
		if (!what)
			continue;
		ret = set_nic(place, op->new, i, &new->nic[i], what, err);
		if (ret)
			return ret;
		sync |= what & (STATE_NIC_MAC | STATE_NIC_ADDRS);
	}
	if (!sync || new->stub)
		return 0;
	return nsfab_vm_sync(place->h, place->ifindex, &ref, err);
}

static int on_state(const struct nsfab_vm *vm, void *arg)
{
	*(enum nsfab_vm_state *)arg = vm->state;
	return 0;
}

/* All but the program that runs */
static int change(struct nsfab_lab *lab, struct lab_place *place,
		  const struct nsfab_state_op *op, struct nsfab_err *err)
{
	const struct nsfab_vm_ref ref = { op->new->tenant, op->new->name };
	uint32_t what = state_obj_diff(op->old, op->new);
	const struct nsfab_state_vm *vm = &op->new->as_vm;
	uint8_t lengths[NSFAB_VM_NICS_MAX][2];
	struct nsfab_vm_route *routes;
	char labels[LAB_LABELS_SIZE];
	struct nsfab_vm_change change = {
		.labels = lab_labels(lab, op->new, labels),
		.run = vm->run,
		.n_run = vm->n_run,
		.cpus = vm->cpus,
		.memory = vm->memory,
		.router = vm->router,
		.no_ipv6 = vm->no_ipv6,
		.n_routes = vm->routes.n,
		.prefixlen = lengths,
	};
	unsigned int i;
	int ret = 0;

	routes = calloc(vm->routes.n + 1, sizeof(*routes));
	if (!routes)
		return no_memory(err);
	fill_routes(routes, &vm->routes);
	change.routes = routes;
	for (i = 0; i < vm->n_nics; i++)
		memcpy(lengths[i], vm->nic[i].prefixlen, sizeof(lengths[i]));
	if (what & DIFF_INET)
		change.present |= NSFAB_VM_CHANGE_INET;
	if (what & (STATE_DIFF_LABELS | STATE_DIFF_WORDS))
		change.present |= NSFAB_VM_CHANGE_LABELS;
	if (what & STATE_DIFF_RUN)
		change.present |= NSFAB_VM_CHANGE_RUN;
	if (what & STATE_DIFF_RESOURCES)
		change.present |= NSFAB_VM_CHANGE_CPUS | NSFAB_VM_CHANGE_MEMORY;
	/* Routes before addresses: a sync looks at both. */
	if (change.present)
		ret = nsfab_vm_set(place->h, place->ifindex, &ref, &change,
				   err);
	free(routes);
	if (!ret && what & STATE_DIFF_NICS)
		ret = set_nics(place, op, err);
	if (!ret && what & DIFF_INET)
		ret = nsfab_vm_sync(place->h, place->ifindex, &ref, err);
	return ret;
}

/*
 * As it was before a step that failed. That @err says already; it also says if
 * the program that was @killed cannot run again.
 */
static void take_back(struct nsfab_lab *lab, struct lab_place *place,
		      const struct nsfab_state_op *op, bool killed,
		      struct nsfab_err *err)
{
	const struct nsfab_vm_ref ref = { op->old->tenant, op->old->name };
	const struct nsfab_state_op back = {
		.verb = NSFAB_STATE_SET, .old = op->new, .new = op->old,
	};
	struct nsfab_err why = { 0 };
	size_t len;
	int ret;

	ret = change(lab, place, &back, &why);
	if (killed && nsfab_vm_start(place->h, place->ifindex, &ref,
				     ret ? NULL : &why) && !ret)
		ret = -EIO;
	if (!ret || !err)
		return;
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len,
		 "; and it is not as it was: %s", why.text);
}

static int set(struct nsfab_lab *lab, struct lab_place *place,
	       const struct nsfab_state_op *op, struct nsfab_err *err)
{
	const struct nsfab_vm_ref ref = { op->new->tenant, op->new->name };
	bool run = state_obj_diff(op->old, op->new) & STATE_DIFF_RUN;
	enum nsfab_vm_state state;
	int ret;

	ret = nsfab_vm_get(place->h, place->ifindex, &ref, on_state, &state,
			   err);
	if (ret)
		return ret;
	/* One that is stopped runs the new program when it is started. */
	run &= state != NSFAB_VM_STOPPED;
	if (run && op->new->as_vm.n_run)
		ret = vm_run_check(op->new->as_vm.run[0], err);
	if (ret)
		return ret;
	ret = change(lab, place, op, err);
	if (ret || !run) {
		if (ret)
			take_back(lab, place, op, false, err);
		return ret;
	}
	ret = nsfab_vm_stop(place->h, place->ifindex, &ref, NSFAB_VM_GRACE_MS,
			    err);
	if (!ret)
		ret = nsfab_vm_start(place->h, place->ifindex, &ref, err);
	if (ret)
		take_back(lab, place, op, true, err);
	return ret;
}

int lab_vm_apply(struct nsfab_lab *lab, struct lab_place *place,
		 const struct nsfab_state_op *op, unsigned int n,
		 unsigned int *done, struct nsfab_err *err)
{
	int ret = 0;

	if (op->verb == NSFAB_STATE_CREATE) {
		ret = create(lab, place, op, n, err);
	} else if (op->verb == NSFAB_STATE_DELETE) {
		ret = delete(place, op, n, err);
	} else {
		for (*done = 0; *done < n && !ret; *done += !ret)
			ret = set(lab, place, &op[*done], err);
		if (ret && err)
			err->index = *done;
		return ret;
	}
	*done = ret ? 0 : n;
	return ret;
}
