#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A netlink client that shares no code with the library under test.

The numbers are read from the UAPI header; types are in TYPES. As a program it
reads lines from standard input, so that a whole topology costs one process:

    in NETNS                            the lines below speak in there
    fabric NAME [encap vxlan|geneve] [local ADDR] [udp-port N] [mtu N] ...
    refabric NAME [KEY VALUE] ...       changes it
    use NAME                            the fabric that is spoken to
    tenant|network|port|fdb|neigh|route|link new|set|del|replace KEY VALUE ...
    dev NAME port ID [in NETNS] [KEY VALUE ...]   a port's device
    tenant|network|port|fdb|neigh|route|flow|drop|link|stats get [KEY VALUE ...]
    flow del [KEY VALUE ...]

"get" prints a JSON array. "fail ERRNO LINE" expects a refusal, and "many N
LINE" runs a line with {i} set to 0..N-1, all in as few messages as possible.
"""
import errno
import ipaddress
import json
import os
import re
import socket
import struct
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADER = os.path.join(TOP, "include/uapi/linux/nsfab.h")

NETLINK_ROUTE, NETLINK_GENERIC = 0, 16
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
NETLINK_ADD_MEMBERSHIP, NETLINK_GET_STRICT_CHK = 1, 12
NLMSG_ERROR, NLMSG_DONE = 2, 3
F_REQUEST, F_MULTI, F_ACK, F_DUMP_INTR = 1, 2, 4, 0x10
F_REPLACE, F_EXCL, F_CREATE, F_DUMP = 0x100, 0x200, 0x400, 0x300
F_CAPPED, F_ACK_TLVS = 0x100, 0x200
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3fff
RTM_NEWLINK, RTM_DELLINK = 16, 17


def constants(path=HEADER):
    """All enumerators and numeric macros of the header, by name"""
    with open(path, encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    found = {m[1]: int(m[2], 0) for m in
             re.finditer(r"#define\s+(\w+)\s+(\d+)\b", text)}
    for enum in re.finditer(r"enum\s*\w*\s*\{([^}]*)\}", text):
        value = -1
        for line in enum[1].split(","):
            m = re.match(r"\s*(\w+)\s*(?:=\s*(.*?))?\s*$", line, re.S)
            if not m:
                continue
            value = eval(m[2], {}, found) if m[2] else value + 1
            found[m[1]] = value
    return found


C = constants()
NAMES = {}      # prefix -> {number: "snake_case"}


def names(prefix):
    """Number -> name, of the constants with a prefix"""
    if prefix not in NAMES:
        NAMES[prefix] = {
            v: k[len(prefix):].lower() for k, v in C.items()
            if k.startswith(prefix) and k != prefix + "MAX" and
            not (prefix == "NSFAB_A_FLOW_" and "_DIR_" in k) and
            not (prefix == "NSFAB_A_LINK_" and k.startswith(
                ("NSFAB_A_LINK_FILTER_", "NSFAB_A_LINK_COUNTERS_")))}
    return NAMES[prefix]


# ---- attributes

def nla(kind, data):
    """An attribute"""
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def u8(kind, value):
    """An attribute of one byte"""
    return nla(kind, struct.pack("B", value))


def u16(kind, value):
    """An attribute of two bytes"""
    return nla(kind, struct.pack("H", value))


def be16(kind, value):
    """An attribute of two bytes in network order"""
    return nla(kind, struct.pack(">H", value))


def u32(kind, value):
    """An attribute of four bytes"""
    return nla(kind, struct.pack("I", value))


def u64(kind, value):
    """An attribute of eight bytes"""
    return nla(kind, struct.pack("Q", value))


def string(kind, value):
    """An attribute of text"""
    return nla(kind, value.encode() + b"\0")


def flag(kind):
    """An attribute without a value"""
    return nla(kind, b"")


def nest(kind, *inner):
    """An attribute of attributes"""
    return nla(kind | NLA_F_NESTED, b"".join(inner))


def addr(text):
    """4 or 16 bytes"""
    return ipaddress.ip_address(text).packed


def mac(text):
    """6 bytes"""
    return bytes.fromhex(text.replace(":", ""))


def parse(body):
    """[(type, bytes)] of a sequence of attributes"""
    found = []
    while len(body) >= 4:
        length, kind = struct.unpack_from("HH", body)
        if length < 4 or length > len(body):
            break
        found.append((kind & NLA_TYPE_MASK, body[4:length]))
        body = body[(length + 3) & ~3:]
    return found


# ---- messages

class Refused(Exception):
    """What the kernel refused: errno, its words, the attribute's offset"""

    def __init__(self, number, msg="", offset=None, missing=None):
        super().__init__(f"{os.strerror(number)}: {msg}" if msg else
                         os.strerror(number))
        self.errno, self.msg = number, msg
        self.offset, self.missing = offset, missing


