// SPDX-License-Identifier: GPL-2.0-or-later
/* Handles in other namespaces. Without the right to make one: skipped. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <nsfab/event.h>
#include <nsfab/rtlink.h>

#include "fake_kernel.h"

static void *make_netns(void *arg)
{
	int *fd = arg;

	*fd = -1;
	if (!unshare(CLONE_NEWNET))
		*fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return NULL;
}

static int new_netns(void)
{
	pthread_t thread;
	int fd;

	assert_int_equal(pthread_create(&thread, NULL, make_netns, &fd), 0);
	pthread_join(thread, NULL);
	return fd;
}

static ino_t own_netns(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

struct links {
	unsigned int n;
	struct nsfab_rtlink last;
};

static int see_link(const struct nsfab_rtlink *link, void *arg)
{
	struct links *links = arg;

	links->n++;
	links->last = *link;
	return 0;
}

static void a_handle_works_in_its_namespace_and_the_caller_stays(void **state)
{
	struct links links = { 0 };
	ino_t before = own_netns();
	struct nsfab_batch *b;
	struct nsfab_err err;
	unsigned int ifindex;
	struct nsfab *h;
	int fd;

	(void)state;
	fd = new_netns();
	if (fd < 0)
		skip();
	assert_int_equal(nsfab_open_fd(&h, fd, &err), 0);
	close(fd);
	assert_int_equal(own_netns(), before);

	assert_int_equal(nsfab_rtlink_find(h, "lo", &ifindex, &err), 0);
	assert_int_equal(nsfab_rtlink_find(h, "nsfab-none", &ifindex, &err),
			 -ENODEV);
	assert_non_null(strstr(err.text, "nsfab-none"));
	assert_int_equal(nsfab_rtlink_find(h, "lo", &ifindex, &err), 0);
	assert_int_equal(nsfab_rtlink_dump(h, NULL, see_link, &links, &err), 0);
	assert_false(links.last.up);

	b = nsfab_batch_new(h);
	nsfab_rtlink_up(b, ifindex);
	assert_int_equal(nsfab_batch_commit(b, &err), 0);
	nsfab_batch_free(b);
	links.n = 0;
	assert_int_equal(nsfab_rtlink_dump(h, NULL, see_link, &links, &err), 0);
	assert_true(links.n >= 1);
	assert_int_equal(nsfab_rtlink_dump(h, "no-such-kind", see_link, &links,
					   &err), 0);
	nsfab_close(h);
}

static void the_kernel_names_the_refused_attribute(void **state)
{
	struct nsfab_prefix prefix;
	struct nsfab_batch *b;
	struct nsfab_err err;
	struct nsfab *h;
	int fd;

	(void)state;
	fd = new_netns();
	if (fd < 0)
		skip();
	assert_int_equal(nsfab_open_fd(&h, fd, &err), 0);
	close(fd);
	b = nsfab_batch_new(h);
	nsfab_rtlink_up(b, 1);
	nsfab_rtlink_up(b, 4711);
	nsfab_prefix_parse(&prefix, "10.0.0.1/24");
	nsfab_rtlink_add_addr(b, 1, &prefix);
	assert_int_equal(nsfab_batch_commit(b, &err), -ENODEV);
	assert_int_equal(err.index, 1);
	assert_int_equal(err.origin, NSFAB_ERR_KERNEL);
	assert_int_equal(nsfab_batch_result(b, 0), 0);
	assert_int_equal(nsfab_batch_result(b, 2), 0);
	nsfab_batch_free(b);
	nsfab_close(h);
}

static void events_are_those_of_the_handles_namespace(void **state)
{
	struct stat wanted, st;
	struct nsfab_events *ev;
	struct nsfab_err err;
	struct nsfab *h;
	int fd, netns;

	(void)state;
	fd = new_netns();
	if (fd < 0)
		skip();
	assert_int_equal(fstat(fd, &wanted), 0);
	assert_int_equal(nsfab_open_fd(&h, fd, &err), 0);
	close(fd);
	/* The module need not be there: another family's group will do. */
	h->family = GENL_ID_CTRL;
	h->group_config = GENL_ID_CTRL;
	assert_int_equal(nsfab_events_open(h, NSFAB_EVENTS_CONFIG, &ev, &err),
			 0);
	assert_int_equal(nsfab_events_open(h, NSFAB_EVENTS_FLOW, &ev, &err),
			 -ENOENT);
	nsfab_close(h);
	netns = ioctl(nsfab_events_fd(ev), SIOCGSKNS);
	assert_true(netns >= 0);
	assert_int_equal(fstat(netns, &st), 0);
	assert_int_equal(st.st_ino, wanted.st_ino);
	close(netns);
	nsfab_events_close(ev);
}

static void a_namespace_that_is_not_there_is_named(void **state)
{
	struct nsfab_err err;
	struct nsfab *h;

	(void)state;
	assert_int_equal(nsfab_open(&h, "/run/netns/no such", &err), -ENOENT);
	assert_string_equal(err.text,
			    "/run/netns/no such: No such file or directory");
	assert_true(nsfab_open(&h, "/dev/null", &err) < 0);
	assert_non_null(strstr(err.text, "/dev/null"));
	nsfab_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_works_in_its_namespace_and_the_caller_stays),
		cmocka_unit_test(the_kernel_names_the_refused_attribute),
		cmocka_unit_test(events_are_those_of_the_handles_namespace),
		cmocka_unit_test(a_namespace_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
