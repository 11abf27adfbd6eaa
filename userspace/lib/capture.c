// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A capture: for each NIC a packet socket inside of the VM's namespace, whose
 * ring (TPACKET_V3) is read from outside.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <nsfab/capture.h>
#include <nsfab/netns.h>

#define BLOCK_SIZE	(512 * 1024)	/* room for the largest segmented frame */
#define BLOCKS		16
#define FRAME_SIZE	2048
#define RETIRE_MS	20		/* how long a packet may lie in a block */
#define VLAN_AT		12
#define VLAN_LEN	4

/**
 * struct tap - the capture of one NIC
 * @fd: packet socket, -1 if not open
 * @ring: its ring, NULL if not mapped
 * @block: next to be read
 * @next: in that block, the next packet, NULL to start with the block
 * @left: packets left in that block
 * @interface: number in the file
 * @nic: number of the NIC
 * @mac: its address
 * @received: packets
 * @dropped: packets
 */
struct tap {
	int fd;
	uint8_t *ring;
	unsigned int block;
	uint8_t *next;
	uint32_t left;
	uint32_t interface;
	unsigned int nic;
	uint8_t mac[NSFAB_MAC_LEN];
	uint64_t received;
	uint64_t dropped;
};

struct nsfab_capture {
	struct nsfab_pcapng *file;
	int epoll;
	uint32_t snaplen;
	uint64_t start;
	uint64_t written;
	struct tap *tap;
	size_t n;
	char netns[NSFAB_NETNS_NAME_MAX + 1];
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int set_filter(int fd, uint32_t snaplen)
{
	struct sock_filter insn = BPF_STMT(BPF_RET | BPF_K, snaplen);
	struct sock_fprog prog = { .len = 1, .filter = &insn };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int map_ring(struct tap *tap)
{
	struct tpacket_req3 req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = BLOCK_SIZE / FRAME_SIZE * BLOCKS,
		.tp_retire_blk_tov = RETIRE_MS,
	};
	const int version = TPACKET_V3;
	void *ring;

	if (setsockopt(tap->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) ||
	    setsockopt(tap->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return -1;
	ring = mmap(NULL, (size_t)BLOCK_SIZE * BLOCKS, PROT_READ | PROT_WRITE,
		    MAP_SHARED, tap->fd, 0);
	if (ring == MAP_FAILED)
		return -1;
	tap->ring = ring;
	return 0;
}

/* Runs inside of the VM's namespace. */
static int open_tap(struct tap *tap, uint32_t snaplen)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "eth%u", tap->nic);
	sll.sll_ifindex = if_nametoindex(name);
	if (!sll.sll_ifindex)
		return -errno;
	/* Without a protocol nothing comes in before all is set. */
	tap->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (tap->fd < 0 || (snaplen && set_filter(tap->fd, snaplen)) ||
	    map_ring(tap) ||
	    bind(tap->fd, (struct sockaddr *)&sll, sizeof(sll)))
		return -errno;
	return 0;
}

static int open_taps(void *arg)
{
	struct nsfab_capture *c = arg;
	int ret = 0;
	size_t i;

	for (i = 0; i < c->n && !ret; i++)
		ret = open_tap(&c->tap[i], c->snaplen);
	return ret;
}

struct open_job {
	const struct nsfab_capture_spec *spec;
	struct nsfab_capture *c;
	struct nsfab_err *err;
};

static int list_nics(const struct nsfab_vm *vm, void *arg)
{
	struct open_job *job = arg;
	struct nsfab_capture *c = job->c;
	char name[NSFAB_NAME_MAX + 1];
	unsigned int nic;
	size_t i;

	if (!vm->netns)
		return nsfab_err_set(job->err, -EOPNOTSUPP,
				     "%s/%s has no namespace to capture in",
				     vm->tenant, vm->name);
	snprintf(c->netns, sizeof(c->netns), "%s", vm->netns);
	c->tap = calloc(vm->n_ports, sizeof(*c->tap));
	if (!c->tap)
		return nsfab_err_set(job->err, -ENOMEM, "no memory");
	for (i = 0; i < vm->n_ports; i++) {
		nsfab_vm_port_split(vm->ports[i]->name, name, &nic);
		if (job->spec->nic >= 0 && nic != (unsigned int)job->spec->nic)
			continue;
		c->tap[c->n].fd = -1;
		c->tap[c->n].nic = nic;
		memcpy(c->tap[c->n++].mac, vm->ports[i]->mac, NSFAB_MAC_LEN);
	}
	if (c->n)
		return 0;
	return nsfab_err_set(job->err, -ENOENT, "%s/%s has no eth%d",
			     vm->tenant, vm->name, job->spec->nic);
}

static int watch(struct nsfab_capture *c, struct nsfab_err *err)
{
	struct epoll_event ev = { .events = EPOLLIN };
	size_t i;

	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0)
		return nsfab_err_set(err, -errno, "cannot wait for packets");
	for (i = 0; i < c->n; i++)
		if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->tap[i].fd, &ev))
			return nsfab_err_set(err, -errno,
					     "cannot wait for packets");
	return 0;
}

