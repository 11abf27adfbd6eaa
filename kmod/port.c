// SPDX-License-Identifier: GPL-2.0-only
/* A port's device, of kind "nsfab_port": the NIC of a namespace-VM. It may be
 * made in any namespace and moved to any other; its fabric stays.
 */

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/rtnetlink.h>

#include "binding.h"
#include "fabric.h"
#include "forward.h"
#include "network.h"
#include "parse.h"
#include "port.h"
#include "tenant.h"

#define PORT_FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | \
		       NETIF_F_RXCSUM | NETIF_F_HIGHDMA | \
		       NETIF_F_GSO_UDP_L4 | NETIF_F_ALL_TSO | \
		       NETIF_F_GSO_ENCAP_ALL)

/**
 * struct nsfab_port_dev - private data of the device
 * @dev: the device
 * @port: the port that it was made for, a reference; it may be bound to
 *	something else by now
 * @fab: the fabric
 * @fab_tracker: of the reference of the fabric's device
 * @node: in struct nsfab_fabric.port_devs, under RTNL
 */
struct nsfab_port_dev {
	/* Needed in fast-path */
	struct nsfab_port *port;

	/* Needed in slow-path */
	struct net_device *dev;
	struct nsfab_fabric *fab;
	netdevice_tracker fab_tracker;
	struct list_head node;
};

static netdev_tx_t port_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nsfab_port *port = ((struct nsfab_port_dev *)
				   netdev_priv(dev))->port;

	/* pktgen of 6.1 keeps a reference whatever a device says of sharing.
	 * It reads nothing by it; forward.c sees to what must not be done to
	 * such a frame, and has no fragments in mind.
	 */
	if (unlikely(skb_shared(skb) && skb_is_nonlinear(skb))) {
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (unlikely(!skb)) {
			dev_core_stats_tx_dropped_inc(dev);
			return NETDEV_TX_OK;
		}
	}
	skb_tx_timestamp(skb);
	rcu_read_lock();
	if (likely(rcu_access_pointer(port->dev) == dev)) {
		nsfab_forward_from_port(skb, port);
	} else {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* The device's counters are its port's: they outlive it. */
static void port_get_stats64(struct net_device *dev,
			     struct rtnl_link_stats64 *stats)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);
	struct nsfab_sum in, out;

	nsfab_stats_port_read(&in, &out, priv->port->stats);
	stats->tx_packets = in.packets;
	stats->tx_bytes = in.bytes;
	stats->rx_packets = out.packets;
	stats->rx_bytes = out.bytes;
}

/* Under the lock, or a port that is unbound meanwhile would have a carrier. */
static int port_open(struct net_device *dev)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);

	mutex_lock(&priv->fab->lock);
	if (rcu_access_pointer(priv->port->dev) == dev)
		netif_carrier_on(dev);
	mutex_unlock(&priv->fab->lock);
	return 0;
}

static int port_stop(struct net_device *dev)
{
	netif_carrier_off(dev);
	return 0;
}

static int port_get_iflink(const struct net_device *dev)
{
	const struct nsfab_port_dev *priv = netdev_priv(dev);

	return READ_ONCE(priv->fab->dev->ifindex);
}

static int port_dev_init(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
	return 0;
}

/* The counters are read until the device is freed. */
static void port_dev_free(struct net_device *dev)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);
	struct nsfab_fabric *fab = priv->fab;

	nsfab_binding_put(priv->port);
	netdev_put(fab->dev, &priv->fab_tracker);
	nsfab_fabric_put(fab);
}

/* It receives what the fabric sends it. */
static void port_set_rx_mode(struct net_device *dev)
{
}

static const struct net_device_ops port_ops = {
	.ndo_init = port_dev_init,
	.ndo_open = port_open,
	.ndo_stop = port_stop,
	.ndo_start_xmit = port_xmit,
	.ndo_get_stats64 = port_get_stats64,
	.ndo_get_iflink = port_get_iflink,
	.ndo_set_rx_mode = port_set_rx_mode,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_features_check = passthru_features_check,
};

static void port_get_drvinfo(struct net_device *dev,
			     struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "nsfab_port", sizeof(info->driver));
}

static const struct ethtool_ops port_ethtool_ops = {
	.get_drvinfo = port_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
};

static const struct device_type port_type = { .name = "nsfab_port" };

