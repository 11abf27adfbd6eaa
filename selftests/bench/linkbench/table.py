# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings, rows of the table, files of figures, plots"""

import os
import statistics
import subprocess
import sys

OUT = "out/bench"


def env(name, default):
    """A number, or numbers with commas between"""
    return [int(v) for v in
            os.environ.get("NSFAB_LINKS_" + name, str(default)).split(",")]


ROUNDS, = env("ROUNDS", 3)
SECONDS, = env("SECONDS", 1)
PACKETS, = env("PACKETS", 200000)


def median(values):
    """The median, of the lower ones if there are two"""
    return statistics.median_low(values)


def tell(part, what, ours, peer="", ratio="", verdict=""):
    """A row of the table"""
    print(f"{part:<9}{what:<38} {ours:>22} {peer:>22} {ratio:>7}  {verdict}",
          flush=True)


class Tsv:
    """A file of figures"""

    def __init__(self, name, *columns):
        self.path = f"{OUT}/links-{name}.tsv"
        with open(self.path, "w", encoding="ascii") as out:
            print(*columns, sep="\t", file=out)

    def add(self, *values):
        """A line of it"""
        with open(self.path, "a", encoding="ascii") as out:
            print(*values, sep="\t", file=out)


def plot(name, commands):
    """An SVG, if there is gnuplot"""
    script = f"set term svg size 800,500 background 'white'\n" \
        f"set output '{OUT}/links-{name}.svg'\nset datafile sep tab\n" \
        f"set grid\nset key outside bottom horizontal\n{commands}\n"
    try:
        done = subprocess.run(["gnuplot"], input=script, text=True,
                              capture_output=True, check=False)
    except FileNotFoundError:
        print("links: no gnuplot: no plots (scripts/deps bench)",
              file=sys.stderr)
        return
    if done.returncode:
        print(f"links: gnuplot: {done.stderr}", file=sys.stderr)
