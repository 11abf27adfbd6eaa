#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Devices are made, moved and removed in any order, under traffic, and nothing
# is left. (A leaked reference shows on the console: see vm/run.)
#
#    a .11   c .13              b .12      VMs of one tenant, all of which
#    |       |                  |          send to one another by raw frames;
# +--+-------+--+            +--+-----+    what is sent comes from namespaces
# | h1  fab0    +-- u0 - u0 -+ h2 fab0|    that stay, so as not to keep the
# +-------------+            +--------+    others

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 56

module=${NSFAB_MODULE-}
if [ -z "$module" ] && [ -f /run/nsfab-vm/config ]; then
	module=$(sed -n "s/^module=//p" /run/nsfab-vm/config)
fi

all=(h1 h2 a b c spare)
for ns in "${all[@]}"; do
	printf -v "$ns" '%s' "nsfab-$ns-$$"
done

# The topology, in as few processes as can be
up()
{
	for ns in "${all[@]}"; do
		printf 'netns add %s\n' "${!ns}"
	done | ip -batch - || return
	defer down
	ip link add u0 netns "$h1" type veth peer name u0 netns "$h2"
	for n in 1 2; do
		host=h$n other=$((3 - n))
		ip -n "${!host}" -batch - <<-END
		addr add 192.0.2.$n/24 dev u0
		link set u0 up
		END
		cat <<-END
		in ${!host}
		fabric fab0 encap vxlan local 192.0.2.$n
		tenant new id 1 name acme
		network new tenant 1 id 1 name web vni 100 subnet 198.51.100.0/24,198.51.100.1
		port new id 1 network 1 name a address 198.51.100.11 $([ $n = 1 ] || echo binding remote vtep 192.0.2.$other)
		port new id 2 network 1 name b address 198.51.100.12 $([ $n = 2 ] || echo binding remote vtep 192.0.2.$other)
		port new id 3 network 1 name c address 198.51.100.13 $([ $n = 1 ] || echo binding remote vtep 192.0.2.$other)
		END
		if [ $n = 1 ]; then
			echo "dev eth0 port 1 in $a"
			echo "dev eth0 port 3 in $c"
		else
			echo "dev eth0 port 2 in $b"
		fi
	done | nl || return
	ip -n "$h1" link set fab0 up
	ip -n "$h2" link set fab0 up
	n=0
	for ns in "$a" "$b" "$c"; do
		n=$((n + 1))
		printf '%s\n' "link set lo up" "link set eth0 up" \
			"addr add 198.51.100.1$n/24 dev eth0" |
			ip -n "$ns" -batch -
	done
}

down()
{
	for ns in "${all[@]}"; do
		[ ! -e "/run/netns/${!ns}" ] || printf 'netns del %s\n' "${!ns}"
	done | ip -force -batch - 2>/dev/null
}

# Has a namespace sent more than its own stack sends when a device comes up, or
# has it no device to send by?
sends()
{
	gone "$1" eth0 || [ "$(dev_stat "$1" eth0 tx_packets)" -gt 100 ]
}

# NETNS...: frames from there to all, until it ends or the device goes
traffic()
{
	local ns

	background "$here/traffic.py" "$@" >/dev/null
	for ns; do
		slowwait sends "$ns" || say "no traffic from $ns"
	done
}

# NETNS [KIND]: no device of the module's is there
none_in()
{
	local kind

	for kind in nsfab nsfab_port; do
		[ -z "$(ip -n "$1" link show type $kind)" ] || return
	done
}

gone() { ! ip -n "$1" link show "$2" >/dev/null 2>&1; }

reaches() { in_ns "$1" ping -n -c 1 -W 1 "$2"; }

# How many network namespaces there are, those that nothing but a reference
# keeps, too: one less than the least limit by which one more can be made
namespaces()
{
	local limit=/proc/sys/user/max_net_namespaces was n=0

	was=$(cat $limit)
	while echo $((++n)) >$limit; do
		! unshare -n true 2>/dev/null || break
	done
	echo "$was" >$limit
	echo $((n - 1))
}
as_before() { [ "$(namespaces)" = "$before" ]; }

