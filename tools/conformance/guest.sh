#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh stock|kunit [corpus]: runs the programs of a corpus as kernel threads under QEMU, and
# compares them with Go's recorded traces. The corpus is named without .programs.xz; the committed one by
# default. From the environment:
#   N=        only so many programs
#   PREEMPT=  none, voluntary or full: with that model of preemption, where the kernel has several
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# What a kernel says when it has found something wrong with itself or with us.
COMPLAINTS='BUG:|BUG at|WARNING:|KASAN:|UBSAN:|Oops|INFO: |DEBUG_LOCKS|Call Trace:'
COMPLAINTS+='|possible recursive locking|suspicious RCU|list_(add|del) corruption'

# How many seconds the guest may be silent over one program; it counts tenths of one.
PATIENCE=60

# The printouts are taken from the log; on the console they would take time. What was traced before a
# program hangs is saved, so that the host can say which one it is. The dollars are the guest's.
# shellcheck disable=SC2016
GUEST='
run_chunk() {
	silent=0 size=0
	exec 3<>/dev/kdefer_conformance
	cat "$1" >&3 || return
	cat <&3 >>traces &
	reader=$!
	while kill -0 $reader 2>/dev/null; do
		sleep 0.1
		silent=$((silent + 1))
		new=$(stat -c %s traces)
		[ "$new" -eq "$size" ] || silent=0
		size=$new
		if [ "$silent" -ge PATIENCE0 ]; then
			echo "silent for PATIENCE s: a program hangs"
			return 1
		fi
	done
	wait $reader
	status=$?
	exec 3>&-
	return $status
}

# Readers of /dev/kmsg begin with what was printed while the kernel booted.
insmod kdefer.ko && insmod kdefer_conformance.ko || exit 1
cat /dev/kmsg >kmsg &
logger=$!
echo 0 >/proc/sys/kernel/printk
for program in malformed/*; do
	exec 3<>/dev/kdefer_conformance
	cat "$program" >&3
	grep -m 1 malformed <&3
	exec 3>&-
done >answers 2>/dev/null
status=0
for chunk in programs/*; do
	run_chunk "$chunk" || status=1
	[ "$status" -eq 0 ] || break
	echo "programs from number ${chunk##*/}: done"
done
sleep 1
kill $logger
echo 7 >/proc/sys/kernel/printk
[ "$status" -ne 0 ] || { rmmod kdefer_conformance && rmmod kdefer; } || status=1
gzip kmsg traces
exit $status
'

run_guest() {
	"$TOP/scripts/run-qemu.sh" --kernel "$KERNEL" --timeout "${TIMEOUT:-1800}" --memory 3072 \
		--append "log_buf_len=64M ${PREEMPT:+preempt=$PREEMPT}" --log "$OUT/log" \
		--file "$MODULES/kmod/kdefer.ko" \
		--file "$MODULES/tools/conformance/kernel/kdefer_conformance.ko" \
		--file "$OUT/programs" --file "$OUT/malformed" --out "answers:$OUT/answers" \
		--out "traces.gz:$OUT/traces.gz" --out "kmsg.gz:$OUT/kmsg.gz" \
		-- "${GUEST//PATIENCE/$PATIENCE}" >&2 || STATUS=$?
	[ -e "$OUT/traces.gz" ] ||
		die "the guest ended without traces; the last line of its progress is in $OUT/log"
	gunzip -f "$OUT/traces.gz" "$OUT/kmsg.gz"
}

compare() {
	python3 "$HERE/conformance.py" "$1" --corpus "$2" --n "${N:-0}" --folder "$OUT" \
		--file "$HERE/malformed.txt"
}

# Whatever fails does not keep the rest from being said.
judge() {
	STATUS=0
	compare split "$1" || return
	run_guest
	compare guest "$1" || STATUS=1
	if grep -E "$COMPLAINTS" "$OUT/kmsg" "$OUT/log"; then
		log "the kernel complains; see $OUT/kmsg"
		STATUS=1
	fi
	if [ -n "${PREEMPT-}" ] && ! grep -q "Dynamic Preempt: $PREEMPT" "$OUT/kmsg"; then
		log "the kernel does not say that its preemption is $PREEMPT; see $OUT/kmsg"
		STATUS=1
	fi
	return "$STATUS"
}

main() {
	local name=${1-} corpus=${2-$HERE/corpus/corpus}
	case $name in
	stock | kunit) ;;
	*) die "usage: guest.sh stock|kunit [corpus]" ;;
	esac
	[ -e "$corpus.programs.xz" ] || die "there is no corpus $corpus"
	WHAT="the corpus on the $name kernel${N:+, $N programs}${PREEMPT:+, preempt=$PREEMPT}"
	KERNEL=$("$TOP/scripts/kernel.sh" "$name")
	MODULES=$("$TOP/scripts/build-modules.sh" "$name")
	OUT=$TOP/build/conformance/guest-$name${PREEMPT:+-$PREEMPT}
	rm -rf "$OUT"
	mkdir -p "$OUT"
	judge "$corpus" && echo "ok - $WHAT" && return
	echo "not ok - $WHAT"
	return 1
}

main "$@"
