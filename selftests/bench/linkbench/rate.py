# SPDX-License-Identifier: GPL-2.0-or-later
"""How true a link's rate is"""

import time

from .host import enter, read
from .sender import Sender
from .sides import Netem, Ours
from .table import ROUNDS, SECONDS, Tsv, median, plot, tell


def part():
    """The part"""
    size = 1514
    tsv = Tsv("rate", "set", "round", "side", "got", "error")
    med = Tsv("rate-median", "set", "links_error", "netem_error")
    sides = [Ours(1), Netem(1)]

    def now(side):
        enter(side.rx)
        line = [v for v in read("/proc/net/dev").splitlines() if "r0:" in v][0]
        enter(None)
        return int(line.split(":")[1].split()[1]), time.monotonic_ns()

    def packets(side):
        """Arrived so far, when the last of them has just done so"""
        first, begin = last, at = now(side)
        while last == first and at - begin < 10 ** 9:
            last, at = now(side)
        return last, at

    for bits in 10 ** 6, 10 ** 7, 10 ** 8, 10 ** 9:
        got = {s.name: [] for s in sides}
        for i in range(ROUNDS):
            for side in sides[::-1 if i % 2 else 1]:
                side.rate(bits)
                n = bits // 8 // size
                sender = Sender(side.tx, side.device, 1, size=size)
                sender.start(n * (2 * SECONDS + 2))
                time.sleep(.5)
                n, begin = packets(side)
                time.sleep(SECONDS)
                after, end = packets(side)
                sender.stop()
                time.sleep(SECONDS + 2)
                is_rate = (after - n) * size * 8e9 / (end - begin)
                got[side.name].append(is_rate / bits - 1)
                tsv.add(bits, i + 1, side.name, f"{is_rate:.0f}",
                        f"{got[side.name][-1]:.6f}")
        ours, peer = (median(got[s.name]) for s in sides)
        med.add(bits, f"{100 * abs(ours):.5f}", f"{100 * abs(peer):.5f}")
        tell("rate", f"{bits / 1e6:.0f} Mbit/s, error", f"{ours:+.3%}",
             f"{peer:+.3%}")
    for side in sides:
        side.remove()
    plot("rate-error", f"""
set title 'Error of a rate'
set logscale x
set xlabel 'bit/s'
set ylabel '%'
set yrange [0:]
plot '{med.path}' using 1:2 with linespoints title 'links', \\
 '' using 1:3 with linespoints title 'netem'""")
