/* SPDX-License-Identifier: GPL-2.0-only */
/* In from the tunnel: its socket. */
#ifndef _NSFAB_DECAP_H
#define _NSFAB_DECAP_H

struct nsfab_fabric;

int nsfab_decap_open(struct nsfab_fabric *fab);
void nsfab_decap_close(struct nsfab_fabric *fab);

#endif /* _NSFAB_DECAP_H */
