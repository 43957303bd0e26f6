#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-guest.sh DIR: asks the cache device for keys, several readers at a time, and counts its
# fills. For a guest that has kdefer.ko loaded.

cd "$1" || exit
FAILED=0

fills() {
	cat /sys/module/kdefer_cache/parameters/fills
}

# $1: the key. Prints its value, or that there is none.
ask() {
	exec 3<>/dev/kdefer_cache
	printf %s "$1" >&3
	cat <&3 2>/dev/null || echo none
}

# Four readers of the key $1 get $2 each, by $3 fills.
check() {
	local before got
	before=$(fills)
	got=$( (for _ in 1 2 3 4; do ask "$1" & done; wait) | sort | uniq -c | sed 's/^ *//')
	if [ "$got" = "4 $2" ] && [ $(($(fills) - before)) -eq "$3" ]; then
		echo "ok cache: $1"
	else
		echo "not ok cache: $1: $got, $(($(fills) - before)) fills"
		FAILED=1
	fi
}

insmod kdefer_cache.ko fill_ms=500 || exit
check ab 195 1
check ab 195 0
check panic none 1
check goexit none 1
rmmod kdefer_cache || FAILED=1
exit "$FAILED"
