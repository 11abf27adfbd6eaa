# SPDX-License-Identifier: GPL-2.0-or-later
"""What the family nsfab promises of links, beyond what it does of each kind
of object; the fabric is that of netlink_test.py."""

import struct

from nlraw import F_ECHO, Family, Refused, ip
from netlink_wrong import LINK_FILTER, TABLE, TIME_MAX

TESTS = []
MAX = (1 << 32) - 1
ENOENT, E2BIG, EBUSY, EEXIST, EINVAL, EMLINK, EOPNOTSUPP = \
    2, 7, 16, 17, 22, 31, 95
NONE, RANDOM, GILBERT, MARKOV, NTH = range(5)
UNIFORM, NORMAL, PARETO, OWN = range(4)
PAIR = [("from", 100), ("to", 102)]
NEW = [("tenant", 1), ("name", "new")]
# What a link does that was told to do nothing
IDLE = {"flags": 0, "delay": 0, "jitter": 0, "dist": UNIFORM,
        "loss-model": NONE, "duplicate": 0, "corrupt": 0, "reorder": 0,
        "rate": 0, "overhead": 0, "seed": 0}


def test(promise):
    """A test by what it promises."""
    def add(function):
        TESTS.append((promise, function))
        return function
    return add


def points(*values):
    """A trace's or a table's bytes"""
    return struct.pack(f"{len(values)}i", *values)


def get(world, *key):
    """A link by its key, without what it counted"""
    link = world.nl.do("link-get", [("link", list(key))])[0][1]
    link.pop("counters")
    return link


def new(world, *attrs):
    """Make a link; as it is told"""
    return world.nl.do("link-new", [("link", list(attrs))], F_ECHO)[0][1]


def change(world, *attrs):
    """Change link 210; as it is told"""
    return world.nl.do("link-set", [("link", [("id", 210), *attrs])],
                       F_ECHO)[0][1]


def refuse(world, op, attrs, text, err=EINVAL):
    """A request that must be refused by name"""
    try:
        world.nl.do(op, [("link", attrs)])
    except Refused as refused:
        assert text in refused.text and refused.errno == err, \
            f"{op} {attrs}: {refused}, expected {text!r}"
        assert refused.offset, f"{op} {attrs}: which attribute?"
        return
    raise AssertionError(f"{op} {attrs}: not refused")


@test("a link is told as it was asked for, and what was left out is nothing")
def told(world):
    link = new(world, *PAIR)
    assert link == {"id": 1, "tenant": 1, "from": 100, "to": 102, "scope": 0,
                    "revision": 1, **IDLE}, link
    link = new(world, *NEW)
    assert link == {"id": 2, "tenant": 1, "name": "new", "revision": 1,
                    **IDLE}, link
    asked = [("id", 5), ("to", 102), ("scope", 65535), ("revision", 9),
             ("filter", LINK_FILTER), ("flags", 3), ("delay", 1),
             ("jitter", 2), ("dist", OWN), ("table", TABLE),
             ("loss-model", NTH), ("loss-nth", 1), ("loss-nth", MAX),
             ("duplicate", 3), ("corrupt", 4), ("reorder", MAX),
             ("rate", 10 ** 9), ("overhead", 2), ("queue-time", 7),
             ("ecn-bytes", 8), ("seed", 1 << 63), ("path", 201),
             ("path", 200)]
    link = new(world, *asked)
    want = {k: v for k, v in asked if k not in ("table", "filter")}
    want.update({"tenant": 1, "loss-nth": [1, MAX], "path": [201, 200],
                 "filter": dict(LINK_FILTER), "queue-limit": 7})
    assert link == want, f"{link} instead of {want}"
    assert get(world, ("id", 5)) == link
    world.build()


