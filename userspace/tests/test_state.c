// SPDX-License-Identifier: GPL-2.0-or-later
/* The desired-state engine without a kernel: resolve, diff, order, undo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/state.h>

static struct nsfab_addr addr(const char *text)
{
	struct nsfab_addr a;

	assert_int_equal(nsfab_addr_parse(&a, text), 0);
	return a;
}

static struct nsfab_subnet subnet(const char *prefix, const char *gateway)
{
	struct nsfab_subnet s = { 0 };

	assert_int_equal(nsfab_prefix_parse(&s.prefix, prefix), 0);
	if (gateway)
		s.gateway = addr(gateway);
	return s;
}

/* Each object's origin is the number of its adding. */
struct build {
	struct nsfab_state *state;
	uint32_t origin;
};

static void add(struct build *b, struct nsfab_state_obj obj)
{
	struct nsfab_err err = { 0 };

	obj.origin = ++b->origin;
	if (nsfab_state_add(b->state, &obj, &err))
		fail_msg("%s", err.text);
}

static void add_host(struct build *b, const char *name, const char *local)
{
	add(b, (struct nsfab_state_obj){
		.kind = NSFAB_STATE_HOST, .name = name,
		.as_host = { .local = addr(local), .encap = NSFAB_ENCAP_VXLAN,
			     .mtu = 1500 } });
}

static struct nsfab_state_obj tenant(const char *name)
{
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_TENANT, .tenant = name, .name = name,
		.as_tenant.accounting = NSFAB_ACCOUNTING_BASIC,
	};

	memset(obj.as_tenant.limit, 0xff, sizeof(obj.as_tenant.limit));
	return obj;
}

static void add_net(struct build *b, const char *t, const char *name,
		    uint32_t vni, const char *prefix, const char *gateway)
{
	struct nsfab_subnet s;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_NETWORK, .tenant = t, .name = name,
		.as_network = { .vni = vni, .mtu = NSFAB_STATE_AUTO,
				.subnet = &s, .n_subnets = !!prefix },
	};

	if (prefix)
		s = subnet(prefix, gateway);
	add(b, obj);
}

static void add_vm(struct build *b, const char *host, const char *t,
		   const char *name, const char *net, const char *ip)
{
	struct nsfab_addr a;
	struct nsfab_state_nic nic = {
		.network = net, .auto_mac = true, .auto_addrs = !ip,
		.addr = &a, .n_addrs = ip ? 1 : 0,
	};

	if (ip)
		a = addr(ip);
	add(b, (struct nsfab_state_obj){
		.kind = NSFAB_STATE_VM, .host = host, .tenant = t, .name = name,
		.as_vm = { .nic = &nic, .n_nics = 1 } });
}

static struct build begin(void)
{
	struct build b = { .state = nsfab_state_new("shop") };

	assert_non_null(b.state);
	return b;
}

/* Tenant acme with network web, 10.0.1.0/24 gateway .1. */
static struct build begin_acme(void)
{
	struct build b = begin();

	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", NSFAB_STATE_AUTO, "10.0.1.0/24", "10.0.1.1");
	return b;
}

struct heard {
	unsigned int n;
	uint32_t origin;
	uint32_t other;
	char text[512];
};

static void hear(void *arg, uint32_t origin, uint32_t other, const char *text)
{
	struct heard *heard = arg;

	heard->n++;
	heard->origin = origin;
	heard->other = other;
	snprintf(heard->text, sizeof(heard->text), "%s", text);
}

static void resolve(struct build *b, const struct nsfab_state *running)
{
	struct heard heard = { 0 };
	int ret = nsfab_state_resolve(b->state, running, hear, &heard);

	if (ret)
		fail_msg("%s", heard.text);
}

