/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: the running lab.
 *
 * A lab is what carries the label lab=NAME. Without emulated hosts it is on a
 * fabric of the handle's namespace. With them, each host is a namespace
 * LAB.HOST with a fabric of its own, and a fabric of the handle's namespace
 * is the underlay that joins them.
 */
#ifndef NSFAB_LAB_H
#define NSFAB_LAB_H

#include <nsfab/state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsfab_lab;

/* Label by which a fabric's device says that a lab made it: "lab NAME". */
#define NSFAB_LAB_ALIAS "lab "

/**
 * nsfab_lab_open() - get at a lab, whether it runs or not
 * @lab: where to put it, to be given back by nsfab_lab_close()
 * @h: handle of the namespace that it is in, stays the caller's and in use
 * @name: the lab's name
 * @fabric: fabric of a lab without hosts; NULL for the only one that is no
 *	underlay, or one named NSFAB_FABRIC_DEFAULT that is made when needed
 * @err: filled on failure
 *
 * Return: 0, -EINVAL for what is no name, or another negative errno.
 */
int nsfab_lab_open(struct nsfab_lab **lab, struct nsfab *h, const char *name,
		   const char *fabric, struct nsfab_err *err);

/** nsfab_lab_close() - give back; NULL is fine */
void nsfab_lab_close(struct nsfab_lab *lab);

/**
 * nsfab_state_read() - read what runs
 * @lab: the lab
 * @state: gets the state, to be given back by nsfab_state_free(); one without
 *	objects if nothing runs
 * @err: filled on failure
 *
 * Return: 0 or a negative errno.
 */
int nsfab_state_read(struct nsfab_lab *lab, struct nsfab_state **state,
		     struct nsfab_err *err);

/**
 * nsfab_lab_backend() - what carries steps out on the running system
 * @lab: the lab, in use as long as @backend is
 * @backend: gets it
 */
void nsfab_lab_backend(struct nsfab_lab *lab,
		       struct nsfab_state_backend *backend);

/**
 * nsfab_lab_place() - handle and fabric of an emulated host
 * @lab: the lab
 * @host: name of the host, "" for the lab's fabric without hosts
 * @h: gets the handle, which stays the lab's
 * @ifindex: gets the fabric
 * @err: filled on failure
 *
 * Return: 0, -ENODEV if there is no such host or fabric, or another negative
 * errno.
 */
int nsfab_lab_place(struct nsfab_lab *lab, const char *host, struct nsfab **h,
		    unsigned int *ifindex, struct nsfab_err *err);

/** nsfab_lab_is_underlay() - is a fabric of this name what joins a lab's hosts? */
bool nsfab_lab_is_underlay(const char *fabric);

/**
 * struct nsfab_lab_info - a lab in a list
 * @name: its name
 * @fabric: fabric of the handle's namespace: its own or its underlay
 * @hosts: number of emulated hosts
 * @tenants: number of tenants on @fabric, or on one of its hosts
 */
struct nsfab_lab_info {
	const char *name;
	const char *fabric;
	unsigned int hosts;
	unsigned int tenants;
};

typedef int (*nsfab_lab_cb)(const struct nsfab_lab_info *info, void *arg);

/**
 * nsfab_lab_list() - read which labs run
 * @h: handle
 * @cb: called for each, ordered by name; a value other than 0 ends the list
 *	and is returned
 * @arg: passed on
 * @err: filled on failure
 */
int nsfab_lab_list(struct nsfab *h, nsfab_lab_cb cb, void *arg,
		   struct nsfab_err *err);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_LAB_H */
