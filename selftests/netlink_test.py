# SPDX-License-Identifier: GPL-2.0-or-later
"""What the family nsfab promises of its messages. Run by netlink.sh in a
namespace of its own; prints what lib.sh's relay takes.

fab0 (VXLAN, 192.0.2.1)
  t1 (1)  n1 (10) 198.51.100.0/24, 2001:db8:1::/64   a/eth0 (100) stub (101)
          n2 (11) 203.0.113.0/24                     c/eth0 (102)
  t2 (2)  n3 (20) 198.51.100.0/24                    d/eth0 (103)
  links   100 to 101 (210), from 100 (211), from 103 (213)
          bottlenecks b1 (200), b2 (201) of t1, b1 (202) of t2
"""

import contextlib
import copy
import os
import subprocess
import sys
import traceback

import netlink_fuzz
import netlink_links
import netlink_told
from netlink_wrong import (AGAINST, FILTER, KEYS, MAC1, MAC2, OBJECTS,
                           READ_ONLY, REQUIRED, VARIANTS, WITH, missing,
                           mutants)
from nlraw import (F_CREATE, F_DUMP, F_ECHO, F_EXCL, F_REPLACE, OPS, SETS,
                   Family, Raw, Refused, add_link, ip, pack)

SLOW = os.environ.get("NSFAB_SLOW") == "1"
TESTS = []


class Skip(Exception):
    """This system cannot run the test, and why."""


def test(promise):
    """A test by what it promises."""
    def add(function):
        TESTS.append((promise, function))
        return function
    return add


class World:
    """A fabric with something of everything, and a socket to it."""

    def __init__(self):
        add_link("fab0", "nsfab", [("encap", 1), ("local", ip("192.0.2.1"))])
        self.connect()
        self.build()

    def connect(self):
        """A new socket: what was sent by another one is of no interest."""
        self.nl = Family("fab0")
        self.fabric = ("ifindex", self.nl.ifindex)

    def build(self):
        """Make what the picture above shows."""
        nl = self.nl
        for tenant in nl.dump("tenant-get"):
            nl.do("tenant-del", [("tenant", [("id", tenant[1]["id"])])])
        nl.do("tenant-new", [("tenant", [("id", 1), ("name", "t1")]),
                             ("tenant", [("id", 2), ("name", "t2")])])
        four = [("address", ip("198.51.100.0")), ("prefixlen", 24),
                ("gateway", ip("198.51.100.1"))]
        six = [("address", ip("2001:db8:1::")), ("prefixlen", 64),
               ("gateway", ip("2001:db8:1::1"))]
        other = [("address", ip("203.0.113.0")), ("prefixlen", 24),
                 ("gateway", ip("203.0.113.1"))]
        nl.do("network-new", [
            ("network", [("id", 10), ("tenant", 1), ("name", "n1"),
                         ("subnet", four), ("subnet", six)]),
            ("network", [("id", 11), ("tenant", 1), ("name", "n2"),
                         ("subnet", other)]),
            ("network", [("id", 20), ("tenant", 2), ("name", "n3"),
                         ("subnet", four)])])
        nl.do("port-new", [
            ("port", [("id", 100), ("network", 10), ("name", "a/eth0"),
                      ("address", ip("198.51.100.11"))]),
            ("port", [("id", 101), ("network", 10), ("name", "stub"),
                      ("address", ip("198.51.100.12")), ("binding", 2)]),
            ("port", [("id", 102), ("network", 11), ("name", "c/eth0")]),
            ("port", [("id", 103), ("network", 20), ("name", "d/eth0"),
                      ("address", ip("198.51.100.11"))])])
        nl.do("fdb-new", [("fdb", [("network", 10), ("mac", MAC1),
                                   ("port", 101)])])
        nl.do("neigh-new", [("neigh", [("network", 10), ("mac", MAC1),
                                       ("address", ip("198.51.100.21"))])])
        nl.do("route-new", [("route", [("tenant", 1),
                                       ("address", ip("192.0.2.0")),
                                       ("prefixlen", 24),
                                       ("nexthop", [("via",
                                                     ip("198.51.100.11"))])
                                       ])])
        nl.do("link-new", [
            ("link", [("id", 200), ("tenant", 1), ("name", "b1")]),
            ("link", [("id", 201), ("tenant", 1), ("name", "b2"),
                      ("rate", 10 ** 6)]),
            ("link", [("id", 202), ("tenant", 2), ("name", "b1")]),
            ("link", [("id", 210), ("from", 100), ("to", 101),
                      ("delay", 10 ** 6), ("path", 201)]),
            ("link", [("id", 211), ("from", 100)]),
            ("link", [("id", 213), ("from", 103)])])

    def state(self):
        """All that the fabric holds, without what counts by itself."""
        out = []
        for op in ("tenant-get", "network-get", "port-get", "fdb-get",
                   "neigh-get", "route-get", "link-get"):
            for _, obj in self.nl.dump(op):
                obj = copy.deepcopy(obj)
                obj.pop("counters", None)
                obj.pop("miss", None)
                for usage in obj.get("usage", ()):
                    usage.pop("refused")
                out.append((op, obj))
        return out

    def refuse(self, op, items, flags=0, err=None, what=""):
        """A request that must be refused with a reason."""
        try:
            self.nl.do(op, items, flags)
        except Refused as refused:
            assert refused.text, f"{op} {what}: {refused} without a reason"
            assert err is None or refused.errno == err, \
                f"{op} {what}: {refused}, expected errno {err}"
            assert refused.errno not in (1, 12), \
                f"{op} {what}: {refused}"
            return
        raise AssertionError(f"{op} {what}: not refused")


