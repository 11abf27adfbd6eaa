// SPDX-License-Identifier: GPL-2.0-or-later
/* Links, bottlenecks and schedules as messages. */
#include <nsfab/link.h>

#include "fake_kernel.h"

static void a_link_is_written_with_what_is_present(void **state)
{
	struct nsfab_link link = {
		.present = NSFAB_LINK_HAS_FROM | NSFAB_LINK_HAS_TO |
			   NSFAB_LINK_HAS_SCOPE | NSFAB_LINK_HAS_DELAY |
			   NSFAB_LINK_HAS_JITTER | NSFAB_LINK_HAS_DIST |
			   NSFAB_LINK_HAS_LOSS | NSFAB_LINK_HAS_RATE |
			   NSFAB_LINK_HAS_OVERHEAD | NSFAB_LINK_HAS_QUEUE |
			   NSFAB_LINK_HAS_SEED | NSFAB_LINK_HAS_FLAGS,
		.id = 99, .from = 1, .to = 2, .scope = 3, .delay = 5000000,
		.jitter = 256, .dist = NSFAB_LINK_DIST_PARETO,
		.loss_model = NSFAB_LINK_LOSS_MODEL_GILBERT,
		.loss = { 1, 2, 3, 4, 5 }, .rate = 1000000000,
		.overhead = NSFAB_LINK_OVERHEAD_L1, .queue_time = 16,
		.seed = 7, .flags = NSFAB_LINK_FLAG_OVERTAKE,
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_new(f->h, 7, &link, 1, NULL, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_NEW, NLM_F_ACK,
			 "ifindex=07000000 link{from=01000000 to=02000000 "
			 "scope=03000000 flags=02000000 "
			 "delay=404b4c0000000000 jitter=0001000000000000 "
			 "dist=02 rate=00ca9a3b00000000 overhead=01 "
			 "seed=0700000000000000 loss-model=02 loss=01000000 "
			 "loss=02000000 loss=03000000 loss=04000000 "
			 "queue-time=1000000000000000}");
}

static void a_bottleneck_has_a_name_and_a_tenant(void **state)
{
	struct nsfab_link link = {
		.present = NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT |
			   NSFAB_LINK_HAS_ECN | NSFAB_LINK_HAS_REVISION,
		.name = "core", .tenant = 4, .ecn_bytes = 5, .revision = 6,
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_new(f->h, 7, &link, 1, NULL, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_NEW, NLM_F_ACK,
			 "ifindex=07000000 link{name='core' tenant=04000000 "
			 "revision=0600000000000000 ecn-bytes=0500000000000000}");
}

static void lists_and_filters_are_written(void **state)
{
	const uint32_t nth[] = { 1, 5 }, path[] = { 8, 9 }, trace[] = { 0, 3 };
	const int32_t table[] = { -65536, 65536 };
	struct nsfab_link link = {
		.present = NSFAB_LINK_HAS_ID | NSFAB_LINK_HAS_LOSS |
			   NSFAB_LINK_HAS_PATH | NSFAB_LINK_HAS_TRACE |
			   NSFAB_LINK_HAS_TABLE | NSFAB_LINK_HAS_FILTER,
		.id = 3, .loss_model = NSFAB_LINK_LOSS_MODEL_NTH, .nth = nth,
		.n_nth = 2, .path = path, .n_path = 2, .trace = trace,
		.n_trace = 2, .trace_period = 4, .table = table, .n_table = 2,
		.filter = {
			.present = NSFAB_LINK_FILTER_HAS_SRC |
				   NSFAB_LINK_FILTER_HAS_PROTO |
				   NSFAB_LINK_FILTER_HAS_DPORT,
			.proto = 6, .dport = 80,
		},
	};
	struct fake *f = *state;

	nsfab_prefix_parse(&link.filter.src, "10.0.0.0/8");
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_set(f->h, 7, &link, 1, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_SET, NLM_F_ACK,
			 "ifindex=07000000 link{id=03000000 "
			 "filter{src=0a000000 src-prefixlen=08 proto=06 "
			 "dport=0050} table=0000ffff00000100 loss-model=04 "
			 "loss-nth=01000000 loss-nth=05000000 path=08000000 "
			 "path=09000000 trace=0000000003000000 "
			 "trace-period=04000000}");
}

static void what_is_empty_is_removed(void **state)
{
	struct nsfab_link link = {
		.present = NSFAB_LINK_HAS_ID | NSFAB_LINK_HAS_LOSS |
			   NSFAB_LINK_HAS_PATH | NSFAB_LINK_HAS_TRACE |
			   NSFAB_LINK_HAS_FILTER,
		.id = 3,
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_set(f->h, 7, &link, 1, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_SET, NLM_F_ACK,
			 "ifindex=07000000 link{id=03000000 filter{} "
			 "loss-model=00 path=00000000 trace}");
}

static void a_long_trace_goes_on_in_messages_of_its_own(void **state)
{
	static uint32_t trace[20000];
	struct nsfab_link link = {
		.present = NSFAB_LINK_HAS_FROM | NSFAB_LINK_HAS_TRACE |
			   NSFAB_LINK_HAS_DELAY,
		.from = 1, .trace = trace, .n_trace = 20000, .trace_period = 9,
	};
	struct fake *f = *state;
	const char *last[2] = { "00400000", "204e0000" };
	const char *piece[2] = { "trace-period=09000000 trace-at=00200000}",
				 "trace-period=09000000 trace-at=00400000}" };
	const struct nlmsghdr *nlh;
	char *text;
	int i;

	for (i = 0; i < 20000; i++)
		trace[i] = i + 1;
	for (i = 1; i <= 3; i++)
		fake_ack(f->genl, i);
	assert_int_equal(nsfab_link_new(f->h, 7, &link, 1, NULL, &f->err), 0);
	assert_non_null(fake_request(f, f->genl));
	for (i = 0; i < 2; i++) {
		nlh = fake_request(f, f->genl);
		assert_non_null(nlh);
		text = fake_text(nlh, sizeof(struct genlmsghdr),
				 &nsfab_nl_main);
		assert_memory_equal(text, "ifindex=07000000 link{from=01000000 trace=",
				    42);
		assert_string_equal(text + strlen(text) - strlen(piece[i]),
				    piece[i]);
		assert_memory_equal(text + strlen(text) - strlen(piece[i]) - 9,
				    last[i], 8);
		free(text);
	}
	assert_null(fake_request(f, f->genl));
}

static int never(const struct nsfab_link *link, void *arg)
{
	(void)link;
	(void)arg;
	return 1;
}

static void links_are_keyed_by_id_name_or_ends(void **state)
{
	struct nsfab_link key = {
		.present = NSFAB_LINK_HAS_ID | NSFAB_LINK_HAS_DELAY, .id = 3,
	};
	uint32_t ids[] = { 3, 4 };
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_get(f->h, 7, &key, never, NULL, &f->err),
			 -ENOENT);
	fake_assert_genl(f, NSFAB_CMD_LINK_GET, NLM_F_ACK,
			 "ifindex=07000000 link{id=03000000}");
	key.present = NSFAB_LINK_HAS_NAME | NSFAB_LINK_HAS_TENANT;
	key.name = "core";
	key.tenant = 1;
	fake_ack(f->genl, 2);
	nsfab_link_get(f->h, 7, &key, never, NULL, &f->err);
	fake_assert_genl(f, NSFAB_CMD_LINK_GET, NLM_F_ACK,
			 "ifindex=07000000 link{name='core' tenant=01000000}");
	key.present = NSFAB_LINK_HAS_TO | NSFAB_LINK_HAS_SCOPE;
	key.to = 9;
	fake_ack(f->genl, 3);
	nsfab_link_get(f->h, 7, &key, never, NULL, &f->err);
	fake_assert_genl(f, NSFAB_CMD_LINK_GET, NLM_F_ACK,
			 "ifindex=07000000 link{to=09000000 scope=00000000}");
	fake_ack(f->genl, 4);
	assert_int_equal(nsfab_link_del(f->h, 7, ids, 2, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_DEL, NLM_F_ACK,
			 "ifindex=07000000 link{id=03000000} link{id=04000000}");
}

static void thousands_take_few_messages(void **state)
{
	enum { N = 5000 };
	static struct nsfab_link links[N];
	struct fake *f = *state;
	unsigned int i, messages = 0;

	for (i = 0; i < N; i++) {
		links[i].present = NSFAB_LINK_HAS_FROM | NSFAB_LINK_HAS_TO |
				   NSFAB_LINK_HAS_DELAY | NSFAB_LINK_HAS_RATE;
		links[i].from = i + 1;
		links[i].to = i + 2;
	}
	for (i = 1; i < 10; i++)
		fake_ack(f->genl, i);
	assert_int_equal(nsfab_link_set(f->h, 7, links, N, &f->err), 0);
	while (fake_request(f, f->genl))
		messages++;
	assert_in_range(messages, 2, 6);
}

static void put_histogram(struct nsfab_nl_msg *m, uint16_t type, uint64_t v)
{
	uint64_t histogram[NSFAB_LINK_HISTOGRAM] = { 0 };

	histogram[3] = v;
	nsfab_nl_put(m, type, histogram, sizeof(histogram));
}

static void answer(struct fake *f, uint32_t seq, uint16_t flags, uint32_t id,
		   uint64_t packets)
{
	struct nlattr *nest, *inner;
	struct nsfab_nl_msg m;

	fake_genl(&m, seq, NSFAB_CMD_LINK_GET, flags);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, id);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_FROM, 5);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_DELAY, 1ull << 33);
	nsfab_nl_put_u8(&m, NSFAB_A_LINK_LOSS_MODEL,
			NSFAB_LINK_LOSS_MODEL_MARKOV);
	for (int i = 0; i < 7; i++)
		nsfab_nl_put_u32(&m, NSFAB_A_LINK_LOSS, i);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_PATH, 8);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_PATH, 9);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_TRACE_AT, 3);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_TRACE_PERIOD, 4);
	nsfab_nl_put(&m, NSFAB_A_LINK_TABLE, "\0\0\xff\xff\0\0\1\0", 8);
	inner = nsfab_nl_nest(&m, NSFAB_A_LINK_FILTER);
	nsfab_nl_put(&m, NSFAB_A_LINK_FILTER_DST, "\x0a\0\0\5", 4);
	nsfab_nl_put_be16(&m, NSFAB_A_LINK_FILTER_SPORT, 53);
	nsfab_nl_nest_end(&m, inner);
	inner = nsfab_nl_nest(&m, NSFAB_A_LINK_COUNTERS);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_PACKETS, packets);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_LATE_MAX, packets);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_HELD, packets);
	put_histogram(&m, NSFAB_A_LINK_COUNTERS_LATE, packets);
	nsfab_nl_nest_end(&m, inner);
	/* One that a newer kernel may add. */
	nsfab_nl_put_u32(&m, 200, 1);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
}

