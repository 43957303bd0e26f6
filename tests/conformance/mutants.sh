#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh [name]...: proves that the conformance runner can fail. Each file in mutants/ breaks
# the core in one place; a copy of the tree that is broken so must not pass the corpus. Prints a
# table.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=$TOP/build/conformance/mutants
# What is built and run, one mutant after the other; and its sources as they should be.
TREE=$OUT/tree
WHOLE=$OUT/whole

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

# Headers are inlined into the interpreter.
build() {
	rm -f "$TREE/build/conformance/c-interp"
	make -s -C "$TREE/userspace-shim" all && make -s -C "$HERE" TOP="$TREE"
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

row() {
	printf '%-24s %-36s %s\n' "$@"
}

main() {
	local name how missed=()
	NEED_GROUP=check need make gcc python3
	if [ $# -eq 0 ]; then
		for name in "$HERE"/mutants/*.sed; do
			name=${name##*/}
			set -- "$@" "${name%.sed}"
		done
	fi
	copy_tree
	row mutant 'what the runner finds' 'what is broken'
	how=$(try none)
	row none "${how:-passes}" nothing
	[ -z "$how" ] || die "the tree itself does not pass the corpus"
	for name in "$@"; do
		[ -e "$HERE/mutants/$name.sed" ] || die "there is no mutants/$name.sed"
		mutate "$name"
		how=$(try "$name")
		row "$name" "${how:-NOT FOUND}" "$(field "$name" 2)"
		[ -n "$how" ] || missed+=("$name")
		restore "$name"
	done
	[ ${#missed[@]} -eq 0 ] || die "not found: ${missed[*]}"
	log "all $# mutants are found"
}

main "$@"
