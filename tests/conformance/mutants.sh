#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [name]...: proves that the conformance runner can fail. Each file in mutants/ breaks
# the core in one place; a copy of the tree that is broken so must not pass the corpus. Prints
# TAP.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=$TOP/build/conformance/mutants
# What is built and run, one mutant after the other; and its sources as they should be.
TREE=$OUT/tree
WHOLE=$OUT/whole

FEW_RECORDS='-O2 -g -DKDEFER_OWN_RECORDS=3 -DKDEFER_CHUNK_SIZE=144'

# Field 1, the file, or 2, what is wrong then, of the second line of mutant $1.
field() {
	sed -n "2s/^# \\([^:]*\\): \\(.*\\)\$/\\$2/p" "$HERE/mutants/$1.sed"
}

copy_tree() {
	rm -rf "$OUT"
	mkdir -p "$TREE" "$WHOLE"
	cp -R "$TOP/include" "$TOP/kmod" "$TOP/userspace-shim" "$WHOLE/"
	cp -R "$WHOLE/." "$TREE/"
}

mutate() {
	local file
	file=$(field "$1" 1)
	[ -n "$file" ] || die "mutants/$1.sed does not say which file it breaks"
	sed -f "$HERE/mutants/$1.sed" "$WHOLE/$file" >"$TREE/$file"
	! cmp -s "$WHOLE/$file" "$TREE/$file" ||
		die "mutants/$1.sed changes nothing in $file any more; bring it up to date"
}

restore() {
	local file
	file=$(field "$1" 1)
	cat "$WHOLE/$file" >"$TREE/$file"
}

# Headers are inlined into the interpreter. With room for a few records at a time, so that the
# corpus needs many chunks of it.
build() {
	rm -f "$TREE/build/conformance/c-interp"
	make -s -j"$(nproc)" -f "$TREE/userspace-shim/Makefile" O="$TREE/build/shim" BY_FILE=y \
		CFLAGS="$FEW_RECORDS" "$TREE/build/shim/libkdefer.a" &&
		make -s -j"$(nproc)" -C "$HERE" TOP="$TREE" CFLAGS="$FEW_RECORDS"
}

# How the tree fails: the first program of the corpus that shows it; nothing if it passes.
failure() {
	python3 "$HERE/conformance.py" corpus --first --patience 3 --corpus "$HERE/corpus/corpus" \
		--kdefer "$TREE/build/conformance/c-interp" 2>"$OUT/log" || true
}

try() {
	build >"$OUT/build.log" 2>&1 || die "$1 cannot be built; see $OUT/build.log"
	failure
}

# One line of TAP. $1: the mutant, $2: how it failed, $3: what is broken
result() {
	if [ -n "$2" ]; then
		echo "ok - $1: $3: $2"
	else
		echo "not ok - $1: $3: not found"
		STATUS=1
	fi
}

main() {
	local name how
	STATUS=0
	NEED_GROUP=check need make gcc python3
	if [ $# -eq 0 ]; then
		for name in "$HERE"/mutants/*.sed; do
			name=${name##*/}
			set -- "$@" "${name%.sed}"
		done
	fi
	copy_tree
	echo "1..$(($# + 1))"
	how=$(try none)
	[ -z "$how" ] || die "the tree itself does not pass the corpus: $how"
	echo "ok - the tree itself passes"
	for name in "$@"; do
		[ -e "$HERE/mutants/$name.sed" ] || die "there is no mutants/$name.sed"
		mutate "$name"
		how=$(try "$name")
		result "$name" "$how" "$(field "$name" 2)"
		restore "$name"
	done
	return "$STATUS"
}

main "$@"
