// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Emulated hosts: a namespace with a fabric of its own, and a port of the
 * underlay, which is a fabric of the handle's namespace, as its eth0.
 */
#include <dirent.h>
#include <errno.h>
#include <nsfab/rtlink.h>
#include <nsfab/netns.h>
#include <nsfab/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab_priv.h"
#include "vm_priv.h"

#define LOOPBACK 1	/* ifindex of lo in every namespace */

struct underlay {
	struct nsfab *h;
	unsigned int ifindex;
	uint32_t tenant;
	uint32_t network;
};

/* The prefix that both are in. */
static void widen(struct nsfab_prefix *prefix, const struct nsfab_addr *addr)
{
	while (prefix->len && !nsfab_prefix_has(prefix, addr)) {
		prefix->len--;
		nsfab_prefix_mask(prefix);
	}
}

static void first_subnet(struct nsfab_subnet *subnet,
			 const struct nsfab_addr *addr)
{
	memset(subnet, 0, sizeof(*subnet));
	subnet->prefix.addr = *addr;
	subnet->prefix.len = addr->len == 4 ? 24 : 64;
	nsfab_prefix_mask(&subnet->prefix);
}

static int underlay_find(struct nsfab_lab *lab, struct underlay *under,
			 struct nsfab_err *err)
{
	char name[IF_NAMESIZE];
	int ret;

	under->h = lab->h;
	lab_underlay_name(lab->name, name);
	ret = nsfab_fabric_find(lab->h, name, &under->ifindex, err);
	if (!ret)
		ret = nsfab_network_find(lab->h, under->ifindex,
					 LAB_UNDERLAY "/" LAB_UNDERLAY,
					 &under->network, &under->tenant, err);
	return ret;
}

static int underlay_fill(struct nsfab_lab *lab, struct underlay *under,
			 const struct nsfab_state_host *host,
			 struct nsfab_err *err)
{
	char labels[NSFAB_NAME_MAX + 8], alias[NSFAB_NAME_MAX + 8];
	struct nsfab_tenant tenant = {
		.present = NSFAB_TENANT_HAS_NAME | NSFAB_TENANT_HAS_LABELS,
		.name = LAB_UNDERLAY,
		.labels = labels,
	};
	struct nsfab_subnet subnet;
	struct nsfab_network network = {
		.present = NSFAB_NETWORK_HAS_TENANT | NSFAB_NETWORK_HAS_NAME |
			   NSFAB_NETWORK_HAS_MTU | NSFAB_NETWORK_HAS_SUBNETS |
			   NSFAB_NETWORK_HAS_LABELS,
		.name = LAB_UNDERLAY,
		.mtu = host->mtu,
		.subnets = &subnet,
		.n_subnets = 1,
		.labels = labels,
	};
	int ret;

	snprintf(alias, sizeof(alias), NSFAB_LAB_ALIAS "%s", lab->name);
	snprintf(labels, sizeof(labels), NSFAB_STATE_LABEL "=%s", lab->name);
	first_subnet(&subnet, &host->local);
	ret = lab_alias_set(under->h, under->ifindex, alias, err);
	if (!ret)
		ret = nsfab_tenant_new(under->h, under->ifindex, &tenant, 1,
				       &under->tenant, err);
	network.tenant = under->tenant;
	if (!ret)
		ret = nsfab_network_new(under->h, under->ifindex, &network, 1,
					&under->network, err);
	return ret;
}

static int underlay_make(struct nsfab_lab *lab, struct underlay *under,
			 const struct nsfab_state_host *host,
			 struct nsfab_err *err)
{
	struct nsfab_fabric fabric = { 0 };
	struct nsfab_err why = { 0 };
	int ret;

	ret = underlay_find(lab, under, &why);
	if (!ret)
		return 0;
	if (ret != -ENODEV) {
		if (err)
			*err = why;
		return ret;
	}
	lab_underlay_name(lab->name, fabric.name);
	ret = nsfab_fabric_new(lab->h, &fabric, &under->ifindex, err);
	if (ret)
		return ret;
	ret = underlay_fill(lab, under, host, err);
	if (ret)
		nsfab_fabric_del(lab->h, under->ifindex, NULL);
	return ret;
}

struct cover {
	const struct underlay *under;
	const struct nsfab_addr *addr;
	struct nsfab_subnet subnet;
	bool wider;
};

