#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""isolation.py HOST1 HOST2 PREFIX vxlan|geneve: attack; see isolation.sh"""
import itertools
import os
import random
import socket
import struct
import sys

import nl
from raw import (ARP, BROADCAST, ICMP6, IP, IP6, QINQ, TCP, UDP, VLAN, Nic,
                 Segmented, advertise, arp, echo, enter, eth, geneve, icmp6,
                 inside, ip, ip4, ip6, l3, mac, one_cpu, packet, solicit,
                 solicited, tcp, udp, vxlan, wait)

HOSTS, PREFIX, ENCAP = sys.argv[1:3], sys.argv[3], sys.argv[4]
SLOW = os.environ.get("NSFAB_SLOW") == "1"
MAC = {vm: f"06:00:00:00:00:0{i}" for i, vm in enumerate("abcd", 1)}
V4 = {vm: f"198.51.100.1{i}" for i, vm in enumerate("abc", 1)} | \
    {"d": "203.0.113.14"}
V6 = {vm: f"2001:db8:1::1{i}" for i, vm in enumerate("abc", 1)} | \
    {"d": "2001:db8:2::14"}
ROUTER = "02:6e:73:00:00:64"        # of VNI 100
RED, BLUE = 1, 2
VNI = {RED: 100, BLUE: 200}
VTEP = ["192.0.2.1", "192.0.2.2"]
RED_ONLY = "192.0.2.3"              # hosts red's VMs, not blue's


def fabric(host):
    """A fabric as seen from its host"""
    return inside(host, nl.Fabric, "fab0")


FABRICS = [fabric(h) for h in HOSTS]
NIC = {(t, vm): Nic(f"{PREFIX}{t}{vm}-{HOSTS[0].rsplit('-', 1)[1]}", "eth0")
       for t in "rb" for vm in ("abcd" if t == "b" else "abc")}
RED_A, RED_B, RED_C = (NIC["r", vm] for vm in "abc")
BLUES = [nic for (t, vm), nic in NIC.items() if t == "b"]
UNDERLAY = Nic(HOSTS[0], "u0")


def drops(tenant=RED):
    """{reason: packets} of a tenant on both hosts"""
    found = {}
    for fab in FABRICS:
        for d in fab.get("drop", "tenant", str(tenant)):
            if "port" not in d:
                found[d["reason"]] = found.get(d["reason"], 0) + d["packets"]
    return found


def lost():
    """{reason: packets} of no tenant"""
    found = {}
    for fab in FABRICS:
        for d in fab.get("drop"):
            if "tenant" not in d:
                found[d["reason"]] = found.get(d["reason"], 0) + d["packets"]
    return found


def delta(before, after):
    """What was added"""
    return {k: n - before.get(k, 0) for k, n in after.items()
            if n != before.get(k, 0)}


MARKS = itertools.count()


def barrier():
    """All that was sent has arrived: what is sent now has, to both hosts.

    The number of other frames that red's b and c got meanwhile.
    """
    mark = b"barrier %d." % next(MARKS)
    heard = []
    for vm in "bc":
        RED_A.send(eth(MAC[vm], MAC["a"], IP, ip4(
            V4["a"], V4[vm], UDP, udp(V4["a"], V4[vm], 9, 9, mark))))
        if not NIC["r", vm].expect(
                lambda f: mark in f or heard.append(f), 30):
            raise SystemExit(f"red's {vm} is not reached")
    return len(heard)


def attack(name, frames, want=None, nic=RED_A, count=drops, heard=None):
    """Send; nothing may come to blue, and the drops be as wanted.

    want is {reason: packets}, or a function that judges that, how many were
    sent and heard; heard is how many frames red's b and c have to get.
    """
    barrier()
    before = count()
    sent = sum(nic.send(f) for f in frames)
    got = barrier()
    found = delta(before, count())
    crossed = [frame for blue in BLUES for frame in blue.pending()]
    problems = []
    if not sent:
        problems.append("nothing was sent")
    if crossed:
        problems.append(f"{len(crossed)} crossed, first {crossed[0].hex()}")
    if callable(want):
        if not want(found, sent, got):
            problems.append(f"{sent} sent, {got} heard, drops {found}")
    elif want is not None and found != {k: n for k, n in want.items() if n}:
        problems.append(f"drops {found}, not {want}")
    if heard is not None and got != heard:
        problems.append(f"{got} heard, not {heard}")
    print(f"not ok {name}\n# {'; '.join(problems)}" if problems else
          f"ok {name}")


