# shellcheck shell=dash
# shellcheck disable=SC2034 # used where this is sourced
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts for guests share. To be sourced.

PARAMETERS=/sys/module/kdefer_lifecycle/parameters
FAILSLAB=/sys/kernel/debug/failslab
KMEMLEAK=/sys/kernel/debug/kmemleak
COMPLAINTS='BUG|WARNING|KASAN:|UBSAN:|Oops|INFO: |rethook: |suspicious RCU|DEBUG_LOCKS|was killed'
FAILED=0

# $1: status, $2: name; "log" has what the kernel said
report() {
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		tail -n 40 log
		FAILED=1
	fi
}

# $1: of a hundred allocations by tasks that ask for it, so many fail; only those in caches that the
# kernel's parameter slub_debug names, which are kdefer's. kmemleak has one of its own, and ends with the
# first failure there.
fail_allocations() {
	echo Y >$FAILSLAB/cache-filter && echo Y >$FAILSLAB/task-filter &&
		echo N >$FAILSLAB/ignore-gfp-wait && echo 0 >$FAILSLAB/verbose &&
		echo -1 >$FAILSLAB/times && echo "$1" >$FAILSLAB/probability
}

# kmemleak reports what it has seen twice, and what is older than some seconds. A leak of ours has one
# of our functions in its backtrace: by name as long as its module is loaded, then as an address among
# the modules. To scan fails if kmemleak has ended.
no_leaks() {
	sleep 6
	echo scan >$KMEMLEAK && sleep 1 && echo scan >$KMEMLEAK || return
	cat $KMEMLEAK >leaks
	! grep -B 20 '\[kdefer\|0xffffffffc' leaks
}
