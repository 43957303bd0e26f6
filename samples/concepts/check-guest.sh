#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-guest.sh DIR: loads and unloads every concept of DIR, which has the modules and their
# .expected files, and compares what each of them prints. For a guest that has kdefer.ko loaded, and
# tests/guest/lib.sh and the table of complaints in the folder that holds DIR.

cd "$1" || exit
# shellcheck source=tests/guest/lib.sh
. ../lib.sh
# shellcheck disable=SC2034 # for lib.sh
COMPLAINTS=../complaints.txt

# What module $1 has printed since the ring buffer was cleared.
printed() {
	dmesg | sed 's/^\[[^]]*\] //' | grep -E "^($1:|	*panic:) "
}

check() {
	dmesg -c >/dev/null
	insmod "$1.ko" && rmmod "$1" || return
	printed "$1" >"$1.got"
	diff -u "$1.expected" "$1.got" && ! dmesg | complaints -
}

for file in *.expected; do
	name=${file%.expected}
	if check "$name"; then
		echo "ok $name"
	else
		echo "not ok $name"
		FAILED=1
	fi
done
exit "$FAILED"
