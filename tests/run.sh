#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [step]...: runs the tests, all by default, and ends with the line "N passed, N failed".
# Every step keeps a log and its exit status in build/test/. A step counts its own cases if it
# prints KTAP or TAP, else it is one.
set -uo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=$TOP/build/test
cd "$TOP" || exit

PASSED=0
FAILED=0
SKIPPED=0

STEPS=(shim-matrix shim-sanitizers shim-install shim-samples shim-fatal conformance mutants coverage
	bench modules check kunit-guest samples-guest conformance-guest faults tracers observe
	unload stress fatal-guests demo docs)

# The suites in user space, at every level of optimisation (rule R16).
step_shim-matrix() {
	local cc flags
	for cc in gcc clang; do
		for flags in -O0 -O1 -O2 -O3 -Os '-O2 -flto'; do
			shim_suites "$cc-${flags//[ -]/}" "$cc" "$flags" '' || return
		done
	done
}

# ThreadSanitizer of these compilers does not start where the kernel randomises addresses more than
# it knows of; setarch -R switches that off for the one process.
step_shim-sanitizers() {
	shim_suites gcc-asan gcc -O1 address,undefined || return
	shim_suites clang-asan clang -O1 address,undefined || return
	WRAPPER='setarch -R' shim_suites gcc-tsan gcc -O1 thread || return
	WRAPPER='setarch -R' shim_suites clang-tsan clang -O1 thread || return
	# Valgrind knows 500 threads at most, and runs one at a time.
	export KDEFER_SHIM_PARAM_stress_threads=100
	WRAPPER='valgrind -q --error-exitcode=1 --leak-check=full' \
		shim_suites valgrind gcc -O1 ''
	local status=$?
	unset KDEFER_SHIM_PARAM_stress_threads
	return "$status"
}

# $1: name, $2: compiler, $3: flags, $4: sanitizer
shim_suites() {
	local dir=$TOP/build/shim-$1 stress
	local make=(make -s -j"$(nproc)" O="$dir" CC="$2" CFLAGS="$3 -g -Werror" SAN="$4")
	[[ $3 != *lto* || $2 != gcc ]] || make+=(AR=gcc-ar)
	[[ $3 != *lto* || $2 != clang ]] || make+=(AR=llvm-ar LDFLAGS=-fuse-ld=lld)
	echo "# $1"
	# All threads and panics of the stress suite once; sanitizers see what there is in fewer.
	[ "$1" = gcc-O2 ] && stress=10000 || stress=200
	export KDEFER_SHIM_PARAM_stress_panics=$stress
	"${make[@]}" -C userspace-shim && "${make[@]}" -f kunit/Makefile.shim "$dir/kunit" || return
	# Word splitting makes the arguments of the wrapper.
	# shellcheck disable=SC2086
	timeout 600 ${WRAPPER-} "$dir/kunit"
}

step_shim-install() {
	tests/install.sh
}

step_shim-samples() {
	samples/check.sh
}

step_shim-fatal() {
	tests/guest/fatal/run.sh --shim
}

# The committed corpus, then fresh programs where Go can be had; others each time.
step_conformance() {
	tests/conformance/run.sh
}

step_bench() {
	local status=0
	tools/bench/run.sh --check || status=$?
	[ "$status" -ne 77 ] || echo "ok the ratios to Go # SKIP no Go to compare with"
	[ "$status" -eq 77 ] || return "$status"
}

step_modules() {
	"$SCRIPTS/build-modules.sh" stock && "$SCRIPTS/build-modules.sh" kunit
}

step_check() {
	"$SCRIPTS/check.sh"
}

step_docs() {
	make -C Documentation check html man
}

step_kunit-guest() {
	kunit/run.sh stress_seconds=60
}

step_samples-guest() {
	samples/check.sh stock && samples/check.sh rt
}

# The stock kernel can be booted with each model of preemption (rule K20); it is slower with KASAN.
step_conformance-guest() {
	tests/conformance/guest.sh stock && N=500 PREEMPT=none tests/conformance/guest.sh stock &&
		N=500 PREEMPT=full tests/conformance/guest.sh stock &&
		N=500 tests/conformance/guest.sh rt &&
		tests/conformance/guest.sh kunit
}

# That the comparison finds a core which is broken.
step_mutants() {
	tests/conformance/mutants.sh
}

# That what no test reaches is known, with the reason.
step_coverage() {
	tests/conformance/coverage.sh
}

# The cases that change traced code under way take longer than all others: not for every run.
step_tracers() {
	tests/guest/tracer/run.sh stock none graph graph_trace probes probes_under_graph \
		graph_over_probes pool reject
}

step_unload() {
	tests/guest/lifecycle/run.sh
}

step_stress() {
	tests/guest/stress/run.sh 2
}

step_observe() {
	tests/guest/observe/run.sh
}

step_faults() {
	tests/guest/faults/run.sh
}

step_fatal-guests() {
	tests/guest/fatal/run.sh
}

step_demo() {
	"$SCRIPTS/demo.sh"
}

# Cases of KTAP are indented below their suite, those of TAP not; a suite's own line is not a case.
count() {
	awk -v status="$2" '
		{ sub(/^(\[[^]]*\] )?/, "") }
		/^ *# SKIP|^ *ok .*# SKIP/ { skipped++; next }
		/^(    )+ok /     { passed++; nested = 1; next }
		/^(    )+not ok / { failed++; nested = 1; next }
		/^ok /     { if (nested) nested = 0; else passed++ }
		/^not ok / { if (nested) nested = 0; else failed++ }
		END {
			if (!passed && !failed) passed = status == 0
			if (status && !failed) failed = 1
			print passed + 0, failed + 0, skipped + 0
		}' "$1"
}

run_step() {
	local name=$1 log=$OUT/$1.log start=$SECONDS status=0 passed failed skipped
	printf '%-18s' "$name"
	rm -f "$OUT/$name.status"
	"step_$name" >"$log" 2>&1 || status=$?
	echo "$status" >"$OUT/$name.status"
	read -r passed failed skipped < <(count "$log" "$status")
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
	printf '%5d passed %5d failed %3d skipped %6d s\n' \
		"$passed" "$failed" "$skipped" $((SECONDS - start))
	[ "$failed" -ne 0 ] || return 0
	grep -nE '^ *not ok|FAILED|not free of warnings' "$log" | head -n 20
	echo "--- the end of $log:"
	tail -n 25 "$log"
}

main() {
	local step
	mkdir -p "$OUT"
	"$SCRIPTS/setup.sh" all || die "cannot install what the tests need"
	[ $# -gt 0 ] || set -- "${STEPS[@]}"
	# Built once, before anything is timed.
	for step in stock rt kunit; do
		"$SCRIPTS/kernel.sh" "$step" >/dev/null || die "cannot prepare the $step kernel"
	done
	for step in "$@"; do
		run_step "$step"
	done
	echo
	if [ "$SKIPPED" -gt 0 ]; then
		echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	else
		echo "$PASSED passed, $FAILED failed"
	fi
	[ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}

main "$@"
