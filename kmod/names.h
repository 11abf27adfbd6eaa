/* SPDX-License-Identifier: GPL-2.0-only */
/* Names: a scope (what kind of object, of which tenant) and a text. */
#ifndef _NSFAB_NAMES_H
#define _NSFAB_NAMES_H

#include <linux/rhashtable.h>
#include <uapi/linux/nsfab.h>

/* What a name names; the scope of all others adds their tenant. */
enum nsfab_name_kind {
	NSFAB_NAME_TENANT,
	NSFAB_NAME_NETWORK,
	NSFAB_NAME_PORT,
	NSFAB_NAME_LINK,
};

/**
 * struct nsfab_name - a name in the fabric's table; part of its object
 * @node: in struct nsfab_fabric.names
 * @tenant: id of the tenant, 0 for a tenant's own name
 * @kind: enum nsfab_name_kind
 * @len: length of @text, 0 when the object has no name and is not in the table
 * @text: the name, NUL-terminated
 */
struct nsfab_name {
	struct rhash_head node;
	u32 tenant;
	u8 kind;
	u8 len;
	char text[NSFAB_PORT_NAME_MAX + 1];
};

int nsfab_names_init(struct rhashtable *names);
int nsfab_names_insert(struct rhashtable *names, struct nsfab_name *name);
int nsfab_names_rename(struct rhashtable *names, struct nsfab_name *name,
		       const struct nsfab_name *to);
void nsfab_names_remove(struct rhashtable *names, struct nsfab_name *name);
struct nsfab_name *nsfab_names_find(struct rhashtable *names,
				    enum nsfab_name_kind kind, u32 tenant,
				    const char *text);

#endif /* _NSFAB_NAMES_H */
