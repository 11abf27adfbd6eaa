/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private: the netlink transport and the shape that all objects share.
 *
 * Sockets are connected to the kernel, so that plain send() and recv() do and
 * so that a test may put one end of a socket pair in their place.
 */
#ifndef NSFAB_LIB_NL_H
#define NSFAB_LIB_NL_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <nsfab/stats.h>

#pragma GCC visibility push(hidden)

struct nsfab {
	int genl_fd;
	int rtnl_fd;
	int netns_fd;		/* -1 if it cannot be had (no /proc) */
	uint32_t seq;
	uint16_t family;	/* 0 until resolved */
	uint32_t group_config;
	uint32_t group_flow;
	bool busy;		/* a callback runs while the socket is in use */
	char *ns_name;		/* of its namespace, "/" until looked up */
	void *rbuf;
};

#define NSFAB_NL_RBUF	(1024 * 1024)
#define NSFAB_NL_BATCH	(60 * 1024)	/* longest message of a batch */
#define NSFAB_NL_TRIES	16		/* of a dump that is disturbed */

/* nl_attrs.c: names of attributes, for messages */

struct nsfab_nl_set;

struct nsfab_nl_attr {
	const char *name;
	const struct nsfab_nl_set *nested;
};

struct nsfab_nl_set {
	const struct nsfab_nl_attr *attr;
	unsigned int n;
};

extern const struct nsfab_nl_set nsfab_nl_main;
extern const struct nsfab_nl_set nsfab_nl_rtlink;
extern const struct nsfab_nl_set nsfab_nl_rtlink_fabric;
extern const struct nsfab_nl_set nsfab_nl_rtlink_port;
extern const struct nsfab_nl_set nsfab_nl_addr;
extern const struct nsfab_nl_set nsfab_nl_route;

/* nl_msg.c: building a message */

/**
 * struct nsfab_nl_msg - a message under construction
 * @nlh: its header, at the beginning of the buffer
 * @size: size of the buffer
 * @overflow: something did not fit; the message must not be sent
 */
struct nsfab_nl_msg {
	struct nlmsghdr *nlh;
	size_t size;
	bool overflow;
};

int nsfab_nl_msg_init(struct nsfab_nl_msg *m, size_t size);
void nsfab_nl_msg_free(struct nsfab_nl_msg *m);
/* Start over, with a header of @extra bytes, zeroed, behind nlmsghdr. */
void *nsfab_nl_msg_start(struct nsfab_nl_msg *m, uint16_t type, uint16_t flags,
			 size_t extra);
void nsfab_nl_put(struct nsfab_nl_msg *m, uint16_t type, const void *data,
		  size_t len);
void nsfab_nl_put_u8(struct nsfab_nl_msg *m, uint16_t type, uint8_t v);
void nsfab_nl_put_u16(struct nsfab_nl_msg *m, uint16_t type, uint16_t v);
void nsfab_nl_put_be16(struct nsfab_nl_msg *m, uint16_t type, uint16_t v);
void nsfab_nl_put_u32(struct nsfab_nl_msg *m, uint16_t type, uint32_t v);
void nsfab_nl_put_u64(struct nsfab_nl_msg *m, uint16_t type, uint64_t v);
void nsfab_nl_put_str(struct nsfab_nl_msg *m, uint16_t type, const char *v);
void nsfab_nl_put_addr(struct nsfab_nl_msg *m, uint16_t type,
		       const struct nsfab_addr *a);
struct nlattr *nsfab_nl_nest(struct nsfab_nl_msg *m, uint16_t type);
void nsfab_nl_nest_end(struct nsfab_nl_msg *m, struct nlattr *nest);

/* Reading attributes; a value that is too short reads as 0. */
uint64_t nsfab_nl_get(const struct nlattr *a);
uint16_t nsfab_nl_get_be16(const struct nlattr *a);
struct nsfab_addr nsfab_nl_get_addr(const struct nlattr *a);
const char *nsfab_nl_get_str(const struct nlattr *a);
void nsfab_nl_get_mac(const struct nlattr *a, uint8_t *mac);

/* nl_err.c */

/* Fill @err from an NLMSG_ERROR or NLMSG_DONE that answers @req (or NULL). */
int nsfab_nl_err(struct nsfab_err *err, const struct nlmsghdr *nlh,
		 const struct nlmsghdr *req, size_t extra,
		 const struct nsfab_nl_set *names);

/* nl.c: talking */

typedef int (*nsfab_nl_cb)(const struct nlmsghdr *nlh, void *arg);

/**
 * struct nsfab_nl_req - what a request is sent on and read as
 * @fd: socket
 * @extra: length of the header behind nlmsghdr
 * @names: names of its attributes
 */
struct nsfab_nl_req {
	int fd;
	size_t extra;
	const struct nsfab_nl_set *names;
};

int nsfab_nl_socket(int netns_fd, int bus, struct nsfab_err *err);
int nsfab_nl_send(const struct nsfab_nl_req *req, const void *data, size_t len,
		  struct nsfab_err *err);
