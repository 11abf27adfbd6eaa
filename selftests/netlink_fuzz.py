# SPDX-License-Identifier: GPL-2.0-or-later
"""Random messages to the family nsfab: random trees of the spec's attributes
with values at and beyond their limits, then bits flipped. The same seed gives
the same messages."""

import random
import struct
import time

from nlraw import NLA_F_NESTED, OPS, SCALARS, SETS, Raw, Refused, ip, pack

ADDRS = [ip(a) for a in (
    "198.51.100.0", "198.51.100.11", "198.51.100.12", "203.0.113.0",
    "192.0.2.0", "192.0.2.2", "0.0.0.0", "255.255.255.255", "224.0.0.1",
    "2001:db8:1::", "2001:db8:1::11", "::", "ff02::1", "::ffff:192.0.2.1")]
TEXTS = ["t1", "t2", "n1", "a/eth0", "stub", "x", "", "a" * 63, "a" * 64,
         "b/" + "a" * 63, "a" * 1024, "\xff", "k=v\nk=w"]
NUMBERS = [0, 1, 2, 3, 4, 5, 10, 11, 20, 24, 32, 64, 96, 100, 101, 102, 103,
           128, 129, 255, 1400, 65520, 65535, (1 << 24) - 1, 1 << 24,
           (1 << 30) - 1, (1 << 31) - 1, (1 << 32) - 1, (1 << 63),
           (1 << 64) - 1]


class Fuzz:
    """A source of messages."""

    def __init__(self, seed, objects):
        self.rng = random.Random(seed)
        self.objects = objects

    def value(self, attr):
        """A payload that the attribute might have."""
        rng = self.rng
        kind = attr["type"]
        if kind in SCALARS:
            size = struct.calcsize(SCALARS[kind])
            number = rng.choice(NUMBERS) if rng.random() < .9 else \
                rng.getrandbits(64)
            return (number & (1 << 8 * size) - 1).to_bytes(size, "little")
        if kind == "string":
            return rng.choice(TEXTS).encode("latin-1") + \
                b"\0" * (rng.random() < .95)
        if kind == "flag":
            return b""
        if "mac" in attr["name"]:
            return bytes([rng.choice((0, 1, 2, 6)), 0, 0, 0, 0,
                          rng.randrange(4)])
        return rng.choice(ADDRS)

    def attribute(self, attr, depth):
        """One attribute of this kind."""
        if attr["type"] != "nest":
            return Raw(attr["index"], self.value(attr))
        return Raw(attr["index"] | NLA_F_NESTED,
                   self.tree(attr["nested-attributes"], depth + 1))

    def tree(self, name, depth=0):
        """Attributes of a set, mostly each once."""
        rng = self.rng
        attrs = [a for a in SETS[name].values() if a["type"] != "pad" and
                 "read only" not in a["doc"]]
        few = rng.sample(attrs, min(len(attrs), rng.randrange(6)))
        if depth and attrs:
            few = [a for a in attrs[:4] if rng.random() < .8] + \
                [a for a in few if a not in attrs[:4]]
        if rng.random() < .05 and few:
            few.append(rng.choice(few))
        return b"".join(self.attribute(a, depth).pack() for a in few)

    def likely(self, op, kind):
        """Objects that are right but for a few attributes"""
        rng = self.rng
        body = b""
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            nest = []
            for name, value in self.objects[kind]:
                attr = SETS[kind][name]
                if rng.random() < (.1 if op.endswith("new") else .4):
                    continue
                if rng.random() < (.6 if name in ("id", "mac") else .15):
                    nest.append(self.attribute(attr, 1))
                else:
                    nest.append((name, value))
            body += Raw(SETS["main"][kind]["index"] | NLA_F_NESTED,
                        pack(kind, nest)).pack()
        return body

    def message(self, ifindex):
        """(operation, body without the generic header, flags)"""
        rng = self.rng
        op = rng.choice([n for n, o in OPS.items() if "notify" not in o])
        body = Raw(1, struct.pack("I", ifindex)).pack()
        kind = op.split("-", maxsplit=1)[0]
        if kind in self.objects and rng.random() < .6:
            return op, body + self.likely(op, kind), \
                rng.choice((0, 8, 0x100, 0x108))
        spec = OPS[op].get("do") or OPS[op]["dump"]
        for key in spec["request"]["attributes"][1:]:
            for _ in range(rng.choice((0, 1, 1, 1, 2, 5))):
                body += self.attribute(SETS["main"][key], 0).pack()
        if rng.random() < .02:
            body += self.tree("main")
        if rng.random() < .3:
            body = bytearray(body)
            for _ in range(rng.randrange(1, 4)):
                body[rng.randrange(len(body))] = rng.getrandbits(8)
            body = bytes(body[:rng.randrange(8, len(body) + 1)]
                         if rng.random() < .2 else body)
        flags = rng.choice((0, 0, 0, 8, 0x100, 0x108, 0x300, 0x600))
        return op, body, flags


def run(world, seconds, seed, objects):
    """Send messages for so long; compare what there is after refused ones."""
    print(f"# seed {seed}", flush=True)
    source = Fuzz(seed, objects)
    before = world.state()
    end = time.monotonic() + seconds
    count = done = 0
    refusals = []

    def compare():
        after = world.state()
        assert after == before, "\n".join(refusals) + "\nchanged: " + \
            f"{[o for o in before if o not in after]} to " \
            f"{[o for o in after if o not in before]}"
        refusals.clear()
    # a machine that stood still for all of the time has sent nothing
    while time.monotonic() < end or \
            not (count > 20 and 0 < done < count) and count < 2000:
        op, body, flags = source.message(world.nl.ifindex)
        count += 1
        try:
            world.nl.do(op, body, flags)
        except Refused as refused:
            what = f"seed {seed}, message {count}: {op} {flags:#x} " \
                f"{body.hex()}: {refused}"
            # no command or no memory: said by the core, in silence
            assert refused.text or refused.errno in (95, 12), \
                f"{what} without a reason"
            refusals.append(what)
            if len(refusals) == 8:
                compare()
            continue
        done += 1
        if op == "schedule-new":    # whose events would change links later
            world.nl.do("schedule-del")
        if not op.endswith(("-get", "flow-del")):
            if done % 50 == 0:
                world.build()
            before = world.state()
            refusals.clear()
    print(f"# {count} messages, {done} accepted")
    assert count > 20 and 0 < done < count, f"seed {seed}: no mixture"
