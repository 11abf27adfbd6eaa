/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private: what the files of VMs share.
 *
 * NS is the name of a VM's namespaces, which also names its directory under
 * NSFAB_VM_DIR and its control group.
 */
#ifndef NSFAB_LIB_VM_PRIV_H
#define NSFAB_LIB_VM_PRIV_H

#include <nsfab/rtlink.h>
#include <nsfab/neigh.h>
#include <nsfab/network.h>
#include <nsfab/tenant.h>
#include <nsfab/vm.h>

#pragma GCC visibility push(hidden)

#define VM_NS_SIZE	(NSFAB_NETNS_NAME_MAX + 1)

/* Labels that are no user's own. */
#define VM_LABEL_RUN	"run"
#define VM_LABEL_CPUS	"cpus"
#define VM_LABEL_MEMORY	"memory"
#define VM_LABEL_ROUTER	"router"
#define VM_LABEL_IPV6	"ipv6"
#define VM_LABEL_PREFIX	"prefix"	/* of each port */
#define VM_LABEL_ROUTES	"routes"	/* of each port a part */

#define NSFAB_RUN_DIR	"/run/nsfab"

/* netns.c */

/* Take away what is empty when the last VM has gone: mount and directories. */
void netns_tidy(void);

/* vm_name.c */

