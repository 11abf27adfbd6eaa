// SPDX-License-Identifier: LGPL-2.1-or-later
/* Control groups (version 2) of VMs, ROOT/nsfab/NS. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "vm_priv.h"

#define GROUP		"nsfab"
#define PERIOD_US	100000
#define REMOVE_TRIES	500
#define FREEZE_TRIES	500
#define TRY_NS		10000000

static void pause_briefly(void)
{
	const struct timespec ts = { .tv_nsec = TRY_NS };

	nanosleep(&ts, NULL);
}

/* "ip netns exec" hides it; process 1 has it then. */
static const char *const roots[] = {
	"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	"/proc/1/root/sys/fs/cgroup", "/proc/1/root/sys/fs/cgroup/unified",
};

/*
 * The root of version 2. It is looked for where systems mount it: a list of
 * mounts is long with thousands of namespaces. It is not mounted here, since
 * that would change its options for all.
 */
static int open_root(void)
{
	struct statfs st;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		fd = open(roots[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!fstatfs(fd, &st) && st.f_type == CGROUP2_SUPER_MAGIC)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int open_dir(int at, const char *name, bool make)
{
	int fd;

	if (make && mkdirat(at, name, 0755) && errno != EEXIST)
		return -errno;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_file(int dir, const char *file, const char *text)
{
	int fd, ret = 0;

	fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int vm_cgroup_open(const char *ns, bool make, struct nsfab_err *err)
{
	int root, group, fd;

	root = open_root();
	if (root < 0)
		return nsfab_err_set(err, root,
				     "control groups (version 2) are not mounted");
	group = open_dir(root, GROUP, make);
	close(root);
	if (group < 0)
		return nsfab_err_set(err, group, "cannot open control group "
				     GROUP);
	fd = open_dir(group, ns, make);
	close(group);
	if (fd < 0)
		return nsfab_err_set(err, fd, "cannot open control group "
				     GROUP "/%s", ns);
	return fd;
}

void vm_cgroup_format_cpus(char *buf, size_t size, uint32_t cpus)
{
	if (cpus)
		snprintf(buf, size, "%" PRIu64 " %d",
			 (uint64_t)cpus * PERIOD_US / 1000, PERIOD_US);
	else
		snprintf(buf, size, "max %d", PERIOD_US);
}

void vm_cgroup_format_memory(char *buf, size_t size, uint64_t memory)
{
	if (memory)
		snprintf(buf, size, "%" PRIu64, memory);
	else
		snprintf(buf, size, "max");
}

/* Have a controller in a VM's group: all groups above have to pass it on. */
static int enable(int fd, const char *file, const char *controller,
		  struct nsfab_err *err)
{
	char text[32];
	int root, ret;

	if (!faccessat(fd, file, W_OK, 0))
		return 0;
	snprintf(text, sizeof(text), "+%s", controller);
	root = open_root();
	if (root < 0)
		return nsfab_err_set(err, root,
				     "control groups (version 2) are not mounted");
	ret = write_file(root, "cgroup.subtree_control", text);
	if (!ret)
		ret = write_file(root, GROUP "/cgroup.subtree_control", text);
	close(root);
	if (ret)
		return nsfab_err_set(err, ret,
				     "no %s controller in control groups of version 2",
				     controller);
	return 0;
}

static int limit(int fd, const char *controller, const char *file,
		 const char *text, bool none, struct nsfab_err *err)
{
	int ret;

	/* Where there is no limit, the controller need not be there. */
	if (none && faccessat(fd, file, W_OK, 0))
		return 0;
	ret = enable(fd, file, controller, err);
	if (ret)
		return ret;
	ret = write_file(fd, file, text);
	if (ret)
		return nsfab_err_set(err, ret, "cannot set %s to \"%s\"", file,
				     text);
	return 0;
}

int vm_cgroup_limit(int fd, uint32_t cpus, uint64_t memory,
		    struct nsfab_err *err)
{
	char text[64];
	int ret;

	vm_cgroup_format_cpus(text, sizeof(text), cpus);
	ret = limit(fd, "cpu", "cpu.max", text, !cpus, err);
	if (ret)
		return ret;
	vm_cgroup_format_memory(text, sizeof(text), memory);
	return limit(fd, "memory", "memory.max", text, !memory, err);
}

int vm_cgroup_join(int fd)
{
	return write_file(fd, "cgroup.procs", "0");
}

static bool event(int fd, const char *what)
{
	char buf[256], *at;
	ssize_t n;
	int f;

	f = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (f < 0)
		return false;
	n = read(f, buf, sizeof(buf) - 1);
	close(f);
	if (n < 0)
		return false;
	buf[n] = '\0';
	at = strstr(buf, what);
	return at && at[strlen(what)] == ' ' && at[strlen(what) + 1] == '1';
}

int vm_cgroup_freeze(int fd, bool freeze, struct nsfab_err *err)
{
	unsigned int i;
	int ret;

	ret = write_file(fd, "cgroup.freeze", freeze ? "1" : "0");
	if (ret)
		return nsfab_err_set(err, ret, "cannot set cgroup.freeze");
	/* An empty group is frozen at once; a busy one takes a moment. */
	for (i = 0; i < FREEZE_TRIES; i++) {
		if (event(fd, "frozen") == freeze)
			return 0;
		pause_briefly();
	}
	write_file(fd, "cgroup.freeze", freeze ? "0" : "1");
	return vm_err(err, -ETIMEDOUT, "its processes do not %s",
		      freeze ? "freeze" : "thaw");
}

int vm_cgroup_kill(int fd)
{
	return write_file(fd, "cgroup.kill", "1");
}

int vm_cgroup_remove(const char *ns, struct nsfab_err *err)
{
	int root, group, ret = 0;
	unsigned int i;

	root = open_root();
	if (root < 0)
		return 0;
	group = open_dir(root, GROUP, false);
	if (group < 0) {
		close(root);
		return 0;
	}
	for (i = 0; i < REMOVE_TRIES; i++) {
		ret = unlinkat(group, ns, AT_REMOVEDIR) ? -errno : 0;
		if (ret != -EBUSY)
			break;
		pause_briefly();
	}
	close(group);
	/* Gone with the last one. */
	unlinkat(root, GROUP, AT_REMOVEDIR);
	close(root);
	if (ret && ret != -ENOENT)
		return nsfab_err_set(err, ret, "cannot remove control group "
				     GROUP "/%s", ns);
	return 0;
}
