// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a VM's stack is told beside its ports: lengths of prefixes, routes of
 * its own, whether it forwards, whether it has IPv6. Labels of its ports keep
 * it: of each its lengths, of the first that it is a router and has no IPv6,
 * and of as many as it takes the routes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "rtroute.h"
#include "vm_inet.h"

/* "10.0.0.0/8>10.1.0.1*2,10.1.0.3", longer with each next hop */
#define ROUTE_SIZE (NSFAB_LABELS_MAX + 1)

static int put_route(char *buf, size_t size, const struct nsfab_vm_route *route)
{
	char text[NSFAB_PREFIX_STRLEN];
	size_t len, i;

	len = snprintf(buf, size, "%s", nsfab_prefix_format(&route->to, text));
	for (i = 0; i < route->n_hops && len < size; i++) {
		len += snprintf(buf + len, size - len, "%s%s", i ? "," : ">",
				nsfab_addr_format(&route->hops[i].via, text));
		if (route->hops[i].weight > 1 && len < size)
			len += snprintf(buf + len, size - len, "*%u",
					route->hops[i].weight);
	}
	return len < size ? (int)len : -E2BIG;
}

/* Append a piece of a line, begun by @key if it is the line's first. */
static bool append(char labels[NSFAB_LABELS_MAX + 1], const char *key,
		   const char *separator, const char *value)
{
	size_t len = strlen(labels);
	const char *line;
	int n;

	line = separator ? nsfab_label_get(labels, key, NULL) : NULL;
	/* Only ever the last line is longer than one piece. */
	if (line)
		n = snprintf(labels + len, NSFAB_LABELS_MAX + 1 - len, "%s%s",
			     separator, value);
	else
		n = snprintf(labels + len, NSFAB_LABELS_MAX + 1 - len,
			     "%s%s=%s", len ? "\n" : "", key, value);
	if (n >= 0 && len + n <= NSFAB_LABELS_MAX)
		return true;
	labels[len] = '\0';
	return false;
}

static int put_lengths(char labels[NSFAB_LABELS_MAX + 1], const uint8_t len[2])
{
	char text[16];

	if (!len[0] && !len[1])
		return 0;
	if (!len[1])
		snprintf(text, sizeof(text), "%u", len[0]);
	else if (!len[0])
		snprintf(text, sizeof(text), "/%u", len[1]);
	else
		snprintf(text, sizeof(text), "%u/%u", len[0], len[1]);
	return append(labels, VM_LABEL_PREFIX, NULL, text) ? 0 : -E2BIG;
}

int vm_inet_put(const struct vm_inet *inet, size_t n,
		char (*labels)[NSFAB_LABELS_MAX + 1], struct nsfab_err *err)
{
	char text[ROUTE_SIZE];
	size_t i, at = 0;
	int ret = 0;

	if (inet->router && !append(labels[0], VM_LABEL_ROUTER, NULL, "on"))
		ret = -E2BIG;
	if (inet->no_ipv6 && !append(labels[0], VM_LABEL_IPV6, NULL, "off"))
		ret = -E2BIG;
	for (i = 0; i < n && !ret; i++)
		ret = put_lengths(labels[i], inet->prefixlen[i]);
	for (i = 0; i < inet->n_routes && !ret; i++) {
		ret = put_route(text, sizeof(text), &inet->routes[i]);
		if (ret < 0)
			break;
		while (at < n && !append(labels[at], VM_LABEL_ROUTES, ";", text))
			at++;
		ret = at < n ? 0 : -E2BIG;
	}
	return ret ? vm_err(err, -E2BIG,
			    "labels and routes are longer than the %d bytes that each NIC keeps",
			    NSFAB_LABELS_MAX) : 0;
}

static void get_lengths(const char *labels, uint8_t len[2])
{
	const char *value = nsfab_label_get(labels, VM_LABEL_PREFIX, NULL);
	unsigned int v4 = 0, v6 = 0;

	if (!value)
		return;
	if (*value == '/')
		v6 = strtoul(value + 1, NULL, 10);
	else if (sscanf(value, "%u/%u", &v4, &v6) < 1)
		v4 = 0;
	len[0] = v4 <= 32 ? v4 : 0;
	len[1] = v6 <= 128 ? v6 : 0;
}

