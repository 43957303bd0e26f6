#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cocci.sh [file or folder]...: looks for mistakes in the use of kdefer with the rules of
# scripts/coccinelle; in the samples and examples by default. Prints what it finds, and fails if
# that is anything. --self-test: the rules must find just the marked lines of
# scripts/coccinelle/tests.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
RULES=$SCRIPTS/coccinelle

# $1: a rule; then what to look at. Headers are not read: macros.h says what matters of them.
run_rule() {
	local rule=$1
	shift
	spatch --very-quiet --no-includes --disable-worth-trying-opt \
		--macro-file-builtins "$RULES/macros.h" --sp-file "$rule" "$@"
}

run_rules() {
	local path rule
	for path in "$@"; do
		[ -e "$path" ] || die "no file or folder $path"
		for rule in "$RULES"/*.cocci; do
			run_rule "$rule" "$path" || die "spatch cannot apply $rule to $path"
		done
	done
}

look() {
	local found
	found=$(run_rules "$@" 2> >(grep -v '^warning:' >&2))
	[ -n "$found" ] || return 0
	sort -t: -k1,1 -k2,2n <<<"$found"
	return 1
}

# A line that is not found is as wrong as one that is found and not marked.
self_test() {
	local test rule
	cd "$RULES/tests"
	for test in *.c; do
		rule=../${test%.c}.cocci
		diff <(grep -n '/\* found \*/' "$test" | cut -d: -f1) \
			<(run_rule "$rule" "$test" 2>/dev/null | cut -d: -f2 | sort -nu) ||
			die "$rule does not find just the lines of $test that are marked"
	done
}

main() {
	local folder=$TOP/Documentation/examples examples
	NEED_GROUP=check need spatch
	if [ "${1-}" = --self-test ]; then
		self_test
	elif [ $# -eq 0 ]; then
		# tokens.c shows what happens to a panic that is kept.
		mapfile -t examples < <(find "$folder" -name "*.c" ! -name tokens.c)
		look "$TOP/samples" "${examples[@]}"
	else
		look "$@"
	fi
}

main "$@"
