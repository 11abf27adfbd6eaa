#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""patch.py HOST A B C D E F LONG: networks joined by patches; see patch.sh"""
import subprocess
import sys
import time

import nl
from raw import BROADCAST, IP, UDP, Nic, enter, eth, ip4, one_cpu, udp, wait

HOST, *VMS = sys.argv[1:8]
LONG = int(sys.argv[8])
NS = dict(zip("abcdef", VMS))
MAC = {vm: f"06:00:00:00:00:0{i}" for i, vm in enumerate("abcd", 1)}
FIRST = 1000
count = 0


def data(src, dst):
    """A frame that cannot be mistaken for another one"""
    global count
    count += 1
    return eth(dst, src, IP, ip4("198.51.100.9", "198.51.100.200", UDP, udp(
        "198.51.100.9", "198.51.100.200", 1, 2, b"%06d" % count)))


def ok(name, good, *why):
    """Report"""
    print("ok" if good else "not ok", name)
    if not good:
        print("#", *why)


def same(name, want, got):
    """Report"""
    ok(name, want == got, f"expected {want}, found {got}")


def out_of(fab, port):
    """How many packets went out of the fabric at a port"""
    return next(p["counters"]["out_packets"] for p in fab.get("port")
                if p["id"] == port)


def entry(fab, network, hw):
    """Where a MAC is"""
    return next(((e["kind"], e.get("port")) for e in
                 fab.get("fdb", "network", str(network)) if e["mac"] == hw),
                None)


def heard(fab, nics, src, frame, want=()):
    """Who heard a frame, how often, as soon as those who are to have; delivery is
    done when send() returns but for links and the receivers' softirqs"""
    for nic in nics.values():
        nic.pending()
    start = time.perf_counter()
    nics[src].send(frame)
    heard.time = time.perf_counter() - start
    found = dict.fromkeys(nics, 0)

    def enough():
        for vm, nic in nics.items():
            found[vm] += sum(f == frame for f in nic.pending())
        return all(found[vm] for vm in want)
    wait(enough)
    # and what comes too often, or to others
    wait(lambda: not fab.held())
    time.sleep(.2)
    enough()
    return {vm: n for vm, n in found.items() if n}


def reaches(name, want, fab, nics, src, frame):
    """Report whether these hear a frame, as often"""
    same(name, want, heard(fab, nics, src, frame, want))


def ping(src, dst):
    """One ping"""
    return subprocess.run(["nsenter", f"--net=/run/netns/{NS[src]}", "ping",
                           "-n", "-c", "1", "-W", "5", dst],
                          stdout=subprocess.DEVNULL,
                          check=False).returncode == 0


def row(fab, nics):
    """Three networks in a row, which learn"""
    ok("a ping crosses two patches", ping("a", "198.51.100.2"))
    ok("and back", ping("b", "198.51.100.1"))
    same("a source is learned behind the patch port that it came in by",
         [("learned", 21), ("learned", 32)],
         [entry(fab, n, MAC["a"]) for n in (2, 3)])
    same("so are those that answer", [("learned", 23), ("learned", 12)],
         [entry(fab, n, MAC["b"]) for n in (2, 1)])
    before = out_of(fab, 3), out_of(fab, 4)
    ok("a second ping, each way",
       ping("a", "198.51.100.2") and ping("b", "198.51.100.1"))
    same("is flooded to nobody", before, (out_of(fab, 3), out_of(fab, 4)))
    same("a network between learns no more than sources", None,
         entry(fab, 2, MAC["d"]))
    reaches("a broadcast reaches all", {"b": 1, "c": 1, "d": 1},
            fab, nics, "a", data(MAC["a"], BROADCAST))


def ring(fab, nics):
    """The ends of the row are joined"""
    fab.write("port", "new", ["id", "13", "network", "1", "name", "p13"])
    fab.write("port", "new", ["id", "31", "network", "3", "name", "p31",
                              "binding", "patch", "peer", "13"])
    before = fab.drops("hops")
    reaches("in a ring, a broadcast reaches each once", {"b": 1, "c": 1, "d": 1},
            fab, nics, "a", data(MAC["a"], BROADCAST))
    ok("what comes round is dropped and counted",
       0 < fab.drops("hops") - before < 10, fab.drops("hops") - before)
    print(f"# a broadcast in a ring: {heard.time * 1e6:.0f} us")
    same("the shortest way is learned, and the source does not move",
         [("derived", 1), ("learned", 21), ("learned", 31)],
         [entry(fab, n, MAC["a"]) for n in (1, 2, 3)])
    reaches("an unknown MAC reaches each once", {"b": 1, "c": 1, "d": 1},
            fab, nics, "a", data(MAC["a"], "06:00:00:00:00:77"))
    for n, port in (1, 12), (2, 23), (3, 31):
        fab.write("fdb", "new", ["network", str(n), "mac", "06:00:00:00:00:88",
                                 "port", str(port)])
    before = fab.drops("hops")
    heard(fab, nics, "a", data(MAC["a"], "06:00:00:00:00:88"))
    same("a frame that entries lead in a circle is dropped, and counted", 1,
         fab.drops("hops") - before)
    print(f"# a circle of entries: {heard.time * 1e6:.0f} us")
    for port in 12, 21, 23, 32, 13, 31:
        fab.write("link", "new", ["id", str(port), "to", str(port),
                                  "delay", "1000000"])
    before = fab.drops("hops")
    reaches("links that delay copies let a broadcast reach each once",
            {"b": 1, "c": 1, "d": 1}, fab, nics, "a",
            data(MAC["a"], BROADCAST))
    ok("what comes round by them is dropped",
       0 < fab.drops("hops") - before < 10, fab.drops("hops") - before)
    for port in 12, 21, 23, 32, 13, 31:
        fab.write("link", "del", ["id", str(port)])


