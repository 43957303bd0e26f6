#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh SECONDS: runs in the guest, in a folder with the modules. In turns, it loads kdefer,
# then all at once panics, recovers and goes through goexits in traced functions, lets probes come
# and go on them, switches tracers, and loads and unloads a driver whose allocations fail; then it
# unloads kdefer and sees that all adds up. Prints TAP, and every few seconds how far it is.

# shellcheck source=tests/guest/lifecycle/common.sh
. ./common.sh

DEADLINE=$(($(date +%s) + $1))
TRACING=/sys/kernel/tracing
TRACER=/sys/module/kdefer_tracer_test/parameters
# Seconds between two unloadings of kdefer.
TURN=30
# How long one may take to end.
PATIENCE=180
# Of a hundred allocations.
FAILING=20

TURNS=0
LOADS=0
SWITCHES=0
START=$(date +%s)

echo 0 >/proc/sys/kernel/printk

# Panics through traced functions; some with probes that come and go, or are gone when it happens.
panic_on() {
	while [ ! -e enough ]; do
		echo 3 >$TRACER/run && echo 1 >$TRACER/churn && echo 1 >$TRACER/removed || return
		echo >>panics
	done
}

# A driver with threads in every state, unloaded wherever they are.
load_on() {
	local i=0
	while [ ! -e enough ]; do
		i=$((i + 1))
		insmod kdefer_lifecycle.ko settle=$((i % 2)) || return
		[ $((i % 3)) -ne 0 ] || echo 5 >"$PARAMETERS"/rounds || return
		rmmod kdefer_lifecycle || return
		echo >>loads
	done
}

trace_with() {
	echo "$1" >$TRACING/current_tracer || return
	SWITCHES=$((SWITCHES + 1))
	sleep "$2"
}

switch_tracers() {
	echo '*:mod:kdefer*' >$TRACING/set_ftrace_filter
	trace_with function_graph 1 && trace_with function 0.5 && trace_with nop 1
}

# Linux 7.x calls the function graph tracer that registered first for functions that only later ones
# watch. If it is the probes', fprobe_return() warns of what it does not find; this one is silent.
# Kernels that have none in an instance have no such list either.
keep_graph_first() {
	mkdir $TRACING/instances/first
	grep -q function_graph $TRACING/instances/first/available_tracers || return 0
	# It is never called.
	echo kernel_halt >$TRACING/instances/first/set_ftrace_filter &&
		echo function_graph >$TRACING/instances/first/current_tracer
}

progress() {
	echo "# $(($(date +%s) - START)) s: $TURNS turns, $SWITCHES tracers switched," \
		"$(wc -l <panics) rounds of panics, $((LOADS + $(wc -l <loads))) drivers loaded"
}

# What every task is doing, should a turn not come to its end.
tell_if_stuck() {
	sleep $((TURN + PATIENCE))
	echo "# stuck: what the tasks are doing"
	echo 7 >/proc/sys/kernel/printk
	echo w >/proc/sysrq-trigger
	echo l >/proc/sysrq-trigger
}

# Every driver that was loaded has said that all is well, and nobody has said anything else.
turn_was_well() {
	dmesg -c >log
	[ "$(grep -c 'kdefer_lifecycle: all is well: [1-9]' log)" -eq "$(wc -l <loads)" ] &&
		! wrong | grep .
}

turn() {
	local until status=0 panics loads watcher
	until=$(($(date +%s) + TURN))
	rm -f enough
	: >loads
	insmod kdefer.ko && insmod kdefer_tracer_test.ko || return
	panic_on &
	panics=$!
	load_on &
	loads=$!
	tell_if_stuck &
	watcher=$!
	while [ "$(date +%s)" -lt "$until" ] && [ "$(date +%s)" -lt "$DEADLINE" ]; do
		switch_tracers || status=1
		progress
	done
	touch enough
	wait $panics || status=1
	wait $loads || status=1
	echo >$TRACING/set_ftrace_filter
	rmmod kdefer_tracer_test && rmmod kdefer || status=1
	TURNS=$((TURNS + 1))
	kill $watcher
	turn_was_well || status=1
	LOADS=$((LOADS + $(wc -l <loads)))
	return "$status"
}

stress() {
	: >panics
	keep_graph_first || return
	while [ "$(date +%s)" -lt "$DEADLINE" ]; do
		turn || return
	done
	: >loads
	progress
	[ -s panics ] && [ "$LOADS" -gt 0 ] && [ "$SWITCHES" -gt 0 ]
}

lockdep_is_awake() {
	grep 'debug_locks: *1' /proc/lockdep_stats
}

# Scanning by itself, it keeps a CPU for minutes, and who waits for all tasks to have left a
# trampoline.
[ ! -e "$KMEMLEAK" ] || echo scan=off >"$KMEMLEAK"
dmesg -c >/dev/null
if [ -e "$FAILSLAB" ]; then
	fail_allocations $FAILING || exit
fi
stress
report $? "$1 seconds of panics, goexits, tracers, failing allocations, loading and unloading"
if [ -e /proc/lockdep_stats ]; then
	lockdep_is_awake
	report $? "lockdep has watched to the end"
else
	skip "lockdep has watched to the end" "this kernel has no lockdep"
fi
[ -e "$FAILSLAB" ] || skip "allocations that fail" "this kernel has no failslab"
if [ -e "$KMEMLEAK" ]; then
	no_leaks
	report $? "no leaks"
else
	skip "no leaks" "this kernel has no kmemleak"
fi
exit "$FAILED"
