// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests, batches and dumps, against a kernel that says what it likes. */
#include <nsfab/flow.h>
#include <nsfab/tenant.h>

#include "fake_kernel.h"

enum { MANY = 1000 };

/* A message with tenants of these ids. */
static void send_tenants(struct fake *f, uint32_t seq, uint16_t flags,
			 uint32_t first, unsigned int n)
{
	struct nsfab_nl_msg m;
	struct nlattr *nest;

	fake_genl(&m, seq, NSFAB_CMD_TENANT_GET, flags);
	nsfab_nl_put_u32(&m, NSFAB_A_IFINDEX, 7);
	for (; n; n--, first++) {
		nest = nsfab_nl_nest(&m, NSFAB_A_TENANT);
		nsfab_nl_put_u32(&m, NSFAB_A_TENANT_ID, first);
		nsfab_nl_put_str(&m, NSFAB_A_TENANT_NAME, "t");
		nsfab_nl_nest_end(&m, nest);
	}
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
}

struct seen {
	unsigned int n;
	unsigned int stop_at;
	uint32_t id[16];
};

static int see_tenant(const struct nsfab_tenant *t, void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->n < 16);
	assert_string_equal(t->name, "t");
	seen->id[seen->n++] = t->id;
	return seen->n == seen->stop_at ? 42 : 0;
}

static void a_dump_of_several_messages_is_told_in_order(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;

	send_tenants(f, 1, NLM_F_MULTI, 1, 2);
	send_tenants(f, 1, NLM_F_MULTI, 3, 1);
	fake_done(f->genl, 1, 0, 0);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.id[0], 1);
	assert_int_equal(seen.id[2], 3);
	fake_assert_genl(f, NSFAB_CMD_TENANT_GET, NLM_F_DUMP,
			 "ifindex=07000000");
}

static void a_disturbed_dump_is_repeated_and_told_once(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;

	send_tenants(f, 1, NLM_F_MULTI, 1, 2);
	send_tenants(f, 1, NLM_F_MULTI | NLM_F_DUMP_INTR, 3, 1);
	fake_done(f->genl, 1, 0, 0);
	send_tenants(f, 2, NLM_F_MULTI, 5, 1);
	fake_done(f->genl, 2, 0, NLM_F_DUMP_INTR);
	send_tenants(f, 3, NLM_F_MULTI, 8, 1);
	fake_done(f->genl, 3, 0, 0);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 0);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.id[0], 8);
}

static void a_dump_that_never_stands_still_fails(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;
	uint32_t seq;

	for (seq = 1; seq <= NSFAB_NL_TRIES; seq++)
		fake_done(f->genl, seq, 0, NLM_F_DUMP_INTR);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 -EINTR);
	assert_int_equal(seen.n, 0);
	assert_non_null(strstr(f->err.text, "changed all the time"));
}

static void a_dump_ends_where_its_callback_says_so(void **state)
{
	struct seen seen = { .stop_at = 2 };
	struct fake *f = *state;

	send_tenants(f, 1, NLM_F_MULTI, 1, 3);
	fake_done(f->genl, 1, 0, 0);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 42);
	assert_int_equal(seen.n, 2);

	/* And leaves nothing for the next request to trip over. */
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_tenant_del(f->h, 7, seen.id, 1, &f->err), 0);
}

static void a_refusal_at_the_end_of_a_dump_is_told(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;

	send_tenants(f, 1, NLM_F_MULTI, 1, 1);
	fake_done(f->genl, 1, -ENODEV, 0);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 -ENODEV);
	assert_int_equal(seen.n, 0);
	assert_int_equal(f->err.origin, NSFAB_ERR_KERNEL);
}

static int use_handle(const struct nsfab_tenant *t, void *arg)
{
	struct fake *f = arg;

	fake_ack(f->genl, f->h->seq + 1);
	return nsfab_tenant_del(f->h, 7, &t->id, 1, &f->err);
}