/* As nsfab_err_set(), of a text that needs no errno's words behind it. */
int vm_err(struct nsfab_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The part of NS that the handle's fabric adds, "" or "HOST.". */
void vm_ns_prefix(const struct nsfab *h, char prefix[VM_NS_SIZE]);
int vm_ns_join(char ns[VM_NS_SIZE], const char *prefix, const char *tenant,
	       const char *vm, struct nsfab_err *err);
/* Both in one. */
int vm_ns_name(const struct nsfab *h, const struct nsfab_vm_ref *ref,
	       char ns[VM_NS_SIZE], struct nsfab_err *err);

/* What the labels of a VM's first port say beside the user's own. */
struct vm_attrs {
	const char *run;	/* line, or NULL */
	uint32_t cpus;
	uint64_t memory;
};

/* Labels of a first port from the user's own and attributes. */
int vm_labels_join(char labels[NSFAB_LABELS_MAX + 1], const char *own,
		   const struct vm_attrs *attrs, struct nsfab_err *err);
/* And apart again; @own and @run have room for NSFAB_LABELS_MAX + 1. */
void vm_labels_split(const char *labels, char *own, char *run,
		     struct vm_attrs *attrs);
bool vm_label_reserved(const char *labels, const char **which);

/* vm_auto.c: free addresses of a subnet */

struct vm_pool {
	struct nsfab_prefix prefix;
	uint64_t base;		/* low bits of the prefix */
	uint64_t next;
	uint64_t last;
	uint64_t *used;
	size_t n_used;
	size_t room;
	size_t seen;		/* of @used, which are below @next */
	bool sorted;
};

int vm_pool_init(struct vm_pool *pool, const struct nsfab_subnet *subnet);
void vm_pool_free(struct vm_pool *pool);
/* An address is taken; one outside of the subnet is of no interest. */
int vm_pool_use(struct vm_pool *pool, const struct nsfab_addr *addr);
/* The lowest free address, or -ENOSPC. No use() may follow. */
int vm_pool_take(struct vm_pool *pool, struct nsfab_addr *addr);

/* vm_net.c: the devices of a VM */

/**
 * struct vm_dev - what a VM's device shall be
 * @port: id of its port
 * @nic: number in its name, ethN
 * @addrs: addresses with the lengths of their subnets
 * @n_addrs: their number
 */
struct vm_dev {
	uint32_t port;
	unsigned int nic;
	const struct nsfab_prefix *addrs;
	size_t n_addrs;
};

/**
 * struct vm_net - what a VM's namespace shall be
 * @devs: devices
 * @n_devs: their number
 * @via: gateways of the default routes, IPv4 and IPv6, length 0 for none
 * @via_dev: through which of @devs
 * @router: it forwards
 * @no_ipv6: its stack has no IPv6
 * @routes: its own routes
 * @n_routes: their number
 */
struct vm_net {
	const struct vm_dev *devs;
	size_t n_devs;
	struct nsfab_addr via[2];
	size_t via_dev[2];
	bool router;
	bool no_ipv6;
	const struct nsfab_vm_route *routes;
	size_t n_routes;
};

/*
 * The length of the subnet that an address is in, or else what @own says for
 * IPv4 and IPv6, or its full length.
 */
uint8_t vm_net_prefixlen(const struct nsfab_network *network,
			 const struct nsfab_addr *addr, const uint8_t own[2]);
/* Take the gateways of a NIC's network, if there are none yet. */
void vm_net_gateways(struct vm_net *net, size_t dev,
		     const struct nsfab_network *network);
/* Fill a namespace that the calling thread is inside of; @proc: vm_inet_proc(). */
int vm_net_fill(struct nsfab *h, unsigned int ifindex, int netns_fd,
		const struct vm_net *net, int proc, struct nsfab_err *err);
/* Make a namespace what it shall be, or set its devices down. */
int vm_net_sync(struct nsfab *h, unsigned int ifindex, const char *ns,
		const struct vm_net *net, struct nsfab_err *err);
int vm_net_down(const char *ns, struct nsfab_err *err);

/* vm_cgroup.c: control groups. All -ENOENT if there is no such group. */

/* Open a VM's group, making it if asked. */
int vm_cgroup_open(const char *ns, bool make, struct nsfab_err *err);
int vm_cgroup_limit(int fd, uint32_t cpus, uint64_t memory,
		    struct nsfab_err *err);
int vm_cgroup_join(int fd);
int vm_cgroup_freeze(int fd, bool freeze, struct nsfab_err *err);
int vm_cgroup_kill(int fd);
/* Remove it when the last process has gone; waits for that a few seconds. */
int vm_cgroup_remove(const char *ns, struct nsfab_err *err);
void vm_cgroup_format_cpus(char *buf, size_t size, uint32_t cpus);
void vm_cgroup_format_memory(char *buf, size_t size, uint64_t memory);

/* vm_dir.c: a VM's directory */

#define VM_FILE_RUN	"run"		/* pids; locked by the supervisor */
#define VM_FILE_STATUS	"status"	/* exit status of the last workload */
#define VM_FILE_OUTPUT	"output"	/* and the end of its output */
#define VM_FILE_CONSOLE	"console"	/* socket */
#define VM_FILE_HALT	"halt"		/* "stopped" or "paused" */
#define VM_FILE_HOSTS	"hosts"
#define VM_FILE_RESOLV	"resolv.conf"

enum vm_halt {
	VM_HALT_NONE,
	VM_HALT_STOPPED,
	VM_HALT_PAUSED,
};

/* Open a VM's directory, making it if asked; -ENOENT. */
int vm_dir_open(const char *ns, bool make, struct nsfab_err *err);
int vm_dir_write(int dir, const char *file, const void *data, size_t len);
ssize_t vm_dir_read(int dir, const char *file, void *buf, size_t size);
int vm_dir_remove(const char *ns, struct nsfab_err *err);
int vm_dir_set_halt(const char *ns, enum vm_halt halt, struct nsfab_err *err);
/* Write hosts and resolv.conf, but for what the user has made his own. */
int vm_dir_write_etc(int dir, const struct nsfab_vm *vm, struct nsfab_err *err);

/**
 * struct vm_run_info - what is known of a VM's workload
 * @halt: stopped or paused by the user
 * @running: a workload runs
 * @init: its process, if @running
 * @supervisor: the process that watches it, if @running
 * @exit_status: of the last one, -1 if none has ended
 */
struct vm_run_info {
	enum vm_halt halt;
	bool running;
	pid_t init;
	pid_t supervisor;
	int exit_status;
};

void vm_run_info(const char *ns, struct vm_run_info *info);
/* A pidfd of @init; -ESRCH if no workload runs. */
int vm_run_pidfd(const char *ns, bool supervisor);
enum nsfab_vm_state vm_run_state(const struct vm_run_info *info);

/* vm_child.c: the way of a new process into a VM */

/* What a child says through a pipe when it fails. */
struct vm_child_err {
	int code;
	bool program;		/* it is the program that cannot be run */
	char what[116];
};

/**
 * struct vm_child - what a child enters
 * @net: network namespace
 * @uts: UTS namespace, -1 for none
 * @cgroup: directory of its control group, -1 for none
 * @init: pidfd of a workload's init, whose mount namespace it joins; -1 to
 *	make one
 * @ns: names the directory of hosts and resolv.conf
 * @new_pid: it is the first in a PID namespace
 */
struct vm_child {
	int net;
	int uts;
	int cgroup;
	int init;
	const char *ns;
	bool new_pid;
};

/* Enter. On failure @e says what went wrong. */
int vm_child_enter(const struct vm_child *child, struct vm_child_err *e);
/* Become @argv; on return it has failed. */
void vm_child_exec(char *const *argv, struct vm_child_err *e);
/* Back to the defaults that a program expects: signals. */
void vm_child_reset(void);
void vm_child_fail(struct vm_child_err *e, const char *what);
/* Wait for what a child says; 0 when it has become its program. */
int vm_child_wait(int pipe, const char *program, struct nsfab_err *err);

/* vm_run.c: workloads */

/* Whether there is such a program, before another one is ended for it. */
int vm_run_check(const char *program, struct nsfab_err *err);
/* Start a supervisor with a workload. */
int vm_run_start(const struct nsfab_vm *vm, struct nsfab_err *err);
/* End all that runs: ask init, if @grace_ms, then kill. Does not wait. */
void vm_run_kill(const char *ns);
/* Wait until the supervisor has gone. */
int vm_run_wait(const char *ns, unsigned int ms, struct nsfab_err *err);
/* Does init handle SIGTERM? */
bool vm_run_handles_term(pid_t init);

/* vm_super.c */

/**
 * struct vm_super - what a supervisor is given
 * @child: what the workload enters
 * @argv: the workload
 * @dir: the VM's directory
 * @run: the locked run file
 * @status: pipe to the one who starts it
 */
struct vm_super {
	struct vm_child child;
	char **argv;
	int dir;
	int run;
	int status;
};

/* The supervisor's life, in a process of its own. */
void vm_super_main(const struct vm_super *super) __attribute__((noreturn));

/* vm_console.c: messages between supervisor and client; the first byte */
enum vm_console_msg {
	VM_CONSOLE_DATA = 'd',
	VM_CONSOLE_SIZE = 's',	/* client: uint16_t rows, columns */
	VM_CONSOLE_FINISH = 'f',/* client */
	VM_CONSOLE_EXIT = 'x',	/* server: int32_t exit status */
};

#define VM_CONSOLE_MSG_MAX 4096

/* The address of the socket in a directory. */
struct sockaddr_un;
void vm_console_address(struct sockaddr_un *sa, int dir);

/* vm_delete.c: all of a VM, or of VMs, that is not in the kernel's tables */
int vm_local_remove(const char *ns, struct nsfab_err *err);
int vm_remove_many(struct nsfab *h, const struct nsfab_vm_ref *refs, size_t n,
		   struct nsfab_err *err);

#pragma GCC visibility pop

#endif /* NSFAB_LIB_VM_PRIV_H */