# ---- every attribute, wrong in every way

def known(kind, obj, verb):
    """The object as one that is there; to DEL and GET, its key alone."""
    return [(k, KEYS[kind].get(k, v)) for k, v in obj
            if verb == "set" or k in KEYS[kind]]


def attack(world, op, messages, flags=0):
    """Send messages that must all be refused and change nothing."""
    before = world.state()
    wrong = []
    count = 0
    for what, items in messages:
        if not items or items[0] is not world.fabric and \
                not what.startswith("main.ifindex"):
            items = [world.fabric, *items]
        try:
            world.refuse(op, pack("main", items), flags, what=what)
        except AssertionError as error:
            wrong.append(str(error))
        count += 1
        if not SLOW and world.state() != before:
            wrong.append(f"{op} {what}: something has changed")
            world.build()
            before = world.state()
    if world.state() != before:
        wrong.append(f"{op}: something has changed")
        world.build()
    print(f"# {op}: {count} wrong messages")
    assert not wrong, "\n".join(wrong)


def varied(kind, nest, variant):
    """An object with a variant in place of what is against it."""
    name = variant[0]
    against = AGAINST.get(kind, set())
    if (kind, name) == ("link", "name"):
        against = against | {"from", "to", "scope", "path", "filter"}
    return [i for i in nest if i[0] not in against and
            "no-" + i[0] not in (name, name[:-1], name[:-2])] + \
        WITH.get((kind, name), []) + [variant]


def attack_kind(world, kind):
    """All wrong messages of a kind's commands."""
    obj = OBJECTS[kind]
    tried = {k for k, _ in obj} | {k for k, _ in VARIANTS.get(kind, ())} | \
        READ_ONLY.get(kind, set()) | {"pad"}
    assert tried >= set(SETS[kind]), \
        f"not tried: {kind} {set(SETS[kind]) - tried}"
    several = ("new", "del", "set") if kind == "link" else ("new", "del")
    wrong = []
    for verb in ("new", "set", "del", "get"):
        op = f"{kind}-{verb}"
        if op not in OPS:
            continue
        nest = obj if verb == "new" else known(kind, obj, verb)
        if op == "route-get":
            nest = [("tenant", 1), ("address", ip("192.0.2.7"))]
        world.nl.do(op, [(kind, nest)])     # as it is, it is right
        world.build()
        messages = list(mutants([world.fabric, (kind, nest)],
                                verb in several,
                                verb in ("new", "set")))
        for variant in VARIANTS.get(kind, ()) \
                if verb in ("new", "set") else ():
            clean = varied(kind, nest, variant)
            if verb == "new":
                world.nl.do(op, [(kind, clean)])
                world.build()
            messages += [m for m in mutants(
                [(kind, clean)], True, verb in ("new", "set"))
                if f"{kind}.{variant[0]} " in m[0]]
        required = REQUIRED if verb == "new" else {}
        if verb == "set":
            required = {k: v for k, v in REQUIRED.items()
                        if k in ("subnet", "allowed", "link-filter")}
        messages += missing([(kind, nest)], required)
        if verb not in several:
            messages.append(("two objects", [(kind, nest), (kind, nest)]))
        messages.append(("no object", []))
        for other in OBJECTS:
            if other != kind:
                messages.append((f"a {other} beside it", [
                    (kind, nest), (other, OBJECTS[other])]))
        # what SET says with the key of another object is no mistake
        if verb == "set":
            messages = [m for m in messages
                        if not m[0].startswith(f"{kind}.id ")]
        try:
            attack(world, op, messages)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


