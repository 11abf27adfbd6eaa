// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl vm: verbs that change VMs. */
#include <stdlib.h>
#include <string.h>

#include "vm.h"

static int add(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_vm_spec spec = { 0 };
	struct nsfab_vm_ref ref;
	unsigned int ifindex;
	struct vm_words w;
	struct nsfab *h;
	char *path;
	int ret;

	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/VM nic NETWORK...");
	ret = vm_path_split(ctx, argv[0], &path, &ref, NULL);
	if (ret)
		return ret;
	ret = netctl_new_name(ctx, ref.name);
	if (ret) {
		free(path);
		return ret;
	}
	ret = vm_words_parse(ctx, false, argc - 1, argv + 1, &w);
	if (ret)
		goto out;
	if (!w.n_nics) {
		ret = netctl_usage(ctx, "%s needs at least one nic NETWORK",
				   argv[0]);
		goto out;
	}
	if (netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
		goto out;
	}
	spec.tenant = ref.tenant;
	spec.name = ref.name;
	spec.nics = w.nic;
	spec.n_nics = w.n_nics;
	spec.labels = w.labels.add;
	spec.run = (const char *const *)w.run;
	spec.n_run = w.n_run;
	spec.cpus = w.cpus;
	spec.memory = w.memory;
	spec.stub = w.stub;
	if (ctx->dry_run)
		netctl_note(ctx, "would add VM %s", argv[0]);
	else if (nsfab_vm_create_many(h, ifindex, &spec, 1, NULL, NULL,
				      &ctx->err))
		ret = netctl_fail(ctx);
out:
	vm_words_free(&w);
	free(path);
	return ret;
}

struct set_job {
	struct netctl_ctx *ctx;
	const struct vm_words *words;
	char *labels;
};

/* Labels are changed one by one here and set all together. */
static int merge_labels(const struct nsfab_vm *vm, void *arg)
{
	struct set_job *job = arg;

	job->labels = vm_labels_merge(vm->labels, job->words->labels.add,
				      job->words->labels.remove);
	if (job->labels)
		return 0;
	return nsfab_err_set(&job->ctx->err, -12, "no memory");
}

static int set_words(struct netctl_ctx *ctx, const struct nsfab_vm_ref *ref,
		     const struct vm_words *w)
{
	struct set_job job = { .ctx = ctx, .words = w };
	struct nsfab_vm_change change = { .present = w->present };
	unsigned int ifindex;
	struct nsfab *h;
	int ret;

	if (netctl_fabric(ctx, &h, &ifindex))
		return netctl_fail(ctx);
	ret = nsfab_vm_get(h, ifindex, ref, merge_labels, &job, &ctx->err);
	if (ret)
		return netctl_fail(ctx);
	change.labels = job.labels;
	if (w->run || w->no_run)
		change.present |= NSFAB_VM_CHANGE_RUN;
	change.run = (const char *const *)w->run;
	change.n_run = w->n_run;
	change.cpus = w->cpus;
	change.memory = w->memory;
	if (ctx->dry_run)
		netctl_note(ctx, "would change VM %s/%s", ref->tenant,
			    ref->name);
	else
		ret = nsfab_vm_set(h, ifindex, ref, &change, &ctx->err);
	free(job.labels);
	return ret ? netctl_fail(ctx) : NETCTL_OK;
}

static int set(struct netctl_ctx *ctx, int argc, char **argv)
{
	struct nsfab_vm_ref ref;
	struct vm_words w;
	char *path;
	int ret;

	if (argc < 2)
		return netctl_usage(ctx,
				    "takes TENANT/VM and label, nolabel, cpus, memory, run or norun");
	ret = vm_path_split(ctx, argv[0], &path, &ref, NULL);
	if (ret)
		return ret;
	ret = vm_words_parse(ctx, true, argc - 1, argv + 1, &w);
	if (!ret && w.run && w.no_run)
		ret = netctl_usage(ctx, "run and norun contradict each other");
	if (!ret)
		ret = set_words(ctx, &ref, &w);
	vm_words_free(&w);
	free(path);
	return ret;
}

/* VMs by name, for verbs that take several. */
struct refs {
	struct nsfab_vm_ref *ref;
	char **path;
	int n;
};

static void free_refs(struct refs *refs)
{
	int i;

	for (i = 0; i < refs->n; i++)
		free(refs->path[i]);
	free(refs->path);
	free(refs->ref);
}

static int parse_refs(struct netctl_ctx *ctx, int argc, char **argv,
		      struct refs *refs)
{
	int ret;

	memset(refs, 0, sizeof(*refs));
	if (argc < 1)
		return netctl_usage(ctx, "takes TENANT/VM...");
	refs->ref = calloc(argc, sizeof(*refs->ref));
	refs->path = calloc(argc, sizeof(*refs->path));
	if (!refs->ref || !refs->path)
		return netctl_usage(ctx, "no memory");
	for (; refs->n < argc; refs->n++) {
		ret = vm_path_split(ctx, argv[refs->n], &refs->path[refs->n],
				    &refs->ref[refs->n], NULL);
		if (ret)
			return ret;
	}
	return 0;
}

