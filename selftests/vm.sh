#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Namespace-VMs: their life, their workloads, what is captured and pinged.
#
# +- $host ----------------------+    +- acme.a ------------------+
# |  fab0                        |    |  eth0 198.51.100.2        |
# |    acme/web                  |----|       2001:db8:1::2       |
# |      198.51.100.0/24         |    +---------------------------+
# |      2001:db8:1::/64         |    +- acme.b ------------------+
# |                              |----|  eth0 198.51.100.3        |
# |                              |    |  workload, half a CPU,    |
# |                              |    |  64 MiB                   |
# +------------------------------+    +---------------------------+

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter python3
plan 36
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit

ctl() { in_ns "$host" netctl "$@"; }
# VM FILTER: of its JSON
vm() { ctl -j vm show "acme/$1" | jq -rc "$2"; }
is() { [ "$(vm "$1" "$2")" = "$3" ]; }
# NAME VM FILTER EXPECTED
shows() { check_eq "$1" "$4" "$(vm "$2" "$3")"; }

ctl fabric add fab0 && ctl tenant add acme && ctl network add acme/web \
	subnet 198.51.100.0/24 subnet 2001:db8:1::/64 || exit
defer nsenter --net="/run/netns/$host" netctl tenant del acme
clean=$(footprint "$host")
gone()
{
	local now

	now=$(footprint "$host")
	[ "$now" = "$clean" ] || { diff <(echo "$clean") <(echo "$now"); false; }
}
cgroup=/sys/fs/cgroup/nsfab/$host.acme.b

# ---- made

check "a VM is made" ctl vm add acme/a nic web label k=v label z=1
shows "with the lowest free addresses of its network" a \
	'.nics[0].addresses' '["198.51.100.2","2001:db8:1::2"]'
check "which its device has" slowwait sh -c "ip -n $host.acme.a -o addr \
	show dev eth0 | grep -c -e ' 198.51.100.2/24 ' -e ' 2001:db8:1::2/64 ' |
	grep -qx 2"
shows "and labels" a '.labels' '{"k":"v","z":"1"}'
check_eq "and a host name of its own" a "$(ctl exec acme/a hostname)"
two_nics()
{
	ctl vm add acme/two nic web nic web stub && ctl vm show acme/two >out &&
		[ "$(sed -n 's/^nic: *//p' out | xargs)" = "eth0 eth1" ] &&
		[ "$(grep -c ^mac: out)" = 2 ] && ctl vm del acme/two
}
check "show tells of each NIC" two_nics
# least, first and most of a buffer; a stream at 1 Gbit/s over 100 ms needs
# 12.5 MB under way, and the buffer has to be a multiple of that
buffers()
{
	local which old new

	for which in tcp_rmem tcp_wmem; do
		read -ra old <"/proc/sys/net/ipv4/$which"
		read -ra new < <(ctl exec acme/a -- \
			cat "/proc/sys/net/ipv4/$which")
		echo "${new[@]}"
		[ "${new[*]:0:2}" = "${old[*]:0:2}" ] &&
			[ "${new[2]}" -ge 64000000 ] || return
	done
}
check "and room for a fast TCP stream over a long way" buffers
check "labels are changed" ctl vm set acme/a label k=w nolabel z
shows "and only those" a '[.labels, .nics[0].addresses[0]]' \
	'[{"k":"w"},"198.51.100.2"]'
check_eq "a name resolves in it" 198.51.100.2 \
	"$(ctl exec acme/a -- getent ahostsv4 a | awk 'NR == 1 { print $1 }')"

# ---- exec

statuses()
{
	local command want got

	while IFS='|' read -r command want; do
		got=0
		ctl vm exec acme/a -- sh -c "$command" </dev/null || got=$?
		[ $got = "$want" ] || { echo "$command: $got"; return 1; }
	done
	got=0
	ctl vm exec acme/a -- /nonexistent || got=$?
	[ $got = 127 ] || return
	ctl vm exec acme/a -- / || got=$?
	[ $got = 126 ]
}
check "exec ends with the command's exit status" statuses <<'END'
true|0
exit 7|7
exit 255|255
kill -9 $$|137
END
check_eq "exec passes its input and output through" 6 \
	"$(printf 'secret' | ctl exec acme/a -- wc -c)"

