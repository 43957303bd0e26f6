#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh PLATFORM [CORPUS|random]: runs the programs of a corpus as kernel threads under
# QEMU, and compares them with Go's recorded output. The corpus is named without .programs.xz; the
# committed one by default. For random programs, Go's output is recorded first. From the
# environment:
#   N=        only so many programs (10000 random ones)
#   SEED=     the first random program's (the time)
#   PREEMPT=  none, voluntary or full: with that model of preemption, where the kernel has several
#   TIMEOUT=  how many seconds the guest may take (1800)
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# How many seconds the guest may be silent over one program; it counts tenths of one.
PATIENCE=60

# The printouts are taken from the log; on the console they would take time. After a program that
# hangs there is no telling what of the kernel still works: it says which one it was, and restarts
# at once. The dollars are the guest's.
# shellcheck disable=SC2016
GUEST='
hangs() {
	ended=$(grep -c "^end\$" part)
	number=$(sed -n "s/^program \([0-9]*\) .*/\1/p" "$1" | sed -n "$((ended + 1))p")
	echo "program $number (SEED=$number N=1) hangs: no output for PATIENCE s"
	sleep 1
	echo b >/proc/sysrq-trigger
}

run_chunk() {
	silent=0 size=0
	exec 3<>/dev/kdefer_conformance
	cat "$1" >&3 || return
	cat <&3 >part &
	reader=$!
	while kill -0 $reader 2>/dev/null; do
		sleep 0.1
		silent=$((silent + 1))
		new=$(stat -c %s part)
		[ "$new" -eq "$size" ] || silent=0
		size=$new
		[ "$silent" -lt PATIENCE0 ] || hangs "$1"
	done
	wait $reader || return
	exec 3>&-
	cat part >>outputs
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
for chunk in programs/*; do
	run_chunk "$chunk" || exit 1
	echo "programs from number ${chunk##*/}: done"
done
sleep 1
kill $logger
echo 7 >/proc/sys/kernel/printk
rmmod kdefer_conformance && rmmod kdefer || exit 1
gzip kmsg outputs
'

run_guest() {
	"$TOP/scripts/vm" run "$NAME" --timeout "${TIMEOUT:-1800}" --memory 3072 \
		--append "log_buf_len=64M ${PREEMPT:+preempt=$PREEMPT}" --log "$OUT/log" \
		--file "$MODULES/tests/conformance/interp/kdefer_conformance.ko" \
		--file "$OUT/programs" --file "$OUT/malformed" --out "answers:$OUT/answers" \
		--out "outputs.gz:$OUT/outputs.gz" --out "kmsg.gz:$OUT/kmsg.gz" \
		-- "${GUEST//PATIENCE/$PATIENCE}" >&2 || return
	gunzip -f "$OUT/outputs.gz" "$OUT/kmsg.gz"
}

compare() {
	python3 "$HERE/conformance.py" "$1" --corpus "$2" --n "${N:-0}" --folder "$OUT" \
		--file "$HERE/malformed.txt"
}

judge() {
	local status=0
	compare split "$1" || return
	if ! run_guest; then
		grep -a 'hangs: no output for' "$OUT/log" || echo "the guest failed; see $OUT/log"
		return 1
	fi
	compare guest "$1" || status=1
	if complaints "$OUT/kmsg" "$OUT/log"; then
		log "the kernel complains; see $OUT/kmsg"
		status=1
	fi
	# Recoveries skip nobody here who holds anything.
	if grep -aE ';kdefer: (thread .*|panics have) skipped ' "$OUT/kmsg"; then
		log "false alarms of skipped functions; see $OUT/kmsg"
		status=1
	fi
	if [ -n "${PREEMPT-}" ] && ! grep -q "Dynamic Preempt: $PREEMPT" "$OUT/kmsg"; then
		log "the kernel does not say that its preemption is $PREEMPT; see $OUT/kmsg"
		status=1
	fi
	return "$status"
}

main() {
	local name=${1-} corpus=${2-$HERE/corpus/corpus} seed what="the corpus"
	[ -n "$name" ] || die "usage: guest.sh PLATFORM [CORPUS|random]"
	if [ "$corpus" = random ]; then
		corpus=$TOP/build/conformance/random N=${N:-10000} seed=${SEED:-$(date +%s)}
		what="random programs, SEED=$seed"
		SEED=$seed N=$N CORPUS=$corpus "$HERE/record.sh" || exit
	fi
	[ -e "$corpus.programs.xz" ] || die "there is no corpus $corpus"
	WHAT="$what on the $name kernel${N:+, N=$N}${PREEMPT:+, PREEMPT=$PREEMPT}"
	NAME=$name
	MODULES=$("$TOP/scripts/vm" modules "$NAME")
	OUT=$TOP/build/conformance/guest-$name${PREEMPT:+-$PREEMPT}
	rm -rf "$OUT"
	mkdir -p "$OUT"
	judge "$corpus" && echo "ok - $WHAT" && return
	echo "not ok - $WHAT"
	return 1
}

main "$@"
