/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the running lab share. */
#ifndef NSFAB_LAB_PRIV_H
#define NSFAB_LAB_PRIV_H

#include <nsfab/fabric.h>
#include <nsfab/lab.h>

#include "state_priv.h"

#pragma GCC visibility push(hidden)

#define LAB_UNDERLAY NSFAB_STATE_UNDERLAY /* name of its tenant and of its network */

/* A fabric that a lab uses, and how to talk to it. */
struct lab_place {
	struct lab_place *next;
	char host[NSFAB_NAME_MAX + 1];	/* "" for the handle's namespace */
	struct nsfab *h;
	unsigned int ifindex;
	void *ids;			/* tree of struct lab_id */
	void *ports;			/* likewise, of ports */
};

struct nsfab_lab {
	char name[NSFAB_NAME_MAX + 1];
	char fabric[IF_NAMESIZE];	/* "" for any */
	struct nsfab *h;
	struct lab_place *places;
};

/* lab.c */

/* A place that is there; NULL with @err filled and -ENODEV if it is not. */
struct lab_place *lab_place(struct nsfab_lab *lab, const char *host,
			    struct nsfab_err *err);
/* Likewise, but without hosts the fabric is made if there is none. */
struct lab_place *lab_place_make(struct nsfab_lab *lab, const char *host,
				 struct nsfab_err *err);
void lab_place_forget(struct nsfab_lab *lab, const char *host);
/* Remove a fabric that a lab made, once nothing is on it any more. */
int lab_place_leave(struct nsfab_lab *lab, struct nsfab_err *err);

/* Ids by name, remembered; 0 with @err filled if there is none. */
uint32_t lab_tenant_id(struct lab_place *place, const char *tenant,
		       struct nsfab_err *err);
uint32_t lab_network_id(struct lab_place *place, const char *tenant,
			const char *network, struct nsfab_err *err);
uint32_t lab_port_id(struct lab_place *place, const char *tenant,
		     const char *port, struct nsfab_err *err);
void lab_keep_network_id(struct lab_place *place, const char *tenant,
			 const char *network, uint32_t id);
void lab_drop_network_id(struct lab_place *place, const char *tenant,
			 const char *network);
void lab_keep_port_id(struct lab_place *place, const char *tenant,
		      const char *port, uint32_t id);
void lab_forget_ids(struct lab_place *place);
void lab_forget_ports(struct lab_place *place);
int lab_fill_port_key(struct lab_place *place, const char *tenant,
		      const char *name, struct nsfab_port *port,
		      struct nsfab_err *err);
/* Remove ports by tenant and name; one that has gone already is no failure. */
int lab_delete_ports(struct lab_place *place, const struct nsfab_port *port,
		     size_t n, struct nsfab_err *err);

/* The name of the underlay's device: u-LAB, or cut and told apart by a hash. */
void lab_underlay_name(const char *lab, char name[IF_NAMESIZE]);

/* lab_alias.c: what a device says about itself */
int lab_alias_set(struct nsfab *h, unsigned int ifindex, const char *alias,
		  struct nsfab_err *err);
int lab_alias_get(struct nsfab *h, unsigned int ifindex, char *alias,
		  size_t size, struct nsfab_err *err);

/* lab_host.c: emulated hosts */
int lab_host_create(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		    struct nsfab_err *err);
int lab_host_set(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		 struct nsfab_err *err);
int lab_host_delete(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		    struct nsfab_err *err);
void lab_host_netns(const char *lab, const char *host, char *name, size_t size);

/* lab_links.c: patches, bottlenecks, links and schedules by steps */
int lab_patch_apply(struct nsfab_lab *lab, struct lab_place *place,
		    const struct nsfab_state_op *op, unsigned int n,
		    struct nsfab_err *err);
int lab_link_apply(struct lab_place *place, const struct nsfab_state_op *op,
		   unsigned int n, unsigned int *done, struct nsfab_err *err);
int lab_schedule_apply(struct lab_place *place, const struct nsfab_state_op *op,
		       struct nsfab_err *err);

/* lab_forwarding.c: tables of switches */
int lab_forwarding_apply(struct lab_place *place,
			 const struct nsfab_state_op *op, unsigned int n,
			 unsigned int *done, struct nsfab_err *err);
/* lab_tables.c: and what the kernel has of them */
int lab_tables_read(struct lab_place *place, struct nsfab_state *state,
		    const char *host, uint32_t tenant, const char *name,
		    struct nsfab_err *err);

/* lab_vteps.c: hosts that a network hears */
int lab_vteps_apply(struct lab_place *place, const struct nsfab_state_op *op,
		    unsigned int n, unsigned int *done, struct nsfab_err *err);

/* lab_vm.c: VMs by steps */
int lab_vm_apply(struct nsfab_lab *lab, struct lab_place *place,
		 const struct nsfab_state_op *op, unsigned int n,
		 unsigned int *done, struct nsfab_err *err);

/* Delete a device in an open namespace, if it is there. */
int lab_unplug(int netns, const char *device, struct nsfab_err *err);
/* Likewise of a VM; nsfab_vm_sync() plugs it in again. */
int lab_vm_unplug(struct lab_place *place, const char *tenant, const char *vm,
		  unsigned int nic, struct nsfab_err *err);
/* An MTU cannot change while devices have it: they are plugged in anew. */
int lab_vm_set_mtu(struct lab_place *place, const char *tenant,
		   uint32_t network, uint32_t mtu, struct nsfab_err *err);

/*
 * Remove a namespace that a VM or host has left whose fabric went without it,
 * with what ran in it. One that is in use, or not of nsfab, is left alone.
 */
int lab_clear_leftover(const char *ns, struct nsfab_err *err);

/* The label lines of an object as the kernel keeps them, in @buf. */
#define LAB_LABELS_SIZE (NSFAB_LABELS_MAX + 256)
const char *lab_labels(const struct nsfab_lab *lab,
		       const struct nsfab_state_obj *obj,
		       char buf[LAB_LABELS_SIZE]);

#pragma GCC visibility pop

#endif
