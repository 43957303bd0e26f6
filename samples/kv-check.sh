#!/bin/sh
# shellcheck shell=dash
# Cases are called by name.
# shellcheck disable=SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# kv-check.sh module|program DIR: checks the answers of kdefer_kv, and that it has given everything
# back at the end of each case. DIR has kv-client, pairs of *-requests.txt and *-expected.txt, and
# the module or the program. A guest also has kdefer.ko loaded, and in the folder that holds DIR
# tests/guest/lib.sh and the table of complaints. WRAPPER is a command to run the program under, as
# valgrind is. Needs no more of a shell than a guest's busybox has.
set -u

MODE=$1
cd "$2" || exit
# shellcheck source=tests/guest/lib.sh
[ "$MODE" = program ] || . ../lib.sh
# shellcheck disable=SC2034 # for lib.sh
COMPLAINTS=../complaints.txt
FAILED=0
CLEAN='left: entries [0-9]* requests 0 buffers 0 locks 0'

# The log $1 without the faults that were asked for: with those stands who did it. Where a fault
# that becomes a panic has one line and no registers, registers are those of another.
without_asked_faults() {
	awk '
		/BUG: kernel NULL pointer|BUG: unable to handle page fault/ { oops = $0; next }
		oops && /Oops/ { next }
		oops && /RIP: / {
			asked = /:kv_fault_(null|wild)\+/
			if (!asked)
				print oops
			oops = ""
		}
		asked && /Call Trace:/ { asked = 0; next }
		/Internal error: Oops|\] Oops \[#/ { short = $0; next }
		short && / e?pc : / {
			if (!/ e?pc : (\[<[^>]*>\] )?kv_fault_(null|wild)\+/)
				print short
			short = ""
		}
		/kernel BUG at .*crash\.c:/ { next }
		{ print }
		END { if (oops) print oops }' "$1"
}

load_module() {
	DEVICE=/dev/kdefer_kv
	dmesg -c >/dev/null
	insmod ./kdefer_kv.ko
}

unload_module() {
	rmmod kdefer_kv || return
	dmesg >log
	without_asked_faults log >rest &&
		! complaints rest && ! grep 'was killed' rest
}

load_program() {
	DEVICE=dev/kdefer_kv
	# Word splitting makes the arguments of the wrapper.
	# shellcheck disable=SC2086
	KDEFER_SHIM_DEV=dev ${WRAPPER-} ./kdefer_kv 2>log &
	PROGRAM=$!
	until [ -S "$DEVICE" ]; do
		kill -0 "$PROGRAM" || return
		sleep 0.1
	done
}

unload_program() {
	kill "$PROGRAM"
	wait "$PROGRAM" || return
	! grep -E 'WARNING:|BUG:|ERROR:' log
}

# Runs the commands of a case with the device loaded.
run_case() {
	local status=0
	rm -f out* log rest
	"load_$MODE" || return
	"$@" || status=1
	"unload_$MODE" || status=1
	if ! grep -q "$CLEAN" log; then
		cat log
		status=1
	fi
	return "$status"
}

check() {
	local name="$1"
	shift
	if run_case "$@"; then
		echo "ok kdefer_kv: $name"
	else
		echo "not ok kdefer_kv: $name"
		FAILED=1
	fi
}

# $1: pair of files, $2: bytes that are written at a time
answers() {
	# Word splitting drops an empty size.
	# shellcheck disable=SC2086
	./kv-client "$DEVICE" $2 <"$1-requests.txt" >out && diff "$1-expected.txt" out
}

# Nobody can tell the answers, but each request has one.
several_clients() {
	local i clients=''
	grep -av '^quit' kv-requests.txt >without-quit
	for i in 1 2 3 4; do
		./kv-client "$DEVICE" <without-quit >"out$i" &
		clients="$clients $!"
	done
	for i in $clients; do
		wait "$i" || return
	done
	for i in 1 2 3 4; do
		[ "$(wc -l <"out$i")" -eq "$(wc -l <without-quit)" ] || return
	done
}

# A signal finds the client in the middle of requests, and the next one nothing amiss.
killed_client() {
	local i client
	for i in 1 2 3 4 5; do
		while cat kv-requests.txt; do :; done 2>/dev/null | grep -av '^quit' |
			./kv-client "$DEVICE" >/dev/null 2>&1 &
		client=$!
		sleep 0.3
		kill "$client" && wait "$client" 2>/dev/null
	done
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo count | ./kv-client "$DEVICE" >out
		grep -q '^OK entries [0-9]* requests 0 buffers 0 locks 0$' out && return
		# What the socket still holds of a client's requests is served.
		sleep 1
	done
	cat out
	return 1
}

# What never becomes a line is never answered, and not missed.
half_a_line() {
	printf 'set a 1\nget a\nget' | ./kv-client "$DEVICE" >out
	[ "$(tr '\n' ' ' <out)" = 'OK OK 1 ' ]
}

for file in *-requests.txt; do
	pair=${file%-requests.txt}
	check "$pair" answers "$pair" ''
done
for size in 1 7 1000 4096; do
	check "$size bytes at a time" answers kv "$size"
done
check 'several clients' several_clients
check 'a killed client' killed_client
check 'half a line' half_a_line
exit "$FAILED"
