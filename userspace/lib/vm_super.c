// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The supervisor: a small process that starts a workload as the init of a PID
 * namespace on a terminal of its own, keeps the end of its output, serves that
 * terminal to any number of clients, and notes how it ended. It holds no
 * namespace of the VM itself, and the workload does not outlive it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "vm_priv.h"

#define CLIENTS_MAX	16
#define TYPED_MAX	4096

/**
 * struct client - one who looks at the terminal
 * @fd: socket, -1 for a free place
 * @pos: of all output, what was sent
 * @end: where to finish, UINT64_MAX for never
 */
struct client {
	int fd;
	uint64_t pos;
	uint64_t end;
};

/**
 * struct terminal - the supervisor's state
 * @master: the terminal
 * @slave: its other end, held open lest a workload that closes it seem gone
 * @listen: socket for clients
 * @signals: signalfd, for SIGCHLD
 * @init: the workload
 * @total: length of all output
 * @ring: its end
 * @typed: input that the terminal has not taken
 * @n_typed: its length
 * @client: clients
 */
struct terminal {
	int master;
	int slave;
	int listen;
	int signals;
	pid_t init;
	uint64_t total;
	char ring[NSFAB_VM_OUTPUT_MAX];
	char typed[TYPED_MAX];
	size_t n_typed;
	struct client client[CLIENTS_MAX];
};

static int open_master(int *slave, struct vm_child_err *e)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char name[64];
	int fd;

	fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || unlockpt(fd) || ptsname_r(fd, name, sizeof(name)))
		goto fail;
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0)
		goto fail;
	ioctl(fd, TIOCSWINSZ, &size);
	return fd;

fail:
	vm_child_fail(e, "cannot open a terminal");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_console(int dir, struct vm_child_err *e)
{
	struct sockaddr_un sa;
	mode_t mask;
	int fd, ret;

	unlinkat(dir, VM_FILE_CONSOLE, 0);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		vm_child_fail(e, "cannot open a console");
		return -1;
	}
	vm_console_address(&sa, dir);
	mask = umask(0177);
	ret = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	umask(mask);
	if (!ret && !listen(fd, CLIENTS_MAX))
		return fd;
	vm_child_fail(e, "cannot open a console");
	close(fd);
	unlinkat(dir, VM_FILE_CONSOLE, 0);
	return -1;
}

/* The workload's process, from its first breath to exec. */
static void __attribute__((noreturn))
be_init(const struct vm_super *super, int slave, int status)
{
	struct vm_child_err e = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	vm_child_reset();
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) || dup2(slave, 0) < 0 ||
	    dup2(slave, 1) < 0 || dup2(slave, 2) < 0)
		vm_child_fail(&e, "cannot take its terminal");
	else if (!vm_child_enter(&super->child, &e))
		vm_child_exec(super->argv, &e);
	if (write(status, &e, sizeof(e)) < 0)
		_exit(125);
	_exit(127);
}

/*
 * Start the workload. The pid file is written before anyone can know that the
 * start went well.
 */
static int start_init(const struct vm_super *super, struct terminal *t,
		      struct vm_child_err *e)
{
	int status[2], ret = -1;
	char pids[32];
	ssize_t n;

	t->master = open_master(&t->slave, e);
	if (t->master < 0)
		return -1;
	if (pipe2(status, O_CLOEXEC)) {
		vm_child_fail(e, "cannot open a pipe");
		goto err_terminal;
	}
	/* For children; this process stays where it is. */
	if (unshare(CLONE_NEWPID)) {
		vm_child_fail(e, "cannot make a PID namespace");
		goto err_pipe;
	}
	t->init = fork();
	if (!t->init)
		be_init(super, t->slave, status[1]);
	if (t->init < 0) {
		vm_child_fail(e, "cannot fork");
		goto err_pipe;
	}
	close(status[1]);
	status[1] = -1;
	n = snprintf(pids, sizeof(pids), "%d %d\n", t->init, getpid());
	if (pwrite(super->run, pids, n, 0) != n) {
		vm_child_fail(e, "cannot write the run file");
		kill(t->init, SIGKILL);
	} else {
		do {
			n = read(status[0], e, sizeof(*e));
		} while (n < 0 && errno == EINTR);
		if (!n)
			ret = 0;
	}
	if (ret)
		waitpid(t->init, NULL, 0);
err_pipe:
	close(status[0]);
	if (status[1] >= 0)
		close(status[1]);
err_terminal:
	if (ret) {
		close(t->slave);
		close(t->master);
	}
	return ret;
}

