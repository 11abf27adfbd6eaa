// SPDX-License-Identifier: GPL-2.0-or-later
/* Links in words: values, files, and what the kernel is asked. */
#include "fake_kernel.h"

#include "dispatch.h"
#include "link_values.h"

static struct link_values good(const char *key, const char *text)
{
	struct link_values v = { 0 };

	if (link_value(&v, key, text))
		fail_msg("%s", v.why);
	return v;
}

static void bad(const char *key, const char *text, const char *says)
{
	struct link_values v = { 0 };

	if (!link_value(&v, key, text))
		fail_msg("%s %s is good", key, text);
	if (!strstr(v.why, says))
		fail_msg("\"%s\" does not say \"%s\"", v.why, says);
	link_values_clear(&v);
}

static void times_rates_and_shares_have_units(void **state)
{
	(void)state;
	assert_int_equal(good("delay", "1.5ms").link.delay, 1500000);
	assert_int_equal(good("jitter", "16s").link.jitter, 16000000000);
	assert_int_equal(good("rate", "1gbit").link.rate, 1000000000);
	assert_int_equal(good("rate", "none").link.rate, 0);
	assert_int_equal(good("dup", "100%").link.duplicate, UINT32_MAX);
	assert_int_equal(good("corrupt", "0.5").link.corrupt, 1u << 31);
	assert_int_equal(good("dist", "pareto").link.dist,
			 NSFAB_LINK_DIST_PARETO);
	assert_int_equal(good("overhead", "l1").link.overhead,
			 NSFAB_LINK_OVERHEAD_L1);
	assert_int_equal(good("state", "down").link.flags,
			 NSFAB_LINK_FLAG_DOWN);
	assert_int_equal(good("state", "up").flags, NSFAB_LINK_FLAG_DOWN);
	bad("delay", "17s", "delay \"17s\" is not a time of at most 16s");
	bad("delay", "-5ms", "not a time");
	bad("rate", "999", "a rate from 1kbit");
	bad("loss", "101%", "a share (0.1%)");
	bad("dist", "cauchy", "one of uniform, normal, pareto, table FILE");
	bad("dist", "table", "one of uniform");
	bad("overhead", "l7", "one of l1, l2, l3");
	bad("overtake", "perhaps", "\"on\" or \"off\"");
	bad("seed", "x", "a number from 0 to 18446744073709551615");
	bad("dport", "70000", "a number from 0 to 65535");
	bad("src", "10.0.0.0/33", "an address or a prefix");
	bad("colour", "red", "one of a link's");
}

static void a_queue_is_bytes_or_time(void **state)
{
	(void)state;
	assert_int_equal(good("queue", "64k").link.queue_bytes, 65536);
	assert_int_equal(good("queue", "1500").link.queue_bytes, 1500);
	assert_int_equal(good("queue", "20ms").link.queue_time, 20000000);
	assert_int_equal(good("queue", "20ms").link.queue_bytes, 0);
	assert_int_equal(good("queue", "1s").link.queue_time, 1000000000);
	assert_int_equal(good("queue", "auto").link.queue_time, 0);
	assert_int_equal(good("ecn", "5ms").link.ecn_time, 5000000);
	assert_true(good("ecn", "off").link.present & NSFAB_LINK_HAS_ECN);
	bad("queue", "0", "\"auto\", a size (64k) or a time");
	bad("queue", "17s", "of at most 16s");
	bad("ecn", "x", "\"off\"");
}

