/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that read a running lab share. */
#ifndef NSFAB_LAB_READ_H
#define NSFAB_LAB_READ_H

#include "lab_priv.h"

#pragma GCC visibility push(hidden)

/* Ids and names of tenants, networks and ports of one place. */
struct lab_named {
	uint32_t id;
	const char *name;
	bool ours;
	bool tables;		/* a tenant whose networks have them */
};

struct lab_named_list {
	struct lab_named *entry;
	size_t n;
	size_t room;
};

/* A link or bottleneck, which events of a schedule are of. */
struct lab_scheduled {
	uint32_t id;
	const struct nsfab_state_obj *link;
	bool seen;
};

/* A patch port, and the id of the other one. */
struct lab_half {
	uint32_t id;
	uint32_t peer;
	const char *tenant;
	struct nsfab_state_patch half;
};

struct lab_reader {
	struct nsfab_lab *lab;
	struct nsfab_state *state;
	const char *host;
	bool copy;		/* not the first host */
	bool hosts;		/* a place of an emulated host */
	struct lab_named_list tenants;
	struct lab_named_list networks;
	struct lab_named_list ports;
	struct nsfab_state_route *route;
	size_t n_routes;
	size_t route_room;
	struct lab_half *patches;
	size_t n_patches;
	struct lab_scheduled *links;
	size_t n_links;
	size_t link_room;
	uint64_t schedule;	/* the tenants' label, 0 for none */
	struct nsfab_err *err;
};

/* Name of a port, "?" if there is none. */
const char *lab_reader_port(const struct lab_reader *reader, uint32_t id);

/* A network, or NULL */
const struct lab_named *lab_reader_network(const struct lab_reader *reader,
					   uint32_t id);

/* lab_vteps.c */
int lab_read_vteps(struct lab_reader *reader, struct lab_place *place,
		   uint32_t tenant, const char *name);

/* lab_read_links.c; @tenant and @network are names */
int lab_read_links(struct lab_reader *reader, struct lab_place *place,
		   uint32_t tenant, const char *name);
int lab_read_patch(struct lab_reader *reader, const struct nsfab_port *port,
		   const char *tenant, const char *network);
int lab_join_patches(struct lab_reader *reader);

/* lab_read_schedule.c, when the links of the place have been read */
int lab_read_schedule(struct lab_reader *reader, struct lab_place *place);

#pragma GCC visibility pop

#endif
