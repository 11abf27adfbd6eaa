/* SPDX-License-Identifier: GPL-2.0-only */
/* A port's device, of kind "nsfab_port". */
#ifndef _NSFAB_PORT_H
#define _NSFAB_PORT_H

struct list_head;
struct nsfab_fabric;

void nsfab_port_kill_all(struct nsfab_fabric *fab, struct list_head *head);
int nsfab_port_init(void);
void nsfab_port_exit(void);

#endif /* _NSFAB_PORT_H */