static void a_callback_may_use_the_handle(void **state)
{
	struct fake *f = *state;

	send_tenants(f, 1, NLM_F_MULTI, 1, 2);
	fake_done(f->genl, 1, 0, 0);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, use_handle, f, &f->err), 0);
	assert_int_equal(f->h->seq, 3);
}

static void answers_to_older_requests_are_skipped(void **state)
{
	struct fake *f = *state;
	uint32_t id = 3;

	f->h->seq = 10;
	fake_error(f->genl, 10, -EEXIST, "old", 0, -1);
	fake_ack(f->genl, 11);
	assert_int_equal(nsfab_tenant_del(f->h, 7, &id, 1, &f->err), 0);
}

static void fill(struct nsfab_tenant *t, const char *labels)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		t[i] = (struct nsfab_tenant){
			.present = NSFAB_TENANT_HAS_NAME |
				   NSFAB_TENANT_HAS_LABELS,
			.name = "t", .labels = labels,
		};
}

static unsigned int count_objects(const struct nlmsghdr *nlh)
{
	const struct nlattr *a;
	unsigned int n = 0;

	mnl_attr_for_each(a, nlh, sizeof(struct genlmsghdr))
		n += mnl_attr_get_type(a) == NSFAB_A_TENANT;
	return n;
}

static void a_large_array_is_split_and_its_refusal_has_its_index(void **state)
{
	static struct nsfab_tenant t[MANY];
	struct fake *f = *state;
	struct nlmsghdr *nlh;
	char labels[1000];
	unsigned int one;

	memset(labels, 'x', sizeof(labels) - 1);
	labels[sizeof(labels) - 1] = '\0';
	fill(t, labels);
	fake_ack(f->genl, 1);
	/* Blames the second object of the second message. */
	fake_error(f->genl, 2, -EEXIST, "taken", NLMSGERR_ATTR_OFFS,
		   MNL_NLMSG_HDRLEN + 4 + 8 + 4 + 8 + 4 + sizeof(labels));
	assert_int_equal(nsfab_tenant_new(f->h, 7, t, MANY, NULL, &f->err),
			 -EEXIST);
	nlh = fake_request(f, f->genl);
	assert_non_null(nlh);
	assert_true(nlh->nlmsg_len <= NSFAB_NL_BATCH);
	one = count_objects(nlh);
	assert_true(one > 20);
	/* Whole objects alone. */
	assert_int_equal(nlh->nlmsg_len, MNL_NLMSG_HDRLEN + 4 + 8 +
			 one * (4 + 8 + 4 + sizeof(labels)));
	assert_int_equal(f->err.applied, one);
	assert_int_equal(f->err.index, one + 1);
	assert_non_null(fake_request(f, f->genl));
	assert_null(fake_request(f, f->genl));
}

static void an_object_too_long_for_a_message_is_refused(void **state)
{
	char *labels = malloc(NSFAB_NL_BATCH + 1);
	struct nsfab_tenant t = {
		.present = NSFAB_TENANT_HAS_LABELS, .labels = labels,
	};
	struct fake *f = *state;

	memset(labels, 'x', NSFAB_NL_BATCH);
	labels[NSFAB_NL_BATCH] = '\0';
	assert_int_equal(nsfab_tenant_new(f->h, 7, &t, 1, NULL, &f->err),
			 -EMSGSIZE);
	assert_int_equal(f->err.index, 0);
	assert_null(fake_request(f, f->genl));
	free(labels);
}

static void new_ids_come_back_in_order_over_all_messages(void **state)
{
	static struct nsfab_tenant t[MANY];
	static uint32_t ids[MANY];
	struct fake *f = *state;
	unsigned int i, seq;

	fill(t, "");
	for (i = 0, seq = 1; i < MANY; i += 128, seq++) {
		unsigned int n = MANY - i < 128 ? MANY - i : 128;

		/* Two messages a request, as the kernel is free to do. */
		send_tenants(f, seq, 0, 100 + i, n / 2);
		send_tenants(f, seq, 0, 100 + i + n / 2, n - n / 2);
		fake_ack(f->genl, seq);
	}
	assert_int_equal(nsfab_tenant_new(f->h, 7, t, MANY, ids, &f->err), 0);
	for (i = 0; i < MANY; i++)
		assert_int_equal(ids[i], 100 + i);
	assert_true(fake_request(f, f->genl)->nlmsg_flags & NLM_F_ECHO);
}

