#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [name]...: proves that the jobs of this folder find what is wrong with the pool of the
# kernel, which user space does not have. Each file in mutants/ breaks kdefer in one place; a
# kdefer.ko that is broken so must not pass. Prints TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

JOBS=2000
# A guest that hangs has found the mutant, too.
PATIENCE=60
# What is built and run, one mutant after the other.
TREE=$TOP/build/pool-mutants

# Field 1, the file, or 2, what is wrong then, of the second line of mutant $1.
field() {
	sed -n "2s/^# \\([^:]*\\): \\(.*\\)\$/\\$2/p" "$HERE/mutants/$1.sed"
}

build() {
	make -s -C "$KERNEL/build" M="$TREE" -j"$(nproc)" modules >"$TREE/log" 2>&1 ||
		die "$1 cannot be built; see $TREE/log"
}

# $1: mutant. How the jobs find it.
try() {
	local file how
	file=$(field "$1" 1)
	sed -f "$HERE/mutants/$1.sed" "$TOP/$file" >"$TREE/$file"
	! cmp -s "$TOP/$file" "$TREE/$file" ||
		die "mutants/$1.sed changes nothing in $file any more; bring it up to date"
	build "$1"
	cp "$TOP/$file" "$TREE/$file"
	"$SCRIPTS/vm" run stock --timeout "$PATIENCE" --bare --log "$TREE/$1.console" \
		--file "$TREE/kmod/kdefer.ko" --file "$TEST" --file "$HERE/guest.sh" \
		--file "$TOP/tests/guest/lib.sh" --file "$TOP/tests/vm/complaints.txt" \
		-- sh guest.sh "$JOBS" 0 mutant >/dev/null 2>&1 ||
		how='the guest does not come to its end'
	grep -am 1 -oE 'kdefer_pool_test: wrong.*' "$TREE/$1.console" || echo "${how-}"
}

main() {
	local name how status=0
	KERNEL=$("$SCRIPTS/vm" kernel stock)
	TEST=$("$SCRIPTS/vm" modules stock)/tests/guest/pool/kdefer_pool_test.ko
	if [ $# -eq 0 ]; then
		for name in "$HERE"/mutants/*.sed; do
			name=${name##*/}
			set -- "$@" "${name%.sed}"
		done
	fi
	rm -rf "$TREE"
	mkdir -p "$TREE"
	cp -R "$TOP/Kbuild" "$TOP/kdefer.kbuild" "$TOP/include" "$TOP/kmod" "$TREE/"
	echo "1..$#"
	for name in "$@"; do
		how=$(try "$name")
		if [ -n "$how" ]; then
			echo "ok - $name: $(field "$name" 2): $how"
		else
			echo "not ok - $name: $(field "$name" 2): not found"
			status=1
		fi
	done
	return "$status"
}

main "$@"
