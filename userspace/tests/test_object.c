// SPDX-License-Identifier: GPL-2.0-or-later
/* Objects become messages, and messages objects. */
#include <nsfab/event.h>

#include "fake_kernel.h"

static void a_port_is_written_with_what_is_present(void **state)
{
	struct nsfab_addr addrs[2];
	struct nsfab_allowed allowed = { .has_mac = true, .mac = { 2 } };
	struct nsfab_port port = {
		.present = NSFAB_PORT_HAS_NETWORK | NSFAB_PORT_HAS_NAME |
			   NSFAB_PORT_HAS_MAC | NSFAB_PORT_HAS_ADDRESSES |
			   NSFAB_PORT_HAS_ALLOWED | NSFAB_PORT_HAS_BINDING |
			   NSFAB_PORT_HAS_VTEP | NSFAB_PORT_HAS_LABELS |
			   NSFAB_PORT_HAS_REVISION | NSFAB_PORT_HAS_FLAGS,
		.id = 99, .network = 3, .name = "web1/eth0", .revision = 4,
		.mac = { 2, 0, 0, 0, 0, 5 }, .addresses = addrs,
		.n_addresses = 2, .allowed = &allowed, .n_allowed = 1,
		.flags = NSFAB_PORT_FLAG_UNGUARDED,
		.binding = NSFAB_BINDING_REMOTE, .labels = "lab=x",
	};
	struct fake *f = *state;

	nsfab_addr_parse(&addrs[0], "10.0.0.5");
	nsfab_addr_parse(&addrs[1], "2001:db8::5");
	nsfab_addr_parse(&port.vtep, "192.0.2.9");
	nsfab_prefix_parse(&allowed.prefix, "10.9.0.0/16");
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_port_new(f->h, 7, &port, 1, NULL, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_PORT_NEW, NLM_F_ACK,
			 "ifindex=07000000 port{network=03000000 "
			 "name='web1/eth0' revision=0400000000000000 "
			 "mac=020000000005 address=0a000005 "
			 "address=20010db8000000000000000000000005 "
			 "allowed{address=0a090000 prefixlen=10 mac=020000000000} "
			 "flags=01000000 binding=03 vtep=c0000209 "
			 "labels='lab=x'}");
}

