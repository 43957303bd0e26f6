#!/bin/busybox sh
# shellcheck shell=dash
# shellcheck disable=SC2317 # the cases are called by their names
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh CYCLES KILLS FEATURES: runs in the guest, in a folder with kdefer.ko, the client and
# kdefer_lifecycle.ko. Prints TAP, and what the kernel said where something went wrong. FEATURES are
# the words of scripts/vm features.

CYCLES=$1
KILLS=$2
FEATURES=$3
# shellcheck source=tests/guest/lifecycle/common.sh
. ./common.sh

# So that the console's lines are TAP.
echo 0 >/proc/sys/kernel/printk

load() {
	dmesg -c >/dev/null
	insmod kdefer.ko && insmod kdefer_lifecycle.ko "$@"
}

# $1: complaints that are expected
unload() {
	rmmod kdefer_lifecycle && rmmod kdefer || return
	dmesg >log
	grep -q 'kdefer_lifecycle: all is well: [1-9]' log &&
		! wrong | grep -vE "${1:-^$}"
}

# Every other time, the threads are stopped wherever they are.
cycles() {
	local i
	for i in $(seq "$CYCLES"); do
		load settle=$((i % 2)) || return
		unload || return
		[ $((i % 100)) -ne 0 ] || echo "# $i cycles: $(grep -o 'all is well.*' log)"
	done
}

refused() {
	local status=0
	load settle=1 || return
	rmmod kdefer && status=1
	rmmod kdefer 2>&1 | grep -E 'unavailable|busy|in use' || status=1
	[ -d /sys/module/kdefer ] && echo 10 >"$PARAMETERS"/rounds || status=1
	# A process that has the device open keeps its driver.
	exec 3>/dev/kdefer_lifecycle
	rmmod kdefer_lifecycle && status=1
	exec 3>&-
	unload || status=1
	return "$status"
}

processes() {
	local status=0
	load || return
	./client || status=1
	unload || status=1
	return "$status"
}

# How kdefer says that a thread has died in one of its functions.
OOPS='Oops( - BUG|: invalid opcode)'
INSIDE='was killed inside a KDEFER function'

# On some architectures a BUG() ends the thread in the midst of its exception, and what counts
# exceptions finds that one missing when the CPU is idle, or the thread is left.
UNBALANCED='WARNING: .*(ct_kernel_exit|ct_idle_exit|__switch_to)'

# The oopses are wanted, but nothing else.
killed() {
	local status=0
	load settle=1 || return
	echo "$KILLS" >"$PARAMETERS"/kill || status=1
	dmesg | grep -o 'killed [0-9]* threads.*'
	unload "kernel BUG at .*killed\.c|$OOPS|Call Trace:|$INSIDE|$UNBALANCED" || status=1
	[ "$(grep -c 'was killed inside a KDEFER function' log)" -eq $((KILLS / 2)) ] || status=1
	[ "$(grep -c 'kernel BUG at' log)" -eq $((KILLS / 2)) ] || status=1
	return "$status"
}

no_memory() {
	local status=0
	load settle=1 || return
	fail_allocations 100 || status=1
	echo 1000 >"$PARAMETERS"/rounds || status=1
	fail_allocations 0
	unload || status=1
	grep 'all is well.* [1-9][0-9]* for want of memory' log || status=1
	return "$status"
}

echo "TAP version 13"
cycles
report $? "$CYCLES times loaded and unloaded, with threads in every state"
refused
report $? "kdefer is not unloaded while it is used"
processes
report $? "processes that fork and die inside of KDEFER functions"
if [ -e "$FAILSLAB" ]; then
	no_memory
	report $? "1000 rounds without any memory"
else
	skip "1000 rounds without any memory" "this kernel has no failslab"
fi
if echo "$FEATURES" | grep -qx bug; then
	killed
	report $? "$KILLS threads killed inside of KDEFER functions"
else
	skip "$KILLS threads killed inside of KDEFER functions" "a BUG() ends the machine"
fi
if [ -e "$KMEMLEAK" ]; then
	no_leaks
	report $? "no leaks"
else
	skip "no leaks" "this kernel has no kmemleak"
fi
exit "$FAILED"
