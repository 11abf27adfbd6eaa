# SPDX-License-Identifier: GPL-2.0-or-later
"""Try everything on a fabric, as whoever runs this: rights.py VERB IFINDEX...

  refused   every command and dump has to be refused, and no group be heard
  deaf      likewise; joining a group may succeed, exits when standard input
            ends, and then nothing must have been heard
  port      a device of a port of the fabric in namespace id 0 is refused
  change    turning the device mine1 into another port's is refused"""

import errno
import sys

from nlraw import F_CREATE, F_DUMP, F_EXCL, OPS, Family, Raw, Refused, ip, \
    mac, pack, Socket

OBJECTS = {
    "tenant-new": [("name", "evil")],
    "tenant-set": [("id", 1), ("name", "evil")],
    "tenant-del": [("id", 1)],
    "tenant-get": [("id", 1)],
    "network-new": [("tenant", 1), ("name", "evil")],
    "network-set": [("id", 1), ("labels", "evil=1")],
    "network-del": [("id", 1)],
    "network-get": [("id", 1)],
    "port-new": [("network", 1), ("name", "evil")],
    "port-set": [("id", 1), ("flags", 1)],
    "port-del": [("id", 1)],
    "port-get": [("id", 1)],
    "fdb-new": [("network", 1), ("mac", mac("02:00:00:00:00:01")),
                ("port", 1)],
    "fdb-del": [("network", 1), ("mac", mac("02:00:00:00:00:02"))],
    "fdb-get": [("network", 1), ("mac", mac("02:00:00:00:00:02"))],
    "neigh-new": [("network", 1), ("address", ip("198.51.100.9")),
                  ("mac", mac("02:00:00:00:00:01"))],
    "neigh-del": [("network", 1), ("address", ip("198.51.100.8"))],
    "neigh-get": [("network", 1), ("address", ip("198.51.100.8"))],
    "route-new": [("tenant", 1), ("address", ip("10.0.0.0")),
                  ("prefixlen", 8), ("type", 2)],
    "route-del": [("tenant", 1), ("address", ip("192.0.2.0")),
                  ("prefixlen", 24)],
    "route-get": [("tenant", 1), ("address", ip("192.0.2.1"))],
    "link-new": [("from", 1), ("delay", 1)],
    "link-set": [("id", 1), ("delay", 1)],
    "link-del": [("id", 1)],
    "link-get": [("id", 1)],
}
NO = (errno.EPERM, errno.ENODEV)


def tries(op, spec):
    """(flags, attributes) of the ways to use a command"""
    if "do" in spec:
        if op in OBJECTS:
            yield 0, [(op.split("-")[0], OBJECTS[op])]
        elif op == "stats-get":
            yield 0, []
        else:
            yield 0, [("filter", [("tenant", 1)])]
    if "dump" in spec:
        yield F_DUMP, []


def everything(family):
    """What should have been refused, and how many tries were made"""
    wrong, count = [], 0
    for op, spec in OPS.items():
        if "notify" in spec or op.startswith("schedule"):
            continue
        for flags, items in tries(op, spec):
            count += 1
            try:
                wrong.append(f"{op} {flags:#x}: {family.do(op, items, flags)}")
            except Refused as refused:
                if refused.errno not in NO:
                    wrong.append(f"{op} {flags:#x}: {refused}")
    return wrong, count


def device(verb, number):
    """Make a device of port 2 behind a fabric's ifindex in the namespace with
    the id 0, or make mine1 another port's."""
    port = 2 if verb == "port" else number
    body = bytes(16) + Raw(3, b"evil0\0" if verb == "port" else
                           b"mine1\0").pack()
    if verb == "port":
        body += Raw(5, number.to_bytes(4, "little")).pack() + \
            Raw(37, bytes(4)).pack()
    info = Raw(1, b"nsfab_port\0").pack() + \
        Raw(0x8002, pack("port-device", [("id", port)])).pack()
    body += Raw(0x8012, info).pack()
    try:
        Socket(0).ask(16, body, F_CREATE | F_EXCL if verb == "port" else 0)
    except Refused as refused:
        return [] if refused.errno == errno.EPERM else [f"{verb}: {refused}"]
    return [f"{verb}: done"]


def main():
    """Exit status 1 if anything was allowed."""
    verb, family, wrong = sys.argv[1], Family(), []
    groups = family.groups if verb in ("refused", "deaf") else ()
    for family.ifindex in map(int, sys.argv[2:]):
        if verb in ("port", "change"):
            wrong += device(verb, family.ifindex)
            continue
        found, count = everything(family)
        wrong += found
        if count < 30:
            wrong.append(f"only {count} tries")
    for group in groups:
        try:
            family.join(group)
            if verb == "refused":
                wrong.append(f"joined {group}")
        except PermissionError:
            if verb == "deaf":
                wrong.append(f"cannot join {group}")
    if verb == "deaf":
        print("ready", flush=True)
        sys.stdin.read()
        wrong += [f"heard {what}" for what in family.heard()]
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
