// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: its commands, who may use them, and how they
 * read what they are given. One file nl_*.c for each object has the commands.
 *
 * A request may carry many objects. It is read and checked as a whole before
 * anything is changed; what can fail afterwards is undone.
 */

#include <linux/ctype.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "addr.h"
#include "binding.h"
#include "fabric.h"
#include "flow.h"
#include "netlink.h"
#include "network.h"
#include "tenant.h"

/**
 * nsfab_netlink_parse() - parse a nest, each attribute once
 * @tb: set to the attributes, @maxtype + 1 of them
 * @maxtype: largest type
 * @nest: the nest
 * @policy: policy
 * @repeat: bits of the types that may stand more than once
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_parse(struct nlattr **tb, int maxtype,
			const struct nlattr *nest,
			const struct nla_policy *policy, u64 repeat,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem, err;

	err = nla_parse_nested(tb, maxtype, nest, policy, extack);
	if (err)
		return err;
	nla_for_each_nested(attr, nest, rem) {
		u64 bit = BIT_ULL(nla_type(attr));

		if (seen & bit & ~repeat) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Attribute is given twice");
			return -EINVAL;
		}
		seen |= bit;
	}
	return 0;
}

/**
 * nsfab_netlink_count() - how many nests of one kind a request has
 * @info: the request
 * @type: the kind, of NSFAB_A_*
 *
 * Return: how many; the extack tells if it is none
 */
u32 nsfab_netlink_count(struct genl_info *info, int type)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nlmsg_for_each_attr_type(attr, type, info->nlhdr,
				 GENL_HDRLEN, rem)
		n++;
	if (!n) {
		NL_SET_ERR_MSG(info->extack, "No object is given");
#ifdef NL_SET_ERR_ATTR_MISS
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
#endif
	}
	return n;
}

/**
 * nsfab_netlink_only() - the one nest that a request may have
 * @info: the request
 * @type: the kind, of NSFAB_A_*
 *
 * Return: the nest, or NULL, told in the extack, if there are none or several
 */
const struct nlattr *nsfab_netlink_only(struct genl_info *info, int type)
{
	const struct nlattr *attr, *only = NULL;
	int rem;

	nlmsg_for_each_attr_type(attr, type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		if (only) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "Only one object can be given here");
			return NULL;
		}
		only = attr;
	}
	if (!only)
		nsfab_netlink_count(info, type);
	return only;
}

/**
 * nsfab_netlink_addr() - read an address
 * @attr: 4 or 16 bytes
 * @addr: set to the address
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_addr(const struct nlattr *attr, struct in6_addr *addr,
		       struct netlink_ext_ack *extack)
{
	switch (nla_len(attr)) {
	case sizeof(__be32):
		nsfab_addr_set_v4(addr, nla_get_in_addr(attr));
		return 0;
	case sizeof(*addr):
		*addr = nla_get_in6_addr(attr);
		if (!nsfab_addr_is_v4(addr))
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "IPv4-mapped addresses are not used");
		return -EINVAL;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "An address has 4 or 16 bytes");
		return -EINVAL;
	}
}

/**
 * nsfab_netlink_prefix() - read a prefix
 * @addr_attr: 4 or 16 bytes, host bits zero
 * @plen_attr: its length, or NULL for all bits
 * @addr: set to the address
 * @mapped_plen: set to the length, of IPv4 as of the mapped address
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_prefix(const struct nlattr *addr_attr,
			 const struct nlattr *plen_attr, struct in6_addr *addr,
			 u8 *mapped_plen, struct netlink_ext_ack *extack)
{
	struct in6_addr masked;
	u8 bits, plen;
	int err;

	err = nsfab_netlink_addr(addr_attr, addr, extack);
	if (err)
		return err;
	bits = nsfab_addr_len(addr) * 8;
	plen = plen_attr ? nla_get_u8(plen_attr) : bits;
	if (plen > bits) {
		NL_SET_ERR_MSG_ATTR(extack, plen_attr,
				    "Longer than the address");
		return -EINVAL;
	}
	*mapped_plen = nsfab_addr_plen_mapped(addr, plen);
	ipv6_addr_prefix(&masked, addr, *mapped_plen);
	if (!ipv6_addr_equal(&masked, addr)) {
		NL_SET_ERR_MSG_ATTR(extack, addr_attr,
				    "Bits are set behind the prefix length");
		return -EINVAL;
	}
	return 0;
}

/**
 * nsfab_netlink_name() - read a name
 * @attr: letters, digits, "-" and "_"
 * @slash: a "/" may stand between two such words
 * @text: set to the name
 * @len: set to its length
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_name(const struct nlattr *attr, bool slash, char *text,
		       u8 *len, struct netlink_ext_ack *extack)
{
	const char *s = nla_data(attr);
	size_t n = strnlen(s, nla_len(attr));
	bool word = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (isascii(s[i]) &&
		    (isalnum(s[i]) || s[i] == '-' || s[i] == '_')) {
			word = true;
		} else if (slash && word && s[i] == '/') {
			slash = false;
			word = false;
		} else {
			word = false;
			break;
		}
	}
	if (!word) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "A name is made of letters, digits, '-' and '_'");
		return -EINVAL;
	}
	memcpy(text, s, n);
	text[n] = '\0';
	*len = n;
	return 0;
}

/**
 * nsfab_netlink_revision() - check and take over a write's revision
 * @attr: the revision, or NULL
 * @revision: the object's
 * @extack: told what is wrong
 *
 * Without one, a write counts as the next revision.
 *
 * Return: 0 or -ESTALE
 */
