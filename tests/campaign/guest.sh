#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh: tries the mutants of the file mutants, one line each: number, offset and bytes, as
# printf takes them. Says for each what has become of it; ends when the kernel is not as it was any
# more.
set -u
cd /guest || exit

DEVICE=/dev/kdefer_kv
CLEAN='left: entries [0-9]* requests 0 buffers 0 locks 0'

# Runs a command for so many seconds at most; it may be in a sleep that nothing ends.
within() {
	local seconds="$1" pid
	shift
	"$@" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		[ "$seconds" -gt 0 ] || { kill -9 $pid 2>/dev/null; return 124; }
		seconds=$((seconds - 1))
		usleep 250000
		kill -0 $pid 2>/dev/null || break
		usleep 750000
	done
	wait $pid
}

ask() {
	./kv-client $DEVICE <"$1" >"$2" 2>/dev/null
}

# What the log says, and what was answered. The first that holds.
judge() {
	dmesg >log
	if grep -q 'fatal error: ' log; then
		echo throw
	elif [ "$LOADED" != 0 ] || ! grep -q 'OK 1' next || [ "$UNLOADED" != 0 ]; then
		echo lost
	elif grep -qE 'BUG:|Oops|general protection|divide error|invalid opcode' log; then
		if grep -q "$CLEAN" log; then echo recovered; else echo leaked; fi
	elif ! grep -q "$CLEAN" log; then
		echo leaked
	elif [ -e expected ] && ! cmp -s answers expected; then
		echo wrong
	else
		echo none
	fi
}

# $1: offset, $2: bytes. Sets VERDICT.
try() {
	cp base.ko mutant.ko
	# shellcheck disable=SC2059 # the bytes are escapes of printf
	printf "$2" | dd of=mutant.ko bs=1 seek="$1" conv=notrunc 2>/dev/null
	dmesg -c >/dev/null
	: >answers
	: >next
	LOADED=0 UNLOADED=0
	within 5 insmod ./mutant.ko 2>/dev/null || LOADED=1
	if [ $LOADED = 0 ]; then
		within 3 ask requests answers
		within 3 ask one-more next
		within 4 rmmod kdefer_kv 2>/dev/null || UNLOADED=1
	fi
	VERDICT=$(judge)
}

# Where nothing is changed: what is right.
try 0 ''
[ "$VERDICT" = none ] || { echo "CAMPAIGN broken $VERDICT"; exit 1; }
cp answers expected
while read -r number offset bytes; do
	echo "CAMPAIGN begin $number"
	try "$offset" "$bytes"
	echo "CAMPAIGN end $number $VERDICT"
	[ "$VERDICT" = none ] ||
		echo "loaded $LOADED, unloaded $UNLOADED, next: $(tr '\n' ' ' <next)"
	# What happened may show later, and would be another one's.
	case $VERDICT in none | wrong) ;; *) exit 0 ;; esac
done <mutants
