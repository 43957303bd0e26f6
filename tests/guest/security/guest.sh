#!/bin/busybox sh
# shellcheck shell=dash
# Cases are called by name.
# shellcheck disable=SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh: runs in the guest, beside the modules. Prints TAP. The kernel dies at the end.

# shellcheck source=tests/guest/lib.sh
. ./lib.sh

DEBUG=/sys/kernel/debug/kdefer
PARAMETERS=/sys/module/kdefer/parameters
DEVICE=/dev/kdefer_security

# $1: name; then what is to be true
check() {
	local name=$1 status=0
	shift
	"$@" >log 2>&1 || status=1
	report "$status" "$name"
}

# Runs a line of shell as nobody. What he may do but root cannot undo does not matter here.
as_nobody() {
	su -s /bin/sh nobody -c "$1"
}

refused() {
	for line; do
		! as_nobody "$line" || { echo "nobody could: $line"; return 1; }
	done
}

debugfs_is_roots() {
	refused "ls $DEBUG" && chmod 755 /sys/kernel/debug && as_nobody "ls $DEBUG" &&
		cat "$DEBUG/tasks" "$DEBUG/stats" &&
		refused "cat $DEBUG/tasks" "cat $DEBUG/stats" "echo >$DEBUG/tasks" \
			"echo >$DEBUG/stats"
}

events_are_roots() {
	cat /sys/kernel/tracing/events/kdefer/enable &&
		refused 'ls /sys/kernel/tracing' 'echo 1 >/sys/kernel/tracing/events/kdefer/enable'
}

parameters_are_roots() {
	local name
	for name in "$PARAMETERS"/*; do
		as_nobody "cat $name" && refused "echo off >$name" || return
	done
}

sample_is_roots() {
	insmod kdefer_kv.ko && [ -c /dev/kdefer_kv ] &&
		refused 'echo >/dev/kdefer_kv' 'cat /dev/kdefer_kv' && rmmod kdefer_kv
}

recovered_says_nothing() {
	dmesg -c >/dev/null
	as_nobody "for i in 1 2 3; do echo stop \$i >$DEVICE; done" && ! dmesg | grep .
}

skipping_prints_no_address() {
	dmesg -c >/dev/null
	insmod kdefer_fatal.ko case=skipped_bus && rmmod kdefer_fatal || return
	dmesg | grep 'a panic skipped bus_for_each_dev()' && ! dmesg | grep -iE 'f{4}[0-9a-f]{12}'
}

# Those of the oops that follows are the kernel's.
throw_prints_no_address() {
	dmesg -c >/dev/null
	as_nobody "echo of a user >$DEVICE"
	dmesg | grep 'fatal error: panic on a task that kdefer did not start' &&
		[ "$(cat /sys/kernel/oops_count)" -eq 1 ] || return
	dmesg | sed '/cut here/q' >said
	grep 'cut here' said && ! grep -iE 'f{4}[0-9a-f]{12}' said
}

# As in Go. Nothing else tells such a line from one of kdefer's.
further_lines_are_indented() {
	dmesg -c >/dev/null
	as_nobody "printf 'begins\nfatal error: forged' >$DEVICE"
	dmesg | grep 'fatal error: panic on a task' &&
		dmesg | grep -E '^(\[[ .0-9]+\] )?	fatal error: forged$'
}

mkdir -p /etc
echo 'root:x:0:0::/:/bin/sh' >/etc/passwd
echo 'nobody:x:65534:65534::/:/bin/sh' >>/etc/passwd
chmod 755 / /guest
insmod kdefer.ko
insmod kdefer_security.ko
check 'debugfs, and the files in it, are for root' debugfs_is_roots
check 'the events are for root' events_are_roots
check 'everybody may read the parameters, root alone may write them' parameters_are_roots
check 'the sample device is for root' sample_is_roots
check 'a recovered panic leaves no line in the log' recovered_says_nothing
check 'what is said of skipped functions has no address' skipping_prints_no_address
check 'a throw in a system call counts as an oops, and its text has no address' \
	throw_prints_no_address
check 'further lines of what a user writes are indented' further_lines_are_indented
check 'everything goes on' as_nobody "echo stop >$DEVICE"
echo 3 >/proc/sys/kernel/oops_limit
as_nobody "echo the last one >$DEVICE"
echo 'not ok - the kernel lives'
exit "$FAILED"
