// SPDX-License-Identifier: GPL-2.0-only
/* Part of flow.c in the debug build: a tenant without a fabric, and packets
 * that are nothing but their size. What was counted is checked to the packet.
 */

#include <linux/workqueue.h>

enum {
	SELFTEST_LIMIT = 700,
	SELFTEST_SIZE = 100,
	SELFTEST_STORM = 20000,
};

/**
 * struct selftest - a tenant and what it should have counted
 * @tenant: the tenant
 * @skb: stands for all packets
 * @in: packets counted in flows
 * @told: packets told by resets
 * @work: the second reader
 * @packets: the writer, at the same time
 */
struct selftest {
	struct nsfab_tenant tenant;
	struct sk_buff *skb;
	u64 in;
	atomic64_t told;
	struct work_struct work;
	struct work_struct packets;
};

static struct nsfab_flow_key key_v4(u32 src, u32 dst, u16 sport, u16 dport)
{
	struct nsfab_flow_key key = {
		.sport = htons(sport),
		.dport = htons(dport),
		.proto = IPPROTO_TCP,
	};

	nsfab_addr_set_v4(&key.src, htonl(src));
	nsfab_addr_set_v4(&key.dst, htonl(dst));
	return key;
}

static struct nsfab_flow_key key_v6(u32 src, u32 dst, u16 sport, u16 dport)
{
	struct nsfab_flow_key key = key_v4(0, 0, sport, dport);

	ipv6_addr_set(&key.src, htonl(0x20010db8), 0, 0, htonl(src));
	ipv6_addr_set(&key.dst, htonl(0x20010db8), 0, 0, htonl(dst));
	return key;
}

static struct nsfab_flow_key back(const struct nsfab_flow_key *key)
{
	return (struct nsfab_flow_key){
		.src = key->dst,
		.dst = key->src,
		.sport = key->dport,
		.dport = key->sport,
		.proto = key->proto,
	};
}

/* Count @packets packets; the flow is to be compared only. */
static struct nsfab_flow *count(struct selftest *t,
				const struct nsfab_flow_key *key, u8 tcp_flags,
				u32 packets, enum nsfab_flow_verdict expected)
{
	struct nsfab_cb *cb = nsfab_cb(t->skb);
	enum nsfab_flow_verdict got;

	cb->packets = packets;
	cb->bytes = packets * SELFTEST_SIZE;
	local_bh_disable();
	rcu_read_lock();
	got = nsfab_flow_count(&t->tenant, t->skb, key, tcp_flags);
	rcu_read_unlock();
	local_bh_enable();
	if (got != expected)
		return ERR_PTR(-EINVAL);
	if (got != NSFAB_FLOW_COUNTED)
		return cb->flow;
	t->in += packets;
	return cb->flow;
}

/* One more packet of a flow that is there, in this direction. */
static bool goes_to(struct selftest *t, const struct nsfab_flow_key *key,
		    const struct nsfab_flow *flow, u8 dir)
{
	return count(t, key, 0, 1, NSFAB_FLOW_COUNTED) == flow &&
	       nsfab_cb(t->skb)->dir == dir;
}

static u32 n_flows(struct selftest *t)
{
	return atomic_read(&t->tenant.max_flows.count);
}

static u64 removed(struct selftest *t, bool bytes)
{
	struct nsfab_totals totals = {};

	nsfab_stats_read(&totals, t->tenant.stats);
	return bytes ? totals.miss[NSFAB_FLOW_MISS_REMOVED].bytes :
		       totals.miss[NSFAB_FLOW_MISS_REMOVED].packets;
}

static int add_up(const struct nsfab_flow_info *info, void *arg)
{
	struct nsfab_flow_sum *sum = arg;

	sum->packets += info->dir[0].packets + info->dir[1].packets;
	sum->bytes += info->dir[0].bytes + info->dir[1].bytes;
	return 0;
}

/* The promise: what came in is in flows, or was in flows that are no more. A
 * resize would tell flows twice, and comes late at times: then once more.
 */
static bool adds_up(struct selftest *t)
{
	struct nsfab_flow_sum sum;
	struct nsfab_flow_walk walk;

	rcu_barrier();
	do {
		flush_work(&t->tenant.flows.run_work);
		memset(&sum, 0, sizeof(sum));
		nsfab_flow_walk_enter(&walk, &t->tenant);
		nsfab_flow_walk(&walk, NULL, false, add_up, &sum);
		nsfab_flow_walk_exit(&walk);
	} while (walk.interrupted);
	return sum.packets + removed(t, false) == t->in &&
	       sum.bytes + removed(t, true) == t->in * SELFTEST_SIZE;
}

