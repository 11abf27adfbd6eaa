#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""probe.py NETNS DESTINATION PORT HOPS [SIZE]: send a UDP datagram, print the
ICMP error that it causes as "ADDRESS TYPE CODE [MTU]", or "none" if none comes
within 20 s or NSFAB_PROBE_SECONDS."""
import os
import select
import socket
import struct
import sys

from raw import inside

NETNS, DST, PORT, HOPS = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5])
SIZE = int(sys.argv[5]) if len(sys.argv) > 5 else 8
V6 = ":" in DST
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
LEVEL = socket.IPPROTO_IPV6 if V6 else socket.IPPROTO_IP
HOP_OPTION = socket.IPV6_UNICAST_HOPS if V6 else socket.IP_TTL
RECVERR, DISCOVER = (25, 23) if V6 else (11, 10)
ERRQUEUE = 0x2000

sock = inside(NETNS, socket.socket, FAMILY, socket.SOCK_DGRAM)
sock.setsockopt(LEVEL, HOP_OPTION, HOPS)
sock.setsockopt(LEVEL, RECVERR, 1)
sock.setsockopt(LEVEL, DISCOVER, 3 if SIZE > 8 else 2)  # probe: ignore what
sock.connect((DST, PORT))                               # is known of the path
try:
    sock.send(bytes(SIZE))
except OSError:
    pass
poll = select.poll()
poll.register(sock, 0)
answer = "none"
if poll.poll(1000 * int(os.environ.get("NSFAB_PROBE_SECONDS", 20))):
    _, control, _, _ = sock.recvmsg(2048, 2048, ERRQUEUE)
    for level, kind, data in control:
        if (level, kind) != (LEVEL, RECVERR):
            continue
        _, origin, icmp_type, code, _, info, _ = struct.unpack_from(
            "IBBBBII", data)
        where = data[16 + 8:][:16] if V6 else data[16 + 4:][:4]
        if origin in (2, 3):
            answer = f"{socket.inet_ntop(FAMILY, where)} {icmp_type} {code}"
            if info:
                answer += f" {info}"
print(answer)
