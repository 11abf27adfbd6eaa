// SPDX-License-Identifier: LGPL-2.1-or-later
/* Starting and ending workloads, and programs beside them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm_priv.h"

static int open_pidfd(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static int send_signal(int pidfd, int sig)
{
	return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) ? -errno : 0;
}

int vm_run_pidfd(const char *ns, bool supervisor)
{
	struct vm_run_info info, again;
	int fd;

	vm_run_info(ns, &info);
	if (!info.running)
		return -ESRCH;
	fd = open_pidfd(supervisor ? info.supervisor : info.init);
	if (fd < 0)
		return fd;
	/* The supervisor reaps init last of all: still there, still the same. */
	vm_run_info(ns, &again);
	if (again.running && again.init == info.init &&
	    again.supervisor == info.supervisor)
		return fd;
	close(fd);
	return -ESRCH;
}

bool vm_run_handles_term(pid_t init)
{
	char path[64], line[256];
	uint64_t caught = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)init);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "SigCgt: %" SCNx64, &caught) == 1)
			break;
	fclose(f);
	return caught >> (SIGTERM - 1) & 1;
}

/* Create the run file and lock it; the lock is the supervisor's later. */
static int lock_run(int dir, const struct nsfab_vm *vm, struct nsfab_err *err)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
	};
	int fd;

	fd = openat(dir, VM_FILE_RUN, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "cannot make the run file");
	if (!fcntl(fd, F_OFD_SETLK, &lock)) {
		if (!ftruncate(fd, 0))
			return fd;
	} else if (errno == EAGAIN || errno == EACCES) {
		close(fd);
		return vm_err(err, -EALREADY, "%s/%s runs already",
			      vm->tenant, vm->name);
	}
	close(fd);
	return nsfab_err_set(err, -EIO, "cannot lock the run file");
}

/* Away from the caller, so that no one has to wait for it in the end. */
static int fork_super(const struct vm_super *super, struct nsfab_err *err)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		return nsfab_err_set(err, -errno, "cannot fork");
	if (pid) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return 0;
	}
	setsid();
	pid = fork();
	if (pid)
		_exit(pid < 0);
	vm_super_main(super);
}

static int open_uts(const char *ns)
{
	char path[sizeof(NSFAB_UTSNS_DIR) + VM_NS_SIZE];

	snprintf(path, sizeof(path), NSFAB_UTSNS_DIR "/%s", ns);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * Open what a process of a VM enters. Without limits and without control
 * groups of version 2 it does without a group.
 */
static int open_child(const struct nsfab_vm *vm, struct vm_child *child,
		      struct nsfab_err *err)
{
	struct nsfab_err why = { 0 };
	int ret;

	memset(child, 0, sizeof(*child));
	child->ns = vm->netns;
	child->init = -1;
	child->uts = -1;
	child->cgroup = -1;
	child->net = nsfab_netns_open(vm->netns, err);
	if (child->net < 0)
		return child->net;
	child->uts = open_uts(vm->netns);
	child->cgroup = vm_cgroup_open(vm->netns, true, &why);
	if (child->cgroup >= 0)
		return vm_cgroup_limit(child->cgroup, vm->cpus, vm->memory,
				       err);
	ret = child->cgroup;
	if (!vm->cpus && !vm->memory)
		return 0;
	if (err)
		*err = why;
	return ret;
}

static void close_child(struct vm_child *child)
{
	const int fds[] = {
		child->net, child->uts, child->cgroup, child->init,
	};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Start a supervisor and hear from it how that went. */
static int launch(struct vm_super *super, struct nsfab_err *err)
{
	int status[2], ret;

	if (pipe2(status, O_CLOEXEC))
		return nsfab_err_set(err, -errno, "cannot open a pipe");
	super->status = status[1];
	ret = fork_super(super, err);
	close(status[1]);
	if (!ret)
		ret = vm_child_wait(status[0], super->argv[0], err);
	close(status[0]);
	return ret;
}

/* As execvp() looks for it; 0 or what it would fail with. */
static int find_program(const char *program)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];
	int code = -ENOENT;
	size_t len;

	if (strchr(program, '/'))
		return access(program, X_OK) ? -errno : 0;
	for (path = path ? path : "/bin:/usr/bin"; ; path += len + 1) {
		len = strcspn(path, ":");
		snprintf(file, sizeof(file), "%.*s%s%s", (int)len, path,
			 len ? "/" : "", program);
		if (!access(file, X_OK))
			return 0;
		if (errno == EACCES)
			code = -EACCES;
		if (!path[len])
			return code;
	}
}

int vm_run_check(const char *program, struct nsfab_err *err)
{
	int ret = find_program(program);

	return ret ? nsfab_err_set(err, ret, "%s", program) : 0;
}

int vm_run_start(const struct nsfab_vm *vm, struct nsfab_err *err)
{
	struct vm_super super = { .run = -1 };
	int ret;

	super.argv = nsfab_vm_run_split(vm->run, NULL);
	if (!super.argv)
		return vm_err(err, -ENOMEM, "no memory");
	super.dir = vm_dir_open(vm->netns, true, err);
	if (super.dir < 0) {
		free(super.argv);
		return super.dir;
	}
	ret = open_child(vm, &super.child, err);
	if (!ret)
		ret = vm_dir_write_etc(super.dir, vm, err);
	if (ret)
		goto out;
	super.run = lock_run(super.dir, vm, err);
	if (super.run < 0) {
		ret = super.run;
		goto out;
	}
	unlinkat(super.dir, VM_FILE_STATUS, 0);
	unlinkat(super.dir, VM_FILE_OUTPUT, 0);
	super.child.new_pid = true;
	ret = launch(&super, err);
	if (ret)
		unlinkat(super.dir, VM_FILE_RUN, 0);
	close(super.run);
out:
	close_child(&super.child);
	close(super.dir);
	free(super.argv);
	return ret;
}