static int keep(const struct nsfab_link *link, void *arg)
{
	struct nsfab_link **kept = arg;

	while (*kept)
		kept++;
	*kept = nsfab_link_dup(link);
	return 0;
}

static void a_link_is_read_whole_and_a_copy_stays(void **state)
{
	const struct nsfab_link key = { .present = NSFAB_LINK_HAS_ID, .id = 3 };
	struct nsfab_link *link[2] = { 0 }, *l;
	struct fake *f = *state;

	answer(f, 1, 0, 3, 11);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_link_get(f->h, 7, &key, keep, link, &f->err), 0);
	l = link[0];
	assert_int_equal(l->id, 3);
	assert_int_equal(l->from, 5);
	assert_false(l->present & NSFAB_LINK_HAS_TO);
	assert_int_equal(l->delay, 1ull << 33);
	assert_int_equal(l->loss_model, NSFAB_LINK_LOSS_MODEL_MARKOV);
	assert_int_equal(l->loss[4], 4);
	assert_int_equal(l->n_path, 2);
	assert_int_equal(l->path[1], 9);
	assert_int_equal(l->n_trace, 3);
	assert_null(l->trace);
	assert_int_equal(l->trace_period, 4);
	assert_int_equal(l->n_table, 2);
	assert_int_equal(l->table[0], -65536);
	assert_int_equal(l->filter.dst.len, 32);
	assert_int_equal(l->filter.sport, 53);
	assert_false(l->filter.present & NSFAB_LINK_FILTER_HAS_SRC);
	assert_int_equal(l->counters.packets, 11);
	assert_int_equal(l->counters.late[3], 11);
	assert_int_equal(l->counters.queueing[3], 0);
	free(l);
}

