#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [cross]: that nothing which the compiler keeps in a register is lost across a KDEFER
# function, and that every register which a function may change is named where the compiler looks.
# On this machine, or on the other architectures under qemu-user.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=$TOP/build/registers
read -ra SHIM_CFLAGS < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
STATUS=0

# $1: "ok" or "not ok", the rest: what
verdict() {
	echo "$1 - ${*:2}"
	[ "$1" = ok ] || STATUS=1
}

# The header of a compiler's architecture, which the library's makefile asks the compiler for too.
# $1: compiler
arch() {
	"$1" "${SHIM_CFLAGS[@]}" -MM "$TOP/include/kdefer/arch.h" |
		sed -n 's|.*include/kdefer/arch/\([a-z0-9]*\)\.h.*|\1|p' | grep -v generic
}

# Prints the clobbers of kdefer_arch_call(), one a line. $@: the compiler and its flags
clobbers() {
	echo $'#include <kdefer/arch.h>\nkdefer_arch_call(regs, secret, thunk, arg)' |
		"$@" "${SHIM_CFLAGS[@]}" -E -P - | tr -d '\n' | sed 's/.*://' | grep -o '"[^"]*"' |
		tr -d '"'
}

# The compiler need not know the registers: it is only asked what the header makes of its macro.
named() {
	local cc=$1 macro registers register list without
	while read -r macro registers; do
		if [ "$macro" = - ]; then
			list=$(clobbers "$cc")
		else
			list=$(clobbers "$cc" -U"$macro" -D"$macro")
		fi
		without=$([ "$macro" = - ] || clobbers "$cc" -U"$macro")
		for register in $registers; do
			if ! grep -qxF "$register" <<<"$list"; then
				verdict 'not ok' "$cc: $register is named where ${macro/#-/any}"
				continue
			fi
			# A compiler that does not use a register may not know its name.
			grep -qxF "$register" <<<"$without" && verdict 'not ok' \
				"$cc: $register is not named without $macro" && continue
			verdict ok "$cc: $register"
		done
	done <"$HERE/arch/$(arch "$cc").registers"
}

# Sets LIB to the library. $1: name, $2: compiler, the rest: flags that it needs
library() {
	local make=(make -s -j"$(nproc)" -f "$TOP/userspace-shim/Makefile" O="$OUT/lib-$1" CC="$2"
		CFLAGS="-O2 ${*:3}")
	[ "$1" != gcc-lto ] || make+=(AR=gcc-ar)
	[ "$1" != clang-lto ] || make+=(AR=llvm-ar)
	LIB=$OUT/lib-$1/libkdefer.a
	"${make[@]}" "$LIB"
}

# $1: compiler, the rest: flags
build() {
	"$1" "${SHIM_CFLAGS[@]}" -Werror -include "$HERE/arch/$(arch "$1").h" "${@:2}" \
		-o "$OUT/registers" "$HERE/registers.c" "$LIB" -pthread ${LDFLAGS:+"$LDFLAGS"}
}

# $1: what, the rest: the compiler and its flags. Its suite gets a name by what comes after it.
try() {
	if build "${@:2}" && "${EMULATOR[@]}" "$OUT/registers" | sed 's/^/    /'; then
		verdict ok "$1"
	else
		verdict 'not ok' "$1"
	fi
}

profile_gcc() {
	rm -rf "$OUT/profile"
	build gcc "$@" -fprofile-generate -fprofile-update=atomic -fprofile-dir="$OUT/profile" &&
		"$OUT/registers" >/dev/null &&
		try "gcc $* -fprofile-use" gcc "$@" -fprofile-use="$OUT/profile" \
			-Wno-missing-profile
}

profile_clang() {
	build clang "$@" -fprofile-instr-generate &&
		LLVM_PROFILE_FILE=$OUT/raw "$OUT/registers" >/dev/null &&
		llvm-profdata merge -o "$OUT/profdata" "$OUT/raw" &&
		try "clang $* -fprofile-use" clang "$@" -fprofile-use="$OUT/profdata"
}

# The registers that the compiler does not use with any of these flags. $1: compiler, the rest:
# flags
unused() {
	local macro cc=$1
	shift
	while read -r macro _; do
		[ "$macro" = - ] || grep -qw "$macro" <("$cc" "$@" -dM -E - </dev/null) ||
			echo "ok - registers that come with $macro # SKIP not with $cc${*:+ $*}"
	done < <(cut -d ' ' -f 1 "$HERE/arch/$(arch "$cc").registers" | sort -u)
}

# Static: the emulator would have to be told of shared libraries.
cross() {
	local triple qemu cc flags more foreign
	export LDFLAGS=-static
	foreign=$("$SCRIPTS/vm" foreign)
	while read -r _ triple qemu; do
		cc=$triple-gcc-12
		EMULATOR=("$qemu")
		named "$cc"
		library "$triple" "$cc"
		for flags in -O0 -O2 -Os; do
			try "$cc $flags" "$cc" "$flags"
		done
		# Word splitting makes lists.
		more=$(<"$HERE/arch/$(arch "$cc").flags")
		# shellcheck disable=SC2086
		[ -z "$more" ] || try "$cc -O2 $more" "$cc" -O2 $more
		# shellcheck disable=SC2086
		unused "$cc" $more
	done <<<"$foreign"
}

native() {
	local cc flags lto=()
	need gcc clang make lld llvm-profdata
	for cc in gcc clang; do
		named "$cc"
		library "$cc" "$cc"
		for flags in -O0 -O2 -Os '-O2 -march=native' '-O3 -march=native'; do
			# Word splitting makes the list.
			# shellcheck disable=SC2086
			try "$cc $flags" "$cc" $flags
		done
		"profile_$cc" -O2 -march=native || verdict 'not ok' "$cc with a profile"
		[ "$cc" = gcc ] || lto=(-fuse-ld=lld)
		library "$cc-lto" "$cc" -march=native -flto
		try "$cc -O2 -march=native -flto" "$cc" -O2 -march=native -flto "${lto[@]}"
	done
	# On a CPU that has none of them.
	unused gcc -march=native
}

main() {
	mkdir -p "$OUT"
	EMULATOR=()
	case ${1-} in
	'') native ;;
	cross) cross ;;
	*) die "usage: run.sh [cross]" ;;
	esac
	return "$STATUS"
}

main "$@"
