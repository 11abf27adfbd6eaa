#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stream.py serve ADDRESS | send ADDRESS BYTES: a TCP stream, and all of it"""
import errno
import socket
import sys
import time

PORT = 5001
family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
if sys.argv[1] == "serve":
    server = socket.create_server((sys.argv[2], PORT), family=family)
    conn, _ = server.accept()
    got = 0
    while True:
        data = conn.recv(1 << 16)
        if not data:
            break
        got += len(data)
    conn.sendall(str(got).encode())
    sys.exit(0)
for attempt in range(200):
    sock = socket.socket(family)
    try:
        sock.connect((sys.argv[2], PORT))
        break
    except OSError as e:
        if e.errno != errno.ECONNREFUSED:
            raise
        time.sleep(.1)
sock.sendall(bytes(int(sys.argv[3])))
sock.shutdown(socket.SHUT_WR)
answer = sock.recv(100).decode()
print(answer)
sys.exit(answer != sys.argv[3])
