#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: which lines of kmod/ the suites, sequences, faults and tracers execute in a guest with the
# KUnit kernel. QEMU tells, so neither the kernel nor the module is another one than in the tests.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
OUT=$TOP/build/coverage-guest
MODULES="kunit/kdefer_kunit tests/sequences/kdefer_sequences tests/guest/faults/kdefer_faults
	tests/guest/tracer/kdefer_tracer_test tests/guest/lifecycle/kdefer_lifecycle"

main() {
	local modules module files=()
	mkdir -p "$OUT"
	modules=$("$TOP/scripts/vm" modules kunit)
	for module in $MODULES; do
		"$TOP/scripts/vm" strip kunit -g -o "$OUT/${module##*/}.ko" "$modules/$module.ko"
		files+=(--file "$OUT/${module##*/}.ko")
	done
	"$TOP/scripts/vm" run kunit --patching --timeout 1200 --log "$OUT/log" \
		--executed "$OUT/executed" --append "log_buf_len=16M" "${files[@]}" \
		--file "$HERE/guest.sh" -- sh guest.sh >/dev/null || true
	"$HERE/executed.py" "$OUT/executed" "$OUT/log" "$modules/kmod/kdefer.ko"
}

main
