#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""l2.py H1 H2 A B C E: frames within networks; see l2.sh"""
import itertools
import sys

import nl
from raw import (ARP, BROADCAST, IP, IP6, UDP, Nic, arp, echo, enter, eth,
                 icmp6, inside, ip4, ip6, one_cpu, solicit, solicited, udp,
                 wait)

H1, H2 = sys.argv[1:3]
NIC = {vm: Nic(ns, "eth0") for vm, ns in zip("abce", sys.argv[3:])}
MAC = {vm: f"06:00:00:00:00:0{i}" for i, vm in enumerate("abcdefghi", 1)}
V4 = {vm: f"198.51.100.1{i}" for i, vm in enumerate("abcdef", 1)}
V6 = {vm: f"2001:db8:1::1{i}" for i, vm in enumerate("abcdef", 1)}
NONE, ROUTER = "00:00:00:00:00:00", "02:6e:73:00:00:64"
F1, F2 = (inside(h, nl.Fabric, "fab0") for h in (H1, H2))
NEW, NEW2 = "06:00:00:00:01:01", "06:00:00:00:01:02"
count = 0


def data(vm, dst, src=None, size=12):
    """A frame that cannot be mistaken for another one"""
    global count
    count += 1
    return eth(dst, src or MAC[vm], IP, ip4(V4[vm], "198.51.100.200", UDP, udp(
        V4[vm], "198.51.100.200", 1, 2, b"frame %0*d" % (size - 6, count))))


def settle():
    """What was sent before is there; by a frame to each of a, b and c"""
    for src, dst in (("a", "b"), ("a", "c"), ("c", "a"), ("b", "a")):
        frame = data(src, MAC[dst])
        NIC[src].send(frame)
        if not NIC[dst].expect(lambda f, want=frame: f == want):
            raise SystemExit(f"{dst} does not hear {src}")


# Who sends a frame to whom, which has to come: all that was sent before it has
MARKS = list(itertools.permutations("abc", 2))


def heard(src, *frames):
    """Who heard the frames, how often: {"b": 1}"""
    seen = {vm: 0 for vm in NIC}
    for nic in NIC.values():
        nic.pending()
    for frame in frames:
        NIC[src].send(frame)
    want = set(frames)
    for s, d in MARKS:
        mark = data(s, MAC[d])
        NIC[s].send(mark)

        def like(f, d=d, mark=mark):
            seen[d] += f in want
            return f == mark
        if not NIC[d].expect(like):
            raise SystemExit(f"{d} does not hear {s}")
    for vm, nic in NIC.items():
        seen[vm] += sum(f in want for f in nic.pending())
    return {vm: n for vm, n in seen.items() if n}


def answers(vm, frame):
    """What a VM hears after it sent a frame"""
    for nic in NIC.values():
        nic.pending()
    NIC[vm].send(frame)
    settle_marks = []
    mark = data("c" if vm != "c" else "a", MAC[vm])
    NIC["c" if vm != "c" else "a"].send(mark)
    if not NIC[vm].expect(lambda f: f == mark or settle_marks.append(f)):
        raise SystemExit(f"{vm} hears nobody")
    return settle_marks


def ok(name, good, *why):
    """Report"""
    print("ok" if good else "not ok", name)
    if not good:
        print("#", *why)


def same(name, want, got):
    """Report"""
    ok(name, want == got, f"expected {want}, found {got}")


def counted(name, reason, n, act, want=None, fab=F1):
    """Report whether an act was counted as drops, and who heard it"""
    before = fab.drops(reason)
    got = act()
    delta = fab.drops(reason) - before
    ok(name, delta == n and (want is None or got == want),
       f"{delta} {reason}, heard by {got}")


def aging(seconds):
    """After how long what was learned goes"""
    for fab in (F1, F2):
        fab.write("tenant", "set", ["id", "1", "fdb-timeout", str(seconds)])


def learning(on):
    """Let network 1 learn, or not"""
    for fab in (F1, F2):
        fab.write("network", "set", ["id", "1", "flags",
                                     "learning" if on else ""])


def entry(fab, hw, network="1"):
    """A forwarding entry"""
    return next((e for e in fab.get("fdb", "network", network)
                 if e["mac"] == hw), None)


def out_of(port):
    """How many packets went out of the fabric at a port"""
    return next(p["counters"]["out_packets"] for p in F1.get("port")
                if p["id"] == port)


