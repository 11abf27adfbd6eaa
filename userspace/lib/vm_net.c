// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The devices of a VM. They are made from the fabric's side, in one message
 * each, right where they belong; all the rest is one message after another in
 * one system call from inside of the VM's namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl.h"
#include "vm_inet.h"

#define LO_IFINDEX	1
#define INDEX_TRIES	5

/* Of a TCP socket: several times what is under way at 1 Gbit/s and 100 ms */
#define BUFFER_MAX	(64ul << 20)

/* A device as it is. */
struct found {
	unsigned int ifindex;
	char name[IF_NAMESIZE];
	uint32_t port;
	bool up;
	bool wanted;
};

struct found_list {
	struct found *dev;
	size_t n;
	size_t room;
};

struct sync_job {
	struct nsfab *h;
	unsigned int ifindex;
	int netns_fd;
	const struct vm_net *net;
	struct nsfab_err *err;
};

uint8_t vm_net_prefixlen(const struct nsfab_network *network,
			 const struct nsfab_addr *addr, const uint8_t own[2])
{
	size_t i;

	for (i = 0; network && i < network->n_subnets; i++)
		if (nsfab_prefix_has(&network->subnets[i].prefix, addr))
			return network->subnets[i].prefix.len;
	if (own[addr->len == 16])
		return own[addr->len == 16];
	return addr->len * 8;
}

void vm_net_gateways(struct vm_net *net, size_t dev,
		     const struct nsfab_network *network)
{
	const struct nsfab_subnet *subnet;
	size_t i, j, family;

	for (i = 0; i < network->n_subnets; i++) {
		subnet = &network->subnets[i];
		family = subnet->gateway.len == 16;
		if (!subnet->gateway.len || net->via[family].len)
			continue;
		/* A gateway is of use to who has an address beside it. */
		for (j = 0; j < net->devs[dev].n_addrs; j++) {
			if (!nsfab_prefix_has(&subnet->prefix,
					      &net->devs[dev].addrs[j].addr))
				continue;
			net->via[family] = subnet->gateway;
			net->via_dev[family] = dev;
			break;
		}
	}
}

static int no_memory(struct nsfab_err *err)
{
	return nsfab_err_set(err, -ENOMEM, "no memory");
}

static bool index_free(int fd, unsigned int index)
{
	struct ifreq ifr = { .ifr_ifindex = index };

	return ioctl(fd, SIOCGIFNAME, &ifr) && errno == ENODEV;
}

/*
 * Indexes for devices whose addresses are queued before the kernel could tell
 * them. They have to be free on the fabric's side too: there the kernel looks
 * for a device of that index (or else of that name, and eth0 is a common one)
 * before it makes one somewhere else.
 */
static int pick_indexes(struct nsfab *h, unsigned int *index, const bool *made,
			size_t n, struct nsfab_err *err)
{
	unsigned int next = LO_IFINDEX + 1;
	size_t i;
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "cannot open a socket");
	for (i = 0; i < n; i++) {
		if (made[i])
			continue;
		while (!index_free(fd, next) || !index_free(h->rtnl_fd, next))
			next++;
		index[i] = next++;
	}
	close(fd);
	return 0;
}

static int queue_device(struct nsfab_batch *b, unsigned int fabric,
			int netns_fd, const struct vm_dev *dev,
			unsigned int ifindex)
{
	struct nsfab_rtlink link = {
		.present = NSFAB_RTLINK_HAS_UP | NSFAB_RTLINK_HAS_NETNS_FD,
		.ifindex = ifindex,
		.up = true,
		.netns_fd = netns_fd,
	};

	snprintf(link.name, sizeof(link.name), "eth%u", dev->nic);
	return nsfab_rtlink_add_port(b, fabric, dev->port, &link);
}

/* Queue those that are not made yet; @at gets the number of each message. */
static int queue_devices(struct nsfab_batch *b, unsigned int fabric,
			 int netns_fd, const struct vm_net *net,
			 const unsigned int *index, const bool *made,
			 size_t *at)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < net->n_devs && !ret; i++) {
		at[i] = nsfab_batch_count(b);
		if (!made[i])
			ret = queue_device(b, fabric, netns_fd, &net->devs[i],
					   index[i]);
	}
	return ret;
}