ssize_t nsfab_nl_recv(int fd, void *buf, size_t len, int flags);
/* Request with acknowledgment; @cb (may be NULL) gets each data message. */
int nsfab_nl_talk(struct nsfab *h, const struct nsfab_nl_req *req,
		  struct nsfab_nl_msg *m, nsfab_nl_cb cb, void *arg,
		  struct nsfab_err *err);

/** enum nsfab_nl_intr - what to do about a dump that was disturbed */
enum nsfab_nl_intr {
	NSFAB_NL_RETRY,		/* again; after NSFAB_NL_TRIES it fails */
	NSFAB_NL_RETRY_TAKE,	/* again; after some tries take the last */
	NSFAB_NL_MERGE,		/* each message counts, and again */
};

/*
 * Dump: messages are collected and handed to @cb when all of them are there
 * (NSFAB_NL_MERGE: as they come, with the handle busy).
 */
int nsfab_nl_dump(struct nsfab *h, const struct nsfab_nl_req *req,
		  struct nsfab_nl_msg *m, enum nsfab_nl_intr intr,
		  nsfab_nl_cb cb, void *arg, struct nsfab_err *err);

/* genl.c: requests of the family */

/**
 * struct nsfab_genl_kind - how one kind of object is written and read
 * @attr: NSFAB_A_* of its nest
 * @name: for messages
 * @size: of its struct
 * @put: write an object's attributes; NULL for read-only kinds
 * @tell: read a nest and call the user's callback, both in @sink
 * @id: attribute of the nest that holds the id, 0 if it has none
 * @echo: most objects in a request whose answer tells them all, 0 if they are
 *	of usual size
 */
struct nsfab_genl_kind {
	uint16_t attr;
	const char *name;
	size_t size;
	void (*put)(struct nsfab_nl_msg *m, const void *obj);
	int (*tell)(const struct nlattr *nest, const void *sink);
	uint16_t id;
	uint16_t echo;
};

int nsfab_genl_resolve(struct nsfab *h, struct nsfab_err *err);
void nsfab_genl_start(struct nsfab *h, struct nsfab_nl_msg *m, uint8_t cmd,
		      uint16_t flags, unsigned int ifindex);
struct nsfab_nl_req nsfab_genl_req(const struct nsfab *h);
/* @flag: NSFAB_A_FILTER_RESET, NSFAB_A_FILTER_POINTS or 0 */
void nsfab_genl_put_filter(struct nsfab_nl_msg *m, const struct nsfab_filter *f,
			   uint16_t flag);
/* Write @n objects in as many messages as it takes; @ids for *_NEW, or NULL. */
int nsfab_genl_write(struct nsfab *h, const struct nsfab_genl_kind *kind,
		     uint8_t cmd, uint16_t flags, unsigned int ifindex,
		     const void *objs, size_t n, uint32_t *ids,
		     struct nsfab_err *err);
/* Change objects; the kernel takes one change in a message. */
int nsfab_genl_set(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const void *objs,
		   size_t n, struct nsfab_err *err);
/* Delete by id. */
int nsfab_genl_del(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const uint32_t *ids,
		   size_t n, struct nsfab_err *err);
/* Read the one object that @key names. */
int nsfab_genl_get(struct nsfab *h, const struct nsfab_genl_kind *kind,
		   uint8_t cmd, unsigned int ifindex, const void *key,
		   const void *sink, struct nsfab_err *err);
/* Hand a dump's messages to @cb, once they are there; @filter may be NULL. */
int nsfab_genl_dump_messages(struct nsfab *h, uint8_t cmd, unsigned int ifindex,
			     const struct nsfab_filter *filter, uint16_t flag,
			     nsfab_nl_cb cb, void *arg, struct nsfab_err *err);
int nsfab_genl_dump(struct nsfab *h, const struct nsfab_genl_kind *kind,
		    uint8_t cmd, unsigned int ifindex,
		    const struct nsfab_filter *filter, const void *sink,
		    struct nsfab_err *err);

extern const struct nsfab_genl_kind nsfab_kind_tenant;
extern const struct nsfab_genl_kind nsfab_kind_network;
extern const struct nsfab_genl_kind nsfab_kind_port;
extern const struct nsfab_genl_kind nsfab_kind_fdb;
extern const struct nsfab_genl_kind nsfab_kind_neigh;
extern const struct nsfab_genl_kind nsfab_kind_route;
extern const struct nsfab_genl_kind nsfab_kind_flow;
extern const struct nsfab_genl_kind nsfab_kind_link;

/* handle.c: a handle on given sockets, for tests; they become the handle's */
int nsfab_open_sockets(struct nsfab **h, int genl_fd, int rtnl_fd,
		       struct nsfab_err *err);

/* stats.c */
void nsfab_counters_read(struct nsfab_counters *c, const struct nlattr *nest);
void nsfab_usage_read(struct nsfab_usage *u, const struct nlattr *nest);
void nsfab_miss_read(struct nsfab_miss *m, const struct nlattr *nest);

/* enum.c */
const char *nsfab_enum_name(const char *const *names, size_t n, unsigned int v);
int nsfab_enum_parse(const char *const *names, size_t n, const char *name);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_NL_H */
