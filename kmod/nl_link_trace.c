// SPDX-License-Identifier: GPL-2.0-only
/* Traces of links: delivery opportunities. A nest's length has 16 bits, so a
 * long trace comes in pieces, each of which says where it goes on.
 */

#include <linux/mm.h>
#include <linux/slab.h>

#include "link.h"
#include "netlink.h"
#include "nl_link_conf.h"

#define WRONG NSFAB_NL_LINK_WRONG

/* Points that a request may copy: others wait for the fabric's lock, and for
 * who waits with RTNL held, meanwhile.
 */
#define COPY_MAX (64ULL * NSFAB_LINK_TRACE_MAX)

static void put_trace(struct nsfab_link_conf *conf)
{
	nsfab_link_trace_put(conf->trace);
	conf->trace = NULL;
}

/* The points of a trace: the first ones of the one in effect, new ones. */
static int new_trace(struct nsfab_link_reading *r, u32 at, u32 n)
{
	const struct nlattr *period = r->tb[NSFAB_A_LINK_TRACE_PERIOD];
	struct nsfab_link_conf *conf = r->conf;
	const struct nlattr *attr;
	struct nsfab_link_trace *trace;
	u32 last = 0, i = at;
	int rem, err;

	trace = kvmalloc(struct_size(trace, ms, n), GFP_KERNEL_ACCOUNT);
	if (!trace)
		return -ENOMEM;
	refcount_set(&trace->ref, 1);
	trace->n = n;
	if (at)
		memcpy(trace->ms, conf->trace->ms, at * sizeof(u32));
	nla_for_each_nested(attr, r->nest, rem) {
		if (nla_type(attr) != NSFAB_A_LINK_TRACE)
			continue;
		memcpy(trace->ms + i, nla_data(attr), nla_len(attr));
		i += nla_len(attr) / sizeof(u32);
	}
	for (i = at; i < n; i++) {
		last = i ? trace->ms[i - 1] : 0;
		if (trace->ms[i] < last) {
			err = WRONG(r, r->tb[NSFAB_A_LINK_TRACE],
				    "The trace does not rise");
			goto err_free;
		}
	}
	last = trace->ms[n - 1];
	trace->period = max(last, 1U);
	nsfab_nl_link_set_u32(&trace->period, period);
	if (trace->period < last) {
		err = WRONG(r, period, "The trace is longer than its period");
		goto err_free;
	}
	put_trace(conf);
	conf->trace = trace;
	return 0;

err_free:
	kvfree(trace);
	return err;
}

/**
 * nsfab_nl_link_trace_read() - read a trace
 * @r: the request
 *
 * Return: 0, -EINVAL, -E2BIG or -ENOMEM
 */
int nsfab_nl_link_trace_read(struct nsfab_link_reading *r)
{
	const struct nlattr *period = r->tb[NSFAB_A_LINK_TRACE_PERIOD];
	const struct nlattr *where = r->tb[NSFAB_A_LINK_TRACE];
	const struct nlattr *go_on = r->tb[NSFAB_A_LINK_TRACE_AT];
	struct nsfab_link_conf *conf = r->conf;
	u32 has = conf->trace ? conf->trace->n : 0;
	const struct nlattr *attr;
	u32 at = 0, n = 0;
	int rem;

	nla_for_each_nested(attr, r->nest, rem) {
		if (nla_type(attr) != NSFAB_A_LINK_TRACE)
			continue;
		if (nla_len(attr) % sizeof(u32))
			return WRONG(r, attr, "An opportunity has 4 bytes");
		n += nla_len(attr) / sizeof(u32);
	}
	nsfab_nl_link_set_u32(&at, go_on);
	if (at != has && at)
		return WRONG(r, go_on, "The trace does not end there");
	if (go_on && !n)
		return WRONG(r, go_on, "Nothing is given to go on with");
	if (!where && !period)
		return 0;
	if (!where)
		at = has;
	n += at;
	if (!n) {
		if (period)
			return WRONG(r, period, "A period needs a trace");
		put_trace(conf);
		return 0;
	}
	if (n > NSFAB_LINK_TRACE_MAX) {
		NL_SET_ERR_MSG_ATTR(r->extack, where, "The trace is too long");
		return -E2BIG;
	}
	return new_trace(r, at, n);
}

/**
 * nsfab_nl_link_trace_charge() - count what reading a trace took
 * @conf: the configuration that was read
 * @tb: the request's attributes
 * @copied: points that were copied for the message so far
 * @extack: told what is wrong
 *
 * A trace is copied whenever a few bytes change it or its period.
 *
 * Return: 0, or -E2BIG if a message takes too much
 */
int nsfab_nl_link_trace_charge(const struct nsfab_link_conf *conf,
			       struct nlattr **tb, u64 *copied,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NSFAB_A_LINK_TRACE] ?:
				    tb[NSFAB_A_LINK_TRACE_PERIOD];

	if (!attr || !conf->trace)
		return 0;
	*copied += conf->trace->n;
	if (*copied <= COPY_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "Too many changes of long traces in one message");
	return -E2BIG;
}