/*
 * Make the devices that are not @made. An index that someone took meanwhile on
 * the fabric's side is chosen anew.
 */
static int make_devices(struct nsfab *h, unsigned int fabric, int netns_fd,
			const struct vm_net *net, unsigned int *index,
			bool *made, struct nsfab_err *err)
{
	struct nsfab_batch *b = nsfab_batch_new(h);
	size_t i, at[NSFAB_VM_NICS_MAX];
	unsigned int tries;
	int ret = 0;

	if (!b)
		return no_memory(err);
	for (tries = 0; tries < INDEX_TRIES; tries++) {
		ret = pick_indexes(h, index, made, net->n_devs, err);
		if (ret)
			break;
		if (queue_devices(b, fabric, netns_fd, net, index, made, at)) {
			ret = no_memory(err);
			break;
		}
		if (!nsfab_batch_count(b))
			break;
		ret = nsfab_batch_commit(b, err);
		if (ret != -EEXIST)
			break;
		for (i = 0; i < net->n_devs; i++)
			if (!made[i] && !nsfab_batch_result(b, at[i]))
				made[i] = true;
	}
	nsfab_batch_free(b);
	return ret;
}

static int queue_routes(struct nsfab_batch *b, const struct vm_net *net,
			const unsigned int *index)
{
	struct nsfab_prefix dst;
	size_t i;
	int ret;

	for (i = 0; i < 2; i++) {
		if (!net->via[i].len ||
		    vm_inet_has_default(net, net->via[i].len))
			continue;
		memset(&dst, 0, sizeof(dst));
		dst.addr.len = net->via[i].len;
		ret = nsfab_rtlink_add_route(b, &dst, &net->via[i],
					     index[net->via_dev[i]]);
		if (ret)
			return ret;
	}
	return vm_inet_queue(b, net, index);
}

/* All of a new namespace but the devices themselves. */
static int queue_rest(struct nsfab_batch *b, const struct vm_net *net,
		      const unsigned int *index)
{
	size_t i, j;
	int ret;

	ret = nsfab_rtlink_up(b, LO_IFINDEX);
	for (i = 0; i < net->n_devs; i++)
		for (j = 0; j < net->devs[i].n_addrs && !ret; j++)
			ret = nsfab_rtlink_add_addr(b, index[i],
						    &net->devs[i].addrs[j]);
	return ret ? ret : queue_routes(b, net, index);
}

/*
 * Let TCP grow a buffer up to BUFFER_MAX, by the last of "least, first, most";
 * a kernel without that for each namespace, or that does not let us, is as it
 * is.
 */
static void raise_buffer(int proc, const char *name)
{
	unsigned long least, first, most;
	char text[96];
	ssize_t n;
	int fd;

	fd = vm_inet_open_sysctl(proc, name, O_RDWR);
	if (fd < 0)
		return;
	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%lu %lu %lu", &least, &first, &most) == 3 &&
	    most < BUFFER_MAX) {
		n = snprintf(text, sizeof(text), "%lu %lu %lu\n", least, first,
			     BUFFER_MAX);
		if (pwrite(fd, text, n, 0) < 0)
			n = 0;
	}
	close(fd);
}

int vm_net_fill(struct nsfab *h, unsigned int ifindex, int netns_fd,
		const struct vm_net *net, int proc, struct nsfab_err *err)
{
	bool made[NSFAB_VM_NICS_MAX] = { false };
	unsigned int index[NSFAB_VM_NICS_MAX];
	struct nsfab *inside = NULL;
	struct nsfab_batch *b = NULL;
	int ret;

	raise_buffer(proc, "ipv4/tcp_rmem");
	raise_buffer(proc, "ipv4/tcp_wmem");
	ret = vm_inet_prepare(net, proc, err);
	if (!ret)
		ret = make_devices(h, ifindex, netns_fd, net, index, made, err);
	if (ret)
		return ret;
	ret = nsfab_open_fd(&inside, -1, err);
	if (ret)
		return ret;
	b = nsfab_batch_new(inside);
	if (!b || queue_rest(b, net, index))
		ret = no_memory(err);
	else
		ret = nsfab_batch_commit(b, err);
	nsfab_batch_free(b);
	nsfab_close(inside);
	return ret;
}

