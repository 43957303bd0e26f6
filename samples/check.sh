#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [platform]: checks the samples, as programs over libkdefer, or as modules on one of
# the platforms of scripts/vm. O, CC, CFLAGS, SAN and WRAPPER as for concepts/check.sh.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/.." && pwd)
export O=${O:-$TOP/build/shim}

# Other requests than those that stand in the repository.
SEEDS=(2 3 4)

# $1: the host that answers
make_requests() {
	local seed
	cp "$HERE/kv-check.sh" "$TMP/"
	"$HERE/kv-requests.py" --host "$1" "$TMP/kv-requests.txt" "$TMP/kv-expected.txt"
	for seed in "${SEEDS[@]}"; do
		"$HERE/kv-requests.py" --host "$1" --seed "$seed" \
			"$TMP/seed$seed-requests.txt" "$TMP/seed$seed-expected.txt"
	done
}

check_programs() {
	local status=0
	make_requests shim
	cp "$O/samples/kv-client" "$TMP/"
	"$HERE/concepts/check.sh" || status=1
	cp "$O/samples/kdefer_kv/kdefer_kv" "$TMP/"
	"$TMP/kv-check.sh" program "$TMP" || status=1
	# With a wrapper, or a sanitizer, nobody is in before the next one comes.
	[ -n "${WRAPPER-}${SAN-}" ] || "$HERE/singleflight/compare/compare.sh" || status=1
	return "$status"
}

# What becomes of faults on platform $1, as kv-requests.py calls it.
faults() {
	local features
	features=$("$TOP/scripts/vm" features "$1")
	grep -qx kasan <<<"$features" && echo kasan && return
	grep -qx bug <<<"$features" || { echo no-bug && return; }
	grep -qx divide <<<"$features" && echo stock || echo no-divide
}

# What is __init or __exit lies there with all its parts. $1: a module that has nothing else; what
# the kernel's headers add does not count
check_sections() {
	local outside
	outside=$(nm -f sysv "$1" |
		awk -F'|' '$1 ~ /start|stop|undo/ && $7 ~ /^\.text/ { print $1 }')
	[ -z "$outside" ] || { echo "not ok sections:" "$outside" "in .text"; return 1; }
	echo "ok sections"
}

check_modules() {
	local modules
	modules=$("$TOP/scripts/vm" modules "$1")
	check_sections "$modules/samples/concepts/init_function.o"
	make_requests "$(faults "$1")"
	"$TOP/scripts/vm" cc "$1" -O2 -Wall -Wextra -o "$TMP/kv-client" "$HERE/kv-client.c"
	cp "$modules/samples/kdefer_kv/kdefer_kv.ko" "$TMP/"
	mkdir "$TMP/cache"
	cp "$modules/samples/singleflight/kdefer_cache.ko" "$HERE/singleflight/check-guest.sh" \
		"$TMP/cache/"
	# Only the verdicts are wanted here, not the printouts of the panics between them.
	"$TOP/scripts/vm" run "$1" --timeout 300 --append log_buf_len=16M \
		--file "$TOP/tests/guest/lib.sh" --file "$TOP/tests/vm/complaints.txt" \
		--file "$modules/samples/concepts" --file "$modules/samples/subtests" \
		--file "$TMP:kv" -- 'echo 0 >/proc/sys/kernel/printk && insmod kdefer.ko &&
			sh concepts/check-guest.sh concepts &&
			sh concepts/check-guest.sh subtests && sh kv/kv-check.sh module kv &&
			sh kv/cache/check-guest.sh kv/cache &&
			rmmod kdefer'
}

main() {
	make -s -C "$TOP/userspace-shim"
	make -s -f "$HERE/Makefile.shim"
	TMP=$(mktemp -d)
	trap 'rm -rf "$TMP"' EXIT
	case ${1-} in
	'') check_programs ;;
	*) check_modules "$1" ;;
	esac
}

main "$@"