static void loss_has_models(void **state)
{
	const uint32_t full = UINT32_MAX;
	struct link_values v;
	char text[256];

	(void)state;
	v = good("loss", "10%");
	assert_int_equal(v.link.loss_model, NSFAB_LINK_LOSS_MODEL_RANDOM);
	assert_int_equal(v.link.loss[0], 429496730);
	assert_string_equal(link_loss_text(&v.link, text, sizeof(text)),
			    "10%");
	assert_int_equal(good("loss", "none").link.loss_model,
			 NSFAB_LINK_LOSS_MODEL_NONE);
	assert_int_equal(good("loss", "0%").link.loss_model,
			 NSFAB_LINK_LOSS_MODEL_NONE);
	v = good("loss", "gemodel 1%");
	assert_int_equal(v.link.loss_model, NSFAB_LINK_LOSS_MODEL_GILBERT);
	assert_int_equal(v.link.loss[1], full - v.link.loss[0]);
	assert_int_equal(v.link.loss[2], full);
	assert_int_equal(v.link.loss[3], 0);
	v = good("loss", "gemodel 1% 10% 70% 0.1%");
	assert_string_equal(link_loss_text(&v.link, text, sizeof(text)),
			    "gemodel 1% 10% 70% 0.1%");
	v = good("loss", "state 1% 20%");
	assert_int_equal(v.link.loss_model, NSFAB_LINK_LOSS_MODEL_MARKOV);
	assert_int_equal(v.link.loss[2], 0);
	assert_int_equal(v.link.loss[3], full);
	assert_int_equal(v.link.loss[4], 0);
	v = good("loss", "nth 1,5,9");
	assert_int_equal(v.link.n_nth, 3);
	assert_int_equal(v.nth[2], 9);
	v.link.nth = v.nth;
	assert_string_equal(link_loss_text(&v.link, text, sizeof(text)),
			    "nth 1,5,9");
	bad("loss", "gemodel", "gemodel P [R [1-H [1-K]]] with 1 to 4 shares");
	bad("loss", "gemodel 1% 1% 1% 1% 1%", "1 to 4 shares");
	bad("loss", "random 1% 1%", "random P with 1 to 1 shares");
	bad("loss", "nth 5,5", "rising numbers from 1 on");
	bad("loss", "nth 0", "rising numbers from 1 on");
	bad("loss", "mostly", "nth N[,N...]");
	bad("loss", "state 1% x", "loss \"x\" is not a share");
}

static void values_must_fit_one_another(void **state)
{
	struct link_values v = { 0 };

	(void)state;
	link_value(&v, "delay", "10s");
	link_value(&v, "jitter", "7s");
	assert_int_equal(link_values_check(&v), -EINVAL);
	assert_non_null(strstr(v.why, "16s in all"));
	v = good("dport", "80");
	assert_int_equal(link_values_check(&v), -EINVAL);
	link_value(&v, "proto", "tcp");
	assert_int_equal(link_values_check(&v), 0);
	link_value(&v, "src", "10.0.0.1");
	link_value(&v, "dst", "2001:db8::1");
	assert_int_equal(link_values_check(&v), -EINVAL);
}

static void shares_come_back_as_they_were_written(void **state)
{
	static const char *const texts[] = { "0.1%", "10%", "33.3%", "100%" };
	char text[32];
	uint32_t share;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(netctl_parse_share(texts[i], &share), 0);
		assert_string_equal(link_share_text(share, text, sizeof(text)),
				    texts[i]);
	}
	for (share = 1; share > 0 && share < UINT32_MAX / 3; share *= 3) {
		uint32_t back;

		link_share_text(share, text, sizeof(text));
		assert_int_equal(netctl_parse_share(text, &back), 0);
		assert_int_equal(back, share);
	}
}

static char path[] = "/tmp/test_link_words.XXXXXX";

