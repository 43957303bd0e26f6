#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scale.sh [threads|roots]...: how what kdefer does in the kernel grows, on the stock kernel.
#
# "threads": 10,000 threads that are there at once are started and stopped; each is to cost what one
# of 1,000 costs. Instructions are counted, so that it does not depend on the machine. "roots": root
# frames on foreign threads of two CPUs; those are to do twice the work of one. The best moment of
# several rounds counts, so that the machine need not be idle all the time. Beside it stand calls
# that share nothing, which do what the machine has to give.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

OUT=${O:-$TOP/build/bench}

# $1: what, the rest is for the guest. Leaves the figures in $OUT/scale-$1.log.
run_guest() {
	local what=$1 modules load='insmod kdefer_scale.ko'
	[ "$what" = roots ] || load+=' threads=1'
	shift
	modules=$("$TOP/scripts/vm" modules stock)
	"$TOP/scripts/vm" run stock "$@" --timeout 600 --memory 3072 --log "$OUT/scale-$what.log" \
		--file "$modules/tools/bench/kernel/kdefer_scale.ko" \
		-- "insmod kdefer.ko && $load && rmmod kdefer_scale kdefer" >/dev/null
}

threads() {
	run_guest threads --icount
	sed -n 's/.*kdefer_scale: threads //p' "$OUT/scale-threads.log" | awk '
		{ each[NR] = $2 / $1 }
		END {
			if (NR != 2)
				exit 1
			ratio = each[2] / each[1]
			printf "%s a thread of 10000: %.0f instructions, %.3f times one of 1000 " \
				"(%.0f), at most 1.1\n", (ratio > 1.1 ? "MISSED" : "ok    "),
				each[2], ratio, each[1]
			exit ratio > 1.1
		}'
}

roots() {
	run_guest roots --smp 2
	sed -n 's/.*kdefer_scale: \(roots\|plain\) /\1 /p' "$OUT/scale-roots.log" | awk '
		$3 > best[$1, $2] { best[$1, $2] = $3 }
		END {
			if (!best["roots", 2] || !best["plain", 2])
				exit 1
			ratio = best["roots", 2] / best["roots", 1]
			printf "%s root frames on two CPUs: %.2f times those on one, at least " \
				"1.9; plain calls: %.2f times\n",
				(ratio < 1.9 ? "MISSED" : "ok    "), ratio,
				best["plain", 2] / best["plain", 1]
			exit ratio < 1.9
		}'
}

main() {
	local what status=0
	[ $# -gt 0 ] || set -- threads roots
	mkdir -p "$OUT"
	for what in "$@"; do
		case $what in
		threads | roots) "$what" || status=1 ;;
		*) die "usage: scale.sh [threads|roots]..." ;;
		esac
	done
	return "$status"
}

main "$@"
