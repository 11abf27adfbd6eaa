#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lab files: apply, diff, export, destroy, and files that are refused.
#
# +- $host ------------------------------------------------------------+
# |  fab0                                                              |
# |    acme/web 198.51.100.0/24, 2001:db8:1::/64   web-1 web-2 idle    |
# |    acme/db  203.0.113.0/24                     db-1                |
# +--------------------------------------------------------------------+
#
# and, of the lab with emulated hosts, one underlay between two such fabrics.

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2154,SC2317	# setup_ns sets them; called by name
. "$(dirname "$0")/lib.sh"
need jq netctl nsenter python3
plan 37
setup_ns host
work=$(mktemp -d)
defer rm -rf "$work"
cd "$work" || exit

ctl() { in_ns "$host" netctl "$@"; }
for lab in one two far near shop; do
	defer nsenter --net="/run/netns/$host" netctl destroy $lab
done

cat >one.yaml <<'END'
lab: one
tenants:
  acme:
    networks:
      web: {subnets: [198.51.100.0/24, "2001:db8:1::/64"]}
      db: {subnets: [203.0.113.0/24]}
    vms:
      "web-{1..2}": {network: web, labels: {role: web}}
      db-1: {nics: [{network: db, ip: 203.0.113.10}], run: [sleep, "1000"]}
      idle: {network: web, stub: true}
    routes:
      - {to: 192.0.2.0/24, via: 203.0.113.10}
END
sed -e 's/1\.\.2/1..3/' -e 's/role: web/role: new/' -e 's/idle/lazy/' \
	-e 's|192.0.2.0/24|192.0.2.128/25|' one.yaml >edited.yaml
clean=$(footprint "$host")

# Everything but what counts by itself
state()
{
	local object

	for object in tenant network port fdb neigh route vm; do
		ctl -j $object list
	done | jq -c 'walk(if type == "object" then with_entries(select(
		.key | test("_(packets|bytes)$|^flows$") | not)) else . end)'
	stat -Lc '%n %i' /run/netns/*
}
# OLD NEW
same() { [ "$1" = "$2" ] || { diff <(echo "$1") <(echo "$2"); false; }; }
unchanged() { same "$now" "$(state)"; }
gone() { same "$clean" "$(footprint "$host")"; }

# ---- once, and again

check "apply makes a lab" ctl apply one.yaml
now=$(state)
reaches()
{
	ctl exec acme/web-1 -- ping -qc 1 -W 5 203.0.113.10 &&
		ctl exec acme/web-1 -- ping -qc 1 -W 5 2001:db8:1::3
}
check "in which VMs reach one another" slowwait reaches
check_eq "a second apply says that there is nothing to change" \
	"lab one: nothing to change" "$(ctl apply one.yaml)"
check "and changes nothing" unchanged
check "and diff check agrees" ctl diff one.yaml check

few=/proc/sys/net/ipv4/neigh/default/gc_thresh3
warned()
{
	local was

	was=$(cat $few)
	echo 2 >$few
	ctl apply one.yaml 2>err
	ctl apply edited.yaml 2>>err
	ctl apply edited.yaml 2>>err
	echo "$was" >$few
	ctl apply one.yaml 2>>err
	ctl apply edited.yaml 2>>err
	cat err
	[ "$(wc -l <err)" = 1 ] && grep -q 'gc_thresh3.*, 4 are needed' err &&
		ctl -q apply one.yaml
}
check "apply warns of too small a table of neighbours, once" warned
now=$(state)

# ---- the difference

expected="- vm acme/idle
+ vm acme/lazy stub nic web ip
+ vm acme/web-3 nic web ip
~ vm acme/web-1 labels role=web -> role=new
~ vm acme/web-2 labels role=web -> role=new
~ routes acme -192.0.2.0/24 via 203.0.113.10 +192.0.2.128/25 via 203.0.113.10
lab one: 2 to create, 3 to change, 1 to delete"
check_eq "diff tells exactly what a file changes" "$expected" \
	"$(ctl diff edited.yaml | sed 's/ ip [0-9].*/ ip/')"
check_eq "so does apply --dry-run" "$(ctl diff edited.yaml)" \
	"$(ctl --dry-run apply edited.yaml)"
json_diff()
{
	ctl -j diff edited.yaml | jq_is '(.equal | not) and .create == 2 and
		.set == 3 and .delete == 1 and (.changes | length) == 6'
}
check "and diff -j, in JSON" json_diff
ctl diff edited.yaml check >/dev/null
check_eq "diff check says so by exit status 4" 4 $?
check "and nothing of that has changed anything" unchanged

# ---- changes of what runs

