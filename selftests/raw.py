# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames made by hand, and sockets that send and hear them in any namespace."""
import ctypes
import ipaddress
import os
import select
import socket
import struct
import time

LIBC = ctypes.CDLL(None, use_errno=True)
ETH_P_ALL, IP, IP6, ARP, VLAN, QINQ = 3, 0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8
ICMP, TCP, UDP, ICMP6, FRAGMENT = 1, 6, 17, 58, 44
BROADCAST = "ff:ff:ff:ff:ff:ff"
OUTGOING = 4


def mac(text):
    """6 bytes"""
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    """4 or 16 bytes"""
    return ipaddress.ip_address(text).packed


def csum(data):
    """The Internet checksum"""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def eth(dst, src, proto, payload):
    """A frame"""
    return mac(dst) + mac(src) + struct.pack(">H", proto) + payload


def ip4(src, dst, proto, payload, ttl=64, frag=0, ident=1, options=b""):
    """An IPv4 packet; frag is the field with its flags"""
    head = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), ident, frag, ttl,
                       proto, 0, ip(src), ip(dst)) + options
    return head[:10] + struct.pack(">H", csum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, ttl=64):
    """An IPv6 packet"""
    return struct.pack(">IHBB16s16s", 6 << 28, len(payload), proto, ttl,
                       ip(src), ip(dst)) + payload


def pseudo(src, dst, proto, payload):
    """What an upper layer's checksum covers besides its own bytes"""
    src, dst = ip(src), ip(dst)
    if len(src) == 4:
        return src + dst + struct.pack(">BBH", 0, proto, len(payload))
    return src + dst + struct.pack(">II", len(payload), proto)


def udp(src, dst, sport, dport, data=b""):
    """A UDP datagram"""
    head = struct.pack(">HHHH", sport, dport, 8 + len(data), 0)
    total = csum(pseudo(src, dst, UDP, head + data) + head + data) or 0xffff
    return head[:6] + struct.pack(">H", total) + data


def tcp(src, dst, sport, dport, flags, data=b"", seq=1):
    """A TCP segment"""
    head = struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 5 << 4, flags, 1000,
                       0, 0)
    total = csum(pseudo(src, dst, TCP, head + data) + head + data)
    return head[:16] + struct.pack(">H", total) + head[18:] + data


def icmp(kind, code=0, rest=b"\0\1\0\1", data=b""):
    """An ICMP message"""
    head = struct.pack(">BBH", kind, code, 0) + rest + data
    return head[:2] + struct.pack(">H", csum(head)) + head[4:]


def icmp6(src, dst, kind, code=0, rest=b"\0\1\0\1", data=b""):
    """An ICMPv6 message"""
    head = struct.pack(">BBH", kind, code, 0) + rest + data
    total = csum(pseudo(src, dst, ICMP6, head) + head)
    return head[:2] + struct.pack(">H", total) + head[4:]


def packet(src, dst, proto, payload, **words):
    """An IPv4 or IPv6 packet"""
    make = ip6 if ":" in src else ip4
    return make(src, dst, proto, payload, **words)


def l3(text):
    """The ethertype of an address"""
    return IP6 if ":" in text else IP


def arp(op, sha, spa, tha, tpa):
    """An ARP packet"""
    return struct.pack(">HHBBH", 1, IP, 6, 4, op) + mac(sha) + ip(spa) + \
        mac(tha) + ip(tpa)


def echo(src, dst, ident=1, seq=1, data=b"nsfab", **words):
    """A ping's packet"""
    rest = struct.pack(">HH", ident, seq)
    if ":" in src:
        return ip6(src, dst, ICMP6, icmp6(src, dst, 128, 0, rest, data),
                   **words)
    return ip4(src, dst, ICMP, icmp(8, 0, rest, data), **words)


def solicited(target):
    """The multicast address and MAC of a neighbour solicitation"""
    low = ip(target)[13:]
    return str(ipaddress.ip_address(ip("ff02::1:ff00:0")[:13] + low)), \
        "33:33:ff:" + low.hex(":")


