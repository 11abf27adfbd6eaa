// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm_priv.h"

#define DIR_TRIES	100
#define PATH_SIZE	(sizeof(NSFAB_UTSNS_DIR) + NSFAB_NETNS_NAME_MAX + 1)

/* Namespaces have small stacks' worth of work, but netlink has large buffers. */
#define STACK_SIZE	(512 * 1024)

struct add_job {
	const struct nsfab_netns_spec *specs;
	size_t n;
	size_t made;
	nsfab_netns_cb cb;
	void *arg;
	struct nsfab_err *err;
};

struct call_job {
	int fd;
	int (*fn)(void *arg);
	void *arg;
	struct nsfab_err *err;
};

struct socket_job {
	int domain;
	int type;
	int protocol;
};

static bool name_ok(const char *name)
{
	return *name && strlen(name) <= NSFAB_NETNS_NAME_MAX &&
	       !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

static void pin_path(char *path, const char *dir, const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", dir, name);
}

static bool is_at(int fd, const char *path)
{
	struct stat st, other;

	return !fstat(fd, &st) && !stat(path, &other) &&
	       st.st_dev == other.st_dev && st.st_ino == other.st_ino;
}

/*
 * Open a directory for pins, making it and the one it is in, and lock it: who
 * makes a pin shares the lock, who takes the directory away has it alone.
 */
static int open_dir(const char *dir, struct nsfab_err *err)
{
	unsigned int tries;
	int fd, ret = 0;

	for (tries = 0; tries < DIR_TRIES; tries++) {
		if (!strcmp(dir, NSFAB_UTSNS_DIR) &&
		    mkdir(NSFAB_RUN_DIR, 0755) && errno != EEXIST)
			return nsfab_err_set(err, -errno, "cannot make "
					     NSFAB_RUN_DIR);
		ret = mkdir(dir, 0755) && errno != EEXIST ? -errno : 0;
		if (ret == -ENOENT)
			continue;
		if (ret)
			break;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = fd < 0 ? -errno : 0;
		if (ret == -ENOENT)
			continue;
		if (ret)
			break;
		while (flock(fd, LOCK_EX) && errno == EINTR)
			;
		if (is_at(fd, dir))
			return fd;
		/* It was taken away before it was locked. */
		close(fd);
		ret = -ENOENT;
	}
	return nsfab_err_set(err, ret, "cannot make %s", dir);
}

static int share_mount(const char *dir, struct nsfab_err *err)
{
	bool bound = false;

	while (mount("", dir, "none", MS_SHARED | MS_REC, NULL)) {
		if (errno != EINVAL || bound)
			return nsfab_err_set(err, -errno,
					     "cannot make %s a shared mount",
					     dir);
		if (mount(dir, dir, "none", MS_BIND | MS_REC, NULL))
			return nsfab_err_set(err, -errno,
					     "cannot mount %s onto itself",
					     dir);
		bound = true;
	}
	return 0;
}

/*
 * Make a directory for pins. It has to be a shared mount, or a pin could not
 * be removed from the mount namespaces that copied it meanwhile, and the
 * namespace would live as long as those. Returns a file that keeps the
 * directory there until it is closed.
 */
static int prepare_dir(const char *dir, struct nsfab_err *err)
{
	int fd, ret;

	for (;;) {
		/* Locked, lest two at a time mount it over itself twice */
		fd = open_dir(dir, err);
		if (fd < 0)
			return fd;
		ret = share_mount(dir, err);
		if (ret) {
			close(fd);
			return ret;
		}
		/* Another one may have the lock in between. */
		while (flock(fd, LOCK_SH) && errno == EINTR)
			;
		if (is_at(fd, dir))
			return fd;
		close(fd);
	}
}

static bool is_empty(int fd)
{
	struct dirent *ent;
	bool empty = true;
	DIR *dir;

	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return false;
	}
	while (empty && (ent = readdir(dir)))
		empty = !strcmp(ent->d_name, ".") || !strcmp(ent->d_name, "..");
	closedir(dir);
	return empty;
}

