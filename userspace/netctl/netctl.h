/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netctl: what the objects' files share.
 *
 * Each object has one file with one const struct netctl_object, listed in the
 * table of main.c. A verb parses its words, calls the library and prints; it
 * returns an exit status (enum netctl_exit).
 */
#ifndef NETCTL_H
#define NETCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <nsfab/nsfab.h>

/** enum netctl_exit - exit statuses, part of the contract with scripts */
enum netctl_exit {
	NETCTL_OK = 0,
	NETCTL_USAGE = 1,	/* wrong words or a bad file */
	NETCTL_REFUSED = 2,	/* the kernel refused */
	NETCTL_NO_MODULE = 3,	/* the module is not loaded */
	NETCTL_VERDICT = 4,	/* a verdict was negative */
};

struct netctl_print;

/**
 * struct netctl_ctx - one run of netctl
 * @json: -j
 * @pretty: -p, implies @json
 * @quiet: -q, no progress and no remarks
 * @dry_run: --dry-run, change nothing; a verb that changes something must
 *	look at it
 * @fabric: -f, NULL if not given
 * @netns: -n, a name below /run/netns or a path, NULL if not given
 * @object: the object's name, for messages
 * @verb: the verb's name, for messages, or NULL
 * @file: being read, for messages, or NULL
 * @line: of @file, from 1 on, 0 if none is to blame
 * @err: for library calls, printed by netctl_fail()
 * @handle: private, see netctl_handle()
 * @ifindex: private, see netctl_fabric()
 */
struct netctl_ctx {
	bool json;
	bool pretty;
	bool quiet;
	bool dry_run;
	const char *fabric;
	const char *netns;
	const char *object;
	const char *verb;
	const char *file;
	unsigned long line;
	struct nsfab_err err;
	struct nsfab *handle;
	unsigned int ifindex;
};

/**
 * struct netctl_verb - a verb of an object
 * @name: its name; a unique beginning of it will do
 * @alias: another name, or NULL
 * @run: what it does; gets the words behind the verb
 */
struct netctl_verb {
	const char *name;
	const char *alias;
	int (*run)(struct netctl_ctx *ctx, int argc, char **argv);
};

/**
 * struct netctl_object - an object
 * @name: its name; a unique beginning of it will do
 * @summary: one line for "netctl help"
 * @help: the whole help, printed without opening a socket
 * @verbs: ends with a name of NULL; NULL for an object without verbs
 * @run: without @verbs, or when no verb is given at all (the default verb);
 *	gets the words behind the object
 */
struct netctl_object {
	const char *name;
	const char *summary;
	const char *help;
	const struct netctl_verb *verbs;
	int (*run)(struct netctl_ctx *ctx, int argc, char **argv);
};

extern const struct netctl_object netctl_obj_fabric;
extern const struct netctl_object netctl_obj_tenant;
extern const struct netctl_object netctl_obj_network;
extern const struct netctl_object netctl_obj_vm;
extern const struct netctl_object netctl_obj_port;
extern const struct netctl_object netctl_obj_fdb;
extern const struct netctl_object netctl_obj_neigh;
extern const struct netctl_object netctl_obj_route;
extern const struct netctl_object netctl_obj_link;
extern const struct netctl_object netctl_obj_bottleneck;
extern const struct netctl_object netctl_obj_schedule;
extern const struct netctl_object netctl_obj_fidelity;
extern const struct netctl_object netctl_obj_flow;
extern const struct netctl_object netctl_obj_stats;
extern const struct netctl_object netctl_obj_drops;
extern const struct netctl_object netctl_obj_monitor;
extern const struct netctl_object netctl_obj_exec;
extern const struct netctl_object netctl_obj_console;
extern const struct netctl_object netctl_obj_capture;
extern const struct netctl_object netctl_obj_apply;
extern const struct netctl_object netctl_obj_diff;
extern const struct netctl_object netctl_obj_destroy;
extern const struct netctl_object netctl_obj_export;
extern const struct netctl_object netctl_obj_check;
extern const struct netctl_object netctl_obj_ping;
extern const struct netctl_object netctl_obj_graph;
extern const struct netctl_object netctl_obj_lab;
extern const struct netctl_object netctl_obj_topology;

/* ctx.c: the handle, errors */

/**
 * netctl_handle() - the library's handle, opened at first use
 * @ctx: this run
 *
 * Return: a handle that stays @ctx's, or NULL with @ctx->err filled (return
 * netctl_fail()).
 */
struct nsfab *netctl_handle(struct netctl_ctx *ctx);

/**
 * netctl_fabric() - the handle and the fabric that this run is about
 * @ctx: this run
 * @h: handle
 * @ifindex: the fabric's, by -f or the only one in the namespace
 *
 * Return: 0, or a negative errno with @ctx->err filled.
 */
