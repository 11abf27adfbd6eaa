#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who may do what: CAP_NET_ADMIN in the user namespace that owns the fabric's
# network namespace, and nobody else.
#
# +- $host --------------------------+   +- $vm -----------------+
# |  fab0: acme                      |   |                       |
# |    web 198.51.100.0/24  port 1 --|---|-- eth0 198.51.100.11  |
# +----------------------------------+   +-----------------------+
#            |
#            |                           +- a user's own ---------+
#            +------------- port 2 ------|-- eth0      fab0: mine |
#                                        +------------------------+

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154	# setup_ns sets them
. "$(dirname "$0")/lib.sh"
need jq python3 setpriv unshare nsenter
plan 14
setup_ns host vm

nl <<END || exit
in $host
fabric fab0
tenant new id 1 name acme
network new id 1 tenant 1 name web subnet 198.51.100.0/24,198.51.100.1
port new id 1 network 1 name web1/eth0 address 198.51.100.11
port new id 2 network 1 name web2/eth0 address 198.51.100.12
port new id 3 network 1 name web3/eth0 address 198.51.100.13
fdb new network 1 mac 02:00:00:00:00:02 port 1
neigh new network 1 address 198.51.100.8 mac 02:00:00:00:00:02
route new tenant 1 address 192.0.2.0 prefixlen 24 type blackhole
dev eth0 port 1 in $vm
END
fab=$(ip -n "$host" -j link show fab0 | jq ".[0].ifindex")

# The tree may be where an unprivileged user cannot read it.
tree=$(mktemp -d /tmp/rights.XXXXXX)
defer rm -rf "$tree"
(cd "$here/.." && tar -c selftests/*.py include/uapi Documentation/netlink) \
	2>/dev/null | tar -C "$tree" -x
chmod -R a+rX "$tree"
tools=$tree/selftests
vm_up "$vm" eth0 198.51.100.11/24

state()
{
	local obj

	for obj in tenant network port fdb neigh route; do
		nl_get "$host" fab0 $obj
	done | jq -c 'del(.. | .counters?, .miss?)'
	ip -n "$host" -d link show fab0
}
before=$(state)
same() { [ "$(state)" = "$before" ] || { diff <(echo "$before") <(state); false; }; }

try() { python3 "$tools/rights.py" "$@"; }
user() { in_ns "$host" setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
fake() { in_ns "$host" unshare -Ur "$@"; }

# ---- in the fabric's own namespace, without being its owner

check "an unprivileged user reads, writes and hears nothing" \
	user python3 "$tools/rights.py" refused "$fab"
check_fail "an unprivileged user makes no fabric" \
	user "$tools/nl.py" "fabric mine"
check "root of another user namespace reads, writes and hears nothing" \
	fake python3 "$tools/rights.py" refused "$fab"
check_fail "root of another user namespace makes no fabric" \
	fake "$tools/nl.py" "fabric mine"
check_fail "root of another user namespace does not remove the fabric" \
	fake ip link del fab0
check "all that they tried changed nothing" same

# ---- in a VM's namespace

# shellcheck disable=SC2046	# numbers
check "root in a VM finds no fabric, by whatever index" \
	in_ns "$vm" python3 "$tools/rights.py" deaf $(seq 1 32) </dev/null

deaf()
{
	local out status=0

	coproc in_ns "$vm" python3 "$tools/rights.py" deaf
	# shellcheck disable=SC2153
	read -r -u "${COPROC[0]}" out
	[ "$out" = ready ] || return
	local pid=$COPROC_PID from
	exec {from}<&"${COPROC[0]}"
	nl "in $host ; use fab0 ; tenant new name other ; tenant del name other"
	eval "exec ${COPROC[1]}>&-"
	cat <&"$from"
	wait "$pid" || status=$?
	exec {from}<&-
	return $status
}
check "root in a VM hears nothing of the fabric" deaf

# ---- in a namespace that a user owns

# The owner stays as long as its standard input is open.
mkfifo "/tmp/nsfab-rights-$$"
defer rm -f "/tmp/nsfab-rights-$$"
unshare -Urn sleep infinity <"/tmp/nsfab-rights-$$" &
exec {hold}>"/tmp/nsfab-rights-$$"
owner=$!
defer kill $owner
owned() { [ "$(readlink /proc/$owner/ns/net)" != "$(readlink /proc/self/ns/net)" ] &&
	grep -q '[0-9]' /proc/$owner/uid_map; }
slowwait owned
own() { nsenter -t $owner -U -n --preserve-credentials "$@"; }

nl "in $host ; use fab0 ; dev mine1 port 2" &&
	ip -n "$host" link set mine1 netns $owner
before=$(state)

# shellcheck disable=SC2046	# numbers
check "who owns a namespace finds no fabric of others, by whatever index" \
	own python3 "$tools/rights.py" deaf $(seq 1 64) </dev/null
check "who owns a namespace makes a fabric of its own in it" \
	own "$tools/nl.py" <<END
fabric fab0
tenant new name mine
network new id 1 tenant 1 name lan subnet 198.51.100.0/24
port new network 1 name a/eth0 address 198.51.100.11
END
check_eq "and reads that alone" mine "$(own "$tools/nl.py" \
	"use fab0 ; tenant get" | jq -r '.[].name')"
check "it gets no device of a port of the fabric behind the one it was given" \
	own python3 "$tools/rights.py" port "$fab"
check "nor turns that one into another port's" \
	own python3 "$tools/rights.py" change 3
check "all that it tried changed nothing elsewhere" same
own ip link del fab0
exec {hold}>&-