static int on_underlay(const struct nsfab_network *network, void *arg)
{
	struct cover *cover = arg;

	if (!network->n_subnets) {
		first_subnet(&cover->subnet, cover->addr);
		cover->wider = true;
		return 0;
	}
	cover->subnet = network->subnets[0];
	cover->wider = !nsfab_prefix_has(&cover->subnet.prefix, cover->addr);
	widen(&cover->subnet.prefix, cover->addr);
	return 0;
}

/* Let the underlay's subnet have room for @addr. */
static int underlay_cover(const struct underlay *under,
			  const struct nsfab_addr *addr, struct nsfab_err *err)
{
	struct cover cover = { .under = under, .addr = addr };
	struct nsfab_network network = {
		.present = NSFAB_NETWORK_HAS_ID | NSFAB_NETWORK_HAS_SUBNETS,
		.id = under->network,
		.subnets = &cover.subnet,
		.n_subnets = 1,
	};
	int ret;

	ret = nsfab_network_get(under->h, under->ifindex, under->network, 0,
				NULL, on_underlay, &cover, err);
	if (!ret && cover.wider)
		ret = nsfab_network_set(under->h, under->ifindex, &network, 1,
					err);
	return ret;
}

static int make_port(struct nsfab_lab *lab, const struct underlay *under,
		     const struct nsfab_state_obj *obj, uint32_t *id,
		     struct nsfab_err *err)
{
	char name[NSFAB_PORT_NAME_MAX + 1], labels[NSFAB_NAME_MAX + 8];
	struct nsfab_port port = {
		.present = NSFAB_PORT_HAS_NETWORK | NSFAB_PORT_HAS_NAME |
			   NSFAB_PORT_HAS_MAC | NSFAB_PORT_HAS_ADDRESSES |
			   NSFAB_PORT_HAS_LABELS,
		.network = under->network,
		.name = name,
		.addresses = &obj->as_host.local,
		.n_addresses = 1,
		.labels = labels,
	};

	snprintf(name, sizeof(name), "%s/eth0", obj->name);
	snprintf(labels, sizeof(labels), NSFAB_STATE_LABEL "=%s", lab->name);
	nsfab_state_derive_mac(lab->name, LAB_UNDERLAY, obj->name, 0, port.mac);
	return nsfab_port_new(under->h, under->ifindex, &port, 1, id, err);
}

/* In the new namespace: an address, and everything else is on the wire. */
static int configure(struct nsfab *h, const struct nsfab_addr *local,
		     struct nsfab_err *err)
{
	struct nsfab_prefix own = { .addr = *local, .len = local->len * 8 };
	struct nsfab_prefix all = { .addr = { .len = local->len } };
	struct nsfab_batch *batch;
	unsigned int ifindex;
	int ret;

	ret = nsfab_rtlink_find(h, "eth0", &ifindex, err);
	if (ret)
		return ret;
	batch = nsfab_batch_new(h);
	if (!batch)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	ret = nsfab_rtlink_up(batch, LOOPBACK);
	if (!ret)
		ret = nsfab_rtlink_up(batch, ifindex);
	if (!ret)
		ret = nsfab_rtlink_add_addr(batch, ifindex, &own);
	if (!ret)
		ret = nsfab_rtlink_add_route(batch, &all, NULL, ifindex);
	if (ret)
		nsfab_err_set(err, ret, "no memory");
	else
		ret = nsfab_batch_commit(batch, err);
	nsfab_batch_free(batch);
	return ret;
}

static int make_device(const struct underlay *under, uint32_t port, int netns,
		       struct nsfab_err *err)
{
	struct nsfab_rtlink link = {
		.present = NSFAB_RTLINK_HAS_NETNS_FD,
		.name = "eth0",
		.netns_fd = netns,
	};
	struct nsfab_batch *batch;
	int ret;

	batch = nsfab_batch_new(under->h);
	if (!batch)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	ret = nsfab_rtlink_add_port(batch, under->ifindex, port, &link);
	if (ret)
		nsfab_err_set(err, ret, "no memory");
	else
		ret = nsfab_batch_commit(batch, err);
	nsfab_batch_free(batch);
	return ret;
}

static int plug(const struct underlay *under, int netns, uint32_t port,
		const struct nsfab_addr *local, struct nsfab_err *err)
{
	struct nsfab *h = NULL;
	int ret;

	ret = make_device(under, port, netns, err);
	if (!ret)
		ret = nsfab_open_fd(&h, netns, err);
	if (!ret)
		ret = configure(h, local, err);
	nsfab_close(h);
	return ret;
}

