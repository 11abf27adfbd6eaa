// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Deleting VMs. Their ports go last: as long as they are there, a delete that
 * failed half way can be repeated.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm_priv.h"

/* A VM to be deleted. */
struct gone {
	const struct nsfab_vm_ref *ref;
	char ns[VM_NS_SIZE];
	size_t first;		/* of the ports */
	size_t n_ports;
};

struct deletion {
	struct gone *vm;	/* ordered by names */
	size_t n;
	uint32_t *port;
	size_t n_ports;
	size_t room;
};

int vm_local_remove(const char *ns, struct nsfab_err *err)
{
	int dir, ret;

	/* Without a directory nothing was ever run in it. */
	dir = vm_dir_open(ns, false, NULL);
	if (dir >= 0) {
		close(dir);
		ret = vm_run_wait(ns, NSFAB_VM_GRACE_MS, err);
		if (!ret)
			ret = vm_cgroup_remove(ns, err);
		if (!ret)
			ret = vm_dir_remove(ns, err);
		if (ret)
			return ret;
	}
	ret = nsfab_netns_del(ns, err);
	return ret == -ENOENT ? 0 : ret;
}

static int ref_cmp(const struct nsfab_vm_ref *a, const struct nsfab_vm_ref *b)
{
	int ret = strcmp(a->tenant, b->tenant);

	return ret ? ret : strcmp(a->name, b->name);
}

static int gone_cmp(const void *a, const void *b)
{
	return ref_cmp(((const struct gone *)a)->ref,
		       ((const struct gone *)b)->ref);
}

static int add_vm(const struct nsfab_vm *vm, void *arg)
{
	const struct nsfab_vm_ref ref = { vm->tenant, vm->name };
	const struct gone key = { .ref = &ref };
	struct deletion *d = arg;
	struct gone *gone;
	uint32_t *port;
	size_t i, room;

	gone = bsearch(&key, d->vm, d->n, sizeof(key), gone_cmp);
	if (!gone)
		return 0;
	if (d->n_ports + vm->n_ports > d->room) {
		room = (d->n_ports + vm->n_ports) * 2;
		port = realloc(d->port, room * sizeof(*port));
		if (!port)
			return -ENOMEM;
		d->port = port;
		d->room = room;
	}
	gone->first = d->n_ports;
	gone->n_ports = vm->n_ports;
	for (i = 0; i < vm->n_ports; i++)
		d->port[d->n_ports++] = vm->ports[i]->id;
	return 0;
}

static int any_fabric(const struct nsfab_fabric *fabric, void *arg)
{
	(void)fabric;
	(void)arg;
	return 1;
}

/*
 * Is there a namespace that a VM has left, whose ports went with their fabric
 * or with the module? One that holds a fabric is a host's.
 */
static bool is_leftover(const char *ns)
{
	char path[sizeof(NSFAB_UTSNS_DIR) + VM_NS_SIZE];
	struct nsfab *inside;
	int fd, ret;

	snprintf(path, sizeof(path), NSFAB_UTSNS_DIR "/%s", ns);
	if (access(path, F_OK))
		return false;
	fd = nsfab_netns_open(ns, NULL);
	if (fd < 0)
		return false;
	ret = nsfab_open_fd(&inside, fd, NULL);
	close(fd);
	if (ret)
		return false;
	ret = nsfab_fabric_dump(inside, any_fabric, NULL, NULL);
	nsfab_close(inside);
	return ret == 0;
}

/* Find the ports of them all; each VM has to be there. */
static int find_ports(struct nsfab *h, unsigned int ifindex,
		      struct deletion *d, const struct nsfab_vm_ref *refs,
		      struct nsfab_err *err)
{
	const char *tenant = d->vm[0].ref->tenant;
	size_t i;
	int ret;

	/* They are ordered, so these are all or not. */
	if (strcmp(tenant, d->vm[d->n - 1].ref->tenant))
		tenant = NULL;
	ret = nsfab_vm_list(h, ifindex, tenant, add_vm, d, err);
	if (ret == -ENOMEM)
		return vm_err(err, ret, "no memory");
	/* No such tenant is no such VM. */
	if (ret && ret != -ENOENT)
		return ret;
	for (i = 0; i < d->n; i++) {
		if (d->vm[i].n_ports || is_leftover(d->vm[i].ns))
			continue;
		ret = vm_err(err, -ENOENT, "no VM \"%s\" in tenant %s",
			     d->vm[i].ref->name, d->vm[i].ref->tenant);
		if (err)
			err->index = d->vm[i].ref - refs;
		return ret;
	}
	return 0;
}

