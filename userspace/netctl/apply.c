// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl apply, diff, destroy, check, lab: whole labs by a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_run.h"

/* Wrong words: of options it is said where they go. */
static int takes(struct netctl_ctx *ctx, int argc, char **argv, const char *what)
{
	int i;

	for (i = 0; i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] &&
		    strcmp(argv[i], "--check"))
			return netctl_usage(ctx, "unknown word \"%s\"; options go before the object",
					    argv[i]);
	return netctl_usage(ctx, "%s", what);
}

static int apply(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct lab_run run;
	int ret;

	if (argc != 1)
		return takes(ctx, argc, argv, "takes FILE");
	lab_run_begin(&run, ctx);
	ret = lab_run_file(&run, argv[0]);
	if (!ret && !ctx->dry_run)
		ret = lab_run_lock(&run);
	if (!ret)
		ret = lab_run_read(&run, nsfab_state_lab(run.file.state));
	if (!ret)
		ret = lab_run_compare(&run);
	if (!ret && !ctx->dry_run)
		lab_run_warn(&run);
	if (!ret)
		ret = ctx->dry_run ? lab_run_print_diff(&run) :
		      lab_run_apply(&run, false);
	lab_run_end(&run);
	return ret;
}

const struct netctl_object netctl_obj_apply = {
	.name = "apply",
	.summary = "make the running lab equal to a lab file",
	.help =
"netctl [--dry-run] apply FILE\n"
"\n"
"Make the running lab equal to FILE (\"-\" for standard input) and touch\n"
"nothing else. A bad file is refused before anything is touched; if the\n"
"kernel refuses half way, what was done is undone. --dry-run prints what\n"
"would be done. netctl-lab(5) describes the file.\n",
	.run = apply,
};

static int diff(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct lab_run run;
	bool check = argc == 2 && (!strcmp(argv[1], "check") ||
				   !strcmp(argv[1], "--check"));
	int ret;

	if (argc != 1 && !check)
		return takes(ctx, argc, argv, "takes FILE [check]");
	lab_run_begin(&run, ctx);
	ret = lab_run_file(&run, argv[0]);
	if (!ret)
		ret = lab_run_read(&run, nsfab_state_lab(run.file.state));
	if (!ret)
		ret = lab_run_compare(&run);
	if (!ret)
		ret = lab_run_print_diff(&run);
	if (!ret && check && run.diff.n)
		ret = NETCTL_VERDICT;
	lab_run_end(&run);
	return ret;
}

const struct netctl_object netctl_obj_diff = {
	.name = "diff",
	.summary = "show how the running lab differs from a lab file",
	.help =
"netctl diff FILE [check]\n"
"\n"
"Print what netctl apply FILE would do: + create, ~ change, - delete, with\n"
"old and new values. With check, the exit status is 4 if anything differs.\n",
	.run = diff,
};

static int destroy(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct lab_run run;
	int ret;

	if (argc != 1)
		return takes(ctx, argc, argv, "takes LAB");
	lab_run_begin(&run, ctx);
	ret = ctx->dry_run ? NETCTL_OK : lab_run_lock(&run);
	if (!ret)
		ret = lab_run_read(&run, argv[0]);
	if (!ret)
		ret = lab_run_compare(&run);
	if (!ret)
		ret = ctx->dry_run ? lab_run_print_diff(&run) :
		      lab_run_apply(&run, true);
	lab_run_end(&run);
	return ret;
}

const struct netctl_object netctl_obj_destroy = {
	.name = "destroy",
	.summary = "remove a lab with all that belongs to it",
	.help =
"netctl [--dry-run] destroy LAB\n"
"\n"
"Remove every VM, network, tenant and host of LAB, its underlay, and the\n"
"fabric if a lab made it and nothing else is on it.\n",
	.run = destroy,
};

static void print_count(const char *what, size_t n, const char *behind)
{
	printf("%zu %s%s%s", n, what, netctl_plural(n), behind);
}

static int check(struct netctl_ctx *ctx, int argc, char **argv)
{
	size_t count[NSFAB_STATE_KINDS] = { 0 }, n, i;
	const struct nsfab_state_obj *obj;
	struct netctl_print *print;
	struct lab_run run;
	int ret;

	if (argc != 1)
		return takes(ctx, argc, argv, "takes FILE");
	lab_run_begin(&run, ctx);
	ret = lab_run_file(&run, argv[0]);
	if (!ret)
		ret = lab_run_compare(&run);
	n = ret ? 0 : nsfab_state_count(run.file.state);
	for (i = 0; i < n; i++) {
		obj = nsfab_state_obj(run.file.state, i);
		count[obj->kind] += !obj->copy;
	}
	if (!ret && ctx->json) {
		print = netctl_print_open(ctx, NETCTL_RECORD);
		netctl_row(print);
		netctl_str(print, "lab", NULL, nsfab_state_lab(run.file.state));
		netctl_num(print, "hosts", NULL, count[NSFAB_STATE_HOST]);
		netctl_num(print, "tenants", NULL, count[NSFAB_STATE_TENANT]);
		netctl_num(print, "networks", NULL, count[NSFAB_STATE_NETWORK]);
		netctl_num(print, "vms", NULL, count[NSFAB_STATE_VM]);
		netctl_num(print, "ports", NULL, count[NSFAB_STATE_PORT]);
		ret = netctl_print_close(print);
	} else if (!ret && !ctx->quiet) {
		printf("lab %s: good; ", nsfab_state_lab(run.file.state));
		print_count("host", count[NSFAB_STATE_HOST], ", ");
		print_count("tenant", count[NSFAB_STATE_TENANT], ", ");
		print_count("network", count[NSFAB_STATE_NETWORK], ", ");
		print_count("vm", count[NSFAB_STATE_VM], "\n");
	}
	lab_run_end(&run);
	return ret;
}

const struct netctl_object netctl_obj_check = {
	.name = "check",
	.summary = "check a lab file without touching anything",
	.help =
"netctl check FILE\n"
"\n"
"Check FILE against the schema and against itself. Needs neither the module\n"
"nor privileges.\n",
	.run = check,
};

static int on_lab(const struct nsfab_lab_info *info, void *arg)
{
	struct netctl_print *print = arg;

	netctl_row(print);
	netctl_str(print, "name", "NAME", info->name);
	netctl_str(print, "fabric", "FABRIC", info->fabric);
	netctl_num(print, "hosts", "HOSTS", info->hosts);
	netctl_num(print, "tenants", "TENANTS", info->tenants);
	return 0;
}

static int lab_list(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct netctl_print *print;
	struct nsfab *h;
	int ret;

	(void)argv;
	if (argc)
		return netctl_usage(ctx, "takes no words");
	h = netctl_handle(ctx);
	if (!h)
		return netctl_fail(ctx);
	print = netctl_print_open(ctx, NETCTL_LIST);
	ret = nsfab_lab_list(h, on_lab, print, &ctx->err);
	return netctl_done(print, ret ? netctl_fail(ctx) : NETCTL_OK);
}

static const struct netctl_verb lab_verbs[] = {
	{ "list", "ls", lab_list },
	{ 0 },
};

const struct netctl_object netctl_obj_lab = {
	.name = "lab",
	.summary = "list the labs that run",
	.help =
"netctl lab list\n"
"\n"
"List the labs in this namespace. See netctl apply, diff, destroy, export.\n",
	.verbs = lab_verbs,
	.run = lab_list,
};