unused() { [ "$(cat /sys/module/nsfab/refcnt)" = 0 ]; }

# NAME SENDERS COMMAND...: in the topology under traffic, NAME's command works;
# then the check functions of the caller run, then all is removed
begin()
{
	local name=$1 senders=$2
	shift 2

	up || return
	# shellcheck disable=SC2086	# a list
	traffic $senders
	check "$name" "$@"
}

end()
{
	kill "$bg" 2>/dev/null
	wait "$bg" 2>/dev/null
	down
}

both() { for ns; do ip netns del "$ns" & done; wait; }
one_by_one() { for ns; do ip netns del "$ns" || return; done; }

before=$(namespaces)

# ---- made in all ways

up || exit
check "a device of either kind is shown in detail" sh -c "
	ip -n $h1 -d link show fab0 | grep -q '  *nsfab ' &&
	ip -n $a -d link show eth0 | grep -q 'nsfab_port '"
check "a port's device names its fabric's namespace" sh -c "
	ip -n $a link show eth0 | grep -q link-netns"
check "frames pass, here and over the tunnel" sh -c "
	nsenter --net=/run/netns/$a ping -n -c 1 -W 20 198.51.100.13 &&
	nsenter --net=/run/netns/$a ping -n -c 1 -W 20 198.51.100.12"
try() { nl "in $h1 ; use fab0 ; $*"; }
check "a port has one device" try "fail EBUSY dev eth9 port 1 in $spare"
check "a device needs a port that is there" \
	try "fail ENOENT dev eth9 port 77 in $spare"
check "a device has its port's MAC" try "port new id 4 network 1 name d ; \
	fail EINVAL dev eth9 port 4 in $spare mac 06:00:00:00:00:99"
check "an MTU above the network's is refused" \
	try "fail EINVAL dev eth9 port 4 in $spare mtu 2000"
check "also if it is the default of Ethernet" try "network new tenant 1 id 8 \
	name small mtu 1400 ; port new id 8 network 8 name s ; \
	fail EINVAL dev eth9 port 8 in $spare mtu 1500"
check "a port of another host is bound already" \
	try "fail EBUSY dev eth9 port 2 in $spare"
check "nothing came of what was refused" none_in "$spare"
check "a device with a smaller MTU, and the port's MAC" sh -c "
	$here/nl.py 'in $h1 ; use fab0 ; dev eth9 port 4 in $spare mtu 1000 \
		mac 06:6e:00:00:00:04' &&
	ip -n $spare link show eth9 | grep -q 'mtu 1000 '"
check "and one with an MTU of jumbo frames, where the network has them" sh -c "
	$here/nl.py 'in $h1 ; use fab0 ; network new tenant 1 id 9 name jumbo \
		mtu 9000 ; port new id 9 network 9 name j ; \
		dev eth8 port 9 in $spare mtu 8900' &&
	ip -n $spare link show eth8 | grep -q 'mtu 8900 '"
check "a second fabric in the namespace" \
	nl "in $h1 ; fabric fab1 ; tenant new id 1 name acme"
check_fail "two fabrics cannot have one socket" sh -c "
	$here/nl.py 'in $h1 ; fabric fab2 encap vxlan local 192.0.2.1' &&
	ip -n $h1 link set fab2 up"
check_fail "a fabric does not move" ip -n "$h1" link set fab1 netns "$spare"
check "a fabric has another name, and is found by it" sh -c "
	ip -n $h1 link property add dev fab1 altname other &&
	ip -n $h1 link show other"

# ---- moved

check "a port's device moves to another namespace, by another name" \
	ip -n "$a" link set eth0 netns "$spare" name eth1
check "and back" ip -n "$spare" link set eth1 netns "$a" name eth0
printf '%s\n' "link set eth0 up" "addr add 198.51.100.11/24 dev eth0" |
	ip -n "$a" -batch -