def both(vm, sport=1000, dport=2000, data=b"attack", src=None):
    """A UDP frame to a VM over IPv4 and one over IPv6"""
    for addrs in (V4, V6):
        s, d = src or addrs["a"], addrs[vm]
        if (":" in s) == (":" in d):
            yield eth(MAC[vm], MAC["a"], l3(d),
                      packet(s, d, UDP, udp(s, d, sport, dport, data)))


def basic():
    """A valid frame of each kind"""
    for vm in "bc":
        yield from both(vm)
        for addrs in (V4, V6):
            s, d = addrs["a"], addrs[vm]
            yield eth(MAC[vm], MAC["a"], l3(d), echo(s, d))
            yield eth(MAC[vm], MAC["a"], l3(d), packet(
                s, d, TCP, tcp(s, d, 1000, 80, 2)))
    yield eth(BROADCAST, MAC["a"], ARP,
              arp(1, MAC["a"], V4["a"], "00:00:00:00:00:00", V4["b"]))
    yield eth(solicited(V6["b"])[1], MAC["a"], IP6,
              solicit(V6["a"], V6["b"], MAC["a"]))
    frag = struct.pack(">BBHI", UDP, 0, 1, 7)
    yield eth(MAC["b"], MAC["a"], IP6, ip6(V6["a"], V6["b"], 44, frag +
                                           bytes(16)))


def spoofed_macs():
    """Frames from MACs that are not the port's"""
    for src in (MAC["d"], MAC["b"], ROUTER, BROADCAST, "01:00:5e:00:00:01",
                "00:00:00:00:00:00", "02:6e:73:00:00:c8"):
        for frame in both("b"):
            yield frame[:6] + mac(src) + frame[12:]


def spoofed_addresses():
    """Frames from addresses that are not the port's"""
    for src in (V4["b"], V4["d"], V6["b"], V6["d"], "192.0.2.1", "192.0.2.2",
                "2001:db8:1::1", "198.51.100.1"):
        for vm in "bc":
            yield from both(vm, src=src)


def spoofed_arp():
    """Claims to have another's address"""
    none = "00:00:00:00:00:00"
    for dst in (BROADCAST, MAC["b"]):
        for spa in (V4["b"], V4["d"], "198.51.100.1"):
            yield eth(dst, MAC["a"], ARP, arp(2, MAC["a"], spa, MAC["b"],
                                              V4["b"]))
            yield eth(dst, MAC["a"], ARP, arp(1, MAC["a"], spa, none, spa))


def spoofed_arp_macs():
    """Claims for another's MAC"""
    for sha in (MAC["b"], MAC["d"], ROUTER):
        for op in (1, 2):
            yield eth(BROADCAST, MAC["a"], ARP,
                      arp(op, sha, V4["a"], MAC["b"], V4["b"]))


def spoofed_nd():
    """Claims to have another's address, or to be a router"""
    nodes, nodes_mac = "ff02::1", "33:33:00:00:00:01"
    for target in (V6["b"], V6["d"], "2001:db8:1::1"):
        yield eth(nodes_mac, MAC["a"], IP6,
                  advertise(V6["a"], nodes, target, MAC["a"]))
        yield eth(MAC["b"], MAC["a"], IP6,
                  advertise(V6["a"], V6["b"], target, MAC["a"]))
    yield eth(nodes_mac, MAC["a"], IP6, ip6(V6["a"], nodes, ICMP6, icmp6(
        V6["a"], nodes, 134, 0, b"\x40\0\x07\x08", bytes(8)), ttl=255))
    yield eth(MAC["b"], MAC["a"], IP6, ip6(V6["a"], V6["b"], ICMP6, icmp6(
        V6["a"], V6["b"], 137, 0, bytes(4), bytes(32)), ttl=255))


