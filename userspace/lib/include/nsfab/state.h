/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnsfab: desired state. What a lab should be, what it is, and the way from
 * one to the other.
 *
 * A state is a set of objects, built by the functions below or read from the
 * running lab. A caller builds the desired one, resolves it (which fills in
 * what it left to be chosen, checks it, and copies it to every host that
 * needs to know), takes the difference to the running one and applies that.
 * This engine knows no file format and no terminal: complaints carry the
 * caller's own origin number of the object they are about.
 *
 * No function here is safe for use of one state by two threads.
 */
#ifndef NSFAB_STATE_H
#define NSFAB_STATE_H

#include <nsfab/link.h>
#include <nsfab/network.h>
#include <nsfab/port.h>
#include <nsfab/route.h>
#include <nsfab/tenant.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsfab_state;

/* Label by which an object says what lab it is of: lab=NAME. */
#define NSFAB_STATE_LABEL "lab"

/* A number that means "not said, the kernel or this engine chooses". */
#define NSFAB_STATE_AUTO UINT32_MAX

/**
 * struct nsfab_state_nic - a NIC of a VM, or what a plain port has of one
 * @network: name of its network
 * @auto_addrs: one address of each subnet is to be chosen
 * @auto_mac: the MAC is to be chosen
 * @unguarded: sources are not checked
 * @mac: the MAC
 * @n_addrs: entries in @addr
 * @addr: addresses
 * @n_allowed: entries in @allowed
 * @allowed: allowed address pairs
 * @prefixlen: of a VM's NIC, what it takes for the length of the prefix of its
 *	IPv4 and IPv6 addresses that are in no subnet of the network, 0 if all
 *	are in one
 */
struct nsfab_state_nic {
	const char *network;
	bool auto_addrs;
	bool auto_mac;
	bool unguarded;
	uint8_t mac[6];
	unsigned int n_addrs;
	struct nsfab_addr *addr;
	unsigned int n_allowed;
	struct nsfab_allowed *allowed;
	uint8_t prefixlen[2];
};

/**
 * struct nsfab_state_route - a static route
 * @origin: the caller's number for complaints
 * @to: the prefix
 * @type: enum nsfab_route_type
 * @n_hops: entries in @hop
 * @hop: next hops of a unicast route
 */
struct nsfab_state_route {
	uint32_t origin;
	struct nsfab_prefix to;
	uint8_t type;
	unsigned int n_hops;
	struct nsfab_nexthop *hop;
};

/* In this order objects depend on one another. */
enum nsfab_state_kind {
	NSFAB_STATE_HOST,	/* name: the host */
	NSFAB_STATE_TENANT,	/* name: the tenant */
	NSFAB_STATE_NETWORK,	/* tenant, name: the network */
	NSFAB_STATE_PORT,	/* tenant, name: the port; behind a VTEP */
	NSFAB_STATE_VM,		/* tenant, name: the VM; a stub too */
	NSFAB_STATE_ROUTES,	/* tenant: all of its static routes */
	NSFAB_STATE_PATCH,	/* tenant, name: of its first port */
	NSFAB_STATE_BOTTLENECK,	/* tenant, name: the bottleneck */
	NSFAB_STATE_LINK,	/* tenant, name: nsfab_state_link_name() */
	NSFAB_STATE_SCHEDULE,	/* of a host; before resolving of a tenant */
	NSFAB_STATE_FORWARDING,	/* tenant, name: the network whose table it is */
	NSFAB_STATE_VTEPS,	/* tenant, name: the network that hears them */
	NSFAB_STATE_KINDS
};

/** enum nsfab_state_switching - how the networks of a tenant find their ways */
enum nsfab_state_switching {
	NSFAB_STATE_SWITCHING_LEARN,	/* by what they see, if they learn */
	NSFAB_STATE_SWITCHING_SHORTEST,	/* by tables, over the fewest links */
	NSFAB_STATE_SWITCHING_DELAY,	/* likewise, with the least delay */
};

/** nsfab_state_switching_name() - as users write it ("shortest-path") */
const char *nsfab_state_switching_name(enum nsfab_state_switching switching);

enum nsfab_state_limit {
	NSFAB_STATE_MAX_NETWORKS,
	NSFAB_STATE_MAX_PORTS,
	NSFAB_STATE_MAX_FDB,
	NSFAB_STATE_MAX_NEIGH,
	NSFAB_STATE_MAX_ROUTES,
	NSFAB_STATE_MAX_FLOWS,
	NSFAB_STATE_FLOW_TIMEOUT,	/* seconds */
	NSFAB_STATE_FDB_TIMEOUT,	/* seconds */
	NSFAB_STATE_MAX_LINKS,
	NSFAB_STATE_MAX_HELD,
	NSFAB_STATE_LIMITS
};

