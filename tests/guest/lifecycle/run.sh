#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [stock|kunit [cycles]]: a driver is unloaded, and kdefer with it, while its threads
# run, panic, exit and sit in deferred calls; threads and processes die inside of KDEFER functions.
# By default on both kernels. The cases stand in guest.sh. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

declare -A CYCLES=([stock]=200 [kunit]=20)
KILLS=100
# What failslab may fail, where the kernel has it: the caches that kdefer allocates from.
FAILING=A,kmalloc-512,kmalloc-1k,kmalloc-2k

# $1: kernel, $2: how often to load and unload
test_guest() {
	local name=$1 cycles=$2 modules features log=$TOP/build/test/unload-$1.log
	modules=$("$SCRIPTS/vm" modules "$name")
	features=$("$SCRIPTS/vm" features "$name")
	mkdir -p "${log%/*}"
	# Loading takes its time with the size of the file.
	for module in kmod/kdefer.ko tests/guest/lifecycle/kdefer_lifecycle.ko; do
		"$SCRIPTS/vm" strip "$name" -g -o "$TMP/${module##*/}" "$modules/$module"
	done
	"$SCRIPTS/vm" cc "$name" -O2 -Wall -Wextra -pthread -o "$TMP/client" "$HERE/client.c"
	echo "# $name kernel"
	"$SCRIPTS/vm" run "$name" --timeout $((300 + cycles * 3)) --memory 1536 \
		--append "log_buf_len=16M slub_debug=$FAILING" --log "$log" \
		--file "$TMP/kdefer.ko" --file "$TMP/kdefer_lifecycle.ko" --file "$TMP/client" \
		--file "$HERE/guest.sh" --file "$HERE/common.sh" \
		--file "$TOP/tests/guest/lib.sh" --file "$TOP/tests/vm/complaints.txt" \
		-- sh guest.sh "$cycles" "$KILLS" "$features"
}

main() {
	local name status=0
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	if [ $# -gt 0 ]; then
		test_guest "$1" "${2-${CYCLES[$1]-200}}"
		return
	fi
	for name in stock kunit; do
		test_guest "$name" "${CYCLES[$name]}" || status=1
	done
	return "$status"
}

main "$@"
