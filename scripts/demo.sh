#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh: kdefer at work in Debian's own kernel. Loads the kdefer_kv sample in a guest, has it
# serve several hundred requests, good and bad, and shows what came of it. Succeeds only if every
# answer is right, everything was given back, the kernel had nothing to complain about, and the
# modules unload. What the guest left is kept in build/demo/.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TOP=$(cd "$SCRIPTS/.." && pwd)
OUT=$TOP/build/demo
REQUESTS=$OUT/kv-requests.txt
EXPECTED=$OUT/kv-expected.txt

# What the kernel says of the faults that were asked for. Whatever else it complains of, there is a
# line before the stack.
FAULTS='BUG: (kernel NULL pointer|unable to handle page fault)|Oops: |kernel BUG at (.*/)?crash\.c:'
FAULTS+='|Call Trace:'

# The dollars are for the guest's shell.
# shellcheck disable=SC2016
GUEST='
set -e
insmod kdefer.ko
insmod kdefer_kv.ko
# In an instance of its own: at an oops, the kernel stops the main one.
tracing=/sys/kernel/tracing/instances/demo
mkdir $tracing
echo 1 >$tracing/events/kdefer/enable
./kv-client /dev/kdefer_kv <kv-requests.txt >answers
echo 0 >$tracing/events/kdefer/enable
# While the modules are loaded: a function has no name any more when its module is gone.
cat $tracing/trace >trace
rmdir $tracing
cat /sys/module/kdefer_kv/parameters/counts >counts
rmmod kdefer_kv
rmmod kdefer
lsmod >modules
'

step() {
	printf '\n[%3d s] %s\n' "$SECONDS" "$*"
}

indent() {
	cut -c 1-110 | sed 's/^/    /'
}

FAILED=0

# $1: what is claimed; the rest is the command that tells
verify() {
	local claim=$1
	shift
	if "$@" >"$OUT/found"; then
		echo "    ok      $claim"
	else
		echo "    FAILED  $claim"
		head -n 10 "$OUT/found" | indent
		FAILED=1
	fi
}

run_guest() {
	local status=0
	"$SCRIPTS/vm" run stock --timeout 150 --log "$OUT/log" \
		--file "$MODULES/samples/kdefer_kv/kdefer_kv.ko" \
		--file "$TOP/build/shim/samples/kv-client" --file "$REQUESTS" \
		--out "answers:$OUT/answers" --out "counts:$OUT/counts" \
		--out "modules:$OUT/modules" --out "trace:$OUT/trace" \
		-- "$GUEST" >/dev/null || status=$?
	[ "$status" -eq 0 ] && return
	tail -n 20 "$OUT/log" | indent
	die "the guest failed with status $status; its whole log is $OUT/log"
}

# The guest's kernel log, without time stamps.
kernel_log() {
	sed 's/^\[[ 0-9.]*\] //' "$OUT/log"
}

# The first requests, then the first of each other error, then the last requests.
show_answers() {
	paste <(cut -c 1-44 "$REQUESTS" | tr '\t' ' ' | cat -v) \
		<(cut -c 1-58 "$OUT/answers" | cat -v) |
		awk -F '\t' '
			{ line[NR] = sprintf("%-44s  ->  %s", $1, $2); split($2, word, " ") }
			NR <= 10 { show[NR] = 1 }
			{ error = word[2] (word[2] == "fault" ? word[3] : "") }
			$2 ~ /^ERR/ && !seen[error]++ { show[NR] = 1 }
			$2 ~ /^OK worker/ && !worker++ { show[NR] = 1 }
			END {
				for (i = NR - 3; i <= NR; i++)
					show[i] = 1
				for (i = 1; i <= NR; i++) {
					if (!show[i]) { left_out++; continue }
					if (left_out) printf "    ... %d more\n", left_out
					left_out = 0
					print "    " line[i]
				}
			}'
}

# The printout of the first panic that nobody recovered.
show_uncaught() {
	kernel_log | awk '
		/^panic: / { panics++ }
		panics == 1 && /^panic: |^kdefer: |^\t/' | indent
}

