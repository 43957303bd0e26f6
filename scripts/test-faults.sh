#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# test-faults.sh [count]: faults of every kind on the stock kernel, count (100) of each, all
# recovered; then those that must stay the oops that they were. Prints TAP.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# The kernel prints every page fault and raises the console's level, but not from 0.
# shellcheck disable=SC2016
GUEST='
# $1: what, $2: how often since kdefer was loaded
counted() {
	grep -qx "$1 *$2" /sys/kernel/debug/kdefer/stats
}

report() {
	[ "$1" -eq 0 ] && echo "ok $2" && return
	echo "not ok $2"
	status=1
}

echo 0 >/proc/sys/kernel/printk
insmod kdefer.ko && insmod kdefer_faults.ko count=COUNT; status=$?
dmesg | sed -n "s/^\[[^]]*\] \(\(not \)\?ok [0-9]\)/\1/p"
counted faults $((14 * COUNT)) && counted throws 0
report $? "10 - each of them is counted"
rmmod kdefer_faults && rmmod kdefer
report $? "11 - the modules unload"
dmesg -c >/dev/null
insmod kdefer.ko && insmod kdefer_faults.ko stay_fatal=1 || status=1
dmesg | sed -n "s/^\[[^]]*\] \(\(not \)\?ok [0-9]\)/\1/p"
counted faults 0 && counted throws 0
report $? "19 - none of these was a panic"
exit $status
'

main() {
	local kernel modules
	kernel=$("$SCRIPTS/kernel.sh" stock)
	modules=$("$SCRIPTS/build-modules.sh" stock)
	"$SCRIPTS/run-qemu.sh" --kernel "$kernel" --timeout 900 --append log_buf_len=64M \
		--file "$modules/kmod/kdefer.ko" --file "$modules/kunit/faults/kdefer_faults.ko" \
		-- "${GUEST//COUNT/${1-100}}"
}

main "$@"
