# SPDX-License-Identifier: GPL-2.0-or-later
"""Many frames at once, when each was sent and came, and what to expect of draws.

A Lab is what link_lab() of lib.sh made. A Line is a way between two of its VMs:
what it sends leaves within few system calls; a ring of packets tells when, by
the clock that all share.
"""
import ctypes
import math
import mmap
import socket
import struct
import time

import nl
from raw import ETH_P_ALL, IP, UDP, eth, inside, ip4, udp, wait_quiet

LIBC = ctypes.CDLL(None, use_errno=True)
SOL_PACKET, PACKET_RX_RING, PACKET_VERSION, PACKET_STATISTICS = 263, 5, 10, 6
SO_ATTACH_FILTER = 26
OUTGOING = 4
PORT, OTHERS_PORT = 9, 10   # what a ring shows is not for the latter
SLOT, BLOCK = 256, 1 << 20
MAGIC = b"link"
HEADERS = 42        # Ethernet, IPv4, UDP
MARK = 16           # MAGIC, number, time of sending if the sender tells
US, MS, S = 1000, 1000000, 1000000000
# In virtual time the clock ticks each 256 ns and a timer fires 500 ns from now or
# later. So a packet for which a wheel's slot begins within a microsecond leaves
# by then.
LATE = 1000 + 256 + 500


def share(p):
    """A probability"""
    return round(p * ((1 << 32) - 1))


def virtual_time():
    """Does the CPU cost no time here?"""
    begin = time.monotonic_ns()
    for _ in range(300000):
        pass
    return time.monotonic_ns() - begin < 1000000


def ok(name, good, *why):
    """Report"""
    if not good:
        for line in why:
            print("#", line)
    print("ok" if good else "not ok", name, flush=True)


class Link:
    """A link while it is needed; words as nl.py has them, from_ for from"""

    def __init__(self, fab, words):
        self.fab, self.id = fab, words["id"]
        self._write("new", words)

    def _write(self, verb, words):
        flat = []
        for key, value in words.items():
            for v in value if isinstance(value, list) else [value]:
                flat += [key.rstrip("_").replace("_", "-"), str(v)]
        self.fab.write("link", verb, flat)

    def set(self, **words):
        """Change it in place"""
        self._write("set", {"id": self.id, **words})

    def counters(self):
        """What it counted"""
        return next(x for x in self.fab.get("link")
                    if x["id"] == self.id)["counters"]

    def delete(self):
        """Remove it"""
        self.fab.write("link", "del", ["id", str(self.id)])

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.delete()


class Lab:
    """Fabric fab0 of host, and VMs with eth0"""

    def __init__(self, host, vms):
        self.fab = inside(host, nl.Fabric, "fab0")
        self.end = [(ns, f"06:00:00:00:00:0{i}", f"198.51.100.1{i}")
                    for i, ns in enumerate(vms, 1)]
        self.sport = 1000

    def flow(self):
        """A source port that was not used before"""
        self.sport += 1
        return self.sport

    def link(self, **words):
        """A link, from port 1 to port 2 if its ends are not given"""
        if not {"from_", "to", "name"} & set(words):
            words.update(from_=1, to=2)
        words.setdefault("id", 1)
        return Link(self.fab, words)

    def line(self, src=0, dst=1, slots=1 << 17):
        """Between two VMs, from 0"""
        return Line(self.end[src], self.end[dst], slots)


class Ring:
    """What passes a device, with its time; made in the device's namespace"""

    def __init__(self, dev, slots, outgoing):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        blocks = -(-slots * SLOT // BLOCK)
        self.slots, self.at, self.outgoing = blocks * (BLOCK // SLOT), 0, \
            outgoing
        self.sock.setsockopt(SOL_PACKET, PACKET_VERSION, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack(
            "IIII", BLOCK, blocks, SLOT, self.slots))
        self._filter()
        self.map = mmap.mmap(self.sock.fileno(), blocks * BLOCK)
        self.sock.bind((dev, ETH_P_ALL))

    def _filter(self):
        """Other traffic is no load for a ring, however long none reads it"""
        code = (
            (0x28, 0, 0, 0xfffff004),               # ldh pkttype
            (0x15, not self.outgoing and 3, self.outgoing and 3, OUTGOING),
            (0x28, 0, 0, 36),                       # ldh destination port
            (0x15, 1, 0, OTHERS_PORT),
            (0x06, 0, 0, 0x40000),
            (0x06, 0, 0, 0))
        prog = ctypes.create_string_buffer(
            b"".join(struct.pack("HBBI", *line) for line in code))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
            "HxxxxxxQ", len(code), ctypes.addressof(prog)))

    def close(self):
        """Free its memory"""
        self.map.close()
        self.sock.close()

    def take(self):
        """[(time, frame's first bytes, its length)] since the last time"""
        found, mem = [], self.map
        while True:
            at = self.at * SLOT
            status, length, caught, start, _, sec, nsec = \
                struct.unpack_from("IIIHHII", mem, at)
            if not status & 1:
                break
            found.append((sec * 1000000000 + nsec,
                          mem[at + start:at + start + caught], length))
            struct.pack_into("I", mem, at, 0)
            self.at = (self.at + 1) % self.slots
        lost = struct.unpack("II", self.sock.getsockopt(
            SOL_PACKET, PACKET_STATISTICS, 8))[1]
        if lost:
            raise SystemExit(f"the ring had no room for {lost} frames")
        return found


