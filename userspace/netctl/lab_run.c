// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <nsfab/netns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab_run.h"

#define RUN_DIR "/run/nsfab"

static const char sign[] = {
	[NSFAB_STATE_CREATE] = '+',
	[NSFAB_STATE_SET] = '~',
	[NSFAB_STATE_DELETE] = '-',
};

static const char *const verb_name[] = {
	[NSFAB_STATE_CREATE] = "create",
	[NSFAB_STATE_SET] = "set",
	[NSFAB_STATE_DELETE] = "delete",
};

int lab_run_begin(struct lab_run *run, struct netctl_ctx *ctx)
{
	memset(run, 0, sizeof(*run));
	run->ctx = ctx;
	run->lock = -1;
	return NETCTL_OK;
}

int lab_run_file(struct lab_run *run, const char *path)
{
	if (!lab_file_load(&run->file, path))
		return NETCTL_OK;
	lab_diag_print(&run->file.diag, stderr);
	return NETCTL_USAGE;
}

static bool is_run_dir(int fd)
{
	struct stat st, other;

	return !fstat(fd, &st) && !stat(RUN_DIR, &other) &&
	       st.st_dev == other.st_dev && st.st_ino == other.st_ino;
}

/*
 * The directory itself is locked, so that no file is left behind. It is taken
 * away with the last VM: one that is not there any more locks nothing.
 */
