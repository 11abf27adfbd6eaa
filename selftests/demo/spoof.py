# SPDX-License-Identifier: GPL-2.0-or-later
"""spoof.py DEVICE MAC: send frames that a fabric has to drop; MAC is another's."""
import socket
import struct
import sys

device, other = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", ""))


def csum(data):
    """The Internet checksum"""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return struct.pack(">H", ~total & 0xffff)


def packet(src):
    """A UDP datagram of 8 bytes from src to 10.0.1.3"""
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 36, 1, 0, 64, 17, 0,
                       socket.inet_aton(src), socket.inet_aton("10.0.1.3"))
    head = head[:10] + csum(head) + head[12:]
    return head + struct.pack(">HHHH8s", 4000, 4000, 16, 0, b"spoofed!")


sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind((device, 0))
own = sock.getsockname()[4]
ipv4 = b"\x08\x00"
sock.send(other + other + ipv4 + packet("10.0.1.2"))
sock.send(other + own + ipv4 + packet("10.0.1.3"))
sock.send(other + own + b"\x81\x00\x00\x05" + ipv4 + packet("10.0.1.2"))
sock.send(other + own + ipv4 + packet("10.0.1.2")[:12])
