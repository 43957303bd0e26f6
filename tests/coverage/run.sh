#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: which lines of kmod/ the suites, sequences, faults, tracers and cases that kill nobody
# execute in a guest with the KUnit kernel. QEMU tells, so neither the kernel nor the code of the
# module is another one than in the tests. What is not executed is listed with the reason that
# unreached.txt gives.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
OUT=$TOP/build/coverage-guest
MODULES="kunit/kdefer_kunit kunit/kdefer_kunit_params tests/sequences/kdefer_sequences
	tests/guest/faults/kdefer_faults tests/guest/fatal/kdefer_fatal
	tests/guest/lifecycle/kdefer_lifecycle tests/guest/observe/kdefer_observe_test
	tests/guest/pool/kdefer_pool_test tests/guest/tracer/kdefer_tracer_test"

# That kernel has no debug information, nor then its modules: here is one with the lines.
build_with_lines() {
	mkdir -p "$OUT/module"
	rsync -a --delete --exclude='*.o' --exclude='.*.cmd' "$TOP/Kbuild" "$TOP/kdefer.kbuild" \
		"$TOP/include" "$TOP/kmod" "$OUT/module/"
	"$TOP/scripts/vm" build kunit "$OUT/module" KCFLAGS=-g >"$OUT/build.log" 2>&1 ||
		{ tail -n 20 "$OUT/build.log"; exit 1; }
}

# Cases in which everything goes on, without parameters for kdefer.ko.
harmless_cases() {
	awk '$1 == "case" { name = $2; on = load = 0 }
		$1 == "on" && /stock|kunit/ { on = 1 }
		$1 == "ends" && $2 == "nothing" && on && !load { names[name] }
		$1 == "load" { load = 1; delete names[name] }
		END { for (name in names) print name }' "$TOP/tests/guest/fatal/cases"
}

main() {
	local modules module files=()
	modules=$("$TOP/scripts/vm" modules kunit)
	build_with_lines
	for module in $MODULES; do
		files+=(--file "$modules/$module.ko")
	done
	"$TOP/scripts/vm" run kunit --patching --timeout 1200 --memory 2048 --log "$OUT/log" \
		--executed "$OUT/executed" --append "log_buf_len=16M" "${files[@]}" \
		--file "$OUT/module/kmod/kdefer.ko" --file "$HERE/guest.sh" \
		-- sh guest.sh "$(harmless_cases | xargs)" >/dev/null || true
	"$HERE/executed.py" "$OUT/executed" "$OUT/log" "$OUT/module/kmod/kdefer.ko"
}

main