def refusal(body, flags):
    """The exception of an error message, None for an acknowledgement"""
    number, = struct.unpack_from("i", body)
    if not number:
        return None
    tlvs = b""
    if flags & F_ACK_TLVS:
        at = 20
        if not flags & F_CAPPED:
            at = 4 + ((struct.unpack_from("I", body, 4)[0] + 3) & ~3)
        tlvs = body[at:]
    tlv = dict(parse(tlvs))
    return Refused(-number, tlv.get(1, b"").rstrip(b"\0").decode(),
                   struct.unpack("I", tlv[2])[0] if 2 in tlv else None,
                   struct.unpack("I", tlv[5])[0] if 5 in tlv else None)


class Socket:
    """A netlink socket of the namespace that the process is in"""

    def __init__(self, protocol):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.sock.bind((0, 0))
        for opt in (NETLINK_EXT_ACK, NETLINK_CAP_ACK):
            self.sock.setsockopt(SOL_NETLINK, opt, 1)
        self.seq = 0

    def fileno(self):
        """For select()"""
        return self.sock.fileno()

    def send_raw(self, data):
        """Send bytes as they are"""
        self.sock.send(data)

    def send(self, kind, flags, body):
        """Send a message and return its sequence number"""
        self.seq += 1
        self.sock.send(struct.pack("IHHII", 16 + len(body), kind,
                                   F_REQUEST | flags, self.seq, 0) + body)
        return self.seq

    def receive(self, size=1 << 18):
        """The messages of one datagram: [(type, flags, seq, body)]"""
        data, found = self.sock.recv(size), []
        while len(data) >= 16:
            length, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
            found.append((kind, flags, seq, data[16:length]))
            data = data[(length + 3) & ~3:]
        return found

    def request(self, kind, flags, body):
        """Send, wait for the acknowledgement; the answers' bodies"""
        seq, found = self.send(kind, flags | F_ACK, body), []
        while True:
            for kind_, flags_, seq_, body_ in self.receive():
                if seq_ != seq:
                    continue
                if kind_ == NLMSG_ERROR:
                    err = refusal(body_, flags_)
                    if err:
                        raise err
                    return found
                found.append(body_)


class Client(Socket):
    """Speaks to the family"""

    def __init__(self):
        super().__init__(NETLINK_GENERIC)
        body = struct.pack("BBH", 3, 1, 0) + string(2, "nsfab")
        ctrl = dict(parse(self.request(16, 0, body)[0][4:]))
        self.family, = struct.unpack("H", ctrl[1])
        self.groups = {}
        for _, group in parse(ctrl.get(7, b"")):
            g = dict(parse(group))
            self.groups[g[1].rstrip(b"\0").decode()] = \
                struct.unpack("I", g[2])[0]

    @staticmethod
    def head(cmd):
        """The generic header"""
        return struct.pack("BBH", cmd, C["NSFAB_FAMILY_VERSION"]
                           if "NSFAB_FAMILY_VERSION" in C else 1, 0)

    def call(self, cmd, body, flags=0):
        """Do a command; the attributes of each answer"""
        return [answer[4:] for answer in
                self.request(self.family, flags, self.head(cmd) + body)]

    def dump(self, cmd, body, interrupted=None, size=1 << 18):
        """The attributes of each message of a dump, datagram by datagram.

        interrupted, a list, gets True if the kernel said so.
        """
        seq = self.send(self.family, F_DUMP, self.head(cmd) + body)
        while True:
            for kind, flags, seq_, body_ in self.receive(size):
                if seq_ != seq:
                    continue
                if flags & F_DUMP_INTR and interrupted is not None:
                    interrupted.append(True)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    err = refusal(body_, flags & ~F_CAPPED | F_CAPPED
                                  if kind == NLMSG_ERROR else 0)
                    if kind == NLMSG_DONE and err and flags & F_ACK_TLVS:
                        tlv = dict(parse(body_[4:]))
                        err = Refused(err.errno,
                                      tlv.get(1, b"").rstrip(b"\0").decode())
                    if err:
                        raise err
                    return
                yield body_[4:]

    def join(self, group):
        """Hear notifications"""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                             self.groups[group])


