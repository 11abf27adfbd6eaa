/* SPDX-License-Identifier: GPL-2.0-only */
/* Links in netlink: attributes to configurations, links to attributes. */
#ifndef _NSFAB_NL_LINK_CONF_H
#define _NSFAB_NL_LINK_CONF_H

#include <linux/bits.h>
#include <net/netlink.h>
#include <uapi/linux/nsfab.h>

struct net;
struct nsfab_fabric;
struct nsfab_link;
struct nsfab_link_conf;
struct nsfab_netlink_dump;

/* Attributes of a link that may stand more than once */
#define NSFAB_NL_LINK_REPEAT \
	(BIT_ULL(NSFAB_A_LINK_LOSS) | BIT_ULL(NSFAB_A_LINK_LOSS_NTH) | \
	 BIT_ULL(NSFAB_A_LINK_PATH) | BIT_ULL(NSFAB_A_LINK_TRACE))

/**
 * struct nsfab_link_reading - a request that is read
 * @conf: where to
 * @link: whose it will be
 * @tb: the request's attributes, the last one of each type
 * @nest: all of them
 * @extack: told what is wrong
 */
struct nsfab_link_reading {
	struct nsfab_link_conf *conf;
	const struct nsfab_link *link;
	struct nlattr **tb;
	const struct nlattr *nest;
	struct netlink_ext_ack *extack;
};

/* Say what is wrong with an attribute; the error to return. */
#define NSFAB_NL_LINK_WRONG(r, attr, text) ({				\
	NL_SET_ERR_MSG_ATTR((r)->extack, attr, text);			\
	-EINVAL;							\
})

static inline void nsfab_nl_link_set_u8(u8 *to, const struct nlattr *attr)
{
	if (attr)
		*to = nla_get_u8(attr);
}

static inline void nsfab_nl_link_set_u32(u32 *to, const struct nlattr *attr)
{
	if (attr)
		*to = nla_get_u32(attr);
}

static inline void nsfab_nl_link_set_u64(u64 *to, const struct nlattr *attr)
{
	if (attr)
		*to = nla_get_u64(attr);
}

/* How many probabilities a loss model has, those with defaults included */
static inline u32 nsfab_nl_link_n_loss(u8 model)
{
	switch (model) {
	case NSFAB_LINK_LOSS_MODEL_RANDOM:
		return 1;
	case NSFAB_LINK_LOSS_MODEL_GILBERT:
		return 4;
	case NSFAB_LINK_LOSS_MODEL_MARKOV:
		return 5;
	default:
		return 0;
	}
}

/* nl_link_conf.c */
int nsfab_nl_link_conf_read(struct nsfab_link_conf *conf,
			    const struct nsfab_link *link, struct nlattr **tb,
			    const struct nlattr *nest,
			    struct netlink_ext_ack *extack);

/* nl_link_trace.c */
int nsfab_nl_link_trace_read(struct nsfab_link_reading *r);
int nsfab_nl_link_trace_charge(const struct nsfab_link_conf *conf,
			       struct nlattr **tb, u64 *copied,
			       struct netlink_ext_ack *extack);

/* nl_link_path.c */
extern const struct nla_policy
	nsfab_nl_link_filter_policy[NSFAB_A_LINK_FILTER_MAX + 1];
int nsfab_nl_link_path_read(struct nsfab_link_reading *r);
int nsfab_nl_link_filter_read(struct nsfab_link_reading *r);

/* nl_link_fill.c */
int nsfab_nl_link_fill(struct sk_buff *skb, const void *obj, struct net *net);
int nsfab_nl_link_fill_read(struct sk_buff *skb, const void *obj,
			    struct net *net);
int nsfab_nl_link_fill_reset(struct sk_buff *skb, const void *obj,
			     struct net *net);
int nsfab_nl_link_fill_conf(struct sk_buff *skb, struct nsfab_link *link,
			    const struct nsfab_link_conf *conf, bool reset);
int nsfab_nl_link_put_given(struct sk_buff *skb,
			    const struct nsfab_link_conf *conf, u64 given);

/* nl_link_points.c */
int nsfab_nl_link_put_points(struct sk_buff *skb, int type, const void *points,
			     u32 n, u32 *at);
int nsfab_nl_link_dump_points(struct sk_buff *skb, struct netlink_callback *cb,
			      bool (*matches)(const void *obj,
					      const struct nsfab_netlink_dump *
					      ctx));

#endif /* _NSFAB_NL_LINK_CONF_H */
