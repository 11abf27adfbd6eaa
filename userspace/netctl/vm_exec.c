// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl vm exec, netctl exec. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm.h"

/* What shells return for a program that cannot be run. */
enum {
	NOT_EXECUTABLE = 126,
	NOT_FOUND = 127,
	BY_SIGNAL = 128,
};

static const int passed_on[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP,
	SIGCHLD,
};

/*
 * What a terminal sends goes to its whole foreground, the program included;
 * what one process sends to this one alone is passed on.
 */
static void pass_on(const siginfo_t *info, pid_t pid)
{
	if (info->si_code == SI_KERNEL || info->si_signo == SIGTSTP)
		return;
	kill(pid, info->si_signo);
}

/* Stand still with the program, so that the shell notices. */
static void stop_too(pid_t pid)
{
	kill(getpid(), SIGSTOP);
	kill(pid, SIGCONT);
}

static int wait_for(pid_t pid, const sigset_t *set)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(set, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			pass_on(&info, pid);
			continue;
		}
		while (waitpid(pid, &status, WNOHANG | WUNTRACED) == pid) {
			if (WIFSTOPPED(status)) {
				stop_too(pid);
				continue;
			}
			if (WIFSIGNALED(status))
				return BY_SIGNAL + WTERMSIG(status);
			return WEXITSTATUS(status);
		}
	}
}

int vm_exec(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_vm_ref ref;
	unsigned int ifindex;
	sigset_t set, old;
	struct nsfab *h;
	char *path;
	pid_t pid;
	size_t i;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/VM [--] COMMAND...");
	ret = vm_path_split(ctx, argv[0], &path, &ref, NULL);
	if (ret)
		return ret;
	argv++;
	argc--;
	if (argc && !strcmp(argv[0], "--")) {
		argv++;
		argc--;
	}
	if (!argc) {
		ret = netctl_usage(ctx, "needs a command to run");
		goto out;
	}
	if (netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	if (ctx->dry_run) {
		netctl_note(ctx, "would run %s in %s/%s", argv[0], ref.tenant,
			    ref.name);
		goto out;
	}
	/* Nothing may get lost between the fork and the wait. */
	sigemptyset(&set);
	for (i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		sigaddset(&set, passed_on[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	ctx->err.index = -1;
	if (!nsfab_vm_spawn(h, ifindex, &ref, argv, &pid, &ctx->err)) {
		ret = wait_for(pid, &set);
	} else {
		bool program = ctx->err.index == 0;
		int code = ctx->err.code;

		ret = netctl_fail(ctx);
		if (program)
			ret = code == -ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
out:
	free(path);
	return ret;
}

const struct netctl_object netctl_obj_exec = {
	.name = "exec",
	.summary = "run a program in a VM",
	.help =
"netctl exec TENANT/VM [--] COMMAND...\n"
"\n"
"Run COMMAND in the VM's network, UTS and mount namespaces and control group\n"
"and, if it has a workload, in the workload's PID namespace. Signals are passed\n"
"on. The status is COMMAND's, 128 + N if signal N ended it, 127 if there is no\n"
"such program and 126 if it cannot be run. Same as netctl vm exec.\n",
	.run = vm_exec,
};
