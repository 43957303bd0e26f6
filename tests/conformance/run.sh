#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: runs programs over defer, panic, recover and goexit with kdefer in user space, and
# compares what happens with what Go does: first the committed corpus, then fresh random programs,
# if a Go can be had. From the environment:
#   SEED=  the first random program's (the time), N= how many (2000; 0: only the corpus)
#   FILE=  the programs of this file, and nothing else
#   SAN=   address, undefined or thread: with that sanitizer
#   DEPTH= how deep programs may nest (18, for which a kernel's stack suffices)
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# Go 1.27 is what kdefer claims to be like; older ones print other chains.
NEEDED=1.27
OUT=$TOP/build/conformance

# Sets KDEFER to the interpreter over kdefer.
build_kdefer() {
	local out=$OUT${SAN:+/san-$SAN} lib=$TOP/build/shim
	[ -z "${SAN-}" ] || lib=$out
	make -s -f "$TOP/userspace-shim/Makefile" O="$lib" "$lib/libkdefer.a"
	make -s -C "$HERE" O="$out" lib="$lib/libkdefer.a"
	KDEFER=$out/c-interp
}

# Sets GO to --go and the interpreter over Go; to nothing if there is none.
build_go() {
	local root status=0
	GO=()
	root=$("$TOP/scripts/fetch-go") || status=$?
	[ "$status" -eq 77 ] && log "no Go to compare with: only the corpus is run" && return
	[ "$status" -eq 0 ] || exit "$status"
	if ! grep -q "^go$NEEDED" "$root/VERSION"; then
		log "$(head -n 1 "$root/VERSION") is not $NEEDED: only the corpus is run"
		return
	fi
	make -s -C "$HERE" GO="$root/bin/go" go
	GO=(--go "$OUT/go-interp")
}

# The same with room for a few records at a time: sets KDEFER_FEW.
build_kdefer_few() {
	local out=$OUT${SAN:+/san-$SAN}/few-records
	local flags='-O2 -g -DKDEFER_OWN_RECORDS=3 -DKDEFER_CHUNK_SIZE=144'
	make -s -f "$TOP/userspace-shim/Makefile" O="$out" CFLAGS="$flags" "$out/libkdefer.a"
	make -s -C "$HERE" O="$out" lib="$out/libkdefer.a" CFLAGS="$flags"
	KDEFER_FEW=$out/c-interp
}

conformance() {
	python3 "$HERE/conformance.py" "$@" --kdefer "$KDEFER" --failures "$OUT/failures"
}

# Runs a command, and says in a line of TAP whether it succeeded: $1, the rest is the command.
stage() {
	local name=$1
	shift
	log "$name"
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		STATUS=1
	fi
}

main() {
	local seed=${SEED:-$(date +%s)} n=${N:-2000}
	NEED_GROUP=check need make gcc python3
	build_kdefer
	build_go
	if [ -n "${FILE-}" ]; then
		[ ${#GO[@]} -gt 0 ] ||
			die "a file's programs have no recorded output, and there is no Go"
		conformance file "${GO[@]}" --file "$FILE"
		return
	fi
	STATUS=0
	stage 'what is the same' "$HERE/outputs_test.py"
	stage 'malformed programs' conformance malformed "${GO[@]}" --file "$HERE/malformed.txt"
	stage 'programs that hang or throw' "$HERE/hang.sh" "$KDEFER" "${GO[@]:1}"
	stage 'the corpus' conformance corpus "${GO[@]}" --corpus "$HERE/corpus/corpus"
	build_kdefer_few
	KDEFER=$KDEFER_FEW stage 'the corpus, with chunks of two records' \
		conformance corpus "${GO[@]}" --corpus "$HERE/corpus/corpus"
	if [ ${#GO[@]} -gt 0 ] && [ "$n" -gt 0 ]; then
		stage "random programs, SEED=$seed N=$n" \
			conformance random "${GO[@]}" --seed "$seed" --n "$n" --depth "${DEPTH:-18}"
	else
		echo "ok - random programs # SKIP no Go to compare with, or N=0"
	fi
	return "$STATUS"
}

main "$@"
