/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: named network namespaces.
 *
 * They are pinned under /run/netns, where "ip netns" finds them. Whatever
 * needs to be inside of a namespace is done by a thread of its own, so that
 * the caller's namespaces never change.
 */
#ifndef NSFAB_NETNS_H
#define NSFAB_NETNS_H

#include <nsfab/nsfab.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_NETNS_DIR		"/run/netns"
#define NSFAB_UTSNS_DIR		"/run/nsfab/uts"
#define NSFAB_NETNS_NAME_MAX	255	/* longest name, without the NUL */

/**
 * struct nsfab_netns_spec - a namespace to be made
 * @name: its name; any that is a file's name
 * @hostname: if not NULL, the host name of a UTS namespace made and pinned
 *	beside it, at NSFAB_UTSNS_DIR/@name
 */
struct nsfab_netns_spec {
	const char *name;
	const char *hostname;
};

/**
 * typedef nsfab_netns_cb - told of a new namespace
 * @index: in the array of specs
 * @fd: the open namespace, valid during the call
 * @arg: the caller's
 * @err: to be filled on failure
 *
 * Runs in a thread that is inside of the new namespaces, while the caller
 * waits. Return: 0, or a negative errno to have all of them deleted again.
 */
typedef int (*nsfab_netns_cb)(size_t index, int fd, void *arg,
			      struct nsfab_err *err);

/**
 * nsfab_netns_add_many() - make namespaces
 * @specs: array of @n
 * @n: number
 * @cb: called in each new namespace, may be NULL
 * @arg: passed on
 * @err: filled on failure; @err->index says which one failed
 *
 * All or none: what was made is deleted again when one fails.
 *
 * Return: 0 or a negative errno (-EEXIST: the name is taken).
 */
int nsfab_netns_add_many(const struct nsfab_netns_spec *specs, size_t n,
			 nsfab_netns_cb cb, void *arg, struct nsfab_err *err);

/** nsfab_netns_add() - make one namespace; @hostname may be NULL */
int nsfab_netns_add(const char *name, const char *hostname,
		    struct nsfab_err *err);

/**
 * nsfab_netns_del() - unpin a namespace, and the UTS namespace beside it
 * @name: its name
 * @err: filled on failure
 *
 * It ends when its last process does, with all the devices in it.
 *
 * Return: 0, -ENOENT or another negative errno.
 */
int nsfab_netns_del(const char *name, struct nsfab_err *err);

/**
 * nsfab_netns_open() - open a namespace
 * @name: its name
 * @err: filled on failure
 *
 * Return: a file descriptor (close-on-exec), or a negative errno (-ENOENT).
 */
int nsfab_netns_open(const char *name, struct nsfab_err *err);

/**
 * nsfab_netns_name() - find the name of a namespace
 * @fd: an open namespace
 * @name: result, at least NSFAB_NETNS_NAME_MAX + 1 bytes; "" if it is that of
 *	process 1 or not a named one
 */
void nsfab_netns_name(int fd, char *name);

/**
 * nsfab_netns_call() - call a function inside of a namespace
 * @fd: the open namespace
 * @fn: runs in a thread of its own, while the caller waits
 * @arg: passed on
 * @err: filled if the namespace cannot be entered
 *
 * Return: what @fn returned, or a negative errno.
 */
int nsfab_netns_call(int fd, int (*fn)(void *arg), void *arg,
		     struct nsfab_err *err);

/**
 * nsfab_netns_socket() - open a socket inside of a namespace
 * @fd: the open namespace
 * @domain: as of socket()
 * @type: as of socket(), SOCK_CLOEXEC is added
 * @protocol: as of socket()
 * @err: filled on failure
 *
 * Return: the socket, which stays in that namespace, or a negative errno.
 */
int nsfab_netns_socket(int fd, int domain, int type, int protocol,
		       struct nsfab_err *err);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_NETNS_H */