/**
 * struct nsfab_state_host - an emulated host
 * @local: its VTEP
 * @encap: enum nsfab_encap
 * @mtu: MTU of the underlay
 */
struct nsfab_state_host {
	struct nsfab_addr local;
	uint8_t encap;
	uint32_t mtu;
};

/**
 * struct nsfab_state_tenant - a tenant
 * @accounting: enum nsfab_accounting
 * @limit: by enum nsfab_state_limit, NSFAB_STATE_AUTO for the kernel's own
 * @limit_origin: where each limit is from, as the object's own origin
 * @switching: enum nsfab_state_switching; with one that goes by tables,
 *	resolving makes a table for each network
 */
struct nsfab_state_tenant {
	uint8_t accounting;
	uint32_t limit[NSFAB_STATE_LIMITS];
	uint32_t limit_origin[NSFAB_STATE_LIMITS];
	uint8_t switching;
};

/**
 * struct nsfab_state_network - a network
 * @vni: VNI or NSFAB_STATE_AUTO
 * @mtu: MTU or NSFAB_STATE_AUTO
 * @learning: learns and floods
 * @n_subnets: entries in @subnet
 * @subnet: subnets
 */
struct nsfab_state_network {
	uint32_t vni;
	uint32_t mtu;
	bool learning;
	unsigned int n_subnets;
	struct nsfab_subnet *subnet;
};

/**
 * struct nsfab_state_port - a port that is no VM's
 * @remote: VTEP behind which the endpoint is
 * @nic: network, MAC and addresses
 */
struct nsfab_state_port {
	struct nsfab_addr remote;
	struct nsfab_state_nic nic;
};

/**
 * struct nsfab_state_routes - the static routes of a tenant or VM
 * @n: entries in @route
 * @route: routes
 */
struct nsfab_state_routes {
	unsigned int n;
	struct nsfab_state_route *route;
};

/**
 * struct nsfab_state_vm - a VM
 * @stub: has no namespace
 * @n_nics: entries in @nic
 * @nic: NICs eth0, eth1 and so on
 * @n_run: entries in @run
 * @run: the workload's program and arguments
 * @cpus: thousandths of a CPU, 0 for no limit
 * @memory: bytes, 0 for no limit
 * @flavour: the user's word or NULL
 * @image: the user's word or NULL
 * @router: forwards
 * @no_ipv6: its stack has no IPv6
 * @routes: of its own stack
 */
struct nsfab_state_vm {
	bool stub;
	unsigned int n_nics;
	struct nsfab_state_nic *nic;
	unsigned int n_run;
	const char **run;
	uint32_t cpus;
	uint64_t memory;
	const char *flavour;
	const char *image;
	bool router;
	bool no_ipv6;
	struct nsfab_state_routes routes;
};

/*
 * Tenant and host of links between hosts, whose ends are hosts, and of their
 * bottlenecks and schedule.
 */
#define NSFAB_STATE_UNDERLAY "underlay"
#define NSFAB_STATE_UNDERLAY_HOST ":underlay"

/**
 * struct nsfab_state_patch - two ports that join two networks of a tenant
 * @network: the networks
 * @port: the port of each; of one that is not whole, one may be ""
 */
struct nsfab_state_patch {
	const char *network[2];
	const char *port[2];
};

/**
 * struct nsfab_state_link - a link or a bottleneck
 * @from: name of the port whose frames it is for, NULL for any. Before
 *	resolving also a VM, or one of two networks; in the underlay a host.
 * @to: likewise, where they go
 * @conf: what it does: all members that are not a key, path or read only.
 *	What @conf->present leaves out is as the kernel has it by itself, but
 *	for the seed, which follows from the lab's and the names.
 * @n_path: entries in @path
 * @path: names of bottlenecks
 * @scheduled: what of it a schedule changes, of NSFAB_LINK_MAY_EVENT; filled
 *	by resolving
 */
struct nsfab_state_link {
	const char *from;
	const char *to;
	struct nsfab_link *conf;
	unsigned int n_path;
	const char **path;
	uint32_t scheduled;
};

