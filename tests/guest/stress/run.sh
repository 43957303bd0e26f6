#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [minutes [platform]]: stress on the KUnit kernel or another platform, for 2 minutes by
# default; what it does stands in guest.sh. Prints TAP, and how far it is. Fails as well if KASAN,
# lockdep, UBSAN, kmemleak or a WARN has anything to say, as far as the kernel has them, or if a
# deferred call did not run exactly once.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

MINUTES=${1:-2}
NAME=${2-kunit}
# What failslab may fail: the caches that kdefer allocates from.
FAILING=A,kmalloc-512,kmalloc-1k,kmalloc-2k
# To load, to unload and to scan for leaks takes its time as well.
MORE=900

main() {
	local modules module files=() log=$TOP/build/test/stress-$NAME.log
	modules=$("$SCRIPTS/vm" modules "$NAME")
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	for module in kmod/kdefer tests/guest/tracer/kdefer_tracer_test \
		tests/guest/lifecycle/kdefer_lifecycle; do
		# Loading takes its time with the size of the file.
		"$SCRIPTS/vm" strip "$NAME" -g -o "$TMP/${module##*/}.ko" "$modules/$module.ko"
		files+=(--file "$TMP/${module##*/}.ko")
	done
	"$SCRIPTS/vm" run "$NAME" --patching --timeout $((MINUTES * 60 + MORE)) \
		--memory 2048 --append "log_buf_len=16M slub_debug=$FAILING" --log "$log" \
		"${files[@]}" --file "$HERE/guest.sh" \
		--file "$TOP/tests/guest/lifecycle/common.sh" --file "$TOP/tests/guest/lib.sh" \
		--file "$TOP/tests/vm/complaints.txt" \
		-- sh guest.sh $((MINUTES * 60))
}

main
