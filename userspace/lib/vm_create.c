// SPDX-License-Identifier: LGPL-2.1-or-later
/* Making VMs: ports, then namespaces with their devices, then workloads. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm_inet.h"
#include "vm_plan.h"

/* How often to look for free addresses while others take them away. */
#define AUTO_TRIES	5

/* Namespaces that share a /proc of vm_inet_proc() */
#define PROC_USES	128

struct create {
	struct nsfab *h;
	unsigned int ifindex;
	struct vm_plan plan;
	struct nsfab_netns_spec *ns;
	size_t *vm_of_ns;
	size_t n_ns;
	nsfab_vm_progress progress;
	void *arg;
	size_t done;
	int proc;		/* of vm_inet_proc() */
};

/* Tell how far it is; the caller may want no more. */
static int tell(struct create *c, struct nsfab_err *err)
{
	int ret;

	c->done++;
	if (!c->progress)
		return 0;
	ret = c->progress(c->done, c->plan.n, c->arg);
	return ret ? vm_err(err, ret, "ended half way") : 0;
}

/* May the kernel's refusal of a port be gone with another address? */
static bool lost_race(const struct create *c, const struct nsfab_err *err)
{
	const struct nsfab_vm_nic *nic;
	const struct vm_plan_vm *vm;

	if (err->code != -EEXIST || !strstr(err->attr, "address") ||
	    err->index < 0 || (size_t)err->index >= c->plan.n_ports)
		return false;
	vm = &c->plan.vm[vm_plan_vm_of(&c->plan, err->index)];
	nic = &vm->spec->nics[err->index - vm->first];
	return nic->flags & NSFAB_VM_NIC_AUTO;
}

static int make_ports(struct create *c, struct nsfab_err *err)
{
	struct vm_plan *plan = &c->plan;
	const struct nsfab_vm_spec *spec;
	size_t i;
	int ret;

	memset(err, 0, sizeof(*err));
	err->index = -1;
	ret = nsfab_port_new(c->h, c->ifindex, plan->port, plan->n_ports,
			     plan->id, err);
	if (!ret) {
		for (i = 0; i < plan->n_ports; i++)
			plan->dev[i].port = plan->id[i];
		return 0;
	}
	if (err->applied)
		nsfab_port_del(c->h, c->ifindex, plan->id, err->applied, NULL);
	if (lost_race(c, err))
		return -EAGAIN;
	if (err->index >= 0 && (size_t)err->index < plan->n_ports) {
		err->index = vm_plan_vm_of(plan, err->index);
		spec = plan->vm[err->index].spec;
		nsfab_err_prefix(err, "VM %s/%s", spec->tenant, spec->name);
	}
	return ret;
}

/* Work out and make ports, until no one else takes the same addresses. */
static int plan_ports(struct create *c, const struct nsfab_vm_spec *specs,
		      size_t n, struct nsfab_err *err)
{
	unsigned int tries;
	int ret = 0;

	for (tries = 0; tries < AUTO_TRIES; tries++) {
		ret = vm_plan_make(c->h, c->ifindex, specs, n, &c->plan, err);
		if (ret)
			return ret;
		ret = make_ports(c, err);
		if (!ret)
			return 0;
		vm_plan_free(&c->plan);
		if (ret != -EAGAIN)
			return ret;
	}
	return err->code;
}

static int list_namespaces(struct create *c, struct nsfab_err *err)
{
	size_t i;

	c->ns = calloc(c->plan.n, sizeof(*c->ns));
	c->vm_of_ns = calloc(c->plan.n, sizeof(*c->vm_of_ns));
	if (!c->ns || !c->vm_of_ns)
		return vm_err(err, -ENOMEM, "no memory");
	for (i = 0; i < c->plan.n; i++) {
		if (!c->plan.vm[i].ns)
			continue;
		c->ns[c->n_ns].name = c->plan.vm[i].ns;
		c->ns[c->n_ns].hostname = c->plan.vm[i].spec->name;
		c->vm_of_ns[c->n_ns++] = i;
	}
	return 0;
}

static void close_proc(struct create *c)
{
	if (c->proc >= 0)
		close(c->proc);
	c->proc = -1;
}

static int fill_namespace(size_t index, int fd, void *arg,
			  struct nsfab_err *err)
{
	struct create *c = arg;
	int ret;

