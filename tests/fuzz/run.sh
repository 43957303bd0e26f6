#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [SECONDS]: fuzzes the requests of the sample device in user space, with libFuzzer and the
# address and undefined-behaviour sanitizers; 20 seconds by default. Prints TAP. What it has found
# interesting stays in build/fuzz/corpus and is begun with the next time.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)

OUT=$TOP/build/fuzz
SAN=address,undefined

main() {
	local status=0
	echo "1..1"
	mkdir -p "$OUT/corpus"
	make -s -j"$(nproc)" -f "$HERE/Makefile.shim" O="$OUT" CC=clang SAN=$SAN
	# What "crash uncaught" prints of its panic is no finding; there are many.
	"$OUT/kv" -max_total_time="${1:-20}" -max_len=4096 -dict="$HERE/kv.dict" -timeout=10 \
		-artifact_prefix="$OUT/" -print_final_stats=1 "$OUT/corpus" \
		>"$OUT/log" 2>&1 || status=$?
	if [ $status -eq 0 ]; then
		echo "ok 1 - $(sed -n 's/^stat::number_of_executed_units: *//p' "$OUT/log") inputs"
		return
	fi
	echo "not ok 1 - see $OUT/log"
	tail -n 40 "$OUT/log"
	return 1
}

main "$@"
