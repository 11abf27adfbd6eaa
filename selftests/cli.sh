#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The words of netctl: what is wrong with them, what they may be cut to, what
# listings tell.
#
# +- $host ---------------------------------------------+   +- acme.web1 -+
# |  fab0  VXLAN, 192.0.2.1                             |   |             |
# |    acme/web  198.51.100.0/24, 2001:db8:1::/64  -----|---|-- eth0      |
# |      idle (stub), far (192.0.2.2)                   |   +-------------+
# |    acme/db   203.0.113.0/24: back (stub)            |
# +-----------------------------------------------------+

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter python3
plan 22
setup_ns host
ip -n "$host" link add u0 type veth peer name u1
ip -n "$host" addr add 192.0.2.9/24 dev u0
ip -n "$host" link set u0 up
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit

ctl() { in_ns "$host" netctl "$@"; }
end_lab() { ctl tenant del acme; ctl tenant del "$(printf 'a%.0s' {1..63})"; }
defer end_lab

# ---- mistakes

# STATUS: each line of standard input is the words of a mistake. Slow machines
# try a third of them, another third each time.
try_mistakes()
{
	local status=$1 every=$2 words got wrong=0 n=$((RANDOM % $2))
	local -a argv out err

	while IFS= read -r words; do
		[ $((n++ % every)) = 0 ] || continue
		eval "argv=($words)"
		got=0
		netctl "${argv[@]}" >out 2>err </dev/null || got=$?
		mapfile -t out <out
		mapfile -t err <err
		if [ $got != "$status" ] || [ ${#out[@]} != 0 ] ||
		   [ ${#err[@]} != 1 ] || [[ ${err[0]} != @(netctl|/)* ]]; then
			wrong=1
			printf '%s\n' "netctl $words => $got:" "${out[@]}" \
				"${err[@]}"
		fi
	done
	[ $wrong = 0 ] && [ $n -gt 0 ]
}
mistakes()
{
	in_ns "$host" bash -c "shopt -s extglob; $(declare -f try_mistakes)
		try_mistakes $1 $((NSFAB_SLOW ? 3 : 1))"
}

ctl fabric add fab0 underlay vxlan local 192.0.2.1 &&
	ctl tenant add acme label a=b &&
	ctl network add acme/web subnet 198.51.100.0/24 subnet 2001:db8:1::/64 &&
	ctl network add acme/db subnet 203.0.113.0/24 &&
	ctl vm add acme/web1 nic web label role=x &&
	ctl vm add acme/idle nic web stub && ctl vm add acme/back nic db stub &&
	ctl port add acme/far network web remote 192.0.2.2 ip 198.51.100.99 &&
	ctl neigh add acme/web 198.51.100.77 mac 02:00:00:00:00:01 &&
	ctl route add acme 192.0.2.0/24 blackhole || exit

holds() { ctl -j tenant list; ctl -j network list; ctl -j port list
	ctl -j fdb list; ctl -j neigh list; ctl -j route list
	ctl -j fabric list; ip netns list; }
state()
{
	holds | jq -Rc '. as $l | try (fromjson | del(.. | .in_packets?,
		.in_bytes?, .out_packets?, .out_bytes?, .local_packets?,
		.local_bytes?, .drop_packets?, .drop_bytes?, .flows?))
		catch $l'
}
before=$(state)

check "wrong words: one line on stderr, exit status 1" mistakes 1 <<'END'
''
nope
-z tenant list
-f
--nope tenant list
n list
tenant nope
tenant add
tenant add a b
tenant add a/b
tenant add "a b"
tenant add ''
tenant add -x
bottleneck add acme/-x rate 1mbit
topology gen ring 3 lab -x
tenant add "$(printf 'a%.0s' {1..64})"
tenant add a id
tenant add a id 0
tenant add a id 16777216
tenant add a id -1
tenant add a id 1x
tenant add a accounting much
tenant add a max-ports x
tenant add a label
tenant add a label =v
tenant add a nope 1
tenant del
tenant show
tenant show a b
tenant list nope
network add web
network add acme
network add "acme/$(printf 'a%.0s' {1..64})"
network add acme/web subnet
network add acme/web subnet 198.51.100.0
network add acme/web subnet 198.51.100.0/33
network add acme/web subnet 198.51.100.1/24
network add acme/web subnet nonsense/24
network add acme/web subnet 198.51.100.0/24 gateway 198.51
network add acme/web gateway 198.51.100.1
network add acme/web vni 16777216
network add acme/web mtu 67
network add acme/web mtu 65521
network add acme/web learning maybe
network add acme/x subnet 10.0.0.0/8 gateway 11.0.0.1
port add acme/p
port add acme/p network web mac 02:00:00
port add acme/p network web ip nonsense
port add acme/p network web ip 198.51.100.300
port add acme/p network web remote nonsense
port add acme/p network web unguarded maybe
port set acme/p nope
fdb add acme/web
fdb add acme/web nonsense port acme/p
fdb add acme/web 02:00:00:00:00:01
fdb load
fdb load /nonexistent
neigh add acme/web nonsense mac 02:00:00:00:00:01
neigh add acme/web 198.51.100.9
route add acme nonsense via 198.51.100.9
route add acme 10.0.0.0/8
route add acme 10.0.0.0/8 via 198.51.100.9,weight=0
route load /nonexistent
fabric add fab1 underlay nope
fabric add fab1 underlay vxlan
fabric add fab1 underlay vxlan local nonsense
fabric add fab1 underlay vxlan local 192.0.2.1 port 65536
fabric add fab1 underlay vxlan local 192.0.2.1 dev u0
fabric add 0123456789abcdefg
fabric del
vm add acme
vm add acme/a
vm add acme/a/b nic web
vm add "acme/$(printf 'a%.0s' {1..64})" nic web
vm add acme/a nic web,ip=nonsense
vm add acme/a nic web,ip=10.9.9.9
vm add acme/a nic web,nope=1
vm add acme/a nic web,mac=nonsense
vm add acme/a nic web cpus x
vm add acme/a nic web memory x
vm add acme/a nic web run
vm exec
vm exec acme/a
vm nope acme/a
vm list state nope
exec
capture
capture acme/a -c x
flow top -n x
flow list proto nope
flow list addr nonsense
flow list port 65536
flow list min-bytes x
flow top by nope
flow export format nope
stats nope
drops nope
apply
apply /nonexistent
diff
diff /nonexistent
check
check /nonexistent
destroy
export
export nope
ping a b c
ping sample 0
ping timeout nope
help nope
END

check "what the kernel refuses: one line on stderr, exit status 2" \
	mistakes 2 <<'END'
tenant show nope
tenant del nope
tenant set nope accounting rich
tenant add acme
tenant add a flow-timeout 0
tenant set acme revision 0
network add nope/web
network add acme/web
network add acme/x vni 1
network add acme/x subnet 198.51.100.0/25
network add acme/x subnet 2001:db8:9::/64 mtu 1000
network show acme/nope
network set acme/web mtu 1300
network del acme/nope
port show acme/nope
port del acme/nope
port add acme/p network nope
port add acme/p network web ip 198.51.100.99
port add acme/p network web ip 224.0.0.1
port add acme/p network web ip 198.51.100.1
port set acme/far ip 198.51.100.1
port add acme/p network web remote 192.0.2.1
port add acme/p network web remote 2001:db8::1
port add acme/p network web patch acme/far
port add acme/p network web patch acme/nope
port add acme/p network web patch nope/db
fdb del acme/web 02:00:00:00:00:09
fdb show acme/web 02:00:00:00:00:09
neigh add acme/web 198.51.100.77 mac 02:00:00:00:00:02
neigh del acme/web 198.51.100.78
route add acme 192.0.2.0/24 unreachable
route add acme 198.51.100.0/24 blackhole
route add acme 10.0.0.0/8 via 192.0.2.7
route add acme 10.0.0.0/8 via 198.51.100.1
route del acme 10.0.0.0/8
route show acme 10.0.0.1
fabric add fab0
fabric add fab1 underlay vxlan dev u1
fabric add fab1 underlay vxlan dev nope
fabric del nope
vm show acme/nope
-j vm show acme/nope
-j vm list nope
vm del acme/nope
vm add nope/a nic web
vm add acme/a nic nope
vm add acme/web1 nic web
vm exec acme/nope -- true
vm exec nope/a -- true
exec nope/a true
vm exec acme/idle -- true
vm start acme/nope
-f nope tenant list
-n nope tenant list
END
check_eq "and nothing has changed" "$before" "$(state)"

# ---- completion

# WORDS|WORDS that the last one may be, all of them
try_completions()
{
	local words wanted got wrong=0

	# shellcheck disable=SC1091
	. "$here/../userspace/completion/netctl"
	while IFS='|' read -r words wanted; do
		read -ra COMP_WORDS <<<"netctl $words"
		COMP_WORDS+=('')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_netctl
		got=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | paste -sd ' ')
		[ "$got" = "$wanted" ] && continue
		wrong=1
		printf '%s\n' "netctl $words: $wanted" "found: $got"
	done
	[ $wrong = 0 ]
}
completes()
{
	in_ns "$host" bash -c "here=$here; $(declare -f try_completions)
		try_completions"
}
ctl tenant set acme label name=x
check "words that come next are completed" completes <<'END'
tenant show|acme
net ls|acme label
net sh|acme/db acme/web
vm show|acme/back acme/idle acme/web1
vm stop acme/back|acme/back acme/idle acme/web1 now
vm add acme/x nic|db web
vm add|
tenant add|
route add|acme
port show|acme/back/eth0 acme/far acme/idle/eth0 acme/web1/eth0
link del|- acme/back acme/back/eth0 acme/far acme/idle acme/idle/eth0 acme/web1 acme/web1/eth0
link set acme/web1 acme/back loss|gemodel none nth random state
link set acme/web1 acme/back delay 1ms dist|normal pareto table uniform
link del acme/web1 acme/back|scope
capture acme/web1|-c -s -t -w
stats|tenant
stats tenant|acme
drops|tenant vm
drops vm|acme/back acme/idle acme/web1
flow top tenant acme by|bytes packets
fabric set fab0 local 192.0.2.1|dev down local max-tenants mtu port up
topology gen|dumbbell fat-tree graphml leaf-spine linear minimal random ring single star torus tree
END
ctl tenant set acme nolabel name

# ---- devices

from_device()
{
	local says

	ctl fabric add fab1 underlay vxlan port 4790 dev u0 &&
		ctl -j fabric show fab1 | jq_is '.local == "192.0.2.9"' &&
		ctl fabric del fab1 &&
		netctl -n "$host" fabric add fab1 underlay vxlan port 4790 dev u0 &&
		ip -n "$host" addr flush dev u0 &&
		ip -n "$host" addr add 2001:db8:9::9/64 nodad dev u0 &&
		ctl fabric del fab1 &&
		ctl fabric add fab1 underlay geneve dev u0 &&
		ctl -j fabric show fab1 | jq_is '.local == "2001:db8:9::9"' &&
		ctl fabric del fab1 || return
	says=$(ctl fabric add fab1 underlay vxlan dev u1 2>&1)
	echo "$says"
	[ "$says" = "netctl fabric add: device u1 has no address" ]
}
check "an underlay's address is that of a device" from_device
check_eq "and no fabric is left of that" '["fab0"]' \
	"$(ctl -j fabric list | jq -c '[.[].name]')"

# ---- patches

# NETWORK: names of its ports and of those that they are connected to
patches()
{
	ctl -j port list network "$1" | jq -r '.[] | select(.peer) |
		.name + " " + .peer'
}
patched()
{
	ctl --dry-run port add acme/up network web patch acme/db &&
		[ -z "$(patches acme/db)" ] &&
		ctl port add acme/up network web patch acme/db &&
		[ "$(patches acme/web)" = "up acme/up-peer" ] &&
		[ "$(patches acme/db)" = "up-peer acme/up" ] &&
		ctl port set acme/up unbound && ctl port del acme/up-peer &&
		ctl port set acme/up patch acme/db &&
		[ "$(patches acme/db)" = "up-peer acme/up" ] &&
		ctl port del acme/up acme/up-peer || return
	# one end cannot be: none is left
	! ctl port add acme/up network web patch acme/web &&
		! ctl port add acme/far network web patch acme/db &&
		! ctl port show acme/up-peer && ! ctl port show acme/far-peer
}
check "a patch to a network makes its other end there" patched

# ---- names

name63=$(printf 'a%.0s' {1..63})
long_names()
{
	ctl tenant add "$name63" &&
		ctl network add "$name63/$name63" subnet 198.51.100.0/24 &&
		ctl vm add "$name63/$name63" nic "$name63" &&
		ctl vm exec "$name63/$name63" -- true &&
		ctl -j vm list "$name63" | jq_is ".[0].name == \"$name63\"" &&
		ctl tenant del "$name63" &&
		! ip netns list | grep aaaa
}
check "names of 63 letters work" long_names

# ---- abbreviations

# Again if a counter has moved in between
# shellcheck disable=SC2086	# words
equal() { diff <(ctl $1) <(ctl $2); }
cuts()
{
	local long short

	while IFS='|' read -r long short; do
		slowwait equal "$long" "$short" || return
	done
}
check "a word may be cut as long as it is unambiguous" cuts <<'END'
tenant list|ten ls
network list|net ls
network list|net l
network show acme/web|net sh acme/web
port list|po ls
fabric list|fab ls
neigh list|neig li
route list|ro ls
fdb list|fd ls
vm list|v ls
END

# ---- JSON

# a packet to be counted, and one to be dropped
ctl vm exec acme/web1 -- ping -c 1 -W 20 198.51.100.1 >/dev/null
ctl vm exec acme/web1 -- ping -c 1 -W 0.1 192.0.2.7 >/dev/null
counters="in_packets in_bytes out_packets out_bytes drop_packets"
# LISTING KEYS
json()
{
	# shellcheck disable=SC2086
	ctl -j $1 | python3 "$here/cli_json.py" $2
}
listings()
{
	local words keys

	while IFS=: read -r words keys; do
		json "$words" "$keys" || { echo "in: $words"; return 1; }
	done
}
check "each listing is a JSON array with its keys and plain numbers" \
	listings <<END
fabric list: name ifindex underlay local port mtu max_tenants up
tenant list: name id accounting revision max_ports labels $counters
network list: tenant name id vni mtu learning subnets labels $counters
port list: tenant name id network mac addresses binding labels $counters
fdb list: network mac kind port vtep revision
neigh list: network address mac kind port revision
route list: tenant prefix type nexthops network revision
vm list: tenant name state netns labels nics
flow list: tenant proto src dst src_l4 dst_l4 first_ns last_ns orig reply
flow top: tenant proto src dst
flow matrix: from to flows packets bytes
drops: tenant port reason packets bytes
END
ctl link add acme/web1 acme/idle delay 1ms &&
	ctl bottleneck add acme/wan rate 1gbit || exit
shows()
{
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		ctl -j $words | jq_is 'type == "object"' &&
			ctl $words >out && grep -q : out && continue
		echo "in: $words"
		return 1
	done
}
check "what is shown is one JSON object, or lines" shows <<'END'
fabric show fab0
tenant show acme
network show acme/web
port show acme/far
vm show acme/web1
neigh show acme/web 198.51.100.77
route show acme 192.0.2.7
link show acme/web1 acme/idle
bottleneck show acme/wan
stats
stats tenant acme
END
check "-p is the same, indented" diff <(ctl -j network list) \
	<(ctl -p network list | jq -c .)
check_eq "an empty listing is an empty array" '[]' \
	"$(ctl -j fdb list acme/web kind static)"
numbers()
{
	ctl -j network list | jq_is '.[] | select(.name == "web") |
		(.subnets | length) == 2 and .learning == false and
		(.mtu | type) == "number"' &&
	ctl -j drops | jq_is 'map(select(.reason == "blackhole"))[0].packets
		== 1'
}
check "numbers are numbers, and right" numbers
# It is dropped before the router has found where it goes.
expired()
{
	ctl -j flow matrix | tee /dev/stderr |
		jq_is 'any(.from == "acme/web1" and .to == "acme/back")'
}
ctl vm exec acme/web1 -- ping -c 1 -t 1 -W 0.1 203.0.113.2 >/dev/null
check "flow matrix names the VM that a packet did not live to reach" \
	slowwait expired
heard()
{
	ctl network add acme/heard && ctl network del acme/heard
	grep -q heard monitor.out
}
monitor()
{
	nsenter --net="/run/netns/$host" netctl -j monitor >monitor.out &
	local pid=$!
	slowwait heard
	local status=$?
	kill $pid
	wait $pid
	[ $status = 0 ] && jq -es 'length > 0 and all(type == "object")' \
		monitor.out
}
check "monitor -j is one JSON object for each change" monitor

# ---- what needs no kernel

helps()
{
	local object text

	ctl -h | grep -q OBJECT || return
	for object in $(ctl help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		text=$(ctl help "$object" 2>&1) &&
			[[ $text == netctl*" $object"* ]] && continue
		echo "$object: $text"
		return 1
	done
}
check "help tells of each object" helps
# what it would act on, were it not for -h
behind_verbs()
{
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		[[ $(ctl $words 2>&1) == netctl* ]] && ctl $words && continue
		echo "in: $words"
		return 1
	done
}
check "-h behind a verb is help alone" behind_verbs <<'END'
fabric add -h
fabric add --help
tenant del -h acme
topology gen -h
apply -h
exec --help
END
check "-V tells the version" grep -Eq '[0-9]+\.[0-9]+' <(ctl -V)

# The module is the guest's, to be taken out and put back.
ko=$here/../build/${HOSTNAME#nsfab-}/nsfab.ko
without=("without the module: exit status 3 and one line" \
	"without the module: wrong words are told first" \
	"without the module: help and check work")
end_lab 2>/dev/null
ctl fabric del fab0
if [ -f "$ko" ] && rmmod nsfab 2>/dev/null; then
	put_back() { [ -d /sys/module/nsfab ] || insmod "$ko"; }
	defer put_back
	check "${without[0]}" mistakes 3 <<-'END'
	tenant list
	vm list
	fabric add fab0
	flow list
	ping
	END
	check "${without[1]}" mistakes 1 <<-'END'
	tenant nope
	tenant add a/b
	check /nonexistent
	END
	printf 'lab: a\ntenants: {t: {networks: {n: {}}}}\n' >lab.yaml
	no_module()
	{
		helps && [ "$(ctl check lab.yaml)" = \
			"lab a: good; 0 hosts, 1 tenant, 1 network, 0 vms" ]
	}
	check "${without[2]}" no_module
else
	for name in "${without[@]}"; do
		skip "$name" "the module cannot be taken out"
	done
fi