static const char *file(const char *text)
{
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void bad_file(const char *key, const char *text, unsigned int line,
		     const char *says)
{
	char value[128], where[128];

	snprintf(value, sizeof(value), "%s%s",
		 strcmp(key, "dist") ? "" : "table ", file(text));
	if (line)
		snprintf(where, sizeof(where), "%s:%u: %s", path, line, says);
	else
		snprintf(where, sizeof(where), "%s: %s", path, says);
	bad(key, value, where);
	unlink(path);
}

static void a_trace_of_mahimahi_is_read(void **state)
{
	struct link_values v;
	char *many;
	size_t i;

	(void)state;
	v = good("trace", file("0\n5\n5\n12\n"));
	unlink(path);
	assert_int_equal(v.link.n_trace, 4);
	assert_int_equal(v.link.trace[2], 5);
	assert_int_equal(v.link.trace_period, 12);
	link_values_clear(&v);
	bad_file("trace", "1\n5\n4\n", 3, "4 goes back behind 5");
	bad_file("trace", "1\n\n4\n", 2, "an empty line");
	bad_file("trace", "1\n2x\n", 2, "\"2x\" is not a millisecond");
	bad_file("trace", "1\n-2\n", 2, "\"-2\" is not a millisecond");
	bad_file("trace", "1\n0x2\n", 2, "\"0x2\" is not a millisecond");
	bad_file("trace", "0\n0\n", 2, "the last line is 0");
	bad_file("trace", "", 0, "is empty");
	bad("trace", "/nonexistent/x", "/nonexistent/x: No such file");
	many = malloc((NSFAB_LINK_TRACE_MAX + 1) * 2 + 1);
	for (i = 0; i <= NSFAB_LINK_TRACE_MAX; i++)
		memcpy(many + 2 * i, "7\n", 3);
	bad_file("trace", many, NSFAB_LINK_TRACE_MAX + 1,
		 "more than 1048576 lines");
	free(many);
}

static void a_trace_of_theaterq_is_a_schedule(void **state)
{
	struct link_values v;

	(void)state;
	v = good("trace", file("KEEP,LATENCY,RATE,LOSS,LIMIT\n"
			       "1000,5000000,1000000,0,10\n"
			       "500,6000000,-1,4294967295,0\n"));
	unlink(path);
	assert_int_equal(v.n_events, 2);
	assert_int_equal(v.loop, 1500000);
	assert_int_equal(v.events[1].at, 1000000);
	assert_int_equal(v.events[0].set.delay, 5000000);
	assert_int_equal(v.events[0].set.rate, 1000000);
	assert_int_equal(v.events[0].set.loss_model,
			 NSFAB_LINK_LOSS_MODEL_NONE);
	assert_int_equal(v.events[0].set.queue_bytes, 15140);
	assert_int_equal(v.events[1].set.rate, 0);
	assert_int_equal(v.events[1].set.queue_bytes, 0);
	assert_int_equal(v.events[1].set.loss[0], UINT32_MAX);
	assert_false(v.events[1].set.present & NSFAB_LINK_HAS_JITTER);
	link_values_clear(&v);
	v = good("trace", file("10,1,2,3000,4,5,6,0,1,1\n"));
	unlink(path);
	assert_int_equal(v.events[0].set.jitter, 2);
	assert_int_equal(v.events[0].set.dist, NSFAB_LINK_DIST_NORMAL);
	assert_int_equal(v.events[0].set.duplicate, 6);
	link_values_clear(&v);
	/* Slower than a link can be: nothing goes. A queue is a packet. */
	v = good("trace", file("KEEP,RATE,LIMIT\n1,500,0\n"));
	unlink(path);
	assert_int_equal(v.events[0].set.rate, NSFAB_LINK_RATE_MIN);
	assert_int_equal(v.events[0].set.flags, NSFAB_LINK_FLAG_DOWN);
	assert_int_equal(v.events[0].set.queue_bytes, 1514);
	link_values_clear(&v);
	/* In any order, with a remark before. */
	v = good("trace", file("# made by hand\nLATENCY,KEEP\n7,9\n"));
	unlink(path);
	assert_int_equal(v.events[0].set.delay, 7);
	assert_int_equal(v.loop, 9000);
	link_values_clear(&v);
	bad_file("trace", "KEEP,COLOUR\n1,2\n", 1, "unknown column \"COLOUR\"");
	bad_file("trace", "1,2,3\n", 1, "has 3 values");
	bad_file("trace", "KEEP,LATENCY\n1,2\n1,2,3\n", 3,
		 "has 3 values where there are 2 columns");
	bad_file("trace", "LATENCY,RATE\n1,2000\n", 2, "there is no column KEEP");
	bad_file("trace", "KEEP,LATENCY\n0,5\n", 2, "KEEP 0 is not from 1");
	bad_file("trace", "KEEP,LATENCY\n1,x\n", 2, "\"x\" is not a whole");
	bad_file("trace", "10,1,2,3000,4,5,6,0,1,1\n10,1,2,3000,4,5,6,0,2,1\n",
		 2, "ROUTE_ID changes from 1 to 2");
	bad_file("trace", "KEEP,LATENCY,JITTER\n1,9000000000,8000000000\n", 2,
		 "LATENCY and JITTER are more than 16s");
	bad_file("trace", "KEEP,LATENCY\n", 0, "has no line of values");
}

static void a_distribution_is_read(void **state)
{
	char value[128], *many;
	struct link_values v;
	size_t i;

	(void)state;
	snprintf(value, sizeof(value), "table %s",
		 file("# half\n-8192 0\n 8192\n"));
	v = good("dist", value);
	unlink(path);
	assert_int_equal(v.link.dist, NSFAB_LINK_DIST_TABLE);
	assert_int_equal(v.link.n_table, 3);
	assert_int_equal(v.link.table[0], -65536);
	assert_int_equal(v.link.table[2], 65536);
	link_values_clear(&v);
	bad_file("dist", "1 2\n1\n", 2, "1 is less than the number before");
	bad_file("dist", "1\n", 0, "has 1 numbers, a distribution needs 2 or more");
	bad_file("dist", "1 b\n", 1, "\"b\" is not a number");
	bad_file("dist", "1 262145\n", 1, "\"262145\" is not a number from");
	many = malloc((NSFAB_LINK_TABLE_MAX + 1) * 2 + 1);
	for (i = 0; i <= NSFAB_LINK_TABLE_MAX; i++)
		memcpy(many + 2 * i, "7\n", 3);
	bad_file("dist", many, NSFAB_LINK_TABLE_MAX + 1,
		 "more than 4096 numbers");
	free(many);
}

static const struct netctl_object *const objects[] = {
	&netctl_obj_link, &netctl_obj_bottleneck, &netctl_obj_schedule,
	&netctl_obj_fidelity, NULL
};

struct cli {
	struct fake *f;
	struct netctl_ctx ctx;
	char *out;
	char *err;
};

static int setup(void **state)
{
	struct timeval patience = { .tv_usec = 200000 };
	struct cli *cli = calloc(1, sizeof(*cli));

	assert_non_null(cli);
	fake_setup((void **)&cli->f);
	assert_int_equal(setsockopt(cli->f->h->genl_fd, SOL_SOCKET, SO_RCVTIMEO,
				    &patience, sizeof(patience)), 0);
	cli->ctx.handle = cli->f->h;
	cli->ctx.ifindex = 7;
	*state = cli;
	return 0;
}

static int teardown(void **state)
{
	struct cli *cli = *state;

	free(cli->out);
	free(cli->err);
	fake_teardown((void **)&cli->f);
	free(cli);
	return 0;
}

static int run(struct cli *cli, const char *line)
{
	FILE *out = stdout, *err = stderr;
	char *words[64], *save, *copy = strdup(line);
	size_t out_len, err_len;
	int argc = 0, status;

	free(cli->out);
	free(cli->err);
	for (words[0] = strtok_r(copy, " ", &save); words[argc];
	     words[argc] = strtok_r(NULL, " ", &save))
		argc++;
	stdout = open_memstream(&cli->out, &out_len);
	stderr = open_memstream(&cli->err, &err_len);
	cli->ctx.object = NULL;
	cli->ctx.verb = NULL;
	status = netctl_dispatch(&cli->ctx, objects, argc, words);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	free(copy);
	return status;
}

static void refuse(struct cli *cli, const char *line, const char *says)
{
	assert_int_equal(run(cli, line), NETCTL_USAGE);
	if (!strstr(cli->err, says))
		fail_msg("\"%s\" does not say \"%s\"", cli->err, says);
	assert_string_equal(cli->out, "");
	assert_null(fake_request(cli->f, cli->f->genl));
}

static struct nlattr *begin(struct cli *cli, struct nsfab_nl_msg *m, int nth,
			    uint16_t kind)
{
	fake_genl(m, cli->f->h->seq + nth, 0, 0);
	nsfab_nl_put_u32(m, NSFAB_A_IFINDEX, 7);
	return nsfab_nl_nest(m, kind);
}

static void end(struct cli *cli, struct nsfab_nl_msg *m, struct nlattr *nest)
{
	nsfab_nl_nest_end(m, nest);
	fake_send(cli->f->genl, m);
	fake_ack(cli->f->genl, m->nlh->nlmsg_seq);
	nsfab_nl_msg_free(m);
}

static void tell(struct cli *cli, int nth, uint16_t kind, uint32_t id,
		 uint16_t id_attr)
{
	struct nsfab_nl_msg m;
	struct nlattr *nest = begin(cli, &m, nth, kind);

	nsfab_nl_put_u32(&m, id_attr, id);
	end(cli, &m, nest);
}

/* Answers that find the ports of FROM and TO. */
static void tell_ends(struct cli *cli)
{
	tell(cli, 1, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	tell(cli, 2, NSFAB_A_PORT, 11, NSFAB_A_PORT_ID);
	tell(cli, 3, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	tell(cli, 4, NSFAB_A_PORT, 12, NSFAB_A_PORT_ID);
}

static void skip_requests(struct cli *cli, int n)
{
	while (n--)
		assert_non_null(fake_request(cli->f, cli->f->genl));
}

static void set_makes_what_is_not_there(void **state)
{
	struct cli *cli = *state;

	tell_ends(cli);
	fake_error(cli->f->genl, 5, -ENOENT, NULL, 0, -1);
	fake_ack(cli->f->genl, 6);
	assert_int_equal(run(cli, "link set acme/a/eth0 acme/b/eth0 delay 1us "
			     "loss gemodel 100% 0 queue 16ns down"), NETCTL_OK);
	skip_requests(cli, 4);
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_GET, NLM_F_ACK,
			 "ifindex=07000000 link{from=0b000000 to=0c000000}");
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_NEW, NLM_F_ACK,
			 "ifindex=07000000 link{from=0b000000 to=0c000000 "
			 "flags=01000000 delay=e803000000000000 loss-model=02 "
			 "loss=ffffffff loss=00000000 loss=ffffffff "
			 "loss=00000000 "
			 "queue-time=1000000000000000}");
}

static void set_changes_in_place_what_was_said(void **state)
{
	struct cli *cli = *state;
	struct nsfab_nl_msg m;
	struct nlattr *nest;

	tell(cli, 1, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	tell(cli, 2, NSFAB_A_PORT, 12, NSFAB_A_PORT_ID);
	nest = begin(cli, &m, 3, NSFAB_A_LINK);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, 5);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_FLAGS, NSFAB_LINK_FLAG_DOWN |
			 NSFAB_LINK_FLAG_OVERTAKE);
	end(cli, &m, nest);
	fake_ack(cli->f->genl, 4);
	assert_int_equal(run(cli, "link set - acme/b/eth0 scope 3 up revision 9"),
			 NETCTL_OK);
	skip_requests(cli, 2);
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_GET, NLM_F_ACK,
			 "ifindex=07000000 link{to=0c000000 scope=03000000}");
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_SET, NLM_F_ACK,
			 "ifindex=07000000 link{id=05000000 "
			 "revision=0900000000000000 flags=02000000}");
}

