/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libnsfab: capturing a VM's packets as pcapng. */
#ifndef NSFAB_CAPTURE_H
#define NSFAB_CAPTURE_H

#include <nsfab/pcapng.h>
#include <nsfab/vm.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSFAB_CAPTURE_SNAPLEN_MAX	262144

struct nsfab_capture;

/**
 * struct nsfab_capture_spec - what to capture
 * @vm: the VM, not a stub
 * @nic: number of the NIC, or -1 for all that it has now
 * @snaplen: most bytes to keep of a packet, 0 for all
 * @application: who writes the file
 * @out: takes the file, block by block
 * @arg: passed on
 */
struct nsfab_capture_spec {
	struct nsfab_vm_ref vm;
	int nic;
	uint32_t snaplen;
	const char *application;
	nsfab_pcapng_out out;
	void *arg;
};

/** struct nsfab_capture_stats - how a capture went */
struct nsfab_capture_stats {
	uint64_t written;	/* packets */
	uint64_t dropped;	/* packets, for want of room */
};

/**
 * nsfab_capture_open() - start a capture
 * @h: handle
 * @ifindex: the fabric
 * @spec: what to capture
 * @c: result
 * @err: filled on failure
 *
 * Writes the file's beginning. From here on packets are kept in a ring.
 *
 * Return: 0, a negative errno, or what @spec->out returned.
 */
int nsfab_capture_open(struct nsfab *h, unsigned int ifindex,
		       const struct nsfab_capture_spec *spec,
		       struct nsfab_capture **c, struct nsfab_err *err);

/** nsfab_capture_fd() - readable when there is something to read; not to be closed */
int nsfab_capture_fd(const struct nsfab_capture *c);

/**
 * nsfab_capture_read() - write what was captured since; does not wait
 * @c: capture
 * @max: most packets to write
 *
 * To be called now and then without packets too, to see whether there is a VM.
 *
 * Return: how many were written, or a negative errno (-ENODEV: the VM is gone;
 * the file can be finished).
 */
ssize_t nsfab_capture_read(struct nsfab_capture *c, size_t max);

/**
 * nsfab_capture_close() - end a capture
 * @c: capture, may be NULL
 * @max: write so many of the packets that are still in the ring, and then the
 *	statistics; 0 with a file that is not to be finished
 * @finish: write the statistics, which a complete file ends with
 * @stats: gets how it went, may be NULL
 *
 * Return: 0 or the negative errno of writing the last blocks.
 */
int nsfab_capture_close(struct nsfab_capture *c, size_t max, bool finish,
			struct nsfab_capture_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* NSFAB_CAPTURE_H */
