// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's refusals: which attribute of which object, in its own words. */
#include <nsfab/network.h>
#include <nsfab/port.h>

#include "fake_kernel.h"

#define EXTRA sizeof(struct genlmsghdr)

/* Three networks, the last of which has two subnets. */
static void request(struct fake *f, struct nsfab_nl_msg *m)
{
	struct nsfab_subnet subnets[2] = { 0 };
	struct nsfab_network net = {
		.present = NSFAB_NETWORK_HAS_NAME | NSFAB_NETWORK_HAS_VNI,
		.name = "web", .vni = 5,
	};
	struct nlattr *nest;
	int i;

	nsfab_prefix_parse(&subnets[0].prefix, "10.0.0.0/8");
	nsfab_prefix_parse(&subnets[1].prefix, "2001:db8::/32");
	nsfab_nl_msg_init(m, 4096);
	nsfab_genl_start(f->h, m, NSFAB_CMD_NETWORK_NEW, 0, 7);
	for (i = 0; i < 3; i++) {
		if (i == 2) {
			net.present |= NSFAB_NETWORK_HAS_SUBNETS;
			net.subnets = subnets;
			net.n_subnets = 2;
		}
		nest = nsfab_nl_nest(m, NSFAB_A_NETWORK);
		nsfab_kind_network.put(m, &net);
		nsfab_nl_nest_end(m, nest);
	}
}

/* Offset of the @n-th attribute of this type below the @object-th network. */
static uint32_t offset(const struct nsfab_nl_msg *m, int object, uint16_t type,
		       int n)
{
	const struct nlattr *top, *a;

	mnl_attr_for_each(top, m->nlh, EXTRA) {
		if (mnl_attr_get_type(top) != NSFAB_A_NETWORK || object--)
			continue;
		if (!type)
			return (char *)top - (char *)m->nlh;
		mnl_attr_for_each_nested(a, top)
			if (mnl_attr_get_type(a) == type && !n--)
				return (char *)a - (char *)m->nlh;
	}
	fail();
	return 0;
}

/* Send through the pair what the kernel would answer, and read it. */
static int answer(struct fake *f, const struct nsfab_nl_msg *m, int code,
		  const char *text, uint16_t tlv, int64_t attr)
{
	fake_error(f->genl, 1, code, text, tlv, attr);
	assert_true(recv(f->h->genl_fd, f->request, sizeof(f->request), 0) > 0);
	return nsfab_nl_err(&f->err, (void *)f->request, m->nlh, EXTRA,
			    &nsfab_nl_main);
}

static void the_blamed_attribute_is_named_with_its_object(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m;

	request(f, &m);
	assert_int_equal(answer(f, &m, -EEXIST, "VNI is taken",
				NLMSGERR_ATTR_OFFS,
				offset(&m, 1, NSFAB_A_NETWORK_VNI, 0)), -EEXIST);
	assert_string_equal(f->err.attr, "network.vni");
	assert_string_equal(f->err.kernel, "VNI is taken");
	assert_string_equal(f->err.text,
			    "network.vni: VNI is taken");
	assert_int_equal(f->err.index, 1);
	assert_int_equal(f->err.origin, NSFAB_ERR_KERNEL);

	answer(f, &m, -EINVAL, "bad", NLMSGERR_ATTR_OFFS,
	       offset(&m, 2, NSFAB_A_NETWORK_SUBNET, 1) + MNL_ATTR_HDRLEN);
	assert_string_equal(f->err.attr, "network.subnet.address");
	assert_int_equal(f->err.index, 2);

	answer(f, &m, -EINVAL, "bad", NLMSGERR_ATTR_OFFS, offset(&m, 0, 0, 0));
	assert_string_equal(f->err.attr, "network");
	assert_int_equal(f->err.index, 0);

	answer(f, &m, -ENODEV, "no", NLMSGERR_ATTR_OFFS,
	       MNL_NLMSG_HDRLEN + MNL_ALIGN(EXTRA));
	assert_string_equal(f->err.attr, "ifindex");
	assert_int_equal(f->err.index, -1);
	nsfab_nl_msg_free(&m);
}

