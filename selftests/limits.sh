#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each table has a limit, says how full it is, and counts what it refuses; what
# packets make it allocate is charged to the tenant's owner.

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 31

fabric() { nl "in $h ; use fab0 ; $*"; }

# [tenant] TABLE: count, limit, refused
usage()
{
	local jq=".[0].usage[] | select(.table == \"${2-$1}\")"

	if [ "$1" = tenant ] && [ $# = 2 ]; then
		nl_get "$h" fab0 tenant tenant 1
	else
		nl_get "$h" fab0 stats
	fi | jq -r "$jq | [.count, .limit, .refused] | map(tostring) | join(\" \")"
}

# NAME TABLE KEY LIMIT LINE: LINE works LIMIT times more, and then not
table()
{
	local refused

	refused=$(usage tenant "$2" | cut -d' ' -f3)
	check "$1: up to the limit" fabric "tenant set id 1 $3 $4 ; many $4 $5"
	check "$1: no more" fabric \
		"fail ENOSPC ${5//\{i\}/$4}"
	check_eq "$1: count, limit and refusals are told" \
		"$4 $4 $((refused + 1))" "$(usage tenant "$2")"
}

setup_ns h v || exit
nl <<-END || exit
in $h
fabric fab0 max-tenants 3
tenant new id 1 name t1
END

check "tenants: up to the limit" fabric \
	"tenant new id 2 name t2 ; tenant new id 3 name t3"
check "tenants: no more" fabric "fail ENOSPC tenant new id 4 name t4"
check_eq "tenants: count, limit and refusals are told" "3 3 1" "$(usage tenant)"
fabric "tenant del id 3"
check "tenants: one for one that goes" fabric "tenant new id 4 name t4"

table networks network max-networks 5 \
	"network new tenant 1 name n{i} subnet 198.18.{i}.0/24,198.18.{i}.1"
n=$(nl_get "$h" fab0 network tenant 1 | jq '.[0].id')
table ports port max-ports 6 \
	"port new network $n name p{i} address 198.18.0.2{i}"
table "forwarding entries" fdb max-fdb 7 \
	"fdb new network $n mac 06:01:00:00:00:0{i} port 1"
nl <<-END || exit
in $h
fabric fab1 encap vxlan local 192.0.2.1
tenant new id 1 name t1 max-fdb 2
END
flooding="network new tenant 1 id 1 name n ; fdb new network 1 \
	mac 00:00:00:00:00:00 vtep 192.0.2.2 ; fdb new network 1 \
	mac 00:00:00:00:00:00 vtep 192.0.2.3"
check "forwarding entries: VTEPs that floods go to take room" nl \
	"in $h ; use fab1 ; $flooding ; fail ENOSPC fdb new network 1 \
	mac 06:01:00:00:00:01 vtep 192.0.2.2"
check "forwarding entries: and give it back with their network" nl \
	"in $h ; use fab1 ; network del id 1 ; $flooding ; network del id 1"
table neighbours neigh max-neigh 8 \
	"neigh new network $n address 2001:db8::1:{i} mac 06:01:00:00:00:01"
table routes route max-routes 9 \
	"route new tenant 1 address 198.19.{i}.0 prefixlen 24 type blackhole"
check "a refused batch leaves nothing" fabric "route del tenant 1 \
	address 198.19.0.0 prefixlen 24 ; fail ENOSPC many 5 route new \
	tenant 1 address 203.0.113.{i} prefixlen 32 type blackhole"
check_eq "and counts as before" 8 "$(usage tenant route | cut -d' ' -f1)"
check "a set that is too large does not replace" /usr/bin/python3 - "$h" \
	"$here" <<-'END'
	import sys
	sys.path.insert(0, sys.argv[2])
	import nl
	nl.enter(sys.argv[1])
	fab = nl.Fabric("fab0")
	before = fab.get("route", "tenant", "1")
	try:
	    fab.routes(1, *(["tenant", "1", "address", f"203.0.113.{i}",
	                     "type", "blackhole"] for i in range(10)))
	    sys.exit("it was not refused")
	except nl.Refused as e:
	    assert e.errno == 28, e
	assert fab.get("route", "tenant", "1") == before
	END
check_eq "a limit may fall below what is there: nothing goes" "8 2" "$(
	fabric "tenant set id 1 max-routes 2"
	usage tenant route | cut -d' ' -f1-2)"
check "and nothing comes" fabric "fail ENOSPC route new tenant 1 \
	address 203.0.113.1 prefixlen 32 type blackhole"
check_eq "another tenant is not concerned" "" "$(fabric "network new tenant 2 \
	name n ; many 20 route new tenant 2 address 203.0.113.{i} prefixlen 32 \
	type blackhole")"

# ---- what packets fill, and who pays

relay "$here/limits.py" "$h" "$v" "$n"
