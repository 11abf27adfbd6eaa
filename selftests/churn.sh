#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Labs up and down, again and again: the 200th leaves as little as the first.
#
# +- $host --------------------------------------------------------------+
# |  u-churn: underlay between the hosts of the lab, all gone afterwards |
# |  +- churn.h1 ------------+   +- churn.h2 ------------+               |
# |  |  t/n: a (workload)    |   |  t/n: b, stub s       |               |
# |  +-----------------------+   +-----------------------+               |
# +----------------------------------------------------------------------+

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need netctl nsenter
plan 5
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit
rounds=$((NSFAB_SLOW ? 12 : 200))

ctl() { in_ns "$host" netctl "$@"; }
defer nsenter --net="/run/netns/$host" netctl destroy churn
cat >lab.yaml <<'END'
lab: churn
hosts:
  h1: {local: 192.0.2.1}
  h2: {local: 192.0.2.2}
tenants:
  t:
    networks:
      n: {subnets: [198.51.100.0/24, "2001:db8:1::/64"]}
      m: {subnets: [203.0.113.0/24]}
    vms:
      a: {network: n, host: h1, run: [sleep, "1000"]}
      b: {nics: [{network: n}, {network: m}], host: h2}
      s: {network: n, host: h2, stub: true}
    routes:
      - {to: 192.0.2.0/24, type: blackhole}
END

# A lab is made, works, and is destroyed.
round()
{
	ctl -q apply lab.yaml && ctl -q ping churn timeout 30s >/dev/null
	local status=$?
	ctl -q destroy churn && [ $status = 0 ]
}

# Kernel objects that a lab makes: each is one of these or holds one
slabs()
{
	sed -nE 's/^(net_namespace|mnt_cache|nsproxy|pid_namespace|uts_namespace|nsfab[a-z_]*|fib6_nodes|ip_dst_cache|ip6_dst_cache|sock_inode_cache) +([0-9]+) .*/\1 \2/p' \
		/proc/slabinfo 2>/dev/null
}
nets() { find /proc/[0-9]*/ns/net -maxdepth 0 -printf '%l\n' 2>/dev/null |
	sort -u | wc -l; }

# What is freed after a grace period or by a worker is given the time.
free_kb() { awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo; }
settle() { sync; echo 3 >/proc/sys/vm/drop_caches; }

ok=0
for ((i = 0; i < (NSFAB_SLOW ? 3 : 20); i++)); do
	round && ok=$((ok + 1))
done
clean=$(footprint_at_rest "$host")
gone()
{
	local now

	now=$(footprint "$host")
	[ "$now" = "$clean" ] || { diff <(echo "$clean") <(echo "$now"); false; }
}
settle
before=$(slabs) nets=$(nets) memory=$(free_kb)

ok=0
start=$SECONDS
for ((i = 0; i < rounds; i++)); do
	round && ok=$((ok + 1))
done
say "$rounds labs up and down in $((SECONDS - start)) s"
check_eq "$rounds labs work and are destroyed" $rounds $ok
check "they leave no device, namespace, mount, process, file, control group" \
	slowwait gone
as_many_nets() { nets && [ "$(nets)" = "$nets" ]; }
check "nor a network namespace that some process holds" slowwait as_many_nets

no_more()
{
	settle
	slabs | while read -r cache now; do
		was=$(sed -n "s/^$cache //p" <<<"$before")
		# a slab is given back as a whole: some room for what is partial
		[ $((now - was)) -lt $((rounds / 4 + 20)) ] ||
			{ echo "$cache: $was, now $now"; exit 1; }
	done
}
if [ -n "$before" ]; then
	check "nor objects of the kernel that labs are made of" slowwait no_more
else
	skip "nor objects of the kernel that labs are made of" "no slabinfo"
fi
# A leak of one namespace, some 100 KiB, in each of 200 rounds is more than this
# bound, of which 8 MiB are the noise of caches; 12 rounds tell of leaks ten
# times as large.
memory_back()
{
	settle
	local lost=$((memory - $(free_kb)))
	echo "$lost KiB"
	[ $lost -lt $((rounds * 40 + 8192)) ]
}
check "nor memory" slowwait memory_back
say "$(memory_back) less memory than before, $((memory / 1024)) MiB in all"
