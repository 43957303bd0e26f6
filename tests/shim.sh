#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# shim.sh matrix|sanitizers|cross [flags]: runs the KUnit suites in user space, built in many ways.
set -euo pipefail
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# Every compiler at every level of optimisation (rule R16).
matrix() {
	local cc flags
	for cc in gcc clang; do
		for flags in -O0 -O1 -O2 -O3 -Os '-O2 -flto'; do
			suites "$cc-${flags//[ -]/}" "$cc" "$flags" ''
		done
	done
}

# ThreadSanitizer of these compilers does not start where the kernel randomises addresses more than
# it knows of; setarch -R switches that off for the one process.
sanitizers() {
	suites gcc-asan gcc -O1 address,undefined
	suites clang-asan clang -O1 address,undefined
	# The types that functions are called with, checked as by a kernel with kCFI, and as by C.
	suites clang-kcfi clang-19 -O1 kcfi
	suites clang-19-ubsan clang-19 -O1 undefined
	suites gcc-tsan gcc -O1 thread setarch -R
	suites clang-tsan clang -O1 thread setarch -R
	# Valgrind knows 500 threads at most, and runs one at a time.
	export KDEFER_SHIM_PARAM_stress_threads=100
	suites valgrind gcc -O1 '' valgrind -q --error-exitcode=1 --leak-check=full \
		--suppressions="$TOP/userspace-shim/kdefer.supp"
}

# The other architectures, emulated; the suites in their kernels are those of tests/platforms.py.
# Static: the emulator would have to be told of shared libraries. It is slow, and knows few threads.
# $1: flags, -O2 by default
cross() {
	local arch triple qemu cc flags=${1--O2} foreign
	export KDEFER_SHIM_PARAM_stress_threads=100 LDFLAGS=-static
	foreign=$("$SCRIPTS/vm" foreign)
	while read -r arch triple qemu; do
		for cc in "$triple-gcc-12" "clang --target=$triple"; do
			suites "$arch-${cc%% *}$flags" "$cc" "$flags" '' "$qemu" </dev/null
		done
	done <<<"$foreign"
}

# $1: name, $2: compiler, $3: flags, $4: sanitizer, the rest: what runs the program
suites() {
	local name=$1 dir=$TOP/build/shim-$1 stress=200
	local make=(make -s -j"$(nproc)" O="$dir" CC="$2" CFLAGS="$3 -g -Werror" SAN="$4")
	[[ $3 != *lto* || $2 != gcc ]] || make+=(AR=gcc-ar)
	[[ $3 != *lto* || $2 != clang ]] || make+=(AR=llvm-ar LDFLAGS=-fuse-ld=lld)
	shift 4
	echo "# $name"
	# All threads and panics of the stress suite once; sanitizers see what there is in fewer.
	[ "$name" != gcc-O2 ] || stress=10000
	export KDEFER_SHIM_PARAM_stress_panics=$stress
	# What is linked statically has no shared library.
	[[ ${LDFLAGS-} == *-static* ]] || "${make[@]}" -C "$TOP/userspace-shim"
	"${make[@]}" -f "$TOP/kunit/Makefile.shim" "$dir/kunit"
	timeout 600 "$@" "$dir/kunit"
}

case ${1-} in
matrix | sanitizers | cross) "$@" ;;
*) die "usage: shim.sh matrix|sanitizers|cross [flags]" ;;
esac
