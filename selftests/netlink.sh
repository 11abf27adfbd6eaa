#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The generic netlink family, message by message: see netlink_test.py for the
# fabric that is talked about.
#
# +- $host ----------------------------------+
# |   netlink_test.py                        |
# |       | AF_NETLINK                       |
# |     fab0    VXLAN, 192.0.2.1             |
# |       t1 (n1: 3 ports, n2), t2 (n3)      |
# +------------------------------------------+

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
need python3
plan 46
setup_ns host
: "${NSFAB_FUZZ_SECONDS:=$((NSFAB_SLOW ? 10 : 5))}" "${NSFAB_SEED:=$RANDOM}"
export NSFAB_FUZZ_SECONDS NSFAB_SEED
# shellcheck disable=SC2154	# setup_ns sets it
relay in_ns "$host" python3 "$here/netlink_test.py"
