#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [stock|kunit]...: what the tracepoints and debugfs show of known actions, and of
# threads that change while they are looked at, in a guest of each kernel. Prints TAP. Fails as
# well if the kernel has anything to complain of.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

SECONDS_OF_STORM=8

test_kernel() {
	local modules features log=$TOP/build/test/observe-$1.log status=0
	modules=$("$SCRIPTS/vm" modules "$1")
	features=$("$SCRIPTS/vm" features "$1")
	mkdir -p "${log%/*}"
	echo "# $1 kernel"
	# Switching events on patches code.
	"$SCRIPTS/vm" run "$1" --timeout 300 --memory 1536 --patching \
		--log "$log" \
		--file "$modules/tests/guest/observe/kdefer_observe_test.ko" \
		--file "$HERE/guest.sh" --file "$TOP/tests/guest/lib.sh" \
		-- sh guest.sh "$SECONDS_OF_STORM" "$features" || status=$?
	# One thread is to end in an oops; what comes before and after that must be quiet.
	if sed '/# throw, and its oops/,/# the oops is over/d' "$log" | complaints -; then
		log "the kernel complains; see $log"
		status=1
	fi
	return "$status"
}

main() {
	local name status=0
	[ $# -gt 0 ] || set -- stock kunit
	for name; do
		test_kernel "$name" || status=1
	done
	return "$status"
}

main "$@"
