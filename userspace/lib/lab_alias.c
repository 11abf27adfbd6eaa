// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "lab_priv.h"
#include "nl.h"

static struct nsfab_nl_req request(const struct nsfab *h)
{
	return (struct nsfab_nl_req){
		.fd = h->rtnl_fd,
		.extra = sizeof(struct ifinfomsg),
		.names = &nsfab_nl_rtlink,
	};
}

int lab_alias_set(struct nsfab *h, unsigned int ifindex, const char *alias,
		  struct nsfab_err *err)
{
	struct nsfab_nl_req req = request(h);
	struct nsfab_nl_msg msg;
	struct ifinfomsg *ifi;
	int ret;

	ret = nsfab_nl_msg_init(&msg, 4096);
	if (ret)
		return nsfab_err_set(err, ret, "no memory");
	ifi = nsfab_nl_msg_start(&msg, RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK,
				 sizeof(*ifi));
	ifi->ifi_index = ifindex;
	nsfab_nl_put(&msg, IFLA_IFALIAS, alias, strlen(alias));
	ret = nsfab_nl_talk(h, &req, &msg, NULL, NULL, err);
	nsfab_nl_msg_free(&msg);
	return ret;
}

struct answer {
	char *alias;
	size_t size;
};

static int on_link(const struct nlmsghdr *nlh, void *arg)
{
	struct answer *answer = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_IFALIAS)
			snprintf(answer->alias, answer->size, "%.*s",
				 (int)mnl_attr_get_payload_len(attr),
				 (const char *)mnl_attr_get_payload(attr));
	return 0;
}

int lab_alias_get(struct nsfab *h, unsigned int ifindex, char *alias,
		  size_t size, struct nsfab_err *err)
{
	struct answer answer = { .alias = alias, .size = size };
	struct nsfab_nl_req req = request(h);
	struct nsfab_nl_msg msg;
	struct ifinfomsg *ifi;
	int ret;

	*alias = '\0';
	ret = nsfab_nl_msg_init(&msg, 4096);
	if (ret)
		return nsfab_err_set(err, ret, "no memory");
	ifi = nsfab_nl_msg_start(&msg, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK,
				 sizeof(*ifi));
	ifi->ifi_index = ifindex;
	ret = nsfab_nl_talk(h, &req, &msg, on_link, &answer, err);
	nsfab_nl_msg_free(&msg);
	return ret;
}