static void drop_client(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void accept_client(struct terminal *t)
{
	size_t i;
	int fd;

	fd = accept4(t->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (i = 0; i < CLIENTS_MAX; i++) {
		if (t->client[i].fd >= 0)
			continue;
		t->client[i].fd = fd;
		t->client[i].pos = 0;
		t->client[i].end = UINT64_MAX;
		return;
	}
	close(fd);
}

/* Send what a client has not seen. One that is slow misses the middle. */
static void feed_client(struct terminal *t, struct client *c)
{
	char msg[VM_CONSOLE_MSG_MAX];
	uint64_t oldest, end;
	size_t i, n;

	oldest = t->total > sizeof(t->ring) ? t->total - sizeof(t->ring) : 0;
	if (c->pos < oldest)
		c->pos = oldest;
	end = c->end < t->total ? c->end : t->total;
	while (c->pos < end) {
		n = end - c->pos;
		if (n > sizeof(msg) - 1)
			n = sizeof(msg) - 1;
		msg[0] = VM_CONSOLE_DATA;
		for (i = 0; i < n; i++)
			msg[1 + i] = t->ring[(c->pos + i) % sizeof(t->ring)];
		if (send(c->fd, msg, n + 1, MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop_client(c);
			return;
		}
		c->pos += n;
	}
	if (c->pos >= c->end)
		drop_client(c);
}

static void hear_client(struct terminal *t, struct client *c)
{
	char msg[VM_CONSOLE_MSG_MAX];
	struct winsize size = { 0 };
	uint16_t rc[2];
	ssize_t n;

	/* No more than there is room for; the rest waits in the socket. */
	n = recv(c->fd, msg, sizeof(msg), 0);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop_client(c);
		return;
	}
	switch (msg[0]) {
	case VM_CONSOLE_DATA:
		n--;
		if ((size_t)n > sizeof(t->typed) - t->n_typed)
			n = sizeof(t->typed) - t->n_typed;
		memcpy(t->typed + t->n_typed, msg + 1, n);
		t->n_typed += n;
		break;
	case VM_CONSOLE_SIZE:
		if (n != 1 + sizeof(rc))
			break;
		memcpy(rc, msg + 1, sizeof(rc));
		size.ws_row = rc[0];
		size.ws_col = rc[1];
		ioctl(t->master, TIOCSWINSZ, &size);
		break;
	case VM_CONSOLE_FINISH:
		c->end = t->total;
		break;
	}
}

static void write_typed(struct terminal *t)
{
	ssize_t n;

	n = write(t->master, t->typed, t->n_typed);
	if (n > 0) {
		memmove(t->typed, t->typed + n, t->n_typed - n);
		t->n_typed -= n;
	}
}

/* Read output; false when there is none at the moment or ever again. */
static bool read_output(struct terminal *t)
{
	char buf[4096];
	ssize_t i, n;

	n = read(t->master, buf, sizeof(buf));
	if (n <= 0)
		return false;
	for (i = 0; i < n; i++)
		t->ring[(t->total + i) % sizeof(t->ring)] = buf[i];
	t->total += n;
	return true;
}

/* Has init ended? It is not reaped yet, so that its pid stays its own. */
static bool init_ended(struct terminal *t)
{
	struct signalfd_siginfo si;
	siginfo_t info = { 0 };

	while (read(t->signals, &si, sizeof(si)) > 0)
		;
	return !waitid(P_PID, t->init, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid;
}

static void serve_once(struct terminal *t, bool *ended)
{
	struct pollfd pfd[3 + CLIENTS_MAX];
	struct client *c;
	size_t i;

	pfd[0] = (struct pollfd){ .fd = t->signals, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = t->listen, .events = POLLIN };
	pfd[2] = (struct pollfd){ .fd = t->master, .events = POLLIN };
	if (t->n_typed)
		pfd[2].events |= POLLOUT;
	for (i = 0; i < CLIENTS_MAX; i++) {
		c = &t->client[i];
		pfd[3 + i] = (struct pollfd){ .fd = c->fd };
		if (t->n_typed < sizeof(t->typed) / 2)
			pfd[3 + i].events |= POLLIN;
		if (c->pos < t->total)
			pfd[3 + i].events |= POLLOUT;
	}
	if (poll(pfd, 3 + CLIENTS_MAX, -1) < 0)
		return;
	if (pfd[0].revents && init_ended(t)) {
		*ended = true;
		return;
	}
	if (pfd[1].revents)
		accept_client(t);
	if (pfd[2].revents & POLLOUT)
		write_typed(t);
	if (pfd[2].revents & POLLIN)
		read_output(t);
	for (i = 0; i < CLIENTS_MAX; i++) {
		c = &t->client[i];
		if (c->fd >= 0 && pfd[3 + i].revents & ~POLLOUT)
			hear_client(t, c);
		if (c->fd >= 0)
			feed_client(t, c);
	}
}

static int exit_status(const struct terminal *t)
{
	siginfo_t info = { 0 };

	waitid(P_PID, t->init, &info, WEXITED | WNOWAIT);
	return info.si_code == CLD_EXITED ? info.si_status :
					    128 + info.si_status;
}

static void write_output(const struct vm_super *super, struct terminal *t)
{
	size_t len = t->total < sizeof(t->ring) ? t->total : sizeof(t->ring);
	size_t i, at = t->total - len;
	char *buf = malloc(len + 1);

	if (!buf)
		return;
	for (i = 0; i < len; i++)
		buf[i] = t->ring[(at + i) % sizeof(t->ring)];
	vm_dir_write(super->dir, VM_FILE_OUTPUT, buf, len);
	free(buf);
}

static void finish(const struct vm_super *super, struct terminal *t)
{
	int32_t status = exit_status(t);
	char text[16], msg[1 + sizeof(status)];
	struct client *c;
	size_t i;
	int n;

	while (read_output(t))
		;
	write_output(super, t);
	n = snprintf(text, sizeof(text), "%d\n", status);
	vm_dir_write(super->dir, VM_FILE_STATUS, text, n);
	msg[0] = VM_CONSOLE_EXIT;
	memcpy(msg + 1, &status, sizeof(status));
	for (i = 0; i < CLIENTS_MAX; i++) {
		c = &t->client[i];
		if (c->fd < 0)
			continue;
		/* What fits; a client that does not read must not hold it up. */
		c->end = UINT64_MAX;
		feed_client(t, c);
		if (c->fd < 0)
			continue;
		send(c->fd, msg, sizeof(msg), MSG_NOSIGNAL);
		drop_client(c);
	}
}

/* Nothing of the one who started it is held on to. */
static void close_others(struct vm_super *super)
{
	int *keep[] = {
		&super->status, &super->run, &super->dir, &super->child.net,
		&super->child.uts, &super->child.cgroup,
	};
	const int n = sizeof(keep) / sizeof(*keep);
	int i, fd;

	/* First out of the way, then in order behind the standard three. */
	for (i = 0; i < n; i++)
		if (*keep[i] >= 0)
			*keep[i] = fcntl(*keep[i], F_DUPFD_CLOEXEC, 64);
	close_range(3, 63, 0);
	for (i = 0; i < n; i++)
		if (*keep[i] >= 0)
			*keep[i] = fcntl(*keep[i], F_DUPFD_CLOEXEC, 3);
	close_range(3 + n, ~0U, 0);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (i = 0; i < 3 && fd >= 0; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void take_signals(struct terminal *t)
{
	sigset_t set;
	int sig;

	/* It ends with its workload, whatever happens to a session. */
	for (sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD)
			signal(sig, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void vm_super_main(const struct vm_super *given)
{
	struct vm_super super = *given;
	struct vm_child_err e = { 0 };
	struct terminal *t;
	bool ended = false;
	size_t i;

	close_others(&super);
	prctl(PR_SET_NAME, "nsfab-vm");
	t = calloc(1, sizeof(*t));
	if (!t) {
		vm_child_fail(&e, "no memory");
		goto fail;
	}
	for (i = 0; i < CLIENTS_MAX; i++)
		t->client[i].fd = -1;
	take_signals(t);
	t->listen = open_console(super.dir, &e);
	if (t->listen < 0)
		goto fail;
	if (start_init(&super, t, &e)) {
		unlinkat(super.dir, VM_FILE_CONSOLE, 0);
		goto fail;
	}
	close(super.status);
	close(super.child.net);
	close(super.child.uts);
	close(super.child.cgroup);
	if (chdir("/"))
		errno = 0;

	while (!ended)
		serve_once(t, &ended);
	finish(&super, t);
	unlinkat(super.dir, VM_FILE_CONSOLE, 0);
	unlinkat(super.dir, VM_FILE_RUN, 0);
	waitpid(t->init, NULL, 0);
	_exit(0);

fail:
	if (write(super.status, &e, sizeof(e)) < 0)
		_exit(2);
	_exit(1);
}