@test("a link is named by its id, its ends or its name, and by nothing else")
def keys(world):
    for key in ([("id", 210)], PAIR[:1] + [("to", 101)],
                [("from", 100), ("to", 101), ("scope", 0)],
                [("from", 100), ("to", 101), ("tenant", 1)]):
        assert get(world, *key)["id"] == 210
    assert get(world, ("from", 100))["id"] == 211
    assert get(world, ("tenant", 1), ("name", "b1"))["id"] == 200
    assert get(world, ("tenant", 2), ("name", "b1"))["id"] == 202
    for key, text, err in (
            ([], "named by id", EINVAL), ([("scope", 1)], "named by", EINVAL),
            ([("name", "b1")], "named by", EINVAL),
            ([("tenant", 1)], "named by", EINVAL),
            ([("id", 9)], "No such link", ENOENT),
            ([("to", 100)], "No such link", ENOENT),
            ([("from", 101), ("to", 100)], "No such link", ENOENT),
            ([("from", 100), ("to", 101), ("scope", 1)], "No such link",
             ENOENT),
            ([("from", 9)], "No such port", ENOENT),
            ([("tenant", 9), ("name", "b1")], "No such tenant", ENOENT),
            ([("tenant", 2), ("name", "b2")], "No such bottleneck", ENOENT)):
        for op in ("link-get", "link-set", "link-del"):
            refuse(world, op, key, text, err)
    for attrs, text in (
            ([], "needs a port"), ([("tenant", 1)], "needs a port"),
            ([("name", "x")], "needs a port"),
            ([("from", 100), ("name", "x")], "Bottlenecks alone"),
            ([*NEW, ("scope", 1)], "no scope"),
            ([*NEW, ("filter", [("proto", 6)])], "no filter"),
            ([*NEW, ("path", 200)], "A bottleneck has no path"),
            ([("from", 100), ("to", 100)], "another port"),
            ([("from", 100), ("to", 103)], "different tenants"),
            ([("from", 100), ("tenant", 2)], "of another tenant"),
            ([*PAIR, ("path", 202)], "of another tenant")):
        refuse(world, "link-new", attrs, text)
    for attrs in ([("from", 100), ("to", 101)], [("from", 100)],
                  [("tenant", 1), ("name", "b1")],
                  [*PAIR, ("id", 210)]):
        refuse(world, "link-new", attrs, "has that id or name", EEXIST)
    for attrs in (("from", 101), ("to", 102), ("tenant", 2), ("scope", 1),
                  ("name", "x")):
        refuse(world, "link-set", [("id", 210), attrs], "Cannot be changed",
               EOPNOTSUPP)


@test("ids are the lowest free ones, and go with their ports and tenants")
def ids(world):
    nl = world.nl
    made = [new(world, ("from", 101), ("to", 102), ("scope", i))["id"]
            for i in (5, 1, 3)]
    assert made == [1, 2, 3], made
    nl.do("link-del", [("link", [("id", 2)])])
    assert new(world, ("from", 102))["id"] == 2
    nl.do("port-del", [("port", [("id", 102)])])
    left = [o["id"] for _, o in nl.dump("link-get")]
    assert left == [200, 201, 202, 210, 211, 213], left
    nl.do("network-del", [("network", [("id", 10)])])
    left = [o["id"] for _, o in nl.dump("link-get")]
    assert left == [200, 201, 202, 213], left
    nl.do("tenant-del", [("tenant", [("id", 1)])])
    left = [o["id"] for _, o in nl.dump("link-get")]
    assert left == [202, 213], left
    world.build()


@test("a dump of links is limited to a tenant or a port when asked to be")
def filtered(world):
    def dump(*attrs):
        return [o["id"] for _, o in world.nl.dump(
            "link-get", [("filter", list(attrs))])]
    assert dump(("tenant", 1)) == [200, 201, 210, 211]
    assert dump(("tenant", 2)) == [202, 213]
    assert dump(("port", 100)) == [210, 211]
    assert dump(("port", 101)) == [210]
    assert dump(("port", 103), ("tenant", 1)) == []
    before = world.state()
    assert dump(("port", 100), ("reset", True)) == [210, 211]
    assert dump(("reset", True)) == [200, 201, 202, 210, 211, 213]
    assert world.state() == before, "a reset changed more than counters"
    counters = world.nl.do("link-get", [("link", [("id", 210)])])[0][1][
        "counters"]
    assert counters.pop("late") == counters.pop("queueing") == \
        counters.pop("propagation") == bytes(40 * 8)
    assert len(counters) == 21 and not any(counters.values()), counters