for _kind in OBJECTS:
    test(f"every attribute of a {_kind}, wrong in every way, is refused "
         "with a reason and changes nothing")(
             lambda world, kind=_kind: attack_kind(world, kind))


@test("a filter, wrong in every way, is refused with a reason")
def filters(world):
    tried = {k for k, _ in FILTER} | {k for k, _ in VARIANTS["filter"]}
    assert tried | {"pad"} >= set(SETS["filter"])
    messages = list(mutants([world.fabric, ("filter", FILTER)], False))
    messages += [m for m in mutants([("filter", VARIANTS["filter"])], False)
                 if any("filter." + key in m[0]
                        for key, _ in VARIANTS["filter"])]
    messages.append(("a prefix length without an address",
                     [("filter", [("prefixlen", 24)])]))
    attack(world, "flow-get", messages, 0x300)
    attack(world, "flow-del", messages)
    attack(world, "route-replace",
           [m for m in messages] + [("no filter", [("route", [])])])


@test("a filter that a dump does not know is refused, not ignored")
def foreign_filters(world):
    wrong = []
    for op in ("network-get", "port-get", "fdb-get", "neigh-get",
               "route-get", "drop-get", "link-get"):
        for key, value in (("proto", 6), ("l4-port", 80), ("min-bytes", 1),
                           ("reset", True), ("points", True),
                           ("network", 10),
                           ("address", ip("198.51.100.11"))):
            if (op, key) in (("link-get", "reset"),
                             ("link-get", "points")) or \
                    (key == "network" and op != "link-get"):
                continue
            try:
                world.refuse(op, [("filter", [(key, value)])], 0x300,
                             what=f"filter.{key}")
            except AssertionError as error:
                wrong.append(str(error))
    assert not wrong, "\n".join(wrong)


@test("a message without a fabric, or with one that is none, is refused")
def no_fabric(world):
    lo_index = 1
    for op, spec in OPS.items():
        if "notify" in spec:
            continue
        for flags in [0] * ("do" in spec) + [0x300] * ("dump" in spec):
            for body in (b"", Raw(1, b"\0\0\0\0").pack(),
                         Raw(1, b"\xff\xff\xff\xff").pack(),
                         Raw(1, b"\xff\xff\xff\x7f").pack(),
                         Raw(1, bytes([lo_index, 0, 0, 0])).pack(),
                         Raw(1, b"\1\0").pack()):
                world.refuse(op, body, flags, what=f"ifindex {body!r}")


@test("flags and header fields that mean nothing are refused")
def headers(world):
    nl = world.nl
    new = {"fdb-new": ("fdb", [("network", 10), ("mac", MAC2), ("port", 100)]),
           "neigh-new": ("neigh", [("network", 10), ("mac", MAC2),
                                   ("address", ip("198.51.100.99"))]),
           "route-new": ("route", [("tenant", 1), ("type", 2),
                                   ("address", ip("10.0.0.0")),
                                   ("prefixlen", 8)])}
    for op, spec in OPS.items():
        if "notify" in spec:
            continue
        for base in [0] * ("do" in spec) + [F_DUMP] * ("dump" in spec):
            for flag in [1 << i for i in range(1, 16)]:
                if flag in (4, F_ECHO) or base & flag or \
                        (flag == F_REPLACE and op in new):
                    continue
                world.refuse(op, [], base | flag, 22, f"flag {flag:#x}")
            for reserved in 1, 1 << 15:
                try:
                    nl.ask(nl.id, nl.body(op, [], reserved), base)
                except Refused as refused:
                    assert refused.errno == 22 and \
                        "reserved" in refused.text, f"{op}: {refused}"
                else:
                    raise AssertionError(f"{op}: reserved {reserved}")
    before = world.state()
    for op, obj in (("tenant-new", ("tenant", [("name", "x")])),
                    ("port-set", ("port", [("id", 100), ("flags", 1)])),
                    ("link-del", ("link", [("id", 210)])),
                    ("tenant-get", ("tenant", [("id", 1)]))):
        for flag in F_REPLACE, F_EXCL, F_CREATE, F_CREATE | F_REPLACE:
            world.refuse(op, [obj], flag, 22, f"flag {flag:#x}")
    for op, obj in new.items():
        for flag in F_EXCL, F_CREATE, F_CREATE | F_REPLACE:
            world.refuse(op, [obj], flag, 22, f"flag {flag:#x}")
    assert world.state() == before, "changed"
    for op, obj in new.items():
        nl.do(op, [obj], F_REPLACE | F_ECHO)
    world.build()


