/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netctl: the words that describe a VM. */
#ifndef NETCTL_VM_WORDS_H
#define NETCTL_VM_WORDS_H

#include <nsfab/vm.h>

#include "words.h"

/**
 * struct vm_words - a VM in words
 * @present: what is given of NSFAB_VM_CHANGE_*, but for RUN
 * @nic: NICs
 * @n_nics: their number
 * @labels: labels
 * @cpus: thousandths
 * @memory: bytes
 * @stub: no namespace
 * @no_run: forget the workload
 * @run: the workload's words, NULL if not given
 * @n_run: their number
 */
struct vm_words {
	uint32_t present;
	struct nsfab_vm_nic *nic;
	size_t n_nics;
	struct netctl_label_words labels;
	uint32_t cpus;
	uint64_t memory;
	bool stub;
	bool no_run;
	char **run;
	size_t n_run;
};

/**
 * vm_words_parse() - read the words behind a VM's name
 * @ctx: this run
 * @set: they are of "vm set", else of "vm add"
 * @argc: number of words
 * @argv: words, of which @w keeps pointers
 * @w: result, to be freed with vm_words_free(), on failure too
 *
 * Return: 0, or NETCTL_USAGE after having printed why.
 */
int vm_words_parse(struct netctl_ctx *ctx, bool set, int argc, char **argv,
		   struct vm_words *w);

/** vm_words_free() - free what the words were read into */
void vm_words_free(struct vm_words *w);

/**
 * vm_nic_parse() - read "NETWORK[,ip=A|auto|none][,mac=M][,unguarded]..."
 * @text: the word
 * @nic: result; its pointers are to be freed with vm_nic_free(), if 0 was
 *	returned
 * @why: gets what is wrong, a buffer of @size bytes
 * @size: room in @why
 *
 * Return: 0, -EINVAL with @why filled, or -ENOMEM.
 */
int vm_nic_parse(const char *text, struct nsfab_vm_nic *nic, char *why,
		 size_t size);

/** vm_nic_free() - free what a NIC points to */
void vm_nic_free(struct nsfab_vm_nic *nic);

/**
 * vm_labels_merge() - change some labels and keep the others
 * @old: lines of KEY=VALUE
 * @add: lines that replace those of the same key, may be NULL
 * @remove: keys to be left out, one a line, may be NULL
 *
 * Return: lines, to be freed, or NULL without memory.
 */
char *vm_labels_merge(const char *old, const char *add, const char *remove);

/**
 * vm_path_split() - read "TENANT/VM" or, with @nic, "TENANT/VM/ethN"
 * @ctx: this run
 * @path: the word
 * @buf: gets a copy that @ref points into, to be freed
 * @ref: result
 * @nic: gets N or -1; NULL if a NIC is not allowed
 *
 * Return: 0, or NETCTL_USAGE after having printed why.
 */
int vm_path_split(struct netctl_ctx *ctx, const char *path, char **buf,
		  struct nsfab_vm_ref *ref, int *nic);

#endif /* NETCTL_VM_WORDS_H */
