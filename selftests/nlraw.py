# SPDX-License-Identifier: GPL-2.0-or-later
"""Netlink messages of nsfab, byte by byte: built from the names in the spec,
right ones and wrong ones alike."""

import errno
import os
import socket
import struct

import yaml

NLMSG_ERROR, NLMSG_DONE = 2, 3
F_REQUEST, F_ACK, F_ECHO, F_REPLACE = 1, 4, 8, 0x100
F_CREATE, F_EXCL, F_DUMP, F_DUMP_INTR = 0x400, 0x200, 0x300, 0x10
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3fff
SOL_NETLINK, CAP_ACK, EXT_ACK, ADD_MEMBERSHIP = 270, 10, 11, 1

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(TOP + "/Documentation/netlink/specs/nsfab.yaml",
          encoding="utf-8") as spec_file:
    SPEC = yaml.load(spec_file, Loader=getattr(yaml, "CSafeLoader",
                                               yaml.SafeLoader))

SETS = {s["name"]: {a["name"]: dict(a, index=i + 1)
                    for i, a in enumerate(s["attributes"])}
        for s in SPEC["attribute-sets"]}
OPS = {o["name"]: dict(o, index=i + 1)
       for i, o in enumerate(SPEC["operations"]["list"])}
OP_NAMES = {o["index"]: n for n, o in OPS.items()}

SCALARS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s32": "i"}


class Raw:
    """An attribute given as bytes: its payload, and what it says of itself."""

    def __init__(self, kind, payload, length=None):
        self.kind, self.payload, self.length = kind, payload, length

    def pack(self):
        """The attribute, padded."""
        length = 4 + len(self.payload) if self.length is None else self.length
        return struct.pack("HH", length, self.kind) + self.payload + \
            b"\0" * (-len(self.payload) % 4)


class Refused(OSError):
    """An answer of NLMSG_ERROR or NLMSG_DONE with an error."""

    def __init__(self, err, text, offset):
        super().__init__(err, f"{errno.errorcode.get(err, err)}: {text}")
        self.text, self.offset = text, offset


def payload(attr, value):
    """The bytes of an attribute's value by its type in the spec."""
    kind = attr["type"]
    if kind in SCALARS:
        order = ">" if attr.get("byte-order") == "big-endian" else "="
        return struct.pack(order + SCALARS[kind], value)
    if kind == "nest":
        return pack(attr["nested-attributes"], value)
    if kind == "string":
        return value.encode() + b"\0"
    if kind == "flag":
        return b""
    return value


def pack(name, items):
    """Attributes of a set: (name, value) or Raw, in this order."""
    out = []
    for item in items:
        if not isinstance(item, Raw):
            attr = SETS[name][item[0]]
            flag = NLA_F_NESTED if attr["type"] == "nest" else 0
            item = Raw(attr["index"] | flag, payload(attr, item[1]))
        out.append(item.pack())
    return b"".join(out)


def split(data):
    """[(type, payload)] of attributes."""
    out = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        out.append((kind & NLA_TYPE_MASK, data[4:length]))
        data = data[length + 3 & ~3:]
    return out


def unpack(name, data):
    """{name: value} of a set's attributes; of repeatable ones, lists."""
    by_index = {a["index"]: a for a in SETS[name].values()}
    out = {}
    for kind, body in split(data):
        attr = by_index[kind]
        if attr["type"] == "pad":
            continue
        value = body
        if attr["type"] in SCALARS:
            order = ">" if attr.get("byte-order") == "big-endian" else "="
            value, = struct.unpack(order + SCALARS[attr["type"]], body)
        elif attr["type"] == "nest":
            value = unpack(attr["nested-attributes"], body)
        elif attr["type"] == "string":
            value = body.rstrip(b"\0").decode(errors="replace")
        elif attr["type"] == "flag":
            value = True
        if attr.get("multi-attr"):
            out.setdefault(attr["name"], []).append(value)
        else:
            out[attr["name"]] = value
    return out


def ip(text):
    """The bytes of an address."""
    return socket.inet_pton(socket.AF_INET6 if ":" in text else
                            socket.AF_INET, text)


def mac(text):
    """The bytes of a MAC."""
    return bytes.fromhex(text.replace(":", ""))


