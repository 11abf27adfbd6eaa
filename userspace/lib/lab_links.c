// SPDX-License-Identifier: LGPL-2.1-or-later
/* Steps that are about links, and about the patches between networks. */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_priv.h"

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static int take_link(const struct nsfab_link *link, void *arg)
{
	*(uint32_t *)arg = link->id;
	return 0;
}

static void fill_patch(const struct nsfab_state_patch *patch, int end,
		       struct nsfab_port *port, uint32_t tenant,
		       uint32_t network, const char *labels)
{
	port->present = NSFAB_PORT_HAS_TENANT | NSFAB_PORT_HAS_NETWORK |
			NSFAB_PORT_HAS_NAME | NSFAB_PORT_HAS_LABELS;
	port->tenant = tenant;
	port->network = network;
	port->name = patch->port[end];
	port->labels = labels;
}

/* The first ports of all, then the second ones, which bind both. */
static int make_patches(struct nsfab_lab *lab, struct lab_place *place,
			const struct nsfab_state_op *op, unsigned int n,
			struct nsfab_err *err)
{
	struct nsfab_port *port = calloc(n, sizeof(*port));
	uint32_t *ids = calloc(2 * n, sizeof(*ids)), tenant, network;
	char labels[NSFAB_NAME_MAX + 8];
	const struct nsfab_state_patch *patch;
	unsigned int i;
	int end, ret = 0;

	snprintf(labels, sizeof(labels), NSFAB_STATE_LABEL "=%s", lab->name);
	if (!port || !ids)
		ret = no_memory(err);
	for (end = 0; end < 2 && !ret; end++) {
		for (i = 0; i < n && !ret; i++) {
			patch = &op[i].new->as_patch;
			tenant = lab_tenant_id(place, op[i].new->tenant, err);
			network = tenant ? lab_network_id(place,
							  op[i].new->tenant,
							  patch->network[end],
							  err) : 0;
			ret = network ? 0 : -ENOENT;
			fill_patch(patch, end, &port[i], tenant, network,
				   labels);
			if (!end)
				continue;
			port[i].present |= NSFAB_PORT_HAS_BINDING |
					   NSFAB_PORT_HAS_PEER;
			port[i].binding = NSFAB_BINDING_PATCH;
			port[i].peer = ids[i];
		}
		if (!ret)
			ret = nsfab_port_new(place->h, place->ifindex, port, n,
					     ids + end * n, err);
		/* Links are made of them next. */
		for (i = 0; i < n && !ret; i++)
			lab_keep_port_id(place, op[i].new->tenant,
					 op[i].new->as_patch.port[end],
					 ids[end * n + i]);
	}
	/* Half of a patch is none. */
	if (ret && end == 2)
		nsfab_port_del(place->h, place->ifindex, ids, n, NULL);
	if (ret)
		lab_forget_ports(place);
	free(port);
	free(ids);
	return ret;
}

static int delete_patches(struct lab_place *place,
			  const struct nsfab_state_op *op, unsigned int n,
			  struct nsfab_err *err)
{
	struct nsfab_port *port = calloc(2 * n, sizeof(*port));
	unsigned int i, found = 0;
	int end, ret = 0;

	if (!port)
		return no_memory(err);
	for (i = 0; i < n; i++)
		for (end = 0; end < 2 && !ret; end++)
			if (*op[i].old->as_patch.port[end])
				ret = lab_fill_port_key(place,
							op[i].old->tenant,
							op[i].old->as_patch.port[end],
							&port[found++], err);
	if (!ret)
		ret = lab_delete_ports(place, port, found, err);
	free(port);
	return ret;
}

int lab_patch_apply(struct nsfab_lab *lab, struct lab_place *place,
		    const struct nsfab_state_op *op, unsigned int n,
		    struct nsfab_err *err)
{
	return op->verb == NSFAB_STATE_DELETE ?
	       delete_patches(place, op, n, err) :
	       make_patches(lab, place, op, n, err);
}

/* Ids of what was looked up in one call: bottlenecks, links. */
struct known {
	uint32_t id;
	char key[];
};

struct finder {
	struct lab_place *place;
	struct nsfab_err *err;
	void *known;
};

static int compare_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int look_up(struct finder *f, uint32_t tenant, const char *name,
		   uint32_t *id)
{
	struct nsfab_link key = {
		.present = NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT,
		.tenant = tenant, .name = name,
	};
	struct known *known, **found;
	char buf[32];
	int len, ret;

	len = snprintf(buf, sizeof(buf), "b%u/", tenant);
	known = malloc(sizeof(*known) + len + strlen(name) + 1);
	if (!known)
		return no_memory(f->err);
	memcpy(known->key, buf, len);
	strcpy(known->key + len, name);
	found = tfind(known, &f->known, compare_known);
	if (found) {
		*id = (*found)->id;
		free(known);
		return 0;
	}
	ret = nsfab_link_get(f->place->h, f->place->ifindex, &key, take_link,
			     &known->id, f->err);
	if (ret)
		nsfab_err_prefix(f->err, "bottleneck %s", name);
	if (!ret && !tsearch(known, &f->known, compare_known))
		ret = no_memory(f->err);
	if (ret)
		free(known);
	else
		*id = known->id;
	return ret;
}