static void refuse(struct build *b, const char *text, uint32_t origin)
{
	struct heard heard = { 0 };

	assert_int_equal(nsfab_state_resolve(b->state, NULL, hear, &heard),
			 -EINVAL);
	assert_int_equal(heard.n, 1);
	if (!strstr(heard.text, text))
		fail_msg("\"%s\" does not say \"%s\"", heard.text, text);
	assert_int_equal(heard.origin, origin);
	nsfab_state_free(b->state);
}

static const char *ip_of(const struct nsfab_state *state, const char *host,
			 const char *t, const char *vm)
{
	const struct nsfab_state_obj *obj;
	static char buf[NSFAB_ADDR_STRLEN];

	obj = nsfab_state_find(state, NSFAB_STATE_VM, host, t, vm);
	assert_non_null(obj);
	assert_int_equal(obj->as_vm.nic[0].n_addrs, 1);
	return nsfab_addr_format(&obj->as_vm.nic[0].addr[0], buf);
}

static void chooses_lowest_free_addresses_in_order(void **unused)
{
	struct build b = begin_acme();

	(void)unused;
	add_vm(&b, "", "acme", "a", "web", NULL);
	add_vm(&b, "", "acme", "b", "web", "10.0.1.3");
	add_vm(&b, "", "acme", "c", "web", NULL);
	resolve(&b, NULL);
	assert_string_equal(ip_of(b.state, "", "acme", "a"), "10.0.1.2");
	assert_string_equal(ip_of(b.state, "", "acme", "c"), "10.0.1.4");
	nsfab_state_free(b.state);
}

static void keeps_addresses_of_what_runs_when_one_is_put_before(void **unused)
{
	struct build old = begin_acme(), new = begin_acme();
	struct nsfab_state_diff diff;

	(void)unused;
	add_vm(&old, "", "acme", "a", "web", NULL);
	add_vm(&old, "", "acme", "b", "web", NULL);
	resolve(&old, NULL);
	add_vm(&new, "", "acme", "first", "web", NULL);
	add_vm(&new, "", "acme", "a", "web", NULL);
	add_vm(&new, "", "acme", "b", "web", NULL);
	resolve(&new, old.state);
	assert_string_equal(ip_of(new.state, "", "acme", "first"), "10.0.1.4");
	assert_string_equal(ip_of(new.state, "", "acme", "a"), "10.0.1.2");
	assert_int_equal(nsfab_state_diff(old.state, new.state, &diff), 0);
	assert_int_equal(diff.n, 1);
	assert_int_equal(diff.op[0].verb, NSFAB_STATE_CREATE);
	nsfab_state_diff_free(&diff);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void same_input_twice_makes_no_difference(void **unused)
{
	struct nsfab_state_diff diff;
	struct build b[2];
	unsigned int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		b[i] = begin_acme();
		add_net(&b[i], "acme", "db", NSFAB_STATE_AUTO, "10.0.2.0/24",
			NULL);
		add_vm(&b[i], "", "acme", "a", "web", NULL);
		add_vm(&b[i], "", "acme", "b", "db", NULL);
		resolve(&b[i], NULL);
	}
	assert_int_equal(nsfab_state_diff(b[0].state, b[1].state, &diff), 0);
	assert_int_equal(diff.n, 0);
	nsfab_state_diff_free(&diff);
	nsfab_state_free(b[0].state);
	nsfab_state_free(b[1].state);
}