int netctl_fabric(struct netctl_ctx *ctx, struct nsfab **h,
		  unsigned int *ifindex);

/** netctl_netns_path() - path of a namespace given by name or path into @buf */
int netctl_netns_path(const char *netns, char *buf, size_t len);

/**
 * netctl_fail() - print @ctx->err, return the exit status that goes with it
 *
 * What the library itself calls invalid (-EINVAL) is wrong usage.
 */
int netctl_fail(struct netctl_ctx *ctx);

/** netctl_usage() - print "netctl OBJECT VERB: message", return NETCTL_USAGE */
int netctl_usage(const struct netctl_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** netctl_note_empty() - where VMs may be if there are none in this fabric */
void netctl_note_empty(const struct netctl_ctx *ctx);

/** netctl_note() - print a remark on stderr unless -q */
void netctl_note(const struct netctl_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** netctl_plural() - "s", or nothing behind one */
const char *netctl_plural(uint64_t n);

/* args.c: words */

/**
 * netctl_match() - is @word @name or a beginning of it
 * @word: at least one letter
 * @name: the whole word
 */
bool netctl_match(const char *word, const char *name);

/**
 * struct netctl_key - a KEY [VALUE] that a verb takes
 * @name: its name; a unique beginning of it will do
 * @alias: another name, or NULL
 * @parse: takes the value; NULL for an entry that ends the table. Returns 0,
 *	or NETCTL_USAGE after having printed why.
 * @flag: takes no value (@parse gets NULL)
 * @arg: passed to @parse
 * @what: what the value is, for messages: "NUMBER", "ADDRESS"
 * @has: for the parsers of words.h
 * @min: likewise
 * @max: likewise
 */
struct netctl_key {
	const char *name;
	const char *alias;
	int (*parse)(struct netctl_ctx *ctx, const struct netctl_key *key,
		     const char *value, void *data);
	bool flag;
	int arg;
	const char *what;
	uint32_t has;
	uint64_t min;
	uint64_t max;
};

/**
 * netctl_parse() - parse KEY VALUE words by a table
 * @ctx: this run
 * @keys: table, ends with a name of NULL
 * @argc: number of words
 * @argv: words
 * @data: passed to each key's parse
 *
 * Return: 0, or NETCTL_USAGE after having printed what is wrong and what is
 * allowed.
 */
int netctl_parse(struct netctl_ctx *ctx, const struct netctl_key *keys,
		 int argc, char **argv, void *data);

/** netctl_closest() - which of the NULL-ended names is meant by a mistyped word, or NULL */
const char *netctl_closest(const char *word, const char *const *names);

/* units.c: numbers with units. All return 0, -EINVAL or -ERANGE. */

/** netctl_parse_u64() - decimal or 0x number in a range */
int netctl_parse_u64(const char *text, uint64_t min, uint64_t max,
		     uint64_t *value);
/** netctl_parse_time() - "5ms", ns us ms s, fractions allowed, a bare number is ns */
int netctl_parse_time(const char *text, uint64_t *ns);
/** netctl_parse_rate() - "100mbit", bit kbit mbit gbit, a bare number is bit/s */
int netctl_parse_rate(const char *text, uint64_t *bit_per_s);
/** netctl_parse_size() - "64k", bytes k m g (1024), a bare number is bytes */
int netctl_parse_size(const char *text, uint64_t *bytes);
/** netctl_parse_share() - "0.1%" or "0.001", as a share of 2^32 - 1 */
int netctl_parse_share(const char *text, uint32_t *share);

#define NETCTL_UNIT_STRLEN 32

/** netctl_format_time() - "5ms" into NETCTL_UNIT_STRLEN bytes */
const char *netctl_format_time(uint64_t ns, char *buf);
/** netctl_format_rate() - "100mbit" into NETCTL_UNIT_STRLEN bytes */
const char *netctl_format_rate(uint64_t bit_per_s, char *buf);
/** netctl_format_size() - "64k", "1.5m" into NETCTL_UNIT_STRLEN bytes */
const char *netctl_format_size(uint64_t bytes, char *buf);

/*
 * print.c: one call for a table's cell and a JSON member.
 *
 * Every call has a JSON key and a heading. A key of NULL leaves the value out
 * of JSON, a heading of NULL leaves it out of the table. Between
 * netctl_print_open() and netctl_print_close() each netctl_row() starts a new
 * row (an element of the JSON array). On a terminal the columns are aligned;
 * elsewhere they are separated by tabs... and with -j a JSON array or object
 * is printed as it goes along, so that a million rows need no memory.
 */

/** enum netctl_shape - how rows look */
enum netctl_shape {
	NETCTL_LIST,	/* table; JSON array of objects */
	NETCTL_RECORD,	/* "heading: value" lines; one JSON object */
	NETCTL_STREAM,	/* one line a row, flushed; one JSON object a line */
};

struct netctl_print *netctl_print_open(const struct netctl_ctx *ctx,
				       enum netctl_shape shape);

/** netctl_print_open_to() - likewise into a stream, that stays the caller's */
struct netctl_print *netctl_print_open_to(const struct netctl_ctx *ctx,
					  enum netctl_shape shape,
					  void *stdio_file, bool json);

/** netctl_names_as_headings() - headings stay as they are, being names */
void netctl_names_as_headings(struct netctl_print *p);

/** netctl_print_close() - end; returns NETCTL_OK, or NETCTL_REFUSED if the output failed */
int netctl_print_close(struct netctl_print *p);

/**
 * netctl_done() - netctl_print_close(), after a failure too
 *
 * Return: @status unless it is NETCTL_OK. Nothing is printed if @status is not
 * NETCTL_OK and no row was.
 */
int netctl_done(struct netctl_print *p, int status);

/** netctl_flush() - end the row that is open, and write what there is out */
void netctl_flush(struct netctl_print *p);

/** netctl_row() - start a row */
void netctl_row(struct netctl_print *p);

/** netctl_str() - a text; NULL is null in JSON and "-" in a table */
void netctl_str(struct netctl_print *p, const char *key, const char *head,
		const char *value);
/** netctl_num() - a number, plain in both */
void netctl_num(struct netctl_print *p, const char *key, const char *head,
		uint64_t value);
/** netctl_dbl() - a number with a fraction */
void netctl_dbl(struct netctl_print *p, const char *key, const char *head,
		double value);
/** netctl_bool() - true and false, "yes" and "no" */
void netctl_bool(struct netctl_print *p, const char *key, const char *head,
		 bool value);
/** netctl_bytes() - plain in JSON, "1.5m" in a table */
void netctl_bytes(struct netctl_print *p, const char *key, const char *head,
		  uint64_t bytes);
/** netctl_time() - nanoseconds in JSON, "5ms" in a table */
void netctl_time(struct netctl_print *p, const char *key, const char *head,
		 uint64_t ns);
/** netctl_rate() - bits per second in JSON, "100mbit" in a table */
void netctl_rate(struct netctl_print *p, const char *key, const char *head,
		 uint64_t bit_per_s);
/** netctl_list() - an array of texts, separated by commas in a table */
void netctl_list(struct netctl_print *p, const char *key, const char *head,
		 const char *const *values, size_t n);
/** netctl_dbls() - an array of numbers, in JSON alone */
void netctl_dbls(struct netctl_print *p, const char *key, const double *values,
		 size_t n);
/** netctl_labels() - lines of KEY=VALUE as a JSON object of texts */
void netctl_labels(struct netctl_print *p, const char *key, const char *head,
		   const char *labels);

/** netctl_object_open() - what follows is inside of a nested JSON object */
void netctl_object_open(struct netctl_print *p, const char *key);
void netctl_object_close(struct netctl_print *p);
/** netctl_array_open() - what follows is inside of a nested JSON array */
void netctl_array_open(struct netctl_print *p, const char *key);
/** netctl_array_next() - start an object inside of the nested array */
void netctl_array_next(struct netctl_print *p);
void netctl_array_close(struct netctl_print *p);

/* names.c: ids to names, read once */

struct netctl_names;

/**
 * netctl_names_load() - read the names of tenants, networks and ports
 * @ctx: this run
 * @what: NETCTL_NAMES_*
 *
 * Return: the names, to be freed with netctl_names_free(), or NULL with
 * @ctx->err filled.
 */
struct netctl_names *netctl_names_load(struct netctl_ctx *ctx,
				       unsigned int what);

#define NETCTL_NAMES_TENANTS	(1u << 0)
#define NETCTL_NAMES_NETWORKS	(1u << 1)	/* and tenants */
#define NETCTL_NAMES_PORTS	(1u << 2)	/* and tenants */
#define NETCTL_NAMES_ADDRESSES	(1u << 3)	/* with PORTS: their addresses */
#define NETCTL_NAMES_LINKS	(1u << 4)	/* and tenants: bottlenecks */

/* "acme", "acme/web", "acme/web1/eth0"; "#5" for an unknown id. Valid until free. */
const char *netctl_tenant_name(struct netctl_names *names, uint32_t id);
const char *netctl_network_name(struct netctl_names *names, uint32_t id);
const char *netctl_port_name(struct netctl_names *names, uint32_t id);
const char *netctl_link_name(struct netctl_names *names, uint32_t id);

void netctl_names_free(struct netctl_names *names);

#endif /* NETCTL_H */