# What the kernel printed for the first page fault, down to the stack.
show_fault() {
	kernel_log | awk '
		/^BUG: / { faults++ }
		/^Code: / { rest = 1 }
		faults == 1 && !rest && /^(BUG: |#PF: |Oops: |CPU: |RIP: )/' | indent
}

asked() {
	grep -acxE "crash ($1)" "$REQUESTS"
}

printed() {
	grep -acE "$1" "$OUT/log" || true
}

# $1: pattern for what was asked, $2: for what is printed once for each
all_printed() {
	echo "asked for $(asked "$1"), printed $(printed "$2")"
	[ "$(asked "$1")" -eq "$(printed "$2")" ]
}

kernel_is_content() {
	! complaints "$OUT/log" | grep -avE "$FAULTS"
}

# $1: what the trace calls it, $2: what its story ends with
all_told() {
	echo "$(grep -c " $1: " "$OUT/trace") times $1, told $(grep -c ": $2 (" "$OUT/stories")"
	[ "$(grep -c " $1: " "$OUT/trace")" -eq "$(grep -c ": $2 (" "$OUT/stories")" ]
}

page_is_whole() {
	[ -s "$OUT/panics.html" ] && all_told recover recovered && all_told uncaught uncaught &&
		[ "$(asked uncaught)" -eq "$(grep -c ' uncaught: ' "$OUT/trace")" ]
}

modules_are_gone() {
	! grep kdefer "$OUT/modules"
}

verify_all() {
	local none='requests 0 buffers 0 locks 0$'
	verify "all $(wc -l <"$EXPECTED") answers are those that the model expects" \
		diff -a "$EXPECTED" "$OUT/answers"
	verify 'every uncaught panic was printed' \
		all_printed uncaught 'kdefer: uncaught panic in thread kv_worker'
	verify 'every page fault that was asked for was one oops, and recovered' \
		all_printed 'null|wild' 'Oops: '
	verify 'every BUG() that was asked for was reported, and recovered' \
		all_printed bug 'kernel BUG at (.*/)?crash\.c:'
	verify 'nothing but entries is left when the server has ended' grep -E "$none" "$OUT/counts"
	verify 'nothing is left when the device has been unloaded' \
		grep -aE "kdefer_kv: left: entries 0 $none" <(kernel_log)
	verify 'no other warning, BUG or oops in the kernel log' kernel_is_content
	verify 'the page tells of each panic how it ended' page_is_whole
	verify 'the modules are unloaded' modules_are_gone
}

main() {
	rm -rf "$OUT"
	mkdir -p "$OUT"

	step "Installing what is missing on this machine"
	"$SCRIPTS/setup.sh" kernel

	step "Preparing Debian's own kernel, unmodified, in $CACHE"
	kernel=$("$SCRIPTS/vm" kernel stock)
	echo "    $(cat "$kernel/release")"

	step "Building kdefer.ko and the samples for it"
	MODULES=$("$SCRIPTS/vm" modules stock)
	make -s -f "$TOP/samples/Makefile.shim" O="$TOP/build/shim" \
		"$TOP/build/shim/samples/kv-client"
	"$TOP/samples/kv-requests.py" "$REQUESTS" "$EXPECTED"
	(cd "$MODULES" && ls -l kmod/kdefer.ko samples/kdefer_kv/kdefer_kv.ko) | indent

	step "Booting it: insmod kdefer, insmod kdefer_kv, $(wc -l <"$REQUESTS") requests, rmmod"
	run_guest

	step "What /dev/kdefer_kv was asked, and what it answered"
	show_answers

	step "What the kernel printed for a thread whose panic nobody recovered"
	show_uncaught

	step "What the kernel printed for a NULL dereference, which kdefer then made a panic of"
	show_fault

	step "What was alive when the server had ended," \
		"and what the device said when it was unloaded"
	indent <"$OUT/counts"
	kernel_log | grep -a '^kdefer_kv: ' | indent

	step "A page with the story of each panic"
	"$TOP/tools/trace/kdefer-trace" --file "$OUT/trace" --title "make demo" \
		--html "$OUT/panics.html" --text >"$OUT/stories"
	awk '/^[^ ]/ { n += n || /: recovered \(/ } n == 1' "$OUT/stories" | indent
	echo "    open $OUT/panics.html in a browser"

	step "The verdict"
	verify_all
	printf '\n[%3d s] %s\n' "$SECONDS" \
		"$([ "$FAILED" -eq 0 ] && echo "All is well." || echo "Failed; see $OUT.")"
	return "$FAILED"
}

main