int nsfab_netlink_revision(const struct nlattr *attr, u64 *revision,
			   struct netlink_ext_ack *extack)
{
	if (!attr) {
		(*revision)++;
		return 0;
	}
	if (nla_get_u64(attr) < *revision) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "Older than the object's revision");
		return -ESTALE;
	}
	*revision = nla_get_u64(attr);
	return 0;
}

/**
 * nsfab_netlink_labels() - take over an object's labels
 * @attr: the labels; empty ones remove what there was
 * @labels: the object's, or NULL; replaced
 *
 * Return: 0 or -ENOMEM
 */
int nsfab_netlink_labels(const struct nlattr *attr, char **labels)
{
	char *text = NULL;

	if (nla_len(attr) && *(char *)nla_data(attr)) {
		text = nla_strdup(attr, GFP_KERNEL_ACCOUNT);
		if (!text)
			return -ENOMEM;
	}
	kfree(*labels);
	*labels = text;
	return 0;
}

/**
 * nsfab_netlink_tenant() - find the tenant that an attribute names
 * @fab: the fabric, locked
 * @id: the id
 * @extack: told what is wrong
 *
 * Return: the tenant or ERR_PTR(-ENOENT)
 */
struct nsfab_tenant *nsfab_netlink_tenant(struct nsfab_fabric *fab,
					  const struct nlattr *id,
					  struct netlink_ext_ack *extack)
{
	struct nsfab_tenant *tenant = xa_load(&fab->tenants, nla_get_u32(id));

	if (tenant)
		return tenant;
	NL_SET_ERR_MSG_ATTR(extack, id, "No such tenant");
	return ERR_PTR(-ENOENT);
}

/**
 * nsfab_netlink_network() - find the network that an attribute names
 * @fab: the fabric, locked
 * @id: the id
 * @extack: told what is wrong
 *
 * Return: the network or ERR_PTR(-ENOENT)
 */
struct nsfab_network *nsfab_netlink_network(struct nsfab_fabric *fab,
					    const struct nlattr *id,
					    struct netlink_ext_ack *extack)
{
	struct nsfab_network *net = xa_load(&fab->networks, nla_get_u32(id));

	if (net)
		return net;
	NL_SET_ERR_MSG_ATTR(extack, id, "No such network");
	return ERR_PTR(-ENOENT);
}

/**
 * nsfab_netlink_port() - find the port that an attribute names
 * @fab: the fabric, locked
 * @id: the id
 * @extack: told what is wrong
 *
 * Return: the port or ERR_PTR(-ENOENT)
 */
