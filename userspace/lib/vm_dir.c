// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A VM's directory, NSFAB_VM_DIR/NS. It is made when something is run in the
 * VM or when the VM is halted; a thousand idle VMs have none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm_priv.h"

#define DIR_TRIES	100
#define HOSTS_MARK	"# Kept by nsfab; delete this line to keep it yourself.\n"
#define HOSTS_MAX	(512 * 1024)	/* NICs, their addresses, a name each */

static const char resolv[] =
	"# No name server is known in here. This file is the VM's own.\n";

static const char *const files[] = {
	VM_FILE_RUN, VM_FILE_STATUS, VM_FILE_OUTPUT, VM_FILE_CONSOLE,
	VM_FILE_HALT, VM_FILE_HOSTS, VM_FILE_RESOLV,
};

static const char *const halts[] = {
	[VM_HALT_STOPPED] = "stopped",
	[VM_HALT_PAUSED] = "paused",
};

static int dir_path(const char *ns, char *path, size_t size)
{
	int len = snprintf(path, size, NSFAB_VM_DIR "/%s", ns);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

/* Others take empty directories away at any time. */
static int make_dir(const char *path)
{
	unsigned int tries;

	for (tries = 0; tries < DIR_TRIES; tries++) {
		if ((mkdir(NSFAB_RUN_DIR, 0755) && errno != EEXIST) ||
		    (mkdir(NSFAB_VM_DIR, 0755) && errno != EEXIST &&
		     errno != ENOENT))
			return -errno;
		if (!mkdir(path, 0755) || errno == EEXIST)
			return 0;
		if (errno != ENOENT)
			return -errno;
	}
	return -ENOENT;
}

int vm_dir_open(const char *ns, bool make, struct nsfab_err *err)
{
	char path[sizeof(NSFAB_VM_DIR) + VM_NS_SIZE];
	int fd, ret;

	if (dir_path(ns, path, sizeof(path)))
		return vm_err(err, -ENAMETOOLONG, "%s is too long", ns);
	ret = make ? make_dir(path) : 0;
	if (ret)
		return nsfab_err_set(err, ret, "cannot make %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return nsfab_err_set(err, -errno, "cannot open %s", path);
	return fd;
}

/* A reader sees the old file or the new one. */
int vm_dir_write(int dir, const char *file, const void *data, size_t len)
{
	const char *from = data;
	char temp[64];
	int fd, ret = 0;
	ssize_t n;

	snprintf(temp, sizeof(temp), ".%s.%d", file, (int)getpid());
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	while (len && !ret) {
		n = write(fd, from, len);
		if (n < 0) {
			ret = errno == EINTR ? 0 : -errno;
			continue;
		}
		from += n;
		len -= n;
	}
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && renameat(dir, temp, dir, file))
		ret = -errno;
	if (ret)
		unlinkat(dir, temp, 0);
	return ret;
}

ssize_t vm_dir_read(int dir, const char *file, void *buf, size_t size)
{
	char *to = buf;
	size_t len = 0;
	ssize_t n = 0;
	int fd;

	fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < size) {
		n = read(fd, to + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += n;
	}
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : (ssize_t)len;
}

int vm_dir_remove(const char *ns, struct nsfab_err *err)
{
	char path[sizeof(NSFAB_VM_DIR) + VM_NS_SIZE];
	size_t i;
	int fd;

	fd = vm_dir_open(ns, false, err);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(fd, files[i], 0);
	close(fd);
	if (dir_path(ns, path, sizeof(path)) || rmdir(path))
		return nsfab_err_set(err, -errno, "cannot remove " NSFAB_VM_DIR
				     "/%s", ns);
	return 0;
}

int vm_dir_set_halt(const char *ns, enum vm_halt halt, struct nsfab_err *err)
{
	int dir, ret = 0;

	dir = vm_dir_open(ns, halt != VM_HALT_NONE, err);
	if (dir == -ENOENT && halt == VM_HALT_NONE)
		return 0;
	if (dir < 0)
		return dir;
	if (halt == VM_HALT_NONE) {
		if (unlinkat(dir, VM_FILE_HALT, 0) && errno != ENOENT)
			ret = -errno;
	} else {
		ret = vm_dir_write(dir, VM_FILE_HALT, halts[halt],
				   strlen(halts[halt]));
	}
	close(dir);
	if (ret)
		return nsfab_err_set(err, ret, "cannot note the state of %s",
				     ns);
	return 0;
}

/* Every address of the VM by its name, so that it can look itself up. */
static char *make_hosts(const struct nsfab_vm *vm, size_t *len)
{
	char addr[NSFAB_ADDR_STRLEN];
	char *text = NULL;
	size_t i, j;
	FILE *f;

	f = open_memstream(&text, len);
	if (!f)
		return NULL;
	fputs(HOSTS_MARK
	      "127.0.0.1\tlocalhost\n"
	      "::1\tlocalhost ip6-localhost ip6-loopback\n", f);
	for (i = 0; i < vm->n_ports; i++) {
		for (j = 0; j < vm->ports[i]->n_addresses; j++)
			fprintf(f, "%s\t%s\n",
				nsfab_addr_format(&vm->ports[i]->addresses[j],
						  addr), vm->name);
	}
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

/*
 * Into the same file, which is mounted in the VM already; unless the user has
 * made it theirs.
 */
static int write_hosts(int dir, const struct nsfab_vm *vm)
{
	char *old = malloc(HOSTS_MAX), *text = NULL;
	int fd, ret = 0;
	ssize_t old_len;
	size_t len;

	if (!old)
		return -ENOMEM;
	old_len = vm_dir_read(dir, VM_FILE_HOSTS, old, HOSTS_MAX);
	if (old_len >= 0 &&
	    (old_len < (ssize_t)sizeof(HOSTS_MARK) - 1 ||
	     memcmp(old, HOSTS_MARK, sizeof(HOSTS_MARK) - 1)))
		goto out;
	text = make_hosts(vm, &len);
	if (!text) {
		ret = -ENOMEM;
		goto out;
	}
	if (old_len < 0) {
		ret = vm_dir_write(dir, VM_FILE_HOSTS, text, len);
	} else if ((size_t)old_len != len || memcmp(old, text, len)) {
		fd = openat(dir, VM_FILE_HOSTS, O_WRONLY | O_TRUNC | O_CLOEXEC);
		if (fd < 0 || write(fd, text, len) != (ssize_t)len)
			ret = -EIO;
		if (fd >= 0)
			close(fd);
	}
out:
	free(text);
	free(old);
	return ret;
}

int vm_dir_write_etc(int dir, const struct nsfab_vm *vm, struct nsfab_err *err)
{
	int ret;

	ret = write_hosts(dir, vm);
	if (!ret && faccessat(dir, VM_FILE_RESOLV, F_OK, 0))
		ret = vm_dir_write(dir, VM_FILE_RESOLV, resolv,
				   sizeof(resolv) - 1);
	if (ret)
		return nsfab_err_set(err, ret, "cannot write the hosts of %s",
				     vm->name);
	return 0;
}

static enum vm_halt read_halt(int dir)
{
	char text[16];
	ssize_t n;
	size_t i;

	n = vm_dir_read(dir, VM_FILE_HALT, text, sizeof(text) - 1);
	if (n < 0)
		return VM_HALT_NONE;
	text[n] = '\0';
	for (i = 1; i < sizeof(halts) / sizeof(*halts); i++)
		if (!strcmp(text, halts[i]))
			return i;
	return VM_HALT_NONE;
}

/* The pids in the run file, if its supervisor is there to hold the lock. */
static bool read_run(int dir, struct vm_run_info *info)
{
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
	};
	bool running = false;
	char text[32];
	ssize_t n;
	int fd;

	fd = openat(dir, VM_FILE_RUN, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (!fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		if (n > 0) {
			text[n] = '\0';
			running = sscanf(text, "%d %d", &info->init,
					 &info->supervisor) == 2;
		}
	} else if (info->exit_status < 0) {
		/* It was killed, and the workload with it. */
		info->exit_status = 128 + 9;
	}
	close(fd);
	return running;
}

void vm_run_info(const char *ns, struct vm_run_info *info)
{
	char text[16];
	ssize_t n;
	int dir;

	memset(info, 0, sizeof(*info));
	info->exit_status = -1;
	dir = vm_dir_open(ns, false, NULL);
	if (dir < 0)
		return;
	info->halt = read_halt(dir);
	n = vm_dir_read(dir, VM_FILE_STATUS, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		info->exit_status = atoi(text);
	}
	info->running = read_run(dir, info);
	close(dir);
}

enum nsfab_vm_state vm_run_state(const struct vm_run_info *info)
{
	if (info->halt == VM_HALT_STOPPED)
		return NSFAB_VM_STOPPED;
	if (info->halt == VM_HALT_PAUSED)
		return NSFAB_VM_PAUSED;
	if (info->running)
		return NSFAB_VM_RUNNING;
	return info->exit_status >= 0 ? NSFAB_VM_EXITED : NSFAB_VM_CREATED;
}
