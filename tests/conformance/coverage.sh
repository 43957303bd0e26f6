#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh: which lines and branches of kmod/core the KUnit suites, the fatal cases and the
# conformance corpus reach in user space. What they do not reach is listed with the reason that
# unreached.txt gives; it fails if there is none.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=$TOP/build/coverage
# Threads count in the same places. Not optimised, lines and branches are those of the source.
FLAGS='-O0 -g --coverage -fprofile-update=atomic'

build() {
	gcc -O2 -c -o "$OUT/dump.o" "$HERE/dump.c"
	export O=$OUT BY_FILE=y CFLAGS=$FLAGS LDFLAGS=$OUT/dump.o
	make -s -f "$TOP/kunit/Makefile.shim" "$OUT/kunit"
	make -s -f "$TOP/tests/guest/fatal/Makefile.shim" "$OUT/fatal"
	# The interpreter finds the library where the tree has it.
	make -s -C "$HERE" O="$OUT/conformance" lib="$OUT/libkdefer.a" \
		CFLAGS="$FLAGS -DKDEFER_EVENTS"
}

run() {
	find "$OUT" -name '*.gcda' -delete
	log "the KUnit suites"
	# Fewer threads than make kunit starts: what they count is a million times the same.
	KDEFER_SHIM_PARAM_stress_threads=50 KDEFER_SHIM_PARAM_stress_panics=200 \
		"$OUT/kunit" >"$OUT/kunit.log" 2>&1 ||
		log "a suite fails, which make kunit looks into; see $OUT/kunit.log"
	log "the fatal cases"
	"$TOP/tests/guest/fatal/run.py" --on shim --program "$OUT/fatal" >"$OUT/fatal.log" 2>&1 ||
		log "a case fails, which the step shim-fatal looks into; see $OUT/fatal.log"
	log "the corpus"
	python3 "$HERE/conformance.py" corpus --kdefer "$OUT/conformance/c-interp" \
		--corpus "$HERE/corpus/corpus" >"$OUT/corpus.log" 2>&1 ||
		die "the corpus fails; see $OUT/corpus.log"
	log "programs whose events are traced"
	rm -f "$OUT/trace"
	python3 "$HERE/conformance.py" print --seed 1 --n 50 >"$OUT/traced.txt"
	KDEFER_SHIM_TRACE=$OUT/trace "$OUT/conformance/c-interp" <"$OUT/traced.txt" \
		>/dev/null 2>&1
}

report() {
	python3 "$HERE/coverage.py" --objects "$OUT/kmod/core" --top "$TOP" \
		--reasons "$HERE/unreached.txt" --table "$OUT/table.tsv"
}

main() {
	NEED_GROUP=check need make gcc gcov python3
	mkdir -p "$OUT"
	build
	run
	report && return
	# gcov works most counts out from those of other lines. Where these are millions, and
	# threads are stopped in the middle, a line that ran twice has been seen with a count of 0.
	log "once more: only what is not reached this time, either, is reported at the end"
	run
	report
}

main "$@"