static int begin_file(struct nsfab_capture *c,
		      const struct nsfab_capture_spec *spec)
{
	char name[IF_NAMESIZE], path[3 * NSFAB_NAME_MAX];
	size_t i;
	int ret;

	ret = nsfab_pcapng_new(&c->file, spec->application, spec->out,
			       spec->arg);
	for (i = 0; i < c->n && ret >= 0; i++) {
		snprintf(name, sizeof(name), "eth%u", c->tap[i].nic);
		snprintf(path, sizeof(path), "%s/%s/%s", spec->vm.tenant,
			 spec->vm.name, name);
		ret = nsfab_pcapng_interface(c->file, name, path,
					     c->tap[i].mac, spec->snaplen);
		c->tap[i].interface = ret;
	}
	return ret < 0 ? ret : 0;
}

static int open_inside(struct nsfab_capture *c, struct open_job *job)
{
	struct nsfab_err *err = job->err;
	int netns, ret;

	netns = nsfab_netns_open(c->netns, err);
	if (netns < 0)
		return netns;
	ret = nsfab_netns_call(netns, open_taps, c, err);
	close(netns);
	if (ret)
		return nsfab_err_set(err, ret, "cannot capture in %s",
				     c->netns);
	return watch(c, err);
}

int nsfab_capture_open(struct nsfab *h, unsigned int ifindex,
		       const struct nsfab_capture_spec *spec,
		       struct nsfab_capture **result, struct nsfab_err *err)
{
	struct open_job job = { .spec = spec, .err = err };
	struct nsfab_capture *c;
	int ret;

	c = calloc(1, sizeof(*c));
	if (!c)
		return nsfab_err_set(err, -ENOMEM, "no memory");
	c->epoll = -1;
	c->snaplen = spec->snaplen;
	job.c = c;
	ret = nsfab_vm_get(h, ifindex, &spec->vm, list_nics, &job, err);
	if (!ret)
		ret = open_inside(c, &job);
	if (!ret) {
		c->start = now();
		ret = begin_file(c, spec);
		if (ret)
			nsfab_err_set(err, ret, "cannot write the capture");
	}
	if (ret) {
		nsfab_capture_close(c, 0, false, NULL);
		return ret;
	}
	*result = c;
	return 0;
}

int nsfab_capture_fd(const struct nsfab_capture *c)
{
	return c->epoll;
}

static uint8_t cast_of(uint8_t pkttype)
{
	switch (pkttype) {
	case PACKET_HOST:
		return NSFAB_PCAPNG_UNICAST;
	case PACKET_BROADCAST:
		return NSFAB_PCAPNG_BROADCAST;
	case PACKET_MULTICAST:
		return NSFAB_PCAPNG_MULTICAST;
	case PACKET_OTHERHOST:
		return NSFAB_PCAPNG_PROMISC;
	default:
		return NSFAB_PCAPNG_CAST_UNKNOWN;
	}
}

/* The kernel takes a VLAN tag out of the frame; it belongs back. */
static int write_tagged(struct nsfab_capture *c,
			struct nsfab_pcapng_packet *packet,
			const struct tpacket3_hdr *hdr)
{
	uint16_t tag[2] = { htons(ETH_P_8021Q), htons(hdr->hv1.tp_vlan_tci) };
	const uint8_t *from = packet->data;
	uint8_t *frame;
	int ret;

	if (packet->len < VLAN_AT)
		return nsfab_pcapng_packet(c->file, packet);
	frame = malloc(packet->len + VLAN_LEN);
	if (!frame)
		return -ENOMEM;
	if (hdr->tp_status & TP_STATUS_VLAN_TPID_VALID)
		tag[0] = htons(hdr->hv1.tp_vlan_tpid);
	memcpy(frame, from, VLAN_AT);
	memcpy(frame + VLAN_AT, tag, VLAN_LEN);
	memcpy(frame + VLAN_AT + VLAN_LEN, from + VLAN_AT,
	       packet->len - VLAN_AT);
	packet->data = frame;
	packet->len += VLAN_LEN;
	packet->wire_len += VLAN_LEN;
	ret = nsfab_pcapng_packet(c->file, packet);
	free(frame);
	return ret;
}

