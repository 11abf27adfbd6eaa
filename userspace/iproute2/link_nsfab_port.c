// SPDX-License-Identifier: GPL-2.0-or-later
/* ip link ... type nsfab_port */
#include <linux/nsfab.h>
#include <string.h>

#include "iplink.h"

static void print_usage(FILE *f)
{
	fputs("Usage: ip link add NAME link FABRIC type nsfab_port id PORT\n"
	      "\n"
	      "Where: PORT is the id of a port of the fabric (netctl port list);\n"
	      "       the device takes its MAC address and its MTU from it\n",
	      f);
}

static int parse_opt(struct link_util *lu, int argc, char **argv,
		     struct nlmsghdr *n)
{
	bool seen = false;
	uint32_t id;

	(void)lu;
	for (; argc > 0; argc--, argv++) {
		if (!matches(*argv, "help")) {
			print_usage(stderr);
			return -1;
		}
		if (strcmp(*argv, "id")) {
			fprintf(stderr, "nsfab_port: unknown option \"%s\"\n",
				*argv);
			print_usage(stderr);
			return -1;
		}
		NEXT_ARG();
		if (seen)
			duparg("id", *argv);
		if (get_unsigned(&id, *argv, 0))
			invarg("\"id\" is the number of a port", *argv);
		seen = true;
		addattr_l(n, LINK_SPACE, IFLA_NSFAB_PORT_ID, &id, sizeof(id));
	}
	return 0;
}

static void print_number(struct rtattr *const *tb, int type, const char *key,
			 const char *fmt)
{
	if (tb[type])
		print_color_uint(PRINT_ANY, COLOR_NONE, key, fmt,
				 *(uint32_t *)RTA_DATA(tb[type]));
}

static void print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	(void)lu;
	(void)f;
	if (!tb)
		return;
	print_number(tb, IFLA_NSFAB_PORT_ID, "id", "id %u ");
	print_number(tb, IFLA_NSFAB_PORT_NETWORK, "network", "network %u ");
	print_number(tb, IFLA_NSFAB_PORT_TENANT, "tenant", "tenant %u ");
}

static void print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu;
	(void)argc;
	(void)argv;
	print_usage(f);
}

extern struct link_util nsfab_port_link_util;

struct link_util nsfab_port_link_util = {
	.id = "nsfab_port",
	.maxattr = IFLA_NSFAB_PORT_MAX,
	.parse_opt = parse_opt,
	.print_opt = print_opt,
	.print_help = print_help,
};
