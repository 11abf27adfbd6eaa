# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest: commands, files, namespaces"""

import ctypes
import os
import subprocess
import sys


LIBC = ctypes.CDLL(None, use_errno=True)
NETNS = "/run/netns/"
TCG = "um" not in os.uname().machine and not os.path.exists("/proc/exitcode")
TX, RX0 = "02:ff:00:00:00:01", 0x020000000000


def run(*words, text=None, check=True):
    """A command's output"""
    done = subprocess.run(words, input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode:
        sys.exit(f"links: {' '.join(words)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def enter(name):
    """Be in this namespace"""
    path = NETNS + name if name else "/proc/1/ns/net"
    fd = os.open(path, os.O_RDONLY)
    if LIBC.setns(fd, 0):
        raise OSError(ctypes.get_errno(), path)
    os.close(fd)


def namespace(name):
    """A new one, in which devices do not talk by themselves"""
    run("ip", "netns", "add", name)
    enter(name)
    for which in "default", "all":
        write(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6", "1")
    run("ip", "link", "set", "lo", "up")
    enter(None)


def write(path, text):
    """Write to a file of the kernel"""
    with open(path, "w", encoding="ascii") as out:
        out.write(text + "\n")


def read(path):
    """Read a file"""
    with open(path, encoding="ascii") as file:
        return file.read()


def hw(number):
    """A MAC"""
    return number.to_bytes(6, "big")


def colons(i):
    """The MAC of the receiver with this index"""
    return ":".join(f"{b:02x}" for b in hw(RX0 + i + 1))