static void ids_that_the_kernel_keeps_back_are_an_error(void **state)
{
	struct nsfab_tenant t[2] = { { 0 }, { 0 } };
	struct fake *f = *state;
	uint32_t ids[2];

	send_tenants(f, 1, 0, 1, 1);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_tenant_new(f->h, 7, t, 2, ids, &f->err),
			 -EBADMSG);
}

static void more_ids_than_objects_do_no_harm(void **state)
{
	struct nsfab_tenant t[2] = { { 0 }, { 0 } };
	uint32_t *ids = malloc(2 * sizeof(*ids));
	struct fake *f = *state;

	send_tenants(f, 1, 0, 1, 5);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_tenant_new(f->h, 7, t, 2, ids, &f->err), 0);
	assert_int_equal(ids[1], 2);
	free(ids);
}

static void changes_go_one_in_a_message(void **state)
{
	struct nsfab_tenant t[2] = {
		{ .present = NSFAB_TENANT_HAS_ID, .id = 1 },
		{ .present = NSFAB_TENANT_HAS_ID, .id = 2 },
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	fake_error(f->genl, 2, -ESTALE, "older", NLMSGERR_ATTR_OFFS,
		   MNL_NLMSG_HDRLEN + 4 + 8);
	assert_int_equal(nsfab_tenant_set(f->h, 7, t, 2, &f->err), -ESTALE);
	assert_int_equal(f->err.index, 1);
	assert_int_equal(f->err.applied, 1);
	fake_assert_genl(f, NSFAB_CMD_TENANT_SET, NLM_F_ACK,
			 "ifindex=07000000 tenant{id=01000000}");
	fake_assert_genl(f, NSFAB_CMD_TENANT_SET, NLM_F_ACK,
			 "ifindex=07000000 tenant{id=02000000}");
}

static void an_object_that_is_not_there_is_told_so(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;
	uint32_t id;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_tenant_get(f->h, 7, 5, NULL, see_tenant, &seen,
					  &f->err), -ENOENT);
	fake_error(f->genl, 2, -ENOENT, "No such tenant", 0, -1);
	assert_int_equal(nsfab_tenant_find(f->h, 7, "acme", &id, &f->err),
			 -ENOENT);
	assert_string_equal(f->err.text,
			    "tenant acme: No such tenant");
	/* Not asked at all. */
	assert_int_equal(nsfab_tenant_find(f->h, 7, "a/b", &id, &f->err),
			 -EINVAL);
	assert_int_equal(f->h->seq, 2);
}

static void without_the_family_the_module_is_missed(void **state)
{
	struct seen seen = { 0 };
	struct fake *f = *state;

	f->h->family = 0;
	fake_error(f->genl, 1, -ENOENT, NULL, 0, -1);
	assert_int_equal(nsfab_tenant_dump(f->h, 7, see_tenant, &seen, &f->err),
			 -ENOENT);
	assert_int_equal(f->err.origin, NSFAB_ERR_NO_MODULE);
	assert_string_equal(f->err.text, "module nsfab is not loaded");
}

