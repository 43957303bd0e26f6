#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build-modules.sh stock|rt|kunit|DIR [make argument]...: builds kdefer.ko and the modules that use
# it for a kernel, and prints the folder that they are in. DIR is a kernel build tree, such as
# /lib/modules/$(uname -r)/build. The sources are copied there, so that builds for several kernels
# do not mix. A warning of the compiler, modpost or objtool is an error; the log stays in the
# folder.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)

# What is built, in order: a folder's modules may use the symbols of those before it.
FOLDERS=(kmod kunit tests/guest/{faults,fatal,tracer,lifecycle,observe}
	samples samples/concepts tests/conformance/interp tools/bench/kernel)

# A file whose contents are others gets the time of now: with an older one, of another checkout,
# make would not build it.
copy_sources() {
	local folder
	mkdir -p "$OUT"
	for folder in include kmod kunit samples tests tools; do
		[ ! -d "$TOP/$folder" ] || rsync -rlp --checksum --delete \
			--exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' --exclude='*.mod*' \
			--exclude=Module.symvers --exclude=modules.order "$TOP/$folder" "$OUT/"
	done
}

# Debian's kernels come without.
has_kunit() {
	grep -q '^CONFIG_KUNIT=' "$KDIR/include/config/auto.conf"
}

# $1: a folder, the rest: the symbols that its modules may use. Their versions go into the modules,
# and kbuild does not notice when only those have changed.
forget_versions() {
	local own=$OUT/$1/Module.symvers used
	shift
	for used in "$@"; do
		[ "$own" -nt "$used" ] || rm -f "$own"
	done
}

build() {
	local folder symbols=''
	for folder in "${FOLDERS[@]}"; do
		[ -e "$OUT/$folder/Kbuild" ] || continue
		[ "$folder" != kunit ] || has_kunit || continue
		# shellcheck disable=SC2086
		forget_versions "$folder" $symbols
		make -C "$KDIR" M="$OUT/$folder" KBUILD_EXTRA_SYMBOLS="$symbols" \
			-j"$(nproc)" "$@" modules || return
		symbols+=" $OUT/$folder/Module.symvers"
	done
}

main() {
	local name=${1-}
	case $name in
	stock | rt | kunit)
		KDIR=$("$SCRIPTS/kernel.sh" "$name")/build
		;;
	'') die "usage: build-modules.sh stock|rt|kunit|DIR [make argument]..." ;;
	*)
		[ -e "$name/Makefile" ] || die "$name is not a kernel build tree"
		KDIR=$name name=custom
		;;
	esac
	shift
	OUT=$TOP/build/modules/$name
	lock "modules-$name"
	copy_sources
	if ! build "$@" >"$OUT/log" 2>&1; then
		tail -n 30 "$OUT/log" >&2
		die "the build failed; see $OUT/log"
	fi
	if grep -n 'warning:' "$OUT/log" >&2; then
		die "the build is not free of warnings; see $OUT/log"
	fi
	echo "$OUT"
}

main "$@"