static void refuses_what_contradicts_itself(void **unused)
{
	struct build b;

	(void)unused;
	b = begin_acme();
	add_vm(&b, "", "acme", "a", "web", "10.0.1.7");
	add_vm(&b, "", "acme", "b", "web", "10.0.1.7");
	refuse(&b, "10.0.1.7", 4);

	b = begin_acme();
	add_vm(&b, "", "acme", "a", "nowhere", NULL);
	refuse(&b, "no network \"nowhere\"", 3);

	b = begin_acme();
	add_vm(&b, "", "acme", "a", "web", "10.0.9.9");
	refuse(&b, "in no subnet", 3);

	b = begin_acme();
	add_vm(&b, "", "acme", "a", "web", "10.0.1.1");
	refuse(&b, "the gateway", 3);

	b = begin_acme();
	add_vm(&b, "", "acme", "a", "web", "10.0.1.255");
	refuse(&b, "broadcast", 3);

	b = begin_acme();
	add_vm(&b, "", "acme", "a", "web", NULL);
	add_vm(&b, "", "acme", "a", "web", NULL);
	refuse(&b, "there twice", 4);

	b = begin_acme();
	add_vm(&b, "h9", "acme", "a", "web", NULL);
	refuse(&b, "no host \"h9\"", 3);

	b = begin_acme();
	add_vm(&b, "", "other", "a", "web", NULL);
	b.origin = 0;
	{
		struct heard heard = { 0 };

		assert_int_equal(nsfab_state_resolve(b.state, NULL, hear,
						     &heard), -EINVAL);
		nsfab_state_free(b.state);
	}

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "10.0.0.0/16", NULL);
	refuse(&b, "overlaps", 3);

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "10.2.0.0/24", "10.3.0.1");
	refuse(&b, "outside of subnet", 3);

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "10.2.0.1/24", NULL);
	refuse(&b, "bits behind its length", 3);

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "127.0.0.0/8", NULL);
	add_vm(&b, "", "acme", "a", "x", NULL);
	refuse(&b, "subnet 127.0.0.0/8 has no addresses for hosts", 3);

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "0.0.0.0/5", "0.0.0.1");
	refuse(&b, "gateway 0.0.0.1 of subnet 0.0.0.0/5 is no host's", 3);

	b = begin_acme();
	add_net(&b, "acme", "x", NSFAB_STATE_AUTO, "::/64", "::2");
	add_vm(&b, "", "acme", "a", "x", "::1");
	refuse(&b, "address ::1 is no host's", 4);

	b = begin_acme();
	add_net(&b, "acme", "x", 77, "10.2.0.0/24", NULL);
	add_net(&b, "acme", "y", 77, "10.3.0.0/24", NULL);
	refuse(&b, "vni 77", 4);
}

static void finds_a_subnet_full(void **unused)
{
	struct build b = begin();
	char name[16];
	unsigned int i;

	(void)unused;
	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", NSFAB_STATE_AUTO, "10.0.1.0/29", "10.0.1.1");
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		add_vm(&b, "", "acme", name, "web", NULL);
	}
	refuse(&b, "no address is left in 10.0.1.0/29", 8);
}

static void equal_addresses_of_two_tenants_are_fine(void **unused)
{
	struct build b = begin_acme();

	(void)unused;
	add(&b, tenant("evil"));
	add_net(&b, "evil", "web", NSFAB_STATE_AUTO, "10.0.1.0/24", "10.0.1.1");
	add_vm(&b, "", "acme", "a", "web", "10.0.1.9");
	add_vm(&b, "", "evil", "a", "web", "10.0.1.9");
	resolve(&b, NULL);
	nsfab_state_free(b.state);
}

static void every_host_hears_of_every_vm(void **unused)
{
	const struct nsfab_state_obj *port;
	struct build b = begin();
	struct nsfab_state_nic nic = {
		.network = "web", .auto_mac = true, .auto_addrs = true,
	};
	char buf[NSFAB_ADDR_STRLEN];

	(void)unused;
	add_host(&b, "h1", "192.0.2.1");
	add_host(&b, "h2", "192.0.2.2");
	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", 100, "10.0.1.0/24", "10.0.1.1");
	add(&b, (struct nsfab_state_obj){
		.kind = NSFAB_STATE_VM, .host = "h1", .tenant = "acme",
		.name = "a", .labels = "role=db",
		.as_vm = { .nic = &nic, .n_nics = 1, .image = "small" } });
	resolve(&b, NULL);
	port = nsfab_state_find(b.state, NSFAB_STATE_PORT, "h2", "acme",
				"a/eth0");
	assert_non_null(port);
	assert_true(port->copy);
	assert_string_equal(port->labels, "image=small\nrole=db");
	assert_string_equal(nsfab_addr_format(&port->as_port.remote, buf),
			    "192.0.2.1");
	assert_string_equal(nsfab_addr_format(&port->as_port.nic.addr[0], buf),
			    "10.0.1.2");
	assert_null(nsfab_state_find(b.state, NSFAB_STATE_PORT, "h1", "acme",
				     "a/eth0"));
	assert_non_null(nsfab_state_find(b.state, NSFAB_STATE_NETWORK, "h2",
					 "acme", "web"));
	/* VXLAN over IPv4 takes 50 bytes of the underlay's 1500. */
	assert_int_equal(nsfab_state_find(b.state, NSFAB_STATE_NETWORK, "h2",
					  "acme", "web")->as_network.mtu, 1450);
	nsfab_state_free(b.state);
}

