#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh [stock|kunit]: what kdefer costs in the kernel, in instructions, beside what it replaces.
#
# The guest's clock counts instructions, so the figures do not depend on the machine. They are
# printed, and written to build/bench/kernel-stock.tsv.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=${O:-$TOP/build/bench}
HOST=${1:-stock}

main() {
	local kernel modules log=$OUT/kernel-$HOST.log
	kernel=$("$TOP/scripts/kernel.sh" "$HOST")
	modules=$("$TOP/scripts/build-modules.sh" "$HOST")
	mkdir -p "$OUT"
	"$TOP/scripts/run-qemu.sh" --kernel "$kernel" --icount --timeout 600 --log "$log" \
		--file "$modules/kmod/kdefer.ko" --file "$modules/tools/bench/kernel/kdefer_bench.ko" \
		-- 'insmod kdefer.ko && insmod kdefer_bench.ko && rmmod kdefer_bench kdefer' >/dev/null
	if grep -m 1 'kdefer_bench: .*calls were due' "$log"; then
		die "a deferred call was lost or made twice; see $log"
	fi
	sed -n 's/.*kdefer_bench: \([^\t]*\t[0-9.]*\)\r\{0,1\}$/\1/p' "$log" \
		>"$OUT/kernel-$HOST.tsv"
	[ -s "$OUT/kernel-$HOST.tsv" ] || die "the module printed no figures; see $log"
	echo "Instructions, kernel $(cat "$kernel/release"):"
	awk -F'\t' '{ printf "  %-45s %12.1f\n", $1, $2 }' "$OUT/kernel-$HOST.tsv"
}

case $HOST in
stock | kunit) main ;;
*) die "usage: kernel.sh [stock|kunit]" ;;
esac
