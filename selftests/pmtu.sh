#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sizes: what fits is known by default, and what does not is told.
#
#   a 198.51.100.11                            b 198.51.100.12
#     2001:db8:1::11                             2001:db8:1::12
#     |                                            |
#  +--+---------+       +------------+       +-----+------+
#  | h1  fab0   |       |     r      |       |  h2  fab0  |
#  |     u0 .1 -+-------+ .2  .2     +-------+-- u0 .1    |
#  +------------+ MTU   +------------+ MTU   +------------+
#      192.0.2.0/24                        203.0.113.0/24
#      2001:db8:a::/64                     2001:db8:b::/64
#
# a and b are in network "web" of the default MTU, and by a second NIC in "big",
# whose MTU is 9000 on any underlay (198.18.0.0/24, 2001:db8:18::/64).

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 68

underlay()
{
	setup_ns h1 h2 r || return
	for n in 1 2; do
		host=h$n
		net=192.0.2 net6=2001:db8:a
		[ $n = 1 ] || net=203.0.113 net6=2001:db8:b
		ip link add u0 netns "${!host}" type veth peer u$n netns "$r"
		ip -n "${!host}" -batch - <<-END
		link set u0 up
		addr add $net.1/24 dev u0
		addr add $net6::1/64 dev u0 nodad
		route add default via $net.2
		route add default via $net6::2
		END
		ip -n "$r" -batch - <<-END
		link set u$n up
		addr add $net.2/24 dev u$n
		addr add $net6::2/64 dev u$n nodad
		END
	done
	in_ns "$r" sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

# MTU of h1's side, of h2's side
set_mtu()
{
	ip -n "$h1" link set u0 mtu "$1"
	ip -n "$r" link set u1 mtu "$1"
	ip -n "$h2" link set u0 mtu "$2"
	ip -n "$r" link set u2 mtu "$2"
}

# LOCAL1 LOCAL2: the fabrics, and the VMs
overlay()
{
	setup_ns a b || return
	for n in 1 2; do
		host=h$n vm=a there=2 local=$1 remote=$2
		[ $n = 1 ] || vm=b there=1 local=$2 remote=$1
		cat <<-END
		in ${!host}
		fabric fab0 encap vxlan local $local
		tenant new id 1 name acme
		network new tenant 1 id 1 name web vni 100
		network new tenant 1 id 2 name big vni 200 mtu 9000
		port new id 1$n network 1 name v$n/eth0 address 198.51.100.1$n address 2001:db8:1::1$n
		port new id 2$n network 2 name v$n/eth1 address 198.18.0.1$n address 2001:db8:18::1$n
		port new id 1$there network 1 name v$there/eth0 address 198.51.100.1$there address 2001:db8:1::1$there binding remote vtep $remote
		port new id 2$there network 2 name v$there/eth1 address 198.18.0.1$there address 2001:db8:18::1$there binding remote vtep $remote
		dev eth0 port 1$n in ${!vm}
		dev eth1 port 2$n in ${!vm}
		END
	done | nl || return
	for n in 1 2; do
		host=h$n vm=a
		[ $n = 1 ] || vm=b
		ip -n "${!host}" link set fab0 up
		vm_up "${!vm}" eth0 198.51.100.1$n/24 2001:db8:1::1$n/64
		vm_up "${!vm}" eth1 198.18.0.1$n/24 2001:db8:18::1$n/64
	done
}

# ---- no overlay: what follows is run for each underlay

mtu_of() { ip -n "$1" -j link show "$2" | jq '.[0].mtu'; }

# DESTINATION BYTES [ARG]...: a packet of so many bytes
ping_size()
{
	local head=28

	[[ $1 != *:* ]] || head=48
	in_ns "$a" ping -n -c 1 -W 20 -s $(($2 - head)) "${@:3}" "$1"
}

# DESTINATION: the path's MTU as a knows it
path_mtu()
{
	ip -n "$a" route get "$1" | sed -n 's/.* mtu \([0-9]*\).*/\1/p'
}

# DESTINATION MTU: too large a packet is told of, and the stack learns
learns()
{
	ping_size "$1" 9000 -M "do" && return 1
	[ "$(path_mtu "$1")" = "$2" ] && return
	echo "path MTU: $(path_mtu "$1"), not $2"
	return 1
}

# DESTINATION: 1 MB by TCP
stream()
{
	in_ns "$b" timeout 120 /usr/bin/python3 "$here/stream.py" serve "$1" \
		>/dev/null &
	local server=$!

	in_ns "$a" timeout 120 /usr/bin/python3 "$here/stream.py" send "$1" \
		1000000 || return
	wait $server
}

# LOCAL1 LOCAL2 OVERHEAD MTU NAME
series()
{
	local room=$(($4 - $3)) t="$5"

	set_mtu "$4" "$4"
	overlay "$1" "$2" || return
	check_eq "$t: the fabric knows what fits" $room "$(mtu_of "$h1" fab0)"
	check_eq "$t: ports have that MTU" "$room $room" \
		"$(mtu_of "$a" eth0) $(mtu_of "$b" eth0)"
	for dst in 198.51.100.12 2001:db8:1::12; do
		check "$t: a packet of that size passes whole, $dst" \
			ping_size $dst $room -M "do"
		check_fail "$t: a larger one does not leave the VM, $dst" \
			ping_size $dst $((room + 1)) -M "do"
		check "$t: fragments pass, $dst" \
			ping_size $dst $((room * 3)) -M dont
	done
	# an answer may have to find its way first, too
	for dst in 198.18.0.12 2001:db8:18::12; do
		check "$t: a VM with a larger MTU learns the path's, $dst" \
			learns $dst $room
		check "$t: and then finds its way, $dst" \
			ping_size $dst 9000 -M want -c 3 -i 0.2
		check "$t: so does TCP, $dst" stream $dst
	done
}

# OVERHEAD NAME: what a hop of the underlay says later
narrow()
{
	local t=$2

	ip -n "$a" route flush cache
	ip -n "$a" -6 route flush cache
	ip -n "$r" link set u2 mtu 1400
	ip -n "$h2" link set u0 mtu 1400
	for dst in 198.51.100.12 2001:db8:1::12; do
		# the first packet is lost to the hop that is narrow
		check "$t: a narrower hop of the underlay is told of, $dst" \
			slowwait narrower $dst $((1400 - $1))
		check "$t: and then found to fit, $dst" \
			ping_size $dst 1420 -M want -c 3 -i 0.2
		check "$t: so does TCP, $dst" stream $dst
	done
}

# DESTINATION MTU
narrower()
{
	ping_size "$1" 1420 -M "do" -W 1 >/dev/null
	[ "$(path_mtu "$1")" = "$2" ]
}

remove()
{
	ip -n "$h1" link del fab0
	ip -n "$h2" link del fab0
	ip netns del "$a"
	ip netns del "$b"
}

underlay || exit
series 192.0.2.1 203.0.113.1 50 9000 "IPv4, 9000"
remove
series 192.0.2.1 203.0.113.1 50 1500 "IPv4, 1500"
narrow 50 "IPv4, 1500"
remove
series 2001:db8:a::1 2001:db8:b::1 70 9000 "IPv6, 9000"
remove
series 2001:db8:a::1 2001:db8:b::1 70 1500 "IPv6, 1500"
narrow 70 "IPv6, 1500"
