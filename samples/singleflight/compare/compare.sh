#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compare.sh: runs schedules of callers with the singleflight of this sample and with Go's, case by
# case. N=: how many (200), SEED=: which random ones (the time). Prints TAP; skips the comparison
# where Go or its package cannot be had.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

export O=${O:-$TOP/build/shim}
# Debian's golang-golang-x-sync-dev; another folder may be named.
XSYNC=${XSYNC:-/usr/share/gocode}
OUT=$O/samples/singleflight

build_ours() {
	local flags
	flags=$(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
	# The flags are words.
	# shellcheck disable=SC2086
	"${CC:-gcc}" ${CFLAGS:--O2 -g} $flags -o "$OUT/ours" "$HERE/user.c" \
		"$HERE/../singleflight.c" "$O/libkdefer.a" -pthread
}

build_theirs() {
	local goroot
	[ -d "$XSYNC/src/golang.org/x/sync/singleflight" ] || {
		WHY="golang-golang-x-sync-dev is not installed"
		return 1
	}
	goroot=$("$TOP/scripts/fetch-go") || {
		WHY="no Go could be had"
		return 1
	}
	(cd "$HERE" && GOROOT=$goroot GOTOOLCHAIN=local GO111MODULE=off GOPATH=$XSYNC \
		CGO_ENABLED=0 GOFLAGS='' GOCACHE=$CACHE/go/build \
		"$goroot/bin/go" build -o "$OUT/theirs" .)
}

# $1: how many milliseconds lie between one caller and the next
same() {
	"$OUT/ours" "$1" <"$OUT/schedules" >"$OUT/ours.out" 2>"$OUT/ours.log"
	"$OUT/theirs" "$1" <"$OUT/schedules" >"$OUT/theirs.out"
	diff -u "$OUT/theirs.out" "$OUT/ours.out" >"$OUT/diff"
}

main() {
	local seed=${SEED:-$(date +%s)}
	mkdir -p "$OUT"
	make -s -C "$TOP/userspace-shim"
	build_ours
	if ! build_theirs; then
		echo "ok singleflight as in Go # SKIP $WHY"
		return
	fi
	"$HERE/schedules.py" "${N:-200}" "$seed" >"$OUT/schedules"
	# When a machine is so busy that a caller comes too late, other ends are right.
	if same 30 || same 300 || same 1000; then
		echo "ok singleflight as in Go: $(grep -c ^schedule "$OUT/ours.out") schedules," \
			"SEED=$seed"
	else
		cat "$OUT/diff"
		echo "not ok singleflight as in Go: SEED=$seed"
		return 1
	fi
}

main
