// SPDX-License-Identifier: GPL-2.0-only
/* Netlink commands of ports. */

#include <linux/etherdevice.h>
#include <linux/net_namespace.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "nl_port_addr.h"
#include "tenant.h"
#include "vtep.h"

#define READ_ONLY { .type = NLA_REJECT, .reject_message = "Read only" }

/* Policy of a port */
const struct nla_policy nsfab_nl_port_policy[NSFAB_A_PORT_MAX + 1] = {
	[NSFAB_A_PORT_ID] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_PORT_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_PORT_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_PORT_NAME] = { .type = NLA_NUL_STRING,
				.len = NSFAB_PORT_NAME_MAX },
	[NSFAB_A_PORT_REVISION] = { .type = NLA_U64 },
	[NSFAB_A_PORT_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[NSFAB_A_PORT_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_PORT_NO_ADDRESSES] = { .type = NLA_FLAG },
	[NSFAB_A_PORT_ALLOWED] = NLA_POLICY_NESTED(nsfab_nl_allowed_policy),
	[NSFAB_A_PORT_NO_ALLOWED] = { .type = NLA_FLAG },
	[NSFAB_A_PORT_FLAGS] = NLA_POLICY_MASK(NLA_U32,
					       NSFAB_PORT_FLAG_UNGUARDED),
	[NSFAB_A_PORT_BINDING] = NLA_POLICY_MAX(NLA_U8, NSFAB_BINDING_PARKED),
	[NSFAB_A_PORT_VTEP] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_PORT_PEER] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_PORT_LABELS] = { .type = NLA_NUL_STRING,
				  .len = NSFAB_LABELS_MAX },
	[NSFAB_A_PORT_DEV_IFINDEX] = READ_ONLY,
	[NSFAB_A_PORT_DEV_NETNSID] = READ_ONLY,
	[NSFAB_A_PORT_COUNTERS] = READ_ONLY,
};

#define REPEAT (BIT_ULL(NSFAB_A_PORT_ADDRESS) | BIT_ULL(NSFAB_A_PORT_ALLOWED))

/* The device may be moved to another namespace meanwhile, and the one where it
 * was may go: RCU keeps that for long enough to take a reference.
 */
static int put_dev(struct sk_buff *skb, const struct net_device *dev,
		   struct net *reader)
{
	int id = NETNSA_NSID_NOT_ASSIGNED;
	struct net *net;

	if (nla_put_u32(skb, NSFAB_A_PORT_DEV_IFINDEX,
			READ_ONCE(dev->ifindex)))
		return -EMSGSIZE;
	rcu_read_lock();
	net = maybe_get_net(dev_net(dev));
	rcu_read_unlock();
	if (net && net_eq(net, reader)) {
		put_net(net);
		return 0;
	}
	if (net) {
		id = peernet2id_alloc(reader, net, GFP_KERNEL);
		put_net(net);
	}
	return nla_put_s32(skb, NSFAB_A_PORT_DEV_NETNSID, id);
}

static int put_binding(struct sk_buff *skb, const struct nsfab_port *port,
		       struct net *reader)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	const struct nsfab_port *peer = nsfab_dereference(fab, port->peer);
	const struct nsfab_vtep *vtep = nsfab_dereference(fab, port->vtep);
	const struct net_device *dev = nsfab_dereference(fab, port->dev);

	if (nla_put_u8(skb, NSFAB_A_PORT_BINDING, port->binding))
		return -EMSGSIZE;
	if (vtep && nla_put(skb, NSFAB_A_PORT_VTEP,
			    nsfab_addr_len(&vtep->addr),
			    nsfab_addr_data(&vtep->addr)))
		return -EMSGSIZE;
	if (peer && nla_put_u32(skb, NSFAB_A_PORT_PEER, peer->id))
		return -EMSGSIZE;
	return dev ? put_dev(skb, dev, reader) : 0;
}

