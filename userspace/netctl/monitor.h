/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl monitor: what the kernel tells of by itself. */
#ifndef NETCTL_MONITOR_H
#define NETCTL_MONITOR_H

#include <nsfab/event.h>

#include "netctl.h"

/** netctl_monitor() - print events of @groups (NSFAB_EVENTS_*) until SIGINT */
int netctl_monitor(struct netctl_ctx *ctx, unsigned int groups);

#endif /* NETCTL_MONITOR_H */