static void an_empty_list_is_a_removal(void **state)
{
	struct nsfab_network net = {
		.present = NSFAB_NETWORK_HAS_ID | NSFAB_NETWORK_HAS_SUBNETS,
		.id = 3,
	};
	struct nsfab_port port = {
		.present = NSFAB_PORT_HAS_ID | NSFAB_PORT_HAS_ADDRESSES |
			   NSFAB_PORT_HAS_ALLOWED,
		.id = 5,
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_network_set(f->h, 7, &net, 1, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_NETWORK_SET, NLM_F_ACK,
			 "ifindex=07000000 network{id=03000000 no-subnets}");
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_port_set(f->h, 7, &port, 1, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_PORT_SET, NLM_F_ACK,
			 "ifindex=07000000 port{id=05000000 no-addresses no-allowed}");
}

static void objects_are_keyed_by_id_or_by_name(void **state)
{
	uint32_t ids[] = { 5, 6 };
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	nsfab_port_get(f->h, 7, 5, 1, "x", NULL, NULL, &f->err);
	fake_assert_genl(f, NSFAB_CMD_PORT_GET, NLM_F_ACK,
			 "ifindex=07000000 port{id=05000000}");
	fake_ack(f->genl, 2);
	nsfab_port_get(f->h, 7, 0, 1, "web1/eth0", NULL, NULL, &f->err);
	fake_assert_genl(f, NSFAB_CMD_PORT_GET, NLM_F_ACK,
			 "ifindex=07000000 port{tenant=01000000 name='web1/eth0'}");
	fake_ack(f->genl, 3);
	nsfab_port_del(f->h, 7, ids, 2, &f->err);
	fake_assert_genl(f, NSFAB_CMD_PORT_DEL, NLM_F_ACK,
			 "ifindex=07000000 port{id=05000000} port{id=06000000}");
}

static void table_entries_are_written_and_replaced(void **state)
{
	struct nsfab_fdb fdb = {
		.present = NSFAB_FDB_HAS_PORT, .network = 3, .mac = { 2 },
		.port = 9,
	};
	struct nsfab_neigh neigh = {
		.present = NSFAB_NEIGH_HAS_MAC, .network = 3, .mac = { 2 },
	};
	struct fake *f = *state;

	fake_ack(f->genl, 1);
	nsfab_fdb_new(f->h, 7, &fdb, 1, false, &f->err);
	fake_assert_genl(f, NSFAB_CMD_FDB_NEW, NLM_F_ACK,
			 "ifindex=07000000 fdb{network=03000000 mac=020000000000 port=09000000}");
	fake_ack(f->genl, 2);
	nsfab_addr_parse(&neigh.addr, "10.0.0.5");
	nsfab_neigh_new(f->h, 7, &neigh, 1, true, &f->err);
	fake_assert_genl(f, NSFAB_CMD_NEIGH_NEW, NLM_F_ACK | NLM_F_REPLACE,
			 "ifindex=07000000 neigh{network=03000000 address=0a000005 mac=020000000000}");
	/* A key is the key alone. */
	fake_ack(f->genl, 3);
	nsfab_fdb_get(f->h, 7, &fdb, NULL, NULL, &f->err);
	fake_assert_genl(f, NSFAB_CMD_FDB_GET, NLM_F_ACK,
			 "ifindex=07000000 fdb{network=03000000 mac=020000000000}");
}

static void a_tenants_routes_are_replaced_in_one_message(void **state)
{
	enum { N = 2000 };
	static struct nsfab_route routes[N];
	struct nsfab_nexthop nh[2] = { 0 };
	struct fake *f = *state;
	unsigned int i;

	nh[0].weight = 3;
	nsfab_addr_parse(&nh[0].via, "10.0.0.5");
	nsfab_addr_parse(&nh[1].via, "10.0.0.6");
	for (i = 0; i < N; i++) {
		routes[i] = (struct nsfab_route){
			.tenant = 1, .nexthops = nh, .n_nexthops = 2,
		};
		nsfab_prefix_parse(&routes[i].prefix, "198.51.100.0/24");
	}
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_route_replace(f->h, 7, 1, routes, 1, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_ROUTE_REPLACE, NLM_F_ACK,
			 "ifindex=07000000 filter{tenant=01000000} "
			 "route{tenant=01000000 address=c6336400 prefixlen=18 "
			 "nexthop{via=0a000005 weight=03} nexthop{via=0a000006}}");
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_route_replace(f->h, 7, 1, routes, N, &f->err), 0);
	assert_int_equal(recv(f->genl, f->request, 0, MSG_TRUNC | MSG_DONTWAIT) >
			 65536, 1);
	assert_null(fake_request(f, f->genl));
}

static void a_filter_holds_all_that_was_given(void **state)
{
	uint32_t ports[] = { 5, 6 };
	struct nsfab_filter filter = {
		.present = NSFAB_FILTER_HAS_TENANT | NSFAB_FILTER_HAS_PROTO |
			   NSFAB_FILTER_HAS_PREFIX | NSFAB_FILTER_HAS_L4_PORT |
			   NSFAB_FILTER_HAS_MIN_BYTES,
		.tenant = 1, .ports = ports, .n_ports = 2, .proto = 6,
		.l4_port = 80, .min_bytes = 1000,
	};
	struct fake *f = *state;

	nsfab_prefix_parse(&filter.prefix, "10.0.0.0/8");
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_flow_flush(f->h, 7, &filter, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_FLOW_DEL, NLM_F_ACK,
			 "ifindex=07000000 filter{tenant=01000000 port=05000000 "
			 "port=06000000 proto=06 address=0a000000 prefixlen=08 "
			 "l4-port=0050 min-bytes=e803000000000000}");
	fake_ack(f->genl, 2);
	assert_int_equal(nsfab_flow_flush(f->h, 7, NULL, &f->err), 0);
	fake_assert_genl(f, NSFAB_CMD_FLOW_DEL, NLM_F_ACK, "ifindex=07000000");
}

