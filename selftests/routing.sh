#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The distributed router of a tenant.
#
#      a 198.51.100.11      b 203.0.113.12     r1 192.0.2.21  r2 192.0.2.22
#        2001:db8:1::11       2001:db8:2::12      2001:db8:3::21    ::22
#        |                    |                   |              |
#   +----+-----+         +----+-----+         +---+--------------+---+
#   | net web  |         | net db   |         | net edge             |
#   +----+-----+         +----+-----+         +----------+-----------+
#        | .1 ::1             | .1 ::1                   | .1 ::1
#   +----+--------------------+--------------------------+-----------+
#   |                         router                                 |
#   +----------------------------------------------------------------+
#
# Behind r1 and r2 is 198.18.0.0/15 and 2001:db8:18::/48; both have all of the
# addresses in there that are used.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
plan 36

pings=500
[ "$NSFAB_SLOW" = 0 ] || pings=100

# shellcheck disable=SC2154	# setup_ns sets them
setup()
{
	setup_ns h a b r1 r2 || return
	nl <<-END || return
	in $h
	fabric fab0
	tenant new id 1 name acme
	network new tenant 1 id 1 name web subnet 198.51.100.0/24,198.51.100.1 subnet 2001:db8:1::/64,2001:db8:1::1
	network new tenant 1 id 2 name db subnet 203.0.113.0/24,203.0.113.1 subnet 2001:db8:2::/64,2001:db8:2::1
	network new tenant 1 id 3 name edge subnet 192.0.2.0/24,192.0.2.1 subnet 2001:db8:3::/64,2001:db8:3::1
	port new id 1 network 1 name a address 198.51.100.11 address 2001:db8:1::11
	port new id 2 network 2 name b address 203.0.113.12 address 2001:db8:2::12
	port new id 3 network 3 name r1 address 192.0.2.21 address 2001:db8:3::21 allowed 198.18.0.0/15 allowed 2001:db8:18::/48
	port new id 4 network 3 name r2 address 192.0.2.22 address 2001:db8:3::22 allowed 198.18.0.0/15 allowed 2001:db8:18::/48
	dev eth0 port 1 in $a
	dev eth0 port 2 in $b
	dev eth0 port 3 in $r1
	dev eth0 port 4 in $r2
	END
	ip -n "$h" link set fab0 up
	vm_up "$a" eth0 198.51.100.11/24,198.51.100.1 \
		2001:db8:1::11/64,2001:db8:1::1
	vm_up "$b" eth0 203.0.113.12/24,203.0.113.1 \
		2001:db8:2::12/64,2001:db8:2::1
	for n in 1 2; do
		ns=r$n
		vm_up "${!ns}" eth0 192.0.2.2$n/24,192.0.2.1 \
			2001:db8:3::2$n/64,2001:db8:3::1
		printf 'addr add %s dev lo\n' 198.18.{0,1,2}.{1,2}/32 \
			2001:db8:18:{0,1}::1/128 | ip -n "${!ns}" -batch -
		# whom a datagram reached is seen by what it answers
		in_ns "${!ns}" sysctl -qw net.ipv4.icmp_ratelimit=0 \
			net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_burst=10000 \
			net.ipv4.icmp_msgs_per_sec=10000
	done
	in_ns "$b" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
}

# NETNS DESTINATION [ARG]...
ping1() { in_ns "$1" ping -n -c 1 -W 20 "${@:2}"; }

# WANT NETNS DESTINATION [ARG]...: its output has the words
ping_says() { ping1 "${@:2}" | grep -F "$1"; }

# KIND: packets of the tenant dropped for it
dropped()
{
	nl_get "$h" fab0 drop tenant 1 | jq "[.[] | select(.port == null and
		.reason == \"$1\") | .packets] | add // 0"
}

probe() { "$here/probe.py" "$@"; }
# Likewise, where nothing is to come: no need to wait long for that
probe_silence() { NSFAB_PROBE_SECONDS=2 probe "$@"; }

# NETNS: datagrams that came to no port, without what else its stack hears
strays()
{
	in_ns "$1" sed -n 's/^Udp: [0-9]* \([0-9]*\) .*/\1/p' /proc/net/snmp
}

route() { nl "in $h ; use fab0 ; route $*"; }

setup || exit

# ---- forwarding, hop limits

check "IPv4 between networks, TTL 63 both ways" \
	ping_says ttl=63 "$a" 203.0.113.12
check "IPv6 between networks, hop limit 63 both ways" \
	ping_says ttl=63 "$a" 2001:db8:2::12
check "the gateway answers, IPv4" ping_says ttl=64 "$a" 198.51.100.1
check "the gateway answers, IPv6" ping_says ttl=64 "$a" 2001:db8:1::1
check "another network's gateway answers, IPv4" ping1 "$a" 203.0.113.1
check "another network's gateway answers, IPv6" ping1 "$a" 2001:db8:2::1
check "the gateway answers a packet with TTL 1" ping1 "$a" 198.51.100.1 -t 1
check "the gateway's link-local address answers" \
	ping1 "$a" fe80::6e:73ff:fe00:1%eth0
check "a large echo is answered in fragments' MTU" \
	ping1 "$a" 198.51.100.1 -s 1472 -M "do"

check_eq "traceroute, IPv4: the first hop is the gateway" \
	"198.51.100.1 11 0" "$(probe "$a" 203.0.113.12 33434 1)"
check_eq "traceroute, IPv4: the second is the destination" \
	"203.0.113.12 3 3" "$(probe "$a" 203.0.113.12 33434 2)"
check_eq "traceroute, IPv6: the first hop is the gateway" \
	"2001:db8:1::1 3 0" "$(probe "$a" 2001:db8:2::12 33434 1)"