static bool flush(struct selftest *t)
{
	nsfab_flow_flush(&t->tenant, NULL);
	rcu_barrier();
	return !n_flows(t);
}

static bool finds_both_ways(struct selftest *t)
{
	struct nsfab_flow_key forth[] = {
		key_v4(0x0a000001, 0x0a000002, 1000, 80),
		key_v4(0x0a000002, 0x0a000001, 1001, 80),
		key_v4(0x0a000001, 0x0a000001, 2000, 80),
		key_v4(0x0a000001, 0x0a000001, 80, 2001),
		key_v6(1, 2, 1000, 80),
		key_v6(2, 1, 1001, 80),
		key_v6(1, 1, 2000, 80),
	};
	struct nsfab_flow *flow[ARRAY_SIZE(forth)];
	struct nsfab_flow_key reply;
	struct nsfab_flow_info info;
	int i;

	for (i = 0; i < ARRAY_SIZE(forth); i++) {
		flow[i] = count(t, &forth[i], 0, 3, NSFAB_FLOW_COUNTED);
		if (IS_ERR(flow[i]) || n_flows(t) != i + 1)
			return false;
	}
	for (i = 0; i < ARRAY_SIZE(forth); i++) {
		reply = back(&forth[i]);
		if (!goes_to(t, &forth[i], flow[i], 0) ||
		    !goes_to(t, &reply, flow[i], 1))
			return false;
		nsfab_flow_read(flow[i], &info);
		if (!ipv6_addr_equal(&info.key.src, &forth[i].src) ||
		    !ipv6_addr_equal(&info.key.dst, &forth[i].dst) ||
		    info.key.sport != forth[i].sport ||
		    info.key.dport != forth[i].dport ||
		    info.dir[0].packets != 4 || info.dir[1].packets != 1)
			return false;
	}
	return n_flows(t) == ARRAY_SIZE(forth) && adds_up(t) && flush(t);
}

/* What differs in the family or an address alone is another flow. */
static bool compares_all(struct selftest *t)
{
	struct nsfab_flow_key from = key_v6(1, 2, 1000, 80);
	struct rhashtable_compare_arg arg = {};
	struct nsfab_flow *flow;
	struct lookup key;

	flow = count(t, &from, 0, 1, NSFAB_FLOW_COUNTED);
	if (IS_ERR(flow))
		return false;
	make_key(&key, &from);
	arg.key = &key;
	if (compare(&arg, flow))
		return false;
	key.addr[1].s6_addr[15] ^= 1;
	if (!compare(&arg, flow))
		return false;
	key.addr[1].s6_addr[15] ^= 1;
	key.v6 = false;
	return compare(&arg, flow) && flush(t);
}

/* Other CPUs' packets: the flow is told that it belongs to others. */
static bool counts_on_all_cpus(struct selftest *t)
{
	struct nsfab_flow_key forth = key_v4(1, 2, 3, 4), reply = back(&forth);
	struct nsfab_flow *flow;
	struct nsfab_flow_info info;
	bool ok = true;
	int i;

	flow = count(t, &forth, 0, 1, NSFAB_FLOW_COUNTED);
	if (IS_ERR(flow))
		return false;
	for (i = 0; ok && i < 4; i++) {
		/* At home; second; no memory; third */
		if (i == 1)
			flow->home = U16_MAX;
		if (i == 2)
			flow->away = INT_MAX;
		local_bh_disable();
		if (i == 2)
			atomic_or(NSFAB_FLOW_REFUSED, &flow->state);
		else
			atomic_andnot(NSFAB_FLOW_REFUSED, &flow->state);
		ok = goes_to(t, &forth, flow, 0) && goes_to(t, &reply, flow, 1);
		local_bh_enable();
	}
	nsfab_flow_read(flow, &info);
	return ok && info.dir[0].packets == 5 && info.dir[1].packets == 4 &&
	       info.dir[0].bytes == 5 * SELFTEST_SIZE && adds_up(t) && flush(t);
}

