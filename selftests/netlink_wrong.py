# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong messages, made of right ones: objects of each kind for the fabric of
netlink_test.py, and each of their attributes wrong in every way."""

import struct

from nlraw import NLA_F_NESTED, SETS, Raw, ip, mac, payload

MAC1, MAC2 = mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02")

SUBNET = [("address", ip("10.0.9.0")), ("prefixlen", 24),
          ("gateway", ip("10.0.9.1"))]
PORT = [("id", 9), ("tenant", 1), ("network", 10), ("name", "x/eth0"),
        ("revision", 7), ("mac", MAC2), ("address", ip("198.51.100.30")),
        ("allowed", [("address", ip("192.0.2.0")), ("prefixlen", 24),
                     ("mac", MAC1)]), ("flags", 1), ("labels", "k=v")]
FILTER = [("tenant", 1), ("port", 100), ("proto", 6),
          ("address", ip("198.51.100.0")), ("prefixlen", 24),
          ("l4-port", 80), ("min-bytes", 1)]
LINK_FILTER = [("src", ip("198.51.100.0")), ("src-prefixlen", 24),
               ("dst", ip("203.0.113.0")), ("dst-prefixlen", 25),
               ("proto", 6), ("sport", 1), ("dport", 80)]
TABLE = struct.pack("5i", -65536, -300, 0, 0, 131072)
TIME_MAX, RATE_MAX = 16 * 10 ** 9, 10 ** 12
OBJECTS = {
    "tenant": [("id", 9), ("name", "x"), ("revision", 7), ("accounting", 2),
               ("max-networks", 5), ("max-ports", 5), ("max-fdb", 5),
               ("max-neigh", 5), ("max-routes", 5), ("max-flows", 5),
               ("flow-timeout", 5), ("fdb-timeout", 5), ("labels", "k=v"),
               ("max-links", 5), ("max-held", 5), ("max-held-bytes", 5)],
    "network": [("id", 9), ("tenant", 1), ("name", "x"), ("revision", 7),
                ("vni", 9), ("mtu", 1400), ("flags", 1), ("subnet", SUBNET),
                ("labels", "k=v")],
    "port": PORT + [("binding", 3), ("vtep", ip("192.0.2.2"))],
    "fdb": [("network", 10), ("mac", MAC2), ("port", 100), ("revision", 7)],
    "neigh": [("network", 10), ("address", ip("198.51.100.31")),
              ("mac", MAC2), ("revision", 7)],
    "route": [("tenant", 1), ("address", ip("192.0.2.128")),
              ("prefixlen", 25), ("type", 0),
              ("nexthop", [("via", ip("198.51.100.11")), ("weight", 2)]),
              ("revision", 7)],
    "link": [("id", 9), ("tenant", 1), ("from", 100), ("to", 101),
             ("scope", 3), ("filter", LINK_FILTER), ("revision", 7),
             ("flags", 3), ("delay", 10 ** 9), ("jitter", 2 * 10 ** 9),
             ("dist", 3), ("table", TABLE), ("loss-model", 2), ("loss", 5),
             ("loss", 1 << 30), ("duplicate", 1), ("corrupt", 2),
             ("reorder", 3), ("rate", 10 ** 6), ("overhead", 1),
             ("queue-bytes", 15000), ("ecn-time", 10 ** 6),
             ("seed", (1 << 64) - 1), ("path", 200), ("path", 201)],
}
# Other ways to say what a message cannot say at the same time
VARIANTS = {
    "network": [("no-subnets", True)],
    "port": [("no-addresses", True), ("no-allowed", True), ("peer", 102)],
    "fdb": [("vtep", ip("192.0.2.2"))],
    "filter": [("network", 10), ("reset", True), ("points", True)],
    "link": [("name", "b9"), ("loss-nth", 7), ("queue-time", 10 ** 6),
             ("ecn-bytes", 3000), ("trace", struct.pack("3I", 1, 1, 5)),
             ("trace-period", 9), ("trace-at", 0)],
}
# What such a way does not go together with
AGAINST = {
    "fdb": {"port"}, "port": {"binding", "vtep"},
    "link": {"loss", "loss-model", "queue-bytes", "ecn-time", "rate"},
}
# What it needs beside it, when it is not the last one of these itself
WITH = {
    ("port", "peer"): [("binding", 4)],
    ("link", "name"): [],
    ("link", "loss-nth"): [("loss-model", 4)],
    ("link", "queue-time"): [("rate", 10 ** 6)],
    ("link", "ecn-bytes"): [("rate", 10 ** 6)],
    ("link", "trace-period"): [("trace", struct.pack("I", 3))],
    ("link", "trace-at"): [("trace", struct.pack("I", 3))],
}
READ_ONLY = {
    "tenant": {"counters", "usage", "miss"},
    "network": {"router-mac", "counters"},
    "port": {"dev-ifindex", "dev-netnsid", "counters"},
    "fdb": {"kind", "age"},
    "neigh": {"kind", "port"},
    "route": {"network"},
    "link": {"counters", "queue-limit", "table-at"},
}
# What an object that is there is named by, to SET, DEL and GET
KEYS = {
    "tenant": {"id": 1, "name": "t1"},
    "network": {"id": 10, "tenant": 1, "name": "n1", "vni": 10},
    "port": {"id": 100, "tenant": 1, "network": 10, "name": "a/eth0"},
    "fdb": {"network": 10, "mac": MAC1},
    "neigh": {"network": 10, "address": ip("198.51.100.21")},
    "route": {"tenant": 1, "address": ip("192.0.2.0"), "prefixlen": 24},
    "link": {"id": 210, "tenant": 1, "from": 100, "to": 101, "scope": 0},
}
REQUIRED = {
    "network": {"tenant"}, "port": {"network"}, "subnet": {"address",
                                                           "prefixlen"},
    "allowed": {"address"}, "fdb": {"network", "mac", "port"},
    "neigh": {"network", "address", "mac"}, "nexthop": {"via"},
    "route": {"tenant", "address", "nexthop"},
    "link-filter": {"src", "dst"}, "link": {"table"},
}
BAD_IPS = [ip(a) for a in ("0.0.0.0", "127.0.0.1", "224.0.0.1",
                           "255.255.255.255", "::", "::1", "ff02::1",
                           "::ffff:192.0.2.9")]
BAD_IDS = [0, 1 << 24, 0xffffffff]
BAD_PORTS = [0, 1 << 30, 0xffffffff]
BAD_NAMES = ["", " ", "a b", "a/b", "a" * 64, "a.b", "\u00e4", "a\n"]
BAD_MACS = [mac("01:00:00:00:00:01"), b"\xff" * 6]
BAD = {
    "tenant": {"id": BAD_IDS, "name": BAD_NAMES, "accounting": [3, 255],
               "flow-timeout": [0, 86401], "fdb-timeout": [0, 86401],
               "labels": ["x" * 1024]},
    "network": {"id": BAD_IDS, "tenant": [*BAD_IDS, 3], "name": BAD_NAMES,
                "vni": BAD_IDS, "mtu": [0, 67, 65521], "flags": [2, 1 << 31],
                "labels": ["x" * 1024]},
    "subnet": {"address": [ip("10.0.9.1"), *BAD_IPS[1:3],
                           *BAD_IPS[5:], ip("fe80::")],
               "prefixlen": [33, 129, 255, 23, 0],
               "gateway": [*BAD_IPS, ip("203.0.113.1"), ip("2001:db8::1")]},
    "port": {"id": BAD_PORTS, "tenant": [*BAD_IDS, 2, 3],
             "network": [*BAD_IDS, 20, 21],
             "name": ["", "a b", "a/b/c", "/a", "a/", "a" * 128, "\u00e4"],
             "mac": [*BAD_MACS, b"\0" * 6], "address": BAD_IPS,
             "flags": [2], "binding": [1, 4, 6, 255],
             "vtep": [*BAD_IPS, ip("192.0.2.1"), ip("2001:db8::1")],
             "peer": [*BAD_PORTS, 100, 101, 103, 999],
             "labels": ["x" * 1024]},
    "allowed": {"address": [ip("192.0.2.1"), BAD_IPS[-1]],
                "prefixlen": [33, 255], "mac": [*BAD_MACS, b"\0" * 6]},
    "fdb": {"network": [*BAD_IDS, 21], "mac": BAD_MACS,
            "port": [*BAD_PORTS, 102, 999],
            "vtep": [*BAD_IPS, ip("192.0.2.1"), ip("2001:db8::1")]},
    "neigh": {"network": [*BAD_IDS, 21], "address": BAD_IPS,
              "mac": [*BAD_MACS, b"\0" * 6]},
    "route": {"tenant": [*BAD_IDS, 3], "type": [1, 2, 3, 4, 255],
              "address": [ip("192.0.2.129"), BAD_IPS[-1],
                          ip("2001:db8::")],
              "prefixlen": [33, 255, 23]},
    "nexthop": {"via": [*BAD_IPS, ip("192.0.2.9"), ip("198.51.100.1"),
                        ip("2001:db8:1::9")], "weight": [0]},
    "filter": {"tenant": BAD_IDS, "network": BAD_IDS, "port": BAD_PORTS,
               "address": [ip("198.51.100.1"), BAD_IPS[-1]],
               "prefixlen": [33, 255]},
    "link": {"id": BAD_PORTS, "name": BAD_NAMES,
             "tenant": [*BAD_IDS, 2, 3],
             "from": [*BAD_PORTS, 101, 103, 999],
             "to": [*BAD_PORTS, 100, 103, 999], "scope": [65536, 1 << 31],
             "flags": [4, 1 << 31], "delay": [TIME_MAX - 10, TIME_MAX + 1,
                                              1 << 63],
             "jitter": [TIME_MAX // 2, TIME_MAX + 1, (1 << 64) - 1],
             "dist": [0, 1, 2, 4, 255],
             "table": [b"\0" * 4, struct.pack("3i", 0, 2, 1),
                       struct.pack("2i", 0, 65536001), b"\0" * 10,
                       struct.pack("2i", -65536001, 0), b"\0" * 16388,
                       struct.pack("2i", 0, 65536000)],
             "loss-model": [0, 1, 4, 5, 255], "loss-nth": [0],
             "rate": [0, 1, 999, RATE_MAX + 1, 1 << 63],
             "overhead": [3, 255],
             "queue-bytes": [2 * RATE_MAX + 1, 1 << 63],
             "queue-time": [TIME_MAX + 1, 1 << 63],
             "ecn-bytes": [2 * RATE_MAX + 1, 1 << 63],
             "ecn-time": [TIME_MAX + 1, 1 << 63],
             "path": [0, 202, 210, 999, *BAD_PORTS[1:]],
             "trace": [b"\0" * 5, struct.pack("2I", 2, 1),
                       struct.pack("I", 4294967295) + b"\0"],
             "trace-period": [0, 2], "trace-at": [1, 3]},
    "link-filter": {"src": [ip("198.51.100.1"), BAD_IPS[-1],
                            ip("2001:db8::")],
                    "src-prefixlen": [33, 129, 255, 20],
                    "dst": [ip("203.0.113.1"), ip("2001:db8::1")],
                    "dst-prefixlen": [33, 129, 255, 20]},
}


def replaced(items, path, new):
    """The items with what is at the path replaced by a list."""
    i = path[0]
    if len(path) == 1:
        return items[:i] + new + items[i + 1:]
    name, value = items[i]
    return items[:i] + [(name, replaced(value, path[1:], new))] + \
        items[i + 1:]


def places(name, items, path=()):
    """(path, set, attribute, value) of all attributes."""
    for i, (key, value) in enumerate(items):
        attr = SETS[name][key]
        yield path + (i,), name, attr, value
        if attr["type"] == "nest":
            yield from places(attr["nested-attributes"], value, path + (i,))


def misshapen(attr, value):
    """(how, [Raw]) of one attribute with a wrong length or flag."""
    data = payload(attr, value)
    kind = attr["index"]
    if attr["name"] == "trace":
        yield "as a nest", [Raw(kind | NLA_F_NESTED, data)]
        yield "a byte short", [Raw(kind, data[:-1])]
        yield "of a length behind the end", [Raw(kind, data, 60000)]
        return
    if attr["type"] == "nest":
        yield "without the flag of a nest", [Raw(kind, data)]
        kind |= NLA_F_NESTED
        yield "cut within", [Raw(kind, data[:-4])]
        yield "followed by a stray byte", [Raw(kind, data + b"\0")]
        yield "holding a scalar", [Raw(kind, b"\1\0\0\0")]
        return
    yield "as a nest", [Raw(kind | NLA_F_NESTED, data)]
    if attr["type"] == "flag":
        yield "with a value", [Raw(kind, b"\1")]
        return
    yield "empty", [Raw(kind, b"")]
    if attr["type"] == "string":
        yield "without a NUL", [Raw(kind, b"a" * 2000)]
        return
    yield "a byte short", [Raw(kind, data[:-1])]
    yield "a byte long", [Raw(kind, data + b"\0")]
    yield "far too long", [Raw(kind, data * 50)]
    yield "of a length behind the end", [Raw(kind, data, 60000)]
    yield "of a length below a header", [Raw(kind, data, 3)]


def mutants(items, multi, bad=True):
    """(what, items) of all wrong messages made of a right one."""
    seen = set()
    for path, name, attr, value in places("main", items):
        key = attr["name"]
        for how, new in misshapen(attr, value):
            yield f"{name}.{key} {how}", replaced(items, path, new)
        if not attr.get("multi-attr") or (name == "main" and not multi):
            yield f"{name}.{key} twice", replaced(
                items, path, [(key, value)] * 2)
        for wrong in BAD.get(name, {}).get(key, ()) if bad else ():
            yield f"{name}.{key} {wrong!r}", replaced(
                items, path, [(key, wrong)])
        if name in seen:
            continue
        seen.add(name)
        for kind in (0, len(SETS[name]) + 1, 1000, *(
                a["index"] for a in SETS[name].values()
                if a["type"] == "pad")):
            yield f"{name} with attribute {kind}", replaced(
                items, path, [(key, value), Raw(kind, b"\0\0\0\0")])
        for wrong in READ_ONLY.get(name, ()):
            read_only = SETS[name][wrong]
            flag = NLA_F_NESTED if read_only["type"] == "nest" else 0
            yield f"{name}.{wrong}, read only", replaced(
                items, path, [(key, value),
                              Raw(read_only["index"] | flag, b"\0\0\0\0")])


def missing(items, required):
    """(what, items) of a right message, each needed attribute left out."""
    for path, name, attr, _ in places("main", items):
        if attr["name"] in required.get(name, ()):
            yield f"without {name}.{attr['name']}", replaced(items, path, [])
