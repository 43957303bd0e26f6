#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [N]            N random sequences, 40,000 by default, with each of gcc's sanitizers that
#                       finds what they may break: address and thread. Prints TAP.
# run.sh guest SECONDS [PLATFORM [SEED]]   on the KUnit kernel or another one, disturbed; see
#                       guest.sh. In guests that live for TURN seconds, 600 by default
# run.sh soak SECONDS   others, in turns and in guests as well, for as long
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

THREADS=4
OUT=$TOP/build/sequences
NUMBER=0
FAILED=0

# What failslab may fail: the caches that kdefer allocates from.
FAILING=A,kmalloc-512,kmalloc-1k,kmalloc-2k
# What a guest takes to boot, to end a turn and to look for leaks.
MORE=900
# After some 1500 s of sequences KASAN's stack depot is full, of which a kernel warns once: that it
# forgets who allocated what from then on. A guest is given up well before.
TURN=${TURN:-600}

# $1: sanitizer
build() {
	make -s -j"$(nproc)" -f "$HERE/Makefile.shim" SAN="$1" O="$OUT/$1"
}

# $1: sanitizer, $2: how many, $3: seed of the first one, $4: 1 if allocations fail
run_shim() {
	local log=$OUT/$1.log status=0
	"$OUT/$1/sequences" threads=$THREADS sequences=$(($2 / THREADS)) seed="$3" \
		failing="${4-0}" >"$log" 2>&1 || status=$?
	report "$status" "$2 sequences from $3 on, -fsanitize=$1, failing=${4-0}" "$log"
}

# What guests of a platform need; sets FILES, MEMORY and SEQUENCES, of a thread in a guest's turn.
# $1: platform
prepare_guests() {
	local modules module folder=$OUT/$1 features
	features=$("$TOP/scripts/vm" features "$1")
	modules=$("$TOP/scripts/vm" modules --module "$1")
	mkdir -p "$folder"
	cp "$HERE/Kbuild" "$HERE"/*.c "$folder/"
	"$TOP/scripts/vm" build "$1" "$folder" >"$folder/log" 2>&1 ||
		{ tail -n 30 "$folder/log"; die "the module does not build"; }
	FILES=()
	for module in "$modules/kmod/kdefer.ko" "$folder"/*.ko; do
		"$TOP/scripts/vm" strip "$1" -g -o "$folder/${module##*/}.stripped" "$module"
		FILES+=(--file "$folder/${module##*/}.stripped:${module##*/}")
	done
	SEQUENCES=4000
	! grep -qx kasan <<<"$features" || SEQUENCES=250
	MEMORY=1024
	if grep -qx bpftrace <<<"$features"; then
		NEED_GROUP=metrics need bpftrace
		copy_bpftrace "$OUT/bpf"
		FILES+=(--file "$OUT/bpf")
		MEMORY=2048
	fi
}

# $1: seconds, $2: platform, $3: seed of the first one. Sets NEXT to the seed that would be next.
run_guest() {
	local log=$OUT/$2-$3.log status=0
	"$TOP/scripts/vm" run "$2" --patching --timeout $(($1 + MORE)) --memory $MEMORY \
		--append "slub_debug=$FAILING" --log "$log" "${FILES[@]}" --file "$HERE/guest.sh" \
		--file "$TOP/tests/guest/lib.sh" --file "$TOP/tests/vm/complaints.txt" \
		-- "sh guest.sh $1 $3 $SEQUENCES" >/dev/null || status=$?
	grep '^# [0-9]* s: ' "$log" | tail -n 1
	NEXT=$(sed -n 's/^# the next seed: //p' "$log")
	report "$status" "$1 seconds of sequences from $3 on, $2" "$log"
}

# $1: seconds, $2: platform, $3: seed of the first one. As many guests as that takes, one after the
# other.
run_guests() {
	local left=$1 seconds first=$3
	prepare_guests "$2"
	echo "1..$((($1 + TURN - 1) / TURN))"
	while [ "$left" -gt 0 ] && [ $FAILED -eq 0 ]; do
		seconds=$((left < TURN ? left : TURN))
		run_guest $seconds "$2" "$first"
		first=${NEXT:-$first}
		left=$((left - seconds))
	done
}

# $1: status, $2: name, $3: log
report() {
	NUMBER=$((NUMBER + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $NUMBER - $2"
		return
	fi
	echo "not ok $NUMBER - $2"
	tail -n 30 "$3"
	FAILED=1
}

# Whether the archive still has a platform's kernel, which scripts/vm says with this status.
can_be_had() {
	local status=0
	"$TOP/scripts/vm" kernel "$1" >/dev/null || status=$?
	[ $status -ne 77 ] || { log "going on without $1"; return 1; }
}

# $1: seconds, of which a guest takes a sixth, and TURN at most. Each turn has sequences that none
# had before.
soak() {
	local end=$((SECONDS + $1)) each=$(($1 < 6 * TURN ? $1 / 6 : TURN)) many=200000 san platform
	local first=$((RANDOM * 32768 + RANDOM))
	build address
	build thread
	while [ $SECONDS -lt $end ] && [ $FAILED -eq 0 ]; do
		for san in address thread; do
			run_shim $san $many "$first"
			run_shim $san $many $((first + many)) 1
			first=$((first + 2 * many))
		done
		for platform in kunit rt rt-6.12; do
			can_be_had $platform || continue
			prepare_guests $platform
			run_guest $each $platform "$first"
			first=${NEXT:-$first}
		done
	done
}

main() {
	local san
	mkdir -p "$OUT"
	if [ "${1-}" = soak ]; then
		soak "$2"
	elif [ "${1-}" = guest ]; then
		run_guests "$2" "${3-kunit}" "${4-1}"
	else
		echo "1..2"
		for san in address thread; do
			build $san
			run_shim $san "${1:-40000}" 1
		done
	fi
	return $FAILED
}

main "$@"
