# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compared: links of a fabric, and netem on veth"""

import os
import struct

from nlraw import F_CREATE, F_EXCL, Family, Raw, Socket, ip, mac, pack
from .host import NETNS, RX0, TX, colons, hw, namespace, run
from .sender import arrivals, arrived

STUB, HELD, UNGUARDED = 2, 4 << 20, 1


def new_ports(family, first, count, network=1, **more):
    """Ports of one network: id, MAC and address by their number"""
    more = [(k.replace("_", "-"), v) for k, v in more.items()]
    for at in range(first, first + count, 500):
        family.do("port-new", [("port", [
            ("id", i), ("network", network), ("mac", hw(RX0 + i)),
            ("address", (0x0a000000 + i).to_bytes(4, "big")), *more])
            for i in range(at, min(at + 500, first + count))])


def device_of(link, port, name, netns, fabric):
    """A port's device, up"""
    fd = os.open(NETNS + netns, os.O_RDONLY)
    info = Raw(1, b"nsfab_port\0").pack() + Raw(
        0x8002, pack("port-device", [("id", port)])).pack()
    link.ask(16, struct.pack("BxHiII", 0, 0, 0, 1, 1) +
             Raw(3, name.encode() + b"\0").pack() +
             Raw(5, struct.pack("I", fabric)).pack() +
             Raw(28, struct.pack("I", fd)).pack() +
             Raw(0x8012, info).pack(), F_CREATE | F_EXCL)
    os.close(fd)


class Ours:
    """A tenant of a fabric; its sender is port 1000000"""
    name, tenant, sender = "links", (), ()

    def __init__(self, count, stub=False):
        self.count, self.delays = count, None
        self.fabric = f"{self.name}{count}"
        self.tx, self.device = f"{self.fabric}-tx", "eth0"
        self.rx = f"{self.fabric}-rx"
        run("netctl", "fabric", "add", self.fabric)
        self.family = Family(self.fabric)
        self.family.do("tenant-new", [("tenant", [
            ("id", 1), ("name", "bench"), ("max-held", HELD),
            ("max-held-bytes", HELD << 10), *self.tenant])])
        self.family.do("network-new", [("network", [
            ("id", 1), ("name", "lan"), ("tenant", 1),
            ("subnet", [("address", ip("10.0.0.0")), ("prefixlen", 8)])])])
        new_ports(self.family, 1, count, **({"binding": STUB} if stub else {}))
        self.family.do("port-new", [("port", [
            ("id", 1000000), ("network", 1), ("mac", mac(TX)),
            ("address", ip("10.255.0.1")), *self.sender])])
        link = Socket(0)
        namespace(self.tx)
        device_of(link, 1000000, "eth0", self.tx, self.family.ifindex)
        if not stub:
            namespace(self.rx)
            for i in range(count):
                device_of(link, i + 1, f"r{i}", self.rx, self.family.ifindex)
            arrivals(self.rx)

    def set(self, *attrs_of):
        """The links' attributes, a list for each"""
        op = "link-set" if self.delays else "link-new"
        self.delays = True
        for at in range(0, self.count, 500):
            self.family.do(op, [("link", [
                ("to", i + 1), *attrs_of[i]])
                for i in range(at, min(at + 500, self.count))])

    def delay(self, delays):
        """A delay for each, in nanoseconds"""
        self.set(*([("delay", d)] for d in delays))

    def rate(self, bits):
        """The rate of the only link"""
        self.set([("rate", bits), ("queue-bytes", 1 << 30)])

    def arrived(self):
        """Packets so far"""
        return arrived(self.rx)

    def remove(self):
        """All of it"""
        run("ip", "link", "del", self.fabric)
        for name in self.tx, self.rx:
            run("ip", "netns", "del", name, check=False)


class Plain(Ours):
    """Without what netem on veth has not: flow accounting, anti-spoofing"""
    name, tenant, sender = "plain", (("accounting", 0),), (("flags", UNGUARDED),)


class Netem:
    """A veth pair for each link, netem on it, chosen by MAC"""
    name = "netem"

    def __init__(self, count):
        self.count, self.verb = count, "add"
        self.tx, self.device = f"{self.name}{count}-tx", "eth0"
        self.rx, self.host = f"{self.name}{count}-rx", f"{self.name}{count}"
        for name in self.tx, self.rx, self.host:
            namespace(name)
        run("ip", "-n", self.host, "-b", "-", text="".join(
            f"link add v{i} up type veth peer name r{i} netns {self.rx} "
            f"address {colons(i)}\n"
            for i in range(count)) +
            f"link add in0 up type veth peer name eth0 netns {self.tx}\n")
        run("ip", "-n", self.rx, "-b", "-", text="".join(
            f"link set r{i} up\n" for i in range(count)))
        run("ip", "-n", self.tx, "link", "set", "eth0", "up")
        arrivals(self.rx)
        self.choose()

    def choose(self):
        """Let one hash table lead from the sender to all"""
        run("tc", "-n", self.host, "-b", "-", text="qdisc add dev in0 clsact\n" +
            "".join(f"filter add dev in0 ingress pref 1 protocol ip flower "
                    f"dst_mac {colons(i)} action mirred egress redirect dev v{i}\n"
                    for i in range(self.count)))

    def set(self, words):
        """netem's words for each"""
        run("tc", "-n", self.host, "-b", "-", text="".join(
            f"qdisc {self.verb} dev v{i} root netem limit 2000000 {words[i]}\n"
            for i in range(self.count)))
        self.verb = "change"

    def delay(self, delays):
        """A delay for each, in nanoseconds"""
        self.set([f"delay {d // 1000}us" for d in delays])

    def rate(self, bits):
        """The rate of the only one"""
        self.set([f"rate {bits}bit"])

    def arrived(self):
        """Packets so far"""
        return arrived(self.rx)

    def remove(self):
        """All of it"""
        for name in self.host, self.tx, self.rx:
            run("ip", "netns", "del", name)


class Bridged(Netem):
    """The same behind a bridge, as emulators wire it; behind a bridge of
    bridges if there are more than one has ports for"""
    name, ports = "bridged", 1000

    def choose(self):
        """Let bridges lead from the sender to all, without learning"""
        count, ports = self.count, self.ports
        leaves = range(-(-count // ports))
        top = "b0" if len(leaves) == 1 else "top"
        links = "".join(f"link add b{j} up type bridge\n" for j in leaves)
        known = "".join(f"fdb add {colons(i)} dev v{i} master static\n"
                        for i in range(count))
        if top == "top":
            links += "link add top up type bridge\n" + "".join(
                f"link add d{j} up master top type veth peer name u{j}\n"
                f"link set u{j} up master b{j}\n" for j in leaves)
            known += "".join(
                f"fdb add {colons(i)} dev d{i // ports} master static\n"
                for i in range(count))
        links += "".join(f"link set v{i} master b{i // ports}\n"
                         for i in range(count)) + f"link set in0 master {top}\n"
        run("ip", "-n", self.host, "-b", "-", text=links)
        run("bridge", "-n", self.host, "-b", "-", text=known)


class Alone:
    """No way at all: what is sent arrives at once at one receiver's device"""
    name = "no way"

    def __init__(self, count):
        self.tx, self.device = f"alone{count}", "eth0"
        namespace(self.tx)
        run("ip", "-n", self.tx, "link", "add", "eth0", "up", "address",
            colons(0), "type", "dummy")
        arrivals(self.tx)

    def arrived(self):
        """Packets so far"""
        return arrived(self.tx)

    def remove(self):
        """All of it"""
        run("ip", "netns", "del", self.tx)
