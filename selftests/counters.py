#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""counters.py H1 H2 A B C: what flows count against what senders say; see
counters.sh"""
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import nl
from raw import enter, inside, wait, wait_quiet

H1, H2, A, B, C = sys.argv[1:]
SLOW = os.environ.get("NSFAB_SLOW") == "1"
FABS = {h: inside(h, nl.Fabric, "fab0") for h in (H1, H2)}
SRC = {4: "198.51.100.11", 6: "2001:db8:1::11"}
DST = {(4, B): "198.51.100.12", (6, B): "2001:db8:1::12",
       (4, C): "198.51.100.13", (6, C): "2001:db8:1::13"}
ETHER, IP = 14, {4: 20, 6: 40}
UDP_SEGMENT = 103


def run(ns, *words):
    """A command's output in a namespace"""
    return subprocess.run(["nsenter", f"--net=/run/netns/{ns}", *words],
                          stdout=subprocess.PIPE, check=True).stdout.decode()


def report(name, want, got):
    """Say whether they are equal"""
    print("ok" if want == got else "not ok", name)
    if want != got:
        print(f"# expected {want}, found {got}")


def flows(host, **want):
    """Flows that have these attributes"""
    return [f for f in FABS[host].get("flow", "tenant", "1")
            if all(f.get(k) == v for k, v in want.items())]


def counts(flow):
    """Packets and bytes of both directions"""
    return tuple(flow.get(d, {}).get(u, 0) for d in ("orig", "reply")
                 for u in ("packets", "bytes"))


def segments(ns):
    """TCP segments that a namespace has sent, and which of them again"""
    rows = [line.split() for line in
            run(ns, "cat", "/proc/net/snmp").splitlines()
            if line.startswith("Tcp:")]
    once, again = (int(rows[1][rows[0].index(k)])
                   for k in ("OutSegs", "RetransSegs"))
    return once + again, again


def still(hosts):
    """Until the flows' counts stand still"""
    last = None

    def changed():
        nonlocal last
        before = last
        last = [sorted(counts(f) for f in flows(host)) for host in hosts]
        return last != before
    wait_quiet(changed)


def settled(want, get, hosts):
    """What is counted, once it is what it should be and stands still: what has
    been sent may not have come yet"""
    wait(lambda: get() == want)
    still(hosts)
    return get()


def iperf(*words):
    """What iperf3 says; a server may be busy with the last one's end"""
    for _ in range(20):
        try:
            out = json.loads(run(A, "iperf3", "-J", *words))
        except subprocess.CalledProcessError:
            time.sleep(.3)
            continue
        return out
    raise SystemExit("iperf3 does not run")


def tcp_excess(flow, v):
    """Bytes of a TCP flow that are in no header, both ways.

    Each segment has the time stamp option, SYNs have eight bytes more; that
    holds as long as nothing is lost.
    """
    packets, octets, rpackets, roctets = counts(flow)
    head = ETHER + IP[v] + 32
    return octets - packets * head - 8, roctets - rpackets * head - 8


def tcp(name, v, peer, hosts):
    """A TCP stream of iperf3, in bursts so that it ends with empty buffers:
    what it tells of has been on the wire then"""
    where = " on both hosts" if len(hosts) > 1 else ""
    # Slower each time: what is sent twice is a full buffer's
    for rate in (20, 20, 20, 10, 10, 5, 5, 2):
        for fab in FABS.values():
            fab.flush()
        out = iperf("-c", DST[v, peer], "-n", "2M", "-l", "32K", "-b",
                    f"{rate}M")
        sent, got = (out["end"][k]["bytes"] for k in
                     ("sum_sent", "sum_received"))
        again = out["end"]["sum_sent"]["retransmits"]
        if sent == got and not again:
            break
    else:
        print(f"# of {sent} sent {got} came, {again} segments were sent twice")
    port, cookie = out["start"]["connected"][0]["local_port"], 37
    want = [(sent + cookie, 0)] * len(hosts)
    report(f"{name}: TCP, bytes by iperf3's{where}", want, settled(
        want, lambda: [tcp_excess(f, v) for h in hosts
                       for f in flows(h, proto=6, src_l4=port)], hosts))


def bytes_sent(sock):
    """TCP_INFO's figure"""
    return struct.unpack_from("Q", sock.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 256), 200)[0]


