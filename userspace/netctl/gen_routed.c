// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leaves and spines that route: each a VM with a NIC for every wire, and a
 * network of two for every wire between a leaf and a spine.
 *
 *	     spine1   spine2
 *	       | \     / |	172.16.0.0/12, two addresses a wire,
 *	       |  \   /  |	and fdac::/64
 *	     leaf1     leaf2
 *	    rack1 |   | rack2	a part of each subnet
 *	        h1 h2 h3 h4
 */
#include "gen.h"
#include "lab_word.h"

/* Rack networks are no smaller than this if there is room. */
#define RACK_BITS 8
/* And of IPv6 all of this size */
#define RACK_LEN6 64

static const struct nsfab_prefix wires4 = {
	.addr = { .len = 4, .byte = { 172, 16 } },
	.len = 12,
};

static const struct nsfab_prefix wires6 = {
	.addr = { .len = 16, .byte = { 0xfd, 0xac } },
	.len = 64,
};

enum { SPINES, LEAVES, HOSTS };

/* Bits of an IPv4 address behind the prefix of a rack. */
static unsigned int rack_bits(const struct nsfab_prefix *subnet,
			      const uint64_t *n)
{
	unsigned int all = 32 - subnet->len, bits = 2;

	/* The leaf, the hosts, the first and the last address */
	while ((1ull << bits) < n[HOSTS] + 3)
		bits++;
	while (bits < RACK_BITS && n[LEAVES] << (bits + 1) <= 1ull << all)
		bits++;
	return bits;
}

static const struct nsfab_prefix *wires_of(const struct nsfab_prefix *subnet)
{
	return subnet->addr.len == 4 ? &wires4 : &wires6;
}

static const char *subnet_fits(const struct nsfab_prefix *subnet,
			       const uint64_t *n)
{
	const struct nsfab_prefix *wires = wires_of(subnet);
	bool v4 = subnet->addr.len == 4, small;

	if (nsfab_prefix_has(wires, &subnet->addr) ||
	    nsfab_prefix_has(subnet, &wires->addr))
		return v4 ? "leaf-spine has 172.16.0.0/12 for its wires: take another subnet" :
			    "leaf-spine has fdac::/64 for its wires: take another subnet";
	if (v4)
		small = n[LEAVES] << rack_bits(subnet, n) >
			1ull << (32 - subnet->len);
	else
		small = subnet->len > RACK_LEN6 ||
			(RACK_LEN6 - subnet->len < 16 &&
			 n[LEAVES] > 1ull << (RACK_LEN6 - subnet->len));
	return small ? "the subnet is too small for that many racks" : NULL;
}

const char *gen_leaf_spine_fits(const struct gen_options *options,
				const uint64_t *n)
{
	const struct nsfab_prefix *subnet = options->subnet;
	const char *wrong = NULL;
	size_t i;

	if (options->n_subnets > 2 ||
	    (options->n_subnets == 2 && subnet[0].addr.len == subnet[1].addr.len))
		return "leaf-spine takes one subnet of IPv4 and one of IPv6";
	for (i = 0; i < options->n_subnets && !wrong; i++)
		wrong = subnet_fits(&subnet[i], n);
	return wrong;
}

/* With its length unless that is 0; what has colons is quoted. */
static void put_addr(FILE *out, const struct nsfab_addr *addr, unsigned int len)
{
	const char *quote = addr->len == 4 ? "" : "\"";
	char text[NSFAB_ADDR_STRLEN];

	fprintf(out, "%s%s", quote, nsfab_addr_format(addr, text));
	if (len)
		fprintf(out, "/%u", len);
	fputs(quote, out);
}

/* The @i-th address of a rack; @length: its length is told, too. */
static void put_rack_addr(FILE *out, const struct nsfab_prefix *subnet,
			  const uint64_t *n, unsigned int leaf, uint64_t i,
			  bool length)
{
	struct nsfab_prefix rack = *subnet;
	unsigned int len = RACK_LEN6, bits;
	struct nsfab_addr addr;

	if (subnet->addr.len == 4) {
		bits = rack_bits(subnet, n);
		len = 32 - bits;
		gen_addr(subnet, ((uint64_t)leaf << bits) + i, &addr);
	} else {
		/* The rack is a number in the upper half. */
		rack.addr.len = 8;
		gen_addr(&rack, leaf, &rack.addr);
		rack.addr.len = 16;
		gen_addr(&rack, i, &addr);
	}
	put_addr(out, &addr, length ? len : 0);
}