def spoofed_nd_macs():
    """Claims for another's MAC, in the first option and behind others"""
    nonce = b"\x0e\1nonce!"
    dst, dst_mac = solicited(V6["b"])
    for before in (b"", nonce, nonce * 3, b"\x1f\3" + bytes(22)):
        for kind in (1, 2):
            claim = before + bytes((kind, 1)) + mac(MAC["b"])
            for opts in (claim, claim + nonce):
                yield eth(dst_mac, MAC["a"], IP6, ip6(
                    V6["a"], dst, ICMP6, icmp6(V6["a"], dst, 135, 0, bytes(4),
                                               ip(V6["b"]) + opts), ttl=255))
                yield eth(MAC["b"], MAC["a"], IP6, ip6(
                    V6["a"], V6["b"], ICMP6, icmp6(
                        V6["a"], V6["b"], 136, 0, b"\x60" + bytes(3),
                        ip(V6["a"]) + opts), ttl=255))


def vlans():
    """Tags that a switch might take for a tenant's"""
    for frame in list(both("b")) + list(both("c")):
        for vid in (0, 1, VNI[RED], VNI[BLUE], 4095):
            for proto in (VLAN, QINQ):
                tag = struct.pack(">HH", proto, vid)
                yield frame[:12] + tag + frame[12:]
        yield frame[:12] + struct.pack(">HHHH", QINQ, 200, VLAN, 200) + \
            frame[12:]


def nested():
    """What a VTEP would take for a tunnel's packet, from inside of a VM"""
    inner = eth(MAC["b"], MAC["a"], IP, echo(V4["a"], V4["b"]))
    for dst in VTEP + [RED_ONLY, V4["d"]]:
        for tunnel in (vxlan(VNI[BLUE], inner), geneve(VNI[BLUE], inner)):
            for port in (4789, 6081):
                yield eth(ROUTER, MAC["a"], IP, ip4(
                    V4["a"], dst, UDP, udp(V4["a"], dst, 4789, port, tunnel)))


def routed():
    """Through the router, to what only blue has"""
    for addrs in (V4, V6):
        s, d = addrs["a"], addrs["d"]
        yield eth(ROUTER, MAC["a"], l3(d), packet(s, d, UDP, udp(
            s, d, 1, 2, b"attack")))
        yield eth(ROUTER, MAC["a"], l3(d), echo(s, d))


def truncated():
    """Every frame at every length"""
    for frame in basic():
        for length in range(14, len(frame)):
            yield frame[:length]


def fragments():
    """First, next, overlapping, tiny and last fragments"""
    data = udp(V4["a"], V4["b"], 1, 2, bytes(64))
    for vm in "bc":
        for offset, more, length in ((0, 1, 8), (0, 1, 72), (1, 1, 8),
                                     (1, 0, 24), (2, 1, 8), (8189, 0, 8),
                                     (0, 1, 1), (3, 0, 1)):
            yield eth(MAC[vm], MAC["a"], IP, ip4(
                V4["a"], V4[vm], UDP, data[:length],
                frag=more << 13 | offset))
            head = struct.pack(">BBHI", UDP, 0, offset << 3 | more, 5)
            yield eth(MAC[vm], MAC["a"], IP6, ip6(
                V6["a"], V6[vm], 44, head + data[:length]))


def others():
    """Other protocols, and addresses that switches keep for themselves"""
    for proto in (0, 46, 1500, 0x0842, 0x8847, 0x8863, 0x8864, 0x88cc, 0x88e5,
                  0x22f3, 0x9000, 0xffff):
        for dst in (MAC["b"], MAC["c"], BROADCAST, "01:80:c2:00:00:00",
                    "01:80:c2:00:00:0e", "01:00:5e:00:00:01"):
            yield eth(dst, MAC["a"], proto, bytes(60))


def mutations():
    """Valid frames with random faults; the same ones each time"""
    rng = random.Random(2)
    good = list(basic())
    for _ in range(300 if SLOW else 3000):
        frame = bytearray(rng.choice(good))
        for _ in range(rng.randint(1, 4)):
            what = rng.randrange(4)
            at = rng.randrange(len(frame))
            if what == 0:
                frame[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                frame[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff))
            elif what == 2 and len(frame) > 15:
                del frame[max(at, 14):at + rng.randint(1, 8)]
            else:
                frame[at:at] = rng.randbytes(rng.randint(1, 8))
        yield bytes(frame)


# ---- from the underlay, by who can write anything there

def outer(payload, src=VTEP[0], dport=None):
    """A packet of the underlay to the second host"""
    dport = dport or (4789 if ENCAP == "vxlan" else 6081)
    return eth(UNDERLAY_MAC[1], UNDERLAY_MAC[0], IP, ip4(
        src, VTEP[1], UDP, udp(src, VTEP[1], 50000, dport, payload)))