/**
 * struct nsfab_state_event - an event of a schedule
 * @origin: the caller's number for complaints
 * @at: nanoseconds from the schedule's begin
 * @tenant: of the link, filled by resolving
 * @from: an end, as in struct nsfab_state_link, or NULL; links in both
 *	directions are meant. Without ends, @link is a bottleneck.
 * @to: the other end
 * @link: name of the link or bottleneck; of a link filled by resolving
 * @one: only the link from @from to @to with this @scope is meant, else all
 *	of both directions
 * @scope: with @one, its scope
 * @flags: which of @set's flags are meant
 * @set: what changes, of NSFAB_LINK_MAY_EVENT
 */
struct nsfab_state_event {
	uint32_t origin;
	uint64_t at;
	const char *tenant;
	const char *from;
	const char *to;
	const char *link;
	bool one;
	uint32_t scope;
	uint32_t flags;
	struct nsfab_link *set;
};

/**
 * struct nsfab_state_schedule - a schedule
 * @loop: nanoseconds after which it begins again, 0 for never
 * @hash: of all of it, which is what can be compared; filled by resolving
 * @n: entries in @event
 * @n_begins: so many of them, the first ones, give the links that it changes
 *	what they are without it; filled by resolving
 * @event: events
 */
struct nsfab_state_schedule {
	uint64_t loop;
	uint64_t hash;
	unsigned int n;
	unsigned int n_begins;
	struct nsfab_state_event *event;
};

/**
 * struct nsfab_state_fdb - where a MAC is
 * @mac: MAC
 * @port: number in @port of the table
 */
struct nsfab_state_fdb {
	uint8_t mac[6];
	uint32_t port;
};

/**
 * struct nsfab_state_neigh - whose MAC an address has
 * @addr: address
 * @mac: MAC
 */
struct nsfab_state_neigh {
	struct nsfab_addr addr;
	uint8_t mac[6];
};

/**
 * struct nsfab_state_forwarding - the static entries of a network
 * @n_ports: entries in @port
 * @port: names of ports
 * @n_fdb: entries in @fdb
 * @fdb: by MAC
 * @n_neigh: entries in @neigh
 * @neigh: by address
 */
struct nsfab_state_forwarding {
	uint32_t n_ports;
	const char **port;
	uint32_t n_fdb;
	struct nsfab_state_fdb *fdb;
	uint32_t n_neigh;
	struct nsfab_state_neigh *neigh;
};

/**
 * struct nsfab_state_vteps - emulated hosts whose routers send into a network
 *	that they have no VM in; made by resolving
 * @n: entries in @vtep
 * @vtep: their VTEPs, sorted
 */
struct nsfab_state_vteps {
	unsigned int n;
	struct nsfab_addr *vtep;
};

/**
 * struct nsfab_state_obj - an object
 * @kind: what it is
 * @origin: the caller's number for complaints, 0 for none
 * @copy: made by the engine to tell a host of what another one has
 * @host: emulated host that has it, "" for the caller's namespace; of a
 *	host, the host itself
 * @tenant: its tenant, or "" of a host; of a tenant, the tenant itself
 * @name: its name, "" for routes
 * @labels: KEY=VALUE lines sorted by key, without the lab's own, "" for none
 * @as_host: of a host
 * @as_tenant: of a tenant
 * @as_network: of a network
 * @as_port: of a port
 * @as_vm: of a VM
 * @as_routes: of a tenant's routes
 * @as_patch: of a pair of patch ports
 * @as_link: of a link or bottleneck
 * @as_schedule: of a schedule
 * @as_forwarding: of a network's table
 * @as_vteps: of the VTEPs that a network hears
 *
 * All that is pointed to belongs to the state.
 */
struct nsfab_state_obj {
	enum nsfab_state_kind kind;
	uint32_t origin;
	bool copy;
	const char *host;
	const char *tenant;
	const char *name;
	const char *labels;
	union {
		struct nsfab_state_host as_host;
		struct nsfab_state_tenant as_tenant;
		struct nsfab_state_network as_network;
		struct nsfab_state_port as_port;
		struct nsfab_state_vm as_vm;
		struct nsfab_state_routes as_routes;
		struct nsfab_state_patch as_patch;
		struct nsfab_state_link as_link;
		struct nsfab_state_schedule as_schedule;
		struct nsfab_state_forwarding as_forwarding;
		struct nsfab_state_vteps as_vteps;
	};
};

/**
 * nsfab_state_new() - an empty state
 * @lab: the lab's name, copied
 *
 * Return: the state, to be given back by nsfab_state_free(), or NULL if there
 * is no memory or @lab is no name.
 */
struct nsfab_state *nsfab_state_new(const char *lab);