static int fill_key(struct finder *f, const struct nsfab_state_obj *obj,
		    struct nsfab_link *link)
{
	const char *from = obj->as_link.from, *to = obj->as_link.to;

	if (obj->kind == NSFAB_STATE_BOTTLENECK) {
		link->name = obj->name;
		link->tenant = lab_tenant_id(f->place, obj->tenant, f->err);
		link->present |= NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT;
		return link->tenant ? 0 : -ENOENT;
	}
	if (from) {
		link->from = lab_port_id(f->place, obj->tenant, from, f->err);
		link->present |= NSFAB_LINK_HAS_FROM;
	}
	if (to && (!from || link->from)) {
		link->to = lab_port_id(f->place, obj->tenant, to, f->err);
		link->present |= NSFAB_LINK_HAS_TO;
	}
	link->scope = obj->as_link.conf->scope;
	link->present |= NSFAB_LINK_HAS_SCOPE;
	return (from && !link->from) || (to && !link->to) ? f->err->code : 0;
}

static int fill_path(struct finder *f, const struct nsfab_state_obj *obj,
		     struct nsfab_link *link, uint32_t *path)
{
	uint32_t tenant = lab_tenant_id(f->place, obj->tenant, f->err);
	unsigned int i;
	int ret = tenant ? 0 : -ENOENT;

	for (i = 0; i < obj->as_link.n_path && !ret; i++)
		ret = look_up(f, tenant, obj->as_link.path[i], &path[i]);
	link->path = path;
	link->n_path = obj->as_link.n_path;
	link->present |= NSFAB_LINK_HAS_PATH;
	return ret;
}

/* What a new link is made of: all that is not as the kernel has it. */
static uint32_t worth_saying(const struct nsfab_state_link *link)
{
	static const struct nsfab_link none = { .n_nth = 0 };
	const struct nsfab_state_link nothing = { .conf = (void *)&none };
	struct nsfab_state_link all = *link;

	all.scheduled = 0;
	return state_link_diff(&nothing, &all);
}

static int fill_link(struct finder *f, const struct nsfab_state_op *op,
		     struct nsfab_link *link, uint32_t *path)
{
	const struct nsfab_state_obj *obj = op->new;
	bool new = op->verb == NSFAB_STATE_CREATE;
	int ret;

	*link = *obj->as_link.conf;
	link->present = new ? worth_saying(&obj->as_link) :
			state_link_diff(&op->old->as_link, &obj->as_link) |
			op->old->as_link.scheduled;
	if (!link->n_table)
		link->present &= ~NSFAB_LINK_HAS_TABLE;
	ret = fill_key(f, obj, link);
	if (!ret && (new ? obj->as_link.n_path > 0 :
		     state_obj_diff(op->old, obj) & STATE_DIFF_PATH))
		ret = fill_path(f, obj, link, path);
	return ret;
}

/* On the way back: those that did not go, for their ports had not gone yet. */
static int make_missing(struct finder *f, const struct nsfab_state_op *op,
			const struct nsfab_link *link, unsigned int n,
			unsigned int *done)
{
	struct lab_place *place = f->place;
	int ret = 0;

	for (*done = 0; *done < n; ++*done) {
		ret = nsfab_link_new(place->h, place->ifindex, &link[*done], 1,
				     NULL, f->err);
		if (ret && (ret != -EEXIST || !op[*done].implied))
			return ret;
	}
	return 0;
}

static int write_links(struct finder *f, const struct nsfab_state_op *op,
		       unsigned int n, unsigned int *done)
{
	struct nsfab_link *link = calloc(n, sizeof(*link));
	uint32_t (*path)[NSFAB_LINK_PATH_MAX] = calloc(n, sizeof(*path));
	struct lab_place *place = f->place;
	unsigned int i;
	int ret = 0;

	if (!link || !path)
		ret = no_memory(f->err);
	for (i = 0; i < n && !ret; i++)
		ret = fill_link(f, &op[i], &link[i], path[i]);
	if (ret) {
		f->err->index = i ? i - 1 : 0;
	} else {
		ret = op->verb == NSFAB_STATE_CREATE ?
		      nsfab_link_new(place->h, place->ifindex, link, n, NULL,
				     f->err) :
		      nsfab_link_set(place->h, place->ifindex, link, n,
				     f->err);
		*done = !ret ? n : f->err->applied < n ? f->err->applied : n;
		if (ret == -EEXIST && op->implied)
			ret = make_missing(f, op, link, n, done);
	}
	free(link);
	free(path);
	return ret;
}