# ---- objects

def _enum(prefix):
    def write(kind, value):
        return u8(kind, C[prefix + value.upper().replace("-", "_")])

    def read(data):
        return names(prefix).get(data[0], data[0])
    return write, read


def _flags(prefix):
    def write(kind, value):
        return u32(kind, sum(C[prefix + v.upper()] for v in
                             value.split("+") if v))

    def read(data):
        value, = struct.unpack("I", data)
        return [n for bit, n in names(prefix).items() if value & bit]
    return write, read


def _packed(write, fmt):
    return (lambda kind, value: write(kind, int(value, 0)),
            lambda data: struct.unpack(fmt, data)[0])


def _prefix(text):
    net = ipaddress.ip_network(text)
    return net.network_address.packed, net.prefixlen


def _subnet(kind, value):
    """PREFIX[,GATEWAY]"""
    prefix, _, gateway = value.partition(",")
    packed, length = _prefix(prefix)
    body = nla(C["NSFAB_A_SUBNET_ADDRESS"], packed) + \
        u8(C["NSFAB_A_SUBNET_PREFIXLEN"], length)
    if gateway:
        body += nla(C["NSFAB_A_SUBNET_GATEWAY"], addr(gateway))
    return nest(kind, body)


def _allowed(kind, value):
    """PREFIX[,MAC]"""
    prefix, _, hw = value.partition(",")
    packed, length = _prefix(prefix)
    body = nla(C["NSFAB_A_ALLOWED_ADDRESS"], packed) + \
        u8(C["NSFAB_A_ALLOWED_PREFIXLEN"], length)
    if hw:
        body += nla(C["NSFAB_A_ALLOWED_MAC"], mac(hw))
    return nest(kind, body)


def _nexthop(kind, value):
    """ADDRESS[*WEIGHT]"""
    via, _, weight = value.partition("*")
    body = nla(C["NSFAB_A_NEXTHOP_VIA"], addr(via))
    if weight:
        body += u8(C["NSFAB_A_NEXTHOP_WEIGHT"], int(weight))
    return nest(kind, body)


def _link_filter(kind, value):
    """src=PREFIX,dst=PREFIX,proto=N,sport=N,dport=N, or none"""
    body, prefix = b"", "NSFAB_A_LINK_FILTER_"
    for word in value.split(",") if value != "none" else ():
        key, _, what = word.partition("=")
        attr = C[prefix + key.upper()]
        if key in ("src", "dst"):
            packed, length = _prefix(what)
            body += nla(attr, packed) + u8(attr + 1, length)
        elif key == "proto":
            body += u8(attr, int(what))
        else:
            body += be16(attr, int(what))
    return nest(kind, body)


def _numbers(fmt):
    """N,N,... of one size, or none"""
    size = struct.calcsize(fmt)

    def write(kind, value):
        found = [int(n) for n in value.split(",")] if value != "none" else []
        return nla(kind, struct.pack(f"{len(found)}{fmt}", *found))

    def read(data):
        return list(struct.unpack(f"{len(data) // size}{fmt}", data))
    return write, read


def _nested(prefix):
    return lambda data: decode(prefix, data)


U8, U16, U32 = _packed(u8, "B"), _packed(u16, "H"), _packed(u32, "I")
U64, BE16 = _packed(u64, "Q"), _packed(be16, ">H")
S32 = (None, lambda data: struct.unpack("i", data)[0])
TEXT = (string, lambda data: data.rstrip(b"\0").decode())
FLAG = (lambda kind, value: flag(kind), lambda data: True)
ADDR = (lambda kind, value: nla(kind, addr(value)),
        lambda data: str(ipaddress.ip_address(data)))
MAC = (lambda kind, value: nla(kind, mac(value)), lambda data: data.hex(":"))
REASON = _enum("NSFAB_DROP_REASON_")
COUNTERS = (None, _nested("NSFAB_A_COUNTERS_"))
USAGE = (None, _nested("NSFAB_A_USAGE_"))

