// SPDX-License-Identifier: GPL-2.0-only
/* Loops over the objects of a request, which is done as a whole or not at all.
 */

#include <linux/slab.h>

#include "netlink.h"

/**
 * nsfab_netlink_new_all() - make all objects that a request names
 * @info: the request
 * @kind: their kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_new_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	u32 n = nsfab_netlink_count(info, kind->type);
	const struct nlattr *nest;
	void **made;
	int err = 0;
	u32 i = 0;
	int rem;

	if (!n)
		return -EINVAL;
	made = kvcalloc(n, sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		made[i] = kind->make(nsfab_netlink_fab(info), nest,
				     info->extack);
		if (IS_ERR(made[i])) {
			err = PTR_ERR(made[i]);
			break;
		}
		i++;
	}
	if (err) {
		while (i--)
			kind->unlink(made[i]);
	} else {
		err = nsfab_netlink_tell(info, kind->ntf,
					 (const void * const *)made, n,
					 kind->fill);
	}
	kvfree(made);
	return err;
}

/**
 * nsfab_netlink_del_all() - remove all objects that a request names
 * @info: the request
 * @kind: their kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_del_all(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	const struct nlattr *nest;
	struct sk_buff_head msgs;
	void *obj;
	int rem;

	if (!nsfab_netlink_count(info, kind->type))
		return -EINVAL;
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		obj = kind->find(fab, nest, info->extack);
		if (IS_ERR(obj))
			return PTR_ERR(obj);
		cond_resched();
	}
	__skb_queue_head_init(&msgs);
	nlmsg_for_each_attr_type(nest, kind->type, info->nlhdr,
				 GENL_HDRLEN, rem) {
		obj = kind->find(fab, nest, NULL);
		if (IS_ERR(obj))	/* named twice */
			continue;
		nsfab_netlink_collect(&msgs, fab, kind->ntf,
				      info->genlhdr->cmd, obj, kind->fill);
		kind->unlink(obj);
		/* One at a time: a request may name tens of thousands. */
		nsfab_netlink_notify(&msgs, fab);
		cond_resched();
	}
	return 0;
}

/**
 * nsfab_netlink_get_one() - answer with the object that a request names
 * @info: the request
 * @kind: its kind
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_get_one(struct genl_info *info,
			  const struct nsfab_netlink_kind *kind)
{
	const struct nlattr *nest = nsfab_netlink_only(info, kind->type);
	void *obj;

	if (!nest)
		return -EINVAL;
	obj = kind->find(nsfab_netlink_fab(info), nest, info->extack);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	return nsfab_netlink_reply(info, kind->get, obj,
				   kind->read ?: kind->fill);
}