# ---- workloads

# shellcheck disable=SC2016	# for the VM's shell
check "a VM with a workload is made" ctl vm add acme/b nic web cpus 0.5 \
	memory 64m run sh -c 'echo hello; trap "echo bye; exit" TERM
	while :; do sleep 1 & wait; done'
shows "it is running" b .state running
own_pids()
{
	[ "$(ctl exec acme/b -- sh -c 'ls -d /proc/[0-9]*' | wc -l)" -le 5 ] &&
		ctl exec acme/b -- grep -q hello /proc/1/cmdline
}
check "as the init of its own PID namespace" own_pids
limits()
{
	local pid

	pid=$(vm b .pid)
	grep -qx 67108864 "$cgroup/memory.max" &&
		grep -qx '50000 100000' "$cgroup/cpu.max" &&
		grep -qx "$pid" "$cgroup/cgroup.procs" &&
		[ "$(wc -l <"/proc/$pid/cgroup")" -ge 1 ] &&
		grep -q "nsfab/$host.acme.b" "/proc/$pid/cgroup"
}
if grep -qw memory /sys/fs/cgroup/cgroup.controllers &&
   grep -qw cpu /sys/fs/cgroup/cgroup.controllers; then
	check "in its own control group with its limits" limits
else
	skip "in its own control group with its limits" "no such controllers"
fi
says() { ctl vm console acme/b log | grep -q "$1"; }
check "its console is kept" slowwait says hello

paused()
{
	ctl vm pause acme/b && is b .state paused &&
		! ctl exec acme/a -- ping -qc 1 -W 0.3 198.51.100.3 &&
		ctl vm resume acme/b && is b .state running &&
		slowwait ctl exec acme/a -- ping -qc 1 -W 0.3 198.51.100.3
}
check "a paused VM is silent, a resumed one answers" paused
pid=$(vm b .pid)
# Who is to reap it may need a moment.
has_ended() { [ ! -d "/proc/$pid" ]; }
stopped()
{
	ctl vm stop acme/b && is b .state stopped && slowwait has_ended &&
		! ctl exec acme/a -- ping -qc 1 -W 0.3 198.51.100.3
}
check "stop ends the workload and takes the devices down" stopped
check "the workload was asked to end before it was killed" slowwait says bye
started()
{
	ctl vm start acme/b && is b .state running && [ "$(vm b .pid)" != "$pid" ] &&
		slowwait ctl exec acme/a -- ping -qc 1 -W 0.3 198.51.100.3
}
check "start begins it anew, with the same addresses" started
# What ends by itself
exited()
{
	ctl vm add acme/c nic web run sh -c 'exit 3' &&
		slowwait is c .state exited && ctl vm del acme/c
}
check "a workload that ends is told of" exited
# ---- capture

capture()
{
	local pid

	nsenter --net="/run/netns/$host" netctl -q capture acme/a -w - -c 16 \
		>capture.pcapng &
	pid=$!
	# its headers are written once it listens
	slowwait test -s capture.pcapng || return
	ctl exec acme/a -- ping -qi 0.05 -c 50 -w 30 198.51.100.3 >/dev/null &
	wait $pid
	local status=$?
	kill %% 2>/dev/null
	wait
	read -r packets echoes in _ out _ dropped < <(
		python3 "$here/pcapng.py" <capture.pcapng)
	echo "$packets $echoes $in $out $dropped"
	[ $status = 0 ] && [ "$packets" = 16 ] && [ "$dropped" = 0 ] &&
		[ "$echoes" -ge 4 ] && [ "$in" -ge 2 ] && [ "$out" -ge 2 ]
}
check "capture -w - writes valid pcapng with both directions" capture
no_capture()
{
	echo old >kept
	! ctl capture acme/nope -w kept -c 1 && [ "$(cat kept)" = old ] &&
		! ctl capture acme/a -w /nonexistent/f -c 1
}
check "of a VM that is not there nothing is written over" no_capture

