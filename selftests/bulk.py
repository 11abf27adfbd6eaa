#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bulk.py serve ADDRESS | send ADDRESS SECONDS: TCP as fast as it goes

The sender prints what the receiver got, in bits per second: over the whole time
and over the second half of it.
"""
import socket
import sys
import time

PORT = 5002


def serve(address):
    """Receive, then tell"""
    conn, _ = socket.create_server((address, PORT)).accept()
    seconds = float(conn.recv(100))
    buf = bytearray(1 << 20)
    got = middle = 0
    begin = time.monotonic()
    while True:
        n = conn.recv_into(buf)
        if not n or time.monotonic() - begin >= seconds:
            break
        got += n
        if time.monotonic() - begin < seconds / 2:
            middle = got
    print(f"{got * 8 / seconds:.0f} {(got - middle) * 16 / seconds:.0f}",
          flush=True)
    conn.sendall(f"{got * 8 / seconds:.0f} "
                 f"{(got - middle) * 16 / seconds:.0f}".encode())


def send(address, seconds):
    """Send until the other end has had enough"""
    for _ in range(100):
        try:
            sock = socket.create_connection((address, PORT))
            break
        except ConnectionRefusedError:
            time.sleep(.1)
    sock.sendall(seconds.encode())
    sock.settimeout(1)
    time.sleep(1)
    end = time.monotonic() + float(seconds) + 1
    data = bytes(1 << 20)
    while time.monotonic() < end:
        try:
            sock.send(data)
        except OSError:
            break
    sock.settimeout(30)
    print(sock.recv(100).decode())


if __name__ == "__main__":
    {"serve": serve, "send": send}[sys.argv[1]](*sys.argv[2:])
