# SPDX-License-Identifier: GPL-2.0-or-later
"""scale.py N DIRECTORY: what the parts of N namespace-VMs cost, in
nanoseconds, on fab0 of this namespace:

  N network and UTS namespaces by bare unshare(), loopback up
  the same, pinned by bind mounts in DIRECTORY
  N ports in one tenant, and a device of each in these namespaces
  the end of all"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import time

from nlraw import F_CREATE, F_EXCL, Family, Raw, Socket, ip, pack

CLONE_NEWUTS, CLONE_NEWNET = 0x04000000, 0x40000000
SIOCSIFFLAGS, IFF_UP, MS_BIND = 0x8914, 1, 4096
MNT_DETACH = 2
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *args):
    """A system call that has to work"""
    if getattr(LIBC, name)(*args):
        raise OSError(ctypes.get_errno(), name)


def make(count, where=None):
    """File descriptors of that many new namespaces"""
    home, held = os.open("/proc/self/ns/net", os.O_RDONLY), []
    for i in range(count):
        call("unshare", CLONE_NEWNET | CLONE_NEWUTS)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCSIFFLAGS,
                        struct.pack("16sH14x", b"lo", IFF_UP))
        for kind in ("net", "uts") if where else ():
            path = f"{where}/{kind}{i}"
            os.close(os.open(path, os.O_CREAT))
            call("mount", b"/proc/self/ns/" + kind.encode(), path.encode(),
                 None, MS_BIND, None)
        held.append(os.open("/proc/self/ns/net", os.O_RDONLY))
    call("setns", home, CLONE_NEWNET)
    os.close(home)
    return held


def ports(held):
    """A port of one network, and its device, for each namespace"""
    family, link = Family("fab0"), Socket(0)
    family.do("tenant-new", [("tenant", [("id", 1)])])
    family.do("network-new", [("network", [("id", 1), ("tenant", 1), (
        "subnet", [("address", ip("10.0.0.0")), ("prefixlen", 16)])])])
    for at in range(0, len(held), 500):
        family.do("port-new", [("port", [
            ("id", i + 1), ("network", 1),
            ("address", (0x0a000002 + i).to_bytes(4, "big"))])
            for i in range(at, min(at + 500, len(held)))])
    for i, fd in enumerate(held):
        info = Raw(1, b"nsfab_port\0").pack() + Raw(
            0x8002, pack("port-device", [("id", i + 1)])).pack()
        link.ask(16, struct.pack("BxHiII", 0, 0, 0, 1, 1) +
                 Raw(3, b"eth0\0").pack() +
                 Raw(5, struct.pack("I", family.ifindex)).pack() +
                 Raw(28, struct.pack("I", fd)).pack() +
                 Raw(0x8012, info).pack(), F_CREATE | F_EXCL)


def main():
    """Print the four times."""
    count, where = int(sys.argv[1]), sys.argv[2]
    times = [time.monotonic_ns()]
    for fd in make(count):
        os.close(fd)
    times.append(time.monotonic_ns())
    held = make(count, where)
    times.append(time.monotonic_ns())
    ports(held)
    times.append(time.monotonic_ns())
    for fd in held:
        os.close(fd)
    for name in os.listdir(where):
        call("umount2", f"{where}/{name}".encode(), MNT_DETACH)
        os.unlink(f"{where}/{name}")
    Family("fab0").do("tenant-del", [("tenant", [("id", 1)])])
    times.append(time.monotonic_ns())
    print(*(b - a for a, b in zip(times, times[1:])))


if __name__ == "__main__":
    main()