def tables():
    """Forwarding entries: derived, static, learned"""
    found = {e["mac"]: (e["kind"], e.get("port")) for e in
             F1.get("fdb", "network", "1")}
    same("each port has a derived entry", {MAC[vm]: ("derived", i) for i, vm in (
        (1, "a"), (2, "b"), (3, "c"), (6, "f"), (7, "g"), (9, "i"))}, found)
    same("a frame goes to the port of its MAC alone, here", {"c": 1},
         heard("a", data("a", MAC["c"])))
    same("a frame goes to the port of its MAC alone, on another host",
         {"b": 1}, heard("a", data("a", MAC["b"])))
    counted("without learning, an unknown MAC is dropped", "no_fdb", 1,
            lambda: heard("a", data("a", NEW)), {})
    ok("without learning, nothing is learned",
       heard("a", data("a", MAC["c"], NEW)) == {"c": 1} and
       not entry(F1, NEW))

    same("packets of IPv6 without a next header pass", {"c": 3}, heard("a", *(
        eth(MAC["c"], MAC["a"], IP6, ip6(V6["a"], V6["c"], proto, head))
        for proto, head in ((59, b""), (59, b"behind"),
                            (60, bytes((59, 0, 1, 4, 0, 0, 0, 0)))))))

    F1.write("fdb", "new", ["network", "1", "mac", NEW, "port", "3"])
    same("a static entry leads to its port", {"c": 1},
         heard("a", data("a", NEW)))
    F1.write("fdb", "replace", ["network", "1", "mac", NEW, "vtep",
                                "192.0.2.2"])
    # there it is unknown
    counted("a static entry leads to its VTEP", "no_fdb", 1,
            lambda: heard("a", data("a", NEW)), {}, F2)
    F2.write("fdb", "new", ["network", "1", "mac", NEW, "vtep", "192.0.2.1"])
    counted("a frame from a VTEP is not sent to one", "hairpin", 1,
            lambda: heard("a", data("a", NEW)), {}, F2)
    F2.write("fdb", "del", ["network", "1", "mac", NEW])
    F1.write("fdb", "del", ["network", "1", "mac", NEW])

    counted("a frame to the port that it came from is dropped", "hairpin", 1,
            lambda: heard("a", data("a", MAC["a"])), {})
    counted("a parked port drops, and it is counted", "parked", 1,
            lambda: heard("a", data("a", MAC["g"])), {})
    counted("an unbound port drops, and it is counted", "unbound", 1,
            lambda: heard("a", data("a", MAC["i"])), {})


def floods():
    """Broadcast and multicast"""
    for name, dst in (("a broadcast", BROADCAST),
                      ("IPv4 multicast", "01:00:5e:00:00:fb"),
                      ("IPv6 multicast", "33:33:00:00:00:01")):
        same(f"{name} reaches each port and VTEP once, not its sender",
             {"b": 1, "c": 1}, heard("a", data("a", dst)))
    same("a broadcast from another host reaches local ports",
         {"a": 1, "c": 1}, heard("b", data("b", BROADCAST)))
    F2.write("fdb", "new", ["network", "1", "mac", NONE, "vtep", "192.0.2.3"])

    def out():
        return F2.get("tenant")[0]["counters"]["tunnel_out_packets"]
    marks = sum(s == "b" for s, _ in MARKS)
    before = out() + marks
    heard("b", data("b", BROADCAST))
    same("a VTEP of the flood list gets broadcasts", 2, out() - before)
    before = out() + marks
    got = heard("a", data("a", BROADCAST))
    same("what came from a VTEP is not flooded to others",
         ({"b": 1, "c": 1}, 0), (got, out() - before))
    F2.write("fdb", "del", ["network", "1", "mac", NONE, "vtep", "192.0.2.3"])


def ask(vm, target, dst=BROADCAST, spa=None):
    """An ARP request"""
    return eth(dst, MAC[vm], ARP, arp(1, MAC[vm], spa or V4[vm], NONE, target))


def ask6(vm, target, src=None):
    """A neighbour solicitation"""
    return eth(solicited(target)[1], MAC[vm], IP6,
               solicit(src or V6[vm], target, MAC[vm]))


def flip(frame, at):
    """A frame with one bit that is wrong"""
    frame = bytearray(frame)
    frame[at] ^= 1
    return bytes(frame)