# attribute -> (write, read); an attribute that is not here is a u32, in
# counters and of names that end like one a u64
TYPES = {
    "TENANT_NAME": TEXT, "TENANT_LABELS": TEXT, "TENANT_REVISION": U64,
    "TENANT_ACCOUNTING": _enum("NSFAB_ACCOUNTING_"),
    "TENANT_COUNTERS": COUNTERS, "TENANT_USAGE": USAGE,
    "TENANT_MISS": (None, _nested("NSFAB_A_MISS_")),
    "MISS_KIND": _enum("NSFAB_FLOW_MISS_"), "MISS_PACKETS": U64,
    "MISS_BYTES": U64,
    "USAGE_TABLE": _enum("NSFAB_TABLE_"), "USAGE_REFUSED": U64,
    "NETWORK_NAME": TEXT, "NETWORK_LABELS": TEXT, "NETWORK_REVISION": U64,
    "NETWORK_FLAGS": _flags("NSFAB_NETWORK_FLAG_"),
    "NETWORK_SUBNET": (_subnet, _nested("NSFAB_A_SUBNET_")),
    "NETWORK_NO_SUBNETS": FLAG, "NETWORK_ROUTER_MAC": MAC,
    "NETWORK_COUNTERS": COUNTERS,
    "SUBNET_ADDRESS": ADDR, "SUBNET_GATEWAY": ADDR, "SUBNET_PREFIXLEN": U8,
    "PORT_NAME": TEXT, "PORT_LABELS": TEXT, "PORT_REVISION": U64,
    "PORT_MAC": MAC, "PORT_ADDRESS": ADDR, "PORT_NO_ADDRESSES": FLAG,
    "PORT_ALLOWED": (_allowed, _nested("NSFAB_A_ALLOWED_")),
    "PORT_NO_ALLOWED": FLAG, "PORT_FLAGS": _flags("NSFAB_PORT_FLAG_"),
    "PORT_BINDING": _enum("NSFAB_BINDING_"), "PORT_VTEP": ADDR,
    "PORT_DEV_NETNSID": S32, "PORT_COUNTERS": COUNTERS,
    "ALLOWED_ADDRESS": ADDR, "ALLOWED_PREFIXLEN": U8, "ALLOWED_MAC": MAC,
    "FDB_MAC": MAC, "FDB_KIND": _enum("NSFAB_FDB_KIND_"), "FDB_VTEP": ADDR,
    "FDB_REVISION": U64,
    "NEIGH_ADDRESS": ADDR, "NEIGH_MAC": MAC, "NEIGH_REVISION": U64,
    "NEIGH_KIND": _enum("NSFAB_NEIGH_KIND_"),
    "NEXTHOP_VIA": ADDR, "NEXTHOP_WEIGHT": U8,
    "ROUTE_ADDRESS": ADDR, "ROUTE_PREFIXLEN": U8, "ROUTE_REVISION": U64,
    "ROUTE_TYPE": _enum("NSFAB_ROUTE_TYPE_"),
    "ROUTE_NEXTHOP": (_nexthop, _nested("NSFAB_A_NEXTHOP_")),
    "FLOW_SRC": ADDR, "FLOW_DST": ADDR, "FLOW_PROTO": U8, "FLOW_SRC_L4": BE16,
    "FLOW_DST_L4": BE16, "FLOW_FIRST": U64, "FLOW_LAST": U64, "FLOW_RTT": U64,
    "FLOW_ORIG": (None, _nested("NSFAB_A_FLOW_DIR_")),
    "FLOW_REPLY": (None, _nested("NSFAB_A_FLOW_DIR_")),
    "FLOW_DIR_DROP_REASON": REASON, "FLOW_DIR_TCP_FLAGS": U8,
    "FLOW_DIR_SIZE_MIN": U32, "FLOW_DIR_SIZE_MAX": U32,
    "FILTER_PROTO": U8, "FILTER_ADDRESS": ADDR, "FILTER_PREFIXLEN": U8,
    "FILTER_L4_PORT": BE16, "FILTER_MIN_BYTES": U64, "FILTER_RESET": FLAG,
    "DROP_REASON": REASON, "DROP_PACKETS": U64, "DROP_BYTES": U64,
    "STATS_COUNTERS": COUNTERS, "STATS_USAGE": USAGE,
    "TENANT_MAX_HELD_BYTES": U64,
    "LINK_NAME": TEXT, "LINK_REVISION": U64,
    "LINK_FILTER": (_link_filter, _nested("NSFAB_A_LINK_FILTER_")),
    "LINK_FILTER_SRC": ADDR, "LINK_FILTER_SRC_PREFIXLEN": U8,
    "LINK_FILTER_DST": ADDR, "LINK_FILTER_DST_PREFIXLEN": U8,
    "LINK_FILTER_PROTO": U8, "LINK_FILTER_SPORT": BE16,
    "LINK_FILTER_DPORT": BE16,
    "LINK_FLAGS": _flags("NSFAB_LINK_FLAG_"), "LINK_DELAY": U64,
    "LINK_JITTER": U64, "LINK_DIST": _enum("NSFAB_LINK_DIST_"),
    "LINK_TABLE": _numbers("i"), "LINK_TRACE": _numbers("I"),
    "LINK_LOSS_MODEL": _enum("NSFAB_LINK_LOSS_MODEL_"), "LINK_RATE": U64,
    "LINK_OVERHEAD": _enum("NSFAB_LINK_OVERHEAD_"), "LINK_SEED": U64,
    "LINK_QUEUE_BYTES": U64, "LINK_QUEUE_TIME": U64, "LINK_ECN_BYTES": U64,
    "LINK_ECN_TIME": U64, "LINK_QUEUE_LIMIT": U64,
    "LINK_COUNTERS": (None, _nested("NSFAB_A_LINK_COUNTERS_")),
    "LINK_COUNTERS_LATE": _numbers("Q"),
    "LINK_COUNTERS_QUEUEING": _numbers("Q"),
    "LINK_COUNTERS_PROPAGATION": _numbers("Q"),
}
LISTS = ("TENANT_USAGE", "TENANT_MISS", "NETWORK_SUBNET", "PORT_ADDRESS",
         "PORT_ALLOWED", "ROUTE_NEXTHOP", "STATS_USAGE", "LINK_LOSS",
         "LINK_LOSS_NTH", "LINK_PATH")