	if (!(index % PROC_USES)) {
		close_proc(c);
		c->proc = vm_inet_proc();
	}
	ret = vm_net_fill(c->h, c->ifindex, fd,
			  &c->plan.vm[c->vm_of_ns[index]].net, c->proc, err);
	return ret ? ret : tell(c, err);
}

/* As the list of VMs tells of it, as far as starting it is about that. */
static int start(struct create *c, const struct vm_plan_vm *vm,
		 struct nsfab_err *err)
{
	char own[NSFAB_LABELS_MAX + 1], run[NSFAB_LABELS_MAX + 1];
	const struct nsfab_port *ports[NSFAB_VM_NICS_MAX];
	struct vm_attrs attrs;
	struct nsfab_vm view;
	size_t i;

	vm_labels_split(c->plan.labels[vm->first], own, run, &attrs);
	for (i = 0; i < vm->spec->n_nics; i++)
		ports[i] = &c->plan.port[vm->first + i];
	view = (struct nsfab_vm){
		.tenant = vm->spec->tenant,
		.name = vm->spec->name,
		.ports = ports,
		.n_ports = vm->spec->n_nics,
		.run = attrs.run,
		.cpus = attrs.cpus,
		.memory = attrs.memory,
		.netns = vm->ns,
	};
	return vm_run_start(&view, err);
}

static void remove_workloads(struct create *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c->plan.vm[i].ns && c->plan.vm[i].spec->n_run)
			vm_run_kill(c->plan.vm[i].ns);
	for (i = 0; i < n; i++) {
		if (!c->plan.vm[i].ns || !c->plan.vm[i].spec->n_run)
			continue;
		vm_run_wait(c->plan.vm[i].ns, NSFAB_VM_GRACE_MS, NULL);
		vm_cgroup_remove(c->plan.vm[i].ns, NULL);
		vm_dir_remove(c->plan.vm[i].ns, NULL);
	}
}

static int start_workloads(struct create *c, struct nsfab_err *err)
{
	const struct nsfab_vm_spec *spec;
	size_t i;
	int ret;

	for (i = 0; i < c->plan.n; i++) {
		spec = c->plan.vm[i].spec;
		if (!spec->n_run || !c->plan.vm[i].ns)
			continue;
		ret = start(c, &c->plan.vm[i], err);
		if (!ret)
			continue;
		nsfab_err_prefix(err, "VM %s/%s", spec->tenant, spec->name);
		err->index = i;
		/* The failed one has a directory already. */
		remove_workloads(c, i + 1);
		return ret;
	}
	return 0;
}

static int make_namespaces(struct create *c, struct nsfab_err *err)
{
	const struct nsfab_vm_spec *spec;
	size_t i;
	int ret;

	ret = list_namespaces(c, err);
	if (ret)
		return ret;
	ret = nsfab_netns_add_many(c->ns, c->n_ns, fill_namespace, c, err);
	if (ret) {
		if (err->index >= 0 && (size_t)err->index < c->n_ns) {
			err->index = c->vm_of_ns[err->index];
			spec = c->plan.vm[err->index].spec;
			nsfab_err_prefix(err, "VM %s/%s", spec->tenant,
					 spec->name);
		}
		return ret;
	}
	for (i = c->n_ns; i < c->plan.n && !ret; i++)
		ret = tell(c, err);
	if (!ret)
		ret = start_workloads(c, err);
	if (ret)
		for (i = 0; i < c->n_ns; i++)
			nsfab_netns_del(c->ns[i].name, NULL);
	if (ret)
		netns_tidy();
	return ret;
}

int nsfab_vm_create_many(struct nsfab *h, unsigned int ifindex,
			 const struct nsfab_vm_spec *specs, size_t n,
			 nsfab_vm_progress progress, void *arg,
			 struct nsfab_err *err)
{
	struct create c = {
		.h = h,
		.ifindex = ifindex,
		.progress = progress,
		.arg = arg,
		.proc = -1,
	};
	struct nsfab_err own = { .index = -1 };
	ssize_t index;
	int ret;

	if (!n)
		return 0;
	if (!err)
		err = &own;
	ret = plan_ports(&c, specs, n, err);
	if (ret)
		return ret;
	ret = make_namespaces(&c, err);
	close_proc(&c);
	if (ret) {
		index = err->index;
		nsfab_port_del(h, ifindex, c.plan.id, c.plan.n_ports, NULL);
		err->index = index;
		err->applied = 0;
	}
	free(c.ns);
	free(c.vm_of_ns);
	vm_plan_free(&c.plan);
	return ret;
}