def questions():
    """ARP and ND"""
    def reply(target, mac_):
        return eth(MAC["a"], mac_, ARP, arp(2, mac_, target, MAC["a"],
                                            V4["a"]))

    for name, target, mac_ in (
            ("a port's here", V4["c"], MAC["c"]),
            ("a port's on another host", V4["b"], MAC["b"]),
            ("a stub's", V4["f"], MAC["f"]),
            ("the gateway's", "198.51.100.1", ROUTER)):
        same(f"ARP is answered from the table: {name}", [reply(target, mac_)],
             answers("a", ask("a", target)))
    same("ARP to one host is answered as well", [reply(V4["b"], MAC["b"])],
         answers("a", ask("a", V4["b"], MAC["b"])))
    same("ARP that can be answered is not flooded", {},
         heard("a", ask("a", V4["b"]), ask("a", V4["c"]),
               ask("a", "198.51.100.1")))
    counted("ARP for nobody is dropped", "no_neigh", 1,
            lambda: heard("a", ask("a", "198.51.100.99")), {})
    F1.write("neigh", "new", ["network", "1", "address", "198.51.100.99",
                              "mac", NEW])
    same("ARP is answered from the table: a static entry",
         [reply("198.51.100.99", NEW)], answers("a", ask("a", "198.51.100.99")))
    F1.write("neigh", "del", ["network", "1", "address", "198.51.100.99"])
    same("an ARP probe for another's address is answered",
         [eth(MAC["a"], MAC["c"], ARP, arp(2, MAC["c"], V4["c"], MAC["a"],
                                           "0.0.0.0"))],
         answers("a", ask("a", V4["c"], spa="0.0.0.0")))
    same("an ARP probe for one's own is not", [],
         answers("a", ask("a", V4["a"], spa="0.0.0.0")))

    def na(frames):
        return [(f[6:12].hex(":"), f[58] & 0xe0, f[-6:].hex(":"))
                for f in frames]

    for name, target, mac_, flags in (
            ("a port's here", V6["c"], MAC["c"], 0x60),
            ("a port's on another host", V6["b"], MAC["b"], 0x60),
            ("a link-local address", "fe80::400:ff:fe00:3", MAC["c"], 0x60),
            ("the gateway's", "2001:db8:1::1", ROUTER, 0xe0),
            ("the gateway's link-local one", "fe80::6e:73ff:fe00:64", ROUTER,
             0xe0)):
        same(f"ND is answered from the table: {name}", [(mac_, flags, mac_)],
             na(answers("a", ask6("a", target))))
    same("ND that can be answered is not flooded", {},
         heard("a", ask6("a", V6["b"]), ask6("a", V6["c"])))
    counted("ND for nobody is dropped", "no_neigh", 1,
            lambda: heard("a", ask6("a", "2001:db8:1::99")), {})
    same("ND that crossed a router is not answered", [],
         answers("a", eth(solicited(V6["c"])[1], MAC["a"], IP6, solicit(
             V6["a"], V6["c"], MAC["a"], hops=254))))
    report = eth("33:33:00:00:00:16", MAC["a"], IP6, ip6(
        V6["a"], "ff02::16", 58, icmp6(V6["a"], "ff02::16", 143, 0, bytes(4))))
    same("multicast reports are not flooded", {}, heard("a", report))
    got = answers("a", eth(MAC["f"], MAC["a"], IP, echo(V4["a"], V4["f"])))
    ok("a stub answers a ping", [f[34] for f in got] == [0], got)
    got = answers("a", eth(MAC["f"], MAC["a"], IP6, echo(
        V6["a"], "fe80::400:ff:fe00:6")))
    ok("a stub answers a ping to its link-local address",
       [f[54] for f in got] == [129], got)
    wrong = [eth(MAC["f"], MAC["a"], IP, echo(V4["a"], V4["f"]))] * 2 + [
        eth(MAC["f"], MAC["a"], IP6, echo(V6["a"], V6["f"]))]
    wrong = [flip(frame, at) for frame, at in zip(wrong, (15, -1, -1))]
    counted("a stub answers no ping with a wrong checksum", "stub", 3,
            lambda: sum((answers("a", frame) for frame in wrong), []), [])
    wrong = [eth(ROUTER, MAC["a"], IP, echo(V4["a"], "198.51.100.1")),
             eth(ROUTER, MAC["a"], IP6, echo(V6["a"], "2001:db8:1::1"))]
    wrong = [flip(frame, -1) for frame in wrong]
    counted("nor does the router", "not_for_router", 2,
            lambda: sum((answers("a", frame) for frame in wrong), []), [])
    before = out_of(6)
    counted("a stub drops what is for another's address, and counts it once",
            "stub", 2, lambda: answers("a", eth(
                MAC["f"], MAC["a"], IP, echo(V4["a"], V4["c"]))) + answers(
                    "a", eth(MAC["f"], MAC["a"], IP6, echo(V6["a"], V6["c"]))),
            [])
    same("what a stub drops has not come out there", before, out_of(6))