static int get_hop(char *text, struct nsfab_nexthop *hop)
{
	char *weight = strchr(text, '*');

	hop->weight = 1;
	if (weight) {
		*weight++ = '\0';
		hop->weight = strtoul(weight, NULL, 10);
	}
	return nsfab_addr_parse(&hop->via, text);
}

static int get_route(char *text, struct nsfab_vm_route *route)
{
	char *hops = strchr(text, '>'), *word, *save = NULL;
	size_t n = 1;

	memset(route, 0, sizeof(*route));
	if (!hops)
		return -EINVAL;
	*hops++ = '\0';
	if (nsfab_prefix_parse(&route->to, text))
		return -EINVAL;
	for (word = hops; *word; word++)
		n += *word == ',';
	route->hops = calloc(n, sizeof(*route->hops));
	if (!route->hops)
		return -ENOMEM;
	for (word = strtok_r(hops, ",", &save); word;
	     word = strtok_r(NULL, ",", &save))
		if (get_hop(word, &route->hops[route->n_hops++]))
			return -EINVAL;
	return 0;
}

static int get_routes(struct vm_inet *inet, const char *labels)
{
	char text[NSFAB_LABELS_MAX + 1], *word, *save = NULL;
	struct nsfab_vm_route *more;
	const char *value;
	size_t len;
	int ret;

	value = nsfab_label_get(labels, VM_LABEL_ROUTES, &len);
	if (!value || len >= sizeof(text))
		return 0;
	memcpy(text, value, len);
	text[len] = '\0';
	for (word = strtok_r(text, ";", &save); word;
	     word = strtok_r(NULL, ";", &save)) {
		more = reallocarray(inet->routes, inet->n_routes + 1,
				    sizeof(*more));
		if (!more)
			return -ENOMEM;
		inet->routes = more;
		ret = get_route(word, &more[inet->n_routes]);
		if (ret == -ENOMEM)
			return ret;
		/* What others wrote there is no route. */
		if (ret)
			free(more[inet->n_routes].hops);
		else
			inet->n_routes++;
	}
	return 0;
}

static bool says(const struct nsfab_port *port, const char *key,
		 const char *word)
{
	const char *value;
	size_t len;

	value = nsfab_label_get(port->labels ? port->labels : "", key, &len);
	return value && len == strlen(word) && !strncmp(value, word, len);
}

int vm_inet_get(struct vm_inet *inet, const struct nsfab_port *const *ports,
		size_t n)
{
	size_t i;
	int ret;

	memset(inet, 0, sizeof(*inet));
	for (i = 0; i < n && i < NSFAB_VM_NICS_MAX; i++) {
		if (!ports[i]->labels || !*ports[i]->labels)
			continue;
		get_lengths(ports[i]->labels, inet->prefixlen[i]);
		ret = get_routes(inet, ports[i]->labels);
		if (ret) {
			vm_inet_free(inet);
			return ret;
		}
	}
	inet->router = n && says(ports[0], VM_LABEL_ROUTER, "on");
	inet->no_ipv6 = n && says(ports[0], VM_LABEL_IPV6, "off");
	return 0;
}

void vm_inet_free(struct vm_inet *inet)
{
	size_t i;

	for (i = 0; i < inet->n_routes; i++)
		free(inet->routes[i].hops);
	free(inet->routes);
	inet->routes = NULL;
	inet->n_routes = 0;
}

/*
 * The kernel keeps what it found for each namespace side by side under the same
 * names, and goes past all of that the next time: with thousands of namespaces,
 * what is written to each of them is best found in a /proc that is thrown away.
 */
int vm_inet_proc(void)
{
	int fs, fd = -1;

	fs = fsopen("proc", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -1;
	if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return fd;
}

int vm_inet_open_sysctl(int proc, const char *name, int flags)
{
	char path[128];

	/* An absolute path is looked up from the root. */
	snprintf(path, sizeof(path), "%ssys/net/%s", proc < 0 ? "/proc/" : "",
		 name);
	return openat(proc, path, flags | O_CLOEXEC);
}

static int write_sysctl(int proc, const char *name, char value,
			struct nsfab_err *err)
{
	int fd, ret = 0;

	fd = vm_inet_open_sysctl(proc, name, O_WRONLY);
	/* A kernel without IPv6 has none of its own. */
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || write(fd, &value, 1) != 1)
		ret = nsfab_err_set(err, -errno, "cannot write /proc/sys/net/%s",
				    name);
	if (fd >= 0)
		close(fd);
	return ret;
}

