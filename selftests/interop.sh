#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tunnels of other implementations: a ping and a TCP stream each way, over
# IPv4 and IPv6 underlays, for IPv4 and IPv6 inside.
#
#   a 198.51.100.11                                      b 198.51.100.12
#     2001:db8:1::11                                       2001:db8:1::12
#     |                                                    |
#  +--+------------------+                   +-------------+------------------+
#  | h1  fab0            |                   | h2  the other: a bridge and a  |
#  |   192.0.2.1         |                   |     vxlan device, a geneve     |
#  |   2001:db8:a::1     +------ u0 -- u0 ---+     device, Open vSwitch       |
#  +---------------------+                   |   192.0.2.2    2001:db8:a::2   |
#                                            +--------------------------------+
#
# VNI 100; the network learns, for ARP and ND of b come from b itself.

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
need nsenter
plan 72

a='' b='' mac_b=06:00:00:00:00:02
size=4000000
[ "$NSFAB_SLOW" = 0 ] || size=1000000

underlay()
{
	setup_ns h1 h2 || return
	ip link add u0 netns "$h1" type veth peer name u0 netns "$h2"
	for n in 1 2; do
		host=h$n
		ip -n "${!host}" -batch - <<-END
		addr add 192.0.2.$n/24 dev u0
		addr add 2001:db8:a::$n/64 dev u0 nodad
		link set u0 up
		END
	done
}

# ENCAP LOCAL: h1's side with a; what b is, is learned, or told if $1 says so
ours()
{
	local remote=${2%1}2

	ip -n "$h1" link show fab0 >/dev/null 2>&1 && ip -n "$h1" link del fab0
	[ -z "$a" ] || ip netns del "$a"
	setup_ns a || return
	nl <<-END || return
	in $h1
	fabric fab0 encap $1 local $2
	tenant new id 1 name acme
	network new tenant 1 id 1 name web vni 100 subnet 198.51.100.0/24,198.51.100.1 subnet 2001:db8:1::/64,2001:db8:1::1
	port new id 1 network 1 name a address 198.51.100.11 address 2001:db8:1::11
	port new id 2 network 1 name b mac $mac_b address 198.51.100.12 address 2001:db8:1::12 binding remote vtep $remote
	dev eth0 port 1 in $a
	END
	ip -n "$h1" link set fab0 up
	vm_up "$a" eth0 198.51.100.11/24,198.51.100.1 \
		2001:db8:1::11/64,2001:db8:1::1
}

# MTU: b, whose device is e0, the other end of which is p0 in h2
other_vm()
{
	setup_ns b || return
	ip link add eth0 netns "$b" mtu "$1" address $mac_b type veth \
		peer name p0 netns "$h2" mtu "$1"
	ip -n "$h2" link set p0 up
	in_ns "$h2" sysctl -qw net.ipv6.conf.p0.disable_ipv6=1
	vm_up "$b" eth0 198.51.100.12/24 2001:db8:1::12/64
}

# NAME KIND ARG...: b behind a bridge and a tunnel device of the kernel's own
kernel_device()
{
	local mtu=1450

	[[ $* != *:* ]] || mtu=1430
	other_vm $mtu || return
	ip -n "$h2" -batch - <<-END
	link add br0 mtu $mtu type bridge
	link add t0 mtu $mtu type $*
	link set t0 master br0
	link set p0 master br0
	link set t0 up
	link set br0 up
	END
}

# KIND FABRIC HERE: b behind Open vSwitch's datapath, without its daemon: its
# flows are written here, both ways, as exact as the datapath allows
ovs_device()
{
	local mtu=1450 v6='' port=4789 flags=key spec

	[[ $2 != *:* ]] || mtu=1430 v6=ipv6_ flags='csum|key'
	[ "$1" = vxlan ] || port=6081
	other_vm $mtu || return
	ovs add-if dp0 p0 || return
	ovs add-if dp0 "t0,type=$1,remote_ip=flow,key=flow" || return
	# ports of a datapath are numbered as they come, beginning with its own
	for spec in "eth_type(0x0800),ipv4()" "eth_type(0x86dd),ipv6()" \
		"eth_type(0x0806),arp()"; do
		ovs add-flow dp0 "in_port(1),eth(),$spec" \
			"set(tunnel(tun_id=0x64,${v6}dst=$2,ttl=64,tp_dst=$port,flags($flags))),2" ||
			return
		ovs add-flow dp0 \
			"tunnel(tun_id=0x64,${v6}src=$2,${v6}dst=$3,ttl=64/0,flags(+key)),in_port(2),eth(),$spec" \
			1 || return
	done
}