/* A link goes with its ports: it may be gone by now. */
static int delete_links(struct finder *f, const struct nsfab_state_op *op,
			unsigned int n, unsigned int *done)
{
	uint32_t *ids = calloc(n, sizeof(*ids));
	struct lab_place *place = f->place;
	unsigned int i, found = 0;
	int ret = 0;

	if (!ids)
		return no_memory(f->err);
	for (i = 0; i < n && !ret; i++) {
		struct nsfab_link key = { .present = 0 };

		/* It goes with its port, which is about to go. */
		if (op[i].implied)
			continue;
		ret = fill_key(f, op[i].old, &key);
		if (!ret)
			ret = nsfab_link_get(place->h, place->ifindex, &key,
					     take_link, &ids[found], f->err);
		found += !ret;
		ret = ret == -ENOENT ? 0 : ret;
	}
	if (!ret && found)
		ret = nsfab_link_del(place->h, place->ifindex, ids, found,
				     f->err);
	/* A schedule that is not the lab's: its own has ended by now. */
	if (ret == -EBUSY &&
	    !nsfab_schedule_del(place->h, place->ifindex, NULL))
		ret = nsfab_link_del(place->h, place->ifindex, ids, found,
				     f->err);
	*done = ret ? 0 : n;
	free(ids);
	return ret;
}

int lab_link_apply(struct lab_place *place, const struct nsfab_state_op *op,
		   unsigned int n, unsigned int *done, struct nsfab_err *err)
{
	struct finder f = { .place = place, .err = err };
	int ret;

	ret = op->verb == NSFAB_STATE_DELETE ? delete_links(&f, op, n, done) :
	      write_links(&f, op, n, done);
	tdestroy(f.known, free);
	return ret;
}

/* "FROM>TO#SCOPE", or the name of a bottleneck */
static int find_link(struct finder *f, const char *tenant, const char *name,
		     uint32_t *id)
{
	char text[NSFAB_STATE_LINK_NAME], *to, *scope;
	struct nsfab_link conf = { .scope = 0 }, key = { .present = 0 };
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_BOTTLENECK,
		.tenant = tenant,
		.name = name,
		.as_link = { .conf = &conf },
	};
	int ret;

	snprintf(text, sizeof(text), "%s", name);
	to = strchr(text, '>');
	if (to) {
		*to++ = '\0';
		scope = strchr(to, '#');
		if (scope) {
			*scope++ = '\0';
			conf.scope = strtoul(scope, NULL, 10);
		}
		obj.kind = NSFAB_STATE_LINK;
		obj.as_link.from = *text ? text : NULL;
		obj.as_link.to = *to ? to : NULL;
	}
	ret = fill_key(f, &obj, &key);
	if (!ret)
		ret = nsfab_link_get(f->place->h, f->place->ifindex, &key,
				     take_link, id, f->err);
	if (ret)
		nsfab_err_prefix(f->err, "schedule: link %s/%s", tenant, name);
	return ret;
}

static int start_schedule(struct finder *f,
			  const struct nsfab_state_schedule *schedule)
{
	const struct nsfab_state_event *from = schedule->event;
	struct nsfab_schedule_event *event;
	struct known *known = NULL, **found;
	unsigned int i;
	int ret = 0;

	event = calloc(schedule->n, sizeof(*event));
	if (!event)
		return no_memory(f->err);
	for (i = 0; i < schedule->n && !ret; i++) {
		event[i].at = from[i].at;
		event[i].set = *from[i].set;
		known = malloc(sizeof(*known) + strlen(from[i].tenant) +
			       strlen(from[i].link) + 3);
		if (!known) {
			ret = no_memory(f->err);
			break;
		}
		sprintf(known->key, "l%s/%s", from[i].tenant, from[i].link);
		found = tsearch(known, &f->known, compare_known);
		if (found && *found == known)
			ret = find_link(f, from[i].tenant, from[i].link,
					&known->id);
		else
			free(known);
		if (found)
			event[i].link = (*found)->id;
		else
			ret = no_memory(f->err);
	}
	if (!ret)
		ret = nsfab_schedule_new(f->place->h, f->place->ifindex,
					 schedule->loop, event, schedule->n,
					 f->err);
	free(event);
	return ret;
}

int lab_schedule_apply(struct lab_place *place, const struct nsfab_state_op *op,
		       struct nsfab_err *err)
{
	struct finder f = { .place = place, .err = err };
	int ret;

	/* On the way back there is none if its links had gone before. */
	if (op->verb == NSFAB_STATE_DELETE || !op->new->as_schedule.n) {
		ret = nsfab_schedule_del(place->h, place->ifindex, err);
		return ret == -ENOENT ? 0 : ret;
	}
	ret = start_schedule(&f, &op->new->as_schedule);
	tdestroy(f.known, free);
	return ret;
}
