// SPDX-License-Identifier: GPL-2.0-or-later
/* Events, read from a socket pair that loses some. */
#include "fake_kernel.h"

/* The socket pair cannot overrun: the test does it in its place. */
static int overruns;

static ssize_t fake_recv(int fd, void *buf, size_t len, int flags)
{
	if (overruns) {
		overruns--;
		return -ENOBUFS;
	}
	return nsfab_nl_recv(fd, buf, len, flags);
}

#define nsfab_nl_recv fake_recv
#include "../lib/event.c"
#undef nsfab_nl_recv

struct subscription {
	struct nsfab_events *ev;
	int kernel;
};

static int setup(void **state)
{
	struct subscription *s = calloc(1, sizeof(*s));
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	s->ev = calloc(1, sizeof(*s->ev));
	s->ev->fd = pair[0];
	s->ev->family = FAKE_FAMILY;
	s->kernel = pair[1];
	*state = s;
	overruns = 0;
	return 0;
}

static int teardown(void **state)
{
	struct subscription *s = *state;

	nsfab_events_close(s->ev);
	close(s->kernel);
	free(s);
	return 0;
}

static void tell(struct subscription *s, uint16_t attr, uint8_t cmd, uint32_t id)
{
	struct nsfab_nl_msg m;
	struct nlattr *nest;

	fake_genl(&m, 0, NSFAB_CMD_TENANT_NTF, 0);
	nsfab_nl_put_u32(&m, NSFAB_A_IFINDEX, 7);
	nest = nsfab_nl_nest(&m, attr);
	nsfab_nl_put_u32(&m, NSFAB_A_TENANT_ID, id);
	nsfab_nl_nest_end(&m, nest);
	nsfab_nl_put_u8(&m, NSFAB_A_CMD, cmd);
	fake_send(s->kernel, &m);
	nsfab_nl_msg_free(&m);
}

struct seen {
	unsigned int n;
	unsigned int stop_at;
	enum nsfab_event_type type[8];
	uint8_t cmd[8];
	uint32_t id[8];
};

static int see(const struct nsfab_event *e, void *arg)
{
	struct seen *seen = arg;
	unsigned int i = seen->n++;

	assert_true(i < 8);
	seen->type[i] = e->type;
	seen->cmd[i] = e->cmd;
	if (e->type == NSFAB_EVENT_TENANT)
		seen->id[i] = e->tenant->id;
	else if (e->type == NSFAB_EVENT_PORT)
		seen->id[i] = e->port->id;
	if (e->type != NSFAB_EVENT_LOST)
		assert_int_equal(e->ifindex, 7);
	return seen->n == seen->stop_at ? 42 : 0;
}

static void events_tell_object_and_command(void **state)
{
	struct subscription *s = *state;
	struct seen seen = { 0 };
	struct nsfab_err err;

	tell(s, NSFAB_A_TENANT, NSFAB_CMD_TENANT_NEW, 3);
	tell(s, NSFAB_A_PORT, NSFAB_CMD_PORT_DEL, 5);
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.type[0], NSFAB_EVENT_TENANT);
	assert_int_equal(seen.cmd[0], NSFAB_CMD_TENANT_NEW);
	assert_int_equal(seen.id[0], 3);
	assert_int_equal(seen.type[1], NSFAB_EVENT_PORT);
	assert_int_equal(seen.cmd[1], NSFAB_CMD_PORT_DEL);
	assert_int_equal(seen.id[1], 5);
	/* Nothing there is no failure. */
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err), 0);
}

static void an_overrun_is_an_event(void **state)
{
	struct subscription *s = *state;
	struct seen seen = { 0 };
	struct nsfab_err err;

	overruns = 1;
	tell(s, NSFAB_A_TENANT, NSFAB_CMD_TENANT_NEW, 3);
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err), 0);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.type[0], NSFAB_EVENT_LOST);
	assert_int_equal(seen.type[1], NSFAB_EVENT_TENANT);
}

static void reading_ends_where_the_callback_says_so(void **state)
{
	struct subscription *s = *state;
	struct seen seen = { .stop_at = 1 };
	struct nsfab_err err;

	tell(s, NSFAB_A_TENANT, NSFAB_CMD_TENANT_NEW, 3);
	tell(s, NSFAB_A_TENANT, NSFAB_CMD_TENANT_NEW, 4);
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err), 42);
	assert_int_equal(seen.n, 1);
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err), 0);
	assert_int_equal(seen.id[1], 4);
}

static void a_kernel_that_is_gone_is_a_failure(void **state)
{
	struct subscription *s = *state;
	struct seen seen = { 0 };
	struct nsfab_err err;

	close(s->kernel);
	s->kernel = -1;
	assert_int_equal(nsfab_events_read(s->ev, see, &seen, &err),
			 -ECONNRESET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_tell_object_and_command),
		TEST(an_overrun_is_an_event),
		TEST(reading_ends_where_the_callback_says_so),
		TEST(a_kernel_that_is_gone_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
