/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of a lab file that passed the schema: nodes to the engine's structs. */
#ifndef NETCTL_LAB_VALUES_H
#define NETCTL_LAB_VALUES_H

#include <nsfab/state.h>

#include "lab_diag.h"
#include "lab_yaml.h"

/* Each complains to @diag of what the schema cannot see, and goes on. */
void lab_get_addr(struct lab_diag *diag, const struct lab_node *node,
		  struct nsfab_addr *addr);
void lab_get_prefix(struct lab_diag *diag, const struct lab_node *node,
		    struct nsfab_prefix *prefix);
void lab_get_subnet(struct lab_diag *diag, const struct lab_node *node,
		    struct nsfab_subnet *subnet);
void lab_get_cpus(struct lab_diag *diag, const struct lab_node *node,
		  uint32_t *cpus);
void lab_get_size(struct lab_diag *diag, const struct lab_node *node,
		  uint64_t *size);

/* @nic's arrays are to be given back by lab_free_nic(). */
void lab_get_nic(struct lab_diag *diag, const struct lab_node *node,
		 struct nsfab_state_nic *nic);
void lab_free_nic(struct nsfab_state_nic *nic);

/* @route's hops are to be given back by free(). */
void lab_get_route(struct lab_diag *diag, const struct lab_node *node,
		   struct nsfab_state_route *route);

/* Append the KEY=VALUE lines of @map whose keys are not in @except. */
void lab_put_labels(struct lab_diag *diag, const struct lab_node *map,
		    const struct lab_node *except, char *buf, size_t size);

/** lab_get_number() - the number at @key of map @node, or @otherwise. */
uint32_t lab_get_number(const struct lab_node *node, const char *key,
			uint32_t otherwise);

/** lab_is_on() - on and true. */
bool lab_is_on(const struct lab_node *node);

/** lab_label_is_own() - whether netctl gives a label's key a meaning. */
bool lab_label_is_own(const char *key);

#endif