def types(attr):
    """How to write and read an attribute, by its name without NSFAB_A_"""
    if attr in TYPES:
        return TYPES[attr]
    return U64 if attr.startswith(("COUNTERS_", "FLOW_DIR_",
                                   "LINK_COUNTERS_")) else U32


def encode(prefix, words):
    """The attributes of KEY VALUE ... pairs"""
    body = b""
    for key, value in zip(words[::2], words[1::2]):
        attr = prefix + key.upper().replace("-", "_")
        body += types(attr[8:])[0](C[attr], value)
    return body


def decode(prefix, body):
    """A dictionary of attributes"""
    found = {}
    for kind, data in parse(body):
        name = names(prefix).get(kind, str(kind))
        attr = prefix[8:] + name.upper()
        if name == "pad":
            continue
        value = types(attr)[1](data)
        if attr in LISTS:
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def usage(obj, table):
    """What a tenant or a fabric uses of a table: count, limit, refused"""
    found, = [u for u in obj["usage"] if u["table"] == table]
    return found


class Fabric:
    """Speaks to one fabric"""

    def __init__(self, name):
        self.client = Client()
        self.index = u32(C["NSFAB_A_IFINDEX"], socket.if_nametoindex(name))

    def write(self, obj, verb, *objects):
        """One message with an object for each list of words"""
        cmd, flags = verb, 0
        if verb == "replace":
            cmd, flags = "new", F_REPLACE
        kind = "NSFAB_A_" + obj.upper()
        body = self.index
        for words in objects:
            body += nest(C[kind], encode(kind + "_", words))
        self.client.call(C[f"NSFAB_CMD_{obj}_{cmd}".upper()], body, flags)

    def routes(self, tenant, *objects):
        """Replace all of a tenant's routes at once"""
        body = self.index + nest(C["NSFAB_A_FILTER"], u32(
            C["NSFAB_A_FILTER_TENANT"], tenant))
        for words in objects:
            body += nest(C["NSFAB_A_ROUTE"], encode("NSFAB_A_ROUTE_", words))
        self.client.call(C["NSFAB_CMD_ROUTE_REPLACE"], body)

    def get(self, obj, *words):
        """All objects that a filter wants"""
        kind = "NSFAB_A_" + obj.upper()
        if obj == "stats":
            answers = self.client.call(C["NSFAB_CMD_STATS_GET"], self.index)
            return [decode(kind + "_", data) for answer in answers
                    for t, data in parse(answer) if t == C[kind]]
        body = self.index
        if words:
            body += nest(C["NSFAB_A_FILTER"], encode("NSFAB_A_FILTER_", words))
        found = []
        for answer in self.client.dump(C[f"NSFAB_CMD_{obj}_GET".upper()], body):
            found += [decode(kind + "_", data) for t, data in parse(answer)
                      if t == C[kind]]
        # a tenant is not asked for by a filter
        want = dict(zip(words[::2], words[1::2])).get("tenant")
        if obj == "tenant" and want:
            found = [o for o in found if str(o["id"]) == want]
        return found

    def drops(self, reason):
        """How often tenant 1 has a reason counted"""
        return sum(d["packets"] for d in self.get("drop", "tenant", "1")
                   if "port" not in d and d["reason"] == reason)

    def held(self):
        """How many packets links hold now"""
        return sum(link["counters"]["held"] for link in self.get("link"))

    def booked(self):
        """Packets that count as held, until they are free: later than held()"""
        return usage(self.get("stats")[0], "held")["count"]

    def flush(self, *words):
        """Remove flows"""
        body = self.index
        if words:
            body += nest(C["NSFAB_A_FILTER"], encode("NSFAB_A_FILTER_", words))
        self.client.call(C["NSFAB_CMD_FLOW_DEL"], body)