static void the_family_is_asked_for_once(void **state)
{
	struct nlattr *groups, *group;
	struct fake *f = *state;
	struct genlmsghdr *genl;
	struct nsfab_nl_msg m;
	uint32_t id = 1;

	f->h->family = 0;
	nsfab_nl_msg_init(&m, 512);
	genl = nsfab_nl_msg_start(&m, GENL_ID_CTRL, 0, sizeof(*genl));
	genl->cmd = CTRL_CMD_NEWFAMILY;
	m.nlh->nlmsg_seq = 1;
	nsfab_nl_put_u16(&m, CTRL_ATTR_FAMILY_ID, 0x55);
	groups = nsfab_nl_nest(&m, CTRL_ATTR_MCAST_GROUPS);
	group = nsfab_nl_nest(&m, 1);
	nsfab_nl_put_u32(&m, CTRL_ATTR_MCAST_GRP_ID, 9);
	nsfab_nl_put_str(&m, CTRL_ATTR_MCAST_GRP_NAME, NSFAB_MCGRP_FLOW);
	nsfab_nl_nest_end(&m, group);
	nsfab_nl_nest_end(&m, groups);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_ack(f->genl, 1);
	fake_ack(f->genl, 2);
	fake_ack(f->genl, 3);
	assert_int_equal(nsfab_tenant_del(f->h, 7, &id, 1, &f->err), 0);
	assert_int_equal(nsfab_tenant_del(f->h, 7, &id, 1, &f->err), 0);
	assert_int_equal(f->h->family, 0x55);
	assert_int_equal(f->h->group_flow, 9);
	assert_int_equal(f->h->seq, 3);
}

/* Flows with source ports from @first on, each with @packets. */
static void send_flows(struct fake *f, uint32_t seq, uint16_t flags,
		       uint16_t first, unsigned int n, uint64_t packets,
		       uint32_t size)
{
	struct nlattr *nest, *dir;
	struct nsfab_nl_msg m;

	fake_genl(&m, seq, NSFAB_CMD_FLOW_GET, flags);
	for (; n; n--, first++) {
		nest = nsfab_nl_nest(&m, NSFAB_A_FLOW);
		nsfab_nl_put(&m, NSFAB_A_FLOW_SRC, "\x0a\0\0\1", 4);
		nsfab_nl_put(&m, NSFAB_A_FLOW_DST, "\x0a\0\0\2", 4);
		nsfab_nl_put_u8(&m, NSFAB_A_FLOW_PROTO, 6);
		nsfab_nl_put_be16(&m, NSFAB_A_FLOW_SRC_L4, first);
		nsfab_nl_put_u64(&m, NSFAB_A_FLOW_LAST, seq);
		dir = nsfab_nl_nest(&m, NSFAB_A_FLOW_ORIG);
		nsfab_nl_put_u64(&m, NSFAB_A_FLOW_DIR_PACKETS, packets);
		nsfab_nl_put_u8(&m, NSFAB_A_FLOW_DIR_TCP_FLAGS, 1 << seq);
		nsfab_nl_put_u32(&m, NSFAB_A_FLOW_DIR_SIZE_MIN, size);
		nsfab_nl_put_u32(&m, NSFAB_A_FLOW_DIR_SIZE_MAX, size);
		nsfab_nl_nest_end(&m, dir);
		nsfab_nl_nest_end(&m, nest);
	}
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
}

struct flows {
	unsigned int n;
	uint64_t packets;
	struct nsfab_flow last;
};

static int see_flow(const struct nsfab_flow *flow, void *arg)
{
	struct flows *flows = arg;

	flows->n++;
	flows->packets += flow->orig.packets;
	flows->last = *flow;
	return 0;
}

static void what_a_reset_has_told_is_added_up(void **state)
{
	struct flows flows = { 0 };
	struct fake *f = *state;
	unsigned int i;

	for (i = 0; i < 1500; i += 300)
		send_flows(f, 1, NLM_F_MULTI, i, 300, 3, 100);
	send_flows(f, 1, NLM_F_MULTI | NLM_F_DUMP_INTR, 1500, 1, 3, 100);
	fake_done(f->genl, 1, 0, 0);
	/* The second pass tells what came since, and what the first missed. */
	send_flows(f, 2, NLM_F_MULTI, 1500, 1, 2, 60);
	send_flows(f, 2, NLM_F_MULTI, 1501, 1, 7, 60);
	send_flows(f, 2, NLM_F_MULTI, 1500, 1, 1, 200);
	send_flows(f, 2, NLM_F_MULTI, 0, 300, 1, 200);
	fake_done(f->genl, 2, 0, 0);
	assert_int_equal(nsfab_flow_dump(f->h, 7, NULL, true, see_flow, &flows,
					 &f->err), 0);
	assert_int_equal(flows.n, 1502);
	assert_int_equal(flows.packets, 1501 * 3 + 2 + 7 + 1 + 300);
	fake_assert_genl(f, NSFAB_CMD_FLOW_GET, NLM_F_DUMP,
			 "ifindex=07000000 filter{reset}");
}

