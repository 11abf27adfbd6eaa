#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""link_time.py H A B C D: what links do in virtual time; see link_time.sh"""
import math
import subprocess
import sys
import time

from raw import Nic, eth
from wire import LATE, MS, S, US, Lab, ks, moments, ok, uncertain

LAB = Lab(sys.argv[1], sys.argv[2:])


# ---- delay

def delays(line):
    """Released not before, and as soon as the clock lets"""
    for name, delay in (("1 us", US), ("50 us", 50 * US), ("1 ms", MS),
                        ("100 ms", 100 * MS), ("10 s", 10 * S)):
        with LAB.link(delay=delay):
            line.forget()
            port = LAB.flow()
            for i in range(50):
                line.send(1, port, first=i)
                time.sleep(.0123456789)
            found = line.delays(delay / S + .1)
            late = [d - delay for ds in found.values() for d in ds]
        ok(f"delay {name}: exact to a microsecond",
           len(late) == 50 and 0 <= min(late) and max(late) < LATE,
           f"{len(late)} of 50, late {late} ns")


# ---- jitter

def normal(x):
    """Distribution function"""
    return .5 * (1 + math.erf(x / math.sqrt(2)))


def uniform(x):
    """Likewise"""
    return min(max((x + 1) / 2, 0), 1)


# Shape 3, cut at the 88-fold minimum, where what is beyond stands
PARETO_MAX = 88
PARETO_MEAN = 1.5 - .5 / PARETO_MAX ** 2
PARETO_DEV = math.sqrt(3 - 2 / PARETO_MAX - PARETO_MEAN ** 2)
# of it as it is, not less its mean
PARETO_THIRD = 3 * math.log(PARETO_MAX) + 1
PARETO_FOURTH = 4 * PARETO_MAX - 3


def pareto_moments():
    """Mean, deviation and fourth central moment, over the deviation"""
    mean, dev = PARETO_MEAN, PARETO_DEV
    fourth = PARETO_FOURTH - 4 * mean * PARETO_THIRD + \
        6 * mean ** 2 * (dev ** 2 + mean ** 2) - 3 * mean ** 4
    return 0, 1, fourth / dev ** 4


def pareto(x):
    """Likewise"""
    x = x * PARETO_DEV + PARETO_MEAN
    return 0 if x < 1 else 1 if x >= PARETO_MAX else 1 - x ** -3


# Two humps
TABLE = [-2, -1.5, -1, -.9, 0, .9, 1, 1.5, 3]


def table(x):
    """Likewise"""
    for i, (low, high) in enumerate(zip(TABLE, TABLE[1:])):
        if x < high:
            return (i + max(0, (x - low) / (high - low))) / (len(TABLE) - 1)
    return 1


def table_moments():
    """Mean, deviation and fourth central moment"""
    def moment(k, about=0):
        return sum(((b - about) ** (k + 1) - (a - about) ** (k + 1)) /
                   ((k + 1) * (b - a))
                   for a, b in zip(TABLE, TABLE[1:])) / (len(TABLE) - 1)
    mean = moment(1)
    return mean, math.sqrt(moment(2, mean)), moment(4, mean)


