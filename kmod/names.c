// SPDX-License-Identifier: GPL-2.0-only
/* Names of tenants, networks and ports in one table of the fabric. Only
 * netlink looks here, under the fabric's lock.
 */

#include <linux/jhash.h>
#include <linux/string.h>

#include "names.h"

struct name_key {
	u32 tenant;
	u8 kind;
	u8 len;
	const char *text;
};

static u32 hash(u32 tenant, u8 kind, const char *text, u8 len, u32 seed)
{
	return jhash(text, len, jhash_2words(tenant, kind, seed));
}

static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct name_key *key = data;

	return hash(key->tenant, key->kind, key->text, key->len, seed);
}

static u32 hash_obj(const void *data, u32 len, u32 seed)
{
	const struct nsfab_name *name = data;

	return hash(name->tenant, name->kind, name->text, name->len, seed);
}

static int compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nsfab_name *name = obj;
	const struct name_key *key = arg->key;

	return name->tenant != key->tenant || name->kind != key->kind ||
	       name->len != key->len ||
	       memcmp(name->text, key->text, key->len);
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct nsfab_name, node),
	.hashfn = hash_key,
	.obj_hashfn = hash_obj,
	.obj_cmpfn = compare,
	.automatic_shrinking = true,
};

/**
 * nsfab_names_init() - make an empty table
 * @names: the table
 *
 * Return: 0 or -errno
 */
int nsfab_names_init(struct rhashtable *names)
{
	return rhashtable_init(names, &params);
}

/**
 * nsfab_names_insert() - add a name
 * @names: the table
 * @name: with kind, tenant, text and len filled in; nothing is done when len
 *	is 0
 *
 * Return: 0, -EEXIST or -ENOMEM
 */
int nsfab_names_insert(struct rhashtable *names, struct nsfab_name *name)
{
	struct name_key key = {
		.tenant = name->tenant,
		.kind = name->kind,
		.len = name->len,
		.text = name->text,
	};

	if (!name->len)
		return 0;
	return rhashtable_lookup_insert_key(names, &key, &name->node, params);
}

/**
 * nsfab_names_rename() - give an object another name
 * @names: the table
 * @name: its name, in the table
 * @to: the new one, of the same kind and tenant
 *
 * Return: 0, -EEXIST or -ENOMEM; its name is the old one then
 */
int nsfab_names_rename(struct rhashtable *names, struct nsfab_name *name,
		       const struct nsfab_name *to)
{
	struct nsfab_name place = *to;
	int err;

	/* Only this can fail, while the old name is still there. */
	err = nsfab_names_insert(names, &place);
	if (err)
		return err;
	nsfab_names_remove(names, name);
	name->len = to->len;
	memcpy(name->text, to->text, sizeof(name->text));
	WARN_ON_ONCE(rhashtable_replace_fast(names, &place.node, &name->node,
					     params));
	return 0;
}

/**
 * nsfab_names_remove() - remove a name that was added
 * @names: the table
 * @name: the name; nothing is done when its len is 0
 */
void nsfab_names_remove(struct rhashtable *names, struct nsfab_name *name)
{
	if (name->len)
		rhashtable_remove_fast(names, &name->node, params);
}

/**
 * nsfab_names_find() - look a name up
 * @names: the table
 * @kind: what it names
 * @tenant: id of the tenant, 0 for a tenant's own name
 * @text: the name
 *
 * Return: the name, part of its object, valid while the caller holds the
 * fabric's lock, or NULL
 */
struct nsfab_name *nsfab_names_find(struct rhashtable *names,
				    enum nsfab_name_kind kind, u32 tenant,
				    const char *text)
{
	size_t len = strlen(text);
	struct name_key key = {
		.tenant = tenant,
		.kind = kind,
		.len = len,
		.text = text,
	};

	if (len > NSFAB_PORT_NAME_MAX)
		return NULL;
	return rhashtable_lookup_fast(names, &key, params);
}
