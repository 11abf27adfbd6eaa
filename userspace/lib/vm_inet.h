/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private: what a VM's stack is told beside its ports. */
#ifndef NSFAB_LIB_VM_INET_H
#define NSFAB_LIB_VM_INET_H

#include "vm_priv.h"

#pragma GCC visibility push(hidden)

/* By which the kernel tells routes of VMs from what else is in a namespace. */
#define VM_RTPROT 110

/**
 * struct vm_inet - what labels of a VM's ports keep of it
 * @router: it forwards
 * @no_ipv6: its stack has no IPv6
 * @routes: its own routes
 * @n_routes: their number
 * @prefixlen: by NIC, IPv4 and IPv6: of addresses that are in no subnet
 */
struct vm_inet {
	bool router;
	bool no_ipv6;
	struct nsfab_vm_route *routes;
	size_t n_routes;
	uint8_t prefixlen[NSFAB_VM_NICS_MAX][2];
};

/* Append it to the labels of @n ports. */
int vm_inet_put(const struct vm_inet *inet, size_t n,
		char (*labels)[NSFAB_LABELS_MAX + 1], struct nsfab_err *err);
/* And take it out of theirs; 0 or -ENOMEM. To be given back by _free(). */
int vm_inet_get(struct vm_inet *inet, const struct nsfab_port *const *ports,
		size_t n);
void vm_inet_free(struct vm_inet *inet);

/* vm_labels.c: labels of @n ports, each to be freed */
int vm_labels_fill(const struct vm_attrs *attrs, const char *own,
		   const struct vm_inet *inet, char **labels, size_t n,
		   struct nsfab_err *err);
int vm_labels_of_spec(const struct nsfab_vm_spec *spec, char **labels,
		      struct nsfab_err *err);

/* A /proc of one's own for the next, to be closed; -1 stands for /proc. */
int vm_inet_proc(void);
/* For a thread inside of the namespace: before its devices are made, */
int vm_inet_prepare(const struct vm_net *net, int proc, struct nsfab_err *err);
/* and alone. */
int vm_inet_forward(int proc, bool on, struct nsfab_err *err);
int vm_inet_ipv6(int proc, bool on, struct nsfab_err *err);
int vm_inet_open_sysctl(int proc, const char *name, int flags);
/* Queue its routes; devices by their numbers in @net. */
int vm_inet_queue(struct nsfab_batch *b, const struct vm_net *net,
		  const unsigned int *index);
bool vm_inet_has_default(const struct vm_net *net, uint8_t len);
/* Queue the removal of routes that it shall not have any more. */
int vm_inet_queue_stale(struct nsfab *inside, struct nsfab_batch *b,
			const struct vm_net *net, struct nsfab_err *err);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_VM_INET_H */
