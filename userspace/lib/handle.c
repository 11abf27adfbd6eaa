// SPDX-License-Identifier: LGPL-2.1-or-later
/* The handle. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <nsfab/netns.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl.h"

int nsfab_open_sockets(struct nsfab **hp, int genl_fd, int rtnl_fd,
		       struct nsfab_err *err)
{
	char *ns_name = malloc(NSFAB_NETNS_NAME_MAX + 1);
	struct nsfab *h = calloc(1, sizeof(*h));

	if (!h || !ns_name) {
		free(ns_name);
		free(h);
		return nsfab_err_set(err, -ENOMEM, "handle");
	}
	strcpy(ns_name, "/");
	h->ns_name = ns_name;
	h->genl_fd = genl_fd;
	h->rtnl_fd = rtnl_fd;
	h->netns_fd = -1;
	*hp = h;
	return 0;
}

int nsfab_open_fd(struct nsfab **hp, int netns_fd, struct nsfab_err *err)
{
	int genl_fd, rtnl_fd;
	int ret;

	genl_fd = nsfab_nl_socket(netns_fd, NETLINK_GENERIC, err);
	if (genl_fd < 0)
		return genl_fd;
	rtnl_fd = nsfab_nl_socket(netns_fd, NETLINK_ROUTE, err);
	if (rtnl_fd < 0) {
		ret = rtnl_fd;
		goto err_genl;
	}
	ret = nsfab_open_sockets(hp, genl_fd, rtnl_fd, err);
	if (ret)
		goto err_rtnl;

	/* For sockets that are opened later, wherever the caller is then. */
	if (netns_fd >= 0)
		(*hp)->netns_fd = fcntl(netns_fd, F_DUPFD_CLOEXEC, 0);
	else
		(*hp)->netns_fd = open("/proc/thread-self/ns/net",
				       O_RDONLY | O_CLOEXEC);
	return 0;

err_rtnl:
	close(rtnl_fd);
err_genl:
	close(genl_fd);
	return ret;
}

int nsfab_open(struct nsfab **h, const char *netns_path, struct nsfab_err *err)
{
	int ret;
	int fd;

	if (!netns_path)
		return nsfab_open_fd(h, -1, err);

	fd = open(netns_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "%s", netns_path);
	ret = nsfab_open_fd(h, fd, err);
	close(fd);
	if (ret)
		nsfab_err_prefix(err, "%s", netns_path);
	return ret;
}

void nsfab_close(struct nsfab *h)
{
	if (!h)
		return;
	close(h->genl_fd);
	close(h->rtnl_fd);
	if (h->netns_fd >= 0)
		close(h->netns_fd);
	free(h->ns_name);
	free(h->rbuf);
	free(h);
}
