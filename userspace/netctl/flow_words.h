/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl flow: which flows are meant, and what several verbs share. */
#ifndef NETCTL_FLOW_WORDS_H
#define NETCTL_FLOW_WORDS_H

#include <nsfab/flow.h>

#include "names.h"

/**
 * struct flow_words - which flows, and how they are shown
 * @present: for the parsers of words.h
 * @filter: for the dump; its ports are @ports
 * @tenant: word behind tenant, or NULL
 * @vm: word behind vm, or NULL
 * @ports: ids of the VM's ports, to be freed
 * @reset: tell what was counted since the last reset
 * @n: word behind -n or count, 10 when left out
 * @by_packets: order by packets, else by bytes
 * @csv: export as CSV
 * @output: file to export to, or NULL
 */
struct flow_words {
	uint32_t present;
	struct nsfab_filter filter;
	const char *tenant;
	const char *vm;
	uint32_t *ports;
	bool reset;
	uint32_t n;
	bool by_packets;
	bool csv;
	const char *output;
};

#define FLOW_WORDS_TOP		(1u << 0)	/* count, by */
#define FLOW_WORDS_EXPORT	(1u << 1)	/* format, output */
#define FLOW_WORDS_NO_RESET	(1u << 2)

/**
 * flow_words_parse() - read the words, and look the names in them up
 * @what: FLOW_WORDS_*, words that are allowed besides the common ones
 *
 * Return: 0, or an exit status after having printed why. @w is to be freed
 * with flow_words_free() in both cases.
 */
int flow_words_parse(struct netctl_ctx *ctx, unsigned int what, int argc,
		     char **argv, struct flow_words *w);
void flow_words_free(struct flow_words *w);

/**
 * flow_words_vm() - ids of the ports of TENANT/VM, or of one port TENANT/NAME
 * @ctx: this run
 * @path: the word
 * @tenant: its tenant's id
 * @ports: ids, to be freed
 * @n: their number, at least 1
 *
 * Return: 0, or an exit status after having printed why.
 */
int flow_words_vm(struct netctl_ctx *ctx, const char *path, uint32_t *tenant,
		  uint32_t **ports, size_t *n);

/** flow_proto_name() - "tcp", or the number in @buf (of at least 8 bytes) */
const char *flow_proto_name(unsigned int proto, char *buf);

/** flow_print() - one flow as a row */
void flow_print(struct netctl_print *p, struct netctl_names *names,
		const struct nsfab_flow *flow);

/* flow_top.c, flow_matrix.c, flow_export.c */
int flow_top(struct netctl_ctx *ctx, int argc, char **argv);
int flow_matrix(struct netctl_ctx *ctx, int argc, char **argv);
int flow_export(struct netctl_ctx *ctx, int argc, char **argv);

#endif /* NETCTL_FLOW_WORDS_H */
