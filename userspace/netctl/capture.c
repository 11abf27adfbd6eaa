// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl capture: a VM's packets as pcapng. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <nsfab/capture.h>

#include "vm_words.h"

#define READ_MAX	4096	/* packets written before the output is flushed */
#define LOOK_MS		1000	/* how often to look whether the VM is there */

struct words {
	const char *path;
	const char *file;
	uint64_t count;
	uint64_t time;		/* nanoseconds */
	uint32_t snaplen;
};

/* A file is opened by what is written first: then the VM is known. */
struct sink {
	const char *file;
	FILE *out;
	int failed;		/* errno of opening it */
};

static int open_file(struct sink *sink)
{
	int fd;

	/* Traffic is not for everyone's eyes. */
	fd = open(sink->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	sink->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (sink->out)
		return 0;
	sink->failed = errno;
	return -sink->failed;
}

static int put(const void *data, size_t len, void *arg)
{
	struct sink *sink = arg;
	int ret = sink->out ? 0 : open_file(sink);

	if (ret)
		return ret;
	return fwrite(data, len, 1, sink->out) == 1 ? 0 : -errno;
}

static int parse_option(struct netctl_ctx *ctx, char option, const char *value,
			struct words *w)
{
	uint64_t number;

	switch (option) {
	case 'w':
		w->file = value;
		return 0;
	case 'c':
		if (!netctl_parse_u64(value, 1, UINT64_MAX, &w->count))
			return 0;
		return netctl_usage(ctx, "-c %s is not a number of packets",
				    value);
	case 't':
		/* Plain numbers are seconds here, as other tools have it. */
		if (!netctl_parse_u64(value, 1, UINT32_MAX, &number)) {
			w->time = number * 1000000000;
			return 0;
		}
		if (!netctl_parse_time(value, &w->time) && w->time)
			return 0;
		return netctl_usage(ctx, "-t %s is not a time", value);
	case 's':
		if (netctl_parse_u64(value, 1, NSFAB_CAPTURE_SNAPLEN_MAX,
				     &number))
			return netctl_usage(ctx, "-s %s is not 1 to %d bytes",
					    value, NSFAB_CAPTURE_SNAPLEN_MAX);
		w->snaplen = number;
		return 0;
	default:
		return netctl_usage(ctx,
				    "unknown option -%c (use -w FILE, -c COUNT, -t SECONDS, -s SNAPLEN)",
				    option);
	}
}

static int parse(struct netctl_ctx *ctx, int argc, char **argv,
		 struct words *w)
{
	const char *value;
	int i, ret;

	for (i = 0; i < argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1]) {
			if (w->path)
				return netctl_usage(ctx, "one VM or NIC at a time, not %s and %s",
						    w->path, argv[i]);
			w->path = argv[i];
			continue;
		}
		value = argv[i][2] ? &argv[i][2] : argv[i + 1];
		if (!value)
			return netctl_usage(ctx, "%s needs a value", argv[i]);
		ret = parse_option(ctx, argv[i][1], value, w);
		if (ret)
			return ret;
		i += !argv[i][2];
	}
	if (!w->path)
		return netctl_usage(ctx,
				    "takes TENANT/VM[/ethN] [-w FILE|-] [-c COUNT] [-t SECONDS] "
				    "[-s SNAPLEN]");
	if (!w->file)
		w->file = "-";
	return 0;
}