static bool notes_tcp(struct selftest *t)
{
	struct nsfab_flow_key forth = key_v4(9, 5, 3, 4), reply = back(&forth);
	struct nsfab_flow *flow;
	struct nsfab_flow_info info;

	flow = count(t, &forth, TCPHDR_SYN, 1, NSFAB_FLOW_COUNTED);
	if (IS_ERR(flow) || !nsfab_flow_is_new(flow))
		return false;
	nsfab_flow_set_end(flow, 0, 7);
	nsfab_flow_set_end(flow, 1, 8);
	count(t, &reply, TCPHDR_SYN | TCPHDR_ACK, 1, NSFAB_FLOW_COUNTED);
	if (atomic_read(&flow->state) & NSFAB_FLOW_RTT)
		return false;
	nsfab_flow_set_end(flow, 1, 9);
	nsfab_flow_drop(flow, 1, 1, NSFAB_DROP_REASON_TTL);
	count(t, &forth, TCPHDR_ACK, 1, NSFAB_FLOW_COUNTED);
	if (!(atomic_read(&flow->state) & NSFAB_FLOW_RTT) ||
	    is_closed(atomic_read(&flow->state)))
		return false;
	count(t, &forth, TCPHDR_ACK | TCPHDR_FIN, 1, NSFAB_FLOW_COUNTED);
	count(t, &reply, TCPHDR_ACK | TCPHDR_FIN, 1, NSFAB_FLOW_COUNTED);
	nsfab_flow_read(flow, &info);
	return is_closed(atomic_read(&flow->state)) && info.src_port == 7 &&
	       info.dst_port == 9 && info.dir[1].drop_packets == 1 &&
	       info.dir[1].drop_reason == NSFAB_DROP_REASON_TTL &&
	       !info.dir[0].drop_packets &&
	       info.dir[0].tcp_flags ==
	       (TCPHDR_SYN | TCPHDR_ACK | TCPHDR_FIN) &&
	       info.last >= info.first && !info.rich && flush(t);
}

static bool keeps_rich(struct selftest *t)
{
	struct nsfab_flow_key key = key_v4(1, 2, 3, 4);
	struct nsfab_flow_info info;
	struct nsfab_flow *flow;

	t->tenant.accounting = NSFAB_ACCOUNTING_RICH;
	flow = count(t, &key, 0, 1, NSFAB_FLOW_COUNTED);
	t->tenant.accounting = NSFAB_ACCOUNTING_BASIC;
	if (IS_ERR(flow) || !flow->rich || !goes_to(t, &key, flow, 0))
		return false;
	count(t, &key, 0, 3, NSFAB_FLOW_COUNTED);
	nsfab_flow_read_reset(flow, 0, &info);
	if (!info.rich || info.dir[0].size_min != SELFTEST_SIZE ||
	    info.dir[0].size_max != SELFTEST_SIZE ||
	    info.dir[0].size_squares != 5 * SELFTEST_SIZE * SELFTEST_SIZE ||
	    info.dir[1].size_max || info.dir[1].size_squares)
		return false;
	nsfab_flow_read(flow, &info);
	return info.rich && !info.dir[0].size_max && !info.dir[0].packets &&
	       flush(t);
}

static bool fill(struct selftest *t, u32 n)
{
	struct nsfab_flow_key key;
	u32 i;

	for (i = 0; i < n; i++) {
		key = key_v4(0x0a000001, i, i, 40000);
		if (IS_ERR(count(t, &key, 0, 1 + i % 3, NSFAB_FLOW_COUNTED)))
			return false;
	}
	return true;
}

static bool keeps_limit(struct selftest *t)
{
	struct nsfab_flow_key key = key_v4(1, 2, 3, 4);
	s64 refused = atomic64_read(&t->tenant.max_flows.refused);

	if (!fill(t, SELFTEST_LIMIT) ||
	    count(t, &key, 0, 1, NSFAB_FLOW_FULL) ||
	    n_flows(t) != SELFTEST_LIMIT ||
	    atomic64_read(&t->tenant.max_flows.refused) != refused + 1)
		return false;
	/* Those that are there are counted as before. */
	return fill(t, SELFTEST_LIMIT) && adds_up(t) && flush(t) &&
	       !IS_ERR(count(t, &key, 0, 1, NSFAB_FLOW_COUNTED)) && flush(t);
}

static u64 n_ended, packets_ended;

static void note_end(struct nsfab_tenant *tenant,
		     const struct nsfab_flow_info *info)
{
	n_ended++;
	packets_ended += info->dir[0].packets + info->dir[1].packets;
}

/* A third is too old, a third closed and a little old. */
static void make_old(struct selftest *t)
{
	struct nsfab_flow_walk walk;
	struct nsfab_flow *flow;

	nsfab_flow_walk_enter(&walk, &t->tenant);
	nsfab_flow_walk_start(&walk);
	while ((flow = nsfab_flow_walk_next(&walk))) {
		/* One of the two is 40000, in whatever order. */
		u32 i = ntohs(flow->port[0]) + ntohs(flow->port[1]) - 40000;

		if (i % 3 == 0)
			flow->stamp = jiffies - t->tenant.flow_timeout * HZ;
		if (i % 3 == 1) {
			flow->stamp = jiffies - CLOSED_TIMEOUT * HZ;
			atomic_or(NSFAB_FLOW_TCP(1, TCPHDR_RST), &flow->state);
		}
	}
	nsfab_flow_walk_stop(&walk);
	nsfab_flow_walk_exit(&walk);
}