# ---- many objects in one message

def batches():
    """(command, good objects, bad object, flags)"""
    via = [("nexthop", [("via", ip("198.51.100.12"))])]
    yield "tenant-new", [[("name", f"b{i}")] for i in range(9)], \
        [("name", "t1")], 0
    yield "network-new", [[("tenant", 1), ("name", f"b{i}")]
                          for i in range(9)], [("tenant", 1),
                                               ("name", "n1")], 0
    yield "port-new", [[("network", 10), ("name", f"b{i}"),
                        ("address", ip(f"198.51.100.{40 + i}"))]
                       for i in range(9)], \
        [("network", 10), ("address", ip("198.51.100.45"))], 0
    for flags in (0, F_REPLACE):
        first = 1 if flags else 2
        yield "fdb-new", [[("network", 10), ("mac", bytes([2] + [0] * 4 + [
            i])), ("port", 100)] for i in range(first, 11)], \
            [("network", 10), ("mac", MAC1), ("port", 102)], flags
        yield "neigh-new", [[("network", 10), ("mac", MAC2), (
            "address", ip(f"198.51.100.{20 + i}"))]
            for i in range(first, 11)], \
            [("network", 10), ("mac", MAC1),
             ("address", ip("224.0.0.1"))], flags
        yield "route-new", [[("tenant", 1), ("address", ip(
            f"192.0.2.{i * 16}")), ("prefixlen", 24 if flags and not i else
                                    28), *via]
            for i in range(0 if flags else 1, 10)], \
            [("tenant", 1), ("address", ip("198.51.100.0")),
             ("prefixlen", 24), *via], flags
    ends = [("from", 100), ("to", 101)]
    yield "link-new", [[*ends, ("scope", i)] for i in range(1, 10)], \
        [*ends, ("scope", 0)], 0
    yield "link-set", [[("id", i), ("delay", 5)] for i in (210, 211, 200)], \
        [("id", 213), ("rate", 1)], 0
    yield "link-del", [[("id", 210)], [("id", 211)], [("id", 200)]], \
        [("id", 201)], 0
    yield "tenant-del", [[("id", 1)], [("id", 2)]], [("id", 3)], 0
    yield "network-del", [[("id", 10)], [("id", 11)]], [("id", 12)], 0
    yield "port-del", [[("id", 100)], [("id", 101)]], [("id", 99)], 0
    yield "fdb-del", [[("network", 10), ("mac", MAC1)]], \
        [("network", 10), ("mac", MAC2)], 0
    yield "neigh-del", [[("network", 10), (
        "address", ip("198.51.100.21"))]], \
        [("network", 10), ("address", ip("198.51.100.22"))], 0
    yield "route-del", [[("tenant", 1), ("address", ip("192.0.2.0")),
                         ("prefixlen", 24)]], \
        [("tenant", 1), ("address", ip("192.0.2.0")), ("prefixlen", 25)], 0


