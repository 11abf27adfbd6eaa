/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl export: what its files share. */
#ifndef NETCTL_EXPORT_H
#define NETCTL_EXPORT_H

#include <nsfab/state.h>

/**
 * struct export_base - what a link does without the schedule
 * @link: the link
 * @set: what of it the schedule changes, as it is without it
 */
struct export_base {
	const struct nsfab_state_obj *link;
	const struct nsfab_link *set;
};

/**
 * struct export - what is exported
 * @state: the running lab
 * @base: of the links that a schedule changes, by address of the link
 * @n: entries in @base
 */
struct export {
	const struct nsfab_state *state;
	struct export_base *base;
	size_t n;
};

/* export.c: a lab file of a state, on standard output; 0 or -ENOMEM */
int export_state(const struct nsfab_state *state);

/* export_schedule.c: 0, or -ENOMEM; to be ended only after 0 */
int export_begin(struct export *x, const struct nsfab_state *state);
void export_end(struct export *x);

/* What the link does without a schedule, into @conf. */
void export_base_of(const struct export *x, const struct nsfab_state_obj *link,
		    struct nsfab_link *conf);

/* Events of a tenant's links, or the underlay's. */
void export_schedule(const struct export *x, const char *tenant, bool underlay,
		     const char *indent);

/* export_link.c: links and bottlenecks likewise */
void export_links(const struct export *x, const char *tenant, bool underlay,
		  const char *indent);

/* Ends and scope of a link; @any: something stands before it, set. */
void export_put_ends(const struct nsfab_state *state,
		     const struct nsfab_state_obj *link, bool *any);

/*
 * Those keys of a link that @which has bits of, NSFAB_LINK_HAS_*; of its flags
 * only what is not as in @flags.
 */
void export_put_conf(const struct nsfab_link *conf, uint32_t which,
		     uint32_t flags, bool *any);

/* A key and its time, in the largest unit that leaves a whole number */
void export_put_time(bool *any, const char *key, uint64_t ns);

#endif