/* Signals end a capture; they must not cut its file short. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int open_timer(uint64_t ns)
{
	struct itimerspec its = {
		.it_value.tv_sec = ns / 1000000000,
		.it_value.tv_nsec = ns % 1000000000,
	};
	int fd;

	if (!ns)
		return -1;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fd >= 0)
		timerfd_settime(fd, 0, &its, NULL);
	return fd;
}

/* Write packets until it is to end; @left gets how many are still wanted. */
static int run(struct nsfab_capture *c, FILE *out, const struct words *w,
	       uint64_t *left)
{
	struct pollfd pfd[4] = {
		{ .fd = nsfab_capture_fd(c), .events = POLLIN },
		{ .fd = open_signals(), .events = POLLIN },
		{ .fd = open_timer(w->time), .events = POLLIN },
		/* A reader that went away is noticed without a packet. */
		{ .fd = fileno(out) },
	};
	uint64_t want = w->count ? w->count : UINT64_MAX;
	ssize_t n = 0;

	while (want) {
		n = nsfab_capture_read(c, want < READ_MAX ? want : READ_MAX);
		if (n < 0)
			break;
		want -= n;
		if (n == READ_MAX)
			continue;
		if (fflush(out)) {
			n = -errno;
			break;
		}
		if (!want)
			break;
		if (poll(pfd, 4, LOOK_MS) < 0)
			continue;
		if (pfd[1].revents || pfd[2].revents)
			break;
		if (pfd[3].revents & POLLERR) {
			n = -EPIPE;
			break;
		}
	}
	close(pfd[1].fd);
	if (pfd[2].fd >= 0)
		close(pfd[2].fd);
	*left = want;
	return n < 0 && n != -ENODEV ? n : 0;
}

static int capture_to(struct netctl_ctx *ctx, struct sink *sink,
		      const struct words *w, const struct nsfab_vm_ref *ref,
		      int nic)
{
	const struct nsfab_capture_spec spec = {
		.vm = *ref,
		.nic = nic,
		.snaplen = w->snaplen,
		.application = "netctl",
		.out = put,
		.arg = sink,
	};
	struct nsfab_capture_stats stats;
	struct nsfab_capture *c;
	unsigned int ifindex;
	uint64_t left = 0;
	struct nsfab *h;
	int ret;

	if (netctl_fabric(ctx, &h, &ifindex) ||
	    nsfab_capture_open(h, ifindex, &spec, &c, &ctx->err))
		return sink->failed ?
		       netctl_usage(ctx, "cannot write %s: %s", w->file,
				    strerror(sink->failed)) : netctl_fail(ctx);
	ret = run(c, sink->out, w, &left);
	/* A reader that has seen enough is no failure, but gets no end. */
	if (ret == -EPIPE) {
		nsfab_capture_close(c, 0, false, NULL);
		return NETCTL_OK;
	}
	if (!ret)
		ret = nsfab_capture_close(c, left, true, &stats);
	else
		nsfab_capture_close(c, 0, false, &stats);
	if (!ret && fflush(sink->out))
		ret = -errno;
	if (ret && ret != -EPIPE) {
		nsfab_err_set(&ctx->err, ret, "cannot write the capture");
		return netctl_fail(ctx);
	}
	netctl_note(ctx, "%" PRIu64 " packets written, %" PRIu64 " dropped",
		    stats.written, stats.dropped);
	return NETCTL_OK;
}

static int capture(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct sink sink = { 0 };
	struct words w = { 0 };
	struct nsfab_vm_ref ref;
	char *buf = NULL;
	int nic, ret;

	ret = parse(ctx, argc, argv, &w);
	if (!ret)
		ret = vm_path_split(ctx, w.path, &buf, &ref, &nic);
	if (ret)
		return ret;
	sink.file = w.file;
	sink.out = strcmp(w.file, "-") ? NULL : stdout;
	if (sink.out && isatty(STDOUT_FILENO))
		ret = netctl_usage(ctx, "standard output is a terminal (use -w FILE, or a pipe)");
	else
		ret = capture_to(ctx, &sink, &w, &ref, nic);
	if (sink.out && sink.out != stdout && fclose(sink.out) && !ret) {
		nsfab_err_set(&ctx->err, -errno, "cannot write %s", w.file);
		ret = netctl_fail(ctx);
	}
	free(buf);
	return ret;
}

const struct netctl_object netctl_obj_capture = {
	.name = "capture",
	.summary = "capture a VM's packets as pcapng",
	.help =
"netctl capture TENANT/VM[/ethN] [-w FILE|-] [-c COUNT] [-t SECONDS]\n"
"               [-s SNAPLEN]\n"
"\n"
"Write the packets of a VM's NICs, or of one, with nanoseconds and direction,\n"
"until COUNT packets, SECONDS, SIGINT or SIGTERM; the file is complete then and\n"
"ends with the number of dropped packets. Standard output is the default:\n"
"netctl capture acme/web1 | tshark -r -\n",
	.run = capture,
};
