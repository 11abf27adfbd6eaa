#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A lab is run twice in virtual time, from the same instant of the clock: what
# netctl exports of its flows is the same to the byte, each flow's line. (Sums of
# gaps, which accounting rich adds, have microseconds: they tell in which quarter
# of one the guest's clock was at the begin.)
#
#   a --- link, jitter, loss --- core, 20 Mbit/s ---+--- c
#   b --- link, duplicates ------/

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
virtual_time || skip_all "runs are the same only in virtual time"
need jq
plan 4
out=$(mktemp -d)
defer rm -rf "$out"

run()
{
	local seed=$2

	setup_ns h a b c && link_lab "$h" "$a" "$b" "$c" || return
	nl <<-END || return
		in $h
		use fab0
		link new id 9 tenant 1 name core rate 20000000 queue-bytes 60000
		link new id 1 from 1 delay 5000000 jitter 2000000 dist normal loss-model gilbert loss 40000000 loss 1000000000 seed $seed path 9
		link new id 2 from 2 delay 3000000 duplicate 40000000 seed $seed path 9
		link new id 3 from 3 delay 1000000 reorder 400000000 seed $seed
	END
	"$here/link_same.py" "$a" "$b" "$c" || return
	ip netns exec "$h" netctl flow export format csv >"$out/$1.csv" &&
		ip netns exec "$h" netctl flow export format json \
			>"$out/$1.json" &&
		ip netns exec "$h" netctl -j drops >"$out/$1.drops"
	ip -n "$h" link del fab0
	for ns in h a b c; do
		del_ns "${!ns}"
	done
}

for n in 1 2; do
	run $n 42 || exit
done
run 3 43 || exit
say "$(wc -l <"$out/1.csv") lines, for example" "$(sed -n 3p "$out/1.csv")"
check "it has flows of all VMs, with losses" \
	test "$(jq '[.[].packets // 0] | add' "$out/1.drops")" -gt 50 -a \
	"$(wc -l <"$out/1.csv")" -gt 20
check "the same as CSV" diff "$out/1.csv" "$out/2.csv"
check "the same as JSON" diff "$out/1.json" "$out/2.json"
check_fail "with another seed, it differs" diff "$out/1.csv" "$out/3.csv"
