/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netctl: what a link does, as users write it. A command line and a lab file
 * have the same keys with the same values.
 */
#ifndef NETCTL_LINK_VALUES_H
#define NETCTL_LINK_VALUES_H

#include <nsfab/link.h>

#define LINK_WHY_MAX 512

/**
 * struct link_values - what was given
 * @link: they, with what is present; points into the other members
 * @flags: which of @link's flags were given
 * @nth: numbers of lost packets
 * @table: of a distribution, or NULL
 * @trace: delivery opportunities, or NULL
 * @events: of a trace that is a schedule, of link 0, or NULL
 * @n_events: number of them
 * @loop: nanoseconds after which they begin again
 * @dir: directory that names of files are relative to, NULL for the current
 * @why: why the last value was refused
 */
struct link_values {
	struct nsfab_link link;
	uint32_t flags;
	uint32_t nth[NSFAB_LINK_NTH_MAX];
	int32_t *table;
	uint32_t *trace;
	struct nsfab_schedule_event *events;
	size_t n_events;
	uint64_t loop;
	const char *dir;
	char why[LINK_WHY_MAX];
};

/**
 * link_value() - take the value of a key
 * @v: begins zeroed, but for @dir; to be cleared with link_values_clear()
 * @key: one of link_value_keys
 * @text: its value; of several words, with blanks between
 *
 * Return: 0, or -EINVAL with @v->why filled, which says key, value and what is
 * allowed.
 */
int link_value(struct link_values *v, const char *key, const char *text);

/** link_values_check() - likewise, whether the values fit one another */
int link_values_check(struct link_values *v);

void link_values_clear(struct link_values *v);

/**
 * struct link_value_key - a key
 * @name: its name
 * @alias: another name, or NULL
 * @what: what its value is, for messages
 */
struct link_value_key {
	const char *name;
	const char *alias;
	const char *what;
};

/* All keys, ends with a name of NULL. */
extern const struct link_value_key link_value_keys[];

/*
 * The other way: the text that link_value() makes the same of, into @buf, or
 * "" for what is not so. All return @buf.
 */
const char *link_loss_text(const struct nsfab_link *link, char *buf,
			   size_t size);
const char *link_queue_text(uint64_t bytes, uint64_t time, const char *none,
			    char *buf, size_t size);
const char *link_share_text(uint32_t share, char *buf, size_t size);

/** link_share() - a probability from 0 to 1 */
double link_share(uint32_t share);

/* One jitter in files of tc-netem(8) and in lab files, and in the kernel */
#define LINK_FILE_SCALE 8192
#define LINK_SCALE 65536

/* Farthest point of a distribution, in those of a file */
#define LINK_FILE_FAR (32768 * 8L)

/* link_files.c: files that values name. 0, or -EINVAL with @v->why filled. */
int link_read_table(struct link_values *v, const char *name);
int link_read_trace(struct link_values *v, const char *name);

#endif /* NETCTL_LINK_VALUES_H */