static void hosts_have_addresses_of_hosts(void **unused)
{
	static const char *const bad[] = {
		"127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1",
		"255.255.255.255", "::", "::1", "ff02::1", "fe80::1",
	};
	static const char *const good[] = {
		"192.0.2.1", "10.0.0.0", "240.0.0.1", "2001:db8::1", "fd00::",
	};
	struct build b;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b = begin();
		add_host(&b, "h1", bad[i]);
		refuse(&b, "not an address that a host can have", 1);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		b = begin();
		add_host(&b, "h1", good[i]);
		resolve(&b, NULL);
		nsfab_state_free(b.state);
	}
}

static unsigned int vteps_at(const struct nsfab_state *state, const char *host,
			     const char *network, const char *only)
{
	const struct nsfab_state_obj *obj;
	char buf[NSFAB_ADDR_STRLEN];

	obj = nsfab_state_find(state, NSFAB_STATE_VTEPS, host, "acme", network);
	if (!obj)
		return 0;
	assert_true(obj->copy);
	if (only)
		assert_string_equal(nsfab_addr_format(&obj->as_vteps.vtep[0],
						      buf), only);
	return obj->as_vteps.n;
}

/* A router sends into networks that its host has no VM in. */
static void networks_hear_the_hosts_that_route_into_them(void **unused)
{
	struct nsfab_state_diff d;
	struct build b = begin();

	(void)unused;
	add_host(&b, "h1", "192.0.2.1");
	add_host(&b, "h2", "192.0.2.2");
	add_host(&b, "h3", "192.0.2.3");
	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", 100, "10.0.1.0/24", "10.0.1.1");
	add_net(&b, "acme", "db", 101, "10.0.2.0/24", "10.0.2.1");
	add_net(&b, "acme", "flat", 102, "10.0.3.0/24", NULL);
	add_vm(&b, "h1", "acme", "a", "web", NULL);
	add_vm(&b, "h2", "acme", "b", "db", NULL);
	add_vm(&b, "h3", "acme", "c", "flat", NULL);
	add_vm(&b, "h2", "acme", "d", "flat", NULL);
	resolve(&b, NULL);
	assert_int_equal(vteps_at(b.state, "h2", "db", "192.0.2.1"), 1);
	assert_int_equal(vteps_at(b.state, "h1", "web", "192.0.2.2"), 1);
	assert_int_equal(vteps_at(b.state, "h1", "db", NULL), 0);
	assert_int_equal(vteps_at(b.state, "h2", "flat", NULL), 0);
	assert_int_equal(vteps_at(b.state, "h3", "flat", NULL), 0);
	/* People see what it is for: hosts, the tenant, networks and VMs. */
	assert_int_equal(nsfab_state_diff(NULL, b.state, &d), 0);
	assert_int_equal(d.n_create, 3 + 1 + 3 + 4);
	nsfab_state_diff_free(&d);
	nsfab_state_free(b.state);
}

