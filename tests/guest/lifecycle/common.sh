# shellcheck shell=dash
# shellcheck disable=SC2034 # used where this is sourced
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts of this folder share. To be sourced.

# shellcheck source=tests/guest/lib.sh
. ./lib.sh

PARAMETERS=/sys/module/kdefer_lifecycle/parameters
FAILSLAB=/sys/kernel/debug/failslab

# $1: of a hundred allocations by tasks that ask for it, so many fail; only those in caches that
# the kernel's parameter slub_debug names, which are kdefer's. kmemleak has one of its own, and
# ends with the first failure there.
fail_allocations() {
	echo Y >$FAILSLAB/cache-filter && echo Y >$FAILSLAB/task-filter &&
		echo N >$FAILSLAB/ignore-gfp-wait && echo 0 >$FAILSLAB/verbose &&
		echo -1 >$FAILSLAB/times && echo "$1" >$FAILSLAB/probability
}

# What the kernel, the drivers of these tests or kdefer say is wrong in the file log.
wrong() {
	complaints log
	grep -E 'was killed|kdefer_(lifecycle|tracer_test): .*wrong' log
}

# A leak of ours has one of our functions in its backtrace: by name as long as its module is loaded,
# then as an address without a name.
no_leaks() {
	scan_for_leaks || return
	cat $KMEMLEAK >leaks
	! grep -E -B 20 '\[kdefer|^ +(\[<[^>]*>\] )?0x[0-9a-f]+$' leaks
}
