// SPDX-License-Identifier: GPL-2.0-only
/* What links do to packets: configurations, their life, and what is worked out
 * of them once.
 */

#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "binding.h"
#include "fabric.h"
#include "link.h"
#include "tenant.h"

enum {
	/* A queue that sizes itself is so long beside twice the delay, which is
	 * what a sender has on its way to and fro: enough for its bursts.
	 */
	QUEUE_NS = 20 * NSEC_PER_MSEC,
	/* And it holds at least so many frames of so many bytes. */
	QUEUE_FRAMES = 32,
	FRAME_BYTES = 1514,
};

/* Draws are the same at each boot: nobody gains by guessing them. */
static const siphash_key_t name_key = { { 0x6e73666162, 0x6c696e6b } };

static void path_free(struct rcu_head *rcu)
{
	struct nsfab_link_path *path = container_of(rcu, struct nsfab_link_path,
						    rcu);

	while (path->n--)
		nsfab_link_put(path->via[path->n]);
	kfree(path);
}

/**
 * nsfab_link_path_put() - drop a reference; the last one frees the path
 * @path: the path or NULL
 *
 * Context: any.
 */
void nsfab_link_path_put(struct nsfab_link_path *path)
{
	if (path && refcount_dec_and_test(&path->ref))
		call_rcu(&path->rcu, path_free);
}

/**
 * nsfab_link_table_put() - drop a reference; the last one frees the table
 * @table: the table or NULL
 *
 * Context: any.
 */
void nsfab_link_table_put(struct nsfab_link_table *table)
{
	if (table && refcount_dec_and_test(&table->ref))
		kvfree(table);
}

/**
 * nsfab_link_trace_put() - drop a reference; the last one frees the trace
 * @trace: the trace or NULL
 *
 * Context: any.
 */
void nsfab_link_trace_put(struct nsfab_link_trace *trace)
{
	if (trace && refcount_dec_and_test(&trace->ref))
		kvfree(trace);
}

static void conf_free(struct rcu_head *rcu)
{
	struct nsfab_link_conf *conf = container_of(rcu, struct nsfab_link_conf,
						    rcu);

	nsfab_link_table_put(conf->table);
	nsfab_link_trace_put(conf->trace);
	if (conf->nth && refcount_dec_and_test(&conf->nth->ref))
		kvfree(conf->nth);
	nsfab_link_path_put(conf->path);
	kfree(conf);
}

/**
 * nsfab_link_conf_alloc() - make a configuration
 * @from: one to copy, or NULL for one that does nothing
 *
 * What is shared with @from is referenced.
 *
 * Return: the configuration, one reference, or NULL
 */
struct nsfab_link_conf *
nsfab_link_conf_alloc(const struct nsfab_link_conf *from)
{
	struct nsfab_link_conf *conf;

	conf = kzalloc(sizeof(*conf), GFP_KERNEL_ACCOUNT);
	if (!conf)
		return NULL;
	if (from) {
		*conf = *from;
		if (conf->table)
			refcount_inc(&conf->table->ref);
		if (conf->nth)
			refcount_inc(&conf->nth->ref);
		if (conf->trace)
			refcount_inc(&conf->trace->ref);
		if (conf->path)
			refcount_inc(&conf->path->ref);
	}
	refcount_set(&conf->ref, 1);
	return conf;
}

/**
 * nsfab_link_conf_get() - the configuration that a link has now
 * @link: the link
 *
 * Context: any; an event of the schedule may change it at any time.
 * Return: the configuration, a reference, or NULL when it has none yet
 */
struct nsfab_link_conf *nsfab_link_conf_get(struct nsfab_link *link)
{
	struct nsfab_link_conf *conf;

	spin_lock_bh(&link->lock);
	conf = rcu_dereference_protected(link->conf,
					 lockdep_is_held(&link->lock));
	if (conf)
		refcount_inc(&conf->ref);
	spin_unlock_bh(&link->lock);
	return conf;
}

/**
 * nsfab_link_conf_put() - drop a reference; the last one frees it, a grace
 *	period later
 * @conf: the configuration or NULL
 *
 * Context: any.
 */
void nsfab_link_conf_put(struct nsfab_link_conf *conf)
{
	if (conf && refcount_dec_and_test(&conf->ref))
		call_rcu(&conf->rcu, conf_free);
}

/* Nanoseconds that so many bytes take; saturates. */
static u64 time_of(const struct nsfab_link_conf *conf, u64 bytes)
{
	return mul_u64_u64_shr(conf->cost, bytes, NSFAB_LINK_COST_SHIFT);
}

/* What a byte costs: at a rate, by a trace in the mean, at most as much as at
 * the lowest rate.
 */
static u64 cost_of(const struct nsfab_link_conf *conf)
{
	const u64 most = 8ULL * NSEC_PER_SEC / NSFAB_LINK_RATE_MIN *
			 NSFAB_LINK_OPPORTUNITY;
	const struct nsfab_link_trace *trace = conf->trace;
	u64 ns;

	if (conf->rate)
		return div64_u64((8ULL * NSEC_PER_SEC) << NSFAB_LINK_COST_SHIFT,
				 conf->rate);
	if (!trace)
		return 0;
	ns = div_u64((u64)trace->period * NSEC_PER_MSEC, trace->n);
	return div_u64(min(ns, most) << NSFAB_LINK_COST_SHIFT,
		       NSFAB_LINK_OPPORTUNITY);
}

static u64 hash_of_port(const struct nsfab_port *port)
{
	if (!port)
		return 0;
	if (!port->name.len)
		return siphash_1u64(port->id, &name_key);
	return siphash(port->name.text, port->name.len, &name_key);
}

/**
 * nsfab_link_conf_finish() - work out what follows from the user's values
 * @conf: the configuration, not yet a link's
 * @link: the link that is to have it
 *
 * Context: the fabric's lock is held.
 */
void nsfab_link_conf_finish(struct nsfab_link_conf *conf,
			    const struct nsfab_link *link)
{
	u64 limit;

	conf->cost = cost_of(conf);
	limit = max_t(u64, QUEUE_NS + 2 * conf->delay,
		      time_of(conf, QUEUE_FRAMES * FRAME_BYTES));
	/* A trace has gaps, and Mahimahi's queue has no end. */
	if (conf->trace)
		limit = NSFAB_LINK_TIME_MAX / 2;
	if (conf->queue_time)
		limit = conf->queue_time;
	else if (conf->queue_bytes)
		limit = time_of(conf, conf->queue_bytes);
	conf->limit = min_t(u64, limit, NSFAB_LINK_TIME_MAX);
	conf->mark = conf->ecn_time ?: time_of(conf, conf->ecn_bytes);
	conf->odd = conf->duplicate | conf->corrupt | conf->reorder;
	if (nsfab_link_conf_has_chain(conf))
		nsfab_chain_stationary(conf->loss_model, conf->loss,
				       conf->stationary);

	conf->key.key[0] = conf->seed;
	if (nsfab_link_is_bottleneck(link))
		conf->key.key[1] = siphash(link->name.text, link->name.len,
					   &name_key);
	else
		conf->key.key[1] = siphash_3u64(hash_of_port(link->from),
						hash_of_port(link->to),
						link->scope, &name_key);
}
