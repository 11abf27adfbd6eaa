// SPDX-License-Identifier: LGPL-2.1-or-later
/* A VM's life between its creation and its deletion. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm_inet.h"

struct life {
	struct nsfab *h;
	unsigned int ifindex;
	unsigned int grace_ms;
	const struct nsfab_vm_change *change;
	struct nsfab_err *err;
};

static int refuse(const struct life *l, const struct nsfab_vm *vm, int code,
		  const char *why)
{
	return vm_err(l->err, code, "%s/%s %s", vm->tenant, vm->name,
		      why);
}

static int need_namespace(const struct life *l, const struct nsfab_vm *vm)
{
	if (vm->state == NSFAB_VM_STUB)
		return refuse(l, vm, -EOPNOTSUPP, "is a stub");
	if (vm->state == NSFAB_VM_REMOTE)
		return refuse(l, vm, -ENOENT, "is on another host");
	if (vm->state == NSFAB_VM_ABSENT)
		return refuse(l, vm, -ENOENT, "has lost its namespace");
	return 0;
}

static int take_network(const struct nsfab_network *network, void *arg)
{
	struct nsfab_network **copy = arg;

	*copy = nsfab_network_dup(network);
	return *copy ? 0 : -ENOMEM;
}

/* NULL for one that has gone meanwhile */
static int load_network(const struct life *l, uint32_t id,
			struct nsfab_network **network)
{
	int ret;

	*network = NULL;
	ret = nsfab_network_get(l->h, l->ifindex, id, 0, NULL, take_network,
				network, l->err);
	if (ret == -ENOMEM)
		nsfab_err_set(l->err, ret, "no memory");
	return ret == -ENOENT ? 0 : ret;
}

/* Work out what the devices shall be from what the ports say. */
static int sync_devices(const struct life *l, const struct nsfab_vm *vm)
{
	struct nsfab_prefix *prefix = NULL;
	struct vm_dev dev[NSFAB_VM_NICS_MAX];
	struct vm_net net = {
		.devs = dev,
		.router = vm->router,
		.no_ipv6 = vm->no_ipv6,
		.routes = vm->routes,
		.n_routes = vm->n_routes,
	};
	const struct nsfab_port *port;
	struct nsfab_network *network;
	size_t i, j, n = 0;
	int ret;

	for (i = 0; i < vm->n_ports; i++)
		n += vm->ports[i]->n_addresses;
	prefix = calloc(n + 1, sizeof(*prefix));
	if (!prefix)
		return nsfab_err_set(l->err, -ENOMEM, "no memory");
	for (i = 0, n = 0; i < vm->n_ports; i++) {
		char name[NSFAB_NAME_MAX + 1];

		port = vm->ports[i];
		ret = load_network(l, port->network, &network);
		if (ret)
			goto out;
		memset(&dev[i], 0, sizeof(dev[i]));
		dev[i].port = port->id;
		nsfab_vm_port_split(port->name, name, &dev[i].nic);
		dev[i].addrs = &prefix[n];
		dev[i].n_addrs = port->n_addresses;
		for (j = 0; j < port->n_addresses; j++, n++) {
			prefix[n].addr = port->addresses[j];
			prefix[n].len = vm_net_prefixlen(network,
							 &port->addresses[j],
							 vm->prefixlen[i]);
		}
		net.n_devs = i + 1;
		if (network)
			vm_net_gateways(&net, i, network);
		free(network);
	}
	ret = vm_net_sync(l->h, l->ifindex, vm->netns, &net, l->err);
out:
	free(prefix);
	return ret;
}

static int do_sync(const struct nsfab_vm *vm, void *arg)
{
	const struct life *l = arg;
	int ret;

	if (vm->state == NSFAB_VM_STUB)
		return 0;
	ret = need_namespace(l, vm);
	/* One whose devices are down is set right when it is started. */
	if (ret || vm->state == NSFAB_VM_STOPPED ||
	    vm->state == NSFAB_VM_PAUSED)
		return ret;
	return sync_devices(l, vm);
}

static int do_start(const struct nsfab_vm *vm, void *arg)
{
	const struct life *l = arg;
	int ret;

	ret = need_namespace(l, vm);
	if (ret)
		return ret;
	if (vm->state == NSFAB_VM_PAUSED)
		return refuse(l, vm, -EBUSY, "is paused");
	if (vm->pid)
		return refuse(l, vm, -EALREADY, "runs already");
	ret = sync_devices(l, vm);
	if (!ret && vm->run)
		ret = vm_run_start(vm, l->err);
	if (!ret)
		ret = vm_dir_set_halt(vm->netns, VM_HALT_NONE, l->err);
	if (ret && vm->state == NSFAB_VM_STOPPED)
		vm_net_down(vm->netns, NULL);
	return ret;
}

/* Ask init to end and wait; true if it did. */
static bool ask_init(const struct life *l, const struct nsfab_vm *vm)
{
	int fd;

	if (!vm->pid || vm->state == NSFAB_VM_PAUSED || !l->grace_ms)
		return false;
	fd = vm_run_pidfd(vm->netns, false);
	if (fd < 0)
		return true;
	if (!vm_run_handles_term(vm->pid)) {
		close(fd);
		return false;
	}
	syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0);
	close(fd);
	return !vm_run_wait(vm->netns, l->grace_ms, NULL);
}