static int make_fabric(const struct nsfab_lab *lab, struct nsfab *h,
		       const struct nsfab_state_host *host,
		       struct nsfab_err *err)
{
	char alias[NSFAB_NAME_MAX + 8];
	unsigned int ifindex;
	struct nsfab_fabric fabric = {
		.present = NSFAB_FABRIC_HAS_ENCAP | NSFAB_FABRIC_HAS_LOCAL,
		.name = NSFAB_FABRIC_DEFAULT,
		.encap = host->encap,
		.local = host->local,
	};

	int ret;

	ret = nsfab_fabric_new(h, &fabric, &ifindex, err);
	if (ret)
		return ret;
	/* By this it is found when the underlay is gone. */
	snprintf(alias, sizeof(alias), NSFAB_LAB_ALIAS "%s", lab->name);
	return lab_alias_set(h, ifindex, alias, err);
}

static int fill_host(struct nsfab_lab *lab, const struct underlay *under,
		     const struct nsfab_state_obj *obj, const char *netns,
		     struct nsfab_err *err)
{
	struct nsfab *h = NULL;
	uint32_t port;
	int fd, ret;

	fd = nsfab_netns_open(netns, err);
	if (fd < 0)
		return fd;
	ret = underlay_cover(under, &obj->as_host.local, err);
	if (!ret)
		ret = make_port(lab, under, obj, &port, err);
	if (!ret)
		ret = plug(under, fd, port, &obj->as_host.local, err);
	if (!ret)
		ret = nsfab_open_fd(&h, fd, err);
	if (!ret)
		ret = make_fabric(lab, h, &obj->as_host, err);
	nsfab_close(h);
	close(fd);
	return ret;
}

/* What VMs of a host have left that is gone without them. */
static int clear_vms(const char *host, struct nsfab_err *err)
{
	size_t len = strlen(host);
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	dir = opendir(NSFAB_UTSNS_DIR);
	if (!dir)
		return 0;
	while (!ret && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, host, len) &&
		    entry->d_name[len] == '.')
			ret = lab_clear_leftover(entry->d_name, err);
	closedir(dir);
	return ret;
}

int lab_host_create(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		    struct nsfab_err *err)
{
	char netns[NSFAB_NETNS_NAME_MAX + 1];
	struct underlay under = { 0 };
	int ret;

	lab_host_netns(lab->name, obj->name, netns, sizeof(netns));
	ret = clear_vms(netns, err);
	if (!ret)
		ret = lab_clear_leftover(netns, err);
	if (!ret)
		ret = nsfab_netns_add(netns, obj->name, err);
	if (ret)
		return ret;
	ret = underlay_make(lab, &under, &obj->as_host, err);
	if (!ret)
		ret = fill_host(lab, &under, obj, netns, err);
	if (ret)
		lab_host_delete(lab, obj, NULL);
	return ret;
}

struct peers {
	struct {
		char host[NSFAB_NAME_MAX + 1];
		uint32_t port;
		struct nsfab_addr local;
	} *peer;
	size_t n;
};

static int on_peer(const struct nsfab_port *port, void *arg)
{
	struct peers *peers = arg;
	unsigned int nic;
	void *more;

	more = reallocarray(peers->peer, peers->n + 1, sizeof(*peers->peer));
	if (!more)
		return -ENOMEM;
	peers->peer = more;
	if (!nsfab_vm_port_split(port->name, peers->peer[peers->n].host,
				 &nic) || !port->n_addresses)
		return 0;
	peers->peer[peers->n].port = port->id;
	peers->peer[peers->n++].local = port->addresses[0];
	return 0;
}

/* Unplug all hosts, change the MTU, plug them in again. */
static int set_mtu(struct nsfab_lab *lab, const struct underlay *under,
		   const struct peers *peers, uint32_t mtu,
		   struct nsfab_err *err)
{
	const struct nsfab_network network = {
		.present = NSFAB_NETWORK_HAS_ID | NSFAB_NETWORK_HAS_MTU,
		.id = under->network,
		.mtu = mtu,
	};
	char name[NSFAB_NETNS_NAME_MAX + 1];
	int *fd, ret = 0, again;
	size_t i;

