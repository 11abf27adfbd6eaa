#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The init of a test guest (see run). Its root is the host's, read-only: lay a
# writable layer over it, mount what a system has, load the module, run the
# command, look for what it left behind, say how it went, power off.
#
# From the kernel's command line: NSFAB_TOP, the tree, and NSFAB_STATE, a
# directory of the host. In it, run has left "config" (shell variables) and
# "command"; "stdout", "stderr" and "status" are written here.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
state=/run/nsfab-vm
trap 'busybox poweroff -f' EXIT

fail()
{
	echo "nsfab-vm: FAIL: $*" >/dev/kmsg
}

# Everything that is written goes to memory.
if [ "${1-}" != inside ]; then
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/upper /run/work /run/root
	mount -t overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work \
		overlay /run/root
	cd /run/root || exit
	pivot_root . mnt
	exec chroot . "$0" inside </dev/null
fi
umount -l /mnt

# ---- mounts

# Trees of the host under what is mounted over next stay where they are.
mkdir -p /mnt/.below
mount --bind / /mnt/.below
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir $state

# share TAG DIR WHERE [sync]: a directory of the host, written through
share()
{
	mkdir -p "$3"
	if grep -q '^nodev	hostfs' /proc/filesystems; then
		mount -t hostfs -o "${4:+sync,}$2" none "$3"
	else
		mount -t 9p -o "trans=virtio,version=9p2000.L,msize=512000,cache=mmap" \
			"$1" "$3"
	fi
}

share state "$NSFAB_STATE" $state sync
name='' kernel='' module=''
# shellcheck source=/dev/null
. $state/config
for dir in "$NSFAB_TOP" "$kernel"; do
	[ -d "$dir" ] && continue
	mkdir -p "$dir"
	mount --bind "/mnt/.below$dir" "$dir"
done
umount -l /mnt/.below
share out "$NSFAB_TOP/out" "$NSFAB_TOP/out"
# A host without kernels of its own has no such directory.
mkdir -p /lib/modules
mount --bind "$kernel/lib/modules" /lib/modules

mount -t devtmpfs devtmpfs /dev
ln -sf /proc/self/fd /dev/fd
ln -sf fd/0 /dev/stdin
ln -sf fd/1 /dev/stdout
ln -sf fd/2 /dev/stderr
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup2 /sys/fs/cgroup
read -r controllers </sys/fs/cgroup/cgroup.controllers
for c in $controllers; do
	echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control
done

# ---- system

exec </dev/null >/dev/kmsg 2>&1
hostname "nsfab-$name"
ip link set lo up
# shellcheck disable=SC3045	# dash and bash have it
ulimit -n 1048576
# Packets wait here for a CPU that has other things to do: not to be lost by that.
echo 100000 >/proc/sys/net/core/netdev_max_backlog
[ -e /sys/kernel/debug/kmemleak ] && echo clear >/sys/kernel/debug/kmemleak

# What the console says from here on counts.
echo "nsfab-vm: booted" >/dev/kmsg

if [ -n "$module" ]; then
	for m in $(modinfo -F depends "$module" | tr , ' '); do
		modprobe "$m"
	done
	insmod "$module" || { fail "insmod $module"; exit; }
fi

# ---- the command

# Its output goes by pipes, so that /dev/stdout can be opened in it.
mkfifo /run/nsfab-out /run/nsfab-err
{ cat </run/nsfab-out >$state/stdout; : >/run/nsfab-out.end; } &
{ cat </run/nsfab-err >$state/stderr; : >/run/nsfab-err.end; } &
bash $state/command </dev/null >/run/nsfab-out 2>/run/nsfab-err
status=$?

# What it left running may hold the pipes.
n=0
until [ -e /run/nsfab-out.end ] && [ -e /run/nsfab-err.end ] || [ $n -ge 20 ]
do
	sleep 0.1
	n=$((n + 1))
done
kill -KILL -1
wait
echo "exit $status" >$state/status

# ---- what is left behind

if [ -n "$module" ] && [ -d /sys/module/nsfab ]; then
	rmmod nsfab || fail "rmmod nsfab"
fi

# An object is told of when two scans agree and it is five seconds old.
if [ -e /sys/kernel/debug/kmemleak ]; then
	echo scan >/sys/kernel/debug/kmemleak
	sleep 5.5
	echo scan >/sys/kernel/debug/kmemleak
	while IFS= read -r line; do
		echo "$line" >/dev/kmsg
	done </sys/kernel/debug/kmemleak
fi

echo end >>$state/status
cd /
umount "$NSFAB_TOP/out"
umount $state
sync
