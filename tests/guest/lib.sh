# shellcheck shell=dash
# shellcheck disable=SC2034 # used where this is sourced
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts for guests share: lines of TAP, complaints, and kmemleak. To be sourced.

KMEMLEAK=/sys/kernel/debug/kmemleak
NUMBER=0
FAILED=0

# $1: status, $2: name. The file log, if there is one, has what the kernel said.
report() {
	NUMBER=$((NUMBER + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $NUMBER - $2"
		return
	fi
	echo "not ok $NUMBER - $2"
	[ ! -e log ] || tail -n 40 log
	FAILED=1
}

# $1: name, $2: why
skip() {
	NUMBER=$((NUMBER + 1))
	echo "ok $NUMBER - $1 # SKIP $2"
}

# Prints the lines of logs that complaints.txt says are complaints of a kernel that is to live.
complaints() {
	sed -nE 's/^(always|alive) +//p' complaints.txt >patterns
	sed -nE 's/^never +//p' complaints.txt >exceptions
	# Without patterns nothing would be found, whatever there is.
	[ -s patterns ] || echo "complaints.txt is missing"
	grep -E -f patterns "$@" | grep -vE -f exceptions
}

# kmemleak reports what it has seen twice, and what is older than some seconds. Fails once it ended.
scan_for_leaks() {
	sleep 6
	echo scan >$KMEMLEAK && sleep 1 && echo scan >$KMEMLEAK
}
