// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading VMs: the ports that belong together, and what runs in them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_priv.h"
#include "vm_inet.h"

static const char *const states[] = {
	[NSFAB_VM_CREATED] = "created",
	[NSFAB_VM_RUNNING] = "running",
	[NSFAB_VM_PAUSED] = "paused",
	[NSFAB_VM_EXITED] = "exited",
	[NSFAB_VM_STOPPED] = "stopped",
	[NSFAB_VM_STUB] = "stub",
	[NSFAB_VM_REMOTE] = "remote",
	[NSFAB_VM_ABSENT] = "absent",
};

struct tenant {
	uint32_t id;
	char name[NSFAB_NAME_MAX + 1];
};

/* A port that is a NIC. */
struct nic {
	const struct tenant *tenant;
	char vm[NSFAB_NAME_MAX + 1];
	unsigned int number;
	struct nsfab_port *port;
};

struct listing {
	struct tenant *tenant;
	size_t n_tenants;
	size_t tenant_room;
	struct nic *nic;
	size_t n_nics;
	size_t nic_room;
	const char *only_tenant;
	const char *only_vm;
	char fabric[IF_NAMESIZE];
};

const char *nsfab_vm_state_name(enum nsfab_vm_state state)
{
	if (state >= sizeof(states) / sizeof(*states))
		return "?";
	return states[state];
}

static void *grow(void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;

	if (n < *room)
		return array;
	array = realloc(array, more * size);
	if (array)
		*room = more;
	return array;
}

static bool is_underlay(const struct nsfab_tenant *tenant, const char *fabric)
{
	char lab[NSFAB_NAME_MAX + 1], name[IF_NAMESIZE];
	const char *value;
	size_t len;

	if (strcmp(tenant->name, LAB_UNDERLAY))
		return false;
	value = nsfab_label_get(tenant->labels, NSFAB_STATE_LABEL, &len);
	if (!value || len >= sizeof(lab))
		return false;
	memcpy(lab, value, len);
	lab[len] = '\0';
	lab_underlay_name(lab, name);
	return !strcmp(name, fabric);
}

static int add_tenant(const struct nsfab_tenant *tenant, void *arg)
{
	struct listing *l = arg;
	struct tenant *array;

	if (l->only_tenant && strcmp(l->only_tenant, tenant->name))
		return 0;
	/* The ports of an underlay are emulated hosts. */
	if (is_underlay(tenant, l->fabric))
		return 0;
	array = grow(l->tenant, l->n_tenants, &l->tenant_room, sizeof(*array));
	if (!array)
		return -ENOMEM;
	l->tenant = array;
	array += l->n_tenants++;
	array->id = tenant->id;
	snprintf(array->name, sizeof(array->name), "%s", tenant->name);
	return 0;
}

static int tenant_cmp(const void *a, const void *b)
{
	const struct tenant *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int add_port(const struct nsfab_port *port, void *arg)
{
	const struct tenant key = { .id = port->tenant };
	char vm[NSFAB_NAME_MAX + 1];
	struct listing *l = arg;
	struct tenant *tenant;
	unsigned int number;
	struct nic *array;

	if (!port->name || !nsfab_vm_port_split(port->name, vm, &number) ||
	    (l->only_vm && strcmp(l->only_vm, vm)))
		return 0;
	tenant = bsearch(&key, l->tenant, l->n_tenants, sizeof(key),
			 tenant_cmp);
	/* Made after the tenants were read. */
	if (!tenant)
		return 0;
	array = grow(l->nic, l->n_nics, &l->nic_room, sizeof(*array));
	if (!array)
		return -ENOMEM;
	l->nic = array;
	array += l->n_nics;
	array->port = nsfab_port_dup(port);
	if (!array->port)
		return -ENOMEM;
	l->n_nics++;
	array->tenant = tenant;
	array->number = number;
	memcpy(array->vm, vm, sizeof(vm));
	return 0;
}

static int nic_cmp(const void *a, const void *b)
{
	const struct nic *x = a, *y = b;
	int ret;

	ret = strcmp(x->tenant->name, y->tenant->name);
	if (!ret)
		ret = strcmp(x->vm, y->vm);
	return ret ? ret : (int)x->number - (int)y->number;
}

static int load(struct nsfab *h, unsigned int ifindex, struct listing *l,
		struct nsfab_err *err)
{
	struct nsfab_filter filter = { .present = NSFAB_FILTER_HAS_TENANT };
	struct nsfab_fabric fabric;
	int ret;

	ret = nsfab_fabric_get(h, ifindex, &fabric, err);
	if (ret)
		return ret;
	memcpy(l->fabric, fabric.name, sizeof(l->fabric));
	if (l->only_tenant)
		ret = nsfab_tenant_get(h, ifindex, 0, l->only_tenant,
				       add_tenant, l, err);
	else
		ret = nsfab_tenant_dump(h, ifindex, add_tenant, l, err);
	if (ret || !l->n_tenants)
		return ret;
	filter.tenant = l->tenant->id;
	qsort(l->tenant, l->n_tenants, sizeof(*l->tenant), tenant_cmp);
	ret = nsfab_port_dump(h, ifindex, l->only_tenant ? &filter : NULL,
			      add_port, l, err);
	if (ret == -ENOMEM)
		return nsfab_err_set(err, ret, "no memory");
	if (!ret && l->n_nics)
		qsort(l->nic, l->n_nics, sizeof(*l->nic), nic_cmp);
	return ret;
}

static void unload(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n_nics; i++)
		free(l->nic[i].port);
	free(l->nic);
	free(l->tenant);
}