static int prepare(struct nsfab *h, struct deletion *d,
		   const struct nsfab_vm_ref *refs, size_t n,
		   struct nsfab_err *err)
{
	char prefix[VM_NS_SIZE];
	size_t i, kept = 0;
	int ret;

	d->vm = calloc(n, sizeof(*d->vm));
	if (!d->vm)
		return vm_err(err, -ENOMEM, "no memory");
	vm_ns_prefix(h, prefix);
	for (i = 0; i < n; i++) {
		d->vm[i].ref = &refs[i];
		ret = vm_ns_join(d->vm[i].ns, prefix, refs[i].tenant,
				 refs[i].name, err);
		if (ret)
			return ret;
	}
	qsort(d->vm, n, sizeof(*d->vm), gone_cmp);
	/* One that is named twice is deleted once. */
	for (i = 0; i < n; i++)
		if (!i || gone_cmp(&d->vm[i], &d->vm[kept - 1]))
			d->vm[kept++] = d->vm[i];
	d->n = kept;
	return 0;
}

static int remove_all(struct nsfab *h, unsigned int ifindex,
		      struct deletion *d, const struct nsfab_vm_ref *refs,
		      nsfab_vm_progress progress, void *arg,
		      struct nsfab_err *err)
{
	size_t i;
	int ret;

	/* All at once, so that they end side by side. */
	for (i = 0; i < d->n; i++)
		vm_run_kill(d->vm[i].ns);
	for (i = 0; i < d->n; i++) {
		ret = vm_local_remove(d->vm[i].ns, err);
		if (ret) {
			nsfab_err_prefix(err, "VM %s/%s", d->vm[i].ref->tenant,
					 d->vm[i].ref->name);
			if (err)
				err->index = d->vm[i].ref - refs;
			return ret;
		}
		ret = progress ? progress(i + 1, d->n, arg) : 0;
		if (ret)
			return vm_err(err, ret, "ended half way");
	}
	if (!d->n_ports)
		return 0;
	return nsfab_port_del(h, ifindex, d->port, d->n_ports, err);
}

int nsfab_vm_delete_many(struct nsfab *h, unsigned int ifindex,
			 const struct nsfab_vm_ref *refs, size_t n,
			 nsfab_vm_progress progress, void *arg,
			 struct nsfab_err *err)
{
	struct deletion d = { 0 };
	int ret;

	if (!n)
		return 0;
	ret = prepare(h, &d, refs, n, err);
	if (!ret)
		ret = find_ports(h, ifindex, &d, refs, err);
	if (!ret)
		ret = remove_all(h, ifindex, &d, refs, progress, arg, err);
	netns_tidy();
	free(d.vm);
	free(d.port);
	return ret;
}

int vm_remove_many(struct nsfab *h, const struct nsfab_vm_ref *refs, size_t n,
		   struct nsfab_err *err)
{
	struct deletion d = { 0 };
	int ret;

	ret = prepare(h, &d, refs, n, err);
	if (!ret)
		ret = remove_all(h, 0, &d, refs, NULL, NULL, err);
	netns_tidy();
	free(d.vm);
	return ret;
}

struct names {
	struct nsfab_vm_ref *ref;	/* strings are owned */
	size_t n;
	size_t room;
};

static int add_name(const struct nsfab_vm *vm, void *arg)
{
	struct names *names = arg;
	struct nsfab_vm_ref *ref;
	size_t room;

	if (names->n == names->room) {
		room = names->room ? names->room * 2 : 64;
		ref = realloc(names->ref, room * sizeof(*ref));
		if (!ref)
			return -ENOMEM;
		names->ref = ref;
		names->room = room;
	}
	ref = &names->ref[names->n++];
	ref->tenant = strdup(vm->tenant);
	ref->name = strdup(vm->name);
	return ref->tenant && ref->name ? 0 : -ENOMEM;
}

int nsfab_vm_delete_tenant(struct nsfab *h, unsigned int ifindex,
			   const char *tenant, struct nsfab_err *err)
{
	struct names names = { 0 };
	size_t i;
	int ret;

	ret = nsfab_vm_list(h, ifindex, tenant, add_name, &names, err);
	if (ret == -ENOMEM)
		ret = vm_err(err, ret, "no memory");
	if (!ret)
		ret = nsfab_vm_delete_many(h, ifindex, names.ref, names.n, NULL,
					   NULL, err);
	for (i = 0; i < names.n; i++) {
		free((char *)names.ref[i].tenant);
		free((char *)names.ref[i].name);
	}
	free(names.ref);
	return ret;
}