def solicit(src, target, lladdr, hops=255):
    """A neighbour solicitation's packet; DAD's if src is ::"""
    group, _ = solicited(target)
    option = b"" if src == "::" else b"\1\1" + mac(lladdr)
    return ip6(src, group, ICMP6, icmp6(src, group, 135, 0, bytes(4),
                                        ip(target) + option), ttl=hops)


def advertise(src, dst, target, lladdr, flags=0x60):
    """A neighbour advertisement's packet"""
    return ip6(src, dst, ICMP6, icmp6(
        src, dst, 136, 0, struct.pack(">I", flags << 24),
        ip(target) + b"\2\1" + mac(lladdr)), ttl=255)


def vxlan(vni, frame, flags=8):
    """VXLAN's header and a frame"""
    return struct.pack(">II", flags << 24, vni << 8) + frame


def geneve(vni, frame, options=b"", ver=0, flags=0, proto=0x6558):
    """Geneve's header and a frame"""
    return struct.pack(">BBHI", ver << 6 | len(options) // 4, flags, proto,
                       vni << 8) + options + frame


# ---- namespaces

def enter(netns):
    """Go to a namespace that ip netns knows; "" is the first one"""
    path = f"/run/netns/{netns}" if netns else "/proc/1/ns/net"
    fd = os.open(path, os.O_RDONLY)
    if LIBC.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), f"setns {netns}")
    os.close(fd)


def inside(netns, make, *words):
    """make(*words), a socket, in that namespace"""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(netns)
    try:
        return make(*words)
    finally:
        LIBC.setns(home, 0x40000000)
        os.close(home)


def one_cpu():
    """From here on, frames are handled in the order in which they are sent:
    each CPU has a queue of its own"""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def wait(what, seconds=30):
    """Until something is true, or in vain: not in that time, nor soon after a
    time in which the machine stood still"""
    end, tries = time.monotonic() + seconds, 0
    while tries < 100 or time.monotonic() < end:
        if what():
            return True
        tries += 1
        time.sleep(.01)
    return what()


class Segmented:
    """Sends TCP over IPv4 in frames that are to be cut at so many bytes"""

    def __init__(self, netns, dev, size):
        self.sock = inside(netns, self._open, dev)
        # struct virtio_net_hdr: checksums to be filled in, TCPv4
        self.head = struct.pack("=BBHHHH", 1, 1, 54, size, 34, 16)

    @staticmethod
    def _open(dev):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.setsockopt(263, 15, 1)     # SOL_PACKET, PACKET_VNET_HDR
        sock.bind((dev, 0))
        return sock

    def send(self, frame):
        """Send a frame; False if the kernel itself refuses it"""
        try:
            self.sock.send(self.head + frame)
        except OSError:
            return False
        return True


def wait_more(look):
    """Until it is true, and look once more a moment later: for what comes too
    often, or to others"""
    wait(look)
    time.sleep(.1)
    look()


def wait_quiet(more):
    """Until it is false three times, a tenth of a second apart"""
    quiet = 0
    while quiet < 3:
        time.sleep(.1)
        quiet = 0 if more() else quiet + 1


class Nic:
    """A device, seen by a packet socket"""

    def __init__(self, netns, dev):
        self.netns, self.dev = netns, dev
        self.sock = inside(netns, self._open)

    def _open(self):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(ETH_P_ALL))
        sock.bind((self.dev, ETH_P_ALL))
        sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)     # SO_RCVBUFFORCE
        sock.setblocking(False)
        return sock

    def fileno(self):
        """For select()"""
        return self.sock.fileno()

    def send(self, frame):
        """Send a frame, when there is room; False if the kernel itself refuses
        it"""
        for _ in range(10):
            try:
                self.sock.send(frame)
            except BlockingIOError:     # others still wait for a CPU
                select.select([], [self], [], 1)
            except OSError:
                return False
            else:
                return True
        return False

    def pending(self):
        """The frames that came in so far"""
        found = []
        while True:
            try:
                frame, where = self.sock.recvfrom(1 << 17)
            except BlockingIOError:
                return found
            if where[2] != OUTGOING:
                found.append(frame)

    def expect(self, want, seconds=30):
        """Frames until one that want(frame) likes; None if it does not come"""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            for frame in self.pending():
                if want(frame):
                    return frame
            if left <= 0:
                return None
            select.select([self], [], [], left)
