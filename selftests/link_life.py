#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic for link_life.sh

    link_life.py datagrams ADDRESS N [zerocopy]   by a socket of this namespace
    link_life.py flood H VM...            frames among all VMs, until killed
    link_life.py changes H VM...          of links, while packets pass
    link_life.py overload H A B           packets that are due all at once
"""
import os
import socket
import sys
import time

from wire import MS, Lab, ok


def datagrams(address, count, zerocopy=None):
    """Send N of them"""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flags = 0
    if zerocopy:
        sock.setsockopt(socket.SOL_SOCKET, 60, 1)   # SO_ZEROCOPY
        flags = 0x4000000
    for i in range(int(count)):
        sock.sendto(b"%01000d" % i, flags, (address, 9))


def flood(host, *vms):
    """Send as long as there are devices"""
    lab = Lab(host, vms)
    lines = [lab.line(i, j, 1) for i in range(len(vms))
             for j in range(len(vms)) if i != j]
    frames = [[line.frame(4321 + k, 600) for k in range(5)] for line in lines]
    while True:
        for line, some in zip(lines, frames):
            try:
                line.send(50, 0, frames=some, numbered=False)
            except OSError:
                pass
        time.sleep(.001)


def changes(host, *vms):
    """100 links, of which that of the packets is one, changed in messages of
    100 changes"""
    lab = Lab(host, vms)
    line = lab.line()
    words = [["id", str(i + 1), "from", "1", "to", "2", "scope", str(i)]
             for i in range(100)]
    lab.fab.write("link", "new", *words)
    total, each = (2000, 20) if os.environ.get("NSFAB_SLOW") == "1" else \
        (20000, 100)
    pid = os.fork()
    if not pid:
        lab = Lab(host, vms)
        for k in range(total // 100):
            lab.fab.write("link", "set", *(
                ["id", str(i + 1), "delay", str((k % 50 + 1) * 100000),
                 "rate", str((k % 7 + 1) * 10 ** 9)] for i in range(100)))
            time.sleep(.0001)
        os._exit(0)
    begin = time.monotonic()
    port, n = lab.flow(), 0
    while True:
        ended, _, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        line.send(each, port, first=n)
        n += each
        time.sleep(.001)
    took = time.monotonic() - begin
    sent, came, order = line.collect(1)
    cpu = usage.ru_utime + usage.ru_stime
    print(f"# {total / took:.0f} changes/s, {n} packets meanwhile; "
          f"{total / cpu:.0f} changes/s of CPU time")
    ok("changes in place: no packet is lost, none comes twice",
       len(came) == len(order) == len(sent) == n,
       f"{len(came)} of {n}, {len(order)}")
    # by their own time: what else the machine does is none of the fabric's
    slow = os.environ.get("NSFAB_SLOW") == "1"
    ok("changes in place: 10,000 a second" + " (not asked for here)" * slow,
       slow or total / cpu >= 10000, f"{total / cpu:.0f}")
    lab.fab.write("link", "del", *(w[:2] for w in words))
    line.close()


def overload(host, *vms):
    """Tens of thousands are due at one instant, by a trace"""
    lab = Lab(host, vms)
    line = lab.line(slots=1)
    link = lab.link(trace=",".join(["1500"] * 10000), trace_period=4000)
    line.send(60000, lab.flow(), size=1200)
    time.sleep(3.5)
    found = link.counters()
    print(f"# {found['out_packets']} left, the last one "
          f"{found['late_max'] / MS:.1f} ms late")


if __name__ == "__main__":
    {"datagrams": datagrams, "flood": flood, "changes": changes,
     "overload": overload}[sys.argv[1]](*sys.argv[2:])