@test("of many objects in a message, all are done or none")
def all_or_nothing(world):
    before = world.state()
    for op, good, bad, flags in batches():
        kind = op.split("-", maxsplit=1)[0]
        for at in {0, len(good) // 2, len(good)}:
            objs = [(kind, o) for o in good[:at] + [bad] + good[at:]]
            world.refuse(op, objs, flags, what=f"the {at}th of {len(objs)}")
            after = world.state()
            assert after == before, f"{op} {flags:#x}: changed by a bad " \
                f"object at {at}: " \
                f"{[o for o in after if o not in before]} instead of " \
                f"{[o for o in before if o not in after]}"
        world.nl.do(op, [(kind, o) for o in good], flags)
        assert world.state() != before, f"{op}: nothing done"
        world.build()
        assert world.state() == before


@test("a set request that is refused late changes nothing")
def set_refused(world):
    with netlink_told.bound_device():
        refuse_sets(world)


def refuse_sets(world):
    """Set requests whose last part cannot be done"""
    wrong = []

    def refuse(op, items, what):
        before = world.state()
        try:
            world.refuse(op, items, what=what)
        except AssertionError as error:
            wrong.append(str(error))
        after = world.state()
        if after != before:
            wrong.append(f"{what}: something has changed: " +
                         str([o for o in after if o not in before]))
    new = [("address", ip("198.51.100.77")), ("labels", "a=b"),
           ("allowed", [("address", ip("192.0.2.9"))]), ("flags", 1)]
    refuse("port-set", [("port", [("id", 100), *new, ("binding", 3),
                                  ("vtep", ip("192.0.2.2"))])],
           "remote, bound to a device")
    refuse("port-set", [("port", [("id", 100), *new, ("binding", 4),
                                  ("peer", 102)])],
           "patch, bound to a device")
    refuse("port-set", [("port", [("id", 100), ("mac", MAC2)])],
           "MAC, bound to a device")
    refuse("port-set", [("port", [("id", 101), ("mac", MAC2),
                                  ("address", ip("198.51.100.11"))])],
           "address of another port")
    refuse("network-set", [("network", [
        ("id", 11), ("vni", 76), ("labels", "a=b"),
        ("subnet", [("address", ip("192.0.2.0")), ("prefixlen", 24)])])],
        "subnet that a route has")
    refuse("network-set", [("network", [
        ("id", 11), ("labels", "a=b"), ("mtu", 1000), ("vni", 20)])],
        "VNI of another")
    refuse("network-set", [("network", [
        ("id", 10), ("labels", "a=b"),
        ("subnet", [("address", ip("198.51.100.0")), ("prefixlen", 24),
                    ("gateway", ip("198.51.100.12"))])])],
        "gateway that a port has")
    world.nl.do("port-new", [("port", [
        ("id", 400), ("network", 11), ("mac", b"\x02ns\0\0\x4d")])])
    world.nl.do("fdb-new", [("fdb", [
        ("network", 11), ("mac", b"\x02ns\0\0\x4e"), ("port", 102)])])
    for vni in 77, 78:
        refuse("network-set", [("network", [("id", 11), ("vni", vni),
                                            ("labels", "a=b")])],
               "VNI whose router MAC is taken")
    refuse("network-set", [("network", [("id", 10), ("mtu", 1300)])],
           "MTU while devices are bound")
    refuse("tenant-set", [("tenant", [("id", 1), ("name", "t2"),
                                      ("max-ports", 1)])],
           "name of another")
    world.build()
    assert not wrong, "\n".join(wrong)


@test("a VTEP with a link-local address is refused with a reason")
def link_local_vtep(world):
    add_link("fab6", "nsfab", [("encap", 1), ("local", ip("2001:db8::1")),
                               ("udp-port", 4790)])
    nl, world.nl = world.nl, Family("fab6")
    try:
        world.nl.do("tenant-new", [("tenant", [("id", 1)])])
        world.nl.do("network-new", [("network", [("id", 1), ("tenant", 1)])])
        world.nl.do("port-new", [("port", [("id", 1), ("network", 1)])])
        for last in "::1", "::2:1":
            far = [("binding", 3), ("vtep", ip("fe80" + last))]
            world.refuse("port-new", [("port", [("network", 1), *far])],
                         err=22)
            world.refuse("port-set", [("port", [("id", 1), *far])], err=22)
            for mac in MAC1, b"\0" * 6:
                world.refuse("fdb-new", [("fdb", [
                    ("network", 1), ("mac", mac), far[1]])], err=22)
    finally:
        world.nl = nl
        subprocess.run(["ip", "link", "del", "fab6"], check=True)


@test("subnets of a tenant's networks do not overlap")
def overlaps(world):
    def subnet(prefix):
        addr, plen = prefix.split("/")
        return ("subnet", [("address", ip(addr)), ("prefixlen", int(plen))])
    for prefix in ("198.51.100.0/24", "198.51.100.128/25", "198.51.0.0/16",
                   "0.0.0.0/0", "2001:db8:1::/64", "2001:db8:1::/65",
                   "2001:db8::/32"):
        world.refuse("network-new", [("network", [
            ("tenant", 1), ("name", "n"), subnet(prefix)])], err=17,
            what=prefix)
        world.refuse("network-set", [("network", [
            ("id", 11), subnet(prefix)])], err=17, what=prefix)
    world.refuse("network-new", [("network", [
        ("tenant", 1), ("name", "n"), subnet("10.1.0.0/16"),
        subnet("10.1.2.0/24")])], err=17, what="of the network itself")
    world.nl.do("network-set", [("network", [
        ("id", 10), subnet("198.51.0.0/16"), subnet("2001:db8::/32")])])
    world.nl.do("network-set", [("network", [
        ("id", 10), subnet("198.51.100.0/25")])])
    world.nl.do("network-new", [("network", [
        ("tenant", 1), ("name", "n"), subnet("198.51.100.128/25"),
        subnet("2000::/3")])])
    world.build()


FAIL = "/proc/thread-self/fail-nth"
FAILSLAB = "/sys/kernel/debug/failslab/"


@test("a set request for which there is no memory changes nothing")
def set_without_memory(world):
    if not os.path.exists(FAIL) or not os.path.exists(FAILSLAB):
        raise Skip("this kernel injects no faults")
    for name, value in ("ignore-gfp-wait", "N"), ("verbose", "0"):
        with open(FAILSLAB + name, "w", encoding="ascii") as f:
            f.write(value)
    for kind, obj, least in (
            ("port", [("id", 101), ("mac", MAC2),
                      ("address", ip("198.51.100.12")),
                      ("address", ip("198.51.100.77")), ("labels", "a=b"),
                      ("allowed", [("address", ip("192.0.2.9"))]),
                      ("flags", 1), ("binding", 3),
                      ("vtep", ip("192.0.2.2"))], 10),
            ("tenant", [("id", 1), ("name", "t9"), ("labels", "a=b"),
                        ("max-ports", 99)], 3),
            ("network", [("id", 11), ("vni", 70000), ("labels", "a=b"),
                         ("subnet", [("address", ip("10.9.0.0")),
                                     ("prefixlen", 16)]),
                         ("subnet", [("address", ip("2001:db8:9::")),
                                     ("prefixlen", 64)])], 6)):
        fail_each(world, kind + "-set", [(kind, obj)], least)


def fail_each(world, op, items, least):
    """Send a request with its nth allocation failing, for each n"""
    nth = os.open(FAIL, os.O_RDWR)
    before, seen, hit, n = world.state(), [], True, 0
    while hit:
        n += 1
        os.write(nth, b"%d" % n)
        with contextlib.suppress(Refused, OSError):
            world.nl.do(op, items)
        hit = os.pread(nth, 16, 0).strip() == b"0"
        os.write(nth, b"0")
        world.connect()
        after = world.state()
        if after != before:
            seen.append((n, after))
            world.build()
            assert world.state() == before
    os.close(nth)
    assert n > least, f"{op}: only {n} faults"
    assert seen, f"{op}: nothing done"
    for when, after in seen[:-1]:
        # the answer, too, needs memory
        assert after == seen[-1][1], f"{op} at fault {when}: " + \
            str([o for o in after if o not in before])


@test("NLM_F_REPLACE changes what is there; without it that is refused")
def replace(world):
    nl = world.nl
    for op, obj, key, new in (
            ("fdb-new", [("network", 10), ("mac", MAC1)], "port", 100),
            ("neigh-new", [("network", 10),
                           ("address", ip("198.51.100.21"))], "mac", MAC2),
            ("route-new", [("tenant", 1), ("address", ip("192.0.2.0")),
                           ("prefixlen", 24)], "type", 2)):
        kind = op.split("-", maxsplit=1)[0]
        world.refuse(op, [(kind, obj + [(key, new)])], err=17)
        before = world.state()
        told = nl.do(op, [(kind, obj + [(key, new)])], F_REPLACE | F_ECHO)
        assert told[0][1][key] == new, told
        assert len(world.state()) == len(before), "one more"
        now = [o for _, o in nl.dump(kind + "-get") if o == told[0][1]]
        assert len(now) == 1, f"{told} is not in the dump"
    world.build()


@test("NLM_F_ECHO answers with the objects in the order of the request")
def echo(world):
    nl = world.nl
    names = [f"e{i * 7 % 500}" for i in range(500)]
    told = nl.do("port-new", [("port", [("network", 11), ("name", n)])
                              for n in names], F_ECHO)
    assert [o["name"] for _, o in told] == names, "names out of order"
    ids = [o["id"] for _, o in told]
    assert ids == sorted(set(ids)), "ids are not the lowest free ones in order"
    dumped = {o["id"]: o["name"] for _, o in nl.dump("port-get")}
    assert all(dumped[o["id"]] == o["name"] for _, o in told)
    assert nl.do("port-set", [("port", [("id", ids[0]), ("flags", 1)])],
                 F_ECHO)[0][1]["flags"] == 1
    assert not nl.do("port-set", [("port", [("id", ids[0])])]), \
        "an answer that nobody asked for"
    world.build()


@test("a set request keeps what it leaves out and replaces lists whole")
def keeps(world):
    nl = world.nl
    for kind, ident in (("tenant", 1), ("network", 10), ("port", 101)):
        get = [(kind, [("id", ident)])]
        old = nl.do(kind + "-get", get)[0][1]
        nl.do(kind + "-set", [(kind, [("id", ident), ("labels", "a=b")])])
        new = nl.do(kind + "-get", get)[0][1]
        assert new.pop("labels") == "a=b"
        assert new.pop("revision") == old.pop("revision") + 1
        assert new == old, f"{kind}: {new} instead of {old}"
    nl.do("port-set", [("port", [("id", 101),
                                 ("address", ip("198.51.100.60")),
                                 ("address", ip("2001:db8:1::60"))])])
    port = nl.do("port-get", [("port", [("id", 101)])])[0][1]
    assert port["address"] == [ip("198.51.100.60"), ip("2001:db8:1::60")]
    nl.do("port-set", [("port", [("id", 101), ("no-addresses", True),
                                 ("labels", "")])])
    port = nl.do("port-get", [("port", [("id", 101)])])[0][1]
    assert "address" not in port and "labels" not in port, port
    world.build()


@test("a write that is older than the object is refused with ESTALE")
def stale(world):
    nl = world.nl
    keys = {"tenant": [("id", 1)], "network": [("id", 10)],
            "port": [("id", 100)],
            "fdb": [("network", 10), ("mac", MAC1), ("port", 101)],
            "neigh": [("network", 10), ("address", ip("198.51.100.21")),
                      ("mac", MAC1)],
            "route": [("tenant", 1), ("address", ip("192.0.2.0")),
                      ("prefixlen", 24), ("type", 2)],
            "link": [("id", 210)]}
    for kind, key in keys.items():
        verb, flags = ("set", 0) if kind + "-set" in OPS else \
            ("new", F_REPLACE)
        op = f"{kind}-{verb}"
        nl.do(op, [(kind, key + [("revision", 1 << 40)])], flags)
        before = world.state()
        for bad in (0, (1 << 40) - 1):
            world.refuse(op, [(kind, key + [("revision", bad)])], flags, 116)
            world.refuse(kind + "-del", [(kind, [
                k for k in key if k[0] not in ("type", "port")] +
                [("revision", bad)])], 0, 116)
        assert world.state() == before, f"{op}: changed"
        nl.do(op, [(kind, key + [("revision", 1 << 40)])], flags)
        told = nl.do(op, [(kind, key)], flags | F_ECHO)
        assert told[0][1]["revision"] == (1 << 40) + 1, told
    for kind in reversed(keys):
        nl.do(kind + "-del", [(kind, [
            k for k in keys[kind] if k[0] not in ("type", "port")] +
            [("revision", (1 << 40) + 1)])])
    world.build()


@test("a tenant's routes are replaced as a whole, or not at all")
def replace_routes(world):
    nl = world.nl
    via = [("nexthop", [("via", ip("198.51.100.12"))])]
    new = [[("tenant", 1), ("address", ip(f"10.{i}.0.0")),
            ("prefixlen", 16), *via] for i in range(100)]
    only = ("filter", [("tenant", 1)])
    before = world.state()
    for bad in ([("tenant", 2), ("address", ip("10.200.0.0")),
                 ("prefixlen", 16), ("type", 2)],
                new[50],
                [("tenant", 1), ("address", ip("198.51.100.0")),
                 ("prefixlen", 24), ("type", 2)]):
        world.refuse("route-replace", [only, *(("route", r)
                                               for r in [*new, bad])])
        assert world.state() == before, "changed"

    def prefixes():
        return {(o["address"], o["prefixlen"])
                for _, o in nl.dump("route-get", [only]) if o["type"] != 1}
    nl.do("route-replace", [only, *(("route", r) for r in new)])
    assert prefixes() == {(ip(f"10.{i}.0.0"), 16) for i in range(100)}
    nl.do("tenant-set", [("tenant", [("id", 1), ("max-routes", 100)])])
    before = world.state()
    world.refuse("route-replace", [only, *(("route", r) for r in [*new, [
        ("tenant", 1), ("address", ip("10.200.0.0")), ("prefixlen", 16),
        ("type", 2)]])], err=28)
    assert world.state() == before, "changed"
    nl.do("route-replace", [only])
    assert prefixes() == set()
    world.build()


@test("every limit of a tenant is kept, and its refusals are counted")
def limits(world):
    nl = world.nl
    for table, limit, op, make in (
            (1, "max-networks", "network-new", lambda i: [("tenant", 1)]),
            (2, "max-ports", "port-new", lambda i: [("network", 10)]),
            (3, "max-fdb", "fdb-new", lambda i: [
                ("network", 10), ("mac", bytes([2, 0, 0, 0, 1, i])),
                ("port", 100)]),
            (4, "max-neigh", "neigh-new", lambda i: [
                ("network", 10), ("address", ip(f"198.51.100.{100 + i}")),
                ("mac", MAC1)]),
            (5, "max-routes", "route-new", lambda i: [
                ("tenant", 1), ("address", ip(f"10.{i}.0.0")),
                ("prefixlen", 16), ("type", 2)]),
            (7, "max-links", "link-new", lambda i: [
                ("from", 100), ("to", 102), ("scope", i)])):
        def usage(table=table):
            tenant = nl.do("tenant-get", [("tenant", [("id", 1)])])[0][1]
            return [u for u in tenant["usage"] if u["table"] == table][0]
        kind = op.split("-", maxsplit=1)[0]
        first = usage()
        room = first["count"] + 3
        nl.do("tenant-set", [("tenant", [("id", 1), (limit, room)])])
        world.refuse(op, [(kind, make(i)) for i in range(4)], err=28)
        assert usage()["count"] == first["count"], usage()
        nl.do(op, [(kind, make(i)) for i in range(3)])
        world.refuse(op, [(kind, make(9))], err=28)
        now = usage()
        assert (now["count"], now["limit"]) == (room, room), now
        assert now["refused"] == first["refused"] + 2, now
    world.build()


# ---- dumps


for _promise, _function in netlink_told.TESTS + netlink_links.TESTS:
    test(_promise)(_function)


@test("random messages are answered, and change nothing when refused")
def fuzz(world):
    netlink_fuzz.run(world, float(os.environ.get("NSFAB_FUZZ_SECONDS", 5)),
                     int(os.environ.get("NSFAB_SEED", 1)), OBJECTS)


def main():
    """Run all tests, or those with a word in their names."""
    world = World()
    for promise, function in TESTS:
        if sys.argv[1:] and not any(w in promise for w in sys.argv[1:]):
            continue
        try:
            function(world)
            print("ok", promise, flush=True)
        except Skip as why:
            print(f"skip {promise}: {why}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            text = str(error) if isinstance(error, AssertionError) and \
                str(error) else traceback.format_exc()
            print("# " + text.replace("\n", "\n# "))
            print("not ok", promise, flush=True)
            world.connect()
            world.build()


if __name__ == "__main__":
    main()
