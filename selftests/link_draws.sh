#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which packets links lose, copy, change and send ahead: as often as they were
# told to, and the same ones again, on any machine.
#
#   a .11   b .12   c .13   d .14	   network 1, 198.51.100.0/24
#   |       |       |       |
# +-+-------+-------+-------+-+
# |  h  fab0                  |
# +---------------------------+

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
plan 57

setup_ns h a b c d && link_lab "$h" "$a" "$b" "$c" "$d" || exit
relay "$here/link_draws.py" "$h" "$a" "$b" "$c" "$d"
