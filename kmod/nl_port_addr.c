// SPDX-License-Identifier: GPL-2.0-only
/* What a port may send as, in netlink messages: addresses and allowed pairs. */

#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "netlink.h"
#include "network.h"
#include "nl_port_addr.h"
#include "tenant.h"

/* Policy of an allowed pair */
const struct nla_policy nsfab_nl_allowed_policy[NSFAB_A_ALLOWED_MAX + 1] = {
	[NSFAB_A_ALLOWED_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_ALLOWED_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_ALLOWED_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
};

/**
 * nsfab_nl_port_put_addrs() - tell a port's addresses and allowed pairs
 * @skb: the message
 * @port: it; the caller holds the fabric's lock
 *
 * Return: 0 or -EMSGSIZE.
 */
int nsfab_nl_port_put_addrs(struct sk_buff *skb, const struct nsfab_port *port)
{
	struct nsfab_fabric *fab = port->net->tenant->fab;
	const struct nsfab_allowed *allowed;
	const struct nsfab_addrs *addrs;
	struct nlattr *nest;
	u32 i;

	addrs = nsfab_dereference(fab, port->addrs);
	for (i = 0; addrs && i < addrs->n; i++)
		if (nla_put(skb, NSFAB_A_PORT_ADDRESS,
			    nsfab_addr_len(&addrs->addr[i]),
			    nsfab_addr_data(&addrs->addr[i])))
			return -EMSGSIZE;
	allowed = nsfab_dereference(fab, port->allowed);
	for (i = 0; allowed && i < allowed->n; i++) {
		const struct nsfab_pairing *p = &allowed->pair[i];
		u8 len = nsfab_addr_len(&p->prefix);

		nest = nla_nest_start(skb, NSFAB_A_PORT_ALLOWED);
		if (!nest ||
		    nla_put(skb, NSFAB_A_ALLOWED_ADDRESS, len,
			    nsfab_addr_data(&p->prefix)) ||
		    nla_put_u8(skb, NSFAB_A_ALLOWED_PREFIXLEN,
			       p->plen - (128 - len * 8)) ||
		    (!p->own_mac &&
		     nla_put(skb, NSFAB_A_ALLOWED_MAC, ETH_ALEN, p->mac)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* Who asks for it would get the router's MAC. */
static bool is_gateway(const struct nsfab_network *net,
		       const struct in6_addr *addr)
{
	const struct nsfab_subnet *s;
	bool is;

	rcu_read_lock();
	s = nsfab_network_subnet(net, addr);
	is = s && ipv6_addr_equal(&s->gateway, addr);
	rcu_read_unlock();
	return is;
}

/**
 * nsfab_nl_port_addrs() - read the addresses of a request
 * @net: the port's network
 * @nest: the port's attributes
 * @extack: says which address is refused, and why
 *
 * Return: what the caller frees, or a port takes; NULL if the request names
 * none; an error pointer: -E2BIG, -EINVAL, -EADDRINUSE if the router has it,
 * -ENOMEM.
 */
struct nsfab_addrs *nsfab_nl_port_addrs(const struct nsfab_network *net,
					const struct nlattr *nest,
					struct netlink_ext_ack *extack)
{
	u32 n = nsfab_netlink_count_of(nest, NSFAB_A_PORT_ADDRESS), i = 0, j;
	const struct nlattr *attr;
	struct nsfab_addrs *addrs;
	int rem, err = -EINVAL;

	if (!n)
		return NULL;
	if (n > NSFAB_ADDRS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Too many addresses");
		return ERR_PTR(-E2BIG);
	}
	addrs = kzalloc(struct_size(addrs, addr, n), GFP_KERNEL_ACCOUNT);
	if (!addrs)
		return ERR_PTR(-ENOMEM);
	addrs->n = n;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NSFAB_A_PORT_ADDRESS)
			continue;
		err = nsfab_netlink_addr(attr, &addrs->addr[i], extack);
		if (err)
			goto err_free;
		err = -EINVAL;
		if (!nsfab_addr_is_host(&addrs->addr[i])) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Not a unicast address");
			goto err_free;
		}
		if (is_gateway(net, &addrs->addr[i])) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "The network's router has the address");
			err = -EADDRINUSE;
			goto err_free;
		}
		for (j = 0; j < i; j++) {
			if (!ipv6_addr_equal(&addrs->addr[j], &addrs->addr[i]))
				continue;
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Address is given twice");
			goto err_free;
		}
		i++;
	}
	return addrs;

err_free:
	kfree(addrs);
	return ERR_PTR(err);
}

static int read_pairing(struct nsfab_pairing *p, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NSFAB_A_ALLOWED_MAX + 1];
	int err;

	err = nsfab_netlink_parse(tb, NSFAB_A_ALLOWED_MAX, nest,
				  nsfab_nl_allowed_policy, 0, extack);
	if (err)
		return err;
	if (!tb[NSFAB_A_ALLOWED_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "An allowed pair needs an address");
		return -EINVAL;
	}
	p->own_mac = !tb[NSFAB_A_ALLOWED_MAC];
	if (!p->own_mac) {
		ether_addr_copy(p->mac, nla_data(tb[NSFAB_A_ALLOWED_MAC]));
		if (!is_valid_ether_addr(p->mac)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[NSFAB_A_ALLOWED_MAC],
					    "Not a unicast MAC");
			return -EINVAL;
		}
	}
	return nsfab_netlink_prefix(tb[NSFAB_A_ALLOWED_ADDRESS],
				    tb[NSFAB_A_ALLOWED_PREFIXLEN], &p->prefix,
				    &p->plen, extack);
}

/**
 * nsfab_nl_port_allowed() - read the allowed pairs of a request
 * @nest: the port's attributes
 * @extack: says which pair is refused, and why
 *
 * Return: what the caller frees, or a port takes; NULL if the request names
 * none; an error pointer: -E2BIG, -EINVAL, -ENOMEM.
 */
struct nsfab_allowed *nsfab_nl_port_allowed(const struct nlattr *nest,
					    struct netlink_ext_ack *extack)
{
	u32 n = nsfab_netlink_count_of(nest, NSFAB_A_PORT_ALLOWED), i = 0;
	struct nsfab_allowed *allowed;
	const struct nlattr *attr;
	int rem, err;

	if (!n)
		return NULL;
	if (n > NSFAB_ADDRS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Too many allowed pairs");
		return ERR_PTR(-E2BIG);
	}
	allowed = kzalloc(struct_size(allowed, pair, n), GFP_KERNEL_ACCOUNT);
	if (!allowed)
		return ERR_PTR(-ENOMEM);
	allowed->n = n;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != NSFAB_A_PORT_ALLOWED)
			continue;
		err = read_pairing(&allowed->pair[i++], attr, extack);
		if (err) {
			kfree(allowed);
			return ERR_PTR(err);
		}
	}
	return allowed;
}
