#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fabrics where IPv6 was disabled when the kernel booted (ipv6.disable=1).
#
#   a .1 - h: fab0 - b .2, and fab6, whose underlay would be IPv6

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
[ "$(cat /sys/module/ipv6/parameters/disable 2>/dev/null)" = 1 ] ||
	skip_all "IPv6 is not disabled"
plan 4
setup_ns h a b || exit

check "a fabric over IPv6 can be made, but has no underlay" nl \
	"in $h ; fabric fab6 encap vxlan local 2001:db8::1"
check_fail "so it cannot be up" ip -n "$h" link set fab6 up
nl <<-END || exit
	in $h
	fabric fab0 encap vxlan local 192.0.2.1
	tenant new id 1 name acme
	network new tenant 1 id 1 name lan vni 1 subnet 198.51.100.0/24
	port new id 1 network 1 name a address 198.51.100.1
	port new id 2 network 1 name b address 198.51.100.2
	dev eth0 port 1 in $a
	dev eth0 port 2 in $b
END
check "one over IPv4 can be up" ip -n "$h" link set fab0 up
i=0
for ns in "$a" "$b"; do
	i=$((i + 1))
	ip -n "$ns" link set eth0 up
	ip -n "$ns" addr add "198.51.100.$i/24" dev eth0
done
check "and carries frames" in_ns "$a" ping -qc 1 -W 20 198.51.100.2