static long place_of(const struct nsfab_state_diff *diff,
		     enum nsfab_state_verb verb, enum nsfab_state_kind kind,
		     const char *name, bool partial)
{
	const struct nsfab_state_obj *obj;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		obj = diff->op[i].new ? diff->op[i].new : diff->op[i].old;
		if (diff->op[i].verb == verb && obj->kind == kind &&
		    diff->op[i].partial == partial && !strcmp(obj->name, name))
			return i;
	}
	return -1;
}

static void makes_top_down_and_removes_bottom_up(void **unused)
{
	struct build old = begin_acme(), new = begin();
	struct nsfab_state_diff d;

	(void)unused;
	add_vm(&old, "", "acme", "a", "web", NULL);
	resolve(&old, NULL);
	add(&new, tenant("next"));
	add_net(&new, "next", "lan", NSFAB_STATE_AUTO, "10.0.1.0/24", NULL);
	add_vm(&new, "", "next", "b", "lan", NULL);
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 6);
	assert_int_equal(place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_TENANT,
				  "next", false), 0);
	assert_int_equal(place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_NETWORK,
				  "lan", false), 1);
	assert_int_equal(place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_VM, "b",
				  false), 2);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_VM, "a",
				  false), 3);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_NETWORK,
				  "web", false), 4);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_TENANT,
				  "acme", false), 5);
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void an_address_is_given_up_before_it_is_taken(void **unused)
{
	struct build old = begin_acme(), new = begin_acme();
	struct nsfab_state_diff d;

	(void)unused;
	add_vm(&old, "", "acme", "gone", "web", "10.0.1.5");
	resolve(&old, NULL);
	add_vm(&new, "", "acme", "fresh", "web", "10.0.1.5");
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 2);
	assert_int_equal(d.op[0].verb, NSFAB_STATE_DELETE);
	assert_int_equal(d.op[1].verb, NSFAB_STATE_CREATE);
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void two_vms_can_swap_their_addresses(void **unused)
{
	struct build old = begin_acme(), new = begin_acme();
	struct nsfab_state_diff d;

	(void)unused;
	add_vm(&old, "", "acme", "a", "web", "10.0.1.5");
	add_vm(&old, "", "acme", "b", "web", "10.0.1.6");
	resolve(&old, NULL);
	add_vm(&new, "", "acme", "a", "web", "10.0.1.6");
	add_vm(&new, "", "acme", "b", "web", "10.0.1.5");
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 4);
	assert_int_equal(d.n_set, 2);
	assert_true(d.op[0].partial && d.op[1].partial);
	assert_int_equal(d.op[0].new->as_vm.nic[0].n_addrs, 0);
	assert_ptr_equal(d.op[2].old, d.op[0].new);
	assert_int_equal(d.op[2].new->as_vm.nic[0].n_addrs, 1);
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void what_is_in_a_network_that_goes_early_goes_earlier(void **unused)
{
	struct build old = begin(), new = begin();
	struct nsfab_state_diff d;

	(void)unused;
	add(&old, tenant("acme"));
	add_net(&old, "acme", "a", 77, "10.1.0.0/24", NULL);
	add_vm(&old, "", "acme", "x", "a", NULL);
	resolve(&old, NULL);
	add(&new, tenant("acme"));
	add_net(&new, "acme", "b", 77, "10.2.0.0/24", NULL);
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 3);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_VM, "x",
				  false), 0);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_NETWORK,
				  "a", false), 1);
	assert_int_equal(place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_NETWORK,
				  "b", false), 2);
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void a_subnet_is_given_up_before_one_that_overlaps_it(void **unused)
{
	static const struct {
		const char *old, *new;
		bool meet;
	} set[] = {
		{ "10.1.0.0/16", "10.1.2.0/24", true },
		{ "10.1.2.0/24", "10.1.0.0/16", true },
		{ "10.1.2.0/24", "10.1.2.0/24", true },
		{ "10.1.2.0/24", "10.1.3.0/24", false },
		{ "10.0.0.0/24", "10.1.0.0/16", false },
		{ "2001:db8::/64", "2001:db8::/32", true },
		{ "2001:db8::/32", "2001:db8:7::/64", true },
		{ "a01::/16", "10.1.0.0/16", false },
	};
	struct nsfab_state_diff d;
	struct build old, new;
	size_t i, gone, made;
	bool first;

	(void)unused;
	for (i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		old = begin();
		new = begin();
		add(&old, tenant("acme"));
		add_net(&old, "acme", "a", 7, set[i].old, NULL);
		add_net(&old, "acme", "other", 8, "192.168.0.0/16", NULL);
		resolve(&old, NULL);
		add(&new, tenant("acme"));
		add_net(&new, "acme", "b", 9, set[i].new, NULL);
		add_net(&new, "acme", "other", 8, "192.168.0.0/16", NULL);
		resolve(&new, old.state);
		assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
		assert_int_equal(d.n, 2);
		gone = place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_NETWORK,
				"a", false);
		made = place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_NETWORK,
				"b", false);
		first = gone < made;
		if (first != set[i].meet)
			fail_msg("%s and %s", set[i].old, set[i].new);
		nsfab_state_diff_free(&d);
		nsfab_state_free(old.state);
		nsfab_state_free(new.state);
	}
}

