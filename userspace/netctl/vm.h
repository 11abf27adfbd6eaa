/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: the verbs of vm, by file. */
#ifndef NETCTL_VM_H
#define NETCTL_VM_H

#include "vm_words.h"

/* vm_show.c */
int vm_show(struct netctl_ctx *ctx, int argc, char **argv);
int vm_list(struct netctl_ctx *ctx, int argc, char **argv);

/* vm_exec.c */
int vm_exec(struct netctl_ctx *ctx, int argc, char **argv);

/* vm_console.c */
int vm_console(struct netctl_ctx *ctx, int argc, char **argv);

#endif /* NETCTL_VM_H */
