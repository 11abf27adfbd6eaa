// SPDX-License-Identifier: LGPL-2.1-or-later
/* Read links and patches of what runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lab_read.h"

struct links {
	struct lab_reader *reader;
	struct nsfab_link **link;
	size_t n;
	size_t room;
};

static int on_link(const struct nsfab_link *link, void *arg)
{
	struct links *links = arg;
	void *more;

	if (links->n == links->room) {
		links->room = links->room ? links->room * 2 : 64;
		more = reallocarray(links->link, links->room,
				    sizeof(*links->link));
		if (!more)
			return -ENOMEM;
		links->link = more;
	}
	links->link[links->n] = nsfab_link_dup(link);
	if (!links->link[links->n])
		return -ENOMEM;
	links->n++;
	return 0;
}

static int compare_links(const void *a, const void *b)
{
	const struct nsfab_link *x = *(struct nsfab_link *const *)a;
	const struct nsfab_link *y = *(struct nsfab_link *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const char *bottleneck_name(const struct links *links, uint32_t id)
{
	struct nsfab_link key = { .id = id }, *p = &key, **found;

	found = bsearch(&p, links->link, links->n, sizeof(*links->link),
			compare_links);
	return found && (*found)->name ? (*found)->name : "?";
}

/* The object that was added last is that link. */
static int note_link(struct lab_reader *reader, uint32_t id)
{
	struct lab_scheduled *more;
	size_t room;

	if (reader->n_links == reader->link_room) {
		room = reader->link_room ? reader->link_room * 2 : 64;
		more = reallocarray(reader->links, room, sizeof(*more));
		if (!more)
			return nsfab_err_set(reader->err, -ENOMEM,
					     "no memory");
		reader->links = more;
		reader->link_room = room;
	}
	more = &reader->links[reader->n_links++];
	more->id = id;
	more->link = reader->state->obj[reader->state->n - 1];
	more->seen = false;
	return 0;
}

static int add_link(const struct links *links, struct nsfab_link *link,
		    const char *tenant)
{
	struct lab_reader *reader = links->reader;
	const char *path[NSFAB_LINK_PATH_MAX];
	char name[NSFAB_STATE_LINK_NAME];
	struct nsfab_state_obj obj = {
		.kind = link->name ? NSFAB_STATE_BOTTLENECK : NSFAB_STATE_LINK,
		.host = reader->host,
		.tenant = tenant,
		.name = link->name,
		.as_link = { .conf = link, .path = path },
	};
	size_t i;
	int ret;

	if (!link->name) {
		if (link->present & NSFAB_LINK_HAS_FROM)
			obj.as_link.from = lab_reader_port(reader, link->from);
		if (link->present & NSFAB_LINK_HAS_TO)
			obj.as_link.to = lab_reader_port(reader, link->to);
		obj.name = nsfab_state_link_name(obj.as_link.from,
						 obj.as_link.to, link->scope,
						 name, sizeof(name));
	}
	for (i = 0; i < link->n_path && i < NSFAB_LINK_PATH_MAX; i++)
		path[i] = bottleneck_name(links, link->path[i]);
	obj.as_link.n_path = i;
	ret = nsfab_state_add(reader->state, &obj, reader->err);
	return ret ? ret : note_link(reader, link->id);
}

int lab_read_links(struct lab_reader *reader, struct lab_place *place,
		   uint32_t tenant, const char *name)
{
	const struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT,
		.tenant = tenant,
	};
	struct links links = { .reader = reader };
	size_t i;
	int ret;

	ret = nsfab_link_dump_points(place->h, place->ifindex, &filter, on_link,
				     &links, reader->err);
	if (ret == -ENOMEM)
		nsfab_err_set(reader->err, ret, "no memory");
	if (links.n)
		qsort(links.link, links.n, sizeof(*links.link), compare_links);
	for (i = 0; i < links.n && !ret; i++)
		ret = add_link(&links, links.link[i], name);
	for (i = 0; i < links.n; i++)
		free(links.link[i]);
	free(links.link);
	return ret;
}

/* A pair is read with the end whose name is the first one. */
int lab_read_patch(struct lab_reader *reader, const struct nsfab_port *port,
		   const char *tenant, const char *network)
{
	struct nsfab_state_patch *half;
	void *more;

	more = reallocarray(reader->patches, reader->n_patches + 1,
			    sizeof(*reader->patches));
	if (!more)
		return nsfab_err_set(reader->err, -ENOMEM, "no memory");
	reader->patches = more;
	more = &reader->patches[reader->n_patches];
	memset(more, 0, sizeof(*reader->patches));
	reader->patches[reader->n_patches].id = port->id;
	reader->patches[reader->n_patches].peer =
		port->present & NSFAB_PORT_HAS_PEER ? port->peer : 0;
	reader->patches[reader->n_patches].tenant = tenant;
	half = &reader->patches[reader->n_patches++].half;
	half->network[0] = state_arena_strdup(&reader->state->arena, network);
	half->port[0] = state_arena_strdup(&reader->state->arena, port->name);
	return half->network[0] && half->port[0] ? 0 :
	       nsfab_err_set(reader->err, -ENOMEM, "no memory");
}

static int compare_halves(const void *a, const void *b)
{
	const struct lab_half *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int lab_join_patches(struct lab_reader *reader)
{
	const struct lab_half *half, *other;
	struct lab_half key = { .id = 0 };
	size_t i;
	int ret = 0;

	if (reader->n_patches)
		qsort(reader->patches, reader->n_patches,
		      sizeof(*reader->patches), compare_halves);
	for (i = 0; i < reader->n_patches && !ret; i++) {
		struct nsfab_state_obj obj = {
			.kind = NSFAB_STATE_PATCH,
			.host = reader->host,
		};

		half = &reader->patches[i];
		key.id = half->peer;
		other = bsearch(&key, reader->patches, reader->n_patches,
				sizeof(key), compare_halves);
		if (other && strcmp(half->half.network[0],
				    other->half.network[0]) > 0)
			continue;
		obj.tenant = half->tenant;
		obj.name = half->half.port[0];
		obj.as_patch.network[0] = half->half.network[0];
		obj.as_patch.port[0] = half->half.port[0];
		obj.as_patch.network[1] = other ? other->half.network[0] : "";
		obj.as_patch.port[1] = other ? other->half.port[0] : "";
		ret = nsfab_state_add(reader->state, &obj, reader->err);
	}
	free(reader->patches);
	reader->patches = NULL;
	reader->n_patches = 0;
	return ret;
}
