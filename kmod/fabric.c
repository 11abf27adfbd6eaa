// SPDX-License-Identifier: GPL-2.0-only
/* The fabric: a device of kind "nsfab", which stays in the namespace where it
 * was made: there is its underlay, and there its owner speaks to it.
 */

/**
 * DOC: Locking
 *
 * From the outside in:
 *
 * RTNL
 *	devices of both kinds: making, moving, removing; struct
 *	nsfab_fabric.port_devs
 *
 * struct nsfab_fabric.lock (mutex)
 *	every write of netlink, and binding ports to devices: the tables of
 *	tenants, networks, ports, names, neighbours and VTEPs, the lists between
 *	them, the routes, the timeline and its events. Taken under RTNL by
 *	devices; RTNL is never taken under it. Never taken by a frame.
 *
 * struct nsfab_fabric.fdb_lock (spinlock, bottom halves off)
 *	the forwarding entries: frames learn, netlink writes, the worker ages
 *
 * struct nsfab_fabric.dead_lock (spinlock, bottom halves off)
 *	objects that nothing refers to any more: whoever drops the last
 *	reference, mostly an RCU callback, puts them there. Work buries them
 *	under the fabric's lock: their counts move to their owner while no sum
 *	is being made.
 *
 * struct nsfab_tenant.icmp_lock (spinlock, bottom halves off)
 *	the tenant's share of ICMP errors
 *
 * struct nsfab_link.lock (spinlock, bottom halves off)
 *	a link's configuration, for those who write it, its state and its
 *	counters: frames that cross it, the timeline, netlink; and who frees
 *	it, of the last reference and the last packet
 *
 * struct nsfab_timeline.lock (spinlock, bottom halves off)
 *	how far the timeline is: its timer writes, netlink reads. The timer
 *	takes the lock of each link that it changes, one after the other, and
 *	this one when it is through. It is cancelled before its events are
 *	freed, under the fabric's lock, which it does not take.
 *
 * reset_lock in flow_read.c (spinlock, bottom halves off)
 *	readers that reset flows, of all fabrics: no figure is told to two
 *
 * struct nsfab_flow_rich.lock (spinlock, bottom halves off)
 *	a flow's rich figures: its packets add to them, readers may reset them
 *
 * struct nsfab_waves.lock (spinlock, bottom halves off)
 *	which waves of copies came to a network
 *
 * struct wheel.lock in wheel.c (spinlock, bottom halves off)
 *	a CPU's wheel, see DOC: Wheel; its users_lock, and start_lock in
 *	transit.c, which is taken before that, are mutexes, taken under RTNL,
 *	the fabric's lock or neither, and say whether there are wheels
 *
 * The tables' own locks
 *	Hash tables lock the bucket that is written, with bottom halves off;
 *	xarrays have one lock, taken under the fabric's lock alone. Nothing is
 *	locked under them.
 *
 * Of the spinlocks, one is taken under another in these cases: a flow's
 * rich lock under reset_lock; a bucket of forwarding entries under fdb_lock,
 * and one of VTEPs, for a learned entry that goes may be the last to refer to
 * its VTEP.
 *
 * Frames run under rcu_read_lock() with bottom halves off, and take no lock
 * but to learn, to make a flow, for its rich figures, for an ICMP error, on
 * links, and for a flood where there are links. What links let go comes from
 * the wheel's timer in the same way.
 * What they reach is removed from its table first and loses the reference that
 * being linked is after a grace period, so whoever drops the last reference of
 * an object may let it be buried at once.
 */

#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/ipv6_stubs.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#include "addr.h"
#include "binding.h"
#include "decap.h"
#include "fabric.h"
#include "fdb.h"
#include "flow.h"
#include "neigh.h"
#include "network.h"
#include "port.h"
#include "tenant.h"
#include "timeline.h"
#include "transit.h"
#include "vtep.h"

enum {
	DEFAULT_MAX_TENANTS = 65536,
	VXLAN_PORT = 4789,
	GENEVE_PORT = 6081,
	/* UDP, the tunnel's own header, the inner Ethernet header */
	OVERHEAD = 8 + 8 + ETH_HLEN,
	/* Of the underlay's device, for Ethernet */
	LL_ROOM = 16,
	AGE_PERIOD = 2 * HZ,
};

/**
 * struct nsfab_fabric_dev - private data of the device
 * @fab: the fabric
 */