# Between two VMs that the change leaves, while labels, routes, VMs and limits
# change around them, some of their own as well
no_loss()
{
	local pid file rounds=0 status=0 end=$((SECONDS + 4))

	rm -f enough
	pings >ping.out &
	pid=$!
	while [ $status = 0 ] && { [ $rounds -lt 2 ] || [ $SECONDS -lt $end ]; }
	do
		for file in edited one; do
			ctl -q apply $file.yaml || status=1
		done
		rounds=$((rounds + 1))
	done
	touch enough
	wait $pid && [ $status = 0 ] || status=1
	cat ping.out
	return $status
}
# until it is enough; false once one is lost
pings()
{
	until [ -e enough ]; do
		ctl exec acme/web-1 -- ping -qi 0.01 -c 100 -W 20 \
			203.0.113.10 >ping.1
		cat ping.1
		grep -q ' 0% packet loss' ping.1 || return
	done
}
check "no packet is lost while the lab is changed around it" no_loss

kept() { state | jq -Rr 'fromjson? | arrays[] |
	select(.name? == "db-1/eth0" or .name? == "db")' ; }
old=$(kept)
ctl -q apply edited.yaml
check_eq "what does not differ is not even written" "$old" "$(kept)"

# ---- export

round_trip()
{
	ctl export one >first.yaml && ctl diff first.yaml check &&
		ctl -q destroy one && ctl -q apply first.yaml &&
		ctl diff edited.yaml check && ctl export one >second.yaml &&
		diff first.yaml second.yaml
}
check "an exported file makes the same lab" round_trip

# ---- refused

now=$(state)
# FILE: refused half way, with the kernel's words, and undone
undone()
{
	local status=0

	ctl apply "$1" >out 2>&1 || status=$?
	cat out
	[ $status = 2 ] && unchanged && grep -q "$2" out
}
# An address that somebody else has taken meanwhile: the file cannot know.
sed -e 's/1\.\.3/1..6/' -e 's/lazy/other/' -e 's/role: new/role: last/' \
	-e 's|^    routes:|      z: {nics: [{network: web, ip: 198.51.100.77}]}\n&|' \
	edited.yaml >taken.yaml
ctl port add acme/alien network web ip 198.51.100.77
now=$(state)
check "what the kernel refuses half way is undone" undone taken.yaml \
	"has that MAC or address already"
ctl port del acme/alien
now=$(state)
# Argument of the program of db-1
runs()
{
	ctl -j vm show acme/db-1 | jq_is '.state == "running"' &&
		tr '\0' ' ' <"/proc/$(ctl -j vm show acme/db-1 | jq .pid)/cmdline" |
			grep "sleep $1"
}
# Its program changes, but it is not started.
change_stopped()
{
	ctl vm stop acme/db-1 &&
		sed 's/"1000"/"2000"/' edited.yaml >run.yaml &&
		ctl apply run.yaml && ctl diff run.yaml check &&
		[ "$(ctl -j vm show acme/db-1 | jq -r .state)" = stopped ] &&
		ctl vm start acme/db-1 &&
		runs 2000 &&
		ctl apply edited.yaml
}
check "a stopped VM stays stopped when its program changes" change_stopped
now=$(state)
# Whose step is undone itself: labels, limits and the program
sed 's|run: \[sleep, "1000"\]|run: [/nonexist], labels: {no: way}, cpus: 0.5|' \
	edited.yaml >nonexist.yaml
check "a program that is not there is refused before the old one ends" \
	undone nonexist.yaml "/nonexist: No such file"
printf '#!/nonexist\n' >"$work/dead"
chmod +x "$work/dead"
sed "s|/nonexist|$work/dead|" nonexist.yaml >dead.yaml
restarted()
{
	local status=0 what='del(.pid) | walk(if type == "object" then
		with_entries(select(.key | test("packets|bytes") | not)) else .
		end)'

	ctl -j vm show acme/db-1 | jq "$what" >old
	ctl apply dead.yaml >out 2>&1 || status=$?
	cat out
	ctl -j vm show acme/db-1 | jq "$what" >new
	[ $status = 2 ] && grep -q "undone\|nothing was changed" out &&
		diff old new && runs 1000 && ctl diff edited.yaml check
}
check "one that does not start is undone: the old one runs again" restarted
now=$(state)
# SIGNAL, while its many VMs are made
stopped()
{
	local status pid i

	sed -e 's/1\.\.3/1..200/' -e 's/role: new/role: last/' \
		edited.yaml >many.yaml
	# Who waits may stand still until it is over: then once more.
	for ((i = 0; i < 5; i++)); do
		status=0
		# It is over soon: no time to sleep, and who waits is to come
		# first.
		nice -n 19 nsenter --net="/run/netns/$host" \
			netctl apply many.yaml >out 2>&1 &
		pid=$!
		while kill -0 $pid && [ ! -e "/run/netns/$host.acme.web-9" ]
		do
			:
		done
		kill "-$1" $pid
		wait $pid || status=$?
		cat out
		[ $status = 0 ] || break
		ctl -q apply edited.yaml || return
		now=$(state)
	done
	[ $status = 2 ] && [ "$(wc -l <out)" = 1 ] && unchanged &&
		grep -Eqx 'netctl: lab one: stopped: what was done is undone .[0-9]+ of [0-9]+ steps.' \
			out
}
check "what is stopped by a signal is undone, and not called refused" \
	stopped TERM