/** nsfab_state_free() - give back a state with its objects; NULL is fine. */
void nsfab_state_free(struct nsfab_state *state);

/** nsfab_state_lab() - the lab's name. */
const char *nsfab_state_lab(const struct nsfab_state *state);

/** nsfab_state_set_seed() - set the lab's seed; it is kept as a label. */
void nsfab_state_set_seed(struct nsfab_state *state, uint64_t seed);

/**
 * nsfab_state_seed() - the lab's seed
 * @state: state
 * @seed: gets it
 *
 * Return: whether one is set.
 */
bool nsfab_state_seed(const struct nsfab_state *state, uint64_t *seed);

/**
 * nsfab_state_add() - add an object
 * @state: state
 * @obj: the object; everything it points to is copied. Of a tenant, network,
 *	port or route @host is ignored: each host gets it when resolved.
 * @err: says why not
 *
 * Return: 0, -EINVAL for a name or label that cannot be, -ENOMEM.
 */
int nsfab_state_add(struct nsfab_state *state,
		    const struct nsfab_state_obj *obj, struct nsfab_err *err);

/**
 * typedef nsfab_state_complain_fn - hears what is wrong with a state
 * @arg: the caller's
 * @origin: of the object that is wrong
 * @other: of the object that it is at odds with, 0 for none
 * @text: what is wrong and what is allowed
 */
typedef void nsfab_state_complain_fn(void *arg, uint32_t origin,
				     uint32_t other, const char *text);

/**
 * nsfab_state_resolve() - choose what was left open, check, copy to hosts
 * @state: the desired state
 * @running: the running one, whose VNIs, MACs and addresses are kept where
 *	the desired state leaves them open; NULL if none is known
 * @complain: hears everything that is wrong
 * @arg: for @complain
 *
 * What is chosen is a function of @state and @running alone: names make VNIs
 * and MACs, and the order of adding makes addresses (the lowest free one).
 *
 * Return: 0, -EINVAL after complaints, -ENOMEM.
 */
int nsfab_state_resolve(struct nsfab_state *state,
			const struct nsfab_state *running,
			nsfab_state_complain_fn *complain, void *arg);

/**
 * nsfab_state_count() - number of objects
 * @state: state, resolved or read
 */
size_t nsfab_state_count(const struct nsfab_state *state);

/**
 * nsfab_state_obj() - an object by its place
 * @state: state, resolved or read
 * @i: below nsfab_state_count(); the order is that of adding, copies behind
 *
 * Return: the object, valid as long as the state is.
 */
const struct nsfab_state_obj *nsfab_state_obj(const struct nsfab_state *state,
					      size_t i);

/**
 * nsfab_state_find() - an object by its key
 * @state: state, resolved or read
 * @kind: kind
 * @host: as in struct nsfab_state_obj
 * @tenant: likewise
 * @name: likewise
 *
 * Return: the object or NULL.
 */
const struct nsfab_state_obj *nsfab_state_find(const struct nsfab_state *state,
					       enum nsfab_state_kind kind,
					       const char *host,
					       const char *tenant,
					       const char *name);

/**
 * nsfab_state_derive_mac() - the MAC that a NIC gets when none is asked for
 * @lab: name of the lab
 * @tenant: of the tenant
 * @vm: of the VM or port
 * @nic: number of the NIC
 * @mac: gets it
 */
void nsfab_state_derive_mac(const char *lab, const char *tenant, const char *vm,
			    unsigned int nic, uint8_t mac[6]);

/**
 * nsfab_state_link_name() - the name that a link has by its ends and scope
 * @from: port, or NULL
 * @to: port, or NULL
 * @scope: scope
 * @buf: gets it
 * @size: room in @buf
 *
 * Return: @buf.
 */
const char *nsfab_state_link_name(const char *from, const char *to,
				  uint32_t scope, char *buf, size_t size);

/**
 * nsfab_state_derive_seed() - the seed that a link gets when none is asked for
 * @seed: the lab's
 * @tenant: of the tenant
 * @link: of the link or bottleneck
 *
 * Return: FNV-1a of 64 bits over the lab's seed in decimal, the tenant's and
 * the link's name, each with its NUL.
 */
uint64_t nsfab_state_derive_seed(uint64_t seed, const char *tenant,
				 const char *link);

/* Longest name of a link, with its NUL */
#define NSFAB_STATE_LINK_NAME (2 * NSFAB_PORT_NAME_MAX + 16)

