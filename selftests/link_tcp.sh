#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# TCP over a long fat link, with nothing configured but its delay and rate; in a
# guest in virtual time, for no other machine is sure to keep up.
#
#   acme/a  --- 50 ms, 1 Gbit/s, each way ---  acme/b

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
virtual_time || skip_all "exact figures need a guest in virtual time"
need jq
plan 4

netctl fabric add fab0 || exit
defer netctl fabric del fab0
netctl tenant add acme && netctl network add acme/lan subnet 198.51.100.0/24 &&
	netctl vm add acme/a nic lan,ip=198.51.100.11 &&
	netctl vm add acme/b nic lan,ip=198.51.100.12 || exit
defer netctl vm del acme/a acme/b
for vm in a b; do
	# as netctl is to set them for VMs
	netctl vm exec acme/$vm -- sysctl -qw \
		net.ipv4.tcp_rmem='4096 131072 67108864' \
		net.ipv4.tcp_wmem='4096 131072 67108864'
done
netctl link set acme/a acme/b delay 50ms rate 1gbit both || exit

background netctl vm exec acme/b -- "$here/bulk.py" serve 198.51.100.12 >/dev/null
sent=$(netctl vm exec acme/a -- "$here/bulk.py" send 198.51.100.12 20)
say "in 20 s, and in the last 10 s of these: $sent bit/s"
read -r all half <<<"$sent"
check "TCP, 100 ms x 1 Gbit/s: 95 % of what the rate leaves to it, once it goes" \
	test "${half:-0}" -ge $((950000000 * 1448 / 1514))
check "TCP, 100 ms x 1 Gbit/s: 85 % of it over the whole 20 s" \
	test "${all:-0}" -ge $((850000000 * 1448 / 1514))
check_eq "netctl fidelity says PASS" PASS \
	"$(netctl -j fidelity | jq -r .verdict)"
rate=$(netctl -j fidelity | jq '.links[0].rate_bps')
say "the link's own figure: $rate bit/s"
check "the link has not let through more than its rate" \
	test "${rate%.*}" -le 1000100000