static void a_vm_without_ipv6_gets_no_address_of_it(void **unused)
{
	struct nsfab_state_nic nic = {
		.network = "web", .auto_mac = true, .auto_addrs = true,
	};
	struct nsfab_state_obj vm = {
		.kind = NSFAB_STATE_VM, .tenant = "acme", .name = "a",
		.as_vm = { .nic = &nic, .n_nics = 1, .no_ipv6 = true },
	};
	struct build b = begin();
	const struct nsfab_state_obj *obj;
	struct nsfab_addr given;

	(void)unused;
	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", 7, "2001:db8::/64", NULL);
	add(&b, vm);
	resolve(&b, NULL);
	obj = nsfab_state_find(b.state, NSFAB_STATE_VM, "", "acme", "a");
	assert_non_null(obj);
	assert_int_equal(obj->as_vm.nic[0].n_addrs, 0);
	nsfab_state_free(b.state);

	b = begin();
	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", 7, "2001:db8::/64", NULL);
	given = addr("2001:db8::5");
	nic.auto_addrs = false;
	nic.addr = &given;
	nic.n_addrs = 1;
	add(&b, vm);
	refuse(&b, "without IPv6", 3);
}

static void limits_rise_before_and_fall_after(void **unused)
{
	struct nsfab_state_obj t = tenant("acme");
	struct build old = begin(), new = begin();
	struct nsfab_state_diff d;

	(void)unused;
	t.as_tenant.limit[NSFAB_STATE_MAX_PORTS] = 5;
	t.as_tenant.limit[NSFAB_STATE_MAX_ROUTES] = 50;
	add(&old, t);
	resolve(&old, NULL);
	t.as_tenant.limit[NSFAB_STATE_MAX_PORTS] = 10;
	t.as_tenant.limit[NSFAB_STATE_MAX_ROUTES] = 20;
	add(&new, t);
	add_net(&new, "acme", "web", NSFAB_STATE_AUTO, "10.0.1.0/24", NULL);
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 3);
	assert_true(d.op[0].partial);
	assert_int_equal(d.op[0].new->as_tenant.limit[NSFAB_STATE_MAX_PORTS],
			 10);
	assert_int_equal(d.op[0].new->as_tenant.limit[NSFAB_STATE_MAX_ROUTES],
			 50);
	assert_int_equal(d.op[2].new->as_tenant.limit[NSFAB_STATE_MAX_ROUTES],
			 20);
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