check "and it works again" slowwait reaches "$a" 198.51.100.12
down

begin "moved under traffic" "$b $c" ip -n "$a" link set eth0 netns "$spare"
printf '%s\n' "link set eth0 up" "addr add 198.51.100.11/24 dev eth0" |
	ip -n "$spare" -batch -
check "and it works there" slowwait reaches "$spare" 198.51.100.12
end

# ---- removed, under traffic

begin "a VM's namespace goes" "$b $c" ip netns del "$a"
check "the others go on" slowwait reaches "$c" 198.51.100.12
end
begin "a host's namespace goes" "$a $b $c" ip netns del "$h1"
check "its ports' devices are gone" slowwait none_in "$a"
check "the other host's are not" ip -n "$b" link show eth0
end
begin "a host's and its VMs' namespaces go at once" "$b" both "$h1" "$a" "$c"
end
begin "a host's namespace goes, then its VMs'" "$b" one_by_one "$h1" "$a" "$c"
end
begin "VMs' namespaces go, then their host's" "$b" one_by_one "$a" "$c" "$h1"
end
begin "all namespaces go at once" "$spare" both "$h1" "$h2" "$a" "$b" "$c"
end
begin "a port's device is deleted" "$a $b $c" ip -n "$a" link del eth0
check "the port can have another one" nl "in $h1 ; use fab0 ; dev eth0 port 1 \
	in $a"
end
begin "a fabric is deleted" "$a $b $c" ip -n "$h1" link del fab0
check "its ports' devices are gone at once" none_in "$a"
check "a new one takes its place" nl "in $h1 ; fabric fab0 encap vxlan local \
	192.0.2.1"
check "and its socket" ip -n "$h1" link set fab0 up
end
begin "a fabric goes down and up" "$a $b $c" \
	sh -c "ip -n $h1 link set fab0 down && ip -n $h1 link set fab0 up"
check "and it works again" slowwait reaches "$c" 198.51.100.12
end
for object in tenant network port; do
	begin "a $object is deleted" "$a $b $c" \
		nl "in $h1 ; use fab0 ; $object del id 1"
	# the kernel says so a moment later
	check "its port's device stays, without carrier ($object)" slowwait \
		sh -c "ip -n $a link show eth0 | grep -q NO-CARRIER"
	check "that device can be deleted ($object)" ip -n "$a" link del eth0
	end
done
begin "the underlay goes" "$a $b $c" ip -n "$h1" link del u0
end

# ---- thousands at once

# What frees tenants, and what frees networks, wait for one another by no more
# than a lock: kernel threads that wait for each other for ever are in state D.
thousands()
{
	ip netns add "$spare"
	{
		printf 'in %s\nfabric fab0\n' "$spare"
		seq 3000 | sed 's/.*/tenant new id & name t&/'
		echo "network new tenant 3000 id 1 name n"
	} | nl
}
at_rest() { ! grep -l '^State:.D' /proc/[0-9]*/status 2>/dev/null; }
check "a fabric with thousands of tenants" thousands
ip -n "$spare" link del fab0
ip netns del "$spare"
check "all of them are freed at once, none waits for another" \
	slowwait -t 60 at_rest

# ---- the module

check "nobody uses the module now" slowwait -t 60 unused
check "no namespace is left behind" slowwait -t 60 as_before
if [ -f "$module" ]; then
	begin "the module goes" "$a $b $c" rmmod nsfab
	check "and all of its devices" sh -c "
		! ip -n $h1 link show fab0 && ! ip -n $a link show eth0"
	end
	insmod "$module"
	check "and comes again" test -d /sys/module/nsfab
	up
	traffic "$a" "$b" "$c"
	one_by_one "$h1" "$a" &
	check "the module goes as namespaces do" rmmod nsfab
	wait $!
	end
	insmod "$module"
else
	for name in "the module goes" "and all of its devices" \
		"and comes again" "the module goes as namespaces do"; do
		skip "$name" "where the module is is not known (NSFAB_MODULE)"
	done
fi