static int keep_port(const struct nsfab_port *port, void *arg)
{
	*(struct nsfab_port **)arg = nsfab_port_dup(port);
	return 0;
}

static void a_port_is_read_whole_and_a_copy_stays(void **state)
{
	struct nlattr *nest, *inner;
	struct nsfab_port *p = NULL;
	struct fake *f = *state;
	struct nsfab_nl_msg m;

	fake_genl(&m, 1, NSFAB_CMD_PORT_GET, 0);
	nest = nsfab_nl_nest(&m, NSFAB_A_PORT);
	nsfab_nl_put_u32(&m, NSFAB_A_PORT_ID, 5);
	nsfab_nl_put_str(&m, NSFAB_A_PORT_NAME, "web1/eth0");
	nsfab_nl_put(&m, NSFAB_A_PORT_MAC, "\2\0\0\0\0\5", 6);
	nsfab_nl_put(&m, NSFAB_A_PORT_ADDRESS, "\x0a\0\0\5", 4);
	nsfab_nl_put(&m, NSFAB_A_PORT_ADDRESS, "\x0a\0\0\6", 4);
	nsfab_nl_put_u32(&m, NSFAB_A_PORT_DEV_NETNSID, -1);
	nsfab_nl_put_u64(&m, NSFAB_A_PORT_REVISION, 1ull << 40);
	inner = nsfab_nl_nest(&m, NSFAB_A_PORT_COUNTERS);
	nsfab_nl_put_u64(&m, NSFAB_A_COUNTERS_IN_PACKETS, 11);
	nsfab_nl_put_u64(&m, NSFAB_A_COUNTERS_DROP_BYTES, 12);
	nsfab_nl_nest_end(&m, inner);
	/* One that a newer kernel may add. */
	nsfab_nl_put_u32(&m, 200, 1);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_port_get(f->h, 7, 5, 0, NULL, keep_port, &p,
					&f->err), 0);
	assert_int_equal(p->id, 5);
	assert_string_equal(p->name, "web1/eth0");
	assert_null(p->labels);
	assert_int_equal(p->n_addresses, 2);
	assert_int_equal(p->addresses[1].byte[3], 6);
	assert_int_equal(p->n_allowed, 0);
	assert_int_equal(p->dev_netnsid, -1);
	assert_int_equal(p->revision, 1ull << 40);
	assert_int_equal(p->counters.in_packets, 11);
	assert_int_equal(p->counters.drop_bytes, 12);
	assert_int_equal(p->present & (NSFAB_PORT_HAS_LABELS |
				       NSFAB_PORT_HAS_DEV_IFINDEX), 0);
	free(p);
}

static int never(const struct nsfab_port *port, void *arg)
{
	*(unsigned int *)arg += port->n_addresses;
	return 0;
}

static void more_addresses_than_there_can_be_do_no_harm(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m;
	struct nlattr *nest;
	unsigned int n = 0;
	int i;

	fake_genl(&m, 1, NSFAB_CMD_PORT_GET, 0);
	nest = nsfab_nl_nest(&m, NSFAB_A_PORT);
	for (i = 0; i < 300; i++)
		nsfab_nl_put(&m, NSFAB_A_PORT_ADDRESS, "\x0a\0\0\5", 4);
	nsfab_nl_put(&m, NSFAB_A_PORT_NAME, "no end", 6);
	nsfab_nl_put(&m, NSFAB_A_PORT_ID, "", 0);
	nsfab_nl_nest_end(&m, nest);
	fake_send(f->genl, &m);
	nsfab_nl_msg_free(&m);
	fake_ack(f->genl, 1);
	assert_int_equal(nsfab_port_get(f->h, 7, 5, 0, NULL, never, &n,
					&f->err), 0);
	assert_int_equal(n, NSFAB_ADDRS_MAX);
}