static void thaw(const struct nsfab_vm *vm)
{
	int fd = vm_cgroup_open(vm->netns, false, NULL);

	if (fd < 0)
		return;
	vm_cgroup_freeze(fd, false, NULL);
	close(fd);
}

static int do_stop(const struct nsfab_vm *vm, void *arg)
{
	const struct life *l = arg;
	int ret;

	ret = need_namespace(l, vm);
	if (ret)
		return ret;
	if (vm->state == NSFAB_VM_STOPPED)
		return refuse(l, vm, -EALREADY, "is stopped already");
	ask_init(l, vm);
	/* And what is there beside it: programs of exec. */
	vm_run_kill(vm->netns);
	ret = vm_run_wait(vm->netns, NSFAB_VM_GRACE_MS, l->err);
	if (ret)
		return ret;
	if (vm->state == NSFAB_VM_PAUSED)
		thaw(vm);
	ret = vm_net_down(vm->netns, l->err);
	if (!ret)
		ret = vm_dir_set_halt(vm->netns, VM_HALT_STOPPED, l->err);
	return ret;
}

static int do_pause(const struct nsfab_vm *vm, void *arg)
{
	const struct life *l = arg;
	int fd, ret;

	ret = need_namespace(l, vm);
	if (ret)
		return ret;
	if (vm->state == NSFAB_VM_PAUSED)
		return refuse(l, vm, -EALREADY, "is paused already");
	if (vm->state == NSFAB_VM_STOPPED)
		return refuse(l, vm, -EINVAL, "is stopped");
	fd = vm_cgroup_open(vm->netns, false, NULL);
	if (fd < 0 && vm->pid)
		return refuse(l, vm, fd, "has no control group to be frozen");
	if (fd >= 0)
		ret = vm_cgroup_freeze(fd, true, l->err);
	if (!ret)
		ret = vm_dir_set_halt(vm->netns, VM_HALT_PAUSED, l->err);
	/* A kernel answers for its sleeping processes; this one must not. */
	if (!ret)
		ret = vm_net_down(vm->netns, l->err);
	if (ret) {
		vm_dir_set_halt(vm->netns, VM_HALT_NONE, NULL);
		if (fd >= 0)
			vm_cgroup_freeze(fd, false, NULL);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static int do_resume(const struct nsfab_vm *vm, void *arg)
{
	const struct life *l = arg;
	int fd, ret;

	ret = need_namespace(l, vm);
	if (ret)
		return ret;
	if (vm->state != NSFAB_VM_PAUSED)
		return refuse(l, vm, -EINVAL, "is not paused");
	ret = sync_devices(l, vm);
	if (ret)
		return ret;
	fd = vm_cgroup_open(vm->netns, false, NULL);
	if (fd >= 0) {
		ret = vm_cgroup_freeze(fd, false, l->err);
		close(fd);
	}
	return ret ? ret : vm_dir_set_halt(vm->netns, VM_HALT_NONE, l->err);
}

/* Set the limits of what runs already; a VM without a group has none to set. */
static int set_limits(const struct nsfab_vm *vm, uint32_t cpus, uint64_t memory,
		      struct nsfab_err *err)
{
	int fd, ret;

	if (!vm->netns)
		return 0;
	fd = vm_cgroup_open(vm->netns, false, NULL);
	if (fd < 0)
		return 0;
	ret = vm_cgroup_limit(fd, cpus, memory, err);
	close(fd);
	return ret;
}

static int change_attrs(const struct life *l, const struct nsfab_vm *vm,
			struct vm_attrs *attrs, char *run)
{
	const struct nsfab_vm_change *change = l->change;
	const char *which;

	*attrs = (struct vm_attrs){
		.run = vm->run,
		.cpus = vm->cpus,
		.memory = vm->memory,
	};
	if (vm->state == NSFAB_VM_STUB && (change->n_run || change->cpus ||
					   change->memory))
		return refuse(l, vm, -EINVAL,
			      "is a stub, which runs nothing and has no limits");
	if (change->present & NSFAB_VM_CHANGE_LABELS &&
	    vm_label_reserved(change->labels, &which))
		return nsfab_err_set(l->err, -EINVAL,
				     "label \"%s\" is taken by the VM's attribute of this name",
				     which);
	if (change->present & NSFAB_VM_CHANGE_CPUS)
		attrs->cpus = change->cpus;
	if (change->present & NSFAB_VM_CHANGE_MEMORY)
		attrs->memory = change->memory;
	if (!(change->present & NSFAB_VM_CHANGE_RUN))
		return 0;
	attrs->run = NULL;
	if (!change->n_run)
		return 0;
	if (nsfab_vm_run_join(run, NSFAB_LABELS_MAX + 1, change->run,
			      change->n_run) < 0)
		return vm_err(l->err, -E2BIG, "the command is too long");
	attrs->run = run;
	return 0;
}

static void change_inet(const struct nsfab_vm *vm,
			const struct nsfab_vm_change *change,
			struct vm_inet *inet)
{
	bool changed = change->present & NSFAB_VM_CHANGE_INET;
	const uint8_t (*lengths)[2] = changed && change->prefixlen ?
				      change->prefixlen : vm->prefixlen;

	memset(inet, 0, sizeof(*inet));
	inet->router = changed ? change->router : vm->router;
	inet->no_ipv6 = changed ? change->no_ipv6 : vm->no_ipv6;
	inet->routes = changed ? change->routes : vm->routes;
	inet->n_routes = changed ? change->n_routes : vm->n_routes;
	memcpy(inet->prefixlen, lengths, vm->n_ports * sizeof(*lengths));
}

static int forward_inside(void *arg)
{
	return vm_inet_forward(-1, false, arg);
}

static int ipv6_inside(void *arg)
{
	return vm_inet_ipv6(-1, true, arg);
}

/*
 * That it forwards, and has no IPv6, is seen to whenever it is synced; that it
 * does not forward, and has it, is not.
 */
static int take_back_inet(const struct life *l, const struct nsfab_vm *vm)
{
	bool ends, begins;
	int fd, ret = 0;

	ends = vm->router && !l->change->router;
	begins = vm->no_ipv6 && !l->change->no_ipv6;
	if (!(l->change->present & NSFAB_VM_CHANGE_INET) ||
	    !(ends || begins) || !vm->netns)
		return 0;
	fd = nsfab_netns_open(vm->netns, l->err);
	if (fd < 0)
		return fd;
	if (ends)
		ret = nsfab_netns_call(fd, forward_inside, l->err, l->err);
	if (!ret && begins)
		ret = nsfab_netns_call(fd, ipv6_inside, l->err, l->err);
	close(fd);
	return ret;
}

static int set_labels(const struct life *l, const struct nsfab_vm *vm,
		      char **labels)
{
	struct nsfab_port port = {
		.present = NSFAB_PORT_HAS_ID | NSFAB_PORT_HAS_LABELS,
	};
	int ret = 0;
	size_t i;

	for (i = 0; i < vm->n_ports && !ret; i++) {
		if (!strcmp(labels[i], vm->ports[i]->labels ?
			    vm->ports[i]->labels : ""))
			continue;
		port.id = vm->ports[i]->id;
		port.labels = labels[i];
		ret = nsfab_port_set(l->h, l->ifindex, &port, 1, l->err);
	}
	return ret;
}

static int do_set(const struct nsfab_vm *vm, void *arg)
{
	char *labels[NSFAB_VM_NICS_MAX], run[NSFAB_LABELS_MAX + 1];
	const struct life *l = arg;
	const struct nsfab_vm_change *change = l->change;
	struct vm_attrs attrs;
	struct vm_inet inet;
	bool limits;
	size_t i;
	int ret;

	change_inet(vm, change, &inet);
	ret = change_attrs(l, vm, &attrs, run);
	if (!ret)
		ret = vm_labels_fill(&attrs,
				     change->present & NSFAB_VM_CHANGE_LABELS ?
				     change->labels : vm->labels, &inet, labels,
				     vm->n_ports, l->err);
	if (ret)
		return ret;
	limits = attrs.cpus != vm->cpus || attrs.memory != vm->memory;
	if (limits)
		ret = set_limits(vm, attrs.cpus, attrs.memory, l->err);
	if (!ret)
		ret = take_back_inet(l, vm);
	if (!ret)
		ret = set_labels(l, vm, labels);
	if (ret && limits)
		set_limits(vm, vm->cpus, vm->memory, NULL);
	for (i = 0; i < vm->n_ports; i++)
		free(labels[i]);
	return ret;
}

int nsfab_vm_sync(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	struct life l = { .h = h, .ifindex = ifindex, .err = err };

	return nsfab_vm_get(h, ifindex, ref, do_sync, &l, err);
}

int nsfab_vm_start(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	struct life l = { .h = h, .ifindex = ifindex, .err = err };

	return nsfab_vm_get(h, ifindex, ref, do_start, &l, err);
}

int nsfab_vm_stop(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_vm_ref *ref, unsigned int grace_ms,
		  struct nsfab_err *err)
{
	struct life l = {
		.h = h,
		.ifindex = ifindex,
		.grace_ms = grace_ms,
		.err = err,
	};

	return nsfab_vm_get(h, ifindex, ref, do_stop, &l, err);
}

int nsfab_vm_pause(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	struct life l = { .h = h, .ifindex = ifindex, .err = err };

	return nsfab_vm_get(h, ifindex, ref, do_pause, &l, err);
}

int nsfab_vm_resume(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	struct life l = { .h = h, .ifindex = ifindex, .err = err };

	return nsfab_vm_get(h, ifindex, ref, do_resume, &l, err);
}

int nsfab_vm_set(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_ref *ref,
		 const struct nsfab_vm_change *change, struct nsfab_err *err)
{
	struct life l = {
		.h = h,
		.ifindex = ifindex,
		.change = change,
		.err = err,
	};

	return nsfab_vm_get(h, ifindex, ref, do_set, &l, err);
}