void vm_run_kill(const char *ns)
{
	int fd;

	fd = vm_dir_open(ns, false, NULL);
	if (fd < 0)
		return;
	close(fd);
	fd = vm_run_pidfd(ns, false);
	if (fd >= 0) {
		send_signal(fd, SIGKILL);
		close(fd);
	}
	fd = vm_cgroup_open(ns, false, NULL);
	if (fd >= 0) {
		vm_cgroup_kill(fd);
		close(fd);
	}
}

int vm_run_wait(const char *ns, unsigned int ms, struct nsfab_err *err)
{
	struct pollfd pfd = { .events = POLLIN };
	int ret;

	pfd.fd = vm_run_pidfd(ns, true);
	if (pfd.fd < 0)
		return 0;
	do {
		ret = poll(&pfd, 1, ms);
	} while (ret < 0 && errno == EINTR);
	close(pfd.fd);
	if (ret > 0)
		return 0;
	return vm_err(err, -ETIMEDOUT, "its processes do not end");
}

/* fork() into the PID namespace of a workload, without being inside it. */
static int fork_into(int pidfd, pid_t *pid, struct nsfab_err *err)
{
	int own, ret = 0;

	if (pidfd < 0) {
		*pid = fork();
		return *pid < 0 ? nsfab_err_set(err, -errno, "cannot fork") : 0;
	}
	own = open("/proc/thread-self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(pidfd, CLONE_NEWPID)) {
		ret = nsfab_err_set(err, -errno,
				    "cannot enter its PID namespace");
	} else {
		*pid = fork();
		if (*pid < 0)
			ret = nsfab_err_set(err, -errno, "cannot fork");
		if (*pid && setns(own, CLONE_NEWPID) && !ret)
			ret = nsfab_err_set(err, -errno,
					    "cannot leave its PID namespace");
	}
	if (own >= 0)
		close(own);
	return ret;
}

static int spawn(const struct vm_child *child, char *const *argv, pid_t *pid,
		 struct nsfab_err *err)
{
	struct vm_child_err e = { 0 };
	int status[2], ret;

	if (pipe2(status, O_CLOEXEC))
		return nsfab_err_set(err, -errno, "cannot open a pipe");
	ret = fork_into(child->init, pid, err);
	if (!ret && !*pid) {
		vm_child_reset();
		if (!vm_child_enter(child, &e))
			vm_child_exec(argv, &e);
		if (write(status[1], &e, sizeof(e)) < 0)
			_exit(125);
		_exit(127);
	}
	close(status[1]);
	if (!ret) {
		ret = vm_child_wait(status[0], argv[0], err);
		if (ret)
			waitpid(*pid, NULL, 0);
	}
	close(status[0]);
	return ret;
}

/* With the VM at hand. */
struct spawn_job {
	char *const *argv;
	pid_t *pid;
	struct nsfab_err *err;
};

static int spawn_in(const struct nsfab_vm *vm, void *arg)
{
	struct spawn_job *job = arg;
	struct vm_child child;
	int dir, ret;

	if (!vm->netns)
		return vm_err(job->err, -EOPNOTSUPP,
			      "%s/%s is %s, nothing can run in it",
			      vm->tenant, vm->name,
			      nsfab_vm_state_name(vm->state));
	if (vm->state == NSFAB_VM_PAUSED || vm->state == NSFAB_VM_STOPPED)
		return vm_err(job->err, -EBUSY, "%s/%s is %s",
			      vm->tenant, vm->name,
			      nsfab_vm_state_name(vm->state));
	dir = vm_dir_open(vm->netns, true, job->err);
	if (dir < 0)
		return dir;
	ret = vm_dir_write_etc(dir, vm, job->err);
	close(dir);
	if (ret)
		return ret;
	ret = open_child(vm, &child, job->err);
	if (!ret) {
		/* The workload may end at any time; then there is none. */
		child.init = vm_run_pidfd(vm->netns, false);
		ret = spawn(&child, job->argv, job->pid, job->err);
	}
	close_child(&child);
	return ret;
}

int nsfab_vm_spawn(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, char *const *argv,
		   pid_t *pid, struct nsfab_err *err)
{
	struct spawn_job job = {
		.argv = argv,
		.pid = pid,
		.err = err,
	};
	int ret;

	ret = nsfab_vm_get(h, ifindex, ref, spawn_in, &job, err);
	/* The kernel's index is of what it was asked for, not of the program. */
	if (ret && err && err->origin != NSFAB_ERR_LIB)
		err->index = -1;
	return ret;
}

int nsfab_vm_netns(struct nsfab *h, const struct nsfab_vm_ref *ref,
		   struct nsfab_err *err)
{
	char ns[VM_NS_SIZE];
	int ret;

	ret = vm_ns_name(h, ref, ns, err);
	if (ret)
		return ret;
	ret = nsfab_netns_open(ns, NULL);
	if (ret == -ENOENT)
		return vm_err(err, ret, "VM %s/%s has no namespace",
			      ref->tenant, ref->name);
	if (ret < 0)
		return nsfab_err_set(err, ret, "cannot open namespace %s", ns);
	return ret;
}
