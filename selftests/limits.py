#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""limits.py HOST VM NETWORK: flows fill their table, and are charged to the
memory control group of who made the tenant; see limits.sh"""
import os
import subprocess
import sys

import nl
from raw import IP, UDP, Nic, enter, eth, ip4, udp, wait

HOST, VM, NETWORK = sys.argv[1:]
SLOW = os.environ.get("NSFAB_SLOW") == "1"
FLOWS = 2000 if SLOW else 20000
GROUP = f"/sys/fs/cgroup/{HOST}"


def report(name, good, *why):
    """Report"""
    print("ok" if good else "not ok", name)
    if not good:
        print("#", *why)


def charged():
    """Bytes of kernel memory"""
    with open(f"{GROUP}/memory.stat", encoding="ascii") as f:
        return dict(line.split() for line in f)["slab"]


def tenant(fab):
    """The tenant of the test"""
    return next(t for t in fab.get("tenant") if t["id"] == 9)


def flows(fab):
    """count, limit, refused"""
    u = nl.usage(tenant(fab), "flow")
    return u["count"], u["limit"], u["refused"]


def group_is_gone():
    """Once nothing is charged to it any more"""
    try:
        os.rmdir(GROUP)
    except OSError:
        return False
    return True


def main():
    """Run"""
    enter(HOST)
    fab = nl.Fabric("fab0")
    memory = os.path.exists("/sys/fs/cgroup/memory.stat") and \
        "memory" in open("/sys/fs/cgroup/cgroup.subtree_control",
                         encoding="ascii").read()
    fab.write("tenant", "del", ["id", "4"])
    make = "tenant new id 9 name charged max-flows %d ; " \
        "network new tenant 9 id 99 name net" % FLOWS
    if memory:
        os.mkdir(GROUP)
    # the tenant is made by a process of the group, frames come from others
    subprocess.run(["sh", "-c", (f"echo $$ >{GROUP}/cgroup.procs; "
                                 if memory else "") +
                    f"exec {os.path.dirname(os.path.abspath(__file__))}/nl.py "
                    f"'in {HOST} ; use fab0 ; {make}'"], check=True)
    fab.write("port", "new", ["id", "900", "network", "99", "name", "vm",
                              "address", "198.51.100.11"])
    nl.add_link("eth0", "nsfab_port", {}, nl.link_data(
        "IFLA_NSFAB_PORT_", {"id": "900"}), VM,
        nl.socket.if_nametoindex("fab0"))
    subprocess.run(["ip", "-n", VM, "link", "set", "eth0", "up"], check=True)
    nic = Nic(VM, "eth0")
    hw = nl.mac("06:6e:00:00:03:84").hex(":")
    before = int(charged()) if memory else 0
    for i in range(FLOWS + 100):
        nic.send(eth("06:00:00:00:00:77", hw, IP, ip4(
            "198.51.100.11", f"198.18.{i >> 8 & 255}.{i & 255}", UDP,
            udp("198.51.100.11", "198.18.0.1", 1000 + (i >> 16), 9))))
    count, limit, refused = flows(fab)
    full = {m["kind"]: m["packets"] for m in tenant(fab)["miss"]}.get("full", 0)
    report("flows: no more than the limit", count == limit == FLOWS,
           count, limit)
    report("flows: refusals are counted, and as misses",
           refused == full == 100, refused, full)
    name = "flows are charged to who made the tenant"
    if not memory:
        print(f"skip {name}: no memory control group here")
    else:
        # the kernel adds up each CPU's share when it finds the time
        report(name, wait(lambda: int(charged()) - before >= FLOWS * 256, 20),
               f"{int(charged()) - before} bytes for {FLOWS} flows")
    fab.flush("tenant", "9")
    report("flows: flushed, the table is empty",
           wait(lambda: not flows(fab)[0], 20), flows(fab))
    fab.write("tenant", "del", ["id", "9"])
    if memory:
        wait(group_is_gone, 20)


if __name__ == "__main__":
    main()