static void a_host_made_anew_takes_its_vms_along(void **unused)
{
	struct build b[2];
	struct nsfab_state_diff d;
	unsigned int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		b[i] = begin();
		add_host(&b[i], "h1", i ? "192.0.2.9" : "192.0.2.1");
		add_host(&b[i], "h2", "192.0.2.2");
		add(&b[i], tenant("acme"));
		add_net(&b[i], "acme", "web", 100, "10.0.1.0/24", "10.0.1.1");
		add_vm(&b[i], "h1", "acme", "a", "web", NULL);
		add_vm(&b[i], "h2", "acme", "b", "web", NULL);
		resolve(&b[i], i ? b[0].state : NULL);
	}
	assert_int_equal(nsfab_state_diff(b[0].state, b[1].state, &d), 0);
	assert_true(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_VM, "a",
			     false) >= 0);
	assert_true(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_VM, "a",
			     false) <
		    place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_HOST, "h1",
			     false));
	assert_true(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_HOST, "h1",
			     false) <
		    place_of(&d, NSFAB_STATE_CREATE, NSFAB_STATE_HOST, "h1",
			     false));
	/* The other host hears of the new VTEP, its own VM stays. */
	assert_true(place_of(&d, NSFAB_STATE_SET, NSFAB_STATE_PORT, "a/eth0",
			     false) >= 0);
	assert_int_equal(place_of(&d, NSFAB_STATE_DELETE, NSFAB_STATE_VM, "b",
				  false), -1);
	nsfab_state_diff_free(&d);
	nsfab_state_free(b[0].state);
	nsfab_state_free(b[1].state);
}

/* A backend that keeps what stands and refuses one object by name. */
struct fake {
	char log[4096];
	const char *refuse_name;
	enum nsfab_state_verb refuse_verb;
	int standing;
};

static int fake_apply(void *arg, const struct nsfab_state_op *op,
		      unsigned int n, unsigned int *done, struct nsfab_err *err)
{
	static const char sign[] = { '+', '~', '-' };
	const struct nsfab_state_obj *obj;
	struct fake *fake = arg;
	size_t len;

	for (*done = 0; *done < n; ++*done) {
		obj = op[*done].new ? op[*done].new : op[*done].old;
		if (fake->refuse_name && op[*done].verb == fake->refuse_verb &&
		    !strcmp(obj->name, fake->refuse_name))
			return nsfab_err_set(err, -ENOSPC, "refused");
		len = strlen(fake->log);
		snprintf(fake->log + len, sizeof(fake->log) - len, "%c%s ",
			 sign[op[*done].verb], obj->name);
		fake->standing += op[*done].verb == NSFAB_STATE_CREATE ? 1 :
				  op[*done].verb == NSFAB_STATE_DELETE ? -1 : 0;
	}
	return 0;
}

static int run(struct fake *fake, struct nsfab_state_report *report,
	       const char *stop_at);

static int stop_progress(void *arg, size_t done, size_t total,
			 const struct nsfab_state_op *next, bool undo)
{
	const char *stop_at = arg;

	(void)done;
	(void)total;
	return !undo && stop_at && next && next->new &&
	       !strcmp(next->new->name, stop_at) ? -EINTR : 0;
}

static int run(struct fake *fake, struct nsfab_state_report *report,
	       const char *stop_at)
{
	struct nsfab_state_backend backend = {
		.batch = 2, .apply = fake_apply, .arg = fake,
	};
	struct build b = begin_acme();
	struct nsfab_err err = { 0 };
	struct nsfab_state_diff d;
	int ret;

	add_vm(&b, "", "acme", "a", "web", NULL);
	add_vm(&b, "", "acme", "b", "web", NULL);
	add_vm(&b, "", "acme", "c", "web", NULL);
	resolve(&b, NULL);
	assert_int_equal(nsfab_state_diff(NULL, b.state, &d), 0);
	ret = nsfab_state_apply(&d, &backend, stop_progress, (void *)stop_at,
				report, &err);
	free(report->stand);
	report->stand = NULL;
	nsfab_state_diff_free(&d);
	nsfab_state_free(b.state);
	return ret;
}