static void a_reset_is_told_once_though_the_dump_was_disturbed(void **state)
{
	struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT, .tenant = 1,
	};
	struct nsfab_link *link[4] = { 0 };
	struct fake *f = *state;

	answer(f, 1, NLM_F_MULTI, 3, 10);
	answer(f, 1, NLM_F_MULTI | NLM_F_DUMP_INTR, 4, 20);
	fake_done(f->genl, 1, 0, NLM_F_DUMP_INTR);
	answer(f, 2, NLM_F_MULTI, 3, 1);
	answer(f, 2, NLM_F_MULTI, 4, 2);
	fake_done(f->genl, 2, 0, 0);
	assert_int_equal(nsfab_link_dump(f->h, 7, &filter, true, keep, link,
					 &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_GET, NLM_F_DUMP,
			 "ifindex=07000000 filter{tenant=01000000 reset}");
	assert_non_null(link[1]);
	assert_null(link[2]);
	assert_int_equal(link[0]->counters.packets, 11);
	assert_int_equal(link[1]->counters.packets, 22);
	assert_int_equal(link[1]->counters.late[3], 22);
	assert_int_equal(link[1]->counters.late_max, 20);
	assert_int_equal(link[1]->counters.held, 2);
	free(link[0]);
	free(link[1]);
}