static bool ages(struct selftest *t)
{
	u64 before = removed(t, false);

	if (!fill(t, SELFTEST_LIMIT))
		return false;
	nsfab_flow_age(&t->tenant);
	rcu_barrier();
	if (n_flows(t) != SELFTEST_LIMIT || removed(t, false) != before)
		return false;
	make_old(t);
	n_ended = 0;
	packets_ended = 0;
	nsfab_flow_on_end(note_end);
	nsfab_flow_age(&t->tenant);
	rcu_barrier();
	nsfab_flow_on_end(NULL);
	return n_flows(t) == SELFTEST_LIMIT / 3 &&
	       n_ended == SELFTEST_LIMIT - SELFTEST_LIMIT / 3 &&
	       removed(t, false) == before + packets_ended &&
	       adds_up(t) && flush(t) && adds_up(t);
}

static bool filters(struct selftest *t)
{
	u32 ids[] = { 3, 5, 8 };
	struct nsfab_flow_filter filter = { .n_ports = 3, .ports = ids };
	struct nsfab_flow_key key = key_v4(0xc0000201, 7, 8, 9);
	struct nsfab_flow *flow;

	if (!fill(t, 100))
		return false;
	flow = count(t, &key, 0, 1000, NSFAB_FLOW_COUNTED);
	if (IS_ERR(flow) || nsfab_flow_match(flow, &filter))
		return false;
	nsfab_flow_set_end(flow, 1, 5);
	if (nsfab_flow_flush(&t->tenant, &filter) != 1)
		return false;

	flow = count(t, &key, 0, 1000, NSFAB_FLOW_COUNTED);
	filter = (struct nsfab_flow_filter){ .has_addr = true };
	filter.plen = 96 + 24;
	nsfab_addr_set_v4(&filter.addr, htonl(0xc0000200));
	if (IS_ERR(flow) || nsfab_flow_flush(&t->tenant, &filter) != 1)
		return false;
	/* ::/0 is no prefix of an IPv4 address, mapped or not. */
	filter = (struct nsfab_flow_filter){ .has_addr = true };
	if (nsfab_flow_flush(&t->tenant, &filter))
		return false;
	filter = (struct nsfab_flow_filter){ .has_l4 = true };
	filter.l4_port = htons(42);
	if (nsfab_flow_flush(&t->tenant, &filter) != 1)
		return false;
	filter = (struct nsfab_flow_filter){ .min_bytes = 3 * SELFTEST_SIZE };
	/* Every third has three packets; the one flushed had one. */
	if (nsfab_flow_flush(&t->tenant, &filter) != 33)
		return false;
	filter = (struct nsfab_flow_filter){ .has_proto = true, .proto = 17 };
	return !nsfab_flow_flush(&t->tenant, &filter) && flush(t) && adds_up(t);
}

/**
 * struct steps - a walk that stops after each few flows
 * @n: flows told
 * @left: flows until the next stop
 * @last: source port of the one told last
 * @seen: how often each was told, by source port
 */
struct steps {
	u32 n;
	u32 left;
	u16 last;
	u8 seen[SELFTEST_LIMIT];
};

static int take_step(const struct nsfab_flow_info *info, void *arg)
{
	struct steps *s = arg;

	s->last = ntohs(info->key.sport);
	if (s->last >= SELFTEST_LIMIT)
		return -EINVAL;
	s->seen[s->last]++;
	s->n++;
	return !--s->left;
}

/* The flow where a walk stopped is removed, and flows come and go beside it. */
static bool walks(struct selftest *t)
{
	struct nsfab_flow_filter filter = { .has_l4 = true };
	struct nsfab_flow_walk *walk;
	struct nsfab_flow_key key;
	bool ok = false;
	struct steps *s;
	int ret;
	u32 i;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return false;
	/* Not so many that it would shrink when some are removed. */
	if (!fill(t, SELFTEST_LIMIT - 60))
		goto out;
	flush_work(&t->tenant.flows.run_work);
	walk = nsfab_flow_walk_new(&t->tenant);
	if (!walk)
		goto out;
	do {
		s->left = 1 + s->n % 20;
		ret = nsfab_flow_walk(walk, NULL, false, take_step, s);
		if (ret == 1) {
			filter.l4_port = htons(s->last);
			nsfab_flow_flush(&t->tenant, &filter);
			rcu_barrier();
			key = key_v4(0x0a000001, 1000 + s->n,
				     SELFTEST_LIMIT - 60 + s->n % 60, 40000);
			count(t, &key, 0, 1, NSFAB_FLOW_COUNTED);
		}
	} while (ret == 1);
	ok = !ret;
	for (i = 0; i < SELFTEST_LIMIT - 60; i++)
		if (!s->seen[i] ||
		    (s->seen[i] > 1 && !nsfab_flow_walk_interrupted(walk)))
			ok = false;
	nsfab_flow_walk_free(walk);
out:
	kfree(s);
	return ok && adds_up(t) && flush(t);
}

