#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# No frame of one tenant reaches another, whatever it contains. Both tenants
# have the same MACs, the same addresses and the same names; red's a attacks
# all of blue, then somebody who can write anything to the underlay does.
#
# +-------------- h1 ---------------+       +------ h2 ------+
# |  red  a 198.51.100.11           |       |  red  b .12    |
# |       c 198.51.100.13           |       |                |
# |  blue a 198.51.100.11           |       |  blue b .12    |
# |       c 198.51.100.13           |       |                |
# |       d 203.0.113.14            |       |                |
# |  fab0, VTEP 192.0.2.1           |       |  fab0, .2      |
# +---------------+-----------------+       +-------+--------+
#                u0 ------------------------------- u0
#
# 192.0.2.3 is a VTEP of red's network, not of blue's.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

encap=${NSFAB_ENCAP:-vxlan}
plan 42

# shellcheck disable=SC2154	# setup_ns sets them
setup()
{
	setup_ns h1 h2 ra rb rc ba bb bc bd || return
	ip link add u0 netns "$h1" type veth peer name u0 netns "$h2"
	ip -n "$h1" addr add 192.0.2.1/24 dev u0
	ip -n "$h2" addr add 192.0.2.2/24 dev u0
	ip -n "$h1" link set u0 up
	ip -n "$h2" link set u0 up
	ip -n "$h2" neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev u0
	{
		for h in 1 2; do
			host=h$h
			echo "in ${!host}"
			echo "fabric fab0 encap $encap local 192.0.2.$h"
			for t in 1 2; do
				echo "tenant new id $t name t$t"
				echo "network new tenant $t id $t name web vni ${t}00 \
					subnet 198.51.100.0/24,198.51.100.1 \
					subnet 2001:db8:1::/64,2001:db8:1::1"
			done
			echo "network new tenant 2 id 3 name db vni 201 \
				subnet 203.0.113.0/24,203.0.113.1 \
				subnet 2001:db8:2::/64,2001:db8:2::1"
			ports $h
		done
	} | nl || return
	for ns in "$ra" "$rb" "$rc" "$ba" "$bb" "$bc" "$bd"; do
		in_ns "$ns" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
		ip -n "$ns" link set eth0 up
	done
	ip -n "$h1" link set fab0 up
	ip -n "$h2" link set fab0 up
}

# HOST: all ports of both tenants, those of the other host bound to its VTEP
ports()
{
	local id=0 t vm n where other=$((3 - $1))

	for t in r b; do
		n=1
		[ $t = r ] || n=2
		for vm in a b c d; do
			id=$((id + 1))
			[ $t$vm != rd ] || continue
			where=1
			[ $vm != b ] || where=2
			bind=
			[ "$where" = "$1" ] || bind="binding remote vtep 192.0.2.$other"
			i=$(((id - 1) % 4 + 1))
			subnet=198.51.100 net6=1 network=$n
			[ $vm != d ] || subnet=203.0.113 net6=2 network=3
			echo "port new id $id network $network name $vm/eth0 \
				mac 06:00:00:00:00:0$i address $subnet.1$i \
				address 2001:db8:$net6::1$i $bind"
			ns=$t$vm
			[ "$where" != "$1" ] || echo "dev eth0 port $id in ${!ns}"
		done
	done
	echo "port new id 9 network 1 name e/eth0 binding remote vtep 192.0.2.3"
}

setup || exit
# shellcheck disable=SC2154
relay "$here/isolation.py" "$h1" "$h2" nsfab- "$encap"