@test("a link that has all that it can have is told whole")
def large(world):
    nl = world.nl
    nl.do("link-new", [("link", [("id", 1000 + i), ("tenant", 1),
                                 ("name", f"x{i}")]) for i in range(64)])
    path = [("path", 1000 + i) for i in range(64)]
    nth = [("loss-nth", i * 7 + 1) for i in range(256)]
    ear = Family("fab0")
    ear.join("config")
    full = new(world, *PAIR, ("loss-model", NTH), *nth, *path,
               ("filter", [("src", ip("2001:db8:1::")), ("src-prefixlen", 64),
                           ("dst", ip("2001:db8:2::1"))]))
    assert full["path"] == [v for _, v in path]
    assert full["loss-nth"] == [v for _, v in nth]
    assert full["filter"]["dst-prefixlen"] == 128
    heard = ear.heard()
    assert heard == [("link-ntf", "link-new", "link", full)], heard
    ear.sock.close()
    slow = Family("fab0", 8192)
    found = [o for part in slow.slowly("link-get") for _, o in part]
    slow.sock.close()
    assert len(found) == 64 + 6 + 1, len(found)
    refuse(world, "link-set", [("id", 210), *path, ("path", 200)],
           "too long", E2BIG)
    refuse(world, "link-set", [("id", 210), ("loss-model", NTH), *nth,
                               ("loss-nth", MAX)], "Too many", E2BIG)
    world.build()


@test("a loss model has its probabilities, those left out as tc-netem(8) has")
def loss(world):
    half = 1 << 31
    for model, given, want in (
            (RANDOM, [5], [5]),
            (GILBERT, [5], [5, MAX - 5, MAX, 0]),
            (GILBERT, [5, 6], [5, 6, MAX, 0]),
            (GILBERT, [5, 6, 7], [5, 6, 7, 0]),
            (GILBERT, [5, 6, 7, 8], [5, 6, 7, 8]),
            (GILBERT, [0, 0], [0, 0, MAX, 0]),
            (MARKOV, [5], [5, MAX - 5, 0, MAX, 0]),
            (MARKOV, [5, 6], [5, 6, 0, MAX, 0]),
            (MARKOV, [5, 6, 7], [5, 6, 7, MAX, 0]),
            (MARKOV, [5, 6, 7, 8], [5, 6, 7, 8, 0]),
            (MARKOV, [5, 6, 7, 8, MAX - 5], [5, 6, 7, 8, MAX - 5])):
        link = change(world, ("loss-model", model),
                      *(("loss", p) for p in given))
        assert (link["loss-model"], link["loss"]) == (model, want), link
        again = change(world, ("delay", 7))
        assert again["loss"] == want, again
        again = change(world, ("loss-model", model), *(
            ("loss", p) for p in want))
        assert again["loss"] == want, again
    for given, text in (
            ([5, 6, 7, 8, MAX - 4], "P13 and P14"),
            ([5, half, half], "P31 and P32"),
            ([half, half + 1, half], "P31 and P32"), ([5] * 6, "More")):
        refuse(world, "link-set", [("id", 210), *(("loss", p)
                                                  for p in given)], text)
    for attrs, text in (
            ([("loss-model", RANDOM)], "needs probabilities"),
            ([("loss-model", GILBERT)], "needs probabilities"),
            ([("loss-model", NTH)], "needs loss-nth"),
            ([("loss-model", NTH), ("loss", 1)], "More"),
            ([("loss-model", NONE), ("loss", 1)], "More"),
            ([("loss-model", RANDOM), ("loss", 1), ("loss", 1)], "More"),
            ([("loss-model", NONE), ("loss-nth", 1)], "loss model nth"),
            ([("loss-nth", 1)], "loss model nth"),
            ([("loss-model", NTH), ("loss-nth", 2), ("loss-nth", 2)],
             "do not rise"),
            ([("loss-model", NTH), ("loss-nth", 2), ("loss-nth", 1)],
             "do not rise")):
        refuse(world, "link-set", [("id", 210), *attrs], text)
    link = change(world, ("loss-model", NTH), ("loss-nth", 4))
    assert link["loss-nth"] == [4] and "loss" not in link, link
    assert change(world, ("loss-nth", 6))["loss-nth"] == [6]
    link = change(world, ("loss-model", NONE))
    assert "loss" not in link and "loss-nth" not in link, link
    world.build()


