# SPDX-License-Identifier: GPL-2.0-or-later
"""What the family nsfab tells: in dumps, whatever changes meanwhile, and to the
group config; the fabric is that of netlink_test.py."""

import contextlib
import itertools
import os
import socket
import subprocess

from netlink_wrong import MAC1, MAC2
from nlraw import F_DUMP, F_REPLACE, Family, Socket, add_link, ip

SLOW = os.environ.get("NSFAB_SLOW") == "1"
SO_SNDBUFFORCE = 32
TESTS = []


def test(promise):
    """A test by what it promises."""
    def add(function):
        TESTS.append((promise, function))
        return function
    return add


@contextlib.contextmanager
def bound_device():
    """A device bound to port 100"""
    add_link("bound0", "nsfab_port", [("id", 100)], "fab0")
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "del", "bound0"], check=True)


@test("a dump tells each object that stays once, whatever comes and goes")
def dumps(world):
    other = Family("fab0")
    count = 500 if SLOW else 1500

    def batch(op, objs):
        kind = op.split("-", maxsplit=1)[0]
        for i in range(0, len(objs), 200):
            other.do(op, [(kind, o) for o in objs[i:i + 200]])
    via = [("nexthop", [("via", ip("198.51.100.12"))])]
    fresh = (f"l{i}" for i in itertools.count())
    makers = {
        "tenant": (lambda i: [("id", 1000 + i)], ("id",), lambda i: []),
        "network": (lambda i: [("id", 1000 + i)], ("id",),
                    lambda i: [("tenant", 1)]),
        "port": (lambda i: [("id", 1000 + i)], ("id",),
                 lambda i: [("network", 11)]),
        "fdb": (lambda i: [("network", 10), ("mac", (
            0x020000010000 + i * 40503 % 65536).to_bytes(6, "big"))],
            ("network", "mac"), lambda i: [("port", 100)]),
        "neigh": (lambda i: [("network", 10), ("address", (
            0x0a000000 + i * 40503 % 65536).to_bytes(4, "big"))],
            ("network", "address"), lambda i: [("mac", MAC1)]),
        "route": (lambda i: [("tenant", 1), ("address", (
            0x0a000000 + i * 40503 % 65536).to_bytes(4, "big")),
            ("prefixlen", 32)], ("tenant", "address", "prefixlen"),
            lambda i: via),
        "link": (lambda i: [("id", 1000 + i)], ("id",),
                 lambda i: [("tenant", 1), ("name", next(fresh))]),
    }
    for kind, (key, names, more) in makers.items():
        stay = [key(i) for i in range(0, 2 * count, 2)]
        go = [key(i) + more(i) for i in range(1, 2 * count, 2)]
        come = [key(i) + more(i) for i in range(2 * count, 3 * count)]
        batch(kind + "-new", [k + more(0) for k in stay])
        batch(kind + "-new", go[:count // 2])
        present, absent = go[:count // 2], go[count // 2:] + come
        told, parts = [], 0
        slow = Family("fab0", 8192)
        for part in slow.slowly(kind + "-get"):
            told += [tuple(o[n] for n in names) for _, o in part]
            parts += 1
            gone, present = present[:40], present[40:]
            new, absent = absent[:40], absent[40:]
            batch(kind + "-del", [o[:len(names)] for o in gone])
            batch(kind + "-new", new)
        slow.sock.close()
        assert parts > 2, f"{kind}: only {parts} messages"
        assert len(told) == len(set(told)), f"{kind}: told twice"
        lost = {tuple(v for _, v in k) for k in stay} - set(told)
        assert not lost, f"{kind}: {len(lost)} not told"
        world.build()
    other.sock.close()


@test("a dump tells VTEPs to flood to in order, but not those of ports alone")
def dump_floods(world):
    nl = world.nl

    def vtep(i):
        return (0x0a000000 + i).to_bytes(4, "big")
    nl.do("port-new", [("port", [("id", 1000 + i), ("network", 11),
                                 ("binding", 3), ("vtep", vtep(i * 3))])
                       for i in range(100)])
    given = [i * 7919 % 20000 for i in range(20000)]
    for i in range(0, len(given), 1000):
        nl.do("fdb-new", [("fdb", [("network", 11), ("mac", b"\0" * 6),
                                   ("vtep", vtep(v))])
                          for v in given[i:i + 1000] if v % 3 or v % 2])
    told = [o["vtep"] for part in Family("fab0", 8192).slowly(
        "fdb-get", [("filter", [("network", 11)])]) for _, o in part
            if not any(o["mac"])]
    assert told == [vtep(v) for v in range(20000) if v % 6], \
        f"told {len(told)}"
    world.build()


@test("a dump is limited to a tenant or a network when asked to be")
def filtered(world):
    nl = world.nl
    for op, by_tenant, by_network in (
            ("network-get", [10, 11], [10]),
            ("port-get", [100, 101, 102], [100, 101])):
        assert [o["id"] for _, o in nl.dump(op, [("filter", [
            ("tenant", 1)])])] == by_tenant
        assert [o["id"] for _, o in nl.dump(op, [("filter", [
            ("network", 10)])])] == by_network
        assert not nl.dump(op, [("filter", [("tenant", 2),
                                            ("network", 10)])])
    for op in ("fdb-get", "neigh-get"):
        assert {o["network"] for _, o in nl.dump(op, [("filter", [
            ("tenant", 2)])])} == {20}
        assert {o["network"] for _, o in nl.dump(op, [("filter", [
            ("network", 10)])])} == {10}
    assert {o["tenant"] for _, o in nl.dump("route-get", [("filter", [
        ("tenant", 2)])])} == {2}


@test("a dump tells the largest objects to whoever has read nothing before")
def largest(world):
    # The kernel makes the first message of a dump a page large unless told.
    nl = world.nl
    labels = ("labels", "x" * 1023)
    nl.do("network-new", [("network", [
        ("id", 30), ("tenant", 1), ("name", "n" * 63), labels,
        *(("subnet", [("address", ip(f"2001:db8:2:{i}::")), ("prefixlen", 64),
                      ("gateway", ip(f"2001:db8:2:{i}::1"))])
          for i in range(64))])])
    nl.do("port-new", [("port", [
        ("id", 300), ("network", 30), ("name", "p" * 63 + "/" + "p" * 63),
        labels,
        *(("address", ip(f"2001:db8:2:{i}::9")) for i in range(64)),
        *(("allowed", [("address", ip(f"2001:db8:3::{i}")), ("mac", MAC1)])
          for i in range(64))])])
    for op, ident in ("network-get", 30), ("port-get", 300):
        fresh = Socket(16)
        fresh.send(nl.id, nl.body(op, [("filter", [("network", 30)])]), F_DUMP)
        told = [o for messages in fresh.datagrams() for m in messages
                for o in nl.objects(m[2])]
        assert [o["id"] for _, o in told] == [ident], f"{op}: told {told}"
        fresh.sock.close()
    world.build()


# ---- notifications

@test("the group config hears of every change, and of nothing refused")
def notifications(world):
    ear = Family("fab0")
    ear.join("config")
    route = [("tenant", 1), ("address", ip("10.0.0.0")), ("prefixlen", 8)]
    flood = [("network", 10), ("mac", b"\0" * 6), ("vtep", ip("192.0.2.9"))]
    entry = [("network", 10), ("mac", MAC2)]
    neigh = [("network", 10), ("address", ip("198.51.100.99"))]
    steps = [
        ("tenant-new", [("id", 7), ("name", "x")], 0),
        ("tenant-set", [("id", 7), ("name", "y")], 0),
        ("network-new", [("id", 7), ("tenant", 7)], 0),
        ("network-set", [("id", 7), ("mtu", 1400)], 0),
        ("port-new", [("id", 7), ("network", 7)], 0),
        ("port-set", [("id", 7), ("flags", 1)], 0),
        ("fdb-new", entry + [("port", 100)], 0),
        ("fdb-new", entry + [("port", 101)], F_REPLACE),
        ("fdb-del", entry, 0),
        ("fdb-new", flood, 0),
        ("fdb-del", flood, 0),
        ("neigh-new", neigh + [("mac", MAC2)], 0),
        ("neigh-new", neigh + [("mac", MAC1)], F_REPLACE),
        ("neigh-del", neigh, 0),
        ("route-new", route + [("type", 2)], 0),
        ("route-new", route + [("type", 3)], F_REPLACE),
        ("route-del", route, 0),
        ("link-new", [("id", 7), ("to", 7), ("delay", 5)], 0),
        ("link-set", [("id", 7), ("delay", 6)], 0),
        ("link-del", [("id", 7)], 0),
        ("port-del", [("id", 7)], 0),
        ("network-del", [("id", 7)], 0),
        ("tenant-del", [("id", 7)], 0),
    ]
    wrong = []
    for op, obj, flags in steps:
        kind = op.split("-", maxsplit=1)[0]
        world.nl.do(op, [(kind, obj)], flags)
        heard = ear.heard()
        if len(heard) != 1:
            wrong.append(f"{op} {obj}: heard {heard}")
            continue
        ntf, command, what, told = heard[0]
        if (ntf, command, what) != (kind + "-ntf", op, kind) or \
                any(told.get(k) != v for k, v in obj):
            wrong.append(f"{op} {obj}: heard {heard}")
        got = dict(told)
        got.pop("counters", None)
        if op.split("-", maxsplit=1)[1] == "del":
            continue
        key = [i for i in obj if i[0] in ("id", "network", "mac", "address",
                                          "tenant")]
        if kind in ("tenant", "network", "port", "link"):
            now = world.nl.do(kind + "-get", [(kind, key[:1])])[0][1]
            now.pop("counters", None)
            if got != now:
                wrong.append(f"{op}: told {got}, is {now}")
        try:
            world.refuse(op, [(kind, obj + [("revision", 0)])],
                         flags | F_REPLACE * (op[-3:] == "new"
                                              and obj is not flood))
        except AssertionError:
            pass
        else:
            heard = ear.heard()
            if heard:
                wrong.append(f"{op}, refused: heard {heard}")
        ear.heard()
    only = ("filter", [("tenant", 1)])
    world.nl.do("route-replace", [only, ("route", route + [("type", 2)])])
    heard = {(c, o["address"], o["prefixlen"])
             for _, c, _, o in ear.heard()}
    if heard != {("route-replace", ip("10.0.0.0"), 8),
                 ("route-del", ip("192.0.2.0"), 24)}:
        wrong.append(f"route-replace: heard {heard}")
    world.build()
    ear.sock.close()
    assert not wrong, "\n".join(wrong)


@test("of many objects that a request removes, each is told of once, in order")
def told_in_order(world):
    nl = world.nl
    ear = Family("fab0")
    ear.join("config")
    via = [("nexthop", [("via", ip("198.51.100.12"))])]
    for kind, key, more in (
            ("port", lambda i: [("id", 1000 + i)], [("network", 11)]),
            ("fdb", lambda i: [("network", 10),
                               ("mac", bytes([2, 0, 0, 0, 1, i]))],
             [("port", 100)]),
            ("fdb", lambda i: [("network", 10), ("mac", b"\0" * 6),
                               ("vtep", ip(f"192.0.2.{100 + i}"))], []),
            ("neigh", lambda i: [("network", 10),
                                 ("address", ip(f"198.51.100.{100 + i}"))],
             [("mac", MAC1)]),
            ("route", lambda i: [("tenant", 1), ("prefixlen", 16),
                                 ("address", ip(f"10.{i}.0.0"))], via)):
        keys = [key(i * 7 % 50) for i in range(50)]
        nl.do(kind + "-new", [(kind, k + more) for k in keys])
        ear.heard()
        nl.do(kind + "-del", [(kind, k) for k in keys + keys[:9]])
        told = [[(name, o[name]) for name, _ in keys[0]]
                for _, command, _, o in ear.heard()
                if command == kind + "-del"]
        assert told == keys, f"{kind}: heard of {told}"
    ear.sock.close()
    world.build()


@test("removing a message full of objects needs no memory for each")
def remove_many(world):
    # As much as a message can carry; who listens hears of each
    nl = world.nl
    ear = Family("fab0")
    ear.join("config")
    nl.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 23)
    many = [("neigh", [("network", 10),
                       ("address", (0x0a000000 + i).to_bytes(4, "big"))])
            for i in range(20000)]
    for i in range(0, len(many), 1000):
        nl.do("neigh-new", [(kind, key + [("mac", MAC1)])
                            for kind, key in many[i:i + 1000]])
    nl.do("neigh-del", many)
    ear.sock.close()
    world.build()


@test("a device that is bound or goes away is told of")
def bound(world):
    ear = Family("fab0")
    ear.join("config")
    with bound_device():
        heard = [o for n, _, _, o in ear.heard() if n == "port-ntf"]
        assert [o["binding"] for o in heard] == [1], heard
    heard = [o for n, _, _, o in ear.heard() if n == "port-ntf"]
    assert [o["binding"] for o in heard] == [0], heard
    ear.sock.close()
