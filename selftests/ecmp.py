#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ecmp.py HOST A R1 R2: flows over two next hops, 1 to 3 with IPv4 and 1 to 1
with IPv6, and which ICMP errors are not sent; see routing.sh"""
import sys

from raw import (ICMP, IP, TCP, UDP, Nic, echo, eth, icmp, ip4, l3, one_cpu,
                 packet, tcp, udp, wait_more)

HOST, A, R1, R2 = sys.argv[1:]
ROUTER, SRC_MAC = "02:6e:73:00:00:01", "06:6e:00:00:00:01"
a, hops = Nic(A, "eth0"), [Nic(R1, "eth0"), Nic(R2, "eth0")]
FLOWS, REPEAT = 400, 3


def collect(n, like):
    """What comes to each hop and is like that, once it is n frames, and what
    comes more than that"""
    found = [[] for _ in hops]

    def enough():
        for frames, nic in zip(found, hops):
            frames += filter(like, nic.pending())
        return sum(map(len, found)) >= n
    wait_more(enough)
    return found


def spread(src, dst, proto):
    """How many flows each hop got, and how many flows went over both"""
    make = udp if proto == UDP else \
        lambda s, d, sp, dp, data: tcp(s, d, sp, dp, 0x10, data)
    for nic in hops:
        nic.pending()
    for flow in range(FLOWS):
        for _ in range(REPEAT):
            a.send(eth(ROUTER, SRC_MAC, l3(src), packet(
                src, dst, proto, make(src, dst, 1024 + flow, 7,
                                      b"flow %04d." % flow))))
    found = collect(FLOWS * REPEAT, lambda f: b"flow " in f and
                    f[6:12].hex(":") == "02:6e:73:00:00:03")
    seen = [{f[f.find(b"flow ") + 5:][:4] for f in frames} for frames in found]
    return len(seen[0]), len(seen[1]), len(seen[0] & seen[1]), \
        sum(map(len, found))


def main():
    """Run"""
    one_cpu()
    for name, src, dst, proto, share in (
            ("IPv4, weights 1 and 3", "198.51.100.11", "198.18.0.1", UDP, .25),
            ("IPv6", "2001:db8:1::11", "2001:db8:18::1", TCP, .5)):
        n1, n2, mixed, total = spread(src, dst, proto)
        good = total == FLOWS * REPEAT and not mixed and \
            abs(n1 / FLOWS - share) < .1 and n1 + n2 == FLOWS
        print("ok" if good else "not ok",
              f"flows share next hops, each keeps its own: {name}")
        print(f"# {n1} and {n2} of {FLOWS} flows, {mixed} over both, "
              f"{total} packets")
    # fragments go where the first one, which has the ports, goes
    for nic in hops:
        nic.pending()
    for flow in range(50):
        for frag in (0x2000, 0x2001, 2):
            data = udp("198.51.100.11", "198.18.0.1", 5000 + flow, 7,
                       b"cut")[:8]
            a.send(eth(ROUTER, SRC_MAC, IP, ip4(
                "198.51.100.11", "198.18.0.1", UDP, data, frag=frag,
                ident=flow)))
    counts = [len(frames) for frames in
              collect(150, lambda f: f[23:24] == b"\x11")]
    print("ok" if sorted(counts) == [0, 150] else "not ok",
          "all fragments of a datagram take one next hop\n#", counts)

    # no error about an error, a fragment behind the first, a broadcast
    a.pending()
    bad = icmp(3, 1, bytes(4), ip4("198.18.9.9", "198.51.100.11", UDP,
                                   bytes(8)))
    for proto, payload, words in (
            (ICMP, bad, {}), (UDP, bytes(8), {"frag": 1}),
            (ICMP, icmp(5), {}), (ICMP, icmp(11), {})):
        a.send(eth(ROUTER, SRC_MAC, IP, ip4(
            "198.51.100.11", "198.18.0.1", proto, payload, ttl=1, **words)))
    a.send(eth("ff:ff:ff:ff:ff:ff", SRC_MAC, IP, ip4(
        "198.51.100.11", "198.18.0.1", UDP, bytes(8), ttl=1)))
    # what the router answers comes behind errors that it sent before
    a.send(eth(ROUTER, SRC_MAC, IP, echo("198.51.100.11", "198.51.100.1")))
    errors = []
    answer = a.expect(lambda f: f[23:24] == b"\1" and (
        f[34] == 0 or f[34] in (3, 11) and errors.append(f)))
    print("ok" if answer and not errors else "not ok",
          "no error answers an error, a later fragment or a broadcast")


if __name__ == "__main__":
    main()