def again(fab, nics):
    """Networks of many stubs, whose routers send a flood in again"""
    for net, subnet in (1, "198.51.100.0/24,198.51.100.254"), \
            (7, "203.0.113.0/24,203.0.113.1"), (8, None):
        fab.write("network", "set" if net == 1 else "new", (
            [] if net == 1 else ["tenant", "1", "name", f"n{net}"]) + [
                "id", str(net), "flags", "learning"] + (
                    ["subnet", subnet] if subnet else []))
    fab.write("port", "new", ["id", "78", "network", "7", "name", "p78"])
    fab.write("port", "new", ["id", "87", "network", "8", "name", "p87",
                              "binding", "patch", "peer", "78"])
    for at in range(0, 2000, 100):
        fab.write("port", "new", *(["network", "7", "name", f"s{i}", "binding",
                                    "stub"] for i in range(at, at + 100)))
    fab.write("neigh", "new", ["network", "7", "address", "203.0.113.9", "mac",
                               "02:6e:73:00:00:08"])
    before = fab.drops("hops"), fab.drops("ttl")
    heard(fab, nics, "a", eth("02:6e:73:00:00:01", MAC["a"], IP, ip4(
        "198.51.100.9", "203.0.113.9", UDP, udp(
            "198.51.100.9", "203.0.113.9", 1, 2), ttl=255)))
    same("floods that routers send in again end after so many ports", (1, 0),
         (fab.drops("hops") - before[0], fab.drops("ttl") - before[1]))
    print(f"# these floods: {heard.time * 1e6:.0f} us")
    for net in "7", "8":
        fab.write("network", "del", ["id", net])


def chain(fab):
    """LONG networks in a row, which learn"""
    def many(obj, verb, make):
        for at in range(0, LONG, 100):
            fab.write(obj, verb, *(make(FIRST + i) for i in
                                   range(at, min(at + 100, LONG))))
    many("network", "new", lambda i: [
        "tenant", "1", "id", str(i), "name", f"n{i}", "flags", "learning"])
    many("port", "new", lambda i: [
        "network", str(i), "id", str(100000 + i), "name", f"w{i}",
        "flags", "unguarded"])
    many("port", "new", lambda i: [
        "network", str(i), "id", str(200000 + i), "name", f"e{i}",
        "flags", "unguarded"] + (
            ["binding", "patch", "peer", str(100000 + i - 1)]
            if i > FIRST else []))
    nics = {}
    for vm, i in ("e", 200000 + FIRST), ("f", 100000 + FIRST + LONG - 1):
        nl.add_link("eth0", "nsfab_port", {}, nl.u32(
            nl.C["IFLA_NSFAB_PORT_ID"], i), NS[vm], nl.socket.if_nametoindex(
                "fab0"))
        for words in ["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"], \
                ["ip", "link", "set", "eth0", "up"]:
            subprocess.run(["nsenter", f"--net=/run/netns/{NS[vm]}"] + words,
                           check=True)
        nics[vm] = Nic(NS[vm], "eth0")
    mac_e, mac_f = (f"06:6e:{i >> 24:02x}:{i >> 16 & 255:02x}:"
                    f"{i >> 8 & 255:02x}:{i & 255:02x}" for i in
                    (200000 + FIRST, 100000 + FIRST + LONG - 1))
    reaches(f"a flood goes through a chain of {LONG} networks", {"f": 1},
            fab, nics, "e", data(mac_e, mac_f))
    print(f"# a flood through them: {heard.time * 1e6:.0f} us")
    reaches("a unicast frame goes back through it, in one go", {"e": 1},
            fab, nics, "f", data(mac_f, mac_e))
    print(f"# a unicast frame through them: {heard.time * 1e6:.0f} us")


def sums(fab):
    """Objects that counted something go, the largest last"""
    last, less = fab.get("stats")[0]["counters"], set()
    for obj, ident in ("port", 3), ("network", 2), ("tenant", 1):
        fab.write(obj, "del", ["id", str(ident)])
        end = time.monotonic() + .5
        while time.monotonic() < end:
            now = fab.get("stats")[0]["counters"]
            less |= {k for k in now if now[k] < last[k]}
            last = now
    ok("the fabric's sums never go back", not less and last["in_packets"],
       less, last)


def main():
    """Run"""
    one_cpu()
    enter(HOST)
    fab = nl.Fabric("fab0")
    nics = {vm: Nic(NS[vm], "eth0") for vm in "abcd"}
    row(fab, nics)
    ring(fab, nics)
    again(fab, nics)
    chain(fab)
    sums(fab)


if __name__ == "__main__":
    main()