def _iovecs(base, sizes, stride):
    """struct iovec and struct mmsghdr of frames in one buffer"""
    iov = ctypes.create_string_buffer(16 * len(sizes))
    msg = ctypes.create_string_buffer(64 * len(sizes))
    at = ctypes.addressof(iov)
    for i, size in enumerate(sizes):
        struct.pack_into("QQ", iov, 16 * i, base + i * stride, size)
        struct.pack_into("QQQQ", msg, 64 * i, 0, 0, at + 16 * i, 1)
    return iov, msg


class Line:
    """From one VM's eth0 to another one's"""

    def __init__(self, src, dst, slots=1 << 17):
        """Each of src and dst: (netns, MAC, IPv4 address)"""
        self.src, self.dst = src, dst
        self.sock = inside(src[0], self._sender)
        self.sent = inside(src[0], Ring, "eth0", slots, True)
        self.came = inside(dst[0], Ring, "eth0", slots, False)

    @staticmethod
    def _sender():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.bind(("eth0", 0))
        sock.setsockopt(socket.SOL_SOCKET, 32, 1 << 24)     # SO_SNDBUFFORCE
        return sock

    def close(self):
        """Free its memory"""
        self.sent.close()
        self.came.close()
        self.sock.close()

    def frame(self, sport, size, tos=0, full=False, dport=PORT):
        """A datagram's frame, all its bytes; its checksum if full"""
        data = MAGIC + bytes(max(0, size - HEADERS - len(MAGIC)))
        datagram = udp(self.src[2], self.dst[2], sport, dport, data)
        if not full:
            datagram = datagram[:6] + b"\0\0" + datagram[8:]
        packet = bytearray(ip4(self.src[2], self.dst[2], UDP, datagram))
        if tos:     # RFC 1624
            packet[1] = tos
            old, = struct.unpack_from(">H", packet, 10)
            new = (~old & 0xffff) + tos
            struct.pack_into(">H", packet, 10,
                             ~((new & 0xffff) + (new >> 16)) & 0xffff)
        return eth(self.dst[1], self.src[1], IP, bytes(packet))

    def send(self, n, sport, size=100, first=0, frames=None, numbered=True):
        """n datagrams of a flow at once, numbered from first on; frames are
        some to use in turn instead of one of that size"""
        frames = frames or [self.frame(sport, size)]
        stride = max(len(f) for f in frames)
        buf = bytearray().join(frames[i % len(frames)].ljust(stride, b"\0")
                               for i in range(n))
        sizes = [len(frames[i % len(frames)]) for i in range(n)]
        for i in range(n if numbered else 0):
            struct.pack_into(">I", buf, i * stride + HEADERS + len(MAGIC),
                             first + i)
        mem = (ctypes.c_char * len(buf)).from_buffer(buf)
        iov, msg = _iovecs(ctypes.addressof(mem), sizes, stride)
        done = 0
        while done < n:
            got = LIBC.sendmmsg(self.sock.fileno(),
                                ctypes.byref(msg, 64 * done),
                                min(1024, n - done), 0)
            if got < 0:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            done += got
        del mem, iov

    @staticmethod
    def _ours(found):
        """{number: [(time, frame, length)]}, and the numbers as they came"""
        by_number, order = {}, []
        for when, frame, length in found:
            if frame[HEADERS:HEADERS + 4] != MAGIC:
                continue
            number, = struct.unpack_from(">I", frame, HEADERS + 4)
            by_number.setdefault(number, []).append((when, frame, length))
            order.append(number)
        return by_number, order

    def forget(self):
        """What was sent and came so far"""
        self.sent.take()
        self.came.take()

    def collect(self, seconds):
        """What was sent, what came until so long from now, in which order"""
        time.sleep(seconds)
        sent, _ = self._ours(self.sent.take())
        came, order = self._ours(self.came.take())
        return sent, came, order

    def rest(self):
        """Likewise, as soon as nothing comes any more"""
        sent, came = [], []

        def more():
            found = self.came.take()
            sent.extend(self.sent.take())
            came.extend(found)
            return found
        wait_quiet(more)
        return self._ours(sent)[0], *self._ours(came)

    def delays(self, seconds):
        """{number: [ns]}"""
        sent, came, _ = self.collect(seconds)
        return {n: [c[0] - sent[n][0][0] for c in copies]
                for n, copies in came.items()}


# ---- statistics

Z = 3.2905      # 99.9 % of a normal distribution, both sides


def within(found, expected, deviation):
    """Is it where 99.9 of 100 are?"""
    return abs(found - expected) <= Z * deviation


def binomial(found, n, p):
    """Likewise, of n draws"""
    return within(found, n * p, math.sqrt(n * p * (1 - p)))


def ks(values, cdf):
    """Largest distance of two distributions, over what one of 1000 exceeds"""
    values = sorted(values)
    n = len(values)
    worst = 0
    for i, v in enumerate(values):
        f = cdf(v)
        worst = max(worst, f - i / n, (i + 1) / n - f)
    return worst * math.sqrt(n) / 1.9495


def moments(values):
    """Mean and deviation"""
    n = len(values)
    mean = sum(values) / n
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / n)


def uncertain(n, dev, fourth):
    """The deviations of these two, of n values of a distribution with that
    deviation and fourth central moment. The values' own moments would not do:
    where tails are heavy, few of them hold most of the fourth, and it is these
    that are missing when the deviation is small."""
    return dev / math.sqrt(n), \
        math.sqrt((fourth - dev ** 4) / n) / (2 * dev)


def runs(lost):
    """Lengths of runs of numbers that follow each other, of a sorted list"""
    found, last = [], None
    for i in lost:
        if last is not None and i == last + 1:
            found[-1] += 1
        else:
            found.append(1)
        last = i
    return found
