#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-or-later
# The first process of a QEMU guest: the host's root file system by 9p,
# read-only, then $NSFAB_INIT in it.
set -e
bb=/bin/busybox

$bb mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do
	$bb insmod "$module"
done
if [ "$NSFAB_INIT" = probe ]; then
	$bb poweroff -f
fi
$bb mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose \
	root /root
$bb umount /dev
exec $bb switch_root /root "$NSFAB_INIT"
