#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Traces, distributions and schedules of a lab are in what is exported of it,
# and come back when an apply is refused.
#
#   acme  a, b, c in web   beta  a, b in web   one fabric, one schedule
#   far   hosts h1, h2, whose underlay has a schedule of its own

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter python3
plan 17
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit

ctl() { in_ns "$host" netctl "$@"; }
for lab in big far one; do
	defer nsenter --net="/run/netns/$host" netctl destroy $lab
done

seq 0 3 60000 >mahimahi.trace
seq -8192 16 8192 | sed 's/^/ /' >own.dist
{
	echo '<KEEP>,<LATENCY>,<JITTER>,<RATE>,<LOSS>,<LIMIT>'
	for ((i = 0; i < 300; i++)); do
		echo "$((1000 + i * 10)),$((i * 1000)),$((i % 7)),$((
			i % 5 ? 1000000 * i : 500)),$((i * 123457)),$((i % 9))"
	done
} >theaterq.csv
loop=$(awk -F, 'NR > 1 { n += $1 } END { print n "us" }' theaterq.csv)

# beta stands before acme: the order of tenants is the names'.
cat >one.yaml <<END
lab: one
seed: 7
tenants:
  beta:
    networks: {web: {subnets: [198.51.100.0/24]}}
    vms: {"{a..b}": {network: web, stub: true}}
    links:
      - {from: b, to: a, rate: 1mbit, scope: 1, proto: tcp}
      - {from: b, to: a, rate: 2mbit, overtake: on, trace: theaterq.csv}
  acme:
    networks: {web: {subnets: [198.51.100.0/24]}}
    vms: {"{a..c}": {network: web, stub: true}}
    bottlenecks:
      core: {rate: 1gbit, queue: 20ms}
      cell: {trace: mahimahi.trace, queue: 64k, ecn: 5ms}
    links:
      - {between: [a, b], delay: 5ms, jitter: 1ms, dist: table own.dist}
      - {from: c, delay: 1ms, jitter: 1ms, dist: table own.dist, path: [core, cell]}
    schedule:
      loop: $loop
      events:
        - {at: 20ms, link: [a, b], set: {dist: normal, loss: gemodel 1% 10%}}
        - {at: 10ms, fail: [a, b]}
        - {at: 30ms, restore: [a, b]}
        - {at: 0, bottleneck: core, set: {rate: 500mbit}}
        - {at: 10ms, bottleneck: core, set: {rate: none, queue: auto, ecn: "off"}}
        - {at: 40ms, link: [a, b], set: {dist: table own.dist, overtake: on}}
        - {at: 50ms, link: c, set: {delay: 0, loss: "nth 1,5", seed: 9, state: up}}
        - {at: 60ms, from: a, to: b, set: {corrupt: 0.01%, overhead: l1}}
END
sed -i -e 's/"{a..b}"/a: {network: web, stub: true}, b/' \
	-e 's/"{a..c}"/a: {network: web, stub: true}, b: {network: web, stub: true}, c/' \
	one.yaml

# LAB NAME: what is exported is no change, and neither is applying it; made
# anew of it, the same is exported
round_trip()
{
	ctl export "$1" >"$2.yaml" && ctl diff "$2.yaml" check &&
		[ "$(ctl apply "$2.yaml")" = "lab $1: nothing to change" ] &&
		ctl -q destroy "$1" && ctl -q apply "$2.yaml" &&
		ctl export "$1" >again.yaml && cmp "$2.yaml" again.yaml
}
count() { ctl -j schedule show | jq .events; }

check "a lab with traces, distributions and a schedule" ctl apply one.yaml
# Lines of the one file, changes of links in the other, what each link begins with
n=$((300 + 12 + 5))
check "its own file is no change" ctl diff one.yaml check
check "an exported file makes the same lab" round_trip one first
check_eq "with as many events" "$n" "$(count)"
check "of which the file that it was made of is no change" \
	ctl diff one.yaml check
check_eq "none of it is left untold" 0 "$(grep -c '#' first.yaml)"
check "and no line is long" awk 'length > 200 { exit 1 }' first.yaml

# ---- what is refused half way