enum nsfab_state_verb {
	NSFAB_STATE_CREATE,
	NSFAB_STATE_SET,
	NSFAB_STATE_DELETE,
};

/**
 * struct nsfab_state_op - one step of the way
 * @verb: what to do
 * @old: what it is, NULL of a create
 * @new: what it shall be, NULL of a delete
 * @partial: gives up what another step needs, or holds on to what a later
 *	step lets go of: the same object is set again later; or changes nothing
 *	but when it is undone, with what a schedule has changed of a link
 * @implied: comes or goes with what it is in, which comes or goes too
 */
struct nsfab_state_op {
	enum nsfab_state_verb verb;
	const struct nsfab_state_obj *old;
	const struct nsfab_state_obj *new;
	bool partial;
	bool implied;
};

/**
 * struct nsfab_state_diff - the way from one state to another
 * @n: entries in @op
 * @op: steps, in an order that loses no packet that need not be lost
 * @n_create: objects to be made, without copies
 * @n_set: objects to be changed, without copies and each counted once
 * @n_delete: objects to be removed, without copies
 * @arena: private
 */
struct nsfab_state_diff {
	size_t n;
	struct nsfab_state_op *op;
	size_t n_create;
	size_t n_set;
	size_t n_delete;
	void *arena;
};

/**
 * nsfab_state_diff() - what has to be done
 * @running: the state that is, NULL for nothing
 * @desired: the resolved state that shall be, NULL for nothing
 * @diff: gets the steps, to be given back by nsfab_state_diff_free(); they
 *	point into both states
 *
 * Return: 0 or -ENOMEM.
 */
int nsfab_state_diff(const struct nsfab_state *running,
		     const struct nsfab_state *desired,
		     struct nsfab_state_diff *diff);

/** nsfab_state_diff_free() - give back the steps. */
void nsfab_state_diff_free(struct nsfab_state_diff *diff);

/**
 * nsfab_state_op_text() - a step in words, with old and new values
 * @op: step
 * @buf: gets the words
 * @size: room in @buf
 *
 * Return: length as of snprintf().
 */
int nsfab_state_op_text(const struct nsfab_state_op *op, char *buf,
			size_t size);

/** nsfab_state_kind_name() - a kind in a word ("network"). */
const char *nsfab_state_kind_name(enum nsfab_state_kind kind);

/** nsfab_state_limit_name() - a limit as users write it ("max-ports"). */
const char *nsfab_state_limit_name(enum nsfab_state_limit limit);

/**
 * struct nsfab_state_backend - what carries steps out
 * @batch: most steps per call
 * @apply: carry out @n steps of one verb, kind and host, in order; sets @done
 *	to the number of those that stand, also when it fails, and then
 *	@err->index to the refused one
 * @arg: for @apply
 */
struct nsfab_state_backend {
	unsigned int batch;
	int (*apply)(void *arg, const struct nsfab_state_op *op, unsigned int n,
		     unsigned int *done, struct nsfab_err *err);
	void *arg;
};

/**
 * typedef nsfab_state_progress_fn - hears how far it is
 * @arg: the caller's
 * @done: steps done
 * @total: steps in all
 * @next: the step that comes next, NULL at the end
 * @undo: it is on the way back
 *
 * Return: 0, or a negative errno to stop here and undo.
 */
typedef int nsfab_state_progress_fn(void *arg, size_t done, size_t total,
				    const struct nsfab_state_op *next,
				    bool undo);

/**
 * struct nsfab_state_report - how an apply ended
 * @done: steps that were done before it failed, all if it did not
 * @failed: the refused step, NULL for none
 * @undone: steps taken back
 * @stand: steps that could not be taken back and stand
 * @n_stand: entries in @stand
 */
struct nsfab_state_report {
	size_t done;
	const struct nsfab_state_op *failed;
	size_t undone;
	const struct nsfab_state_op **stand;
	size_t n_stand;
};

/**
 * nsfab_state_apply() - go the way
 * @diff: the steps
 * @backend: what carries them out
 * @progress: hears how far it is, may be NULL
 * @arg: for @progress
 * @report: gets how it ended; @stand is to be given back by free()
 * @err: says what was refused
 *
 * If a step is refused, all steps before it are taken back, last one first.
 *
 * Return: 0 or the errno of the refused step.
 */
int nsfab_state_apply(const struct nsfab_state_diff *diff,
		      const struct nsfab_state_backend *backend,
		      nsfab_state_progress_fn *progress, void *arg,
		      struct nsfab_state_report *report,
		      struct nsfab_err *err);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_STATE_H */
