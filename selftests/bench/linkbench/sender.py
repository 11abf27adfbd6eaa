# SPDX-License-Identifier: GPL-2.0-or-later
"""pktgen, and a rule that counts what has arrived"""

import json
import threading
import time

from .host import colons, enter, read, run, write


class Sender:
    """pktgen on one device; to count MACs and addresses in turn. Without a
    way it is the device that has received what is sent."""

    def __init__(self, netns, device, count, size=60, pps=0, way=True):
        self.netns, self.device, self.child = netns, device, None
        dst = 0x0a000001
        words = [f"count {0}", f"pkt_size {size}", "clone_skb 0", "delay 0",
                 "src_min 10.255.0.1", "src_max 10.255.0.1",
                 f"dst_min {dotted(dst)}", f"dst_max {dotted(dst + count - 1)}",
                 f"dst_mac {colons(0)}",
                 "udp_src_min 9", "udp_src_max 9", "udp_dst_min 9",
                 "udp_dst_max 9"]
        # It counts from 0 to this number.
        if count > 1:
            words.append(f"dst_mac_count {count - 1 if count > 2 else 2}")
        if not way:
            words.append("xmit_mode netif_receive")
        if pps:
            words.append(f"ratep {pps}")
        enter(netns)
        write("/proc/net/pktgen/kpktgend_0", "rem_device_all")
        write("/proc/net/pktgen/kpktgend_0", "add_device " + device)
        for word in words:
            write("/proc/net/pktgen/" + device, word)
        enter(None)

    def start(self, packets=0):
        """Send so many, or until stop(), which is to be called anyway: pktgen
        would spin until the last packet is freed"""
        enter(self.netns)
        write("/proc/net/pktgen/" + self.device, f"count {packets}")
        # A thread, for a process would be time that is measured; it stays in
        # this namespace.
        self.child = threading.Thread(
            target=write, args=("/proc/thread-self/net/pktgen/pgctrl", "start"))
        self.child.start()
        # A stop that came first would be for nothing.
        while self.child.is_alive() and f"Running: {self.device}" not in \
                read("/proc/net/pktgen/kpktgend_0"):
            time.sleep(.001)
        enter(None)

    def leave(self):
        """Let go of the device"""
        enter(self.netns)
        write("/proc/net/pktgen/kpktgend_0", "rem_device_all")
        enter(None)

    def sent(self):
        """How many packets so far"""
        enter(self.netns)
        text = read("/proc/net/pktgen/" + self.device)
        enter(None)
        return int(text.split("pkts-sofar:")[1].split()[0])

    def stop(self):
        """Stop; how many were sent"""
        enter(self.netns)
        write("/proc/net/pktgen/pgctrl", "stop")
        self.child.join()
        enter(None)
        return self.sent()


def dotted(number):
    """An IPv4 address"""
    return ".".join(str(b) for b in number.to_bytes(4, "big"))


def arrivals(netns):
    """A rule that drops and counts what comes from any device"""
    run("ip", "netns", "exec", netns, "nft", "-f", "-", text="""
        table ip arrivals {
            chain arrive {
                type filter hook prerouting priority raw;
                counter drop
            }
        }""")


def arrived(netns):
    """How many packets it has dropped"""
    out = json.loads(run("ip", "netns", "exec", netns, "nft", "-j", "list",
                         "table", "ip", "arrivals"))
    return next(word["counter"]["packets"] for item in out["nftables"]
                for word in item.get("rule", {}).get("expr", [])
                if "counter" in word)