int vm_inet_forward(int proc, bool on, struct nsfab_err *err)
{
	static const char *const forwarding[] = {
		"ipv4/ip_forward", "ipv6/conf/all/forwarding",
	};
	/* Answers come another way than questions went. */
	static const char *const filters[] = {
		"ipv4/conf/all/rp_filter", "ipv4/conf/default/rp_filter",
	};
	size_t i;
	int ret = 0;

	for (i = 0; i < 2 && on && !ret; i++)
		ret = write_sysctl(proc, filters[i], '0', err);
	for (i = 0; i < 2 && !ret; i++)
		ret = write_sysctl(proc, forwarding[i], on ? '1' : '0', err);
	return ret;
}

int vm_inet_ipv6(int proc, bool on, struct nsfab_err *err)
{
	return write_sysctl(proc, "ipv6/conf/all/disable_ipv6",
			    on ? '0' : '1', err);
}

static int spread_by_flow(int proc, struct nsfab_err *err)
{
	int ret = write_sysctl(proc, "ipv4/fib_multipath_hash_policy", '1',
			       err);

	return ret ? ret : write_sysctl(proc, "ipv6/fib_multipath_hash_policy",
					'1', err);
}

int vm_inet_prepare(const struct vm_net *net, int proc, struct nsfab_err *err)
{
	bool several = false;
	int ret = 0;
	size_t i;

	for (i = 0; i < net->n_routes; i++)
		several |= net->routes[i].n_hops > 1;
	/* Before there are devices, so that none of them ever speaks it. */
	if (net->no_ipv6)
		ret = vm_inet_ipv6(proc, false, err);
	if (!ret && net->router)
		ret = vm_inet_forward(proc, true, err);
	if (!ret && (several || net->router))
		ret = spread_by_flow(proc, err);
	return ret;
}

/* The device beside whose address a next hop is, 0 for none. */
static unsigned int device_to(const struct vm_net *net,
			      const unsigned int *index,
			      const struct nsfab_addr *via)
{
	struct nsfab_prefix prefix;
	size_t i, j;

	for (i = 0; i < net->n_devs; i++)
		for (j = 0; j < net->devs[i].n_addrs; j++) {
			prefix = net->devs[i].addrs[j];
			nsfab_prefix_mask(&prefix);
			if (nsfab_prefix_has(&prefix, via))
				return index[i];
		}
	return 0;
}

int vm_inet_queue(struct nsfab_batch *b, const struct vm_net *net,
		  const unsigned int *index)
{
	unsigned int device[NSFAB_NEXTHOPS_MAX];
	const struct nsfab_vm_route *route;
	size_t i, j;
	int ret = 0;

	for (i = 0; i < net->n_routes && !ret; i++) {
		route = &net->routes[i];
		if (route->n_hops > NSFAB_NEXTHOPS_MAX)
			return -EINVAL;
		for (j = 0; j < route->n_hops; j++)
			device[j] = device_to(net, index, &route->hops[j].via);
		ret = nsfab_rtroute_add(b, &route->to, route->hops, device,
					route->n_hops, VM_RTPROT);
	}
	return ret;
}

bool vm_inet_has_default(const struct vm_net *net, uint8_t len)
{
	size_t i;

	for (i = 0; i < net->n_routes; i++)
		if (!net->routes[i].to.len &&
		    net->routes[i].to.addr.len == len)
			return true;
	return false;
}

struct stale {
	const struct vm_net *net;
	struct nsfab_batch *batch;
};

static int on_route(const struct nsfab_prefix *to, void *arg)
{
	struct stale *stale = arg;
	size_t i;

	for (i = 0; i < stale->net->n_routes; i++)
		if (stale->net->routes[i].to.len == to->len &&
		    !nsfab_addr_cmp(&stale->net->routes[i].to.addr, &to->addr))
			return 0;
	return nsfab_rtroute_del(stale->batch, to, VM_RTPROT);
}

int vm_inet_queue_stale(struct nsfab *inside, struct nsfab_batch *b,
			const struct vm_net *net, struct nsfab_err *err)
{
	struct stale stale = { net, b };

	return nsfab_rtroute_dump(inside, VM_RTPROT, on_route, &stale, err);
}