# ARG...: the datapath's tool in h2; what it says of success is not wanted
ovs() { in_ns "$h2" ovs-dpctl "$@" 2>&1; }

remove_other()
{
	ip -n "$h2" link del t0 2>/dev/null
	ip -n "$h2" link del br0 2>/dev/null
	ovs del-dp dp0 >/dev/null
	# the datapath's tool leaves these
	ip -n "$h2" link del vxlan_sys_4789 2>/dev/null
	ip -n "$h2" link del genev_sys_6081 2>/dev/null
	ip netns del "$b"
}

reaches() { in_ns "$1" ping -n -c 1 -W 1 "$2"; }

# FROM TO ADDRESS: a TCP stream
stream()
{
	local server status

	in_ns "$2" timeout 120 "$here/stream.py" serve "$3" &
	server=$!
	in_ns "$1" timeout 120 "$here/stream.py" send "$3" $size
	status=$?
	kill $server 2>/dev/null
	wait $server 2>/dev/null
	return $status
}

# NETNS DEV: packets and bytes that it sent, to see that segments stay together
sent() { echo "$(dev_stat "$1" "$2" tx_packets) $(dev_stat "$1" "$2" tx_bytes)"; }

# NAME: the series
series()
{
	local p1 b1 p2 b2

	for v in 4 6; do
		at_a=198.51.100.11 at_b=198.51.100.12
		[ $v = 4 ] || at_a=2001:db8:1::11 at_b=2001:db8:1::12
		check "$1: ping, IPv$v, from the fabric" \
			slowwait reaches "$a" $at_b
		check "$1: ping, IPv$v, to the fabric" slowwait reaches "$b" $at_a
		read -r p1 b1 <<<"$(sent "$h1" u0)"
		check "$1: TCP, IPv$v, from the fabric" stream "$a" "$b" $at_b
		read -r p2 b2 <<<"$(sent "$h1" u0)"
		if [ $v = 4 ]; then
			check "$1: segments stay together in the tunnel" \
				test $(((b2 - b1) / (p2 - p1))) -gt 2000
		fi
		check "$1: TCP, IPv$v, to the fabric" stream "$b" "$a" $at_a
	done
}

# NAME N: why not
skip_series()
{
	local i

	for ((i = 0; i < 9; i++)); do
		skip "$1: promise $((i + 1)) of 9" "$2"
	done
}

underlay || exit
for u in 4 6; do
	local_=192.0.2.1 remote=192.0.2.2
	[ $u = 4 ] || local_=2001:db8:a::1 remote=2001:db8:a::2

	name="kernel vxlan and a bridge, IPv$u underlay"
	ours vxlan $local_ || exit
	if kernel_device vxlan id 100 local $remote remote $local_ \
		dstport 4789; then
		series "$name"
	else
		skip_series "$name" "this kernel has no such device"
	fi
	remove_other

	name="kernel geneve, IPv$u underlay"
	ours geneve $local_ || exit
	if kernel_device geneve id 100 remote $local_ dstport 6081; then
		series "$name"
	else
		skip_series "$name" "this kernel has no such device"
	fi
	remove_other

	for encap in vxlan geneve; do
		name="Open vSwitch's $encap, IPv$u underlay"
		if ! command -v ovs-dpctl >/dev/null; then
			skip_series "$name" "no ovs-dpctl here"
		elif ! out=$(ovs add-dp dp0); then
			skip_series "$name" "no datapath: ${out##*|}"
		else
			ours $encap $local_ || exit
			if out=$(ovs_device $encap $local_ $remote); then
				series "$name"
			else
				fail "$name is set up" "$out"
			fi
			remove_other
		fi
	done
done
