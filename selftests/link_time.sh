#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links do what they are told to, to the microsecond: where the CPU costs no
# time, in a guest that runs in virtual time (vm/run --virtual-time).
#
#   a .11   b .12   c .13   d .14      e       a to d in network 1, e in
#   |       |       |       |          |       network 2, which is behind
# +-+-------+-------+-------+----------+-+     a pair of patch ports
# |  h  fab0                12 -- 21     |
# +--------------------------------------+

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
virtual_time || skip_all "exact figures need a guest in virtual time"
plan 107

setup_ns h a b c d e && link_lab "$h" "$a" "$b" "$c" "$d" || exit
nl <<-END || exit
	in $h
	use fab0
	network new tenant 1 id 2 name far
	port new id 5 network 2 name e mac 06:00:00:00:00:05
	port new id 12 network 1 name p12
	port new id 21 network 2 name p21 binding patch peer 12
	fdb new network 1 mac 06:00:00:00:00:05 port 12
	dev eth0 port 5 in $e
END
in_ns "$e" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip -n "$e" link set eth0 up
relay "$here/link_time.py" "$h" "$a" "$b" "$c" "$d" "$e"