def learns():
    """Learning"""
    learning(True)
    same("an unknown MAC is flooded, once to each", {"b": 1, "c": 1},
         heard("a", data("a", NEW2)))
    heard("c", data("c", MAC["a"], NEW))
    e1 = entry(F1, NEW)
    ok("a port's MAC is learned", e1 and e1["kind"] == "learned" and
       e1["port"] == 3, e1)
    heard("c", data("c", MAC["b"], NEW))
    e2 = entry(F2, NEW)
    ok("a MAC behind a VTEP is learned", e2 and e2["kind"] == "learned" and
       e2.get("vtep") == "192.0.2.1", e2)
    same("a learned MAC is not flooded to", {"c": 1},
         heard("b", data("b", NEW)))
    heard("b", data("b", MAC["a"], NEW))
    same("a learned MAC moves to where it is seen", {"b": 1},
         heard("a", data("a", NEW)))
    heard("b", data("b", MAC["c"], MAC["a"]))
    same("a port's own MAC is not moved by what is seen",
         ("derived", 1), (entry(F1, MAC["a"])["kind"],
                          entry(F1, MAC["a"])["port"]))
    aging(2)
    ok("what learning does not see ages out",
       wait(lambda: not entry(F1, NEW)), entry(F1, NEW))
    aging(300)
    same("ARP that cannot be answered is flooded", {"b": 1, "c": 1},
         heard("a", ask("a", "198.51.100.98")))
    F1.write("tenant", "set", ["id", "1", "max-fdb", "4"])
    got = heard("a", *(data("a", MAC["c"], f"06:00:00:00:02:{i:02x}")
                       for i in range(10)))
    usage = nl.usage(F1.get("tenant")[0], "fdb")
    ok("learning has a limit, counts what is refused, and forwards all",
       usage["count"] == 4 and usage["refused"] >= 6 and got == {"c": 10},
       usage, got)
    F1.write("tenant", "set", ["id", "1", "max-fdb", "100"])
    learning(False)

    def learned():
        return [e for e in F1.get("fdb", "network", "1")
                if e["kind"] == "learned"]
    before = learned()
    aging(2)
    ok("what was learned ages out also when the network learns no more",
       before and wait(lambda: not learned()), before, learned())


def patch(i):
    """A link between the networks, of two ports"""
    F1.write("port", "new", ["id", str(i), "network", "1", "name", f"p{i}"])
    F1.write("port", "new", ["id", str(i + 1), "network", "2", "name",
                             f"p{i + 1}", "binding", "patch", "peer", str(i)])


def patches():
    """Patch ports between two networks of a tenant"""
    patch(20)
    same("a broadcast crosses a patch", {"b": 1, "c": 1, "e": 1},
         heard("a", data("a", BROADCAST)))
    counted("a broadcast does not fit where it is larger than the MTU",
            "too_big", 1, lambda: heard("a", data("a", BROADCAST, size=1400)),
            {"b": 1, "c": 1})
    F1.write("fdb", "new", ["network", "1", "mac", MAC["e"], "port", "20"])
    same("a frame crosses a patch to where its MAC is", {"e": 1},
         heard("a", data("a", MAC["e"])))
    patch(30)
    F1.write("fdb", "new", ["network", "1", "mac", NEW, "port", "20"])
    F1.write("fdb", "new", ["network", "2", "mac", NEW, "port", "31"])
    counted("a frame that goes round for ever is dropped", "hops", 1,
            lambda: heard("a", data("a", NEW)), {})
    patch(40)
    before = F1.drops("hops")
    got = heard("a", data("a", BROADCAST))
    ok("a broadcast in loops reaches each once, and what comes round is counted",
       F1.drops("hops") > before and got == {"b": 1, "c": 1, "e": 1}, got)


def main():
    """Run"""
    one_cpu()
    enter(H1)
    settle()
    tables()
    floods()
    questions()
    learns()
    patches()


if __name__ == "__main__":
    main()