/* Told twice would be told with nothing in it. */
static u64 reset_all(struct selftest *t)
{
	struct nsfab_flow_sum sum = {};
	struct nsfab_flow_walk walk;

	nsfab_flow_walk_enter(&walk, &t->tenant);
	nsfab_flow_walk(&walk, NULL, true, add_up, &sum);
	nsfab_flow_walk_exit(&walk);
	atomic64_add(sum.packets, &t->told);
	return sum.packets;
}

static void read_beside(struct work_struct *work)
{
	struct selftest *t = container_of(work, struct selftest, work);

	while (work_busy(&t->packets)) {
		reset_all(t);
		cond_resched();
	}
}

static void send_beside(struct work_struct *work)
{
	struct selftest *t = container_of(work, struct selftest, packets);
	struct nsfab_flow_key key = key_v4(1, 2, 3, 4);
	struct nsfab_flow_key reply = back(&key);
	u32 i;

	for (i = 0; i < SELFTEST_STORM; i++) {
		count(t, i % 2 ? &key : &reply, 0, 1, NSFAB_FLOW_COUNTED);
		cond_resched();
	}
}

/* One writes, on whatever CPUs, two read and reset. */
static bool resets_exactly(struct selftest *t)
{
	u64 in = t->in, before = removed(t, false);

	atomic64_set(&t->told, 0);
	INIT_WORK(&t->work, read_beside);
	INIT_WORK(&t->packets, send_beside);
	queue_work(system_unbound_wq, &t->packets);
	queue_work(system_unbound_wq, &t->work);
	while (work_busy(&t->packets)) {
		reset_all(t);
		cond_resched();
	}
	flush_work(&t->packets);
	flush_work(&t->work);
	reset_all(t);
	return t->in == in + SELFTEST_STORM &&
	       atomic64_read(&t->told) == SELFTEST_STORM &&
	       removed(t, false) == before + SELFTEST_STORM &&
	       !reset_all(t) && adds_up(t) && flush(t) && adds_up(t);
}

static bool ends_with_all(struct selftest *t)
{
	bool ok;

	/* Some removed a moment ago, some still there */
	ok = fill(t, 50) && nsfab_flow_flush(&t->tenant, NULL) == 50 &&
	     fill(t, 60);
	nsfab_flow_table_free(&t->tenant);
	return ok && !n_flows(t) && removed(t, false) == t->in &&
	       removed(t, true) == t->in * SELFTEST_SIZE;
}

/**
 * nsfab_flow_selftest() - count packets and check the sums
 *
 * Return: 0, -EINVAL at the first difference, or -ENOMEM
 */
int nsfab_flow_selftest(void)
{
	static bool (* const tests[])(struct selftest *t) = {
		finds_both_ways, compares_all, counts_on_all_cpus, notes_tcp,
		keeps_rich, keeps_limit, ages, filters, walks, resets_exactly,
	};
	struct selftest *t;
	int err = -ENOMEM;
	u32 i;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->skb = alloc_skb(SELFTEST_SIZE, GFP_KERNEL);
	t->tenant.stats = nsfab_stats_alloc();
	if (!t->skb || !t->tenant.stats)
		goto out;
	skb_put(t->skb, SELFTEST_SIZE);
	t->tenant.accounting = NSFAB_ACCOUNTING_BASIC;
	t->tenant.flow_timeout = 120;
	nsfab_limit_init(&t->tenant.max_flows, SELFTEST_LIMIT);
	err = nsfab_flow_table_init(&t->tenant);
	if (err)
		goto out;
	for (i = 0; !err && i < ARRAY_SIZE(tests); i++)
		if (!tests[i](t))
			err = -EINVAL;
	if (!ends_with_all(t))
		err = -EINVAL;
out:
	free_percpu(t->tenant.stats);
	kfree_skb(t->skb);
	kfree(t);
	return err;
}
