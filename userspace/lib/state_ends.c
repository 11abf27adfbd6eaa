// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a link's ends mean: VMs, NICs, ports, networks, hosts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_nics.h"

static bool may_be_end(const struct nsfab_state_obj *obj)
{
	return obj->kind == NSFAB_STATE_HOST ||
	       obj->kind == NSFAB_STATE_NETWORK ||
	       obj->kind == NSFAB_STATE_PORT || obj->kind == NSFAB_STATE_VM;
}

static int compare_ends(const void *a, const void *b)
{
	const struct nsfab_state_obj *x = *(const struct nsfab_state_obj *const *)a;
	const struct nsfab_state_obj *y = *(const struct nsfab_state_obj *const *)b;
	int diff = strcmp(x->tenant, y->tenant);

	if (!diff)
		diff = strcmp(x->name, y->name);
	return diff ? diff : (int)x->kind - (int)y->kind;
}

int state_ends_init(struct state_ends *ends, struct nsfab_state *state)
{
	size_t i;

	ends->state = state;
	ends->n = 0;
	ends->obj = calloc(state->n + 1, sizeof(*ends->obj));
	if (!ends->obj)
		return -ENOMEM;
	for (i = 0; i < state->n; i++)
		if (may_be_end(state->obj[i]))
			ends->obj[ends->n++] = state->obj[i];
	qsort(ends->obj, ends->n, sizeof(*ends->obj), compare_ends);
	return 0;
}

void state_ends_free(struct state_ends *ends)
{
	free(ends->obj);
}

static const struct nsfab_state_obj *find(const struct state_ends *ends,
					  enum nsfab_state_kind kind,
					  const char *tenant, const char *name)
{
	const struct nsfab_state_obj key = {
		.kind = kind, .tenant = tenant, .name = name,
	}, *p = &key, **found;

	found = bsearch(&p, ends->obj, ends->n, sizeof(*ends->obj),
			compare_ends);
	return found ? *found : NULL;
}