	fd = calloc(peers->n + 1, sizeof(*fd));
	if (!fd)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	for (i = 0; i < peers->n; i++) {
		lab_host_netns(lab->name, peers->peer[i].host, name,
			       sizeof(name));
		fd[i] = nsfab_netns_open(name, ret ? NULL : err);
		if (!ret)
			ret = fd[i] < 0 ? fd[i] : lab_unplug(fd[i], "eth0",
							      err);
	}
	if (!ret)
		ret = nsfab_network_set(under->h, under->ifindex, &network, 1,
					err);
	for (i = 0; i < peers->n; i++) {
		if (fd[i] < 0)
			continue;
		again = plug(under, fd[i], peers->peer[i].port,
			     &peers->peer[i].local, ret ? NULL : err);
		if (!ret)
			ret = again;
		close(fd[i]);
	}
	free(fd);
	return ret;
}

static int on_mtu(const struct nsfab_network *network, void *arg)
{
	*(uint32_t *)arg = network->mtu;
	return 0;
}

int lab_host_set(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		 struct nsfab_err *err)
{
	struct peers peers = { 0 };
	struct underlay under;
	uint32_t mtu;
	int ret;

	ret = underlay_find(lab, &under, err);
	if (!ret)
		ret = nsfab_network_get(under.h, under.ifindex, under.network,
					0, NULL, on_mtu, &mtu, err);
	/* All hosts share it: the first one's step changes it. */
	if (ret || mtu == obj->as_host.mtu)
		return ret;
	ret = nsfab_port_dump(under.h, under.ifindex, NULL, on_peer, &peers,
			      err);
	if (ret == -ENOMEM)
		nsfab_err_set(err, ret, "no memory");
	if (!ret)
		ret = set_mtu(lab, &under, &peers, obj->as_host.mtu, err);
	free(peers.peer);
	return ret;
}

static int on_any_port(const struct nsfab_port *port, void *arg)
{
	(void)port;
	*(bool *)arg = true;
	return 0;
}

static int leave_underlay(struct nsfab_lab *lab,
			  const struct nsfab_state_obj *obj,
			  struct nsfab_err *err)
{
	char path[NSFAB_PORT_NAME_MAX + sizeof(LAB_UNDERLAY) + 1];
	char device[IF_NAMESIZE];
	unsigned int ifindex;
	bool used = false;
	uint32_t id;
	int ret;

	lab_underlay_name(lab->name, device);
	if (nsfab_fabric_find(lab->h, device, &ifindex, NULL))
		return 0;
	snprintf(path, sizeof(path), LAB_UNDERLAY "/%s/eth0", obj->name);
	if (!nsfab_port_find(lab->h, ifindex, path, &id, NULL, NULL)) {
		ret = nsfab_port_del(lab->h, ifindex, &id, 1, err);
		if (ret)
			return ret;
	}
	ret = nsfab_port_dump(lab->h, ifindex, NULL, on_any_port, &used, err);
	if (ret || used)
		return ret;
	lab_place_forget(lab, NSFAB_STATE_UNDERLAY_HOST);
	return nsfab_fabric_del(lab->h, ifindex, err);
}

/* What is missing of a host is no failure, so that this can be repeated. */
int lab_host_delete(struct nsfab_lab *lab, const struct nsfab_state_obj *obj,
		    struct nsfab_err *err)
{
	char netns[NSFAB_NETNS_NAME_MAX + 1];
	unsigned int ifindex;
	struct nsfab *h;
	int fd, ret = 0;

	lab_place_forget(lab, obj->name);
	lab_host_netns(lab->name, obj->name, netns, sizeof(netns));
	fd = nsfab_netns_open(netns, NULL);
	if (fd >= 0) {
		/* A namespace ends some time later, its fabric shall now. */
		if (!nsfab_open_fd(&h, fd, NULL)) {
			if (!nsfab_fabric_find(h, NSFAB_FABRIC_DEFAULT,
					       &ifindex, NULL))
				ret = nsfab_fabric_del(h, ifindex, err);
			nsfab_close(h);
		}
		close(fd);
	}
	if (!ret)
		ret = leave_underlay(lab, obj, err);
	if (!ret)
		ret = clear_vms(netns, err);
	if (!ret && fd >= 0)
		ret = nsfab_netns_del(netns, err);
	netns_tidy();
	return ret;
}
