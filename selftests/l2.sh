#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One network on two hosts, with and without learning, as seen by frames.
#
# +---------- h1 ----------+      +----- h2 ------+
# | a .11  c .13  e .15    |      |  b .12        |     192.0.2.3: a VTEP that
# | fab0, VTEP 192.0.2.1   |      |  fab0, .2     |     is not there
# +-----------+------------+      +-------+-------+
#             u0 ----------------------- u0
#
# a, b and c are in network 1 (198.51.100.0/24, 2001:db8:1::/64) with f (a stub),
# g (parked), i (bound to nothing); e is in network 2, which is empty besides,
# has a smaller MTU, and is behind a pair of patch ports.

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 62

setup()
{
	setup_ns h1 h2 a b c e || return
	ip link add u0 netns "$h1" type veth peer name u0 netns "$h2"
	ip -n "$h1" addr add 192.0.2.1/24 dev u0
	ip -n "$h2" addr add 192.0.2.2/24 dev u0
	ip -n "$h1" link set u0 up
	ip -n "$h2" link set u0 up
	ip -n "$h2" neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev u0
	for n in 1 2; do
		host=h$n
		ab=("" "binding remote vtep 192.0.2.2")
		[ $n = 1 ] || ab=("binding remote vtep 192.0.2.1" "")
		cat <<-END
		in ${!host}
		fabric fab0 encap vxlan local 192.0.2.$n
		tenant new id 1 name acme
		network new tenant 1 id 1 name one vni 100 subnet 198.51.100.0/24,198.51.100.1 subnet 2001:db8:1::/64,2001:db8:1::1
		network new tenant 1 id 2 name two vni 200 mtu 1300
		port new id 1 network 1 name a mac 06:00:00:00:00:01 address 198.51.100.11 address 2001:db8:1::11 flags unguarded ${ab[0]}
		port new id 2 network 1 name b mac 06:00:00:00:00:02 address 198.51.100.12 address 2001:db8:1::12 flags unguarded ${ab[1]}
		port new id 3 network 1 name c mac 06:00:00:00:00:03 address 198.51.100.13 address 2001:db8:1::13 flags unguarded ${ab[0]}
		END
	done | nl || return
	nl <<-END || return
	in $h1
	use fab0
	port new id 5 network 2 name e mac 06:00:00:00:00:05 address 198.51.100.15 flags unguarded
	port new id 6 network 1 name f mac 06:00:00:00:00:06 address 198.51.100.16 address 2001:db8:1::16 binding stub
	port new id 7 network 1 name g mac 06:00:00:00:00:07 binding parked
	port new id 9 network 1 name i mac 06:00:00:00:00:09
	dev eth0 port 1 in $a
	dev eth0 port 3 in $c
	dev eth0 port 5 in $e
	in $h2
	use fab0
	dev eth0 port 2 in $b
	END
	for ns in "$a" "$b" "$c" "$e"; do
		in_ns "$ns" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
		ip -n "$ns" link set eth0 up
	done
	ip -n "$h1" link set fab0 up
	ip -n "$h2" link set fab0 up
}

# NETNS ADDRESS: is a duplicate found? 0 if so
is_dad_failed()
{
	ip -n "$1" -6 addr show dev eth0 | grep -q "$2.* dadfailed"
}

# NETNS ADDRESS: is it in use?
is_valid()
{
	ip -n "$1" -6 addr show dev eth0 | grep "$2" |
		grep -qv "tentative\|dadfailed"
}

setup || exit
relay "$here/l2.py" "$h1" "$h2" "$a" "$b" "$c" "$e"

# ---- duplicate address detection, by a stack

in_ns "$c" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0 \
	net.ipv6.conf.eth0.router_solicitations=0
ip -n "$c" addr add 2001:db8:1::13/64 dev eth0
ip -n "$c" addr add 2001:db8:1::11/64 dev eth0
ip -n "$c" addr add 2001:db8:1::12/64 dev eth0
ip -n "$c" addr add 2001:db8:1::1/64 dev eth0
check "DAD: the port's own address passes" slowwait is_valid "$c" 2001:db8:1::13
check "DAD: another's on this host is found" \
	slowwait is_dad_failed "$c" 2001:db8:1::11
check "DAD: another's on another host is found" \
	slowwait is_dad_failed "$c" 2001:db8:1::12
check "DAD: the gateway's is found" slowwait is_dad_failed "$c" 2001:db8:1::1/
