#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the kernel of kunit.config from Debian's sources in the cache folder; prints the directory.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

CONFIG=$SCRIPTS/../tests/vm/kunit.config

# Prints each symbol of fragment $2 that has another value in configuration $1.
differences() {
	awk '
		/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { name = $2; value = "n" }
		/^CONFIG_/ {
			at = index($0, "=")
			name = substr($0, 1, at - 1)
			value = substr($0, at + 1)
		}
		!/^(# )?CONFIG_/ { next }
		FNR == NR { have[name] = value; next }
		{ is = name in have ? have[name] : "n" }
		is != value { printf "%s: wanted %s, is %s\n", name, value, is }
	' "$1" "$2"
}

configure() {
	local wrong
	cp "$CONFIG" "$DIR/build/.config"
	"${KMAKE[@]}" -s olddefconfig >&2
	wrong=$(differences "$DIR/build/.config" "$CONFIG")
	[ -z "$wrong" ] || die "the sources do not take all of $CONFIG:
$wrong"
}

# Ends when the process $1 does.
report_progress() {
	while ! timeout 30 tail --pid="$1" -f /dev/null; do
		log "built $(grep -cE '^  (CC|AS|HOSTCC) ' "$DIR/log") objects in $SECONDS s"
	done
}

build() {
	local maker status=0
	log "building the KUnit kernel: 6 minutes on 2 cores, 1 when ccache has it all"
	"${KMAKE[@]}" all >"$DIR/log" 2>&1 9>&- &
	maker=$!
	trap 'kill "$maker"; exit 1' INT TERM HUP
	report_progress "$maker"
	wait "$maker" || status=$?
	[ "$status" -eq 0 ] && return
	tail -n 30 "$DIR/log" >&2
	die "the kernel build failed; the whole log is in $DIR/log"
}

prepare() {
	SOURCE=$("$SCRIPTS/kernel-source.sh")
	NEED_GROUP=kernel need make gcc ccache flex bison bc
	mkdir -p "$DIR/build"
	# kunit.py build would do the same, but silently, and without ccache.
	KMAKE=(nice make -C "$SOURCE" O="$DIR/build" -j"$(nproc)" ARCH=x86_64 CC='ccache gcc')
	export CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$CACHE/kernels CCACHE_NOHASHDIR=1
	# The same input gives the same kernel, wherever it is built.
	export KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=kdefer KBUILD_BUILD_HOST=kdefer
	configure
	build
	ln -sfn build/arch/x86/boot/bzImage "$DIR/bzImage"
	ln -sfn "$SOURCE" "$DIR/source"
	# Last: this file says that the directory is complete.
	cp "$DIR/build/include/config/kernel.release" "$DIR/release"
}

main() {
	local version hash
	version=$(kernel_version)
	# A comment makes no other kernel.
	hash=$(grep -E '^(# )?CONFIG_' "$CONFIG" | sha256sum)
	DIR=$CACHE/kernels/kunit-$version-${hash:0:12}
	if [ ! -e "$DIR/release" ]; then
		lock kunit
		[ -e "$DIR/release" ] || prepare
	fi
	echo "$DIR"
}

main