# ---- ping

check "ping: all pairs answer, exit status 0" ctl ping acme timeout 30s
bad_ping()
{
	local status=0

	ctl exec acme/b -- ip link set eth0 down
	ctl ping acme timeout 200ms >out 2>&1 || status=$?
	ctl exec acme/b -- ip link set eth0 up
	cat out
	[ $status = 4 ] && grep -q '2 pairs: 2 sent, 0 received, 2 lost' out &&
		grep -q 'acme/a -> acme/b' out
}
check "ping: lost ones are named, exit status 4" bad_ping

short_name()
{
	local words

	ctl tenant add c || return
	for words in 'count 2' 'timeout 2s' 'sample 1' ipv6; do
		# shellcheck disable=SC2086	# words
		ctl ping c $words 2>err
		[ $? = 1 ] && grep -q 'no two VMs here' err || return
	done
	ctl tenant del c
}
check "ping: a name may be the begin of a keyword" short_name

# ---- stubs

stub()
{
	ctl vm add acme/s nic web stub && is s .state stub &&
		slowwait ctl exec acme/a -- ping -qc 1 -W 1 198.51.100.4 &&
		[ ! -e "/run/netns/$host.acme.s" ] && ctl vm del acme/s
}
check "a stub answers and has no namespace" stub

# ---- end

check "VMs are removed" ctl vm del acme/a acme/b
check "and leave nothing" slowwait gone
# The last one takes the directories away that another one is about to use.
rounds()
{
	local i

	for ((i = 0; i < (NSFAB_SLOW ? 5 : 30); i++)); do
		ctl vm add "acme/r$1" nic "web,ip=198.51.100.5$1" run true || return
		ctl vm del "acme/r$1" || return
	done
}
side_by_side()
{
	local pids=() n status=0

	for n in 1 2 3; do
		rounds $n &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" || status=1
	done
	[ $status = 0 ]
}
check "the first and the last VM may come and go at once" side_by_side
check "and leave nothing either" slowwait gone
check "a removed namespace takes its VM's port along or leaves it unbound" \
	sh -c "nsenter --net=/run/netns/$host netctl vm add acme/x nic web &&
	ip netns del $host.acme.x && nsenter --net=/run/netns/$host \
	netctl -j vm show acme/x | jq -r .state | grep -qx absent &&
	nsenter --net=/run/netns/$host netctl vm del acme/x"

# ---- what holds VMs is deleted

network_del()
{
	local status=0

	ctl network add acme/n && ctl network add acme/m &&
		ctl vm add acme/d nic n run sleep 1000 &&
		ctl vm add acme/e nic n nic n && ctl vm add acme/f nic n nic m ||
		return
	ctl network del acme/m acme/n 2>err || status=$?
	cat err
	[ $status = 2 ] && ! ctl network show acme/m &&
		grep -q 'delete them first: acme/d and 2 more:' err &&
		is d .state running &&
		ctl vm del acme/d acme/e acme/f && ctl network del acme/n
}
check "a network with VMs that have no other one stays" network_del
last_nic()
{
	local status=0

	ctl vm add acme/d nic web nic web run sleep 1000 &&
		ctl port del acme/d/eth1 || return
	ctl port del acme/d/eth0 2>err || status=$?
	cat err
	[ $status = 2 ] && grep -q 'netctl vm del acme/d' err &&
		is d .state running && ctl vm del acme/d &&
		[ ! -e "/run/netns/$host.acme.d" ]
}
check "and so does the last NIC of a VM" last_nic
fabric_del()
{
	ctl vm add acme/d nic web run sleep 1000 && pid=$(vm d .pid) &&
		ctl tenant add other && ctl network add other/n &&
		ctl vm add other/d nic n && ctl fabric del fab0 &&
		slowwait has_ended &&
		! ip netns list | grep "^$host\.\(acme\|other\)\."
}
check "fabric del ends the VMs of its tenants" fabric_del
