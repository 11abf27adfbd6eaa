#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Flows are counted to the packet and the byte, by what senders themselves say.
#
#   a 198.51.100.11  c 198.51.100.13         b 198.51.100.12
#     2001:db8:1::11   2001:db8:1::13          2001:db8:1::12
#     |                |                       |
#  +--+----------------+--+              +-----+------+
#  | h1  fab0 192.0.2.1   +--- u0 -- u0 -+  h2  fab0  |
#  +----------------------+              +------------+

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
need iperf3 ethtool nsenter
plan 64

setup()
{
	setup_ns h1 h2 a b c || return
	ip link add u0 netns "$h1" type veth peer name u0 netns "$h2"
	for n in 1 2; do
		host=h$n there=vtep\ 192.0.2.$((3 - n))
		in_ns "${!host}" sysctl -qw net.ipv6.conf.u0.disable_ipv6=1
		ip -n "${!host}" link set u0 arp off
		ip -n "${!host}" addr add 192.0.2.$n/24 dev u0
		ip -n "${!host}" link set u0 up
		cat <<-END
		in ${!host}
		fabric fab0 encap vxlan local 192.0.2.$n
		tenant new id 1 name acme accounting rich
		network new tenant 1 id 1 name web vni 100 subnet 198.51.100.0/24,198.51.100.1 subnet 2001:db8:1::/64,2001:db8:1::1
		END
		vms=(a b c) there="binding remote vtep 192.0.2.$((3 - n))"
		for i in 1 2 3; do
			vm=${vms[i - 1]}
			printf 'port new id %s network 1 name %s address 198.51.100.1%s address 2001:db8:1::1%s %s\n' \
				$i "$vm/eth0" $i $i "$([ $((n == 2)) = $((i == 2)) ] ||
				echo "$there")"
			[ $((n == 2)) != $((i == 2)) ] ||
				echo "dev eth0 port $i in ${!vm}"
		done
	done | nl || return
	# both ends of the veth pair have the MACs that the other expects
	mac1=$(ip -n "$h1" -j link show u0 | jq -r '.[0].address')
	mac2=$(ip -n "$h2" -j link show u0 | jq -r '.[0].address')
	ip -n "$h1" neigh replace 192.0.2.2 lladdr "$mac2" dev u0
	ip -n "$h2" neigh replace 192.0.2.1 lladdr "$mac1" dev u0
	ip -n "$h1" link set fab0 up
	ip -n "$h2" link set fab0 up
	i=0
	for ns in "$a" "$b" "$c"; do
		i=$((i + 1))
		vm_up "$ns" eth0 198.51.100.1$i/24 2001:db8:1::1$i/64
		# Whoever stands still for a moment is not to send anything twice
		# for that.
		in_ns "$ns" sysctl -qw net.ipv4.tcp_early_retrans=0
		ip -n "$ns" route replace 198.51.100.0/24 dev eth0 proto kernel \
			scope link src 198.51.100.1$i rto_min 10s || return
		ip -n "$ns" -6 route replace 2001:db8:1::/64 dev eth0 \
			proto kernel metric 256 rto_min 10s || return
	done
	for ns in "$b" "$c"; do
		in_ns "$ns" iperf3 -s -D >/dev/null
	done
}

setup || exit
relay "$here/counters.py" "$h1" "$h2" "$a" "$b" "$c"
