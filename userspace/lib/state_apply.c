// SPDX-License-Identifier: LGPL-2.1-or-later
/* Go the way, and back if it is refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_priv.h"

static const struct nsfab_state_obj *subject(const struct nsfab_state_op *op)
{
	return op->new ? op->new : op->old;
}

/* What may go to the backend in one call. */
static bool alike(const struct nsfab_state_op *a,
		  const struct nsfab_state_op *b)
{
	return a->verb == b->verb && subject(a)->kind == subject(b)->kind &&
	       !strcmp(subject(a)->host, subject(b)->host);
}

static size_t stretch(const struct nsfab_state_op *op, size_t n,
		      unsigned int batch)
{
	size_t i;

	if (n > batch)
		n = batch;
	for (i = 1; i < n; i++)
		if (!alike(&op[0], &op[i]))
			break;
	return i;
}

/* Carry out all; @done counts what stands, @failed is the refused one. */
static int carry_out(const struct nsfab_state_op *op, size_t n,
		     const struct nsfab_state_backend *backend,
		     nsfab_state_progress_fn *progress, void *arg, bool undo,
		     size_t *done, size_t *failed, struct nsfab_err *err)
{
	struct nsfab_err here;
	unsigned int batch_done;
	size_t len;
	int ret;

	for (*done = 0; *done < n; *done += batch_done) {
		if (progress) {
			ret = progress(arg, *done, n, &op[*done], undo);
			*failed = *done;
			if (ret)
				return nsfab_err_set(err, ret, "stopped");
		}
		len = stretch(&op[*done], n - *done, backend->batch);
		batch_done = 0;
		memset(&here, 0, sizeof(here));
		here.index = -1;
		ret = backend->apply(backend->arg, &op[*done], len, &batch_done,
				     &here);
		if (ret) {
			*failed = *done + batch_done;
			if (here.index >= 0 && (size_t)here.index < len)
				*failed = *done + here.index;
			*done += batch_done;
			if (err)
				*err = here;
			return ret;
		}
		batch_done = len;
	}
	if (progress)
		progress(arg, n, n, NULL, undo);
	return 0;
}

static void invert(struct nsfab_state_op *back, const struct nsfab_state_op *op)
{
	*back = *op;
	back->old = op->new;
	back->new = op->old;
	if (op->verb != NSFAB_STATE_SET)
		back->verb = op->verb == NSFAB_STATE_CREATE ?
			     NSFAB_STATE_DELETE : NSFAB_STATE_CREATE;
}

/*
 * Take back what was done, last first. A step that cannot be taken back is
 * left, told of, and the rest still taken back.
 */
static int take_back(const struct nsfab_state_op *op, size_t n,
		     const struct nsfab_state_backend *backend,
		     nsfab_state_progress_fn *progress, void *arg,
		     struct nsfab_state_report *report)
{
	struct nsfab_state_op *back;
	size_t i, at = 0, done, failed;

	back = calloc(n + 1, sizeof(*back));
	report->stand = calloc(n + 1, sizeof(*report->stand));
	if (!back || !report->stand) {
		free(back);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		invert(&back[i], &op[n - 1 - i]);
	while (at < n) {
		if (!carry_out(&back[at], n - at, backend, progress, arg, true,
			       &done, &failed, NULL)) {
			report->undone += n - at;
			break;
		}
		report->undone += done;
		at += done;
		report->stand[report->n_stand++] = &op[n - 1 - at];
		at++;
		/* Asked to stop on the way back: nobody is helped by that. */
		progress = NULL;
	}
	free(back);
	return 0;
}

int nsfab_state_apply(const struct nsfab_state_diff *diff,
		      const struct nsfab_state_backend *backend,
		      nsfab_state_progress_fn *progress, void *arg,
		      struct nsfab_state_report *report,
		      struct nsfab_err *err)
{
	size_t failed;
	int ret;

	memset(report, 0, sizeof(*report));
	ret = carry_out(diff->op, diff->n, backend, progress, arg, false,
			&report->done, &failed, err);
	if (!ret)
		return 0;
	report->failed = &diff->op[failed];
	if (take_back(diff->op, report->done, backend, progress, arg, report))
		return nsfab_err_set(err, -ENOMEM,
				     "no memory to take back what was done");
	return ret;
}