static void offsets_outside_of_the_message_do_no_harm(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m;
	uint32_t offs;

	request(f, &m);
	for (offs = 0; offs < m.nlh->nlmsg_len + 64; offs++)
		assert_int_equal(answer(f, &m, -EINVAL, "x", NLMSGERR_ATTR_OFFS,
					offs), -EINVAL);
	answer(f, &m, -EINVAL, "x", NLMSGERR_ATTR_OFFS, UINT32_MAX);
	assert_string_equal(f->err.attr, "");
	nsfab_nl_msg_free(&m);
}

static void a_missing_attribute_is_named(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m, e;
	struct nlmsgerr *p;

	request(f, &m);
	answer(f, &m, -EINVAL, NULL, NLMSGERR_ATTR_MISS_TYPE, NSFAB_A_IFINDEX);
	assert_string_equal(f->err.text,
			    "ifindex: is missing (Invalid argument)");

	nsfab_nl_msg_init(&e, 512);
	p = nsfab_nl_msg_start(&e, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS,
			       sizeof(*p));
	p->error = -EINVAL;
	nsfab_nl_put_u32(&e, NLMSGERR_ATTR_MISS_TYPE, NSFAB_A_NETWORK_TENANT);
	nsfab_nl_put_u32(&e, NLMSGERR_ATTR_MISS_NEST, offset(&m, 1, 0, 0));
	nsfab_nl_err(&f->err, e.nlh, m.nlh, EXTRA, &nsfab_nl_main);
	assert_string_equal(f->err.attr, "network.tenant");
	assert_int_equal(f->err.index, 1);
	nsfab_nl_msg_free(&e);
	nsfab_nl_msg_free(&m);
}

static void extack_is_found_behind_an_echoed_request(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m, e;
	struct nlmsgerr *p;

	/* As without NETLINK_CAP_ACK: the whole request comes back. */
	request(f, &m);
	nsfab_nl_msg_init(&e, 8192);
	p = nsfab_nl_msg_start(&e, NLMSG_ERROR, NLM_F_ACK_TLVS,
			       MNL_NLMSG_HDRLEN - sizeof(struct nlmsghdr) +
			       sizeof(int) + m.nlh->nlmsg_len);
	p->error = -EPERM;
	memcpy(&p->msg, m.nlh, m.nlh->nlmsg_len);
	nsfab_nl_put_str(&e, NLMSGERR_ATTR_MSG, "not yours");
	assert_int_equal(nsfab_nl_err(&f->err, e.nlh, m.nlh, EXTRA,
				      &nsfab_nl_main), -EPERM);
	assert_string_equal(f->err.text, "not yours (Operation not permitted)");
	nsfab_nl_msg_free(&e);
	nsfab_nl_msg_free(&m);
}

static void the_end_of_a_dump_can_be_a_refusal(void **state)
{
	struct fake *f = *state;
	struct nsfab_nl_msg m, e;
	int *p;

	request(f, &m);
	nsfab_nl_msg_init(&e, 512);
	p = nsfab_nl_msg_start(&e, NLMSG_DONE, NLM_F_ACK_TLVS, sizeof(*p));
	*p = -ENOENT;
	nsfab_nl_put_str(&e, NLMSGERR_ATTR_MSG, "No such tenant");
	assert_int_equal(nsfab_nl_err(&f->err, e.nlh, m.nlh, EXTRA,
				      &nsfab_nl_main), -ENOENT);
	assert_string_equal(f->err.kernel, "No such tenant");
	nsfab_nl_msg_free(&e);
	nsfab_nl_msg_free(&m);
}

static void an_answer_cut_short_is_refused(void **state)
{
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh), .nlmsg_type = NLMSG_ERROR,
	};
	struct fake *f = *state;

	assert_int_equal(nsfab_nl_err(&f->err, &nlh, NULL, EXTRA, NULL),
			 -EBADMSG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_blamed_attribute_is_named_with_its_object),
		TEST(offsets_outside_of_the_message_do_no_harm),
		TEST(a_missing_attribute_is_named),
		TEST(extack_is_found_behind_an_echoed_request),
		TEST(the_end_of_a_dump_can_be_a_refusal),
		TEST(an_answer_cut_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
