#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: compiles programs with one mistake each, with gcc and clang. Each has to give one error,
# with the text that stands in its first comment, and a warning at most. So does each macro that is
# given a name which is not declared.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

read -ra SHIM_CFLAGS < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)

# Statements for the body of a function that returns an int; "missing" is declared nowhere.
UNDECLARED=(
	'kpanic(missing)'
	'kpanicf("%d", missing)'
	'kpanicf_errno(missing, "text")'
	'kpanicf_errno(-EIO, "%d", missing)'
	'kpanic_ptr(missing, NULL)'
	'kpanic_ptr(NULL, missing)'
	'kpanic_value(missing)'
	'kpanicf_value(missing, "text")'
	'kgoexit(missing)'
	'kdefer(missing, NULL)'
	'kdefer(release, missing)'
	'kdefer_on_failure(missing, NULL)'
	'kdefer_on_failure(release, missing)'
	'kdefer_call(missing, NULL, 1)'
	'kdefer_call(set, missing, 1)'
	'kdefer_call_on_failure(missing, NULL, 1)'
	'kdefer_call_on_failure(set, missing, 1)'
	'kdefer_check(missing)'
	'kdefer_guard(mutex)(&missing)'
	'kdefer_owned(kfree, void *, p) = missing'
	'kdefer_result = missing'
	'kdefer_run(missing, NULL, NULL)'
	'kdefer_go(missing, NULL)'
	'kdefer_set_panic_on_fault(missing)'
)

# $1: statement
program_with() {
	cat <<-EOF
		/* error: missing */
		#include <linux/mutex.h>
		#include <linux/slab.h>
		#include <kdefer/kdefer.h>

		void release(void *p);
		DEFINE_KDEFER2(set, int *, at, int, value, *at = value)

		KDEFER_DEFINE(int, wrong)
		{
			$1;
			return 0;
		}
	EOF
}

# $1: compiler, $2: program
try() {
	local said wanted flags=("${SHIM_CFLAGS[@]}")
	wanted=$(sed -n 's|^/\* error: \(.*\) \*/$|\1|p' "$2")
	[ -n "$wanted" ] || die "$2 does not say which error it has"
	[[ $2 != *.cc ]] || flags=("${flags[@]/-std=gnu11/-std=gnu++17}")
	# Some errors are found when it is known what is called.
	said=$("$1" "${flags[@]}" -O2 -S -o /dev/null "$2" 2>&1) && return 1
	# gcc escapes the quotes in an assertion's text.
	said=${said//\\\'/\'}
	[[ $said == *"$wanted"* ]] && [ "$(grep -c 'error: ' <<<"$said")" -eq 1 ] &&
		[ "$(grep -c 'warning: ' <<<"$said")" -le 1 ] && return
	echo "$said" | grep -E '(error|warning): ' >&2
	return 1
}

# $1: compiler, $2: program, $3: what it is called
report() {
	try "$1" "$2" && echo "ok - $1: $3" && return
	echo "not ok - $1: $3"
	return 1
}

main() {
	local cc program use status=0
	need gcc clang make
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	for program in "$HERE"/*.c "$HERE"/*.cc; do
		for cc in gcc clang; do
			report $cc "$program" "${program##*/}" || status=1
		done
	done
	for use in "${UNDECLARED[@]}"; do
		program_with "$use" >"$TMP/undeclared.c"
		for cc in gcc clang; do
			report $cc "$TMP/undeclared.c" "$use" || status=1
		done
	done
	return "$status"
}

main "$@"