static int add_found(const struct nsfab_rtlink *link, void *arg)
{
	struct found_list *list = arg;
	struct found *dev;

	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 8;

		dev = realloc(list->dev, room * sizeof(*dev));
		if (!dev)
			return -ENOMEM;
		list->dev = dev;
		list->room = room;
	}
	dev = &list->dev[list->n++];
	memset(dev, 0, sizeof(*dev));
	dev->ifindex = link->ifindex;
	snprintf(dev->name, sizeof(dev->name), "%s", link->name);
	dev->port = link->port_id;
	dev->up = link->up;
	return 0;
}

/* Which devices stay, which are to be made; those that go are queued. */
static int match_devices(struct nsfab_batch *b, const struct vm_net *net,
			 struct found_list *list, unsigned int *index,
			 bool *made)
{
	int ret = 0;
	size_t i, j;

	for (i = 0; i < net->n_devs && !ret; i++) {
		made[i] = false;
		for (j = 0; j < list->n; j++)
			if (list->dev[j].port == net->devs[i].port)
				break;
		if (j == list->n)
			continue;
		made[i] = true;
		index[i] = list->dev[j].ifindex;
		list->dev[j].wanted = true;
		if (!list->dev[j].up)
			ret = nsfab_rtlink_up(b, index[i]);
	}
	for (j = 0; j < list->n && !ret; j++)
		if (!list->dev[j].wanted)
			ret = nsfab_rtlink_del(b, list->dev[j].ifindex, NULL);
	return ret;
}

static bool read_prefix(const struct ifaddrs *ifa, struct nsfab_prefix *p)
{
	const uint8_t *mask;
	size_t i;

	memset(p, 0, sizeof(*p));
	if (!ifa->ifa_addr || !ifa->ifa_netmask)
		return false;
	switch (ifa->ifa_addr->sa_family) {
	case AF_INET:
		p->addr.len = 4;
		memcpy(p->addr.byte,
		       &((struct sockaddr_in *)ifa->ifa_addr)->sin_addr, 4);
		mask = (uint8_t *)&((struct sockaddr_in *)ifa->ifa_netmask)->sin_addr;
		break;
	case AF_INET6:
		p->addr.len = 16;
		memcpy(p->addr.byte,
		       &((struct sockaddr_in6 *)ifa->ifa_addr)->sin6_addr, 16);
		/* The kernel's own link-local address. */
		if (p->addr.byte[0] == 0xfe && (p->addr.byte[1] & 0xc0) == 0x80)
			return false;
		mask = (uint8_t *)&((struct sockaddr_in6 *)ifa->ifa_netmask)->sin6_addr;
		break;
	default:
		return false;
	}
	for (i = 0; i < p->addr.len; i++)
		p->len += __builtin_popcount(mask[i]);
	return true;
}

static bool prefix_equal(const struct nsfab_prefix *a,
			 const struct nsfab_prefix *b)
{
	return a->len == b->len && !nsfab_addr_cmp(&a->addr, &b->addr);
}

/* Queue what differs between a device's addresses and those that it shall have. */
static int match_addrs(struct nsfab_batch *b, const struct vm_dev *dev,
		       unsigned int ifindex, const struct ifaddrs *all)
{
	bool there[NSFAB_ADDRS_MAX] = { false };
	const struct ifaddrs *ifa;
	struct nsfab_prefix p;
	char name[IF_NAMESIZE];
	int ret = 0;
	size_t i;

	if (!if_indextoname(ifindex, name))
		return 0;
	for (ifa = all; ifa && !ret; ifa = ifa->ifa_next) {
		if (strcmp(ifa->ifa_name, name) || !read_prefix(ifa, &p))
			continue;
		for (i = 0; i < dev->n_addrs; i++)
			if (prefix_equal(&dev->addrs[i], &p))
				break;
		if (i < dev->n_addrs)
			there[i] = true;
		else
			ret = nsfab_rtlink_del_addr(b, ifindex, &p);
	}
	for (i = 0; i < dev->n_addrs && !ret; i++)
		if (!there[i])
			ret = nsfab_rtlink_add_addr(b, ifindex, &dev->addrs[i]);
	return ret;
}

