# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shared by the tests, which begin with
#
#	. "$(dirname "$0")/lib.sh"
#	plan N
#
# and then say N times how a promise was kept, by pass, fail, skip, check or
# relay. Addresses are those of RFC 5737 and RFC 3849. Nothing sleeps for a
# time in which something is to happen: slowwait waits for the condition.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$here/../userspace/netctl:$PATH PYTHONDONTWRITEBYTECODE=1

# ---- KTAP

ktap_n=0 ktap_plan=0 ktap_failed=0 ktap_skipped=0

plan()
{
	ktap_plan=$1
	trap finish EXIT
	trap 'exit 1' HUP INT TERM
	printf 'KTAP version 1\n1..%d\n' "$ktap_plan"
}

say() { printf '# %s\n' "$@"; }

# NAME: what is promised
pass() { printf 'ok %d %s\n' $((++ktap_n)) "$1"; }

# NAME [WHY]
fail()
{
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
	printf 'not ok %d %s\n' $((++ktap_n)) "$1"
	ktap_failed=$((ktap_failed + 1))
}

# NAME WHY
skip()
{
	printf 'ok %d %s # SKIP %s\n' $((++ktap_n)) "$1" "$2"
	ktap_skipped=$((ktap_skipped + 1))
}

# NAME COMMAND...: the command's success is the promise
check()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "$* => $?: $out"
	fi
}

# NAME COMMAND...: it has to fail
check_fail()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		fail "$name" "$* did not fail: $out"
	else
		pass "$name"
	fi
}

# NAME EXPECTED ACTUAL
check_eq()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2
found: $3"
	fi
}

# COMMAND...: a helper prints "ok NAME", "not ok NAME", "skip NAME: WHY" and
# "# ..." lines; they get their numbers here.
relay()
{
	local line status
	local -a lines

	mapfile -t lines < <("$@" 2>&1; echo "status $?")
	for line in "${lines[@]}"; do
		case $line in
		'ok '*) pass "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		'skip '*)
			line=${line#skip }
			skip "${line%%: *}" "${line#*: }"
			;;
		'status '*) status=${line#status } ;;
		'# '*) printf '%s\n' "$line" ;;
		*) say "$line" ;;
		esac
	done
	[ "$status" = 0 ] || fail "${1##*/} ran to its end" "status $status"
}

# Nothing of this test can run here.
skip_all()
{
	printf 'KTAP version 1\n1..0 # SKIP %s\n' "$1"
	trap - EXIT
	exit 4
}

finish()
{
	local status=$?

	trap - EXIT
	cleanup
	if [ "$ktap_n" != "$ktap_plan" ]; then
		say "planned $ktap_plan, ran $ktap_n, exit status $status"
		status=1
	elif [ "$ktap_failed" != 0 ]; then
		status=1
	elif [ "$status" = 0 ] && [ "$ktap_skipped" = "$ktap_plan" ]; then
		status=4
	fi
	say "Totals: pass:$((ktap_n - ktap_failed - ktap_skipped))\
 fail:$ktap_failed xfail:0 xpass:0 skip:$ktap_skipped error:0"
	exit $status
}

# ---- what has to be undone

deferred=()

# COMMAND...: run at the end, the last one first
defer() { deferred+=("$(printf '%q ' "$@")"); }

