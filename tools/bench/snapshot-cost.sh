#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# snapshot-cost.sh [stock|kunit]: what each row of include/kdefer/snapshot_items.h costs in a call
# of a KDEFER function, in instructions. The benchmark is built once without each row, and its
# guest's clock counts instructions.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=${O:-$TOP/build/bench}
HOST=${1:-stock}
DIR=$OUT/snapshot-cost
LOG=$OUT/snapshot-cost-$HOST.log

rows() {
	sed -nE 's/^KDEFER_ITEM\([^,]+, ([a-z_]+),.*/\1/p' "$TOP/include/kdefer/snapshot_items.h"
}

# $1: which rows are left out: the name of one, all, or nothing. The frame keeps its size.
build_variant() {
	local take='s->field = (value);' test
	case $1 in
	nothing) test='' ;;
	all) test='if (0) ' ;;
	*) test="if (__builtin_strcmp(#field, \"$1\")) " ;;
	esac
	sed "s/$take/$test$take/" "$TOP/include/kdefer/snapshot.h" >"$DIR/include/kdefer/snapshot.h"
	make -C "$KERNEL/build" M="$DIR/tools/bench/kernel" -j"$(nproc)" \
		KBUILD_EXTRA_SYMBOLS="$MODULES/Module.symvers" modules >"$DIR/log" 2>&1 ||
		die "the build without $1 failed; see $DIR/log"
	cp "$DIR/tools/bench/kernel/kdefer_bench.ko" "$DIR/without-$1.ko"
	FILES+=(--file "$DIR/without-$1.ko")
	GUEST+=" && echo without $1 >/dev/kmsg && insmod without-$1.ko cases=3"
	GUEST+=' && rmmod kdefer_bench'
}

# Lines "without ROW" and the figures that follow, as "ROW instructions".
figures() {
	awk '/\] without / { row = $NF }
		/kdefer_bench: defer1 kdefer / { print row, $NF }' <(tr -d '\r' <"$LOG")
}

print_costs() {
	awk -v release="$(cat "$KERNEL/release")" '
		{ cost[$1] = $2; order[NR] = $1 }
		END {
			printf "Instructions of a call with 1 deferred call, kernel %s:\n", release
			printf "  %-45s %8.1f\n", "without a snapshot", cost["all"]
			for (i = 3; i <= NR; i++) {
				row = cost["nothing"] - cost[order[i]]
				sum += row
				if (row)
					printf "  %-45s %8.1f\n", order[i], row
			}
			printf "  %-45s %8.1f\n", "what rows share",
				cost["nothing"] - cost["all"] - sum
			printf "  %-45s %8.1f\n", "with the snapshot", cost["nothing"]
		}'
}

main() {
	local row
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
	for row in $(rows); do
		build_variant "$row"
	done
	"$TOP/scripts/vm" run "$HOST" --icount --timeout 600 --log "$LOG" \
		"${FILES[@]}" -- "$GUEST" >/dev/null
	[ "$(figures | wc -l)" -eq $(($(rows | wc -l) + 2)) ] || die "figures are missing; see $LOG"
	figures | print_costs
}

case $HOST in
stock | kunit) main ;;
*) die "usage: snapshot-cost.sh [stock|kunit]" ;;
esac
