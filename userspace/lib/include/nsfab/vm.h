/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: namespace-VMs.
 *
 * A VM is the set of a tenant's ports that are named "VM/ethN". The kernel
 * holds all that it is: names, addresses, and as labels of its first port its
 * attributes (run, cpus, memory and whatever the user likes). Its network and
 * UTS namespaces are pinned by the name "TENANT.VM"; of a fabric that is in a
 * named namespace itself, "HOST.TENANT.VM". What runs in it is found under
 * NSFAB_VM_DIR. A stub has ports alone.
 */
#ifndef NSFAB_VM_H
#define NSFAB_VM_H

#include <nsfab/netns.h>
#include <nsfab/port.h>
#include <nsfab/route.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_VM_DIR		"/run/nsfab/vm"
#define NSFAB_VM_NICS_MAX	64
#define NSFAB_VM_CPUS_MIN	10	/* thousandths, the least the kernel takes */
#define NSFAB_VM_GRACE_MS	5000	/* from SIGTERM to SIGKILL */
#define NSFAB_VM_OUTPUT_MAX	65536	/* what is kept of a workload's output */

/* struct nsfab_vm_nic.flags */
#define NSFAB_VM_NIC_MAC	(1u << 0)	/* @mac is given */
#define NSFAB_VM_NIC_AUTO	(1u << 1)	/* choose a v4 and a v6 address */
#define NSFAB_VM_NIC_UNGUARDED	(1u << 2)	/* do not check sources */

/**
 * struct nsfab_vm_nic - a NIC to be made
 * @network: name of a network of the VM's tenant
 * @flags: NSFAB_VM_NIC_*; AUTO takes the lowest free address of the network's
 *	IPv4 subnets and of its IPv6 subnets, as far as there are any
 * @mac: with NSFAB_VM_NIC_MAC; else the kernel makes one from the port's id
 * @addresses: addresses, beside those of AUTO
 * @n_addresses: their number
 * @allowed: other sources that the guard lets through
 * @n_allowed: their number
 * @prefixlen: of IPv4 and IPv6 addresses that are in no subnet of the network,
 *	0 for their full length
 */
struct nsfab_vm_nic {
	const char *network;
	uint32_t flags;
	uint8_t mac[NSFAB_MAC_LEN];
	const struct nsfab_addr *addresses;
	size_t n_addresses;
	const struct nsfab_allowed *allowed;
	size_t n_allowed;
	uint8_t prefixlen[2];
};

/**
 * struct nsfab_vm_route - a route of a VM's own stack
 * @to: destination, host bits zero
 * @hops: next hops, each in a prefix of one of its NICs' addresses
 * @n_hops: their number; several share the load by flow, ports included
 */
struct nsfab_vm_route {
	struct nsfab_prefix to;
	struct nsfab_nexthop *hops;
	size_t n_hops;
};

/**
 * struct nsfab_vm_spec - a VM to be made
 * @tenant: name of its tenant
 * @name: its name
 * @nics: its NICs, eth0 first; at least one
 * @n_nics: their number
 * @labels: lines of KEY=VALUE or NULL; without run, cpus and memory
 * @run: program and arguments of a workload to be started, or NULL
 * @n_run: their number
 * @cpus: limit in thousandths of a CPU, 0 for none
 * @memory: limit in bytes, 0 for none
 * @stub: make no namespace, the module answers
 * @router: forward IPv4 and IPv6
 * @no_ipv6: its stack has no IPv6, not even link-local addresses
 * @routes: its own routes
 * @n_routes: their number
 */
struct nsfab_vm_spec {
	const char *tenant;
	const char *name;
	const struct nsfab_vm_nic *nics;
	size_t n_nics;
	const char *labels;
	const char *const *run;
	size_t n_run;
	uint32_t cpus;
	uint64_t memory;
	bool stub;
	bool router;
	bool no_ipv6;
	struct nsfab_vm_route *routes;
	size_t n_routes;
};

/** struct nsfab_vm_ref - names a VM */
struct nsfab_vm_ref {
	const char *tenant;
	const char *name;
};

/** enum nsfab_vm_state - what a VM does */
enum nsfab_vm_state {
	NSFAB_VM_CREATED,	/* nothing was run in it, its devices are up */
	NSFAB_VM_RUNNING,	/* its workload runs */
	NSFAB_VM_PAUSED,	/* stands still, its devices are down */
	NSFAB_VM_EXITED,	/* its workload ended by itself */
	NSFAB_VM_STOPPED,	/* was stopped, its devices are down */
	NSFAB_VM_STUB,		/* has no namespace */
	NSFAB_VM_REMOTE,	/* is on another host */
	NSFAB_VM_ABSENT,	/* its namespace is gone */
};

