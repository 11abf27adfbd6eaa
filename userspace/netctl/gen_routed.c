// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leaves and spines that route: each a VM with a NIC for every wire, and a
 * network of two for every wire between a leaf and a spine.
 *
 *	     spine1   spine2
 *	       | \     / |	172.16.0.0/12, two addresses a wire
 *	       |  \   /  |
 *	     leaf1     leaf2
 *	    rack1 |   | rack2	a part of the subnet each
 *	        h1 h2 h3 h4
 */
#include "gen.h"
#include "lab_word.h"

/* Rack networks are no smaller than this if there is room. */
#define RACK_BITS 8

static const struct nsfab_prefix wires = {
	.addr = { .len = 4, .byte = { 172, 16 } },
	.len = 12,
};

enum { SPINES, LEAVES, HOSTS };

/* Bits of an address behind the prefix of a rack. */
static unsigned int rack_bits(const struct gen_options *options,
			      const uint64_t *n)
{
	unsigned int all = 32 - options->subnet[0].len, bits = 2;

	/* The leaf, the hosts, the first and the last address */
	while ((1ull << bits) < n[HOSTS] + 3)
		bits++;
	while (bits < RACK_BITS && n[LEAVES] << (bits + 1) <= 1ull << all)
		bits++;
	return bits;
}

const char *gen_leaf_spine_fits(const struct gen_options *options,
				const uint64_t *n)
{
	const struct nsfab_prefix *subnet = &options->subnet[0];

	if (options->n_subnets != 1 || subnet->addr.len != 4)
		return "leaf-spine takes one IPv4 subnet";
	if (nsfab_prefix_has(&wires, &subnet->addr) ||
	    nsfab_prefix_has(subnet, &wires.addr))
		return "leaf-spine has 172.16.0.0/12 for its wires: take another subnet";
	if (n[LEAVES] << rack_bits(options, n) > 1ull << (32 - subnet->len))
		return "the subnet is too small for that many racks";
	return NULL;
}

static void put_addr(FILE *out, const struct nsfab_prefix *of, uint64_t i)
{
	char text[NSFAB_ADDR_STRLEN];
	struct nsfab_addr addr;

	gen_addr(of, i, &addr);
	fputs(nsfab_addr_format(&addr, text), out);
}

/* The end of a wire, by number: 0 of the leaf, 1 of the spine. */
static uint64_t wire_end(const uint64_t *n, unsigned int leaf,
			 unsigned int spine, unsigned int end)
{
	return (leaf * n[SPINES] + spine) * 2 + end;
}

static void put_networks(FILE *out, const uint64_t *n)
{
	unsigned int leaf, spine;

	fputs("    networks:\n", out);
	for (leaf = 1; leaf <= n[LEAVES]; leaf++) {
		fprintf(out, "      rack%u: {}\n", leaf);
		for (spine = 1; spine <= n[SPINES]; spine++)
			fprintf(out, "      leaf%u-spine%u: {}\n", leaf, spine);
	}
}

static void put_wire_nic(FILE *out, const uint64_t *n, unsigned int leaf,
			 unsigned int spine, unsigned int end)
{
	fprintf(out, "{network: leaf%u-spine%u, ip: ", leaf + 1, spine + 1);
	put_addr(out, &wires, wire_end(n, leaf, spine, end));
	fputs("/31}", out);
}

/* All that is not in the rack is behind any of the spines. */
static void put_leaf(FILE *out, const uint64_t *n, unsigned int leaf,
		     const struct gen_options *options)
{
	char text[NSFAB_PREFIX_STRLEN];
	unsigned int spine, bits = rack_bits(options, n);

	fprintf(out, "      leaf%u: {router: true, nics: [{network: rack%u, ip: ",
		leaf + 1, leaf + 1);
	put_addr(out, &options->subnet[0], ((uint64_t)leaf << bits) + 1);
	fprintf(out, "/%u}", 32 - bits);
	for (spine = 0; spine < n[SPINES]; spine++) {
		fputs(", ", out);
		put_wire_nic(out, n, leaf, spine, 0);
	}
	fprintf(out, "], routes: [{to: %s, via: [",
		nsfab_prefix_format(&options->subnet[0], text));
	for (spine = 0; spine < n[SPINES]; spine++) {
		fputs(spine ? ", " : "", out);
		put_addr(out, &wires, wire_end(n, leaf, spine, 1));
	}
	fputs("]}]}\n", out);
}

static void put_spine(FILE *out, const uint64_t *n, unsigned int spine,
		      const struct gen_options *options)
{
	unsigned int leaf, bits = rack_bits(options, n);

	fprintf(out, "      spine%u: {router: true, nics: [", spine + 1);
	for (leaf = 0; leaf < n[LEAVES]; leaf++) {
		fputs(leaf ? ", " : "", out);
		put_wire_nic(out, n, leaf, spine, 1);
	}
	fputs("], routes: [", out);
	for (leaf = 0; leaf < n[LEAVES]; leaf++) {
		fputs(leaf ? ", {to: " : "{to: ", out);
		put_addr(out, &options->subnet[0], (uint64_t)leaf << bits);
		fprintf(out, "/%u, via: ", 32 - bits);
		put_addr(out, &wires, wire_end(n, leaf, spine, 0));
		fputs("}", out);
	}
	fputs("]}\n", out);
}

static void put_hosts(FILE *out, const uint64_t *n, unsigned int leaf,
		      const struct gen_options *options)
{
	unsigned int bits = rack_bits(options, n);
	uint64_t base = (uint64_t)leaf << bits, i;

	for (i = 0; i < n[HOSTS]; i++) {
		fprintf(out, "      h%llu: {network: rack%u, ip: ",
			(unsigned long long)(leaf * n[HOSTS] + i + 1),
			leaf + 1);
		put_addr(out, &options->subnet[0], base + i + 2);
		fprintf(out, "/%u, routes: [{to: 0.0.0.0/0, via: ", 32 - bits);
		put_addr(out, &options->subnet[0], base + 1);
		fputs("}]}\n", out);
	}
}

/* A wire is its two ends' NICs: each says how what it sends fares. */
static void put_links(FILE *out, const uint64_t *n,
		      const struct gen_options *options)
{
	unsigned int leaf, spine;

	if (options->n_words)
		fputs("    links:\n", out);
	for (leaf = 0; leaf < n[LEAVES] && options->n_words; leaf++)
		for (spine = 0; spine < n[SPINES]; spine++) {
			fprintf(out, "      - {from: leaf%u/eth%u", leaf + 1,
				spine + 1);
			gen_put_words(out, options);
			fprintf(out, "}\n      - {from: spine%u/eth%u",
				spine + 1, leaf);
			gen_put_words(out, options);
			fputs("}\n", out);
		}
}

void gen_write_leaf_spine(FILE *out, const uint64_t *n,
			  const struct gen_options *options, const char *title)
{
	unsigned int leaf, spine;

	gen_put_head(out, options, title);
	put_networks(out, n);
	fputs("    vms:\n", out);
	for (spine = 0; spine < n[SPINES]; spine++)
		put_spine(out, n, spine, options);
	for (leaf = 0; leaf < n[LEAVES]; leaf++) {
		put_leaf(out, n, leaf, options);
		put_hosts(out, n, leaf, options);
	}
	put_links(out, n, options);
}
