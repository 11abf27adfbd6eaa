/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs about whole labs share. */
#ifndef NETCTL_LAB_RUN_H
#define NETCTL_LAB_RUN_H

#include <nsfab/lab.h>

#include "lab_load.h"
#include "netctl.h"

/**
 * struct lab_run - a lab as it runs and as it shall be
 * @ctx: this run of netctl
 * @file: the lab file, if there is one
 * @lab: the running lab's handle
 * @running: what runs
 * @diff: the steps between them
 * @lock: held while steps are taken, -1 if not
 */
struct lab_run {
	struct netctl_ctx *ctx;
	struct lab_file file;
	struct nsfab_lab *lab;
	struct nsfab_state *running;
	struct nsfab_state_diff diff;
	int lock;
};

/*
 * All return an exit status after having printed what is wrong. Whatever they
 * return, lab_run_end() gives back what @run holds.
 */
int lab_run_begin(struct lab_run *run, struct netctl_ctx *ctx);
/* Read a file and check it for itself. */
int lab_run_file(struct lab_run *run, const char *path);
/* Wait for other runs of netctl that are at work on labs. */
int lab_run_lock(struct lab_run *run);
/* Read what runs of lab @name. */
int lab_run_read(struct lab_run *run, const char *name);
/* Resolve the file against what runs, and find the steps. */
int lab_run_compare(struct lab_run *run);
/* Take the steps and report; with @all, go on behind what is refused. */
int lab_run_apply(struct lab_run *run, bool all);
/* Say so if the kernel has no room for the neighbours of new VMs. */
void lab_run_warn(const struct lab_run *run);
/* Print the steps. */
int lab_run_print_diff(struct lab_run *run);
void lab_run_end(struct lab_run *run);

/**
 * lab_progress() - draw how far it is, if anybody looks
 * @ctx: this run
 * @done: done
 * @total: of so many; the line is erased when @done reaches it
 * @what: what is being done, may be NULL
 * @since: when it began, nanoseconds of CLOCK_MONOTONIC
 */
void lab_progress(const struct netctl_ctx *ctx, size_t done, size_t total,
		  const char *what, uint64_t since);

/** lab_now() - nanoseconds of CLOCK_MONOTONIC */
uint64_t lab_now(void);

/*
 * Between lab_catch_signals() and lab_release_signals(), SIGINT and SIGTERM
 * are only noted; lab_was_stopped() tells of them.
 */
void lab_catch_signals(void);
void lab_release_signals(void);
bool lab_was_stopped(void);

#endif