int lab_run_lock(struct lab_run *run)
{
	for (;;) {
		run->lock = -1;
		if (mkdir(RUN_DIR, 0755) && errno != EEXIST)
			break;
		run->lock = open(RUN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (run->lock < 0 && errno == ENOENT)
			continue;
		if (run->lock < 0 || flock(run->lock, LOCK_EX))
			break;
		if (is_run_dir(run->lock))
			return NETCTL_OK;
		close(run->lock);
	}
	nsfab_err_set(&run->ctx->err, -errno, "cannot lock %s", RUN_DIR);
	return netctl_fail(run->ctx);
}

int lab_run_read(struct lab_run *run, const char *name)
{
	struct netctl_ctx *ctx = run->ctx;
	struct nsfab *h = netctl_handle(ctx);

	if (!h || nsfab_lab_open(&run->lab, h, name, ctx->fabric, &ctx->err) ||
	    nsfab_state_read(run->lab, &run->running, &ctx->err))
		return netctl_fail(ctx);
	return NETCTL_OK;
}

int lab_run_compare(struct lab_run *run)
{
	if (run->file.state && lab_file_resolve(&run->file, run->running)) {
		lab_diag_print(&run->file.diag, stderr);
		return NETCTL_USAGE;
	}
	if (!nsfab_state_diff(run->running, run->file.state, &run->diff))
		return NETCTL_OK;
	nsfab_err_set(&run->ctx->err, -ENOMEM, "no memory");
	return netctl_fail(run->ctx);
}

void lab_run_end(struct lab_run *run)
{
	nsfab_state_diff_free(&run->diff);
	nsfab_state_free(run->running);
	nsfab_lab_close(run->lab);
	lab_file_free(&run->file);
	if (run->lock < 0)
		return;
	/* Unless there is something in it. */
	rmdir(RUN_DIR);
	close(run->lock);
}

static const char *lab_name(const struct lab_run *run)
{
	return nsfab_state_lab(run->running);
}

static const struct nsfab_state_obj *subject(const struct nsfab_state_op *op)
{
	return op->new ? op->new : op->old;
}

static char *op_text(const struct nsfab_state_op *op)
{
	int len = nsfab_state_op_text(op, NULL, 0);
	char *text = malloc(len + 1);

	if (text)
		nsfab_state_op_text(op, text, len + 1);
	return text;
}

/*
 * Copies on other hosts follow from what they are copies of: people are shown
 * them only where nothing else differs.
 */
static bool is_shown(const struct lab_run *run, const struct nsfab_state_op *op)
{
	const struct nsfab_state_diff *diff = &run->diff;

	if (op->partial)
		return false;
	return !subject(op)->copy ||
	       !(diff->n_create + diff->n_set + diff->n_delete);
}

static void print_text(struct lab_run *run)
{
	const struct nsfab_state_diff *diff = &run->diff;
	const struct nsfab_state_op *op;
	char *text;
	size_t i;

	for (i = 0; i < diff->n; i++) {
		op = &diff->op[i];
		if (!is_shown(run, op))
			continue;
		text = op_text(op);
		printf("%c %s\n", sign[op->verb], text ? text : "?");
		free(text);
	}
	if (!diff->n)
		printf("lab %s: nothing to change\n", lab_name(run));
	else
		printf("lab %s: %zu to create, %zu to change, %zu to delete\n",
		       lab_name(run), diff->n_create, diff->n_set,
		       diff->n_delete);
}

static void put_ops(struct netctl_print *print, const struct lab_run *run)
{
	const struct nsfab_state_op *op;
	const struct nsfab_state_obj *obj;
	char *text;
	size_t i;

	netctl_array_open(print, "changes");
	for (i = 0; i < run->diff.n; i++) {
		op = &run->diff.op[i];
		if (op->partial)
			continue;
		obj = subject(op);
		text = op_text(op);
		netctl_array_next(print);
		netctl_str(print, "verb", NULL, verb_name[op->verb]);
		netctl_str(print, "kind", NULL,
			   nsfab_state_kind_name(obj->kind));
		netctl_str(print, "host", NULL, *obj->host ? obj->host : NULL);
		netctl_str(print, "tenant", NULL,
			   *obj->tenant ? obj->tenant : NULL);
		netctl_str(print, "name", NULL, obj->name);
		netctl_bool(print, "copy", NULL, obj->copy);
		netctl_str(print, "text", NULL, text);
		free(text);
	}
	netctl_array_close(print);
}

static void put_counts(struct netctl_print *print, const struct lab_run *run)
{
	netctl_str(print, "lab", NULL, lab_name(run));
	netctl_bool(print, "equal", NULL, !run->diff.n);
	netctl_num(print, "create", NULL, run->diff.n_create);
	netctl_num(print, "set", NULL, run->diff.n_set);
	netctl_num(print, "delete", NULL, run->diff.n_delete);
}

int lab_run_print_diff(struct lab_run *run)
{
	struct netctl_print *print;

	if (!run->ctx->json) {
		print_text(run);
		return NETCTL_OK;
	}
	print = netctl_print_open(run->ctx, NETCTL_RECORD);
	netctl_row(print);
	put_counts(print, run);
	put_ops(print, run);
	return netctl_print_close(print);
}

static int read_limit(void *arg)
{
	FILE *in = fopen("/proc/sys/net/ipv4/neigh/default/gc_thresh3", "re");

	if (in && fscanf(in, "%llu", (unsigned long long *)arg) != 1)
		*(unsigned long long *)arg = 0;
	if (in)
		fclose(in);
	return 0;
}

/* How many neighbours the kernel keeps, which the first namespace tells, or 0 */
static unsigned long long neighbour_limit(void)
{
	unsigned long long limit = 0;
	int fd;

	fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	nsfab_netns_call(fd, read_limit, &limit, NULL);
	close(fd);
	return limit;
}

void lab_run_warn(const struct lab_run *run)
{
	const struct nsfab_state *state = run->file.state;
	const struct nsfab_state_obj *obj;
	unsigned long long limit, vms = 0, nics = 0;
	bool more = false;
	size_t i;

	for (i = 0; i < run->diff.n; i++)
		more |= run->diff.op[i].verb == NSFAB_STATE_CREATE &&
			run->diff.op[i].new->kind == NSFAB_STATE_VM;
	for (i = 0; more && i < nsfab_state_count(state); i++) {
		obj = nsfab_state_obj(state, i);
		if (obj->kind != NSFAB_STATE_VM || obj->as_vm.stub)
			continue;
		vms++;
		nics += obj->as_vm.n_nics;
	}
	limit = more ? neighbour_limit() : 0;
	if (limit && vms > limit)
		netctl_note(run->ctx,
			    "netctl: lab %s: of its %llu VMs some will lose packets: this kernel keeps %llu neighbours of all namespaces together (net.ipv4.neigh.default.gc_thresh3), %llu are needed at least",
			    nsfab_state_lab(state), vms, limit, nics);
}

struct progress {
	struct lab_run *run;
	uint64_t since;
	bool stopped;
};

static int on_progress(void *arg, size_t done, size_t total,
		       const struct nsfab_state_op *next, bool undo)
{
	struct progress *progress = arg;
	char what[128] = "";

	if (next)
		snprintf(what, sizeof(what), "%s%c%s %s",
			 undo ? "undo " : "", sign[next->verb],
			 nsfab_state_kind_name(subject(next)->kind),
			 subject(next)->name);
	lab_progress(progress->run->ctx, done, total, what, progress->since);
	if (undo || !next || !lab_was_stopped())
		return 0;
	progress->stopped = true;
	return -EINTR;
}

/* Goes on behind what is refused, and remembers the first refusal. */
struct stubborn {
	struct nsfab_state_backend backend;
	struct nsfab_err first;
	size_t refused;
};

static int apply_stubbornly(void *arg, const struct nsfab_state_op *op,
			    unsigned int n, unsigned int *done,
			    struct nsfab_err *err)
{
	struct stubborn *stubborn = arg;
	struct nsfab_err here = { 0 };
	unsigned int i, one;

	(void)err;
	*done = 0;
	if (!stubborn->backend.apply(stubborn->backend.arg, op, n, done, &here)) {
		*done = n;
		return 0;
	}
	for (i = *done; i < n; i++) {
		memset(&here, 0, sizeof(here));
		if (!stubborn->backend.apply(stubborn->backend.arg, &op[i], 1,
					     &one, &here))
			continue;
		if (!stubborn->refused++)
			stubborn->first = here;
	}
	*done = n;
	return 0;
}

static void tell_undone(struct lab_run *run,
			const struct nsfab_state_report *report, bool stopped)
{
	char *text = NULL;
	size_t i;

	if (!stopped && report->failed)
		text = op_text(report->failed);
	if (text)
		fprintf(stderr, "netctl: lab %s: refused: %c %s\n",
			lab_name(run), sign[report->failed->verb], text);
	free(text);
	fprintf(stderr, "netctl: lab %s: %s", lab_name(run),
		stopped ? "stopped: " : "");
	if (!report->done)
		fprintf(stderr, "nothing was changed\n");
	else
		fprintf(stderr, "what was done is undone (%zu of %zu step%s)\n",
			report->undone, report->done,
			netctl_plural(report->done));
	for (i = 0; i < report->n_stand; i++) {
		text = op_text(report->stand[i]);
		fprintf(stderr, "netctl: lab %s: could not be undone: %c %s\n",
			lab_name(run), sign[report->stand[i]->verb],
			text ? text : "?");
		free(text);
	}
}

static int tell_done(struct lab_run *run, double seconds, bool gone)
{
	const struct nsfab_state_diff *diff = &run->diff;
	struct netctl_print *print;

	if (run->ctx->json) {
		print = netctl_print_open(run->ctx, NETCTL_RECORD);
		netctl_row(print);
		put_counts(print, run);
		netctl_dbl(print, "seconds", NULL, seconds);
		return netctl_print_close(print);
	}
	if (run->ctx->quiet)
		return NETCTL_OK;
	if (!diff->n)
		printf("lab %s: nothing to %s\n", lab_name(run),
		       gone ? "destroy" : "change");
	else if (gone)
		printf("lab %s: destroyed %zu object%s in %.2f s\n",
		       lab_name(run), diff->n_delete,
		       netctl_plural(diff->n_delete), seconds);
	else
		printf("lab %s: %zu created, %zu changed, %zu deleted in %.2f s\n",
		       lab_name(run), diff->n_create, diff->n_set,
		       diff->n_delete, seconds);
	return NETCTL_OK;
}

int lab_run_apply(struct lab_run *run, bool all)
{
	struct progress progress = { .run = run, .since = lab_now() };
	struct nsfab_state_backend backend;
	struct nsfab_state_report report;
	struct stubborn stubborn = { 0 };
	int ret;

	nsfab_lab_backend(run->lab, &backend);
	if (all) {
		stubborn.backend = backend;
		backend.apply = apply_stubbornly;
		backend.arg = &stubborn;
	}
	lab_catch_signals();
	ret = nsfab_state_apply(&run->diff, &backend, on_progress, &progress,
				&report, &run->ctx->err);
	lab_release_signals();
	lab_progress(run->ctx, 1, 1, NULL, progress.since);
	if (ret && (progress.stopped || !stubborn.refused))
		tell_undone(run, &report, progress.stopped);
	if (stubborn.refused) {
		run->ctx->err = stubborn.first;
		ret = stubborn.first.code;
	}
	free(report.stand);
	if (ret == -EINTR && progress.stopped)
		return NETCTL_REFUSED;
	if (ret)
		return netctl_fail(run->ctx);
	return tell_done(run, (double)(lab_now() - progress.since) / 1e9, all);
}