static void merged_flows_keep_extremes_flags_and_the_last_time(void **state)
{
	struct flows flows = { 0 };
	struct fake *f = *state;

	send_flows(f, 1, NLM_F_MULTI | NLM_F_DUMP_INTR, 5, 1, 1, 100);
	fake_done(f->genl, 1, 0, 0);
	send_flows(f, 2, NLM_F_MULTI, 5, 1, 1, 60);
	send_flows(f, 2, NLM_F_MULTI, 5, 1, 1, 150);
	fake_done(f->genl, 2, 0, 0);
	assert_int_equal(nsfab_flow_dump(f->h, 7, NULL, true, see_flow, &flows,
					 &f->err), 0);
	assert_int_equal(flows.n, 1);
	assert_int_equal(flows.last.orig.size_min, 60);
	assert_int_equal(flows.last.orig.size_max, 150);
	assert_int_equal(flows.last.orig.tcp_flags, 1 << 1 | 1 << 2);
	assert_int_equal(flows.last.last, 2);
	assert_int_equal(flows.last.src_l4, 5);
}

static void a_reset_that_fails_half_way_still_tells_its_counts(void **state)
{
	struct flows flows = { 0 };
	struct fake *f = *state;

	send_flows(f, 1, NLM_F_MULTI, 0, 4, 3, 100);
	fake_done(f->genl, 1, -ENODEV, 0);
	assert_int_equal(nsfab_flow_dump(f->h, 7, NULL, true, see_flow, &flows,
					 &f->err), -ENODEV);
	assert_int_equal(flows.packets, 12);
}

static void flows_that_never_stand_still_are_taken_as_they_are(void **state)
{
	struct flows flows = { 0 };
	struct fake *f = *state;
	uint32_t seq;

	for (seq = 1; seq <= 4; seq++) {
		send_flows(f, seq, NLM_F_MULTI | NLM_F_DUMP_INTR, 0, seq, 1, 1);
		fake_done(f->genl, seq, 0, 0);
	}
	assert_int_equal(nsfab_flow_dump(f->h, 7, NULL, false, see_flow, &flows,
					 &f->err), 0);
	assert_int_equal(flows.n, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_dump_of_several_messages_is_told_in_order),
		TEST(a_disturbed_dump_is_repeated_and_told_once),
		TEST(a_dump_that_never_stands_still_fails),
		TEST(a_dump_ends_where_its_callback_says_so),
		TEST(a_refusal_at_the_end_of_a_dump_is_told),
		TEST(a_callback_may_use_the_handle),
		TEST(answers_to_older_requests_are_skipped),
		TEST(a_large_array_is_split_and_its_refusal_has_its_index),
		TEST(an_object_too_long_for_a_message_is_refused),
		TEST(new_ids_come_back_in_order_over_all_messages),
		TEST(ids_that_the_kernel_keeps_back_are_an_error),
		TEST(more_ids_than_objects_do_no_harm),
		TEST(changes_go_one_in_a_message),
		TEST(an_object_that_is_not_there_is_told_so),
		TEST(without_the_family_the_module_is_missed),
		TEST(the_family_is_asked_for_once),
		TEST(what_a_reset_has_told_is_added_up),
		TEST(merged_flows_keep_extremes_flags_and_the_last_time),
		TEST(a_reset_that_fails_half_way_still_tells_its_counts),
		TEST(flows_that_never_stand_still_are_taken_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