/* The end of a wire: 0 of the leaf, 1 of the spine. */
static void put_wire_addr(FILE *out, const struct nsfab_prefix *subnet,
			  const uint64_t *n, unsigned int leaf,
			  unsigned int spine, unsigned int end, bool length)
{
	struct nsfab_addr addr;

	gen_addr(wires_of(subnet), (leaf * n[SPINES] + spine) * 2 + end, &addr);
	put_addr(out, &addr, length ? addr.len * 8 - 1 : 0);
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

static void put_rack_nic(FILE *out, const uint64_t *n, unsigned int leaf,
			 uint64_t i, const struct gen_options *options)
{
	size_t j;

	fprintf(out, "network: rack%u, ip: [", leaf + 1);
	for (j = 0; j < options->n_subnets; j++) {
		fputs(j ? ", " : "", out);
		put_rack_addr(out, &options->subnet[j], n, leaf, i, true);
	}
	fputs("]", out);
}

static void put_wire_nic(FILE *out, const uint64_t *n, unsigned int leaf,
			 unsigned int spine, unsigned int end,
			 const struct gen_options *options)
{
	size_t j;

	fprintf(out, "{network: leaf%u-spine%u, ip: [", leaf + 1, spine + 1);
	for (j = 0; j < options->n_subnets; j++) {
		fputs(j ? ", " : "", out);
		put_wire_addr(out, &options->subnet[j], n, leaf, spine, end,
			      true);
	}
	fputs("]}", out);
}

/* All that is not in the rack is behind any of the spines. */
static void put_leaf(FILE *out, const uint64_t *n, unsigned int leaf,
		     const struct gen_options *options)
{
	const struct nsfab_prefix *subnet;
	unsigned int spine;
	size_t j;

	fprintf(out, "      leaf%u: {router: true, nics: [{", leaf + 1);
	put_rack_nic(out, n, leaf, 1, options);
	fputs("}", out);
	for (spine = 0; spine < n[SPINES]; spine++) {
		fputs(", ", out);
		put_wire_nic(out, n, leaf, spine, 0, options);
	}
	fputs("], routes: [", out);
	for (j = 0; j < options->n_subnets; j++) {
		subnet = &options->subnet[j];
		fputs(j ? ", {to: " : "{to: ", out);
		put_addr(out, &subnet->addr, subnet->len);
		fputs(", via: [", out);
		for (spine = 0; spine < n[SPINES]; spine++) {
			fputs(spine ? ", " : "", out);
			put_wire_addr(out, subnet, n, leaf, spine, 1, false);
		}
		fputs("]}", out);
	}
	fputs("]}\n", out);
}

static void put_spine(FILE *out, const uint64_t *n, unsigned int spine,
		      const struct gen_options *options)
{
	const struct nsfab_prefix *subnet;
	unsigned int leaf;
	size_t j;

	fprintf(out, "      spine%u: {router: true, nics: [", spine + 1);
	for (leaf = 0; leaf < n[LEAVES]; leaf++) {
		fputs(leaf ? ", " : "", out);
		put_wire_nic(out, n, leaf, spine, 1, options);
	}
	fputs("], routes: [", out);
	for (j = 0; j < options->n_subnets; j++)
		for (leaf = 0; leaf < n[LEAVES]; leaf++) {
			subnet = &options->subnet[j];
			fputs(j || leaf ? ", {to: " : "{to: ", out);
			put_rack_addr(out, subnet, n, leaf, 0, true);
			fputs(", via: ", out);
			put_wire_addr(out, subnet, n, leaf, spine, 0, false);
			fputs("}", out);
		}
	fputs("]}\n", out);
}

static void put_hosts(FILE *out, const uint64_t *n, unsigned int leaf,
		      const struct gen_options *options)
{
	const struct nsfab_prefix *subnet;
	uint64_t i;
	size_t j;

	for (i = 0; i < n[HOSTS]; i++) {
		fprintf(out, "      h%llu: {",
			(unsigned long long)(leaf * n[HOSTS] + i + 1));
		put_rack_nic(out, n, leaf, i + 2, options);
		fputs(", routes: [", out);
		for (j = 0; j < options->n_subnets; j++) {
			subnet = &options->subnet[j];
			fprintf(out, "%s{to: %s, via: ", j ? ", " : "",
				subnet->addr.len == 4 ? "0.0.0.0/0" :
				"\"::/0\"");
			put_rack_addr(out, subnet, n, leaf, 1, false);
			fputs("}", out);
		}
		fputs("]}\n", out);
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
