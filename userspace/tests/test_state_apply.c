// SPDX-License-Identifier: GPL-2.0-or-later
/* The way from one state to the next: differences, order, undo. */
#include "state_build.h"

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
		cmocka_unit_test(makes_top_down_and_removes_bottom_up),
		cmocka_unit_test(an_address_is_given_up_before_it_is_taken),
		cmocka_unit_test(two_vms_can_swap_their_addresses),
		cmocka_unit_test(what_is_in_a_network_that_goes_early_goes_earlier),
		cmocka_unit_test(a_subnet_is_given_up_before_one_that_overlaps_it),
		cmocka_unit_test(limits_rise_before_and_fall_after),
		cmocka_unit_test(a_host_made_anew_takes_its_vms_along),
		cmocka_unit_test(a_refusal_takes_back_what_was_done),
		cmocka_unit_test(what_cannot_be_taken_back_is_told),
		cmocka_unit_test(nothing_is_left_to_do_without_a_difference),
		cmocka_unit_test(tells_old_and_new_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
