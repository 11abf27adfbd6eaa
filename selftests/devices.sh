#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the two kinds of devices are to the kernel and its tools, beside frames.
#
#   a: eth0 - $h: fab1 (local 198.51.100.1, on u1) - u2, a port of fab1
#                 fab2 (local 203.0.113.1, on u2) - u1, a port of fab2

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 10
setup_ns h a || exit

nl <<-END || exit
	in $h
	fabric fab1 encap vxlan local 198.51.100.1 udp-port 4789
	tenant new id 1 name acme
	network new tenant 1 id 1 name lan vni 1
	port new id 1 network 1 name a mac 06:00:00:00:00:01 flags unguarded
	port new id 2 network 1 name u2 mac 06:00:00:00:00:02 flags unguarded
	dev eth0 port 1 in $a
	dev u2 port 2
	fabric fab2 encap vxlan local 203.0.113.1 udp-port 4790
	tenant new id 1 name acme
	network new tenant 1 id 1 name lan vni 1
	port new id 1 network 1 name u1 mac 06:00:00:00:00:03 flags unguarded
	dev u1 port 1
END

check "a change may name what the fabric has" nl \
	"in $h ; refabric fab1 local 198.51.100.1 udp-port 4789"
check "or that and its encapsulation" nl \
	"in $h ; refabric fab1 encap vxlan local 198.51.100.1 max-tenants 9"
check_fail "but no other address" nl "in $h ; refabric fab1 local 198.51.100.2"
check_fail "nor may a new fabric have one without an encapsulation" nl \
	"in $h ; fabric fab3 local 198.51.100.2"

ip -n "$h" -batch - <<-END
	link set u1 up
	link set u2 up
	addr add 198.51.100.1/24 dev u1
	addr add 203.0.113.1/24 dev u2
	link set fab1 up
	link set fab2 up
END
ip -n "$a" link set eth0 up
ip -n "$a" addr add 192.0.2.1/24 dev eth0

no_address() { ! ip -n "$h" addr show dev fab1 | grep inet; }
check "a fabric that is up has no address" no_address
bridged()
{
	ip -n "$h" -batch - <<-END
	link add br0 type bridge
	link set u1 master br0
	link add link br0 name br0.10 type vlan id 10
	link del br0
	END
}
check "a bridge with a port's may have VLAN devices" bridged
check "a multicast address can be added to a port's" \
	ip -n "$a" maddr add 33:33:00:00:00:55 dev eth0
stamped()
{
	in_ns "$a" python3 - <<-END
		import select, socket, sys
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		sock.setsockopt(socket.SOL_SOCKET, 25, b"eth0\\0")
		sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
		# SO_TIMESTAMPING: by software, when it is sent
		sock.setsockopt(socket.SOL_SOCKET, 37, 1 << 1 | 1 << 4)
		sock.sendto(b"x", ("192.0.2.255", 9))
		poll = select.poll()
		poll.register(sock, select.POLLERR)
		sys.exit(not poll.poll(30000))
	END
}
check "who sends is told when, if it asks" stamped

# A frame to one VTEP is a frame to many of the other fabric, and so on.
vteps()
{
	{
		printf 'in %s\nuse fab1\n' "$h"
		for i in $(seq 100); do
			echo "fdb new network 1 mac 00:00:00:00:00:00 vtep 198.51.100.$((100 + i))"
		done
		printf 'use fab2\n'
		for i in $(seq 100); do
			echo "fdb new network 1 mac 00:00:00:00:00:00 vtep 203.0.113.$((100 + i))"
		done
	} | nl
	{
		for i in $(seq 100); do
			echo "neigh add 198.51.100.$((100 + i)) lladdr ff:ff:ff:ff:ff:ff dev u1 nud permanent"
			echo "neigh add 203.0.113.$((100 + i)) lladdr ff:ff:ff:ff:ff:ff dev u2 nud permanent"
		done
	} | ip -n "$h" -batch -
}
check "two fabrics may be each other's underlay" vteps
many() { [ $(($(dev_stat "$h" u1 tx_packets) - before)) -ge 100 ]; }
ended()
{
	local before after

	before=$(dev_stat "$h" u1 tx_packets)
	in_ns "$a" timeout 60 python3 -c '
import socket
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("eth0", 0))
sock.send(b"\xff" * 6 + b"\x06\0\0\0\0\x01" + b"\x88\xb5" + bytes(50))' ||
		return
	# as soon as it is many, and no more come
	slowwait many
	until after=$(dev_stat "$h" u1 tx_packets) && sleep 0.3 &&
		[ "$(dev_stat "$h" u1 tx_packets)" = "$after" ]; do
		[ $((after - before)) -lt 20000 ] || break
	done
	echo "$((after - before)) frames"
	[ $((after - before)) -ge 100 ] && [ $((after - before)) -lt 20000 ]
}
check "and a broadcast of one ends soon" ended
say "$(dev_stat "$h" u1 tx_packets) frames by u1"
