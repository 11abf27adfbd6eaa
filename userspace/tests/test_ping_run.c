// SPDX-License-Identifier: GPL-2.0-or-later
/* The ping loop, in a namespace of the test's own; skipped without privilege. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ping_run.h"

#define PAIRS 1500	/* more than are in flight at once */

static bool have_net;

static int setup(void **unused)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	(void)unused;
	if (unshare(CLONE_NEWNET))
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	have_net = fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	return 0;
}

static void ignore_echo(const char *value)
{
	int fd = open("/proc/sys/net/ipv4/icmp_echo_ignore_all", O_WRONLY);

	if (fd < 0 || write(fd, value, 1) != 1)
		skip();
	close(fd);
}

static void run(struct ping_run *ping, struct ping_pair *pair, int *fd)
{
	size_t i;

	if (!have_net)
		skip();
	for (i = 0; i < 2; i++) {
		fd[i] = socket(ping->v6 ? AF_INET6 : AF_INET,
			       SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			       ping->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
		if (fd[i] < 0)
			skip();
		assert_int_equal(ping_socket_setup(fd[i], ping->v6), 0);
	}
	for (i = 0; i < ping->n_pairs; i++) {
		pair[i].source = i % 2;
		pair[i].lost = 0;
		if (pair[i].to.len)
			continue;
		assert_int_equal(nsfab_addr_parse(&pair[i].to, ping->v6 ?
						  "::1" : "127.0.0.1"), 0);
	}
	ping->socket = fd;
	ping->n_sockets = 2;
	ping->pair = pair;
	if (!ping->timeout_ns)
		ping->timeout_ns = 60000000000;
	assert_int_equal(ping_run(ping), 0);
	close(fd[0]);
	close(fd[1]);
}

static void every_answer_is_counted_once(void **unused)
{
	static struct ping_pair pair[PAIRS];
	struct ping_run ping = { .n_pairs = PAIRS, .count = 3 };
	int fd[2];

	(void)unused;
	run(&ping, pair, fd);
	assert_int_equal(ping.sent, PAIRS * 3);
	assert_int_equal(ping.received, PAIRS * 3);
	assert_true(ping.rtt[0] > 0);
	free(ping.rtt);
}

static void v6_is_answered_too(void **unused)
{
	struct ping_pair pair[10] = { 0 };
	struct ping_run ping = { .n_pairs = 10, .count = 1, .v6 = true };
	int fd[2];

	(void)unused;
	run(&ping, pair, fd);
	assert_int_equal(ping.received, 10);
	free(ping.rtt);
}

static void what_nobody_answers_is_lost(void **unused)
{
	struct ping_pair pair[10] = { 0 };
	struct ping_run ping = { .n_pairs = 10, .count = 2,
				 .timeout_ns = 50000000 };
	int fd[2];

	(void)unused;
	if (!have_net)
		skip();
	ignore_echo("1");
	run(&ping, pair, fd);
	ignore_echo("0");
	assert_int_equal(ping.sent, 20);
	assert_int_equal(ping.received, 0);
	assert_int_equal(pair[9].lost, 2);
	free(ping.rtt);
}

/* Answers late, while who waits for it stands still */
struct late {
	pthread_t thread, waiting;
	int fd;
};

static atomic_bool answered;

static void stand_still(int signal)
{
	(void)signal;
	while (!answered)
		;
}

static void *answer_late(void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned char buf[2048];
	struct late *late = arg;
	unsigned int sum;
	ssize_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	n = recv(late->fd, buf, sizeof(buf), 0);
	if (n < 28)
		return NULL;
	usleep(30000);
	pthread_kill(late->waiting, SIGUSR1);
	usleep(1100000);
	/* of a request, of type 8, an answer is made so */
	buf[20] = 0;
	sum = (buf[22] << 8 | buf[23]) + 0x800;
	sum += sum >> 16;
	buf[22] = sum >> 8;
	buf[23] = sum;
	sendto(late->fd, buf + 20, n - 20, 0, (struct sockaddr *)&to,
	       sizeof(to));
	answered = true;
	return NULL;
}

static void what_came_while_nobody_looked_is_not_lost(void **unused)
{
	struct late late = { .waiting = pthread_self() };
	struct sigaction action = { .sa_handler = stand_still };
	struct ping_pair pair[1] = { 0 };
	struct ping_run ping = { .n_pairs = 1, .count = 1,
				 .timeout_ns = 1000000000 };
	int fd[2];

	(void)unused;
	if (!have_net)
		skip();
	ignore_echo("1");
	late.fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	assert_true(late.fd >= 0);
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	assert_int_equal(pthread_create(&late.thread, NULL, answer_late, &late),
			 0);
	run(&ping, pair, fd);
	pthread_join(late.thread, NULL);
	ignore_echo("0");
	close(late.fd);
	assert_int_equal(pair[0].lost, 0);
	assert_int_equal(ping.received, 1);
	free(ping.rtt);
}

static int count_batches(void *arg, size_t first, size_t end)
{
	size_t *done = arg;

	assert_int_equal(first % PAIRS, *done % PAIRS);
	assert_in_range(end - first, 1, 400);
	*done += end - first;
	return 0;
}

static void batches_are_told_of_in_order(void **unused)
{
	static struct ping_pair pair[PAIRS];
	size_t done = 0;
	struct ping_run ping = { .n_pairs = PAIRS, .count = 2, .batch = 400,
				 .between = count_batches, .arg = &done };
	int fd[2];

	(void)unused;
	run(&ping, pair, fd);
	assert_int_equal(done, 2 * PAIRS);
	assert_int_equal(ping.received, 2 * PAIRS);
	free(ping.rtt);
}

static void where_no_way_leads_is_lost_at_once(void **unused)
{
	struct ping_pair pair[2] = { 0 };
	struct ping_run ping = { .n_pairs = 2, .count = 1,
				 .timeout_ns = 3600000000000ull };
	int fd[2];

	(void)unused;
	assert_int_equal(nsfab_addr_parse(&pair[1].to, "192.0.2.1"), 0);
	run(&ping, pair, fd);
	assert_int_equal(ping.received, 1);
	assert_int_equal(pair[0].lost, 0);
	assert_int_equal(pair[1].lost, 1);
	free(ping.rtt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_is_counted_once),
		cmocka_unit_test(v6_is_answered_too),
		cmocka_unit_test(what_nobody_answers_is_lost),
		cmocka_unit_test(what_came_while_nobody_looked_is_not_lost),
		cmocka_unit_test(batches_are_told_of_in_order),
		cmocka_unit_test(where_no_way_leads_is_lost_at_once),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