struct nsfab_fabric_dev {
	struct nsfab_fabric *fab;
};

/**
 * nsfab_fabric_of() - the fabric of a device
 * @dev: a device of kind nsfab
 *
 * Return: the fabric
 */
struct nsfab_fabric *nsfab_fabric_of(const struct net_device *dev)
{
	return ((struct nsfab_fabric_dev *)netdev_priv(dev))->fab;
}

/**
 * nsfab_fabric_get() - find a fabric
 * @net: the namespace
 * @ifindex: of the device
 *
 * Return: the fabric, a reference that keeps its memory but not its device, or
 * NULL
 */
struct nsfab_fabric *nsfab_fabric_get(struct net *net, u32 ifindex)
{
	struct nsfab_fabric *fab = NULL;
	struct net_device *dev;

	rcu_read_lock();
	dev = ifindex <= INT_MAX ? dev_get_by_index_rcu(net, ifindex) : NULL;
	if (dev && nsfab_fabric_is(dev)) {
		fab = nsfab_fabric_of(dev);
		if (!refcount_inc_not_zero(&fab->ref))
			fab = NULL;
	}
	rcu_read_unlock();
	return fab;
}

/* Outer headers of a frame, from its own Ethernet header to the outer IP's */
static u32 overhead(u8 encap, const struct in6_addr *local)
{
	if (encap == NSFAB_ENCAP_NONE)
		return 0;
	return OVERHEAD + (nsfab_addr_is_v4(local) ? sizeof(struct iphdr) :
						     sizeof(struct ipv6hdr));
}

/**
 * nsfab_fabric_overhead() - bytes by which the underlay's MTU is larger than
 *	what it can carry
 * @fab: the fabric
 *
 * Return: bytes, 0 without an encapsulation
 */
u32 nsfab_fabric_overhead(const struct nsfab_fabric *fab)
{
	return overhead(fab->encap, &fab->local);
}

/**
 * nsfab_fabric_mtu() - what fits the underlay
 * @fab: the fabric
 *
 * Return: the MTU of networks that are given none
 */
u32 nsfab_fabric_mtu(const struct nsfab_fabric *fab)
{
	return READ_ONCE(fab->dev->mtu);
}

static void age(struct work_struct *work)
{
	struct nsfab_fabric *fab = container_of(to_delayed_work(work),
						struct nsfab_fabric, age_work);
	struct nsfab_tenant *tenant;
	struct nsfab_network *net;
	unsigned long id = 0;

	if (atomic_xchg(&fab->strays, 0)) {
		synchronize_rcu();
		nsfab_transit_sweep(fab);
	}
	for (;;) {
		mutex_lock(&fab->lock);
		tenant = xa_find(&fab->tenants, &id, ULONG_MAX, XA_PRESENT);
		if (tenant) {
			refcount_inc(&tenant->ref);
			list_for_each_entry(net, &tenant->networks,
					    tenant_node)
				nsfab_fdb_age(net);
		}
		mutex_unlock(&fab->lock);
		if (!tenant)
			break;
		/* May be a million: not under the lock. */
		nsfab_flow_age(tenant);
		nsfab_tenant_put(tenant);
		id++;
	}
	queue_delayed_work(system_power_efficient_wq, &fab->age_work,
			   AGE_PERIOD);
}

static void fabric_free(struct nsfab_fabric *fab)
{
	xa_destroy(&fab->tenants);
	xa_destroy(&fab->networks);
	xa_destroy(&fab->ports);
	xa_destroy(&fab->links);
	xa_destroy(&fab->vnis);
	rhashtable_destroy(&fab->vteps);
	rhashtable_destroy(&fab->names);
	rhashtable_destroy(&fab->neighs);
	rhashtable_destroy(&fab->fdb);
	free_percpu(fab->stats);
	mutex_destroy(&fab->lock);
	kfree(fab);
}

static struct nsfab_fabric *fabric_alloc(struct net_device *dev)
{
	struct nsfab_fabric *fab;
	int err = -ENOMEM;