class Socket:
    """A netlink socket that gives whole answers or raises Refused."""

    def __init__(self, protocol, size=1 << 16):
        self.size = size
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.sock.bind((0, 0))
        self.sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self.sock.settimeout(60)
        self.seq = 0
        # Was the last dump's answer disturbed?
        self.interrupted = False

    def send(self, kind, body, flags):
        """Send one message with the next sequence number."""
        self.seq += 1
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind,
                                   F_REQUEST | flags, self.seq, 0) + body)

    def datagrams(self):
        """The answers to the last message, [(type, flags, body)] a datagram.
        """
        self.interrupted = False
        while True:
            data, _, flags, _ = self.sock.recvmsg(self.size)
            assert not flags & socket.MSG_TRUNC, "cut"
            messages = []
            while len(data) >= 16:
                length, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
                body, data = data[16:length], data[length + 3 & ~3:]
                if seq != self.seq:
                    continue
                self.interrupted |= bool(flags & F_DUMP_INTR)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    if messages:
                        yield messages
                    self.check(kind, body)
                    return
                messages.append((kind, flags, body))
            if messages:
                yield messages

    @staticmethod
    def check(kind, body):
        """Raise Refused if the last message of an answer has an error."""
        err = -struct.unpack_from("i", body)[0]
        if not err:
            return
        text, offset = "", None
        for attr, value in split(body[20 if kind == NLMSG_ERROR else 4:]):
            if attr == 1:
                text = value.rstrip(b"\0").decode()
            elif attr == 2:
                offset, = struct.unpack("I", value)
        raise Refused(err, text, offset)

    def ask(self, kind, body, flags=0):
        """[(type, flags, body)] of the whole answer."""
        self.send(kind, body, flags | F_ACK)
        return [m for messages in self.datagrams() for m in messages]


class Family(Socket):
    """A generic netlink socket that talks to nsfab about one fabric."""

    def __init__(self, device=None, size=1 << 16):
        super().__init__(16, size)
        self.ifindex = socket.if_nametoindex(device) if device else 0
        answer = self.ask(16, struct.pack("BBH", 3, 1, 0) +
                          Raw(2, b"nsfab\0").pack())
        attrs = dict(split(answer[0][2][4:]))
        self.id, = struct.unpack("H", attrs[1])
        self.groups = {}
        for _, group in split(attrs[7]):
            group = dict(split(group))
            self.groups[group[1].rstrip(b"\0").decode()], = \
                struct.unpack("I", group[2])

    def body(self, op, items, reserved=0):
        """A message's body: generic header, fabric, attributes."""
        if isinstance(items, bytes):
            return struct.pack("BBH", OPS[op]["index"], 1, reserved) + items
        return struct.pack("BBH", OPS[op]["index"], 1, reserved) + \
            pack("main", [("ifindex", self.ifindex), *items])

    def do(self, op, items=(), flags=0):
        """Objects of the answer: [(name of the set, {...})]"""
        return [o for m in self.ask(self.id, self.body(op, items), flags)
                for o in self.objects(m[2])]

    @staticmethod
    def objects(body):
        """[(name of the set, {...})] of one message"""
        return [(name, o) for name, values in unpack("main", body[4:]).items()
                if isinstance(values, list) for o in values] + \
               [(name, o) for name, o in unpack("main", body[4:]).items()
                if isinstance(o, dict)]

    def dump(self, op, items=()):
        """All objects of a dump."""
        return self.do(op, items, F_DUMP)

    def slowly(self, op, items=()):
        """A dump's objects, a list for each datagram. The kernel makes them
        as large as the largest size that the socket has received with."""
        self.send(self.id, self.body(op, items), F_DUMP)
        for messages in self.datagrams():
            for _, flags, _ in messages:
                assert not flags & F_DUMP_INTR, "interrupted"
            yield [o for m in messages for o in self.objects(m[2])]

    def join(self, group):
        """Listen to a multicast group."""
        self.sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, self.groups[group])

    def heard(self):
        """[(notification, command, set, {...})] of what has come so far."""
        out = []
        self.sock.setblocking(False)
        try:
            while True:
                data = self.sock.recv(1 << 16)
                body = data[16:]
                attrs = unpack("main", body[4:])
                out += [(OP_NAMES[body[0]], OP_NAMES[attrs["cmd"]], *o)
                        for o in self.objects(body)]
        except BlockingIOError:
            return out
        finally:
            self.sock.settimeout(60)


def add_link(name, kind, data, link=None, more=b""):
    """Make a device of kind nsfab or nsfab_port by rtnetlink."""
    info = Raw(1, kind.encode() + b"\0").pack() + \
        Raw(2 | NLA_F_NESTED,
            pack("fabric-device" if kind == "nsfab" else "port-device",
                 data)).pack()
    body = struct.pack("BxHiII", 0, 0, 0, 1, 1) + \
        Raw(3, name.encode() + b"\0").pack() + more
    if link:
        body += Raw(5, struct.pack("I", socket.if_nametoindex(link))).pack()
    body += Raw(18 | NLA_F_NESTED, info).pack()
    Socket(0).ask(16, body, F_CREATE | F_EXCL)
