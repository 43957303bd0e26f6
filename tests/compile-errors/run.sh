#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: compiles programs with one mistake each, with gcc and clang, as C11 and as C23. Each has
# to give one error, with the text that stands in its first comment, and a warning at most. Where a
# compiler cannot be brought to that a further comment says how many there may be, and why. Each
# macro that is given a name which is not declared has to give one error, too.
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

# How many errors the program $2 may give with the compiler $1.
most() {
	local most
	most=$(sed -n "s|^/\* $1: \([0-9]*\) errors.*, since .* \*/$|\1|p" "$2")
	echo "${most:-1}"
}

# $1: compiler, $2: program, $3: standard
try() {
	local said wanted errors flags=("${SHIM_CFLAGS[@]/-std=gnu11/-std=$3}")
	wanted=$(sed -n 's|^/\* error: \(.*\) \*/$|\1|p' "$2")
	[ -n "$wanted" ] || die "$2 does not say which error it has"
	# Some errors are found when it is known what is called, and one is a warning for users.
	said=$("$1" "${flags[@]}" -Werror=attribute-warning -O2 -S -o /dev/null "$2" 2>&1) &&
		return 1
	# gcc escapes the quotes in an assertion's text.
	said=${said//\\\'/\'}
	errors=$(grep -c 'error: ' <<<"$said")
	[[ $said == *"$wanted"* ]] && [ "$errors" -ge 1 ] &&
		[ "$errors" -le "$(most "$1" "$2")" ] &&
		[ "$(grep -c 'warning: ' <<<"$said")" -le 1 ] && return
	echo "$said" | grep -E '(error|warning): ' >&2
	return 1
}

# $1: compiler, $2: program, $3: standard, $4: what it is called
report() {
	try "$1" "$2" "$3" && echo "ok - $1, $3: $4" && return
	echo "not ok - $1, $3: $4"
	return 1
}

main() {
	local cc std program use status=0
	need gcc clang make
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	for program in "$HERE"/*.c; do
		for cc in gcc clang; do
			for std in gnu11 gnu2x; do
				report $cc "$program" $std "${program##*/}" || status=1
			done
		done
	done
	for cc in gcc clang; do
		report $cc "$HERE/c-plus-plus.cc" gnu++17 c-plus-plus.cc || status=1
	done
	for use in "${UNDECLARED[@]}"; do
		program_with "$use" >"$TMP/undeclared.c"
		for cc in gcc clang; do
			report $cc "$TMP/undeclared.c" gnu11 "$use" || status=1
		done
	done
	return "$status"
}

main "$@"