check_eq "traceroute, IPv6: the second is the destination" \
	"2001:db8:2::12 1 4" "$(probe "$a" 2001:db8:2::12 33434 2)"
check_eq "traceroute to the gateway ends there, IPv4" \
	"198.51.100.1 3 3" "$(probe "$a" 198.51.100.1 33434 1)"
check_eq "traceroute to the gateway ends there, IPv6" \
	"2001:db8:1::1 1 4" "$(probe "$a" 2001:db8:1::1 33434 1)"
check_eq "time exceeded is counted as such" 2 "$(dropped ttl)"

# ---- errors

check_eq "no route is told, IPv4" "198.51.100.1 3 0" \
	"$(probe "$a" 198.18.0.1 9 64)"
check_eq "no route is told, IPv6" "2001:db8:1::1 1 0" \
	"$(probe "$a" 2001:db8:18::1 9 64)"
check_eq "no route is counted as such" 2 "$(dropped no_route)"
check_eq "no host is told, IPv4" "198.51.100.1 3 1" \
	"$(probe "$a" 203.0.113.99 9 64)"
check_eq "no host is told, IPv6" "2001:db8:1::1 1 3" \
	"$(probe "$a" 2001:db8:2::99 9 64)"
check_eq "no host is counted as such" 2 "$(dropped no_neigh)"

# ---- longest prefix

nl <<-END
in $h
use fab0
route new tenant 1 address 198.18.0.0 prefixlen 15 nexthop 192.0.2.21
route new tenant 1 address 198.18.1.0 prefixlen 24 type blackhole
route new tenant 1 address 198.18.1.1 prefixlen 32 nexthop 192.0.2.22
route new tenant 1 address 198.18.2.0 prefixlen 24 type unreachable
route new tenant 1 address 2001:db8:18:: prefixlen 48 nexthop 2001:db8:3::21
route new tenant 1 address 2001:db8:18:1:: prefixlen 64 type unreachable
END
check_eq "a route leads to its next hop, IPv4" "198.18.0.1 3 3" \
	"$(probe "$a" 198.18.0.1 9 64)"
check_eq "a route leads to its next hop, IPv6" "2001:db8:18::1 1 4" \
	"$(probe "$a" 2001:db8:18::1 9 64)"
check_eq "a longer prefix wins: blackhole, in silence" "none 1" \
	"$(probe_silence "$a" 198.18.1.2 9 64) $(dropped blackhole)"
before=$(strays "$r2")
check_eq "the longest prefix wins: another next hop" "198.18.1.1 3 3 1" \
	"$(probe "$a" 198.18.1.1 9 64) $(($(strays "$r2") - before))"
check_eq "unreachable is told, IPv4" "198.51.100.1 3 0" \
	"$(probe "$a" 198.18.2.1 9 64)"
check_eq "unreachable is told, IPv6" "2001:db8:1::1 1 0" \
	"$(probe "$a" 2001:db8:18:1::1 9 64)"
check_eq "unreachable is counted as such" 2 "$(dropped unreachable)"
route del tenant 1 address 198.18.1.1 prefixlen 32
check_eq "without the longest, the next longest counts" "none 2" \
	"$(probe_silence "$a" 198.18.1.1 9 64) $(dropped blackhole)"

# ---- several next hops

route replace tenant 1 address 198.18.0.0 prefixlen 15 \
	nexthop 192.0.2.21 nexthop "192.0.2.22*3"
route replace tenant 1 address 2001:db8:18:: prefixlen 48 \
	nexthop 2001:db8:3::21 nexthop 2001:db8:3::22
relay "$here/ecmp.py" "$h" "$a" "$r1" "$r2"

# ---- a set replaced whole, under traffic

# shellcheck disable=SC2317	# called below
churn()
{
	exec /usr/bin/python3 - "$h" "$here" "$count" <<-'END'
	import os
	import sys
	import time
	sys.path.insert(0, sys.argv[2])
	import nl
	nl.enter(sys.argv[1])
	fab = nl.Fabric("fab0")
	filler = [["tenant", "1", "address", f"198.19.{i}.0", "prefixlen", "24",
	           "type", "blackhole"] for i in range(100)]
	n = 0
	while True:
	    hop = ["192.0.2.21", "192.0.2.22"][n % 2]
	    fab.routes(1, *filler[n % 50:], [
	        "tenant", "1", "address", ["198.18.0.0", "198.18.0.0"][n % 2],
	        "prefixlen", ["15", "24"][n // 2 % 2], "nexthop", hop])
	    n += 1
	    with open(sys.argv[3] + ".new", "w") as f:
	        f.write(str(n))
	    os.rename(sys.argv[3] + ".new", sys.argv[3])
	    time.sleep(.001)
	END
}

count=$(mktemp)
defer rm -f "$count" "$count.new"
background churn
slowwait test -s "$count"
begin=$(cat "$count") lost='' rounds=0
replaced() { echo $(($(cat "$count") - begin)); }
# until it was often enough, for the slowest machine, too
while [ $rounds -lt 20 ]; do
	rounds=$((rounds + 1))
	out=$(in_ns "$a" ping -n -q -c $pings -i 0.002 -W 20 198.18.0.1)
	grep -q "$pings received, 0% packet loss" <<<"$out" || lost+=$out
	[ "$(replaced)" -le 10 ] || break
done
kill "$bg"
say "$(replaced) replacements under $((rounds * pings)) pings"
check_eq "routes are replaced whole without a lost packet" "" "$lost"
check "meanwhile routes were replaced" test "$(replaced)" -gt 10