struct nsfab_port *nsfab_netlink_port(struct nsfab_fabric *fab,
				      const struct nlattr *id,
				      struct netlink_ext_ack *extack)
{
	struct nsfab_port *port = xa_load(&fab->ports, nla_get_u32(id));

	if (port)
		return port;
	NL_SET_ERR_MSG_ATTR(extack, id, "No such port");
	return ERR_PTR(-ENOENT);
}

/* The fabric by its ifindex, locked, its device there until it is unlocked. */
static struct nsfab_fabric *lock_fabric(struct net *net,
					const struct nlattr *ifindex,
					struct netlink_ext_ack *extack)
{
	struct nsfab_fabric *fab;

	if (!ifindex) {
		NL_SET_ERR_MSG(extack, "No fabric is given");
		return ERR_PTR(-EINVAL);
	}
	fab = nsfab_fabric_get(net, nla_get_u32(ifindex));
	if (!fab) {
		NL_SET_ERR_MSG_ATTR(extack, ifindex,
				    "No fabric with that ifindex");
		return ERR_PTR(-ENODEV);
	}
	mutex_lock(&fab->lock);
	if (!fab->dying)
		return fab;
	mutex_unlock(&fab->lock);
	nsfab_fabric_put(fab);
	NL_SET_ERR_MSG_ATTR(extack, ifindex, "The fabric is being removed");
	return ERR_PTR(-ENODEV);
}

/**
 * nsfab_netlink_check() - check what may stand only once in a message
 * @nlh: the message
 * @extack: told what stands there twice
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_check(const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		int type = nla_type(attr);

		if (type != NSFAB_A_IFINDEX && type != NSFAB_A_FILTER)
			continue;
		if (seen & BIT_ULL(type)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "Attribute is given twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(type);
	}
	return 0;
}

static int pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	struct nsfab_fabric *fab;
	int err;

	err = nsfab_netlink_check(info->nlhdr, info->extack);
	if (err)
		return err;
	fab = lock_fabric(genl_info_net(info), info->attrs[NSFAB_A_IFINDEX],
			  info->extack);
	if (IS_ERR(fab))
		return PTR_ERR(fab);
	info->user_ptr[0] = fab;
	return 0;
}

static void post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	nsfab_netlink_dump_unlock(nsfab_netlink_fab(info));
}

/**
 * nsfab_netlink_dump_filter() - read a dump's filter
 * @cb: the dump
 * @policy: policy of the filter: what this dump can be limited to
 *
 * To be called for each message; done at the first one, and not in the
 * command's start, where 6.1 has no extack.
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_dump_filter(struct netlink_callback *cb,
			      const struct nla_policy *policy)
{
	struct nsfab_netlink_dump *ctx = (void *)cb->ctx;
	struct nlattr *tb[NSFAB_A_FILTER_MAX + 1];
	struct nlattr *filter;
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct nsfab_netlink_dump);
	if (ctx->filtered)
		return 0;
	err = nsfab_netlink_check(cb->nlh, cb->extack);
	if (err)
		return err;
	filter = genl_info_dump(cb)->attrs[NSFAB_A_FILTER];
	ctx->filtered = true;
	if (!filter)
		return 0;
	err = nsfab_netlink_parse(tb, NSFAB_A_FILTER_MAX, filter, policy, 0,
				  cb->extack);
	if (err)
		return err;
	if (tb[NSFAB_A_FILTER_PORT])
		ctx->port = nla_get_u32(tb[NSFAB_A_FILTER_PORT]);
	if (tb[NSFAB_A_FILTER_TENANT])
		ctx->tenant = nla_get_u32(tb[NSFAB_A_FILTER_TENANT]);
	if (tb[NSFAB_A_FILTER_NETWORK])
		ctx->network = nla_get_u32(tb[NSFAB_A_FILTER_NETWORK]);
	ctx->reset = tb[NSFAB_A_FILTER_RESET];
	ctx->points = tb[NSFAB_A_FILTER_POINTS];
	return 0;
}

/**
 * nsfab_netlink_dump_lock() - find and lock the fabric of a dump
 * @cb: the dump
 *
 * Return: the fabric, to be unlocked, or ERR_PTR(-errno)
 */
