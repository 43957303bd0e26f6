#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh SECONDS SEED MANY: runs random sequences for so long, in threads that are parked and
# frozen and in processes that get signals, while allocations fail, CPUs come and go, tracers,
# probes, BPF programs and a livepatch are switched, processes are moved between cgroups and the
# machine goes to sleep, as far as the kernel knows how. In turns, in each of which each of four
# threads runs MANY sequences, all is unloaded and loaded again. Prints TAP.

# shellcheck source=tests/guest/lib.sh
. ./lib.sh

DEADLINE=$(($(date +%s) + $1))
SEED=$2
TRACING=/sys/kernel/tracing
RUN=/sys/module/kdefer_sequences/parameters/run
CPU=/sys/devices/system/cpu/cpu1/online
FAILSLAB=/sys/kernel/debug/failslab
PM_TEST=/sys/power/pm_test
CGROUPS=/sys/fs/cgroup
LIVEPATCH=/sys/kernel/livepatch/kdefer_sequences_patch
CALLS=/sys/module/kdefer_sequences_patch/parameters/calls
THREADS=4
SEQUENCES=$3
DONE=0

echo 0 >/proc/sys/kernel/printk

# Of a hundred allocations of kdefer's in the threads of the sequences.
fail_allocations() {
	[ -d $FAILSLAB ] || return 0
	echo Y >$FAILSLAB/cache-filter
	echo Y >$FAILSLAB/task-filter
	echo N >$FAILSLAB/ignore-gfp-wait
	echo 0 >$FAILSLAB/verbose
	echo -1 >$FAILSLAB/times
	echo 20 >$FAILSLAB/probability
}

has_livepatches() {
	[ -e kdefer_sequences_patch.ko ] && [ -d "${LIVEPATCH%/*}" ]
}

# Each disturber notes what it has done in a file of its own name, and ends when told "enough".

cpus() {
	[ -e $CPU ] || return
	while [ ! -e enough ]; do
		echo 0 >$CPU && echo >>cpus
		usleep 300000
		echo 1 >$CPU
		usleep 700000
	done
}

tracers() {
	local tracer
	while [ ! -e enough ]; do
		for tracer in function_graph function nop; do
			grep -qw $tracer $TRACING/available_tracers || continue
			echo '*:mod:kdefer*' >$TRACING/set_ftrace_filter
			echo $tracer >$TRACING/current_tracer && echo >>tracers
			usleep 500000
		done
	done
	echo nop >$TRACING/current_tracer
	echo >$TRACING/set_ftrace_filter
}

# A return probe replaces the return addresses of functions that panics skip.
probes() {
	while [ ! -e enough ]; do
		usleep 300000
		echo 'r:sequences/returned kdefer_sequences:act_again' >>$TRACING/kprobe_events ||
			continue
		echo 'p:sequences/raised kdefer_sequences:raise_any' >>$TRACING/kprobe_events
		echo 1 >$TRACING/events/sequences/enable && echo 1 >$TRACING/events/kdefer/enable &&
			echo >>probes
		usleep 300000
		echo 0 >$TRACING/events/kdefer/enable
		echo 0 >$TRACING/events/sequences/enable
		echo >$TRACING/kprobe_events
	done 2>/dev/null
}

# At the entry and the exit of functions that panics skip: by a trampoline (fentry and fexit), by
# probes, and, where the kernel has that, by one probe for many functions.
programs() {
	local at
	[ -d bpf ] || return
	while [ ! -e enough ]; do
		for at in kfunc:raw_notifier_call_chain,kretfunc:raw_notifier_call_chain \
			kretfunc:kfree kprobe:raise_any,kretprobe:act_again 'kretprobe:act_*'; do
			[ -e $RUN ] || { usleep 100000; continue; }
			bpftrace -e "$at { @ran = count(); } interval:ms:1000 { exit(); }" >ran 2>&1
			if grep -q '^@ran: [1-9]' ran; then
				echo >>programs
			else
				sed "s/^/# $at: /" ran >>idle
			fi
		done
	done
}

# Tries a command until it succeeds, for a minute.
insist() {
	local tries=0
	until "$@"; do
		[ $tries -lt 600 ] || { echo "$*" >>stuck; return 1; }
		tries=$((tries + 1))
		usleep 100000
	done
}