/** nsfab_vm_state_name() - "running" */
const char *nsfab_vm_state_name(enum nsfab_vm_state state);

/**
 * struct nsfab_vm - a VM
 * @tenant: name of its tenant
 * @tenant_id: id of its tenant
 * @name: its name
 * @ports: its NICs, eth0 first
 * @n_ports: their number
 * @labels: of its first port, without run, cpus and memory; may be ""
 * @run: its workload, in words that nsfab_vm_run_split() takes apart, or NULL
 * @cpus: limit in thousandths of a CPU, 0 for none
 * @memory: limit in bytes, 0 for none
 * @state: what it does
 * @exit_status: of its last workload, -1 if none has ended; 128 + N if signal
 *	N ended it
 * @pid: of its workload's init, 0 if it does not run
 * @netns: name of its namespace, NULL for a stub
 * @router: it forwards
 * @no_ipv6: its stack has no IPv6
 * @routes: its own routes
 * @n_routes: their number
 * @prefixlen: by NIC, of IPv4 and IPv6 addresses that are in no subnet
 */
struct nsfab_vm {
	const char *tenant;
	uint32_t tenant_id;
	const char *name;
	const struct nsfab_port *const *ports;
	size_t n_ports;
	const char *labels;
	const char *run;
	uint32_t cpus;
	uint64_t memory;
	enum nsfab_vm_state state;
	int exit_status;
	pid_t pid;
	const char *netns;
	bool router;
	bool no_ipv6;
	struct nsfab_vm_route *routes;
	size_t n_routes;
	const uint8_t (*prefixlen)[2];
};

typedef int (*nsfab_vm_cb)(const struct nsfab_vm *vm, void *arg);

/**
 * typedef nsfab_vm_progress - told how far long work is
 * @done: VMs done
 * @n: of so many
 * @arg: the caller's
 *
 * Return: 0, or a negative errno (-ECANCELED) to end the work; what a create
 * had done is undone then.
 */
typedef int (*nsfab_vm_progress)(size_t done, size_t n, void *arg);

/* vm_create.c, vm_delete.c */

/**
 * nsfab_vm_create_many() - make VMs
 * @h: handle
 * @ifindex: the fabric
 * @specs: array of @n
 * @n: number
 * @progress: told after each VM, maybe from another thread; may be NULL
 * @arg: passed on
 * @err: filled on failure; @err->index says which one could not be made
 *
 * All or none: ports, namespaces, devices, addresses and workloads of all of
 * them are there on return, or on failure nothing is.
 *
 * Return: 0 or a negative errno (-EEXIST: there is a VM or a namespace of this
 * name; -ENOSPC: no address is free; -ENOENT: no such tenant or network).
 */
int nsfab_vm_create_many(struct nsfab *h, unsigned int ifindex,
			 const struct nsfab_vm_spec *specs, size_t n,
			 nsfab_vm_progress progress, void *arg,
			 struct nsfab_err *err);

/**
 * nsfab_vm_delete_many() - delete VMs
 * @h: handle
 * @ifindex: the fabric
 * @refs: array of @n
 * @n: number
 * @progress: told after each VM, may be NULL
 * @arg: passed on
 * @err: filled on failure; @err->index says which one
 *
 * Ends their processes, unpins their namespaces, removes their control groups
 * and then their ports. Nothing is deleted if one of them is not there. What
 * is missing of a VM is no failure, so a delete can be repeated.
 */
int nsfab_vm_delete_many(struct nsfab *h, unsigned int ifindex,
			 const struct nsfab_vm_ref *refs, size_t n,
			 nsfab_vm_progress progress, void *arg,
			 struct nsfab_err *err);

/** nsfab_vm_delete_tenant() - delete all VMs of a tenant, NULL for each one */
int nsfab_vm_delete_tenant(struct nsfab *h, unsigned int ifindex,
			   const char *tenant, struct nsfab_err *err);

/* vm_list.c */

/**
 * nsfab_vm_list() - read VMs
 * @h: handle
 * @ifindex: the fabric
 * @tenant: only of this tenant, NULL for all
 * @cb: called for each, ordered by names; what it is given is valid during the
 *	call; a value other than 0 ends the listing and is returned
 * @arg: passed on
 * @err: filled on failure of the listing itself
 */