struct nsfab_fabric *nsfab_netlink_dump_lock(struct netlink_callback *cb)
{
	return lock_fabric(sock_net(cb->skb->sk),
			   genl_info_dump(cb)->attrs[NSFAB_A_IFINDEX],
			   cb->extack);
}

/**
 * nsfab_netlink_dump_unlock() - unlock a fabric
 * @fab: the fabric
 */
void nsfab_netlink_dump_unlock(struct nsfab_fabric *fab)
{
	mutex_unlock(&fab->lock);
	nsfab_fabric_put(fab);
}

/**
 * nsfab_netlink_dump_begin() - begin a message of a dump
 * @skb: where
 * @cb: the dump
 * @cmd: command
 * @fab: the fabric
 *
 * Return: the message's header for nsfab_netlink_dump_end(), or NULL if it does
 * not fit
 */
void *nsfab_netlink_dump_begin(struct sk_buff *skb,
			       struct netlink_callback *cb, u8 cmd,
			       struct nsfab_fabric *fab)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &nsfab_netlink_family, NLM_F_MULTI, cmd);
	if (!hdr)
		return NULL;
	if (!nla_put_u32(skb, NSFAB_A_IFINDEX, fab->dev->ifindex))
		return hdr;
	genlmsg_cancel(skb, hdr);
	return NULL;
}

/**
 * nsfab_netlink_dump_end() - end a message of a dump, and unlock the fabric
 * @skb: where it is
 * @cb: the dump
 * @hdr: its header, or NULL if there was no room for one
 * @fab: the fabric
 * @err: why no more is told, -EMSGSIZE if the rest does not fit, or 0
 *
 * What was told must arrive: an error has time until the next message.
 *
 * Return: bytes written or -errno
 */
int nsfab_netlink_dump_end(struct sk_buff *skb, struct netlink_callback *cb,
			   void *hdr, struct nsfab_fabric *fab, int err)
{
	const u32 empty = nla_total_size(sizeof(u32)); /* IFINDEX alone */

	if (hdr && skb_tail_pointer(skb) > (u8 *)hdr + empty) {
		genl_dump_check_consistent(cb, hdr);
		genlmsg_end(skb, hdr);
		err = 0;
	} else {
		genlmsg_cancel(skb, hdr);
	}
	nsfab_netlink_dump_unlock(fab);
	return err ?: skb->len;
}

/* Ids of tenants and networks, VNIs */
struct netlink_range_validation nsfab_id_range = {
	.min = 1,
	.max = NSFAB_ID_MAX,
};

/* Ids of ports */
struct netlink_range_validation nsfab_port_id_range = {
	.min = 1,
	.max = NSFAB_PORT_ID_MAX,
};

static struct netlink_range_validation ifindex_range = {
	.min = 1,
	.max = INT_MAX,
};

/* What each command accepts, and nothing else. */

/* Filters of dumps: what each can be limited to */
const struct nla_policy nsfab_nl_by_tenant[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
};

const struct nla_policy nsfab_nl_by_network[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
};

const struct nla_policy nsfab_nl_by_port[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
};

/* Policy of a filter */
const struct nla_policy nsfab_nl_filter_policy[NSFAB_A_FILTER_MAX + 1] = {
	[NSFAB_A_FILTER_TENANT] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_NETWORK] = NSFAB_POLICY_U32(&nsfab_id_range),
	[NSFAB_A_FILTER_PORT] = NSFAB_POLICY_U32(&nsfab_port_id_range),
	[NSFAB_A_FILTER_PROTO] = { .type = NLA_U8 },
	[NSFAB_A_FILTER_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NSFAB_A_FILTER_PREFIXLEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[NSFAB_A_FILTER_L4_PORT] = { .type = NLA_BE16 },
	[NSFAB_A_FILTER_MIN_BYTES] = { .type = NLA_U64 },
	[NSFAB_A_FILTER_RESET] = { .type = NLA_FLAG },
	[NSFAB_A_FILTER_POINTS] = { .type = NLA_FLAG },
};