	fab = kzalloc(sizeof(*fab), GFP_KERNEL_ACCOUNT);
	if (!fab)
		return ERR_PTR(-ENOMEM);
	fab->dev = dev;
	mutex_init(&fab->lock);
	spin_lock_init(&fab->fdb_lock);
	spin_lock_init(&fab->dead_lock);
	INIT_LIST_HEAD(&fab->dead);
	INIT_WORK(&fab->dead_work, nsfab_tenant_bury_dead);
	INIT_LIST_HEAD(&fab->stat_tenants);
	xa_init_flags(&fab->tenants, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&fab->networks, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&fab->ports, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&fab->links, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&fab->vnis, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&fab->port_devs);
	INIT_DELAYED_WORK(&fab->age_work, age);
	refcount_set(&fab->ref, 1);
	fab->stats = nsfab_stats_alloc();
	if (!fab->stats)
		goto err_stats;
	err = nsfab_fdb_table_init(&fab->fdb);
	if (err)
		goto err_fdb;
	err = nsfab_neigh_table_init(&fab->neighs);
	if (err)
		goto err_neighs;
	err = nsfab_names_init(&fab->names);
	if (err)
		goto err_names;
	err = nsfab_vtep_table_init(&fab->vteps);
	if (err)
		goto err_vteps;
	return fab;

err_vteps:
	rhashtable_destroy(&fab->names);
err_names:
	rhashtable_destroy(&fab->neighs);
err_neighs:
	rhashtable_destroy(&fab->fdb);
err_fdb:
	free_percpu(fab->stats);
err_stats:
	kfree(fab);
	return ERR_PTR(err);
}

/**
 * nsfab_fabric_put() - drop a reference; the last one frees the tables
 * @fab: the fabric
 *
 * Context: process.
 */
void nsfab_fabric_put(struct nsfab_fabric *fab)
{
	if (refcount_dec_and_test(&fab->ref))
		fabric_free(fab);
}

static int fabric_init(struct net_device *dev)
{
	struct nsfab_fabric *fab = nsfab_fabric_of(dev);

	refcount_inc(&fab->ref);
	queue_delayed_work(system_power_efficient_wq, &fab->age_work,
			   AGE_PERIOD);
	return 0;
}

static void fabric_uninit(struct net_device *dev)
{
	struct nsfab_fabric *fab = nsfab_fabric_of(dev);

	cancel_delayed_work_sync(&fab->age_work);
	/* Since its last port went, a grace period has passed. */
	if (atomic_read(&fab->strays))
		nsfab_transit_sweep(fab);
	nsfab_fabric_put(fab);
}

static int fabric_open(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	/* It has neither a use for a link-local address nor a link. */
	if (idev)
		WRITE_ONCE(idev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	return nsfab_decap_open(nsfab_fabric_of(dev));
}

static int fabric_stop(struct net_device *dev)
{
	nsfab_decap_close(nsfab_fabric_of(dev));
	return 0;
}

/* Frames enter by ports: the fabric itself sends none. */
static netdev_tx_t fabric_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops fabric_ops = {
	.ndo_init = fabric_init,
	.ndo_uninit = fabric_uninit,
	.ndo_open = fabric_open,
	.ndo_stop = fabric_stop,
	.ndo_start_xmit = fabric_xmit,
};

static const struct device_type fabric_type = { .name = "nsfab" };

static void fabric_setup(struct net_device *dev)
{
	dev->netdev_ops = &fabric_ops;
	SET_NETDEV_DEVTYPE(dev, &fabric_type);
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	nsfab_netdev_set_lltx(dev);
	nsfab_netdev_set_netns_immutable(dev);
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = NSFAB_MTU_MAX;
	dev->mtu = ETH_DATA_LEN;
	dev->needs_free_netdev = true;
}

static struct netlink_range_validation id_range = {
	.min = 1,
	.max = NSFAB_ID_MAX,
};

static const struct nla_policy fabric_policy[IFLA_NSFAB_MAX + 1] = {
	[IFLA_NSFAB_ENCAP] = NLA_POLICY_MAX(NLA_U8, NSFAB_ENCAP_GENEVE),
	[IFLA_NSFAB_LOCAL] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[IFLA_NSFAB_UDP_PORT] = NLA_POLICY_MIN(NLA_BE16, 1),
	[IFLA_NSFAB_MAX_TENANTS] = NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
};

static int get_addr(const struct nlattr *attr, struct in6_addr *addr)
{
	switch (nla_len(attr)) {
	case sizeof(__be32):
		nsfab_addr_set_v4(addr, nla_get_in_addr(attr));
		return 0;
	case sizeof(*addr):
		*addr = nla_get_in6_addr(attr);
		return nsfab_addr_is_v4(addr) ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int fabric_validate(struct nlattr *tb[], struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
			    "A fabric has no link-layer address");
	return -EINVAL;
}

/* Of a new fabric: a change may name what there is already. */
static int check_encap(struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct in6_addr local;
	u8 encap = NSFAB_ENCAP_NONE;

	if (!data)
		return 0;
	if (data[IFLA_NSFAB_ENCAP])
		encap = nla_get_u8(data[IFLA_NSFAB_ENCAP]);
	if (encap == NSFAB_ENCAP_NONE) {
		if (data[IFLA_NSFAB_LOCAL] || data[IFLA_NSFAB_UDP_PORT]) {
			NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_LOCAL] ?:
					    data[IFLA_NSFAB_UDP_PORT],
					    "Needs an encapsulation");
			return -EINVAL;
		}
		return 0;
	}
	if (!data[IFLA_NSFAB_LOCAL]) {
		NL_SET_ERR_MSG(extack,
			       "An encapsulation needs a local address");
		return -EINVAL;
	}
	if (get_addr(data[IFLA_NSFAB_LOCAL], &local) ||
	    !nsfab_addr_is_host(&local) ||
	    (!nsfab_addr_is_v4(&local) &&
	     ipv6_addr_type(&local) & IPV6_ADDR_LINKLOCAL)) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_LOCAL],
				    "Local address must be a unicast IPv4 or IPv6 address");
		return -EINVAL;
	}
	return 0;
}

