// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl fabric: the devices of kind nsfab. */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <nsfab/fabric.h>
#include <nsfab/netns.h>
#include <nsfab/vm.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "words.h"

struct words {
	struct nsfab_fabric f;
	const char *dev;
};

static int parse_underlay(struct netctl_ctx *ctx, const struct netctl_key *key,
			  const char *value, void *data)
{
	struct words *w = data;
	int encap = nsfab_encap_parse(value);

	if (encap < 0)
		return netctl_bad_value(ctx, key, value,
					"none, vxlan or geneve");
	w->f.encap = (uint8_t)encap;
	w->f.present |= NSFAB_FABRIC_HAS_ENCAP;
	return 0;
}

static int parse_up(struct netctl_ctx *ctx, const struct netctl_key *key,
		    const char *value, void *data)
{
	struct words *w = data;

	(void)ctx;
	(void)value;
	w->f.up = key->arg;
	w->f.present |= NSFAB_FABRIC_HAS_UP;
	return 0;
}

#define KEY(member, bit) \
	.arg = offsetof(struct words, f.member), .has = NSFAB_FABRIC_HAS_##bit

static const struct netctl_key keys[] = {
	{ .name = "underlay", .alias = "encap", .parse = parse_underlay,
	  .what = "none, vxlan or geneve" },
	{ .name = "local", .parse = netctl_key_addr, KEY(local, LOCAL),
	  .what = "ADDRESS" },
	{ .name = "dev", .parse = netctl_key_str, .what = "DEVICE",
	  .arg = offsetof(struct words, dev) },
	{ .name = "port", .parse = netctl_key_u16, KEY(udp_port, UDP_PORT),
	  .min = 1, .what = "NUMBER" },
	{ .name = "mtu", .parse = netctl_key_u32, KEY(mtu, MTU),
	  .min = 68, .max = NSFAB_MTU_MAX, .what = "BYTES" },
	{ .name = "max-tenants", .parse = netctl_key_u32,
	  KEY(max_tenants, MAX_TENANTS), .what = "NUMBER" },
	{ .name = "up", .parse = parse_up, .flag = true, .arg = 1 },
	{ .name = "down", .parse = parse_up, .flag = true, .arg = 0 },
	{ 0 }
};

static bool is_key(const char *word)
{
	const struct netctl_key *key;

	for (key = keys; key->name; key++)
		if (!strcmp(word, key->name))
			return true;
	return false;
}

static int take_name(struct netctl_ctx *ctx, const char *name,
		     struct nsfab_fabric *f)
{
	if (!*name || strlen(name) >= sizeof(f->name) || strchr(name, '/'))
		return netctl_usage(ctx, "\"%s\" is no name of a device (at most %zu letters)",
				    name, sizeof(f->name) - 1);
	strcpy(f->name, name);
	return 0;
}

struct search {
	const char *dev;
	struct nsfab_addr best;
};

/* Any IPv4 address is better than an IPv6 one, and the first better than others. */
static void take_addr(struct search *search, const struct sockaddr *sa)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
	struct nsfab_addr *best = &search->best;

	if (sa->sa_family == AF_INET && best->len != 4) {
		best->len = 4;
		memcpy(best->byte, &v4->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6 && !best->len &&
		   !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) {
		best->len = 16;
		memcpy(best->byte, &v6->sin6_addr, 16);
	}
}

/* In the namespace of the fabric. */
static int find_addr(void *arg)
{
	struct search *search = arg;
	struct ifaddrs *all, *ifa;

	if (!if_nametoindex(search->dev))
		return -ENODEV;
	if (getifaddrs(&all))
		return -errno;
	for (ifa = all; ifa; ifa = ifa->ifa_next)
		if (ifa->ifa_addr && !strcmp(ifa->ifa_name, search->dev))
			take_addr(search, ifa->ifa_addr);
	freeifaddrs(all);
	return search->best.len ? 0 : -EADDRNOTAVAIL;
}