static const struct nla_policy ifindex_policy[NSFAB_A_IFINDEX + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
};

static const struct nla_policy filter_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy tenant_policy[NSFAB_A_TENANT + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_TENANT] = NLA_POLICY_NESTED(nsfab_nl_tenant_policy),
};

/* Every dump looks for a filter. */
static const struct nla_policy tenant_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_TENANT] = NLA_POLICY_NESTED(nsfab_nl_tenant_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy network_policy[NSFAB_A_NETWORK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NETWORK] = NLA_POLICY_NESTED(nsfab_nl_network_policy),
};

static const struct nla_policy network_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NETWORK] = NLA_POLICY_NESTED(nsfab_nl_network_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy port_policy[NSFAB_A_PORT + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_PORT] = NLA_POLICY_NESTED(nsfab_nl_port_policy),
};

static const struct nla_policy port_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_PORT] = NLA_POLICY_NESTED(nsfab_nl_port_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy fdb_policy[NSFAB_A_FDB + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FDB] = NLA_POLICY_NESTED(nsfab_nl_fdb_policy),
};

static const struct nla_policy fdb_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_FDB] = NLA_POLICY_NESTED(nsfab_nl_fdb_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy neigh_policy[NSFAB_A_NEIGH + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NEIGH] = NLA_POLICY_NESTED(nsfab_nl_neigh_policy),
};

static const struct nla_policy neigh_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_NEIGH] = NLA_POLICY_NESTED(nsfab_nl_neigh_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy route_policy[NSFAB_A_ROUTE + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_ROUTE] = NLA_POLICY_NESTED(nsfab_nl_route_policy),
};

static const struct nla_policy route_get_policy[NSFAB_A_FILTER + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_ROUTE] = NLA_POLICY_NESTED(nsfab_nl_route_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy link_policy[NSFAB_A_LINK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_LINK] = NLA_POLICY_NESTED(nsfab_nl_link_policy),
};

static const struct nla_policy link_get_policy[NSFAB_A_LINK + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_LINK] = NLA_POLICY_NESTED(nsfab_nl_link_policy),
	[NSFAB_A_FILTER] = NLA_POLICY_NESTED(nsfab_nl_filter_policy),
};

static const struct nla_policy schedule_policy[NSFAB_A_SCHEDULE + 1] = {
	[NSFAB_A_IFINDEX] = NSFAB_POLICY_U32(&ifindex_range),
	[NSFAB_A_SCHEDULE] = NLA_POLICY_NESTED(nsfab_nl_schedule_policy),
};

#define DO(NAME, name, pol) {						\
	.cmd = NSFAB_CMD_##NAME,					\
	.doit = nsfab_nl_##name##_doit,					\
	.policy = pol,							\
	.maxattr = ARRAY_SIZE(pol) - 1,					\
	.flags = GENL_UNS_ADMIN_PERM,					\
}

#define GET(NAME, name, pol) {						\
	.cmd = NSFAB_CMD_##NAME,					\
	.doit = nsfab_nl_##name##_doit,					\
	.dumpit = nsfab_nl_##name##_dumpit,				\
	.policy = pol,							\
	.maxattr = ARRAY_SIZE(pol) - 1 +				\
		   BUILD_BUG_ON_ZERO(ARRAY_SIZE(pol) <= NSFAB_A_FILTER), \
	.flags = GENL_UNS_ADMIN_PERM,					\
}

