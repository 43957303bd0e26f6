#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build-modules.sh [--module] stock|rt|kunit|DIR [make argument]...: builds kdefer.ko, and without
# --module the tests and samples that use it, for a kernel, and prints the folder that they are in.
# DIR is a kernel build tree, such as /lib/modules/$(uname -r)/build. The sources are copied there,
# so that builds for several kernels do not mix. A warning of the compiler, modpost or objtool is an
# error; the log stays in the folder.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)

# A file whose contents are others gets the time of now: with an older one, of another checkout,
# make would not build it.
copy_sources() {
	mkdir -p "$OUT"
	rsync -rlp --checksum --delete --exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' \
		--exclude='*.mod*' --exclude=Module.symvers --exclude=modules.order \
		"$TOP"/{Kbuild,include,kmod,kunit,samples,tests,tools} "$OUT/"
}

build() {
	make -C "$KDIR" M="$OUT" "${WITH[@]}" -j"$(nproc)" "$@" modules
}

main() {
	local name
	WITH=(KDEFER_TESTS=y KDEFER_SAMPLES=y)
	[ "${1-}" != --module ] || { WITH=() && shift; }
	name=${1-}
	case $name in
	stock | rt | kunit)
		KDIR=$("$SCRIPTS/kernel.sh" "$name")/build
		;;
	'') die "usage: build-modules.sh [--module] stock|rt|kunit|DIR [make argument]..." ;;
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