static void a_schedule_is_one_message(void **state)
{
	struct nsfab_schedule_event events[] = {
		{ .at = 3, .link = 5, .set = {
			.present = NSFAB_LINK_HAS_DELAY | NSFAB_LINK_HAS_ID |
				   NSFAB_LINK_HAS_PATH,
			.id = 9, .delay = 4 } },
		{ .at = 4, .link = 6, .set = {
			.present = NSFAB_LINK_HAS_FLAGS,
			.flags = NSFAB_LINK_FLAG_DOWN } },
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_schedule_new(f->h, 7, 10, events, 2, &f->err),
			 0);
	fake_assert_genl(f, NSFAB_CMD_SCHEDULE_NEW, NLM_F_ACK,
			 "ifindex=07000000 schedule{event{at=0300000000000000 "
			 "link=05000000 set{delay=0400000000000000}} "
			 "event{at=0400000000000000 link=06000000 "
			 "set{flags=01000000}} loop=0a00000000000000}");
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_schedule_del(f->h, 7, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_SCHEDULE_DEL, NLM_F_ACK,
			 "ifindex=07000000");
}

static void put_piece(struct nsfab_nl_msg *m, uint16_t at_type, uint32_t at,
		      uint16_t type, const void *points, size_t n)
{
	nsfab_nl_put_u32(m, at_type, at);
	nsfab_nl_put(m, type, points, n * 4);
}

