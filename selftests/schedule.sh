#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A schedule changes links at its times, in its order, those of one time
# together; it begins again if it is to, and gives way to another one.
#
#   fab0   tenant 1   network 10   ports 1 to 200
#   link N: from port N

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
need python3
plan 57

setup_ns host || exit
if grep -q time-travel /proc/cmdline; then
	export NSFAB_VIRTUAL=1
fi

nl "in $host ; fabric fab0" || exit
relay in_ns "$host" "$here/schedule.py"

# It runs: what it holds goes with the fabric.
check "the fabric goes with a schedule that runs" ip -n "$host" link del fab0
nl "in $host ; fabric fab0" || exit
check "a namespace's end: a schedule that runs" in_ns "$host" \
	"$here/schedule.py" run