static void a_refusal_takes_back_what_was_done(void **unused)
{
	struct fake fake = { .refuse_name = "b" };
	struct nsfab_state_report report;

	(void)unused;
	assert_int_equal(run(&fake, &report, NULL), -ENOSPC);
	assert_string_equal(fake.log, "+acme +web +a -a -web -acme ");
	assert_int_equal(fake.standing, 0);
	assert_int_equal(report.done, 3);
	assert_int_equal(report.undone, 3);
	assert_int_equal(report.n_stand, 0);
}

static void what_cannot_be_taken_back_is_told(void **unused)
{
	struct nsfab_state_report report;
	struct fake fake = { .refuse_name = "c" };

	(void)unused;
	/* The way back is refused too, by the same name. */
	assert_int_equal(run(&fake, &report, NULL), -ENOSPC);
	assert_int_equal(report.n_stand, 0);
	memset(&fake, 0, sizeof(fake));
	fake.refuse_name = "web";
	fake.refuse_verb = NSFAB_STATE_DELETE;
	assert_int_equal(run(&fake, &report, "c"), -EINTR);
	assert_int_equal(report.n_stand, 1);
	assert_string_equal(fake.log, "+acme +web +a +b -b -a -acme ");
}

static void nothing_is_left_to_do_without_a_difference(void **unused)
{
	struct fake fake = { 0 };
	struct nsfab_state_report report;

	(void)unused;
	assert_int_equal(run(&fake, &report, NULL), 0);
	assert_string_equal(fake.log, "+acme +web +a +b +c ");
}

static void tells_old_and_new_values(void **unused)
{
	struct build old = begin_acme(), new = begin_acme();
	struct nsfab_state_diff d;
	char text[256];

	(void)unused;
	add_vm(&old, "", "acme", "a", "web", "10.0.1.5");
	resolve(&old, NULL);
	add_vm(&new, "", "acme", "a", "web", "10.0.1.6");
	resolve(&new, old.state);
	assert_int_equal(nsfab_state_diff(old.state, new.state, &d), 0);
	assert_int_equal(d.n, 1);
	nsfab_state_op_text(&d.op[0], text, sizeof(text));
	assert_string_equal(text, "vm acme/a eth0 ip 10.0.1.5 -> 10.0.1.6");
	nsfab_state_diff_free(&d);
	nsfab_state_free(old.state);
	nsfab_state_free(new.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_lowest_free_addresses_in_order),
		cmocka_unit_test(keeps_addresses_of_what_runs_when_one_is_put_before),
		cmocka_unit_test(same_input_twice_makes_no_difference),
		cmocka_unit_test(refuses_what_contradicts_itself),
		cmocka_unit_test(finds_a_subnet_full),
		cmocka_unit_test(equal_addresses_of_two_tenants_are_fine),
		cmocka_unit_test(every_host_hears_of_every_vm),
		cmocka_unit_test(hosts_have_addresses_of_hosts),
		cmocka_unit_test(networks_hear_the_hosts_that_route_into_them),
		cmocka_unit_test(makes_top_down_and_removes_bottom_up),
		cmocka_unit_test(an_address_is_given_up_before_it_is_taken),
		cmocka_unit_test(two_vms_can_swap_their_addresses),
		cmocka_unit_test(what_is_in_a_network_that_goes_early_goes_earlier),
		cmocka_unit_test(a_subnet_is_given_up_before_one_that_overlaps_it),
		cmocka_unit_test(a_vm_without_ipv6_gets_no_address_of_it),
		cmocka_unit_test(limits_rise_before_and_fall_after),
		cmocka_unit_test(a_host_made_anew_takes_its_vms_along),
		cmocka_unit_test(a_refusal_takes_back_what_was_done),
		cmocka_unit_test(what_cannot_be_taken_back_is_told),
		cmocka_unit_test(nothing_is_left_to_do_without_a_difference),
		cmocka_unit_test(tells_old_and_new_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