static void a_path_is_bottlenecks_by_name(void **state)
{
	struct cli *cli = *state;

	tell(cli, 1, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	tell(cli, 2, NSFAB_A_PORT, 11, NSFAB_A_PORT_ID);
	fake_error(cli->f->genl, 3, -ENOENT, NULL, 0, -1);
	tell(cli, 4, NSFAB_A_LINK, 21, NSFAB_A_LINK_ID);
	tell(cli, 5, NSFAB_A_LINK, 22, NSFAB_A_LINK_ID);
	fake_ack(cli->f->genl, 6);
	assert_int_equal(run(cli, "link add acme/a/eth0 path core,edge"),
			 NETCTL_OK);
	skip_requests(cli, 5);
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_NEW, NLM_F_ACK,
			 "ifindex=07000000 link{from=0b000000 path=15000000 "
			 "path=16000000}");
}

static void a_path_has_a_bottleneck_once(void **state)
{
	struct cli *cli = *state;

	tell(cli, 1, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	tell(cli, 2, NSFAB_A_PORT, 11, NSFAB_A_PORT_ID);
	fake_error(cli->f->genl, 3, -ENOENT, NULL, 0, -1);
	tell(cli, 4, NSFAB_A_LINK, 21, NSFAB_A_LINK_ID);
	tell(cli, 5, NSFAB_A_LINK, 21, NSFAB_A_LINK_ID);
	assert_int_equal(run(cli, "link add acme/a/eth0 path core,core"),
			 NETCTL_USAGE);
	assert_non_null(strstr(cli->err, "path has bottleneck core twice"));
}

static void a_bottleneck_is_an_object(void **state)
{
	struct cli *cli = *state;

	tell(cli, 1, NSFAB_A_TENANT, 1, NSFAB_A_TENANT_ID);
	fake_error(cli->f->genl, 2, -ENOENT, NULL, 0, -1);
	fake_ack(cli->f->genl, 3);
	assert_int_equal(run(cli, "bottleneck add acme/core rate 1kbit"),
			 NETCTL_OK);
	skip_requests(cli, 2);
	fake_assert_genl(cli->f, NSFAB_CMD_LINK_NEW, NLM_F_ACK,
			 "ifindex=07000000 link{name='core' tenant=01000000 "
			 "rate=e803000000000000}");
}

static void wrong_words_are_refused(void **state)
{
	struct cli *cli = *state;

	refuse(cli, "link set", "takes FROM [TO]");
	refuse(cli, "link set - -", "takes FROM [TO]");
	refuse(cli, "link set - delay 5ms", "takes FROM [TO]");
	refuse(cli, "link set acme/a acme/b dilay 5ms",
	       "unknown word \"dilay\", did you mean \"delay\"?");
	refuse(cli, "link set acme/a delay 5parsec", "not a time of at most");
	refuse(cli, "link set acme/a delay", "delay needs TIME");
	refuse(cli, "link set acme/a loss gemodel delay 5ms",
	       "gemodel P [R [1-H [1-K]]]");
	refuse(cli, "link set acme/a scope 65536", "from 0 to 65535");
	refuse(cli, "link set acme/a dport 5", "need proto");
	refuse(cli, "link del acme/a delay 5ms", "allowed: scope");
	refuse(cli, "bottleneck add acme/x src 10.0.0.1", "unknown word");
	refuse(cli, "bottleneck list acme/x", "takes [TENANT]");
	refuse(cli, "fidelity acme budget x", "not a time (50us)");
}

/* A dump of one link with so many packets at 2^(bucket - 1) ns, and of none. */
static void tell_fidelity(struct cli *cli, unsigned int bucket, uint64_t held)
{
	uint64_t late[NSFAB_LINK_HISTOGRAM] = { 0 };
	uint64_t ns = nsfab_link_bucket(bucket);
	struct nlattr *nest, *inner;
	struct nsfab_nl_msg m;
	int i;

	late[bucket] = 100;
	for (i = 1; i <= 3; i++)
		fake_done(cli->f->genl, cli->f->h->seq + i, 0, 0);
	fake_genl(&m, cli->f->h->seq + 4, NSFAB_CMD_LINK_GET, NLM_F_MULTI);
	nest = nsfab_nl_nest(&m, NSFAB_A_LINK);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_ID, 5);
	nsfab_nl_put_u32(&m, NSFAB_A_LINK_FROM, 11);
	inner = nsfab_nl_nest(&m, NSFAB_A_LINK_COUNTERS);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_PACKETS, 100);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_OUT_BYTES, 1000);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_FIRST, 1);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_LAST, 1000001);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_LATE_MAX, ns);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_LATE_SQUARES, 100 * ns * ns);
	nsfab_nl_put_u64(&m, NSFAB_A_LINK_COUNTERS_HELD_DROPS, held);
	nsfab_nl_put(&m, NSFAB_A_LINK_COUNTERS_LATE, late, sizeof(late));
	nsfab_nl_nest_end(&m, inner);
	nsfab_nl_nest_end(&m, nest);
	fake_send(cli->f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_done(cli->f->genl, cli->f->h->seq + 4, 0, 0);
	fake_error(cli->f->genl, cli->f->h->seq + 5, -ENOENT, NULL, 0, -1);
}