# It is taken off again when every thread has left the new functions.
livepatches() {
	has_livepatches || return
	while [ ! -e enough ]; do
		insmod kdefer_sequences_patch.ko || return
		usleep 500000
		[ "$(cat $CALLS)" -eq 0 ] || echo >>livepatches
		insist sh -c "echo 0 >$LIVEPATCH/enabled" &&
			insist rmmod kdefer_sequences_patch || return
	done 2>/dev/null
}

processes() {
	local pid
	while [ ! -e enough ]; do
		usleep 100000
		[ -e $RUN ] || continue
		sh -c "echo 4000 >$RUN" &
		pid=$!
		if [ -d $CGROUPS/one ]; then
			echo $pid >$CGROUPS/one/cgroup.procs && echo 1 >$CGROUPS/one/cgroup.freeze
			echo $pid >$CGROUPS/two/cgroup.procs && echo >>cgroups
			echo 0 >$CGROUPS/one/cgroup.freeze
		fi
		usleep 50000
		kill -USR1 $pid
		usleep 50000
		kill -KILL $pid && echo >>processes
		wait $pid
	done 2>/dev/null
}

sleeps() {
	local depth
	[ -e $PM_TEST ] || return
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	while [ ! -e enough ]; do
		for depth in freezer devices processors; do
			echo $depth >$PM_TEST || continue
			echo freeze >/sys/power/state && echo >>sleeps
			sleep 2
		done
	done 2>/dev/null
}

many() {
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

progress() {
	echo "# $(($1 - DEADLINE + $(date +%s))) s: $DONE sequences in threads; $(many processes)" \
		"processes killed, $(many cpus) times a CPU less, $(many tracers) tracers," \
		"$(many probes) times probes, $(many programs) BPF programs," \
		"$(many livepatches) livepatches, $(many cgroups) moves, $(many sleeps) suspends"
}

# Loads all, has it disturbed until the threads have run their sequences, and unloads it.
turn() {
	local status=0
	rm -f enough
	insmod kdefer.ko || return
	# What writes to the module's files comes when it is there, and goes before it does.
	cpus & tracers & probes & programs & livepatches & sleeps & processes & processes &
	insmod kdefer_sequences.ko failing=1 threads=$THREADS sequences="$SEQUENCES" \
		seed="$SEED" || status=1
	sleep 2
	touch enough
	wait
	DONE=$((DONE + THREADS * SEQUENCES))
	SEED=$((SEED + THREADS * SEQUENCES + 10000))
	rmmod kdefer_sequences && rmmod kdefer || status=1
	dmesg -c >log
	! complaints log | grep . || status=1
	! grep 'was killed\|sequences: seed\|sequences: .* [1-9][0-9]* wrong' log || status=1
	if [ -e stuck ]; then sed 's/^/# never succeeded: /' stuck && status=1; fi
	return $status
}

soak() {
	while [ "$(date +%s)" -lt $DEADLINE ]; do
		turn || return
		progress "$1"
	done
}

# Fails if there is a disturbance that the kernel knows and that never came.
all_disturbed() {
	local name names="tracers probes processes"
	[ ! -e $CPU ] || names="$names cpus"
	[ ! -d bpf ] || names="$names programs"
	! has_livepatches || names="$names livepatches"
	[ ! -e $PM_TEST ] || names="$names sleeps"
	[ ! -d $CGROUPS/one ] || names="$names cgroups"
	for name in $names; do
		[ -e "$name" ] || { echo "# no $name"; return 1; }
	done
	# Some are there when all is frozen, but not many.
	[ ! -e idle ] || head -n 20 idle
}

[ ! -e $KMEMLEAK ] || echo scan=off >$KMEMLEAK
if mount -t cgroup2 cgroup2 $CGROUPS 2>/dev/null; then mkdir $CGROUPS/one $CGROUPS/two; fi
dmesg -c >/dev/null
fail_allocations
soak "$1"
report $? "$1 seconds of sequences"
echo "# the next seed: $SEED"
all_disturbed
report $? "disturbed by everything that the kernel knows"
if [ -e /proc/lockdep_stats ]; then
	grep 'debug_locks: *1' /proc/lockdep_stats
	report $? "lockdep has watched to the end"
fi
if [ -e $KMEMLEAK ]; then
	scan_for_leaks
	! grep -A 20 . $KMEMLEAK | grep '\[kdefer\|0xffffffffc'
	report $? "no leaks"
fi
exit "$FAILED"
