// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches of rtnetlink messages. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <nsfab/rtlink.h>

#include "fake_kernel.h"

static void a_batch_is_one_message_with_one_acknowledgement(void **state)
{
	struct nsfab_rtlink link = {
		.present = NSFAB_RTLINK_HAS_UP | NSFAB_RTLINK_HAS_NETNS_FD,
		.ifindex = 2, .name = "eth0", .up = true, .netns_fd = 9,
	};
	struct fake *f = *state;
	struct nsfab_prefix prefix;
	const struct nlmsghdr *nlh;
	struct nsfab_batch *b;
	struct ifinfomsg *ifi;
	char *text;

	b = nsfab_batch_new(f->h);
	assert_int_equal(nsfab_rtlink_add_port(b, 7, 5, &link), 0);
	nsfab_prefix_parse(&prefix, "10.0.0.5/24");
	assert_int_equal(nsfab_rtlink_add_addr(b, 2, &prefix), 0);
	assert_int_equal(nsfab_batch_count(b), 2);
	fake_ack(f->rtnl, 2);
	assert_int_equal(nsfab_batch_commit(b, &f->err), 0);

	nlh = fake_request(f, f->rtnl);
	ifi = mnl_nlmsg_get_payload(nlh);
	assert_int_equal(nlh->nlmsg_type, RTM_NEWLINK);
	assert_int_equal(nlh->nlmsg_flags,
			 NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(ifi->ifi_index, 2);
	assert_int_equal(ifi->ifi_flags, IFF_UP);
	text = fake_text(nlh, sizeof(*ifi), &nsfab_nl_rtlink_port);
	assert_string_equal(text, "name='eth0' netns=09000000 link=07000000 linkinfo{kind='nsfab_port' data{id=05000000}}");
	free(text);

	nlh = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));
	assert_int_equal(nlh->nlmsg_type, RTM_NEWADDR);
	assert_true(nlh->nlmsg_flags & NLM_F_ACK);
	assert_null(fake_request(f, f->rtnl));
	nsfab_batch_free(b);
}

static void the_first_refusal_is_told_and_each_result_kept(void **state)
{
	struct nsfab_rtlink link = { .name = "p0" };
	struct fake *f = *state;
	struct nsfab_batch *b;

	b = nsfab_batch_new(f->h);
	nsfab_rtlink_up(b, 2);
	nsfab_rtlink_add_port(b, 7, 5, &link);
	nsfab_rtlink_up(b, 3);
	nsfab_rtlink_up(b, 4);
	fake_error(f->rtnl, 2, -ENOENT, "No such port", 0, -1);
	fake_error(f->rtnl, 3, -ENODEV, NULL, 0, -1);
	fake_ack(f->rtnl, 4);
	assert_int_equal(nsfab_batch_commit(b, &f->err), -ENOENT);
	assert_int_equal(f->err.index, 1);
	assert_string_equal(f->err.kernel, "No such port");
	assert_int_equal(nsfab_batch_result(b, 0), 0);
	assert_int_equal(nsfab_batch_result(b, 1), -ENOENT);
	assert_int_equal(nsfab_batch_result(b, 2), -ENODEV);
	assert_int_equal(nsfab_batch_result(b, 3), 0);

	/* It is empty then, and may be used again. */
	assert_int_equal(nsfab_batch_count(b), 0);
	nsfab_rtlink_up(b, 2);
	assert_int_equal(nsfab_batch_count(b), 1);
	fake_ack(f->rtnl, 5);
	assert_int_equal(nsfab_batch_commit(b, &f->err), 0);
	nsfab_batch_free(b);
}

static void a_long_batch_goes_in_chunks_that_the_sockets_hold(void **state)
{
	struct fake *f = *state;
	struct nsfab_batch *b;
	unsigned int i;

	b = nsfab_batch_new(f->h);
	for (i = 0; i < 150; i++)
		nsfab_rtlink_up(b, i + 1);
	fake_ack(f->rtnl, 64);
	fake_error(f->rtnl, 65, -EPERM, NULL, 0, -1);
	fake_ack(f->rtnl, 128);
	fake_ack(f->rtnl, 150);
	assert_int_equal(nsfab_batch_commit(b, &f->err), -EPERM);
	assert_int_equal(f->err.index, 64);
	assert_non_null(fake_request(f, f->rtnl));
	assert_non_null(fake_request(f, f->rtnl));
	assert_non_null(fake_request(f, f->rtnl));
	assert_null(fake_request(f, f->rtnl));
	nsfab_batch_free(b);
}

