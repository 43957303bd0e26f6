#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh stock|kunit [corpus]: runs the programs of a corpus as kernel threads under QEMU, and
# compares them with Go's recorded traces. N=: only so many programs. The corpus is named without
# .programs.xz; the committed one by default.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
# shellcheck source=scripts/lib.sh
. "$TOP/scripts/lib.sh"

# What a kernel says when it has found something wrong with itself or with us.
COMPLAINTS='BUG:|BUG at|WARNING:|KASAN:|UBSAN:|Oops|INFO: |DEBUG_LOCKS|Call Trace:'
COMPLAINTS+='|possible recursive locking|suspicious RCU|list_(add|del) corruption'

# The printouts are taken from the log; on the console they would take time. The dollars are the
# guest's.
# shellcheck disable=SC2016
GUEST='
insmod kdefer.ko && insmod kdefer_conformance.ko || exit 1
cat /dev/kmsg >kmsg &
echo 0 >/proc/sys/kernel/printk
for chunk in programs/*; do
	exec 3<>/dev/kdefer_conformance
	cat "$chunk" >&3 && cat <&3 >>traces || exit 1
	exec 3>&-
	echo "programs from number ${chunk##*/}: done"
done
sleep 1
kill $!
echo 7 >/proc/sys/kernel/printk
rmmod kdefer_conformance && rmmod kdefer || exit 1
gzip kmsg traces
'

run_guest() {
	"$TOP/scripts/run-qemu.sh" --kernel "$KERNEL" --timeout "${TIMEOUT:-1800}" --memory 3072 \
		--append log_buf_len=64M --log "$OUT/log" \
		--file "$MODULES/kmod/kdefer.ko" \
		--file "$MODULES/tools/conformance/kernel/kdefer_conformance.ko" \
		--file "$OUT/programs" --out "traces.gz:$OUT/traces.gz" --out "kmsg.gz:$OUT/kmsg.gz" \
		-- "$GUEST" >&2
	gunzip -f "$OUT/traces.gz" "$OUT/kmsg.gz"
}

main() {
	local name=${1-} corpus=${2-$HERE/corpus/corpus}
	case $name in
	stock | kunit) ;;
	*) die "usage: guest.sh stock|kunit [corpus]" ;;
	esac
	[ -e "$corpus.programs.xz" ] || die "there is no corpus $corpus"
	KERNEL=$("$TOP/scripts/kernel.sh" "$name")
	MODULES=$("$TOP/scripts/build-modules.sh" "$name")
	OUT=$TOP/build/conformance/guest-$name
	rm -rf "$OUT"
	mkdir -p "$OUT"
	python3 "$HERE/conformance.py" split --corpus "$corpus" --n "${N:-0}" --folder "$OUT/programs"
	run_guest
	# shellcheck disable=SC2153
	python3 "$HERE/conformance.py" guest --corpus "$corpus" --n "${N:-0}" --folder "$OUT"
	if grep -E "$COMPLAINTS" "$OUT/kmsg" "$OUT/log"; then
		die "the kernel complains; see $OUT/kmsg"
	fi
}

main "$@"
