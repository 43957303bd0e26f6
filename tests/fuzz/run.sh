#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [SECONDS]: fuzzes the requests of the sample device in user space, with libFuzzer and the
# address and undefined-behaviour sanitizers; 20 seconds by default. Prints TAP. What it has found
# interesting stays in build/fuzz/corpus and is begun with the next time.
# run.sh guest [SECONDS [PLATFORM]]: after that, writes what it has found interesting to the device
# in a guest, by default for 60 seconds with the KUnit kernel; see guest.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)

OUT=$TOP/build/fuzz
SAN=address,undefined

# Faults on purpose are no findings, and the KUnit kernel would report them.
copy_corpus() {
	local input number=0
	mkdir "$1"
	for input in "$OUT"/corpus/*; do
		grep -avE '^ *crash +(null|wild|div|bug)' "$input" >"$1/$number" || true
		number=$((number + 1))
	done
}

# $1: seconds, $2: platform. What the kernel says is in the log.
run_guest() {
	local modules log=$OUT/$2.log
	[ -e "$OUT/corpus" ] || "$HERE/run.sh" >/dev/null
	modules=$("$TOP/scripts/vm" modules "$2")
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	copy_corpus "$TMP/corpus"
	"$TOP/scripts/vm" run "$2" --timeout $(($1 + 300)) --log "$log" --file "$TMP/corpus" \
		--file "$modules/samples/kdefer_kv/kdefer_kv.ko" --file "$HERE/guest.sh" \
		--file "$TOP/tests/guest/lib.sh" --file "$TOP/tests/vm/complaints.txt" \
		-- sh guest.sh "$1"
}

main() {
	local status=0
	if [ "${1-}" = guest ]; then
		run_guest "${2-60}" "${3-kunit}"
		return
	fi
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