int nsfab_vm_list(struct nsfab *h, unsigned int ifindex, const char *tenant,
		  nsfab_vm_cb cb, void *arg, struct nsfab_err *err);

/** nsfab_vm_get() - read one VM; -ENOENT if there is none of this name */
int nsfab_vm_get(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_ref *ref, nsfab_vm_cb cb, void *arg,
		 struct nsfab_err *err);

/* vm_life.c */

/* struct nsfab_vm_change.present */
#define NSFAB_VM_CHANGE_LABELS	(1u << 0)
#define NSFAB_VM_CHANGE_RUN	(1u << 1)
#define NSFAB_VM_CHANGE_CPUS	(1u << 2)
#define NSFAB_VM_CHANGE_MEMORY	(1u << 3)
#define NSFAB_VM_CHANGE_INET	(1u << 4)

/**
 * struct nsfab_vm_change - what to change of a VM
 * @present: NSFAB_VM_CHANGE_*
 * @labels: lines of KEY=VALUE, all of them
 * @run: the workload of the next start; with @n_run 0, none
 * @n_run: number of words
 * @cpus: limit in thousandths, 0 for none; in force at once
 * @memory: limit in bytes, 0 for none; in force at once
 * @router: it forwards; this and what follows are one, and but for @router
 *	itself in force with the next nsfab_vm_sync()
 * @no_ipv6: its stack has no IPv6
 * @routes: its own routes
 * @n_routes: their number
 * @prefixlen: by NIC, as many as it has
 */
struct nsfab_vm_change {
	uint32_t present;
	const char *labels;
	const char *const *run;
	size_t n_run;
	uint32_t cpus;
	uint64_t memory;
	bool router;
	bool no_ipv6;
	struct nsfab_vm_route *routes;
	size_t n_routes;
	const uint8_t (*prefixlen)[2];
};

/** nsfab_vm_set() - change attributes of a VM */
int nsfab_vm_set(struct nsfab *h, unsigned int ifindex,
		 const struct nsfab_vm_ref *ref,
		 const struct nsfab_vm_change *change, struct nsfab_err *err);

/**
 * nsfab_vm_sync() - make a VM's devices what its ports say
 * @h: handle
 * @ifindex: the fabric
 * @ref: the VM
 * @err: filled on failure
 *
 * After ports were added, deleted or changed: makes and deletes devices, adds
 * and removes addresses, sets routes. A device that is right already
 * is not touched.
 */
int nsfab_vm_sync(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_vm_ref *ref, struct nsfab_err *err);

/**
 * nsfab_vm_start() - set a VM's devices up and start its workload
 * @h: handle
 * @ifindex: the fabric
 * @ref: the VM
 * @err: filled on failure
 *
 * Return: 0, -EALREADY if it runs, or another negative errno; -ENOENT and
 * -EACCES also if its program cannot be run.
 */
int nsfab_vm_start(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, struct nsfab_err *err);

/**
 * nsfab_vm_stop() - end all that runs in a VM and set its devices down
 * @h: handle
 * @ifindex: the fabric
 * @ref: the VM
 * @grace_ms: how long the workload's init may take after SIGTERM before it is
 *	killed with all the rest; an init that does not handle SIGTERM, which
 *	the kernel hides from it then, is killed at once
 * @err: filled on failure
 */
int nsfab_vm_stop(struct nsfab *h, unsigned int ifindex,
		  const struct nsfab_vm_ref *ref, unsigned int grace_ms,
		  struct nsfab_err *err);

/** nsfab_vm_pause() - freeze all that runs in a VM, set its devices down */
int nsfab_vm_pause(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, struct nsfab_err *err);

/** nsfab_vm_resume() - undo nsfab_vm_pause() */
int nsfab_vm_resume(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_vm_ref *ref, struct nsfab_err *err);

/* vm_run.c */

/**
 * nsfab_vm_spawn() - start a program in a VM
 * @h: handle
 * @ifindex: the fabric
 * @ref: the VM, not a stub
 * @argv: program and arguments, ends with NULL
 * @pid: gets the process, a child of the caller, to be waited for
 * @err: filled on failure
 *
 * It runs in the VM's network, UTS and mount namespaces and in its control
 * group, and if there is a workload in the workload's PID namespace. It
 * inherits standard input, output and error and its working directory.
 *
 * Return: 0 or a negative errno; with @err->index 0, it is of the program
 * itself (-ENOENT, -EACCES and so on).
 */
