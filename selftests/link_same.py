#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""link_same.py A B C: traffic that is the same each time; see link_same.sh"""
import ctypes
import select
import socket
import struct
import sys
import time

from raw import inside

LIBC = ctypes.CDLL(None, use_errno=True)
BEGIN = 1700000000


def begin():
    """From the same distance to a second of both clocks on"""
    spec = struct.pack("qq", int(time.monotonic()) + 2, 0)
    LIBC.clock_nanosleep(1, 1, spec, None)
    time.clock_settime_ns(time.CLOCK_REALTIME, BEGIN * 1000000000)


def sock(netns, port):
    """A datagram socket there"""
    made = inside(netns, socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("", port))
    return made


def main():
    """Two clients and a server, which answers what it hears"""
    netns = sys.argv[1:4]
    server = sock(netns[2], 9)
    clients = [sock(netns[i % 2], 1000 + i) for i in range(30)]
    begin()
    for k in range(100):
        for i, client in enumerate(clients):
            client.sendto(bytes(100 + 37 * i), ("198.51.100.13", 9))
        end = BEGIN * 1000000000 + (k + 1) * 20000000
        while time.time_ns() < end:
            if select.select([server], [], [],
                             (end - time.time_ns()) / 1e9)[0]:
                data, where = server.recvfrom(3000)
                server.sendto(data[:50], where)


if __name__ == "__main__":
    main()
