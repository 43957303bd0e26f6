#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh FATAL: what tests kdefer.ko in a guest, one after the other, with kdefer.ko loaded once,
# so that its code has one address. FATAL are cases of tests/guest/fatal that end nothing. Whether
# the tests pass is not asked here.
FATAL=$1
TRACING=/sys/kernel/tracing
PARAMETERS=/sys/module/kdefer/parameters

# $1: module, then its parameters. One that stays for good holds nobody up.
run_module() {
	insmod "$@"
	rmmod "${1%.ko}"
}

# $1: parameter of kdefer_$2
tell() {
	echo "$3" >"/sys/module/kdefer_$2/parameters/$1"
}

read_debugfs() {
	cat /sys/kernel/debug/kdefer/* $PARAMETERS/* >/dev/null
}

say_sections() {
	local section
	for section in /sys/module/kdefer/sections/.*text*; do
		echo "section ${section##*/} $(cat "$section")"
	done
}

fatal_cases() {
	local name
	for name in $FATAL; do
		run_module kdefer_fatal.ko case="$name"
	done
}

traced() {
	echo function_graph >$TRACING/current_tracer
	echo 1 >$TRACING/events/kdefer/enable
	run_module kdefer_sequences.ko sequences=50 seed=90000
	fatal_cases
	echo 0 >$TRACING/events/kdefer/enable
	echo nop >$TRACING/current_tracer
}

observed() {
	local name
	echo 1 >$TRACING/events/kdefer/enable
	insmod kdefer_observe_test.ko
	for name in plain linked recovered nil replaced left disturbed goexit uncaught run \
		guarded; do
		tell act observe_test $name
	done
	tell park observe_test 1
	tell storm observe_test 2 &
	read_debugfs
	tell park observe_test 0
	wait
	cat $TRACING/trace >/dev/null
	rmmod kdefer_observe_test
	echo 0 >$TRACING/events/kdefer/enable
}

tracers() {
	local what
	insmod kdefer_tracer_test.ko
	for what in run probes run pool reject churn removed; do
		tell $what tracer_test 1
	done
	tell probes tracer_test 0
	rmmod kdefer_tracer_test
}

pool() {
	insmod kdefer_pool_test.ko
	tell jobs pool_test 200
	echo 10 >$PARAMETERS/go_idle_ms
	sleep 1
	echo 2 >/proc/sys/vm/drop_caches
	tell jobs pool_test 20
	rmmod kdefer_pool_test
}

parameters() {
	local value
	for value in exit oops panic nothing exit; do echo $value >$PARAMETERS/uncaught; done
	for value in off throw nothing warn; do
		echo $value >$PARAMETERS/strict
		[ $value = throw ] || run_module kdefer_fatal.ko case=skipped_bus
	done
}

echo 0 >/proc/sys/kernel/printk
insmod kdefer.ko || exit
{
	fatal_cases
	parameters
	insmod kdefer_sequences.ko failing=1 sequences=100
	tell run sequences 50
	rmmod kdefer_sequences
	traced
	observed
	tracers
	pool
	run_module kdefer_faults.ko count=3
	run_module kdefer_lifecycle.ko settle=1
	insmod kdefer_kunit_params.ko stress_seconds=1
	run_module kdefer_kunit.ko
	rmmod kdefer_kunit_params
	read_debugfs
} >/dev/null 2>&1
say_sections
rmmod kdefer
