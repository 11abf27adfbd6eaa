#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""traffic.py NETNS...: from eth0 of each, frames to all VMs of lifecycle.sh,
to the router and to everybody, until killed"""
import sys

from raw import (ARP, BROADCAST, IP, UDP, Nic, arp, echo, eth, ip4, udp)

VMS = {i: (f"06:6e:00:00:00:0{i}", f"198.51.100.1{i}") for i in (1, 2, 3)}
ROUTER = "02:6e:73:00:00:64"


def frames(mac, addr):
    """From one VM"""
    for hw, dst in VMS.values():
        yield eth(hw, mac, IP, ip4(addr, dst, UDP, udp(addr, dst, 1, 2,
                                                       bytes(1000))))
        yield eth(hw, mac, IP, echo(addr, dst))
        yield eth(BROADCAST, mac, ARP, arp(1, mac, addr, "00:00:00:00:00:00",
                                           dst))
    yield eth(ROUTER, mac, IP, echo(addr, "198.51.100.1"))
    yield eth(ROUTER, mac, IP, echo(addr, "203.0.113.1"))
    yield eth(BROADCAST, mac, IP, ip4(addr, "255.255.255.255", UDP, udp(
        addr, "255.255.255.255", 1, 2)))


def main():
    """Send"""
    nics = []
    for ns in sys.argv[1:]:
        try:
            nics.append(Nic(ns, "eth0"))
        except OSError:
            pass
    todo = [(nic, list(frames(*VMS["abc".index(nic.netns.split("-")[1]) + 1])))
            for nic in nics]
    while todo:
        for nic, some in todo:
            for frame in some:
                nic.send(frame)
            try:
                nic.pending()
            except OSError:     # its device went down
                pass


if __name__ == "__main__":
    main()
