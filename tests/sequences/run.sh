#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [N]            N random sequences, 40,000 by default, with each of gcc's sanitizers that
#                       finds what they may break: address and thread. Prints TAP.
# run.sh soak SECONDS   others, in turns and on the KUnit kernel as well, for as long
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

THREADS=4
OUT=$TOP/build/sequences
NUMBER=0
FAILED=0

# Fails if the kernel has complained.
COMPLAIN='import complaints, pathlib, sys
log = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace")
found = complaints.complaints(log.splitlines())
print(*found, sep="\n")
sys.exit(len(found) > 0)'

# $1: sanitizer
build() {
	make -s -j"$(nproc)" -f "$HERE/Makefile.shim" SAN="$1" O="$OUT/$1"
}

# $1: sanitizer, $2: how many, $3: seed of the first one
run_shim() {
	local log=$OUT/$1.log status=0
	"$OUT/$1/sequences" threads=$THREADS sequences=$(($2 / THREADS)) seed="$3" \
		>"$log" 2>&1 || status=$?
	report "$status" "$2 sequences from $3 on, -fsanitize=$1" "$log"
}

# $1: how many, $2: seed of the first one
run_guest() {
	local log=$OUT/kunit.log modules status=0
	modules=$("$TOP/scripts/vm" modules kunit)
	"$TOP/scripts/vm" run kunit --timeout 3600 --log "$log" \
		--file "$modules/tests/sequences/kdefer_sequences.ko" -- \
		"insmod kdefer.ko && insmod kdefer_sequences.ko threads=$THREADS \
		sequences=$(($1 / THREADS)) seed=$2" >/dev/null || status=$?
	PYTHONPATH=$TOP/tests python3 -c "$COMPLAIN" "$log" || status=$?
	report "$status" "$1 sequences from $2 on, KUnit kernel" "$log"
}

# $1: status, $2: name, $3: log
report() {
	NUMBER=$((NUMBER + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $NUMBER - $2"
		return
	fi
	echo "not ok $NUMBER - $2"
	tail -n 30 "$3"
	FAILED=1
}

# $1: seconds. Each turn has sequences that none had before.
soak() {
	local end=$((SECONDS + $1)) first=$RANDOM$RANDOM many=400000
	build address
	build thread
	while [ $SECONDS -lt $end ] && [ $FAILED -eq 0 ]; do
		run_shim address $many "$first"
		run_shim thread $many $((first + many))
		run_guest $((many / 10)) $((first + 2 * many))
		first=$((first + 3 * many))
	done
}

main() {
	local san
	mkdir -p "$OUT"
	if [ "${1-}" = soak ]; then
		soak "$2"
	else
		echo "1..2"
		for san in address thread; do
			build $san
			run_shim $san "${1:-40000}" 1
		done
	fi
	return $FAILED
}

main "$@"
