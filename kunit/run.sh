#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [--on PLATFORM] [module parameter]...: runs the KUnit suites under QEMU, on the KUnit
# kernel or another platform that has KUnit. Fails if a case fails, if none ran, or if KASAN,
# lockdep, UBSAN, kmemleak or a WARN has anything to say. From the environment:
#   TIMEOUT=  how many seconds the guest may take (900)
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

NAME=kunit
if [ "${1-}" = --on ]; then
	NAME=$2
	shift 2
fi
LOG=$TOP/build/test/$NAME-console.log

# kmemleak reports what it has seen twice, and what is older than some seconds. Every leak of ours
# has one of our functions in its backtrace, which has a name as long as the module is loaded; what
# ACPI leaks while the kernel boots has not.
GUEST='
insmod kdefer.ko && insmod kdefer_kunit_params.ko PARAMETERS && insmod kdefer_kunit.ko || exit 1
sleep 6
echo scan >/sys/kernel/debug/kmemleak; sleep 1; echo scan >/sys/kernel/debug/kmemleak
cat /sys/kernel/debug/kmemleak >leaks
rmmod kdefer_kunit && rmmod kdefer_kunit_params && rmmod kdefer || exit 1
if grep "\[kdefer" leaks; then
	cat leaks
	exit 1
fi
'

# kunit.py wants a header, which suites in a module of an older kernel have not.
ktap() {
	sed 's/^\[[ 0-9.]*\] //' "$LOG" >"$LOG.plain"
	if ! grep -q '^KTAP version' "$LOG.plain"; then
		echo 'KTAP version 1'
		echo "1..$(grep -cE '^(not )?ok [0-9]' "$LOG.plain")"
	fi
	grep -E '^( {4})*(KTAP version|(not )?ok [0-9]|[0-9]+\.\.|# )' "$LOG.plain"
}

main() {
	local source modules status=0
	source=$("$SCRIPTS/vm" source "$NAME")
	modules=$("$SCRIPTS/vm" modules "$NAME")
	mkdir -p "${LOG%/*}"

	"$SCRIPTS/vm" run "$NAME" --timeout "${TIMEOUT:-900}" --memory 2048 --log "$LOG" \
		--file "$modules/kunit/kdefer_kunit.ko" \
		--file "$modules/kunit/kdefer_kunit_params.ko" \
		-- "${GUEST/PARAMETERS/$*}" >/dev/null || status=$?
	ktap | tee "$LOG.ktap"
	"$source/tools/testing/kunit/kunit.py" parse "$LOG.ktap" >"$LOG.parsed" || status=1
	tail -n 1 "$LOG.parsed"
	if complaints "$LOG"; then
		log "the kernel complains; see $LOG"
		status=1
	fi
	# No suite skips a function that has anything to release.
	if grep 'skipped the release of' "$LOG"; then
		log "false alarms of skipped releases; see $LOG"
		status=1
	fi
	if ! grep -qE '^ok [0-9]+ ' "$LOG.ktap"; then
		log "no suite ran; see $LOG"
		status=1
	fi
	return "$status"
}

main "$@"
