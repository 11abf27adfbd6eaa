/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: the words that describe a port. */
#ifndef NETCTL_PORT_WORDS_H
#define NETCTL_PORT_WORDS_H

#include <nsfab/port.h>

#include "words.h"

/**
 * struct port_words - a port in words
 * @port: what is given; its pointers point into the other members
 * @labels: changes of labels
 * @network: word behind network, or NULL
 * @peer: word behind patch, or NULL
 * @addr: addresses
 * @allowed: allowed address pairs
 */
struct port_words {
	struct nsfab_port port;
	struct netctl_label_words labels;
	const char *network;
	const char *peer;
	struct nsfab_addr addr[NSFAB_ADDRS_MAX];
	struct nsfab_allowed allowed[NSFAB_ADDRS_MAX];
};

/**
 * port_words_parse() - read the words behind a port's name
 * @set: they are of "port set", else of "port add"
 *
 * Return: 0, or NETCTL_USAGE after having printed why; in both cases
 * netctl_labels_free() is the caller's to call.
 */
int port_words_parse(struct netctl_ctx *ctx, bool set, int argc, char **argv,
		     struct port_words *w);

#endif /* NETCTL_PORT_WORDS_H */
