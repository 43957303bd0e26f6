#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# snapshot-cost.sh [stock|kunit]: what each word that include/kdefer/snapshot_items.h reads costs in
# a call of a KDEFER function that may recover, in instructions. The benchmark is built once without
# each word, and its guest's clock counts instructions.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=${O:-$TOP/build/bench}
HOST=${1:-stock}
DIR=$OUT/snapshot-cost
LOG=$OUT/snapshot-cost-$HOST.log

fields() {
	"$TOP/tests/items.py" --fields "$KERNEL/build"
}

# $1: which words are not read: the name of one, all, or nothing. The frame keeps its size.
build_variant() {
	local reads
	case $1 in
	nothing) reads=true ;;
	all) reads=false ;;
	*) reads="__builtin_strcmp(field, \"$1\")" ;;
	esac
	echo "#define KDEFER_READS(field) $reads" >"$DIR/without-$1.h"
	make -C "$KERNEL/build" M="$DIR/tools/bench/kernel" -j"$(nproc)" \
		KCFLAGS="-include $DIR/without-$1.h" \
		KBUILD_EXTRA_SYMBOLS="$MODULES/Module.symvers" modules >"$DIR/log" 2>&1 ||
		die "the build without $1 failed; see $DIR/log"
	cp "$DIR/tools/bench/kernel/kdefer_bench.ko" "$DIR/without-$1.ko"
	FILES+=(--file "$DIR/without-$1.ko")
	GUEST+=" && echo without $1 >/dev/kmsg && insmod without-$1.ko cases=5"
	GUEST+=' && rmmod kdefer_bench'
}

# Lines "without FIELD" and the figures that follow, as "FIELD instructions".
figures() {
	awk '/\] without / { field = $NF }
		/kdefer_bench: recover1 kdefer / { print field, $NF }' <(tr -d '\r' <"$LOG")
}

print_costs() {
	awk -v release="$(cat "$KERNEL/release")" '
		{ cost[$1] = $2; order[NR] = $1 }
		END {
			printf "Instructions of a call that may recover, kernel %s:\n", release
			printf "  %-45s %8.1f\n", "without a snapshot", cost["all"]
			for (i = 3; i <= NR; i++) {
				own = cost["nothing"] - cost[order[i]]
				sum += own
				printf "  %-45s %8.1f\n", order[i], own
			}
			printf "  %-45s %8.1f\n", "what they share",
				cost["nothing"] - cost["all"] - sum
			printf "  %-45s %8.1f\n", "with the snapshot", cost["nothing"]
		}'
}

main() {
	local field
	KERNEL=$("$TOP/scripts/vm" kernel "$HOST")
	MODULES=$("$TOP/scripts/vm" modules "$HOST")
	rm -rf "$DIR"
	mkdir -p "$DIR/tools/bench"
	cp -r "$TOP/include" "$TOP/kmod" "$DIR/"
	cp -r "$HERE/kernel" "$DIR/tools/bench/"
	FILES=()
	GUEST='insmod kdefer.ko'
	build_variant nothing
	build_variant all
	for field in $(fields); do
		build_variant "$field"
	done
	"$TOP/scripts/vm" run "$HOST" --icount --timeout 600 --log "$LOG" \
		"${FILES[@]}" -- "$GUEST" >/dev/null
	[ "$(figures | wc -l)" -eq $(($(fields | wc -l) + 2)) ] ||
		die "figures are missing; see $LOG"
	figures | print_costs
}

case $HOST in
stock | kunit) main ;;
*) die "usage: snapshot-cost.sh [stock|kunit]" ;;
esac
