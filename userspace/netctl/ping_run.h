/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends ICMP echo requests from many namespaces in one loop. Knows sockets
 * and addresses, not what a VM is.
 */
#ifndef NETCTL_PING_RUN_H
#define NETCTL_PING_RUN_H

#include <nsfab/addr.h>

/**
 * struct ping_pair - who asks whom
 * @source: index of the socket
 * @to: who is asked
 * @lost: result: requests without an answer
 */
struct ping_pair {
	uint32_t source;
	uint32_t lost;
	struct nsfab_addr to;
};

/**
 * struct ping_run - what to send and what came back
 * @socket: raw ICMP or ICMPv6 sockets, not blocking
 * @n_sockets: their number
 * @v6: they are ICMPv6
 * @pair: who asks whom
 * @n_pairs: their number
 * @count: requests of each pair
 * @interval_ns: between the rounds; each round asks once for each pair
 * @timeout_ns: after which a request is lost
 * @batch: as many pairs are done with before others are asked; 0: all
 * @between: told of them then, a negative errno ends the run; may be NULL
 * @progress: told now and then, a value other than 0 ends the run; may be NULL
 * @arg: for @progress and @between
 * @sent: result: requests
 * @received: result: answers
 * @rtt: result: nanoseconds of each answer, @received of them, to be freed
 */
struct ping_run {
	const int *socket;
	size_t n_sockets;
	bool v6;
	struct ping_pair *pair;
	size_t n_pairs;
	unsigned int count;
	uint64_t interval_ns;
	uint64_t timeout_ns;
	size_t batch;
	int (*between)(void *arg, size_t first, size_t end);
	int (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
	uint64_t sent;
	uint64_t received;
	uint32_t *rtt;
};

/** ping_socket_setup() - let a raw socket hear echo replies alone; -errno */
int ping_socket_setup(int fd, bool v6);

/** ping_run() - send all, wait for all; 0 or a negative errno */
int ping_run(struct ping_run *run);

#endif
