# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time of a packet"""

import statistics
import sys
import time

from .host import read
from .sender import Sender
from .sides import Alone, Bridged, Netem, Ours, Plain
from .table import PACKETS, ROUNDS, Tsv, env, median, plot, tell


BRIDGED, = env("BRIDGED", 0)


def spread(count, mean):
    """Half to one and a half times the mean"""
    return [int(mean * (.5 + i / (count - 1) if count > 1 else 1))
            for i in range(count)]


def idle():
    """Nanoseconds that the only CPU had nothing to do"""
    return float(read("/proc/uptime").split()[1]) * 1e9


def busy(side, sender, seconds, delay):
    """Nanoseconds of CPU that each packet takes on its whole way, sending for
    so long, and which share of them was lost"""
    base = side.arrived()
    before, begin = idle(), time.monotonic_ns()
    sender.start()
    time.sleep(seconds)
    sent = sender.stop()
    time.sleep(1.6 * delay / 1e9)
    # A softirq that is behind has not done its work yet.
    for _ in range(400):
        last = idle()
        time.sleep(.05)
        if idle() - last > 25e6:
            break
    took = time.monotonic_ns() - begin - (idle() - before)
    for _ in range(50):
        lost = 1 - (side.arrived() - base) / max(sent, 1)
        if lost <= 0:
            break
        time.sleep(.05)
    return took / max(sent, 1), lost


def ns_per_packet(side, count, delay, speed, packets):
    """Likewise, with this mean delay, None for none, at a known speed"""
    if delay:
        side.delay(spread(count, delay))
    sender = Sender(side.tx, side.device, count)
    return busy(side, sender, packets * speed / 1e9, delay or 0)


def in_turns(sides, measure, note):
    """Of the sides, which take turns, by name: medians; of the last one's ratio
    to each; what each one lost at most"""
    got = {s.name: [] for s in sides}
    for i in range(ROUNDS):
        for side in sides[::-1 if i % 2 else 1]:
            value = measure(side)
            got[side.name].append(value)
            note(i + 1, side.name, f"{value[0]:.0f}", f"{value[1]:.4f}")
    peer = got[sides[-1].name]
    return {n: median([v[0] for v in values]) for n, values in got.items()}, \
        {n: median([p[0] / v[0] for p, v in zip(peer, values)])
         for n, values in got.items()}, \
        {n: max(v[1] for v in values) for n, values in got.items()}


def less(ours, peer, what):
    """What is left of both, and the ratio, 0 if unknown"""
    left = [max(ours, 1), max(peer, 1)]
    text = f"{what} {left[0]:.0f} and {left[1]:.0f} ns"
    # Less than a tenth of a microsecond is noise.
    if min(left) < 100:
        return text, 0
    ratio = left[1] / left[0]
    return text + f", {ratio:.1f}x", ratio


def says(ratio):
    """Is it as good as it is to be?"""
    return "yes" if ratio >= 3 else "NO"


class Rows:
    """The rows of one number of links"""

    def __init__(self, count, tsv):
        self.count, self.tsv, self.bare, self.sides = count, tsv, None, []
        for kind in Ours, Plain, Bridged if BRIDGED else Netem:
            begin = time.monotonic()
            self.sides.append(kind(count))
            print(f"links: {count} {kind.name} in "
                  f"{time.monotonic() - begin:.1f} s", file=sys.stderr)
        side = Alone(count)
        sender = Sender(side.tx, side.device, 1, way=False)
        got = [busy(side, sender, PACKETS / 1e6, 0)[0] for _ in range(ROUNDS)]
        side.remove()
        self.alone = median(got)
        for i, value in enumerate(got):
            tsv.add(count, side.name, i + 1, side.name, f"{value:.0f}", "0")
        tell("cost", f"{count} links, {side.name}",
             f"{self.alone:.0f} ns/packet", f"{self.alone:.0f} ns/packet")
        self.bare = self.add("none set", lambda side: ns_per_packet(
            side, count, None, 2000, PACKETS))
        self.speed = {s.name: ns_per_packet(s, count, 2000000, 2000, PACKETS)[0]
                      for s in self.sides}

    def add(self, what, measure):
        """Measure and tell; what each side takes, by its name"""
        values, ratios, lost = in_turns(
            self.sides, measure, lambda *v: self.tsv.add(self.count, what, *v))
        for side in self.sides[:-1]:
            label = f"{self.count} links, {what}"
            self.tell(f"{label}, plain" if side is not self.sides[0] else label,
                      side.name, values, ratios, lost)
        return values

    def tell(self, label, name, values, ratios, lost):
        """Tell of one of our sides, and of the peer"""
        peer = self.sides[-1].name
        text, way = less(values[name] - self.alone, values[peer] - self.alone,
                         "way")
        verdict = [text]
        if self.bare:
            text, link = less(values[name] - self.bare[name],
                              values[peer] - self.bare[peer], "link")
            verdict.append(text)
            if self.count >= 1000:
                verdict.append(f"at least 3: link {says(link)}, way {says(way)}, "
                               f"whole {says(ratios[name])}")
        if max(lost[name], lost[peer]) > .001:
            verdict.append(f"LOST {lost[name]:.1%}, {lost[peer]:.1%}")
        tell("cost", label, f"{values[name]:.0f} ns/packet",
             f"{values[peer]:.0f} ns/packet", f"{ratios[name]:.2f}x",
             "; ".join(verdict))

    def delayed(self, delay):
        """A row with this mean delay"""
        self.add(f"{delay / 1e6:g} ms each", lambda side: ns_per_packet(
            side, self.count, delay, self.speed[side.name],
            max(PACKETS, 3 * delay / self.speed[side.name])))

    def queued(self, n):
        """A row with so many packets held; what each side takes"""
        return self.add(f"{n} queued", lambda side: ns_per_packet(
            side, self.count, n * self.speed[side.name],
            self.speed[side.name], max(PACKETS, 3 * n)))

    def remove(self):
        """All sides"""
        for side in self.sides:
            side.remove()


def part():
    """The part"""
    tsv = Tsv("cost", "links", "what", "round", "side", "ns", "lost")
    med = Tsv("cost-median", "links", "queued", "links_ns", "plain_ns",
              "peer_ns", "ratio", "plain_ratio")
    queued = env("QUEUED", "10,10000,100000")
    for count in env("COST", "1,1000,10000"):
        rows = Rows(count, tsv)
        for delay in 10 ** 5, 10 ** 7:
            rows.delayed(delay)
        for n in queued:
            ours, plain, peer = rows.queued(n).values()
            med.add(count, n, f"{ours:.0f}", f"{plain:.0f}", f"{peer:.0f}",
                    f"{peer / ours:.2f}", f"{peer / plain:.2f}")
        rows.remove()
    words = " ".join(map(str, queued))
    plot("cost", f"""
set title 'Time per 64-byte packet, sent, held and delivered'
set logscale x
set xlabel 'links'
set ylabel 'ns'
set yrange [0:]
plot for [q in '{words}'] '{med.path}' using ($2 == q+0 ? $1 : NaN):3 \\
  with linespoints title 'links, '.q.' queued', \\
 for [q in '{words}'] '{med.path}' using ($2 == q+0 ? $1 : NaN):4 \\
  with linespoints dt 3 title 'plain, '.q.' queued', \\
 for [q in '{words}'] '{med.path}' using ($2 == q+0 ? $1 : NaN):5 \\
  with linespoints dt 2 title '{rows.sides[-1].name}, '.q.' queued'""")
