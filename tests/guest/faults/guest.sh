#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh COUNT [FLAG]: runs in the guest, in a folder with kdefer.ko and kdefer_faults.ko. COUNT
# faults of each kind are recovered; then come those that must stay the oops that they were. FLAG is
# one of the CPU's that the kernel has to use. Prints TAP.

COUNT=$1
FLAG=${2-}

# $1: what, $2: how often since kdefer was loaded
counted() {
	grep -qx "$1 *$2" /sys/kernel/debug/kdefer/stats
}

report() {
	[ "$1" -eq 0 ] && echo "ok $2" && return
	echo "not ok $2"
	status=1
}

# The module's own lines of TAP.
said() {
	dmesg | sed -n 's/^\[[^]]*\] \(\(not \)\?ok [0-9]\)/\1/p'
}

# The kernel prints every page fault and raises the console's level, but not from 0.
echo 0 >/proc/sys/kernel/printk
insmod kdefer.ko && insmod kdefer_faults.ko "count=$COUNT"
status=$?
said | tee lines
# Each of them faults again in a deferred call.
counted faults $(($(grep -c 'recovered of' lines) * 2 * COUNT)) && counted throws 0
report $? "- each of them is counted"
rmmod kdefer_faults && rmmod kdefer
report $? "- the modules unload"
dmesg -c >/dev/null
insmod kdefer.ko && insmod kdefer_faults.ko stay_fatal=1 || status=1
said
counted faults 0 && counted throws 0
report $? "- none of these was a panic"
if [ "$FLAG" ]; then
	# The kernel tries it at boot, and else would not show it.
	grep -qw "$FLAG" /proc/cpuinfo
	report $? "- the kernel uses the CPU's $FLAG"
fi
exit "$status"