static void port_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	SET_NETDEV_DEVTYPE(dev, &port_type);
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	/* A frame takes spinlocks that an interrupt may have come into. */
	dev->priv_flags |= IFF_DISABLE_NETPOLL;
	nsfab_netdev_set_lltx(dev);
	dev->features |= PORT_FEATURES;
	dev->hw_features |= PORT_FEATURES;
	dev->hw_enc_features |= PORT_FEATURES;
	dev->mpls_features |= NETIF_F_SG | NETIF_F_HW_CSUM;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = NSFAB_MTU_MAX;
	dev->needs_free_netdev = true;
	netif_set_tso_max_size(dev, GSO_LEGACY_MAX_SIZE);
	netif_set_tso_max_segs(dev, NSFAB_SEGMENTS_MAX);
}

static struct netlink_range_validation id_range = {
	.min = 1,
	.max = NSFAB_PORT_ID_MAX,
};

static const struct nla_policy port_policy[IFLA_NSFAB_PORT_MAX + 1] = {
	[IFLA_NSFAB_PORT_ID] = NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
	[IFLA_NSFAB_PORT_NETWORK] = {
		.type = NLA_REJECT,
		.reject_message = "The network is the port's, and read only",
	},
	[IFLA_NSFAB_PORT_TENANT] = {
		.type = NLA_REJECT,
		.reject_message = "The tenant is the port's, and read only",
	},
};

static int port_validate(struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "Not an Ethernet address");
		return -EINVAL;
	}
	return 0;
}

static struct nsfab_fabric *find_fabric(struct net *src_net,
					struct nlattr *tb[],
					struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab;

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG(extack, "A port's device needs its fabric as link");
		return ERR_PTR(-EINVAL);
	}
	fab = nsfab_fabric_get(src_net, nla_get_u32(tb[IFLA_LINK]));
	if (fab)
		return fab;
	NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_LINK],
			    "The link is no fabric of that namespace");
	return ERR_PTR(-EINVAL);
}

/* Find the port and take over what the device gets from it. */
static struct nsfab_port *claim_port(struct nsfab_fabric *fab,
				     struct net_device *dev,
				     struct nlattr *tb[],
				     const struct nlattr *id,
				     struct netlink_ext_ack *extack)
{
	struct nsfab_port *port;

	lockdep_assert_held(&fab->lock);
	port = fab->dying ? NULL : xa_load(&fab->ports, nla_get_u32(id));
	if (!port) {
		NL_SET_ERR_MSG_ATTR(extack, id, "No such port");
		return ERR_PTR(-ENOENT);
	}
	if (tb[IFLA_ADDRESS] &&
	    !ether_addr_equal(nla_data(tb[IFLA_ADDRESS]), port->mac)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "Not the port's MAC");
		return ERR_PTR(-EINVAL);
	}
	if (tb[IFLA_MTU] && dev->mtu > port->net->mtu) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_MTU],
				    "Larger than the network's MTU");
		return ERR_PTR(-EINVAL);
	}
	eth_hw_addr_set(dev, port->mac);
	dev->addr_assign_type = NET_ADDR_SET;
	dev->max_mtu = port->net->mtu;
	if (!tb[IFLA_MTU])
		dev->mtu = port->net->mtu;
	refcount_inc(&port->ref);
	return port;
}

/* The lock was not held while the device was registered. */
static int bind_port(struct nsfab_port *port, struct net_device *dev,
		     struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	int err;

	mutex_lock(&fab->lock);
	if (port->dead) {
		NL_SET_ERR_MSG(extack, "The port is being removed");
		err = -ENOENT;
	} else if (!ether_addr_equal(dev->dev_addr, port->mac) ||
		   dev->max_mtu != port->net->mtu) {
		NL_SET_ERR_MSG(extack, "The port was changed meanwhile");
		err = -EAGAIN;
	} else {
		err = nsfab_binding_set_dev(port, dev);
		if (err)
			NL_SET_ERR_MSG(extack,
				       "The port is bound to something else");
	}
	mutex_unlock(&fab->lock);
	return err;
}