/* Make "dev DEVICE" the "local ADDRESS" that it stands for. */
static int resolve_dev(struct netctl_ctx *ctx, struct words *w)
{
	struct search search = { .dev = w->dev };
	char path[512] = "/proc/self/ns/net";
	int fd, ret;

	if (!w->dev)
		return 0;
	if (w->f.present & NSFAB_FABRIC_HAS_LOCAL)
		return netctl_usage(ctx, "dev contradicts local");
	if (ctx->netns && netctl_netns_path(ctx->netns, path, sizeof(path)))
		return netctl_usage(ctx, "the name of the namespace is too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		nsfab_err_set(&ctx->err, -errno, "cannot open %s", path);
		return netctl_fail(ctx);
	}
	memset(&ctx->err, 0, sizeof(ctx->err));
	ret = nsfab_netns_call(fd, find_addr, &search, &ctx->err);
	close(fd);
	if (ret && !ctx->err.code)
		nsfab_err_set(&ctx->err, -ENODEV, ret == -EADDRNOTAVAIL ?
			      "device %s has no address" :
			      "there is no device %s", w->dev);
	if (ret)
		return netctl_fail(ctx);
	w->f.local = search.best;
	w->f.present |= NSFAB_FABRIC_HAS_LOCAL;
	return 0;
}

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	const char *name = ctx->fabric ? ctx->fabric : NSFAB_FABRIC_DEFAULT;
	struct words w = { 0 };
	struct nsfab *h;
	int ret;

	if (argc && !is_key(argv[0])) {
		name = *argv++;
		argc--;
	}
	ret = netctl_new_name(ctx, name);
	if (!ret)
		ret = take_name(ctx, name, &w.f);
	if (!ret)
		ret = netctl_parse(ctx, keys, argc, argv, &w);
	if (!ret)
		ret = resolve_dev(ctx, &w);
	if (ret)
		return ret;
	if (w.f.encap != NSFAB_ENCAP_NONE &&
	    !(w.f.present & NSFAB_FABRIC_HAS_LOCAL))
		return netctl_usage(ctx, "underlay %s needs local ADDRESS or dev DEVICE",
				    nsfab_encap_name(w.f.encap));
	h = netctl_handle(ctx);
	if (!h)
		return netctl_fail(ctx);
	if (netctl_would(ctx, "add fabric %s", name))
		return NETCTL_OK;
	if (nsfab_fabric_new(h, &w.f, NULL, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct words w = { 0 };
	struct nsfab *h;
	int ret;

	if (argc && !is_key(argv[0])) {
		ctx->fabric = *argv++;
		argc--;
	}
	if (!argc)
		return netctl_usage(ctx, "takes [FABRIC] and what to change");
	ret = netctl_parse(ctx, keys, argc, argv, &w);
	if (!ret)
		ret = resolve_dev(ctx, &w);
	if (ret)
		return ret;
	if (netctl_fabric(ctx, &h, &w.f.ifindex))
		return netctl_fail(ctx);
	if (netctl_would(ctx, "change the fabric"))
		return NETCTL_OK;
	if (nsfab_fabric_set(h, &w.f, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct nsfab *h;

	if (argc > 1 || (!argc && !ctx->fabric))
		return netctl_usage(ctx, "takes FABRIC");
	if (argc)
		ctx->fabric = argv[0];
	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	if (netctl_would(ctx, "delete fabric %s with all that it holds",
			 ctx->fabric))
		return NETCTL_OK;
	if (nsfab_vm_delete_tenant(h, ifindex, NULL, &ctx->err) ||
	    nsfab_fabric_del(h, ifindex, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

static int print_fabric(const struct nsfab_fabric *f, void *arg)
{
	struct netctl_print *p = arg;
	char local[NSFAB_ADDR_STRLEN];
	bool tunnel = f->encap != NSFAB_ENCAP_NONE;

	netctl_row(p);
	netctl_str(p, "name", "fabric", f->name);
	netctl_num(p, "ifindex", "ifindex", f->ifindex);
	netctl_str(p, "underlay", "underlay", nsfab_encap_name(f->encap));
	netctl_str(p, "local", "local",
		   f->local.len ? nsfab_addr_format(&f->local, local) : NULL);
	if (tunnel)
		netctl_num(p, "port", "port", f->udp_port);
	else
		netctl_str(p, "port", "port", NULL);
	netctl_num(p, "mtu", "mtu", f->mtu);
	netctl_num(p, "max_tenants", "max tenants", f->max_tenants);
	netctl_bool(p, "up", "up", f->up);
	return 0;
}

static int show(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_fabric fabric;
	struct netctl_print *p;
	unsigned int ifindex;
	struct nsfab *h;

	if (argc > 1)
		return netctl_usage(ctx, "takes [FABRIC]");
	if (argc)
		ctx->fabric = argv[0];
	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_fabric_get(h, ifindex, &fabric, &ctx->err))
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_RECORD);
	print_fabric(&fabric, p);
	return netctl_print_close(p);
}

static int list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct netctl_print *p;
	struct nsfab *h;
	int ret;

	(void)argv;
	if (argc)
		return netctl_usage(ctx, "takes no words");
	h = netctl_handle(ctx);
	if (!h)
		return netctl_fail(ctx);
	p = netctl_print_open(ctx, NETCTL_LIST);
	ret = nsfab_fabric_dump(h, print_fabric, p, &ctx->err);
	if (ret)
		ret = netctl_fail(ctx);
	return netctl_done(p, ret);
}

static const struct netctl_verb verbs[] = {
	{ .name = "add", .run = add },
	{ .name = "set", .run = set },
	{ .name = "del", .alias = "delete", .run = del },
	{ .name = "show", .run = show },
	{ .name = "list", .alias = "ls", .run = list },
	{ 0 }
};

const struct netctl_object netctl_obj_fabric = {
	.name = "fabric",
	.summary = "overlay devices, one for each host",
	.help =
"netctl fabric add [FABRIC] [underlay none|vxlan|geneve]\n"
"                  [local ADDRESS | dev DEVICE] [port NUMBER] [mtu BYTES]\n"
"                  [max-tenants NUMBER] [down]\n"
"netctl fabric set [FABRIC] [local ADDRESS | dev DEVICE] [port NUMBER]\n"
"                  [mtu BYTES] [max-tenants NUMBER] [up|down]\n"
"netctl fabric del FABRIC\n"
"netctl fabric show [FABRIC]\n"
"netctl fabric list\n"
"\n"
"A fabric is a device of kind nsfab; without a name it is " NSFAB_FABRIC_DEFAULT ". Its network\n"
"namespace is its underlay's for good. It is set up unless \"down\" is given.\n"
"dev takes the device's first IPv4 address, or else IPv6 address, as local.\n"
"del also ends the VMs of its tenants.\n",
	.verbs = verbs,
	.run = list,
};