/* Link 3 with a table of three points and a trace of as many, in pieces */
static void answer_points(struct fake *f, uint32_t at)
{
	static const int32_t table[] = { -65536, 0, 65536 };
	static const uint32_t trace[] = { 0, 2, 4 };
	struct nsfab_nl_msg m;
	struct nlattr *nest;
	int i;

	fake_genl(&m, 1, NSFAB_CMD_LINK_GET, NLM_F_MULTI);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, 3);
	nsfab_nl_put_u8(&m, NSFAB_A_LINK_DIST, NSFAB_LINK_DIST_TABLE);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_TRACE_AT, 3);
	nsfab_nl_nest_end(&m, nest);
	for (i = 0; i < 3; i += 2) {
		nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
		nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, 3);
		put_piece(&m, NSFAB_A_LINK_TABLE_AT, i, NSFAB_A_LINK_TABLE,
			  table + i, i ? 1 : 2);
		nsfab_nl_nest_end(&m, nest);
	}
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_genl(&m, 1, NSFAB_CMD_LINK_GET, NLM_F_MULTI);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	put_piece(&m, NSFAB_A_LINK_TRACE_AT, 0, NSFAB_A_LINK_TRACE, trace, 1);
	nsfab_nl_nest_end(&m, nest);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	put_piece(&m, NSFAB_A_LINK_TRACE_AT, at, NSFAB_A_LINK_TRACE, trace + 1,
		  at ? 2 : 0);
	nsfab_nl_nest_end(&m, nest);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, 4);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_done(f->genl, 1, 0, 0);
}

static void points_are_put_together(void **state)
{
	struct nsfab_link *link[3] = { 0 };
	struct fake *f = *state;

	answer_points(f, 1);
	assert_int_equal(nsfab_link_dump_points(f->h, 7, NULL, keep, link,
						&f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_LINK_GET, NLM_F_DUMP,
			 "ifindex=07000000 filter{points}");
	assert_non_null(link[0]);
	assert_non_null(link[1]);
	assert_int_equal(link[0]->id, 3);
	assert_int_equal(link[0]->n_table, 3);
	assert_int_equal(link[0]->table[2], 65536);
	assert_int_equal(link[0]->n_trace, 3);
	assert_int_equal(link[0]->trace[0], 0);
	assert_int_equal(link[0]->trace[2], 4);
	assert_int_equal(link[1]->id, 4);
	assert_int_equal(link[1]->n_table, 0);
	assert_null(link[1]->trace);
	assert_null(link[2]);
	free(link[0]);
	free(link[1]);
}

static void a_gap_between_points_is_noticed(void **state)
{
	struct nsfab_link *link[3] = { 0 };
	struct fake *f = *state;

	answer_points(f, 2);
	assert_int_equal(nsfab_link_dump_points(f->h, 7, NULL, keep, link,
						&f->err), -EBADMSG);
	assert_null(link[0]);
}

static void a_trace_that_is_cut_short_is_noticed(void **state)
{
	struct nsfab_link *link[3] = { 0 };
	struct fake *f = *state;

	answer_points(f, 0);
	assert_int_equal(nsfab_link_dump_points(f->h, 7, NULL, keep, link,
						&f->err), -EBADMSG);
	assert_null(link[0]);
}

static int keep_event(const struct nsfab_schedule_event *event, void *arg)
{
	struct nsfab_schedule_event **at = arg;

	**at = *event;
	(*at)++->set.table = NULL;
	return 0;
}

static void answer_events(struct fake *f, uint32_t seq, uint64_t delay)
{
	static const int32_t table[] = { -1, 1 };
	struct nlattr *nest, *event, *set;
	struct nsfab_nl_msg m;

	fake_genl(&m, seq, NSFAB_CMD_SCHEDULE_GET, NLM_F_MULTI);
	nest = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE);
	nsfab_nl_put_u64(&m, NSFAB_A_SCHEDULE_LOOP, delay);
	nsfab_nl_nest_end(&m, nest);
	nest = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE);
	event = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE_EVENT);
	nsfab_nl_put_u64(&m, NSFAB_A_EVENT_AT, 0);
	nsfab_nl_put_u32(&m, NSFAB_A_EVENT_LINK, 8);
	set = nsfab_nl_nest(&m, NSFAB_A_EVENT_SET);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_DELAY, delay);
	nsfab_nl_put_u8(&m, NSFAB_A_LINK_DIST, NSFAB_LINK_DIST_TABLE);
	nsfab_nl_nest_end(&m, set);
	nsfab_nl_nest_end(&m, event);
	event = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE_EVENT);
	set = nsfab_nl_nest(&m, NSFAB_A_EVENT_SET);
	put_piece(&m, NSFAB_A_LINK_TABLE_AT, 0, NSFAB_A_LINK_TABLE, table, 2);
	nsfab_nl_nest_end(&m, set);
	nsfab_nl_nest_end(&m, event);
	event = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE_EVENT);
	nsfab_nl_put_u64(&m, NSFAB_A_EVENT_AT, 6);
	nsfab_nl_put_u32(&m, NSFAB_A_EVENT_LINK, 9);
	set = nsfab_nl_nest(&m, NSFAB_A_EVENT_SET);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_QUEUE_BYTES, 0);
	nsfab_nl_nest_end(&m, set);
	nsfab_nl_nest_end(&m, event);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
}