def converse(v, peer, hosts):
    """A TCP stream as fast as it goes: bytes and segments that each of the two
    stacks has sent, and segments that one of them has sent again"""
    family = socket.AF_INET6 if v == 6 else socket.AF_INET
    server = inside(peer, socket.socket, family)
    client = inside(A, socket.socket, family)
    before = segments(A), segments(peer)
    server.bind((DST[v, peer], 5001))
    server.listen()
    client.connect((DST[v, peer], 5001))
    conn, _ = server.accept()
    server.close()

    def sink():
        while conn.recv(1 << 18):
            pass
        conn.sendall(b"done")
        conn.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=sink)
    thread.start()
    client.sendall(bytes(3000000 if SLOW else 10000000))
    client.shutdown(socket.SHUT_WR)
    thread.join()
    while client.recv(100):
        pass
    still(hosts)
    sent = bytes_sent(client), bytes_sent(conn)
    now = segments(A), segments(peer)
    client.close()
    conn.close()
    total, again = (tuple(n[i] - o[i] for n, o in zip(now, before))
                    for i in (0, 1))
    return sent, total, sum(again)


def stream(name, v, peer, hosts):
    """A TCP stream by what the two stacks say"""
    where = " on both hosts" if len(hosts) > 1 else ""
    # Where something is sent twice, there are more SYNs or options.
    for _ in range(5):
        for fab in FABS.values():
            fab.flush()
        sent, packets, again = converse(v, peer, hosts)
        found = [f for h in hosts for f in flows(h, proto=6)]
        if not again:
            break
    report(f"{name}: TCP, packets by the stacks' own{where}",
           [packets] * len(hosts), [counts(f)[::2] for f in found])
    want, got = [sent] * len(hosts), [tcp_excess(f, v) for f in found]
    if again:
        print(f"# {again} segments were sent twice")
        want, got = [w[0] for w in want], [g[0] for g in got]
    report(f"{name}: TCP, bytes by the stacks' own{where}", want, got)


def udp(name, v, peer, hosts):
    """Datagrams of iperf3, which begins with one of four bytes each way"""
    out = iperf("-u", "-c", DST[v, peer], "-n", "200K", "-l", "1000", "-b",
                "20M")
    head = ETHER + IP[v] + 8
    packets = out["end"]["sum"]["packets"]
    want = [(packets + 1, packets * (1000 + head) + 4 + head, 1, 4 + head)] * \
        len(hosts)
    report(f"{name}: UDP, packets and bytes by iperf3's", want, settled(
        want, lambda: [counts(f) for h in hosts for f in flows(h, proto=17)],
        hosts))


def ping(name, v, peer, hosts):
    """Echo requests and replies"""
    out = run(A, "ping", "-n", "-q", "-c", "20", "-i", "0.01", "-s", "1000",
              DST[v, peer])
    got = int(out.split(" received")[0].split()[-1])
    size = 1000 + 8 + IP[v] + ETHER
    want = [(20, 20 * size, got, got * size)] * len(hosts)
    report(f"{name}: ping, packets and bytes by its own", want, settled(
        want, lambda: [counts(f) for h in hosts
                       for f in flows(h, proto=1 if v == 4 else 58)], hosts))


def udp_gso(name, v, peer, hosts):
    """Datagrams cut by the stack: 50 times 40 of 1000 bytes and one of 7"""
    sock = inside(A, socket.socket,
                  socket.AF_INET6 if v == 6 else socket.AF_INET,
                  socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1000)
    sock.connect((DST[v, peer], 9))
    sunk = inside(peer, socket.socket,
                  socket.AF_INET6 if v == 6 else socket.AF_INET,
                  socket.SOCK_DGRAM)
    sunk.bind((DST[v, peer], 9))
    for _ in range(50):
        sock.send(bytes(40007))
    head = ETHER + IP[v] + 8
    want = [(50 * 41, 50 * (40007 + 41 * head), 0, 0)] * len(hosts)
    report(f"{name}: UDP in segments, packets and bytes", want, settled(
        want, lambda: [counts(f) for h in hosts for f in flows(h, dst_l4=9)],
        hosts))
    sock.close()
    sunk.close()


def device(ns, dev):
    """tx_packets, tx_bytes of a device"""
    link, = json.loads(run(ns, "ip", "-j", "-s", "link", "show", dev))
    return link["stats64"]["tx"]["packets"], link["stats64"]["tx"]["bytes"]


def tunnel_out(host):
    """Packets and bytes to VTEPs"""
    c = FABS[host].get("tenant")[0]["counters"]
    return c["tunnel_out_packets"], c["tunnel_out_bytes"]