/* The underlay's MTU is that of the device which has the local address. */
static unsigned int default_mtu(struct net *net, u8 encap,
				const struct in6_addr *local)
{
	unsigned int mtu = ETH_DATA_LEN;
	struct net_device *dev = NULL;

	if (encap == NSFAB_ENCAP_NONE)
		return mtu;
	rcu_read_lock();
	if (nsfab_addr_is_v4(local))
		dev = __ip_dev_find(net, nsfab_addr_v4(local), false);
	else
		dev = ipv6_stub->ipv6_dev_find(net, local, NULL);
	/* An error where IPv6 was disabled at boot */
	if (!IS_ERR_OR_NULL(dev))
		mtu = dev->mtu;
	rcu_read_unlock();
	mtu = min_t(unsigned int, mtu, NSFAB_MTU_MAX + overhead(encap, local));
	return max_t(unsigned int, mtu - overhead(encap, local), ETH_MIN_MTU);
}

static int fabric_newlink_in(struct net *src_net, struct net_device *dev,
			     struct nlattr *tb[], struct nlattr *data[],
			     struct netlink_ext_ack *extack)
{
	struct nsfab_fabric_dev *priv = netdev_priv(dev);
	u32 max_tenants = DEFAULT_MAX_TENANTS;
	struct nsfab_fabric *fab;
	int err;

	err = check_encap(data, extack);
	if (err)
		return err;
	fab = fabric_alloc(dev);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	priv->fab = fab;
	fab->is_users = dev_net(dev)->user_ns != &init_user_ns;
	if (data && data[IFLA_NSFAB_ENCAP])
		fab->encap = nla_get_u8(data[IFLA_NSFAB_ENCAP]);
	if (data && data[IFLA_NSFAB_LOCAL])
		get_addr(data[IFLA_NSFAB_LOCAL], &fab->local);
	if (data && data[IFLA_NSFAB_UDP_PORT])
		fab->udp_port = nla_get_be16(data[IFLA_NSFAB_UDP_PORT]);
	else if (fab->encap == NSFAB_ENCAP_VXLAN)
		fab->udp_port = htons(VXLAN_PORT);
	else if (fab->encap == NSFAB_ENCAP_GENEVE)
		fab->udp_port = htons(GENEVE_PORT);
	if (data && data[IFLA_NSFAB_MAX_TENANTS])
		max_tenants = nla_get_u32(data[IFLA_NSFAB_MAX_TENANTS]);
	nsfab_limit_init(&fab->max_tenants, max_tenants);
	if (!tb[IFLA_MTU])
		dev->mtu = default_mtu(dev_net(dev), fab->encap, &fab->local);
	dev->needed_headroom = nsfab_fabric_overhead(fab) + LL_ROOM;
	err = register_netdevice(dev);
	/* The device has taken its own reference if there is one. */
	nsfab_fabric_put(fab);
	return err;
}

