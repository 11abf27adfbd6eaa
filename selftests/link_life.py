#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic for link_life.sh

    link_life.py datagrams ADDRESS N [zerocopy]   by a socket of this namespace
    link_life.py flood H VM...            frames among all VMs, until killed
    link_life.py going H A B C D [last]   ports and namespaces, while packets are
                                          held; status 3 for once more
    link_life.py changes H VM...          of links, while packets pass
    link_life.py overload H A B           packets that are due all at once
    link_life.py rebinding H A B C        a port bound anew while a link to it
                                          holds packets
"""
import os
import socket
import statistics
import struct
import subprocess
import sys
import time

import nl
from raw import IP, Nic, echo, enter, eth, inside, wait, wait_more
from wire import S, MS, Lab, ok


def datagrams(address, count, zerocopy=None):
    """Send N of them"""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flags = 0
    if zerocopy:
        sock.setsockopt(socket.SOL_SOCKET, 60, 1)   # SO_ZEROCOPY
        flags = 0x4000000
    for i in range(int(count)):
        sock.sendto(b"%01000d" % i, flags, (address, 9))


def here(name):
    """Is there such a device?"""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def going(host, *vms):
    """Ports and their namespaces go, which device w-a tells of a, and so on. In
    one process, to be done while packets are held."""
    last = vms[-1] == "last"
    a, b, c, d = vms[:4]
    enter(host)
    lab, results = Lab(host, (a, b, c, d)), []
    begin = time.monotonic()
    end = begin + 14

    def soon(what):
        return wait(what, end - time.monotonic())

    def judge(name, good, meanwhile=False):
        results.append((name, good, meanwhile, time.monotonic() > end))

    def held(number):
        return next(link["counters"]["held"] for link in lab.fab.get("link")
                    if link["id"] == number)

    def leave(port, netns, dev):
        lab.fab.write("port", "del", ["id", str(port)])
        subprocess.run(["ip", "netns", "del", netns], check=True)
        return soon(lambda: not here(dev))

    for number, words in enumerate(({"from_": 1, "to": 2}, {"from_": 3},
                                    {"from_": 1, "to": 4}), 1):
        lab.link(id=number, delay=16 * S, **words)
    for netns, to, *words in (a, b, 100), (a, d, 7), (a, d, 7, True), \
            (c, b, 50):
        inside(netns, datagrams, dict((e[0], e[2]) for e in lab.end)[to],
               *words)
    judge("packets are held", soon(
        lambda: [held(n) for n in (1, 2, 3)] == [100, 50, 14]), True)
    judge("the port that they come from goes: so does its namespace",
          leave(3, c, "w-c"))
    judge("the port that they go to goes: so does its namespace",
          leave(2, b, "w-b"))
    judge("what was on its way to others is still held", held(3) == 14, True)
    judge("the sender goes with packets on their way to another: its "
          "namespace, too", leave(1, a, "w-a"))
    judge("links of ports that are gone are, too", not lab.fab.get("link"))
    judge("what they hold goes on", lab.fab.booked() == 14, True)
    lab.fab.write("port", "del", ["id", "4"])
    judge("and is in no book once its port is gone, too",
          soon(lambda: not lab.fab.booked()))
    late = time.monotonic() > end
    if late and not last:
        sys.exit(3)
    for name, good, meanwhile, late in results:
        if late and meanwhile and not good:
            print(f"skip {name}: this machine takes longer than they are held")
        else:
            ok(name, good)
    print(f"# that took {time.monotonic() - begin:.1f} s")


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
    told, tell = os.pipe()
    pid = os.fork()
    if not pid:
        lab, times = Lab(host, vms), []
        for k in range(total // 100):
            begin = time.process_time()
            lab.fab.write("link", "set", *(
                ["id", str(i + 1), "delay", str((k % 50 + 1) * 100000),
                 "rate", str((k % 7 + 1) * 10 ** 9)] for i in range(100)))
            times.append(time.process_time() - begin)
            time.sleep(.0001)
        # a machine that stands still lets the CPU's time go on
        os.write(tell, struct.pack("d", statistics.median(times)))
        os._exit(0)
    begin = time.monotonic()
    port, n = lab.flow(), 0
    while os.waitpid(pid, os.WNOHANG)[0] != pid:
        line.send(each, port, first=n)
        n += each
        time.sleep(.001)
    took = time.monotonic() - begin
    sent, came, order = line.rest()
    cpu, = struct.unpack("d", os.read(told, 8))
    rate = 100 / max(cpu, 1e-6)
    print(f"# {total / took:.0f} changes/s, {n} packets meanwhile; "
          f"{rate:.0f} changes/s of CPU time")
    ok("changes in place: no packet is lost, none comes twice",
       len(came) == len(order) == len(sent) == n,
       f"{len(came)} of {n}, {len(order)}")
    # by their own time: what else the machine does is none of the fabric's
    slow = os.environ.get("NSFAB_SLOW") == "1"
    ok("changes in place: 10,000 a second" + " (not asked for here)" * slow,
       slow or rate >= 10000, f"{rate:.0f}")
    lab.fab.write("link", "del", *(w[:2] for w in words))
    line.close()


def overload(host, *vms):
    """Tens of thousands are due at one instant, by a trace"""
    lab = Lab(host, vms)
    line = lab.line(slots=1)
    link = lab.link(trace=",".join(["1500"] * 10000), trace_period=4000)
    line.send(60000, lab.flow(), size=1200)
    wait(lambda: link.counters()["out_packets"] >= 10000, 20)
    found = link.counters()
    print(f"# {found['out_packets']} left, the last one "
          f"{found['late_max'] / MS:.1f} ms late")


# How a port is bound while packets to it are held; where they are afterwards
BOUND = {
    "none": (["binding", "none"], "unbound"),
    "parked": (["binding", "parked"], "parked"),
    "stub": (["binding", "stub"], "a"),
    "netdev": (None, "b"),
    "patch": (["binding", "patch", "peer", "60"], "c"),
}


def rebinding(host, *vms):
    """What is on its way meets the binding that it finds"""
    lab, n, dst = Lab(host, vms), 200, "06:00:00:00:00:50"
    ends = dict(zip("abc", vms))
    delays = (8, 16) if os.environ.get("NSFAB_SLOW") == "1" else (2, 8, 16)

    def script(*lines):
        subprocess.run([nl.__file__], check=True, text=True, input="\n".join(
            [f"in {host}", "use fab0", *lines, ""]))

    enter(host)
    a = Nic(vms[0], "eth0")
    script("network new tenant 1 id 2 name behind",
           "port new id 60 network 2 name in",
           f"port new id 61 network 2 name out mac {dst}",
           f"dev late1 port 61 in {ends['c']}")
    subprocess.run(["ip", "-n", ends["c"], "link", "set", "late1", "up"],
                   check=True)
    c = Nic(ends["c"], "late1")
    for name, (how, where) in BOUND.items():
        # Bound anew while all are held: longer if that took too long.
        for delay in delays:
            lab.fab.write("port", "new", [
                "id", "50", "network", "1", "name", "p50", "mac", dst,
                "address", "198.51.100.50"])
            link = lab.link(to=50, delay=delay * S)
            for i in range(n):
                a.send(eth(dst, lab.end[0][1], IP, echo(
                    lab.end[0][2], "198.51.100.50", seq=i)))
            before = lab.fab.drops(where)
            nics = {"a": a, "c": c}
            if how:
                lab.fab.write("port", "set", ["id", "50", *how])
            else:
                nl.add_link("late0", "nsfab_port", {}, nl.link_data(
                    "IFLA_NSFAB_PORT_", {"id": "50"}), ends["b"],
                    socket.if_nametoindex("fab0"))
                subprocess.run(["ip", "-n", ends["b"], "link", "set", "late0",
                                "up"], check=True)
                nics["b"] = Nic(ends["b"], "late0")
            for nic in nics.values():
                nic.pending()
            if link.counters()["held"] == n or delay == delays[-1]:
                break
            link.delete()
            lab.fab.write("port", "del", ["id", "50"])
            wait(lambda: not lab.fab.booked())
            if where == "b":
                subprocess.run(["ip", "-n", ends["b"], "link", "del", "late0"],
                               check=True)
        wait(lambda: not link.counters()["held"])
        came = dict.fromkeys([*nics, where], 0)

        def arrived():
            for key, nic in nics.items():
                came[key] += sum(f[23] == 1 for f in nic.pending())
            if where not in nics:
                came[where] = lab.fab.drops(where) - before
            return came[where] >= n
        wait_more(arrived)
        link.delete()
        ok(f"what is held finds the port's binding changed: {name}",
           came.pop(where) == n and not any(came.values()), where, came)
        lab.fab.write("port", "del", ["id", "50"])
    lab.fab.write("port", "del", ["id", "60"], ["id", "61"])


if __name__ == "__main__":
    {"datagrams": datagrams, "flood": flood, "going": going, "changes": changes,
     "overload": overload, "rebinding": rebinding}[sys.argv[1]](*sys.argv[2:])
