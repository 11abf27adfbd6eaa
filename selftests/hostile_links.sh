#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links that a tenant's packets, or who configures them, could use against the
# host: rings of patches that hold packets, links that go while they hold some.
#
#   a - network 1 = network 2 - b       = eight patches, each of which delays
#        |  |  '- network 3 -'          and a ring that delays; beside it one
#        |  '- network 4 -.             that does not
#        '---- network 5 -'
#
#   a - network 8 = network 9             = forty patches, each of which delays
#
# and, in a namespace that a user has made, a fabric of its own: eth0 - a stub,
# behind a router: a: v0 - v1, and a tap

# shellcheck source-path=SCRIPTDIR disable=SC2154	# setup_ns sets these
. "$(dirname "$0")/lib.sh"
need unshare
plan 19

ms=1000000
setup_ns h a b || exit
nl <<-END || exit
	in $h
	fabric fab0 mtu 1500
	tenant new id 1 name acme
	network new tenant 1 id 1 name n1 flags learning
	network new tenant 1 id 2 name n2 flags learning
	network new tenant 1 id 3 name n3 flags learning
	port new id 1 network 1 name a mac 06:00:00:00:00:01 flags unguarded
	port new id 2 network 2 name b mac 06:00:00:00:00:02 flags unguarded
	port new id 13 network 1 name p13
	port new id 31 network 3 name p31 binding patch peer 13
	port new id 23 network 2 name p23
	port new id 32 network 3 name p32 binding patch peer 23
	network new tenant 1 id 4 name n4 flags learning
	network new tenant 1 id 5 name n5 flags learning
	port new id 14 network 1 name p14
	port new id 41 network 4 name p41 binding patch peer 14
	port new id 45 network 4 name p45
	port new id 54 network 5 name p54 binding patch peer 45
	port new id 51 network 5 name p51
	port new id 15 network 1 name p15 binding patch peer 51
	network new tenant 1 id 8 name n8 flags learning
	network new tenant 1 id 9 name n9 flags learning
	port new id 800 network 8 name wide mac 06:00:00:00:00:80 flags unguarded
	link new from 13 delay $ms
	link new to 23 delay $ms
	link new from 32 delay $ms
	dev eth0 port 1 in $a
	dev eth1 port 800 in $a
	dev eth0 port 2 in $b
END
for i in 1 2 3 4 5 6 7 8; do
	printf 'in %s\nuse fab0\n' "$h"
	printf 'port new id 10%d network 1 name l%d\n' "$i" "$i"
	printf 'port new id 20%d network 2 name r%d binding patch peer 10%d\n' \
	       "$i" "$i" "$i"
	printf 'link new from 10%d delay %d\n' "$i" $((ms + i * 1000))
	printf 'link new to 10%d delay %d duplicate 4294967295\n' "$i" $ms
done | nl || exit
for i in {11..50}; do
	printf 'in %s\nuse fab0\n' "$h"
	printf 'port new id 8%d network 8 name w%d\n' "$i" "$i"
	printf 'port new id 9%d network 9 name v%d binding patch peer 8%d\n' \
	       "$i" "$i" "$i"
	printf 'link new id 8%d to 8%d delay %d jitter 1000\n' "$i" "$i" $ms
done | nl || exit
ip -n "$h" link set fab0 up
for ns in "$a" "$b"; do
	in_ns "$ns" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	ip -n "$ns" link set eth0 up
done
in_ns "$a" sysctl -qw net.ipv6.conf.eth1.disable_ipv6=1
ip -n "$a" link set eth1 up

users=nsfab-users-$$
defer del_ns "$users"
touch "/run/netns/$users"
unshare -Un sleep infinity &
owner=$!
owned() { [ ! /proc/$owner/ns/net -ef /proc/self/ns/net ]; }
slowwait owned && mount --bind /proc/$owner/ns/net "/run/netns/$users" || exit
kill $owner
nl <<-END || exit
	in $users
	fabric fab0 mtu 65000
	tenant new id 1 name mine max-held 1000000 max-held-bytes 1000000000000
	network new tenant 1 id 1 name lan
	port new id 1 network 1 name in mac 06:00:00:00:00:01 flags unguarded
	port new id 2 network 1 name out mac 06:00:00:00:00:90 binding stub
	link new to 2 delay 15000000000
	dev eth0 port 1 in $users
END
ip -n "$users" link set fab0 up
in_ns "$users" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip -n "$users" link set eth0 mtu 65000 up
ip -n "$a" link add v0 mtu 65535 type veth peer name v1 mtu 65535 \
	address 06:00:00:00:00:91 netns "$users"
in_ns "$a" sysctl -qw net.ipv6.conf.v0.disable_ipv6=1
ip -n "$a" link set v0 up
ip -n "$users" -batch - <<-END
	link set v1 up
	addr add 203.0.113.2/24 dev v1
	addr add 198.51.100.1/24 dev eth0
	neigh add 198.51.100.90 lladdr 06:00:00:00:00:90 dev eth0 nud permanent
	neigh add 198.51.100.91 lladdr 06:00:00:00:00:92 dev eth0 nud permanent
END
modprobe -q tun
in_ns "$users" sysctl -qw net.ipv4.ip_forward=1
relay "$here/hostile_links.py" "$h" "$a" "$b" "$users"