def jitters(line):
    """As the contract says they are spread"""
    n, delay, jitter = 100000, 40 * MS, 10 * MS
    for name, cdf, expect, words in (
            ("uniform", uniform, (0, 1 / math.sqrt(3), 1 / 5), {}),
            ("normal", normal, (0, 1, 3), {}),
            ("pareto", pareto, pareto_moments(), {}),
            ("table", table, table_moments(), {"table": ",".join(
                str(round(p * 65536)) for p in TABLE)})):
        with LAB.link(delay=delay, jitter=jitter, dist=name, flags="overtake",
                  seed=1, **words):
            line.forget()
            line.send(n, LAB.flow())
            sent, came, order = line.collect(1.5)
        values = [(came[i][0][0] - sent[i][0][0] - delay) / jitter
                  for i in came]
        ok(f"jitter {name}: all packets came", len(order) == n == len(came))
        mean_, dev_, _ = expect
        mean, dev = moments(values)
        mean_err, dev_err = uncertain(n, *expect[1:])
        # a microsecond's half is what the wheel adds in the mean
        ok(f"jitter {name}: mean",
           abs(mean - mean_) <= 3.29 * mean_err + US / jitter,
           f"{mean} instead of {mean_}, uncertain by {mean_err}")
        ok(f"jitter {name}: deviation",
           abs(dev - dev_) <= 3.29 * dev_err,
           f"{dev} instead of {dev_}, uncertain by {dev_err}")
        distance = ks(values, cdf)
        ok(f"jitter {name}: distribution (Kolmogorov-Smirnov)", distance < 1,
           f"{distance} of what one of 1000 exceeds")
        print(f"# {name}: mean {mean:.5f} ({mean_:.5f}), deviation {dev:.5f} "
              f"({dev_:.5f}), KS {distance:.3f}")
        ok(f"jitter {name}: with overtake on, packets do",
           order != sorted(order))
    n = 20000
    with LAB.link(delay=delay, jitter=jitter, dist="normal") as link:
        line.forget()
        port = LAB.flow()
        for i in range(20):
            line.send(n // 20, port, first=i * n // 20)
            time.sleep(.0007)
        sent, came, order = line.collect(.5)
        ok("jitter: no packet of a flow overtakes",
           order == list(range(n)), f"{len(order)} came")
        early = [i for i in came if came[i][0][0] - sent[i][0][0] <
                 delay - 3.4 * jitter]
        ok("jitter: nor is early for that", not early, f"{early}")
        link.set(flags="overtake")
        line.send(n, port)
        order = line.collect(.5)[2]
        ok("jitter: set in place, they do", len(order) == n and
           order != sorted(order))


# ---- rate

SIZES = (60, 1514, 700, 52)
COUNTED = {"l2": lambda n: n, "l1": lambda n: max(60, n) + 24,
           "l3": lambda n: n - 14}


def paced(sent, came, rate, counted):
    """How much later than a queue of that rate would have it packets came;
    and the last one's share of the time that it took"""
    late, free, begin = [], 0, min(s[0][0] for s in sent.values())
    for i in sorted(sent):
        now, _, length = sent[i][0]
        free = max(free, now - begin) + counted(length) * 8 * S / rate
        late.append(came[i][0][0] - begin - free)
    return late, late[-1] / free


def rates(line):
    """A rate is exact, from the slowest to the fastest"""
    frames = [line.frame(LAB.flow(), n) for n in SIZES]
    mean = sum(SIZES) / len(SIZES)
    for rate in (128e3, 1e6, 10e6, 100e6, 1e9, 10e9, 40e9):
        n = int(min(4 * rate / 8, 20e6) / mean)
        with LAB.link(rate=int(rate), queue_time=15 * S) as link:
            line.forget()
            line.send(n, 0, frames=frames)
            sent, came, order = line.collect(5)
            ctr = link.counters()
        name = f"rate {rate / 1e6:g} Mbit/s"
        if len(came) < n:
            ok(f"{name}: all packets came", False, f"{len(came)} of {n}")
            continue
        late, part = paced(sent, came, rate, COUNTED["l2"])
        print(f"# {name}: {n} packets, {100 * part:+.4f} %, {min(late):.0f} to"
              f" {max(late):.0f} ns late")
        ok(f"{name}: within 0.1 % of the wire's bytes", abs(part) < .001)
        # a byte's price is rounded to 2^-20 ns
        ok(f"{name}: each packet in its turn, to the microsecond",
           min(late) > -2 - 2e-5 * n * mean * 8 * S / rate and
           max(late) < LATE and order == list(range(n)),
           f"{min(late)} to {max(late)} ns late")
        ok(f"{name}: bytes are counted",
           ctr["bytes"] == ctr["out_bytes"] ==
           sum(len(frames[i % len(frames)]) for i in range(n)) and
           ctr["packets"] == ctr["out_packets"] == n, f"{ctr}")
    for overhead, counted in COUNTED.items():
        with LAB.link(rate=10000000, queue_time=15 * S,
                      overhead=overhead) as link:
            line.forget()
            line.send(400, 0, frames=frames)
            sent, came, _ = line.collect(1)
            ctr = link.counters()
        late, part = paced(sent, came, 10e6, counted)
        ok(f"overhead {overhead}: each packet in its turn",
           -10 < min(late) and max(late) < LATE,
           f"{min(late)} to {max(late)} ns late, {100 * part} %")
        ok(f"overhead {overhead}: its bytes are counted",
           ctr["bytes"] == 100 * sum(counted(n) for n in SIZES), f"{ctr}")


def queues(line):
    """A queue's limit is kept to the packet"""
    for name, words in (("bytes", {"queue_bytes": 10000}),
                        ("time", {"queue_time": 80 * MS})):
        with LAB.link(rate=1000000, **words) as link:
            line.forget()
            port = LAB.flow()
            line.send(100, port, size=1000)
            time.sleep(.0085)
            line.send(5, port, size=1000, first=100)
            time.sleep(1)
            # what is not full is not empty: the last bytes fit as well
            line.send(9, port, size=1000, first=200)
            line.send(2, port, size=500, first=300)
            line.send(1, port, size=60, first=400)
            order = line.collect(1)[2]
            ctr = link.counters()
        ok(f"queue in {name}: ten packets of a thousand bytes, and no more",
           [n for n in order if n < 100] == list(range(10)), f"{order}")
        ok(f"queue in {name}: one more when one is gone",
           [n for n in order if 100 <= n < 200] == [100], f"{order}")
        ok(f"queue in {name}: filled to the last byte",
           [n for n in order if n >= 200] == [*range(200, 209), 300, 301],
           f"{order}")
        ok(f"queue in {name}: the others are counted",
           ctr["queue_drops"] == 95 and ctr["packets"] == 117, f"{ctr}")
    with LAB.link(rate=1000000, queue_bytes=10000, delay=5 * S):
        line.forget()
        for i in range(3):
            line.send(10, LAB.flow(), size=1000, first=10 * i)
            time.sleep(.1)
        ok("queue: what is on the wire takes no room in it",
           line.collect(6)[2] == list(range(30)))
    with LAB.link(rate=10000000, delay=100 * MS):
        line.forget()
        line.send(400, LAB.flow(), size=1000)
        order = line.collect(2)[2]
        ok("queue auto: twice the delay and 20 ms",
           order == list(range(275)), f"{order}")
    with LAB.link(rate=128000):
        line.forget()
        line.send(100, LAB.flow(), size=1514)
        order = line.collect(4)[2]
        ok("queue auto: at least 32 frames", order == list(range(32)),
           f"{order}")


def marks(line):
    """Congestion is marked from the threshold on"""
    for name, words in (("bytes", {"ecn_bytes": 5000}),
                        ("time", {"ecn_time": 40 * MS})):
        for tos, what in ((1, "ECT(1)"), (2, "ECT(0)"), (0, "not ECT")):
            with LAB.link(rate=1000000, **words) as link:
                line.forget()
                frame = line.frame(LAB.flow(), 1000, tos=tos)
                line.send(20, 0, frames=[frame])
                sent, came, order = line.collect(1)
                ctr = link.counters()
            # what starts to be sent more than 40 ms after it came
            now = [came[i][0][1][15] for i in order]
            want = [tos] * 6 + [3 if tos else 0] * 14
            ok(f"ECN in {name}: {what} is marked beyond the threshold"
               if tos else f"ECN in {name}: {what} stays", now == want,
               f"{now}")
            good = all(checksum(came[i][0][1][14:34]) == 0 for i in order)
            ok(f"ECN in {name}: {what}: the header's checksum is right",
               good and len(order) == 20)
            ok(f"ECN in {name}: {what}: counted",
               ctr["marked"] == (14 if tos else 0), f"{ctr['marked']}")


def checksum(data):
    """0 if it is right"""
    total = sum(data[i] << 8 | data[i + 1] for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def traces(line):
    """Delivery opportunities of 1504 bytes each take the place of a rate"""
    with LAB.link(trace="0,10,10,25", trace_period=30, overhead="l3",
                  queue_time=10 * S):
        line.forget()
        line.send(8, LAB.flow(), size=1514)
        sent, came, order = line.collect(1)
        src, dst = LAB.end[:2]
        empty = eth(dst[1], src[1], 0x88b5, b"")
        nic = Nic(dst[0], "eth0")
        Nic(src[0], "eth0").send(empty)
        ok("trace: a frame of which no byte counts passes",
           nic.expect(lambda f: f == empty))
    # four bytes are left of each; the begin of a trace is its first packet's
    at = [(came[i][0][0] - sent[0][0][0]) for i in order]
    want = [t * MS for t in (0, 10, 10, 25, 30, 40, 40, 55)]
    ok("trace: each packet takes its opportunity, over and over",
       len(at) == 8 and all(0 <= a - w < LATE for a, w in zip(at, want)),
       f"{at}")


# ---- ways

def bottlenecks(line):
    """Shared by packets, added along a path"""
    other = LAB.line(2, 3, 1 << 13)
    n, rate = 500, 10e6
    with LAB.link(id=9, name="core", tenant=1, rate=int(rate),
                  queue_time=10 * S) as core:
        with LAB.link(id=1, from_=1, to=2, path=9), \
                LAB.link(id=2, from_=3, to=4, path=9):
            line.forget()
            other.forget()
            ports = LAB.flow(), LAB.flow()
            for i in range(n):
                line.send(1, ports[0], size=1000, first=i)
                other.send(1, ports[1], size=1000, first=i)
            sent, came, order = line.collect(3)
            sent2, came2, order2 = other.collect(0)
        ctr = core.counters()
    ok("bottleneck: two pairs' packets all pass",
       order == order2 == list(range(n)) and ctr["packets"] == 2 * n,
       f"{len(order)} {len(order2)} {ctr['packets']}")
    both = {2 * i: c for i, c in came.items()}
    both |= {2 * i + 1: c for i, c in came2.items()}
    sent = {2 * i: c for i, c in sent.items()} | \
        {2 * i + 1: c for i, c in sent2.items()}
    late, part = paced(sent, both, rate, COUNTED["l2"])
    ok("bottleneck: they share its rate, packet by packet",
       -10 < min(late) and max(late) < LATE and abs(part) < .001,
       f"{min(late)} to {max(late)} ns late")
    other.close()
    delays_ = (1 * MS, 20 * MS, 300 * MS)
    hops = [LAB.link(id=10 + i, name=f"hop{i}", tenant=1, delay=d)
            for i, d in enumerate(delays_)]
    with LAB.link(delay=4 * S, path=[10, 11, 12]) as link:
        line.forget()
        line.send(100, LAB.flow())
        found = line.delays(5)
        late = [d[0] - sum(delays_) - 4 * S for d in found.values()]
        ok("path of three bottlenecks: delays add up",
           len(late) == 100 and 0 <= min(late) and max(late) < LATE,
           f"{len(late)} {late[:9]}")
        ok("path of three bottlenecks: each has counted",
           [h.counters()["out_packets"] for h in hops] == [100] * 3)
        link.set(path=0)
        line.send(100, LAB.flow())
        late = [d[0] - 4 * S for d in line.delays(5).values()]
        ok("path: taken away, it counts no more",
           len(late) == 100 and 0 <= min(late) and max(late) < LATE,
           f"{late[:9]}")
        link.set(path=[12, 10])
        line.send(10, LAB.flow())
        late = [d[0] - 4301 * MS for d in line.delays(5).values()]
        ok("path: another one in place",
           len(late) == 10 and 0 <= min(late) and max(late) < LATE,
           f"{late[:9]}")
    for hop in hops:
        hop.delete()


def exact(name, line, delay, **words):
    """10 packets take just that delay"""
    line.forget()
    line.send(10, LAB.flow() if "frames" not in words else 0, **words)
    late = [d[0] - delay for d in line.delays(delay / S + .1).values()]
    ok(name, len(late) == 10 and 0 <= min(late) and
       max(late) < (LATE if delay else 1), f"{len(late)} {late}")


def ways(line):
    """Which links a packet meets"""
    with LAB.link(id=1, from_=1, delay=1 * MS), \
            LAB.link(id=2, from_=1, to=2, delay=20 * MS), \
            LAB.link(id=3, to=2, delay=300 * MS):
        exact("from, pair and to: delays add up", line, 321 * MS)
        back = LAB.line(1, 0, 1 << 13)
        exact("from, pair and to: not the other way", back, 0)
        other = LAB.line(0, 2, 1 << 13)
        exact("from: to others too", other, 1 * MS)
        back.close()
        other.close()
        other = LAB.line(2, 1, 1 << 13)
        exact("to: from others too", other, 300 * MS)
        other.close()
    with LAB.link(id=1, from_=1, delay=10 * MS):
        told = subprocess.run(
            ["ip", "netns", "exec", LAB.end[0][0], "ping", "-c3", "-i.2", "-q",
             "198.51.100.1"], capture_output=True, text=True, check=False)
        rtt = told.stdout.rpartition(" = ")[2].split("/")
        ok("from: an answer of the router is as late",
           len(rtt) > 2 and 10 <= float(rtt[0]) <= float(rtt[2]) < 10.01,
           told.stdout)
    over = LAB.line(0, 4, 1 << 13)
    words = ({"from_": 1}, {"from_": 1, "to": 12}, {"to": 12}, {"from_": 21},
             {"from_": 21, "to": 5}, {"to": 5})
    links = [LAB.link(id=i + 1, delay=(1 << i) * MS, **w)
             for i, w in enumerate(words)]
    exact("patch ports: their links are met as others", over, 63 * MS)
    for link in links[::2]:
        link.set(delay=0)
    exact("patch ports: and some of them alone", over, (2 + 8 + 32) * MS)
    for link in links:
        link.delete()
    over.close()
    port = LAB.flow()
    scope = {"from_": 1, "to": 2}
    with LAB.link(id=1, scope=1, delay=1 * MS,
                  filter=f"proto=17,sport={port}", **scope):
        exact("filter: what fits none passes", line, 0)
        with LAB.link(id=3, scope=3, delay=3 * MS, **scope), \
                LAB.link(id=2, scope=2, delay=2 * MS, **scope,
                         filter="dst=198.51.100.12/32") as second:
            exact("filter: the lowest scope that fits", line, 1 * MS,
                  frames=[line.frame(port, 100)])
            exact("filter: by address", line, 2 * MS)
            second.set(filter="dst=198.51.100.13/32,dport=9")
            exact("filter: set in place; the last one takes all", line, 3 * MS)
            second.set(filter="dst=198.51.100.0/24,dport=9")
            exact("filter: by prefix and port", line, 2 * MS)


def changes(line):
    """In place, and none is lost"""
    n = 2000
    with LAB.link(delay=50 * MS) as link:
        line.forget()
        port = LAB.flow()
        for i in range(n):
            line.send(1, port, first=i)
            link.set(delay=50 * MS + i % 100 * US)
        found = line.delays(1)
        # the first one saw what was set at first
        late = [d[0] - 50 * MS - (i - 1) % 100 * US * (i > 0)
                for i, d in found.items()]
        ok("set: each packet has what was set before it, none is lost",
           len(found) == n and 0 <= min(late) and max(late) < LATE,
           f"{len(found)} of {n}, {min(late)} to {max(late)} ns")
        line.send(10, port)
        link.set(delay=0)
        late = [d[0] - (50 * MS + (n - 1) % 100 * US)
                for d in line.delays(1).values()]
        ok("set: what is held keeps its time",
           len(late) == 10 and 0 <= min(late) and max(late) < LATE, f"{late}")
    line.forget()
    link = LAB.link(delay=500 * MS)
    line.send(10, LAB.flow())
    link.delete()
    late = [d[0] - 500 * MS for d in line.delays(1).values()]
    ok("del: packets that it holds go on",
       len(late) == 10 and 0 <= min(late) and max(late) < LATE, f"{late}")


def main():
    """Run what is named behind the namespaces, or all"""
    line = LAB.line()
    for part in (delays, jitters, rates, queues, marks, traces, bottlenecks,
                 ways, changes):
        part(line)


if __name__ == "__main__":
    main()