check "a terminal that is closed is one" stopped HUP

# NAME: a bad file on standard input; LINE:COLUMN of the complaint
bad=0
bad()
{
	local status=0

	cat >"$1.yaml"
	ctl apply "$1.yaml" >out 2>err || status=$?
	if [ $status != 1 ] || [ -s out ] || [ "$(wc -l <err)" != 1 ] ||
	   ! grep -q "^$1.yaml${2:+:$2}: " err; then
		echo "$1: $status, expected $2: $(cat out err)"
		bad=1
	fi
}
bad_files()
{
	bad syntax 2:8 <<-'END'
	lab: [x
	tenants:
	END
	bad unknown 4:33 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {subnets: [], colour: red}}
	END
	bad kind 2:10 <<-'END'
	lab: x
	tenants: [t]
	END
	bad twice 4:3 <<-'END'
	lab: x
	tenants:
	  t: {networks: {n: {}}}
	  t: {networks: {n: {}}}
	END
	bad address 7:7 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {subnets: [198.51.100.0/24]}}
	    vms:
	      a: {nics: [{network: n, ip: 198.51.100.9}]}
	      b: {nics: [{network: n, ip: 198.51.100.9}]}
	END
	bad outside 6:7 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {subnets: [198.51.100.0/24]}}
	    vms:
	      a: {nics: [{network: n, ip: 203.0.113.9}]}
	END
	bad network 5:11 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {subnets: [198.51.100.0/24]}}
	    vms: {a: {network: m}}
	END
	bad vni 4:29 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {vni: 5}, m: {vni: 5}}
	END
	bad host 5:11 <<-'END'
	lab: x
	tenants:
	  t:
	    networks: {n: {subnets: [198.51.100.0/24]}}
	    vms: {a: {network: n, host: h9}}
	END
	bad limit 4:25 <<-'END'
	lab: x
	tenants:
	  t:
	    limits: {max-ports: 2}
	    networks: {n: {subnets: [198.51.100.0/24]}}
	    vms: {"a{1..3}": {network: n}}
	END
	bad cycle 3:20 <<-'END'
	lab: x
	tenants:
	  t: &t {networks: *t}
	END
	bad name 3:3 <<-'END'
	lab: x
	tenants:
	  a b: {networks: {n: {}}}
	END
	bad empty '' </dev/null
	[ $bad = 0 ]
}
check "a bad file is refused whole: one line with file, line and column" \
	bad_files

# Nonsense of many megabytes, of several kinds
nonsense()
{
	local size=$((NSFAB_SLOW ? 20 : 100))000000 kind status
	local -a more=()

	[ "$NSFAB_SLOW" = 1 ] || more=(letters maps random)

	for kind in zero brackets "${more[@]}"; do
		case $kind in
		zero) head -c $size /dev/zero ;;
		brackets) head -c 16000000 /dev/zero | tr '\0' '[' ;;
		letters) head -c 16000000 /dev/zero | tr '\0' a ;;
		maps) yes 'a: b' | head -c $size ;;
		random) head -c $size /dev/urandom ;;
		esac >nonsense
		status=0
		timeout 180 nsenter --net="/run/netns/$host" netctl apply \
			nonsense >out 2>&1 || status=$?
		if [ $status != 1 ] || [ "$(wc -lc <out | tr -s ' ' |
			cut -d ' ' -f 2)" != 1 ] || [ "$(wc -c <out)" -gt 500 ]
		then
			echo "$kind: $status: $(head -c 1000 out)"
			return 1
		fi
	done
}
check "megabytes of nonsense are refused in one line" nonsense
rm -f nonsense
check "and nothing of that has changed anything" unchanged

# ---- several labs

cat >two.yaml <<'END'
lab: two
tenants:
  beta:
    networks:
      web: {subnets: [198.51.100.0/24, "2001:db8:1::/64"]}
    vms:
      "web-{1..2}": {network: web}