static int del(struct netctl_ctx *ctx, int argc, char **argv)
{
	unsigned int ifindex;
	struct nsfab *h;
	struct refs refs;
	int i, ret;

	ret = parse_refs(ctx, argc, argv, &refs);
	if (ret)
		goto out;
	if (netctl_fabric(ctx, &h, &ifindex)) {
		ret = netctl_fail(ctx);
	} else if (ctx->dry_run) {
		for (i = 0; i < refs.n; i++)
			netctl_note(ctx, "would delete VM %s", argv[i]);
	} else if (nsfab_vm_delete_many(h, ifindex, refs.ref, refs.n, NULL,
					NULL, &ctx->err)) {
		ret = netctl_fail(ctx);
	}
out:
	free_refs(&refs);
	return ret;
}

typedef int (*life_fn)(struct nsfab *h, unsigned int ifindex,
		       const struct nsfab_vm_ref *ref, struct nsfab_err *err);

/* Each of several VMs; one that refuses does not keep the others from it. */
static int for_each(struct netctl_ctx *ctx, int argc, char **argv, life_fn fn)
{
	int i, ret, worst = NETCTL_OK;
	unsigned int ifindex;
	struct nsfab *h;
	struct refs refs;

	ret = parse_refs(ctx, argc, argv, &refs);
	if (!ret && netctl_fabric(ctx, &h, &ifindex))
		ret = netctl_fail(ctx);
	for (i = 0; i < refs.n && !ret; i++) {
		if (ctx->dry_run)
			netctl_note(ctx, "would %s VM %s", ctx->verb, argv[i]);
		else if (fn(h, ifindex, &refs.ref[i], &ctx->err))
			worst = netctl_fail(ctx);
	}
	free_refs(&refs);
	return ret ? ret : worst;
}

static int start(struct netctl_ctx *ctx, int argc, char **argv)
{
	return for_each(ctx, argc, argv, nsfab_vm_start);
}

static int stop_one(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	return nsfab_vm_stop(h, ifindex, ref, NSFAB_VM_GRACE_MS, err);
}

static int kill_one(struct nsfab *h, unsigned int ifindex,
		    const struct nsfab_vm_ref *ref, struct nsfab_err *err)
{
	return nsfab_vm_stop(h, ifindex, ref, 0, err);
}

static int stop(struct netctl_ctx *ctx, int argc, char **argv)
{
	/* A VM's name has a slash, so this is none. */
	if (argc && !strcmp(argv[argc - 1], "now"))
		return for_each(ctx, argc - 1, argv, kill_one);
	return for_each(ctx, argc, argv, stop_one);
}

static int pause_vms(struct netctl_ctx *ctx, int argc, char **argv)
{
	return for_each(ctx, argc, argv, nsfab_vm_pause);
}

static int resume(struct netctl_ctx *ctx, int argc, char **argv)
{
	return for_each(ctx, argc, argv, nsfab_vm_resume);
}

static const struct netctl_verb verbs[] = {
	{ .name = "add", .run = add },
	{ .name = "set", .run = set },
	{ .name = "del", .alias = "delete", .run = del },
	{ .name = "show", .run = vm_show },
	{ .name = "list", .alias = "ls", .run = vm_list },
	{ .name = "start", .run = start },
	{ .name = "stop", .run = stop },
	{ .name = "pause", .run = pause_vms },
	{ .name = "resume", .run = resume },
	{ .name = "exec", .run = vm_exec },
	{ .name = "console", .run = vm_console },
	{ 0 }
};

const struct netctl_object netctl_obj_vm = {
	.name = "vm",
	.summary = "namespace-VMs",
	.help =
"netctl vm add TENANT/VM nic NETWORK[,ip=ADDRESS|auto|none]...[,mac=MAC]\n"
"              [,allow=PREFIX]...[,unguarded]... [label KEY=VALUE]...\n"
"              [cpus NUMBER] [memory SIZE] [stub] [run COMMAND...]\n"
"netctl vm set TENANT/VM [label KEY=VALUE]... [nolabel KEY]... [cpus NUMBER]\n"
"              [memory SIZE] [norun] [run COMMAND...]\n"
"netctl vm del TENANT/VM...\n"
"netctl vm show TENANT/VM\n"
"netctl vm list [TENANT] [label KEY[=VALUE]] [state STATE]\n"
"netctl vm start|pause|resume TENANT/VM...\n"
"netctl vm stop TENANT/VM... [now]\n"
"netctl vm exec TENANT/VM [--] COMMAND...\n"
"netctl vm console TENANT/VM [log]\n"
"\n"
"A NIC without ip= takes the lowest free address of the network's IPv4 and of\n"
"its IPv6 subnets. A VM's namespace is found by \"ip netns\" as TENANT.VM.\n"
"COMMAND is started as the init of a PID namespace on a terminal of its own,\n"
"which console shows; Ctrl-] leaves it. A limit of 0 is none. What set gives a\n"
"running VM to run counts from its next start. stop sends\n"
"SIGTERM and kills what is left after 5 seconds, with \"now\" at once; a\n"
"stopped or paused VM's devices are down. States are created, running,\n"
"paused, exited, stopped, stub, remote (it is on another host) and absent (its\n"
"namespace is gone).\n",
	.verbs = verbs,
};