static int put_config(struct sk_buff *skb, const struct nsfab_port *port)
{
	return nla_put_u32(skb, NSFAB_A_PORT_ID, port->id) ||
	       nla_put_u32(skb, NSFAB_A_PORT_TENANT, port->net->tenant->id) ||
	       nla_put_u32(skb, NSFAB_A_PORT_NETWORK, port->net->id) ||
	       (port->name.len &&
		nla_put_string(skb, NSFAB_A_PORT_NAME, port->name.text)) ||
	       nla_put_u64_64bit(skb, NSFAB_A_PORT_REVISION, port->revision,
				 NSFAB_A_PORT_PAD) ||
	       nla_put(skb, NSFAB_A_PORT_MAC, ETH_ALEN, port->mac) ||
	       nla_put_u32(skb, NSFAB_A_PORT_FLAGS, port->flags) ||
	       (port->labels &&
		nla_put_string(skb, NSFAB_A_PORT_LABELS, port->labels)) ||
	       nsfab_nl_port_put_addrs(skb, port);
}

static int fill(struct sk_buff *skb, const void *obj, struct net *reader)
{
	struct nsfab_port *port = (struct nsfab_port *)obj;
	struct nsfab_totals totals = {};
	struct nlattr *nest;
	int i;

	nsfab_binding_read(&totals, port);
	for (i = 0; i < NSFAB_DROP_MAX; i++)
		totals.ctr[NSFAB_CTR_DROP].packets +=
			atomic64_read(&port->drops[i]);
	totals.ctr[NSFAB_CTR_DROP].bytes = atomic64_read(&port->drop_bytes);
	nest = nla_nest_start(skb, NSFAB_A_PORT);
	if (!nest)
		return -EMSGSIZE;
	if (put_config(skb, port) || put_binding(skb, port, reader) ||
	    nsfab_netlink_put_counters(skb, NSFAB_A_PORT_COUNTERS, &totals)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct wish - the binding that a request asks for, checked
 * @set: it asks for one
 * @binding: enum nsfab_binding
 * @vtep: of binding remote
 * @peer: of binding patch
 */
struct wish {
	bool set;
	u8 binding;
	struct in6_addr vtep;
	struct nsfab_port *peer;
};

static int read_peer(struct nsfab_fabric *fab, struct nlattr *attr,
		     const struct nsfab_network *net,
		     const struct nsfab_port *self, struct wish *wish,
		     struct netlink_ext_ack *extack)
{
	wish->peer = nsfab_netlink_port(fab, attr, extack);
	if (IS_ERR(wish->peer))
		return PTR_ERR(wish->peer);
	if (wish->peer->net == net || wish->peer->net->tenant != net->tenant) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The peer is in another network of the same tenant");
		return -EINVAL;
	}
	if (wish->peer->binding != NSFAB_BINDING_NONE &&
	    (!self || nsfab_dereference(fab, wish->peer->peer) != self)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The peer is bound to something else");
		return -EBUSY;
	}
	return 0;
}

/* All that may be wrong with a binding; @self is NULL for a new port. */
static int read_binding(struct nsfab_fabric *fab, struct nlattr **tb,
			const struct nsfab_network *net,
			const struct nsfab_port *self, struct wish *wish,
			struct netlink_ext_ack *extack)
{
	struct nlattr *binding = tb[NSFAB_A_PORT_BINDING];
	struct nlattr *vtep = tb[NSFAB_A_PORT_VTEP];
	struct nlattr *peer = tb[NSFAB_A_PORT_PEER];
	bool is_remote, is_patch;
	int err;

	wish->set = binding;
	wish->binding = binding ? nla_get_u8(binding) : NSFAB_BINDING_NONE;
	if (wish->binding == NSFAB_BINDING_NETDEV) {
		NL_SET_ERR_MSG_ATTR(extack, binding,
				    "A device is bound by making it");
		return -EINVAL;
	}
	is_remote = wish->binding == NSFAB_BINDING_REMOTE;
	if (is_remote != !!vtep) {
		NL_SET_ERR_MSG_ATTR(extack, vtep ?: binding,
				    "Binding remote and a VTEP go together");
		return -EINVAL;
	}
	is_patch = wish->binding == NSFAB_BINDING_PATCH;
	if (is_patch != !!peer) {
		NL_SET_ERR_MSG_ATTR(extack, peer ?: binding,
				    "Binding patch and a peer go together");
		return -EINVAL;
	}
	if ((peer || vtep) && self && nsfab_dereference(fab, self->dev)) {
		NL_SET_ERR_MSG_ATTR(extack, binding,
				    "The port is bound to a device");
		return -EBUSY;
	}
	if (peer)
		return read_peer(fab, peer, net, self, wish, extack);
	if (!vtep)
		return 0;
	err = nsfab_netlink_addr(vtep, &wish->vtep, extack);
	if (err)
		return err;
	return nsfab_vtep_check(fab, &wish->vtep, vtep, extack);
}

static int bind_port(struct nsfab_port *port, const struct wish *wish,
		     const struct nlattr *where,
		     struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!wish->set)
		return 0;
	switch (wish->binding) {
	case NSFAB_BINDING_REMOTE:
		err = nsfab_binding_set_remote(port, &wish->vtep);
		break;
	case NSFAB_BINDING_PATCH:
		err = nsfab_binding_set_peer(port, wish->peer);
		break;
	default:
		nsfab_binding_set_plain(port, wish->binding);
	}
	if (err == -EBUSY)
		NL_SET_ERR_MSG_ATTR(extack, where,
				    "The port is bound to something else");
	return err;
}

