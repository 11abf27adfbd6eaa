#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile_links.py HOST A B USERS: packets that try to stay on links for ever, to
keep the CPU or memory, or to outlive their ports; see hostile_links.sh"""
import fcntl
import os
import socket
import struct
import subprocess
import sys
import time

import nl
from raw import (BROADCAST, ICMP6, IP, IP6, TCP, UDP, Nic, Segmented, echo,
                 enter, eth, icmp6, ip4, ip6, tcp, udp, wait, wait_more)

HOST, A, B, USERS = sys.argv[1:5]
MAC = {"a": "06:00:00:00:00:01", "b": "06:00:00:00:00:02"}
CIRCLE = "06:00:00:00:00:88"
STUB = "06:00:00:00:00:90"
ROUTER = "06:00:00:00:00:91"
KEPT, GONE = "198.51.100.90", "198.51.100.91"       # of STUB, of nobody
PAGE = 32768            # that the kernel cuts what is sent from
count = 0


def ok(name, good, *why):
    """Report"""
    print("ok" if good else "not ok", name)
    if not good:
        print("#", *why)


def data(dst):
    """A frame of A that cannot be mistaken for another one"""
    global count
    count += 1
    return eth(dst, MAC["a"], IP, ip4("198.51.100.9", "198.51.100.200", UDP, udp(
        "198.51.100.9", "198.51.100.200", 1, 2, b"%06d" % count)))


def at_rest(fab):
    """Does no link hold anything? What goes from one to another may be on none
    that is being looked at, but not each time."""
    return not any(fab.held() or fab.booked() for _ in range(3))


def times(nic, frame):
    """How often a frame was heard that is to be heard once"""
    found = []

    def heard():
        found.extend(f for f in nic.pending() if f == frame)
        return found
    wait_more(heard)
    return len(found)


def quickly(test, seconds):
    """What a test finds, if it takes less than that; else do it again"""
    for _ in range(4):
        begin = time.monotonic()
        found = test()
        if time.monotonic() < begin + seconds:
            break
    return found


def storms(fab, a, b):
    """Floods that links let go copy by copy"""
    for name, dst in ("a broadcast", BROADCAST), ("an unknown MAC", "06::77"):
        dst = dst.replace("06::", "06:00:00:00:00:")
        frame, before = data(dst), fab.drops("hops")
        a.send(frame)
        ended = wait(lambda: at_rest(fab))
        ok(f"{name} ends, in rings of patches that delay", ended, fab.held())
        ok("each copy but the first to a network is dropped",
           fab.drops("hops") - before < 200, fab.drops("hops") - before)
        heard = times(b, frame)
        ok("who listens hears it once", heard == 1, heard)
        ok("who sends does not", frame not in a.pending())


def many(fab, a, b):
    """More floods at a time than a network might remember, and one whose flow
    begins anew"""
    frames = [data(BROADCAST) for _ in range(300)]
    b.pending()
    for frame in frames:
        a.send(frame)
    wait(lambda: at_rest(fab), 120)
    heard = []

    def all_heard():
        heard.extend(b.pending())
        return len(heard) >= len(frames)
    wait_more(all_heard)
    wrong = {i: n for i, n in enumerate(map(heard.count, frames)) if n != 1}
    ok("many broadcasts at a time are heard once each", not wrong, wrong)
    subprocess.run([nl.__file__], check=True, text=True,
                   input=f"in {HOST}\nuse fab0\nflow del tenant 1\n")
    a.send(frames[0])
    wait(lambda: at_rest(fab))
    again = times(b, frames[0])
    ok("a broadcast of a flow that began anew is heard", again == 1, again)


def circles(fab, a, n):
    """Let n frames go round at a time: seconds that took, 0 if they never end,
    and seconds in which nothing else could run"""
    before = fab.drops("hops")
    frames = [data(CIRCLE) for _ in range(n)]
    for frame in frames:
        a.send(frame)
    start = last = time.monotonic()
    longest = 0
    while last < start + 60:
        time.sleep(.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        if fab.drops("hops") - before >= n:
            return last - start, longest
    return 0, longest


def greed(fab, a):
    """Frames that are due at once, and go round without a delay"""
    for net, port in (1, "14"), (4, "45"), (5, "51"):
        fab.write("fdb", "new", ["network", str(net), "mac", CIRCLE,
                                 "port", port])
    fab.write("link", "new", ["from", "1", "delay", "100000000"])
    # For three seconds, longer than a busy machine stands still; if it does, not
    # each time
    for _ in range(8):
        took, _ = circles(fab, a, 20)
        n = int(min(max(20, 3 / max((took - .1) / 20, .0005)), 3000))
        took, longest = circles(fab, a, n)
        print(f"# {n} circles: {took:.2f} s, others waited {longest:.2f} s")
        if not took or longest < took / 3:
            break
    ok("others run while frames go round in circles",
       took and longest < took / 3, longest, took)


def wide(fab):
    """A frame that claims to be thousands of packets, flooded to many links, each
    of which would cut its copy, all in one go"""
    payload = tcp("198.51.100.9", "198.51.100.200", 1, 2, 0x10, bytes(60000))
    Segmented(A, "eth1", 30).send(eth(
        BROADCAST, "06:00:00:00:00:80", IP, ip4(
            "198.51.100.9", "198.51.100.200", TCP, payload)))
    # each is flooded again behind its link
    wait(lambda: at_rest(fab), 120)
    n = sum(link["counters"]["packets"] for link in fab.get("link")
            if 811 <= int(link["id"]) <= 850)
    ok("a flood makes no more packets than it may make frames",
       7500 <= n <= 65536, n)


def wrong_bits(fab, a):
    """Echo requests without data, of which a link that delays nothing changes a
    bit, perhaps of a length, before a stub answers them"""
    fab.write("port", "new", [
        "id", "90", "network", "1", "mac", STUB, "address", "198.51.100.90",
        "address", "2001:db8::90", "binding", "stub"])
    fab.write("link", "new", ["id", "90", "to", "90", "corrupt", "4294967295"])
    asks = [eth(STUB, MAC["a"], IP, echo("198.51.100.9", "198.51.100.90",
                                         data=b"")),
            eth(STUB, MAC["a"], IP6, echo("2001:db8::9", "2001:db8::90",
                                          data=b""))]
    a.pending()
    for _ in range(2000):
        for ask in asks:
            a.send(ask)
    answers = []
    wait(lambda: at_rest(fab))
    wait(lambda: answers.extend(
        f for f in a.pending() if f[6:12] == asks[0][:6]) or
        len(answers) > 300, 5)
    # of IPv6, no sum covers traffic class, flow label and hop limit: 36 of 384
    good = [eth(MAC["a"], STUB, IP6, ip6(
        "2001:db8::90", "2001:db8::9", ICMP6, icmp6(
            "2001:db8::90", "2001:db8::9", 129, 0, asks[1][-4:], b"")))]
    ok("a stub answers a request with a wrong bit only where no sum covers it",
       100 < len(answers) < 300 and all(f in good for f in answers),
       len(answers), [f.hex() for f in answers if f not in good][:3])
    fab.write("link", "del", ["id", "90"])


def memory(what):
    """A line of /proc/meminfo, in bytes"""
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file
                    if line.startswith(what + ":"))


def open_stub(users):
    """A new stub in place of the one there is, without what was held for it, and
    a link to it"""
    users.write("port", "del", ["id", "2"])
    wait(lambda: not users.booked(), 60)
    users.write("port", "new", ["id", "2", "network", "1", "name", "out",
                                "mac", STUB, "binding", "stub"])
    users.write("link", "new", ["to", "2", "delay", "15000000000"])


def parts():
    """a byte or two of UDP that is sent by parts"""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def one():
        # What goes to nobody uses the rest of the page.
        for addr, data in (KEPT, b"a"), (GONE, bytes(PAGE)):
            sock.sendto(b"a", socket.MSG_MORE, (addr, 9))
            sock.sendto(data, (addr, 9))
    return one


def taps():
    """the head of a short frame of a tap"""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # TUNSETIFF: IFF_TAP, IFF_NO_PI
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tap0", 0x1002))
    for words in (f"link set tap0 address {ROUTER} up",
                  "addr add 192.0.2.2/24 dev tap0"):
        subprocess.run(["ip", *words.split()], check=True)
    kept, gone = (eth(ROUTER, "06:00:00:00:00:94", IP, ip4(
        "192.0.2.1", addr, UDP, udp("192.0.2.1", addr, 1, 2, bytes(size))))
        for addr, size in ((KEPT, 1), (GONE, 3400)))

    def one():
        os.write(fd, kept)
        for _ in range(PAGE // 4096 + 1):
            os.write(fd, gone)
    return one


def pages(users, how, n=1000):
    """Packets of which each would keep a large page for a little of it"""
    name = f"nor whole pages by little of each: {how.__doc__}"
    if how is taps and not os.path.exists("/dev/net/tun"):
        print(f"skip {name}: this kernel has no taps")
        return
    one = how()

    def hold():
        open_stub(users)
        one()
        wait(lambda: users.held())
        free = memory("MemFree")
        for _ in range(n):
            one()
        wait(lambda: users.held() >= n + 1, 1)
        return free - memory("MemFree"), users.held()
    kept, found = quickly(hold, 14)
    ok(name, found == n + 1 and kept < n * PAGE / 3, found, kept)


def hoard(fab, a):
    """Large frames that the fabric in a user's own namespace holds, until there
    is no more room"""
    share = memory("MemTotal") // 16
    enter(USERS)
    users = nl.Fabric("fab0")
    nic = Nic(USERS, "eth0")
    frame = eth(STUB, MAC["a"], IP, ip4("198.51.100.1", "198.51.100.90", UDP, udp(
        "198.51.100.1", "198.51.100.90", 1, 2, bytes(60000))))

    def counters():
        return users.get("link")[0]["counters"]

    def fill():
        open_stub(users)
        for i in range(2 * share // len(frame)):
            nic.send(frame)
            if i % 100 == 99 and counters()["held_drops"]:
                break
        return counters()
    found = quickly(fill, 14)
    ok("a user's own fabric holds a sixteenth of memory at most",
       found["held_drops"] and .85 < found["held_bytes"] / share < 1.05,
       share, found)
    # What is left of such a frame by who forwards it is little but memory.
    short = eth(ROUTER, MAC["a"], IP, ip4(
        "203.0.113.1", "198.51.100.90", UDP, udp(
            "203.0.113.1", "198.51.100.90", 1, 2, b""))) + bytes(60000)
    nic = Nic(A, "v0")

    def fill_short():
        open_stub(users)
        for _ in range(2 * share // len(short)):
            nic.send(short)
        wait(lambda: counters()["held_drops"], 1)
        return counters()
    found = quickly(fill_short, 14)
    ok("nor more of it by short packets in much memory", found["held_drops"] and
       .8 < found["held"] * len(short) / share < 1.05, share, found)
    for how in parts, taps:
        pages(users, how)
    users.write("port", "del", ["id", "2"])
    enter(HOST)
    fab.write("link", "set", ["from", "1", "delay", "10000000000"])
    for _ in range(10):
        a.send(data(MAC["b"]))
    found = []
    wait(lambda: found.append(fab.held()) or found[-1] >= 10, 5)
    dropped = sum(link["counters"]["held_drops"] for link in fab.get("link"))
    ok("and there is room for others'", found[-1] >= 10 and not dropped,
       found[-1], dropped)
    wait(lambda: at_rest(fab))


def orphans(fab, a):
    """Packets to a port that goes away"""
    fab.write("link", "set", ["from", "1", "delay", "15000000000"])
    end = time.monotonic() + 14
    for _ in range(1000):
        a.send(data(MAC["b"]))
    wait(lambda: fab.held() >= 1000, 5)
    before = fab.drops("unbound")
    fab.write("port", "del", ["id", "1"])
    # at once: long before it would have been delivered
    ok("what was on its way from a port that went is dropped at once",
       wait(lambda: fab.drops("unbound") - before == 1000,
            end - time.monotonic()), fab.drops("unbound") - before)


def main():
    """All of it, in the fabric's namespace"""
    a, b = Nic(A, "eth0"), Nic(B, "eth0")
    enter(HOST)
    fab = nl.Fabric("fab0")
    storms(fab, a, b)
    many(fab, a, b)
    greed(fab, a)
    wide(fab)
    wrong_bits(fab, a)
    hoard(fab, a)
    orphans(fab, a)


main()
