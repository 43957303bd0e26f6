#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: compiles programs with one mistake each, with gcc and clang. Each has to give one error,
# with the text that stands in its first comment, and a warning at most.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

read -ra SHIM_CFLAGS < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)

# $1: compiler, $2: program
try() {
	local said wanted flags=("${SHIM_CFLAGS[@]}")
	wanted=$(sed -n 's|^/\* error: \(.*\) \*/$|\1|p' "$2")
	[ -n "$wanted" ] || die "$2 does not say which error it has"
	[[ $2 != *.cc ]] || flags=("${flags[@]/-std=gnu11/-std=gnu++17}")
	said=$("$1" "${flags[@]}" -fsyntax-only "$2" 2>&1) && return 1
	# gcc escapes the quotes in an assertion's text.
	said=${said//\\\'/\'}
	[[ $said == *"$wanted"* ]] && [ "$(grep -c 'error: ' <<<"$said")" -eq 1 ] &&
		[ "$(grep -c 'warning: ' <<<"$said")" -le 1 ] && return
	echo "$said" | grep -E '(error|warning): ' >&2
	return 1
}

main() {
	local cc program name status=0
	need gcc clang make
	for program in "$HERE"/*.c "$HERE"/*.cc; do
		for cc in gcc clang; do
			name="$cc: ${program##*/}"
			try "$cc" "$program" && echo "ok - $name" && continue
			echo "not ok - $name"
			status=1
		done
	done
	return "$status"
}

main "$@"