def tunnel(vni, frame, **words):
    """The tunnel's header and a frame"""
    return (vxlan if ENCAP == "vxlan" else geneve)(vni, frame, **words)


INNER = [eth(dst, MAC["a"], IP, ip4(V4["a"], V4["b"], UDP,
                                    udp(V4["a"], V4["b"], 1, 2, b"attack")))
         for dst in (MAC["b"], BROADCAST, "33:33:00:00:00:01")]


def unknown_sources():
    """From hosts that are no VTEP, with the VNIs of both tenants"""
    for src in ("192.0.2.9", "192.0.2.77", VTEP[1], "203.0.113.1"):
        for frame in INNER:
            yield outer(tunnel(VNI[BLUE], frame), src)


def wrong_vni():
    """From a host that is red's VTEP alone, with blue's VNI"""
    for frame in INNER:
        yield outer(tunnel(VNI[BLUE], frame), RED_ONLY)


def no_vni():
    """VNIs of nobody"""
    for vni in (0, 1, 99, 101, 202, 1 << 23, (1 << 24) - 1):
        yield outer(tunnel(vni, INNER[0]))


def bad_headers():
    """Tunnel headers that are not valid"""
    frame = INNER[0]
    if ENCAP == "vxlan":
        for flags in (0, 0x80, 0xf7):
            yield outer(vxlan(VNI[BLUE], frame, flags=flags))
        return
    for words in ({"ver": 1}, {"ver": 3}, {"flags": 0x40}, {"flags": 0x80},
                  {"proto": IP}, {"proto": 0}):
        yield outer(geneve(VNI[BLUE], frame, **words))


def tunnel_truncated():
    """A tunnel's packet, whole outside, cut inside at every length"""
    for vni in (VNI[RED], VNI[BLUE]):
        whole = tunnel(vni, INNER[0])
        for length in range(len(whole)):
            yield outer(whole[:length], RED_ONLY)


def tunnel_mutations():
    """Random faults in the tunnel's header and what is inside"""
    rng = random.Random(3)
    for _ in range(200 if SLOW else 2000):
        inner = bytearray(tunnel(VNI[RED], rng.choice(INNER)))
        for _ in range(rng.randint(1, 4)):
            inner[rng.randrange(len(inner))] = rng.randrange(256)
        yield outer(bytes(inner), RED_ONLY)


def read_mac(host, dev):
    """A device's MAC"""
    def read():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind((dev, 0))
        return sock.getsockname()[4].hex(":")
    return inside(host, read)


UNDERLAY_MAC = [read_mac(HOSTS[0], "u0"), read_mac(HOSTS[1], "u0")]


def balanced(found, sent, heard):
    """Each frame was dropped, heard by red, or answered by red's fabric"""
    return sum(found.values()) + heard >= 1 and sent >= heard


def accounts(fab):
    """Per tenant, what came in and what flows and misses say, in packets and
    bytes"""
    found = []
    for tenant in fab.get("tenant"):
        c = tenant["counters"]
        flows = fab.get("flow", "tenant", str(tenant["id"]))
        for unit in ("packets", "bytes"):
            found.append((
                sum(c[f"{way}_{unit}"] for way in ("in", "tunnel_in", "local")),
                sum(m[unit] for m in tenant.get("miss", [])) +
                sum(f[d].get(unit, 0) for f in flows for d in
                    ("orig", "reply") if d in f)))
    return found


