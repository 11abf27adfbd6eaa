// SPDX-License-Identifier: GPL-2.0-or-later
/* ip link ... type nsfab */
#include <arpa/inet.h>
#include <linux/nsfab.h>
#include <string.h>

#include "iplink.h"

static const char *const encaps[] = {
	[NSFAB_ENCAP_NONE] = "none",
	[NSFAB_ENCAP_VXLAN] = "vxlan",
	[NSFAB_ENCAP_GENEVE] = "geneve",
};

#define N_ENCAPS (sizeof(encaps) / sizeof(encaps[0]))

static void print_usage(FILE *f)
{
	fputs("Usage: ... nsfab [ encap { none | vxlan | geneve } ]\n"
	      "                 [ local ADDR ]\n"
	      "                 [ udp-port PORT ]\n"
	      "                 [ max-tenants NUMBER ]\n"
	      "\n"
	      "Where: encap needs local, unless it is none\n"
	      "       PORT is 4789 for vxlan and 6081 for geneve when left out\n",
	      f);
}

static void put_encap(struct nlmsghdr *n, const char *word)
{
	uint8_t encap;

	for (encap = 0; encap < N_ENCAPS; encap++) {
		if (!strcmp(word, encaps[encap])) {
			addattr_l(n, LINK_SPACE, IFLA_NSFAB_ENCAP, &encap,
				  sizeof(encap));
			return;
		}
	}
	invarg("\"encap\" is none, vxlan or geneve", word);
}

static void put_local(struct nlmsghdr *n, const char *word)
{
	uint8_t addr[16];
	int len = 0;

	if (inet_pton(AF_INET, word, addr) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, word, addr) == 1)
		len = 16;
	else
		invarg("\"local\" is an IPv4 or IPv6 address", word);
	addattr_l(n, LINK_SPACE, IFLA_NSFAB_LOCAL, addr, len);
}

static void put_udp_port(struct nlmsghdr *n, const char *word)
{
	unsigned int port;
	uint16_t be16;

	if (get_unsigned(&port, word, 0) || !port || port > UINT16_MAX)
		invarg("\"udp-port\" is a number from 1 to 65535", word);
	be16 = htons(port);
	addattr_l(n, LINK_SPACE, IFLA_NSFAB_UDP_PORT, &be16, sizeof(be16));
}

static void put_max_tenants(struct nlmsghdr *n, const char *word)
{
	uint32_t max;

	if (get_unsigned(&max, word, 0))
		invarg("\"max-tenants\" is a number", word);
	addattr_l(n, LINK_SPACE, IFLA_NSFAB_MAX_TENANTS, &max, sizeof(max));
}

static const struct {
	const char *name;
	void (*put)(struct nlmsghdr *n, const char *word);
} keys[] = {
	{ "encap", put_encap },
	{ "local", put_local },
	{ "udp-port", put_udp_port },
	{ "max-tenants", put_max_tenants },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int parse_opt(struct link_util *lu, int argc, char **argv,
		     struct nlmsghdr *n)
{
	unsigned int seen = 0;
	size_t i;

	(void)lu;
	for (; argc > 0; argc--, argv++) {
		if (!matches(*argv, "help")) {
			print_usage(stderr);
			return -1;
		}
		for (i = 0; i < N_KEYS; i++)
			if (!strcmp(*argv, keys[i].name))
				break;
		if (i == N_KEYS) {
			fprintf(stderr, "nsfab: unknown option \"%s\"\n",
				*argv);
			print_usage(stderr);
			return -1;
		}
		NEXT_ARG();
		if (seen & 1u << i)
			duparg(keys[i].name, *argv);
		seen |= 1u << i;
		keys[i].put(n, *argv);
	}
	return 0;
}

static void print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	const struct rtattr *local;
	char text[INET6_ADDRSTRLEN];
	uint8_t encap;

	(void)lu;
	(void)f;
	if (!tb)
		return;
	if (tb[IFLA_NSFAB_ENCAP]) {
		encap = *(uint8_t *)RTA_DATA(tb[IFLA_NSFAB_ENCAP]);
		print_color_string(PRINT_ANY, COLOR_NONE, "encap", "encap %s ",
				   encap < N_ENCAPS ? encaps[encap] : "?");
	}
	local = tb[IFLA_NSFAB_LOCAL];
	if (local && RTA_PAYLOAD(local) &&
	    inet_ntop(RTA_PAYLOAD(local) == 16 ? AF_INET6 : AF_INET,
		      RTA_DATA(local), text, sizeof(text)))
		print_color_string(PRINT_ANY,
				   RTA_PAYLOAD(local) == 16 ? COLOR_INET6 :
							      COLOR_INET,
				   "local", "local %s ", text);
	if (tb[IFLA_NSFAB_UDP_PORT])
		print_color_uint(PRINT_ANY, COLOR_NONE, "udp_port",
				 "udp-port %u ",
				 ntohs(*(uint16_t *)RTA_DATA(tb[IFLA_NSFAB_UDP_PORT])));
	if (tb[IFLA_NSFAB_MAX_TENANTS])
		print_color_uint(PRINT_ANY, COLOR_NONE, "max_tenants",
				 "max-tenants %u ",
				 *(uint32_t *)RTA_DATA(tb[IFLA_NSFAB_MAX_TENANTS]));
}

static void print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu;
	(void)argc;
	(void)argv;
	print_usage(f);
}

extern struct link_util nsfab_link_util;

struct link_util nsfab_link_util = {
	.id = "nsfab",
	.maxattr = IFLA_NSFAB_MAX,
	.parse_opt = parse_opt,
	.print_opt = print_opt,
	.print_help = print_help,
};