NSFAB_NEWLINK(fabric_newlink)

static int fabric_changelink(struct net_device *dev, struct nlattr *tb[],
			     struct nlattr *data[],
			     struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab = nsfab_fabric_of(dev);
	struct in6_addr local;

	if (!rtnl_dev_link_net_capable(dev, dev_net(dev)))
		return -EPERM;
	if (!data)
		return 0;
	if (data[IFLA_NSFAB_ENCAP] &&
	    nla_get_u8(data[IFLA_NSFAB_ENCAP]) != fab->encap) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_ENCAP],
				    "The encapsulation cannot be changed");
		return -EOPNOTSUPP;
	}
	if (data[IFLA_NSFAB_LOCAL] &&
	    (get_addr(data[IFLA_NSFAB_LOCAL], &local) ||
	     !ipv6_addr_equal(&local, &fab->local))) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_LOCAL],
				    "The local address cannot be changed");
		return -EOPNOTSUPP;
	}
	if (data[IFLA_NSFAB_UDP_PORT] &&
	    nla_get_be16(data[IFLA_NSFAB_UDP_PORT]) != fab->udp_port) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_NSFAB_UDP_PORT],
				    "The UDP port cannot be changed");
		return -EOPNOTSUPP;
	}
	if (data[IFLA_NSFAB_MAX_TENANTS])
		WRITE_ONCE(fab->max_tenants.max,
			   nla_get_u32(data[IFLA_NSFAB_MAX_TENANTS]));
	return 0;
}

static void fabric_dellink(struct net_device *dev, struct list_head *head)
{
	struct nsfab_fabric *fab = nsfab_fabric_of(dev);
	struct nsfab_tenant *tenant;
	unsigned long id;

	nsfab_port_kill_all(fab, head);
	mutex_lock(&fab->lock);
	WRITE_ONCE(fab->dying, true);
	nsfab_timeline_stop(fab);
	xa_for_each(&fab->tenants, id, tenant) {
		nsfab_tenant_unlink(tenant);
		cond_resched();
	}
	mutex_unlock(&fab->lock);
	unregister_netdevice_queue(dev, head);
}

static size_t fabric_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u8)) +		/* ENCAP */
	       nla_total_size(sizeof(struct in6_addr)) + /* LOCAL */
	       nla_total_size(sizeof(__be16)) +		/* UDP_PORT */
	       nla_total_size(sizeof(u32)) +		/* MAX_TENANTS */
	       0;
}

static int fabric_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct nsfab_fabric *fab = nsfab_fabric_of(dev);

	if (nla_put_u8(skb, IFLA_NSFAB_ENCAP, fab->encap))
		return -EMSGSIZE;
	if (fab->encap != NSFAB_ENCAP_NONE &&
	    (nla_put(skb, IFLA_NSFAB_LOCAL, nsfab_addr_len(&fab->local),
		     nsfab_addr_data(&fab->local)) ||
	     nla_put_be16(skb, IFLA_NSFAB_UDP_PORT, fab->udp_port)))
		return -EMSGSIZE;
	if (nla_put_u32(skb, IFLA_NSFAB_MAX_TENANTS,
			READ_ONCE(fab->max_tenants.max)))
		return -EMSGSIZE;
	return 0;
}

static struct rtnl_link_ops link_ops = {
	.kind = "nsfab",
	.priv_size = sizeof(struct nsfab_fabric_dev),
	.setup = fabric_setup,
	.maxtype = IFLA_NSFAB_MAX,
	.policy = fabric_policy,
	.validate = fabric_validate,
	.newlink = fabric_newlink,
	.changelink = fabric_changelink,
	.dellink = fabric_dellink,
	.get_size = fabric_get_size,
	.fill_info = fabric_fill_info,
};

/**
 * nsfab_fabric_is() - is it a fabric?
 * @dev: any device
 *
 * Return: true if it is of kind nsfab
 */
bool nsfab_fabric_is(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &link_ops;
}

/**
 * nsfab_fabric_init() - let fabrics be made
 *
 * Return: 0 or -errno
 */
int nsfab_fabric_init(void)
{
	return rtnl_link_register(&link_ops);
}

/**
 * nsfab_fabric_exit() - remove all fabrics
 */
void nsfab_fabric_exit(void)
{
	rtnl_link_unregister(&link_ops);
}

MODULE_ALIAS_RTNL_LINK("nsfab");