now=$(ctl export one)
unchanged() { [ "$now" = "$(ctl export one)" ]; }
# FILE WORDS: the kernel refuses it so, half way, and what was there is back
undone()
{
	local status=0

	ctl apply "$1" >out 2>&1 || status=$?
	cut -c1-200 out
	[ $status = 2 ] && grep -q "$2" out && ! grep -q 'not be undone' out &&
		unchanged && [ "$(count)" = "$n" ]
}
has_looped() { [ "$(ctl -j schedule show | jq .loops)" -ge 2 ]; }
# MICROSECONDS: begun later than then, and running
runs_since()
{
	local it

	it=$(ctl -j schedule show) && [ "$(jq -r .state <<<"$it")" = running ] &&
		[ "$(jq '.loops * .loop_ns' <<<"$it")" -le \
			$(((${EPOCHREALTIME/[.,]/} - $1) * 1000)) ]
}
edited()
{
	sed -e 's/trace: \[0, 3, /trace: [1, 3, /' -e 's/rate: 500mbit/rate: 1mbit/' \
		-e 's/table: \[-8192, /table: [-8200, /' "$@" first.yaml
}
edited >edited.yaml
check_eq "another trace, other tables and events are what differs" 4 \
	"$(ctl diff edited.yaml | cut -d ' ' -f 1,2 | grep -cE \
		'^(~ bottleneck|~ link|- schedule|\+ schedule)' || true)"
# An address that somebody else has taken: the schedule has ended by then.
edited -e '0,/^    vms:/s/^    vms:/&\n      z: {nics: [{network: web, ip: 198.51.100.77}], stub: true}/' \
	>vm.yaml
ctl port add acme/alien network web ip 198.51.100.77
check "a VM that is refused: the schedule is as it was" undone vm.yaml \
	"has that MAC or address already"
ctl port del acme/alien
# The kernel alone multiplies jitter by a table: the last step of all.
edited -e '0,/set: {corrupt/s/set: {corrupt/set: {jitter: 15s, corrupt/' \
	-e '0,/at: 40ms/s//at: 10ms/' >event.yaml
slowwait has_looped || say "the schedule stands still"
begin=${EPOCHREALTIME/[.,]/}
check "an event that is refused: trace, tables and schedule are as they were" \
	undone event.yaml "longer than 16 s"
check "and the schedule goes on from its begin" runs_since "$begin"
# A subnet that somebody else has: routes come behind the other schedule, which
# has begun by then, and has changed what the one before leaves alone.
edited -e '0,/^    vms:/s/^    vms:/    routes: [{to: 203.0.113.0\/24, type: blackhole}]\n&/' \
	-e '0,/at: 40ms/s/^ *- {at: 40ms/        - {at: 0, from: a, to: b, set: {duplicate: 50%}}\n&/' \
	>route.yaml
ctl network add acme/alien subnet 203.0.113.0/24
check_eq "routes come behind the schedule" "schedule routes" \
	"$(ctl diff route.yaml | awk '/^\+/ { print $2 }' | xargs)"
check "a route that is refused: so is what another schedule has changed" \
	undone route.yaml "A network has that subnet"
ctl network del acme/alien
check "what was refused there is good without it" ctl apply edited.yaml
ctl -q destroy one

# ---- hosts

cat >far.yaml <<'END'
lab: far
hosts: {h2: {local: 192.0.2.2}, h1: {local: 192.0.2.1}}
underlay:
  links: [{between: [h1, h2], delay: 2ms}]
  schedule: {events: [{at: 1h, link: [h1, h2], set: {delay: 3ms}}]}
tenants:
  t:
    networks: {n: {subnets: [198.51.100.0/24]}}
    vms: {a: {network: n, host: h1}, b: {network: n, host: h2}}
    links: [{between: [a, b], rate: 1mbit}]
    schedule:
      loop: 3s
      events:
        - {at: 1s, link: [b, a], set: {rate: 2mbit}}
        - {at: 1s, from: a, to: b, set: {loss: 1%}}
END
sed -i 's/1h/3600s/' far.yaml
check "hosts, each with a schedule, and one of the underlay" ctl apply far.yaml
check "are exported likewise" round_trip far far2
ctl -q destroy far

# ---- as large as they can be

{
	echo 'lab: big
tenants:
  t:
    networks: {n: {subnets: [198.51.100.0/24]}}
    vms: {a: {network: n, stub: true}, b: {network: n, stub: true}}
    links:
      - {from: a, trace: long.trace}
      - {from: b, delay: 1ms, trace: long.csv}'
} >big.yaml
seq 1 $((1 << 20)) >long.trace
seq 65535 | sed 's/.*/1000,&,&000,0,9/' >long.csv
big()
{
	ctl apply big.yaml && round_trip big big2 &&
		[ "$(count)" = 65536 ] && ctl diff big.yaml check
}
check "65536 events, and a trace of 1048576 opportunities" big
