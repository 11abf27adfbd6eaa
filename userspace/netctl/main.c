// SPDX-License-Identifier: GPL-2.0-or-later
/* netctl: options, objects, verbs. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "netctl.h"

static const struct netctl_object *const objects[] = {
	&netctl_obj_fabric,
	&netctl_obj_tenant,
	&netctl_obj_network,
	&netctl_obj_vm,
	&netctl_obj_port,
	&netctl_obj_fdb,
	&netctl_obj_neigh,
	&netctl_obj_route,
	&netctl_obj_link,
	&netctl_obj_bottleneck,
	&netctl_obj_schedule,
	&netctl_obj_fidelity,
	&netctl_obj_exec,
	&netctl_obj_console,
	&netctl_obj_capture,
	&netctl_obj_flow,
	&netctl_obj_stats,
	&netctl_obj_drops,
	&netctl_obj_monitor,
	&netctl_obj_apply,
	&netctl_obj_diff,
	&netctl_obj_destroy,
	&netctl_obj_export,
	&netctl_obj_check,
	&netctl_obj_lab,
	&netctl_obj_ping,
	&netctl_obj_graph,
	&netctl_obj_topology,
	NULL
};

enum { OPT_DRY_RUN = 256 };

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "fabric", required_argument, NULL, 'f' },
	{ "netns", required_argument, NULL, 'n' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 }
};

static int finish_output(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("netctl: output");
		return NETCTL_REFUSED;
	}
	return NETCTL_OK;
}

int main(int argc, char **argv)
{
	struct netctl_ctx ctx = { 0 };
	bool help = false;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+jpf:n:qhV", options, NULL)) >= 0) {
		switch (c) {
		case 'p':
			ctx.pretty = true;
			ctx.json = true;
			break;
		case 'j':
			ctx.json = true;
			break;
		case 'f':
			ctx.fabric = optarg;
			break;
		case 'n':
			ctx.netns = optarg;
			break;
		case 'q':
			ctx.quiet = true;
			break;
		case OPT_DRY_RUN:
			ctx.dry_run = true;
			break;
		case 'h':
			help = true;
			break;
		case 'V':
			printf("netctl %s\n", NETCTL_VERSION);
			return finish_output();
		default:
			fprintf(stderr, "netctl: \"%s\" is no option, or needs a value; \"netctl help\" says what there is\n",
				argv[optind - 1]);
			return NETCTL_USAGE;
		}
	}
	if (help)
		status = netctl_help(&ctx, objects, argc - optind,
				     argv + optind);
	else
		status = netctl_dispatch(&ctx, objects, argc - optind,
					 argv + optind);
	nsfab_close(ctx.handle);
	c = finish_output();
	return status ? status : c;
}
