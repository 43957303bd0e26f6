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
echo 0 >/proc/sys/kernel/printk
insmod kdefer.ko && insmod kdefer_faults.ko count=COUNT; status=$?
dmesg | sed -n "s/^\[[^]]*\] \(\(not \)\?ok [0-9]\)/\1/p"
rmmod kdefer_faults && rmmod kdefer && echo "ok 9 - the modules unload"
dmesg -c >/dev/null
insmod kdefer.ko && insmod kdefer_faults.ko stay_fatal=1 || status=1
dmesg | sed -n "s/^\[[^]]*\] \(\(not \)\?ok [0-9]\)/\1/p"
exit $status
'

main() {
	local kernel modules
	kernel=$("$SCRIPTS/kernel.sh" stock)
	modules=$("$SCRIPTS/build-modules.sh" stock)
	"$SCRIPTS/run-qemu.sh" --kernel "$kernel" --timeout 900 --append log_buf_len=64M \
		--file "$modules/kmod/kdefer.ko" --file "$modules/kunit/faults/kdefer_faults.ko" \
		-- "${GUEST/COUNT/${1-100}}"
}

main "$@"
