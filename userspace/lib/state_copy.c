// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tell every emulated host of the tenants, and of what the others have. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "state_priv.h"

/* @from as @host has it; what it points to is shared. */
static struct nsfab_state_obj *copy_to(struct nsfab_state *state,
				       const struct nsfab_state_obj *from,
				       const char *host)
{
	struct nsfab_state_obj *obj;

	obj = state_arena_dup(&state->arena, from, sizeof(*from));
	if (!obj)
		return NULL;
	obj->host = host;
	obj->copy = true;
	return state_push(state, obj) ? NULL : obj;
}

/* What a VM's first port says of it on its own host, but for what runs there */
static const char *vm_labels(struct nsfab_state *state,
			     const struct nsfab_state_obj *vm)
{
	const char *flavour = vm->as_vm.flavour, *image = vm->as_vm.image;
	char labels[2 * NSFAB_LABELS_MAX];

	snprintf(labels, sizeof(labels), "%s%s\n%s%s\n%s",
		 flavour ? "flavour=" : "", flavour ? flavour : "",
		 image ? "image=" : "", image ? image : "", vm->labels);
	return state_tidy_labels(&state->arena, labels);
}

/* A VM of another host is, port by port, behind that host's VTEP. */
static int copy_vm(struct nsfab_state *state,
		   const struct nsfab_state_obj *vm, const char *host,
		   const struct nsfab_addr *vtep)
{
	char name[NSFAB_PORT_NAME_MAX + 1];
	struct nsfab_state_obj *port;
	unsigned int i;

	for (i = 0; i < vm->as_vm.n_nics; i++) {
		port = copy_to(state, vm, host);
		if (!port)
			return -ENOMEM;
		snprintf(name, sizeof(name), "%s/eth%u", vm->name, i);
		port->kind = NSFAB_STATE_PORT;
		port->name = state_arena_strdup(&state->arena, name);
		port->labels = i ? "" : vm_labels(state, vm);
		port->as_port.remote = *vtep;
		port->as_port.nic = vm->as_vm.nic[i];
		/* A source is checked where it is. */
		port->as_port.nic.n_allowed = 0;
		/* And what its stack thinks is its own affair. */
		memset(port->as_port.nic.prefixlen, 0,
		       sizeof(port->as_port.nic.prefixlen));
		port->as_port.nic.unguarded = false;
		if (!port->name || !port->labels)
			return -ENOMEM;
	}
	return 0;
}

static const struct nsfab_state_obj *host_of(struct nsfab_state_obj **host,
					     size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(host[i]->name, name))
			return host[i];
	return NULL;
}

int state_copy_to_hosts(struct nsfab_state *state)
{
	struct nsfab_state_obj **host, *obj;
	size_t n = state->n, hosts = 0, i, h;
	const struct nsfab_state_obj *at;
	int err;

	for (i = 0; i < n; i++)
		hosts += state->obj[i]->kind == NSFAB_STATE_HOST;
	if (!hosts)
		return 0;
	host = state_arena_alloc(&state->arena, hosts * sizeof(*host));
	if (!host)
		return -ENOMEM;
	for (i = 0, h = 0; i < n; i++)
		if (state->obj[i]->kind == NSFAB_STATE_HOST)
			host[h++] = state->obj[i];
	for (i = 0; i < n; i++) {
		obj = state->obj[i];
		if (obj->kind == NSFAB_STATE_HOST || state_is_of_one_host(obj))
			continue;
		at = host_of(host, hosts, obj->host);
		for (h = 0; h < hosts; h++) {
			err = 0;
			if (obj->kind == NSFAB_STATE_VM && host[h] != at)
				err = copy_vm(state, obj, host[h]->name,
					      &at->as_host.local);
			else if (obj->kind != NSFAB_STATE_VM && h)
				err = copy_to(state, obj, host[h]->name) ?
				      0 : -ENOMEM;
			if (err)
				return err;
		}
		if (obj->kind != NSFAB_STATE_VM)
			obj->host = host[0]->name;
	}
	return 0;
}
