/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: the handle, errors and the rules of names.
 *
 * The library keeps no global state, never prints and never exits. Functions
 * return 0 or a negative errno and, when they fail, fill the struct nsfab_err
 * that they were given (which may be NULL). One handle serves one thread at a
 * time.
 */
#ifndef NSFAB_NSFAB_H
#define NSFAB_NSFAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/nsfab.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum nsfab_err_origin - who refused */
enum nsfab_err_origin {
	NSFAB_ERR_LIB,		/* this library, or a system call it made */
	NSFAB_ERR_KERNEL,	/* the kernel's answer to a netlink request */
	NSFAB_ERR_NO_MODULE,	/* the module is not loaded */
};

/**
 * struct nsfab_err - why a call failed
 * @code: negative errno, also the function's return value
 * @origin: who refused
 * @index: which object of the caller's array was refused, -1 if none is to
 *	blame or it is not known
 * @applied: how many objects of the caller's array, from the first on, are
 *	in force nevertheless (a large array is sent as several messages; each
 *	message is applied whole or not at all)
 * @attr: path of the attribute that the kernel blames ("network.vni"), or ""
 * @kernel: the kernel's own words (extack), or ""
 * @text: all of it as one line for a user
 */
struct nsfab_err {
	int code;
	enum nsfab_err_origin origin;
	ssize_t index;
	size_t applied;
	char attr[96];
	char kernel[192];
	char text[512];
};

/**
 * nsfab_err_set() - fill an error
 * @err: error to fill, may be NULL
 * @code: negative errno
 * @fmt: what to tell the user, one line; the errno's own text is added, unless
 *	it is -EINVAL, -ENODEV, -ENOTUNIQ or -EBADMSG
 *
 * Return: @code, so that a caller may "return nsfab_err_set(...)".
 */
int nsfab_err_set(struct nsfab_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * nsfab_err_prefix() - put words before an error's text
 * @err: filled error, may be NULL
 * @fmt: words, ": " is added
 *
 * Return: the error's code, or 0 with @err NULL.
 */
int nsfab_err_prefix(struct nsfab_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct nsfab;

/**
 * nsfab_open() - open a handle
 * @h: where to put the handle
 * @netns_path: path of the network namespace whose fabrics are meant
 *	("/run/netns/NAME"), NULL for the caller's
 * @err: filled on failure
 *
 * The sockets are opened inside that namespace; the caller stays where it is.
 * The module need not be loaded: the first request that needs it fails with
 * -ENOENT and NSFAB_ERR_NO_MODULE.
 *
 * Return: 0 or a negative errno.
 */
int nsfab_open(struct nsfab **h, const char *netns_path, struct nsfab_err *err);

/**
 * nsfab_open_fd() - open a handle in the namespace of a file descriptor
 * @h: where to put the handle
 * @netns_fd: open namespace, stays the caller's; -1 for the caller's namespace
 * @err: filled on failure
 *
 * Return: 0 or a negative errno.
 */
int nsfab_open_fd(struct nsfab **h, int netns_fd, struct nsfab_err *err);

/**
 * nsfab_close() - close a handle
 * @h: handle, may be NULL
 */
void nsfab_close(struct nsfab *h);

/**
 * nsfab_name_valid() - is this a valid name of a tenant, network, VM or lab
 * @name: letters, digits, "-" and "_", 1 to NSFAB_NAME_MAX of them
 */
bool nsfab_name_valid(const char *name);

/**
 * nsfab_path_split() - split a path at its first "/"
 * @path: "TENANT/NETWORK", "TENANT/VM", "TENANT/VM/NIC"
 * @tenant: the part before the "/"
 * @rest: points into @path behind the "/"
 * @err: filled on failure
 *
 * Return: 0, or -EINVAL when there is no "/", or when a part is not a valid
 * name.
 */
int nsfab_path_split(const char *path, char tenant[NSFAB_NAME_MAX + 1],
		     const char **rest, struct nsfab_err *err);

/**
 * nsfab_label_get() - look a label up
 * @labels: lines of KEY=VALUE, may be NULL
 * @key: the key
 * @len: where to put the value's length, may be NULL
 *
 * Return: the value inside @labels (ends at a newline or NUL), or NULL.
 */
const char *nsfab_label_get(const char *labels, const char *key, size_t *len);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_NSFAB_H */
