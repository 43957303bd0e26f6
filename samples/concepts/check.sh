#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh: runs every concept as a program over libkdefer and compares what it prints with the
# .expected file beside it. O, CC, CFLAGS and SAN are Makefile.shim's; WRAPPER is a command to run
# each program under, such as valgrind.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
export O=${O:-$(cd "$HERE/../.." && pwd)/build/shim}

check() {
	local name=$1 got status=0
	# Word splitting makes the arguments of the wrapper.
	# shellcheck disable=SC2086
	got=$(timeout 60 ${WRAPPER-} "$O/samples/concepts/$name" 2>&1) || status=$?
	if diff -u --label expected --label got "$HERE/$name.expected" <(echo "$got") &&
		[ "$status" -eq 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name: exit status $status"
		return 1
	fi
}

main() {
	local file failed=0
	make -s -f "$HERE/../Makefile.shim"
	for file in "$HERE"/*.expected; do
		file=${file##*/}
		check "${file%.expected}" || failed=1
	done
	return "$failed"
}

main
