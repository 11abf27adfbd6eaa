// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab_run.h"

#define BAR_WIDTH 24
#define REDRAW_NS 50000000ull

static volatile sig_atomic_t stopped;
/* A terminal that goes away, too, would leave half a lab. */
static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction old[sizeof(caught) / sizeof(caught[0])];

static void note(int signal)
{
	(void)signal;
	stopped = 1;
}

void lab_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
	size_t i;

	stopped = 0;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], &action, &old[i]);
		/* As nohup has it */
		if (old[i].sa_handler == SIG_IGN)
			sigaction(caught[i], &old[i], NULL);
	}
}

void lab_release_signals(void)
{
	size_t i;

	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaction(caught[i], &old[i], NULL);
}

bool lab_was_stopped(void)
{
	return stopped;
}

uint64_t lab_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* It would print what moves the cursor. */
static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return term && !strcmp(term, "dumb");
}

void lab_progress(const struct netctl_ctx *ctx, size_t done, size_t total,
		  const char *what, uint64_t since)
{
	static uint64_t drawn;
	char bar[BAR_WIDTH + 1];
	uint64_t now = lab_now();
	size_t full;

	if (ctx->quiet || !total || !isatty(STDERR_FILENO) || is_dumb())
		return;
	if (done == total) {
		/* Nothing to erase where it was over before it was drawn. */
		if (drawn >= since)
			fprintf(stderr, "\r\033[K");
		return;
	}
	if (now - since < REDRAW_NS || (drawn >= since && now - drawn < REDRAW_NS))
		return;
	drawn = now;
	full = done * BAR_WIDTH / total;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r\033[K[%s] %zu/%zu %.1f s %.40s", bar, done, total,
		(double)(now - since) / 1e9, what ? what : "");
	fflush(stderr);
}
