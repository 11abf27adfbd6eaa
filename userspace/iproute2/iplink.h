/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ip offers to a plugin that it loads for a kind of device.
 *
 * iproute2 installs no headers. This is the part of its ABI (6.1) that is used
 * here; ip exports these symbols to what it loads.
 */
#ifndef NSFAB_IPROUTE2_IPLINK_H
#define NSFAB_IPROUTE2_IPLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ip looks for the symbol KIND_link_util in link_KIND.so. */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f, struct rtattr *tb);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

enum output_type {
	PRINT_FP = 1,
	PRINT_JSON = 2,
	PRINT_ANY = 4,
};

enum color_attr {
	COLOR_IFNAME,
	COLOR_MAC,
	COLOR_INET,
	COLOR_INET6,
	COLOR_OPERSTATE_UP,
	COLOR_OPERSTATE_DOWN,
	COLOR_NONE,
};

/* Room that ip leaves for a device's attributes. */
#define LINK_SPACE 1024

int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data,
	      int alen);
int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value);
int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value);
int matches(const char *word, const char *name);
int get_unsigned(unsigned int *value, const char *text, int base);
/* These end the program. */
void invarg(const char *why, const char *word) __attribute__((noreturn));
void duparg(const char *key, const char *word) __attribute__((noreturn));
void incomplete_command(void) __attribute__((noreturn));

#define NEXT_ARG() \
	do { \
		argv++; \
		if (--argc <= 0) \
			incomplete_command(); \
	} while (0)

#endif /* NSFAB_IPROUTE2_IPLINK_H */