cleanup()
{
	local i

	for ((i = ${#deferred[@]} - 1; i >= 0; i--)); do
		eval "${deferred[i]}" >/dev/null 2>&1
	done
	deferred=()
}

# NAME...: make namespaces with unique names, and variables that hold these
setup_ns()
{
	local name ns

	for name; do
		ns=nsfab-$name-$$
		ip netns add "$ns" && ip -n "$ns" link set lo up || return
		defer del_ns "$ns"
		printf -v "$name" '%s' "$ns"
	done
}

del_ns()
{
	local pid

	for pid in $(ip netns pids "$1" 2>/dev/null); do
		kill -KILL "$pid"
	done
	ip netns del "$1"
}

# COMMAND...: run in the background until the end of the test; $bg is its id
background()
{
	"$@" &
	bg=$!
	defer kill "$bg"
}

# NETNS COMMAND...: as "ip netns exec", which takes its time over mounts
in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }

# ---- waiting

# Does this machine need an order of magnitude longer than others?
if [ -z "${NSFAB_SLOW-}" ]; then
	NSFAB_SLOW=0
	if grep -q 'TCG' /proc/cpuinfo || [ -e /sys/kernel/debug/kmemleak ]; then
		NSFAB_SLOW=1
	fi
	export NSFAB_SLOW
fi
wait_timeout=$((NSFAB_SLOW ? 30 : 10))

# [-t SECONDS] COMMAND...: until it succeeds; false, with its last output, if
# it does not in time, nor soon after a time in which the machine stood still
slowwait()
{
	local out tries=0 end=$((SECONDS + wait_timeout + 1))

	if [ "$1" = -t ]; then
		end=$((SECONDS + $2 + 1))
		shift 2
	fi
	while :; do
		if out=$("$@" 2>&1); then
			[ -z "$out" ] || printf '%s\n' "$out"
			return 0
		fi
		[ $((++tries)) -lt 10 ] || [ $SECONDS -lt $end ] || break
		sleep 0.05
	done
	[ -z "$out" ] || printf '%s\n' "$out"
	return 1
}

# Does the CPU cost no time here? Then what is to take time takes just that.
virtual_time()
{
	local i begin=${EPOCHREALTIME/[.,]/}

	for ((i = 0; i < 30000; i++)); do
		:
	done
	[ $((${EPOCHREALTIME/[.,]/} - begin)) -lt 1000 ]
}

# ---- the module

# The kernel's own interface, not the library under test: see nl.py
nl() { "$here/nl.py" "$@"; }

# NETNS FABRIC OBJECT [KEY VALUE]...: JSON of what a fabric holds
nl_get()
{
	local ns=$1 fab=$2 obj=$3
	shift 3
	nl "in $ns ; use $fab ; $obj get $*"
}

# NETNS DEV [ADDRESS/LEN[,GATEWAY]]...: a VM's addresses and default
# routes; no message of the stack's own, unless asked for, is on the wire
vm_up()
{
	local ns=$1 dev=$2 spec
	shift 2

	in_ns "$ns" sysctl -qw "net.ipv6.conf.$dev.accept_dad=0" \
		"net.ipv6.conf.$dev.router_solicitations=0"
	{
		printf 'link set %s up\n' "$dev"
		for spec; do
			printf 'addr add %s dev %s' "${spec%,*}" "$dev"
			case $spec in
			*:*) printf ' nodad\n' ;;
			*) printf '\n' ;;
			esac
			case $spec in
			*,*) printf 'route add default via %s\n' "${spec#*,}" ;;
			esac
		done
	} | ip -n "$ns" -batch -
}

# HOST VM...: a fabric with a VM in each namespace, port 1 and on, network 1:
# 06:00:00:00:00:01 198.51.100.11 and on, which know each other's
link_lab()
{
	local host=$1 i=0 vm
	shift

	{
		cat <<-END
		in $host
		fabric fab0
		tenant new id 1 name acme max-held 1000000 max-held-bytes 4000000000
		network new tenant 1 id 1 name lan subnet 198.51.100.0/24,198.51.100.1
		END
		for vm; do
			i=$((i + 1))
			printf 'port new id %s network 1 name %s mac %s address %s\n' \
				$i "vm$i" 06:00:00:00:00:0$i 198.51.100.1$i
			printf 'dev eth0 port %s in %s\n' $i "$vm"
		done
	} | nl || return
	ip -n "$host" link set fab0 up
	i=0
	for vm; do
		i=$((i + 1))
		in_ns "$vm" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
		vm_up "$vm" eth0 198.51.100.1$i/24,198.51.100.1 || return
	done
}

# NETNS DEV rx_packets|...: a device's counter
dev_stat()
{
	ip -n "$1" -j -s link show "$2" |
		jq ".[0].stats64.${3%%_*}.${3#*_}"
}

# NETNS...: what labs might leave behind: devices of these, namespaces, mounts,
# files, control groups and programs of the whole system, without this shell's
footprint()
{
	local ns exe

	for ns; do
		ip -n "$ns" -br link | sed "s/^/$ns /"
	done
	ls /run/netns
	cut -d ' ' -f 2,3 /proc/self/mounts
	find /run/nsfab 2>/dev/null
	find /sys/fs/cgroup -mindepth 1 -type d
	for exe in /proc/[0-9]*/exe; do
		readlink "$exe"
	done | grep -Ev '/(bash|readlink|grep|sort|uniq)$' | sort | uniq -c
}

# NETNS...: likewise, once no netctl is ending any more and nothing changes
footprint_at_rest()
{
	local i now last='' same=0

	for ((i = 0; i < 300 && same < 3; i++)); do
		now=$(footprint "$@")
		if [ "$now" = "$last" ] && [[ $now != */netctl* ]]; then
			same=$((same + 1))
		else
			same=0
		fi
		last=$now
		sleep 0.1
	done
	printf '%s\n' "$now"
}

# EXPRESSION: is it true of what is read? Of nothing, jq 1.6 says yes with -e.
jq_is() { [ "$(jq "$1")" = true ]; }

need()
{
	local word

	for word; do
		command -v "$word" >/dev/null || skip_all "no $word here"
	done
}

[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -d /sys/module/nsfab ] || skip_all "the module is not loaded"
