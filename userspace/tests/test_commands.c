// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines: what the kernel is asked, and what is refused before that. */
#include "fake_kernel.h"

#include "dispatch.h"
#include "words.h"

static const struct netctl_object *const objects[] = {
	&netctl_obj_fabric, &netctl_obj_tenant, &netctl_obj_network,
	&netctl_obj_vm, &netctl_obj_port, &netctl_obj_fdb, &netctl_obj_neigh,
	&netctl_obj_route, &netctl_obj_flow, &netctl_obj_stats,
	&netctl_obj_apply, &netctl_obj_diff, &netctl_obj_destroy, NULL
};

/**
 * struct cli - a run of netctl
 * @f: kernel
 * @ctx: the run
 * @out: what went to stdout, to be freed
 * @err: what went to stderr, to be freed
 */
struct cli {
	struct fake *f;
	struct netctl_ctx ctx;
	char *out;
	char *err;
};

static int setup(void **state)
{
	/* So that a question without an answer fails instead of waiting */
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

static void forget(struct cli *cli)
{
	free(cli->out);
	free(cli->err);
	cli->out = NULL;
	cli->err = NULL;
}

static int teardown(void **state)
{
	struct cli *cli = *state;

	forget(cli);
	fake_teardown((void **)&cli->f);
	free(cli);
	return 0;
}

/* Run a line of words; returns the exit status. */
static int run(struct cli *cli, const char *line)
{
	FILE *out = stdout, *err = stderr;
	char *words[64], *save, *copy = strdup(line);
	size_t out_len, err_len;
	int argc = 0, status;

	forget(cli);
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

/* Refused as wrong usage with these words, and nothing asked of the kernel. */
static void refuse(struct cli *cli, const char *line, const char *says)
{
	assert_int_equal(run(cli, line), NETCTL_USAGE);
	if (!strstr(cli->err, says))
		fail_msg("\"%s\" does not say \"%s\"", cli->err, says);
	assert_string_equal(cli->out, "");
	assert_null(fake_request(cli->f, cli->f->genl));
	assert_null(fake_request(cli->f, cli->f->rtnl));
}

/* Queue the answer to the request that is @nth from now, from 1 on. */
static void answer(struct cli *cli, int nth, uint16_t kind, uint32_t id,
		   uint32_t tenant, const char *name)
{
	uint32_t seq = cli->f->h->seq + nth;
	struct nsfab_nl_msg m;
	struct nlattr *nest;

	fake_genl(&m, seq, 0, 0);
	nsfab_nl_put_u32(&m, NSFAB_A_IFINDEX, 7);
	nest = nsfab_nl_nest(&m, kind);
	nsfab_nl_put_u32(&m, NSFAB_A_TENANT_ID, id);
	if (tenant)
		nsfab_nl_put_u32(&m, NSFAB_A_NETWORK_TENANT, tenant);
	nsfab_nl_put_str(&m, tenant ? NSFAB_A_NETWORK_NAME :
				      NSFAB_A_TENANT_NAME, name);
	nsfab_nl_nest_end(&m, nest);
	fake_send(cli->f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_ack(cli->f->genl, seq);
}

static void done(struct cli *cli, int nth)
{
	fake_ack(cli->f->genl, cli->f->h->seq + nth);
}

static void asked(struct cli *cli, uint8_t cmd, const char *text)
{
	fake_assert_genl(cli->f, cmd, NLM_F_ACK, text);
}

static void skip_request(struct cli *cli)
{
	assert_non_null(fake_request(cli->f, cli->f->genl));
}

static void a_tenant_has_only_what_was_said(void **state)
{
	struct cli *cli = *state;

	done(cli, 1);
	assert_int_equal(run(cli, "tenant add acme id 5 accounting rich "
			      "max-flows 100 label lab=x label role=a"),
			 NETCTL_OK);
	asked(cli, NSFAB_CMD_TENANT_NEW,
	      "ifindex=07000000 tenant{id=05000000 max-flows=64000000 name='acme' accounting=02 labels='lab=x\nrole=a'}");
	done(cli, 1);
	assert_int_equal(run(cli, "tenant add acme"), NETCTL_OK);
	asked(cli, NSFAB_CMD_TENANT_NEW,
	      "ifindex=07000000 tenant{name='acme'}");
}

static void a_gateway_is_the_first_address_unless_said(void **state)
{
	struct cli *cli = *state;

	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	done(cli, 2);
	assert_int_equal(run(cli, "network add acme/web vni 9 subnet 10.0.1.0/24 "
			      "subnet 10.0.2.0/24 gateway 10.0.2.254 "
			      "subnet 10.0.3.0/24 gateway none learning on"),
			 NETCTL_OK);
	skip_request(cli);
	asked(cli, NSFAB_CMD_NETWORK_NEW,
	      "ifindex=07000000 network{tenant=03000000 name='web' vni=09000000 flags=01000000 "
	      "subnet{address=0a000100 prefixlen=18 gateway=0a000101} "
	      "subnet{address=0a000200 prefixlen=18 gateway=0a0002fe} "
	      "subnet{address=0a000300 prefixlen=18}}");
}

static void a_port_is_put_into_its_network(void **state)
{
	struct cli *cli = *state;

	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	answer(cli, 2, NSFAB_A_NETWORK, 4, 3, "web");
	done(cli, 3);
	assert_int_equal(run(cli, "port add acme/p1 network web "
			      "mac 02:00:00:00:00:05 ip 10.0.1.5 "
			      "remote 192.0.2.1 unguarded on allow 10.5.0.1/16"),
			 NETCTL_OK);
	skip_request(cli);
	skip_request(cli);
	asked(cli, NSFAB_CMD_PORT_NEW,
	      "ifindex=07000000 port{tenant=03000000 network=04000000 name='p1' mac=020000000005 address=0a000105 allowed{address=0a050000 prefixlen=10} flags=01000000 binding=03 vtep=c0000201}");
}

static void a_route_has_next_hops_or_a_type(void **state)
{
	struct cli *cli = *state;

	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	done(cli, 2);
	assert_int_equal(run(cli, "route add acme 192.0.2.7/24 via 10.0.1.5 via 10.0.1.6,weight=3"),
			 NETCTL_OK);
	skip_request(cli);
	asked(cli, NSFAB_CMD_ROUTE_NEW,
	      "ifindex=07000000 route{tenant=03000000 address=c0000200 prefixlen=18 nexthop{via=0a000105 weight=01} nexthop{via=0a000106 weight=03}}");
	/* After the name was found */
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	assert_int_equal(run(cli, "route add acme default"), NETCTL_USAGE);
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	assert_int_equal(run(cli, "route add acme default via 10.0.1.5 blackhole"),
			 NETCTL_USAGE);
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	assert_int_equal(run(cli, "route add acme default blackhole unreachable"),
			 NETCTL_USAGE);
	assert_non_null(strstr(cli->err, "unreachable contradicts blackhole"));
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	assert_int_equal(run(cli, "route add acme default6 via 10.0.1.5"),
			 NETCTL_USAGE);
	assert_non_null(strstr(cli->err, "another IP version"));
}

static void words_may_be_cut_while_they_are_unambiguous(void **state)
{
	struct cli *cli = *state;

	done(cli, 1);
	assert_int_equal(run(cli, "ten a acme acc off"), NETCTL_OK);
	asked(cli, NSFAB_CMD_TENANT_NEW,
	      "ifindex=07000000 tenant{name='acme' accounting=00}");
	refuse(cli, "ne list", "network, neigh");
	refuse(cli, "tenant s acme", "set, show");
	refuse(cli, "tenant add acme max-f 1", "max-fdb or max-flows");
	refuse(cli, "f list", "fabric, fdb, flow");
}

static void a_mistyped_word_is_told_what_it_may_have_been(void **state)
{
	struct cli *cli = *state;

	refuse(cli, "tenent list", "did you mean \"tenant\"?");
	refuse(cli, "tenant lsit", "did you mean \"list\"?");
	refuse(cli, "tenant add acme acounting off", "did you mean \"accounting\"?");
	refuse(cli, "zebra list", "allowed: fabric, tenant");
	refuse(cli, "tenant add acme zebra 1", "allowed: id, accounting");
	refuse(cli, "tenant list -j", "options go before the object");
	refuse(cli, "apply --dry-run f", "options go before the object");
	refuse(cli, "diff f --dry-run", "options go before the object");
	refuse(cli, "destroy -q lab", "options go before the object");
}

static void bad_values_say_what_is_allowed(void **state)
{
	struct cli *cli = *state;

	refuse(cli, "tenant add ac.me", "\"ac.me\" is no valid name");
	refuse(cli, "tenant add acme accounting some", "off, basic or rich");
	refuse(cli, "fdb list kind foo", "derived, static or learned");
	refuse(cli, "neigh list kind learned", "derived or static");
	refuse(cli, "tenant add acme id 0", "1 to 16777215");
	refuse(cli, "tenant add acme id 16777216", "1 to 16777215");
	refuse(cli, "tenant add acme max-ports -1", "0 to 4294967295");
	refuse(cli, "tenant add acme max-ports", "max-ports needs NUMBER");
	refuse(cli, "tenant add acme label x", "KEY=VALUE");
	refuse(cli, "network add acme", "TENANT/");
	refuse(cli, "network add acme/web subnet 10.0.1.1/24", "10.0.1.0/24");
	refuse(cli, "network add acme/web subnet 10.0.1.0", "a prefix");
	refuse(cli, "network add acme/web gateway 10.0.1.1", "behind its subnet");
	refuse(cli, "network add acme/web subnet 10.0.1.0/24 gateway 10.0.2.1",
	       "outside");
	refuse(cli, "network add acme/web learning yes", "\"on\" or \"off\"");
	refuse(cli, "network add acme/web mtu 67", "68 to 65520");
	refuse(cli, "port add acme/p1", "needs network");
	refuse(cli, "port add acme/p1 network web mac 1:2:3", "MAC");
	refuse(cli, "port add acme/p1 network web stub parked",
	       "parked contradicts stub");
	refuse(cli, "fabric add fab0 underlay vxlan", "needs local");
	refuse(cli, "fabric add fab0 underlay gre", "none, vxlan or geneve");
	refuse(cli, "fabric add a-name-that-is-too-long", "no name of a device");
	refuse(cli, "fdb add acme/web xx port acme/p", "MAC address or \"flood\"");
	refuse(cli, "neigh add acme/web 10.0.0.256 mac 02:00:00:00:00:01",
	       "not an IPv4 or IPv6 address");
	refuse(cli, "route add acme 10.0.0.0/33 blackhole", "not a prefix");
	refuse(cli, "flow list proto x", "tcp, udp");
	refuse(cli, "flow list port 65536", "0 to 65535");
	refuse(cli, "flow top by size", "bytes or packets");
}

static void the_kernels_own_words_are_printed(void **state)
{
	struct cli *cli = *state;

	fake_error(cli->f->genl, cli->f->h->seq + 1, -EEXIST,
		   "There is a tenant of that name", NLMSGERR_ATTR_OFFS, 28);
	assert_int_equal(run(cli, "tenant add acme"), NETCTL_REFUSED);
	assert_non_null(strstr(cli->err, "There is a tenant of that name\n"));
	assert_non_null(strstr(cli->err, "netctl tenant add: "));
}

static void a_missing_module_has_a_status_of_its_own(void **state)
{
	struct cli *cli = *state;

	cli->f->h->family = 0;
	fake_error(cli->f->genl, cli->f->h->seq + 1, -ENOENT, NULL, 0, -1);
	assert_int_equal(run(cli, "tenant add acme"), NETCTL_NO_MODULE);
	assert_non_null(strstr(cli->err, "module nsfab is not loaded"));
}

static void a_dry_run_asks_for_names_alone(void **state)
{
	struct cli *cli = *state;

	cli->ctx.dry_run = true;
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	assert_int_equal(run(cli, "tenant del acme"), NETCTL_OK);
	assert_non_null(strstr(cli->err, "would delete tenant acme"));
	skip_request(cli);
	assert_null(fake_request(cli->f, cli->f->genl));
}

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* "neigh load FILE WORDS" with a file of this text on network acme/web */
static void load_neighs(struct cli *cli, const char *text, const char *words,
			int status)
{
	char path[] = "/tmp/test_commands.XXXXXX", line[80];

	write_file(path, text);
	snprintf(line, sizeof(line), "neigh load %s %s", path, words);
	answer(cli, 1, NSFAB_A_TENANT, 3, 0, "acme");
	answer(cli, 2, NSFAB_A_NETWORK, 4, 3, "web");
	if (status == NETCTL_OK)
		done(cli, 3);
	assert_int_equal(run(cli, line), status);
	unlink(path);
}

static void a_file_is_loaded_in_one_message(void **state)
{
	struct cli *cli = *state;

	load_neighs(cli, "# two\nacme/web 10.0.1.5 mac 02:00:00:00:00:05\n\n"
		    "acme/web 10.0.1.6 mac 02:00:00:00:00:06 # second",
		    "replace", NETCTL_OK);
	skip_request(cli);
	skip_request(cli);
	fake_assert_genl(cli->f, NSFAB_CMD_NEIGH_NEW, NLM_F_ACK | NLM_F_REPLACE,
			 "ifindex=07000000 neigh{network=04000000 address=0a000105 mac=020000000005} neigh{network=04000000 address=0a000106 mac=020000000006}");
	assert_null(fake_request(cli->f, cli->f->genl));
}

static void what_was_loaded_is_counted_in_words(void **state)
{
	struct cli *cli = *state;

	load_neighs(cli, "acme/web 10.0.1.5 mac 02:00:00:00:00:05\n", "",
		    NETCTL_OK);
	assert_non_null(strstr(cli->err, "1 neighbour loaded"));
}

static void a_bad_line_is_refused_before_anything_is_written(void **state)
{
	struct cli *cli = *state;

	load_neighs(cli, "acme/web 10.0.1.5 mac 02:00:00:00:00:05\n"
		    "acme/web 10.0.1.6 mac 02:00:00:00:00:xx\n", "",
		    NETCTL_USAGE);
	assert_non_null(strstr(cli->err, ":2: mac \"02:00:00:00:00:xx\""));
	skip_request(cli);
	skip_request(cli);
	assert_null(fake_request(cli->f, cli->f->genl));
	assert_int_equal(run(cli, "neigh load /nonexistent"), NETCTL_USAGE);
	assert_non_null(strstr(cli->err, "No such file"));
}

static void a_new_name_is_no_option(void **state)
{
	static const char *const words[] = {
		"fabric add -x", "fabric add --dry-run", "tenant add -x",
		"network add acme/-x", "port add acme/-x network web",
		"vm add acme/-x nic web",
	};
	struct cli *cli = *state;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		refuse(cli, words[i], "no valid name, it begins with \"-\"");
}

static void help_needs_no_kernel(void **state)
{
	static const char *const behind[] = {
		"fabric add -h", "fabric add --help", "tenant del -h",
		"vm set --help x", "flow top -h", "fdb load -h",
	};
	struct cli *cli = *state;
	size_t i;

	for (i = 0; objects[i]; i++) {
		char line[64];

		snprintf(line, sizeof(line), "help %s", objects[i]->name);
		assert_int_equal(run(cli, line), NETCTL_OK);
		assert_string_equal(cli->out, objects[i]->help);
		snprintf(line, sizeof(line), "%s help", objects[i]->name);
		assert_int_equal(run(cli, line), NETCTL_OK);
		assert_string_equal(cli->out, objects[i]->help);
	}
	for (i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		assert_int_equal(run(cli, behind[i]), NETCTL_OK);
		assert_memory_equal(cli->out, "netctl ", 7);
		assert_string_equal(cli->err, "");
	}
	assert_int_equal(run(cli, "help"), NETCTL_OK);
	assert_non_null(strstr(cli->out, "usage: netctl"));
	refuse(cli, "help zebra", "unknown object");
}

static void labels_match_by_key_or_value(void **state)
{
	(void)state;
	assert_true(netctl_labels_match("a=b\nc=d", NULL));
	assert_true(netctl_labels_match("a=b\nc=d", "c"));
	assert_true(netctl_labels_match("a=b\nc=d", "c=d"));
	assert_false(netctl_labels_match("a=b\nc=d", "c=dd"));
	assert_false(netctl_labels_match("a=b\nc=d", "d"));
	assert_false(netctl_labels_match(NULL, "a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_tenant_has_only_what_was_said),
		TEST(a_gateway_is_the_first_address_unless_said),
		TEST(a_port_is_put_into_its_network),
		TEST(a_route_has_next_hops_or_a_type),
		TEST(words_may_be_cut_while_they_are_unambiguous),
		TEST(a_mistyped_word_is_told_what_it_may_have_been),
		TEST(bad_values_say_what_is_allowed),
		TEST(the_kernels_own_words_are_printed),
		TEST(a_missing_module_has_a_status_of_its_own),
		TEST(a_dry_run_asks_for_names_alone),
		TEST(a_file_is_loaded_in_one_message),
		TEST(what_was_loaded_is_counted_in_words),
		TEST(a_bad_line_is_refused_before_anything_is_written),
		TEST(a_new_name_is_no_option),
		TEST(help_needs_no_kernel),
		cmocka_unit_test(labels_match_by_key_or_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
