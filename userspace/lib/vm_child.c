// SPDX-License-Identifier: LGPL-2.1-or-later
/* The way of a new process into a VM. Nothing here runs in the caller. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm_priv.h"

/* What a new sysfs would hide: it is not the network namespace's. */
static const char *const below_sys[] = {
	"/sys/fs/cgroup", "/sys/fs/bpf", "/sys/kernel/debug",
	"/sys/kernel/tracing", "/sys/kernel/security",
};

#define BELOW_SYS (sizeof(below_sys) / sizeof(*below_sys))

void vm_child_fail(struct vm_child_err *e, const char *what)
{
	e->code = -errno;
	e->program = false;
	snprintf(e->what, sizeof(e->what), "%s", what);
}

/*
 * A sysfs that shows the VM's devices. Where it cannot be mounted (in a
 * container) the old one does.
 */
static void mount_sysfs(void)
{
	int tree[BELOW_SYS];
	size_t i;

	for (i = 0; i < BELOW_SYS; i++)
		tree[i] = open_tree(AT_FDCWD, below_sys[i], OPEN_TREE_CLONE |
				    OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	for (i = 0; i < BELOW_SYS; i++) {
		if (tree[i] < 0)
			continue;
		move_mount(tree[i], "", AT_FDCWD, below_sys[i],
			   MOVE_MOUNT_F_EMPTY_PATH);
		close(tree[i]);
	}
}

static int bind_file(const char *ns, const char *file, const char *where,
		     struct vm_child_err *e)
{
	char path[sizeof(NSFAB_VM_DIR) + VM_NS_SIZE + 16];

	/* A host that has no such file has no use for the VM's either. */
	if (access(where, F_OK))
		return 0;
	snprintf(path, sizeof(path), NSFAB_VM_DIR "/%s/%s", ns, file);
	if (!mount(path, where, "none", MS_BIND, NULL))
		return 0;
	vm_child_fail(e, "cannot mount over ");
	strncat(e->what, where, sizeof(e->what) - strlen(e->what) - 1);
	return -1;
}

static int make_mounts(const struct vm_child *child, struct vm_child_err *e)
{
	if (unshare(CLONE_NEWNS)) {
		vm_child_fail(e, "cannot make a mount namespace");
		return -1;
	}
	/* What is mounted in here stays in here; not the other way around. */
	if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL)) {
		vm_child_fail(e, "cannot detach from the host's mounts");
		return -1;
	}
	mount_sysfs();
	if (child->new_pid &&
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL)) {
		vm_child_fail(e, "cannot mount /proc");
		return -1;
	}
	if (bind_file(child->ns, VM_FILE_HOSTS, "/etc/hosts", e))
		return -1;
	return bind_file(child->ns, VM_FILE_RESOLV, "/etc/resolv.conf", e);
}

int vm_child_enter(const struct vm_child *child, struct vm_child_err *e)
{
	int cwd, ret;

	if (child->cgroup >= 0) {
		ret = vm_cgroup_join(child->cgroup);
		if (ret) {
			errno = -ret;
			vm_child_fail(e, "cannot join the control group");
			return -1;
		}
	}
	if (setns(child->net, CLONE_NEWNET) ||
	    (child->uts >= 0 && setns(child->uts, CLONE_NEWUTS))) {
		vm_child_fail(e, "cannot enter its namespaces");
		return -1;
	}
	if (child->init < 0)
		return make_mounts(child, e);

	/* Entering another mount namespace leads to its root directory. */
	cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (setns(child->init, CLONE_NEWNS)) {
		vm_child_fail(e, "cannot enter its mount namespace");
		return -1;
	}
	if (cwd >= 0) {
		char path[4096], link[32];
		ssize_t n;

		/* The same place in there, where there is one. */
		snprintf(link, sizeof(link), "/proc/self/fd/%d", cwd);
		n = readlink(link, path, sizeof(path) - 1);
		if (n > 0) {
			path[n] = '\0';
			if (chdir(path) && chdir("/"))
				vm_child_fail(e, "cannot change directory");
		}
		close(cwd);
	}
	return 0;
}

void vm_child_reset(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		sigaction(sig, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void vm_child_exec(char *const *argv, struct vm_child_err *e)
{
	execvp(argv[0], argv);
	e->code = -errno;
	e->program = true;
	e->what[0] = '\0';
}

int vm_child_wait(int pipe, const char *program, struct nsfab_err *err)
{
	struct vm_child_err e;
	ssize_t n;
	int ret;

	do {
		n = read(pipe, &e, sizeof(e));
	} while (n < 0 && errno == EINTR);
	if (!n)
		return 0;
	if (n != sizeof(e))
		return nsfab_err_set(err, -EIO, "a process died on its way into the VM");
	e.what[sizeof(e.what) - 1] = '\0';
	ret = nsfab_err_set(err, e.code, "%s", e.program ? program : e.what);
	if (err)
		err->index = e.program ? 0 : -1;
	return ret;
}
