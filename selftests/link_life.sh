#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links and what they hold come and go: with ports, namespaces and fabrics, while
# packets are on their way, and nothing stays behind. Overload is told of.
#
#   a .11   b .12   c .13   d .14	   network 1, 198.51.100.0/24
#   |       |       |       |
# +-+-------+-------+-------+-+
# |  h  fab0                  |
# +---------------------------+

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
need jq
plan 22

fab() { nl "in $h ; use fab0 ; $*"; }
is_flowing()
{
	[ "$(fab link get | jq '[.[].counters.packets > 0] | all')" = true ]
}
is_gone() { ! ip -n "$h" link show "$1" 2>/dev/null; }

# A namespace is there as long as something refers to it, whatever its name does;
# one end of a veth pair in it says so.
watch_ns()
{
	ip link add "w-$1" netns "$h" type veth peer name watch netns "${!1}"
}

setup_ns h a b c d && link_lab "$h" "$a" "$b" "$c" "$d" || exit

# The fabric and its VMs, made anew
renew()
{
	local ns

	ip -n "$h" link del fab0 2>/dev/null
	for ns in a b c; do
		ip netns del "${!ns}" 2>/dev/null
		slowwait is_gone "w-$ns"
	done
	ip netns add "$a" && ip netns add "$b" && ip netns add "$c" || return
	ip -n "$d" link del eth0 2>/dev/null
	link_lab "$h" "$a" "$b" "$c" "$d"
}

# ---- packets that are held, and ports that go

watch_ns a
watch_ns b
watch_ns c
# Once more if the machine took longer than packets are held.
for last in '' '' '' last; do
	ended=0
	out=$("$here/link_life.py" going "$h" "$a" "$b" "$c" "$d" $last 2>&1) ||
		ended=$?
	[ $ended = 3 ] || break
	renew && watch_ns a && watch_ns b && watch_ns c || exit
done
told() { printf '%s\n' "$out"; return "$ended"; }
relay told

# ---- all of it, under traffic

rounds=$((NSFAB_SLOW ? 3 : 8))
idle=0 left=0
for ((i = 0; i < rounds; i++)); do
	renew || exit
	{
		echo "in $h
		use fab0
		link new id 9 tenant 1 name core rate 100000000 delay 2000000
		link new id 1 from 1 to 2 delay 3000000 jitter 1000000 path 9
		link new id 2 from 2 delay 16000000000
		link new id 3 to 3 delay 500000 duplicate 400000000 path 9"
	} | nl
	"$here/link_life.py" flood "$h" "$a" "$b" "$c" "$d" &
	flood=$!
	slowwait is_flowing || idle=$((idle + 1))
	watch_ns b
	case $((i % 3)) in
	0) fab link del id 1 ;;
	1) fab port del id 2 ;;
	2) ip netns del "$b" ;;
	esac
	ip -n "$h" link del fab0
	kill "$flood"
	wait "$flood" 2>/dev/null
	ip netns del "$b" 2>/dev/null
	# long before the last packet would be delivered
	slowwait -t 10 is_gone w-b || left=$((left + 1))
done
check_eq "fabrics go under traffic, with all kinds of links" "0 idle, 0 left" \
	"$idle idle, $left left"

# ---- changes while traffic runs

renew || exit
relay "$here/link_life.py" changes "$h" "$a" "$b" "$c" "$d"

relay "$here/link_life.py" rebinding "$h" "$a" "$b" "$c"

# ---- overload is told of

verdict()
{
	local status

	ip netns exec "$h" netctl -j fidelity "$@" >/tmp/fidelity-$$
	status=$?
	printf '%s %s' "$(jq -r .verdict /tmp/fidelity-$$)" $status
	rm -f /tmp/fidelity-$$
}

books()
{
	fab stats get | jq '.[0].usage[] | select(.table == "held") | .count'
}
is_booked() { [ "$(books)" = "$1" ]; }
fab tenant set id 1 max-held 20
fab link new id 1 from 1 to 2 delay 500000000
in_ns "$a" "$here/link_life.py" datagrams 198.51.100.12 10
has_sent() { [ "$(fab link get | jq '.[0].counters.out_packets')" = "$1" ]; }
slowwait has_sent 10 >/dev/null
check_eq "fidelity: a link that does its work is PASS" "PASS 0" \
	"$(verdict budget 10s worst 15s)"
check_eq "fidelity: later than the budget is INVALID" "INVALID 4" \
	"$(verdict budget 1ns worst 15s)"
check_eq "fidelity: as it is if the worst one is later than that" "INVALID 4" \
	"$(verdict budget 10s worst 1ns)"
# nothing is held any more, and what will be is until the last one has come
slowwait is_booked 0
fab link set id 1 delay 16000000000
in_ns "$a" "$here/link_life.py" datagrams 198.51.100.12 100
check_eq "fidelity: more packets than may be held are INVALID" "INVALID 4" \
	"$(verdict budget 10s worst 15s)"
check_eq "they are counted" 80 \
	"$(fab link get | jq '.[0].counters.held_drops')"
fab tenant set id 1 max-held 1000000
fab link del id 1
if virtual_time; then
	skip "fidelity: an overloaded machine is INVALID" "none is in virtual time"
else
	relay "$here/link_life.py" overload "$h" "$a" "$b"
	check_eq "fidelity: an overloaded machine is INVALID" "INVALID 4" \
		"$(verdict)"
fi
