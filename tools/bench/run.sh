#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [--check] [--rounds N]: what kdefer costs, beside Go and what C and C++ offer.
#
# Prints a table of medians, and writes bench.tsv and bench.svg to build/bench. With --check it
# measures only what there is a limit for, and its exit status says whether all of it stays below:
# 1 if not, 77 if there is no Go to compare with but the others are.
#
# A round is one process for each case and contestant, one contestant after the other, so that a
# machine that is busy or slow for a while is so for all of them. Each process warms up and prints
# the median of its batches. Ratios are taken within a round; the median is over the rounds.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"
# shellcheck source=tools/bench/text.sh
. "$HERE/text.sh"

OUT=${O:-$TOP/build/bench}
SHIM=${SHIM:-$TOP/build/shim}
CC=${CC:-gcc}
CXX=${CXX:-g++}
CHECK=
ROUNDS=

CASES='call	function call
call1	function call in a function call
defer1	1 deferred call
recover1	1 deferred call that may recover
root1	1 deferred call, root frame
defer4	4 deferred calls
loop4	4 deferred calls, loop
loop100	100 deferred calls, loop
panic	panic+recover, same function
plain10	through 10 plain frames
plain100	through 100 plain frames
frames10	through 10 frames with 1 deferred call each
frames100	through 100 frames with 1 deferred call each
repanic64	recovered and raised again in 64 frames
barrier10	kdefer_run(): 10 deferred calls, goexit
goexit10	thread: start, 10 deferred calls, goexit, join
go1	thread of the pool: 1 call, waited for (20000 looks)
go4	4 of them at once
threads1	panic+recover, 1 thread
threads2	panic+recover, 2 threads at once
roots1	1 deferred call, root frame, 1 thread
roots2	1 deferred call, root frame, 2 threads at once'

# The bar: what kdefer is meant to cost at most where nothing else runs, as a multiple of Go's. The
# limit: what fails. Where cores are shared one side's time has been seen to grow by 1.2 times that
# of the other, so a small step back is found by the kernel's instructions, see kernel.sh --check.
# A panic misses its bars: it looks for functions that it must not skip, word for word of the stack;
# to call 100 functions and to leave them by longjmp() takes 0.055 times what Go takes.
LIMITS='defer1	1.0	1.5
recover1	1.25	1.9
loop100	0.10	0.15
panic	0.21	0.40
plain100	0.05	0.15'
# Shown beside them.
BESIDE='frames100'

usage() {
	sed -n '4,8s/^# \{0,1\}//p' "$0"
	exit 2
}

parse_args() {
	while [ $# -gt 0 ]; do
		case $1 in
		--check) CHECK=y ;;
		--rounds)
			ROUNDS=${2-}
			[[ $ROUNDS =~ ^[1-9][0-9]*$ ]] || die "--rounds needs a number of rounds"
			shift
			;;
		*) usage ;;
		esac
		shift
	done
	: "${ROUNDS:=21}"
}

build_c() {
	make -s -f "$TOP/userspace-shim/Makefile" CC="$CC" O="$SHIM" all
	local flags=(-O2 -g -Wall -D_GNU_SOURCE -I"$TOP/include") shim_flags
	read -ra shim_flags < <(make -s --no-print-directory -f "$TOP/userspace-shim/flags.mk" \
		print-cflags)
	"$CC" -O2 -g "${shim_flags[@]}" -o "$OUT/kdefer" \
		"$HERE/kdefer.c" -L"$SHIM" -lkdefer -Wl,-rpath,"$SHIM" -pthread
	"$CC" "${flags[@]}" -std=gnu11 -I"$TOP/userspace-shim/include" \
		-o "$OUT/bare" "$HERE/bare.c" "$SHIM/libkdefer.a" -pthread
	"$CC" "${flags[@]}" -std=gnu11 -shared -fPIC -o "$OUT/allocs.so" "$HERE/allocs.c"
	"$CXX" "${flags[@]}" -o "$OUT/cxx" "$HERE/cxx.cpp" -pthread
}

# Without cgo: nothing of Go's is linked with what the C compiler made.
build_go() {
	local goroot status=0
	rm -f "$OUT/go"
	goroot=$("$TOP/scripts/fetch-go") || status=$?
	case $status in
	0) ;;
	77)
		NO_GO="no Go could be had (see above)"
		return
		;;
	*) die "scripts/fetch-go failed; see above" ;;
	esac
	GO_VERSION=$(GOTOOLCHAIN=local "$goroot/bin/go" version | cut -d' ' -f3)
	GOROOT=$goroot GOTOOLCHAIN=local GOFLAGS='' GO111MODULE=off CGO_ENABLED=0 \
		GOCACHE=$CACHE/go/build "$goroot/bin/go" build -o "$OUT/go" "$HERE/bench.go"
}

build() {
	NEED_GROUP=bench need "$CC" "$CXX" make awk
	mkdir -p "$OUT"
	NO_GO=
	GO_VERSION=
	build_c
	build_go
}

# Lines "case contestant program name": who takes part in what.
contestants() {
	local program name
	for program in go kdefer cxx bare; do
		[ -x "$OUT/$program" ] || continue
		while read -r name; do
			case $name in
			*.*) echo "${name#*.} ${name%.*} $program $name" ;;
			*) echo "$name $program $program $name" ;;
			esac
		done < <("$OUT/$program" list)
	done
}