static void an_unknown_kind_is_a_missing_module(void **state)
{
	struct nsfab_fabric fabric = { .name = "fab0" };
	struct fake *f = *state;

	fake_error(f->rtnl, 1, -EOPNOTSUPP, "Unknown device type", 0, -1);
	assert_int_equal(nsfab_fabric_new(f->h, &fabric, NULL, &f->err),
			 -EOPNOTSUPP);
	assert_int_equal(f->err.origin, NSFAB_ERR_NO_MODULE);
	assert_string_equal(f->err.text, "module nsfab is not loaded");
}

static void a_fabric_is_made_up_and_with_what_was_given(void **state)
{
	struct nsfab_fabric fabric = {
		.present = NSFAB_FABRIC_HAS_ENCAP | NSFAB_FABRIC_HAS_LOCAL |
			   NSFAB_FABRIC_HAS_UDP_PORT |
			   NSFAB_FABRIC_HAS_MAX_TENANTS,
		.encap = NSFAB_ENCAP_VXLAN, .udp_port = 4789, .max_tenants = 3,
	};
	struct fake *f = *state;
	const struct nlmsghdr *nlh;
	struct ifinfomsg *ifi;
	char *text;

	nsfab_addr_parse(&fabric.local, "192.0.2.1");
	fake_ack(f->rtnl, 1);
	assert_int_equal(nsfab_fabric_new(f->h, &fabric, NULL, &f->err), 0);
	nlh = fake_request(f, f->rtnl);
	ifi = mnl_nlmsg_get_payload(nlh);
	assert_int_equal(ifi->ifi_flags, IFF_UP);
	text = fake_text(nlh, sizeof(*ifi), &nsfab_nl_rtlink_fabric);
	assert_string_equal(text, "name='fab0' linkinfo{kind='nsfab' data{encap=01 local=c0000201 udp-port=12b5 max-tenants=03000000}}");
	free(text);
}

static void both_ends_of_a_veth_pair_have_their_header(void **state)
{
	struct nsfab_rtlink a = { .name = "a" };
	struct nsfab_rtlink peer = {
		.present = NSFAB_RTLINK_HAS_UP, .name = "b", .ifindex = 77,
		.up = true,
	};
	const struct nlattr *at, *info = NULL, *data = NULL;
	struct fake *f = *state;
	const struct nlmsghdr *nlh;
	const struct ifinfomsg *ifi;
	struct nsfab_batch *b;

	b = nsfab_batch_new(f->h);
	nsfab_rtlink_add_veth(b, &a, &peer);
	fake_ack(f->rtnl, 1);
	assert_int_equal(nsfab_batch_commit(b, &f->err), 0);
	nlh = fake_request(f, f->rtnl);
	mnl_attr_for_each(at, nlh, sizeof(*ifi))
		if (mnl_attr_get_type(at) == IFLA_LINKINFO)
			info = at;
	assert_non_null(info);
	mnl_attr_for_each_nested(at, info)
		if (mnl_attr_get_type(at) == IFLA_INFO_DATA)
			data = at;
	assert_non_null(data);
	at = mnl_attr_get_payload(data);
	assert_int_equal(mnl_attr_get_type(at), VETH_INFO_PEER);
	ifi = mnl_attr_get_payload(at);
	assert_int_equal(ifi->ifi_index, 77);
	assert_int_equal(ifi->ifi_flags, IFF_UP);
	at = (const void *)((const char *)ifi + NLMSG_ALIGN(sizeof(*ifi)));
	assert_int_equal(mnl_attr_get_type(at), IFLA_IFNAME);
	assert_string_equal(mnl_attr_get_str(at), "b");
	nsfab_batch_free(b);
}

static void ipv6_addresses_skip_duplicate_detection(void **state)
{
	struct fake *f = *state;
	struct nsfab_prefix prefix;
	const struct ifaddrmsg *ifa;
	const struct nlmsghdr *nlh;
	struct nsfab_batch *b;

	b = nsfab_batch_new(f->h);
	nsfab_prefix_parse(&prefix, "2001:db8::5/64");
	nsfab_rtlink_add_addr(b, 2, &prefix);
	fake_ack(f->rtnl, 1);
	assert_int_equal(nsfab_batch_commit(b, &f->err), 0);
	nlh = fake_request(f, f->rtnl);
	ifa = mnl_nlmsg_get_payload(nlh);
	assert_int_equal(ifa->ifa_family, AF_INET6);
	assert_int_equal(ifa->ifa_prefixlen, 64);
	assert_int_equal(ifa->ifa_flags, IFA_F_NODAD);
	nsfab_batch_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_is_one_message_with_one_acknowledgement),
		TEST(the_first_refusal_is_told_and_each_result_kept),
		TEST(a_long_batch_goes_in_chunks_that_the_sockets_hold),
		TEST(an_unknown_kind_is_a_missing_module),
		TEST(a_fabric_is_made_up_and_with_what_was_given),
		TEST(both_ends_of_a_veth_pair_have_their_header),
		TEST(ipv6_addresses_skip_duplicate_detection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