static const char *nic_name(const struct state_ends *ends,
			    const struct nsfab_state_obj *vm, unsigned int nic)
{
	char name[NSFAB_PORT_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%s/eth%u", vm->name, nic);
	return state_arena_strdup(&ends->state->arena, name);
}

/* The NIC in @network, or without one the only NIC. */
static int find_nic(const struct state_ends *ends,
		    const struct nsfab_state_obj *vm,
		    const struct nsfab_state_obj *network,
		    struct state_way *way, const char **port)
{
	unsigned int i, n = 0, nic = 0;

	for (i = 0; i < vm->as_vm.n_nics; i++)
		if (!network ||
		    !strcmp(vm->as_vm.nic[i].network, network->name)) {
			nic = i;
			n++;
		}
	if (n == 1) {
		*port = nic_name(ends, vm, nic);
		return *port ? 0 : -ENOMEM;
	}
	if (network)
		snprintf(way->why, sizeof(way->why), "vm %s has %s in network %s",
			 vm->name, n ? "several NICs" : "no NIC",
			 network->name);
	else
		snprintf(way->why, sizeof(way->why),
			 "vm %s has several NICs: name one of them, such as %s/eth0",
			 vm->name, vm->name);
	return 0;
}

/**
 * struct end - an end as it was written
 * @text: that
 * @vm: the VM that it names
 * @nic: number of the NIC that it names, -1 for none
 * @port: the port that it names
 * @network: the network that it names
 */
struct end {
	const char *text;
	const struct nsfab_state_obj *vm;
	int nic;
	const struct nsfab_state_obj *port;
	const struct nsfab_state_obj *network;
};

static void read_nic(const struct state_ends *ends, const char *tenant,
		     struct end *end, struct state_way *way)
{
	const char *slash = strchr(end->text, '/');
	char vm[NSFAB_NAME_MAX + 1];
	unsigned int nic;
	int len = 0;

	if (slash - end->text > NSFAB_NAME_MAX ||
	    sscanf(slash, "/eth%2u%n", &nic, &len) != 1 || slash[len]) {
		snprintf(way->why, sizeof(way->why),
			 "\"%s\" is no NIC of a VM, such as VM/eth0", end->text);
		return;
	}
	snprintf(vm, sizeof(vm), "%.*s", (int)(slash - end->text), end->text);
	end->vm = find(ends, NSFAB_STATE_VM, tenant, vm);
	end->nic = nic;
	if (!end->vm)
		snprintf(way->why, sizeof(way->why), "tenant %s has no vm \"%s\"",
			 tenant, vm);
	else if (nic >= end->vm->as_vm.n_nics)
		snprintf(way->why, sizeof(way->why), "vm %s has no NIC eth%u", vm,
			 nic);
}

static void read_end(const struct state_ends *ends, const char *tenant,
		     struct end *end, struct state_way *way)
{
	end->nic = -1;
	if (!end->text || *way->why)
		return;
	if (strchr(end->text, '/'))
		return read_nic(ends, tenant, end, way);
	end->vm = find(ends, NSFAB_STATE_VM, tenant, end->text);
	if (!end->vm)
		end->port = find(ends, NSFAB_STATE_PORT, tenant, end->text);
	if (!end->vm && !end->port)
		end->network = find(ends, NSFAB_STATE_NETWORK, tenant,
				    end->text);
	if (!end->vm && !end->port && !end->network)
		snprintf(way->why, sizeof(way->why),
			 "tenant %s has no vm, port or network \"%s\"", tenant,
			 end->text);
}

/* The name of the port in @network on the way to @other */
static const char *patch_name(const struct state_ends *ends,
			      const struct nsfab_state_obj *network,
			      const struct nsfab_state_obj *other)
{
	char name[2 * NSFAB_NAME_MAX + 16];
	uint64_t hash;

	snprintf(name, sizeof(name), "patch-%s-%s", network->name, other->name);
	if (strlen(name) > NSFAB_NAME_MAX) {
		hash = state_hash(STATE_HASH_INIT, network->name);
		hash = state_hash(hash, other->name);
		snprintf(name, sizeof(name), "patch-%016llx",
			 (unsigned long long)hash);
	}
	return state_arena_strdup(&ends->state->arena, name);
}

static int find_port(const struct state_ends *ends, const struct end *end,
		     const struct end *other, struct state_way *way,
		     const char **port)
{
	if (end->vm && end->nic < 0)
		return find_nic(ends, end->vm, other->network, way, port);
	if (end->vm)
		*port = nic_name(ends, end->vm, end->nic);
	else if (end->port)
		*port = end->port->name;
	else
		return 0;
	return *port ? 0 : -ENOMEM;
}

static int between_networks(const struct state_ends *ends,
			    const struct end *from, const struct end *to,
			    struct state_way *way)
{
	if (from->network == to->network) {
		snprintf(way->why, sizeof(way->why),
			 "both ends are network %s", from->text);
		return 0;
	}
	way->networks[0] = from->network;
	way->networks[1] = to->network;
	/* What leaves a network goes to its own patch port. */
	way->to = patch_name(ends, from->network, to->network);
	return way->to ? 0 : -ENOMEM;
}

static int between_hosts(const struct state_ends *ends, const char *from,
			 const char *to, struct state_way *way)
{
	const char *text[2] = { from, to }, *port[2] = { NULL, NULL };
	char name[NSFAB_PORT_NAME_MAX + 1];
	int i;

	for (i = 0; i < 2; i++) {
		if (!text[i])
			continue;
		if (!find(ends, NSFAB_STATE_HOST, "", text[i])) {
			snprintf(way->why, sizeof(way->why),
				 "the lab has no host \"%s\"", text[i]);
			return 0;
		}
		snprintf(name, sizeof(name), "%s/eth0", text[i]);
		port[i] = state_arena_strdup(&ends->state->arena, name);
		if (!port[i])
			return -ENOMEM;
	}
	way->from = port[0];
	way->to = port[1];
	way->host = NSFAB_STATE_UNDERLAY_HOST;
	return 0;
}

int state_find_way(const struct state_ends *ends, const char *host,
		   const char *tenant, const char *from_text,
		   const char *to_text, struct state_way *way)
{
	struct end from = { .text = from_text }, to = { .text = to_text };
	int ret;

	memset(way, 0, sizeof(*way));
	way->host = "";
	if (from_text && to_text && !strcmp(from_text, to_text)) {
		snprintf(way->why, sizeof(way->why), "both ends are %s",
			 from_text);
		return 0;
	}
	if (host && !strcmp(host, NSFAB_STATE_UNDERLAY_HOST))
		return between_hosts(ends, from_text, to_text, way);
	read_end(ends, tenant, &from, way);
	read_end(ends, tenant, &to, way);
	if (*way->why)
		return 0;
	if (from.network && to.network)
		return between_networks(ends, &from, &to, way);
	if ((from.network && !to.vm) || (to.network && !from.vm)) {
		snprintf(way->why, sizeof(way->why),
			 "network %s needs another network or a vm as its other end",
			 from.network ? from.text : to.text);
		return 0;
	}
	ret = find_port(ends, &from, &to, way, &way->from);
	if (!ret)
		ret = find_port(ends, &to, &from, way, &way->to);
	if (from.vm)
		way->host = from.vm->host;
	else if (to.vm)
		way->host = to.vm->host;
	return ret;
}
