# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks in a row"""

import math
import time

from nlraw import Family, Socket
from .host import namespace, run
from .sides import device_of
from .table import ROUNDS, Tsv, env, median, plot, tell

PATCH, LEARNING, UNGUARDED = 4, 1, 1


def row_ours(length):
    """Networks in a row"""
    fabric = f"row{length}"
    run("netctl", "fabric", "add", fabric)
    family = Family(fabric)
    family.do("tenant-new", [("tenant", [
        ("id", 1), ("name", "row"), ("max-networks", length + 1),
        ("max-ports", 2 * length + 1)])])
    for at in range(0, length, 500):
        some = range(at, min(at + 500, length))
        family.do("network-new", [("network", [
            ("id", i + 1), ("tenant", 1), ("flags", LEARNING)])
            for i in some])
        family.do("port-new", [("port", [
            ("id", 100001 + i), ("network", i + 1), ("flags", UNGUARDED)])
            for i in some])
        family.do("port-new", [("port", [
            ("id", 200001 + i), ("network", i + 1), ("flags", UNGUARDED),
            *([("binding", PATCH), ("peer", 100000 + i)] if i else [])])
            for i in some])
    link = Socket(0)
    for name, port in ("a", 200001), ("b", 100000 + length):
        namespace(f"{fabric}-{name}")
        device_of(link, port, "eth0", f"{fabric}-{name}", family.ifindex)
    return fabric, [fabric]


def row_peer(length):
    """Bridges in a row"""
    name = f"bridges{length}"
    for n in name, name + "-a", name + "-b":
        namespace(n)
    last = length - 1
    run("ip", "-n", name, "-b", "-", text="".join(
        f"link add br{i} up type bridge\n" for i in range(length)) + "".join(
        f"link add e{i} up master br{i} type veth peer name w{i + 1}\n"
        f"link set w{i + 1} up master br{i + 1}\n"
        for i in range(last)) +
        f"link add end-a up master br0 type veth peer name eth0 netns {name}-a\n"
        f"link add end-b up master br{last} type veth peer name eth0 "
        f"netns {name}-b\n")
    for end in "ab":
        run("ip", "-n", f"{name}-{end}", "link", "set", "eth0", "up")
    return name, []


def ping(name):
    """First echo's milliseconds, median RTT in us, lost ones"""
    out = run("ip", "netns", "exec", name + "-a", "ping", "-n", "-c", "3",
              "-i", "0.2", "-W", "20", "10.0.0.2", check=False)
    first = [line.split("time=")[1] for line in out.splitlines()
             if "time=" in line]
    out = run("ip", "netns", "exec", name + "-a", "ping", "-n", "-c", "20",
              "-i", "0.05", "-W", "5", "10.0.0.2", check=False)
    rtts = [float(line.split("time=")[1].split()[0]) for line in
            out.splitlines() if "time=" in line]
    return (first[0] if first else "lost",
            median(rtts) * 1e3 if rtts else math.nan, 20 - len(rtts))


def part():
    """The part; returns false if packets were lost"""
    whole = True
    tsv = Tsv("path", "length", "side", "setup_s", "first_ping", "rtt_us",
              "us_per_hop", "lost")
    lengths = {"patches": (env("PATH", "10,50,200,400,10000"), row_ours),
               "bridges": (env("PEER_PATH", "10,50,200"), row_peer)}
    for length in sorted({n for v, _ in lengths.values() for n in v}):
        told = {}
        made = []
        for side, (wanted, make) in lengths.items():
            if length not in wanted:
                continue
            begin = time.monotonic()
            name, fabrics = make(length)
            for i, end in enumerate("ab"):
                run("ip", "-n", f"{name}-{end}", "addr", "add",
                    f"10.0.0.{i + 1}/8", "dev", "eth0")
            took = time.monotonic() - begin
            made.append((side, name, fabrics, took))
        rounds = {m[0]: [] for m in made}
        for i in range(ROUNDS):
            for side, name, _, _ in made[::-1 if i % 2 else 1]:
                rounds[side].append(ping(name))
        for side, name, fabrics, took in made:
            rtt = median([r[1] for r in rounds[side]])
            lost = sum(r[2] for r in rounds[side])
            told[side] = rtt / length
            tsv.add(length, side, f"{took:.2f}", rounds[side][0][0],
                    f"{rtt:.1f}", f"{rtt / length:.3f}", lost)
            if side == "patches":
                whole &= not lost
            for fabric in fabrics:
                run("ip", "link", "del", fabric)
            for n in name, name + "-a", name + "-b":
                run("ip", "netns", "del", n, check=False)
            made_in = f"{side} {took:.1f} s, {lost} lost"
            told[side + "-text"] = made_in
        ours, peer = told.get("patches"), told.get("bridges")
        tell("path", f"{length} networks, RTT per hop",
             f"{ours * 1e3:.0f} ns" if ours else "",
             f"{peer * 1e3:.0f} ns" if peer else "",
             f"{peer / ours:.1f}x" if ours and peer else "",
             "; ".join(v for k, v in told.items() if k.endswith("text")))
    plot("path", f"""
set title 'Round trip per hop'
set logscale x
set xlabel 'networks in a row'
set ylabel 'us'
set yrange [0:]
plot for [s in 'patches bridges'] '{tsv.path}' \\
 using (strcol(2) eq s ? $1 : NaN):6 with linespoints title s""")
    return whole
