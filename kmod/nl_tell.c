// SPDX-License-Identifier: GPL-2.0-only
/* Telling: answers to whoever asked, notifications to whoever listens. Both
 * have the layout of the object's GET.
 */

#include "fabric.h"
#include "netlink.h"

static struct sk_buff *begin(struct nsfab_fabric *fab, u32 portid, u32 seq,
			     u8 cmd, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(NSFAB_NETLINK_ROOM, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put(msg, portid, seq, &nsfab_netlink_family, 0, cmd);
	if (*hdr && !nla_put_u32(msg, NSFAB_A_IFINDEX, fab->dev->ifindex))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/**
 * nsfab_netlink_reply() - answer a request with one object
 * @info: the request
 * @cmd: command of the answer
 * @obj: the object
 * @fill: writes it
 *
 * Return: 0 or -errno
 */
int nsfab_netlink_reply(struct genl_info *info, u8 cmd, const void *obj,
			nsfab_netlink_fill_t fill)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = begin(nsfab_netlink_fab(info), info->snd_portid, info->snd_seq,
		    cmd, &hdr);
	if (!msg)
		return -ENOMEM;
	err = fill(msg, obj, genl_info_net(info));
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * nsfab_netlink_collect() - prepare a notification of an object
 * @msgs: where to
 * @fab: the fabric
 * @ntf: command of the notification
 * @cmd: command that it tells of
 * @obj: the object
 * @fill: writes it
 *
 * Of an object that goes away, this has to come first. Nothing is done when
 * nobody listens.
 */
void nsfab_netlink_collect(struct sk_buff_head *msgs, struct nsfab_fabric *fab,
			   u8 ntf, u8 cmd, const void *obj,
			   nsfab_netlink_fill_t fill)
{
	struct net *net = dev_net(fab->dev);
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&nsfab_netlink_family, net,
				NSFAB_NETLINK_CONFIG))
		return;
	msg = begin(fab, 0, 0, ntf, &hdr);
	if (!msg)
		goto err_begin;
	if (nla_put_u8(msg, NSFAB_A_CMD, cmd) || fill(msg, obj, net))
		goto err_fill;
	genlmsg_end(msg, hdr);
	__skb_queue_tail(msgs, msg);
	return;

err_fill:
	nlmsg_free(msg);
err_begin:
	/* Listeners are told that they missed something. */
	genl_set_err(&nsfab_netlink_family, net, 0, NSFAB_NETLINK_CONFIG,
		     -ENOBUFS);
}

/**
 * nsfab_netlink_notify() - send what was prepared
 * @msgs: the notifications
 * @fab: the fabric
 */
void nsfab_netlink_notify(struct sk_buff_head *msgs, struct nsfab_fabric *fab)
{
	struct sk_buff *msg;

	while ((msg = __skb_dequeue(msgs)))
		genlmsg_multicast_netns(&nsfab_netlink_family,
					dev_net(fab->dev), msg, 0,
					NSFAB_NETLINK_CONFIG, GFP_KERNEL);
}

static int echo(struct genl_info *info, const void * const *objs, u32 n,
		nsfab_netlink_fill_t fill)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct sk_buff *msg = NULL;
	u32 in_msg = 0;
	void *hdr;
	u32 i;
	int err;

	for (i = 0; i < n;) {
		if (!msg) {
			msg = begin(fab, info->snd_portid, info->snd_seq,
				    info->genlhdr->cmd, &hdr);
			if (!msg)
				return -ENOMEM;
			in_msg = 0;
		}
		err = fill(msg, objs[i], genl_info_net(info));
		if (!err) {
			in_msg++;
			i++;
			continue;
		}
		if (err != -EMSGSIZE || !in_msg) {
			nlmsg_free(msg);
			return err;
		}
		genlmsg_end(msg, hdr);
		err = genlmsg_reply(msg, info);
		if (err)
			return err;
		msg = NULL;
	}
	if (!msg)
		return 0;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * nsfab_netlink_tell() - tell of objects that a request has made or changed
 * @info: the request; it gets them all if it asked by NLM_F_ECHO
 * @ntf: command of the notification
 * @objs: the objects
 * @n: how many
 * @fill: writes one
 *
 * Return: 0, or -errno of the answer: the write has been done all the same
 */
int nsfab_netlink_tell(struct genl_info *info, u8 ntf, const void * const *objs,
		       u32 n, nsfab_netlink_fill_t fill)
{
	struct nsfab_fabric *fab = nsfab_netlink_fab(info);
	struct sk_buff_head msgs;
	u32 i;

	__skb_queue_head_init(&msgs);
	for (i = 0; i < n; i++) {
		nsfab_netlink_collect(&msgs, fab, ntf, info->genlhdr->cmd,
				      objs[i], fill);
		nsfab_netlink_notify(&msgs, fab);
		cond_resched();
	}
	if (!(info->nlhdr->nlmsg_flags & NLM_F_ECHO))
		return 0;
	return echo(info, objs, n, fill);
}
