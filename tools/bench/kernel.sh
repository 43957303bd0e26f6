#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh [--check] [stock|kunit]...: what kdefer costs in the kernel, in instructions, beside
# what it replaces.
#
# The guest's clock counts instructions, so the figures do not depend on the machine. Every kernel,
# both by default, is booted twice. Prints a table of the means and of how far the two runs are
# apart, and writes it and a chart to build/bench. Fails if any figure of the stock kernel is apart
# by more than 1 %. The KUnit kernel has KUnit to compare with, and checks that make the rest
# dearer: KASAN and lockdep, whose cost of allocations and threads depends on what was there
# before.
#
# With --check one run of the stock kernel is held against the ceilings alone. The manual's table is
# of one release of the kernel: that another one differs is no mistake.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"
# shellcheck source=tools/bench/text.sh
. "$HERE/text.sh"

OUT=${O:-$TOP/build/bench}
RUNS=2

CASES='call	function call
call1	function call in a function call
defer1	1 deferred call
recover1	1 deferred call that may recover
root1	1 deferred call, root frame on a foreign thread
defer4	4 acquires, 4 deferred releases
loop100	100 deferred calls, loop
panic	panic+recover, same function
plain10	through 10 plain functions
plain100	through 100 plain functions
frames20	through 20 functions with 1 deferred call each
repanic20	recovered and raised again in 20 functions
run	kdefer_run(): 1 deferred call, return
goexit	kdefer_run(): 1 deferred call, goexit
abort	kdefer_run(): panic; of KUnit an assertion that fails
text1	bytes of text: function with 1 deferred call
textrecover1	bytes of text: with 1 that may recover
stack1	bytes of stack: function with 1 deferred call
stackrecover1	bytes of stack: with 1 that may recover
goexit10	thread: start, 10 deferred calls, goexit, stop
go	kdefer_group_go(), wait: an idle thread of the pool
go4	4 kdefer_group_go(), wait'

# What the stock kernel may need at most.
CEILINGS='defer1	85
recover1	130
defer4	140
root1	250
run	300
text1	350
textrecover1	600
stack1	64
stackrecover1	256
go	8000
go4	18000'

# $1: number of the run.
print_text() {
	local ko=$MODULES/tools/bench/kernel/kdefer_bench.ko
	printf '%s\ttext1\tkdefer\t%s\n' "$1" "$(text_of "$ko" defer_one)"
	printf '%s\ttext1\tlimit\t%s\n' "$1" "$(text_of "$ko" call_one)"
	printf '%s\ttextrecover1\tkdefer\t%s\n' "$1" "$(text_of "$ko" recover_one)"
	printf '%s\ttextrecover1\tlimit\t%s\n' "$1" "$(text_of "$ko" call_one)"
}

# $1: kernel, $2: number of the run. Appends lines "run case contestant instructions".
measure() {
	local log=$OUT/kernel-$1-$2.log
	log "$1 kernel, run $2 of $RUNS"
	"$TOP/scripts/vm" run "$1" --icount --timeout 600 --log "$log" \
		--file "$MODULES/tools/bench/kernel/kdefer_bench.ko" \
		-- 'insmod kdefer.ko && insmod kdefer_bench.ko && rmmod kdefer_bench kdefer' \
		>/dev/null
	if grep -m 1 'kdefer_bench: .*calls were due' "$log"; then
		die "a deferred call was lost or made twice; see $log"
	fi
	grep -q 'kdefer_bench: [a-z0-9]* kdefer [0-9.]*' "$log" ||
		die "the module printed no figures; see $log"
	{
		sed -nE "s/.*kdefer_bench: ([a-z0-9]+) ([a-z]+) ([0-9.]+)\$/$2\t\1\t\2\t\3/p" \
			"$log"
		print_text "$2"
	} >>"$OUT/kernel-$1.raw"
}

