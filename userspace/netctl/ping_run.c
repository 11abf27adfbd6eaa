// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ping_run.h"

/* In flight at once: more only fills the receivers' queues. */
#define WINDOW 512
#define BURST 64			/* sent before answers are looked for */
#define RECEIVE_ROOM (2 << 20)	/* of a socket that all answers go to */
#define EVENTS 64

/* ICMP and ICMPv6 echo have the same header but for the type. */
struct request {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	uint64_t cookie;	/* of this run: others ping too */
	uint64_t pair;
	uint64_t round;
};

/* One round: each pair once, in order. */
struct round {
	struct ping_run *run;
	uint64_t *sent_at;	/* by pair, 0 once it is answered or lost */
	uint64_t cookie;
	uint64_t number;
	size_t next;		/* first pair not asked yet */
	size_t end;		/* first pair of the next batch */
	size_t oldest;		/* first pair that may wait for an answer */
	size_t waiting;
	int epoll;
	bool stopped;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int ping_socket_setup(int fd, bool v6)
{
	struct icmp_filter filter = { .data = ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter filter6;
	int room = RECEIVE_ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (v6) {
		ICMP6_FILTER_SETBLOCKALL(&filter6);
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
		return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6,
				  sizeof(filter6)) ? -errno : 0;
	}
	return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) ?
	       -errno : 0;
}

static uint16_t checksum(const struct request *request)
{
	const uint16_t *word = (const void *)request;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < sizeof(*request) / 2; i++)
		sum += word[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static int send_request(const struct round *round, size_t number)
{
	const struct ping_pair *pair = &round->run->pair[number];
	int fd = round->run->socket[pair->source];
	struct request request = {
		.type = round->run->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.id = htons(round->cookie),
		.sequence = htons(number),
		.cookie = round->cookie,
		.pair = number,
		.round = round->number,
	};
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	ssize_t n;

	if (round->run->v6) {
		/* The kernel fills in the checksum. */
		memcpy(&to6.sin6_addr, pair->to.byte, 16);
		n = sendto(fd, &request, sizeof(request), 0,
			   (struct sockaddr *)&to6, sizeof(to6));
	} else {
		memcpy(&to.sin_addr, pair->to.byte, 4);
		request.checksum = checksum(&request);
		n = sendto(fd, &request, sizeof(request), 0,
			   (struct sockaddr *)&to, sizeof(to));
	}
	return n < 0 ? -errno : 0;
}

static void lose(struct round *round, size_t number)
{
	round->sent_at[number] = 0;
	round->run->pair[number].lost++;
	round->waiting--;
}

static void expire(struct round *round, uint64_t at)
{
	const uint64_t *sent_at = round->sent_at;

	for (; round->oldest < round->next; round->oldest++) {
		if (!sent_at[round->oldest])
			continue;
		if (at - sent_at[round->oldest] < round->run->timeout_ns)
			break;
		lose(round, round->oldest);
	}
}

static void send_some(struct round *round)
{
	struct ping_run *run = round->run;
	unsigned int n;

	for (n = 0; n < BURST && round->next < round->end &&
	     round->waiting < WINDOW && !round->stopped; n++) {
		round->sent_at[round->next] = now();
		round->waiting++;
		run->sent++;
		/* No way there is as good as no answer, but known at once. */
		if (send_request(round, round->next))
			lose(round, round->next);
		round->next++;
	}
}

static void on_answer(struct round *round, const unsigned char *data, size_t n,
		      uint64_t at)
{
	struct ping_run *run = round->run;
	struct request answer;
	size_t header = 0;
	uint64_t took;

	/* ICMP comes with its IP header, ICMPv6 without. */
	if (!run->v6)
		header = n ? (data[0] & 15) * 4 : 0;
	if (n < header + sizeof(answer))
		return;
	memcpy(&answer, data + header, sizeof(answer));
	if (answer.type != (run->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) ||
	    answer.cookie != round->cookie || answer.round != round->number ||
	    answer.pair >= round->next || !round->sent_at[answer.pair])
		return;
	took = at - round->sent_at[answer.pair];
	run->rtt[run->received++] = took < UINT32_MAX ? took : UINT32_MAX;
	round->sent_at[answer.pair] = 0;
	round->waiting--;
}

static void receive(struct round *round, int fd)
{
	unsigned char buf[2048];
	ssize_t n;

	for (;;) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		on_answer(round, buf, n, now());
	}
}

