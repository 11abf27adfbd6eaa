#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# 1,000 namespace-VMs of one tenant by one apply: what it costs is printed,
# that it works is checked.
#
# +- $host --------------------+      +- VM 1 ----+       +- VM N ----+
# |  fab0                      |      |           |       |           |
# |    scale/lan 10.0.0.0/16 --|------|-- eth0    | . . . |-- eth0    |
# +----------------------------+      +-----------+       +-----------+

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter python3
plan 6
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit
n=${NSFAB_SCALE:-$((NSFAB_SLOW ? 60 : 1000))}

ctl() { in_ns "$host" netctl "$@"; }
defer nsenter --net="/run/netns/$host" netctl destroy scale
cat >lab.yaml <<END
lab: scale
tenants:
  scale:
    networks:
      lan: {subnets: [10.0.0.0/16]}
    vms:
      "vm-{1..$n}": {network: lan}
END
sed "s/1\.\.$n/1..1/" lab.yaml >first.yaml
ctl -q apply first.yaml
ctl -q destroy scale
clean=$(footprint_at_rest "$host")
gone()
{
	local now

	now=$(footprint "$host")
	[ "$now" = "$clean" ] ||
		{ diff <(echo "$clean") <(echo "$now") | head; false; }
}
available()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}
now() { date +%s%N; }
# TEXT NANOSECONDS
cost() { say "$1: $(($2 / 1000000)) ms, $(($2 / n / 1000)) us each"; }

# ---- what namespaces alone cost here

in_ns "$host" netctl fabric add fab0
mkdir pins
read -r bare pinned module end < <(in_ns "$host" \
	python3 "$here/scale.py" "$n" pins)
in_ns "$host" netctl fabric del fab0
cost "$n network and UTS namespaces by bare unshare()" "$bare"
cost "the same, pinned" "$pinned"
cost "the module's part: ports, and a device in each" "$module"
cost "and their end" "$end"

# ---- the lab

memory=$(available)
start=$(now)
check "one apply makes $n VMs" ctl -q apply lab.yaml
took=$(($(now) - start))
cost "apply of $n VMs" $took
say "that is $((took * 100 / bare)) % of bare unshare(), and" \
	"$((took * 100 / (pinned + module))) % of what is pinned and the module's"
say "memory: $(((memory - $(available)) / n)) KiB a VM"
check_eq "they are there" "$n" "$(ctl -j vm list | jq '[.[] |
	select(.state == "created" and (.nics[0].addresses | length) == 1)] |
	length')"
check_eq "each with its namespace" "$n" \
	"$(find /run/netns -name "$host.scale.*" | wc -l)"
start=$(now)
check_eq "a second apply finds nothing to change" \
	"lab scale: nothing to change" "$(ctl apply lab.yaml)"
cost "a second apply" $(($(now) - start))
pings() { ctl ping scale sample 500 timeout 30s | tee ping.out && grep -q ' 0 lost' ping.out; }
check "a sample of 500 pings loses none" pings
sed 's/^/# /' ping.out
start=$(now)
ctl -q destroy scale
cost "destroy" $(($(now) - start))
check "destroy leaves nothing" slowwait gone
