// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl vm console, netctl console. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "vm.h"

#define ESCAPE 0x1d	/* Ctrl-] */

struct session {
	int fd;
	int signals;		/* signalfd, -1 without a terminal */
	bool raw;		/* the terminal was changed */
	bool typing;		/* standard input is read */
	struct termios old;
};

static int write_all(const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(STDOUT_FILENO, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

static void send_size(const struct session *s)
{
	struct winsize size;

	if (!ioctl(STDIN_FILENO, TIOCGWINSZ, &size) && size.ws_row)
		nsfab_vm_console_size(s->fd, size.ws_row, size.ws_col);
}

/* Keys go to the workload as they are; only the escape stays here. */
static void begin_terminal(struct session *s)
{
	struct termios raw;
	sigset_t set;

	s->signals = -1;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &s->old))
		return;
	raw = s->old;
	cfmakeraw(&raw);
	s->raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC);
	send_size(s);
}

static void end_terminal(const struct session *s)
{
	if (s->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &s->old);
	if (s->signals >= 0)
		close(s->signals);
}

/* Typed words; returns 1 when the user leaves. */
static int hear_user(struct session *s)
{
	char buf[1024], *escape = NULL;
	const char *from = buf;
	ssize_t len, n;

	len = read(STDIN_FILENO, buf, sizeof(buf));
	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	if (!len) {
		s->typing = false;
		return nsfab_vm_console_finish(s->fd);
	}
	if (s->raw)
		escape = memchr(buf, ESCAPE, len);
	if (escape)
		len = escape - buf;
	while (len) {
		n = nsfab_vm_console_write(s->fd, from, len);
		if (n < 0)
			return n;
		from += n;
		len -= n;
	}
	return escape ? 1 : 0;
}

/* Returns 1 when it is over. */
static int hear_console(struct session *s, int *status)
{
	char buf[8192];
	size_t len;
	int ret;

	ret = nsfab_vm_console_read(s->fd, buf, sizeof(buf), &len);
	switch (ret) {
	case NSFAB_VM_CONSOLE_DATA:
		return write_all(buf, len);
	case NSFAB_VM_CONSOLE_EXIT:
		*status = len;
		return 1;
	case NSFAB_VM_CONSOLE_END:
		return 1;
	default:
		return ret == -ECONNRESET ? 1 : ret;
	}
}

static int hear_signals(const struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo != SIGWINCH)
		return 1;
	send_size(s);
	return 0;
}

static int talk(struct session *s, int *status)
{
	struct pollfd pfd[3];
	int ret = 0;

	while (!ret) {
		pfd[0] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		pfd[1] = (struct pollfd){
			.fd = s->typing ? STDIN_FILENO : -1,
			.events = POLLIN,
		};
		pfd[2] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		if (poll(pfd, 3, -1) < 0)
			continue;
		if (pfd[0].revents)
			ret = hear_console(s, status);
		if (!ret && pfd[1].revents)
			ret = hear_user(s);
		if (!ret && pfd[2].revents)
			ret = hear_signals(s);
	}
	/* The other end went while something was said to it. */
	if (ret == -EPIPE)
		ret = hear_console(s, status);
	return ret < 0 ? ret : 0;
}

/* Nothing runs: show what the last workload left. */
static int show_last(struct netctl_ctx *ctx, struct nsfab *h,
		     const struct nsfab_vm_ref *ref)
{
	struct nsfab_err err = ctx->err;
	size_t len;
	char *buf;
	int ret;

	if (nsfab_vm_output(h, ref, &buf, &len, NULL)) {
		ctx->err = err;
		return netctl_fail(ctx);
	}
	ret = write_all(buf, len);
	free(buf);
	if (ret) {
		nsfab_err_set(&ctx->err, ret, "cannot write");
		return netctl_fail(ctx);
	}
	netctl_note(ctx, "%s/%s does not run any more", ref->tenant, ref->name);
	return NETCTL_OK;
}

static int attach(struct netctl_ctx *ctx, const struct nsfab_vm_ref *ref,
		  bool log)
{
	struct session s = { .typing = !log, .signals = -1 };
	int ret, status = -1;
	struct nsfab *h;

	h = netctl_handle(ctx);
	if (!h)
		return netctl_fail(ctx);
	s.fd = nsfab_vm_console_open(h, ref, &ctx->err);
	if (s.fd == -ENOENT)
		return show_last(ctx, h, ref);
	if (s.fd < 0)
		return netctl_fail(ctx);
	if (log)
		nsfab_vm_console_finish(s.fd);
	else
		begin_terminal(&s);
	if (s.raw)
		netctl_note(ctx, "console of %s/%s, Ctrl-] leaves it\r",
			    ref->tenant, ref->name);
	ret = talk(&s, &status);
	end_terminal(&s);
	close(s.fd);
	if (ret) {
		nsfab_err_set(&ctx->err, ret, "console of %s/%s", ref->tenant,
			      ref->name);
		return netctl_fail(ctx);
	}
	if (status >= 0)
		netctl_note(ctx, "%s/%s exited with %d", ref->tenant,
			    ref->name, status);
	else if (s.raw)
		netctl_note(ctx, "left %s/%s", ref->tenant, ref->name);
	return NETCTL_OK;
}

int vm_console(struct netctl_ctx *ctx, int argc, char **argv)
{
	bool log = argc == 2 && netctl_match(argv[1], "log");
	struct nsfab_vm_ref ref;
	char *path;
	int ret;

	if (argc != 1 && !log)
		return netctl_usage(ctx, "takes TENANT/VM [log]");
	ret = vm_path_split(ctx, argv[0], &path, &ref, NULL);
	if (ret)
		return ret;
	ret = attach(ctx, &ref, log);
	free(path);
	return ret;
}

const struct netctl_object netctl_obj_console = {
	.name = "console",
	.summary = "the terminal of a VM's workload",
	.help =
"netctl console TENANT/VM [log]\n"
"\n"
"Show what the VM's workload has written (the last 64 KiB) and then what it\n"
"writes, and type to it. Ctrl-] leaves it running; so does the end of a\n"
"standard input that is no terminal. With \"log\", show what it has written and\n"
"return. Same as netctl vm console.\n",
	.run = vm_console,
};
