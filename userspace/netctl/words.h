/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netctl: parsers of values, for tables of struct netctl_key.
 *
 * Their @data is a struct that begins with a uint32_t of HAS bits (as all
 * objects of the library do); @key->arg is the offset of the member in it,
 * and @key->has the bit that says that the member is given.
 */
#ifndef NETCTL_WORDS_H
#define NETCTL_WORDS_H

#include <nsfab/addr.h>
#include <stddef.h>

#include "netctl.h"

/**
 * netctl_new_name() - may an object that is to be made be called so
 * @ctx: this run
 * @path: its name, or a path that ends with it
 *
 * The kernel takes a name that begins with "-", but it looks like an option.
 * What others have called so can still be shown, changed and deleted.
 *
 * Return: 0, or NETCTL_USAGE after having printed why not.
 */
int netctl_new_name(struct netctl_ctx *ctx, const char *path);

/* uint8_t to uint64_t; @key->min to @key->max, or to the type's if 0 */
int netctl_key_u8(struct netctl_ctx *ctx, const struct netctl_key *key,
		  const char *value, void *data);
int netctl_key_u16(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data);
int netctl_key_u32(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data);
int netctl_key_u64(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data);
/* struct nsfab_addr */
int netctl_key_addr(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data);
/* struct nsfab_prefix */
int netctl_key_prefix(struct netctl_ctx *ctx, const struct netctl_key *key,
		      const char *value, void *data);
/* uint8_t[NSFAB_MAC_LEN] */
int netctl_key_mac(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data);
/* const char * */
int netctl_key_str(struct netctl_ctx *ctx, const struct netctl_key *key,
		   const char *value, void *data);
/* bool, by a flag */
int netctl_key_true(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data);
/* bool, by "on" and "off" */
int netctl_key_onoff(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data);

/**
 * struct netctl_label_words - changes of labels
 * @add: lines of KEY=VALUE, or NULL
 * @remove: lines of KEY, or NULL
 */
struct netctl_label_words {
	char *add;
	char *remove;
};

/* struct netctl_label_words: KEY=VALUE, or KEY to be removed */
int netctl_key_label(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data);
int netctl_key_nolabel(struct netctl_ctx *ctx, const struct netctl_key *key,
		       const char *value, void *data);
void netctl_labels_free(struct netctl_label_words *labels);

/**
 * netctl_labels_match() - has an object a label
 * @labels: lines of KEY=VALUE, or NULL
 * @wanted: "KEY" or "KEY=VALUE", NULL for any object
 */
bool netctl_labels_match(const char *labels, const char *wanted);

#define NETCTL_KEY_LABEL(type, member) \
	{ .name = "label", .parse = netctl_key_label, \
	  .arg = offsetof(type, member), .what = "KEY=VALUE" }
#define NETCTL_KEY_NOLABEL(type, member) \
	{ .name = "nolabel", .parse = netctl_key_nolabel, \
	  .arg = offsetof(type, member), .what = "KEY" }

/** netctl_bad_value() - print what is wrong with a key's value, return NETCTL_USAGE */
int netctl_bad_value(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, const char *allowed);

/** netctl_no_memory() - print that there is none, return NETCTL_REFUSED */
int netctl_no_memory(struct netctl_ctx *ctx);

/** netctl_would() - with --dry-run, say what would be done and return true */
bool netctl_would(const struct netctl_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* NETCTL_WORDS_H */
