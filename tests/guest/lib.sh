# shellcheck shell=dash
# shellcheck disable=SC2034 # used where this is sourced
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts for guests share: lines of TAP, complaints, kmemleak, and
# bpftrace. To be sourced.

KMEMLEAK=/sys/kernel/debug/kmemleak
COMPLAINTS=complaints.txt
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

# Prints the lines of logs in which, by the table of complaints, a kernel complains that is to live.
complaints() {
	sed -nE 's/^(always|alive) +//p' "$COMPLAINTS" >patterns
	sed -nE 's/^never +//p' "$COMPLAINTS" >exceptions
	# Without patterns nothing would be found, whatever there is.
	[ -s patterns ] || echo "$COMPLAINTS is missing"
	grep -E -f patterns "$@" | grep -vE -f exceptions
}

# kmemleak reports what it has seen twice, and what is older than some seconds. Fails once it ended.
scan_for_leaks() {
	sleep 6
	echo scan >$KMEMLEAK && sleep 1 && echo scan >$KMEMLEAK
}

# Debian's bpftrace, with the libraries that it needs, and nothing else of Debian.
bpftrace() {
	bpf/lib/ld.so --library-path bpf/lib bpf/bpftrace "$@"
}
