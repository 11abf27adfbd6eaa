# SPDX-License-Identifier: GPL-2.0-or-later
"""Check a pcapng file of Ethernet from standard input, block by block, and
print "PACKETS ICMP-ECHOES in OUT out DROPPED" (see draft-ietf-opsawg-pcapng).
"""

import struct
import sys


def options(data):
    """{code: value} of a block's options"""
    found = {}
    while data:
        code, length = struct.unpack_from("=HH", data)
        if not code:
            assert not length and len(data) == 4, "end of options"
            return found
        assert len(data) >= 4 + length, "option is cut"
        found[code] = data[4:4 + length]
        data = data[4 + length + 3 & ~3:]
    return found


def blocks(data):
    """(type, body) of all blocks"""
    while data:
        assert len(data) >= 12, "a block is cut"
        kind, length = struct.unpack_from("=II", data)
        assert length % 4 == 0 and 12 <= length <= len(data), "block length"
        assert struct.unpack_from("=I", data, length - 4)[0] == length, \
            "lengths differ"
        yield kind, data[8:length - 4]
        data = data[length:]


def main():
    """Any violation is an exception."""
    interfaces, last, count, echoes = [], 0, 0, 0
    directions, dropped, ended = {1: 0, 2: 0}, 0, False
    for number, (kind, body) in enumerate(blocks(sys.stdin.buffer.read())):
        assert (kind == 0x0a0d0d0a) == (number == 0), "section header"
        if number == 0:
            magic, major, minor = struct.unpack_from("=IHH", body)
            assert (magic, major, minor) == (0x1a2b3c4d, 1, 0), "header"
            options(body[16:])
        elif kind == 1:
            link, _, snap = struct.unpack_from("=HHI", body)
            assert link == 1, "not Ethernet"
            found = options(body[8:])
            assert found[9] == b"\x09", "not nanoseconds"
            assert found[2], "no name"
            interfaces.append(snap)
        elif kind == 6:
            index, high, low, captured, length = \
                struct.unpack_from("=IIIII", body)
            assert index < len(interfaces), "unknown interface"
            assert captured <= length, "captured more than there was"
            assert not interfaces[index] or captured <= interfaces[index]
            assert high << 32 | low >= last, "time runs backwards"
            last = high << 32 | low
            assert 1 << 60 < last < 1 << 62, "not nanoseconds since 1970"
            packet = body[20:20 + captured]
            found = options(body[20 + (captured + 3 & ~3):])
            directions[struct.unpack("=I", found[2])[0] & 3] += 1
            count += 1
            echoes += packet[12:14] == b"\x08\0" and packet[23] == 1
        elif kind == 5:
            dropped += struct.unpack("=Q", options(body[12:])[5])[0]
            ended = True
        else:
            raise AssertionError(f"block of type {kind}")
    assert ended, "no statistics at the end"
    print(count, echoes, directions[1], "in", directions[2], "out", dropped)


if __name__ == "__main__":
    main()
