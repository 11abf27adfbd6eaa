// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's refusals: errno, extack text and the attribute to blame. */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "nl.h"

static const struct nsfab_nl_attr *attr_of(const struct nsfab_nl_set *set,
					   uint16_t type)
{
	if (!set || type >= set->n || !set->attr[type].name)
		return NULL;
	return &set->attr[type];
}

static void path_add(char *path, size_t size, const struct nsfab_nl_attr *attr,
		     uint16_t type)
{
	size_t len = strlen(path);

	if (attr)
		snprintf(path + len, size - len, "%s%s", len ? "." : "",
			 attr->name);
	else
		snprintf(path + len, size - len, "%s#%u", len ? "." : "",
			 type);
}

/* Codes of which the kernel's own words say all that there is to say */
static bool is_plain(int code)
{
	return code == -ENOENT || code == -EEXIST;
}

/* Which of the equal attributes of the top level is @at? */
static ssize_t index_of(const struct nlmsghdr *req, size_t extra,
			const struct nlattr *at)
{
	const struct nlattr *a;
	ssize_t index = 0;

	mnl_attr_for_each(a, req, extra) {
		if (a == at)
			break;
		if (mnl_attr_get_type(a) == mnl_attr_get_type(at))
			index++;
	}
	return index;
}

/*
 * Walk the sent message down to the attribute at @offs. Notes the path, and
 * the index of the object that it is in. Returns the set of what is nested in
 * it, if that is known.
 */
static const struct nsfab_nl_set *walk(struct nsfab_err *err,
				       const struct nlmsghdr *req, size_t extra,
				       const struct nsfab_nl_set *set,
				       size_t offs)
{
	size_t pos = MNL_NLMSG_HDRLEN + MNL_ALIGN(extra);
	size_t end = req->nlmsg_len;
	bool top = true;

	while (set && pos + MNL_ATTR_HDRLEN <= end && pos <= offs) {
		const struct nlattr *a = (const void *)((const char *)req + pos);
		uint16_t type = mnl_attr_get_type(a);
		const struct nsfab_nl_attr *attr = attr_of(set, type);

		if (a->nla_len < MNL_ATTR_HDRLEN)
			return NULL;
		if (offs >= pos + MNL_ALIGN(a->nla_len)) {
			pos += MNL_ALIGN(a->nla_len);
			continue;
		}
		if (top && attr && attr->nested)
			err->index = index_of(req, extra, a);
		top = false;
		path_add(err->attr, sizeof(err->attr), attr, type);
		set = attr ? attr->nested : NULL;
		if (pos == offs)
			return set;
		end = pos + a->nla_len;
		pos += MNL_ATTR_HDRLEN;
	}
	return NULL;
}

static void read_tlvs(struct nsfab_err *err, const struct nlmsghdr *nlh,
		      size_t skip, const struct nlmsghdr *req, size_t extra,
		      const struct nsfab_nl_set *names)
{
	const struct nlattr *nest = NULL, *miss = NULL, *offs = NULL;
	const struct nsfab_nl_set *set = names;
	const struct nlattr *a;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(skip))
		return;
	mnl_attr_for_each(a, nlh, skip) {
		switch (mnl_attr_get_type(a)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(err->kernel, sizeof(err->kernel), "%s",
				 nsfab_nl_get_str(a));
			break;
		case NLMSGERR_ATTR_OFFS:
			offs = a;
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			miss = a;
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			nest = a;
			break;
		}
	}
	if (!req)
		return;
	if (offs) {
		walk(err, req, extra, names, nsfab_nl_get(offs));
	} else if (miss) {
		uint16_t type = nsfab_nl_get(miss);

		if (nest)
			set = walk(err, req, extra, names, nsfab_nl_get(nest));
		path_add(err->attr, sizeof(err->attr), attr_of(set, type),
			 type);
		if (!err->kernel[0])
			snprintf(err->kernel, sizeof(err->kernel),
				 "is missing");
	}
}

int nsfab_nl_err(struct nsfab_err *err, const struct nlmsghdr *nlh,
		 const struct nlmsghdr *req, size_t extra,
		 const struct nsfab_nl_set *names)
{
	size_t skip = sizeof(int), len;
	const char *what;
	char buf[128];
	int code;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(int))
		return nsfab_err_set(err, -EBADMSG,
				     "answer of the kernel is cut short");
	memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	if (code >= 0)
		return 0;
	if (!err)
		return code;

	memset(err, 0, sizeof(*err));
	err->code = code;
	err->origin = NSFAB_ERR_KERNEL;
	err->index = -1;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

		skip = sizeof(*e);
		if (nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + sizeof(*e) &&
		    !(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += e->msg.nlmsg_len - MNL_NLMSG_HDRLEN;
	}
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		read_tlvs(err, nlh, skip, req, extra, names);

	what = strerror_r(-code, buf, sizeof(buf));
	snprintf(err->text, sizeof(err->text), "%s%s%s", err->attr,
		 err->attr[0] ? ": " : "", err->kernel[0] ? err->kernel : what);
	len = strlen(err->text);
	if (err->kernel[0] && !is_plain(code))
		snprintf(err->text + len, sizeof(err->text) - len, " (%s)",
			 what);
	return code;
}