int nsfab_vm_spawn(struct nsfab *h, unsigned int ifindex,
		   const struct nsfab_vm_ref *ref, char *const *argv,
		   pid_t *pid, struct nsfab_err *err);

/**
 * nsfab_vm_netns() - open a VM's network namespace
 * @h: handle
 * @ref: the VM
 * @err: filled on failure
 *
 * Return: a file descriptor, to be closed, or a negative errno.
 */
int nsfab_vm_netns(struct nsfab *h, const struct nsfab_vm_ref *ref,
		   struct nsfab_err *err);

/* vm_console.c: the client's end of a workload's terminal */

/** enum nsfab_vm_console_event - what a console said */
enum nsfab_vm_console_event {
	NSFAB_VM_CONSOLE_DATA,	/* output */
	NSFAB_VM_CONSOLE_EXIT,	/* the workload ended */
	NSFAB_VM_CONSOLE_END,	/* what was asked for by _finish() is over */
};

/**
 * nsfab_vm_console_open() - connect to a workload's terminal
 * @h: handle
 * @ref: the VM
 * @err: filled on failure
 *
 * Return: a socket to be polled and closed, or a negative errno (-ENOENT: no
 * workload runs; nsfab_vm_output() has what the last one wrote).
 */
int nsfab_vm_console_open(struct nsfab *h, const struct nsfab_vm_ref *ref,
			  struct nsfab_err *err);

/** nsfab_vm_console_write() - type; returns how much was taken, or -errno */
ssize_t nsfab_vm_console_write(int fd, const void *data, size_t len);

/** nsfab_vm_console_size() - tell the terminal's size */
int nsfab_vm_console_size(int fd, unsigned int rows, unsigned int columns);

/** nsfab_vm_console_finish() - ask for the output so far and then END */
int nsfab_vm_console_finish(int fd);

/**
 * nsfab_vm_console_read() - read what the console says
 * @fd: socket; waits for it
 * @buf: gets output
 * @size: room in @buf, at least 4096
 * @len: gets how much output, or the exit status
 *
 * Return: enum nsfab_vm_console_event, or a negative errno.
 */
int nsfab_vm_console_read(int fd, void *buf, size_t size, size_t *len);

/**
 * nsfab_vm_output() - what the last workload wrote before it ended
 * @h: handle
 * @ref: the VM
 * @buf: gets it, to be freed
 * @len: gets its length
 * @err: filled on failure
 *
 * Return: 0, -ENOENT if none has ended or another negative errno.
 */
int nsfab_vm_output(struct nsfab *h, const struct nsfab_vm_ref *ref,
		    char **buf, size_t *len, struct nsfab_err *err);

/* vm_name.c: rules of names and labels */

/**
 * nsfab_vm_port_split() - is a port's name that of a VM's NIC
 * @port: "VM/ethN"
 * @vm: gets the VM's name
 * @nic: gets N
 */
bool nsfab_vm_port_split(const char *port, char vm[NSFAB_NAME_MAX + 1],
			 unsigned int *nic);

/**
 * nsfab_vm_run_join() - a command as one line
 * @buf: result
 * @size: room
 * @run: words
 * @n_run: their number
 *
 * Words are separated by blanks; a blank, a backslash or a line's end inside
 * of a word is written as "\ ", "\\" and "\n", an empty word as "\e".
 *
 * Return: the line's length, or -E2BIG.
 */
ssize_t nsfab_vm_run_join(char *buf, size_t size, const char *const *run,
			  size_t n_run);

/**
 * nsfab_vm_run_split() - the words of a command's line
 * @line: as written by nsfab_vm_run_join()
 * @n_run: gets the number of words, may be NULL
 *
 * Return: NULL-ended words in one block, to be freed with free(), or NULL.
 */
char **nsfab_vm_run_split(const char *line, size_t *n_run);

/** nsfab_vm_cpus_parse() - "1.5" as 1500; -EINVAL, -ERANGE */
int nsfab_vm_cpus_parse(const char *text, uint32_t *cpus);

#define NSFAB_VM_CPUS_STRLEN 16

/** nsfab_vm_cpus_format() - 1500 as "1.5" into NSFAB_VM_CPUS_STRLEN bytes */
const char *nsfab_vm_cpus_format(uint32_t cpus, char *buf);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_VM_H */
