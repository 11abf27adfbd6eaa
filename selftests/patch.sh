#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Networks joined by patch ports, which emulate the links between switches: a
# row, a ring, and a chain as long as there may be.
#
#   a   d        c         b
#   |   |        |         |         chain: e - 1001 - 1002 - ... - f
#  network 1 - network 2 - network 3
#       '- - - - - ring - - - -'

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 19

long=10000
[ "$NSFAB_SLOW" = 0 ] || long=1000

setup_ns h a b c d e f || exit
nl <<-END || exit
	in $h
	fabric fab0 mtu 1500
	tenant new id 1 name acme max-networks 20000
	network new tenant 1 id 1 name n1 flags learning
	network new tenant 1 id 2 name n2 flags learning
	network new tenant 1 id 3 name n3 flags learning
	port new id 1 network 1 name a mac 06:00:00:00:00:01 flags unguarded
	port new id 2 network 3 name b mac 06:00:00:00:00:02 flags unguarded
	port new id 3 network 2 name c mac 06:00:00:00:00:03 flags unguarded
	port new id 4 network 1 name d mac 06:00:00:00:00:04 flags unguarded
	port new id 12 network 1 name p12
	port new id 21 network 2 name p21 binding patch peer 12
	port new id 23 network 2 name p23
	port new id 32 network 3 name p32 binding patch peer 23
	dev eth0 port 1 in $a
	dev eth0 port 2 in $b
	dev eth0 port 3 in $c
	dev eth0 port 4 in $d
END
ip -n "$h" link set fab0 up
for ns in "$a" "$b" "$c" "$d"; do
	in_ns "$ns" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	ip -n "$ns" link set eth0 up
done
ip -n "$a" addr add 198.51.100.1/24 dev eth0
ip -n "$b" addr add 198.51.100.2/24 dev eth0
relay "$here/patch.py" "$h" "$a" "$b" "$c" "$d" "$e" "$f" "$long"
