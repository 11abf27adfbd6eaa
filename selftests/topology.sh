#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Topologies as netctl makes them up: each of them up, everybody reached, gone.
#
#	h1   h2   h3             switches are networks, links pairs of
#	 |    |    |             patch ports, hosts VMs of one subnet
#	s1---s2---s3--- ...
#
# Rows and trees learn; what has loops goes by tables; of leaves and spines
# each is a VM that routes.

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter
shapes=('linear,20' 'tree,2,3' 'ring,8' 'torus 3x3' 'fat-tree k=4'
	'leaf-spine 2,3,2')
plan $((5 * ${#shapes[@]} + 20))
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit

ctl() { in_ns "$host" netctl "$@"; }
defer nsenter --net="/run/netns/$host" netctl destroy topo
# words of topology gen; "3x3" is one, "linear,20" too
gen()
{
	# shellcheck disable=SC2086	# words
	netctl topology gen $1 lab topo "${@:2}" -o topo.yaml
}
# what is made once and stays, like the place where namespaces are pinned
gen 'single 2' && ctl apply topo.yaml >/dev/null && ctl destroy topo >/dev/null
clean=$(footprint_at_rest "$host")

# 0 lost of a sample, once links and neighbours are there
reached() { ctl ping topo sample 40 timeout 5s; }
again() { [ "$(ctl apply topo.yaml)" = "lab topo: nothing to change" ]; }
made() { gen "$1" && ctl apply topo.yaml; }
exported() { ctl export topo >same.yaml && ctl diff same.yaml check; }
back() { ctl apply topo.yaml && slowwait reached; }
gone()
{
	local now
	now=$(footprint "$host")
	[ "$now" = "$clean" ] || { diff <(echo "$clean") <(echo "$now"); false; }
}

for shape in "${shapes[@]}"; do
	check "$shape: a lab is made of it" made "$shape"
	check "$shape: everybody is reached" slowwait reached
	check "$shape: a second apply changes nothing" again
	check "$shape: what is exported is the same" exported
	ctl destroy topo >/dev/null
	check "$shape: destroyed, it leaves nothing" slowwait gone
done

# ---- leaves and spines route IPv6 as well, by all spines

reached_v6() { ctl ping topo sample 40 timeout 5s ipv6; }
hops() { ip -j -n "$host.topo.leaf1" -6 route show "$1" | jq '.[0].nexthops | length'; }
gen 'leaf-spine 2,3,2'
ctl apply topo.yaml >/dev/null
check "leaf-spine: everybody is reached by IPv6" slowwait reached_v6
check_eq "by each of two spines" 2 "$(hops fd00:10::/48)"
ctl destroy topo >/dev/null

# ---- who talks to whom, whatever is between them that holds packets

# ADDRESS: ends of the flow that h1's pings there are, which last long enough
# for a flow to look again where its packets come from
ends()
{
	ctl exec topo/h1 -- ping -q -c 30 -i 0.1 "$1" >/dev/null
	ctl -j flow list | jq -r --arg to "$1" '.[] | select(.proto == "icmp" and
		.dst == $to) | "\(.src_port) \(.dst_port)"'
}
gen 'linear 3' delay 2ms
ctl apply topo.yaml >/dev/null
check_eq "a flow's ends are hosts, not the switches on its way" \
	"topo/h1/eth0 topo/h3/eth0" "$(ends 10.0.0.3)"
ctl destroy topo >/dev/null
gen 'leaf-spine 2 2 1' delay 1ms
ctl apply topo.yaml >/dev/null
check_eq "nor are they routers, which send its packets in again" \
	"topo/h1/eth0 topo/h2/eth0" "$(ends 10.0.1.2)"
ctl destroy topo >/dev/null

words()
{
	gen 'linear 2' delay 1ms jitter 100us rate 1gbit loss 0.1% dup 1% \
		reorder 1% corrupt 1% queue 10ms && netctl check topo.yaml
}
check "what is generated of all words of links is a good file" words

# ---- a small table of neighbours, which is one of all namespaces

few=/proc/sys/net/ipv4/neigh/default/gc_thresh3
crowd()
{
	local was status=0

	gen 'single 30' && ctl -q apply topo.yaml || return
	was=$(cat $few)
	echo 64 >$few
	ctl ping topo timeout 30s || status=$?
	echo "$was" >$few
	ctl -q destroy topo
	return $status
}
check "ping asks no more at a time than the kernel keeps neighbours" crowd

# ---- many switches that learn: hosts say nothing by themselves

v6() { ip -j -n "$host.topo.h1" -6 addr | jq length; }
gen 'linear 65' switching learn
ctl apply topo.yaml >/dev/null
check_eq "hosts of a long row are without IPv6" 0 "$(v6)"
sed -i '/^      h1:/s/, ipv6: false//' topo.yaml
ctl apply topo.yaml >/dev/null
check "and may have it again" [ "$(v6)" -gt 0 ]
check "which is what is exported" exported
gen 'linear 65' switching learn
ctl apply topo.yaml >/dev/null
check_eq "and lose it while they run" 0 "$(v6)"
ctl destroy topo >/dev/null

# ---- what goes by tables floods nothing, and follows what changes

gen 'ring 4'
ctl apply topo.yaml >/dev/null
entries() { ctl -j fdb list | jq 'map(select(.kind == "static")) | length'; }
check_eq "each switch of a ring knows the hosts of all others" 12 "$(entries)"
check_eq "and none of them learns" 0 \
	"$(ctl -j fdb list | jq 'map(select(.kind == "learned")) | length')"
outputs()
{
	local file

	for file in a.jpg a.txt a.PNG a /nonexistent/a.svg /nonexistent/a.dot
	do
		if ctl graph topo output $file || [ -e $file ]; then
			return 1
		fi
	done
	ctl graph topo output a.dot && grep -q net1 a.dot
}
check "a picture is of a kind that is known, and can be written" outputs
edges() { ctl graph topo | sed -nE 's/^ *net[0-9] -- net[0-9] .*, label="(.*)".*/\1/p'; }
ctl -q link set - topo/patch-s1-s2 delay 5ms rate 10mbit
ctl -q link set topo/patch-s2-s1 delay 2ms
ctl -q link set - topo/patch-s2-s1 delay 1ms
check_eq "the ring is drawn, with what its links do" "7ms 10mbit / 1ms" \
	"$(edges)"
check_eq "its switches are joined in a ring" 4 \
	"$(ctl graph topo | grep -cE '^ *net[0-9] -- net[0-9] ')"
ctl -q apply topo.yaml
# the ring is cut, and a host moves from one switch to another
sed -e '/between: \[s4, s1\]/d' -e 's/h4: {network: s4/h4: {network: s2/' \
	topo.yaml >cut.yaml
check "a cut ring with a host that has moved is applied" ctl apply cut.yaml
check "and everybody is still reached" slowwait reached
check "and a second apply changes nothing" ctl diff cut.yaml check
check "and back" back
ctl destroy topo >/dev/null
check "and destroyed, it leaves nothing" slowwait gone