# Measures the cases $1, or all, for $2 rounds.
measure() {
	local wanted=$1 rounds=$2 round id contestant program name ns
	log "measuring: $rounds rounds"
	# As Go's threads do before they sleep, and for as long: the machine has nothing else to do.
	export KDEFER_SHIM_GO_SPINS=20000
	contestants >"$OUT/contestants"
	: >"$OUT/raw.tsv"
	for ((round = 1; round <= rounds; round++)); do
		progress "round $round of $rounds"
		while IFS=$'\t' read -r id _; do
			[[ -z $wanted || " $wanted " == *" $id "* ]] || continue
			while read -r _ contestant program name; do
				[[ -z $wanted || $contestant =~ ^(go|kdefer)$ ]] || continue
				ns=$("$OUT/$program" "$name") ||
					die "$OUT/$program $name failed; see above"
				printf '%s\t%s\t%s\t%s\n' "$round" "$id" "$contestant" "$ns" \
					>>"$OUT/raw.tsv"
			done < <(grep "^$id " "$OUT/contestants")
		done <<<"$CASES"
	done
	progress ''
}

progress() {
	[ -t 2 ] || return 0
	printf '\r\033[K%s' "${1:+${0##*/}: $1}" >&2
}

# Writes the medians to $1.
summarise() {
	awk -v cases="$CASES" -f "$HERE/summary.awk" "$OUT/raw.tsv" >"$1"
}

# Every machine tells another story: this says which one it was.
print_machine() {
	local version
	version=$("$CC" -dumpfullversion)
	printf '%s, %s CPUs, load %s; %s %s; %s; %s rounds\n' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
		"$(cut -d' ' -f1-3 /proc/loadavg)" "$CC" "$version" \
		"${GO_VERSION:-no Go}" "$ROUNDS"
}

count_allocs() {
	LD_PRELOAD=$OUT/allocs.so "$OUT/kdefer" allocs >"$OUT/allocs.tsv" ||
		die "counting allocations failed; see above"
}

# Lines "what bytes most".
sizes() {
	printf 'text, 1 deferred call\t%s\t350\n' "$(text_of "$OUT/kdefer" defer_one)"
	printf 'text, 1 that may recover\t%s\t600\n' "$(text_of "$OUT/kdefer" recover_one)"
	"$OUT/kdefer" sizes
}

print_allocs() {
	echo 'Allocations, in the first operation of a task and in the 1000 after it:'
	awk -F'\t' '{ printf "  %-14s %5d %5d\n", $1, $2, $3 }' "$OUT/allocs.tsv"
	echo 'Bytes:'
	sizes |
		awk -F'\t' '{ printf "  %-26s %5d, at most %d\n", $1, $2, $3 }'
}

plot() {
	command -v gnuplot >/dev/null || {
		log "gnuplot is not installed: no bench.svg; run scripts/setup.sh bench"
		return
	}
	gnuplot -e "data='$OUT/bench.tsv'; out='$OUT/bench.svg'" "$HERE/bench.gp"
}

report() {
	measure '' "$ROUNDS"
	summarise "$OUT/bench.tsv"
	print_machine
	echo 'Nanoseconds: median, half of the interquartile range in per cent;' \
		'ratio and its quartiles.'
	awk -f "$HERE/table.awk" "$OUT/bench.tsv"
	[ -z "$NO_GO" ] || echo "No ratios: $NO_GO."
	count_allocs
	print_allocs
	plot
	echo "Written: $OUT/bench.tsv, $OUT/bench.svg"
}

# Prints a line for each target; fails when one is missed.
check_ratios() {
	measure "$(cut -f1 <<<"$LIMITS" | tr '\n' ' ')$BESIDE" "$1"
	summarise "$OUT/check.tsv"
	awk -F'\t' -v limits="$LIMITS" -v beside="$BESIDE" -f "$HERE/check.awk" "$OUT/check.tsv"
}

check_allocs() {
	count_allocs
	awk -F'\t' '$2 > $4 || $3 {
		printf "MISSED allocations in %s: %d the first time, where %d are due, ", $1, $2, $4
		printf "and %d in 1000 later ones, where none is\n", $3
		bad = 1
	}
	END {
		if (!bad)
			print "ok     no allocation in", NR, "cases"
		exit bad
	}' "$OUT/allocs.tsv"
}

check_sizes() {
	sizes | awk -F'\t' '{
		printf "%s %s: %d bytes, at most %d\n", ($2 > $3 ? "MISSED" : "ok    "), $1, $2, $3
		bad += $2 > $3
	} END { exit bad > 0 }'
}

check() {
	local status=0
	check_sizes || status=1
	check_allocs || status=1
	if [ -n "$NO_GO" ]; then
		echo "skipped: ratios to Go: $NO_GO"
		[ "$status" -ne 0 ] || status=77
		return "$status"
	fi
	check_ratios "$ROUNDS" && return "$status"
	log "a limit was passed; measuring again, for twice as long"
	check_ratios $((2 * ROUNDS)) && return "$status"
	return 1
}

parse_args "$@"
build
if [ -n "$CHECK" ]; then
	check
else
	report
fi