static int read_new(struct nsfab_port *port, struct nlattr **tb,
		    const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nsfab_allowed *allowed;
	struct nsfab_addrs *addrs;
	int err;

	if (tb[NSFAB_A_PORT_ID])
		port->id = nla_get_u32(tb[NSFAB_A_PORT_ID]);
	if (tb[NSFAB_A_PORT_FLAGS])
		port->flags = nla_get_u32(tb[NSFAB_A_PORT_FLAGS]);
	if (tb[NSFAB_A_PORT_MAC]) {
		ether_addr_copy(port->mac, nla_data(tb[NSFAB_A_PORT_MAC]));
		if (!is_valid_ether_addr(port->mac) ||
		    ether_addr_equal(port->mac, port->net->router_mac)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_PORT_MAC],
					    "Not a unicast MAC, or the router's");
			return -EINVAL;
		}
	}
	if (tb[NSFAB_A_PORT_NAME]) {
		err = nsfab_netlink_name(tb[NSFAB_A_PORT_NAME], true,
					 port->name.text, &port->name.len,
					 extack);
		if (err)
			return err;
	}
	if (tb[NSFAB_A_PORT_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_PORT_LABELS],
					   &port->labels);
		if (err)
			return err;
	}
	err = nsfab_netlink_revision(tb[NSFAB_A_PORT_REVISION],
				     &port->revision, extack);
	if (err)
		return err;
	addrs = nsfab_nl_port_addrs(port->net, nest, extack);
	if (IS_ERR(addrs))
		return PTR_ERR(addrs);
	RCU_INIT_POINTER(port->addrs, addrs);
	allowed = nsfab_nl_port_allowed(nest, extack);
	if (IS_ERR(allowed))
		return PTR_ERR(allowed);
	RCU_INIT_POINTER(port->allowed, allowed);
	return 0;
}

static void tell_link_error(int err, const struct nlattr *nest,
			    struct netlink_ext_ack *extack)
{
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A port has that id or name");
	else if (err == -EADDRINUSE)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The network has that MAC or address already");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "The tenant's limit of ports is reached");
}

static void *make(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_PORT_MAX + 1];
	struct nsfab_network *net;
	struct nsfab_port *port;
	struct wish wish = {};
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_PORT_MAX, nest,
				  nsfab_nl_port_policy, REPEAT, extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[NSFAB_A_PORT_NETWORK]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "A port needs a network");
		return ERR_PTR(-EINVAL);
	}
	net = nsfab_netlink_network(fab, tb[NSFAB_A_PORT_NETWORK], extack);
	if (IS_ERR(net))
		return net;
	if (tb[NSFAB_A_PORT_TENANT] &&
	    nla_get_u32(tb[NSFAB_A_PORT_TENANT]) != net->tenant->id) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_PORT_TENANT],
				    "The network is of another tenant");
		return ERR_PTR(-EINVAL);
	}
	err = read_binding(fab, tb, net, NULL, &wish, extack);
	if (err)
		return ERR_PTR(err);
	port = nsfab_binding_alloc(net);
	if (!port)
		return ERR_PTR(-ENOMEM);
	err = read_new(port, tb, nest, extack);
	if (err)
		goto err_free;
	err = nsfab_binding_link(port);
	if (err) {
		tell_link_error(err, nest, extack);
		goto err_free;
	}
	err = bind_port(port, &wish, nest, extack);
	if (!err)
		return port;
	nsfab_binding_unlink(port);
	return ERR_PTR(err);