static int port_newlink_in(struct net *src_net, struct net_device *dev,
			   struct nlattr *tb[], struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);
	struct nsfab_fabric *fab;
	struct nsfab_port *port;
	int err;

	if (!data || !data[IFLA_NSFAB_PORT_ID]) {
		NL_SET_ERR_MSG(extack, "A port's device needs the port's id");
		return -EINVAL;
	}
	fab = find_fabric(src_net, tb, extack);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	mutex_lock(&fab->lock);
	port = claim_port(fab, dev, tb, data[IFLA_NSFAB_PORT_ID], extack);
	mutex_unlock(&fab->lock);
	if (IS_ERR(port)) {
		err = PTR_ERR(port);
		goto err_port;
	}

	INIT_LIST_HEAD(&priv->node);
	priv->dev = dev;
	priv->fab = fab;
	priv->port = port;
	dev->needed_headroom = fab->dev->needed_headroom + ETH_HLEN;
	err = register_netdevice(dev);
	if (err)
		goto err_register;
	/* The references are the device's from here on; not earlier, for a
	 * registration that fails would drop them by itself. That of the
	 * fabric's device is kept until this one is freed: its link is watched,
	 * and so looked up, when it is unregistered already.
	 */
	netdev_hold(fab->dev, &priv->fab_tracker, GFP_KERNEL);
	dev->priv_destructor = port_dev_free;
	netif_carrier_off(dev);
	err = bind_port(port, dev, extack);
	if (err) {
		unregister_netdevice(dev);
		return err;
	}
	list_add_tail(&priv->node, &fab->port_devs);
	return 0;

err_register:
	nsfab_binding_put(port);
err_port:
	nsfab_fabric_put(fab);
	return err;
}

NSFAB_NEWLINK(port_newlink)

static int port_changelink(struct net_device *dev, struct nlattr *tb[],
			   struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);

	if (!rtnl_dev_link_net_capable(dev, dev_net(priv->fab->dev)))
		return -EPERM;
	if (data && data[IFLA_NSFAB_PORT_ID] &&
	    nla_get_u32(data[IFLA_NSFAB_PORT_ID]) != priv->port->id) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_PORT_ID],
				    "The port cannot be changed");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* May run twice for one device when its namespace and its fabric's die in one
 * go.
 */
static void port_dellink(struct net_device *dev, struct list_head *head)
{
	struct nsfab_port_dev *priv = netdev_priv(dev);

	mutex_lock(&priv->fab->lock);
	nsfab_binding_clear_dev(priv->port, dev);
	mutex_unlock(&priv->fab->lock);
	list_del_init(&priv->node);
	unregister_netdevice_queue(dev, head);
}

/**
 * nsfab_port_kill_all() - queue all devices of a fabric for removal
 * @fab: the fabric
 * @head: the caller's list for unregister_netdevice_many()
 *
 * They may be in any namespace.
 *
 * Context: RTNL is held.
 */
void nsfab_port_kill_all(struct nsfab_fabric *fab, struct list_head *head)
{
	struct nsfab_port_dev *priv;

	ASSERT_RTNL();
	while (!list_empty(&fab->port_devs)) {
		priv = list_first_entry(&fab->port_devs,
					struct nsfab_port_dev, node);
		port_dellink(priv->dev, head);
		cond_resched();
	}
}

static struct net *port_get_link_net(const struct net_device *dev)
{
	const struct nsfab_port_dev *priv = netdev_priv(dev);

	return dev_net(priv->fab->dev);
}

static size_t port_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u32)) +	/* ID */
	       nla_total_size(sizeof(u32)) +	/* NETWORK */
	       nla_total_size(sizeof(u32)) +	/* TENANT */
	       0;
}

static int port_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct nsfab_port_dev *priv = netdev_priv(dev);
	const struct nsfab_port *port = priv->port;

	if (nla_put_u32(skb, IFLA_NSFAB_PORT_ID, port->id) ||
	    nla_put_u32(skb, IFLA_NSFAB_PORT_NETWORK, port->net->id) ||
	    nla_put_u32(skb, IFLA_NSFAB_PORT_TENANT, port->net->tenant->id))
		return -EMSGSIZE;
	return 0;
}

static struct rtnl_link_ops link_ops = {
	.kind = "nsfab_port",
	.priv_size = sizeof(struct nsfab_port_dev),
	.setup = port_setup,
	.maxtype = IFLA_NSFAB_PORT_MAX,
	.policy = port_policy,
	.validate = port_validate,
	.newlink = port_newlink,
	.changelink = port_changelink,
	.dellink = port_dellink,
	.get_size = port_get_size,
	.fill_info = port_fill_info,
	.get_link_net = port_get_link_net,
};

/**
 * nsfab_port_init() - let ports' devices be made
 *
 * Return: 0 or -errno
 */
int nsfab_port_init(void)
{
	return rtnl_link_register(&link_ops);
}

/**
 * nsfab_port_exit() - remove all ports' devices
 */
void nsfab_port_exit(void)
{
	rtnl_link_unregister(&link_ops);
}

MODULE_ALIAS_RTNL_LINK("nsfab_port");