LINK = {"encap": (lambda k, v: u8(k, C["NSFAB_ENCAP_" + v.upper()]), None),
        "local": ADDR, "udp-port": BE16, "max-tenants": U32, "id": U32}


def add_link(name, kind, keys, data, netns=None, link=None,
             flags=F_CREATE | F_EXCL):
    """Make a device, or change it"""
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0) + string(3, name)
    fd = -1
    if netns:
        fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
        body += u32(28, fd)
    if link:
        body += u32(5, link)
    if "mtu" in keys:
        body += u32(4, int(keys["mtu"]))
    if "mac" in keys:
        body += nla(1, mac(keys["mac"]))
    body += nest(18, string(1, kind), nest(2, data))
    try:
        Socket(NETLINK_ROUTE).request(RTM_NEWLINK, flags, body)
    finally:
        if fd >= 0:
            os.close(fd)


def link_data(prefix, keys):
    """IFLA_INFO_DATA of those keys that are in LINK"""
    return b"".join(LINK[k][0](C[prefix + k.upper().replace("-", "_")], v)
                    for k, v in keys.items() if k in LINK)


def enter(netns):
    """Go to a namespace, made by ip netns, or to 1's"""
    libc = __import__("ctypes").CDLL(None, use_errno=True)
    path = f"/run/netns/{netns}" if netns else "/proc/1/ns/net"
    fd = os.open(path, os.O_RDONLY)
    if libc.setns(fd, 0x40000000):
        raise OSError(__import__("ctypes").get_errno(), f"setns {netns}")
    os.close(fd)


class Batch:
    """Runs lines"""

    def __init__(self):
        self.fabric = None
        self.name = None

    def run(self, words):
        """Run one line"""
        word, rest = words[0], words[1:]
        if word == "in":
            enter(rest[0])
        elif word == "use":
            self.fabric, self.name = Fabric(rest[0]), rest[0]
        elif word == "fabric":
            keys = dict(zip(rest[1::2], rest[2::2]))
            add_link(rest[0], "nsfab", keys, link_data("IFLA_NSFAB_", keys))
            self.fabric, self.name = Fabric(rest[0]), rest[0]
        elif word == "refabric":
            keys = dict(zip(rest[1::2], rest[2::2]))
            add_link(rest[0], "nsfab", keys, link_data("IFLA_NSFAB_", keys),
                     flags=0)
        elif word == "dev":
            keys = dict(zip(rest[1::2], rest[2::2]))
            keys["id"] = keys.pop("port")
            add_link(rest[0], "nsfab_port", keys,
                     link_data("IFLA_NSFAB_PORT_", keys), keys.get("in"),
                     socket.if_nametoindex(self.name))
        elif word == "fail":
            try:
                self.run(rest[1:])
            except Refused as e:
                if errno.errorcode.get(e.errno) != rest[0]:
                    raise
                return
            raise AssertionError("not refused")
        elif word == "many":
            lines = [[w.replace("{i}", str(i)) for w in rest[3:]]
                     for i in range(int(rest[0]))]
            for at in range(0, len(lines), 100):
                self.fabric.write(rest[1], rest[2], *lines[at:at + 100])
        elif rest[0] == "get":
            print(json.dumps(self.fabric.get(word, *rest[1:])))
        elif (word, rest[0]) == ("flow", "del"):
            self.fabric.flush(*rest[1:])
        else:
            self.fabric.write(word, rest[0], rest[1:])


def main():
    """Run the lines of standard input, or the words of the command line"""
    batch = Batch()
    lines = " ".join(sys.argv[1:]).split(" ; ") if len(sys.argv) > 1 \
        else sys.stdin
    for line in lines:
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            batch.run(words)
        except (Refused, OSError, KeyError, AssertionError) as e:
            print(f"nl.py: {line.strip()}: {e!r}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