static const struct genl_ops ops[] = {
	DO(TENANT_NEW, tenant_new, tenant_policy),
	DO(TENANT_SET, tenant_set, tenant_policy),
	DO(TENANT_DEL, tenant_del, tenant_policy),
	GET(TENANT_GET, tenant_get, tenant_get_policy),
	DO(NETWORK_NEW, network_new, network_policy),
	DO(NETWORK_SET, network_set, network_policy),
	DO(NETWORK_DEL, network_del, network_policy),
	GET(NETWORK_GET, network_get, network_get_policy),
	DO(PORT_NEW, port_new, port_policy),
	DO(PORT_SET, port_set, port_policy),
	DO(PORT_DEL, port_del, port_policy),
	GET(PORT_GET, port_get, port_get_policy),
	DO(FDB_NEW, fdb_new, fdb_policy),
	DO(FDB_DEL, fdb_del, fdb_policy),
	GET(FDB_GET, fdb_get, fdb_get_policy),
	DO(NEIGH_NEW, neigh_new, neigh_policy),
	DO(NEIGH_DEL, neigh_del, neigh_policy),
	GET(NEIGH_GET, neigh_get, neigh_get_policy),
	DO(ROUTE_NEW, route_new, route_policy),
	DO(ROUTE_REPLACE, route_replace, route_get_policy),
	DO(ROUTE_DEL, route_del, route_policy),
	GET(ROUTE_GET, route_get, route_get_policy),
	DO(LINK_NEW, link_new, link_policy),
	DO(LINK_SET, link_set, link_policy),
	DO(LINK_DEL, link_del, link_policy),
	{
		.cmd = NSFAB_CMD_LINK_GET,
		.doit = nsfab_nl_link_get_doit,
		.start = nsfab_nl_link_get_start,
		.dumpit = nsfab_nl_link_get_dumpit,
		.done = nsfab_nl_link_get_done,
		.policy = link_get_policy,
		.maxattr = ARRAY_SIZE(link_get_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(SCHEDULE_NEW, schedule_new, schedule_policy),
	DO(SCHEDULE_DEL, schedule_del, ifindex_policy),
	{
		.cmd = NSFAB_CMD_SCHEDULE_GET,
		.doit = nsfab_nl_schedule_get_doit,
		.start = nsfab_nl_schedule_get_start,
		.dumpit = nsfab_nl_schedule_get_dumpit,
		.policy = ifindex_policy,
		.maxattr = ARRAY_SIZE(ifindex_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(FLOW_DEL, flow_del, filter_policy),
	DO(STATS_GET, stats_get, ifindex_policy),
	{
		.cmd = NSFAB_CMD_FLOW_GET,
		.dumpit = nsfab_nl_flow_get_dumpit,
		.done = nsfab_nl_flow_get_done,
		.policy = filter_policy,
		.maxattr = ARRAY_SIZE(filter_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = NSFAB_CMD_DROP_GET,
		.dumpit = nsfab_nl_drop_get_dumpit,
		.policy = filter_policy,
		.maxattr = ARRAY_SIZE(filter_policy) - 1,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group groups[] = {
	[NSFAB_NETLINK_CONFIG] = {
		.name = NSFAB_MCGRP_CONFIG,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[NSFAB_NETLINK_FLOW] = {
		.name = NSFAB_MCGRP_FLOW,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* The family */
struct genl_family nsfab_netlink_family __ro_after_init = {
	.name = NSFAB_FAMILY_NAME,
	.version = NSFAB_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	/* NLM_F_REPLACE has a meaning here. */
	.resv_start_op = __NSFAB_CMD_MAX,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.pre_doit = pre_doit,
	.post_doit = post_doit,
};

/**
 * nsfab_netlink_init() - let users in
 *
 * Return: 0 or -errno
 */
int __init nsfab_netlink_init(void)
{
	int err = genl_register_family(&nsfab_netlink_family);

	if (err)
		return err;
	nsfab_flow_on_end(nsfab_nl_flow_ended);
	nsfab_binding_on_change(nsfab_nl_port_changed);
	return 0;
}

/**
 * nsfab_netlink_exit() - let no user in any more
 */
void nsfab_netlink_exit(void)
{
	nsfab_flow_on_end(NULL);
	nsfab_binding_on_change(NULL);
	/* Flows that ended, and devices that went, a moment ago may be about to
	 * tell so.
	 */
	rcu_barrier();
	rtnl_lock();
	rtnl_unlock();
	genl_unregister_family(&nsfab_netlink_family);
}