@test("delay and the largest jitter are no longer than a link can hold")
def delay(world):
    for dist, jitter in ((UNIFORM, TIME_MAX), (NORMAL, TIME_MAX // 5),
                         (PARETO, TIME_MAX // 120)):
        change(world, ("dist", dist), ("jitter", jitter), ("delay", 0))
        refuse(world, "link-set", [("id", 210), ("delay", TIME_MAX)],
               "longer than 16 s")
        refuse(world, "link-set", [("id", 210), ("jitter", TIME_MAX),
                                   ("delay", 1)], "longer than 16 s")
        change(world, ("jitter", 0), ("delay", TIME_MAX))
        change(world, ("delay", 0))
    table = [("dist", OWN), ("table", points(-65536000, 0, 2 * 65536))]
    change(world, *table, ("jitter", TIME_MAX // 2), ("delay", 0))
    refuse(world, "link-set", [("id", 210), ("delay", 1)], "longer than")
    change(world, ("table", points(-7, -6)), ("delay", TIME_MAX))
    for attrs, text in (
            ([("dist", UNIFORM), ("table", TABLE)], "for distribution"),
            ([("table", points(2, 1))], "do not rise"),
            ([("table", points(0, 65536001))], "too far"),
            ([("table", points(-65536001, 0))], "too far")):
        refuse(world, "link-set", [("id", 210), *attrs], text)
    change(world, ("dist", NORMAL), ("jitter", 0))
    refuse(world, "link-set", [("id", 210), ("dist", OWN)], "needs a table")
    change(world, ("dist", OWN), ("table", bytes(4 * 4096)))
    world.build()


@test("a queue is told in bytes or in time, and in bytes with a rate alone")
def queue(world):
    for what in ("queue", "ecn"):
        size, time = f"{what}-bytes", f"{what}-time"
        refuse(world, "link-set", [("id", 210), (size, 1), (time, 1)],
               "not both")
        refuse(world, "link-set", [("id", 210), (size, 1)], "need a rate")
        refuse(world, "link-set", [("id", 210), (size, 1), ("rate", 0)],
               "need a rate")
        link = change(world, ("rate", 10 ** 6), (size, 3000))
        assert link[size] == 3000 and time not in link, link
        refuse(world, "link-set", [("id", 210), ("rate", 0)], "need a rate")
        link = change(world, (time, 5))
        assert link[time] == 5 and size not in link, link
        link = change(world, ("rate", 0))
        assert link[time] == 5 and "queue-limit" not in link, link
        link = change(world, (time, 0))
        assert time not in link and size not in link, link
    link = change(world, ("rate", 10 ** 6), ("queue-bytes", 1250))
    assert abs(link["queue-limit"] - 10 ** 7) < 10, link
    link = change(world, ("rate", 10 ** 12))
    assert abs(link["queue-limit"] - 10) < 2, link
    link = change(world, ("rate", 1000), ("queue-bytes", 2 * 10 ** 12))
    assert link["queue-limit"] == TIME_MAX, link
    refuse(world, "link-set", [("id", 210), ("rate", 999)], "lowest rate")
    world.build()


@test("a trace rises, comes in pieces, and stands instead of a rate")
def trace(world):
    link = change(world, ("trace", points(0, 0, 3)), ("trace", points(3, 7)))
    assert (link["trace-at"], link["trace-period"]) == (5, 7), link
    assert link["queue-limit"] > 0, link
    link = change(world, ("trace", points(0)))
    assert (link["trace-at"], link["trace-period"]) == (1, 1), link
    link = change(world, ("trace-at", 1), ("trace", points(0, 9)))
    assert (link["trace-at"], link["trace-period"]) == (3, 9), link
    link = change(world, ("trace-period", 20))
    assert (link["trace-at"], link["trace-period"]) == (3, 20), link
    link = change(world, ("delay", 1))
    assert (link["trace-at"], link["trace-period"]) == (3, 20), link
    link = change(world, ("trace-at", 0), ("trace", points(4)),
                  ("trace-period", 4))
    assert (link["trace-at"], link["trace-period"]) == (1, 4), link
    for attrs, text in (
            ([("trace", points(1, 0))], "does not rise"),
            ([("trace", points(1)), ("trace", points(0))], "does not rise"),
            ([("trace-at", 1), ("trace", points(3))], "does not rise"),
            ([("trace-at", 2), ("trace", points(9))], "does not end there"),
            ([("trace-at", 1)], "Nothing is given"),
            ([("trace-at", 1), ("trace", b"")], "Nothing is given"),
            ([("trace", b"abc")], "4 bytes"),
            ([("trace", points(1) + b"\0")], "4 bytes"),
            ([("trace", points(5)), ("trace-period", 4)], "its period"),
            ([("trace-period", 3)], "its period"),
            ([("trace", b""), ("trace-period", 3)], "needs a trace"),
            ([("rate", 1000)], "instead of a rate")):
        refuse(world, "link-set", [("id", 210), *attrs], text)
    link = change(world, ("trace", points(2, 4)), ("queue-bytes", 15040),
                  ("ecn-bytes", 1504))
    assert abs(link["queue-limit"] - 20 * 10 ** 6) < 10, link
    refuse(world, "link-set", [("id", 210), ("trace", b"")], "need a rate")
    link = change(world, ("trace", b""), ("queue-bytes", 0),
                  ("ecn-bytes", 0))
    assert "trace-at" not in link and "trace-period" not in link, link
    refuse(world, "link-set", [("id", 210), ("trace-period", 3)],
           "needs a trace")
    refuse(world, "link-set", [("id", 210), ("trace-at", 1),
                               ("trace", points(1))], "does not end there")
    refuse(world, "link-new", [*PAIR, ("rate", 1000), ("trace", points(1))],
           "instead of a rate")
    change(world, ("rate", 1000))
    refuse(world, "link-set", [("id", 210), ("trace", points(1))],
           "instead of a rate")
    change(world, ("rate", 0), ("trace", points(1)))
    link = change(world, ("rate", 1000), ("trace", b""))
    assert link["rate"] == 1000 and "trace-at" not in link, link
    world.build()


@test("a trace has up to 1048576 opportunities")
def long_trace(world):
    piece, most = 16000, 1 << 20
    at = 0
    while at < most:
        n = min(piece, most - at)
        body = struct.pack(f"{n}I", *range(at, at + n))
        nests = [("link", [("id", 210), ("trace-at", at),
                           ("trace", body[:n // 2 * 4]),
                           ("trace", body[n // 2 * 4:])])]
        link = world.nl.do("link-set", nests, F_ECHO)[0][1]
        at += n
        assert (link["trace-at"], link["trace-period"]) == (at, at - 1), link
    refuse(world, "link-set", [("id", 210), ("trace-at", at),
                               ("trace", points(at))], "too long", E2BIG)
    # Others wait while a long trace is copied for a few bytes each time.
    period = [("id", 210), ("trace-period", most)]
    try:
        world.nl.do("link-set", [("link", period)] * 70)
    except Refused as refused:
        assert refused.errno == E2BIG and "long traces" in refused.text, refused
    else:
        raise AssertionError("a message that copies a long trace 70 times")
    assert get(world, ("id", 210))["trace-period"] == at - 1
    world.nl.do("link-set", [("link", period)] * 50)
    links = with_points(world.nl.slowly("link-get", POINTS))
    assert links[210]["trace"] == struct.pack(f"{most}I", *range(most))
    world.build()


@test("256 links may have the same ends, of which none is looked for in vain")
def scopes(world):
    ends = ("from", 102)
    for first in range(0, 256, 64):
        world.nl.do("link-new", [("link", [ends, ("scope", 65535 - i)])
                                 for i in range(first, first + 64)])
    for scope in 0, 65535 - 256, 65300:
        refuse(world, "link-new", [ends, ("scope", scope)],
               *(("Too many", EMLINK) if scope < 65280
                 else ("that scope", EEXIST)))
    world.nl.do("link-del", [("link", [ends, ("scope", 65400)])])
    new(world, ends, ("scope", 7))
    assert get(world, ends, ("scope", 7))["scope"] == 7
    world.build()


# A dump that tells tables and traces, too
POINTS = [("filter", [("points", True)])]


def with_points(datagrams):
    """Links by id, the pieces of tables and traces put together"""
    links = {}
    for objects in datagrams:
        for _, piece in objects:
            if "tenant" in piece:
                links[piece["id"]] = piece
                continue
            key = "table" if "table" in piece else "trace"
            value = piece["table"] if key == "table" else piece["trace"][0]
            before = links[piece["id"]].get(key, b"")
            assert piece[key + "-at"] * 4 == len(before), "a gap"
            links[piece["id"]][key] = before + value
    return links


@test("tables and traces are told to who asks, of one moment")
def told_points(world):
    nl = Family("fab0", 16384)
    table = struct.pack("4096i", *range(-65536, 65536, 32))
    trace = struct.pack("15000I", *range(15000))
    other = struct.pack("9000I", *range(1, 9001))
    no_rate = [("rate", 0), ("queue-bytes", 0), ("ecn-bytes", 0)]
    for number, values in ((200, [("dist", OWN), ("table", table)]),
                           (201, [("dist", OWN), ("table", table)]),
                           (201, [*no_rate, ("trace", trace)]),
                           (210, [("trace", points(0, 0, 7)),
                                  ("trace-period", 9)])):
        nl.do("link-set", [("link", [("id", number), *values])])
    plain = {o["id"]: o for _, o in nl.dump("link-get")}
    links = with_points(nl.slowly("link-get", POINTS))
    assert (links[200].pop("table"), links[201].pop("table"),
            links[201].pop("trace")) == (table, table, trace)
    assert links[210].pop("trace") == points(0, 0, 7), links[210]
    assert links == plain, (links, plain)
    assert not any("table" in o or "trace" in o for o in plain.values())
    port = [("filter", [("port", 100), ("points", True)])]
    assert with_points(nl.slowly("link-get", port)).keys() == \
        {o["id"] for _, o in nl.dump("link-get", [("filter",
                                                   [("port", 100)])])}

    def disturbed(datagrams, *request):
        """A change behind the first datagram that has points of 201"""
        done = False
        for objects in datagrams:
            yield objects
            if not done and any("trace" in o and o["id"] == 201
                                for _, o in objects):
                world.nl.do(*request)
                done = True
        assert done, "no piece of it"

    links = with_points(disturbed(
        nl.slowly("link-get", POINTS), "link-set",
        [("link", [("id", 201), ("trace", other), ("dist", 0)])]))
    assert (links[201]["table"], links[201]["trace"]) == (table, trace)
    links = with_points(disturbed(
        nl.slowly("link-get", POINTS), "tenant-del",
        [("tenant", [("id", 1)])]))
    assert links[201]["trace"] == other and "table" not in links[201]
    # one that is not read to its end
    world.build()
    nl.do("link-set", [("link", [("id", 201), *no_rate, ("trace", trace)])])
    next(nl.slowly("link-get", POINTS))
    nl.sock.close()
    try:
        world.nl.dump("flow-get", POINTS)
    except Refused as refused:
        assert refused.text and refused.errno == EINVAL, refused
    else:
        raise AssertionError("flows have no points")
    world.build()


@test("a path crosses bottlenecks of its tenant, each once, and keeps them")
def paths(world):
    nl = world.nl
    for path, text, err in (
            ([200, 201, 200], "would be crossed twice", EINVAL),
            ([200, 200], "would be crossed twice", EINVAL),
            ([200, 202], "of another tenant", EINVAL),
            ([210], "nothing but bottlenecks", EINVAL),
            ([9], "No such bottleneck", ENOENT),
            ([0, 200], "No such bottleneck", ENOENT),
            ([200, 0], "No such bottleneck", ENOENT)):
        for op, key in (("link-set", [("id", 210)]), ("link-new", PAIR)):
            refuse(world, op, key + [("path", i) for i in path], text, err)
    for path in (("path", 201), ("path", 0)):
        refuse(world, "link-set", [("id", 200), path],
               "A bottleneck has no path")

    def keeps(*idents):
        for i in (200, 201):
            if i in idents:
                refuse(world, "link-del", [("id", i)], "Paths cross", EBUSY)
        assert {200, 201} <= {o["id"] for _, o in nl.dump("link-get")}
    keeps(201)
    assert change(world, ("path", 200), ("path", 201))["path"] == [200, 201]
    keeps(200, 201)
    assert change(world, ("delay", 5))["path"] == [200, 201]
    keeps(200, 201)
    assert change(world, ("path", 200))["path"] == [200]
    keeps(200)
    new(world, *PAIR, ("path", 200))
    nl.do("link-del", [("link", [("id", 210)])])
    keeps(200)
    nl.do("port-del", [("port", [("id", 102)])])
    nl.do("link-del", [("link", [("id", 200)]), ("link", [("id", 201)])])
    world.build()
    assert "path" not in change(world, ("path", 0))
    nl.do("link-del", [("link", [("id", 201)])])
    world.build()
    # of many new ones in a message, some are crossed already by others
    world.refuse("link-new", [
        ("link", [("id", 1), *NEW]), ("link", [("id", 2), *PAIR,
                                               ("path", 1)]),
        ("link", [("id", 2), ("to", 102)])], err=EEXIST)
    nl.do("link-new", [("link", [("id", 1), *NEW]),
                       ("link", [("id", 2), *PAIR, ("path", 1)])])
    nl.do("tenant-del", [("tenant", [("id", 1)])])
    world.build()


@test("a set request changes many links, all or none, in its order")
def many(world):
    nl = world.nl
    nl.do("link-new", [("link", [("id", 1000 + i), ("from", 100),
                                 ("to", 102), ("scope", i)])
                       for i in range(250)])
    before = world.state()
    sets = [("link", [("id", 1000 + i), ("delay", i + 1), ("jitter", 5),
                      ("loss-model", GILBERT), ("loss", i)])
            for i in range(250)]
    for at, bad in ((249, ("delay", TIME_MAX + 1)), (120, ("from", 101)),
                    (1, ("path", 210))):
        wrong = list(sets)
        wrong[at] = ("link", [("id", 1000 + at), bad])
        world.refuse("link-set", wrong)
        assert world.state() == before, "changed"
    nl.do("link-set", sets)
    echo = nl.do("link-set", sets[:200], F_ECHO)
    assert [(o["id"], o["delay"]) for _, o in echo] == \
        [(1000 + i, i + 1) for i in range(200)]
    delays = {o["id"]: o["delay"] for _, o in nl.dump("link-get")}
    assert all(delays[1000 + i] == i + 1 for i in range(250))
    # what one nest says the next one goes on from
    nl.do("link-set", [
        ("link", [("id", 210), ("delay", 1), ("trace", points(1, 2))]),
        ("link", [("from", 100), ("to", 101), ("jitter", 2)]),
        ("link", [("id", 210), ("trace-at", 2), ("trace", points(3))])])
    link = get(world, ("id", 210))
    assert (link["delay"], link["jitter"], link["trace-at"],
            link["revision"]) == (1, 2, 3, 4), link
    world.refuse("link-set", [
        ("link", [("id", 210), ("revision", 9)]),
        ("link", [("id", 210), ("revision", 8)])], err=116)
    assert get(world, ("id", 210)) == link
    world.build()


@test("what a set request leaves out of a link stays")
def keeps_rest(world):
    full = [("filter", LINK_FILTER), ("flags", 3), ("delay", 1),
            ("jitter", 2), ("dist", OWN), ("table", TABLE),
            ("loss-model", GILBERT), ("loss", 3), ("duplicate", 4),
            ("corrupt", 5), ("reorder", 6), ("rate", 10 ** 6),
            ("overhead", 1), ("queue-bytes", 10 ** 6), ("ecn-time", 7),
            ("seed", 8), ("path", 200)]
    link = change(world, *full)
    for attr, now in ((("delay", 10), {"delay": 10}),
                      (("jitter", 20), {"jitter": 20}),
                      (("flags", 0), {"flags": 0}),
                      (("seed", 9), {"seed": 9}),
                      (("path", 201), {"path": [201]}),
                      (("filter", [("proto", 17)]),
                       {"filter": {"proto": 17}}),
                      (("overhead", 0), {"overhead": 0})):
        link.update(now)
        link["revision"] += 1
        got = change(world, attr)
        got.pop("queue-limit")
        assert got == {k: v for k, v in link.items() if k != "queue-limit"}, \
            f"{attr}: {got} instead of {link}"
    got = change(world, ("filter", []))
    assert "filter" not in got, got
    world.build()