def run_vm(guard):
    """What a VM can do"""
    on = guard == "on"
    with_guard = f"anti-spoofing {guard}"

    def want(**reasons):
        return reasons if on else None
    attack(f"equal addresses reach their own tenant alone, {with_guard}",
           list(both("b")) + list(both("c")), {}, heard=4)
    frames = list(spoofed_macs())
    attack(f"spoofed source MACs, {with_guard}", frames,
           want(src_mac=len(frames)))
    frames = list(spoofed_addresses())
    attack(f"spoofed source addresses, {with_guard}", frames,
           want(src_addr=len(frames)))
    frames = list(spoofed_arp())
    attack(f"spoofed ARP, {with_guard}", frames, want(src_addr=len(frames)))
    frames = list(spoofed_arp_macs())
    attack(f"spoofed MACs in ARP, {with_guard}", frames,
           want(src_mac=len(frames)))
    frames = list(spoofed_nd())
    attack(f"spoofed neighbour discovery, {with_guard}", frames,
           want(src_addr=len(frames)))
    frames = list(spoofed_nd_macs())
    attack(f"spoofed MACs in neighbour discovery, {with_guard}", frames,
           want(src_mac=len(frames)))
    frames = list(vlans())
    attack(f"VLAN tags, {with_guard}", frames, {"vlan": len(frames)}, heard=0)
    frames = list(nested())
    attack(f"a tunnel's packets from a VM, {with_guard}", frames,
           {"no_route": len(frames)}, heard=0)
    frames = list(routed())
    attack(f"to the other's networks by the router, {with_guard}", frames,
           {"no_route": len(frames)}, heard=0)
    attack(f"truncated at every length, {with_guard}", truncated(),
           lambda found, sent, heard: found.get("malformed", 0) > 500)
    attack(f"fragments, {with_guard}", fragments(), balanced)
    attack(f"other protocols and reserved addresses, {with_guard}", others(),
           {}, heard=120)
    attack(f"random mutations, {with_guard}", mutations(), balanced)


def main():
    """Run all attacks"""
    one_cpu()
    enter(HOSTS[0])
    h1, h2 = FABRICS
    run_vm("on")
    for fab in FABRICS:
        fab.write("port", "set", ["id", "1", "flags", "unguarded"])
    run_vm("off")
    for fab in FABRICS:
        fab.write("network", "set", ["id", "1", "flags", "learning"])
    attack("unknown MACs in a network that floods", [
        eth(f"06:00:00:00:01:{i:02x}", f"06:00:00:00:02:{i:02x}", IP,
            ip4(V4["a"], V4["b"], UDP, udp(V4["a"], V4["b"], 1, 2)))
        for i in range(64)], {}, heard=128)
    attack("random mutations in a network that floods", mutations(), balanced)
    for fab in FABRICS:
        fab.write("network", "set", ["id", "1", "flags", ""])

    frames = [eth(MAC["b"], MAC["a"], IP, ip4(V4["a"], V4["b"], TCP, tcp(
        V4["a"], V4["b"], 5, 5, 16, bytes(20000))))] * 10
    attack("frames of 2500 packets each", frames, {"malformed": 25000},
           heard=0, nic=Segmented(RED_A.netns, RED_A.dev, 8))
    attack("frames of 20 packets each, which may be", frames, {},
           nic=Segmented(RED_A.netns, RED_A.dev, 1000))

    frames = list(unknown_sources())
    # the second host's stack drops what comes from its own address
    n = len(frames) - len(INNER)
    attack("a tunnel's packets from unknown sources", frames,
           {"no_vtep": n}, UNDERLAY, lambda: drops(BLUE))
    frames = list(wrong_vni())
    attack("the other's VNI from a host that is not in its network", frames,
           {"no_vtep": len(frames)}, UNDERLAY, lambda: drops(BLUE))
    frames = list(no_vni())
    attack("VNIs of nobody", frames, {"no_vni": len(frames)}, UNDERLAY, lost)
    frames = list(bad_headers())
    attack("bad tunnel headers", frames, {"tunnel_header": len(frames)},
           UNDERLAY, lost)
    attack("a tunnel's packets, truncated at every length", tunnel_truncated(),
           lambda found, sent, heard: found.get("malformed", 0) > 40, UNDERLAY)
    attack("random mutations of a tunnel's packets", tunnel_mutations(),
           balanced, UNDERLAY)

    for host, fab in zip(HOSTS, FABRICS):
        # what a flow counted that ends while they are read comes soon
        good = wait(lambda fab=fab: all(came == counted for came, counted in
                                        accounts(fab)))
        print("ok" if good else "not ok",
              "each packet of all that is in a flow or a named miss"
              f" on {host.split('-')[1]}\n#", *accounts(fab))
        c, = [t["counters"] for t in fab.get("tenant") if t["id"] == BLUE]
        print("ok" if c["out_packets"] == c["in_packets"] == 0 else "not ok",
              f"the other tenant's ports saw nothing on {host.split('-')[1]}")


if __name__ == "__main__":
    main()
