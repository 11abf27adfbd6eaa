#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""link_draws.py H A B C D: what befalls packets on links; see link_draws.sh"""
import math
import os
import select
import signal
import socket
import struct
import sys
import time

from raw import inside, one_cpu, wait, wait_more, wait_quiet
from wire import (MAGIC, MS, OTHERS_PORT, S, Lab, Z, binomial, ok, runs, share,
                  within)

LAB = Lab(sys.argv[1], sys.argv[2:])
SLOW = os.environ.get("NSFAB_SLOW", "0") != "0"
N = 20000 if SLOW else 100000


def through(line, n, port, **words):
    """Numbers of the packets that were lost; they are sent a few at a time"""
    got = set()
    line.forget()
    for first in range(0, n, 10000):
        line.send(min(10000, n - first), port, first=first, **words)
        got |= set(line.collect(.05)[1])
    got |= set(line.rest()[1])
    return sorted(set(range(n)) - got)


# ---- loss

def expected(chain, loss):
    """Of a chain, matrix and each state's probability of loss: the rate of
    loss, its deviation times the root of n, how likely a run of losses begins"""
    states = range(len(loss))

    def times(vector):
        return [sum(vector[i] * chain[i][j] for i in states) for j in states]
    p = [1 / len(loss)] * len(loss)
    for _ in range(20000):
        p = times(p)
    rate = sum(p[i] * loss[i] for i in states)
    begin = sum(a * b for a, b in zip(
        times([p[i] * (1 - loss[i]) for i in states]), loss))
    variance, vector = rate * (1 - rate), [p[i] * loss[i] for i in states]
    for _ in range(20000):
        vector = times(vector)
        variance += 2 * (sum(vector[i] * loss[i] for i in states) - rate ** 2)
    return rate, math.sqrt(variance), begin


def spread(found, expect):
    """Mean of some lengths, and its deviation, which is not below that of
    lengths without a memory"""
    n = len(found)
    mean = sum(found) / n
    return mean, math.sqrt(max(sum((x - mean) ** 2 for x in found) / n,
                               expect * (expect - 1)) / n)


def judge(name, lost, n, chain, loss):
    """Rate and lengths of runs"""
    rate, dev, begin = expected(chain, loss)
    ok(f"loss {name}: rate", within(len(lost), n * rate, dev * math.sqrt(n)),
       f"{len(lost) / n} instead of {rate}")
    mean, err = spread(runs(lost), rate / begin)
    ok(f"loss {name}: lengths of runs", abs(mean - rate / begin) <= Z * err,
       f"{mean} instead of {rate / begin}, uncertain by {err}")
    kept = runs(sorted(set(range(n)) - set(lost)))
    gap, err = spread(kept, (1 - rate) / begin)
    ok(f"loss {name}: lengths between", abs(gap - (1 - rate) / begin) <=
       Z * err, f"{gap} instead of {(1 - rate) / begin}, uncertain by {err}")
    print(f"# {name}: lost {len(lost) / n:.5f} ({rate:.5f}), runs of "
          f"{mean:.3f} ({rate / begin:.3f}), {gap:.2f} ({(1-rate)/begin:.2f})")