static void events_are_read_again_when_disturbed(void **state)
{
	struct nsfab_schedule_event event[4] = { 0 }, *at = event;
	struct nsfab_schedule s;
	struct fake *f = *state;

	answer_events(f, 1, 5);
	fake_done(f->genl, 1, 0, NLM_F_DUMP_INTR);
	answer_events(f, 2, 7);
	fake_done(f->genl, 2, 0, 0);
	assert_int_equal(nsfab_schedule_dump(f->h, 7, &s, keep_event, &at,
					     &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_SCHEDULE_GET, NLM_F_DUMP,
			 "ifindex=07000000");
	assert_int_equal(s.loop, 7);
	assert_ptr_equal(at, event + 2);
	assert_int_equal(event[0].link, 8);
	assert_int_equal(event[0].set.delay, 7);
	assert_int_equal(event[0].set.n_table, 2);
	assert_int_equal(event[0].set.present, NSFAB_LINK_HAS_DELAY |
			 NSFAB_LINK_HAS_DIST | NSFAB_LINK_HAS_TABLE);
	assert_int_equal(event[1].at, 6);
	assert_int_equal(event[1].set.present, NSFAB_LINK_HAS_QUEUE);
	assert_int_equal(event[1].set.n_table, 0);
	fake_done(f->genl, 3, -ENOENT, 0);
	assert_int_equal(nsfab_schedule_dump(f->h, 7, &s, keep_event, &at,
					     &f->err), -ENOENT);
}

static void a_schedule_that_is_too_long_is_refused(void **state)
{
	static struct nsfab_schedule_event events[NSFAB_SCHEDULE_MAX + 1];
	struct fake *f = *state;

	assert_int_equal(nsfab_schedule_new(f->h, 7, 0, events,
					    NSFAB_SCHEDULE_MAX + 1, &f->err),
			 -EMSGSIZE);
	assert_null(fake_request(f, f->genl));
}

static void a_schedule_is_read(void **state)
{
	struct nsfab_schedule s;
	struct fake *f = *state;
	struct nsfab_nl_msg m;
	struct nlattr *nest;

	fake_genl(&m, 1, NSFAB_CMD_SCHEDULE_GET, 0);
	nest = nsfab_nl_nest(&m, NSFAB_A_SCHEDULE);
	nsfab_nl_put_u8(&m, NSFAB_A_SCHEDULE_STATE, NSFAB_SCHEDULE_STATE_DONE);
	nsfab_nl_put_u32(&m, NSFAB_A_SCHEDULE_EVENTS, 4);
	nsfab_nl_put_u64(&m, NSFAB_A_SCHEDULE_LATE_MAX, 1ull << 40);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_schedule_get(f->h, 7, &s, &f->err), 0);
	assert_int_equal(s.state, NSFAB_SCHEDULE_STATE_DONE);
	assert_int_equal(s.events, 4);
	assert_int_equal(s.late_max, 1ull << 40);
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_schedule_get(f->h, 7, &s, &f->err), -ENOENT);
}