static int sync_devices(struct sync_job *job, struct nsfab *inside,
			unsigned int *index)
{
	const struct vm_net *net = job->net;
	bool made[NSFAB_VM_NICS_MAX];
	struct found_list list = { 0 };
	struct nsfab_batch *b;
	int ret;

	b = nsfab_batch_new(inside);
	if (!b)
		return no_memory(job->err);
	ret = nsfab_rtlink_dump(inside, "nsfab_port", add_found, &list, job->err);
	if (ret)
		goto out;
	if (match_devices(b, net, &list, index, made)) {
		ret = no_memory(job->err);
		goto out;
	}
	/* First those that go, for one that comes may have the same name. */
	if (nsfab_batch_count(b))
		ret = nsfab_batch_commit(b, job->err);
	if (!ret)
		ret = make_devices(job->h, job->ifindex, job->netns_fd, net,
				   index, made, job->err);
out:
	nsfab_batch_free(b);
	free(list.dev);
	return ret;
}

static int sync_inside(void *arg)
{
	unsigned int index[NSFAB_VM_NICS_MAX];
	struct sync_job *job = arg;
	const struct vm_net *net = job->net;
	struct ifaddrs *all = NULL;
	struct nsfab *inside;
	struct nsfab_batch *b;
	int ret, full = 0;
	size_t i;

	ret = vm_inet_prepare(net, -1, job->err);
	if (!ret)
		ret = nsfab_open_fd(&inside, -1, job->err);
	if (ret)
		return ret;
	ret = sync_devices(job, inside, index);
	if (ret)
		goto out_close;
	if (getifaddrs(&all)) {
		ret = nsfab_err_set(job->err, -errno, "cannot read addresses");
		goto out_close;
	}
	b = nsfab_batch_new(inside);
	full = !b || nsfab_rtlink_up(b, LO_IFINDEX);
	if (!full)
		ret = vm_inet_queue_stale(inside, b, net, job->err);
	for (i = 0; i < net->n_devs && !full; i++)
		full = match_addrs(b, &net->devs[i], index[i], all);
	if (!ret && (full || queue_routes(b, net, index)))
		ret = no_memory(job->err);
	else if (!ret)
		ret = nsfab_batch_commit(b, job->err);
	nsfab_batch_free(b);
	freeifaddrs(all);
out_close:
	nsfab_close(inside);
	return ret;
}

int vm_net_sync(struct nsfab *h, unsigned int ifindex, const char *ns,
		const struct vm_net *net, struct nsfab_err *err)
{
	struct sync_job job = {
		.h = h,
		.ifindex = ifindex,
		.net = net,
		.err = err,
	};
	int ret;

	job.netns_fd = nsfab_netns_open(ns, err);
	if (job.netns_fd < 0)
		return job.netns_fd;
	ret = nsfab_netns_call(job.netns_fd, sync_inside, &job, err);
	close(job.netns_fd);
	return ret;
}

static int set_down(const struct nsfab_rtlink *link, void *arg)
{
	struct nsfab_rtlink down = {
		.present = NSFAB_RTLINK_HAS_UP,
		.ifindex = link->ifindex,
	};

	return link->up ? nsfab_rtlink_set(arg, &down) : 0;
}

int vm_net_down(const char *ns, struct nsfab_err *err)
{
	struct nsfab_batch *b;
	struct nsfab *inside;
	int fd, ret;

	fd = nsfab_netns_open(ns, err);
	if (fd < 0)
		return fd;
	ret = nsfab_open_fd(&inside, fd, err);
	close(fd);
	if (ret)
		return ret;
	b = nsfab_batch_new(inside);
	if (!b)
		ret = no_memory(err);
	else
		ret = nsfab_rtlink_dump(inside, "nsfab_port", set_down, b, err);
	if (!ret && nsfab_batch_count(b))
		ret = nsfab_batch_commit(b, err);
	nsfab_batch_free(b);
	nsfab_close(inside);
	return ret;
}