def losses(line):
    """Each model's rate, and lengths of runs"""
    for p in (.001, .02, .3):
        with LAB.link(loss_model="random", loss=share(p), seed=3) as link:
            lost = through(line, N, LAB.flow())
            counted = link.counters()["lost"]
        judge(f"random {p}", lost, N, [[1]], [p])
        ok(f"loss random {p}: counted", counted == len(lost),
           f"{counted} {len(lost)}")
    for p, want in ((1, N // 10), (0, 0)):
        with LAB.link(loss_model="random", loss=share(p)):
            ok(f"loss random {p}: all or none",
               len(through(line, N // 10, LAB.flow())) == want)
    for name, (p, r, bad, good) in (("gilbert", (.01, .25, 1, 0)),
                                    ("gilbert-elliott", (.01, .1, .7, .005))):
        with LAB.link(loss_model="gilbert", seed=5,
                      loss=[share(x) for x in (p, r, bad, good)]):
            lost = through(line, N, LAB.flow())
        judge(name, lost, N, [[1 - p, p], [r, 1 - r]], [good, bad])
    p13, p31, p32, p23, p14 = .02, .2, .3, .4, .005
    with LAB.link(loss_model="markov", seed=5,
                  loss=[share(x) for x in (p13, p31, p32, p23, p14)]):
        lost = through(line, N, LAB.flow())
    judge("4-state", lost, N, [
        [1 - p13 - p14, 0, p13, p14], [0, 1 - p23, p23, 0],
        [p31, p32, 1 - p31 - p32, 0], [1, 0, 0, 0]], [0, 0, 1, 1])
    nth = [1, 2, 5, 100, 1001, 4000]
    with LAB.link(loss_model="nth", loss_nth=nth):
        lost = through(line, 4000, LAB.flow())
        again = through(line, 4000, LAB.flow())
    ok("loss nth: just these, of each flow",
       lost == again == [i - 1 for i in nth], f"{lost} {again}")


# ---- the other misfortunes

def drain(sock):
    """The datagrams that a socket has; it may have had wrong ones"""
    found = []
    while select.select([sock], [], [], 0)[0]:
        try:
            found.append(sock.recv(1000, socket.MSG_DONTWAIT))
        except BlockingIOError:
            pass
    return found


def duplicates(line):
    """Sent twice"""
    n = N // 5
    with LAB.link(duplicate=share(.05), seed=2) as link:
        line.forget()
        line.send(n, LAB.flow())
        sent, came, order = line.rest()
        ctr = link.counters()
    twice = [i for i, c in came.items() if len(c) == 2]
    ok("duplicate: rate", binomial(len(twice), n, .05),
       f"{len(twice)} of {n}")
    ok("duplicate: all come once or twice, as they were",
       len(came) == n and len(order) == n + len(twice) and
       all(c[1] == sent[i][0][1] for i, cs in came.items() for c in cs))
    ok("duplicate: counted", ctr["duplicated"] == len(twice) and
       ctr["out_packets"] == len(order), f"{ctr}")


def corruption(line):
    """One bit, and whoever receives it sees that it is wrong"""
    n = N // 10
    sock = inside(LAB.end[1][0], socket.socket, socket.AF_INET,
                  socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)     # SO_RCVBUFFORCE
    sock.bind(("", 9))
    frame = line.frame(LAB.flow(), 150, full=True)
    with LAB.link(corrupt=share(.1), seed=2) as link:
        line.forget()
        line.send(n, 0, frames=[frame], numbered=False)
        frames = []

        def arrived():
            # without the neighbours' own probes
            frames.extend(f for _, f, _ in line.came.take()
                          if f[:14] == frame[:14])
            return len(frames) >= n
        wait_more(arrived)
        ctr = link.counters()
    wrong = [f for f in frames if f != frame]
    bits = [int.from_bytes(f, "big") ^ int.from_bytes(frame, "big")
            for f in wrong]
    ok("corrupt: rate", binomial(ctr["corrupted"], n, .1),
       f"{ctr['corrupted']} of {n}")
    ok("corrupt: one bit, behind the Ethernet header",
       len(wrong) > n // 20 and all(
           b & (b - 1) == 0 and b.bit_length() <= 8 * (150 - 14)
           for b in bits), f"{len(wrong)} {[b.bit_length() for b in bits]}")
    ok("corrupt: bits are spread",
       len({b.bit_length() for b in bits}) > 500 * len(wrong) / 1100 / 2)
    heard = drain(sock)
    ok("corrupt: no stack takes one of them",
       len(heard) == n - ctr["corrupted"] and
       all(data == frame[42:] for data in heard),
       f"{len(heard)} of {n}, {ctr['corrupted']} corrupted")
    # a sender's stack leaves the checksum to the device
    sender = inside(LAB.end[0][0], socket.socket, socket.AF_INET,
                    socket.SOCK_DGRAM)
    sender.connect((LAB.end[1][2], 9))
    # so that no datagram has to wait for the neighbour's MAC
    sender.send(b"first")
    wait(lambda: drain(sock))
    heard = []
    with LAB.link(corrupt=share(.5), seed=2) as link:
        for i in range(1000):
            sender.send(b"%0100d" % i)
        wait(lambda: link.counters()["packets"] >= 1000)
        ctr = link.counters()

    def enough():
        heard.extend(drain(sock))
        return len(heard) >= 1000 - ctr["corrupted"]
    wait_more(enough)
    ok("corrupt: nor one of a sender that leaves the checksum to its device",
       len(heard) == 1000 - ctr["corrupted"] and
       all(len(h) == 100 and h.isdigit() for h in heard),
       f"{len(heard)} of 1000, {ctr['corrupted']} corrupted")
    sender.close()
    sock.close()


def reorders(line):
    """Sent ahead, without delay and jitter"""
    n = N // 5
    with LAB.link(reorder=share(.1), delay=5 * S, jitter=MS, seed=2) as link:
        line.forget()
        line.send(n, LAB.flow())
        wait(lambda: not link.counters()["held"], 60)
        sent, came, order = line.rest()
        ctr = link.counters()
    # a held one is not before its time, however late it is looked for
    early = {i for i, copies in came.items()
             if copies[0][0] - sent[i][0][0] < 4 * S}
    ok("reorder: rate", binomial(len(early), n, .1) and
       ctr["reordered"] == len(early), f"{len(early)} of {n}, {ctr}")
    first = [i for i in order if i in early]
    last = [i for i in order if i not in early]
    ok("reorder: the others follow, none is lost",
       len(came) == len(order) == n and first == sorted(first) and
       last == sorted(last))


# ---- determinism

# The first of 5000 packets that a 5-tuple's flow loses, with seed 7: on any
# machine and kernel
KNOWN = {"random": [87, 88, 89, 113, 131, 139, 141, 147, 157, 159, 191, 217],
         "gilbert": [87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98]}
MODELS = {"random": {"loss_model": "random", "loss": share(.05)},
          "gilbert": {"loss_model": "gilbert", "loss": [
              share(x) for x in (.02, .3, 1, 0)]}}
PORT = 777


def again(line):
    """The list of one flow's lost packets, from its begin"""
    LAB.fab.flush()
    return through(line, 5000, PORT)


def flood():
    """Other traffic over the same link and elsewhere; in a child"""
    os.sched_setaffinity(0, range(os.cpu_count()))
    lines = [LAB.line(0, 1, 1), LAB.line(2, 3, 1), LAB.line(2, 1, 1)]
    frames = [line.frame(4321 + i, 800, dport=OTHERS_PORT)
              for i, line in enumerate(lines)]
    while True:
        for line, frame in zip(lines, frames):
            line.send(20, 0, frames=[frame], numbered=False)
        time.sleep(.0005)


def determinism(line):
    """The same packets, whatever else happens"""
    for name, words in MODELS.items():
        with LAB.link(seed=7, **words) as link:
            first = again(line)
            ok(f"determinism {name}: the same ones again",
               len(first) > 100 and again(line) == first)
            before = link.counters()["packets"]
            pid = os.fork()
            if not pid:
                try:
                    flood()
                finally:
                    os._exit(1)
            wait(lambda: link.counters()["packets"] > before + 20)
            ok(f"determinism {name}: with other traffic",
               again(line) == first)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            with LAB.link(id=5, from_=3, to=4, delay=MS) as other, \
                    LAB.link(id=6, from_=1, delay=MS) as before:
                one = again(line)
                other.set(seed=8, loss_model="random", loss=share(.5))
                before.set(seed=8, delay=0)
                ok(f"determinism {name}: beside other links, and their change",
                   one == first and again(line) == first)
        with LAB.link(id=99, seed=7, **words) as link:
            ok(f"determinism {name}: made anew", again(line) == first)
            link.set(seed=8)
            other = again(line)
            ok(f"determinism {name}: another seed, others",
               len(other) > 100 and other != first and
               len(set(other) & set(first)) < len(first) / 2)
            link.set(seed=7)
            ok(f"determinism {name}: the seed back", again(line) == first)
        ok(f"determinism {name}: on any machine",
           first[:12] == KNOWN[name], f"{first[:12]}")


# ---- segmented frames

UDP_SEGMENT = 103
EACH, SIZE = 60, 1000


class Datagrams:
    """Numbered ones between two stacks, EACH in a frame"""

    def __init__(self, sport):
        self.sender = inside(LAB.end[0][0], socket.socket, socket.AF_INET,
                             socket.SOCK_DGRAM)
        self.sender.bind(("", sport))
        self.sender.connect((LAB.end[1][2], 9))
        self.sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SIZE)
        self.sender.setsockopt(socket.SOL_SOCKET, 32, 1 << 24)
        self.sock = inside(LAB.end[1][0], socket.socket, socket.AF_INET,
                           socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
        self.sock.bind(("", 9))
        self.sock.setblocking(False)
        # so that none has to wait for the neighbour's MAC
        self.sender.send(b"first")
        wait(lambda: drain(self.sock))

    def lost(self, frames):
        """Send; numbers of those that did not come"""
        got = set()
        drain(self.sock)
        for f in range(frames):
            self.sender.send(b"".join(
                (MAGIC + struct.pack(">I", f * EACH + i)).ljust(SIZE, b"\0")
                for i in range(EACH)))
            if f % 20 == 19:
                self.hear(got)
        wait_quiet(lambda: self.hear(got))
        return sorted(set(range(frames * EACH)) - got)

    def hear(self, got):
        """Add the numbers that have come; were there any?"""
        found = drain(self.sock)
        got.update(struct.unpack_from(">I", data, 4)[0] for data in found)
        return found

    def close(self):
        """Free"""
        self.sender.close()
        self.sock.close()


def segments(line):
    """Draws are for packets on the wire"""
    frames = 100 if SLOW else 300
    words = {"loss_model": "random", "loss": share(.01), "seed": 7}
    pair = Datagrams(PORT)
    with LAB.link(**words) as link:
        LAB.fab.flush()
        lost = pair.lost(frames)
        ctr = link.counters()
        n = frames * EACH
        ok("segments: the rate of loss is that of packets",
           binomial(len(lost), n, .01) and ctr["lost"] == len(lost) and
           ctr["packets"] == n, f"{len(lost)} of {n}, {ctr}")
        cut = len({i // EACH for i in lost})
        ok("segments: frames of which none is lost stay whole",
           ctr["segmented"] == cut < frames,
           f"{ctr['segmented']} instead of {cut}")
        LAB.fab.flush()
        alone = through(line, n, PORT)
        ok("segments: the same ones are lost as of packets sent alone",
           alone == lost, f"{alone[:20]} {lost[:20]}")
    for name, cut, words in (
            ("delay", 0, {"delay": MS}), ("10 Gbit/s", 0, {"rate": 10 ** 10}),
            ("100 Mbit/s", 20, {"rate": 10 ** 8, "queue_time": 10 * S}),
            ("jitter", 20, {"jitter": MS}), ("a queue without room", 20,
             {"rate": 10 ** 10, "queue_bytes": 3 * 1042})):
        with LAB.link(**words) as link:
            lost = pair.lost(20)
            ctr = link.counters()
        ok(f"segments: {name}: {'cut' if cut else 'whole'}",
           ctr["segmented"] == cut and ctr["packets"] == 20 * EACH,
           f"{ctr['segmented']} {ctr['packets']}")
    ok("segments: of the first frame as many come as the queue has room for",
       lost[:EACH - 3] == list(range(3, EACH)), f"{lost[:EACH]}")
    pair.close()


def main():
    """Run all"""
    one_cpu()
    line = LAB.line()
    for part in (losses, duplicates, corruption, reorders, determinism,
                 segments):
        part(line)


if __name__ == "__main__":
    main()
