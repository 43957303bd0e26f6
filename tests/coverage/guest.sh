#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# What tests kdefer.ko in a guest, one after the other, with kdefer.ko loaded once.
echo 0 >/proc/sys/kernel/printk
insmod kdefer.ko || exit
for section in /sys/module/kdefer/sections/.*text*; do
	echo "section ${section##*/} $(cat "$section")"
done
insmod kdefer_sequences.ko failing=1 sequences=300
echo 50 >/sys/module/kdefer_sequences/parameters/run
rmmod kdefer_sequences
echo function_graph >/sys/kernel/tracing/current_tracer
echo 1 >/sys/kernel/tracing/events/kdefer/enable
insmod kdefer_sequences.ko sequences=100 seed=90000
rmmod kdefer_sequences
echo 0 >/sys/kernel/tracing/events/kdefer/enable
echo nop >/sys/kernel/tracing/current_tracer
find /sys/kernel/debug/kdefer /sys/module/kdefer/parameters -type f -exec cat {} + >/dev/null 2>&1
insmod kdefer_faults.ko count=3
insmod kdefer_tracer_test.ko && for what in run churn removed; do
	echo 1 >/sys/module/kdefer_tracer_test/parameters/$what
done
insmod kdefer_lifecycle.ko settle=1 && rmmod kdefer_lifecycle
insmod kdefer_kunit.ko stress_seconds=1
find /sys/kernel/debug/kdefer -type f -exec cat {} + >/dev/null 2>&1
rmmod kdefer_kunit kdefer_tracer_test kdefer_faults
rmmod kdefer
exit 0