static void a_refusal_names_link_and_attribute(void **state)
{
	struct nsfab_link links[2] = {
		{ .present = NSFAB_LINK_HAS_ID | NSFAB_LINK_HAS_DELAY },
		{ .present = NSFAB_LINK_HAS_ID | NSFAB_LINK_HAS_DELAY },
	};
	struct fake *f = *state;

	/* 20 of headers, 8 of ifindex, 4 + 8 + 12 of the first one, 4 + 8 */
	fake_error(f->genl, 1, -ERANGE, "too long", NLMSGERR_ATTR_OFFS, 64);
	assert_int_equal(nsfab_link_set(f->h, 7, links, 2, &f->err), -ERANGE);
	assert_int_equal(f->err.index, 1);
	assert_string_equal(f->err.attr, "link.delay");
	assert_non_null(strstr(f->err.text, "too long"));
}

static void quantiles_are_upper_bounds(void **state)
{
	uint64_t histogram[NSFAB_LINK_HISTOGRAM] = { 0 };

	(void)state;
	assert_int_equal(nsfab_link_quantile(histogram, 0.99, 0), 0);
	histogram[0] = 90;	/* 0 */
	histogram[5] = 9;	/* 16 to 31 */
	histogram[11] = 1;	/* 1024 to 2047 */
	assert_int_equal(nsfab_link_quantile(histogram, 0.5, 1500), 0);
	assert_int_equal(nsfab_link_quantile(histogram, 0.99, 1500), 31);
	assert_int_equal(nsfab_link_quantile(histogram, 0.999, 1500), 1500);
	assert_int_equal(nsfab_link_quantile(histogram, 0.999, 0), 2047);
	histogram[NSFAB_LINK_HISTOGRAM - 1] = 100;
	assert_int_equal(nsfab_link_quantile(histogram, 1, 1ull << 50),
			 1ull << 50);
}

static void values_have_names_both_ways(void **state)
{
	(void)state;
	assert_string_equal(nsfab_link_dist_name(NSFAB_LINK_DIST_PARETO),
			    "pareto");
	assert_int_equal(nsfab_link_dist_parse("table"), NSFAB_LINK_DIST_TABLE);
	assert_int_equal(nsfab_link_dist_parse("cauchy"), -EINVAL);
	assert_string_equal(nsfab_link_loss_model_name(4), "nth");
	assert_string_equal(nsfab_link_loss_model_name(5), "?");
	assert_int_equal(nsfab_link_loss_model_parse("gilbert"),
			 NSFAB_LINK_LOSS_MODEL_GILBERT);
	assert_int_equal(nsfab_link_overhead_parse("l1"),
			 NSFAB_LINK_OVERHEAD_L1);
	assert_string_equal(nsfab_link_overhead_name(NSFAB_LINK_OVERHEAD_L3),
			    "l3");
	assert_string_equal(nsfab_schedule_state_name(0), "running");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_is_written_with_what_is_present),
		TEST(a_bottleneck_has_a_name_and_a_tenant),
		TEST(lists_and_filters_are_written),
		TEST(what_is_empty_is_removed),
		TEST(a_long_trace_goes_on_in_messages_of_its_own),
		TEST(links_are_keyed_by_id_name_or_ends),
		TEST(thousands_take_few_messages),
		TEST(a_link_is_read_whole_and_a_copy_stays),
		TEST(a_reset_is_told_once_though_the_dump_was_disturbed),
		TEST(points_are_put_together),
		TEST(a_gap_between_points_is_noticed),
		TEST(a_trace_that_is_cut_short_is_noticed),
		TEST(events_are_read_again_when_disturbed),
		TEST(a_schedule_is_one_message),
		TEST(a_schedule_that_is_too_long_is_refused),
		TEST(a_schedule_is_read),
		TEST(a_refusal_names_link_and_attribute),
		TEST(quantiles_are_upper_bounds),
		TEST(values_have_names_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
