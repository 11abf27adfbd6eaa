// SPDX-License-Identifier: GPL-2.0-or-later
/* What a lab leaves open is chosen, what cannot be is refused. */
#include "state_build.h"

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
		cmocka_unit_test(a_vm_without_ipv6_gets_no_address_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