static bool is_there(const char *ns)
{
	char path[sizeof(NSFAB_NETNS_DIR) + VM_NS_SIZE];

	snprintf(path, sizeof(path), NSFAB_NETNS_DIR "/%s", ns);
	return !access(path, F_OK);
}

/* Tell of the VM whose NICs are the first @n of @nic. */
static int tell(const struct nic *nic, size_t n, const char *prefix,
		nsfab_vm_cb cb, void *arg)
{
	const struct nsfab_port *ports[NSFAB_VM_NICS_MAX];
	char own[NSFAB_LABELS_MAX + 1], run[NSFAB_LABELS_MAX + 1];
	struct vm_run_info info = { .exit_status = -1 };
	char ns[VM_NS_SIZE];
	struct vm_attrs attrs;
	struct vm_inet inet;
	struct nsfab_vm vm;
	size_t i;
	int ret;

	for (i = 0; i < n; i++)
		ports[i] = nic[i].port;
	vm_labels_split(ports[0]->labels, own, run, &attrs);
	ret = vm_inet_get(&inet, ports, n);
	if (ret)
		return ret;
	vm = (struct nsfab_vm){
		.tenant = nic->tenant->name,
		.tenant_id = nic->tenant->id,
		.name = nic->vm,
		.ports = ports,
		.n_ports = n,
		.labels = own,
		.run = attrs.run,
		.cpus = attrs.cpus,
		.memory = attrs.memory,
		.exit_status = -1,
		.router = inet.router,
		.no_ipv6 = inet.no_ipv6,
		.routes = inet.routes,
		.n_routes = inet.n_routes,
		.prefixlen = inet.prefixlen,
	};
	if (ports[0]->binding == NSFAB_BINDING_STUB) {
		vm.state = NSFAB_VM_STUB;
	} else if (vm_ns_join(ns, prefix, vm.tenant, vm.name, NULL) ||
		   !is_there(ns)) {
		vm.state = ports[0]->binding == NSFAB_BINDING_REMOTE ?
			   NSFAB_VM_REMOTE : NSFAB_VM_ABSENT;
	} else {
		vm_run_info(ns, &info);
		vm.netns = ns;
		vm.state = vm_run_state(&info);
		vm.exit_status = info.running ? -1 : info.exit_status;
		vm.pid = info.running ? info.init : 0;
	}
	ret = cb(&vm, arg);
	vm_inet_free(&inet);
	return ret;
}

static int list(struct nsfab *h, unsigned int ifindex, struct listing *l,
		nsfab_vm_cb cb, void *arg, struct nsfab_err *err)
{
	char prefix[VM_NS_SIZE];
	size_t i, n;
	int ret;

	ret = load(h, ifindex, l, err);
	vm_ns_prefix(h, prefix);
	for (i = 0; i < l->n_nics && !ret; i += n) {
		for (n = 1; i + n < l->n_nics; n++)
			if (l->nic[i + n].tenant != l->nic[i].tenant ||
			    strcmp(l->nic[i + n].vm, l->nic[i].vm))
				break;
		ret = tell(&l->nic[i], n, prefix, cb, arg);
	}
	unload(l);
	return ret;
}

int nsfab_vm_list(struct nsfab *h, unsigned int ifindex, const char *tenant,
		  nsfab_vm_cb cb, void *arg, struct nsfab_err *err)
{
	struct listing l = { .only_tenant = tenant };

	return list(h, ifindex, &l, cb, arg, err);
}

struct get_job {
	nsfab_vm_cb cb;
	void *arg;
	bool found;
};

static int get_one(const struct nsfab_vm *vm, void *arg)
{
	struct get_job *job = arg;

	job->found = true;
	return job->cb(vm, job->arg);
}

int nsfab_vm_get(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_ref *ref, nsfab_vm_cb cb, void *arg,
		 struct nsfab_err *err)
{
	struct listing l = { .only_tenant = ref->tenant, .only_vm = ref->name };
	struct get_job job = { .cb = cb, .arg = arg };
	int ret;

	ret = list(h, ifindex, &l, get_one, &job, err);
	if (!ret && !job.found)
		return vm_err(err, -ENOENT, "no VM \"%s\" in tenant %s",
			      ref->name, ref->tenant);
	return ret;
}