void netns_tidy(void)
{
	int fd;

	fd = open(NSFAB_UTSNS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		if (!flock(fd, LOCK_EX | LOCK_NB) && is_empty(fd)) {
			while (!umount2(NSFAB_UTSNS_DIR, MNT_DETACH))
				;
			rmdir(NSFAB_UTSNS_DIR);
		}
		close(fd);
	}
	rmdir(NSFAB_VM_DIR);
	rmdir(NSFAB_RUN_DIR);
}

/* @keep gets a file to be closed when the pins are made, or -1. */
static int prepare(const struct nsfab_netns_spec *specs, size_t n, int *keep,
		   struct nsfab_err *err)
{
	bool uts = false;
	size_t i;
	int ret;

	*keep = -1;
	for (i = 0; i < n; i++) {
		if (!name_ok(specs[i].name)) {
			ret = nsfab_err_set(err, -EINVAL,
					    "\"%s\" is not a namespace's name",
					    specs[i].name);
			if (err)
				err->index = i;
			return ret;
		}
		uts = uts || specs[i].hostname;
	}
	ret = prepare_dir(NSFAB_NETNS_DIR, err);
	if (ret < 0)
		return ret;
	close(ret);
	if (!uts)
		return 0;
	*keep = prepare_dir(NSFAB_UTSNS_DIR, err);
	return *keep < 0 ? *keep : 0;
}

/* Pin a namespace of the calling thread. */
static int pin(const char *dir, const char *name, const char *ns,
	       struct nsfab_err *err)
{
	char path[PATH_SIZE];
	int fd, ret;

	pin_path(path, dir, name);
	fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "cannot make %s", path);
	close(fd);
	if (mount(ns, path, "none", MS_BIND, NULL)) {
		ret = nsfab_err_set(err, -errno, "cannot mount %s on %s", ns,
				    path);
		unlink(path);
		return ret;
	}
	return 0;
}

static int unpin(const char *dir, const char *name)
{
	char path[PATH_SIZE];

	pin_path(path, dir, name);
	/* Not mounted is fine: whoever made it may have died in between. */
	umount2(path, MNT_DETACH);
	return unlink(path) ? -errno : 0;
}

/* Make one; the calling thread is inside of it afterwards. */
static int add_one(const struct nsfab_netns_spec *spec, struct nsfab_err *err)
{
	int flags = CLONE_NEWNET;
	int ret;

	if (spec->hostname)
		flags |= CLONE_NEWUTS;
	if (unshare(flags))
		return nsfab_err_set(err, -errno, "cannot make a namespace");
	ret = pin(NSFAB_NETNS_DIR, spec->name, "/proc/thread-self/ns/net", err);
	if (ret || !spec->hostname)
		return ret;

	if (sethostname(spec->hostname, strlen(spec->hostname))) {
		ret = nsfab_err_set(err, -errno, "cannot set host name \"%s\"",
				    spec->hostname);
		goto err_net;
	}
	ret = pin(NSFAB_UTSNS_DIR, spec->name, "/proc/thread-self/ns/uts", err);
	if (ret)
		goto err_net;
	return 0;

err_net:
	unpin(NSFAB_NETNS_DIR, spec->name);
	return ret;
}

static int add_next(struct add_job *job)
{
	const struct nsfab_netns_spec *spec = &job->specs[job->made];
	int fd, ret;

	ret = add_one(spec, job->err);
	if (ret)
		return ret;
	/* From here on it is among those to be undone. */
	job->made++;
	if (!job->cb)
		return 0;

	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return nsfab_err_set(job->err, -errno,
				     "cannot open a namespace");
	ret = job->cb(job->made - 1, fd, job->arg, job->err);
	close(fd);
	return ret;
}

static void *add_thread(void *arg)
{
	struct add_job *job = arg;
	size_t i;
	int ret;

	for (i = 0; i < job->n; i++) {
		ret = add_next(job);
		if (ret) {
			if (job->err)
				job->err->index = i;
			return (void *)(intptr_t)ret;
		}
	}
	return NULL;
}

/* Run a thread to its end, without signals, which are for the caller. */
static int run_thread(void *(*fn)(void *arg), void *arg, struct nsfab_err *err)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	void *result;
	int ret;

	ret = pthread_attr_init(&attr);
	if (ret)
		return nsfab_err_set(err, -ret, "cannot start a thread");
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(&thread, &attr, fn, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (ret)
		return nsfab_err_set(err, -ret, "cannot start a thread");
	pthread_join(thread, &result);
	return (int)(intptr_t)result;
}