static void enumerated_values_have_names_both_ways(void **state)
{
	(void)state;
	assert_string_equal(nsfab_drop_reason_name(NSFAB_DROP_REASON_NO_ROUTE),
			    "no-route");
	assert_string_equal(nsfab_drop_reason_name(200), "?");
	assert_string_equal(nsfab_binding_name(NSFAB_BINDING_PATCH), "patch");
	assert_int_equal(nsfab_binding_parse("patch"), NSFAB_BINDING_PATCH);
	assert_int_equal(nsfab_binding_parse("pat"), -EINVAL);
	assert_int_equal(nsfab_accounting_parse("off"), NSFAB_ACCOUNTING_OFF);
	assert_int_equal(nsfab_route_type_parse("blackhole"),
			 NSFAB_ROUTE_TYPE_BLACKHOLE);
}

static void assert_named(const struct nsfab_nl_set *set, unsigned int max,
			 bool padded)
{
	unsigned int i;

	assert_non_null(set);
	assert_int_equal(set->n, max + 1);
	for (i = padded ? 2 : 1; i <= max; i++)
		assert_non_null(set->attr[i].name);
}

static void every_attribute_of_the_contract_has_a_name(void **state)
{
	const struct nsfab_nl_attr *top = nsfab_nl_main.attr;
	const struct nsfab_nl_set *tenant = top[NSFAB_A_TENANT].nested;
	const struct nsfab_nl_set *flow = top[NSFAB_A_FLOW].nested;
	const struct nsfab_nl_set *link = top[NSFAB_A_LINK].nested;
	const struct nsfab_nl_set *schedule = top[NSFAB_A_SCHEDULE].nested;

	(void)state;
	assert_named(&nsfab_nl_main, NSFAB_A_MAX, false);
	assert_named(tenant, NSFAB_A_TENANT_MAX, true);
	assert_named(tenant->attr[NSFAB_A_TENANT_COUNTERS].nested,
		     NSFAB_A_COUNTERS_MAX, true);
	assert_named(tenant->attr[NSFAB_A_TENANT_USAGE].nested,
		     NSFAB_A_USAGE_MAX, true);
	assert_named(tenant->attr[NSFAB_A_TENANT_MISS].nested,
		     NSFAB_A_MISS_MAX, true);
	assert_named(top[NSFAB_A_NETWORK].nested, NSFAB_A_NETWORK_MAX, true);
	assert_named(top[NSFAB_A_PORT].nested, NSFAB_A_PORT_MAX, true);
	assert_named(top[NSFAB_A_FDB].nested, NSFAB_A_FDB_MAX, true);
	assert_named(top[NSFAB_A_NEIGH].nested, NSFAB_A_NEIGH_MAX, true);
	assert_named(top[NSFAB_A_ROUTE].nested, NSFAB_A_ROUTE_MAX, true);
	assert_named(flow, NSFAB_A_FLOW_MAX, true);
	assert_named(flow->attr[NSFAB_A_FLOW_ORIG].nested,
		     NSFAB_A_FLOW_DIR_MAX, true);
	assert_named(top[NSFAB_A_FILTER].nested, NSFAB_A_FILTER_MAX, true);
	assert_named(top[NSFAB_A_DROP].nested, NSFAB_A_DROP_MAX, true);
	assert_named(top[NSFAB_A_STATS].nested, NSFAB_A_STATS_MAX, true);
	assert_named(link, NSFAB_A_LINK_MAX, true);
	assert_named(link->attr[NSFAB_A_LINK_FILTER].nested,
		     NSFAB_A_LINK_FILTER_MAX, false);
	assert_named(link->attr[NSFAB_A_LINK_COUNTERS].nested,
		     NSFAB_A_LINK_COUNTERS_MAX, true);
	assert_named(schedule, NSFAB_A_SCHEDULE_MAX, true);
	assert_named(schedule->attr[NSFAB_A_SCHEDULE_EVENT].nested,
		     NSFAB_A_EVENT_MAX, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_is_written_with_what_is_present),
		TEST(an_empty_list_is_a_removal),
		TEST(objects_are_keyed_by_id_or_by_name),
		TEST(table_entries_are_written_and_replaced),
		TEST(a_tenants_routes_are_replaced_in_one_message),
		TEST(a_filter_holds_all_that_was_given),
		TEST(a_port_is_read_whole_and_a_copy_stays),
		TEST(more_addresses_than_there_can_be_do_no_harm),
		TEST(every_attribute_of_the_contract_has_a_name),
		TEST(enumerated_values_have_names_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
