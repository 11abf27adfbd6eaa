// SPDX-License-Identifier: GPL-2.0-only
/* Reading requests: their attributes, what these name, and the fabric. */

#include <linux/ctype.h>
#include <linux/slab.h>

#include "addr.h"
#include "fabric.h"
#include "netlink.h"

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
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
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

static bool may_replace(u8 cmd)
{
	return cmd == NSFAB_CMD_FDB_NEW || cmd == NSFAB_CMD_NEIGH_NEW ||
	       cmd == NSFAB_CMD_ROUTE_NEW;
}

/* What has no meaning yet is refused, so that it can be given one. */
static int check_header(const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);
	u16 known = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO;

	if (hdr->reserved) {
		NL_SET_ERR_MSG(extack,
			       "The header's reserved field is not zero");
		return -EINVAL;
	}
	/* A dump is two bits, of which one alone is NLM_F_REPLACE. */
	if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		known |= NLM_F_DUMP;
	else if (may_replace(hdr->cmd))
		known |= NLM_F_REPLACE;
	if (nlh->nlmsg_flags & ~known) {
		NL_SET_ERR_MSG(extack,
			       "The command does not know one of the flags");
		return -EINVAL;
	}
	return 0;
}

/**
 * nsfab_netlink_check() - check a message's headers, and what may stand only
 *	once in it
 * @nlh: the message
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL
 */
int nsfab_netlink_check(const struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem, err;

	err = check_header(nlh, extack);
	if (err)
		return err;
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

/**
 * nsfab_netlink_lock() - find and lock the fabric of a command
 * @net: namespace that it is sent from
 * @ifindex: attribute with the ifindex of the fabric's device, or NULL
 * @extack: told what is wrong
 *
 * Return: the fabric, whose device is there until it is unlocked, or
 * ERR_PTR(-errno)
 */
struct nsfab_fabric *nsfab_netlink_lock(struct net *net,
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
 * nsfab_netlink_unlock() - unlock a fabric
 * @fab: the fabric
 */
void nsfab_netlink_unlock(struct nsfab_fabric *fab)
{
	mutex_unlock(&fab->lock);
	nsfab_fabric_put(fab);
}
