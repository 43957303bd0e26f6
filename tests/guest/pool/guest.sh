#!/bin/busybox sh
# shellcheck shell=dash
# shellcheck disable=SC2317 # the cases are called by their names
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh JOBS CYCLES [mutant]: runs in the guest, in a folder with kdefer.ko and
# kdefer_pool_test.ko. Prints TAP. With "mutant", only says what the jobs find of a kdefer.ko
# that is broken.

JOBS=$1
CYCLES=$2
# shellcheck source=tests/guest/lib.sh
. ./lib.sh

PARAMETERS=/sys/module/kdefer_pool_test/parameters
# Idle threads that kdefer keeps at most: for each CPU, and besides.
IDLE=$((4 * $(nproc) + 64))
# In KiB: what the kernel may have more of afterwards, and for each thread of the pool that it has
# more: a stack, a struct task_struct, and what kdefer keeps of it.
GROWTH=1024
OF_THREAD=32

# So that the console's lines are TAP.
echo 0 >/proc/sys/kernel/printk

threads() {
	# shellcheck disable=SC2009 # busybox may have no pgrep
	ps | grep -c '[[]kdefer_go'
}

# In KiB: memory of the kernel's that is not given back at will.
kernel_memory() {
	awk '/^(SUnreclaim|KernelStack):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# What jobs are expected to make kdefer and the kernel say: of panics that nobody recovers, and of
# what was left behind.
said() {
	dmesg -c >>log
	complaints log
	grep 'kdefer_pool_test: wrong' log
}

unload() {
	rmmod kdefer_pool_test && rmmod kdefer || return
	dmesg -c >>log
	grep -q 'kdefer_pool_test: all is well: [1-9]' log
}

jobs() {
	echo "$1" >$PARAMETERS/jobs
}

# $1: what is to be true within some seconds
soon() {
	local i
	for i in $(seq 100); do
		"$@" && return
		sleep 0.1
	done
	echo "# $(threads) threads"
	return 1
}

at_most() {
	[ "$(threads)" -le "$1" ]
}

# In hundredths of a second.
now() {
	sed 's/ .*//; s/[.]//' /proc/uptime
}

all_as_new() {
	local before threads after most start
	jobs 2000 || return
	before=$(kernel_memory)
	threads=$(threads)
	start=$(now)
	jobs "$JOBS" || return
	echo "# a job takes $((($(now) - start) * 10000 / JOBS)) us"
	soon at_most $((IDLE + 2)) || return
	sleep 1
	after=$(kernel_memory)
	most=$((before + GROWTH + ($(threads) - threads) * OF_THREAD))
	echo "# $before KiB before, with $threads threads; $after KiB afterwards, with $(threads)"
	[ -e "$KMEMLEAK" ] || [ "$after" -le "$most" ]
}

given_back_for_memory() {
	jobs 200 && [ "$(threads)" -gt 0 ] || return
	echo 2 >/proc/sys/vm/drop_caches
	soon at_most 0
}

given_back_when_idle() {
	echo 2000 >/sys/module/kdefer/parameters/go_idle_ms
	jobs 200 && [ "$(threads)" -gt 0 ] || return
	soon at_most 0
}

under_load() {
	local i
	for i in $(seq "$CYCLES"); do
		: >log
		insmod kdefer.ko && insmod kdefer_pool_test.ko busy=1 || return
		# Not always at the same place.
		usleep $((i * 7919 % 40000))
		unload || return
		! said | grep . || return
		[ $((i % 50)) -ne 0 ] || echo "# $i times: $(grep -o 'all is well.*' log)"
	done
}

: >log
insmod kdefer.ko || exit
if [ "${3-}" = mutant ]; then
	insmod kdefer_pool_test.ko patience=3 || exit
	jobs "$JOBS" || said
	exit
fi
insmod kdefer_pool_test.ko || exit
all_as_new
report $? "$JOBS jobs, each on a thread that is as new, and no more threads or memory than before"
given_back_for_memory
report $? "idle threads are given back when memory is short"
given_back_when_idle
report $? "idle threads are given back after a while"
unload && ! said | grep .
report $? "nothing is lost, and nothing else is wrong"
under_load
report $? "$CYCLES times unloaded while jobs run"
if [ -e "$KMEMLEAK" ]; then
	scan_for_leaks
	! grep -B 20 '\[kdefer\|0xffffffffc' "$KMEMLEAK"
	report $? "no leaks"
	grep 'debug_locks: *1' /proc/lockdep_stats >/dev/null
	report $? "lockdep has watched to the end"
fi
exit "$FAILED"