int nsfab_netns_add_many(const struct nsfab_netns_spec *specs, size_t n,
			 nsfab_netns_cb cb, void *arg, struct nsfab_err *err)
{
	struct add_job job = {
		.specs = specs,
		.n = n,
		.cb = cb,
		.arg = arg,
		.err = err,
	};
	int ret, keep;

	if (!n)
		return 0;
	ret = prepare(specs, n, &keep, err);
	if (ret)
		return ret;
	ret = run_thread(add_thread, &job, err);
	if (ret) {
		while (job.made--) {
			if (specs[job.made].hostname)
				unpin(NSFAB_UTSNS_DIR, specs[job.made].name);
			unpin(NSFAB_NETNS_DIR, specs[job.made].name);
		}
	}
	if (keep >= 0)
		close(keep);
	if (ret)
		netns_tidy();
	return ret;
}

int nsfab_netns_add(const char *name, const char *hostname,
		    struct nsfab_err *err)
{
	const struct nsfab_netns_spec spec = {
		.name = name,
		.hostname = hostname,
	};

	return nsfab_netns_add_many(&spec, 1, NULL, NULL, err);
}

int nsfab_netns_del(const char *name, struct nsfab_err *err)
{
	int ret, uts;

	if (!name_ok(name))
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is not a namespace's name", name);
	uts = unpin(NSFAB_UTSNS_DIR, name);
	ret = unpin(NSFAB_NETNS_DIR, name);
	if (!ret && uts != -ENOENT)
		ret = uts;
	if (ret)
		return nsfab_err_set(err, ret, "cannot remove namespace %s",
				     name);
	return 0;
}

int nsfab_netns_open(const char *name, struct nsfab_err *err)
{
	char path[PATH_SIZE];
	int fd;

	if (!name_ok(name))
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is not a namespace's name", name);
	pin_path(path, NSFAB_NETNS_DIR, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "cannot open %s", path);
	return fd;
}

void nsfab_netns_name(int fd, char *name)
{
	struct stat st, other;
	struct dirent *ent;
	DIR *dir;

	*name = '\0';
	if (fstat(fd, &st))
		return;
	/* The usual case, and it spares a walk past thousands of VMs. */
	if (!stat("/proc/1/ns/net", &other) && other.st_dev == st.st_dev &&
	    other.st_ino == st.st_ino)
		return;
	dir = opendir(NSFAB_NETNS_DIR);
	if (!dir)
		return;
	while ((ent = readdir(dir))) {
		if (fstatat(dirfd(dir), ent->d_name, &other, 0) ||
		    other.st_dev != st.st_dev || other.st_ino != st.st_ino)
			continue;
		snprintf(name, NSFAB_NETNS_NAME_MAX + 1, "%s", ent->d_name);
		break;
	}
	closedir(dir);
}

static void *call_thread(void *arg)
{
	struct call_job *job = arg;
	int ret;

	if (setns(job->fd, CLONE_NEWNET))
		ret = nsfab_err_set(job->err, -errno,
				    "cannot enter a namespace");
	else
		ret = job->fn(job->arg);
	return (void *)(intptr_t)ret;
}

int nsfab_netns_call(int fd, int (*fn)(void *arg), void *arg,
		     struct nsfab_err *err)
{
	struct call_job job = {
		.fd = fd,
		.fn = fn,
		.arg = arg,
		.err = err,
	};

	return run_thread(call_thread, &job, err);
}

static int open_socket(void *arg)
{
	const struct socket_job *job = arg;
	int fd;

	fd = socket(job->domain, job->type | SOCK_CLOEXEC, job->protocol);
	return fd < 0 ? -errno : fd;
}

int nsfab_netns_socket(int fd, int domain, int type, int protocol,
		       struct nsfab_err *err)
{
	struct socket_job job = {
		.domain = domain,
		.type = type,
		.protocol = protocol,
	};
	struct nsfab_err enter = { 0 };
	int ret;

	ret = nsfab_netns_call(fd, open_socket, &job, &enter);
	if (ret >= 0)
		return ret;
	if (enter.code) {
		if (err)
			*err = enter;
		return ret;
	}
	return nsfab_err_set(err, ret, "cannot open a socket in the namespace");
}