plot() {
	local titles='"kdefer" "errno and goto" "limit" "kunit\_try\_catch\_run"'
	command -v gnuplot >/dev/null || {
		log "gnuplot is not installed: no kernel-$1.svg; run scripts/setup.sh bench"
		return
	}
	gnuplot -e "data='$OUT/kernel-$1.tsv'; out='$OUT/kernel-$1.svg'" -e "unit='instructions'" \
		-e "heading='Instructions of one operation, kernel $(cat "$KERNEL/release")'" \
		-e "names='kdefer hand limit kunit'" \
		-e "titles='$titles'" "$HERE/bench.gp"
}

# The rows of the manual's table; what depends on what the machine did before is not among them.
DOCUMENTED='defer1 recover1 defer4 loop100 root1 run panic plain100 text1 textrecover1 stack1
	stackrecover1'

# The stock kernel's figures as the manual has them.
documented() {
	awk -F'\t' -v rows="$(tr -s '\n\t ' ' ' <<<"$DOCUMENTED")" '
		BEGIN {
			printf "%-54s %8s %8s\n", "", "kdefer", "limit"
		}
		/^#/ { next }
		{
			figure[$2, $3] = sprintf("%.0f", $4)
			label[$2] = $10
		}
		END {
			nr = split(rows, row, " ")
			for (r = 1; r <= nr; r++)
				printf "%-54s %8s %8s\n", label[row[r]],
					figure[row[r], "kdefer"], figure[row[r], "limit"]
		}' "$OUT/kernel-stock.tsv"
}

check_documented() {
	local text=$TOP/Documentation/examples/costs.txt
	documented >"$OUT/costs.txt"
	if cmp -s "$OUT/costs.txt" "$text"; then
		echo "ok     the table of the manual"
		return
	fi
	echo "MISSED the table of the manual: copy $OUT/costs.txt to $text"
	diff "$text" "$OUT/costs.txt" || true
	return 1
}

# In per cent; nothing for any.
most_apart() {
	[ "$1" != stock ] || echo 1
}

check_ceilings() {
	awk -F'\t' -v ceilings="$CEILINGS" 'BEGIN {
		nr = split(ceilings, line, "\n")
		for (l = 1; l <= nr; l++) {
			split(line[l], field, "\t")
			most[field[1]] = field[2]
		}
	}
	$3 == "kdefer" && $2 in most {
		over = $4 > most[$2]
		printf "%s %s: %.1f%s, at most %d\n", over ? "MISSED" : "ok    ", $10, $4,
			$10 ~ /^bytes/ ? "" : " instructions", most[$2]
		bad += over
		found++
	}
	END { exit bad || found != nr }' "$OUT/kernel-stock.tsv"
}

measure_all() {
	local run
	MODULES=$("$TOP/scripts/vm" modules "$1")
	: >"$OUT/kernel-$1.raw"
	for ((run = 1; run <= RUNS; run++)); do
		measure "$1" "$run"
	done
	awk -v cases="$CASES" -f "$HERE/summary.awk" "$OUT/kernel-$1.raw" >"$OUT/kernel-$1.tsv"
}

bench() {
	local status=0
	KERNEL=$("$TOP/scripts/vm" kernel "$1")
	measure_all "$1"
	echo "Instructions, or bytes, kernel $(cat "$KERNEL/release")," \
		"and how far $RUNS runs are apart:"
	awk -v most="$(most_apart "$1")" -f "$HERE/kernel.awk" "$OUT/kernel-$1.tsv" || status=1
	if [ "$1" = stock ]; then
		check_ceilings || status=1
		check_documented || status=1
	fi
	plot "$1"
	echo "Written: $OUT/kernel-$1.tsv, $OUT/kernel-$1.svg"
	return "$status"
}

check() {
	RUNS=1
	measure_all stock
	check_ceilings
}

main() {
	local kernel status=0
	mkdir -p "$OUT"
	if [ "$*" = --check ]; then
		check
		return
	fi
	[ $# -gt 0 ] || set -- stock kunit
	for kernel in "$@"; do
		case $kernel in
		stock | kunit) bench "$kernel" || status=1 ;;
		*) die "usage: kernel.sh [--check] [stock|kunit]..." ;;
		esac
	done
	return "$status"
}

main "$@"
