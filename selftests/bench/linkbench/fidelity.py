# SPDX-License-Identifier: GPL-2.0-or-later
"""How much later than meant packets leave links"""

import ctypes
import json
import math
import struct
import time

from nlraw import F_DUMP, Family
from .host import LIBC, TCG, run
from .sender import Sender
from .sides import Ours
from .table import ROUNDS, SECONDS, Tsv, env, median, plot, tell


class Timespec(ctypes.Structure):
    """Of clock_nanosleep()"""
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def sleeper(seconds, period=500000):
    """How late a process wakes up that sleeps in the same guest, with no link
    and no traffic, in nanoseconds: root of the mean square, worst"""
    monotonic, absolute = 1, 1
    until, squares, worst, n = time.monotonic_ns(), 0, 0, 0
    end = until + seconds * 10 ** 9
    while until < end:
        until += period
        LIBC.clock_nanosleep(monotonic, absolute, ctypes.byref(
            Timespec(until // 10 ** 9, until % 10 ** 9)), None)
        late = time.monotonic_ns() - until
        squares, worst, n = squares + late ** 2, max(worst, late), n + 1
    return math.sqrt(squares / n), worst


def fidelity(fabric, *words):
    """What netctl fidelity says"""
    return json.loads(run("netctl", "-j", "-f", fabric, "fidelity", "bench",
                          *words, check=False))


def histogram(family, into):
    """Add the links' histograms of lateness"""
    for _, link in family.dump("link-get", [("link", [("tenant", 1)])]):
        for i, n in enumerate(late_of(link["counters"])):
            into[i] = into.get(i, 0) + n


def late_of(counters):
    """The buckets of lateness, by counts in 64 bits"""
    late = counters["late"]
    if isinstance(late, bytes):
        return struct.unpack(f"{len(late) // 8}Q", late)
    return late


def lateness(dump):
    """Packets, the sum of their lateness' squares, the largest one"""
    links = [link["counters"] for body in dump
             for _, link in Family.objects(body)]
    return (sum(c["out-packets"] for c in links),
            sum(c["late-squares"] for c in links),
            max(c["late-max"] for c in links))


def by_windows(side, sender, seconds):
    """[(packets, squares, largest)] of each tenth of a second"""
    window, dumps = 10 ** 8, []
    fidelity(side.fabric, "reset")
    sender.start()
    begin = time.monotonic_ns()
    for i in range(1, seconds * 10 ** 9 // window):
        time.sleep(max(begin + i * window - time.monotonic_ns(), 0) / 1e9)
        # To look into what is read takes longer than to read it.
        side.family.send(side.family.id, side.family.body("link-get", [
            ("filter", [("tenant", 1), ("reset", True)])]), F_DUMP)
        dumps.append([m[2] for messages in side.family.datagrams()
                      for m in messages])
    sender.stop()
    # Programs were started in the first one.
    return [lateness(dump) for dump in dumps[1:]]


def at_once(side):
    """Let all that is sent in a while be due at nearly the same time"""
    end = time.monotonic_ns() + 10 ** 9
    while end - time.monotonic_ns() > 10 ** 8:
        side.delay([end - time.monotonic_ns()] * side.count)


def tell_windows(side, tsv, sender):
    """A row for the windows of time"""
    got = [(math.sqrt(squares / packets), worst) for packets, squares, worst
           in by_windows(side, sender, 4 * ROUNDS * SECONDS) if packets]
    for i, (rms, worst) in enumerate(got):
        tsv.add(side.count, i, f"{rms:.0f}", worst)
    good = sum(rms <= 50000 and worst <= 200000 for rms, worst in got)
    rms, worst = (median([g[i] for g in got]) for i in range(2))
    tell("fidelity", f"{side.count} links, by windows of 0.1 s",
         f"rms {rms / 1e3:.1f} us", f"worst {worst / 1e3:.0f} us",
         f"{(rms / 1e6) ** 2:.4f}",
         f"at most 50 us, 200 us: {good} of {len(got)}")


def part():
    """The part; returns false if what must be INVALID is not"""
    right = True
    rms, worst = sleeper(4 * SECONDS)
    tell("fidelity", "a process that merely sleeps", f"rms {rms / 1e3:.1f} us",
         f"worst {worst / 1e3:.0f} us", f"{(rms / 1e6) ** 2:.4f}",
         "what the machine can do")
    cdf = Tsv("delay-error", "links", "load", "at_most_ns", "share")
    tsv = Tsv("fidelity", "links", "load", "round", "pps", "rms_ns",
              "worst_ns", "verdict")
    windows = Tsv("windows", "links", "window", "rms_ns", "worst_ns")
    kollaps = {1000: .026, 2000: .038, 4000: .072}
    for count in env("FIDELITY", "1000,4000"):
        side = Ours(count, stub=True)
        side.delay([1000000 + 99000000 * i // max(count - 1, 1)
                    for i in range(count)])
        pace, = env("PACE", 1000 if TCG else 8000)
        # To read 4,000 links takes an emulated CPU longer than a window.
        if not TCG:
            tell_windows(side, windows, Sender(side.tx, side.device, count,
                                               pps=pace))
        for load, pps in ("paced", pace), ("at full speed", 0), ("overload", 0):
            hist, got = {}, []
            for i in range(1 if load == "overload" else ROUNDS):
                sender = Sender(side.tx, side.device, count, pps=pps)
                # On a user-mode kernel, to start a program blocks the timer
                # for milliseconds: not while packets are on their way.
                fidelity(side.fabric, "reset")
                sender.start()
                begin = time.monotonic()
                if load == "overload":
                    at_once(side)
                else:
                    time.sleep(2 * SECONDS)
                speed = sender.stop() / (time.monotonic() - begin)
                time.sleep(1.5 if load == "overload" else .3)
                said = fidelity(side.fabric)
                histogram(side.family, hist)
                r = said["run"]
                got.append((r["late_rms_ns"], r["late_max_ns"],
                            speed, said["verdict"]))
                tsv.add(count, load, i + 1, f"{got[-1][2]:.0f}", *got[-1][:2],
                        got[-1][3])
            total, share = sum(hist.values()) or 1, 0
            for i in sorted(hist):
                share += hist[i]
                cdf.add(count, load, 1 << i, share / total)
            rms, worst = median([g[0] for g in got]), max(g[1] for g in got)
            mse = (rms / 1e6) ** 2
            verdicts = [g[3] for g in got]
            said = "/".join(sorted(set(verdicts)))
            if load == "overload":
                # Whatever the machine, it takes longer to send them.
                good = verdicts == ["INVALID"]
                verdict = f"{said}: {'as it must be' if good else 'WRONG'}"
                right &= good
            else:
                least = kollaps.get(count) if pps else None
                verdict = f"netctl: {said}"
                if least:
                    verdict += f"; MSE at most {least}: " + \
                        ("yes" if mse <= least else "NO")
            tell("fidelity", f"{count} links, {load}, "
                 f"{median([int(g[2]) for g in got]) / 1e3:.1f} kpps",
                 f"rms {rms / 1e3:.1f} us",
                 f"worst {worst / 1e3:.0f} us", f"{mse:.4f}", verdict)
        side.remove()
    plot("delay-error", f"""
set title 'How much later than meant packets left'
set logscale x
set xlabel 'at most, ns'
set ylabel 'share of packets'
plot for [n in '{" ".join(map(str, env("FIDELITY", "1000,4000")))}'] \\
 for [l in '"paced" "at full speed" "overload"'] '{cdf.path}' \\
 using ($1 == n+0 && strcol(2) eq l ? $3 : NaN):4 with linespoints title n.' links, '.l""")
    return right
