# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time of a packet that meets no link"""

import os
import statistics
import sys

from .cost import busy
from .host import run
from .sender import Sender
from .sides import Ours
from .table import PACKETS, ROUNDS, Tsv, median, tell

WITH_LINKS, NO_LINKS = "uml", "uml-no-links"


def load(build):
    """The module of one build in place of the one that is loaded"""
    run("rmmod", "nsfab")
    run("insmod", f"build/{build}/nsfab.ko")


def part():
    """The part"""
    tsv = Tsv("idle", "round", "build_without_ns", "no_link_ns",
              "link_elsewhere_ns")
    if not os.path.exists(f"build/{NO_LINKS}/nsfab.ko"):
        print("links: no build without links (make bench-links makes it)",
              file=sys.stderr)
        return

    def measure(has):
        side = Ours(2)
        if has:
            side.family.do("link-new", [("link", [
                ("to", 2), ("delay", 1000000)])])
        sender = Sender(side.tx, side.device, 1)
        busy(side, sender, .05, 0)
        best = min(busy(side, sender, PACKETS / 1e6, 0)[0] for _ in range(2))
        sender.leave()
        side.remove()
        return best

    got = []
    for i in range(20 * ROUNDS):
        line = {}
        for which in (0, 1, 2) if i % 2 else (2, 1, 0):
            load(WITH_LINKS if which else NO_LINKS)
            line[which] = measure(which == 2)
        got.append(line)
        tsv.add(i + 1, *(f"{line[w]:.1f}" for w in range(3)))
    load(WITH_LINKS)
    without, no_link, elsewhere = (median([g[w] for g in got])
                                   for w in range(3))
    ratio = statistics.median([g[1] / g[0] for g in got])
    tell("idle", "no link | build without links", f"{no_link:.0f} ns/packet",
         f"{without:.0f} ns/packet", f"{1 / ratio:.3f}x",
         f"{100 * (ratio - 1):+.1f} %, at most 1: "
         + ("yes" if ratio <= 1.01 else "NO"))
    tell("idle", "a link elsewhere | no link", f"{elsewhere:.0f} ns/packet",
         f"{no_link:.0f} ns/packet",
         f"{statistics.median([g[1] / g[2] for g in got]):.3f}x")