static void fidelity_is_a_verdict(void **state)
{
	struct cli *cli = *state;

	tell_fidelity(cli, 11, 0);
	assert_int_equal(run(cli, "fidelity -j"), NETCTL_OK);
	assert_non_null(strstr(cli->out, "\"verdict\":\"PASS\""));
	assert_non_null(strstr(cli->out, "\"late_rms_ns\":1024"));
	assert_non_null(strstr(cli->out, "\"rate_bps\":8000000"));
	tell_fidelity(cli, 11, 0);
	assert_int_equal(run(cli, "fidelity budget 1us"), NETCTL_VERDICT);
	assert_non_null(strstr(cli->out, "RMS of lateness 1.024us is more than 1us"));
	tell_fidelity(cli, 11, 0);
	assert_int_equal(run(cli, "fidelity worst 1us"), NETCTL_VERDICT);
	/* Overload is told, however small the delays of the rest are. */
	tell_fidelity(cli, 1, 3);
	assert_int_equal(run(cli, "fidelity"), NETCTL_VERDICT);
	assert_non_null(strstr(cli->out, "3 packets dropped by the limit of held ones"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_rates_and_shares_have_units),
		cmocka_unit_test(a_queue_is_bytes_or_time),
		cmocka_unit_test(loss_has_models),
		cmocka_unit_test(values_must_fit_one_another),
		cmocka_unit_test(shares_come_back_as_they_were_written),
		cmocka_unit_test(a_trace_of_mahimahi_is_read),
		cmocka_unit_test(a_trace_of_theaterq_is_a_schedule),
		cmocka_unit_test(a_distribution_is_read),
		TEST(set_makes_what_is_not_there),
		TEST(set_changes_in_place_what_was_said),
		TEST(a_path_is_bottlenecks_by_name),
		TEST(a_path_has_a_bottleneck_once),
		TEST(a_bottleneck_is_an_object),
		TEST(wrong_words_are_refused),
		TEST(fidelity_is_a_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