def accounts(host):
    """What came in, and what flows and misses count"""
    tenant, = FABS[host].get("tenant")
    found = flows(host)
    c = tenant["counters"]
    came = [sum(c[f"{way}_{u}"] for way in ("in", "tunnel_in", "local"))
            for u in ("packets", "bytes")]
    kept = [sum(m[u] for m in tenant.get("miss", [])) +
            sum(f.get(d, {}).get(u, 0) for f in found
                for d in ("orig", "reply")) for u in ("packets", "bytes")]
    return came, kept


def balance(host, name):
    """All that came in is in a flow or a miss; that of a flow which ended a
    moment ago comes to the misses soon"""
    def equal():
        came, kept = accounts(host)
        return came == kept
    wait(equal)
    report(name, *accounts(host))


def ports(host):
    """What ports say is what their VMs' devices and the tenant say"""
    c = FABS[host].get("tenant")[0]["counters"]
    total = [sum(p["counters"][k] for p in FABS[host].get("port"))
             for k in ("in_packets", "in_bytes", "out_packets", "out_bytes")]
    return total == [c[k] for k in ("in_packets", "in_bytes", "out_packets",
                                    "out_bytes")], total


def main():
    """Run"""
    enter(H1)
    for gso in ("on", "off"):
        for ns in (A, B, C):
            run(ns, "ethtool", "-K", "eth0", "tso", gso, "gso", gso, "gro",
                gso, "tx-udp-segmentation", gso)
        before = device(H1, "u0"), tunnel_out(H1)
        for peer, where, hosts in ((C, "local", [H1]), (B, "overlay",
                                                        [H1, H2])):
            for v in (4, 6):
                name = f"GSO {gso}, IPv{v}, {where}"
                for test in (ping, udp, udp_gso, tcp, stream):
                    for fab in FABS.values():
                        fab.flush()
                    test(name, v, peer, hosts)
        if gso == "off":
            out = [n - o for n, o in zip(tunnel_out(H1), before[1])]
            dev = [n - o for n, o in zip(device(H1, "u0"), before[0])]
            report("the underlay's device counts what the tunnel does",
                   [out[0], out[1] + 50 * out[0]], dev)
        for host, name in ((H1, "h1"), (H2, "h2")):
            balance(host, f"GSO {gso}: flows and misses are all that came in, "
                    f"{name}")
            good, total = ports(host)
            report(f"GSO {gso}: ports add up to their tenant, {name}", True,
                   good)
    for host, name in ((H1, "h1"), (H2, "h2")):
        FABS[host].flush()
        balance(host, f"what flushed flows counted is not lost, {name}")
    FABS[H1].write("tenant", "set", ["id", "1", "accounting", "off"])
    run(A, "ping", "-q", "-c", "5", "-i", "0.01", DST[4, B])
    misses = {m["kind"]: m["packets"] for m in
              FABS[H1].get("tenant")[0]["miss"]}
    report("without accounting, packets are a named miss", 10,
           misses.get("off"))
    balance(H1, "and still all that came in is accounted for")
    FABS[H1].write("tenant", "set", ["id", "1", "accounting", "basic",
                                     "max-flows", "1"])
    for size in (10, 20):
        run(A, "ping", "-q", "-c", "5", "-i", "0.01", "-s", str(size),
            DST[4, B])
    tenant, = FABS[H1].get("tenant")
    misses = {m["kind"]: m["packets"] for m in tenant["miss"]}
    usage = nl.usage(tenant, "flow")
    report("a full table forwards, and packets are a named miss", (10, 1, True),
           (misses.get("full"), usage["count"], usage["refused"] >= 10))
    balance(H1, "a full table loses no packet from the accounts")
    drop_flow()


def drop_flow():
    """A flow tells what of it was dropped"""
    FABS[H1].write("tenant", "set", ["id", "1", "max-flows", "100"])
    FABS[H1].flush()
    FABS[H1].write("port", "set", ["id", "3", "binding", "parked"])
    sock = inside(A, socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(7):
        sock.sendto(b"x", (DST[4, C], 9))
    want = [(7, 7, "parked")]
    report("a flow tells how many of its packets were dropped, and why", want,
           settled(want, lambda: [
               tuple(f["orig"].get(k) for k in ("packets", "drop_packets",
                                                "drop_reason"))
               for f in flows(H1, dst_l4=9)], [H1]))


if __name__ == "__main__":
    main()