END
side_by_side()
{
	ctl -q apply two.yaml && unchanged_one && ctl -q destroy one &&
		ctl diff two.yaml check &&
		ctl exec beta/web-1 -- ping -qc 1 -W 20 198.51.100.3
}
unchanged_one() { ctl diff edited.yaml check; }
check "two labs with equal addresses live side by side" side_by_side
ctl -q destroy two
check "destroy leaves nothing" slowwait gone

cat >far.yaml <<'END'
lab: far
hosts:
  h1: {local: 192.0.2.1}
  h2: {local: 192.0.2.2}
tenants:
  acme:
    networks:
      web: {subnets: [198.51.100.0/24, "2001:db8:1::/64"]}
    vms:
      "web-{1..2}": {network: web, host: h1}
      "web-{3..4}":
        network: web
        host: h2
        flavour: m1
        labels: {role: web}
        run: [sleep, "1000"]
END
hosts()
{
	ctl -q apply far.yaml && ctl apply far.yaml | grep 'nothing to change' &&
		ctl ping far timeout 30s && ctl ping far timeout 30s ipv6
}
check "a lab on two emulated hosts: all VMs reach one another" hosts
tenant_ping()
{
	local pairs

	pairs=$(ctl -j ping acme | jq .pairs) && [ "$pairs" = 12 ] &&
		ctl graph acme | grep -q web-4 &&
		ctl -n far.h1 link add acme/web-1 rate 1gbit &&
		[ "$(ctl -j fidelity far budget 10s worst 15s |
			jq -c '[.verdict, .links[].link]')" \
			= '["PASS","acme/web-1/eth0 > any"]' ] &&
		slowwait same_fidelity && ctl -n far.h1 link del acme/web-1
}
# Again if a packet has passed in between
same_fidelity() { same "$(ctl fidelity acme)" "$(ctl fidelity far)"; }
check "its tenant is found by name, wherever it lives" tenant_ping
elsewhere()
{
	ctl flow list tenant acme 2>err
	[ $? = 2 ] && grep -q 'u-far joins.*netctl -n LAB.HOST' err &&
		[ "$(wc -l <err)" = 1 ]
}
check "a command that looks at the underlay says where else to look" elsewhere
nothing_listed()
{
	ctl -f u-far vm list 2>err && grep -q 'u-far joins.*netctl -n LAB.HOST' err
}
check "and so does an empty list of VMs" nothing_listed
sed -e 's/lab: far/lab: near/' -e '/run:/d' far.yaml >near.yaml
ambiguous()
{
	ctl -q apply near.yaml
	ctl ping acme 2>err
	[ $? = 1 ] && grep -q 'in lab far and in lab near: name the lab' err &&
		ctl ping near timeout 30s && ctl -q destroy near
}
check "unless it lives in two labs" ambiguous
# VM's labels as a host, or the underlay, tells of them
labels_on() { ctl -n "far.$1" -j vm list | jq -c '[.[] | .labels]'; }
labelled()
{
	[ "$(labels_on h1)" = "$(labels_on h2)" ] &&
		labels_on h1 | jq_is 'map(select(.flavour == "m1" and
			.role == "web" and .lab == "far")) | length == 2' &&
		ctl apply far.yaml | grep 'nothing to change'
}
check "each host tells of the labels of all VMs" labelled
check_eq "and says which of them are on another host" \
	'["created","created","remote","remote"]' \
	"$(ctl -n far.h1 -j vm list | jq -c '[.[].state]')"
check_eq "an underlay has no VMs" '[]' "$(ctl -f u-far -j vm list)"
ctl -q destroy far
check "destroy leaves nothing of it" slowwait gone

# The example of the manual: networks of a tenant on different hosts. It loses
# some packets on purpose, and for a while all of a link.
sed -n '/^\.Bd -literal -offset indent$/,/^\.Ed$/p' \
	"$here/../Documentation/man/netctl-lab.5" | sed '/^\./d' >shop.yaml
example()
{
	ctl apply shop.yaml && ctl apply shop.yaml | grep 'nothing to change' &&
		ctl export shop >same.yaml && ctl diff same.yaml check
}
check "the example of the manual makes a lab" example
all_reach() { ctl ping shop && ctl ping shop ipv6; }
check "whose routers reach networks of the other host" slowwait all_reach
without_db()
{
	sed -e '/db-1: /d' -e '/links:/,/restore/d' shop.yaml >less.yaml
	ctl apply less.yaml && ctl diff less.yaml check &&
		ctl -n shop.h1 -j fdb list | jq_is 'map(select(
			.mac == "00:00:00:00:00:00")) == []' &&
		ctl -q destroy shop && slowwait gone
}
check "which hear them no longer than that" without_db
