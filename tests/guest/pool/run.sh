#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [stock|kunit [jobs [cycles]]]: jobs on the threads of the pool that leave them in every
# state; what stands in guest.sh. By default on both kernels. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# KASAN, lockdep and kmemleak make the same take longer.
declare -A JOBS=([stock]=30000 [kunit]=3000)
declare -A CYCLES=([stock]=20 [kunit]=5)

# $1: kernel, $2: jobs, $3: how often kdefer is unloaded under load
test_guest() {
	local name=$1 jobs=$2 cycles=$3 modules log=$TOP/build/test/pool-$1.log
	modules=$("$SCRIPTS/vm" modules "$name")
	mkdir -p "${log%/*}"
	# Loading takes its time with the size of the file.
	for module in kmod/kdefer.ko tests/guest/pool/kdefer_pool_test.ko; do
		"$SCRIPTS/vm" strip "$name" -g -o "$TMP/${module##*/}" "$modules/$module"
	done
	echo "# $name kernel"
	"$SCRIPTS/vm" run "$name" --timeout $((300 + cycles * 3 + jobs / 100)) --memory 1536 \
		--append log_buf_len=16M --log "$log" --bare \
		--file "$TMP/kdefer.ko" --file "$TMP/kdefer_pool_test.ko" \
		--file "$HERE/guest.sh" --file "$TOP/tests/guest/lib.sh" \
		--file "$TOP/tests/vm/complaints.txt" \
		-- sh guest.sh "$jobs" "$cycles"
}

main() {
	local name status=0
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	if [ $# -gt 0 ]; then
		test_guest "$1" "${2-${JOBS[$1]-10000}}" "${3-${CYCLES[$1]-20}}"
		return
	fi
	for name in stock kunit; do
		test_guest "$name" "${JOBS[$name]}" "${CYCLES[$name]}" || status=1
	done
	return "$status"
}

main "$@"