err_free:
	nsfab_binding_free(port);
	return ERR_PTR(err);
}

static struct nsfab_port *find_by_name(struct nsfab_fabric *fab,
				       struct nlattr **tb,
				       const struct nlattr *nest,
				       struct netlink_ext_ack *extack)
{
	struct nsfab_tenant *tenant;
	struct nsfab_port *port;

	if (!tb[NSFAB_A_PORT_NAME] || !tb[NSFAB_A_PORT_TENANT]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "A port is named by id, or by tenant and name");
		return ERR_PTR(-EINVAL);
	}
	tenant = nsfab_netlink_tenant(fab, tb[NSFAB_A_PORT_TENANT], extack);
	if (IS_ERR(tenant))
		return ERR_CAST(tenant);
	port = nsfab_binding_find(tenant, nla_data(tb[NSFAB_A_PORT_NAME]));
	if (port)
		return port;
	NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_PORT_NAME], "No such port");
	return ERR_PTR(-ENOENT);
}

static struct nsfab_port *find_tb(struct nsfab_fabric *fab,
				  struct nlattr **tb,
				  const struct nlattr *nest,
				  struct netlink_ext_ack *extack)
{
	struct nsfab_port *port;
	u64 revision;
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_PORT_MAX, nest,
				  nsfab_nl_port_policy, REPEAT, extack);
	if (err)
		return ERR_PTR(err);
	if (tb[NSFAB_A_PORT_ID])
		port = nsfab_netlink_port(fab, tb[NSFAB_A_PORT_ID], extack);
	else
		port = find_by_name(fab, tb, nest, extack);
	if (IS_ERR(port))
		return port;
	revision = port->revision;
	err = nsfab_netlink_revision(tb[NSFAB_A_PORT_REVISION], &revision,
				     extack);
	return err ? ERR_PTR(err) : port;
}

static void *find(struct nsfab_fabric *fab, const struct nlattr *nest,
		  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_PORT_MAX + 1];

	return find_tb(fab, tb, nest, extack);
}

static void unlink(void *obj)
{
	nsfab_binding_unlink(obj);
}

static bool matches(const void *obj, const struct nsfab_netlink_dump *ctx)
{
	const struct nsfab_port *port = obj;

	return (!ctx->tenant || port->net->tenant->id == ctx->tenant) &&
	       (!ctx->network || port->net->id == ctx->network);
}

static const struct nsfab_netlink_kind kind = {
	.type = NSFAB_A_PORT,
	.get = NSFAB_CMD_PORT_GET,
	.ntf = NSFAB_CMD_PORT_NTF,
	.table = offsetof(struct nsfab_fabric, ports),
	.make = make,
	.find = find,
	.unlink = unlink,
	.filter = nsfab_nl_by_network,
	.matches = matches,
	.fill = fill,
};

/**
 * nsfab_nl_port_changed() - notify of a device that was bound, or went away
 * @port: the port
 *
 * For nsfab_binding_on_change().
 */
void nsfab_nl_port_changed(struct nsfab_port *port)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	struct sk_buff_head msgs;

	__skb_queue_head_init(&msgs);
	nsfab_netlink_collect(&msgs, fab, NSFAB_CMD_PORT_NTF,
			      NSFAB_CMD_PORT_SET, port, fill);
	nsfab_netlink_notify(&msgs, fab);
}

/**
 * nsfab_nl_port_new_doit() - make ports
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_port_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_new_all(info, &kind);
}

static int check_fixed(const struct nsfab_port *port, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *attr;

	attr = tb[NSFAB_A_PORT_NETWORK];
	if (attr && nla_get_u32(attr) != port->net->id)
		goto err_fixed;
	attr = tb[NSFAB_A_PORT_TENANT];
	if (attr && nla_get_u32(attr) != port->net->tenant->id)
		goto err_fixed;
	attr = tb[NSFAB_A_PORT_NAME];
	if (attr && nla_strcmp(attr, port->name.text))
		goto err_fixed;
	attr = tb[NSFAB_A_PORT_MAC];
	if (!attr || ether_addr_equal(nla_data(attr), port->mac))
		return 0;
	if (!is_valid_ether_addr(nla_data(attr)) ||
	    ether_addr_equal(nla_data(attr), port->net->router_mac)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Not a unicast MAC, or the router's");
		return -EINVAL;
	}
	if (port->binding == NSFAB_BINDING_NETDEV) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "The port is bound to a device, which has its MAC");
		return -EINVAL;
	}
	return 0;

err_fixed:
	NL_SET_ERR_MSG_ATTR(extack, attr, "Cannot be changed");
	return -EOPNOTSUPP;
}

/* All that memory or other ports may refuse is prepared; the binding is the
 * last of it, and if it is changed the rest is.
 */
