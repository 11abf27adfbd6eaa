// SPDX-License-Identifier: LGPL-2.1-or-later
/* The client's end of a workload's terminal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vm_priv.h"

/* The path may be longer than an address takes; a descriptor's is not. */
void vm_console_address(struct sockaddr_un *sa, int dir)
{
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	snprintf(sa->sun_path, sizeof(sa->sun_path),
		 "/proc/self/fd/%d/" VM_FILE_CONSOLE, dir);
}

int nsfab_vm_console_open(struct nsfab *h, const struct nsfab_vm_ref *ref,
			  struct nsfab_err *err)
{
	struct sockaddr_un sa;
	char ns[VM_NS_SIZE];
	int dir, fd, ret;

	ret = vm_ns_name(h, ref, ns, err);
	if (ret)
		return ret;
	dir = vm_dir_open(ns, false, NULL);
	if (dir < 0)
		goto none;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		close(dir);
		return nsfab_err_set(err, -errno, "cannot open a socket");
	}
	vm_console_address(&sa, dir);
	ret = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
	close(dir);
	if (!ret)
		return fd;
	close(fd);
	if (ret != -ENOENT && ret != -ECONNREFUSED)
		return nsfab_err_set(err, ret, "cannot open the console of %s/%s",
				     ref->tenant, ref->name);
none:
	return vm_err(err, -ENOENT, "%s/%s runs nothing", ref->tenant,
		      ref->name);
}

static int say(int fd, const void *msg, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, msg, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

ssize_t nsfab_vm_console_write(int fd, const void *data, size_t len)
{
	/* Small, so that the supervisor always has room for one more. */
	char msg[VM_CONSOLE_MSG_MAX / 2];
	int ret;

	if (len > sizeof(msg) - 1)
		len = sizeof(msg) - 1;
	msg[0] = VM_CONSOLE_DATA;
	memcpy(msg + 1, data, len);
	ret = say(fd, msg, len + 1);
	return ret ? ret : (ssize_t)len;
}

int nsfab_vm_console_size(int fd, unsigned int rows, unsigned int columns)
{
	uint16_t rc[2] = { rows, columns };
	char msg[1 + sizeof(rc)];

	msg[0] = VM_CONSOLE_SIZE;
	memcpy(msg + 1, rc, sizeof(rc));
	return say(fd, msg, sizeof(msg));
}

int nsfab_vm_console_finish(int fd)
{
	char msg = VM_CONSOLE_FINISH;

	return say(fd, &msg, 1);
}

int nsfab_vm_console_read(int fd, void *buf, size_t size, size_t *len)
{
	char msg[VM_CONSOLE_MSG_MAX];
	int32_t status;
	ssize_t n;

	do {
		n = recv(fd, msg, sizeof(msg), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*len = 0;
	if (!n)
		return NSFAB_VM_CONSOLE_END;
	if (msg[0] == VM_CONSOLE_EXIT && n == 1 + sizeof(status)) {
		memcpy(&status, msg + 1, sizeof(status));
		*len = status;
		return NSFAB_VM_CONSOLE_EXIT;
	}
	if (msg[0] != VM_CONSOLE_DATA || (size_t)n - 1 > size)
		return -EPROTO;
	memcpy(buf, msg + 1, n - 1);
	*len = n - 1;
	return NSFAB_VM_CONSOLE_DATA;
}

int nsfab_vm_output(struct nsfab *h, const struct nsfab_vm_ref *ref,
		    char **buf, size_t *len, struct nsfab_err *err)
{
	char ns[VM_NS_SIZE];
	ssize_t n;
	int dir, ret;

	ret = vm_ns_name(h, ref, ns, err);
	if (ret)
		return ret;
	dir = vm_dir_open(ns, false, NULL);
	if (dir < 0)
		return vm_err(err, -ENOENT, "nothing was run in %s/%s",
			      ref->tenant, ref->name);
	*buf = malloc(NSFAB_VM_OUTPUT_MAX + 1);
	n = *buf ? vm_dir_read(dir, VM_FILE_OUTPUT, *buf, NSFAB_VM_OUTPUT_MAX) :
		   -ENOMEM;
	close(dir);
	if (n < 0) {
		free(*buf);
		*buf = NULL;
		return nsfab_err_set(err, n, "no output of %s/%s is kept",
				     ref->tenant, ref->name);
	}
	(*buf)[n] = '\0';
	*len = n;
	return 0;
}