static int write_packet(struct nsfab_capture *c, const struct tap *tap,
			const uint8_t *at)
{
	const struct tpacket3_hdr *hdr = (const void *)at;
	const struct sockaddr_ll *sll = (const void *)
		(at + TPACKET_ALIGN(sizeof(*hdr)));
	struct nsfab_pcapng_packet packet = {
		.interface = tap->interface,
		.time = (uint64_t)hdr->tp_sec * 1000000000 + hdr->tp_nsec,
		.data = at + hdr->tp_mac,
		.len = hdr->tp_snaplen,
		.wire_len = hdr->tp_len,
		.dir = NSFAB_PCAPNG_IN,
	};

	if (sll->sll_pkttype == PACKET_OUTGOING)
		packet.dir = NSFAB_PCAPNG_OUT;
	else
		packet.cast = cast_of(sll->sll_pkttype);
	if (hdr->tp_status & TP_STATUS_VLAN_VALID)
		return write_tagged(c, &packet, hdr);
	return nsfab_pcapng_packet(c->file, &packet);
}

/* Write what is in a ring; returns how many packets. */
static ssize_t read_tap(struct nsfab_capture *c, struct tap *tap, size_t max)
{
	struct tpacket_block_desc *block;
	uint32_t *status;
	ssize_t n = 0;
	int ret;

	while ((size_t)n < max) {
		block = (void *)(tap->ring + (size_t)tap->block * BLOCK_SIZE);
		status = &block->hdr.bh1.block_status;
		if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			break;
		if (!tap->next) {
			tap->next = (uint8_t *)block +
				    block->hdr.bh1.offset_to_first_pkt;
			tap->left = block->hdr.bh1.num_pkts;
		}
		for (; tap->left && (size_t)n < max; tap->left--, n++) {
			ret = write_packet(c, tap, tap->next);
			if (ret)
				return ret;
			tap->next += ((struct tpacket3_hdr *)
				      tap->next)->tp_next_offset;
		}
		if (tap->left)
			break;
		tap->next = NULL;
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		tap->block = (tap->block + 1) % BLOCKS;
	}
	return n;
}

/*
 * A device that is set down reports it once, and wakes its reader over and over
 * until that is read.
 */
static void clear_error(const struct tap *tap)
{
	socklen_t len = sizeof(int);
	int error;

	getsockopt(tap->fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

/* The sockets keep the namespace; without its name, the VM is gone. */
static bool vm_gone(const struct nsfab_capture *c)
{
	char path[sizeof(NSFAB_NETNS_DIR) + NSFAB_NETNS_NAME_MAX + 1];

	snprintf(path, sizeof(path), NSFAB_NETNS_DIR "/%s", c->netns);
	return access(path, F_OK);
}

ssize_t nsfab_capture_read(struct nsfab_capture *c, size_t max)
{
	ssize_t n, sum = 0;
	size_t i;

	for (i = 0; i < c->n && (size_t)sum < max; i++) {
		n = read_tap(c, &c->tap[i], max - sum);
		if (n < 0)
			return n;
		sum += n;
		clear_error(&c->tap[i]);
	}
	c->written += sum;
	return sum || !vm_gone(c) ? sum : -ENODEV;
}

/* Counters are reset by reading them. */
static void read_counters(struct tap *tap)
{
	struct tpacket_stats_v3 stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		return;
	tap->received += stats.tp_packets;
	tap->dropped += stats.tp_drops;
}

/*
 * Packets of the last milliseconds are in blocks that the kernel has not given
 * up yet; it does so by itself.
 */
static int finish_file(struct nsfab_capture *c, size_t max)
{
	const struct timespec ts = { .tv_nsec = 2 * RETIRE_MS * 1000000 };
	uint64_t end = now();
	ssize_t n = 0;
	size_t i;
	int ret;

	if (max) {
		nanosleep(&ts, NULL);
		n = nsfab_capture_read(c, max);
	}
	if (n < 0 && n != -ENODEV)
		return n;
	for (i = 0; i < c->n; i++) {
		read_counters(&c->tap[i]);
		ret = nsfab_pcapng_statistics(c->file, c->tap[i].interface,
					      c->start, end,
					      c->tap[i].received,
					      c->tap[i].dropped);
		if (ret)
			return ret;
	}
	return 0;
}

int nsfab_capture_close(struct nsfab_capture *c, size_t max, bool finish,
			struct nsfab_capture_stats *stats)
{
	int ret = 0;
	size_t i;

	if (!c)
		return 0;
	if (finish)
		ret = finish_file(c, max);
	if (stats)
		stats->written = c->written;
	if (stats)
		stats->dropped = 0;
	for (i = 0; i < c->n; i++) {
		if (stats)
			stats->dropped += c->tap[i].dropped;
		if (c->tap[i].ring)
			munmap(c->tap[i].ring, (size_t)BLOCK_SIZE * BLOCKS);
		if (c->tap[i].fd >= 0)
			close(c->tap[i].fd);
	}
	if (c->epoll >= 0)
		close(c->epoll);
	nsfab_pcapng_free(c->file);
	free(c->tap);
	free(c);
	return ret;
}