static int set(struct nsfab_port *port, struct nlattr **tb,
	       const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	struct nsfab_allowed *allowed, *old_allowed;
	struct nsfab_addrs *addrs, *now;
	struct nsfab_binding_change change;
	const u8 *mac = port->mac;
	struct wish wish = {};
	char *labels = NULL;
	int err;

	err = check_fixed(port, tb, extack);
	if (err)
		return err;
	err = read_binding(fab, tb, port->net, port, &wish, extack);
	if (err)
		return err;
	addrs = nsfab_nl_port_addrs(port->net, nest, extack);
	if (IS_ERR(addrs))
		return PTR_ERR(addrs);
	allowed = nsfab_nl_port_allowed(nest, extack);
	if (IS_ERR(allowed)) {
		err = PTR_ERR(allowed);
		goto err_allowed;
	}
	if (tb[NSFAB_A_PORT_LABELS]) {
		err = nsfab_netlink_labels(tb[NSFAB_A_PORT_LABELS], &labels);
		if (err)
			goto err_labels;
	}

	now = nsfab_dereference(fab, port->addrs);
	if (addrs || tb[NSFAB_A_PORT_NO_ADDRESSES])
		now = addrs;
	if (tb[NSFAB_A_PORT_MAC])
		mac = nla_data(tb[NSFAB_A_PORT_MAC]);
	err = nsfab_binding_prepare(&change, port, mac, now);
	if (err)
		goto err_prepare;
	err = bind_port(port, &wish, nest, extack);
	if (err)
		goto err_bind;

	nsfab_binding_commit(&change);
	if (tb[NSFAB_A_PORT_LABELS]) {
		kfree(port->labels);
		port->labels = labels;
	}
	if (allowed || tb[NSFAB_A_PORT_NO_ALLOWED]) {
		old_allowed = nsfab_dereference(fab, port->allowed);
		rcu_assign_pointer(port->allowed, allowed);
		if (old_allowed)
			kfree_rcu(old_allowed, rcu);
	}
	if (tb[NSFAB_A_PORT_FLAGS])
		WRITE_ONCE(port->flags, nla_get_u32(tb[NSFAB_A_PORT_FLAGS]));
	return nsfab_netlink_revision(tb[NSFAB_A_PORT_REVISION],
				      &port->revision, extack);

err_bind:
	nsfab_binding_cancel(&change);
err_prepare:
	tell_link_error(err, nest, extack);
	kfree(labels);
err_labels:
	kfree(allowed);
err_allowed:
	kfree(addrs);
	return err;
}

/**
 * nsfab_nl_port_set_doit() - change a port
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_port_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[NSFAB_A_PORT_MAX + 1];
	const struct nlattr *nest;
	struct nsfab_port *port;
	const void *obj;
	int err;

	nest = nsfab_netlink_only(info, NSFAB_A_PORT);
	if (!nest)
		return -EINVAL;
	port = find_tb(nsfab_netlink_fab(info), tb, nest, info->extack);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = set(port, tb, nest, info->extack);
	if (err)
		return err;
	obj = port;
	return nsfab_netlink_tell(info, NSFAB_CMD_PORT_NTF, &obj, 1, fill);
}

/**
 * nsfab_nl_port_del_doit() - remove ports
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_port_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_del_all(info, &kind);
}

/**
 * nsfab_nl_port_get_doit() - read a port
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or -errno
 */
int nsfab_nl_port_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return nsfab_netlink_get_one(info, &kind);
}

/**
 * nsfab_nl_port_get_dumpit() - read ports
 * @skb: where to
 * @cb: the dump
 *
 * Return: bytes written or -errno
 */
int nsfab_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nsfab_netlink_dump_all(skb, cb, &kind);
}
