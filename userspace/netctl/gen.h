/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Topologies that are made up: graphs of switches, links and hosts, and the
 * lab files that they become.
 */
#ifndef NETCTL_GEN_H
#define NETCTL_GEN_H

#include <nsfab/addr.h>
#include <stdio.h>

#include "netctl.h"

#define GEN_NAME_SIZE	64	/* of a name, with NUL */
#define GEN_MOST	100000	/* switches, links or hosts */
#define GEN_LEARN_MOST	64	/* switches that learn when left out */
#define GEN_ARGS_MAX	3	/* numbers of a shape */
#define GEN_SUBNETS_MAX	8
#define GEN_WORDS_MAX	16	/* of a link */

struct gen_switch {
	char name[GEN_NAME_SIZE];
};

/**
 * struct gen_link - a link between two switches
 * @a: number of the one
 * @b: number of the other
 * @delay: ns, 0 if unknown
 * @rate: bits per second, 0 if unknown
 */
struct gen_link {
	size_t a;
	size_t b;
	uint64_t delay;
	uint64_t rate;
};

/**
 * struct gen_host - a host
 * @name: name
 * @at: number of its switch
 */
struct gen_host {
	char name[GEN_NAME_SIZE];
	size_t at;
};

/**
 * struct gen_graph - switches, links and hosts
 * @no_memory: something could not be added
 *
 * The rooms are private.
 */
struct gen_graph {
	struct gen_switch *sw;
	size_t n_switches;
	size_t switch_room;
	struct gen_link *link;
	size_t n_links;
	size_t link_room;
	struct gen_host *host;
	size_t n_hosts;
	size_t host_room;
	bool no_memory;
};

/* gen_graph.c */

/** gen_add_switch() - add one; its number, or 0 when there is no memory */
size_t gen_add_switch(struct gen_graph *graph, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
struct gen_link *gen_add_link(struct gen_graph *graph, size_t a, size_t b);
void gen_add_host(struct gen_graph *graph, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void gen_free(struct gen_graph *graph);

/**
 * gen_parts() - how a graph hangs together
 * @graph: graph
 * @loop: set if there is more than one way from a switch to another
 *
 * Return: number of its parts, 1 if it is connected; 0 without memory.
 */
size_t gen_parts(const struct gen_graph *graph, bool *loop);

/**
 * struct gen_word - a KEY VALUE of all links
 */
struct gen_word {
	const char *key;
	const char *value;
};

enum gen_switching {
	GEN_SWITCHING_AUTO,	/* learn where there is no loop */
	GEN_SWITCHING_LEARN,
	GEN_SWITCHING_SHORTEST,
};

/**
 * struct gen_options - what the user wants beside the shape
 * @lab: name of the lab
 * @tenant: name of its tenant
 * @seed: of what is drawn at random
 * @has_seed: it was given
 * @subnet: that hosts have addresses of
 * @n_subnets: entries in @subnet
 * @word: what links are told
 * @n_words: entries in @word
 * @hosts: hosts at each switch of a GraphML file
 * @switching: how switches find their ways
 * @stub: hosts are stubs
 * @file: where to write, NULL for standard output
 */
struct gen_options {
	const char *lab;
	const char *tenant;
	uint64_t seed;
	bool has_seed;
	struct nsfab_prefix subnet[GEN_SUBNETS_MAX];
	size_t n_subnets;
	struct gen_word word[GEN_WORDS_MAX];
	size_t n_words;
	uint64_t hosts;
	enum gen_switching switching;
	bool stub;
	const char *file;
};

/* gen_shape.c */

/**
 * struct gen_shape - a shape
 * @name: its name
 * @args: names of its numbers, NULL at the end
 * @min: least that each may be
 * @max: most
 * @otherwise: what one is that is left out, 0 if it must be given
 * @separators: between numbers besides a comma
 * @check: says what is wrong with the numbers together, may be NULL
 * @build: makes the graph, NULL of a shape that is none
 */
struct gen_shape {
	const char *name;
	const char *args[GEN_ARGS_MAX + 1];
	uint64_t min[GEN_ARGS_MAX];
	uint64_t max[GEN_ARGS_MAX];
	uint64_t otherwise[GEN_ARGS_MAX];
	const char *separators;
	const char *(*check)(const uint64_t *n);
	void (*build)(struct gen_graph *graph, const uint64_t *n);
};

/**
 * gen_shape_parse() - the shape that words say
 * @ctx: this run
 * @argc: number of words
 * @argv: "linear 400", "linear,400", "torus 3x3", "fat-tree k=4"
 * @n: gets its numbers
 * @used: gets how many words these were
 *
 * Return: the shape, or NULL after having printed why there is none.
 */
const struct gen_shape *gen_shape_parse(struct netctl_ctx *ctx, int argc,
					char **argv, uint64_t n[GEN_ARGS_MAX],
					int *used);

/* gen_graphml.c */

/**
 * gen_graphml_read() - a graph of a GraphML file, as of the Topology Zoo
 * @graph: empty graph
 * @ctx: this run
 * @path: the file, "-" for standard input
 * @hosts: hosts at each switch
 *
 * Return: 0, or NETCTL_USAGE after having printed what is wrong with it.
 */
int gen_graphml_read(struct gen_graph *graph, struct netctl_ctx *ctx,
		     const char *path, uint64_t hosts);

/* gen_write.c */

/** gen_addr() - the @i-th address of a subnet */
void gen_addr(const struct nsfab_prefix *subnet, uint64_t i,
	      struct nsfab_addr *addr);
/** gen_capacity() - how many addresses a subnet has for hosts */
uint64_t gen_capacity(const struct nsfab_prefix *subnet);
/** gen_put_words() - the words of a link, each behind a comma */
void gen_put_words(FILE *out, const struct gen_options *options);
/** gen_put_head() - the beginning of a lab file, down to its tenant */
void gen_put_head(FILE *out, const struct gen_options *options,
		  const char *title);
/** gen_write() - a graph as a lab file */
void gen_write(FILE *out, const struct gen_graph *graph,
	       const struct gen_options *options, bool learn,
	       const char *title);

/* gen_routed.c */

/** gen_leaf_spine_fits() - NULL, or why the addresses do not do for it */
const char *gen_leaf_spine_fits(const struct gen_options *options,
				const uint64_t *n);
/** gen_write_leaf_spine() - spines, leaves and hosts as a lab file */
void gen_write_leaf_spine(FILE *out, const uint64_t *n,
			  const struct gen_options *options,
			  const char *title);

#endif
