#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# where.sh [FUNCTION]...: where the instructions of one call go, by the functions of the source that
# they are from. Steps through a call of each function of tools/bench/kdefer.c, in user space, where
# they have all been called before; by default defer_one, recover_one and defer_four.
#
# snapshot-cost.sh says, for the kernel, what each word costs that a call notes for a recovery.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=${O:-$TOP/build/bench}
SHIM=${SHIM:-$TOP/build/shim}
declare -A CASES=([defer_one]=defer1 [recover_one]=recover1 [defer_four]=defer4
	[panic_recover]=panic)

build() {
	local flags
	read -ra flags < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
	make -s -f "$TOP/userspace-shim/Makefile" CC="${CC:-gcc}" O="$SHIM" all
	"${CC:-gcc}" -O2 -g "${flags[@]}" -o "$OUT/where" "$HERE/kdefer.c" -L"$SHIM" -lkdefer \
		-Wl,-rpath,"$SHIM",-z,now -pthread
}

main() {
	local function
	[ $# -gt 0 ] || set -- defer_one recover_one defer_four
	need gdb gcc make
	mkdir -p "$OUT"
	build
	for function in "$@"; do
		[ -n "${CASES[$function]:-}" ] || die "there is no case for $function()"
		gdb -batch -nx -ex "set \$function = \"$function\"" -x "$HERE/where.py" \
			--args "$OUT/where" "${CASES[$function]}" 2>"$OUT/where.log" |
			grep '^| ' | cut -c 3- || die "no step was made; see $OUT/where.log"
	done
}

main "$@"
