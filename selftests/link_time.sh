#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links do what they are told to, to the microsecond: where the CPU costs no
# time, in a guest that runs in virtual time (vm/run --virtual-time).
#
#   a .11   b .12   c .13   d .14	   network 1, 198.51.100.0/24
#   |       |       |       |
# +-+-------+-------+-------+-+
# |  h  fab0                  |
# +---------------------------+

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
virtual_time || skip_all "exact figures need a guest in virtual time"
plan 104

setup_ns h a b c d && link_lab "$h" "$a" "$b" "$c" "$d" || exit
relay "$here/link_time.py" "$h" "$a" "$b" "$c" "$d"