/*
 * Read what came and give up what is overdue. Who stood still is not to take for
 * lost what came meanwhile: by the clock of before it looked, and once it has read
 * all that was there.
 */
static int wait_some(struct round *round, int timeout_ms)
{
	struct epoll_event event[EVENTS];
	uint64_t at = now();
	int n, i;

	n = epoll_wait(round->epoll, event, EVENTS, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (i = 0; i < n; i++)
		receive(round, event[i].data.fd);
	if (n < EVENTS)
		expire(round, at);
	return 0;
}

static int tell(struct round *round)
{
	struct ping_run *run = round->run;
	uint64_t total = (uint64_t)run->n_pairs * run->count;

	if (!run->progress)
		return 0;
	return run->progress(run->arg, run->sent - round->waiting, total);
}

static int one_batch(struct round *round)
{
	bool more;
	int err;

	while ((round->next < round->end && !round->stopped) ||
	       round->waiting) {
		send_some(round);
		more = round->next < round->end && !round->stopped &&
		       round->waiting < WINDOW;
		err = round->waiting ? wait_some(round, more ? 0 : 10) : 0;
		if (err)
			return err;
		if (tell(round))
			round->stopped = true;
	}
	return 0;
}

static int one_round(struct round *round)
{
	struct ping_run *run = round->run;
	size_t first;
	int err = 0;

	round->next = 0;
	round->oldest = 0;
	round->waiting = 0;
	while (round->next < run->n_pairs && !round->stopped && !err) {
		first = round->next;
		round->end = run->n_pairs;
		if (run->batch && run->batch < run->n_pairs - first)
			round->end = first + run->batch;
		err = one_batch(round);
		if (!err && run->between)
			err = run->between(run->arg, first, round->next);
	}
	return err;
}

static void sleep_until(uint64_t at)
{
	struct timespec ts = { at / 1000000000ull, at % 1000000000ull };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int watch(const struct round *round)
{
	struct epoll_event event = { .events = EPOLLIN };
	size_t i;

	for (i = 0; i < round->run->n_sockets; i++) {
		event.data.fd = round->run->socket[i];
		if (event.data.fd >= 0 &&
		    epoll_ctl(round->epoll, EPOLL_CTL_ADD, event.data.fd,
			      &event))
			return -errno;
	}
	return 0;
}

int ping_run(struct ping_run *run)
{
	struct round round = { .run = run };
	uint64_t start;
	int err;

	run->sent = 0;
	run->received = 0;
	run->rtt = calloc((uint64_t)run->n_pairs * run->count + 1,
			  sizeof(*run->rtt));
	round.sent_at = calloc(run->n_pairs + 1, sizeof(*round.sent_at));
	if (!run->rtt || !round.sent_at) {
		free(round.sent_at);
		return -ENOMEM;
	}
	if (getrandom(&round.cookie, sizeof(round.cookie), GRND_NONBLOCK) < 0)
		round.cookie = now() ^ (uint64_t)getpid() << 32;
	round.epoll = epoll_create1(EPOLL_CLOEXEC);
	err = round.epoll < 0 ? -errno : watch(&round);
	for (; !err && round.number < run->count && !round.stopped;
	     round.number++) {
		start = now();
		err = one_round(&round);
		if (!err && round.number + 1 < run->count && !round.stopped)
			sleep_until(start + run->interval_ns);
	}
	free(round.sent_at);
	if (round.epoll >= 0)
		close(round.epoll);
	return err;
}
